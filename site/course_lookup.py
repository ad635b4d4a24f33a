"""The page "Look it up": {course-lookup} makes it from the list in lecturelib.lookup.

Formulas, conditions, shapes and code are derived while the page is read. The verdicts are stored in
chapters/reference/look-it-up.toml, with the results that were judged; `tools/lookup.py` writes
them, `make test` finds them again. A result that differs from the one judged stops the build.

All of it is plain HTML. lookup.js filters the rows, and lookup.css is their look; no other page
loads them.
"""

from __future__ import annotations

import html
import posixpath
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from course_claims import VERDICT, note_label, reference
from course_static import served
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lecturelib.claims import record
from lecturelib.lookup import GROUPS, Row, rows
from lecturelib.symbols import Expression, latex
from lecturelib.symbols.write import width

VERDICTS = Path("chapters") / "reference" / "look-it-up.toml"
DIFFERENTIATE = "chapters/reference/differentiate"
FILES = ("lookup.css", "lookup.js")

#: A variable's number of sizes above 1, in words.
SHAPES = {0: "number", 1: "vector", 2: "matrix"}

#: Mathematics wider than this, in letters, is cut at the column's edge.
LONG = 56

logger = logging.getLogger(__name__)


class lookup_row(nodes.section):
    """A row: a section whose tag holds what the filter looks at."""


def visit_row(self, node: lookup_row) -> None:
    self.section_level += 1
    data = {f"data-{name}": node[name] for name in ("f", "called", "groups", "shape")}
    self.body.append(self.starttag(node, "section", **data))


def depart_row(self, node: lookup_row) -> None:
    self.section_level -= 1
    self.body.append("</section>\n")


# ---------------------------------------------------------------- the page


class Lookup(SphinxDirective):
    """All rows, in sections by their first group, and the form that filters them."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir) / VERDICTS
        self.env.note_dependency(str(path))
        self.verdicts = tomllib.loads(path.read_text("utf-8"))
        self.differentiate = ""
        if DIFFERENTIATE in self.env.found_docs:
            folder = posixpath.dirname(self.env.docname)
            self.differentiate = posixpath.relpath(f"{DIFFERENTIATE}.html", folder or ".")
        return [self.form(), *map(self.section, GROUPS)]

    def form(self) -> nodes.Node:
        """Unseen until the script is there: without it, it would do nothing."""
        groups = "".join(f'<option value="{name}">{name}</option>' for name in GROUPS)
        shapes = "".join(f'<option value="{name}">a {name}</option>' for name in SHAPES.values())
        return raw(FORM.format(groups=groups, shapes=shapes, page=self.differentiate))

    def section(self, group: str) -> nodes.Node:
        title = GROUPS[group]
        section = nodes.section(
            "",
            nodes.title(title, title),
            ids=[nodes.make_id(f"lookup-group-{group}")],
            classes=["lookup-group"],
        )
        self.state.document.note_implicit_target(section)
        for row in rows().values():
            if row.groups[0] == group:
                section += self.row(row)
        return section

    def row(self, row: Row) -> nodes.Node:
        if self.verdicts.get(row.id, {}).get("results") != printed(row):
            logger.warning(
                "The results of %s are not those that were judged: python tools/lookup.py",
                row.id,
                location=self.get_location(),
            )
        title = row.names[0][0].upper() + row.names[0][1:]
        [x] = row.derivation.wrt
        section = lookup_row(
            "",
            nodes.title(title, title),
            ids=[row.id],
            classes=["lookup-row"],
            f=row.f,
            called=" | ".join([*row.names, *(f"Cookbook {k} MC{k}" for k in row.cookbook)]),
            groups="|".join(row.groups),
            shape=SHAPES[sum(str(n) != "1" for n in x.shape)],
        )
        note_label(self.env, row.claim, row.id, title)
        self.state.document.note_implicit_target(section)
        fields = nodes.field_list()
        for name, content in self.fields(row):
            fields += nodes.field("", nodes.field_name(name, name), nodes.field_body("", *content))
        section += [*numbers(row), self.called(row), pair(row), fields, *self.actions(row, title)]
        return section

    def called(self, row: Row) -> nodes.Node:
        """The text that `derive` was given, how else it is written, and the other names."""
        found = nodes.paragraph("", classes=["lookup-called"])
        for text in (row.f, *spellings(row.f)):
            found += [nodes.literal(text, text), nodes.Text(" ")]
        found += nodes.inline("", f"in {row.wrt}")
        for name in row.names[1:]:
            found += nodes.inline("", f" · {name}")
        return found

    def fields(self, row: Row) -> Iterator[tuple[str, list[nodes.Node]]]:
        d, results = row.derivation, row.results
        H, [x] = latex(d.directions[row.wrt]), d.wrt
        if "projected" in results:
            yield "Projected", [equation(nabla(row), results["projected"])]
        if "gradient" in results:
            yield "Differential", [equation(rf"\d f[{H}]", results["differential"])]
        if "hessian" in results:
            yield "Hessian", [equation(rf"\mathsf H_f[{H}]", results["hessian"])]
        elif row.no_hessian:
            yield "Hessian", [line(WITHOUT["orthogonal" in x.flags])]
        if "adjoint" in results:
            yield "Adjoint", [equation(r"\d f^*[G]", results["adjoint"])]
        if d.conditions:
            words = "; ".join(condition.markdown for condition in d.conditions)
            yield "Holds where", self.markdown(f"{words}.")
        yield "Shapes", [shapes(row)]
        if row.claims:
            yield "Course", [nodes.paragraph("", "", *self.claims(row))]
        if row.remark:
            yield "Remark", self.markdown(row.remark)
        elif "gradient" in results and x.flags & {"symmetric", "positive definite"}:
            yield "Remark", self.markdown(CONVENTION)

    def claims(self, row: Row) -> Iterator[nodes.Node]:
        """Links to the claims that say the same."""
        for k, claim in enumerate(row.claims):
            if k:
                yield nodes.Text(" · ")
            yield reference(self.env.docname, f"claim-{claim}", claim)

    def actions(self, row: Row, title: str) -> Iterator[nodes.Node]:
        """Code and verdict, one click away; what can be taken along."""
        kind = "gradient" if "gradient" in row.results else "differential"
        copied = html.escape(latex(row.results[kind]))
        buttons = BUTTON.format(latex=copied, kind=kind, title=title)
        if self.differentiate:
            buttons += LINK.format(page=self.differentiate, query=query(row), title=title)
        yield raw(f'<p class="lookup-actions">{buttons}</p>')
        yield raw(CODE.format(code=html.escape(shown_code(row), quote=False), title=title))
        verdict = self.verdicts.get(row.id, {}).get("verdict", "")
        if found := VERDICT.fullmatch(verdict):
            line = verdict.removeprefix(f"{found['id']} ").replace("h", "H", 1)
            yield raw(CHECKED.format(claim=row.claim))
            yield nodes.paragraph(line, line)
            yield raw("</details>")
        else:
            logger.warning("%s has no verdict: python tools/lookup.py", row.id)

    def markdown(self, source: str) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(StringList(source.splitlines(), "lookup"), 0, holder)
        return holder.children


FORM = """
<form class="lookup-form" role="search" aria-label="Look up a derivative"
  data-differentiate="{page}" hidden>
  <label class="lookup-query">Name, formula or number
    <input type="search" name="query" autocomplete="off" autocapitalize="none" autocorrect="off"
      spellcheck="false">
  </label>
  <label>The variable is
    <select name="shape"><option value="">anything</option>{shapes}</select>
  </label>
  <label>About
    <select name="group"><option value="">everything</option>{groups}</select>
  </label>
  <p class="lookup-count"></p>
