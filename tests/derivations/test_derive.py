"""`derive` on the collections: right, checked by itself, tidy, readable back; and what it refuses.

The answers are the books' and the askers', judged by numbers (`judge.py`); neither side of a
comparison is computed by the other.
"""

from __future__ import annotations

import re
import time
from functools import cache

import pytest
import textbook
from judge import Problem, samples
from reader import Program
from test_collection import ASKED, BOOKS, PROBLEMS, points

from lecturelib import Derivation, DerivationError, ParseError, derive
from lecturelib.symbols.check import distance, drawn
from lecturelib.symbols.conditions import applications
from lecturelib.symbols.exact import NoValue, value
from lecturelib.symbols.parse import parse_answer
from lecturelib.symbols.terms import is_invisible
from lecturelib.symbols.tidy import cost
from lecturelib.symbols.write import latex, text

#: Operators and calls that a result may have, as a multiple of the book's; see `LONGER`.
TIDY = 1.5

#: Results that are longer than the book's, and why.
LONGER = {
    "MC055": "the book writes the pseudo-inverse for inv(X'*X)*X'",
    "MI10": "the book uses the matrix determinant lemma",
    "CH03": "the book knows that the squared norm of the factor is the trace",
}


@cache
def derivation(name: str) -> Derivation:
    problem = PROBLEMS[name]
    return derive(problem.expression, problem.variable, problem.where, direction="H")


def result(name: str):
    return getattr(derivation(name), PROBLEMS[name].kind)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_result_is_right(name):
    """The text that is shown, read by a reader that knows nothing of lecturelib."""
    problem = PROBLEMS[name]
    program = Program(str(result(name)), spreads=True)
    for sample in points(problem):
        assert sample.accepts(problem, program), f"{result(name)}: {sample.error(problem, program)}"


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_line_and_result_agrees_with_derivatives_by_value(name):
    report = derivation(name).check()
    assert report, report.message


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_result_is_tidy(name):
    d = derivation(name)
    answer = parse_answer(PROBLEMS[name].answer, d.parsed, d.directions)
    long = cost(result(name)) > TIDY * max(1, cost(answer))
    assert long == (name in LONGER), f"{result(name)} for {answer}"


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_printed_is_read_back(name):
    """All results of a derivation have the value that their text has."""
    d = derivation(name)
    compared = 0
    for wide in (False, True):
        try:
            data = drawn(d, 1, wide)
            values = data.values | {"H": data.values[d.wrt[0].name]}
            for shown in (d.value, d.differential, result(name)):
                again = parse_answer(str(shown), d.parsed, d.directions)
                known = value(shown, values, data.sizes)
                assert _close(value(again, values, data.sizes), known), shown
                compared += 1
        except NoValue:  # such as the inverse of X*X' where X is tall
            continue
    assert compared >= 3


def _close(x, y) -> bool:
    return distance(x, y) < 1e-8


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_line_names_its_rule_and_where_it_was_applied(name):
    """The place is a part of the function whose outermost operation has that rule; outer first."""
    d = derivation(name)
    places = {text(x): x for x in applications(d.value) if not is_invisible(x)}
    seen: list[str] = []
    for step in d.steps:
        if not step.operation:
            assert step.rule, step
            continue
        if step.where not in places:  # a part of an intermediate result, in its names
            assert any(other.left not in ("f", "df") for other in d.steps), step
            continue
        assert places[step.where].name == step.operation, step
        inner = {text(x) for x in applications(places[step.where])} - {step.where}
        if step.left == "df":
            assert not inner & set(seen), step
            seen.append(step.where)


def test_the_collections_are_derived_quickly():
    """Far below what anybody waits for; the figures are in benchmarks/."""
    for problem in BOOKS + ASKED:
        start = time.perf_counter()
        d = derive(problem.expression, problem.variable, problem.where, direction="H")
        getattr(d, problem.kind)
        assert time.perf_counter() - start < 5, problem.id


@pytest.mark.parametrize("fields", textbook.refusals(), ids=lambda fields: fields[0])
def test_what_has_no_derivative_is_refused_in_a_sentence(fields):
    expression, where, variable, word = fields
    with pytest.raises((ParseError, DerivationError)) as refused:
        derive(expression, variable, where).gradient  # noqa: B018
    assert word in str(refused.value)


