"""Eigenvalue derivatives against differences, exact cases, and the wrong variants of the errata."""

import numpy as np
import pytest

from lecturelib import derivative, eigen_derivative, eigenvector_derivative
from lecturelib.claims.referees import five_point


def eigenvalue(A, k):
    w = np.linalg.eigvals(A)
    return w[np.lexsort((w.imag, np.round(w.real, 10)))][k]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("k", range(5))
def test_simple_eigenvalue_against_differences_and_the_table(rng, k):
    A, H = rng.normal(size=(2, 5, 5))
    result = eigen_derivative(A, H, k)
    assert abs(result.left @ result.right - 1) < 1e-12
    assert np.allclose(A @ result.right, result.value * result.right)
    assert np.allclose(result.left @ A, result.value * result.left)
    expected = five_point(lambda Z: eigenvalue(Z, k), A, H, h=1e-3)
    assert abs(result.derivative - expected) < 1e-8
    slopes = derivative(np.linalg.eigvals, A)[H]
    assert np.min(np.abs(slopes - result.derivative)) < 1e-10


def test_scaling_left_and_right_alike_is_wrong_for_nonsymmetric_matrices(rng):
    """Wrong variant: unit left and right vectors instead of u^T v = 1."""
    A, H = rng.normal(size=(2, 4, 4))
    A += np.diag([0.0, 3.0, 6.0, 9.0])
    result = eigen_derivative(A, H, 1)
    u = result.left / np.linalg.norm(result.left)
    wrong = u @ H @ result.right
    expected = five_point(lambda Z: eigenvalue(Z, 1), A, H, h=1e-3)
    assert abs(result.derivative - expected) < 1e-9 < 1e-3 < abs(wrong - expected)


def test_real_eigenvalues_have_real_derivatives(rng):
    A = np.diag([1.0, 2.0, 4.0]) + np.triu(rng.normal(size=(3, 3)), 1)
    result = eigen_derivative(A, rng.normal(size=(3, 3)), 1)
    assert isinstance(float(result.derivative), float) and not np.iscomplexobj(result.right)


def test_rotation_has_a_conjugate_pair_ordered_by_imaginary_part():
    A = np.array([[0.0, 1.0], [-1.0, 0.0]])
    low, high = (eigen_derivative(A, A, k) for k in (0, 1))
    assert np.isclose(low.value, -1j) and np.isclose(high.value, 1j)
    assert np.isclose(low.derivative, -1j) and np.isclose(high.derivative, 1j)


@pytest.mark.parametrize("symmetric", [True, False])
def test_cluster_has_one_sided_derivatives(rng, symmetric):
    P = np.linalg.qr(rng.normal(size=(5, 5)))[0] if symmetric else rng.normal(size=(5, 5))
    A = P @ np.diag([1.0, 1.0, 2.0, 3.0, 4.0]) @ np.linalg.inv(P)
    H = rng.normal(size=(5, 5))
    if symmetric:
        A, H = (A + A.T) / 2, H + H.T
    result = eigen_derivative(A, H, 1)
    assert result.derivative is None
    assert np.allclose(result.left.T @ result.right, np.eye(2))
    for t in (1e-7, -1e-7):  # for t < 0 the same slopes belong to the other order
        w = np.linalg.eigvals(A + t * H)
        w = w[np.argsort(np.abs(w - 1.0))[:2]]
        slopes = np.sort_complex((w - 1.0) / t)
        assert np.allclose(slopes, np.sort_complex(result.one_sided), atol=1e-4)
    trace = np.sum(result.one_sided)
    assert np.isclose(trace, np.trace(result.left.T @ H @ result.right))


def test_the_simple_formula_fails_at_a_cluster():
    """Errata E43: [[0, t], [t, 0]] has eigenvalues +-t; the formula with e_1 gives 0."""
    H = np.array([[0.0, 1.0], [1.0, 0.0]])
    result = eigen_derivative(np.zeros((2, 2)), H, 0)
    assert np.allclose(result.one_sided, [-1.0, 1.0])
    assert H[0, 0] == 0.0  # what u^T H v would give


def test_defective_eigenvalue_is_refused():
    with pytest.raises(np.linalg.LinAlgError, match="2-fold with fewer independent eigenvectors"):
        eigen_derivative(np.array([[0.0, 1.0], [0.0, 0.0]]), np.eye(2), 0)


@pytest.mark.parametrize("k", range(4))
def test_symmetric_eigenvector_keeps_its_gauge(rng, k):
    A, H = rng.normal(size=(2, 4, 4))
    A, H = A + A.T, H + H.T

    def vector(t):
        v = np.linalg.eigh(A + t * H)[1][:, k]
        return v * np.sign(v[np.argmax(np.abs(reference))])

    reference = np.linalg.eigh(A)[1][:, k]
    dv = eigenvector_derivative(A, H, k)
    assert np.allclose(dv, five_point(vector, 0.0, 1.0, h=1e-3), atol=1e-8)
    assert abs(dv @ vector(0.0)) < 1e-12
    w = np.linalg.eigvalsh(A)
    resolvent = np.linalg.pinv(w[k] * np.eye(4) - A, rcond=1e-10)
    assert np.allclose(dv, resolvent @ H @ vector(0.0))
    assert not np.allclose(dv, -resolvent @ H @ vector(0.0))  # wrong variant: (A - lambda I)^+


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: eigen_derivative(np.ones((2, 3)), np.ones((2, 3)), 0), "one square matrix.*2, 3"),
        (lambda: eigen_derivative(np.eye(2), np.ones((3, 3)), 0), r"\(3, 3\).*\(2, 2\)"),
        (lambda: eigen_derivative(np.eye(2), np.eye(2), 2), "k is 2.*number 0 to 1"),
        (lambda: eigen_derivative([[1.0, np.nan], [0, 1]], np.eye(2), 0), r"A\[0, 1\] is nan"),
        (lambda: eigenvector_derivative([[1.0, 2.0], [0, 1]], np.eye(2), 0), "A .*not symmetric"),
        (lambda: eigenvector_derivative(np.eye(3), np.eye(3), 1), "Eigenvalues 0 and 1 .*coincide"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, sentence):
    with pytest.raises((ValueError, np.linalg.LinAlgError), match=sentence) as error:
        call()
    assert str(error.value).endswith(".")
