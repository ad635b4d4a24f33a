"""Whether a derivation is right: every line and result held against derivatives by value.

The data are random, of pairwise distinct sizes, once wide and once tall, and respect what is
declared. Derivatives by value (`lecturelib.symbols.exact`) know no rule of the table. All of it is
plain Python and runs in a browser.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..table import TABLE
from ..table.shapes import letters, same
from .conditions import applications
from .draw import Draw, direction, draw
from .exact import NoValue, directional, second_directional, value
from .language import size_term
from .steps import varies_with
from .terms import Application, Expression, Number, Pending, Symbol

#: The share of the larger of two numbers by which they may differ where they are not exact; some
#: digits are lost to rounding, and a wrong term shows in the first ones.
TOLERANCE = 1e-7
#: Data that lead to larger values are not used: their digits are lost in what they are added to.
LARGE = 1e9
#: The largest length of data.
LONGEST = 24
#: Up to which difference rounding may be the reason.
SMALL = 1e-3


class Check(NamedTuple):
    """One comparison: what was compared, at which data, and by how much it failed."""

    what: str
    sizes: Mapping[str, int]
    error: float
    agrees: bool


class CheckReport:
    """What `Derivation.check` found; true where all comparisons agree.

    Attributes
    ----------
    checks : list of Check
    message : str
    """

    def __init__(self, checks: list[Check], skipped: list[str]) -> None:
        self.checks, self.skipped = checks, skipped

    def __bool__(self) -> bool:
        return bool(self.checks) and all(check.agrees for check in self.checks)

    @property
    def message(self) -> str:
        wrong = [check for check in self.checks if not check.agrees]
        if wrong:
            first = wrong[0]
            sizes = ", ".join(f"{letter} = {n}" for letter, n in first.sizes.items())
            return f"{first.what} differs from the derivative by values ({sizes})."
        if not self.checks:
            return f"Nothing was compared: {' '.join(self.skipped)}"
        exact = sum(check.error == 0 for check in self.checks)
        draws = len({id(check.sizes) for check in self.checks})
        return (
            f"{len(self.checks)} comparisons at {draws} draws of data agree, {exact} of them "
            f"exactly.{''.join(' ' + reason for reason in self.skipped)}"
        )

    def __repr__(self) -> str:
        return f"{'agrees' if self else 'does not agree'}: {self.message}"


def check(derivation: Any, seed: int = 0) -> CheckReport:
    """Hold a derivation's lines and results against derivatives by value.

    Parameters
    ----------
    derivation : Derivation
    seed : int
        The same seed draws the same data.

    Returns
    -------
    CheckReport
    """
    checks: list[Check] = []
    skipped: list[str] = []
    for wide in (False, True):
        try:
            checks += _confirmed(derivation, seed, wide)
        except NoValue as reason:
            skipped.append(f"No {'wide' if wide else 'tall'} data: {reason}")
    return CheckReport(checks, skipped if not checks else [])


def _confirmed(derivation: Any, seed: int, wide: bool) -> list[Check]:
    """The comparisons at one draw; a small difference counts only if other draws show it too.

    At ill-conditioned data rounding alone makes a difference; a wrong term differs everywhere.
    """
    found = list(_at(derivation, drawn(derivation, seed, wide), seed))
    for other in (seed + 1000, seed + 2000):
        doubtful = [c.what for c in found if not c.agrees and 0 < c.error < SMALL]
        if not doubtful:
            break
        again = {c.what: c for c in _at(derivation, drawn(derivation, other, wide), other)}
        found = [again.get(c.what, c) if c.what in doubtful else c for c in found]
    return found


def drawn(derivation: Any, seed: int, wide: bool) -> Draw:
    """Random data at which the expression is defined and has a derivative.

    Raises
    ------
    NoValue
        If none were found.
    """
    symbols = [_meeting(x, derivation.value) for x in derivation.symbols.values()]
    moving = [_meeting(x, derivation.value) for x in derivation.wrt]
    largest = max((n for x in symbols for n in x.shape if type(n) is int), default=0)
    if largest > LONGEST:
        raise NoValue(
            f"A length of {largest} is too large for values without NumPy; declare a letter, or "
            f"lengths up to {LONGEST}."
        )

    def accept(values: dict[str, Any], sizes: dict[str, int]) -> bool:
        found = [value(derivation.value, values, sizes)]
        for x in moving:
            move = direction(x, values)
            found.append(directional(derivation.value, x.name, move, values, sizes).value)
        return all(abs(y) < LARGE for one in found for y in entries(one))

    counts = counts_of(derivation.value)
    own = {str(letter) for x in symbols for n in x.shape for letter in letters(n)}
    own |= {str(letter) for n in counts.values() for letter in letters(n)}
    others = [name for name in derivation.parsed.sizes if name not in own]
    fixed = {name: 3 + i + (-i if wide else i) for i, name in enumerate(others)}
    return draw(symbols, seed, wide=wide, fixed=fixed, counts=counts, accept=accept)


def _meeting(x: Symbol, value: Expression) -> Symbol:
    """The symbol with the flags that an operation asks of it, if it is declared without them."""
    if len(x.shape) != 2 or not same(*x.shape):
        return x
    varies = varies_with({x.name})
    asked = {
        flag
        for term in applications(value) if varies(term)
        for flag in ("symmetric", "positive definite")
        if re.match(f"X [^;]*{flag}", term.operation.rule.where) and varies(term.operands[0])
    }  # fmt: skip
    if asked <= x.flags:
        return x
    found = Symbol(x.name, shape=x.shape)
    found.flags = x.flags | asked
    return found


def counts_of(term: Expression) -> dict[str, Any]:
    """The number of samples for each index of a sum in a term."""
    found: dict[str, Any] = {}
    waiting, seen = [term], set()
    while waiting:
        x = waiting.pop()
        if id(x) not in seen:
            seen.add(id(x))
            if isinstance(x, Application) and x.name == "sum_over":
                found[x.parameters["index"]] = x.parameters["count"]
            waiting += x.operands
    return found


def _at(derivation: Any, data: Draw, seed: int) -> Iterator[Check]:
    point, sizes = data
    moves = {x.name: direction(_meeting(x, derivation.value), point, seed) for x in derivation.wrt}
    named = dict(point)
    for x in derivation.wrt:
        named[derivation.directions[x.name].name] = named[f"d{x.name}"] = moves[x.name]
    slope = slope_of(derivation.value, moves, point, sizes)

    def compare(what: str, found: Any, true: tuple[Any, float]) -> Check:
        error = distance(found, true[0])
        return Check(what, sizes, error, error <= TOLERANCE + 10 * true[1])

    yield compare("The differential", value(derivation.differential, named, sizes), slope)
    inner: dict[str, Any] = {}  # how intermediate results move
    lines = dict(named)  # with the intermediate results that the lines name
    for i, step in enumerate(derivation.steps, start=1):
        if step.of is None or not step.left.startswith("d"):
            if step.left != "f":
                lines[step.left] = value(step.expression, lines, sizes)
            if step.of is not None:
                true = value(step.of, point, sizes)
                yield compare(f"Line {i} of the steps", value(step.expression, lines, sizes),
                              (true, 0.0))  # fmt: skip
            continue
        true = slope if step.of is derivation.value else slope_of(step.of, moves, point, sizes)
        line = pending_taken(step.expression, moves | inner, lines, sizes)
        yield compare(f"Line {i} of the steps", value(*line, sizes), true)
        lines[step.left] = true[0]
        if step.left != "df":
            inner[step.left[1:]] = true[0]
    if derivation.value.shape == ():
        for name, G in derivation.gradients.items():
            own = slope_of(derivation.value, {name: moves[name]}, point, sizes)
            yield compare(
                f"The gradient in {name}", paired(value(G, point, sizes), moves[name]), own
            )
            P = derivation.projected_gradients[name]
            if P is not G:
                found = paired(value(P, point, sizes), moves[name])
                yield compare(f"The projected gradient in {name}", found, own)
        yield from _second(derivation, named, moves, point, sizes, seed, compare)


def _second(
    derivation: Any, named: Any, moves: Any, point: Any, sizes: Any, seed: int,
    compare: Callable[..., Check],
) -> Iterator[Check]:  # fmt: skip
    """The Hessian operator, paired with another direction, against a second derivative by value."""
    if len(derivation.wrt) > 1:
        return
    [x] = derivation.wrt
    try:
        hessian = derivation.hessian
    except ValueError:  # it is refused, and so not shown
        return
    K = direction(_meeting(x, derivation.value), point, seed + 1)
    try:
        true = second_directional(derivation.value, x.name, moves[x.name], K, point, sizes)
    except NoValue:
        return
    found = paired(value(hessian, named, sizes), K)
    yield compare("The Hessian", found, (true.value, 1e-5 * (true.error != 0) + true.error))


def slope_of(
    term: Expression, moves: Mapping[str, Any], point: Mapping[str, Any], sizes: Any
) -> tuple[Any, float]:
    """The derivative of a term by value, with its error, when several symbols move."""
    total, error = None, 0.0
    for name, move in moves.items():
        found = directional(term, name, move, point, sizes)
        total = found.value if total is None else added(total, found.value)
        error += float(found.error)
    return total, error


def pending_taken(
    line: Expression, moves: Mapping[str, Any], named: Mapping[str, Any], sizes: Any
) -> tuple[Expression, dict[str, Any]]:
    """A line with symbols in the place of differentials that are still to be taken."""
    values = dict(named)

    def replaced(x: Expression, samples: Mapping[str, int]) -> Any:
        """The term; a sum over samples written out, so that each has its own differential."""
        if isinstance(x, Symbol) and x.sample in samples:
            k = samples[x.sample]
            if x.name == x.sample:
                return Number(k + 1)
            return filled(f"{x.name}#{k}", x.shape, named[x.name][k])
        if isinstance(x, Pending):
            inside = replaced(x.of, samples)
            return filled(f"#{len(values)}", x.shape, slope_of(inside, moves, values, sizes)[0])
        if isinstance(x, Application) and x.name == "sum_over":
            index, count = x.parameters["index"], x.parameters["count"]
            length = value(size_term(count), values, sizes)
            bodies = [replaced(x.operands[0], {**samples, index: k}) for k in range(int(length))]
            return functools.reduce(operator.add, bodies)
        if isinstance(x, Application) and (samples or x.varies):
            return TABLE[x.name](*(replaced(o, samples) for o in x.operands), **x.parameters)
        return x

    def filled(name: str, shape: Any, content: Any) -> Symbol:
        values[name] = content
        return Symbol(name, shape=shape)

    return replaced(line, {}), values


def entries(x: Any) -> list[Any]:
    """The entries of a number, of a vector or of rows."""
    return [y for part in x for y in entries(part)] if isinstance(x, tuple) else [x]


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a number, of a vector or of rows."""
    return (len(x), *shape_of(x[0])) if isinstance(x, tuple) else ()


def added(x: Any, y: Any) -> Any:
    if isinstance(x, tuple):
        return tuple(tuple(map(sum, zip(*rows, strict=True))) for rows in zip(x, y, strict=True))
    return x + y


def paired(G: Any, H: Any) -> Any:
    """The inner product <G, H>."""
    if shape_of(G) != shape_of(H):
        return float("nan")
    return sum(g * h for g, h in zip(entries(G), entries(H), strict=True))


def distance(x: Any, y: Any) -> float:
    """How far apart two values are, as a share of the larger one; 0 only where they are equal."""
    if shape_of(x) != shape_of(y):
        return float("inf")
    a, b = entries(x), entries(y)
    apart = max(abs(p - q) for p, q in zip(a, b, strict=True))
    if apart == 0:
        return 0.0
    return float(apart / max(1, *map(abs, a), *map(abs, b)))
