"""The steps of a formula, changed as students change them by mistake.

Each function below knows one family of steps and yields a `Change` for each mistake that is
usual there. `lecturelib.checks.slips` makes the changes, and looks which gives a student's answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from .. import table as r
from ..numbers.formulas import Formula


class Change(NamedTuple):
    """A step computed in another way, from the values of other steps.

    ``what`` goes into the sentence of its kind; changes of one ``group`` are also made together.
    """

    kind: str
    step: int
    operands: tuple[int, ...]
    compute: Callable[..., Any]
    what: str
    group: tuple[Any, ...] | None


#: kind of slip -> a sentence on the answer and what it has or lacks.
SENTENCES = {
    "missing term": "a missing term: in {}, {} is left out. Does it depend on the variable, too?",
    "sign": "wrong sign inside: in {}, {} has the wrong sign",
    "inner derivative": (
        "an inner derivative is missing: {} lacks {}. Follow the chain rule down to the variable"
    ),
    "missing factor": "a missing factor: {} lacks {}",
    "term factor": "a wrong factor in a term: a term of {} lacks {}",
    "order of factors": (
        "the order of factors is wrong: in {}, {}. Matrices don't commute, and a transpose "
        "reverses a product"
    ),
    "transposed factor": "a transpose is missing, or one too many: in {}, {}",
    "elementwise product": "an elementwise product for a matrix product, or the reverse: {} has {}",
    "elementwise function": (
        "a function of a matrix taken entry by entry: {} has {}. **, / and np.exp act on entries"
    ),
    "outer for inner product": (
        "an outer product for an inner one, or the reverse: {} has {}. Look at the shapes"
    ),
    "layout": "another layout: {} has {}; vec stacks columns",
    "sum or mean": "a sum for a mean, or the reverse: {} {}",
}


def changes(steps: list[Formula], names: set[str]) -> list[Change]:
    """Every change of one step, the plainest first.

    Parameters
    ----------
    steps : list of Formula
        All steps of a formula, in order.
    names : set of str
        The arguments, which may be transposed throughout.
    """
    given = [step for step in steps if step.name in names]
    sizes = {n for step in given for n in step.shape if n > 2}
    inner = {x.index for step in steps if step.operation == "matmul" for x in step.operands}
    families: tuple[Callable[[Formula], Iterator[Change]], ...] = (
        _sums,
        _transposes,
        _outer_products,
        _functions,
        lambda step: _numbers_and_entries(step, sizes),
        _products,
        lambda step: iter(()) if step.index in inner else _chains(step),
        _reductions,
    )
    found = [c for family in families for step in reversed(steps) for c in family(step)]
    for x in given:
        if is_square(x.value):
            what = f"{x.name} and its transpose are exchanged throughout"
            found.append(_change("transposed factor", x, [x], np.transpose, what))
            found += _functions_of_arguments(x, steps)
    return found


def together(found: list[Change]) -> Iterator[list[Change]]:
    """Each change alone, and then all those of one group."""
    yield from ([change] for change in found)
    groups: dict[Any, list[Change]] = {}
    for change in found:
        if change.group is not None:
            groups.setdefault(change.group, []).append(change)
    yield from (group for group in groups.values() if len(group) > 1)
    entrywise = [group for key, group in groups.items() if key[0] == "entrywise"]
    if len(entrywise) > 1:
        yield [change for group in entrywise for change in group]


def computed(step: Formula, values: list[Any]) -> Any:
    """A step after a change: a number may have come in the place of a matrix."""
    if step.operation == "matmul" and any(np.ndim(value) == 0 for value in values):
        return values[0] * values[1]
    return step.compute(*values)


def is_square(A: Any) -> bool:
    return isinstance(A, np.ndarray) and A.ndim == 2 and A.shape[0] == A.shape[1] > 1


def ratio_text(number: float) -> str:
    """A number as a simple fraction, where it is one."""
    simple = Fraction(number).limit_denominator(100)
    return str(simple) if abs(float(simple) - number) < 1e-6 * abs(number) else f"{number:.6g}"


def _change(
    kind: str,
    step: Formula,
    operands: Sequence[Formula],
    compute: Callable[..., Any],
    what: str,
    group: tuple[Any, ...] | None = None,
) -> Change:
    return Change(kind, step.index, tuple(x.index for x in operands), compute, what, group)


def _same(x: Any) -> Any:
    return x


# -- sums -----------------------------------------------------------------------------------------


def _sums(step: Formula) -> Iterator[Change]:
    if step.operation == "negative":
        yield _change("sign", step, step.operands, _same, "a term")
    if step.operation not in ("add", "subtract"):
        return
    a, b = step.operands
    other = np.subtract if step.operation == "add" else np.add
    if a.shape == step.shape:
        yield _change("missing term", step, [a], _same, "a term inside of a product or a function")
    if b.shape == step.shape:
        alone = np.positive if step.operation == "add" else np.negative
        yield _change("missing term", step, [b], alone, "a term inside of a product or a function")
    yield _change("sign", step, [a, b], other, "a term inside of a product or a function")


# -- transposes and products of two vectors -------------------------------------------------------


def _one_place(x: Formula) -> str:
    """The formula may be written in another way than the answer: it is one of the two."""
    return f"{x.name or 'a matrix'} and its transpose are exchanged in one place"


def _transposes(step: Formula) -> Iterator[Change]:
    if step.operation == "kron":
        what = "the factors of a Kronecker product exchanged, as for stacked rows"
        yield _change("layout", step, step.operands[::-1], np.kron, what)
    if step.operation != "transpose" or len(step.shape) != 2:
        return
    [x] = step.operands
    what = _one_place(x)
    yield _change("transposed factor", step, [x], _same, what, ("plain", x.index))
    if x.operation == "matmul" and all(len(y.shape) == 2 for y in x.operands):
        what = "a product is transposed factor by factor, in the old order"
        yield _change("order of factors", step, x.operands, lambda A, B: A.T @ B.T, what)


_NUMBER = "a number where the matrix of all products of entries belongs"
_MATRIX = "the matrix of all products of entries where a number belongs"


def _outer_products(step: Formula) -> Iterator[Change]:
    kind = "outer for inner product"
    if step.operation == "matmul" and step.shape == () != step.operands[0].shape:
        yield _change(kind, step, step.operands, np.outer, _MATRIX, ("inner",))
    if step.operation != "outer":
        return
    u, v = step.operands
    yield _change(kind, step, [u, v], np.matmul, _NUMBER, ("outer",))
    # (A u) v^T = A (u v^T), where a student takes A (u . v)
    for x, other, turned in ((u, v, False), (v, u, True)):
        if x.operation == "matmul" and sorted(len(y.shape) for y in x.operands) == [1, 2]:
            A, w = sorted(x.operands, key=lambda y: -len(y.shape))
            scale = _scaled if (A is x.operands[0]) != turned else _scaled_transpose
            yield _change(kind, step, [A, w, other], scale, _NUMBER, ("outer",))
    what = "the two vectors of an outer product are exchanged"
    yield _change("order of factors", step, [v, u], np.outer, what)


def _scaled(A: Any, u: Any, v: Any) -> Any:
    return (u @ v) * A


def _scaled_transpose(A: Any, u: Any, v: Any) -> Any:
    return (u @ v) * A.T


# -- functions of matrices ------------------------------------------------------------------------

#: Functions of a matrix -> the function that acts on entries instead.
_ENTRYWISE = {"inv": r.reciprocal, "expm": r.exp, "logm": r.log, "sqrtm": r.sqrt}


#: What works on matrices, and for which a student may take what works on entries.
OF_MATRICES = {"matmul", "solve", *_ENTRYWISE}


def _functions(step: Formula) -> Iterator[Change]:
    name = step.operation
    if name in _ENTRYWISE:
        what = "one where the function of the matrix belongs"
        group = ("entrywise", name)
        yield _change("elementwise function", step, step.operands, _ENTRYWISE[name], what, group)
    if name == "solve":
        what = _one_place(step.operands[0])
        solve = lambda A, B: np.linalg.solve(A.T, B)  # noqa: E731
        yield _change("transposed factor", step, step.operands, solve, what)


def _functions_of_arguments(x: Formula, steps: list[Formula]) -> Iterator[Change]:
    """Steps that are a function of an argument, however they came to it."""
    for name, entrywise in _ENTRYWISE.items():
        try:
            value = r.TABLE[name].value(x.value)
        except (ArithmeticError, ValueError):
            continue
        for step in steps:
            if step.shape == x.shape and np.allclose(step.value, value, rtol=1e-10, atol=0):
                what, group = "one where the function of the matrix belongs", ("entrywise", name)
                yield _change("elementwise function", step, [x], entrywise, what, group)


# -- products with a number, and entry by entry ---------------------------------------------------


def _numbers_and_entries(step: Formula, sizes: set[int]) -> Iterator[Change]:
    if step.operation == "power":
        base, exponent = step.operands
        yield _change("missing factor", step, [base], _same, "a power")
        if np.ndim(exponent.value) == 0 and exponent.value == 2 and is_square(base.value):
            yield _matrix_for_entries(step, base, base)
    if step.operation == "divide":
        kept, lost = step.operands
        yield from _without(step, kept, lost, sizes)
    if step.operation == "multiply":
        a, b = step.operands
        for kept, lost in ((a, b), (b, a)):
            yield from _without(step, kept, lost, sizes)
            yield from _regrouped(step, kept, lost)
            yield from _moved_in(step, kept, lost)
        if is_square(a.value) and is_square(b.value):
            yield _matrix_for_entries(step, a, b)


def _matrix_for_entries(step: Formula, a: Formula, b: Formula) -> Change:
    what = "a matrix product where the product is taken entry by entry"
    return _change("elementwise product", step, [a, b], np.matmul, what, ("matrix product",))


def _without(step: Formula, kept: Formula, lost: Formula, sizes: set[int]) -> Iterator[Change]:
    """A product or a quotient that lost a factor; ``sizes`` are those that a mean divides by."""
    if kept.shape != step.shape:
        return
    group = ("without", lost.index)
    given = lost.operation == "start"  # a weight or a mask; else the slope of something inside
    kind = "missing factor" if given else "inner derivative"
    what = "a factor that acts entry by entry"
    if np.size(lost.value) == 1:
        kind, what = "missing factor", "a number that depends on the arguments"
        if lost.operation == "start" and not lost.name:
            number = float(np.ravel(lost.value)[0])
            kind, what = "term factor", f"the factor {ratio_text(number)}"
            if step.operation == "divide":
                number, what = 1.0 / number, f"the division by {ratio_text(number)}"
            if any(abs(number * n - 1.0) < 1e-9 for n in sizes):
                kind, samples = "sum or mean", f"if {round(1 / number)} counts samples"
                what = f"lacks {what}; it takes a sum where a mean belongs, {samples}"
    yield _change(kind, step, [kept], _same, what, group)


def _regrouped(step: Formula, number: Formula, rest: Formula) -> Iterator[Change]:
    """(u . v) w, where a student applies the outer product of u and v to w."""
    if number.operation != "matmul" or number.shape != () or rest.shape == ():
        return
    u, v = number.operands
    for pair in ((u, v), (v, u)):
        apply = lambda a, b, w: np.outer(a, b) @ w  # noqa: E731
        yield _change("outer for inner product", step, [*pair, rest], apply, _MATRIX, ("number",))


_WRONG_SIDE = "a factor that acts entry by entry stands on the wrong side of a matrix"


def _moved_in(step: Formula, d: Formula, product: Formula) -> Iterator[Change]:
    """d * (A @ B), where a student takes A @ (d * B)."""
    if product.operation == "matmul" and d.shape != ():
        operands = [d, *product.operands]
        for compute in (lambda d, A, B: A @ (d * B), lambda d, A, B: (d * A) @ B):
            yield _change("order of factors", step, operands, compute, _WRONG_SIDE)


# -- products of matrices -------------------------------------------------------------------------


def _products(step: Formula) -> Iterator[Change]:
    """A product of two, entry by entry; and A @ (d * B), where a student takes d * (A @ B)."""
    if step.operation != "matmul":
        return
    A, B = step.operands
    if is_square(A.value) and is_square(B.value):
        what, group = "* in the place of @", ("entrywise", "matmul")
        yield _change("elementwise product", step, [A, B], r.multiply, what, group)
    out = lambda d, A, B: d * (A @ B)  # noqa: E731
    for d, M in _both_ways(B):
        yield _change("order of factors", step, [d, A, M], out, _WRONG_SIDE)
    for d, M in _both_ways(A):
        yield _change("order of factors", step, [d, M, B], out, _WRONG_SIDE)


def _both_ways(step: Formula) -> list[Any]:
    """The factors of an elementwise product, in both orders."""
    return list(itertools.permutations(step.operands)) if step.operation == "multiply" else []


def _chains(step: Formula) -> Iterator[Change]:
    """A product with all its factors."""
    if step.operation != "matmul":
        return
    factors = _factors(step)
    if all(is_square(x.value) for x in factors) and len(factors) > 2:
        what = "* in the place of @"
        first = _at(0, lambda a, b: [a * b], 2)
        last = lambda *given: _product(*given[:-1]) * given[-1]  # noqa: E731
        yield _change("elementwise product", step, factors, first, what, ("first",))
        yield _change("elementwise product", step, factors, last, what, ("last",))
    for k, (x, following) in enumerate(itertools.pairwise(factors)):
        if x is following:
            what = "a power of the entries where a power of the matrix belongs"
            square = _at(k, lambda a, b: [a * b], 2)
            yield _change("elementwise function", step, factors, square, what, ("squared",))
    for k, x in enumerate(factors):
        if len(x.shape) == 2:
            what = _one_place(x.operands[0] if x.operation == "transpose" else x)
            turned = _at(k, lambda a: [a.T])
            yield _change("transposed factor", step, factors, turned, what)
    for k in range(len(factors)):
        what = f"a factor of a product of {len(factors)}"
        yield _change("missing factor", step, factors, _at(k, lambda a: []), what)
    for order in _orders(len(factors)):
        what = "two factors of a product are exchanged"
        yield _change("order of factors", step, [factors[k] for k in order], _product, what)


def _factors(step: Formula) -> list[Formula]:
    """The factors of a product of matrices, from left to right."""
    if step.operation != "matmul":
        return [step]
    return [x for operand in step.operands for x in _factors(operand)]


def _product(*factors: Any) -> Any:
    result = factors[0]
    for factor in factors[1:]:
        number = np.ndim(result) == 0 or np.ndim(factor) == 0
        result = result * factor if number else result @ factor
    return result


def _at(k: int, change: Callable[..., list[Any]], many: int = 1) -> Callable[..., Any]:
    """The product, with the factors from place k on replaced."""
    return lambda *factors: _product(
        *factors[:k], *change(*factors[k : k + many]), *factors[k + many :]
    )


def _orders(many: int) -> Iterator[tuple[int, ...]]:
    """Other orders of some factors: all, or for many factors those with two neighbours swapped."""
    same = tuple(range(many))
    if many <= 4:
        yield from (order for order in itertools.permutations(same) if order != same)
        return
    for k in range(many - 1):
        yield (*same[:k], k + 1, k, *same[k + 2 :])


# -- sums over samples ----------------------------------------------------------------------------


def _reductions(step: Formula) -> Iterator[Change]:
    if step.operation not in ("sum", "mean"):
        return
    [x] = step.operands
    count = np.size(x.value) / max(np.size(step.value), 1)
    other, what = 1.0 / count, "takes a mean where a sum belongs"
    if step.operation == "mean":
        other, what = count, "takes a sum where a mean belongs"
    yield _change("sum or mean", step, [x], lambda X: step.compute(X) * other, what)
    yield _change("sum or mean", step, [x], _same, "lacks a sum")
