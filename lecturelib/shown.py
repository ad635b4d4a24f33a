"""How numbers reach a page: rounded, so that every machine shows the same, or exact.

Two machines agree on a result up to rounding: about 1e-16 of the numbers it was computed from,
often more. So the last digits of what is printed, the sign of a zero and the digit after a tie
hang on the machine. `show` prints none of them. It rounds twice: first to two digits more than are
shown, and at most ten places beside the scale, which leaves of 4.000000000000009, 0.1249999999999
and -1e-17 what was meant; then to the digits shown. What is nothing but rounding is no number to
show; `bound` says what it is below.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

import numpy as np

__all__ = ["bound", "show", "show_results"]

#: Places beside the scale that a computation is trusted to get right on every machine.
TRUSTED = 10
#: Digits after those shown that decide whether a number ends, and which way a tie goes.
GUARD = 2
#: The most digits shown: two fewer, so that what is shown does not hang on what is not trusted.
MOST = TRUSTED - 2
#: From here on, and below 1e-4, numbers are written with a power of ten.
LARGE = 8

#: Wide enough for every double in units of its trusted places; nobody else's context is touched.
EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)


def show(value: Any, digits: int = 6, scale: float = 1.0) -> str:
    """The text of a number, an array or a list of them, the same on every machine.

    Parameters
    ----------
    value : number, array_like, or list or tuple of them
        Whole numbers, fractions and truth values are exact, and printed as they are.
    digits : int
        Significant digits of the largest entry, 1 to 8; the other entries end at the same place.
        Whole numbers below 1e8 are not cut.
    scale : float
        The size of the numbers that `value` was computed from; that of `value` itself is taken
        where it is larger. What is smaller than 1e-10 of it counts as rounding, and is not shown:
        tell `show` of a scale below 1 where all numbers are small.

    Returns
    -------
    str
        No zero has a sign. A number with fewer digits ends there: two digits more would be zeros;
        one that is rounded keeps its zeros. So 0.3 is three tenths
        and 0.3000 a number near it; 15.0, in an array 15., is fifteen, and 15 is rounded to it.

    Raises
    ------
    ValueError
        If `digits` is not 1 to 8, or `scale` no positive number.
    TypeError
        If `value` holds something else than numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import show
    >>> print(show(4.000000000000009), show(0.1 + 0.2), show(1 / 3, digits=2))
    4.0 0.3 0.33
    >>> print(show(np.array([[2 / 3, 0.25], [-1e-17, 0.29999]]), digits=4))
    [[0.6667 0.25  ]
     [0.     0.3000]]
    >>> from fractions import Fraction
    >>> print(show([Fraction(29, 66), 3, -0.5]))
    [29/66, 3, -0.5]
    >>> print(show(np.exp(-30)), show(np.exp(-30), digits=3, scale=1e-13))
    0.0 9.36e-14
    """
    if not isinstance(digits, numbers.Integral) or not 1 <= digits <= MOST:
        raise ValueError(
            f"digits must be a whole number from 1 to {MOST}, but it is {digits!r}: digits beyond "
            "differ from one machine to the next."
        )
    if not (isinstance(scale, numbers.Real) and 0 < float(scale) < math.inf):
        raise ValueError(f"scale must be a positive number, but it is {scale!r}.")
    return _text(value, _places(list(_sizes(value)), int(digits), float(scale)))


def bound(value: Any, limit: float = 1e-12) -> str:
    """Say that numbers are below a limit; how far below, the machine decides.

    Parameters
    ----------
    value : number or array_like
        What rounding, or a step of a method, leaves over.
    limit : float
        What its largest entry is below, in absolute value.

    Returns
    -------
    str
        "below 1e-12", with the limit.

    Raises
    ------
    ValueError
        If it is not below the limit.

    Examples
    --------
    >>> from lecturelib import bound
    >>> print(bound(0.1 + 0.2 - 0.3))
    below 1e-12
    """
    largest = max(_sizes(value), default=0.0)
    if not largest < limit:  # NaN is below nothing
        raise ValueError(
            f"The largest entry is {largest:.1e}, not below {limit:g}: state a limit that holds."
        )
    return f"below {limit:g}"


def show_results() -> None:
    """Let a notebook print by `show` the numbers and arrays that its cells end in.

    Every notebook of the course calls it at its top. Outside a notebook it does nothing. `print`
    is not changed: all that is written is IPython's table of printers, which ends with the session.
    """
    # Not imported: a session that has no IPython in it is no notebook.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return
    printers = shell.display_formatter.formatters["text/plain"]
    scalars = {
        np.dtype(code).type for code in "?" + np.typecodes["AllInteger"] + np.typecodes["AllFloat"]
    }
    for kind in {float, complex, *scalars}:  # by name: IPython asks a class before its parents
        printers.for_type(kind, lambda value, printer, cycle: printer.text(show(value)))
    printers.for_type(np.ndarray, _print_array)


def _print_array(value: np.ndarray, printer: Any, cycle: bool) -> None:
    printer.text(show(value) if value.dtype.kind in "biufc" else repr(value))


# ---------------------------------------------------------------- how far to print


class _Places(NamedTuple):
    """Where numbers end: whole multiples of 10**trusted count, of 10**last are shown."""

    trusted: int
    last: int
    powers: bool  # of ten, as in 1e-05


def _places(sizes: list[float], digits: int, scale: float) -> _Places:
    largest = max((size for size in sizes if size < math.inf), default=0.0)
    trusted = _exponent(max(largest, scale)) - TRUSTED
    largest = float(f"{_rounded(largest, trusted):.{digits - 1}e}")
    first = _exponent(largest) if largest else 0
    powers = not -4 <= first < LARGE
    last = max(first - digits + 1, trusted)
    last = last if powers else min(last, 0)
    return _Places(max(trusted, last - GUARD), last, powers)


def _exponent(size: float) -> int:
    """Of the first digit; 9.99999999999999 counts as the 10 that another machine finds."""
    return int(f"{size:.{TRUSTED - 1}e}".partition("e")[2])


def _rounded(x: float | Decimal, place: int) -> Decimal:
    return Decimal(x).quantize(Decimal((0, (1,), place)), context=EXACT)


def _sizes(value: Any) -> Iterator[float]:
    """Absolute values of all inexact numbers, of real and imaginary part each."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        parts = (value.real, value.imag) if value.dtype.kind == "c" else (value,)
        yield from (float(np.max(np.abs(part))) for part in parts if part.size)
    elif isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        for item in value:
            yield from _sizes(item)
    elif isinstance(value, numbers.Rational):
        return
    elif isinstance(value, numbers.Real):
        yield abs(float(value))
    elif isinstance(value, numbers.Complex):
        yield from (abs(float(value.real)), abs(float(value.imag)))


