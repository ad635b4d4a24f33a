"""A plain NumPy function and the text of its formula are one derivation (issue 11, section 1)."""

import functools
import math
import re
import subprocess
import sys

import numpy as np
import pytest

import lecturelib as L
from lecturelib import ParseError, UntraceableError, derive
from lecturelib.symbols.check import drawn
from lecturelib.symbols.exact import value
from lecturelib.symbols.traced import trace

MATRICES = "X: m x n; A: m x m; B: n x n; C: m x n"
LEAST = "X: m x n; w: n; y: m"
SQUARE = "X: n x n; A: n x n; B: n x n"
VECTORS = "x: n; y: n; z: m; A: n x n; B: m x n"
DEFINITE = "S: n x n positive definite; x: n; mu: n; A: n x n"
LAYERS = "V: h x n; W: k x h; b: h; c: k; x: n; y: k"
NETWORK = "X: m x n; W: n x k; Y: m x k; b: k"

#: The text, the function, the variable, the declarations.
PAIRS = [
    ("tr(X'*A*X*B)", lambda X, A, B: np.trace(X.T @ A @ X @ B), "X", MATRICES),
    ("sum(C .* (A*X))", lambda X, A, C: np.sum(C * (A @ X)), "X", MATRICES),
    ("tr(X'*C)", lambda X, C: np.vdot(X, C), "X", MATRICES),
    ("tr(X'*C)", lambda X, C: np.tensordot(X, C), "X", MATRICES),
    ("tr(X'*C)", lambda X, C: np.einsum("ij,ij->", X, C), "X", MATRICES),
    ("tr(X*B*C')", lambda X, B, C: np.einsum("ij,jk,ik", X, B, C), "X", MATRICES),
    ("tr(A*X*B*X')", lambda X, A, B: np.einsum("ab,bc,cd,ad->", A, X, B, X), "X", MATRICES),
    ("tr(X'*A*X*B)", lambda X, A, B: (X * (A @ X @ B)).sum(), "X", MATRICES),
    ("norm2(X)^2", lambda X: np.linalg.norm(X) ** 2, "X", MATRICES),
    ("norm2(A*X - C)", lambda X, A, C: np.linalg.norm(A @ X - C, "fro"), "X", MATRICES),
    ("normnuc(X)", lambda X: np.linalg.norm(X, "nuc"), "X", MATRICES),
    ("normspec(X)", lambda X: np.linalg.norm(X, 2), "X", MATRICES),
    ("normspec(X)", lambda X: np.linalg.svdvals(X)[0], "X", MATRICES),
    ("sum(exp(X))", lambda X: np.exp(X).sum(), "X", MATRICES),
    ("sum(X.^3)", lambda X: np.sum(X**3), "X", MATRICES),
    ("mean(sin(X))", lambda X: np.sin(X).mean(), "X", MATRICES),
    ("sum(rowsum(X).^2)", lambda X: (X.sum(axis=1) ** 2).sum(), "X", MATRICES),
    ("sum(colsum(X).^2)", lambda X: (X.sum(axis=0, keepdims=True) ** 2).sum(), "X", MATRICES),
    ("norm2(X*w - y)^2", lambda X, w, y: (X @ w - y) @ (X @ w - y), "w", LEAST),
    ("(X*w - y)'*(X*w - y)", lambda X, w, y: np.sum((X @ w - y) ** 2), "w", LEAST),
    ("norm2(X*w - y)^2/m", lambda X, w, y: np.mean((X @ w - y) ** 2), "w", LEAST),
    ("norm2(X*w - y)^2/m", lambda X, w, y: 1 / X.shape[0] * np.sum((X @ w - y) ** 2), "X", LEAST),
    ("y'*X*w", lambda X, w, y: y @ X @ w, "X", LEAST),
    ("y'*X*w", lambda X, w, y: np.sum(y[:, None] * X * w), "X", LEAST),
    ("y'*X*w", lambda X, w, y: np.einsum("i,ij,j->", y, X, w), "X", LEAST),
    ("sum(log(1 + exp(-(y .* (X*w)))))", lambda X, w, y: np.log1p(np.exp(-y * (X @ w))).sum(),
     "w", LEAST),
    ("sum(relu(X*w - y))", lambda X, w, y: np.maximum(X @ w - y, 0).sum(), "w", LEAST),
    ("norm1(X*w - y)", lambda X, w, y: np.linalg.norm(X @ w - y, 1), "w", LEAST),
    ("sum(softplus(X*w)) - y'*X*w", lambda X, w, y: L.softplus(X @ w).sum() - y @ X @ w, "w",
     LEAST),
    ("norm2(X*diag(w))^2", lambda X, w: np.sum((X * w) ** 2), "w", LEAST),
    ("norm2(diag(y)*X)^2", lambda X, y: np.sum((y[:, None] * X) ** 2), "y", LEAST),
    ("norm2(X + ones(m)*w')^2", lambda X, w: np.sum((X + w) ** 2), "w", LEAST),
    ("norm2(X - ones(m)*(colsum(X)/m))^2", lambda X: np.sum((X - X.mean(axis=0)) ** 2), "X", LEAST),
    ("x'*A*x", lambda x, A: x @ A @ x, "x", VECTORS),
    ("x'*A*y", lambda x, y, A: np.inner(A @ y, x), "A", VECTORS),
    ("x'*A*x/(x'*x)", lambda x, A: (x @ A @ x) / (x @ x), "x", VECTORS),
    ("norm2(x*y')", lambda x, y: np.linalg.norm(np.outer(x, y)), "x", VECTORS),
    ("z'*B*x", lambda z, B, x: np.dot(z, np.dot(B, x)), "x", VECTORS),
    ("tr(A*diag(x))", lambda x, A: np.trace(A @ np.diag(x)), "x", VECTORS),
    ("diag(A)'*x", lambda x, A: np.diag(A) @ x, "A", VECTORS),
    ("logsumexp(A*x)", lambda x, A: L.logsumexp(A @ x), "x", VECTORS),
    ("y'*softmax(x)", lambda x, y: y @ L.softmax(x), "x", VECTORS),
    ("y'*(exp(x)/sum(exp(x)))", lambda x, y: y @ (np.exp(x) / np.exp(x).sum()), "x", VECTORS),
    ("(sum(x.*x) - sum(x)^2/n)/n", lambda x: np.var(x), "x", VECTORS),
    ("max(x)", lambda x: x.max(), "x", VECTORS),
    ("sum((x > 0) .* x.^2)", lambda x: np.where(x > 0, x**2, 0).sum(), "x", VECTORS),
    ("x[1]*x[2]", lambda x: x[0] * x[1], "x", VECTORS),
    ("x'*B'*B*x", lambda x, B: np.linalg.multi_dot([x, B.T, B, x]), "x", VECTORS),
    ("kron(x, z)'*kron(y, z)", lambda x, y, z: np.kron(x, z) @ np.kron(y, z), "z", VECTORS),
    ("sum([x; z].^2)", lambda x, z: np.sum(np.concatenate([x, z]) ** 2), "x", VECTORS),
    ("det(X)", np.linalg.det, "X", "X: n x n"),
    ("logdet(X)", lambda X: np.linalg.slogdet(X)[1], "X", SQUARE),
    ("tr(inv(X))", lambda X: np.trace(np.linalg.inv(X)), "X", SQUARE),
    ("tr(A*inv(X)*B)", lambda X, A, B: np.trace(A @ np.linalg.solve(X, B)), "X", SQUARE),
    ("tr(X^3)", lambda X: np.trace(np.linalg.matrix_power(X, 3)), "X", SQUARE),
    ("tr(A*expm(X))", lambda X, A: np.trace(A @ L.expm(X)), "X", SQUARE),
    ("tr(kron(A, X))", lambda X, A: np.trace(np.kron(A, X)), "X", SQUARE),
    ("vec(X)'*vec(A)", lambda X, A: X.ravel(order="F") @ L.vec(A), "X", SQUARE),
    ("sum(tril(X) .* A)", lambda X, A: np.sum(np.tril(X) * A), "X", SQUARE),
    ("tr(inv(X + 2*eye(n)))",
     lambda X: np.trace(np.linalg.inv(X + 2 * np.diag(np.ones_like(X[0])))), "X", SQUARE),
    ("lambda_max(S)", lambda S: np.linalg.eigvalsh(S)[-1], "S", DEFINITE),
    ("sum(log(diag(cholesky(S))))", lambda S: np.log(np.diag(np.linalg.cholesky(S))).sum(), "S",
     DEFINITE),
    ("logdet(S) + (x - mu)'*inv(S)*(x - mu)",
     lambda S, x, mu: L.logdet(S) + (x - mu) @ np.linalg.solve(S, x - mu), "S", DEFINITE),
    ("norm2(W*tanh(V*x + b) + c - y)^2/2",
     lambda V, W, b, c, x, y: np.sum((W @ np.tanh(V @ x + b) + c - y) ** 2) / 2, "V", LAYERS),
    ("y'*log(softmax(W*relu(V*x + b)))",
     lambda V, W, b, x, y: y @ np.log(L.softmax(W @ L.relu(V @ x + b))), "b", LAYERS),
    ("-sum(Y .* log(rowsoftmax(X*W)))",
     lambda X, W, Y: -np.sum(Y * np.log(L.softmax(X @ W, axis=1))), "W", NETWORK),
    ("norm2(X*W + ones(m)*b' - Y)^2", lambda X, W, b, Y: np.sum((X @ W + b - Y) ** 2), "b",
     NETWORK),
    ("exp(t)*tr(A)/k", lambda t, A, k: np.exp(t) * A.trace() / k, "t",
     "t: scalar; k: integer; A: n x n"),
    ("sum(x.^p)", lambda x, p: np.sum(x**p), "p", "x: n positive; p: scalar"),
    ("tr(X^k)", lambda X, k: np.trace(np.linalg.matrix_power(X, k)), "X", "X: n x n; k: integer"),
    ("x*W*x'", lambda x, W: (x @ W @ x.T)[0, 0], "x", "x: 1 x n; W: n x n"),
]  # fmt: skip
IDS = [f"{i}: {text}" for i, (text, *_) in enumerate(PAIRS)]


