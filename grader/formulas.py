"""Formulas drawn as SVG while a page is made, so that the page needs neither scripts nor fonts.

MathJax draws them, the same that the website serves: its version is in site/package.json.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

from .classes import ROOT

MATHJAX = ROOT / "site" / "node_modules" / "mathjax" / "es5"
SCRIPT = Path(__file__).with_name("formulas.js")
LONGEST = 4_000  # characters of one formula that is drawn
MOST = 1_000  # formulas of one student
SECONDS = 20  # for the formulas of one student
MISSING = (
    "Formulas are shown as they were typed, since MathJax or Node is not installed; "
    "`make book` installs both."
)


def node() -> str | None:
    """Node as the course installs it, or the machine's own."""
    return shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")


#: What no drawn formula has; a second lock beside the choice of extensions in formulas.js.
FOREIGN = re.compile(
    r"""<(?!/?(?:svg|g|path|use|rect|text|line|ellipse|polygon|title)\b)|javascript:|url\(|\son\w+\s*="""
    r"""|\bclass=|href="(?!#)|position\s*:""",
    re.IGNORECASE,
)


class Formulas:
    """The formulas of one page: noted while its text is made, drawn all at once in the end.

    Examples
    --------
    >>> formulas = Formulas()
    >>> page = f"<p>{formulas.note('X^T', display=False)}</p>"
    >>> "<svg" in formulas.drawn_in(page)
    True
    """

    def __init__(self) -> None:
        self._groups: dict[str, list[tuple[str, bool]]] = {"": []}
        self._group = ""
        self.problem = ""

    def begin(self, group: str) -> None:
        """What is noted from now on is one student's: macros that are defined count there only."""
        self._group = group
        self._groups.setdefault(group, [])

    def note(self, tex: str, display: bool) -> str:
        """A mark that stands for a formula. Text of a student cannot contain one: it is escaped."""
        noted = self._groups[self._group]
        if len(tex) > LONGEST or len(noted) >= MOST:
            return as_typed(tex, display)
        noted.append((tex, display))
        group = list(self._groups).index(self._group)
        return f'<x-tex at="{group}-{len(noted) - 1}"></x-tex>'

    def drawn_in(self, page: str) -> str:
        """The page with formulas in the place of their marks; as typed where they have faults."""
        groups = list(self._groups.values())
        drawn, glyphs = self._draw(groups) if any(groups) else ([], "")

        def formula(mark: re.Match) -> str:
            group, at = int(mark[1]), int(mark[2])
            tex, display = groups[group][at]
            svg = drawn[group][at] if drawn else None
            if svg is None or FOREIGN.search(svg):
                return as_typed(tex, display)
            kind = "formula display" if display else "formula"
            label = escape(tex.strip())
            return (
                f'<span class="{kind}" role="img" aria-label="{label}" title="{label}">{svg}</span>'
            )

        page = re.sub(r'<x-tex at="(\d+)-(\d+)"></x-tex>', formula, page)
        hidden = f'<svg class="glyphs" aria-hidden="true" focusable="false">{glyphs}</svg>'
        return re.sub(r"<body[^>]*>", lambda body: body[0] + hidden, page, count=1)

    def _draw(self, groups: list[list[tuple[str, bool]]]) -> tuple[list, str]:
        program = node()
        if program is None or not (MATHJAX / "startup.js").is_file():
            self.problem = MISSING
            return [], ""
        command = [program, "--max-old-space-size=1024", *map(str, (SCRIPT, MATHJAX, SECONDS))]
        try:
            done = subprocess.run(
                command, input=json.dumps(groups).encode(), capture_output=True, check=True,
                timeout=60 + SECONDS * len(groups),
            )  # fmt: skip
            found = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            self.problem = "Formulas are shown as they were typed, since MathJax failed on them."
            return [], ""
        return found["drawn"], found["glyphs"]


def as_typed(tex: str, display: bool) -> str:
    """A formula that is not drawn."""
    return f'<code class="tex{" display" if display else ""}">{escape(tex)}</code>'
