"""Checks of the claims of the page "Newton, Gauss-Newton, and matrices with a shape"."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient, hessian, jacobian_matrix
from ...spaces import lower_triangular, skew, symmetric
from .. import draws
from ..checking import Check, claim, outside
from ..draws import normal, orthogonal, rational, regular
from ..referees import (
    both_slopes,
    circle,
    complex_step,
    five_point,
    jacobian,
    mixed_difference,
    order,
    partials,
    second_difference,
)
from .shared import Array, kernel, near, packed, svd, sym, unpacked

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve

TIMES = np.linspace(0.0, 2.0, 6)


def model(w: Any) -> Any:
    """A decay towards a level: w_0 exp(-w_1 x) + w_2 at six x."""
    return w[0] * np.exp(-w[1] * TIMES) + w[2]


def model_jacobian(w: Any) -> Any:
    e = np.exp(-w[1] * TIMES)
    return np.stack([e, -w[0] * TIMES * e, np.ones(6) + 0 * e], axis=1)


def model_curvature(w: Any, r: Any) -> Array:
    """The sum of r_i times the Hessian of the model at x_i."""
    e = np.exp(-w[1] * TIMES)
    mixed, twice = -np.sum(r * TIMES * e), np.sum(r * w[0] * TIMES**2 * e)
    return np.array([[0.0, mixed, 0], [mixed, twice, 0], [0, 0, 0]])


def decay(rng: np.random.Generator) -> Array:
    return np.array([2.0, 1.0, 0.5]) + rng.uniform(-0.2, 0.2, 3)


@claim("gauss-newton-hessian")
def gauss_newton_hessian(rng: np.random.Generator) -> Iterator[Check]:
    w, y = decay(rng), 2 * normal(rng, 6)
    J, S = model_jacobian(w), model_curvature(w, model(w) - y)

    def cost(w: Any) -> Any:
        return np.sum((model(w) - y) ** 2)

    eye = np.eye(3)

    def form(h: Array) -> Any:
        return circle(cost, w, h, 2)

    polarised = [[(form(a + b) - form(a - b)) / 4 for b in eye] for a in eye]
    yield Check(
        stated=2 * J.T @ J + 2 * S,
        referees={
            "circle in the complex plane": np.array(polarised),
            "five-point differences": np.array(
                [[mixed_difference(cost, w, a, b) for b in eye] for a in eye]
            ),
        },
        wrong={
            "2 J^T J alone": 2 * J.T @ J,
            "factor 2 on one term only": 2 * J.T @ J + S,
            "sign of the residual": 2 * J.T @ J - 2 * S,
        },
        table=lambda: hessian(cost, w).matrix(),
    )
    yield Check(
        stated=2 * J.T @ (model(w) - y),
        referees={
            "circle in the complex plane": [circle(cost, w, e, 1) for e in eye],
            "five-point differences": partials(cost, w, five_point),
        },
        wrong={"sign of the residual": 2 * J.T @ (y - model(w))},
        table=lambda: gradient(cost, w),
    )


def stationary(rng: np.random.Generator) -> tuple[Array, Array]:
    """Weights, and data of which the gradient of the sum of squares is zero there."""
    w, noise = decay(rng), normal(rng, 6) / 5
    J = model_jacobian(w)
    return w, model(w) - (noise - J @ np.linalg.lstsq(J, noise, rcond=None)[0])


def exponent(values: list[Fraction], places: list[Fraction]) -> float:
    """The power with which two fractions follow two places."""
    a, b = values[0] / values[1], places[0] / places[1]
    return math.log(a) / math.log(b)


@claim("newton-order")
def newton_order(rng: np.random.Generator) -> Iterator[Check]:
    w, y = stationary(rng)
    directions = normal(rng, 3, 3) / 20  # one alone may hit a zero of the third derivative

    def newton(w: Any) -> Any:
        J, r = model_jacobian(w), model(w) - y
        return w - solve(J.T @ J + model_curvature(w, r), J.T @ r)

    def gauss_newton(w: Any) -> Any:
        J = model_jacobian(w)
        return w - solve(J.T @ J, J.T @ (model(w) - y))

    def left(step: Callable[[Any], Any]) -> Callable[[float], Any]:
        return lambda t: np.array([step(w + t * h) - w for h in directions])

    sizes = [np.abs(left(newton)(t)).max() for t in (1 / 128, 1 / 64)]
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(left(newton)),
            "two steps compared": float(np.round(np.log2(sizes[1] / sizes[0]))),
        },
        wrong={"without the second part of the Hessian": order(left(gauss_newton)), "cubic": 3.0},
        bounds={"two steps compared": 0.0},
    )
    # f'(w) = w + |w|^(3/2), from w = s^2: fractions
    roots = [Fraction(1, 10**k) for k in (20, 21)]
    after = [s**2 - (s**2 + s**3) / (1 + Fraction(3, 2) * s) for s in roots]
    near_zero = np.array([1e-14, 1e-15])
    floats = near_zero - (near_zero + near_zero**1.5) / (1 + 1.5 * near_zero**0.5)
    yield Check(
        stated=1.5,
        referees={
            "steps in fractions": exponent(after, [s**2 for s in roots]),
            "floating point": float(np.log10(abs(floats[0] / floats[1]))),
        },
        wrong={"quadratic without a Lipschitz Hessian": 2.0},
        bounds={"floating point": 1e-6},
    )
    yield Check(  # what stands before |e|^(3/2)
        stated=0.5,
        referees={
            "steps in fractions": float(after[0] / roots[0] ** 3),
            "floating point": float(floats[0] / near_zero[0] ** 1.5),
        },
        wrong={"1": 1.0},
        bounds={"floating point": 1e-6},
    )


def _of_order_two(after: list[Fraction], before: list[Fraction]) -> Check:
    """Order 2 is stated of steps from two places."""
    return Check(
        stated=2.0,
        referees={"steps in fractions": exponent(after, before)},
        bounds={"steps in fractions": 1e-6},
    )


@outside("newton-order", "the gradient at w* is not zero")
def newton_order_not_stationary(rng: np.random.Generator) -> Iterator[Check]:
    slope, curve, third = rational(rng, 3)  # f'(w) = slope + curve w + third w^2, w* = 0
    places = [Fraction(1, 10**k) for k in (20, 21)]
    after = [w - (slope + curve * w + third * w**2) / (curve + 2 * third * w) for w in places]
    yield _of_order_two(after, places)


@outside("newton-order", "the Hessian at w* is singular")
def newton_order_singular(rng: np.random.Generator) -> Iterator[Check]:
    a, b = rational(rng, 2)  # f'(w) = a w^2 + b w^3
    places = [Fraction(1, 10**k) for k in (20, 21)]
    after = [w - (a * w**2 + b * w**3) / (2 * a * w + 3 * b * w**2) for w in places]
    yield _of_order_two(after, places)


@outside("newton-order", "the Hessian is continuous, and not Lipschitz")
def newton_order_rough(rng: np.random.Generator) -> Iterator[Check]:
    c = rational(rng, 1)[0]  # f'(w) = w + c |w|^(3/2), from w = s^2
    roots = [Fraction(1, 10**k) for k in (20, 21)]
    after = [s**2 - (s**2 + c * s**3) / (1 + c * Fraction(3, 2) * s) for s in roots]
    yield _of_order_two(after, [s**2 for s in roots])


def gauss_newton_for(y: Array) -> Callable[[Any], Any]:
    """One step towards data."""

    def to(w: Any) -> Any:
        J = model_jacobian(w)
        return w - solve(J.T @ J, J.T @ (model(w) - y))

    return to


def _turned_error(w: Array, r: Array) -> Iterator[Check]:
    """What a step does to a small error at w, where the residual is r."""
    J, step = model_jacobian(w), gauss_newton_for(model(w) - r)
    yield Check(
        stated=-solve(J.T @ J, model_curvature(w, r)),
        referees={
            "complex step": jacobian(step, w),
            "five-point differences": jacobian(step, w, near),
        },
        wrong={
            "zero, as for Newton": np.zeros((3, 3)),
            "sign lost": solve(J.T @ J, model_curvature(w, r)),
        },
        table=lambda: jacobian_matrix(step, w),
    )


@outside("gauss-newton-error", "w is not stationary")
def gauss_newton_error_elsewhere(rng: np.random.Generator) -> Iterator[Check]:
    yield from _turned_error(decay(rng), normal(rng, 6))


@outside("gauss-newton-error", "r is twice continuously differentiable only (the order)")
def gauss_newton_error_rough(rng: np.random.Generator) -> Iterator[Check]:
    after, places, floats = rough_step(rational(rng, 1)[0] ** 2)
    yield Check(
        stated=2.0,
        referees={
            "steps in fractions": exponent([-a for a in after], [s**2 for s in places]),
            "floating point": float(np.log10(floats[0] / floats[1])),
        },
        bounds={"floating point": 1e-5},
    )


def stays(step: Callable[[Any], Any], start: Array, w: Array) -> bool:
    """Whether 60 steps lead from a nearby start to w."""
    for _ in range(60):
        start = step(start)
        if np.linalg.norm(start - w) > 1e-2:
            return False
    return bool(np.linalg.norm(start - w) < 1e-7)


def rough_step(c: Fraction) -> tuple[list[Fraction], list[Fraction], Array]:
    """A step for r(w) = [1 + c |w|^(5/2), w] from w = s^2 near 0: in fractions, with the s, and
    in floating point from 1e-10 and 1e-11.
    """
    roots, after = [Fraction(1, 10**k) for k in (20, 21)], []
    for s in roots:
        J, res = [Fraction(5, 2) * c * s**3, Fraction(1)], [1 + c * s**5, s**2]
        after.append(s**2 - (J[0] * res[0] + res[1]) / (J[0] ** 2 + 1))
    places = np.array([1e-10, 1e-11])
    slopes, values = 2.5 * float(c) * places**1.5, 1 + float(c) * places**2.5
    return after, roots, places - (slopes * values + places) / (slopes**2 + 1)


@claim("gauss-newton-error")
def gauss_newton_error(rng: np.random.Generator) -> Iterator[Check]:
    w = decay(rng)
    J = model_jacobian(w)
    stated = np.zeros((3, 3))
    while np.max(np.abs(stated)) < 0.2:  # a residual that matters, or one step looks quadratic
        noise = normal(rng, 6)
        r = noise - J @ np.linalg.lstsq(J, noise, rcond=None)[0]  # J^T r = 0: stationary
        stated = -solve(J.T @ J, model_curvature(w, r))

    with_residual, without = gauss_newton_for(model(w) - r), gauss_newton_for(model(w))
    h = normal(rng, 3) / 20
    yield from _turned_error(w, r)

    def left(step: Callable[[Any], Any]) -> Callable[[float], Any]:
        return lambda t: step(w + t * h) - w

    def doubling(step: Callable[[Any], Any]) -> float:
        """How many times the error doubles with the distance."""
        sizes = [np.linalg.norm(left(step)(t)) for t in (1 / 64, 1 / 32)]
        return float(np.round(np.log2(sizes[1] / sizes[0])))

    steps = with_residual, without
    yield Check(  # the error of w + t h after one step, with a residual and without one
        stated=np.array([1.0, 2.0]),
        referees={
            "order of the remainder": np.array([order(left(step)) for step in steps]),
            "two steps compared": np.array([doubling(step) for step in steps]),
        },
        wrong={"always quadratic": np.array([2.0, 2.0])},
    )
    # r(w) = [1 + c |w|^(5/2), w] is twice continuously differentiable
    after, roots, floats = rough_step(rational(rng, 1)[0] ** 2)
    yield Check(  # the matrix in front is 0, and the error is of order 3/2
        stated=1.5,
        referees={
            "steps in fractions": exponent([-a for a in after], [s**2 for s in roots]),
            "floating point": float(np.log10(floats[0] / floats[1])),
        },
        wrong={"O(||e||^2) for every C^2 residual": 2.0},
        bounds={"floating point": 1e-5},
    )
    # On both sides of eigenvalues of size 1, which grow with the residual.
    largest = np.max(np.abs(np.linalg.eigvals(stated)))
    starts = w + 1e-5 * normal(rng, 3, 3)
    beside = [gauss_newton_for(model(w) - size / largest * r) for size in (0.8, 1.25)]
    yield Check(
        stated=[True, False],
        referees={
            "60 steps": [all(stays(step, start, w) for start in starts) for step in beside],
            "eigenvalues of the step's Jacobian": [
                bool(np.max(np.abs(np.linalg.eigvals(jacobian(step, w)))) < 1) for step in beside
            ],
        },
        wrong={"always, from nearby": [True, True], "never, with a residual": [False, False]},
    )


@claim("hessian-vector-product")
def hessian_vector_product(rng: np.random.Generator) -> Iterator[Check]:
    shapes = (3, 4), (4, 2)
    W, K = normal(rng, 20) / 2, normal(rng, 20) / 10
    data, target = normal(rng, 3, 5), normal(rng, 2, 5)

    def cost(W: Any) -> Any:
        A, B = unpacked(W, *shapes)
        error = np.tanh(B.T @ np.tanh(A.T @ data)) - target
        return np.sum(error * error)

    def product(W: Array, K: Array) -> Array:
        """The backward pass, each line followed by its derivative in the direction K."""
        (A, B), (dA, dB) = unpacked(W, *shapes), unpacked(K, *shapes)
        p = np.tanh(A.T @ data)
        dp = (1 - p * p) * (dA.T @ data)
        q = np.tanh(B.T @ p)
        dq = (1 - q * q) * (dB.T @ p + B.T @ dp)
        last = (1 - q * q) * 2 * (q - target)
        dlast = -2 * q * dq * 2 * (q - target) + (1 - q * q) * 2 * dq
        dfirst = -2 * p * dp * (B @ last) + (1 - p * p) * (dB @ last + B @ dlast)
        return packed(data @ dfirst.T, dp @ last.T + p @ dlast.T)

    stated = product(W, K)
    eye = np.eye(len(W))
    yield Check(
        stated=stated,
        referees={
            "five-point differences": np.array([mixed_difference(cost, W, e, K) for e in eye]),
            "second differences": np.array(
                [
                    (
                        second_difference(cost, W, e + K, h=2.0**-9)
                        - second_difference(cost, W, e - K, h=2.0**-9)
                    )
                    / 4
                    for e in eye
                ]
            ),
        },
        wrong={
            "half of it": stated / 2,
            "curvature of the activation dropped": linearised_only(W, K, data, target, shapes),
        },
        table=lambda: hessian(cost, W)[K],
        bounds={"second differences": 1e-5},
    )
    others = normal(rng, 4, 20) / 20
    back = np.array([K @ product(W, M) for M in others])
    yield Check(  # self-adjoint: <H[K], M> = <K, H[M]> for four M
        stated=others @ stated,
        referees={
            "adjoint dot test": back,
            "five-point differences": np.array([mixed_difference(cost, W, K, M) for M in others]),
        },
        wrong={"skew": -back},
    )


@outside("hessian-vector-product", "sigma' has a kink at an entry of z")
def hessian_vector_product_kink(rng: np.random.Generator) -> Iterator[Check]:
    x, c, K = normal(rng, 4), normal(rng, 3), normal(rng, 4, 3)  # cost c^T sigma(W^T x)

    def gradient_at(W: Any) -> Any:  # sigma(z) = max(z, 0)^2
        return np.outer(x, c * 2 * np.maximum(W.T @ x, 0))

    W = normal(rng, 4, 3)
    W -= np.outer(x, x @ W) / (x @ x)  # W^T x = 0
    product = np.outer(x, c * (K.T @ x))  # its backward pass along K, with sigma''(0) = 1
    moves = K.T @ x
    yield Check(  # to the right and to the left
        stated=np.array([product, product]),
        referees={
            "one-sided differences": both_slopes(gradient_at, W, K),
            "the parabola on either side": np.array(
                [np.outer(x, c * 2 * np.where(s * moves > 0, moves, 0)) for s in (1, -1)]
            ),
        },
    )


def linearised_only(W: Array, K: Array, data: Array, target: Array, shapes: Any) -> Array:
    """2 J^T J K: the network's output replaced by its tangent."""

    def output(W: Any) -> Any:
        A, B = unpacked(W, *shapes)
        return np.tanh(B.T @ np.tanh(A.T @ data)).ravel()

    J = jacobian(output, W)
    return 2 * J.T @ (J @ K)


