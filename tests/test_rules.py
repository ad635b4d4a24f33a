"""Every rule of the table against its referees, at points of distinct, non-square shapes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from cases import (
    CASES,
    IN_FORMULAS,
    OF_RULE,
    Case,
    full_rank,
    plain,
    refuses_a_small_singular_value,
)
from referees import INDEPENDENT, REFEREES, Refuted, Sample, named_rng, require

import lecturelib as ll
from lecturelib import (
    KinkWarning,
    derivative,
    gradient,
    hessian,
    jacobian_matrix,
    second_derivative,
    taylor,
)
from lecturelib import rules as r
from lecturelib.numbers import dispatch
from lecturelib.numbers.series import Jet
from lecturelib.table import TABLE


@pytest.mark.filterwarnings("ignore:pinv has a kink")  # some cases stay at a lower rank
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", sorted(CASES))
def test_case(name: str) -> None:
    """All referees of one case; a failure lists every one that refutes it."""
    case, refuted = CASES[name], []
    for referee in case.referees:
        try:
            REFEREES[referee](case.sample)
        except Refuted as reason:
            refuted.append(f"{referee}: {reason}")
    assert not refuted, "\n".join([name, *refuted])


@pytest.mark.parametrize("rule", sorted(set(TABLE) - IN_FORMULAS))
def test_every_rule_has_two_independent_referees(rule: str) -> None:
    cases = OF_RULE.get(rule, [])
    assert cases, f"no case uses {rule}"
    assert len(INDEPENDENT & {name for case in cases for name in case.referees}) >= 2


def test_only_operations_of_formulas_have_no_value_on_arrays() -> None:
    without = {n for n, op in TABLE.items() if op.rule.value is None and not op.rule.function}
    assert without == IN_FORMULAS
    with pytest.raises(TypeError, match="'sum_over' has no value on arrays"):
        TABLE["sum_over"](np.ones(2), index="i", count=3)


OF_MATRICES = {name: op.rule for name, op in TABLE.items() if op.rule.commuting is not None}
CONSTANTS = {"k": 4, "p": -0.6}


def matrix_function(rule: Any) -> tuple[Any, list[Any]]:
    """Its value and its inputs, at a positive definite matrix."""
    X = np.array([[2.0, 0.3, -0.2], [0.3, 1.5, 0.4], [-0.2, 0.4, 1.0]])
    inputs = [X, *(CONSTANTS[x] for x in rule.inputs[1:])]
    return TABLE[rule.name](*inputs), inputs


@pytest.mark.parametrize("name", OF_MATRICES)
def test_the_differential_in_a_direction_that_commutes(name: str) -> None:
    """What the entry states for it is what its differential gives there, and the adjoint's."""
    rule = OF_MATRICES[name]
    Y, inputs = matrix_function(rule)
    X = inputs[0]
    E = X @ X - 2 * X + 0.5 * np.eye(3)
    assert rule.commuting is not None
    D = derivative(lambda Z: TABLE[name](Z, *inputs[1:]), X)
    stated = rule.commuting(Y, *inputs, E)
    require("commuting direction", stated, rule.differential(Y, *inputs, E), 1e-12)
    require("commuting direction, by the reader", stated, D[E], 1e-12)
    require("and its adjoint", stated, D.T[E], 1e-12)  # X is symmetric
    H = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, 1.0]])  # which does not commute
    assert not np.allclose(rule.commuting(Y, *inputs, H), D[H])


def test_every_function_of_matrices_with_a_frechet_derivative_states_it() -> None:
    frechet = {op.rule.frechet_of: op.rule for op in TABLE.values() if op.rule.frechet_of}
    assert set(frechet) < set(OF_MATRICES)
    for name, rule in frechet.items():
        Y, inputs = matrix_function(OF_MATRICES[name])
        assert rule.inputs == (*OF_MATRICES[name].inputs, "E")
        E = np.array([[0.0, 1.0, 0.0], [3.0, 0.0, 0.0], [0.0, 2.0, 1.0]])
        found = TABLE[rule.name](*inputs, E)
        require(name, found, OF_MATRICES[name].differential(Y, *inputs, E), 1e-14)
        for G in (E.T, E @ E):
            back = rule.transposed(len(inputs), G, [*inputs, E], {})
            require(f"transpose of {name}", np.sum(back * E), np.sum(G * found), 1e-12)
    assert {op.name for op in TABLE.values() if op.name.endswith("_frechet")} == {
        rule.name for rule in frechet.values()
    }


def test_no_case_is_for_a_rule_that_does_not_exist() -> None:
    assert set(OF_RULE) <= set(TABLE)


