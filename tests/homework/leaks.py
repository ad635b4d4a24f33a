"""What must not be in a student's folder, and the scan for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.building import Question, read_master
from grader.classes import Homework
from grader.grading import read_assignment

# Shorter lines stand in a template and in a solution by chance.
SHORTEST = 18

_read: dict[Path, list[NotebookNode | Question]] = {}


def leaks(given: Homework, folder: Path) -> list[str]:
    """Lines of the solution, of hidden tests, the seed or the rubric that a folder holds."""
    texts = {
        path.name: squeezed(_unescaped(path.read_text("utf-8")))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return [
        f"{name}: {kind}: {line}"
        for name, text in texts.items()
        for kind, lines in forbidden(given).items()
        for line in lines
        if squeezed(line) in text
    ]


def forbidden(given: Homework) -> dict[str, set[str]]:
    return {
        "solution": solution_lines(given),
        "hidden test": hidden_lines(given),
        "seed": {str(given.seed)},
        "rubric": {"rubric.md"},
        "grader": {"hidden=True", "SEED", "# SOLUTION", "END SOLUTION"},
    }


def solution_lines(given: Homework) -> set[str]:
    """Lines of code that only the solution has, and lines of the written answers."""
    solved = {line for cell in _answers(given) for line in _solved(cell)}
    return _telling(solved - shown_lines(given))


def hidden_lines(given: Homework) -> set[str]:
    """Lines that stand in hidden tests and nowhere that students see."""
    return _telling(_test_lines(given, "hidden=True") - shown_lines(given))


def shown_lines(given: Homework) -> set[str]:
    """What students are meant to see: prompts, templates, public tests."""
    items = _items(given)
    prompts = [item if not isinstance(item, Question) else item.cells[0] for item in items]
    shown = {line for cell in prompts for line in _lines(cell.source)}
    for cell in _answers(given):
        if cell.cell_type == "code":
            shown |= set(_lines(cell.source)) - _solved(cell)
    return shown | _test_lines(given, "hidden=False")


def _items(given: Homework) -> list[NotebookNode | Question]:
    """The master's cells; read once, it takes a second."""
    if given.folder not in _read:
        _read[given.folder] = read_master(given)[1]
    return _read[given.folder]


def _answers(given: Homework) -> list[NotebookNode]:
    """The cells of the master's solution blocks."""
    questions = [item for item in _items(given) if isinstance(item, Question)]
    return [cell for question in questions for cell in solution_cells(question)]


def solution_cells(question: Question) -> list[NotebookNode]:
    found, inside = [], False
    for cell in question.cells:
        if cell.cell_type == "raw":
            inside = "BEGIN SOLUTION" in cell.source
        elif inside:
            found.append(cell)
    return found


def _solved(cell: NotebookNode) -> set[str]:
    """The lines that otter takes out."""
    if cell.cell_type != "code":
        return set(_lines(cell.source))
    found, within = set(), False
    for line in cell.source.splitlines():
        if "# BEGIN SOLUTION" in line or "# END SOLUTION" in line:
            within = "BEGIN" in line
        elif within or "# SOLUTION" in line:
            found.add(re.sub(r"\s*# SOLUTION.*", "", line).strip())
    return found


def _test_lines(given: Homework, kind: str) -> set[str]:
    tests: dict[str, Any] = read_assignment(given.autograder / "assignment.json")["tests"]
    return {
        line
        for source in tests.values()
        for part in source.split("@test_case(")[1:]
        if kind in part.splitlines()[0]
        for line in _lines(part.partition("\n")[2])
    }


def _telling(lines: set[str]) -> set[str]:
    return {x for x in lines if len(x) >= SHORTEST and not x.startswith(("from ", "import "))}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _unescaped(text: str) -> str:
    """The text of a notebook's JSON as its author wrote it."""
    # from left to right: the JSON of nabla's command is no line break
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)
