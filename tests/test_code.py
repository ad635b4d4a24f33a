"""Code: what is generated runs, and its own tests tell right from wrong."""

from __future__ import annotations

import ast
import importlib.util
import warnings
from typing import Any

import numpy as np
import pytest
import sympy

from lecturelib import derive
from lecturelib import table as r
from lecturelib.symbols import Number, Symbol, evaluate
from lecturelib.symbols.code import CodeError, code, to_sympy
from lecturelib.symbols.terms import Expression, Identity, Ones
from lecturelib.table import TABLE

LANGUAGES = [
    pytest.param(
        language,
        marks=pytest.mark.skipif(
            importlib.util.find_spec(language) is None, reason=f"{language} is not installed"
        ),
    )
    for language in ("numpy", "jax", "torch")
]


def symbol(name: str, *shape: Any, flags: str = "") -> Any:
    made: Any = Symbol(name, shape=shape)
    made.flags = frozenset(flag.strip() for flag in flags.split(",") if flag.strip())
    return made


def number(M: Any) -> Any:
    return r.reshape(M, shape=())


def flat(x: Any) -> Any:
    return r.reshape(x, shape=(x.shape[0],))


def column(x: Any) -> Any:
    return r.reshape(x, shape=(x.shape[0], 1))


def zeros(*shape: Any) -> Any:
    made = Number(0)
    made.shape = shape
    return made


def rows(X: Any) -> Any:
    return r.sum(X, axis=1, keepdims=True)


def columns(X: Any) -> Any:
    return r.sum(X, axis=0, keepdims=True)


X, Y, C = symbol("X", "m", "n"), symbol("Y", "m", "n"), symbol("C", "n", "m")
A, B, W = symbol("A", "m", "m"), symbol("B", "n", "n"), symbol("W", "n", "p")
x, v, b, d = symbol("x", "n", 1), symbol("v", "n", 1), symbol("b", "m", 1), symbol("d", "m", 1)
row, t, k = symbol("row", 1, "m"), symbol("t"), symbol("k", flags="integer")
Q, S = symbol("Q", "n", "n"), symbol("S", "n", "n", flags="positive definite")
M = symbol("M", "n", "n", flags="symmetric")
n, m = symbol("n"), symbol("m")
I = Identity(Q.shape[0])
ones_n, ones_m = Ones((Q.shape[0], 1)), Ones((A.shape[0], 1))
residual = X @ x - b
inverse = r.inv(Q)
sigmoid, tanh, exp, log, norm = r.sigmoid, r.tanh, r.exp, r.log, r.norm
softmax_x = r.softmax(x, axis=0)
normed = norm(X)
gram = X.T @ X
F = X @ W
P = r.pinv(X)
K, c = (
    symbol("K", A.shape[0] * B.shape[0], A.shape[0] * B.shape[0]),
    symbol("c", C.shape[0] * C.shape[1], 1),
)
L = r.cholesky(S)
w, V = r.eigh(M)

