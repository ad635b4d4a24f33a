"""What a page asks of lecturelib, and what it is answered: JSON in, JSON out.

The same functions run in the browser (Pyodide, in a worker) and at build time (stored examples).
They need the standard library and `lecturelib.symbols` only, and know nothing of the page.

What is to be shown comes as a tree: a string is text, ``[tag, attributes, *children]`` an element.
Formulas are ``["math", attributes, latex]``. Whoever shows a tree writes strings as text, never as
HTML: what a reader typed can then do nothing.

>>> reply({"ask": "compare", "f": "x'*A*x", "wrt": "x", "answer": "2*A*x"})["verdict"]
'right if A is symmetric'
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from lecturelib.symbols.derive import Derivation, DerivationError, derive
from lecturelib.symbols.numeric import compare_number
from lecturelib.symbols.parse import ParseError
from lecturelib.symbols.problem import KINDS, problem
from lecturelib.symbols.spoken import spoken
from lecturelib.symbols.terms import Expression, Symbol
from lecturelib.symbols.write import latex, latex_name

Tree = Any

#: What `derive` prints code for, with the method that does.
LANGUAGES = {"NumPy": "numpy", "JAX": "jax", "PyTorch": "torch"}


def answer(request: str) -> str:
    """Answer a request, both as JSON."""
    return json.dumps(reply(json.loads(request)))


def reply(request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request.

    Parameters
    ----------
    request : dict
        ``ask`` names one of `ASKED`; the rest is what that function takes.

    Returns
    -------
    dict
        What the function gives; or ``error``, a sentence, with ``mark``, the text and a caret below
        the place that the sentence is about, where there is one.
    """
    given = dict(request)
    try:
        return ASKED[given.pop("ask")](**given)
    except (ParseError, DerivationError, ValueError) as error:
        message, _, mark = str(error).partition("\n")
        return {"error": message, "mark": mark}
    except RecursionError:
        return {
            "error": "The text is nested too deeply to be followed. Name parts of it.",
            "mark": "",
        }


# -- Trees ----------------------------------------------------------------------------------------


def element(tag: str, *children: Tree, **attributes: str) -> Tree:
    return [tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()},
            *children]  # fmt: skip


def math(text: str) -> Tree:
    return element("math", text)


def formula(text: str) -> Tree:
    """A formula on a line of its own."""
    return element("math", text, display="true")


def mixed(markdown: str) -> list[Tree]:
    """Words with formulas between dollar signs."""
    pieces = re.split(r"\$([^$]+)\$", markdown)
    return [math(piece) if i % 2 else piece for i, piece in enumerate(pieces) if piece]


def table(rows: Sequence[Sequence[Tree]], heads: Sequence[str], **attributes: str) -> Tree:
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    body = (element("tr", *(element("td", cell) for cell in row)) for row in rows)
    return element("table", element("thead", head), element("tbody", *body), **attributes)


# -- Differentiate --------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8)
def derivation(f: str, wrt: str, where: str) -> Derivation:
    """The derivation of what was typed; the last few are kept, for the next question about them."""
    names = [name for name in re.split(r"[\s,;]+", wrt.strip()) if name]
    return derive(f, names, where)


def differentiate(f: str, wrt: str, where: str = "") -> dict[str, Any]:
    """The derivation, to be shown; and the texts that can be copied.

    Returns
    -------
    dict
        ``read``, ``body``: trees. ``declared``: the declarations in full. ``words``: the expression
        and the first gradient, spoken. ``texts``: results as plain text and as LaTeX, by name.
    """
    d = derivation(f, wrt, where)
    labels = results(d)
    texts = {label: {"text": str(G), "latex": latex(G)} for label, G in labels}
    words = f"Read as: {spoken(d.value)}."
    for label, G in labels:
        if "gradient" in label:
            name = label.partition(",")[0]
            words += f" {name[0].upper()}{name[1:]}: {spoken(G)}."
            break
    return {
        "read": read(d),
        "words": words,
        "declared": d.parsed.where,
        "body": [steps(d), shown_results(d, labels), layouts(d), conditions(d), notes(d)],
        "texts": texts | {"derivation": {"text": str(d), "latex": d.latex()}},
    }


