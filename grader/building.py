"""From a master to what students get, what grades them, and the solution.

    python -m grader build hw2 --class homework

The master is MyST Markdown with otter-grader's raw cells. Here one variant of each question is
kept, the class's dates and points are put in, and otter makes the student's notebook without
solutions. The student's folder gets the public tests; all tests go into autograder/.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from .classes import Homework
from .errors import GraderError
from .grading import grade
from .notebooks import stored_form
from .sandbox import choose_isolation
from .written import template_of

#: What a student does not get from an assignment's folder, beside what is built into it.
KEPT_BACK = {"rubric.md", "README.md", "solution.ipynb", "student", "autograder", "released"}


@dataclass
class Question:
    """One question of a master, in one variant.

    Attributes
    ----------
    own_points : float
        The master's, where the class gives others.
    manual : bool
        Whether a person reads it.
    formula : bool
        Whether it asks for a formula as text, which is judged in a process of its own.
    one_line : float
        How many of its own points one line of lecturelib, or of the page Differentiate, earns.
    asks : str
        What it asks for beside that, for the instructor's table.
    """

    name: str
    points: float
    own_points: float
    manual: bool
    variant: str = ""
    formula: bool = False
    one_line: float = 0
    asks: str = ""
    cells: list[NotebookNode] = field(default_factory=list)


def build(homework: Homework) -> None:
    """Make ``student/``, ``autograder/`` and ``solution.ipynb`` beside the master.

    Parameters
    ----------
    homework : Homework

    Raises
    ------
    GraderError
        If the master, the README and class.toml do not fit together.
    """
    title, cells = read_master(homework)
    questions = [cell for cell in cells if isinstance(cell, Question)]
    solution = solution_form(homework, title, cells)
    with tempfile.TemporaryDirectory() as scratch:
        made = assign(homework, title, cells, Path(scratch))
        notebook = nbformat.read(made / "student" / f"{homework.name}.ipynb", as_version=4)
        notebook = student_form(notebook, homework.name, questions)
        require_no_marks(homework, notebook)
        tests = {
            path.stem: path.read_text("utf-8")
            for path in sorted((made / "autograder" / "tests").glob("*.py"))
        }
        require_distinct_names(homework, tests)
        assignment = {
            "course": homework.course,
            "assignment": homework.name,
            "title": title,
            "seed": homework.seed,
            "limits": homework.limits,
            "questions": [
                {"name": q.name, "points": q.points, "written": q.manual, "formula": q.formula}
                for q in questions
            ],
            "tests": {q.name: tests[q.name] for q in questions if not q.manual},
            "template": template_of(notebook),
            "files": {path.name: path.read_text("utf-8") for path in data_files(homework)},
            "built_from": homework.fingerprint(),
        }
        require_full_points(homework, assignment, solution)
        student = made / "student"
        nbformat.write(notebook, student / f"{homework.name}.ipynb")
        (student / "README.md").write_text(student_readme(homework, title, questions), "utf-8")
        for data in data_files(homework):
            shutil.copy(data, student / data.name)
        _replace(homework.student, student)
    homework.autograder.mkdir(exist_ok=True)
    target = homework.autograder / "assignment.json"
    target.write_text(json.dumps(assignment, indent=1) + "\n", "utf-8")
    nbformat.write(solution, homework.solution)


# ---------------------------------------------------------------- the master


def read_master(homework: Homework) -> tuple[str, list[NotebookNode | Question]]:
    """The title, and the cells with each question's cells gathered in the chosen variant."""
    import jupytext

    master = jupytext.read(homework.master)
    title, found = "", list[NotebookNode | Question]()
    current: Question | None = None
    wanted = dict(homework.variants)
    offered: dict[str, set[str]] = {}
    for cell in master.cells:
        mark, settings = _raw(cell)
        if mark == "ASSIGNMENT CONFIG":
            title = settings.get("title", "")
        elif mark == "BEGIN QUESTION":
            if current:
                raise _fault(homework, f"{settings.get('name')} begins before {current.name} ends")
            current = _question(homework, settings)
            if current.variant:
                offered.setdefault(current.name, set()).add(current.variant)
        elif mark == "END QUESTION":
            if current is None:
                raise _fault(homework, "a question ends that did not begin")
            if not current.variant or current.variant == wanted.get(current.name, "a"):
                found.append(current)
            current = None
        elif current is None:
            found.append(cell)
        else:
            current.cells.append(_prompt(current, cell) if not current.cells else cell)
    if not title:
        raise _fault(homework, "it needs a raw cell `# ASSIGNMENT CONFIG` with a title")
    names = [item.name for item in found if isinstance(item, Question)]
    for name, variants in offered.items():
        if name not in names:
            raise _fault(
                homework,
                f"{name} has no variant {wanted.get(name, 'a')!r}; it has {sorted(variants)}",
            )
    if strange := sorted((set(wanted) - set(offered)) | (set(homework.points) - set(names))):
        raise _fault(
            homework, f"class.toml names {', '.join(strange)}, and no such question is there"
        )
    return title, found


