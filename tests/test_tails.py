"""Elementwise functions keep their digits from one end of the floating-point numbers to the other.

mpmath is the referee. A value and a first derivative must have a relative error of at most 8 eps
wherever they are normal numbers; a second or third derivative may be off by 64 eps of the largest
term of its closed form, which is written down here by hand. What NumPy's own function gives away,
`VALUE` names with its reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from lecturelib import taylor
from lecturelib.table import TABLE

EPS = 2.0**-52
TINY, HUGE = 2.3e-308, 1.7e308
DIGITS = 50

Terms = Callable[..., list[Any]]


@dataclass(frozen=True)
class Row:
    """A function and its derivatives, each as the list of terms whose sum it is."""

    f: Callable[..., Any]
    first: Terms
    second: Terms
    third: Terms
    points: Callable[[], Iterator[Any]]


# -- Points ---------------------------------------------------------------------------------------

EXPONENTS = (-300, -250, -200, -155, -154, -110, -100, -80, -50, -20, -16, -12, -9, -8, -5, -3, -2)


def sizes() -> list[float]:
    """Positive numbers from 1e-300 to 1e300, none of them a round one."""
    rng = np.random.default_rng(0)
    powers = [*EXPONENTS, -1, 0, *(-n for n in EXPONENTS)]
    return [float(f"{rng.uniform(1, 9):.17g}e{n}") for n in powers if n != 300] + [1e300, 1e-300]


#: Where exp and its relatives go from 1 to their last normal number.
TAIL = [0.3, 0.7, 1.7, 2.9, 5.3, 11.7, 18.9, 19.3, 27.1, 36.6, 37.3, 80.1, 177.7, 300.3, 340.9,
        354.1, 371.3, 480.2, 599.9, 690.3, 700.1, 708.3]  # fmt: skip
NEAR = [10.0**-n for n in (1, 2, 3, 5, 8, 11, 14, 15)]


def plus() -> Iterator[float]:
    yield from sizes()
    yield from TAIL
    yield from (1 + s * d for d in NEAR for s in (1, -1))
    yield 1.0


def line() -> Iterator[float]:
    for x in plus():
        yield from (x, -x)


def nonzero() -> Iterator[float]:
    return line()


def everywhere() -> Iterator[float]:
    yield 0.0
    yield from line()


def inside() -> Iterator[float]:
    """Between -1 and 1."""
    return (x for x in everywhere() if abs(x) < 1)


def above_one() -> Iterator[float]:
    return (x for x in plus() if x > 1)


def above_minus_one() -> Iterator[float]:
    return (x for x in everywhere() if x > -1)


def angles() -> Iterator[float]:
    """And near the zeros and poles of the circle's functions."""
    yield from everywhere()
    for n in (1, 2, 3, 4, 5, 6, 7, 22, 355, 10**6 + 1, 12345678901):
        at = n * np.pi / 2
        yield from (at, np.nextafter(at, 0), np.nextafter(at, 2 * at), at + 1e-5, at - 1e-9)


def power_of(x: Any, r: Any) -> Any:
    """x^r for a real x, also for odd roots of negative ones."""
    return mpmath.sign(x) * abs(x) ** r


def thrice(terms: Terms) -> tuple[Terms, Terms, Terms]:
    return terms, terms, terms


def nothing(*x: Any) -> list[Any]:
    return [mpf(0)]


def at_third(x: Any) -> Any:
    return mpf(1) / 3


def sech(x: Any) -> Any:
    return mpmath.sech(x)


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x)) if x >= 0 else mp.exp(x) / (1 + mp.exp(x))


def both_sigmas(x: Any) -> tuple[Any, Any]:
    return sigma(x), sigma(-x)


def tanh_row() -> Row:
    def third(x):
        t, s = mp.tanh(x), sech(x)
        return [4 * t * t * s * s, -2 * s**4]

    return Row(
        mp.tanh,
        lambda x: [sech(x) ** 2],
        lambda x: [-2 * mp.tanh(x) * sech(x) ** 2],
        third,
        everywhere,
    )


def sigmoid_row() -> Row:
    def second(x):
        s, c = both_sigmas(x)
        return [s * c * c, -s * s * c]

    def third(x):
        s, c = both_sigmas(x)
        return [s * c**3, -4 * s * s * c * c, s**3 * c]

    return Row(sigma, lambda x: [sigma(x) * sigma(-x)], second, third, everywhere)


