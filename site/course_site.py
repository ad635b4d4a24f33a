"""What this website does differently from a plain Jupyter Book, each with its reason.

Each of the files next to this one is a part of it:

    course_answers     hints, and boxes for a reader's answers, after exercises
    course_archive     what the archive of the notebooks has beside them
    course_claims      the "checked" marks, and the ledger
    course_drag        figures to drag
    course_edition     the line under each page that says its edition
    course_films       figures with a slider
    course_fonts       MathJax's fonts, cut to what the pages use
    course_glossary    the glossary
    course_homework    assignments, and solutions that are released
    course_lecture     the lecture map
    course_light       what a page need not load
    course_local       the search, from a disk
    course_looks       how boxes, code and figures are shown
    course_lookup      the page that lists derivatives
    course_macros      the macros of mathematics, for a source notebook
    course_math        mathematics, typeset beforehand
    course_numbers     the chapter in an equation's number
    course_omitted     links to pages that _toc.yml leaves out
    course_pdf         the link to the course as one PDF
    course_plain       the notebooks that a reader downloads
    course_repository  the buttons of a course that has a repository
    course_sources     what the sources say, read without building them
    course_static      files of this folder that pages load
    course_teaching    the page for teachers
    course_widget      the pages that differentiate in the browser

Here is the rest.

Nothing leaves the page: mathematics and fonts are served by the site itself, and no page names
another host's script. Two clean builds are identical. Figures say in words what they show. The
front page hands out the wheel of lecturelib. The rest repairs what an accessibility checker found
in the theme's pages.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from course_sources import is_reference, sources
from course_static import served
from docutils import nodes
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

SITE = Path(__file__).parent
MODULES = SITE / "node_modules"
WHEELS = SITE.parent / "_build" / "wheel"

# What the theme copies and no page needs: half a page, maps for its own authors, translations.
UNUSED = ("*webpack-macros.html", "scripts/*.map", "styles/*.map", "locales/*/*/*.?o")

# What is copied from npm's packages into the site's _static folder.
VENDOR = {
    "mathjax/es5/tex-chtml-full.js": "vendor/mathjax",
    "mathjax/es5/output/chtml/fonts/woff-v2/*.woff": "vendor/mathjax/output/chtml/fonts/woff-v2",
    "jsxgraph/distrib/jsxgraphcore.js": "vendor/jsxgraph",
    "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-*.woff2": "fonts",
    "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2": "fonts",
    "@fontsource-variable/source-code-pro/files/source-code-pro-latin-wght-normal.woff2": "fonts",
}

#: The extensions among the files next to this one.
PARTS = (
    "answers claims drag edition films glossary homework lecture light local looks lookup math "
    "numbers omitted pdf plain repository teaching widget"
).split()

logger = logging.getLogger(__name__)


# ---------------------------------------------------------------- files the site serves itself


def copy_vendored(app: Sphinx) -> None:
    """Put MathJax, the fonts and the wheel where the pages look for them."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern, folder in VENDOR.items():
        files = sorted(MODULES.glob(pattern))
        if not files:
            raise ExtensionError(
                f"site/node_modules has no {pattern}: run `make book`, or `npm ci` in site/."
            )
        (static / folder).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, static / folder / file.name)
    shutil.copyfile(wheel(), Path(app.outdir) / wheel().name)


def wheel() -> Path:
    """The wheel that the site offers; `make book` builds it first."""
    found = sorted(WHEELS.glob("lecturelib-*.whl"))
    if len(found) != 1:
        raise ExtensionError(f"_build/wheel must hold one wheel of lecturelib, not {len(found)}.")
    return found[0]


class WheelRole(SphinxRole):
    """{wheel}`text` links to the wheel; with the text "name" it prints the wheel's file name."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        name = wheel().name
        if self.text == "name":
            return [nodes.literal(name, name)], []
        up = "../" * self.env.docname.count("/")
        link = f'<a class="wheel" href="{up}{name}" download>{nodes.unescape(self.text)}</a>'
        return [nodes.raw(link, link, format="html")], []


class HoursRole(SphinxRole):
    """{course-hours}`hours` sums up what the book's pages say that they take: "about 9 hours"."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        pages = sources(Path(self.env.srcdir))
        shown = [pages[name] for name in pages.keys() & self.env.found_docs]
        minutes = sum(page.minutes for page in shown if not is_reference(page.docname))
        return [nodes.Text(f"about {max(1, round(minutes / 60))} {self.text}")], []


