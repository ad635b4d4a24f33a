"""The time that an assignment states fits what it asks, measured against homework 2.

`python tests/homework/test_effort.py` prints the table (after `make homework`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent.parent))

from leaks import solution_cells  # noqa: E402

from grader.building import Question, read_master  # noqa: E402
from grader.classes import read_class  # noqa: E402

CLASS = read_class(Path(__file__).resolve().parent.parent.parent / "homework")
NAMES = ("hw1", "hw2", "hw3", "hw4")


def effort(name: str) -> dict[str, int]:
    """Parts that ask for something, lines of code to write, and steps of written derivations."""
    _, cells = read_master(CLASS[name])
    prompts = lines = steps = 0
    for question in (cell for cell in cells if isinstance(cell, Question)):
        if question.name == "report":
            continue
        asked = question.cells[0].source
        parts = re.findall(r"^\([a-z]\)", asked, re.MULTILINE)
        names = [x for cell in question.cells if cell.cell_type == "code" for x in _defined(cell)]
        prompts += max(1, len(parts) if question.manual else len(names))
        for cell in solution_cells(question):
            if cell.cell_type == "code":
                lines += len(_own_lines(cell.source))
            else:
                steps += len(re.findall(r"[=<>]|\\le|\\ge", cell.source))
    return {"prompts": prompts, "lines": lines, "steps": steps}


def _defined(cell: Any) -> list[str]:
    """What a student defines in a cell."""
    if "# SOLUTION" not in cell.source and "# BEGIN SOLUTION" not in cell.source:
        return []
    return re.findall(r"^def (\w+)|^(\w+) = .*# SOLUTION", cell.source, re.MULTILINE)


def _own_lines(source: str) -> list[str]:
    found, within = [], False
    for line in source.splitlines():
        if "# BEGIN SOLUTION" in line or "# END SOLUTION" in line:
            within = "BEGIN" in line
        elif line.strip() and (within or "# SOLUTION" in line):
            found.append(line)
    return found


def minutes(name: str) -> int:
    found = re.search(r"about (\d+) minutes", (CLASS[name].folder / "README.md").read_text("utf-8"))
    assert found, name
    return int(found[1])


def test_no_assignment_asks_more_in_a_minute_than_the_second():
    """A tenth more of one kind is within what such a count can tell."""
    second, time = effort("hw2"), minutes("hw2")
    for name in NAMES:
        for kind, count in effort(name).items():
            assert count / minutes(name) <= 1.1 * second[kind] / time, (name, kind)


if __name__ == "__main__":
    for name in NAMES:
        print(name, effort(name), minutes(name), "minutes")
