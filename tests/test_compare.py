"""Readers' answers: right ones in any form, recorded slips, and mutants that must not pass."""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "derivations"))

import public
import textbook
from judge import Problem, samples
from reader import Domain, Misread

import lecturelib.numbers.values  # noqa: F401 (so that operations act on arrays)
from lecturelib import derive
from lecturelib import table as r
from lecturelib.symbols import evaluate
from lecturelib.symbols.answers import compare
from lecturelib.symbols.language import number, power_of, product
from lecturelib.symbols.parse import parse_answer
from lecturelib.symbols.terms import Application, Expression, Identity, Number, Ones, Symbol
from lecturelib.symbols.tokens import ParseError
from lecturelib.table.shapes import same, same_shape

SEED = int(os.environ.get("COURSE_SEED", "0"))
ASKED = {fields[0]: Problem(*fields) for fields in public.problems()}
PROBLEMS = ASKED | {fields[0]: Problem(*fields) for fields in textbook.problems()}

#: Right for entries 1 and -1 alone, for which there is no flag.
LABELS = "D101"


@cache
def derived(name: str) -> Any:
    problem = PROBLEMS[name]
    return derive(problem.expression, problem.variable, problem.where)


@cache
def answer_of(name: str) -> Any:
    d = derived(name)
    return parse_answer(PROBLEMS[name].answer, d.parsed, d.directions)


def judged(name: str, answer: Any) -> Any:
    return compare(derived(name), answer, PROBLEMS[name].kind)


# -- Right answers --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ASKED, *list(PROBLEMS)[len(ASKED) :: 8]])
def test_the_answers_of_the_collections_are_right(name):
    report = judged(name, PROBLEMS[name].answer)
    if name == LABELS:
        assert report.verdict == "right if the entries of y are 1 or -1"
    else:
        assert report and report.verdict == "right", report


@pytest.mark.full
def test_all_answers_of_the_collections_are_right():
    assert [n for n in PROBLEMS if n != LABELS and not judged(n, PROBLEMS[n].answer)] == []


def test_a_comparison_is_quick():
    took = []
    for name, problem in list(ASKED.items())[::3]:
        judged(name, problem.answer)  # which derives
        for answer in filter(None, (problem.answer, public.META[name].get("wrong"))):
            start = time.process_time()
            judged(name, answer)
            took.append(time.process_time() - start)
    assert statistics.median(took) < 0.15


#: A part of an answer -> the same in another form, or None where the identity says nothing of it.
Rewriting = Callable[[Any, random.Random], Any]


def _whole(M: Any) -> Any:
    """The identity matrix of a square matrix's size."""
    return Identity(M.shape[0]) if M.ndim == 2 and same(*M.shape) else None


def _is(x: Any, *names: str) -> bool:
    return isinstance(x, Application) and x.name in names


def pythagoras(M: Any, rng: random.Random) -> Any:
    one = r.sin(M) * r.sin(M) + r.cos(M) * r.cos(M)
    return M * one


def expanded_square(M: Any, rng: random.Random) -> Any:
    """2 M = (M + I)^2 - M^2 - I."""
    unit = _whole(M)
    if unit is None:
        return None
    return (power_of(M + unit, Number(2)) - power_of(M, Number(2)) - unit) / Number(2)


def inverse_of_a_product(M: Any, rng: random.Random) -> Any:
    if _is(M, "matmul") and all(_is(x, "inv") for x in M.operands):
        A, B = (x.operands[0] for x in M.operands)
        return r.inv(product(B, A))
    return None


def trace_as_sum(t: Any, rng: random.Random) -> Any:
    if _is(t, "trace") and _is(t.operands[0], "matmul"):
        A, B = t.operands[0].operands
        return r.sum(A * B.T) if A.ndim == B.ndim == 2 else None
    return None


def woodbury(M: Any, rng: random.Random) -> Any:
    """inv(2I + K) = I/2 - inv(2I + 4 inv(K)) for K = A - 2I."""
    if not _is(M, "inv"):
        return None
    unit = _whole(M)
    K = M.operands[0] - 2 * unit
    return unit / Number(2) - r.inv(2 * unit + 4 * r.inv(K))


def push_through(M: Any, rng: random.Random) -> Any:
    """inv(A) = I - (A - I) inv(A)."""
    if not _is(M, "inv"):
        return None
    unit = _whole(M)
    return unit - product(M.operands[0] - unit, M)