#: f, its gradient by hand, the symbols, the first of which varies.
CASES: dict[str, tuple[Any, Any, list[Any]]] = {
    "tr(X'AXB)": (r.trace(X.T @ A @ X @ B), A @ X @ B + A.T @ X @ B.T, [X, A, B]),
    "x'Qx": (number(x.T @ Q @ x), Q @ x + Q.T @ x, [x, Q]),
    "b'Xx in X": (number(b.T @ X @ x), b @ x.T, [X, b, x]),
    "b'Xx in x": (number(b.T @ X @ x), X.T @ b, [x, X, b]),
    "least squares": (number(residual.T @ residual), 2 * (X.T @ residual), [x, X, b]),
    "ridge": (
        number(residual.T @ residual) + t * number(x.T @ x),
        2 * (X.T @ residual) + 2 * t * x,
        [x, X, b, t],
    ),
    "its penalty": (t * number(x.T @ x), number(x.T @ x), [t, x]),
    "mean of squares": (number(residual.T @ residual) / m, 2 * (X.T @ residual) / m, [x, X, b]),
    "||X||": (normed, X / normed, [X]),
    "||Xx - b||": (norm(residual), X.T @ residual / norm(residual), [x, X, b]),
    "tr(X)^2": (r.trace(Q) ** 2, 2 * r.trace(Q) * I, [Q]),
    "det": (r.det(Q), r.det(Q) * inverse.T, [Q]),
    "adjugate": (r.det(Q), r.adjugate(Q, r.det(Q)).T, [Q]),
    "det of X'X": (r.det(gram), 2 * r.det(gram) * (X @ r.inv(gram)), [X]),
    "log det": (r.slogdet(Q)[1], inverse.T, [Q]),
    "log det of X'SX": (
        r.slogdet(C.T @ S @ C)[1],
        2 * (S @ C @ r.inv(C.T @ S @ C)),
        [C, S],
    ),
    "inverse in a quadratic form": (
        number(x.T @ inverse @ v),
        -inverse.T @ x @ v.T @ inverse.T,
        [Q, x, v],
    ),
    "x'inv(S)x": (number(x.T @ r.inv(S) @ x), 2 * (r.inv(S) @ x), [x, S]),
    "inverse solved twice": (
        number(x.T @ r.inv(Q) @ r.inv(S) @ v),
        r.inv(Q) @ r.inv(S) @ v,
        [x, Q, S, v],
    ),
    "tr(B inv(Q))": (r.trace(B @ inverse), -(inverse @ B @ inverse).T, [Q, B]),
    "solve": (number(x.T @ r.solve(Q, v)), r.inv(Q.T) @ x, [v, x, Q]),
    "entrywise chain": (r.sum(tanh(X @ W)), (1 - tanh(F) ** 2) @ W.T, [X, W]),
    "sigmoid": (r.sum(sigmoid(X)), sigmoid(X) * sigmoid(-X), [X]),
    "exp": (r.sum(exp(-X * X)), -2 * (X * exp(-X * X)), [X]),
    "log": (r.sum(log(X)), 1 / X, [X]),
    "log of a sum": (log(r.sum(exp(x))), softmax_x, [x]),
    "sqrt": (r.sum(r.sqrt(X)), 1 / (2 * r.sqrt(X)), [X]),
    "sin, cos": (r.sum(r.sin(X) * Y), r.cos(X) * Y, [X, Y]),
    "abs": (r.sum(r.abs(X)), r.sign(X), [X]),
    "relu": (r.sum(r.relu(X) * Y), (X > 0) * Y, [X, Y]),
    "step in a product": (number(x.T @ r.relu(v)), (v > 0) * x, [v, x]),
    "power": (r.sum(X**3), 3 * X**2, [X]),
    "quotient": (r.sum(Y / X), -Y / (X * X), [X, Y]),
    "Hadamard": (r.trace(C @ (X * X)), 2 * (C.T * X), [X, C]),
    "scaled rows": (r.sum(b * X * Y), b * Y, [X, b, Y]),
    "scaled columns": (r.sum(x.T * X), ones_m @ x.T, [X, x]),
    "scalings": (r.sum(d * X * x.T), X.T @ d, [x, X, d]),
    "row sums": (number(b.T @ rows(X)), b @ ones_n.T, [X, b]),
    "column sums": (number(columns(X) @ x), ones_m @ x.T, [X, x]),
    "mean": (r.mean(X * X), 2 * X / (m * n), [X]),
    "softmax": (number(v.T @ softmax_x), softmax_x * v - softmax_x @ v.T @ softmax_x, [x, v]),
    "softmax of columns": (
        r.sum(r.softmax(X, axis=0) * Y),
        r.softmax(X, axis=0) * (Y - columns(r.softmax(X, axis=0) * Y)),
        [X, Y],
    ),
    "logsumexp": (number(r.logsumexp(x, axis=0, keepdims=True)), softmax_x, [x]),
    "logsumexp of rows": (
        r.sum(r.logsumexp(X, axis=1, keepdims=True)),
        r.softmax(X, axis=1),
        [X],
    ),
    "diag of a vector": (
        r.trace(Q @ r.diag(flat(x)) @ B),
        column(r.diagonal(B @ Q)),
        [x, Q, B],
    ),
    "diagonal": (number(x.T @ column(r.diagonal(Q))), r.diag(flat(x)), [Q, x]),
    "vec": (
        number(c.T @ r.reshape(r.vec(C), shape=(C.shape[0] * C.shape[1], 1))),
        r.reshape(c, shape=("n", "m"), order="F"),
        [C, c],
    ),
    "kron": (
        r.trace(r.kron(A, B) @ K),
        r.einsum(
            r.reshape(K.T, shape=("m", "n", "m", "n")),
            B,
            subscripts="ikjl,kl->ij",
        ),
        [A, B, K],
    ),
    "entry": (X[0, 1] ** 2, r.scatter(2 * X[0, 1], index=(0, 1), shape=X.shape), [X]),
    "entry of a column": (
        x[1, 0] ** 3,
        r.scatter(3 * x[1, 0] ** 2, index=(1, 0), shape=x.shape),
        [x],
    ),
    "row of a matrix": (
        r.sum(X[slice(0, 1), slice(None)] ** 2),
        r.scatter(2 * X[slice(0, 1), slice(None)], index=(slice(0, 1), slice(None)), shape=X.shape),
        [X],
    ),
    "blocks": (
        r.sum(r.concatenate(X, A, axis=1) ** 2),
        2 * X,
        [X, A],
    ),
    "stacked columns": (
        norm(r.concatenate(x, b, axis=0)),
        x / norm(r.concatenate(x, b, axis=0)),
        [x, b],
    ),
    "columns beside each other": (r.sum(r.concatenate(b, d, X, axis=1) ** 3), 3 * b**2, [b, d, X]),
    "row vectors": (r.sum(row @ X), ones_n.T @ X.T, [row, X]),
    "rows and entries": (
        r.sum(tanh(row @ X + x.T)),
        (1 - tanh(row @ X + x.T) ** 2) @ X.T,
        [row, X, x],
    ),
    "row forms": (number(row @ A @ row.T), row @ A.T + row @ A, [row, A]),
    "tril": (r.trace(B @ r.tril(Q)), r.tril(B.T), [Q, B]),
    "trace product": (r.trace_product(A.T, A @ A), A @ A + A @ A.T + A.T @ A, [A]),
    "expm": (r.trace(r.expm(Q)), r.expm(Q).T, [Q]),
    "tr(B expm(Q))": (r.trace(B @ r.expm(Q)), r.expm_frechet(Q.T, B.T), [Q, B]),
    "tr(B logm(Q))": (r.trace(B @ r.logm(Q)), r.logm_frechet(Q.T, B.T), [Q, B]),
    "tr(B sqrtm(Q))": (
        r.trace(B @ r.sqrtm(Q)),
        r.sylvester(r.sqrtm(Q).T, r.sqrtm(Q).T, B.T),
        [Q, B],
    ),
    "pinv": (
        r.trace(C.T @ P),
        -P.T @ C @ P.T
        + (Identity(A.shape[0]) - X @ P) @ C.T @ P @ P.T
        + P.T @ P @ C.T @ (I - P @ X),
        [X, C],
    ),
    "nuclear norm": (r.nuclear_norm(X), r.polar(X), [X]),
    "spectral norm": (
        r.spectral_norm(X),
        column(r.svd(X)[1][:, 0]) @ column(r.svd(X)[2][0]).T,
        [X],
    ),
    "cholesky": (
        r.trace(B @ L),
        r.inv(L).T @ (r.tril(L.T @ B.T) - r.diag(r.diagonal(L.T @ B.T)) / 2) @ r.inv(L),
        [S, B],
    ),
    "eigenvalues": (w[0], column(V[:, 0]) @ column(V[:, 0]).T, [M]),
    "gaps of eigenvalues": (
        r.sum(w**2),
        2 * V @ r.diag(w) @ V.T,
        [M],
    ),
    "Rayleigh quotient": (
        number(x.T @ S @ x) / number(x.T @ x),
        2 * (S @ x) / number(x.T @ x) - 2 * number(x.T @ S @ x) / number(x.T @ x) ** 2 * x,
        [x, S],
    ),
    "scalar variable": (
        number(x.T @ r.inv(S + t * I) @ x),
        -number(x.T @ r.inv(S + t * I) @ r.inv(S + t * I) @ x),
        [t, S, x],
    ),
    "length that no argument has": (r.slogdet(exp(t) * I)[1], n, [t]),
    "zero": (r.sum(Y), zeros("m", "n"), [X, Y]),
    "ones": (r.sum(X), Ones(X.shape), [X]),
    "erf": (r.sum(r.erf(X) * Y), 2 * exp(-X * X) * Y / 1.7724538509055160273, [X, Y]),
    "gammaln": (r.sum(r.gammaln(X)), r.digamma(X), [X]),
    "symmetric variable": (r.trace(M @ B @ M), B @ M + M @ B, [M, B]),
}


