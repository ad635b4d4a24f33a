"""Values of terms without NumPy: every operation against NumPy, derivatives against the readers."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import lecturelib.numbers.values  # noqa: F401 (so that operations act on arrays)
from lecturelib import derivative, rule, second_derivative
from lecturelib import table as r
from lecturelib.symbols import Symbol
from lecturelib.symbols.draw import direction, draw
from lecturelib.symbols.exact import NoValue, directional, second_directional, value
from lecturelib.symbols.terms import Identity, Number, Ones
from lecturelib.table import TABLE
from lecturelib.table.shapes import Size

m, n, p, q = 4, 3, 2, 5


def rows(X: Any) -> Any:
    """An array, or a number, as rows of fractions."""
    if np.ndim(X) == 0:
        return Fraction(float(X)).limit_denominator(64)
    return tuple(map(rows, X))


def plain(rng: Any, *shape: int) -> Any:
    return rng.permutation(np.linspace(0.4, 2.6, max(1, int(np.prod(shape))))).reshape(shape) * (
        rng.choice([-1.0, 1.0], shape)
    )


def other(rng: Any, *shape: int) -> Any:
    return 1.03 * plain(rng, *shape)  # which meets no entry of a plain array


def positive(rng: Any, *shape: int) -> Any:
    return np.abs(plain(rng, *shape))


def unit(rng: Any, *shape: int) -> Any:
    return plain(rng, *shape) / 4


def above(rng: Any, *shape: int) -> Any:
    return 1 + positive(rng, *shape)


def square(rng: Any, k: int) -> Any:
    return plain(rng, k, k)


def stable(rng: Any, k: int) -> Any:
    """Eigenvalues off the negative axis."""
    return 4 * np.eye(k) + plain(rng, k, k) / 2


def spd(rng: Any, k: int) -> Any:
    B = rows(plain(rng, k, k))
    B = np.array([[float(x) for x in row] for row in B])
    return np.eye(k) + np.round(B @ B.T * 16) / 16


def lower(rng: Any, k: int) -> Any:
    return np.tril(plain(rng, k, k))


def number(rng: Any) -> Any:
    return positive(rng)


def integer(rng: Any) -> Any:
    return np.array(3.0)


#: operation -> its operands, each a kind and a shape, and the parameters.
OPERANDS: dict[str, Any] = {
    **{name: [(plain, m, n), (other, m, n)] for name in
       "add subtract multiply divide maximum minimum logaddexp arctan2 hypot cosine share".split()},
    **{name: [(plain, m, n)] for name in (
        "negative transpose sum mean cumsum vec trace exp exp2 expm1 square sin cos tan arctan "
        "sinh cosh tanh arcsinh abs relu sigmoid softplus step sign reciprocal safe_reciprocal "
        "one_minus_square one_plus_square root_one_plus_square tanh_slope cbrt gaussian erf erfc "
        "softmax logsumexp max prod norm argmax_mask diagonal tril triu pinv qr nuclear_norm "
        "spectral_norm polar svd log_ndtr mills real imag conjugate".split())},
    **{name: [(positive, m, n)] for name in
       "log log2 log10 log1p sqrt gammaln digamma".split()},
    **{name: [(unit, m, n)] for name in "arcsin arccos arctanh".split()},
    "arccosh": [(above, m, n)],
    "logit": [(lambda rng, *s: np.abs(unit(rng, *s)), m, n)],
    "xlogy": [(positive, m, n), (positive, m, n)],
    "polygamma": [(integer,), (positive, m, n)],
    "power": [(plain, m, n), (integer,)],
    "general_power": [(positive, m, n), (plain, m, n)],
    "lowered_power": [(plain, m, n), (integer,)],
    "lowered": [(plain, m, n)],
    "reshape": [(plain, m, n)],
    "broadcast_to": [(plain, n, 1)],
    "getitem": [(plain, m, n)],
    "scatter": [(plain, p, n)],
    "concatenate": [(plain, m, n), (plain, p, n)],
    "stack": [(plain, m, n), (plain, m, n)],
    "where": [(plain, m, n), (plain, m, n)],
    "diag": [(plain, n)],
    "differences": [(plain, n)],
    "sums": [(plain, n)],
    "reciprocal_gaps": [(plain, n)],
    "matmul": [(plain, m, n), (plain, n, p)],
    "outer": [(plain, m), (plain, n)],
    "kron": [(plain, m, n), (plain, p, n)],
    "block_inner": [(plain, 4, 6), (plain, 2, 3)],
    "block_sum": [(plain, 4, 6), (plain, 2, 2)],
    "einsum": [(plain, m, n), (plain, p, n)],
    "trace_product": [(plain, m, n), (plain, n, m)],
    "vech": [(square, n)],
    "unvech": [(plain, 6)],
    **{name: [(square, n)] for name in "inv det slogdet complement expm sinm cosm".split()},
    "adjugate": [(square, n), (integer,)],
    "logdet": [(spd, m)],
    "solve": [(square, n), (plain, n, p)],
    "sylvester": [(stable, m), (stable, n), (plain, m, n)],
    "sqrtm": [(stable, m)],
    "logm": [(stable, m)],
    **{name: [(stable, n), (plain, n, n)] for name in
       "expm_frechet logm_frechet sinm_frechet cosm_frechet".split()},
    "matrix_power": [(square, n), (integer,)],
    "power_frechet": [(square, n), (integer,), (plain, n, n)],
    "real_power": [(spd, n), (number,)],
    "real_power_frechet": [(spd, n), (number,), (plain, n, n)],
    **{name: [(spd, m)] for name in
       "eigh cholesky lambda_max lambda_min eigenvector_max eigenvector_min".split()},
}  # fmt: skip
PARAMETERS: dict[str, Any] = {
    "transpose": [{}, {"axes": (0, 1)}],
    "sum": [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": (0, 1), "keepdims": True}],
    "mean": [{}, {"axis": 0}, {"axis": -1, "keepdims": True}],
    "max": [{}, {"axis": 0}, {"axis": 1, "keepdims": True}],
    "norm": [{}, {"axis": 0}, {"axis": 1, "keepdims": True}],
    "logsumexp": [{}, {"axis": 0}, {"axis": 1, "keepdims": True}],
    "softmax": [{}, {"axis": 0}, {"axis": 1}],
    "argmax_mask": [{}, {"axis": 0}, {"axis": 1}],
    "cumsum": [{"axis": 0}, {"axis": 1}],
    "reshape": [{"shape": (n, m)}, {"shape": (2, -1), "order": "F"}, {"shape": (n, 2, 2)}],
    "broadcast_to": [{"shape": (n, m)}, {"shape": (2, n, m)}],
    "getitem": [
        {"index": i}
        for i in (1, (0, 1), -1, (slice(None), 2), slice(1, 3), (slice(None, None, -1), slice(1)),
                  (..., None, 0), (None, slice(0, 4, 2)), (slice(-3, -1),))
    ],
    "scatter": [
        {"index": slice(1, 3), "shape": (m, n)},
        {"index": (slice(None, None, 3), slice(None, None, -1)), "shape": (m, n)},
    ],
    "concatenate": [{}, {"axis": -2}],
    "stack": [{}, {"axis": 1}, {"axis": -1}],
    "where": [{"condition": rows(np.arange(m * n).reshape(m, n) % 2)}],
    "diagonal": [{}, {"offset": 1}, {"offset": -2}],
    "diag": [{}, {"k": 1}, {"k": -2}, {"k": 1, "shape": (4, 4)}, {"k": -1, "shape": (5, 3)}],
    "tril": [{}, {"k": 1}, {"k": -1}],
    "triu": [{}, {"k": 1}, {"k": -1}],
    "lowered_power": [{}, {"n": 2}, {"n": 4}],
    "einsum": [{"subscripts": s} for s in ("ij,kj->ik", "ij,kj->", "ij,kl->jilk", "ij,kj->j")],
    "trace": [{}],
}  # fmt: skip

#: Operations that no term of `derive` holds: what only conditions ask for, and stacks of indices.
WITHOUT = {
    "eig": "its vectors may be complex",
    "is_complex": "a term takes every vector as complex",
    "pivot_mask": "of eig",
    "ties": "asked by kinks only",
    "repeated": "asked by kinks only",
    "vanishing": "asked by kinks only",
    "refuse_singular": "asked by kinks only",
    "take": "indices are arrays",
    "eigen_pinv": "has a test of its own",
    "sum_over": "has a test of its own",
}
CASES = [(name, i) for name in OPERANDS for i in range(len(PARAMETERS.get(name, [{}])))]


def drawn(name: str) -> list[Any]:
    rng = np.random.default_rng([len(name), *map(ord, name)])
    return [rows(kind(rng, *shape)) for kind, *shape in OPERANDS[name]]


def array(x: Any) -> Any:
    if isinstance(x, tuple):
        return np.array([array(part) for part in x])
    return np.array(complex(x) if isinstance(x, complex) else float(x))[()]


def test_every_operation_has_a_case_or_a_reason() -> None:
    assert set(TABLE) == set(OPERANDS) | set(WITHOUT)
    assert not set(OPERANDS) & set(WITHOUT)


@pytest.mark.parametrize(("name", "i"), CASES)
def test_the_value_of_an_operation_is_numpys(name: str, i: int) -> None:
    given = drawn(name)
    parameters = PARAMETERS.get(name, [{}])[i]
    symbols = [Symbol(f"x{k}", shape=np.shape(array(x))) for k, x in enumerate(given)]
    arrays = [array(x) for x in given]
    if name == "adjugate":
        arrays[1] = np.linalg.det(arrays[0])
        given[1] = value(r.det(symbols[0]), {"x0": given[0]})
    wanted_parameters = {k: array(v) if k == "condition" else v for k, v in parameters.items()}
    if name in ("matrix_power", "power_frechet", "polygamma"):
        arrays = [int(x) if np.ndim(x) == 0 else x for x in arrays]
    wanted = TABLE[name](*arrays, **wanted_parameters)
    terms = TABLE[name](*symbols, **parameters)
    parts = terms if isinstance(terms, tuple) else (terms,)
    expected = wanted if isinstance(wanted, tuple) else (wanted,)
    if name in ("eigh", "svd"):  # signs are free: A = V w V' and U s V'
        expected, parts = (expected[0], arrays[0]), (parts[0], _put_together(name, parts))
    for part, number in zip(parts, expected, strict=True):
        found = array(value(part, dict(zip((s.name for s in symbols), given, strict=True))))
        assert np.shape(found) == np.shape(number) == tuple(part.shape)
        np.testing.assert_allclose(found, number, rtol=2e-12, atol=2e-12)


def _put_together(name: str, parts: Any) -> Any:
    if name == "eigh":
        w, V = parts
        return V @ r.diag(w) @ V.T
    s, U, Vh = parts
    return U @ r.diag(s) @ Vh


def test_the_pseudo_inverse_at_an_eigenvalue() -> None:
    X = Symbol("X", shape=(4, 4))
    at = rows(spd(np.random.default_rng(5), 4))
    from lecturelib.table import eigen_pinv, lambda_max, lambda_min

    for extreme in (lambda_max, lambda_min):
        found = array(value(eigen_pinv(X, extreme(X)), {"X": at}))
        wanted = eigen_pinv(array(at), extreme(array(at)))
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)


def test_functions_of_matrices_keep_twelve_digits_up_to_six_rows() -> None:
    rng = np.random.default_rng(2)
    for k in range(2, 7):
        X, E = Symbol("X", shape=(k, k)), Symbol("E", shape=(k, k))
        for kind, names in (
            (stable, "expm sqrtm logm sinm cosm expm_frechet logm_frechet"),
            (spd, "eigh cholesky lambda_max lambda_min"),
        ):
            at = rows(kind(rng, k))
            step = rows(plain(rng, k, k))
            for name in names.split():
                operands = (X, E) if name.endswith("frechet") else (X,)
                arrays = [array(at), array(step)][: len(operands)]
                term, wanted = TABLE[name](*operands), TABLE[name](*arrays)
                if isinstance(term, tuple):
                    term, wanted = term[0], wanted[0]
                found = array(value(term, {"X": at, "E": step}))
                size = np.max(np.abs(wanted))
                assert np.max(np.abs(found - wanted)) < 2e-12 * size, (name, k)


#: The second operand of adjugate is det of the first; the others are right only beside a factor.
_NOT_ALONE = ("adjugate", "lowered", "lowered_power")


@pytest.mark.parametrize(("name", "i"), [case for case in CASES if case[0] not in _NOT_ALONE])
def test_the_derivative_of_an_operation_is_the_readers(name: str, i: int) -> None:
    given = drawn(name)
    parameters = PARAMETERS.get(name, [{}])[i]
    rule = TABLE[name].rule
    values = {f"x{k}": x for k, x in enumerate(given)}
    symbols = [Symbol(x, shape=np.shape(array(values[x]))) for x in values]
    arrays = [array(x) for x in given]
    plain_parameters = {k: array(v) if k == "condition" else v for k, v in parameters.items()}
    if name in ("matrix_power", "power_frechet", "polygamma"):
        arrays = [int(x) if np.ndim(x) == 0 else x for x in arrays]
    rng = np.random.default_rng(11)
    for k, letter in enumerate(rule.inputs):
        if rule.kind == "differential" and letter not in rule.variables:
            continue
        H = rows(plain(rng, *np.shape(arrays[k])))
        if name in ("cholesky", "eigh", "lambda_max", "lambda_min") or name.startswith("eigenv"):
            H = rows(array(H) + array(H).T)
        if name.startswith("real_power") and k == 0:
            H = rows(array(H) + array(H).T)

        def function(X: Any, k: int = k) -> Any:
            Y = TABLE[name](*arrays[:k], X, *arrays[k + 1 :], **plain_parameters)
            return Y[0] if isinstance(Y, tuple) else Y

        wanted = derivative(function, arrays[k])[array(H)]
        term = TABLE[name](*symbols, **parameters)
        term = term[0] if isinstance(term, tuple) else term
        found = directional(term, f"x{k}", H, values)
        size = max(1.0, np.max(np.abs(wanted)))
        gap = np.max(np.abs(array(found.value) - wanted))
        assert gap <= 1e-11 * size, (letter, gap)
        assert found.error <= 1e-9 * size


# -- Derivatives of formulas ----------------------------------------------------------------------


def symbol(name: str, *shape: Any, flags: Any = (), sample: str = "") -> Symbol:
    found: Any = Symbol(name, shape=shape)
    found.flags = frozenset(flags)
    if sample:
        found.sample = sample
    return found


def quadratic(M: Any) -> Any:
    return r.reshape(M, shape=())


A, B, C = symbol("A", "m", "m"), symbol("B", "n", "n"), symbol("C", "m", "n")
X, S = symbol("X", "m", "n"), symbol("S", "n", "n", flags=("positive definite",))
x, y, t = symbol("x", "n", 1), symbol("y", "m", 1), symbol("t", flags=("positive",))
LEAVES = {s.name: s for s in (A, B, C, X, S, x, y, t)}

FORMULAS = {
    "trace": r.trace(X.T @ A @ X @ B),
    "residual": quadratic((y - X @ x).T @ (y - X @ x)),
    "ridge": r.inv(X.T @ X + t * Identity("n")) @ X.T @ y,
    "gauss": r.logdet(S) + quadratic(x.T @ r.inv(S) @ x),
    "det": r.det(X.T @ X),
    "trace quotient": r.trace(X.T @ A @ X) / r.trace(X.T @ X),
    "logistic": r.sum(r.log(1 + r.exp(-(X @ x) * y))),
    "attention": r.softmax(X @ B @ X.T / r.sqrt(t), axis=1) @ X,
    "norm": r.norm(A @ X - C),
    "kron": r.trace(r.kron(A, B) @ r.kron(A, B)),
    "expm": r.trace(r.expm(B) @ S),
    "logm": r.trace(r.logm(S) @ B),
    "square root": r.sqrtm(S) @ B,
    "factor": r.cholesky(S) @ x,
    "largest": r.lambda_max(S),
    "nuclear": r.nuclear_norm(X),
    "spectral": r.spectral_norm(X),
    "diagonal": r.diag(r.reshape(x, shape=(Size("n"),))) @ r.diag(r.diagonal(B)) @ S,
    "power": r.trace(r.matrix_power(A, Number(3))),
    "entries": r.sum(X[:, 0:1] * X[:, 1:2]) + X[0, 1] ** 2,
    "blocks": r.det(r.concatenate(r.concatenate(A, X, axis=1), r.concatenate(X.T, B, axis=1))),
    "ones": quadratic(Ones((1, "m")) @ X @ Ones(("n", 1))) * t,
}  # fmt: skip


def leaves(*terms: Any) -> dict[str, Symbol]:
    waiting, found = list(terms), {}
    while waiting:
        part = waiting.pop()
        if type(part) is Symbol:
            found[part.name] = part
        waiting.extend(part.operands)
    return found


def on_arrays(term: Any, name: str, values: Any, sizes: Any) -> Any:
    """The term as a function of one of its symbols, by the operations on arrays."""
    arrays = {k: array(v) for k, v in values.items()}
    arrays["ones"] = arrays["I"] = None

    def evaluated(x: Any, Z: Any) -> Any:
        shape = [sizes.get(str(k), k) for k in x.shape]
        if isinstance(x, Ones | Identity):
            return np.ones(shape) if isinstance(x, Ones) else np.eye(shape[0])
        if isinstance(x, Number | Symbol):
            return x.value if isinstance(x, Number) else Z if x.name == name else arrays[x.name]
        operands = [evaluated(part, Z) for part in x.operands]
        parameters = dict(x.parameters)
        if "shape" in parameters:
            parameters["shape"] = tuple(sizes.get(str(k), k) for k in parameters["shape"])
        return TABLE[x.name](*operands, **parameters)

    return lambda Z: evaluated(term, Z)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("formula", FORMULAS)
def test_derivatives_of_formulas_are_those_of_the_readers(formula: str, wide: bool) -> None:
    term = FORMULAS[formula]
    if wide and formula in ("det", "nuclear"):
        pytest.skip("the readers need full column rank")
    for seed in range(2):
        values, sizes = draw(
            leaves(term).values(), seed, wide=wide, fixed={"m": 3, "n": 4} if wide else None,
            accept=lambda v, s: value(term, v, s) is not None,
        )  # fmt: skip
        for name in leaves(term):
            H, K = (direction(LEAVES[name], values, k) for k in (1, 2))
            f, at = on_arrays(term, name, values, sizes), array(values[name])
            found = directional(term, name, H, values, sizes)
            wanted = derivative(f, at)[array(H)]
            size = max(1.0, np.max(np.abs(wanted)))
            assert np.max(np.abs(array(found.value) - wanted)) < 1e-10 * size, name
            found = second_directional(term, name, H, K, values, sizes)
            wanted = second_derivative(f, at, array(H), array(K))
            size = max(1.0, np.max(np.abs(wanted)))
            gap = np.max(np.abs(array(found.value) - wanted))
            assert gap < 1e-7 * size, (name, gap)
            assert gap < 1e-9 * size + 4 * found.error, (name, gap, found.error)


# -- The right formula, and wrong ones ------------------------------------------------------------

#: A function, the variable, its gradient, and slips that people make.
GRADIENTS = {
    "trace": (FORMULAS["trace"], X, A @ X @ B + A.T @ X @ B.T, [2 * A @ X @ B, A @ X @ B]),
    "residual": (
        FORMULAS["residual"], x, 2 * X.T @ (X @ x - y),
        [X.T @ (X @ x - y), 2 * X.T @ (y - X @ x), 2 * X.T @ (X @ x + y)],
    ),
    "inverse": (
        r.trace(r.inv(B)), B, -(r.inv(B) @ r.inv(B)).T,
        [-r.inv(B) @ r.inv(B), (r.inv(B) @ r.inv(B)).T, -r.inv(B).T],
    ),
    "determinant": (
        r.det(B), B, r.det(B) * r.inv(B).T, [r.det(B) * r.inv(B), r.inv(B).T, r.det(B) * B.T]
    ),
    "power": (
        FORMULAS["power"], A, 3 * (A @ A).T, [3 * A @ A, 2 * (A @ A).T, 3 * A.T, 3 * A * A]
    ),
    "rayleigh": (
        quadratic(x.T @ B @ x) / quadratic(x.T @ x), x,
        (B @ x + B.T @ x) / quadratic(x.T @ x)
        - 2 * quadratic(x.T @ B @ x) / quadratic(x.T @ x) ** 2 * x,
        [(B @ x + B.T @ x) / quadratic(x.T @ x), 2 * B @ x / quadratic(x.T @ x)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRADIENTS)
def test_exact_numbers_tell_a_gradient_from_slips(name: str) -> None:
    term, variable, gradient, slips = GRADIENTS[name]
    for seed in range(3):
        values, sizes = draw(leaves(term, gradient).values(), seed, wide=seed == 1)
        H = direction(variable, values, seed)
        there = {**values, "H": H}
        pairing = Symbol("H", shape=variable.shape)
        found = directional(term, variable.name, H, values, sizes)
        assert found.error == 0 and type(found.value) is Fraction
        assert value(r.sum(gradient * pairing), there, sizes) == found.value
        for slip in [*slips, gradient * (1 + Fraction(1, 10**6))]:
            assert value(r.sum(slip * pairing), there, sizes) != found.value


def test_what_is_rational_stays_exact() -> None:
    values, sizes = draw([X, A, B, S], 3)
    for term, wanted in (
        (B @ r.inv(B), Identity("n")),
        (r.solve(B, B), Identity("n")),
        (r.pinv(X) @ X, Identity("n")),
        (r.adjugate(B, r.det(B)) @ B, r.det(B) * Identity("n")),
        (r.matrix_power(A, Number(4)), A @ A @ A @ A),
        (A @ r.sylvester(A, B, X) + r.sylvester(A, B, X) @ B, X),
        (r.trace(r.kron(A, B)), r.trace(A) * r.trace(B)),
        (r.det(r.kron(A, B)), r.det(A) ** sizes["n"] * r.det(B) ** sizes["m"]),
    ):
        assert value(term, values, sizes) == value(wanted, values, sizes)
    assert value(r.sqrt(Number(4) / 9), {}) == Fraction(2, 3)
    assert value(Number(0.1) * 3, {}) == Fraction(3, 10)
    assert type(value(Number(math.pi), {})) is float


def test_a_singular_matrix_has_a_determinant_with_a_derivative() -> None:
    at, H = ((1, 2, 3), (2, 4, 6), (1, 0, 1)), ((0, 1, 0), (1, 0, 2), (0, 0, 1))
    E = Symbol("E", shape=("n", "n"))
    found = directional(r.det(B), "B", H, {"B": at})
    assert found == (value(r.trace(r.adjugate(B, r.det(B)) @ E), {"B": at, "E": H}), 0)
    with pytest.raises(NoValue, match="singular"):
        value(r.inv(B), {"B": at})


# -- Samples, parts, comparisons, sizes -----------------------------------------------------------


def test_sums_over_samples() -> None:
    xi, yi = symbol("x_i", "n", 1, sample="i"), symbol("y_i", sample="i")
    w = symbol("w", "n", 1)
    term = r.sum_over((yi - quadratic(xi.T @ w)) ** 2, index="i", count=Size("N"))
    values, sizes = draw([xi, yi, w], 1, counts={"i": "N"})
    assert len(values["x_i"]) == len(values["y_i"]) == sizes["N"]
    at = {k: array(v) if k == "w" else np.array([array(p) for p in v]) for k, v in values.items()}
    residuals = at["y_i"] - (at["x_i"][:, :, 0] @ at["w"])[:, 0]
    assert float(value(term, values, sizes)) == pytest.approx(np.sum(residuals**2), rel=1e-13)
    H = direction(w, values)
    found = directional(term, "w", H, values, sizes)
    slope = -2 * residuals @ (at["x_i"][:, :, 0] @ array(H))[:, 0]
    assert found.error == 0 and float(found.value) == pytest.approx(slope, rel=1e-12)
    along = directional(term, "x_i", direction(xi, values), values, sizes)
    assert along.error == 0
    twice = second_directional(term, "w", H, H, values, sizes)
    assert float(twice.value) == pytest.approx(
        2 * np.sum((at["x_i"][:, :, 0] @ array(H)) ** 2), rel=1e-12
    )
    with pytest.raises(NoValue, match="outside of a sum"):
        value(xi, values, sizes)


def test_parts_comparisons_and_conditions() -> None:
    s, U, Vh = r.svd(X)
    values, sizes = draw([X], 2)
    assert np.allclose(array(value(U @ r.diag(s) @ Vh, values, sizes)), array(values["X"]))
    assert np.allclose(array(value(Vh.T, values)), array(value(Vh, values)).T)
    mask = array(value((X > 0) * X, values))
    assert np.array_equal(mask, np.maximum(array(values["X"]), 0))


def test_sizes_are_numbers_too() -> None:
    term = Symbol("m", shape=()) * r.trace(Identity(Size("m") * Size("n")))
    assert value(term, {}, {"m": 2, "n": 3}) == 12
    assert value(r.sum(Ones(X.shape)), {"X": ((1, 2, 3), (4, 5, 6))}) == 6
    zero = Number(0)
    zero.shape = (Size("m"), 1)
    assert value(zero, {}, {"m": 2}) == ((0,), (0,))
    with pytest.raises(NoValue, match="size p has no length"):
        value(Identity("p"), {})


def test_a_deep_formula_does_not_overflow() -> None:
    term: Any = t
    for _ in range(5000):
        term = term + 1
    assert value(term, {"t": 1}) == 5001
    assert directional(term, "t", 1, {"t": 1}) == (1, 0)


def test_what_occurs_twice_is_computed_once() -> None:
    term: Any = t
    for _ in range(200):
        term = r.add(term, term)
    assert value(term, {"t": 1}) == 2**200


# -- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "values", "what"),
    [
        (r.log(t), {"t": -1}, "log"),
        (r.sqrt(t), {"t": -1}, "sqrt"),
        (1 / t, {"t": 0}, "divide"),
        (t ** Number(0.3), {"t": -1}, "negative number"),
        (r.logdet(B), {"B": ((1, 0), (0, -1))}, "positive determinant"),
        (r.cholesky(B), {"B": ((1, 0), (0, -1))}, "positive definite"),
        (r.sqrtm(B), {"B": ((1, 0), (0, -1))}, "negative axis"),
        (r.logm(B), {"B": ((-1, 1), (0, -2))}, "negative axis"),
        (X @ Symbol("Z", shape=("n", "p")), {"X": ((1, 2),)}, "symbol Z has no value"),
        (r.expm(B), {"B": ((1000, 0), (0, 1))}, "too large"),
        (r.eig(B)[0], {"B": ((1, 0), (0, 1))}, "without NumPy"),
    ],
)
def test_where_there_is_no_value_a_sentence_says_so(term: Any, values: Any, what: str) -> None:
    with pytest.raises(NoValue, match=what):
        value(term, values)


@pytest.mark.parametrize(
    ("term", "name", "at", "H"),
    [
        (r.abs(t), "t", 0, 1),
        (r.relu(t), "t", 0, 1),
        (r.norm(x), "x", ((0,), (0,)), ((1,), (0,))),
        (r.max(x), "x", ((1,), (1,)), ((1,), (0,))),
        (r.maximum(t, Number(1)), "t", 1, 1),
        (r.lambda_max(B), "B", ((1, 0), (0, 1)), ((1, 2), (2, 3))),
        (r.spectral_norm(B), "B", ((1, 0), (0, 1)), ((1, 2), (2, 3))),
        (r.nuclear_norm(B), "B", ((1, 1), (1, 1)), ((1, 2), (2, 3))),
        (r.sum((B > 0) * B), "B", ((0, 1), (1, 1)), ((1, 2), (2, 3))),
        (r.sqrt(t), "t", 0, 1),
        (r.arcsin(t), "t", 1, 1),
        (r.arccosh(t), "t", 1, 1),
    ],
)
def test_a_kink_has_a_value_and_no_derivative(term: Any, name: str, at: Any, H: Any) -> None:
    value(term, {name: at})
    with pytest.raises(NoValue):
        directional(term, name, H, {name: at})


def test_an_exponent_of_a_matrix_is_a_constant() -> None:
    k = symbol("k", flags=("integer",))
    at = {"B": ((1, 2), (3, 4)), "k": 3}
    with pytest.raises(NoValue, match="exponent"):
        directional(r.matrix_power(B, k), "k", 1, at)
    slope = directional(r.real_power(S, t), "t", 1, {"S": ((2, 1), (1, 2)), "t": 2}).value
    wanted = value(r.logm(S) @ S @ S, {"S": ((2, 1), (1, 2))})
    np.testing.assert_allclose(array(slope), array(wanted), rtol=1e-12)


def test_a_readers_own_operation_is_tried() -> None:
    known = dict(TABLE)
    try:
        cube = rule(value=lambda Y: Y**3, where="")(_cube)
        turned = rule(value=lambda Y: np.roll(Y, 1), where="")(_turned)
        assert value(cube(t), {"t": 2}) == 8
        assert directional(cube(t), "t", 1, {"t": 2}) == (12, 0)
        with pytest.raises(NoValue, match="without NumPy"):
            value(turned(x), {"x": ((1,), (2,))})
    finally:
        TABLE.clear()
        TABLE.update(known)


def _cube(Y, X, dX):
    return 3 * X * X * dX


def _turned(Y, X, dX):
    return dX


def test_bad_input_is_refused() -> None:
    with pytest.raises(NoValue, match="shape of the symbol"):
        directional(X, "X", ((1, 2),), {"X": ((1,), (2,))})
    with pytest.raises(NoValue, match="cannot vary"):
        directional(X, "Y", 1, {"X": ((1,), (2,))})
    with pytest.raises(ValueError, match="different lengths"):
        value(X, {"X": ((1, 2), (3,))})
    with pytest.raises(TypeError, match="tuple of rows"):
        value(X, {"X": "no"})


# -- Random data ----------------------------------------------------------------------------------

FLAGS = (
    "", "symmetric", "skew", "diagonal", "lower", "upper", "invertible", "positive definite",
    "orthogonal", "positive", "probability", "integer", "symmetric invertible", "diagonal positive",
    "diagonal invertible", "lower invertible", "skew invertible",
)  # fmt: skip


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("seed", range(4))
def test_data_respect_what_is_declared(flags: str, seed: int) -> None:
    has = (
        set(flags.split()) - {"positive", "definite"} if "definite" in flags else set(flags.split())
    )
    if "definite" in flags:
        has = {"positive definite"}
    square = symbol("M", "n", "n", flags=has)
    tall = symbol("Q", "m", "n", flags=has & {"orthogonal", "positive", "probability", "integer"})
    values, sizes = draw([tall, square], seed)
    assert sizes["m"] != sizes["n"]
    M = array(values["M"])
    H = array(direction(square, values, seed))
    assert np.any(H) and np.any(M)
    assert all(type(v) is Fraction for row in values["M"] for v in row)
    if has & {"symmetric", "positive definite"}:
        assert np.array_equal(M, M.T) and np.array_equal(H, H.T)
    if "skew" in has:
        assert np.array_equal(M, -M.T) and np.array_equal(H, -H.T)
    if "diagonal" in has:
        assert np.array_equal(M, np.diag(np.diag(M)))
    if "lower" in has:
        assert np.array_equal(M, np.tril(M)) and np.array_equal(H, np.tril(H))
    if "upper" in has:
        assert np.array_equal(M, np.triu(M)) and np.array_equal(H, np.triu(H))
    if has & {"invertible", "positive definite", ""}:
        assert np.linalg.cond(M) < 1e4
    if "positive definite" in has:
        assert np.linalg.eigvalsh(M)[0] > 0.1
    if "orthogonal" in has:
        Q = Symbol("Q", shape=("m", "n"))
        assert sizes["m"] > sizes["n"]
        assert value(Q.T @ Q, values, sizes) == value(Identity("n"), values, sizes)
        slope = directional(Q.T @ Q, "Q", direction(tall, values), values, sizes).value
        assert not np.any(array(slope))
    if has & {"positive", "probability"}:
        assert "diagonal" in has or np.all(M > 0)
        assert np.all(np.diag(M) > 0)
    if "probability" in has:
        assert all(sum(column) == 1 for column in zip(*values["M"], strict=True))
        assert np.allclose(H.sum(axis=0), 0)
    if "integer" in has:
        assert set(M.ravel()) <= {2.0, 3.0, 4.0}


def test_lengths_are_distinct_tall_or_wide_and_keep_constraints() -> None:
    for seed in range(20):
        Z = symbol("Z", "m", "p")
        tall, wide = (draw([X, Z], seed, wide=w).sizes for w in (False, True))
        assert tall["m"] > tall["n"] and wide["m"] < wide["n"]
        for sizes in (tall, wide):
            assert len(set(sizes.values())) == 3 and set(sizes.values()) <= set(range(2, 7))
        assert draw([X], seed, wide=True, constraints=["n <= m"]).sizes["n"] < 6
        sizes = draw([X], seed, wide=True, constraints=["n < m"], fixed={"m": 4}).sizes
        assert sizes["m"] == 4 > sizes["n"]
        assert draw([symbol("v", Size("m") * Size("n"), 1)], seed).values["v"][0]
    with pytest.raises(NoValue, match="No lengths"):
        draw([X], 0, constraints=["n < m", "m < n"])
    with pytest.raises(ValueError, match="compares no two"):
        draw([X], 0, constraints=["n and m"])
    assert draw([X, A], 5) == draw([X, A], 5) != draw([X, A], 6)


def test_data_are_drawn_until_they_will_do() -> None:
    u = symbol("u")
    for term in (r.sum(r.log(X)), r.trace(r.logm(B)), r.arcsin(u), r.arccosh(1 + u)):

        def accept(values: Any, sizes: Any, term: Any = term) -> bool:
            name = min(leaves(term))
            H = direction(leaves(term)[name], values)
            return bool(directional(term, name, H, values, sizes).error < 1e-9)

        for seed in range(5):
            values, sizes = draw(leaves(term).values(), seed, accept=accept)
            assert type(value(term, values, sizes)) is float
    with pytest.raises(NoValue, match="random points"):
        draw([X], 0, accept=lambda v, s: False)


# -- Without NumPy, and quickly -------------------------------------------------------------------


def test_nothing_of_it_needs_numpy() -> None:
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['scipy'] = None\n"
        "from lecturelib.symbols import Symbol\n"
        "from lecturelib.symbols.draw import direction, draw\n"
        "from lecturelib.symbols.exact import directional, second_directional, value\n"
        "from lecturelib.table import expm, inv, logdet, trace\n"
        "X = Symbol('X', shape=('n', 'n')); X.flags = frozenset({'positive definite'})\n"
        "for f in (trace(inv(X)), logdet(X) + trace(expm(X))):\n"
        "    values, sizes = draw([X])\n"
        "    H = direction(X, values)\n"
        "    value(f, values, sizes), directional(f, 'X', H, values, sizes)\n"
        "    second_directional(f, 'X', H, H, values, sizes)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