def _raw(cell: NotebookNode) -> tuple[str, dict[str, Any]]:
    if cell.cell_type != "raw" or not cell.source.startswith("# "):
        return "", {}
    mark, _, rest = cell.source.partition("\n")
    return mark[2:].strip(), yaml.safe_load(rest) or {}


def _question(homework: Homework, settings: dict[str, Any]) -> Question:
    for key in ("name", "points"):
        if key not in settings:
            raise _fault(homework, f"a question has no {key}: {settings}")
    name, own = str(settings["name"]), settings["points"]
    points = homework.points.get(name, own)
    manual, variant = bool(settings.get("manual")), str(settings.get("variant", ""))
    formula, one_line = bool(settings.get("formula")), float(settings.get("one_line", 0))
    if not 0 <= one_line <= own:
        raise _fault(homework, f"{name} has {own} points, and one_line says {one_line:g}")
    asks = str(settings.get("asks", ""))
    return Question(name, points, own, manual, variant, formula, one_line, asks)


def _prompt(question: Question, cell: NotebookNode) -> NotebookNode:
    """The prompt with the points that the class gives: **Question 2 (3 points).**"""
    said = f"({question.points:g} point{'s' if question.points != 1 else ''})"
    cell.source = re.sub(r"\([\d.]+ points?\)", said, cell.source, count=1)
    return cell


def _fault(homework: Homework, what: str) -> GraderError:
    return GraderError(f"{homework.master}: {what.removesuffix('.')}.")


def data_files(homework: Homework) -> list[Path]:
    """Data that the notebook reads."""
    return [
        path
        for path in sorted(homework.folder.iterdir())
        if path.is_file() and path.name not in KEPT_BACK and path != homework.master
    ]


def require_distinct_names(homework: Homework, tests: dict[str, str]) -> None:
    """Tests see the notebook as it is in the end, so no two questions may use one name."""
    owners: dict[str, str] = {}
    for question, source in tests.items():
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            for name in {argument.arg for argument in node.args.args} - {"SEED", "STUDENT_ID"}:
                if owners.setdefault(name, question) != question:
                    raise _fault(
                        homework,
                        f"{question} and {owners[name]} both test {name}; the notebook's last "
                        f"definition would count for both, so call it something else in {question}",
                    )


