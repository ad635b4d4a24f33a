"""A student's machine: a fresh Python with what the archive's requirements.txt names, no more.

Installing that anew takes minutes, so the very files that pip has installed here are linked into an
empty environment: those of the packages named, and of what they require.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from built import NAMES, ROOT, coded_points, homework
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.archives import PACKAGES
from grader.gradescope import lecturelib_wheel

EXECUTE = """
import json, sys
import nbclient, nbformat
for name in sys.argv[1:]:
    notebook = nbformat.read(f"{name}/{name}.ipynb", 4)
    nbclient.NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": name}},
        extra_arguments=["--log-level=ERROR"],
    ).execute()
    nbformat.write(notebook, f"{name}/{name}.ipynb")
"""


def named() -> set[str]:
    """The distributions that lecturelib's wheel and the archive's other packages require."""
    waiting = [*PACKAGES, *(metadata.requires("lecturelib") or [])]
    found: set[str] = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and name not in found:
            found.add(name)
            waiting += metadata.requires(name) or []
    return found


def link(distribution: str, site: Path) -> None:
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:  # a pin for another system
        return
    for file in files:
        source = Path(file.locate()).resolve()
        target = Path(os.path.normpath(site / file))
        if not target.is_relative_to(site.parents[2]) or not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            try:
                os.link(source, target)
            except OSError:  # another disk
                shutil.copyfile(source, target)


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("student") / "python"
    venv.create(folder, with_pip=False)
    [site] = folder.glob("lib/python*/site-packages")
    for distribution in named():
        link(distribution, site)
    with zipfile.ZipFile(lecturelib_wheel()) as wheel:
        wheel.extractall(site)
    yield folder / "bin" / "python"
    shutil.rmtree(folder)


def test_the_students_notebooks_run_and_their_checks_say_what_to_do(python, tmp_path):
    for name in NAMES:
        shutil.copytree(homework(name).student, tmp_path / name)
    done = subprocess.run(
        [python, "-c", EXECUTE, *NAMES],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name in NAMES:
        cells = json.loads((tmp_path / name / f"{name}.ipynb").read_text("utf-8"))["cells"]
        said = {
            "".join(cell["source"]): "".join("".join(o["text"]) for o in cell["outputs"])
            for cell in cells
            if cell["cell_type"] == "code" and "".join(cell["source"]).startswith("public_checks(")
        }
        assert list(said) == [f'public_checks("{question}")' for question in coded_points(name)]
        assert all("still the placeholder" in text for text in said.values())


def test_what_a_student_does_not_need_is_not_there(python):
    """So that the test above means something."""
    look = "import importlib.util as u; print(*map(bool, map(u.find_spec, {})))"
    modules = ["lecturelib", "matplotlib", "nbclassic", "otter", "distributed", "scipy", "sphinx"]
    found = subprocess.run([python, "-c", look.format(modules)], capture_output=True, text=True)
    assert found.stdout.split() == ["True"] * 3 + ["False"] * 4
    assert python.parent.parent != Path(sys.prefix)


def test_it_is_small(python):
    """`pip install --no-compile` leaves no compiled copies; pip itself takes 20 MB more."""
    [site] = python.parent.parent.glob("lib/python*/site-packages")
    files = [p for p in site.parents[2].rglob("*") if p.is_file() and p.suffix != ".pyc"]
    assert sum(p.stat().st_size for p in files) < 280e6
    assert len(list(site.glob("*.dist-info"))) < 100


@pytest.mark.parametrize("name", NAMES)
def test_the_one_command_stands_where_a_student_looks(name):
    command = "pip install --no-compile -r requirements.txt"
    first = nbformat.read(homework(name).student / f"{name}.ipynb", 4).cells[0].source
    assert command in first and f"jupyter nbclassic {name}.ipynb" in first
    assert command in (homework(name).student / "README.md").read_text("utf-8")
    assert command in (ROOT / "homework" / "index.md").read_text("utf-8")
