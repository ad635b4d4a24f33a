"""Operations on arrays, where NumPy has none: from arrays to arrays, in plain NumPy code.

Entries of the table name these functions as ``".expm"``. The ones that the table marks *composed*
run on Taylor series too: they differentiate by themselves.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from ..table import matrices, shapes
from .scope import shared

#: Two eigenvalues, or singular values, closer than this times the largest count as repeated.
REPEATED = 1e-11

#: Entries that differ from their mirror images by more than this times the largest entry are not
#: those of a symmetric matrix.
NOT_SYMMETRIC = 1e-10

#: A matrix of a larger condition number counts as singular where its inverse is only a means.
ILL_CONDITIONED = 1e12


def relu(X):
    return np.maximum(X, 0.0)


def sigmoid(X):
    """1 / (1 + exp(-X)), through the exponential that does not overflow: both tails stay."""
    right = np.real(X) >= 0
    E = np.exp(np.where(right, -X, X))
    return (np.where(right, 1.0, E) / (1.0 + E))[()]


def softplus(X):
    """log(1 + exp(X)), through the exponential that does not overflow: both tails stay."""
    right = np.real(X) >= 0
    return (np.where(right, X, 0.0) + np.log1p(np.exp(np.where(right, -X, X))))[()]


def step(X):
    return np.where(X > 0, 1.0, 0.0)[()]


def softmax(X, axis=None):
    E = np.exp(X - _largest(X, axis))
    return E / np.sum(E, axis=axis, keepdims=True)


def logsumexp(X, axis=None, keepdims=False):
    shift = _largest(X, axis)
    Y = np.log(np.sum(np.exp(X - shift), axis=axis, keepdims=True)) + shift
    if keepdims:
        return Y
    return Y.reshape(()) if axis is None else np.squeeze(Y, axis=axis)


def _largest(X, axis):
    """The largest entry, to be subtracted before exp; 0 where all are -inf or one is inf."""
    largest = np.max(np.real(X), axis=axis, keepdims=True)
    return np.where(np.isfinite(largest), largest, 0.0)


def safe_reciprocal(X):
    zero = X == 0
    return np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, X))


def lowered(B):
    return B - (np.asarray(B) != 0)


def lowered_power(A, B, n=1):
    """A^(B - n). Where B - n would be rounded, which log(A) magnifies, it is A^B / A / ... / A."""
    B = np.asarray(B)
    size = np.real(B)
    if np.all((size >= n) & (size < 2.0**53)):  # B - n is no longer than B
        return np.power(A, B - n)
    lost = (size >= 0) & (size < n) & (B == np.floor(size))
    by_division = ((size < 0.5 * n) | (size >= 2.0**53)) & (A != 0) & ~lost
    Y = np.power(A, np.where(by_division, B, np.where(lost, 0, B - n)))
    for _ in range(n):
        Y = np.where(by_division, Y / np.where(by_division, A, 1.0), Y)
    return Y[()]


def one_minus_square(X):
    return (1 - X) * (1 + X)


def one_plus_square(X):
    with np.errstate(over="ignore"):  # one over it is 0, as it should be
        return 1 + X * X


def root_one_plus_square(X):
    """sqrt(1 + X^2), where the square may be too large for a number."""
    if np.iscomplexobj(X):
        size = np.maximum(1.0, np.abs(X))
        return size * np.sqrt(size**-2.0 + (X / size) ** 2)
    return np.hypot(1.0, X)


def tanh_slope(X):
    """1 - tanh(X)^2 = 4 E / (1 + E)^2 with E = exp(-2 |X|), so that the tails keep their digits."""
    E = np.exp(np.where(np.real(X) >= 0, -2 * X, 2 * X) if np.iscomplexobj(X) else -2 * np.abs(X))
    below = 1 + E
    return 4 * E / (below * below)


def share(A, B):
    """sigmoid(A - B), with what A - B loses in rounding: the exponential would magnify it."""
    D = A - B
    with np.errstate(invalid="ignore"):  # inf - inf
        back = D - A
        lost = (A - (D - back)) - (B + back)
    Y = sigmoid(D)
    return Y + np.where(np.isfinite(lost), Y * (1 - Y) * lost, 0.0)


def gaussian(X):
    """exp(-X^2) in all its digits, see `_exponential_of_square`."""
    return np.exp(-X * X) if np.iscomplexobj(X) else _exponential_of_square(X, -1.0)


def mills(X):
    """phi(X) / Phi(X), of which both are no numbers far on the left; it needs SciPy."""
    special = importlib.import_module("scipy.special")
    if np.iscomplexobj(X):
        return np.exp(-0.5 * X * X) / (math.sqrt(2 * math.pi) * special.ndtr(X))
    left = math.sqrt(2 / math.pi) / special.erfcx(-np.minimum(X, 0.0) / math.sqrt(2))
    density = _exponential_of_square(X, -0.5) / math.sqrt(2 * math.pi)
    return np.where(X < 0, left, density / special.ndtr(np.maximum(X, 0.0)))[()]


def polygamma(n, X):
    """The n-th derivative of digamma; it needs SciPy."""
    if np.iscomplexobj(X):
        raise TypeError("SciPy has the derivatives of digamma at real numbers only.")
    return importlib.import_module("scipy.special").polygamma(n, X)[()]


def _exponential_of_square(X, factor):
    """exp(factor X^2): the rounding of X^2, which exp would magnify, is made good.

    The leading half of X has an exact square, and what is left of X^2 is small.
    """
    X = np.clip(X, -100.0, 100.0)  # beyond, it is 0
    lead = np.round(X * 2.0**19) * 2.0**-19
    return np.exp(factor * (lead * lead)) * np.exp(factor * ((X - lead) * (X + lead)))


def cosine(A, B):
    R = np.hypot(A, B)
    return A / np.where(R == 0, 1.0, R)


def argmax_mask(X, axis=None):
    key = np.real(X)
    if axis is None:
        mask = np.zeros(key.size)
        mask[np.argmax(key)] = 1.0
        return mask.reshape(key.shape)
    mask = np.zeros(key.shape)
    np.put_along_axis(mask, np.argmax(key, axis=axis, keepdims=True), 1.0, axis=axis)
    return mask


def ties(X, axis=None, keepdims=False):
    best = X == np.max(X, axis=axis, keepdims=True)
    return best & (np.sum(best, axis=axis, keepdims=True) > 1)


def repeated(w):
    """Whether each value has a close neighbour."""
    w = np.asarray(w)
    distance = np.abs(differences(w)) + np.diag(np.full(w.shape[-1], np.inf))
    return np.any(distance <= REPEATED * _largest_modulus(w)[..., None], axis=-1)


def vanishing(w):
    return np.abs(w) <= REPEATED * _largest_modulus(w)


def _largest_modulus(w):
    return np.max(np.abs(w), axis=-1, initial=0.0, keepdims=True)


def refuse_singular(X):
    """False for a well-conditioned matrix; an error for one whose inverse has no digits."""
    if np.any(_frobenius(X) * _frobenius(inv(X)) > ILL_CONDITIONED):
        raise singular("inverse", X)
    return False


def pivot_mask(V):
    return argmax_mask(np.abs(V), axis=-2)


def scatter(g, index, shape):
    Y = np.zeros(shape, dtype=np.result_type(g, float))
    if basic_index(index):
        Y[index] = g
    else:
        np.add.at(Y, index, g)
    return Y


def basic_index(index):
    """Whether an index selects every entry at most once (integers and slices do)."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))
        for part in parts
    )