def trace_of(case: Case, listen: Callable[[], Any]) -> None:
    listen()
    if case.convention is refuses_a_small_singular_value:  # what is named is heard before
        with pytest.raises(np.linalg.LinAlgError):
            derivative(case.sample.f, case.sample.X)
        return
    D = derivative(case.sample.f, case.sample.X)
    D.T[np.ones(D.shape_out)]
    taylor(case.sample.f, case.sample.X, case.sample.H, 3)


def test_every_case_goes_through_the_rules_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """By listening to the operations that are called while the case is differentiated."""
    heard: set[str] = set()
    call, apply = r.Operation.__call__, Jet._apply

    def listening(self: Any, *operands: Any, **parameters: Any) -> Any:
        heard.add(self.name)
        return call(self, *operands, **parameters)

    def listening_jet(self: Any, operation: Any, operands: Any, parameters: Any) -> Any:
        heard.add(operation.name)
        return apply(self, operation, operands, parameters)

    monkeypatch.setattr(r.Operation, "__call__", listening)
    monkeypatch.setattr(Jet, "_apply", listening_jet)  # where operators and ufuncs go
    missing = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KinkWarning)
        for case in CASES.values():
            trace_of(case, heard.clear)
            missing += [f"{case.name}: {rule}" for rule in case.rules if rule not in heard]
    assert not missing, "\n".join(missing)


