"""Least squares, lecture section 3: w* = argmin ||X w - y||^2.

The derivative 2 (X w - y)^T X vanishes at w*, and the second derivative 2 X^T X is positive
definite when X has full column rank, so that w* = (X^T X)^{-1} X^T y. `least_squares` computes it
without the inverse, and by default without X^T X, whose condition number is that of X squared.
"""

from __future__ import annotations

import numbers
import warnings
from functools import cached_property
from typing import Any

import numpy as np

from .withheld import require_available

__all__ = ["LeastSquares", "LostDigitsWarning", "RankWarning", "least_squares", "polynomial_design"]

METHODS = ("qr", "normal", "svd", "pinv")

#: From so many lost digits on the solution is refined once, for one more pass over the data.
REFINED = 3.0

#: From so many lost digits on ``"normal"`` says how many they are.
WARNED = 4.0

#: Rows taken at a time: enough to keep NumPy busy, few enough to stay in a core's cache.
BLOCK_ROWS = 8192

EPS = float(np.finfo(float).eps)


class RankWarning(UserWarning):
    """X has linearly dependent columns: the solution given is the one of smallest norm."""


def polynomial_design(x: Any, degree: int) -> np.ndarray:
    """Design matrix of a polynomial fit: columns 1, x, x^2, ..., x^degree.

    Parameters
    ----------
    x : array_like, shape (m,)
        The abscissas. Fractions and SymPy rationals stay exact.
    degree : int
        Degree of the polynomial, at least 0.

    Returns
    -------
    ndarray, shape (m, degree + 1)

    Raises
    ------
    ValueError
        If x is not a vector or the degree is not a whole number >= 0.

    Notes
    -----
    Lecture, section 3, the five points (the matrix printed there).

    Examples
    --------
    >>> from lecturelib import polynomial_design
    >>> polynomial_design([-2, 0, 3], degree=2)
    array([[ 1., -2.,  4.],
           [ 1.,  0.,  0.],
           [ 1.,  3.,  9.]])
    """
    if not isinstance(degree, numbers.Integral) or degree < 0:
        raise ValueError(f"The degree must be a whole number, at least 0, but it is {degree!r}.")
    points = read_real("x", x)
    if points.ndim != 1:
        raise ValueError(f"x must be a vector of shape (m,), but it has shape {points.shape}.")
    points = _to_exact(points, points) if points.dtype == object else points.astype(float)
    columns = [points**0]
    for _ in range(degree):
        columns.append(columns[-1] * points)
    return np.stack(columns, axis=1)