@claim("newton-schulz-residual")
def newton_schulz_residual(rng: np.random.Generator) -> Iterator[Check]:
    eye = draws.fractions(np.eye(3).astype(int))
    A, Y = rational(rng, 3, 3), rational(rng, 3, 3) + 30 * eye  # Y: invertible, whatever is drawn
    residual = eye - A @ Y
    step = Y @ (2 * eye - A @ Y)
    # Newton's method for Y^-1 - A = 0, its linear system found by complex steps
    point = Y.astype(float)
    slope = jacobian(inv, point)
    gap = (inv(point) - A.astype(float)).ravel(order="F")
    newton = point - solve(slope, gap).reshape(3, 3, order="F")
    yield Check(
        stated=residual @ residual,
        referees={
            "exact fractions": eye - A @ step,
            "Newton's step on Y^-1 - A": np.eye(3) - A.astype(float) @ newton,
        },
        wrong={"the residual itself": residual, "Y(2I - YA)": eye - A @ (2 * Y - Y @ Y @ A)},
        bounds={"Newton's step on Y^-1 - A": 1e-8},  # condition of Y, squared
    )
    # Inside the unit circle; inside, but with a norm above 1; outside; on it, the last time with a
    # singular start, where Newton's method is none. Triangles, whose eigenvalues are read off
    # exactly: a rounded -1 may lie inside.
    first = [
        np.array([[0.6, 0.2], [0.0, -0.5]]),
        np.array([[0.7, 5.0], [0.0, 0.6]]),
        np.array([[1.1, 0.0], [0.3, 0.2]]),
        np.array([[-1.0, 0.0], [0.3, 0.2]]),
        np.array([[1.0, 0.0], [0.3, 0.2]]),
    ]
    B = regular(rng, 2)
    arrived = []
    for E in first:
        Z = inv(B) @ (np.eye(2) - E)
        for _ in range(8):
            Z = Z @ (2 * np.eye(2) - B @ Z)
        arrived.append(bool(np.linalg.norm(np.eye(2) - B @ Z) < 1e-3))
    yield Check(  # does it converge?
        stated=[bool(max(abs(np.diag(E))) < 1) for E in first],
        referees={
            "8 steps": arrived,
            "powers of the residual": [
                bool(np.linalg.norm(np.linalg.matrix_power(E, 256)) < 1e-3) for E in first
            ],
        },
        wrong={
            "from every start": [True] * len(first),
            "if the norm is below 1": [bool(np.linalg.norm(E, 2) < 1) for E in first],
        },
    )


