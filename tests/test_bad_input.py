"""Bad input: each case is refused, or reported, in a sentence that says what to do."""

import math
import re

import numpy as np
import pytest
import scipy.linalg

import lecturelib
from lecturelib import (
    KinkWarning,
    NestedDerivativeError,
    UntraceableError,
    derivative,
    gradient,
    hessian,
    jacobian_matrix,
    least_squares,
    relu,
    rules,
    second_derivative,
    symmetric,
    taylor,
    weighted,
)

X = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 4.0]])
ONES = np.ones((3, 3))


def assigns(X):
    Y = np.zeros((2, 2))
    Y[0, 1] = X[0, 1]
    return Y.sum()


def assigns_to_argument(X):
    X[0, 0] = 1.0
    return X.sum()


def adds_in_place(X):
    Y = np.zeros((3, 3))
    Y += X
    return Y.sum()


def at_a_kink(compute):
    with pytest.warns(KinkWarning):
        return compute()


REFUSED = {
    "direction of another shape": (
        lambda: derivative(np.linalg.inv, X)[np.ones(3)],
        ValueError,
        r"direction has shape \(3,\).*arrays of shape \(3, 3\)",
    ),
    "direction of another shape, Taylor": (
        lambda: taylor(np.linalg.inv, X, np.ones((2, 2)), 2),
        ValueError,
        r"\(2, 2\).*\(3, 3\)",
    ),
    "gradient of a matrix function": (
        lambda: gradient(np.linalg.inv, X),
        ValueError,
        r"value of shape \(3, 3\).*Use derivative or jacobian_matrix",
    ),
    "Hessian of a matrix function": (
        lambda: hessian(np.linalg.inv, X)[X],
        ValueError,
        r"value of shape \(3, 3\).*Use derivative or jacobian_matrix",
    ),
    "np.array of traced values": (
        lambda: gradient(lambda X: np.array([X[0, 0], X[1, 1]]).sum(), X),
        UntraceableError,
        r"by np\.array.*np\.stack\(\[\.\.\.\]\) instead of np\.array",
    ),
    "item assignment": (
        lambda: gradient(assigns, X),
        UntraceableError,
        r"np\.concatenate\(\.\.\.\) instead of Y\[i, j\] = ",
    ),
    "item assignment to the argument": (
        lambda: gradient(assigns_to_argument, X),
        UntraceableError,
        r"an item assignment.*instead of Y\[i, j\] = ",
    ),
    "in-place addition": (
        lambda: gradient(adds_in_place, X),
        UntraceableError,
        r"np\.add\(\.\.\., out=\.\.\.\)",
    ),
    "float()": (
        lambda: gradient(lambda X: float(X[0, 0]), X),
        UntraceableError,
        r"by float\(\) or the math module",
    ),
    "math.exp": (
        lambda: gradient(lambda X: math.exp(X[0, 0]), X),
        UntraceableError,
        r"np\.exp\(x\) instead of math\.exp\(x\)",
    ),
    "scipy.linalg": (
        lambda: gradient(lambda X: scipy.linalg.expm(X).sum(), X),
        UntraceableError,
        r"lecturelib\.expm and np\.linalg instead of scipy\.linalg",
    ),
    "a list of results": (
        lambda: derivative(lambda X: [X[0, 0], X[1, 1]], X),
        UntraceableError,
        r"np\.stack",
    ),
    "unknown function": (
        lambda: gradient(lambda X: np.poly(X[0]).sum(), X),
        UntraceableError,
        r"no derivative rule for numpy\.poly.*enter it yourself: lecturelib\.rule",
    ),
    "unknown ufunc": (
        lambda: gradient(lambda X: np.spacing(X).sum(), X),
        UntraceableError,
        r"no derivative rule for numpy\.spacing",
    ),
    "unknown method": (
        lambda: gradient(lambda X: X.argpartition(1), X),
        UntraceableError,
        r"no derivative rule for ndarray\.argpartition",
    ),
    "nested derivative, mixed variables": (
        lambda: gradient(lambda x: x * gradient(lambda y: x * y, 2.0), 3.0),
        NestedDerivativeError,
        "inside a function that is itself being differentiated",
    ),
    "nested derivative, at the traced point": (
        lambda: gradient(lambda x: gradient(lambda y: y * y, x), 3.0),
        NestedDerivativeError,
        "inside a function that is itself being differentiated",
    ),
    "singular inverse": (
        lambda: gradient(lambda X: np.trace(np.linalg.inv(X)), ONES),
        np.linalg.LinAlgError,
        r"shape \(3, 3\) is singular.*inverse does not exist",
    ),
    "logarithm of a negative determinant": (
        lambda: gradient(lambda X: rules.logdet(X), np.diag([1.0, -1.0])),
        np.linalg.LinAlgError,
        r"shape \(2, 2\) is below 0.*np\.linalg\.slogdet\(X\)\[1\]",
    ),
    "logarithm of the determinant 0": (
        lambda: gradient(lambda X: rules.logdet(X), ONES),
        np.linalg.LinAlgError,
        r"The determinant of the matrix of shape \(3, 3\) is 0",
    ),
    "largest eigenvalue of what is not symmetric": (
        lambda: gradient(lambda X: rules.lambda_max(X), [[1.0, 2.0], [0.5, 1.0]]),
        np.linalg.LinAlgError,
        r"symmetric matrix.*shape \(2, 2\) has 2 at \(0, 1\) and 0\.5 at \(1, 0\)",
    ),
    "eigenvector of a repeated eigenvalue": (
        lambda: at_a_kink(lambda: gradient(lambda X: rules.eigenvector_max(X).sum(), np.eye(2))),
        np.linalg.LinAlgError,
        "Eigenvalues or singular values 0 and 1 coincide",
    ),
    "negative power of a matrix": (
        lambda: gradient(lambda X: rules.matrix_power(X, -2).sum(), X),
        ValueError,
        r"0, 1, 2, \.\.\., not -2.*Use the inverse",
    ),
    "a power that varies": (
        lambda: gradient(lambda k: rules.matrix_power(np.eye(2), k).sum(), 2.0),
        TypeError,
        "exponent k of matrix_power is a constant",
    ),
    "a real power that varies": (
        lambda: gradient(lambda p: rules.real_power(np.eye(2), p).sum(), 2.0),
        TypeError,
        "exponent p of real_power",
    ),
    "real power of what is not definite": (
        lambda: gradient(lambda X: rules.real_power(X, 0.5).sum(), np.diag([1.0, -2.0])),
        np.linalg.LinAlgError,
        r"positive definite.*eigenvalue -2",
    ),
    "sine of what is not finite": (
        lambda: gradient(lambda X: rules.sinm(X).sum(), np.full((2, 2), np.inf)),
        np.linalg.LinAlgError,
        r"need finite entries, and the one of shape \(2, 2\)",
    ),
    "entries of no triangle": (
        lambda: gradient(lambda w: rules.unvech(w).sum(), np.ones(4)),
        ValueError,
        "A triangle has 1, 3, 6, .*the vector has 4",
    ),
    "no whole blocks": (
        lambda: gradient(lambda X: rules.block_inner(X, np.ones((2, 2))).sum(), X),
        ValueError,
        r"shape \(3, 3\) is no array of blocks of shape \(2, 2\)",
    ),
    "singular solve": (
        lambda: gradient(lambda X: np.linalg.solve(X, np.ones(3)).sum(), ONES),
        np.linalg.LinAlgError,
        r"shape \(3, 3\) is singular.*linear system",
    ),
    "singular slogdet": (
        lambda: gradient(lambda X: np.linalg.slogdet(X)[1], ONES),
        np.linalg.LinAlgError,
        "is singular",
    ),
    "second derivative of det at a singular matrix": (
        lambda: second_derivative(np.linalg.det, ONES, X),
        np.linalg.LinAlgError,
        "first derivative is available at a singular matrix, no higher one",
    ),
    "eigenvectors at repeated eigenvalues": (
        lambda: gradient(lambda X: np.linalg.eigh(X)[1].sum(), np.diag([1.0, 2.0, 2.0])),
        np.linalg.LinAlgError,
        r"values 1 and 2 coincide \(2 and 2\).*eigen_derivative",
    ),
    "cholesky of an indefinite matrix": (
        lambda: gradient(lambda X: np.linalg.cholesky(X).sum(), -np.eye(3)),
        np.linalg.LinAlgError,
        "not positive definite.*smallest eigenvalue is -1",
    ),
    "NaN in the data of least squares": (
        lambda: least_squares([[1.0, 2.0], [np.nan, 3.0], [1.0, 1.0]], [1.0, 2.0, 3.0]),
        ValueError,
        r"X\[1, 0\] is nan",
    ),
    "inverse of a stack of wide matrices": (
        lambda: gradient(lambda X: np.linalg.inv(X).sum(), np.ones((2, 3, 4))),
        np.linalg.LinAlgError,
        r"a square matrix.*\(2, 3, 4\)",
    ),
    "W with a negative eigenvalue": (
        lambda: weighted(np.diag([1.0, -1.0])),
        ValueError,
        r"not positive definite \(its smallest eigenvalue is -1\)",
    ),
    "W not symmetric": (
        lambda: weighted(np.array([[1.0, 1.0], [0.0, 1.0]])),
        ValueError,
        r"not symmetric.*Use \(W \+ W\.T\) / 2",
    ),
    "W of another size": (
        lambda: gradient(np.linalg.det, X, inner=weighted(np.eye(2))),
        ValueError,
        r"acts on arrays with 2 rows.*\(3, 3\)",
    ),
    "several variables": (
        lambda: gradient(lambda args: args[0] @ args[1], (X, X)),
        TypeError,
        "close over the others",
    ),
    "several results": (
        lambda: derivative(np.linalg.qr, X),
        TypeError,
        r"tuple of 2 results.*np\.linalg\.qr\(X\)\[1\]",
    ),
    "no result": (lambda: derivative(lambda X: None, X), TypeError, "returned None"),
    "text": (lambda: gradient(lambda X: X, "abc"), TypeError, "needs numbers"),
    "point outside the subspace": (
        lambda: gradient(np.linalg.det, X, inner=symmetric),
        ValueError,
        r"not in the subspace 'symmetric'.*symmetric\.project",
    ),
    "direction outside the subspace": (
        lambda: hessian(np.linalg.det, X + X.T, inner=symmetric)[X],
        ValueError,
        "direction.*not in the subspace 'symmetric'",
    ),
    "complex gradient": (
        lambda: gradient(lambda x: (x * x).sum(), np.array([1j, 2.0])),
        TypeError,
        "complex.*real arrays",
    ),
    "complex abs": (
        lambda: derivative(np.abs, np.array([1j, 2.0])),
        TypeError,
        "abs is not holomorphic",
    ),
    "full SVD of a wide matrix": (
        lambda: gradient(lambda X: np.linalg.svd(X)[1].sum(), X[:2]),
        ValueError,
        "full_matrices=False",
    ),
    "QR of a wide matrix": (
        lambda: gradient(lambda X: np.linalg.qr(X)[1].sum(), X[:2]),
        ValueError,
        r"\(2, 3\).*mode='reduced'",
    ),
    "product of shapes that do not fit": (
        lambda: gradient(lambda X: (X @ np.ones((2, 2))).sum(), X),
        ValueError,
        r"\(3, 3\) and \(2, 2\) do not multiply",
    ),
    "composition at another point": (
        lambda: derivative(np.linalg.inv, X) @ derivative(np.linalg.inv, 2 * X),
        ValueError,
        r"D2 taken at D1's value.*derivative\(f, D1\.value\)",
    ),
    "composition of other shapes": (
        lambda: derivative(np.linalg.inv, X) @ derivative(lambda x: x[:2], X),
        ValueError,
        r"\(2, 3\).*\(3, 3\)",
    ),
    "negative order": (lambda: taylor(np.exp, 0.0, 1.0, -1), ValueError, "0 or more"),
    "principal logarithm of a negative matrix": (
        lambda: derivative(lecturelib.logm, -np.eye(2)),
        np.linalg.LinAlgError,
        "eigenvalue -1 on the closed negative real axis",
    ),
    "unknown name": (lambda: lecturelib.grad, AttributeError, "no name 'grad'; it has .*gradient"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_a_sentence(name):
    call, kind, pattern = REFUSED[name]
    before = X.copy()
    with pytest.raises(kind) as error:
        call()
    sentence = str(error.value)
    assert re.search(pattern, sentence, re.DOTALL), sentence
    assert sentence.endswith((".", ")", "?")), sentence
    assert np.array_equal(X, before), "the caller's array changed"


KINKS = {
    "abs": (lambda x: np.abs(x).sum(), [1.0, 0.0, -2.0], "abs has a kink at entry 1"),
    "sign": (lambda x: np.sign(x).sum(), [1.0, 0.0], "sign has a kink at entry 1"),
    "maximum": (lambda x: np.maximum(x, 3.0).sum(), [3.0, 1.0], "maximum has a kink at entry 0"),
    "relu": (
        lambda x: relu(x).sum(),
        [[1.0, 2.0], [0.0, 3.0]],
        r"relu has a kink at entry \(1, 0\)",
    ),
    "max": (np.max, [1.0, 2.0, 2.0], "max has a kink at entry 1"),
    "norm": (np.linalg.norm, [0.0, 0.0], "norm has a kink"),
    "nuclear norm": (
        lambda X: np.linalg.norm(X, "nuc"),
        [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
        "nuclear_norm has a kink",
    ),
    "spectral norm": (
        lambda X: np.linalg.norm(X, 2),
        [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
        "spectral_norm has a kink",
    ),
    "eigvalsh": (lambda X: np.linalg.eigvalsh(X).sum(), np.eye(2), "eigh has a kink"),
}


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_kinks_are_reported_with_a_value(name):
    f, point, sentence = KINKS[name]
    with pytest.warns(KinkWarning, match=sentence) as caught:
        G = gradient(f, point)
    assert np.isfinite(G).all()
    assert caught[0].filename == __file__, "the warning points at the caller's line"


def test_no_kink_no_warning(recwarn):
    gradient(lambda x: np.abs(x).sum() + np.max(x), [1.0, -2.0])
    assert not recwarn.list


def test_integers_become_floats():
    assert np.array_equal(gradient(lambda x: x @ x, [1, 2, 3]), [2.0, 4.0, 6.0])
    assert derivative(np.exp, 0).value.dtype == float


def test_the_map_outlives_the_callers_array():
    point = X.copy()
    D = derivative(lambda X: X @ X, point)
    before = D[ONES]
    point[:] = 0.0
    assert np.array_equal(D[ONES], before)


def test_a_point_changed_in_place_is_seen():
    """The inverse that one derivative shares must not survive into the next."""
    point = X.copy()
    gradient(np.linalg.det, point)
    point *= 2.0
    assert np.allclose(gradient(np.linalg.det, point), 4.0 * gradient(np.linalg.det, X))


def test_long_programs_do_not_exhaust_the_stack():
    def f(x):
        for _ in range(3000):
            x = x + 1e-3 * x
        return x @ x

    x = np.array([1.0, 2.0])
    growth = 1.001**6000
    assert np.allclose(gradient(f, x), 2 * growth * x)
    assert np.allclose(second_derivative(f, x, x), 2 * growth * (x @ x))
    assert np.allclose(hessian(f, x).matrix(), 2 * growth * np.eye(2))


def test_constant_functions_have_zero_derivatives():
    D = derivative(lambda X: np.ones((2, 5)), X)
    assert D.matrix().shape == (10, 9) and not D.matrix().any()
    assert not gradient(lambda X: 3.0, X).any()
    assert not hessian(lambda X: X.sum(), X)[ONES].any()
    assert jacobian_matrix(np.sign, X + 0.5).shape == (9, 9)
