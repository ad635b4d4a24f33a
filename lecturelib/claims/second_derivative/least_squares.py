"""Checks of the claims of the page "The least-squares problem"."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import numpy as np

from ...calculus import derivative, gradient, hessian, jacobian_matrix, second_derivative, taylor
from ...spaces import weighted
from ..checking import Check, claim, outside
from ..draws import fractions, full_rank, normal, rational
from ..referees import complex_step, exact_coefficients, five_point, jacobian, second_difference
from .shared import (
    KERNEL,
    POINTS,
    X5,
    Y5,
    Function,
    Matrix,
    Vector,
    as_floats,
    curvature,
    deficient,
    determinant,
    from_values,
    hessian_by_differences,
    identity,
    lstsq,
    normal_solution,
    one_step,
    polarized,
    rank,
    slope,
    small_singular_values,
    solution_of,
    solved,
    sum_of_squares,
)


def how_many(E: Function, n: int) -> str:
    """The number of points where a quadratic that is bounded below is least, from its values."""
    zero, unit = fractions([0] * n), identity(n)
    G = np.array([slope(E, zero, e) for e in unit])
    H = [[polarized(lambda h: curvature(E, zero, h), a, b) for b in unit] for a in unit]
    if rank(H) < rank(np.column_stack([H, -G])):
        return "none"
    return "one" if rank(H) == n else "infinitely many"


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


# -- Why squares ----------------------------------------------------------------------------------


def _log_likelihood(X: Matrix, y: Vector, sigmas: Any) -> Function:
    """The logarithm of the density of y as a function of w, by Python's normal distribution."""
    return lambda w: sum(
        math.log(NormalDist(float(a), s).pdf(float(b)))
        for a, b, s in zip(X @ w, y, sigmas, strict=True)
    )


def _most_likely(X: Matrix, y: Vector, sigmas: Any) -> Vector:
    """Where a quadratic log-likelihood is largest, from its values alone."""
    L, zero, unit = _log_likelihood(X, y, sigmas), np.zeros(X.shape[1]), np.eye(X.shape[1])
    G = np.array([slope(L, zero, e) for e in unit])
    H = np.array([[polarized(lambda h: curvature(L, zero, h), a, b) for b in unit] for a in unit])
    return np.linalg.solve(H, -G)


def _measured(rng: np.random.Generator) -> tuple[Matrix, Vector]:
    X = full_rank(rng, 7, 3)
    return X, X @ normal(rng, 3) + normal(rng, 7)


@claim("lsq-maximum-likelihood")
def maximum_likelihood(rng: np.random.Generator) -> Iterator[Check]:
    X, y = _measured(rng)
    sigma, w, other = float(rng.uniform(0.7, 1.5)), normal(rng, 3), normal(rng, 3)
    E, L = sum_of_squares(X, y), _log_likelihood(X, y, [sigma] * 7)
    best = np.linalg.solve(X.T @ X, X.T @ y)

    def density(w: Vector) -> float:
        errors = (X @ w - y) / sigma
        return float(np.prod(np.exp(-(errors**2) / 2) / (sigma * math.sqrt(2 * math.pi))))

    yield Check(
        stated=[
            -7 / 2 * math.log(2 * math.pi * sigma**2) - E(v) / (2 * sigma**2) for v in (w, other)
        ],
        referees={
            "Python's normal distribution": [L(w), L(other)],
            "product of the densities": [math.log(density(v)) for v in (w, other)],
        },
        wrong={
            "E / sigma^2": [
                -7 / 2 * math.log(2 * math.pi * sigma**2) - E(v) / sigma**2 for v in (w, other)
            ]
        },
    )
    yield Check(
        stated=best,
        referees={
            "largest likelihood": _most_likely(X, y, [sigma] * 7),
            "largest likelihood, another variance": _most_likely(X, y, [2 * sigma] * 7),
        },
        wrong={"the first three equations solved": np.linalg.solve(X[:3], y[:3])},
        table=lambda: one_step(X, y),
    )
    # The most likely variance: where the derivative of the log-likelihood by it is zero.
    r = y - X @ lstsq(X, y)
    low, high = 0.05, 20.0
    for _ in range(100):  # bisection on the sign of the derivative
        middle = math.sqrt(low * high)
        ends = [sum(math.log(NormalDist(0.0, s).pdf(e)) for e in r)
                for s in (0.9999 * middle, 1.0001 * middle)]  # fmt: skip
        low, high = (middle, high) if ends[1] > ends[0] else (low, middle)
    yield Check(
        stated=E(best) / 7,
        referees={"largest likelihood": low * high, "mean square of the residual": np.mean(r**2)},
        wrong={"divided by m - n": E(best) / 4, "the sum": E(best)},
        bounds={"largest likelihood": 1e-6},
    )


