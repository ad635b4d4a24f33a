"""Which slip made a wrong answer: the truth, or the answer, changed as people change it by mistake.

A slip is named only if it gives the answer itself at every point where both are known. It is sought
from the most specific to the least: a relation between answer and truth (a factor, a transpose); a
term of the truth that is missing or has another factor; one place of the answer that has to be
changed to make it right, or of the truth to make it the answer; a step of the derivation that went
wrong: a part taken as constant, a derivative forgotten.
"""

from __future__ import annotations

import copy
import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..table import TABLE, ZERO
from ..table.shapes import Size, known, same, same_shape
from .adjoint import differentiate, pull_back
from .answers import FAILURES, Condition, Point, Question, Slip, identity, read, size
from .exact import Array, _applied
from .normal import Algebra, TooLargeError
from .steps import varies_with
from .terms import (
    Application,
    Differential,
    Expression,
    Identity,
    Number,
    Ones,
    Symbol,
    is_invisible,
    visible,
)
from .tidy import Speller, summands, tidy
from .tokens import ParseError

#: Formulas with more places, and sums with more terms, are not searched.
PLACES, TERMS = 300, 8

#: What reproduces an answer does so up to rounding.
EXACT = 1e-8

#: Functions of a matrix, and those that act on entries instead.
_ENTRYWISE = {"inv": "reciprocal", "expm": "exp", "logm": "log", "sqrtm": "sqrt", "sinm": "sin",
              "cosm": "cos", "matrix_power": "power"}  # fmt: skip
_OF_MATRICES = {entrywise: name for name, entrywise in _ENTRYWISE.items()}

#: kind -> a sentence with a place for the part that it is about.
_SENTENCES = {
    "missing term": "A term is missing: {}. Each place where the variable stands gives one.",
    "extra term": "One term is too many: {}.",
    "sign": "A sign is wrong, at {}.",
    "missing factor": "A factor is lost, or one too many: {}.",
    "term factor": "A number is lost, or one too many: {}.",
    "transposed factor": "A transpose is missing, or one too many, at {}.",
    "order of factors": (
        "The order of factors is wrong, in {}. Matrices don't commute, and a transpose reverses a "
        "product."
    ),
    "outer for inner product": (
        "An outer product stands for an inner one, or the reverse, in {}. Look at the shapes."
    ),
    "elementwise product": (
        "A product of matrices stands for one of entries, or the reverse, in {}."
    ),
    "elementwise function": (
        "A function of a matrix is taken entry by entry, or the reverse, in {}."
    ),
    "trace": (
        "A trace is left out, or closed too early, at {}: a derivative by a number is a number, "
        "and the trace is of the whole product."
    ),
}  # fmt: skip


