"""What outsiders' programs and public bug reports found: right values, or a sentence.

Each case is one of a kind. The numbers come from closed forms by hand; every case gave another
number, or a raw error, before its kind was mended.
"""

import copy
import decimal
import fractions
import math
import pickle
import threading
import warnings

import numpy as np
import pytest

import lecturelib
from lecturelib import (
    MLP,
    KinkWarning,
    NestedDerivativeError,
    UntraceableError,
    check_gradient,
    derivative,
    eigenvector_derivative,
    expm,
    gradient,
    hessian,
    logm,
    logsumexp,
    second_derivative,
    sigmoid,
    sqrtm,
    symmetric,
    taylor,
    weighted,
)
from lecturelib import rules as r
from lecturelib.numbers.scope import constant, shared
from lecturelib.symbols import Symbol, evaluate, gradient_in

X3 = np.array([1.0, 2.0, 3.0])
M = np.array([[1.0, 2.0], [3.0, 4.0]])


# -- Constants are what they were when f met them -------------------------------------------------


def a_mask(x):
    m, t = np.zeros(3, bool), 0.0
    for i in range(3):
        m[:] = False
        m[i] = True
        t = t + (i + 1) * np.sum(x[m] ** 2)
    return t


def a_row_of_a_buffer(x):
    W, t = np.zeros((2, 3)), 0.0
    for i in (0, 1):
        W[0] = i + 1.0
        t = t + W[0] @ x**2
    return t


def a_buffer_that_outlives_the_call(x, buffer=np.zeros(3)):  # noqa: B006, B008 (a shared buffer)
    total = 0.0
    for i in range(3):
        buffer[:] = 0.0
        buffer[i] = i + 1.0
        total = total + buffer @ x**2
    return total


def a_view_changed_later(x):
    C = np.ones((3, 3))
    y = C[0] @ x**2
    C[0, 0] = 100
    return y


def a_condition(x):
    c = np.array([True, False, True])
    y = np.where(c, x, x**2)
    c[:] = False
    return np.sum(y)


def a_list_of_indices(x):
    i = [0, 1]
    y = x[i]
    i[0] = 2
    return np.sum(y**2)


def an_array_of_indices(x):
    i = np.array([0, 1])
    y = np.take(x, i)
    i[0] = 2
    return np.sum(y**2)


def a_transposed_view(x):
    d = np.ones(3)
    y = d[:, None].T @ x**2
    d[:] = 7
    return y[0]


def a_large_array(x):
    C = np.ones((50, 3))
    y = np.sum(C @ x)
    C *= 5
    return y + np.sum(C @ x)


@pytest.mark.parametrize(
    "f, expected",
    [
        (a_mask, [2, 8, 18]),
        (a_row_of_a_buffer, [6, 12, 18]),
        (a_buffer_that_outlives_the_call, [2, 8, 18]),
        (a_view_changed_later, [2, 4, 6]),
        (a_condition, [1, 4, 1]),
        (a_list_of_indices, [2, 4, 0]),
        (an_array_of_indices, [2, 4, 0]),
        (a_transposed_view, [2, 4, 6]),
        (a_large_array, [300, 300, 300]),
    ],
)
def test_a_constant_is_what_it_was_when_f_met_it(f, expected):
    assert np.allclose(derivative(f, X3).value, f(X3))
    assert np.allclose(gradient(f, X3), expected)
    assert np.allclose(gradient(f, X3), expected)  # nothing is kept from the first time
    assert np.allclose(derivative(f, X3).gradient(), expected)


