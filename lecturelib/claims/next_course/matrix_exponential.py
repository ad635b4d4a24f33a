"""Checks of the claims of the page "The matrix exponential and its relatives"."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...calculus import differential, gradient, second_derivative
from ...functions import expm, sqrtm
from .. import draws
from ..algorithms import exp_by_series
from ..checking import Check, claim, outside
from ..draws import normal, orthogonal, positive_definite, regular
from ..referees import (
    both_slopes,
    by_parts,
    circle,
    complex_step,
    one_sided_along,
    partials,
    second_difference,
)
from .shared import (
    Array,
    apart,
    in_inner_product,
    near,
    of_size_one,
    quadrature,
    root_by_newton,
    svd,
    sym,
    upper_right,
)

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve


def exp_slope_by_series(A: Any, E: Any) -> Any:
    """The derivative of sum A^k / k! term by term: S_{k+1} = S_k A + A^k E for the one of A^k."""
    power, slope, total = np.eye(len(A)), 0 * A, 0 * A
    for k in range(1, 60):
        power, slope = power @ A, slope @ A + power @ E
        total = total + slope / math.factorial(k)
    return total


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


@outside("block-trick-functions", "the limit is uniform among the real symmetric matrices only")
def block_trick_real_limit(rng: np.random.Generator) -> Iterator[Check]:
    E, k = draws.symmetric(rng, 3), 1e9  # sin(kA)/k tends to 0 for every symmetric A

    def tends_to_zero(A: Array) -> Array:
        w, V = np.linalg.eigh(A)
        return (V * (np.sin(k * w) / k)) @ V.T

    yield Check(
        stated=block_of(lambda N: sine_by_series(k * N) / k, 0 * E, E),
        referees={"five-point differences": near(tends_to_zero, 0 * E, E)},
        bounds={"five-point differences": 1e-4},
    )


@claim("exp-commuting-direction")
def exp_commuting_direction(rng: np.random.Generator) -> Iterator[Check]:
    A, other = 1.5 * of_size_one(rng, 4), normal(rng, 4, 4)
    E = 0.4 * np.eye(4) + 0.7 * A - 0.5 * A @ A  # commutes with A
    Y = exp_by_series(A)
    yield from _along(A, E)

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


def _along(A: Array, E: Array) -> Iterator[Check]:
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


@outside("exp-commuting-direction", "A E is not E A")
def exp_commuting_direction_not(rng: np.random.Generator) -> Iterator[Check]:
    A = of_size_one(rng, 4)
    yield from _along(A, A @ A + 0.1 * normal(rng, 4, 4))


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
    yield from _adjoint(1.5 * of_size_one(rng, 4), normal(rng, 4, 4))


def _adjoint(A: Array, C: Array) -> Iterator[Check]:
    yield Check(
        stated=upper_right(A.T, C),
        referees={
            "complex step": partials(lambda A: np.sum(C * exp_by_series(A)), A),
            "five-point differences": partials(lambda A: np.sum(C * exp_by_series(A)), A, near),
        },
        wrong={"A not transposed": upper_right(A, C), "e^{A^T} C": exp_by_series(A.T) @ C},
        table=lambda: gradient(lambda A: np.sum(C * expm(A)), A),
    )


@outside("exp-adjoint", "A is complex")
def exp_adjoint_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, C = of_size_one(rng, 4) + 0.5j * of_size_one(rng, 4), normal(rng, 4, 4)
    found = by_parts(lambda A: np.sum(C * exp_by_series(A).real), A, near)
    yield Check(
        stated=upper_right(A.T, C),
        referees={"five-point differences": found, "at A^H": upper_right(A.conj().T, C)},
    )


@outside("exp-adjoint", "the inner product is Tr(X^T M Y)")
def exp_adjoint_weighted(rng: np.random.Generator) -> Iterator[Check]:
    A, C, M = 1.5 * of_size_one(rng, 4), normal(rng, 4, 4), positive_definite(rng, 4)
    weighted = in_inner_product(M, _adjoint(A, M @ C))  # Tr(C^T M e^A)
    for check, plain in zip(weighted, _adjoint(A, C), strict=True):
        yield dataclasses.replace(check, stated=plain.stated)


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
    yield from _of_cubes(sym((Q * w) @ Q.T), w, Q, H)
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


def _of_cubes(A: Array, w: Array, V: Array, H: Array) -> Iterator[Check]:
    B = V.T @ H @ V
    yield Check(
        stated=V @ (divided_differences(lambda x: x**3, lambda x: 3 * x**2, w) * B) @ V.T,
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


@outside("daleckii-krein", "A is not symmetric")
def daleckii_krein_not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    w, V, H = apart(rng, 4), regular(rng, 4), draws.symmetric(rng, 4)
    yield from _of_cubes((V * w) @ inv(V), w, V, H)


@outside("daleckii-krein", "the columns of V are longer than 1")
def daleckii_krein_longer(rng: np.random.Generator) -> Iterator[Check]:
    w, V, H = apart(rng, 4), orthogonal(rng, 4), draws.symmetric(rng, 4)
    yield from _of_cubes(sym((V * w) @ V.T), w, 1.1 * V, H)


@outside("daleckii-krein", "f is not differentiable at a double eigenvalue")
def daleckii_krein_corner(rng: np.random.Generator) -> Iterator[Check]:
    w, Q, H = np.array([0.0, 0.0, 1.5, 2.5]), orthogonal(rng, 4), draws.symmetric(rng, 4)
    slope = Q @ (divided_differences(np.abs, np.sign, w) * (Q.T @ H @ Q)) @ Q.T
    A = sym((Q * w) @ Q.T)
    yield Check(  # to the right and to the left
        stated=np.array([slope, slope]),
        referees={
            "one-sided differences": both_slopes(_absolute_by_eigenvalues, A, H),
            "polar factor": both_slopes(_absolute_by_svd, A, H),
        },
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


@outside("square-root-differential", "X is the root with eigenvalues a and -a (only one solution)")
def square_root_differential_opposite(rng: np.random.Generator) -> Iterator[Check]:
    w, Q = rng.uniform(0.5, 2.0, 3), orthogonal(rng, 4)
    X = (Q * np.array([w[0], -w[0], w[1], w[2]])) @ Q.T
    other = np.outer(Q[:, 0], Q[:, 1]) + np.outer(Q[:, 1], Q[:, 0])  # X D + D X = 0
    by_columns = np.kron(np.eye(4), X) + np.kron(X.T, np.eye(4))
    yield Check(  # is 0 the only D with X D + D X = 0?
        stated=True,
        referees={
            "a second solution": not np.allclose(X @ other + other @ X, 0),
            "singular values": bool(np.linalg.svd(by_columns)[1][-1] > 1e-9),
        },
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
    # Zero for H = 0 only: among all H of length 1 it is nearest to zero along v v^T.
    w, V = np.linalg.eigh(A)
    yield Check(
        stated=-1 / w[-1] ** 2,
        referees={
            "circle in the complex plane": circle(logdet, A, np.outer(V[:, -1], V[:, -1]), 2),
            "eigenvalues of the form": -np.linalg.eigvalsh(np.kron(inv(A), inv(A)))[0],
        },
        wrong={"flat along some H": 0.0, "along the other end": -1 / w[0] ** 2},
    )


@outside("logdet-concave", "A is indefinite")
def logdet_concave_indefinite(rng: np.random.Generator) -> Iterator[Check]:
    Q, w = orthogonal(rng, 4), rng.uniform(1.0, 3.0, 4) * [1, -1, 1, 1]
    H = 0.2 * (np.outer(Q[:, 0], Q[:, 1]) + np.outer(Q[:, 1], Q[:, 0]))
    yield from _bends(sym((Q * w) @ Q.T), H)


@outside("logdet-concave", "H is not symmetric")
def logdet_concave_skew(rng: np.random.Generator) -> Iterator[Check]:
    yield from _bends(positive_definite(rng, 4), draws.skew(rng, 4) / 4)


def _bends(A: Array, H: Array) -> Iterator[Check]:
    """Whether log |det| bends down along H, which is stated."""
    bend = circle(lambda A: np.log(det(A) ** 2) / 2, A, H, 2)
    yield Check(
        stated=True,
        referees={
            "circle in the complex plane": bool(bend < 0),
            "second differences": bool(
                second_difference(lambda A: np.linalg.slogdet(A)[1], A, H) < 0
            ),
            "chord": bends_down(A - H / 8, A + H / 8),
        },
    )


def bends_down(A: Array, B: Array) -> bool:
    """Whether log |det| lies above its chord, halfway."""
    f = [np.linalg.slogdet(M)[1] for M in (A, (A + B) / 2, B)]
    return bool(f[1] > (f[0] + f[2]) / 2)
