"""Values of terms without NumPy: from numbers for the symbols to the number of a formula.

What is rational stays exact: entries are fractions, and an inverse or a determinant of fractions is
one. Everything else is a float, by textbook algorithms in plain Python, for matrices as small as
those of a check. Derivatives come from the values alone (`directional`): from dual numbers over
fractions, or else from a complex step. No rule of the table is asked, so they can judge the rules.

Where an entry says an operation in terms of others (`written`), that is its value here. The other
entries name NumPy's functions, so `_KERNEL` holds those operations once more, without NumPy.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..table import TABLE, shapes
from ..table.shapes import Size
from .terms import (
    _COMPARE,
    Application,
    Comparison,
    Differential,
    Expression,
    Identity,
    Number,
    Ones,
    Part,
    Symbol,
    is_number,
)


class NoValue(ValueError):
    """A formula has no value at a point, or no derivative; the message says why."""


class _Unsuited(Exception):
    """A dual number met a function that is not rational."""


class Dual:
    """``base + slope e`` with ``e * e = 0``: a number and its derivative, both exact."""

    __slots__ = ("base", "slope")

    def __init__(self, base: Any, slope: Any) -> None:
        self.base, self.slope = base, slope

    def __add__(self, other: Any) -> Dual:
        if type(other) is Dual:
            return Dual(self.base + other.base, self.slope + other.slope)
        return Dual(self.base + other, self.slope)

    def __neg__(self) -> Dual:
        return Dual(-self.base, -self.slope)

    def __sub__(self, other: Any) -> Dual:
        return self + -other

    def __rsub__(self, other: Any) -> Dual:
        return -self + other

    def __mul__(self, other: Any) -> Dual:
        if type(other) is Dual:
            slope = self.base * other.slope + self.slope * other.base
            return Dual(self.base * other.base, slope)
        return Dual(self.base * other, self.slope * other)

    def __truediv__(self, other: Any) -> Dual:
        if type(other) is Dual:
            ratio = self.base / other.base
            return Dual(ratio, (self.slope - ratio * other.slope) / other.base)
        return Dual(self.base / other, self.slope / other)

    def __rtruediv__(self, other: Any) -> Dual:
        ratio = other / self.base
        return Dual(ratio, -(ratio * self.slope) / self.base)

    def __float__(self) -> float:
        raise _Unsuited

    __radd__, __rmul__ = __add__, __mul__


class Array:
    """Entries in the order of the rows, and a shape; the table's operations act on it."""

    __slots__ = ("entries", "shape")
    _reader_rank = 1

    def __init__(self, shape: Iterable[int], entries: list[Any]) -> None:
        self.shape, self.entries = tuple(shape), entries

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def T(self) -> Any:  # noqa: N802 (the name NumPy uses)
        return _KERNEL["transpose"](self)

    def _apply(self, operation: Any, operands: Any, parameters: Any) -> Any:
        return _applied(operation.name, [_array(x) for x in operands], parameters)


def _operators() -> None:
    """Python's operators on arrays are the operations whose entries name them."""
    for operation in TABLE.values():
        if operation.operator is not None:
            sign = operation.operator.__name__
            setattr(Array, f"__{sign}__", lambda *X, f=operation: f(*X))
            setattr(Array, f"__r{sign}__", lambda A, B, f=operation: f(B, A))
    for compare in _COMPARE.values():
        bracket = _between(compare)
        sign = f"__{compare.__name__}__"
        setattr(Array, sign, lambda A, B, f=bracket: _pairwise(f, A, _array(B)))


def _between(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Fraction]:
    """Iverson's bracket of two numbers, which may vary."""

    def bracket(a: Any, b: Any) -> Fraction:
        _sign(a - b)  # refuses a jump
        return Fraction(compare(_base(a), _base(b)))

    return bracket


def _array(value: Any) -> Array:
    """A number, or rows of numbers, as an array."""
    if isinstance(value, Array):
        return value
    if isinstance(value, tuple | list):
        parts = [_array(part) for part in value]
        if len({part.shape for part in parts}) > 1:
            raise ValueError(
                "A value has rows of different lengths; a matrix is a tuple of rows, all equally "
                "long, such as ((1, 2), (3, 4))."
            )
        shape = parts[0].shape if parts else ()
        return Array((len(parts), *shape), [x for part in parts for x in part.entries])
    return Array((), [_number(value)])


def _number(x: Any) -> Any:
    if isinstance(x, int):
        return Fraction(x)
    if isinstance(x, Fraction | float | complex | Dual):
        return x
    raise TypeError(
        f"A value of type {type(x).__name__} is no number here. Give int, Fraction or float, and "
        "a matrix as a tuple of rows."
    )


def _plain(A: Array) -> Any:
    """The array as rows of rows of numbers."""
    if not A.shape:
        return A.entries[0]
    step = len(A.entries) // A.shape[0] if A.shape[0] else 0
    return tuple(
        _plain(Array(A.shape[1:], A.entries[i * step : (i + 1) * step])) for i in range(A.shape[0])
    )


def _base(x: Any) -> Any:
    """The number that a dual number, or one with a complex step, stands beside."""
    while type(x) is Dual:
        x = x.base
    return x.real