def require_no_marks(homework: Homework, notebook: NotebookNode) -> None:
    """A misspelt mark would hand the solution out: `# SOLUTON` is none that otter knows."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if found := re.search(r"# *(?:(?:BEGIN|END)\b|S[A-Z]*L[A-Z]*T).*", cell.source):
                raise _fault(
                    homework,
                    f"{found[0]!r} is left in the student's notebook; the marks are # SOLUTION, "
                    "# BEGIN SOLUTION and # END SOLUTION",
                )


def require_full_points(
    homework: Homework, assignment: dict[str, Any], solution: NotebookNode
) -> None:
    """A solution that its own tests refuse is a mistake in one of the two."""
    raw = nbformat.writes(solution).encode()
    result = grade(raw, assignment, choose_isolation(unsafe=True))  # the code is one's own
    faults = [f"{result.reason}", *result.notes] if result.status != "graded" else []
    for question in result.questions:
        faults += [f"{question['name']}: {c['message']}" for c in question["cases"] if c["message"]]
    if faults:
        raise _fault(homework, "its solution does not pass its own tests. " + "; ".join(faults))


# ---------------------------------------------------------------- what otter makes of it


def assign(homework: Homework, title: str, cells: list[Any], scratch: Path) -> Path:
    """Let otter split a master into a student's and an autograder's folder."""
    from otter.assign import main

    config = {
        "name": homework.name,
        "init_cell": False,
        "export_cell": False,
        "generate": False,
        "run_tests": False,
        "tests": {"files": True, "ok_format": False},
    }
    notebook = nbformat.v4.new_notebook(
        cells=[_raw_cell("ASSIGNMENT CONFIG", config), *_otter_cells(cells)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    source = scratch / f"{homework.name}.ipynb"
    nbformat.write(notebook, source)
    with contextlib.redirect_stdout(io.StringIO()):
        main(str(source), str(scratch / "made"), no_pdfs=True, no_run_tests=True)
    return scratch / "made"


def _otter_cells(cells: list[Any]) -> Iterator[NotebookNode]:
    for item in cells:
        if not isinstance(item, Question):
            yield item
            continue
        settings = {"name": item.name, "points": item.points}
        settings |= {"manual": True} if item.manual else {"check_cell": False}
        yield _raw_cell("BEGIN QUESTION", settings)
        for cell in item.cells:
            if _raw(cell)[0] == "BEGIN TESTS":
                yield nbformat.v4.new_code_cell(f'public_checks("{item.name}")')
            yield _with_points_of(item, cell)
        yield _raw_cell("END QUESTION", {})


TEST_CONFIG = re.compile(r'""" *# BEGIN TEST CONFIG\n(.*?)""" *# END TEST CONFIG\n', re.DOTALL)
TEST_KEYS = {"hidden", "name", "points", "success_message", "failure_message"}


def _with_points_of(question: Question, cell: NotebookNode) -> NotebookNode:
    """A test with its points: a public one has none, a hidden one its part of the question's."""
    if cell.cell_type != "code" or not re.search(r"^def test_\w+\(", cell.source, re.MULTILINE):
        return cell
    found = TEST_CONFIG.match(cell.source)
    settings = yaml.safe_load(found[1]) if found else {}
    if strange := sorted(set(settings) - TEST_KEYS):
        raise GraderError(
            f"A test of {question.name} has {', '.join(strange)} in its TEST CONFIG, which means "
            f"nothing there; it may have {', '.join(sorted(TEST_KEYS))}."
        )
    if not settings.get("hidden"):
        settings["points"] = 0
    elif "points" in settings:
        settings["points"] = settings["points"] * question.points / question.own_points
    head = yaml.safe_dump(settings, sort_keys=False)
    body = cell.source[found.end() :] if found else cell.source
    return nbformat.v4.new_code_cell(
        f'""" # BEGIN TEST CONFIG\n{head}""" # END TEST CONFIG\n{body}'
    )


def _raw_cell(mark: str, settings: dict[str, Any]) -> NotebookNode:
    body = yaml.safe_dump(settings, sort_keys=False) if settings else ""
    return nbformat.v4.new_raw_cell(f"# {mark}\n{body}".rstrip())


def student_form(notebook: NotebookNode, name: str, questions: list[Question]) -> NotebookNode:
    """The stored form of what otter made: it and the answers' cells know what they belong to."""
    waiting = [question.name for question in questions if question.manual]
    for cell in notebook.cells:
        cell.metadata = NotebookNode(course="given")
        cell.source = re.sub(r"^<!-- (?:BEGIN|END) QUESTION -->\n*", "", cell.source, flags=re.M)
        if cell.cell_type == "markdown" and cell.source.startswith("_Type your answer here"):
            cell.metadata = NotebookNode(course=f"answer {waiting.pop(0)}")
    if waiting:
        raise GraderError(f"No cell to answer {', '.join(waiting)} in: give it a solution block.")
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    notebook = stored_form(notebook)
    notebook.metadata.course = NotebookNode(assignment=name)
    return notebook