def shown_shape(shape: Sequence[Any]) -> Tree:
    """A shape; a column is called one, since nobody writes n x 1."""
    if shape == ():
        return "number"
    rows, columns = map(str, shape)
    if columns == "1":
        return element("span", math(rows), " (column)")
    return math(f"{_size(rows)} \\times {_size(columns)}")


def _size(text: str) -> str:
    """A size as LaTeX: mn for m*n, n^2 for n*n."""
    return re.sub(r"\b(\w)\*\1\b", r"\1^{2}", text).replace("*", r"\,")


def read(d: Derivation) -> Tree:
    """The expression as it was read, typeset, and the shapes of its names."""
    names = ", ".join(latex(x) for x in d.wrt)
    sizes = [
        [math(latex(x)), shown_shape(x.shape), ", ".join(sorted(x.flags)) or "-"]
        for x in d.symbols.values()
        if isinstance(x, Symbol)
    ]
    return element(
        "div",
        formula(f"f({names}) = {latex(d.value)}"),
        table(sizes, ["Name", "Shape", "Declared"], class_="shapes"),
        listed(d.parsed.notes),
    )


def results(d: Derivation) -> list[tuple[str, Expression]]:
    """Differential, gradient and Hessian operator, each variable's its own."""
    found = [("differential", d.differential)]
    if d.value.shape != ():
        return found + adjoints(d)
    found += d.labelled()
    try:
        hessian = d.hessian
    except DerivationError:
        return found
    if not isinstance(hessian, dict):
        return [*found, ("Hessian operator", hessian)]
    return found + [
        (f"Hessian operator, gradient in {x} as {y} moves", H) for (x, y), H in hessian.items()
    ]


def adjoints(d: Derivation) -> list[tuple[str, Expression]]:
    """What backpropagation needs of a matrix: the gradient of <G, f>, for any G."""
    try:
        found = d.adjoint
    except DerivationError:
        return []
    label = f"adjoint, the gradient of <{d.cotangent}, f>"
    if not isinstance(found, dict):
        return [(label, found)]
    return [(f"{label} in {x}", G) for x, G in found.items()]


def steps(d: Derivation) -> Tree:
    rows, before = [], None
    for step in d.steps:
        left = "" if step.left == before else f"{latex_name(step.left)} ="
        before = step.left
        reason: Tree = step.reason
        if step.operation:
            reason = element("a", step.reason, data_rule=step.operation)
        rows.append([math(left) if left else "", math(latex(step.expression)), reason])
    return element(
        "section",
        element("h3", "Step by step"),
        table(rows, ["Left side", "Line", "Rule"], class_="steps"),
    )


def shown_results(d: Derivation, labels: Sequence[tuple[str, Expression]]) -> Tree:
    rows = []
    for label, G in labels:
        rows.append(element("dt", label[0].upper() + label[1:]))
        rows.append(element("dd", formula(latex(G)), element("code", str(G)), data_copy=label))
    return element("section", element("h3", "Results"), element("dl", *rows), *no_hessian(d))


def no_hessian(d: Derivation) -> list[Tree]:
    """Why a number's Hessian operator is missing, where it is."""
    try:
        _ = d.value.shape == () and d.hessian
    except DerivationError as error:
        return [element("p", f"No Hessian operator: {error}", class_="refused")]
    return []


def layouts(d: Derivation) -> Tree:
    """The four forms of page 2.2, one of them shown at a time."""
    forms = d.layouts()
    panels = [
        element(
            "div",
            formula(latex(form)) if isinstance(form, Expression) else element("p", form),
            element("p", "Shape: ", shown_shape(form.shape))
            if isinstance(form, Expression)
            else "",
            data_layout=name,
        )
        for name, form in forms.items()
    ]
    return element("section", element("h3", "Layout"), element("div", *panels, class_="layouts"))


def conditions(d: Derivation) -> Tree:
    found = d.conditions
    items = [element("li", *mixed(condition.markdown)) for condition in found]
    body = element("ul", *items) if items else element("p", "None, beyond what is declared.")
    return element("section", element("h3", "Conditions"), body, class_="conditions")


def notes(d: Derivation) -> Tree:
    """What is special of the derivation; how the text was read stands beside what was read."""
    return listed([note for note in d.notes if note not in d.parsed.notes])


def listed(found: Sequence[str]) -> Tree:
    items = [element("li", note) for note in found]
    return element("ul", *items, class_="notes") if items else ""