@outside("lsq-maximum-likelihood", "the errors have different variances")
def other_variances(rng: np.random.Generator) -> Iterator[Check]:
    X, y = _measured(rng)
    found = _most_likely(X, y, [0.5, 0.5, 0.5, 0.5, 2.0, 2.0, 2.0])
    yield Check(np.linalg.solve(X.T @ X, X.T @ y), {"largest likelihood": found})


@outside("lsq-maximum-likelihood", "the errors depend on one another")
def dependent_errors(rng: np.random.Generator) -> Iterator[Check]:
    X, y = _measured(rng)
    L = np.linalg.cholesky(np.full((7, 7), 0.8) + 0.2 * np.diag(np.arange(1.0, 8.0)))
    A, b = np.linalg.solve(L, X), np.linalg.solve(L, y)  # the errors of this one are independent
    yield Check(
        np.linalg.solve(X.T @ X, X.T @ y), {"largest likelihood": _most_likely(A, b, [1.0] * 7)}
    )


@outside("lsq-maximum-likelihood", "the errors are not Gaussian")
def laplace_errors(rng: np.random.Generator) -> Iterator[Check]:
    y = normal(rng, 5)  # one constant, and densities exp(-|e|) / 2
    middle = min(y, key=lambda a: float(np.sum(np.abs(y - a))))
    yield Check(np.mean(y), {"largest likelihood": middle, "the median": np.median(y)})


@outside("lsq-maximum-likelihood", "the errors have not mean zero")
def shifted_errors(rng: np.random.Generator) -> Iterator[Check]:
    X, y = _measured(rng)
    found = _most_likely(X, y - np.linspace(1.0, 2.0, 7), [1.0] * 7)
    yield Check(np.linalg.solve(X.T @ X, X.T @ y), {"largest likelihood": found})


@claim("lsq-projection")
def projection(rng: np.random.Generator) -> Iterator[Check]:
    X, y, D = rational(rng, 7, 3), rational(rng, 7), deficient(rng)
    for A in (X, D):
        columns = 3 if A is X else 2  # those of D[:, :2] span the range of D
        some = fractions([*normal_solution(A[:, :columns], y), *[0] * (3 - columns)])
        fitted = A @ some
        U = np.linalg.svd(as_floats(A)[0], full_matrices=False)[0][:, :columns]
        across: list[Vector] = []
        for a in A[:, :columns].T:  # Gram-Schmidt, in fractions
            across.append(a - sum((c * (c @ a) / (c @ c) for c in across), start=0 * a))
        yield Check(
            stated=fitted,
            referees={
                "orthogonal columns in fractions": sum(c * (c @ y) / (c @ c) for c in across),
                "singular vectors": U @ (U.T @ as_floats(y)[0]),
            },
            wrong={"the part along each column, added": sum(
                c * (c @ y) / (c @ c) for c in A[:, :columns].T
            )},
            bounds={"orthogonal columns in fractions": 0.0},
        )  # fmt: skip
        yield Check(  # Pythagoras, and the angle with every column
            stated=[*(0 * A[0]), y @ y],
            referees={
                "exact fractions": [
                    *(A.T @ (y - fitted)), fitted @ fitted + (y - fitted) @ (y - fitted)
                ],
                "numpy.linalg.lstsq": _right_angles(A, y),
            },
            wrong={"for any other w": [
                *(A.T @ (y - A @ (some + 1))),
                (A @ (some + 1)) @ (A @ (some + 1)) + sum((y - A @ (some + 1)) ** 2),
            ]},
        )  # fmt: skip