def softplus_row() -> Row:
    def second(x):
        s, c = both_sigmas(x)
        return [s * c]

    def third(x):
        s, c = both_sigmas(x)
        return [s * c * c, -s * s * c]

    return Row(lambda x: mp.log1p(mp.exp(x)), lambda x: [sigma(x)], second, third, everywhere)


LN2, LN10 = (lambda: mp.log(2)), (lambda: mp.log(10))


def logarithm(base: Callable[[], Any], points: Any = plus) -> Row:
    return Row(
        lambda x: mp.log(x) / base(),
        lambda x: [1 / (x * base())],
        lambda x: [-1 / (x * x * base())],
        lambda x: [2 / (x**3 * base())],
        points,
    )


def root(r: Callable[[Any], Any], points: Any) -> Row:
    def at(k: int) -> Terms:
        def terms(x):
            p = r(x)
            factor = mpf(1)
            for i in range(k):
                factor *= p - i
            return [factor * abs(x) ** (p - k) * (mpmath.sign(x) ** (k + 1))]

        return terms

    return Row(lambda x: at(0)(x)[0], at(1), at(2), at(3), points)


ROWS: dict[str, Row] = {
    "reciprocal": Row(
        lambda x: 1 / x, lambda x: [-1 / x**2], lambda x: [2 / x**3], lambda x: [-6 / x**4], nonzero
    ),
    "exp": Row(mp.exp, *thrice(lambda x: [mp.exp(x)]), everywhere),
    "exp2": Row(
        lambda x: mpf(2) ** x,
        lambda x: [LN2() * mpf(2) ** x],
        lambda x: [LN2() ** 2 * mpf(2) ** x],
        lambda x: [LN2() ** 3 * mpf(2) ** x],
        everywhere,
    ),
    "expm1": Row(mp.expm1, *thrice(lambda x: [mp.exp(x)]), everywhere),
    "log": logarithm(lambda: 1),
    "log2": logarithm(LN2),
    "log10": logarithm(LN10),
    "log1p": Row(
        mp.log1p,
        lambda x: [1 / (1 + x)],
        lambda x: [-1 / (1 + x) ** 2],
        lambda x: [2 / (1 + x) ** 3],
        above_minus_one,
    ),
    "sqrt": root(lambda x: mpf(1) / 2, plus),
    "cbrt": root(at_third, nonzero),
    "square": Row(lambda x: x * x, lambda x: [2 * x], lambda x: [mpf(2)], nothing, everywhere),
    "sin": Row(
        mp.sin, lambda x: [mp.cos(x)], lambda x: [-mp.sin(x)], lambda x: [-mp.cos(x)], angles
    ),
    "cos": Row(
        mp.cos, lambda x: [-mp.sin(x)], lambda x: [-mp.cos(x)], lambda x: [mp.sin(x)], angles
    ),
    "tan": Row(
        mp.tan,
        lambda x: [1 + mp.tan(x) ** 2],
        lambda x: [2 * mp.tan(x) * (1 + mp.tan(x) ** 2)],
        lambda x: [2 * (1 + mp.tan(x) ** 2) ** 2, 4 * mp.tan(x) ** 2 * (1 + mp.tan(x) ** 2)],
        angles,
    ),
    "arcsin": Row(
        mp.asin,
        lambda x: [1 / mp.sqrt(1 - x * x)],
        lambda x: [x / mp.sqrt(1 - x * x) ** 3],
        lambda x: [1 / mp.sqrt(1 - x * x) ** 3, 3 * x * x / mp.sqrt(1 - x * x) ** 5],
        inside,
    ),
    "arccos": Row(
        mp.acos,
        lambda x: [-1 / mp.sqrt(1 - x * x)],
        lambda x: [-x / mp.sqrt(1 - x * x) ** 3],
        lambda x: [-1 / mp.sqrt(1 - x * x) ** 3, -3 * x * x / mp.sqrt(1 - x * x) ** 5],
        inside,
    ),
    "arctan": Row(
        mp.atan,
        lambda x: [1 / (1 + x * x)],
        lambda x: [-2 * x / (1 + x * x) ** 2],
        lambda x: [-2 / (1 + x * x) ** 2, 8 * x * x / (1 + x * x) ** 3],
        everywhere,
    ),
    "sinh": Row(
        mp.sinh, lambda x: [mp.cosh(x)], lambda x: [mp.sinh(x)], lambda x: [mp.cosh(x)], everywhere
    ),
    "cosh": Row(
        mp.cosh, lambda x: [mp.sinh(x)], lambda x: [mp.cosh(x)], lambda x: [mp.sinh(x)], everywhere
    ),
    "tanh": tanh_row(),
    "arcsinh": Row(
        mp.asinh,
        lambda x: [1 / mp.sqrt(1 + x * x)],
        lambda x: [-x / mp.sqrt(1 + x * x) ** 3],
        lambda x: [-1 / mp.sqrt(1 + x * x) ** 3, 3 * x * x / mp.sqrt(1 + x * x) ** 5],
        everywhere,
    ),
    "arccosh": Row(
        mp.acosh,
        lambda x: [1 / mp.sqrt(x * x - 1)],
        lambda x: [-x / mp.sqrt(x * x - 1) ** 3],
        lambda x: [-1 / mp.sqrt(x * x - 1) ** 3, 3 * x * x / mp.sqrt(x * x - 1) ** 5],
        above_one,
    ),
    "arctanh": Row(
        mp.atanh,
        lambda x: [1 / (1 - x * x)],
        lambda x: [2 * x / (1 - x * x) ** 2],
        lambda x: [2 / (1 - x * x) ** 2, 8 * x * x / (1 - x * x) ** 3],
        inside,
    ),
    "abs": Row(abs, lambda x: [mpmath.sign(x)], nothing, nothing, nonzero),
    "relu": Row(
        lambda x: max(x, 0),
        lambda x: [mpf(int(x > 0))],
        nothing,
        nothing,
        nonzero,
    ),
    "sigmoid": sigmoid_row(),
    "softplus": softplus_row(),
}
ROWS["safe_reciprocal"] = ROWS["reciprocal"]


