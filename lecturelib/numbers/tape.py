"""The tape: from a rule, evaluated on a recorded direction, to the linear map it is.

The differential of a function, evaluated on a `Recorded` quantity in place of a number, leaves its
linear steps: operations of the table and their operands, as in a term. Evaluated again on a
direction they give ``D[H]``; walked backward by `lecturelib.walk`, the adjoint ``D.T[G]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import numpy as np

from .. import walk
from ..table import ZERO, Operation
from ..table.elementwise import divide
from ..table.linear import (
    add,
    getitem,
    matmul,
    multiply,
    negative,
    subtract,
    trace,
    trace_product,
    transpose,
    where,
)
from ..table.shapes import Shape, broadcast, product, shape_of, transposed
from .values import base

_places = count()
_NONE: Mapping[str, Any] = {}


class Recorded:
    """A quantity that depends linearly on the direction H: one step and where it comes from.

    Attributes
    ----------
    operation : Operation or None
        None for H itself.
    operands : tuple
        What it was applied to: recorded quantities, and constants.
    parameters : dict
    shape : tuple of int
    index : int
        Grows from each step to the next.
    """

    __slots__ = ("index", "operands", "operation", "parameters", "shape")
    __array_ufunc__ = None  # ndarray @ Recorded must reach __rmatmul__
    __iter__ = None  # indexing alone would make an endless iterator
    _reader_rank = 3
    varies = True

    def __init__(
        self,
        operation: Operation | None,
        operands: tuple[Any, ...],
        shape: Shape,
        parameters: Mapping[str, Any] = _NONE,
    ) -> None:
        self.operation, self.operands, self.parameters = operation, operands, parameters
        self.shape = shape
        self.index = next(_places)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def T(self) -> Recorded:  # noqa: N802 (the name NumPy uses)
        return Recorded(transpose, (self,), self.shape[::-1])

    @property
    def mT(self) -> Recorded:  # noqa: N802 (the name NumPy uses)
        """The transpose of each matrix of a stack."""
        n = len(self.shape)
        axes = (*range(n - 2), n - 1, n - 2)
        return Recorded(transpose, (self,), transposed(self.shape), {"axes": axes})

    def __neg__(self) -> Recorded:
        return Recorded(negative, (self,), self.shape)

    def __add__(self, other: Any) -> Any:
        if other is ZERO:
            return self
        if type(other) is not Recorded:
            raise _not_linear("+")
        return Recorded(add, (self, other), broadcast(self.shape, other.shape))

    def __sub__(self, other: Any) -> Any:
        if other is ZERO:
            return self
        if type(other) is not Recorded:
            raise _not_linear("-")
        return Recorded(subtract, (self, other), broadcast(self.shape, other.shape))

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if other is ZERO:
            return ZERO
        if type(other) is Recorded:
            raise _not_linear("*")
        return Recorded(multiply, (self, other), broadcast(self.shape, shape_of(other)))

    def __rmul__(self, other: Any) -> Any:
        return Recorded(multiply, (other, self), broadcast(self.shape, shape_of(other)))

    def __truediv__(self, other: Any) -> Any:
        if type(other) is Recorded:
            raise _not_linear("/")
        return Recorded(divide, (self, other), broadcast(self.shape, shape_of(other)))

    def __rtruediv__(self, other: Any) -> Any:
        raise _not_linear("/")

    def __pow__(self, other: Any) -> Any:
        raise _not_linear("**")

    __rpow__ = __pow__

    def __matmul__(self, other: Any) -> Any:
        if type(other) is Recorded:
            raise _not_linear("@")
        return Recorded(matmul, (self, other), product(self.shape, other.shape))

    def __rmatmul__(self, other: Any) -> Any:
        return Recorded(matmul, (other, self), product(other.shape, self.shape))

    def __getitem__(self, index: Any) -> Any:
        return getitem(self, index=index)

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        rewritten = _REWRITTEN.get(operation.name)
        if rewritten is not None:
            return rewritten(*operands, **parameters)
        python_operator = operation.operator
        if python_operator is not None:
            return python_operator(*operands, **parameters)
        return record(operation, tuple(operands), parameters)


def start(shape: Shape) -> Recorded:
    """The direction H itself."""
    return Recorded(None, (), shape)


def record(operation: Operation, operands: tuple[Any, ...], parameters: Any) -> Any:
    """One more linear step, refused where the operation is not linear in what is recorded."""
    rule = operation.rule
    recorded = [i for i, x in enumerate(operands) if type(x) is Recorded]
    if not all(rule.is_linear_in(i) for i in recorded):
        raise _not_linear(operation.name)
    if rule.kind == "linear":  # of all operands together: a constant among them is a zero
        operands = tuple(_zero(operation, x) for x in operands)
    elif len(recorded) > 1:
        raise _not_linear(operation.name)
    elif any(x is ZERO for x in operands):
        return ZERO
    shape = rule.shape(*[shape_of(x) for x in operands], **parameters)
    return Recorded(operation, operands, shape, parameters)


def _zero(operation: Operation, x: Any) -> Any:
    if type(x) is not Recorded and np.any(base(x)):
        raise _not_linear(operation.name)
    return x


def _not_linear(name: str) -> TypeError:
    return TypeError(
        f"A rule used a differential in {name} in a way that is not linear in it. A rule may add "
        "differentials, scale them by constants, and pass them where an operation is linear."
    )


# -- What is recorded in another form: identities of the core products, and poles -----------------


def _trace(X: Any) -> Any:
    """The trace of a sum of products: the inner products need no products of matrices."""
    total: Any = ZERO
    terms: dict[int, tuple[Any, Any]] = {X.index: (X, 1.0)}  # with factors, the last step first
    while terms:
        term, factor = terms.pop(max(terms))
        if term.operation is add:
            parts = [(x, factor) for x in term.operands]
        elif term.operation is negative:
            parts = [(term.operands[0], -factor)]
        elif term.operation is subtract:
            a, b = term.operands
            parts = [(a, factor), (b, -factor)]
        elif (scaled := _scaled(term)) is not None and shape_of(scaled[1]) == ():
            parts = [(scaled[0], factor * scaled[1])]
        else:
            if term.operation is matmul and term.shape[-1] == term.shape[-2]:
                product_trace = record(trace_product, term.operands, {})
            else:
                product_trace = record(trace, (term,), {})
            total = total + product_trace * factor
            continue
        for x, weight in parts:
            known = terms.get(x.index)
            terms[x.index] = (x, weight if known is None else known[1] + weight)
    return total


def _scaled(x: Any) -> tuple[Any, Any] | None:
    """What a step multiplies entry by entry, and by what."""
    if x.operation is multiply:
        a, b = x.operands
        return (a, b) if type(a) is Recorded else (b, a)
    if x.operation is divide:
        return x.operands[0], 1.0 / x.operands[1]
    return None


def _where(A: Any, B: Any, condition: Any) -> Any:
    if not any(type(x) is Recorded and _has_pole(x) for x in (A, B)):
        return record(where, (A, B), {"condition": condition})
    taken = _masked(A, condition) if type(A) is Recorded else ZERO
    other = _masked(B, np.logical_not(condition)) if type(B) is Recorded else ZERO
    return taken + other


def _masked(x: Any, mask: Any) -> Any:
    """x where the mask is true, and 0 elsewhere: also where x has an infinite slope there."""
    if not _has_pole(x):
        return x * np.where(mask, 1.0, 0.0)
    if x.operation in _TERM_BY_TERM:
        return x.operation(*(_masked(part, mask) for part in x.operands))
    inner, slope = _scaled(x)  # type: ignore[misc]
    slope = where(slope, 0.0, condition=mask)
    return (_masked(inner, mask) if inner.shape == np.shape(mask) else inner) * slope


#: Linear, and entry by entry.
_TERM_BY_TERM = (add, subtract, negative)


def _has_pole(x: Any) -> bool:
    """Whether one of the last steps entry by entry scales by something that is not finite."""
    waiting, seen = [x], 0
    while waiting and seen < 64:
        step, seen = waiting.pop(), seen + 1
        if step.operation in _TERM_BY_TERM:
            waiting += step.operands
        elif step.operation in (multiply, divide):
            with np.errstate(divide="ignore"):
                inner, slope = _scaled(step)  # type: ignore[misc]
            if not np.isfinite(base(slope)).all():
                return True
            if inner.shape == step.shape:
                waiting.append(inner)
    return False


_REWRITTEN: dict[str, Callable[..., Any]] = {trace.name: _trace, where.name: _where}


# -- Walks ----------------------------------------------------------------------------------------


def packed(output: Recorded) -> list[tuple[Any, ...]]:
    """The steps as a flat list, in which a `Place` stands for a step before: to be pickled."""
    places: dict[int, Place] = {}
    steps = []
    for step in walk.steps([output]):
        operands = [places[x.index] if type(x) is Recorded else x for x in step.operands]
        steps.append((step.operation, operands, step.shape, dict(step.parameters)))
        places[step.index] = Place(len(places))
    return steps


class Place(int):
    """Which of the steps before is meant."""


def unpacked(steps: list[tuple[Any, ...]]) -> Recorded:
    """The output that was packed."""
    known: list[Recorded] = []
    for operation, operands, shape, parameters in steps:
        recorded = tuple(known[x] if type(x) is Place else x for x in operands)
        known.append(Recorded(operation, recorded, shape, parameters))
    return known[-1]


def forward(output: Recorded, H: Any) -> Any:
    """The output at the direction H."""
    values: dict[int, Any] = {}
    for step in walk.steps([output]):
        if step.operation is None:
            values[step.index] = H
        else:
            operands = [values[x.index] if type(x) is Recorded else x for x in step.operands]
            values[step.index] = step.operation(*operands, **step.parameters)
    return values[output.index]


def backward(output: Recorded, G: Any) -> Any:
    """From the output's cotangent G back to the direction's; `ZERO` if none."""
    [found] = [G for _, G in walk.backward([(output, G)])] or [ZERO]
    return found
