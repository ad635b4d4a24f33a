"""Checks of the claims of the page "Singular values and the pseudo-inverse"."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...calculus import differential, gradient
from ..checking import Check, claim, outside
from ..draws import full_rank, normal, orthogonal
from ..referees import both_slopes, by_parts, complex_step, one_sided_along, order, partials
from .shared import (
    Array,
    implicit,
    kernel,
    matched,
    near,
    packed,
    root_by_newton,
    svd,
    sym,
    unpacked,
)

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve


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


def doubled(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """U, s, V of a 5 x 3 matrix whose largest singular value is there twice."""
    return orthogonal(rng, 5)[:, :3], np.array([2.0, 2.0, 0.7]), orthogonal(rng, 3)


def tilted(rng: np.random.Generator, U: Array, V: Array) -> Array:
    """A direction that mixes the first two pairs, so that no choice of them is lucky."""
    middle = np.array([[1.0, 0.8], [0.6, -0.7]]) + rng.uniform(-0.2, 0.2, (2, 2))
    H = normal(rng, len(U), len(V))
    return H + U[:, :2] @ (middle - U[:, :2].T @ H @ V[:, :2]) @ V[:, :2].T


@outside("singular-value-differential", "sigma is double")
def singular_value_differential_double(rng: np.random.Generator) -> Iterator[Check]:
    U, s, V = doubled(rng)
    H = tilted(rng, U, V)
    P = U.T @ H @ V
    split = np.linalg.eigvalsh(sym(P[:2, :2]))
    yield Check(  # of the first two, in order, to the right and to the left
        stated=np.array([np.diagonal(P)[:2], np.diagonal(P)[:2]]),
        referees={
            "one-sided differences": both_slopes(lambda A: svd(A)[1][:2], (U * s) @ V.T, H),
            "eigenvalues of the symmetric part of P": np.array([split[::-1], split]),
        },
        bounds={"one-sided differences": 1e-6},
    )


@outside("singular-value-differential", "sigma is zero")
def singular_value_differential_zero(rng: np.random.Generator) -> Iterator[Check]:
    U, V, H = orthogonal(rng, 3), orthogonal(rng, 3), normal(rng, 3, 3)
    A, p = (U * [3.0, 2.0, 0.0]) @ V.T, U[:, 2] @ H @ V[:, 2]
    yield Check(  # to the right and to the left
        stated=np.array([p, p]),
        referees={
            "one-sided differences": both_slopes(lambda A: svd(A)[1][2], A, H),
            "size of the determinant": abs(complex_step(det, A, H)) / 6 * np.array([1, -1]),
        },
        bounds={"one-sided differences": 1e-6},
    )


def complex_svd(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """A complex matrix that is nearly real, and its U, s and V with A = U S V^H."""
    A = full_rank(rng, 5, 3) + 0.3j * normal(rng, 5, 3)
    U, s, Vh = np.linalg.svd(A, full_matrices=False)
    return A, U, s, Vh.conj().T


@outside("singular-value-differential", "A is complex")
def singular_value_differential_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, U, s, V = complex_svd(rng)
    H = normal(rng, 5, 3) + 1j * normal(rng, 5, 3)
    gram, slope = A.conj().T @ A, A.conj().T @ H + H.conj().T @ A
    w, W = np.linalg.eigh(gram)
    yield Check(
        stated=np.diagonal(U.T @ H @ V),
        referees={
            "five-point differences": near(lambda A: np.linalg.svd(A)[1], A, H),
            "eigenvalues of A^H A": (np.diagonal(W.conj().T @ slope @ W).real / 2 / np.sqrt(w))[
                ::-1
            ],
        },
    )


@claim("svd-differential")
def svd_differential(rng: np.random.Generator) -> Iterator[Check]:
    for shape in ((5, 3), (3, 5)):  # tall, where V is square, and wide, where U is
        A = full_rank(rng, *shape)
        yield from _svd_differential(A, normal(rng, *shape), *svd(A))


def _svd_differential(A: Array, H: Array, U: Array, s: Array, V: Array) -> Iterator[Check]:
    P, S = U.T @ H @ V, np.diag(s)
    gaps = s**2 - (s**2)[:, None]
    F = np.divide(1.0, gaps, out=np.zeros((3, 3)), where=np.abs(gaps) > 1e-9)
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
            "five-point differences": near(lambda A: matched(svd(A)[0], U), A, H),
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
            "five-point differences": near(lambda A: matched(svd(A)[2], V), A, H),
            "linearised defining equations": dV,
        },
        wrong={
            "P and its transpose exchanged": V @ (F * (S @ P.T + P @ S)),
            **({} if tall else {"the part outside the row space dropped": inside_V}),
        },
        table=lambda: differential(lambda A: np.linalg.svd(A, full_matrices=False)[2], A, H).T,
    )


@outside("svd-differential", "two singular values are equal, and F is 0 for them")
def svd_differential_double(rng: np.random.Generator) -> Iterator[Check]:
    U, s, V = doubled(rng)
    H = tilted(rng, U, V)
    turn = np.eye(3)  # to the pairs that A + tH has, as t tends to 0
    turn[:2, :2] = np.linalg.eigh(sym((U.T @ H @ V)[:2, :2]))[1]
    for check in _svd_differential((U * s) @ V.T, H, U @ turn, s, V @ turn):
        found = check.referees["five-point differences"]
        yield Check(stated=check.stated, referees={"five-point differences": found})


@claim("nuclear-norm-gradient")
def nuclear_norm_gradient(rng: np.random.Generator) -> Iterator[Check]:
    yield from _nuclear_norm(full_rank(rng, 5, 3))
    yield from _nuclear_norm(full_rank(rng, 3, 5))
    yield from _nuclear_norm((orthogonal(rng, 5)[:, :3] * [2.0, 2.0, 0.7]) @ orthogonal(rng, 3))
    yield from _nuclear_norm_corner(rng)


def _nuclear_norm(X: Array) -> Iterator[Check]:
    U, s, V = svd(X)
    yield Check(
        stated=U @ V.T,
        referees={
            "complex step": partials(sum_by_root, X),
            "five-point differences": partials(lambda X: np.sum(svd(X)[1]), X, near),
        },
        wrong={"U S V^T, which is X": X, "X / ||X||_*": X / s.sum()},
        table=lambda: gradient(lambda X: np.linalg.norm(X, "nuc"), X),
    )


def sum_by_root(X: Any) -> Any:
    """The sum of the singular values of a matrix of full rank, in analytic code."""
    return np.trace(root_by_newton(X.T @ X if len(X) > X.shape[1] else X @ X.T))


def _nuclear_norm_corner(rng: np.random.Generator) -> Iterator[Check]:
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


@outside("nuclear-norm-gradient", "the rank is one short of full")
def nuclear_norm_rank(rng: np.random.Generator) -> Iterator[Check]:
    B, H = full_rank(rng, 5, 2) @ full_rank(rng, 2, 3), normal(rng, 5, 3)
    U, _, V = svd(B)
    slope = np.sum(U @ V.T * H)
    yield Check(  # to the right and to the left
        stated=[slope, slope],
        referees={
            "one-sided differences": both_slopes(lambda X: np.sum(svd(X)[1]), B, H),
            "eigenvalues of [[0, X], [X^T, 0]]": both_slopes(_sum_of_singular_values, B, H),
        },
        bounds={"one-sided differences": 1e-6, "eigenvalues of [[0, X], [X^T, 0]]": 1e-6},
    )


@outside("nuclear-norm-gradient", "A is complex")
def nuclear_norm_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, U, _, V = complex_svd(rng)
    found = by_parts(lambda A: np.sum(np.linalg.svd(A)[1]), A, near)
    yield Check(stated=U @ V.T, referees={"five-point differences": found, "U V^H": U @ V.conj().T})


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
        wrong={"one slope, as s_1 is simple": np.linalg.norm(h) * np.ones(2)},
    )


@outside("spectral-norm-gradient", "sigma_1 is double")
def spectral_norm_double(rng: np.random.Generator) -> Iterator[Check]:
    U, s, V = doubled(rng)
    H = tilted(rng, U, V)
    slope, split = U[:, 0] @ H @ V[:, 0], np.linalg.eigvalsh(sym((U.T @ H @ V)[:2, :2]))
    yield Check(  # to the right and to the left
        stated=np.array([slope, slope]),
        referees={
            "one-sided differences": both_slopes(lambda A: svd(A)[1][0], (U * s) @ V.T, H),
            "eigenvalues of the symmetric part of P": split[::-1],
        },
        bounds={"one-sided differences": 1e-6},
    )


@outside("spectral-norm-gradient", "sigma_1 is zero")
def spectral_norm_zero(rng: np.random.Generator) -> Iterator[Check]:
    h, u = normal(rng, 5, 1), orthogonal(rng, 5)[:, :1]  # of the matrix 0, u is as good as any
    slope = np.sum(u * h)
    yield Check(  # to the right and to the left
        stated=np.array([slope, slope]),
        referees={
            "one-sided differences": both_slopes(lambda A: svd(A)[1][0], 0 * h, h),
            "length": np.linalg.norm(h) * np.array([1, -1]),
        },
    )


@outside("spectral-norm-gradient", "A is complex")
def spectral_norm_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, U, _, V = complex_svd(rng)
    found = by_parts(lambda A: np.linalg.svd(A)[1][0], A, near)
    yield Check(
        stated=np.outer(U[:, 0], V[:, 0]),
        referees={
            "five-point differences": found,
            "u_1 v_1^H": np.outer(U[:, 0], V[:, 0].conj()),
        },
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

    for check in _pinv_moves(A, Y, dA):
        referees = {
            "complex step": complex_step(by_factors, 0.0, 1.0),
            "five-point differences": near(
                lambda t: np.linalg.pinv((B + t * dB) @ (C + t * dC), rcond=1e-9), 0.0, 1.0
            ),
        }
        yield dataclasses.replace(
            check,
            referees=referees,
            table=lambda: differential(lambda A: np.linalg.pinv(A, rtol=1e-9), A, dA),
        )


def _pinv_moves(A: Array, Y: Array, dA: Array) -> Iterator[Check]:
    """What is stated, with nobody yet who judges it."""
    core = -Y @ dA @ Y
    column_part = Y @ Y.T @ dA.T @ (np.eye(5) - A @ Y)
    row_part = (np.eye(4) - Y @ A) @ dA.T @ Y.T @ Y
    yield Check(
        stated=core + column_part + row_part,
        referees={},
        wrong={
            "-A^+ dA A^+ alone, as for an inverse": core,
            "(I - A^+A) term dropped": core + column_part,
            "(I - AA^+) term dropped": core + row_part,
        },
    )


@outside("pseudo-inverse-differential", "A is complex")
def pseudo_inverse_complex(rng: np.random.Generator) -> Iterator[Check]:
    B, C, dB, dC = full_rank(rng, 5, 2), full_rank(rng, 2, 4), normal(rng, 5, 2), normal(rng, 2, 4)
    B, C = B + 0.3j * normal(rng, 5, 2), C + 0.3j * normal(rng, 2, 4)

    def by_factors(t: float) -> Array:
        left, right = B + t * dB, C + t * dC
        on_rows, on_columns = right.conj().T, left.conj().T
        return on_rows @ inv(right @ on_rows) @ inv(on_columns @ left) @ on_columns

    for check in _pinv_moves(B @ C, by_factors(0.0), dB @ C + B @ dC):
        found = near(lambda t: np.linalg.pinv((B + t * dB) @ (C + t * dC), rcond=1e-9), 0.0, 1.0)
        referees = {"five-point differences": found, "by factors": near(by_factors, 0.0, 1.0)}
        yield dataclasses.replace(check, referees=referees, bounds={"by factors": 1e-7})


@outside("pseudo-inverse-differential", "the rank grows along the way")
def pseudo_inverse_rank(rng: np.random.Generator) -> Iterator[Check]:
    A, dA, t = full_rank(rng, 5, 2) @ full_rank(rng, 2, 4), normal(rng, 5, 4), 2.0**-10
    Y = np.linalg.pinv(A, rcond=1e-9)
    for check in _pinv_moves(A, Y, dA):
        slope = (np.linalg.pinv(A + t * dA) - Y) / t
        yield dataclasses.replace(check, referees={"difference quotient": slope})


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
    # Of some rank, and for a few t of a larger one: by one or by two, tall, wide and square.
    times = 10.0 ** np.arange(-4, 1)
    cases = []
    for (m, n), rank, more in (((6, 4), 2, 2), ((3, 5), 1, 1), ((4, 4), 3, 1)):
        A = full_rank(rng, m, rank) @ full_rank(rng, rank, n)
        E = normal(rng, m, more) @ normal(rng, more, n)
        cases += [(A, E, t, rank + more) for t in times]
    yield from _grows(cases)
    # Both sides are equal where E has rank 1, and a range and rows orthogonal to those of A.
    Q, W = orthogonal(rng, 5), orthogonal(rng, 4)
    A, E = Q[:, :2] @ full_rank(rng, 2, 2) @ W[:, :2].T, 1.7 * np.outer(Q[:, 2], W[:, 2])
    yield Check(
        stated=[1 / (t * np.linalg.norm(E, 2)) for t in (0.1, 0.001)],
        referees={
            "pseudo-inverse": [
                np.linalg.norm(np.linalg.pinv(A + t * E, rcond=1e-9), 2) for t in (0.1, 0.001)
            ],
            "singular values": [1 / np.linalg.svd(A + t * E)[1][2] for t in (0.1, 0.001)],
        },
        wrong={"the size of E, squared": [1 / (t * 1.7**2) for t in (0.1, 0.001)]},
    )


def _grows(cases: list[tuple[Array, Array, float, int]]) -> Iterator[Check]:
    """Whether the pseudo-inverse of A + tE, of a given rank, is as large as is stated."""
    inverses = [np.linalg.norm(np.linalg.pinv(A + t * E, rcond=1e-9), 2) for A, E, t, _ in cases]
    bounds = [1 / (t * np.linalg.norm(E, 2)) for _, E, t, _ in cases]
    smallest = [np.linalg.svd(A + t * E)[1][rank - 1] for A, E, t, rank in cases]
    yield Check(
        stated=[True] * len(cases),
        referees={
            "pseudo-inverse": [bool(x >= y) for x, y in zip(inverses, bounds, strict=True)],
            "singular values": [bool(s <= 1 / y) for s, y in zip(smallest, bounds, strict=True)],
        },
        wrong={
            "at most, not at least": [bool(x <= y) for x, y in zip(inverses, bounds, strict=True)]
        },
    )


@outside("pseudo-inverse-discontinuous", "the rank of A + tE is not larger than that of A")
def pseudo_inverse_continuous(rng: np.random.Generator) -> Iterator[Check]:
    B, C, E = full_rank(rng, 6, 2), full_rank(rng, 2, 4), normal(rng, 6, 2)
    yield from _grows([(B @ C, E @ C, t, 2) for t in (1e-3, 1e-2)])


@claim("least-squares-sensitivity")
def least_squares_sensitivity(rng: np.random.Generator) -> Iterator[Check]:
    X, y, dX, dy = full_rank(rng, 5, 3), normal(rng, 5), normal(rng, 5, 3), normal(rng, 5)
    yield from _fit_moves(X, y, dX, dy)


def _fit_moves(X: Array, y: Array, dX: Array, dy: Array) -> Iterator[Check]:
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


@outside("least-squares-sensitivity", "X is complex")
def least_squares_sensitivity_complex(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, 5, 3) + 0.3j * normal(rng, 5, 3)
    for check in _fit_moves(X, normal(rng, 5), normal(rng, 5, 3), normal(rng, 5)):
        found = check.referees["five-point differences"]
        yield Check(stated=check.stated, referees={"five-point differences": found})


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


def residual_and_fit(X: Array, y: Array) -> tuple[Array, Array]:
    w = np.linalg.lstsq(X, y, rcond=1e-9)[0]
    return y - X @ w, w


@outside("variable-projection", "the rank of X is one short")
def variable_projection_rank(rng: np.random.Generator) -> Iterator[Check]:
    X, y, H = full_rank(rng, 5, 2) @ full_rank(rng, 2, 3), normal(rng, 5), normal(rng, 5, 3)
    r, w = residual_and_fit(X, y)
    t = 2.0**-14
    moved, _ = residual_and_fit(X + t * H, y)
    Q, _ = np.linalg.qr(X + t * H)
    yield Check(  # along H
        stated=np.sum(-2 * np.outer(r, w) * H),
        referees={
            "difference quotient": (moved @ moved - r @ r) / t,
            "projection on the range": (y @ y - np.sum((Q.T @ y) ** 2) - r @ r) / t,
        },
        bounds={"difference quotient": 1e-6, "projection on the range": 1e-6},
    )


@outside("variable-projection", "X is complex")
def variable_projection_complex(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 5, 3) + 0.3j * normal(rng, 5, 3), normal(rng, 5)
    r, w = residual_and_fit(X, y)
    found = by_parts(lambda X: np.linalg.norm(residual_and_fit(X, y)[0]) ** 2, X, near)
    yield Check(
        stated=-2 * np.outer(r, w),
        referees={"five-point differences": found, "-2 r w^H": -2 * np.outer(r, w.conj())},
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


@outside("ridge-path", "X is complex (the limit)")
def ridge_path_complex(rng: np.random.Generator) -> Iterator[Check]:
    X, y, tiny = full_rank(rng, 5, 3) + 0.3j * normal(rng, 5, 3), normal(rng, 5), 1e-6

    def ridge(price: float) -> Array:
        return solve(X.T @ X + price * np.eye(3), X.T @ y)

    yield Check(
        stated=2 * ridge(tiny) - ridge(2 * tiny),
        referees={
            "pseudo-inverse": np.linalg.pinv(X) @ y,
            "normal equations": solve(X.conj().T @ X, X.conj().T @ y),
        },
        bounds={"pseudo-inverse": 1e-6, "normal equations": 1e-6},
    )


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