# -- SciPy's --------------------------------------------------------------------------------------


def bell(x: Any) -> Any:
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def error_row(f: Callable[..., Any], sign: int) -> Row:
    return Row(
        f,
        lambda x: [sign * bell(x)],
        lambda x: [-2 * sign * x * bell(x)],
        lambda x: [-2 * sign * bell(x), 4 * sign * x * x * bell(x)],
        moderate,
    )


def moderate() -> Iterator[float]:
    return (x for x in everywhere() if abs(x) < 1e30)


def off_the_poles() -> Iterator[float]:
    yield from (x for x in plus() if 1e-150 < x < 1e250)
    yield from (1.4616321449683622, -0.504083008264455409, 1.0000001, 2.0, 1.9999999)
    yield from (-0.3, -1.5, -2.7, -7.7, -20.2, -0.9999)


def between() -> Iterator[float]:
    return (x for x in inside() if x > 0)


def polygammas(start: int) -> Row:
    terms: list[Terms] = [lambda x, n=n: [mp.polygamma(n, x)] for n in range(4)]
    if start < 0:
        return Row(lambda x: mp.loggamma(x).real, terms[0], terms[1], terms[2], off_the_poles)
    return Row(mp.digamma, terms[1], terms[2], terms[3], off_the_poles)


def probit_row() -> Row:
    def m(x: Any) -> Any:
        return mp.npdf(x) / mp.ncdf(x)

    def second(x: Any) -> list[Any]:
        return [-x * m(x), -(m(x) ** 2)]

    def third(x: Any) -> list[Any]:
        return [x * x * m(x), -m(x), 3 * x * m(x) ** 2, 2 * m(x) ** 3]

    def points() -> Iterator[float]:
        return (x for x in moderate() if abs(x) < 1e15)  # where 50 digits are enough for m

    return Row(lambda x: mp.log(mp.ncdf(x)), lambda x: [m(x)], second, third, points)


ROWS |= {
    "erf": error_row(mp.erf, 1),
    "erfc": error_row(mp.erfc, -1),
    "gammaln": polygammas(-1),
    "digamma": polygammas(0),
    "logit": Row(
        lambda x: mp.log(x / (1 - x)),
        lambda x: [1 / (x * (1 - x))],
        lambda x: [-1 / x**2, 1 / (1 - x) ** 2],
        lambda x: [2 / x**3, 2 / (1 - x) ** 3],
        between,
    ),
    "log_ndtr": probit_row(),
}


