"""A term stands before its first use: {term} may use it from the page on that defines it.

Which page defines a term, chapters/reference/glossary.toml says; the order is that of _toc.yml.
To announce what comes later, a page writes the word plainly, and links to the page that has it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = re.findall(r"^ *- file: (\S+)", (ROOT / "_toc.yml").read_text("utf-8"), re.MULTILINE)
TERMS = tomllib.loads((ROOT / "chapters/reference/glossary.toml").read_text("utf-8"))["term"]

#: Said in a sentence where they are first used, in this chapter, and treated in a later one.
SAID_IN_A_SENTENCE = {
    "gradient descent": "chapters/3-second-derivative/",
    "projection": "chapters/3-second-derivative/",
}


def written(page: str) -> str:
    """The text of a page, without code."""
    if (path := ROOT / f"{page}.ipynb").is_file():
        cells = nbformat.read(path, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return (ROOT / f"{page}.md").read_text("utf-8")


def used(text: str) -> Iterator[str]:
    """The terms that a text refers to, in lower case."""
    for named in re.findall(r"\{term\}`([^`]+)`", text):
        behind = re.search(r"<([^>]+)>$", named)
        yield (behind[1] if behind else named).lower()


def too_early(
    pages: Iterable[str], texts: Mapping[str, str], terms: Iterable[Mapping[str, str]]
) -> list[tuple[str, str, str]]:
    """Term, page that uses it, page that defines it, where the first comes before the second."""
    place = {page: number for number, page in enumerate(pages)}
    home = {
        name.lower(): (entry["term"], entry["page"])
        for entry in terms
        for name in (entry["term"], entry.get("plural", entry["term"]))
    }
    return [
        (*home[name][:1], page, home[name][1])
        for page in place
        for name in dict.fromkeys(used(texts.get(page, "")))
        if place[page] < place.get(home[name][1], -1)
    ]


def test_every_term_is_defined_before_it_is_used():
    texts = {page: written(page) for page in PAGES if page.startswith(("intro", "chapters/"))}
    found = [
        (term, page, defined)
        for term, page, defined in too_early(PAGES, texts, TERMS)
        if not page.startswith(SAID_IN_A_SENTENCE.get(term, " "))
    ]
    assert found == []


def test_the_pages_that_define_are_there():
    folders = {path.name for path in (ROOT / "chapters").iterdir()}  # someone may remove a chapter
    named = {entry["page"] for entry in TERMS if entry["page"].split("/")[1] in folders}
    assert [
        p for p in named if not any((ROOT / f"{p}.{kind}").is_file() for kind in ("ipynb", "md"))
    ] == []


GLOSSARY = [
    {"term": "gradient", "plural": "gradients", "page": "two"},
    {"term": "saddle point", "page": "one"},
]


@pytest.mark.parametrize(
    ("one", "found"),
    [
        ("A {term}`gradient` before its time.", [("gradient", "one", "two")]),
        ("Two {term}`Gradients` of it.", [("gradient", "one", "two")]),
        ("Called {term}`by another name <gradients>`.", [("gradient", "one", "two")]),
        ("Twice, {term}`gradient` and {term}`gradient`.", [("gradient", "one", "two")]),
        ("A {term}`saddle point` where it is defined; the gradient comes later.", []),
    ],
)
def test_a_planted_misuse_is_found(one, found):
    texts = {"one": one, "two": "The {term}`gradient`, and {term}`saddle point`."}
    assert too_early(["one", "two"], texts, GLOSSARY) == found


def test_a_page_that_moves_behind_a_use_is_found():
    texts = {"one": "The {term}`saddle point`.", "two": "The {term}`saddle point`."}
    assert too_early(["one", "two"], texts, GLOSSARY) == []
    assert too_early(["two", "one"], texts, GLOSSARY) == [("saddle point", "two", "one")]


def test_a_use_planted_in_the_course_is_found():
    texts = {PAGES[1]: "A {term}`Cholesky factorisation`."}
    assert [term for term, *_ in too_early(PAGES, texts, TERMS)] == ["Cholesky factorisation"]
