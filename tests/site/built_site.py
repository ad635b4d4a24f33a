"""Built sites: the course's own, which `make test` builds before pytest starts, and others."""

from __future__ import annotations

import copy
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parent.parent.parent
HTML = ROOT / "_build" / "html"


class Page:
    def __init__(self, path: Path, site: Path) -> None:
        self.path = path
        self.name = path.relative_to(site).as_posix()

    @functools.cached_property
    def glyphs(self) -> int:
        """How many its formulas have."""
        return self.path.read_text("utf-8").count("<mjx-c ")

    @functools.cached_property
    def soup(self) -> BeautifulSoup:
        """The page, but for the glyphs: most of it, and they say no more than the MathML does."""
        text = self.path.read_text("utf-8")
        text = re.sub(r"(<mjx-math[^>]*>).*?(?=</mjx-math>)", r"\1", text, flags=re.DOTALL)
        return BeautifulSoup(text, "html.parser")

    def addresses(self) -> list[tuple[str, str, str]]:
        """Every (tag, attribute, address) that the page names."""
        return [
            (tag.name, attribute, address.strip())
            for tag in self.soup.find_all(True)
            for attribute in ("src", "href", "poster", "data", "action", "srcset")
            if isinstance(address := tag.get(attribute), str)
        ]


def with_tex(tag: Tag) -> str:
    r"""The text of a part of a page, with its formulas as TeX between \( and \)."""
    copied = copy.copy(tag)
    for formula in copied.select("mjx-container"):
        formula.replace_with(rf"\({formula['data-tex']}\)")
    return copied.get_text()


class Site:
    """A book and what was built from it."""

    def __init__(self, book: Path) -> None:
        self.book = book
        self.html = book / "_build" / "html"
        self.contents = contents(book)  #: the pages, in order, without file endings

    @functools.cached_property
    def pages(self) -> list[Page]:
        found = sorted(self.html.rglob("*.html"))
        return [Page(path, self.html) for path in found if "_static" not in path.parts]

    def notebooks(self) -> list[Path]:
        """Those that the book shows."""
        paths = [self.book / f"{name}.ipynb" for name in self.contents]
        return [path for path in paths if path.is_file()]

    def page(self, notebook: Path) -> Page:
        name = notebook.relative_to(self.book).with_suffix(".html").as_posix()
        return next(page for page in self.pages if page.name == name)


@functools.cache
def whole_site() -> Site:
    """The course's own; its pages are read once."""
    return Site(ROOT)


def contents(book: Path) -> list[str]:
    toc = (book / "_toc.yml").read_text("utf-8")
    return re.findall(r"^[ -]*(?:root|file): *(\S+)", toc, re.MULTILINE)


def built_class() -> Path:
    """The class whose homework the course's own site shows."""
    named = ROOT / "_build" / "class"  # written by `make book`
    return Path(named.read_text("utf-8").strip()) if named.is_file() else ROOT / "homework"


def build(book: Path, output: Path, group: Path | None = None) -> subprocess.CompletedProcess:
    """Build a book strictly, for a class if one is named; the site is in output/_build/html."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(book)]
    return subprocess.run(
        [*command, "-W", "-n", "--keep-going", "--path-output", str(output)],
        capture_output=True,
        text=True,
        env=os.environ | {"NO_COLOR": "1", "COURSE_CLASS": str(group or "")},
    )


def copy_book(folder: Path, *names: str) -> Path:
    """A book with the course's configuration, and of its sources what is named."""
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder)
    for name in ("site", *names):
        (folder / name).symlink_to(ROOT / name)
    return folder


def link_homework(folder: Path, *names: str) -> None:
    """Put the homework's files into a book: a folder of its own, since a build writes into it."""
    (folder / "homework").mkdir()
    for name in names or (path.name for path in (ROOT / "homework").iterdir()):
        if name != "released":
            (folder / "homework" / name).symlink_to(ROOT / "homework" / name)


def cut_book(folder: Path, chapter: str) -> Path:
    """The course without one chapter: its lines in _toc.yml are gone, all else is as it was."""
    copy_book(folder, "chapters", "lecturelib", "intro.md", "CHANGELOG.md")
    link_homework(folder)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    for part in toc["parts"]:
        part["chapters"] = [
            page for page in part["chapters"] if f"chapters/{chapter}/" not in page["file"]
        ]
    toc["parts"] = [part for part in toc["parts"] if part["chapters"]]
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False))
    return folder
