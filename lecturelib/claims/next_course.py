"""Checks of the claims of chapter 5: factorisations, eigenvectors, exp, Newton, adjoints.

Most referees here differentiate code that reaches the same quantity by another way: Gram-Schmidt
for QR, a Newton iteration for a square root, a power series for an exponential. Such code is
analytic, so that the complex step passes through it. Another referee, `implicit`, is told the
defining equations and nothing else.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import (
    differential,
    gradient,
    hessian,
    jacobian_matrix,
    second_derivative,
)
from ..functions import expm, softmax, sqrtm
from ..spaces import lower_triangular, skew, symmetric
from . import draws
from .algorithms import exp_by_series, gram_schmidt, positive_qr
from .checking import Check, claim
from .draws import full_rank, normal, orthogonal, positive_definite, rational, regular
from .referees import (
    circle,
    complex_step,
    five_point,
    jacobian,
    mixed_difference,
    order,
    partials,
    second_difference,
)

Array = np.ndarray
inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve

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


def sym(M: Any) -> Any:
    return (M + M.T) / 2


# -- QR and Cholesky ------------------------------------------------------------------------------


@claim("skew-upper-split")
def skew_upper_split(rng: np.random.Generator) -> Iterator[Check]:
    n = 4
    M = rational(rng, n, n)
    L = np.tril(M, -1)
    units = [draws.fractions(np.outer(a, b).astype(int)) for a in np.eye(n) for b in np.eye(n)]
    skews = [E - E.T for E in units if np.any(np.tril(E, -1))]
    uppers = [E for E in units if np.any(np.triu(E))]
    basis = np.stack([E.ravel() for E in skews + uppers], axis=1).astype(float)
    parts = np.linalg.solve(basis, M.ravel().astype(float))  # as many as entries: unique
    entries = draws.fractions(np.zeros((n, n), dtype=int))
    for i, j in np.ndindex(n, n):  # entry by entry: below the diagonal only the skew part counts
        entries[i, j] = M[i, j] if i > j else (-M[j, i] if i < j else Fraction(0))
    yield Check(
        stated=L - L.T,
        referees={
            "exact fractions": entries,
            "coordinates in a basis": (basis[:, : len(skews)] @ parts[: len(skews)]).reshape(n, n),
        },
        wrong={"skew part (M - M^T)/2": (M - M.T) / 2, "lower triangle alone": L},
    )


@claim("qr-differential")
def qr_differential(rng: np.random.Generator) -> Iterator[Check]:
    X, H = full_rank(rng, 5, 3), normal(rng, 5, 3)
    Q, R = gram_schmidt(X)
    W = H @ inv(R)
    M = Q.T @ W
    L = np.tril(M, -1)
    Omega = L - L.T

    def equations(z: Any, t: Any) -> Any:
        Q, R = unpacked(z, (5, 3), (3, 3))
        return packed(Q @ R - X - t * H, Q.T @ Q - np.eye(3), np.tril(R, -1))

    dQ, dR = unpacked(implicit(equations, packed(Q, R)), (5, 3), (3, 3))
    signs = np.sign(np.diagonal(np.linalg.qr(X)[1]))
    yield Check(
        stated=Q @ Omega + W - Q @ M,
        referees={
            "complex step": complex_step(lambda X: gram_schmidt(X)[0], X, H),
            "five-point differences": near(lambda X: positive_qr(X)[0], X, H),
            "linearised defining equations": dQ,
        },
        wrong={
            "the part outside the range dropped": Q @ Omega,
            "(M - M^T)/2 for the skew part": Q @ (M - M.T) / 2 + W - Q @ M,
        },
        table=lambda: differential(lambda X: np.linalg.qr(X)[0] * signs, X, H),
    )
    yield Check(
        stated=(M - Omega) @ R,
        referees={
            "complex step": complex_step(lambda X: gram_schmidt(X)[1], X, H),
            "five-point differences": near(lambda X: positive_qr(X)[1], X, H),
            "linearised defining equations": dR,
        },
        wrong={"Q^T dX, which is not triangular": Q.T @ H, "its upper part": np.triu(Q.T @ H)},
        table=lambda: differential(lambda X: np.linalg.qr(X)[1] * signs[:, None], X, H),
    )


def turned(X: Any) -> Any:
    """Q of a 3 x 3 matrix from its first two columns: the third is orthogonal to both."""
    Q = gram_schmidt(X[:, :2])[0]
    return np.column_stack([Q, np.cross(Q[:, 0], Q[:, 1])])


@claim("qr-near-dependence")
def qr_near_dependence(rng: np.random.Generator) -> Iterator[Check]:
    # Tall: the last column may leave the range. Each earlier one may turn towards the next.
    small = rng.uniform(0.02, 0.05)
    stated, found, differences = [], [], []
    for m, n, k in ((5, 3, 2), (5, 3, 0), (3, 3, 1)):
        Q, R = orthogonal(rng, m), np.triu(normal(rng, n, n), 1) + np.diag(rng.uniform(1, 2, n))
        R[k, k] = small
        X, H = Q[:, :n] @ R, np.outer(Q[:, k + 1], np.eye(n)[k])
        size = np.linalg.norm(complex_step(lambda X: gram_schmidt(X)[0], X, H))
        by_steps = five_point(lambda X: positive_qr(X)[0], X, H, h=FINE / 16)
        stated.append(True)
        found.append(bool(size >= 0.999 / small))
        differences.append(bool(np.linalg.norm(by_steps) >= 0.999 / small))
    yield Check(
        stated=stated,
        referees={"complex step": found, "five-point differences": differences},
        wrong={"bounded, as for the last column of a square X": [False] * 3},
    )
    # Square: r_33 = 1e-6, and Q turns as if it were 1.
    Q, H = orthogonal(rng, 3), normal(rng, 3, 3)
    Q[:, 2] = np.cross(Q[:, 0], Q[:, 1])
    R = np.triu(normal(rng, 3, 3), 1) + np.diag([*rng.uniform(1, 2, 2), 1e-6])
    # below the diagonal Q^T H R^{-1} has no share of r_33: R^{-1} is upper triangular
    lower = np.tril(np.column_stack([Q.T @ H[:, :2] @ inv(R[:2, :2]), np.zeros(3)]), -1)
    yield Check(
        stated=Q @ (lower - lower.T),
        referees={
            "complex step": complex_step(turned, Q @ R, H),
            "five-point differences": near(turned, Q @ R, H),
        },
        wrong={"as fast as 1 / r_nn": Q @ (lower - lower.T) / R[2, 2]},
    )


@claim("qr-reverse")
def qr_reverse(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = full_rank(rng, 5, 3), normal(rng, 5, 3), normal(rng, 3, 3)
    Q, R = gram_schmidt(X)
    S = R @ B.T - A.T @ Q
    mirrored = np.tril(S) + np.tril(S, -1).T
    signs = np.sign(np.diagonal(np.linalg.qr(X)[1]))

    def pairing(factors: tuple[Any, Any]) -> Any:
        return np.sum(A * factors[0]) + np.sum(B * factors[1])

    def traced(X: Any) -> Any:
        Q, R = np.linalg.qr(X)
        return pairing((Q * signs, R * signs[:, None]))

    yield Check(
        stated=(A + Q @ mirrored) @ inv(R).T,
        referees={
            "complex step": partials(lambda X: pairing(gram_schmidt(X)), X),
            "five-point differences": partials(lambda X: pairing(positive_qr(X)), X, near),
        },
        wrong={
            "symmetric part in place of the mirrored triangle": (A + Q @ sym(S)) @ inv(R).T,
            "R^-1 without its transpose": (A + Q @ mirrored) @ inv(R),
        },
        table=lambda: gradient(traced, X),
    )


def cholesky_by_hand(A: Any) -> Any:
    """The lower factor, entry by entry, in analytic code."""
    L = np.zeros(A.shape, dtype=A.dtype)
    for i, j in np.ndindex(*A.shape):
        if j < i:
            L[i, j] = (A[i, j] - L[i, :j] @ L[j, :j]) / L[j, j]
        elif j == i:
            L[i, i] = np.sqrt(A[i, i] - L[i, :i] @ L[i, :i])
    return L


def half_lower(M: Any) -> Any:
    """Phi: the lower triangle, its diagonal halved."""
    return np.tril(M, -1) + np.diag(np.diagonal(M)) / 2


@claim("cholesky-differential")
def cholesky_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, H = positive_definite(rng, 4), draws.symmetric(rng, 4)
    L = np.linalg.cholesky(A)
    M = inv(L) @ H @ inv(L).T
    yield Check(
        stated=L @ half_lower(M),
        referees={
            "complex step": complex_step(cholesky_by_hand, A, H),
            "five-point differences": near(np.linalg.cholesky, A, H),
        },
        wrong={
            "diagonal not halved": L @ np.tril(M),
            "half of dA L^-T, which is not triangular": H @ inv(L).T / 2,
        },
        table=lambda: differential(np.linalg.cholesky, A, H),
    )


@claim("cholesky-reverse")
def cholesky_reverse(rng: np.random.Generator) -> Iterator[Check]:
    A, G = positive_definite(rng, 4), normal(rng, 4, 4)
    L = np.linalg.cholesky(A)
    middle = inv(L).T @ half_lower(L.T @ G) @ inv(L)

    def pairing(L: Any) -> Any:
        return np.sum(G * L)

    # By hand, the code reads the lower triangle alone: made symmetric first, it depends on all of A
    yield Check(
        stated=sym(middle),
        referees={
            "complex step": partials(lambda A: pairing(cholesky_by_hand(sym(A))), A),
            "five-point differences": partials(
                lambda A: pairing(np.linalg.cholesky(sym(A))), A, near
            ),
        },
        wrong={
            "not symmetrised": middle,
            "diagonal not halved": sym(inv(L).T @ np.tril(L.T @ G) @ inv(L)),
        },
        table=lambda: gradient(lambda A: pairing(np.linalg.cholesky(A)), A),
    )


# -- SVD, pseudo-inverse, least squares -----------------------------------------------------------


def svd(A: Any) -> tuple[Any, Any, Any]:
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return U, s, Vh.T


@claim("singular-value-differential")
def singular_value_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, H = full_rank(rng, 5, 3), normal(rng, 5, 3)
    U, s, V = svd(A)
    P = U.T @ H @ V

    def characteristic(k: int) -> Any:  # det(A^T A - s^2 I) = 0, differentiated in t and in s
        def f(z: Any) -> Any:
            B = A + z[0] * H
            return det(B.T @ B - z[1] ** 2 * np.eye(3))

        at = np.array([0.0, s[k]])
        return -complex_step(f, at, np.array([1.0, 0.0])) / complex_step(f, at, np.array([0, 1.0]))

    yield Check(
        stated=np.diagonal(P),
        referees={
            "five-point differences": near(lambda A: svd(A)[1], A, H),
            "characteristic polynomial": np.array([characteristic(k) for k in range(3)]),
        },
        wrong={
            "singular values of dA": svd(H)[1],
            "v_i^T A^T dA v_i, of s_i^2/2": s * np.diagonal(P),
        },
        table=lambda: differential(lambda A: np.linalg.svd(A, full_matrices=False)[1], A, H),
    )


@claim("svd-differential")
def svd_differential(rng: np.random.Generator) -> Iterator[Check]:
    for shape in ((5, 3), (3, 5)):  # tall, where V is square, and wide, where U is
        yield from _svd_differential(full_rank(rng, *shape), normal(rng, *shape))


def _svd_differential(A: Array, H: Array) -> Iterator[Check]:
    U, s, V = svd(A)
    P, S = U.T @ H @ V, np.diag(s)
    gaps = s**2 - (s**2)[:, None]
    F = np.divide(1.0, gaps, out=np.zeros((3, 3)), where=gaps != 0)
    inside_U, inside_V = U @ (F * (P @ S + S @ P.T)), V @ (F * (S @ P + P.T @ S))
    outside = H @ V @ inv(S)
    right = H.T @ U @ inv(S)
    shapes = U.shape, s.shape, V.shape
    tall = A.shape[0] > A.shape[1]

    def equations(z: Any, t: Any) -> Any:
        U, s, V = unpacked(z, *shapes)
        eye = np.eye(3)
        return packed((U * s) @ V.T - A - t * H, U.T @ U - eye, V.T @ V - eye)

    dU, _, dV = unpacked(implicit(equations, packed(U, s, V)), *shapes)
    yield Check(
        stated=inside_U + outside - U @ (U.T @ outside),
        referees={
            "five-point differences": near(lambda A: aligned(svd(A)[0], U), A, H),
            "linearised defining equations": dU,
        },
        wrong={
            "F with s_j - s_i": U @ (F * (s + s[:, None]) * (P @ S + S @ P.T)),
            **({"the part outside the range dropped": inside_U} if tall else {}),
        },
        table=lambda: differential(lambda A: np.linalg.svd(A, full_matrices=False)[0], A, H),
    )
    yield Check(
        stated=inside_V + right - V @ (V.T @ right),
        referees={
            "five-point differences": near(lambda A: aligned(svd(A)[2], V), A, H),
            "linearised defining equations": dV,
        },
        wrong={
            "P and its transpose exchanged": V @ (F * (S @ P.T + P @ S)),
            **({} if tall else {"the part outside the row space dropped": inside_V}),
        },
        table=lambda: differential(lambda A: np.linalg.svd(A, full_matrices=False)[2], A, H).T,
    )


def root_by_newton(A: Any) -> Any:
    """The square root of a matrix with eigenvalues near the positive axis, in analytic code."""
    Y, Z = A, np.eye(len(A)) + 0 * A
    for _ in range(12):
        Y, Z = (Y + inv(Z)) / 2, (Z + inv(Y)) / 2
    return Y


@claim("nuclear-norm-gradient")
def nuclear_norm_gradient(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, 5, 3)
    U, s, V = svd(X)
    yield Check(
        stated=U @ V.T,
        referees={
            "complex step": partials(lambda X: np.trace(root_by_newton(X.T @ X)), X),
            "five-point differences": partials(lambda X: np.sum(svd(X)[1]), X, near),
        },
        wrong={"U S V^T, which is X": X, "X / ||X||_*": X / s.sum()},
        table=lambda: gradient(lambda X: np.linalg.norm(X, "nuc"), X),
    )
    # Of rank 2 only: a corner. What H moves outside both ranges counts with its size.
    B, H = full_rank(rng, 5, 2) @ full_rank(rng, 2, 3), normal(rng, 5, 3)
    U, V = (factor[:, :2] for factor in svd(B)[::2])
    outside = (np.eye(5) - U @ U.T) @ H @ (np.eye(3) - V @ V.T)
    inside, corner = np.sum(U @ V.T * H), np.linalg.norm(outside)  # of rank 1, with one length
    yield Check(  # slopes along H and along -H
        stated=[inside + corner, -inside + corner],
        referees={
            "one-sided differences": [
                one_sided_along(lambda X: np.sum(svd(X)[1]), B, D) for D in (H, -H)
            ],
            "eigenvalues of [[0, X], [X^T, 0]]": [
                one_sided_along(_sum_of_singular_values, B, D) for D in (H, -H)
            ],
        },
        wrong={"U V^T of whatever rank": [inside, -inside]},
        bounds={"one-sided differences": 1e-6, "eigenvalues of [[0, X], [X^T, 0]]": 1e-6},
    )


def _sum_of_singular_values(X: Array) -> Any:
    """Half the sum of the sizes of the eigenvalues of a symmetric matrix (Jordan and Wielandt)."""
    m, n = X.shape
    return (
        np.abs(np.linalg.eigvalsh(np.block([[np.zeros((m, m)), X], [X.T, np.zeros((n, n))]]))).sum()
        / 2
    )


@claim("spectral-norm-gradient")
def spectral_norm_gradient(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, 5, 3)
    U, s, V = svd(X)

    def squared_often(X: Any) -> Any:
        """The largest singular value, by a power of X^T X that has rank 1 to all digits."""
        P = M = X.T @ X
        for _ in range(10):
            P = P @ P
            P = P / np.trace(P)
        return np.sqrt(np.trace(M @ P))

    yield Check(
        stated=np.outer(U[:, 0], V[:, 0]),
        referees={
            "complex step": partials(squared_often, X),
            "five-point differences": partials(lambda X: svd(X)[1][0], X, near),
        },
        wrong={
            "X / ||X||_2": X / s[0],
            "U V^T, of the nuclear norm": U @ V.T,
        },
        table=lambda: gradient(lambda X: np.linalg.norm(X, 2), X),
    )
    # One column: sigma_1 is always simple, and zero at X = 0. There it has a corner.
    h = normal(rng, 5, 1)
    yield Check(  # slopes to the right and to the left
        stated=np.linalg.norm(h) * np.array([1, -1]),
        referees={
            "one-sided differences": [float(svd(t * h)[1][0] / t) for t in (1e-3, -1e-3)],
            "square root of the one entry of X^T X": [
                np.sqrt((t * h).T @ (t * h))[0, 0] / t for t in (1e-3, -1e-3)
            ],
        },
        wrong={"one slope, as sigma_1 is simple": np.linalg.norm(h) * np.ones(2)},
    )


@claim("pseudo-inverse-differential")
def pseudo_inverse_differential(rng: np.random.Generator) -> Iterator[Check]:
    # of rank 2, and of rank 2 for every t: A(t) = B(t) C(t)
    B, C, dB, dC = full_rank(rng, 5, 2), full_rank(rng, 2, 4), normal(rng, 5, 2), normal(rng, 2, 4)
    A, dA = B @ C, dB @ C + B @ dC
    Y = C.T @ inv(C @ C.T) @ inv(B.T @ B) @ B.T

    def by_factors(t: Any) -> Any:
        left, right = B + t * dB, C + t * dC
        return right.T @ inv(right @ right.T) @ inv(left.T @ left) @ left.T

    core = -Y @ dA @ Y
    column_part = Y @ Y.T @ dA.T @ (np.eye(5) - A @ Y)
    row_part = (np.eye(4) - Y @ A) @ dA.T @ Y.T @ Y
    yield Check(
        stated=core + column_part + row_part,
        referees={
            "complex step": complex_step(by_factors, 0.0, 1.0),
            "five-point differences": near(
                lambda t: np.linalg.pinv((B + t * dB) @ (C + t * dC), rcond=1e-9), 0.0, 1.0
            ),
        },
        wrong={
            "-A^+ dA A^+ alone, as for an inverse": core,
            "(I - A^+A) term dropped": core + column_part,
            "(I - AA^+) term dropped": core + row_part,
        },
        table=lambda: differential(lambda A: np.linalg.pinv(A, rtol=1e-9), A, dA),
    )


@claim("pseudo-inverse-discontinuous", draws=1)
def pseudo_inverse_discontinuous(rng: np.random.Generator) -> Iterator[Check]:
    A, E = np.array([[1.0, 1], [2, 2], [3, 3]]), np.array([[0.0, 1], [0, 0], [0, 0]])

    def distance(t: float) -> float:
        change = np.linalg.pinv(A + t * E) - np.linalg.pinv(A, rtol=1e-9)
        return float(np.linalg.norm(change))

    def smallest_singular_value(t: float) -> float:  # 1 / ||(A + tE)^+||
        return float(np.linalg.svd(A + t * E)[1][-1])

    yield Check(
        stated=-1.0,  # the distance grows as 1 / t
        referees={
            "order of the remainder": -order(lambda t: 1 / distance(t)),
            "singular values": -order(smallest_singular_value),
        },
        wrong={"continuous": 1.0, "a jump that stays bounded": 0.0},
    )
    # Any A of rank r, and any E: for a few t the rank is larger, for t = 0 it is not.
    A = full_rank(rng, 6, 2) @ full_rank(rng, 2, 4)
    E = normal(rng, 6, 4)
    times = 10.0 ** np.arange(-4, 1)
    yield Check(
        stated=[True] * 5,
        referees={
            "pseudo-inverse": [
                bool(np.linalg.norm(np.linalg.pinv(A + t * E), 2) * t * np.linalg.norm(E, 2) >= 1)
                for t in times
            ],
            "singular values": [
                bool(np.linalg.svd(A + t * E)[1][-1] <= t * np.linalg.norm(E, 2)) for t in times
            ],
        },
        wrong={
            "at most, not at least": [
                bool(np.linalg.norm(np.linalg.pinv(A + t * E), 2) * t * np.linalg.norm(E, 2) <= 1)
                for t in times
            ]
        },
    )


@claim("least-squares-sensitivity")
def least_squares_sensitivity(rng: np.random.Generator) -> Iterator[Check]:
    X, y, dX, dy = full_rank(rng, 5, 3), normal(rng, 5), normal(rng, 5, 3), normal(rng, 5)
    N, P = inv(X.T @ X), np.linalg.pinv(X)
    w = P @ y
    r = y - X @ w

    def fit(t: Any) -> Any:
        Z = X + t * dX
        return solve(Z.T @ Z, Z.T @ (y + t * dy))

    yield Check(
        stated=N @ dX.T @ r - P @ dX @ w + P @ dy,
        referees={
            "complex step": complex_step(fit, 0.0, 1.0),
            "five-point differences": near(
                lambda t: np.linalg.lstsq(X + t * dX, y + t * dy, rcond=None)[0], 0.0, 1.0
            ),
        },
        wrong={
            "the term with the residual dropped": -P @ dX @ w + P @ dy,
            "sign of the residual": -N @ dX.T @ r - P @ dX @ w + P @ dy,
        },
        table=lambda: differential(fit, 0.0, 1.0),
    )


@claim("variable-projection")
def variable_projection(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 5, 3), normal(rng, 5)
    w = np.linalg.lstsq(X, y, rcond=None)[0]
    r = y - X @ w

    def least(X: Any) -> Any:
        return y @ y - y @ X @ solve(X.T @ X, X.T @ y)

    yield Check(
        stated=-2 * np.outer(r, w),
        referees={
            "complex step": partials(least, X),
            "five-point differences": partials(
                lambda X: np.linalg.lstsq(X, y, rcond=None)[1][0], X, near
            ),
        },
        wrong={
            "factor 2 lost": -np.outer(r, w),
            "y in place of the residual": -2 * np.outer(y, w),
        },
        table=lambda: gradient(least, X),
    )


@claim("ridge-path")
def ridge_path(rng: np.random.Generator) -> Iterator[Check]:
    X, y, price = full_rank(rng, 5, 3), normal(rng, 5), 0.7
    U, s, V = svd(X)

    def ridge(price: Any, X: Any = X, y: Any = y) -> Any:
        return solve(X.T @ X + price * np.eye(X.shape[1]), X.T @ y)

    def other_form(price: Any, X: Any = X, y: Any = y) -> Any:
        return X.T @ solve(X @ X.T + price * np.eye(5), y)

    yield Check(
        stated=-solve(X.T @ X + price * np.eye(3), ridge(price)),
        referees={
            "complex step": complex_step(other_form, price, 1.0),
            "singular values": V @ (-s / (s**2 + price) ** 2 * (U.T @ y)),
        },
        wrong={
            "twice, as for the cost": -2 * solve(X.T @ X + price * np.eye(3), ridge(price)),
            "-w / lambda": -ridge(price) / price,
        },
        table=lambda: differential(ridge, price, 1.0),
    )
    Z = full_rank(rng, 5, 2) @ full_rank(rng, 2, 4)  # of rank 2
    several = normal(rng, 5, 3)  # right sides; one alone may lie almost across the columns of Z
    limit = np.linalg.pinv(Z, rcond=1e-9) @ several
    tiny = 1e-6
    yield Check(  # 2 f(t) - f(2t) has an error of order t^2
        stated=limit,
        referees={
            "normal equations": 2 * ridge(tiny, Z, several) - ridge(2 * tiny, Z, several),
            "the other form": 2 * other_form(tiny, Z, several) - other_form(2 * tiny, Z, several),
        },
        wrong={"zero": 0 * limit, "another minimiser": limit + kernel(Z)[:, :1]},
        bounds={"normal equations": 1e-6, "the other form": 1e-6},  # kappa eps / t
    )


def kernel(A: Any) -> Array:
    """Orthonormal columns that span the kernel."""
    _, s, Vh = np.linalg.svd(A)
    return Vh[int(np.sum(s > 1e-9 * s[0])) :].T


@claim("constrained-least-squares")
def constrained_least_squares(rng: np.random.Generator) -> Iterator[Check]:
    X, y, C, d = full_rank(rng, 6, 4), normal(rng, 6), full_rank(rng, 2, 4), normal(rng, 2)
    K = np.block([[2 * X.T @ X, C.T], [C, np.zeros((2, 2))]])
    solution = solve(K, np.concatenate([2 * X.T @ y, d]))
    multiplier = solution[4:]
    N, particular = kernel(C), np.linalg.pinv(C)

    def least(d: Any) -> Any:  # over w = C^+ d + N z
        start = particular @ d
        z = solve(N.T @ X.T @ X @ N, N.T @ X.T @ (y - X @ start))
        error = X @ (start + N @ z) - y
        return error @ error

    yield Check(
        stated=-multiplier,
        referees={
            "complex step": partials(least, d),
            "five-point differences": partials(least, d, near),
        },
        wrong={"the other sign": multiplier, "half of it": -multiplier / 2},
        table=lambda: gradient(least, d),
    )


# -- Eigenvalues and eigenvectors -----------------------------------------------------------------


def apart(rng: np.random.Generator, n: int) -> Array:
    """Distinct real eigenvalues of either sign, at least 0.6 apart."""
    return np.arange(n) - n / 2 + rng.uniform(-0.2, 0.2, n)


def with_spectrum(rng: np.random.Generator, w: Any) -> Array:
    """A symmetric matrix with these eigenvalues."""
    Q = orthogonal(rng, len(w))
    return sym((Q * np.asarray(w)) @ Q.T)


@claim("eigenvector-differential")
def eigenvector_differential(rng: np.random.Generator) -> Iterator[Check]:
    n, k = 4, 1
    A, H = with_spectrum(rng, apart(rng, n)), draws.symmetric(rng, n)
    w, V = np.linalg.eigh(A)
    v = V[:, k]
    others = [j for j in range(n) if j != k]
    # (lambda I - A)^+ by its eigenvectors: the pseudo-inverse inverts what is not zero
    stated = sum(V[:, j] * (V[:, j] @ H @ v) / (w[k] - w[j]) for j in others)

    def equations(z: Any, t: Any) -> Any:
        return packed((A + t * H) @ z[:n] - z[n] * z[:n], z[:n] @ z[:n] - 1)

    sign = np.sign(np.linalg.eigh(A)[1][:, k] @ v)
    yield Check(
        stated=np.linalg.pinv(w[k] * np.eye(n) - A, rcond=1e-9) @ H @ v,
        referees={
            "five-point differences": near(lambda A: aligned(np.linalg.eigh(A)[1], V)[:, k], A, H),
            "linearised defining equations": implicit(equations, packed(v, w[k]))[:n],
        },
        wrong={
            "A - lambda I for lambda I - A": -stated,
            "gaps not divided by": sum(V[:, j] * (V[:, j] @ H @ v) for j in others),
            "a multiple of v added": stated + 0.5 * v,
        },
        table=lambda: sign * differential(lambda A: np.linalg.eigh(A)[1][:, k], A, H),
    )


def regular_with_spectrum(rng: np.random.Generator, w: Any) -> tuple[Array, Array]:
    """A nonsymmetric matrix with these eigenvalues, and its eigenvectors."""
    V = regular(rng, len(w))
    return (V * np.asarray(w)) @ inv(V), V


@claim("eigenvector-differential-general")
def eigenvector_differential_general(rng: np.random.Generator) -> Iterator[Check]:
    n, k = 4, 2
    w = apart(rng, n)
    A, V = regular_with_spectrum(rng, w)
    U, H = inv(V).T, normal(rng, n, n)  # columns u_i with u_i^T v_i = 1
    u, v = U[:, k], V[:, k]
    others = [j for j in range(n) if j != k]

    def scaled(A: Any) -> Any:
        values, vectors = np.linalg.eig(A)
        found = vectors[:, int(np.argmin(np.abs(values - w[k])))]
        return found / (u @ found)

    def equations(z: Any, t: Any, A: Array = A) -> Any:
        return packed((A + t * H) @ z[:n] - z[n] * z[:n], u @ z[:n] - 1)

    place = int(np.argmin(np.abs(np.linalg.eig(A)[0] - w[k])))

    def traced(A: Any) -> Any:
        found = np.linalg.eig(A)[1][:, place]
        return found / (u @ found)

    yield Check(
        stated=sum(V[:, j] * (U[:, j] @ H @ v) / (w[k] - w[j]) for j in others),
        referees={
            "five-point differences": near(scaled, A, H),
            "linearised defining equations": implicit(equations, packed(v, w[k]))[:n],
        },
        wrong={
            "v_j in place of u_j": sum(V[:, j] * (V[:, j] @ H @ v) / (w[k] - w[j]) for j in others),
            "pseudo-inverse, as for a symmetric A": np.linalg.pinv(w[k] * np.eye(n) - A, rcond=1e-9)
            @ H
            @ v,
        },
        table=lambda: differential(traced, A, H),
    )
    # Two other eigenvalues agree: the left eigenvectors must be orthogonal to each other's partner.
    again = np.array([w[0], w[0], *w[2:]])
    B, mixed = (V * again) @ inv(V), U.copy()
    mixed[:, 0] += 0.5 * U[:, 1]  # still a left eigenvector, and u_0^T v_0 = 1

    def moved(U: Array) -> Any:
        return sum(V[:, j] * (U[:, j] @ H @ v) / (w[k] - again[j]) for j in others)

    yield Check(
        stated=moved(U),
        referees={
            "five-point differences": near(scaled, B, H),
            "linearised defining equations": implicit(
                functools.partial(equations, A=B), packed(v, w[k])
            )[:n],
        },
        wrong={"u_j^T v_j = 1 alone": moved(mixed)},
    )


@claim("eigenvalue-second-derivative")
def eigenvalue_second_derivative(rng: np.random.Generator) -> Iterator[Check]:
    n, k = 4, 0  # the lowest one: all its terms have one sign, and none cancels another
    A, directions = with_spectrum(rng, apart(rng, n)), [draws.symmetric(rng, n) for _ in range(3)]
    w, V = np.linalg.eigh(A)

    def lowest(A: Any) -> Any:
        return np.linalg.eigvalsh(A)[k]

    def half(H: Any) -> Any:
        B = V.T @ H @ V
        return np.sum([B[j, k] ** 2 / (w[k] - w[j]) for j in range(n) if j != k])

    shifted, eye = A - w[k] * np.eye(n), np.eye(n)
    by_lambda = circle(det, shifted, -eye, 1)

    def characteristic(H: Any) -> Any:
        """From det(A + tH - lambda(t) I) = 0, differentiated once and twice in t."""
        first = -circle(det, shifted, H, 1) / by_lambda
        return -circle(det, shifted, H - first * eye, 2) / by_lambda

    stated = 2 * np.array([half(H) for H in directions])
    yield Check(
        stated=stated,
        referees={
            "second differences": [second_difference(lowest, A, H, h=2.0**-9) for H in directions],
            "characteristic polynomial": [characteristic(H) for H in directions],
        },
        wrong={
            "factor 2 lost": stated / 2,
            "zero, as if v stood still": 0 * stated,
            "gaps of the other sign": -stated,
        },
        table=lambda: [second_derivative(lowest, A, H) for H in directions],
    )


@claim("generalised-eigenvalue-derivative")
def generalised_eigenvalue_derivative(rng: np.random.Generator) -> Iterator[Check]:
    n = 4
    root = regular(rng, n)
    B = root @ root.T
    A = root @ with_spectrum(rng, apart(rng, n)) @ root.T
    dA, dB = draws.symmetric(rng, n), draws.symmetric(rng, n)

    def reduced(t: Any) -> Any:
        L = inv(np.linalg.cholesky(B + t * dB))
        return sym(L @ (A + t * dA) @ L.T)

    L = inv(np.linalg.cholesky(B))
    values, vectors = np.linalg.eigh(reduced(0.0))
    pairs = [(x, L.T @ v) for x, v in zip(values, vectors.T, strict=True)]  # v^T B v = 1
    yield Check(
        stated=[v @ (dA - x * dB) @ v for x, v in pairs],
        referees={
            "five-point differences": near(lambda t: np.linalg.eigvalsh(reduced(t)), 0.0, 1.0),
            "characteristic polynomial": [
                -complex_step(det, A - x * B, dA - x * dB) / complex_step(det, A - x * B, -B)
                for x in values
            ],
        },
        wrong={
            "the change of B forgotten": [v @ dA @ v for _, v in pairs],
            "v of length 1": [v @ (dA - x * dB) @ v / (v @ v) for x, v in pairs],
        },
        table=lambda: differential(lambda t: np.linalg.eigvalsh(reduced(t)), 0.0, 1.0),
    )


def one_sided(f: Callable[[float], Any]) -> Array:
    """f'(0+), from f(0), f(h), ..., f(4h), up to h^4."""
    weights, h = (-25, 48, -36, 16, -3), FINE
    return np.sum([c * np.asarray(f(k * h)) for k, c in enumerate(weights)], axis=0) / (12 * h)


