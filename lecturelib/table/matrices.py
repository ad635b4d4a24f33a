"""Functions of matrices: from the differential of a matrix to that of its function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import shapes
from .linear import each, lowered, refuse_singular, trace_product, turn, vanishing
from .operation import HELPERS, TABLE, ZERO, rule

GROUP = "Matrix functions"


@rule(
    where="X square, invertible",
    equation="lecture 4, inverse",
    shape=shapes.square,
    function="numpy.linalg.inv",
    stacks=2,
    value=".inv",
    latex=r"X^{-1}",
    commutes_with_transpose=True,
    commuting=lambda Y, X, E: -Y @ Y @ E,
    sheet=True,
    spoken="inverse",
)
def inv(Y, X, dX):
    return -Y @ dX @ Y


@rule(
    where="A square, invertible",
    equation="lecture (16) on A Y = B",
    shape=shapes.solution,
    transposes=(None, lambda G, A, B: solve(turn(A), G)),
    function="numpy.linalg.solve",
    stacks=2,
    value=".solve",
    written_latex=lambda A, B: inv(A) @ B,
    sheet=True,
)
def solve(Y, A, B, dA, dB):
    return solve(A, dB - dA @ Y)


@rule(
    where="X square",
    equation="lecture 4, after (27)",
    shape=shapes.of_square,
    function="numpy.linalg.det",
    stacks=2,
    latex=r"\det",
    sheet=True,
    spoken="determinant",
)
def det(Y, X, dX):
    return trace_product(adjugate(X, Y), dX)


@rule(
    where="X square, invertible; Y = det(X) inv(X)",
    equation="lecture (16) on det(X) inv(X)",
    kink=lambda Y, X, D: refuse_singular(X),
    shape=shapes.square,
    value=".adjugate",
    follows=("D",),
    text="adj(X)",
    latex=r"\operatorname{adj}(X)",
    example="",
)
def adjugate(Y, X, D, dX):
    """D is det(X), handed on because it is known: it varies with X, by ``tr(Y dX)``."""
    return each(trace_product(Y, dX)) * inv(X) - Y @ dX @ inv(X)


@rule(
    where="X square, det(X) > 0; y = log det X",
    equation="lecture 4, after (27)",
    real_only=True,
    shape=shapes.of_square,
    stacks=2,
    value=".logdet",
    latex=r"\log\det",
    example="logdet(X)",
    spoken="log determinant",
)
def logdet(Y, X, dX):
    return trace_product(inv(X), dX)


@rule(
    outputs="sign Y",
    where="X square, invertible; y = log |det X|",
    equation="lecture 4, after (27)",
    shape=lambda a: (shapes.of_square(a),) * 2,
    function="numpy.linalg.slogdet",
    value=".slogdet",
    scalar_outputs=True,
    example="np.linalg.slogdet(X)[1]",
)
def slogdet(sign, Y, X, dX) -> Iterator[Any]:
    yield ZERO
    yield trace_product(inv(X), dX)


@rule(
    where="I - X, with the identity",
    equation="lecture (3)",
    shape=shapes.square,
    value=".complement",
    text="I - X",
    latex="I - X",
    group=HELPERS,
)
def complement(Y, X, dX):
    return -dX


@rule(
    where="the rank of X is locally constant (not checked), or rtol sets to 0 what lowers it",
    equation="Golub and Pereyra 1973",
    kink=lambda Y, X, rtol=None: vanishing(TABLE["svd"](X)[0]) if rtol is None else False,
    real_only=True,
    shape=shapes.transposed,
    function="numpy.linalg.pinv",
    stacks=2,
    latex=r"X^{+}",
    sheet=True,
    spoken="pseudo-inverse",
)
def pinv(Y, X, dX, *, rtol=None):
    return -Y @ dX @ Y + Y @ Y.T @ dX.T @ complement(X @ Y) + complement(Y @ X) @ dX.T @ Y.T @ Y


@rule(
    where="spectra of A and -B disjoint; A Y + Y B = C",
    equation="lecture (16)",
    shape=lambda a, b, c: shapes.product(shapes.square(a), shapes.product(c, shapes.square(b))),
    transposes=(None, None, lambda G, A, B, C: sylvester(turn(A), turn(B), G)),
    value=".sylvester",
    example="",
)
def sylvester(Y, A, B, C, dA, dB, dC):
    return sylvester(A, B, dC - dA @ Y - Y @ dB)


@rule(
    where="no eigenvalue of X on the negative real axis or 0; Y Y = X",
    equation="lecture (16)",
    shape=shapes.square,
    value=".sqrtm",
    latex=r"X^{1/2}",
    example="sqrtm(X)",
    commutes_with_transpose=True,
    commuting=lambda Y, X, E: inv(Y) @ E / 2,
    sheet=True,
    spoken="matrix square root",
)
def sqrtm(Y, X, dX):
    return sylvester(Y, Y, dX)


@rule(
    where="X square; in the direction E, the upper right block of the exponential (Van Loan 1978)",
    shape=shapes.square,
    value=".expm",
    composed=True,
    example="expm(X)",
    commutes_with_transpose=True,
    commuting=lambda Y, X, E: Y @ E,
    sheet=True,
    spoken="matrix exponential",
)
def expm(Y, X, dX):
    return expm_frechet(X, dX)


@rule(
    where="the upper right block of expm([[X, E], [0, X]])",
    shape=lambda a, b: shapes.broadcast(shapes.square(a), b),
    transposes=(None, lambda G, X, E: expm_frechet(turn(X), G)),
    value=".expm_frechet",
    composed=True,
    frechet_of="expm",
    latex=r"\operatorname{block}_{12}\left(\operatorname{expm}"
    r"\left(\begin{bmatrix} X & E \\ 0 & X \end{bmatrix}\right)\right)",
    group=HELPERS,
)
def expm_frechet(Y, X, E, dE):
    return expm_frechet(X, dE)


@rule(
    where="no eigenvalue of X on the negative real axis or 0; exp(Y) = X",
    shape=shapes.square,
    value=".logm",
    composed=True,
    example="logm(X)",
    commutes_with_transpose=True,
    commuting=lambda Y, X, E: inv(X) @ E,
    spoken="matrix logarithm",
)
def logm(Y, X, dX):
    return logm_frechet(X, dX)


@rule(
    where="the upper right block of logm([[X, E], [0, X]])",
    shape=lambda a, b: shapes.broadcast(shapes.square(a), b),
    transposes=(None, lambda G, X, E: logm_frechet(turn(X), G)),
    value=".logm_frechet",
    composed=True,
    frechet_of="logm",
    latex=r"\operatorname{block}_{12}\left(\operatorname{logm}"
    r"\left(\begin{bmatrix} X & E \\ 0 & X \end{bmatrix}\right)\right)",
    group=HELPERS,
)
def logm_frechet(Y, X, E, dE):
    return logm_frechet(X, dE)


@rule(
    where="X square",
    shape=shapes.square,
    value=".sinm",
    composed=True,
    example="sinm(X)",
    commutes_with_transpose=True,
    commuting=lambda Y, X, E: cosm(X) @ E,
    spoken="matrix sine",
)
def sinm(Y, X, dX):
    return sinm_frechet(X, dX)


@rule(
    where="the upper right block of sinm([[X, E], [0, X]])",
    shape=lambda a, b: shapes.broadcast(shapes.square(a), b),
    transposes=(None, lambda G, X, E: sinm_frechet(turn(X), G)),
    value=".sinm_frechet",
    composed=True,
    frechet_of="sinm",
    latex=r"\operatorname{block}_{12}\left(\operatorname{sinm}"
    r"\left(\begin{bmatrix} X & E \\ 0 & X \end{bmatrix}\right)\right)",
    group=HELPERS,
)
def sinm_frechet(Y, X, E, dE):
    return sinm_frechet(X, dE)


@rule(
    where="X square",
    shape=shapes.square,
    value=".cosm",
    composed=True,
    example="cosm(X)",
    commutes_with_transpose=True,
    commuting=lambda Y, X, E: -sinm(X) @ E,
    spoken="matrix cosine",
)
def cosm(Y, X, dX):
    return cosm_frechet(X, dX)


@rule(
    where="the upper right block of cosm([[X, E], [0, X]])",
    shape=lambda a, b: shapes.broadcast(shapes.square(a), b),
    transposes=(None, lambda G, X, E: cosm_frechet(turn(X), G)),
    value=".cosm_frechet",
    composed=True,
    frechet_of="cosm",
    latex=r"\operatorname{block}_{12}\left(\operatorname{cosm}"
    r"\left(\begin{bmatrix} X & E \\ 0 & X \end{bmatrix}\right)\right)",
    group=HELPERS,
)
def cosm_frechet(Y, X, E, dE):
    return cosm_frechet(X, dE)


@rule(
    where="X square; k one of 0, 1, 2, ...",
    equation="lecture (16) on X X ... X",
    shape=shapes.raised,
    value=".matrix_power",
    composed=True,
    text="X^k",
    latex="X^{k}",
    example="np.linalg.matrix_power(X, 3)",
    commutes_with_transpose=True,
    commuting=lambda Y, X, k, E: k * matrix_power(X, lowered(k)) @ E,
)
def matrix_power(Y, X, k, dX):
    return power_frechet(X, k, dX)


@rule(
    where="the sum of X^i E X^(k - 1 - i) over i = 0, ..., k - 1",
    equation="lecture (16)",
    shape=lambda a, k, e: shapes.broadcast(shapes.raised(a, k), e),
    transposes=(None, None, lambda G, X, k, E: power_frechet(turn(X), k, G)),
    value=".power_frechet",
    composed=True,
    frechet_of="matrix_power",
    latex=r"\operatorname{block}_{12}\left("
    r"\begin{bmatrix} X & E \\ 0 & X \end{bmatrix}^{k}\right)",
    group=HELPERS,
)
def power_frechet(Y, X, k, E, dE):
    return power_frechet(X, k, dE)


@rule(
    where="X symmetric, positive definite; p a number",
    shape=shapes.raised,
    real_only=True,
    value=".real_power",
    composed=True,
    text="X^p",
    latex="X^{p}",
    example="",
    commutes_with_transpose=True,
    commuting=lambda Y, X, p, E: p * real_power(X, lowered(p)) @ E,
)
def real_power(Y, X, p, dX):
    return real_power_frechet(X, p, dX)


@rule(
    where="X = V diag(w) V^T; the entries of V^T Y V are those of V^T E V times "
    "(w_i^p - w_j^p) / (w_i - w_j), or its limit where w_i = w_j",
    equation="Daleckii and Krein 1951",
    shape=lambda a, p, e: shapes.broadcast(shapes.raised(a, p), e),
    transposes=(None, None, lambda G, X, p, E: real_power_frechet(X, p, G)),
    value=".real_power_frechet",
    composed=True,
    frechet_of="real_power",
    group=HELPERS,
)
def real_power_frechet(Y, X, p, E, dE):
    return real_power_frechet(X, p, dE)