def close(found, true):
    found, true = np.array(found, dtype=float), np.array(true, dtype=float)
    true = true.reshape(() if true.size == 1 else (len(true), -1))
    np.testing.assert_allclose(found, true, rtol=1e-7, atol=1e-9)
    assert found.shape == true.shape


def rows(x):
    """What `value` takes in the place of an array."""
    x = np.asarray(x, dtype=float)
    return x.item() if x.size == 1 else tuple(map(tuple, x.reshape(len(x), -1).tolist()))


@pytest.mark.parametrize(("text", "f", "wrt", "where"), PAIRS, ids=IDS)
def test_text_and_function_have_the_same_gradient(text, f, wrt, where):
    by_text, by_function = derive(text, wrt, where), derive(f, wrt, where)
    if str(by_text.gradient) != str(by_function.gradient):
        point, sizes = drawn(by_text, 0, False)
        for this, that in (("value", "value"), ("gradient", "gradient")):
            terms = getattr(by_text, this), getattr(by_function, that)
            close(*(value(term, point, sizes) for term in terms))


def test_nearly_all_gradients_are_spelled_alike():
    texts = [(derive(p[0], *p[2:]).gradient, derive(*p[1:]).gradient) for p in PAIRS]
    assert sum(str(a) == str(b) for a, b in texts) >= len(PAIRS) - 6


