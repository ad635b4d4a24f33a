"""The answers of the collections, judged by numbers alone: nothing here is read from lecturelib.

Each is compared at two points with pairwise distinct sizes, one tall and one wide, with derivatives
of the expression in random directions; ``COURSE_SEED=...`` draws others. What is nearly right must
be told from what is right: a lost factor, a sign, a transpose, and every answer that somebody got
wrong in public.
"""

from __future__ import annotations

import os
import re
from functools import cache

import numpy as np
import public
import pytest
import textbook
from judge import Problem, Sample, declared, draw, samples
from reader import Domain, Misread, Program

BOOKS = [Problem(*fields) for fields in textbook.problems()]
ASKED = [Problem(*fields) for fields in public.problems()]
PROBLEMS = {problem.id: problem for problem in BOOKS + ASKED}

#: Moving within these, an answer may have a part that no direction meets.
CONSTRAINED = {"symmetric", "positive definite", "skew", "diagonal", "lower", "upper", "orthogonal"}

SEED = int(os.environ.get("COURSE_SEED", "0"))


@cache
def points(problem: Problem) -> list[Sample]:
    return samples(problem, SEED)


def accepted(problem: Problem, answer) -> bool:
    return all(sample.accepts(problem, answer) for sample in points(problem))


def constrained(problem: Problem) -> bool:
    return bool(declared(problem.declarations)[problem.variable].flags & CONSTRAINED)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_answer_is_right(name):
    problem = PROBLEMS[name]
    errors = [sample.error(problem, Program(problem.answer)) for sample in points(problem)]
    assert accepted(problem, Program(problem.answer)), f"{problem.answer}: off by {errors}"


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_nearly_the_answer_is_wrong(name):
    problem = PROBLEMS[name]
    right = Program(problem.answer)
    assert not accepted(problem, lambda values: 2 * right(values))
    assert not accepted(problem, lambda values: -right(values))
    assert not accepted(problem, lambda values: right(values) * (1 + 1e-4))
    if not constrained(problem) and not all(
        _same(right(sample.values), np.transpose(right(sample.values)))
        for sample in points(problem)
    ):
        assert not accepted(problem, lambda values: np.transpose(right(values)))


def _same(A, B) -> bool:
    return np.shape(A) == np.shape(B) and np.allclose(A, B, rtol=1e-8, atol=1e-10)


def slips(text: str) -> list[str]:
    """The text with one factor 2, one transpose, or one inverse lost."""
    places = re.finditer(r"\b2\*|'|\binv(?=\()", text)
    return [text[: place.start()] + text[place.end() :] for place in places]


def test_lost_factors_transposes_and_inverses_are_found():
    """What the judge accepts has the answer's value: nothing else goes through."""
    wrong = 0
    for problem in PROBLEMS.values():
        if constrained(problem):
            continue
        right = Program(problem.answer)
        for text in slips(problem.answer):
            slip = Program(text)
            try:
                if not accepted(problem, slip):
                    wrong += 1
                    continue
            except (Misread, Domain):  # the shapes do not fit
                wrong += 1
                continue
            for sample in points(problem):
                assert _same(slip(sample.values), right(sample.values)), (problem.id, text)
    assert wrong > 700


@pytest.mark.parametrize("name", [name for name, asked in public.META.items() if "wrong" in asked])
def test_what_people_got_wrong_is_wrong(name):
    problem, wrong = PROBLEMS[name], public.META[name]["wrong"]
    try:
        assert not accepted(problem, Program(wrong))
    except Misread:
        pass  # the shapes do not fit, which is how it was wrong


def test_points_are_tall_and_wide_with_distinct_sizes():
    """Only where a rank has to be full do both points lie the same way round."""
    for problem in PROBLEMS.values():
        found = points(problem)
        if [sample.orientation for sample in found] != ["tall", "wide"]:
            text = problem.declarations + problem.expression + problem.answer
            assert re.search("inv|logdet|orthogonal", text), problem.id
        assert all(_distinct(problem, sample) for sample in found), problem.id


def _distinct(problem: Problem, sample: Sample) -> bool:
    letters = {
        letter
        for symbol in declared(problem.declarations).values()
        for size in symbol.sizes
        for letter in re.findall(r"[^\W\d]\w*", size)
    }
    return len({sample.values[letter] for letter in letters}) == len(letters)


def test_the_collection_is_large_enough():
    kinds = [problem.kind for problem in BOOKS]
    assert len(PROBLEMS) == len(BOOKS) + len(ASKED)
    assert len(BOOKS) >= 240
    assert kinds.count("hessian") >= 45
    assert kinds.count("differential") >= 40
    assert len(ASKED) == len(public.META) == 88
    assert all(asked["link"].startswith("http") for asked in public.META.values())


@pytest.mark.parametrize("fields", textbook.refusals(), ids=lambda fields: fields[0])
def test_what_must_be_refused_has_no_gradient(fields):
    """It cannot be read or computed, its value is no number, or it has no derivative."""
    expression, declarations, variable, _ = fields
    problem = Problem("", "", declarations, variable, expression, "gradient", "")
    for orientation in ("tall", "wide"):
        values = draw(problem, orientation, np.random.default_rng(1))
        try:
            value = Program(expression)(values)
        except (Misread, Domain):
            continue
        assert np.ndim(value) or value == 0, "a number where it has a derivative"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4),
        ("2^-1*4", 2),
        ("8/2*3", 12),
        ("2*3'^2", 18),
        ("-x'*x", -5),
        ("[1, 2; 3, 4]'[1,2]", 3),
        ("sum(1 - exp(0*x))", 0),
        ("sum_i 2*a_i + 1", 7),
        ("sum_i (a_i + i)", 6),
        ("r = x - x; r'*r", 0),
        ("tr(kron(eye(2), eye(3)))", 6),
        ("x[2]", 2),
        ("sum(unvech(vech([1, 0; 2, 3])) - [1, 0; 2, 3])", 0),
    ],
)
def test_the_reader_binds_as_the_grammar_says(text, value):
    values = {"x": np.array([[1.0], [2.0]]), "a_i": [1.0, 2.0], "i": range(1, 3)}
    assert Program(text)(values) == value


@pytest.mark.parametrize(
    "text",
    ["x + 1", "x*x", "x/x", "x.*x'", "2 +", "(2", "x y", "nothing(2)", "y", "#", "norm1(x*x')"],
)
def test_the_reader_refuses_what_does_not_fit(text):
    with pytest.raises(Misread):
        Program(text)({"x": np.array([[1.0], [2.0]])})