def one_sided_along(f: Callable[[Any], Any], X: Array, H: Array) -> Array:
    return one_sided(lambda t: f(X + t * H))


def doubled(rng: np.random.Generator) -> tuple[Array, Array]:
    """A symmetric A of order 5 with the largest eigenvalue 2 twice, and its eigenspace."""
    Q = orthogonal(rng, 5)
    return sym((Q * np.array([-1.0, 0.3, 1.1, 2.0, 2.0])) @ Q.T), Q[:, 3:]


def tilted(rng: np.random.Generator, V: Array, tilt: float) -> Array:
    """A symmetric H with V^T H V well away from diagonal, so that no basis is lucky."""
    H, a = draws.symmetric(rng, 5), rng.uniform(0.5, 1.0)
    B = np.array([[a, tilt], [tilt, 0.3 * a]])
    return H + V @ (B - V.T @ H @ V) @ V.T


@claim("repeated-eigenvalues-one-sided")
def repeated_eigenvalues_one_sided(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)
    B = V.T @ H @ V

    def leading(s: float) -> Any:  # det(A + tH - (2 + st) I) = t^2 leading(s) + ...
        return circle(det, A - 2 * np.eye(5), H - s * np.eye(5), 2) / 2

    places = np.array([-1.0, 0.0, 1.0])
    roots = np.roots(np.polyfit(places, [leading(s) for s in places], 2))
    yield Check(
        stated=np.linalg.eigvalsh(B),
        referees={
            "one-sided differences": one_sided(lambda t: np.linalg.eigvalsh(A + t * H)[3:]),
            "characteristic polynomial": np.sort(roots.real),
        },
        wrong={
            "v^T H v for a basis": np.sort(np.diagonal(B)),
            "one slope for both": np.full(2, np.trace(B) / 2),
        },
        bounds={"one-sided differences": 1e-6},  # h^4 times a fifth derivative, and roundings / h
    )


