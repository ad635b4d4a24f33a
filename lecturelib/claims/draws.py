"""Random matrices for the claims: well conditioned, and nothing symmetric by accident."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Independent standard normal entries."""
    return rng.standard_normal(shape)


def signed(rng: np.random.Generator, low: float, high: float, *shape: int) -> Any:
    """Numbers of sizes between low and high and of both signs."""
    return rng.choice([-1, 1], shape) * rng.uniform(low, high, shape)


def orthogonal(rng: np.random.Generator, n: int) -> np.ndarray:
    """An orthogonal matrix, of determinant 1 or -1."""
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def full_rank(rng: np.random.Generator, m: int, n: int) -> np.ndarray:
    """An (m, n) matrix whose singular values lie between 1 and 3, well apart."""
    k = min(m, n)
    U = np.linalg.qr(rng.standard_normal((m, k)))[0]
    V = np.linalg.qr(rng.standard_normal((n, k)))[0]
    return (U * (np.linspace(1.0, 3.0, k) + rng.uniform(-0.2, 0.2, k) / k)) @ V.T


def regular(rng: np.random.Generator, n: int) -> np.ndarray:
    """An invertible square matrix, not symmetric, of determinant of either sign."""
    return full_rank(rng, n, n)


def symmetric(rng: np.random.Generator, n: int) -> np.ndarray:
    """A symmetric, in general indefinite matrix."""
    A = rng.standard_normal((n, n))
    return (A + A.T) / 2


def positive_definite(rng: np.random.Generator, n: int) -> np.ndarray:
    """A symmetric matrix with eigenvalues between 1 and 3, well apart."""
    Q = orthogonal(rng, n)
    A = (Q * (np.linspace(1.0, 3.0, n) + rng.uniform(-0.2, 0.2, n) / n)) @ Q.T
    return (A + A.T) / 2


def skew(rng: np.random.Generator, n: int) -> np.ndarray:
    """A skew-symmetric matrix."""
    A = rng.standard_normal((n, n))
    return A - A.T


def rational(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Fractions of sizes from 0.1 to 4 and both signs, for exact referees.

    There are so many of them that in practice no two agree, no sum of a few vanishes and no matrix
    is singular that need not be. (With one-digit numerators one draw in some thousand is such a
    special case.)
    """
    numerators = rng.integers(10**6, 4 * 10**7, shape) * rng.choice([-1, 1], shape)
    out = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        out[index] = Fraction(int(numerators[index]), 10**7)
    return out


def fractions(values: Any) -> np.ndarray:
    """An array of exact fractions from an array of integers, fractions or strings like "1/3"."""
    array = np.asarray(values, dtype=object)
    out = np.empty(array.shape, dtype=object)
    for index, value in np.ndenumerate(array):
        out[index] = Fraction(value)
    return out
