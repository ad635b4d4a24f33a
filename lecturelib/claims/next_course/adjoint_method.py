"""Checks of the claims of the page "The adjoint method"."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...calculus import differential, gradient, jacobian_matrix
from ...functions import expm, softmax
from ..algorithms import exp_by_series
from ..checking import Check, claim, outside
from ..draws import normal, regular
from ..referees import complex_step, five_point, jacobian, partials
from .shared import Array, near, of_size_one, quadrature, upper_right

inv, det, solve = np.linalg.inv, np.linalg.det, np.linalg.solve


class Loaded:
    """A(p) u = b and J = c^T u + sum u_i^3, where b, or J, may depend on p, too."""

    def __init__(self, rng: np.random.Generator) -> None:
        n, parameters = 4, 3
        self.base, self.b, self.c = 2 * regular(rng, n), normal(rng, n), normal(rng, n)
        # the matrix stays invertible
        self.slopes = [of_size_one(rng, n) / 2 for _ in range(parameters)]
        self.p = rng.uniform(-0.5, 0.5, parameters)
        self.load, self.share = np.zeros(n), 0.0

    def matrix(self, p: Any) -> Any:
        linear = sum(a * S for a, S in zip(p, self.slopes, strict=True))
        return self.base + linear + p[0] * p[1] * self.slopes[2]

    def slope(self, k: int) -> Array:
        return self.slopes[k] + (self.p[1 - k] * self.slopes[2] if k < 2 else 0)

    def result(self, p: Any) -> Any:
        """J; what depends on p beside A moves with its first entry."""
        more = p[0] - self.p[0]
        u = solve(self.matrix(p), self.b + more * self.load)
        return self.c @ u + np.sum(u**3) + more * self.share


@claim("adjoint-method-linear")
def adjoint_method_linear(rng: np.random.Generator) -> Iterator[Check]:
    loaded = Loaded(rng)
    yield from _adjoint(loaded)
    A, u = loaded.matrix(loaded.p), solve(loaded.matrix(loaded.p), loaded.b)
    weights = solve(A.T, loaded.c + 3 * u**2)
    still = np.array([-weights @ loaded.slope(k) @ u for k in range(3)])
    other = copy.copy(loaded)
    other.load = normal(rng, 4)  # the right side depends on the first parameter, too
    yield Check(
        stated=still + np.array([weights @ other.load, 0, 0]),
        referees={
            "complex step": partials(other.result, other.p),
            "five-point differences": partials(other.result, other.p, near),
        },
        wrong={"as if b stood still": still},
        table=lambda: gradient(other.result, other.p),
    )


def _adjoint(loaded: Loaded) -> Iterator[Check]:
    A, u = loaded.matrix(loaded.p), solve(loaded.matrix(loaded.p), loaded.b)
    g = loaded.c + 3 * u**2
    weights, dA = solve(A.T, g), [loaded.slope(k) for k in range(3)]
    yield Check(
        stated=np.array([-weights @ D @ u for D in dA]),
        referees={
            "complex step": partials(loaded.result, loaded.p),
            "five-point differences": partials(loaded.result, loaded.p, near),
        },
        wrong={
            "A in place of its transpose": np.array([-solve(A, g) @ D @ u for D in dA]),
            "sign lost": np.array([weights @ D @ u for D in dA]),
        },
        table=lambda: gradient(loaded.result, loaded.p),
    )


@outside("adjoint-method-linear", "b depends on p")
def adjoint_method_linear_load(rng: np.random.Generator) -> Iterator[Check]:
    loaded = Loaded(rng)
    loaded.load = 0.1 * normal(rng, 4)
    yield from _adjoint(loaded)


@outside("adjoint-method-linear", "g depends on p")
def adjoint_method_linear_share(rng: np.random.Generator) -> Iterator[Check]:
    loaded = Loaded(rng)
    loaded.share = 0.1
    yield from _adjoint(loaded)


@outside("adjoint-method-linear", "u is complex, and g = |u|^2 real")
def adjoint_method_linear_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, D, b = regular(rng, 4) + 0.3j * normal(rng, 4, 4), normal(rng, 4, 4), normal(rng, 4)
    u = solve(A, b)
    weights = solve(A.T, 2 * u)  # the adjoint would be A^H

    def result(p: float) -> float:
        return float(np.linalg.norm(solve(A + p * D, b)) ** 2)

    yield Check(
        stated=-weights @ D @ u,
        referees={
            "five-point differences": near(result, 0.0, 1.0),
            "with A^H": -(solve(A.conj().T, 2 * u).conj() @ D @ u).real,
        },
    )


@claim("adjoint-method-ode")
def adjoint_method_ode(rng: np.random.Generator) -> Iterator[Check]:
    yield from _in_time(rng, 0.0, 0.0)


def _in_time(rng: np.random.Generator, start_moves: float, watched_moves: float) -> Iterator[Check]:
    """What is stated, where x(0) and c may depend on p, too."""
    n = 3
    A, D = of_size_one(rng, n), normal(rng, n, n)  # A(p) = A + p D at p = 0
    start, C = normal(rng, n), normal(rng, 2, n)  # two numbers are watched, a row of C for each

    def state(t: float) -> Array:
        return exp_by_series(t * A) @ start

    def weights(t: float, A: Array) -> Array:
        """lambda' = -A^T lambda, backwards from lambda(1) = c, for both rows c."""
        return C @ exp_by_series((1 - t) * A)

    d, K = normal(rng, n), normal(rng, 2, n)

    def goals(p: Any) -> Any:
        watched = C + p * watched_moves * K
        return watched @ exp_by_series(A + p * D) @ (start + p * start_moves * d)

    moved = start_moves * C @ exp_by_series(A) @ d + watched_moves * K @ state(1.0)
    yield Check(
        stated=quadrature(lambda t: weights(t, A) @ D @ state(t)),
        referees={
            "complex step": complex_step(goals, 0.0, 1.0),
            "block exponential": C @ upper_right(A, D) @ start + moved,
        },
        wrong={
            "A not transposed": quadrature(lambda t: weights(t, A.T) @ D @ state(t)),
            "c^T D x(1), as if they commuted": C @ D @ state(1.0),
        },
        table=lambda: differential(lambda p: C @ expm(A + p * D) @ start, 0.0, 1.0),
    )
    integral = quadrature(lambda t: weights(t, A) @ D @ state(t))

    def started(p: Any) -> Any:  # the starting value depends on the parameter, too
        return C @ exp_by_series(A + p * D) @ (start + p * d)

    yield Check(
        stated=integral + weights(0.0, A) @ d,
        referees={
            "complex step": complex_step(started, 0.0, 1.0),
            "five-point differences": near(started, 0.0, 1.0),
        },
        wrong={"as if x(0) stood still": integral},
    )


