"""The zip for Gradescope, run as Gradescope runs it: unpacked, its own entry point, in a folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from built import NAMES, ROOT, VARIANTS, assignment, coded_points, homework, solved, template
from hostile import HOSTILE
from uploaded import NOBODY, points, uploaded

from grader import gradescope
from grader.errors import GraderError
from grader.grading import names_asked


HOSTILE_CELLS = (
    "patches the checks",
    "patches NumPy",
    "objects that equal everything",
    "answers with the hidden tests' own words",
    "writes the results itself",
)

#: Who runs run_autograder. Gradescope does as root; only root can become somebody else.
USERS = {"root": None, "another user": NOBODY} if os.getuid() == 0 else {"oneself": None}

ISOLATION = {"bubblewrap": True, "without": False}


def notebooks(name: str) -> dict[str, bytes]:
    blank, hostile = template(name), template(name)
    names = sorted(names_asked(assignment(name)))
    for title in HOSTILE_CELLS:
        code = HOSTILE[title].replace("NAMES", repr(names))
        hostile.cells.append(nbformat.v4.new_code_cell(code))
    return {
        "perfect": solved(name),
        "blank": nbformat.writes(blank).encode(),
        "hostile": nbformat.writes(hostile).encode(),
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_zip_gives_full_points_to_the_solution_and_none_to_the_others(name):
    """Set up and run by its own scripts: 4 assignments x 3 notebooks x 2 users x 2 isolations."""
    full = sum(coded_points(name).values())
    right = {"perfect": full, "blank": 0, "hostile": 0}
    expected, found = {}, {}
    with uploaded(name) as platform:
        for kind, raw in notebooks(name).items():
            for who, user in USERS.items():
                for how, bubblewrap in ISOLATION.items():
                    shown = platform.run(raw, user, bubblewrap)
                    if kind == "hostile":
                        time.sleep(0.3)  # what it left behind may write now
                        shown = platform.shown() if points(shown) is not None else shown
                    expected[kind, who, how] = right[kind]
                    found[kind, who, how] = points(shown)
    print(*(f"{name} {' '.join(run)}: {score} of {full}" for run, score in found.items()), sep="\n")
    assert found == expected


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
