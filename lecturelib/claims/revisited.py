"""Checks of the claims of chapter 1: tangents, differentials, linear operators."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import derivative, differential, jacobian_matrix
from .checking import Check, claim
from .draws import normal, positive_definite, rational, regular
from .referees import (
    circle,
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    order,
)

Function = Callable[[Any], Any]


def curves(x: Any) -> Any:
    """Three curves, for the remainders; the last one bends everywhere."""
    return np.stack([np.exp(x) * np.sin(3 * x), 1 / (1 + x * x), np.log(4 + x)])


def curve_slopes(x: Any) -> np.ndarray:
    return np.array(
        [
            np.exp(x) * (np.sin(3 * x) + 3 * np.cos(3 * x)),
            -2 * x / (1 + x * x) ** 2,
            1 / (4 + x),
        ]
    )


def first_power(f: Function, X: Any, H: Any, L: Any) -> float:
    """The lowest power of t in f(X + tH) - f(X) - tL, from values on a circle around t = 0."""
    size = float(np.max(np.abs(L)))
    for k in range(1, 6):
        c = circle(f, X, H, k) / float(np.prod(np.arange(1, k + 1))) - (L if k == 1 else 0)
        if np.max(np.abs(c)) > 1e-6 * size:
            return float(k)
    return np.inf


def remainder_order(f: Function, X: Any, H: Any, L: Any) -> float:
    return order(lambda t: f(X + t * H) - f(X) - t * L)


#: An order is a whole number.
WHOLE = {"first power of t": 0.0}

# -- Linearisation --------------------------------------------------------------------------------


@claim("derivative-is-linearisation")
def derivative_is_linearisation(rng: np.random.Generator) -> Iterator[Check]:
    A, B, x, h = normal(rng, 4, 3), normal(rng, 2, 4), normal(rng, 3), normal(rng, 3)

    def f(x: Any) -> Any:
        return B @ np.sin(A @ x)

    L = B @ (np.cos(A @ x) * (A @ h))
    yield Check(
        stated=L,
        referees={
            "complex step": complex_step(f, x, h),
            "five-point differences": five_point(f, x, h, 2.0**-11),
        },
        wrong={
            "a finite increment": f(x + h) - f(x),
            "inner derivative forgotten": B @ np.cos(A @ x),
        },
        table=lambda: differential(f, x, h),
    )
    found = complex_step(f, x, h)
    yield Check(
        stated=[2.0, 1.0],  # with the derivative, and with one that is off by 0.01
        referees={
            "order of the remainder": [
                remainder_order(f, x, h, found),
                remainder_order(f, x, h, found + 0.01),
            ],
            "first power of t": [
                first_power(f, x, h, found),
                first_power(f, x, h, found + 0.01),
            ],
        },
        wrong={"any nearby line will do": [2.0, 2.0]},
        bounds=WHOLE,
    )


@claim("figure-tangent-line")
def figure_tangent_line(rng: np.random.Generator) -> Iterator[Check]:
    a = rng.uniform(0.5, 2.0)
    steps = 2.0 ** -np.arange(4, 12)
    secants = (np.sqrt(a + steps) - np.sqrt(a)) / steps
    for k in range(1, len(steps)):  # Neville: the polynomial through the secants' slopes, at step 0
        secants = (steps[:-k] * secants[1:] - steps[k:] * secants[:-1]) / (steps[:-k] - steps[k:])
    yield Check(
        stated=1 / (2 * np.sqrt(a)),
        referees={
            "complex step": complex_step(np.sqrt, a, 1.0),
            "secants, extrapolated to step 0": secants[0],
        },
        wrong={"a secant": (np.sqrt(a + 1) - np.sqrt(a))},
        table=lambda: derivative(np.sqrt, a)[1.0],
    )


@claim("tangent-line-formula")
def tangent_line_formula(rng: np.random.Generator) -> Iterator[Check]:
    a, h = rng.uniform(-1.0, 1.0), 0.1
    nodes, weights = np.polynomial.legendre.leggauss(8)
    bends = np.array([circle(curves, a + h * (1 + s) / 2, 1.0, 2) for s in nodes])
    yield Check(
        stated=curves(a + h) - (curves(a) + curve_slopes(a) * h),  # what the tangents miss
        referees={
            "integral of the second derivative": h / 2 * (weights * h * (1 - nodes) / 2) @ bends,
            "Taylor coefficients from 2 on": sum(
                circle(curves, a, 1.0, k) / np.prod(np.arange(1.0, k + 1)) * h**k
                for k in range(2, 14)
            ),
        },
        wrong={"equality for a finite step (E07)": np.zeros(3)},
        table=lambda: curves(a + h) - curves(a) - derivative(curves, a)[h],
    )
    found = complex_step(curves, a, 1.0)
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": remainder_order(curves, a, 1.0, found),
            "first power of t": first_power(curves, a, 1.0, found),
        },
        wrong={"order 1, as for any line through the point": 1.0},
        bounds=WHOLE,
    )
    # c |x - a|^(3/2) has the derivative 0 at a, and no second one. Steps are squares of fractions.
    c, roots = Fraction(int(rng.integers(1, 6))), [Fraction(1, 2**k) for k in range(3, 7)]
    left_over = [c * root**3 for root in roots]  # at the steps root^2
    yield Check(
        stated=1.5,
        referees={
            "order of the remainder": remainder_order(
                lambda x: float(c) * np.abs(x) ** 1.5, 0.0, 1.0, 0.0
            ),
            "exact fractions": math.log2(left_over[0] / left_over[-1])
            / math.log2((roots[0] / roots[-1]) ** 2),
        },
        wrong={"order 2 for every derivative": 2.0, "no derivative, order 1": 1.0},
        bounds={"order of the remainder": 1e-9, "exact fractions": 1e-12},
    )


@claim("difference-form")
def difference_form(rng: np.random.Generator) -> Iterator[Check]:
    c = [Fraction(int(k), 3) for k in rng.integers(1, 12, 4)]
    a, dx = Fraction(int(rng.integers(1, 9)), 4), Fraction(int(rng.integers(1, 9)), 5)

    def y(x: Any) -> Any:
        return c[0] + x * (c[1] + x * (c[2] + x * c[3]))

    def plain(x: Any) -> Any:
        return float(c[0]) + x * (float(c[1]) + x * (float(c[2]) + x * float(c[3])))

    wide, narrow = y(a + 2 * dx) - y(a - 2 * dx), y(a + dx) - y(a - dx)
    yield Check(
        stated=(c[1] + 2 * c[2] * a + 3 * c[3] * a * a) * dx,
        referees={
            "exact fractions": exact_coefficients(y, a, dx, 3)[1],
            "differences that are exact for a cubic": (8 * narrow - wide) / 12,
        },
        wrong={"the increment for the differential (E07)": y(a + dx) - y(a)},
        table=lambda: differential(plain, float(a), float(dx)),
    )


@claim("eq-2-differential")
def eq_2_differential(rng: np.random.Generator) -> Iterator[Check]:
    a, dx = rng.uniform(0.5, 1.5), rng.uniform(1.5, 2.5)

    def y(x: Any) -> Any:
        return np.stack([np.exp(x), np.sin(x), x**3])

    yield Check(
        stated=np.array([np.exp(a), np.cos(a), 3 * a**2]) * dx,
        referees={
            "complex step": complex_step(y, a, dx),
            "five-point differences": five_point(y, a, dx),
        },
        wrong={"divided by dx": np.array([np.exp(a), np.cos(a), 3 * a**2]) / dx},
        table=lambda: differential(y, a, dx),
    )
    dy = complex_step(y, a, dx)
    yield Check(
        stated=1.0,  # the quotient of differences approaches dy with this order
        referees={
            "order of the remainder": remainder_order(y, a, dx, dy) - 1,
            "first power of t": first_power(y, a, dx, dy) - 1,
        },
        wrong={"order 2, as of the remainder": 2.0},
        bounds=WHOLE,
    )


@claim("prop-linear-approximation")
def prop_linear_approximation(rng: np.random.Generator) -> Iterator[Check]:
    A, x, dx = normal(rng, 4, 3), normal(rng, 3), normal(rng, 3)

    def f(x: Any) -> Any:
        return (x @ x) * (A @ x)

    J = (x @ x) * A + 2 * np.outer(A @ x, x)
    yield Check(
        stated=J @ dx,
        referees={
            "complex step": complex_step(f, x, dx),
            "five-point differences": five_point(f, x, dx),
        },
        wrong={"length of x held constant": (x @ x) * (A @ dx)},
        table=lambda: differential(f, x, dx),
    )
    yield Check(
        stated=J,
        referees={
            "complex step": jacobian(f, x),
            "five-point differences": jacobian(f, x, five_point),
        },
        wrong={"transposed": J.T, "length of x held constant": (x @ x) * A},
        table=lambda: jacobian_matrix(f, x),
    )
    X, dX = normal(rng, 3, 3), normal(rng, 3, 3)

    def gram(X: Any) -> Any:
        return X.T @ X

    yield Check(
        stated=dX.T @ X + X.T @ dX,
        referees={
            "complex step": complex_step(gram, X, dX),
            "five-point differences": five_point(gram, X, dX),
        },
        wrong={"a left multiplication, 2 X^T dX (E08)": 2 * X.T @ dX},
        table=lambda: differential(gram, X, dX),
    )
    found = complex_step(f, x, dx)
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": remainder_order(f, x, dx, found),
            "first power of t": first_power(f, x, dx, found),
        },
        wrong={"order 1": 1.0},
        bounds=WHOLE,
    )
    # m = n = 2: the shapes allow the transpose, too. (x1 x2, x1^2), as at (2, 3) on the page.
    p, step = rational(rng, 2), rational(rng, 2)

    def square(x: Any) -> Any:
        return np.stack([x[0] * x[1], x[0] * x[0]])

    (a, b), (h1, h2) = p, step
    yield Check(
        stated=np.array([b * h1 + a * h2, 2 * a * h1]),
        referees={
            "exact fractions": exact_coefficients(square, p, step, 2)[1],
            "complex step": complex_step(square, p.astype(float), step.astype(float)),
        },
        wrong={"the transpose, which fits as well": np.array([b * h1 + 2 * a * h2, a * h1])},
        table=lambda: differential(square, p.astype(float), step.astype(float)),
    )


@claim("example-f-Ax-vector")
def example_f_ax_vector(rng: np.random.Generator) -> Iterator[Check]:
    A, x, dx = rational(rng, 4, 3), rational(rng, 3), rational(rng, 3)
    A[0, 0] = Fraction(41, 4)  # the largest entry, so that no draw is zero or symmetric
    plain = A.astype(float)

    def f(x: Any) -> Any:
        return plain @ x

    yield Check(
        stated=A @ dx,
        referees={
            "exact fractions": A @ (x + dx) - A @ x,
            "entry by entry": [sum(A[i, j] * dx[j] for j in range(3)) for i in range(4)],
        },
        wrong={"the value for the differential": A @ (x + dx)},
        table=lambda: differential(f, x.astype(float), dx.astype(float)),
    )
    point = normal(rng, 3)
    yield Check(
        stated=plain,
        referees={
            "complex step": jacobian(f, point),
            "images of the unit vectors": np.stack([f(e) for e in np.eye(3)], axis=1),
        },
        wrong={"transposed": plain.T},
        table=lambda: jacobian_matrix(f, point),
    )


# -- The derivative as a linear operator ----------------------------------------------------------


def _images(operator: Function, m: int, n: int) -> np.ndarray:
    """The matrix of a linear operator on (m, n) matrices: its columns are the images of units."""
    columns = []
    for j in range(n):
        for i in range(m):
            E = np.zeros((m, n))
            E[i, j] = 1.0
            columns.append(np.asarray(operator(E)).ravel(order="F"))
    return np.stack(columns, axis=1)


@claim("example-f-Ax-matrix")
def example_f_ax_matrix(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    A, dA, x = normal(rng, m, n), normal(rng, m, n), normal(rng, n)

    def f(A: Any) -> Any:
        return A @ x

    yield Check(
        stated=dA @ x,
        referees={
            "complex step": complex_step(f, A, dA),
            "entry by entry": [sum(dA[i, j] * x[j] for j in range(n)) for i in range(m)],
        },
        wrong={"A for dA": A @ x, "x forgotten": dA.sum(axis=1)},
        table=lambda: differential(f, A, dA),
    )
    K = np.kron(x[None, :], np.eye(m))
    yield Check(
        stated=K,
        referees={"complex step": jacobian(f, A), "images of the unit matrices": _images(f, m, n)},
        wrong={
            "x itself (E08)": x[:, None],
            "rows stacked instead of columns": np.kron(np.eye(m), x[None, :]),
        },
        table=lambda: jacobian_matrix(f, A),
    )


@claim("right-is-not-left")
def right_is_not_left(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    beta = rng.uniform(1, 2)
    candidates = [beta * np.eye(n), np.diag(beta + np.arange(n)), normal(rng, n, n)]
    H = normal(rng, m, n)

    def distance(B: np.ndarray) -> float:
        """How far H -> HB is from the nearest H -> CH, C fitted to the images of the units."""
        goal = np.kron(B.T, np.eye(m)).ravel()
        units = np.eye(m * m).reshape(m * m, m, m)
        basis = np.stack([np.kron(np.eye(n), C).ravel() for C in units], axis=1)
        C = np.linalg.lstsq(basis, goal, rcond=None)[0]
        return float(np.linalg.norm(basis @ C - goal))

    def keeps_columns(B: np.ndarray) -> bool:
        """C E_ij has its nonzero column where E_ij has it, and the same for every j."""
        images = [np.outer(np.eye(m)[0], e) @ B for e in np.eye(n)]
        columns = np.stack([Y[:, j] for j, Y in enumerate(images)])
        rest = sum(np.abs(np.delete(Y, j, axis=1)).sum() for j, Y in enumerate(images))
        return bool(rest < 1e-12 and np.ptp(columns, axis=0).max() < 1e-12)

    yield Check(
        stated=[True, False, False],
        referees={
            "nearest left multiplication": [distance(B) < 1e-10 for B in candidates],
            "units kept in their columns": [keeps_columns(B) for B in candidates],
        },
        wrong={"the factor simply moved to the other side": [True, True, True]},
    )
    # All pairs (B, C) with HB = CH for every H: one dimension, (I, I).
    pairs = []
    for B in np.eye(n * n).reshape(n * n, n, n):
        pairs.append(np.kron(B.T, np.eye(m)).ravel())
    for C in np.eye(m * m).reshape(m * m, m, m):
        pairs.append(-np.kron(np.eye(n), C).ravel())
    gram = np.array(pairs) @ np.array(pairs).T
    yield Check(
        stated=1,
        referees={
            "singular values": int(
                np.sum(np.linalg.svd(np.array(pairs), compute_uv=False) < 1e-10)
            ),
            "eigenvalues": int(np.sum(np.linalg.eigvalsh(gram) < 1e-10)),
        },
        wrong={"diagonal B allowed": n},
    )
    B, C = normal(rng, n, n), normal(rng, m, m)
    yield Check(
        stated=H @ B,
        referees={
            "entry by entry": [
                [sum(H[i, k] * B[k, j] for k in range(n)) for j in range(n)] for i in range(m)
            ],
            "complex step": complex_step(lambda X: X @ B, C[:, :n], H),
        },
        wrong={"moved to the left": C @ H},
        table=lambda: differential(lambda X: X @ B, C[:, :n], H),
    )


def _geometric(Y: np.ndarray, H: np.ndarray) -> list[np.ndarray]:
    """The first two terms of (Y^-1 + tH)^-1 after Y, out of the equation (I + tYH) Z = Y."""
    zero = np.zeros_like(H)
    top = np.hstack([np.eye(len(Y)), zero, zero])
    middle = np.hstack([Y @ H, np.eye(len(Y)), zero])
    last = np.hstack([zero, Y @ H, np.eye(len(Y))])
    terms = np.linalg.solve(np.vstack([top, middle, last]), np.vstack([Y, zero, zero]))
    return [terms[len(Y) : 2 * len(Y)], terms[2 * len(Y) :]]


@claim("eq-3-linear-operator")
def eq_3_linear_operator(rng: np.random.Generator) -> Iterator[Check]:
    X, H, K = regular(rng, 3), normal(rng, 3, 3), normal(rng, 3, 3)
    a, inv = rng.uniform(1.5, 2.5), np.linalg.inv
    Y = inv(X)
    yield Check(
        stated=-Y @ (a * H + K) @ Y,
        referees={
            "one step along aH + K": complex_step(inv, X, a * H + K),
            "two steps, combined": a * complex_step(inv, X, H) + complex_step(inv, X, K),
            "five-point differences": five_point(inv, X, a * H + K, 2.0**-11),
        },
        wrong={
            "increments for differentials": a * (inv(X + H) - inv(X)) + inv(X + K) - inv(X),
            "scalar squared": a**2 * complex_step(inv, X, H) + complex_step(inv, X, K),
        },
        table=lambda: derivative(inv, X)[a * H + K],
    )
    # (X + tH)^-1 can be expanded: Y - t YHY + t^2 YHYHY - ...
    half = H / (4 * np.linalg.norm(H) * np.linalg.norm(Y))  # far inside the disc of convergence
    yield Check(
        stated=[-Y @ half @ Y, Y @ half @ Y @ half @ Y],
        referees={
            "circle in the complex plane": [
                circle(inv, X, half, k) / (1.0, 2.0)[k - 1] for k in (1, 2)
            ],
            "partial sums": _geometric(Y, half),
        },
        wrong={
            "signs that do not alternate": [-Y @ half @ Y, -Y @ half @ Y @ half @ Y],
            "nothing after the first term": [-Y @ half @ Y, 0 * Y],
        },
    )


@claim("operator-form-left")
def operator_form_left(rng: np.random.Generator) -> Iterator[Check]:
    A, X, H = normal(rng, 3, 3), normal(rng, 3, 3), normal(rng, 3, 3)

    def f(X: Any) -> Any:
        return A @ X

    yield Check(
        stated=A @ H,
        referees={
            "complex step": complex_step(f, X, H),
            "five-point differences": five_point(f, X, H),
        },
        wrong={"factor on the other side": H @ A},
        table=lambda: differential(f, X, H),
    )
    C, Z = normal(rng, 4, 3), normal(rng, 3, 2)  # of other shapes: I is as wide as X

    def g(X: Any) -> Any:
        return C @ X

    yield Check(
        stated=np.kron(np.eye(2), C),
        referees={"complex step": jacobian(g, Z), "images of the unit matrices": _images(g, 3, 2)},
        wrong={"Kronecker factors exchanged": np.kron(C, np.eye(2))},
        table=lambda: jacobian_matrix(g, Z),
    )


@claim("operator-form-right")
def operator_form_right(rng: np.random.Generator) -> Iterator[Check]:
    B, X, H = normal(rng, 3, 3), normal(rng, 3, 3), normal(rng, 3, 3)

    def f(X: Any) -> Any:
        return X @ B

    yield Check(
        stated=H @ B,
        referees={
            "complex step": complex_step(f, X, H),
            "five-point differences": five_point(f, X, H),
        },
        wrong={"factor on the other side": B @ H},
        table=lambda: differential(f, X, H),
    )
    C, Z = normal(rng, 3, 3), normal(rng, 4, 3)  # of another shape: I is as high as X

    def g(X: Any) -> Any:
        return X @ C

    yield Check(
        stated=np.kron(C.T, np.eye(4)),
        referees={"complex step": jacobian(g, Z), "images of the unit matrices": _images(g, 4, 3)},
        wrong={"transpose forgotten": np.kron(C, np.eye(4))},
        table=lambda: jacobian_matrix(g, Z),
    )


def _root(P: np.ndarray) -> np.ndarray:
    values, V = np.linalg.eigh(P)
    return (V * np.sqrt(values)) @ V.T


def _has_real_root(P: np.ndarray) -> bool:
    """Whether the complex root of a symmetric P gives P again when its imaginary part is lost."""
    values, V = np.linalg.eigh(P)
    real = np.real((V * np.sqrt(values.astype(complex))) @ V.T)
    return bool(np.allclose(real @ real, P))


def _commute(A: np.ndarray, B: np.ndarray) -> bool:
    return bool(np.allclose(A @ B, B @ A))


def _one_form(S: np.ndarray) -> bool:
    """Whether PH, HP and SHS, with P = SS, are one operator: by their matrices."""
    P, I = S @ S, np.eye(len(S))
    left = np.kron(I, P)
    return bool(np.allclose(left, np.kron(P.T, I)) and np.allclose(left, np.kron(S.T, S)))


def _one_image(S: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    """The same by one H = a b^T: PH = (Pa) b^T, HP = a (Pb)^T, SHS = (Sa)(Sb)^T."""
    left, right = np.outer(S @ S @ a, b), np.outer(a, S @ S @ b)
    return bool(np.allclose(left, right) and np.allclose(left, np.outer(S @ a, S @ b)))


@claim("operator-form-sandwich")
def operator_form_sandwich(rng: np.random.Generator) -> Iterator[Check]:
    P, X, H = positive_definite(rng, 3), normal(rng, 3, 3), normal(rng, 3, 3)
    S = _root(P)

    def f(X: Any) -> Any:
        return S @ X @ S

    yield Check(
        stated=S @ H @ S,
        referees={
            "complex step": complex_step(f, X, H),
            "five-point differences": five_point(f, X, H),
        },
        wrong={"the left form P dX (E09)": P @ H, "the right form dX P (E09)": H @ P},
        table=lambda: differential(f, X, H),
    )
    yield Check(
        stated=np.kron(S, S),
        referees={"complex step": jacobian(f, X), "images of the unit matrices": _images(f, 3, 3)},
        wrong={"P on one side (E09)": np.kron(np.eye(3), P)},
        table=lambda: jacobian_matrix(f, X),
    )
    p = P[0, 0]
    same = p * np.eye(3)  # a multiple of I: the three forms are one
    forms = [_root(same) @ H @ _root(same), same @ H, H @ same]
    yield Check(
        stated=p * H,
        referees={"left form": forms[1], "right form": forms[2], "sandwich": forms[0]},
        wrong={"only one root": np.sqrt(p) * H},
    )
    # diag(1, 2) and its root commute, as every P does with its root, and the forms differ.
    # So they do for a root of I that is not positive semidefinite.
    roots = [p * np.eye(2), np.diag([1.0, np.sqrt(2.0)]), np.diag([1.0, -1.0]), _root(P)[:2, :2]]
    yield Check(
        stated=[[True, True], [True, False], [True, False], [True, False]],
        referees={  # does S commute with P = SS? are the three forms one?
            "one matrix on vec": [[_commute(S, S @ S), _one_form(S)] for S in roots],
            "images of a column times a row": [
                [_commute(S @ S, S), _one_image(S, normal(rng, 2), normal(rng, 2))] for S in roots
            ],
        },
        wrong={"one form because P and S commute": [[True, True]] * 4},
    )
    # A real symmetric root exists exactly where no eigenvalue is negative.
    D = [np.diag(d) for d in ([1.0, 2.0, 3.0], [0.0, 1.0, 2.0], [-1.0, 1.0, 2.0])]
    conjugated = [S @ d @ S for d in D]  # the signs of the eigenvalues stay
    sampled = normal(rng, 3, 4000)
    lowest = [np.min(np.sum(sampled * (M @ sampled), axis=0)) for M in conjugated]
    yield Check(
        stated=[True, True, False],
        referees={
            "signs of the eigenvalues": [
                bool(np.linalg.eigvalsh(M)[0] > -1e-12) for M in conjugated
            ],
            "signs in sampled directions": [bool(low > -1e-12) for low in lowest],
            "real part of the root, squared": [_has_real_root(M) for M in conjugated],
        },
        wrong={"a root for every matrix (E09)": [True, True, True]},
    )


@claim("linearity-axiom")
def linearity_axiom(rng: np.random.Generator) -> Iterator[Check]:
    A, B = normal(rng, 4, 3), normal(rng, 3, 4)
    H, K, a = normal(rng, 4, 3), normal(rng, 4, 3), rng.uniform(1.5, 2.5)
    maps: list[Function] = [
        lambda H: B @ H,
        lambda H: H.T @ A + A.T @ H,
        lambda H: np.sum(A * H),
        lambda H: B @ (A + H),
        lambda H: H.T @ H,
        lambda H: np.linalg.norm(H),
    ]

    def superposes(L: Function) -> bool:
        return bool(np.allclose(L(a * H + K), a * np.asarray(L(H)) + L(K), rtol=1e-10))

    def has_a_matrix(L: Function) -> bool:
        image = _images(L, 4, 3) @ H.ravel(order="F")
        return bool(np.allclose(image, np.asarray(L(H)).ravel(order="F"), rtol=1e-10))

    yield Check(
        stated=[True, True, True, False, False, False],
        referees={
            "aH + K in one go": [superposes(L) for L in maps],
            "matrix of the images": [has_a_matrix(L) for L in maps],
        },
        wrong={
            "affine maps counted as linear": [True, True, True, True, False, False],
            "scaling alone": [True, True, True, False, False, True],
        },
    )


def _cubic(X: Any) -> Any:
    return X.T @ X @ X.T


def _cubic_derivative(X: np.ndarray, H: np.ndarray) -> np.ndarray:
    return H.T @ X @ X.T + X.T @ H @ X.T + X.T @ X @ H.T


@claim("prop-frechet")
def prop_frechet(rng: np.random.Generator) -> Iterator[Check]:
    X, H = normal(rng, 4, 3), normal(rng, 4, 3)
    yield Check(
        stated=_cubic_derivative(X, H),
        referees={
            "complex step": complex_step(_cubic, X, H),
            "five-point differences": five_point(_cubic, X, H),
        },
        wrong={
            "middle factor held constant": H.T @ X @ X.T + X.T @ X @ H.T,
            "the increment": _cubic(X + H) - _cubic(X),
        },
        table=lambda: differential(_cubic, X, H),
    )
    found = complex_step(_cubic, X, H)
    less = found - X.T @ H @ X.T
    yield Check(
        stated=[2.0, 1.0],  # with the derivative, and with one term of it lost
        referees={
            "order of the remainder": [
                remainder_order(_cubic, X, H, found),
                remainder_order(_cubic, X, H, less),
            ],
            "first power of t": [
                first_power(_cubic, X, H, found),
                first_power(_cubic, X, H, less),
            ],
        },
        wrong={"any linear operator will do (E10)": [2.0, 2.0]},
        bounds=WHOLE,
    )


@claim("frechet-uniqueness")
def frechet_uniqueness(rng: np.random.Generator) -> Iterator[Check]:
    A, X = rational(rng, 3, 3), rational(rng, 3, 3)
    H, K = rational(rng, 3, 3), rational(rng, 3, 3)
    H[0, 0] = K[0, 0] = Fraction(41, 4)  # neither direction nor disturbance is zero

    def f(X: Any) -> Any:
        return X @ A @ X

    L = H @ A @ X + X @ A @ H
    others = [L, L * Fraction(101, 100), L + K]
    plain, X1, H1 = A.astype(float), X.astype(float), H.astype(float)

    def floating(X: Any) -> Any:
        return X @ plain @ X

    def lowest_power(M: np.ndarray) -> float:
        c = exact_coefficients(f, X, H, 2)
        c[1] = c[1] - M
        return float(next(k for k in (1, 2) if np.any(c[k] != 0)))

    yield Check(
        stated=[2.0, 1.0, 1.0],  # the derivative, then two operators that differ from it
        referees={
            "exact fractions": [lowest_power(M) for M in others],
            "order of the remainder": [
                remainder_order(floating, X1, H1, M.astype(float)) for M in others
            ],
        },
        wrong={"a second derivative close to the first": [2.0, 2.0, 1.0]},
    )
    yield Check(
        stated=L,
        referees={
            "exact fractions": exact_coefficients(f, X, H, 2)[1],
            "complex step": complex_step(floating, X1, H1),
        },
        wrong={"off by a thousandth": L * Fraction(1001, 1000)},
        table=lambda: differential(floating, X1, H1),
    )


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


@claim("footnote-matrix-representation")
def footnote_matrix_representation(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    X, H = normal(rng, m, n), normal(rng, m, n)
    swap = np.zeros((m * n, m * n))  # vec(H^T) = swap vec(H)
    for i, j in np.ndindex(m, n):
        swap[i * n + j, j * m + i] = 1.0

    def gram(X: Any) -> Any:
        return X.T @ X

    J = np.kron(np.eye(n), X.T) + np.kron(X.T, np.eye(n)) @ swap
    yield Check(
        stated=J,
        referees={
            "complex step": jacobian(gram, X),
            "images of the unit matrices": _images(lambda H: H.T @ X + X.T @ H, m, n),
        },
        wrong={
            "order of the entries of H^T forgotten": np.kron(np.eye(n), X.T)
            + np.kron(X.T, np.eye(n)),
            "rows stacked": np.kron(X.T, np.eye(n)) + np.kron(np.eye(n), X.T) @ swap.T,
        },
        table=lambda: jacobian_matrix(gram, X),
    )
    yield Check(
        stated=(J @ H.ravel(order="F")).reshape(n, n, order="F"),
        referees={
            "complex step": complex_step(gram, X, H),
            "five-point differences": five_point(gram, X, H),
        },
        wrong={"rows stacked": (J @ H.ravel()).reshape(n, n)},
        table=lambda: differential(gram, X, H),
    )