# -- Two inputs -----------------------------------------------------------------------------------


def pairs() -> Iterator[tuple[float, float]]:
    rng = np.random.default_rng(1)
    x = sizes()
    for _ in range(150):
        yield float(rng.choice(x) * rng.choice([1, -1])), float(rng.choice(x) * rng.choice([1, -1]))
    for a in (1e-300, 3.1e-200, 1.7e-9, 1.3, 7e8, 3.3e200, 1e300):
        for q in (1.0, 1 - 1e-9, 1e-5, 1e-10, 3e-17):
            yield from ((a, q * a), (-q * a, a), (q * a, -a), (-a, -q * a))


def positive_pairs() -> Iterator[tuple[float, float]]:
    return ((a, abs(b)) for a, b in pairs())


def exponents() -> Iterator[tuple[float, float]]:
    """Bases and exponents whose power is a normal number, or its derivative is."""
    for b in (
        0.1,
        -0.3,
        0.5,
        1 / 3,
        1.5,
        2.0,
        3.0,
        1.7,
        -1.7,
        2.9,
        7.3,
        20.0,
        -20.0,
        100.1,
        1e-3,
        1e-17,
    ):
        for a in sizes():
            if abs((abs(b) + 3) * np.log(a)) < 750:
                yield a, b
    for b in (1e3, 1e5, 1e9, 1e15, -1e4, -1e12, 3.3e17):
        for t in (-700.0, -300.0, -1.0, 0.3, 290.0, 700.0):
            yield float(np.exp(t / b)), b
    yield from ((3.3e-200, 1.6), (7e-300, 1.02), (1e200, 1.6), (7e250, 1.3))


def logarithms() -> Iterator[tuple[float, float]]:
    for a in (0.1, -3.3, 1e3, -1e5, 7e9, 1e15, 3e200, -1e300, 1e-200):
        yield from ((a, a), (a, -a))
        for d in (1e-12, 1e-3, 0.7, 3.3, 19.1, 36.9, 100.3, 701.7):
            yield from ((a, a + d), (a + d, a), (a - d, a), (a, a - d))


def falling(b: Any, k: int) -> Any:
    product = mpf(1)
    for i in range(k):
        product *= b - i
    return product


def power_row(k: int) -> Terms:
    return lambda a, b: [falling(b, k) * mp.power(a, b - k)]


def exponent_row(k: int) -> Terms:
    return lambda a, b: [mp.log(a) ** k * mp.power(a, b)]


def lse(a: Any, b: Any) -> Any:
    return max(a, b) + mp.log1p(mp.exp(-abs(a - b)))


def turned(row: Row) -> Row:
    """The row of a symmetric function in its other input."""

    def exchanged(terms: Terms) -> Terms:
        return lambda a, b: terms(b, a)

    return Row(row.f, exchanged(row.first), exchanged(row.second), exchanged(row.third), row.points)


_LSE = Row(
    lse,
    lambda a, b: [sigma(a - b)],
    lambda a, b: sigmoid_row().first(a - b),
    lambda a, b: sigmoid_row().second(a - b),
    logarithms,
)
_HYPOT = Row(
    lambda a, b: mp.hypot(a, b),
    lambda a, b: [a / mp.hypot(a, b)],
    lambda a, b: [b * b / mp.hypot(a, b) ** 3],
    lambda a, b: [-3 * a * b * b / mp.hypot(a, b) ** 5],
    pairs,
)


