"""The page for teachers: {course-teaching} gives each page its lecture, and a question to vote on.

What it shows stands in chapters/reference/teaching.toml; titles and minutes are those of the pages.
Pages that _toc.yml leaves out are left out here, too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from course_sources import Source, sources
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lecturelib import derive
from lecturelib.symbols import Expression, latex
from lecturelib.symbols.answers import Question, read

FILE = Path("chapters") / "reference" / "teaching.toml"

LETTERS = "ABCD"


class Teaching(SphinxDirective):
    """A section a part of the book, and in it one for each of its pages that has an entry."""

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.srcdir)
        for file in (FILE, Path("_toc.yml")):
            self.env.note_dependency(str(root / file))
        pages = sources(root)
        entries = {
            f"chapters/{entry['page']}": entry
            for entry in tomllib.loads((root / FILE).read_text("utf-8"))["page"]
        }
        toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
        found: list[nodes.Node] = []
        for part in toc["parts"]:
            here = [item["file"] for item in part["chapters"] if item["file"] in entries]
            if not here:
                continue
            chapter = self.section(part["caption"])
            for docname in here:
                page = pages[docname]
                self.env.note_dependency(self.env.doc2path(docname))
                section = self.section(page.title)
                text = StringList(list(lines(page, entries[docname])), str(FILE))
                self.state.nested_parse(text, 0, section)
                chapter += section
            found.append(chapter)
        return found

    def section(self, title: str) -> nodes.section:
        section = nodes.section(
            "", nodes.title(title, title), ids=[nodes.make_id(f"teach-{title}")]
        )
        self.state.document.note_implicit_target(section)
        return section


def lines(page: Source, entry: dict[str, Any]) -> Iterator[str]:
    """What one page's section says, in Markdown."""
    lecture = sum(step["minutes"] for step in entry["board"])
    yield f"{{doc}}`Read the page </{page.docname}>`: {page.minutes} minutes. "
    yield f"At the board: {lecture} minutes."
    yield from ("", "| minutes | board |", "|---:|---|")
    for step in entry["board"]:
        yield f"| {step['minutes']} | {step['write'].replace('|', chr(92) + 'vert ')} |"
    yield from ("", f"**What goes wrong.** {entry['wrong']}", "")
    yield from (f"**Ask.** {entry['question']}", "")
    yield from (f"- **{letter}:** {text}" for letter, text in answers(entry))
    yield from (
        "",
        ":::{admonition} The answer, and what leads to the others",
        ":class: tip dropdown",
    )
    yield ""
    for option, (letter, _) in zip(entry["options"], answers(entry), strict=True):
        yield f"- **{letter}:** {'Right.' if option.get('right') else option['misconception']}"
    yield ":::"


def answers(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each option with its letter; a formula is typeset from the text that is checked."""
    for letter, option in zip(LETTERS, entry["options"], strict=False):
        if "text" in option:
            yield letter, option["text"]
        else:
            question = Question(derive(entry["f"], entry["wrt"], entry["where"]), entry["of"], None)
            yield letter, f"${typeset(read(question, option['formula']))}$"


def typeset(formula: Expression) -> str:
    """As on the board: an entry of a column is a number, in italics and without an identity."""
    text = latex(formula)
    if r"\begin{bmatrix}" in text:
        text = re.sub(r"\\boldsymbol\{(\w)\}_\{(\d)\}", r"\1_\2", text)
        text = re.sub(r"\((\w_\d)\)", r"\1", text)
        text = re.sub(r" I(?= (?:&|\\\\|\\end))", "", text)
    return text


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("course-teaching", Teaching)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
