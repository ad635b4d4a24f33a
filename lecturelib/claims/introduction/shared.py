"""What the checks of several pages of this chapter use."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def nonzero(rng: np.random.Generator, size: int) -> list[Fraction]:
    """Distinct fractions, none of them zero, in ascending order."""
    numbers = [Fraction(k, 4) for k in range(-20, 21) if k]
    return sorted(rng.choice(np.array(numbers, dtype=object), size, replace=False))