def _split(x: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Numbers and their derivatives."""
    pairs = [(v.base, v.slope) if type(v) is Dual else (v, _ZERO) for v in x]
    return [a for a, _ in pairs], [b for _, b in pairs]


_ZERO, _ONE = Fraction(0), Fraction(1)

# -- Where entries stand --------------------------------------------------------------------------


def _strides(shape: Sequence[int]) -> list[int]:
    return [math.prod(shape[i + 1 :]) for i in range(len(shape))]


def _offsets(shape: Sequence[int], strides: Sequence[int], start: int = 0) -> list[int]:
    """The places of the entries of a part of an array, in the order of its rows."""
    found = [start]
    for n, step in zip(shape, strides, strict=True):
        found = [place + i * step for place in found for i in range(n)]
    return found


def _groups(X: Array, axis: Any) -> list[list[int]]:
    """The places of the entries that are reduced to one, for each one."""
    axes = range(X.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    inside = {i % X.ndim for i in axes}
    steps = _strides(X.shape)
    outer, inner = (
        _offsets([X.shape[i] for i in chosen], [steps[i] for i in chosen])
        for chosen in (sorted(set(range(X.ndim)) - inside), sorted(inside))
    )
    return [[place + i for i in inner] for place in outer]


def _spread(X: Array, shape: Sequence[int]) -> Array:
    """X, repeated along new axes and along those of length 1."""
    if X.shape == shape:
        return X
    if len(X.entries) == 1:
        return Array(shape, X.entries * math.prod(shape))
    steps = [0 if n == 1 else s for n, s in zip(X.shape, _strides(X.shape), strict=True)]
    steps = [0] * (len(shape) - X.ndim) + steps
    return Array(shape, [X.entries[i] for i in _offsets(shape, steps)])


def _map(f: Callable[[Any], Any], X: Array) -> Array:
    return Array(X.shape, list(map(f, X.entries)))


def _pairwise(f: Callable[[Any, Any], Any], A: Array, B: Array) -> Array:
    if A.shape != B.shape:
        shape = shapes.broadcast(A.shape, B.shape)
        A, B = _spread(A, shape), _spread(B, shape)
    return Array(A.shape, list(map(f, A.entries, B.entries)))


def _part(shape: Sequence[int], index: Any) -> tuple[list[int], list[int]]:
    """The shape of ``X[index]``, and the places of its entries in X."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    at = parts.index(Ellipsis)
    taken = sum(part is not None for part in parts) - 1
    parts[at : at + 1] = [slice(None)] * (len(shape) - taken)
    lengths, steps, start = [], [], 0
    axes = iter(zip(shape, _strides(shape), strict=True))
    for part in parts:
        n, step = (1, 0) if part is None else next(axes)
        if isinstance(part, slice):
            span = range(*part.indices(n))
            lengths.append(len(span))
            steps.append(step * span.step)
            start += step * span.start if span else 0
        elif part is None:
            lengths.append(1)
            steps.append(0)
        elif isinstance(part, int) and -n <= part < n:
            start += step * (part % n)
        else:
            raise NoValue(f"The index {part!r} does not fit an axis of length {n}.")
    return lengths, _offsets(lengths, steps, start)


# -- The operations, by the names of the table ----------------------------------------------------

#: What the entries cannot say: they name NumPy's functions, or code on its arrays.
_KERNEL: dict[str, Callable[..., Any]] = {}


def _value(f: Callable[..., Any]) -> Callable[..., Any]:
    _KERNEL[f.__name__] = f
    return f


def _applied(name: str, operands: Sequence[Array], parameters: Mapping[str, Any]) -> Any:
    """The value of an operation; a reader's own code is tried on arrays of this kind."""
    rule = TABLE[name].rule
    function = _KERNEL.get(name) or rule.written
    try:
        if function is not None:
            return function(*operands, **parameters)
    except NoValue:
        raise
    except (ArithmeticError, ValueError) as error:
        raise NoValue(f"{name!r} has no value here: {error}.") from error
    try:
        found = rule.value(*operands, **parameters)
    except (AttributeError, TypeError):
        found = None
    if isinstance(found, Array):
        return found
    raise NoValue(
        f"The operation {name!r} has no value without NumPy: its entry neither writes it in terms "
        "of others nor holds code that does without. Use lecturelib.symbols.evaluate on arrays."
    )


# Numbers first. Each function takes a float or a complex number whose imaginary part is a step; it
# is real on the axis and holomorphic beside it, and refuses what its real part refuses.


def _smooth(real: Callable[[float], float], beside: Callable[[complex], complex]) -> Any:
    def function(x: Any) -> Any:
        if type(x) is complex:
            for nearby in (1 + 1e-12, 1 - 1e-12):  # refuses what cmath does not: outside of the
                real(nearby * x.real)  # domain, and its border, where there is no derivative
            return beside(x)
        return real(x)

    return function


_exp, _log = _smooth(math.exp, cmath.exp), _smooth(math.log, cmath.log)
_log1p = _smooth(
    math.log1p,
    lambda z: complex(math.log1p(z.real), math.atan2(z.imag, 1 + z.real)),
)
_float_root = _smooth(math.sqrt, cmath.sqrt)


def _sign(x: Any) -> int:
    """The sign; where x varies it may not be 0."""
    base = _base(x)
    if base == 0 and type(x) in (Dual, complex):
        raise NoValue("The point lies on a kink: an entry is 0 where its sign matters")
    return (base > 0) - (base < 0)


def _root(x: Any) -> Any:
    """The square root, exact where that is rational."""
    if type(x) is complex:
        _sign(x)  # refuses 0
    if type(x) is Fraction and x >= 0:
        over, under = math.isqrt(x.numerator), math.isqrt(x.denominator)
        if over * over == x.numerator and under * under == x.denominator:
            return Fraction(over, under)
    return _float_root(x)


def _power(a: Any, b: Any) -> Any:
    if type(b) is Dual:
        raise _Unsuited
    if type(b) is complex and b.imag:
        return _exp(b * _log(a))
    b = b.real
    if b == int(b):
        a = _shortened(a, abs(int(b)))
        return _repeated(a, int(b), _ONE, operator.mul, lambda x: 1 / x)
    if b == 0.5:
        return _root(a)
    if _base(a) < 0 or (type(a) is complex and a.real == 0):
        raise NoValue(f"A negative number has no real power {b}")
    return _exp(float(b) * _log(a)) if type(a) is complex else float(a) ** float(b)


#: Fractions of more binary digits than these are no longer exact, but floats.
DIGITS = 4096


def _shortened(a: Any, n: int) -> Any:
    """A number whose n-th power stays short: as a float where the fraction would not."""
    if type(a) is Fraction:
        bits = max(a.numerator.bit_length(), a.denominator.bit_length())
        return a if bits * n < DIGITS else float(a)
    if type(a) is Dual:
        if any(type(_shortened(part, n)) is not type(part) for part in (a.base, a.slope)):
            raise _Unsuited
    return a


def _repeated(x: Any, n: int, one: Any, times: Any, inverse: Any) -> Any:
    """The n-th power, by squaring."""
    if n < 0:
        x, n = inverse(x), -n
    result = one
    while n:
        result = times(result, x) if n & 1 else result
        n >>= 1
        x = times(x, x) if n else x
    return result


def _logaddexp(a: Any, b: Any) -> Any:
    above = _base(a) >= _base(b)
    return a + _log1p(_exp(b - a)) if above else b + _log1p(_exp(a - b))


def _sigmoid(x: Any) -> Any:
    if _base(x) >= 0:
        return 1 / (1 + _exp(-x))
    tail = _exp(x)
    return tail / (1 + tail)


def _arctan2(a: Any, b: Any) -> Any:
    if type(a) is Dual or type(b) is Dual:
        raise _Unsuited
    if a.real == 0 and b.real <= 0:
        raise NoValue("The angle jumps on the half-line on which the point lies")
    if type(a) is complex or type(b) is complex:
        base = math.atan2(a.real, b.real)
        return base + (a.imag * b.real - b.imag * a.real) / (a.real**2 + b.real**2) * 1j
    return math.atan2(a, b)


_BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]


def _polygamma(n: int, x: Any) -> Any:
    """log Gamma for n = -1, digamma for n = 0, and its n-th derivative, by Stirling's series."""
    if _base(x) <= 0 and _base(x) == math.floor(_base(x)):
        raise NoValue(f"Gamma has a pole at {_base(x)}")
    log = lambda x: _log(x * _sign(x))  # noqa: E731
    x = x + 0.0
    below = 0.0
    while _base(x) < 18:
        below = below + (log(x) if n < 0 else math.factorial(n) / _power(x, n + 1))
        x = x + 1
    if n == -1:
        result = (x - 0.5) * log(x) - x + 0.5 * math.log(2 * math.pi)
    elif n == 0:
        result = 0.5 / x - log(x)
    else:
        result = math.factorial(n - 1) / _power(x, n) * (1 + 0.5 * n / x)
    for k, B in enumerate(_BERNOULLI, start=1):
        factor = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        result = result + B * factor / _power(x, 2 * k + n)
    return result - below if n < 0 else (-1) ** (n + 1) * (result + below)