@pytest.mark.parametrize(("text", "f", "wrt", "where"), PAIRS, ids=IDS)
@pytest.mark.parametrize("wide", [False, True])
def test_gradients_are_those_of_the_numeric_readers(text, f, wrt, where, wide):
    d = derive(f, wrt, where)
    point, sizes = drawn(d, 1, wide)
    axes = shapes_of(where)
    arrays = {
        name: np.array(x if isinstance(x, tuple) else [[x]], dtype=float)
        for name, x in point.items()
    }
    arrays = {name: x.reshape(x.shape[: axes[name]]) if axes[name] else x[0, 0]
              for name, x in arrays.items()}  # fmt: skip
    arrays |= {name: int(x) for name, x in arrays.items() if "integer" in d.symbols[name].flags}
    names = f.__code__.co_varnames if hasattr(f, "__code__") else ["X"]
    true = L.gradient(
        lambda v: f(*(v if name == wrt else arrays[name] for name in names)), arrays[wrt]
    )
    close(value(d.gradient, point, sizes), true)


def shapes_of(where):
    """How many axes each declared name has."""
    found = {}
    for item in where.split(";"):
        name, _, sizes = item.partition(":")
        sizes = re.sub("symmetric|positive definite|positive|integer|scalar", "", sizes).split()
        found[name.strip()] = len([n for n in sizes if n != "x"])
    return found


# -- NumPy's semantics ----------------------------------------------------------------------------

WHERE = (
    "X: m x n; Y: m x n; A: m x m; B: n x n; x: m; y: n; u: m; c: m x 1; d: 1 x n; t: scalar; "
    "S: 3 x 4; z: 4; v: 3; o: 1 x 1"
)
SIZES = {"m": 3, "n": 5}
random = np.random.default_rng(0).random
DATA = {
    "X": random((3, 5)), "Y": random((3, 5)), "A": random((3, 3)) + 2 * np.eye(3),
    "B": random((5, 5)) + 2 * np.eye(5), "x": random(3), "y": random(5), "u": random(3),
    "c": random((3, 1)), "d": random((1, 5)), "t": 0.7, "S": random((3, 4)), "z": random(4),
    "v": random(3), "o": random((1, 1)),
}  # fmt: skip
MASK = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 1]], bool)

