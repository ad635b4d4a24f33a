"""Checks of the claims of chapter 2: derivatives by vectors and by matrices."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import derivative, differential, gradient, hessian, jacobian_matrix
from ..spaces import weighted
from .checking import Check, claim
from .draws import fractions, full_rank, normal, positive_definite, rational, regular, symmetric
from .referees import (
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    mixed_difference,
    order,
    partials,
)

Function = Callable[..., Any]
Wrong = Mapping[str, Any]


def each(g: Function, items: Iterable[Any]) -> np.ndarray:
    return np.array([g(item) for item in items])


def entrywise(G: Any, H: Any) -> Any:
    """The sum of the products of entries, one by one."""
    return sum(g * h for g, h in zip(np.ravel(G), np.ravel(H), strict=True))


# -- Kinds of checks that come up again -----------------------------------------------------------


def slopes(f: Function, X: Any, directions: Any, stated: Function, wrong: Wrong) -> Check:
    """df[H], along several directions: a single number could be near 0 by chance."""
    return Check(
        stated=each(stated, directions),
        referees={
            "complex step": each(lambda H: complex_step(f, X, H), directions),
            "five-point differences": each(lambda H: five_point(f, X, H), directions),
        },
        wrong={name: each(variant, directions) for name, variant in wrong.items()},
        table=lambda: each(lambda H: differential(f, X, H), directions),
    )


def exact_change(
    f: Function, X: Any, H: Any, constants: Any, degree: int, stated: Any, wrong: Wrong
) -> Check:
    """df[H] of a polynomial f(X, *constants), in fractions."""
    at, along, *fixed = (M.astype(float) for M in (X, H, *constants))
    return Check(
        stated=stated,
        referees={
            "exact fractions": exact_coefficients(lambda X: f(X, *constants), X, H, degree)[1],
            "complex step": complex_step(lambda X: f(X, *fixed), at, along),
        },
        wrong=wrong,
        table=lambda: differential(lambda X: f(X, *fixed), at, along),
    )


def whole_gradient(f: Function, X: Any, stated: Any, wrong: Wrong) -> Check:
    """All partial derivatives, in the shape of X."""
    return Check(
        stated=stated,
        referees={
            "complex step": partials(f, X),
            "five-point differences": partials(f, X, five_point),
        },
        wrong=wrong,
        table=lambda: gradient(f, X),
    )


def whole_jacobian(f: Function, X: Any, stated: Any, wrong: Wrong) -> Check:
    """The matrix that takes vec(dX) to vec(df)."""
    return Check(
        stated=stated,
        referees={
            "complex step": jacobian(f, X),
            "five-point differences": jacobian(f, X, five_point),
        },
        wrong=wrong,
        table=lambda: jacobian_matrix(f, X),
    )


# -- How to calculate -----------------------------------------------------------------------------


def ray(x: Any) -> Any:
    """x1^3 / (x1^2 + x2^2): it has every directional derivative at 0, and is not differentiable."""
    return x[0] ** 3 / (x[0] ** 2 + x[1] ** 2)


def ray_slope(h: Any) -> Any:
    """The slope of `ray` at 0; the quotient does not depend on t, so fractions give the limit."""
    t = Fraction(1, 1000)
    return ray(t * h) / t


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


def quadratic(A: Any) -> Function:
    return lambda x: x @ A @ x


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


# -- By vectors -----------------------------------------------------------------------------------


def mixture(x: Any) -> Any:
    return x[0] * x[1] ** 2 + x[2] * np.exp(x[0])


def mixture_partials(x: Any) -> list[Any]:
    return [x[1] ** 2 + x[2] * np.exp(x[0]), 2 * x[0] * x[1], np.exp(x[0])]


@claim("eq-6-total-differential")
def total_differential(rng: np.random.Generator) -> Iterator[Check]:
    x, directions = normal(rng, 3), normal(rng, 3, 3)
    p1, p2, p3 = mixture_partials(x)
    yield slopes(
        mixture,
        x,
        directions,
        lambda dx: p1 * dx[0] + p2 * dx[1] + p3 * dx[2],
        {
            "sum of the partial derivatives without dx": lambda dx: p1 + p2 + p3,
            "x3 held fixed": lambda dx: p1 * dx[0] + p2 * dx[1],
        },
    )
    # The partial derivatives (1, 0) at 0 exist, and do not give the slope along (a, b).
    a, b = h = fractions(rng.integers(1, 6, 2))
    yield Check(
        stated=a**3 / (a**2 + b**2),
        referees={
            "exact fractions": ray_slope(h),
            "five-point differences": five_point(ray, np.zeros(2), h.astype(float)),
        },
        wrong={"the sum where f is not differentiable (E59)": 1 * a + 0 * b},
    )


def bump(x: Any, a: Any, b: Any) -> Any:
    return np.exp(a @ x / 2) * (b @ x)


def bump_gradient(x: Any, a: Any, b: Any) -> Any:
    return np.exp(a @ x / 2) * (a * (b @ x) / 2 + b)


@claim("df-as-dot-product")
def df_as_dot_product(rng: np.random.Generator) -> Iterator[Check]:
    (x, a, b), directions = normal(rng, 3, 4), normal(rng, 3, 4)
    G = bump_gradient(x, a, b)
    yield slopes(
        lambda x: bump(x, a, b),
        x,
        directions,
        lambda dx: G.T @ dx,
        {
            "product of the lengths": lambda dx: np.linalg.norm(G) * np.linalg.norm(dx),
            "product without the sum": lambda dx: G * dx,
        },
    )


def unit_vector(angle: float) -> np.ndarray:
    return np.array([math.cos(angle), math.sin(angle)])


def ray_slope_of_floats(h: np.ndarray) -> float:
    return float(h[0] ** 3 / (h[0] ** 2 + h[1] ** 2))


def one_vector(df: Function, directions: np.ndarray) -> bool:
    """Whether some v has v^T h = df(h) along all directions."""
    slopes = each(df, directions)
    v = np.linalg.lstsq(directions, slopes, rcond=None)[0]
    return bool(np.allclose(directions @ v, slopes, atol=1e-9))


@claim("eq-7-gradient-definition")
def gradient_definition(rng: np.random.Generator) -> Iterator[Check]:
    x, a, b = normal(rng, 3, 4)
    W = positive_definite(rng, 4) + np.diag([0.0, 1.0, 2.0, 3.0])
    column = bump_gradient(x, a, b)

    def slope(h):
        return complex_step(lambda x: bump(x, a, b), x, h)

    # df[h] = h^T W G, for more directions than unknowns, leaves one G
    sampled = normal(rng, 7, 4)
    slopes = each(lambda h: five_point(lambda x: bump(x, a, b), x, h, 2.0**-11), sampled)
    by_samples = np.linalg.lstsq(sampled @ W, slopes, rcond=None)[0]
    # in a basis that is orthonormal under W, the slopes are the coordinates of G
    basis = np.linalg.inv(np.linalg.cholesky(W))
    yield Check(
        stated=np.linalg.solve(W, column),
        referees={
            "sampled directions": by_samples,
            "orthonormal basis": basis.T @ each(slope, basis),
        },
        wrong={"column of partial derivatives (E12)": column, "W times the column": W @ column},
        table=lambda: gradient(lambda x: bump(x, a, b), x, inner=weighted(W)),
    )
    # The slopes of `ray` at 0 are those of no vector: the best one, fitted to them, misses some.
    directions = np.array([unit_vector(angle) for angle in np.linspace(0.2, 3.0, 12)])
    both = [lambda h: slope(h[0] * x + h[1] * a), ray_slope_of_floats]
    yield Check(
        stated=[True, False],  # bump on the plane of x and a, which is differentiable; ray at 0
        referees={
            "vector fitted to the slopes": [one_vector(df, directions) for df in both],
            "slopes along two directions and their sum": [
                bool(np.isclose(df(h) + df(k), df(h + k)))
                for df in both
                for h, k in [(np.array([1.0, 0.0]), np.array([0.0, 1.0]))]
            ],
        },
        wrong={"a gradient wherever there are slopes": [True, True]},
    )


def bowl(rng: np.random.Generator, angle: float) -> np.ndarray:
    """A positive definite matrix with no eigenvector near the angle."""
    axis = unit_vector(angle + rng.uniform(0.4, 1.1))
    return rng.uniform(1.0, 1.5) * np.eye(2) + rng.uniform(1.0, 2.0) * np.outer(axis, axis)


@claim("gradient-climbs-most")
def gradient_climbs_most(rng: np.random.Generator) -> Iterator[Check]:
    # f(x + h) - f(x) = g^T h + h^T A h / 2, and steps h of length r
    toward = rng.uniform(0.4, 1.1) + math.pi / 2 * rng.integers(4)  # along no axis
    r, g = 0.3, rng.uniform(1.0, 2.0) * unit_vector(toward)
    A, W = bowl(rng, toward), bowl(rng, toward)

    def best_angle(r: float) -> float:
        """Newton's method on the circle, from the gradient's direction."""
        angle = toward
        for _ in range(30):
            h, k = r * unit_vector(angle), r * unit_vector(angle + math.pi / 2)
            rise = g @ k + k @ A @ h
            angle -= rise / (k @ A @ k - h @ A @ h - g @ h)
        return angle

    def by_multiplier(r: float) -> float:
        """At the best step g + Ah = mu h, with mu above all eigenvalues: bisection for mu."""
        low, high = np.linalg.eigvalsh(A)[-1], np.linalg.norm(g) / r + np.linalg.norm(A) + 1
        for _ in range(200):
            mu = (low + high) / 2
            h = np.linalg.solve(mu * np.eye(2) - A, g)
            low, high = (mu, high) if np.linalg.norm(h) > r else (low, mu)
        return math.atan2(h[1], h[0])

    def turned(angle: float) -> float:  # by how much the best step is turned from the gradient
        return float(np.angle(np.exp(1j * (angle - toward))))

    # To first order in r it is turned by r times the part of Ag across g, over |g|^2.
    across = np.array([-g[1], g[0]]) @ A @ g / np.linalg.norm(g) ** 3
    tiny = 1e-5
    yield Check(
        stated=across,
        referees={
            "Newton's method on the circle": turned(best_angle(tiny)) / tiny,
            "multiplier": turned(by_multiplier(tiny)) / tiny,
        },
        wrong={"best among all steps, whatever their length": 0.0},
        bounds={"Newton's method on the circle": 1e-3, "multiplier": 1e-3},
    )
    # df = g^T h itself is largest along the gradient, of each inner product among its own steps.
    for M in np.eye(2), W:
        G = np.linalg.solve(M, g)
        steps = each(unit_vector, np.linspace(0, 2 * math.pi, 1441)) * r
        steps = steps * r / np.sqrt(np.sum(steps * (steps @ M), axis=1))[:, None]
        column = g * r / math.sqrt(g @ M @ g)
        yield Check(
            stated=g @ (G * r / math.sqrt(G @ M @ G)),
            referees={
                "largest of 1440 directions": np.max(steps @ g),
                "ellipse turned into a circle": r
                * np.linalg.norm(np.linalg.solve(np.linalg.cholesky(M), g)),
            },
            wrong={"along the partial derivatives": g @ column}
            if M is W
            else {"along an axis": r * np.max(np.abs(g))},
            bounds={"largest of 1440 directions": 1e-5},
        )


@claim("row-convention")
def row_convention(rng: np.random.Generator) -> Iterator[Check]:
    x, directions = normal(rng, 3), normal(rng, 3, 3)
    row = np.array([mixture_partials(x)])
    yield whole_jacobian(
        mixture, x, row, {"column": row.T, "gradient for the inner product 2 x^T y": row / 2}
    )
    yield slopes(
        mixture,
        x,
        directions,
        lambda dx: (row @ dx[:, None]).item(),
        {"length of the row times that of dx": lambda dx: np.linalg.norm(row) * np.linalg.norm(dx)},
    )


@claim("column-convention")
def column_convention(rng: np.random.Generator) -> Iterator[Check]:
    x, directions = normal(rng, 3, 1), normal(rng, 3, 3, 1)
    column = np.array(mixture_partials(x))

    def f(x):
        return mixture(x[:, 0])

    yield whole_gradient(
        f, x, column, {"row": column.T, "gradient for the inner product 2 x^T y": column / 2}
    )
    yield slopes(
        f,
        x,
        directions,
        lambda dx: (dx.T @ column).item(),
        {"column from the left": lambda dx: (column @ dx.T)[0, 0]},
    )


@claim("gradient-of-quadratic")
def gradient_of_quadratic(rng: np.random.Generator) -> Iterator[Check]:
    x, A, S = normal(rng, 4), normal(rng, 4, 4), symmetric(rng, 4)
    yield whole_gradient(quadratic(S), x, 2 * S @ x, {"A x without the 2": S @ x})
    yield whole_gradient(
        quadratic(A), x, (A + A.T) @ x, {"2 A x for a general A": 2 * A @ x, "A^T x": A.T @ x}
    )


def only_shape(fits: Callable[[np.ndarray], bool]) -> tuple[int, ...]:
    """The one shape up to 7 x 7 for which a product can be formed, and has the shape asked for."""
    found = []
    for shape in np.ndindex(8, 8):
        try:
            if fits(np.zeros(shape)):
                found.append(shape)
        except ValueError:  # not conformable
            continue
    [shape] = found
    return shape


@claim("shape-table")
def shape_table(rng: np.random.Generator) -> Iterator[Check]:
    m, n = (int(k) for k in rng.choice(np.arange(2, 8), 2, replace=False))
    x, B = normal(rng, n, 1), normal(rng, m, n)
    dx = np.zeros((n, 1))

    def f(x):
        return np.sum(np.sin(B @ x))

    def vector(x):
        return np.sin(B @ x)

    searched = [
        only_shape(lambda M: (M @ dx).shape == (1, 1)),
        only_shape(lambda M: (dx.T @ M).shape == (1, 1)),
        only_shape(lambda M: (M @ dx).shape == (m, 1)),
    ]
    computed = [jacobian(f, x).shape, partials(f, x).shape, jacobian(vector, x).shape]
    yield Check(
        stated=np.array([[1, n], [n, 1], [m, n]]),
        referees={
            "the only shapes that multiply": np.array(searched),
            "partial derivatives in place": np.array(computed),
        },
        wrong={
            "all transposed (denominator layout)": np.array([[n, 1], [1, n], [n, m]]),
            "1 x n for both of the first two": np.array([[1, n], [1, n], [m, n]]),
        },
        bounds={"the only shapes that multiply": 0.0, "partial derivatives in place": 0.0},
    )


@claim("eq-8-gradient-coordinates")
def gradient_coordinates(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, 3, 1)
    column = np.array(mixture_partials(x))

    def f(x):
        return mixture(x[:, 0])

    yield whole_gradient(f, x, column, {"row": column.T, "first two exchanged": column[[1, 0, 2]]})
    yield whole_jacobian(f, x, column.T, {"column": column})


def blank(x: Any) -> Any:
    return x[0] ** 2 * x[1]


UNITS = fractions(np.eye(2, dtype=int))


def unlike_pair(rng: np.random.Generator) -> np.ndarray:
    """Two fractions for which no two terms of the formulas below are equal by chance."""
    numerators = rng.choice([3, 5, 7], 2, replace=False) * rng.choice([-1, 1], 2)
    return fractions(numerators) / fractions(rng.choice([1, 2, 4], 2))


@claim("blank-gradient-x1sq-x2")
def blank_gradient(rng: np.random.Generator) -> Iterator[Check]:
    x = unlike_pair(rng)
    yield Check(
        stated=fractions([2 * x[0] * x[1], x[0] ** 2]),
        referees={
            "exact fractions": each(lambda e: exact_coefficients(blank, x, e, 3)[1], UNITS),
            "complex step": partials(blank, x.astype(float)),
        },
        wrong={
            "x1 x2 without the 2": fractions([x[0] * x[1], x[0] ** 2]),
            "second entry differentiated by x1 too": fractions([2 * x[0] * x[1], 2 * x[0]]),
            "entries exchanged": fractions([x[0] ** 2, 2 * x[0] * x[1]]),
        },
        table=lambda: gradient(blank, x.astype(float)),
    )


def mixed(f: Function, x: Any) -> np.ndarray:
    """All second partial derivatives, in row i and column j first by x_j and then by x_i."""
    E = np.eye(len(x))
    return np.array(
        [[mixed_difference(f, x, E[j], E[i]) for j in range(len(x))] for i in range(len(x))]
    )


@claim("eq-9-hessian-matrix")
def hessian_matrix(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, 3)
    e = np.exp(x[0])
    stated = np.array([[x[2] * e, 2 * x[1], e], [2 * x[1], 2 * x[0], 0.0], [e, 0.0, 0.0]])
    G = mixture_partials(x)
    yield Check(
        stated=stated,
        referees={
            "complex step, then differences": mixed(mixture, x),
            "Jacobian of the gradient": jacobian(lambda x: np.stack(mixture_partials(x)), x),
        },
        wrong={
            "gradient times its transpose": np.outer(G, G),
            "mixed derivatives left out": np.diag(np.diag(stated)),
        },
        table=lambda: hessian(mixture, x).matrix(),
        bounds={"complex step, then differences": 1e-7},
    )

    # Peano's function has both mixed derivatives at 0, and they differ: it is not C^2 there.
    def peano(x):
        return x[0] * x[1] * (x[0] ** 2 - x[1] ** 2) / (x[0] ** 2 + x[1] ** 2)

    origin, e1, e2 = np.zeros(2), *np.eye(2)

    def nested(a, b):  # d/db of d/da, with the inner step much smaller than the outer one
        return five_point(lambda X: five_point(peano, X, a, 2.0**-14), origin, b, 2.0**-3)

    J = mixed(peano, origin)
    yield Check(
        stated=np.array([-1.0, 1.0]),  # first by x1, then by x2; first by x2, then by x1
        referees={
            "complex step, then differences": np.array([J[1, 0], J[0, 1]]),
            "nested differences": np.array([nested(e1, e2), nested(e2, e1)]),
            # f = r^2 sin(4 theta) / 4, d/dtheta is -r d/dx1 on one axis, r d/dx2 on the other
            "polar form": np.array([-math.cos(4 * math.pi / 2), math.cos(0.0)]),
        },
        wrong={
            "symmetric wherever all second partials exist (E13)": np.array([1.0, 1.0]),
            "orders exchanged": np.array([1.0, -1.0]),
        },
        bounds={"complex step, then differences": 1e-7, "nested differences": 1e-7},
    )

    # Symmetric is what is twice differentiable. At 0, c x1 x2 + r^4 sin(1/r) is, and not C^2:
    # its second derivatives keep a term -sin(1/r). Peano's function is not.
    c = rng.uniform(1.0, 2.0)

    def wavy_gradient(x):
        r = np.hypot(*x)
        return c * x[::-1] + (4 * r**2 * np.sin(1 / r) - r * np.cos(1 / r)) * x

    def peano_gradient(x):
        return partials(peano, x)

    tables = [c * np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, -1.0], [1.0, 0.0]])]
    gradients = [wavy_gradient, peano_gradient]
    around = [unit_vector(angle) for angle in np.linspace(0.3, 6.3, 25)]

    def misses(k, t):  # what the gradient at th leaves, beyond the table times th, per t
        gap = [gradients[k](t * h) - tables[k] @ (t * h) for h in around]
        return np.max(np.abs(gap)) / t

    yield Check(  # is the gradient differentiable at 0? is the table of second partials symmetric?
        stated=[[True, True], [False, False]],
        referees={
            "remainder of the gradient at 0": [
                [bool(misses(k, 1e-5) < 1e-3), bool(np.allclose(tables[k], tables[k].T))]
                for k in range(2)
            ],
            "linear along three directions": [
                [bool(abs(bent(gradients[k])) < 1e-3), bool(abs(turn(gradients[k])) < 1e-3)]
                for k in range(2)
            ],
        },
        wrong={
            "symmetric only if C^2": [[True, False], [False, False]],
            "twice differentiable, and not symmetric": [[True, True], [True, False]],
        },
    )


def bent(gradient_of: Function, t: float = 1e-5) -> float:
    """How far the gradient's slope along (1, 2) at 0 is from the sum of those along its parts."""
    along = [gradient_of(t * np.array(h)) / t for h in ([1.0, 1e-9], [1e-9, 2.0], [1.0, 2.0])]
    return float(np.max(np.abs(along[0] + along[1] - along[2])))