def test_a_wrong_gradient_does_not_pass_the_check():
    """The check rejects a lost factor, a transpose, and one part in a million."""
    d = derive("tr(A*X*X)", "X", "A: n x n; X: n x n")
    assert d.check()
    for wrong in ("X*A + A*X", "2*(X*A)'", "(X*A + A*X)'*1.000001"):
        other = derive("tr(A*X*X)", "X", "A: n x n; X: n x n")
        other.gradients = {"X": parse_answer(wrong, other.parsed, {})}
        assert not other.check(), wrong


def test_a_wrong_line_does_not_pass_the_check():
    d = derive("x'*A*x", "x", "A: n x n; x: n")
    d.steps[1].expression = derive("x'*A*x", "x", "A: n x n; x: n").steps[1].expression * 2
    assert not d.check()


def test_the_judge_has_points_for_every_problem():
    assert all(len(samples(Problem(*fields))) == 2 for fields in textbook.problems()[:5])


@pytest.mark.parametrize(
    ("text", "wrt", "where", "rules"),
    [
        ("x'*a/c", "x", "x: n; a: n; c: scalar", {"linearity"}),
        ("x/(x + c)", "x", "x: scalar; c: scalar", {"quotient rule"}),
        ("c/z", "z", "z: scalar; c: scalar", {"quotient rule"}),
    ],
)
def test_only_a_denominator_that_moves_needs_the_quotient_rule(text, wrt, where, rules):
    steps = derive(text, wrt, where).steps
    assert {step.rule for step in steps if step.operation == "divide"} == rules


@pytest.mark.parametrize(
    ("text", "where", "transposed"),
    [
        ("z^2 - y*z", "z: scalar; y: scalar", False),
        ("z'*A*z - y'*z", "z: n; A: n x n; y: n", True),
    ],
)
def test_numbers_have_nothing_to_transpose(text, where, transposed):
    rules = [step.rule for step in derive(text, "z", where).steps]
    assert any("transposition" in rule for rule in rules) == transposed


def test_in_a_notebook_the_lines_are_a_table():
    """What is repeated on the left is left out; columns are bold."""
    layers = "r = tanh(W'*x) - y; r'*r"
    table = derive(layers, "W", "W: m x n; x: m; y: n")._repr_markdown_().split("\n")
    assert table[:2] == ["| | Derivation with respect to $W$ | Rule |", "|--:|:--|:--|"]
    assert table[2].startswith("| $f =$ | $")
    lines = [line for line in table if line.startswith("|")]
    assert all(re.fullmatch(r"\| (\$.*\$)? \| \$[^$]+\$ \| [^$|]+ \|", line) for line in lines[2:])
    assert any(line.startswith(r"| $\mathrm{d}\boldsymbol{r} =$ |") for line in lines)
    by_rule = derive("A'*A*B", "A", "A: m x n; B: n x k")._repr_markdown_()
    assert r"| $\mathrm{d}f =$ |" in by_rule and "\nDifferential: $" in by_rule


@pytest.mark.parametrize(
    ("text", "wrt", "where", "gradient"),
    [
        ("norm2(X'*X - I)^2", "X", "X: m x n", "4*(X*X'*X - X)"),
        ("tr(A*inv(X+B)*C)", "X", "X: n x n; A: n x n; B: n x n; C: n x n",
         "-inv(X + B)'*A'*C'*inv(X + B)'"),
        ("tr(C*expm(t*X))", "t", "C: n x n; X: n x n; t: scalar", "tr(C*expm(t*X)*X)"),
        ("kron(v,u)'*vec(X)", "u", "u: m; v: n; X: m x n", "X*v"),
        ("sum(x[2:].^2)", "x", "x: n", "2*eye(n)[:, 2:n]*x[2:n]"),
        ("norm2(sum_i t*x_i)^2", "t", "x_i: n; t: scalar; i: 1..N",
         "2*t*norm2(sum_i x_i)^2"),
        ("tr(X^2.0)", "X", "X: n x n", "2*X'"),
        ("normnuc(X)", "X", "X: 3 x 5", "polar(X')'"),
    ],
)  # fmt: skip
def test_the_gradient_is_short(text, wrt, where, gradient):
    found = derive(text, wrt, where)
    assert str(found.gradient) == gradient
    assert found.check()


