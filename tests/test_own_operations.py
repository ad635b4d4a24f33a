"""An operation of a reader's own is worth as much as ours: one entry, and every reader has it."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import scipy.special
from mpmath import mp

import lecturelib
from lecturelib import (
    check_rule,
    derivative,
    gradient,
    hessian,
    jacobian_matrix,
    linear,
    multilinear,
    rule,
    taylor,
)
from lecturelib.symbols import differential_of, formula_of, gradient_of, rule_table
from lecturelib.table import TABLE
from lecturelib.table.elementwise import exp
from lecturelib.table.matrices import sylvester

X = np.array([0.3, -1.2, 2.0])


@pytest.fixture
def erf():
    """In the place of our own entry, which a reader may replace."""

    @rule(function=scipy.special.erf, where="", latex=r"\operatorname{erf}")
    def erf(Y, X, dX):
        return 2 / math.sqrt(math.pi) * exp(-X * X) * dX

    return erf


@pytest.fixture
def cross():
    return multilinear(
        "cross_product", "a b", function=np.cross, latex=r"a \times b",
        shape=lambda a, b: a,
        transposes=(
            lambda G, a, b: TABLE["cross_product"](b, G),
            lambda G, a, b: TABLE["cross_product"](G, a),
        ),
    )  # fmt: skip


def shifted(x, c):
    return sum(c[k] * np.roll(x, k, axis=-1) for k in range(len(c)))


def shifted_back(x, c):
    return sum(c[k] * np.roll(x, -k, axis=-1) for k in range(len(c)))


@pytest.fixture
def circulant():
    """The product of a circulant matrix, given by its first column, and a vector."""
    linear(
        "correlate_periodic", "x", value=shifted_back,
        transposes=lambda G, x, c: TABLE["circulant"](G, c=c),
    )  # fmt: skip
    return linear(
        "circulant", "x", value=shifted,
        transposes=lambda G, x, c: TABLE["correlate_periodic"](G, c=c),
    )  # fmt: skip


def newton(X):
    """The square root of a matrix by Newton's iteration, in plain NumPy code."""
    Y, Z = X, np.eye(X.shape[0])
    for _ in range(30):
        Y, Z = (Y + np.linalg.inv(Z)) / 2, (Z + np.linalg.inv(Y)) / 2
    return Y


@pytest.fixture
def sqrtm_newton():
    @rule(value=newton, where="no eigenvalue of X on the negative real axis or 0")
    def sqrtm_newton(Y, X, dX):
        return sylvester(Y, Y, dX)

    return sqrtm_newton


# -- Everything is asked of each ------------------------------------------------------------------


def test_erf_is_differentiated_where_code_calls_it(erf):
    f = lambda x: np.sum(scipy.special.erf(x) ** 2)  # noqa: E731
    slope = 2 / math.sqrt(math.pi) * np.exp(-X * X)
    assert np.allclose(gradient(f, X), 2 * scipy.special.erf(X) * slope, rtol=1e-14)
    curvature = 2 * slope**2 - 4 * X * scipy.special.erf(X) * slope
    assert np.allclose(hessian(f, X).matrix(), np.diag(curvature), rtol=1e-13)
    with mp.workdps(30):
        expected = [float(c) for c in mp.taylor(mp.erf, 0.7, 6)]
    found = [float(c) for c in taylor(scipy.special.erf, 0.7, 1.0, 6)]
    assert np.allclose(found, expected, rtol=1e-12)
    D = derivative(erf, X)
    assert np.allclose(D.T[X], D[X])


def test_a_rule_may_be_written_with_numpy():
    @rule(function=scipy.special.expi, where="X != 0")
    def expi_own(Y, X, dX):
        return np.exp(X) / X * dX

    assert check_rule(expi_own), check_rule(expi_own).message
    assert str(differential_of("expi_own")[0]) == "dY = exp(X) ./ X .* dX"


def test_erf_is_printed(erf):
    assert str(formula_of("erf")) == "Y = erf(X)"
    assert formula_of("erf").latex == r"Y = \operatorname{erf}(X)"
    [equation] = differential_of("erf")
    assert str(equation) == "dY = 2/sqrt(pi)*exp(-X .* X) .* dX"
    assert "2/sqrt(pi)*exp(-X" in rule_table() and rule_table() == repr(lecturelib.rules)


