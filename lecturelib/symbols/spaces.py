"""Projections on the spaces in which a declared variable moves, as terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import table
from .language import column, flat
from .terms import Expression, Symbol

r: Any = table

#: flag -> the projection of G on the directions in which X may move (X is used where that depends
#: on the point). Of orthonormal columns it is the tangent space of the Stiefel manifold.
PROJECTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "diagonal": lambda G, X: r.diag(flat(column(r.diagonal(G)))),
    "symmetric": lambda G, X: (G + G.T) / 2,
    "skew": lambda G, X: (G - G.T) / 2,
    "lower": lambda G, X: r.tril(G),
    "upper": lambda G, X: r.triu(G),
    "orthogonal": lambda G, X: G - X @ (X.T @ G + G.T @ X) / 2,
}


def projected(G: Expression, X: Symbol) -> Expression | None:
    """The gradient projected on the space in which X moves; None where its entries are free.

    Parameters
    ----------
    G : Expression
        The gradient as if the entries of X were free.
    X : Symbol
        With its flags.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.spaces import projected
    >>> G, X = Symbol("G", shape=("n", "n")), Symbol("X", shape=("n", "n"))
    >>> X.flags = frozenset({"symmetric"})
    >>> projected(G, X)
    (G + G')/2
    """
    for flag, projection in PROJECTIONS.items():
        if flag in X.flags:
            return projection(G, X)
    return None
