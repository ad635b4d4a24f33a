"""Checks of the claims of the page "The Gaussian likelihood"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import gradient, hessian
from ...spaces import lower_triangular, symmetric
from ..checking import Check, claim, outside
from ..draws import (
    full_rank,
    normal,
    orthogonal,
    positive_definite,
    rational,
    regular,
    signed,
    skew,
)
from ..draws import symmetric as symmetric_draw
from ..referees import circle, complex_step, five_point, partials, second_difference
from .shared import Array, bent, exact_rank, hessian_matrix, sym, symmetric_partials

inv, det = np.linalg.inv, np.linalg.det

#: The size of a sample, and how many samples.
SIZE, SAMPLES = 3, 7


def log_likelihood(mean: Any, covariance: Any, X: Any) -> Any:
    """The logarithm of the product of the densities, without the constant; analytic code."""
    R = X - mean[:, None]
    N = X.shape[1]
    return -N * np.log(det(covariance)) / 2 - np.sum(R * (inv(covariance) @ R)) / 2


def summed(mean: Any, covariance: Any, X: Any) -> Any:
    """The same, sample by sample, by the eigenvalues of the covariance."""
    values, V = np.linalg.eigh(covariance)
    total = 0.0
    for x in X.T:
        total -= np.sum(np.log(values) + (V.T @ (x - mean)) ** 2 / values) / 2
    return total


def given(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Samples in columns, a mean and a covariance that are not theirs."""
    return full_rank(rng, SIZE, SAMPLES), normal(rng, SIZE) / 2, positive_definite(rng, SIZE)


