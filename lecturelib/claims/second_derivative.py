"""Checks of the claims of chapter 3: Taylor expansions, the Hessian operator, least squares."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import (
    differential,
    gradient,
    hessian,
    second_derivative,
    taylor,
)
from ..spaces import weighted
from .checking import Check, claim
from .draws import fractions, normal, orthogonal, positive_definite, rational, skew
from .least_squares import as_floats, determinant, hessian_by_differences, polarized
from .referees import (
    circle,
    circle_coefficients,
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    mixed_difference,
    order,
    partials,
    second_difference,
)

Vector = np.ndarray
Matrix = np.ndarray

# -- Smooth functions whose derivatives are known by hand -----------------------------------------


@dataclass(frozen=True)
class Smooth:
    """A function, a point, and its value, gradient and Hessian there, found by hand."""

    f: Callable[[Any], Any]
    x: Any
    value: float
    gradient: Any
    hessian: Callable[[Any], Any]

    def first(self, h: Any) -> Any:
        return np.sum(self.gradient * h)

    def second(self, h: Any, k: Any) -> Any:
        return np.sum(self.hessian(h) * k)


def _of_a_number(rng: np.random.Generator) -> Smooth:
    x = rng.uniform(0.05, 0.3)
    e, s, c = np.exp(x), np.sin(2 * x), np.cos(2 * x)
    return Smooth(
        lambda x: np.exp(x) * np.sin(2 * x),
        x,
        e * s,
        e * (s + 2 * c),
        lambda h: e * (4 * c - 3 * s) * h,
    )


def _of_a_vector(rng: np.random.Generator) -> Smooth:
    A, x = positive_definite(rng, 3) + skew(rng, 3), normal(rng, 3)
    x /= np.linalg.norm(x)
    value, S = np.exp(x @ A @ x / 4), (A + A.T) / 4
    return Smooth(
        lambda x: np.exp(x @ A @ x / 4),
        x,
        value,
        value * S @ x,
        lambda h: value * (S @ x * (x @ S @ h) + S @ h),
    )


def _of_a_matrix(rng: np.random.Generator) -> Smooth:
    A, B, X = normal(rng, 4, 4), normal(rng, 3, 3), normal(rng, 4, 3) / 2

    def both(H: Matrix) -> Matrix:  # the gradient of Tr(X^T A X B) / 10, at X = H
        return (A @ H @ B + A.T @ H @ B.T) / 10

    value, G = np.exp(np.sum(X * (A @ X @ B)) / 10), both(X)
    return Smooth(
        lambda X: np.exp(np.trace(X.T @ A @ X @ B) / 10),
        X,
        value,
        value * G,
        lambda H: value * (G * np.sum(G * H) + both(H)),
    )


def _like(rng: np.random.Generator, x: Any) -> Any:
    """A direction of x's shape; for a number one between 1/2 and 3/2."""
    return rng.uniform(0.5, 1.5) if np.ndim(x) == 0 else normal(rng, *np.shape(x)) / 2


def _directions_like(rng: np.random.Generator, x: Any) -> list[Any]:
    """Three directions, so that a value that happens to be near zero stands beside others."""
    return [_like(rng, x) for _ in range(3)]


# -- Further referees -----------------------------------------------------------------------------


def _double_circle(f: Callable[[Any], Any], X: Any, H: Any, K: Any) -> float:
    """The mixed derivative along H and K, from values on two circles (Cauchy, twice)."""
    n, r = 16, 0.125
    z = np.exp(2j * np.pi * np.arange(n) / n)
    values = [[f(X + r * (a * H + b * K)) for b in z] for a in z]
    return float((z**-1 @ np.array(values) @ z**-1).real / (n * r) ** 2)


def _first_power(remainder: Callable[[Any], Any]) -> float:
    """The lowest power of t in an analytic remainder, from its values on a circle."""
    sizes = [np.max(np.abs(c)) for c in circle_coefficients(remainder, 0.0, 1.0, 6)]
    return float(next(k for k, size in enumerate(sizes) if size > 1e-8 * max(sizes)))


def _slope(remainder: Callable[[Any], Any], t: float = 2.0**-9) -> float:
    """The power of t with which a remainder falls, from two steps."""
    return float(np.log2(remainder(2 * t) / remainder(t)))


