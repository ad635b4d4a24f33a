"""Checks of the claims of the page "Summary"."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient, hessian, second_derivative
from ...spaces import weighted
from ..checking import Check, claim, outside
from ..draws import fractions, normal, positive_definite, rational, regular
from ..referees import circle, complex_step, mixed_difference, partials, second_difference
from .shared import differences


def functions(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """A function of a number, of a vector and of a matrix, along directions of length 2; its
    first and its second derivative.
    """
    a = float(rng.uniform(-0.4, 0.3))  # neither derivative vanishes
    s, c = np.sin(2 * a), np.cos(2 * a)
    yield (
        lambda x: np.exp(x) * np.sin(2 * x),
        a,
        2.0,
        np.exp(a) * (s + 2 * c) * 2,
        np.exp(a) * (4 * c - 3 * s) * 4,
    )
    A, x, h = normal(rng, 4, 4), normal(rng, 4), normal(rng, 4)
    h *= 2 / np.linalg.norm(h)
    along = h @ A @ x + x @ A @ h
    yield (
        lambda x: x @ A @ x * x,
        x,
        h,
        along * x + (x @ A @ x) * h,
        2 * (h @ A @ h) * x + 2 * along * h,
    )
    B, C, X, H = normal(rng, 4, 4), normal(rng, 3, 3), normal(rng, 4, 3), normal(rng, 4, 3)
    H *= 2 / np.linalg.norm(H)
    yield (
        lambda X: X.T @ B @ X @ C,
        X,
        H,
        H.T @ B @ X @ C + X.T @ B @ H @ C,
        2 * H.T @ B @ H @ C,
    )


def cubic(x: Any) -> Any:
    """Zero at 0, with slopes along every line through it, and not differentiable there."""
    return x[0] ** 3 / (x[0] ** 2 + x[1] ** 2)


def quartic(x: Any) -> Any:
    """Zero at 0, with second slopes along every line, and not twice differentiable there."""
    return x[0] ** 3 * x[1] / (x[0] ** 2 + x[1] ** 2)


#: The slopes of the two along the axes at 0, and those of the second one's gradient.
CUBIC_PARTIALS = fractions([1, 0])
QUARTIC_PARTIALS = fractions([[0, "1/2"], ["1/2", 0]])  # 0 and 1 off the diagonal: their mean


@claim("eq-28-summary-first")
def eq_28_summary_first(rng: np.random.Generator) -> Iterator[Check]:
    for f, x, h, first, second in functions(rng):
        yield Check(
            stated=first,
            referees={
                "complex step": complex_step(f, x, h),
                "five-point differences": differences(f, x, h),
            },
            wrong={
                "second order kept": first + second / 2,
                "direction scaled to length 1": first / 2,
            },
            table=functools.partial(differential, f, x, h),
        )


@outside("eq-28-summary-first", "f has partial derivatives, and is not differentiable")
def eq_28_summary_first_rough(rng: np.random.Generator) -> Iterator[Check]:
    h, t = rational(rng, 2), abs(rational(rng, 1)[0])
    yield Check(
        stated=CUBIC_PARTIALS @ h,
        referees={
            "walking along h, in fractions": cubic(t * h) / t,
            "polar coordinates": _polar(h, 3, 0),
        },
    )


def _polar(h: Any, k: int, m: int) -> float:
    """cos^k sin^m of the angle of h, times its length to the k + m - 2."""
    angle, length = np.arctan2(float(h[1]), float(h[0])), float(np.hypot(*h.astype(float)))
    return float(length ** (k + m - 2) * np.cos(angle) ** k * np.sin(angle) ** m)


@claim("eq-29-summary-second")
def eq_29_summary_second(rng: np.random.Generator) -> Iterator[Check]:
    for f, x, h, _, second in functions(rng):
        yield Check(
            stated=second,
            referees={
                "circle in the complex plane": circle(f, x, h, 2),
                "second differences": second_difference(f, x, h),
            },
            wrong={"half of it (the Taylor coefficient)": second / 2},
            table=functools.partial(second_derivative, f, x, h),
        )


@outside(
    "eq-29-summary-second", "f has all second partial derivatives, and is not twice differentiable"
)
def eq_29_summary_second_rough(rng: np.random.Generator) -> Iterator[Check]:
    h, t = rational(rng, 2), abs(rational(rng, 1)[0])
    yield Check(
        stated=h @ QUARTIC_PARTIALS @ h,
        referees={
            "second differences in fractions": (quartic(t * h) + quartic(-t * h)) / t**2,
            "polar coordinates": 2 * _polar(h, 3, 1),
        },
    )


@claim("summary-linear")
def summary_linear(rng: np.random.Generator) -> Iterator[Check]:
    A, H, K = regular(rng, 4), normal(rng, 4, 4), normal(rng, 4, 4)
    a, b = rng.uniform(1.5, 2.5), rng.uniform(-3.5, -2.5)
    inv = np.linalg.inv
    Y = inv(A)
    yield Check(
        stated=a * (-Y @ H @ Y) + b * (-Y @ K @ Y),
        referees={
            "complex step": complex_step(inv, A, a * H + b * K),
            "five-point differences": differences(inv, A, a * H + b * K),
        },
        wrong={
            "value counted in": Y - a * Y @ H @ Y - b * Y @ K @ Y,
            "scalars lost": -Y @ H @ Y - Y @ K @ Y,
        },
        table=lambda: differential(inv, A, a * H + b * K),
    )

    # D[h + k] - D[h] - D[k] at 0, with D by walking; only the first function is differentiable.
    in_coordinates = (
        lambda x: 3 * x[0] - 2 * x[1] + x[0] * x[1],
        lambda x: x[0] ** 3 / (x[0] ** 2 + x[1] ** 2),
        lambda x: abs(x[0] + x[1]),
    )
    slope_at_angle = (
        lambda u: 3 * np.cos(u) - 2 * np.sin(u),
        lambda u: np.cos(u) ** 3,
        lambda u: abs(np.cos(u) + np.sin(u)),
    )
    h, k = fractions([1, 0]), fractions([0, -1])

    def walked(f: Callable[[Any], Any], v: Any) -> Any:
        near, nearer = (f(t * v) / t for t in (Fraction(1, 50), Fraction(1, 100)))
        return 2 * nearer - near  # exact where f(tv) is a parabola

    def gap(D: Callable[..., Any], f: Callable[..., Any], *directions: Any) -> Any:
        both, first, second = (D(f, v) for v in directions)
        return both - first - second

    def polar(f: Callable[[float], Any], length_angle: tuple[float, float]) -> Any:
        return length_angle[0] * f(length_angle[1])

    angles = (2**0.5, -np.pi / 4), (1.0, 0.0), (1.0, -np.pi / 2)
    yield Check(
        stated=fractions([0, "-1/2", -2]),
        referees={
            "exact fractions": np.array([gap(walked, f, h + k, h, k) for f in in_coordinates]),
            "polar coordinates": [gap(polar, f, *angles) for f in slope_at_angle],
        },
        wrong={"linear wherever all directional derivatives exist": fractions([0, 0, 0])},
    )


@outside("summary-linear", "f has a derivative along every direction, and is not differentiable")
def summary_linear_rough(rng: np.random.Generator) -> Iterator[Check]:
    h, k, (a, b) = rational(rng, 2), rational(rng, 2), rational(rng, 2)
    t = Fraction(1, int(rng.integers(2, 1000)))
    yield Check(
        stated=a * cubic(h) + b * cubic(k),  # along a line through 0 it is a straight line
        referees={
            "walking, in fractions": cubic(t * (a * h + b * k)) / t,
            "polar coordinates": _polar(a * h + b * k, 3, 0),
        },
    )


@claim("eq-30-summary-gradient")
def eq_30_summary_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, B, X = normal(rng, 4, 4), normal(rng, 3, 3), normal(rng, 4, 3)
    W = positive_definite(rng, 4)

    def f(X: Any) -> Any:
        return np.trace(X.T @ A @ X @ B)

    euclidean = A @ X @ B + A.T @ X @ B.T
    U = np.linalg.cholesky(W).T  # with Z = U X the inner product is the Euclidean one

    def g(Z: Any) -> Any:
        return f(np.linalg.solve(U, Z))

    yield Check(
        stated=np.linalg.solve(W, euclidean),
        referees={
            "complex step": np.linalg.solve(U, partials(g, U @ X)),
            "five-point differences": np.linalg.solve(U, partials(g, U @ X, first=differences)),
        },
        wrong={
            "the Euclidean gradient": euclidean,
            "W in place of its inverse": W @ euclidean,
            "A taken as symmetric": np.linalg.solve(W, 2 * A @ X @ B),
        },
        table=lambda: gradient(f, X, inner=weighted(W)),
    )
    directions = normal(rng, 3, 4, 3)
    G = np.linalg.solve(W, euclidean)
    yield Check(
        stated=[np.trace(G.T @ W @ H) for H in directions],
        referees={
            "complex step": [complex_step(f, X, H) for H in directions],
            "five-point differences": [differences(f, X, H) for H in directions],
        },
        wrong={"another inner product": [np.trace(G.T @ H) for H in directions]},
    )


@outside("eq-30-summary-gradient", "f has partial derivatives, and is not differentiable")
def eq_30_summary_gradient_rough(rng: np.random.Generator) -> Iterator[Check]:
    h, t = rational(rng, 2), abs(rational(rng, 1)[0])
    G = CUBIC_PARTIALS  # no other vector will do along the axes
    yield Check(
        stated=np.sum(G * h),
        referees={
            "walking along h, in fractions": cubic(t * h) / t,
            "polar coordinates": _polar(h, 3, 0),
        },
    )


@outside("eq-30-summary-gradient", "W is not symmetric")
def eq_30_summary_gradient_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A, X, W = normal(rng, 4, 4), normal(rng, 4, 3), positive_definite(rng, 4)
    W = W + 0.2 * np.triu(normal(rng, 4, 4), 1)

    def f(X: Any) -> Any:
        return np.trace(X.T @ A @ X)

    pairing = np.kron(W.T, np.eye(3))  # Tr(G^T W H) = df[H] for each unit H, rows stacked
    yield Check(
        stated=np.linalg.solve(W, (A + A.T) @ X),
        referees={
            "complex step": np.linalg.solve(pairing, partials(f, X).ravel()).reshape(4, 3),
            "five-point differences": np.linalg.solve(
                pairing, partials(f, X, first=differences).ravel()
            ).reshape(4, 3),
        },
    )


@claim("eq-31-summary-hessian")
def eq_31_summary_hessian(rng: np.random.Generator) -> Iterator[Check]:
    A, x, h, k = normal(rng, 4, 4), normal(rng, 4), normal(rng, 4), normal(rng, 4)
    W = positive_definite(rng, 4)

    def f(x: Any) -> Any:
        return np.exp(0.2 * (x @ x)) + x @ A @ x * x[0]

    e = np.exp(0.2 * (x @ x))
    S = A + A.T
    first = np.eye(4)[0]
    euclidean = (
        0.4 * e * np.eye(4)
        + 0.16 * e * np.outer(x, x)
        + S * x[0]
        + np.outer(S @ x, first)
        + np.outer(first, S @ x)
    )
    basis = np.eye(4)
    U = np.linalg.cholesky(W).T  # with z = U x the inner product is the Euclidean one
    z = U @ x

    def g(z: Any) -> Any:
        return f(np.linalg.solve(U, z))

    def operator(find: Callable[..., Any]) -> np.ndarray:
        entries = [[find(basis[i], basis[j]) for j in range(4)] for i in range(4)]
        return np.linalg.solve(U, np.array(entries) @ U)

    def polarised(u: Any, v: Any) -> Any:
        return (second_difference(g, z, u + v) - second_difference(g, z, u - v)) / 4

    R = normal(rng, 4, 4)
    skew = np.linalg.solve(W, R - R.T)  # <skew h, h>_W = 0 for every h
    H = np.linalg.solve(W, euclidean)
    yield Check(
        stated=H,
        referees={
            "differences of the complex step": operator(lambda u, v: mixed_difference(g, z, u, v)),
            "second differences": operator(polarised),
        },
        wrong={
            "a skew part added with the same quadratic form (E24)": H + skew,
            "the Euclidean Hessian": euclidean,
            "half": H / 2,
        },
        table=lambda: hessian(f, x, inner=weighted(W)).matrix(),
        bounds={"differences of the complex step": 1e-6},
    )
    yield Check(  # the quadratic form alone does not reject the skew part; self-adjointness does
        stated=[True, False],
        referees={
            "both orders of the arguments": [
                bool(abs((M @ h) @ W @ k - h @ W @ (M @ k)) < 1e-9) for M in (H, H + skew)
            ],
            "symmetry of W times the operator": [
                bool(np.max(np.abs(W @ M - (W @ M).T)) < 1e-9) for M in (H, H + skew)
            ],
        },
        bounds={"both orders of the arguments": 0.0, "symmetry of W times the operator": 0.0},
        wrong={"every operator with this quadratic form is self-adjoint (E24)": [True, True]},
    )


@outside(
    "eq-31-summary-hessian", "f has all second partial derivatives, and is not twice differentiable"
)
def eq_31_summary_hessian_rough(rng: np.random.Generator) -> Iterator[Check]:
    h, t = rational(rng, 2), abs(rational(rng, 1)[0])
    H = QUARTIC_PARTIALS  # self-adjoint, and right along the axes and as their mixed derivative
    yield Check(
        stated=(H @ h) @ h,
        referees={
            "second differences in fractions": (quartic(t * h) + quartic(-t * h)) / t**2,
            "polar coordinates": 2 * _polar(h, 3, 1),
        },
    )
