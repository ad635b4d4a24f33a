"""What went wrong: the usual slip that gives a student's answer, if there is one.

A slip is named only if it gives the answer itself, to eight digits, at every point where the answer
is known. There are three ways to find it, tried from the most specific to the least:

1. A relation between the answer and the right result: a factor, a sign, a transpose, a diagonal.
2. The right result as a formula (`lecturelib.numbers.formulas`): its terms say which one is
   missing, and its steps are changed one at a time, or all of a kind together, as students change
   them: a factor forgotten or swapped, a transpose dropped, ``*`` for ``@``. Where the right result
   is a derivative by lecturelib, the function under it is changed too.
3. Arguments for which the answer is right: symmetric ones, ones that commute.

A message says what was done and where to look, and holds no formula.
"""

from __future__ import annotations

import itertools
import math
import operator
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np

from .. import table as r
from ..calculus import jacobian_matrix
from ..numbers.formulas import Formula, trace
from .agreement import Agreement, as_numbers, largest
from .changes import (
    OF_MATRICES,
    SENTENCES,
    Change,
    changes,
    computed,
    is_square,
    ratio_text,
    together,
)

#: What reproduces an answer does so up to rounding.
EXACT = 1e-8

#: Larger formulas are not searched: they are loops over samples or entries, and say little.
STEPS = 400

#: A formula with more terms is not expanded.
TERMS = 12

#: What errors a changed formula, or a right result at other arguments, may meet.
FAILURES = (ArithmeticError, TypeError, ValueError, IndexError, AttributeError, AssertionError)


class Slip(NamedTuple):
    """A kind of slip, in the field's words, and a sentence on it."""

    kind: str
    message: str


class Wrong:
    """A wrong answer: its values, and how to find the right ones.

    Parameters
    ----------
    name : str
        What messages call the answer.
    claimed : list of numpy.ndarray
        Its value at each point.
    right : callable
        The right result from the same arguments.
    parameters : list of str
        The names of the arguments.
    points : list of tuple
        The arguments.
    answer : callable, optional
        The answer at other points: ``answer(point)``, or None where it fails.
    """

    def __init__(
        self,
        name: str,
        claimed: Sequence[Any],
        right: Callable[..., Any],
        parameters: Sequence[str],
        points: Sequence[tuple[Any, ...]],
        answer: Callable[[tuple[Any, ...]], Any] | None = None,
    ) -> None:
        self.name, self.right, self.parameters = name, right, list(parameters)
        self.claimed = [as_numbers(value) for value in claimed]
        self.points, self.answer = list(points), answer
        with _quiet():
            self.known = [as_numbers(right(*point)) for point in self.points]
            self.formulas = self._traced()
            #: The same as sums of terms, products multiplied out; none where there are many.
            self.terms = self._expanded()

    def _traced(self) -> list[Formula]:
        """The right result as a formula, at each point; none where it is no formula."""
        try:
            formulas = [
                trace(self.right, dict(zip(self._names(point), point, strict=True)))
                for point in self.points
            ]
        except FAILURES:
            return []
        if not all(type(formula) is Formula for formula in formulas):
            return []
        shapes = {tuple((x.index, x.operation) for x in formula.needs()) for formula in formulas}
        return formulas if len(shapes) == 1 and len(next(iter(shapes))) <= STEPS else []

    def _expanded(self) -> list[list[Formula]]:
        try:
            terms = [_terms(formula) for formula in self.formulas]
        except FAILURES:
            return []
        return terms if terms and len(terms[0]) <= TERMS else []

    def sums(self) -> list[Formula]:
        """The sums of the terms, as formulas, where there are several."""
        if not self.terms or len(self.terms[0]) < 2:
            return []
        return [reduce(operator.add, terms) for terms in self.terms]

    def _names(self, point: Sequence[Any]) -> list[str]:
        rest = [f"argument {i + 1}" for i in range(len(self.parameters), len(point))]
        return self.parameters[: len(point)] + rest

    def is_given_by(self, values: Callable[[int], Any]) -> bool:
        """Whether ``values(i)`` is the answer at point i, for every i."""
        for i, claimed in enumerate(self.claimed):
            try:
                value = np.asarray(values(i))
            except FAILURES:
                return False
            if value.shape != claimed.shape or value.dtype.kind not in "biufc":
                return False
            if not largest(value - claimed) <= EXACT * largest(claimed):
                return False
        return bool(self.claimed)

    def is_right_at(self, points: Sequence[tuple[Any, ...]]) -> bool:
        """Whether the answer is right at all of these points, and not for being zero there."""
        if self.answer is None:
            return False
        size = max(map(largest, self.known), default=0.0)
        for point in points:
            try:
                right = np.asarray(self.right(*point))
            except FAILURES:
                return False
            value = self.answer(point)
            if value is None or np.shape(value) != right.shape or largest(right) <= EXACT * size:
                return False
            if not Agreement(right, 0.0)(np.asarray(value)):
                return False
        return True


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings: what is tried here are variants and points that nobody asked for."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def slip_of(wrong: Wrong) -> Slip | None:
    """The slip that gives the answer, if one does.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.checks.slips import Wrong, slip_of
    >>> def right(X, H):
    ...     return H @ X + X @ H
    >>> X, H = np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([[1.0, 0.0], [4.0, 1.0]])
    >>> slip_of(Wrong("df", [2 * X @ H], right, ["X", "H"], [(X, H)])).kind
    'order of factors'
    """
    with _quiet():
        for look in (
            _transposed,
            _on_the_diagonal,
            _entry_by_entry,
            _terms_equal_if_symmetric,
            _with_a_factor_transposed,
            _right_if_one_is_symmetric,
            _without_a_slope,
            _in_the_terms,
            _in_the_steps,
            _in_the_function,
            _right_if_all_are_symmetric,
            _right_if_they_commute,
            _terms_taken_as_equal,
            _on_the_diagonal_alone,
        ):
            if found := look(wrong):
                return found
    return None