def check(f: str, wrt: str, where: str = "", seed: int = 0) -> dict[str, Any]:
    """The numeric check: derivatives by value at random data, without a rule of the table."""
    report = derivation(f, wrt, where).check(seed)
    return {"agrees": bool(report), "message": report.message}


def code(f: str, wrt: str, where: str = "", language: str = "NumPy") -> dict[str, Any]:
    """A module with f, its derivatives and a test of them."""
    return {"code": getattr(derivation(f, wrt, where), LANGUAGES[language])()}


def review(f: str, wrt: str, where: str = "", edition: str = "", link: str = "") -> dict[str, Any]:
    """What a reviewer needs of a formula: it, its conditions, where it comes from, and a test."""
    d = derivation(f, wrt, where)
    report = d.check()
    lines = [f"f = {d.value}", f"where {d.parsed.where}"]
    lines += [f"{label}: {G}" for label, G in results(d)]
    lines.append(f"holds where {'; '.join(d.conditions) or 'what is declared holds'}")
    lines.append(f"check: {'agrees' if report else 'does not agree'}; {report.message}")
    lines.append(f"derived by Matrix Differentiation, edition {edition}: {link}")
    return {"text": "\n".join(lines) + f"\n\n{d.numpy()}"}


# -- Answers --------------------------------------------------------------------------------------


def compare(f: str, wrt: str, answer: str, where: str = "", of: str = "gradient") -> dict[str, Any]:
    """A verdict on a reader's answer.

    Returns
    -------
    dict
        ``right``, ``verdict``, ``slip``, ``message``; and trees for those who ask: ``step``, the
        line of the derivation that a slip is about, ``steps``, all of them, ``simplest``, a shorter
        form of a right answer.
    """
    d = derivation(f, wrt, where)
    found = d.compare(answer, of)
    step = found.step
    return {
        "right": bool(found),
        "verdict": found.verdict,
        "slip": found.slip,
        "message": found.message,
        "step": None if step is None else element(
            "div", formula(step.latex()), element("p", f"Rule: {step.reason}.")
        ),
        "steps": steps(d),
        "simplest": None if found.simplest is None else formula(found.simplest.latex()),
    }  # fmt: skip


def number(value: str, answer: str, digits: int = 3) -> dict[str, Any]:
    """A verdict on a number: right if it is the value, or has its first `digits` digits.

    >>> number("29/66", "0.439")["right"], number("29/66", "0.43")["right"]
    (True, False)
    """
    found = compare_number(answer, value, digits)
    return {
        "right": bool(found),
        "verdict": found.verdict,
        "slip": found.slip,
        "message": found.message,
    }


# -- Practice -------------------------------------------------------------------------------------


def practise(kind: str = "any", difficulty: int = 1, seed: int = 0) -> dict[str, Any]:
    """A problem; what is asked, what to give `compare`, and hints."""
    p = problem(kind, difficulty, seed)
    d = p.derivation
    return {
        "kind": p.kind, "difficulty": p.difficulty, "seed": p.seed, "name": p.link_text,
        "question": element("p", *question(p, d)),
        "f": p.expression, "wrt": p.wrt, "where": p.where, "of": p.ask,
        "hints": p.hints, "words": p.question,
    }  # fmt: skip


def question(p: Any, d: Derivation) -> list[Tree]:
    """The question with its formulas typeset; its text in the grammar can be copied, too."""
    before, _, after = p.question.partition(f"f({p.wrt}) = {p.expression}")
    [x] = d.wrt
    return [before, math(f"f({latex(x)}) = {latex(d.value)}"), after]


def sibling(kind: str, difficulty: int, seed: int) -> dict[str, Any]:
    """A problem of the same kind and difficulty."""
    other = problem(kind, difficulty, seed).sibling()
    return practise(other.kind, other.difficulty, other.seed)


def solution(f: str, wrt: str, where: str = "") -> dict[str, Any]:
    """The whole derivation, after an answer or for who gives up."""
    d = derivation(f, wrt, where)
    return {"body": [steps(d), shown_results(d, results(d)), conditions(d)]}


def kinds() -> dict[str, Any]:
    return {"kinds": list(KINDS)}


ASKED: dict[str, Callable[..., dict[str, Any]]] = {
    function.__name__: function
    for function in (
        differentiate, check, code, review, compare, number, practise, sibling, solution, kinds,
    )
}  # fmt: skip