def least_squares(
    X: Any, y: Any, method: str = "qr", ridge: Any = 0.0, weights: Any = None
) -> LeastSquares:
    """Minimise ||X w - y||^2, or with options (X w - y)^T W (X w - y) + ridge ||w||^2, over w.

    Parameters
    ----------
    X : array_like, shape (m, n)
        Design matrix. It is neither changed nor copied.
    y : array_like, shape (m,) or (m, k)
        Measurements, one problem a column; w has shape (n,) or (n, k) accordingly.
    method : {"qr", "normal", "svd", "pinv"}
        ``"qr"`` reduces [X y] to triangular form, a block of rows at a time, and never forms
        X^T X. ``"normal"`` solves the normal equations by Cholesky: the fastest, but it loses
        twice the digits, and says how many if they are eight or more (`LostDigitsWarning`).
        ``"svd"`` (``"pinv"`` is the same) also answers when columns of X are dependent, with the
        solution of smallest norm and a `RankWarning`.
    ridge : float
        Weight of ||w||^2, at least 0.
    weights : array_like, shape (m,) or (m, m), optional
        The diagonal of W, or W itself: positive numbers, or a symmetric positive definite matrix.

    Returns
    -------
    LeastSquares
        With attributes ``w, residual, sse, mse, rank, condition, pseudo_inverse, hessian`` and the
        method ``gradient(w)``.

    Raises
    ------
    ValueError
        Wrong shapes, an unknown method, NaN or infinity in the data (named by its place), a
        negative ridge, weights that are not positive.
    TypeError
        Data that are not real numbers.
    numpy.linalg.LinAlgError
        ``"qr"`` and ``"normal"``: the columns of X are linearly dependent.

    Notes
    -----
    Lecture, section 3, "Least mean square". If any of the data is a `fractions.Fraction` or a SymPy
    rational and the rest are integers, the answer is exact whatever the method.

    ``"qr"`` and ``"normal"`` call columns dependent when, all scaled to length 1, a singular value
    of X (an eigenvalue of X^T X) is below 10 n eps; scaling a column does not change the verdict.
    ``"svd"`` drops singular values of X below max(m, n) eps times the largest, as
    `numpy.linalg.matrix_rank` does.

    Examples
    --------
    The lecture's five points and its parabola:

    >>> from fractions import Fraction
    >>> from lecturelib import least_squares, polynomial_design
    >>> x, y = [-2, 0, 1, 3, 4], [1, 3, 3, 2, 0]
    >>> least_squares(polynomial_design(x, 2), y).w.round(4)
    array([ 3.    ,  0.4394, -0.2879])
    >>> exact = least_squares(polynomial_design([Fraction(a) for a in x], 2), y)
    >>> print(*exact.w, "sse", exact.sse)
    3 29/66 -19/66 sse 4/33
    """
    require_available("lecturelib")
    if method not in METHODS:
        raise ValueError(
            f'The method {method!r} is unknown: choose "qr", "normal", "svd" or "pinv".'
        )
    X, y = read_real("X", X), read_real("y", y)
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(
            f"X must be a matrix of shape (m, n) with entries, but it has shape {X.shape}."
        )
    if y.ndim not in (1, 2) or len(y) != len(X):
        raise ValueError(
            f"X has shape {X.shape} but y has shape {y.shape}: y must have shape ({len(X)},) or "
            f"({len(X)}, k), one row for each row of X."
        )
    _check_ridge(ridge)
    if weights is not None:
        weights = read_real("weights", weights)
        _check_weights(weights, len(X))

    given = [array for array in (X, y, weights) if array is not None]
    exact = any(array.dtype == object for array in given)
    if exact and not any(array.dtype.kind == "f" for array in given):
        if ridge == 0 or isinstance(ridge, numbers.Rational):
            return _solve_exactly(X, y, method, ridge or 0, weights)
    X, y, weights = (
        a.astype(float) if a is not None and a.dtype == object else a for a in (X, y, weights)
    )
    return _solve(X, y, method, float(ridge), weights)


class LostDigitsWarning(UserWarning):
    """The method loses many digits at these data; another one loses half of them."""


class LeastSquares:
    """The answer of `least_squares`; what is costly is computed when first asked for.

    Attributes
    ----------
    w : ndarray, shape (n,) or (n, k)
        The minimiser.
    rank : int
        Numerical rank of X (exact for exact data).
    X, y, method, ridge, weights
        The problem, as given.
    """

    w: np.ndarray
    rank: int

    def __init__(
        self, X: np.ndarray, y: np.ndarray, method: str, ridge: Any, weights: np.ndarray | None
    ) -> None:
        self.X, self.y, self.method, self.ridge, self.weights = X, y, method, ridge, weights
        self._factor: np.ndarray | None = None  # F with F^T F = X^T W X + ridge I

    @cached_property
    def residual(self) -> np.ndarray:
        """y - X w, of y's shape."""
        return self.y - self.X @ self.w

    @cached_property
    def sse(self) -> Any:
        """Sum of squared errors r^T r of the residual r, or r^T W r if there are weights.

        Summed over the columns of y. The ridge term is not in it.
        """
        if self.X.dtype == object or (self.weights is not None and self.weights.ndim == 2):
            return (self.residual * _weigh(self.weights, self.residual)).sum()
        total = 0.0
        for rows in _blocks(len(self.X), BLOCK_ROWS):  # no residual of y's size is built for this
            r = self.y[rows] - self.X[rows] @ self.w
            total += float(np.vdot(r, r if self.weights is None else _weigh(self.weights[rows], r)))
        return total

    @property
    def mse(self) -> Any:
        """Mean squared error, sse / m."""
        return self.sse / len(self.y)

    @cached_property
    def condition(self) -> float | None:
        """Condition number of the matrix solved with; None for exact data, inf if rank < n.

        That matrix is X; with weights W^{1/2} X, with a ridge [W^{1/2} X; ridge^{1/2} I].
        """
        if self._factor is None:
            return None
        if self.rank < self.X.shape[1] and not self.ridge:
            return float("inf")
        s = np.linalg.svd(self._factor, compute_uv=False)
        return float(s[0] / s[-1])

    @cached_property
    def pseudo_inverse(self) -> np.ndarray:
        """The P with w = P y, shape (n, m): (X^T X)^{-1} X^T where X has full column rank.

        In general (X^T W X + ridge I)^{-1} X^T W, and its limit for ridge -> 0 at lower rank, which
        without weights is the Moore-Penrose pseudo-inverse.
        """
        if self.X.dtype == object:
            identity = _to_exact(np.eye(len(self.X), dtype=int), self.X)
            return _exact_solution(self.X, identity, self.ridge, self.weights)
        root = _root(self.weights)
        U, s, Vt = np.linalg.svd(_weigh(root, self.X), full_matrices=False)
        P = (Vt.T * _inverted(s, self.rank, self.ridge)) @ U.T
        return P if root is None else _weigh(root.T, P.T).T

    @cached_property
    def hessian(self) -> np.ndarray:
        """Second derivative of the cost, 2 X^T X, or 2 (X^T W X + ridge I); shape (n, n)."""
        G, _ = _normal_equations(self.X, self.y, self.weights)
        return 2 * (G + self.ridge * np.eye(len(G), dtype=int))

    def gradient(self, w: Any) -> np.ndarray:
        """Gradient of the cost at any w: 2 X^T (X w - y), or 2 (X^T W (X w - y) + ridge w).

        Parameters
        ----------
        w : array_like, of the shape of the minimiser

        Raises
        ------
        ValueError
            If w has another shape.
        """
        w = np.asarray(w)
        if w.shape != self.w.shape:
            raise ValueError(
                f"w has shape {w.shape}, but this problem's weights have shape {self.w.shape}."
            )
        return 2 * (self.X.T @ _weigh(self.weights, self.X @ w - self.y) + self.ridge * w)

    def __repr__(self) -> str:
        m, n = self.X.shape
        return f"<least squares, X {m} x {n}, rank {self.rank}, method {self.method!r}>"


