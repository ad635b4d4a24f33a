"""How the site is built: the same every time, and refusing what it should refuse."""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from built import HTML, ROOT

pytestmark = pytest.mark.full


def build(book: Path, output: Path) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).with_name("jupyter-book"), "build", book]
    return subprocess.run(
        [*command, "-W", "-n", "--keep-going", "--path-output", output],
        capture_output=True,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )


def small_book(folder: Path, text: str) -> Path:
    """A book of one page, with the course's own configuration."""
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder)
    (folder / "site").symlink_to(ROOT / "site")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (folder / "page.md").write_text(f"# Page\n\n{text}\n")
    return folder


def test_two_clean_builds_are_identical(tmp_path):
    ran = build(ROOT, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert list(differences(filecmp.dircmp(HTML, tmp_path / "_build" / "html"))) == []


def test_two_wheels_are_identical(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        + ["--wheel-dir", tmp_path, ROOT],
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1726617600"},  # as in the Makefile
    )
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.read_bytes() == (HTML / wheel.name).read_bytes()


def differences(folder: filecmp.dircmp):
    _, changed, unread = filecmp.cmpfiles(
        folder.left, folder.right, folder.common_files, shallow=False
    )
    for name in [*folder.left_only, *folder.right_only, *changed, *unread]:
        yield f"{folder.left}/{name}"
    for inner in folder.subdirs.values():
        yield from differences(inner)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("![](site/favicon.svg)", "A figure has no alt text"),
        ("See {prf:ref}`nowhere`.", "reference target not found: nowhere"),
        ("See [there](nowhere.md).", "cross-reference target not found"),
        ("{cite:p}`nobody1900`", "could not find bibtex key"),
    ],
)
def test_a_mistake_in_a_page_stops_the_build(tmp_path, text, complaint):
    ran = build(small_book(tmp_path, text), tmp_path)
    assert ran.returncode != 0
    assert complaint in ran.stderr.replace("\n", " ")


def test_macros_and_labels_reach_the_page(tmp_path):
    text = "$\\d X^\\T$\n\n\\begin{align}\na &= b\n\\end{align}\n\nGet {wheel}`it`, {wheel}`name`."
    ran = build(small_book(tmp_path, text), tmp_path)
    assert ran.returncode == 0, ran.stderr
    page = (tmp_path / "_build" / "html" / "page.html").read_text("utf-8")
    assert 'id="equation-page-equation-0"' in page
    assert 'href="lecturelib-' in page