# -- Taylor to second order -----------------------------------------------------------------------


def _expansion(
    s: Smooth, rng: np.random.Generator, wrong: str, table: Callable[[Any], Any]
) -> Iterator[Check]:
    """The coefficients of 1, t, t^2 in f(x + th) for three h, and the order of what is left."""
    H = _directions_like(rng, s.x)
    terms = [[s.value, s.first(h), s.second(h, h) / 2] for h in H]
    yield Check(
        stated=terms,
        referees={
            "circle in the complex plane": [
                np.real(circle_coefficients(s.f, s.x, h, 2)) for h in H
            ],
            "second differences": [
                [s.f(s.x), five_point(s.f, s.x, h), second_difference(s.f, s.x, h) / 2] for h in H
            ],
        },
        wrong={wrong: [[value, first, 2 * half] for value, first, half in terms]},
        table=lambda: [table(h) for h in H],
    )

    def left(factor: float) -> Callable[[Any], Any]:
        return lambda t: np.array(
            [
                s.f(s.x + t * h) - c[0] - t * c[1] - factor * t * t * c[2]
                for h, c in zip(H, terms, strict=True)
            ]
        )

    yield Check(
        stated=3.0,
        referees={
            "order of the remainder": order(left(1.0)),
            "first power on a circle": _first_power(left(1.0)),
        },
        wrong={wrong: order(left(2.0))},
        bounds={"first power on a circle": 0.0},
    )


@claim("scalar-taylor-2")
def scalar_taylor(rng: np.random.Generator) -> Iterator[Check]:
    s = _of_a_number(rng)
    yield from _expansion(s, rng, "1/2 forgotten", lambda h: taylor(s.f, s.x, h, 2))
    left = [
        lambda t: np.exp(t) - 1 - t - t * t / 2,
        lambda t: np.cos(t) - 1 + t * t / 2,  # no third derivative to be seen
        lambda t: abs(t) ** 2.5,  # no third derivative at all
    ]
    yield Check(
        stated=[3.0, 4.0, 2.5],
        referees={
            "order of the remainder": [order(r) for r in left],
            "two steps compared": [_slope(r) for r in left],
        },
        wrong={"slope 3 for every right expansion": [3.0] * 3},
        bounds={"order of the remainder": 1e-9, "two steps compared": 2e-3},
    )


@claim("eq-17-vector-taylor")
def vector_taylor(rng: np.random.Generator) -> Iterator[Check]:
    s = _of_a_vector(rng)

    def table(h: Any) -> list[Any]:
        return [s.f(s.x), gradient(s.f, s.x) @ h, h @ hessian(s.f, s.x)[h] / 2]

    yield from _expansion(s, rng, "1/2 forgotten", table)


def _flat_on_lines(x: Any) -> Any:
    """Of order t^3 on each line through 0, and t^2 / 2 on the parabola (t, t^2)."""
    return x[0] ** 4 * x[1] / (x[0] ** 4 + x[1] ** 2)


def _along(f: Callable[[Any], Any], h: Any) -> Callable[[float], Any]:
    return lambda t: f(t * h)


@claim("taylor-along-lines")
def taylor_along_lines(rng: np.random.Generator) -> Iterator[Check]:
    f, lines = _flat_on_lines, rational(rng, 3, 2)
    tiny = Fraction(1, 10**12)
    yield Check(
        stated=[3.0] * 3,
        referees={
            "order of the remainder": [order(_along(f, h)) for h in lines.astype(float)],
            "two steps in fractions": [
                float(np.log2(float(f(2 * tiny * h) / f(tiny * h)))) for h in lines
            ],
        },
        wrong={"order 2, as on the parabola": [2.0] * 3},
    )
    places = rational(rng, 3)
    floats = places.astype(float)
    yield Check(  # f / t^2 on the parabola, far away and near
        stated=[Fraction(1, 2)] * 6,
        referees={
            "exact fractions": [f([t, t * t]) / t**2 for t in [*places, *(tiny * places)]],
            "floating point": [f([t, t * t]) / t**2 for t in [*floats, *(1e-6 * floats)]],
        },
        wrong={"o(||h||^2), as on every line": [0] * 6},
    )
    curve = [np.array([t, t * t]) for t in floats]
    yield Check(  # the gradient on the parabola, which is not o(t)
        stated=[[t, 0.0] for t in floats],
        referees={
            "complex step": [partials(f, x) for x in curve],
            "five-point differences": [partials(f, x, _short_five_point) for x in curve],
        },
        wrong={"zero, as a derivative of the gradient would have it": [[0.0, 0.0]] * 3},
    )


