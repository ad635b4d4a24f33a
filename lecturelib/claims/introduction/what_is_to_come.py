"""Checks of the claims of the page "A glimpse of what is to come"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import derivative, gradient
from ..algorithms import gram_schmidt, positive_qr
from ..checking import Check, claim, outside
from ..draws import full_rank, normal, regular
from ..referees import complex_step, five_point, partials
from .shared import nonzero


@claim("squared-error-objective")
def squared_error_objective(rng: np.random.Generator) -> Iterator[Check]:
    X, w, y = normal(rng, 7, 3), normal(rng, 3), normal(rng, 7)
    r = X @ w - y
    yield Check(
        stated=r @ r,
        referees={
            "entry by entry": sum(
                (sum(X[i, j] * w[j] for j in range(3)) - y[i]) ** 2 for i in range(7)
            ),
            "square of a difference": w @ (X.T @ X) @ w - 2 * (y @ X @ w) + y @ y,
        },
        wrong={"the mean of the squares": r @ r / 7, "errors added, then squared": np.sum(r) ** 2},
    )


@claim("regression-estimate")
def regression_estimate(rng: np.random.Generator) -> Iterator[Check]:
    X, w = normal(rng, 7, 3), normal(rng, 3)
    yield Check(
        stated=X @ w,
        referees={
            "entry by entry": [sum(X[i, j] * w[j] for j in range(3)) for i in range(7)],
            "columns weighted and added": w[0] * X[:, 0] + w[1] * X[:, 1] + w[2] * X[:, 2],
        },
        wrong={
            "rows read as columns": X.reshape(3, 7).T @ w,
            "columns added without weights": X.sum(axis=1),
        },
    )


@claim("figure-regression-line")
def figure_regression_line(rng: np.random.Generator) -> Iterator[Check]:
    x = np.array(nonzero(rng, 6), dtype=object)
    a0, a1 = nonzero(rng, 2)
    X = np.stack([np.array([Fraction(1)] * 6), x], axis=1)
    yield Check(
        stated=a0 + a1 * x,
        referees={
            "design matrix": X @ np.array([a0, a1]),
            "through two points of the line": np.array(
                [(a0 * (1 - t) + (a0 + a1) * t) for t in x]  # its points at 0 and at 1
            ),
        },
        wrong={
            "column of ones forgotten": a1 * x,
            "coefficients exchanged": X @ np.array([a1, a0]),
        },
    )


@claim("functions-to-differentiate")
def functions_to_differentiate(rng: np.random.Generator) -> Iterator[Check]:
    n = 4
    A, x = regular(rng, n), normal(rng, n)

    def quadratic(x: Any) -> Any:
        return x @ A @ x

    yield Check(
        stated=A @ x + A.T @ x,
        referees={
            "complex step": partials(quadratic, x),
            "five-point differences": partials(quadratic, x, five_point),
        },
        wrong={"2Ax for an A that is not symmetric": 2 * A @ x},
        table=lambda: gradient(quadratic, x),
    )
    det = np.linalg.det
    cofactors = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        cofactors[i, j] = (-1) ** (i + j) * det(np.delete(np.delete(A, i, 0), j, 1))
    yield Check(
        stated=det(A) * np.linalg.inv(A).T,
        referees={"complex step": partials(det, A), "cofactors": cofactors},
        wrong={"transpose forgotten": det(A) * np.linalg.inv(A)},
        table=lambda: gradient(det, A),
    )
    yield Check(
        stated=np.eye(n),
        referees={
            "complex step": partials(np.trace, A),
            "five-point differences": partials(np.trace, A, five_point),
        },
        wrong={"the sum of all entries for the trace": np.ones((n, n))},
        table=lambda: gradient(np.trace, A),
    )
    V = regular(rng, n)
    spectrum = np.array([-2.0, -0.5, 1.0, 2.5])
    B = V @ np.diag(spectrum) @ np.linalg.inv(V)
    k = int(rng.integers(n))
    u, v = np.linalg.inv(V)[k], V[:, k]  # left and right, with u^T v = 1

    place = int(np.argmin(np.abs(np.linalg.eigvals(B) - spectrum[k])))

    def eigenvalue(X: np.ndarray) -> Any:
        values = np.linalg.eigvals(X)
        return values[np.argmin(np.abs(values - spectrum[k]))].real

    # det(x I - B) stays 0 when x follows the eigenvalue: adj(x I - B) : (dx I - dB) = 0.
    shifted = spectrum[k] * np.eye(n) - B
    adjugate = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        adjugate[j, i] = (-1) ** (i + j) * det(np.delete(np.delete(shifted, i, 0), j, 1))
    yield Check(
        stated=np.outer(u, v),
        referees={
            "five-point differences": partials(eigenvalue, B, five_point),
            "characteristic polynomial": adjugate.T / np.trace(adjugate),
        },
        wrong={"right eigenvector on both sides": np.outer(v, v) / (v @ v)},
        table=lambda: gradient(lambda X: np.linalg.eigvals(X)[place], B),
    )


@claim("qr-derivative-announced")
def qr_derivative_announced(rng: np.random.Generator) -> Iterator[Check]:
    X, dX = full_rank(rng, 5, 3), normal(rng, 5, 3)
    Q, R = positive_qr(X)
    S = dX @ np.linalg.inv(R)
    M = Q.T @ S
    L = np.tril(M, -1)
    Omega = L - L.T
    dQ, dR = Q @ Omega + S - Q @ (Q.T @ S), (M - Omega) @ R
    signs = np.sign(np.diag(np.linalg.qr(X)[1]))
    yield Check(
        stated=dQ,
        referees={
            "Gram-Schmidt, complex step": complex_step(lambda X: gram_schmidt(X)[0], X, dX),
            "five-point differences": five_point(lambda X: positive_qr(X)[0], X, dX),
        },
        wrong={
            "part outside the range dropped": Q @ Omega,
            "a product of matrices instead of an operator (E06)": Q @ M,
        },
        table=lambda: derivative(lambda X: np.linalg.qr(X)[0], X)[dX] * signs,
    )
    yield Check(
        stated=dR,
        referees={
            "Gram-Schmidt, complex step": complex_step(lambda X: gram_schmidt(X)[1], X, dX),
            "Cholesky factor of the Gram matrix": five_point(
                lambda X: np.linalg.cholesky(X.T @ X).T, X, dX
            ),
        },
        wrong={"Q held constant": Q.T @ dX},
        table=lambda: derivative(lambda X: np.linalg.qr(X)[1], X)[dX] * signs[:, None],
        bounds={"Cholesky factor of the Gram matrix": 1e-7},  # five-point differences
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("squared-error-objective", "the norm is the sum of the absolute values")
def squares_of_another_norm(rng: np.random.Generator) -> Iterator[Check]:
    X, w, y = normal(rng, 7, 3), normal(rng, 3), normal(rng, 7)
    yield Check(
        stated=np.sum((X @ w - y) ** 2),
        referees={
            "entry by entry": sum(
                abs(sum(X[i, j] * w[j] for j in range(3)) - y[i]) for i in range(7)
            )
            ** 2
        },
    )


@outside("figure-regression-line", "the first column is made of twos")
def line_through_twos(rng: np.random.Generator) -> Iterator[Check]:
    x = np.array(nonzero(rng, 6), dtype=object)
    a0, a1 = nonzero(rng, 2)
    X = np.stack([np.array([Fraction(2)] * 6), x], axis=1)
    yield Check(stated=a0 + a1 * x, referees={"design matrix": X @ np.array([a0, a1])})


@outside("functions-to-differentiate", "the eigenvalue is double")
def slope_of_a_double_eigenvalue(rng: np.random.Generator) -> Iterator[Check]:
    a, b, c = rng.uniform(1, 2, 3)
    H, t = np.array([[a, b], [b, c]]), 2.0**-20
    u = v = np.array([1.0, 0.0])  # eigenvectors of I, with u^T v = 1
    yield Check(
        stated=u @ H @ v,  # and the largest eigenvalue of I + tH is 1 + t times that of H
        referees={
            "quotient": (np.linalg.eigvalsh(np.eye(2) + t * H)[-1] - 1) / t,
            "zero of the polynomial": (a + c) / 2 + np.hypot((a - c) / 2, b),
        },
    )


@outside("functions-to-differentiate", "the eigenvectors are scaled to u^T v = 2")
def eigenvectors_of_another_scale(rng: np.random.Generator) -> Iterator[Check]:
    V = regular(rng, 3)
    A = V @ np.diag([-2.0, 0.5, 2.5]) @ np.linalg.inv(V)
    u, v = 2 * np.linalg.inv(V)[2], V[:, 2]

    def largest(X: np.ndarray) -> Any:
        return np.max(np.linalg.eigvals(X).real)

    yield Check(
        stated=np.outer(u, v),
        referees={"five-point differences": partials(largest, A, five_point)},
    )


def _rates(X: Any, dX: Any, Q: Any, R: Any) -> Any:
    """What is stated of dQ."""
    S = dX @ np.linalg.inv(R)
    L = np.tril(Q.T @ S, -1)
    return Q @ (L - L.T) + S - Q @ (Q.T @ S)


@outside("qr-derivative-announced", "R is symmetric, not triangular")
def polar_factors(rng: np.random.Generator) -> Iterator[Check]:
    X, dX = full_rank(rng, 5, 3), normal(rng, 5, 3)

    def factor(X: Any) -> Any:
        left, _, right = np.linalg.svd(X, full_matrices=False)
        return left @ right

    Q = factor(X)
    yield Check(
        stated=_rates(X, dX, Q, Q.T @ X),
        referees={"five-point differences": five_point(factor, X, dX, 2.0**-12)},
    )


@outside("qr-derivative-announced", "the columns of Q have the length 2")
def columns_of_another_length(rng: np.random.Generator) -> Iterator[Check]:
    X, dX = full_rank(rng, 5, 3), normal(rng, 5, 3)
    Q, R = positive_qr(X)
    yield Check(
        stated=_rates(X, dX, 2 * Q, R / 2),
        referees={
            "Gram-Schmidt, complex step": complex_step(lambda X: 2 * gram_schmidt(X)[0], X, dX),
            "five-point differences": five_point(lambda X: 2 * positive_qr(X)[0], X, dX, 2.0**-12),
        },
    )
