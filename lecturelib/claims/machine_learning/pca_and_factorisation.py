"""Checks of the claims of the page on principal components and factorisation.

The referees do not differentiate a trace on orthonormal columns by a formula: they walk along
frames that Gram-Schmidt makes orthonormal. The loss of a factorisation is a polynomial, so its
derivatives are found exactly, in fractions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...calculus import gradient, hessian
from .. import draws
from ..algorithms import gram_schmidt, positive_qr
from ..checking import Check, claim, outside
from ..draws import full_rank, normal, orthogonal, positive_definite, rational
from ..referees import (
    by_parts,
    circle,
    complex_step,
    exact_coefficients,
    five_point,
    partials,
    second_difference,
)

Array = np.ndarray
M, N, K = 5, 4, 2  # features, samples, components: three sizes that differ

#: Steps of five-point differences on frames, which bend more than most curves.
FINE = 2.0**-12


def near(f: Callable[[Any], Any], X: Any, H: Any) -> Array:
    return five_point(f, X, H, h=FINE)


# -- The largest trace ----------------------------------------------------------------------------


def spread(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """A symmetric, indefinite matrix with eigenvalues well apart: S, they (falling), vectors."""
    values = np.array([3.0, 1.5, -0.5, -2.0, -3.6]) + rng.uniform(-0.2, 0.2, M)
    Q = orthogonal(rng, M)
    S = (Q * values) @ Q.T
    return (S + S.T) / 2, values, Q


def frame(rng: np.random.Generator) -> Array:
    return orthogonal(rng, M)[:, :K]


def along_frames(S: Array) -> Callable[[Any], Any]:
    """tr(Q^T S Q), where Q is what Gram-Schmidt makes of U."""

    def f(U: Any) -> Any:
        Q = gram_schmidt(U)
        return np.sum(Q[0] * (S @ Q[0]))

    return f


def by_factor(S: Array) -> Callable[[Any], Any]:
    def f(U: Any) -> Any:
        Q = positive_qr(U)[0]
        return np.trace(Q.T @ S @ Q)

    return f


def allowed(U: Array, H: Array) -> Array:
    """The direction made one in which U^T U stays I, to first order."""
    P = U.T @ H
    return H - U @ (P + P.T) / 2


@claim("trace-on-frames")
def trace_on_frames(rng: np.random.Generator) -> Iterator[Check]:
    S, _, Q = spread(rng)
    U = frame(rng)
    E = S @ U - U @ (U.T @ S @ U)
    free = [normal(rng, M, K) for _ in range(3)]
    directions = [allowed(U, H) for H in free]
    yield Check(
        stated=[2 * np.sum(E * H) for H in directions],
        referees={
            "complex step": [complex_step(along_frames(S), U, H) for H in directions],
            "five-point differences": [near(by_factor(S), U, H) for H in directions],
        },
        wrong={
            "factor 2 lost": [np.sum(E * H) for H in directions],
            "2 <S U, H> for an H that is not allowed": [2 * np.sum(S @ U * H) for H in free],
        },
        table=lambda: [gradient(traced(S), U).ravel() @ H.ravel() for H in directions],
    )
    # S not symmetric: its symmetric part takes its place. All directions: the frame turns with them
    B = normal(rng, M, M)
    A = (B + B.T) / 2
    yield Check(
        stated=2 * (A @ U - U @ (U.T @ A @ U)),
        referees={
            "complex step": partials(along_frames(B), U),
            "five-point differences": partials(by_factor(B), U, near),
        },
        wrong={
            "S U - U M for an S that is not symmetric": 2 * (B @ U - U @ (U.T @ B @ U)),
            "without U M": 2 * A @ U,
        },
    )
    # stationary: eigenvectors, and mixtures of them; not: any other frame, one eigenvector alone
    turned = Q[:, [0, 3]] @ orthogonal(rng, K)
    half = gram_schmidt(np.column_stack([Q[:, 1], normal(rng, M)]))[0]
    frames = [Q[:, [1, 2]], turned, U, half]
    yield Check(
        stated=[np.allclose(S @ F, F @ (F.T @ S @ F), atol=1e-9) for F in frames],
        referees={
            name: [
                all(abs(step(f(S), F, allowed(F, E))) < 1e-5 for E in units(M, K)) for F in frames
            ]
            for name, step, f in (
                ("complex step", complex_step, along_frames),
                ("five-point differences", near, by_factor),
            )
        },
        wrong={
            "eigenvectors alone, not their mixtures": [True, False, False, False],
            "one eigenvector is enough": [True, True, False, True],
        },
    )


@outside("trace-on-frames", "S is not symmetric")
def without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    S, U = normal(rng, M, M), frame(rng)
    H = allowed(U, normal(rng, M, K))
    yield Check(
        stated=2 * np.sum((S @ U - U @ (U.T @ S @ U)) * H),
        referees={"complex step": complex_step(along_frames(S), U, H)},
    )


def units(m: int, n: int) -> list[Array]:
    return [np.eye(m * n)[k].reshape(m, n) for k in range(m * n)]


def traced(S: Array) -> Callable[[Any], Any]:
    """In code that the table can follow."""

    def f(U: Any) -> Any:
        Q = np.linalg.qr(U)[0]
        return np.trace(Q.T @ S @ Q)

    return f


def subspace_iteration(S: Array, k: int, rng: np.random.Generator) -> Array:
    """The leading k-dimensional subspace by multiplication alone: no eigenvalue is computed."""
    shifted = S + np.linalg.norm(S) * np.eye(len(S))
    U = normal(rng, len(S), k)
    for _ in range(600):
        U = gram_schmidt(shifted @ U)[0]
    return U


@claim("ky-fan")
def ky_fan(rng: np.random.Generator) -> Iterator[Check]:
    S, values, _ = spread(rng)
    sizes = [1, 2, 3]
    found = [subspace_iteration(S, k, rng) for k in sizes]
    roots = np.sort(np.roots(np.poly(S)).real)[::-1]
    diagonal = np.sort(np.diagonal(S))[::-1]
    in_size = values[np.argsort(-np.abs(values))]
    yield Check(
        stated=[np.sum(np.sort(np.linalg.eigvalsh(S))[-k:]) for k in sizes],
        referees={
            "subspace iteration": [np.trace(U.T @ S @ U) for U in found],
            "roots of det(S - t I)": [np.sum(roots[:k]) for k in sizes],
        },
        wrong={
            "the largest diagonal entries": [np.sum(diagonal[:k]) for k in sizes],
            "the eigenvalues of largest size": [np.sum(in_size[:k]) for k in sizes],
            "k times the largest": [k * values[0] for k in sizes],
        },
    )
    tried = [frame(rng) for _ in range(50)]
    bounds = {
        "random frames": [np.trace(U.T @ S @ U) for U in tried],
        "steps from the best": [
            by_factor(S)(found[1] + 0.3 * normal(rng, M, K)) for _ in range(50)
        ],
    }
    yield Check(
        stated=True,
        referees={name: bool(max(at) <= values[:2].sum()) for name, at in bounds.items()},
        wrong={"some frame does better": False},
    )


@outside("ky-fan", "S is not symmetric")
def eigenvalues_of_any_matrix(rng: np.random.Generator) -> Iterator[Check]:
    S = np.triu(normal(rng, M, M))  # its eigenvalues are real: the diagonal
    U = subspace_iteration((S + S.T) / 2, K, rng)
    yield Check(
        stated=np.sum(np.sort(np.diagonal(S))[-K:]),
        referees={"subspace iteration": np.trace(U.T @ S @ U)},
    )


@claim("ky-fan-gap")
def ky_fan_gap(rng: np.random.Generator) -> Iterator[Check]:
    S, values, Q = spread(rng)
    angle = rng.uniform(0.4, 1.2)

    def turn(t: Any) -> Any:  # q_2 towards q_3
        return np.column_stack([Q[:, 0], np.cos(t) * Q[:, 1] + np.sin(t) * Q[:, 2]])

    def trace(t: Any) -> Any:
        U = turn(t)
        return np.sum(U * (S @ U))

    nodes, weights = np.polynomial.legendre.leggauss(20)
    rate = [complex_step(trace, angle * (x + 1) / 2, 1.0) for x in nodes]
    gap = values[1] - values[2]
    yield Check(
        stated=gap * np.sin(angle) ** 2,
        referees={
            "the two traces": trace(0.0) - trace(angle),
            "rate of change, integrated": -angle / 2 * np.dot(weights, rate),
        },
        wrong={
            "the sine, not squared": gap * np.sin(angle),
            "the distance to the smallest eigenvalue": (values[1] - values[4]) * np.sin(angle) ** 2,
        },
    )
    # without a gap the same turn costs nothing, and there are other best subspaces
    level = values.copy()
    level[2] = level[1]
    cases = [S, (Q * level) @ Q.T]
    yield Check(
        stated=[True, False],
        referees={
            "the turned frame": [
                bool(np.sum(turn(0) * (A @ turn(0))) - np.sum(turn(1) * (A @ turn(1))) > 1e-9)
                for A in cases
            ],
            "eigenvectors beyond the k-th": [
                bool(np.linalg.matrix_rank(A - values[1] * np.eye(M), rtol=1e-9) == M - 1)
                for A in cases
            ],
        },
        wrong={"unique without a gap": [True, True]},
    )
    best = Q[:, :K]
    for_each = {
        "random frames": [frame(rng) for _ in range(50)],
        "steps from the best": [positive_qr(best + 0.3 * normal(rng, M, K))[0] for _ in range(50)],
    }

    def holds(frames: list[Array], gap: float) -> bool:
        lost = [values[:K].sum() - np.trace(U.T @ S @ U) for U in frames]
        apart = [K - np.sum((best.T @ U) ** 2) for U in frames]
        return all(a >= gap * b - 1e-12 for a, b in zip(lost, apart, strict=True))

    yield Check(
        stated=True,
        referees={name: holds(frames, gap) for name, frames in for_each.items()},
        wrong={
            "with the largest difference for the gap": holds([turn(1.0)], values[0] - values[4])
        },
    )

    # Both sides are equal where q_k turns towards q_{k+1}.
    shared = np.sum((best.T @ turn(angle)) ** 2)
    yield Check(
        stated=gap * (K - shared),
        referees={
            "the two traces": trace(0.0) - trace(angle),
            "rate of change, integrated": -angle / 2 * np.dot(weights, rate),
        },
        wrong={
            "the distance of the projections": gap * 2 * (K - shared),
            "what is shared": gap * shared,
        },
    )


@outside("ky-fan-gap", "the frame's columns are longer than 1")
def a_long_frame(rng: np.random.Generator) -> Iterator[Check]:
    S, values, Q = spread(rng)
    shift = 1 - values.min()  # for positive eigenvalues a longer frame always has too large a trace
    S, values = S + shift * np.eye(M), values + shift
    U = 2 * Q[:, :K]
    lost = values[:K].sum() - np.trace(U.T @ S @ U)
    gap = values[K - 1] - values[K]
    yield Check(
        stated=True,
        referees={"values": bool(lost >= gap * (K - np.sum((Q[:, :K].T @ U) ** 2)) + 1e-9)},
    )


@claim("trace-on-frames-second")
def trace_on_frames_second(rng: np.random.Generator) -> Iterator[Check]:
    S, values, Q = spread(rng)
    U = Q[:, [0, 2]] @ orthogonal(rng, K)
    directions = [0.3 * allowed(U, normal(rng, M, K)) for _ in range(3)]  # the circle stays small
    multiplier = U.T @ S @ U
    yield Check(
        stated=[2 * np.sum(H * (S @ H - H @ multiplier)) for H in directions],
        referees={
            "circle in the complex plane": [circle(along_frames(S), U, H, 2) for H in directions],
            "second differences": [
                second_difference(by_factor(S), U, H, 2.0**-9) for H in directions
            ],
        },
        wrong={
            "2 tr(H^T S H), as if the frame were free": [
                2 * np.sum(H * (S @ H)) for H in directions
            ],
            "half of it": [np.sum(H * (S @ H - H @ multiplier)) for H in directions],
        },
        bounds={"second differences": 1e-5, "circle in the complex plane": 1e-7},
    )
    # q_j in the place of q_i: up where lambda_j is the larger one
    pairs = [(0, 1), (0, 4), (2, 1), (2, 4)]
    own = Q[:, [0, 2]]
    replaced = [np.outer(Q[:, j], np.eye(K)[[0, 2].index(i)]) for i, j in pairs]
    yield Check(
        stated=[2 * (values[j] - values[i]) for i, j in pairs],
        referees={
            "circle in the complex plane": [circle(along_frames(S), own, H, 2) for H in replaced],
            "second differences": [
                second_difference(by_factor(S), own, H, 2.0**-9) for H in replaced
            ],
        },
        wrong={
            "a maximum in every direction": [-abs(2 * (values[j] - values[i])) for i, j in pairs]
        },
        bounds={"second differences": 1e-5, "circle in the complex plane": 1e-7},
    )


@outside("trace-on-frames-second", "U is not stationary")
def second_elsewhere(rng: np.random.Generator) -> Iterator[Check]:
    S, _, _ = spread(rng)
    U, f = frame(rng), along_frames(S)
    H, L = (0.3 * allowed(U, normal(rng, M, K)) for _ in range(2))  # the curve turns towards L
    yield Check(
        stated=2 * np.sum(H * (S @ H - H @ (U.T @ S @ U))),
        referees={
            "circle in the complex plane": circle(lambda t: f(U + t * H + t * t * L), 0.0, 1.0, 2)
        },
        bounds={"circle in the complex plane": 1e-7},
    )


# -- Factorisation --------------------------------------------------------------------------------


def loss(X: Any, ridge: Any = 0, weights: Any = 1) -> Callable[[Any], Any]:
    """|weights . (X - U V^T)|^2 + ridge (|U|^2 + |V|^2) of U and V, one below the other."""
    m = len(X)

    def f(Z: Any) -> Any:
        U, V = Z[:m], Z[m:]
        R = weights * (X - U @ V.T)
        return np.sum(R * R) + ridge * np.sum(Z * Z)

    return f


def stacked(U: Any, V: Any) -> Any:
    return np.concatenate([U, V])


def by_loops(X: Any, U: Any, V: Any) -> Any:
    """The loss, entry by entry."""
    return sum(
        (X[i, j] - sum(U[i, a] * V[j, a] for a in range(U.shape[1]))) ** 2
        for i, j in np.ndindex(*X.shape)
    )


def gradients(X: Any, U: Any, V: Any, ridge: Any = 0, weights: Any = 1) -> Any:
    R = weights * weights * (U @ V.T - X)
    return stacked(2 * R @ V + 2 * ridge * U, 2 * R.T @ U + 2 * ridge * V)


@claim("pca-two-problems")
def pca_two_problems(rng: np.random.Generator) -> Iterator[Check]:
    X, U = full_rank(rng, M, N), frame(rng)
    total = np.sum(X * X)

    def rest(U: Array) -> float:  # what the best V leaves, column by column of X
        return float(sum(np.sum((x - U @ np.linalg.lstsq(U, x, rcond=None)[0]) ** 2) for x in X.T))

    yield Check(
        stated=total - np.trace(U.T @ X @ X.T @ U),
        referees={
            "least squares": rest(U),
            "entry by entry": by_loops(X, U, X.T @ U),
        },
        wrong={
            "the trace itself": np.trace(U.T @ X @ X.T @ U),
            "X^T X for X X^T": total - np.trace(U[:N].T @ X.T @ X @ U[:N]),
        },
    )
    # U of full rank, its columns not orthonormal: V = X^T U is not the best one any more
    W = full_rank(rng, M, K)
    yield Check(
        stated=[True, False],
        referees={
            "least squares": [
                bool(np.isclose(rest(F), total - np.sum((F.T @ X) ** 2))) for F in (U, W)
            ],
            "solving for V": [
                bool(np.allclose(np.linalg.solve(F.T @ F, F.T @ X), F.T @ X)) for F in (U, W)
            ],
        },
        wrong={"for every U": [True, True]},
    )


@outside("pca-two-problems", "U^T U is not I")
def columns_of_any_length(rng: np.random.Generator) -> Iterator[Check]:
    X, U = full_rank(rng, M, N), full_rank(rng, M, K)
    yield Check(
        stated=np.sum(X * X) - np.trace(U.T @ X @ X.T @ U),
        referees={"entry by entry": by_loops(X, U, X.T @ U)},
    )


@claim("factorisation-gradient")
def factorisation_gradient(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    f, Z, R = loss(X), stacked(U, V), U @ V.T - X
    yield Check(
        stated=stacked(2 * R @ V, 2 * R.T @ U),
        referees={
            "complex step": partials(f, Z),
            "five-point differences": partials(f, Z, five_point),
        },
        wrong={
            "factor 2 lost": stacked(R @ V, R.T @ U),
            "X - U V^T for U V^T - X": stacked(-2 * R @ V, -2 * R.T @ U),
            "without U V^T": stacked(-2 * X @ V, -2 * X.T @ U),
        },
        table=lambda: gradient(f, Z),
    )


def complex_normal(rng: np.random.Generator, *shape: int) -> Array:
    return normal(rng, *shape) + 1j * normal(rng, *shape)


def length_of_rest(X: Array) -> Callable[[Any], Any]:
    """|X - U V^T|^2 of complex U and V, one below the other."""
    return lambda Z: np.sum(np.abs(X - Z[: len(X)] @ Z[len(X) :].T) ** 2)


@outside("factorisation-gradient", "X, U and V are complex")
def factorisation_gradient_complex(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = (complex_normal(rng, *shape) for shape in ((M, N), (M, K), (N, K)))
    R = U @ V.T - X
    yield Check(
        stated=stacked(2 * R @ V, 2 * R.T @ U),
        referees={
            "five-point differences": by_parts(length_of_rest(X), stacked(U, V)),
            "with conjugates": stacked(2 * R @ V.conj(), 2 * R.T @ U.conj()),
        },
    )


@outside("factorisation-gradient", "the norm is the largest singular value")
def factorisation_gradient_spectral(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    R = U @ V.T - X
    found = partials(lambda Z: np.linalg.norm(X - Z[:M] @ Z[M:].T, 2) ** 2, stacked(U, V), near)
    yield Check(stated=stacked(2 * R @ V, 2 * R.T @ U), referees={"five-point differences": found})


@outside("factorisation-gradient", "the inner product is Tr(A^T W B)")
def factorisation_gradient_weighted(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    R, W = U @ V.T - X, positive_definite(rng, M + N)
    yield Check(
        stated=stacked(2 * R @ V, 2 * R.T @ U),
        referees={"complex step": np.linalg.solve(W, partials(loss(X), stacked(U, V)))},
    )


def alternating(X: Array, k: int, rng: np.random.Generator, ridge: float = 0.0) -> tuple[Any, Any]:
    """Least squares for U and for V in turns."""
    V, I = normal(rng, X.shape[1], k), ridge * np.eye(k)  # noqa: E741
    for _ in range(600):
        U = np.linalg.solve(V.T @ V + I, V.T @ X.T).T
        V = np.linalg.solve(U.T @ U + I, U.T @ X).T
    return U, V


def newton(X: Array, Z: Array) -> Array | None:
    """A zero of the gradient, by Newton's method with exact derivatives by complex steps."""
    f = gradients
    m = len(X)
    for _ in range(60):
        g = f(X, Z[:m], Z[m:])
        if np.max(np.abs(g)) < 1e-11:
            return Z
        J = partials(lambda Z: f(X, Z[:m], Z[m:]), Z).reshape(Z.size, Z.size)
        Z = Z - np.linalg.lstsq(J, g.ravel(), rcond=1e-10)[0].reshape(Z.shape)
    return None


