"""Checks of the claims of the page "Gradient descent: how far, how fast"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...calculus import gradient, hessian
from ..checking import Check, claim, outside
from ..draws import full_rank, normal
from .shared import KERNEL, OFF_KERNEL, X5, Y5, Matrix, Vector, as_floats, lstsq, sum_of_squares


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


def walked(X: Matrix, y: Vector, start: Vector, step: float, count: int) -> Vector:
    """Where gradient descent on the sum of squares is after so many steps."""
    w = start
    for _ in range(count):
        w = w - step * 2 * X.T @ (X @ w - y)
    return w


@outside("line-fit-descent", "X has dependent columns")
def line_fit_descent_dependent(rng: np.random.Generator) -> Iterator[Check]:
    X, y, start = full_rank(rng, 7, 3) @ OFF_KERNEL.astype(float), normal(rng, 7), normal(rng, 3)
    step = 1 / np.linalg.eigvalsh(2 * X.T @ X)[-1]
    found = walked(X, y, start, step, 400)
    yield Check(lstsq(X, y), {"steps taken": found, "the other start": found})


@claim("descent-rate")
def descent_rate(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 7, 3), normal(rng, 7)
    H, best = 2 * X.T @ X, lstsq(X, y)
    curvatures, vectors = np.linalg.eigh(H)
    step = rng.uniform(0.3, 0.9) * 2 / curvatures[-1]
    E = sum_of_squares(X, y)
    yield Check(  # what one step makes of the part along each eigenvector
        stated=1 - step * curvatures,
        referees={
            "steps taken": [
                v @ (walked(X, y, best + v, step, 1) - best) for v in np.transpose(vectors)
            ],
            "eigenvalues": np.linalg.eigvalsh(np.eye(3) - step * H)[::-1],
        },
        wrong={"the step alone": 1 - step * np.ones(3), "1 + a lambda": 1 + step * curvatures},
        table=lambda: [v @ (v - step * gradient(E, best + v)) for v in np.transpose(vectors)],
    )
    low, high, squared = curvatures[0], curvatures[-1], np.linalg.cond(X) ** 2
    shortest = 2 / (low + high)
    start = best + vectors[:, 0] + vectors[:, -1]
    errors = [np.linalg.norm(walked(X, y, start, shortest, k) - best) for k in (3, 4)]
    yield Check(
        stated=(squared - 1) / (squared + 1),
        referees={
            "steps taken": errors[1] / errors[0],
            "eigenvalues": np.max(np.abs(np.linalg.eigvalsh(np.eye(3) - shortest * H))),
        },
        wrong={
            "the condition number of X, not squared": (np.sqrt(squared) - 1)
            / (np.sqrt(squared) + 1),
            "the step 1 / lambda_max": 1 - 1 / squared,
        },
        table=lambda: np.max(
            np.abs(np.linalg.eigvalsh(np.eye(3) - shortest * hessian(E, best).matrix()))
        ),
    )
    # No other step is as fast, and from no start is it slower than the rate.
    steps = [shortest, 0.98 * shortest, 1.02 * shortest, 1 / high]
    rate, starts = (squared - 1) / (squared + 1), [best + normal(rng, 3) for _ in range(3)]
    yield Check(
        [False, True, True, True, False, False, False],
        {
            "steps taken": [
                *(_slowest(X, y, best, vectors, step) > rate * (1 + 1e-6) for step in steps),
                *(
                    np.linalg.norm(walked(X, y, w, shortest, 5) - best)
                    > rate**5 * np.linalg.norm(w - best) * (1 + 1e-9)
                    for w in starts
                ),
            ],
            "eigenvalues": [
                *(np.max(np.abs(1 - step * curvatures)) > rate * (1 + 1e-6) for step in steps),
                *(
                    np.linalg.norm((1 - shortest * curvatures) ** 5 * (vectors.T @ (w - best)))
                    > rate**5 * np.linalg.norm(w - best) * (1 + 1e-9)
                    for w in starts
                ),
            ],
        },
        {"1 / lambda_max is the fastest": [True, True, True, False, False, False, False]},
    )


def _slowest(X: Matrix, y: Vector, best: Vector, vectors: Matrix, step: float) -> float:
    """What one step leaves of the error, at worst over the eigenvectors."""
    left = [walked(X, y, best + v, step, 1) - best for v in np.transpose(vectors)]
    return float(max(np.linalg.norm(e) for e in left))


@outside("descent-rate", "X has dependent columns")
def descent_rate_dependent(rng: np.random.Generator) -> Iterator[Check]:
    X, y, start = full_rank(rng, 7, 3) @ OFF_KERNEL.astype(float), normal(rng, 7), normal(rng, 3)
    curvatures = np.linalg.eigvalsh(2 * X.T @ X)
    step = 2 / (curvatures[1] + curvatures[-1])  # the smallest that is not zero
    left = np.linalg.norm(walked(X, y, start, step, 400) - lstsq(X, y))
    yield Check(0.0, {"steps taken": left, "the part in the kernel": left})


@claim("descent-and-kernel")
def descent_and_kernel(rng: np.random.Generator) -> Iterator[Check]:
    X, y, start = full_rank(rng, 7, 3) @ OFF_KERNEL.astype(float), normal(rng, 7), normal(rng, 3)
    P, step = np.linalg.pinv(X, rcond=1e-9), 1 / np.linalg.eigvalsh(2 * X.T @ X)[-1]
    [k] = as_floats(KERNEL)
    some = np.append(np.linalg.lstsq(X[:, :2], y)[0], 0.0)
    E = sum_of_squares(X, y)

    def by_table(w: Vector) -> Vector:
        for _ in range(300):
            w = w - step * gradient(E, w)
        return w

    yield Check(  # from some start, and from 0
        stated=[P @ y + start - P @ X @ start, P @ y],
        referees={
            "steps taken": [walked(X, y, w, step, 400) for w in (start, 0 * start)],
            "the minimiser nearest to the start": [
                some + k * (k @ (w - some)) / (k @ k) for w in (start, 0 * start)
            ],
        },
        wrong={
            "the shortest, whatever the start": [P @ y, P @ y],
            "the start moved by the shortest": [P @ y + start, P @ y],
        },
        table=lambda: [by_table(w) for w in (start, 0 * start)],
    )


@outside("descent-and-kernel", "the step is longer than 2 / lambda_max")
def descent_too_far(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 7, 3) @ OFF_KERNEL.astype(float), normal(rng, 7)
    step = 2.05 / np.linalg.eigvalsh(2 * X.T @ X)[-1]
    found = walked(X, y, np.zeros(3), step, 300)
    yield Check(lstsq(X, y), {"steps taken": found, "once more": found})
