"""Checks of the claims of the page "Eigenvalues"."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...calculus import differential, gradient
from ..checking import Check, claim, outside
from ..draws import fractions, normal, regular, signed, symmetric
from ..referees import (
    both_slopes,
    circle_coefficients,
    complex_step,
    exact_coefficients,
    five_point,
    order,
    partials,
)
from .shared import Array, cofactors, expansion

inv, det, eig, eigvals = np.linalg.inv, np.linalg.det, np.linalg.eig, np.linalg.eigvals

#: Steps of five-point differences of eigenvalues, which bend more than most functions.
FINE = 2.0**-11


def in_order(w: Any) -> Any:
    """By real part, then by imaginary part."""
    return w[np.lexsort((w.imag, w.real))]


def spread(rng: np.random.Generator) -> tuple[Array, Array]:
    """A real 4 by 4 matrix, two of its eigenvalues complex, all far apart; and these, in order."""
    x, a, b = np.array([0.0, 3.0, -2.0]) + rng.uniform(-0.3, 0.3, 3)
    y = rng.uniform(1.0, 1.5)
    L = np.diag([x, x, a, b])
    L[0, 1], L[1, 0] = y, -y
    S = regular(rng, 4)
    return S @ L @ inv(S), in_order(np.array([x + 1j * y, x - 1j * y, a, b]))


def eigensystem(A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues in order, left and right vectors of length 1 as columns."""
    w, V = eig(A)
    z, U = eig(A.T)
    return in_order(w), U[:, np.lexsort((z.imag, z.real))], V[:, np.lexsort((w.imag, w.real))]


def scaled(U: Array, V: Array) -> Array:
    """The left vectors with u^T v = 1."""
    return U / np.sum(U * V, axis=0)


def null_vectors(A: Array, w: Array, like: Array) -> Array:
    """A solution of (A - lambda I) v = 0 for each lambda by SVD, scaled like a given one."""
    columns = []
    for value, v in zip(w, like.T, strict=True):
        n = np.linalg.svd(A - value * np.eye(len(A)))[2][-1].conj()
        largest = np.argmax(np.abs(v))
        columns.append(n * v[largest] / n[largest])
    return np.array(columns).T


