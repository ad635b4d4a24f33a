"""Feedback on a student's answer: right ones pass, and each usual slip is named for what it is."""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np
import pytest
from cases import invertible

from lecturelib import (
    MLP,
    eigen_derivative,
    gradient,
    hessian,
    jacobian_matrix,
    least_squares,
    taylor,
)
from lecturelib.checks import (
    AnswerFailed,
    check_answer,
    check_report,
    check_text,
    check_value,
    own_formula,
    public_checks,
    require,
    result_of,
    student_rng,
    test_cases,
    verdict,
)
from lecturelib.withheld import WithheldError


def expected(A, B, X):
    return gradient(lambda Z: np.trace(Z.T @ A @ Z @ B), X)


def draw(rng):
    return rng.standard_normal((3, 3)), rng.standard_normal((4, 4)), rng.standard_normal((3, 4))


def right(A, B, X):
    return A @ X @ B + A.T @ X @ B.T


def message(answer, **options):
    report = check_answer(answer, expected, draw, **options)
    assert not report
    return report.message


# -- Functions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 0, 1, 2, 2**40])
def test_the_right_formula_passes_whatever_is_drawn(seed):
    report = check_answer(right, expected, draw, seed=seed, own_formula=True)
    assert report and report.error < 1e-12
    assert report.message == "right is right at 3 random points"


def changed(A, B, X):
    A += A.T
    return A @ X @ B


def raises(A, B, X):
    raise KeyError("no such weight\nand a second line")


SLIPS = {
    "is the transpose of the right result (numerator layout": lambda A, B, X: right(A, B, X).T,
    "flattened, its entries are those of the right result, row by row": (
        lambda A, B, X: right(A, B, X).ravel()
    ),
    "flattened, its entries are those of the right result, column by column": (
        lambda A, B, X: right(A, B, X).ravel(order="F")
    ),
    "wrong sign: G is the negative of the right result": lambda A, B, X: -right(A, B, X),
    "off by the factor 2: G is 2 times": lambda A, B, X: 2 * right(A, B, X),
    "off by the factor 1/3: G is 1/3 times": lambda A, B, X: right(A, B, X) / 3,
    "G is close, and not exact": lambda A, B, X: right(A, B, X) * (1 + 1e-4),
    "G is right only for symmetric A and B": lambda A, B, X: 2 * A @ X @ B,
    "G changed its argument A; work on a copy": changed,
    "G is still the placeholder, or lacks a return": lambda A, B, X: None,
    "G is still the placeholder: replace the three dots": lambda A, B, X: ...,
    "the result of G is not finite: entry (0, 0) is nan": lambda A, B, X: X * np.nan,
    "the result of G has shape (3,), and (3, 4) is asked for": lambda A, B, X: A[0],
    "the result of G has shape (), and (3, 4) is asked for": lambda A, B, X: 1.0,
    "the result of G is a str, and numbers are asked for": lambda A, B, X: "AXB",
    "is a dict, and numbers": lambda A, B, X: {"G": X},
    "rows differ in length": lambda A, B, X: [[1.0], [1.0, 2.0]],
    "the result of G is complex": lambda A, B, X: right(A, B, X) * 1j,
    "raised KeyError: 'no such weight": raises,
    "raised TypeError": lambda A, B: A,
    "raised ZeroDivisionError": lambda A, B, X: 1 / 0,
    "G differs from the right result, most at entry (1, 2)": (
        lambda A, B, X: right(A, B, X) + 9 * (np.arange(12).reshape(3, 4) == 6)
    ),
}


@pytest.mark.parametrize("said", SLIPS)
def test_a_slip_is_named(said):
    assert said in message(SLIPS[said], name="G")


def form(rng):
    return rng.standard_normal((4, 4)), rng.standard_normal(4)


def test_symmetric_in_one_argument_only():
    assert "A and its transpose are exchanged in one place" in message(
        lambda A, B, X: A @ X @ (B + B.T)
    )
    assert "B and its transpose are exchanged in one place" in message(
        lambda A, B, X: (A + A.T) @ X @ B
    )
    report = check_answer(lambda A, x: 2 * A @ x, lambda A, x: (A + A.T) @ x, form, name="g")
    assert report.message == "g is right only for symmetric A, and A need not be symmetric"


