"""Referees: ways to a derivative that use neither a formula for it nor the table of rules.

Each takes plain NumPy code `f`, a point `X` and directions, and evaluates `f` and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

Function = Callable[[Any], Any]

#: referee -> the relative error it stays under, on examples of moderate size and condition.
BOUNDS = {
    "complex step": 1e-11,  # no cancellation: what is left are the roundings of f itself
    "circle in the complex plane": 1e-9,  # roundings of f over the radius to the k
    "five-point differences": 1e-7,  # h^4 and roundings / h
    "second differences": 1e-6,  # h^4 and roundings / h^2
    "exact fractions": 0.0,
    "order of the remainder": 0.0,  # an order is a whole number
    "defining identity": 1e-10,
    "adjoint dot test": 1e-10,
    "entry by entry": 1e-10,
    "eigenvalues": 1e-9,
    "singular values": 1e-9,
}

#: referee -> what it shares with the statement. One with a name of its own says it by its name.
SHARES = {
    "complex step": "nothing: f alone, one step into the complex plane",
    "circle in the complex plane": "nothing: f alone, on a circle around the point",
    "five-point differences": "nothing: values of f",
    "second differences": "nothing: values of f",
    "exact fractions": "nothing: f alone, its polynomial along the direction in fractions",
    "order of the remainder": "the terms whose remainder it measures, and nothing else",
    "defining identity": "the equation that defines the result, into which it is put",
    "adjoint dot test": "the map, of which it knows no transpose",
    "entry by entry": "the definition, or the formula itself, written out in loops over entries",
    "eigenvalues": "nothing: NumPy's eigenvalues of the same matrix",
    "singular values": "nothing: NumPy's singular values of the same matrix",
}

#: Those that may compute the stated formula another way. They find a slip in code, not in the
#: mathematics, and are none of the two referees that a statement about a derivative needs.
SAME_FORMULA = {"entry by entry"}

#: The bound of a referee with a name of its own.
OTHER_BOUND = 1e-9


# -- First derivatives ----------------------------------------------------------------------------


def complex_step(f: Function, X: Any, H: Any) -> np.ndarray:
    """Im f(X + ihH) / h: the derivative of analytic code without cancellation."""
    h = 1e-30
    return np.asarray(f(np.asarray(X) + 1j * h * np.asarray(H))).imag / h


def five_point(f: Function, X: Any, H: Any, h: float = 2.0**-9) -> np.ndarray:
    """The derivative along H by values at X - 2hH, ..., X + 2hH, up to h^4."""
    g = [np.asarray(f(np.asarray(X) + k * h * np.asarray(H))) for k in (-2, -1, 1, 2)]
    return (g[0] - 8 * g[1] + 8 * g[2] - g[3]) / (12 * h)


def one_sided(f: Callable[[float], Any], h: float = 2.0**-12) -> np.ndarray:
    """f'(0+), from f(0), f(h), ..., f(4h), up to h^4: what is left of a derivative at a corner."""
    weights = (-25, 48, -36, 16, -3)
    return np.sum([c * np.asarray(f(k * h)) for k, c in enumerate(weights)], axis=0) / (12 * h)


def one_sided_along(f: Function, X: Any, H: Any) -> np.ndarray:
    """The slope of f along H, to that side only."""
    return one_sided(lambda t: f(X + t * H))


def both_slopes(f: Function, X: Any, H: Any) -> np.ndarray:
    """The slopes along H to the right and to the left, which are one where f is differentiable."""
    return np.array([one_sided_along(f, X, H), -one_sided_along(f, X, -np.asarray(H))])


def partials(f: Function, X: Any, first: Callable[..., Any] = complex_step) -> np.ndarray:
    """All partial derivatives of f, an entry of X at a time; shape of the value + shape of X."""
    X = np.asarray(X, dtype=float)
    columns = []
    for index in np.ndindex(X.shape):
        E = np.zeros(X.shape)
        E[index] = 1.0
        columns.append(np.asarray(first(f, X, E)))
    return np.moveaxis(np.array(columns), 0, -1).reshape(columns[0].shape + X.shape)


def jacobian(f: Function, X: Any, first: Callable[..., Any] = complex_step) -> np.ndarray:
    """The matrix J with vec(dY) = J vec(dX), columns stacked, a column at a time."""
    X = np.asarray(X, dtype=float)
    columns = []
    for k in range(X.size):
        e = np.zeros(X.size)
        e[k] = 1.0
        dY = np.asarray(first(f, X, e.reshape(X.shape, order="F")))
        columns.append(dY.ravel(order="F"))
    return np.stack(columns, axis=1)