def test_cross_is_bilinear(cross):
    a, b = X, np.array([1.0, 0.5, -2.0])
    assert np.allclose(jacobian_matrix(lambda a: np.cross(a, b), a) @ a, np.cross(a, b))
    assert np.allclose(gradient(lambda a: b @ np.cross(a, np.sin(a)), a), _cross_gradient(a, b))
    assert [str(e) for e in differential_of("cross_product")] == [
        "dy = cross_product(da, b) + cross_product(a, db)"
    ]
    assert [str(e) for e in gradient_of("cross_product")] == [
        "grad a = cross_product(b, g)",
        "grad b = cross_product(g, a)",
    ]
    assert formula_of("cross_product").latex == (
        r"\boldsymbol{y} = \boldsymbol{a} \times \boldsymbol{b}"
    )


def _cross_gradient(a, b):
    h = 1e-5
    at = lambda a: b @ np.cross(a, np.sin(a))  # noqa: E731
    return np.array([(at(a + h * e) - at(a - h * e)) / (2 * h) for e in np.eye(3)])


def test_a_circulant_product_has_its_transpose(circulant):
    c = np.array([2.0, -1.0, 0.5])
    J = jacobian_matrix(lambda x: circulant(x, c=c), X)
    assert np.allclose(J, [[2.0, 0.5, -1.0], [-1.0, 2.0, 0.5], [0.5, -1.0, 2.0]])
    assert np.allclose(derivative(lambda x: circulant(x, c=c), X).T[X], J.T @ X)
    assert check_rule(circulant, X, c=c), check_rule(circulant, X, c=c).message


def test_plain_code_has_a_rule_of_its_own(sqrtm_newton):
    A = np.array([[4.0, 1.0], [0.5, 3.0]])
    D = derivative(sqrtm_newton, A)
    Y, H = D.value, np.array([[1.0, 2.0], [-1.0, 0.5]])
    assert np.allclose(Y @ Y, A)
    assert np.allclose(Y @ D[H] + D[H] @ Y, H)
    assert np.allclose(D[H], derivative(newton, A)[H])  # the same code, without the rule


@pytest.mark.parametrize("name", ["erf", "cross", "sqrtm_newton"])
def test_check_rule_agrees(name, request):
    operation = request.getfixturevalue(name)
    point = (X, X[::-1] + 1) if name == "cross" else ()
    report = check_rule(operation, *point)
    assert report, report.message


def test_the_later_entry_answers_also_where_the_earlier_one_was_asked(erf):
    assert np.allclose(
        gradient(lambda x: np.sum(scipy.special.erf(x)), X), derivative(erf, X)[X * 0 + 1]
    )

    @rule(function=scipy.special.erf, where="")
    def erf(Y, X, dX):  # wrong, so that it can be told
        return 7.0 * dX

    assert np.allclose(gradient(lambda x: np.sum(scipy.special.erf(x)), X), 7.0)


def test_an_operation_is_pickled_by_its_name(erf):
    assert pickle.loads(pickle.dumps(erf)) is erf


# -- What is wrong is said ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "differential, said",
    [
        (lambda Y, X, dX: 2 * X * X * dX, "differ"),  # a factor
        (lambda Y, X, dX: -3 * X * X * dX, "differ"),  # a sign
        (lambda Y, X, dX: 3 * X * dX, "differ"),  # a power
    ],
)
def test_a_wrong_rule_is_rejected(differential, said):
    differential.__name__ = "cube_own"
    report = check_rule(rule(value=lambda X: X**3, where="")(differential))
    assert not report and said in report.message and "cube_own in X" in report.message


def test_a_wrong_transpose_is_rejected():
    shift = linear("shift", "x", value=lambda x: np.roll(x, 1), transposes=lambda G, x: G)
    report = check_rule(shift)
    assert not report and "shift in x" in report.message


def test_a_rule_that_is_not_linear_is_refused():
    @rule(value=lambda X: X**2, where="")
    def squared_own(Y, X, dX):
        return dX * dX

    with pytest.raises(TypeError, match="not linear"):
        derivative(squared_own, X)


