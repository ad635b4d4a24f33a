"""Functions that NumPy lacks, for use in code that is differentiated and outside of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import table as r
from .numbers.dispatch import require_square


def _array(X: Any) -> Any:
    """Traced quantities as they are, anything else as a float or complex array."""
    if hasattr(X, "_reader_rank"):
        return X
    X = np.asarray(X)
    return X if X.dtype.kind in "fc" else X.astype(float)


def _each_matrix(function: Any, X: Any) -> Any:
    """A function of a matrix, on each one of a stack."""
    if X.ndim == 2:
        return function(X)
    return np.stack([_each_matrix(function, X[i]) for i in range(X.shape[0])])


def relu(X: Any) -> Any:
    """``max(X, 0)`` entrywise; at 0 the slope 0 is used, with a `KinkWarning`.

    Examples
    --------
    >>> from lecturelib import relu
    >>> relu([-1.0, 2.0])
    array([0., 2.])
    """
    return r.relu(_array(X))


def sigmoid(X: Any) -> Any:
    """``1 / (1 + exp(-X))`` entrywise.

    Examples
    --------
    >>> from lecturelib import sigmoid
    >>> print(sigmoid(0.0))
    0.5
    """
    return r.sigmoid(_array(X))


def softplus(X: Any) -> Any:
    """``log(1 + exp(X))`` entrywise, without overflow; its slope is `sigmoid`.

    Examples
    --------
    >>> from lecturelib import softplus
    >>> print(softplus(0.0).round(6), softplus(1000.0))
    0.693147 1000.0
    """
    return r.softplus(_array(X))


def softmax(X: Any, axis: int | None = None) -> Any:
    """``exp(X) / sum(exp(X))`` over all entries, or along an axis.

    Examples
    --------
    >>> from lecturelib import softmax
    >>> softmax([0.0, 0.0])
    array([0.5, 0.5])
    """
    return r.softmax(_array(X), axis=axis)


def logsumexp(X: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(X)))`` over all entries, or along an axis, without overflow.

    Examples
    --------
    >>> from lecturelib import logsumexp
    >>> print(logsumexp([1000.0, 1000.0]).round(6))
    1000.693147
    """
    return r.logsumexp(_array(X), axis=axis, keepdims=keepdims)


def vec(X: Any) -> Any:
    """The columns of X, stacked into one vector.

    Examples
    --------
    >>> from lecturelib import vec
    >>> vec([[1.0, 3.0], [2.0, 4.0]])
    array([1., 2., 3., 4.])
    """
    return r.vec(_array(X))


def vech(X: Any) -> Any:
    """The columns of the lower triangle of a square matrix, stacked into one vector.

    Examples
    --------
    >>> from lecturelib import vech
    >>> vech([[1.0, 9.0], [2.0, 3.0]])
    array([1., 2., 3.])
    """
    return r.vech(require_square("vech", _array(X)))


def logdet(X: Any) -> Any:
    """The logarithm of a determinant that is positive.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not square, or its determinant is 0 or negative.

    Examples
    --------
    >>> from lecturelib import logdet
    >>> print(f"{logdet([[2.0, 1.0], [0.0, 3.0]]):.4f}")  # log 6
    1.7918
    """
    return r.logdet(require_square("logdet", _array(X)))


def lambda_max(X: Any) -> Any:
    """The largest eigenvalue of a symmetric matrix; differentiable where it is simple.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not symmetric.

    Examples
    --------
    >>> from lecturelib import lambda_max
    >>> print(lambda_max([[2.0, 1.0], [1.0, 2.0]]).round(6))
    3.0
    """
    return _each_matrix(r.lambda_max, require_square("lambda_max", _array(X)))


def lambda_min(X: Any) -> Any:
    """The smallest eigenvalue of a symmetric matrix; differentiable where it is simple.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not symmetric.

    Examples
    --------
    >>> from lecturelib import lambda_min
    >>> print(lambda_min([[2.0, 1.0], [1.0, 2.0]]).round(6))
    1.0
    """
    return _each_matrix(r.lambda_min, require_square("lambda_min", _array(X)))


def expm(X: Any) -> Any:
    """The exponential of a square matrix; differentiable to any order.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not a square matrix, or a stack of them.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import expm, show
    >>> print(show(expm(np.array([[0.0, 1.0], [0.0, 0.0]]))))
    [[1. 1.]
     [0. 1.]]
    """
    return _each_matrix(r.expm, require_square("expm", _array(X)))


def logm(X: Any) -> Any:
    """The principal logarithm of a square matrix: the Y with ``expm(Y) = X``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not square, or has an eigenvalue on the closed negative real axis.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import logm, show
    >>> print(show(logm(np.array([[1.0, 1.0], [0.0, 1.0]]))))
    [[0. 1.]
     [0. 0.]]
    """
    return _each_matrix(r.logm, require_square("logm", _array(X)))


def sinm(X: Any) -> Any:
    """The sine of a square matrix: the odd part of ``expm(1j * X) / 1j``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not a square matrix, or a stack of them.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import show, sinm
    >>> print(show(sinm(np.pi / 2 * np.array([[1.0, 1.0], [0.0, 1.0]]))))
    [[1. 0.]
     [0. 1.]]
    """
    return _each_matrix(r.sinm, require_square("sinm", _array(X)))


def cosm(X: Any) -> Any:
    """The cosine of a square matrix: the even part of ``expm(1j * X)``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not a square matrix, or a stack of them.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import cosm, show
    >>> print(show(cosm(np.array([[0.0, 1.0], [0.0, 0.0]]))))
    [[1. 0.]
     [0. 1.]]
    """
    return _each_matrix(r.cosm, require_square("cosm", _array(X)))


def sqrtm(X: Any) -> Any:
    """The principal square root of a square matrix: the Y with ``Y @ Y = X``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If X is not square, or has an eigenvalue on the closed negative real axis.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import sqrtm
    >>> sqrtm(np.array([[4.0, 0.0], [0.0, 9.0]]))
    array([[2., 0.],
           [0., 3.]])
    """
    return _each_matrix(r.sqrtm, require_square("sqrtm", _array(X)))
