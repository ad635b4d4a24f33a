"""Checks of the claims of the page "Rank: which best fit?"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ...calculus import jacobian_matrix
from ..checking import Check, claim, outside
from ..draws import fractions, full_rank, normal, rational
from .shared import (
    KERNEL,
    Matrix,
    as_floats,
    deficient,
    determinant,
    identity,
    lstsq,
    normal_solution,
    rank,
    reduced,
    small_singular_values,
    solution_of,
    solved,
    sum_of_squares,
)


def by_full_rank_factors(X: Matrix) -> Matrix:
    """X^+ = G^T (G G^T)^{-1} (F^T F)^{-1} F^T from X = F G, in fractions (MacDuffee)."""
    rows, pivots = reduced(X)
    F, G = X[:, pivots], rows[: len(pivots)]
    return G.T @ solved(G @ G.T, solved(F.T @ F, F.T))


@claim("pseudo-inverse-formula")
def pseudo_inverse(rng: np.random.Generator) -> Iterator[Check]:
    X, D = rational(rng, 5, 3), deficient(rng, 5)
    formula, P = solved(X.T @ X, X.T), by_full_rank_factors(D)
    A, B = as_floats(X, D)
    Q, R = np.linalg.qr(A)
    left = np.hstack([solved(X[:3], identity(3)), fractions(np.zeros((3, 2), dtype=int))])
    yield Check(
        stated=formula,
        referees={"singular values": np.linalg.pinv(A), "QR": np.linalg.solve(R, Q.T)},
        wrong={"the transpose": X.T, "another left inverse": left},
        table=lambda: jacobian_matrix(solution_of(A), np.zeros(5)),
    )
    # Rank 2: X^T X has no inverse, and there is a Moore-Penrose pseudo-inverse all the same.
    K = np.array([[1.0, -2.0, 1.0]])
    yield Check(
        stated=P,
        referees={
            "singular values": np.linalg.pinv(B, rcond=1e-9),
            # on the kernel X^T X + k k^T is invertible, and elsewhere it is X^T X
            "kernel filled up": np.linalg.solve(B.T @ B + K.T @ K, B.T),
        },
        wrong={"the transpose": D.T},
    )
    yield Check(
        [True, False],
        {
            "determinant of X^T X": [determinant((M.T @ M).tolist()) != 0 for M in (X, D)],
            "singular values": [not small_singular_values(M) for M in (X, D)],
        },
        {"the formula for every X (E32)": [True, True]},
    )
    yield Check(
        [[True] * 4, [True] * 4],
        {
            "Penrose's conditions": [penrose(X, formula), penrose(D, P)],
            "in floating point": [
                penrose(A, np.linalg.pinv(A)),
                penrose(B, np.linalg.pinv(B, 1e-9)),
            ],
        },
        {"another left inverse": [penrose(X, left), penrose(D, P)]},
    )


def penrose(X: Matrix, P: Matrix) -> list[bool]:
    """Which of Penrose's four conditions hold: exactly for fractions, to 1e-9 for floats."""
    pairs = [(X @ P @ X, X), (P @ X @ P, P), ((X @ P).T, X @ P), ((P @ X).T, P @ X)]
    if X.dtype == object:
        return [bool((a == b).all()) for a, b in pairs]
    return [bool(np.allclose(a, b, rtol=1e-9, atol=1e-9)) for a, b in pairs]


@claim("pseudo-inverse-existence")
def pseudo_inverse_existence(rng: np.random.Generator) -> Iterator[Check]:
    matrices = [
        rational(rng, 5, 3),
        deficient(rng, 5),
        rational(rng, 2, 3),
        rational(rng, 3, 3),
        deficient(rng, 3),
    ]
    yield Check(
        [rank(X) == X.shape[1] for X in matrices],
        {
            "determinant of X^T X": [determinant((X.T @ X).tolist()) != 0 for X in matrices],
            "singular values": [not small_singular_values(X) for X in matrices],
        },
        {"m >= n is enough": [X.shape[0] >= X.shape[1] for X in matrices]},
    )


