"""Norms and reductions: from the differential of an array to that of what it is reduced to."""

from __future__ import annotations

from . import shapes
from .elementwise import safe_reciprocal
from .linear import argmax_mask, sum, ties
from .operation import rule

GROUP = "Norms and reductions"


@rule(shape=shapes.first, value=".softmax", example="softmax(X)", sheet=True)
def softmax(Y, X, dX, *, axis=None):
    return Y * (dX - sum(Y * dX, axis=axis, keepdims=True))


@rule(
    shape=shapes.reduced,
    value=".logsumexp",
    example="logsumexp(X)",
    sheet=True,
    spoken="log sum exp",
)
def logsumexp(Y, X, dX, *, axis=None, keepdims=False):
    return sum(softmax(X, axis=axis) * dX, axis=axis, keepdims=keepdims)


@rule(
    where="the largest entry of X is unique",
    kink=lambda Y, X, **where: ties(X, **where),
    shape=shapes.reduced,
    value="numpy.max",
    latex=r"\max",
    example="np.max(X)",
)
def max(Y, X, dX, *, axis=None, keepdims=False):  # noqa: A001 (the table uses the names of NumPy)
    return sum(argmax_mask(X, axis=axis) * dX, axis=axis, keepdims=keepdims)


@rule(
    where="all entries nonzero for this form; any X in the numbers",
    shape=shapes.reduced,
    value=".prod",
    composed=True,
    example="np.prod(X)",
)
def prod(Y, X, dX):
    return Y * sum(dX / X)


@rule(
    where="X != 0",
    kink=lambda Y, X, **where: Y == 0,
    real_only=True,
    squared=lambda X, **where: sum(X * X, **where),
    shape=shapes.reduced,
    value=".norm",
    text="norm2",
    latex=r"\lVert X \rVert",
    example="np.linalg.norm(X)",
    sheet=True,
    spoken="norm",
)
def norm(Y, X, dX, *, axis=None, keepdims=False):
    return safe_reciprocal(Y) * sum(X * dX, axis=axis, keepdims=keepdims)
