"""The archive alone: unzipped in an empty folder, with what its own requirements.txt installs."""

import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest
import yaml
from built_site import HTML, ROOT, whole_site

pytestmark = pytest.mark.full

NOTEBOOK = whole_site().notebooks()[0]  # any will do


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

    def install(self, *packages: str) -> None:
        done = self.run("-m", "pip", "install", "--quiet", "-c", self.pins, *packages)
        assert done.returncode == 0, done.stderr

    def check(self, notebook: Path) -> subprocess.CompletedProcess:
        """Re-execute the notebook and compare it with its stored outputs."""
        return self.run("-m", "pytest", "--nbval", "-p", "no:cacheprovider", notebook)


def test_a_notebook_of_the_archive_runs_alone(tmp_path):
    machine = Machine(tmp_path)
    [archive] = HTML.glob("*.zip")
    shutil.unpack_archive(archive, machine.folder)
    [machine.folder] = machine.folder.iterdir()  # where the README's commands are given
    notebook = machine.folder / NOTEBOOK.relative_to(ROOT)
    machine.install("pytest", "nbval", "ipykernel")

    if not yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]:
        without = machine.check(notebook)  # else its first cell installs what is missing
        assert without.returncode != 0
        assert "This notebook needs the course's package lecturelib: download its wheel" in (
            without.stdout
        )

    machine.install("-r", "requirements.txt")
    alone = machine.check(notebook)
    assert alone.returncode == 0, alone.stdout[-3000:]
    assert machine.run("-m", "jupyter", "lab", "--version").returncode == 0