#: Each is NumPy code that a formula holds.
READ = """
    x @ A @ u ; x @ A ; A @ x ; x @ X @ y ; X @ y ; x @ X ; np.outer(x, y) ; x * u ; X * y ;
    y * X ; X * x[:, None] ; x[:, None] * X ; c * X ; X * d ; c * d ; c + d ; x + c ; x * c ;
    y * d ; d * y ; c @ d ; d @ y ; d @ X.T ; c.T @ X ; x @ c ; o * X ; o @ d ; c @ o ; o + x ;
    o[0] + x ; X + o ; X / X.sum(axis=1, keepdims=True) ; X / X.sum(axis=0) ; X.sum(0) ;
    X.sum(1) ; X.sum(axis=(0, 1)) ; X.sum(axis=1, keepdims=True) ; X.sum(axis=0, keepdims=True) ;
    X.sum(keepdims=True) ; X.sum(-1) ; x.sum(axis=0) ; x.sum(keepdims=True) ; c.sum(axis=0) ;
    c.sum(axis=1) ; c.sum(axis=1, keepdims=True) ; d.sum(axis=0) ; d.sum(axis=1) ;
    d.sum(0, keepdims=True) ; o.sum(0) ; X.mean() ; X.mean(0) ; X.mean(1, keepdims=True) ;
    x.mean() ; np.var(X) ; np.var(X, axis=0) ; np.std(X, axis=1, ddof=1) ; x.std() ; np.max(X) ;
    np.max(X, axis=0) ; X.max(1) ; np.min(X, axis=1) ; x.min() ; np.prod(X) ; np.prod(x) ;
    np.ptp(x) ; np.cumsum(x) ; np.cumsum(S, axis=0) ; np.cumsum(S, axis=1) ; np.cumsum(S) ;
    np.linalg.norm(x) ; np.linalg.norm(X) ; np.linalg.norm(x, 1) ; np.linalg.norm(x, np.inf) ;
    np.linalg.norm(x, 3) ; np.linalg.norm(X, 'fro') ; np.linalg.norm(X, 1) ;
    np.linalg.norm(X, np.inf) ; np.linalg.norm(X, 2) ; np.linalg.norm(X, 'nuc') ;
    np.linalg.norm(X, axis=0) ; np.linalg.norm(X, axis=1, keepdims=True) ; np.linalg.norm(c) ;
    np.linalg.norm(d, axis=0) ; np.linalg.vector_norm(X) ; np.linalg.matrix_norm(X) ;
    L.logsumexp(x) ; L.logsumexp(X) ; L.logsumexp(X, axis=0) ;
    L.logsumexp(X, axis=1, keepdims=True) ; L.logsumexp(d) ; L.logsumexp(d, axis=0) ;
    L.logsumexp(c, axis=1) ; L.softmax(x) ; L.softmax(X) ; L.softmax(X, axis=0) ;
    L.softmax(X, axis=1) ; L.softmax(X, axis=-1) ; L.softmax(c, axis=0) ; L.softmax(c, axis=1) ;
    L.softmax(d, axis=1) ; L.softmax(d) ; L.sigmoid(X @ y) ; L.relu(X) ; np.maximum(X, 0) ;
    np.maximum(0, x) ; np.maximum(X, y) ; np.maximum(x[:, None], y) ; np.minimum(x, u) ;
    np.clip(X, 0.2, 0.5) ; np.where(X > 0.5, X, 0) ; np.where(X > 0.5, X, Y) ;
    np.where(X > y, 1, 2) ; np.where(x > 0.5, 0, u) ; np.where(t > 0.5, x, 0) ;
    np.where(t < 0.5, 1.0, np.zeros(3)) ; np.where(mask, S, 0) ; np.where(mask, S, z) ;
    np.where((x > 0.2) & (x < 0.7), x, 1) ; np.where(~(x > 0.2), x, 1) ; (X > 0.5) * X ;
    (X > 0.5).sum() ; X ** 2 ; 2 ** X ; X ** t ; t ** X ; np.power(X, 3) ; x ** u ; x ** -1 ;
    x ** 0.5 ; X ** 0 ; np.square(x) ; np.reciprocal(x) ; 1 / x ; np.sqrt(X) ; np.exp(-X) ;
    np.log1p(x) ; np.abs(X - Y) ; np.sign(X - 0.5) ; np.arctan2(x, u) ; np.hypot(x, u) ;
    np.logaddexp(x, u) ; np.heaviside(X - 0.5, 0.0) ; X.T ; x.T ; X.T @ A ; np.transpose(X) ;
    np.transpose(X, (1, 0)) ; np.transpose(X, (0, 1)) ; np.swapaxes(X, 0, 1) ;
    np.moveaxis(X, 0, 1) ; X.mT ; X.reshape(-1) ; X.reshape(-1, order='F') ; X.ravel() ;
    X.flatten() ; X.T.ravel() ; S.reshape(4, 3) ; S.reshape(2, 6) ; S.reshape(2, -1) ;
    S.reshape((6, 2), order='F') ; S.reshape(-1, 1) ; z.reshape(2, 2) ;
    z.reshape(2, 2, order='F') ; z.reshape(1, -1) ; z.reshape(-1, 1) ;
    x.reshape(-1, 1) @ y.reshape(1, -1) ; x.reshape(1, -1) ; X.reshape(X.shape[1], X.shape[0]) ;
    X.reshape(X.size) ; np.squeeze(c) ; np.squeeze(d) ; np.squeeze(c, axis=1) ; np.squeeze(o) ;
    np.expand_dims(x, 0) + y[:, None] ; np.expand_dims(x, 1) * y ; np.atleast_2d(x) ;
    np.atleast_1d(t) ; np.atleast_2d(t) ; L.vec(X) ; np.broadcast_to(y, X.shape) ;
    np.broadcast_to(c, X.shape) ; np.broadcast_to(t, (2, 3)) ; np.ones_like(X) * t ;
    np.zeros_like(x) + x ; np.full_like(X, 2.0) * X ; np.eye(X.shape[0], like=X) + A ;
    np.ones(X.shape[1], like=X) @ y ; np.ones((3, 2), like=X) ; np.diag(x) ; np.diag(A) ;
    np.diag(x) @ X ; np.diagonal(A) ; np.diag(S) ; np.diag(S, 1) ; np.diag(z, 1) ;
    np.diag(v, -1) ; np.diagflat(x) ; np.trace(A) ; np.trace(S) ; np.trace(S, 1) ; np.tril(A) ;
    np.triu(S, 1) ; np.linalg.det(A) ; np.linalg.inv(A) ; np.linalg.inv(o) ; np.linalg.det(o) ;
    np.linalg.pinv(X) ; np.linalg.slogdet(A @ A.T)[1] ; np.linalg.slogdet(A @ A.T)[0] ;
    np.linalg.solve(A, x) ; np.linalg.solve(A, X) ; np.linalg.solve(A, c) ;
    np.linalg.cholesky(A @ A.T) ; np.linalg.matrix_power(A, 3) ; np.linalg.matrix_power(A, 0) ;
    np.linalg.matrix_power(A, -2) ; np.linalg.matrix_power(A, 1) ;
    np.linalg.eigvalsh(A + A.T)[-1] ; np.linalg.eigvalsh(A + A.T)[0] ; np.linalg.svdvals(X)[0] ;
    np.linalg.svdvals(X).sum() ; np.linalg.svd(X, compute_uv=False)[0] ; L.expm(A) ;
    L.logdet(A @ A.T) ; np.kron(A, B) ; np.kron(x, y) ; np.kron(X, Y) ; np.kron(d, c) ;
    np.dot(x, u) ; np.dot(X, y) ; np.dot(A, X) ; np.dot(t, X) ; np.vdot(x, u) ; np.vdot(X, Y) ;
    np.inner(x, u) ; np.inner(X, Y) ; np.inner(X, y) ; np.inner(t, x) ; np.vecdot(X, Y) ;
    np.tensordot(X, Y) ; np.tensordot(A, X, axes=1) ; np.tensordot(X, Y, axes=([0], [0])) ;
    np.tensordot(X, Y, axes=([1, 0], [1, 0])) ; np.tensordot(x, X, axes=([0], [0])) ;
    np.linalg.multi_dot([A, X, B]) ; np.linalg.multi_dot([x, X, y]) ;
    np.einsum('ij,jk->ik', A, X) ; np.einsum('ij,jk', A, X) ; np.einsum('ij->ji', X) ;
    np.einsum('ji', X) ; np.einsum('ij->', X) ; np.einsum('ij->i', X) ; np.einsum('ij->j', X) ;
    np.einsum('ii->', A) ; np.einsum('ii->i', A) ; np.einsum('ii', A) ;
    np.einsum('i,i->', x, u) ; np.einsum('i,i->i', x, u) ; np.einsum('i,j->ij', x, y) ;
    np.einsum('i,j->ji', x, y) ; np.einsum('ij,ij->', X, Y) ; np.einsum('ij,ij->i', X, Y) ;
    np.einsum('ij,ij->ij', X, Y) ; np.einsum('ij,ji->', A, A) ; np.einsum('ij,ji->ij', A, A) ;
    np.einsum('i,ij,j->', x, X, y) ; np.einsum('i,ij->ij', x, X) ; np.einsum('i,ij->ji', x, X) ;
    np.einsum('i,ij->j', x, X) ; np.einsum('ij,i,j->ij', X, x, y) ;
    np.einsum('ij,kj->ik', X, Y) ; np.einsum('ij,kj,k->i', X, Y, x) ;
    np.einsum('ij,ik->jk', X, Y) ; np.einsum('ij,ik,il->', X, Y, X) ;
    np.einsum('ij,jk,kl,li->', X, B, Y.T, A) ; np.einsum('i,i,i->', x, u, x) ;
    np.einsum('i,j->', x, y) ; np.einsum('ij,kl->', X, Y) ; np.einsum('i,ij,ij->j', x, X, Y) ;
    np.einsum('i,ij,ik->jk', x, X, Y) ; np.einsum(',i->i', t, x) ; np.einsum('i,ij', x, X) ;
    np.einsum('...i,i->...', X, y) ; np.einsum(X, [0, 1], y, [1], [0]) ;
    np.einsum('ij,j->ij', X, y) ; np.einsum('i,jk->ij', x, B) ; np.einsum('ii,i->i', A, x) ;
    np.einsum('ij,i->', X, x) ; np.einsum('ij,jk,ik->', A, X, X) ; x[0] ; x[-1] ; x[:2] ;
    z[::2] ; z[::-1] ; z[1:3] ; z[-3:-1] ; x[0:1] ; X[0] ; X[0, 1] ; X[-1, -1] ; X[:, 0] ;
    X[:, 1:3] ; X[0:1] ; X[:, [0]] ; X[0][1] ; X[..., 0] ; X[0, ...] ; x[None, :] ; x[:, None] ;
    x[None] + y[:, None] ; x[..., None] * y ; c[0] ; c[:, 0] ; c[0, 0] ; d[0] ; d[0, 1] ;
    d[0, -1] ; o[0, 0] ; S[[0, 2]] ; S[:, [1, 1, 3]] ; S[[0, 2], [1, 3]] ;
    S[np.array([True, False, True])] ; S[mask] ; S[np.arange(3), [0, 3, 1]] ; S[[0, 1], 2] ;
    S[1, [0, 2]] ; z[[3, 0]] ; z[np.array([[0, 1], [2, 3]])] ; np.take(S, [0, 5]) ;
    np.take(S, [0, 2], axis=1) ; S[:2][:, [1, 2]] ; np.concatenate([x, y]) ;
    np.concatenate([X, Y]) ; np.concatenate([X, Y], axis=1) ; np.concatenate([X, A], axis=1) ;
    np.concatenate([X, B]) ; np.concatenate([X, Y], axis=None) ; np.concatenate([c, X], axis=1) ;
    np.concatenate([d, X]) ; np.hstack([x, y]) ; np.hstack([X, A]) ; np.vstack([x, u]) ;
    np.vstack([X, y]) ; np.column_stack([x, u]) ; np.column_stack([x, X]) ; np.stack([x, u]) ;
    np.stack([x, u], axis=1) ; np.block([[A, X], [X.T, B]]) ; np.append(x, y) ; np.roll(z, 1) ;
    np.flip(z) ; np.flip(S, 0) ; np.repeat(z, 2) ; np.tile(z, 2) ; np.rot90(S) ; np.pad(z, 1) ;
    np.insert(z, 1, 5.0) ; np.delete(z, 1) ; np.diff(z) ; np.diff(z, 2) ; np.split(z, 2)[0] ;
    np.hsplit(S, 2)[1] ; np.trapezoid(z) ; np.cov(X) ; np.cov(X, rowvar=False) ; np.corrcoef(S) ;
    np.average(x) ; np.average(x, weights=u) ; np.average(X, axis=1, weights=y) ;
    np.polyval([1.0, 2.0, 3.0], x) ; np.polyval(z, t) ; X.sum() / X.shape[0] ;
    X.sum() * X.shape[0] ; X.sum() * X.shape[0] ** 2 ; 1 / X.shape[0] * X ;
    0.5 * X.shape[1] * np.log(2 * np.pi) + t ; np.log(X.shape[0]) + t ; np.sqrt(X.shape[1]) * t ;
    X.shape[0] - 1 + t ; t / (X.shape[0] - 1) ; t - X.shape[0] ; -X.shape[0] * t ; X.size * t ;
    X.ndim * t ; x.size + t ; (X.shape[0] + X.shape[1]) * t ; X.shape[0] / X.shape[1] * t ;
    np.float64(2) * X.shape[0] * t ; len(z) * t ; sum(z[i] ** 2 for i in range(4)) ;
    sum(row @ z for row in S) ; np.ones(3) @ S ; np.eye(3) @ S ; 2 * np.eye(4) + S.T @ S ;
    np.arange(4.0) @ z ; np.arange(12.0).reshape(3, 4) * S ; S + np.arange(4.0) ;
    S + np.arange(3.0)[:, None] ; S + np.ones((1, 4)) ; S @ np.arange(4.0) ;
    np.arange(3.0)[:, None] @ z[None] ; np.add.outer(x, y) ; np.subtract.outer(x, y) ;
    np.multiply.outer(x, y) ; np.add.reduce(X) ; np.add.reduce(X, axis=1) ; np.real(X) ;
    np.conj(x) @ u ; X.astype(float) ; X.copy() @ y ; X.dot(y) ; A.trace() ; A.diagonal() ;
    x.clip(0, 0.5) ; x.var() ; X.std(0) ; x.dot(u) ; X.prod() ; X.squeeze() ; A @ x @ x ;
    x @ A @ x * np.eye(3) ; x.real ; abs(x) ; +x ; -X ; x - X.T ; X.T - x ; X @ y - x ;
    (X @ y - x) @ (X @ y - x) ; x[:, None] - u ; np.exp(-(x[:, None] - u) ** 2) ;
    (x ** 2)[:, None] + u ** 2 - 2 * np.outer(x, u) ; np.sum(X, where=X > 0.5) ;
    np.prod(X.shape) * t ; X.shape == Y.shape ; np.stack([X[0], X[1]]) ;
    np.linalg.norm(X[0] - X[1]) ; np.matmul(X, y) ; np.sum(np.stack([x, u]), axis=0) ;
    np.outer(X, y) ; np.outer(c, d) ; x[()]
"""
#: These as well, and their parts that end at a letter as soon as the table knows how long they are.
SLICES = """
    x[1:] ; x[:-1] ; x[-2:] ; X[-1] ; X[:, -1] ; X[1:, :] ; X[1:] ; X[1:, :-1] ; np.diff(x) ;
    np.diff(X, axis=0) ; np.trapezoid(x) ; (X[0] + X[1])[2:]
"""


