"""Mutants of the normal form: each identity, made wrong, is found by values or by the collection.

A mutant exchanges one piece of the source of one function. It is judged by terms whose value is
known: texts of the identities below, random expressions, and the answers of the textbook collection
(`test_collection.py` holds these against derivatives). The normal form may not change a value.
"""
# ruff: noqa: E501 (pieces of text in rows)

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import pytest
import textbook
from random_expressions import random_problem

from lecturelib.symbols import normal
from lecturelib.symbols.check import TOLERANCE, counts_of, distance
from lecturelib.symbols.derive import derive
from lecturelib.symbols.draw import draw
from lecturelib.symbols.exact import NoValue, value
from lecturelib.symbols.parse import ParseError, parse
from lecturelib.symbols.tidy import cost, tidy

WHERE = (
    "A: n x n; B: n x n; S: n x n symmetric; P: n x n positive definite; Q: n x n orthogonal; "
    "U: m x n orthogonal; L: n x n lower; D: n x n diagonal; K: n x n skew; R: n x n upper; "
    "X: m x n; Y: m x n; M: m x m; x: n; y: n; z: m; a: scalar; t: scalar; s: scalar positive; k: integer; "
    "r: 1 x n; o: n positive; E: 2 x 3; F: 3 x 2; G: 2 x 2; x_i: n; y_i: scalar; i: 1..N"
)

#: Texts in which one identity of the normal form is used, or nearly.
IDENTITIES = """
U'*U | U*U' | Q*Q' | tr(U*A*U') | norm2(U*U')^2 | inv(Q*A) | det(Q*A*Q') | Q^2
L*L' | tril(L*A) | tril(L') | triu(R*R) | diag(L*L) | diag(L'*L) | diag(inv(L)) | tril(A)
diag(x)*A | A*diag(x) | diag(x)*diag(y) | diag(x)^-2 | diag(diag(x)*A) | tr(diag(x)*A) | r*diag(x)
diag(r)*x | diag(A.*B) | diag((A.*B)^-1) | diag(A./B) | diag(x*y') | diag(ones(n)) | diag(diag(A))
kron(A,B)' | kron(X,Y)*kron(X',Y') | tr(kron(A,G)) | det(kron(A,G)) | kron(A,B)*vec(A) | kron(X,A)*vec(A)
kron(A,B)^2 | inv(kron(A,X'*X)) | vec(X)'*kron(A,eye(m))*vec(X) | kron(x,r) | kron(A+B,X) | kron(E,F)*kron(F,E)
vec(X)'*vec(Y) | vec(A)'*vec(A') | vec(r)'*x | vec(A*X') | tr(inv(kron(A,G)))
sum(X) | sum(A*B) | rowsum(A*B) | colsum(X)*x | ones(1,n)*ones(n,1) | ones(n,n)*ones(n,n) | mean(X)
sum(X.*X) | sum(A.*B') | sum(x.*y) | sum(x.*x.*y) | sum(A.^3) | ones(1,m)*(X.*Y)*ones(n) | sum(x./y)
(t^2)^(1/2) | (-t)^3 | (-t)^k | (2*t)^k | (s*t)^2 | sqrt(4*s) | sqrt(8*s) | (s^a)^t | (x.^2).^0.5 | (o.^2).^0.5
(-2*x).^3 | x.^k.*x.^2 | x./x.^2 | (t*x).^-1 | (s*o).^0.5 | exp(x).*exp(-x) | (t-a)^3 | (a-t)^2 | (2*t-2*a)^3
norm2(t*x)^2 | norm2(2*x) | sqrt((t-a)^2) | (x'*A*x)^0.5 | ((x'*A*x)^2)^0.5 | (x'*P*x)^0.5 | det(A)^0.5
(X'*X)^-1*X'*X | X*inv(X'*X)*X' | inv(X'*X)^2*X'*X | X*X'*X*inv(X'*X) | inv(A*B)*A | inv(2*A*B) | (A')^k
A^k*A^2 | (A*B)^2 | (A+B)^2 | (A-A')^2 | (A'-A)^3 | (-A)^3 | inv(A)'*A' | A*inv(A)' | A'*A*A' | P^0.5*P^-0.5
(P^2)^0.5 | (2*P)^0.5 | sqrtm(P)' | det(2*A) | det(t*A) | det(A^-1) | det(X'*X) | det(A+A') | det(expm(A)) | adj(A)
tr(A*B*A) | tr(A*A') | tr(X*A*X') | tr(A*B*S) | tr(x*r) | tr(A^k*A) | tr(A*B*inv(A)) | tr((A+B)*(A-B)) | tr(2*A)
kron(A,M)*vec(X') | vec(X')'*kron(A,M) | x'*A*B*y-x'*B*A*y | sqrt((x'*S*x)^2) | tr(A*B*L)-tr(L*B*A)
(det(X'*Y)^2)^0.5 | ((t+a)^2)^0.5 | (((t^3)+a^3)^2)^0.5 | (A.*B)'.*A | (A./B)'.*B | kron(r,x) | (x*x')*(y*(r*(A*B)))
sum_i (y_i*t-t*y_i+t) | tr(kron(X,A)'*kron(X,B)) | kron(X',A') + kron(X,A)' | sum(x.*y.*o)
x'*A*y-y'*A'*x | x*x'*y | r*A*x*r | x'*S*y-y'*S*x | x'*K*y | (x-y)'*A*(y-x)
sigmoid(-x) | sigmoid(-t) | exp(t)/(1+exp(t)) | exp(2*x)./(1+exp(x)).^2 | tanh(-x) | relu(x).*step(x) | step(x).*step(x)
relu(X').*step(X)' | rowsoftmax(X') | sum(softmax(x)) | ones(1,m)*softmax(X) | rowsoftmax(X)*ones(n)
exp(A)' | exp(S)' | expm(A)' | expm(S)' | logm(P)' | chol(P)*chol(P)' | chol(P)'*chol(P) | pinv(X)' | sin(K)'
pinv(X)*X*pinv(X) | X*pinv(X)*X | pinv(X)'*X' | X*pinv(X)*pinv(X)' | inv(sqrtm(t*A))*A | sqrtm(t*A) | inv(sqrtm(-P))*P
diag((A.*B)^2) | softmax(X)*ones(n) | colsum(rowsoftmax(X))
[A,B]*[A;B] | [A;B]' | [A,B][1,2] | A[1,:]*A[:,2] | (A*B)[1,2] | A'[1,2] | x[2] | (t*A+B)[2,1] | [x;y]
sum_i y_i*x_i'*A*x_i | sum_i y_i | sum_i (t*y_i)^2 | sum_i A*x_i*x_i' | sum_i x_i'*x | (sum_i y_i)*x
power_frechet(A, 2, B) | power_frechet(A, 3, B) | power_frechet(A, k, A) | tr(power_frechet(A, k, B))
expm_frechet(A, B) | expm_frechet(A, A) | expm_frechet(A, A^2) | tr(expm_frechet(A, B)) | expm_frechet(A, A+B)
sylvester(P, P, P) | sylvester(P, P, B) | block_sum(kron(A,X), A) | block_inner(kron(A,X), X)
block_sum(vec(X)*vec(Y)', A) | block_inner(vec(X)*vec(Y)', eye(m))
block_sum(kron(A,A)^2, A) | block_inner(kron(A,B)^2, B) | block_sum(kron(A,X)', A) | block_inner(kron(X,A)', A)
"""  # noqa: E501