def test_a_rule_that_takes_a_differential_apart_is_refused():
    @rule(value=lambda X: np.sum(X), where="", shape=lambda a: ())
    def added_own(Y, X, dX):
        return sum(dX)

    with pytest.raises(TypeError, match="not iterable"):
        derivative(added_own, X)


def test_a_rule_that_adds_a_constant_is_refused():
    @rule(value=lambda X: X**2, where="")
    def squared_own(Y, X, dX):
        return 2 * X * dX + X

    with pytest.raises(TypeError, match="not linear"):
        derivative(squared_own, X)


def test_a_differential_of_another_shape_is_refused():
    @rule(value=lambda X: np.sum(X), where="", shape=lambda a: ())
    def summed_own(Y, X, dX):
        return 2 * dX

    with pytest.raises(ValueError, match=r"differential of shape \(3,\) for a value of shape \(\)"):
        derivative(summed_own, X)


def test_a_shape_that_does_not_fit_is_said():
    double = linear(
        "stacked_twice", "x", value=lambda x: np.concatenate([x, x]),
        transposes=lambda G, x: G[: len(G) // 2] + G[len(G) // 2 :],
    )  # fmt: skip
    report = check_rule(double, X)
    assert not report and "gives the shape (3,), and its value has (6,)" in report.message


@pytest.mark.parametrize(
    "enter, error, said",
    [
        (lambda: linear("inv", value=np.copy, transposes=lambda G, X: G), ValueError, "already"),
        (
            lambda: linear("own", function=np.sin, transposes=lambda G, X: G),
            ValueError,
            "'sin' answers for <ufunc 'sin'> already",
        ),
        (lambda: linear("own", value=np.copy), TypeError, "has no transpose"),
        (
            lambda: multilinear("own", value=np.dot, transposes=(lambda G, A, B: G,)),
            TypeError,
            "2 inputs .* and 1 transposes",
        ),
        (lambda: rule(value=np.sin)(lambda Y, X: X), TypeError, "takes the outputs"),
        (lambda: rule(value=np.sin)(lambda Y, dX, X: X), TypeError, "takes the outputs"),
        (lambda: linear("own", valeu=np.copy), TypeError, "no attribute valeu"),
        (lambda: rule(where="")(_named(lambda Y, X, dX: dX))(X), TypeError, "no value on arrays"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_in_a_sentence(enter, error, said):
    with pytest.raises(error, match=said):
        enter()


def _named(differential):
    differential.__name__ = "own"
    return differential


def test_check_rule_says_what_a_rule_or_a_transpose_is_refused_for():
    short = linear(
        "differences_own", "x", value=np.diff, shape=lambda a: (a[0] - 1,),
        transposes=lambda G, x: G,
    )  # fmt: skip
    report = check_rule(short)
    assert (
        not report and "gives an array of shape (2,) for an input of shape (3,)" in report.message
    )

    @rule(value=lambda X: X**2, where="")
    def squared_own(Y, X, dX):
        return dX * dX

    assert not check_rule(squared_own) and "not linear" in check_rule(squared_own).message


def test_an_operation_that_shortens_a_vector_is_entered_and_printed():
    short = linear(
        "differences_own", "x", value=np.diff, shape=lambda a: (a[0] - 1,),
        transposes=lambda G, x: TABLE["spread_own"](G),
    )  # fmt: skip
    linear(
        "spread_own", "x", shape=lambda a: (a[0] + 1,),
        value=lambda x: np.concatenate([[0.0], x]) - np.concatenate([x, [0.0]]),
        transposes=lambda G, x: short(G),
    )  # fmt: skip
    for operation in ("differences_own", "spread_own"):
        assert check_rule(operation), check_rule(operation).message


def test_a_function_of_another_library_is_called_by_its_name():
    with pytest.raises(TypeError, match=r"no derivative rule for scipy\.special\.dawsn"):
        derivative(scipy.special.dawsn, X)


def test_a_reader_may_enter_an_operation_again():
    """As a cell of a notebook does that is run twice; ours stay."""
    for factor in (1.0, 2.0):
        own = linear(
            "times_own", value=lambda X, f=factor: f * X, transposes=lambda G, X, f=factor: f * G
        )
    assert np.allclose(derivative(own, X)[X], 2 * X)
