"""What one line of lecturelib answers, and how long the written answers take: teach.md says both.

`python tests/homework/test_one_line.py` writes the two tables into homework/teach.md.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent.parent))

import pytest  # noqa: E402

from grader.building import Question, read_master  # noqa: E402
from grader.classes import read_class  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
CLASS = read_class(ROOT / "homework")
TEACH = ROOT / "homework" / "teach.md"
NAMES = ("hw1", "hw2", "hw3", "hw4")

#: Of the points of all assignments.
MOST = 20
#: Seconds for half a point, as the rubrics count; for numbers to be worked out again.
HALF_A_POINT, NUMBERS = 45, 60
STUDENTS = 80
#: Written parts in which students choose numbers: now, and before there were any.
CHOSEN = {"hw2": 1, "hw4": 1}


def questions(name: str) -> list[Question]:
    _, cells = read_master(CLASS[name])
    return [cell for cell in cells if isinstance(cell, Question)]


def kind(question: Question) -> str:
    return "written" if question.manual else "formula" if question.formula else "coded"


def one_line_table() -> str:
    rows = [
        "| question | kind | points | by one line | what it asks for |",
        "|---|---|---:|---:|---|",
    ]
    total = answered = 0.0
    for name in NAMES:
        for q in questions(name):
            asks = q.asks or "what confused the student"
            rows.append(
                f"| {name} {q.name} | {kind(q)} | {q.own_points:g} | {q.one_line:g} | {asks} |"
            )
            total, answered = total + q.own_points, answered + q.one_line
    return "\n".join([*rows, f"| all | | {total:g} | {answered:g} | |"])


def hours_table() -> str:
    rows = ["| | written points | before: minutes | hours | now: minutes | hours |",
            "|---|---:|---:|---:|---:|---:|"]  # fmt: skip
    sums = [0.0] * 3
    for name in NAMES:
        points = sum(q.own_points for q in questions(name) if q.manual)
        before = points * 2 * HALF_A_POINT / 60
        now = before + CHOSEN.get(name, 0) * NUMBERS / 60
        sums = [a + b for a, b in zip(sums, (points, before, now), strict=True)]
        rows.append(hours_row(name, points, before, now))
    return "\n".join([*rows, hours_row("all", *sums)])


def hours_row(name: str, points: float, before: float, now: float) -> str:
    spent = [f"{m:.1f} | {m * STUDENTS / 60:.0f}" for m in (before, now)]
    return f"| {name} | {points:g} | {spent[0]} | {spent[1]} |"


TABLES = {"one line": one_line_table, "hours": hours_table}


def filled(text: str) -> str:
    for name, table in TABLES.items():
        mark = f"% the table of {name}, by tests/homework/test_one_line.py\n\n"
        new = f"{mark}{table()}\n\n% its end\n"
        assert text.count(mark) == 1, name
        before, _, rest = text.partition(mark)
        text = before + new + rest.partition("% its end\n")[2]
    return text


def test_one_line_answers_at_most_twenty_of_all_hundred_points():
    every = [q for name in NAMES for q in questions(name)]
    assert sum(q.own_points for q in every) == 100
    assert sum(q.one_line for q in every) <= MOST


@pytest.mark.parametrize("name", NAMES)
def test_both_variants_of_a_question_say_the_same_of_one_line(name):
    heads = re.findall(r"# BEGIN QUESTION\n(.*?)```", CLASS[name].master.read_text("utf-8"), re.S)
    said: dict[str, set[str]] = {}
    for head in heads:
        lines = [x for x in head.splitlines() if x and not x.startswith("variant:")]
        said.setdefault(lines[0], set()).add("\n".join(lines[1:]))
    assert all(len(heads) == 1 for heads in said.values()), said
    assert all("asks: " in head for name, [head] in said.items() if name != "name: report")


def test_the_page_for_teachers_has_both_tables_as_they_are():
    """If this fails after a change of a master: python tests/homework/test_one_line.py."""
    text = TEACH.read_text("utf-8")
    assert filled(text) == text


if __name__ == "__main__":
    TEACH.write_text(filled(TEACH.read_text("utf-8")), "utf-8")
