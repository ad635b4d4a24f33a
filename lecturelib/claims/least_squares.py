"""Checks of the claims of chapter 3 on least squares, and the exact algebra they need.

The referees solve linear systems of fractions by elimination, written here once more: nothing of
`lecturelib.leastsquares` judges its own results.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import derivative, gradient, hessian, jacobian_matrix, second_derivative, taylor
from ..spaces import weighted
from .checking import Check, claim
from .draws import fractions, full_rank, normal, rational
from .referees import complex_step, exact_coefficients, five_point, jacobian, second_difference

Vector = np.ndarray
Matrix = np.ndarray
Function = Callable[[Any], Any]

# -- Helpers --------------------------------------------------------------------------------------


def as_floats(*arrays: Any) -> Any:
    return [np.asarray(a).astype(float) for a in arrays]


def polarized(q: Function, H: Any, K: Any) -> Any:
    return (q(H + K) - q(H - K)) / 4


def hessian_by_differences(f: Function, x: Vector) -> Matrix:
    E = np.eye(len(x))
    return np.array([[polarized(lambda h: second_difference(f, x, h), a, b) for b in E] for a in E])


def determinant(A: Any) -> Any:
    """By Laplace's expansion: exact for integers and fractions."""
    if len(A) == 0:
        return 1
    minors = ([[*row[:j], *row[j + 1 :]] for row in A[1:]] for j in range(len(A)))
    return sum((-1) ** j * A[0][j] * determinant(minor) for j, minor in enumerate(minors))