def _right_angles(X: Matrix, y: Vector) -> list[float]:
    A, b = as_floats(X, y)
    fitted = A @ lstsq(X, y)
    return [*(A.T @ (b - fitted)), np.sum(fitted**2) + np.sum((b - fitted) ** 2)]


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


# -- Outside of the conditions --------------------------------------------------------------------


@outside("lsq-positive-definite", "X has dependent columns")
def definite_outside(rng: np.random.Generator) -> Iterator[Check]:
    D, c = deficient(rng), rational(rng, 1)[0]
    yield Check(True, {"along the kernel": bool(np.sum((D @ (c * KERNEL)) ** 2) > 0)})


@outside("lsq-minimum", "w* does not solve the normal equations")
def minimum_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, h = rational(rng, 7, 3), rational(rng, 7), rational(rng, 3), rational(rng, 3)
    E = sum_of_squares(X, y)
    yield Check(np.sum((X @ h) ** 2), {"exact fractions": E(w + h) - E(w)})


def _on_a_line(rng: np.random.Generator) -> tuple[Matrix, Vector, Vector]:
    """A problem, and its minimiser among the vectors with the last two coefficients zero."""
    X, y = rational(rng, 7, 3), rational(rng, 7)
    return X, y, fractions([X[:, 0] @ y / (X[:, 0] @ X[:, 0]), 0, 0])


@outside("stationarity-all-directions", "minimised over a part of the space")
def stationarity_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = _on_a_line(rng)
    slopes = [slope(sum_of_squares(X, y), w, h) for h in identity(3)]
    yield Check(fractions([0, 0, 0]), {"values alone": slopes})


@outside("normal-equations", "minimised over a part of the space")
def normal_equations_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = _on_a_line(rng)
    yield Check(X.T @ y, {"exact fractions": X.T @ X @ w})


def _complex_data(rng: np.random.Generator) -> tuple[Matrix, Vector, Vector, Function]:
    """X, y, a real w and the sum of the squared errors at real w, which has values of its own."""
    X, y = (normal(rng, *shape) + 1j * normal(rng, *shape) for shape in ((7, 3), (7,)))
    return X, y, normal(rng, 3), lambda w: np.sum(np.abs(X @ w - y) ** 2)


@outside("llmse-definition", "X and y are complex")
def definition_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, E = _complex_data(rng)
    yield Check(stated=np.sum((X @ w - y) ** 2), referees={"length of the errors": E(w)})


@outside("llmse-argmin", "X is complex, and of rank 1")
def argmin_outside(rng: np.random.Generator) -> Iterator[Check]:
    (a, b), (c, d) = rational(rng, 2, 2)  # X = [a, ib], a row, and y = c + id

    def E(w: Vector) -> Any:
        return (a * w[0] - c) ** 2 + (b * w[1] - d) ** 2

    yield Check(stated="infinitely many", referees={"values alone": how_many(E, 2)})


@outside("lsq-projection", "the inner product has weights")
def projection_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, weights = rational(rng, 7, 3), rational(rng, 7), fractions(range(1, 8))
    nearest = from_values(lambda w: np.sum(weights * (X @ w - y) ** 2), 3)
    yield Check(stated=X @ normal_solution(X, y), referees={"values alone": X @ nearest})


@outside("lsq-derivative", "X and y are complex")
def derivative_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, E = _complex_data(rng)
    yield Check(
        stated=2 * (X @ w - y) @ X,
        referees={
            "five-point differences": [five_point(E, w, h) for h in np.eye(3)],
            "with conjugates": 2 * ((X @ w - y).conj() @ X).real,
        },
    )


@outside("lsq-gradient", "X and y are complex")
def gradient_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, E = _complex_data(rng)
    yield Check(
        stated=2 * X.T @ (X @ w - y),
        referees={
            "five-point differences": [five_point(E, w, h) for h in np.eye(3)],
            "with conjugates": 2 * (X.conj().T @ (X @ w - y)).real,
        },
    )


@outside("lsq-second-derivative", "X is complex")
def second_derivative_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, _, w, E = _complex_data(rng)
    yield Check(
        stated=2 * X.T @ X,
        referees={
            "second differences": hessian_by_differences(E, w),
            "with conjugates": 2 * (X.conj().T @ X).real,
        },
    )
