"""Compile requirements.txt from pyproject.toml: exact versions for every supported Python.

uv resolves once for all of Python 3.11 to 3.14 and all systems; only this step needs it.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEADER = """\
# The exact versions the course is built and tested with, compiled by `make pins` from
# pyproject.toml (extras book and test). From the repository's root: pip install -r requirements.txt

# The course's own package, lecturelib.
-e .

"""


def main() -> None:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    compiled = subprocess.run(
        [
            sys.executable,
            *"-m uv pip compile --quiet --upgrade --universal --python-version 3.11 "
            "--fork-strategy fewest --extra book --extra test --no-header --no-emit-index-url "
            "pyproject.toml".split(),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    (ROOT / "requirements.txt").write_text(HEADER + compiled.stdout, "utf-8")


if __name__ == "__main__":
    main()