def solution_form(homework: Homework, title: str, cells: list[Any]) -> NotebookNode:
    """The master's prompts and solutions, executed, as a page of the book."""
    from nbclient import NotebookClient

    chosen: list[NotebookNode] = []
    for item in cells:
        if isinstance(item, Question):
            chosen += list(_solved(item))
        elif item.cell_type == "code":  # the page needs no checks
            source = item.source.replace("import public_checks, ", "import ")
            chosen.append(nbformat.v4.new_code_cell(source))
        else:
            chosen.append(copy.deepcopy(item))  # the student's notebook is made from it, too
    first = chosen[0]
    first.source = re.sub(r"^# .*", f"# {title}: solution", first.source, count=1)
    notebook = nbformat.v4.new_notebook(cells=chosen)
    with tempfile.TemporaryDirectory() as folder:
        for data in data_files(homework):
            shutil.copy(data, folder)
        NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=ERROR"],
        ).execute()  # fmt: skip
    return stored_form(notebook)


def _solved(question: Question) -> Iterator[NotebookNode]:
    """A question's prompt under a heading, and its answer, without its tests."""
    for cell in question.cells:
        mark, _ = _raw(cell)
        if mark == "BEGIN TESTS":
            return
        if mark == "BEGIN SOLUTION":
            yield nbformat.v4.new_markdown_cell("**Solution.**")
        elif cell.cell_type == "code":
            yield nbformat.v4.new_code_cell(_without_marks(cell.source))
        elif cell.cell_type == "markdown":
            prompt = re.sub(r"^\*\*(.*? points?\))\.\*\* ", r"## \1\n\n", cell.source, count=1)
            yield nbformat.v4.new_markdown_cell(prompt)


def _without_marks(source: str) -> str:
    """Code without otter's comments on what is a solution."""
    mark = r"[ \t]*# (?:BEGIN |END )?SOLUTION(?: NO PROMPT)?[ \t]*$"
    lines = [line for line in source.split("\n") if not re.fullmatch(mark, line)]
    return re.sub(mark, "", "\n".join(lines), flags=re.MULTILINE)


# ---------------------------------------------------------------- README


POINTS = re.compile(r"<!-- points -->\n(.*?)<!-- /points -->\n?", re.DOTALL)


def student_readme(homework: Homework, title: str, questions: list[Question]) -> str:
    """The README with the course's title, dates and points filled in.

    Raises
    ------
    GraderError
        If its table of points names other questions than the master has.
    """
    path = homework.folder / "README.md"
    text = path.read_text("utf-8")
    found = POINTS.search(text)
    if not found:
        raise GraderError(f"{path} needs its table of points between <!-- points --> marks.")
    rows = {row.split("|")[1].strip(): row for row in found[1].splitlines() if row.startswith("|")}
    names = [question.name for question in questions]
    listed = [name for name in rows if name not in ("", "question", "---")]
    if listed != names:
        raise GraderError(f"{path} has points for {listed}, and the master asks {names}.")
    total = sum(question.points for question in questions)
    table = [
        "| question | topic | kind | points |",
        "|---|---|---|---:|",
        *(_with_points(rows[question.name], question.points) for question in questions),
        f"| | | total | {total:g} |",
    ]
    text = POINTS.sub(lambda _: "\n".join(table) + "\n", text)
    text = text.replace("{course}", homework.course)
    text = text.replace("{due}", homework.due or "your instructor says when")
    return text.replace("{late}", homework.late or "your instructor says how")


def _with_points(row: str, points: float) -> str:
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    return "| " + " | ".join([*cells[:-1], f"{points:g}"]) + " |"


# ---------------------------------------------------------------- files


def _replace(target: Path, source: Path) -> None:
    """Put a built folder in the place of an old one."""
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)