def turn(gradient_of: Function, t: float = 1e-5) -> float:
    """The difference of the two mixed second derivatives at 0."""
    by_x1, by_x2 = gradient_of(t * np.array([1.0, 1e-9])), gradient_of(t * np.array([1e-9, 1.0]))
    return float((by_x1[1] - by_x2[0]) / t)


@claim("blank-hessian-x1sq-x2")
def blank_hessian(rng: np.random.Generator) -> Iterator[Check]:
    x = unlike_pair(rng)
    stated = fractions([[2 * x[1], 2 * x[0]], [2 * x[0], 0]])

    def second(h):
        return 2 * exact_coefficients(blank, x, h, 3)[2]

    polarized = [[(second(a + b) - second(a - b)) / 4 for b in UNITS] for a in UNITS]
    at = x.astype(float)
    yield Check(
        stated=stated,
        referees={
            "exact fractions": fractions(polarized),
            "complex step, then differences": mixed(blank, at),
        },
        wrong={
            "mixed derivatives left out": fractions([[2 * x[1], 0], [0, 0]]),
            "x1 for 2 x1": fractions([[2 * x[1], x[0]], [x[0], 0]]),
        },
        table=lambda: hessian(blank, at).matrix(),
        bounds={"complex step, then differences": 1e-7},
    )
    (a, b), (c, d) = polarized
    yield Check(
        stated=-4 * x[0] ** 2,
        referees={
            "exact fractions": a * d - b * c,
            "eigenvalues": np.prod(np.linalg.eigvalsh(stated.astype(float))),
        },
        wrong={"sign lost": 4 * x[0] ** 2, "square lost": -4 * x[0]},
    )


