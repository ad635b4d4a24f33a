"""Linear maps between spaces of arrays: applied, transposed, composed, as a matrix."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from .numbers.formulas import Formula
from .numbers.scope import constant
from .numbers.values import vec
from .table.shapes import Shape, count


class LinearMap:
    """A linear map between spaces of arrays.

    Parameters
    ----------
    apply : callable
        ``apply(H)`` for an H of shape `shape_in` gives an array of shape `shape_out`.
    adjoint : callable
        The transpose with respect to the sum of entrywise products.
    shape_in, shape_out : tuple of int

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import LinearMap
    >>> A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
    >>> L = LinearMap(lambda x: A @ x, lambda y: A.T @ y, (3,), (2,))
    >>> L[np.array([1.0, 1.0, 1.0])]
    array([3., 2.])
    >>> (L @ L.T).matrix()
    array([[5., 2.],
           [2., 2.]])
    """

    __array_ufunc__ = None  # ndarray * L must not build an array of maps

    def __init__(
        self,
        apply: Callable[[Any], Any],
        adjoint: Callable[[Any], Any],
        shape_in: Shape,
        shape_out: Shape,
    ) -> None:
        self._forward, self._adjoint = apply, adjoint
        self.shape_in, self.shape_out = tuple(shape_in), tuple(shape_out)

    def __getitem__(self, H: Any) -> Any:
        H = as_direction(H, self.shape_in)
        return own(self._forward(H), H)

    @property
    def T(self) -> LinearMap:  # noqa: N802 (the name NumPy uses)
        """The adjoint map."""
        return LinearMap(self._adjoint, self._forward, self.shape_out, self.shape_in)

    def __matmul__(self, other: LinearMap) -> LinearMap:
        if not isinstance(other, LinearMap):
            raise TypeError(
                f"L @ M composes two linear maps, and M is {type(other).__name__}. Write L[H] to "
                "apply the map, L.matrix() for its matrix."
            )
        if other.shape_out != self.shape_in:
            raise ValueError(
                f"The maps do not compose: the right one gives arrays of shape {other.shape_out}, "
                f"the left one takes shape {self.shape_in}."
            )
        return LinearMap(
            lambda H: self._forward(other._forward(H)),
            lambda G: other._adjoint(self._adjoint(G)),
            other.shape_in,
            self.shape_out,
        )

    def __add__(self, other: LinearMap) -> LinearMap:
        if not isinstance(other, LinearMap):
            raise TypeError(f"A linear map adds to a linear map, not to {type(other).__name__}.")
        if (other.shape_in, other.shape_out) != (self.shape_in, self.shape_out):
            raise ValueError(
                f"The maps do not add: {self.shape_in} -> {self.shape_out} and "
                f"{other.shape_in} -> {other.shape_out}."
            )
        return LinearMap(
            lambda H: self._forward(H) + other._forward(H),
            lambda G: self._adjoint(G) + other._adjoint(G),
            self.shape_in,
            self.shape_out,
        )

    def __mul__(self, factor: float) -> LinearMap:
        if np.ndim(factor) != 0 or not isinstance(factor, numbers.Number):
            raise TypeError("A linear map is multiplied by a number; write L[H] to apply it.")
        return LinearMap(
            lambda H: factor * self._forward(H),
            lambda G: factor * self._adjoint(G),
            self.shape_in,
            self.shape_out,
        )

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> LinearMap:
        return self * (1.0 / divisor)

    def __neg__(self) -> LinearMap:
        return -1.0 * self

    def __sub__(self, other: LinearMap) -> LinearMap:
        return self + (-1.0) * other

    def matrix(self) -> np.ndarray:
        """The matrix on column-stacked vectors, of shape (size out, size in).

        The map is applied to a basis of its smaller side. A map from real to complex arrays is
        not complex-linear, so its adjoint, the real one, does not know its matrix.
        """
        rows, columns = count(self.shape_out), count(self.shape_in)
        if rows < columns and not np.iscomplexobj(self._forward(_unit(0, self.shape_in))):
            return self.T.matrix().T
        images = [vec(self._forward(_unit(k, self.shape_in))) for k in range(columns)]
        return np.stack(images, axis=1) if images else np.zeros((rows, 0))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.shape_in} -> {self.shape_out}>"


def _unit(k: int, shape: Shape) -> np.ndarray:
    e = np.zeros(count(shape))
    e[k] = 1.0
    return e.reshape(shape, order="F")


def own(result: Any, *given: np.ndarray) -> Any:
    """The result as an array of its own: to change it must change nothing else."""
    if not isinstance(result, np.ndarray):  # a NumPy number
        return result
    if not result.flags.writeable or any(np.may_share_memory(result, array) for array in given):
        return result.copy()
    return result


def as_direction(H: Any, shape: Shape) -> np.ndarray:
    """H as a float or complex array, refused if it has not the given shape."""
    H = H if type(H) is Formula else np.asarray(constant(H))
    if H.shape != shape:
        raise ValueError(
            f"The direction has shape {H.shape}, and this map takes arrays of shape {shape}. "
            "A direction has the shape of the point at which the derivative is taken."
        )
    return H
