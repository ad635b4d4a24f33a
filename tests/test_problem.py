"""Problems to practise on: what holds for each of them, whatever the seed."""

import functools
import itertools
import os
import re
import statistics
import subprocess
import sys

import pytest

from lecturelib.symbols import problem as made
from lecturelib.symbols.problem import KINDS, OPERATIONS, TRAPS, Problem, problem
from lecturelib.symbols.terms import is_number
from lecturelib.symbols.tidy import cost, tidy

CELLS = list(itertools.product(KINDS[:-1], (1, 2, 3)))


@functools.cache
def problems(kind: str, difficulty: int, seeds: int = 8) -> list[Problem]:
    return [problem(kind, difficulty, seed) for seed in range(seeds)]


def is_sound(p: Problem) -> None:
    """What holds for a problem, but for what values decide."""
    d = p.derivation
    assert [x.name for x in d.wrt] == [p.wrt], p
    assert cost(d.value) <= OPERATIONS and not is_number(p.answer, 0), p
    assert p.wrt in re.findall(r"\w+", str(tidy(d.value))), f"{p} is constant"
    scalar = d.value.shape == ()
    assert p.ask == ("hessian" if p.kind == "hessians" else ("differential", "gradient")[scalar])
    assert re.fullmatch(r"For f\(\w\) = [^?]* you [^?]*\?", p.question) and ". " not in p.question
    assert 2 <= len(p.hints) <= 3, p
    if cost(p.answer) > 2:
        assert not any(str(p.answer) in hint for hint in p.hints), (p, p.hints)


def is_right(p: Problem) -> None:
    """The derivation is right by values, and there are traps, which miss the answer by values."""
    report = p.derivation.check()
    assert report, (p, report.message)
    assert 2 <= len(p.traps) <= TRAPS and len({trap.slip for trap in p.traps}) == len(p.traps), p


def is_judged(p: Problem) -> None:
    """The answer is judged right, as a reader would type it, and no trap is."""
    assert p.derivation.compare(str(p.answer), of=p.ask).verdict == "right", p
    for trap in p.traps:
        verdict = p.derivation.compare(trap.text, of=p.ask).verdict
        assert verdict == "wrong" or verdict.startswith("right if "), (p, trap, verdict)


@pytest.mark.parametrize(("kind", "difficulty"), CELLS)
def test_problems_are_sound_and_siblings_differ(kind, difficulty):
    for p in problems(kind, difficulty):
        is_sound(p)
        sibling = p.sibling()
        assert (sibling.kind, sibling.difficulty) == (kind, difficulty)
        assert sibling.expression != p.expression and sibling.seed > p.seed


@pytest.mark.parametrize(("kind", "difficulty"), CELLS)
def test_derivations_are_right_and_traps_are_wrong(kind, difficulty):
    for p in problems(kind, difficulty):
        is_right(p)
    for p in problems(kind, difficulty)[:2]:
        is_judged(p)


@pytest.mark.full
@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "difficulty"), CELLS)
def test_forty_problems_are_sound_and_right(kind, difficulty):
    for p in problems(kind, difficulty, 40):
        is_sound(p)
        is_right(p)
        if p.seed % 10 == 0:
            is_judged(p)


def alternatives(template: str) -> list[str]:
    """The template with each choice of its alternatives."""
    found = re.search(r"\{([^{}]*)\}", template)
    if found is None:
        return [template]
    before, after = template[: found.start()], template[found.end() :]
    return [x for one in found[1].split("|") for x in alternatives(before + one + after)]


@pytest.mark.parametrize(("kind", "difficulty"), CELLS)
def test_each_alternative_of_a_template_is_a_problem(kind, difficulty):
    for template in made._TEMPLATES[kind][difficulty]:
        for one in alternatives(template):
            found = Problem(kind, difficulty, 0, *made._drawn(made._Dice("0"), one))
            assert made._is_fit(found), one


def test_kinds_differ_and_problems_get_harder():
    asked = [
        {(p.expression, p.where, p.ask) for p in problems(kind, difficulty, 40)}
        for kind, difficulty in CELLS
    ]
    assert sum(map(len, asked)) == len(set().union(*asked))
    assert min(map(len, asked)) >= 20  # of 40
    for kind in KINDS[:-1]:
        costs = [  # what there is to read and to write: the question, the lines, the answer
            statistics.mean(
                cost(p.derivation.value) + len(p.derivation.steps) + cost(p.answer)
                for p in problems(kind, k, 40)
            )
            for k in (1, 2, 3)
        ]
        assert costs == sorted(costs), (kind, costs)


def test_any_kind_is_one_of_the_others():
    found = {problem("any", 2, seed).kind for seed in range(60)}
    assert len(found) > 8 and found <= set(KINDS[:-1])
    p = problem("any", 2, 7)
    assert problem(p.kind, 2, 7) == p


