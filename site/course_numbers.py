"""Numbers of equations carry the chapter, as (2.14): the lecture's own are numbers like (14).

Sphinx puts the number of a section in front where sections are numbered. Here a chapter is a part
of _toc.yml, which has no number, so the chapter is read from the page's folder. What Sphinx has
counted is changed in the one place that both the equation and the links to it look at. The search
finds an equation by its number, too (numbers.js).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

CHAPTER = re.compile(r"chapters/(\d+)-")


def number_by_chapter(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Count the numbered equations of each chapter from 1, in the order of the pages."""
    counts: Counter[int] = Counter()
    for docname, numbers in env.toc_fignumbers.items():  # in the book's order
        chapter = CHAPTER.match(docname)
        equations = numbers.get("displaymath", {})
        if chapter is None:
            continue
        n = int(chapter[1])
        for equation in equations:
            counts[n] += 1
            equations[equation] = (n, counts[n])
    return []


def find_by_number(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Give the page of the search what it needs to find equations by their numbers."""
    if page != "search":
        return
    equations = {
        ".".join(map(str, number)): (docname, node_id, app.env.titles[docname].astext())
        for docname, numbers in sorted(app.env.toc_fignumbers.items())
        for node_id, number in numbers.get("displaymath", {}).items()
    }
    static = Path(app.outdir) / "_static"
    static.mkdir(exist_ok=True)
    code = (Path(__file__).parent / "numbers.js").read_text("utf-8")
    known = json.dumps(equations, sort_keys=True)
    (static / "numbers.js").write_text(f"const EQUATIONS = {known};\n{code}", "utf-8")
    app.add_js_file("numbers.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-get-updated", number_by_chapter, priority=900)  # Sphinx has counted by then
    app.connect("html-page-context", find_by_number)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
