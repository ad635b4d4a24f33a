"""Checks of the claims of the page "Derivative as linearisation"."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import derivative, differential, jacobian_matrix
from ..checking import Check, claim, outside
from ..draws import normal, rational
from ..referees import circle, complex_step, exact_coefficients, five_point, jacobian
from .shared import WHOLE, first_power, remainder_order


def curves(x: Any) -> Any:
    """Three curves, for the remainders; the last one bends everywhere."""
    return np.stack([np.exp(x) * np.sin(3 * x), 1 / (1 + x * x), np.log(4 + x)])


def curve_slopes(x: Any) -> np.ndarray:
    return np.array(
        [
            np.exp(x) * (np.sin(3 * x) + 3 * np.cos(3 * x)),
            -2 * x / (1 + x * x) ** 2,
            1 / (4 + x),
        ]
    )


@claim("derivative-is-linearisation")
def derivative_is_linearisation(rng: np.random.Generator) -> Iterator[Check]:
    A, B, x, h = normal(rng, 4, 3), normal(rng, 2, 4), normal(rng, 3), normal(rng, 3)

    def f(x: Any) -> Any:
        return B @ np.sin(A @ x)

    L = B @ (np.cos(A @ x) * (A @ h))
    yield Check(
        stated=L,
        referees={
            "complex step": complex_step(f, x, h),
            "five-point differences": five_point(f, x, h, 2.0**-11),
        },
        wrong={
            "a finite increment": f(x + h) - f(x),
            "inner derivative forgotten": B @ np.cos(A @ x),
        },
        table=lambda: differential(f, x, h),
    )
    found = complex_step(f, x, h)
    yield Check(
        stated=[2.0, 1.0],  # with the derivative, and with one that is off by 0.01
        referees={
            "order of the remainder": [
                remainder_order(f, x, h, found),
                remainder_order(f, x, h, found + 0.01),
            ],
            "first power of t": [
                first_power(f, x, h, found),
                first_power(f, x, h, found + 0.01),
            ],
        },
        wrong={"any nearby line will do": [2.0, 2.0]},
        bounds=WHOLE,
    )


@claim("figure-tangent-line")
def figure_tangent_line(rng: np.random.Generator) -> Iterator[Check]:
    a = rng.uniform(0.5, 2.0)
    steps = 2.0 ** -np.arange(4, 12)
    secants = (np.sqrt(a + steps) - np.sqrt(a)) / steps
    for k in range(1, len(steps)):  # Neville: the polynomial through the secants' slopes, at step 0
        secants = (steps[:-k] * secants[1:] - steps[k:] * secants[:-1]) / (steps[:-k] - steps[k:])
    yield Check(
        stated=1 / (2 * np.sqrt(a)),
        referees={
            "complex step": complex_step(np.sqrt, a, 1.0),
            "secants, extrapolated to step 0": secants[0],
        },
        wrong={"a secant": (np.sqrt(a + 1) - np.sqrt(a))},
        table=lambda: derivative(np.sqrt, a)[1.0],
    )


@claim("tangent-line-formula")
def tangent_line_formula(rng: np.random.Generator) -> Iterator[Check]:
    a, h = rng.uniform(-1.0, 1.0), 0.1
    nodes, weights = np.polynomial.legendre.leggauss(8)
    bends = np.array([circle(curves, a + h * (1 + s) / 2, 1.0, 2) for s in nodes])
    yield Check(
        stated=curves(a + h) - (curves(a) + curve_slopes(a) * h),  # what the tangents miss
        referees={
            "integral of the second derivative": h / 2 * (weights * h * (1 - nodes) / 2) @ bends,
            "Taylor coefficients from 2 on": sum(
                circle(curves, a, 1.0, k) / np.prod(np.arange(1.0, k + 1)) * h**k
                for k in range(2, 14)
            ),
        },
        wrong={"equality for a finite step (E07)": np.zeros(3)},
        table=lambda: curves(a + h) - curves(a) - derivative(curves, a)[h],
    )
    found = complex_step(curves, a, 1.0)
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": remainder_order(curves, a, 1.0, found),
            "first power of t": first_power(curves, a, 1.0, found),
        },
        wrong={"order 1, as for any line through the point": 1.0},
        bounds=WHOLE,
    )
    # c |x - a|^(3/2) has the derivative 0 at a, and no second one. Steps are squares of fractions.
    c, roots = Fraction(int(rng.integers(1, 6))), [Fraction(1, 2**k) for k in range(3, 7)]
    left_over = [c * root**3 for root in roots]  # at the steps root^2
    yield Check(
        stated=1.5,
        referees={
            "order of the remainder": remainder_order(
                lambda x: float(c) * np.abs(x) ** 1.5, 0.0, 1.0, 0.0
            ),
            "exact fractions": math.log2(left_over[0] / left_over[-1])
            / math.log2((roots[0] / roots[-1]) ** 2),
        },
        wrong={"order 2 for every derivative": 2.0, "no derivative, order 1": 1.0},
        bounds={"order of the remainder": 1e-9, "exact fractions": 1e-12},
    )
    # c (x - a)^3 beside any line: y''(a) = 0.
    steps = [Fraction(1, 2**k) for k in (1, 4)]
    yield Check(
        stated=3.0,
        referees={
            "order of the remainder": remainder_order(
                lambda x: float(c) * (x - a) ** 3 + x, a, 1.0, 1.0
            ),
            "exact fractions": math.log2(c * steps[0] ** 3 / (c * steps[1] ** 3))
            / math.log2(steps[0] / steps[1]),
        },
        wrong={"order 2, bent or not": 2.0},
        bounds={"order of the remainder": 1e-9, "exact fractions": 1e-12},
    )


@claim("difference-form")
def difference_form(rng: np.random.Generator) -> Iterator[Check]:
    c = [Fraction(int(k), 3) for k in rng.integers(1, 12, 4)]
    a, dx = Fraction(int(rng.integers(1, 9)), 4), Fraction(int(rng.integers(1, 9)), 5)

    def y(x: Any) -> Any:
        return c[0] + x * (c[1] + x * (c[2] + x * c[3]))

    def plain(x: Any) -> Any:
        return float(c[0]) + x * (float(c[1]) + x * (float(c[2]) + x * float(c[3])))

    wide, narrow = y(a + 2 * dx) - y(a - 2 * dx), y(a + dx) - y(a - dx)
    yield Check(
        stated=(c[1] + 2 * c[2] * a + 3 * c[3] * a * a) * dx,
        referees={
            "exact fractions": exact_coefficients(y, a, dx, 3)[1],
            "differences that are exact for a cubic": (8 * narrow - wide) / 12,
        },
        wrong={"the increment for the differential (E07)": y(a + dx) - y(a)},
        table=lambda: differential(plain, float(a), float(dx)),
    )


@claim("eq-2-differential")
def eq_2_differential(rng: np.random.Generator) -> Iterator[Check]:
    a, dx = rng.uniform(0.5, 1.5), rng.uniform(1.5, 2.5)

    def y(x: Any) -> Any:
        return np.stack([np.exp(x), np.sin(x), x**3])

    yield Check(
        stated=np.array([np.exp(a), np.cos(a), 3 * a**2]) * dx,
        referees={
            "complex step": complex_step(y, a, dx),
            "five-point differences": five_point(y, a, dx),
        },
        wrong={"divided by dx": np.array([np.exp(a), np.cos(a), 3 * a**2]) / dx},
        table=lambda: differential(y, a, dx),
    )
    dy = complex_step(y, a, dx)
    yield Check(
        stated=1.0,  # the quotient of differences approaches dy with this order
        referees={
            "order of the remainder": remainder_order(y, a, dx, dy) - 1,
            "first power of t": first_power(y, a, dx, dy) - 1,
        },
        wrong={"order 2, as of the remainder": 2.0},
        bounds=WHOLE,
    )


@claim("prop-linear-approximation")
def prop_linear_approximation(rng: np.random.Generator) -> Iterator[Check]:
    A, x, dx = normal(rng, 4, 3), normal(rng, 3), normal(rng, 3)

    def f(x: Any) -> Any:
        return (x @ x) * (A @ x)

    J = (x @ x) * A + 2 * np.outer(A @ x, x)
    yield Check(
        stated=J @ dx,
        referees={
            "complex step": complex_step(f, x, dx),
            "five-point differences": five_point(f, x, dx),
        },
        wrong={"length of x held constant": (x @ x) * (A @ dx)},
        table=lambda: differential(f, x, dx),
    )
    yield Check(
        stated=J,
        referees={
            "complex step": jacobian(f, x),
            "five-point differences": jacobian(f, x, five_point),
        },
        wrong={"transposed": J.T, "length of x held constant": (x @ x) * A},
        table=lambda: jacobian_matrix(f, x),
    )
    X, dX = normal(rng, 3, 3), normal(rng, 3, 3)

    def gram(X: Any) -> Any:
        return X.T @ X

    yield Check(
        stated=dX.T @ X + X.T @ dX,
        referees={
            "complex step": complex_step(gram, X, dX),
            "five-point differences": five_point(gram, X, dX),
        },
        wrong={"a left multiplication, 2 X^T dX (E08)": 2 * X.T @ dX},
        table=lambda: differential(gram, X, dX),
    )
    found = complex_step(f, x, dx)
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": remainder_order(f, x, dx, found),
            "first power of t": first_power(f, x, dx, found),
        },
        wrong={"order 1": 1.0},
        bounds=WHOLE,
    )
    # m = n = 2: the shapes allow the transpose, too. (x1 x2, x1^2), as at (2, 3) on the page.
    p, step = rational(rng, 2), rational(rng, 2)

    def square(x: Any) -> Any:
        return np.stack([x[0] * x[1], x[0] * x[0]])

    (a, b), (h1, h2) = p, step
    yield Check(
        stated=np.array([b * h1 + a * h2, 2 * a * h1]),
        referees={
            "exact fractions": exact_coefficients(square, p, step, 2)[1],
            "complex step": complex_step(square, p.astype(float), step.astype(float)),
        },
        wrong={"the transpose, which fits as well": np.array([b * h1 + 2 * a * h2, a * h1])},
        table=lambda: differential(square, p.astype(float), step.astype(float)),
    )


@claim("example-f-Ax-vector")
def example_f_ax_vector(rng: np.random.Generator) -> Iterator[Check]:
    A, x, dx = rational(rng, 4, 3), rational(rng, 3), rational(rng, 3)
    A[0, 0] = Fraction(41, 4)  # the largest entry, so that no draw is zero or symmetric
    plain = A.astype(float)

    def f(x: Any) -> Any:
        return plain @ x

    yield Check(
        stated=A @ dx,
        referees={
            "exact fractions": A @ (x + dx) - A @ x,
            "complex step": complex_step(f, x.astype(float), dx.astype(float)),
            "entry by entry": [sum(A[i, j] * dx[j] for j in range(3)) for i in range(4)],
        },
        wrong={"the value for the differential": A @ (x + dx)},
        table=lambda: differential(f, x.astype(float), dx.astype(float)),
    )
    point = normal(rng, 3)
    yield Check(
        stated=plain,
        referees={
            "complex step": jacobian(f, point),
            "images of the unit vectors": np.stack([f(e) for e in np.eye(3)], axis=1),
        },
        wrong={"transposed": plain.T},
        table=lambda: jacobian_matrix(f, point),
    )


# -- Outside of the conditions --------------------------------------------------------------------


def _corner(rng: np.random.Generator) -> Check:
    """That some line leaves less than every multiple of h, said of a curve with a corner."""
    c, b = rng.uniform(1, 2), rng.uniform(-1, 1)
    slopes = b + c * np.linspace(-2, 2, 41)  # of the lines that are tried
    steps = [1e-3, -1e-3, 1e-6, -1e-6]
    missed = [max(abs(c * abs(h) + b * h - s * h) / abs(h) for h in steps) for s in slopes]
    return Check(
        stated=True,
        referees={
            "lines tried": bool(min(missed) < 1e-2),
            "slopes on both sides": bool(abs((b + c) - (b - c)) < 1e-2),
        },
    )


def _no_second_derivative(rng: np.random.Generator) -> Check:
    """That the remainder is of order 2, said of c |x|^(3/2) at 0."""
    c = rng.uniform(1, 2)
    values = [c * abs(h) ** 1.5 for h in (1e-4, 1e-8)]
    return Check(
        stated=2.0,
        referees={
            "order of the remainder": remainder_order(
                lambda x: c * np.abs(x) ** 1.5, 0.0, 1.0, 0.0
            ),
            "two tiny steps": math.log10(values[0] / values[1]) / 4,
        },
    )


def _no_bend(rng: np.random.Generator) -> Check:
    """That the remainder is of order 2, said of b x + c x^3 at 0, where it does not bend."""
    b, c = rng.uniform(1, 2, 2)

    def y(x: Any) -> Any:
        return b * x + c * x**3

    values = [y(h) - b * h for h in (1 / 8, 1 / 16)]
    return Check(
        stated=2.0,
        referees={
            "order of the remainder": remainder_order(y, 0.0, 1.0, b),
            "two small steps": math.log2(values[0] / values[1]),
        },
    )


@outside("derivative-is-linearisation", "f has a corner at x")
def linearisation_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    yield _corner(rng)


@outside("derivative-is-linearisation", "f has no second derivative, and order 2 is stated")
def linearisation_of_lower_order(rng: np.random.Generator) -> Iterator[Check]:
    yield _no_second_derivative(rng)


@outside("derivative-is-linearisation", "f does not bend along h, and order 2 is stated")
def linearisation_of_higher_order(rng: np.random.Generator) -> Iterator[Check]:
    yield _no_bend(rng)


@outside("tangent-line-formula", "y has a corner at a")
def tangent_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    yield _corner(rng)


@outside("tangent-line-formula", "y has no second derivative, and order 2 is stated")
def tangent_of_lower_order(rng: np.random.Generator) -> Iterator[Check]:
    yield _no_second_derivative(rng)


@outside("tangent-line-formula", "y''(a) = 0, and order 2 is stated")
def tangent_of_higher_order(rng: np.random.Generator) -> Iterator[Check]:
    yield _no_bend(rng)


@outside("difference-form", "y has a corner at a")
def increment_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    yield _corner(rng)


@outside("difference-form", "equality is stated, not agreement to first order")
def increment_of_a_finite_step(rng: np.random.Generator) -> Iterator[Check]:
    a, dx, c = rational(rng, 3)
    yield Check(
        stated=2 * c * a * dx,  # of c x^2
        referees={"exact fractions": c * (a + dx) ** 2 - c * a**2},
    )


@outside("prop-linear-approximation", "f has all partial derivatives at x, and no more")
def matrix_of_partials_alone(rng: np.random.Generator) -> Iterator[Check]:
    a, b = h = rng.uniform(1, 2, 2)

    def f(x: Any) -> Any:  # its partial derivatives at 0 are 1 and 0
        return x[0] ** 3 / (x[0] ** 2 + x[1] ** 2)

    yield Check(
        stated=np.array([1.0, 0.0]) @ h,
        referees={
            "quotient": f(1e-3 * h) / 1e-3,  # which does not depend on the step
            "five-point differences": five_point(f, np.zeros(2), h),
            "polar coordinates": np.hypot(a, b) * math.cos(math.atan2(b, a)) ** 3,
        },
    )


@outside("prop-linear-approximation", "the variable is a matrix")
def left_multiplication_of_a_matrix(rng: np.random.Generator) -> Iterator[Check]:
    X, units = normal(rng, 3, 3), np.eye(9).reshape(9, 3, 3)
    images = [complex_step(lambda X: X.T @ X, X, E) for E in units]
    # J dX = images for all nine units: the nearest J, which gives other images
    left = np.hstack(list(units))
    J = np.hstack(images) @ np.linalg.pinv(left)
    yield Check(
        stated=J @ left,
        referees={
            "complex step": np.hstack(images),
            "both terms": np.hstack([E.T @ X + X.T @ E for E in units]),
        },
    )


@outside("example-f-Ax-vector", "A depends on x")
def matrix_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    A, x, dx = normal(rng, 4, 3), normal(rng, 3), normal(rng, 3)

    def f(x: Any) -> Any:
        return (x @ x) * (A @ x)

    yield Check(
        stated=(x @ x) * (A @ dx),
        referees={
            "complex step": complex_step(f, x, dx),
            "five-point differences": five_point(f, x, dx),
        },
    )