@claim("largest-eigenvalue-one-sided")
def largest_eigenvalue_one_sided(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H, K = tilted(rng, V, 0.8), tilted(rng, V, -0.6)

    def by_difference(H: Array) -> Any:
        return one_sided(lambda t: np.linalg.eigvalsh(A + t * H)[-1])

    def by_angle(H: Array) -> Any:
        """The largest v^T H v over the unit circle of the eigenspace, from three angles."""
        a, b, c = (
            (V @ [np.cos(x), np.sin(x)]) @ H @ (V @ [np.cos(x), np.sin(x)])
            for x in (0.0, np.pi / 4, np.pi / 2)
        )
        return (a + c) / 2 + np.hypot((a - c) / 2, b - (a + c) / 2)

    def laws(slope: Callable[[Array], Any]) -> Array:
        return np.array(
            [
                np.isclose(slope(3 * H), 3 * slope(H), rtol=1e-5),
                np.isclose(slope(-H), -slope(H), rtol=1e-5),
                np.isclose(slope(H + K), slope(H) + slope(K), rtol=1e-5),
                slope(H + K) <= slope(H) + slope(K) + 1e-6,
            ]
        )

    yield Check(
        stated=np.linalg.eigvalsh(V.T @ H @ V)[-1],
        referees={
            "one-sided differences": by_difference(H),
            "maximum over the unit circle": by_angle(H),
        },
        wrong={
            "v^T H v of one eigenvector": V[:, 0] @ H @ V[:, 0],
            "mean of the two slopes": np.trace(V.T @ H @ V) / 2,
        },
        bounds={"one-sided differences": 1e-6},
    )
    yield Check(  # positively homogeneous, odd, additive, subadditive
        stated=np.array([True, False, False, True]),
        referees={
            "one-sided differences": laws(by_difference),
            "maximum over the unit circle": laws(by_angle),
        },
        wrong={"linear in H": np.array([True, True, True, True])},
    )


def around(f: Callable[[Any], Any], centre: float, radius: float = 0.45) -> Array:
    """(1 / 2 pi i) times the integral of f over a circle, by 256 values."""
    z = radius * np.exp(2j * np.pi * np.arange(256) / 256)
    return np.mean([w * np.asarray(f(centre + w)) for w in z], axis=0).real


@claim("cluster-sum-differential")
def cluster_sum_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)

    def integrand(z: Any) -> Any:
        R = inv(z * np.eye(5) - A)
        return z * np.trace(R @ H @ R)

    one = V[:, 0] @ H @ V[:, 0]
    yield Check(
        stated=np.trace(V.T @ H @ V),
        referees={
            "five-point differences": near(lambda A: np.linalg.eigvalsh(A)[3:].sum(), A, H),
            "contour integral": around(integrand, 2.0),
        },
        wrong={
            "twice the slope of one eigenvector": 2 * one,
            "twice the largest slope": 2 * np.linalg.eigvalsh(V.T @ H @ V)[-1],
        },
    )


