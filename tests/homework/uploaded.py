"""Gradescope's machine, imitated: the shipped zip, its own setup.sh, its own run_autograder.

Two paths in the two scripts are redirected to a folder, /autograder and /opt/course. Of what
setup.sh calls, `apt-get` only writes down what it was asked; `python3 -m venv` copies an
environment that holds the very files that pip has installed here, of the packages in the zip's
requirements.txt and of what those require; and pip is pip, without an index, so that it fails where
a pin of the zip does not hold.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from built import homework
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_student import link

from grader.gradescope import PACKAGES

NOBODY = 65534

APT_GET = '#!/bin/sh\necho "$@" >> {log}\n'
#: Gradescope's Python: `python3 -m venv FOLDER` gives a copy of the environment made here.
PYTHON3 = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then exec cp -al {environment} "$3"; fi
exec {python} "$@"
"""
PIP = '#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n'
NO_BUBBLEWRAP = "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n"


@dataclass
class Platform:
    """An autograder that was uploaded: `run` grades submissions with it.

    Attributes
    ----------
    home : Path
        What is /autograder there.
    environment : dict of str to str
    """

    home: Path
    environment: dict[str, str]

    def run(
        self,
        notebook: bytes | None,
        user: int | None = None,
        bubblewrap: bool = True,
        about: dict[str, Any] | None = None,
        more: bytes | None = None,
    ) -> dict[str, Any]:
        """What Gradescope shows of a notebook, or of two; run as a user, by number, or oneself."""
        submission, results = self.home / "submission", self.home / "results"
        for folder in (submission, results):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        if notebook is not None:
            (submission / "mine.ipynb").write_bytes(notebook)
        if more is not None:
            (submission / "another.ipynb").write_bytes(more)
        (self.home / "submission_metadata.json").write_text(json.dumps(about or {}), "utf-8")
        if user is not None:
            os.chown(results, user, user)
        path = self.environment["PATH"]
        if not bubblewrap:
            path = f"{self.home / 'without'}:{path}"
        done = subprocess.run(
            ["bash", self.home / "source" / "run_autograder"],
            cwd="/", env=self.environment | {"PATH": path}, capture_output=True, text=True,
            **_as(user),
        )  # fmt: skip
        if not (results / "results.json").is_file():
            return {"score": None, "tests": [], "output": done.stdout + done.stderr}
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """What Gradescope would show now."""
        return json.loads((self.home / "results" / "results.json").read_text("utf-8"))


@contextlib.contextmanager
def uploaded(name: str, variant: str = "a") -> Iterator[Platform]:
    """An assignment's zip, unpacked and set up; everybody may look at it, as in a container."""
    top = Path(tempfile.mkdtemp(prefix="course-gradescope-"))
    top.chmod(0o755)
    try:
        yield _set_up(top, name, variant)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _set_up(top: Path, name: str, variant: str) -> Platform:
    home, course, programs = top / "autograder", top / "course", top / "bin"
    for folder in (home, programs, home / "without"):
        folder.mkdir()
    _program(programs / "apt-get", APT_GET.format(log=top / "apt-get.log"))
    _program(
        programs / "python3", PYTHON3.format(environment=_environment(), python=sys.executable)
    )
    _program(home / "without" / "bwrap", NO_BUBBLEWRAP)
    [path] = homework(name, variant).autograder.glob("*-gradescope.zip")
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(home / "source")
    for script in ("setup.sh", "run_autograder"):
        file = home / "source" / script
        text = file.read_text("utf-8").replace("/autograder/", f"{home}/")
        text = text.replace("/autograder}", f"{home}}}").replace("/opt/course", str(course))
        file.write_text(text, "utf-8")
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(top),
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    done = subprocess.run(
        ["bash", home / "source" / "setup.sh"], cwd="/", env=environment, capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"setup.sh failed: {done.stdout}{done.stderr}")
    assert "bubblewrap" in (top / "apt-get.log").read_text("utf-8")
    return Platform(home, environment)


@functools.cache
def _environment() -> Path:
    """An environment with what the zip requires, once in this process."""
    top = Path(tempfile.mkdtemp(prefix="course-environment-"))
    top.chmod(0o755)
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    folder = top / "python"
    subprocess.run([_python_of_all(), "-m", "venv", "--without-pip", folder], check=True)
    [site] = folder.glob("lib/python*/site-packages")
    for distribution in with_requirements([*PACKAGES, "pip"]):
        link(distribution, site)
    _program(folder / "bin" / "pip", PIP)
    return folder


def _python_of_all() -> str:
    """A Python of this version that every user may run, as a container's is."""
    candidates = [
        getattr(sys, "_base_executable", sys.executable),
        f"/usr/bin/python3.{sys.version_info.minor}",
    ]
    for python in candidates:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([python, "-c", ""], check=True, cwd="/", **_as(NOBODY))
            return python
    raise AssertionError(f"No user but root may run {' or '.join(candidates)}.")


def _as(user: int | None) -> dict[str, Any]:
    """Options that run a process as a user; only root can."""
    if user is None or os.getuid() != 0:
        return {}
    return {"user": user, "group": user, "extra_groups": []}


def with_requirements(names: Iterable[str]) -> set[str]:
    """Distributions, and all that they require here."""
    found: set[tuple[str, str]] = set()
    waiting = [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                other = canonicalize_name(needed.name)
                waiting += [(other, more) for more in ("", *needed.extras)]
    return {name for name, _ in found}


def _program(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def points(shown: dict[str, Any]) -> float | None:
    """A submission's score: what its tests give, or what stands for all; None without results."""
    return shown.get("score", sum(test.get("score", 0) for test in shown["tests"]))
