"""Random expressions: derivatives and texts of `derive` agree with values, or it refuses.

``COURSE_SEED=...`` draws others; `random_expressions.py` shrinks what fails:
``python tests/derivations/random_expressions.py 1000 0`` prints it.
"""
# ruff: noqa: E501 (pieces of text in rows)

from __future__ import annotations

import os
import random
import re
from collections import Counter

import pytest
from random_expressions import REFUSALS, Node, Problem, faults, random_problem

from lecturelib.symbols.derive import derive

SEED = int(os.environ.get("COURSE_SEED", "0"))

#: Neither of these is an error: what has no derivative is refused, and where no data were found at
#: which the expression is defined, nothing is compared. What is long is judged by the collections.
FINE = {"refused", "unknown", "untidy"}

#: Pieces of the grammar, of LaTeX and of NumPy, from which texts are put together.
PIECES = (
    "X A B x y a t k 1 2 0.5 3. 1e5 ( ) [ ] { } + - * / ^ ' .* ./ .^ : ; , = | || < > _ \\ @ . .T ** % # ! ~"
    " tr( det( inv( log( exp( sin( sum( norm2( diag( kron( vec( softmax( eye( ones( ones(n, mean( expm("
    " \\frac{ \\sum_i sum_i \\mathbf{ \\sigma \\top ^T ^{-1} ^{-T} ^{ _F _F^2 \\left( \\right) ∘ ⊙ ⊗ · − ’ ᵀ"
    " σ Σ ∇ np.trace( np. __import__('os') lambda if else \n \t $ X' X*A A*x x'*A*x X^-1 log| |A| <A,B> [A,B;B,A]"
    " X[1,2] x[2] x_i y_i r= ; r n m I T 00 1.. é 日 \x00 \ud83d"
).split(" ")  # fmt: skip
SIGNS = ["+", "-", "*", "/", ".*", "./", "^", ".^", "'", "", "\\", ":", ",", ";"]
FUNCTIONS = (
    "tr det logdet inv pinv norm1 norm2 normnuc sum mean rowsum colsum diag kron vec vech tril triu "
    "exp log sin tanh sqrt abs sign relu step sigmoid softmax logsumexp rowsoftmax expm logm sqrtm "
    "lambda_max chol adj unvech transpose cosm norm ln foo"
).split()
WHERE = ("", "X: m x n; A: m x m; B: n x n symmetric; x: n; y: m; a: m; t: scalar; k: integer; "
             "x_i: n; y_i: scalar; i: 1..N")  # fmt: skip


def wrong(seeds: range, depth: int) -> tuple[list[str], Counter[str]]:
    """What is wrong among the expressions of these seeds, and how often each kind occurs."""
    messages, kinds = [], Counter[str]()
    for seed in seeds:
        problem = random_problem(seed, depth)
        found = faults(problem, length=False)
        kinds.update({kind for kind, _ in found} or {"right"})
        messages += [
            f"[{seed}] {problem}\n    {kind}: {text}" for kind, text in found if kind not in FINE
        ]
    return messages, kinds


@pytest.mark.parametrize("block", range(6))
def test_random_expressions_are_derived_rightly(block):
    messages, kinds = wrong(range(50 * block + 10**6 * SEED, 50 * (block + 1) + 10**6 * SEED), 4)
    assert not messages, "\n".join(messages)
    assert kinds["refused"] + kinds["unknown"] < 15


@pytest.mark.full
@pytest.mark.parametrize("block", range(4))
def test_eight_hundred_random_expressions_are_derived_rightly(block):
    first = 10_000 + 200 * block + 10**6 * SEED
    messages, kinds = wrong(range(first, first + 200), 5)
    assert not messages, "\n".join(messages)
    assert kinds["refused"] + kinds["unknown"] < 50


def scrambled(rng: random.Random) -> tuple[str, str, str]:
    """A text with its variable and declarations: pieces, or an expression with some exchanged."""
    if rng.random() < 0.4:
        text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 10)))
        return text, "X" if "X" in text else "x", rng.choice(WHERE)
    problem = random_problem(rng.random(), rng.randint(1, 3))
    text = problem.text
    if rng.random() < 0.6:  # one name, sign or function for another: the grammar holds, shapes not
        tokens = re.findall(r"\w+|\.[*/^]|\s+|.", text)
        for at in rng.choices(range(len(tokens)), k=rng.randint(1, 2)):
            for kind in (SIGNS, FUNCTIONS, [*problem.declared, "1", "t", "eye(n)"]):
                if tokens[at] in kind:
                    tokens[at] = rng.choice(kind)
                    break
        text = "".join(tokens)
    for _ in range(rng.randint(0, 2) if rng.random() < 0.4 else 0):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(PIECES) + text[at + rng.randint(0, 2) :]
    where = problem.where
    if rng.random() < 0.1:
        at = rng.randrange(len(where))
        where = where[:at] + rng.choice((*PIECES, "")) + where[at + rng.randint(0, 2) :]
    return text, problem.wrt, where if rng.random() < 0.9 else ""


def refused_or_derived(text: str, wrt: str, where: str) -> str:
    """What becomes of a text: ``derived``, or the class of the error; other errors get through."""
    try:
        found = derive(text, wrt, where)
        str(found.differential)
        if found.value.shape == ():
            str(found.gradient)
        return "derived"
    except REFUSALS as error:
        assert str(error).strip()
        return type(error).__name__


def test_random_texts_are_refused_in_a_sentence():
    rng = random.Random(f"texts {SEED}")
    seen = Counter(refused_or_derived(*scrambled(rng)) for _ in range(1500))
    assert seen["ParseError"] > 500
    assert seen["derived"] > 200


@pytest.mark.full
@pytest.mark.parametrize("block", range(2))
def test_twenty_thousand_random_texts_are_refused_in_a_sentence(block, record_property):
    rng = random.Random(f"texts {SEED} {block}")
    seen = Counter(refused_or_derived(*scrambled(rng)) for _ in range(10_000))
    record_property("texts", dict(seen))


def test_what_is_wrong_is_found():
    """The judge sees a wrong differential."""
    tree = Node("tr({0:in})", (Node("A", (), ("n", "n")),), ())
    assert not faults(Problem(tree, {"A": "n x n"}, "A"))