def test_every_numpy_function_and_method_has_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `dispatch` answers is differentiated in some case, methods and operators too."""
    heard: set[Any] = set()

    def listen(name: str) -> None:
        answer = getattr(dispatch.ArrayProtocol, name)

        def listening(self: Any, function: Any, how: Any, *rest: Any, **kwargs: Any) -> Any:
            heard.add(function)
            return answer(self, function, how, *rest, **kwargs)

        monkeypatch.setattr(dispatch.ArrayProtocol, name, listening)

    listen("__array_ufunc__")
    listen("__array_function__")
    methods = {
        name: attribute
        for name, attribute in vars(dispatch.ArrayProtocol).items()
        if callable(attribute) and not name.startswith("__")
    }
    called: set[str] = set()
    for name, method in methods.items():

        def listening_method(self: Any, *a: Any, _n: str = name, _m: Any = method, **k: Any) -> Any:
            called.add(_n)
            return _m(self, *a, **k)

        monkeypatch.setattr(dispatch.ArrayProtocol, name, listening_method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KinkWarning)
        for case in CASES.values():
            trace_of(case, lambda: None)
    # Functions that only look at values are compared with NumPy below.
    looking = {f for f, answer in dispatch.FUNCTIONS.items() if answer.__name__ == "<lambda>"}
    looking |= {f for f, answer in dispatch.UFUNCS.items() if not hasattr(answer, "rule")}
    offered = set(dispatch.FUNCTIONS) | set(dispatch.UFUNCS)
    missing = {getattr(f, "__name__", str(f)) for f in offered - heard - looking}
    assert not missing, f"no case differentiates {sorted(missing)}"
    refusing = {"item", "tolist", "astype"}  # these raise a sentence, tested with the others
    assert set(methods) - called - refusing - set(LOOKING_METHODS) == set()


LOOKING: dict[str, Callable[[Any], Any]] = {
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "argmax": lambda X: np.argmax(X, axis=0),
    "argmin": np.argmin,
    "argsort": lambda X: np.argsort(X, axis=1),
    "allclose": lambda X: np.allclose(X, X + 1e-12),
    "isclose": lambda X: np.isclose(X, 0.0),
    "array_equal": lambda X: np.array_equal(X, X),
    "any": lambda X: np.any(X > 1),
    "all": lambda X: np.all(X > -9),
    "iscomplexobj": np.iscomplexobj,
    "isrealobj": np.isrealobj,
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "matrix_rank": np.linalg.matrix_rank,
    "result_type": lambda X: np.result_type(X, float) == np.dtype(float),
    "nonzero": lambda X: np.nonzero(X)[1],
    "searchsorted": lambda X: np.searchsorted(X[0], 0.0),
    "where": lambda X: np.where(X > 0)[0],
    "less": lambda X: X < 0.5,
    "less_equal": lambda X: np.less_equal(X, 0.5),
    "greater": lambda X: 0.5 < X,
    "greater_equal": lambda X: X >= 0.5,
    "equal": lambda X: X == X,
    "not_equal": lambda X: X != X,
    "isfinite": np.isfinite,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "signbit": np.signbit,
    "len": len,
    "bool": lambda X: bool(X[0, 0] > 0),
    "attributes": lambda X: [*X.shape, X.ndim, X.size, X.dtype == float],
    "comparison of two": lambda X: np.greater(X, X.T.T - 1),
}
LOOKING_METHODS: dict[str, Callable[[Any], Any]] = {
    "argmax": lambda X: X.argmax(axis=1),
    "argmin": lambda X: X.argmin(),
    "argsort": lambda X: X.argsort(axis=1),
    "any": lambda X: X.any(),
    "all": lambda X: X.all(),
    "nonzero": lambda X: X.nonzero()[1],
    "copy": lambda X: X.copy(),
}


@pytest.mark.parametrize("look", [*LOOKING.values(), *LOOKING_METHODS.values()])
def test_functions_that_look_at_values_give_those_of_numpy(look: Callable[[Any], Any]) -> None:
    X = plain(named_rng("look"), 2, 3)
    seen = []

    def f(Z: Any) -> Any:
        seen.append(look(Z))
        return Z

    derivative(f, X)
    found = dispatch.base(seen[0])
    assert np.array_equal(np.asarray(found), np.asarray(look(X)))


# -- Exact arithmetic as a referee ----------------------------------------------------------------

t = sympy.Symbol("t")
EXACT: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], tuple[int, int]]] = {
    "inv": (np.linalg.inv, lambda X: X.inv(), (2, 2)),
    "det": (np.linalg.det, lambda X: sympy.Matrix([[X.det()]]), (3, 3)),
    "log det of a Gram matrix": (
        lambda X: np.linalg.slogdet(X.T @ X)[1],
        lambda X: sympy.Matrix([[sympy.log((X.T * X).det())]]),
        (3, 2),
    ),
    "X^T X X^T": (lambda X: X.T @ X @ X.T, lambda X: X.T * X * X.T, (3, 2)),
    "power": (lambda X: np.linalg.matrix_power(X, -2), lambda X: X.inv() ** 2, (2, 2)),
    "kron": (lambda X: np.kron(X, X.T), lambda X: sympy.kronecker_product(X, X.T), (2, 3)),
    "pinv": (np.linalg.pinv, lambda X: (X.T * X).inv() * X.T, (3, 2)),
    "quotient": (
        lambda X: X * X / (1 + X * X),
        lambda X: X.applyfunc(lambda x: x**2 / (1 + x**2)),
        (2, 3),
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_taylor_coefficients_are_those_of_exact_arithmetic(name: str) -> None:
    """SymPy on an explicit matrix X + tH with rational entries, differentiated entry by entry."""
    f, exact, shape = EXACT[name]
    rng = named_rng(name)
    X = rng.integers(-4, 5, shape) + 12 * np.eye(*shape, dtype=int)
    H = rng.integers(-3, 4, shape)
    quarters = [sympy.Matrix(M.tolist()) / 4 for M in (X, H)]
    Y = exact(quarters[0] + t * quarters[1])
    for k, found in enumerate(taylor(f, X / 4, H / 4, 3)):
        slope = Y.diff(t, k).subs(t, 0) / sympy.factorial(k)
        expected = np.array(slope.evalf(30).tolist(), dtype=float).reshape(found.shape)
        require(f"coefficient {k}", found, expected, 1e-12, 1.0)


# -- Points of every kind -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (4,), (4, 1), (1, 4), (2, 3), (2, 3, 4)])
def test_points_of_every_shape(shape: tuple[int, ...]) -> None:
    """Gradient and Hessian have the shape of the point, and sum(X^3) is known."""
    X = plain(named_rng(str(shape)), *shape).reshape(shape)
    H = plain(named_rng(f"H {shape}"), *shape).reshape(shape)
    f = lambda X: np.sum(X**3)  # noqa: E731
    require("gradient", gradient(f, X), 3 * X**2, 1e-14)
    require("Hessian", hessian(f, X)[H], 6 * X * H, 1e-14)
    require("second derivative", second_derivative(f, X, H), np.sum(6 * X * H * H), 1e-13)
    require("Jacobian", jacobian_matrix(f, X), 3 * (X**2).reshape(1, -1, order="F"), 1e-14)


def test_a_value_of_one_entry_is_a_scalar() -> None:
    A = plain(named_rng("A"), 3, 3)
    for X in (plain(named_rng("x"), 3, 1), plain(named_rng("x"), 3)):
        f = lambda x: x.T @ A @ x  # noqa: E731
        require("gradient", gradient(f, X), (A + A.T) @ X, 1e-14)
        require("Hessian", hessian(f, X).matrix(), A + A.T, 1e-14)


def test_integers_lists_and_numbers_are_points() -> None:
    A = np.array([[2, 1], [0, 3]])
    require("integers", gradient(np.linalg.det, A), gradient(np.linalg.det, A * 1.0), 0.0)
    require("lists", gradient(np.linalg.det, A.tolist()), gradient(np.linalg.det, A * 1.0), 0.0)
    require("a number", gradient(lambda x: x**3, 2), 12.0, 0.0)
    require("integer constants", gradient(lambda x: np.array([1, 2]) @ x, [1, 1]), [1.0, 2.0], 0.0)
    require("float32", gradient(lambda x: x @ x, np.ones(2, np.float32)), [2.0, 2.0], 0.0)
    require("bool", gradient(lambda x: x @ x, np.array([True, False])), [2.0, 0.0], 0.0)


def test_a_function_that_does_not_use_its_argument_has_derivative_zero() -> None:
    X, A = plain(named_rng("constant"), 2, 3), np.arange(4.0)
    for f in (lambda X: A, lambda X: A + 0 * np.sum(X), lambda X: np.ones_like(X)[0]):
        D = derivative(f, X)
        shape = np.shape(f(X))
        require("D[H]", D[X], np.zeros(shape), 0.0)
        require("D.T[G]", D.T[np.ones(shape)], np.zeros((2, 3)), 0.0)
        require("matrix", D.matrix(), np.zeros((D.value.size, 6)), 0.0)
        require("coefficient 2", taylor(f, X, X, 2)[2], np.zeros(shape), 0.0)
    require("gradient", gradient(lambda X: 1.0, X), np.zeros((2, 3)), 0.0)
    require("Hessian", hessian(lambda X: np.sum(X), X)[X], np.zeros((2, 3)), 0.0)


def test_the_jacobian_of_a_complex_function_of_a_real_matrix_is_complex() -> None:
    """Rows fewer than columns: the adjoint, which is real, could not give it."""
    X = np.array([[1.0, 2.0], [-3.0, 1.5]])
    J = jacobian_matrix(lambda X: np.linalg.eigvals(X)[:1], X)
    for k in range(4):
        E = np.zeros(4)
        E[k] = 1.0
        E = E.reshape((2, 2), order="F")
        require("column", J[:, k], derivative(np.linalg.eigvals, X)[E][:1], 1e-14)
    assert np.max(abs(J.imag)) > 0.1


def test_eigenvalues_of_a_triangle_do_not_ask_for_the_vectors() -> None:
    """Repeated eigenvalues: the values' sum has a derivative, read from either triangle."""
    for triangle in "LU":
        f = lambda X, u=triangle: np.sum(np.linalg.eigvalsh(X, UPLO=u))  # noqa: E731
        with pytest.warns(KinkWarning):
            require("gradient", gradient(f, np.eye(3)), np.eye(3), 1e-14)