def expressions(text):
    return [expression.strip() for expression in text.replace("\n", " ").split(" ; ")]


def function_of(expression):
    names = {"np": np, "L": L, "mask": MASK}
    return eval(f"lambda {', '.join(DATA)}: {expression}", names)


def valued(term, constants):
    values = {name: rows(x) for name, x in {**DATA, **constants}.items()}
    return value(term, values, SIZES)


def test_values_are_those_of_numpy():
    for expression in expressions(READ):
        f = function_of(expression)
        found = trace(f, "X", WHERE)
        close(valued(found.term, found.constants), f(**DATA))


def agree(expression):
    """The gradient of a sum of squares in each name, against the numeric readers."""
    f = function_of(f"np.sum(({expression}) ** 2)")
    for name in DATA:
        if re.search(rf"(?<![\w.]){name}(?![\w(=])", expression):
            true = L.gradient(lambda v, name=name: f(**{**DATA, name: v}), DATA[name])
            d = derive(f, name, WHERE)
            close(valued(d.gradient, d.parsed.constants), true)


@pytest.mark.filterwarnings("ignore::lecturelib.KinkWarning")
def test_gradients_of_numpy_code_are_those_of_the_numeric_readers():
    for expression in expressions(READ):
        if not re.search(r"like=|[Xx]\.dot", expression):  # which only formulas read
            agree(expression)