def log_of_exp(M: Any, rng: random.Random) -> Any:
    return 8 * r.log(r.exp(M / Number(8)))


def pseudo_inverse(M: Any, rng: random.Random) -> Any:
    if _is(M, "matmul") and _is(M.operands[1], "inv"):
        X, inside = M.operands[0], M.operands[1].operands[0]
        if _is(inside, "matmul") and str(inside) == str(product(X.T, X)):
            return r.pinv(X).T
    return None


def ones_around(M: Any, rng: random.Random) -> Any:
    return M * Ones(M.shape) if M.ndim else None


def total_by_ones(t: Any, rng: random.Random) -> Any:
    if _is(t, "sum") and not t.parameters.get("axis") and t.operands[0].ndim == 2 and not t.ndim:
        [X] = t.operands
        m, n = X.shape
        return number(Ones((1, m)) @ X @ Ones((n, 1)))
    return None


def diagonal_of_ones(M: Any, rng: random.Random) -> Any:
    if M.ndim != 2 or same(M.shape[1], 1):
        return None
    return M @ r.diag(Ones((M.shape[1],)))


def triangles(M: Any, rng: random.Random) -> Any:
    if M.ndim != 2 or same(M.shape[1], 1) or same(M.shape[0], 1):
        return None
    return r.tril(M) + (M - r.tril(M))


def as_mean_of_trace(t: Any, rng: random.Random) -> Any:
    if t.ndim or not isinstance(t, Application):
        return None
    return (t * t - (t - 1) * (t - 1) + 1) / Number(2)


def determinant_of_a_product(t: Any, rng: random.Random) -> Any:
    if _is(t, "det") and _is(t.operands[0], "matmul"):
        A, B = t.operands[0].operands
        if same(*A.shape) and same(*B.shape):
            return r.det(A) * r.det(B)
    return None


def norm_by_trace(t: Any, rng: random.Random) -> Any:
    if _is(t, "norm") and t.operands[0].ndim == 2:
        [X] = t.operands
        return r.sqrt(r.sum(X * X))
    return None


def hyperbolic(M: Any, rng: random.Random) -> Any:
    if _is(M, "sigmoid"):
        return (1 + r.tanh(M.operands[0] / Number(2))) / Number(2)
    if _is(M, "tanh"):
        return 2 * r.sigmoid(2 * M.operands[0]) - 1
    return None


def by_flags(M: Any, rng: random.Random) -> Any:
    """What is declared of a symbol: symmetric, invertible, orthogonal."""
    if not isinstance(M, Symbol) or isinstance(M, Ones | Identity) or M.ndim != 2:
        return None
    if "orthogonal" in M.flags:
        return M @ M.T @ M
    if "positive definite" in M.flags:
        return rng.choice([M.T, r.sqrtm(M) @ r.sqrtm(M), r.expm(r.logm(M))])
    if "symmetric" in M.flags:
        return M.T
    return M @ r.inv(M) @ M if "invertible" in M.flags else None


def kronecker(M: Any, rng: random.Random) -> Any:
    if M.ndim != 2 or not isinstance(M, Symbol) or same(M.shape[1], 1):
        return None
    return r.kron(M, Ones((1, 1)))


IDENTITIES: tuple[Rewriting, ...] = (
    pythagoras, expanded_square, inverse_of_a_product, trace_as_sum, woodbury, push_through,
    log_of_exp, pseudo_inverse, ones_around, total_by_ones, diagonal_of_ones, triangles,
    as_mean_of_trace, determinant_of_a_product, norm_by_trace, hyperbolic, by_flags, kronecker,
)  # fmt: skip