# -- Jacobian -------------------------------------------------------------------------------------


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


# -- By matrices ----------------------------------------------------------------------------------


@claim("matrix-directional-derivative")
def matrix_directional_derivative(rng: np.random.Generator) -> Iterator[Check]:
    X, H = rational(rng, 4, 3), rational(rng, 4, 3)
    yield exact_change(
        lambda X: X @ X.T @ X,
        X,
        H,
        (),
        3,
        H @ X.T @ X + X @ H.T @ X + X @ X.T @ H,
        {
            "3 X X^T H as for numbers": 3 * X @ X.T @ H,
            "middle factor left out": H @ X.T @ X + X @ X.T @ H,
        },
    )


@claim("example-Ax-matrix-differential")
def matrix_times_vector(rng: np.random.Generator) -> Iterator[Check]:
    A, dA = rational(rng, 4, 3), rational(rng, 4, 3)
    x = fractions([*unlike_pair(rng), "1/2"])
    yield exact_change(
        lambda A, x: A @ x,
        A,
        dA,
        (x,),
        1,
        dA @ x,
        {
            "value A x in place of its change": A @ x,
            "row x^T dA^T": x[None] @ dA.T,
            "product without the sum": dA * x,
        },
    )


@claim("example-AtA")
def gram_matrix(rng: np.random.Generator) -> Iterator[Check]:
    A, dA = rational(rng, 4, 3), rational(rng, 4, 3)

    def f(A):
        return A.T @ A

    stated = dA.T @ A + A.T @ dA
    wrong = {"2 A^T dA": 2 * A.T @ dA, "whole difference (E16)": f(A + dA) - f(A)}
    yield exact_change(f, A, dA, (), 2, stated, wrong)
    at, along, linear = (M.astype(float) for M in (A, dA, stated))
    c = exact_coefficients(f, A, dA, 2)
    left_over = [c[0] - f(A), c[1] - stated, c[2]]  # times 1, t, t^2
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(lambda t: f(at + t * along) - f(at) - t * linear),
            "exact fractions": float(min(k for k in range(3) if (left_over[k] != 0).any())),
        },
        wrong={"first order": 1.0},
    )