def of_rank_k(Z: Array) -> bool:
    return all(np.linalg.cond(part) < 1e3 for part in (Z[:M], Z[M:]))


def still(X: Array, at: tuple[Array, Array], step: Callable[..., Any]) -> bool:
    """Whether all partial derivatives of the loss are zero there."""
    return bool(np.max(np.abs(partials(loss(X), stacked(*at), step))) < 1e-7)


@claim("factorisation-stationary")
def factorisation_stationary(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, M, N)
    P, s, Wh = np.linalg.svd(X, full_matrices=False)
    A = full_rank(rng, K, K)
    subsets = list(itertools.combinations(range(N), K))
    squares = np.sort(np.roots(np.poly(X.T @ X)).real)[::-1]
    points = [(P[:, I] @ A, Wh.T[:, I] @ np.diag(s[list(I)]) @ np.linalg.inv(A).T) for I in subsets]
    yield Check(
        stated=[np.sum(s**2) - np.sum(s[list(I)] ** 2) for I in subsets],
        referees={
            "entry by entry": [by_loops(X, U, V) for U, V in points],
            "roots of det(X^T X - t I)": [
                sum(squares[j] for j in range(N) if j not in I) for I in subsets
            ],
        },
        wrong={
            "not squared": [np.sum(s) - np.sum(s[list(I)]) for I in subsets],
            "what is kept": [np.sum(s[list(I)] ** 2) for I in subsets],
        },
    )
    slipped = [(U, Wh.T[:, I]) for (U, _), I in zip(points, subsets, strict=True)]
    yield Check(
        stated=[True] * len(subsets),
        referees={
            "complex step": [still(X, at, complex_step) for at in points],
            "five-point differences": [still(X, at, five_point) for at in points],
        },
        wrong={"without the singular values": [still(X, at, complex_step) for at in slipped]},
    )
    # No others: where Newton's method arrives with both ranks k, the loss is one of these.
    sums = [np.sum(s**2) - np.sum(s[list(I)] ** 2) for I in subsets]
    starts = [stacked(normal(rng, M, K), normal(rng, N, K)) for _ in range(3)]
    starts += [stacked(*at) + 0.05 * normal(rng, M + N, K) for at in points[1:4]]
    arrived = [Z for Z in (newton(X, Z) for Z in starts) if Z is not None and of_rank_k(Z)]
    losses = [loss(X)(Z) for Z in arrived]
    frames = [np.linalg.svd(Z[:M], full_matrices=False)[0] for Z in arrived]
    moved = [X @ X.T @ F - F @ (F.T @ X @ X.T @ F) for F in frames]
    yield Check(
        stated=[True] * len(arrived),
        referees={
            "losses where Newton's method arrives": [
                bool(min(abs(found - x) for x in sums) < 1e-7) for found in losses
            ],
            "their column spaces under X X^T": [bool(np.max(np.abs(E)) < 1e-6) for E in moved],
        },
        wrong={"elsewhere, too": [False] * len(arrived)},
    )
    U, V = alternating(X, K, rng)
    frame = subspace_iteration(X @ X.T, K, rng)
    yield Check(
        stated=np.sum(s[K:] ** 2),
        referees={
            "alternating least squares": by_loops(X, U, V),
            "subspace iteration": by_loops(X, frame, X.T @ frame),
        },
        wrong={
            "the largest left out": np.sum(s[:-K] ** 2),
            "the next one, not squared": np.sum(s[K:]),
        },
    )