def _short_five_point(f: Callable[[Any], Any], x: Any, h: Any) -> Any:
    """For a function whose higher derivatives are as large as 1 / ||x||^k."""
    return five_point(f, x, h, h=2.0**-12 * float(np.min(np.abs(x))))


@claim("eq-18-matrix-taylor")
def matrix_taylor(rng: np.random.Generator) -> Iterator[Check]:
    s = _of_a_matrix(rng)

    def table(H: Any) -> list[Any]:
        return [s.f(s.x), np.sum(gradient(s.f, s.x) * H), np.sum(hessian(s.f, s.x)[H] * H) / 2]

    yield from _expansion(s, rng, "1/2 forgotten", table)


# -- Definiteness ---------------------------------------------------------------------------------

#: Signs of the three eigenvalues of the matrices that are asked. The last matrix has the leading
#: principal minors 0, 0, 0, and is indefinite all the same.
SIGNATURES = ("+++", "++0", "++-", "+0-", "+--", "--0", "---", "000", "0-+")

#: What the smallest and the largest of the values of x^T A x, or of the eigenvalues, say.
KINDS: dict[str, Callable[[Any, Any], bool]] = {
    "positive definite": lambda low, high: low > 0,
    "positive semi-definite": lambda low, high: low >= 0,
    "negative definite": lambda low, high: high < 0,
    "negative semi-definite": lambda low, high: high <= 0,
    "indefinite": lambda low, high: low < 0 < high,
}

_GRID = np.array([x for x in itertools.product(range(-2, 3), repeat=3) if any(x)])


def _signs(signature: str) -> list[int]:
    return ["-0+".index(sign) - 1 for sign in signature]


def _forms(rng: np.random.Generator) -> list[Matrix]:
    """Symmetric integer matrices U^T D U with these signs in D (Sylvester's law of inertia).

    The inverse of the triangular U has entries of at most 2, so that its columns, at which the form
    has the values D, are among the vectors of `_GRID`.
    """
    forms = []
    for signature in SIGNATURES:
        signs = np.array(_signs(signature))
        U = np.eye(3, dtype=int)
        U[np.triu_indices(3, 1)] = rng.choice([-1, 1], 3)
        if signature != SIGNATURES[-1]:
            U = U[:, rng.permutation(3)]
        forms.append(U.T @ np.diag(signs * rng.integers(1, 4, 3)) @ U)
    return forms


def _form_on_grid(A: Matrix) -> Vector:
    return np.einsum("ki,ij,kj->k", _GRID, A, _GRID)


def _leading_minors(A: Any) -> list[Any]:
    rows = [list(row) for row in A]
    return [determinant([row[:k] for row in rows[:k]]) for k in range(1, len(rows) + 1)]


def _principal_minors(A: Any) -> list[Any]:
    rows = [[int(a) for a in row] for row in A]
    subsets = [c for k in (1, 2, 3) for c in itertools.combinations(range(3), k)]
    return [determinant([[rows[i][j] for j in c] for i in c]) for c in subsets]


def _kind_by_minors(kind: str, A: Matrix) -> bool:
    """Sylvester's criterion: leading minors for the strict kinds, all principal ones for the rest.

    "Indefinite" is what is left: neither semi-definite.
    """
    if kind == "indefinite":
        return min(_principal_minors(A)) < 0 and min(_principal_minors(-A)) < 0
    sign, strength = kind.split()
    A = A if sign == "positive" else -A
    return min(_leading_minors(A)) > 0 if strength == "definite" else min(_principal_minors(A)) >= 0


