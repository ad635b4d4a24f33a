"""Derivatives of eigenvalues and eigenvectors: simple, clustered, and with the gauge stated.

A simple eigenvalue is differentiable, with the derivative ``u^T H v`` for right and left vectors v
and u scaled to ``u^T v = 1`` (lecture, section 4). Where k eigenvalues coincide, each of them has
one-sided derivatives only: the eigenvalues of ``U^T H V`` on the cluster's space. Their sum stays
differentiable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .linearmap import as_direction
from .numbers.values import REPEATED
from .withheld import require_available

#: Eigenvalues whose relative distance is below this belong to one cluster. Wider than in the rules:
#: a defective cluster of size k splits by about eps^(1/k) under rounding.
CLUSTER = 1e-6


class EigenDerivative:
    """The derivative of one eigenvalue in one direction.

    Attributes
    ----------
    value : float or complex
        The eigenvalue.
    derivative : float, complex or None
        ``u^T H v``; None where the eigenvalue is not differentiable.
    left, right : numpy.ndarray
        The left and right eigenvector with ``u^T v = 1`` and v of length 1, shape (n,); for a
        cluster of k eigenvalues, bases of shape (n, k) with ``U^T V = I``.
    one_sided : numpy.ndarray
        The derivatives of the cluster's eigenvalues for t > 0, ascending; one entry if simple.
    """

    def __init__(self, value: Any, derivative: Any, left: Any, right: Any, one_sided: Any) -> None:
        self.value, self.derivative = value, derivative
        self.left, self.right, self.one_sided = left, right, one_sided

    def __repr__(self) -> str:
        kind = "simple" if self.derivative is not None else f"{len(self.one_sided)}-fold"
        slopes = ", ".join(f"{slope:.6g}" for slope in self.one_sided)
        return f"<{kind} eigenvalue {self.value:.6g}, derivative for t > 0: {slopes}>"


def eigen_derivative(A: Any, H: Any, k: int) -> EigenDerivative:
    """The derivative of the k-th eigenvalue of ``A + tH`` at t = 0.

    Parameters
    ----------
    A, H : array_like, shape (n, n)
        Matrix and direction, both real; A need not be symmetric.
    k : int
        Counts the eigenvalues ascending by real part, then imaginary part, from 0.

    Returns
    -------
    EigenDerivative
        With ``.value .derivative .left .right .one_sided``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the eigenvalue is repeated and A is not diagonalizable there: the eigenvalues then move
        like a root of t, and no derivative exists on either side.

    Notes
    -----
    Lecture, section 4: ``d lambda/dt = u^T (dA/dt) v`` with ``u^T v = 1``; the eigenvalue must be
    simple (errata E43, E44). For a semisimple cluster the one-sided derivatives are the eigenvalues
    of ``U^T H V`` (Lancaster 1964).

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import eigen_derivative
    >>> H = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> slope = eigen_derivative(np.diag([1.0, 3.0]), np.diag([5.0, 7.0]), 0).derivative
    >>> print(f"{slope:.4f}")
    5.0000
    >>> print(eigen_derivative(np.eye(2), H, 0).one_sided)  # |t| has no derivative at 0
    [-1.  1.]
    """
    A = _square(A)
    H = as_direction(H, A.shape)
    n = len(A)
    if not isinstance(k, int | np.integer) or not 0 <= k < n:
        raise ValueError(
            f"k is {k!r}; a matrix of shape {A.shape} has the eigenvalues number 0 to {n - 1}."
        )
    w, V = np.linalg.eigh(A) if _is_symmetric(A) else np.linalg.eig(A)
    order = np.lexsort((w.imag, _rounded(w.real, w)))
    w, V = w[order], V[:, order]
    cluster = np.abs(w - w[k]) <= CLUSTER * _scale(A)
    size = int(cluster.sum())
    value = np.mean(w[cluster])
    if value.imag == 0:
        value = value.real
    if size == 1:
        right, left = V[:, k], _left_vector(A, w[k])
        if value.imag == 0 and not np.iscomplexobj(A):
            right, left = right.real, left.real
        left = left / (left @ right)
        slope = left @ H @ right
        return EigenDerivative(value, slope, left, right, np.array([slope]))
    left, right = _cluster_bases(A, value, size)
    slopes = np.linalg.eigvals(left.T @ H @ right)
    slopes = slopes[np.lexsort((slopes.imag, slopes.real))]
    return EigenDerivative(value, None, left, right, slopes)


def eigenvector_derivative(A: Any, H: Any, k: int) -> np.ndarray:
    """The derivative of the k-th unit eigenvector of a symmetric matrix.

    The gauge: the vector keeps length 1, so its derivative is orthogonal to it; its sign is the one
    at A (the largest entry positive) and stays.

    Parameters
    ----------
    A, H : array_like, shape (n, n)
        Symmetric matrix and symmetric direction.
    k : int
        Counts the eigenvalues ascending, from 0.

    Returns
    -------
    numpy.ndarray, shape (n,)
        ``(lambda I - A)^+ H v``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the eigenvalue is repeated: its eigenvectors turn abruptly. The two are named.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import eigenvector_derivative, show
    >>> A, H = np.diag([1.0, 3.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> print(show(eigenvector_derivative(A, H, 1)))
    [0.5 0. ]
    """
    A = _square(A)
    H = as_direction(H, A.shape)
    for name, M in (("A", A), ("H", H)):
        if not _is_symmetric(M):
            raise ValueError(
                f"{name} of shape {M.shape} is not symmetric. Use np.linalg.eig inside derivative "
                "for the eigenvectors of a nonsymmetric matrix."
            )
    w, V = np.linalg.eigh(A)
    if not isinstance(k, int | np.integer) or not 0 <= k < len(w):
        raise ValueError(
            f"k is {k!r}; a matrix of shape {A.shape} has the eigenvalues number 0 to {len(w) - 1}."
        )
    distance = np.where(np.arange(len(w)) == k, np.inf, np.abs(w - w[k]))
    nearest = int(np.argmin(distance))
    if distance[nearest] <= REPEATED * np.max(np.abs(w)):
        raise np.linalg.LinAlgError(
            f"Eigenvalues {min(k, nearest)} and {max(k, nearest)} of the matrix of shape {A.shape} "
            f"coincide ({w[k]:.6g} and {w[nearest]:.6g}), so their eigenvectors are not "
            "differentiable; the eigenvalues have one-sided derivatives: use eigen_derivative."
        )
    v = V[:, k] * np.sign(V[np.argmax(np.abs(V[:, k])), k])
    others = np.arange(len(w)) != k  # two of them may coincide: only their space counts
    return V[:, others] @ (V[:, others].T @ (H @ v) / (w[k] - w[others]))


def _square(A: Any) -> np.ndarray:
    require_available("lecturelib")
    A = np.asarray(A)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or A.shape[0] == 0:
        raise np.linalg.LinAlgError(
            f"Eigenvalues belong to one square matrix; this array has shape {A.shape}."
        )
    if A.dtype.kind not in "fc":
        A = A.astype(float)
    if not np.isfinite(A).all():
        i, j = (int(index) for index in np.argwhere(~np.isfinite(A))[0])
        raise ValueError(f"A[{i}, {j}] is {A[i, j]}; eigenvalues need finite entries.")
    return A


def _scale(A: np.ndarray) -> float:
    return float(np.linalg.norm(A)) or 1.0


def _is_symmetric(A: np.ndarray) -> bool:
    return not np.iscomplexobj(A) and np.array_equal(A, A.T)


def _rounded(real: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Real parts that differ by rounding alone count as equal: a conjugate pair keeps its order."""
    grid = 1e-12 * (float(np.max(np.abs(w))) or 1.0)
    return np.round(real / grid)


def _left_vector(A: np.ndarray, value: Any) -> np.ndarray:
    """The left eigenvector, as the eigenvector of A^T for the same eigenvalue."""
    w, U = np.linalg.eigh(A) if _is_symmetric(A) else np.linalg.eig(A.T)
    return U[:, np.argmin(np.abs(w - value))]


def _cluster_bases(A: np.ndarray, value: Any, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Bases U, V of the left and right eigenspace with U^T V = I."""
    W, s, Vh = np.linalg.svd(A - value * np.eye(len(A)))
    if s[-size] > 1e-5 * _scale(A):
        raise np.linalg.LinAlgError(
            f"The eigenvalue {value:.6g} of the matrix of shape {A.shape} is {size}-fold with "
            "fewer independent eigenvectors (a Jordan block): under A + tH it moves like a root "
            "of t, so it has no derivative on either side."
        )
    right, left = Vh[-size:].conj().T, W[:, -size:].conj()
    return np.linalg.solve(left.T @ right, left.T).T, right
