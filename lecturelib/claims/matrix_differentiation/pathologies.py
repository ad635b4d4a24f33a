"""Checks of the claims of the page "Where slopes are not enough"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..checking import Check, claim, outside
from ..draws import fractions
from ..referees import complex_step
from .jacobian import cantor, cantor_gaps
from .shared import ray


@claim("directional-derivatives-not-enough")
def directional_derivatives_not_enough(rng: np.random.Generator) -> Iterator[Check]:
    one = Fraction(1)

    def f(x: Any) -> Any:
        return x[0] * x[0] * x[0] / (x[0] * x[0] + x[1] * x[1])

    def g(x: Any) -> Any:
        return x[0] * x[0] * x[1] / (x[0] * x[0] * x[0] * x[0] + x[1] * x[1])

    k, l = (Fraction(int(j), 3) for j in rng.integers(1, 9, 2))
    directions = [(one, 0 * one), (0 * one, one), (one, one), (k, -l)]
    t = Fraction(1, 1000)
    radii = [np.hypot(float(a), float(b)) for a, b in directions]
    cosines = [float(a) / r for (a, _), r in zip(directions, radii, strict=True)]
    yield Check(
        stated=[one, 0 * one, one / 2, k**3 / (k**2 + l**2)],
        referees={
            "exact fractions": [f((t * a, t * b)) / t for a, b in directions],
            "polar coordinates": np.array(radii) * np.array(cosines) ** 3,
        },
        wrong={"put together from the partial derivatives (E10)": [a for a, _ in directions]},
    )
    small = Fraction(1, 10**9)
    yield Check(
        stated=[0 * one, 0 * one, one, -k * k / l],
        referees={
            "quotient at a tiny step": [
                float(g((small * a, small * b)) / small) for a, b in directions
            ],
            "complex step": [
                float(np.imag(g((1e-30j * float(a), 1e-30j * float(b)))) / 1e-30)
                for a, b in directions
            ],
        },
        wrong={"put together from the partial derivatives (E10)": [0.0, 0.0, 0.0, 0.0]},
    )
    s = [Fraction(1, 10**j) for j in (1, 3, 6)]
    curved = [Fraction(j, 8) for j in range(33)]
    yield Check(
        stated=[one / 2] * 3,  # g on the parabola (s, s^2), ever closer to 0
        referees={
            "exact fractions": [g((z, z * z)) for z in s],
            "highest value on the parabolas (s, c s^2)": [
                max(g((z, c * z * z)) for c in curved) for z in s
            ],
        },
        wrong={"continuous, hence near 0 (E10)": [0 * one] * 3},
    )


@claim("almost-everywhere-is-not-enough")
def almost_everywhere_is_not_enough(rng: np.random.Generator) -> Iterator[Check]:
    # Up to stage k: what is left then has the length (2/3)^k, which goes to 0.
    k = int(rng.integers(4, 8))
    gaps = cantor_gaps(k)
    slopes = [((b + cantor(b)) - (a + cantor(a))) / (b - a) for a, b in gaps]
    left = Fraction(2, 3) ** k
    pairs = list(zip(slopes, gaps, strict=True))
    jumps = sorted({point for gap in gaps for point in gap} | {Fraction(0), Fraction(1)})
    values = [point + cantor(point) for point in jumps]
    yield Check(
        stated=fractions([2, 1 - left]),  # the image; the integral of y' over the gaps
        referees={
            "ternary digits": fractions(
                [values[-1] - values[0], sum(slope * (b - a) for slope, (a, b) in pairs)]
            ),
            "geometric series": fractions(
                [
                    1 + sum(Fraction(1, 2**j) for j in range(1, k + 1)) + Fraction(1, 2**k),
                    sum(Fraction(2 ** (j - 1), 3**j) for j in range(1, k + 1)),
                ]
            ),
        },
        wrong={
            "C1 but for a set of measure zero is enough": fractions([1 - left, 1 - left]),
            "the slope of C besides": fractions([2, 2]),
        },
    )
    # Injective: strictly increasing from end to end of the gaps, and of slope 1 on each of them.
    yield Check(
        stated=[True, True],
        referees={
            "ternary digits": [
                all(a < b for a, b in zip(values, values[1:], strict=False)),
                all(slope == 1 for slope in slopes),
            ],
            "constant on each gap": [
                all(cantor(a) <= cantor(b) for a, b in zip(jumps, jumps[1:], strict=False)),
                all(cantor(a) == cantor(b) for a, b in gaps),
            ],
        },
        wrong={"constant, like C": [False, True]},
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("directional-derivatives-not-enough", "the point is not 0")
def slopes_elsewhere(rng: np.random.Generator) -> Iterator[Check]:
    p, h = rng.uniform(1, 2, 2), np.array([1.0, rng.uniform(1, 2)])
    q = h[0] ** 3 / (h[0] ** 2 + h[1] ** 2)
    r2 = p @ p
    by_x1, by_x2 = p[0] ** 2 * (p[0] ** 2 + 3 * p[1] ** 2) / r2**2, -2 * p[0] ** 3 * p[1] / r2**2
    yield Check(
        stated=q,
        referees={
            "complex step": complex_step(ray, p, h),
            "quotient rule": by_x1 * h[0] + by_x2 * h[1],
        },
    )


@outside("almost-everywhere-is-not-enough", "thirds are removed k times only")
def finitely_many_thirds(rng: np.random.Generator) -> Iterator[Check]:
    k = int(rng.integers(2, 6))
    gaps, left = cantor_gaps(k), Fraction(2, 3) ** k
    steep = 1 + Fraction(3, 2) ** k  # the slope of y on what is left, where it is linear
    ends = sorted({p for gap in gaps for p in gap} | {Fraction(0), Fraction(1)})
    rises = [(q - p) + cantor(q) - cantor(p) for p, q in zip(ends, ends[1:], strict=False)]
    yield Check(
        stated=fractions([2, 1]),
        referees={
            "slopes times lengths": fractions([2, (1 - left) + steep * left]),
            "rises added": fractions([sum(rises), sum(abs(rise) for rise in rises)]),
        },
    )
