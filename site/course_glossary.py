"""The glossary: {course-glossary} makes it from chapters/reference/glossary.toml.

    [[term]]                      [[symbol]]
    term = "gradient"             symbol = '\\nabla f'
    plural = "gradients"          meaning = "..."
    chinese = "梯度"              page = "chapters/..."
    meaning = "..."
    page = "chapters/..."

A symbol that means something else on other pages names its own, `on = [...]`; `words` stand before
it where it is introduced (tests/test_notation.py).

Every term, and its plural, is then known to {term}`gradient` on any page, in upper or lower case.
Where the book uses a term first, its Chinese name is one tap away.
"""

from __future__ import annotations

import functools
import html
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_sources import sources
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

FILE = Path("chapters") / "reference" / "glossary.toml"


@functools.cache
def load(path: Path, modified: int) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(path.read_text("utf-8"))


def glossary(env: BuildEnvironment) -> dict[str, list[dict[str, Any]]]:
    path = Path(env.srcdir) / FILE
    return load(path, path.stat().st_mtime_ns) if path.is_file() else {}


def names(entry: dict[str, Any]) -> list[str]:
    return [entry["term"], *([entry["plural"]] if "plural" in entry else [])]


def terms(env: BuildEnvironment) -> set[str]:
    """Every name that {term} may use, in lower case."""
    return {name.lower() for entry in glossary(env).get("term", []) for name in names(entry)}


class Glossary(SphinxDirective):
    """Two tables, of terms and of symbols."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(Path(self.env.srcdir) / FILE))
        found = glossary(self.env)
        if not found:
            raise self.error(f"There is no {FILE}.")
        words = sorted(found.get("term", []), key=lambda entry: entry["term"].lower())
        return [
            self.table("Terms", ["Term", "Chinese", "Meaning", "Page"], map(self.term, words)),
            self.table(
                "Symbols", ["Symbol", "Meaning", "Page"], map(self.symbol, found.get("symbol", []))
            ),
        ]

    def term(self, entry: dict[str, Any]) -> list[list[nodes.Node]]:
        label = nodes.make_id(f"term-{entry['term']}")
        anchor = nodes.inline("", entry["term"], ids=[label])
        for name in names(entry):
            self.env.domains["std"]._note_term(name, label, location=self.get_location())
        # docutils turns the class into lang="zh-Hant".
        chinese = nodes.inline("", entry.get("chinese", ""), classes=["language-zh-Hant"])
        return [[anchor], [chinese], self.markdown(entry["meaning"]), self.link(entry)]

    def symbol(self, entry: dict[str, Any]) -> list[list[nodes.Node]]:
        return [
            self.markdown(f"${entry['symbol'].strip('$')}$"),
            self.markdown(entry["meaning"]),
            [
                link
                for page in entry.get("on", [entry["page"]])
                for link in self.link({"page": page})
            ],
        ]

    def markdown(self, text: str) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(StringList(text.splitlines(), str(FILE)), 0, holder)
        return holder.children

    def link(self, entry: dict[str, Any]) -> list[nodes.Node]:
        """To the page; where that one is left out of the book, course_omitted makes it text."""
        if not entry.get("page"):
            return []
        return self.markdown(f"{{doc}}`/{entry['page'].strip('/')}`")

    def table(self, title: str, heads: list[str], rows) -> nodes.Node:
        group = nodes.tgroup(cols=len(heads))
        group += [nodes.colspec(colwidth=1) for _ in heads]
        head, body = nodes.thead(), nodes.tbody()
        head += row([[nodes.Text(name)] for name in heads])
        body += [row(cells) for cells in rows]
        group += [head, body]
        table = nodes.table("", group, classes=["glossary-table"])
        section = nodes.section("", nodes.title(title, title), table, ids=[nodes.make_id(title)])
        self.state.document.note_implicit_target(section)
        return section


def row(cells: list[list[nodes.Node]]) -> nodes.row:
    made = nodes.row()
    for cell in cells:
        inner = (
            cell if cell and isinstance(cell[0], nodes.Body) else [nodes.paragraph("", "", *cell)]
        )
        made += nodes.entry("", *inner)
    return made


# ---------------------------------------------------------------- Chinese, at the first use

CHINESE = (
    '<button type="button" class="term-chinese"><span class="visually-hidden">In Chinese: </span>'
    '<span class="term-name" lang="zh-Hant">{}</span></button>'
)


class ChineseAtFirstUse(SphinxPostTransform):
    default_priority = 2  # while a link to a term still says which

    def run(self, **kwargs: Any) -> None:
        if self.app.builder.format != "html":
            return
        entries = {
            name.lower(): entry
            for entry in glossary(self.env).get("term", [])
            for name in names(entry)
        }
        given: set[str] = set()
        for link in list(self.document.findall(addnodes.pending_xref)):
            entry = entries.get(link["reftarget"].lower(), {})
            chinese = entry.get("chinese", "") if link["reftype"] == "term" else ""
            if chinese and entry["term"] not in given and self.is_first(entry):
                given.add(entry["term"])
                button = nodes.raw("", CHINESE.format(html.escape(chinese)), format="html")
                link.parent.insert(link.parent.index(link) + 1, button)

    def is_first(self, entry: dict[str, Any]) -> bool:
        """Whether no page before this one, in the order of the book, uses the term."""
        pages, sought = sources(Path(self.env.srcdir)), {name.lower() for name in names(entry)}
        for docname in book_order(self.env, self.env.config.root_doc):
            if docname == self.env.docname:
                return True
            if docname in pages and not sought.isdisjoint(pages[docname].terms):
                return False
        return False


def book_order(env: BuildEnvironment, docname: str) -> Iterator[str]:
    """The pages of the book as a reader turns them."""
    yield docname
    for child in env.toctree_includes.get(docname, []):
        yield from book_order(env, child)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("course-glossary", Glossary)
    app.add_post_transform(ChineseAtFirstUse)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