# ---------------------------------------------------------------- writing


def _text(value: Any, places: _Places) -> str:
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return _text(value.item(), places)
        return _array(value, places)
    if isinstance(value, list):
        return "[" + ", ".join(_text(item, places) for item in value) + "]"
    if isinstance(value, tuple):
        texts = [_text(item, places) for item in value]
        return "(" + ", ".join(texts) + ("," if len(texts) == 1 else "") + ")"
    if isinstance(value, (bool, np.bool_, numbers.Rational)):
        return str(value)
    if isinstance(value, numbers.Real):
        return _real(float(value), places, whole=".0")
    if isinstance(value, numbers.Complex):
        return f"({_complex(complex(value), places, whole='')})"
    raise TypeError(
        f"show prints numbers, arrays, and lists and tuples of them, but was given a value of type "
        f"{type(value).__name__}: print it itself."
    )


def _real(x: float, places: _Places, whole: str) -> str:
    """One number; `whole` marks one without decimals as inexact, as NumPy and Python do."""
    if not math.isfinite(x):
        return str(x)
    known = _rounded(x, places.trusted)
    shown = _rounded(known, places.last)
    if not shown:
        shown = abs(shown)  # no sign
    if shown == known:  # it ends here
        shown = shown.normalize(EXACT)
    if places.powers and shown:
        mantissa, _, exponent = f"{shown:e}".partition("e")
        return f"{mantissa}e{int(exponent):+03d}"
    text = f"{shown:f}"
    return text + whole if shown == known and "." not in text else text


def _complex(z: complex, places: _Places, whole: str) -> str:
    imaginary = _real(z.imag, places, whole)
    sign = "" if imaginary.startswith("-") else "+"
    return f"{_real(z.real, places, whole)}{sign}{imaginary}j"


def _array(values: np.ndarray, places: _Places) -> str:
    """As NumPy lays an array out, with the texts of `show` in the entries' places."""
    if values.dtype.kind == "c":
        texts = [_complex(complex(z), places, whole=".") for z in values.flat]
    elif values.dtype.kind == "f":
        texts = [_real(float(x), places, whole=".") for x in values.flat]
        texts = texts if places.powers else _aligned(texts)
    else:
        texts = [_text(x, places) for x in values.flat]
    width = max(map(len, texts), default=0)
    entries = np.array([text.rjust(width) for text in texts], dtype=object).reshape(values.shape)
    return np.array2string(entries, formatter={"all": str})


def _aligned(texts: list[str]) -> list[str]:
    """Filled up on the right, so that the points stand below each other."""
    after = [len("".join(text.partition(".")[1:])) for text in texts]
    return [text + " " * (max(after, default=0) - n) for text, n in zip(texts, after, strict=True)]