def generated(name: str, language: str = "numpy", gradient: Any = None) -> str:
    f, right, symbols = CASES[name]
    return code({"f": f, "gradient": right if gradient is None else gradient}, symbols, language)


def run(source: str) -> dict[str, Any]:
    """Run a module with all its tests."""
    space: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source, "generated", "exec"), space)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name in [name for name in space if name.startswith("test_")]:
            space[name]()
    return space


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_gradient_passes_its_own_test(name: str, language: str) -> None:
    try:
        source = generated(name, language)
    except CodeError as error:
        assert language != "numpy", error
        pytest.skip(str(error))
    run(source)


@pytest.mark.parametrize("name", CASES)
def test_wrong_gradient_fails_the_generated_test(name: str) -> None:
    right = CASES[name][1]
    wrong = right * 1.001 if name != "zero" else Ones(X.shape) / 1000
    with pytest.raises(AssertionError, match="is not"):
        run(generated(name, gradient=wrong))


@pytest.mark.parametrize("language", ["numpy", "jax", "torch"])
def test_code_compiles_and_its_lines_are_short(language: str) -> None:
    for name in CASES:
        try:
            source = generated(name, language)
        except CodeError:
            continue
        ast.parse(source)
        assert max(map(len, source.splitlines())) <= 100, name


