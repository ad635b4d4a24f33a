"""The autograder that Gradescope runs: a zip that `build` makes, and what is run inside of it.

Gradescope unpacks the zip into /autograder/source, runs setup.sh once, and for each submission
run_autograder, which runs this module. The tests are the same as on an instructor's own machine,
and so is the split: the student's code in a sandbox, the tests outside of it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from .archives import archive
from .classes import ROOT, Homework
from .errors import GraderError

#: The modules that grading one notebook needs.
MODULES = (
    "__init__", "errors", "gradescope", "grading", "inside", "notebooks", "plain", "sandbox",
    "archives", "classes", "seccomp",
)  # fmt: skip

#: What is installed there, in the exact versions of requirements.txt and requirements-homework.txt.
PACKAGES = (
    "numpy",
    "scipy",
    "sympy",
    "matplotlib",
    "ipython",
    "ipykernel",
    "otter-grader",
    "psutil",
)

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when the autograder is uploaded.
set -e
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
/opt/course/bin/python -c 'from grader.sandbox import fonts; fonts()'
chmod -R go-rwx /autograder/source
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
        wheel.name: wheel.read_bytes(),
        **{f"grader/{name}.py": (here / f"{name}.py").read_bytes() for name in MODULES},
    }
    target = homework.autograder / f"{homework.name}-gradescope.zip"
    target.write_bytes(archive(files))
    return target


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
    """Grade the one submission of /autograder/submission into /autograder/results/results.json."""
    from .grading import grade, read_assignment
    from .sandbox import BUBBLEWRAP, PROCESS, bubblewrap_fault, other_user

    home = Path(os.environ.get("AUTOGRADER", "/autograder"))
    assignment = read_assignment(home / "source" / "assignment.json")
    notebooks = [
        path
        for path in sorted((home / "submission").rglob("*.ipynb"))
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith((".", "__")) for part in path.parts)
    ]
    fault = bubblewrap_fault()
    isolation = PROCESS if fault else BUBBLEWRAP
    if len(notebooks) == 1:
        result = results(grade(notebooks[0].read_bytes(), assignment, isolation))
    else:
        result = _nothing(f"Hand in one notebook, the .ipynb file; here are {len(notebooks)}.")
    if fault:
        result["output"] += (
            f"\n\nNote: {fault}, so the notebook ran in {PROCESS} instead of a sandbox, as "
            f"{'another user' if other_user() else 'the same user'}. The tests were kept apart."
        )
    target = home / "results"
    target.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=target, suffix=".tmp", delete=False) as file:
        json.dump(result, file)
    os.chmod(file.name, 0o644)
    os.replace(file.name, target / "results.json")
    return 0


def results(found: Any) -> dict[str, Any]:
    """A `grading.Result` in the form that Gradescope reads.

    Hidden tests show once the instructor publishes the scores.
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
    lines = [*filter(None, [found.reason]), *found.notes]
    lines.append(f"Questions with numbers of one's own were graded for STUDENT_ID {found.owner}.")
    lines += [
        f"{part['name']}: {part['points']:g} points, graded by hand." for part in found.written
    ]
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
    sys.exit(main())
