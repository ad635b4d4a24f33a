"""Cases that once gave a wrong result or a raw error, each against NumPy and differences."""

from typing import Any

import numpy as np
import pytest

from lecturelib import (
    KinkWarning,
    UntraceableError,
    derivative,
    differential,
    eigen_derivative,
    gradient,
    hessian,
    second_derivative,
    skew,
    softmax,
    symmetric,
    taylor,
    weighted,
)
from lecturelib.claims.referees import five_point
from lecturelib.table import TABLE

KEPT: dict[str, Any] = {"keepdims": True}  # NumPy's stub has it with a named axis alone
RNG = np.random.default_rng(3)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 3))
STACK = RNG.normal(size=(2, 3, 4))

RIGHT = {
    "trace of a wide product": (lambda X: np.trace(X @ B[:, :2]), A),
    "trace of a tall product": (lambda X: np.trace(np.ones((5, 3)) @ X), A),
    "trace of a product with one column": (lambda X: np.trace(X[:2] @ B), A),
    "transpose with negative axes": (lambda X: np.transpose(X, (1, -1, 0)) ** 2, STACK),
    "norm over named axes": (lambda X: np.linalg.norm(X, 1, axis=(0, 1)), A),
    "spectral norm over named axes": (lambda X: np.linalg.norm(X, 2, axis=(1, 0)), A),
    "infinity norm over named axes": (lambda X: np.linalg.norm(X, np.inf, axis=(0, 1)), A),
    "nuclear norm that keeps its axes": (lambda X: np.linalg.norm(X, "nuc", **KEPT), A),
    "one-norm that keeps its axes": (lambda X: np.linalg.norm(X, 1, **KEPT), A),
    "maximum over two axes": (lambda X: np.max(X, axis=(0, 2)), STACK),
    "minimum over two axes, kept": (lambda X: np.min(X, axis=(0, 1), keepdims=True), STACK),
    "product over two axes": (lambda X: np.prod(X, axis=(0, 2)), STACK),
    "block of stacks": (lambda X: np.block([X, X * X]), STACK),
    "variance of complex values": (lambda X: np.var(X + 1j * X**2), A),
    "lstsq's singular values": (lambda X: np.linalg.lstsq(X.T, A[0], rcond=None)[3], A),
    "a list beside the variable": (lambda X: np.einsum("i,ij->j", [1.0, 2.0, 3.0], X), A),
    "division by a list": (lambda X: X / [1.0, 2.0, 3.0, 4.0], A),
    "kron with a list": (lambda X: np.kron([[1.0, 2.0]], X), A),
    "solve with a list": (lambda X: np.linalg.solve([[2.0, 1.0], [0.0, 3.0]], X[:2]), A),
}


@pytest.mark.parametrize("name", RIGHT)
def test_value_differential_and_adjoint(name):
    f, X = RIGHT[name]
    D = derivative(f, X)
    assert np.shape(D.value) == np.shape(f(X))
    assert np.allclose(D.value, f(X), rtol=1e-12)
    H = RNG.normal(size=X.shape)
    assert np.allclose(D[H], five_point(f, X, H, h=1e-3), atol=1e-8)
    assert np.allclose(differential(f, X, H), D[H])
    G = RNG.normal(size=np.shape(D.value))
    assert D.T[G].shape == X.shape
    assert np.isclose(np.sum(G * D[H]), np.sum(D.T[G] * H))


