"""The archive alone: unzipped in an empty folder, with only its wheel and what a notebook names."""

import ast
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest
from built_site import HTML, ROOT, Site

pytestmark = pytest.mark.full

NOTEBOOK = Site(ROOT).notebooks()[0]  # any will do


def named(notebook: Path) -> set[str]:
    """The packages that a notebook imports, Python's own and the course's apart."""
    cells = nbformat.read(notebook, as_version=4).cells
    modules = set()
    for cell in cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    modules |= {name.name.split(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom):
                    assert node.module, "A notebook is in no package."
                    modules.add(node.module.split(".")[0])
    return modules - set(sys.stdlib_module_names) - {"lecturelib"}


class Machine:
    """A fresh Python in a folder of its own, in which nothing of the course is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "empty"
        self.folder.mkdir()
        venv.create(folder / "python", with_pip=True)
        self.python = folder / "python" / ("Scripts" if os.name == "nt" else "bin") / "python"
        self.pins = folder / "pins.txt"  # the versions the stored outputs were made with
        pins = (ROOT / "requirements.txt").read_text("utf-8")
        self.pins.write_text(re.sub(r"^-e .*$", "", pins, flags=re.MULTILINE))

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.python, *arguments], cwd=self.folder, capture_output=True, text=True
        )

    def install(self, *packages: str | Path) -> None:
        done = self.run("-m", "pip", "install", "--quiet", "-c", self.pins, *packages)
        assert done.returncode == 0, done.stderr

    def check(self, notebook: Path) -> subprocess.CompletedProcess:
        """Re-execute the notebook and compare it with its stored outputs."""
        return self.run("-m", "pytest", "--nbval", "-p", "no:cacheprovider", notebook)


def test_a_notebook_of_the_archive_runs_alone(tmp_path):
    machine = Machine(tmp_path)
    [archive] = HTML.glob("*.zip")
    shutil.unpack_archive(archive, machine.folder)
    [top] = machine.folder.iterdir()
    notebook = top / NOTEBOOK.relative_to(ROOT)
    machine.install("pytest", "nbval", "ipykernel", *named(notebook))

    without = machine.check(notebook)
    assert without.returncode != 0
    assert "This notebook needs the course's package lecturelib: download its wheel" in (
        without.stdout
    )

    machine.install(*top.glob("lecturelib-*.whl"))
    alone = machine.check(notebook)
    assert alone.returncode == 0, alone.stdout[-3000:]