@claim("cluster-projector-differential")
def cluster_projector_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)
    P = V @ V.T
    G = np.linalg.pinv(2 * np.eye(5) - A, rcond=1e-9)

    def projector(A: Any) -> Any:
        V = np.linalg.eigh(A)[1][:, 3:]
        return V @ V.T

    def integrand(z: Any) -> Any:
        R = inv(z * np.eye(5) - A)
        return R @ H @ R

    yield Check(
        stated=G @ H @ P + P @ H @ G,
        referees={
            "five-point differences": near(projector, A, H),
            "contour integral": around(integrand, 2.0),
        },
        wrong={"one of the two terms": G @ H @ P, "H P + P H": H @ P + P @ H},
    )


# -- Matrix functions -----------------------------------------------------------------------------


def exp_slope_by_series(A: Any, E: Any) -> Any:
    """The derivative of sum A^k / k! term by term: S_{k+1} = S_k A + A^k E for the one of A^k."""
    power, slope, total = np.eye(len(A)), 0 * A, 0 * A
    for k in range(1, 60):
        power, slope = power @ A, slope @ A + power @ E
        total = total + slope / math.factorial(k)
    return total


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


@claim("exp-differential-integral")
def exp_differential_integral(rng: np.random.Generator) -> Iterator[Check]:
    A, E = 1.5 * of_size_one(rng, 4), normal(rng, 4, 4)
    Y = exp_by_series(A)
    yield Check(
        stated=quadrature(lambda s: exp_by_series((1 - s) * A) @ E @ exp_by_series(s * A)),
        referees={
            "complex step": complex_step(exp_by_series, A, E),
            "power series term by term": exp_slope_by_series(A, E),
        },
        wrong={
            "E e^A": E @ Y,
            "e^A E": Y @ E,
            "mean of the two": (E @ Y + Y @ E) / 2,
        },
        table=lambda: differential(expm, A, E),
    )