@claim("eq-11-trace")
def trace_definition(rng: np.random.Generator) -> Iterator[Check]:
    matrices, basis = normal(rng, 3, 4, 4), regular(rng, 4)
    inverse = np.linalg.inv(basis)
    yield Check(
        stated=each(lambda A: sum(A[i, i] for i in range(4)), matrices),
        referees={
            "eigenvalues": each(lambda A: np.sum(np.linalg.eigvals(A)).real, matrices),
            "complex step": each(  # det(I + tA) = 1 + t tr A + ...
                lambda A: complex_step(np.linalg.det, np.eye(4), A), matrices
            ),
            "diagonal in another basis": each(
                lambda A: np.sum(np.diag(inverse @ A @ basis)), matrices
            ),
        },
        wrong={
            "sum of all entries": each(np.sum, matrices),
            "other diagonal": each(lambda A: np.sum(np.diag(A[::-1])), matrices),
        },
    )


@claim("trace-transpose")
def trace_transpose(rng: np.random.Generator) -> Iterator[Check]:
    matrices = normal(rng, 3, 4, 4)
    yield Check(
        stated=each(lambda A: np.trace(A.T), matrices),
        referees={
            "entry by entry": each(lambda A: entrywise(A, np.eye(4)), matrices),
            "eigenvalues": each(lambda A: np.sum(np.linalg.eigvals(A)).real, matrices),
        },
        wrong={"sign changed": each(lambda A: -np.trace(A), matrices)},
    )
    A, B = rational(rng, 4, 3), rational(rng, 3, 4)
    yield Check(
        stated=np.trace(B.T @ A.T),
        referees={"exact fractions": np.trace(A @ B), "entry by entry": entrywise(A, B.T)},
        wrong={"trace taken factor by factor": np.trace(A[:3]) * np.trace(B[:, :3])},
    )


