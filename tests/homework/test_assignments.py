"""Each assignment: solved it gets full points, untouched none, and it gives nothing away."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from built import (
    NAMES,
    ROOT,
    VARIANTS,
    assignment,
    classes,
    coded_points,
    graded,
    homework,
    messages,
    scores,
    solved,
    table_of_points,
    template,
)
from leaks import hidden_lines, leaks, solution_lines

from grader.building import Question, read_master
from grader.classes import read_class, variants_in

BOTH = [(name, variant) for name in NAMES for variant in VARIANTS]


@pytest.mark.parametrize(("name", "variant"), BOTH)
def test_the_solution_gets_full_points(name, variant):
    result = graded(solved(name, variant), name, variant)
    assert (result.status, result.reason, result.notes) == ("graded", "", [])
    assert scores(result) == coded_points(name, variant)
    assert {messages(result, question).strip() for question in scores(result)} == {""}


@pytest.mark.parametrize(("name", "variant"), BOTH)
def test_the_untouched_template_gets_nothing_and_does_not_crash(name, variant):
    raw = nbformat.writes(template(name, variant)).encode()
    result = graded(raw, name, variant)
    assert result.status == "graded", result.reason
    assert set(scores(result).values()) == {0}
    for question in coded_points(name, variant):
        assert "still the placeholder" in messages(result, question)
    assert [note for note in result.notes if note.startswith("Cell")] == []


@pytest.mark.parametrize(("name", "variant"), BOTH)
def test_the_points_add_up_to_those_of_the_readme(name, variant):
    own = table_of_points((homework(name).folder / "README.md").read_text("utf-8"))
    given = table_of_points((homework(name, variant).student / "README.md").read_text("utf-8"))
    asked = {q["name"]: float(q["points"]) for q in assignment(name, variant)["questions"]}
    assert own == given == asked | {"total": 25.0}
    assert sum(asked.values()) == 25


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_says_its_points(name):
    for variant in VARIANTS:
        _, cells = read_master(homework(name, variant))
        for question in cells:
            if isinstance(question, Question):
                prompt = question.cells[0].source
                assert re.search(rf"\({question.points:g} points?\)", prompt), question.name


@pytest.mark.parametrize("name", NAMES)
def test_every_coded_question_has_two_variants_and_a_public_and_a_hidden_test(name):
    offered = variants_in(homework(name).master)
    for question in set(coded_points(name)) - {"report"}:
        assert offered[question] >= {"a", "b"}, question
        first, second = (assignment(name, v)["tests"][question] for v in VARIANTS)
        assert first != second
    for source in assignment(name)["tests"].values():
        assert source.count("hidden=False") == 1
        assert 1 <= source.count("hidden=True") <= 3


@pytest.mark.parametrize("name", NAMES)
def test_written_parts_carry_weight_and_have_a_rubric(name):
    written = {q["name"]: q["points"] for q in assignment(name)["questions"] if q["written"]}
    assert 8 <= sum(written.values()) <= 10
    rubric = (homework(name).folder / "rubric.md").read_text("utf-8")
    for question in written:
        assert re.search(rf"\b{question}\b|\b{question.upper()}\b", rubric), question
    answers = [cell.metadata.course for cell in template(name).cells]
    assert [a for a in answers if a != "given"] == [f"answer {question}" for question in written]


def test_the_report_is_the_same_question_everywhere():
    assert len({assignment(name)["tests"]["report"] for name in NAMES}) == 1


# -- What students get ----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "variant"), BOTH)
def test_nothing_is_given_away(name, variant):
    given = homework(name, variant)
    assert len(solution_lines(given)) > 8
    assert len(hidden_lines(given)) > 8
    assert leaks(given, given.student) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_scan_finds_what_is_planted(name, tmp_path):
    given = homework(name)
    secrets = {
        "solution": sorted(solution_lines(given))[-1],
        "hidden test": sorted(hidden_lines(given))[-1],
        "seed": str(given.seed),
        "rubric": "rubric.md",
    }
    for kind, planted in secrets.items():
        folder = tmp_path / kind
        folder.mkdir()
        notebook = template(name)
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"A word, {planted}, and more."))
        nbformat.write(notebook, folder / f"{name}.ipynb")
        assert leaks(given, folder) != [], kind


@pytest.mark.parametrize("name", NAMES)
def test_what_the_course_hands_out_is_what_the_master_gives(name):
    """If this fails after a change of a master: make homework."""
    course = read_class(ROOT / "homework")[name]
    fresh = homework(name).student
    stored = {p.relative_to(course.student) for p in course.student.rglob("*") if p.is_file()}
    assert stored == {p.relative_to(fresh) for p in fresh.rglob("*") if p.is_file()}
    assert course.variants in ({}, homework(name).variants)
    for path in stored:
        assert (course.student / path).read_bytes() == (fresh / path).read_bytes(), path


def test_no_page_says_that_all_tests_passed():
    for path in [*classes().glob("*/*/student/**/*"), *Path(ROOT, "grader").rglob("*.html")]:
        if path.is_file():
            assert "all tests passed" not in path.read_text("utf-8").lower(), path
