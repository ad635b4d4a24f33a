"""`make class`: a private folder from which everything runs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from built import NAMES, ROOT

from grader.building import build, require_distinct_names, student_readme
from grader.classes import make_class, read_class, variants_in
from grader.errors import GraderError
from grader.grading import read_assignment
from lecturelib.checks import test_cases


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    make_class(tmp_path / "my-class")
    return tmp_path / "my-class"


def test_it_has_masters_and_configuration_and_is_a_repository_of_its_own(fresh):
    known = read_class(fresh)
    assert list(known.homework) == list(NAMES)
    for homework in known.homework.values():
        assert (homework.folder / "rubric.md").is_file()
        assert not homework.student.exists()
        offered = variants_in(homework.master)
        assert {q: homework.variants[q] in offered[q] for q in offered} == dict.fromkeys(
            offered, True
        )
    status = ["git", "-C", fresh, "status", "--short"]
    assert "A  class.toml" in subprocess.run(status, capture_output=True, text=True).stdout
    ignored = (fresh / ".gitignore").read_text("utf-8").split()
    assert {"hw*/autograder/", "hw*/student/", "scores*/"} <= set(ignored)


def test_secret_and_variants_are_its_own(fresh, tmp_path):
    make_class(tmp_path / "other")
    mine, other, public = (read_class(f) for f in (fresh, tmp_path / "other", ROOT / "homework"))
    for name in NAMES:
        assert len({mine[name].seed, other[name].seed, public[name].seed}) == 3
    drawn = [known[name].variants for known in (mine, other) for name in NAMES]
    assert {variant for chosen in drawn for variant in chosen.values()} == {"a", "b"}


def test_it_refuses_a_folder_with_something_in_it_and_the_course_itself(fresh):
    before = sorted(fresh.rglob("*"))
    with pytest.raises(GraderError, match="is not empty; nothing was changed"):
        make_class(fresh)
    assert sorted(fresh.rglob("*")) == before
    with pytest.raises(GraderError, match="lies inside the course's own repository"):
        make_class(ROOT / "homework" / "mine")


def test_dates_points_and_variants_reach_what_students_get(fresh):
    text = (fresh / "class.toml").read_text("utf-8")
    head = re.sub('^title = ".*"$', 'title = "Algebra, spring 2027"', text, flags=re.M)
    own = '[hw1]\ndue = 2027-03-05T23:59:00\nlate = "Half the points for a week."\n'
    own += 'variants = { q2 = "b" }\npoints = { q2 = 7, q7 = 8 }\n'
    (fresh / "class.toml").write_text(head.partition("[hw1]")[0] + own, "utf-8")
    homework = read_class(fresh)["hw1"]
    build(homework)
    readme = (homework.student / "README.md").read_text("utf-8")
    assert "Friday, 5 March 2027, 23:59" in readme
    assert "Half the points for a week." in readme
    assert "| Course | Algebra, spring 2027 |" in readme
    assert "| 7 |" in readme and "{" not in readme.partition("## Goals")[0]
    task = read_assignment(homework.autograder / "assignment.json")
    assert {"q2": 7, "q7": 8}.items() <= {q["name"]: q["points"] for q in task["questions"]}.items()
    # The parts of a question share its new points as they did its own, and the prompt says them.
    assert [case.points for case in test_cases(task["tests"]["q7"])] == [0, 4, 4]
    notebook = (homework.student / "hw1.ipynb").read_text("utf-8")
    assert "Question 2 (7 points)" in notebook and "Question 7 (8 points)" in notebook


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("[hw9]\n", "exactly one must"),
        ("[hw1]\nvariant = 3\n", "has variant under [hw1], which means nothing there"),
        ('[hw1]\nvariants = { q2 = "z" }\n', "q2 has no variant 'z'"),
        ("[hw1]\npoints = { q99 = 3 }\n", "class.toml names q99, and no such question is there"),
        ("[hw1\n", "is not valid TOML"),
        ('[hw1]\npoints = { q2 = "6" }\n', "a positive number is needed"),
        ("[hw1]\npoints = { q2 = -1 }\n", "a positive number is needed"),
        ('[hw1]\nrelease_solution = "true"\n', "must be true or false, without quotes"),
        ("[hw1]\nhand_out = 1\n", "must be true or false, without quotes"),
        ('[limits]\nseconds = "90"\n[hw1]\n', "it must be a number"),
    ],
)
def test_a_mistake_in_class_toml_is_said(fresh, change, complaint):
    (fresh / "class.toml").write_text(f'[class]\nsecret = "s"\n{change}', "utf-8")
    with pytest.raises(GraderError) as said:
        build(read_class(fresh)["hw1"])
    assert complaint in str(said.value)


def test_a_readme_that_names_other_questions_is_refused(fresh):
    homework = read_class(fresh)["hw1"]
    path = homework.folder / "README.md"
    path.write_text(path.read_text("utf-8").replace("| q2 |", "| q22 |"), "utf-8")
    with pytest.raises(GraderError, match="has points for"):
        student_readme(homework, "t", [])


def test_two_questions_may_not_ask_for_one_name(fresh):
    tests = {"q1": "def test_public(f): ...", "q2": "def test_hidden(f, SEED): ..."}
    with pytest.raises(GraderError, match="q2 and q1 both test f"):
        require_distinct_names(read_class(fresh)["hw1"], tests)


def test_its_own_makefile_builds_and_grades(fresh, tmp_path):
    """The commands of the new folder's README, with the course's folder as it is."""
    (tmp_path / "in (1)").mkdir()
    run = {"cwd": fresh, "capture_output": True, "text": True}
    only = (fresh / "class.toml").read_text("utf-8")
    start, end = only.index("[hw1]"), only.index("[hw2]")
    (fresh / "class.toml").write_text(only[: only.index("[hw1]")] + only[start:end], "utf-8")
    built = subprocess.run(["make", "homework"], **run)
    assert built.returncode == 0, built.stderr
    homework = read_class(fresh)["hw1"]
    raw = homework.solution.read_bytes().replace(
        b'STUDENT_ID = \\"...\\"', b'STUDENT_ID = \\"a1\\"'
    )
    assert raw != homework.solution.read_bytes()
    (tmp_path / "in (1)" / "a1.ipynb").write_bytes(raw)
    graded = subprocess.run(["make", "grade", "HW=hw1", "IN=../in (1)", "OUT=scores"], **run)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert (fresh / "scores" / "summary.html").is_file()


@pytest.mark.parametrize(
    ("right", "slip", "complaint"),
    [
        ("  # SOLUTION\n", "  # SOLUTON\n", "is left in the student's notebook"),
        ("hidden: true", "hiden: true", "has hiden in its TEST CONFIG"),
        ('page = "', 'page = 0 and "', "its solution does not pass its own tests. report"),
    ],
)
def test_a_slip_in_a_master_is_refused_before_anything_is_handed_out(fresh, right, slip, complaint):
    homework = read_class(fresh)["hw1"]
    text = homework.master.read_text("utf-8")
    place = text.rindex(right)
    homework.master.write_text(text[:place] + slip + text[place + len(right) :], "utf-8")
    with pytest.raises(GraderError) as said:
        build(homework)
    assert complaint in str(said.value)
    assert not homework.student.exists()
