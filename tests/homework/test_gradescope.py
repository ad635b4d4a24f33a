"""The zip for Gradescope, run as Gradescope runs it: unpacked, its own entry point, in a folder."""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
import time
import zipfile

import nbformat
import pytest
from built import (
    NAMES,
    ROOT,
    STUDENT,
    VARIANTS,
    assignment,
    coded_points,
    homework,
    solved,
    template,
)
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


def test_what_the_hostile_notebook_looks_for_would_gain_points(monkeypatch):
    """Where nothing keeps it from the tests it answers with them: the 0 above means something."""
    names = {"glob": glob}
    monkeypatch.setattr(
        glob, "glob", lambda _: [str(homework("hw1").autograder / "assignment.json")]
    )
    exec(HOSTILE["answers with the hidden tests' own words"], names)
    assert {"differential_f", "repaired", "operator_matrix"} <= set(names)


def test_nothing_handed_in_or_too_much_is_said_and_what_it_says_waits_for_its_time():
    """Much on one autograder, since to set it up takes longest."""
    with uploaded("hw1") as platform:
        _check_what_is_handed_in(platform)
        _check_whose_numbers_count(platform)
        _check_that_hidden_things_wait(platform)


def _check_what_is_handed_in(platform):
    assert "here are 0" in platform.run(None)["output"]
    shown = platform.run(solved("hw1"), more=solved("hw2"))
    assert "here are 2" in shown["output"] and points(shown) == 0
    shown = platform.run(solved("hw3"))
    assert "another assignment" in shown["output"] and points(shown) == 0


def _check_whose_numbers_count(platform):
    """Gradescope names the submitters by address; the class's roster says whose that is."""
    roster = [[STUDENT, "wei@uni.edu", "wei"], ["b2", "mei@uni.edu", "mei"]]
    (platform.home / "source" / "students.json").write_text(json.dumps(roster), "utf-8")
    wei, mei, nobody = ({"email": f"{who}@uni.edu", "id": 7} for who in ("wei", "MEI", "eve"))
    full = sum(coded_points("hw1").values())
    mine, login = solved("hw1"), solved("hw1", student=" WEI")
    for raw, users, gained, bound in (
        (mine, [wei], full, True),
        (login, [wei], full, True),
        (mine, [mei], full - 2, True),  # the neighbour's notebook
        (mine, [mei, wei], full, True),  # a group's
        (mine, [nobody], full, False),
    ):
        shown = platform.run(raw, about={"users": users, "id": 1})
        assert (points(shown), "nothing here says" not in shown["output"]) == (gained, bound)


def _check_that_hidden_things_wait(platform):
    """What a function does in a hidden test alone is not to be seen before the scores are."""
    after = solved("hw1", "a", "import numpy, os")
    calm = platform.run(after)
    for deed in ("os._exit(0)", "numpy.zeros(2**40)", "return numpy.zeros((7, 77, 777))"):
        code = (
            "import numpy, os\nright = differential_f\ndef differential_f(A, B, X, H):\n"
            f"    if X.shape != (4, 3): {deed}\n    return right(A, B, X, H)"
        )
        wild = platform.run(solved("hw1", "a", code))
        assert points(wild) < points(calm)
        assert visible(wild) == visible(calm)
        assert "777" not in json.dumps(wild)
    assert "was ended" in json.dumps(
        platform.run(solved("hw1", "a", code.replace(deed, "os._exit(0)")))
    )


def visible(shown: dict) -> dict:
    tests = [test for test in shown["tests"] if test["visibility"] == "visible"]
    return shown | {"tests": tests}


def test_the_zip_holds_the_classes_roster(tmp_path):
    path = tmp_path / "roster.csv"
    assert gradescope.students(path) == []
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section\nChen,1,b1,wei@uni.edu,A\nLin,2,b2,mei,A\n"
    )
    assert gradescope.students(path) == [["b1", "wei@uni.edu", "wei"], ["b2", "mei"]]
    [zipped] = homework("hw1").autograder.glob("*-gradescope.zip")
    assert "students.json" in zipfile.ZipFile(zipped).namelist()


def test_an_address_that_could_be_two_students_says_nothing(tmp_path):
    roster = [["b1", "wei@a.edu", "wei"], ["b2", "wei@b.edu", "wei"]]
    for email, found in (("wei@c.edu", []), ("WEI@a.edu", [roster[0]]), (3, [])):
        (tmp_path / "about.json").write_text(json.dumps({"users": [{"email": email}]}), "utf-8")
        assert gradescope.submitters(tmp_path / "about.json", roster) == found
    for broken in ("", "{}", '{"users": 3}', '{"users": [3]}', '{"users": []}'):
        (tmp_path / "about.json").write_text(broken)
        assert gradescope.submitters(tmp_path / "about.json", roster) == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_carries_the_wheel_and_needs_only_pinned_packages(variant, tmp_path):
    source = tmp_path
    [path] = homework("hw2", variant).autograder.glob("*-gradescope.zip")
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(source)
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
