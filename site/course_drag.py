"""Figures to drag: a cell tagged `drag-NAME` shows the still that lecturelib.figures draws.

In the page the still stands in a box that holds the arguments of the call, read from the cell's
code. drag.js puts a picture of the same name in the still's place, by JSXGraph, which it loads when
the picture comes into sight. Without scripts, on paper and in a notebook the still is all there is.
"""

from __future__ import annotations

import ast
import html
import json
import re
from typing import Any

from course_static import served
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

FILES = ("drag.js", "drag.css")

logger = logging.getLogger(__name__)


class drag(nodes.General, nodes.Element):
    """The still, in the place of the picture."""


def arguments(code: str, name: str) -> dict[str, Any] | None:
    """The keywords of the call of figures.NAME; None if it is not there, or not written out."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"figures.{name}":
            try:
                given = {key.arg or "": ast.literal_eval(key.value) for key in node.keywords}
            except ValueError:
                return None
            return given if given and not node.args else None
    return None


def find_pictures(app: Sphinx, doctree: nodes.document) -> None:
    for cell in list(doctree.findall(nodes.container)):
        found = re.search(r"\btag_drag-([\w-]+)", " ".join(cell["classes"]))
        if not found:
            continue
        name = found[1].replace("-", "_")
        code = next(iter(cell.findall(nodes.literal_block)), None)
        given = arguments(code.astext(), name) if code is not None else None
        images = list(cell.findall(nodes.image))
        if given is None or len(images) != 1:
            logger.warning(
                f"A cell tagged drag-{found[1]} calls figures.{name} with its arguments written "
                "out as keywords, and shows one picture.",
                location=cell,
            )
            continue
        [image] = images
        box = drag(picture=name, given=given, alt=image.get("alt", ""))
        image.replace_self(box)
        box += image


def visit_drag(self, node: drag) -> None:
    given = html.escape(json.dumps(node["given"]))
    self.body.append(f'<div class="drag" data-picture="{node["picture"]}" data-given="{given}">')


def depart_drag(self, node: drag) -> None:
    self.body.append("</div>\n")


def load_script(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    if doctree is not None and next(iter(doctree.findall(drag)), None) is not None:
        app.add_js_file("drag.js", loading_method="defer")
        app.add_css_file("drag.css", priority=920)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(drag, html=(visit_drag, depart_drag))
    app.connect("builder-inited", served(*FILES))
    app.connect("doctree-read", find_pictures)
    app.connect("html-page-context", load_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
