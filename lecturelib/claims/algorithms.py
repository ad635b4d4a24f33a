"""Textbook algorithms in analytic code, which a referee can differentiate by complex steps.

They share nothing with the table of rules, nor with what LAPACK does.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def gram_schmidt(X: Any) -> tuple[Any, Any]:
    """Q and R with a positive diagonal."""
    columns: list[Any] = []
    R = np.zeros((X.shape[1],) * 2, dtype=X.dtype)
    for j in range(X.shape[1]):
        rest = X[:, j]
        for i, q in enumerate(columns):
            R[i, j] = q @ X[:, j]
            rest = rest - R[i, j] * q
        R[j, j] = np.sqrt(rest @ rest)
        columns.append(rest / R[j, j])
    return np.stack(columns, axis=1), R


def positive_qr(X: Any) -> tuple[Any, Any]:
    """Q and R of NumPy, with the diagonal of R made positive (not analytic)."""
    Q, R = np.linalg.qr(X)
    signs = np.sign(np.diagonal(R))
    return Q * signs, R * signs[:, None]


def exp_by_series(A: Any) -> Any:
    """e^A by a power series of A/64, squared six times."""
    step = A / 64
    term = total = np.eye(len(A)) + 0 * step
    for k in range(1, 14):
        term = term @ step / k
        total = total + term
    for _ in range(6):
        total = total @ total
    return total