def by_parts(f: Function, Z: Any, first: Callable[..., Any] = five_point) -> np.ndarray:
    """df/dX + i df/dY of a real function at Z = X + iY: its gradient for Re Tr(A^H B)."""
    real = partials(lambda X: f(X + 1j * Z.imag), Z.real, first)
    return real + 1j * partials(lambda Y: f(Z.real + 1j * Y), Z.imag, first)


# -- Higher derivatives ---------------------------------------------------------------------------


def circle_coefficients(f: Function, X: Any, H: Any, order: int) -> list[np.ndarray]:
    """Taylor coefficients of t -> f(X + tH) from values on a circle around t = 0 (Cauchy).

    With 32 points a coefficient is aliased only by those 32, 64, ... orders above it.
    """
    points, r = 32, 0.25
    z = np.exp(2j * np.pi * np.arange(points) / points)
    values = np.array([np.asarray(f(np.asarray(X) + r * w * np.asarray(H))) for w in z])
    return [np.tensordot(z**-k, values, 1) / points / r**k for k in range(order + 1)]


def circle(f: Function, X: Any, H: Any, order: int) -> np.ndarray:
    """d^order/dt^order f(X + tH) at t = 0 of analytic, real code, by `circle_coefficients`."""
    return np.real(circle_coefficients(f, X, H, order)[order]) * math.factorial(order)


def second_difference(f: Function, X: Any, H: Any, h: float = 2.0**-7) -> np.ndarray:
    """The second derivative along H from five values, up to h^4."""
    g = [np.asarray(f(np.asarray(X) + k * h * np.asarray(H))) for k in (-2, -1, 0, 1, 2)]
    return (-g[0] + 16 * g[1] - 30 * g[2] + 16 * g[3] - g[4]) / (12 * h * h)


def mixed_difference(f: Function, X: Any, H: Any, K: Any) -> np.ndarray:
    """d/dt d/ds f(X + tH + sK) at 0: a five-point difference of complex steps."""
    return five_point(lambda Y: complex_step(f, Y, H), X, K)


def order(remainder: Callable[[float], Any], start: float = 0.25) -> float:
    """The power of t with which a remainder falls; a whole number where it is one.

    Steps are halved until rounding shows, and the last clean halvings count: only there does a
    low power with a small coefficient outweigh the higher ones. What these still add to the
    exponent halves with the step, and is extrapolated away.
    """
    sizes = [float(np.max(np.abs(remainder(start / 2**k)), initial=0.0)) for k in range(33)]
    if max(sizes[:4]) == 0.0:
        return np.inf
    rounding = max(1e-16, 1e-16 * sizes[0], *sizes[-12:])
    exponents = -np.diff(np.log2([s for s in sizes if s > 100 * rounding]))
    if len(exponents) < 2:
        return np.nan
    slope = float(2 * exponents[-1] - exponents[-2])
    return float(round(slope)) if abs(slope - round(slope)) < 0.2 else slope


# -- Exact ----------------------------------------------------------------------------------------


def exact_coefficients(f: Function, X: Any, H: Any, degree: int) -> list[np.ndarray]:
    """The coefficients of the polynomial t -> f(X + tH), exact for fractions.

    Values at t = 0, 1, ..., degree determine it.

    Parameters
    ----------
    f : callable
        A polynomial of at most that degree, in code that works on fractions (`@`, `+`, `*`).
    """
    times = [Fraction(k) for k in range(degree + 1)]
    values = [np.asarray(f(X + t * H), dtype=object) for t in times]
    divided, coefficients = list(values), [0 * values[0]] * (degree + 1)
    for k in range(1, degree + 1):  # Newton's divided differences
        for i in range(degree, k - 1, -1):
            divided[i] = (divided[i] - divided[i - 1]) / (times[i] - times[i - k])
    for k in range(degree, -1, -1):  # Horner, in powers of t
        shifted = [0 * values[0], *coefficients[:-1]]
        coefficients = [s - times[k] * c for s, c in zip(shifted, coefficients, strict=True)]
        coefficients[0] = coefficients[0] + divided[k]
    return coefficients
