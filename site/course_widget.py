"""Puts the widget (site/widget) into the site: its files, Python for the browser, and its places.

The widget itself knows nothing of Sphinx. Here its folder is copied, with what it needs to know in
`config.js`; the files' hash is in the folder's name, so that a browser may keep them. Directives:

    {course-differentiate}   the box of the page "Differentiate"
    {course-examples}        its stored examples, from chapters/reference/examples.toml
    {course-practice}        problems without end;  {course-sets}: the form that makes a set
    {practice-set}`text <linear-traces-1-4,...>`   links to a set of its problems

A page with one of these, or with an answer box, loads the widget's script; others load nothing.
"""

from __future__ import annotations

import functools
import hashlib
import html
import io
import json
import re
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole, SphinxDirective

import lecturelib

SITE = Path(__file__).parent
WIDGET = SITE / "widget"
PYODIDE = SITE / "node_modules" / "pyodide"
PACKAGE = Path(lecturelib.__file__).parent
sys.path.insert(0, str(WIDGET))
import engine  # noqa: E402  (the same file that the browser runs)

#: What Python in the browser consists of, and which parts of lecturelib it runs.
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
           "pyodide-lock.json")  # fmt: skip
LIBRARY = ("__init__.py", "walk.py", "table/*.py", "symbols/*.py")

#: The pages on which a reader's own input is differentiated; kept for who is offline.
PAGES = {
    "differentiate": "chapters/reference/differentiate",
    "practice": "chapters/reference/practice",
}
RULES = "chapters/reference/rules"
SET_PROBLEM = re.compile(r"([a-z-]+)-[123]-\d{1,9}")  # kind, difficulty, seed; as in progress.js
EXAMPLES = Path("chapters") / "reference" / "examples.toml"

NO_RUNTIME = (
    "This copy of the site was built without Python for the browser, so nothing can be computed "
    "here. The stored examples below are complete, and in a notebook derive(...) does the same."
)

logger = logging.getLogger(__name__)


# ---------------------------------------------------------------- files


def has_runtime() -> bool:
    return all((PYODIDE / name).is_file() for name in RUNTIME)


@functools.cache
def library() -> bytes:
    """lecturelib's symbols and the engine, one archive; the same bytes for the same files."""
    files = {path.relative_to(PACKAGE.parent).as_posix(): path for path in library_files()}
    files["engine.py"] = WIDGET / "engine.py"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            info = zipfile.ZipInfo(name)  # of 1980, whenever it is made
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return held.getvalue()


def library_files() -> Iterator[Path]:
    for pattern in LIBRARY:
        yield from PACKAGE.glob(pattern)


def scripts() -> list[Path]:
    return sorted(path for path in WIDGET.iterdir() if path.suffix in (".js", ".css"))


def digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:12]


@functools.cache
def runtime_hash() -> str:
    return digest(*((PYODIDE / name).read_bytes() for name in RUNTIME)) if has_runtime() else ""


def settings(app: Sphinx) -> dict[str, Any]:
    """What the scripts are told; addresses are seen from their own folder."""
    sizes = [(PYODIDE / name).stat().st_size for name in RUNTIME] if has_runtime() else []
    repository = app.config.html_theme_options.get("repository_url", "").rstrip("/")
    return {
        "root": "../../../",
        "runtime": f"../../runtime/{runtime_hash()}/",
        "mathjax": "../../vendor/mathjax/tex-chtml-full.js",
        "differentiate": f"../../../{PAGES['differentiate']}.html",
        "practice": f"../../../{PAGES['practice']}.html",
        "rules": f"../../../{RULES}.html",
        "bytes": sum(sizes) + len(library()),
        "megabytes": "7",  # compressed, as a server sends it; tests/site/test_widget.py measures it
        "edition": lecturelib.__version__,
        "repository": repository,
    }


def config_script(app: Sphinx) -> bytes:
    return f"export const config = {json.dumps(settings(app), indent=2)};\n".encode()