@claim("gaussian-mean")
def gaussian_mean(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, S = given(rng)

    def f(m: Any) -> Any:
        return log_likelihood(m, S, X)

    K, total = inv(S), (X - mean[:, None]).sum(axis=1)
    yield Check(
        stated=K @ total,
        referees={
            "complex step": partials(f, mean),
            "five-point differences": partials(lambda m: summed(m, S, X), mean, five_point),
        },
        wrong={
            "the mean deviation for the sum": K @ total / SAMPLES,
            "covariance for precision": S @ total,
            "factor 2": 2 * K @ total,
            "sign": -K @ total,
        },
        table=lambda: gradient(f, mean),
    )
    yield Check(
        stated=-SAMPLES * K,
        referees={
            "circle in the complex plane": hessian_matrix(f, mean, bent),
            "five-point differences": hessian_matrix(f, mean),
        },
        wrong={"N forgotten": -K, "sign": SAMPLES * K, "covariance": -SAMPLES * S},
        table=lambda: hessian(f, mean).matrix(),
    )
    start, other = normal(rng, SIZE), normal(rng, SIZE)
    yield Check(  # one Newton step from anywhere; two covariances
        stated=np.stack([X.mean(axis=1)] * 2),
        referees={
            "Newton's step by differences": [
                start - np.linalg.solve(hessian_matrix(g, start), partials(g, start))
                for g in (f, lambda m: log_likelihood(m, S @ S, X))
            ],
            "line searches": [line_searches(g, other) for g in
                              (f, lambda m: log_likelihood(m, S @ S, X))],
        },
        wrong={"sum for mean": np.stack([X.sum(axis=1)] * 2),
               "divided by N - 1": np.stack([X.sum(axis=1) / (SAMPLES - 1)] * 2)},
        bounds={"Newton's step by differences": 1e-6, "line searches": 1e-7},
    )  # fmt: skip


def skewed(rng: np.random.Generator) -> Array:
    """Positive definite, but for a skew part."""
    return positive_definite(rng, SIZE) + skew(rng, SIZE) / 4


@outside("gaussian-mean", "Sigma is not symmetric")
def gaussian_mean_skewed(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, _ = given(rng)
    S = skewed(rng)
    yield Check(
        stated=inv(S) @ (X - mean[:, None]).sum(axis=1),
        referees={"complex step": partials(lambda m: log_likelihood(m, S, X), mean)},
    )


def line_searches(f: Callable[[Any], Any], x: Array) -> Array:
    """The maximum of a quadratic function, by exact line searches along conjugate directions."""
    directions: list[Array] = []
    for e in np.eye(len(x)):
        d = e
        for other in directions:
            d = d - other * bent(f, x, e, other) / circle(f, x, other, 2)
        directions.append(d)
        values = [f(x - d), f(x), f(x + d)]
        x = x - d * (values[2] - values[0]) / 2 / (values[0] - 2 * values[1] + values[2])
    return x


@claim("gaussian-covariance")
def gaussian_covariance(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, S = given(rng)
    R = X - mean[:, None]
    K, C = inv(S), R @ R.T
    G = (K @ C @ K - SAMPLES * K) / 2

    def f(S: Any) -> Any:
        return log_likelihood(mean, S, X)

    yield Check(
        stated=G,
        referees={
            "complex step": symmetric_partials(f, S, complex_step),
            "five-point differences": symmetric_partials(
                lambda S: summed(mean, S, X), S, five_point
            ),
        },
        wrong={
            "2G - diag G, as the Matrix Cookbook has it": 2 * G - np.diag(np.diag(G)),
            "factor 1/2 forgotten": 2 * G,
            "N forgotten": (K @ C @ K - K) / 2,
            "one inverse lost": (sym(K @ C) - SAMPLES * K) / 2,
            "sign": -G,
        },
        table=lambda: gradient(f, S, inner=symmetric),
    )


@outside("gaussian-covariance", "Sigma is not symmetric")
def gaussian_covariance_skewed(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, _ = given(rng)
    S = skewed(rng)
    K, R = inv(S), X - mean[:, None]
    yield Check(
        stated=(K @ R @ R.T @ K - SAMPLES * K) / 2,
        referees={"complex step": partials(lambda S: log_likelihood(mean, S, X), S)},
    )


@claim("gaussian-precision")
def gaussian_precision(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, P = given(rng)
    R = X - mean[:, None]
    C = R @ R.T

    def f(P: Any) -> Any:
        return SAMPLES * np.log(det(P)) / 2 - np.sum(R * (P @ R)) / 2

    G = (SAMPLES * inv(P) - C) / 2
    yield Check(
        stated=G,
        referees={
            "complex step": symmetric_partials(f, P, complex_step),
            "five-point differences": symmetric_partials(
                lambda P: summed(mean, inv(P), X), P, five_point
            ),
        },
        wrong={
            "2G - diag G, as the Matrix Cookbook has it": 2 * G - np.diag(np.diag(G)),
            "the gradient by the covariance": (P @ C @ P - SAMPLES * P) / 2,
            "N forgotten": (inv(P) - C) / 2,
            "sign": -G,
        },
        table=lambda: gradient(f, P, inner=symmetric),
    )
    directions = [symmetric_draw(rng, SIZE) / 2 for _ in range(3)]
    K = inv(P)
    yield Check(
        stated=[-SAMPLES * np.trace(K @ H @ K @ H) / 2 for H in directions],
        referees={
            "circle in the complex plane": [circle(f, P, H, 2) for H in directions],
            "second differences": [second_difference(f, P, H) for H in directions],
        },
        wrong={
            "N forgotten": [-np.trace(K @ H @ K @ H) / 2 for H in directions],
            "squared trace": [-SAMPLES * np.trace(K @ H) ** 2 / 2 for H in directions],
            "linear, as the second term": [0.0 for _ in directions],
        },
        table=lambda: [np.sum(H * hessian(f, P)[H]) for H in directions],
        bounds={"second differences": 1e-5},
    )
    # One number a sample: on both sides of the point of inflection, in the variance.
    s = float(rng.uniform(0.5, 2.0))
    places = s * np.array([0.5, 1.0, 1.9, 2.1, 3.0])

    def in_variance(v: Any) -> Any:
        return -SAMPLES * (np.log(v) + s / v) / 2

    bends = {
        "circle in the complex plane": [circle(in_variance, v, s / 2, 2) < 0 for v in places],
        "second differences": [second_difference(in_variance, v, s / 8) < 0 for v in places],
    }
    yield Check(
        stated=[True, True, True, False, False],
        referees={name: [bool(b) for b in found] for name, found in bends.items()},
        wrong={"concave in the covariance, too": [True] * 5,
               "up to the maximum only": [True, False, False, False, False]},
    )  # fmt: skip


@outside("gaussian-precision", "Lambda is not symmetric")
def gaussian_precision_skewed(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, _ = given(rng)
    P, R = skewed(rng), X - mean[:, None]
    yield Check(
        stated=(SAMPLES * inv(P) - R @ R.T) / 2,
        referees={"complex step": partials(lambda P: log_likelihood(mean, inv(P), X), P)},
    )


@claim("gaussian-cholesky")
def gaussian_cholesky(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, S = given(rng)
    L = np.linalg.cholesky(S)
    R = X - mean[:, None]
    K, C = inv(S), R @ R.T

    def f(L: Any) -> Any:
        return log_likelihood(mean, L @ L.T, X)

    def by_triangles(L: Any) -> Any:
        return -SAMPLES * np.sum(np.log(np.diag(L))) - np.sum((inv(L) @ R) ** 2) / 2

    diagonal = np.diag(1 / np.diag(L))
    G = np.tril(K @ C @ inv(L).T) - SAMPLES * diagonal
    full = K @ C @ inv(L).T - SAMPLES * inv(L).T
    yield Check(
        stated=G,
        referees={
            "complex step": np.tril(partials(f, L)),
            "five-point differences": np.tril(partials(by_triangles, L, five_point)),
        },
        wrong={
            "not projected": full,
            "half of it": G / 2,
            "the gradient by the covariance times L": np.tril((K @ C @ K - SAMPLES * K) @ L) / 2,
            "N times the inverse, its lower triangle": np.tril(K @ C @ inv(L).T) - SAMPLES * inv(L),
        },
        table=lambda: gradient(f, L, inner=lower_triangular),
    )
    yield Check(  # the two forms, and the determinant
        stated=[*G[np.tril_indices(SIZE)], 2 * np.sum(np.log(np.diag(L)))],
        referees={
            "by the covariance": [
                *(2 * (K @ C @ K - SAMPLES * K) / 2 @ L)[np.tril_indices(SIZE)],
                np.linalg.slogdet(S)[1],
            ],
            "eigenvalues": [
                *np.tril(partials(lambda L: summed(mean, L @ L.T, X), L, five_point))[
                    np.tril_indices(SIZE)
                ],
                np.sum(np.log(np.linalg.eigvalsh(S))),
            ],
        },
        wrong={
            "factor 2 of the logarithms": [*G[np.tril_indices(SIZE)], np.sum(np.log(np.diag(L)))],
        },
        bounds={"eigenvalues": 1e-7},
    )


@outside("gaussian-cholesky", "L is not triangular")
def gaussian_cholesky_full(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, S = given(rng)
    L = np.linalg.cholesky(S) @ orthogonal(rng, SIZE)  # a factor of the same covariance
    R = X - mean[:, None]
    full = inv(S) @ R @ R.T @ inv(L).T
    yield Check(
        stated=np.tril(full) - SAMPLES * np.diag(1 / np.diag(L)),
        referees={"complex step": np.tril(partials(lambda L: log_likelihood(mean, L @ L.T, X), L))},
    )


def excess(M: Any) -> Any:
    return np.trace(M) - np.log(det(M)) - len(M)


@claim("trace-minus-logdet")
def trace_minus_logdet(rng: np.random.Generator) -> Iterator[Check]:
    A, B = positive_definite(rng, SIZE), positive_definite(rng, SIZE)
    roots = np.linalg.eigvals(np.linalg.solve(A, B)).real
    L = np.linalg.cholesky(A)
    inside = inv(L) @ B @ inv(L).T
    yield Check(
        stated=[excess(np.linalg.solve(A, B)), excess(np.eye(SIZE)), excess(B)],
        referees={
            "eigenvalues": [
                np.sum(roots - np.log(roots) - 1),
                0.0,
                np.sum(np.linalg.eigvalsh(B) - np.log(np.linalg.eigvalsh(B)) - 1),
            ],
            "the integral of (s - 1)/s along each": [
                sum(between(r) for r in np.linalg.eigvalsh(inside)),
                0.0,
                sum(between(r) for r in np.linalg.eigvalsh(B)),
            ],
        },
        wrong={
            "log of the trace": [
                np.trace(M) - np.log(np.trace(M)) - SIZE
                for M in (np.linalg.solve(A, B), np.eye(SIZE), B)
            ],
            "n forgotten": [excess(M) + SIZE for M in (np.linalg.solve(A, B), np.eye(SIZE), B)],
        },
    )
    # A positive determinant alone: a half turn beside a number.
    turn = regular(rng, SIZE)
    half = turn @ np.diag([-1.0, -1.0, 1.0]) @ inv(turn)
    scaled = [positive_definite(rng, SIZE), half]
    signs = {
        "values": [bool(np.trace(M) - np.linalg.slogdet(M)[1] - SIZE >= 0) for M in scaled],
        "eigenvalues": [
            bool(np.sum(np.real(w - np.log(w.astype(complex)) - 1)) >= 0)
            for w in map(np.linalg.eigvals, scaled)
        ],
    }
    yield Check(
        stated=[True, False],
        referees=signs,
        wrong={"wherever det > 0": [True, True]},
    )

    shear = [np.eye(2), np.array([[1.0, 1.0], [0.0, 1.0]]), B]
    zero = {
        "values": [bool(abs(excess(M)) < 1e-9) for M in shear],
        "eigenvalues": [bool(np.ptp([*np.linalg.eigvals(M).real, 1.0]) < 1e-6) for M in shear],
    }
    yield Check(  # where the left side is zero
        stated=[True, True, False],
        referees=zero,
        wrong={"at the identity only, for every M": [True, False, False]},
    )


@outside("trace-minus-logdet", "two eigenvalues are negative, and the determinant is positive")
def trace_minus_logdet_turned(rng: np.random.Generator) -> Iterator[Check]:
    P = regular(rng, SIZE)
    M = P @ np.diag([-1.0, -1.0, 1.0]) @ inv(P)
    yield Check(stated=[True], referees={"values": [bool(excess(M) >= 0)]})


@outside("trace-minus-logdet", "M is not diagonalisable")
def trace_minus_logdet_sheared(rng: np.random.Generator) -> Iterator[Check]:
    M = np.array([[1.0, float(signed(rng, 0.5, 2.0))], [0.0, 1.0]])
    zero = bool(abs(excess(M)) < 1e-9)
    yield Check(  # zero only for the identity
        stated=[bool(np.allclose(M, np.eye(2)))], referees={"values": [zero]}
    )


def between(r: float) -> float:
    """r - log r - 1, as the integral of 1 - 1/s from 1 to r, never negative."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    s = 1 + (r - 1) * (nodes + 1) / 2
    return float(np.sum(weights * (1 - 1 / s)) * (r - 1) / 2)


@claim("gaussian-maximum")
def gaussian_maximum(rng: np.random.Generator) -> Iterator[Check]:
    X, mean, S = given(rng)
    best = X.mean(axis=1)
    R = X - best[:, None]
    C = R @ R.T / SAMPLES
    found = climbed(X)
    roots = np.linalg.cholesky(C)
    yield Check(
        stated=np.vstack([best, C]),
        referees={
            "scoring steps by differences": found,
            "the mean of pairs": np.vstack([best, pairs(X)]),
        },
        wrong={
            "divided by N - 1": np.vstack([best, C * SAMPLES / (SAMPLES - 1)]),
            "not centred": np.vstack([best, X @ X.T / SAMPLES]),
            "divided by N + 1": np.vstack([best, C * SAMPLES / (SAMPLES + 1)]),
        },
        bounds={"scoring steps by differences": 1e-5},
    )
    # How far below, at three other places: the statement, and two evaluations.
    places = [(mean, S), (best, S), (mean, C)]
    shift = [(best - m) @ inv(T) @ (best - m) for m, T in places]
    below = [
        SAMPLES * (excess(np.linalg.solve(T, C)) + s) / 2
        for (_, T), s in zip(places, shift, strict=True)
    ]
    top = log_likelihood(best, C, X)
    yield Check(
        stated=below,
        referees={
            "the difference of the values": [top - log_likelihood(m, T, X) for m, T in places],
            "sample by sample": [summed(best, roots @ roots.T, X) - summed(m, T, X)
                                 for m, T in places],
        },
        wrong={
            "the other way round": [
                SAMPLES * (excess(np.linalg.solve(C, T)) + s) / 2
                for (_, T), s in zip(places, shift, strict=True)
            ],
            "the mean does not matter": [
                SAMPLES * excess(np.linalg.solve(T, C)) / 2 for _, T in places
            ],
            "N forgotten": [b / SAMPLES for b in below],
        },
    )  # fmt: skip
    # As many samples as numbers in one: the covariance of the samples is singular.
    singular: dict[str, list[bool]] = {"values along a sequence": [], "rank in fractions": []}
    for N in (SIZE + 1, SIZE):
        Y = rational(rng, SIZE, N)
        centred = Y - Y.sum(axis=1)[:, None] / N
        values = []
        floats = np.array(centred, dtype=float)
        for k in range(0, 9, 2):
            T = floats @ floats.T / N + 10.0**-k * np.eye(SIZE)
            values.append(log_likelihood(np.zeros(SIZE), T, floats))
        singular["values along a sequence"].append(bool(values[-1] - values[-2] < 1.0))
        singular["rank in fractions"].append(exact_rank(centred) == SIZE)
    yield Check(
        stated=[True, False],
        referees=singular,
        wrong={"always a maximum": [True, True], "for N >= n": [True, True]},
    )


@outside("gaussian-maximum", "the covariance of the samples is singular")
def gaussian_no_maximum(rng: np.random.Generator) -> Iterator[Check]:
    X = normal(rng, SIZE, SIZE)
    best = X.mean(axis=1)
    R = X - best[:, None]
    values = [
        log_likelihood(best, R @ R.T / SIZE + 10.0**-k * np.eye(SIZE), X) for k in range(0, 9, 2)
    ]
    yield Check(stated=[True], referees={"values along a sequence": [values[-1] < values[-2] + 1]})


def pairs(X: Array) -> Array:
    """The covariance from the differences of all pairs of samples."""
    N = X.shape[1]
    return sum(np.outer(x - y, x - y) for x in X.T for y in X.T) / (2 * N * N)


def climbed(X: Array) -> Array:
    """Mean and covariance where the derivatives vanish, by steps that use differences only."""
    n, N = X.shape
    mean, S = np.zeros(n), np.eye(n)
    for _ in range(60):
        g = partials(lambda m: log_likelihood(m, S, X), mean, five_point)  # noqa: B023
        mean = mean + S @ g / N
        G = symmetric_partials(lambda T: log_likelihood(mean, T, X), S, complex_step)  # noqa: B023
        S = sym(S + S @ G @ S / N)  # half of the step that would arrive
    return np.vstack([mean, S])


# -- Two Gaussians --------------------------------------------------------------------------------


def divergence(m0: Any, S0: Any, m1: Any, S1: Any) -> Any:
    """As it is stated."""
    K, d = inv(S1), m1 - m0
    return (np.trace(K @ S0) - np.log(det(K @ S0)) - len(m0) + d @ K @ d) / 2


def log_density(x: Any, mean: Any, S: Any) -> Any:
    r = x - mean
    return -(len(mean) * np.log(2 * np.pi) + np.log(det(S)) + r @ inv(S) @ r) / 2


def two(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    return (
        normal(rng, SIZE), positive_definite(rng, SIZE),
        normal(rng, SIZE), positive_definite(rng, SIZE),
    )  # fmt: skip


def by_quadrature(m0: Array, S0: Array, m1: Array, S1: Array) -> float:
    """The integral of p_0 log (p_0 / p_1), by three points of Gauss and Hermite a dimension."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    L, total = np.linalg.cholesky(S0), 0.0
    for index in np.ndindex(*(3,) * len(m0)):
        x = m0 + L @ nodes[list(index)]
        weight = np.prod(weights[list(index)]) / np.sqrt(2 * np.pi) ** len(m0)
        total += weight * (log_density(x, m0, S0) - log_density(x, m1, S1))
    return total


def by_sigma_points(m0: Any, S0: Any, m1: Any, S1: Any) -> Any:
    """The mean of log p_0 - log p_1 over 2n points with the mean and covariance of p_0.

    Its covariance root is the symmetric one, so that the code needs no triangle.
    """
    values, V = np.linalg.eigh(S0)
    n = len(m0)
    columns = V * np.sqrt(n * values)
    points = [m0 + s * c for c in columns.T for s in (-1, 1)]
    return sum(log_density(x, m0, S0) - log_density(x, m1, S1) for x in points) / (2 * n)


@claim("gaussian-kl")
def gaussian_kl(rng: np.random.Generator) -> Iterator[Check]:
    m0, S0, m1, S1 = two(rng)
    cases = [(m0, S0, m1, S1), (m1, S1, m0, S0), (m0, S0, m0, S1), (m0, S0, m0, S0)]
    stated = [divergence(*case) for case in cases]
    yield Check(
        stated=[
            (np.trace(inv(B) @ A) - np.log(det(inv(B) @ A)) - SIZE + (b - a) @ inv(B) @ (b - a)) / 2
            for a, A, b, B in cases
        ],
        referees={
            "quadrature": [by_quadrature(*case) for case in cases],
            "mean over sigma points": [by_sigma_points(*case) for case in cases],
        },
        wrong={
            "the two exchanged": [stated[1], stated[0], divergence(m0, S1, m0, S0), stated[3]],
            "the half forgotten": [2 * value for value in stated],
            "n forgotten": [value + SIZE / 2 for value in stated],
            "no term for the means": [divergence(a, A, a, B) for a, A, _, B in cases],
        },
    )
    yield Check(
        stated=[True, True, True, False],  # positive, and for equal ones not
        referees={
            "quadrature": [by_quadrature(*case) > 1e-6 for case in cases],
            "mean over sigma points": [bool(by_sigma_points(*case) > 1e-6) for case in cases],
        },
        wrong={"equal means are enough": [True, True, False, False]},
    )


@claim("gaussian-kl-gradients")
def gaussian_kl_gradients(rng: np.random.Generator) -> Iterator[Check]:
    m0, S0, m1, S1 = two(rng)
    d, K0, K1 = m1 - m0, inv(S0), inv(S1)

    def analytic(m0: Any, S0: Any, m1: Any, S1: Any) -> Any:
        """The mean of the logarithm of p_0 / p_1 over points m_0 + L z, in analytic code."""
        second = S0 + np.outer(m0 - m1, m0 - m1)
        own = -(SIZE + np.log(det(S0))) / 2
        return own + (np.log(det(S1)) + np.sum(inv(S1).T * second)) / 2

    def each(f: Callable[..., Any], first: Callable[..., Any]) -> Array:
        return np.vstack(
            [
                partials(lambda m: f(m, S0, m1, S1), m0, first),
                symmetric_partials(lambda S: f(m0, S, m1, S1), S0, first),
                partials(lambda m: f(m0, S0, m, S1), m1, first),
                symmetric_partials(lambda S: f(m0, S0, m1, S), S1, first),
            ]
        )

    by_first, by_second = (K1 - K0) / 2, (K1 - K1 @ (S0 + np.outer(d, d)) @ K1) / 2
    yield Check(
        stated=np.vstack(
            [
                -K1 @ (m1 - m0),
                (K1 - K0) / 2,
                K1 @ (m1 - m0),
                (K1 - K1 @ (S0 + np.outer(d, d)) @ K1) / 2,
            ]
        ),
        referees={
            "complex step": each(analytic, complex_step),
            "five-point differences": each(by_sigma_points, five_point),
        },
        wrong={
            "the outer product of the means forgotten": np.vstack(
                [-K1 @ d, by_first, K1 @ d, (K1 - K1 @ S0 @ K1) / 2]
            ),
            "sign of the first mean": np.vstack([K1 @ d, by_first, K1 @ d, by_second]),
            "2G - diag G, as the Matrix Cookbook has it": np.vstack(
                [-K1 @ d, 2 * by_first - np.diag(np.diag(by_first)), K1 @ d, by_second]
            ),
            "the half forgotten": np.vstack([-K1 @ d, 2 * by_first, K1 @ d, 2 * by_second]),
        },
        table=lambda: np.vstack(
            [
                gradient(lambda m: divergence(m, S0, m1, S1), m0),
                gradient(lambda S: divergence(m0, S, m1, S1), S0, inner=symmetric),
                gradient(lambda m: divergence(m0, S0, m, S1), m1),
                gradient(lambda S: divergence(m0, S0, m1, S), S1, inner=symmetric),
            ]
        ),
    )


# -- A correction of low rank ---------------------------------------------------------------------


def expansion(A: Any) -> Any:
    """The determinant by expansion along the first row; exact for fractions."""
    if len(A) == 1:
        return A[0, 0]
    minors = [expansion(np.delete(A[1:], j, axis=1)) for j in range(len(A))]
    return sum((-1) ** j * A[0, j] * minor for j, minor in enumerate(minors))


def eliminated(A: Any) -> Any:
    """The determinant by elimination; exact for fractions."""
    A, result = np.array(A, dtype=object), Fraction(1)
    for j in range(len(A)):
        pivots = [i for i in range(j, len(A)) if A[i, j]]
        if not pivots:
            return Fraction(0)
        if pivots[0] != j:
            A[[j, pivots[0]]], result = A[[pivots[0], j]], -result
        result *= A[j, j]
        for i in range(j + 1, len(A)):
            A[i] = A[i] - Fraction(A[i, j]) / A[j, j] * A[j]
    return result


def exact_inverse(A: Any) -> Any:
    """By Gauss and Jordan, in fractions."""
    n = len(A)
    work = np.hstack([np.array(A, dtype=object), np.array(np.eye(n, dtype=int), dtype=object)])
    for j in range(n):
        pivot = next(i for i in range(j, n) if work[i, j])
        work[[j, pivot]] = work[[pivot, j]]
        work[j] = work[j] / Fraction(work[j, j])
        for i in range(n):
            if i != j:
                work[i] = work[i] - work[i, j] * work[j]
    return work[:, n:]


@claim("determinant-lemma")
def determinant_lemma(rng: np.random.Generator) -> Iterator[Check]:
    n, k = 4, 2
    A, U, V = rational(rng, n, n), rational(rng, n, k), rational(rng, n, k)
    C = rational(rng, k, k)
    flat = C.copy()
    flat[1] = 2 * flat[0]  # singular
    K, I = exact_inverse(A), np.array(np.eye(k, dtype=int), dtype=object)
    both = [C, flat]
    yield Check(
        stated=[expansion(A) * expansion(I + B @ V.T @ K @ U) for B in both],
        referees={
            "exact fractions": [eliminated(A + U @ B @ V.T) for B in both],
            "a block matrix": [blocks(A, U @ B, V) for B in both],
        },
        wrong={
            "C forgotten": [expansion(A) * expansion(I + V.T @ K @ U) for _ in both],
            "a sum of determinants": [expansion(A) + expansion(B @ V.T @ U) for B in both],
            "A for its inverse": [expansion(A) * expansion(I + B @ V.T @ A @ U) for B in both],
            "U and V exchanged": [expansion(A) * expansion(I + B @ U.T @ K @ V) for B in both],
        },
        bounds={"a block matrix": 0.0},
    )


def blocks(A: Any, U: Any, V: Any) -> Any:
    """The determinant of [[I, -V^T], [U, A]], which elimination turns into both sides."""
    k = U.shape[1]
    I = np.array(np.eye(k, dtype=int), dtype=object)
    return eliminated(np.vstack([np.hstack([I, -V.T]), np.hstack([U, A])]))


@claim("woodbury")
def woodbury(rng: np.random.Generator) -> Iterator[Check]:
    n, k = 4, 2
    A, U, V, C = (rational(rng, *shape) for shape in ((n, n), (n, k), (n, k), (k, k)))
    K = exact_inverse(A)
    inner = exact_inverse(C) + V.T @ K @ U
    right = K - K @ U @ exact_inverse(inner) @ V.T @ K
    whole = A + U @ C @ V.T
    yield Check(
        stated=right,
        referees={
            "exact fractions": exact_inverse(whole),
            "an equation with an unknown more": by_elimination(A, U, V, C),
        },
        wrong={
            "C for its inverse": K - K @ U @ exact_inverse(C + V.T @ K @ U) @ V.T @ K,
            "plus": 2 * K - right,
            "a sum of inverses": K + U @ exact_inverse(C) @ V.T,
        },
        bounds={"an equation with an unknown more": 0.0},
    )
    # On the edge: C such that the sum is singular, and a little beside it.
    u, v = U[:, :1], V[:, :1]
    c = -1 / (v.T @ K @ u)[0, 0]
    found: dict[str, list[bool]] = {"the large matrix": [], "the small matrix": []}
    for value in (c, c + 1):
        found["the large matrix"].append(bool(eliminated(A + value * u @ v.T) != 0))
        found["the small matrix"].append(bool(1 / value + (v.T @ K @ u)[0, 0] != 0))
    yield Check(
        stated=[False, True],
        referees=found,
        wrong={"wherever A and C are invertible": [True, True]},
    )


def by_elimination(A: Any, U: Any, V: Any, C: Any) -> Any:
    """The upper left block of the inverse of [[A, U], [V^T, -C^-1]]."""
    n = len(A)
    whole = np.vstack([np.hstack([A, U]), np.hstack([V.T, -exact_inverse(C)])])
    return exact_inverse(whole)[:n, :n]


@claim("low-rank-logdet")
def low_rank_logdet(rng: np.random.Generator) -> Iterator[Check]:
    n, k = 4, 2
    A, C, U = positive_definite(rng, n), positive_definite(rng, k), normal(rng, n, k) / 2
    K = inv(A)
    S = A + U @ C @ U.T
    small = inv(inv(C) + U.T @ K @ U)

    def f(A: Any, U: Any, C: Any) -> Any:
        return np.log(det(A + U @ C @ U.T))

    def by_eigenvalues(A: Any, U: Any, C: Any) -> Any:
        return np.sum(np.log(np.linalg.eigvalsh(A + U @ C @ U.T)))

    def packed(g: Callable[..., Any], first: Callable[..., Any]) -> Array:
        return np.concatenate(
            [
                partials(lambda U: g(A, U, C), U, first).ravel(),
                symmetric_partials(lambda C: g(A, U, C), C, first).ravel(),
                symmetric_partials(lambda A: g(A, U, C), A, first).ravel(),
            ]
        )

    def answer(by_u: Array, by_c: Array, by_a: Array) -> Array:
        return np.concatenate([by_u.ravel(), by_c.ravel(), by_a.ravel()])

    by_c, by_a = U.T @ inv(S) @ U, inv(S)
    for by_u in (2 * inv(S) @ U @ C, 2 * K @ U @ small):
        yield Check(
            stated=answer(by_u, by_c, by_a),
            referees={
                "complex step": packed(f, complex_step),
                "five-point differences": packed(by_eigenvalues, five_point),
            },
            wrong={
                "factor 2 forgotten": answer(by_u / 2, by_c, by_a),
                "the inverse of A for that of the sum": answer(2 * K @ U @ C, by_c, by_a),
                "C not taken along": answer(2 * inv(S) @ U, by_c, by_a),
                "2G - diag G, as the Matrix Cookbook has it": answer(
                    by_u, by_c, 2 * by_a - np.diag(np.diag(by_a))
                ),
            },
            table=lambda: answer(
                gradient(lambda U: f(A, U, C), U),
                gradient(lambda C: f(A, U, C), C, inner=symmetric),
                gradient(lambda A: f(A, U, C), A, inner=symmetric),
            ),
        )
    # Beside the condition: neither A nor C symmetric.
    A2, C2 = A + normal(rng, n, n) / 4, C + normal(rng, k, k) / 4
    T = inv(A2 + U @ C2 @ U.T)
    yield Check(
        stated=T.T @ U @ C2.T + T @ U @ C2,
        referees={
            "complex step": partials(lambda U: f(A2, U, C2), U),
            "five-point differences": partials(lambda U: f(A2, U, C2), U, five_point),
        },
        wrong={"the symmetric formula": 2 * T @ U @ C2, "transposed twice": 2 * T.T @ U @ C2.T},
        table=lambda: gradient(lambda U: f(A2, U, C2), U),
    )


@outside("low-rank-logdet", "A is not symmetric")
def low_rank_logdet_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A, C, U = positive_definite(rng, 4), positive_definite(rng, 2), normal(rng, 4, 2)
    A = A + skew(rng, 4) / 4
    yield Check(
        stated=2 * inv(A + U @ C @ U.T) @ U @ C,
        referees={
            "complex step": partials(lambda U: np.log(det(A + U @ C @ U.T)), U),
        },
    )