@outside("adjoint-method-ode", "x(0) depends on p")
def adjoint_method_ode_start(rng: np.random.Generator) -> Iterator[Check]:
    yield next(_in_time(rng, 0.1, 0.0))


@outside("adjoint-method-ode", "c depends on p")
def adjoint_method_ode_watched(rng: np.random.Generator) -> Iterator[Check]:
    yield next(_in_time(rng, 0.0, 0.1))


def softmax_by_hand(x: Any) -> Any:
    e = np.exp(x)
    return e / np.sum(e)


@claim("softmax-jacobian")
def softmax_jacobian(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, 4)
    p = softmax_by_hand(x)
    yield Check(
        stated=np.diag(p) - np.outer(p, p),
        referees={
            "complex step": jacobian(softmax_by_hand, x),
            "five-point differences": jacobian(softmax_by_hand, x, near),
        },
        wrong={
            "diag(p (1 - p)), as for the sigmoid": np.diag(p * (1 - p)),
            "diag p": np.diag(p),
        },
        table=lambda: jacobian_matrix(softmax, x),
    )


@claim("cross-entropy-gradient")
def cross_entropy_gradient(rng: np.random.Generator) -> Iterator[Check]:
    x, y = normal(rng, 4), softmax_by_hand(normal(rng, 4))
    yield from _cross_entropy(x, y, lambda x: y)
    p = softmax_by_hand(x)

    def twice(x: Any) -> Any:
        return -np.sum(2 * y * np.log(softmax_by_hand(x)))

    yield Check(  # targets that add up to 2
        stated=2 * p - 2 * y,
        referees={
            "complex step": partials(twice, x),
            "five-point differences": partials(twice, x, near),
        },
        wrong={"p - y for every sum of the y": p - 2 * y},
        table=lambda: gradient(lambda x: -np.sum(2 * y * np.log(softmax(x))), x),
    )


@outside("cross-entropy-gradient", "the y add up to a little more than 1")
def cross_entropy_gradient_sum(rng: np.random.Generator) -> Iterator[Check]:
    x, y = normal(rng, 4), 1.05 * softmax_by_hand(normal(rng, 4))
    yield from _cross_entropy(x, y, lambda x: y)


@outside("cross-entropy-gradient", "y depends on x")
def cross_entropy_gradient_moving(rng: np.random.Generator) -> Iterator[Check]:
    x, y = normal(rng, 4), softmax_by_hand(normal(rng, 4))
    # softer and softer targets: still a sum of 1
    yield from _cross_entropy(x, y, lambda z: softmax_by_hand(np.log(y) + 0.1 * (z - x)))


def _cross_entropy(x: Array, y: Array, targets: Callable[[Any], Any]) -> Iterator[Check]:
    p = softmax_by_hand(x)

    def cost(x: Any) -> Any:
        return -np.sum(targets(x) * np.log(softmax_by_hand(x)))

    yield Check(
        stated=p - y,
        referees={
            "complex step": partials(cost, x),
            "five-point differences": partials(cost, x, near),
        },
        wrong={
            "-y / p, the gradient by p": -y / p,
            "(p - y) times p(1 - p), as for squares": (p - y) * p * (1 - p),
        },
        table=lambda: gradient(lambda x: -np.sum(y * np.log(softmax(x))), x),
    )