def getitem(X, index):
    return X[index]


def einsum(*operands, subscripts):
    return np.einsum(subscripts, *operands)


def diagonal(X, offset=0):
    return np.diagonal(X, offset, -2, -1)


def diag(w, k=0, shape=None):
    """The matrix with w on a diagonal; a stack of them for a stack of vectors."""
    n = w.shape[-1] + abs(k)
    Y = np.zeros((*w.shape[:-1], *((n, n) if shape is None else shape)), dtype=np.result_type(w))
    rows = np.arange(w.shape[-1]) + max(0, -k)
    Y[..., rows, rows + k] = w
    return Y


def concatenate(*arrays, axis=0):
    return np.concatenate(arrays, axis=axis)


def stack(*arrays, axis=0):
    return np.stack(arrays, axis=axis)


def where(A, B, condition):
    return np.where(condition, A, B)


def vec(X):
    return np.reshape(X, -1, order="F")


def vech(X):
    shapes.square(X.shape)
    rows, columns = np.triu_indices(len(X))  # of the transpose: its rows are columns of X
    return X[columns, rows]


def unvech(w):
    n = shapes.triangular(w.shape)[0]
    L = np.zeros((n, n), dtype=np.result_type(w))
    rows, columns = np.triu_indices(n)
    L[columns, rows] = w
    return L


