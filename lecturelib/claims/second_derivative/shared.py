"""What the checks of several pages of this chapter use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import gradient
from ..checking import Check
from ..draws import fractions, normal, positive_definite, rational, skew
from ..referees import circle_coefficients, five_point, order, second_difference

Vector = np.ndarray


Matrix = np.ndarray


# -- Smooth functions whose derivatives are known by hand -----------------------------------------


@dataclass(frozen=True)
class Smooth:
    """A function, a point, and its value, gradient and Hessian there, found by hand."""

    f: Callable[[Any], Any]
    x: Any
    value: float
    gradient: Any
    hessian: Callable[[Any], Any]

    def first(self, h: Any) -> Any:
        return np.sum(self.gradient * h)

    def second(self, h: Any, k: Any) -> Any:
        return np.sum(self.hessian(h) * k)


def of_a_number(rng: np.random.Generator) -> Smooth:
    x = rng.uniform(0.05, 0.3)
    e, s, c = np.exp(x), np.sin(2 * x), np.cos(2 * x)
    return Smooth(
        lambda x: np.exp(x) * np.sin(2 * x),
        x,
        e * s,
        e * (s + 2 * c),
        lambda h: e * (4 * c - 3 * s) * h,
    )


def of_a_vector(rng: np.random.Generator) -> Smooth:
    A, x = positive_definite(rng, 3) + skew(rng, 3), normal(rng, 3)
    x /= np.linalg.norm(x)
    value, S = np.exp(x @ A @ x / 4), (A + A.T) / 4
    return Smooth(
        lambda x: np.exp(x @ A @ x / 4),
        x,
        value,
        value * S @ x,
        lambda h: value * (S @ x * (x @ S @ h) + S @ h),
    )


def of_a_matrix(rng: np.random.Generator) -> Smooth:
    A, B, X = normal(rng, 4, 4), normal(rng, 3, 3), normal(rng, 4, 3) / 2

    def both(H: Matrix) -> Matrix:  # the gradient of Tr(X^T A X B) / 10, at X = H
        return (A @ H @ B + A.T @ H @ B.T) / 10

    value, G = np.exp(np.sum(X * (A @ X @ B)) / 10), both(X)
    return Smooth(
        lambda X: np.exp(np.trace(X.T @ A @ X @ B) / 10),
        X,
        value,
        value * G,
        lambda H: value * (G * np.sum(G * H) + both(H)),
    )


def like(rng: np.random.Generator, x: Any) -> Any:
    """A direction of x's shape; for a number one between 1/2 and 3/2."""
    return rng.uniform(0.5, 1.5) if np.ndim(x) == 0 else normal(rng, *np.shape(x)) / 2


def directions_like(rng: np.random.Generator, x: Any) -> list[Any]:
    """Three directions, so that a value that happens to be near zero stands beside others."""
    return [like(rng, x) for _ in range(3)]


def first_power(remainder: Callable[[Any], Any]) -> float:
    """The lowest power of t in an analytic remainder, from its values on a circle."""
    sizes = [np.max(np.abs(c)) for c in circle_coefficients(remainder, 0.0, 1.0, 6)]
    return float(next(k for k, size in enumerate(sizes) if size > 1e-8 * max(sizes)))


# -- Taylor to second order -----------------------------------------------------------------------


def expansion(
    s: Smooth, rng: np.random.Generator, wrong: str, table: Callable[[Any], Any]
) -> Iterator[Check]:
    """The coefficients of 1, t, t^2 in f(x + th) for three h, and the order of what is left."""
    H = directions_like(rng, s.x)
    terms = [[s.value, s.first(h), s.second(h, h) / 2] for h in H]
    yield Check(
        stated=terms,
        referees={
            "circle in the complex plane": [
                np.real(circle_coefficients(s.f, s.x, h, 2)) for h in H
            ],
            "second differences": [
                [s.f(s.x), five_point(s.f, s.x, h), second_difference(s.f, s.x, h) / 2] for h in H
            ],
        },
        wrong={wrong: [[value, first, 2 * half] for value, first, half in terms]},
        table=lambda: [table(h) for h in H],
    )

    def left(factor: float) -> Callable[[Any], Any]:
        return lambda t: np.array(
            [
                s.f(s.x + t * h) - c[0] - t * c[1] - factor * t * t * c[2]
                for h, c in zip(H, terms, strict=True)
            ]
        )

    yield Check(
        stated=3.0,
        referees={
            "order of the remainder": order(left(1.0)),
            "first power on a circle": first_power(left(1.0)),
        },
        wrong={wrong: order(left(2.0))},
        bounds={"first power on a circle": 0.0},
    )


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


#: A direction, and the matrix that projects on what is orthogonal to it.
KERNEL = fractions([1, -2, 1])


OFF_KERNEL = identity(3) - np.outer(KERNEL, KERNEL) / 6


def deficient(rng: np.random.Generator, m: int = 7) -> Matrix:
    """Fractions, m x 3, of rank 2, with X KERNEL = 0."""
    return rational(rng, m, 3) @ OFF_KERNEL


def small_singular_values(X: Matrix) -> bool:
    """Whether X w = 0 for some w that is not 0, by floating point."""
    [X] = as_floats(X)
    return bool(np.linalg.matrix_rank(X, rtol=1e-9) < X.shape[1])


def solution_of(X: Matrix) -> Function:
    return lambda y: np.linalg.solve(X.T @ X, X.T @ y)


# -- The five points ------------------------------------------------------------------------------

POINTS = ((-2, 1), (0, 3), (1, 3), (3, 2), (4, 0))


X5 = fractions([[1, a, a * a] for a, _ in POINTS])


Y5 = fractions([b for _, b in POINTS])
