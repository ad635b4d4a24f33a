"""Checks of the claims of the page "The product rule, first"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential
from ..checking import Check, claim
from ..draws import rational
from ..referees import complex_step, exact_coefficients


def entries(A: Any, B: Any) -> list[list[Any]]:
    """A product of matrices, an entry at a time."""
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in B.T] for row in A]


def second_order(A: Any, dA: Any, B: Any, dB: Any) -> Any:
    """The change of AB less the two terms of the rule, an entry at a time."""
    changed = np.array(entries(A + dA, B + dB)) - np.array(entries(A, B))
    return changed - np.array(entries(dA, B)) - np.array(entries(A, dB))


@claim("product-rule-first")
def product_rule_first(rng: np.random.Generator) -> Iterator[Check]:
    A, dA, B, dB = (rational(rng, *shape) for shape in [(2, 3), (2, 3), (3, 4), (3, 4)])
    yield both_factors(A, dA, B, dB, {"derivatives multiplied": dA @ dB, "one term": dA @ B})
    # Square, so that no shape tells.
    S, dS, T, dT = rational(rng, 4, 3, 3)
    wrong = {
        "dA B + B dA": dS @ T + T @ dS,
        "A dB + B dA": S @ dT + T @ dS,
        "factors of both terms exchanged": T @ dS + dT @ S,
    }
    yield both_factors(S, dS, T, dT, wrong)
    # What is left, and a quarter of it for half the changes.
    yield Check(
        stated=[dA @ dB, dA @ dB / 4],
        referees={
            "entry by entry": [
                second_order(A, dA, B, dB),
                second_order(A, dA / 2, B, dB / 2),
            ],
            "second coefficient": [
                share**2 * change_coefficients(A, dA, B, dB)[2]
                for share in (Fraction(1), Fraction(1, 2))
            ],
        },
        wrong={"half of it for half the changes": [dA @ dB, dA @ dB / 2]},
    )


def change_coefficients(A: Any, dA: Any, B: Any, dB: Any) -> list[np.ndarray]:
    """The coefficients of 1, t, t^2 in (A + t dA)(B + t dB), exact for fractions."""
    start, step = Fraction(0), Fraction(1)
    return exact_coefficients(lambda t: (A + t * dA) @ (B + t * dB), start, step, 2)


def both_factors(A: Any, dA: Any, B: Any, dB: Any, wrong: dict[str, Any]) -> Check:
    a, da, b, db = (M.astype(float) for M in (A, dA, B, dB))
    return Check(
        stated=dA @ B + A @ dB,
        referees={
            "exact fractions": change_coefficients(A, dA, B, dB)[1],
            "complex step": complex_step(lambda t: (a + t * da) @ (b + t * db), 0.0, 1.0),
        },
        wrong=wrong,
        table=lambda: differential(lambda A: A @ b, a, da) + differential(lambda B: a @ B, b, db),
    )


@claim("square-of-a-matrix")
def square_of_a_matrix(rng: np.random.Generator) -> Iterator[Check]:
    X, H = rational(rng, 2, 3, 3)
    x, h = X.astype(float), H.astype(float)
    yield Check(
        stated=H @ X + X @ H,
        referees={
            "exact fractions": exact_coefficients(lambda X: X @ X, X, H, 2)[1],
            "complex step": complex_step(lambda X: X @ X, x, h),
        },
        wrong={"2 X dX": 2 * X @ H, "2 dX X": 2 * H @ X},
        table=lambda: differential(lambda X: X @ X, x, h),
    )
    # Where 2 X dX is right: along I, X and X^2, which commute with X, and not along H.
    directions = [np.eye(3, dtype=int) * X[0, 0], X, X @ X, H]
    yield Check(
        stated=[True, True, True, False],
        referees={
            "exact fractions": [
                bool((exact_coefficients(lambda X: X @ X, X, K, 2)[1] == 2 * X @ K).all())
                for K in directions
            ],
            "entry by entry": [entries(X, K) == entries(K, X) for K in directions],
        },
        wrong={
            "for every direction": [True] * 4,
            "along X alone": [False, True, False, False],
        },
    )
