"""Notebooks in plain Markdown: what a page's download button and the course's archive hand out.

A source notebook holds markup that only this site understands. Here each finished page is turned
back into a notebook that any reader shows (JupyterLab, VS Code, Colab, Kaggle, nbviewer, GitHub):
the text is read from the page itself, so that numbers, links and citations are those that the site
prints; code cells and their outputs are the source's, untouched. A box becomes a quotation with a
bold title, what is folded a <details>, a macro is written out. Pages without code become notebooks
too, so that every link between them leads somewhere.

    _build/html/notebooks/<page>.ipynb      behind the page's download button
    _build/html/<name>.zip                  all of them, the wheel, the homework's archives,
                                            and what course_archive.py adds;
                                            {course-archive}`text` links to it

Links lead to the site's pages if _config.yml gives a baseurl, else to the notebooks beside.
"""

from __future__ import annotations

import html
import json
import posixpath
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
from bs4 import BeautifulSoup, SoupStrainer, Tag
from course_answers import write_as_code
from course_archive import course_files
from course_repository import GUARD_ID, install_cell
from docutils import nodes
from markdownify import MarkdownConverter
from nbformat import NotebookNode, v4
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

from grader.archives import archive
from lecturelib.claims.macros import written_out

NOTEBOOKS = "notebooks"
ARCHIVE = "matrix-differentiation"  # the name of the zip file, and of the folder in it

# Between cells, while the text is still one; characters for private use, in no one's text.
CELL = "\ue000"
BREAK = "\ue001"
CELL_LINE = re.compile(rf"^{CELL}(\d+){CELL}$", re.MULTILINE)

# Cells whose code the site does not show (by their tags), and readers that can fold it.
CODE_UNSEEN = {"remove-input", "hide-input", "remove-cell", "hide-cell"}
CODE_FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form", "_kg_hide-input": True}
ALL_FOLDED = {
    "jupyter": {"outputs_hidden": True, "source_hidden": True},
    "cellView": "form",
    "_kg_hide-input": True,
    "_kg_hide-output": True,
}


# ---------------------------------------------------------------- a page's text as Markdown


