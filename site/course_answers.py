"""Hints, answer boxes and "change this example" boxes, from chapters/answers.toml (see there).

Into an exercise's box, behind its text, go its hints, each folded, and for each answer an empty
`div.answer-box`; behind an example a `div.try-box`. The boxes are hidden and carry what they ask in
their `data-` attributes: the widget's boxes.js, which only pages with boxes load, brings them to
life. Without it a page reads as if they were not there.

A label that no source has stops the build; one on a page that _toc.yml leaves out does not. The
notebooks that readers download (course_plain.py) say in place of the boxes what to type.
"""

from __future__ import annotations

import functools
import html
import json
import tomllib
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from course_claims import checked
from course_sources import sources
from course_static import served
from course_widget import use_widget
from docutils import nodes
from docutils.nodes import fully_normalize_name
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx_exercise.directive import ExerciseDirective

FILE = Path("chapters") / "answers.toml"
STYLE = "answers.css"
SCRIPT = "boxes.js"

#: What stands in a box's attributes, in this order, where the entry has it; the rest is for tests.
KEYS = ("name", "f", "wrt", "where", "of", "value", "digits")

Entry = dict[str, Any]

logger = logging.getLogger(__name__)


# ---------------------------------------------------------------- the file


@functools.cache
def load(path: Path, modified: int) -> dict[str, dict[str, Entry]]:
    found = tomllib.loads(path.read_text("utf-8"))
    return {
        kind: {entry["label"]: entry for entry in found.get(kind, [])}
        for kind in ("exercise", "example")
    }


def entries(env: BuildEnvironment) -> dict[str, dict[str, Entry]]:
    """The entries of each kind by their labels."""
    path = Path(env.srcdir) / FILE
    if not path.is_file():
        return {"exercise": {}, "example": {}}
    return load(path, path.stat().st_mtime_ns)


def attributes(entry: Entry, **more: Any) -> str:
    given = more | {key: entry[key] for key in KEYS if key in entry}
    return "".join(f' data-{key}="{html.escape(str(given[key]))}"' for key in given)


def box(kind: str, entry: Entry, **more: Any) -> nodes.raw:
    code = f'<div class="{kind}" hidden{attributes(entry, **more)}></div>\n'
    return nodes.raw("", code, format="html")


# ---------------------------------------------------------------- exercises


class folded_hint(nodes.General, nodes.Element):
    """A hint that opens by itself; its summary is in `title`."""


def visit_hint(self: Any, node: folded_hint) -> None:
    self.body.append(f'<details class="hint">\n<summary>{node["title"]}</summary>\n')


def depart_hint(self: Any, node: folded_hint) -> None:
    self.body.append("</details>\n")


class Exercise(ExerciseDirective):
    """sphinx-exercise's box, with the hints and answer boxes of its label."""

    def run(self) -> list[nodes.Node]:
        made = super().run()
        label = self.options.get("label", "")
        entry = entries(self.env)["exercise"].get(label)
        if made and entry:
            *_, content = made[0].children
            content.extend(self.hints(entry.get("hints", [])))
            answers = entry.get("answer", [])
            content.extend(
                box("answer-box", answer, label=label, number=k)
                for k, answer in enumerate(answers, start=1)
            )
            note(self.env, label, bool(answers))
        return made

    def hints(self, texts: list[str]) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for k, text in enumerate(texts, start=1):
            title = f"Hint {k} of {len(texts)}" if len(texts) > 1 else "Hint"
            hint = folded_hint(title=title)
            self.state.nested_parse(StringList(text.splitlines()), self.content_offset, hint)
            found.append(hint)
        return found


# ---------------------------------------------------------------- examples


def put_try_boxes(app: Sphinx, doctree: nodes.document) -> None:
    """Put a box behind each example of the page."""
    app.env.note_dependency(str(Path(app.srcdir) / FILE))
    examples = entries(app.env)["example"]
    for node in list(doctree.findall(nodes.Element)):
        named = {*node.get("ids", []), *node.get("names", []), node.get("label")}
        if isinstance(node, nodes.target | nodes.section) or node.parent is None:
            continue
        for label in sorted(named & examples.keys()):
            place = node.parent.index(node) + 1
            while place < len(node.parent) and belongs(node.parent[place], node):
                place += 1
            node.parent.insert(place, box("try-box", examples[label], label=label))
            note(app.env, label, True)


def belongs(after: nodes.Node, example: nodes.Element) -> bool:
    """Whether it is shown with the example: the mark of its claim, or the cells of a paragraph."""
    if isinstance(example, nodes.paragraph):
        return isinstance(after, nodes.container) and "cell" in after["classes"]
    return isinstance(after, checked)


# ---------------------------------------------------------------- which page has what


def note(env: BuildEnvironment, label: str, has_box: bool) -> None:
    """Note that an entry is on this page, for the check and for what the page loads."""
    env.metadata[env.docname].setdefault("answers", []).append(label)
    if has_box:
        use_widget(env, SCRIPT)


def check_labels(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of an entry that found no place (and a warning fails the build)."""
    placed = {label for page in env.metadata.values() for label in page.get("answers", ())}
    left_out = {
        label
        for name, source in sources(Path(env.srcdir)).items()
        if name not in env.found_docs
        for label in source.labels
    }
    for kind, found in entries(env).items():
        for label in sorted(found.keys() - placed):
            if fully_normalize_name(label) not in left_out:
                logger.warning("%s: no page has an %s %s.", FILE, kind, label)


def add_style(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    if "answers" in app.env.metadata.get(page, {}):
        app.add_css_file(STYLE, priority=900)


# ---------------------------------------------------------------- in a notebook


def write_as_code(article: BeautifulSoup) -> None:
    """In place of boxes, which need the website: what to type to have an answer checked."""
    for content in {id(b.parent): b.parent for b in article.select(".answer-box")}.values():
        assert content is not None
        found = content.select(".answer-box")
        lines = [line for answer in found if (line := check_of(answer))]
        if lines:
            found[0].insert_before(*as_cell("To have an answer checked:", lines))
        for answer in found:
            answer.decompose()
    for example in article.select(".try-box"):
        example.decompose()  # a reader changes a notebook's cells


def check_of(tag: Tag) -> str:
    """The line that judges an answer; none for a number, which the solution below shows."""
    of = str(tag["data-of"])
    if of == "number":
        return ""
    f, wrt, where = (
        json.dumps(str(tag[f"data-{key}"]), ensure_ascii=False) for key in ("f", "wrt", "where")
    )
    what = "" if of == "gradient" else f', of="{of}"'
    return f'derive({f}, {wrt}, where={where}).compare("..."{what})  # {tag["data-name"]}'


def as_cell(title: str, lines: list[str]) -> list[Tag]:
    text = "\n".join(["from lecturelib import derive", "", *lines])
    words, code, frame = Tag(name="p"), Tag(name="pre"), Tag(name="div")
    words.string, code.string = title, text
    frame["class"] = ["highlight-python"]  # type: ignore[assignment]
    frame.append(code)
    return [words, frame]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx_exercise")
    app.add_node(folded_hint, html=(visit_hint, depart_hint))
    app.add_directive("exercise", Exercise, override=True)
    app.connect("builder-inited", served(STYLE))
    app.connect("doctree-read", put_try_boxes, priority=600)  # after the marks of claims
    app.connect("env-check-consistency", check_labels)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