# -- 1. The answer and the right result -----------------------------------------------------------


def multiple(
    name: str, right: str, claimed: np.ndarray, agrees: Agreement, at_one_point: bool = True
) -> Slip | None:
    """A wrong sign or a wrong factor.

    Parameters
    ----------
    name, right : str
        What to call the answer and the right result.
    claimed : numpy.ndarray
        All numbers of the answer.
    agrees : Agreement
        Holds the right ones.
    at_one_point : bool
        Whether a factor that is no simple number may be another one elsewhere, and so no slip.
    """
    if agrees.zero:
        return Slip("", f"{right} is zero here, and {name} is not")
    claimed = as_numbers(claimed)
    size = largest(claimed)
    if size == 0:
        return Slip("", f"{name} is zero, and {right} is not")
    if agrees(-claimed):
        return Slip("sign", f"wrong sign: {name} is the negative of {right}")
    unit = claimed / size  # whose square neither overflows nor vanishes
    along = float(np.real(np.vdot(unit, agrees.known) / np.vdot(unit, unit)))
    if along == 0 or not agrees(along * unit):
        return None
    factor = size / along
    simple = _rounded(factor) in _SIMPLE
    if claimed.size == 1 and not simple:  # any number is a multiple of another one
        return None
    kind = "factor" if simple or not at_one_point else ""
    ratio = ratio_text(factor)
    return Slip(kind, f"off by the factor {ratio}: {name} is {ratio} times {right}")


def _transposed(wrong: Wrong) -> Slip | None:
    if all(known.ndim == 2 for known in wrong.known) and wrong.is_given_by(
        lambda i: wrong.known[i].T
    ):
        layout = "" if is_square(wrong.known[0]) else " (numerator layout, if it is a gradient)"
        what = f"{wrong.name} is the transpose of the right result{layout}"
        return Slip("transposed", f"transposed: {what}")
    return None


def _on_the_diagonal(wrong: Wrong) -> Slip | None:
    if not all(is_square(known) for known in wrong.known):
        return None
    diagonals = [np.diag(np.diag(known)) for known in wrong.known]
    if wrong.is_given_by(lambda i: 2 * wrong.known[i] - diagonals[i]):
        what = (
            "counts the entries off the diagonal twice, as tables of partial derivatives by a "
            "symmetric matrix do"
        )
    elif wrong.is_given_by(lambda i: diagonals[i]):
        what = "holds the diagonal of the right result only: what became of the other entries?"
    elif wrong.is_given_by(lambda i: wrong.known[i] - diagonals[i]):
        what = "is right off the diagonal and zero on it: does an entry not depend on itself?"
    else:
        return None
    return Slip("diagonal", f"the diagonal is wrong: {wrong.name} {what}")


