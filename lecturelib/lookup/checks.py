"""What the rows are checked by: values of the function, and nothing that knows a rule.

On trial is what the page prints: gradient, differential, adjoint, Hessian. The formulas are turned
into NumPy code, the code that the page shows among it, and run on random data of distinct sizes,
tall and wide. The referees evaluate the function alone: its NumPy code at neighbouring points, and
its formula once more without NumPy (`lecturelib.symbols.exact`). Two more hold the results against
each other: gradient and differential must be adjoint, the Hessian must be self-adjoint.

The wrong variants are the slips that people make: twice the result, the sign, and the printed text
with one transpose, one inverse, one factor 2 or one term lost; and those that the row names.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..claims.checking import Check
from ..claims.referees import circle_coefficients, five_point
from ..symbols.code import CodeError, code
from ..symbols.derive import Derivation
from ..symbols.draw import direction, draw
from ..symbols.exact import NoValue, directional, second_directional, value
from ..symbols.parse import parse_answer
from ..symbols.steps import varies_with
from ..symbols.terms import Expression, Symbol
from ..symbols.tidy import summands
from ..symbols.tokens import ParseError
from . import Row

#: On how many draws; each is tall and wide where the ranks allow both.
DRAWS = 2

#: Steps of differences, and of differences of differences, along a direction of length 1.
STEP, WIDE_STEP = 2.0**-9, 2.0**-7

#: Data are drawn again where values or derivatives are larger, or derivatives are smaller.
LARGE, SMALL = 1e6, 1e-6

#: How many directions a result is tried in.
DIRECTIONS = 2

VALUES = "values without NumPy"
NUMPY = "five-point differences"
SECOND = "second differences"
SECOND_VALUES = "second derivatives without NumPy"
BOUNDS = {
    NUMPY: 1e-7,
    VALUES: 1e-8,
    SECOND: 1e-5,
    SECOND_VALUES: 1e-6,
    "adjoint dot test": 1e-10,
    "self-adjoint": 1e-8,
}

#: What is lost -> where in a text that may happen.
_LOST = {"a transpose lost": r"'", "a factor 2 lost": r"\b2\*", "an inverse lost": r"\binv(?=\()"}

Array = Any


def judge(row: Row) -> Callable[[np.random.Generator], Iterator[Check]]:
    """The function that checks a row, as `lecturelib.claims.checking` runs it."""

    def checks(rng: np.random.Generator) -> Iterator[Check]:
        seed = int(rng.integers(1 << 30))
        points = [point for wide in (False, True) if (point := _point(row, seed, wide))]
        if not points:
            raise NoValue(f"No data were found at which {row.f} has a derivative.")
        for point in points:
            yield from point.checks()

    return checks


def _point(row: Row, seed: int, wide: bool) -> Point | None:
    try:
        return Point(row, seed, wide)
    except NoValue:  # a matrix cannot have full column rank and be wide
        return None


class Trial:
    """The formulas on trial as functions in NumPy: of results, and of wrong variants of each."""

    def __init__(self, row: Row) -> None:
        self.row = row
        d = row.derivation
        self.variable: Symbol = d.wrt[0]
        self.direction: Symbol = d.directions[self.variable.name]
        self.cotangent = d.cotangent
        self.shown = functions(d.numpy())
        self.results = {kind: self._compiled(term) for kind, term in row.results.items()}
        moving = self.row.results.get("hessian")
        self.is_flat = moving is not None and not varies_with({self.direction.name})(moving)
        self.wrong = {kind: list(self._variants(kind)) for kind in row.results}

    def _compiled(self, term: Expression) -> Callable[..., Array]:
        symbols = [*self.row.derivation.symbols.values(), self.direction]
        if self.cotangent.shape:
            symbols.append(self.cotangent)
        return functions(code({"result": term}, symbols, variables=[self.variable.name]))["result"]

    def _variants(self, kind: str) -> Iterator[tuple[str, Callable[..., Array]]]:
        """The printed result with one slip each."""
        d, term = self.row.derivation, self.row.results[kind]
        directions = dict(d.directions) | {"adjoint": self.cotangent}
        texts = list(slips(str(term)))
        if len(parts := summands(term)) > 1:
            for lost in parts:
                rest = [part for part in parts if part is not lost]
                texts.append(("a term lost", " + ".join(f"({part})" for part in rest)))
        if kind == next(iter(self.row.results)):
            texts += [(name, wrong) for wrong, name in self.row.wrong]
        for name, text in dict.fromkeys(texts):
            try:
                wrong = parse_answer(text, d.parsed, directions)
                yield name, self._compiled(wrong)
            except (ParseError, CodeError, ValueError):
                continue  # without it the shapes don't fit, and nobody would write it


def slips(text: str) -> Iterator[tuple[str, str]]:
    """A printed text with one thing lost, and what.

    >>> list(slips("2*inv(X)'"))[:2]
    [('a transpose lost', '2*inv(X)'), ('a factor 2 lost', "inv(X)'")]
    """
    for name, pattern in _LOST.items():
        for place in re.finditer(pattern, text):
            yield name, text[: place.start()] + text[place.end() :]


def functions(module: str) -> dict[str, Callable[..., Array]]:
    """The functions of generated code."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(module, names)
    return names


