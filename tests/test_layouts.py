"""A layout is the numbers of `derivative` in another order, and says so where there is none."""

import numpy as np
import pytest

from lecturelib import derivative
from lecturelib.layouts import layouts

RNG = np.random.default_rng(0)
A, B, C = RNG.standard_normal((5, 4)), RNG.standard_normal((3, 2)), RNG.standard_normal((4, 3))
POINTS = {
    "number": np.array(0.7),
    "vector": RNG.standard_normal(4),
    "column": RNG.standard_normal((4, 1)),
    "row": RNG.standard_normal((1, 4)),
    "matrix": RNG.standard_normal((4, 3)),
}


def total(X):
    return np.sum(np.sin(X))


# (point, function, shape of the numerator layout, shape of the denominator layout)
CASES = {
    "number by number": ("number", np.sin, (1, 1), (1, 1)),
    "vector by number": ("number", lambda x: np.sin(x * A[:, 0]), (5, 1), (1, 5)),
    "matrix by number": ("number", lambda x: np.sin(x * A), (5, 4), None),
    "number by vector": ("vector", total, (1, 4), (4, 1)),
    "vector by vector": ("vector", lambda x: np.sin(A @ x), (5, 4), (4, 5)),
    "matrix by vector": ("vector", lambda x: np.sin(x[:, None] * C), None, None),
    "number by column": ("column", total, (1, 4), (4, 1)),
    "column by column": ("column", lambda x: np.sin(A @ x), (5, 4), (4, 5)),
    "1 x 1 by column": ("column", lambda x: x.T @ x, (1, 4), (4, 1)),
    "number by row": ("row", total, (4, 1), (1, 4)),
    "number by matrix": ("matrix", total, (3, 4), (4, 3)),
    "vector by matrix": ("matrix", lambda X: np.sin(X @ B[:, 0]), None, None),
    "matrix by matrix": ("matrix", lambda X: np.sin(A @ X @ B), None, None),
}


@pytest.fixture(params=CASES, ids=lambda name: name.replace(" ", "-"))
def case(request):
    point, f, numerator, denominator = CASES[request.param]
    X = POINTS[point]
    return f, X, numerator, denominator, layouts(f, X)


def test_each_form_has_the_shape_of_the_books(case):
    f, X, numerator, denominator, found = case
    assert found.vec.shape == (np.size(f(X)), X.size)
    for M, shape in [(found.numerator, numerator), (found.denominator, denominator)]:
        assert (M is None) == (shape is None)
        assert M is None or M.shape == shape


def test_each_form_does_the_same_to_a_direction(case):
    f, X, _, _, found = case
    H = np.random.default_rng(1).standard_normal(X.shape)
    df = np.asarray(derivative(f, X)[H])
    flat = df.ravel(order="F")
    assert np.allclose(found.operator[H], df)
    assert np.allclose(found.vec @ H.ravel(order="F"), flat)
    for N in (found.numerator, None if found.denominator is None else found.denominator.T):
        if N is None:
            continue
        if df.size == 1:
            assert np.allclose(np.trace(N @ H.reshape(N.shape[::-1])), flat[0])
        elif X.size == 1:
            assert np.allclose(N * H, df.reshape(N.shape))
        else:
            assert np.allclose((N @ H).ravel(), flat)


def test_a_missing_layout_is_explained_and_no_other(case):
    *_, found = case
    is_missing = found.numerator is None or found.denominator is None
    assert bool(found.missing) == is_missing
    assert found.missing == "" or found.missing.endswith(".")
    assert ("none" in repr(found)) == is_missing


def test_the_gradient_is_the_denominator_layout():
    X = POINTS["matrix"]
    assert np.array_equal(layouts(total, X).denominator, derivative(total, X).gradient())


def test_the_text():
    assert repr(layouts(CASES["number by matrix"][1], POINTS["matrix"])) == (
        "A number by a matrix\n"
        "                    shape            what it does\n"
        "operator            4 x 3 -> 1 x 1   df = D[dX]\n"
        "numerator layout    3 x 4            df = Tr(N dX)\n"
        "denominator layout  4 x 3            df = Tr(M^T dX)\n"
        "vec form            1 x 12           vec(df) = J vec(dX)"
    )
    assert repr(layouts(CASES["matrix by matrix"][1], POINTS["matrix"])) == (
        "A matrix by a matrix\n"
        "                    shape            what it does\n"
        "operator            4 x 3 -> 5 x 2   df = D[dX]\n"
        "numerator layout    none\n"
        "denominator layout  none\n"
        "vec form            10 x 12          vec(df) = J vec(dX)\n"
        "A matrix by a matrix has no layout: each of its 120 partial derivatives\n"
        "belongs to an entry of f and to an entry of X, and a table has too few\n"
        "indices for both. Use the operator or the vec form."
    )


def test_the_markdown_is_one_table_and_the_sentence():
    lines = layouts(CASES["matrix by matrix"][1], POINTS["matrix"])._repr_markdown_().split("\n")
    assert lines[0] == "| A matrix by a matrix | shape | what it does |"
    assert lines[2] == (
        r"| operator | $4 \times 3 \to 5 \times 2$ | $\mathrm{d}f = D[\mathrm{d}X]$ |"
    )
    assert lines[3] == "| numerator layout | none |  |"
    assert [line.count("|") for line in lines[:6]] == [4] * 6
    assert lines[6] == "" and lines[7].startswith("A matrix by a matrix has no layout")
    assert layouts(total, POINTS["vector"])._repr_markdown_().count("\n") == 5


def test_more_than_two_axes_are_refused():
    with pytest.raises(ValueError, match="numbers, vectors and matrices"):
        layouts(np.sum, np.ones((2, 2, 2)))