def _on_the_diagonal_alone(wrong: Wrong) -> Slip | None:
    """Right off the diagonal, where there is something to be right."""
    if not all(is_square(known) for known in wrong.known):
        return None
    beside = [known - np.diag(np.diag(known)) for known in wrong.known]
    if not all(map(largest, beside)) or not wrong.is_given_by(
        lambda i: beside[i] + np.diag(np.diag(wrong.claimed[i]))
    ):
        return None
    what = "is right off the diagonal and wrong on it: look at the case of two equal indices"
    return Slip("diagonal", f"the diagonal is wrong: {wrong.name} {what}")


# -- 2a. Its terms --------------------------------------------------------------------------------


def _in_the_terms(wrong: Wrong) -> Slip | None:
    """The answer as a combination of the terms of the right result."""
    weights = _weights(wrong)
    if weights is None or len(weights) < 2:
        return None
    missing, many = weights.count(0), len(weights)
    others = {c for c in weights if c not in (0, 1)}
    if missing and not others and missing < many:
        return Slip(
            "missing term",
            f"a missing term: {wrong.name} lacks {_count(missing, many)} of the right result. "
            "Each place where the variable stands gives a term, and each term of a sum counts",
        )
    if missing or len(others) != 1:
        return None
    [c] = others
    which = _count(many - weights.count(1), many)
    if c == -1:
        return Slip("sign", f"wrong sign of a term: {which} of {wrong.name} has the wrong sign")
    if c in _SIMPLE and 1 in weights:
        return Slip(
            "term factor",
            f"a wrong factor in a term: {which} of {wrong.name} is {ratio_text(c)} times what it "
            "should be",
        )
    return None


_SIMPLE = {*(float(n) for n in range(2, 11)), *(1.0 / n for n in range(2, 11)), 1.5, -2.0, -0.5}


def _terms_taken_as_equal(wrong: Wrong) -> Slip | None:
    """2 A x for A x + A^T x, 3 X^2 H for the three terms: one term as often as there are terms."""
    weights = _weights(wrong)
    if weights is None or sum(weights) != len(weights) or not _repeats(weights):
        return None
    if any(_leaves(term) != _leaves(wrong.terms[0][0]) for term in wrong.terms[0]):
        return None  # these are other products, not the same one in another order
    return Slip(
        "order of factors",
        f"different terms taken as equal: {wrong.name} holds one term several times, where the "
        "right result has terms that differ in an order of factors, or in a transpose",
    )


def _repeats(weights: list[float]) -> bool:
    """Some terms several times, and others not at all."""
    return min(weights) == 0 and max(weights) >= 2 and all(c == int(c) for c in weights)


def _leaves(term: Formula) -> Counter[int]:
    """How often each argument stands in a term."""
    leaves: dict[int, Counter[int]] = {}
    for step in term.needs():
        own = Counter([step.index] if step.name else [])
        leaves[step.index] = sum((leaves[x.index] for x in step.operands), own)
    return leaves[term.index]


def _terms_equal_if_symmetric(wrong: Wrong) -> Slip | None:
    return _right_if_one_is_symmetric(wrong) if _terms_taken_as_equal(wrong) else None


def _count(some: int, many: int) -> str:
    return f"{some} of the {many} terms"