def test_a_square_result_that_is_transposed():
    def inverse(X):
        return np.linalg.inv(X)

    report = check_answer(lambda X: np.linalg.inv(X).T, inverse, lambda r: invertible(r, 3))
    assert report.message == "transposed: the answer is the transpose of the right result"


def test_a_column_and_a_vector_are_not_the_same():
    def column(A, x):
        return A @ x

    def points(rng):
        return rng.standard_normal((3, 3)), rng.standard_normal((3, 1))

    report = check_answer(lambda A, x: (A @ x).ravel(), column, points)
    assert "has shape (3,), and (3, 1) is asked for: flattened" in report.message


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (np.ones((3, 4)), "an array of shape (3, 4)"),
        (3.0, "a float"),
        ([1], "a list"),
        ("f", "a str"),
    ],
)
def test_what_is_no_function_is_called_by_its_name_in_the_notebook(thing, kind):
    def test(gradient_f):
        return check_answer(gradient_f, expected, draw)

    assert test(thing).message == (
        f"gradient_f is not a function: it is {kind}, and the question asks for a function of "
        "A, B, X"
    )


def test_untouched_answers():
    for untouched in (..., None, "..."):
        assert "is still the placeholder" in message(untouched)


def test_a_slip_in_one_draw_only_is_seen():
    calls = []

    def sometimes(A, B, X):
        calls.append(1)
        return right(A, B, X) * (1 if len(calls) < 3 else 1.5)

    assert not check_answer(sometimes, expected, draw)


def test_the_given_arguments_are_the_checks_own():
    kept = []

    def keeps(A, B, X):
        kept.append((A, B, X))
        return right(A, B, X)

    assert check_answer(keeps, expected, draw)
    for arrays in kept:
        for array in arrays:
            array[...] = 0
    assert check_answer(keeps, expected, draw)


def test_an_answer_that_failed_elsewhere_ends_the_sentence():
    def away(*_):
        raise AnswerFailed("did not end within 10 seconds")

    assert message(away) == "away did not end within 10 seconds"


# -- Your own formula -----------------------------------------------------------------------------

SQUARE = np.array([[2.0, 1.0], [0.5, 3.0]])

ASKED = {
    "gradient": lambda: gradient(np.linalg.det, SQUARE),
    "hessian": lambda: hessian(np.linalg.det, SQUARE),
    "jacobian_matrix": lambda: jacobian_matrix(np.linalg.inv, SQUARE),
    "taylor": lambda: taylor(np.linalg.det, SQUARE, SQUARE, 2),
    "eigen_derivative": lambda: eigen_derivative(SQUARE, SQUARE, 0),
    "least_squares": lambda: least_squares(SQUARE, [1.0, 2.0]),
    "backprop": lambda: MLP([2, 2], rng=0).backprop(SQUARE, SQUARE),
}


@pytest.mark.parametrize("asked", ASKED)
def test_lecturelib_does_not_give_the_answer_inside_and_does_outside(asked):
    ASKED[asked]()
    with own_formula(), pytest.raises(WithheldError, match="asks for your own formula"):
        ASKED[asked]()
    ASKED[asked]()


def test_pasting_gradient_is_named():
    def pasted(A, B, X):
        return gradient(lambda Z: np.trace(Z.T @ A @ Z @ B), X)

    assert check_answer(pasted, expected, draw)
    assert "this question asks for your own formula" in message(pasted, own_formula=True)


def test_sympy_does_not_differentiate_inside_and_does_outside():
    import sympy

    x = sympy.Symbol("x")
    y = x**2  # from outside of the answer
    waiting = sympy.Derivative(y, x)
    ways = [
        lambda: y.diff(x),
        lambda: waiting.doit(),
        lambda: sympy.diff(x**2, x),
        lambda: sympy.sin(x).diff(x),
        lambda: sympy.Function("f")(x).diff(x),
        lambda: sympy.Derivative(x**2, x),
        lambda: sympy.hessian(x**2, [x]),
        lambda: sympy.Matrix([x**2]).diff(x),
        lambda: sympy.Matrix([x**2]).jacobian([x]),
        lambda: sympy.derive_by_array([x**2], [x]),
    ]
    for way in ways:
        outside = way()
        with own_formula(), pytest.raises(WithheldError, match="SymPy is not available"):
            way()
        with own_formula(), own_formula(), pytest.raises(WithheldError, match="SymPy is not"):
            way()
        assert way() == outside


