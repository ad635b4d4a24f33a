"""What went wrong in a wrong answer: named where it is a usual slip, and never named falsely.

`slips_blind` was written without sight of the checks. Each of its answers is judged against the
right formula, and against lecturelib's own derivative of the function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from slips_blind import ODD, RIGHT, SLIPS, Slip, expm

import lecturelib
from lecturelib import (
    check_derivative,
    check_gradient,
    check_hessian,
    differential,
    gradient,
    hessian,
    jacobian_matrix,
)
from lecturelib.checks import Report, check_answer, check_value
from lecturelib.checks.changes import SENTENCES
from lecturelib.numbers.formulas import Formula, trace

#: The gradient by X from its formula alone says nothing of the gradient by w.
NOT_IN_THE_FORMULA = {"least-squares-by-w"}


def by_formula(item: Slip) -> Callable[..., Any]:
    return item.right


def by_lecturelib(item: Slip) -> Callable[..., Any]:
    names = list(inspect.signature(item.right).parameters)

    def expected(*given: Any) -> Any:
        arguments = dict(zip(names, given, strict=True))
        f, X = lambda Z: item.function(**(arguments | {names[0]: Z})), given[0]  # noqa: E731
        if item.of == "differential":
            return differential(f, X, arguments["H"])
        if item.of == "hessian":
            return hessian(f, X)[arguments["H"]]
        return (gradient if item.of == "gradient" else jacobian_matrix)(f, X)

    expected.__signature__ = inspect.signature(item.right)  # type: ignore[attr-defined]
    return expected


def judged(item: Slip, expected: Callable[[Slip], Any]) -> Report:
    names = list(inspect.signature(item.right).parameters)

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        arguments = item.arguments(rng)
        return tuple(arguments[name] for name in names)

    return check_answer(item.wrong, expected(item), draw, name="answer")


WAYS = pytest.mark.parametrize("way", [by_formula, by_lecturelib])


@WAYS
@pytest.mark.parametrize("item", SLIPS, ids=lambda item: item.name)
def test_a_usual_slip_is_named(item, way):
    report = judged(item, way)
    assert not report
    if way is by_formula and item.name in NOT_IN_THE_FORMULA:
        assert report.slip == ""
    else:
        assert report.slip in (item.kind, *item.also), report.message
        assert "answer" in report.message


@WAYS
@pytest.mark.parametrize("item", RIGHT, ids=lambda item: item.name)
def test_nothing_is_said_of_a_right_answer_in_an_unusual_form(item, way):
    report = judged(item, way)
    assert report and report.slip == ""


@WAYS
@pytest.mark.parametrize("item", ODD, ids=lambda item: item.name)
def test_an_answer_that_is_no_usual_slip_gets_no_name(item, way):
    report = judged(item, way)
    assert not report and report.slip == ""


# -- More of each kind, with other functions -------------------------------------------------------


def matrices(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    return lambda rng: tuple(rng.standard_normal(shape) for shape in shapes)


def bilinear(X, A, B):  # tr(X^T A X B)
    return A @ X @ B + A.T @ X @ B.T


def square(X, A, H):  # d(X A X)
    return H @ A @ X + X @ A @ H


def inverse(X, A, H):  # d(A X^-1 A)
    V = np.linalg.inv(X)
    return -A @ V @ H @ V @ A


def network(W, x, t):
    y = np.tanh(W.T @ x)
    return np.outer(x, 2 * (y - t) * (1 - y**2))


def mean_error(w, X, y):
    return 2 * X.T @ (X @ w - y) / len(y)


def rayleigh(x, A):
    return ((A + A.T) @ x * (x @ x) - 2 * (x @ A @ x) * x) / (x @ x) ** 2


def rayleigh_of_a_table(x, A):
    return 2 * (A @ x - (x @ A @ x) / (x @ x) * x) / (x @ x)


def logdet(X, S):  # log det X + tr(X^-1 S)
    V = np.linalg.inv(X)
    return V.T - (V @ S @ V).T


def by_elements(A, X):  # Jacobian of A X
    return np.kron(np.eye(X.shape[1]), A)


TRACE = matrices((4, 3), (4, 4), (3, 3))
CUBES = matrices((4, 4), (4, 4), (4, 4))
LAYER = matrices((4, 3), (4,), (3,))
FIT = matrices((3,), (7, 3), (7,))


def POSITIVE(rng):
    return rng.uniform(size=(3, 3)), rng.uniform(size=(3, 3))


ONE, TWO, ELEMENTS = matrices((4, 4)), matrices((4, 4), (4, 4)), matrices((4, 4), (4, 3))
SAMPLES = matrices((5, 3))
FORM = matrices((4,), (4, 4))


HELD_OUT: dict[str, list[Any]] = {
    "missing term": [
        (bilinear, lambda X, A, B: A @ X @ B, TRACE),
        (square, lambda X, A, H: X @ A @ H, CUBES),
        (logdet, lambda X, S: np.linalg.inv(X).T, TWO),
        (rayleigh, lambda x, A: (A + A.T) @ x / (x @ x), FORM),
    ],
    "sign": [
        (inverse, lambda X, A, H: -inverse(X, A, H), CUBES),
        (bilinear, lambda X, A, B: A @ X @ B - A.T @ X @ B.T, TRACE),
    ],
    "factor": [
        (bilinear, lambda X, A, B: bilinear(X, A, B) / 2, TRACE),
        (mean_error, lambda w, X, y: X.T @ (X @ w - y), FIT),
    ],
    "term factor": [(square, lambda X, A, H: H @ A @ X + 2 * X @ A @ H, CUBES)],
    "symmetric only": [(rayleigh, rayleigh_of_a_table, FORM)],
    "transposed": [(logdet, lambda X, S: logdet(X, S).T, TWO)],
    "transposed factor": [
        (bilinear, lambda X, A, B: A @ X @ B + A.T @ X @ B, TRACE),
        (lambda X, A: X @ A.T @ X.T, lambda X, A: X @ A.T @ X, TWO),
    ],
    "order of factors": [
        (inverse, lambda X, A, H: -A @ H @ np.linalg.inv(X) @ np.linalg.inv(X) @ A, CUBES),
        (square, lambda X, A, H: 2 * H @ A @ X, CUBES),
        (lambda A, B: (A @ B @ A).T, lambda A, B: A.T @ A.T @ B.T, TWO),
    ],
    "elementwise product": [
        (square, lambda X, A, H: H * A * X + X * A * H, CUBES),
        (square, lambda X, A, H: H @ A * X + X @ A * H, CUBES),
    ],
    "elementwise function": [
        (inverse, lambda X, A, H: -A @ (1 / X) @ H @ (1 / X) @ A, CUBES),
        (lambda X: 3 * (X @ X).T, lambda X: 3 * X.T**2, ONE),
        (lambda X, S: expm(X) @ S, lambda X, S: np.exp(X) @ S, POSITIVE),
    ],
    "outer for inner product": [
        (lambda x, A: A @ x * (x @ x), lambda x, A: np.outer(x, x) @ A @ x, FORM),
        (lambda a, b: np.outer(a, b), lambda a, b: a @ b, matrices((4,), (4,))),
        (lambda a, b: a @ b, lambda a, b: np.outer(a, b), matrices((4,), (4,))),
    ],
    "inner derivative": [
        (network, lambda W, x, t: np.outer(x, 2 * (np.tanh(W.T @ x) - t)), LAYER),
        (lambda x: np.exp(np.sin(x)) * np.cos(x), lambda x: np.exp(np.sin(x)), matrices((5,))),
    ],
    "missing factor": [
        (lambda X: np.linalg.det(X) * np.linalg.inv(X).T, lambda X: np.linalg.inv(X).T, ONE),
    ],
    "diagonal": [(by_elements, lambda A, X: by_elements(A, X) * (1 - np.eye(12)), ELEMENTS)],
    "layout": [(by_elements, lambda A, X: np.kron(A, np.eye(X.shape[1])), ELEMENTS)],
    "sum or mean": [
        (lambda X: X.T @ X @ np.mean(X, axis=0), lambda X: X.T @ X @ np.sum(X, axis=0), SAMPLES),
        (lambda X: np.sum(np.tanh(X), axis=1), lambda X: np.tanh(X), SAMPLES),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "draw"),
    [
        pytest.param(kind, *case, id=f"{kind} {i}")
        for kind, cases in HELD_OUT.items()
        for i, case in enumerate(cases)
    ],
)
def test_more_of_each_kind(kind, right, wrong, draw):
    report = check_answer(wrong, right, draw, name="answer")
    assert not report
    assert report.slip == kind, report.message


def test_every_kind_that_has_a_sentence_is_seen_above():
    assert set(SENTENCES) <= set(HELD_OUT)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_mixture_of_right_parts_gets_no_name(seed):
    a, b, c = np.random.default_rng(seed).uniform(0.1, 0.9, 3)

    def odd(X, A, B):
        return a * A @ X @ B + b * A.T @ X @ B.T + c * X

    report = check_answer(odd, bilinear, TRACE, name="answer")
    assert not report and report.slip == "", report.message


def test_the_readers_checks_name_slips_too():
    rng = np.random.default_rng(1)
    A, B, X = rng.standard_normal((4, 4)), rng.standard_normal((3, 3)), rng.standard_normal((4, 3))
    f = lambda X: np.trace(X.T @ A @ X @ B)  # noqa: E731
    assert check_gradient(f, lambda X: A @ X @ B, X).slip == "missing term"
    assert check_gradient(f, A @ X @ B + A.T @ X @ B, X).slip == "transposed factor"
    assert check_gradient(f, 2 * bilinear(X, A, B), X).slip == "factor"
    assert check_gradient(f, bilinear(X, A, B), X).slip == ""
    Y = rng.standard_normal((4, 4))
    cube = lambda Y: Y @ Y @ Y  # noqa: E731
    assert check_derivative(cube, lambda H: H @ Y @ Y + Y @ Y @ H, Y).slip == "missing term"
    assert check_derivative(cube, lambda H: 3 * Y**2 * H, Y).slip == "elementwise product"
    assert check_derivative(cube, lambda H: 3 * H @ Y @ Y, Y).slip == "order of factors"
    assert check_hessian(f, lambda H: A @ H @ B, X).slip == "missing term"
    x = rng.standard_normal(4)
    assert check_gradient(lambda x: x @ A @ x, 2 * A @ x, x).slip == "transposed factor"
    assert check_gradient(lambda X: np.trace(lecturelib.expm(X)), np.exp(Y).T, Y).slip == (
        "elementwise function"
    )


def test_messages_hold_no_formula():
    for kind, cases in HELD_OUT.items():
        for right, wrong, draw in cases:
            message = check_answer(wrong, right, draw, name="answer").message
            assert not any(
                sign in message.replace("* in the", "") for sign in (".T", " @ ", "inv(")
            ), (
                kind,
                message,
            )


# -- Formulas -------------------------------------------------------------------------------------


def test_a_formula_has_the_value_and_can_be_computed_anew():
    rng = np.random.default_rng(2)
    X, A = rng.standard_normal((4, 4)) + 3 * np.eye(4), rng.standard_normal((4, 4))

    def f(X, A):
        return gradient(lambda Z: np.trace(np.linalg.inv(Z) @ A) + np.sum(Z[0] * Z[1]), X)

    y = trace(f, {"X": X, "A": A})
    assert type(y) is Formula
    np.testing.assert_allclose(y.value, f(X, A))
    [start] = (step for step in y.needs() if step.name == "A")
    np.testing.assert_allclose(y.recompute({start.index: 2 * A}), f(X, 2 * A))
    np.testing.assert_allclose(
        y.recompute({}, {start.index: ((start.index,), np.transpose)}), f(X, A.T)
    )


def test_looking_for_a_slip_says_nothing_of_points_that_nobody_asked_for(recwarn):
    A = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
    size = np.linalg.svd(A, compute_uv=False).sum()
    assert not check_gradient(lambda A: np.linalg.norm(A, "nuc"), A / size, A)
    assert not recwarn.list


# -- Nothing is named that was not done -----------------------------------------------------------


def told(answer: Any, right: Any, *shapes: tuple[int, ...]) -> Report:
    report = check_answer(answer, right, lambda rng: tuple(map(rng.standard_normal, shapes)))
    assert not report
    return report


def logistic(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


V, M, N = (4,), (4, 4), (4, 3)
NOT_SLIPS = {
    "right entries in a column": (
        lambda A, x: ((A + A.T) @ x)[:, None], lambda A, x: (A + A.T) @ x, M, V, "extra axis"),
    "right entries in a row": (
        lambda X, A: (A @ X).ravel(), lambda X, A: A @ X, N, M, "has shape (12,)"),
    "another term twice": (lambda x, b: 2 * x, lambda x, b: b + x, V, V, "differs"),
    "weights that add up": (
        lambda w, A: 1.2 * A.T @ A @ w + 0.8 * w, lambda w, A: A.T @ A @ w + w, V, M, "differs"),
    "another slope on a diagonal": (
        lambda z: np.diag(z**2), lambda z: np.diag(np.tanh(z)), V, "differs"),
    "zero where A is symmetric": (
        lambda x, A, b: (A - A.T) @ (b + x), lambda x, A, b: (A - A.T) @ b, V, M, V, "differs"),
    "ones": (
        lambda X: np.ones(X.shape), lambda X: gradient(np.trace, X), M, "differs"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_SLIPS)
def test_what_is_no_slip_gets_no_name(case):
    answer, right, *shapes, words = NOT_SLIPS[case]
    report = told(answer, right, *shapes)
    assert report.slip == "" and words in report.message


def test_without_a_matrix_product_nothing_was_taken_for_one():
    assert told(lambda X: 2 * X, lambda X: gradient(lambda X: np.sum(X) ** 2, X), N).slip == (
        "sum or mean"
    )
    assert told(lambda X, A: 2 * X * A * A, lambda X, A: 2 * np.sum(X * A) * A, N, N).slip == (
        "sum or mean"
    )


def test_a_weight_that_was_forgotten_is_no_inner_derivative():
    report = told(
        lambda w, X, y, p: 2 * X.T @ (X @ w - y),
        lambda w, X, y, p: 2 * X.T @ (p * (X @ w - y)),
        (3,), (6, 3), (6,), (6,),
    )  # fmt: skip
    assert report.slip == "missing factor"
    report = told(
        lambda w, X, y: X.T @ (logistic(X @ w) - y),
        lambda w, X, y: (
            X.T @ ((logistic(X @ w) - y) * (logistic(X @ w) * (1 - logistic(X @ w))))
        ),
        (3,), (6, 3), (6,),
    )  # fmt: skip
    assert report.slip == "inner derivative"


def test_a_lost_division_is_one_for_a_mean_only_if_it_counts_samples():
    message = told(lambda x, A: A @ x, lambda x, A: A @ x / 4, V, M).message
    assert "a sum where a mean belongs, if 4 counts samples" in message


def test_one_number_is_a_multiple_of_any_other():
    assert check_value(0.7, 3.0, "v").slip == ""
    assert check_value(1.5, 3.0, "v").slip == "factor"
    f, x = lambda x: np.sqrt(x @ x), np.array([3.0, 4.0])
    assert check_gradient(f, 1.7 * x, x).slip == ""  # another factor at another point
    assert "off by the factor" in check_gradient(f, 1.7 * x, x).message


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_factor_is_seen_at_any_size(size, recwarn):
    report = told(lambda x: 2 * size * x, lambda x: size * x, V)
    assert report.slip == "factor" and "factor 2" in report.message and not recwarn.list


@pytest.mark.parametrize("kind", [bool, np.int8, np.float16])
def test_an_answer_of_any_kind_of_number_is_judged(kind):
    assert not check_value(np.array([1, 0, 1], dtype=kind), np.array([0.0, 1.0, 1.0]), "v")
    small, right = np.array([50, 40], dtype=np.int8), np.array([100.0, 80.0])
    assert check_value(small, right, "v").slip == "factor"


def test_a_gradient_in_numerator_layout_is_named_whatever_its_shape():
    A, X = np.arange(12.0).reshape(3, 4), np.ones((4, 3))
    assert check_gradient(lambda X: np.trace(A @ X), A, X).slip == "transposed"