def _weights(wrong: Wrong) -> list[float] | None:
    """The numbers c with answer = sum of c_k times the k-th term, at every point."""
    if any(a.shape != b.shape for a, b in zip(wrong.claimed, wrong.known, strict=True)):
        return None
    columns = [
        np.concatenate([np.ravel(term.value) for term in terms])
        for terms in zip(*wrong.terms, strict=True)
    ]
    target = np.concatenate([np.ravel(value) for value in wrong.claimed])
    if any(column.shape != target.shape for column in columns):
        return None
    merged = _merged([column for column in columns if largest(column)])
    if not merged or 2 * len(merged) > target.size or not np.isfinite(merged).all():
        return None
    M = np.stack(merged, axis=1)
    scale = np.max(np.abs(M), axis=0)
    found, _, rank, _ = np.linalg.lstsq(M / scale, target, rcond=1e-12)
    if rank < len(merged) or largest(M / scale @ found - target) > EXACT * largest(target):
        return None
    return [_rounded(float(c)) for c in found / scale]


def _rounded(c: float) -> float:
    """A simple number where c is one up to rounding."""
    simple = float(Fraction(c).limit_denominator(12))
    return simple if abs(simple - c) < 1e-6 else c


def _merged(columns: list[np.ndarray]) -> list[np.ndarray]:
    """Terms that are multiples of each other count as one."""
    kept: list[np.ndarray] = []
    for column in columns:
        for k, other in enumerate(kept):
            factor = float(other @ column / (other @ other))
            if largest(column - factor * other) <= EXACT * largest(column):
                kept[k] = other + column
                break
        else:
            kept.append(column)
    return kept


def _terms(formula: Formula) -> list[Formula]:
    """The terms that a formula is the sum of, products multiplied out."""
    terms: dict[int, list[Formula]] = {}
    for step in formula.needs():
        terms[step.index] = _multiplied_out(step, terms)
    return terms[formula.index]


def _multiplied_out(step: Formula, terms: dict[int, list[Formula]]) -> list[Formula]:
    """The terms of a step, from those of its operands."""
    name, operands = step.operation, step.operands
    if name in ("add", "subtract", "negative"):
        signs = (-1,) if name == "negative" else (1, -1 if name == "subtract" else 1)
        return [
            _spread(r.negative(term) if sign < 0 else term, step.shape)
            for sign, x in zip(signs, operands, strict=True)
            for term in terms[x.index]
        ]
    rule = r.TABLE[name].rule if name in r.TABLE else None
    if rule is None:
        return [step]
    if rule.kind == "linear" and len(operands) == 1:
        parts = [terms[operands[0].index]]
    elif rule.kind == "multilinear":
        parts = [terms[x.index] for x in operands]
    elif rule.transposes:
        parts = [terms[x.index] if rule.is_linear_in(i) else [x] for i, x in enumerate(operands)]
    else:
        return [step]
    many = math.prod(map(len, parts))
    if not 1 < many <= TERMS:
        return [step]
    return [step.compute(*factors) for factors in itertools.product(*parts)]


def _spread(term: Formula, shape: tuple[int, ...]) -> Formula:
    return term if term.shape == shape else r.broadcast_to(term, shape=shape)


# -- 2b. Its steps --------------------------------------------------------------------------------


def _in_the_steps(wrong: Wrong) -> Slip | None:
    """The right formula, with one step changed or all of a kind; then the sum of its terms."""
    return _with_a_change(wrong, wrong.formulas) or _with_a_change(wrong, wrong.sums())


def _without_a_slope(wrong: Wrong) -> Slip | None:
    return _with_a_change(wrong, wrong.formulas, lambda c: c.kind == "inner derivative")


def _with_a_factor_transposed(wrong: Wrong) -> Slip | None:
    """In a product; a transpose elsewhere says less than that the answer is right if symmetric."""

    def is_one(change: Change) -> bool:
        step = wrong.formulas[0].tape.steps[change.step]
        return change.kind == "transposed factor" and step.operation == "matmul"

    return _with_a_change(wrong, wrong.formulas, is_one)


def sum_or_mean(wrong: Wrong) -> Slip | None:
    """Whether a wrong factor comes from a sum in the place of a mean, or the reverse."""
    return _with_a_change(wrong, wrong.formulas, lambda c: c.kind == "sum or mean")


def _with_a_change(
    wrong: Wrong, formulas: list[Formula], wanted: Callable[[Change], bool] = lambda change: True
) -> Slip | None:
    if not formulas:
        return None
    found = changes(formulas[0].needs(), set(wrong.parameters))
    for chosen in together(list(filter(wanted, found))):
        if wrong.is_given_by(partial(_recomputed, formulas, _made(chosen))):
            return _said(wrong.name, chosen[0])
    return None