@functools.lru_cache(maxsize=1)  # the draws of a row come one after another
def trial(row_id: str, row: Row) -> Trial:
    return Trial(row)


class Point:
    """Data for a row, directions, and what everybody finds there."""

    def __init__(self, row: Row, seed: int, wide: bool) -> None:
        self.row, self.trial, self.seed = row, trial(row.id, row), seed
        self.d = row.derivation
        self.x = self.trial.variable
        symbols = list(self.d.symbols.values())
        with np.errstate(all="ignore"):  # what is not finite is not accepted
            draw(symbols, seed, wide=wide, constraints=_ranks(self.d), accept=self.will_do)

    def will_do(self, exact: dict[str, Any], sizes: dict[str, int]) -> bool:
        """Take these data, if the function has derivatives there, of moderate size.

        The function's values alone decide: differences with two steps must agree.
        """
        self.exact, self.sizes = exact, sizes
        self.seed += 1  # along some directions a second derivative is 0
        self.moves = [direction(self.x, exact, 100 * self.seed + k) for k in range(DIRECTIONS + 1)]
        *self.H, self.K = map(_array, self.moves)
        self.values: dict[str, Any] = {name: _array(v) for name, v in exact.items()} | sizes
        for x in self.d.symbols.values():
            if "integer" in x.flags:
                self.values[x.name] = int(self.values[x.name])
        try:
            Y = self.f(self.X)
            if np.iscomplexobj(Y) or not np.max(np.abs(Y)) < LARGE:
                return False
            self.C = np.random.default_rng(self.seed).standard_normal(np.shape(Y))
            known = {self.trial.direction.name: self.H[0], self.trial.cotangent.name: self.C}
            self.values |= known
            for result in self.trial.results.values():
                self.run(result)
            slopes = [self.slopes(size) for size in (STEP, STEP / 2)]
            self.differences = {NUMPY: slopes[0]}
            settled = _settled(slopes[0], slopes[1], BOUNDS[NUMPY])
            if settled and "hessian" in self.trial.results:
                bent = [self.curvatures(size) for size in (WIDE_STEP, WIDE_STEP / 2)]
                self.differences[SECOND] = bent[0]
                if self.trial.is_flat:  # a kink nearby bends, too
                    settled = bool(np.max(np.abs(bent)) < SMALL * np.max(np.abs(slopes)))
                else:
                    settled = _settled(bent[0], bent[1], BOUNDS[SECOND])
            if settled:
                value(self.d.value, exact, sizes)  # NoValue where the formula is not defined
                for H in self.moves[:1]:  # and on a kink
                    directional(self.d.value, self.x.name, H, exact, sizes)
            return settled
        except np.linalg.LinAlgError:
            return False

    def slopes(self, size: float) -> Array:
        return [five_point(self.f, self.X, H, h=_step(H, size)) for H in self.H]

    def curvatures(self, size: float) -> Array:
        return [_mixed(self.f, self.X, H, self.K, size) for H in self.H]

    @property
    def X(self) -> Array:  # noqa: N802 (a matrix)
        return self.values[self.x.name]

    def run(self, function: Callable[..., Array], **values: Array) -> Array:
        known = {**self.values, **values}
        return function(*(known[name] for name in inspect.signature(function).parameters))

    def f(self, X: Array) -> Array:
        """The function itself: the NumPy code that the page shows."""
        return self.run(self.trial.shown["f"], **{self.x.name: X})

    def checks(self) -> Iterator[Check]:
        slopes = {
            NUMPY: self.differences[NUMPY],
            VALUES: [
                _array(directional(self.d.value, self.x.name, H, self.exact, self.sizes).value)
                for H in self.moves[:-1]
            ],
        }
        moved = self.trial.results["differential"]
        for kind, result in self.trial.results.items():
            if kind == "differential":
                yield from self.check(kind, self.differential, slopes)
            elif kind == "adjoint":
                pairs = {name: _paired(self.C, found) for name, found in slopes.items()}
                pairs["adjoint dot test"] = _paired(self.C, self.differential(moved))
                yield from self.check(kind, self.adjoint, pairs)
            elif kind == "hessian":
                yield from self.check(kind, self.hessian, self.second())
            else:
                dots = {**slopes, "adjoint dot test": self.differential(moved)}
                yield from self.check(kind, self.gradient, dots)
            if kind in self.trial.shown:  # what is shown is what was judged
                assert np.allclose(self.run(result), self.run(self.trial.shown[kind])), kind
        if self.row.id in REMARKS:
            yield REMARKS[self.row.id](self)

    # -- A formula in numbers that do not depend on how it is laid out ----------------------------

    def differential(self, formula: Callable[..., Array]) -> list[Array]:
        name = self.trial.direction.name
        return [np.asarray(self.run(formula, **{name: H})) for H in self.H]

    def gradient(self, formula: Callable[..., Array]) -> list[Array]:
        return _paired(self.run(formula), self.H)

    def adjoint(self, formula: Callable[..., Array]) -> list[Array]:
        return _paired(self.run(formula), self.H)

    def hessian(self, formula: Callable[..., Array]) -> list[Array]:
        return [_inner(GH, self.K) for GH in self.differential(formula)]

    def second(self) -> dict[str, list[Array]]:
        name = self.trial.direction.name
        turned = self.run(self.trial.results["hessian"], **{name: self.K})
        found = {
            SECOND: self.differences[SECOND],
            "self-adjoint": _paired(turned, self.H),
        }
        arguments = self.d.value, self.x.name
        try:
            slopes = [
                second_directional(*arguments, H, self.moves[-1], self.exact, self.sizes)
                for H in self.moves[:-1]
            ]
        except NoValue:  # two complex steps need a function that is known as a series
            return found
        if max(float(slope.error) for slope in slopes) < BOUNDS[SECOND_VALUES]:
            found[SECOND_VALUES] = [_array(slope.value) for slope in slopes]
        return found

    # -- Referees and variants --------------------------------------------------------------------

    # A transpose of what is symmetric may be lost: a variant with the value stated is none.
    def check(
        self, kind: str, numbers: Callable[..., list[Array]], referees: Mapping[str, Any]
    ) -> Iterator[Check]:
        stated = numbers(self.trial.results[kind])
        wrong: dict[str, Any]
        if not np.any(stated):  # a constant gradient: the Hessian is 0
            wrong = {"the direction for 0": [_inner(H, self.K) for H in self.H]}
        else:
            wrong = {
                "twice the result": np.multiply(2, stated),
                "the sign lost": np.negative(stated),
            }
        yield Check(stated, referees, wrong, bounds=BOUNDS)
        for name, formula in self.trial.wrong[kind]:
            try:
                with np.errstate(all="ignore"):
                    found = numbers(formula)
            except (ValueError, np.linalg.LinAlgError):  # its shapes don't fit, or it has no value
                continue
            if np.all(np.isfinite(found)) and not _same(found, stated):
                yield Check(stated, referees, {name: found}, bounds=BOUNDS)


