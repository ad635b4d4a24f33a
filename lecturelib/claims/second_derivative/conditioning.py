"""Checks of the claims of the page "Conditioning: where the digits go"."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from ...calculus import gradient
from ..checking import Check, claim, outside
from ..draws import fractions, full_rank, normal
from .shared import (
    OFF_KERNEL,
    Matrix,
    Vector,
    as_floats,
    from_values,
    lstsq,
    one_step,
    sum_of_squares,
)


@claim("least-squares-by-qr")
def least_squares_by_qr(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 7, 3), normal(rng, 7)
    Q, R = np.linalg.qr(X)
    yield Check(
        stated=np.linalg.solve(R, Q.T @ y),
        referees={
            "values alone": from_values(sum_of_squares(fractions(X), fractions(y)), 3),
            "normal equations": np.linalg.solve(X.T @ X, X.T @ y),
        },
        wrong={
            "R^T for R": np.linalg.solve(R.T, Q.T @ y),
            "the first rows of y for Q^T y": np.linalg.solve(R, y[:3]),
        },
        table=lambda: one_step(X, y),
    )
    squares, cond = np.linalg.eigvalsh(X.T @ X), np.linalg.cond(X)
    yield Check(  # of R, and of X^T X
        stated=[cond, cond**2],
        referees={
            "singular values": [np.linalg.cond(R), np.linalg.cond(X.T @ X)],
            "eigenvalues": [np.sqrt(squares[-1] / squares[0]), squares[-1] / squares[0]],
        },
        wrong={"X^T X no worse than X": [cond, cond]},
    )


@claim("condition-number-bound")
def condition_number_bound(rng: np.random.Generator) -> Iterator[Check]:
    X, unit = full_rank(rng, 7, 3), np.linalg.qr(normal(rng, 7, 7))[0][:, 0]
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    outside_range = unit - U @ (U.T @ unit)
    Q, R = np.linalg.qr(X)

    def moved(solve: Any, y: Any, change: Any) -> float:
        before, after = solve(y), solve(y + change)
        return float(np.linalg.norm(after - before) / np.linalg.norm(before))

    ways = {
        "numpy.linalg.lstsq": lambda y: lstsq(X, y),
        "QR": lambda y: np.linalg.solve(R, Q.T @ y),
    }
    y, change = 3 * U[:, 0] + outside_range, 0.1 * U[:, -1]  # the worst case
    fitted = U @ (U.T @ y)
    yield Check(
        stated=np.linalg.cond(X) * np.linalg.norm(change) / np.linalg.norm(fitted),
        referees={name: moved(solve, y, change) for name, solve in ways.items()},
        wrong={
            "no factor": np.linalg.norm(change) / np.linalg.norm(fitted),
            "the condition number of X^T X": (
                np.linalg.cond(X) ** 2 * np.linalg.norm(change) / np.linalg.norm(fitted)
            ),
            "relative to y itself": np.linalg.cond(X) * np.linalg.norm(change) / np.linalg.norm(y),
        },
    )
    cases = [(y, 0.999 * change)]
    cases += [(normal(rng, 7), 0.1 * normal(rng, 7)) for _ in range(4)]
    bounds = [
        s[0] / s[-1] * np.linalg.norm(step) / np.linalg.norm(U @ (U.T @ b)) for b, step in cases
    ]
    factor = 1 + 1e-9  # for roundings; without the condition number the worst case is above it
    yield Check(
        [True] * 5,
        {
            name: [
                moved(solve, b, step) <= factor * bound
                for (b, step), bound in zip(cases, bounds, strict=True)
            ]
            for name, solve in ways.items()
        },
        {
            "no factor": [
                moved(ways["QR"], b, step) <= factor * bound * s[-1] / s[0]
                for (b, step), bound in zip(cases, bounds, strict=True)
            ]
        },
    )


@claim("rounded-gram-matrix")
def rounded_gram_matrix(rng: np.random.Generator) -> Iterator[Check]:
    e = Fraction(int(rng.integers(1, 90)), 100)
    X = fractions([[1, 1], [e, 0], [0, e]])
    [A] = as_floats(X)
    small = float(e)
    yield Check(  # eigenvalues of X^T X, and the condition number of X
        stated=[small**2, 2 + small**2, np.sqrt(2 + small**2) / small],
        referees={
            "eigenvalues": [*np.linalg.eigvalsh(A.T @ A), np.linalg.cond(A)],
            "lengths of X (1, -1) and X (1, 1)": [
                float(sum((X @ [1, -1]) ** 2)) / 2,
                float(sum((X @ [1, 1]) ** 2)) / 2,
                np.sqrt(float(sum((X @ [1, 1]) ** 2) / sum((X @ [1, -1]) ** 2))),
            ],
        },
        wrong={"X^T X no worse than X": [small, np.sqrt(2 + small**2), 1 / small]},
    )
    six = decimal.Context(prec=6)

    def by_calculator(e: str) -> bool:
        """Whether 1 + e^2 is 1 with six digits: then X^T X has two equal rows."""
        one, small = decimal.Decimal(1), decimal.Decimal(e)
        return six.add(one, six.multiply(small, small)) == one

    def in_single_precision(e: str) -> bool:  # it has 24 binary digits, about seven
        small = np.float32(e)
        return bool(np.float32(1) + small * small == np.float32(1))

    yield Check(
        [True, False],
        {
            "six digits": [by_calculator("1e-4"), by_calculator("1e-2")],
            "single precision": [in_single_precision("1e-4"), in_single_precision("1e-2")],
        },
        {"a small column is never lost": [False, False]},
    )


def _newton(X: Matrix, y: Vector, price: float) -> Vector:
    """Where Newton's step from 0 leads, with the gradient that the table of rules gives."""

    def cost(w: Any) -> Any:
        return np.sum((X @ w - y) ** 2) + price * np.sum(w**2)

    zero = np.zeros(X.shape[1])
    return -np.linalg.solve(2 * (X.T @ X + price * np.eye(len(zero))), gradient(cost, zero))