@claim("exp-differential-block")
def exp_differential_block(rng: np.random.Generator) -> Iterator[Check]:
    A, E = 1.5 * of_size_one(rng, 4), normal(rng, 4, 4)
    yield Check(
        stated=upper_right(A, E),
        referees={
            "complex step": complex_step(exp_by_series, A, E),
            "power series term by term": exp_slope_by_series(A, E),
        },
        wrong={"E e^A": E @ exp_by_series(A), "A transposed": upper_right(A.T, E)},
        table=lambda: differential(expm, A, E),
    )


def block_of(f: Callable[[Any], Any], A: Array, E: Array) -> Array:
    """The upper right block of f([[A, E], [0, A]])."""
    n = len(A)
    return f(np.block([[A, E], [np.zeros((n, n)), A]]))[:n, n:]


def polar_factor(A: Any) -> Any:
    """The orthogonal factor, by Newton's iteration: an algorithm that takes transposes."""
    for _ in range(12):
        A = (A + inv(A).T) / 2
    return A


@claim("block-trick-functions")
def block_trick_functions(rng: np.random.Generator) -> Iterator[Check]:
    A, E = positive_definite(rng, 3) + draws.skew(rng, 3) / 4, normal(rng, 3, 3)
    served: list[Callable[[Any], Any]] = [
        lambda A: A @ A @ A,
        inv,
        root_by_newton,
        lambda A: A @ inv(2 * np.eye(len(A)) + A @ A),
    ]
    yield Check(
        stated=[block_of(f, A, E) for f in served],
        referees={
            "complex step": [complex_step(f, A, E) for f in served],
            "five-point differences": [near(f, A, E) for f in served],
        },
        wrong={"A and E exchanged": [block_of(f, E, A) for f in served]},
    )

    def gram(A: Any) -> Any:
        return A.T @ A

    functions = [*served, gram, polar_factor]

    def serves(derivative: Callable[..., Any]) -> list[bool]:
        blocks = [(block_of(f, A, E), derivative(f, A, E)) for f in functions]
        return [bool(np.allclose(block, found, rtol=1e-6)) for block, found in blocks]

    yield Check(
        stated=[True] * 4 + [False] * 2,
        referees={"complex step": serves(complex_step), "five-point differences": serves(near)},
        wrong={"every algorithm of matrix operations": [True] * 6},
    )
    yield Check(
        stated=[A.T @ E, E.T @ A + A.T @ E],
        referees={
            "block and complex step": [block_of(gram, A, E), complex_step(gram, A, E)],
            "block and five-point differences": [block_of(gram, A, E), near(gram, A, E)],
        },
        wrong={"one and the same": [A.T @ E, A.T @ E]},
        bounds={"block and five-point differences": 1e-7},
    )


@claim("exp-commuting-direction")
def exp_commuting_direction(rng: np.random.Generator) -> Iterator[Check]:
    A, other = 1.5 * of_size_one(rng, 4), normal(rng, 4, 4)
    E = 0.4 * np.eye(4) + 0.7 * A - 0.5 * A @ A  # commutes with A
    Y = exp_by_series(A)
    yield Check(
        stated=E @ Y,
        referees={
            "complex step": complex_step(exp_by_series, A, E),
            "power series term by term": exp_slope_by_series(A, E),
        },
        wrong={"e^A e^E": Y @ exp_by_series(E), "E alone": E},
        table=lambda: differential(expm, A, E),
    )

    def equal(slope: Callable[..., Any]) -> Array:
        return np.array([np.allclose(slope(D), D @ Y, rtol=1e-8) for D in (E, other)])

    yield Check(  # for a direction that commutes with A, and for one that does not
        stated=np.array([True, False]),
        referees={
            "complex step": equal(lambda D: complex_step(exp_by_series, A, D)),
            "power series term by term": equal(lambda D: exp_slope_by_series(A, D)),
        },
        wrong={"E e^A in every direction": np.array([True, True])},
    )
    # Two matrices that do not commute, and obey the formula: e^mu = 1 + mu.
    mu = complex(2.0888430156, 7.4614892857)
    for _ in range(5):
        mu -= (np.exp(mu) - 1 - mu) / (np.exp(mu) - 1)
    a, b = mu.real, mu.imag
    zero, one = np.zeros((2, 2)), np.array([[a, -b], [b, a]])  # a complex number as a real matrix
    B, F = np.block([[one, zero], [zero, zero]]), np.block([[zero, np.eye(2)], [zero, zero]])
    yield Check(
        stated=F @ exp_by_series(B),
        referees={
            "complex step": complex_step(exp_by_series, B, F),
            "power series term by term": exp_slope_by_series(B, F),
        },
        wrong={"e^A E": exp_by_series(B) @ F},
        table=lambda: differential(expm, B, F),
    )
    pairs = [(A, E), (B, F), (A, other)]
    yield Check(  # does the formula hold?
        stated=[True, True, False],
        referees={
            "complex step": [
                bool(np.allclose(complex_step(exp_by_series, X, D), D @ exp_by_series(X)))
                for X, D in pairs
            ],
            "power series term by term": [
                bool(np.allclose(exp_slope_by_series(X, D), D @ exp_by_series(X))) for X, D in pairs
            ],
        },
        wrong={"only if AE = EA": [bool(np.allclose(X @ D, D @ X)) for X, D in pairs]},
    )
    yield Check(
        stated=[a, b],
        referees={
            "printed digits": [2.0888430156, 7.4614892857],
            "e^mu - 1": [(np.exp(mu) - 1).real, (np.exp(mu) - 1).imag],
        },
        wrong={"the conjugate": [a, -b]},
    )


@claim("exp-trace-differential")
def exp_trace_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, directions = 1.5 * of_size_one(rng, 4), normal(rng, 3, 4, 4)
    Y = exp_by_series(A)

    def by_eigenvalues(A: Any) -> Any:
        return np.exp(np.linalg.eigvals(A)).sum()

    yield Check(
        stated=[np.trace(Y @ E) for E in directions],
        referees={
            "complex step": [
                complex_step(lambda A: np.trace(exp_by_series(A)), A, E) for E in directions
            ],
            "circle in the complex plane": [
                8 * circle(by_eigenvalues, A, E / 8, 1) for E in directions
            ],
        },
        wrong={
            "Tr e^A Tr E": [np.trace(Y) * np.trace(E) for E in directions],
            "e^A transposed": [np.trace(Y.T @ E) for E in directions],
        },
        table=lambda: [differential(lambda A: np.trace(expm(A)), A, E) for E in directions],
    )


@claim("exp-adjoint")
def exp_adjoint(rng: np.random.Generator) -> Iterator[Check]:
    A, C = 1.5 * of_size_one(rng, 4), normal(rng, 4, 4)
    yield Check(
        stated=upper_right(A.T, C),
        referees={
            "complex step": partials(lambda A: np.sum(C * exp_by_series(A)), A),
            "five-point differences": partials(lambda A: np.sum(C * exp_by_series(A)), A, near),
        },
        wrong={"A not transposed": upper_right(A, C), "e^{A^T} C": exp_by_series(A.T) @ C},
        table=lambda: gradient(lambda A: np.sum(C * expm(A)), A),
    )


def divided_differences(f: Any, df: Any, w: Array) -> Array:
    """(f(w_i) - f(w_j)) / (w_i - w_j), and f'(w_i) where the two coincide."""
    same = np.abs(w[:, None] - w) < 1e-9
    gaps = np.where(same, 1.0, w[:, None] - w)
    return np.where(same, df(w)[:, None], (f(w)[:, None] - f(w)) / gaps)


def sine_by_series(A: Any) -> Any:
    term = total = A
    for k in range(1, 16):
        term = -term @ A @ A / ((2 * k) * (2 * k + 1))
        total = total + term
    return total


@claim("daleckii-krein")
def daleckii_krein(rng: np.random.Generator) -> Iterator[Check]:
    w, H = np.array([-1.2, 0.4, 1.5, 1.5]), draws.symmetric(rng, 4)  # one of them twice
    Q = orthogonal(rng, 4)
    A, B = sym((Q * w) @ Q.T), Q.T @ H @ Q
    yield Check(
        stated=Q @ (divided_differences(lambda x: x**3, lambda x: 3 * x**2, w) * B) @ Q.T,
        referees={
            "product rule": A @ A @ H + A @ H @ A + H @ A @ A,
            "complex step": complex_step(lambda A: A @ A @ A, A, H),
        },
        wrong={
            "3 A^2 H": 3 * A @ A @ H,
            "f'(A) for the divided differences": sym(3 * A @ A @ H),
        },
        table=lambda: differential(lambda A: A @ A @ A, A, H),
    )
    w = apart(rng, 4)
    C, B = sym((Q * w) @ Q.T), Q.T @ H @ Q

    def sine(A: Any) -> Any:
        w, V = np.linalg.eigh(A)
        return V @ np.diag(np.sin(w)) @ V.T

    yield Check(
        stated=Q @ (divided_differences(np.sin, np.cos, w) * B) @ Q.T,
        referees={
            "complex step": complex_step(sine_by_series, C, H),
            "five-point differences": near(sine, C, H),
        },
        wrong={"diagonal alone": Q @ np.diag(np.cos(w) * np.diagonal(B)) @ Q.T},
        table=lambda: differential(sine, C, H),
    )
    # |x| is not differentiable at 0, here a double eigenvalue: |A| has a corner.
    K = sym((Q * np.array([0.0, 0.0, 1.5, 2.5])) @ Q.T)
    w, V = np.linalg.eigh(Q[:, :2].T @ H @ Q[:, :2])
    V = Q[:, :2] @ V

    def both_ways(absolute: Callable[[Any], Any]) -> Array:
        return one_sided_along(absolute, K, H) + one_sided_along(absolute, K, -H)

    yield Check(  # the slope along H plus the one along -H: zero for a derivative
        stated=2 * (V * np.abs(w)) @ V.T,
        referees={
            "one-sided differences": both_ways(_absolute_by_eigenvalues),
            "polar factor": both_ways(_absolute_by_svd),
        },
        wrong={"linear for every f": np.zeros((4, 4))},
        bounds={"one-sided differences": 1e-5, "polar factor": 1e-5},
    )


def _absolute_by_eigenvalues(A: Array) -> Array:
    w, V = np.linalg.eigh(A)
    return (V * np.abs(w)) @ V.T


