"""Derivatives of plain NumPy functions: the names a reader of the course uses.

A function f takes one array and gives one array. ``derivative(f, X)`` is the linear map
``H -> (df/dX)(X)[H]`` of lecture (3) and (22); the other functions read it, or Taylor coefficients
of ``f(X + tH)``, in the form asked for.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .linearmap import LinearMap, as_direction, own
from .numbers import tape
from .numbers.batch import images
from .numbers.dispatch import _MATERIALIZED, ArrayProtocol, UntraceableError
from .numbers.formulas import Formula
from .numbers.scope import constant, shared
from .numbers.series import _NESTED, Jet, KinkWarning, NestedDerivativeError, warn_of_poles
from .numbers.values import base
from .spaces import InnerProduct, frobenius
from .table import ZERO
from .withheld import require_available

Function = Callable[[Any], Any]


class Derivative(LinearMap):
    """The derivative of f at a point: a linear map that knows where it was taken.

    The derivative of a scalar function keeps its gradient G once a direction was asked for, and
    gives ``D[H] = sum(G * H)``.

    Attributes
    ----------
    value : numpy.ndarray
        f(X).
    point : numpy.ndarray
        The point X.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import derivative
    >>> D = derivative(np.linalg.inv, np.array([[2.0, 0.0], [0.0, 4.0]]))
    >>> D[np.array([[1.0, 0.0], [0.0, 0.0]])]  # -Y H Y
    array([[-0.25,  0.  ],
           [ 0.  ,  0.  ]])
    """

    def __init__(self, f: Function | None, value: Any, point: np.ndarray, tangent: Any) -> None:
        self._f, self.value, self.point, self._tangent = f, value, point, tangent
        self._gradient: np.ndarray | None = None
        super().__init__(self._walk_forward, self._walk_backward, point.shape, np.shape(value))

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled and copied: value, point and steps; f, which may be local, is not."""
        steps = None if self._tangent is ZERO else tape.packed(self._tangent)
        return {"value": self.value, "point": self.point, "steps": steps}

    def __setstate__(self, state: dict[str, Any]) -> None:
        tangent = ZERO if state["steps"] is None else tape.unpacked(state["steps"])
        Derivative.__init__(self, None, state["value"], state["point"], tangent)

    def _walk_forward(self, H: Any) -> Any:
        if self._tangent is ZERO:
            return np.zeros(self.shape_out)
        if self.shape_out == () and not any(map(np.iscomplexobj, (self.value, self.point, H))):
            if self._gradient is None:
                self._gradient = np.ascontiguousarray(self._walk_backward(np.ones(())))
            return np.vdot(self._gradient, H)
        return _finite(tape.forward(self._tangent, H), self._f, self.point)

    def _walk_backward(self, G: Any) -> Any:
        if self._tangent is ZERO:
            return _dense(ZERO, self.point)
        G = _dense(tape.backward(self._tangent, G), self.point)
        return _finite(G, self._f, self.point)

    def matrix(self) -> np.ndarray:
        """The matrix on column-stacked vectors: one pass over a basis of the smaller side."""
        real = not (np.iscomplexobj(self.value) or np.iscomplexobj(self.point))
        if self._tangent is ZERO or not real:
            return super().matrix()
        if np.size(self.value) < self.point.size:
            J = images(lambda G: tape.backward(self._tangent, G), self.shape_out, self.shape_in).T
        else:
            J = images(lambda H: tape.forward(self._tangent, H), self.shape_in, self.shape_out)
        return _finite(J.real, self._f, self.point)

    def gradient(self, inner: InnerProduct = frobenius) -> np.ndarray:
        """The G with ``D[H] = inner(G, H)``; D must be the derivative of a scalar function.

        Parameters
        ----------
        inner : InnerProduct
            `frobenius`, `weighted(W)` or a subspace such as `symmetric`.

        Returns
        -------
        numpy.ndarray
            Of the point's shape. Lecture (7), (14), (19).
        """
        _require_scalar(self.value)
        _require_real(self.point)
        _require_real_value(self.value)
        _require_inner(inner).check_point(self.point)
        return inner.represent(self._walk_backward(np.ones(self.shape_out)))

    def __matmul__(self, other: LinearMap) -> LinearMap:
        if isinstance(other, Derivative):
            if other.shape_out != self.shape_in:
                raise ValueError(
                    f"The chain rule needs D1's value, of shape {other.shape_out}, to be D2's "
                    f"point, of shape {self.shape_in}."
                )
            if not np.allclose(other.value, self.point, rtol=1e-8, atol=1e-12):
                gap = float(np.max(np.abs(other.value - self.point)))
                raise ValueError(
                    "The chain rule needs D2 taken at D1's value (lecture (15)), and the two "
                    f"differ by up to {gap:.3g}. Use derivative(f, D1.value) for the left map."
                )
        composed = super().__matmul__(other)
        if isinstance(other, Derivative) and composed is not NotImplemented:
            return _Composition(self, other, composed)
        return composed