def body(term: Expression, *symbols: Any, language: str = "numpy") -> str:
    """The lines that compute a term."""
    source = code({"value": term}, list(symbols), language).partition("    ")[2]
    return "\n".join(line.strip() for line in source.splitlines())


def test_code_reads_as_one_writes_it() -> None:
    assert body(number(x.T @ Q @ x), x, Q) == "return x @ Q @ x"
    assert body(b @ x.T, b, x) == "return np.outer(b, x)"
    assert body(X @ W @ symbol("z", "p", 1), X, W, symbol("z", "p", 1)) == "return X @ (W @ z)"
    assert body(inverse @ x, Q, x) == "return np.linalg.solve(Q, x)"
    assert body(x.T @ inverse, Q, x) == "return np.linalg.solve(Q.T, x)[None, :]"
    assert body(r.slogdet(Q)[1], Q) == "return np.linalg.slogdet(Q)[1]"
    assert body((A @ X) * Y, A, X, Y) == "return (A @ X) * Y"
    assert body(A @ (X * Y), A, X, Y) == "return A @ (X * Y)"
    assert body(t * (A @ X), t, A, X) == "return t * A @ X"
    assert body(X - (Y - X), X, Y) == "return X - (Y - X)"
    assert body(-(x + v), x, v) == "return -(x + v)"
    assert body(x / number(x.T @ v), x, v) == "return x / (x @ v)"
    assert body(x**2 / 2, x) == "return x**2 / 2"
    assert body((x + v) ** 2, x, v) == "return (x + v) ** 2"


def test_what_occurs_twice_is_computed_once() -> None:
    lines = body(-inverse.T @ B @ inverse.T, Q, B)
    assert lines == "Q_inv = np.linalg.inv(Q)\nreturn -Q_inv.T @ B @ Q_inv.T"
    lines = body(2 * (r.sigmoid(X @ W) * (1 - r.sigmoid(X @ W))) @ W.T, X, W)
    assert lines.count("expit") == lines.count("X @ W") == 1


def test_the_zero_of_a_resolvent_is_not_left_to_a_tolerance() -> None:
    """An eigenvalue is off by some rounding errors, which a pseudo-inverse may take for more."""
    scope: dict[str, Any] = {}
    resolvent = r.pinv(r.lambda_max(M) * I - M)
    exec(code({"value": resolvent}, [M]), scope)
    for seed in range(30):
        A = np.random.default_rng(seed).standard_normal((100, 100))
        A = (A + A.T) / 2
        w = np.linalg.eigvalsh(A)
        size = np.linalg.norm(scope["value"](A), 2)
        assert np.isclose(size, 1 / (w[-1] - w[-2]), rtol=1e-6), seed
    other = body(r.pinv(r.lambda_max(M) * I - B), M, B)
    assert other.endswith("np.linalg.pinv(np.linalg.eigvalsh(M)[-1] * np.eye(n) - B)")


def test_lengths_are_read_off_the_arguments() -> None:
    assert body(Q + I, Q) == "n = len(Q)\nreturn Q + np.eye(n)"
    assert body(X + Ones(X.shape), X) == "m, n = X.shape\nreturn X + np.ones((m, n))"
    assert "torch.eye(n, dtype=torch.float64)" in body(Q + I, Q, language="torch")