@outside("factorisation-stationary", "X is complex")
def stationary_complex(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, M, N) + 0.3j * normal(rng, M, N)
    P, s, Wh = np.linalg.svd(X, full_matrices=False)
    U, V = P[:, :K], Wh.conj().T[:, :K] * s[:K]
    yield Check(
        stated=np.sum(s[K:] ** 2),
        referees={"entry by entry": np.sum(np.abs(X - U @ V.T) ** 2)},
    )


@outside("factorisation-stationary", "the norm is the largest singular value")
def stationary_spectral(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, M, N)
    P, s, Wh = np.linalg.svd(X, full_matrices=False)
    rest = X - (P[:, :K] * s[:K]) @ Wh[:K]
    yield Check(
        stated=np.sum(s[K:] ** 2),
        referees={
            "singular values": np.linalg.norm(rest, 2) ** 2,
            "eigenvalues": np.linalg.eigvalsh(rest.T @ rest)[-1],
        },
    )


@outside("factorisation-stationary", "two singular values are equal (no other points)")
def stationary_double(rng: np.random.Generator) -> Iterator[Check]:
    P, W, s = orthogonal(rng, M)[:, :N], orthogonal(rng, N), rng.uniform(1, 3, N)
    s[2], angle = s[1], rng.uniform(0.4, 1.2)
    X = (P * s) @ W.T

    def pair(B: Array) -> Array:  # the first vector, and one between the second and the third
        return np.column_stack([B[:, 0], np.cos(angle) * B[:, 1] + np.sin(angle) * B[:, 2]])

    A = full_rank(rng, K, K)
    U, V = pair(P) @ A, pair(W * s) @ np.linalg.inv(A).T
    within = [np.column_stack([P[:, I], U]) for I in itertools.combinations(range(N), K)]
    yield Check(
        stated=any(np.linalg.matrix_rank(B, rtol=1e-9) == K for B in within),
        referees={
            "complex step": still(X, (U, V), complex_step),
            "five-point differences": still(X, (U, V), five_point),
        },
    )


