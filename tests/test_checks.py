"""The checks a reader calls: right results pass, wrong ones are named for what they are."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from cases import CASES, full_rank, invertible, plain, spd
from referees import named_rng

from lecturelib import (
    LinearMap,
    check_adjoint,
    check_derivative,
    check_gradient,
    check_hessian,
    checks,
    derivative,
    gradient,
    hessian,
    jacobian_matrix,
    lower_triangular,
    skew,
    symmetric,
    vec,
    weighted,
)

rng = named_rng("checks")
A, B, X = plain(rng, 3, 3), plain(rng, 4, 4), plain(rng, 3, 4)
S, P, x = invertible(rng, 3), spd(rng, 3), plain(rng, 3)
W = spd(rng, 3)


def bilinear(X: Any) -> Any:
    return np.trace(X.T @ A @ X @ B)


G = A @ X @ B + A.T @ X @ B.T


def untraceable(X: Any) -> float:
    """sum(sin(X)) in code that lecturelib cannot read."""
    return sum(math.sin(float(entry)) for entry in np.ravel(X))


# -- Right results --------------------------------------------------------------------------------


REAL = [
    name
    for name in sorted(CASES)
    if "convention" not in CASES[name].referees and not np.iscomplexobj(CASES[name].sample.value)
]


@pytest.mark.parametrize("name", REAL[::4])
def test_what_lecturelib_finds_is_right(name: str) -> None:
    """The checks agree with the rules on the cases: no wrong alarm."""
    s = CASES[name].sample
    D = derivative(s.f, s.X)
    report = check_derivative(s.f, D, s.X)
    assert report, report.message
    assert report.slope > 1.9
    assert check_adjoint(D), check_adjoint(D).message
    C = named_rng(name).uniform(-1, 1, s.value.shape)

    def phi(X: Any) -> Any:
        return np.sum(C * s.f(X))

    for report in (
        check_gradient(phi, gradient(phi, s.X), s.X),
        check_hessian(phi, hessian(phi, s.X), s.X),
    ):
        assert report, f"{report!r}"


def test_a_right_gradient_as_array_function_and_list() -> None:
    for given in (G, lambda X: A @ X @ B + A.T @ X @ B.T, G.tolist()):
        report = check_gradient(bilinear, given, X)
        assert report
        assert abs(report.slope - 2) < 0.05
        assert report.error < 1e-12
        assert "agrees" in report.message


def test_a_right_derivative_as_map_function_and_matrix() -> None:
    Y = np.linalg.inv(S)
    for L in (
        derivative(np.linalg.inv, S),
        lambda H: -Y @ H @ Y,
        np.kron(-Y.T, Y),
        LinearMap(lambda H: -Y @ H @ Y, lambda G: -Y.T @ G @ Y.T, (3, 3), (3, 3)),
    ):
        report = check_derivative(np.linalg.inv, L, S)
        assert report and abs(report.slope - 2) < 0.05


def test_a_right_hessian_as_map_function_and_matrix() -> None:
    for Hop in (
        hessian(bilinear, X),
        lambda H: A @ H @ B + A.T @ H @ B.T,
        np.kron(B.T, A) + np.kron(B, A.T),
    ):
        assert check_hessian(bilinear, Hop, X)
    cubic = check_hessian(lambda x: np.sum(x**3), np.diag(6 * x), x)
    assert cubic and cubic.slope > 2.9


def test_a_linear_function_leaves_no_remainder() -> None:
    report = check_gradient(lambda X: np.trace(A @ X), A.T, S)
    assert report and report.slope == np.inf and "vanishes" in report.message


def test_scalars_vectors_columns_and_integers() -> None:
    assert check_gradient(lambda x: x**3, 12, 2)
    assert check_gradient(lambda x: x @ x, 2 * x, x)
    assert check_gradient(lambda x: x.T @ A @ x, (A + A.T) @ x[:, None], x[:, None])
    assert check_derivative(lambda x: x * x, [[6.0]], 3)
    assert check_derivative(lambda x: A @ x, A, x)
    assert check_derivative(lambda x: x @ x, 2 * x, x)  # one row, as in df = f'(x) dx
    assert check_gradient(lambda X: np.sum(X * X), lambda X: 2 * X, np.arange(6).reshape(2, 3))


def test_inner_products_and_subspaces() -> None:
    def f(x: Any) -> Any:
        return x @ A @ x

    right = np.linalg.solve(W, (A + A.T) @ x)
    assert check_gradient(f, right, x, inner=weighted(W))
    assert check_hessian(f, np.linalg.solve(W, A + A.T), x, inner=weighted(W))
    logdet = lambda X: np.linalg.slogdet(X)[1]  # noqa: E731
    assert check_gradient(logdet, np.linalg.inv(P), P, inner=symmetric)
    assert check_hessian(logdet, hessian(logdet, P, symmetric), P, inner=symmetric)
    L = np.tril(S)
    assert check_gradient(lambda L: np.sum(L**2), 2 * L, L, inner=lower_triangular)


def test_a_stationary_point() -> None:
    """df is 0 up to rounding: a gradient of the size of rounding is right, another one is not."""
    M, b = full_rank(rng, 5, 3), plain(rng, 5)
    w = np.linalg.lstsq(M, b, rcond=None)[0]

    def cost(w: Any) -> Any:
        return np.sum((M @ w - b) ** 2)

    assert check_gradient(cost, lambda w: 2 * M.T @ (M @ w - b), w)
    assert check_gradient(cost, np.zeros(3), w)
    report = check_gradient(cost, 1e-3 * x, w)
    assert not report and "the gradient is zero here, and G is not" in report.message


def test_a_gradient_by_differences_is_right_enough() -> None:
    h = 1e-6
    E = np.eye(3)
    f = lambda x: np.sum(np.exp(x))  # noqa: E731
    by_differences = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in E]
    assert check_gradient(f, by_differences, x)


def test_points_of_any_size() -> None:
    for size in (1e-8, 1e-3, 1e3, 1e8):
        assert check_gradient(lambda X: np.sum(X**3), lambda X: 3 * X**2, size * X)
        assert not check_gradient(lambda X: np.sum(X**3), lambda X: 2 * X**2, size * X)
    assert check_gradient(lambda X: np.sum(np.cos(X)), lambda X: -np.sin(X), 0 * X)


# -- Wrong results, and what the message says -----------------------------------------------------

WRONG_GRADIENTS = {
    "wrong sign": (bilinear, -G, X, {}),
    "off by the factor 2": (bilinear, 2 * G, X, {}),
    "off by the factor 1/2": (bilinear, G / 2, X, {}),
    "off by the factor 3.14159": (bilinear, np.pi * G, X, {}),
    "G is zero, and the gradient is not": (bilinear, 0 * G, X, {}),
    "shape (4, 3), and X has shape (3, 4)": (bilinear, G.T, X, {}),
    "the transpose of the gradient (numerator layout)": (bilinear, G.T, X, {}),
    "row by row": (bilinear, G.ravel(), X, {}),
    "column by column": (bilinear, vec(G), X, {}),
    "shape (2,), and X has shape (3, 4)": (bilinear, [1.0, 2.0], X, {}),
    "transposed": (
        np.linalg.det, np.linalg.det(S) * np.linalg.inv(S), S, {},
    ),
    "G differs from the gradient, most at entry (2, 1)": (
        bilinear, G + np.eye(3, 4, -1) * (np.arange(3) == 2)[:, None], X, {},
    ),
    "not finite: entry (1, 2) is nan": (
        bilinear, np.where(np.arange(12).reshape(3, 4) == 6, np.nan, G), X, {},
    ),
    "G is complex": (bilinear, 1j * G, X, {}),
    "entries of type object": (bilinear, np.array([["a"]], dtype=object), X, {}),
    "Frobenius inner product": (
        lambda x: x @ A @ x, (A + A.T) @ x, x, {"inner": weighted(W)},
    ),
    "its projection, symmetric.project(G), is right": (
        lambda X: np.trace(A @ X), A.T, P, {"inner": symmetric},
    ),
    "not in the subspace 'skew'": (
        lambda X: np.sum(X**3), np.eye(3), S - S.T, {"inner": skew},
    ),
    "2 S - diag(S)": (
        lambda X: np.linalg.slogdet(X)[1],
        2 * np.linalg.inv(P) - np.diag(np.diag(np.linalg.inv(P))), P, {"inner": symmetric},
    ),
}  # fmt: skip


@pytest.mark.parametrize("saying", WRONG_GRADIENTS)
def test_a_wrong_gradient_is_an_answer(saying: str) -> None:
    f, wrong, point, options = WRONG_GRADIENTS[saying]
    report = check_gradient(f, wrong, point, **options)
    assert not report
    assert saying in report.message
    assert saying in repr(report) and "\n" not in repr(report)
    assert report.error > 1e-3
    assert np.isnan(report.slope) or abs(report.slope - 1) < 0.1


Y = np.linalg.inv(S)
C = plain(rng, 2, 3)
WRONG_DERIVATIVES = {
    "wrong sign": (np.linalg.inv, lambda H: Y @ H @ Y, S),
    "off by the factor 2": (np.linalg.inv, lambda H: -2 * Y @ H @ Y, S),
    "L takes the transpose of H": (np.linalg.inv, lambda H: -Y @ H.T @ Y, S),
    "L[H] is the transpose of the differential": (np.linalg.inv, lambda H: -(Y @ H @ Y).T, S),
    "row-stacked": (np.linalg.inv, np.kron(-Y, Y.T), S),
    "denominator layout": (lambda X: C @ X, np.kron(np.eye(4), C).T, X),
    "(L is in denominator layout)": (lambda x: A @ x, A.T, x),
    "L is not linear": (np.linalg.inv, lambda H: -Y @ H @ H @ Y, S),
    "has shape (4, 2), and f(X) has shape (2, 4)": (lambda X: C @ X, lambda H: (C @ H).T, X),
    "the transpose of the right result": (lambda X: C @ X, lambda H: (C @ H).T, X),
    "takes arrays of shape (4, 3), and X has shape (3, 4)": (
        lambda X: X.T, derivative(lambda X: X.T, X.T), X,
    ),
    "L[H] differs from the differential, most at entry": (
        lambda X: X.T @ X, lambda H: 0.3 * H.T @ X + 0.6 * X.T @ H, X,
    ),
    "L[H] lacks 1 of the 2 terms": (lambda X: X.T @ X, lambda H: H.T @ X, X),
    "L[H] is not finite": (lambda X: X * X, lambda H: H / 0.0, X),
    "L has entries of type": (lambda x: A @ x, np.array([["a"] * 3] * 3, dtype=object), x),
}  # fmt: skip


@pytest.mark.parametrize("saying", WRONG_DERIVATIVES)
def test_a_wrong_derivative_is_an_answer(saying: str) -> None:
    f, wrong, point = WRONG_DERIVATIVES[saying]
    with np.errstate(divide="ignore"):
        report = check_derivative(f, wrong, point)
    assert not report
    assert saying in report.message


M = plain(rng, 2, 3)
WRONG_ADJOINTS = {
    "wrong sign": LinearMap(lambda x: M @ x, lambda y: -M.T @ y, (3,), (2,)),
    "off by the factor 2": LinearMap(lambda x: M @ x, lambda y: 2 * M.T @ y, (3,), (2,)),
    "L.T is zero": LinearMap(lambda x: M @ x, lambda y: np.zeros(3), (3,), (2,)),
    "<L[H], G> and <H, L.T[G]> differ": LinearMap(lambda x: A @ x, lambda y: A @ y, (3,), (3,)),
    "L.T[G] has shape (2,), and it must have (3,)": LinearMap(
        lambda x: M @ x, lambda y: y, (3,), (2,)
    ),
    "L[H] has shape (3,), and it must have (2,)": LinearMap(
        lambda x: x, lambda y: M.T @ y, (3,), (2,)
    ),
    "L is not linear": LinearMap(lambda x: M @ x + 1, lambda y: M.T @ y, (3,), (2,)),
    "L.T is not linear": LinearMap(lambda x: M @ x, lambda y: M.T @ (y * y), (3,), (2,)),
}


@pytest.mark.parametrize("saying", WRONG_ADJOINTS)
def test_a_wrong_adjoint_is_an_answer(saying: str) -> None:
    report = check_adjoint(WRONG_ADJOINTS[saying])
    assert not report
    assert saying in report.message


def quadratic(x: Any) -> Any:
    return x @ A @ x


WRONG_HESSIANS = {
    "wrong sign": (bilinear, lambda H: -(A @ H @ B + A.T @ H @ B.T), X, {}),
    "off by the factor 1/2": (quadratic, (A + A.T) / 2, x, {}),
    "not self-adjoint: the quadratic form is right": (quadratic, 2 * A, x, {}),
    "Hop is not self-adjoint either": (bilinear, lambda H: A @ H @ B.T, X, {}),
    "for one direction H": (bilinear, lambda H: H, X, {}),
    "Hop[H] has shape (3, 3), and X has shape (3,)": (
        quadratic, lambda H: np.outer(H, H), x, {},
    ),
    "Hop is not linear": (quadratic, lambda H: H * H, x, {}),
    "Frobenius inner product": (quadratic, A + A.T, x, {"inner": weighted(W)}),
    "not in the subspace": (
        lambda X: np.trace(X @ X), lambda H: H + np.triu(H), P, {"inner": symmetric},
    ),
    "matrix of shape (3, 4)": (quadratic, np.ones((3, 4)), x, {}),
}  # fmt: skip


@pytest.mark.parametrize("saying", WRONG_HESSIANS)
def test_a_wrong_hessian_is_an_answer(saying: str) -> None:
    f, wrong, point, options = WRONG_HESSIANS[saying]
    report = check_hessian(f, wrong, point, **options)
    assert not report
    assert saying in report.message


def test_a_hessian_that_is_right_only_as_a_form_has_slope_3_and_is_still_wrong() -> None:
    report = check_hessian(lambda x: np.sum(np.exp(C @ x)), lambda H: skewed_hessian() @ H, x)
    assert not report and report.slope > 2.9 and "self-adjoint" in report.message


def skewed_hessian() -> np.ndarray:
    H = C.T @ np.diag(np.exp(C @ x)) @ C
    K = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    return H + K * np.max(abs(H))


# -- Functions that cannot be traced, or have no derivative ---------------------------------------


def test_code_that_cannot_be_traced_is_compared_with_differences() -> None:
    right = check_gradient(untraceable, np.cos, X)
    assert right and "could not be traced" in right.message and "differences" in right.message
    assert "float()" in right.message
    wrong = check_gradient(untraceable, lambda X: -np.cos(X), X)
    assert not wrong and "wrong sign" in wrong.message and "could not be traced" in wrong.message
    worst = check_gradient(untraceable, lambda X: np.cos(X) + (np.arange(12) == 5).reshape(3, 4), X)
    assert not worst and "most at entry (1, 1)" in worst.message
    assert check_hessian(untraceable, lambda H: -np.sin(X) * H, X)
    assert not check_hessian(untraceable, lambda H: -np.cos(X) * H, X)
    scipy_like = lambda X: np.array([[untraceable(X), 1.0]])  # noqa: E731
    assert check_derivative(scipy_like, lambda H: [[np.sum(np.cos(X) * H), 0.0]], X)


def test_a_wrong_gradient_of_untraceable_code_under_another_inner_product() -> None:
    report = check_gradient(untraceable, x**5, x, inner=weighted(W))
    assert not report and "inner(G, H) is not the differential of f" in report.message


def test_a_kink_is_named() -> None:
    report = check_gradient(lambda x: np.sum(np.abs(x)), np.zeros(3), np.zeros(3))
    assert not report
    assert "abs has a kink" in report.message and "not differentiable here" in report.message
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # away from the kink nothing is said
        assert check_gradient(lambda x: np.sum(np.abs(x)), np.sign, x)


@pytest.mark.parametrize("power", [1.1, 1.3, 1.5, 1.9])
@pytest.mark.parametrize("extra", [0.0, 1.0])
def test_a_remainder_of_an_order_between_1_and_2_is_that_of_a_derivative(power, extra) -> None:
    """|x|^p has the derivative 0 at 0, and no second one; the quadratic term changes nothing."""

    def f(x: Any) -> Any:
        return np.abs(x) ** power + extra * x * x

    right = check_derivative(f, lambda h: 0.0 * h, 0.0)
    assert right and (extra or abs(right.slope - power) < 0.01), right.message
    for error in (1e-3, 0.1, 1.0):
        wrong = check_derivative(f, lambda h, error=error: error * h, 0.0)
        assert not wrong and "the derivative is zero here" in wrong.message
    assert check_gradient(lambda x: np.sum(f(x)), np.zeros(3), np.zeros(3))
    assert check_gradient(lambda x: np.sum(np.sin(x) + f(x)), np.ones(3), np.zeros(3))


@pytest.mark.parametrize("extra", [0.0, 1.0])
@pytest.mark.parametrize("kink", [1e-4, 1e-2, 1.0])
def test_a_kink_is_no_such_order(kink, extra) -> None:
    """At first the quadratic term hides a small kink; the slopes must not be averaged."""
    report = check_derivative(lambda x: kink * np.abs(x) + extra * x * x, lambda h: 0.0 * h, 0.0)
    assert not report and "not differentiable here" in report.message


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * np.sqrt(np.abs(x)),
        lambda x: (x * x) ** 0.75,
        lambda x: float(x) * math.sqrt(abs(float(x))),
        lambda x: abs(float(x)) ** 1.5,
    ],
    ids=["0 times infinity", "infinity times 0", "odd, not traced", "even, not traced"],
)
def test_an_order_between_1_and_2_where_the_rules_give_no_number(f) -> None:
    right = check_derivative(f, lambda h: 0.0 * h, 0.0)
    assert right and abs(right.slope - 1.5) < 0.01, right.message
    assert "differences of its values were used" in right.message
    assert not check_derivative(f, lambda h: 0.01 * h, 0.0)


def test_a_second_derivative_with_a_remainder_of_an_order_between_2_and_3() -> None:
    zero = np.zeros((2, 2))
    right = check_hessian(lambda x: np.sum(np.abs(x) ** 2.5), zero, np.zeros(2))
    assert right and abs(right.slope - 2.5) < 0.01, right.message
    assert not check_hessian(lambda x: np.sum(np.abs(x) ** 2.5), zero + np.eye(2), np.zeros(2))
    assert not check_hessian(lambda x: np.sum(x * np.abs(x)), zero, np.zeros(2))


def test_values_that_do_not_follow_the_formula() -> None:
    """A function that takes another branch when traced: the values decide."""

    def two_faced(X: Any) -> Any:
        return np.sum(X * X) if type(X) is np.ndarray else np.sum(3 * X)

    report = check_gradient(two_faced, 3 * np.ones(3), x)
    assert not report and "does not fall as it should" in report.message


def test_steps_outside_the_domain_are_left_out() -> None:
    near = np.array([1e-3, 1.0])
    assert check_gradient(lambda x: np.sum(np.log(x)), lambda x: 1 / x, near)
    assert not check_gradient(lambda x: np.sum(np.log(x)), lambda x: 2 / x, near)
    barely = spd(rng, 3) - 0.8 * np.eye(3)
    f = lambda X: np.sum(np.log(np.diag(np.linalg.cholesky(X))))  # noqa: E731
    assert check_gradient(f, gradient(f, barely, symmetric), barely, inner=symmetric)


# -- Bad input is an error with a sentence --------------------------------------------------------


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"value of shape \(3,\), and only a scalar"):
        check_gradient(lambda x: 2 * x, x, x)
    with pytest.raises(ValueError, match="not finite at the point"):
        check_gradient(lambda x: np.sum(x) * np.inf, x, x)
    with pytest.raises(TypeError, match="is complex"):
        check_gradient(bilinear, G, X + 1j)
    with pytest.raises(ValueError, match="not in the subspace 'symmetric'"):
        check_gradient(np.linalg.det, S, S, inner=symmetric)
    with pytest.raises(TypeError, match="ndarray has no shape_in"):
        check_adjoint(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match="coincide"):
        check_gradient(lambda X: np.linalg.eigh(X)[1][0, 0], np.eye(3), np.eye(3))
    with pytest.raises(TypeError, match="tuple"):
        check_gradient(bilinear, G, (X, X))


# -- The report -----------------------------------------------------------------------------------


def test_the_report() -> None:
    right, wrong = check_gradient(bilinear, G, X), check_gradient(bilinear, 2 * G, X)
    assert repr(right) == "<check_gradient: right, error below 1e-07, slope 2.0>"
    assert repr(wrong) == (
        "<check_gradient: wrong, error 1, slope 1.0; "
        "off by the factor 2: G is 2 times the gradient>"
    )
    assert repr(check_adjoint(derivative(np.linalg.inv, S))) == (
        "<check_adjoint: right, error below 1e-07>"
    )
    assert right.steps.shape == right.remainders.shape
    assert (np.diff(right.steps) < 0).all()
    lines = right.table().splitlines()
    assert len(lines) == 1 + len(right.steps)
    assert lines[-1].endswith("2.00")


def test_the_same_directions_each_time() -> None:
    """Two calls give one report, and numbers drawn elsewhere do not matter."""
    first = check_gradient(bilinear, 2 * G, X)
    np.random.default_rng(1).normal(size=9)
    second = check_gradient(bilinear, 2 * G, X)
    assert first.error == second.error and first.slope == second.slope
    assert np.array_equal(first.remainders, second.remainders)


@pytest.mark.parametrize("factor", [1 + 1e-9, 1 - 1e-9])
def test_errors_within_the_tolerance_do_not_decide(factor: float) -> None:
    """Also where f is nearly linear, so that the error shows in the remainder before f's curve."""
    nearly = lambda x: np.sum(x) + 1e-6 * np.sum(x * x)  # noqa: E731
    assert check_gradient(nearly, factor * (1 + 2e-6 * x), x)
    assert not check_gradient(nearly, (1 + 1e-4 * (factor - 1) / 1e-9) * (1 + 2e-6 * x), x)


def test_the_tolerance_separates_rounding_from_errors() -> None:
    assert checks.TOLERANCE > 1e4 * np.finfo(float).eps
    J = jacobian_matrix(np.linalg.inv, S)
    assert check_derivative(np.linalg.inv, J * (1 + 1e-10), S)
    assert not check_derivative(np.linalg.inv, J * (1 + 1e-5), S)


@pytest.mark.parametrize(
    ("f", "G"), [(np.abs, np.sign), (lambda X: np.maximum(X, 0), lambda X: X > 0)]
)
def test_a_kink_that_only_the_longer_steps_cross_is_none_here(f, G):
    X = np.random.default_rng(4).standard_normal((4, 4))
    X.flat[3] = 1e-3
    report = check_gradient(lambda X: np.sum(f(X)), lambda X: 1.0 * G(X), X)
    assert report, report.message
    assert not check_gradient(lambda X: np.sum(f(X)), lambda X: 1.001 * G(X), X)
    assert not check_gradient(lambda x: np.sum(np.abs(x)), [0.0, 1.0], [0.0, 1.0])