def _absolute_by_svd(A: Array) -> Array:
    _, s, V = svd(A)
    return (V * s) @ V.T


@claim("square-root-differential")
def square_root_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, H = positive_definite(rng, 4), draws.symmetric(rng, 4)
    w, V = np.linalg.eigh(A)
    X, eye = (V * np.sqrt(w)) @ V.T, np.eye(4)
    by_columns = np.kron(eye, X) + np.kron(X.T, eye)  # X dX + dX X on stacked columns
    stated = solve(by_columns, H.ravel(order="F")).reshape(4, 4, order="F")

    def root(A: Any) -> Any:
        w, V = np.linalg.eigh(A)
        return (V * np.sqrt(w)) @ V.T

    yield Check(
        stated=stated,
        referees={
            "complex step": complex_step(root_by_newton, A, H),
            "five-point differences": near(root, A, H),
        },
        wrong={"X^-1 dA / 2": inv(X) @ H / 2, "its symmetric part": sym(inv(X) @ H) / 2},
        table=lambda: differential(sqrtm, A, H),
    )


@claim("logdet-concave")
def logdet_concave(rng: np.random.Generator) -> Iterator[Check]:
    A, H = positive_definite(rng, 4), draws.symmetric(rng, 4) / 4
    B = solve(A, H)

    def logdet(A: Any) -> Any:
        return np.log(det(A))

    yield Check(
        stated=-np.trace(B @ B),
        referees={
            "circle in the complex plane": circle(logdet, A, H, 2),
            "second differences": second_difference(lambda A: np.linalg.slogdet(A)[1], A, H),
            "eigenvalues": -np.sum(np.linalg.eigvals(B).real ** 2),
        },
        wrong={
            "convex": np.trace(B @ B),
            "-(Tr A^-1 H)^2": -(np.trace(B) ** 2),
            "factor 1/2 of Taylor": -np.trace(B @ B) / 2,
        },
        table=lambda: second_derivative(lambda A: np.linalg.slogdet(A)[1], A, H),
    )
    # halfway between two positive definite matrices; and for an indefinite start it may bend up
    other, B = positive_definite(rng, 4), draws.skew(rng, 4)
    S = np.diag([1.0, -1.0, 2.0, 3.0])
    E = np.zeros((4, 4))
    E[0, 1] = E[1, 0] = 0.2
    yield Check(
        stated=np.array([True, False]),  # bends down: positive definite, indefinite
        referees={
            "chord": np.array([bends_down(A, other), bends_down(S - E, S + E)]),
            "second differences": np.array(
                [
                    second_difference(lambda M: np.linalg.slogdet(M)[1], M, D) < 0
                    for M, D in ((A, (other - A) / 8), (S, E))
                ]
            ),
        },
        wrong={"log |det| concave everywhere": np.array([True, True])},
    )


def bends_down(A: Array, B: Array) -> bool:
    """Whether log |det| lies above its chord, halfway."""
    f = [np.linalg.slogdet(M)[1] for M in (A, (A + B) / 2, B)]
    return bool(f[1] > (f[0] + f[2]) / 2)


# -- Newton, Gauss-Newton, structure --------------------------------------------------------------

TIMES = np.linspace(0.0, 2.0, 6)


def model(w: Any) -> Any:
    """A decay towards a level: w_0 exp(-w_1 x) + w_2 at six x."""
    return w[0] * np.exp(-w[1] * TIMES) + w[2]


def model_jacobian(w: Any) -> Any:
    e = np.exp(-w[1] * TIMES)
    return np.stack([e, -w[0] * TIMES * e, np.ones(6) + 0 * e], axis=1)


def model_curvature(w: Any, r: Any) -> Array:
    """The sum of r_i times the Hessian of the model at x_i."""
    e = np.exp(-w[1] * TIMES)
    mixed, twice = -np.sum(r * TIMES * e), np.sum(r * w[0] * TIMES**2 * e)
    return np.array([[0.0, mixed, 0], [mixed, twice, 0], [0, 0, 0]])


def decay(rng: np.random.Generator) -> Array:
    return np.array([2.0, 1.0, 0.5]) + rng.uniform(-0.2, 0.2, 3)


@claim("gauss-newton-hessian")
def gauss_newton_hessian(rng: np.random.Generator) -> Iterator[Check]:
    w, y = decay(rng), 2 * normal(rng, 6)
    J, S = model_jacobian(w), model_curvature(w, model(w) - y)

    def cost(w: Any) -> Any:
        return np.sum((model(w) - y) ** 2)

    eye = np.eye(3)

    def form(h: Array) -> Any:
        return circle(cost, w, h, 2)

    polarised = [[(form(a + b) - form(a - b)) / 4 for b in eye] for a in eye]
    yield Check(
        stated=2 * J.T @ J + 2 * S,
        referees={
            "circle in the complex plane": np.array(polarised),
            "five-point differences": np.array(
                [[mixed_difference(cost, w, a, b) for b in eye] for a in eye]
            ),
        },
        wrong={
            "2 J^T J alone": 2 * J.T @ J,
            "factor 2 on one term only": 2 * J.T @ J + S,
            "sign of the residual": 2 * J.T @ J - 2 * S,
        },
        table=lambda: hessian(cost, w).matrix(),
    )


def stationary(rng: np.random.Generator) -> tuple[Array, Array]:
    """Weights, and data of which the gradient of the sum of squares is zero there."""
    w, noise = decay(rng), normal(rng, 6) / 5
    J = model_jacobian(w)
    return w, model(w) - (noise - J @ np.linalg.lstsq(J, noise, rcond=None)[0])


def exponent(values: list[Fraction], places: list[Fraction]) -> float:
    """The power with which two fractions follow two places."""
    a, b = values[0] / values[1], places[0] / places[1]
    return math.log(a) / math.log(b)


@claim("newton-order")
def newton_order(rng: np.random.Generator) -> Iterator[Check]:
    w, y = stationary(rng)
    directions = normal(rng, 3, 3) / 20  # one alone may hit a zero of the third derivative

    def newton(w: Any) -> Any:
        J, r = model_jacobian(w), model(w) - y
        return w - solve(J.T @ J + model_curvature(w, r), J.T @ r)

    def gauss_newton(w: Any) -> Any:
        J = model_jacobian(w)
        return w - solve(J.T @ J, J.T @ (model(w) - y))

    def left(step: Callable[[Any], Any]) -> Callable[[float], Any]:
        return lambda t: np.array([step(w + t * h) - w for h in directions])

    sizes = [np.abs(left(newton)(t)).max() for t in (1 / 128, 1 / 64)]
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(left(newton)),
            "two steps compared": float(np.round(np.log2(sizes[1] / sizes[0]))),
        },
        wrong={"without the second part of the Hessian": order(left(gauss_newton)), "cubic": 3.0},
        bounds={"two steps compared": 0.0},
    )
    # f'(w) = w + |w|^(3/2), from w = s^2: fractions
    roots = [Fraction(1, 10**k) for k in (20, 21)]
    after = [s**2 - (s**2 + s**3) / (1 + Fraction(3, 2) * s) for s in roots]
    near_zero = np.array([1e-14, 1e-15])
    floats = near_zero - (near_zero + near_zero**1.5) / (1 + 1.5 * near_zero**0.5)
    yield Check(
        stated=1.5,
        referees={
            "steps in fractions": exponent(after, [s**2 for s in roots]),
            "floating point": float(np.log10(abs(floats[0] / floats[1]))),
        },
        wrong={"quadratic without a Lipschitz Hessian": 2.0},
        bounds={"floating point": 1e-6},
    )
    yield Check(  # what stands before |e|^(3/2)
        stated=0.5,
        referees={
            "steps in fractions": float(after[0] / roots[0] ** 3),
            "floating point": float(floats[0] / near_zero[0] ** 1.5),
        },
        wrong={"1": 1.0},
        bounds={"floating point": 1e-6},
    )


@claim("gauss-newton-error")
def gauss_newton_error(rng: np.random.Generator) -> Iterator[Check]:
    w = decay(rng)
    J = model_jacobian(w)
    stated = np.zeros((3, 3))
    while np.max(np.abs(stated)) < 0.2:  # a residual that matters, or one step looks quadratic
        noise = normal(rng, 6)
        r = noise - J @ np.linalg.lstsq(J, noise, rcond=None)[0]  # J^T r = 0: stationary
        stated = -solve(J.T @ J, model_curvature(w, r))

    def map_of(y: Array) -> Callable[[Any], Any]:
        def to(w: Any) -> Any:
            J = model_jacobian(w)
            return w - solve(J.T @ J, J.T @ (model(w) - y))

        return to

    with_residual, without = map_of(model(w) - r), map_of(model(w))
    h = normal(rng, 3) / 20
    yield Check(
        stated=stated,
        referees={
            "complex step": jacobian(with_residual, w),
            "five-point differences": jacobian(with_residual, w, near),
        },
        wrong={"zero, as for Newton": 0 * stated, "sign lost": -stated},
        table=lambda: jacobian_matrix(with_residual, w),
    )

    def left(step: Callable[[Any], Any]) -> Callable[[float], Any]:
        return lambda t: step(w + t * h) - w

    def doubling(step: Callable[[Any], Any]) -> float:
        """How many times the error doubles with the distance."""
        sizes = [np.linalg.norm(left(step)(t)) for t in (1 / 64, 1 / 32)]
        return float(np.round(np.log2(sizes[1] / sizes[0])))

    steps = with_residual, without
    yield Check(  # the error of w + t h after one step, with a residual and without one
        stated=np.array([1.0, 2.0]),
        referees={
            "order of the remainder": np.array([order(left(step)) for step in steps]),
            "two steps compared": np.array([doubling(step) for step in steps]),
        },
        wrong={"always quadratic": np.array([2.0, 2.0])},
    )
    # r(w) = [1 + c |w|^(5/2), w] is twice continuously differentiable; w = s^2: fractions
    c, roots = rational(rng, 1)[0] ** 2, [Fraction(1, 10**k) for k in (20, 21)]
    after = []
    for s in roots:
        J, res = [Fraction(5, 2) * c * s**3, 1], [1 + c * s**5, s**2]
        after.append(s**2 - (J[0] * res[0] + res[1]) / (J[0] ** 2 + 1))
    places = np.array([1e-10, 1e-11])
    slopes, values = 2.5 * float(c) * places**1.5, 1 + float(c) * places**2.5
    floats = places - (slopes * values + places) / (slopes**2 + 1)
    yield Check(  # the matrix in front is 0, and the error is of order 3/2
        stated=1.5,
        referees={
            "steps in fractions": exponent([-a for a in after], [s**2 for s in roots]),
            "floating point": float(np.log10(floats[0] / floats[1])),
        },
        wrong={"O(||e||^2) for every C^2 residual": 2.0},
        bounds={"floating point": 1e-5},
    )