@claim("polar-newton")
def polar_newton(rng: np.random.Generator) -> Iterator[Check]:
    X = regular(rng, 4)
    U, s, V = svd(X)

    def step(X: Any) -> Any:
        return (X + inv(X).T) / 2

    limit = X
    for _ in range(12):
        limit = step(limit)
    w, Q = np.linalg.eigh(X.T @ X)
    yield Check(
        stated=U @ V.T,
        referees={"the iteration": limit, "X (X^T X)^(-1/2)": X @ (Q / np.sqrt(w)) @ Q.T},
        wrong={"V U^T": V @ U.T, "X / ||X||_2": X / s[0]},
    )
    start, h = orthogonal(rng, 4), normal(rng, 4, 4) / 8

    def polar(X: Array) -> Array:
        U, _, V = svd(X)
        return U @ V.T

    def error(t: float) -> Array:
        return step(start + t * h) - polar(start + t * h)

    def by_singular_values(t: float) -> Any:  # s -> (s + 1/s) / 2
        s = svd(start + t * h)[1]
        return np.max((s + 1 / s) / 2 - 1)

    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(error),
            "singular values": order(by_singular_values),
        },
        wrong={"linear": 1.0},
    )


@outside("polar-newton", "X is complex")
def polar_newton_complex(rng: np.random.Generator) -> Iterator[Check]:
    X: Array = regular(rng, 4) + 0.2j * normal(rng, 4, 4)
    U, _, Vh = np.linalg.svd(X)
    limit = X
    for _ in range(12):
        limit = (limit + inv(limit).T) / 2
    w, Q = np.linalg.eig(X.T @ X)
    yield Check(
        stated=U @ Vh,
        referees={"the iteration": limit, "X (X^T X)^(-1/2)": X @ (Q / np.sqrt(w)) @ inv(Q)},
    )


