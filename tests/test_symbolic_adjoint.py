"""Gradients as formulas: what is printed is the adjoint of the rule.

Its referees: the numeric reader's ``D.T[G]``, and ``<G, difference of values>`` along directions,
which uses no rule. The printed text is read back by the parser of `test_symbolic`.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from cases import IN_FORMULAS
from test_symbolic import TABLE, Typed, by_differences, operation, setting

import lecturelib
from lecturelib import derivative, gradient, hessian
from lecturelib import rules as r
from lecturelib.claims.referees import five_point
from lecturelib.symbols import (
    NoTransposeError,
    Symbol,
    differential_in,
    evaluate,
    formula_of,
    gradient_in,
    gradient_of,
)
from lecturelib.symbols.adjoint import Gradient, seeds
from lecturelib.symbols.table import Definition
from lecturelib.table import ZERO

#: Their transpose is no formula: they move entries, or depend on subscripts, or are complex.
WITHOUT = set(
    "mean cumsum reshape vec broadcast_to concatenate stack take real imag conjugate "
    "einsum eig".split()
)
WITH = [
    name
    for name, op in TABLE.items()
    if name not in WITHOUT | IN_FORMULAS and op.rule.kind != "constant"
]


def given(name, seed=20240918):
    """Inputs, directions, gradients at the outputs, and all of them by their printed names."""
    inputs, parameters, directions, values, functions = setting(name, seed=seed)
    if name == "diagonal":  # diag(G) is a square matrix
        inputs, directions[0] = [inputs[0][:, :3]], directions[0][:, :3]
        values |= {"X": inputs[0], "dX": directions[0]}
    rng = np.random.default_rng([seed, len(name)])
    outputs = TABLE[name](*inputs, **parameters)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    G = []
    for y, symbol in zip(outputs, seeds(formula_of(name)), strict=True):
        G.append(np.array(1.0) if symbol.ndim == 0 else rng.normal(size=np.shape(y)))
        if symbol.ndim != 0:
            values[symbol.name] = G[-1]
    values["I"] = np.eye(len(inputs[0])) if np.ndim(inputs[0]) else None
    values["ones"] = np.ones_like(inputs[0])
    return inputs, parameters, directions, G, values, functions


def gradients(name, values, inputs, parameters, functions, printed):
    """What the equations of a rule give, by the expressions or by their text."""
    values = dict(values)
    functions = dict(functions)
    if name == "getitem":  # the shape is known to whoever applies it
        functions = {
            **functions,
            "scatter": lambda G: TABLE["scatter"](G, **parameters, shape=(3, 4)),
        }
    if name == "where":
        functions = {**functions, "where": lambda A, B: np.where(parameters["condition"], A, B)}
    found = {}
    for equation in gradient_of(name, **({} if printed else parameters)):
        if isinstance(equation, Definition) and not printed:
            continue
        if printed:
            left, right = equation.text.split(" = ", 1)
            value = values["I"] if right == "I" else Typed(right, values, functions).read()
        else:
            left, value = str(equation.left[0]), evaluate(equation.right, values)
        if isinstance(equation, Gradient):
            found[str(equation.left[0])] = np.asarray(value, dtype=float)
        elif "," in left:
            for one, part in zip(left.split(", "), value, strict=True):
                values[one.removesuffix("'")] = part.T if one.endswith("'") else part
        else:
            values[left] = value
    names = TABLE[name].rule.inputs
    return {x: np.broadcast_to(g, np.shape(inputs[names.index(x)])) for x, g in found.items()}


def by_numbers(name, inputs, parameters, G):
    """The numeric reader: the sum of D.T[G] over the outputs, for each input that varies."""
    rule = TABLE[name].rule
    found = {}
    for i, x in enumerate(rule.inputs):
        if x not in rule.variables:
            continue
        total = 0.0
        for k, g in enumerate(G):

            def f(X, i=i, k=k):
                Y = operation(name)(*inputs[:i], X, *inputs[i + 1 :], **parameters)
                return Y[k] if isinstance(Y, tuple) else Y

            total = total + derivative(f, inputs[i]).T[g]
        found[x] = total
    return found


#: Their formula leaves a shape open, which the referee for the text fills in.
OPEN = ("getitem", "scatter")


@pytest.mark.parametrize(
    "name, printed", [(name, p) for name in WITH for p in (False, True) if p or name not in OPEN]
)
def test_gradient_is_the_adjoint(name, printed):
    inputs, parameters, directions, G, values, functions = given(name)
    found = gradients(name, values, inputs, parameters, functions, printed)
    exact = by_numbers(name, inputs, parameters, G)
    assert set(found) == set(exact)
    for x, g in found.items():
        assert np.allclose(g, exact[x], rtol=0, atol=1e-10 * max(1.0, np.abs(exact[x]).max())), x
    rates = by_differences(name, inputs, parameters, directions)  # all inputs move at once
    if name != "lowered":
        left = sum(np.sum(g * rate) for g, rate in zip(G, rates, strict=True))
        names = TABLE[name].rule.inputs
        right = sum(np.sum(found[names[i]] * H) for i, H in directions.items())
        assert np.isclose(left, right, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", sorted(WITHOUT | IN_FORMULAS))
def test_the_others_say_what_to_use(name):
    with pytest.raises(NoTransposeError, match=r"derivative\(f, X\).T\[G\]"):
        gradient_of(name)


def test_a_sum_over_samples_is_transposed_term_by_term():
    total = TABLE["sum_over"](x.T @ x, index="i", count=7)
    assert str(gradient_in(total, x)) == "7*(2*x)"
    G = Symbol("G", shape=x.shape)
    with pytest.raises(NoTransposeError, match="over i of 7 samples"):
        TABLE["sum_over"].rule.transposed(0, G, (x,), {"index": "i", "count": 7})


def test_constants_have_no_gradient():
    assert gradient_of("sign") == []


@pytest.mark.parametrize("name", [n for n in WITH if TABLE[n].rule.kind == "differential"])
def test_a_broken_rule_gives_another_gradient(name, monkeypatch):
    """The formula is read from the rule: three times the differential, three times the gradient."""
    inputs, parameters, _, G, values, functions = given(name)
    right = gradients(name, values, inputs, parameters, functions, printed=True)
    rule, correct = TABLE[name].rule, TABLE[name].rule.differential

    def tripled(*arguments, **keywords):
        result = correct(*arguments, **keywords)
        if len(rule.outputs) == 1:
            return result + result + result
        return iter([part + part + part for part in result])

    monkeypatch.setattr(rule, "differential", tripled)
    if name in ("expm", "logm"):  # they name themselves, and are read as tripled once only
        return
    wrong = gradients(name, values, inputs, parameters, functions, printed=True)
    for x in right:
        assert np.allclose(wrong[x], 3 * right[x])


@pytest.mark.parametrize(
    "name, lines",
    [
        ("matmul", ["grad A = G*B'", "grad B = A'*G"]),
        ("inv", ["grad X = -Y'*G*Y'"]),
        ("det", ["grad X = adj(X)'"]),
        ("slogdet", ["grad X = inv(X)'"]),
        ("trace", ["grad X = I"]),
        ("solve", ["M = solve(A', G)", "grad A = -M*Y'", "grad B = M"]),
        ("softmax", ["grad X = G .* Y - sum(G .* Y)*Y"]),
        ("norm", ["grad X = safe_reciprocal(y)*X"]),
        ("cholesky", None),
    ],
)
def test_exact_print(name, lines):
    assert lines is None or [equation.text for equation in gradient_of(name)] == lines


def test_latex():
    [equation] = gradient_of("inv")
    assert equation.latex == r"\nabla_{X} = -Y^{\mathsf{T}} G Y^{\mathsf{T}}"


def test_transposed_formulas():
    A, B = Symbol("A"), Symbol("B")
    assert str((A @ (2 * B)).T) == "2*B'*A'"
    assert str(TABLE["inv"](A.T).T) == "inv(A)"
    assert str(((A + B) @ B).T) == "B'*(A + B)'"


# -- Formulas of several rules --------------------------------------------------------------------

A, B, C, X, x, y = (Symbol(name) for name in "ABCXxy")
_r = A @ x - y
COMPOSED = [
    (x.T @ B @ x, x, lambda v: v.x.T @ v.B @ v.x),
    (_r.T @ _r, x, lambda v: (v.A @ v.x - v.y).T @ (v.A @ v.x - v.y)),
    (_r.T @ _r, A, lambda v: (v.A @ v.x - v.y).T @ (v.A @ v.x - v.y)),
    (r.trace(X.T @ C @ X @ B), X, lambda v: np.trace(v.X.T @ v.C @ v.X @ v.B)),
    (r.trace(B @ r.inv(B @ B.T)), B, lambda v: np.trace(v.B @ np.linalg.inv(v.B @ v.B.T))),
    (r.log(r.det(X.T @ X)), X, lambda v: np.log(np.linalg.det(v.X.T @ v.X))),
    (r.sum(r.tanh(C @ X) * X), X, lambda v: np.sum(np.tanh(v.C @ v.X) * v.X)),
    (r.norm(X @ B) ** 3, X, lambda v: np.linalg.norm(v.X @ v.B) ** 3),
    (x.T @ B @ x / (x.T @ x), x, lambda v: v.x.T @ v.B @ v.x / (v.x.T @ v.x)),
    (r.logsumexp(B @ x), x, lambda v: lecturelib.logsumexp(v.B @ v.x)),
]


@pytest.mark.parametrize("expression, wrt, f", COMPOSED, ids=[str(c[0]) for c in COMPOSED])
def test_gradient_and_hessian_of_a_formula(expression, wrt, f):
    rng = np.random.default_rng(3)
    shapes = {"A": (5, 3), "B": (3, 3), "C": (4, 4), "X": (4, 3), "x": (3, 1), "y": (5, 1)}
    values = {name: rng.uniform(0.2, 1, shape) for name, shape in shapes.items()}
    values["B"] = values["B"] + 2 * np.eye(3)
    at, H = values[wrt.name], rng.normal(size=shapes[wrt.name])

    def along(Z):
        return f(SimpleNamespace(**{**values, wrt.name: Z}))

    G = gradient_in(expression, wrt)
    values["d" + wrt.name], values["I"] = H, np.eye(3)
    assert np.allclose(evaluate(G, values), gradient(along, at))
    second = differential_in(G, wrt)
    assert np.allclose(evaluate(second, values), hessian(along, at)[H])
    first = differential_in(expression, wrt)
    assert np.allclose(evaluate(first, values), np.sum(gradient(along, at) * H))


def test_a_mean_over_sizes_that_are_letters():
    Z = Symbol("Z", shape=("m", "n"))
    values = {"Z": np.arange(6.0).reshape(2, 3)}
    for axis in (None, 0, (0, 1)):
        G = gradient_in(r.sum(r.mean(Z * Z, axis=axis)), Z)
        expected = gradient(lambda X, a=axis: np.sum(np.mean(X * X, axis=a)), values["Z"])
        assert np.allclose(evaluate(G, values), expected)
    assert str(gradient_in(r.mean(Z), Z)) == "ones(m, n)/(m*n)"
    with pytest.raises(NoTransposeError, match="Name its sizes"):
        gradient_in(r.mean(Symbol("Z")), Symbol("Z"))


def test_the_transposes_of_kron_stay_in_the_table():
    """A gradient through kron has one, too: block_inner, block_sum and kron are closed."""
    K, L = Symbol("K", shape=("m", "n")), Symbol("L", shape=("p", "q"))
    rng = np.random.default_rng(5)
    values = {"K": rng.normal(size=(2, 3)), "L": rng.normal(size=(4, 2))}
    f = r.sum(r.kron(K, L) ** 3)
    G = gradient_in(f, L)
    along = lambda Z: np.sum(np.kron(values["K"], Z) ** 3)  # noqa: E731
    assert np.allclose(evaluate(G, values), gradient(along, values["L"]))
    H = values["dL"] = rng.normal(size=(4, 2))
    second = evaluate(differential_in(G, L), values)
    assert np.allclose(second, hessian(along, values["L"])[H])
    third = gradient_in(r.sum(G * G), L)
    at = five_point(lambda Z: np.sum(gradient(along, Z) ** 2), values["L"], H, h=1e-3)
    assert np.isclose(np.sum(evaluate(third, values) * H), at, rtol=1e-9)


def test_what_a_rule_takes_as_a_constant_may_not_vary():
    """Else the second differential of a power would lack a term, and nobody would know."""
    C = Symbol("C", shape=("n", "n"))
    G = gradient_in(r.trace(r.matrix_power(C, 3)), C)
    with pytest.raises(NoTransposeError, match="takes its input X as a constant"):
        differential_in(G, C)


def test_what_does_not_vary_has_no_differential():
    assert differential_in(B @ x, X) is gradient_in(x.T @ x, X) is ZERO


def test_every_rule_is_accounted_for():
    constants = {name for name, op in TABLE.items() if op.rule.kind == "constant"}
    assert set(WITH) | WITHOUT | IN_FORMULAS | constants == set(TABLE)