class Converter(MarkdownConverter):
    """HTML to Markdown, and what Sphinx's HTML has beyond that."""

    class Options:
        heading_style = "atx"
        bullets = "-"
        autolinks = False

    def __init__(self, link: Callable[[str], str | None]) -> None:
        super().__init__()
        self.link = link
        self.folded: set[int] = set()  #: numbers of the cells inside what is folded

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return re.sub(r"([\\`*_<$\[\]])", r"\\\1", text)

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.formula(el, parent_tags) if "math" in classes(el) else text

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "math" not in classes(el):
            return super().convert_div(el, text, parent_tags)
        return f"\n\n{self.formula(el, parent_tags)}\n\n"

    def formula(self, el: Tag, parent_tags: set[str]) -> str:
        tex = written_out(re.sub(r"^\s*\\[(\[]|\\[)\]]\s*$", "", el.get_text())).strip()
        if parent_tags & {"td", "th"}:  # a bar would end the cell
            tex = tex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        one_line = " ".join(tex.split())
        if el.name == "span":
            return f"${one_line}$"
        # `align` cannot take the number that the site gives it.
        tex = re.sub(r"\\(begin|end)\{align\*?\}", r"\\\1{aligned}", tex)
        if el.has_attr("number"):
            tex += rf" \tag{{{el['number']}}}"
        if parent_tags & {"blockquote", "li"}:  # where a line break gets a prefix
            return f"$${' '.join(tex.split())}$$"
        return f"$$\n{tex}\n$$"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if el.has_attr("id"):
            return f'<a id="{html.escape(attribute(el, "id"))}"></a>'
        address = self.link(attribute(el, "href"))
        if not address:
            return text
        el["href"] = address
        return super().convert_a(el, text, parent_tags)

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        longest = max(map(len, re.findall("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)  # longer than any in the text
        return f"\n\n{fence}{language(el)}\n{text.strip(chr(10))}\n{fence}\n\n"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        made = super().convert_hN(n, el, text, parent_tags)
        return f"\n\n{BREAK}{made}" if n <= 2 else made

    def convert_cell(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{CELL}{el['number']}{CELL}\n\n{text}\n\n"

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        quote = super().convert_blockquote
        return around_cells(text, lambda part: quote(el, part, parent_tags))

    def convert_details(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        self.folded |= {int(attribute(cell, "number")) for cell in el.find_all("cell")}
        title = attribute(el, "title")
        return attribute(el, "before") + around_cells(
            text,
            lambda part: (
                f"\n\n<details>\n<summary>{title}</summary>\n\n{part.strip()}\n\n</details>\n\n"
            ),
        )


def language(pre: Tag) -> str:
    """What a block of code is written in, in the words of Markdown."""
    for box in pre.parents:
        if found := re.search(r"highlight-(\w+)", " ".join(classes(box))):
            return {"default": "python", "python3": "python", "none": ""}.get(found[1], found[1])
    return ""


def around_cells(text: str, wrap: Callable[[str], str]) -> str:
    """Wrap the text, but not the cells in it: a cell of a notebook stands by itself."""
    parts = CELL_LINE.split(text)
    return "".join(
        f"\n\n{CELL}{part}{CELL}\n\n" if k % 2 else wrap(part) if part.strip() else ""
        for k, part in enumerate(parts)
    )


# ---------------------------------------------------------------- a page made ready for it


class Page:
    """A finished page of the site."""

    def __init__(self, name: str, site: Path) -> None:
        self.name = name
        text = (site / f"{name}.html").read_text("utf-8")
        only = SoupStrainer("article", class_="bd-article")
        self.article = BeautifulSoup(text, "html.parser", parse_only=only)
        if not self.article.contents:
            raise ExtensionError(f"{name}.html has no article to make a notebook of.")
        self.number_cells()
        self.drop_decoration()

    def targets(self) -> set[tuple[str, str]]:
        """The pages and the places in them that this page's links lead to."""
        return {
            (page, place)
            for link in self.article.find_all("a", href=True)
            for page, place in [self.target(attribute(link, "href"))]
            if page
        }

    def target(self, address: str) -> tuple[str, str]:
        """The page that a link leads to, and the place; no page for a link that leads out."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return "", ""
        path = posixpath.join(posixpath.dirname(self.name), unquote(parts.path))
        page = posixpath.normpath(path).removesuffix(".html") if parts.path else self.name
        return page, unquote(parts.fragment)

    def prepare(self, places: set[str]) -> None:
        """Turn Sphinx's constructs into HTML's own, for the converter."""
        self.number_equations()
        write_as_code(self.article)
        self.put_anchors(places)
        self.make_boxes()
        self.make_lists()

    def drop_decoration(self) -> None:
        for stored in self.article.select("details.stored"):  # the notebook has derive itself
            asked = ", ".join(json.dumps(attribute(stored, f"data-{k}")) for k in ("f", "wrt"))
            call = f"derive({asked}, where={json.dumps(attribute(stored, 'data-where'))})"
            assert stored.summary is not None
            name = str(stored.summary.find(string=True)).strip()
            stored.replace_with(new("p", f"{name}: ", new("code", call)))
        for source in self.article.select("code.lookup-source"):
            source.name = "pre"
        unseen = (
            ".headerlink, .sd-summary-state-marker, .toctree-wrapper, svg, script, style, "
            "noscript, .figure-of, "  # the figure's file is another page's
            "[hidden]:not(.answer-box, .try-box)"  # what a script shows
        )
        for tag in self.article.select(unseen):
            tag.decompose()
        for label in self.article.select(".citation .label"):  # and its links back
            paragraph = label.find_next_sibling("p")
            assert paragraph is not None
            paragraph.insert(0, f"{label.get_text()} ")
            label.decompose()
        for title in self.article.select(".sidebar-title"):
            if not title.get_text(strip=True):
                title.decompose()

    def number_equations(self) -> None:
        for number in self.article.select("div.math .eqno"):
            assert number.parent is not None
            number.parent["number"] = number.get_text().strip("()")
            number.decompose()

    def number_cells(self) -> None:
        """A mark in each code cell's place, and the caption of its figure."""
        cells = self.article.find_all(class_=["cell", "checked"])
        for number, cell in enumerate(cells):
            captions = []
            for figure in cell.select("figure"):
                if caption := figure.figcaption:
                    assert caption.p is not None
                    captions.append(new("p", *list(caption.p.children), id=attribute(figure, "id")))
            named = {attribute(tag, "id") for tag in [cell, *cell.find_all("span", id=True)]}
            places = [new("p", id=name) for name in sorted(named - {""})]
            cell.replace_with(*places, new("cell", *captions, number=str(number)))
        self.cells = len(cells)

    def put_anchors(self, places: set[str]) -> None:
        for tag in self.article.find_all(id=True):
            if tag["id"] not in places:
                continue
            anchor = new("a", id=attribute(tag, "id"))
            if tag.name == "section":
                heading = tag.find(re.compile(r"^h\d$"))
                assert heading is not None
                heading.insert_after(new("p", anchor))
            elif tag.name in ("table", "div") and (
                "math" in classes(tag) or not tag.has_attr("class")
            ):
                tag.insert_before(new("p", anchor))
            else:
                (tag.p or tag).insert(0, anchor)

    def make_boxes(self) -> None:
        """Boxes become quotations with a bold title, what is folded a <details>."""
        for box in self.article.select("details"):
            self.fold(box, box.summary)
        for box in self.article.select(".admonition, aside"):
            title = box.select_one(".admonition-title, .sidebar-title")
            folded = "dropdown" in box["class"]
            if folded:
                self.fold(box, title)
                continue
            box.name = "blockquote"
            if title and not title.select_one(".caption-number"):
                title.extend([new("strong", *list(title.children))])
        for number in self.article.select(".caption-number"):
            number.name = "strong"

    def fold(self, box: Tag, title: Tag | None) -> None:
        """A formula is not typeset in every reader's <summary>: such a title stands before it."""
        assert title is not None
        title.extract()
        box.name = "details"
        box["before"], box["title"] = (
            "",
            html.escape(" ".join(title.get_text().split()), quote=False),
        )
        if title.select(".math"):
            title.name = "p"
            box.insert_before(title)
            box["title"] = "Show"

    def make_lists(self) -> None:
        """Definition lists, which Markdown lacks: fields as items, signatures as code."""
        for term in self.article.select("dt"):
            assert term.parent is not None
            if "sig" in classes(term):
                anchors = [anchor.extract() for anchor in term.select("a[id]")]
                name = new("code", " ".join(term.get_text().split()))
                term.clear()
                term.extend([*anchors, new("strong", name)])
                term.name = "p"
            elif "field-list" in classes(term.parent):
                value = term.find_next_sibling("dd")
                assert value is not None
                bold = new("strong", term.get_text(strip=True))
                first = value.p if value.p is value.find(True) else None
                if first:
                    first.insert(0, bold, " ")
                else:
                    value.insert(0, new("p", bold))
                value.name = "li"
                term.decompose()
            else:
                term.name = "p"
                term.insert(0, new("strong", *list(term.children)))
        for tag in self.article.select("dl, dd"):
            fields = "field-list" in classes(tag)
            tag.name = "ul" if fields else "div"


def classes(tag: Tag) -> list[str]:
    found = tag.get("class")
    assert found is None or isinstance(found, list)
    return found or []


def attribute(tag: Tag, name: str) -> str:
    """An attribute that is one string, as all but `class` are; the empty one if it is not there."""
    found = tag.get(name, "")
    assert isinstance(found, str)
    return found


def new(name: str, *content: Any, **attributes: str) -> Tag:
    tag = Tag(name=name, attrs=attributes)
    tag.extend(content)
    return tag


# ---------------------------------------------------------------- the notebooks


class Book:
    """The site's pages as notebooks."""

    def __init__(self, app: Sphinx) -> None:
        self.site = Path(app.outdir)
        self.base = app.config.html_baseurl
        self.install = install_cell(app.config)
        self.pages = {name: Page(name, self.site) for name in sorted(app.env.found_docs)}
        self.sources = {name: Path(app.env.doc2path(name)) for name in self.pages}
        self.extras = [*self.site.glob("*.whl"), *self.site.glob("homework/*.zip")]
        #: the places that some link leads to, by page
        self.places: dict[str, set[str]] = {name: set() for name in self.pages}
        for page in self.pages.values():
            for name, place in page.targets():
                self.places.get(name, set()).add(place)

    def link(self, page: Page, address: str) -> str | None:
        """Where a link of the page leads from its notebook; None if nowhere."""
        name, place = page.target(address)
        if not name:
            return address
        if name not in self.pages:
            inside = self.site / name in self.extras
            return urljoin(self.base, name) if self.base else address if inside else None
        anchor = f"#{place}" if place else ""
        if self.base:
            return urljoin(self.base.rstrip("/") + "/", f"{name}.html{anchor}")
        if name == page.name:
            return anchor or f"{posixpath.basename(name)}.ipynb"
        return posixpath.relpath(name, posixpath.dirname(page.name) or ".") + f".ipynb{anchor}"

    def notebook(self, page: Page) -> NotebookNode:
        page.prepare(self.places[page.name])
        converter = Converter(lambda address: self.link(page, address))
        text = converter.convert_soup(page.article)
        source = self.sources[page.name]
        made = v4.new_notebook()
        code: list[NotebookNode] = []
        if source.suffix == ".ipynb":
            read = nbformat.read(source, as_version=4)
            made.metadata = read.metadata
            code = [cell for cell in read.cells if cell.cell_type == "code"]
        shown = [cell for cell in code if not {"remove-cell", "remove_cell"} & tags(cell)]
        if len(shown) != page.cells:
            raise ExtensionError(
                f"{page.name}: the page shows {page.cells} code cells, its notebook {len(shown)}."
            )
        for k, part in enumerate(CELL_LINE.split(text)):
            if k % 2:
                until = code.index(shown[int(part)])
                made.cells += [plain_cell(cell, False) for cell in code[:until]]
                made.cells.append(plain_cell(code[until], int(part) in converter.folded))
                code = code[until + 1 :]
            elif CELL in part:
                raise ExtensionError(
                    f"{page.name}: a code cell inside a list cannot be carried over."
                )
            else:
                made.cells += [
                    v4.new_markdown_cell(t) for t in map(str.strip, part.split(BREAK)) if t
                ]
        made.cells += [plain_cell(cell, False) for cell in code]
        for k, cell in enumerate(made.cells):
            if cell.cell_type == "markdown":
                cell.id = f"plain-{k:03}"
            elif cell.id == GUARD_ID and self.install:
                cell.source = self.install
        nbformat.validate(made)
        return made


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def plain_cell(cell: NotebookNode, folded: bool) -> NotebookNode:
    """A code cell with its outputs; of its metadata only what other readers understand."""
    made = nbformat.from_dict(cell)
    unseen = CODE_UNSEEN & tags(cell)
    made.metadata = NotebookNode(ALL_FOLDED if folded else CODE_FOLDED if unseen else {})
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in made.outputs:
        if alt and "image/png" in output.get("data", {}):
            output.metadata["image/png"] = {"alt": alt}
    return made


def write_notebooks(app: Sphinx, failure: Exception | None) -> None:
    if failure or app.builder.format != "html":
        return
    book = Book(app)
    files = {path.relative_to(app.outdir).as_posix(): path.read_bytes() for path in book.extras}
    # A page that is gone, a solution taken back above all, leaves no notebook of an earlier build.
    shutil.rmtree(Path(app.outdir) / NOTEBOOKS, ignore_errors=True)
    for name, page in book.pages.items():
        text = nbformat.writes(book.notebook(page)) + "\n"
        path = Path(app.outdir) / NOTEBOOKS / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        files[f"{name}.ipynb"] = text.encode()
    files |= course_files(files, app.config.root_doc)
    zipped = archive({f"{ARCHIVE}/{name}": content for name, content in files.items()})
    (Path(app.outdir) / f"{ARCHIVE}.zip").write_bytes(zipped)


# ---------------------------------------------------------------- links to them


def offer_notebook(app: Sphinx, pagename: str, template: str, context: dict, doctree: Any) -> None:
    """Let the theme's download button hand out the plain notebook."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "download-source-button":
                top = context["pathto"](NOTEBOOKS, 1)
                button |= {"url": f"{top}/{pagename}.ipynb", "text": ".ipynb"}
                button["tooltip"] = "Download this page as a notebook"


class ArchiveRole(SphinxRole):
    """{course-archive}`text` links to the archive of all notebooks."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        up = "../" * self.env.docname.count("/")
        text = nodes.unescape(self.text)
        link = f'<a class="course-archive" href="{up}{ARCHIVE}.zip" download>{text}</a>'
        return [nodes.raw(link, link, format="html")], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("course-archive", ArchiveRole())
    app.connect("html-page-context", offer_notebook, priority=600)  # after the theme's buttons
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