def _definiteness(
    rng: np.random.Generator, kind: str, variants: dict[str, Callable[[Matrix], Any]]
) -> Iterator[Check]:
    """Which of the matrices are of this kind: by construction, and by three referees."""
    forms, says = _forms(rng), KINDS[kind]
    signs = [_signs(signature) for signature in SIGNATURES]
    values = [_form_on_grid(A) for A in forms]
    eigenvalues = [np.linalg.eigvalsh(A).round(6) for A in forms]
    yield Check(
        [says(min(s), max(s)) for s in signs],
        {
            "values of the form": [bool(says(v.min(), v.max())) for v in values],
            "principal minors": [_kind_by_minors(kind, A) for A in forms],
            "signs of the eigenvalues": [bool(says(e.min(), e.max())) for e in eigenvalues],
        },
        {name: [bool(judge(A)) for A in forms] for name, judge in variants.items()},
    )


@claim("definiteness-positive")
def definiteness_positive(rng: np.random.Generator) -> Iterator[Check]:
    variants = {
        "a positive determinant": lambda A: determinant(A.tolist()) > 0,
        "0 allowed": lambda A: _form_on_grid(A).min() >= 0,
    }
    yield from _definiteness(rng, "positive definite", variants)


@claim("definiteness-positive-semi")
def definiteness_positive_semi(rng: np.random.Generator) -> Iterator[Check]:
    variants = {
        "leading minors alone": lambda A: min(_leading_minors(A)) >= 0,
        "0 not allowed": lambda A: _form_on_grid(A).min() > 0,
    }
    yield from _definiteness(rng, "positive semi-definite", variants)


@claim("definiteness-negative")
def definiteness_negative(rng: np.random.Generator) -> Iterator[Check]:
    variants = {
        "all leading minors negative": lambda A: max(_leading_minors(A)) < 0,
        "0 allowed": lambda A: _form_on_grid(A).max() <= 0,
    }
    yield from _definiteness(rng, "negative definite", variants)


@claim("definiteness-negative-semi")
def definiteness_negative_semi(rng: np.random.Generator) -> Iterator[Check]:
    variants = {"< for <= (E23)": lambda A: _form_on_grid(A).max() < 0}
    yield from _definiteness(rng, "negative semi-definite", variants)


@claim("definiteness-indefinite")
def definiteness_indefinite(rng: np.random.Generator) -> Iterator[Check]:
    variants = {
        "a negative determinant": lambda A: determinant(A.tolist()) < 0,
        "not positive definite": lambda A: _form_on_grid(A).min() <= 0,
    }
    yield from _definiteness(rng, "indefinite", variants)


@claim("definiteness-by-eigenvalues")
def definiteness_by_eigenvalues(rng: np.random.Generator) -> Iterator[Check]:
    matrices, ends = [], []
    for middle in (-3.0, 0.3, 3.0):  # negative definite, indefinite, positive definite
        spectrum = middle + np.array([-1.7, 0.3, 1.8]) + rng.uniform(-0.3, 0.3, 3)
        Q = orthogonal(rng, 3)
        matrices.append((Q * spectrum) @ Q.T)
        ends.append([spectrum[0], spectrum[-1]])
    yield Check(
        stated=ends,
        referees={
            "the form on the unit sphere": [
                [-_highest_on_sphere(-A), _highest_on_sphere(A)] for A in matrices
            ],
            "roots of det(A - t I)": [_characteristic_roots(A)[[0, -1]] for A in matrices],
        },
        wrong={
            "diagonal entries for eigenvalues": [
                [A.diagonal().min(), A.diagonal().max()] for A in matrices
            ],
            "singular values for eigenvalues": [sorted(np.abs(pair)) for pair in ends],
        },
    )
    # The signs of the eigenvalues decide which of the five kinds it is.
    forms, signs = _forms(rng)[:8], [_signs(signature) for signature in SIGNATURES[:8]]
    yield Check(
        stated=[[says(min(s), max(s)) for says in KINDS.values()] for s in signs],
        referees={
            "principal minors": [[_kind_by_minors(kind, A) for kind in KINDS] for A in forms],
            "values of the form": [
                [says(min(v), max(v)) for says in KINDS.values()] for v in map(_form_on_grid, forms)
            ],
        },
        wrong={
            "the largest eigenvalue alone": [
                [says(max(s), max(s)) for says in KINDS.values()] for s in signs
            ],
            "semi-definite only with a zero": [
                [
                    says(min(s), max(s)) and ("semi" not in kind or 0 in s)
                    for kind, says in KINDS.items()
                ]
                for s in signs
            ],
        },
    )