def _recomputed(formulas: list[Formula], made: dict[int, Any], i: int) -> Any:
    return formulas[i].recompute({}, made, computed)


def _made(chosen: list[Change]) -> dict[int, Any]:
    return {change.step: (change.operands, change.compute) for change in chosen}


def _said(name: str, change: Change) -> Slip:
    return Slip(change.kind, SENTENCES[change.kind].format(name, change.what))


# -- 2c. The function under a derivative ----------------------------------------------------------

#: What of a function is changed before it is differentiated; the rest shows in the derivative.
_OF_FUNCTIONS = ("elementwise product", "elementwise function", "outer for inner product")


def _in_the_function(wrong: Wrong) -> Slip | None:
    """The right derivative of another function, by another variable or in another layout."""
    taken = [each for formula in wrong.formulas if (each := _derivative(formula))]
    if not taken or len(taken) < len(wrong.formulas):
        return None
    first = taken[0]
    if first.again is jacobian_matrix and (slip := _stacked_by_rows(wrong, first)):
        return slip
    steps = first.inside.needs()
    for x in steps:
        if x.name in wrong.parameters and x.name != first.variable.name:
            if wrong.is_given_by(partial(_by_another, taken, x.index)):
                message = f"another variable: {wrong.name} is the derivative by {x.name}"
                return Slip("wrong variable", message)
    found = [change for change in changes(steps, set()) if change.kind in _OF_FUNCTIONS]
    for chosen in together(found):
        if wrong.is_given_by(partial(_of_another, taken, _made(chosen))):
            return _said(wrong.name, chosen[0])
    return None


class _Derivative(NamedTuple):
    """How a derivative was taken: ``again(f, X)``, with f as a formula of its variable."""

    again: Callable[..., Any]
    inside: Formula
    variable: Formula


def _derivative(formula: Formula) -> _Derivative | None:
    """How the derivative was taken that the formula is, if it is one."""
    for again, f, X, result in formula.tape.derivatives:
        if result is formula:
            variable = formula.tape.start(X.value, X.name)
            try:
                inside = f(variable)
            except FAILURES:
                return None
            return _Derivative(again, inside, variable) if type(inside) is Formula else None
    return None


def _by_another(taken: list[_Derivative], index: int, i: int) -> Any:
    again, inside, _ = taken[i]
    return again(lambda Z: inside.recompute({index: Z}), inside.tape.steps[index].value)


def _of_another(taken: list[_Derivative], made: dict[int, Any], i: int) -> Any:
    again, inside, variable = taken[i]
    f = lambda Z: inside.recompute({variable.index: Z}, made, computed)  # noqa: E731
    return again(f, variable.value)


def _stacked_by_rows(wrong: Wrong, taken: _Derivative) -> Slip | None:
    """A Jacobian on row-stacked vectors, at one end or both."""
    rows, columns = (
        np.arange(np.size(x.value)).reshape(x.shape, order="F").ravel()
        for x in (taken.inside, taken.variable)
    )
    every = slice(None)
    for out, into in ((rows, columns), (rows, every), (every, columns)):
        if wrong.is_given_by(partial(_rearranged, wrong.known, out, into)):
            message = f"another layout: {wrong.name} stacks rows (ravel), and vec stacks columns"
            return Slip("layout", message)
    return None


def _rearranged(matrices: list[np.ndarray], rows: Any, columns: Any, i: int) -> Any:
    return matrices[i][rows][:, columns]


# -- 3. Arguments for which the answer is right ---------------------------------------------------


