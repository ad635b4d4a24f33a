"""What the checks of several pages of this chapter use."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..referees import circle, mixed_difference

Array = np.ndarray
Function = Callable[[Any], Any]


def bent(f: Function, X: Array, H: Array, K: Array) -> Any:
    """d^2 f(X)[H, K] by polarisation, from values on circles in the complex plane."""
    return (circle(f, X, H + K, 2) - circle(f, X, H - K, 2)) / 4


def hessian_by(second: Callable[..., Any], f: Function, X: Array, H: Array) -> Array:
    """The Hessian operator at X on H, an entry at a time, by `bent` or `mixed_difference`."""
    out = np.empty(X.shape)
    for index in np.ndindex(X.shape):
        E = np.zeros(X.shape)
        E[index] = 1.0
        out[index] = second(f, X, E, H)
    return out


def hessian_matrix(f: Function, X: Array, second: Callable[..., Any] = mixed_difference) -> Array:
    """Its matrix on the entries of X, row after row."""
    columns = []
    for index in np.ndindex(X.shape):
        E = np.zeros(X.shape)
        E[index] = 1.0
        columns.append(hessian_by(second, f, X, E).ravel())
    return np.stack(columns, axis=1)


def exact_rank(A: Any) -> int:
    """The rank of a matrix of fractions, by elimination."""
    rows = [[Fraction(a) for a in row] for row in A]
    rank = 0
    for j in range(len(rows[0])):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][j]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][j] / rows[rank][j]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def symmetric_partials(f: Function, S: Array, first: Callable[..., Any]) -> Array:
    """The symmetric matrix whose inner product with symmetric directions is the derivative.

    Entry (i, j) is the derivative along the symmetric direction with 1/2 at (i, j) and at (j, i).
    """
    G = np.empty(S.shape)
    for i, j in np.ndindex(S.shape):
        E = np.zeros(S.shape)
        E[i, j] += 0.5
        E[j, i] += 0.5
        G[i, j] = first(f, S, E)
    return G


def sym(M: Any) -> Any:
    return (M + M.T) / 2
