"""What holds for every function, point and shape: linearity, adjoints, the chain rule, vec.

Shapes are drawn by hypothesis with distinct dimensions, so that a transposition cannot hide.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import CASES, full_rank, invertible, plain, spd
from hypothesis import assume, given
from hypothesis import strategies as st
from referees import SEED, named_rng, require

import lecturelib as ll
from lecturelib import (
    LinearMap,
    derivative,
    differential,
    gradient,
    hessian,
    jacobian_matrix,
    lower_triangular,
    second_derivative,
    skew,
    symmetric,
    taylor,
    upper_triangular,
    vec,
    weighted,
)
from lecturelib.claims.referees import five_point

#: Four different dimensions, and a seed for the entries.
dimensions = st.lists(st.integers(1, 6), min_size=4, max_size=4, unique=True)
seeds = st.integers(0, 2**32 - 1)
shapes = st.lists(st.integers(1, 5), min_size=0, max_size=3).map(tuple)


def random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng([seed, SEED]).uniform(-1.0, 1.0, shape)


def family(seed: int, dims: list[int]) -> dict[str, tuple[Any, np.ndarray]]:
    """Functions of matrices of several shapes: name -> (f, X)."""
    m, n, p, q = dims
    A, B, C = random(seed, p, m), random(seed + 1, n, q), random(seed + 2, m, n)
    X = random(seed + 3, m, n)
    K = random(seed + 4, m, m) / m + 2 * np.eye(m)
    return {
        "A X B": (lambda X: A @ X @ B, X),
        "X^T K X": (lambda X: X.T @ K @ X, X),
        "solve": (lambda X: np.linalg.solve(K + X @ X.T, X @ B), X),
        "tanh layer": (lambda X: np.tanh(A @ X) @ B, X),
        "Hadamard": (lambda X: X * np.exp(-C * X), X),
        "kron": (lambda X: np.kron(X, A), X),
        "softmax": (lambda X: ll.softmax(A @ X, axis=0), X),
        "blocks": (lambda X: np.block([[X, X * C], [A @ X, np.zeros((p, n))]]), X),
        "einsum": (lambda X: np.einsum("pm,mn,nq,mn->qpn", A, X, B, C * X), X),
        "reduction": (lambda X: np.sum(X * C, axis=0) * np.mean(X, axis=1, keepdims=True), X),
        "scalar": (lambda X: np.sum(np.sin(A @ X @ B)), X),
        "inverse": (lambda X: np.linalg.inv(K + C @ X.T / (m * n)), X),
        "column": (lambda x: np.sqrt(1 + (A @ x) ** 2), X[:, :1]),
        "vector": (lambda x: A @ (x * x), X[:, 0]),
        "fancy": (lambda X: X[np.arange(m)[::-1]][:, [0, n - 1, 0]] @ np.ones((3, q)), X),
    }


NAMES = list(family(0, [2, 3, 4, 5]))
names = st.sampled_from(NAMES)


@given(names, dimensions, seeds)
def test_the_derivative_is_linear(name: str, dims: list[int], seed: int) -> None:
    f, X = family(seed, dims)[name]
    D = derivative(f, X)
    H, K = random(seed + 5, *X.shape), random(seed + 6, *X.shape)
    combined = D[2.0 * H - 3.0 * K]
    require("D[2H - 3K]", combined, 2.0 * D[H] - 3.0 * D[K], 1e-13, 1 + np.max(abs(combined)))


@given(names, dimensions, seeds)
def test_the_dot_test(name: str, dims: list[int], seed: int) -> None:
    f, X = family(seed, dims)[name]
    D = derivative(f, X)
    H, G = random(seed + 5, *X.shape), random(seed + 6, *D.shape_out)
    left, Z = D[H] * G, D.T[G]
    assert Z.shape == X.shape
    scale = 1 + np.sum(abs(left)) + np.sum(abs(H * Z))
    require("<H, D.T[G]>", np.sum(H * Z), np.sum(left), 1e-14, scale)


@given(names, dimensions, seeds)
def test_series_map_and_differences_agree(name: str, dims: list[int], seed: int) -> None:
    f, X = family(seed, dims)[name]
    H = random(seed + 5, *X.shape)
    D = derivative(f, X)
    expected = five_point(f, X, H, 2.0**-9)
    scale = 1 + np.max(abs(D.value))
    for found in (D[H], differential(f, X, H), taylor(f, X, H, 1)[1], taylor(f, X, H, 3)[1]):
        require("D[H]", found, expected, 1e-9, scale)
    require("D.value", D.value, f(X), 1e-13, scale)


@given(names, dimensions, seeds)
def test_the_jacobian_acts_on_stacked_columns(name: str, dims: list[int], seed: int) -> None:
    f, X = family(seed, dims)[name]
    D, H = derivative(f, X), random(seed + 5, *X.shape)
    J = jacobian_matrix(f, X)
    assert J.shape == (D.value.size, X.size)
    require("J vec(H)", J @ vec(H), vec(D[H]), 1e-13, 1 + np.max(abs(J)))
    require("adjoint", D.T.matrix(), J.T, 1e-13, 1 + np.max(abs(J)))


@given(names, dimensions, seeds)
def test_the_chain_rule_is_composition(name: str, dims: list[int], seed: int) -> None:
    """D of g after f is D2 @ D1, in all three forms; g mixes rows and columns."""
    f, X = family(seed, dims)[name]

    def g(Y: Any) -> Any:
        return np.cumsum(np.sin(Y), axis=0) if np.ndim(Y) else np.sin(Y)

    D1 = derivative(f, X)
    D2 = derivative(g, D1.value)
    whole, chained = derivative(lambda X: g(f(X)), X), D2 @ D1
    H, G = random(seed + 5, *X.shape), random(seed + 6, *whole.shape_out)
    scale = 1 + np.max(abs(whole.matrix()), initial=0.0) * X.size
    require("chain rule", chained[H], whole[H], 1e-13, scale)
    require("its adjoint", chained.T[G], whole.T[G], 1e-13, scale)
    require("its matrix", chained.matrix(), D2.matrix() @ D1.matrix(), 1e-13, scale)
    require("its value", chained.value, whole.value, 1e-13, scale)


@given(names, dimensions, seeds)
def test_the_product_rule(name: str, dims: list[int], seed: int) -> None:
    f, X = family(seed, dims)[name]
    H = random(seed + 5, *X.shape)
    g = lambda X: np.sum(X * X)  # noqa: E731
    found = differential(lambda X: g(X) * f(X), X, H)
    expected = differential(g, X, H) * f(X) + g(X) * differential(f, X, H)
    require("d(g f)", found, expected, 1e-13, 1 + np.max(abs(found)))


@given(names, dimensions, seeds)
def test_hessian_and_second_derivative(name: str, dims: list[int], seed: int) -> None:
    """Self-adjoint; polarization; the matrix is symmetric and acts on stacked columns."""
    f, X = family(seed, dims)[name]
    weights = random(seed + 7, *np.shape(f(X)))
    phi = lambda X: np.sum(weights * f(X))  # noqa: E731
    H, K = random(seed + 5, *X.shape), random(seed + 6, *X.shape)
    Hess = hessian(phi, X)
    M = Hess.matrix()
    scale = 1 + X.size * np.max(abs(M))
    require("symmetry", np.sum(Hess[H] * K), np.sum(H * Hess[K]), 1e-12, scale)
    require("quadratic form", second_derivative(phi, X, H), np.sum(Hess[H] * H), 1e-12, scale)
    require("bilinear form", second_derivative(phi, X, H, K), np.sum(Hess[H] * K), 1e-12, scale)
    require(
        "forms agree", second_derivative(phi, X, H, H), second_derivative(phi, X, H), 1e-12, scale
    )
    require("symmetric matrix", M, M.T, 1e-12, scale)
    require("matrix", M @ vec(H), vec(Hess[H]), 1e-12, scale)
    require("adjoint", Hess.T[H], Hess[H], 1e-12, scale)


@given(names, dimensions, seeds)
def test_taylor_coefficients_scale_with_the_direction(
    name: str, dims: list[int], seed: int
) -> None:
    """f(X + t(sH)) = f(X + (ts)H): the k-th coefficient is homogeneous of degree k."""
    f, X = family(seed, dims)[name]
    H = random(seed + 5, *X.shape)
    plain_, doubled = taylor(f, X, H, 4), taylor(f, X, -2.0 * H, 4)
    for k in range(5):
        scale = 1 + np.max(abs(plain_[k]))
        require(f"coefficient {k}", doubled[k], (-2.0) ** k * plain_[k], 1e-12, 2.0**k * scale)


@given(shapes, shapes, seeds)
def test_broadcasting(a: tuple[int, ...], b: tuple[int, ...], seed: int) -> None:
    """Whatever NumPy broadcasts is differentiated in both arguments, and the adjoint sums back."""
    a = tuple(1 if i % 2 else n for i, n in enumerate(a))
    b = tuple(n if 1 in (n, m) else m for n, m in zip(b[::-1], a[::-1], strict=False))[::-1]
    A, B = random(seed, *a), 2.0 + random(seed + 1, *b)
    for f, point in (
        (lambda X: X / B, A),
        (lambda X: X - B, A),
        (lambda X: A * X, B),
        (lambda X: A - X, B),
        (lambda X: np.logaddexp(A, X), B),
    ):
        D = derivative(f, point)
        require("value", D.value, f(point), 1e-14, 1.0)
        H, G = random(seed + 2, *point.shape), random(seed + 3, *D.shape_out)
        Z = D.T[G]
        assert Z.shape == point.shape and D[H].shape == D.shape_out
        require("dot test", np.sum(H * Z), np.sum(D[H] * G), 1e-13, 1.0 + G.size)
        require("D[H]", D[H], five_point(f, point, H, 2.0**-8), 1e-9, 1.0)  # noqa: B023


@given(st.data(), st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple), seeds)
def test_indexing(data: st.DataObject, shape: tuple[int, ...], seed: int) -> None:
    """Basic and fancy indices: the adjoint puts back, and adds what was taken twice."""
    X = random(seed, *shape)
    parts: list[Any] = []
    for n in shape:
        kinds = st.one_of(
            st.integers(-n, n - 1),
            st.slices(n),
            st.lists(st.integers(-n, n - 1), min_size=2, max_size=2).map(np.array),
            st.lists(st.booleans(), min_size=n, max_size=n).map(np.array),
        )
        parts.append(data.draw(kinds))
    index = tuple(parts)
    try:
        expected = X[index]
    except IndexError:  # lists and masks of lengths that NumPy does not broadcast
        assume(False)
    D = derivative(lambda X: X[index], X)
    require("value", D.value, expected, 0.0)
    G = random(seed + 1, *expected.shape)
    require("dot test", np.sum(X * D.T[G]), np.sum(expected * G), 1e-14, 1.0 + G.size)
    require("D[H]", D[X], expected, 0.0)


@given(shapes, st.data(), seeds)
def test_reductions(shape: tuple[int, ...], data: st.DataObject, seed: int) -> None:
    axes = st.none() if not shape else st.one_of(
        st.none(),
        st.integers(-len(shape), len(shape) - 1),
        st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1).map(tuple),
    )  # fmt: skip
    axis, keepdims = data.draw(axes), data.draw(st.booleans())
    X, H = random(seed, *shape), random(seed + 1, *shape)
    for reduce in (np.sum, np.mean):
        D = derivative(lambda X: reduce(X, axis=axis, keepdims=keepdims), X)  # noqa: B023
        require("D[H]", D[H], reduce(H, axis=axis, keepdims=keepdims), 1e-14, 1.0 + H.size)
        G = random(seed + 2, *D.shape_out)
        require("dot test", np.sum(H * D.T[G]), np.sum(D[H] * G), 1e-14, 1.0 + H.size)


@given(dimensions, seeds)
def test_vec_and_kron(dims: list[int], seed: int) -> None:
    """vec(A X B) = (B^T kron A) vec(X), lecture (10), and vec X^T is a permutation of vec X."""
    m, n, p, q = dims
    A, B, X = random(seed, p, m), random(seed + 1, n, q), random(seed + 2, m, n)
    J = jacobian_matrix(lambda X: A @ X @ B, X)
    require("Kronecker product", J, np.kron(B.T, A), 1e-14)
    K = jacobian_matrix(lambda X: X.T, X)
    require("commutation matrix", K @ vec(X), vec(X.T), 0.0)
    require("a permutation", K @ K.T, np.eye(m * n), 0.0)


@given(dimensions, seeds)
def test_einsum_and_matmul_agree(dims: list[int], seed: int) -> None:
    m, n, p, _ = dims
    A, X = random(seed, m, n), random(seed + 1, n, p)
    require(
        "Jacobian",
        jacobian_matrix(lambda X: np.einsum("ij,jk->ik", A, X), X),
        jacobian_matrix(lambda X: A @ X, X),
        1e-14,
    )


# -- Inner products and subspaces -----------------------------------------------------------------

SUBSPACES = {
    "symmetric": symmetric,
    "skew": skew,
    "lower_triangular": lower_triangular,
    "upper_triangular": upper_triangular,
}


@given(st.sampled_from(list(SUBSPACES)), st.integers(2, 5), seeds)
def test_gradients_on_subspaces(name: str, n: int, seed: int) -> None:
    """The gradient lies in the subspace, represents df there, and is the projection."""
    inner = SUBSPACES[name]
    A, B = random(seed, n, n), random(seed + 1, n, n)
    X = inner.project(random(seed + 2, n, n))
    H, K = inner.project(random(seed + 3, n, n)), inner.project(random(seed + 4, n, n))
    f = lambda X: np.trace(A @ X @ B @ X) + np.sum(np.sin(X) * B)  # noqa: E731
    G = gradient(f, X, inner=inner)
    require("in the subspace", inner.project(G), G, 1e-14, 1.0)
    require("represents df", inner(G, H), differential(f, X, H), 1e-13, 1.0 + n**3)
    require("the projection", G, inner.project(gradient(f, X)), 1e-14, 1.0)
    require("of D", derivative(f, X).gradient(inner), G, 1e-14, 1.0)
    Hess = hessian(f, X, inner=inner)
    require("maps into itself", inner.project(Hess[H]), Hess[H], 1e-13, 1.0 + n**3)
    require("self-adjoint", inner(Hess[H], K), inner(H, Hess[K]), 1e-13, 1.0 + n**4)
    require(
        "second derivative", inner(Hess[H], K), second_derivative(f, X, H, K), 1e-12, 1.0 + n**4
    )


@given(st.integers(1, 5), st.integers(0, 4), seeds)
def test_weighted_gradients(m: int, n: int, seed: int) -> None:
    """<G, H>_W = df[H]; the Hessian is self-adjoint in <.,.>_W, its transpose W Hess W^-1."""
    W = spd(np.random.default_rng(seed), m)
    inner = weighted(W)
    shape = (m, n) if n else (m,)
    A = random(seed, m, m)
    X, H, K = random(seed + 1, *shape), random(seed + 2, *shape), random(seed + 3, *shape)
    f = lambda X: np.sum(np.exp(X) * (A @ X))  # noqa: E731
    G = gradient(f, X, inner=inner)
    require("represents df", inner(G, H), differential(f, X, H), 1e-13, 1.0 + m * m * n)
    require("W G", W @ G, gradient(f, X), 1e-13, 1.0)
    Hess = hessian(f, X, inner=inner)
    scale = 10.0 * (1.0 + m * m * n)
    require("self-adjoint", inner(Hess[H], K), inner(H, Hess[K]), 1e-13, scale)
    require("second derivative", inner(Hess[H], K), second_derivative(f, X, H, K), 1e-13, scale)
    require("transpose", np.sum(Hess.T[H] * K), np.sum(H * Hess[K]), 1e-13, scale)


# -- Linear maps ----------------------------------------------------------------------------------


@given(dimensions, seeds)
def test_linear_maps_form_an_algebra(dims: list[int], seed: int) -> None:
    m, n, p, _ = dims
    A, B, C = random(seed, m, n), random(seed + 1, m, n), random(seed + 2, p, m)
    L, M, N = (
        LinearMap(lambda x, T=T: T @ x, lambda y, T=T: T.T @ y, T.shape[1:], T.shape[:1])
        for T in (A, B, C)
    )
    x = random(seed + 3, n)
    require("sum", (L + M)[x], (A + B) @ x, 1e-14, 1.0 + n)
    require("difference", (L - M).matrix(), A - B, 1e-14)
    require("multiple", (2.0 * L).matrix(), 2.0 * A, 1e-14)
    require("negative", (-L).T.matrix(), -A.T, 1e-14)
    require("composition", (N @ L).matrix(), C @ A, 1e-14, 1.0 + n)
    require("adjoint of a composition", (N @ L).T.matrix(), (C @ A).T, 1e-14, 1.0 + n)
    require("adjoint of the adjoint", L.T.T.matrix(), A, 0.0)
    with pytest.raises(ValueError, match="do not compose"):
        _ = L @ N
    with pytest.raises(ValueError, match="do not add"):
        _ = L + N


def test_composition_checks_that_the_point_matches() -> None:
    X = invertible(named_rng("point"), 3)
    D1 = derivative(np.linalg.inv, X)
    D2 = derivative(np.linalg.det, D1.value)
    require("gradient of a composition", (D2 @ D1).gradient(),
            gradient(lambda X: np.linalg.det(np.linalg.inv(X)), X), 1e-13)  # fmt: skip
    D3 = derivative(np.sin, D2.value)
    triple = D3 @ (D2 @ D1)
    require("three maps", triple[X], ((D3 @ D2) @ D1)[X], 1e-13)
    with pytest.raises(ValueError, match="differ by up to"):
        _ = derivative(np.linalg.det, X) @ D1
    with pytest.raises(ValueError, match=r"of shape \(3, 3\), to be D2's point, of shape \(2, 2\)"):
        _ = derivative(np.linalg.det, np.eye(2)) @ D1
    almost = derivative(np.linalg.det, D1.value * (1 + 1e-12))
    require("a point that matches up to rounding", (almost @ D1)[X], (D2 @ D1)[X], 1e-9)


# -- Long runs ------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:pinv has a kink")  # some cases stay at a lower rank
@pytest.mark.filterwarnings("error")
@given(st.sampled_from(sorted(CASES)), seeds)
def test_cases_at_other_points(name: str, seed: int) -> None:
    """Chain rule and dot test for every case composed with a linear map of its argument."""
    case = CASES[name]
    assume("convention" not in case.referees)
    s = case.sample
    rng_ = np.random.default_rng(seed)
    T = np.eye(s.X.size) + 0.02 * rng_.uniform(-1, 1, (s.X.size, s.X.size)) / max(s.X.size, 1)

    def moved(X):
        Y = np.reshape(T @ np.reshape(X, (-1,)), s.X.shape)
        return (Y + Y.T) / 2 if case.symmetric else Y

    inner = derivative(moved, s.X)
    outer = derivative(s.f, inner.value)
    whole = derivative(lambda X: s.f(moved(X)), s.X)
    H = rng_.uniform(-1, 1, s.X.shape)
    G = rng_.uniform(-1, 1, whole.shape_out)
    chained = outer @ inner
    scale = 1.0 + np.max(abs(whole[H]), initial=0.0)
    require("chain rule", chained[H], whole[H], 1e-11, scale)
    Z = whole.T[G]
    terms = 1.0 + np.sum(abs(whole[H] * G)) + np.sum(abs(Z * H))
    require("dot test", np.sum(H * Z), np.sum(whole[H] * G).real, 1e-13, terms)


@pytest.mark.full
def test_larger_shapes() -> None:
    """The same identities at the sizes of the benchmarks."""
    rng_ = named_rng("large")
    X, A = full_rank(rng_, 60, 40), plain(rng_, 60, 60)
    f = lambda X: np.trace(X.T @ A @ X) + np.linalg.slogdet(X.T @ X)[1]  # noqa: E731
    expected = (A + A.T) @ X + 2 * X @ np.linalg.inv(X.T @ X)
    require("gradient", gradient(f, X), expected, 1e-11)
