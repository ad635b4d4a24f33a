"""Inner products and subspaces: a gradient is the representative of the differential in one.

The same differential has a different gradient in each inner product (lecture (7), (19)). If
``df[H] = sum(G * H)``, then the gradient under ``<x, y> = x^T W y`` is ``W^{-1} G``, and the
gradient on a subspace is the orthogonal projection of G on it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np


class InnerProduct:
    """An inner product on arrays, or on a subspace of them.

    Parameters
    ----------
    name : str
    product : callable
        ``product(G, H)`` -> number.
    represent : callable
        Turns the entrywise (Frobenius) gradient into the one of this inner product.
    project : callable, optional
        The orthogonal projection on the subspace; none for the whole space.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import frobenius
    >>> print(frobenius(np.eye(2), [[1.0, 2.0], [3.0, 4.0]]))
    5.0
    """

    __slots__ = ("_product", "_represent", "name", "project")

    def __init__(
        self,
        name: str,
        product: Callable[[Any, Any], Any],
        represent: Callable[[Any], Any],
        project: Callable[[Any], Any] | None = None,
    ) -> None:
        self.name, self.project = name, project
        self._product, self._represent = product, represent

    def __call__(self, G: Any, H: Any) -> float:
        """The inner product of two arrays of one shape."""
        G, H = np.asarray(G), np.asarray(H)
        if G.shape != H.shape:
            raise ValueError(
                f"An inner product takes two arrays of one shape; these have {G.shape} and "
                f"{H.shape}."
            )
        self.check_direction(G)
        self.check_direction(H)
        return float(self._product(G, H))

    def represent(self, G: np.ndarray) -> np.ndarray:
        """The gradient in this inner product, from the entrywise one."""
        return self._represent(G)

    def check_point(self, X: np.ndarray) -> None:
        """Refuse a point outside the subspace."""
        self._check(X, "point")

    def check_direction(self, H: np.ndarray) -> None:
        """Refuse a direction outside the subspace."""
        self._check(H, "direction")

    def _check(self, X: np.ndarray, role: str) -> None:
        if self.project is None:
            return
        if np.ndim(X) != 2 or X.shape[0] != X.shape[1]:
            raise ValueError(
                f"The subspace {self.name!r} holds square matrices, and the {role} has shape "
                f"{np.shape(X)}."
            )
        gap = float(np.max(np.abs(X - self.project(X)), initial=0.0))
        if gap > 1e-10 * float(np.max(np.abs(X), initial=0.0)):
            raise ValueError(
                f"The {role} of shape {X.shape} is not in the subspace {self.name!r}: an entry is "
                f"off by {gap:.3g}. Project it first, with {self.name}.project(...)."
            )

    def __repr__(self) -> str:
        return f"<inner product {self.name}>"


def _entrywise(G: Any, H: Any) -> Any:
    return np.sum(G * H)


def _same(G: Any) -> Any:
    return G


#: tr(G^T H), lecture (13); on vectors the dot product.
frobenius = InnerProduct("frobenius", _entrywise, _same)

#: The same inner product, under the name used for vectors.
euclidean = frobenius


def weighted(W: Any) -> InnerProduct:
    """The inner product ``<x, y> = x^T W y``, for matrices ``tr(X^T W Y)``.

    Parameters
    ----------
    W : array_like, shape (m, m)
        Symmetric positive definite; m is the number of rows of the arrays.

    Returns
    -------
    InnerProduct
        Its gradient is ``W^{-1}`` times the entrywise one.

    Raises
    ------
    ValueError
        If W is not square, not symmetric or not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import gradient, weighted
    >>> gradient(lambda x: x @ x, [1.0, 1.0], inner=weighted(np.diag([1.0, 4.0])))
    array([2. , 0.5])
    """
    W = np.asarray(W, dtype=float)
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"The weight has shape {W.shape}; an inner product needs a square W.")
    if not np.allclose(W, W.T, rtol=1e-10, atol=0.0):
        gap = float(np.max(np.abs(W - W.T)))
        raise ValueError(
            f"The weight W of shape {W.shape} is not symmetric (W and its transpose differ by up "
            f"to {gap:.3g}), so x^T W y is not an inner product. Use (W + W.T) / 2."
        )
    smallest = float(np.linalg.eigvalsh(W)[0])
    if smallest <= 0:
        raise ValueError(
            f"The weight W of shape {W.shape} is not positive definite (its smallest eigenvalue is "
            f"{smallest:.3g}), so x^T W x is not positive for every x != 0."
        )

    return InnerProduct("weighted", partial(_weighted, W), partial(_unweighted, W))


def _weighted(W: np.ndarray, G: Any, H: Any) -> Any:
    return np.sum(_with_rows_of(W, G) * (W @ H))


def _unweighted(W: np.ndarray, G: Any) -> Any:
    return np.linalg.solve(W, _with_rows_of(W, G))


def _with_rows_of(W: np.ndarray, G: Any) -> Any:
    if np.ndim(G) == 0 or G.shape[0] != W.shape[0]:
        raise ValueError(
            f"The weight W of shape {W.shape} acts on arrays with {W.shape[0]} rows, and this "
            f"one has shape {np.shape(G)}."
        )
    return G


def _subspace(name: str, project: Callable[[Any], Any]) -> InnerProduct:
    return InnerProduct(name, _entrywise, project, project)


def _symmetric_part(G: Any) -> Any:
    G = np.asarray(G)
    return (G + G.T) / 2.0


def _skew_part(G: Any) -> Any:
    G = np.asarray(G)
    return (G - G.T) / 2.0


#: Symmetric matrices; the gradient is (G + G^T) / 2.
symmetric = _subspace("symmetric", _symmetric_part)

#: Skew-symmetric matrices; the gradient is (G - G^T) / 2.
skew = _subspace("skew", _skew_part)

#: Lower triangular matrices; the gradient is tril(G).
lower_triangular = _subspace("lower_triangular", np.tril)

#: Upper triangular matrices; the gradient is triu(G).
upper_triangular = _subspace("upper_triangular", np.triu)