@claim("eigen-definitions")
def eigen_definitions(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    w, U, V = eigensystem(A)
    yield Check(
        stated=V * w,
        referees={"matrix product": A @ V, "null vectors": null_vectors(A, built, V) * built},
        wrong={"eigenvalues in another order": V * w[::-1], "rows for columns": V.T * w},
    )
    yield Check(
        stated=(U * w).T,
        referees={
            "matrix product": U.T @ A,
            "null vectors": (null_vectors(A.T, built, U) * built).T,
        },
        wrong={
            "conjugate transpose (E42)": U.conj().T @ A,
            "right eigenvectors for left ones": V.T @ A,
        },
    )


@outside("eigen-definitions", "u^T is the conjugate transpose, and lambda is complex")
def eigen_definitions_conjugate(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, _ = eigensystem(A)
    null = null_vectors(A.T, built, U)
    yield Check(
        stated=(U.conj() * built).T,
        referees={"matrix product": U.conj().T @ A, "null vectors": (null * built).conj().T},
    )


@claim("eigen-normalisation")
def eigen_normalisation(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    null = null_vectors(A.T, built, U)
    yield Check(
        stated=scaled(U, V),
        referees={
            "null vectors": null / np.sum(null * V, axis=0),
            "rows of the inverse of V": inv(V).T,
        },
        wrong={
            "both of length 1 (E44)": U,
            "scaled with a conjugate": U / np.sum(U.conj() * V, axis=0).conj(),
        },
    )
    simple, rotation, block, mixed = (
        np.array(M, dtype=object)
        for M in (
            [[2, 1], [0, 3]],
            [[0, 1], [-1, 0]],
            [[0, 1], [0, 0]],
            [[5, 1, 0], [0, 5, 0], [0, 2, 1]],
        )
    )
    pairs: list[tuple[Array, Any]] = [
        (simple, 2),
        (rotation, 1j),
        (block, 0),
        (mixed, 5),
        (mixed, 1),
    ]
    yield Check(
        stated=[True, True, False, False, True],
        referees={
            "null vectors": [_can_be_scaled(A.astype(float), value) for A, value in pairs],
            "simple zeros of det(zI - A)": [_is_simple(A, value) for A, value in pairs],
        },
        wrong={
            "always possible (E44)": [True] * 5,
            "real eigenvalues only": [True, False, False, False, True],
        },
    )

    # Repeated eigenvalues: semisimple, with blocks of sizes 2 and 1, and with one block.
    S = regular(rng, 3)
    repeated = [S @ J @ inv(S) for J in (np.diag([3.0, 3, 1]), _blocks(2, 1), _blocks(3))]
    kernels = [np.linalg.matrix_rank(B - 3 * np.eye(3), tol=1e-8) for B in repeated]
    twice = [
        np.linalg.matrix_rank(np.linalg.matrix_power(B - 3 * np.eye(3), 2), tol=1e-8)
        for B in repeated
    ]
    yield Check(
        stated=[True, True, False],
        referees={
            "null vectors": [_can_be_scaled(B, 3) for B in repeated],
            # the number of blocks of size 1
            "ranks of (A - 3I)^k": [3 - 2 * a + b > 0 for a, b in zip(kernels, twice, strict=True)],
        },
        wrong={
            "impossible for every defective one (E44)": [True, False, False],
            "impossible for every repeated one": [False] * 3,
        },
    )


def _blocks(*sizes: int) -> Array:
    """Jordan blocks of these sizes for the eigenvalue 3."""
    ends = np.cumsum(sizes)[:-1] - 1
    above = np.ones(sum(sizes) - 1)
    above[ends] = 0
    return 3 * np.eye(sum(sizes)) + np.diag(above, 1)


def _can_be_scaled(A: Array, value: complex) -> bool:
    """Whether some left and some right eigenvector have u^T v different from 0."""
    left, right = (_kernel(M - value * np.eye(len(A))) for M in (A.T, A))
    return bool(np.abs(left.T @ right).max() > 1e-6)


@outside("eigen-normalisation", "lambda has no Jordan block of size 1")
def eigen_normalisation_blocks(rng: np.random.Generator) -> Iterator[Check]:
    S = regular(rng, 3)
    A = S @ _blocks(3) @ inv(S)
    ranks = [
        np.linalg.matrix_rank(M, tol=1e-8)
        for M in (A - 3 * np.eye(3), (A - 3 * np.eye(3)) @ (A - 3 * np.eye(3)))
    ]
    yield Check(
        stated=True,
        referees={
            "null vectors": _can_be_scaled(A, 3),
            "ranks of (A - 3I)^k": bool(3 - 2 * ranks[0] + ranks[1] > 0),
        },
    )


@outside("eigen-normalisation", "u and v belong to two eigenvalues")
def eigen_normalisation_two(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    pairs = itertools.permutations(range(4), 2)
    yield Check(
        stated=[True] * 12,
        referees={
            "u^T v": [bool(abs(U[:, i] @ V[:, j]) > 1e-9) for i, j in pairs],
            "null vectors": [
                bool(abs(p) > 1e-9)
                for p in (null_vectors(A.T, built, U).T @ null_vectors(A, built, V))[
                    ~np.eye(4, dtype=bool)
                ]
            ],
        },
    )


def _kernel(M: Array) -> Array:
    _, s, Vh = np.linalg.svd(M)
    return Vh[s < 1e-8 * max(1.0, s[0])].conj().T


def _is_simple(A: Array, value: complex) -> bool:
    coefficients = exact_coefficients(expansion, fractions(-A), np.eye(len(A), dtype=int), len(A))
    slope = sum(k * complex(c) * value ** (k - 1) for k, c in enumerate(coefficients) if k)
    return bool(abs(slope) > 1e-8)


@claim("eigen-expression")
def eigen_expression(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    yield from _expressed(A, built, scaled(U, V), V)


def _expressed(A: Array, built: Array, left: Array, V: Array) -> Iterator[Check]:
    U = eigensystem(A)[1]
    characteristic = np.real(circle_coefficients(det, -A, np.eye(4), 4))  # det(zI - A)
    yield Check(
        stated=np.sum(left * (A @ V), axis=0),
        referees={
            "eigenvalues it was built from": built,
            "zeros of det(zI - A)": in_order(np.roots(characteristic[::-1])),
        },
        wrong={
            "both of length 1 (E44)": np.sum(U * (A @ V), axis=0),
            "conjugated left vectors": np.sum(left.conj() * (A @ V), axis=0),
        },
    )


@outside("eigen-expression", "u^T v is not 1 but both have length 1")
def eigen_expression_lengths(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    yield from _expressed(A, built, U, V)


class Moving:
    """A(t) = S(t) diag(l(t)) S(t)^-1: eigenvalues and normalised pairs known at every t."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.S = regular(rng, 3), 0.5 * normal(rng, 3, 3)
        self.l = np.array([-2.0, 0.5, 3.0]), *rng.uniform(0.5, 1.0, (2, 3))
        self.t = 0.2

    def right(self, t: Any) -> Any:
        return self.S[0] + t * self.S[1]

    def left(self, t: Any) -> Any:
        return inv(self.right(t)).T

    def values(self, t: Any) -> Any:
        return self.l[0] + t * self.l[1] + t * t * self.l[2]

    def matrix(self, t: Any) -> Any:
        return (self.right(t) * self.values(t)) @ inv(self.right(t))

    def rate(self, f: Callable[[Any], Any]) -> Array:
        return complex_step(f, self.t, 1.0)


def forms(U: Array, M: Array, V: Array) -> Array:
    """u_i^T M v_i for each i."""
    return np.sum(U * (M @ V), axis=0)


@claim("eigen-product-rule")
def eigen_product_rule(rng: np.random.Generator) -> Iterator[Check]:
    m = Moving(rng)
    yield from _product_rule(m, m.left)


def _product_rule(m: Moving, left: Callable[[Any], Any]) -> Iterator[Check]:
    t, A, U, V = m.t, m.matrix(m.t), left(m.t), m.right(m.t)
    dA, dU, dV = m.rate(m.matrix), m.rate(left), m.rate(m.right)
    order = np.argsort(eigvals(A))
    yield Check(
        stated=forms(dU, A, V) + forms(U, dA, V) + forms(U, A, dV),
        referees={
            "eigenvalues it was built from": m.l[1] + 2 * t * m.l[2],
            "five-point differences": five_point(
                lambda t: np.sort(eigvals(m.matrix(t)).real), t, 1.0, h=FINE
            ),
        },
        wrong={
            "last term forgotten": forms(dU, A, V) + forms(U, dA, V),
            "first term forgotten": forms(U, dA, V) + forms(U, A, dV),
        },
        table=lambda: differential(lambda t: eig(m.matrix(t))[0], t, 1.0)[order],
    )


@outside("eigen-product-rule", "u^T v is 1 at this t only")
def eigen_product_rule_rescaled(rng: np.random.Generator) -> Iterator[Check]:
    m = Moving(rng)
    yield from _product_rule(m, lambda t: m.left(t) * np.exp(t - m.t))


@claim("eigen-cancellation")
def eigen_cancellation(rng: np.random.Generator) -> Iterator[Check]:
    m = Moving(rng)
    yield from _cancelled(m, m.left)


def _cancelled(m: Moving, left: Callable[[Any], Any]) -> Iterator[Check]:
    A, U, V, values = m.matrix(m.t), left(m.t), m.right(m.t), m.values(m.t)
    dU, dV = m.rate(left), m.rate(m.right)

    def unit(vectors: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda t: vectors(t) / np.sqrt(np.sum(vectors(t) ** 2, axis=0))

    lengths = m.rate(lambda t: np.sum(unit(m.left)(t) * unit(m.right)(t), axis=0))
    first, second = forms(dU, A, V), forms(U, A, dV)
    slow = five_point(left, m.t, 1.0)
    yield Check(
        stated=-second,
        referees={"complex step": first, "five-point differences": forms(slow, A, V)},
        wrong={
            "the two terms are equal": second,
            "each of the two vanishes": np.zeros(3),
            "lengths kept instead of u^T v (E44)": values * lengths - second,
        },
    )


@outside("eigen-cancellation", "u^T v is 1 at this t only")
def eigen_cancellation_rescaled(rng: np.random.Generator) -> Iterator[Check]:
    m = Moving(rng)
    yield from _cancelled(m, lambda t: m.left(t) * np.exp(t - m.t))


def in_time(A: Array, H: Array, value: complex) -> Any:
    """The slope of det(value I - A - tH) at t = 0."""
    return circle_coefficients(lambda X: det(value * np.eye(len(A)) - X), A, H, 1)[1]


def implicit_slopes(A: Array, H: Array, values: Array) -> Array:
    """Slopes of simple eigenvalues: det(lambda(t) I - A - tH) stays zero."""
    others = [np.prod(value - np.delete(values, k)) for k, value in enumerate(values)]
    return -np.array([in_time(A, H, value) for value in values]) / others


@claim("eigenvalue-derivative")
def eigenvalue_derivative(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    yield from _eigenvalue_slopes(A, built, scaled(U, V), V, normal(rng, 4, 4))


def _eigenvalue_slopes(A: Array, built: Array, left: Array, V: Array, H: Array) -> Iterator[Check]:
    U = eigensystem(A)[1]
    order = np.lexsort((eigvals(A).imag, eigvals(A).real))
    yield Check(
        stated=forms(left, H, V),
        referees={
            "five-point differences": five_point(lambda X: in_order(eigvals(X)), A, H, h=FINE),
            "characteristic polynomial": implicit_slopes(A, H, built),
        },
        wrong={
            "both of length 1 (E44)": forms(U, H, V),
            "right vector on both sides": forms(V.conj(), H, V),
            "conjugated left vectors": forms(left.conj(), H, V),
        },
        table=lambda: differential(lambda X: eig(X)[0], A, H)[order],
    )


@outside("eigenvalue-derivative", "u^T v is not 1 but both have length 1")
def eigenvalue_derivative_lengths(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    yield from _eigenvalue_slopes(A, built, U, V, normal(rng, 4, 4))


def doubled(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """A matrix with the largest eigenvalue twice, normalised pairs of it, and a direction.

    Along the direction, too, it has two real slopes, and the pairs are not those that split.
    """
    S, (a, b), x = regular(rng, 4), rng.uniform(-2.0, 0.0, 2), rng.uniform(1.0, 2.0)
    T, middle = inv(S), np.array([[1.0, 0.8], [0.5, -1.0]]) + rng.uniform(-0.2, 0.2, (2, 2))
    H = normal(rng, 4, 4)
    H = H + S[:, :2] @ (middle - T[:2] @ H @ S[:, :2]) @ T[:2]
    return S @ np.diag([x, x, a, b]) @ T, T[:2].T, S[:, :2], H


def largest_two(X: Array) -> Array:
    return np.sort(eigvals(X).real)[2:]


def slopes_of_the_pair(U: Array, H: Array, V: Array) -> Array:
    """To the right, in order, and to the left: (U^T H V) splits a double eigenvalue."""
    s = np.sort(eigvals(U.T @ H @ V).real)
    return np.array([s, s[::-1]])


@outside("eigenvalue-derivative", "lambda is double")
def eigenvalue_derivative_double(rng: np.random.Generator) -> Iterator[Check]:
    A, U, V, H = doubled(rng)
    slopes = forms(U, H, V)
    yield Check(  # of the two largest eigenvalues, to the right and to the left
        stated=np.array([slopes, slopes]),
        referees={
            "one-sided differences": both_slopes(largest_two, A, H),
            "eigenvalues of U^T H V": slopes_of_the_pair(U, H, V),
        },
        bounds={"one-sided differences": 1e-6},
    )


@claim("eigenvalue-gradient")
def eigenvalue_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    u, v = scaled(U, V)[:, -1].real, V[:, -1].real  # the largest one is real
    largest = int(np.argmax(eigvals(A).real))
    C = cofactors(built[-1].real * np.eye(4) - A)
    differences = partials(
        lambda X: np.max(eigvals(X).real), A, lambda f, X, H: five_point(f, X, H, h=FINE)
    )
    yield Check(
        stated=np.outer(u, v),
        referees={"five-point differences": differences, "cofactors": C / np.trace(C)},
        wrong={
            "transposed": np.outer(v, u),
            "v on both sides": np.outer(v, v) / (v @ v),
            "u of length 1 (E44)": np.outer(u, v) / np.linalg.norm(u),
        },
        table=lambda: gradient(lambda X: np.real(eig(X)[0][largest]), A),
    )
    yield Check(
        stated=np.linalg.norm(u) * np.linalg.norm(v),
        referees={
            "five-point differences": np.linalg.norm(differences),
            "angle between left and right": 1 / abs(U[:, -1] @ V[:, -1]),
        },
        wrong={"length 1": 1.0},
    )


@outside("eigenvalue-gradient", "u^T v is not 1 but both have length 1")
def eigenvalue_gradient_lengths(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    u, v = U[:, -1].real, V[:, -1].real
    C = cofactors(built[-1].real * np.eye(4) - A)
    yield Check(stated=np.outer(u, v), referees={"cofactors": C / np.trace(C)})
    yield Check(
        stated=np.linalg.norm(u) * np.linalg.norm(v),
        referees={"cofactors": np.linalg.norm(C / np.trace(C))},
    )


@outside("eigenvalue-gradient", "lambda is complex, and the inner product Tr(A^H B)")
def eigenvalue_gradient_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    lowest = int(np.argmin(built.imag))
    u, v = scaled(U, V)[:, lowest], V[:, lowest]
    C = cofactors(built[lowest] * np.eye(4) - A)

    def slope(f: Callable[[Array], Any], X: Array, H: Array) -> Any:
        return five_point(f, X, H, h=FINE)

    def least(X: Array) -> Any:  # by imaginary part: one of the pair
        return min(eigvals(X), key=lambda w: w.imag)

    yield Check(
        stated=np.outer(u, v),
        referees={
            "five-point differences": partials(least, A, slope).conj(),
            "cofactors": (C / np.trace(C)).conj(),
        },
    )


@outside("eigenvalue-gradient", "lambda is double")
def eigenvalue_gradient_double(rng: np.random.Generator) -> Iterator[Check]:
    A, U, V, H = doubled(rng)
    slope = np.sum(np.outer(U[:, 1], V[:, 1]) * H)
    yield Check(  # of the largest eigenvalue, to the right and to the left
        stated=np.array([slope, slope]),
        referees={
            "one-sided differences": both_slopes(lambda X: largest_two(X)[1], A, H),
            "eigenvalues of U^T H V": slopes_of_the_pair(U, H, V)[:, 1],
        },
        bounds={"one-sided differences": 1e-6},
    )


@claim("eigenvalue-symmetric")
def eigenvalue_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    Q, _ = np.linalg.qr(normal(rng, 4, 4))
    A = (Q * (np.array([-2.0, -0.5, 1.0, 3.0]) + rng.uniform(-0.2, 0.2, 4))) @ Q.T
    A = (A + A.T) / 2
    yield from _symmetric_slopes(A, np.linalg.eigh(A)[1], symmetric(rng, 4))


def _symmetric_slopes(A: Array, V: Array, H: Array) -> Iterator[Check]:
    yield Check(
        stated=forms(V, H, V),
        referees={
            "five-point differences": five_point(lambda X: in_order(eigvals(X)).real, A, H, h=FINE),
            "characteristic polynomial": implicit_slopes(A, H, in_order(eigvals(A)).real).real,
        },
        wrong={
            "v of length 2": 4 * forms(V, H, V),
            "diagonal of H": np.diag(H),
        },
        table=lambda: differential(np.linalg.eigvalsh, A, H),
    )


def _symmetric(rng: np.random.Generator, w: Any) -> Array:
    Q, _ = np.linalg.qr(normal(rng, 4, 4))
    A = (Q * np.asarray(w)) @ Q.T
    return (A + A.T) / 2


@outside("eigenvalue-symmetric", "A is not symmetric")
def eigenvalue_symmetric_not(rng: np.random.Generator) -> Iterator[Check]:
    A = _symmetric(rng, [-2.0, -0.5, 1.0, 3.0])
    A[:, 0] += 0.2 * normal(rng, 4)
    w, V = eig(A)
    yield from _symmetric_slopes(A, V[:, np.argsort(w)].real, symmetric(rng, 4))


@outside("eigenvalue-symmetric", "v is longer than 1")
def eigenvalue_symmetric_longer(rng: np.random.Generator) -> Iterator[Check]:
    A = _symmetric(rng, [-2.0, -0.5, 1.0, 3.0])
    yield from _symmetric_slopes(A, 1.1 * np.linalg.eigh(A)[1], symmetric(rng, 4))


@outside("eigenvalue-symmetric", "A is Hermitian and not real")
def eigenvalue_symmetric_hermitian(rng: np.random.Generator) -> Iterator[Check]:
    Q, _ = np.linalg.qr(normal(rng, 4, 4) + 1j * normal(rng, 4, 4))
    A = (Q * np.array([-2.0, -0.5, 1.0, 3.0])) @ Q.conj().T
    H = symmetric(rng, 4)
    yield Check(
        stated=forms(Q, H, Q),
        referees={
            "five-point differences": five_point(np.linalg.eigvalsh, A, H, h=FINE),
            "characteristic polynomial": implicit_slopes(A, H, np.linalg.eigvalsh(A)).real,
        },
    )


@outside("eigenvalue-symmetric", "lambda is double")
def eigenvalue_symmetric_double(rng: np.random.Generator) -> Iterator[Check]:
    A = _symmetric(rng, [-2.0, -0.5, 1.5, 1.5])
    V = np.linalg.eigh(A)[1][:, 2:]
    middle = np.array([[1.0, 0.8], [0.8, -1.0]]) + rng.uniform(-0.2, 0.2)
    H = symmetric(rng, 4)
    H = H + V @ (middle - V.T @ H @ V) @ V.T
    slopes = forms(V, H, V)
    yield Check(  # of the two largest eigenvalues, to the right and to the left
        stated=np.array([slopes, slopes]),
        referees={
            "one-sided differences": both_slopes(lambda X: np.linalg.eigvalsh(X)[2:], A, H),
            "eigenvalues of V^T H V": slopes_of_the_pair(V, H, V),
        },
        bounds={"one-sided differences": 1e-6},
    )


@claim("eigenvalue-crossing", draws=1)
def eigenvalue_crossing(rng: np.random.Generator) -> Iterator[Check]:
    times = np.array([0.125, -0.125])  # after and before
    matrices = [np.array([[0.0, t], [t, 0.0]]) for t in times]
    zeros = [np.sort(np.roots([1.0, 0.0, -(t**2)])) for t in times]
    yield Check(
        stated=np.array([[-1.0, 1.0], [1.0, -1.0]]),
        referees={
            "eigenvalues": np.array([np.linalg.eigvalsh(M) for M in matrices]) / times[:, None],
            "zeros of z^2 - t^2": np.array(zeros) / times[:, None],
        },
        wrong={
            "the formula with e_1 and e_2 (E43)": np.zeros((2, 2)),
            "the slopes of one side on both": np.array([[-1.0, 1.0], [-1.0, 1.0]]),
        },
    )


@outside("eigenvalue-crossing", "the eigenvalues are followed along, and not in order")
def eigenvalue_crossing_followed(rng: np.random.Generator) -> Iterator[Check]:
    t = float(rng.uniform(0.1, 1.0))
    matrices = [np.array([[0.0, s], [s, 0.0]]) for s in (t, -t)]
    pair = np.array([[1.0, 1.0], [-1.0, 1.0]]) / np.sqrt(2)  # eigenvectors, for every t
    yield Check(
        stated=np.array([[-1.0, 1.0], [1.0, -1.0]]),
        referees={
            "Rayleigh quotients": np.array([forms(pair, M, pair) / M[0, 1] for M in matrices]),
            "matrix product": np.array([(M @ pair / pair)[0] / M[0, 1] for M in matrices]),
        },
    )


@claim("eigenvalue-defective")
def eigenvalue_defective(rng: np.random.Generator) -> Iterator[Check]:
    mu, nu = rng.uniform(-0.5, 0.5), rng.uniform(2.0, 3.0)
    S = regular(rng, 3)
    A = S @ np.array([[mu, 1.0, 0.0], [0.0, mu, 0.0], [0.0, 0.0, nu]]) @ inv(S)
    v, u = S[:, 0], inv(S)[1]  # and w = S[:, 1]
    H, speed = normal(rng, 3, 3), signed(rng, 0.5, 1.5)
    H = H + (speed - u @ H @ v) * np.outer(u, v) / (u @ u) / (v @ v)  # now u^T H v = speed

    def half_distance_squared(X: Array) -> float:
        z = eigvals(X)
        a, b = z[np.argsort(np.abs(z - mu))[:2]]
        return (((a - b) / 2) ** 2).real

    bend = circle_coefficients(det, mu * np.eye(3) - A, np.eye(3), 2)[2].real
    yield Check(
        stated=u @ H @ v,
        referees={
            "five-point differences": five_point(half_distance_squared, A, H, h=FINE),
            "characteristic polynomial": -in_time(A, H, mu).real / bend,
        },
        wrong={
            "lambda moves in proportion to t": 0.0,
            "sign lost": -u @ H @ v,
        },
    )
    times = np.array([1 / 4, 1 / 9, 4.0])
    yield Check(
        stated=np.array([[-1 / 2, 1 / 2], [-1 / 3, 1 / 3], [-2.0, 2.0]]),
        referees={
            "eigenvalues": [np.sort(eigvals(np.array([[0.0, 1.0], [t, 0.0]]))) for t in times],
            "zeros of z^2 - t": [np.sort(np.roots([1.0, 0.0, -t])) for t in times],
        },
        wrong={
            "proportional to t": np.array([-times, times]).T,
            "not moving (E43)": np.zeros((3, 2)),
        },
    )


@outside("eigenvalue-defective", "mu is triple, with a second block")
def eigenvalue_defective_triple(rng: np.random.Generator) -> Iterator[Check]:
    mu, S = rng.uniform(-0.5, 0.5), regular(rng, 3)
    A = S @ (mu * np.eye(3) + np.diag([1.0, 0.0], 1)) @ inv(S)
    # u^T A = mu u^T and u^T w = 1, but u is not the only one
    v, u = S[:, 0], inv(S)[1] + signed(rng, 0.5, 1.5) * inv(S)[2]
    directions, t = normal(rng, 3, 3, 3), 1e-10

    def fastest_squared(X: Array) -> float:
        z = eigvals(X) - mu
        return (z[np.argmax(np.abs(z))] ** 2).real

    yield Check(
        stated=[u @ H @ v for H in directions],
        referees={"eigenvalues": [fastest_squared(A + t * H) / t for H in directions]},
        bounds={"eigenvalues": 1e-3},  # up to the root of t
    )


@outside("eigenvalue-defective", "u^T H v is 0 (like a square root)")
def eigenvalue_defective_slow(rng: np.random.Generator) -> Iterator[Check]:
    S, nu = regular(rng, 3), rng.uniform(2.0, 3.0)
    A = S @ np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, nu]]) @ inv(S)
    inner = normal(rng, 3, 3)
    inner[1, 0] = 0.0  # u^T H v = 0
    H = S @ inner @ inv(S)

    def half_distance_squared(t: float) -> float:
        z = eigvals(A + t * H)
        a, b = z[np.argsort(np.abs(z))[:2]]
        return (((a - b) / 2) ** 2).real

    yield Check(  # half the distance of the two, as a power of t
        stated=0.5,
        referees={"order of the remainder": order(half_distance_squared) / 2},
    )
