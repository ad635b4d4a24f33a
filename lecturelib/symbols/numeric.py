"""A reader's number against the right one: is it right to so many digits, and if not, which slip?

>>> from lecturelib.symbols.numeric import compare_number
>>> bool(compare_number("29/66", "29/66")), bool(compare_number("0.439", "29/66"))
(True, True)
>>> compare_number("66/29", "29/66").slip
'reciprocal'
"""

from __future__ import annotations

import math
from fractions import Fraction

from .answers import FAILURES, Comparison, Point
from .exact import NoValue
from .parse import parse
from .tokens import ParseError

#: The constants that an answer may name.
CONSTANTS = {"e": math.e, "pi": math.pi}

#: Factors between an answer and the truth that are named, beside powers of ten.
FACTORS = tuple(Fraction(n) for n in (2, 3, 4, "1/2", "1/3", "1/4"))

#: The longest answer, and the largest modulus in it: more is no number that was asked for.
LENGTH = 200


def compare_number(answer: str, value: str, digits: int = 3) -> Comparison:
    """Hold a reader's number against the right one.

    Parameters
    ----------
    answer : str
        A number, or what has one as its value in the grammar of `derive`: ``"29/66"``,
        ``"0.439"``, ``"sqrt(2)/2"``, ``"exp(-2)"``, ``"2*pi"``.
    value : str
        The right one, a fraction or a decimal: ``"29/66"``.
    digits : int
        How many significant digits must be right, the last one rounded or cut.

    Returns
    -------
    Comparison
        True where the answer is right; else ``slip`` is "sign", "reciprocal", "power of ten",
        "factor", "rounding" or empty.

    Raises
    ------
    ParseError
        If the answer is no number.

    Examples
    --------
    >>> from lecturelib.symbols.numeric import compare_number
    >>> compare_number("0.44", "29/66")
    wrong (rounding): Close, but 3 significant digits are asked for. Round last.
    """
    found, right = _value(answer), Fraction(value)
    if _agree(found, right, digits):
        return Comparison("right", message="Right.")
    kind, message = _slip(found, right, digits)
    return Comparison("wrong", kind, message)


def _value(answer: str) -> float | Fraction:
    text = answer.strip().rstrip(".")
    if len(text) > LENGTH:
        raise ParseError(f"A number is asked for, of at most {LENGTH} characters.", text, 0)
    where = "; ".join(f"{name}: scalar" for name in CONSTANTS)
    term = parse(text, where=where).term
    if term.shape != ():
        raise ParseError("One number is asked for, and this is a matrix.", text, 0)
    try:
        [found] = Point(CONSTANTS, {}).of(term).entries
        if not math.isfinite(found):
            raise OverflowError
    except (*FAILURES, NoValue):
        raise ParseError("This has no value. One number is asked for.", text, 0) from None
    return found


def _agree(found: float | Fraction, right: Fraction, digits: int) -> bool:
    """Whether so many digits of a number are right, the last one rounded or cut."""
    try:
        a, b = float(found), float(right)
    except OverflowError:
        return False
    place = math.floor(math.log10(abs(right))) - digits + 1 if right else -digits
    unit = 10.0**place
    slack = unit * 1e-9  # of the floats
    rounded = abs(a - b) <= unit / 2 + slack
    cut = right != 0 and a * b > 0 and math.floor(abs(b) / unit + 1e-9) * unit - slack <= abs(a)
    return rounded or (cut and abs(a) <= abs(b))


def _slip(found: float | Fraction, right: Fraction, digits: int) -> tuple[str, str]:
    wrong = "", "This is not right."
    if not found or not right:
        return wrong
    at_least = max(2, min(digits, 3))  # so that no slip is named by accident
    if _agree(-found, right, at_least):
        return "sign", "The sign is wrong: this is minus the right number."
    if right.denominator == 1 and abs(right) < 10:
        return wrong  # between small whole numbers a quotient says nothing
    if _agree(1 / found, right, at_least):
        return "reciprocal", "This is one divided by the right number."
    for factor in FACTORS:
        if _agree(found / factor, right, at_least):
            return "factor", f"Off by a factor: this is {factor} times the right number."
    for k in (1, 2, 3, -1, -2, -3):
        if _agree(found / Fraction(10) ** k, right, at_least):
            return "power of ten", "Right but for a power of ten."
    if digits > 1 and _agree(found, right, digits - 1):
        return "rounding", f"Close, but {digits} significant digits are asked for. Round last."
    return wrong
