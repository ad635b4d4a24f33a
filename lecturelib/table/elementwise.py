"""Elementwise functions: from the differential of an entry to that of its function."""

from __future__ import annotations

import math
import operator

from .linear import like, real, sign, step
from .operation import HELPERS, rule
from .shapes import shape_of

GROUP = "Elementwise functions"

LN2, LN10 = math.log(2.0), math.log(10.0)


@rule(
    where="B != 0",
    transposes=(lambda G, A, B: like(G / B, A), None),
    function="numpy.divide",
    operator=operator.truediv,
    example="A / B",
)
def divide(Y, A, B, dA, dB):
    return (dA - Y * dB) / B


@rule(where="X != 0", function="numpy.reciprocal", written=lambda X: 1 / X, example="1 / X")
def reciprocal(Y, X, dX):
    return -Y * dX * Y


@rule(
    where="X != 0; Y = 0 where X = 0",
    kink=lambda Y, X: X == 0,
    value=".safe_reciprocal",
    latex=r"X^{\odot +}",
    written_latex=lambda X: 1 / X if shape_of(X) == () else None,
    group=HELPERS,
)
def safe_reciprocal(Y, X, dX):
    return -Y * dX * Y


def _between_integers(B):
    return real(B) % 1 != 0


@rule(
    where="A > 0; also A < 0 where B is an integer, and A = 0 where B is one of 0, 1, 2, ...",
    kink=lambda Y, A, B: (A == 0) & _between_integers(B),
    function="numpy.power",
    operator=operator.pow,
    example="A**3",
)
def power(Y, A, B, dA):
    return B * lowered_power(A, B) * dA


@rule(
    where="A to the power B - n, in all its digits; 1 where B is one of 0, ..., n - 1",
    value=".lowered_power",
    group=HELPERS,
    inner=True,
)
def lowered_power(Y, A, B, dA, *, n=1):
    return (B - n) * lowered_power(A, B, n=n + 1) * dA


@rule(where="A > 0", value="numpy.power", written=lambda A, B: A**B, example="A**B")
def general_power(Y, A, B, dA, dB):
    return Y * (B * dA / A + log(A) * dB)


@rule(spoken="exponential", function="numpy.exp", latex=r"\exp", sheet=True)
def exp(Y, X, dX):
    return Y * dX


@rule(function="numpy.exp2")
def exp2(Y, X, dX):
    return LN2 * Y * dX


@rule(function="numpy.expm1")
def expm1(Y, X, dX):
    return exp(X) * dX


@rule(spoken="logarithm", where="X > 0", function="numpy.log", latex=r"\log", sheet=True)
def log(Y, X, dX):
    return dX / X


@rule(where="X > 0", function="numpy.log2", latex=r"\log_{2}")
def log2(Y, X, dX):
    return dX / (LN2 * X)


@rule(where="X > 0", function="numpy.log10", latex=r"\log_{10}")
def log10(Y, X, dX):
    return dX / (LN10 * X)


@rule(where="X > -1", function="numpy.log1p")
def log1p(Y, X, dX):
    return dX / (1 + X)


@rule(
    where="X > 0",
    squared=lambda X: X,
    function="numpy.sqrt",
    latex=r"\sqrt{X}",
    spoken="square root",
)
def sqrt(Y, X, dX):
    return dX / (2 * Y)


@rule(where="X != 0", function="numpy.cbrt")
def cbrt(Y, X, dX):
    return dX / (3 * Y * Y)


@rule(function="numpy.square", written=lambda X: X**2, example="X**2")
def square(Y, X, dX):
    return 2 * X * dX


@rule(function="numpy.sin", latex=r"\sin")
def sin(Y, X, dX):
    return cos(X) * dX


@rule(function="numpy.cos", latex=r"\cos")
def cos(Y, X, dX):
    return -sin(X) * dX


@rule(where="cos(X) != 0", function="numpy.tan", latex=r"\tan")
def tan(Y, X, dX):
    return (1 + Y * Y) * dX


@rule(where="|X| < 1", function="numpy.arcsin", latex=r"\arcsin")
def arcsin(Y, X, dX):
    return dX / sqrt(one_minus_square(X))


@rule(where="|X| < 1", function="numpy.arccos", latex=r"\arccos")
def arccos(Y, X, dX):
    return -dX / sqrt(one_minus_square(X))