@claim("hessian-vector-product")
def hessian_vector_product(rng: np.random.Generator) -> Iterator[Check]:
    shapes = (3, 4), (4, 2)
    W, K = normal(rng, 20) / 2, normal(rng, 20) / 10
    data, target = normal(rng, 3, 5), normal(rng, 2, 5)

    def cost(W: Any) -> Any:
        A, B = unpacked(W, *shapes)
        error = np.tanh(B.T @ np.tanh(A.T @ data)) - target
        return np.sum(error * error)

    def product(W: Array, K: Array) -> Array:
        """The backward pass, each line followed by its derivative in the direction K."""
        (A, B), (dA, dB) = unpacked(W, *shapes), unpacked(K, *shapes)
        p = np.tanh(A.T @ data)
        dp = (1 - p * p) * (dA.T @ data)
        q = np.tanh(B.T @ p)
        dq = (1 - q * q) * (dB.T @ p + B.T @ dp)
        last = (1 - q * q) * 2 * (q - target)
        dlast = -2 * q * dq * 2 * (q - target) + (1 - q * q) * 2 * dq
        dfirst = -2 * p * dp * (B @ last) + (1 - p * p) * (dB @ last + B @ dlast)
        return packed(data @ dfirst.T, dp @ last.T + p @ dlast.T)

    stated = product(W, K)
    eye = np.eye(len(W))
    yield Check(
        stated=stated,
        referees={
            "five-point differences": np.array([mixed_difference(cost, W, e, K) for e in eye]),
            "second differences": np.array(
                [
                    (
                        second_difference(cost, W, e + K, h=2.0**-9)
                        - second_difference(cost, W, e - K, h=2.0**-9)
                    )
                    / 4
                    for e in eye
                ]
            ),
        },
        wrong={
            "half of it": stated / 2,
            "curvature of the activation dropped": linearised_only(W, K, data, target, shapes),
        },
        table=lambda: hessian(cost, W)[K],
        bounds={"second differences": 1e-5},
    )
    others = normal(rng, 4, 20) / 20
    back = np.array([K @ product(W, M) for M in others])
    yield Check(  # self-adjoint: <H[K], M> = <K, H[M]> for four M
        stated=others @ stated,
        referees={
            "adjoint dot test": back,
            "five-point differences": np.array([mixed_difference(cost, W, K, M) for M in others]),
        },
        wrong={"skew": -back},
    )


def linearised_only(W: Array, K: Array, data: Array, target: Array, shapes: Any) -> Array:
    """2 J^T J K: the network's output replaced by its tangent."""

    def output(W: Any) -> Any:
        A, B = unpacked(W, *shapes)
        return np.tanh(B.T @ np.tanh(A.T @ data)).ravel()

    J = jacobian(output, W)
    return 2 * J.T @ (J @ K)


@claim("newton-schulz-residual")
def newton_schulz_residual(rng: np.random.Generator) -> Iterator[Check]:
    eye = draws.fractions(np.eye(3).astype(int))
    A, Y = rational(rng, 3, 3), rational(rng, 3, 3) + 30 * eye  # Y: invertible, whatever is drawn
    residual = eye - A @ Y
    step = Y @ (2 * eye - A @ Y)
    # Newton's method for Y^-1 - A = 0, its linear system found by complex steps
    point = Y.astype(float)
    slope = jacobian(inv, point)
    gap = (inv(point) - A.astype(float)).ravel(order="F")
    newton = point - solve(slope, gap).reshape(3, 3, order="F")
    yield Check(
        stated=residual @ residual,
        referees={
            "exact fractions": eye - A @ step,
            "Newton's step on Y^-1 - A": np.eye(3) - A.astype(float) @ newton,
        },
        wrong={"the residual itself": residual, "Y(2I - YA)": eye - A @ (2 * Y - Y @ Y @ A)},
        bounds={"Newton's step on Y^-1 - A": 1e-8},  # condition of Y, squared
    )
    # Inside the unit circle; inside it, but with a norm above 1; outside it.
    first = [
        np.array([[0.6, 0.2], [0.0, -0.5]]),
        np.array([[0.7, 5.0], [0.0, 0.6]]),
        np.array([[1.1, 0.0], [0.3, 0.2]]),
    ]
    B = regular(rng, 2)
    arrived = []
    for E in first:
        Z = inv(B) @ (np.eye(2) - E)
        for _ in range(8):
            Z = Z @ (2 * np.eye(2) - B @ Z)
        arrived.append(bool(np.linalg.norm(np.eye(2) - B @ Z) < 1e-3))
    yield Check(  # does it converge?
        stated=[bool(max(abs(np.linalg.eigvals(E))) < 1) for E in first],
        referees={
            "8 steps": arrived,
            "powers of the residual": [
                bool(np.linalg.norm(np.linalg.matrix_power(E, 256)) < 1e-3) for E in first
            ],
        },
        wrong={
            "from every start": [True] * 3,
            "if the norm is below 1": [bool(np.linalg.norm(E, 2) < 1) for E in first],
        },
    )


@claim("polar-newton")
def polar_newton(rng: np.random.Generator) -> Iterator[Check]:
    X = regular(rng, 4)
    U, s, V = svd(X)

    def step(X: Any) -> Any:
        return (X + inv(X).T) / 2

    limit = X
    for _ in range(12):
        limit = step(limit)
    w, Q = np.linalg.eigh(X.T @ X)
    yield Check(
        stated=U @ V.T,
        referees={"the iteration": limit, "X (X^T X)^(-1/2)": X @ (Q / np.sqrt(w)) @ Q.T},
        wrong={"V U^T": V @ U.T, "X / ||X||_2": X / s[0]},
    )
    start, h = orthogonal(rng, 4), normal(rng, 4, 4) / 8

    def polar(X: Array) -> Array:
        U, _, V = svd(X)
        return U @ V.T

    def error(t: float) -> Array:
        return step(start + t * h) - polar(start + t * h)

    def by_singular_values(t: float) -> Any:  # s -> (s + 1/s) / 2
        s = svd(start + t * h)[1]
        return np.max((s + 1 / s) / 2 - 1)

    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(error),
            "singular values": order(by_singular_values),
        },
        wrong={"linear": 1.0},
    )


def riesz(f: Callable[[Any], Any], X: Array, basis: list[Array], first: Any) -> Array:
    """The gradient on the span of a basis: the G there with <G, E> = df[E] for each E of it."""
    gram = np.array([[np.sum(E * F) for F in basis] for E in basis])
    slopes = np.array([first(f, X, E) for E in basis])
    coordinates = solve(gram, slopes)
    return np.sum([c * E for c, E in zip(coordinates, basis, strict=True)], axis=0)


def unit(n: int, i: int, j: int) -> Array:
    E = np.zeros((n, n))
    E[i, j] = 1.0
    return E


@claim("structured-gradient")
def structured_gradient(rng: np.random.Generator) -> Iterator[Check]:
    n = 3
    A, B = normal(rng, n, n), normal(rng, n, n)

    def f(X: Any) -> Any:
        return np.trace(A @ X @ B @ X) + np.trace(A @ X @ X @ X)

    below = [(i, j) for i in range(n) for j in range(i)]
    diagonal = [(i, i) for i in range(n)]
    cases: list[tuple[Any, Array, list[Array], Callable[[Any], Any]]] = [
        (
            symmetric,
            draws.symmetric(rng, n),
            [unit(n, i, j) + unit(n, j, i) for i, j in below + diagonal],
            lambda G: (G + G.T) / 2,
        ),
        (
            skew,
            draws.skew(rng, n),
            [unit(n, i, j) - unit(n, j, i) for i, j in below],
            lambda G: (G - G.T) / 2,
        ),
        (
            lower_triangular,
            np.tril(normal(rng, n, n)),
            [unit(n, i, j) for i, j in below + diagonal],
            np.tril,
        ),
    ]
    for space, X, basis, project in cases:
        G = partials(f, X)
        yield Check(
            stated=project(G),
            referees={
                "complex step": riesz(f, X, basis, complex_step),
                "five-point differences": riesz(f, X, basis, five_point),
            },
            wrong={
                "G + G^T - diag G": G + G.T - np.diag(np.diagonal(G)),
                "G, not projected": G,
            },
            table=functools.partial(gradient, f, X, inner=space),
        )


@claim("independent-entries")
def independent_entries(rng: np.random.Generator) -> Iterator[Check]:
    n = 3
    A, B, X = normal(rng, n, n), normal(rng, n, n), draws.symmetric(rng, n)

    def f(X: Any) -> Any:
        return np.trace(A @ X @ B @ X)

    places = [(i, j) for i in range(n) for j in range(i + 1)]

    def filled(x: Any) -> Any:
        return sum(
            a * (unit(n, i, j) if i == j else unit(n, i, j) + unit(n, j, i))
            for a, (i, j) in zip(x, places, strict=True)
        )

    x = np.array([X[place] for place in places])
    G = partials(f, X)
    listed = G + G.T - np.diag(np.diagonal(G))
    yield Check(
        stated=np.array([listed[place] for place in places]),
        referees={
            "complex step": partials(lambda x: f(filled(x)), x),
            "five-point differences": partials(lambda x: f(filled(x)), x, five_point),
        },
        wrong={
            "the gradient (G + G^T)/2": np.array([sym(G)[place] for place in places]),
            "G + G^T": np.array([(G + G.T)[place] for place in places]),
        },
        table=lambda: gradient(lambda x: f(filled(x)), x),
    )