def _entry_by_entry(wrong: Wrong) -> Slip | None:
    """The formula for numbers, applied to each entry of the matrices."""
    shapes = {np.shape(a) for p in wrong.points for a in p if np.ndim(a)}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2 or shapes == {(1, 1)}:
        return None
    if not _multiplies_matrices(wrong) or len({x for a in wrong.claimed for x in a.flat}) == 1:
        return None

    def entrywise(i: int, transposed: bool = False) -> np.ndarray:
        point, known = wrong.points[i], wrong.known[i]
        result = np.empty(known.shape)
        for j, k in np.ndindex(known.shape):
            entries = (a[j : j + 1, k : k + 1] if np.ndim(a) else a for a in point)
            result[j, k] = np.asarray(wrong.right(*entries)).item()
        return result.T if transposed else result

    if not (wrong.is_given_by(entrywise) or wrong.is_given_by(lambda i: entrywise(i, True))):
        return None
    matrices = [
        name for name, a in zip(wrong.parameters, wrong.points[0], strict=False) if np.ndim(a)
    ]
    if len(matrices) > 1 and _is_polynomial(wrong):
        what = "* acts on entries, and the product of matrices is @"
        return Slip(
            "elementwise product", f"elementwise product: {wrong.name} works entry by entry; {what}"
        )
    return Slip(
        "elementwise function",
        f"a function of a matrix taken entry by entry: {wrong.name} is what a number's derivative "
        "would be, for each entry. **, 1 / X and np.exp act on entries",
    )


def _multiplies_matrices(wrong: Wrong) -> bool:
    """Whether entries are anything else than independent in the right result, if that is seen."""
    taken = [each for formula in wrong.formulas[:1] if (each := _derivative(formula))]
    steps = [step for x in [*wrong.formulas[:1], *(t.inside for t in taken)] for step in x.needs()]
    return not steps or any(step.operation in OF_MATRICES for step in steps)


def _is_polynomial(wrong: Wrong) -> bool:
    """Whether the right result has a whole degree in every argument, as products have."""
    point, known = wrong.points[0], wrong.known[0]
    for i, a in enumerate(point):
        if not np.ndim(a):
            continue
        doubled = np.asarray(wrong.right(*point[:i], 2.0 * a, *point[i + 1 :]))
        if not any(largest(doubled - 2.0**k * known) <= EXACT * largest(doubled) for k in range(8)):
            return False
    return True


def _squares(wrong: Wrong) -> list[int]:
    """Which arguments are square matrices, and not symmetric already."""
    return [
        i
        for i in range(len(wrong.points[0]) if wrong.points else 0)
        if all(is_square(p[i]) and largest(p[i] - p[i].T) > 0 for p in wrong.points)
    ]


def _right_if_one_is_symmetric(wrong: Wrong) -> Slip | None:
    return next(filter(None, (_right_if_symmetric(wrong, [i]) for i in _squares(wrong))), None)


def _right_if_all_are_symmetric(wrong: Wrong) -> Slip | None:
    squares = _squares(wrong)
    return _right_if_symmetric(wrong, squares) if len(squares) > 1 else None


def _right_if_symmetric(wrong: Wrong, chosen: list[int]) -> Slip | None:
    points = [
        tuple((a + a.T) / 2 if i in chosen else a for i, a in enumerate(p)) for p in wrong.points
    ]
    if not wrong.is_right_at(points):
        return None
    them = " and ".join(wrong.parameters[i] for i in chosen if i < len(wrong.parameters))
    return Slip(
        "symmetric only",
        f"{wrong.name} is right only for symmetric {them}, and {them} need not be symmetric",
    )


def _right_if_they_commute(wrong: Wrong) -> Slip | None:
    """Square arguments of one size, replaced by polynomials in one matrix."""
    squares = _squares(wrong)
    sizes = {wrong.points[0][i].shape[0] for i in squares}
    for n in sizes:
        chosen = [i for i in squares if wrong.points[0][i].shape[0] == n]
        if len(chosen) < 2:
            continue
        rng = np.random.default_rng(n)
        points = []
        for p in wrong.points:
            M = rng.standard_normal((n, n)) / math.sqrt(n)
            points.append(
                tuple(
                    sum(
                        c * np.linalg.matrix_power(M, k)
                        for k, c in enumerate(rng.uniform(0.5, 2, 3))
                    )
                    if i in chosen
                    else a
                    for i, a in enumerate(p)
                )
            )
        if wrong.is_right_at(points):
            them = " and ".join(wrong.parameters[i] for i in chosen)
            return Slip(
                "order of factors",
                f"the order of factors is wrong: {wrong.name} is right only if {them} commute",
            )
    return None
