"""The zip for Gradescope, run as Gradescope runs it: unpacked, its own entry point, in a folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from built import NAMES, ROOT, VARIANTS, coded_points, homework, solved, template
from hostile import HOSTILE

from grader import gradescope
from grader.errors import GraderError


def unpack(folder: Path, name: str, variant: str = "a") -> Path:
    [path] = homework(name, variant).autograder.glob("*-gradescope.zip")
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(folder / "source")
    for part in ("submission", "results"):
        (folder / part).mkdir()
    return folder


def run(folder: Path, **environment: str) -> dict:
    """What Gradescope would show; the zip's own modules are used, not the repository's."""
    done = subprocess.run(
        ["bash", folder / "source" / "run_autograder"],
        cwd="/",
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AUTOGRADER": str(folder),
            "COURSE_PYTHON": sys.executable,
            **environment,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results" / "results.json").read_text("utf-8"))


def points(shown: dict) -> float:
    return sum(test.get("score", 0) for test in shown["tests"])


@pytest.mark.parametrize("name", NAMES)
def test_it_grades_the_solution(name, tmp_path):
    unpack(tmp_path, name)
    full = sum(coded_points(name).values())
    (tmp_path / "submission" / "mine.ipynb").write_bytes(solved(name))
    shown = run(tmp_path)
    assert points(shown) == sum(test.get("max_score", 0) for test in shown["tests"]) == full
    assert "graded by hand" in shown["output"] and "Note:" not in shown["output"]
    for test in shown["tests"]:  # public checks show at once, hidden tests with the scores
        hidden = "hidden" in test["name"]
        assert test["visibility"] == ("after_published" if hidden else "visible")
        assert ("score" in test) == hidden


def test_it_gives_the_untouched_template_nothing(tmp_path):
    unpack(tmp_path, "hw3")
    (tmp_path / "submission" / "mine.ipynb").write_text(nbformat.writes(template("hw3")), "utf-8")
    assert points(run(tmp_path)) == 0


def test_where_the_container_forbids_the_sandbox_it_says_so_and_keeps_the_tests_apart(tmp_path):
    unpack(tmp_path, "hw1")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n")
    (fake / "bwrap").chmod(0o755)
    path = f"{fake}:{os.environ['PATH']}"
    (tmp_path / "submission" / "mine.ipynb").write_bytes(solved("hw1"))
    shown = run(tmp_path, PATH=path)
    assert points(shown) == sum(coded_points("hw1").values())
    assert "does not run in bubblewrap here (bwrap: No permissions)" in shown["output"]
    for title in ("patches the checks", "objects that equal everything", "answers before it is asked"):
        notebook = template("hw1")
        code = HOSTILE[title].replace("NAMES", "['page', 'unclear']")
        notebook.cells.append(nbformat.v4.new_code_cell(code))
        (tmp_path / "submission" / "mine.ipynb").write_text(nbformat.writes(notebook), "utf-8")
        assert points(run(tmp_path, PATH=path)) == 0, title


def test_nothing_handed_in_or_too_much_is_said(tmp_path):
    unpack(tmp_path, "hw1")
    assert "Hand in one notebook" in run(tmp_path)["output"]
    for name in ("one", "two"):
        (tmp_path / "submission" / f"{name}.ipynb").write_bytes(solved("hw1"))
    shown = run(tmp_path)
    assert "here are 2" in shown["output"] and points(shown) == 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_carries_the_wheel_and_needs_only_pinned_packages(variant, tmp_path):
    source = unpack(tmp_path, "hw2", variant) / "source"
    assert len(list(source.glob("lecturelib-*.whl"))) == 1
    pinned = dict(
        re.findall(r"^([\w.-]+)==(\S+)", (source / "constraints.txt").read_text("utf-8"), re.M)
    )
    assert set((source / "requirements.txt").read_text("utf-8").split()) <= set(pinned)
    assert "://" not in (source / "constraints.txt").read_text("utf-8")
    modules = {path.stem for path in (source / "grader").glob("*.py")}
    for path in (source / "grader").glob("*.py"):  # what a module imports is in the zip
        named = re.findall(r"^ *from \.(\w+) import", path.read_text("utf-8"), re.MULTILINE)
        named += re.findall(r"^ *from \. import (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert set(named) <= modules, path.name
    setup = (source / "setup.sh").read_text("utf-8")
    assert "bubblewrap" in setup and "--no-index --no-deps lecturelib" in setup
    assert subprocess.run(["bash", "-n", source / "setup.sh"]).returncode == 0
    assert ROOT.as_posix() not in (source / "assignment.json").read_text("utf-8")


def test_without_the_wheel_it_says_what_builds_it(tmp_path, monkeypatch):
    monkeypatch.setattr(gradescope, "ROOT", tmp_path)
    with pytest.raises(GraderError, match="make homework"):
        gradescope.lecturelib_wheel()