@functools.cache  # every page with the widget asks
def widget_hash(app: Sphinx) -> str:
    return digest(config_script(app), library(), *(path.read_bytes() for path in scripts()))


def copy_widget(app: Sphinx) -> None:
    """Copy the widget and the runtime; the service worker at the root, whose pages it serves."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    folder = static / "widget" / widget_hash(app)
    folder.mkdir(parents=True, exist_ok=True)
    for path in scripts():
        if path.name != "service-worker.js":
            shutil.copyfile(path, folder / path.name)
    (folder / "config.js").write_bytes(config_script(app))
    (folder / "lecturelib.zip").write_bytes(library())
    if not has_runtime():
        return
    runtime = static / "runtime" / runtime_hash()
    runtime.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copyfile(PYODIDE / name, runtime / name)
    lock = (SITE / "package-lock.json").read_bytes()  # names MathJax and the fonts, too
    worker = (WIDGET / "service-worker.js").read_text("utf-8")
    worker = worker.replace("%EDITION%", digest(lock, widget_hash(app).encode()))
    worker = worker.replace("%PAGES%", " ".join(f"{page}.html" for page in PAGES.values()))
    (Path(app.outdir) / "service-worker.js").write_text(worker, "utf-8")


# ---------------------------------------------------------------- trees as HTML

Tree = Any


def as_html(tree: Tree) -> str:
    """A tree of engine.py as HTML, formulas as the typesetter of the pages finds them."""
    if isinstance(tree, str):
        return html.escape(tree)
    tag, attributes, *children = tree
    if tag == "math":
        open_, close = (r"\[", r"\]") if attributes.get("display") else (r"\(", r"\)")
        kind = "div" if attributes.get("display") else "span"
        inside = html.escape(children[0])
        return f'<{kind} class="math notranslate">{open_}{inside}{close}</{kind}>'
    named = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{named}>{''.join(map(as_html, children))}</{tag}>"


def with_links(tree: Tree, up: str) -> Tree:
    """The tree with the rules' names linked to the page of rules."""
    if isinstance(tree, str):
        return tree
    tag, attributes, *children = tree
    if name := attributes.get("data-rule"):
        attributes = {"href": f"{up}{RULES}.html#rule-{name}"}
    return [tag, attributes, *(with_links(child, up) for child in children)]


# ---------------------------------------------------------------- directives


class Place(SphinxDirective):
    """An empty element that the widget fills, and a sentence for who has no scripts."""

    place = ""
    script = ""
    without = ""

    def data(self) -> dict[str, str]:
        return {}

    def run(self) -> list[nodes.Node]:
        if not has_runtime():
            note = nodes.admonition(
                "", nodes.title("", "Not here"), nodes.paragraph("", NO_RUNTIME)
            )
            return [note]
        use_widget(self.env, self.script)
        data = "".join(f' data-{name}="{html.escape(v)}"' for name, v in self.data().items())
        text = (
            f'<div class="widget {self.place}"{data}></div>\n'
            f"<noscript><p>{html.escape(self.without)}</p></noscript>"
        )
        return [nodes.raw("", text, format="html")]


class Differentiate(Place):
    place, script = "differentiate-page", "differentiate.js"
    without = (
        "To type an expression of your own this page needs JavaScript, which is off. The stored "
        "examples below need none."
    )


class Practice(Place):
    place, script = "practice-page", "practice.js"
    without = "Practice needs JavaScript, which is off. The exercises of the chapters need none."

    def data(self) -> dict[str, str]:
        return {"kinds": json.dumps(engine.KINDS)}


class Sets(Practice):
    place = "make-set"
    without = "To make a set this page needs JavaScript, which is off."


