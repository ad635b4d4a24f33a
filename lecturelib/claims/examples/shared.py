"""What the checks of several pages of this chapter use."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..draws import full_rank
from ..referees import five_point

Array = np.ndarray


def expansion(A: Any) -> Any:
    """The determinant by expansion along the first row; exact for fractions."""
    if len(A) == 1:
        return A[0, 0]
    minors = [expansion(np.delete(A[1:], j, axis=1)) for j in range(len(A))]
    return sum((-1) ** j * A[0, j] * minor for j, minor in enumerate(minors))


def cofactors(A: Any) -> Array:
    """The matrix of cofactors, the transpose of the adjugate; exact for fractions."""
    C = np.empty_like(A)
    for i, j in np.ndindex(*A.shape):
        C[i, j] = (-1) ** (i + j) * expansion(np.delete(np.delete(A, i, axis=0), j, axis=1))
    return C


SIZES = (3, 5, 4, 2)


#: Nested tanh have large fifth derivatives, which a shorter step keeps out of the differences.
differences = functools.partial(five_point, h=2.0**-11)


def layer(W: Any, phi: Any) -> Any:
    """f(W, phi) of the lecture, with tanh."""
    return np.tanh(W.T @ phi)


def slope(z: Any) -> Any:
    """tanh'."""
    return 1 - np.tanh(z) ** 2


def network(rng: np.random.Generator, sizes: Sequence[int] = SIZES) -> list[np.ndarray]:
    """Weights that leave the perceptrons neither idle nor saturated."""
    return [0.7 * full_rank(rng, m, n) for m, n in zip(sizes, sizes[1:], strict=False)]


def cost(weights: Sequence[Any], phi: Any, target: Any) -> Any:
    """||phi_L - target||^2, averaged over the columns if there are several."""
    output = functools.reduce(lambda x, W: layer(W, x), weights, phi)
    return np.sum((output - target) ** 2) / (1 if np.ndim(target) == 1 else target.shape[1])
