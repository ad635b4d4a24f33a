"""What students found confusing in the book, sorted by its pages, for whoever mends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process, utils

from .classes import ROOT

SAYS_NOTHING = set("a an and at by chapter html in of on page part section the to".split())
ELSEWHERE = "No page of the book"


def book_pages(root: Path = ROOT) -> dict[str, str]:
    """The titles of the book's pages by their paths, in the book's order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    names = [toc["root"]]
    names += [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return {name: title for name in names if (title := _title(root, name))}


def _title(root: Path, name: str) -> str:
    notebook, text = root / f"{name}.ipynb", root / f"{name}.md"
    if notebook.is_file():
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        lines = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    else:
        lines = text.read_text("utf-8") if text.is_file() else ""
    found = re.search(r"^# +(.+)$", lines, re.MULTILINE)
    return found[1].strip() if found else ""


def by_page(
    results: Iterable[Mapping[str, Any]], book: Mapping[str, str]
) -> dict[str, list[tuple[str, str, str]]]:
    """The reports of a class by the title of the page that they are about.

    Returns
    -------
    dict of str to list of (str, str, str)
        The key of the result, the page as the student called it, and what was unclear. Pages are
        in the book's order; what names none of them comes last.
    """
    found: dict[str, list[tuple[str, str, str]]] = {title: [] for title in book.values()}
    found[ELSEWHERE] = []
    for result in results:
        page, unclear = (result.get("report", {}).get(name) for name in ("page", "unclear"))
        if unclear and unclear.strip(" ."):
            found[page_named(page or "", book)].append((result["key"], page or "", unclear))
    return {title: reports for title, reports in found.items() if reports}


def page_named(said: str, book: Mapping[str, str]) -> str:
    """The title of the page that a student names, by its title, its address or a part of these."""
    choices = {name: name for name in [*book.values(), *book]}
    # Every word that is said is in the title or the address; else nearly the whole is.
    for scorer, least in ((fuzz.token_set_ratio, 95), (fuzz.WRatio, 88)):
        best = process.extractOne(
            said[:200], choices, scorer=scorer, processor=_telling, score_cutoff=least
        )
        if best and re.search(r"\w", _telling(said[:200])):
            return book.get(best[2], best[2])
    return ELSEWHERE


def _telling(text: str) -> str:
    """A text without the words that stand in every title."""
    return " ".join(w for w in utils.default_process(text).split() if w not in SAYS_NOTHING)
