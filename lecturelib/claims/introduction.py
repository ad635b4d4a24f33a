"""Checks of the claims of chapter 0: minimisation, regression, functions of matrices, notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import derivative, gradient, hessian, second_derivative
from .algorithms import gram_schmidt, positive_qr
from .checking import Check, claim
from .draws import full_rank, normal, orthogonal, regular
from .referees import (
    circle,
    complex_step,
    exact_coefficients,
    five_point,
    partials,
    second_difference,
)

# -- Minimisation ---------------------------------------------------------------------------------


def _nonzero(rng: np.random.Generator, size: int) -> list[Fraction]:
    """Distinct fractions, none of them zero, in ascending order."""
    numbers = [Fraction(k, 4) for k in range(-20, 21) if k]
    return sorted(rng.choice(np.array(numbers, dtype=object), size, replace=False))


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
    a, b, d = _nonzero(rng, 3)
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
    p, c2, c3 = rng.permutation(np.array(_nonzero(rng, 3), dtype=object))

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
    a, b = _nonzero(rng, 2)
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
    p = np.array(_nonzero(rng, 2), dtype=object)

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


# -- A glimpse of what is to come -----------------------------------------------------------------


@claim("squared-error-objective")
def squared_error_objective(rng: np.random.Generator) -> Iterator[Check]:
    X, w, y = normal(rng, 7, 3), normal(rng, 3), normal(rng, 7)
    r = X @ w - y
    yield Check(
        stated=r @ r,
        referees={
            "entry by entry": sum(
                (sum(X[i, j] * w[j] for j in range(3)) - y[i]) ** 2 for i in range(7)
            ),
            "square of a difference": w @ (X.T @ X) @ w - 2 * (y @ X @ w) + y @ y,
        },
        wrong={"the mean of the squares": r @ r / 7, "errors added, then squared": np.sum(r) ** 2},
    )


@claim("regression-estimate")
def regression_estimate(rng: np.random.Generator) -> Iterator[Check]:
    X, w = normal(rng, 7, 3), normal(rng, 3)
    yield Check(
        stated=X @ w,
        referees={
            "entry by entry": [sum(X[i, j] * w[j] for j in range(3)) for i in range(7)],
            "columns weighted and added": w[0] * X[:, 0] + w[1] * X[:, 1] + w[2] * X[:, 2],
        },
        wrong={
            "rows read as columns": X.reshape(3, 7).T @ w,
            "columns added without weights": X.sum(axis=1),
        },
    )


@claim("figure-regression-line")
def figure_regression_line(rng: np.random.Generator) -> Iterator[Check]:
    x = np.array(_nonzero(rng, 6), dtype=object)
    a0, a1 = _nonzero(rng, 2)
    X = np.stack([np.array([Fraction(1)] * 6), x], axis=1)
    yield Check(
        stated=a0 + a1 * x,
        referees={
            "design matrix": X @ np.array([a0, a1]),
            "through two points of the line": np.array(
                [(a0 * (1 - t) + (a0 + a1) * t) for t in x]  # its points at 0 and at 1
            ),
        },
        wrong={
            "column of ones forgotten": a1 * x,
            "coefficients exchanged": X @ np.array([a1, a0]),
        },
    )


@claim("functions-to-differentiate")
def functions_to_differentiate(rng: np.random.Generator) -> Iterator[Check]:
    n = 4
    A, x = regular(rng, n), normal(rng, n)

    def quadratic(x: Any) -> Any:
        return x @ A @ x

    yield Check(
        stated=A @ x + A.T @ x,
        referees={
            "complex step": partials(quadratic, x),
            "five-point differences": partials(quadratic, x, five_point),
        },
        wrong={"2Ax for an A that is not symmetric": 2 * A @ x},
        table=lambda: gradient(quadratic, x),
    )
    det = np.linalg.det
    cofactors = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        cofactors[i, j] = (-1) ** (i + j) * det(np.delete(np.delete(A, i, 0), j, 1))
    yield Check(
        stated=det(A) * np.linalg.inv(A).T,
        referees={"complex step": partials(det, A), "cofactors": cofactors},
        wrong={"transpose forgotten": det(A) * np.linalg.inv(A)},
        table=lambda: gradient(det, A),
    )
    yield Check(
        stated=np.eye(n),
        referees={
            "complex step": partials(np.trace, A),
            "five-point differences": partials(np.trace, A, five_point),
        },
        wrong={"the sum of all entries for the trace": np.ones((n, n))},
        table=lambda: gradient(np.trace, A),
    )
    V = regular(rng, n)
    spectrum = np.array([-2.0, -0.5, 1.0, 2.5])
    B = V @ np.diag(spectrum) @ np.linalg.inv(V)
    k = int(rng.integers(n))
    u, v = np.linalg.inv(V)[k], V[:, k]  # left and right, with u^T v = 1

    place = int(np.argmin(np.abs(np.linalg.eigvals(B) - spectrum[k])))

    def eigenvalue(X: np.ndarray) -> Any:
        values = np.linalg.eigvals(X)
        return values[np.argmin(np.abs(values - spectrum[k]))].real

    # det(x I - B) stays 0 when x follows the eigenvalue: adj(x I - B) : (dx I - dB) = 0.
    shifted = spectrum[k] * np.eye(n) - B
    adjugate = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        adjugate[j, i] = (-1) ** (i + j) * det(np.delete(np.delete(shifted, i, 0), j, 1))
    yield Check(
        stated=np.outer(u, v),
        referees={
            "five-point differences": partials(eigenvalue, B, five_point),
            "characteristic polynomial": adjugate.T / np.trace(adjugate),
        },
        wrong={"right eigenvector on both sides": np.outer(v, v) / (v @ v)},
        table=lambda: gradient(lambda X: np.linalg.eigvals(X)[place], B),
    )


@claim("qr-derivative-announced")
def qr_derivative_announced(rng: np.random.Generator) -> Iterator[Check]:
    X, dX = full_rank(rng, 5, 3), normal(rng, 5, 3)
    Q, R = positive_qr(X)
    S = dX @ np.linalg.inv(R)
    M = Q.T @ S
    L = np.tril(M, -1)
    Omega = L - L.T
    dQ, dR = Q @ Omega + S - Q @ (Q.T @ S), (M - Omega) @ R
    signs = np.sign(np.diag(np.linalg.qr(X)[1]))
    yield Check(
        stated=dQ,
        referees={
            "Gram-Schmidt, complex step": complex_step(lambda X: gram_schmidt(X)[0], X, dX),
            "five-point differences": five_point(lambda X: positive_qr(X)[0], X, dX),
        },
        wrong={
            "part outside the range dropped": Q @ Omega,
            "a product of matrices instead of an operator (E06)": Q @ M,
        },
        table=lambda: derivative(lambda X: np.linalg.qr(X)[0], X)[dX] * signs,
    )
    yield Check(
        stated=dR,
        referees={
            "Gram-Schmidt, complex step": complex_step(lambda X: gram_schmidt(X)[1], X, dX),
            "Cholesky factor of the Gram matrix": five_point(
                lambda X: np.linalg.cholesky(X.T @ X).T, X, dX
            ),
        },
        wrong={"Q held constant": Q.T @ dX},
        table=lambda: derivative(lambda X: np.linalg.qr(X)[1], X)[dX] * signs[:, None],
        bounds={"Cholesky factor of the Gram matrix": 1e-7},  # five-point differences
    )


# -- Notation -------------------------------------------------------------------------------------


@claim("eq-1-transpose")
def eq_1_transpose(rng: np.random.Generator) -> Iterator[Check]:
    A = rng.permutation(np.arange(1, 7)).reshape(2, 3)
    by_entries = np.empty((3, 2), dtype=int)
    for i, j in np.ndindex(2, 3):
        by_entries[j, i] = A[i, j]
    yield Check(
        stated=A.T,
        referees={
            "entry by entry": by_entries,
            "quarter turn and mirror": np.flipud(np.rot90(A)),
        },
        wrong={"a quarter turn": np.rot90(A), "the same numbers in another shape": A.reshape(3, 2)},
    )


@claim("transpose-rules-tacit")
def transpose_rules_tacit(rng: np.random.Generator) -> Iterator[Check]:
    A, B = normal(rng, 3, 4), normal(rng, 4, 2)
    yield Check(
        stated=B.T @ A.T,
        referees={
            "entry by entry": [
                [sum(A[i, k] * B[k, j] for k in range(4)) for i in range(3)] for j in range(2)
            ],
            "columns times rows": sum(np.outer(B[k], A[:, k]) for k in range(4)),
        },
        wrong={"product not transposed": A @ B},
    )
    C, D = normal(rng, 3, 3), normal(rng, 3, 3)
    yield Check(
        stated=D.T @ C.T,
        referees={
            "entry by entry": [
                [sum(C[i, k] * D[k, j] for k in range(3)) for i in range(3)] for j in range(3)
            ],
            "columns times rows": sum(np.outer(D[k], C[:, k]) for k in range(3)),
        },
        wrong={"factors kept in order": C.T @ D.T},
    )
    pairs = normal(rng, 3, 2, 3)
    yield Check(
        stated=[y @ C.T @ x for x, y in pairs],  # the transpose of the number x^T C y
        referees={
            "entry by entry": [
                sum(x[i] * C[i, j] * y[j] for i in range(3) for j in range(3)) for x, y in pairs
            ],
            "columns weighted": [sum(y[j] * (x @ C[:, j]) for j in range(3)) for x, y in pairs],
        },
        wrong={"vectors exchanged, C not transposed": [y @ C @ x for x, y in pairs]},
    )


@claim("transpose-moves-across")
def transpose_moves_across(rng: np.random.Generator) -> Iterator[Check]:
    A = normal(rng, 4, 3)
    pairs = [(normal(rng, 3), normal(rng, 4)) for _ in range(3)]
    yield Check(
        stated=[x @ (A.T @ y) for x, y in pairs],
        referees={
            "entry by entry": [
                sum(A[i, j] * x[j] * y[i] for i in range(4) for j in range(3)) for x, y in pairs
            ],
            "rows weighted": [sum(y[i] * (A[i] @ x) for i in range(4)) for x, y in pairs],
        },
        wrong={"reshaped for transposed": [x @ (A.reshape(3, 4) @ y) for x, y in pairs]},
    )


@claim("transpose-joke", draws=1)
def transpose_joke(rng: np.random.Generator) -> Iterator[Check]:
    solutions = [
        (base, p * base + q, q * base + p)
        for base in range(2, 13)
        for p in range(1, base)
        for q in range(base)
        if q * base + p == 2 * (p * base + q)
    ]
    # q base + p = 2 (p base + q) says p (2 base - 1) = q (base - 2).
    solved = []
    for base in range(3, 13):
        common = int(np.gcd(2 * base - 1, base - 2))
        p, q = (base - 2) // common, (2 * base - 1) // common
        if p < base and q < base:
            solved.append((base, p * base + q, q * base + p))
    yield Check(
        stated=[(3 * k + 2, (k + 1) * (3 * k + 1), 2 * (k + 1) * (3 * k + 1)) for k in (1, 2, 3)],
        referees={"every number of two digits": solutions, "digits solved for": solved},
        wrong={"the decimal one that the joke asks for": [(10, 5, 10), *solutions[1:]]},
    )
    # In base ten a reversal can multiply by 4 and by 9, never by 2.
    ratios: set[int] = set()
    for digits in range(1, 7):
        n = np.arange(10 ** (digits - 1), 10**digits, dtype=np.int32)
        rest, reverse = n.copy(), np.zeros_like(n)
        for _ in range(digits):
            rest, last = np.divmod(rest, 10)
            reverse = 10 * reverse + last
        ratios |= {int(r) for r in (reverse // n)[(reverse > n) & (reverse % n == 0)]}
    # The first digit p and the last digit q of n, if k n is n reversed: q starts k n, p ends it.
    possible = [
        k
        for k in range(2, 10)
        if any(
            k * p <= q <= k * p + k - 1 and (k * q - p) % 10 == 0
            for p in range(1, 10)
            for q in range(1, 10)
        )
    ]
    yield Check(
        stated=[4, 9],
        referees={
            "every number below a million": sorted(ratios),
            "first and last digit": possible,
        },
        wrong={"doubling in base ten": [2, 4, 9]},
    )


@claim("euclidean-inner-product")
def euclidean_inner_product(rng: np.random.Generator) -> Iterator[Check]:
    columns = normal(rng, 3, 2, 5, 1)
    pairs = columns[..., 0]
    yield Check(
        stated=[(x.T @ y)[0, 0] for x, y in columns],
        referees={
            "entry by entry": [sum(x[i] * y[i] for i in range(5)) for x, y in pairs],
            "lengths of x + y and x - y": [
                ((x + y) @ (x + y) - (x - y) @ (x - y)) / 4 for x, y in pairs
            ],
        },
        wrong={
            "x y^T, a matrix": [x @ y.T for x, y in columns],
            "product of the lengths": [np.linalg.norm(x) * np.linalg.norm(y) for x, y in pairs],
        },
    )