def _ranks(d: Derivation) -> list[str]:
    """The sizes that the conditions need: full column rank allows no more columns than rows."""
    ranked = [c.of for c in d.conditions if c.words == "of full column rank" and c.of is not None]
    return [f"{X.shape[1]} <= {X.shape[0]}" for X in ranked]


# -- What a remark says ---------------------------------------------------------------------------


def _near_the_identity(point: Point) -> Check:
    """The first coefficients of det(I + tA)."""
    A = point.values["A"]
    wrong = [1 + np.linalg.det(A), np.trace(A), (np.trace(A) ** 2 - np.trace(A @ A)) / 2]
    by_eigenvalues = np.poly(-np.linalg.eigvals(A))[:3].real
    return Check(
        stated=[1.0, *wrong[1:]],
        referees={
            "circle in the complex plane": np.real(circle_coefficients(point.f, 0.0, 1.0, 2)),
            "eigenvalues": by_eigenvalues,
        },
        wrong={"det A more, as the Cookbook's (28) is printed": wrong},
    )


#: Rows whose remark states something more.
REMARKS = {"determinant-near-identity": _near_the_identity}


# -- Numbers --------------------------------------------------------------------------------------


def _array(x: Any) -> Array:
    """A number, or rows; a column as a vector, as the generated code takes it."""
    if not isinstance(x, tuple):
        return float(x)
    found = np.array([[float(y) for y in row] for row in x])
    return found[:, 0] if found.shape[1] == 1 else found


def _step(H: Array, size: float) -> float:
    return size / max(1.0, float(np.linalg.norm(np.atleast_1d(H))))


def _mixed(f: Callable[[Array], Array], X: Array, H: Array, K: Array, size: float) -> Array:
    """d/dt d/ds f(X + tH + sK) at 0 by differences of differences."""
    h, k = _step(H, size), _step(K, size)
    return five_point(lambda Y: five_point(f, Y, H, h=h), X, K, h=k)


def _settled(a: Array, b: Array, bound: float) -> bool:
    """Whether two differences agree, and are neither huge nor lost in rounding."""
    largest = float(np.max(np.abs(a)))
    apart = float(np.max(np.abs(np.subtract(a, b))))
    return SMALL < largest < LARGE and apart < bound * largest / 4


def _inner(G: Array, H: Array) -> Array:
    if np.shape(G) != np.shape(H):
        raise ValueError(f"A gradient of shape {np.shape(G)} for a direction of {np.shape(H)}.")
    return np.sum(np.multiply(G, H))


def _paired(G: Array, moves: list[Array]) -> list[Array]:
    return [_inner(G, H) for H in moves]


def _same(a: Array, b: Array) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.max(np.abs(a - b)) <= 1e-9 * np.max(np.abs(b)))