@claim("stiefel-gradient")
def stiefel_gradient(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 5, 3
    A, B = normal(rng, m, m), normal(rng, n, n)
    full = orthogonal(rng, m)
    Q, rest = full[:, :n], full[:, n:]

    def f(Q: Any) -> Any:
        return np.trace(A @ Q @ B @ Q.T) + np.sum(A[:, :n] * Q)

    G = partials(f, Q)
    skews = [unit(n, i, j) - unit(n, j, i) for i in range(n) for j in range(i)]
    blocks = [unit(m, i, j)[: m - n, :n] for i in range(m - n) for j in range(n)]
    tangents = [Q @ S for S in skews] + [rest @ K for K in blocks]
    constraint = jacobian(lambda Q: Q.T @ Q, Q)
    N = kernel(constraint)
    yield Check(
        stated=G - Q @ sym(Q.T @ G),
        referees={
            "complex step": riesz(f, Q, tangents, complex_step),
            "kernel of the constraint": (N @ (N.T @ G.ravel(order="F"))).reshape(m, n, order="F"),
        },
        wrong={
            "G, not projected": G,
            "(I - QQ^T) G, which loses rotations": G - Q @ Q.T @ G,
            "G - Q G^T Q, of another metric": G - Q @ G.T @ Q,
        },
        table=lambda: gradient(f, Q) - Q @ sym(Q.T @ gradient(f, Q)),
    )


@claim("unit-vector-differential")
def unit_vector_differential(rng: np.random.Generator) -> Iterator[Check]:
    v, h = 2 * normal(rng, 4), normal(rng, 4)

    def to_unit(v: Any) -> Any:
        return v / np.sqrt(v @ v)

    length = np.linalg.norm(v)
    e = v / length
    yield Check(
        stated=(h - e * (e @ h)) / length,
        referees={
            "complex step": complex_step(to_unit, v, h),
            "five-point differences": near(to_unit, v, h),
        },
        wrong={"h / ||v||": h / length, "not divided by the length": h - e * (e @ h)},
        table=lambda: differential(lambda v: v / np.linalg.norm(v), v, h),
    )


@claim("rayleigh-gradient")
def rayleigh_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, v = draws.symmetric(rng, 4), 2 * normal(rng, 4)

    def rho(v: Any) -> Any:
        return (v @ A @ v) / (v @ v)

    square = v @ v
    yield Check(
        stated=2 * (A @ v - rho(v) * v) / square,
        referees={
            "complex step": partials(rho, v),
            "five-point differences": partials(rho, v, near),
        },
        wrong={
            "2 A v / ||v||^2, the denominator held still": 2 * A @ v / square,
            "not divided by ||v||^2": 2 * (A @ v - rho(v) * v),
        },
        table=lambda: gradient(rho, v),
    )


# -- Adjoint method, softmax, complex variables ---------------------------------------------------


@claim("adjoint-method-linear")
def adjoint_method_linear(rng: np.random.Generator) -> Iterator[Check]:
    n, parameters = 4, 3
    base, b, c = 2 * regular(rng, n), normal(rng, n), normal(rng, n)
    slopes = [of_size_one(rng, n) / 2 for _ in range(parameters)]  # the matrix stays invertible
    p = rng.uniform(-0.5, 0.5, parameters)

    def matrix(p: Any) -> Any:
        return base + sum(a * S for a, S in zip(p, slopes, strict=True)) + p[0] * p[1] * slopes[2]

    def goal(u: Any) -> Any:
        return c @ u + np.sum(u**3)

    A = matrix(p)
    u = solve(A, b)
    g = c + 3 * u**2
    dA = [
        slopes[0] + p[1] * slopes[2],
        slopes[1] + p[0] * slopes[2],
        slopes[2],
    ]
    weights = solve(A.T, g)
    yield Check(
        stated=np.array([-weights @ D @ u for D in dA]),
        referees={
            "complex step": partials(lambda p: goal(solve(matrix(p), b)), p),
            "five-point differences": partials(lambda p: goal(solve(matrix(p), b)), p, near),
        },
        wrong={
            "A in place of its transpose": np.array([-solve(A, g) @ D @ u for D in dA]),
            "sign lost": np.array([weights @ D @ u for D in dA]),
        },
        table=lambda: gradient(lambda p: goal(solve(matrix(p), b)), p),
    )
    still = np.array([-weights @ D @ u for D in dA])
    d = normal(rng, n)

    def loaded(q: Any) -> Any:  # the right side depends on the first parameter, too
        return goal(solve(matrix(q), b + (q[0] - p[0]) * d))

    yield Check(
        stated=still + np.array([weights @ d, 0, 0]),
        referees={
            "complex step": partials(loaded, p),
            "five-point differences": partials(loaded, p, near),
        },
        wrong={"as if b stood still": still},
        table=lambda: gradient(loaded, p),
    )


@claim("adjoint-method-ode")
def adjoint_method_ode(rng: np.random.Generator) -> Iterator[Check]:
    n = 3
    A, D = of_size_one(rng, n), normal(rng, n, n)  # A(p) = A + p D at p = 0
    start, C = normal(rng, n), normal(rng, 2, n)  # two numbers are watched, a row of C for each

    def state(t: float) -> Array:
        return exp_by_series(t * A) @ start

    def weights(t: float, A: Array) -> Array:
        """lambda' = -A^T lambda, backwards from lambda(1) = c, for both rows c."""
        return C @ exp_by_series((1 - t) * A)

    def goals(p: Any) -> Any:
        return C @ exp_by_series(A + p * D) @ start

    yield Check(
        stated=quadrature(lambda t: weights(t, A) @ D @ state(t)),
        referees={
            "complex step": complex_step(goals, 0.0, 1.0),
            "block exponential": C @ upper_right(A, D) @ start,
        },
        wrong={
            "A not transposed": quadrature(lambda t: weights(t, A.T) @ D @ state(t)),
            "c^T D x(1), as if they commuted": C @ D @ state(1.0),
        },
        table=lambda: differential(lambda p: C @ expm(A + p * D) @ start, 0.0, 1.0),
    )
    integral, d = quadrature(lambda t: weights(t, A) @ D @ state(t)), normal(rng, n)

    def started(p: Any) -> Any:  # the starting value depends on the parameter, too
        return C @ exp_by_series(A + p * D) @ (start + p * d)

    yield Check(
        stated=integral + weights(0.0, A) @ d,
        referees={
            "complex step": complex_step(started, 0.0, 1.0),
            "five-point differences": near(started, 0.0, 1.0),
        },
        wrong={"as if x(0) stood still": integral},
    )


def softmax_by_hand(x: Any) -> Any:
    e = np.exp(x)
    return e / np.sum(e)


@claim("softmax-jacobian")
def softmax_jacobian(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, 4)
    p = softmax_by_hand(x)
    yield Check(
        stated=np.diag(p) - np.outer(p, p),
        referees={
            "complex step": jacobian(softmax_by_hand, x),
            "five-point differences": jacobian(softmax_by_hand, x, near),
        },
        wrong={
            "diag(p (1 - p)), as for the sigmoid": np.diag(p * (1 - p)),
            "diag p": np.diag(p),
        },
        table=lambda: jacobian_matrix(softmax, x),
    )


@claim("cross-entropy-gradient")
def cross_entropy_gradient(rng: np.random.Generator) -> Iterator[Check]:
    x, y = normal(rng, 4), softmax_by_hand(normal(rng, 4))
    p = softmax_by_hand(x)

    def cost(x: Any) -> Any:
        return -np.sum(y * np.log(softmax_by_hand(x)))

    yield Check(
        stated=p - y,
        referees={
            "complex step": partials(cost, x),
            "five-point differences": partials(cost, x, near),
        },
        wrong={
            "-y / p, the gradient by p": -y / p,
            "(p - y) times p(1 - p), as for squares": (p - y) * p * (1 - p),
        },
        table=lambda: gradient(lambda x: -np.sum(y * np.log(softmax(x))), x),
    )

    def twice(x: Any) -> Any:
        return -np.sum(2 * y * np.log(softmax_by_hand(x)))

    yield Check(  # targets that add up to 2
        stated=2 * p - 2 * y,
        referees={
            "complex step": partials(twice, x),
            "five-point differences": partials(twice, x, near),
        },
        wrong={"p - y for every sum of the y": p - 2 * y},
        table=lambda: gradient(lambda x: -np.sum(2 * y * np.log(softmax(x))), x),
    )


@claim("wirtinger-gradient")
def wirtinger_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, b, z = (normal(rng, *shape) + 1j * normal(rng, *shape) for shape in ((4, 3), (4,), (3,)))

    def by_real_parts(f: Callable[[Any, Any], Any], first: Any) -> Array:
        """(df/dx + i df/dy) / 2 for f of z = x + iy, in real arithmetic."""
        slope_x = partials(lambda x: f(x, z.imag), z.real, first)
        slope_y = partials(lambda y: f(z.real, y), z.imag, first)
        return (slope_x + 1j * slope_y) / 2

    def squares(x: Any, y: Any) -> Any:
        real = A.real @ x - A.imag @ y - b.real
        imag = A.imag @ x + A.real @ y - b.imag
        return np.sum(real**2) + np.sum(imag**2)

    r = A @ z - b
    yield Check(
        stated=A.conj().T @ r,
        referees={
            "complex step": by_real_parts(squares, complex_step),
            "five-point differences": by_real_parts(squares, five_point),
        },
        wrong={"A^T in place of A^H": A.T @ r, "twice, as for real z": 2 * A.conj().T @ r},
    )
    H = A.conj().T @ A

    def form(x: Any, y: Any) -> Any:  # z^H H z for Hermitian H
        return x @ H.real @ x + y @ H.real @ y + 2 * y @ H.imag @ x

    yield Check(
        stated=H @ z,
        referees={
            "complex step": by_real_parts(form, complex_step),
            "five-point differences": by_real_parts(form, five_point),
        },
        wrong={"H^T z": H.T @ z, "2 H z": 2 * H @ z},
    )
