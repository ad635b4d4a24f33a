"""The autograder that Gradescope runs: a zip that `build` makes, and what is run inside of it.

Gradescope unpacks the zip into /autograder/source, runs setup.sh once, and for each submission
run_autograder, which runs this module. The tests are the same as on an instructor's own machine,
and so is the split: the student's code in a sandbox, the tests outside of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .archives import archive
from .classes import ROOT, Homework
from .errors import GraderError
from .notebooks import is_notebook

#: The modules that grading one notebook needs.
MODULES = (
    "__init__", "errors", "gradescope", "grading", "inside", "notebooks", "plain", "sandbox",
    "formulas_apart", "archives", "cgroups", "classes", "landlock", "seccomp", "submissions",
)  # fmt: skip

#: What is installed there, in the exact versions of requirements.txt and requirements-homework.txt.
PACKAGES = (
    "numpy",
    "scipy",
    "sympy",
    "matplotlib",
    "ipython",
    "ipykernel",
    "psutil",
    "pyyaml",
)

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when the autograder is uploaded.
set -e
umask 022
cd /autograder/source
apt-get update
apt-get install -y --no-install-recommends bubblewrap python3 python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Choose an image with Python 3.11 or newer (Ubuntu 24.04): see Autograder settings." >&2
  exit 1
}
python3 -m venv /opt/course
/opt/course/bin/pip install --no-cache-dir -r requirements.txt -c constraints.txt
/opt/course/bin/pip install --no-index --no-deps lecturelib-*.whl
# A student's code is run by another user, who has to read Python. The tests are closed to others
# while it runs.
chmod -R a+rX . /opt/course
/opt/course/bin/python -m grader.gradescope try
"""

RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission. The two variables are for trying it elsewhere.
set -e
export AUTOGRADER="${AUTOGRADER:-/autograder}"
cd "$AUTOGRADER/source"
exec "${COURSE_PYTHON:-/opt/course/bin/python}" -m grader.gradescope
"""


def write_zip(homework: Homework) -> Path:
    """Write the zip that an instructor uploads to Gradescope.

    Parameters
    ----------
    homework : Homework
        Built before.

    Returns
    -------
    Path
        ``autograder/<name>-gradescope.zip``.
    """
    here = Path(__file__).resolve().parent
    wheel = lecturelib_wheel()
    files = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.encode(),
        "requirements.txt": "".join(f"{name}\n" for name in PACKAGES).encode(),
        "constraints.txt": constraints().encode(),
        "assignment.json": (homework.autograder / "assignment.json").read_bytes(),
        "students.json": json.dumps(students(homework.folder.parent / "roster.csv")).encode(),
        wheel.name: wheel.read_bytes(),
        **{f"grader/{name}.py": (here / f"{name}.py").read_bytes() for name in MODULES},
    }
    target = homework.autograder / f"{homework.name}-gradescope.zip"
    target.write_bytes(archive(files))
    return target


def students(roster: Path) -> list[list[str]]:
    """What counts as each student's id, by the class's roster: Gradescope knows addresses only."""
    from .submissions import read_roster

    known = read_roster(roster) if roster.is_file() else {}
    return [list(student.identities) for student in known.values()]


def constraints() -> str:
    """All exact versions that the course is tested with."""
    pins = [
        (ROOT / name).read_text("utf-8")
        for name in ("requirements.txt", "requirements-homework.txt")
    ]
    return "\n".join(re.findall(r"^[A-Za-z0-9].*$", "\n".join(pins), re.MULTILINE)) + "\n"


def lecturelib_wheel() -> Path:
    """The wheel of lecturelib that `make` built.

    Raises
    ------
    GraderError
        If it is not there.
    """
    found = sorted((ROOT / "_build" / "wheel").glob("lecturelib-*.whl"))
    if not found:
        raise GraderError("The wheel of lecturelib is not built. Run `make homework`.")
    return found[-1]


# ---------------------------------------------------------------- run there


def main() -> int:
    """Grade the one submission of /autograder/submission into /autograder/results/results.json.

    With the argument ``try``, which setup.sh gives: only see whether a notebook can be run here.
    """
    from .sandbox import BUBBLEWRAP, PROCESS, bubblewrap_fault, fonts

    fault = bubblewrap_fault()
    isolation = PROCESS if fault else BUBBLEWRAP
    if sys.argv[1:] == ["try"]:
        fonts()
        return _try(isolation)
    home = Path(os.environ.get("AUTOGRADER", "/autograder"))
    notebooks = [
        path
        for path in sorted((home / "submission").rglob("*"))
        if is_notebook(path.name)
        and path.is_file()
        and not path.is_symlink()
        and not any(part.startswith((".", "__")) for part in path.parts)
    ]
    if len(notebooks) == 1:
        result = _graded(home, notebooks[0], isolation, fault)
    else:
        result = _nothing(f"Hand in one notebook, the .ipynb file; here are {len(notebooks)}.")
    target = home / "results"
    target.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=target, suffix=".tmp", delete=False) as file:
        json.dump(result, file)
    os.chmod(file.name, 0o644)
    os.replace(file.name, target / "results.json")
    return 0


def _try(isolation: str) -> int:
    from .classes import LIMITS
    from .sandbox import Sandbox

    with Sandbox(LIMITS, isolation) as sandbox:
        sandbox.run([(1, "answer = 42")], {})
        works = sandbox.get("answer") == 42
    if not works:
        raise GraderError(f"A notebook does not run in {isolation} here; nothing can be graded.")
    print(f"A notebook runs in {isolation} here.")
    return 0


def _graded(home: Path, notebook: Path, isolation: str, fault: str) -> dict[str, Any]:
    """What Gradescope shows of a notebook."""
    from .grading import grade, read_assignment

    source = home / "source"
    assignment = read_assignment(source / "assignment.json")
    roster = json.loads((source / "students.json").read_text("utf-8"))
    owners = submitters(home / "submission_metadata.json", roster)
    with _closed(source / "assignment.json"), _closed(source / "students.json"):
        found = grade(notebook.read_bytes(), assignment, isolation, owners)
    result = results(found)
    if not owners:
        result["output"] += (
            "\n\nNote: nothing here says whether this STUDENT_ID is the submitter's: the class's "
            "roster was not there when the autograder was built, or lacks the submitter's address."
        )
    if fault:
        result["output"] += f"\n\nNote: {fault}, so the notebook ran in {isolation}." + (
            " Its code could read the hidden tests: look at it before you trust its scores."
            if found.open
            else " The tests were kept apart."
        )
    return result


@contextlib.contextmanager
def _closed(file: Path) -> Iterator[None]:
    """A file that other users cannot read meanwhile; a student's code is another user's."""
    before = stat.S_IMODE(file.stat().st_mode)
    with contextlib.suppress(PermissionError):  # not one's own: then Landlock keeps it
        file.chmod(0o600)
    try:
        yield
    finally:
        with contextlib.suppress(PermissionError):
            file.chmod(before)


def submitters(metadata: Path, roster: list[list[str]]) -> list[list[str]]:
    """What counts as the id of each student who handed this in; empty if that is not known.

    Gradescope tells the e-mail addresses of a group. The class's roster, where it was there when
    the autograder was built, tells whose they are; without it an address says nothing certain.
    """
    try:
        users = json.loads(metadata.read_text("utf-8"))["users"]
        told = [_told(user) for user in users]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    named = Counter(name.casefold() for student in roster for name in student)
    by_identity = {
        name.casefold(): student
        for student in roster
        for name in student
        if named[name.casefold()] == 1  # two addresses may begin alike
    }
    found = [
        next((by_identity[name.casefold()] for name in names if name.casefold() in by_identity), [])
        for names in told
    ]
    return found if found and all(found) else []


def _told(user: dict[str, Any]) -> list[str]:
    """What Gradescope says of a user that could stand in a roster: id, address, its first part."""
    said = [user.get(key) for key in ("sid", "email")]
    words = [word.strip() for word in said if isinstance(word, str) and word.strip()]
    return words + [word.partition("@")[0] for word in words if "@" in word]


def results(found: Any) -> dict[str, Any]:
    """A `grading.Result` in the form that Gradescope reads.

    Hidden tests, and what they have brought about, show once the instructor publishes the scores.
    """
    tests = []
    for question in found.questions:
        tests.append(
            {
                "name": f"{question['name']}: public checks",
                "status": "passed" if _passed(question, hidden=False) else "failed",
                "output": _messages(question, hidden=False) or "public checks passed",
                "visibility": "visible",
            }
        )
        tests.append(
            {
                "name": f"{question['name']}: hidden tests",
                "score": question["score"],
                "max_score": question["points"],
                "output": _messages(question, hidden=True)
                or ("passed" if _cases(question, hidden=True) else "not run"),
                "visibility": "after_published",
            }
        )
    lines = [*filter(None, [found.public_reason]), *found.notes]
    lines.append(f"Questions with numbers of one's own were graded for STUDENT_ID {found.owner}.")
    lines += [
        f"{part['name']}: {part['points']:g} points, graded by hand." for part in found.written
    ]
    if found.reason != found.public_reason:
        tests.append(
            {
                "name": "for the instructor",
                "output": found.reason.removeprefix(found.public_reason).strip(),
                "visibility": "after_published",
            }
        )
    return {"tests": tests, "output": "\n".join(lines), "visibility": "visible"}


def _cases(question: dict[str, Any], hidden: bool) -> list[dict[str, Any]]:
    return [case for case in question["cases"] if case["hidden"] == hidden]


def _passed(question: dict[str, Any], hidden: bool) -> bool:
    cases = _cases(question, hidden)
    return bool(cases) and all(case["passed"] for case in cases)


def _messages(question: dict[str, Any], hidden: bool) -> str:
    return "\n".join(c["message"] for c in _cases(question, hidden) if c["message"])


def _nothing(reason: str) -> dict[str, Any]:
    return {"score": 0, "tests": [], "output": reason, "visibility": "visible"}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GraderError as error:
        sys.exit(str(error))