</form>
"""
BUTTON = (
    '<button type="button" class="lookup-copy" data-latex="{latex}" hidden>Copy LaTeX'
    '<span class="visually-hidden"> of the {kind}: {title}</span></button>'
)
LINK = (
    '<a class="lookup-open" href="{page}#{query}">Open in Differentiate'
    '<span class="visually-hidden">: {title}</span></a>'
)
# No <pre>: the theme measures each one while the page loads, and with so many that takes seconds.
CODE = (
    '<details class="lookup-code"><summary>NumPy'
    '<span class="visually-hidden">: {title}</span></summary>'
    '<div class="highlight-python">'
    '<button type="button" class="lookup-copy" hidden>Copy code</button>'
    '<code class="lookup-source" tabindex="0">{code}</code></div></details>'
)
CHECKED = (
    '<details class="lookup-checked"><summary><span class="tick" aria-hidden="true">✓</span>'
    ' checked<span class="visually-hidden">: {claim}</span></summary>'
)
CONVENTION = (
    "Derivatives by the entries on and below the diagonal, as the Cookbook lists them for "
    "symmetric matrices, are $2G - \\diag G$ with this $G$: a convention, and not the gradient."
)
WITHOUT = {
    False: "has no closed form here; in numbers, `lecturelib.hessian` computes it.",
    True: "depends on the curve along which the orthonormal columns move.",
}


# ---------------------------------------------------------------- pieces


def raw(source: str) -> nodes.Node:
    return nodes.raw(source, source, format="html")


def math(source: str) -> nodes.Node:
    formula = rf"\displaystyle {source}"
    return nodes.math(formula, formula)


def line(*parts: nodes.Node | str) -> nodes.Node:
    """A paragraph of formulas and words; `` `code` `` is code."""
    found = nodes.paragraph("")
    for part in parts:
        if isinstance(part, str):
            for k, words in enumerate(part.split("`")):
                found += nodes.literal(words, words) if k % 2 else nodes.Text(words)
        else:
            found += part
    return found


def equation(left: str, term: Expression) -> nodes.Node:
    """A result as mathematics; a long one as text, which wraps and can be typed back."""
    formula = latex(term)
    if width(formula) <= LONG:
        return line(math(f"{left} = {formula}"))
    long = nodes.literal(str(term), str(term), classes=["lookup-long"])
    return line(math(f"{left} ="), " ", long)


def nabla(row: Row) -> str:
    [x] = row.derivation.wrt
    return rf"\nabla_{{\!{latex(x)}}} f" if len(row.derivation.symbols) > 1 else r"\nabla f"


def pair(row: Row) -> nodes.Node:
    """The function, and beside it the gradient, or the differential of what is no number."""
    d, results = row.derivation, row.results
    if "gradient" in results:
        label, answer = "Gradient", rf"{nabla(row)} = {latex(results['gradient'])}"
    else:
        H = latex(d.directions[row.wrt])
        label, answer = "Differential", rf"\d f[{H}] = {latex(results['differential'])}"
    found = nodes.container("", classes=["lookup-pair"])
    for word, formula in (("Function", f"f = {latex(d.value)}"), (label, answer)):
        name = nodes.inline(word, word, classes=["visually-hidden"])
        found += nodes.paragraph("", "", name, nodes.Text(" "), math(formula))
    return found


def shapes(row: Row) -> nodes.Node:
    """Every name with its shape and what is declared of it."""
    d = row.derivation
    found = nodes.paragraph("", classes=["lookup-shapes"])
    flags = {name: " ".join(declared(x.flags)) for name, x in d.symbols.items()}
    for name, shape in d.shapes.items():
        sizes = [str(n) for n in shape if str(n) != "1"] or ["number"]
        words = " ".join(filter(None, [" × ".join(sizes).replace("*", ""), flags.get(name)]))
        item = nodes.inline("", "", nodes.emphasis(name, name), nodes.Text(f": {words}"))
        found += [item, nodes.Text(" ")]
    return found


def declared(flags: frozenset[str]) -> list[str]:
    """The flags without those that another one brings along."""
    implied = {"symmetric", "invertible"} if "positive definite" in flags else set()
    return sorted(flags - implied)


def numbers(row: Row) -> Iterator[nodes.Node]:
    """Where the Cookbook and the lecture have it."""
    sources = [record(claim).source for claim in row.claims]
    found = list(dict.fromkeys(source for source in sources if source.startswith("lecture")))
    if len(found) > 1:  # a number says more than none
        found = [source for source in found if source != "lecture"]
    if row.cookbook:
        found.insert(0, f"Matrix Cookbook {', '.join(f'({number})' for number in row.cookbook)}")
    if found:
        words = " · ".join(found)
        yield nodes.paragraph(words, words, classes=["lookup-numbers"])


def query(row: Row) -> str:
    fields = {"f": row.f, "wrt": row.wrt, "where": row.where}
    return "&amp;".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())


def shown_code(row: Row) -> str:
    """The functions of the generated module; its tests are for who takes the module."""
    module = row.derivation.numpy()
    return re.split(r"^(?:#: |def draw\()", module, maxsplit=1, flags=re.MULTILINE)[0].strip()


def printed(row: Row) -> dict[str, str]:
    """What the page prints, as text."""
    return {kind: str(term) for kind, term in row.results.items()}


def spellings(text: str) -> list[str]:
    """How else a text is written, as far as that is easily said.

    >>> spellings("tr(A*inv(X))")
    ['tr(A X^-1)']
    """
    if len(text) > 20:  # in a long one a reader looks for a part
        return []
    simple = r"([A-Za-z]\w*)"
    stars = r"(?<![.\s])\*"
    other = re.sub(rf"\binv\({simple}\)", r"\1^-1", text)
    other = re.sub(rf"\b(tr|det)\({simple}(\^-?\w+)?\)", r"\1 \2\3", other)
    other = re.sub(r"\bnorm2\(([^()]*)\)", r"||\1||", other)
    found = [re.sub(rf"\blogdet\({simple}\)", r"log det \1", other)]
    found.append(re.sub(rf"\blogdet\({simple}\)", r"log|\1|", other))
    return [re.sub(stars, " ", spelling) for spelling in dict.fromkeys(found) if spelling != text]


# ---------------------------------------------------------------- files


def load_files(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load script and style on the page with the rows alone."""
    if doctree is not None and next(doctree.findall(lookup_row), None) is not None:
        app.add_css_file("lookup.css", priority=910)  # after course.css
        app.add_js_file("lookup.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(lookup_row, html=(visit_row, depart_row))
    app.add_directive("course-lookup", Lookup)
    app.connect("builder-inited", served(*FILES))
    app.connect("html-page-context", load_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