# What a link that a teacher hands out stands for: changed templates are another set.
STORED = r"""
linear-traces-1-0 | g'*Z'*c | Z: q x n; c: q; g: n | Z
linear-traces-2-0 | tr(V'*B*C) | V: m x p; C: n x p; B: m x n | V
linear-traces-3-0 | tr(C*(F*U - P)*B') - u'*U*v | U: n x p; C: q x m; F: m x n; P: m x p; B: q x p; u: n; v: p | U
quadratic-forms-1-0 | tr(Z'*Z) | Z: n x m | Z
quadratic-forms-2-0 | u'*V'*B*V*c | V: q x p; B: q x q; u: p; c: p | V
quadratic-forms-3-0 | (B'*w + g)'*A*(F*w + b) | w: m; B: m x q; g: q; A: q x n; F: n x m; b: n | w
least-squares-1-0 | norm2(A - W'*Q')^2 | W: p x q; Q: m x p; A: q x m | W
least-squares-2-0 | norm2(X*w - y)^2 + l*w'*w | w: m; X: p x m; y: p; l: scalar positive | w
least-squares-3-0 | norm2(X - X*W*W')^2 | W: n x p; X: m x n | W
inverses-1-0 | tr(R*inv(X)) | X: p x p invertible; R: p x p | X
inverses-2-0 | tr(F*inv(A*V)) | V: p x p; F: p x p; A: p x p | V
inverses-3-0 | norm2(Q*inv(Y) - F)^2 | Y: p x p invertible; Q: p x p; F: p x p | Y
determinants-1-0 | 2*log(det(X)) | X: n x n invertible | X
determinants-2-0 | det(Y*Y') | Y: q x m | Y
determinants-3-0 | logdet(U'*R*U) | U: p x p; R: p x p positive definite | U
norms-1-0 | norm2(Q + Y') | Y: n x m; Q: m x n | Y
norms-2-0 | norm2(w)^3 | w: m | w
norms-3-0 | norm2(Q'*w - a)^2/2 + l*norm2(w) | w: q; Q: q x n; a: n; l: scalar positive | w
elementwise-1-0 | u'*log(x) | x: n positive; u: n | x
elementwise-2-0 | D*exp(u) | u: m; D: n x m | u
elementwise-3-0 | sum(K*z ./ v + z .* log(z)) | z: n positive; K: n x n; v: n positive | z
softmax-and-logistic-1-0 | v'*sigmoid(z) | z: p; v: p | z
softmax-and-logistic-2-0 | softplus(v'*V'*u) | V: m x n; v: n; u: m | V
softmax-and-logistic-3-0 | logsumexp(B*x + a) + l*x'*x | x: m; B: n x m; a: n; l: scalar positive | x
networks-1-0 | sum(sigmoid(W*x + g)) | g: p; W: p x n; x: n | g
networks-2-0 | norm2(tanh(W*X') - Y')^2 | W: q x n; X: N x n; Y: N x q | W
networks-3-0 | norm2(M' - W*V*X)^2 | V: p x n; W: n x p; X: n x N; M: N x n | V
matrix-functions-1-0 | Z^3 | Z: n x n | Z
matrix-functions-2-0 | tr((R*Y)^k) | Y: m x m invertible; R: m x m; k: integer | Y
matrix-functions-3-0 | log(tr(expm(X))) | X: p x p symmetric | X
symmetric-variables-1-0 | g'*Z*v | Z: q x q symmetric; g: q; v: q | Z
symmetric-variables-2-0 | logdet(X) + tr(P*X) | X: n x n positive definite; P: n x n | X
symmetric-variables-3-0 | logdet(C + A*Z*A') | Z: p x p positive definite; C: p x p positive definite; A: p x p | Z
kronecker-and-vec-1-0 | 2*tr(kron(F, V)) | V: q x q; F: n x n | V
kronecker-and-vec-2-0 | norm2(kron(X, C))^2 | X: m x p; C: n x q | X
kronecker-and-vec-3-0 | vec(K)'*inv(kron(F, W))*vec(K) | W: q x q; F: m x m; K: q x m | W
hessians-1-0 | norm2(R*w - b)^2/2 | w: m; R: p x m; b: p | w
hessians-2-0 | norm2(P*Y*K)^2 | Y: n x m; P: n x n; K: m x m | Y
hessians-3-0 | tr((W'*W)^2) | W: q x n | W
""".strip().splitlines()  # noqa: E501


def test_a_seed_stands_for_the_same_problem_everywhere():
    found = [
        f"{p.link_text} | {p.expression} | {p.where} | {p.wrt}"
        for kind, difficulty in CELLS
        for p in problems(kind, difficulty)[:1]
    ]
    assert found == STORED


def test_nothing_hangs_on_the_order_of_sets():
    code = (
        "from lecturelib.symbols.problem import KINDS, problem\n"
        "for kind in KINDS:\n"
        "    p = problem(kind, 3, 1)\n"
        "    print(p, p.where, p.answer, p.question, p.hints, p.traps)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("integrals", 1, 0), "no problems of the kind .*; there are linear traces, .* any"),
        ((["hessians"], 1, 0), "no problems of the kind"),
        (("hessians", 4, 0), "no difficulty 4; there are 1, 2 and 3"),
        (("hessians", True, 0), "no difficulty True"),
        (("hessians", 1, 0.5), "The seed 0.5 is not an integer"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_said(given, message):
    with pytest.raises(ValueError, match=message):
        problem(*given)


def test_negative_and_large_seeds_are_seeds():
    for seed in (-5, 10**30):
        is_sound(problem("determinants", 2, seed))


def test_sentences():
    p = problem("softmax and logistic", 3, 8)
    assert p.question == (
        "For f(w) = sum_i (softplus(x_i'*w) - y_i*x_i'*w), where w is a column of length n, "
        "x_i is a column of length n, y_i is a number and i runs from 1 to N, "
        "which gradient of f with respect to w do you find?"
    )
    assert p.link_text == "softmax-and-logistic-3-8"
    q = problem("hessians", 3, 0)
    assert repr(q) == "problem('hessians', 3, 0): the hessian of tr((W'*W)^2) in W"
    assert q.question.endswith("what do you find when the Hessian operator of f is applied to H?")
