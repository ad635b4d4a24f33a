"""Factorisations: from the differential of a matrix to those of its structured parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import shapes
from .elementwise import safe_reciprocal
from .linear import (
    conjugate,
    diag,
    diagonal,
    differences,
    identity_times,
    imag,
    is_complex,
    pivot_mask,
    real,
    refuse_singular,
    repeated,
    reshape,
    sum,
    sums,
    trace_product,
    tril,
    turn,
    vanishing,
)
from .matrices import complement, inv, pinv, sylvester
from .operation import HELPERS, rule

GROUP = "Factorisations"


def sym(M):
    """Symmetric part; ``eigh`` and ``cholesky`` read one triangle, so their input is symmetric."""
    return (M + turn(M)) / 2


@rule(
    outputs="w V",
    where="X symmetric (one triangle is read), eigenvalues simple; V^T V = I",
    equation="lecture 4, eigenvalue",
    kink=lambda w, V, X: repeated(w),
    real_only=True,
    shape=shapes.columns,
    function="numpy.linalg.eigh",
    example="np.linalg.eigh(X)[0]",
    sheet=True,
)
def eigh(w, V, X, dX) -> Iterator[Any]:
    P = V.T @ sym(dX) @ V
    yield diagonal(P)
    yield V @ (reciprocal_gaps(w) * P)


@rule(
    where="no value of w repeated; 1 / (w_j - w_i) off the diagonal, 0 on it",
    equation="lecture (15)",
    shape=lambda a: (*a, a[-1]),
    value=".reciprocal_gaps",
    written_latex=lambda w: safe_reciprocal(differences(w)),
    group=HELPERS,
    inner=True,
    symmetry="skew",
)
def reciprocal_gaps(Y, w, dw):
    return -Y * differences(dw) * Y


def largest_meets(Y, X, *known):
    """Whether the largest eigenvalue is repeated."""
    return repeated(eigh(X)[0])[-1:]


def smallest_meets(Y, X, *known):
    """Whether the smallest eigenvalue is repeated."""
    return repeated(eigh(X)[0])[:1]


_EXTREME: dict[str, Any] = {"equation": "lecture 4", "real_only": True}


@rule(
    where="X symmetric, its largest eigenvalue simple",
    kink=largest_meets,
    shape=shapes.of_square,
    value=".lambda_max",
    latex=r"\lambda_{\max}",
    example="lambda_max(X)",
    **_EXTREME,
    spoken="largest eigenvalue",
)
def lambda_max(Y, X, dX):
    v = eigenvector_max(X)
    return reshape(v.T @ dX @ v, shape=())


@rule(
    where="X symmetric, its smallest eigenvalue simple",
    kink=smallest_meets,
    shape=shapes.of_square,
    value=".lambda_min",
    latex=r"\lambda_{\min}",
    example="lambda_min(X)",
    **_EXTREME,
    spoken="smallest eigenvalue",
)
def lambda_min(Y, X, dX):
    v = eigenvector_min(X)
    return reshape(v.T @ dX @ v, shape=())


@rule(
    outputs="v",
    where="X symmetric, its largest eigenvalue simple; v of length 1, its largest entry positive",
    kink=largest_meets,
    shape=shapes.column,
    value=".eigenvector_max",
    latex=r"\boldsymbol{v}_{\max}",
    group=HELPERS,
    **_EXTREME,
)
def eigenvector_max(v, X, dX):
    return eigen_pinv(X, lambda_max(X)) @ sym(dX) @ v


@rule(
    outputs="v",
    where="X symmetric, its smallest eigenvalue simple; v of length 1, its largest entry positive",
    kink=smallest_meets,
    shape=shapes.column,
    value=".eigenvector_min",
    latex=r"\boldsymbol{v}_{\min}",
    group=HELPERS,
    **_EXTREME,
)
def eigenvector_min(v, X, dX):
    return eigen_pinv(X, lambda_min(X)) @ sym(dX) @ v


@rule(
    where="X symmetric, t an eigenvalue of it, simple; the pseudo-inverse of t I - X, in all its "
    "digits",
    equation="Kato 1966, reduced resolvent",
    real_only=True,
    shape=lambda a, t: shapes.square(a),
    follows=("t",),
    value=".eigen_pinv",
    written=lambda X, t: pinv(identity_times(t, X) - X),
    group=HELPERS,
    symmetry="symmetric",
)
def eigen_pinv(Y, X, t, dX):
    """t varies with X, by ``tr(P dX)``, where P projects to its eigenvector."""
    P = complement(Y @ (identity_times(t, X) - X))
    S = sym(dX)
    return Y @ S @ Y - trace_product(P, S) * (Y @ Y) - Y @ Y @ S @ P - P @ S @ Y @ Y


def eigenvector_gauge(V, C):
    """What to subtract from C, in multiples of V, so that V stays as LAPACK scales it.

    The columns keep length 1; the largest entry of a complex column stays real.
    """
    length = real(sum(conjugate(V) * C, axis=-2))
    if not is_complex(V):
        return length
    largest = pivot_mask(V)
    return length + 1j * imag(sum(largest * C, axis=-2)) / sum(largest * V, axis=-2)


@rule(
    outputs="w V",
    where="X square, eigenvalues simple; columns of V of length 1, signs kept; of a complex one "
    "the largest entry is real, and the only largest one (not checked)",
    equation="lecture 4, eigenvalue",
    kink=lambda w, V, X: repeated(w),
    shape=shapes.columns,
    function="numpy.linalg.eig",
    example="np.linalg.eig(X)[0]",
    remark="of the eigenvalues. That of V is no formula: dV has real and imaginary parts. Numbers: "
    "derivative(f, X).T[G], for real eigenvalues",
    paired=("w",),
)
def eig(w, V, X, dX) -> Iterator[Any]:
    P = inv(V) @ dX @ V
    yield diagonal(P)
    C = V @ (reciprocal_gaps(w) * P)
    yield C - V @ diag(eigenvector_gauge(V, C))


@rule(
    outputs="s U Vh",
    where="singular values simple and positive; X = U diag(s) V^T, thin",
    equation="lecture (16) on X = U diag(s) V^T",
    kink=lambda s, U, Vh, X: repeated(s) | vanishing(s),
    real_only=True,
    shape=shapes.singular,
    value=".svd",
    example="np.linalg.svd(X, full_matrices=False)[1]",
)
def svd(s, U, Vh, X, dX) -> Iterator[Any]:
    P = U.T @ dX @ Vh.T
    yield diagonal(P)
    D = diag(s)
    refuse_singular(D)  # then the vectors are any, and their derivatives noise
    left = dX @ Vh.T @ inv(D)
    F = reciprocal_gaps(s) / sums(s)  # 1 / (s_j^2 - s_i^2)
    yield U @ (F * (P @ D + D @ P.T)) + left - U @ (U.T @ left)
    right = inv(D) @ U.T @ dX
    yield (F * (D @ P + P.T @ D)).T @ Vh + right - (right @ Vh.T) @ Vh


@rule(
    outputs="Q R",
    where="X of full column rank; Q^T Q = I, R upper triangular, signs of its diagonal kept",
    equation="lecture 5, QR",
    kink=lambda Q, R, X: refuse_singular(R),
    real_only=True,
    shape=shapes.thin,
    function="numpy.linalg.qr",
    example="np.linalg.qr(X)[1]",
)
def qr(Q, R, X, dX) -> Iterator[Any]:
    W = dX @ inv(R)
    M = Q.T @ W
    Omega = tril(M, k=-1) - tril(M, k=-1).T
    yield Q @ Omega + W - Q @ M
    yield (M - Omega) @ R


@rule(
    where="X symmetric (one triangle is read), positive definite; X = Y Y^T",
    equation="lecture (16) on X = Y Y^T",
    real_only=True,
    shape=shapes.square,
    function="numpy.linalg.cholesky",
    value=".cholesky",
    sheet=True,
    spoken="Cholesky factor",
)
def cholesky(Y, X, dX):
    M = inv(Y) @ sym(dX) @ inv(Y).T
    return Y @ (tril(M) + tril(M, k=-1)) / 2


# -- What singular values give -------------------------------------------------------------------


@rule(
    where="X of full column rank; Y = U V^T of X = U diag(s) V^T",
    equation="lecture (16) on X = Y H, H symmetric",
    kink=lambda Y, X: refuse_singular(Y.T @ X),
    real_only=True,
    shape=shapes.matrix,
    value=".polar",
    example="",
)
def polar(Y, X, dX):
    H = Y.T @ X
    W = dX @ inv(H)
    return Y @ sylvester(H, H, Y.T @ dX - dX.T @ Y) + W - Y @ (Y.T @ W)


@rule(
    where="X of full rank; the sum of the singular values",
    equation="lecture (16) on X = U diag(s) V^T",
    kink=lambda Y, X: vanishing(svd(X)[0]),
    real_only=True,
    shape=shapes.of_matrix,
    value=".nuclear_norm",
    text="normnuc",
    latex=r"\lVert X \rVert_{*}",
    group="Norms and reductions",
    example='np.linalg.norm(X, "nuc")',
    sheet=True,
    spoken="nuclear norm",
)
def nuclear_norm(Y, X, dX):
    return trace_product(polar(X).T, dX)


@rule(
    where="the largest singular value simple and not 0",
    equation="lecture (16) on X = U diag(s) V^T",
    kink=lambda Y, X: (repeated(svd(X)[0]) | vanishing(svd(X)[0]))[:1],
    real_only=True,
    shape=shapes.of_matrix,
    value=".spectral_norm",
    text="normspec",
    latex=r"\lVert X \rVert_{2}",
    group="Norms and reductions",
    example="np.linalg.norm(X, 2)",
    spoken="spectral norm",
)
def spectral_norm(Y, X, dX):
    _, U, Vh = svd(X)
    return U[:, 0] @ dX @ Vh[0]
