"""Many directions at once: from a stack of directions to the stack of their images, in one pass.

A `Batch` stands where an array stands, and is one array for each direction. Rules, Taylor series
and transposes run on it as they are. So the matrix of a derivative or of a Hessian needs one pass,
however many columns it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..table import ZERO, Operation, shapes
from ..table.elementwise import divide
from ..table.linear import (
    add,
    broadcast_to,
    getitem,
    matmul,
    multiply,
    negative,
    outer,
    reshape,
    subtract,
    sum,
    transpose,
)
from ..table.shapes import Shape, shape_of


class Batch:
    """Arrays of one shape, one for each direction, stacked along the first axis.

    Attributes
    ----------
    arrays : numpy.ndarray, shape (number of directions, *shape)
    shape : tuple of int
        That of one of them.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.numbers.batch import Batch
    >>> A = np.array([[0.0, 1.0], [2.0, 0.0]])
    >>> H = Batch(np.eye(2))  # two vectors
    >>> print((A @ H).arrays)
    [[0. 2.]
     [1. 0.]]
    """

    __slots__ = ("arrays",)
    __array_ufunc__ = None  # ndarray @ Batch must reach __rmatmul__
    __iter__ = None  # indexing alone would make an endless iterator
    _reader_rank = 0.5

    def __init__(self, arrays: np.ndarray) -> None:
        self.arrays = arrays

    @property
    def shape(self) -> Shape:
        return self.arrays.shape[1:]

    @property
    def ndim(self) -> int:
        return self.arrays.ndim - 1

    @property
    def T(self) -> Batch:  # noqa: N802 (the name NumPy uses)
        return _transpose(self)

    @property
    def mT(self) -> Batch:  # noqa: N802 (the name NumPy uses)
        return Batch(self.arrays.mT)

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        batched = _LANGUAGE.get(operation.name)
        if batched is not None:
            return batched(*operands, **parameters)
        if operation.rule.shape is shapes.broadcast and not parameters:
            return _entry_by_entry(operation.value, *operands)
        axes = operation.rule.stacks
        if axes and all(len(shape_of(x)) == axes for x in operands):
            return Batch(operation.value(*map(arrays_of, operands), **parameters))
        return _one_by_one(operation, operands, parameters)

    def __add__(self, other: Any) -> Any:
        return self if other is ZERO else _entry_by_entry(np.add, self, other)

    def __sub__(self, other: Any) -> Any:
        return self if other is ZERO else _entry_by_entry(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return -self if other is ZERO else _entry_by_entry(np.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return ZERO if other is ZERO else _entry_by_entry(np.multiply, self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Any:
        return _entry_by_entry(np.divide, self, other)

    def __neg__(self) -> Any:
        return Batch(-self.arrays)

    def __matmul__(self, other: Any) -> Any:
        return ZERO if other is ZERO else _product(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return ZERO if other is ZERO else _product(other, self)

    def __getitem__(self, index: Any) -> Any:
        return getitem(self, index=index)


def arrays_of(x: Any) -> Any:
    """The arrays of a batch; what is the same for every direction, as it is."""
    return x.arrays if type(x) is Batch else x


def _number_of(operands: Any) -> int:
    return next(len(x.arrays) for x in operands if type(x) is Batch)


def _entry_by_entry(function: Callable[..., Any], *operands: Any) -> Batch:
    """Shapes meet from the right, so a batch of fewer axes gets new ones behind the first."""
    most = max(len(shape_of(x)) for x in operands)
    wide = [
        x.arrays.reshape(len(x.arrays), *(1,) * (most - x.ndim), *x.shape)
        if type(x) is Batch and x.ndim < most
        else arrays_of(x)
        for x in operands
    ]
    return Batch(function(*wide))


def _one_by_one(operation: Operation, operands: Any, parameters: Any) -> Any:
    """Without a way to take all at once: an operation whose axes are its own affair."""
    results = [
        operation(*(x.arrays[k] if type(x) is Batch else x for x in operands), **parameters)
        for k in range(_number_of(operands))
    ]
    if isinstance(results[0], tuple):
        return tuple(Batch(np.stack(parts)) for parts in zip(*results, strict=True))
    return Batch(np.stack(results))


# -- The language of rules, with one more axis in front -------------------------------------------


def _product(A: Any, B: Any) -> Batch:
    left, right = len(shape_of(A)), len(shape_of(B))
    a, b = arrays_of(A), arrays_of(B)
    if left > 2 or right > 2:
        return _one_by_one(matmul, (A, B), {})
    if right == 1:  # vectors are rows of one matrix
        if type(B) is Batch and type(A) is not Batch:
            return Batch(b @ a.T if left == 2 else b @ a)
        if left == 2:
            return Batch((a @ (b[..., None] if type(B) is Batch else b[:, None]))[..., 0])
        return Batch(np.sum(a * b, axis=-1))
    if left == 1:
        if type(A) is Batch and type(B) is not Batch:
            return Batch(a @ b)
        return Batch((a[..., None, :] @ b)[..., 0, :])
    return Batch(a @ b)


def _sum(X: Any, axis: Any = None, keepdims: bool = False) -> Batch:
    axes = range(X.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return Batch(np.sum(X.arrays, axis=tuple(i % X.ndim + 1 for i in axes), keepdims=keepdims))


def _transpose(X: Any, axes: Any = None) -> Batch:
    axes = range(X.ndim)[::-1] if axes is None else axes
    return Batch(X.arrays.transpose(0, *(i + 1 for i in axes)))


def _reshape(X: Any, shape: Any, order: str = "C") -> Batch:
    if order == "F":
        return _transpose(_reshape(_transpose(X), _complete(X, shape)[::-1]))
    return Batch(X.arrays.reshape(len(X.arrays), *_complete(X, shape)))


def _complete(X: Any, shape: Any) -> tuple[int, ...]:
    return tuple(math.prod(X.shape) // -math.prod(shape) if n == -1 else n for n in shape)


def _broadcast_to(X: Any, shape: Any) -> Batch:
    wide = X.arrays.reshape(len(X.arrays), *(1,) * (len(shape) - X.ndim), *X.shape)
    return Batch(np.broadcast_to(wide, (len(wide), *shape)))


def _getitem(X: Any, index: Any) -> Batch:
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or type(part) in (int, slice) for part in parts):
        return Batch(X.arrays[(slice(None), *parts)])
    return _one_by_one(getitem, (X,), {"index": index})


def _outer(a: Any, b: Any) -> Batch:
    return Batch(arrays_of(a)[..., :, None] * arrays_of(b)[..., None, :])


_LANGUAGE: dict[str, Callable[..., Any]] = {
    add.name: lambda A, B: A + B,
    subtract.name: lambda A, B: A - B,
    negative.name: lambda X: -X,
    multiply.name: lambda A, B: A * B,
    divide.name: lambda A, B: _entry_by_entry(np.divide, A, B),
    matmul.name: _product,
    sum.name: _sum,
    transpose.name: _transpose,
    reshape.name: _reshape,
    broadcast_to.name: _broadcast_to,
    getitem.name: _getitem,
    outer.name: _outer,
}


# -- Bases ----------------------------------------------------------------------------------------

#: At most so many numbers in one batch of directions; more go in several passes.
AT_ONCE = 1 << 20


def images(apply: Callable[[Any], Any], shape: Shape, shape_out: Shape) -> np.ndarray:
    """The images of the basis of arrays of a shape, as columns; all column-stacked.

    Parameters
    ----------
    apply : callable
        A linear map of a `Batch`, giving a `Batch` or, where it vanishes, `ZERO`.
    shape, shape_out : tuple of int
        Of what the map takes and gives.

    Returns
    -------
    numpy.ndarray, shape (size of an image, size of the shape)
    """
    n = math.prod(shape)
    step = max(1, AT_ONCE // max(1, n))
    columns = []
    for first in range(0, n, step):
        basis = np.eye(n)[first : first + step].reshape(-1, *shape[::-1])
        image = apply(_transpose(Batch(basis)))
        if image is ZERO:
            return np.zeros((math.prod(shape_out), n))
        columns.append(_transpose(image).arrays.reshape(len(basis), -1).T)
    return np.concatenate(columns, axis=1) if columns else np.zeros((math.prod(shape_out), 0))