def _characteristic_roots(A: Matrix) -> Vector:
    """The zeros of det(A - t I) for a symmetric 3 x 3 matrix, in ascending order."""
    minors = (np.trace(A) ** 2 - np.trace(A @ A)) / 2  # the principal ones of order 2, summed
    return np.sort(np.roots([1, -np.trace(A), minors, -np.linalg.det(A)]).real)


def _highest_on_sphere(A: Matrix) -> float:
    """The largest x^T A x with |x| = 1: the power method, by squaring."""
    P = A + 5 * np.eye(len(A))
    for _ in range(12):
        P = P @ P / np.max(np.abs(P)) ** 2
    x = P[:, np.argmax(P.diagonal())]
    return float(x @ A @ x / (x @ x))


# -- The second-derivative test -------------------------------------------------------------------


def _behaviour(values: Vector) -> str:
    """What a function does at a point, from its differences to nearby values."""
    return "minimum" if values.min() > 0 else "maximum" if values.max() < 0 else "saddle"


def _kind_of_hessian(A: Matrix) -> str:
    if min(_leading_minors(A)) > 0:
        return "minimum"
    return "maximum" if min(_leading_minors(-A)) > 0 else "saddle"


def _with_cubic_terms(rng: np.random.Generator, A: Matrix) -> Callable[[Any], Any]:
    """x^T A x / 2 and random terms of degree 3; rows of x are points."""
    c = normal(rng, 3, 3, 3)
    return lambda x: np.sum(x @ A * x, -1) / 2 + np.einsum("...i,...j,...k,ijk", x, x, x, c)