class Mutant(NamedTuple):
    """A piece of the source of a function, and what stands there instead."""

    function: str
    old: str
    new: str


#: One wrong version of each identity.
MUTANTS = [
    Mutant("_turned_word", "not t and", "t and"),
    Mutant("_turned_word", "reversed(word)", "word"),
    Mutant("_turned_word", '"symmetric" not in a.flags', "True"),
    Mutant("_turned_pair", "if factor[1] else", "if False else"),
    Mutant("_sigmoid", "Fraction(-1))], p.shape)", "Fraction(1))], p.shape)"),
    Mutant("_sigmoid", "a.scaled(turned, Fraction(-1))", "turned"),
    Mutant("Algebra._monomial_power", "self.exponents_product(e, exponent)) for", "e) for"),
    Mutant("Algebra._pushed", "turned == transposed", "True"),
    Mutant("Algebra._pushed", "(turned or _is_square(atom))", "True"),
    Mutant("Algebra._pushed", '"orthogonal" in atom.flags', "True"),
    Mutant("Algebra._neighbours", "self.entrywise(v, b.content[0])", "self.entrywise(v, v)"),
    Mutant("Algebra._neighbours", "self.kron(self.product(P, R), self.product(Q, S))",
           "self.kron(self.product(R, P), self.product(Q, S))"),
    Mutant("Algebra._neighbours", "self.product(C, self.transposed(P))", "self.product(C, P)"),
    Mutant("Algebra._neighbours", "self.trace(self.product(self.transposed(A), B))",
           "self.trace(self.product(A, B))"),
    Mutant("Algebra._neighbours", "same_shape((P.shape[1], Q.shape[1]), C.shape[::-1])", "True"),
    Mutant("Algebra._summed", "len(items) == 2", "len(items) > 1"),
    Mutant("Algebra._summed", "self.size(atom.shape[0])", "self.number(_ONE)"),
    Mutant("Algebra._cut", "*stack[cuts[-1] :]", "*stack[cuts[-1] :][::-1]"),
    Mutant("Algebra._inner", "min(word, _turned_word(word), key=_word_order)",
           "tuple(sorted(word, key=lambda f: f[0].number))"),
    Mutant("Algebra._inner", "self.product(self.transposed(A), B)", "self.product(A, B)"),
    Mutant("Algebra._inner", '"positive definite" in word[1][0].flags', "True"),
    Mutant("Algebra._trace_of_word", "for w in (word, turned_word)",
           "for w in (word, word[::-1])"),
    Mutant("Algebra._trace_of_word", "self.times(*(self.trace(M) for M in atom.content))",
           "self.plus(*(self.trace(M) for M in atom.content))"),
    Mutant("Algebra.total", "self.ones((columns, 1))", "self.ones((rows, 1))"),
    Mutant("Algebra.matrix_power", "reversed(blocks)", "blocks"),
    Mutant("Algebra._inverted", "for M in factors", "for M in reversed(factors)"),
    Mutant("Algebra._inverted", '"orthogonal" in atom.flags', '"symmetric" in atom.flags'),
    Mutant("Algebra.det", "exponent = n if n.constant is None else n.constant", "exponent = _ONE"),
    Mutant("Algebra._det_flags", "_turned_word(word) == word", "True"),
    Mutant("Algebra.is_positive", "e % 2 == 0", "True"),
    Mutant("Algebra.entrywise", "self.exponents_sum(items.pop(item, Fraction(0)), exponent)",
           "exponent"),
    Mutant("Algebra._items", "self.transposed(m) if turned else m", "m"),
    Mutant("Algebra.entries", "self.transposed(m): e", "m: e"),
    Mutant("Algebra.entries", "_SYMMETRIC if mirrored else ()", "_SYMMETRIC"),
    Mutant("Algebra._sum_atom", "not scalars and coefficient == 1", "True"),
    Mutant("Algebra.diagonal", '"entries" and is_one(word[0][2])', '"entries"'),
    Mutant("Algebra._learn_pseudo_inverse", "(Pt + Xt, X + P)", "(Pt + Xt, P + X)"),
    Mutant("Algebra._learn_pseudo_inverse", "(X + P + X, X)", "(X + P + X, P)"),
    Mutant("Algebra.matrix_power", "not is_whole(exponent) and", "False and"),
    Mutant("_reshape", "a.transposed(p)\n", "p\n"),
    Mutant("_sums_to_one", 'get("axis") == axis', 'get("axis") != axis'),

    Mutant("Algebra.entrywise_power", "self.exponents_product(e, exponent)", "e"),
    Mutant("Algebra.diag", "return self.identity(n)", "return self.ones((n, n))"),
    Mutant("Algebra.diagonal", "self.entrywise(left, self.transposed(right))", "left"),
    Mutant("Algebra.diagonal", "(self.diagonal(m), e)", "(self.diagonal(m), _ONE)"),
    Mutant("Algebra.diagonal", "_is_triangular(word, \"lower\") or _is_triangular(word, \"upper\")",
           "True"),
    Mutant("Algebra.vec", "return self.transposed(p)", "return p"),
    Mutant("Algebra.kron", "self.transposed(P), self.transposed(Q)", "self.transposed(P), Q"),
    Mutant("Algebra.kron", "return self.product(Q, P)", "return self.product(P, Q)"),
    Mutant("Algebra.block_sum", "self.transposed(P), A", "P, A"),
    Mutant("Algebra.block_sum", "self.transposed(R)", "R"),
    Mutant("Algebra.block_inner", "self.transposed(Q), B", "Q, B"),
    Mutant("Algebra.block_inner", "self.transposed(P), self.product(B, R)", "P, self.product(B, R)"),
    Mutant("Algebra._commutes", "return False", "return True"),
    Mutant("Algebra.apply_plain", "turned = False", "turned = True"),
    Mutant("_absorbed", "items.pop(p)", "items.pop(by_function['relu', content, turned])"),
    Mutant("_may_be_raised", '"positive" in atom.flags', "True"),
    Mutant("_triangle", "a.diag(a.diagonal(q))", "q"),
    Mutant("_is_triangular", '"upper" if side == "lower" else "lower"', "side"),
    Mutant("_divide", "a.power(q, Fraction(-1))", "q"),
    Mutant("_summed_along", "a.ones((p.shape[1], 1))", "a.ones((p.shape[0], 1))"),
    Mutant("_mean", "a.size(p.shape[0]), a.size(p.shape[1])", "a.size(p.shape[0]), a.size(p.shape[0])"),
    Mutant("_sum_over", "a.times(a.size(count), q)", "q"),
    Mutant("_sum_over", "if s not in inside", ""),
    Mutant("_has_index", "_has_index(content.content, index)", "False"),
    Mutant("_power_frechet", "powers[n - 1 - i]", "powers[i]"),
    Mutant("_sylvester", "Fraction(1, 2)", "Fraction(1)"),
    Mutant("merged", "have = have + e", "have = e"),
]  # fmt: skip


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """The mutant's code in the place of the function's, for every module that took it."""
    owner, _, name = mutant.function.rpartition(".")
    right = getattr(getattr(normal, owner) if owner else normal, name)
    source = textwrap.dedent(inspect.getsource(right)).replace("@staticmethod\n", "")
    assert mutant.old in source, f"{mutant.function} has no {mutant.old!r} any more"
    names: dict[str, Any] = {}
    exec(source.replace(mutant.old, mutant.new), normal.__dict__, names)
    code, right.__code__ = right.__code__, names[name].__code__
    try:
        yield
    finally:
        right.__code__ = code


