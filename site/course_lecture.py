"""The lecture map: {lecture-map} lists what the lecture states, with the place of each item here.

The items, their numbers in the lecture and their pages are in the records of the claims; who gave
the lecture and when, and the exercise for each item, stand in chapters/reference/lecture.toml. The
address of a row is the lecture's number (`#lecture-21`) or the claim's name, which stay when pages
are renamed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from course_sources import Source, sources
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lecturelib.claims import Record, records

FILE = Path("chapters") / "reference" / "lecture.toml"

NUMBER = re.compile(r"lecture \((\d+)\)")
EQUATION = re.compile(r"\$\$ \(([\w-]+)\)")

#: The parts of the map: title -> the kinds of claims. What has a number is in the first one.
PARTS = {
    "Definitions and conventions": ("definition", "convention"),
    "Equations without a number": ("equation", "proof-step", "blank", "tacit"),
    "Propositions and remarks": ("proposition", "lemma", "remark", "summary", "open-question"),
    "Examples and algorithms": ("example", "algorithm", "announced"),
    "Figures": ("figure",),
}


class LectureMap(SphinxDirective):
    """One table for the numbered equations, one for each other part."""

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / FILE))
        self.lecture = tomllib.loads((root / FILE).read_text("utf-8"))
        self.pages = sources(root)
        items = [r for r in records().values() if r.of_the_lecture and not r.uncheckable]
        numbered = sorted((r for r in items if NUMBER.match(r.source)), key=number)
        found: list[nodes.Node] = [self.opening()]
        found.append(self.part("Numbered equations", numbered))
        for title, kinds in PARTS.items():
            rest = [r for r in items if not NUMBER.match(r.source) and r.kind in kinds]
            found.append(self.part(title, rest))
        return found

    def opening(self) -> nodes.Node:
        given = self.lecture
        day = f"{given['date'].day} {given['date']:%B %Y}"
        said = f"{given['title']}, {given['author']}, {given['institution']}, {day}"
        return nodes.paragraph("", "", nodes.strong(said, said))

    def part(self, title: str, items: list[Record]) -> nodes.Node:
        section = nodes.section("", nodes.title(title, title), ids=[nodes.make_id(f"map-{title}")])
        self.state.document.note_implicit_target(section)
        lines = [
            ":::{list-table}",
            ":header-rows: 1",
            ":class: lecture-map",
            "",
            "* - Lecture",
            "  - Page",
            "  - Equation here",
            "  - Exercise",
        ]
        for item in items:
            first, *others = self.row(item)
            lines += [f"* - {first}", *(f"  - {cell}" for cell in others)]
        self.state.nested_parse(StringList([*lines, ":::"], str(FILE)), 0, section)
        return section

    def row(self, item: Record) -> Iterator[str]:
        page = self.pages.get(f"chapters/{item.page}")
        there = page is not None and page.docname in self.env.found_docs
        place = f"lecture-{number(item) or item.id}"
        yield f'<a id="{place}" href="#{place}">{self.heading(item, page)}</a>'
        yield f"{{ref}}`{page.title} <claim-{item.id}>`" if there and page else "left out"
        equations = EQUATION.findall(item.statement) if there else []
        yield ", ".join(f"{{eq}}`{label}`" for label in equations)
        exercise = self.lecture["exercises"][item.id]
        at = next((p for p in self.pages.values() if exercise in p.labels), None)
        title = at.labels[exercise].title if at else ""
        # Not as a role, whose text cannot hold the formulas of a title.
        yield f"[{title}](#{exercise})" if at and at.docname in self.env.found_docs else ""

    def heading(self, item: Record, page: Source | None) -> str:
        words = re.sub(r"^eq-\d+-", "", item.id).replace("-", " ")
        title = page.labels[item.box].title if page and item.box in page.labels else ""
        if title and "$" not in title:  # a link's text has no formulas
            words = title
        return f"({number(item)}) {words}" if number(item) else words


def number(item: Record) -> int:
    """The lecture's number of an equation; 0 if it has none."""
    found = NUMBER.match(item.source)
    return int(found[1]) if found else 0


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("lecture-map", LectureMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
