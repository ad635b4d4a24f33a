"""Checks of the claims of the page "Differentiate by vectors"."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...calculus import gradient, hessian
from ...spaces import weighted
from ..checking import Check, claim, outside
from ..draws import fractions, normal, positive_definite, skew, symmetric
from ..referees import (
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    mixed_difference,
    partials,
)
from .shared import (
    Function,
    each,
    only_shape,
    partials_alone,
    quadratic,
    ray,
    ray_slope,
    slopes,
    unlike_pair,
    weighted_gradient,
    weights,
    whole_gradient,
    whole_jacobian,
)


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


# -- Outside of the conditions --------------------------------------------------------------------


def along_a_line(rng: np.random.Generator) -> Check:
    """The partial derivatives, times h, of a function that is not differentiable, at 0."""
    h = rng.uniform(1, 2, 2)
    return partials_alone(ray, h, np.array([1.0, 0.0]) @ h)


@outside("eq-6-total-differential", "f has all partial derivatives at x, and no more")
def total_differential_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("df-as-dot-product", "f has all partial derivatives at x, and no more")
def dot_product_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("df-as-dot-product", "the gradient belongs to another inner product")
def dot_product_of_another_gradient(rng: np.random.Generator) -> Iterator[Check]:
    (x, a, b), directions = normal(rng, 3, 4), normal(rng, 3, 4)
    G = np.linalg.solve(weights(rng, 4), bump_gradient(x, a, b))
    yield slopes(lambda x: bump(x, a, b), x, directions, lambda dx: G @ dx, {})


@outside("eq-7-gradient-definition", "f has a slope along each line, and no more")
def gradient_of_slopes_alone(rng: np.random.Generator) -> Iterator[Check]:
    h, k = rng.uniform(1, 2), -rng.uniform(1, 2)
    directions = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, h], [1.0, k]])
    yield Check(
        stated=True,  # there is a vector
        referees={
            "vector fitted to the slopes": one_vector(ray_slope_of_floats, directions),
            "slope along a sum": bool(
                np.isclose(
                    ray_slope_of_floats(directions[2]),
                    ray_slope_of_floats(directions[0]) + ray_slope_of_floats(h * directions[1]),
                )
            ),
        },
    )


@outside("eq-7-gradient-definition", "W is not symmetric")
def gradient_without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    x, a, b = normal(rng, 3, 4)
    W = weights(rng, 4) + skew(rng, 4) / 4
    sampled = normal(rng, 7, 4)
    found = each(lambda h: five_point(lambda x: bump(x, a, b), x, h, 2.0**-11), sampled)
    yield Check(
        stated=np.linalg.solve(W, bump_gradient(x, a, b)),
        referees={  # g^T W h = df[h]
            "sampled directions": np.linalg.lstsq(sampled @ W.T, found, rcond=None)[0],
            "complex step": np.linalg.solve(W.T, partials(lambda x: bump(x, a, b), x)),
        },
        bounds={"sampled directions": 1e-6},
    )


@outside("gradient-climbs-most", "length and gradient belong to different inner products")
def climbs_by_another_length(rng: np.random.Generator) -> Iterator[Check]:
    toward = rng.uniform(0.4, 1.1)
    g = rng.uniform(1.0, 2.0) * unit_vector(toward)
    G = np.linalg.solve(bowl(rng, toward), g)
    around = each(unit_vector, np.linspace(0, 2 * math.pi, 1441))
    yield Check(
        stated=g @ G / np.linalg.norm(G),
        referees={
            "Cauchy and Schwarz": np.linalg.norm(g),
            "largest of 1440 directions": np.max(around @ g),
        },
        bounds={"largest of 1440 directions": 1e-5},
    )


def other_row(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A point, and the gradient of `mixture` there for another inner product."""
    x = normal(rng, 3)
    return x, np.linalg.solve(weights(rng, 3), np.array(mixture_partials(x)))


@outside("row-convention", "the gradient belongs to another inner product")
def row_of_another_gradient(rng: np.random.Generator) -> Iterator[Check]:
    x, G = other_row(rng)
    yield whole_jacobian(mixture, x, G[None], {})


@outside("row-convention", "f has all partial derivatives at x, and no more")
def row_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("column-convention", "the gradient belongs to another inner product")
def column_of_another_gradient(rng: np.random.Generator) -> Iterator[Check]:
    x, G = other_row(rng)
    yield Check(
        stated=G[:, None],
        referees={
            "complex step": jacobian(mixture, x).T,
            "five-point differences": jacobian(mixture, x, five_point).T,
        },
    )


@outside("column-convention", "f has all partial derivatives at x, and no more")
def column_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("gradient-of-quadratic", "A is not symmetric")
def quadratic_without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    x, A = normal(rng, 4), symmetric(rng, 4) + skew(rng, 4) / 4
    yield whole_gradient(quadratic(A), x, 2 * A @ x, {})


@outside("gradient-of-quadratic", "A depends on x")
def quadratic_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    x, S = normal(rng, 4), positive_definite(rng, 4)

    def f(x: Any) -> Any:  # A = (x^T x) S
        return (x @ x) * (x @ S @ x)

    yield whole_gradient(f, x, 2 * (x @ x) * (S @ x), {})


@outside("gradient-of-quadratic", "the inner product has weights")
def quadratic_for_another_product(rng: np.random.Generator) -> Iterator[Check]:
    x, S = normal(rng, 4), symmetric(rng, 4)
    yield weighted_gradient(rng, quadratic(S), x, 2 * S @ x)


@outside("eq-8-gradient-coordinates", "the inner product has weights")
def coordinates_for_another_product(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, 3)
    yield weighted_gradient(rng, mixture, x, np.array(mixture_partials(x)))


@outside("eq-8-gradient-coordinates", "f has all partial derivatives at x, and no more")
def coordinates_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("blank-gradient-x1sq-x2", "the inner product has weights")
def blank_for_another_product(rng: np.random.Generator) -> Iterator[Check]:
    x = unlike_pair(rng).astype(float)
    yield weighted_gradient(rng, blank, x, np.array([2 * x[0] * x[1], x[0] ** 2]))


@outside("eq-9-hessian-matrix", "all second partial derivatives exist at x, and no more")
def hessian_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    c = rng.uniform(1, 2)

    def f(x: Any) -> Any:
        return c * x[0] * x[1] * (x[0] ** 2 - x[1] ** 2) / (x[0] ** 2 + x[1] ** 2)

    J = mixed(f, np.zeros(2))
    t = 1e-3  # on the axes the first derivatives are linear: -c x2 and c x1
    by_axes = [partials(f, np.array([0.0, t]))[0] / t, partials(f, np.array([t, 0.0]))[1] / t]
    yield Check(
        stated=J.T,  # the matrix is symmetric
        referees={
            "complex step, then differences": J,
            "first derivatives on the axes": np.array([[0.0, by_axes[1]], [by_axes[0], 0.0]]),
        },
        bounds={"complex step, then differences": 1e-7, "first derivatives on the axes": 1e-7},
    )


@outside("eq-9-hessian-matrix", "the inner product has weights")
def hessian_for_another_product(rng: np.random.Generator) -> Iterator[Check]:
    x, W = normal(rng, 3), weights(rng, 3)
    H = mixed(mixture, x)
    yield Check(
        stated=H,
        referees={
            "Jacobian of the gradient": jacobian(
                lambda x: np.linalg.solve(W, np.stack(mixture_partials(x))), x
            )
        },
    )