def test_sympy_is_away_inside_and_untouched_after():
    import sympy

    x = sympy.Symbol("x")
    before, finders = dict(sys.modules), list(sys.meta_path)
    new, diff = sympy.Derivative.__new__, sympy.Expr.diff
    with own_formula():
        assert (sympy.Derivative.__new__, sympy.Expr.diff) == (new, diff)
        with own_formula(), pytest.raises(WithheldError, match="SymPy is not available"):
            import sympy
        with pytest.raises(WithheldError, match="SymPy is not available"):
            from sympy.matrices import Matrix  # noqa: F401
        assert 2 * np.ones(2) @ np.ones(2) == 4
    assert sys.meta_path == finders
    assert all(sys.modules[name] is module for name, module in before.items())
    assert (x**2).diff(x) == 2 * x


def test_answers_that_overlap_are_withheld_until_the_last_one_ends():
    import sympy

    x = sympy.Symbol("x")
    one, other = own_formula(), own_formula()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    with pytest.raises(WithheldError, match="SymPy is not available"):
        (x**2).diff(x)
    other.__exit__(None, None, None)
    assert sys.modules["sympy"] is sympy
    assert (x**2).diff(x) == 2 * x


def test_packages_that_differentiate_are_not_imported_inside():
    sys.modules.pop("autograd", None)
    with own_formula(), pytest.raises(WithheldError, match="autograd is not available"):
        import autograd  # noqa: F401
    import json  # noqa: F401

    assert not [finder for finder in sys.meta_path if type(finder).__name__ == "_Refuse"]


def test_an_error_inside_does_not_leave_answers_withheld():
    with pytest.raises(ZeroDivisionError), own_formula():
        _ = 1 / 0
    gradient(np.linalg.det, SQUARE)


# -- Values, words, reports -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [[1.0, 2.0], (1, 2), np.array([1, 2]), np.array([1, 2], np.float32)]
)
def test_right_values_pass(value):
    assert check_value(value, [1.0, 2.0], "w")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (..., "w is still the placeholder"),
        ("...", "w is still the placeholder"),
        ([-1.0, -2.0], "wrong sign"),
        ([2.0, 4.0], "off by the factor 2"),
        ([1.0, 2.0, 3.0], "w has shape (3,), and (2,) is asked for"),
        ([[1.0], [2.0]], "w has shape (2, 1), and (2,) is asked for: its entries are those"),
        ([1.0, np.inf], "w is not finite: entry 1 is inf"),
        ([1.0, 2.001], "w is close, and not exact"),
        ([1.0, 5.0], "w differs from the right result, most at entry 1: 5 given, 2 needed"),
        ("two", "w is a str"),
        ([Fraction(1), Fraction(2)], "numbers are asked for"),
    ],
)
def test_wrong_values_are_named(value, said):
    report = check_value(value, [1.0, 2.0], "w")
    assert not report and said in report.message


def test_zero_is_told_from_nonzero():
    assert check_value(np.zeros(2), np.zeros(2), "w")
    assert "is zero here" in check_value([0.0, 1e-3], np.zeros(2), "w").message


def test_words():
    assert check_text(" Yes ", ["yes", "no"], "answer")
    assert not check_text("maybe", ["yes", "no"], "answer")
    assert check_text(3, ["3"], "line") and check_text(np.int64(3), ["3"], "line")
    assert not check_text(3, ["4"], "line") and not check_text(True, ["1"], "line")
    assert "a text in quotes is asked for" in check_text(3.0, ["3"], "line").message
    assert "placeholder" in check_text(..., ["yes"], "answer").message


