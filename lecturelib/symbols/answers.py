"""A reader's answer against the truth: is it right, in whatever form, and if not, which slip is it?

Whether an answer is right is decided by values alone: exact ones where they are rational, at draws
of tall and wide data with pairwise distinct sizes. No rule and no normal form is asked, so a right
answer may be written in any way. `lecturelib.symbols.mistakes` names the slip of a wrong one.
"""

from __future__ import annotations

import copy
import itertools
import math
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, NamedTuple

from ..table.shapes import Size, count, letters, same, same_shape, written
from .check import counts_of
from .draw import direction, draw
from .exact import Array, NoValue, _arrays, _below, _plain, _Point
from .language import FUNCTIONS, depends_on, product, size_term, sum_of
from .parse import parse_answer
from .spaces import projected
from .syntax import Scope
from .terms import Application, Differential, Expression, Ones, Symbol
from .tidy import cost
from .tokens import ParseError

#: Seconds after which a comparison stops itself.
LIMIT = 4.0

#: Up to which share of the larger value two values are the same, and from which on they differ;
#: between, rounding is measured.
SAME, OTHER = 1e-9, 1e-3

#: What evaluating a term that nobody checked may raise.
FAILURES = (ArithmeticError, TypeError, ValueError, IndexError, RecursionError)

#: Flags of a variable that make gradients with the same projection equally right, in words.
_TANGENT = {
    "symmetric": "the symmetric matrices",
    "skew": "the skew-symmetric matrices",
    "diagonal": "the diagonal matrices",
    "lower": "the lower triangular matrices",
    "upper": "the upper triangular matrices",
    "orthogonal": "the tangent space of the matrices with orthonormal columns",
    "probability": "the directions whose columns have the sum 0",
}

#: Operations with kinks, where values must be held at more points.
_KINKS = {"abs", "sign", "relu", "step", "maximum", "minimum", "max", "min", "clip", "where"}


class Comparison(NamedTuple):
    """What `Derivation.compare` found; true only where the answer is right, in whatever form.

    Attributes
    ----------
    verdict : str
        "right", "right if ...", "another convention", "wrong" or "can't tell".
    slip : str
        The kind of slip, in the words of `lecturelib.checks.slips`; empty where none is known.
    message : str
        For the reader.
    step : Step or None
        The line of the derivation where the slip happens.
    simplest : Expression or None
        A shorter form of a right answer, for those who ask for it.
    """

    verdict: str
    slip: str = ""
    message: str = ""
    step: Any = None
    simplest: Any = None

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def __repr__(self) -> str:
        slip = f" ({self.slip})" if self.slip else ""
        return f"{self.verdict}{slip}: {self.message}"


class Slip(NamedTuple):
    """A kind of slip, a sentence, and what shows in which line it happens."""

    kind: str
    message: str
    place: Any = None


# -- Data -----------------------------------------------------------------------------------------


