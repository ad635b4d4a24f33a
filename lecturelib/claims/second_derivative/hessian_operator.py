"""Checks of the claims of the page "The Hessian operator"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient, hessian, second_derivative, taylor
from ...spaces import weighted
from ..checking import Check, claim, outside
from ..draws import fractions, positive_definite, rational, skew
from ..referees import (
    circle,
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    mixed_difference,
    partials,
    second_difference,
)
from .shared import (
    Matrix,
    Smooth,
    Vector,
    as_floats,
    directions_like,
    expansion,
    hessian_by_differences,
    like,
    of_a_matrix,
    of_a_number,
    of_a_vector,
    polarized,
)

# -- Further referees -----------------------------------------------------------------------------


def _double_circle(f: Callable[[Any], Any], X: Any, H: Any, K: Any) -> float:
    """The mixed derivative along H and K, from values on two circles (Cauchy, twice)."""
    n, r = 16, 0.125
    z = np.exp(2j * np.pi * np.arange(n) / n)
    values = [[f(X + r * (a * H + b * K)) for b in z] for a in z]
    return float((z**-1 @ np.array(values) @ z**-1).real / (n * r) ** 2)


# -- Gradient and Hessian in general --------------------------------------------------------------


@claim("hessian-operator")
def hessian_operator(rng: np.random.Generator) -> Iterator[Check]:
    s = of_a_matrix(rng)
    H, K = like(rng, s.x), like(rng, s.x)
    units = np.eye(s.x.size).reshape(-1, *s.x.shape)
    entries = [polarized(lambda D: circle(s.f, s.x, D, 2), H, E) for E in units]
    yield Check(
        stated=s.hessian(H),
        referees={
            "five-point differences": five_point(lambda X: partials(s.f, X), s.x, H),
            "circle in the complex plane": np.reshape(entries, s.x.shape),
        },
        wrong={"(d^2f/dx_ij^2) H_ij, entry by entry": _diagonal_part(s, units) * H},
        table=lambda: hessian(s.f, s.x)[H],
    )
    yield Check(  # linear and self-adjoint
        stated=[s.second(2 * H - 3 * K, K), s.second(H, K)],
        referees={
            "linearity": [2 * s.second(H, K) - 3 * s.second(K, K), s.second(K, H)],
            "five-point differences": [
                2 * mixed_difference(s.f, s.x, K, H) - 3 * mixed_difference(s.f, s.x, K, K),
                mixed_difference(s.f, s.x, K, H),
            ],
        },
        wrong={"quadratic in H": [4 * s.second(H, K) + 9 * s.second(K, K), s.second(H, K)]},
        table=lambda: [
            np.sum(hessian(s.f, s.x)[2 * H - 3 * K] * K),
            np.sum(H * hessian(s.f, s.x)[K]),
        ],
    )


def _diagonal_part(s: Smooth, units: Matrix) -> Matrix:
    return np.reshape([s.second(E, E) for E in units], s.x.shape)


@claim("eq-19-gradient-general")
def gradient_general(rng: np.random.Generator) -> Iterator[Check]:
    s, W = of_a_matrix(rng), positive_definite(rng, 4)
    L, directions, shape = np.linalg.cholesky(W), directions_like(rng, s.x), s.x.shape
    units = np.eye(s.x.size).reshape(-1, *shape)
    gram = np.array([[np.sum(E * (W @ F)) for F in units] for E in units])
    G = np.linalg.solve(W, s.gradient)
    yield Check(
        stated=G,
        referees={
            # <G, E> = df[E] for every unit matrix E: as many equations as entries
            "Gram matrix": np.linalg.solve(gram, partials(s.f, s.x).ravel()).reshape(shape),
            # with Z = L^T X the inner product is the sum of products of entries
            "orthonormal coordinates": np.linalg.solve(
                L.T, partials(lambda Z: s.f(np.linalg.solve(L.T, Z)), L.T @ s.x)
            ),
        },
        wrong={
            "the partial derivatives": s.gradient,
            "W for its inverse": W @ s.gradient,
        },
        table=lambda: gradient(s.f, s.x, inner=weighted(W)),
    )
    yield Check(
        stated=[np.sum(G * (W @ H)) for H in directions],
        referees={
            "complex step": [complex_step(s.f, s.x, H) for H in directions],
            "five-point differences": [five_point(s.f, s.x, H) for H in directions],
        },
        wrong={"paired without W": [np.sum(G * H) for H in directions]},
        table=lambda: [differential(s.f, s.x, H) for H in directions],
    )


@claim("eq-20-hessian-general")
def hessian_general(rng: np.random.Generator) -> Iterator[Check]:
    s, W = of_a_matrix(rng), positive_definite(rng, 4)
    L, H, shape = np.linalg.cholesky(W), like(rng, s.x), s.x.shape
    units = np.eye(s.x.size).reshape(-1, *shape)
    gram = np.array([[np.sum(E * (W @ F)) for F in units] for E in units])
    pairs = np.array([polarized(lambda D: circle(s.f, s.x, D, 2), H, E) for E in units])
    yield Check(
        stated=np.linalg.solve(W, s.hessian(H)),
        referees={
            "Gram matrix": np.linalg.solve(gram, pairs).reshape(shape),
            "five-point differences": np.linalg.solve(
                L.T,
                five_point(
                    lambda Z: partials(lambda Z: s.f(np.linalg.solve(L.T, Z)), Z),
                    L.T @ s.x,
                    L.T @ H,
                ),
            ),
        },
        wrong={"without the inverse of W": s.hessian(H)},
        table=lambda: hessian(s.f, s.x, inner=weighted(W))[H],
    )
    # The quadratic form alone does not tell M from M + S with S skew-symmetric.
    v, S = of_a_vector(rng), skew(rng, 3)
    directions, M = directions_like(rng, v.x), np.array([v.hessian(e) for e in np.eye(3)])
    yield Check(
        stated=[h @ (M + S) @ h for h in directions],
        referees={
            "circle in the complex plane": [circle(v.f, v.x, h, 2) for h in directions],
            "second differences": [second_difference(v.f, v.x, h) for h in directions],
        },
        table=lambda: [second_derivative(v.f, v.x, h) for h in directions],
    )
    yield Check(
        stated=M,
        referees={
            "five-point differences": [
                [mixed_difference(v.f, v.x, a, b) for b in np.eye(3)] for a in np.eye(3)
            ],
            "second differences": hessian_by_differences(v.f, v.x),
        },
        wrong={"a skew part added (E24)": M + S},
        table=lambda: hessian(v.f, v.x).matrix(),
    )


# -- The second derivative along a line, and along two --------------------------------------------


@claim("eq-21-curve-taylor")
def curve_taylor(rng: np.random.Generator) -> Iterator[Check]:
    s = of_a_matrix(rng)
    yield from expansion(s, rng, "1/2 lost (E25)", lambda H: taylor(s.f, s.x, H, 2))
    n = of_a_number(rng)
    yield Check(
        stated=n.second(2.0, 2.0) / 2,
        referees={
            "circle in the complex plane": circle(n.f, n.x, 2.0, 2) / 2,
            "second differences": second_difference(n.f, n.x, 2.0) / 2,
        },
        wrong={"d^2/dx^2 for d^2/dt^2 (E26)": n.second(1.0, 1.0) / 2},
        table=lambda: taylor(n.f, n.x, 2.0, 2)[2],
    )


def _first_along(s: Smooth, H: list[Any]) -> Check:
    return Check(
        stated=[s.first(h) for h in H],
        referees={
            "complex step": [complex_step(s.f, s.x, h) for h in H],
            "five-point differences": [five_point(s.f, s.x, h) for h in H],
        },
        wrong={
            "f(x + h) - f(x)": [s.f(s.x + h) - s.value for h in H],
            "direction scaled to length 1": [s.first(h) / np.sqrt(np.sum(h * h)) for h in H],
        },
        table=lambda: [differential(s.f, s.x, h) for h in H],
    )


@claim("eq-22-first-derivative")
def first_derivative(rng: np.random.Generator) -> Iterator[Check]:
    for s in (of_a_number(rng), of_a_vector(rng), of_a_matrix(rng)):
        yield _first_along(s, directions_like(rng, s.x))


def _second_along(s: Smooth, H: list[Any]) -> Check:
    return Check(
        stated=[s.second(h, h) for h in H],
        referees={
            "circle in the complex plane": [circle(s.f, s.x, h, 2) for h in H],
            "second differences": [second_difference(s.f, s.x, h) for h in H],
        },
        wrong={
            "the coefficient of t^2": [s.second(h, h) / 2 for h in H],
            "the first derivative, squared": [s.first(h) ** 2 for h in H],
        },
        table=lambda: [second_derivative(s.f, s.x, h) for h in H],
    )


@claim("eq-23-second-derivative")
def second_derivative_along(rng: np.random.Generator) -> Iterator[Check]:
    for s in (of_a_number(rng), of_a_vector(rng), of_a_matrix(rng)):
        yield _second_along(s, directions_like(rng, s.x))


def _cubic(A: Matrix, B: Matrix, C: Matrix) -> Callable[[Any], Any]:
    return lambda X: np.sum(C * X) * np.sum(X * (A @ X @ B))


@claim("eq-24-second-derivative")
def second_derivative_first(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C, X = (rational(rng, *shape) for shape in ((4, 4), (3, 3), (4, 3), (4, 3)))
    f, g = _cubic(A, B, C), _cubic(*as_floats(A, B, C))
    directions = [rational(rng, 4, 3) for _ in range(3)]
    cross = [np.sum(H * (A @ X @ B)) + np.sum(X * (A @ H @ B)) for H in directions]
    cross = [np.sum(C * H) * c for H, c in zip(directions, cross, strict=True)]
    x, *floats = as_floats(X, *directions)
    pure = [np.sum(C * X) * np.sum(H * (A @ H @ B)) for H in directions]
    yield Check(
        stated=[2 * c + 2 * p for c, p in zip(cross, pure, strict=True)],
        referees={
            "exact fractions": [2 * exact_coefficients(f, X, H, 3)[2] for H in directions],
            "circle in the complex plane": [circle(g, x, h, 2) for h in floats],
        },
        wrong={
            "the coefficient of t^2": [c + p for c, p in zip(cross, pure, strict=True)],
            "cross terms once": [c + 2 * p for c, p in zip(cross, pure, strict=True)],
        },
        table=lambda: [second_derivative(g, x, h) for h in floats],
    )


Bilinear = Callable[[Smooth, Any, Any], Any]


def _along_pairs(
    rng: np.random.Generator, stated: Bilinear, wrong: dict[str, Bilinear], table: Bilinear
) -> Check:
    """The second derivative of two directions, for three pairs of them."""
    s = of_a_matrix(rng)
    pairs = [(like(rng, s.x), like(rng, s.x)) for _ in range(3)]
    return Check(
        stated=[stated(s, H, K) for H, K in pairs],
        referees={
            "five-point differences": [mixed_difference(s.f, s.x, K, H) for H, K in pairs],
            "two circles in the complex plane": [_double_circle(s.f, s.x, H, K) for H, K in pairs],
        },
        wrong={name: [value(s, H, K) for H, K in pairs] for name, value in wrong.items()},
        table=lambda: [table(s, H, K) for H, K in pairs],
    )


def _quarter(s: Smooth, H: Any, K: Any) -> Any:
    return polarized(lambda D: s.second(D, D), H, K)


def _whole(s: Smooth, H: Any, K: Any) -> Any:
    return s.second(H + K, H + K) - s.second(H, H) - s.second(K, K)


@claim("eq-25-polarisation")
def polarisation(rng: np.random.Generator) -> Iterator[Check]:
    yield _along_pairs(
        rng,
        stated=_quarter,
        wrong={
            "1/2 for 1/4": lambda s, H, K: 2 * _quarter(s, H, K),
            "q(h + k) - q(h) - q(k), not halved": _whole,
        },
        table=lambda s, H, K: second_derivative(s.f, s.x, H, K),
    )
    # x^4/(x^2 + y^2) has a second derivative along each line through 0, and they make no quadratic
    # form: what polarisation makes of them is not bilinear.
    e, d = fractions([[1, 0], [0, 1]])

    def quartic(x: Vector) -> Any:
        return x[0] ** 4 / (x[0] ** 2 + x[1] ** 2) if any(x) else 0

    def sides(q: Callable[[Vector], Any]) -> list[Any]:
        return [polarized(q, e, e) + polarized(q, e, d), polarized(q, e, e + d)]

    yield Check(
        stated=[2, Fraction(8, 5)],
        referees={
            "exact fractions": sides(lambda h: 2 * quartic(h)),
            "second differences": sides(
                lambda h: second_difference(quartic, np.zeros(2), h.astype(float))
            ),
        },
        wrong={"bilinear without C^2 (E27)": [2, 2]},
    )


@claim("bilinear-diagonal")
def bilinear_diagonal(rng: np.random.Generator) -> Iterator[Check]:
    s = of_a_matrix(rng)
    directions = directions_like(rng, s.x)
    yield Check(
        stated=[_quarter(s, H, H) for H in directions],
        referees={
            "circle in the complex plane": [circle(s.f, s.x, H, 2) for H in directions],
            "five-point differences": [mixed_difference(s.f, s.x, H, H) for H in directions],
        },
        wrong={
            "half of it": [s.second(H, H) / 2 for H in directions],
            "the value at 2h": [4 * s.second(H, H) for H in directions],
        },
        table=lambda: [second_derivative(s.f, s.x, H, H) for H in directions],
    )


@claim("eq-26-mixed")
def mixed(rng: np.random.Generator) -> Iterator[Check]:
    yield _along_pairs(
        rng,
        stated=Smooth.second,
        wrong={
            "product of the first derivatives": lambda s, H, K: s.first(H) * s.first(K),
            "half of it": lambda s, H, K: s.second(H, K) / 2,
        },
        table=lambda s, H, K: np.sum(hessian(s.f, s.x)[H] * K),
    )
    # f not C^2 (Peano): by polarization, and in the two orders, it is 0, 1 and -1.
    zero, (e, k) = np.zeros(2), np.eye(2)
    t, r = Fraction(1, 10**10), Fraction(1, 10**30)
    yield Check(
        stated=[0.0, 1.0, -1.0],
        referees={
            "five-point differences": [
                polarized(lambda h: second_difference(_peano, zero, h), e, k),
                mixed_difference(_peano, zero, k, e),
                mixed_difference(_peano, zero, e, k),
            ],
            "quotients of fractions": [
                polarized(lambda h: 2 * _peano(h), fractions([1, 0]), fractions([0, 1])),
                _peano([t, r]) / r / t,  # first s -> 0, then t -> 0
                _peano([r, t]) / r / t,
            ],
        },
        wrong={"one value for every order": [0.0, 0.0, 0.0]},
    )


def _peano(x: Any) -> Any:
    """x y (x^2 - y^2) / (x^2 + y^2): homogeneous of degree 2, not C^2 at 0."""
    a, b = x[0] * x[0], x[1] * x[1]
    return x[0] * x[1] * (a - b) / (a + b) if a + b != 0 else 0 * a


@claim("sol-25-equals-26")
def polarised_is_mixed(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = rational(rng, 4, 4), rational(rng, 3, 3), rational(rng, 4, 3)
    X, H, K = (rational(rng, 4, 3) for _ in range(3))
    f, g = _cubic(A, B, C), _cubic(*as_floats(A, B, C))

    def pair(H: Matrix, K: Matrix) -> Any:  # Tr(H^T A K B) and the same with H and K exchanged
        return np.sum(H * (A @ K @ B)) + np.sum(K * (A @ H @ B))

    def along_second(Y: Matrix) -> Any:  # d/ds f(Y + sK) at s = 0
        return exact_coefficients(f, Y, K, 3)[1]

    def q(H: Matrix) -> Any:
        return 2 * exact_coefficients(f, X, H, 3)[2]

    value = sum(np.sum(C * U) * pair(V, W) for U, V, W in ((H, X, K), (K, X, H), (X, H, K)))
    yield Check(
        stated=value,
        referees={
            "(25) in fractions": polarized(q, H, K),
            "(26) in fractions": exact_coefficients(along_second, X, H, 2)[1],
            "five-point differences": mixed_difference(g, *as_floats(X, H, K)),
        },
        bounds={"(25) in fractions": 0.0, "(26) in fractions": 0.0},
        wrong={
            "1/2 for 1/4": 2 * value,
            "q(h + k) - q(h) - q(k), not halved": q(H + K) - q(H) - q(K),
        },
        table=lambda: second_derivative(g, *as_floats(X, H, K)),
    )


# -- The example Tr(X^T A X B) --------------------------------------------------------------------


@dataclass(frozen=True)
class TraceForm:
    """f(X) = Tr(X^T A X B), A and B symmetric, a point and directions: whole numbers, exact."""

    A: Matrix
    B: Matrix
    X: Matrix
    H: Matrix
    K: Matrix

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> TraceForm:
        shapes = ((4, 4), (3, 3), (4, 3), (4, 3), (4, 3))
        A, B, X, H, K = (fractions(rng.integers(-9, 10, shape)) for shape in shapes)
        return cls(A + A.T, B + B.T, X, H, K)

    def f(self, X: Matrix) -> Any:
        return np.sum(X * (self.A @ X @ self.B))

    def pair(self, H: Matrix, K: Matrix) -> Any:
        """Tr(H^T A K B)."""
        return np.sum(H * (self.A @ K @ self.B))

    def mixed(self, H: Matrix, *directions: Matrix) -> list[Any]:
        """d/dt d/ds f(X + tH + sK) for each K: exact by differences, since f has degree 2."""
        at_X, at_H = self.f(self.X), self.f(self.X + H)
        return [self.f(self.X + H + K) - at_H - self.f(self.X + K) + at_X for K in directions]

    def quadratic(self, H: Matrix) -> Any:
        """d^2/dt^2 f(X + tH), likewise."""
        return self.f(self.X + H) - 2 * self.f(self.X) + self.f(self.X - H)

    def in_floats(self) -> tuple[Callable[[Any], Any], Matrix, Matrix, Matrix]:
        A, B, X, H, K = as_floats(self.A, self.B, self.X, self.H, self.K)
        return lambda X: np.trace(X.T @ A @ X @ B), X, H, K


@claim("example-hessian-mixed")
def example_mixed(rng: np.random.Generator) -> Iterator[Check]:
    e = TraceForm.drawn(rng)
    f, X, H, K = e.in_floats()
    printed = [e.pair(e.H, e.K), e.pair(e.K, e.H)]
    yield Check(
        stated=[2 * printed[0], 2 * printed[1]],
        referees={
            "exact fractions": e.mixed(e.H, e.K) + e.mixed(e.K, e.H),
            "five-point differences": [mixed_difference(f, X, H, K), mixed_difference(f, X, K, H)],
        },
        wrong={"Tr(H^T A K B) without the factor 2 (E28)": printed},
        table=lambda: [np.sum(hessian(f, X)[H] * K), np.sum(hessian(f, X)[K] * H)],
    )


@claim("hessian-operator-2AHB")
def hessian_of_trace_form(rng: np.random.Generator) -> Iterator[Check]:
    e = TraceForm.drawn(rng)
    f, X, H, _ = e.in_floats()
    units = fractions(np.eye(12, dtype=int)).reshape(-1, 4, 3)
    AHB = e.A @ e.H @ e.B
    yield Check(
        stated=2 * AHB,
        referees={
            "exact fractions": np.reshape(e.mixed(e.H, *units), (4, 3)),
            "five-point differences": five_point(lambda X: partials(f, X), X, H),
        },
        wrong={"AHB without the factor 2 (E28)": AHB},
        table=lambda: hessian(f, X)[H],
    )
    A, B = as_floats(e.A, e.B)
    yield Check(
        stated=2 * np.kron(B, A),
        referees={
            "five-point differences": jacobian(lambda X: partials(f, X), X, five_point),
            "differences of values": _on_vec(f, X),
        },
        wrong={"factors exchanged": 2 * np.kron(A, B), "B kron A (E28)": np.kron(B, A)},
        table=lambda: hessian(f, X).matrix(),
    )


def _on_vec(f: Callable[[Any], Any], X: Matrix) -> Matrix:
    """The second derivatives of a quadratic by all pairs of entries, columns stacked."""
    units = [e.reshape(X.shape, order="F") for e in np.eye(X.size)]
    both = np.array([[f(X + E + F) for F in units] for E in units])
    single = np.array([f(X + E) for E in units])
    return both - single[:, None] - single + f(X)


@claim("example-hessian-polarisation")
def example_polarisation(rng: np.random.Generator) -> Iterator[Check]:
    e = TraceForm.drawn(rng)
    f, X, H, K = e.in_floats()
    form, bilinear = e.pair(e.H, e.H), e.pair(e.H, e.K)
    yield Check(
        stated=[2 * form, 2 * bilinear],
        referees={
            "exact fractions": [e.quadratic(e.H), *e.mixed(e.H, e.K)],
            "circle in the complex plane": [
                circle(f, X, H, 2),
                polarized(lambda D: circle(f, X, D, 2), H, K),
            ],
        },
        wrong={"the coefficient of t^2": [form, bilinear]},
        table=lambda: [second_derivative(f, X, H), second_derivative(f, X, H, K)],
    )


@claim("results-identical")
def results_identical(rng: np.random.Generator) -> Iterator[Check]:
    e = TraceForm.drawn(rng)
    f, X, H, K = e.in_floats()
    exact, directions = (e.K, e.H, e.X), (K, H, X)
    values = [2 * e.pair(e.H, D) for D in exact]
    yield Check(  # by (25) and by (26)
        stated=[values, values],
        referees={
            "exact fractions": [
                [polarized(e.quadratic, e.H, D) for D in exact],
                e.mixed(e.H, *exact),
            ],
            "second differences": [
                [polarized(lambda Z: second_difference(f, X, Z), H, D) for D in directions],
                [mixed_difference(f, X, D, H) for D in directions],
            ],
        },
        wrong={"(26) without its factor 2 (E28)": [values, [value / 2 for value in values]]},
        table=lambda: [
            [second_derivative(f, X, H, D) for D in directions],
            [np.sum(hessian(f, X)[H] * D) for D in directions],
        ],
    )


# -- Outside of the conditions --------------------------------------------------------------------


def _tilted(x: Any) -> Any:
    """x^3 / (x^2 + y^2): a derivative along every line through 0, and no linear one."""
    return x[0] ** 3 / (x[0] ** 2 + x[1] ** 2)


def _bent(x: Any) -> Any:
    """x^4 / (x^2 + y^2): a second derivative along every line through 0, and no quadratic form."""
    return x[0] ** 4 / (x[0] ** 2 + x[1] ** 2)


@outside("eq-19-gradient-general", "f is not differentiable at x")
def gradient_outside(rng: np.random.Generator) -> Iterator[Check]:
    h = rng.uniform(1, 2, 2)  # the partial derivatives of _tilted at 0 are 1 and 0
    yield Check(h[0], {"a quotient of values": _tilted(h)})


@outside("eq-22-first-derivative", "f is not differentiable at x")
def first_outside(rng: np.random.Generator) -> Iterator[Check]:
    h, k = rng.uniform(1, 2, 2), -rng.uniform(3, 4, 2)
    yield Check(_tilted(h) + _tilted(k), {"along the sum": _tilted(h + k)})


def _no_quadratic_form(rng: np.random.Generator) -> Iterator[Check]:
    h = rng.uniform(1, 2, 2)  # along the axes the second derivatives of _bent are 2 and 0
    mixed = polarized(lambda v: 2 * _bent(v), *np.eye(2))
    yield Check(
        2 * h[0] ** 2 + 2 * mixed * h[0] * h[1],
        {"exact value": 2 * _bent(h), "second differences": _bent_difference(h)},
    )


def _bent_difference(h: Vector) -> Any:
    return second_difference(lambda x: _bent(x) if np.any(x) else 0.0, np.zeros(2), h)


for _claim in ("eq-20-hessian-general", "hessian-operator", "eq-23-second-derivative"):
    outside(_claim, "the second derivatives along lines make no quadratic form")(_no_quadratic_form)


@outside("eq-25-polarisation", "the second derivatives along lines make no quadratic form")
def polarisation_outside(rng: np.random.Generator) -> Iterator[Check]:
    h, k, v = rng.uniform(1, 2, (3, 2)) * [[1, 1], [1, -1], [-2, 1]]

    def pair(a: Vector, b: Vector) -> Any:
        return polarized(lambda x: 2 * _bent(x), a, b)

    yield Check(pair(h, v) + pair(k, v), {"bilinear": pair(h + k, v)})


@outside("eq-21-curve-taylor", "f has no second derivative at x_0")
def curve_outside(rng: np.random.Generator) -> Iterator[Check]:
    h = like(rng, np.zeros((3, 2)))

    def f(X: Matrix) -> Any:
        return np.sum(np.abs(X) ** 1.5)

    small, large = (f(t * h) for t in (2.0**-20, 2.0**-19))
    yield Check(True, {"two steps compared": bool(np.log2(large / small) > 2)})


def _two_values(rng: np.random.Generator) -> Iterator[Check]:
    a, (e, k) = Fraction(int(rng.integers(1, 90)), 10), fractions([[1, 0], [0, 1]])
    t, r = Fraction(1, 10**10), Fraction(1, 10**30)
    yield Check(
        float(polarized(lambda h: 2 * a * _peano(h), e, k)),
        {"one after the other": float(a * _peano([t, r]) / r / t)},
    )


for _claim in ("eq-26-mixed", "sol-25-equals-26"):
    outside(_claim, "the second derivatives are not continuous")(_two_values)


def _not_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    A, B, H, K = (rational(rng, *shape) for shape in ((4, 4), (3, 3), (4, 3), (4, 3)))

    def f(X: Matrix) -> Any:
        return np.sum(X * (A @ X @ B))

    found = (f(H + K) - f(H) - f(K), 2 * polarized(f, H, K))
    yield Check(
        2 * np.sum(H * (A @ K @ B)), {"values alone": found[0], "polarized values": found[1]}
    )


for _claim in (
    "example-hessian-mixed",
    "hessian-operator-2AHB",
    "example-hessian-polarisation",
    "results-identical",
):
    outside(_claim, "A and B are not symmetric")(_not_symmetric)