def test_a_result_that_is_not_unique_is_asked_for_and_a_failed_call_is_named():
    x = np.arange(3.0)
    assert result_of(np.negative, x=x).tolist() == [0, -1, -2]

    def spoils(x):
        x[0] = 7
        return x

    def breaks(x):
        return x @ np.ones(4)

    def forgets(x):
        pass

    for answer, words in (
        (spoils, "spoils changed its argument x"),
        (breaks, "breaks raised ValueError"),
        (forgets, "forgets is still the placeholder, or lacks a return"),
    ):
        with pytest.raises(AssertionError, match=words):
            result_of(answer, x=x)
    assert x[0] == 0


def test_reports_of_a_confusing_spot():
    words = "why is the remainder divided by the norm here"
    assert check_report("Linearisation", words)
    assert not check_report("Linearisation", "too short")
    assert not check_report("", words)
    assert not check_report(..., words)
    assert not check_report("Linearisation", 8 * [words])


def test_require_raises_the_message_and_returns_nothing():
    assert require(check_value(1.0, 1.0, "x")) is None
    with pytest.raises(AssertionError, match="wrong sign"):
        require(check_value(-1.0, 1.0, "x"))


# -- A student's own numbers ----------------------------------------------------------------------


def test_every_student_has_numbers_of_their_own_the_same_each_time():
    drawn = {tuple(student_rng("hw1", f"b{i:05}").integers(0, 10**6, 4)) for i in range(1000)}
    assert len(drawn) == 1000
    again = student_rng("hw1", " B00007 ").integers(0, 10**6, 4)
    assert tuple(again) == tuple(student_rng("hw1", "b00007").integers(0, 10**6, 4))
    assert tuple(again) != tuple(student_rng("hw2", "b00007").integers(0, 10**6, 4))


@pytest.mark.parametrize("untouched", ["...", "", " ", ...])
def test_an_untouched_id_draws_an_examples_numbers_and_says_so(untouched, capsys):
    student_rng("hw1", untouched)
    assert "STUDENT_ID is not filled in yet" in capsys.readouterr().out
    student_rng("hw1", "b1")
    assert capsys.readouterr().out == ""


# -- Running tests --------------------------------------------------------------------------------


class Case:
    """A test case, as otter hands it over."""

    def __init__(self, function):
        self.function = function

    def call_func(self, names):
        self.function(names)


def test_a_verdict_is_empty_or_a_sentence():
    def fails(names):
        raise AssertionError("the message")

    def breaks(names):
        raise TypeError("unsupported")

    def away(names):
        raise AnswerFailed("raised ValueError")

    assert verdict(Case(lambda names: None), {}) == ""
    assert verdict(Case(fails), {}) == "the message"
    assert verdict(Case(breaks), {}) == "the check could not be made: TypeError: unsupported"
    assert verdict(Case(away), {}) == "the answer raised ValueError"


def test_public_checks_need_no_otter(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "otter", None)
    monkeypatch.setitem(sys.modules, "otter.test_files", None)
    with pytest.raises(FileNotFoundError, match="There is no tests/q1.py here. Keep the notebook"):
        public_checks("q1")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "q1.py").write_text(
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q1'\npoints = 3\n"
        "@test_case(points=0, hidden=False)\n"
        "def test_public(x_of_q1):\n    assert x_of_q1 == 2, 'not 2'\n"
    )
    public_checks("q1")
    monkeypatch.setitem(globals(), "x_of_q1", 2)
    public_checks("q1")
    assert capsys.readouterr().out == "q1: not 2.\nq1: public checks passed.\n"


def test_points_that_no_case_names_are_shared():
    def points(total, *named):
        cases = "".join(f"@test_case(points={p})\ndef t{k}(): pass\n" for k, p in enumerate(named))
        return [case.points for case in test_cases(f"name = 'q'\npoints = {total}\n{cases}")]

    assert points(8, 0, None, None) == [0, 4, 4]
    assert points(3, 0, 2, 1) == [0, 2, 1]
    with pytest.raises(ValueError, match="q has 2 points, and its cases name more"):
        points(2, 2, 1)
