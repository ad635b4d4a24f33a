"""Questions that ask for a formula as text: judged in any form, where no notebook has run."""

from __future__ import annotations

import time

import pytest
from built import (
    NAMES,
    VARIANTS,
    assignment,
    coded_points,
    graded,
    homework,
    messages,
    scores,
    solved,
)
from leaks import solution_lines

from grader.building import Question, read_master
from grader.formulas_apart import SECONDS, FormulasApart
from grader.sandbox import choose_isolation
from lecturelib.checks import check_form, check_formula
from lecturelib.checks.formulas import compared_by, judged

WHERE = "X: m x n; A: m x m"
ASKED = ("tr(X'*A*X)", "X", WHERE)
#: A readable number that takes all time or memory: Kronecker products of size 2^60.
BOMB = "tr(" + "kron(" * 30 + "X'*X" + ", X'*X)" * 30 + ")"


def answered(name, variant, code):
    return graded(solved(name, variant, code), name, variant)


def asking(name, variant="a"):
    return [q["name"] for q in assignment(name, variant)["questions"] if q["formula"]]


def test_at_least_three_questions_ask_for_formulas_in_both_variants():
    for variant in VARIANTS:
        assert sum(len(asking(name, variant)) for name in NAMES) >= 3
    assert {name: asking(name, "a") for name in NAMES} == {n: asking(n, "b") for n in NAMES}


@pytest.mark.parametrize("formula", ["tr(C*A*X*B*X)", "np.trace(A @ X @ B @ X @ C)",
                                     r"\tr(A X B X C)", "P = X*B; tr(A*P*X*C)"])  # fmt: skip
def test_any_form_of_the_right_formula_is_right(formula):
    result = answered("hw2", "a", f"f_formula = {formula!r}")
    assert (result.status, scores(result)) == ("graded", coded_points("hw2"))


def test_a_wrong_one_passes_the_public_check_and_the_feedback_names_the_slip():
    result = answered("hw2", "a", 'f_formula = "3*tr(A*X*B*X*C)"')
    assert result.status == "graded"
    [asked] = [q for q in result.questions if q["name"] == "q2"]
    assert [case["passed"] for case in asked["cases"]] == [True, False, True]
    assert "Off by the factor 3" in messages(result, "q2")


def test_what_cannot_be_told_is_left_to_a_person_and_says_so():
    result = answered("hw2", "a", 'f_formula = "1e308*1e308*tr(X\'*X)"')
    assert result.status == "by hand"
    assert "In q2 the grader can't tell whether the formula 1e308*1e308*tr(X'*X)" in result.reason
    assert "It has 1 of 2 points there so far" in result.reason
    assert result.public_reason == ""  # a student sees it after the scores are published
    assert "a person will read it" in messages(result, "q2")
    assert scores(result) == coded_points("hw2") | {"q2": 1}


def test_a_formula_that_takes_for_ever_or_all_memory_is_left_to_a_person():
    started = time.monotonic()
    result = answered("hw2", "a", f'f_formula = "{BOMB}"')
    assert time.monotonic() - started < 60
    assert result.status == "by hand" and "In q2 the grader can't tell" in result.reason
    assert scores(result) == coded_points("hw2") | {"q2": 1}


def test_after_such_a_formula_the_next_is_judged():
    limits = assignment("hw2")["limits"]
    with FormulasApart(limits, choose_isolation()) as apart, compared_by(apart):
        started = time.monotonic()
        assert not check_formula(BOMB, *ASKED, of="value", name="f")
        assert time.monotonic() - started < SECONDS + 15
        assert apart.undecided == [BOMB]
        assert check_formula("A*X + A'*X", *ASKED, name="G")
        assert not check_formula("2*A*X", *ASKED, name="G")
        assert apart.undecided == [BOMB]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("X + " * 400 + "X", "at most 1000 are read"),
        ("X" + "'" * 900, "signs in a row"),
        ("(" * 450 + "X" + ")" * 450, "brackets inside each other"),
        ("inv(" * 150 + "A" + ")" * 150 + "*X", "brackets inside each other"),
        ("+".join(["X"] * 300), "can't be read"),
        ("__import__('os').system('touch /tmp/x')", "can't be read"),
        ("(lambda: 0)()", "can't be read"),
        ("exec('1/0')", "can't be read"),
        ("{{7*7}} ${7*7} <script>alert(1)</script>", "can't be read"),
        ("X\x00*A", "can't be read"),
        ("\u202e X*A", "can't be read"),
        ("", "still the placeholder"),
        (b"A*X", "a formula in quotes is asked for"),
        (["A*X"], "a formula in quotes is asked for"),
        (len, "a formula in quotes is asked for"),
    ],
)
def test_hostile_formulas_are_refused_with_a_reason(formula, said):
    started = time.monotonic()
    for check in (check_form, check_formula):
        report = check(formula, *ASKED, name="G")
        assert not report and said in report.message, report.message
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "code",
    [
        """
from lecturelib.checks import formulas
from lecturelib.symbols import answers, derive
right = {"verdict": "right", "slip": "", "message": "right"}
formulas.judged = lambda question: right
derive.Derivation.compare = lambda *_: answers.Comparison("right")
answers.compare = lambda *_: answers.Comparison("right")
answers.Question.is_right = lambda *_: True
""",
        """
class Right(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__
""",
    ],
)
def test_what_a_notebook_does_to_lecturelib_does_not_reach_the_judge(code):
    last = 'Right("tr(A*X)*tr(B*X)")' if "class" in code else '"2*tr(A*X*B*X*C)"'
    result = answered("hw2", "a", code + f"\nf_formula = {last}\n")
    assert scores(result)["q2"] == 1


def test_a_formula_of_the_wrong_shape_is_not_evaluated():
    question = {"what": "formula", "answer": "kron(X, A)", "expression": ASKED[0], "wrt": "X",
                "where": WHERE, "of": "gradient", "name": "G"}  # fmt: skip
    said = "G has the shape (m*m, m*n), and (m, n) is asked for"
    assert judged(question)["message"] == said


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_public_check_knows_the_shape_and_not_the_formula(name, variant):
    _, cells = read_master(homework(name, variant))
    asked = [cell for cell in cells if isinstance(cell, Question) and cell.formula]
    for question in asked:
        public = (homework(name, variant).student / "tests" / f"{question.name}.py").read_text()
        assert "check_form(" in public and "check_formula" not in public
        lines = [x for x in solution_lines(homework(name, variant)) if "_formula = " in x]
        assert lines and not [x for x in lines if x.partition('"')[2].rstrip('"') in public]
