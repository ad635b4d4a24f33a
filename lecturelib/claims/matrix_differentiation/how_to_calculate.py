"""Checks of the claims of the page "How to calculate a first derivative"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, jacobian_matrix
from ..checking import Check, claim, outside
from ..draws import fractions, normal, rational, skew, symmetric
from ..referees import complex_step, exact_coefficients, five_point, jacobian
from .shared import Wrong, each, quadratic, ray, ray_slope, slopes, whole_jacobian


@claim("eq-4-directional-derivative")
def directional_derivative(rng: np.random.Generator) -> Iterator[Check]:
    x, directions = normal(rng, 3), normal(rng, 3, 3)

    def f(x):
        return np.stack([x[0] * x[1] + np.exp(x[2]), np.sin(x[0]) * x[2]])

    def stated(h):  # d/dt f(x + th) at 0, an entry at a time, by the rules for one variable
        first = h[0] * x[1] + x[0] * h[1] + np.exp(x[2]) * h[2]
        return np.array([first, np.cos(x[0]) * h[0] * x[2] + np.sin(x[0]) * h[2]])

    def limit(h):  # of the difference quotient, by Romberg's extrapolation to t = 0
        table = [(f(x + t * h) - f(x)) / t for t in 2.0 ** -np.arange(3.0, 11.0)]
        for k in range(1, len(table)):
            table = [b + (b - a) / (2**k - 1) for a, b in zip(table, table[1:], strict=False)]
        return table[-1]

    yield Check(
        stated=each(stated, directions),
        referees={
            "complex step": each(lambda h: complex_step(f, x, h), directions),
            "limit of the quotient": each(limit, directions),
        },
        wrong={
            "quotient at t = 1": each(lambda h: f(x + h) - f(x), directions),
            "direction left out": np.stack([stated(np.ones(3))] * 3),
        },
        table=lambda: each(lambda h: differential(f, x, h), directions),
        bounds={"limit of the quotient": 1e-8},  # roundings over the smallest t, extrapolated
    )

    # Without differentiability the derivatives exist along every direction, and are not linear.
    a, b = fractions(rng.integers(1, 6, 2))
    three = fractions([[a, 0], [0, b], [a, b]])
    yield Check(
        stated=fractions([a, 0, a**3 / (a**2 + b**2)]),
        referees={
            "exact fractions": each(ray_slope, three),
            "five-point differences": each(
                lambda h: five_point(ray, np.zeros(2), h), three.astype(float)
            ),
        },
        wrong={"linear in h": fractions([a, 0, a])},
    )

    # Linear in h, all of them 0, and still no derivative: not so along the curve (t, b t^2).
    lines = rational(rng, 3, 2)

    def hidden(x):
        return x[0] ** 3 * x[1] / (x[0] ** 4 + x[1] ** 2)

    def curve(t):
        return hidden(np.stack([t, b * t * t]))

    tiny = Fraction(1, 10**30)
    yield Check(
        stated=[0.0, 0.0, 0.0, float(b / (1 + b * b))],
        referees={
            "complex step": [complex_step(hidden, 0 * h, h) for h in lines.astype(float)]
            + [float(curve(tiny) / tiny)],
            "quotient at a tiny step": [float(hidden(tiny * h) / tiny) for h in lines]
            + [float(7 * curve(Fraction(1, 7)))],
        },
        wrong={"slopes that are linear make a derivative": [0.0] * 4},
    )


@claim("example-quadratic-directional")
def quadratic_directional(rng: np.random.Generator) -> Iterator[Check]:
    x, directions = normal(rng, 4), normal(rng, 3, 4)
    A, S = normal(rng, 4, 4), symmetric(rng, 4)
    yield slopes(
        quadratic(A),
        x,
        directions,
        lambda h: h @ A @ x + x @ A @ h,
        {"2 x^T A h for a general A": lambda h: 2 * x @ A @ h, "one term": lambda h: x @ A @ h},
    )
    yield slopes(
        quadratic(S),
        x,
        directions,
        lambda h: 2 * x @ S @ h,
        {"x^T A h without the 2": lambda h: x @ S @ h},
    )


@claim("eq-5-quadratic-derivative")
def quadratic_derivative(rng: np.random.Generator) -> Iterator[Check]:
    x, A = rational(rng, 4), rational(rng, 4, 4)
    units, at = fractions(np.eye(4, dtype=int)), x.astype(float)

    def check(A: Any, row: Any, wrong: Wrong) -> Check:
        g = quadratic(A.astype(float))
        exact = each(lambda e: exact_coefficients(quadratic(A), x, e, 2)[1], units)
        return Check(
            stated=row[None],
            referees={"exact fractions": exact[None], "complex step": jacobian(g, at)},
            wrong={**wrong, "column": row[:, None]},
            table=lambda: jacobian_matrix(g, at),
        )

    S = A + A.T
    yield check(S, 2 * x @ S, {"x^T A without the 2": (x @ S)[None]})
    yield check(A, x @ S, {"2 x^T A for a general A (E11)": (2 * x @ A)[None]})


# -- Outside of the conditions --------------------------------------------------------------------


@outside("eq-4-directional-derivative", "f is not differentiable, and linear in h is stated")
def slopes_that_are_not_linear(rng: np.random.Generator) -> Iterator[Check]:
    a, b = h = rng.uniform(1, 2, 2)
    along = [five_point(ray, np.zeros(2), np.array(k)) for k in ([a, 0.0], [0.0, b])]
    yield Check(
        stated=along[0] + along[1],
        referees={
            "quotient": ray(1e-3 * h) / 1e-3,  # which does not depend on the step
            "five-point differences": five_point(ray, np.zeros(2), h),
        },
    )


def that_depends(x: Any, S: Any) -> Any:
    """x^T A x with A = (x^T x) S."""
    return (x @ x) * (x @ S @ x)


@outside("example-quadratic-directional", "A is not symmetric, and 2 x^T A h is stated")
def directional_without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    x, A, directions = normal(rng, 4), symmetric(rng, 4) + skew(rng, 4) / 4, normal(rng, 3, 4)
    yield slopes(quadratic(A), x, directions, lambda h: 2 * x @ A @ h, {})


@outside("example-quadratic-directional", "A depends on x")
def directional_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    x, A, directions = normal(rng, 4), normal(rng, 4, 4), normal(rng, 3, 4)
    yield slopes(
        lambda x: that_depends(x, A),
        x,
        directions,
        lambda h: (x @ x) * (h @ A @ x + x @ A @ h),
        {},
    )


@outside("eq-5-quadratic-derivative", "A is not symmetric, and 2 x^T A is stated")
def row_without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    x, A = normal(rng, 4), symmetric(rng, 4) + skew(rng, 4) / 4
    yield whole_jacobian(quadratic(A), x, 2 * (x @ A)[None], {})


@outside("eq-5-quadratic-derivative", "A depends on x")
def row_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    x, A = normal(rng, 4), normal(rng, 4, 4)
    yield whole_jacobian(lambda x: that_depends(x, A), x, (x @ x) * (x @ (A + A.T))[None], {})