def test_long_terms_are_broken_into_named_parts() -> None:
    long = X
    for _ in range(12):
        long = A @ r.tanh(long + Y)
    source = code({"f": r.sum(long)}, [X, A, Y])
    assert max(map(len, source.splitlines())) <= 100
    space = run(source)
    rng = np.random.default_rng(0)
    values = {"X": rng.random((2, 3)), "A": rng.random((2, 2)), "Y": rng.random((2, 3))}
    assert space["f"](**values) == pytest.approx(evaluate(r.sum(long), values), rel=1e-12)


def test_values_have_the_declared_shapes() -> None:
    """Columns have one axis, rows two, and numbers none."""
    rng = np.random.default_rng(0)
    values = {"X": rng.random((2, 3)), "x": rng.random(3), "b": rng.random(2)}
    for term, shape in (
        (X @ x, (2,)), (b.T @ X, (1, 3)), (b @ x.T, (2, 3)), (number(b.T @ X @ x), ()),
        (x.T, (1, 3)), (r.concatenate(x, x, axis=1), (3, 2)), (rows(X), (2,)),
        (r.softmax(x, axis=1), (3,)), (r.kron(x, b), (6,)), (column(r.vec(X)), (6,)),
    ):  # fmt: skip
        space = run(code({"value": term}, [X, x, b]))
        got = space["value"](**values)
        columns_given = {n: a if n == "X" else a[:, None] for n, a in values.items()}
        assert np.shape(got) == shape, term
        expected = evaluate(term, columns_given)
        np.testing.assert_allclose(got, np.reshape(expected, shape), rtol=1e-13)