@claim("trace-cyclic")
def trace_cyclic(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = rational(rng, 2, 3), rational(rng, 3, 4), rational(rng, 4, 2)
    triples = np.ndindex(2, 3, 4)  # no matrix product, and no order of the factors
    total = sum(A[i, j] * B[j, k] * C[k, i] for i, j, k in triples)
    yield Check(
        stated=fractions([np.trace(C @ A @ B), np.trace(B @ C @ A)]),
        referees={
            "exact fractions": fractions([np.trace(A @ B @ C)] * 2),
            "entry by entry": fractions([total] * 2),
        },
    )
    square = rational(rng, 3, 3, 3, 3)
    yield Check(
        stated=[np.trace(C @ A @ B) for A, B, C in square],
        referees={
            "exact fractions": [np.trace(A @ B @ C) for A, B, C in square],
            "eigenvalues": [
                np.sum(np.linalg.eigvals((A @ B @ C).astype(float))).real for A, B, C in square
            ],
        },
        wrong={"ACB for ABC (E17)": [np.trace(A @ C @ B) for A, B, C in square]},
    )
    # The order of the picture, A B C, B C A, C A B: the first factor goes to the back.
    ring = [("A", A), ("B", B), ("C", C)]
    turned = [ring[k:] + ring[:k] for k in range(3)]
    back = [ring]
    for _ in range(2):
        back.append([*back[-1][1:], back[-1][0]])
    front = [ring]
    for _ in range(2):
        front.append([front[-1][-1], *front[-1][:-1]])

    def names(products: Any) -> list[str]:
        return ["".join(name for name, _ in factors) for factors in products]

    yield Check(
        stated=["ABC", "BCA", "CAB"],
        referees={
            "first factor to the back": names(back),
            "ring read from each factor on": names(turned),
            "sizes 2, 3, 4 of the squares": [
                next(
                    name
                    for name, [(_, M), *_] in zip(names(turned), turned, strict=True)
                    if len(M) == size
                )
                for size in (2, 3, 4)
            ],
        },
        wrong={"last factor to the front": names(front)},
    )


def trace_form(A: Any, B: Any) -> Function:
    return lambda X: np.trace(X.T @ A @ X @ B)


@claim("example-trace-first")
def trace_example(rng: np.random.Generator) -> Iterator[Check]:
    X, directions = normal(rng, 4, 3), normal(rng, 3, 4, 3)
    A, B = symmetric(rng, 4), symmetric(rng, 3)
    yield slopes(
        trace_form(A, B),
        X,
        directions,
        lambda H: 2 * np.trace(H.T @ A @ X @ B),
        {"Tr{H^T AXB} without the 2": lambda H: np.trace(H.T @ A @ X @ B)},
    )
    M, N = normal(rng, 4, 4), normal(rng, 3, 3)
    yield slopes(
        trace_form(M, N),
        X,
        directions,
        lambda H: np.trace(H.T @ (M @ X @ N + M.T @ X @ N.T)),
        {"2 Tr{H^T AXB} for general A and B": lambda H: 2 * np.trace(H.T @ M @ X @ N)},
    )


def of_a_matrix(rng: np.random.Generator) -> tuple[Function, np.ndarray, np.ndarray]:
    """u^T X v + det(X^T X), a point X of shape (4, 3), and the partial derivatives there."""
    X, u, v = full_rank(rng, 4, 3), normal(rng, 4), normal(rng, 3)
    S = X.T @ X
    G = np.outer(u, v) + 2 * np.linalg.det(S) * X @ np.linalg.inv(S)
    return lambda X: u @ X @ v + np.linalg.det(X.T @ X), X, G


@claim("eq-12-matrix-total-differential")
def matrix_total_differential(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    yield slopes(
        f,
        X,
        normal(rng, 3, 4, 3),
        lambda dX: np.trace(G.T @ dX),
        {
            "reshaped instead of transposed": lambda dX: np.trace(G.reshape(3, 4) @ dX),
            "all entries of the product added": lambda dX: np.sum(G.T @ dX),
        },
    )


@claim("frobenius-action")
def frobenius_action(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    directions, P = normal(rng, 3, 4, 3), G.T

    def traces(M):  # whether Tr{M dX} can be formed
        rows, columns = (M @ np.zeros((4, 3))).shape
        return rows == columns

    row, dX = jacobian(f, X).ravel(), directions[0]
    slope = complex_step(f, X, dX)

    def refilled(M):  # the row of the Jacobian, with an entry of M after the other
        if M.size != row.size or not traces(M):
            return False
        return np.isclose(np.trace(row.reshape(M.shape) @ dX), slope)

    yield Check(
        stated=np.array([3, 4]),
        referees={
            "the only shape that multiplies": np.array(only_shape(traces)),
            "row of the Jacobian, refilled": np.array(only_shape(refilled)),
        },
        wrong={"shape of X": np.array([4, 3])},
        bounds={"the only shape that multiplies": 0.0, "row of the Jacobian, refilled": 0.0},
    )
    yield Check(
        stated=each(lambda dX: entrywise(P.T, dX), directions),
        referees={
            "trace of the product": each(lambda dX: np.trace(P @ dX), directions),
            "complex step": each(lambda dX: complex_step(f, X, dX), directions),
        },
        # twelve numbers each, so that NumPy's ravel pairs them without complaint
        wrong={"no transpose (E18)": each(lambda dX: entrywise(P, dX), directions)},
        table=lambda: each(lambda dX: differential(f, X, dX), directions),
    )


@claim("inner-product-axioms")
def inner_product_axioms(rng: np.random.Generator) -> Iterator[Check]:
    W, low = positive_definite(rng, 3), full_rank(rng, 3, 2)
    kernel = np.linalg.svd(low.T)[2][-1]  # low^T kernel = 0
    skewed = np.diag([1.0, 2.0, 3.0]) + np.triu(np.ones((3, 3)), 1)
    table: list[tuple[Function, list[bool]]] = [  # symmetric, linear in the first slot, positive
        (lambda x, y: x @ y, [True, True, True]),
        (lambda x, y: x @ W @ y, [True, True, True]),
        (lambda x, y: x @ np.diag([1.0, 1.0, -1.0]) @ y, [True, True, False]),
        (lambda x, y: (low.T @ x) @ (low.T @ y), [True, True, False]),
        (lambda x, y: x @ skewed @ y, [False, True, True]),
        (lambda x, y: np.abs(x) @ np.abs(y), [True, False, True]),
    ]
    forms, answers = [form for form, _ in table], np.array([answer for _, answer in table])
    x, y, z = normal(rng, 3, 3)

    def by_samples(form):
        linear = np.isclose(form(2 * x + y, z), 2 * form(x, z) + form(y, z))
        linear = linear and np.isclose(form(-x, z), -form(x, z))
        positive = all(form(p, p) > 1e-9 for p in (*np.eye(3), kernel, x, y, z))
        return [np.isclose(form(x, y), form(y, x)), linear, positive]

    def by_matrix(form):
        """From the matrix of the form in the standard basis, if that gives the form again."""
        M = np.array([[form(p, q) for q in np.eye(3)] for p in np.eye(3)])
        linear = all(np.isclose(form(p, y), p @ M @ y) for p in (x, -x))
        return [np.allclose(M, M.T), linear, np.linalg.eigvalsh(M + M.T)[0] > 1e-9]

    let_in, assumed = answers.copy(), answers.copy()
    let_in[3, 2], assumed[4, 0] = True, True
    yield Check(
        stated=answers,
        referees={
            "sampled vectors": each(by_samples, forms),
            "matrix of the form": each(by_matrix, forms),
        },
        wrong={"semidefinite form let in": let_in, "symmetry taken for granted": assumed},
        bounds={"sampled vectors": 0.0, "matrix of the form": 0.0},
    )


@claim("eq-13-frobenius-inner-product")
def frobenius_inner_product(rng: np.random.Generator) -> Iterator[Check]:
    X, Y = rational(rng, 4, 3), rational(rng, 4, 3)
    U, V = X.astype(float), Y.astype(float)
    polarized = (np.linalg.norm(U + V) ** 2 - np.linalg.norm(U - V) ** 2) / 4
    yield Check(
        stated=np.array([np.trace(X.T @ Y), np.trace(X.T @ X)]),
        referees={
            "exact fractions": np.array([entrywise(X, Y), entrywise(X, X)]),
            "lengths of sum and difference": np.array([polarized, np.linalg.norm(U) ** 2]),
        },
        wrong={
            "all entries of X^T Y added": np.array([np.sum(X.T @ Y), np.sum(X.T @ X)]),
            "product of two traces": np.array([np.trace(X) * np.trace(Y), np.trace(X) ** 2]),
        },
    )


@claim("eq-14-gradient-matrix")
def gradient_matrix(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    doubled = G[[0, 1, 2, 1]]
    yield whole_gradient(
        f,
        X,
        G,
        {"transposed (numerator layout)": G.T, "second row again as the last (E20)": doubled},
    )
    yield slopes(
        f,
        X,
        normal(rng, 3, 4, 3),
        lambda dX: np.trace(G.T @ dX),
        {
            "X in place of dX (E19)": lambda dX: entrywise(G, X),
            "second row again as the last (E20)": lambda dX: entrywise(doubled, dX),
        },
    )


@claim("gradient-trace-XtAXB")
def gradient_of_trace(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = normal(rng, 4, 3), symmetric(rng, 4), symmetric(rng, 3)
    M, N = normal(rng, 4, 4), normal(rng, 3, 3)
    yield whole_gradient(trace_form(A, B), X, 2 * A @ X @ B, {"AXB without the 2": A @ X @ B})
    yield whole_gradient(
        trace_form(M, N),
        X,
        M @ X @ N + M.T @ X @ N.T,
        {"2AXB for general A and B": 2 * M @ X @ N},
    )


# -- Chain and product rule -----------------------------------------------------------------------


@claim("eq-15-chain-rule")
def chain_rule(rng: np.random.Generator) -> Iterator[Check]:
    X, H = full_rank(rng, 4, 3), normal(rng, 4, 3)

    def composed(X):
        return np.linalg.inv(X.T @ X)

    Y = composed(X)
    yield Check(
        stated=-Y @ (H.T @ X + X.T @ H) @ Y,
        referees={
            "complex step": complex_step(composed, X, H),
            "five-point differences": five_point(composed, X, H, h=2.0**-11),
        },
        wrong={
            "derivative of X^T X left out": -Y @ (H.T @ H) @ Y,
            "factors in commuting order": -2 * X.T @ H @ Y @ Y,
        },
        table=lambda: (derivative(np.linalg.inv, X.T @ X) @ derivative(lambda X: X.T @ X, X))[H],
    )

    # The outer derivative belongs to g(x). Here x has the same shape, and would be accepted.
    (x, h), B, C = normal(rng, 2, 3), regular(rng, 3) / 2, regular(rng, 3) / 2

    def g(x):
        return np.sin(B @ x)

    def f(y):
        return np.tanh(C @ y)

    def dg(x, h):
        return np.cos(B @ x) * (B @ h)

    def df(y, k):
        return (1 - np.tanh(C @ y) ** 2) * (C @ k)

    yield Check(
        stated=df(g(x), dg(x, h)),
        referees={
            "complex step": complex_step(lambda x: f(g(x)), x, h),
            "five-point differences": five_point(lambda x: f(g(x)), x, h, h=2.0**-11),
        },
        wrong={
            "outer derivative taken at x (E21)": df(x, dg(x, h)),
            "composed in the other order": dg(x, df(g(x), h)),
        },
        table=lambda: (derivative(f, g(x)) @ derivative(g, x))[h],
    )

    # As operators, and so as matrices: J(f o g) = J(f at g(x)) J(g at x), of shapes that tell.
    D, E = regular(rng, 3)[:2], normal(rng, 3, 4)
    z = normal(rng, 4)

    def inner(z):
        return np.sin(E @ z)

    def outer(y):
        return np.tanh(D @ y)

    def outer_matrix(y):
        return (1 - np.tanh(D @ y) ** 2)[:, None] * D

    inner_matrix = np.cos(E @ z)[:, None] * E
    yield Check(
        stated=outer_matrix(inner(z)) @ inner_matrix,
        referees={
            "complex step": jacobian(lambda z: outer(inner(z)), z),
            "five-point differences": jacobian(lambda z: outer(inner(z)), z, five_point),
        },
        wrong={
            "outer derivative taken at x (E21)": outer_matrix(z[:3]) @ inner_matrix,
            "transposed factors in the other order": inner_matrix.T @ outer_matrix(inner(z)).T,
        },
        table=lambda: (derivative(outer, inner(z)) @ derivative(inner, z)).matrix(),
    )

    # x1^3 x2 / (x1^4 + x2^2) has the slope 0 along every line through 0, a linear map. Along the
    # curve (t, c t^2), whose velocity at 0 is (1, 0), its slope is c / (1 + c^2).
    c = Fraction(int(rng.integers(1, 6)))

    def along_curve(t):
        x1, x2 = t, c * t * t
        return x1**3 * x2 / (x1**4 + x2**2)

    t = Fraction(1, 1000)
    yield Check(
        stated=c / (1 + c * c),
        referees={
            "exact fractions": along_curve(t) / t,  # the quotient does not depend on t
            "five-point differences": five_point(lambda t: along_curve(t.item()), 0.0, 1.0),
        },
        wrong={"chain rule without Fréchet": Fraction(0)},
    )


@claim("eq-16-product-rule")
def product_rule(rng: np.random.Generator) -> Iterator[Check]:
    X, H, A, C = (rational(rng, *shape) for shape in [(4, 3), (4, 3), (4, 4), (4, 5)])
    F, G = X.T @ A @ X, X.T @ C
    dF, dG = H.T @ A @ X + X.T @ A @ H, H.T @ C
    yield exact_change(
        lambda X, A, C: (X.T @ A @ X) @ (X.T @ C),
        X,
        H,
        (A, C),
        3,
        dF @ G + F @ dG,
        {"derivatives multiplied": dF @ dG, "one term": dF @ G},
    )
    S, K = rational(rng, 2, 3, 3)
    yield exact_change(lambda S: S @ S, S, K, (), 2, K @ S + S @ K, {"2 S dS": 2 * S @ K})
    u, v = rational(rng, 2, 3), rational(rng, 2, 3)
    yield exact_change(
        lambda u: np.kron(u, u),
        u,
        v,
        (),
        2,
        np.kron(v, u) + np.kron(u, v),
        {"2 kron(u, du)": 2 * np.kron(u, v)},
    )
    P, Q = rational(rng, 2, 4, 2)
    yield exact_change(
        lambda u, P, Q: (P @ u) * (Q @ u),
        u,
        v,
        (P, Q),
        2,
        (P @ v) * (Q @ u) + (P @ u) * (Q @ v),
        {"derivatives multiplied": (P @ v) * (Q @ v), "one term": (P @ v) * (Q @ u)},
    )


# -- Adjoints -------------------------------------------------------------------------------------


@claim("adjoint-definition")
def adjoint_definition(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = normal(rng, 2, 4), normal(rng, 3, 4), normal(rng, 2, 3)

    def first(H):  # (4, 3) to (2, 4)
        return A @ H @ B + C @ H.T

    def second(Z):  # (2, 4) to (4, 4)
        return A.T @ Z + Z.T @ A

    G, S = normal(rng, 2, 4), normal(rng, 4, 4)
    stated = A.T @ G @ B.T + G.T @ C
    yield Check(
        stated=stated,
        referees={  # the one L*[G] whose products with all H are right
            "products with the unit matrices": by_units(first, G, (4, 3)),
            "transposed matrix on vec": by_matrix(first, G, (4, 3)),
        },
        wrong={
            "second term forgotten": A.T @ G @ B.T,
            "transposes of H and of C both left out": A.T @ G @ B.T + (G.T @ C).reshape(3, 4).T,
        },
        table=lambda: derivative(first, np.zeros((4, 3))).T[G],
    )
    middle = A @ S + A @ S.T  # the second adjoint at S
    yield Check(
        stated=A.T @ middle @ B.T + middle.T @ C,
        referees={
            "products with the unit matrices": by_units(lambda H: second(first(H)), S, (4, 3)),
            "transposed matrix on vec": by_matrix(lambda H: second(first(H)), S, (4, 3)),
        },
        wrong={"one transpose forgotten on the way": A.T @ (2 * A @ S) @ B.T + (2 * A @ S).T @ C},
        table=lambda: derivative(lambda H: second(first(H)), np.zeros((4, 3))).T[S],
    )


def by_units(L: Function, G: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The array whose inner product with every unit array E is <G, L[E]>."""
    out = np.zeros(shape)
    for index in np.ndindex(shape):
        E = np.zeros(shape)
        E[index] = 1.0
        out[index] = entrywise(G, L(E))
    return out


def by_matrix(L: Function, G: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The same from the matrix of L on stacked columns, transposed."""
    J = jacobian(L, np.zeros(shape))
    return (J.T @ np.ravel(G, order="F")).reshape(shape, order="F")


def by_the_table(L: Function, G: Any, shape: tuple[int, ...]) -> np.ndarray:
    return derivative(L, np.zeros(shape)).T[G]


@claim("adjoints-of-linear-steps")
def adjoints_of_linear_steps(rng: np.random.Generator) -> Iterator[Check]:
    A, B = normal(rng, 2, 4), normal(rng, 3, 5)
    steps: list[tuple[Function, tuple[int, ...], Any, Any, dict[str, Any]]] = []
    G = normal(rng, 2, 3)
    steps.append((lambda H: A @ H, (4, 3), G, A.T @ G, {}))
    G = normal(rng, 4, 5)
    steps.append((lambda H: H @ B, (4, 3), G, G @ B.T, {}))
    G = normal(rng, 3, 4)
    steps.append((lambda H: H.T, (4, 3), G, G.T, {"not transposed": G}))
    g = rng.uniform(1, 2)
    ones = {"spread over all entries": g * np.ones((4, 4))}
    steps.append((np.trace, (4, 4), g, g * np.eye(4), ones))
    # Used twice: H goes to (H, H), and what comes back, G1 and G2, need not be equal.
    G1, G2 = normal(rng, 2, 4, 3)
    doubled = {"G + G for G1 + G2": G1 + G1, "the last one wins": G2}
    steps.append((lambda H: np.stack([H, H]), (4, 3), np.stack([G1, G2]), G1 + G2, doubled))
    for step, shape, G, stated, wrong in steps:
        yield Check(
            stated=stated,
            referees={
                "products with the unit matrices": by_units(step, G, shape),
                "transposed matrix on vec": by_matrix(step, G, shape),
            },
            wrong={"sign changed": -stated, **wrong},
            table=functools.partial(by_the_table, step, G, shape),
        )