def test_nobodys_array_becomes_read_only():
    C, seen = np.ones((3, 3)), []

    def writes_to_its_own(name):
        own = np.ones(3)
        for _ in range(200):
            own += 1
            seen.append(gradient(lambda x, own=own: (C @ x) @ own, X3)[0] == own.sum())

    threads = [threading.Thread(target=writes_to_its_own, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 600 and all(seen)
    C[0, 0] = 2.0
    with pytest.raises(np.linalg.LinAlgError):
        gradient(lambda x: np.linalg.solve(np.zeros((3, 3)), x).sum(), X3)
    C[0] = 3.0


def test_constants_that_stay_the_same_are_copied_once():
    big, fixed = np.ones((160, 90)), np.ones((160, 90))
    fixed.flags.writeable = False
    for view in (big, big.T, big[::2], big[:, 3:]):
        first = constant(view)
        assert not np.shares_memory(first, view) and first.strides[0] != 0
        assert constant(view) is first  # also on the next call, at the cost of a comparison
    assert constant(fixed) is fixed
    first = constant(big)
    big[0] = 2.0
    second = constant(big)
    assert second is not first and second[0, 0] == 2.0 and first[0, 0] == 1.0
    assert 4 <= len(shared.copies) <= 16
    del big, view
    assert all(known() is not None for known, _ in shared.copies.values())


def test_slices_of_one_array_do_not_fill_the_memory():
    data = np.ones((300, 100))
    f = lambda w, i: np.sum((data[i : i + 50] @ w) ** 2)  # noqa: E731
    for i in range(250):
        gradient(lambda w, i=i: f(w, i), np.ones(100))
    assert len(shared.copies) <= 16
    big = [np.ones(2**22) for _ in range(12)]  # 32 MiB each
    for array in big:
        constant(array)
    assert sum(copy.nbytes for _, copy in shared.copies.values()) <= 2**28


# -- Number types ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (lambda x: np.arctan2(x, np.int8(100)), 1.0, 100 / 10001),
        (lambda x: np.arctan2(x, np.int32(50000)), 1.0, 50000 / (50000**2 + 1)),
        (lambda x: x / np.float16(1e-5), 1.0, 1 / float(np.float16(1e-5))),
        (lambda x: x * np.float32(0.1), 1.0, float(np.float32(0.1))),
        (lambda x: x * fractions.Fraction(1, 3), 1.0, 1 / 3),
        (lambda x: x * decimal.Decimal("0.5"), 1.0, 0.5),
        (lambda x: x * np.array([fractions.Fraction(1, 3)])[0], 1.0, 1 / 3),
        (lambda x: np.sum(x * np.array([True, False])), 1.0, 1.0),
        (
            lambda g: np.sum(np.array([10, 100, 200], np.uint8) ** g),
            0.5,
            sum(math.log(n) * n**0.5 for n in (10, 100, 200)),
        ),
    ],
)
def test_numbers_are_of_double_precision_inside(f, x, expected):
    assert np.isclose(gradient(f, x), expected, rtol=1e-14)


def test_points_and_directions_are_of_double_precision():
    f = lambda x: np.sum(x**2)  # noqa: E731
    assert second_derivative(f, np.ones(3), np.full(3, 300, np.float16)) == 540000.0
    for kind in (np.float16, np.float32, np.longdouble, np.int8):
        assert gradient(f, np.ones(3, kind)).dtype == np.float64
    assert derivative(f, np.ones(3, np.complex64)).value.dtype == np.complex128


