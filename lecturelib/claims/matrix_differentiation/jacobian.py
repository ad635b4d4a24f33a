"""Checks of the claims of the page "The Jacobian"."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import jacobian_matrix
from ..checking import Check, claim, outside
from ..draws import fractions, normal
from ..referees import jacobian
from .shared import each, partials_alone, ray, whole_jacobian


@claim("jacobian-of-vector-function")
def jacobian_of_vector_function(rng: np.random.Generator) -> Iterator[Check]:
    x, c, B = normal(rng, 3), normal(rng, 5), normal(rng, 5, 3) / 2
    stated = (1 - np.tanh(B @ x) ** 2)[:, None] * B + 2 * np.outer(c, x)
    yield whole_jacobian(
        lambda x: np.tanh(B @ x) + c * (x @ x),
        x,
        stated,
        {
            "transposed (denominator layout)": stated.T,
            "slope of tanh left out": B + 2 * np.outer(c, x),
        },
    )


def polar(p: Any) -> Any:
    return np.stack([p[0] * np.cos(p[1]), p[0] * np.sin(p[1])])


@claim("eq-10-jacobian")
def jacobian_of_map(rng: np.random.Generator) -> Iterator[Check]:
    r, theta = p = np.array([rng.uniform(1.5, 3.0), rng.uniform(0.2, 6.0)])
    c, s = np.cos(theta), np.sin(theta)
    J = np.array([[c, -r * s], [s, r * c]])
    wrong = {"r forgotten": np.array([[c, -s], [s, c]]), "transposed": J.T}
    yield whole_jacobian(polar, p, J, wrong)
    d, w = 0.1, 0.2  # half the sides of a rectangle around (r, theta)
    ring = w * ((r + d) ** 2 - (r - d) ** 2)  # the area of its image, a part of a ring
    yield Check(
        stated=r,
        referees={
            "complex step": np.linalg.det(jacobian(polar, p)),
            "area of a part of a ring": ring / (4 * d * w),
        },
        wrong={"1 (areas kept)": 1.0, "r squared": r * r},
        table=lambda: np.linalg.det(jacobian_matrix(polar, p)),
    )


def gauss(a: float, b: float, points: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss-Legendre quadrature on [a, b]."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return (a + b) / 2 + (b - a) / 2 * nodes, (b - a) / 2 * weights


@claim("change-of-variables")
def change_of_variables(rng: np.random.Generator) -> Iterator[Check]:
    # exp(-x^2 - y^2) over the disc of radius R
    R = rng.uniform(1.0, 2.5)
    r, dr = gauss(0.0, R)
    angle, weight = gauss(-math.pi / 2, math.pi / 2, 60)  # x = R sin(angle): no corner at the rim
    across = each(lambda c: math.sqrt(math.pi) * math.erf(R * c), np.cos(angle))
    dx = R * np.cos(angle) * weight
    yield Check(
        stated=math.pi * (1 - math.exp(-R * R)),
        referees={
            "quadrature in x and y": np.sum(np.exp(-((R * np.sin(angle)) ** 2)) * across * dx),
            "quadrature in r and theta": 2 * math.pi * np.sum(np.exp(-r * r) * r * dr),
        },
        wrong={"det J left out": 2 * math.pi * np.sum(np.exp(-r * r) * dr)},
    )

    # the area of the image of the unit square, under a matrix that turns it over
    a, b, c, d = (int(k) for k in rng.integers(1, 6, 4))
    if a * d >= b * c:
        a, b, c, d = b, a + 1, d, c
    J = fractions([[a, b], [c, d]])
    corners = [J @ p for p in fractions([[0, 0], [1, 0], [1, 1], [0, 1]])]
    around = zip(corners, corners[1:] + corners[:1], strict=True)
    outline = sum((p[0] * q[1] - p[1] * q[0] for p, q in around), Fraction(0)) / 2
    (uu, uv), (_, vv) = J.T @ J  # sides u, v: the area is the root of |u|^2 |v|^2 - (u.v)^2
    yield Check(
        stated=b * c - a * d,
        referees={
            "exact fractions": abs(outline),
            "lengths and angle of the sides": math.sqrt(uu * vv - uv * uv),
        },
        wrong={"det J without its absolute value (E14)": a * d - b * c},
    )

    # y = x^2 covers [0, b^2] twice from [-b, b]: left side, right side, right side on [0, b]
    x, dx = gauss(0.0, float(b))
    middles = [Fraction(2 * k + 1, 8) for k in range(-4 * b, 4 * b)]  # of pieces of length 1/4
    pieces = [abs(2 * x) / 4 for x in middles]  # exact: |2x| is linear on each
    yield Check(
        stated=fractions([b * b, 2 * b * b, b * b]),
        referees={
            "exact fractions": fractions([b * b, sum(pieces), sum(pieces[4 * b :])]),
            "quadrature": np.array(
                [sum(gauss(0.0, b * b)[1]), 2 * sum(abs(-2 * x) * dx), sum(2 * x * dx)]
            ),
        },
        wrong={"two equal sides without injectivity (E15)": fractions([b * b] * 3)},
    )

    # y = x + Cantor's function on [0, 1]: injective, and y' = 1 but for a set of length 0. Its
    # image has the length 2. The right side is 1; here up to stage k, on the 2^k - 1 gaps.
    k = int(rng.integers(4, 8))
    gaps = cantor_gaps(k)
    lengths = [b - a for a, b in gaps]
    images = [(b + cantor(b)) - (a + cantor(a)) for a, b in gaps]
    kept = Fraction(2, 3) ** k
    yield Check(
        stated=fractions([2, 1 - kept, 1 - kept]),  # y(1) - y(0); the gaps, and their images
        referees={
            "ternary digits": fractions([1 + cantor(1) - cantor(0), sum(lengths), sum(images)]),
            "geometric series": fractions(
                [
                    1 + sum(Fraction(1, 2**j) for j in range(1, k + 1)) + Fraction(1, 2**k),
                    *[sum(Fraction(2 ** (j - 1), 3**j) for j in range(1, k + 1))] * 2,
                ]
            ),
        },
        wrong={"C1 but for a set of measure zero is enough": fractions([1, 1 - kept, 1 - kept])},
    )


def cantor_gaps(stages: int) -> list[tuple[Fraction, Fraction]]:
    """The middle thirds that Cantor's construction takes out of [0, 1]."""
    gaps, kept = [], [(Fraction(0), Fraction(1))]
    for _ in range(stages):
        third = [(a, (b - a) / 3, b) for a, b in kept]
        gaps += [(a + d, b - d) for a, d, b in third]
        kept = [piece for a, d, b in third for piece in ((a, a + d), (b - d, b))]
    return gaps