class Point:
    """Values of symbols and lengths of letters; each part of a term is computed once."""

    def __init__(self, values: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
        self.values, self.sizes = dict(values), dict(sizes)
        self.reader = _Point(_arrays(values), self.sizes, {})
        self.known: dict[int, tuple[Any, Any]] = {}

    def of(self, term: Any) -> Any:
        """The value of a term."""
        waiting = [term]
        while waiting:
            x = waiting[-1]
            missing = [part for part in _below(x) if id(part) not in self.known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if id(x) not in self.known:
                parts = {id(part): self.known[id(part)][1] for part in _below(x)}
                self.known[id(x)] = x, self.reader._of(x, parts)
        return self.known[id(term)][1]

    def largest(self) -> float:
        """The largest number that was met on the way."""
        return max((size(X) for _, X in self.known.values() if isinstance(X, Array)), default=0.0)

    def is_balanced(self) -> bool:
        """Whether rounding is small: no term of a sum vanishes beside another, none cancel, and no
        sign hangs on a zero.
        """
        for x, X in self.known.values():
            if isinstance(x, Application) and x.name in ("sign", "step"):
                inside = self.known[id(x.operands[0])][1].entries
                if min(map(abs, inside), default=1) < 1e-9:
                    return False
            if isinstance(x, Application) and x.name in ("add", "subtract") and not is_exact(X):
                a, b = sorted(size(self.known[id(part)][1]) for part in x.operands)
                if 0 < a < 1e-6 * b or size(X) < 1e-8 * b:
                    return False
        return True

    def moved(self, share: float = 2.0**-46) -> Point:
        """The same in floats, each some rounding errors away: what changes with it is rounding."""
        away = random.Random(0)

        def move(x: Any) -> Any:
            if isinstance(x, tuple | list):
                return type(x)(map(move, x))
            return x if x == int(x) else float(x) * (1 + away.choice((-1, 1)) * share)

        return Point({name: move(x) for name, x in self.values.items()}, self.sizes)


def size(X: Array) -> float:
    """The largest modulus of an entry."""
    try:
        return float(max(map(abs, X.entries), default=0.0))
    except OverflowError:
        return math.inf


def is_exact(*arrays: Array) -> bool:
    return all(set(map(type, X.entries)) <= {Fraction} for X in arrays)


def identity(n: int) -> Array:
    return Array((n, n), [Fraction(i == j) for i in range(n) for j in range(n)])


# -- The question ---------------------------------------------------------------------------------


class Question:
    """What is asked: the truth as a term, the answer as a term, and data to hold them at.

    Parameters
    ----------
    derivation : Derivation
    of : str
    wrt : str or pair of str, optional
    """

    def __init__(self, derivation: Any, of: str, wrt: Any) -> None:
        self.derivation, self.of, self.deadline = derivation, of, time.perf_counter() + LIMIT
        names = [wrt] if isinstance(wrt, str) else list(wrt or ())
        known = {x.name: x for x in derivation.wrt}
        for name in names:
            if name not in known:
                raise ValueError(
                    f"The variable {name} is none of this derivation, which is in "
                    f"{', '.join(known)}. Give one of these as wrt."
                )
        if not names and len(known) > 1 and of != "differential":
            raise ValueError(
                f"The derivation has several variables, {', '.join(known)}: say which {of} the "
                f'answer is, as in wrt="{next(iter(known))}".'
            )
        self.x: Symbol = known[names[0]] if names else derivation.wrt[0]
        self.source: Expression = derivation.value
        if of == "gradient":
            self.truth = derivation.gradients[self.x.name]
        elif of == "differential":
            self.truth = derivation.differential
        elif of == "hessian":
            pair = names if len(names) == 2 else [self.x.name] * 2
            found = derivation.hessian
            self.truth = found if len(known) == 1 else found[pair[0], pair[1]]
            self.source = derivation.gradients[self.x.name]
        else:
            raise ValueError(
                f"of={of!r} is no result of a derivation; it is 'gradient', 'differential' or "
                "'hessian'."
            )
        self.answer: Any = None
        self.points: list[Point] = []
        self.projection = None if of == "differential" else _projection(self.x)

    def check_time(self) -> None:
        if time.perf_counter() > self.deadline:
            raise TimeoutError

    @property
    def symbols(self) -> list[Symbol]:
        return list(self.derivation.symbols.values())

    def seen(self, point: Point, X: Any) -> Any:
        """The part of X that directions see in which the variable may move."""
        if self.projection is None or X.shape != point.reader.values[self.x.name].shape:
            return X
        values = {**point.reader.values, "#": X}
        return _Point(values, point.sizes, {}).of(self.projection)

    def letters(self) -> dict[str, Size]:
        """The letters of sizes, those of the symbols first."""
        terms = [*self.symbols, self.source, self.truth, self.answer]
        found: dict[str, Size] = {}
        seen: set[int] = set()
        for x in terms:  # which grows on the way
            if x is None or id(x) in seen:
                continue
            seen.add(id(x))
            found |= {letter.name: letter for n in x.shape for letter in letters(n) if letter.name}
            terms += x.operands
        lengths = self.counts().values()
        return found | {letter.name: letter for n in lengths for letter in letters(n)}

    def counts(self) -> dict[str, Any]:
        """The number of samples for each index of a sum."""
        terms = (self.source, self.truth, self.answer)
        return {i: n for term in terms if term is not None for i, n in counts_of(term).items()}

    def point(
        self, sizes: Mapping[str, int] | None, seed: int, patience: int = 20, *,
        symbols: Sequence[Symbol] | None = None,
        change: Callable[[dict[str, Any]], None] | None = None,
    ) -> Point:  # fmt: skip
        """Data at which the function, the truth and the answer have values.

        Raises
        ------
        NoValue
        """
        kept: list[Point] = []
        reasons: list[str] = []
        terms = (self.source, self.truth, self.answer)

        def accept(values: dict[str, Any], sizes: dict[str, int]) -> bool:
            self.check_time()
            if len(reasons) >= patience:
                raise _Enough
            data = dict(values)
            for x in self.symbols:  # powers of matrices at several exponents
                if "integer" in x.flags and x.shape == () and x.name not in sizes:
                    data[x.name] = Fraction(2 + seed % 3)
            for x in symbols or self.symbols:
                if x.name in self.derivation.directions:
                    data[f"d{x.name}"] = direction(x, data, seed)
            if change:
                change(data)
            for name, H in self.derivation.directions.items():
                data[H.name] = data[f"d{name}"]
            found = Point(data, sizes)
            try:
                for term in terms:
                    found.of(term)
            except FAILURES as error:
                reasons.append(str(error))
                raise NoValue(str(error)) from error
            kept.append(found)
            if not found.is_balanced():
                reasons.append("numbers of very different sizes meet")
                return False
            return True

        given = symbols or self.symbols
        try:
            draw(given, seed, fixed=sizes, counts=self.counts(), accept=accept)
        except (_Enough, NoValue) as error:
            if not kept:
                raise NoValue(reasons[-1] if reasons else str(error)) from None
        return kept[-1]

    def draw_points(self) -> None:
        """Tall and wide data of several sizes; where ranks do not let them, as wide as they can."""
        names = self.letters()
        many = 8 if _has_kinks(self.truth) or _has_kinks(self.answer) else 4
        failed = 0
        reason: Exception | None = None
        for i in range(many + 4):
            shift, wide = 2 + i // 2 % 3 + (i % 2 if len(names) == 1 else 0), i % 2 == 1
            lengths = list(range(shift, shift + len(names)))
            sizes = dict(zip(names, lengths if wide else lengths[::-1], strict=True))
            if wide and failed > 1:
                continue
            try:
                self.points.append(self.point(sizes, i, patience=12 if self.points else 40))
            except NoValue as error:
                failed, reason = failed + 1, error
            if len(self.points) == many:
                return
        if not self.points:  # sizes that the flags ask for
            try:
                self.points = [self.point(None, seed) for seed in range(3)]
            except NoValue as error:
                raise reason or error from None

    def differs(self, point: Point, found: Any, true: Any) -> float:
        """How far apart two results are, as a share of the larger; as far as directions tell."""
        if found.shape != true.shape:
            return float("inf")
        D = self.seen(point, found - true)
        return size(D) / max(size(found), size(true), 1e-300) or 1e-300 if any(D.entries) else 0.0

    def agreement(self, point: Point) -> str:
        """Whether answer and truth are the "same" at a point, "other", or rounding hides it."""
        found, true = point.of(self.answer), point.of(self.truth)
        d = self.differs(point, found, true)
        if d == 0 or (d <= SAME and (is_exact(found, true) is False and point.is_balanced())):
            return "same"
        if is_exact(found, true) or found.shape != true.shape:
            return "other"
        rounding = 1e-12 * point.largest() / max(size(found), size(true))
        if not point.is_balanced():
            return "same" if d <= 1e-13 else "other" if d > 1e4 * rounding else "unsure"
        if d > OTHER and d > 1e4 * rounding:
            return "other"
        return "other" if self._lasts(point, found - true) else _rounded(d, rounding)

    def _lasts(self, point: Point, D: Any) -> bool:
        """Whether a difference stays when the point moves by some rounding errors."""
        moved = point.moved()
        try:
            again = moved.of(self.answer) - moved.of(self.truth)
        except FAILURES:
            return False
        return size(again - D) <= size(D) / 8

    def is_right(self) -> bool | None:
        """Whether the answer is right at all points; None where that cannot be told."""
        found = []
        for point in self.points:
            self.check_time()
            found.append(self.agreement(point))
            if found[-1] == "other":
                return False
        alike = found.count("same")
        enough = len(self.points) > 1 or is_exact(*(p.of(self.truth) for p in self.points))
        # at three points or more a wrong term shows, whatever rounding hides at one other
        return True if (alike == len(found) and enough) or alike > max(2, len(found) - 2) else None

    def right_under(self, conditions: Sequence[Condition]) -> bool:
        """Whether the answer is right, and not for being zero, at data that meet conditions."""
        self.check_time()
        symbols = {x.name: x for x in self.symbols}
        sizes = dict(self.points[0].sizes)
        for condition in conditions:
            if condition.flag and condition.flag != LABELS:
                [name] = condition.names
                symbols[name] = copy.copy(symbols[name])
                symbols[name].flags = symbols[name].flags | {condition.flag}
            sizes |= condition.sizes

        def change(values: dict[str, Any]) -> None:
            for condition in conditions:
                if condition.commute:
                    moves = [f"d{x.name}" for x in self.derivation.wrt if x.name in condition.names]
                    _make_commute(values, [*condition.names, *moves])
                if condition.flag == LABELS:
                    [name] = condition.names
                    values[name] = tuple(
                        tuple(Fraction(1 if x > 0 else -1) for x in row) for row in values[name]
                    )

        for seed in (11, 12):
            try:
                point = self.point(
                    sizes, seed, symbols=list(symbols.values()), change=change, patience=4
                )
                if not size(point.of(self.truth)) or self.agreement(point) != "same":
                    return False
            except (*FAILURES, _Enough):
                return False
        return True


def _projection(x: Symbol) -> Expression | None:
    """What directions in which x may move see of a matrix called #; None where they see all."""
    D: Any = Symbol("#", shape=x.shape)
    if "probability" in x.flags:
        m = x.shape[0]
        return D - product(Ones((m, 1)), FUNCTIONS["colsum"](D)) / size_term(m)
    return projected(D, x)


class _Enough(Exception):
    """Data were refused too often."""


def _rounded(d: float, rounding: float) -> str:
    return "same" if d <= rounding else "unsure"


def _has_kinks(term: Any) -> bool:
    waiting, seen = [term], set()
    while waiting:
        x = waiting.pop()
        if id(x) not in seen:
            seen.add(id(x))
            if not isinstance(x, Application | Symbol | Differential) and not hasattr(x, "value"):
                return True
            if getattr(x, "name", "") in _KINKS:
                return True
            waiting += x.operands
    return False


# -- Conditions -----------------------------------------------------------------------------------

#: Entries 1 and -1, for which there is no flag.
LABELS = "labels"

#: How the flags are said that are no adjectives of a matrix.
_SAID = {
    LABELS: "the entries of {} are 1 or -1",
    "probability": "the entries of {} have the sum 1",
    "positive": "{} is positive",
}


class Condition(NamedTuple):
    """An extra flag of a symbol, matrices that commute, or lengths."""

    names: tuple[str, ...]
    flag: str = ""
    commute: bool = False
    sizes: Mapping[str, int] = {}

    def __str__(self) -> str:
        if self.sizes:
            return " and ".join(f"{letter} = {n}" for letter, n in self.sizes.items())
        if self.commute and len(self.names) == 1:
            return f"{self.names[0]} and d{self.names[0]} commute"
        if self.commute:
            return f"{', '.join(self.names[:-1])} and {self.names[-1]} commute"
        return _SAID.get(self.flag, f"{{}} is {self.flag}").format(self.names[0])


def _make_commute(values: dict[str, Any], names: Sequence[str]) -> None:
    """Polynomials in one of the matrices for the others."""
    M: Any = _arrays({"M": values[names[0]]})["M"]
    n = M.shape[0]
    unit: Any = identity(n)
    for k, name in enumerate(names[1:], start=2):
        values[name] = _plain(M @ M / (3 + k) + M * Fraction(k, 3) + unit * k)


def conditions(question: Question, slip: Slip | None) -> Iterator[tuple[Condition, ...]]:
    """What may be forgotten: a condition, or two of them, the most usual ones first."""
    kind = slip.kind if slip else ""
    if kind in _SURE:
        return
    symbols, x = question.symbols, question.x
    squares = [x for x in symbols if x.ndim == 2 and same(*x.shape) and not same(x.shape[0], 1)]
    free = [x for x in squares if not x.flags & {"symmetric", "positive definite", "skew"}]
    even = [Condition((x.name,), "symmetric") for x in free]
    pairs = [
        Condition((x.name, y.name), commute=True)
        for x, y in itertools.combinations(squares, 2)
        if same_shape(x.shape, y.shape) and not (x.flags | y.flags) & {"skew", "orthogonal"}
    ]
    if question.of != "gradient" and x in squares:
        pairs.insert(0, Condition((x.name,), commute=True))
    if len(squares) > 2 and all(same_shape(x.shape, squares[0].shape) for x in squares):
        pairs.append(Condition(tuple(x.name for x in squares), commute=True))
    singles = even + pairs
    yield from ((c,) for c in singles)
    yield from itertools.combinations(singles, 2)
    if len(even) > 2:
        yield tuple(even)
    others: list[Condition] = []
    if kind in _OF_PRODUCTS:
        tall = [x for x in symbols if x.ndim == 2 and not same(x.shape[1], 1)]
        others += [Condition((x.name,), "orthogonal") for x in tall]
        others += [Condition((x.name,), "diagonal") for x in squares]
    others += [Condition((x.name,), "positive") for x in symbols if "integer" not in x.flags]
    for y in symbols:
        if any(same(n, 1) for n in y.shape) and not y.sample and y is not x:
            others += [Condition((y.name,), flag) for flag in ("probability", LABELS)]
    flags = {x.name: x.flags for x in symbols}
    yield from ((c,) for c in others if c.flag not in flags[c.names[0]])


# -- Reading --------------------------------------------------------------------------------------


def _scope(question: Question, merge: Size | None = None) -> Scope:
    """The names that an answer may use; with one length for all letters, if it is given."""
    scope: Any = getattr(question.derivation.parsed, "scope", None) or Scope()
    if merge is None and scope.symbols:
        return scope
    known = question.letters() | scope.letters
    ranges = question.counts() | scope.ranges
    symbols = {x.name: _merged(x, merge) for x in question.symbols}
    return Scope(symbols, {name: merge or n for name, n in known.items()}, ranges)


def _merged(x: Symbol, merge: Size | None) -> Symbol:
    """The symbol with one length for all of its sizes but 1."""
    if merge is not None and x.ndim:
        x = copy.copy(x)
        x.shape = tuple(n if same(n, 1) else merge for n in x.shape)
    return x


def read(question: Question, answer: Any, merge: Size | None = None, mixed: str = "") -> Any:
    """The answer as a term."""
    if isinstance(answer, Expression):
        return answer
    if not isinstance(answer, str):
        raise TypeError(
            f"The answer is a text or a term, and a {type(answer).__name__} is given. Write it as "
            'in compare("2*A*X").'
        )
    directions = {x: _merged(H, merge) for x, H in question.derivation.directions.items()}
    parsed: Any = SimpleNamespace(scope=_scope(question, merge))
    try:
        return parse_answer(answer, parsed, directions, mixed)
    except ParseError as error:
        if not re.search("The size of|The sizes do not follow", str(error)):
            raise
        truth = question.truth.shape
        sized = [truth, (count(truth), count(question.x.shape))]  # or in a Jacobian
        texts = [f"{answer} + zeros({', '.join(map(str, truth))})"] if truth else []
        texts += [re.sub(r"\bI\b", f"eye({n})", answer) for n in question.letters()]
        for text in texts:
            try:
                found = parse_answer(text, parsed, directions, mixed)
            except ParseError:
                continue
            if any(same_shape(found.shape, shape) for shape in sized):
                return found.operands[0] if text is texts[0] and found.name == "add" else found
        raise


#: What the errors say that are about shapes, and not about the text.
_OF_SHAPES = (
    "equal shapes", "inner dimensions", "Division by a matrix", "a square matrix", "equally many",
    "A number and a matrix are added", "An exponent is a number",
)  # fmt: skip


# -- The verdict ----------------------------------------------------------------------------------


def compare(
    derivation: Any, answer: Any, of: str = "gradient", wrt: str | Sequence[str] | None = None
) -> Comparison:
    """Hold a reader's answer against the truth.

    Parameters
    ----------
    derivation : Derivation
    answer : str or Expression
        In the grammar of `derive`, with the names of the expression; the direction is called dX,
        ΔX, H or h, and ``∇f =``, ``grad f =`` or ``df =`` may precede.
    of : str
        "gradient", "differential" or "hessian" (the Hessian operator applied to the direction).
    wrt : str, optional
        The variable, where there are several; for a Hessian a pair of them.

    Returns
    -------
    Comparison
        True where the answer is right, in whatever form.

    Raises
    ------
    ParseError
        If the answer is no formula, or holds names that the expression has not.

    Examples
    --------
    >>> from lecturelib.symbols.answers import compare
    >>> from lecturelib.symbols.derive import derive
    >>> d = derive("tr(X'*A*X)", "X", "X: m x n; A: m x m")
    >>> bool(compare(d, "∇f = (A + A')*X"))
    True
    >>> compare(d, "2*A*X").verdict
    'right if A is symmetric'
    """
    question = Question(derivation, of, wrt)
    try:
        question.answer = read(question, answer)
    except ParseError as error:
        if not any(words in str(error) for words in _OF_SHAPES):
            raise
        if (reading := _right_reading(question, answer)) is not None:
            message = f"I can't tell what is meant: {error}\nRead as {reading} it is right."
            return Comparison("can't tell", message=message)
        question.answer, question.points = None, []
        return _misfit(question, answer, error)
    free = [i for i in question.counts() if depends_on(question.answer, i)]
    for i in free:
        question.answer = sum_of(question.answer, i, question.counts()[i])
    try:
        question.draw_points()
        found = _judged(question, answer)
        if not free:
            return found
        message = f"The sum over {', '.join(free)} is left out. With it: {found.message}"
        return Comparison("wrong", "sum or mean", message)
    except (NoValue, TimeoutError) as reason:
        why = str(reason) or f"it took more than {LIMIT:g} s"
        return Comparison("can't tell", message=f"I can't tell whether this is right: {why}")


def _right_reading(question: Question, answer: str) -> str | None:
    """A reading of an ambiguous answer that is right: entry by entry, or with an inverse."""
    below = r"/\s*([^\W\d]\w*'?|\([^()]*\)'?)"
    texts = (answer, re.sub(r"(?<!\.)([/^])", r".\1", answer), re.sub(below, r"*inv(\1)", answer))
    for text, mixed in itertools.product(texts, ("ones", "I")):
        try:
            question.answer, question.points = read(question, text, mixed=mixed), []
            question.draw_points()
            if same_shape(question.answer.shape, question.truth.shape) and question.is_right():
                return str(question.answer)
        except (*FAILURES, ParseError, TimeoutError):
            continue
    return None


def _judged(question: Question, answer: Any) -> Comparison:
    from . import mistakes

    right = question.is_right()
    if right:
        return _praised(question)
    if right is None:
        message = "I can't tell: the difference from the truth is as small as rounding errors."
        return Comparison("can't tell", message=message)
    if convention := mistakes.convention(question):
        return Comparison("another convention", convention.kind, convention.message)
    if not same_shape(question.answer.shape, question.truth.shape):
        if same_shape(question.answer.shape, question.truth.shape[::-1]):
            return _turned(question, answer)
        return _misfit(question, answer, None)
    slip = None
    try:
        slip = mistakes.slip_of(question)
        for chosen in conditions(question, slip):
            if question.right_under(chosen):
                return _conditional(question, " and ".join(map(str, chosen)), slip)
        for letter in question.letters() if slip is None else ():
            if question.right_under([Condition((), sizes={letter: 1})]):
                vector = any(same(n, 1) for n in question.x.shape)
                kind = "outer for inner product" if vector else "order of factors"
                return _conditional(question, f"{letter} = 1", Slip(kind, ""))
        if slip is None and (found := _symmetric_besides(question)) is not None:
            return found
    except TimeoutError:
        pass  # it is wrong all the same
    if slip is None:
        message = (
            "This is not right: at random data it has another value, and no usual slip explains "
            "it. Compare it with the lines of the derivation, one after the other."
        )
        return Comparison("wrong", message=message)
    return Comparison("wrong", slip.kind, slip.message, mistakes.step_of(question, slip))


def _symmetric_besides(question: Question) -> Comparison | None:
    """A slip in an answer that also takes matrices for symmetric: it shows where they are."""
    from . import mistakes

    every = (c for (c, *more) in conditions(question, None) if not more)
    even = [c for c in every if c.flag == "symmetric"]
    slip = _slip_under(question, even) if even else None
    if slip is None:
        return None
    for one in even if len(even) > 1 else ():  # it may be enough that one of them is
        if (other := _slip_under(question, [one])) is not None:
            even, slip = [one], other
            break
    said = " and ".join(map(str, even))
    message = f"Two things: it takes for granted that {said}; and, were it so: {slip.message}"
    return Comparison("wrong", slip.kind, message, mistakes.step_of(question, slip))


def _slip_under(question: Question, chosen: Sequence[Condition]) -> Slip | None:
    """The slip that gives the answer where matrices are symmetric."""
    from . import mistakes

    symbols = [copy.copy(x) for x in question.symbols]
    for x in symbols:
        if any(x.name in c.names for c in chosen):
            x.flags = x.flags | {"symmetric"}
    turned, sizes = copy.copy(question), question.points[0].sizes
    try:
        turned.points = [
            question.point(sizes, seed, patience=4, symbols=symbols) for seed in (21, 22, 23)
        ]
    except (NoValue, _Enough):
        return None
    slip = mistakes.slip_of(turned) if not turned.is_right() else None
    return slip if slip is not None and slip.kind in _TOLD_BESIDES else None


#: Slips that are told in answers which take a matrix for symmetric besides.
_TOLD_BESIDES = {"sign", "factor", "term factor", "missing term", "extra term", "missing factor"}

#: Slips that no condition on the data excuses.
_SURE = {"zero", "factor", "sign", "trace"}

#: Those that orthogonal or diagonal matrices may excuse.
_OF_PRODUCTS = {"", "transposed factor", "order of factors", "elementwise product",
                "elementwise function"}  # fmt: skip


def _turned(question: Question, answer: Any) -> Comparison:
    """An answer in numerator layout that is not simply right in it."""
    turned = copy.copy(question)
    turned.answer = question.answer.T
    found = _judged(turned, answer)
    message = f"This has the shape of the transpose, as in numerator layout. {found.message}"
    return found._replace(message=message, simplest=None)


def _praised(question: Question) -> Comparison:
    """Right; and for a variable with flags, which of the right gradients it is."""
    message = "Right."
    point = question.points[0]
    found, true = point.of(question.answer), point.of(question.truth)
    if question.projection is not None:
        space = next(words for flag, words in _TANGENT.items() if flag in question.x.flags)
        part = question.seen(point, true)
        if _near(found, true) and not _near(found, part):
            message = f"Right: the plain gradient. Projected on {space} it says the same."
        elif _near(found, part) and not _near(found, true):
            message = f"Right: the gradient projected on {space}."
        elif not _near(found, true):
            message = f"Right: projected on {space} it is the gradient."
    shorter = question.truth if cost(question.truth) < cost(question.answer) else None
    if shorter is not None:
        message += " There is a shorter form."  # .simplest; the page has a button
    return Comparison("right", message=message, simplest=shorter)


def _near(A: Any, B: Any) -> bool:
    return A.shape == B.shape and size(A - B) <= SAME * max(size(A), size(B))


def _conditional(question: Question, condition: str, slip: Slip | None) -> Comparison:
    from . import mistakes

    message = f"This is right if {condition}, and that need not be so."
    if slip is None:
        kind = "order of factors" if "commute" in condition else ""
        slip = Slip("symmetric only" if condition.endswith("symmetric") else kind, "")
    step = mistakes.step_of(question, slip) if slip.kind else None
    return Comparison(f"right if {condition}", slip.kind, f"{message} {slip.message}".strip(), step)


def _occurs(term: Any, names: set[str]) -> bool:
    return getattr(term, "name", "") in names or any(_occurs(x, names) for x in term.operands)


def _misfit(question: Question, answer: Any, error: ParseError | None) -> Comparison:
    """An answer whose shapes do not fit; what it would be if all sizes were equal."""
    from . import mistakes

    truth, of = written(question.truth.shape), question.of
    if error is None:
        shape = written(question.answer.shape)
        message = f"The shapes don't fit: your answer has shape {shape}, and the {of} {truth}."
    else:
        message = f"The shapes don't fit: {error}\nThe {of} has shape {truth}."
    slip = None
    directions = {H.name: H for H in question.derivation.directions.values()}
    if error is None and of != "gradient" and not _occurs(question.answer, set(directions)):
        said = " and ".join(directions)
        message += f" The direction {said} does not occur in it, and the {of} is applied to {said}."
        return Comparison("wrong", "missing factor", message)
    try:
        slip = mistakes.of_shapes(question, answer)
    except (*FAILURES, TimeoutError, _Enough):
        pass
    slip = slip or mistakes.nearest(question, error)
    message = f"{message} {slip.message}".strip()
    return Comparison("wrong", slip.kind, message, mistakes.step_of(question, slip))