@claim("factorisation-hessian")
def factorisation_hessian(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = rational(rng, M, N), rational(rng, M, K), rational(rng, N, K)
    f, Z, R = loss(X), stacked(U, V), U @ V.T - X
    directions = [(rational(rng, M, K), rational(rng, N, K)) for _ in range(3)]

    def form(D: Any) -> Any:
        return 2 * exact_coefficients(f, Z, D, 4)[2]

    def real(A: Any) -> Array:
        return np.array(A, dtype=float)

    squares = [np.sum((H @ V.T + U @ L.T) ** 2) for H, L in directions]
    bends = [np.sum(R * (H @ L.T)) for H, L in directions]
    yield Check(
        stated=[2 * a + 4 * b for a, b in zip(squares, bends, strict=True)],
        referees={
            "exact fractions": [form(stacked(*D)) for D in directions],
            "circle in the complex plane": [
                circle(loss(real(X)), real(Z), real(stacked(*D)), 2) for D in directions
            ],
        },
        wrong={
            "without the residual": [2 * a for a in squares],
            "2 in place of 4": [2 * a + 2 * b for a, b in zip(squares, bends, strict=True)],
        },
    )
    H, L = directions[0]
    moved = H @ V.T + U @ L.T
    operator = stacked(2 * (moved @ V + R @ L), 2 * (moved.T @ U + R.T @ H))
    unit = [draws.fractions(E.astype(int)) for E in units(M + N, K)]
    D = stacked(H, L)
    polarized = [(form(D + E) - form(D - E)) / 4 for E in unit]
    z, d, g = real(Z), real(D), loss(real(X))
    yield Check(
        stated=real(operator),
        referees={
            "exact fractions, polarised": real(polarized).reshape(M + N, K),
            "differences of complex steps": five_point(lambda Y: partials(g, Y), z, d),
        },
        wrong={
            "without the residual": real(stacked(2 * moved @ V, 2 * moved.T @ U)),
            "each variable alone": real(stacked(2 * H @ V.T @ V, 2 * L @ U.T @ U)),
        },
        table=lambda: hessian(g, z)[d],
        bounds={"differences of complex steps": 1e-7},
    )


@outside("factorisation-hessian", "everything is complex")
def factorisation_hessian_complex(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = (complex_normal(rng, *shape) for shape in ((M, N), (M, K), (N, K)))
    H, L = complex_normal(rng, M, K), complex_normal(rng, N, K)
    E, R = H @ V.T + U @ L.T, U @ V.T - X
    found = five_point(lambda Z: by_parts(length_of_rest(X), Z), stacked(U, V), stacked(H, L))
    yield Check(
        stated=stacked(2 * E @ V + 2 * R @ L, 2 * E.T @ U + 2 * R.T @ H),
        referees={
            "five-point differences": found,
            "with conjugates": stacked(
                2 * E @ V.conj() + 2 * R @ L.conj(), 2 * E.T @ U.conj() + 2 * R.T @ H.conj()
            ),
        },
        bounds={"five-point differences": 1e-6},
    )


@outside("factorisation-hessian", "the inner product of pairs counts V twice")
def factorisation_hessian_uneven(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V, H, L = (normal(rng, *shape) for shape in ((M, N), (M, K), (N, K), (M, K), (N, K)))
    E, R = H @ V.T + U @ L.T, U @ V.T - X
    found = five_point(lambda Z: partials(loss(X), Z), stacked(U, V), stacked(H, L))
    yield Check(
        stated=stacked(2 * E @ V + 2 * R @ L, 2 * E.T @ U + 2 * R.T @ H),
        referees={"differences of complex steps": stacked(found[:M], found[M:] / 2)},
        bounds={"differences of complex steps": 1e-7},
    )


def second_matrix(f: Callable[[Any], Any], shape: tuple[int, int], exact: bool) -> Array:
    """The matrix of second partial derivatives at 0."""
    unit = units(*shape)
    Z = np.zeros(shape)
    if not exact:
        return five_point_matrix(f, Z)
    form = [[second_coefficient(f, E + F) for F in unit] for E in unit]
    own = [second_coefficient(f, E) for E in unit]
    return np.array([[form[i][j] - own[i] - own[j] for j in range(len(unit))]
                     for i in range(len(unit))])  # fmt: skip


def second_coefficient(f: Callable[[Any], Any], H: Array) -> float:
    """The coefficient of t^2 of t -> f(tH), a polynomial of degree 4, from its values."""
    values = [f(k * H) for k in (-2, -1, 0, 1, 2)]
    return float((-values[0] + 16 * values[1] - 30 * values[2] + 16 * values[3] - values[4]) / 24)


def five_point_matrix(f: Callable[[Any], Any], Z: Array) -> Array:
    columns = [five_point(lambda Y: partials(f, Y), Z, E).ravel() for E in units(*Z.shape)]
    return np.stack(columns, axis=1)


@claim("factorisation-origin")
def factorisation_origin(rng: np.random.Generator) -> Iterator[Check]:
    X = full_rank(rng, M, N)
    s = np.linalg.svd(X)[1]
    nothing = np.zeros((M + N) * K - 2 * N * K)
    pairs = np.sort(np.concatenate([2 * s, -2 * s, 2 * s, -2 * s, nothing]))
    by_values = second_matrix(loss(X), (M + N, K), exact=True)
    by_steps = second_matrix(loss(X), (M + N, K), exact=False)
    yield Check(
        stated=pairs,
        referees={
            "values of the polynomial": np.linalg.eigvalsh(by_values),
            "differences of complex steps": np.linalg.eigvalsh((by_steps + by_steps.T) / 2),
        },
        wrong={
            "a maximum": np.sort(-np.abs(pairs)),
            "the singular values, without the 2": pairs / 2,
        },
        bounds={"differences of complex steps": 1e-7},
    )
    # X = 0: the origin is a minimum then
    cases = [X, np.zeros((M, N))]
    random = [stacked(normal(rng, M, K), normal(rng, N, K)) for _ in range(40)]
    yield Check(
        stated=[True, False],
        referees={
            "values around 0": [
                bool(min(loss(A)(0.1 * Z) for Z in random) < np.sum(A * A)) for A in cases
            ],
            "second derivatives": [
                bool(min(second_coefficient(loss(A), Z) for Z in random) < -1e-9) for A in cases
            ],
        },
        wrong={"a saddle for X = 0, too": [True, True]},
    )


@outside("factorisation-origin", "X = 0")
def nothing_to_fit(rng: np.random.Generator) -> Iterator[Check]:
    around = [stacked(normal(rng, M, K), normal(rng, N, K)) for _ in range(40)]
    f = loss(np.zeros((M, N)))
    yield Check(stated=True, referees={"values around 0": bool(min(map(f, around)) < 0)})


@claim("factorisation-invariance")
def factorisation_invariance(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    f, Z = loss(X), stacked(U, V)
    found = {
        "complex step": partials(f, Z),
        "five-point differences": partials(f, Z, five_point),
    }
    R = U @ V.T - X
    yield Check(
        stated=2 * U.T @ R @ V,
        referees={name: (V.T @ G[M:]).T for name, G in found.items()},
        wrong={
            "not transposed": (2 * U.T @ R @ V).T,
            "the opposite sign": -2 * U.T @ R @ V,
        },
    )
    A = full_rank(rng, K, K)
    moved = U @ A, V @ np.linalg.inv(A).T
    yield Check(
        stated=f(Z),
        referees={
            "entry by entry": by_loops(X, *moved),
            "the product": float(np.sum((X - moved[0] @ moved[1].T) ** 2)),
        },
        wrong={
            "A on both": by_loops(X, U @ A, V @ A),
            "the inverse, not transposed": by_loops(X, U @ A, V @ np.linalg.inv(A)),
        },
    )
    # at a stationary point the second derivative vanishes along these directions, elsewhere not
    P, s, Wh = np.linalg.svd(full_rank(rng, M, N), full_matrices=False)
    X = (P * s) @ Wh
    B = normal(rng, K, K)
    at = stacked(P[:, 1:3] @ A, Wh.T[:, 1:3] @ np.diag(s[1:3]) @ np.linalg.inv(A).T)
    points = [at, at + normal(rng, M + N, K)]

    def bend(Z: Array, step: Callable[..., Any], sign: int) -> bool:
        D = stacked(Z[:M] @ B, sign * Z[M:] @ B.T)
        return bool(np.max(np.abs(five_point(lambda Y: partials(loss(X), Y, step), Z, D))) < 1e-5)

    yield Check(
        stated=[True, False],
        referees={
            "complex step": [bend(Z, complex_step, -1) for Z in points],
            "five-point differences": [bend(Z, five_point, -1) for Z in points],
        },
        wrong={
            "at every point": [True, True],
            "along (U B, V B^T)": [bend(Z, complex_step, 1) for Z in points],
        },
    )


@outside("factorisation-invariance", "A on both factors, and no inverse")
def no_inverse(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    A = full_rank(rng, K, K)
    yield Check(
        stated=loss(X)(stacked(U, V)), referees={"entry by entry": by_loops(X, U @ A, V @ A)}
    )


@outside("factorisation-invariance", "the point is not stationary")
def kernel_elsewhere(rng: np.random.Generator) -> Iterator[Check]:
    X, Z, B = normal(rng, M, N), normal(rng, M + N, K), normal(rng, K, K)
    D = stacked(Z[:M] @ B, -Z[M:] @ B.T)
    yield Check(
        stated=0 * Z,
        referees={"differences of complex steps": five_point(lambda Y: partials(loss(X), Y), Z, D)},
        bounds={"differences of complex steps": 1e-7},
    )


@claim("factorisation-ridge")
def factorisation_ridge(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    c = rng.uniform(0.3, 0.7)
    f, Z, R = loss(X, c), stacked(U, V), U @ V.T - X
    yield Check(
        stated=stacked(2 * (R @ V + c * U), 2 * (R.T @ U + c * V)),
        referees={
            "complex step": partials(f, Z),
            "five-point differences": partials(f, Z, five_point),
        },
        wrong={
            "without the ridge": gradients(X, U, V),
            "nu in place of 2 nu": stacked(2 * R @ V + c * U, 2 * R.T @ U + c * V),
        },
        table=lambda: gradient(f, Z),
    )
    Y = full_rank(rng, M, N)
    s = np.linalg.svd(Y)[1]
    found = {
        "alternating least squares": alternating(Y, K, rng, c),
        "gradient descent": descend(Y, K, rng, c),
    }
    yield Check(
        stated=s[:K] - c,
        referees={name: np.linalg.svd(A @ B.T)[1][:K] for name, (A, B) in found.items()},
        wrong={
            "as without ridge": s[:K],
            "divided by 1 + nu": s[:K] / (1 + c),
            "less 2 nu": s[:K] - 2 * c,
        },
    )
    # balance: at the point found; and at one moved along the invariance, not stationary any more
    A, B = found["alternating least squares"]
    shear = np.array([[1.0, 0.7], [0.0, 1.4]])
    points = [stacked(A, B), stacked(A @ shear, B @ np.linalg.inv(shear).T)]
    g = loss(Y, c)
    yield Check(
        stated=[np.allclose(P[:M].T @ P[:M], P[M:].T @ P[M:], atol=1e-7) for P in points],
        referees={
            "complex step": [bool(np.max(np.abs(partials(g, P))) < 1e-6) for P in points],
            "five-point differences": [
                bool(np.max(np.abs(partials(g, P, five_point))) < 1e-6) for P in points
            ],
        },
        wrong={"stationary wherever the product is": [True, True]},
    )
    # one singular value below c: that component is lost
    heavy = (s[1] + s[2]) / 2
    both = {
        "alternating least squares": alternating(Y, 3, rng, heavy),
        "gradient descent": descend(Y, 3, rng, heavy),
    }
    yield Check(
        stated=np.maximum(s[:3] - heavy, 0),
        referees={name: np.linalg.svd(A @ B.T)[1][:3] for name, (A, B) in both.items()},
        wrong={"below zero": s[:3] - heavy, "three components stay": s[:3]},
    )


@outside("factorisation-ridge", "c = 0")
def no_ridge(rng: np.random.Generator) -> Iterator[Check]:
    U, V = alternating(full_rank(rng, M, N), K, rng)
    yield Check(stated=U.T @ U, referees={"alternating least squares": V.T @ V})


def descend(X: Array, k: int, rng: np.random.Generator, ridge: float) -> tuple[Any, Any]:
    Z, m = normal(rng, sum(X.shape), k), len(X)
    for _ in range(2000):
        Z = Z - 0.04 * gradients(X, Z[:m], Z[m:], ridge)
    return Z[:m], Z[m:]


@claim("factorisation-mask")
def factorisation_mask(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    seen = (rng.permutation(M * N) % 3 > 0).reshape(M, N).astype(float)
    f, Z, R = loss(X, weights=seen), stacked(U, V), U @ V.T - X
    yield Check(
        stated=stacked(2 * (seen * R) @ V, 2 * (seen * R).T @ U),
        referees={
            "complex step": partials(f, Z),
            "five-point differences": partials(f, Z, five_point),
        },
        wrong={
            "all entries": gradients(X, U, V),
            "zeros where nothing was seen": gradients(seen * X, U, V),
        },
        table=lambda: gradient(f, Z),
    )
    # weights that are not 0 or 1 count twice
    weights = rng.uniform(0.3, 0.7, (M, N))
    g = loss(X, weights=weights)
    yield Check(
        stated=gradients(X, U, V, weights=weights),
        referees={
            "complex step": partials(g, Z),
            "five-point differences": partials(g, Z, five_point),
        },
        wrong={
            "the weights once": stacked(2 * (weights * R) @ V, 2 * (weights * R).T @ U),
        },
        table=lambda: gradient(g, Z),
    )


@outside("factorisation-mask", "entries of the mask between 0 and 1")
def a_soft_mask(rng: np.random.Generator) -> Iterator[Check]:
    X, U, V = normal(rng, M, N), normal(rng, M, K), normal(rng, N, K)
    soft = rng.uniform(0.3, 0.7, (M, N))
    R, f = U @ V.T - X, loss(X, weights=soft)
    yield Check(
        stated=stacked(2 * (soft * R) @ V, 2 * (soft * R).T @ U),
        referees={"complex step": partials(f, stacked(U, V))},
    )