@pytest.mark.parametrize(
    "f, words",
    [
        (lambda x: np.sum(np.ma.array(X3, mask=[False, True, False]) * x), "np.where"),
        (lambda x: np.sum(np.matrix(np.ones((3, 3))) * x.reshape(3, 1)), "np.asarray"),
        (lambda x: x * "2", "numbers"),
        (lambda x: x * 10**400, "1.8e308"),
    ],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_what_is_no_plain_number_is_refused(f, words):
    with pytest.raises((TypeError, OverflowError), match=words) as error:
        gradient(lambda x: np.sum(f(x)), X3)
    assert str(error.value).endswith(".")


def test_a_masked_point_keeps_no_secret():
    with pytest.raises(TypeError, match="MaskedArray of shape"):
        gradient(np.sum, np.ma.array(X3, mask=[0, 1, 0]))


# -- Values of another time, other names of the same ----------------------------------------------


def test_a_cached_value_is_refused():
    cache = []

    def f(x):
        if not cache:
            cache.append(np.sum(x**2))
        return cache[0]

    assert np.allclose(gradient(f, X3), 2 * X3)
    with pytest.raises(NestedDerivativeError, match="keeps from call to call"):
        gradient(f, 10 * X3)


def test_in_place_is_refused_where_numpy_would_change_another_name():
    def doubled(x):
        y = x
        y *= 2
        return np.sum(x * y)

    with pytest.raises(UntraceableError, match=r"Y = Y \*"):
        gradient(doubled, X3)

    def squared(x):
        y = x
        y **= 2
        return np.sum(x * y)

    def remaindered(x):
        y = x
        y %= 2.0
        return np.sum(x * y)

    for f in (squared, remaindered):
        with pytest.raises(UntraceableError, match="in place"):
            gradient(f, X3)

    def total(x):
        t = x[0]
        for k in (1, 2):
            t += x[k] ** 2  # a number: nothing else has its name
        return t

    assert np.allclose(gradient(total, X3), [1, 4, 6])


def test_a_copy_is_the_value():
    assert np.allclose(gradient(lambda x: np.sum(copy.deepcopy(x) * copy.copy(x)), X3), 2 * X3)


# -- Tails ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "found, expected",
    [
        (lambda: sigmoid(-40.0), math.exp(-40) / (1 + math.exp(-40))),
        (lambda: sigmoid(-700.0), math.exp(-700)),
        (lambda: gradient(lambda x: np.log(sigmoid(x)), -40.0), 1.0),
        (lambda: gradient(np.expm1, -40.0), math.exp(-40)),
        (lambda: gradient(lambda x: np.arctan2(x, 1e200), 1e200), 5e-201),
        (lambda: gradient(lambda x: np.hypot(x, 1e200), 1e200), math.sqrt(0.5)),
        (lambda: gradient(np.arcsin, 1 - 1e-12), 1 / math.sqrt(1e-12 * (2 - 1e-12))),
        (lambda: gradient(np.arctanh, 1 - 2.0**-50), 1 / (2.0**-50 * (2 - 2.0**-50))),
        (lambda: gradient(np.arccosh, 1 + 2.0**-50), 1 / math.sqrt(2.0**-50 * (2 + 2.0**-50))),
    ],
)
def test_tails_keep_their_digits(found, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tolerance = 1e-4 if expected == 1 / math.sqrt(1e-12 * (2 - 1e-12)) else 1e-14
        assert math.isclose(found(), expected, rel_tol=tolerance)


def test_logsumexp_of_nothing_is_nothing():
    with np.errstate(divide="ignore"):
        assert logsumexp([-np.inf, -np.inf]) == -np.inf
    assert logsumexp([-np.inf, 1.0]) == 1.0
    assert logsumexp([np.inf, 1.0]) == np.inf


# -- The bilinear form ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, h, k, expected",
    [
        (lambda x: 1e16 * x[0] ** 2 + x[0] * x[1], [1, 0], [0, 1], 1.0),
        (lambda x: x[0] * x[1], [1e200, 0], [0, 1e-200], 1.0),
        (lambda x: x[0] * x[1], [1e200, 0], [0, 1e100], 1e300),
        (lambda x: x[0], [1, 0], [0, 1], 0.0),
        (lambda x: 3.0, [1, 0], [0, 1], 0.0),
        (lambda x: x[0] * x, [1, 0], [0, 1], [0.0, 1.0]),
    ],
)
def test_the_bilinear_form_is_no_difference(f, h, k, expected):
    assert np.allclose(second_derivative(f, np.ones(2), h, k), expected, rtol=1e-15)


# -- Matrix functions -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1.0, 1e6, 1e12, 1e15, 1e18, 1e30])
def test_expm_does_not_square_too_often(size):
    Y = expm(np.array([[-1.0, size], [0.0, -2.0]]))
    expected = [[math.exp(-1), size * (math.exp(-1) - math.exp(-2))], [0, math.exp(-2)]]
    assert np.allclose(Y, expected, rtol=1e-12)