def block_inner(A, B):
    return np.einsum("ikjl,kl->ij", _blocks(A, B.shape), B)


def block_sum(A, B):
    return np.einsum("ikjl,ij->kl", _blocks(A, shapes.blocks(A.shape, B.shape)), B)


def _blocks(A, shape):
    """A with the axes (block row, row, block column, column)."""
    (m, n), (p, q) = shapes.blocks(A.shape, shape), shape
    return np.reshape(A, (m, p, n, q))


def complement(X):
    return np.eye(X.shape[-1]) - X


def differences(w):
    return w[..., None, :] - w[..., :, None]


def sums(w):
    return w[..., None, :] + w[..., :, None]


def reciprocal_gaps(w):
    close = repeated(w)
    if close.any():
        w = w[tuple(np.argwhere(close)[0][:-1])]  # of a stack the first that has such values
        close = np.flatnonzero(repeated(w))
        i = close[0]
        j = close[1 + np.argmin(np.abs(w[close[1:]] - w[i]))]
        raise np.linalg.LinAlgError(
            f"Eigenvalues or singular values {i} and {j} coincide ({w[i]:.6g} and {w[j]:.6g}): the "
            "vectors that belong to them are not differentiable, only the space they span is. "
            "Differentiate the values, or a function of the whole cluster "
            "(lecturelib.eigen_derivative gives one-sided derivatives)."
        )
    return safe_reciprocal(differences(w))


def inv(X):
    if shared.point is X and X is not None:
        return shared.inverse
    try:
        Y = np.linalg.inv(X)
    except np.linalg.LinAlgError:
        raise singular("inverse", X) from None
    if shared.depth:
        shared.point, shared.inverse = X, Y
    return Y


def solve(A, B):
    try:
        return np.linalg.solve(A, B)
    except np.linalg.LinAlgError:
        raise singular("solution of a linear system", A) from None


def singular(what: str, A: Any) -> np.linalg.LinAlgError:
    return np.linalg.LinAlgError(
        f"The matrix of shape {A.shape} is singular, so the {what} does not exist there, nor does "
        "its derivative. Move to a point where the matrix is invertible, or use np.linalg.pinv. "
        "Of np.linalg.det the first derivative is available at a singular matrix, no higher one."
    )


def adjugate(X, D):
    """D inv(X) for D = det(X), and its limit from the singular values where X is singular."""
    if X.ndim > 2:
        return np.stack([adjugate(A, d) for A, d in zip(X, D, strict=True)])
    if D != 0:
        Y = inv(X)
        if _frobenius(X) * _frobenius(Y) <= ILL_CONDITIONED:
            return D * Y
    U, s, Vh = np.linalg.svd(X)
    others = [np.prod(np.delete(s, i)) for i in range(len(s))]
    sign = np.linalg.det(U) * np.linalg.det(Vh)
    return sign * (Vh.conj().T * others) @ U.conj().T


def _frobenius(X):
    if X.ndim > 2:
        return np.linalg.norm(X, axis=(-2, -1))
    return np.sqrt(np.vdot(X, X).real)


def _norm1(X):
    return np.abs(X).sum(axis=0).max()


def slogdet(X):
    if np.iscomplexobj(X):
        raise TypeError(
            "slogdet of a complex matrix is not holomorphic: it takes the modulus of the "
            "determinant. Use np.log(np.linalg.det(X))."
        )
    return np.linalg.slogdet(X)


def logdet(X):
    sign, Y = slogdet(X)
    if np.any(sign <= 0):
        what = "0" if np.any(sign == 0) else "below 0"
        raise np.linalg.LinAlgError(
            f"The determinant of the matrix of shape {X.shape} is {what}, so it has no logarithm. "
            "np.linalg.slogdet(X)[1] is the logarithm of its modulus."
        )
    return Y


def trace(X):
    return np.trace(X, axis1=-2, axis2=-1)


def trace_product(A, B):
    return np.einsum("...ij,...ji->...", A, B)


def cholesky(X):
    try:
        return np.linalg.cholesky(X)
    except np.linalg.LinAlgError:
        smallest = np.min(np.linalg.eigvalsh(X))
        raise np.linalg.LinAlgError(
            f"The matrix of shape {X.shape} is not positive definite (its smallest eigenvalue is "
            f"{smallest:.3g}), so it has no Cholesky factor."
        ) from None