def reduced(A: Any) -> tuple[Matrix, list[int]]:
    """The reduced row echelon form of a matrix of fractions, and its pivot columns."""
    rows = [[Fraction(a) for a in row] for row in A]
    pivots: list[int] = []
    for column in range(len(rows[0])):
        place = len(pivots)
        found = next((i for i in range(place, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[place], rows[found] = rows[found], rows[place]
        pivot = rows[place][column]
        rows[place] = [a / pivot for a in rows[place]]
        for i, row in enumerate(rows):
            if i != place and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[place], strict=True)]
        pivots.append(column)
    return np.array(rows, dtype=object), pivots


def rank(A: Any) -> int:
    return len(reduced(A)[1])


def solved(A: Matrix, B: Any) -> Any:
    """The X with A X = B for an invertible A of fractions; B is a vector or a matrix."""
    columns = np.asarray(B, dtype=object).reshape(len(A), -1)
    rows, pivots = reduced(np.hstack([A, columns]))
    if pivots[: len(A)] != list(range(len(A))):
        raise np.linalg.LinAlgError("The matrix is singular; draw another.")
    return rows[:, len(A) :].reshape(np.shape(B))


def identity(n: int) -> Matrix:
    return fractions(np.eye(n, dtype=int))


def sum_of_squares(X: Matrix, y: Vector) -> Function:
    return lambda w: np.sum((X @ w - y) ** 2)


def slope(E: Function, w: Vector, h: Vector) -> Any:
    """The derivative along h of a quadratic, from two values; of fractions, exactly."""
    return (E(w + h) - E(w - h)) / 2


def curvature(E: Function, w: Vector, h: Vector) -> Any:
    """The second derivative along h of a quadratic, from three values."""
    return E(w + h) - 2 * E(w) + E(w - h)


def from_values(E: Function, n: int) -> Vector:
    """The minimiser of a quadratic of n coefficients, from its values and nothing else."""
    zero, unit = fractions([0] * n), identity(n)
    G = np.array([slope(E, zero, e) for e in unit])
    H = [[polarized(lambda h: curvature(E, zero, h), a, b) for b in unit] for a in unit]
    return solved(np.array(H), -G)


def how_many(E: Function, n: int) -> str:
    """The number of points where a quadratic that is bounded below is least, from its values."""
    zero, unit = fractions([0] * n), identity(n)
    G = np.array([slope(E, zero, e) for e in unit])
    H = [[polarized(lambda h: curvature(E, zero, h), a, b) for b in unit] for a in unit]
    if rank(H) < rank(np.column_stack([H, -G])):
        return "none"
    return "one" if rank(H) == n else "infinitely many"


def normal_solution(X: Matrix, y: Vector) -> Vector:
    """The solution of the normal equations in fractions, X of full column rank."""
    return solved(X.T @ X, X.T @ y)


def lstsq(X: Matrix, y: Vector) -> Vector:
    A, b = as_floats(X, y)
    return np.linalg.lstsq(A, b, rcond=1e-9)[0]


def one_step(X: Matrix, y: Vector) -> Vector:
    """Where Newton's step from 0 leads, with the gradient that the table of rules gives."""
    X, y = as_floats(X, y)
    return np.linalg.solve(2 * X.T @ X, -gradient(sum_of_squares(X, y), np.zeros(X.shape[1])))


def by_full_rank_factors(X: Matrix) -> Matrix:
    """X^+ = G^T (G G^T)^{-1} (F^T F)^{-1} F^T from X = F G, in fractions (MacDuffee)."""
    rows, pivots = reduced(X)
    F, G = X[:, pivots], rows[: len(pivots)]
    return G.T @ solved(G @ G.T, solved(F.T @ F, F.T))


#: A direction, and the matrix that projects on what is orthogonal to it.
KERNEL = fractions([1, -2, 1])
OFF_KERNEL = identity(3) - np.outer(KERNEL, KERNEL) / 6


def deficient(rng: np.random.Generator, m: int = 7) -> Matrix:
    """Fractions, m x 3, of rank 2, with X KERNEL = 0."""
    return rational(rng, m, 3) @ OFF_KERNEL


# -- The problem ----------------------------------------------------------------------------------


@claim("figure-line-design-4")
def line_design(rng: np.random.Generator) -> Iterator[Check]:
    x = rational(rng, 4) + fractions([0, 20, 40, 60])  # distinct
    y, w = rational(rng, 4), rational(rng, 2) + fractions([0, 10])
    X, swapped = np.stack([x**0, x], axis=1), np.stack([y**0, y], axis=1)
    yield Check(  # row i of X w is the height of the line at x_i
        stated=X @ w,
        referees={
            "point by point": [w[0] + w[1] * a for a in x],
            "numpy.polyval": np.polyval(*as_floats(w[::-1], x)),
        },
        wrong={"the matrix made of the y_i (E53)": swapped @ w},
        bounds={"point by point": 0.0},
    )
    a1 = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
    yield Check(
        normal_solution(X, y),
        {
            "covariance over variance": [y.mean() - a1 * x.mean(), a1],
            "values alone": from_values(sum_of_squares(X, y), 2),
        },
        {"the line that gives x from y": normal_solution(swapped, x)},
        lambda: one_step(X, y),
    )


@claim("llmse-definition")
def definition(rng: np.random.Generator) -> Iterator[Check]:
    X, w, m = rational(rng, 7, 3), rational(rng, 3), 7
    y = rational(rng, m) + X @ w + 10  # errors far from zero on average
    E, e = sum_of_squares(X, y), X @ w - y
    pairs = sum((a - b) ** 2 for a, b in itertools.combinations(e, 2))
    [floats] = as_floats(e)
    mean = E(w) / m
    variance = mean - (np.sum(e) / m) ** 2
    yield Check(
        stated=[E(w), mean, variance],
        referees={
            "entry by entry": [sum(a * a for a in e), sum(a * a / m for a in e), pairs / m**2],
            "floating point": [np.linalg.norm(floats) ** 2, np.mean(floats**2), np.var(floats)],
        },
        wrong={
            "the sum called the mean (E31)": [E(w), E(w), variance],
            "the mean called the variance (E31)": [E(w), mean, mean],
        },
        bounds={"entry by entry": 0.0},
    )
    best = normal_solution(X, y)
    yield Check(  # of the sum, and of the mean
        stated=[best, best],
        referees={
            "values alone": [from_values(E, 3), from_values(lambda w: E(w) / m, 3)],
            "numpy.linalg.lstsq": [lstsq(X, y), lstsq(X, y)],
        },
        wrong={"the minimiser divided by m as well": [best, best / m]},
        table=lambda: [one_step(X, y), one_step(X, y)],
        bounds={"values alone": 0.0},
    )


@claim("llmse-argmin")
def argmin(rng: np.random.Generator) -> Iterator[Check]:
    X, y = rational(rng, 7, 3), rational(rng, 7)
    yield Check(
        stated=normal_solution(X, y),
        referees={
            "values alone": from_values(sum_of_squares(X, y), 3),
            "numpy.linalg.lstsq": lstsq(X, y),
        },
        wrong={"the first three equations solved": solved(X[:3], y[:3])},
        table=lambda: one_step(X, y),
        bounds={"values alone": 0.0},
    )
    # Full column rank; dependent columns; more columns than rows.
    problems = [X, deficient(rng), rational(rng, 3, 4)]
    yield Check(
        ["one" if rank(A) == A.shape[1] else "infinitely many" for A in problems],
        {
            "singular values": [
                "infinitely many" if small_singular_values(A) else "one" for A in problems
            ],
            "determinant of X^T X": [
                "one" if determinant((A.T @ A).tolist()) else "infinitely many" for A in problems
            ],
            "values alone": [
                how_many(sum_of_squares(A, y[: len(A)]), A.shape[1]) for A in problems
            ],
        },
        {"always one": ["one"] * 3},
    )


def small_singular_values(X: Matrix) -> bool:
    """Whether X w = 0 for some w that is not 0, by floating point."""
    [X] = as_floats(X)
    return bool(np.linalg.matrix_rank(X, rtol=1e-9) < X.shape[1])


# -- Derivative and normal equations --------------------------------------------------------------


@claim("stationarity-all-directions")
def stationarity(rng: np.random.Generator) -> Iterator[Check]:
    X, y, H = rational(rng, 7, 3), rational(rng, 7), rational(rng, 8, 3)
    best, other = normal_solution(X, y), solved(X[:3], y[:3])
    E, g = sum_of_squares(X, y), sum_of_squares(*as_floats(X, y))
    zero, slopes = fractions([0] * 8), [slope(E, other, h) for h in H]
    yield Check(
        zero,
        {
            "values alone": [slope(E, best, h) for h in H],
            "exact fractions": [exact_coefficients(E, best, h, 2)[1] for h in H],
        },
        {"where X w = y holds in three rows": slopes},
    )
    yield Check(  # there, and anywhere: 2 (w - w*)^T X^T X h
        stated=2 * H @ X.T @ X @ (other - best),
        referees={
            "values alone": slopes,
            "complex step": [complex_step(g, *as_floats(other, h)) for h in H],
        },
        wrong={"zero there too": zero},
        table=lambda: [derivative(g, *as_floats(other))[h] for h in as_floats(*H)],
        bounds={"values alone": 0.0},
    )


@claim("lsq-derivative")
def least_squares_derivative(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = normal(rng, 7, 3), normal(rng, 7), normal(rng, 3)
    E, row = sum_of_squares(X, y), 2 * (X @ w - y)[None] @ X
    yield Check(
        stated=row,
        referees={
            "complex step": jacobian(E, w),
            "five-point differences": jacobian(E, w, five_point),
        },
        wrong={
            "2 forgotten": row / 2,
            "y - Xw for Xw - y": -row,
            "y forgotten": 2 * (X @ w)[None] @ X,
            "a column": row.T,
        },
        table=lambda: derivative(E, w).matrix(),
    )


@claim("lsq-gradient")
def least_squares_gradient(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = normal(rng, 7, 3), normal(rng, 7), normal(rng, 3)
    E, G = sum_of_squares(X, y), 2 * X.T @ (X @ w - y)
    yield Check(
        stated=G,
        referees={
            "complex step": jacobian(E, w)[0],
            "five-point differences": jacobian(E, w, five_point)[0],
        },
        wrong={
            "2 forgotten": G / 2,
            "y - Xw for Xw - y": -G,
            "2 on one term only": G + X.T @ y,
            "a row": G[None],
        },
        table=lambda: gradient(E, w),
    )


@claim("lsq-own-inner-product")
def least_squares_own_inner_product(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, D = rational(rng, 7, 3), rational(rng, 7), rational(rng, 3), deficient(rng)
    E, W = sum_of_squares(X, y), 2 * X.T @ X
    floats = as_floats(X, y, w, W)
    g = sum_of_squares(*floats[:2])
    away = w - normal_solution(X, y)
    yield Check(
        stated=away,
        referees={
            "values alone": w - from_values(E, 3),
            "Gram matrix": np.linalg.solve(floats[3], jacobian(g, floats[2])[0]),
        },
        wrong={
            "the usual gradient": 2 * X.T @ (X @ w - y),
            "X^T X for W": 2 * away,
        },
        table=lambda: gradient(g, floats[2], inner=weighted(floats[3])),
    )
    forms = [A.T @ A for A in (X, D)]
    yield Check(  # an inner product?
        stated=[rank(A) == 3 for A in (X, D)],
        referees={
            "along the kernel": [bool(KERNEL @ (form @ KERNEL) > 0) for form in forms],
            "eigenvalues": [bool(np.linalg.eigvalsh(form)[0] > 1e-9) for form in as_floats(*forms)],
        },
        wrong={"for every X": [True, True]},
    )


@claim("normal-equations")
def normal_equations(rng: np.random.Generator) -> Iterator[Check]:
    X, y = rational(rng, 7, 3), rational(rng, 7)
    G = X.T @ X
    yield Check(
        stated=X.T @ y,
        referees={
            "values alone": G @ from_values(sum_of_squares(X, y), 3),
            "numpy.linalg.lstsq": as_floats(G)[0] @ lstsq(X, y),
        },
        wrong={"the first three equations solved": G @ solved(X[:3], y[:3])},
        table=lambda: as_floats(G)[0] @ one_step(X, y),
        bounds={"values alone": 0.0},
    )
    # Full column rank; dependent columns; more columns than rows.
    problems = [(A, y[: len(A)]) for A in (X, deficient(rng), rational(rng, 3, 4))]
    yield Check(
        [True, True, True],
        {
            "ranks": [solvable(A.T @ A, A.T @ b) for A, b in problems],
            "numpy.linalg.lstsq": [orthogonal_residual(*as_floats(A, b)) for A, b in problems],
        },
        {"X w = y always solvable": [solvable(A, b) for A, b in problems]},
    )


def solvable(A: Matrix, b: Vector) -> bool:
    return rank(A) == rank(np.column_stack([A, b]))


def orthogonal_residual(X: Matrix, y: Vector) -> bool:
    r = X @ lstsq(X, y) - y
    return bool(np.max(np.abs(X.T @ r)) <= 1e-9 * np.linalg.norm(X) * np.linalg.norm(y))


@claim("lsq-solution")
def least_squares_solution(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 7, 3), normal(rng, 7)
    Q, R = np.linalg.qr(X)
    yield Check(
        stated=np.linalg.inv(X.T @ X) @ X.T @ y,
        referees={
            "values alone": from_values(sum_of_squares(fractions(X), fractions(y)), 3),
            "QR": np.linalg.solve(R, Q.T @ y),
        },
        wrong={
            "X^T y": X.T @ y,
            "the first three equations solved": np.linalg.solve(X[:3], y[:3]),
        },
        table=lambda: one_step(X, y),
    )


# -- The pseudo-inverse ---------------------------------------------------------------------------


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


def solution_of(X: Matrix) -> Function:
    return lambda y: np.linalg.solve(X.T @ X, X.T @ y)


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


# -- The second derivative ------------------------------------------------------------------------


@claim("lsq-second-derivative")
def least_squares_hessian(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = rational(rng, 7, 3), rational(rng, 7), rational(rng, 3)
    E, g, unit = sum_of_squares(X, y), sum_of_squares(*as_floats(X, y)), identity(3)
    yield Check(
        stated=2 * X.T @ X,
        referees={
            "exact fractions": [
                [polarized(lambda h: curvature(E, w, h), a, b) for b in unit] for a in unit
            ],
            "second differences": hessian_by_differences(g, *as_floats(w)),
        },
        wrong={"2 forgotten": X.T @ X, "2 X X^T": 2 * X @ X.T},
        table=lambda: hessian(g, *as_floats(w)).matrix(),
    )


@claim("lsq-positive-definite")
def least_squares_definite(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, D = rational(rng, 7, 3), rational(rng, 7), rational(rng, 3), deficient(rng)
    h = rational(rng, 3)
    E, g = sum_of_squares(X, y), sum_of_squares(*as_floats(X, y))
    yield Check(
        2 * np.sum((X @ h) ** 2),
        {
            "exact fractions": curvature(E, w, h),
            "second differences": second_difference(g, *as_floats(w, h)),
        },
        {"2 forgotten": np.sum((X @ h) ** 2)},
        lambda: second_derivative(g, *as_floats(w, h)),
    )
    # Full rank; full rank and h = 0; h in the kernel of X, and outside it.
    cases = [(X, h), (X, 0 * h), (D, KERNEL), (D, fractions([1, 1, 1]))]
    yield Check(
        [True, False, False, True],
        {
            "exact fractions": [bool(d @ (A.T @ (A @ d)) > 0) for A, d in cases],
            "lengths": [bool(np.linalg.norm(np.dot(*as_floats(A, d))) > 1e-9) for A, d in cases],
        },
        {"> 0 for every h (E33)": [True] * 4},
    )


@claim("lsq-minimum")
def least_squares_minimum(rng: np.random.Generator) -> Iterator[Check]:
    X, y, h = rational(rng, 7, 3), rational(rng, 7), rational(rng, 3) + 10
    E, best, g = sum_of_squares(X, y), normal_solution(X, y), sum_of_squares(*as_floats(X, y))
    rise = np.sum((X @ h) ** 2)
    yield Check(
        stated=rise,
        referees={
            "exact fractions": E(best + h) - E(best),
            "floating point": np.diff([g(w) for w in as_floats(best, best + h)])[0],
        },
        wrong={"2 |Xh|^2": 2 * rise, "a linear term left": rise + np.sum(h)},
        table=lambda: second_derivative(g, *as_floats(best, h)) / 2,
    )
    away = [best + Fraction(10) ** k * d for k in (-6, 0, 6) for d in rational(rng, 5, 3) + 10]
    yield Check(  # the others are worse, near and far
        [True] * 15,
        {
            "exact fractions": [bool(E(w) > E(best)) for w in away],
            "direction back": [bool(slope(E, w, best - w) < 0) for w in away],
        },
        {"better far away": [k < 10 for k in range(15)]},
    )
    # Rank 2: every solution of the normal equations is a minimum, and none is the only one.
    D = deficient(rng)
    F, some = sum_of_squares(D, y), fractions([*normal_solution(D[:, :2], y), 0])
    steps = [KERNEL, -3 * KERNEL, h, h + KERNEL]
    yield Check(
        stated=[np.sum((D @ d) ** 2) for d in steps],
        referees={
            "exact fractions": [F(some + d) - F(some) for d in steps],
            "from a second solution": [F(some + KERNEL + d) - F(some + KERNEL) for d in steps],
        },
        wrong={"the only minimum": [np.sum(d**2) for d in steps]},
        bounds={"from a second solution": 0.0},
    )


@claim("least-squares-by-qr")
def least_squares_by_qr(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 7, 3), normal(rng, 7)
    Q, R = np.linalg.qr(X)
    yield Check(
        stated=np.linalg.solve(R, Q.T @ y),
        referees={
            "values alone": from_values(sum_of_squares(fractions(X), fractions(y)), 3),
            "normal equations": np.linalg.solve(X.T @ X, X.T @ y),
        },
        wrong={
            "R^T for R": np.linalg.solve(R.T, Q.T @ y),
            "the first rows of y for Q^T y": np.linalg.solve(R, y[:3]),
        },
        table=lambda: one_step(X, y),
    )
    squares, cond = np.linalg.eigvalsh(X.T @ X), np.linalg.cond(X)
    yield Check(  # of R, and of X^T X
        stated=[cond, cond**2],
        referees={
            "singular values": [np.linalg.cond(R), np.linalg.cond(X.T @ X)],
            "eigenvalues": [np.sqrt(squares[-1] / squares[0]), squares[-1] / squares[0]],
        },
        wrong={"X^T X no worse than X": [cond, cond]},
    )


# -- The five points ------------------------------------------------------------------------------

POINTS = ((-2, 1), (0, 3), (1, 3), (3, 2), (4, 0))
X5 = fractions([[1, a, a * a] for a, _ in POINTS])
Y5 = fractions([b for _, b in POINTS])

BEST = fractions([3, "29/66", "-19/66"])
PSEUDO_INVERSE = fractions(
    [
        ["1/7", "3/7", "3/7", "1/7", "-1/7"],
        ["-64/231", "1/21", "19/154", "47/462", "1/231"],
        ["5/77", "-1/21", "-29/462", "-5/462", "13/231"],
    ]
)


def polyfit() -> Vector:
    """The parabola by NumPy, highest power first."""
    x, y = as_floats(*np.transpose(POINTS))
    return np.polyfit(x, y, 2)


@claim("quad-fit-data", draws=1)
def five_points(rng: np.random.Generator) -> Iterator[Check]:
    heights = np.polyval(polyfit(), [a for a, _ in POINTS])
    yield Check(  # which of the five points the best parabola meets
        [False, True, False, False, False],
        {
            "elimination in fractions": [bool(r == 0) for r in X5 @ normal_solution(X5, Y5) - Y5],
            "numpy.polyfit": np.isclose(heights, [b for _, b in POINTS], rtol=0, atol=1e-9),
        },
        {"a fit that interpolates (E34)": [True] * 5},
    )
    yield Check(  # is there a parabola through the first 3, 4, 5 of them?
        [True, False, False],
        {
            "ranks": [solvable(X5[:k], Y5[:k]) for k in (3, 4, 5)],
            "divided differences": [not any(divided(POINTS[:k])[3:]) for k in (3, 4, 5)],
        },
        {"through all five (E34)": [True, True, True]},
    )


def divided(points: Any) -> list[Fraction]:
    """Newton's coefficients of the interpolating polynomial, those of degree 0, 1, 2, ..."""
    x, c = [Fraction(a) for a, _ in points], [Fraction(b) for _, b in points]
    for k in range(1, len(x)):
        for i in range(len(x) - 1, k - 1, -1):
            c[i] = (c[i] - c[i - 1]) / (x[i] - x[i - k])
    return c


@claim("quad-fit-design", draws=1)
def five_points_design(rng: np.random.Generator) -> Iterator[Check]:
    X = np.array([[1, -2, 4], [1, 0, 0], [1, 1, 1], [1, 3, 9], [1, 4, 16]])
    x = np.array([a for a, _ in POINTS])
    yield Check(
        X,
        {
            "entry by entry": [[a**k for k in range(3)] for a, _ in POINTS],
            "numpy.vander": np.vander(x, 3, increasing=True),
        },
        {
            "highest power first": np.vander(x, 3),
            "the header taken for a row (E56)": np.vstack([[1, 0, 0], X]),
        },
        lambda: jacobian_matrix(lambda w: w[0] + w[1] * x + w[2] * x * x, np.zeros(3)),
    )
    yield Check(
        3,
        {"elimination": rank(X), "singular values": int(np.linalg.matrix_rank(X, rtol=1e-9))},
        {"one for each point": 5},
    )


@claim("quad-fit-pseudo-inverse", draws=1)
def five_points_pseudo_inverse(rng: np.random.Generator) -> Iterator[Check]:
    import sympy

    symbolic = sympy.Matrix(X5.astype(int)).pinv()
    by_elimination, [A] = solved(X5.T @ X5, X5.T), as_floats(X5)
    slip = PSEUDO_INVERSE.copy()
    slip[1, 1] = Fraction("0.047")
    yield Check(
        stated=PSEUDO_INVERSE,
        referees={
            "elimination in fractions": by_elimination,
            "SymPy": np.reshape([Fraction(int(a.p), int(a.q)) for a in symbolic], (3, 5)),
            "singular values": np.linalg.pinv(A),
        },
        wrong={"0.047 for 1/21 (E35)": slip},
        table=lambda: jacobian_matrix(solution_of(A), np.zeros(5)),
        bounds={"elimination in fractions": 0.0, "SymPy": 0.0},
    )
    rounded = [
        ["0.14", "0.43", "0.43", "0.14", "-0.14"],
        ["-0.28", "0.05", "0.12", "0.10", "0.00"],
        ["0.06", "-0.05", "-0.06", "-0.01", "0.06"],
    ]
    printed = [rounded[0], ["-0.28", "0.047", *rounded[1][2:]], rounded[2]]
    yield Check(
        rounded,
        {
            "fractions rounded": hundredths(by_elimination),
            "singular values": hundredths(np.linalg.pinv(A)),
        },
        {"0.047 for 1/21 (E35)": printed},
    )
    yield Check(  # the full matrix times y
        PSEUDO_INVERSE @ Y5,
        {
            "elimination in fractions": normal_solution(X5, Y5),
            "values alone": from_values(sum_of_squares(X5, Y5), 3),
        },
        {
            "from the printed matrix (E36)": fractions(printed) @ Y5,
            "from two digits": fractions(rounded) @ Y5,
        },
    )


def hundredths(values: Any) -> Matrix:
    """Numbers rounded to hundredths, as strings; fractions without floating point."""
    whole = [round(100 * a) for a in np.ravel(values)]
    texts = [f"{'-' if k < 0 else ''}{abs(k) // 100}.{abs(k) % 100:02d}" for k in whole]
    return np.reshape(texts, np.shape(values))


@claim("quad-fit-w-star", draws=1)
def five_points_solution(rng: np.random.Generator) -> Iterator[Check]:
    G, c = (X5.T @ X5).tolist(), X5.T @ Y5
    by_cramer = []
    for k in range(3):
        replaced = [[*row[:k], c[i], *row[k + 1 :]] for i, row in enumerate(G)]
        by_cramer.append(determinant(replaced) / determinant(G))
    yield Check(
        BEST,
        {
            "elimination in fractions": normal_solution(X5, Y5),
            "Cramer's rule": by_cramer,
            "values alone": from_values(sum_of_squares(X5, Y5), 3),
        },
        {
            "highest power first": BEST[::-1],
            "from the printed pseudo-inverse (E36)": fractions([3, "421/1000", "-29/100"]),
        },
        lambda: one_step(X5, Y5),
    )


@claim("quad-fit-residual", draws=1)
def five_points_residual(rng: np.random.Generator) -> Iterator[Check]:
    stated = fractions(["-1/33", 0, "5/33", "-3/11", "5/33", "4/33", "551/561"])
    e, spread = X5 @ normal_solution(X5, Y5) - Y5, np.sum((Y5 - np.sum(Y5) / 5) ** 2)
    heights, y = np.polyval(polyfit(), [a for a, _ in POINTS]), as_floats(Y5)[0]
    correlation = np.corrcoef(heights, y)[0, 1]
    yield Check(  # X w* - y, the sum of squares, R^2
        stated=stated,
        referees={
            "elimination in fractions": [*e, e @ e, 1 - e @ e / spread],
            "numpy.polyfit": [*heights - y, np.sum((heights - y) ** 2), correlation**2],
        },
        wrong={
            "y - X w*": [*-stated[:5], *stated[5:]],
            "R^2 without the mean": [*stated[:6], 1 - stated[5] / (Y5 @ Y5)],
        },
        bounds={"elimination in fractions": 0.0},
    )


@claim("quad-fit-rounded", draws=1)
def five_points_rounded(rng: np.random.Generator) -> Iterator[Check]:
    yield Check(
        ["3.00", "0.44", "-0.29"],
        {
            "elimination in fractions": hundredths(normal_solution(X5, Y5)),
            "numpy.polyfit": hundredths(polyfit()[::-1]),
        },
        {
            "cut off, not rounded": ["3.00", "0.43", "-0.28"],
            "from the printed pseudo-inverse": ["3.00", "0.42", "-0.29"],
        },
    )


@claim("figure-quad-fit", draws=1)
def five_points_vertex(rng: np.random.Generator) -> Iterator[Check]:
    a, b, c = normal_solution(X5, Y5)
    best = [float(v) for v in BEST]
    middle = np.mean(np.roots(polyfit()))  # a parabola is symmetric about its vertex
    yield Check(
        stated=fractions(["29/38", "15889/5016"]),
        referees={
            "completed square": [-b / (2 * c), a - b * b / (4 * c)],
            "between the zeros": [middle, np.polyval(polyfit(), middle)],
        },
        wrong={
            "sign of the abscissa": [b / (2 * c), a - b * b / (4 * c)],
            "of the rounded parabola": fractions(["22/29", "2296/725"]),
        },
        table=lambda: vertex(lambda x: best[0] + best[1] * x + best[2] * x * x),
        bounds={"completed square": 0.0},
    )


def vertex(p: Function) -> list[float]:
    """Where the derivative of a parabola is zero, and its value there; from the Taylor series."""
    value, first, second = (float(v) for v in taylor(p, 0.0, 1.0, 2))
    return [-first / (2 * second), value - first * first / (4 * second)]


@claim("line-fit-descent")
def line_fit_descent(rng: np.random.Generator) -> Iterator[Check]:
    X, y = as_floats(X5[:, :2], Y5)
    E, H, limit = sum_of_squares(X, y), 2 * X.T @ X, 2 / (35 + np.sqrt(769))
    yield Check(
        stated=limit,
        referees={
            "eigenvalues": 2 / np.linalg.eigvalsh(H)[-1],
            "roots of det(H - t I)": 2 / np.roots([1, -np.trace(H), np.linalg.det(H)]).max(),
        },
        wrong={"1 / lambda_max": limit / 2, "2 / lambda_min": 2 / (35 - np.sqrt(769))},
        table=lambda: 2 / np.linalg.eigvalsh(hessian(E, np.zeros(2)).matrix())[-1],
    )
    fates, growth = [], []
    for A, b in ((X, y), (full_rank(rng, 7, 3), normal(rng, 7))):
        curvatures = np.linalg.eigvalsh(2 * A.T @ A)
        for share in (0.5, 0.95, 1.05):
            step = share * 2 / curvatures[-1]
            fates.append(fate(A, b, step))
            growth.append("converges" if np.all(abs(1 - step * curvatures) < 1) else "diverges")
    yield Check(
        ["converges", "converges", "diverges"] * 2,
        {"steps taken": fates, "factors 1 - a lambda": growth},
        {"every small step converges": ["converges"] * 6},
    )


def fate(X: Matrix, y: Vector, step: float) -> str:
    """What 300 steps of gradient descent make of the distance to the minimiser."""
    best = lstsq(X, y)
    w = best + 1.0
    for _ in range(300):
        w = w - step * 2 * X.T @ (X @ w - y)
    return "converges" if np.linalg.norm(w - best) < 1e-3 else "diverges"