def test_orders_beyond_the_third() -> None:
    """Order 8 of functions whose series are known."""
    X, H = full_rank(named_rng("orders"), 3, 3), plain(named_rng("H"), 3, 3) / 4
    Y = np.linalg.inv(X)
    expected = Y
    for found in taylor(np.linalg.inv, X, H, 8):  # Y (-H Y)^k
        require("Neumann series", found, expected, 1e-11)
        expected = expected @ (-H @ Y)
    coefficients = taylor(ll.expm, 0 * X, H, 8)
    expected = np.eye(3)
    for k, found in enumerate(coefficients):
        require("exponential series", found, expected, 1e-13)
        expected = expected @ H / (k + 1)
    long = [float(c) for c in taylor(lambda x: 1 / (1 - x), 0.0, 1.0, 20)]
    require("geometric series", long, np.ones(21), 1e-14)


def test_a_jet_says_what_it_is() -> None:
    seen = []

    def f(X: Any) -> Any:
        seen.append(repr(X))
        return X

    derivative(f, np.ones((2, 3)))
    assert "shape (2, 3)" in seen[0] and "under differentiation" in seen[0]


def test_sample_refuses_a_wrong_derivative() -> None:
    """The referees themselves are able to fail: f and its derivative are those of two functions."""
    rng = named_rng("wrong")
    right = Sample("wrong", lambda X: np.sin(X), plain(rng, 2, 3), rng)
    right.f = lambda X: np.cos(X) if isinstance(X, Jet) else np.sin(X)
    for name in ("value", "complex step", "circle", "differences", "remainder"):
        with pytest.raises(Refuted):
            REFEREES[name](right)