H = symbol("H", "m", "n")
DERIVATIVES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "of a matrix": ({"f": X.T @ A @ X, "differential": H.T @ A @ X + X.T @ A @ H}, [X, A]),
    "of a column": ({"f": X @ x, "differential": H @ x}, [X, x]),
    "of a row": ({"f": b.T @ X, "differential": b.T @ H}, [X, b]),
    "second": (
        {
            "f": r.trace(X.T @ A @ X @ B),
            "gradient": A @ X @ B + A.T @ X @ B.T,
            "hessian": A @ H @ B + A.T @ H @ B.T,
            "differential": r.trace(H.T @ (A @ X @ B + A.T @ X @ B.T)),
        },
        [X, A, B],
    ),
    "power": (
        {
            "f": r.trace(B @ r.matrix_power(Q, k)),
            "gradient": r.power_frechet(Q.T, k, B.T),
        },
        [Q, B, k],
    ),
    "power in a product": (
        {"f": r.trace(r.matrix_power(Q, k)), "gradient": k * r.matrix_power(Q, k - 1).T},
        [Q, k],
    ),
    "root": (
        {
            "f": r.trace(B @ r.real_power(S, t)),
            "gradient": r.real_power_frechet(S, t, (B + B.T) / 2),
        },
        [S, B, t],
    ),
    "log det": ({"f": r.logdet(Q), "gradient": inverse.T}, [Q]),
    "softplus": ({"f": r.sum(r.softplus(X)), "gradient": sigmoid(X)}, [X]),
    "step": ({"f": r.sum(r.relu(X)), "gradient": r.step(X)}, [X]),
    "largest eigenvalue": (
        {
            "f": r.lambda_max(M),
            "gradient": r.eigenvector_max(M) @ r.eigenvector_max(M).T,
        },
        [M],
    ),
    "smallest eigenvector": (
        {
            "f": number(x.T @ r.eigenvector_min(M)),
            "gradient": r.eigen_pinv(M, r.lambda_min(M)) @ x @ r.eigenvector_min(M).T,
        },
        [M, x],
    ),
    "sine": (
        {"f": r.trace(B @ r.sinm(Q)), "gradient": r.sinm_frechet(Q.T, B.T)},
        [Q, B],
    ),
    "cosine": (
        {"f": r.trace(B @ r.cosm(Q)), "gradient": r.cosm_frechet(Q.T, B.T)},
        [Q, B],
    ),
    "kron": (
        {"f": r.trace(r.kron(A, B) @ K), "gradient": r.block_inner(K.T, B)},
        [A, B, K],
    ),
    "kron in its second factor": (
        {"f": r.trace(r.kron(A, B) @ K), "gradient": r.block_sum(K.T, A)},
        [B, A, K],
    ),
    "half-vector": (
        {"f": r.sum(r.vech(Q) ** 2), "gradient": 2 * r.unvech(r.vech(Q))},
        [Q],
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_pass_their_own_tests(name: str, language: str) -> None:
    terms, symbols = DERIVATIVES[name]
    try:
        source = code(terms, symbols, language)
    except CodeError as error:
        assert language != "numpy", error
        pytest.skip(str(error))
    space = run(source)
    assert len([name for name in space if name.startswith("test_")]) == len(terms) - 1


def test_wrong_differential_and_hessian_fail() -> None:
    terms = dict(DERIVATIVES["second"][0])
    for kind, wrong in (("hessian", A @ H @ B), ("differential", r.trace(H.T @ A @ X @ B))):
        with pytest.raises(AssertionError, match="is not"):
            run(code(terms | {kind: wrong}, DERIVATIVES["second"][1]))


def test_several_variables() -> None:
    h = symbol("h", "n", 1)
    value = number(x.T @ S @ x)
    source = code(
        {
            "f": value,
            "gradient": {"x": 2 * (S @ x), "S": x @ x.T},
            "hessian": {("x", "x"): 2 * (S @ h), ("S", "x"): h @ x.T + x @ h.T},
        },
        [x, S],
        variables=["x", "S"],
        directions={"x": "h"},
    )
    assert "def hessian_S_x(x, S, h):" in source
    assert {"test_gradient_x", "test_gradient_S", "test_hessian_x_x", "test_hessian_S_x"} <= set(
        run(source)
    )


def sampled(name: str, *shape: Any) -> Any:
    made = symbol(name, *shape)
    made.sample = "i"
    return made


def test_sums_over_samples() -> None:
    x_i, y_i, N = sampled("x_i", "n", 1), sampled("y_i"), r.shapes.Size("N")
    error = y_i - number(x_i.T @ v)
    f = r.sum_over(error**2, index="i", count=N) / symbol("N")
    gradient = r.sum_over(-2 * error * x_i, index="i", count=N) / symbol("N")
    source = code({"f": f, "gradient": gradient}, [v, x_i, y_i])
    assert "sum((y_i - x_i @ v) ** 2 for x_i, y_i in zip(x, y, strict=True)) / N" in source
    space = run(source)
    rng = np.random.default_rng(1)
    data, target, w = rng.random((7, 3)), rng.random(7), rng.random(3)
    assert space["f"](w, data, target) == pytest.approx(np.mean((target - data @ w) ** 2))
    constant = r.sum_over(number(x_i.T @ r.inv(Q) @ x_i), index="i", count=N)
    assert "Q_inv" in (lines := body(constant, Q, x_i)) or "solve" in lines


def test_names_that_python_or_the_module_use() -> None:
    f, np_, word = symbol("f", "n", 1), symbol("np", "n", "n"), symbol("lambda")
    source = code({"f": word * number(f.T @ np_ @ f), "gradient": word * (np_ + np_.T) @ f},
                  [f, np_, word])  # fmt: skip
    assert "def f(f_, np_, lambda_):" in source
    run(source)


def refusal(term: Expression, *symbols: Any, language: str = "numpy", **more: Any) -> str:
    with pytest.raises(CodeError) as error:
        code({"value": term}, list(symbols), language, **more)
    return str(error.value)


def test_what_has_no_code_is_refused_in_a_sentence() -> None:
    assert "PyTorch has no function for 'logm'" in refusal(r.logm(Q), Q, language="torch")
    assert "JAX has no function for 'sinm'" in refusal(r.sinm(Q), Q, language="jax")
    assert "is none of those that are given" in refusal(X @ x, X)
    assert "languages are numpy, jax, torch" in refusal(X, X, language="matlab")
    assert "names no function of a library" in refusal(r.pivot_mask(Q), Q)
    assert "Declare the sizes" in refusal(Identity(r.shapes.Size()) + 1, X)
    both = symbol("H", "m", "n") + symbol("K", "m", "n")
    with pytest.raises(CodeError, match="which is the direction of which"):
        code({"differential": both}, [X])


# -- The whole table ------------------------------------------------------------------------------

PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "reshape": [{"shape": (9,)}, {"shape": (1, 9)}, {"shape": (9, 1), "order": "F"}],
    "broadcast_to": [{"shape": (3, 3)}],
    "getitem": [{"index": (slice(1, 3), 0)}, {"index": (slice(None), slice(0, 2))}],
    "cumsum": [{"axis": 0}],
    "einsum": [{"subscripts": "ij,jk->ki"}],
    "concatenate": [{"axis": 0}, {"axis": 1}],
    "softmax": [{"axis": 0}, {"axis": 1}],
    **dict.fromkeys(("tril", "triu", "diag"), [{}, {"k": 1}]),
    **dict.fromkeys(
        ("sum", "mean", "max", "norm", "logsumexp", "argmax_mask"),
        [{}, {"axis": 0}, {"axis": 1}],
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_computes_what_the_table_computes(language: str) -> None:
    """Each operation of the table that code can write, on a matrix, a vector and a column."""
    rng = np.random.default_rng(0)
    square = rng.random((3, 3))
    definite = (square @ square.T + np.eye(3)) / 9
    written = set()
    for name, operation in TABLE.items():
        for parameters in PARAMETERS.get(name, [{}]):
            for shape in ((3, 3), (3,), (3, 1)):
                values: dict[str, Any] = {}
                for letter in operation.rule.inputs:
                    whole = definite if shape == (3, 3) else np.diag(definite).reshape(shape)
                    values[letter] = 2 if letter in "kn" else 0.5 if letter in "pt" else whole
                if name == "adjugate":
                    values["D"] = np.linalg.det(definite)
                if name == "eigen_pinv":
                    values["t"] = np.linalg.eigvalsh(definite)[0]
                symbols = {n: symbol(n, *np.shape(a)) for n, a in values.items()}
                operands = [Number(2) if n in "kn" else x for n, x in symbols.items()]
                try:
                    terms = operation(*operands, **parameters)
                    terms = terms if isinstance(terms, tuple) else (terms,)
                    expected = [evaluate(term, values) for term in terms]
                except Exception:  # the operation is for other shapes
                    continue
                for term, value in zip(terms, expected, strict=True):
                    try:
                        source = code({"value": term}, list(symbols.values()), language)
                    except CodeError:
                        continue
                    space = run(source)
                    given = [a[:, 0] if np.shape(a) == (3, 1) else a for a in values.values()]
                    if language == "torch":
                        import torch

                        given = [torch.as_tensor(np.asarray(a)) for a in given]
                    got = np.asarray(space["value"](*given))
                    signs = len(terms) > 1  # of eigenvectors
                    np.testing.assert_allclose(
                        np.abs(got) if signs else got,
                        np.reshape(np.abs(value) if signs else value, got.shape),
                        rtol=1e-7, atol=1e-10, err_msg=source,
                    )  # fmt: skip
                    written.add(name)
    if language == "numpy":
        assert set(TABLE) - written <= {
            "scatter", "stack", "where", "take", "sum_over", "unvech", "outer", "general_power",
            "arccosh", "ties", "repeated", "vanishing", "refuse_singular", "pivot_mask",
            "is_complex",
        }  # fmt: skip


# -- SymPy ----------------------------------------------------------------------------------------

a, c2 = symbol("a", 3, 1), symbol("c", 2, 1)
U, Z, G2 = symbol("U", 3, 3), symbol("Z", 2, 3), symbol("G", 3, 3)
s = symbol("s")

SYMPY: dict[str, Any] = {
    "tr(U'ZZ)": r.trace(U.T @ Z.T @ Z),
    "quadratic form": number(a.T @ U @ a),
    "outer": a @ c2.T,
    "sums": Z @ (U + G2) - 2 * Z,
    "number added": r.sum(U) + s,
    "Hadamard": U * G2 / (1 + G2 * G2),
    "scaled rows": c2 * Z,
    "entrywise": exp(Z) + tanh(Z) * sigmoid(Z) - r.softplus(Z) * r.relu(Z),
    "powers": Z**3 + s**2 * Z,
    "inverse": r.inv(U) @ a,
    "solve": r.solve(U, a),
    "det": r.det(U) * r.logdet(U @ U.T),
    "norm": norm(Z) + norm(a) ** 2,
    "row sums": rows(Z),
    "column sums": columns(Z) @ a,
    "mean": r.mean(Z * Z),
    "kron": r.kron(Z, c2),
    "diag": r.diag(flat(a)) @ column(r.diagonal(U)),
    "entry": Z[0, 1] * a[2, 0],
    "block": Z[slice(0, 1), slice(1, 3)],
    "blocks": r.concatenate(U, a, axis=1),
    "matrix power": r.matrix_power(U, 3),
    "identity and ones": U + Identity(3) + Ones((3, 3)) + zeros(3, 3),
    "trace product": r.trace_product(U, G2),
    "scalar": s * exp(s) / (1 + s**2),
}


@pytest.mark.parametrize("name", SYMPY)
def test_sympy_has_the_same_value(name: str) -> None:
    term = SYMPY[name]
    rng = np.random.default_rng(3)
    values: dict[str, Any] = {
        x.name: rng.integers(1, 9, x.shape) / 4 for x in (a, c2, U, Z, G2)
    } | {"s": 0.75}
    values["U"] = values["U"] + 5 * np.eye(3)
    expected = evaluate(term, values)
    expression = to_sympy(term, [a, c2, U, Z, G2, s])
    replaced = {
        sympy.MatrixSymbol(x.name, *x.shape) if x.shape else sympy.Symbol(x.name): (
            sympy.Matrix(values[x.name]) if x.shape else sympy.Float(values[x.name])
        )
        for x in (a, c2, U, Z, G2, s)
    }
    matrix = getattr(expression, "is_Matrix", False)
    got = (expression.as_explicit() if matrix else expression).subs(replaced).doit()
    np.testing.assert_allclose(
        np.array(got.evalf()).astype(float), expected, rtol=1e-12, err_msg=str(expression)
    )


def test_sympy_reads_as_sympy() -> None:
    assert str(to_sympy(r.trace(Q @ r.inv(B)))) == "Trace(Q*B**(-1))"
    assert to_sympy(X @ x).shape == (sympy.Symbol("m", integer=True, positive=True), 1)


def test_sympy_refuses_in_a_sentence() -> None:
    for term in (r.expm(Q), r.cholesky(S), r.svd(X)[1]):
        with pytest.raises(CodeError, match="SymPy has no expression for"):
            to_sympy(term)


def test_the_logarithm_of_a_determinant_does_not_overflow():
    """exp(800) is no floating-point number; the logarithm is."""
    module = run(derive("log(det(X))", "X").numpy())
    assert module["f"](np.e * np.eye(800)) == pytest.approx(800)
    for source in (derive("log(det(X))", "X").jax(), derive("log(det(X))", "X").torch()):
        assert "return" in source and "linalg.slogdet(X)[1]" in source


ONES = [
    ("sum(V'*softmax(K*Q'))", "Q", "K: m x n; Q: p x n; V: m x r"),
    ("sum(layernorm(X, s) .* A)", "X", "X: m x n; A: m x n; s: scalar"),
    ("norm2(A*X*ones(p,p) - b*ones(p)')^2", "X", "X: n x p; A: m x n; b: m"),
    ("sum((ones(m,m)*A*X + X) .* X)", "X", "X: m x n; A: m x m"),
    ("tr(X'*ones(m,m)*A*X)", "X", "X: m x n; A: m x m"),
]


@pytest.mark.parametrize(("text", "wrt", "where"), ONES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_product_with_a_matrix_of_ones_is_a_sum(text, wrt, where, language):
    source = getattr(derive(text, wrt, where), language)()
    for function in ast.parse(source).body:
        assert ".ones((" not in ast.unparse(ast.Module([function], []))
    exec(compile(source, "generated", "exec"), {"__name__": "__main__"})


def test_a_matrix_of_ones_that_stands_alone_is_kept():
    module = run(derive("sum((X + ones(m,m)) .* X)", "X", "X: m x m").numpy())
    X = np.arange(9.0).reshape(3, 3)
    assert module["f"](X) == np.sum((X + 1) * X)
    assert np.allclose(module["gradient"](X), 2 * X + 1)


@pytest.mark.parametrize(
    ("text", "wrt", "where"),
    [
        ("rowsoftmax(Q*K')*V", "K", ""),
        ("A*X*B", ["X", "A"], ""),
        ("inv(X)", "X", ""),
        ("X'*X", "X", "X: m x n; G: m x n"),
        ("t*A", "t", "t: scalar"),
        ("X + A", "X", ""),
        ("A*x", "x", ""),
        ("X*f", "f", "X: m x n; f: n"),  # a variable that is called as the function is
        ("f^2*X", "f", "X: m x n; f: scalar"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_matrix_has_its_adjoint_in_the_code(text, wrt, where, language, capsys):
    """Its own test pairs it with directions; one that is twice as long does not pass."""
    source = getattr(derive(text, wrt, where), language)()
    exec(compile(source, "generated", "exec"), {"__name__": "__main__"})
    assert "adjoint" in capsys.readouterr().out
    head, _, body = source.partition("def adjoint")
    wrong = f"{head}def adjoint{body.replace('    return ', '    return 2 * ', 1)}"
    with pytest.raises(AssertionError):
        exec(compile(wrong, "generated", "exec"), {"__name__": "__main__"})


def test_the_module_says_what_agreed(capsys):
    exec(compile(derive("x'*x", "x").numpy(), "generated", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out == "gradient and hessian agree with differences\n"
