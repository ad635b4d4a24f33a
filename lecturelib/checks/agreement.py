"""When two results count as equal."""

from __future__ import annotations

from typing import Any

import numpy as np

#: A formula leaves rounding errors, a wrong one errors of the size of the result. Half of the
#: digits of float64 separate the two with room on both sides, and a gradient by differences passes.
TOLERANCE = 1e-7


#: An entry counts on its own scale down to this part of the largest one: below, it is rounding.
ENTRY = 1e-4


class Agreement:
    """Whether claimed numbers are the known ones, up to the tolerance."""

    def __init__(self, known: np.ndarray, floor: float) -> None:
        self.known, self.scale = known, max(largest(known), floor / TOLERANCE)
        self.zero = largest(known) <= floor

    def error(self, claimed: Any) -> float:
        gap = largest(np.asarray(claimed) - self.known)
        return gap / self.scale if self.scale else gap

    def __call__(self, claimed: Any) -> bool:
        return self.error(claimed) <= TOLERANCE


def as_numbers(A: Any) -> np.ndarray:
    """An array in which sums and products of entries are neither cut off nor wrapped around."""
    A = np.asarray(A)
    return A.astype(float) if A.dtype.kind in "biuf" else A


def largest(A: Any) -> float:
    return float(np.max(np.abs(A), initial=0.0))
