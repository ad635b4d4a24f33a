"""NumPy as people write it: values are NumPy's, gradients those of extrapolated differences."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import pytest
from cases import CASES as OF_ALL

from lecturelib import KinkWarning, UntraceableError, derivative, gradient
from lecturelib.claims.referees import five_point, partials
from lecturelib.numbers import composites, dispatch

RNG = np.random.default_rng(4)
POINTS = {
    "x": np.array([0.3, -0.4, 0.7, 1.1]),
    "X": RNG.normal(size=(3, 3)) + np.diag([2.0, 1.5, 2.5]),
    "R": RNG.normal(size=(2, 4)),
    "K": RNG.normal(size=(2, 3, 4)),
    "N": np.array([[0.5, 2.0, -1.0], [1.5, -0.5, 3.0]]),  # NAN gets holes
    "E": RNG.normal(size=(2, 3, 2, 3)) + 3 * np.eye(6).reshape(2, 3, 2, 3),
}
HOLES = np.array([[0.0, np.nan, 0.0], [0.0, 0.0, np.nan]])

# What stands between semicolons is an expression of one of the points.
EXPRESSIONS = """
X.reshape(9, copy=True); X.compress([True, False, True], axis=0)
np.linalg.pinv(X, rcond=1e-10)
np.deg2rad(x); np.radians(x); np.rad2deg(x); np.degrees(x); np.logaddexp2(x, 0.3)
np.remainder(x, 0.25); np.remainder(2.05, x); x % 0.45; 2.05 % x; np.fmod(x, 0.25)
np.divmod(x, 0.25)[1]; divmod(x, 0.25)[1] * x; divmod(2.05, x)[1]; x // 0.45 * x; 2.05 // x * x
np.floor(x) * x; np.ceil(x) * x; np.trunc(3 * x) * x; np.rint(3 * x) * x; np.fix(3 * x) * x
np.round(x, 1) * x; np.around(x) * x; round(x[0], 1) * x; np.floor_divide(x, 0.25) * x
np.ldexp(x, 2); np.frexp(x)[0]; np.modf(3 * x)[0]; np.heaviside(x, 0.5) * x; np.clip(x, min=0.1)
x.clip(-0.1, 0.6); np.nan_to_num(x); np.real_if_close(x); np.polyval([1.0, 2.0, 3.0], x)
np.polyval(x, 2.0); np.polyval(x[:2], x); np.matvec(X, X[0]); np.vecmat(X[0], X)
np.vecdot(X, X.T); np.ptp(X); np.ptp(X, axis=0); np.ptp(X, axis=1, keepdims=True)
np.nansum(N + HOLES, axis=0); np.nanprod(N + HOLES); np.nanmax(N + HOLES, axis=1)
np.nanmin(N + HOLES, axis=1, keepdims=True); np.nancumsum(N + HOLES, axis=1)
np.nanmean(N + HOLES); np.nanmean(N + HOLES, axis=0, keepdims=True); np.nanvar(N + HOLES, axis=1)
np.nanstd(N + HOLES, axis=1, ddof=1); np.cumprod(X); np.cumprod(X, axis=1)
np.cumulative_sum(X, axis=0); np.cumulative_prod(X, axis=1); np.trapezoid(X)
np.trapezoid(X[0], dx=0.5); np.trapezoid(X, axis=0); np.trapezoid(X[0], [0, 1, 4.0])
np.trapezoid([1.0, 2.0, 4.0], X[0]); np.cov(X); np.cov(X, rowvar=False, bias=True); np.cov(X[0])
np.corrcoef(R); np.corrcoef(R.T, rowvar=False); np.sum(X, initial=1.0); np.sum(X, where=X > 0)
np.max(X, initial=0.0); X.max(initial=0, axis=0); np.min(X, axis=0, initial=9.0, where=X > 0)
np.prod(X, where=X > 0); np.mean(X, dtype=float); np.add.reduce(X, axis=None, initial=2.0)
np.multiply.reduce(X); np.maximum.reduce(X, axis=1); np.add.accumulate(X)
np.multiply.accumulate(X, axis=1); np.multiply.outer(X[0], X[1]); np.subtract.outer(X[0], X)
np.add.outer(X, [1.0, 2.0]); np.sort(x); np.sort(x)[::-1]; np.sort(X, axis=0)
np.sort(X, axis=None); np.partition(x, 1)[:2]; np.partition(X, 1, axis=None)[1]
np.take_along_axis(x, np.argsort(x), 0); np.take_along_axis(X, np.argmax(X, 1, keepdims=True), 1)
np.take_along_axis(X, np.array([3, 0]), None); np.median(x); np.median(X); np.median(X, axis=0)
np.median(R, axis=1, keepdims=True); np.median(R, keepdims=True); np.extract(x > 0, x)
np.compress([True, False, True, True], x); np.compress([1, 0, 1], X, axis=1)
np.select([x > 0.5, x > 0], [x, x**2]); np.select([x > 0.5], [x], 3.0)
np.choose([0, 1, 0, 1], [x, x**2])
np.piecewise(x, [x < 0, x >= 0], [lambda t: t**2, lambda t: t * np.mean(t)])
np.piecewise(x, [x < 0], [2.0, lambda t: t**3]); np.delete(X, 0, axis=0); np.delete(x, [1, 2])
np.resize(X, (2, 2)); np.append(x, X0); np.append(X, X, 1); np.insert(X, 0, 1.0)
np.insert(X, [1, 2], 5.0, axis=1); np.lib.stride_tricks.sliding_window_view(x, 2)
np.pad(X, 1, mode="edge"); np.pad(X, 1, mode="reflect"); np.pad(x, 2)
np.pad(x, 1, constant_values=3.0); np.dstack([X, X]); np.split(X, 3)[1]; np.array_split(x, 3)[2]
np.hsplit(X, 3)[0]; np.vsplit(X, 3)[0]; np.hsplit(x, 2)[1]; np.dsplit(K, 2)[1]
np.split(x, [1, 3])[1]; np.unstack(X)[0]; np.unstack(X, axis=1)[2]; np.rollaxis(K, 2)
np.rollaxis(K, 0, 3); np.rollaxis(K, 1, -1); np.diagflat(R); np.diagflat(x, 1)
np.meshgrid(x, x)[0]; np.meshgrid(x[:2], x, indexing="ij")[1]
np.meshgrid(x, x[:2], sparse=True)[1]; np.full_like(x, x[0]); np.full_like(X, X[0])
np.linspace(0, x[0], 3); np.linspace(x, 2.0, 3, endpoint=False); np.logspace(0, x[0], 3)
np.geomspace(1, 2 + x[0], 3); np.apply_over_axes(np.sum, X, [0]); np.astype(x, float)
x.astype(np.float64); np.kron(x, x); np.kron(x, np.eye(2)); np.kron(X, x0); np.kron(K, X0)
np.cross(X[0], X[1]); np.cross(X, X.T); np.cross(X, [1.0, 2.0, 3.0], axis=0)
np.linalg.cross(X[0], X[1]); np.linalg.cond(X); np.linalg.cond(X, 1); np.linalg.cond(X, -2)
np.linalg.cond(X, "fro"); np.linalg.vector_norm(X); np.linalg.vector_norm(X, axis=1)
np.linalg.vector_norm(X, keepdims=True, ord=3); np.linalg.matrix_norm(X)
np.linalg.matrix_norm(X, ord="nuc"); np.linalg.norm(X, -2); np.linalg.norm(X, -1)
np.linalg.norm(X, -np.inf); np.linalg.norm(x, -np.inf); np.linalg.norm(x, 0) * x
np.linalg.norm(x, 0.5); np.linalg.norm(x, -1); np.linalg.tensorsolve(E, N0)
np.linalg.tensorsolve(E.swapaxes(0, 2), N0, (0,)); np.linalg.tensorinv(E); np.linalg.trace(X)
np.linalg.trace(X, offset=1); np.linalg.diagonal(X, offset=-1); np.linalg.outer(X[0], X[1])
np.linalg.matmul(X, X); np.linalg.vecdot(X, X.T); np.linalg.matrix_transpose(K)
np.linalg.tensordot(X, X, axes=1); np.einsum(x, [0], x, [0], []); np.einsum(X, [0, 1], X, [1, 2])
np.einsum("...j->...", X); np.einsum("...ij,...jk->...ik", K, K0.swapaxes(1, 2))
np.einsum("i...,i", X, X0[0]); np.einsum("ij...,jk", K, X0); X.mT @ X; K.mT; X.nbytes * X
X[np.triu_indices_from(X)]; X[np.tril_indices_from(X)]; X[np.diag_indices_from(X)]
np.digitize(x, [0.0]) * x; np.histogram(X, 3)[0][0] * X; x[np.argpartition(x, 1)]
np.argwhere(x).sum() * x; np.flatnonzero(x).sum() * x; np.count_nonzero(x) * x
np.empty_like(x).size * x; np.unique(X).size * X; np.may_share_memory(x, x) * x
np.shares_memory(x, x) * x; np.can_cast(x, float) * x; np.isneginf(x) + x; np.isposinf(x) + x
np.iscomplex(x) + x; np.isreal(x) + x; np.bincount([1, 2], x[:2]).size * x
np.argwhere(X > 0).shape[0] * X; np.isreal(X).sum() * X
"""
CASES = [
    part.strip()
    for line in EXPRESSIONS.strip().splitlines()
    for part in line.split(";")
    if all(hasattr(np, name) for name in ("matvec", "unstack")) or "np.linalg" in part
]


def function_of(expression: str) -> tuple[Any, np.ndarray]:
    """The expression as a function of the one point that it names."""
    code = compile(expression, "<expression>", "eval")
    [name] = [name for name in POINTS if name in code.co_names]
    fixed = {"np": np, "HOLES": HOLES} | {f"{k}0": v for k, v in POINTS.items()}
    return (lambda v: eval(code, {**fixed, name: v})), POINTS[name]


@pytest.mark.filterwarnings("error", "ignore:Degrees of freedom")
@pytest.mark.parametrize("expression", CASES)
def test_an_expression_has_numpys_value_and_the_right_gradient(expression):
    f, point = function_of(expression)
    value = np.asarray(f(point.copy()), dtype=float)
    weights = np.random.default_rng(1).normal(size=value.shape)
    D = derivative(f, point)
    assert np.shape(D.value) == value.shape
    assert np.allclose(D.value, value, rtol=1e-13, atol=1e-14)
    found = gradient(lambda v: np.sum(weights * f(v)), point)
    expected = partials(lambda v: np.sum(weights * f(v)), point, partial(five_point, h=1e-4))
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-8)
    assert not np.allclose(found, 1.01 * expected, rtol=1e-6, atol=1e-8) or not expected.any()


def test_every_composite_is_differentiated(monkeypatch):
    heard = set()
    for name in ("__array_ufunc__", "__array_function__"):
        answer = getattr(dispatch.ArrayProtocol, name)

        def listening(self, function, *rest, _answer=answer, **options):
            heard.add(function)
            return _answer(self, function, *rest, **options)

        monkeypatch.setattr(dispatch.ArrayProtocol, name, listening)
    for expression in CASES:
        f, point = function_of(expression)
        derivative(f, point)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", KinkWarning)
        for case in OF_ALL.values():  # those of the rules go through composites too
            if case.convention is None:
                derivative(case.sample.f, case.sample.X)
    offered = {*composites.FUNCTIONS, *composites.UFUNCS}
    assert {f.__name__ for f in offered - heard} == set()


@pytest.mark.parametrize(
    "f, x",
    [
        (np.floor, 1.0),
        (np.ceil, -2.0),
        (np.trunc, 3.0),
        (np.rint, 0.5),
        (lambda x: np.round(x, 1), 0.25),
        (lambda x: np.remainder(x, 0.5), 1.5),
        (lambda x: np.fmod(x, 0.5), 1.5),
        (lambda x: x // 0.5, 1.5),
        (lambda x: np.modf(x)[0], 2.0),
        (lambda x: np.heaviside(x, 0.5), 0.0),
        (lambda x: np.sum(np.sort(x) * np.arange(3.0)), np.array([1.0, 2.0, 1.0])),
        (np.median, np.array([2.0, 1.0, 2.0])),
        (np.median, np.array([2.0, 1.0, 2.0, 2.0])),
    ],
)
def test_a_jump_or_a_tie_is_said(f, x):
    with pytest.warns(KinkWarning, match="has a kink"):
        gradient(f, x)


@pytest.mark.parametrize(
    "f, x",
    [
        (np.trunc, 0.0),
        (lambda x: np.modf(x)[0], 0.0),
        (np.median, np.array([1.0, 2.0, 2.0, 3.0])),
        (np.median, np.array([1.0, 1.0, 2.0, 3.0, 3.0])),
        (np.median, np.array([1.0, 1.0])),
    ],
)
def test_where_nothing_jumps_nothing_is_said(f, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient(f, x)


def test_a_transform_that_is_refused_can_be_written():
    x, F = POINTS["x"], np.fft.fft(np.eye(4))
    with pytest.raises(UntraceableError, match=r"np\.fft\.fft\(np\.eye\(n\)\)"):
        gradient(lambda x: np.sum(np.abs(np.fft.fft(x))), x)
    assert np.allclose(derivative(lambda x: F @ x, x).value, np.fft.fft(x))
    with pytest.raises(UntraceableError, match="sliding_window_view"):
        derivative(lambda x: np.convolve(x, [1.0, 2.0, 3.0]), x)
    window = np.lib.stride_tricks.sliding_window_view
    by_hand = derivative(lambda x: window(np.pad(x, 2), 3) @ np.array([3.0, 2.0, 1.0]), x)
    assert np.allclose(by_hand.value, np.convolve(x, [1.0, 2.0, 3.0]))
    assert np.allclose(by_hand[x], np.convolve(x, [1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    "f",
    [
        lambda X: np.fft.fft(X).real,
        lambda X: np.interp(X, [0.0, 1.0], [0.0, 1.0]),
        lambda X: np.percentile(X, 30),
        lambda X: np.convolve(X[0], X[0]),
        lambda X: np.pad(X, 1, mode="mean"),
        lambda X: np.insert(np.ones(3), 1, X[0, 0]) if False else np.insert(X, 0, X[0, 0]),
        lambda X: np.choose([0, 5], [X, X]),
        lambda X: np.cross(X[:, :2], X[:, :2]),
        lambda X: np.median(X, axis=(0, 1)),
        lambda X: np.matvec(np.stack([X, X]), X[0]),
        lambda X: X.astype(np.float32),
        lambda X: X.view(),
        lambda X: np.sum(X, dtype=np.float32),
        lambda X: np.mean(X, where=X > 0),
    ],
)
def test_what_is_left_is_refused_in_a_sentence(f):
    with pytest.raises((UntraceableError, TypeError, ValueError)) as error:
        gradient(lambda X: np.sum(f(X)), POINTS["X"])
    assert str(error.value).rstrip(")").endswith(".") and len(str(error.value).split()) > 8
