"""Checks of the claims of the page "Taylor to second order"."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import gradient, hessian, taylor
from ..checking import Check, claim, outside
from ..draws import fractions, normal, orthogonal, positive_definite, rational
from ..referees import exact_coefficients, five_point, order, partials
from .shared import (
    Matrix,
    Vector,
    determinant,
    expansion,
    hessian_by_differences,
    of_a_matrix,
    of_a_number,
    of_a_vector,
    polarized,
)


def _slope(remainder: Callable[[Any], Any], t: float = 2.0**-9) -> float:
    """The power of t with which a remainder falls, from two steps."""
    return float(np.log2(remainder(2 * t) / remainder(t)))


@claim("scalar-taylor-2")
def scalar_taylor(rng: np.random.Generator) -> Iterator[Check]:
    s = of_a_number(rng)
    yield from expansion(s, rng, "1/2 forgotten", lambda h: taylor(s.f, s.x, h, 2))
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
    s = of_a_vector(rng)

    def table(h: Any) -> list[Any]:
        return [s.f(s.x), gradient(s.f, s.x) @ h, h @ hessian(s.f, s.x)[h] / 2]

    yield from expansion(s, rng, "1/2 forgotten", table)


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
    s = of_a_matrix(rng)

    def table(H: Any) -> list[Any]:
        return [s.f(s.x), np.sum(gradient(s.f, s.x) * H), np.sum(hessian(s.f, s.x)[H] * H) / 2]

    yield from expansion(s, rng, "1/2 forgotten", table)


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


# -- Outside of the conditions --------------------------------------------------------------------


@outside("scalar-taylor-2", "f has no second derivative at x")
def scalar_taylor_outside(rng: np.random.Generator) -> Iterator[Check]:
    a = rng.uniform(1, 2)  # the slope of |t|^{3/2} at 0 is 0; any second derivative is tried
    left = [lambda t, c=c: a * abs(t) ** 1.5 - c * t * t for c in (0.0, 1.0)]
    yield Check([True, True], {"two steps compared": [bool(_slope(r) > 2) for r in left]})


@outside("eq-17-vector-taylor", "f has two derivatives along every line, and no more")
def vector_taylor_outside(rng: np.random.Generator) -> Iterator[Check]:
    a = rng.uniform(1, 2)  # the expansion along lines is 0
    yield Check(
        True, {"on a parabola": bool(_slope(lambda t: a * _flat_on_lines([t, t * t])) > 2.5)}
    )


@outside("eq-18-matrix-taylor", "f has two derivatives along every line, and no more")
def matrix_taylor_outside(rng: np.random.Generator) -> Iterator[Check]:
    C = normal(rng, 3, 2)

    def f(X: Matrix) -> Any:  # of two entries, and linear in the others
        return _flat_on_lines([X[0, 0], X[1, 0]]) + np.sum(C * X)

    def left(t: float) -> Any:
        H = np.array([[t, 0.0], [t * t, 0.0], [0.0, t]])
        return f(H) - np.sum(C * H)

    yield Check(True, {"on a parabola": bool(_slope(left) > 2.5)})


@outside("hessian-determines-behaviour", "the gradient is not zero")
def behaviour_outside(rng: np.random.Generator) -> Iterator[Check]:
    f, b = _with_cubic_terms(rng, positive_definite(rng, 3)), normal(rng, 3)
    found = _behaviour(np.array([f(x) + x @ b for x in 1e-3 * _directions(rng)]))
    yield Check("minimum", {"values in 300 directions": found})


@outside("definiteness-test-extrema", "the gradient is not zero")
def test_outside(rng: np.random.Generator) -> Iterator[Check]:
    yield from behaviour_outside(rng)


@outside("definiteness-by-eigenvalues", "A is not symmetric")
def eigenvalues_outside(rng: np.random.Generator) -> Iterator[Check]:
    a = rng.uniform(3, 5)  # the eigenvalues of A are 1 and 1
    A, x = np.array([[1.0, a], [0.0, 1.0]]), np.array([1.0, -1.0])
    yield Check("positive definite", {
        "a value of the form": "positive definite" if x @ A @ x > 0 else "not",
    })  # fmt: skip