def _erf(z: complex) -> complex:
    term = total = 2 / math.sqrt(math.pi) * z * cmath.exp(-z * z)
    for k in range(1, 200):
        term *= 2 * z * z / (2 * k + 1)
        total += term
    return total


_erfc = _smooth(math.erfc, lambda z: complex(math.erfc(z.real), -_erf(z).imag))


_LN2 = math.log(2)

#: Of one number each, by entries.
_ENTRIES: dict[str, Callable[[Any], Any]] = {
    name: _smooth(getattr(math, python), getattr(cmath, python))
    for name in "sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh".split()
    for python in [name.replace("arc", "a")]
} | {
    "negative": operator.neg,
    "exp": _exp,
    "exp2": _smooth(math.exp2, lambda z: cmath.exp(_LN2 * z)),
    "expm1": _smooth(math.expm1, lambda z: complex(math.expm1(z.real), math.exp(z.real) * z.imag)),
    "log": _log,
    "log2": _smooth(math.log2, lambda z: cmath.log(z) / _LN2),
    "log10": _smooth(math.log10, cmath.log10),
    "log1p": _log1p,
    "sqrt": _root,
    "cbrt": lambda x: _power(_sign(x) * x, 1 / 3) * _sign(x) if _sign(x) else x,
    "abs": lambda x: _sign(x) * x,
    "sign": lambda x: Fraction(_sign(x)),
    "step": lambda x: Fraction(_sign(x) > 0),
    "relu": lambda x: (_sign(x) > 0) * x,
    "safe_reciprocal": lambda x: 1 / x if _sign(x) else x,
    "softplus": lambda x: _logaddexp(x, 0),
    "sigmoid": _sigmoid,
    "lowered": lambda b: b - (b != 0),
    # The data are real: an imaginary part is a step, which a real part would take away.
    "real": lambda x: x,
    "conjugate": lambda x: x,
    "imag": lambda x: 0 * x,
    "erf": _smooth(math.erf, _erf),
    "erfc": _erfc,
    "gammaln": lambda x: _polygamma(-1, x),
    "digamma": lambda x: _polygamma(0, x),
    "logit": lambda x: _log(x) - _log(1 - x),
    "log_ndtr": lambda x: _log(_erfc(-x / math.sqrt(2)) / 2),
    "mills": lambda x: math.sqrt(2 / math.pi) * _exp(-x * x / 2) / _erfc(-x / math.sqrt(2)),
}

#: Of two numbers each.
_PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": _power,
    "maximum": lambda a, b: a if _sign(a - b) > 0 else b,
    "minimum": lambda a, b: b if _sign(a - b) > 0 else a,
    "logaddexp": _logaddexp,
    "arctan2": _arctan2,
    "hypot": lambda a, b: _root(a * a + b * b),
    "xlogy": lambda a, b: a * _log(b) if _base(a) or type(a) is complex else 0 * a,
    "polygamma": lambda n, x: _polygamma(int(_base(n)), x),
}
_KERNEL |= {name: lambda X, f=f: _map(f, X) for name, f in _ENTRIES.items()}
_KERNEL |= {name: lambda A, B, f=f: _pairwise(f, A, B) for name, f in _PAIRS.items()}


@_value
def lowered_power(A: Any, B: Any, n: int = 1) -> Any:
    """A^(B - n), and 1 where B is one of 0, ..., n - 1."""
    return _pairwise(lambda a, b: _ONE if b in range(n) else _power(a, b - n), A, B)


# -- Moving, summing, multiplying -----------------------------------------------------------------


@_value
def transpose(X, axes=None):
    axes = range(X.ndim)[::-1] if axes is None else axes
    shape, steps = [X.shape[i] for i in axes], _strides(X.shape)
    places = _offsets(shape, [steps[i] for i in axes])
    return Array(shape, [X.entries[i] for i in places])


@_value
def reshape(X, shape, order="C"):
    if -1 in shape:
        rest = len(X.entries) // -math.prod(shape)
        shape = tuple(rest if n == -1 else n for n in shape)
    if math.prod(shape) != len(X.entries):
        raise NoValue(f"An array of shape {X.shape} cannot take the shape {tuple(shape)}")
    return transpose(Array(shape[::-1], X.T.entries)) if order == "F" else Array(shape, X.entries)


@_value
def broadcast_to(X, shape):
    return _spread(X, shapes.widened(X.shape, shape))


@_value
def getitem(X, index):
    shape, places = _part(X.shape, index)
    return Array(shape, [X.entries[i] for i in places])


@_value
def scatter(X, index, shape):
    part, places = _part(shape, index)
    entries = [_ZERO] * math.prod(shape)
    for place, x in zip(places, _spread(X, tuple(part)).entries, strict=True):
        entries[place] = entries[place] + x
    return Array(shape, entries)