def test_the_derivative_of_expm_does_not_either():
    A, H = np.array([[-1.0, 1e12], [0.0, -2.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    slope = 1e12 * (math.exp(-1) - (math.exp(-1) - math.exp(-2)))  # of 1e12 (e^a - e^b) / (a - b)
    assert np.isclose(derivative(expm, A)[H][0, 1], slope, rtol=1e-10)


@pytest.mark.parametrize("f", [expm, sqrtm, logm])
def test_a_matrix_without_entries_is_its_own_function(f):
    assert f(np.zeros((0, 0))).shape == (0, 0)


def test_expm_of_infinity_is_refused():
    with pytest.raises(np.linalg.LinAlgError, match="finite entries"):
        expm(np.full((2, 2), np.inf))


@pytest.mark.parametrize(
    "f",
    [
        lambda X: np.sum(np.linalg.pinv(X)),
        lambda X: np.sum(np.linalg.lstsq(X, X3, rcond=None)[0]),
    ],
)
def test_the_pseudo_inverse_at_a_lower_rank_is_warned_of(f):
    with pytest.warns(KinkWarning, match="pinv has a kink"):
        gradient(f, np.outer(X3, [1.0, 1.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient(f, np.array([[1.0, 1], [2, 1], [3, 2]]))


def test_singular_vectors_of_a_singular_value_zero_are_refused():
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        gradient(lambda X: np.linalg.svd(X, full_matrices=False)[0].sum(), np.outer(X3, [1.0, 1.0]))


def test_cholesky_reads_the_triangle_that_numpy_reads():
    X = np.array([[2.0, 1.0], [7.0, 3.0]])
    upper = lambda X: np.linalg.cholesky(X, upper=True)  # noqa: E731
    assert np.allclose(derivative(upper, X).value, upper(X))
    assert np.allclose(derivative(upper, X).value.T @ upper(X), [[2, 1], [1, 3]])


def test_an_eigenvector_needs_its_own_eigenvalue_simple_only():
    H = np.ones((3, 3))
    found = eigenvector_derivative(np.diag([4.0, 1.0, 1.0]), H, 2)
    assert np.allclose(found, [0, 1 / 3, 1 / 3])
    with pytest.raises(np.linalg.LinAlgError, match="coincide"):
        eigenvector_derivative(np.diag([4.0, 1.0, 1.0]), H, 0)


# -- Kinks and points without a slope -------------------------------------------------------------


def test_fmax_ignores_what_is_not_a_number():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", KinkWarning)
        assert gradient(lambda x: np.fmax(x, np.nan), 1.0) == 1.0
        assert gradient(lambda x: np.fmin(np.nan, x), 1.0) == 1.0
    assert gradient(lambda x: np.fmax(x, 2.0), 1.0) == 0.0


def test_the_larger_of_a_value_and_itself_is_smooth():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(gradient(lambda x: np.sum(np.maximum(x, x)), X3), 1.0)
    with pytest.warns(KinkWarning):
        gradient(lambda x: np.sum(np.maximum(x, 2 * x - x)), X3)


@pytest.mark.parametrize(
    "f, x, expected",
    [
        (lambda x: np.where(x > 0, np.sqrt(x), 0.0), [1.0, 0.0, -1.0], [0.5, 0.0, 0.0]),
        (lambda x: np.where(x > 0, np.log(x) + np.sqrt(x), x), [1.0, 0.0], [1.5, 1.0]),
        (lambda x: np.where(x == 0, 1.0, np.sin(x) / x), [0.0, np.pi], [0.0, -1 / np.pi]),
        (lambda x: np.where(x > 0, 3 * np.sqrt(2 * x), -x), [2.0, 0.0], [1.5, -1.0]),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_branch_that_is_not_taken_has_no_slope(f, x, expected):
    x = np.array(x)
    assert np.allclose(gradient(lambda x: np.sum(f(x)), x), expected)
    assert np.allclose(derivative(f, x)[np.ones(len(x))], expected)
    assert np.allclose(taylor(f, x, np.ones(len(x)), 1)[1], expected)


@pytest.mark.parametrize(
    "f, x, gradient_there, hessian_there",
    [
        (lambda x: np.linalg.norm(x) ** 2, np.zeros(2), [0.0, 0.0], 2 * np.eye(2)),
        (lambda x: np.linalg.norm(x - 1.0) ** 2, np.ones(2), [0.0, 0.0], 2 * np.eye(2)),
        (lambda x: np.sum(np.sqrt(x) ** 2), np.array([0.0, 4.0]), [1.0, 1.0], np.zeros((2, 2))),
        (lambda x: np.sum(np.abs(x) ** 2), np.array([0.0, -1.0]), [0.0, -2.0], 2 * np.eye(2)),
        (lambda x: np.sum(np.linalg.norm(x, axis=0) ** 2), np.zeros((1, 1)), [[0.0]], [[2.0]]),
    ],
)
@pytest.mark.filterwarnings("ignore::lecturelib.KinkWarning", "ignore::RuntimeWarning")
def test_the_square_of_a_norm_is_smooth(f, x, gradient_there, hessian_there):
    assert np.allclose(gradient(f, x), gradient_there)
    assert np.allclose(hessian(f, x).matrix(), hessian_there)
    assert np.allclose(derivative(f, x).value, f(x))


def test_the_square_of_no_number_is_none():
    with np.errstate(invalid="ignore"), pytest.warns(KinkWarning):
        assert np.isnan(derivative(lambda x: np.sqrt(x) ** 2, -1.0).value)
        assert np.isnan(gradient(lambda x: np.sqrt(x) ** 2, -1.0))


@pytest.mark.parametrize(
    "f, x, words",
    [
        (np.std, np.ones(3), "sqrt"),
        (lambda b: 0.0**b, 2.0, "general_power"),
        (lambda x: np.sqrt(np.sum((x - x) ** 2)), X3, "sqrt"),
        (lambda x: 1 / (1 + np.exp(-x)), -800.0, "exp"),
        (lambda x: np.sqrt(x) * np.sqrt(x), 0.0, "sqrt"),
        (lambda x: np.sum(np.sqrt(x)), np.array([1.0, 0.0]), "sqrt has no finite slope at entry 1"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_result_that_is_no_number_names_its_function(f, x, words):
    with pytest.warns(KinkWarning, match="not a finite number") as caught:
        gradient(f, x)
    assert words in str(caught[-1].message)
    assert caught[-1].filename == __file__


# -- Checks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, G, right, x",
    [
        (lambda x: 1e8 * x[0] + x[1], [1e8, -1.0], [1e8, 1.0], np.ones(2)),
        (lambda x: 1e11 + x @ x, [0.0, 0.0], [2.0, 2.0], np.ones(2)),
        (lambda x: 1e11 + x @ x, [1.0, 0.0], [0.0, 0.0], np.zeros(2)),
        (lambda x: 1e6 * np.sum(x[:2] ** 2) + x[2] ** 2, [2e6, 2e6, 0], [2e6, 2e6, 2], np.ones(3)),
    ],
)
def test_a_small_entry_is_judged_on_its_own_scale(f, G, right, x):
    assert not check_gradient(f, G, x)
    assert check_gradient(f, right, x)


# -- Raw errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda X: np.linalg.norm(X, 1, axis=(0,)), lambda X: np.linalg.norm(X, 1, axis=0)),
        (lambda X: X.sum(dtype=float), np.sum),
        (lambda X: np.sum(X, dtype=None), np.sum),
        (lambda X: np.mean(X, axis=0, dtype=np.float64), lambda X: np.mean(X, axis=0)),
        (lambda X: np.diagonal(X, 0, 0, 1), np.diagonal),
        (lambda X: np.diagonal(X, 1, 1, 0), lambda X: np.diagonal(X.T, 1)),
        (lambda X: np.trace(X, 1, 1, 0), lambda X: np.trace(X.T, 1)),
        (lambda X: np.atleast_1d(X, X)[1], lambda X: X),
        (lambda X: X[0, 0] + 1j * X[0, 1], lambda X: X[0, 0] + 1j * X[0, 1]),
    ],
)
def test_forms_that_numpy_allows(f, expected):
    D, E = derivative(f, M), derivative(expected, M)
    assert np.allclose(D.value, f(M)) and np.allclose(D.matrix(), E.matrix())


def test_many_axes_need_no_memory():
    D = derivative(lambda X: np.moveaxis(X, 0, 1), np.ones((2,) * 12))
    assert D.value.shape == (2,) * 12


@pytest.mark.parametrize(
    "f, words",
    [
        (lambda X: f"{X[0, 0]:.2f}", "format"),
        (lambda X: "a", "returned a str"),
        (lambda X: {"a": X}, "returned a dict"),
        (lambda X: np.einsum("ij,jk->ik", X), "names the axes of 2 arrays"),
        (lambda X: np.mean(X[:0]), "no entries"),
        (lambda X: np.var(X[:0]), "no entries"),
    ],
)
def test_what_is_refused_is_refused_in_a_sentence(f, words):
    with pytest.raises((TypeError, ValueError)) as error:
        derivative(f, M)
    assert words in str(error.value) and str(error.value).rstrip(")").endswith(".")


def test_a_ragged_point_is_refused():
    with pytest.raises(ValueError, match="rows of different lengths"):
        gradient(np.sum, [[1, 2], [3]])


def test_long_programs_do_not_exhaust_the_stack():
    def total(X):
        t = 0
        for i in range(1000):
            t = t + (i + 1) * X
        return np.trace(t)

    assert np.allclose(gradient(total, np.eye(2)), 500500 * np.eye(2))

    def doubled(X):
        for _ in range(60):
            X = X + X
        return np.trace(X)

    assert np.allclose(gradient(doubled, np.eye(2)), 2.0**60 * np.eye(2))


@pytest.mark.parametrize(
    "f, coefficient",
    [
        (lambda x: 1 / (1 - x), lambda n: 0.75 ** -(n + 1)),
        (np.log1p, lambda n: -((-1.25) ** -n) / n),
        (np.exp, lambda n: math.exp(0.25) / math.factorial(n)),
        (np.sin, lambda n: math.sin(0.25 + n * math.pi / 2) / math.factorial(n)),
        (
            np.sqrt,
            lambda n: math.sqrt(0.25) * math.prod((0.5 - k) / (k + 1) for k in range(n)) / 0.25**n,
        ),
        (
            np.arctan,
            lambda n: (
                (-1) ** (n - 1) / n * math.sin(n * math.atan2(1, 0.25)) / (1 + 0.25**2) ** (n / 2)
            ),
        ),
    ],
)
def test_series_of_any_order(f, coefficient):
    c = taylor(f, 0.25, 1.0, 150)
    for n in (1, 2, 10, 75, 150):
        assert math.isclose(c[n], coefficient(n), rel_tol=1e-9), n


@pytest.mark.parametrize(
    "thing",
    [
        MLP([2, 3, 2]),
        hessian(np.sum, X3),
        symmetric,
        weighted(np.diag([1.0, 2.0])),
        r.tanh,
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_everything_can_be_pickled(thing):
    for again in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing)):
        assert type(again) is type(thing)
    if thing is r.tanh:
        assert pickle.loads(pickle.dumps(thing)) is thing
    if isinstance(thing, lecturelib.InnerProduct):
        assert pickle.loads(pickle.dumps(thing))(np.eye(2), np.eye(2)) == thing(
            np.eye(2), np.eye(2)
        )


def _ten_thousand_sines(x):
    for _ in range(10_000):
        x = np.sin(x)
    return x


@pytest.mark.parametrize(
    "f, point",
    [
        (lambda X: np.trace(X @ X @ X) * np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]])),
        (lambda X: X[0] * 0 + 1.0, np.array([1.0, 2.0])),  # constant
        (_ten_thousand_sines, np.array(0.5)),
        (lambda x: np.linalg.eigh(np.outer(x, x) + np.diag(x))[1], np.array([1.0, 2.0, 5.0])),
    ],
)
def test_a_derivative_is_pickled_and_copied_whole(f, point):
    """Also that of a local function, and of a long one; constants are what they were."""
    D = derivative(f, point)
    for again in (pickle.loads(pickle.dumps(D)), copy.deepcopy(D), copy.copy(D)):
        assert np.array_equal(again.value, D.value) and np.array_equal(again.point, D.point)
        assert np.allclose(again[np.ones(point.shape)], D[np.ones(point.shape)], rtol=1e-14)
        assert np.allclose(again.matrix(), D.matrix(), rtol=1e-14)


def test_a_composition_of_derivatives_is_pickled():
    X = np.array([[2.0, 1.0], [0.5, 3.0]])
    inner = derivative(np.linalg.inv, X)
    D = derivative(lambda Y: Y @ Y, inner.value) @ inner
    assert np.allclose(pickle.loads(pickle.dumps(D))[X], D[X])


# -- Symbols --------------------------------------------------------------------------------------

A, X, x, s = Symbol("A"), Symbol("X"), Symbol("x"), Symbol("s", 0)


@pytest.mark.parametrize(
    "f, expected",
    [
        (r.slogdet(X)[1], "inv(X)'"),
        (2 * r.slogdet(X)[1] + r.trace(A @ X), "2*inv(X)' + A'"),
        (r.trace(A @ r.qr(X)[1]), None),
        (r.trace(A @ r.svd(X)[2]), None),
    ],
)
def test_an_output_of_several_is_differentiated(f, expected):
    found = gradient_in(f, X)
    assert str(found) == expected if expected else "A" in str(found)


@pytest.mark.parametrize(
    "formula, g",
    [
        (lambda A, X: r.sum(A @ X), lambda A, X: np.sum(A @ X)),
        (lambda A, X: r.sum(r.inv(A @ X)), lambda A, X: np.sum(np.linalg.inv(A @ X))),
        (
            lambda A, X: r.sum(r.tril(X)) + r.sum(X @ A),
            lambda A, X: np.sum(np.tril(X)) + np.sum(X @ A),
        ),
    ],
)
def test_ones_have_the_shape_that_the_operands_give(formula, g):
    A, X = Symbol("A"), Symbol("X")
    values = {"A": np.arange(12.0).reshape(3, 4) % 5, "X": np.arange(12.0).reshape(4, 3) % 7 - 2}
    found = evaluate(gradient_in(formula(A, X), X), values)
    assert np.allclose(found, gradient(lambda Z: g(values["A"], Z), values["X"]))


def test_a_number_beside_a_matrix_is_not_guessed():
    with pytest.raises(ValueError, match=r"s \* I or s \* ones"):
        gradient_in(r.trace((X + s) @ A), s)
    assert str(gradient_in(r.sum(X * X + 2 * X), X)) == "X + X + 2*ones"