# -- Floating point -------------------------------------------------------------------------------


def _solve(
    X: np.ndarray, y: np.ndarray, method: str, ridge: float, weights: np.ndarray | None
) -> LeastSquares:
    result = LeastSquares(X, y, method, ridge, weights)
    n = X.shape[1]
    A, B = X, y.reshape(len(y), -1)
    given_weights = weights
    if weights is not None and weights.ndim == 2:  # r^T W r = ||L^T r||^2: an unweighted problem
        root = _root(weights)
        A, B, weights = root @ A, root @ B, None

    if method == "normal":
        with np.errstate(over="ignore", invalid="ignore"):  # looked for just below
            G, c = _normal_equations(A, B, weights)
        if not (np.isfinite(G).all() and np.isfinite(c).all()):
            _refuse_data(X, y)
        result.rank = _gram_rank(G)
        G += ridge * np.eye(n)
        _refuse_dependent(X, _gram_rank(G) if ridge else result.rank)
        F = np.linalg.cholesky(G).T
        _warn_of_lost_digits(F)
        w = np.linalg.solve(F, np.linalg.solve(F.T, c))
    else:
        # Multiplying by Q^T keeps lengths: the triangle [A B] poses the problem the data pose.
        R = _triangle(A, B, weights)
        if not np.isfinite(R).all():
            _refuse_data(X, y)
        A, B = R[:, :n], R[:, n:]
        if method == "qr":
            F, w, result.rank = _solve_triangle(X, A, B, ridge)
            if not ridge and _refinement_helps(F, A, B, w):
                w = w + _correction(F, X, y.reshape(len(y), -1), given_weights, w)
        else:
            F = np.vstack([A, ridge**0.5 * np.eye(n)])
            U, s, Vt = np.linalg.svd(A, full_matrices=False)
            result.rank = int((s > max(X.shape) * EPS * s[0]).sum())
            if not ridge:
                _warn_dependent(X, result.rank)
            w = (Vt.T * _inverted(s, result.rank, ridge)) @ (U.T @ B)
        rest = B - A @ w  # for "qr" without ridge: the last diagonal entry of R, and zeros above
        result.sse = float(np.vdot(rest, rest))
    result._factor = F
    result.w = w.reshape((n, *y.shape[1:]))
    return result


def _lost_digits(F: np.ndarray) -> float:
    """About how many decimal digits the triangle costs: the logarithm of its condition number."""
    s = np.linalg.svd(F, compute_uv=False)
    return float(np.log10(s[0] / s[-1])) if s[-1] > 0 else np.inf


