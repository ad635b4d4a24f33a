"""Checks of the claims of the page "Why optimise?"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import derivative, gradient, hessian, second_derivative
from ..checking import Check, claim, outside
from ..draws import fractions, normal, orthogonal
from ..referees import (
    circle,
    complex_step,
    exact_coefficients,
    five_point,
    partials,
    second_difference,
)
from .shared import nonzero


def _kind_nearby(f: Callable[[Any], Any], x: Any, step: Fraction = Fraction(1, 1000)) -> str:
    """Minimum, maximum or neither, by exact values on both sides."""
    left, here, right = f(x - step), f(x), f(x + step)
    if left > here < right:
        return "minimum"
    return "maximum" if left < here > right else "neither"


def _kind_by_order(f: Callable[[Any], Any], x: Any, degree: int = 4) -> str:
    """The same by the first exact Taylor coefficient that does not vanish."""
    c = exact_coefficients(f, x, Fraction(1), degree)
    first = next(k for k in range(1, degree + 1) if c[k] != 0)
    if first % 2:
        return "neither"
    return "minimum" if c[first] > 0 else "maximum"


@claim("stationary-points-scalar")
def stationary_points_scalar(rng: np.random.Generator) -> Iterator[Check]:
    a, b, d = nonzero(rng, 3)
    middle = (a + d) / 2

    def twice(x: Any) -> Any:
        return (x - a) * (x - a) * (x - d) * (x - d)

    def once(x: Any) -> Any:
        return (x - b) * (x - b) * (x - b)

    points = [(twice, a), (twice, middle), (twice, d), (once, b)]
    yield Check(
        stated=["minimum", "maximum", "minimum", "neither"],
        referees={
            "exact values on both sides": [_kind_nearby(f, x) for f, x in points],
            "first Taylor coefficient": [_kind_by_order(f, x) for f, x in points],
        },
        wrong={
            "a stationary point taken for an extremum (E01)": [
                *["minimum", "maximum", "minimum"],
                "minimum",
            ]
        },
    )
    # Between two neighbours that are both higher, or both lower, lies an extremum.
    grid = [a - Fraction(1, 4) + Fraction(k, 8) for k in range(int(8 * (d - a)) + 5)]
    values = [twice(x) for x in grid]
    extrema = [
        grid[k]
        for k in range(1, len(grid) - 1)
        if (values[k - 1] - values[k]) * (values[k + 1] - values[k]) > 0
    ]
    slope = np.polymul(np.poly([float(a), float(d)]), [4.0, -2.0 * float(a + d)])
    yield Check(
        stated=[a, middle, d],  # where the derivative vanishes
        referees={"extrema on a grid": extrema, "eigenvalues": np.sort(np.roots(slope).real)},
        wrong={"where the function vanishes": [a, a, d]},
        bounds={"eigenvalues": 1e-8},  # two roots may be close to each other
    )
    a1, d1, x = float(a), float(d), float(d) + 0.37
    plain = _twice_of(a1, d1)
    yield Check(
        stated=2 * (x - a1) * (x - d1) * (2 * x - a1 - d1),
        referees={
            "complex step": complex_step(plain, x, 1.0),
            "five-point differences": five_point(plain, x, 1.0),
        },
        wrong={"one factor differentiated": 2 * (x - a1) * (x - d1) ** 2},
        table=lambda: derivative(plain, x)[1.0],
    )
    c = abs(
        b
    )  # c |x - b| has its minimum where there is no derivative, c x on [b, b + 1] at its end
    step = Fraction(1, 7)
    bend, ramp = (lambda x: c * abs(x - b)), (lambda x: c * x)
    lowest = min((b + k * step for k in range(-5, 6)), key=bend)
    yield Check(
        stated=[-c, c, c],  # the slopes on the left and the right, and at the end
        referees={
            "quotients": [
                (bend(b) - bend(b - step)) / step,
                (bend(b + step) - bend(b)) / step,
                (ramp(b + step) - ramp(b)) / step,
            ],
            "lowest point of a grid": [
                -bend(lowest - 1),
                bend(lowest + 1),
                ramp(b + 1) - min(ramp(b + k * step) for k in range(8)),
            ],
        },
        wrong={"slope zero at every minimum, hypotheses forgotten (E02)": [c * 0, c * 0, c * 0]},
    )


def _twice_of(a: float, d: float) -> Callable[[Any], Any]:
    """(x - a)^2 (x - d)^2 with floating-point constants, for complex and recorded arguments."""
    return lambda x: (x - a) ** 2 * (x - d) ** 2


@claim("scalar-second-derivative-test")
def scalar_second_derivative_test(rng: np.random.Generator) -> Iterator[Check]:
    p, c2, c3 = rng.permutation(np.array(nonzero(rng, 3), dtype=object))

    def bent(x: Any) -> Any:
        return c2 * (x - p) * (x - p) + c3 * (x - p) * (x - p) * (x - p)

    def mirrored(x: Any) -> Any:
        return -bent(x)

    test = ["minimum", "maximum"] if c2 > 0 else ["maximum", "minimum"]
    yield Check(
        stated=test,
        referees={
            "exact values on both sides": [_kind_nearby(f, p) for f in (bent, mirrored)],
            "first Taylor coefficient": [_kind_by_order(f, p) for f in (bent, mirrored)],
        },
        wrong={"sign read the wrong way": test[::-1]},
    )
    q, b2, b3 = float(p), float(c2), float(c3)

    def plain(x: Any) -> Any:
        return b2 * (x - q) ** 2 + b3 * (x - q) ** 3

    x = q + 0.37
    yield Check(
        stated=2 * b2 + 6 * b3 * 0.37,
        referees={
            "circle in the complex plane": circle(plain, x, 1.0, 2),
            "second differences": second_difference(plain, x, 1.0),
        },
        wrong={"the coefficient without its 2": b2 + 3 * b3 * 0.37},
        table=lambda: second_derivative(plain, x, 1.0),
        bounds={"circle in the complex plane": 1e-8, "second differences": 1e-5},
    )
    flat = [
        lambda x: (x - p) * (x - p) * (x - p) * (x - p),
        lambda x: -(x - p) * (x - p) * (x - p) * (x - p),
        lambda x: (x - p) * (x - p) * (x - p),
    ]
    yield Check(
        stated=["minimum", "maximum", "neither"],  # second derivative 0 in all three
        referees={
            "exact values on both sides": [_kind_nearby(f, p) for f in flat],
            "first Taylor coefficient": [_kind_by_order(f, p) for f in flat],
        },
        wrong={"no minimum without a positive second derivative (E03)": ["neither"] * 3},
    )
    two, three = Fraction(2), Fraction(3)

    def local(x: Any) -> Any:
        return (x - 2) * (x - 2) - 5 * (x - 2) * (x - 2) * (x - 2)

    def expanded(x: Any) -> Any:
        return -5 * x**3 + 31 * x**2 - 64 * x + 44

    c = exact_coefficients(local, two, Fraction(1), 3)
    yield Check(
        stated=[0, 0, 2, -4],  # f(2), f'(2), f''(2) and the lower f(3)
        referees={
            "exact fractions": [c[0], c[1], 2 * c[2], local(three)],
            "multiplied out": [
                expanded(two),
                -15 * two**2 + 62 * two - 64,
                -30 * two + 62,
                expanded(three),
            ],
        },
        wrong={"a local minimum taken for the lowest value (E03)": [0, 0, 2, 0]},
    )


@claim("argmin-notation")
def argmin_notation(rng: np.random.Generator) -> Iterator[Check]:
    a, b = nonzero(rng, 2)
    c = b + 7

    def f(x: Any) -> Any:
        return ((x - a) * (x - b)) ** 2 + c

    grid = [Fraction(k, 8) for k in range(-48, 49)]
    lowest = min(map(f, grid))
    found = [Fraction(z) for z in (a, b, (a + b) / 2)]  # the zeros of f'
    yield Check(
        stated=[a, b],
        referees={
            "lowest values on a grid": [x for x in grid if f(x) == lowest],
            "stationary points compared": [z for z in found if f(z) == min(map(f, found))],
        },
        wrong={"a single point (E04)": [a], "the value for the points": [c, c]},
    )
    # Is a smallest value attained? On wider and wider intervals, does the lowest value stay?
    functions: list[Callable[[Any], Any]] = [
        lambda x: (x - 1) ** 2,
        lambda x: (x * x - 1) ** 2,
        np.exp,
        lambda x: x,
    ]
    below = [0.0, 0.0, 0.0, -np.inf]  # the greatest lower bounds
    grids = [np.linspace(-r, r, 16 * r + 1) for r in (8, 16, 32)]
    lows = [[np.min(g(x)) for x in grids] for g in functions]
    yield Check(
        stated=[True, True, False, False],
        referees={
            "wider and wider grids": [low[0] == low[1] == low[2] for low in lows],
            "value at the lower bound": [
                low[-1] == inf for low, inf in zip(lows, below, strict=True)
            ],
        },
        wrong={"a minimum always exists (E04)": [True] * 4},
    )


@claim("two-variable-partials-stationary")
def two_variable_partials_stationary(rng: np.random.Generator) -> Iterator[Check]:
    a, b, c = Fraction(2), Fraction(int(rng.integers(1, 4))), Fraction(-3)
    p = np.array(nonzero(rng, 2), dtype=object)

    def f(x: Any) -> Any:
        u, v = x[0] - p[0], x[1] - p[1]
        return a * u * u + 2 * b * u * v + c * v * v

    zero, e = p * 0, np.array([[1, 0], [0, 1]], dtype=object) * Fraction(1)

    def slopes(x: Any) -> np.ndarray:
        return np.array([exact_coefficients(f, x, h, 2)[1] for h in e], dtype=object)

    g = slopes(zero)
    (k, l), (m, n) = (slopes(h) - g for h in e)  # the partials are affine functions of x
    elimination = np.array([l * g[1] - n * g[0], m * g[0] - k * g[1]]) / (k * n - l * m)
    q = p.astype(float)
    A = np.array([[2.0, float(b)], [float(b), -3.0]])

    def plain(x: Any) -> Any:
        return (
            2 * (x[0] - q[0]) ** 2
            + 2 * A[0, 1] * (x[0] - q[0]) * (x[1] - q[1])
            - 3 * (x[1] - q[1]) ** 2
        )

    start = partials(plain, np.zeros(2))
    columns = [partials(plain, h) - start for h in np.eye(2)]
    yield Check(
        stated=p,
        referees={
            "exact fractions": elimination,
            "zero of the complex-step gradient": np.linalg.solve(np.stack(columns, 1), -start),
        },
        wrong={"the first partial derivative alone": [p[0] + b * p[1] / a, p[1] * 0]},
    )
    x = q + normal(rng, 2)
    yield Check(
        stated=2 * A @ (x - q),
        referees={
            "complex step": partials(plain, x),
            "five-point differences": partials(plain, x, five_point),
        },
        wrong={"mixed term forgotten": 2 * np.diag(A) * (x - q)},
        table=lambda: gradient(plain, x),
    )


def _by_determinant(A: np.ndarray) -> str:
    """The statement: det and the entry (1, 1)."""
    det = A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
    if det < 0:
        return "saddle"
    return "minimum" if A[0, 0] > 0 else "maximum"


def _by_signs(values: np.ndarray) -> str:
    if np.all(values > 0):
        return "minimum"
    return "maximum" if np.all(values < 0) else "saddle"


@claim("two-variable-det-test")
def two_variable_det_test(rng: np.random.Generator) -> Iterator[Check]:
    Q = orthogonal(rng, 2)
    matrices = [(Q * spectrum) @ Q.T for spectrum in ([3.0, 1.0], [-1.0, -3.0], [3.0, -1.0])]
    angles = np.linspace(0, np.pi, 181)
    circle_points = np.stack([np.cos(angles), np.sin(angles)])
    yield Check(
        stated=[_by_determinant(A) for A in matrices],
        referees={
            "eigenvalues": [_by_signs(np.linalg.eigvalsh(A)) for A in matrices],
            "sampled directions": [
                _by_signs(np.sum(circle_points * (A @ circle_points), axis=0)) for A in matrices
            ],
        },
        wrong={
            "a positive determinant alone (E05)": [
                "minimum" if np.linalg.det(A) > 0 else "saddle" for A in matrices
            ]
        },
    )

    def f(x: Any) -> Any:
        return x[0] ** 3 + x[0] * x[1] ** 2 - x[1]

    x = 0.3 * normal(rng, 2) + np.array([0.0, 3.0])  # far from a zero of the determinant
    a, b = x

    def by(second: Callable[..., Any]) -> Any:
        f11, f22, both = (second(f, x, np.array(h)) for h in ([1.0, 0], [0, 1.0], [1.0, 1.0]))
        return f11 * f22 - ((both - f11 - f22) / 2) ** 2

    yield Check(
        stated=12 * a**2 - 4 * b**2,
        referees={
            "circle in the complex plane": by(lambda f, x, h: circle(f, x, h, 2)),
            "second differences": by(second_difference),
        },
        wrong={"mixed derivative not squared": 12 * a**2 - 2 * b},
        table=lambda: np.linalg.det(hessian(f, x).matrix()),
    )
    V = orthogonal(rng, 3)
    spectra = ([1.0, 2.0, 3.0], [-2.0, -2.5, 2.0], [1.0, 2.0, -1.0], [-1.0, -2.0, -3.0])
    larger = [(V * spectrum) @ V.T for spectrum in spectra]
    yield Check(  # three variables: positive definite if all leading minors are positive
        stated=[all(np.linalg.det(A[:k, :k]) > 0 for k in (1, 2, 3)) for A in larger],
        referees={
            "eigenvalues": [bool(np.all(np.linalg.eigvalsh(A) > 0)) for A in larger],
            "Cholesky": [_has_cholesky(A) for A in larger],
        },
        wrong={"a positive determinant alone (E05)": [bool(np.linalg.det(A) > 0) for A in larger]},
    )
    flat = [lambda x, y: x * x + y**4, lambda x, y: x * x - y**4]  # one Hessian, diag(2, 0)
    steps = [Fraction(k, 10) for k in range(-3, 4)]
    around = [np.array([g(x, y) for x in steps for y in steps if x or y]) for g in flat]
    yield Check(
        stated=["minimum", "saddle"],
        referees={
            "exact fractions": [_by_signs(values) for values in around],
            "first Taylor coefficient along the axes": [
                _by_signs(np.array([_along(g, (1, 0))[2], _along(g, (0, 1))[4]])) for g in flat
            ],
        },
        wrong={"a zero determinant taken for a minimum": ["minimum", "minimum"]},
    )
    # x1^4 + x2^4, scaled and turned: a strict minimum, and every leading minor is zero.
    p, q = rng.integers(1, 6, 2)

    def quartic(x: Any, y: Any) -> Any:
        return (p * x + q * y) ** 4 + (q * x - p * y) ** 4

    values = np.array([quartic(x, y) for x in steps for y in steps if x or y])
    by_orders = [_along(quartic, h) for h in ((1, 0), (0, 1), (1, 1), (1, -1))]
    yield Check(
        stated=[True, False],  # a strict minimum; all leading minors positive
        referees={
            "exact fractions": [bool(np.all(values > 0)), bool(by_orders[0][2] > 0)],
            "first Taylor coefficient on four lines": [
                all(c[1] == c[2] == c[3] == 0 and c[4] > 0 for c in by_orders),
                bool(np.any([c[2] > 0 for c in by_orders])),
            ],
        },
        wrong={"positive minors necessary for a strict minimum": [False, False]},
    )


def _along(g: Callable[..., Any], h: tuple[int, int]) -> list[np.ndarray]:
    """The exact Taylor coefficients of t -> g(t h)."""
    return exact_coefficients(lambda t: g(t * h[0], t * h[1]), Fraction(0), Fraction(1), 4)


def _has_cholesky(A: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(A)
    except np.linalg.LinAlgError:
        return False
    return True


# -- Outside of the conditions --------------------------------------------------------------------


@outside("stationary-points-scalar", "x* is an end of the domain")
def slope_at_an_end(rng: np.random.Generator) -> Iterator[Check]:
    c, b = abs(nonzero(rng, 1)[0]), nonzero(rng, 1)[0]

    def f(x: Any) -> Any:  # on [b, b + 1] it is lowest at b
        return c * (x - b) + (x - b) ** 2

    yield Check(
        stated=Fraction(0),
        referees={"exact fractions": exact_coefficients(f, b, Fraction(1), 2)[1]},
    )


@outside("stationary-points-scalar", "f has a corner at x*")
def slopes_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    c, b = abs(nonzero(rng, 1)[0]), nonzero(rng, 1)[0]
    step = Fraction(1, 7)
    left, right = c * abs(b - step - b), c * abs(b + step - b)  # and 0, the minimum, at b
    yield Check(
        stated=fractions([0, 0]),
        referees={"quotients": fractions([-left / step, right / step])},
    )


@outside("scalar-second-derivative-test", "f'(x*) is not zero")
def test_at_a_slope(rng: np.random.Generator) -> Iterator[Check]:
    p, a, b = rng.permutation(np.array(nonzero(rng, 3), dtype=object))

    def f(x: Any) -> Any:
        return a * (x - p) + b * (x - p) * (x - p)

    yield Check(
        stated="minimum" if b > 0 else "maximum",
        referees={
            "exact values on both sides": _kind_nearby(f, p),
            "first Taylor coefficient": _kind_by_order(f, p),
        },
    )


@outside("argmin-notation", "there are two minimisers, and one is written")
def one_of_two_minimisers(rng: np.random.Generator) -> Iterator[Check]:
    a, b = nonzero(rng, 2)
    grid = [Fraction(k, 8) for k in range(-48, 49)]
    values = [((x - a) * (x - b)) ** 2 for x in grid]
    lowest = [x for x, value in zip(grid, values, strict=True) if value == min(values)]
    yield Check(stated=[a], referees={"lowest values on a grid": lowest})


@outside("two-variable-partials-stationary", "x* is a corner of the domain")
def partials_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    c = rng.uniform(1, 2, 2)  # c^T x + x^T x on the square [0, 1]^2 is lowest at 0
    yield Check(
        stated=np.zeros(2),
        referees={"complex step": partials(lambda x: c @ x + x @ x, np.zeros(2))},
    )


@outside("two-variable-partials-stationary", "f is not differentiable at x*")
def partials_at_the_tip_of_a_cone(rng: np.random.Generator) -> Iterator[Check]:
    c, p = rng.uniform(1, 2), normal(rng, 2)
    cone = [c * np.linalg.norm(p + 0.5 * e - p) / 0.5 for e in np.eye(2)]  # lowest at p
    yield Check(stated=np.zeros(2), referees={"quotients to the right": cone})


def _around(f: Callable[..., Any]) -> str:
    """Minimum, maximum or saddle at 0, by exact values nearby; "neither" where one is zero."""
    steps = [Fraction(k, 1000) for k in (-2, -1, 0, 1, 2)]
    return _by_signs(np.array([f(x, y) for x in steps for y in steps if x or y]))


@outside("two-variable-det-test", "f has second partial derivatives at x*, and no more")
def det_test_by_partials_alone(rng: np.random.Generator) -> Iterator[Check]:
    a = Fraction(int(rng.integers(5, 10)))

    def f(x: Any, y: Any) -> Any:  # on the axes x^2 and y^2, and f_12 = 0; on x = y negative
        return x * x + y * y - a * x * x * y * y / (x * x + y * y)

    yield Check(stated="minimum", referees={"exact fractions": _around(f)})


@outside("two-variable-det-test", "x* is not stationary")
def det_test_at_a_slope(rng: np.random.Generator) -> Iterator[Check]:
    a, b = rng.permutation(np.array(nonzero(rng, 2), dtype=object))
    yield Check(
        stated="minimum",
        referees={"exact fractions": _around(lambda x, y: a * x + b * y + x * x + y * y)},
    )


@outside("two-variable-det-test", "x* is a corner of the domain")
def det_test_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    c = Fraction(int(rng.integers(3, 9)))  # D = 4 - c^2 < 0
    steps = [Fraction(k, 1000) for k in range(3)]
    values = [x * x + y * y + c * x * y for x in steps for y in steps if x or y]
    yield Check(
        stated="saddle point",
        referees={"exact fractions": "minimum" if min(values) > 0 else "saddle point"},
    )