def _require_symmetric(what, X):
    """An error unless X is symmetric, to rounding."""
    plain = base(X)
    gap, size = np.abs(plain - plain.T), np.max(np.abs(plain), initial=0.0)
    if np.any(gap > NOT_SYMMETRIC * size):
        i, j = np.unravel_index(np.argmax(gap), gap.shape)
        raise np.linalg.LinAlgError(
            f"{what} is that of a symmetric matrix, and the one of shape {X.shape} has "
            f"{plain[i, j]:.6g} at ({i}, {j}) and {plain[j, i]:.6g} at ({j}, {i}). "
            "Use (X + X.T) / 2."
        )


def lambda_max(X):
    _require_symmetric("The largest eigenvalue", X)
    return np.linalg.eigvalsh(X)[-1]


def lambda_min(X):
    _require_symmetric("The smallest eigenvalue", X)
    return np.linalg.eigvalsh(X)[0]


def eigenvector_max(X):
    _require_symmetric("The eigenvector of the largest eigenvalue", X)
    return _with_sign(np.linalg.eigh(X)[1][:, -1:])


def eigenvector_min(X):
    _require_symmetric("The eigenvector of the smallest eigenvalue", X)
    return _with_sign(np.linalg.eigh(X)[1][:, :1])


def _with_sign(v):
    """The largest entry is positive; LAPACK's signs are of no account."""
    return v * np.sign(v[np.argmax(np.abs(v))])


def eigen_pinv(X, t):
    """The pseudo-inverse of t I - X; which eigenvalue t is, is not left to the rounding."""
    _require_symmetric("The pseudo-inverse of t I - X", X)
    values, V = np.linalg.eigh(X)
    own = np.argmin(np.abs(values - t))
    if repeated(values)[own]:
        reciprocal_gaps(values)  # which says the two
    gaps = values[own] - values
    gaps[own] = np.inf
    return V / gaps @ V.T


def polar(X):
    U, _, Vh = np.linalg.svd(X, full_matrices=False)
    return U @ Vh


def svd(X):
    U, S, Vh = np.linalg.svd(X, full_matrices=False)
    return S, U, Vh


def sylvester(A, B, C):
    """The Y of A Y + Y B = C, through the eigenvectors of A and B."""
    if C.size == 0:
        return C
    a, U = np.linalg.eig(A)
    b, V = np.linalg.eig(B)
    sums = a[:, None] + b[None, :]
    if np.min(np.abs(sums)) <= REPEATED * np.max(np.abs(sums)):
        raise np.linalg.LinAlgError(
            f"A of shape {A.shape} has an eigenvalue whose negative is one of B of shape "
            f"{B.shape}, so A Y + Y B = C has no unique solution Y. Their spectra must not meet."
        )
    if max(np.linalg.cond(U), np.linalg.cond(V)) < 1e6:
        Y = U @ (np.linalg.solve(U, C @ V) / sums) @ np.linalg.inv(V)
    else:  # nearly defective: the eigenvectors would lose the digits that this system keeps
        m, n = C.shape
        system = np.kron(np.eye(n), A) + np.kron(B.T, np.eye(m))
        Y = np.linalg.solve(system, vec(C)).reshape((m, n), order="F")
    return Y if any(np.iscomplexobj(M) for M in (A, B, C)) else Y.real


def sqrtm(X):
    """Principal square root by the product Denman-Beavers iteration (Higham 2008, (6.29))."""
    if X.shape[0] == 0:
        return X
    _refuse_nonpositive_axis("square root", X)
    identity = np.eye(len(X))
    M, Y = X, X
    for _ in range(100):
        size = abs(np.linalg.det(M)) ** (-1.0 / (2 * len(X)))
        inverse = inv(M)
        if np.linalg.norm(M - identity) > 1e-2:  # determinantal scaling, off near convergence
            Y, M = size * Y, size**2 * M
            inverse = inverse / size**2
        Y = 0.5 * Y @ (identity + inverse)
        M = 0.5 * (identity + 0.5 * (M + inverse))
        if np.linalg.norm(M - identity) <= 1e-15 * len(X):
            break
    return Y


def _refuse_nonpositive_axis(what: str, X: Any) -> None:
    w = np.linalg.eigvals(X)
    bad = (np.abs(w.imag) <= 1e-14 * np.abs(w)) & (w.real <= 0)
    if bad.any():
        raise np.linalg.LinAlgError(
            f"The matrix of shape {X.shape} has the eigenvalue {w[bad][0].real:.6g} on the closed "
            f"negative real axis, where the principal {what} is not defined or not differentiable."
        )