def places(x: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    yield path, x
    if isinstance(x, Application) and x.name not in ("sum_over", "getitem"):
        exponent = x.name in ("power", "matrix_power", "real_power")
        for i, part in enumerate(x.operands[: 1 if exponent else None]):
            yield from places(part, (*path, i))


def put(x: Any, path: tuple[int, ...], new: Any) -> Any:
    if not path:
        return new
    operands = list(x.operands)
    operands[path[0]] = put(operands[path[0]], path[1:], new)
    return r.TABLE[x.name](*operands, **x.parameters)


def rewritten(answer: Any, rng: random.Random) -> tuple[str, Any]:
    """The answer with one to three parts in another form; the rare identities come first."""
    names = []
    for _ in range(rng.randint(1, 3)):
        found = list(places(answer))
        for identity in sorted(IDENTITIES, key=lambda identity: rng.random()):
            rng.shuffle(found)
            for path, x in found:
                new = identity(x, rng) if not isinstance(x, Number) else None
                if new is not None and same_shape(new.shape, x.shape):
                    answer = put(answer, path, new)
                    names.append(identity.__name__)
                    break
            else:
                continue
            break
    return ", ".join(names), answer


def rewrite(count: int) -> dict[str, list[str]]:
    """Verdicts of rewritten right answers, each with what was rewritten."""
    rng = random.Random(f"rewritten {SEED}")
    found: dict[str, list[str]] = {}
    names = [name for name in PROBLEMS if name != LABELS]
    for _ in range(count):
        name = rng.choice(names)
        how, answer = rewritten(answer_of(name), rng)
        report = judged(name, answer)
        found.setdefault(report.verdict, []).append(f"{name} {how}: {answer} {report.message}")
    return found


def test_right_answers_in_other_forms_are_not_called_wrong():
    found = rewrite(150)
    assert set(found) <= {"right", "can't tell"}, {k: v for k, v in found.items() if k != "right"}
    assert len(found["right"]) >= 147, found["can't tell"]


@pytest.mark.full
def test_a_thousand_right_answers_in_other_forms_are_not_called_wrong():
    found = rewrite(1000)
    assert set(found) <= {"right", "can't tell"}, {k: v for k, v in found.items() if k != "right"}
    assert len(found["right"]) >= 980, found["can't tell"]


# -- Wrong answers --------------------------------------------------------------------------------

#: The kinds of `public.META`, and the words for them here.
KINDS = {
    "transposed / other layout": {"transposed", "transposed factor"},
    "missing term": {"missing term", "symmetric only"},
    "order of factors or wrong side": {"order of factors"},
    "outer against inner product, shapes do not fit": {"outer for inner product"},
    "inverse or inner factor lost": {"missing factor", "inner derivative"},
    "trace or scalar chain rule (matrix where a number belongs, trace left over)": {"trace"},
    "elementwise against matrix function": {"elementwise function"},
    "constant factor (2, 1/2, n, 1/n)": {"factor", "term factor"},
    "Hadamard factor lost, or Hadamard against matrix product": {
        "missing factor",
        "elementwise product",
    },
    "tool returned 0": {"zero"},
}
RECORDED = [name for name, asked in public.META.items() if asked.get("wrong")]


def test_what_people_got_wrong_is_never_right_and_named_as_recorded():
    named = []
    for name in RECORDED:
        report = judged(name, public.META[name]["wrong"])
        assert not report and report.verdict != "right", (name, report)
        assert report.message
        if report.slip in KINDS[public.META[name]["slip_kind"]]:
            named.append(name)
    assert len(RECORDED) == 31
    assert len(named) >= 28, set(RECORDED) - set(named)


QUADRATIC = "X: m x n; A: m x m; B: n x n"
SYMMETRIC = "X: m x n; A: m x m symmetric; B: n x n symmetric"
SQUARES = "X: N x n; w: n; y: N"


@pytest.mark.parametrize(
    ("expression", "where", "answer", "of", "verdict", "slip"),
    [
        # The lecture's own, and the usual ones on its examples.
        ("tr(X'*A*X*B)", SYMMETRIC, "A*H*B", "hessian", "wrong", "factor"),
        ("tr(X'*A*X*B)", SYMMETRIC, "2*A*H*B", "hessian", "right", ""),
        ("tr(X'*A*X*B)", QUADRATIC, "A*X*B", "gradient", "wrong", "missing term"),
        ("tr(X'*A*X*B)", QUADRATIC, "2*A*X*B", "gradient",
         "right if A is symmetric and B is symmetric", "order of factors"),
        ("x'*A*x", "x: n; A: n x n", "2*x'*A", "gradient", "right if A is symmetric",
         "transposed factor"),
        ("x'*A*x", "x: n; A: n x n", "x'*(A+A')", "gradient", "another convention", "transposed"),
        ("x'*A*x", "x: n; A: n x n", "A*x", "gradient", "wrong", "missing term"),
        ("norm2(X*w-y)^2", SQUARES, "X'*(X*w-y)", "gradient", "wrong", "factor"),
        ("norm2(X*w-y)^2", SQUARES, "-2*X'*(X*w-y)", "gradient", "wrong", "sign"),
        ("norm2(X*w-y)^2", SQUARES, "2*X*(X*w-y)", "gradient", "wrong", "transposed factor"),
        ("norm2(X*w-y)^2", SQUARES, "2*(X*w-y)'*X", "gradient", "another convention",
         "transposed"),
        ("norm2(X*w-y)^2", SQUARES, "2*X'*X", "hessian", "another convention", "layout"),
        ("norm2(X*w-y)^2", SQUARES, "2*X'*(X*w-y)/N", "gradient", "wrong", "factor"),
        ("norm2(X*w-y)^2", SQUARES, "2*X'*(X*w+y)", "gradient", "wrong", "sign"),
        ("inv(X)", "X: n x n", "inv(X)*H*inv(X)", "differential", "wrong", "sign"),
        ("inv(X)", "X: n x n", "-inv(X)^2*H", "differential", "right if X and dX commute",
         "order of factors"),
        ("X^2", "X: n x n", "2*X*H", "differential", "right if X and dX commute",
         "order of factors"),
        ("logdet(X)", "X: n x n", "inv(X)", "gradient", "another convention", "transposed"),
        ("logdet(X)", "X: n x n", "det(X)*inv(X)'", "gradient", "wrong", "inner derivative"),
        ("logdet(X)", "X: n x n positive definite", "2*inv(X)-diag(diag(inv(X)))", "gradient",
         "another convention", "diagonal"),
        ("logdet(X)", "X: n x n positive definite", "diag(diag(inv(X)))", "gradient", "wrong",
         "diagonal"),
        ("tr(expm(X))", "X: n x n", "exp(X)'", "gradient", "wrong", "elementwise function"),
        ("a'*X*b", "X: m x n; a: m; b: n", "a'*b", "gradient", "wrong",
         "outer for inner product"),
        ("exp(x'*A*x)", "x: n; A: n x n symmetric", "2*A*x", "gradient", "wrong",
         "inner derivative"),
        ("-y'*log(softmax(x))", "x: n; y: n", "softmax(x)-y", "gradient",
         "right if the entries of y have the sum 1", "missing factor"),
        ("norm2(softmax(x)-y)^2/2", "x: n; y: n", "softmax(x)-y", "gradient", "wrong",
         "inner derivative"),
        ("tr(A*X)", "A: n x n; X: n x n", "X'", "gradient", "wrong", "wrong variable"),
        ("A*X*B", "A: p x m; X: m x n; B: n x q", "kron(B',A)", "differential",
         "another convention", "layout"),
        ("x'*x", "x: n", "2*x'*h", "gradient", "another convention", ""),
        ("x'*x", "x: n", "2*x", "differential", "another convention", ""),
        ("tr(A'*X)", "X: n x n orthogonal; A: n x n", "A", "gradient", "right", ""),
        ("tr(A'*X)", "X: n x n orthogonal; A: n x n", "(A-X*A'*X)/2", "gradient", "right", ""),
        ("tr(A'*X)", "X: n x n orthogonal; A: n x n", "A-X*A'*X", "gradient",
         "another convention", ""),
        ("tr(A*X*B)", "X: n x n; A: n x n; B: n x n", "B'*A'", "gradient",
         "right if A and B commute", "order of factors"),
        ("x'*x", "x: n", "0*x", "gradient", "wrong", "zero"),
        # what stays of a constant is a term too many, and none is missing
        ("b'*x + c", "b: n; x: n; c: scalar", "b'*h + c", "differential", "wrong", "extra term"),
        ("norm2(A*x + b)^2", "A: m x n; x: n; b: m", "2*A'*(A*x + b) + x", "gradient", "wrong",
         "extra term"),
        # an entry that is 0
        ("x[1]^2", "x: 2", "[2*x[1]; 0]", "gradient", "right", ""),
        ("x[1]*x[2]", "x: 2", "[x[2]; 0]", "gradient", "wrong", "missing term"),
        ("x[1]^2", "x: 2", "[2, 0; 0, 0]*h", "hessian", "right", ""),
        # what `derive` would ask is not called wrong where a reading of it is right
        ("sum(x.^2/2 + x)", "x: n", "x+1", "gradient", "can't tell", ""),
        ("sum(log(x))", "x: n", "1/x", "gradient", "can't tell", ""),
        ("sum(x.^3)", "x: n", "3x^2", "gradient", "can't tell", ""),
        ("det(X)", "X: n x n", "det(X)/X'", "gradient", "can't tell", ""),
        ("tr(X) + norm2(X)^2/2", "X: n x n", "X+1", "gradient", "can't tell", ""),
        ("tr(inv(X)*A)", "X: n x n; A: n x n", "-A/X^2", "gradient",
         "wrong", "outer for inner product"),
        # stacked columns, and the second differential
        ("tr(X'*A*X*B)", QUADRATIC, "vec(A*X*B + A'*X*B')", "gradient",
         "another convention", "layout"),
        ("tr(X'*A*X*B)", QUADRATIC, "vec(A*X*B + A*X*B')", "gradient",
         "wrong", "outer for inner product"),
        ("x'*A*x", "x: n; A: n x n", "h'*(A+A')*h", "hessian", "another convention", ""),
        ("X*w", "X: m x n; w: n", "X*I", "differential", "another convention", "layout"),
        ("log(sum(exp(x)))", "x: n", "1/sum(exp(x))", "gradient", "wrong", "inner derivative"),
        ("x'*inv(B)*x/2", "x: n; B: n x n symmetric", r"B \ x", "gradient", "right", ""),
        # rounding hides it at one point, and B commutes with its exponential
        ("inv(expm(t*B)*A)*x", "x: n; A: n x n invertible; B: n x n; t: scalar",
         "inv(A)*inv(expm(B*t))*h", "differential", "right", ""),
    ],
)  # fmt: skip
def test_slips_and_conventions(expression, where, answer, of, verdict, slip):
    variable = "w" if "w: n" in where else "X" if "X" in expression else "x"
    report = derive(expression, variable, where).compare(answer, of)
    assert (report.verdict, report.slip) == (verdict, slip), report
    assert bool(report) is (verdict == "right")


def test_the_line_where_it_happens():
    d = derive("tr(X'*A*X*B)", "X", QUADRATIC)
    assert d.compare("A*X*B").step.operation == "matmul"
    assert d.compare("2*A*X*B").step.rule.startswith("transposition")
    assert derive("logdet(X)", "X", "X: n x n").compare("det(X)*inv(X)'").step.operation == "logdet"


def test_a_shorter_form_is_there_for_those_who_ask():
    d = derive("tr(X'*A*X)", "X", "X: m x n; A: m x m symmetric")
    long = d.compare("A*X + A'*X")
    assert long and str(long.simplest) == "2*A*X" and "2*A*X" not in long.message
    assert d.compare("2*A*X").simplest is None


@pytest.mark.parametrize(
    ("flag", "plain", "part", "other"),
    [
        ("symmetric", "A'", "(A + A')/2", "A"),
        ("skew", "A'", "(A' - A)/2", "A' + X*X"),
        ("diagonal", "A'", "A.*eye(n)", "A"),
        ("lower", "A'", "tril(A')", "A' + triu(A) - diag(diag(A))"),
    ],
)
def test_gradients_of_variables_with_flags(flag, plain, part, other):
    d = derive("tr(A*X)", "X", f"A: n x n; X: n x n {flag}")
    words = [d.compare(answer) for answer in (plain, part, other)]
    assert all(words), words
    assert "plain" in words[0].message and "projected on" in words[1].message
    assert not d.compare("2*A'") and not d.compare("A'*A")


def test_several_variables_ask_which_one():
    d = derive("x'*A*y", ["x", "y"], "x: m; A: m x n; y: n")
    assert d.compare("A*y", wrt="x") and d.compare("A'*x", wrt="y")
    assert d.compare("dx'*A*y + x'*A*dy", "differential")
    assert compare(d, "A*dy", "hessian", ("x", "y"))
    with pytest.raises(ValueError, match="several variables"):
        d.compare("A*y")
    with pytest.raises(ValueError, match="none of this derivation"):
        d.compare("A*y", wrt="z")


@pytest.mark.parametrize("answer", ["2*A*", "B*X", "2*A*X)", "lnn(X)"])
def test_what_is_no_formula_is_refused(answer):
    with pytest.raises(ParseError):
        derive("tr(X'*A*X)", "X", "X: m x n; A: m x m").compare(answer)


def test_shapes_that_do_not_fit_are_both_shown():
    d = derive("norm2(A*x-b)^2", "x", "A: m x n; x: n; b: m")
    report = d.compare("2*A*norm2(A*x-b)")
    assert report.verdict == "wrong" and "(m, n)" in report.message and "(n, 1)" in report.message
    assert d.compare("∇f = 2*A'*(A*x-b)") and d.compare("df = 2*(A*x-b)'*A*dx", "differential")


def test_a_small_term_beside_a_large_one_is_not_overlooked():
    d = derive("exp(x'*A*x) + b'*x", "x", "x: n; A: n x n symmetric; b: n")
    assert d.compare("2*exp(x'*A*x)*A*x + b")
    assert not d.compare("2*exp(x'*A*x)*A*x")


def test_two_by_two_matrices_are_not_enough():
    d = derive("det(X)", "X", "X: n x n")
    assert d.compare("det(X)*inv(X)'")
    assert not d.compare("(tr(X)*eye(n) - X)'")


def mutants(answer: Any) -> Iterator[tuple[str, Any]]:
    for path, x in places(answer):
        if _is(x, "add", "subtract"):
            for i, part in enumerate(x.operands):
                other = x.operands[1 - i]
                kept = -other if x.name == "subtract" and i == 0 else other
                yield f"without {part}", put(answer, path, kept)
        if _is(x, "matmul") and x.operands[0].ndim == 2:
            A, B = x.operands
            if same_shape(A.shape, B.shape) and same(*A.shape):
                yield f"{B} before {A}", put(answer, path, B @ A)


def test_mutants_of_some_answers_are_not_right():
    assert tried_mutants(12) > 8


@pytest.mark.full
def test_mutants_of_two_hundred_answers_are_not_right():
    assert tried_mutants(200) > 150


def tried_mutants(count: int) -> int:
    """How many mutants of so many answers there are; each was tried."""
    rng = random.Random(f"mutants {SEED}")
    names = rng.sample([name for name in PROBLEMS if name != LABELS], count)
    changed = 0
    for name in names:
        answer, problem = answer_of(name), PROBLEMS[name]
        scaled = answer * Number(1.000001)
        assert not judged(name, scaled), (name, scaled)
        for what, mutant in mutants(answer):
            try:
                if all(s.accepts(problem, partial(valued, mutant)) for s in samples(problem)):
                    continue  # the same in another order
            except (Misread, Domain, ArithmeticError, ValueError, TypeError, KeyError):
                continue
            changed += 1
            assert not judged(name, mutant), (name, what)
    return changed


def valued(term: Expression, values: Any) -> Any:
    """A term's value by NumPy; the direction goes by the name H here."""
    named = {x: values["H"] for x in ("h", "H", "k", "K", "v", "V") if x not in values}
    return evaluate(term, {**values, **named})


KALMAN = ("tr((I-K*C)*P*(I-K*C)' + K*R*K')", "K", "P: n x n; R: m x m")


@pytest.mark.parametrize(
    ("given", "answer", "of", "taken", "said"),
    [
        (("x'*A*x", "x"), "-2*A*x", "gradient", "A is symmetric", "minus the right answer"),
        (("x'*A*x", "x"), "-A*x", "gradient", "A is symmetric", "factor -1/2"),
        (
            KALMAN,
            "-2*((K*C - I)*P*C' + K*R)",
            "gradient",
            "P is symmetric and R is symmetric",
            "minus the right answer",
        ),
        (
            KALMAN,
            "2*((K*C - I)*P*C' - K*R)",
            "gradient",
            "P is symmetric and R is symmetric",
            "The sign of a term is wrong",
        ),
        (
            KALMAN,
            "-2*H*(C*P*C' + R)",
            "hessian",
            "P is symmetric and R is symmetric",
            "minus the right answer",
        ),
    ],
)
def test_a_slip_beside_an_assumed_symmetry_is_told_with_it(given, answer, of, taken, said):
    found = derive(*given).compare(answer, of)
    assert found.verdict == "wrong"
    assert f"takes for granted that {taken}" in found.message and said in found.message


def test_a_symmetry_that_is_declared_is_not_told():
    found = derive("x'*A*x", "x", "A symmetric").compare("-2*A*x")
    assert "granted" not in found.message and found.slip == "sign"


@pytest.mark.parametrize("answer", ["2*(C*P*C' + R)", "2*kron(C*P*C' + R, I)"])
def test_a_direction_that_does_not_occur_is_what_is_said_first(answer):
    found = derive(*KALMAN).compare(answer, "hessian")
    assert "The direction H does not occur in it" in found.message
    assert "outer" not in found.message