def riesz(
    f: Callable[[Any], Any], X: Array, basis: list[Array], first: Any, M: Array | None = None
) -> Array:
    """The gradient on the span of a basis: the G there with <G, E> = df[E] for each E of it.

    The inner product is Tr(E^T M F), or without M the Frobenius one.
    """
    gram = np.array([[np.sum(E * (F if M is None else M @ F)) for F in basis] for E in basis])
    slopes = np.array([first(f, X, E) for E in basis])
    coordinates = solve(gram, slopes)
    return np.sum([c * E for c, E in zip(coordinates, basis, strict=True)], axis=0)


def unit(n: int, i: int, j: int) -> Array:
    E = np.zeros((n, n))
    E[i, j] = 1.0
    return E


@claim("structured-gradient")
def structured_gradient(rng: np.random.Generator) -> Iterator[Check]:
    n = 3
    A, B = normal(rng, n, n), normal(rng, n, n)

    def f(X: Any) -> Any:
        return np.trace(A @ X @ B @ X) + np.trace(A @ X @ X @ X)

    for space, X, basis, project in subspaces(rng, n):
        for check in _on_a_subspace(f, X, basis, project, np.eye(n)):
            yield dataclasses.replace(check, table=functools.partial(gradient, f, X, inner=space))


def subspaces(
    rng: np.random.Generator, n: int
) -> list[tuple[Any, Array, list[Array], Callable[[Any], Any]]]:
    """Subspaces, each with a point, a basis, and what is stated to project on it."""
    below = [(i, j) for i in range(n) for j in range(i)]
    diagonal = [(i, i) for i in range(n)]
    return [
        (
            symmetric,
            draws.symmetric(rng, n),
            [unit(n, i, j) + unit(n, j, i) for i, j in below + diagonal],
            lambda G: (G + G.T) / 2,
        ),
        (
            skew,
            draws.skew(rng, n),
            [unit(n, i, j) - unit(n, j, i) for i, j in below],
            lambda G: (G - G.T) / 2,
        ),
        (
            lower_triangular,
            np.tril(normal(rng, n, n)),
            [unit(n, i, j) for i, j in below + diagonal],
            np.tril,
        ),
    ]


