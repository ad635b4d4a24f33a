"""What the checks of several pages of this chapter use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient, jacobian_matrix
from ..checking import Check
from ..draws import fractions, positive_definite
from ..referees import complex_step, exact_coefficients, five_point, jacobian, partials

Function = Callable[..., Any]


Wrong = Mapping[str, Any]


def each(g: Function, items: Iterable[Any]) -> np.ndarray:
    return np.array([g(item) for item in items])


def entrywise(G: Any, H: Any) -> Any:
    """The sum of the products of entries, one by one."""
    return sum(g * h for g, h in zip(np.ravel(G), np.ravel(H), strict=True))


# -- Kinds of checks that come up again -----------------------------------------------------------


def slopes(f: Function, X: Any, directions: Any, stated: Function, wrong: Wrong) -> Check:
    """df[H], along several directions: a single number could be near 0 by chance."""
    return Check(
        stated=each(stated, directions),
        referees={
            "complex step": each(lambda H: complex_step(f, X, H), directions),
            "five-point differences": each(lambda H: five_point(f, X, H), directions),
        },
        wrong={name: each(variant, directions) for name, variant in wrong.items()},
        table=lambda: each(lambda H: differential(f, X, H), directions),
    )


def exact_change(
    f: Function, X: Any, H: Any, constants: Any, degree: int, stated: Any, wrong: Wrong
) -> Check:
    """df[H] of a polynomial f(X, *constants), in fractions."""
    at, along, *fixed = (M.astype(float) for M in (X, H, *constants))
    return Check(
        stated=stated,
        referees={
            "exact fractions": exact_coefficients(lambda X: f(X, *constants), X, H, degree)[1],
            "complex step": complex_step(lambda X: f(X, *fixed), at, along),
        },
        wrong=wrong,
        table=lambda: differential(lambda X: f(X, *fixed), at, along),
    )


def whole_gradient(f: Function, X: Any, stated: Any, wrong: Wrong) -> Check:
    """All partial derivatives, in the shape of X."""
    return Check(
        stated=stated,
        referees={
            "complex step": partials(f, X),
            "five-point differences": partials(f, X, five_point),
        },
        wrong=wrong,
        table=lambda: gradient(f, X),
    )


def whole_jacobian(f: Function, X: Any, stated: Any, wrong: Wrong) -> Check:
    """The matrix that takes vec(dX) to vec(df)."""
    return Check(
        stated=stated,
        referees={
            "complex step": jacobian(f, X),
            "five-point differences": jacobian(f, X, five_point),
        },
        wrong=wrong,
        table=lambda: jacobian_matrix(f, X),
    )


def partials_alone(f: Function, H: Any, stated: Any) -> Check:
    """At 0, of an f with f(tH) = t f(H): it has a slope along each line, and no derivative."""
    return Check(
        stated=stated,
        referees={
            "quotient": f(1e-3 * H) / 1e-3,  # which does not depend on the step
            "five-point differences": five_point(f, np.zeros(H.shape), H),
        },
    )


def weights(rng: np.random.Generator, n: int) -> np.ndarray:
    """The matrix W of an inner product x^T W y that is far from the Euclidean one."""
    return positive_definite(rng, n) + np.diag(np.arange(1.0, n + 1))


def weighted_gradient(rng: np.random.Generator, f: Function, X: Any, stated: Any) -> Check:
    """The gradient for Tr{X^T W Y}, or x^T W y: the G with Tr{G^T W H} = df[H] for every H."""
    W = weights(rng, len(X))
    basis = np.linalg.inv(np.linalg.cholesky(W)).T  # its columns are orthonormal under W
    coordinates = np.zeros(X.shape)
    for k, *column in np.ndindex(X.shape):
        H = np.zeros(X.shape)
        H[:, *column] = basis[:, k]
        coordinates[k, *column] = five_point(f, X, H)
    return Check(
        stated=stated,
        referees={
            "linear equations": np.linalg.solve(W, partials(f, X)),
            "orthonormal basis": basis @ coordinates,
        },
    )


# -- How to calculate -----------------------------------------------------------------------------


def ray(x: Any) -> Any:
    """x1^3 / (x1^2 + x2^2): it has every directional derivative at 0, and is not differentiable."""
    return x[0] ** 3 / (x[0] ** 2 + x[1] ** 2)


def ray_slope(h: Any) -> Any:
    """The slope of `ray` at 0; the quotient does not depend on t, so fractions give the limit."""
    t = Fraction(1, 1000)
    return ray(t * h) / t


def quadratic(A: Any) -> Function:
    return lambda x: x @ A @ x


def only_shape(fits: Callable[[np.ndarray], bool]) -> tuple[int, ...]:
    """The one shape up to 7 x 7 for which a product can be formed, and has the shape asked for."""
    found = []
    for shape in np.ndindex(8, 8):
        try:
            if fits(np.zeros(shape)):
                found.append(shape)
        except ValueError:  # not conformable
            continue
    [shape] = found
    return shape


def unlike_pair(rng: np.random.Generator) -> np.ndarray:
    """Two fractions for which no two terms of the formulas below are equal by chance."""
    numerators = rng.choice([3, 5, 7], 2, replace=False) * rng.choice([-1, 1], 2)
    return fractions(numerators) / fractions(rng.choice([1, 2, 4], 2))


def by_matrix(L: Function, G: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The same from the matrix of L on stacked columns, transposed."""
    J = jacobian(L, np.zeros(shape))
    return (J.T @ np.ravel(G, order="F")).reshape(shape, order="F")
