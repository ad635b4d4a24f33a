"""The assignments as two test classes give them out: variant a of every question, and variant b."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from grader.classes import Class, Homework, read_class, variants_in
from grader.grading import Result, grade, read_assignment
from grader.sandbox import choose_isolation

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = "COURSE_TEST_CLASSES"  # the environment variable that names their folder to all workers
NAMES = ("hw1", "hw2", "hw3", "hw4")
VARIANTS = ("a", "b")
STUDENT = "b10901001"


def classes() -> Path:
    return Path(os.environ[PLACE])


def build_all() -> None:
    """Build both classes, side by side, in a new folder."""
    os.environ[PLACE] = tempfile.mkdtemp(prefix="course-classes-")
    running = []
    for variant in VARIANTS:
        make_class(classes() / variant, variant)
        command = [sys.executable, "-m", "grader", "build", "--class", f"{classes()}/{variant}"]
        running.append(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        )
    for process in running:
        said, _ = process.communicate()
        assert process.returncode == 0, said.decode()


def make_class(folder: Path, variant: str) -> None:
    """A class that asks one variant of everything, and has a secret of its own."""
    shutil.copytree(
        ROOT / "homework", folder,
        ignore=shutil.ignore_patterns("student", "autograder", "solution.ipynb", "released"),
    )  # fmt: skip
    text = (folder / "class.toml").read_text("utf-8")
    text = text.replace('secret = "public"', f'secret = "tests of {variant}"')
    for master in folder.glob("hw*/hw*.md"):
        chosen = ", ".join(f'{q} = "{variant}"' for q in variants_in(master))
        start = text.index(f"[{master.stem}]")
        text = text[:start] + text[start:].replace(
            "variants = { }", f"variants = {{ {chosen} }}", 1
        )
    (folder / "class.toml").write_text(text, "utf-8")


@functools.cache
def the_class(variant: str = "a") -> Class:
    return read_class(classes() / variant)


def homework(name: str, variant: str = "a") -> Homework:
    return the_class(variant)[name]


@functools.cache
def assignment(name: str, variant: str = "a") -> dict[str, Any]:
    return read_assignment(homework(name, variant).autograder / "assignment.json")


def template(name: str, variant: str = "a") -> nbformat.NotebookNode:
    """The notebook as students get it."""
    return nbformat.read(homework(name, variant).student / f"{name}.ipynb", as_version=4)


def solved(name: str, variant: str = "a", *added: str, student: str = STUDENT) -> bytes:
    """A student's notebook with the solution filled in, and cells of code added at its end."""
    notebook = nbformat.read(homework(name, variant).solution, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace('STUDENT_ID = "..."', f'STUDENT_ID = "{student}"')
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in added]
    return nbformat.writes(notebook).encode()


def graded(raw: bytes, name: str, variant: str = "a", **limits: int) -> Result:
    """What the grader says of a notebook."""
    task = assignment(name, variant)
    task = task | {"limits": task["limits"] | limits}
    return grade(raw, task, choose_isolation(), [[STUDENT]])


def scores(result: Result) -> dict[str, float]:
    return {question["name"]: question["score"] for question in result.questions}


def messages(result: Result, question: str) -> str:
    [found] = [q for q in result.questions if q["name"] == question]
    return "\n".join(case["message"] for case in found["cases"])


def coded_points(name: str, variant: str = "a") -> dict[str, float]:
    questions = assignment(name, variant)["questions"]
    return {q["name"]: q["points"] for q in questions if not q["written"]}


def table_of_points(readme: str) -> dict[str, float]:
    """The points in a README's table, by question; `total` among them."""
    rows = re.findall(r"^\| *(\w*) *\|.*\| *([\d.]+) *\|$", readme, re.MULTILINE)
    return {name or "total": float(points) for name, points in rows}