def _on_a_subspace(
    f: Callable[[Any], Any],
    X: Array,
    basis: list[Array],
    project: Callable[[Any], Any],
    M: Array,
) -> Iterator[Check]:
    """What is stated, against the gradient in the inner product Tr(X^T M Y)."""
    G = partials(f, X)
    yield Check(
        stated=project(G),
        referees={
            "complex step": riesz(f, X, basis, complex_step, M),
            "five-point differences": riesz(f, X, basis, five_point, M),
        },
        wrong={
            "G + G^T - diag G": G + G.T - np.diag(np.diagonal(G)),
            "G, not projected": G,
        },
    )


@outside("structured-gradient", "the inner product is Tr(X^T M Y)")
def structured_gradient_weighted(rng: np.random.Generator) -> Iterator[Check]:
    A, M = normal(rng, 3, 3), draws.positive_definite(rng, 3)

    def f(X: Any) -> Any:
        return np.trace(A @ X @ X @ X)

    for _, X, basis, project in subspaces(rng, 3):
        yield from _on_a_subspace(f, X, basis, project, M)


@claim("independent-entries")
def independent_entries(rng: np.random.Generator) -> Iterator[Check]:
    yield from _entries(rng, draws.symmetric(rng, 3))


@outside("independent-entries", "X is not symmetric, and its lower triangle is taken")
def independent_entries_not(rng: np.random.Generator) -> Iterator[Check]:
    yield from _entries(rng, normal(rng, 3, 3))