class _Composition(Derivative):
    """The derivative of a composition, so that it has a value, a point and a gradient too."""

    def __init__(self, left: Derivative, right: Derivative, composed: LinearMap) -> None:
        self.value, self.point, self._parts = left.value, right.point, (left, right)
        LinearMap.__init__(
            self, composed._forward, composed._adjoint, composed.shape_in, composed.shape_out
        )

    def __reduce__(self) -> Any:
        return operator.matmul, self._parts

    def _walk_backward(self, G: Any) -> Any:
        return self._adjoint(G)

    def matrix(self) -> np.ndarray:
        return LinearMap.matrix(self)


def derivative(f: Function, X: Any) -> Derivative:
    """The derivative of f at X, as a linear map.

    Parameters
    ----------
    f : callable
        Plain NumPy code, one array in and one array out. Arrays that f uses as constants count as
        they are now: changing one later changes nothing.
    X : array_like
        The point: a number, vector or matrix of any shape. Integers become floats.

    Returns
    -------
    Derivative
        With ``.value``, ``D[H]``, the adjoint ``D.T[G]``, ``D2 @ D1``, ``.matrix()`` and
        ``.gradient()``. Lecture (3), (4).

    Raises
    ------
    UntraceableError
        If f leaves NumPy's functions (``np.array([...])``, ``float()``, item assignment).
    NestedDerivativeError
        If f itself takes derivatives that involve its argument.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import derivative
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> D = derivative(lambda X: X.T @ X, A)
    >>> D[np.ones((3, 2))]
    array([[18., 21.],
           [21., 24.]])
    """
    X = as_point(X)  # a copy where the caller's array may change: the map outlives the call
    with shared:
        value, tangent = _record(f, X)
        value = own(_as_array(value.coefficient(0) if type(value) is Jet else value), X)
    return Derivative(f, value, X, tangent)


def differential(f: Function, X: Any, H: Any) -> np.ndarray:
    """The differential ``df = (df/dX)(X)[H]``, without building the map.

    Parameters
    ----------
    f : callable
    X, H : array_like
        Point and direction, of one shape.

    Returns
    -------
    numpy.ndarray
        Of the shape of f(X). Lecture (4), (22).

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import differential
    >>> print(differential(np.sin, 0.0, 2.0))
    2.0
    """
    X = as_point(X)
    H = as_direction(H, X.shape)
    with shared:
        df = _finite(own(_coefficient(_series(f, X, H, 1), 1), X, H), f, X)
    return _noted(partial(differential, H=base(H)), f, X, df)