def test_slices_that_end_at_a_letter_are_right_or_refused():
    for expression in expressions(SLICES):
        try:
            agree(expression)
        except UntraceableError as error:
            assert "is not known" in str(error)


def test_differences_of_neighbours():
    f = function_of("np.sum(np.diff(z) ** 2)")
    close(
        valued(derive(f, "z", WHERE).gradient, {}),
        L.gradient(lambda z: f(**{**DATA, "z": z}), DATA["z"]),
    )


# -- Names, constants, lengths --------------------------------------------------------------------

GLOBAL = np.array([[2.0, 1.0], [0.0, 3.0]])
n_samples = 7


def test_declared_names_from_outside_are_symbols():
    f = lambda X: np.trace(X.T @ A @ X @ B)  # noqa: E731, F821
    assert str(derive(f, "X", "X: m x n; A: m x m; B: n x n").gradient) == "A*X*B + A'*X*B'"

    A = np.ones((2, 2))
    close_over = lambda x: x @ A @ x  # noqa: E731
    d = derive(close_over, "x", "x: n; A: n x n")
    assert str(d.gradient) == "(A + A')*x" and not d.parsed.constants

    nested = lambda w, X: sum((lambda v: v @ G @ v)(w) for _ in range(2))  # noqa: E731, F821
    assert str(derive(nested, "w", "w: n; X: m x n; G: n x n").gradient) == "2*(G + G')*w"


