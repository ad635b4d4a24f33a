"""How readers of notebooks take a text cell: what they show raw, which formulas they typeset."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

HERE = Path(__file__).resolve().parent

# Markup of MyST that no other reader knows.
MYST = re.compile(
    r":{3,}.*"  # a fence of colons
    r"|`{3,} *\{[\w:-]+\}.*"  # a directive in backticks
    r"|(?<![\w}^_\\])\{[a-z][a-z:+-]+\}"  # a role; what follows it, a reader has set as code
    r"|^:[a-z-]+:(?: .*)?$"  # an option
    r"|^\([\w:-]+\)=$"  # a target
    r"|\$\$ *\([\w-]+\)$"  # an equation's label
    r"|[`\])]\{[.#][\w-]+\}",  # attributes
    re.MULTILINE,
)
TAGS = {"a", "details", "summary", "br"}  # the HTML that a text cell may use
# GitHub typesets no formula with one of these.
REFUSED = re.compile(
    r"\\(?:operatorname|newcommand|renewcommand|def|let|require|mbox|h?phantom|vphantom|href|class"
    r"|style|cssId|unicode|bbox|text(?:bf|it)|label|eqref|ref)(?![A-Za-z])"
)

Formula = tuple[str, bool]  # TeX, and whether it is displayed


@functools.cache
def parser() -> MarkdownIt:
    """GitHub's Markdown with formulas between dollar signs, by the narrowest rules in use."""
    made = MarkdownIt("commonmark").enable("table")
    return made.use(dollarmath_plugin, allow_space=False, allow_digits=False, allow_labels=False)


@functools.cache
def tokens(text: str) -> list[Token]:
    return [inner for token in parser().parse(text) for inner in (token, *(token.children or []))]


def formulas(text: str) -> list[Formula]:
    kinds = {"math_inline": False, "math_inline_double": True, "math_block": True}
    return [
        (token.content.strip(), kinds[token.type]) for token in tokens(text) if token.type in kinds
    ]


def shown_raw(text: str) -> list[str]:
    """What a reader that knows plain Markdown shows as it stands, in a cell's text.

    >>> shown_raw("By {eq}`c1-eq`, `{eq}` as code is right.")
    ['{eq}']
    """
    prose = [token.content for token in tokens(text) if token.type in ("text", "html_block")]
    fences = [f"```{token.info}" for token in tokens(text) if token.type == "fence"]
    return [found[0] for part in [*prose, *fences] for found in MYST.finditer(part)]


def tags(text: str) -> set[str]:
    """The HTML elements in a cell's text."""
    blocks = [
        token.content for token in tokens(text) if token.type in ("html_block", "html_inline")
    ]
    return set(re.findall(r"</?([a-z]\w*)", "".join(blocks)))


def links(text: str) -> list[str]:
    return [str(token.attrs["href"]) for token in tokens(text) if token.type == "link_open"]


def anchors(text: str) -> list[str]:
    blocks = [
        token.content for token in tokens(text) if token.type in ("html_block", "html_inline")
    ]
    return re.findall(r'<a id="([^"]+)">', "".join(blocks))


def raw_in_page(html: str) -> list[str]:
    """The same for a page that a reader has made, code left out."""
    soup = BeautifulSoup(html, "html.parser")
    fences = [str(code["class"]) for code in soup.select('code[class*="language-{"]')]
    for code in soup.select("pre, code, script, style, svg"):
        code.decompose()
    return fences + [found[0] for found in MYST.finditer(soup.get_text())]


_typeset: dict[Formula, tuple[str, str, str]] = {}  # what is known already; node starts slowly


def typeset(wanted: list[Formula]) -> list[tuple[str, str, str]]:
    """For each formula MathJax's MathML, its error or "", and KaTeX's error or ""."""
    new = sorted({*wanted} - {*_typeset})
    if new:
        ran = subprocess.run(
            [Path(sys.executable).with_name("node"), HERE / "typeset.js"],
            input=json.dumps(new),
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        _typeset.update(zip(new, map(tuple, json.loads(ran.stdout)), strict=True))
    return [_typeset[formula] for formula in wanted]


def errors(wanted: list[Formula]) -> list[str]:
    """One line for each formula that a reader shows in red."""
    return [
        f"{tex}: {mathjax or katex}"
        for (tex, _), (_, mathjax, katex) in zip(wanted, typeset(wanted), strict=True)
        if mathjax or katex
    ]


def refused(wanted: list[Formula]) -> list[str]:
    return [f"{tex}: refused by GitHub" for tex, _ in wanted if REFUSED.search(tex)]
