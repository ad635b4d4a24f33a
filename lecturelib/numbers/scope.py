"""What the computation of one derivative shares: the constants it has met, and the last inverse.

This is the only state of the numeric readers, and it belongs to one thread. Constants enter here:
as float64 or complex128, and as they were when f met them, whatever becomes of the caller's array
later. The last inverse ends with the outermost ``with shared:``.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np

#: Arrays of fewer entries are copied whenever they are met; others once, while they stay the same.
SMALL = 4096

#: How many copies are kept, and how many bytes of them; beyond that the oldest go.
KEPT, KEPT_BYTES = 16, 1 << 28


class _Shared(threading.local):
    """``with shared:`` around the computation of one derivative."""

    def __init__(self) -> None:
        self.depth = 0
        self.point: Any = None
        self.inverse: Any = None
        #: Where a result was not finite, the rules that had no finite slope, in order; else None.
        self.poles: list[tuple[Any, tuple[int, ...]]] | None = None
        #: Place and layout of an array -> its owner, and the copy, for as long as the owner lives.
        self.copies: dict[Any, tuple[Any, np.ndarray]] = {}

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *exception: object) -> None:
        self.depth -= 1
        self.point = self.inverse = None
        if self.depth == 0:
            self.poles = None

    def copy_of(self, array: np.ndarray) -> np.ndarray:
        """The array as it is now; nothing that is done to it later reaches the copy."""
        if array.size < SMALL:
            return array.copy(order="K")
        owner, may_change = _owner(array)
        if not may_change:
            return array
        key = array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.char
        if (known := self.copies.get(key)) is not None:
            kept_for, copy = known
            if kept_for() is owner and bool((array == copy).all()):
                return copy
        copy = array.copy(order="K")
        copy.flags.writeable = False
        copies = self.copies
        copies[key] = weakref.ref(owner, lambda _: copies.pop(key, None)), copy
        while len(copies) > 1 and (
            len(copies) > KEPT or sum(kept.nbytes for _, kept in list(copies.values())) > KEPT_BYTES
        ):
            copies.pop(next(iter(copies)))
        return copy


shared = _Shared()


def _owner(array: np.ndarray) -> tuple[np.ndarray, bool]:
    """The array whose memory this is a view of, and whether one on the way can be written to."""
    may_change = array.flags.writeable
    while isinstance(array.base, np.ndarray):
        array = array.base
        may_change = may_change or array.flags.writeable
    return array, may_change or array.base is not None


def constant(x: Any) -> Any:
    """A number or an array as the readers take it.

    Parameters
    ----------
    x : object
        What stands beside a value under differentiation, or a point, or a direction.

    Returns
    -------
    object
        A Python float, or a number or an array of float64 or complex128; arrays are copies.

    Raises
    ------
    TypeError
        For what is no number, and for subclasses of arrays, whose rules for ``*`` or masks would be
        lost.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.numbers.scope import constant
    >>> constant(np.int8(100)), constant([True, False])
    (100.0, array([1., 0.]))
    """
    kind = type(x)
    if kind is np.ndarray:
        dtype = x.dtype
        if dtype == np.float64 or dtype == np.complex128:
            return shared.copy_of(x)
        return _as_numbers(x)
    if kind is float or kind is np.float64:
        return x
    if kind is list or kind is tuple:
        return _as_numbers(_regular(x))
    if isinstance(x, np.ndarray):
        return _of_subclass(x)
    if isinstance(x, complex | np.complexfloating):
        return np.complex128(x)
    try:  # integers, small floats, fractions, decimals
        if isinstance(x, str | bytes):
            raise TypeError
        return float(x)
    except OverflowError:
        raise OverflowError(
            "An integer beside a value under differentiation is too large for a floating-point "
            "number, which ends at 1.8e308. Use its logarithm, or divide before."
        ) from None
    except (TypeError, ValueError):
        raise _no_numbers(f"a {kind.__name__}") from None


def _as_numbers(array: np.ndarray) -> np.ndarray:
    """A new array of float64 or complex128."""
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    if array.dtype.kind == "O" and not any(x is None or isinstance(x, str) for x in array.flat):
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError):
            pass
    raise _no_numbers(f"an array of type {array.dtype}")


def _regular(x: Any) -> np.ndarray:
    try:
        return np.asarray(x)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(
            "A list has rows of different lengths, and an array needs equal ones. Write the rows "
            "as arrays of their own, or fill the short ones up."
        ) from None


def _of_subclass(array: np.ndarray) -> np.ndarray:
    if isinstance(array, np.memmap):
        return constant(np.asarray(array))
    raise TypeError(
        f"A {type(array).__name__} of shape {array.shape} means something else by its operators or "
        "entries than an array does, and that would be lost. Use np.asarray(...) of it, and for a "
        "mask np.where(mask, 0, ...)."
    )


def _no_numbers(what: str) -> TypeError:
    return TypeError(
        f"Differentiation needs numbers, and was given {what}. Convert it to an array of floats, "
        "such as np.asarray(..., dtype=float)."
    )


def frozen(x: Any) -> Any:
    """An index, a mask or an axis as it is now."""
    kind = type(x)
    if kind is np.ndarray:
        return x.copy()
    if kind is list:
        return np.array(x) if x else np.array(x, dtype=int)
    if kind is tuple:
        return tuple([frozen(part) for part in x])
    return x