def taylor(f: Function, X: Any, H: Any, order: int) -> list[np.ndarray]:
    """The Taylor coefficients of ``f(X + tH)`` at t = 0.

    Parameters
    ----------
    f : callable
    X, H : array_like
        Point and direction, of one shape.
    order : int
        The highest power of t.

    Returns
    -------
    list of numpy.ndarray
        ``[c_0, ..., c_order]``; the k-th directional derivative is ``k! c_k``. Lecture (21).

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import taylor
    >>> [round(float(c), 6) for c in taylor(np.exp, 0.0, 1.0, 4)]
    [1.0, 1.0, 0.5, 0.166667, 0.041667]
    """
    X = as_point(X)
    H = as_direction(H, X.shape)
    if not isinstance(order, int | np.integer) or order < 0:
        raise ValueError(f"The order is {order!r}; it must be an integer, 0 or more.")
    with shared:
        y = _series(f, X, H, int(order))
        c = [own(_coefficient(y, k), X, H) for k in range(order + 1)]
    for coefficient in c[1:]:
        if not np.isfinite(base(coefficient)).all():
            _finite(coefficient, f, X)
            break
    return c


def second_derivative(f: Function, X: Any, H: Any, K: Any = None) -> np.ndarray:
    """The second derivative, as a quadratic form in H or a bilinear form in H and K.

    Parameters
    ----------
    f : callable
    X, H : array_like
    K : array_like, optional
        A second direction, for the bilinear form.

    Returns
    -------
    numpy.ndarray
        ``d^2/dt^2 f(X + tH)`` at 0, lecture (23), or the mixed ``d^2/ds dt f(X + sH + tK)`` at 0,
        which polarization, lecture (25), reads off the quadratic form.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import second_derivative
    >>> f = lambda x: x[0] ** 2 * x[1]
    >>> print(second_derivative(f, [1.0, 2.0], [1.0, 0.0], [0.0, 1.0]))  # 2 x_1
    2.0
    """
    X = as_point(X)
    H = as_direction(H, X.shape)
    if K is None:
        with shared:
            return _finite(2.0 * _coefficient(_series(f, X, H, 2), 2), f, X)
    K = as_direction(K, X.shape)
    with shared:
        inner = Jet([X, H], 1, object())
        y = _call(f, Jet([inner, K], 1, object(), shape=X.shape))
        slope = y.coefficient(1) if type(y) is Jet else ZERO
        mixed = slope.coefficient(1) if type(slope) is Jet else ZERO
        return np.zeros(np.shape(base(y))) if mixed is ZERO else _finite(own(mixed, X, H, K), f, X)


def gradient(f: Function, X: Any, inner: InnerProduct = frobenius) -> np.ndarray:
    """The gradient: the G with ``(df/dX)(X)[H] = inner(G, H)`` for every H.

    Parameters
    ----------
    f : callable
        Scalar-valued; a value of shape () or (1, 1) counts as scalar.
    X : array_like
    inner : InnerProduct
        `frobenius` (default), ``weighted(W)``, or a subspace: `symmetric`, `skew`,
        `lower_triangular`, `upper_triangular`.

    Returns
    -------
    numpy.ndarray
        Of the shape of X. Lecture (7), (14), (19).

    Raises
    ------
    ValueError
        If f is not scalar, or X does not lie in the subspace.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import gradient
    >>> A = np.array([[2.0, 1.0], [0.0, 3.0]])
    >>> gradient(lambda x: x @ A @ x, [1.0, 1.0])  # (A + A^T) x
    array([5., 7.])
    """
    X = as_point(X)
    _require_real(X)
    _require_inner(inner).check_point(X)
    with shared:
        value, tangent = _record(f, X)
        _require_scalar(value)
        G = ZERO if tangent is ZERO else tape.backward(tangent, np.ones(value.shape))
        if np.iscomplexobj(G):
            _require_real_value(value)
        G = inner.represent(_finite(_dense(G, X), f, X))
    return _noted(partial(gradient, inner=inner), f, X, G)


def hessian(f: Function, X: Any, inner: InnerProduct = frobenius) -> LinearMap:
    """The Hessian operator: the self-adjoint map with ``inner(Hess[H], K) = d^2f[H, K]``.

    Each application differentiates the gradient once more along the direction: the adjoint pass is
    run on first-order Taylor series.

    Parameters
    ----------
    f : callable
        Scalar-valued.
    X : array_like
    inner : InnerProduct

    Returns
    -------
    LinearMap
        ``hessian(f, X)[H]`` has the shape of X; ``.matrix()`` acts on column-stacked vectors.
        Lecture (20).

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1], [1.0, 2.0]).matrix()
    array([[4., 2.],
           [2., 0.]])
    """
    X = as_point(X)  # a copy where the caller's array may change: the map outlives the call
    _require_real(X)
    _require_inner(inner).check_point(X)
    return _Hessian(f, X, inner)