@pytest.mark.parametrize(
    ("text", "wrt", "where", "conditions"),
    [
        ("sign(x)", "x", "x: n", ["x != 0"]),
        ("sum(sign(x).*y)", "y", "x: n; y: n", []),
        ("logdet(A + X*B*X')", "X",
         "A: m x m positive definite; B: n x n positive definite; X: m x n", []),
        ("sum(log(1 - sigmoid(X*w)))", "w", "X: m x n; w: n", []),
        ("sum(log(1 + X.^2))", "X", "X: m x n", []),
        ("sum(log(1 - X.^2))", "X", "X: m x n", ["1 - X.^2 > 0"]),
        ("tr(A*inv(X+B))", "X", "X: n x n; A: n x n; B: n x n", ["X + B is invertible"]),
        ("1/det(X)", "X", "X: n x n", ["X is invertible"]),
        ("norm2(A*x-b)", "x", "A: m x n; b: m; x: n", ["A*x - b != 0"]),
        ("max(x)", "x", "x: n", ["the largest entry of x is unique"]),
        ("tr(X^p)", "X", "X: n x n; p: scalar", ["X is symmetric", "X is positive definite"]),
        ("sum(maximum(A, B))", "A", "A: m x n; B: m x n", ["A != B"]),
        ("sum((X > 0).*X)", "X", "X: m x n", ["X != 0"]),
        ("sum((A > 0).*X)", "X", "X: m x n; A: m x n", []),
        ("hypot(s, t)", "s", "s: scalar; t: scalar", ["(s, t) != (0, 0)", "hypot(s, t) != 0"]),
        ("lambda_max(Y)", "Y", "Y: n x n",
         ["Y is symmetric", "the largest eigenvalue of Y is simple"]),
    ],
)  # fmt: skip
def test_conditions_are_complete_and_said_once(text, wrt, where, conditions):
    found = derive(text, wrt, where)
    assert found.conditions == conditions
    assert found.check()


@pytest.mark.parametrize(
    ("text", "wrt", "where", "reason"),
    [
        ("det(x*x')", "x", "x: n", "its rank is at most 1, so det"),
        ("det(X*X')", "X", "X: 3 x 2", "its rank is at most 2, so det"),
        ("tr(inv(S))", "S", "S: 3 x 3 skew", "is skew and has 3 rows"),
        ("logdet(X - X')", "X", "X: 3 x 3", "is skew and has 3 rows"),
        ("sqrt(-x'*x)", "x", "x: n", "is negative"),
        ("log(-x'*x)", "x", "x: n", "is negative"),
        ("relu(t-t)", "t", "t: scalar", "not differentiable there"),
        ("normnuc(X-X)", "X", "X: m x n", "not differentiable there"),
        ("1/0*t", "t", "t: scalar", "below a fraction"),
    ],
)
def test_what_holds_nowhere_is_refused_with_its_place(text, wrt, where, reason):
    with pytest.raises(DerivationError, match=reason) as error:
        derive(text, wrt, where).gradient  # noqa: B018
    said = str(error.value)
    assert "1/0" in text or said.split("\n")[1:] == [f"    {text}", "    " + " " * at(text) + "^"]


def at(text):
    """Where the operation stands that is to blame."""
    return text.find("inv") if "inv" in text else 0


def test_an_eigenvalue_of_a_product_has_no_hessian():
    where = "A: n x n symmetric; X: n x n symmetric"
    found = derive("lambda_max(A*X)", "X", where)
    assert found.check()
    with pytest.raises(DerivationError, match="stays symmetric"):
        found.hessian  # noqa: B018
    assert derive("lambda_max(A*X*A)", "X", where).hessian is not None


def test_products_keep_their_names_in_the_lines():
    lines = [str(s.expression) for s in derive("z = A*x; z'*z", "x", "A: m x n; x: n").steps]
    assert lines[-5:] == ["z'*z", "2*dz'*z", "2*z", "<A'*G_z, dx>", "<2*A'*A*x, dx>"]


def test_a_named_derivative_is_explained():
    [note] = derive("tr(A*X^k)", "X", "A: n x n; X: n x n; k: integer").notes
    assert note.startswith("power_frechet(X, k, E) is the sum of X^i E X^(k - 1 - i)")


def test_all_terms_have_latex():
    found = derive("x'*A*x", "x", "A: n x n; x: n")
    for term in (found.value, found.differential, found.gradient, found.hessian):
        assert term.latex() == latex(term)