#: (operation, which input varies) -> its row.
PAIRS: dict[tuple[str, int], Row] = {
    ("divide", 0): Row(lambda a, b: a / b, lambda a, b: [1 / b], nothing, nothing, pairs),
    ("divide", 1): Row(
        lambda a, b: a / b,
        lambda a, b: [-a / b**2],
        lambda a, b: [2 * a / b**3],
        lambda a, b: [-6 * a / b**4],
        pairs,
    ),
    ("power", 0): Row(mp.power, power_row(1), power_row(2), power_row(3), exponents),
    ("general_power", 0): Row(mp.power, power_row(1), power_row(2), power_row(3), exponents),
    ("general_power", 1): Row(
        mp.power, exponent_row(1), exponent_row(2), exponent_row(3), exponents
    ),
    ("logaddexp", 0): _LSE,
    ("logaddexp", 1): turned(_LSE),
    ("hypot", 0): _HYPOT,
    ("hypot", 1): turned(_HYPOT),
    ("arctan2", 0): Row(
        mp.atan2,
        lambda a, b: [b / mp.hypot(a, b) ** 2],
        lambda a, b: [-2 * a * b / mp.hypot(a, b) ** 4],
        lambda a, b: [-2 * b / mp.hypot(a, b) ** 4, 8 * a * a * b / mp.hypot(a, b) ** 6],
        pairs,
    ),
    ("arctan2", 1): Row(
        mp.atan2,
        lambda a, b: [-a / mp.hypot(a, b) ** 2],
        lambda a, b: [2 * a * b / mp.hypot(a, b) ** 4],
        lambda a, b: [2 * a / mp.hypot(a, b) ** 4, -8 * a * b * b / mp.hypot(a, b) ** 6],
        pairs,
    ),
    ("xlogy", 0): Row(
        lambda a, b: a * mp.log(b), lambda a, b: [mp.log(b)], nothing, nothing, positive_pairs
    ),
    ("xlogy", 1): Row(
        lambda a, b: a * mp.log(b),
        lambda a, b: [a / b],
        lambda a, b: [-a / b**2],
        lambda a, b: [2 * a / b**3],
        positive_pairs,
    ),
    ("maximum", 0): Row(max, lambda a, b: [mpf(int(a > b))], nothing, nothing, pairs),
    ("minimum", 0): Row(min, lambda a, b: [mpf(int(a < b))], nothing, nothing, pairs),
}


# -- The referee ----------------------------------------------------------------------------------

#: operation -> (what its value is measured against, why): NumPy's own function loses the rest.
VALUE: dict[str, tuple[Callable[..., Any], str]] = {
    "logaddexp": (
        lambda a, b: max(abs(a), abs(b), 1),
        "numpy.logaddexp adds the larger input and log1p(exp(-|a - b|)), which cancel near 0",
    ),
    "erfc": (
        lambda x: (1 + x * x) * mp.erfc(x),
        "SciPy rounds x^2 before it takes the exponential of its negative",
    ),
    "gammaln": (
        lambda x: max(1, abs(mp.loggamma(x).real)),
        "SciPy's error is small beside 1, not beside the values near the zeros at 1 and 2",
    ),
    "log_ndtr": (
        lambda x: 2 * abs(mp.log(mp.ncdf(x))),
        "SciPy's own is off by up to 13 eps",
    ),
}
_REFLECTED = "for X < 0 SciPy's digamma reflects X, and loses digits near its zeros and poles"
#: operation -> (where a value or derivative, of an order, is promised; why not elsewhere).
PROMISED: dict[str, tuple[Callable[..., bool], str]] = {
    "general_power": (
        lambda order, a, b: TINY < mp.power(a, b) < HUGE and a**order > 1 / HUGE,
        "its rule is A^B times B / A: both, and their derivatives, must be numbers too; where the "
        "exponent is constant, the rule is that of power, which needs no such thing",
    ),
    "hypot": (
        lambda order, a, b: order < 3 or mp.hypot(a, b) > 1e-150,
        "the origin has a derivative by convention, through safe_reciprocal, whose own one, "
        "1 / r^2, is no number nearer to it",
    ),
    "digamma": (lambda order, x: order > 0 or x > 0, _REFLECTED),
    "gammaln": (lambda order, x: order != 1 or x > 0, _REFLECTED),
}
UNARY = [((name, 0), row) for name, row in ROWS.items()]
ALL = [*UNARY, *PAIRS.items()]
NOT_HERE = {
    "multiply", "add", "subtract", "negative",  # as exact as they can be
    "one_plus_square", "one_minus_square", "root_one_plus_square", "tanh_slope", "share", "cosine",
    "lowered_power",
    "gaussian", "mills", "polygamma",  # parts
    "sign",  # constant
}  # fmt: skip


def coefficients(name: str, place: int, columns: list[Any], order: int) -> list[Any]:
    operation = TABLE[name]

    def f(X: Any) -> Any:
        return operation(*columns[:place], X, *columns[place + 1 :])

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return taylor(f, columns[place], np.ones(len(columns[place])), order)