def _entries(rng: np.random.Generator, X: Array) -> Iterator[Check]:
    n = len(X)
    A, B = normal(rng, n, n), normal(rng, n, n)

    def f(X: Any) -> Any:
        return np.trace(A @ X @ B @ X)

    places = [(i, j) for i in range(n) for j in range(i + 1)]

    def filled(x: Any) -> Any:
        return sum(
            a * (unit(n, i, j) if i == j else unit(n, i, j) + unit(n, j, i))
            for a, (i, j) in zip(x, places, strict=True)
        )

    x = np.array([X[place] for place in places])
    G = partials(f, X)
    listed = G + G.T - np.diag(np.diagonal(G))
    yield Check(
        stated=np.array([listed[place] for place in places]),
        referees={
            "complex step": partials(lambda x: f(filled(x)), x),
            "five-point differences": partials(lambda x: f(filled(x)), x, five_point),
        },
        wrong={
            "the gradient (G + G^T)/2": np.array([sym(G)[place] for place in places]),
            "G + G^T": np.array([(G + G.T)[place] for place in places]),
        },
        table=lambda: gradient(lambda x: f(filled(x)), x),
    )


@claim("stiefel-gradient")
def stiefel_gradient(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 5, 3
    A, B = normal(rng, m, m), normal(rng, n, n)
    full = orthogonal(rng, m)
    Q, rest = full[:, :n], full[:, n:]

    def f(Q: Any) -> Any:
        return np.trace(A @ Q @ B @ Q.T) + np.sum(A[:, :n] * Q)

    G = partials(f, Q)
    skews = [unit(n, i, j) - unit(n, j, i) for i in range(n) for j in range(i)]
    blocks = [unit(m, i, j)[: m - n, :n] for i in range(m - n) for j in range(n)]
    tangents = [Q @ S for S in skews] + [rest @ K for K in blocks]
    constraint = jacobian(lambda Q: Q.T @ Q, Q)
    N = kernel(constraint)
    yield Check(
        stated=G - Q @ sym(Q.T @ G),
        referees={
            "complex step": riesz(f, Q, tangents, complex_step),
            "kernel of the constraint": (N @ (N.T @ G.ravel(order="F"))).reshape(m, n, order="F"),
        },
        wrong={
            "G, not projected": G,
            "(I - QQ^T) G, which loses rotations": G - Q @ Q.T @ G,
            "G - Q G^T Q, of another inner product": G - Q @ G.T @ Q,
        },
        table=lambda: gradient(f, Q) - Q @ sym(Q.T @ gradient(f, Q)),
    )


@outside("stiefel-gradient", "the metric is the canonical one, Tr(H^T (I - Q Q^T/2) K)")
def stiefel_gradient_canonical(rng: np.random.Generator) -> Iterator[Check]:
    A, full = normal(rng, 5, 5), orthogonal(rng, 5)
    Q, rest = full[:, :3], full[:, 3:]

    def f(Q: Any) -> Any:
        return np.sum(A[:, :3] * Q) + np.trace(Q.T @ A @ Q @ A[:3, :3])

    skews = [unit(3, i, j) - unit(3, j, i) for i in range(3) for j in range(i)]
    tangents = [Q @ S for S in skews] + [
        rest @ unit(3, i, j)[:2] for i in range(2) for j in range(3)
    ]
    G, M = partials(f, Q), np.eye(5) - Q @ Q.T / 2
    yield Check(
        stated=G - Q @ sym(Q.T @ G),
        referees={
            "complex step": riesz(f, Q, tangents, complex_step, M),
            "G - Q G^T Q": G - Q @ G.T @ Q,
        },
    )


@claim("unit-vector-differential")
def unit_vector_differential(rng: np.random.Generator) -> Iterator[Check]:
    v, h = 2 * normal(rng, 4), normal(rng, 4)

    def to_unit(v: Any) -> Any:
        return v / np.sqrt(v @ v)

    length = np.linalg.norm(v)
    e = v / length
    yield Check(
        stated=(h - e * (e @ h)) / length,
        referees={
            "complex step": complex_step(to_unit, v, h),
            "five-point differences": near(to_unit, v, h),
        },
        wrong={"h / ||v||": h / length, "not divided by the length": h - e * (e @ h)},
        table=lambda: differential(lambda v: v / np.linalg.norm(v), v, h),
    )


@claim("rayleigh-gradient")
def rayleigh_gradient(rng: np.random.Generator) -> Iterator[Check]:
    yield from _rayleigh(draws.symmetric(rng, 4), 2 * normal(rng, 4))
    # Where it is zero: an eigenvector, a mixture of two to one eigenvalue, a mixture of two to two.
    Q = orthogonal(rng, 4)
    A = sym((Q * np.array([-1.0, 0.5, 2.0, 2.0])) @ Q.T)
    places = [Q[:, 0], Q[:, 2] - 2 * Q[:, 3], Q[:, 0] + Q[:, 1]]

    def zero(v: Array, step: Callable[..., Any]) -> bool:
        return bool(np.max(np.abs(partials(lambda v: (v @ A @ v) / (v @ v), v, step))) < 1e-6)

    yield Check(
        stated=[True, True, False],
        referees={
            "complex step": [zero(v, complex_step) for v in places],
            "five-point differences": [zero(v, near) for v in places],
        },
        wrong={
            "at no mixture": [True, False, False],
            "at every mixture of eigenvectors": [True, True, True],
        },
    )


@outside("rayleigh-gradient", "A is not symmetric")
def rayleigh_gradient_not(rng: np.random.Generator) -> Iterator[Check]:
    yield from _rayleigh(draws.symmetric(rng, 4) + 0.2 * draws.skew(rng, 4), 2 * normal(rng, 4))


def _rayleigh(A: Array, v: Array) -> Iterator[Check]:
    def rho(v: Any) -> Any:
        return (v @ A @ v) / (v @ v)

    square = v @ v
    yield Check(
        stated=2 * (A @ v - rho(v) * v) / square,
        referees={
            "complex step": partials(rho, v),
            "five-point differences": partials(rho, v, near),
        },
        wrong={
            "2 A v / ||v||^2, the denominator held still": 2 * A @ v / square,
            "not divided by ||v||^2": 2 * (A @ v - rho(v) * v),
        },
        table=lambda: gradient(rho, v),
    )