@rule(value=".one_minus_square", written=lambda X: 1 - X**2, group=HELPERS)
def one_minus_square(Y, X, dX):
    return -2 * X * dX


@rule(function="numpy.arctan", latex=r"\arctan")
def arctan(Y, X, dX):
    return dX / one_plus_square(X)


@rule(value=".one_plus_square", written=lambda X: 1 + X**2, group=HELPERS)
def one_plus_square(Y, X, dX):
    return 2 * X * dX


@rule(function="numpy.sinh", latex=r"\sinh")
def sinh(Y, X, dX):
    return cosh(X) * dX


@rule(function="numpy.cosh", latex=r"\cosh")
def cosh(Y, X, dX):
    return sinh(X) * dX


@rule(function="numpy.tanh", latex=r"\tanh", sheet=True)
def tanh(Y, X, dX):
    return tanh_slope(X) * dX


@rule(value=".tanh_slope", written=lambda X: 1 - tanh(X) ** 2, group=HELPERS)
def tanh_slope(Y, X, dX):
    return -2 * tanh(X) * Y * dX


@rule(function="numpy.arcsinh")
def arcsinh(Y, X, dX):
    return dX / root_one_plus_square(X)


@rule(value=".root_one_plus_square", written=lambda X: sqrt(1 + X**2), group=HELPERS)
def root_one_plus_square(Y, X, dX):
    return X / Y * dX


@rule(where="X > 1", function="numpy.arccosh")
def arccosh(Y, X, dX):
    return dX / (sqrt(X - 1) * sqrt(X + 1))


@rule(where="|X| < 1", function="numpy.arctanh")
def arctanh(Y, X, dX):
    return dX / one_minus_square(X)


@rule(
    where="X != 0",
    kink=lambda Y, X: X == 0,
    real_only=True,
    squared=lambda X: X * X,
    function=("numpy.absolute", "numpy.fabs"),
    latex=r"\lvert X \rvert",
    spoken="absolute value",
)
def abs(Y, X, dX):  # noqa: A001 (the table uses the names of NumPy)
    return sign(X) * dX


@rule(where="A != B", kink=lambda Y, A, B: A == B, function="numpy.maximum")
def maximum(Y, A, B, dA, dB):
    return (A >= B) * dA + (A < B) * dB


@rule(where="A != B", kink=lambda Y, A, B: A == B, function="numpy.minimum")
def minimum(Y, A, B, dA, dB):
    return (A <= B) * dA + (A > B) * dB


@rule(function="numpy.logaddexp")
def logaddexp(Y, A, B, dA, dB):
    return share(A, B) * dA + share(B, A) * dB


@rule(value=".share", written=lambda A, B: sigmoid(A - B), group=HELPERS)
def share(Y, A, B, dA, dB):
    return Y * share(B, A) * (dA - dB)


@rule(
    where="A != 0, or B > 0: off the half-line on which the angle jumps",
    kink=lambda Y, A, B: (A == 0) & (B <= 0),
    real_only=True,
    function="numpy.arctan2",
)
def arctan2(Y, A, B, dA, dB):
    return (cosine(B, A) * dA - cosine(A, B) * dB) / hypot(A, B)


@rule(where="(A, B) != (0, 0)", kink=lambda Y, A, B: Y == 0, real_only=True, function="numpy.hypot")
def hypot(Y, A, B, dA, dB):
    return cosine(A, B) * dA + cosine(B, A) * dB


@rule(
    where="(A, B) != (0, 0); Y = 0 where both are 0",
    kink=lambda Y, A, B: (A == 0) & (B == 0),
    real_only=True,
    value=".cosine",
    written=lambda A, B: A / hypot(A, B),
    group=HELPERS,
)
def cosine(Y, A, B, dA, dB):
    S = cosine(B, A)
    return S * ((S * dA - Y * dB) * safe_reciprocal(hypot(A, B)))


@rule(where="X != 0", kink=lambda Y, X: X == 0, value=".relu", example="relu(X)", sheet=True)
def relu(Y, X, dX):
    return step(X) * dX


@rule(value=".sigmoid", function="scipy.special.expit", example="sigmoid(X)", sheet=True)
def sigmoid(Y, X, dX):
    return Y * sigmoid(-X) * dX


@rule(value=".softplus", example="softplus(X)")
def softplus(Y, X, dX):
    return sigmoid(X) * dX