#: The size of X up to which the Pade approximant of degree 13 of exp reaches full precision
#: (Al-Mohy and Higham 2009, table 3.1), and the coefficients of its numerator, all whole numbers.
_THETA13 = 4.25
_PADE13 = [
    float(math.factorial(26 - j) // (math.factorial(13 - j) * math.factorial(j))) for j in range(14)
]


def expm(X):
    """Matrix exponential by scaling and squaring (Al-Mohy and Higham 2009). Runs on series too.

    The scaling follows from the norms of powers, which for a matrix far from normal are much
    smaller than powers of the norm: squaring too often would lose digits. The degree is always 13,
    since a lower one that is enough for X is not for the derivatives.
    """
    if X.shape[0] == 0:
        return X
    if not np.isfinite(base(X)).all():
        raise np.linalg.LinAlgError(
            f"expm needs finite entries, and the matrix of shape {X.shape} has others."
        )
    A2 = X @ X
    A4 = A2 @ A2
    A6 = A2 @ A4
    squarings = _squarings(*(base(A) for A in (X, A4, A6)))
    A, (A2, A4, A6) = (
        X / 2.0**squarings,
        (P / 4.0 ** (squarings * k) for k, P in ((1, A2), (2, A4), (3, A6))),
    )
    b, identity = _PADE13, np.eye(X.shape[0])
    odd = A @ (
        A6 @ (b[13] * A6 + b[11] * A4 + b[9] * A2)
        + b[7] * A6 + b[5] * A4 + b[3] * A2 + b[1] * identity
    )  # fmt: skip
    even = (
        A6 @ (b[12] * A6 + b[10] * A4 + b[8] * A2)
        + b[6] * A6 + b[4] * A4 + b[2] * A2 + b[0] * identity
    )  # fmt: skip
    Y = matrices.solve(even - odd, even + odd)
    for _ in range(squarings):
        Y = Y @ Y
    return Y


def _squarings(X, A4, A6):
    """How often X is halved: by the norms of its powers, and once more for their rounding."""
    d6 = _norm1(A6) ** (1 / 6)
    d8, d10 = _norm1(A4 @ A4) ** (1 / 8), _norm1(A4 @ A6) ** (1 / 10)
    size = min(max(d6, d8), max(d8, d10))
    s = max(0, math.ceil(math.log2(size / _THETA13))) if size > 0 else 0
    norm = _norm1(X) / 2.0**s
    if norm == 0:
        return s
    row = np.ones(len(X))  # the norm of |X|^27 needs no product of matrices
    for _ in range(27):
        row = row @ np.abs(X / 2.0**s)
    first = math.factorial(13) ** 2 / math.factorial(26) / math.factorial(27)  # error term
    rounding = first * np.max(row) / norm / 2.0**-53
    return s + (max(0, math.ceil(math.log2(rounding) / 26)) if 0 < rounding < np.inf else 0)


def logm(X):
    """Principal logarithm by inverse scaling and squaring. Composed: runs on series too.

    After k square roots X is near I, where the integral of E (I + t E)^{-1} over [0, 1] is the
    logarithm; Gauss-Legendre quadrature of it is the diagonal Pade approximant.
    """
    if X.shape[0] == 0:
        return X
    _refuse_nonpositive_axis("logarithm", base(X))
    identity, roots = np.eye(X.shape[0]), 0
    while _norm1(base(X) - identity) > 0.25:
        X, roots = matrices.sqrtm(X), roots + 1
    E = X - identity
    nodes, weights = np.polynomial.legendre.leggauss(8)
    return 2.0**roots * sum(
        0.5 * weight * matrices.solve(identity + 0.5 * (1.0 + node) * E, E)
        for node, weight in zip(nodes, weights, strict=True)
    )


def sinm(X):
    return _sine_and_cosine(X)[0]


def cosm(X):
    return _sine_and_cosine(X)[1]


def _sine_and_cosine(X):
    """Of a matrix: Taylor polynomials of X / 2^s, and the double angle s times. Runs on series too.

    ``1 - 2 sin^2`` and not ``2 cos^2 - 1`` is the cosine of the double angle: near 0 it has the
    digits. The polynomials have more terms than X needs, for the derivatives.
    """
    identity = np.eye(X.shape[0])
    if X.shape[0] == 0:
        return X, X
    size = _norm1(base(X))
    if not np.isfinite(size):
        raise np.linalg.LinAlgError(
            "The sine and cosine of a matrix need finite entries, and the one of shape "
            f"{X.shape} has others."
        )
    doublings = max(0, math.frexp(size)[1])
    X = X / 2.0**doublings
    S, C = identity, identity
    square = X @ X
    for k in range(24, 0, -2):
        S = identity - square @ S / (k * (k + 1.0))
        C = identity - square @ C / (k * (k - 1.0))
    S = X @ S
    for _ in range(doublings):
        S, C = 2.0 * (S @ C), identity - 2.0 * (S @ S)
    return S, C


def matrix_power(X, k):
    return np.linalg.matrix_power(X, _exponent(k))


def _exponent(k):
    """k as an integer."""
    if hasattr(k, "_reader_rank"):
        raise TypeError(
            "The exponent k of matrix_power is a constant, and here it depends on what is "
            "differentiated. Compute it from values that do not, or use real_power's formula."
        )
    if np.ndim(k) or k != int(k) or k < 0:
        raise ValueError(
            f"The exponent of matrix_power is one of 0, 1, 2, ..., not {k}. Use the inverse of X "
            "for a negative one, and real_power(X, p) for a fraction."
        )
    return int(k)


def power_frechet(X, k, E):
    return _upper_right(lambda Z: matrix_power(Z, k), X, E)


def real_power(X, p):
    w, V, p = _positive(X, p)
    if hasattr(X, "_reader_rank"):
        return expm(p * logm(X))  # which needs no eigenvalues to be simple
    return V * w**p @ V.T


def real_power_frechet(X, p, E):
    w, V, p = _positive(X, p)
    if hasattr(X, "_reader_rank"):
        return _upper_right(lambda Z: expm(p * logm(Z)), X, E)
    return V @ (_power_differences(w, p) * (V.T @ E @ V)) @ V.T


def _power_differences(w, p):
    """(a^p - b^p) / (a - b) for pairs of positive values: no digits are lost where they meet.

    With r = log(a / b) / 2 it is (a b)^((p - 1) / 2) sinh(p r) / sinh(r).
    """
    a, b = w[:, None], w
    r = 0.5 * np.log1p((a - b) / b)
    meet = r == 0
    ratio = np.where(meet, p, np.sinh(p * r) / np.where(meet, 1.0, np.sinh(r)))
    return np.sqrt(a * b) ** (p - 1) * ratio


def _positive(X, p):
    """Eigenvalues and eigenvectors of a positive definite matrix, and the exponent."""
    if hasattr(p, "_reader_rank") or np.ndim(p):
        raise TypeError(
            "The exponent p of real_power(X, p) is a number, and a constant. For one that varies "
            "write expm(p * logm(X))."
        )
    _require_symmetric("A real power", X)
    w, V = np.linalg.eigh(base(X))
    if np.any(w <= 0):
        raise np.linalg.LinAlgError(
            f"A real power needs a positive definite matrix, and the one of shape {X.shape} has "
            f"the eigenvalue {w[0]:.6g}. Use matrix_power for an integer exponent."
        )
    return w, V, float(p)


def prod(X):
    """Product of all entries by halving. Composed: no division, so zeros do no harm."""
    X = X.reshape(-1)
    if X.shape[0] == 0:
        return np.ones(())
    while X.shape[0] > 1:
        half = X.shape[0] // 2
        pairs = X[:half] * X[half : 2 * half]
        X = pairs if X.shape[0] % 2 == 0 else np.concatenate([pairs, X[-1:]])
    return X[0]


def expm_frechet(X, E):
    return _upper_right(expm, X, E)


def logm_frechet(X, E):
    return _upper_right(logm, X, E)


def sinm_frechet(X, E):
    return _upper_right(sinm, X, E)


def cosm_frechet(X, E):
    return _upper_right(cosm, X, E)


def _upper_right(function, X, E):
    """The derivative of a matrix function in the direction E, as a block of its value."""
    n = X.shape[0]
    return function(np.block([[X, E], [np.zeros((n, n)), X]]))[:n, n:]


def nuclear_norm(X):
    return np.linalg.norm(X, "nuc", axis=(-2, -1))


def spectral_norm(X):
    return np.linalg.norm(X, 2, axis=(-2, -1))


def norm(X, axis=None, keepdims=False):
    return np.sqrt(np.sum(X * X, axis=axis, keepdims=keepdims))


def base(X: Any) -> Any:
    """The plain array below a Taylor series or a formula, or X itself."""
    while hasattr(X, "_coefficients"):
        X = X.coefficient(0)
    return getattr(X, "_value", X)