class _Hessian(LinearMap):
    """The Hessian operator; on a subspace P Hess P, with P the projection."""

    def __init__(self, f: Function, X: np.ndarray, inner: InnerProduct) -> None:
        self._f, self._point, self._inner = f, X, inner
        super().__init__(self._along, self._transposed_along, X.shape, X.shape)

    def _along(self, H: Any) -> Any:
        H = self._inner.project(H) if self._inner.project else H
        return self._inner.represent(_second_order(self._f, self._point, H))

    def _transposed_along(self, G: Any) -> Any:
        """In the entrywise pairing: W Hess W^{-1} for a weighted inner product."""
        G = _second_order(self._f, self._point, self._inner.represent(G))
        return self._inner.project(G) if self._inner.project else G

    def matrix(self) -> np.ndarray:
        """The matrix on column-stacked vectors: one pass over all directions."""
        if self._inner is not frobenius:
            return super().matrix()
        f, X = self._f, self._point
        with shared:
            M = images(lambda H: _gradient_along(f, X, H), X.shape, X.shape)
        return _finite(M.real, f, X)  # of real code on the way of complex numbers

    def __getitem__(self, H: Any) -> np.ndarray:
        H = as_direction(H, self.shape_in)
        _require_real(H)
        self._inner.check_direction(H)
        return super().__getitem__(H)


def _second_order(f: Function, X: np.ndarray, H: np.ndarray) -> np.ndarray:
    """d/ds of the Frobenius gradient at X + sH."""
    with shared:
        return _finite(_dense(_gradient_along(f, X, H), X), f, X)


def _gradient_along(f: Function, X: np.ndarray, H: Any) -> Any:
    """The same for one direction or a batch of them; `ZERO` where it vanishes."""
    value, tangent = _record(f, Jet([X, H], 1, object(), shape=X.shape))
    _require_scalar(value)
    if tangent is ZERO:
        return ZERO
    G = tape.backward(tangent, np.ones(value.shape))
    return G.coefficient(1) if type(G) is Jet else ZERO


def jacobian_matrix(f: Function, X: Any) -> np.ndarray:
    """The Jacobian on column-stacked vectors: ``vec(dY) = J vec(dX)``.

    Parameters
    ----------
    f : callable
    X : array_like

    Returns
    -------
    numpy.ndarray
        Shape (size of f(X), size of X). Lecture (10).

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import jacobian_matrix
    >>> A, B = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    >>> jacobian_matrix(lambda X: A @ X @ B, np.zeros((2, 2)))  # kron(B^T, A)
    array([[3., 6., 4., 8.]])
    """
    X = as_point(X)
    return _noted(jacobian_matrix, f, X, derivative(f, X).matrix())


# -- shared ---------------------------------------------------------------------------------------


def as_point(X: Any) -> Any:
    """X as a float or complex array; sentences for what cannot be a point."""
    require_available("lecturelib")
    if type(X) is Formula:
        return X
    if isinstance(X, ArrayProtocol):
        raise NestedDerivativeError(_NESTED)
    if isinstance(X, tuple):
        raise TypeError(
            "The point is a tuple; f takes one array. To differentiate by one of several "
            "variables, close over the others: gradient(lambda W: f(W, b), W)."
        )
    return np.asarray(constant(X))


def _as_array(x: Any) -> Any:
    """An array; a formula is one."""
    return x if type(x) is Formula else np.asarray(x)


def _noted(again: Callable[..., Any], f: Function, X: Any, result: Any) -> Any:
    """The result; at a formula its tape learns of which f it is a derivative."""
    if type(X) is Formula:
        X.tape.derivatives.append((again, f, X, result))
    return result