class PracticeSet(ReferenceRole):
    """A link to some of Practice's problems; the bare text where that page is left out."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        named = [SET_PROBLEM.fullmatch(name) for name in self.target.split(",")]
        kinds = {one[1].replace("-", " ") for one in named if one}
        if not all(named) or not kinds <= set(engine.KINDS):
            message = f"Not problems of Practice: {self.target}"
            return [], [self.inliner.reporter.error(message, line=self.lineno)]
        if PAGES["practice"] not in self.env.found_docs:
            return [nodes.Text(self.title)], []
        up = "../" * self.env.docname.count("/")
        link = f"{up}{PAGES['practice']}.html#set={self.target}"
        return [nodes.reference("", self.title, refuri=link, internal=True)], []


class Examples(SphinxDirective):
    """Stored examples: each is derived when the site is built, and its check must agree."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir) / EXAMPLES
        self.env.note_dependency(str(path))
        use_widget(self.env, "differentiate.js")
        found = tomllib.loads(path.read_text("utf-8"))["example"]
        up = "../" * self.env.docname.count("/")
        text = "\n".join(stored(example, up) for example in found)
        return [nodes.raw("", f'<div class="widget stored-examples">{text}</div>', format="html")]


def stored(example: dict[str, str], up: str) -> str:
    """One example as HTML."""
    asked = {"f": example["f"], "wrt": example["wrt"], "where": example.get("where", "")}
    reply = engine.reply({"ask": "differentiate", **asked})
    report = engine.reply({"ask": "check", **asked})
    if "error" in reply or not report.get("agrees"):
        logger.warning("The example %s: %s", example["title"], reply.get("error", report))
        return ""
    data = "".join(f' data-{name}="{html.escape(value)}"' for name, value in asked.items())
    words = f"{example['title']} {example['source']} {example.get('words', '')}"
    body = "".join(as_html(with_links(tree, up)) for tree in [reply["read"], *reply["body"]])
    verdict = f'<p class="verdict right">Checked: {html.escape(report["message"])}</p>'
    return (
        f'<details class="stored" data-words="{html.escape(words)}"{data}>'
        f"<summary>{html.escape(example['title'])} <code>{html.escape(asked['f'])}</code> "
        f'<span class="source">{html.escape(example["source"])}</span></summary>'
        f"{verdict}{body}</details>"
    )


# ---------------------------------------------------------------- pages that use it


def use_widget(env: Any, script: str) -> None:
    scripts_of = env.metadata[env.docname].setdefault("widget", [])
    if script not in scripts_of:
        scripts_of.append(script)


# A module cannot be loaded from a disk: there the page says so, and reads as it stands.
LOAD = """\
if (location.protocol !== "file:") for (const name of {scripts}) import(name);
else for (const place of document.querySelectorAll(".widget[class$=-page], .make-set"))
  place.textContent = "From a disk this page cannot compute; serve it: python -m http.server";
"""


def add_scripts(app: Sphinx, pagename: str, template: str, context: dict, doctree: Any) -> None:
    """Let a page that has a place for the widget load its scripts and its style."""
    used = app.env.metadata.get(pagename, {}).get("widget")
    if not used:
        return
    folder = f"widget/{widget_hash(app)}"
    app.add_css_file(f"{folder}/widget.css")
    if has_runtime():
        paths = [context["pathto"](f"_static/{folder}/{name}", True) for name in used]
        paths = [path if path.startswith(("/", ".")) else f"./{path}" for path in paths]
        app.add_js_file(None, body=LOAD.format(scripts=json.dumps(paths)), type="module")


def anchor_rules(app: Sphinx, doctree: nodes.document) -> None:
    """Let a link lead to the row of an operation on the page of rules."""
    if app.env.docname != RULES:
        return
    taken = set()
    for row in doctree.findall(nodes.row):
        name = row[0].astext().strip().split("(")[0].split()[:1]
        if name and name[0] in lecturelib.table.TABLE and name[0] not in taken:
            taken.add(name[0])
            row["ids"].append(f"rule-{name[0]}")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("course-differentiate", Differentiate)
    app.add_directive("course-examples", Examples)
    app.add_directive("course-practice", Practice)
    app.add_directive("course-sets", Sets)
    app.add_role("practice-set", PracticeSet())
    app.connect("builder-inited", copy_widget)
    app.connect("doctree-read", anchor_rules)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