@claim("hessian-determines-behaviour")
def hessian_determines_behaviour(rng: np.random.Generator) -> Iterator[Check]:
    kinds, nearby, minors, determinants = [], [], [], []
    for signs in ([1, 1, 1], [-1, -1, -1], [1, 1, -1], [1, -1, -1]):
        Q = orthogonal(rng, 3)
        f = _with_cubic_terms(rng, (Q * signs * rng.uniform(1, 3, 3)) @ Q.T)
        kinds.append("minimum" if min(signs) > 0 else "maximum" if max(signs) < 0 else "saddle")
        nearby.append(_behaviour(f(1e-3 * _directions(rng))))
        found = hessian_by_differences(f, np.zeros(3))
        minors.append(_kind_of_hessian(found))
        determinants.append("minimum" if np.linalg.det(found) > 0 else "maximum")
    yield Check(
        kinds,
        {"values in 300 directions": nearby, "leading minors": minors},
        {"the sign of the determinant": determinants},
    )
    # One Hessian, diag(2, 0), and three behaviours: where it is singular, it does not decide.
    functions = [
        lambda x: x[0] * x[0] + x[1] * x[1] * x[1] * x[1],
        lambda x: x[0] * x[0] - x[1] * x[1] * x[1] * x[1],
        lambda x: x[0] * x[0] + x[1] * x[1] * x[1],
    ]
    zero, unit = fractions([0, 0]), fractions([[1, 0], [0, 1]])
    grid = [fractions([Fraction(a, 9), Fraction(b, 9)]) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    yield Check(
        ["minimum", "saddle", "saddle"],
        {
            "values in fractions": [
                _behaviour(np.array([f(x) for x in grid if any(x)])) for f in functions
            ],
            "lowest power along e_2": [
                _of_lowest_power(exact_coefficients(f, zero, unit[1], 4)) for f in functions
            ],
        },
        {"read off the Hessian (E22)": ["minimum"] * 3},
    )
    yield Check(
        stated=np.array([[[2.0, 0.0], [0.0, 0.0]]] * 3),
        referees={
            "exact fractions": [_hessian_in_fractions(f, unit) for f in functions],
            "second differences": [hessian_by_differences(f, np.zeros(2)) for f in functions],
        },
        table=lambda: [hessian(f, np.zeros(2)).matrix() for f in functions],
    )


def _hessian_in_fractions(f: Callable[[Any], Any], unit: Matrix) -> list[list[Any]]:
    """All second derivatives at 0 of a polynomial of degree 4."""

    def q(h: Vector) -> Any:
        return 2 * exact_coefficients(f, 0 * h, h, 4)[2]

    return [[polarized(q, a, b) for b in unit] for a in unit]


def _directions(rng: np.random.Generator) -> Matrix:
    d = normal(rng, 300, 3)
    return d / np.linalg.norm(d, axis=1, keepdims=True)


def _of_lowest_power(coefficients: Any) -> str:
    """The behaviour at 0 of x_1^2 + (a polynomial in x_2), from the polynomial's lowest power."""
    power, c = next((k, c) for k, c in enumerate(coefficients) if c)
    return "minimum" if power % 2 == 0 and c > 0 else "saddle"


@claim("definiteness-test-extrema")
def definiteness_test_extrema(rng: np.random.Generator) -> Iterator[Check]:
    nearby, minors = [], []
    for sign in (1, -1):
        f = _with_cubic_terms(rng, sign * positive_definite(rng, 3))
        nearby.append(_behaviour(f(1e-2 * _directions(rng))))
        minors.append(_kind_of_hessian(hessian_by_differences(f, np.zeros(3))))
    yield Check(
        ["minimum", "maximum"],
        {"values in 300 directions": nearby, "leading minors": minors},
        {"positive definite means a maximum": ["maximum", "minimum"]},
    )
    # Where the gradient is not zero, where the Hessian is singular, and far away.
    polynomials = {"no extremum": [0, 1, 1], "minimum": [0, 0, 0, 0, 1], "local": [0, 0, 1, -1]}
    near, far = [Fraction(k, 100) for k in (-1, 1)], [Fraction(k) for k in (-4, -2, 2, 4)]
    from_values, from_roots = [], []
    for c in polynomials.values():
        values, away = (
            [sum(a * t**k for k, a in enumerate(c)) for t in times] for times in (near, far)
        )
        lowest = "minimum" if min(away) > 0 else "local"
        from_values.append(lowest if min(values) > 0 else "no extremum")
        roots = np.roots(c[::-1])
        at_zero = int(np.sum(np.abs(roots) < 1e-9))
        others = len(c) - 1 - at_zero
        from_roots.append("no extremum" if at_zero % 2 else "local" if others else "minimum")
    yield Check(
        list(polynomials),
        {"values in fractions": from_values, "roots": from_roots},
        {
            "f'' > 0 without f' = 0": ["minimum", "minimum", "local"],
            "f'' > 0 taken for necessary": ["no extremum", "no extremum", "local"],
            "local taken for global": ["no extremum", "minimum", "minimum"],
        },
    )


# -- Gradient and Hessian in general --------------------------------------------------------------


@claim("hessian-operator")
def hessian_operator(rng: np.random.Generator) -> Iterator[Check]:
    s = _of_a_matrix(rng)
    H, K = _like(rng, s.x), _like(rng, s.x)
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
    s, W = _of_a_matrix(rng), positive_definite(rng, 4)
    L, directions, shape = np.linalg.cholesky(W), _directions_like(rng, s.x), s.x.shape
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
    s, W = _of_a_matrix(rng), positive_definite(rng, 4)
    L, H, shape = np.linalg.cholesky(W), _like(rng, s.x), s.x.shape
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
    v, S = _of_a_vector(rng), skew(rng, 3)
    directions, M = _directions_like(rng, v.x), np.array([v.hessian(e) for e in np.eye(3)])
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
    s = _of_a_matrix(rng)
    yield from _expansion(s, rng, "1/2 lost (E25)", lambda H: taylor(s.f, s.x, H, 2))
    n = _of_a_number(rng)
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
    for s in (_of_a_number(rng), _of_a_vector(rng), _of_a_matrix(rng)):
        yield _first_along(s, _directions_like(rng, s.x))


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
    for s in (_of_a_number(rng), _of_a_vector(rng), _of_a_matrix(rng)):
        yield _second_along(s, _directions_like(rng, s.x))


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
    s = _of_a_matrix(rng)
    pairs = [(_like(rng, s.x), _like(rng, s.x)) for _ in range(3)]
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
    s = _of_a_matrix(rng)
    directions = _directions_like(rng, s.x)
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