@claim("wirtinger-gradient")
def wirtinger_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, b, z = (normal(rng, *shape) + 1j * normal(rng, *shape) for shape in ((4, 3), (4,), (3,)))

    def by_real_parts(f: Callable[[Any, Any], Any], first: Any) -> Array:
        """(df/dx + i df/dy) / 2 for f of z = x + iy, in real arithmetic."""
        slope_x = partials(lambda x: f(x, z.imag), z.real, first)
        slope_y = partials(lambda y: f(z.real, y), z.imag, first)
        return (slope_x + 1j * slope_y) / 2

    def squares(x: Any, y: Any) -> Any:
        real = A.real @ x - A.imag @ y - b.real
        imag = A.imag @ x + A.real @ y - b.imag
        return np.sum(real**2) + np.sum(imag**2)

    r = A @ z - b
    yield Check(
        stated=A.conj().T @ r,
        referees={
            "complex step": by_real_parts(squares, complex_step),
            "five-point differences": by_real_parts(squares, five_point),
        },
        wrong={"A^T in place of A^H": A.T @ r, "twice, as for real z": 2 * A.conj().T @ r},
    )
    B = A.conj().T @ A
    form = hermitian_form(B)
    yield Check(
        stated=B @ z,
        referees={
            "complex step": by_real_parts(form, complex_step),
            "five-point differences": by_real_parts(form, five_point),
        },
        wrong={"B^T z": B.T @ z, "2 B z": 2 * B @ z},
    )
    yield from _along(form, z, B @ z, normal(rng, 3, 3) + 1j * normal(rng, 3, 3))


def hermitian_form(B: Array) -> Callable[[Any, Any], Any]:
    """z^H B z of z = x + iy for a Hermitian B, in real arithmetic."""
    return lambda x, y: x @ B.real @ x + y @ B.real @ y + 2 * y @ B.imag @ x


def _along(
    f: Callable[[Any, Any], Any], z: Array, slope: Array, directions: Array
) -> Iterator[Check]:
    """df = 2 Re <slope, dz>, with the conjugate on the slope."""

    def along(k: Array) -> Callable[[Any], Any]:
        return lambda t: f(z.real + t * k.real, z.imag + t * k.imag)

    stated = [2 * np.real(slope.conj() @ k) for k in directions]
    yield Check(
        stated=stated,
        referees={
            "complex step": [complex_step(along(k), 0.0, 1.0) for k in directions],
            "five-point differences": [five_point(along(k), 0.0, 1.0) for k in directions],
        },
        wrong={"twice, as for real z": [2 * x for x in stated]},
    )


def complex_example(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """A Hermitian matrix, a point, and three directions."""
    A, directions = (normal(rng, 3, 3) + 1j * normal(rng, 3, 3) for _ in range(2))
    return A + A.conj().T, normal(rng, 3) + 1j * normal(rng, 3), directions


@outside("wirtinger-gradient", "<a, b> is a^T b, without a conjugate")
def wirtinger_gradient_transpose(rng: np.random.Generator) -> Iterator[Check]:
    B, z, directions = complex_example(rng)
    yield from _along(hermitian_form(B), z, (B @ z).conj(), directions)


@outside("wirtinger-gradient", "B is not Hermitian, and f not real-valued")
def wirtinger_gradient_complex(rng: np.random.Generator) -> Iterator[Check]:
    B, z, directions = complex_example(rng)
    B = B + 0.1 * normal(rng, 3, 3)

    def along(k: Array) -> Callable[[Any], Any]:
        return lambda t: (z + t * k).conj() @ B @ (z + t * k)

    yield Check(
        stated=[2 * np.real((B @ z).conj() @ k) for k in directions],
        referees={
            "five-point differences": [five_point(along(k), 0.0, 1.0) for k in directions],
            "product rule": [k.conj() @ B @ z + z.conj() @ B @ k for k in directions],
        },
    )


@outside("wirtinger-gradient", "f has partial derivatives, and is not differentiable")
def wirtinger_gradient_rough(rng: np.random.Generator) -> Iterator[Check]:
    k = complex(*normal(rng, 2))  # f = x^3 / (x^2 + y^2) at 0: 1 along x, 0 along y
    angle, t = np.angle(k), float(rng.uniform(0.1, 1.0))
    yield Check(
        stated=2 * np.real(np.conj((1 + 0j) / 2) * k),
        referees={
            "walking along k": (t * k.real) ** 3 / ((t * k.real) ** 2 + (t * k.imag) ** 2) / t,
            "polar coordinates": abs(k) * np.cos(angle) ** 3,
        },
    )
