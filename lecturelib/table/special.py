"""Special functions: SciPy's, for those who have SciPy.

An entry names its function, and its value is looked up when it is asked for: the table, and
``import lecturelib``, need no SciPy.
"""

from __future__ import annotations

import math

from .elementwise import exp, log
from .linear import like
from .operation import HELPERS, SPECIAL, rule

GROUP = SPECIAL

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

_POLES = "X not one of 0, -1, -2, ..."


@rule(function="scipy.special.erf", example="scipy.special.erf(X)")
def erf(Y, X, dX):
    return TWO_OVER_ROOT_PI * gaussian(X) * dX


@rule(function="scipy.special.erfc", example="scipy.special.erfc(X)")
def erfc(Y, X, dX):
    return -TWO_OVER_ROOT_PI * gaussian(X) * dX


@rule(value=".gaussian", written=lambda X: exp(-(X**2)), group=HELPERS)
def gaussian(Y, X, dX):
    return -2 * (X * Y) * dX


@rule(where=_POLES, function="scipy.special.gammaln", example="scipy.special.gammaln(X)")
def gammaln(Y, X, dX):
    return digamma(X) * dX


@rule(where=_POLES, function="scipy.special.digamma", example="scipy.special.digamma(X)")
def digamma(Y, X, dX):
    return polygamma(1, X) * dX


@rule(where=f"{_POLES}; n = 1, 2, ...", value=".polygamma", group=HELPERS)
def polygamma(Y, n, X, dX):
    return polygamma(n + 1, X) * dX


@rule(
    where="0 < X < 1",
    kink=lambda Y, X: (X <= 0) | (X >= 1),
    function="scipy.special.logit",
    example="scipy.special.logit(X)",
)
def logit(Y, X, dX):
    return dX / (X * (1 - X))


@rule(
    where="B > 0",
    kink=lambda Y, A, B: B <= 0,
    transposes=(lambda G, A, B: like(G * log(B), A), None),
    function="scipy.special.xlogy",
    example="scipy.special.xlogy(A, B)",
)
def xlogy(Y, A, B, dA, dB):
    return log(B) * dA + A / B * dB


@rule(function="scipy.special.log_ndtr", example="scipy.special.log_ndtr(X)")
def log_ndtr(Y, X, dX):
    return mills(X) * dX


@rule(
    where="the normal density over the normal distribution function, at X",
    value=".mills",
    group=HELPERS,
)
def mills(Y, X, dX):
    return -Y * (X + Y) * dX