def _refinement_helps(F: np.ndarray, A: np.ndarray, B: np.ndarray, w: np.ndarray) -> bool:
    """Where digits are lost and the residual is small: the rounding of X^T r counts cond^2 |r|."""
    lost = _lost_digits(F)
    residual, fitted = np.linalg.norm(B - A @ w), np.linalg.norm(A @ w)
    return lost >= REFINED and bool(residual * 10**lost <= fitted)


def _correction(
    F: np.ndarray, X: np.ndarray, Y: np.ndarray, weights: Any, w: np.ndarray
) -> np.ndarray:
    """One step of iterative refinement: F^T F c = X^T W (Y - X w), from one pass over the data."""
    g = np.zeros_like(w)
    if weights is not None and weights.ndim == 2:
        g += X.T @ (weights @ (Y - X @ w))
    else:
        for rows in _blocks(len(X), BLOCK_ROWS):
            block = np.asarray(X[rows], dtype=float)
            residual = Y[rows] - block @ w
            g += block.T @ (residual if weights is None else weights[rows, None] * residual)
    return np.linalg.solve(F, np.linalg.solve(F.T, g))


def _triangle(X: np.ndarray, Y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """The R of W^{1/2} [X Y] = Q R, at most (n + k) x (n + k), from one pass over the rows.

    Data that are not finite are returned instead of reduced.
    """
    m, n = X.shape
    columns = n + Y.shape[1]
    # Pieces of 8192 entries: larger ones leave the cache, and BLAS would share the many small steps
    # of a QR between threads, which then wait for each other more than they work.
    piece = 8192 // columns if columns <= 45 else 8 * columns
    # As many triangles as fit in 1.5 % of X are kept for one last QR. The errors of their roundings
    # average out: few triangles of large entries would cost a digit.
    group = 1 + int(columns**2 / (0.015 * piece * n))
    at_once = piece * group * max(1, BLOCK_ROWS // (piece * group))
    buffer = np.empty((min(m, at_once), columns))
    triangles = []
    for rows in _blocks(m, at_once):
        block = buffer[: rows.stop - rows.start]
        block[:, :n] = X[rows]
        block[:, n:] = Y[rows]
        if weights is not None:
            block *= np.sqrt(weights[rows, None])
        if not np.isfinite(block).all():
            return block
        reduced = _reduced(_reduced(block, piece), group * columns)
        triangles.append(reduced.copy() if reduced is block else reduced)
    stacked = np.vstack(triangles)
    triangles.clear()  # the last QR makes a copy of its own
    return _qr(stacked)


def _reduced(A: np.ndarray, piece: int) -> np.ndarray:
    """A with each piece of its rows replaced by its triangle, which has the same A^T A."""
    columns = A.shape[1]
    if len(A) <= piece or piece <= columns:
        return A
    count = -(-len(A) // piece)
    if len(A) % piece:  # rows of zeros change nothing
        A = np.vstack([A, np.zeros((count * piece - len(A), columns))])
    return _qr(A.reshape(count, piece, columns)).reshape(-1, columns)


def _qr(A: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.qr(A, mode="r"))  # which is an array, whatever its stubs say


def _solve_triangle(
    X: np.ndarray, A: np.ndarray, B: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Factor, solution and rank from the triangle [A B]; a ridge adds rows [ridge^{1/2} I 0]."""
    n = A.shape[1]
    rank = rank_with_ridge = _rank(A)
    if ridge:
        rows = np.hstack([ridge**0.5 * np.eye(n), np.zeros((n, B.shape[1]))])
        R = _qr(np.vstack([np.hstack([A, B]), rows]))
        A, B = R[:, :n], R[:, n:]
        rank_with_ridge = _rank(A)
    _refuse_dependent(X, rank_with_ridge)
    # LU of a triangle exchanges no rows and eliminates nothing: this is back substitution.
    return A[:n], np.linalg.solve(A[:n], B[:n]), rank


def _normal_equations(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """X^T W X and X^T W y, from one pass over the rows; of exact data, exactly."""
    if X.dtype == object or (weights is not None and weights.ndim == 2):
        WX = _weigh(weights, X)
        return WX.T @ X, WX.T @ y
    n = X.shape[1]
    G, c = np.zeros((n, n)), np.zeros((n, *y.shape[1:]))
    # Upper triangle only, in five strips of columns: 3/5 of the work, and all of it GEMM.
    strips = [slice(j, min(j + -(-n // 5), n)) for j in range(0, n, -(-n // 5))]
    for rows in _blocks(len(X), BLOCK_ROWS):
        block = np.asarray(X[rows], dtype=float)
        weighted = block if weights is None else _weigh(weights[rows], block)
        for strip in strips:
            G[: strip.stop, strip] += weighted[:, : strip.stop].T @ block[:, strip]
        c += weighted.T @ y[rows]
    return np.triu(G) + np.triu(G, 1).T, c


def _blocks(m: int, rows: int) -> list[slice]:
    return [slice(start, min(start + rows, m)) for start in range(0, m, rows)]


def _rank(A: np.ndarray) -> int:
    """Numerical rank of A with its columns scaled to length 1."""
    lengths = np.linalg.norm(A, axis=0)
    s = np.linalg.svd(A / np.where(lengths > 0, lengths, 1.0), compute_uv=False)
    return int((s > 10 * A.shape[1] * EPS).sum())


def _gram_rank(G: np.ndarray) -> int:
    """Numerical rank of X, its columns scaled to length 1, as far as G = X^T X lets it be seen."""
    lengths = np.sqrt(np.where(np.diag(G) > 0, np.diag(G), 1.0))
    values = np.linalg.eigvalsh(G / lengths / lengths[:, None])
    return int((values > 10 * len(G) * EPS).sum())


def _refuse_data(X: np.ndarray, y: np.ndarray) -> None:
    refuse_nonfinite("X", X)
    refuse_nonfinite("y", y)
    raise np.linalg.LinAlgError(
        "The squares of the data overflow: divide X and y by their largest entries."
    )


def _refuse_dependent(X: np.ndarray, rank: int) -> None:
    if rank < X.shape[1]:
        raise np.linalg.LinAlgError(
            f"X of shape {X.shape} has rank {rank}, fewer than its {X.shape[1]} columns, so there "
            'is no unique minimiser: use method="svd" for the one of smallest norm, or a ridge > 0.'
        )


def _warn_dependent(X: np.ndarray, rank: int) -> None:
    if rank < X.shape[1]:
        warnings.warn(
            f"X of shape {X.shape} has rank {rank}, fewer than its {X.shape[1]} columns: of all "
            "minimisers the one of smallest norm is returned.",
            RankWarning,
            stacklevel=4,  # the line that called least_squares
        )


def _warn_of_lost_digits(F: np.ndarray) -> None:
    digits = 2 * _lost_digits(F)
    if digits >= 2 * WARNED:
        warnings.warn(
            f"The normal equations lose about {min(digits, 16):.0f} of 16 digits here: X has the "
            f"condition number {10 ** (digits / 2):.1e}, X^T X its square. Use method='qr', which "
            f"loses about {digits / 2:.0f}, or scale the columns of X.",
            LostDigitsWarning,
            stacklevel=4,
        )


def _inverted(s: np.ndarray, rank: int, ridge: float) -> np.ndarray:
    """The singular values of (X^T X + ridge I)^{-1} X^T; those beyond the rank become 0."""
    inverted = np.zeros_like(s)
    inverted[:rank] = s[:rank] / (s[:rank] ** 2 + ridge)
    return inverted


def _root(weights: np.ndarray | None) -> np.ndarray | None:
    """The L^T of W = L L^T, or the square roots of a vector of weights."""
    if weights is None:
        return None
    return np.sqrt(weights) if weights.ndim == 1 else np.linalg.cholesky(weights).T


def _weigh(weights: np.ndarray | None, A: np.ndarray) -> np.ndarray:
    """W A for W = I, a diagonal or a matrix."""
    if weights is None:
        return A
    return (weights * A.T).T if weights.ndim == 1 else weights @ A


# -- Exact numbers --------------------------------------------------------------------------------


def _solve_exactly(
    X: np.ndarray, y: np.ndarray, method: str, ridge: Any, weights: np.ndarray | None
) -> LeastSquares:
    given = [array for array in (X, y, weights) if array is not None]
    like = next(array for array in given if array.dtype == object)
    X, y = _to_exact(X, like), _to_exact(y, like)
    weights = None if weights is None else _to_exact(weights, like)
    result = LeastSquares(X, y, method, ridge, weights)
    result.rank = len(_eliminate(X)[1])
    if not ridge:
        (_refuse_dependent if method in ("qr", "normal") else _warn_dependent)(X, result.rank)
    result.w = _exact_solution(X, y, ridge, weights)
    return result


def _exact_solution(
    X: np.ndarray, y: np.ndarray, ridge: Any, weights: np.ndarray | None
) -> np.ndarray:
    """The minimiser (of smallest norm) by elimination.

    X = C F with C the columns of X that have pivots and F the rows of its reduced form that are not
    zero. Then F w = (C^T W C)^{-1} C^T W y, and the shortest such w is F^T (F F^T)^{-1} of it.
    """
    if ridge:
        G, c = _normal_equations(X, y, weights)
        return _exact_solve(G + ridge * np.eye(len(G), dtype=int), c)
    reduced, pivots = _eliminate(X)
    C, F = X[:, pivots], reduced[: len(pivots)]
    return F.T @ _exact_solve(F @ F.T, _exact_solve(*_normal_equations(C, y, weights)))


def _exact_solve(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The solution of A x = b by elimination, A square and invertible."""
    n = len(A)
    reduced, _ = _eliminate(np.hstack([A, b.reshape(n, -1)]))
    return reduced[:, n:].reshape(b.shape)


def _eliminate(A: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Reduced row echelon form of A (Gauss and Jordan) and the columns of its pivots."""
    pivots: list[int] = []
    A = A.copy()
    for j in range(A.shape[1]):
        i = len(pivots)
        below = [k for k in range(i, len(A)) if A[k, j] != 0]
        if below:
            A[[i, below[0]]] = A[[below[0], i]]
            A[i] = A[i] / A[i, j]
            for k in range(len(A)):
                if k != i and A[k, j] != 0:
                    A[k] = A[k] - A[k, j] * A[i]
            pivots.append(j)
    return A, pivots


# -- Reading the input ----------------------------------------------------------------------------


def refuse_nonfinite(name: str, data: np.ndarray) -> None:
    """Raise a ValueError that names the first entry that is NaN or infinite."""
    bad = np.argwhere(~np.isfinite(data))
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        raise ValueError(
            f"{name}[{place}] is {data[tuple(bad[0])]}: the data must be finite numbers."
        )


def read_real(name: str, data: Any) -> np.ndarray:
    """The data as an array of real numbers; its dtype is object if, and only if, they are exact."""
    try:
        array = np.asarray(data)
    except ValueError:
        raise ValueError(f"The rows of {name} have different lengths.") from None
    if array.dtype.kind not in "biufO":
        what = "complex numbers" if array.dtype.kind == "c" else f"data of type {array.dtype}"
        raise TypeError(f"{name} holds {what}, but real numbers are needed.")
    if array.dtype != object:
        return array
    # Fraction, SymPy's Integer and Rational are registered as numbers.Rational, and so is int.
    if all(isinstance(entry, numbers.Rational) for entry in array.flat):
        fractions = not all(isinstance(entry, (int, np.integer)) for entry in array.flat)
        return array if fractions else array.astype(float)
    for place, entry in np.ndenumerate(array):
        try:
            float(entry)
        except (TypeError, ValueError):
            where = name + (str(list(place)) if place else "")
            raise TypeError(f"{where} is {entry!r}, but a real number is needed.") from None
    return array.astype(float)


def _to_exact(array: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The entries, integers among them, as numbers of the kind found in `like`."""
    zero = next(e - e for e in like.flat if not isinstance(e, (int, np.integer)))
    entries = [
        zero + (int(e) if isinstance(e, (numbers.Integral, np.bool_)) else e) for e in array.flat
    ]
    exact = np.empty(len(entries), dtype=object)
    exact[:] = entries
    return exact.reshape(array.shape)


def _check_ridge(ridge: Any) -> None:
    try:
        right = 0 <= ridge < float("inf")
    except TypeError:
        right = False
    if not right:
        raise ValueError(f"ridge must be a finite number, at least 0, but it is {ridge!r}.")


def _check_weights(weights: np.ndarray, m: int) -> None:
    if weights.shape not in ((m,), (m, m)):
        raise ValueError(
            f"weights has shape {weights.shape}, but X has {m} rows: it must have shape ({m},) or "
            f"({m}, {m})."
        )
    W = weights.astype(float)
    refuse_nonfinite("weights", W)
    if W.ndim == 1:
        if not (W > 0).all():
            i = int(np.argmin(W > 0))
            raise ValueError(f"weights[{i}] is {weights[i]}: weights must be positive.")
        return
    if not np.allclose(W, W.T, rtol=1e-10, atol=0.0):
        raise ValueError(f"The matrix weights of shape {W.shape} is not symmetric.")
    try:
        np.linalg.cholesky(W)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"The matrix weights of shape {W.shape} is not positive definite."
        ) from None