def test_arrays_keep_their_names_and_values():
    local = np.array([1.0, 2.0])
    d = derive(lambda x: x @ GLOBAL @ x + local @ x, "x", "x: 2")
    assert str(d.gradient) == "(GLOBAL + GLOBAL')*x + local"
    np.testing.assert_array_equal(d.parsed.constants["GLOBAL"], GLOBAL)
    np.testing.assert_array_equal(d.parsed.constants["local"], local[:, None])
    assert str(derive(lambda x: GLOBAL.T @ x, "x", "x: 2").value) == "GLOBAL'*x"
    d = derive(lambda x, A=2 * GLOBAL: x @ A @ x, "x", "x: 2")
    assert str(d.value) == "x'*A*x"


def test_arrays_without_a_name_are_numbered():
    d = derive(
        lambda x: x @ (GLOBAL + 1) @ x + (GLOBAL + 1)[0] @ x + x @ (GLOBAL + 1) @ x, "x", "x: 2"
    )
    assert list(d.parsed.constants) == ["C_1", "C_2"]
    assert "C_1 is an array of shape (2, 2) in the function" in d.notes
    taken = derive(lambda C_1, x: x @ (GLOBAL + 1) @ x * C_1, "x", "x: 2; C_1: scalar")
    assert list(taken.parsed.constants) == ["C_2"]


def test_numbers_ones_and_identities_are_what_they_are():
    d = derive(
        lambda X: np.trace(X @ (2 * np.eye(3))) + np.ones(3) @ X @ np.zeros(3), "X", "X: 3 x 3"
    )
    assert str(d.gradient) == "2*eye(3)" and not d.parsed.constants
    assert str(derive(lambda x: -2.0 * x, "x", "x: n").value) == "-2*x"


def test_lengths_that_are_letters_count():
    d = derive(lambda X: np.sum(X) / X.shape[0] + X.size * n_samples, "X", "X: m x n")
    assert str(d.gradient) == "ones(m, n)/m"
    assert str(derive(lambda x: np.sum(x) / n, "x", "x: n").gradient) == "ones(n)/n"  # noqa: F821
    assert str(derive(lambda x: x.sum() / len(x), "x", "x: 3").gradient) == "ones(3)/3"


def test_parameters_are_found_by_name_or_by_place():
    assert str(derive(np.linalg.det, "X", "X: n x n").gradient) == "det(X)*inv(X)'"
    assert derive(np.exp, "x", "x: n").check()
    partial = functools.partial(lambda A, x: x @ A @ x, GLOBAL)
    assert derive(partial, "x", "x: 2").value.shape == ()
    assert str(derive(lambda *, x: x @ x, "x", "x: n").gradient) == "2*x"


def test_vectors_and_columns_are_told_apart():
    assert trace(lambda x: x * x.T, "x", "x: n").term.shape[1] == 1
    assert str(trace(lambda x: x * x.T, "x", "x: n x 1").term) == "x*x'"
    assert str(trace(lambda x: x @ x.T, "x", "x: 1 x n").term) == "x*x'"