@claim("ridge-filter")
def ridge_filter(rng: np.random.Generator) -> Iterator[Check]:
    full, price = full_rank(rng, 7, 3), float(rng.uniform(0.5, 2))
    y = normal(rng, 7)
    for X in (full, full @ OFF_KERNEL.astype(float)):
        U, s, Vt = np.linalg.svd(X, full_matrices=False)
        kept = s > 1e-9
        pure = (U.T @ y)[kept] / s[kept]
        n = X.shape[1]

        squares = s[kept] ** 2
        yield Check(
            stated=Vt[kept].T @ (squares / (squares + price) * pure),
            referees={
                "normal equations": np.linalg.solve(X.T @ X + price * np.eye(n), X.T @ y),
                "rows added to X": lstsq(
                    np.vstack([X, price**0.5 * np.eye(n)]), np.append(y, np.zeros(n))
                ),
            },
            wrong={
                "s / (s + nu)": Vt[kept].T @ (s[kept] / (s[kept] + price) * pure),
                "no price": Vt[kept].T @ pure,
            },
            table=partial(_newton, X, y, price),
        )
        low = s[-1] ** 2 * kept[-1]
        G = X.T @ X + price * np.eye(n)
        yield Check(
            stated=(s[0] ** 2 + price) / (low + price),
            referees={
                "singular values": np.linalg.cond(G),
                "eigenvalues": np.linalg.eigvalsh(G)[-1] / np.linalg.eigvalsh(G)[0],
            },
            wrong={"its square root": np.sqrt((s[0] ** 2 + price) / (low + price))},
        )


@outside("ridge-filter", "X is complex")
def ridge_filter_complex(rng: np.random.Generator) -> Iterator[Check]:
    X, y, price = full_rank(rng, 7, 3) + 0.3j * normal(rng, 7, 3), normal(rng, 7), 0.7
    more = np.vstack([X, price**0.5 * np.eye(3)])
    on_rows = X.conj().T
    yield Check(
        stated=np.linalg.solve(X.T @ X + price * np.eye(3), X.T @ y),
        referees={
            "rows added to X": np.linalg.lstsq(more, np.append(y, np.zeros(3)), rcond=1e-9)[0],
            "with conjugates": np.linalg.solve(on_rows @ X + price * np.eye(3), on_rows @ y),
        },
    )


@outside("ridge-filter", "lambda is below -s_n^2 (a minimiser)")
def ridge_filter_saddle(rng: np.random.Generator) -> Iterator[Check]:
    X, y = full_rank(rng, 7, 3), normal(rng, 7)
    _, s, Vt = np.linalg.svd(X)
    price = -1.2 * s[-1] ** 2

    def E(w: Vector) -> float:
        return float(np.sum((X @ w - y) ** 2) + price * np.sum(w * w))

    w = np.linalg.solve(X.T @ X + price * np.eye(3), X.T @ y)
    yield Check(stated=True, referees={"values": bool(E(w + Vt[-1]) > E(w))})