@claim("polynomial-full-rank")
def polynomial_full_rank(rng: np.random.Generator) -> Iterator[Check]:
    # A parabola: three abscissae must be distinct.
    a, b, c = (Fraction(int(k)) for k in rng.choice(9, 3, replace=False))
    lists = [[a, b, c], [a, b, c, a], [a, a, b, b], [a] * 4, [a, b]]
    designs = [np.array([[1, t, t * t] for t in times], dtype=object) for times in lists]
    yield Check(
        [len(set(times)) >= 3 for times in lists],
        {
            "elimination": [rank(X) == 3 for X in designs],
            "determinant of X^T X": [determinant((X.T @ X).tolist()) != 0 for X in designs],
        },
        {"as many points as coefficients": [len(times) >= 3 for times in lists]},
    )


@claim("shortest-minimiser")
def shortest_minimiser(rng: np.random.Generator) -> Iterator[Check]:
    X, y = deficient(rng, 5), rational(rng, 5)
    some = fractions([*normal_solution(X[:, :2], y), 0])  # without the last column
    yield Check(
        stated=by_full_rank_factors(X) @ y,
        referees={
            # from a minimiser along the kernel, to the point nearest to the origin
            "exact fractions": some - KERNEL * (some @ KERNEL) / (KERNEL @ KERNEL),
            "numpy.linalg.lstsq": lstsq(X, y),
        },
        wrong={"a column left out": some},
    )
    # More columns than rows: the kernel is spanned by the cross product of the two rows.
    X, y = rational(rng, 2, 3), rational(rng, 2)
    (a, b, c), (d, e, f) = X
    kernel = np.array([b * f - c * e, c * d - a * f, a * e - b * d])
    some = fractions([*solved(X[:, :2], y), 0])
    yield Check(
        stated=by_full_rank_factors(X) @ y,
        referees={
            "exact fractions": some - kernel * (some @ kernel) / (kernel @ kernel),
            "numpy.linalg.lstsq": lstsq(X, y),
        },
        wrong={"a column left out": some},
    )


@claim("minimisers-and-kernel")
def minimisers_and_kernel(rng: np.random.Generator) -> Iterator[Check]:
    X, y = deficient(rng, 5), rational(rng, 5)
    E = sum_of_squares(X, y)
    some = fractions([*normal_solution(X[:, :2], y), 0])
    h = rational(rng, 3)
    steps = [0 * h, KERNEL, -7 * KERNEL, h, h + KERNEL]
    yield Check(  # which of these lead from one minimiser to another?
        stated=[not any(X @ d) for d in steps],
        referees={
            "values alone": [bool(E(some + d) == E(some)) for d in steps],
            "normal equations": [not any(X.T @ (X @ (some + d) - y)) for d in steps],
        },
        wrong={
            "one minimiser only": [True, False, False, False, False],
            "every step": [True] * 5,
        },
    )
    A, b = as_floats(X, y)
    U = np.linalg.svd(A)[0][:, :2]
    yield Check(  # the fitted values of one that is far away
        stated=X @ (some + 9 * KERNEL),
        referees={"numpy.linalg.lstsq": A @ lstsq(X, y), "singular vectors": U @ (U.T @ b)},
        wrong={"other coefficients, other values": X @ (some + 9 * h)},
    )


