"""Links to pages that are left out: delete a page's line from _toc.yml, and they become text.

A lecturer cuts the course by deleting lines of _toc.yml. What other pages say about the pages left
out must stay readable, and the strict build must stay green: a link to a page, a label, a term or
a reference that exists in a source (under chapters/, or homework/*.md) which is not in the book is
replaced by words. A link to what exists nowhere remains an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import course_glossary
from course_sources import Label, Source, sources
from docutils import nodes
from docutils.nodes import fully_normalize_name
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import docname_join
from sphinxcontrib.bibtex.domain import BibtexDomain

from lecturelib.claims import records


class LinksToOmittedPages(SphinxPostTransform):
    default_priority = 3  # before any other transform looks for the targets, and warns

    def run(self, **kwargs: Any) -> None:
        pages = sources(Path(self.env.srcdir))
        self.omitted = {name: pages[name] for name in pages if name not in self.env.found_docs}
        for node in list(self.document.findall(addnodes.pending_xref)):
            words = self.words(node)
            if words is not None:
                node.replace_self(nodes.inline("", "", *words))  # it keeps the link's own id

    def words(self, node: addnodes.pending_xref) -> list[nodes.Node] | None:
        """What stands in the link's place; None if the link is none of our business."""
        domain, kind, target = node.get("refdomain"), node["reftype"], node["reftarget"]
        if domain == "cite":
            return self.citation(kind, target)
        if (domain, kind) == ("std", "term"):
            known = "course-glossary" in self.missing_directives() and target.lower() in (
                course_glossary.terms(self.env)
            )
            return node.children if known else None
        if page := self.page(node):
            return node.children if node["refexplicit"] else inline(page.title)
        found = self.label(target)
        if found is None or self.in_the_book(target):
            return None
        return node.children if node["refexplicit"] else phrase(*found)

    def page(self, node: addnodes.pending_xref) -> Source | None:
        """The omitted page that a link names: a {doc}, or a Markdown link to a file."""
        if node["reftype"] not in ("doc", "myst"):
            return None
        name = re.sub(r"\.(ipynb|md)$", "", node["reftarget"].split("#")[0])
        if node.get("refdomain") != "doc":  # MyST has already made that one absolute
            name = docname_join(node.get("refdoc", self.env.docname), name)
        return self.omitted.get(name)

    def label(self, target: str) -> tuple[Label, str] | None:
        """What an omitted page says about a label, and the page's title."""
        target = fully_normalize_name(target.lstrip("#"))
        for source in self.omitted.values():
            if target in source.labels:
                return source.labels[target], source.title
            if "claim-ledger" in source.directives:
                for claim in records():
                    if target == f"ledger-{claim}".lower():
                        return Label("claim", claim), source.title
        return None

    def in_the_book(self, target: str) -> bool:
        target = target.lstrip("#")
        return (
            target.lower() in self.env.domains["std"].anonlabels
            or target in self.env.domains["math"].equations
            or target in getattr(self.env, "proof_list", {})
        )

    def missing_directives(self) -> set[str]:
        return {name for source in self.omitted.values() for name in source.directives}

    def citation(self, kind: str, target: str) -> list[nodes.Node] | None:
        """Authors and year, where the bibliography is left out."""
        domain = self.env.get_domain("cite")
        assert isinstance(domain, BibtexDomain)
        keys = [key.strip() for key in target.split(",")]
        entries = domain.bibdata.data.entries
        if (
            "bibliography" not in self.missing_directives()
            or {citation.key for citation in domain.citations} & set(keys)
            or not all(key in entries for key in keys)
        ):
            return None
        cited = []
        for entry in map(entries.__getitem__, keys):
            names = " and ".join(" ".join(p.last_names) for p in entry.persons.get("author", []))
            cited.append((names or entry.fields["title"], entry.fields.get("year", "n.d.")))
        if kind == "t":
            return inline(", ".join(f"{names} ({year})" for names, year in cited))
        return inline(f"({'; '.join(f'{names}, {year}' for names, year in cited)})")


def phrase(label: Label, page: str) -> list[nodes.Node]:
    """Words for a link without a text of its own, where a number would stand."""
    if label.kind in ("section", "claim"):
        return inline(label.title)
    if label.kind in ("figure", "equation", "table") or not label.title:
        kind = {"math": "equation", "list-table": "table"}.get(label.kind, label.kind)
        article = "an" if kind[0] in "aeiou" else "a"
        return [nodes.Text(f"{article} {kind} of “"), *inline(page), nodes.Text("”")]
    return [nodes.Text(f"the {label.kind} “"), *inline(label.title), nodes.Text("”")]


def inline(text: str) -> list[nodes.Node]:
    """A title's Markdown as nodes: formulas, code, emphasis."""
    found: list[nodes.Node] = []
    for part in re.split(r"(\$[^$]+\$|`[^`]+`)", text):
        if part.startswith("$"):
            found.append(nodes.math(part[1:-1], part[1:-1]))
        elif part.startswith("`"):
            found.append(nodes.literal(part[1:-1], part[1:-1]))
        elif part:
            found.append(nodes.Text(part.replace("*", "")))
    return found


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(LinksToOmittedPages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
