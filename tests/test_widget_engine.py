"""What the pages ask of lecturelib (site/widget/engine.py), without a browser."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "site" / "widget"))
sys.path.insert(0, str(ROOT / "site"))
import engine  # noqa: E402
from course_widget import as_html, library  # noqa: E402

from lecturelib import derive  # noqa: E402
from lecturelib.symbols.problem import KINDS, problem  # noqa: E402
from lecturelib.symbols.spoken import spoken  # noqa: E402

PROBLEMS = [(kind, difficulty, 5) for kind in KINDS[:-1] for difficulty in (1, 2, 3)]


def flat(tree) -> str:
    """All text of a tree."""
    return tree if isinstance(tree, str) else " ".join(map(flat, tree[2:]))


def tags(tree) -> set[str]:
    return set() if isinstance(tree, str) else {tree[0]}.union(*map(tags, tree[2:]), set())


def test_the_engine_needs_the_standard_library_only():
    """As in the browser: no NumPy, and lecturelib from the archive that the site serves."""
    code = (
        "import sys, zipfile, io, json\n"
        "sys.modules['numpy'] = sys.modules['sympy'] = None\n"
        f"sys.path.insert(0, {str(ROOT / '_never')!r})\n"
        "import zipimport, tempfile, pathlib\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).extractall(folder)\n"
        "sys.path.insert(0, str(folder))\n"
        "import engine\n"
        "assert engine.__file__.startswith(str(folder))\n"
        "for ask in [{'ask': 'differentiate'}, {'ask': 'check'}, {'ask': 'code'},\n"
        "            {'ask': 'review'}, {'ask': 'compare', 'answer': \"A'*B'\"}]:\n"
        "    found = engine.reply({'f': 'tr(A*X*B)', 'wrt': 'X', **ask})\n"
        "    assert 'error' not in found, found\n"
        "assert 'error' not in engine.reply({'ask': 'practise', 'kind': 'inverses'})\n"
    )
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code], input=library(), capture_output=True, cwd="/"
    )
    assert ran.returncode == 0, ran.stderr.decode()


def test_the_answer_is_said_in_words():
    said = engine.differentiate("log(det(X))", "X")["words"]
    assert said == (
        "Read as: logarithm of, determinant of X, end. "
        "Gradient with respect to X: inverse of X transpose."
    )
    said = engine.differentiate("X*A", "X")["words"]
    assert said == "Read as: X times A. Adjoint: G times A transpose."


@pytest.mark.parametrize("kind, difficulty, seed", PROBLEMS)
def test_what_is_shown_is_what_derive_gives(kind, difficulty, seed):
    p = problem(kind, difficulty, seed)
    reply = json.loads(
        engine.answer(
            json.dumps({"ask": "differentiate", "f": p.expression, "wrt": p.wrt, "where": p.where})
        )
    )
    d = p.derivation
    texts = {name: texts["text"] for name, texts in reply["texts"].items()}
    assert texts["differential"] == str(d.differential)
    if d.value.shape == ():
        assert texts[f"gradient with respect to {p.wrt}"] == str(d.gradient)
        assert texts["Hessian operator"] == str(d.hessian)
    shown = flat(["div", {}, *reply["body"]])
    for step in d.steps:
        assert step.reason in shown
    for condition in d.conditions:
        assert all(piece in shown for piece in condition.markdown.split("$") if piece)
    assert tags(["div", {}, reply["read"], *reply["body"]]) <= {
        "a", "code", "dd", "div", "dl", "dt", "h3", "li", "math", "p", "section", "span", "table",
        "tbody", "td", "th", "thead", "tr", "ul",
    }  # fmt: skip


@pytest.mark.parametrize("kind, difficulty, seed", PROBLEMS)
def test_declarations_in_full_say_the_same(kind, difficulty, seed):
    """What "Use as declarations" puts into the field changes nothing."""
    p = problem(kind, difficulty, seed)
    again = derive(p.expression, p.wrt, p.derivation.parsed.where)
    assert {x.name: (list(map(str, x.shape)), x.flags) for x in again.symbols.values()} == {
        x.name: (list(map(str, x.shape)), x.flags) for x in p.derivation.symbols.values()
    }
    assert str(again.differential) == str(p.derivation.differential)


def test_an_error_has_its_mark():
    reply = engine.reply({"ask": "differentiate", "f": "tr(lodget(X))", "wrt": "X"})
    assert reply["error"].startswith("There is no function lodget.")
    assert reply["mark"] == "    tr(lodget(X))\n       ^"


def test_several_variables():
    reply = engine.reply(
        {"ask": "differentiate", "f": "norm2(A - U*V')^2", "wrt": "U, V",
         "where": "A: m x n; U: m x k; V: n x k"}
    )  # fmt: skip
    assert {"gradient with respect to U", "gradient with respect to V"} <= set(reply["texts"])
    assert "Hessian operator, gradient in U as V moves" in reply["texts"]


@pytest.mark.parametrize(
    "f, wrt, where, numerator, denominator",
    [
        ("A*x", "x", "", "A", "A'"),
        ("a'*x", "x", "a: n; x: n", "a'", "a"),
        ("tr(A*X)", "X", "", "A", "A'"),
        ("t^2", "t", "t: scalar", "2*t", "2*t"),
        ("t*v", "t", "t: scalar; v: n", "v", "v'"),
        ("exp(x)", "x", "", "diag(exp(x))", "diag(exp(x))"),
    ],
)
def test_layouts_are_those_of_the_page(f, wrt, where, numerator, denominator):
    forms = derive(f, wrt, where).layouts()
    assert str(forms["numerator"]) == numerator
    assert str(forms["denominator"]) == denominator


def test_a_layout_that_does_not_exist_says_why():
    forms = derive("inv(X)", "X").layouts()
    assert "A matrix by a matrix has no layout" in forms["numerator"]
    assert str(forms["vec"]) == "-kron(inv(X)', inv(X))"
    several = derive("a'*X*b", ["X", "b"], "X: m x n; a: m; b: n").layouts()
    assert "one variable" in several["vec"]
    by_number = derive("t*A", "t", "t: scalar; A: m x n").layouts()
    assert "written in the shape of the matrix" in by_number["denominator"]


def test_numbers_are_compared_as_numbers():
    ask = {"ask": "number", "value": "29/66", "digits": 3}
    right, wrong = (engine.reply({**ask, "answer": text}) for text in ("0.439", "-29/66"))
    assert (right["right"], right["slip"]) == (True, "")
    assert (wrong["right"], wrong["slip"]) == (False, "sign")
    for text in ("x", "1/0", "__import__('os')", "9" * 5000):
        assert "error" in engine.reply({**ask, "answer": text})  # and not "wrong"


def test_text_is_escaped_and_formulas_are_marked():
    tree = ["p", {"class": 'a"b'}, "<b>", ["math", {}, "a<b"], ["math", {"display": "true"}, "x"]]
    kind = 'class="math notranslate"'
    assert as_html(tree) == (
        f'<p class="a&quot;b">&lt;b&gt;<span {kind}>\\(a&lt;b\\)</span>'
        f"<div {kind}>\\[x\\]</div></p>"
    )


def test_the_code_for_review_runs():
    text = engine.review("tr(A*X)", "X", edition="0.1.0", link="https://example.org")["text"]
    head, _, module = text.partition("\n\n")
    assert "gradient with respect to X: A'" in head and "edition 0.1.0" in head
    names: dict = {}
    exec(compile(ast.parse(module), "review", "exec"), names)
    names["test_gradient"]()


@pytest.mark.parametrize(
    "f, wrt, words",
    [
        ("tr(X'*A*X)/2", "X", "trace of, X transpose times A times X, end, over 2"),
        ("log(det(X))", "X", "logarithm of, determinant of X, end"),
        ("x'*inv(X)*x", "X", "x transpose times inverse of X times x"),
        ("norm2(X)^2", "X", "norm of X squared"),
        ("sum(A .* X)", "X", "sum of, A entrywise times X, end"),
        ("-sum(X .^ A)", "X", "minus sum of, X entrywise to the power A, end"),
        ("kron(A, X)", "X", "Kronecker product of, A and X, end"),
    ],
)
def test_expressions_are_said_in_words(f, wrt, words):
    assert spoken(derive(f, wrt).value).rstrip(",") == words


@pytest.mark.parametrize("kind, difficulty, seed", PROBLEMS)
def test_every_problem_can_be_said(kind, difficulty, seed):
    said = spoken(problem(kind, difficulty, seed).derivation.value)
    assert not set("*/'^()[]{}<>=_") & set(said)


def test_how_a_text_was_read_stands_beside_what_was_read():
    found = engine.reply({"ask": "differentiate", "f": "sum(softmax(Q*K')*V)", "wrt": "V"})
    assert "softmax of each column; of each row: rowsoftmax(Q*K')" in str(found["read"])
    assert "of each column" not in str(found["body"])


def test_a_letter_that_may_be_a_number_is_asked_for_in_an_answer_too():
    for ask in ({"ask": "differentiate"}, {"ask": "compare", "answer": "2*k*x"}):
        error = engine.reply({**ask, "f": "k*x'*x", "wrt": "x"})["error"]
        assert error.startswith("k is read as a column") and "declare k: scalar" in error


def test_a_matrix_has_its_adjoint_among_the_results():
    found = engine.reply({"ask": "differentiate", "f": "A*X*B", "wrt": "X"})
    assert found["texts"]["adjoint, the gradient of <G, f>"]["text"] == "A'*G*B'"
    found = engine.reply({"ask": "differentiate", "f": "A*X*G", "wrt": "X", "where": ""})
    assert found["texts"]["adjoint, the gradient of <C, f>"]["text"] == "A'*C*G'"
