"""Compile the pins from pyproject.toml: exact versions for every supported Python.

uv resolves once for all of Python 3.11 to 3.14 and all systems; only this step needs it.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

COURSE = """\
# The exact versions the course is built and tested with, compiled by `make pins` from
# pyproject.toml (extras book and test). From the repository's root: pip install -r requirements.txt

# The course's own package, lecturelib.
-e .

"""

HOMEWORK = """\
# What the homework needs on top of requirements.txt, compiled by `make pins` from pyproject.toml
# (extra homework): pip install -r requirements.txt -r requirements-homework.txt

"""


def main() -> None:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    course = compiled("--extra", "book", "--extra", "test")
    write("requirements.txt", COURSE + course)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write(course)
        constraints.flush()
        homework = compiled("--extra", "homework", "--constraint", constraints.name)
    write("requirements-homework.txt", HOMEWORK + without(homework, course))


def compiled(*options: str) -> str:
    """What uv resolves, each pin followed by comments that say what asks for it."""
    return subprocess.run(
        [
            sys.executable,
            *"-m uv pip compile --quiet --upgrade --universal --python-version 3.11 "
            "--fork-strategy fewest --no-header --no-emit-index-url pyproject.toml".split(),
            *options,
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def without(pins: str, known: str) -> str:
    """The pins that are not among the known ones."""
    entries = re.findall(r"^\S.*\n(?:\s+#.*\n)*", pins, re.MULTILINE)
    listed = set(re.findall(r"^\S+", known, re.MULTILINE))
    return "".join(entry for entry in entries if entry.split()[0] not in listed)


def write(name: str, text: str) -> None:
    (ROOT / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