@claim("pseudo-inverse-projections")
def projections(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = deficient(rng, 5), rational(rng, 5), rational(rng, 3)
    P = by_full_rank_factors(X)
    a, b = X[:, 0], X[:, 1]  # they span the range, since X KERNEL = 0
    across = b - a * (a @ b) / (a @ a)
    yield Check(
        stated=X @ P @ y,
        referees={
            "two columns, the second made orthogonal": (
                a * (a @ y) / (a @ a) + across * (across @ y) / (across @ across)
            ),
            "numpy.linalg.lstsq": as_floats(X)[0] @ lstsq(X, y),
        },
        wrong={"on the first column alone": a * (a @ y) / (a @ a), "y itself": y},
    )
    A, v = as_floats(X, w)
    rows = np.linalg.svd(A)[2][:2]
    yield Check(
        stated=P @ X @ w,
        referees={
            "without its part in the kernel": w - KERNEL * (KERNEL @ w) / (KERNEL @ KERNEL),
            "singular vectors": rows.T @ (rows @ v),
        },
        wrong={"w itself": w, "the part in the kernel": KERNEL * (KERNEL @ w) / 6},
    )


@claim("full-row-rank-solution")
def full_row_rank(rng: np.random.Generator) -> Iterator[Check]:
    X, y = rational(rng, 2, 3), rational(rng, 2)
    (a, b, c), (d, e, f) = X
    kernel = np.array([b * f - c * e, c * d - a * f, a * e - b * d])  # the cross product
    some = fractions([*solved(X[:, :2], y), 0])
    A = as_floats(X)[0]
    yield Check(
        stated=X.T @ solved(X @ X.T, y),
        referees={
            "nearest to the origin": some - kernel * (some @ kernel) / (kernel @ kernel),
            "numpy.linalg.lstsq": lstsq(X, y),
        },
        wrong={"one coefficient put to 0": some, "X^T y": X.T @ y},
        table=lambda: (
            jacobian_matrix(lambda y: A.T @ np.linalg.solve(A @ A.T, y), np.zeros(2))
            @ as_floats(y)[0]
        ),
    )


@outside("pseudo-inverse-existence", "X is complex")
def existence_outside(rng: np.random.Generator) -> Iterator[Check]:
    X = np.array([[1.0], [1.0j]]) * rng.uniform(1, 2)  # of rank 1
    yield Check(True, {"X^T X": bool(abs((X.T @ X)[0, 0]) > 1e-9)})


def _complex(rng: np.random.Generator, m: int, n: int) -> Matrix:
    """A complex matrix of full rank."""
    return full_rank(rng, m, n) + 0.3j * normal(rng, m, n)


@outside("pseudo-inverse-formula", "X is complex")
def formula_outside(rng: np.random.Generator) -> Iterator[Check]:
    X = _complex(rng, 5, 3)
    on_rows = X.conj().T
    yield Check(
        stated=np.linalg.solve(X.T @ X, X.T),
        referees={
            "singular values": np.linalg.pinv(X),
            "with conjugates": np.linalg.solve(on_rows @ X, on_rows),
        },
    )


@outside("shortest-minimiser", "X is complex, and X^+ defined with its transpose")
def shortest_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y = _complex(rng, 2, 3), normal(rng, 2)
    yield Check(
        stated=X.T @ np.linalg.solve(X @ X.T, y),
        referees={
            "numpy.linalg.lstsq": np.linalg.lstsq(X, y, rcond=1e-9)[0],
            "with conjugates": X.conj().T @ np.linalg.solve(X @ X.conj().T, y),
        },
    )


@outside("minimisers-and-kernel", "the norm is the sum of the |r_i|")
def minimisers_outside(rng: np.random.Generator) -> Iterator[Check]:
    y, X = np.sort(rational(rng, 2)), fractions([1, 1])  # both ends, and all between, are least
    values = [sum(abs(X * w - y)) for w in (*y, y.mean(), y[0] - 1, y[1] + 1)]
    best = [w for w, value in zip(y, values, strict=False) if value == min(values)]
    yield Check(stated=X * best[0], referees={"fitted values of another one": X * best[-1]})


@outside("pseudo-inverse-projections", "X is complex, and X^T its plain transpose")
def projections_outside(rng: np.random.Generator) -> Iterator[Check]:
    X = _complex(rng, 2, 3)
    Q, P = (np.linalg.qr(A)[0] for A in (X.T, X.conj().T))
    yield Check(
        stated=Q @ Q.conj().T,
        referees={"singular values": np.linalg.pinv(X) @ X, "with conjugates": P @ P.conj().T},
    )