class MinutesRole(SphinxRole):
    """{course-minutes}`chapters/1-` sums up the pages whose names begin so: "45 minutes"."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        pages = sources(Path(self.env.srcdir))
        starts = tuple(self.text.split())
        minutes = sum(
            pages[name].minutes
            for name in pages.keys() & self.env.found_docs
            if name.startswith(starts)
        )
        return [nodes.Text(f"{minutes} minutes" if minutes else "left out")], []


# ---------------------------------------------------------------- mathematics


def stable_label(self: SphinxRenderer) -> str:
    """A label for an unlabelled equation; MyST draws a random one, which differs in every build."""
    return f"{self.sphinx_env.docname}-equation-{self.sphinx_env.new_serialno('amsmath')}"


# ---------------------------------------------------------------- figures


def check_alt_text(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of a picture without words (and a warning fails the build)."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            logger.warning(
                "A figure has no alt text; say in one sentence what it shows, "
                'for a cell in its metadata: {"mystnb": {"image": {"alt": "..."}}}.',
                location=image,
            )


# ---------------------------------------------------------------- quick questions


def name_answers(app: Sphinx, doctree: nodes.document) -> None:
    """Say "Answer" before each option, unseen: a formula alone is no name for a button."""
    for box in doctree.findall(nodes.container):
        if {"right", "wrong"} & set(box.get("container_classes", [])):
            box[0].insert(0, nodes.inline("", "Answer: ", classes=["visually-hidden"]))


# ---------------------------------------------------------------- the finished page

# What an accessibility checker (axe-core) finds in the theme's pages, and the repair of each.
REPAIRS = [
    # A name must contain the text that is seen ("Search Ctrl+K"): let the text be the name.
    (r'(<button class="[^"]*search-button-field[^>]*?) aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # The icons' titles count as the button's text, and differ from its name, "Color mode".
    (r'(<i class="theme-switch [^>]*?) *title="[^"]*"', r"\1"),
    # The book's title in the sidebar stands outside every landmark.
    (
        r'<div class="(sidebar-primary-item)">(?=\s*<a class="navbar-brand)',
        r'<div class="\1" role="navigation" aria-label="Front page">',
    ),
    # The same id on every box of a page.
    (r' id="(?:proof|exercise|solution)-content"', ""),
    # The empty corner of a table is the head of what stands below it.
    (
        r'(<th class="head[^"]*"><p>)(?=</p></th>)',
        r'\1<span class="visually-hidden">Line</span>',
    ),
    # The index of proofs is a table for looks only: it has no heads.
    (
        r'<table class="indextable modindextable">',
        r'<table class="indextable modindextable" role="presentation">',
    ),
    # doc-biblioentry is deprecated, and a list may hold only list items.
    (r'role="doc-biblioentry"', 'role="listitem"'),
]


# The site's address without a page's name; Jupyter Book would write one with no title or language.
INDEX = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}.html">
</head>
<body><main><h1>{title}</h1><p><a href="{page}.html">Go to the front page.</a></p></main></body>
</html>
"""


def finish_pages(app: Sphinx, failure: Exception | None) -> None:
    """Repair the finished pages; the theme's templates leave no other place to do it."""
    if failure or app.builder.format != "html":
        return
    index = INDEX.format(title=app.config.html_title, page=app.config.root_doc)
    (Path(app.outdir) / "index.html").write_text(index, "utf-8")
    static = Path(app.outdir) / "_static"
    for pattern in UNUSED:
        for unused in static.glob(pattern):
            unused.unlink()
    for page in Path(app.outdir).rglob("*.html"):
        text = old = page.read_text("utf-8")
        for pattern, replacement in REPAIRS:
            text = re.sub(pattern, replacement, text)
        if text != old:
            page.write_text(text, "utf-8")


def without_thebe(app: Sphinx) -> None:
    """Silence sphinx-thebe, unused here: it names another host's script on every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [ls for ls in listeners if not ls.handler.__module__ == "sphinx_thebe"]
    app.registry.css_files[:] = [
        (name, options) for name, options in app.registry.css_files if "thebe" not in name
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    for part in PARTS:
        app.setup_extension(f"course_{part}")
    SphinxRenderer._random_label = stable_label  # type: ignore[method-assign]  # no setting for it
    without_thebe(app)
    app.add_role("wheel", WheelRole())
    app.add_role("course-hours", HoursRole())
    app.add_role("course-minutes", MinutesRole())
    app.add_css_file("course.css", priority=900)  # after the theme's
    app.add_js_file("course.js", loading_method="defer")
    app.connect("builder-inited", copy_vendored)
    app.connect("builder-inited", served("course.css", "course.js"))
    app.connect("doctree-read", check_alt_text)
    app.connect("doctree-read", name_answers)
    app.connect("build-finished", finish_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