REFUSED = {
    "memory order": lambda: gradient(lambda X: X.flatten("A")[0], A),
    "einsum with broadcasting": lambda: gradient(
        lambda X: np.einsum("ij,ij->", X, np.ones((3, 4))), np.ones((3, 1))
    ),
    "complex value": lambda: gradient(lambda x: np.sum(np.exp(1j * x)), np.ones(2)),
    "complex direction": lambda: hessian(lambda x: np.sum(x**3), np.ones(2))[np.array([1j, 1])],
    "QR at lower rank": lambda: derivative(lambda X: np.linalg.qr(X)[0], np.ones((3, 2))).matrix(),
    "singular vectors at lower rank": lambda: gradient(
        lambda X: np.linalg.svd(X)[0].sum(), np.diag([2.0, 0.0])
    ),
    "inner product that is none": lambda: gradient(np.linalg.det, B[:3], inner="symmetric"),
    "map times vector": lambda: derivative(np.sin, np.ones(3)) @ np.ones(3),
    "vector times map": lambda: np.ones(3) * derivative(np.sin, np.ones(3)),
    "no point": lambda: gradient(np.sum, None),
    "a point of text": lambda: gradient(np.sum, ["1", "2"]),
    "solve of a wide system": lambda: gradient(lambda x: np.linalg.solve(A, x).sum(), np.ones(3)),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore::lecturelib.KinkWarning")
def test_refused_in_a_sentence(name):
    with pytest.raises((TypeError, ValueError, UntraceableError)) as error:
        REFUSED[name]()
    sentence = str(error.value)
    assert sentence.endswith(".") and len(sentence.split()) > 8, sentence


@pytest.mark.parametrize("gap", [0.0, 1e-14])
def test_second_derivative_of_det_is_refused_where_it_has_no_digits(gap):
    X = np.array([[0.1, 0.7], [0.3, 2.1 + gap]])  # rank 1, though LAPACK finds 3e-17
    assert np.allclose(gradient(np.linalg.det, X), [[2.1, -0.3], [-0.7, 0.1]])
    for attempt in (
        lambda: hessian(np.linalg.det, X)[np.eye(2)],
        lambda: taylor(np.linalg.det, X, np.eye(2), 2),
    ):
        with pytest.raises(np.linalg.LinAlgError, match="no higher one"):
            attempt()


def test_results_do_not_alias_the_users_arrays():
    C, X = np.ones(3), np.ones(3)
    derivative(lambda x: C, X).value[:] = 9.0
    taylor(lambda x: C[::-1], X, X, 1)[0][:] = 9.0
    gradient(np.sum, X)[:] = 9.0
    assert C.tolist() == X.tolist() == [1.0, 1.0, 1.0]
    Hess = hessian(lambda x: np.sum(x**3), X)
    X *= 2.0
    assert np.allclose(Hess[np.ones(3)], 6.0)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_clusters_do_not_depend_on_the_unit(scale):
    simple = eigen_derivative(scale * np.diag([1.0, 3.0]), np.diag([5.0, 7.0]), 0)
    assert np.isclose(simple.value, scale) and np.isclose(simple.derivative, 5.0)
    double = eigen_derivative(scale * np.eye(2), np.diag([5.0, 7.0]), 0)
    assert double.derivative is None and np.allclose(double.one_sided, [5.0, 7.0])


@pytest.mark.parametrize("inner", [symmetric, skew, weighted(np.diag([1.0, 2.0, 5.0]))])
def test_hessian_is_self_adjoint_in_its_inner_product(inner):
    f = lambda X: np.sum(np.exp(X)) + np.trace(X @ X @ X)  # noqa: E731
    X, H, K = RNG.normal(size=(3, 3, 3))
    if inner.project:
        X, H, K = (inner.project(M) for M in (X, H, K))
    Hess = hessian(f, X, inner)
    assert np.isclose(inner(Hess[H], K), inner(H, Hess[K]))
    assert np.isclose(inner(Hess[H], K), second_derivative(f, X, H, K))
    G = RNG.normal(size=(3, 3))
    vec = lambda M: M.reshape(-1, order="F")  # noqa: E731
    assert np.allclose(Hess.matrix() @ vec(H), vec(Hess[H]))
    assert np.allclose(Hess.matrix().T @ vec(G), vec(Hess.T[G]))


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6])
def test_bilinear_form_keeps_its_digits(size):
    x, h, k = RNG.normal(size=(3, 4))
    exact = size * np.sum(np.exp(x) * h * k)
    assert np.isclose(second_derivative(lambda x: np.sum(np.exp(x)), x, size * h, k), exact)
    assert second_derivative(lambda x: np.sum(np.exp(x)), x, 0 * h, k) == 0.0


def test_singular_values_of_very_different_size_have_vectors():
    X = np.diag([1.0, 1e-6, 3e-6])

    def rebuilt(X):
        U, s, Vh = np.linalg.svd(X)
        return U @ np.diag(s) @ Vh

    H = RNG.normal(size=(3, 3))
    assert np.allclose(derivative(rebuilt, X)[H], H, atol=1e-6)


def test_a_vanishing_singular_value_is_a_kink():
    with pytest.warns(KinkWarning, match="svd has a kink at entry 1"):
        derivative(lambda X: np.linalg.svd(X)[1], np.diag([2.0, 0.0]))


def test_repeated_factorisations_do_not_exhaust_the_stack():
    def steps_of_qr(X):
        for _ in range(100):
            Q, R = np.linalg.qr(X)
            X = R @ Q
        return X

    X = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 1.0]])
    c = taylor(steps_of_qr, X, np.eye(3), 2)
    assert np.allclose(np.trace(c[1]), 3.0) and np.allclose(np.trace(c[2]), 0.0, atol=1e-6)


def test_maps_divide_and_subtract():
    D = derivative(np.sin, np.ones(2))
    assert np.allclose((D / 2 - D)[np.ones(2)], -D[np.ones(2)] / 2)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: softmax(x)[0] * 6e20 + x[0],
        lambda x: x[0] + softmax(x)[0] * 6e20,
        lambda x: 6e20 * softmax(x)[0] / softmax(x)[0] + x[0],
    ],
)
def test_parts_of_one_rule_that_cancel_do_not_swallow_those_of_others(f):
    """softmax sends 6e20 - 6e20 to x: a sum of its own, or the 1 beside it is lost."""
    x = np.array([680.0, -47.0, 138.0])
    np.testing.assert_allclose(gradient(f, x), [1.0, 0.0, 0.0], atol=1e-200)


def test_parts_of_a_rule_of_matrices_that_cancel_do_not_swallow_those_of_others():
    """Orthonormal columns cannot turn into themselves: polar sends 6e20 - 6e20 to X[0, 0]."""
    X = np.eye(3)[:, :2]
    G = gradient(lambda X: 6e20 * TABLE["polar"](X)[0, 0] + X[0, 0], X)
    np.testing.assert_array_equal(G, np.eye(3)[:, :1] @ np.eye(2)[:1])
