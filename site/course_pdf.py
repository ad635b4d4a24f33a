"""The link to the whole course as one PDF, on every page once there is one.

`make pdf` prints the built site (tools/pdf.py), so a page cannot know while it is built whether
there will be a PDF. Each page keeps a comment where the link would stand, in its footer and where
{course-pdf}`text` stands in its text; link_pages turns the comments into links. Until then a reader
sees nothing, and no link leads nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

NAME = "matrix-differentiation.pdf"
PLACE = re.compile(r"<!--course-pdf ([^ ]*) (.*?)-->", re.DOTALL)


def place(up: str, text: str) -> str:
    """The comment, on a page as deep as `up` says."""
    return f"<!--course-pdf {up}{NAME} {text}-->"


def link_pages(site: Path) -> int:
    """Put the links into the pages of a built site; how many pages have one."""
    count = 0
    for page in sorted(site.rglob("*.html")):
        text = page.read_text("utf-8")
        linked = PLACE.sub(r'<a class="course-pdf" href="\1">\2</a>', text)
        if linked != text:
            page.write_text(linked, "utf-8")
            count += 1
    return count


class PdfRole(SphinxRole):
    """{course-pdf}`text` is a link to the PDF once there is one, and nothing before."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        up = "../" * self.env.docname.count("/")
        return [nodes.raw("", place(up, nodes.unescape(self.text)), format="html")], []


def offer_pdf(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    footer = context.get("theme_extra_footer", "")
    up = "../" * page.count("/")
    context["theme_extra_footer"] = f"{footer}<p>{place(up, 'The whole course as one PDF')}</p>"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("course-pdf", PdfRole())
    app.connect("html-page-context", offer_pdf, priority=510)  # below the edition
    return {"parallel_read_safe": True, "parallel_write_safe": True}