def faults(name: str, place: int, row: Row) -> Iterator[str]:
    points = [p if isinstance(p, tuple) else (p,) for p in row.points()]
    if name in ("maximum", "minimum"):
        points = [(a, b) for a, b in points if a != b]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    alone, series = (coefficients(name, place, columns, order) for order in (1, 3))
    found = [alone[0], alone[1], series[1], 2 * series[2], 6 * series[3]]
    scale_of, _ = VALUE.get(name, (lambda *x: abs(row.f(*x)), ""))
    promised, _ = PROMISED.get(name, (lambda *x: True, ""))
    for order, numbers in zip((0, 1, 1, 2, 3), found, strict=True):
        terms_of = (lambda *x: [row.f(*x)], row.first, row.second, row.third)[order]
        for point, number in zip(points, numbers, strict=True):
            x = [mpf(a) for a in point]
            terms = terms_of(*x)
            right, largest = mp.fsum(terms), max(map(abs, terms))
            factor = max(1, order * (order - 1))  # the coefficient of a series is smaller
            if not TINY * factor < largest < HUGE or (order < 2 and not TINY < abs(right)):
                continue
            if not promised(order, *x):
                continue
            scale = (scale_of(*x), abs(right), largest, largest)[order]
            bound = 8 if order < 2 else 64
            if not np.isfinite(number) or abs(mpf(float(number)) - right) > bound * EPS * scale:
                yield f"order {order} at {point}: {number} is not {mpmath.nstr(right, 17)}"


@pytest.fixture(autouse=True)
def many_digits() -> Iterator[None]:
    with mp.workdps(DIGITS):
        yield


@pytest.mark.parametrize("key, row", ALL, ids=[f"{name} {place}" for (name, place), _ in ALL])
def test_value_and_derivatives_keep_their_digits(key, row):
    found = list(faults(*key, row))
    assert not found, "\n".join(found[:10])


def test_every_elementwise_function_is_here():
    elementwise = {
        name
        for name, operation in TABLE.items()
        if operation.__module__ in ("lecturelib.table.elementwise", "lecturelib.table.special")
    }
    assert elementwise == {name for (name, _), _ in ALL} | (NOT_HERE & elementwise)


def test_an_exponent_may_be_any_number():
    """0 and the integers, at 0 too; the list has none where the base is 0 or negative."""
    x = np.array([0.0, 0.0, 0.0, 0.0, -2.0, -2.0, -2.0, 3.0])
    b = np.array([0.0, 1.0, 2.0, 3.0, 3.0, -1.0, 0.0, 2.5])
    c = taylor(lambda X: X**b, x, np.ones(8), 3)
    assert np.allclose(c[0], x**b)
    assert np.allclose(c[1], [0, 1, 0, 0, 12, -0.25, 0, 2.5 * 3**1.5])
    assert np.allclose(c[2], [0, 0, 1, 0, -6, -0.125, 0, 1.875 * 3**0.5])
    assert np.allclose(c[3], [0, 0, 0, 1, 1, -0.0625, 0, 0.3125 * 3**-0.5])


def test_a_slope_that_is_too_small_for_a_number_comes_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in (np.arctan, np.tanh, np.arcsinh, np.reciprocal):
            assert np.all(np.abs(taylor(f, [1e200, -1e200], [1.0, 1.0], 3)[1]) < 1e-199)


def test_infinite_arguments_have_the_limits_as_slopes():
    assert list(taylor(np.tanh, [-np.inf, np.inf], [1.0, 1.0], 1)[1]) == [0, 0]
    x = np.array([-np.inf, np.inf, 0.0])
    assert list(taylor(lambda x: np.logaddexp(x, 0.0), x, np.ones(3), 1)[1]) == [0, 1, 0.5]


def test_quotients_neither_overflow_nor_underflow_on_the_way():
    c = taylor(lambda b: 1e300 / b, 1e180, 1.0, 3)
    assert np.allclose([c[k] / 10.0 ** (120 - 180 * k) for k in range(3)], [1, -1, 1], rtol=1e-14)
    c = taylor(lambda b: 1e-300 / b, 1e-200, 1.0, 2)
    assert np.allclose([c[k] / 10.0 ** (-100 + 200 * k) for k in range(3)], [1, -1, 1], rtol=1e-14)
