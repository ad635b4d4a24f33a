"""Checks of the claims of the page "QR and Cholesky"."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient
from .. import draws
from ..algorithms import gram_schmidt, positive_qr
from ..checking import Check, claim, outside
from ..draws import full_rank, normal, orthogonal, positive_definite, rational
from ..referees import complex_step, five_point, jacobian, partials
from .shared import FINE, Array, implicit, in_inner_product, near, packed, sym, unpacked

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve


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


def of_unlike_lengths(factors: tuple[Any, Any]) -> tuple[Any, Any]:
    """Another X = QR: the columns of Q are orthogonal, and 1, 2, 3, ... long."""
    Q, R = factors
    lengths = np.arange(1.0, len(R) + 1)
    return Q * lengths, R / lengths[:, None]


@claim("qr-differential")
def qr_differential(rng: np.random.Generator) -> Iterator[Check]:
    X, H = full_rank(rng, 5, 3), normal(rng, 5, 3)
    Q, R = gram_schmidt(X)

    def equations(z: Any, t: Any) -> Any:
        Q, R = unpacked(z, (5, 3), (3, 3))
        return packed(Q @ R - X - t * H, Q.T @ Q - np.eye(3), np.tril(R, -1))

    by_equations = unpacked(implicit(equations, packed(Q, R)), (5, 3), (3, 3))
    signs = np.sign(np.diagonal(np.linalg.qr(X)[1]))
    tables = (
        lambda: differential(lambda X: np.linalg.qr(X)[0] * signs, X, H),
        lambda: differential(lambda X: np.linalg.qr(X)[1] * signs[:, None], X, H),
    )
    for check, dF, table in zip(
        _qr_differential(X, H, gram_schmidt, positive_qr), by_equations, tables, strict=True
    ):
        referees = {**check.referees, "linearised defining equations": dF}
        yield dataclasses.replace(check, referees=referees, table=table)


def _qr_differential(
    X: Array, H: Array, factors: Callable[[Any], Any], again: Callable[[Any], Any]
) -> Iterator[Check]:
    """What is stated for Q and R, which are found in analytic code and by NumPy again."""
    Q, R = factors(X)
    W = H @ inv(R)
    M = Q.T @ W
    L = np.tril(M, -1)
    Omega = L - L.T
    yield Check(
        stated=Q @ Omega + W - Q @ M,
        referees={
            "complex step": complex_step(lambda X: factors(X)[0], X, H),
            "five-point differences": near(lambda X: again(X)[0], X, H),
        },
        wrong={
            "the part outside the range dropped": Q @ Omega,
            "(M - M^T)/2 for the skew part": Q @ (M - M.T) / 2 + W - Q @ M,
        },
    )
    yield Check(
        stated=(M - Omega) @ R,
        referees={
            "complex step": complex_step(lambda X: factors(X)[1], X, H),
            "five-point differences": near(lambda X: again(X)[1], X, H),
        },
        wrong={"Q^T dX, which is not triangular": Q.T @ H, "its upper part": np.triu(Q.T @ H)},
    )


@outside("qr-differential", "the columns of Q are orthogonal, and not of length 1")
def qr_differential_lengths(rng: np.random.Generator) -> Iterator[Check]:
    X, H = full_rank(rng, 5, 3), normal(rng, 5, 3)
    yield from _qr_differential(
        X,
        H,
        lambda X: of_unlike_lengths(gram_schmidt(X)),
        lambda X: of_unlike_lengths(positive_qr(X)),
    )


def turned(X: Any) -> Any:
    """Q of a 3 x 3 matrix from its first two columns: the third is orthogonal to both."""
    Q = gram_schmidt(X[:, :2])[0]
    return np.column_stack([Q, np.cross(Q[:, 0], Q[:, 1])])


@claim("qr-near-dependence")
def qr_near_dependence(rng: np.random.Generator) -> Iterator[Check]:
    # Tall: the last column may leave the range. Each earlier one may turn towards the next.
    small = rng.uniform(0.02, 0.05)
    stated, found, differences, sizes = [], [], [], []
    for m, n, k in ((5, 3, 2), (5, 3, 0), (3, 3, 1)):
        Q, R = orthogonal(rng, m), np.triu(normal(rng, n, n), 1) + np.diag(rng.uniform(1, 2, n))
        R[k, k] = small
        X, H = Q[:, :n] @ R, np.outer(Q[:, k + 1], np.eye(n)[k])
        size = np.linalg.norm(complex_step(lambda X: gram_schmidt(X)[0], X, H))
        by_steps = five_point(lambda X: positive_qr(X)[0], X, H, h=FINE / 16)
        stated.append(True)
        found.append(bool(size >= 0.999 / small))
        differences.append(bool(np.linalg.norm(by_steps) >= 0.999 / small))
        sizes.append([size, np.linalg.norm(by_steps)])
    yield Check(
        stated=stated,
        referees={"complex step": found, "five-point differences": differences},
        wrong={"bounded, as for the last column of a square X": [False] * 3},
    )
    # By how much: with equality for the column that leaves the range. The others take one along.
    factors = np.sqrt([1.0, 2.0, 2.0])
    by_complex_steps, by_five_points = np.transpose(sizes)
    yield Check(
        stated=factors / small,
        referees={
            "complex step": by_complex_steps,
            "five-point differences": by_five_points,
        },
        wrong={"inside the range with equality, too": np.ones(3) / small},
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


@outside("qr-near-dependence", "X is square and k = n")
def qr_near_dependence_last(rng: np.random.Generator) -> Iterator[Check]:
    small = rng.uniform(0.001, 0.002)
    Q, R = (
        orthogonal(rng, 3),
        np.triu(normal(rng, 3, 3), 1) + np.diag([*rng.uniform(1, 2, 2), small]),
    )
    Q[:, 2] = np.cross(Q[:, 0], Q[:, 1])
    X = Q @ R
    most = [np.linalg.norm(J, 2) for J in (jacobian(turned, X), jacobian(turned, X, near))]
    yield Check(  # does some dX of length 1 turn Q so fast?
        stated=True,
        referees={
            "complex step": bool(most[0] >= 1 / small),
            "five-point differences": bool(most[1] >= 1 / small),
        },
    )


@claim("qr-reverse")
def qr_reverse(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = full_rank(rng, 5, 3), normal(rng, 5, 3), normal(rng, 3, 3)
    signs = np.sign(np.diagonal(np.linalg.qr(X)[1]))

    def traced(X: Any) -> Any:
        Q, R = np.linalg.qr(X)
        return np.sum(A * Q * signs) + np.sum(B * R * signs[:, None])

    for check in _qr_reverse(X, A, B, gram_schmidt, positive_qr):
        yield dataclasses.replace(check, table=lambda: gradient(traced, X))


def _qr_reverse(
    X: Array, A: Array, B: Array, factors: Callable[[Any], Any], again: Callable[[Any], Any]
) -> Iterator[Check]:
    """What is stated of <A, Q> + <B, R>; Q and R are found in analytic code and by NumPy again."""
    Q, R = factors(X)
    S = R @ B.T - A.T @ Q
    mirrored = np.tril(S) + np.tril(S, -1).T

    def pairing(factors: tuple[Any, Any]) -> Any:
        return np.sum(A * factors[0]) + np.sum(B * factors[1])

    yield Check(
        stated=(A + Q @ mirrored) @ inv(R).T,
        referees={
            "complex step": partials(lambda X: pairing(factors(X)), X),
            "five-point differences": partials(lambda X: pairing(again(X)), X, near),
        },
        wrong={
            "symmetric part in place of the mirrored triangle": (A + Q @ sym(S)) @ inv(R).T,
            "R^-1 without its transpose": (A + Q @ mirrored) @ inv(R),
        },
    )


@outside("qr-reverse", "the columns of Q are orthogonal, and not of length 1")
def qr_reverse_lengths(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = full_rank(rng, 5, 3), normal(rng, 5, 3), normal(rng, 3, 3)
    yield from _qr_reverse(
        X,
        A,
        B,
        lambda X: of_unlike_lengths(gram_schmidt(X)),
        lambda X: of_unlike_lengths(positive_qr(X)),
    )


@outside("qr-reverse", "the inner product of directions is Tr(H^T M K)")
def qr_reverse_weighted(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = full_rank(rng, 5, 3), normal(rng, 5, 3), normal(rng, 3, 3)
    yield from in_inner_product(
        positive_definite(rng, 5), _qr_reverse(X, A, B, gram_schmidt, positive_qr)
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
    yield from _cholesky_differential(positive_definite(rng, 4), draws.symmetric(rng, 4))


def _cholesky_differential(A: Array, H: Array) -> Iterator[Check]:
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


@outside("cholesky-differential", "dA is not symmetric (and LAPACK reads the lower triangle)")
def cholesky_differential_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    yield from _cholesky_differential(positive_definite(rng, 4), normal(rng, 4, 4))


@claim("cholesky-reverse")
def cholesky_reverse(rng: np.random.Generator) -> Iterator[Check]:
    yield from _cholesky_reverse(positive_definite(rng, 4), normal(rng, 4, 4), sym)


def _cholesky_reverse(A: Array, G: Array, reads: Callable[[Any], Any]) -> Iterator[Check]:
    """What is stated, against the gradient of code that takes the factor of reads(A)."""
    L = np.linalg.cholesky(A)
    middle = inv(L).T @ half_lower(L.T @ G) @ inv(L)

    def pairing(L: Any) -> Any:
        return np.sum(G * L)

    # By hand, the code reads the lower triangle alone: made symmetric first, it depends on all of A
    yield Check(
        stated=sym(middle),
        referees={
            "complex step": partials(lambda A: pairing(cholesky_by_hand(reads(A))), A),
            "five-point differences": partials(
                lambda A: pairing(np.linalg.cholesky(reads(A))), A, near
            ),
        },
        wrong={
            "not symmetrised": middle,
            "diagonal not halved": sym(inv(L).T @ np.tril(L.T @ G) @ inv(L)),
        },
        table=lambda: gradient(lambda A: pairing(np.linalg.cholesky(A)), A),
    )


@outside("cholesky-reverse", "on all directions, where LAPACK reads the lower triangle")
def cholesky_reverse_all(rng: np.random.Generator) -> Iterator[Check]:
    yield from _cholesky_reverse(positive_definite(rng, 4), normal(rng, 4, 4), lambda A: A)


@outside("cholesky-reverse", "the inner product of directions is Tr(H^T M K)")
def cholesky_reverse_weighted(rng: np.random.Generator) -> Iterator[Check]:
    A, G, M = positive_definite(rng, 4), normal(rng, 4, 4), positive_definite(rng, 4)
    units = np.eye(16).reshape(16, 4, 4)[np.tril(np.ones((4, 4), bool)).ravel()]
    basis = [E if np.trace(E) else E + E.T for E in units]  # of the symmetric matrices
    for check in _cholesky_reverse(A, G, sym):
        found = {
            name: on_a_basis(M, basis, [np.sum(value * E) for E in basis])
            for name, value in check.referees.items()
        }
        yield dataclasses.replace(check, referees=found, wrong={}, table=None)


def on_a_basis(M: Array, basis: list[Array], slopes: list[Any]) -> Array:
    """The gradient on the span of a basis for the inner product Tr(H^T M K), from its slopes."""
    gram = np.array([[np.trace(E.T @ M @ F) for F in basis] for E in basis])
    return np.tensordot(solve(gram, slopes), np.array(basis), 1)