@_value
def concatenate(*arrays, axis=0):
    shape = shapes.joined(*(A.shape for A in arrays), axis=axis)
    outside = math.prod(shape[: axis % len(shape)])
    rows = [(A.entries, len(A.entries) // outside) for A in arrays]
    return Array(shape, [x for i in range(outside) for e, n in rows for x in e[i * n : i * n + n]])


@_value
def stack(*arrays, axis=0):
    at = axis % (arrays[0].ndim + 1)
    return concatenate(
        *(Array((*A.shape[:at], 1, *A.shape[at:]), A.entries) for A in arrays), axis=at
    )


@_value
def where(A, B, condition):
    goal = shapes.broadcast(A.shape, B.shape, _array(condition).shape)
    parts = [_spread(X, goal).entries for X in (_array(condition), A, B)]
    return Array(goal, [a if _base(c) else b for c, a, b in zip(*parts, strict=True)])


def _matrix(m, n, entry):
    return Array((m, n), [entry(i, j) for i in range(m) for j in range(n)])


def _identity(n):
    return _matrix(n, n, lambda i, j: _ONE if i == j else _ZERO)


@_value
def diag(w, k=0, shape=None):
    n = len(w.entries) + abs(k)
    m, n = (n, n) if shape is None else shape
    first = min(k, 0)
    return _matrix(m, n, lambda i, j: w.entries[i + first] if j - i == k else _ZERO)


@_value
def diagonal(X, offset=0):
    n = X.shape[1]
    first = max(offset, 0) - n * min(offset, 0)
    count = shapes.diagonal_length(X.shape, offset)
    return Array((count,), X.entries[first :: n + 1][:count])


@_value
def tril(X, k=0):
    n = X.shape[1]
    return _matrix(*X.shape, lambda i, j: X.entries[i * n + j] if j - i <= k else _ZERO)


def _reduction(name, f: Callable[[list[Any]], Any]):
    def reduce(X, axis=None, keepdims=False):
        found = [f([X.entries[i] for i in group]) for group in _groups(X, axis)]
        return Array(shapes.reduced(X.shape, axis, keepdims), found)

    _KERNEL[name] = reduce


def _along(name, f: Callable[[list[Any]], list[Any]]):
    def along(X, axis=None):
        entries = list(X.entries)
        for group in _groups(X, axis):
            for place, x in zip(group, f([X.entries[i] for i in group]), strict=True):
                entries[place] = x
        return Array(X.shape, entries)

    _KERNEL[name] = along


def _largest(x):
    """The place of the largest of some numbers."""
    return max(range(len(x)), key=lambda i: _base(x[i]))


def _max(x: list[Any]) -> Any:
    at = _largest(x)
    for i, v in enumerate(x):
        if i != at:
            _sign(x[at] - v)  # refuses a largest entry that is not the only one
    return x[at]


def _softmax(x):
    shift = _base(x[_largest(x)])
    found = [_exp(v - shift) for v in x]
    total = sum(found)
    return [v / total for v in found]


def _logsumexp(x):
    shift = _base(x[_largest(x)])
    return shift + _log(sum(_exp(v - shift) for v in x))


_reduction("sum", lambda x: sum(x, _ZERO))
_reduction("mean", lambda x: sum(x) / len(x))
_reduction("max", _max)
_reduction("prod", lambda x: math.prod(x, start=_ONE))
_reduction("norm", lambda x: _root(sum(v * v for v in x)))
_reduction("logsumexp", _logsumexp)
_along("softmax", _softmax)
_along("argmax_mask", lambda x: [Fraction(i == _largest(x)) for i in range(len(x))])
_along("cumsum", lambda x: [sum(x[: i + 1]) for i in range(len(x))])


@_value
def matmul(A, B):
    shape = shapes.product(A.shape, B.shape)
    if A.ndim > 2 or B.ndim > 2:
        raise NoValue("Stacks of matrices have no product here: use lecturelib.symbols.evaluate")
    n = B.shape[0]
    return Array(shape, _product(A.entries, B.entries, n, B.shape[1] if B.ndim == 2 else 1))


def _product(x, y, n, p):
    """The product of matrices, x with n columns and y with p: fractions as whole numbers."""
    left, right = set(map(type, x)), set(map(type, y))
    if Dual in left or Dual in right:
        (a, da), (b, db) = _split(x), _split(y)
        parts = ([(da, b)] if Dual in left else []) + ([(a, db)] if Dual in right else [])
        slopes = [_product(u, v, n, p) for u, v in parts]
        return list(map(Dual, _product(a, b, n, p), map(sum, zip(*slopes, strict=True))))
    exact = left | right <= {Fraction}
    scale = 1
    if exact:
        (x, k), (y, scale) = _whole(x), _whole(y)
        scale = k * scale
    else:
        x, y = _inexact(x), _inexact(y)
    rows = [x[i : i + n] for i in range(0, len(x), n)]
    columns = [y[j::p] for j in range(p)]
    found = [sum(map(operator.mul, row, column)) for row in rows for column in columns]
    return [Fraction(v, scale) for v in found] if exact else found


def _whole(x):
    """Fractions as whole numbers over one denominator."""
    scale = math.lcm(*(v.denominator for v in x))
    return [v.numerator * (scale // v.denominator) for v in x], scale


def _inexact(x):
    """Fractions as floats; dual numbers refuse."""
    return [v if type(v) in (float, complex) else float(v) for v in x]


@_value
def outer(a, b):
    return Array((*a.shape, *b.shape), [x * y for x in a.entries for y in b.entries])


@_value
def kron(A, B):
    (m, n), (p, q) = A.shape, B.shape
    blocks = transpose(outer(A, B), axes=(0, 2, 1, 3))
    return Array((m * p, n * q), blocks.entries)


@_value
def einsum(*factors, subscripts):
    left, out = subscripts.split("->")
    sizes: dict[str, int] = {}
    steps: list[dict[str, int]] = []
    for letters, factor in zip(left.split(","), factors, strict=True):
        steps.append(dict.fromkeys(letters, 0))
        for letter, n, step in zip(letters, factor.shape, _strides(factor.shape), strict=True):
            steps[-1][letter] += step  # a letter that occurs twice reads a diagonal
            sizes[letter] = n
    places = []
    for letters in (out, [letter for letter in sizes if letter not in out]):
        lengths = [sizes[letter] for letter in letters]
        each = [_offsets(lengths, [step.get(letter, 0) for letter in letters]) for step in steps]
        places.append(list(zip(*each, strict=True)))
    entries = [
        sum(
            math.prod(f.entries[i + j] for f, i, j in zip(factors, start, more, strict=True))
            for more in places[1]
        )
        for start in places[0]
    ]
    return Array([sizes[letter] for letter in out], entries)


# -- Linear systems -------------------------------------------------------------------------------


@_value
def solve(A, B):
    shape = shapes.solution(A.shape, B.shape)
    n = A.shape[0]
    kinds = {*map(type, A.entries), *map(type, B.entries)}
    if Dual in kinds:  # (A + E e) (X + Y e) = B + C e, one power of e after the other
        (a, da), (b, db) = _split(A.entries), _split(B.entries)
        inverse = solve(Array(A.shape, a), _identity(n))
        X = inverse @ Array(shape, b)
        Y = inverse @ (Array(shape, db) - Array(A.shape, da) @ X)
        return Array(shape, list(map(Dual, X.entries, Y.entries)))
    exact = kinds <= {Fraction}
    numbers = (lambda row: _whole(row)[0]) if exact else _inexact
    p = len(B.entries) // n
    rows = [
        numbers([*A.entries[i * n : i * n + n], *B.entries[i * p : i * p + p]]) for i in range(n)
    ]
    least = 0 if exact else 1e-14 * max(map(abs, A.entries))
    before = 1
    for c in range(n):
        best = max(range(c, n), key=lambda i: abs(rows[i][c]))
        rows[c], rows[best] = rows[best], rows[c]
        pivot, chosen = rows[c][c], rows[c]
        if abs(pivot) <= least:
            raise NoValue(f"The matrix of shape {A.shape} is singular")
        for i, row in enumerate(rows):
            if i != c and exact:  # whole numbers stay whole (Bareiss 1968)
                f = row[c]
                rows[i] = [(pivot * x - f * y) // before for x, y in zip(row, chosen, strict=True)]
            elif i != c:
                f = row[c] / pivot
                rows[i] = [x - f * y for x, y in zip(row, chosen, strict=True)]
        before = pivot
    ratio = Fraction if exact else operator.truediv
    return Array(shape, [ratio(x, row[i]) for i, row in enumerate(rows) for x in row[n:]])


@_value
def det(X):
    """By minors of the first rows: without division, so exact and smooth where X is singular."""
    n = shapes.square(X.shape)[0]
    if n > 12:
        raise NoValue(f"A determinant of {n} rows is too large for a check; take smaller sizes")
    rows = [X.entries[i * n : i * n + n] for i in range(n)]
    scale = 1
    if set(map(type, X.entries)) <= {Fraction}:
        whole = [_whole(row) for row in rows]
        rows, scale = [row for row, _ in whole], math.prod(k for _, k in whole)
    minors: dict[int, Any] = {0: 1}
    for row in rows:
        larger: dict[int, Any] = {}
        for columns, minor in minors.items():
            for j, x in enumerate(row):
                if not columns >> j & 1:
                    term = -minor * x if (columns >> j).bit_count() & 1 else minor * x
                    key = columns | 1 << j
                    larger[key] = larger[key] + term if key in larger else term
        minors = larger
    found = minors[(1 << n) - 1]
    return Array((), [Fraction(found, scale) if type(found) is int else found])


@_value
def adjugate(X, D):
    try:
        return D * solve(X, _identity(X.shape[0]))
    except NoValue:  # the cofactors exist also where X is singular
        n = X.shape[0]

        def cofactor(i, j):
            rows, columns = ([k for k in range(n) if k != drop] for drop in (j, i))
            minor = Array((n - 1, n - 1), [X.entries[a * n + b] for a in rows for b in columns])
            return det(minor).entries[0] * (-1) ** (i + j)

        return _matrix(n, n, cofactor)


@_value
def logdet(X):
    [d] = det(X).entries
    if _base(d) <= 0:
        raise NoValue(f"logdet needs a positive determinant, and this one is {float(_base(d)):.4g}")
    return Array((), [_log(d)])


@_value
def slogdet(X):
    [d] = det(X).entries
    s = _sign(d)
    return Array((), [Fraction(s)]), Array((), [_log(s * d)])


@_value
def sylvester(A, B, C):
    """A Y + Y B = C, as one linear system."""
    m, n = C.shape
    system = kron(_identity(n), A) + kron(B.T, _identity(m))
    return reshape(solve(system, reshape(C, (m * n,), "F")), (m, n), "F")


@_value
def matrix_power(X, k):
    [n] = k.entries
    if type(n) in (Dual, complex):
        raise NoValue("The exponent of matrix_power is a constant, and here it varies")
    if n != int(n):
        raise NoValue(f"The power {n} of a matrix is no whole number; write real_power")
    inverse = _KERNEL["inv"]
    X = Array(X.shape, [_shortened(x, abs(int(n))) for x in X.entries])
    return _repeated(X, int(n), _identity(shapes.square(X.shape)[0]), matmul, inverse)


def _upper_right(function, X, E):
    """The derivative of a matrix function in the direction E, as a block of its value."""
    n = X.shape[0]
    block = concatenate(concatenate(X, E, axis=1), concatenate(0 * X, X, axis=1))
    return getitem(function(block), (slice(n), slice(n, None)))


# -- Functions of matrices ------------------------------------------------------------------------


def _floats(X):
    return Array(X.shape, _inexact(X.entries))


def _size(X):
    """The largest row sum of absolute values."""
    n = X.shape[1]
    return max(sum(map(abs, X.entries[i : i + n])) for i in range(0, len(X.entries), n))


@_value
def expm(X):
    """Scaling and squaring, with the Pade approximant of degree 8."""
    X = _floats(X)
    norm, identity = _size(X), _floats(_identity(shapes.square(X.shape)[0]))
    if not norm < 600:
        raise NoValue(f"The exponential of a matrix of norm {norm:.3g} is too large")
    squarings = max(0, math.ceil(math.log2(norm))) if norm else 0
    X = X / 2.0**squarings
    over, under, P, c = identity, identity, identity, 1.0
    for k in range(1, 9):
        P, c = X @ P, c * (9 - k) / (k * (17 - k))
        over, under = over + c * P, under + (-1) ** k * c * P
    Y = solve(under, over)
    for _ in range(squarings):
        Y = Y @ Y
    return Y


@_value
def sqrtm(X):
    """Principal square root by the scaled product Denman-Beavers iteration (Higham 2008)."""
    identity, Y = _floats(_identity(shapes.square(X.shape)[0])), _floats(X)
    M, close = Y, False
    for _ in range(40):
        distance = _size(M - identity)
        try:
            inverse = solve(M, identity)
        except NoValue:
            break
        if distance > 1e-2:
            scale = math.sqrt(_size(inverse) / _size(M))
            M, inverse, Y = scale * M, inverse / scale, math.sqrt(scale) * Y
        Y = 0.5 * Y @ (identity + inverse)
        M = 0.5 * (identity + 0.5 * (M + inverse))
        if close:  # once more, for the derivative, which follows one step behind
            return Y
        close = distance <= 1e-7
    raise NoValue(
        "The matrix has an eigenvalue on the closed negative axis, or nearly, where its principal "
        "square root and logarithm do not exist"
    )


@_value
def logm(X):
    """Square roots until X is near I, then ``log X = 2 artanh((X - I) (X + I)^-1)``."""
    identity, roots = _floats(_identity(shapes.square(X.shape)[0])), 0
    X = _floats(X)
    while _size(X - identity) > 0.25:
        X, roots = sqrtm(X), roots + 1
    Z = solve(X + identity, X - identity)
    power, square, Y = Z, Z @ Z, Z
    for k in range(3, 21, 2):
        power = power @ square
        Y = Y + power / float(k)
    return 2.0 ** (roots + 1) * Y


@_value
def real_power(X, p):
    [exponent] = p.entries
    if type(exponent) is Fraction and exponent.denominator == 1:
        return matrix_power(X, p)
    if exponent == 0.5:
        return sqrtm(X)
    return expm(p * logm(X))


def _turning(X):
    """exp of [[0, -X], [X, 0]], which is [[cos X, -sin X], [sin X, cos X]]."""
    return expm(concatenate(concatenate(0 * X, -X, axis=1), concatenate(X, 0 * X, axis=1)))


# -- Factorisations -------------------------------------------------------------------------------
# Products are not conjugated and roots are those beside the real axis, so that each result is a
# holomorphic function of the entries, as a complex step needs it.


def _rotation(alpha, beta, gamma):
    """Cosine and sine of the turn that makes [[alpha, gamma], [gamma, beta]] diagonal."""
    gap = beta - alpha
    root = _float_root(gap * gap + 4 * gamma * gamma)
    t = 2 * gamma / (gap + (root if gap.real >= 0 else -root))
    c = 1 / _float_root(1 + t * t)
    return c, t * c


def _turn(x, y, c, s):
    pairs = list(zip(x, y, strict=True))
    return [c * a - s * b for a, b in pairs], [s * a + c * b for a, b in pairs]


def _dot(x, y):
    return sum(map(operator.mul, x, y))


def _jacobi(columns, products):
    """Columns turned until no two of them meet in `products`, and the turns."""
    n = len(columns)
    turns = [[1.0 * (i == j) for i in range(n)] for j in range(n)]
    left = 3  # sweeps after all is small: a complex step settles later than the real parts
    for _ in range(60):
        worst = 0.0
        for p in range(n):
            for q in range(p + 1, n):
                alpha, beta, gamma = products(columns, turns, p, q)
                if gamma == 0:
                    continue
                scale = math.sqrt(abs(alpha.real * beta.real)) + abs(alpha.real - beta.real)
                worst = max(worst, abs(gamma.real) / scale if scale else math.inf)
                c, s = _rotation(alpha, beta, gamma)
                for part in (columns, turns):
                    part[p], part[q] = _turn(part[p], part[q], c, s)
        left -= worst < 1e-14
        if left == 0:
            return columns, turns
    raise NoValue("The eigenvalues did not settle: they may be repeated")


def _symmetric(X):
    """The symmetric part, which is what `eigh` and `cholesky` read."""
    shapes.square(X.shape)
    return (X + X.T) / 2


@_value
def eigh(X):
    """Eigenvalues and eigenvectors by Jacobi's rotations."""
    n = X.shape[0]
    X = _floats(_symmetric(X))

    def products(columns, turns, p, q):
        return _dot(columns[p], turns[p]), _dot(columns[q], turns[q]), _dot(columns[p], turns[q])

    columns, turns = _jacobi([X.entries[j::n] for j in range(n)], products)
    pairs = [(_dot(a, v), v) for a, v in zip(columns, turns, strict=True)]
    pairs.sort(key=lambda pair: pair[0].real)
    for (a, _), (b, _) in zip(pairs, pairs[1:], strict=False):
        _apart(a, b, max(abs(w) for w, _ in pairs))
    vectors = Array((n, n), [x for _, v in pairs for x in _upright(v)])
    return Array((n,), [w for w, _ in pairs]), vectors.T


def _upright(v):
    """The vector or its negative, so that the largest entry is positive."""
    largest = max(v, key=lambda x: abs(x.real))
    return [-x for x in v] if largest.real < 0 else v


def _singular(X):
    """Singular values, columns of U diag(s) and of V, for X with no more columns than rows."""
    X = _floats(X)
    n = X.shape[1]

    def products(columns, turns, p, q):
        x, y = columns[p], columns[q]
        return _dot(x, x), _dot(y, y), _dot(x, y)

    columns, turns = _jacobi([X.entries[j::n] for j in range(n)], products)
    found = [(_float_root(_dot(u, u)), u, v) for u, v in zip(columns, turns, strict=True)]
    found.sort(key=lambda triple: -triple[0].real)
    return [s for s, _, _ in found], [u for _, u, _ in found], [v for _, _, v in found]


@_value
def svd(X):
    (m, n) = X.shape
    if m < n:
        s, V, Uh = svd(X.T)
        return s, Uh.T, V.T
    s, columns, turns = _singular(X)
    for a, b in zip(s, s[1:], strict=False):
        _apart(a, b, s[0])
    if abs(s[-1]) <= 1e-13 * abs(s[0]):
        raise NoValue("A singular value is 0, so the vectors that belong to it are not determined")
    U = Array((n, m), [x / size for size, u in zip(s, columns, strict=True) for x in u])
    return Array((n,), list(s)), U.T, Array((n, n), [x for v in turns for x in v])


@_value
def pinv(X):
    """Of full rank where it is rational or moves; else singular values next to 0 count as 0."""
    (m, n) = X.shape
    if m < n:
        return pinv(X.T).T
    if not set(map(type, X.entries)) <= {float, Fraction} or float not in map(type, X.entries):
        return solve(X.T @ X, X.T)
    sizes, columns, turns = _singular(X)
    kept = [i for i, size in enumerate(sizes) if abs(size) > 1e-10 * abs(sizes[0])]
    return _matrix(
        n, m, lambda i, j: sum((turns[k][i] * columns[k][j] / sizes[k] ** 2 for k in kept), _ZERO)
    )


@_value
def cholesky(X):
    n = X.shape[0]
    A = _symmetric(X).entries
    L = [[_ZERO] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = A[i * n + j] - _dot(L[i][:j], L[j][:j])
            if i == j and _base(rest) <= 0:
                raise NoValue(f"The matrix of shape {X.shape} is not positive definite")
            L[i][j] = _root(rest) if i == j else rest / L[j][j]
    return Array((n, n), [x for row in L for x in row])


@_value
def qr(X):
    """By Householder's reflections, with the signs that LAPACK gives."""
    m, n = X.shape
    k = min(m, n)
    X = _floats(X)
    columns = [X.entries[j::n] for j in range(n)]
    basis = [[1.0 * (i == j) for i in range(m)] for j in range(k)]
    mirrors: list[tuple[int, list[Any]]] = []

    def reflect(column, c, v):
        f = 2 * _dot(v, column[c:]) / _dot(v, v)
        column[c:] = [a - f * b for a, b in zip(column[c:], v, strict=True)]

    for c in range(min(k, m - 1)):
        v = columns[c][c:]
        length = _float_root(_dot(v, v))
        v[0] += length if v[0].real >= 0 else -length
        mirrors.append((c, v))
        for column in columns:
            reflect(column, c, v)
    for c, v in reversed(mirrors):
        for column in basis:
            reflect(column, c, v)
    R = Array((n, m), [x for column in columns for x in column]).T
    Q = Array((k, m), [x for column in basis for x in column]).T
    return Q, tril(getitem(R, slice(k)).T).T


def _against(w, f):
    """What f makes of each two entries of a vector."""
    n = len(w.entries)
    return Array((n, n), [f(a, b) for a in w.entries for b in w.entries])


def _apart(a, b, scale):
    """Refuses a kink: where two values that vary meet, or one vanishes."""
    if type(a) is complex and abs((a - b).real) <= 1e-11 * abs(scale):
        raise NoValue("Two eigenvalues or singular values meet, or one is 0: there is a kink")


@_value
def reciprocal_gaps(w):
    n, scale = len(w.entries), max(abs(_base(x)) for x in w.entries)
    gaps = _against(w, lambda a, b: b - a).entries
    if sum(abs(_base(x)) <= 1e-11 * scale for x in gaps) > n:
        raise NoValue("Two eigenvalues or singular values coincide, so their vectors do not follow")
    return Array((n, n), [_ZERO if i % (n + 1) == 0 else 1 / x for i, x in enumerate(gaps)])


@_value
def eigen_pinv(X, t):
    """The pseudo-inverse of t I - X, for the eigenvalue of X that is next to t."""
    w, V = eigh(X)
    own = min(range(len(w.entries)), key=lambda i: abs(_base(w.entries[i] - t.entries[0])))
    gaps = [w.entries[own] - x for x in w.entries]
    weights = [_ZERO if i == own else 1 / gap for i, gap in enumerate(gaps)]
    return V @ diag(Array(w.shape, weights)) @ V.T


@_value
def vech(X):
    n = X.shape[0]
    return Array((n * (n + 1) // 2,), [X.entries[i * n + j] for j in range(n) for i in range(j, n)])


@_value
def unvech(w):
    n = shapes.triangular(w.shape)[0]
    places = [(i, j) for j in range(n) for i in range(j, n)]
    found = dict(zip(places, w.entries, strict=True))
    return _matrix(n, n, lambda i, j: found.get((i, j), _ZERO))


def _blocks(A, shape):
    """A with the axes (block row, row, block column, column)."""
    (m, n), (p, q) = shapes.blocks(A.shape, shape), shape
    return Array((m, p, n, q), A.entries)


def _singular_values(X):
    return _singular(X if X.shape[0] >= X.shape[1] else X.T)[0]


def _nuclear(X):
    s = _singular_values(X)
    for x in s:
        _apart(x, 0, s[0])
    return sum(s)


def _spectral(X):
    s = _singular_values(X)
    _apart(s[0], s[1] if len(s) > 1 else 0, s[0])
    return s[0]


def _frechet(name):
    """The derivative of a matrix function in the direction E, which comes last."""
    f = _KERNEL[name]
    return lambda X, *rest: _upper_right(lambda M: f(M, *rest[:-1]), X, rest[-1])


# What takes one line.
_KERNEL |= {
    "vec": lambda X: Array((len(X.entries),), X.T.entries),
    "triu": lambda X, k=0: tril(X.T, -k).T,
    "trace": lambda X: Array((), [sum(diagonal(X).entries, _ZERO)]),
    "differences": lambda w: _against(w, lambda a, b: b - a),
    "sums": lambda w: _against(w, operator.add),
    "inv": lambda X: solve(X, _identity(shapes.square(X.shape)[0])),
    "complement": lambda X: _identity(X.shape[0]) - X,
    "cosm": lambda X: getitem(_turning(X), (slice(X.shape[0]), slice(X.shape[0]))),
    "sinm": lambda X: getitem(_turning(X), (slice(X.shape[0], None), slice(X.shape[0]))),
    "lambda_max": lambda X: getitem(eigh(X)[0], -1),
    "lambda_min": lambda X: getitem(eigh(X)[0], 0),
    "eigenvector_max": lambda X: getitem(eigh(X)[1], (slice(None), slice(-1, None))),
    "eigenvector_min": lambda X: getitem(eigh(X)[1], (slice(None), slice(1))),
    "polar": lambda X: matmul(*svd(X)[1:]),
    "nuclear_norm": lambda X: Array((), [_nuclear(X)]),
    "spectral_norm": lambda X: Array((), [_spectral(X)]),
    "block_inner": lambda A, B: einsum(_blocks(A, B.shape), B, subscripts="ikjl,kl->ij"),
    "block_sum": lambda A, B: einsum(
        _blocks(A, shapes.blocks(A.shape, B.shape)), B, subscripts="ikjl,ij->kl"
    ),
}
_KERNEL |= {f"{f}_frechet": _frechet(f) for f in "expm logm sinm cosm real_power".split()}
_KERNEL["power_frechet"] = _frechet("matrix_power")

_operators()

# -- Terms ----------------------------------------------------------------------------------------


class _Point:
    """Values of the symbols, lengths of the letters, and which sample each index means."""

    def __init__(
        self, values: Mapping[str, Any], sizes: Mapping[str, int] | None, samples: Mapping[str, int]
    ) -> None:
        self.values, self.sizes, self.samples = values, sizes or {}, samples

    def of(self, term: Expression) -> Array:
        """The value of a term: each part once, operands before what uses them."""
        found: dict[int, Any] = {}
        waiting = [term]
        while waiting:
            x = waiting[-1]
            missing = [part for part in _below(x) if id(part) not in found]
            if id(x) in found or missing:
                waiting.extend(missing)
                if not missing:
                    waiting.pop()
                continue
            found[id(x)] = self._of(x, found)
            waiting.pop()
        return found[id(term)]

    def _of(self, x: Any, found: Mapping[int, Any]) -> Any:
        if isinstance(x, Application):
            if x.name == "sum_over":
                return self._sum(x)
            if _is_squared_norm(x):
                inside = found[id(x.operands[0].operands[0])]
                return Array((), [sum(entry * entry for entry in inside.entries)])
            parameters = {name: self._parameter(p, found) for name, p in x.parameters.items()}
            return _applied(x.name, [found[id(operand)] for operand in x.operands], parameters)
        if isinstance(x, Number):
            return self._filled(x, _rational(x.value))
        if isinstance(x, Part):
            part = found[id(x.source)][x.place]
            return part.T if x.transposed else part
        if isinstance(x, Comparison):
            return _pairwise(_between(_COMPARE[x.sign]), found[id(x.left)], found[id(x.right)])
        if isinstance(x, Identity) and x.name not in self.values:
            return _identity(self._length(x.shape[0]))
        if isinstance(x, Ones) and x.name not in self.values:
            return self._filled(x, _ONE)
        if isinstance(x, Symbol | Differential):
            return self._symbol(x)
        raise NoValue(f"{x!r} is a {type(x).__name__}, which has no value here.")

    def _symbol(self, x: Any) -> Array:
        index = getattr(x, "sample", "")
        if index and index not in self.samples:
            raise NoValue(f"{x.name} is one of several samples outside of a sum over {index}.")
        if index == x.name:  # the index itself, counted from 1
            return Array((), [Fraction(self.samples[index] + 1)])
        known = self.values.get(x.name)
        if known is None and x.shape == () and x.name in self.sizes:
            return Array((), [Fraction(self.sizes[x.name])])
        if known is None:
            given = ", ".join(self.values) or "none"
            raise NoValue(f"The symbol {x.name} has no value; values are given for {given}.")
        return known[self.samples[index]] if index else known

    def _sum(self, x: Application) -> Array:
        """The sum over samples: the body once for each."""
        index = x.parameters["index"]
        total: Any = None
        for i in range(self._length(x.parameters["count"])):
            term = _Point(self.values, self.sizes, {**self.samples, index: i}).of(x.operands[0])
            total = term if total is None else total + term
        if total is None:
            raise NoValue(f"A sum over no {index} at all has no shape here.")
        return total

    def _filled(self, x: Any, value: Any) -> Array:
        shape = [self._length(n) for n in x.shape]
        return Array(shape, [value] * math.prod(shape))

    def _parameter(self, p: Any, found: Mapping[int, Any]) -> Any:
        if isinstance(p, Size):
            return self._length(p)
        if isinstance(p, Expression):
            return found[id(p)]
        if isinstance(p, slice):
            return slice(*(self._parameter(n, found) for n in (p.start, p.stop, p.step)))
        return tuple(self._parameter(n, found) for n in p) if isinstance(p, tuple) else p

    def _length(self, size: Any) -> int:
        return int(shapes.built(size, self._letter))

    def _letter(self, size: Size) -> int:
        if size.name in self.sizes:
            return self.sizes[size.name]
        for name, axis in size.axes:
            if name in self.values:
                known = self.values[name]
                return (known[0] if isinstance(known, list) else known).shape[axis]
        raise NoValue(f"The size {size} has no length; lengths are given for {dict(self.sizes)}.")


def _below(x: Any) -> list[Any]:
    """The terms whose values a term needs."""
    if isinstance(x, Comparison):
        return [x.left, x.right]
    if isinstance(x, Part):
        return [x.source]
    if not isinstance(x, Application) or x.name == "sum_over":
        return []
    if _is_squared_norm(x):
        return [x.operands[0].operands[0]]
    return [*x.operands, *(p for p in x.parameters.values() if isinstance(p, Expression))]


def _is_squared_norm(x: Application) -> bool:
    """Whether x is norm(X)^2, which needs no root: it is rational where X is."""
    if x.name != "power" or not is_number(x.operands[1], 2):
        return False
    root = x.operands[0]
    return isinstance(root, Application) and root.name == "norm" and not root.parameters


def _rational(x: Any) -> Any:
    """A number of a formula: a short decimal is what it says, 0.1 is 1/10."""
    if isinstance(x, complex):
        raise NoValue("The imaginary unit has no value here, where all numbers are real.")
    if isinstance(x, float) and math.isfinite(x) and len(repr(x).strip("0").lstrip("-")) < 14:
        return Fraction(repr(x))
    return _number(x)


# -- Values and derivatives -----------------------------------------------------------------------


class Slope(NamedTuple):
    """A derivative by value, and an estimate of its error, which is 0 where it is exact."""

    value: Any
    error: Any


def value(
    term: Expression, values: Mapping[str, Any], sizes: Mapping[str, int] | None = None
) -> Any:
    """The value of a term at values of its symbols, exact where that is rational.

    Parameters
    ----------
    term : Expression
    values : mapping
        From the names of symbols to numbers, or to tuples of rows for matrices; a sampled symbol
        has a list of as many.
    sizes : mapping
        From letters to lengths, for what the values do not tell (ones, a size as a number).

    Returns
    -------
    Fraction, float, or tuple of rows of these

    Raises
    ------
    NoValue
        Where the term has none, such as the inverse of a singular matrix.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.exact import value
    >>> from lecturelib.table import inv, trace
    >>> X = Symbol("X", shape=("n", "n"))
    >>> value(trace(inv(X)), {"X": ((1, 2), (3, 4))})
    Fraction(-5, 2)
    """
    return _plain(_Point(_arrays(values), sizes, {}).of(term))


def directional(
    term: Expression,
    name: str,
    direction: Any,
    values: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
) -> Slope:
    """The derivative of a term's value, by values alone: no rule is used.

    By dual numbers over fractions where the term is rational, else by a complex step.

    Parameters
    ----------
    term : Expression
    name : str
        The symbol that varies.
    direction : number or tuple of rows
    values, sizes : mapping
        As for `value`.

    Returns
    -------
    Slope
        ``value``, and ``error``: 0 for an exact value, else what rounding may have done to it,
        found by moving the point by some rounding errors.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.exact import directional
    >>> X = Symbol("X", shape=("n", "n"))
    >>> directional(X @ X, "X", ((0, 1), (0, 0)), {"X": ((1, 2), (3, 4))})
    Slope(value=((Fraction(3, 1), Fraction(5, 1)), (Fraction(0, 1), Fraction(3, 1))), error=0)
    """
    found = _slope(term, name, _arrays({"": direction})[""], _arrays(values), sizes)
    return Slope(_plain(found.value), found.error)


def second_directional(
    term: Expression,
    name: str,
    first: Any,
    second: Any,
    values: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
) -> Slope:
    """The second derivative of a term's value in two directions, as `directional` gives the first.

    Where the term is not rational: extrapolated central differences of the complex step, so with
    an error of some ten digits after the leading one.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.exact import second_directional
    >>> x = Symbol("x", shape=())
    >>> second_directional(x**3, "x", 1, 2, {"x": 5})
    Slope(value=Fraction(60, 1), error=0)
    """
    point, directions = _arrays(values), _arrays({"H": first, "K": second})
    H, K = directions.values()
    try:
        twice = _moved(point, name, lambda x, h, k: Dual(Dual(x, k), Dual(h, _ZERO)), H, K)
        Y = _Point(twice, sizes, {}).of(term)
        slopes = _split(_split(Y.entries)[1])[1]
        if set(map(type, slopes)) <= {Fraction}:
            return Slope(_plain(Array(Y.shape, slopes)), 0)
    except _Unsuited:
        pass

    def at(t: float) -> Any:
        moved = _moved(point, name, lambda x, k: float(x) + t * float(k), K)
        return _stepped(term, name, H, moved, sizes, 1.0)

    found = _difference_quotient(at)
    return Slope(_plain(found.value), found.error)


def _arrays(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as arrays; a list is one for each sample."""
    return {
        name: list(map(_array, value)) if isinstance(value, list) else _array(value)
        for name, value in values.items()
    }


def _moved(point: Mapping[str, Any], name: str, move: Callable[..., Any], *H: Any) -> Any:
    """The point, with `move` of each entry of the symbol and those of the directions."""
    if name not in point:
        raise NoValue(f"The symbol {name} has no value, so it cannot vary.")

    def one(X: Array, *directions: Array) -> Array:
        for D in directions:
            if D.shape != X.shape:
                raise NoValue(
                    f"The direction has shape {D.shape}, and {name} has {X.shape}; give a "
                    "direction of the shape of the symbol."
                )
        return Array(X.shape, list(map(move, X.entries, *(D.entries for D in directions))))

    X = point[name]
    return {**point, name: list(map(one, X, *H)) if isinstance(X, list) else one(X, *H)}


def _slope(term: Expression, name: str, H: Any, point: Mapping[str, Any], sizes: Any) -> Slope:
    try:
        Y = _Point(_moved(point, name, Dual, H), sizes, {}).of(term)
        slopes = _split(Y.entries)[1]
        if set(map(type, slopes)) <= {Fraction}:
            return Slope(Array(Y.shape, slopes), 0)
    except _Unsuited:
        pass
    return _by_step(term, name, H, point, sizes)


#: So short that its square is nothing beside 1.
_STEP = 1e-20


def _by_step(term: Expression, name: str, H: Any, point: Mapping[str, Any], sizes: Any) -> Slope:
    """By a complex step, and again some rounding errors away, for the error."""
    Y, other = (_stepped(term, name, H, point, sizes, c) for c in (1.0, 1 + 2.0**-46))
    return Slope(Y, _greatest(Y - other) + 2.0**-50 * _greatest(Y))


def _stepped(
    term: Expression, name: str, H: Any, point: Mapping[str, Any], sizes: Any, stretch: float
) -> Any:
    """The imaginary part that an imaginary step leaves, over the step."""

    def free(X: Array) -> Array:  # floats for fractions: complex numbers meet them faster
        return _map(lambda x: float(x) if type(x) is Fraction else x, X)

    moved = _moved(point, name, lambda x, h: complex(stretch * x, _STEP * h), H)
    floats = {n: list(map(free, X)) if isinstance(X, list) else free(X) for n, X in moved.items()}
    Y = _Point(floats, sizes, {}).of(term)
    return Array(Y.shape, [x.imag / _STEP for x in Y.entries])


def _greatest(X: Array) -> float:
    return max(map(abs, X.entries), default=0.0)


def _difference_quotient(at: Callable[[float], Any]) -> Slope:
    """The derivative at 0 from central differences, extrapolated (Ridders 1982)."""
    best, before = Slope(None, math.inf), list[Any]()
    for j in range(4, 16):
        t = 2.0**-j
        try:
            ends = at(t), at(-t)
        except NoValue:  # the step left the domain: a shorter one
            before = []
            continue
        row = [(ends[0] - ends[1]) / (2 * t)]
        noise = 2.0**-48 * _greatest(ends[0]) / t
        for i, old in enumerate(before):
            row.append(row[i] + (row[i] - old) / (4 ** (i + 1) - 1))
            error = _greatest(row[i + 1] - old) + noise
            if error < best.error:
                best = Slope(row[i + 1], error)
        if len(row) > 3 and _greatest(row[-1] - before[-1]) > 2 * best.error:
            break  # rounding has begun to grow
        before = row
    if best.value is None:
        raise NoValue("The point lies too near the border of the domain for a second derivative.")
    return best