def _record(f: Function, X: Any) -> tuple[Any, Any]:
    """Run f on X with a recorded direction; give its result and the recorded differential."""
    y = _call(f, Jet([X, tape.start(X.shape)], 1, object(), shape=X.shape, eager=True))
    return y, (y.coefficient(1) if type(y) is Jet else ZERO)


def _series(f: Function, X: np.ndarray, H: np.ndarray, order: int) -> Any:
    """f(X + tH) as a series, or an array if f is constant."""
    return _call(f, Jet([X, H][: order + 1], order, object()))


def _coefficient(y: Any, k: int) -> np.ndarray:
    c = y.coefficient(k) if type(y) is Jet else (y if k == 0 else ZERO)
    return np.zeros(y.shape) if c is ZERO else _as_array(c)


_STALE = (
    "f returned a value of another differentiation: something that f keeps from call to call (a "
    "cache, an attribute, a global) holds what an earlier call left there. Compute it anew in "
    "every call."
)


def _call(f: Function, x: Jet) -> Any:
    """f(x), checked: one array, under differentiation or constant."""
    try:
        y = f(x)
    except ValueError as error:  # NumPy wraps what an item assignment met
        if isinstance(error.__cause__, UntraceableError):
            raise error.__cause__ from None
        raise
    if type(y) is Jet:
        if y.tag is not x.tag:
            raise NestedDerivativeError(_STALE)
        return y
    if isinstance(y, tuple):
        raise TypeError(
            f"f returned a tuple of {len(y)} results; it must return one array. Pick one inside f, "
            "such as np.linalg.qr(X)[1], or join them with np.concatenate."
        )
    if isinstance(y, list) or (isinstance(y, np.ndarray) and y.dtype == object):
        raise UntraceableError(_MATERIALIZED.format(how="a list or an array of objects"))
    if y is None:
        raise TypeError("f returned None; it must return one array. Is a return missing?")
    if type(y) is Formula:
        return y
    try:
        return np.array(constant(y))
    except TypeError as error:
        raise TypeError(
            f"f returned a {type(y).__name__}; it must return one array of numbers."
        ) from error


def _dense(G: Any, X: np.ndarray) -> np.ndarray:
    """A cotangent as an array of X's shape; real where X is."""
    if G is ZERO:
        return np.zeros(X.shape)
    G = own(_as_array(G), X)
    return G.real if np.iscomplexobj(G) and not np.iscomplexobj(X) else G


def _finite(result: Any, f: Function | None, X: Any) -> Any:
    """The result; if it is not finite, f runs once more to find out which function is to blame."""
    if np.isfinite(base(result)).all() or type(X) is Formula:
        return result
    with shared, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", KinkWarning)
        outer, shared.poles = shared.poles, []
        try:
            if f is not None:
                _record(f, X)
        finally:
            poles, shared.poles = shared.poles, outer
    warn_of_poles(poles, base(result))
    return result


def _require_scalar(value: Any) -> None:
    if value.shape not in ((), (1,), (1, 1)):
        raise ValueError(
            f"f has the value of shape {value.shape}, and only a scalar function has a gradient or "
            "a Hessian. Use derivative or jacobian_matrix, or reduce f to a number."
        )


def _require_real_value(value: Any) -> None:
    if np.iscomplexobj(base(value)):
        raise TypeError(
            "f has a complex value, and only a real function has a gradient or a Hessian. Take "
            "f(X).real, f(X).imag, or derivative(f, X)."
        )


def _require_inner(inner: Any) -> InnerProduct:
    if not isinstance(inner, InnerProduct):
        raise TypeError(
            f"inner is {type(inner).__name__}, and must be an inner product: frobenius, "
            "weighted(W), symmetric, skew, lower_triangular or upper_triangular."
        )
    return inner


def _require_real(X: np.ndarray) -> None:
    if np.iscomplexobj(X):
        raise TypeError(
            f"The point or direction of shape {X.shape} is complex; gradients and Hessians are "
            "defined here for real arrays. Use derivative(f, X)[H] for holomorphic f, or split X "
            "into its real and imaginary parts."
        )
