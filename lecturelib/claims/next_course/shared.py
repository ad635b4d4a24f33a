"""What the checks of several pages of this chapter use."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..algorithms import exp_by_series
from ..checking import Check
from ..draws import normal
from ..referees import complex_step, five_point, jacobian

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve

Array = np.ndarray


#: Steps of five-point differences; eigenvalues and factors bend more than most functions.
FINE = 2.0**-12


def near(f: Callable[[Any], Any], X: Any, H: Any) -> Array:
    """A five-point difference with fine steps."""
    return five_point(f, X, H, h=FINE)


def implicit(F: Callable[[Any, Any], Any], z: Array, t: float = 0.0) -> Array:
    """dz/dt from F(z, t) = 0, the defining equations, both of their derivatives by complex steps.

    There may be more equations than unknowns.
    """
    slope = complex_step(lambda t: F(z, t), t, 1.0)
    return np.linalg.lstsq(jacobian(lambda z: F(z, t), z), -slope, rcond=None)[0]


def packed(*parts: Any) -> Array:
    return np.concatenate([np.ravel(part) for part in parts])


def unpacked(z: Any, *shapes: tuple[int, ...]) -> list[Any]:
    parts, start = [], 0
    for shape in shapes:
        size = math.prod(shape)
        parts.append(z[start : start + size].reshape(shape))
        start += size
    return parts


def aligned(V: Any, reference: Array) -> Any:
    """Columns with the signs of the reference's: LAPACK may turn any of them around."""
    return V * np.sign(np.sum(V * reference, axis=0))


def matched(V: Any, reference: Array) -> Any:
    """Columns in the order and with the signs of the reference's, which they are near to."""
    return aligned(V[:, np.argmax(np.abs(V.T @ reference), axis=0)], reference)


def sym(M: Any) -> Any:
    return (M + M.T) / 2


def in_inner_product(M: Array, checks: Iterable[Check]) -> Iterator[Check]:
    """Checks of a gradient, whose referees now find it in the inner product Tr(X^T M Y)."""
    for check in checks:
        found = {name: solve(M, value) for name, value in check.referees.items()}
        yield dataclasses.replace(check, referees=found, wrong={}, table=None)


# -- SVD, pseudo-inverse, least squares -----------------------------------------------------------


def svd(A: Any) -> tuple[Any, Any, Any]:
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return U, s, Vh.T


def root_by_newton(A: Any) -> Any:
    """The square root of a matrix with eigenvalues near the positive axis, in analytic code."""
    Y, Z = A, np.eye(len(A)) + 0 * A
    for _ in range(12):
        Y, Z = (Y + inv(Z)) / 2, (Z + inv(Y)) / 2
    return Y


def kernel(A: Any) -> Array:
    """Orthonormal columns that span the kernel."""
    _, s, Vh = np.linalg.svd(A)
    return Vh[int(np.sum(s > 1e-9 * s[0])) :].T


# -- Eigenvalues and eigenvectors -----------------------------------------------------------------


def apart(rng: np.random.Generator, n: int) -> Array:
    """Distinct real eigenvalues of either sign, at least 0.6 apart."""
    return np.arange(n) - n / 2 + rng.uniform(-0.2, 0.2, n)


def quadrature(f: Callable[[float], Any]) -> Array:
    """The integral from 0 to 1, by 16 points of Gauss."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    values = [w / 2 * np.asarray(f((1 + x) / 2)) for x, w in zip(nodes, weights, strict=True)]
    return np.sum(values, axis=0)


def upper_right(A: Array, E: Array) -> Array:
    """The block of exp [[A, E], [0, A]]."""
    n = len(A)
    return exp_by_series(np.block([[A, E], [np.zeros((n, n)), A]]))[:n, n:]


def of_size_one(rng: np.random.Generator, n: int) -> Array:
    A = normal(rng, n, n)
    return A / np.linalg.norm(A, 2)
