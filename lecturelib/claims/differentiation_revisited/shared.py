"""What the checks of several pages of this chapter use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..referees import circle, order

Function = Callable[[Any], Any]


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