def test_no_reshape_is_seen_in_a_derivation():
    for text, f, wrt, where in PAIRS:
        if "vec(" not in text:
            d = derive(f, wrt, where)
            shown = [str(step.expression) for step in d.steps] + [str(d.gradient)]
            assert not any("reshape" in line for line in shown), shown


def test_the_steps_are_right():
    for _, f, wrt, where in PAIRS[::4]:
        assert derive(f, wrt, where).check()


# -- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "where", "sentence"),
    [
        (lambda x: x.sum() if x.sum() > 0 else 0, "x: n", "Write np.where"),
        (lambda x: max(x[0], 0), "x: n", "np.maximum"),
        (lambda x: sum(x[i] for i in range(len(x))), "x: n", "A loop over the size n"),
        (lambda x: sum(x), "x: n", "Declare sizes as numbers"),
        (lambda X: X + np.eye(X.shape[0]), "X: n x n", "np.eye(n, like=X)"),
        (lambda X: np.ones(X.shape) * X, "X: m x n", "size"),
        (lambda X: np.tile(X, 2), "X: m x n", "A loop over the size"),
        (lambda x: float(x.sum()), "x: n", "np.exp(x) instead of math.exp(x)"),
        (lambda x: math.exp(x[0]), "x: n", "np.exp(x) instead of math.exp(x)"),
        (lambda X: X.sum() * math.log(X.shape[0]), "X: m x n", "np.log(n)"),
        (lambda x: np.array([x[0], x[1]]), "x: n", "np.stack([...]) instead of np.array"),
        (lambda x: x.__setitem__(0, 1.0), "x: n", "an item assignment"),
        (lambda x: np.sort(x), "x: n", "np.argsort looks at the entries"),
        (lambda x: x[x > 0], "x: n", "An index looks at the entries"),
        (lambda x: x == 0, "x: n", "== looks at the entries"),
        (lambda x: np.linalg.norm(x, 0), "x: n", "looks at the entries"),
        (lambda X: X[:, None] - X[None], "X: m x n", "has 3 axes"),
        (lambda X: np.einsum("ij,ik,il->jkl", X, X, X), "X: m x n", "einsum gives an array"),
        (lambda X: np.einsum("ij,ik,il,jkl", X, X, X, X), "X: m x n", "names the axes"),
        (lambda X: np.linalg.svd(X, full_matrices=False)[0], "X: m x n", "An output of svd"),
        (lambda X: np.linalg.eigvalsh(X)[1], "X: n x n symmetric", "An output of eigh"),
        (lambda X: X.reshape(-1, 2), "X: m x n", "depends on the size"),
        (lambda X: X.sum() / (X.shape[0] // 2), "X: m x n", "depends on the size"),
        (lambda X: X if X.shape[0] > X.shape[1] else X.T, "X: m x n", "depends on the sizes"),
        (lambda x: x[::2], "x: n", "A step of 2"),
        (lambda x: x[True], "x: n", "has no part"),
        (lambda x: x[0, 0], "x: n", "has no part"),
        (lambda x: x[5], "x: 4", "An axis of length 4 has no entries"),
        (lambda x: x[3:2], "x: 4", "has no entries"),
        (lambda x: np.linalg.pinv(x), "x: 1 x 1", "a matrix of one entry"),
        (lambda X: np.diag(X), "X: m x n", "has no length"),
        (lambda X: np.trace(X), "X: m x n", "A square matrix is needed"),
        (lambda X: X @ X, "X: m x n", "do not multiply"),
        (lambda X: X @ GLOBAL, "X: m x n", "declare all by numbers"),
        (lambda X: np.broadcast_to(X, (2, 2)), "X: m x n", "do not meet"),
        (lambda x: np.concatenate([x[None], x[:, None]]), "x: n", "are not joined along axis 0"),
        (lambda x: np.fft.fft(x), "x: n", "multiply by its matrix"),
        (lambda x: np.percentile(x, 3), "x: n", "There is no derivative rule"),
        (lambda x: x.sum(axis=1), "x: n", "out of bounds"),
        (lambda x: x * np.inf, "x: n", "finite"),
        (lambda x: x * 1j, "x: n", "hold real numbers"),
        (lambda x: (x, x), "x: n", "Return one array"),
        (lambda x: None, "x: n", "Return one array"),
        (lambda x, A: x, "x: n", "The parameter A of <lambda> is not declared"),
        (lambda x: x, "", "is not declared"),
        (lambda x: x << 2, "x: n", "is not read"),
    ],
)
def test_what_letters_cannot_do_is_refused_in_a_sentence(f, where, sentence):
    with pytest.raises((UntraceableError, ValueError, IndexError, ParseError)) as caught:
        trace(f, "x", where)
    assert sentence in str(caught.value)


def test_an_error_of_the_function_is_its_own():
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: x / (1 // 0), "x", "x: n")
    with pytest.raises(ParseError, match="the names are x"):
        trace(lambda x: x, "w", "x: n")


def test_symbols_do_without_numpy():
    code = "import sys, lecturelib.symbols.derive; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