@cache
def terms() -> list[tuple[Any, str, Any, Any, Any]]:
    """Terms with data and their value there: of the identities and of random expressions."""
    found: list[tuple[Any, str, Any, Any, Any]] = []
    for text in filter(None, (part.strip() for part in IDENTITIES.replace("\n", "|").split("|"))):
        found += _with_values(text, WHERE, 2)
    for seed in range(150):
        problem = random_problem(seed, 3)
        found += _with_values(problem.text, problem.where, 1)
    return found


def _with_values(text: str, where: str, count: int) -> Iterator[tuple[Any, str, Any, Any, Any]]:
    try:
        parsed = parse(text, where=where)
    except ParseError:
        return
    counts = counts_of(parsed.term)
    names = set(re.findall(r"[A-Za-z]\w*", text))
    symbols = [symbol for name, symbol in parsed.symbols.items() if name in names]
    for seed in range(count):
        try:
            values, sizes = draw(
                symbols, seed, wide=bool(seed), counts=counts,
                accept=lambda values, sizes: value(parsed.term, values, sizes) is not None,
            )  # fmt: skip
        except NoValue:
            continue
        right = value(parsed.term, values, sizes)
        try:
            value(tidy(parsed.term), values, sizes)
        except NoValue:  # adj(X) at a singular X, which det(X)*inv(X) does not reach
            continue
        yield parsed.term, text, values, sizes, right