def cantor(x: Any, digits: int = 60) -> Fraction:
    """Cantor's function at a fraction with finitely many ternary digits."""
    x, total, unit = Fraction(x), Fraction(0), Fraction(1, 2)
    for _ in range(digits):
        if x == 0:
            break
        if x == 1:
            return total + 2 * unit
        digit = int(3 * x)
        x = 3 * x - digit
        if digit == 1:
            return total + unit
        total, unit = total + unit * (digit // 2), unit / 2
    return total


# -- Outside of the conditions --------------------------------------------------------------------


def _along_a_line(rng: np.random.Generator) -> Check:
    """J times dx, with the partial derivatives of (x1^3 / (x1^2 + x2^2), c x1 + x2) at 0."""
    c, h = rng.uniform(1, 2), rng.uniform(1, 2, 2)

    def y(x: Any) -> Any:
        return np.stack([ray(x), c * x[0] + x[1]])

    J = np.stack([y(1e-3 * e) / 1e-3 for e in np.eye(2)], axis=1)  # lines of slope 1 and 0
    return partials_alone(y, h, J @ h)


@outside("jacobian-of-vector-function", "f has all partial derivatives at x, and no more")
def vector_function_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield _along_a_line(rng)


@outside("eq-10-jacobian", "y has all partial derivatives at x, and no more")
def jacobian_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield _along_a_line(rng)


@outside("change-of-variables", "y is not injective")
def twice_covered(rng: np.random.Generator) -> Iterator[Check]:
    a, b = (Fraction(int(k), 7) for k in rng.integers(1, 9, 2))  # y = x^2 on [-a, b]
    x, dx = gauss(-float(a), 0.0)
    z, dz = gauss(0.0, float(b))
    yield Check(
        stated=max(a, b) ** 2,  # the length of the image
        referees={
            "both halves": a**2 + b**2,
            "quadrature": np.sum(np.abs(2 * x) * dx) + np.sum(np.abs(2 * z) * dz),
        },
    )


@outside("change-of-variables", "y has a continuous derivative but on a set of measure zero")
def stretched_by_cantor(rng: np.random.Generator) -> Iterator[Check]:
    a = Fraction(int(rng.integers(1, 9)), 4)  # y = x + a C(x), with y' = 1 off Cantor's set
    gaps = cantor_gaps(6)
    rises = [(q - p) + a * (cantor(q) - cantor(p)) for p, q in gaps]
    yield Check(
        stated=1 + a * (cantor(1) - cantor(0)),
        referees={
            "gaps, and what they tend to": sum(rises) + Fraction(2, 3) ** 6,
            "length of [0, 1]": Fraction(1),
        },
    )
