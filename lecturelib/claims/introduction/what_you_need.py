"""Checks of the claims of the page "What you need"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import numpy as np

from ...calculus import gradient, hessian
from ..checking import Check, claim, outside
from ..draws import fractions, normal, positive_definite, rational, symmetric
from ..referees import complex_step, exact_coefficients, mixed_difference


@claim("partial-derivatives-recalled")
def partial_derivatives_recalled(rng: np.random.Generator) -> Iterator[Check]:
    x1, x2 = rational(rng, 2)
    by_x1 = exact_coefficients(lambda t: t * t * x2, x1, Fraction(1), 2)[1]
    by_x2 = exact_coefficients(lambda t: x1 * x1 * t, x2, Fraction(1), 2)[1]
    at = np.array([float(x1), float(x2)])

    def f(x: Any) -> Any:
        return x[0] ** 2 * x[1]

    units = np.eye(2)
    mixed = mixed_difference(f, at, units[0], units[1])
    yield Check(
        stated=[2 * x1 * x2, x1 * x1],
        referees={
            "exact fractions": [by_x1, by_x2],
            "complex step": [complex_step(f, at, e) for e in units],
        },
        wrong={
            "the other variable moves too": [2 * x1 * x2 + x1 * x1] * 2,
            "entries exchanged": [x1 * x1, 2 * x1 * x2],
        },
        table=lambda: gradient(f, at),
    )
    yield Check(
        stated=[2 * x1],
        referees={
            "exact fractions": [exact_coefficients(lambda t: t * t, x1, Fraction(1), 2)[1]],
            "complex step, then differences": [mixed],
        },
        wrong={"the second derivative by x1": [2 * x2], "differentiated once more": [2 + 0 * x1]},
        table=lambda: hessian(f, at).matrix()[:1, 1],
    )


def leibniz(A: Any) -> Any:
    """The determinant as the sum over all permutations, with their signs."""
    n = len(A)
    total = 0
    for order in permutations(range(n)):
        swaps = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        total = total + (-1) ** swaps * np.prod([A[i, order[i]] for i in range(n)])
    return total


def along_the_first_row(A: Any) -> Any:
    """The determinant by expansion, as the page has it."""
    if len(A) == 1:
        return A[0, 0]
    rest = range(len(A))
    return sum(
        (-1) ** j * A[0, j] * along_the_first_row(A[1:][:, [k for k in rest if k != j]])
        for j in rest
    )


@claim("determinants-recalled")
def determinants_recalled(rng: np.random.Generator) -> Iterator[Check]:
    A, B = rational(rng, 2, 3, 3)
    triangle = np.triu(A)
    a, b = leibniz(A), leibniz(B)
    made = [A @ B, A.T, triangle]
    yield Check(
        stated=[a * b, a, A[0, 0] * A[1, 1] * A[2, 2]],
        referees={
            "all permutations": [leibniz(M) for M in made],
            "along the first row": [along_the_first_row(M) for M in made],
        },
        wrong={
            "of a sum, the sum": [a + b, a, A[0, 0] * A[1, 1] * A[2, 2]],
            "the trace of a triangle": [a * b, a, np.trace(A)],
        },
    )
    yield Check(
        stated=[leibniz(A + B) == a + b],
        referees={
            "all permutations": [False],
            "along the first row": [along_the_first_row(A + B) == a + b],
        },
        wrong={"additive": [True]},
    )
    # Singular, and next to it: a last row that is a sum of the others.
    singular = np.stack([A[0], A[1], A[0] + A[1]])
    yield Check(
        stated=[leibniz(singular) == 0, leibniz(A) == 0],
        referees={
            "a vector that is sent to 0": [
                not np.any(np.array([1, 1, -1]) @ M) for M in (singular, A)
            ],
            "rank": [
                bool(np.linalg.matrix_rank(M.astype(float), rtol=1e-9) < 3) for M in (singular, A)
            ],
        },
        wrong={"every matrix invertible": [False, False]},
    )
    # The area between the columns, by the shoelace formula.
    C = A[:2, :2]
    corners = np.array([[0, 0], C[:, 0], C[:, 0] + C[:, 1], C[:, 1]], dtype=object)
    x, y = corners.T
    area = sum(x[k] * y[(k + 1) % 4] - y[k] * x[(k + 1) % 4] for k in range(4)) / 2
    p, q, r, s = C[0, 0], C[0, 1], C[1, 0], C[1, 1]
    yield Check(
        stated=[p * s - q * r],
        referees={"round the corners": [area], "all permutations": [leibniz(C)]},
        wrong={"ad + bc": [p * s + q * r], "ab - cd": [p * q - r * s]},
    )


def _values(M: np.ndarray) -> np.ndarray:
    """x^T M x for the x with entries -1, 0, 1."""
    return np.array([x @ M @ x for x in product([-1.0, 0.0, 1.0], repeat=len(M))])


@claim("eigenvalues-recalled")
def eigenvalues_recalled(rng: np.random.Generator) -> Iterator[Check]:
    A = normal(rng, 4, 4)
    roots = np.roots(np.poly(A))
    yield Check(
        stated=[sum(A[i, i] for i in range(4)), leibniz(A)],
        referees={
            "eigenvalues": [np.linalg.eigvals(A).sum().real, np.linalg.eigvals(A).prod().real],
            "zeros of the polynomial": [roots.sum().real, roots.prod().real],
        },
        wrong={"of the absolute values": [np.abs(roots).sum(), np.abs(roots).prod()]},
    )
    # Positive definite, indefinite, singular and semidefinite.
    P, S = positive_definite(rng, 3), symmetric(rng, 3)
    S = S - np.trace(S) / 3 * np.eye(3)  # eigenvalues of both signs
    v = normal(rng, 3)
    semidefinite = np.outer(v, v)
    drawn = [P, S, semidefinite]
    yield Check(
        stated=[True, False, False],
        referees={
            "eigenvalues": [bool(np.linalg.eigvalsh(M).min() > 1e-9) for M in drawn],
            "leading minors": [all(leibniz(M[:k, :k]) > 1e-9 for k in (1, 2, 3)) for M in drawn],
        },
        wrong={"semidefinite counted": [True, False, True]},
    )
    # Semidefinite and indefinite: an S without a trace has entries of both signs on its diagonal.
    yield Check(
        stated=[True, False, True, False, True, False],
        referees={
            "eigenvalues": [bool(np.linalg.eigvalsh(M).min() > -1e-9) for M in drawn]
            + [bool(np.prod(np.linalg.eigvalsh(M)[[0, -1]]) < -1e-9) for M in drawn],
            "values of the form": [bool(_values(M).min() > -1e-9) for M in drawn]
            + [bool(_values(M).min() < -1e-9 and _values(M).max() > 1e-9) for M in drawn],
        },
        wrong={"semidefinite only if definite": [True, False, False, False, True, False]},
    )
    # Without symmetry the eigenvalues do not decide.
    B = fractions([[1, 4], [0, 1]])
    x = np.array([1, -1])
    yield Check(
        stated=[True, False],
        referees={
            "zeros of (1 - z)^2 and a value": [
                bool(B[0, 0] > 0 and B[1, 1] > 0),
                bool(x @ B @ x > 0),
            ],
            "numbers": [
                bool((np.linalg.eigvals(B.astype(float)) > 0).all()),
                bool(x @ B.astype(float) @ x > 0),
            ],
        },
        wrong={"positive eigenvalues are enough for every matrix": [True, True]},
    )


@outside("eigenvalues-recalled", "the matrix is not symmetric")
def definite_without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    a, b = rng.uniform(1, 2, 2)
    A = np.array([[a, 8.0], [0.0, b]])  # eigenvalues a and b, both positive
    x = np.array([1.0, -1.0])
    yield Check(stated=[True], referees={"a value of the form": [bool(x @ A @ x > 0)]})


@claim("orders-are-slopes")
def orders_are_slopes(rng: np.random.Generator) -> Iterator[Check]:
    c, t = rational(rng, 2)
    t = abs(t)
    powers = [1, 2, 3]
    halved = [c * (t / 2) ** p / (c * t**p) for p in powers]
    yield Check(
        stated=[Fraction(1, 2**p) for p in powers],
        referees={
            "exact fractions": halved,
            "multiplied out": [Fraction(1, 2) ** p for p in powers],
        },
        wrong={"half of it, whatever the order": [Fraction(1, 2)] * 3},
    )
    steps = np.array([0.3, 0.1])
    slopes = [float(np.diff(np.log(3 * steps**p))[0] / np.diff(np.log(steps))[0]) for p in powers]
    many = np.geomspace(0.01, 1, 9)
    fitted = [float(np.polyfit(np.log(many), np.log(2 * many**p), 1)[0]) for p in powers]
    yield Check(
        stated=[float(p) for p in powers],
        referees={"between two points": slopes, "line of least squares": fitted},
        wrong={"the factor for the slope": [2.0**-p for p in powers]},
    )
    # With a term of higher order besides: not at t = 1, but in the limit.
    tiny = [abs(float(c)) * s**2 * (1 + s) for s in (1e-6, 5e-7)]
    coarse = [abs(float(c)) * s**2 * (1 + s) for s in (1.0, 0.5)]
    yield Check(
        stated=[True, False],
        referees={
            "two small steps": [bool(abs(np.log2(e[0] / e[1]) - 2) < 1e-3) for e in (tiny, coarse)],
            "exact ratio": [abs(4 * (1 + s) / (1 + s / 2) - 4) < 1e-3 for s in (1e-6, 1.0)],
        },
        wrong={"at every step": [True, True]},
    )


@outside("orders-are-slopes", "a term of higher order, and a step that is not small")
def order_at_a_large_step(rng: np.random.Generator) -> Iterator[Check]:
    c = rng.uniform(1, 2)
    yield Check(
        stated=[1 / 4],
        referees={"two steps": [(0.25 + c * 0.125) / (1 + c)]},  # of t^2 + c t^3, at 1 and 1/2
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("partial-derivatives-recalled", "the other variable moves, too")
def both_variables_move(rng: np.random.Generator) -> Iterator[Check]:
    x, speed = normal(rng, 2) + 3, rng.uniform(1, 2)
    yield Check(
        stated=2 * x[0] * x[1],
        referees={
            "complex step": complex_step(lambda x: x[0] ** 2 * x[1], x, np.array([1.0, speed]))
        },
    )


@outside("eigenvalues-recalled", "a double eigenvalue is counted once")
def double_eigenvalue_once(rng: np.random.Generator) -> Iterator[Check]:
    a, b, c = rational(rng, 3)
    A = fractions([[a, c, 0], [0, a, 0], [0, 0, b]])
    yield Check(
        stated=fractions([a + b, a * b]),
        referees={"diagonal, all permutations": fractions([np.trace(A), leibniz(A)])},
    )