def first_wrong() -> str:
    """The first term whose normal form has another value, or none; empty if there is none."""
    known: dict[int, Any] = {}
    for term, text, values, sizes, right in terms():
        try:
            if id(term) not in known:
                known[id(term)] = tidy(term)
            if not distance(value(known[id(term)], values, sizes), right) <= TOLERANCE:
                return f"{text} -> {known[id(term)]}"
        except Exception as error:
            return f"{text}: {type(error).__name__}"
    return ""


def long(step: int) -> set[str]:
    """The answers of the collection that fail, or come out longer than 1.5 times the textbook's."""
    found = set()
    for name, _, where, variable, text, kind, answer in textbook.problems()[::step]:
        try:
            d = derive(text, variable, where, direction="H")
            shape = " x ".join(map(str, d.wrt[0].shape)) or "scalar"
            right = parse(answer, where=f"{where}; H: {shape}").term
            if cost(getattr(d, kind)) > 1.5 * max(1, cost(right)):
                found.add(name)
        except Exception:
            found.add(name)
    return found


@cache
def known_to_be_long(step: int) -> set[str]:
    return long(step)


def test_without_a_mutant_nothing_is_wrong():
    assert not first_wrong()


def survives(mutant: Mutant) -> bool:
    """Whether neither values nor lengths of answers tell the mutant from what is right."""
    before = known_to_be_long(5)
    assert terms()
    with mutated(mutant):
        return not first_wrong() and long(5) <= before


@pytest.mark.parametrize("mutant", MUTANTS[::4], ids=str)
def test_some_wrong_identities_are_found(mutant):
    assert not survives(mutant)


@pytest.mark.full
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_each_wrong_identity_is_found(mutant):
    assert not survives(mutant)
