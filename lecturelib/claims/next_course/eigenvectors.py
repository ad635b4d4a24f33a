"""Checks of the claims of the page "Eigenvectors, and eigenvalues that meet"."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...calculus import differential, second_derivative
from .. import draws
from ..checking import Check, claim, outside
from ..draws import normal, orthogonal, regular
from ..referees import both_slopes, circle, complex_step, one_sided, second_difference
from .shared import Array, aligned, apart, implicit, matched, near, packed, sym

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve


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

    def equations(z: Any, t: Any) -> Any:
        return packed((A + t * H) @ z[:n] - z[n] * z[:n], z[:n] @ z[:n] - 1)

    referees = {
        "five-point differences": near(lambda A: aligned(np.linalg.eigh(A)[1], V)[:, k], A, H),
        "linearised defining equations": implicit(equations, packed(v, w[k]))[:n],
    }
    sign = np.sign(np.linalg.eigh(A)[1][:, k] @ v)
    for check in _eigenvector_moves(A, H, w[k], v, referees):
        yield dataclasses.replace(
            check, table=lambda: sign * differential(lambda A: np.linalg.eigh(A)[1][:, k], A, H)
        )
    others = [j for j in range(n) if j != k]
    stated = sum(V[:, j] * (V[:, j] @ H @ v) / (w[k] - w[j]) for j in others)
    yield Check(
        stated=stated,
        referees=referees,
        wrong={
            "gaps not divided by": sum(V[:, j] * (V[:, j] @ H @ v) for j in others),
            "a multiple of v added": stated + 0.5 * v,
        },
    )


def _eigenvector_moves(
    A: Array, H: Array, value: float, v: Array, referees: dict[str, Any]
) -> Iterator[Check]:
    G = np.linalg.pinv(A - value * np.eye(len(A)), rcond=1e-9)
    yield Check(
        stated=np.linalg.pinv(value * np.eye(len(A)) - A, rcond=1e-9) @ H @ v,
        referees=referees,
        wrong={"A - lambda I for lambda I - A": G @ H @ v},
    )


def near_to(value: float, A: Any) -> Any:
    """The eigenvector of the eigenvalue that is nearest to one, of no particular scale."""
    values, vectors = np.linalg.eig(A)
    return vectors[:, int(np.argmin(np.abs(values - value)))].real


@outside("eigenvector-differential", "A is not symmetric")
def eigenvector_differential_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    w = apart(rng, 4)
    (A, V), H = regular_with_spectrum(rng, w), draws.symmetric(rng, 4)
    v = V[:, 1] / np.linalg.norm(V[:, 1])

    def unit(A: Any) -> Any:
        x = near_to(w[1], A)
        return x / np.linalg.norm(x) * np.sign(x @ v)

    def equations(z: Any, t: Any) -> Any:
        return packed((A + t * H) @ z[:4] - z[4] * z[:4], z[:4] @ z[:4] - 1)

    referees = {
        "five-point differences": near(unit, A, H),
        "linearised defining equations": implicit(equations, packed(v, w[1]))[:4],
    }
    yield from _eigenvector_moves(A, H, w[1], v, referees)


@outside("eigenvector-differential", "the largest entry of v is kept, and not its length")
def eigenvector_differential_scaled(rng: np.random.Generator) -> Iterator[Check]:
    w = apart(rng, 4)
    A, H = with_spectrum(rng, w), draws.symmetric(rng, 4)
    v = near_to(w[1], A)
    k = int(np.argmax(np.abs(v)))

    def equations(z: Any, t: Any) -> Any:
        return packed((A + t * H) @ z[:4] - z[4] * z[:4], z[k] - v[k])

    def scaled(A: Any) -> Any:
        x = near_to(w[1], A)
        return x / x[k] * v[k]

    referees = {
        "five-point differences": near(scaled, A, H),
        "linearised defining equations": implicit(equations, packed(v, w[1]))[:4],
    }
    for check in _eigenvector_moves(A, H, w[1], v, referees):
        yield dataclasses.replace(check, bounds={"five-point differences": 1e-5})


@outside("eigenvector-differential", "lambda is double, and v what it tends to along A + tH")
def eigenvector_differential_double(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)
    V = V @ np.linalg.eigh(V.T @ H @ V)[1]
    moves = near(lambda A: matched(np.linalg.eigh(A)[1], V), A, H)[:, 0]
    for check in _eigenvector_moves(A, H, 2.0, V[:, 0], {"five-point differences": moves}):
        yield dataclasses.replace(check, bounds={"five-point differences": 1e-5})


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

    referees = {
        "five-point differences": near(scaled, A, H),
        "linearised defining equations": implicit(equations, packed(v, w[k]))[:n],
    }
    pinv = np.linalg.pinv(w[k] * np.eye(n) - A, rcond=1e-9)
    wrong = {
        "v_j in place of u_j": sum(V[:, j] * (V[:, j] @ H @ v) / (w[k] - w[j]) for j in others),
        "pseudo-inverse, as for a symmetric A": pinv @ H @ v,
    }
    for check in _general_moves(w, V, U, H, k, referees):
        yield dataclasses.replace(check, wrong=wrong, table=lambda: differential(traced, A, H))
    # Two other eigenvalues agree: the left eigenvectors must be orthogonal to each other's partner.
    again, B, mixed = twice(w, V, U)
    referees = {
        "five-point differences": near(scaled, B, H),
        "linearised defining equations": implicit(
            functools.partial(equations, A=B), packed(v, w[k])
        )[:n],
    }
    moved = sum(V[:, j] * (mixed[:, j] @ H @ v) / (w[k] - again[j]) for j in others)
    for check in _general_moves(again, V, U, H, k, referees):
        yield dataclasses.replace(check, wrong={"u_j^T v_j = 1 alone": moved})


def twice(w: Array, V: Array, U: Array) -> tuple[Array, Array, Array]:
    """The first eigenvalue for the second, too: all of them, the matrix, other left vectors."""
    again, mixed = np.array([w[0], w[0], *w[2:]]), U.copy()
    mixed[:, 0] += 0.5 * U[:, 1]  # still a left eigenvector, and u_0^T v_0 = 1
    return again, (V * again) @ inv(V), mixed


def _general_moves(
    w: Array, V: Array, U: Array, H: Array, k: int, referees: dict[str, Any]
) -> Iterator[Check]:
    v, others = V[:, k], [j for j in range(len(w)) if j != k]
    yield Check(
        stated=sum(V[:, j] * (U[:, j] @ H @ v) / (w[k] - w[j]) for j in others),
        referees=referees,
    )


@outside("eigenvector-differential-general", "v has length 1 along the way")
def eigenvector_differential_general_length(rng: np.random.Generator) -> Iterator[Check]:
    w, H = apart(rng, 4), normal(rng, 4, 4)
    A, V = regular_with_spectrum(rng, w)
    V = V / np.linalg.norm(V, axis=0)

    def unit(A: Any) -> Any:
        x = near_to(w[2], A)
        return x / np.linalg.norm(x) * np.sign(x @ V[:, 2])

    yield from _general_moves(w, V, inv(V).T, H, 2, {"five-point differences": near(unit, A, H)})


@outside("eigenvector-differential-general", "others are repeated, and u_j^T v_k is not 0")
def eigenvector_differential_general_mixed(rng: np.random.Generator) -> Iterator[Check]:
    w, H = apart(rng, 4), normal(rng, 4, 4)
    _, V = regular_with_spectrum(rng, w)
    U = inv(V).T
    again, B, mixed = twice(w, V, U)

    def scaled(A: Any) -> Any:
        x = near_to(w[2], A)
        return x / (U[:, 2] @ x)

    referees = {"five-point differences": near(scaled, B, H)}
    yield from _general_moves(again, V, mixed, H, 2, referees)


def real_eigenvalues(A: Any) -> Any:
    """In order; of a matrix that need not be symmetric, by their real parts."""
    return np.sort(np.linalg.eigvals(A).real)


@claim("eigenvalue-second-derivative")
def eigenvalue_second_derivative(rng: np.random.Generator) -> Iterator[Check]:
    A, directions = with_spectrum(rng, apart(rng, 4)), [draws.symmetric(rng, 4) for _ in range(3)]

    def lowest(A: Any) -> Any:
        return np.linalg.eigvalsh(A)[0]

    for check in _lowest_bends(A, np.linalg.eigh(A)[1], directions):
        yield dataclasses.replace(
            check, table=lambda: [second_derivative(lowest, A, H) for H in directions]
        )


def _lowest_bends(A: Array, V: Array, directions: list[Array]) -> Iterator[Check]:
    """The lowest eigenvalue: all its terms have one sign, and none cancels another."""
    n, k, w = len(A), 0, real_eigenvalues(A)

    def lowest(A: Any) -> Any:
        return real_eigenvalues(A)[k]

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
    )


@outside("eigenvalue-second-derivative", "H is not symmetric")
def eigenvalue_second_derivative_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A = with_spectrum(rng, apart(rng, 4))
    yield from _lowest_bends(A, np.linalg.eigh(A)[1], list(normal(rng, 3, 4, 4) / 2))


@outside("eigenvalue-second-derivative", "A is not symmetric")
def eigenvalue_second_derivative_general(rng: np.random.Generator) -> Iterator[Check]:
    w = np.sort(apart(rng, 4))
    A, V = regular_with_spectrum(rng, w)
    V = V / np.linalg.norm(V, axis=0)
    yield from _lowest_bends(A, V, [draws.symmetric(rng, 4) / 4 for _ in range(3)])


@outside("eigenvalue-second-derivative", "the eigenvectors are longer than 1")
def eigenvalue_second_derivative_longer(rng: np.random.Generator) -> Iterator[Check]:
    A, directions = with_spectrum(rng, apart(rng, 4)), [draws.symmetric(rng, 4) for _ in range(3)]
    yield from _lowest_bends(A, 1.1 * np.linalg.eigh(A)[1], directions)


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
    for check in _generalised(A, B, dA, dB, pairs):
        yield dataclasses.replace(
            check, table=lambda: differential(lambda t: np.linalg.eigvalsh(reduced(t)), 0.0, 1.0)
        )


def _generalised(
    A: Array, B: Array, dA: Array, dB: Array, pairs: list[tuple[float, Array]]
) -> Iterator[Check]:
    yield Check(
        stated=[v @ (dA - x * dB) @ v for x, v in pairs],
        referees={
            "five-point differences": near(
                lambda t: real_eigenvalues(solve(B + t * dB, A + t * dA)), 0.0, 1.0
            ),
            "characteristic polynomial": [
                -complex_step(det, A - x * B, dA - x * dB) / complex_step(det, A - x * B, -B)
                for x, _ in pairs
            ],
        },
        wrong={
            "the change of B forgotten": [v @ dA @ v for _, v in pairs],
            "v of length 1": [v @ (dA - x * dB) @ v / (v @ v) for x, v in pairs],
        },
    )


def generalised_pairs(A: Array, B: Array) -> list[tuple[float, Array]]:
    """Eigenvalues in order, and right eigenvectors with v^T B v = 1."""
    values, vectors = np.linalg.eig(solve(B, A))
    order = np.argsort(values.real)
    scaled = [v / np.sqrt(v @ B @ v) for v in vectors.real.T[order]]
    return list(zip(values.real[order], scaled, strict=True))


@outside("generalised-eigenvalue-derivative", "A is not symmetric")
def generalised_eigenvalue_derivative_general(rng: np.random.Generator) -> Iterator[Check]:
    root, (M, _) = regular(rng, 4), regular_with_spectrum(rng, apart(rng, 4))
    A, B = root @ M @ root.T, root @ root.T
    dA, dB = draws.symmetric(rng, 4), draws.symmetric(rng, 4)
    for check in _generalised(A, B, dA, dB, generalised_pairs(A, B)):
        bounds = {"five-point differences": 1e-5, "characteristic polynomial": 1e-5}
        yield dataclasses.replace(check, bounds=bounds)


@outside("generalised-eigenvalue-derivative", "B is not symmetric")
def generalised_eigenvalue_derivative_skewed(rng: np.random.Generator) -> Iterator[Check]:
    root, M = regular(rng, 4), with_spectrum(rng, apart(rng, 4))
    A, B = root @ M @ root.T, root @ (np.eye(4) + 0.03 * draws.skew(rng, 4)) @ root.T
    dA, dB = draws.symmetric(rng, 4), draws.symmetric(rng, 4)
    for check in _generalised(A, B, dA, dB, generalised_pairs(A, B)):
        bounds = {"five-point differences": 1e-5, "characteristic polynomial": 1e-5}
        yield dataclasses.replace(check, bounds=bounds)


@outside("generalised-eigenvalue-derivative", "v^T v is 1, and v^T B v is not")
def generalised_eigenvalue_derivative_length(rng: np.random.Generator) -> Iterator[Check]:
    root = regular(rng, 4)
    A, B = root @ with_spectrum(rng, apart(rng, 4)) @ root.T, root @ root.T
    pairs = [(x, v / np.linalg.norm(v)) for x, v in generalised_pairs(A, B)]
    yield from _generalised(A, B, draws.symmetric(rng, 4), draws.symmetric(rng, 4), pairs)


@outside("generalised-eigenvalue-derivative", "lambda is double")
def generalised_eigenvalue_derivative_double(rng: np.random.Generator) -> Iterator[Check]:
    M, V = doubled(rng)
    root, dM, dB = regular(rng, 5), tilted(rng, V, 0.8), draws.symmetric(rng, 5)
    A, B, V = root @ M @ root.T, root @ root.T, inv(root).T @ V  # V^T B V = I
    dA = root @ dM @ root.T + 2 * dB
    slopes, split = (
        [v @ (dA - 2 * dB) @ v for v in V.T],
        np.linalg.eigvalsh(V.T @ (dA - 2 * dB) @ V),
    )

    def largest(t: float) -> Array:
        return real_eigenvalues(solve(B + t * dB, A + t * dA))[3:]

    yield Check(  # of the two largest, to the right and to the left
        stated=np.array([slopes, slopes]),
        referees={
            "one-sided differences": both_slopes(largest, 0.0, 1.0),
            "eigenvalues of V^T (dA - lambda dB) V": np.array([split, split[::-1]]),
        },
        bounds={"one-sided differences": 1e-5},
    )


def doubled(rng: np.random.Generator) -> tuple[Array, Array]:
    """A symmetric A of order 5 with the largest eigenvalue 2 twice, and its eigenspace."""
    Q = orthogonal(rng, 5)
    return sym((Q * np.array([-1.0, 0.3, 1.1, 2.0, 2.0])) @ Q.T), Q[:, 3:]


def tilted(rng: np.random.Generator, V: Array, tilt: float) -> Array:
    """A symmetric H with V^T H V well away from diagonal, so that no basis is lucky."""
    H, a = draws.symmetric(rng, 5), rng.uniform(0.5, 1.0)
    B = np.array([[a, tilt], [tilt, 0.3 * a]])
    return H + V @ (B - V.T @ H @ V) @ V.T


def not_symmetric(rng: np.random.Generator) -> tuple[Array, Array]:
    """Like `doubled`, of a matrix that is not symmetric; the eigenspace has orthonormal columns."""
    S = orthogonal(rng, 5) + 0.3 * orthogonal(rng, 5)
    A = S @ np.diag([-1.0, 0.3, 1.1, 2.0, 2.0]) @ inv(S)
    return A, np.linalg.qr(S[:, 3:])[0]


#: Turns orthonormal columns into others that span the same, and are not orthogonal.
SKEWED = np.array([[1.0, 0.5], [0.0, 1.0]])


@claim("repeated-eigenvalues-one-sided")
def repeated_eigenvalues_one_sided(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _splits(A, V, tilted(rng, V, 0.8))


def _splits(A: Array, V: Array, H: Array) -> Iterator[Check]:
    B = V.T @ H @ V

    def leading(s: float) -> Any:  # det(A + tH - (2 + st) I) = t^2 leading(s) + ...
        return circle(det, A - 2 * np.eye(5), H - s * np.eye(5), 2) / 2

    places = np.array([-1.0, 0.0, 1.0])
    roots = np.roots(np.polyfit(places, [leading(s) for s in places], 2))
    yield Check(
        stated=np.linalg.eigvalsh(B),
        referees={
            "one-sided differences": one_sided(lambda t: real_eigenvalues(A + t * H)[3:]),
            "characteristic polynomial": np.sort(roots.real),
        },
        wrong={
            "v^T H v for a basis": np.sort(np.diagonal(B)),
            "one slope for both": np.full(2, np.trace(B) / 2),
        },
        bounds={"one-sided differences": 1e-6},  # h^4 times a fifth derivative, and roundings / h
    )


@outside("repeated-eigenvalues-one-sided", "A is not symmetric")
def repeated_eigenvalues_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    A, V = not_symmetric(rng)
    for check in _splits(A, V, tilted(rng, V, 0.8)):
        bounds = {"one-sided differences": 1e-5, "characteristic polynomial": 1e-5}
        yield dataclasses.replace(check, bounds=bounds)


@outside("repeated-eigenvalues-one-sided", "the columns of V are not orthogonal")
def repeated_eigenvalues_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _splits(A, V @ SKEWED, tilted(rng, V, 0.8))


@outside("repeated-eigenvalues-one-sided", "t is negative (the order)")
def repeated_eigenvalues_negative(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)
    steps, roots = next(_splits(A, V, -H)).referees.values()
    yield Check(
        stated=next(_splits(A, V, H)).stated,
        referees={"one-sided differences": -steps, "characteristic polynomial": -roots},
        bounds={"one-sided differences": 1e-6},
    )


@claim("largest-eigenvalue-one-sided")
def largest_eigenvalue_one_sided(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H, K = tilted(rng, V, 0.8), tilted(rng, V, -0.6)
    yield from _largest_slope(A, V, V, H, K)
    # Beside the double one: as soon as it is simple, the derivative is linear.
    v, directions = V[:, 1], (H, -H, H + K)
    simple, top = A + 0.7 * np.outer(v, v), 2.7

    def implicit_slope(H: Array) -> Any:  # det(A + tH - x I) = 0, differentiated in t and in x
        eye = np.eye(5)
        by_t = complex_step(lambda t: det(simple + t * H - top * eye), 0.0, 1.0)
        return -by_t / complex_step(lambda x: det(simple - x * eye), top, 1.0)

    yield Check(
        stated=[v @ H @ v, -(v @ H @ v), v @ H @ v + v @ K @ v],
        referees={
            "one-sided differences": [
                one_sided(lambda t: np.linalg.eigvalsh(simple + t * D)[-1])  # noqa: B023
                for D in directions
            ],
            "characteristic polynomial": [implicit_slope(D) for D in directions],
        },
        wrong={"as for the double one": [np.linalg.eigvalsh(V.T @ D @ V)[-1] for D in directions]},
        bounds={"one-sided differences": 1e-6},
    )


def _largest_slope(A: Array, V: Array, space: Array, H: Array, K: Array) -> Iterator[Check]:
    """What is stated with V, on an eigenspace that is spanned by orthonormal columns."""

    def by_difference(H: Array) -> Any:
        return one_sided(lambda t: np.linalg.eigvalsh(A + t * H)[-1])

    def by_angle(H: Array) -> Any:
        """The largest v^T H v over the unit circle of the eigenspace, from three angles."""
        a, b, c = (
            (space @ [np.cos(x), np.sin(x)]) @ H @ (space @ [np.cos(x), np.sin(x)])
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


@outside("largest-eigenvalue-one-sided", "A is not symmetric")
def largest_eigenvalue_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    A, V = not_symmetric(rng)
    H = tilted(rng, V, 0.8)
    check = next(_largest_slope(A, V, V, H, H))
    found = one_sided(lambda t: real_eigenvalues(A + t * H)[-1])
    yield Check(
        stated=check.stated,
        referees={"one-sided differences": found},
        bounds={"one-sided differences": 1e-5},
    )


@outside("largest-eigenvalue-one-sided", "V misses a direction of the eigenspace")
def largest_eigenvalue_part(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)
    yield next(_largest_slope(A, V[:, :1], V, H, H))


@outside("largest-eigenvalue-one-sided", "the columns of V are not orthogonal")
def largest_eigenvalue_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    H = tilted(rng, V, 0.8)
    yield next(_largest_slope(A, V @ SKEWED, V, H, H))


def around(f: Callable[[Any], Any], centre: float, radius: float = 0.45) -> Array:
    """(1 / 2 pi i) times the integral of f over a circle, by 256 values."""
    z = radius * np.exp(2j * np.pi * np.arange(256) / 256)
    return np.mean([w * np.asarray(f(centre + w)) for w in z], axis=0).real


@claim("cluster-sum-differential")
def cluster_sum_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _cluster_sum(A, V, tilted(rng, V, 0.8))


def _cluster_sum(A: Array, V: Array, H: Array) -> Iterator[Check]:
    def integrand(z: Any) -> Any:
        R = inv(z * np.eye(5) - A)
        return z * np.trace(R @ H @ R)

    one = V[:, 0] @ H @ V[:, 0]
    yield Check(
        stated=np.trace(V.T @ H @ V),
        referees={
            "five-point differences": near(lambda A: real_eigenvalues(A)[3:].sum(), A, H),
            "contour integral": around(integrand, 2.0),
        },
        wrong={
            "twice the slope of one eigenvector": 2 * one,
            "twice the largest slope": 2 * np.linalg.eigvalsh(V.T @ H @ V)[-1],
        },
    )


@outside("cluster-sum-differential", "A is not symmetric")
def cluster_sum_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    A, V = not_symmetric(rng)
    for check in _cluster_sum(A, V, tilted(rng, V, 0.8)):
        yield dataclasses.replace(check, bounds={"five-point differences": 1e-5})


@outside("cluster-sum-differential", "the columns of V are not orthogonal")
def cluster_sum_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _cluster_sum(A, V @ SKEWED, tilted(rng, V, 0.8))


@outside("cluster-sum-differential", "mu is triple, and two of the three are added")
def cluster_sum_triple(rng: np.random.Generator) -> Iterator[Check]:
    Q, H = orthogonal(rng, 5), draws.symmetric(rng, 5)
    A, V = sym((Q * np.array([-1.0, 0.3, 2.0, 2.0, 2.0])) @ Q.T), Q[:, 2:]
    slope, split = np.trace(V[:, :2].T @ H @ V[:, :2]), np.linalg.eigvalsh(V.T @ H @ V)
    yield Check(  # of the two largest, to the right and to the left
        stated=np.array([slope, slope]),
        referees={
            "one-sided differences": both_slopes(lambda A: real_eigenvalues(A)[3:].sum(), A, H),
            "eigenvalues of V^T H V": np.array([split[1:].sum(), split[:2].sum()]),
        },
        bounds={"one-sided differences": 1e-5},
    )


@claim("cluster-projector-differential")
def cluster_projector_differential(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _cluster_projector(A, V, tilted(rng, V, 0.8))


def _cluster_projector(A: Array, V: Array, H: Array) -> Iterator[Check]:
    P = V @ V.T
    G = np.linalg.pinv(2 * np.eye(5) - A, rcond=1e-9)

    def projector(A: Any) -> Any:
        w, vectors = np.linalg.eig(A)
        span = vectors[:, np.argsort(w.real)[3:]]
        Q, _ = np.linalg.qr(span)
        return (Q @ Q.conj().T).real

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


def _by_differences(checks: Iterator[Check]) -> Iterator[Check]:
    """Where the contour integral finds an oblique projector, only the orthogonal one counts."""
    for check in checks:
        found = check.referees["five-point differences"]
        yield Check(
            stated=check.stated,
            referees={"five-point differences": found},
            bounds={"five-point differences": 1e-5},
        )


@outside("cluster-projector-differential", "A is not symmetric")
def cluster_projector_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    A, V = not_symmetric(rng)
    yield from _by_differences(_cluster_projector(A, V, tilted(rng, V, 0.8)))


@outside("cluster-projector-differential", "H is not symmetric")
def cluster_projector_direction(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _by_differences(_cluster_projector(A, V, tilted(rng, V, 0.8) + draws.skew(rng, 5)))


@outside("cluster-projector-differential", "the columns of V are not orthogonal")
def cluster_projector_skewed(rng: np.random.Generator) -> Iterator[Check]:
    A, V = doubled(rng)
    yield from _cluster_projector(A, V @ SKEWED, tilted(rng, V, 0.8))