class Search:
    """A wrong answer, at points in floats, as directions see it."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.points: list[Point] = []
        for point in question.points[:4]:
            self.points.append(point.moved(0.0))
        self.found = [self.seen(p, p.of(question.answer)) for p in self.points]
        self.true = [self.seen(p, p.of(question.truth)) for p in self.points]
        apart = [
            size(a - b) / max(size(a), size(b), 1e-300)
            for a, b in zip(self.found, self.true, strict=True)
            if a.shape == b.shape
        ]
        #: What reproduces an answer does so up to rounding, and better than the truth does.
        self.exact = min([EXACT, *(d / 100 for d in apart)])

    @functools.cached_property
    def sums(self) -> list[list[Expression]]:
        return _sums(self)

    def seen(self, point: Point, X: Any) -> Any:
        return self.question.seen(point, X)

    def gives(self, values: Callable[[Point], Any], goal: Sequence[Array] | None = None) -> bool:
        """Whether ``values(point)`` is the answer (or the goal) at every point."""
        self.question.check_time()
        for point, wanted in zip(self.points, goal or self.found, strict=True):
            try:
                X = self.seen(point, values(point))
                if X.shape != wanted.shape or not size(X - wanted) <= self.exact * size(wanted):
                    return False
            except Exception:  # a change may make nonsense of a formula
                return False
        return True

    def ratio(self, values: Sequence[Any], goal: Sequence[Array]) -> str:
        """The simple number c, constant or made of sizes, with goal = c times values; or empty."""
        ratios: list[float] = []
        for V, W in zip(values, goal, strict=True):
            if V.shape != W.shape or not size(V) or not size(W):
                return ""
            k = max(range(len(V.entries)), key=lambda i, V=V: abs(V.entries[i]))  # type: ignore[misc]
            c = W.entries[k] / V.entries[k]
            if size(V * c - W) > self.exact * size(W):
                return ""
            ratios.append(float(c))
        units: list[tuple[str, list[float]]] = [("", [1.0] * len(ratios))]
        for name in (*self.question.letters(), *self._scalars()):
            sizes = [float(p.sizes.get(name) or p.values[name]) for p in self.points]
            if 0 not in sizes:
                units += [(name, sizes), (f"1/{name}", [1 / n for n in sizes])]
        for name, unit in units:
            first, *others = (c / u for c, u in zip(ratios, unit, strict=True))
            simple = Fraction(first).limit_denominator(12)
            if simple and abs(simple.numerator) <= 24 and (name or len(ratios) > 1):
                if all(abs(c - float(simple)) < 1e-7 * abs(first) for c in (first, *others)):
                    if name and len(set(unit)) == 1:
                        continue
                    return str(simple) if not name else name if simple == 1 else f"{simple}*{name}"
        return ""

    def _scalars(self) -> list[str]:
        symbols = self.question.symbols
        return [x.name for x in symbols if x.shape == () and not x.sample]


def slip_of(question: Question) -> Slip | None:
    """The slip that gives the answer, if one does."""
    search = Search(question)
    for look in (
        _multiple, _diagonal, _terms, _in_the_derivation, _in_the_answer, _in_the_truth,
        _terms_multiplied_out, _of_another_variable,
    ):  # fmt: skip
        if found := look(search):
            return found
    return None


# -- Conventions ----------------------------------------------------------------------------------


def convention(question: Question) -> Slip | None:
    """The convention by which the answer is right, if there is one."""
    search, x, of = Search(question), question.x, question.of
    moves = _mentions(question.answer, question)
    for kind, holds, what in _CONVENTIONS[of == "gradient"]:
        if holds(search, x, moves):
            said = what.format(x=x.name, of=of)
            return Slip(kind, f"Right in another convention: this is {said}")
    return None


def _is_transposed(search: Search, x: Symbol, moves: bool) -> bool:
    return x.ndim == 2 and search.gives(lambda p: p.of(search.question.truth).T)


def _is_row(search: Search, x: Symbol, moves: bool) -> bool:
    return any(same(n, 1) for n in x.shape) and _is_transposed(search, x, moves)


def _counts_twice(search: Search, x: Symbol, moves: bool) -> bool:
    def by_entries(p: Point) -> Any:
        G = p.of(search.question.truth)
        return (G + G.T) - (G + G.T) * identity(G.shape[0]) / 2

    return x.ndim == 2 and same(*x.shape) and search.gives(by_entries)


def _is_canonical(search: Search, x: Symbol, moves: bool) -> bool:
    def canonical(p: Point) -> Any:
        G, X = p.of(search.question.truth), p.reader.values[x.name]
        return G - X @ (G.T @ X)

    return "orthogonal" in x.flags and search.gives(canonical)


def _is_differential(search: Search, x: Symbol, moves: bool) -> bool:
    return moves and search.gives(
        lambda p: _paired(p.of(search.question.truth), p.reader.values[f"d{x.name}"])
    )


def _is_gradient(search: Search, x: Symbol, moves: bool) -> bool:
    return not moves and all(
        W.shape == () and F.shape == p.reader.values[f"d{x.name}"].shape
        and _equal(_paired(F, p.reader.values[f"d{x.name}"]), W)
        for p, F, W in zip(search.points, search.found, search.true, strict=True)
    )  # fmt: skip


def _is_matrix_of(stack: Callable[[Any], Any]) -> Callable[..., bool]:
    """Whether the answer is the matrix of the operator, on stacked columns or rows."""

    def holds(search: Search, x: Symbol, moves: bool) -> bool:
        def agrees(p: Point, J: Any) -> bool:
            H = stack(p.reader.values[f"d{x.name}"])
            fits = J.ndim == 2 and J.shape[1] == H.shape[0]
            return fits and _equal(J @ H, stack(p.of(search.question.truth)))

        return not moves and all(map(agrees, search.points, search.found))

    return holds


def _is_stacked(stack: Callable[[Any], Any]) -> Callable[..., bool]:
    """Whether the answer is the gradient as one column."""

    def holds(search: Search, x: Symbol, moves: bool) -> bool:
        wide = x.ndim == 2 and not any(same(n, 1) for n in x.shape)
        return wide and search.gives(lambda p: stack(p.of(search.question.truth)))

    return holds


def _is_second_differential(search: Search, x: Symbol, moves: bool) -> bool:
    return search.question.of == "hessian" and _is_differential(search, x, moves)


def _paired(G: Any, H: Any) -> Any:
    if G.shape != H.shape:
        raise ValueError
    return Array((), [sum(g * h for g, h in zip(G.entries, H.entries, strict=True))])


def _rows(X: Any) -> Any:
    return Array((len(X.entries), 1), X.entries)


def _columns(X: Any) -> Any:
    return _rows(X.T if X.ndim == 2 else X)


def _equal(A: Any, B: Any) -> bool:
    return A.shape == B.shape and size(A - B) <= EXACT * size(B)


_HERE = "The gradient here has the shape of {x}, so that df = <gradient, d{x}>."
_MATRIX = "the matrix of the operator, for stacked {}. Applied to d{{x}} it gives the {{of}}."

#: For other results, and for gradients: kind, whether it holds, what it is.
_CONVENTIONS: tuple[Sequence[tuple[str, Callable[..., bool], str]], ...] = (
    (
        ("", _is_gradient,
         "the gradient. The differential is its inner product with d{x}."),
        ("", _is_second_differential,
         "the second differential, a number. The Hessian operator is what stands beside d{x} in "
         "it: d2f = <Hessian[d{x}], d{x}>."),
        ("layout", _is_matrix_of(_columns), _MATRIX.format("columns")),
        ("layout", _is_matrix_of(_rows), _MATRIX.format("rows")),
    ),
    (
        ("transposed", _is_row,
         f"the row of equation (5) of the lecture, as in numerator layout. {_HERE}"),
        ("transposed", _is_transposed,
         f"the transpose of the gradient, as in numerator layout. {_HERE}"),
        ("layout", _is_stacked(_columns),
         "the gradient with its columns stacked, as vec writes it. Here it has the shape of {x}."),
        ("layout", _is_stacked(_rows),
         "the gradient with its rows stacked. Here it has the shape of {x}."),
        ("diagonal", _counts_twice,
         "2G - diag(G), the table of partial derivatives by the entries of a symmetric {x}, each "
         "of which stands in two places. As a gradient, with df = <gradient, H>, it counts those "
         "off the diagonal twice."),
        ("", _is_canonical,
         "G - {x}*G'*{x}, the gradient in the canonical metric; in <G, H> the gradient is the "
         "projection of G."),
        ("", _is_differential,
         "the differential. The gradient is what stands beside d{x} in the inner product."),
    ),
)  # fmt: skip


def _mentions(term: Any, question: Question) -> bool:
    """Whether a direction occurs."""
    names = {H.name for H in question.derivation.directions.values()}
    waiting, seen = [term], set()
    while waiting:
        x = waiting.pop()
        if id(x) not in seen:
            seen.add(id(x))
            if isinstance(x, Differential) or (isinstance(x, Symbol) and x.name in names):
                return True
            waiting += x.operands
    return False


# -- The answer and the truth ---------------------------------------------------------------------


def _multiple(search: Search) -> Slip | None:
    if not any(map(size, search.found)):
        return Slip("zero", "Your answer is 0, and the truth is not: the variable does occur.")
    if not any(map(size, search.true)):
        return Slip("", "The truth is 0, and your answer is not.")
    for transposed in (False, True):
        true = [X.T if transposed else X for X in search.true]
        c = search.ratio(true, search.found)
        layout = " (in numerator layout)" if transposed else ""
        if c == "-1":
            return Slip("sign", f"The sign is wrong: this is minus the right answer{layout}.")
        if c and c != "1":
            return Slip(
                "factor", f"Off by the factor {c}: your answer is {c} times the right one{layout}."
            )
        if transposed and c == "1" and search.question.truth.ndim == 2:
            return Slip("transposed", "This is the transpose of the right answer.")
    return None


def _diagonal(search: Search) -> Slip | None:
    if all(X.ndim == 2 and len(set(X.shape)) == 1 for X in search.true):

        def on(point: Point) -> Any:
            X = point.of(search.question.truth)
            return X * identity(X.shape[0])

        if search.gives(on):
            return Slip("diagonal", "This is the diagonal of the right answer only.")
        if search.gives(lambda p: p.of(search.question.truth) - on(p)):
            return Slip("diagonal", "This is right off the diagonal, and 0 on it.")
    return None


def _sums(search: Search) -> list[list[Expression]]:
    """The truth as a sum of terms: as it is spelled, as the rules leave it, multiplied out."""
    truth = search.question.truth
    raw = _derived(search.question, search.question.source)
    forms = (
        lambda: list(_addends(truth)),
        lambda: summands(truth),
        lambda: _collected(
            tidy(x, None, search.question.deadline, ("none",)) for x in _addends(raw)
        ),
        lambda: _multiplied_out(truth),
    )
    found: list[list[Expression]] = []
    for form in forms:
        try:
            terms = form()
        except (TooLargeError, *FAILURES):
            terms = []
        known = [list(map(str, other)) for other in found]
        new = 1 < len(terms) <= TERMS and list(map(str, terms)) not in known
        found.append(terms if new else [])
    return found


def _collected(terms: Iterable[Expression]) -> list[Expression]:
    """Terms that occur several times, once with a number."""
    groups: dict[str, list[Expression]] = {}
    for x in terms:
        groups.setdefault(str(x), []).append(x)
    return [len(group) * group[0] if len(group) > 1 else group[0] for group in groups.values()]


def _multiplied_out(term: Expression) -> list[Expression]:
    algebra = Algebra("all", 2000)
    p = algebra.polynomial(term)
    if len(p.terms) > TERMS:
        return []
    speller = Speller(algebra)
    return [speller.spell(type(p)(p.shape, {m: c})) for m, c in p.terms.items()]


def _addends(x: Any, sign: int = 1) -> Iterator[Expression]:
    if isinstance(x, Application) and x.name in ("add", "subtract"):
        yield from _addends(x.operands[0], sign)
        yield from _addends(x.operands[1], -sign if x.name == "subtract" else sign)
    elif isinstance(x, Application) and x.name == "negative":
        yield from _addends(x.operands[0], -sign)
    else:
        yield -x if sign < 0 else x


def _terms_multiplied_out(search: Search) -> Slip | None:
    return _terms(search, 3)


def _terms(search: Search, first: int = 0) -> Slip | None:
    """A term of the truth that is missing, or has another factor."""
    if any(a.shape != b.shape for a, b in zip(search.found, search.true, strict=True)):
        return None
    rest = [a - b for a, b in zip(search.found, search.true, strict=True)]
    for terms in search.sums[first : first + 3]:
        values = [[search.seen(p, p.of(x)) for p in search.points] for x in terms]
        if any(V.shape != W.shape for X in values for V, W in zip(X, rest, strict=True)):
            continue
        for x, X in zip(terms, values, strict=True):
            c = search.ratio(X, rest)
            if c == "-1":
                return Slip("missing term", _said_of("missing term", x), x)
            if c == "-2":
                return Slip("sign", f"The sign of a term is wrong: that of {_short(x)}.", x)
            times = search.ratio(X, [r + V for r, V in zip(rest, X, strict=True)])
            if c or times not in ("", "1"):
                message = f"A term has a wrong factor: {_short(x)} stands there {times} times."
                return Slip("term factor", message, x)
        for many in range(2, len(terms)):
            for chosen in itertools.combinations(range(len(terms)), many):
                total = [functools.reduce(operator.add, parts) for parts in
                         zip(*(values[k] for k in chosen), strict=True)]  # fmt: skip
                c, which = search.ratio(total, rest), " and ".join(_short(terms[k]) for k in chosen)
                if c == "-1":
                    return Slip("missing term", f"Terms are missing: {which}.")
                if c == "-2":
                    return Slip("sign", f"Signs are wrong: those of {which}.")
    return None


def _short(x: Any) -> str:
    shown = str(x)
    return shown if len(shown) <= 60 else "a longer part"


# -- One place changed ----------------------------------------------------------------------------


class Node:
    """A place in a formula."""

    __slots__ = ("parent", "parts", "place", "term")

    def __init__(self, term: Any, parent: Node | None = None, place: int = 0) -> None:
        self.term, self.parent, self.place = term, parent, place
        inside = isinstance(term, Application) and term.name != "sum_over"
        self.parts = [Node(x, self, i) for i, x in enumerate(term.operands)] if inside else []

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def name(self) -> str:
        return self.term.name if self.parts else ""


class Edit(NamedTuple):
    """A place, and its value after a change, from those of its parts."""

    kind: str
    node: Node
    what: Any
    compute: Callable[..., Any]


def _value(node: Node, values: list[Any], point: Point) -> Any:
    """The value of a place from those of its parts, also where a number came for a matrix."""
    if not node.parts:
        return point.of(node.term)
    term = node.term
    if is_invisible(term):
        return _reshaped(values[0], term.shape)
    if term.name in ("matmul", "multiply"):
        A, B = values
        numbers = () in (A.shape, B.shape)
        product = _times if term.name == "matmul" or not (numbers or A.shape == B.shape) else None
        return product(A, B) if product else A * B
    if term.name in ("add", "subtract") and values[0].shape != values[1].shape:
        raise ValueError
    if term.name in ("trace", "sum") and values[0].shape == ():
        return values[0]
    at = {id(p): point.of(p) for p in term.parameters.values() if isinstance(p, Expression)}
    parameters = {k: point.reader._parameter(p, at) for k, p in term.parameters.items()}
    return _applied(term.name, values, parameters)


def _times(*factors: Any) -> Any:
    """The product; of numbers with anything, too."""
    result = factors[0]
    for X in factors[1:]:
        result = result * X if () in (result.shape, X.shape) else result @ X
        if result.shape == (1, 1):
            result = Array((), result.entries)
    return result


def _reshaped(X: Any, shape: Any) -> Any:
    """X with other axes of length 1, if it can be had."""
    if len(shape) == 1 and X.ndim == 2 and 1 in X.shape:
        return Array((len(X.entries),), X.entries)
    if len(shape) == 2 and X.ndim == 1:
        n = len(X.entries)
        return Array((n, 1) if same(shape[1], 1) else (1, n), X.entries)
    return Array((), X.entries) if len(X.entries) == 1 else X


def _changed(root: Node, chosen: Sequence[Edit], point: Point) -> Any:
    """The value of a formula after changes."""
    made = {id(edit.node): edit.compute for edit in chosen}
    dirty: set[int] = set()
    for edit in chosen:
        node: Node | None = edit.node
        while node is not None:
            dirty.add(id(node))
            node = node.parent

    def value(node: Node) -> Any:
        if id(node) not in dirty:
            return point.of(node.term)
        values = [value(part) for part in node.parts]
        if id(node) in made:
            return made[id(node)](values, point)
        return _value(node, values, point)

    return value(root)


def _edits(root: Node) -> list[Edit]:
    """Every change of one place, the plainest kinds first."""
    found = [Edit(kind, node, what, f) for node in root.walk() for kind, what, f in _changes(node)]
    return sorted(found, key=lambda edit: _ORDER.index(edit.kind))


_ORDER = ("sign", "missing term", "transposed factor", "elementwise function", "missing factor",
          "term factor", "elementwise product", "trace", "outer for inner product",
          "order of factors")  # fmt: skip

_ONE: Any = Array((), [Fraction(1)])


def _changes(node: Node) -> Iterator[tuple[str, Any, Callable[..., Any]]]:
    """Changes of one place: kind, what it is about, and its value from those of its parts."""
    x, name, parent = node.term, node.name, node.parent
    if x.ndim == 2 and parent is not None and parent.name != "transpose" and not is_invisible(x):
        yield "transposed factor", x, lambda v, p: _value(node, v, p).T
    if x.ndim == 2 and parent is None and same(*x.shape):
        yield "trace", x, lambda v, p: _trace(_value(node, v, p))
    if isinstance(x, Ones | Identity):
        yield "missing factor", x, lambda v, p: _ONE
    for names in (_ENTRYWISE, _OF_MATRICES):
        if other := names.get(name):
            yield "elementwise function", x, lambda v, p, f=other: _applied(f, v, {})
    if name == "negative":
        yield "sign", x, lambda v, p: v[0]
    if name in ("add", "subtract"):
        sign, (a, b) = (1 if name == "add" else -1), x.operands
        yield "sign", b, lambda v, p: v[0] - v[1] * sign
        yield "sign", a, lambda v, p: v[1] * sign - v[0]
        yield "missing term", b, lambda v, p: v[0]
        yield "missing term", a, lambda v, p: v[1] * sign
    if name in ("inv", "log", "exp", "sqrt", "logdet", "det", "pinv", "power", *_ENTRYWISE):
        yield "missing factor", x, lambda v, p: v[0]
    if name in ("power", "matrix_power"):
        yield "missing factor", x, lambda v, p: _applied(name, [v[0], v[1] - _ONE], {})
        yield "missing factor", x, lambda v, p: _applied(name, [v[0], v[1] + _ONE], {})
    for k in {"divide": (1,), "multiply": (0, 1)}.get(name, ()):
        lost = x.operands[k]
        is_size = isinstance(lost, Number) or "size" in lost.flags
        yield "term factor" if is_size else "missing factor", lost, lambda v, p, k=k: v[1 - k]
    if name == "multiply":
        yield from _of_entries(node)
    if name == "matmul":
        yield from _of_product(node)
    if name == "transpose" and node.parts[0].name == "matmul":
        A, B = x.operands[0].operands
        yield "order of factors", x, lambda v, p: p.of(A).T @ p.of(B).T
    if name == "trace":
        yield "trace", x, lambda v, p: v[0]
        factors = [part.term for part in _chain(node.parts[0])]
        for k in range(1, len(factors)):
            for inside, out in ((factors[:k], factors[k:]), (factors[k:], factors[:k])):
                yield "trace", x, lambda v, p, i=inside, o=out: (
                    _trace(_times(*map(p.of, i))) * _times(*map(p.of, o))
                )  # fmt: skip


def _trace(X: Any) -> Any:
    return _applied("trace", [X], {})


def _of_entries(node: Node) -> Iterator[tuple[str, Any, Callable[..., Any]]]:
    """Changes of a product entry by entry, or of a multiple."""
    x, (a, b) = node.term, node.term.operands
    if a.ndim and b.ndim:
        yield "elementwise product", x, lambda v, p: v[0] @ v[1]
        yield "elementwise product", x, lambda v, p: v[1] @ v[0]
        for d, M in ((a, node.parts[1]), (b, node.parts[0])):
            if M.name == "matmul":
                A, B = M.term.operands
                yield (
                    "order of factors",
                    x,
                    lambda v, p, d=d, A=A, B=B: p.of(A) @ (p.of(d) * p.of(B)),
                )
                yield (
                    "order of factors",
                    x,
                    lambda v, p, d=d, A=A, B=B: (p.of(d) * p.of(A)) @ p.of(B),
                )
        return
    number = visible(a)
    if isinstance(number, Application) and number.name == "matmul" and b.ndim:
        u, w = number.operands
        yield "outer for inner product", x, lambda v, p: p.of(u).T @ (p.of(w).T @ v[1])
    for k, part in enumerate(node.parts):
        for y in _scalar_factors(part) if x.ndim else ():
            if y.name == "trace":
                yield "trace", x, lambda v, p, y=y.term, k=k: (
                    _trace(p.of(y.operands[0]) @ v[1 - k]) * v[k] / p.of(y)
                )  # fmt: skip


def _scalar_factors(node: Node) -> Iterator[Node]:
    if node.term.ndim == 0 and node.name == "multiply":
        for part in node.parts:
            yield from _scalar_factors(part)
    elif node.term.ndim == 0:
        yield node


def _chain(node: Node) -> list[Node]:
    """The factors of a product of matrices, from left to right."""
    if node.name != "matmul":
        return [node]
    return [x for part in node.parts for x in _chain(part)]


def _of_product(node: Node) -> Iterator[tuple[str, Any, Callable[..., Any]]]:
    """Changes of a product of matrices, those with all its factors once."""
    x = node.term
    yield "elementwise product", x, lambda v, p: v[0] * v[1]
    for k, part in enumerate(node.parts):
        if part.name == "multiply" and part.term.operands[0].ndim:
            for d, M in itertools.permutations(part.term.operands):
                yield "order of factors", x, lambda v, p, d=d, M=M, k=k: (
                    p.of(d) * (v[0] @ p.of(M) if k else p.of(M) @ v[1])
                )  # fmt: skip
    if node.parent is not None and node.parent.name == "matmul":
        return
    factors = [part.term for part in _chain(node)]
    many = len(factors)

    def made(change: Callable[[list[Any]], list[Any]]) -> Callable[..., Any]:
        return lambda v, p: _times(*change(list(map(p.of, factors))))

    for k in range(many):
        yield "missing factor", factors[k], made(lambda X, k=k: X[:k] + X[k + 1 :])  # type: ignore[misc]
    for k in range(many - 1):
        for product in (_inner, lambda u, w: u.T @ w.T):
            yield "outer for inner product", x, made(
                lambda X, k=k, f=product: [*X[:k], f(X[k], X[k + 1]), *X[k + 2 :]]  # type: ignore[misc]
            )  # fmt: skip
    for order, turned in _orders(many):
        yield "order of factors", x, made(
            lambda X, o=order, t=turned: [X[k].T if t[k] else X[k] for k in o]  # type: ignore[misc]
        )  # fmt: skip


def _orders(many: int) -> Iterator[tuple[Sequence[int], Sequence[bool]]]:
    """Other orders of factors, and which of them are transposed; of many, some."""
    straight, plain = tuple(range(many)), (False,) * many
    if many <= 4:
        for order in itertools.permutations(straight):
            for turned in itertools.product((False, True), repeat=many):
                if order != straight or sum(turned) > 1:
                    yield order, turned
    elif many <= 7:
        yield straight[::-1], plain
        for k in range(many - 1):
            yield (*straight[:k], k + 1, k, *straight[k + 2 :]), plain


def _inner(u: Any, v: Any) -> Any:
    if 1 not in u.shape or 1 not in v.shape or len(u.entries) != len(v.entries):
        raise ValueError
    return Array((), [sum(a * b for a, b in zip(u.entries, v.entries, strict=True))])


def _with_an_edit(search: Search, term: Any, goal: Sequence[Array] | None) -> Slip | None:
    root = Node(term)
    if sum(1 for _ in root.walk()) > PLACES:
        return None
    edits = _edits(root)
    groups: dict[Any, list[Edit]] = {}
    for edit in edits:
        if edit.kind in ("transposed factor", "elementwise function", "missing factor"):
            kind = (edit.kind, str(edit.node.term), getattr(edit.compute, "__code__", None))
            groups.setdefault(kind, []).append(edit)
            if edit.kind == "elementwise function":
                groups.setdefault("all", []).append(edit)
    for chosen in [*([e] for e in edits), *(g for g in groups.values() if len(g) > 1)]:
        if search.gives(lambda p, c=chosen: _changed(root, c, p), goal):  # type: ignore[misc]
            return _said(chosen[0], "the answer" if goal else "the truth")
    return None


def _said(edit: Edit, changed: str) -> Slip:
    # what has to go from the answer is too many in it, what has to go from the truth is missing
    extra = edit.kind == "missing term" and changed == "the answer"
    kind = "extra term" if extra else edit.kind
    return Slip(kind, _said_of(kind, edit.what), edit.node.term)


def _said_of(kind: str, what: Any) -> str:
    return _SENTENCES[kind].format(_short(what))


def _in_the_answer(search: Search) -> Slip | None:
    """The one place of the answer that makes it right."""
    return _with_an_edit(search, search.question.answer, search.true)


def _in_the_truth(search: Search) -> Slip | None:
    """The one place of the truth, or of one of its terms, that makes it the answer."""
    truth = search.question.truth
    if found := _with_an_edit(search, truth, None):
        return found
    for terms in filter(None, search.sums):
        if found := _with_an_edit(search, functools.reduce(operator.add, terms), None):
            return found
        for x in terms:
            if found := _with_an_edit(search, x, None):
                return found._replace(message=f"{found.message} And terms are missing.")
    return None


# -- One step of the derivation gone wrong --------------------------------------------------------


def _in_the_derivation(search: Search) -> Slip | None:
    """The derivative with a part taken as constant, or a derivative forgotten."""
    question = search.question
    varies = varies_with(question.derivation.directions)
    places = [x for x in _parts(question.source) if isinstance(x, Application) and varies(x)]
    if len(places) > 60:
        return None
    for u in places:
        for slip, new, rest in _lapses(u, varies, question.x):
            if _derived_otherwise(search, u, new, rest):
                return slip
    return None


def _parts(term: Any) -> list[Any]:
    """The parts of a term, each once, outermost first."""
    found: dict[int, Any] = {}
    waiting = [term]
    while waiting:
        x = waiting.pop()
        if id(x) not in found:
            found[id(x)] = x
            waiting += x.operands if getattr(x, "name", "") != "sum_over" else ()
    return list(found.values())


def _lapses(u: Any, varies: Any, x: Symbol) -> Iterator[tuple[Slip, Any, Any]]:
    """What may go wrong at u: a slip, what is differentiated for u, and the value of # in it.

    In ``w + #`` with u - w for # the value of u is kept, and its derivative is that of w.
    """

    def constant(like: Any) -> Any:
        return Symbol("#", shape=like.shape)

    def put(i: int, part: Any) -> Any:
        operands = [part if k == i else o for k, o in enumerate(u.operands)]
        return TABLE[u.name](*operands, **u.parameters)

    shown = _short(u)
    moving = [i for i, part in enumerate(u.operands) if varies(part)]
    if len(moving) > 1 and u.name not in ("add", "subtract"):
        for i in moving:
            part = u.operands[i]
            what = f"{_short(part)} is taken as a constant in the derivative of {shown}"
            slip = Slip("missing term", f"{what}; it depends on the variable, too.", u)
            yield slip, put(i, constant(part)), part
    for i in moving if not is_invisible(u) else ():
        w = u.operands[i]
        if same_shape(w.shape, u.shape) and len(moving) == 1:
            what = f"The derivative of {shown} is left out: it is taken as that of {_short(w)}."
            yield Slip("inner derivative", what, u), w + constant(u), u - w
        if u.name in _ENTRYWISE and len(u.operands) == 1:
            other = TABLE[_ENTRYWISE[u.name]](w)
            slip = Slip("elementwise function", _said_of("elementwise function", u), u)
            yield slip, other + constant(u), u - other
        if not isinstance(w, Symbol) and same_shape(w.shape, x.shape):
            what = f"The inner derivative is left out: that of {_short(w)} in {shown}. Follow the "
            slip = Slip("inner derivative", f"{what}chain rule down to {x.name}.", u)
            yield slip, put(i, x + constant(w)), w - x
    if u.name in ("log", "logdet") and moving:
        [w] = u.operands
        inner = TABLE["det"](w) if u.name == "logdet" else w
        slip = Slip(
            "inner derivative", f"The logarithm is dropped in the derivative of {shown}.", u
        )
        yield slip, inner + constant(u), u - inner


def _derived(question: Question, source: Any) -> Any:
    """The gradient of a term, or its differential, as the rules leave it; None for none."""
    wrt = question.derivation.wrt if question.of == "differential" else [question.x]
    try:
        moved = differentiate(source, {y.name: Differential(y) for y in wrt}, {})
        if question.of == "gradient" and moved is not ZERO:
            moved = pull_back([(moved, Number(1))], operator.add).get(f"d{question.x.name}", ZERO)
    except Exception:  # rules refuse in many ways, and what is tried here nobody asked for
        return None
    return None if moved is ZERO else moved


def _derived_otherwise(search: Search, u: Any, new: Any, rest: Any) -> bool:
    """Whether the derivative, with `new` for u, is the answer."""
    search.question.check_time()
    try:
        source = _replaced(search.question.source, u, new, {})
    except FAILURES:
        return False
    moved = _derived(search.question, source)
    if moved is None:
        return False

    def value(point: Point) -> Any:
        own = copy.copy(point)
        own.reader = copy.copy(point.reader)
        own.known = {}
        own.reader.values = {**point.reader.values, "#": point.of(rest)}
        return own.of(moved)

    return search.gives(value)


def _replaced(x: Any, old: Any, new: Any, known: dict[int, Any]) -> Any:
    if x is old:
        return new
    if not isinstance(x, Application):
        return x
    if id(x) not in known:
        operands = [_replaced(o, old, new, known) for o in x.operands]
        same_parts = all(a is b for a, b in zip(operands, x.operands, strict=True))
        known[id(x)] = x if same_parts else TABLE[x.name](*operands, **x.parameters)
    return known[id(x)]


def _of_another_variable(search: Search) -> Slip | None:
    question = search.question
    if question.of != "gradient":
        return None
    for y in question.symbols:
        if y.name == question.x.name or y.sample or not varies_with({y.name: 1})(question.source):
            continue
        try:
            moved = differentiate(question.source, {y.name: Differential(y)}, {})
            G = pull_back([(moved, Number(1))], operator.add)[f"d{y.name}"]
        except Exception:  # as above
            continue
        if search.gives(lambda p, G=G: p.of(G)):  # type: ignore[misc]
            message = f"This is the gradient in {y.name}, and asked is that in {question.x.name}."
            return Slip("wrong variable", message)
    return None


# -- Shapes that do not fit -----------------------------------------------------------------------


def of_shapes(question: Question, answer: Any) -> Slip | None:
    """The slip of an answer whose shapes do not fit: what it is where all sizes are equal."""
    if any(isinstance(known(n), int) and known(n) > 1 for x in question.symbols for n in x.shape):
        return None
    squared = copy.copy(question)
    try:
        squared.answer = read(question, answer, Size("n"))
    except ParseError:
        return None
    sizes = dict.fromkeys(question.letters(), 3)
    squared.points = [squared.point(sizes, seed, patience=10) for seed in (5, 6)]
    if squared.is_right():
        what = "If all sizes were equal, this would be right: look at the sizes."
        return Slip("outer for inner product", what)
    if found := slip_of(squared):
        return found
    squares = [x.name for x in question.symbols if _is_square_or_free(x)]
    flags = tuple(Condition((name,), "symmetric") for name in squares)
    if len(squares) > 0 and _right_if(squared, flags, ()):
        return Slip("transposed factor", _SENTENCES["transposed factor"].format("some factor"))
    if len(squares) > 0 and _right_if(squared, flags, squares):
        what = "some product"
        return Slip("order of factors", _SENTENCES["order of factors"].format(what))
    return None


def _is_square_or_free(x: Symbol) -> bool:
    return x.ndim == 2 and not any(same(n, 1) for n in x.shape) and not x.sample


def _right_if(question: Question, flags: Sequence[Condition], commute: Sequence[str]) -> bool:
    chosen = list(flags)
    if commute:
        chosen.append(Condition(tuple(commute), commute=True))
    return question.right_under(chosen)


def nearest(question: Question, error: ParseError | None) -> Slip:
    """What an answer most likely is whose shapes do not fit."""
    if error is not None:
        sign = error.text[error.position : error.position + 2]
        if sign in (".*", "./"):
            return Slip(
                "elementwise product",
                "A product entry by entry needs equal shapes: is it a product of matrices?",
            )
    if error is None and question.answer.shape == () != question.truth.shape:
        return Slip(
            "inner derivative",
            "A number is only the outer derivative: the derivative of what is inside is missing.",
        )
    return Slip(
        "outer for inner product",
        "Is an outer product meant, or an inner one? x*y' is a matrix, x'*y a number.",
    )


# -- Where it happens -----------------------------------------------------------------------------

_READ_OFF = {"transposed", "transposed factor", "order of factors", "trace", "diagonal",
             "outer for inner product", "symmetric only"}  # fmt: skip
_PRODUCTS = ("matmul", "power", "multiply", "norm", "matrix_power")


def step_of(question: Question, slip: Slip) -> Any:
    """The line of the derivation where a slip happens, as far as that can be told."""
    if question.of == "hessian":
        return None
    try:
        steps = question.derivation.steps
    except Exception:  # the lines are an extra
        return None
    place = slip.place
    if isinstance(place, Application):
        names = {place.name, _ENTRYWISE.get(place.name), _OF_MATRICES.get(place.name)}
        named = [step for step in steps if step.operation in names - {None, "matmul"}]
        shown = str(place)
        for step in sorted(named, key=lambda step: step.where != shown):
            return step
    if slip.kind in _READ_OFF and question.of == "gradient":
        for step in steps:
            if step.rule == "transposition and cyclic permutation":
                return step
        return steps[-1] if steps else None
    if slip.kind in ("missing term", "factor", "order of factors"):
        products = [step for step in steps if step.operation in _PRODUCTS]
        return products[0] if len(products) == 1 else None
    return None
