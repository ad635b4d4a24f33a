"""Least squares: every answer against referees that share no code with it."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
import warnings
from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import lecturelib
from lecturelib import LostDigitsWarning, RankWarning, least_squares, polynomial_design
from lecturelib.claims.referees import five_point

METHODS = ("qr", "normal", "svd", "pinv")
x, y = [-2, 0, 1, 3, 4], [1, 3, 3, 2, 0]  # the lecture's five points
W_STAR = [Fraction(3), Fraction(29, 66), Fraction(-19, 66)]
PSEUDO_INVERSE = [  # the exact one; the lecture prints two digits
    "1/7 3/7 3/7 1/7 -1/7".split(),
    "-64/231 1/21 19/154 47/462 1/231".split(),
    "5/77 -1/21 -29/462 -5/462 13/231".split(),
]


def fractions(array):
    return np.vectorize(Fraction, otypes=[object])(np.asarray(array))


def spd(rng, n):
    A = rng.standard_normal((n, n))
    return A @ A.T + np.eye(n)


def as_matrix(weights, m):
    return np.eye(m) if weights is None else np.diag(weights) if weights.ndim == 1 else weights


# -- The lecture's problem ------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_parabola_of_the_lecture(method):
    X = polynomial_design(x, 2)
    fit = least_squares(X, y, method)
    exact = np.array(W_STAR, dtype=float)
    np.testing.assert_allclose(fit.w, exact, atol=1e-13)
    assert abs(fit.sse - 4 / 33) < 1e-14 and abs(fit.mse - 4 / 165) < 1e-14
    assert fit.rank == 3 and abs(fit.condition / np.linalg.cond(X) - 1) < 1e-12
    np.testing.assert_allclose(fit.residual, np.array(y) - X @ exact, atol=1e-13)
    np.testing.assert_allclose(fit.pseudo_inverse, fractions(PSEUDO_INVERSE).astype(float))
    assert (fit.hessian == [[10, 12, 60], [12, 60, 168], [60, 168, 708]]).all()
    np.testing.assert_allclose(fit.gradient(fit.w), 0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("number", [Fraction, sympy.Integer, sympy.Rational])
@pytest.mark.parametrize("which", ["X", "y", "both"])
def test_the_parabola_of_the_lecture_exactly(method, number, which):
    X = [[1, a, a * a] for a in x]
    if which != "y":
        X = polynomial_design([number(a) for a in x], 2)
    fit = least_squares(X, y if which == "X" else [number(b) for b in y], method)
    assert list(fit.w) == W_STAR
    assert fit.sse == Fraction(4, 33) and fit.mse == Fraction(4, 165)
    assert fit.rank == 3 and fit.condition is None
    assert (fit.pseudo_inverse == fractions(PSEUDO_INVERSE)).all()
    assert not fit.gradient(fit.w).any()
    assert list(fit.residual * 33) == [1, 0, -5, 9, -5]
    assert type(fit.w[1]) is type(number(1) / number(3))
    assert str(fit.w[1]) == "29/66"


def test_two_digits_of_the_pseudo_inverse_are_too_few():
    # Errata E35 and E36: the printed matrix has one wrong entry, and gives other weights.
    printed = np.array(
        [
            [0.14, 0.43, 0.43, 0.14, -0.14],
            [-0.28, 0.047, 0.12, 0.10, 0.00],
            [0.06, -0.05, -0.06, -0.01, 0.06],
        ]
    )
    np.testing.assert_allclose(printed @ y, [3, 0.421, -0.29])
    fit = least_squares(polynomial_design(x, 2), y)
    assert fit.pseudo_inverse[1, 1].round(3) == 0.048
    assert np.abs(printed @ y - fit.w).max() > 0.01


def test_plain_integers_give_floats():
    fit = least_squares([[1, a] for a in x], y)
    assert fit.w.dtype == float and least_squares([[2**70], [2**70]], [1, 1]).w.dtype == float


def test_polynomial_design():
    assert (polynomial_design([2.0, 3.0], 3) == [[1, 2, 4, 8], [1, 3, 9, 27]]).all()
    assert polynomial_design([2, 3], 0).tolist() == [[1.0], [1.0]]
    exact = polynomial_design([Fraction(1, 2), 0], 2)
    assert exact.tolist() == [[1, Fraction(1, 2), Fraction(1, 4)], [1, 0, 0]]
    assert all(type(entry) is Fraction for entry in exact.flat)


# -- Against referees -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weighting", ["none", "vector", "matrix"])
@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("columns", [(), (1,), (2,)])
def test_all_options_against_the_normal_equations(method, weighting, ridge, columns):
    rng = np.random.default_rng(0)
    m, n = 7, 3
    X, Y = rng.standard_normal((m, n)), rng.standard_normal((m, *columns))
    weights = {"none": None, "vector": rng.random(m) + 0.5, "matrix": spd(rng, m)}[weighting]
    fit = least_squares(X, Y, method, ridge, weights)
    W = as_matrix(weights, m)
    normal = X.T @ W @ X + ridge * np.eye(n)
    w = np.linalg.solve(normal, X.T @ W @ Y)
    np.testing.assert_allclose(fit.w, w, atol=1e-13)
    r = Y - X @ w
    np.testing.assert_allclose(fit.residual, r, atol=1e-13)
    np.testing.assert_allclose(fit.sse, np.sum(r * (W @ r)))
    np.testing.assert_allclose(fit.mse, np.sum(r * (W @ r)) / m)
    np.testing.assert_allclose(fit.hessian, 2 * normal)
    np.testing.assert_allclose(fit.pseudo_inverse, np.linalg.solve(normal, X.T @ W), atol=1e-13)
    np.testing.assert_allclose(fit.condition**2, np.linalg.cond(normal))
    assert fit.rank == n

    def cost(v):
        r = Y - X @ v
        return (r * (W @ r)).sum() + ridge * (v * v).sum()

    v = rng.standard_normal(w.shape)
    G = fit.gradient(v)
    for place in np.ndindex(v.shape):  # complex step
        z = v.astype(complex)
        z[place] += 1e-30j
        assert abs(cost(z).imag / 1e-30 - G[place]) < 1e-12
    np.testing.assert_allclose(lecturelib.gradient(cost, v), G, atol=1e-12)
    if columns == ():
        np.testing.assert_allclose(lecturelib.hessian(cost, v).matrix(), fit.hessian, atol=1e-11)
        h = rng.standard_normal(n)  # the cost is quadratic: its second difference is exact
        second = cost(v + h) - 2 * cost(v) + cost(v - h)
        np.testing.assert_allclose(second, h @ fit.hessian @ h, rtol=1e-10)


def test_tempting_wrong_variants_are_rejected():
    rng = np.random.default_rng(1)
    X, Y, v = rng.standard_normal((7, 3)), rng.standard_normal(7), rng.standard_normal(3)
    weights, ridge = rng.random(7) + 0.5, 0.3
    fit = least_squares(X, Y, ridge=ridge, weights=weights)
    r = X @ v - Y
    truth = fit.gradient(v)
    np.testing.assert_allclose(truth, 2 * (X.T @ (weights * r) + ridge * v))
    for wrong in (
        X.T @ (weights * r) + ridge * v,  # the factor 2
        2 * (X.T @ (weights * -r) + ridge * v),  # the residual's sign
        2 * X.T @ (weights * r),  # the ridge
        2 * (X.T @ r + ridge * v),  # the weights
        2 * (X.T @ (weights**2 * r) + ridge * v),  # the weights twice
    ):
        assert np.abs(wrong - truth).max() > 0.05
    assert np.abs(fit.hessian - (X.T * weights) @ X).max() > 0.05  # half the Hessian
    assert not np.allclose(fit.w, least_squares(X, Y, ridge=ridge).w, atol=1e-3)
    assert not np.allclose(fit.w, least_squares(X, Y, weights=weights).w, atol=1e-3)
    assert not np.allclose(
        fit.w, least_squares(X, Y, ridge=ridge, weights=np.sqrt(weights)).w, atol=1e-3
    )


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 5), more=st.integers(0, 6), ridge=st.integers(0, 3), weighted=st.booleans(),
    method=st.sampled_from(METHODS), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_floats_agree_with_exact_arithmetic(n, more, ridge, weighted, method, seed):
    rng = np.random.default_rng(seed)
    m = n + more
    X = rng.integers(-9, 10, (m, n)) + 20 * np.eye(m, n, dtype=int)  # far from dependent columns
    Y = rng.integers(-9, 10, m)
    weights = rng.integers(1, 5, m) if weighted else None
    exact = least_squares(fractions(X), Y, method, ridge, weights)
    fit = least_squares(X, Y, method, ridge, weights)
    np.testing.assert_allclose(fit.w, exact.w.astype(float), atol=1e-9)
    np.testing.assert_allclose(fit.sse, float(exact.sse), atol=1e-9)
    W = fractions(np.diag(weights) if weighted else np.eye(m, dtype=int))
    # The defining identity, without rounding: X^T W (X w - y) + ridge w = 0.
    assert not (X.T @ W @ (X @ exact.w - Y) + ridge * exact.w).any()
    assert (exact.pseudo_inverse @ Y == exact.w).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("m", [8191, 8192, 8193, 24_577])
def test_tall_data_in_blocks(order, m):
    rng = np.random.default_rng(m)
    X = np.asarray(rng.standard_normal((m, 5)), order=order)
    Y = X @ np.arange(5.0) + rng.standard_normal(m)
    kept = X.copy(), Y.copy()
    weights = rng.random(m) + 0.1
    w, _, _, s = scipy.linalg.lstsq(X, Y)
    root = np.sqrt(weights)
    weighted_w = scipy.linalg.lstsq(X * root[:, None], Y * root)[0]
    for method in METHODS:
        fit = least_squares(X, Y, method)
        np.testing.assert_allclose(fit.w, w, atol=1e-12)
        np.testing.assert_allclose(fit.sse, np.sum((Y - X @ w) ** 2))
        np.testing.assert_allclose(fit.condition, s[0] / s[-1])
        np.testing.assert_allclose(fit.hessian, 2 * X.T @ X, atol=1e-9)
        fit = least_squares(X, Y, method, weights=weights)
        np.testing.assert_allclose(fit.w, weighted_w, atol=1e-12)
    assert (X == kept[0]).all() and (Y == kept[1]).all()


@pytest.mark.parametrize(
    ("m", "n"), [(33, 32), (700, 40), (5000, 39), (900, 100), (2731, 2), (200_000, 1)]
)
def test_other_numbers_of_columns(m, n):
    rng = np.random.default_rng(n)
    X, Y = rng.standard_normal((m, n)), rng.standard_normal(m)
    fit = least_squares(X, Y)
    np.testing.assert_allclose(fit.w, scipy.linalg.lstsq(X, Y)[0], atol=1e-10)
    np.testing.assert_allclose(fit.sse, np.sum((Y - X @ fit.w) ** 2), rtol=1e-9)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32", "bool"])
@pytest.mark.parametrize("method", METHODS)
def test_other_types_of_data_are_computed_in_float64(dtype, method):
    rng = np.random.default_rng(0)
    X, Y = rng.integers(0, 2, (40, 3)).astype(dtype), rng.integers(0, 2, 40).astype(dtype)
    fit = least_squares(X, Y, method)
    expected = scipy.linalg.lstsq(X.astype(float), Y.astype(float))[0]
    np.testing.assert_allclose(fit.w, expected, atol=1e-13)
    np.testing.assert_allclose(
        fit.residual, Y.astype(float) - X.astype(float) @ expected, atol=1e-13
    )
    np.testing.assert_allclose(fit.hessian, 2 * X.astype(float).T @ X.astype(float))
    np.testing.assert_allclose(fit.gradient(fit.w), 0, atol=1e-12)


def test_data_are_neither_copied_nor_held_twice():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((1_000_000, 20)), rng.standard_normal(1_000_000)
    for method in METHODS:
        tracemalloc.start()
        fit = least_squares(X, Y, method)
        assert fit.sse > 0 and fit.X is X and fit.y is Y
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 0.05 * X.nbytes


def test_condition_1e6_is_solved_as_well_as_by_lstsq():
    errors: dict[str, list[float]] = {"qr": [], "lstsq": [], "normal": []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        V = np.linalg.qr(rng.standard_normal((20, 20)))[0]
        X = rng.standard_normal((20_000, 20)) * np.logspace(0, -6, 20) @ V
        w = rng.standard_normal(20)
        Y = X @ w
        errors["qr"].append(np.linalg.norm(least_squares(X, Y).w - w))
        with pytest.warns(LostDigitsWarning, match="lose about 12 of 16 digits"):
            errors["normal"].append(np.linalg.norm(least_squares(X, Y, "normal").w - w))
        errors["lstsq"].append(np.linalg.norm(np.linalg.lstsq(X, Y)[0] - w))
    # Both are a hundred times better than the bound cond * eps = 2e-10; which of the two is a
    # little better hangs on the kernel of BLAS.
    assert np.mean(errors["lstsq"]) < 2e-12
    assert np.mean(errors["qr"]) < 2 * np.mean(errors["lstsq"])
    assert np.mean(errors["normal"]) > 1e4 * np.mean(errors["qr"])  # what X^T X costs


def test_refinement_does_no_harm_where_the_residual_is_large():
    """One step there would cost a digit: the rounding of X^T r counts with the square of cond."""
    ratios = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        V = np.linalg.qr(rng.standard_normal((20, 20)))[0]
        X = rng.standard_normal((20_000, 20)) * np.logspace(0, -6, 20) @ V
        Y = X @ rng.standard_normal(20) + 1e-3 * rng.standard_normal(20_000)
        w, long = np.linalg.lstsq(X, Y)[0], np.longdouble
        R = np.linalg.qr(X, mode="r")
        for _ in range(3):  # the minimiser to more digits
            r = Y.astype(long) - X.astype(long) @ w.astype(long)
            w = w + np.linalg.solve(R, np.linalg.solve(R.T, (X.T.astype(long) @ r).astype(float)))
        off = [np.linalg.norm(u - w) for u in (least_squares(X, Y).w, np.linalg.lstsq(X, Y)[0])]
        ratios.append(off[0] / off[1])
    assert np.median(ratios) < 5


def test_a_well_conditioned_problem_loses_no_digits_by_the_normal_equations():
    X = np.random.default_rng(0).standard_normal((50, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        least_squares(X, X @ np.ones(3), "normal")


def test_columns_of_very_different_size_are_not_dependent():
    years = np.arange(1900.0, 2020.0)
    X = polynomial_design(years, 2)
    w = np.array([5.0, -3.0, 2.0])
    fit = least_squares(X, X @ w)
    assert fit.rank == 3 and fit.condition > 1e9
    np.testing.assert_allclose(X @ fit.w, X @ w, rtol=1e-12)
    scaled = least_squares(X * [1e30, 1.0, 1e-30], X @ w)
    np.testing.assert_allclose(scaled.w * [1e30, 1.0, 1e-30], fit.w, rtol=1e-6)


def test_nearly_dependent_columns_are_solved_by_qr_and_refused_by_the_normal_equations():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 50))
    X = np.stack([a, a + 1e-9 * b], axis=1)
    fit = least_squares(X, X @ [1.0, 2.0])
    assert fit.rank == 2 and fit.condition > 1e8
    np.testing.assert_allclose(fit.w, [1.0, 2.0], atol=1e-5)
    with pytest.raises(np.linalg.LinAlgError, match="has rank 1, fewer than its 2 columns"):
        least_squares(X, X @ [1.0, 2.0], "normal")


# -- Dependent columns, ridge ---------------------------------------------------------------------


def deficient(rng, m, n, rank):
    return rng.integers(-3, 4, (m, rank)) @ rng.integers(-3, 4, (rank, n))


@pytest.mark.parametrize(("m", "n", "rank"), [(7, 4, 2), (6, 3, 1), (3, 5, 3), (4, 6, 2)])
def test_dependent_columns(m, n, rank):
    rng = np.random.default_rng(2)
    X, Y = deficient(rng, m, n, rank), rng.integers(-5, 6, m)
    for method in ("qr", "normal"):
        for data in (X, fractions(X)):
            with pytest.raises(np.linalg.LinAlgError) as caught:
                least_squares(data, Y, method)
            assert str(caught.value) == (
                f"X of shape ({m}, {n}) has rank {rank}, fewer than its {n} columns, so there is "
                'no unique minimiser: use method="svd" for the one of smallest norm, or a '
                "ridge > 0."
            )
    P = np.array(sympy.Matrix(X).pinv().tolist())  # exact
    for method in ("svd", "pinv"):
        sentence = rf"X of shape \({m}, {n}\) has rank {rank}, fewer than its {n} columns: of all"
        with pytest.warns(RankWarning, match=sentence) as caught:
            fit = least_squares(X, Y, method)
        assert caught[0].filename == __file__  # it points to the caller's line
        with pytest.warns(RankWarning, match=sentence):
            exact = least_squares(fractions(X), Y, method)
        assert fit.rank == exact.rank == rank and fit.condition == np.inf
        assert (exact.w == P @ Y).all() and (exact.pseudo_inverse == P).all()
        np.testing.assert_allclose(fit.w, (P @ Y).astype(float), atol=1e-12)
        np.testing.assert_allclose(fit.pseudo_inverse, P.astype(float), atol=1e-12)
        np.testing.assert_allclose(fit.sse, float(exact.sse), atol=1e-11)


def test_the_four_identities_of_moore_and_penrose():
    rng = np.random.default_rng(5)
    X = deficient(rng, 6, 4, 2)
    with pytest.warns(RankWarning):
        P = least_squares(fractions(X), np.ones(6, int), "svd").pseudo_inverse
    assert (X @ P @ X == X).all() and (P @ X @ P == P).all()
    assert ((X @ P).T == X @ P).all() and ((P @ X).T == P @ X).all()
    wrong = P.copy()
    wrong[0, 1] += Fraction(1, 1000)
    assert not (X @ wrong @ X == X).all()


@pytest.mark.parametrize("weighting", ["vector", "matrix"])
def test_weighted_solution_of_smallest_norm(weighting):
    rng = np.random.default_rng(2)
    X, Y = deficient(rng, 7, 4, 2), rng.integers(-5, 6, 7)
    weights = rng.integers(1, 4, 7)
    if weighting == "matrix":
        A = rng.integers(-2, 3, (7, 7))
        weights = A @ A.T + np.eye(7, dtype=int)
    W = as_matrix(weights, 7)
    with pytest.warns(RankWarning):
        exact = least_squares(fractions(X), Y, "svd", weights=weights)
    with pytest.warns(RankWarning):
        fit = least_squares(X, Y, "svd", weights=weights)
    assert not (X.T @ W @ (X @ exact.w - Y)).any()  # a minimiser
    kernel = np.array([list(v) for v in sympy.Matrix(X).nullspace()])
    assert not (kernel @ exact.w).any()  # orthogonal to all that leaves X w as it is
    np.testing.assert_allclose(fit.w, exact.w.astype(float), atol=1e-11)
    np.testing.assert_allclose(fit.pseudo_inverse, exact.pseudo_inverse.astype(float), atol=1e-11)


def test_dependent_columns_of_tall_data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200_000, 4))
    X[:, 3] = X[:, 0] - 2 * X[:, 1]
    for method in ("qr", "normal"):
        with pytest.raises(np.linalg.LinAlgError, match="has rank 3, fewer than its 4 columns"):
            least_squares(X, X[:, 0], method)


@pytest.mark.parametrize("method", METHODS)
def test_ridge(method):
    rng = np.random.default_rng(2)
    X, Y = deficient(rng, 4, 6, 2), rng.integers(-5, 6, 4)  # any X will do
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = least_squares(X, Y, method, ridge=0.5)
    np.testing.assert_allclose(  # the other form of the solution
        fit.w, X.T @ np.linalg.solve(X @ X.T + 0.5 * np.eye(4), Y), atol=1e-13
    )
    assert fit.rank == 2
    np.testing.assert_allclose(fit.condition**2, np.linalg.cond(X.T @ X + 0.5 * np.eye(6)))
    exact = least_squares(fractions(X), Y, method, ridge=Fraction(1, 2))
    np.testing.assert_allclose(fit.w, exact.w.astype(float), atol=1e-13)
    # The path: dw/dridge = -(X^T X + ridge I)^{-1} w, by five-point differences.
    slope = five_point(lambda r: least_squares(X, Y, method, ridge=r).w, 0.5, 1.0, h=1e-3)
    expected = -np.linalg.solve(X.T @ X + 0.5 * np.eye(6), fit.w)
    np.testing.assert_allclose(slope, expected, atol=1e-9)


def test_ridge_tends_to_the_pseudo_inverse():
    rng = np.random.default_rng(2)
    X, Y = fractions(deficient(rng, 5, 3, 2)), rng.integers(-5, 6, 5)
    limit = np.array(sympy.Matrix(X).pinv().tolist()) @ Y
    errors = [max(abs(least_squares(X, Y, ridge=Fraction(1, 10**k)).w - limit)) for k in (3, 4, 5)]
    assert abs(errors[0] / errors[1] - 10) < 0.1 and abs(errors[1] / errors[2] - 10) < 0.1


def test_gradient_of_the_minimum_with_respect_to_the_data():
    # The envelope theorem: the minimum's gradient to X is -2 r w^T.
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((6, 3)), rng.standard_normal(6)
    fit = least_squares(X, Y)
    E = rng.standard_normal((6, 3))
    slope = five_point(lambda Z: least_squares(Z, Y).sse, X, E, h=1e-3)
    assert abs(slope - np.sum(-2 * np.outer(fit.residual, fit.w) * E)) < 1e-9


# -- Bad input ------------------------------------------------------------------------------------

X23 = [[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]]
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m", [5, 10_000])
@pytest.mark.parametrize("options", [{}, {"ridge": 1.0}, {"weights": 1}])
def test_data_that_are_not_finite_are_named_by_their_place(method, m, options):
    if "weights" in options:
        options = {"weights": np.ones(m)}
    for value, text in ((NAN, "nan"), (INF, "inf"), (-INF, "-inf")):
        X, Y = np.random.default_rng(0).standard_normal((m, 3)), np.ones((m, 2))
        X[m - 2, 1] = value
        with pytest.raises(ValueError) as caught:
            least_squares(X, Y, method, **options)
        assert str(caught.value) == f"X[{m - 2}, 1] is {text}: the data must be finite numbers."
        X[m - 2, 1] = 0.0
        Y[3, 1] = value
        with pytest.raises(ValueError) as caught:
            least_squares(X, Y, method, **options)
        assert str(caught.value) == f"y[3, 1] is {text}: the data must be finite numbers."
        with pytest.raises(ValueError, match=rf"^y\[3\] is {text}: "):
            least_squares(X, Y[:, 1], method, **options)


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        ((X23, [1, 2, 3], "cholesky"), ValueError, r"method 'cholesky' is unknown: .*\"qr\", \"n"),
        (([1, 2, 3], [1, 2, 3]), ValueError, r"X must be a matrix .* has shape \(3,\)"),
        ((np.ones((0, 2)), []), ValueError, r"X must be a matrix .* has shape \(0, 2\)"),
        ((X23, [1, 2]), ValueError, r"X has shape \(3, 2\) but y has shape \(2,\): .*\(3,\) or"),
        ((X23, 1.0), ValueError, r"X has shape \(3, 2\) but y has shape \(\)"),
        ((X23, np.ones((3, 1, 1))), ValueError, r"y has shape \(3, 1, 1\)"),
        ((X23, [1, 2, 3], "qr", -1), ValueError, r"ridge must be a finite .* it is -1\."),
        ((X23, [1, 2, 3], "qr", NAN), ValueError, r"ridge must be a finite .* it is nan\."),
        ((X23, [1, 2, 3], "qr", "much"), ValueError, r"ridge must be a finite .* 'much'\."),
        ((X23, [1, 2, 3], "qr", 0, [1, 2]), ValueError, r"weights has shape \(2,\), but X has 3"),
        ((X23, [1, 2, 3], "qr", 0, [1, 0, -1]), ValueError, r"weights\[1\] is 0: .*positive"),
        ((X23, [1, 2, 3], "qr", 0, [1, 0, 1]), ValueError, r"weights\[1\] is 0: .*positive"),
        ((X23, [1, 2, 3], "qr", 0, [1, NAN, 1]), ValueError, r"weights\[1\] is nan"),
        ((X23, [1, 2, 3], "qr", 0, -np.eye(3)), ValueError, r"\(3, 3\) is not positive definite"),
        ((X23, [1, 2, 3], "qr", 0, np.triu(np.ones((3, 3)))), ValueError, "is not symmetric"),
        (([[1, 2], [3]], [1, 2]), ValueError, "rows of X have different lengths"),
        ((X23, [1j, 2, 3]), TypeError, "y holds complex numbers, but real numbers are needed"),
        ((X23, ["1", "2", "3"]), TypeError, "y holds data of type"),
        ((X23, [1, None, 3]), TypeError, r"y\[1\] is None, but a real number is needed"),
        (([[1, sympy.Symbol("a")]], [1]), TypeError, r"X\[0, 1\] is a, but a real number"),
        (([[1e200], [1e200]], [1, 1], "normal"), np.linalg.LinAlgError, "overflow: divide X and"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, kind, sentence):
    with pytest.raises(kind, match=sentence) as caught:
        least_squares(*arguments)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_bad_arguments_of_the_other_functions():
    with pytest.raises(ValueError, match=r"x must be a vector .* shape \(2, 2\)"):
        polynomial_design(np.ones((2, 2)), 1)
    for degree in (-1, 1.5):
        with pytest.raises(ValueError, match=f"degree must be a whole number.* is {degree}"):
            polynomial_design(x, degree)
    fit = least_squares(X23, [1, 2, 3])
    with pytest.raises(ValueError, match=r"w has shape \(3,\), .* weights have shape \(2,\)"):
        fit.gradient([1, 2, 3])


def test_floats_among_fractions_are_computed_as_floats():
    fit = least_squares([[Fraction(1), 2], [3, 4], [5, 6]], [1.0, 2.0, 4.0])
    assert fit.w.dtype == float and fit.condition is not None
    fit = least_squares([[Fraction(1), 2.5], [3, 4], [5, 6]], [1, 2, 4], ridge=0.1)
    assert fit.w.dtype == float


def test_only_numpy_is_imported():
    code = (
        "import sys, lecturelib.leastsquares;"
        "sys.exit(bool({'sympy', 'scipy', 'fractions', 'tqdm'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_prints_itself():
    assert repr(least_squares(X23, [1, 2, 3])) == "<least squares, X 3 x 2, rank 2, method 'qr'>"
