"""How the pages look beyond course.css: on a screen, on paper, code and long lists folded.

A cell that shows a figure shows the figure; its code is one click away, on this site only: the
notebooks that readers download, and Jupyter, show it. A solution's title names its exercise by
number, not by its whole title again. {figure-of}`name` shows a figure of another page. The long
lists get a filter. The page 404.html is what a server shows for an address that does not exist, at
any depth: it brings its own style, and looks for the course by itself.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import nbformat
from course_static import served
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import solution_node

SITE = Path(__file__).parent

STYLES = ("screen.css", "paper.css")
SCRIPTS = ("keyboard.js", "paper.js")
FILTER = "filter.js"

# ---------------------------------------------------------------- files


def write_missing_page(app: Sphinx, failure: Exception | None) -> None:
    """404.html, with the site's address in its links where that is known."""
    if failure or app.builder.format != "html":
        return
    base = app.config.html_baseurl
    text = (SITE / "404.html").read_text("utf-8")
    made = text.format(
        title=app.config.html_title,
        base=base.rstrip("/") + "/" if base else "",
        root=app.config.root_doc,
    )
    (Path(app.outdir) / "404.html").write_text(made, "utf-8")


# ---------------------------------------------------------------- what is folded, and short


def fold_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the code of each cell that shows a picture; MyST's own transform draws the fold."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code" or cell.get("hide_mode"):
            continue
        if next(cell.findall(nodes.image), None) is not None:
            cell["hide_mode"] = "input"
            cell["prompt_show"] = cell["prompt_hide"] = "Code of this figure"


class ShortSolutionTitles(SphinxPostTransform):
    """Let a solution be called "Solution to Exercise 45", without the exercise's title again."""

    default_priority = 30  # when sphinx-exercise has written them

    def run(self, **kwargs: Any) -> None:
        for solution in self.document.findall(solution_node):
            title = solution[0]
            for link in list(title.findall(nodes.reference)):
                # Its parts: " Exercise 45", " (", the exercise's title, ")".
                number = link[0].astext().strip()
                if not number[-1:].isdigit():
                    continue  # an exercise without a number is known by its title
                link.children = []
                link += nodes.Text(number)
                title.insert(title.index(link), nodes.Text(" "))


# ---------------------------------------------------------------- long lists

LISTS = {"claim": ".claim", "erratum": "section > section > section"}


def filter_lists(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a page of claims or errata the script that filters and folds it."""
    if doctree is None:
        return
    claims = any("claim" in box["classes"] for box in doctree.findall(nodes.container))
    errata = any(
        name.startswith("erratum-")
        for part in doctree.findall(nodes.section)
        for name in part["ids"]
    )
    if claims or errata:
        items = LISTS["claim" if claims else "erratum"]
        app.add_js_file(FILTER, loading_method="defer", **{"data-items": items})  # type: ignore[arg-type]


# ---------------------------------------------------------------- a figure of another page


class FigureOf(SphinxDirective):
    """```{figure-of} c2-fig-walk``` shows the stored figure of that name, with its own alt text.

    The directive's text is the caption.
    """

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        found = figure(Path(self.env.srcdir), name)
        if found is None:
            raise self.error(f"No notebook has a figure named {name}.")
        path, cell = found
        self.env.note_dependency(str(path))
        picture = next(
            o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})
        )
        file = Path(self.env.app.outdir).parent / "jupyter_execute" / f"figure-of-{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(picture))
        # An address from the source folder, wherever the build writes.
        address = "/" + Path(os.path.relpath(file, self.env.srcdir)).as_posix()
        image = nodes.image(uri=address, alt=cell.metadata.mystnb.image.alt)
        # No figure of its own: it has its number on its own page.
        shown = nodes.container("", image, classes=["figure-of"])
        self.state.nested_parse(self.content, self.content_offset, shown)
        return [shown]


def figure(root: Path, name: str) -> tuple[Path, NotebookNode] | None:
    """The notebook and the cell of a figure, in the book or not."""
    for path in sorted((root / "chapters").glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == name:
                return path, cell
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("figure-of", FigureOf)
    app.add_post_transform(ShortSolutionTitles)
    for name in STYLES:
        app.add_css_file(name, priority=910)  # after course.css
    for name in SCRIPTS:
        app.add_js_file(name, loading_method="defer")
    app.connect("builder-inited", served(*STYLES, *SCRIPTS, FILTER))
    app.connect("doctree-read", fold_figures)
    app.connect("html-page-context", filter_lists)
    app.connect("build-finished", write_missing_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
