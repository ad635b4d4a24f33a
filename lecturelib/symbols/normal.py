r"""The normal form of terms: sums of products, in which what is equal by algebra is equal.

A term becomes a `Polynomial`: rational coefficients times *monomials*. A monomial is a product of
numbers (*scalars*, which commute) and a *word* of matrices (which do not). What is no sum or
product is an *atom*: a symbol, a function, an entrywise product, a sum that stands in parentheses.
The identities used are those that hold wherever both sides exist: associativity, distributivity,
transposes and inverses of products, the cyclic trace, powers of one base, linear operations, and
what flags (symmetric, orthogonal) say.

An `Algebra` belongs to one computation and interns its atoms, so that equal atoms are one object.
How far products of sums are multiplied out is the reader's choice (`Algebra`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import compress
from operator import not_
from typing import Any

from ..table import TABLE
from ..table.shapes import Shape, Size, known, same, same_shape
from .language import size_term
from .terms import (
    Application,
    Comparison,
    Differential,
    Expression,
    Identity,
    Number,
    Ones,
    Part,
    Pending,
    Symbol,
    is_invisible,
)

Exponent = Any  # a Fraction, or a Polynomial of symbols
Scalars = tuple[tuple["Atom", Exponent], ...]
Factor = tuple["Atom", bool, Exponent]
Word = tuple[Factor, ...]
Monomial = tuple[Scalars, Word]


class TooLargeError(ValueError):
    """The computation has taken more steps than a formula that anyone reads."""


class Atom:
    """What a monomial is made of; atoms of one algebra that are equal are one object.

    Attributes
    ----------
    kind : str
        ``"symbol"``, ``"ones"`` (a column), ``"sum"`` (a polynomial in parentheses), ``"entries"``
        (an entrywise product), ``"inner"`` (a 1 x 1 word), ``"trace"`` (of a word), ``"det"``, or
        the name of an operation of the table.
    content : object
        What the kind needs: a term, a polynomial, a word, operands.
    """

    __slots__ = ("content", "flags", "kind", "number", "parameters", "shape", "varies")

    def __init__(
        self, number: int, kind: str, content: Any, shape: Shape, flags: frozenset[str],
        parameters: Any, varies: bool,
    ) -> None:  # fmt: skip
        self.number, self.kind, self.content, self.shape = number, kind, content, shape
        self.flags, self.parameters, self.varies = flags, parameters, varies

    def __repr__(self) -> str:
        return f"<{self.kind} {self.number}>"


class Polynomial:
    """A sum of monomials with coefficients; it is not changed after it is made."""

    __slots__ = ("_key", "_varies", "shape", "terms")

    def __init__(self, shape: Shape, terms: dict[Monomial, Any]) -> None:
        self.shape, self.terms = shape, terms
        self._key: Any = None
        self._varies: bool | None = None

    @property
    def key(self) -> Any:
        if self._key is None:
            self._key = frozenset(self.terms.items()), tuple(map(str, self.shape))
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def constant(self) -> Any:
        """The value of a number that no symbol occurs in, otherwise None."""
        if not self.terms:
            return Fraction(0)
        if self.shape == () and len(self.terms) == 1 and ((), ()) in self.terms:
            return self.terms[(), ()]
        return None


def is_one(exponent: Exponent) -> bool:
    return not isinstance(exponent, Polynomial) and bool(exponent == 1)


def is_whole(exponent: Exponent) -> bool:
    """Whether the exponent is an integer: a number, or made of symbols that are integers."""
    if isinstance(exponent, Polynomial):
        return all(
            c == int(c) and all("integer" in a.flags and is_whole(e) for a, e in scalars)
            for (scalars, _), c in exponent.terms.items()
        )
    return bool(exponent == int(exponent))


_ONE = Fraction(1)
_POSITIVE = frozenset({"positive"})
_SYMMETRIC = frozenset({"symmetric"})


class Algebra:
    """The atoms of one computation, and what can be done with polynomials of them.

    Parameters
    ----------
    expand : {"none", "varying", "all"}
        Which sums are multiplied out where they are factors; others stay one atom. ``"varying"``
        are those in which a differential occurs.
    budget : int
        The largest number of products of monomials.
    deadline : float, optional
        The time, as `time.perf_counter` tells it, after which the computation stops itself.
    """

    def __init__(
        self, expand: str = "none", budget: int = 200_000, deadline: float | None = None
    ) -> None:
        self.expand, self.budget, self.deadline = expand, budget, deadline
        self._atoms: dict[Any, Atom] = {}
        self._known: dict[int, tuple[Expression, Polynomial]] = {}
        self._products: list[Atom] = []  # sums in parentheses that are one product, such as X'*X
        self._identities: list[tuple[Word, Word]] = []  # words of pseudo-inverses, and shorter ones

    # -- Atoms ------------------------------------------------------------------------------------

    def atom(
        self, kind: str, content: Any, shape: Shape, flags: Iterable[str] = (),
        parameters: Any = (), chosen: Any = None,
    ) -> Atom:  # fmt: skip
        """The atom of this content; of those with the same `chosen` form the first one stays."""
        identity = content.name if isinstance(content, Symbol | Differential) else content
        key = (kind, identity if chosen is None else chosen, tuple(map(str, shape)), parameters)
        found = self._atoms.get(key)
        if found is None:
            found = Atom(
                len(self._atoms), kind, content, shape, frozenset(flags), parameters,
                kind == "pending" or _varies(content),
            )  # fmt: skip
            self._atoms[key] = found
        return found

    @property
    def has_sums(self) -> bool:
        """Whether a sum is a factor somewhere, so that it could be multiplied out."""
        return any(map(_holds_sum, self._atoms.values()))

    def number(self, value: Any) -> Polynomial:
        return Polynomial((), {((), ()): value} if value else {})

    def zero(self, shape: Shape) -> Polynomial:
        return Polynomial(_as_matrix(shape), {})

    def scalar(self, atom: Atom, exponent: Exponent = _ONE) -> Polynomial:
        return Polynomial((), {(((atom, exponent),), ()): _ONE})

    def matrix(self, atom: Atom, transposed: bool = False, exponent: Exponent = _ONE) -> Polynomial:
        """An atom as a polynomial, in the shape it has."""
        if atom.shape == ():
            return self.scalar(atom, exponent)
        if "symmetric" in atom.flags:
            transposed = False
        shape = atom.shape[::-1] if transposed else atom.shape
        return Polynomial(shape, {((), ((atom, transposed, exponent),)): _ONE})

    def size(self, n: Any) -> Polynomial:
        """A size as a number: an integer, a letter, or made of them."""
        n = known(n)
        return self.polynomial(size_term(n)) if isinstance(n, Size) else self.number(Fraction(n))

    def ones(self, shape: Shape) -> Polynomial:
        rows, columns = shape if len(shape) == 2 else (*shape, 1)
        left = self.matrix(self.atom("ones", None, (rows, 1)))
        right = self.matrix(self.atom("ones", None, (columns, 1)), transposed=True)
        if same_shape((rows,), (1,)):
            return right if not same_shape((columns,), (1,)) else self.number(_ONE)
        return left if same_shape((columns,), (1,)) else self.product(left, right)

    # -- Sums -------------------------------------------------------------------------------------

    def plus(self, *polynomials: Polynomial) -> Polynomial:
        shape = polynomials[0].shape
        terms: dict[Monomial, Any] = {}
        for p in polynomials:
            if p.shape != shape and not same_shape(p.shape, shape):
                raise ValueError(f"A sum of shapes {shape} and {p.shape}.")
            for monomial, coefficient in p.terms.items():
                total = terms.get(monomial, 0) + coefficient
                if total:
                    terms[monomial] = total
                else:
                    terms.pop(monomial, None)
        return Polynomial(shape, terms)

    def scaled(self, p: Polynomial, factor: Any) -> Polynomial:
        if factor == 1:
            return p
        return Polynomial(p.shape, {m: c * factor for m, c in p.terms.items()} if factor else {})

    # -- Products ---------------------------------------------------------------------------------

    def times(self, s: Polynomial, p: Polynomial) -> Polynomial:
        """A number times anything."""
        if s.constant is not None:
            return self.scaled(p, s.constant)
        if p.constant is not None and p.shape == ():
            return self.scaled(s, p.constant)
        return self._multiplied(self._factor(s), self._factor(p), p.shape)

    def product(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """The matrix product."""
        if p.shape == () or q.shape == ():
            return self.times(p, q) if p.shape == () else self.times(q, p)
        shape = _as_matrix((p.shape[0], q.shape[1]))
        return self._multiplied(self._factor(p), self._factor(q), shape)

    def _factor(self, p: Polynomial) -> Polynomial:
        """A sum as one atom, unless it is to be multiplied out."""
        return p if len(p.terms) < 2 or self.expands(p) else self.parenthesised(p)

    def expands(self, p: Polynomial) -> bool:
        """Whether this sum is multiplied out."""
        return self.expand == "all" or (self.expand == "varying" and _varies(p))

    def parenthesised(self, p: Polynomial, exponent: Exponent = _ONE) -> Polynomial:
        """A polynomial as an atom to some power: its content stands in front."""
        content, scalars, rest = self.primitive(p)
        if not is_whole(exponent):  # a power of its own only for what is known to be positive
            kept = tuple(s for s in scalars if not _may_be_raised(*s))
            sign = _ONE if content > 0 else -_ONE
            rest = self.times(Polynomial((), {(kept, ()): sign}), rest)
            content, scalars = abs(content), tuple(s for s in scalars if s not in kept)
        transposed = False
        if p.shape != () and not self.is_symmetric(rest):
            turned = self.transposed(rest)
            turned_content, turned_scalars, turned = self.primitive(turned)
            if same_shape(p.shape, (1, p.shape[1])) or (
                not same_shape((p.shape[1],), (1,)) and _order(turned) < _order(rest)
            ):
                rest, transposed = turned, True
                content *= turned_content
                scalars = merged(scalars, turned_scalars)
        atom = self._sum_atom(rest)
        inner = self.matrix(atom, transposed, exponent)
        front = Polynomial((), {(scalars, ()): content})
        if not is_one(exponent):
            front = self.power(front, exponent)
        return self._multiplied(front, inner, inner.shape)

    def _sum_atom(self, rest: Polynomial) -> Atom:
        flags = set()
        if rest.shape != () and self.is_symmetric(rest):
            flags.add("symmetric")
        if rest.shape == () and self.is_positive(rest):
            flags.add("positive")
        before = len(self._atoms)
        atom = self.atom("sum", rest, rest.shape, flags)
        if len(self._atoms) > before and len(rest.terms) == 1 and rest.shape != ():
            [((scalars, _), coefficient)] = rest.terms.items()
            if not scalars and coefficient == 1:
                self._products.append(atom)
        return atom

    def primitive(self, p: Polynomial) -> tuple[Any, Scalars, Polynomial]:
        """The content (coefficient and common scalars) of a polynomial, and what is left."""
        items = list(p.terms.items())
        if not items:
            return _ONE, (), p
        coefficient = _content([c for _, c in items])
        if _leading(items) < 0:
            coefficient = -coefficient
        common = dict(items[0][0][0])
        for (scalars, _), _c in items[1:]:
            have = dict(scalars)
            common = {
                a: e for a, e in common.items()
                if a in have and have[a] == e and "size" not in a.flags
            }  # fmt: skip
        shared = tuple(sorted(common.items(), key=_by_number))
        if coefficient == 1 and not shared:
            return _ONE, (), p
        rest = {
            (tuple((a, e) for a, e in scalars if a not in common), word): c / coefficient
            for (scalars, word), c in items
        }
        return coefficient, shared, Polynomial(p.shape, rest)

    def look_at_the_clock(self) -> None:
        """Stop what takes longer than it may."""
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise TooLargeError("The computation takes longer than it may.")

    def _multiplied(self, p: Polynomial, q: Polynomial, shape: Shape) -> Polynomial:
        self.budget -= len(p.terms) * len(q.terms)
        if self.budget < 0:
            raise TooLargeError("The formula has too many terms.")
        self.look_at_the_clock()
        terms: dict[Monomial, Any] = {}
        for (s, v), a in p.terms.items():
            for (t, w), b in q.terms.items():
                for monomial, c in self._joined(s, v, t, w, shape).terms.items():
                    total = terms.get(monomial, 0) + a * b * c
                    if total:
                        terms[monomial] = total
                    else:
                        terms.pop(monomial, None)
        return Polynomial(shape, terms)

    def _joined(self, s: Scalars, v: Word, t: Scalars, w: Word, shape: Shape) -> Polynomial:
        scalars = merged(s, t)
        if not w or not v:
            word = v or w
            if shape != () or not word:
                return Polynomial(shape, {(scalars, word): _ONE})
        word_polynomial = self.word((*v, *w), shape, len(v))
        return self._with_scalars(scalars, word_polynomial)

    def _with_scalars(self, scalars: Scalars, p: Polynomial) -> Polynomial:
        if not scalars:
            return p
        return Polynomial(p.shape, {(merged(scalars, t), w): c for (t, w), c in p.terms.items()})

    # -- Words ------------------------------------------------------------------------------------

    def word(self, factors: Word, shape: Shape, start: int = 1) -> Polynomial:
        """A product of factors: neighbours are joined, and what is 1 x 1 inside is a number."""
        stack = list(factors[: max(start, 0)])
        for factor in factors[max(start, 0) :]:
            reduced = self._pushed(stack, factor)
            if reduced is not None:  # two factors became a polynomial: start again with it
                rest = factors[len(factors) - self._left(factors, factor) :]
                return self._restarted(stack, reduced, rest, shape)
        return self._cut(stack, shape)

    @staticmethod
    def _left(factors: Word, factor: Factor) -> int:
        place = max(i for i, f in enumerate(factors) if f is factor)
        return len(factors) - place - 1

    def _restarted(
        self, stack: list[Factor], middle: Polynomial, rest: Word, shape: Shape
    ) -> Polynomial:
        result = middle
        if stack:
            left = Polynomial((_rows(stack[0]), _columns(stack[-1])), {((), tuple(stack)): _ONE})
            result = self.product(left, result)
        if rest:
            right = Polynomial((_rows(rest[0]), _columns(rest[-1])), {((), rest): _ONE})
            result = self.product(result, right)
        if shape == () and result.shape != ():
            raise AssertionError("a number has no axes")
        return result

    def _pushed(self, stack: list[Factor], factor: Factor) -> Polynomial | None:
        """Add a factor to a word; a polynomial if it made one with the factor before it."""
        atom, transposed, exponent = factor
        if stack:
            before, turned, power = stack[-1]
            joins = atom.kind not in ("kron", "diag")  # these multiply inside: see _neighbours
            if before is atom and turned == transposed and _is_square(atom) and joins:
                total = self.exponents_sum(power, exponent)
                stack.pop()
                if not _is_zero(total):
                    stack.append((atom, transposed, total))
                return None
            if (
                before is atom and turned != transposed and "orthogonal" in atom.flags
                and (turned or _is_square(atom)) and is_one(power) and is_one(exponent)
            ):  # fmt: skip
                stack.pop()
                return None
            joined = self._neighbours(stack[-1], factor)
            if joined is not None:
                stack.pop()
                return joined
        stack.append(factor)
        if self._products:
            self._absorb(stack)
        for long, short in self._identities:
            if tuple(stack[-len(long) :]) == long:
                del stack[-len(long) :]
                return _of_word(short)
        return None

    def _learn_pseudo_inverse(self, atom: Atom) -> None:
        """What the pseudo-inverse P of a product X does beside it: X P X = X, X P symmetric, ..."""
        [p] = atom.content
        if len(p.terms) != 1:
            return
        [((scalars, X), c)] = p.terms.items()
        if scalars or c != 1 or not X:
            return
        P: Word = ((atom, False, _ONE),)
        Pt, Xt = _turned_word(P), _turned_word(X)
        self._identities += [
            (X + P + X, X), (P + X + P, P), (Xt + Pt + Xt, Xt), (Pt + Xt + Pt, Pt),
            (Xt + X + P, Xt), (P + X + Xt, Xt), (X + P + Pt, Pt), (Pt + P + X, Pt),
            (Pt + Xt, X + P), (Xt + Pt, P + X),
        ]  # fmt: skip

    def _absorb(self, stack: list[Factor]) -> None:
        """X'*X beside (X'*X)^-1 is one power more."""
        for atom in self._products:
            [((_, word), _)] = atom.content.terms.items()
            for turned in (False, True) if "symmetric" not in atom.flags else (False,):
                found = _turned_word(word) if turned else word
                n = len(found)
                if len(stack) > n and stack[-n - 1][:2] == (atom, turned):
                    if tuple(stack[-n:]) == found:
                        self._raise(stack, -n - 1, n, first=True)
                        return
                if len(stack) > n and stack[-1][:2] == (atom, turned):
                    if tuple(stack[-n - 1 : -1]) == found:
                        self._raise(stack, -1, n, first=False)
                        return

    def _raise(self, stack: list[Factor], place: int, n: int, first: bool) -> None:
        atom, turned, power = stack[place]
        total = self.exponents_sum(power, _ONE)
        del stack[-n - 1 :]
        if not _is_zero(total):
            stack.append((atom, turned, total))

    def exponents_sum(self, a: Exponent, b: Exponent) -> Exponent:
        if not isinstance(a, Polynomial) and not isinstance(b, Polynomial):
            return a + b
        total = self.plus(_as_polynomial(a), _as_polynomial(b))
        return total if total.constant is None else total.constant

    def exponents_product(self, a: Exponent, b: Exponent) -> Exponent:
        if not isinstance(a, Polynomial) and not isinstance(b, Polynomial):
            return a * b
        total = self.times(_as_polynomial(a), _as_polynomial(b))
        return total if total.constant is None else total.constant

    def _neighbours(self, left: Factor, right: Factor) -> Polynomial | None:
        """What two neighbours in a word make together, if that is simpler."""
        (a, a_turned, a_power), (b, b_turned, b_power) = left, right
        if a is b and a.kind == "cholesky" and a_power == b_power and a_turned != b_turned:
            if (a_turned, a_power) in ((False, 1), (True, -1)):  # L L', and its inverse
                return self.matrix_power(a.content[0], a_power)
        if not (is_one(a_power) and is_one(b_power)):
            return None
        if a.kind == "diag":
            [v] = a.content
            if b.kind == "diag":
                return self.diag(self.entrywise(v, b.content[0]))
            if same_shape((_columns(right),), (1,)):
                return self.entrywise(v, self.matrix(b, b_turned))
        if b.kind == "diag" and same_shape((_rows(left),), (1,)):
            return self.entrywise(self.transposed(b.content[0]), self.matrix(a, a_turned))
        if a.kind == "kron":
            P, Q = _turned_pair(self, left)
            if b.kind == "kron":
                R, S = _turned_pair(self, right)
                if same_shape((P.shape[1], Q.shape[1]), (R.shape[0], S.shape[0])):
                    return self.kron(self.product(P, R), self.product(Q, S))
            if b.kind == "vec" and not b_turned:
                [C] = b.content
                if same_shape((P.shape[1], Q.shape[1]), C.shape[::-1]):
                    return self.vec(self.product(Q, self.product(C, self.transposed(P))))
        if b.kind == "kron" and a.kind == "vec" and a_turned:
            [C], (P, Q) = a.content, _turned_pair(self, right)
            if same_shape((P.shape[0], Q.shape[0]), C.shape[::-1]):
                turned = self.product(self.transposed(Q), self.product(C, P))
                return self.transposed(self.vec(turned))
        if a.kind == b.kind == "vec" and a_turned and not b_turned:
            [A], [B] = a.content, b.content
            if same_shape(A.shape, B.shape):
                return self.trace(self.product(self.transposed(A), B))
        if a.kind == "ones" and a_turned:
            if _sums_to_one(b, int(b_turned)):
                return self.ones((1, _columns(right)))
            return self._summed(right)
        if b.kind == "ones" and not b_turned:
            if _sums_to_one(a, 1 - int(a_turned)):
                return self.ones((_rows(left), 1))
            if same_shape((_rows(left),), (1,)):
                return self._summed((a, not a_turned, a_power))
        return None

    def _summed(self, factor: Factor) -> Polynomial | None:
        """ones' times a column, where the sum of its entries has a shorter form."""
        atom, turned, _ = factor
        if not same_shape((_columns(factor),), (1,)):
            return None
        if atom.kind == "ones":
            return self.size(atom.shape[0])
        if atom.kind == "diagonal" and not atom.parameters:
            return self.trace(atom.content[0])
        if atom.kind == "entries":
            items = [m for m, e in atom.content for _ in range(int(e) if e in (1, 2) else 9)]
            if len(items) == 2:
                return self.product(self.transposed(items[0]), items[1])
        return None

    def _cut(self, stack: list[Factor], shape: Shape) -> Polynomial:
        """The numbers inside a word: between two axes of length 1 it is 1 x 1."""
        if not stack:
            return Polynomial(shape, {((), ()): _ONE})
        bounds = [_rows(stack[0]), *(_columns(f) for f in stack)]
        cuts = [i for i, n in enumerate(bounds) if type(n) is int and n == 1]
        if len(cuts) < 2:
            return Polynomial(shape, {((), tuple(stack)): _ONE})
        outside = (*stack[: cuts[0]], *stack[cuts[-1] :])
        result = Polynomial(shape, {((), outside): _ONE})
        for i, j in zip(cuts, cuts[1:], strict=False):
            result = self.times(self._inner(tuple(stack[i:j])), result)
        return result

    def _inner(self, word: Word) -> Polynomial:
        """A 1 x 1 word as a number."""
        if len(word) == 1:
            atom, turned, exponent = word[0]
            return self.scalar(atom, exponent)
        if len(word) == 3 and word[0][0].kind == "ones" and word[2][0].kind == "ones":
            atom = word[1][0]
            if atom.kind == "entries" and is_one(word[1][2]):
                items = [m for m, e in atom.content for _ in range(int(e) if e in (1, 2) else 9)]
                if len(items) == 2:
                    A, B = (self.transposed(m) if word[1][1] else m for m in items)
                    return self.trace(self.product(self.transposed(A), B))
        chosen = min(word, _turned_word(word), key=_word_order)
        flags = _POSITIVE if _turned_word(word) == word and len(word) % 2 == 0 else ()
        if (
            len(word) == 3
            and "positive definite" in word[1][0].flags
            and _turned_word(word) == word
        ):
            flags = _POSITIVE
        return self.scalar(self.atom("inner", word, (), flags, chosen=chosen))

    # -- Transposes -------------------------------------------------------------------------------

    def transposed(self, p: Polynomial) -> Polynomial:
        if p.shape == ():
            return p
        terms = {(s, _turned_word(w)): c for (s, w), c in p.terms.items()}
        return Polynomial(p.shape[::-1], terms)

    def is_symmetric(self, p: Polynomial) -> bool:
        return _is_square(p) and self.transposed(p).terms == p.terms

    # -- Traces, determinants, inverses, powers ---------------------------------------------------

    def trace(self, p: Polynomial) -> Polynomial:
        if p.shape == ():
            return p
        total = self.number(Fraction(0))
        for (scalars, word), c in p.terms.items():
            one = self._with_scalars(scalars, self._trace_of_word(word, p.shape[0]))
            total = self.plus(total, self.scaled(one, c))
        return total

    def _trace_of_word(self, word: Word, n: Any) -> Polynomial:
        if not word:
            return self.size(n)
        bounds = [_rows(f) for f in word]
        for i, size in enumerate(bounds):
            if type(size) is int and size == 1:
                return self.word((*word[i:], *word[:i]), (), len(word) - i)
        if len(word) > 1:  # the last factor meets the first one
            stack = [word[-1]]
            joined = self._pushed(stack, word[0])
            if joined is not None or len(stack) < 2:
                middle = joined or Polynomial(
                    (_rows(word[-1]), _columns(word[0])), {((), tuple(stack)): _ONE}
                )
                rest = word[1:-1]
                if not rest:
                    return self.trace(middle)
                inner = Polynomial((_rows(rest[0]), _columns(rest[-1])), {((), rest): _ONE})
                return self.trace(self.product(middle, inner))
        if len(word) == 1 and is_one(word[0][2]):
            atom = word[0][0]
            if atom.kind == "sum":
                return self.trace(atom.content)
            if atom.kind == "diag":
                return self.total(atom.content[0])
            if atom.kind == "kron" and all(_is_square(M) for M in atom.content):
                return self.times(*(self.trace(M) for M in atom.content))
            simpler = self._trace_of_operation(atom)
            if simpler is not None:
                return simpler
        else:
            for i, (atom, turned, power) in enumerate(word):
                if atom.kind == "sum" and is_one(power) and self.expands(atom.content):
                    content = self.transposed(atom.content) if turned else atom.content
                    rest = (*word[i + 1 :], *word[:i])
                    other = Polynomial((_rows(rest[0]), _columns(rest[-1])), {((), rest): _ONE})
                    return self.trace(self.product(content, other))
        turned_word = _turned_word(word)
        rotations = [(*w[i:], *w[:i]) for w in (word, turned_word) for i in range(len(word))]
        chosen = min(rotations, key=_word_order)
        square = len(word) % 2 == 0 and any(
            _turned_word(w[: len(w) // 2]) == w[len(w) // 2 :] for w in rotations
        )
        square = square or (len(word) == 1 and is_even_power(word[0]))
        flags = _POSITIVE if square else ()
        return self.scalar(self.atom("trace", word, (), flags, chosen=chosen))

    def _trace_of_operation(self, atom: Atom) -> Polynomial | None:
        """tr L{E} of a Frechet derivative is tr(g'(X) E)."""
        operation = TABLE.get(atom.kind)
        base = operation.rule.frechet_of if operation is not None else ""
        if atom.kind == "sylvester" and atom.content[0] == atom.content[1]:
            A, _, C = atom.content
            half = self.product(self.matrix_power(A, Fraction(-1)), self.scaled(C, Fraction(1, 2)))
            return self.trace(half)
        if not base:
            return None
        X, *middle, E = atom.content
        slope = self.commuting(base, X, middle, self.identity(X.shape[0]))
        return None if slope is None else self.trace(self.product(slope, E))

    def commuting(
        self, name: str, X: Polynomial, others: list[Polynomial], E: Polynomial
    ) -> Polynomial | None:
        """The differential of a matrix function in a direction that commutes with X."""
        commuting = TABLE[name].rule.commuting
        if commuting is None:
            return None
        stand_ins = [Symbol("#X", shape=X.shape), *(Symbol(f"#{i}", shape=()) for i in range(9))]
        inputs = stand_ins[: len(others) + 1]
        direction = Symbol("#E", shape=E.shape)
        formula = commuting(TABLE[name](*inputs), *inputs, direction)
        return self.polynomial(
            formula, dict(zip([x.name for x in inputs], [X, *others], strict=True)) | {"#E": E}
        )

    def identity(self, n: Any) -> Polynomial:
        return Polynomial(_as_matrix((n, n)), {((), ()): _ONE})

    def total(self, p: Polynomial) -> Polynomial:
        """The sum of all entries."""
        if p.shape == ():
            return p
        rows, columns = p.shape
        left = self.transposed(self.ones((rows, 1))) if rows != 1 else None
        result = p if left is None else self.product(left, p)
        if result.shape == () or (type(columns) is int and columns == 1):
            return result
        return self.product(result, self.ones((columns, 1)))

    def power(self, p: Polynomial, exponent: Exponent) -> Polynomial:
        """A number to a power."""
        if isinstance(exponent, Polynomial) and exponent.constant is not None:
            exponent = exponent.constant
        if _is_zero(exponent):
            return self.number(_ONE)
        if is_one(exponent):
            return p
        if not p.terms:
            if not isinstance(exponent, Polynomial) and exponent > 0:
                return p
            raise ZeroDivisionError("0 stands where it may not: below a fraction.")
        if len(p.terms) == 1:
            [((scalars, _), c)] = p.terms.items()
            return self._monomial_power(scalars, c, exponent)
        if self.expands(p) and not isinstance(exponent, Polynomial) and exponent == 2:
            return self.times(p, p)
        content, scalars, rest = self.primitive(p)
        if content < 0 and not is_whole(exponent):
            content, rest = -content, self.scaled(rest, Fraction(-1))
        if content.denominator != 1 and _rational_power(content, exponent) is None:
            content, rest = _ONE, self.scaled(rest, content)  # sqrt(v + 1/1000) as it stands
        front = self._monomial_power(scalars, content, exponent)
        return self.times(front, self.scalar(self._sum_atom(rest), exponent))

    def _monomial_power(self, scalars: Scalars, c: Any, exponent: Exponent) -> Polynomial:
        whole = is_whole(exponent)
        inside = [(a, e) for a, e in scalars if not whole and not _may_be_raised(a, e)]
        outside = [(a, self.exponents_product(e, exponent)) for a, e in scalars
                   if whole or _may_be_raised(a, e)]  # fmt: skip
        number = _rational_power(c, exponent)
        if inside and (c < 0 or len(inside) > 1 or not is_one(inside[0][1])):
            number = None
        result = Polynomial((), {(tuple(sorted(outside, key=_by_number)), ()): _ONE})
        if number is not None:
            result = self.scaled(result, number)
            for a, e in inside:
                result = self.times(result, self.scalar(a, self.exponents_product(e, exponent)))
            return result
        left = Polynomial((), {(tuple(inside), ()): c})
        if left.constant is not None and not inside:
            atom = self.atom("number", c, (), _POSITIVE if c > 0 else ())
        else:
            atom = self._sum_atom(left)
        return self.times(self.scalar(atom, exponent), result)

    def squared_norm(self, p: Polynomial) -> Polynomial:
        """<P, P>, with a sum left in its parentheses."""
        if not p.terms:
            return self.number(Fraction(0))
        one = self.parenthesised(p) if len(p.terms) > 1 else p
        if _is_row(p.shape):
            one = self.transposed(one)
        [((scalars, word), c)] = one.terms.items()
        front = self.power(Polynomial((), {(scalars, ()): c}), Fraction(2))
        bare = Polynomial(one.shape, {((), word): _ONE})
        expand, self.expand = self.expand, "none"
        try:
            inner = self.product(self.transposed(bare), bare)
            square = inner if inner.shape == () else self.trace(inner)
        finally:
            self.expand = expand
        return self.times(front, square)

    def matrix_power(self, p: Polynomial, exponent: Exponent) -> Polynomial:
        """A square matrix to a power: the inverse is the power -1."""
        if p.shape == ():
            return self.power(p, exponent)
        if isinstance(exponent, Polynomial) and exponent.constant is not None:
            exponent = exponent.constant
        if _is_zero(exponent):
            return self.identity(p.shape[0])
        if is_one(exponent):
            return p
        if not p.terms:
            if not isinstance(exponent, Polynomial) and exponent > 0:
                return p
            raise ZeroDivisionError("The inverse of a zero matrix does not exist.")
        if len(p.terms) == 1:
            [((scalars, word), c)] = p.terms.items()
            if not is_whole(exponent) and (
                c < 0 or not all(_may_be_raised(*one) for one in scalars)
            ):
                return self.parenthesised(p, exponent)
            front = self.power(Polynomial((), {(scalars, ()): c}), exponent)
            if not word:
                return self.times(front, self.identity(p.shape[0]))
            inverse = not isinstance(exponent, Polynomial) and exponent == -1
            if len(word) == 1 and (
                is_whole(exponent) or is_one(word[0][2]) or _may_be_raised(*word[0][::2])
            ):
                atom, turned, e = word[0]
                return self.times(front, self._inverted(atom, turned, e, exponent))
            blocks = _square_blocks(word)
            if inverse and len(blocks) > 1:
                result = self.identity(p.shape[0])
                for block in reversed(blocks):
                    one = Polynomial(p.shape, {((), block): _ONE})
                    result = self.product(result, self.matrix_power(one, exponent))
                return self.times(front, result)
            if self._is_small_power(exponent) and self.expands(p):
                return self._repeated(p, int(exponent))
            bare = Polynomial(p.shape, {((), word): _ONE})
            return self.times(front, self.parenthesised(bare, exponent))
        if self._is_small_power(exponent) and self.expands(p):
            return self._repeated(p, int(exponent))
        return self.parenthesised(p, exponent)

    @staticmethod
    def _is_small_power(exponent: Exponent) -> bool:
        return not isinstance(exponent, Polynomial) and exponent in (2, 3)

    def _repeated(self, p: Polynomial, n: int) -> Polynomial:
        result = p
        for _ in range(n - 1):
            result = self.product(result, p)
        return result

    def _inverted(self, atom: Atom, turned: bool, e: Exponent, exponent: Exponent) -> Polynomial:
        whole = not isinstance(exponent, Polynomial) and is_whole(exponent)
        if atom.kind == "diag" and whole and is_one(e):
            [v] = atom.content
            return self.diag(self.entrywise_power(v, exponent))
        if exponent == -1 and is_one(e):
            if atom.kind == "kron" and all(_is_square(M) for M in atom.content):
                factors = _turned_pair(self, (atom, turned, e))
                return self.kron(*(self.matrix_power(M, Fraction(-1)) for M in factors))
            if "orthogonal" in atom.flags:
                return self.matrix(atom, not turned)
        return self.matrix(atom, turned, self.exponents_product(e, exponent))

    def det(self, p: Polynomial) -> Polynomial:
        if p.shape == ():
            return p
        n = self.size(p.shape[0])
        if len(p.terms) == 1:
            [((scalars, word), c)] = p.terms.items()
            blocks = _square_blocks(word)
            if len(blocks) != 1 or len(word) == 1:
                exponent = n if n.constant is None else n.constant
                result = self.power(Polynomial((), {(scalars, ()): c}), exponent)
                for block in blocks:
                    if len(block) > 1:
                        one = self.det(Polynomial(p.shape, {((), block): _ONE}))
                    else:
                        one = self.power(self._det_of_atom(block[0][0]), block[0][2])
                    result = self.times(result, one)
                return result
        content, scalars, rest = self.primitive(p)
        if content < 0 and n.constant is None:  # (-1)^n is longer than a sign inside
            content, rest = -content, self.scaled(rest, Fraction(-1))
        front = Polynomial((), {(scalars, ()): content})
        exponent = n if n.constant is None else n.constant
        turned = self.transposed(rest)
        chosen = min(rest, turned, key=_order)
        flags = self._det_flags(chosen)
        atom = self.atom("det", chosen, (), flags)
        return self.times(self.power(front, exponent), self.scalar(atom))

    def _det_flags(self, p: Polynomial) -> Any:
        if len(p.terms) == 1:
            [((_, word), _)] = p.terms.items()
            if len(word) % 2 == 0 and _turned_word(word) == word:
                return _POSITIVE
        return ()

    def _det_of_atom(self, atom: Atom) -> Polynomial:
        if atom.kind == "sum":
            return self.det(atom.content)
        if atom.kind == "expm":
            return self.apply("exp", [self.trace(atom.content[0])], (), ())
        flags = _POSITIVE if "positive definite" in atom.flags else ()
        return self.scalar(self.atom("det", self.matrix(atom), (), flags))

    def is_positive(self, p: Polynomial) -> bool:
        """Whether a number is known to be positive, or at least not negative."""
        return bool(p.terms) and all(
            c > 0 and all(
                "positive" in a.flags or (not isinstance(e, Polynomial) and e % 2 == 0)
                for a, e in scalars
            )
            for (scalars, _), c in p.terms.items()
        )  # fmt: skip

    # -- Entrywise --------------------------------------------------------------------------------

    def entrywise(self, *factors: Polynomial) -> Polynomial:
        """The entrywise product; numbers stand in front, columns and rows are broadcast."""
        shape = _common([p.shape for p in factors])
        if shape == ():
            result = factors[0]
            for p in factors[1:]:
                result = self.times(result, p)
            return result
        for i, p in enumerate(factors):
            if len(p.terms) > 1 and p.shape != () and self.expands(p):
                before, after = factors[:i], factors[i + 1 :]
                parts = [Polynomial(p.shape, {m: c}) for m, c in p.terms.items()]
                return self.plus(*(self.entrywise(*before, part, *after) for part in parts))
        front = self.number(_ONE)
        items: dict[Polynomial, Exponent] = {}
        for p in factors:
            if not p.terms:
                return self.zero(shape)
            if p.shape == ():
                front = self.times(front, p)
                continue
            content, scalars, rest = self.primitive(self.broadcast(p, shape))
            front = self.times(front, Polynomial((), {(scalars, ()): content}))
            for item, exponent in self._items(rest):
                total = self.exponents_sum(items.pop(item, Fraction(0)), exponent)
                if not _is_zero(total):
                    items[item] = total
        return self.times(front, self.entries(items, shape))

    def broadcast(self, p: Polynomial, shape: Shape) -> Polynomial:
        shape = _as_matrix(shape)
        if p.shape == ():
            return self.times(p, self.ones(shape)) if shape else p
        if same_shape(p.shape, shape):
            return p
        if same_shape((p.shape[0],), (1,)):
            p = self.product(self.ones((shape[0], 1)), p)
        if p.shape == () or not same_shape(p.shape, shape):
            p = self.product(p, self.ones((1, shape[1])))
        return p

    def _items(self, p: Polynomial) -> list[tuple[Polynomial, Exponent]]:
        if len(p.terms) == 1:
            [((_, word), _)] = p.terms.items()
            if all(a.kind == "ones" for a, _, _ in word) and word:
                return []
            if len(word) == 1 and word[0][0].kind == "entries" and is_one(word[0][2]):
                turned = word[0][1]
                return [(self.transposed(m) if turned else m, e) for m, e in word[0][0].content]
        return [(p, _ONE)]

    def entries(self, items: dict[Polynomial, Exponent], shape: Shape) -> Polynomial:
        items = _absorbed(items)
        if not items:
            return self.ones(shape)
        if len(items) == 1:
            [(item, exponent)] = items.items()
            if is_one(exponent):
                return item
        turned = _is_row(shape) or (
            not _is_column(shape)
            and _items_order({self.transposed(m): e for m, e in items.items()})
            < _items_order(items)
        )
        if turned:
            items = {self.transposed(m): e for m, e in items.items()}
            shape = shape[::-1]
        content = in_order(items)
        mirrored = {self.transposed(m): e for m, e in items.items()} == items
        flags = _SYMMETRIC if mirrored else ()
        atom = self.atom("entries", content, shape, flags)
        return self.matrix(atom, turned)

    def entrywise_power(self, p: Polynomial, exponent: Exponent) -> Polynomial:
        if p.shape == ():
            return self.power(p, exponent)
        if isinstance(exponent, Polynomial) and exponent.constant is not None:
            exponent = exponent.constant
        if _is_zero(exponent):
            return self.ones(p.shape)
        if is_one(exponent):
            return p
        if not p.terms:
            if isinstance(exponent, Polynomial) or exponent < 0:
                raise ZeroDivisionError("0 stands where it may not: below a fraction.")
            return p
        content, scalars, rest = self.primitive(p)
        whole = is_whole(exponent)
        if not whole and (content < 0 or any(not _may_be_raised(a, e) for a, e in scalars)):
            return self.entries({p: exponent}, p.shape)
        front = self.power(Polynomial((), {(scalars, ()): content}), exponent)
        items: dict[Polynomial, Exponent] = {}
        for m, e in self._items(rest):
            if not whole and not is_one(e):
                items = {rest: exponent}
                break
            items[m] = self.exponents_product(e, exponent)
        return self.times(front, self.entries(items, p.shape))

    # -- Linear operations ------------------------------------------------------------------------

    def by_terms(
        self, p: Polynomial, shape: Shape, each: Callable[[Polynomial], Polynomial]
    ) -> Polynomial:
        """A linear operation, monomial by monomial, with the scalars in front."""
        total = self.zero(shape)
        for (scalars, word), c in p.terms.items():
            one = each(Polynomial(p.shape, {((), word): _ONE}))
            total = self.plus(total, self.scaled(self._with_scalars(scalars, one), c))
        return total

    def by_parts(
        self, p: Polynomial, shape: Shape, each: Callable[[Polynomial], Polynomial]
    ) -> Polynomial:
        """A linear operation; a sum that is not multiplied out stays together."""
        if len(p.terms) < 2 or self.expands(p):
            return self.by_terms(p, shape, each)
        content, scalars, rest = self.primitive(p)
        return self.times(Polynomial((), {(scalars, ()): content}), each(rest))

    def diag(self, v: Polynomial) -> Polynomial:
        """The diagonal matrix of a column."""
        if v.shape == ():
            return v
        n = v.shape[0]

        def each(p: Polynomial) -> Polynomial:
            [((_, word), _)] = p.terms.items()
            if len(word) == 1 and word[0][0].kind == "ones":
                return self.identity(n)
            if len(word) == 1 and word[0][0].kind == "diagonal" and not word[0][1]:
                [M] = word[0][0].content  # the diagonal of a diagonal matrix says all of it
                if all(_is_triangular(w, side) for _, w in M.terms for side in ("lower", "upper")):
                    front = Polynomial((), {m[:1] + ((),): c for m, c in p.terms.items()})
                    return self.times(front, M)
            return self.matrix(self.atom("diag", (p,), (n, n), _SYMMETRIC))

        return self.by_terms(v, (n, n), each)

    def diagonal(self, M: Polynomial) -> Polynomial:
        """The column of the diagonal entries."""
        if M.shape == ():
            return M
        n = M.shape[0] if _is_square(M) else min(M.shape, key=str)
        if not _is_square(M):
            return self.apply_plain("diagonal", [M], (n, 1))

        def each(p: Polynomial) -> Polynomial:
            [((_, word), _)] = p.terms.items()
            if not word:
                return self.ones((n, 1))
            if len(word) == 1 and word[0][0].kind == "diag" and is_one(word[0][2]):
                return word[0][0].content[0]
            if len(word) == 1 and word[0][0].kind == "entries" and is_one(word[0][2]):
                items = [(self.diagonal(m), e) for m, e in word[0][0].content]
                return self.entrywise(*(self.entrywise_power(m, e) for m, e in items))
            if len(word) > 1 and (_is_triangular(word, "lower") or _is_triangular(word, "upper")):
                factors = [self.diagonal(self.matrix(atom)) for atom, _, _ in word]
                powers = [e for _, _, e in word]
                return self.entrywise(*map(self.entrywise_power, factors, powers))
            bounds = [_columns(f) for f in word[:-1]]
            for i, size in enumerate(bounds, start=1):
                if type(size) is int and size == 1:
                    left = Polynomial((n, 1), {((), word[:i]): _ONE})
                    right = Polynomial((1, n), {((), word[i:]): _ONE})
                    return self.entrywise(left, self.transposed(right))
            chosen = min(p, self.transposed(p), key=_order)
            return self.matrix(self.atom("diagonal", (chosen,), (n, 1)))

        return self.by_terms(M, (n, 1), each)

    def vec(self, M: Polynomial) -> Polynomial:
        rows = M.shape[0] * M.shape[1] if M.shape else 1

        def each(p: Polynomial) -> Polynomial:
            if _is_column(p.shape):
                return p
            if _is_row(p.shape):
                return self.transposed(p)
            return self.matrix(self.atom("vec", (p,), (rows, 1)))

        return M if M.shape == () else self.by_parts(M, (rows, 1), each)

    def kron(self, A: Polynomial, B: Polynomial) -> Polynomial:
        if A.shape == () or B.shape == ():
            return self.times(A, B) if A.shape == () else self.times(B, A)
        shape = (A.shape[0] * B.shape[0], A.shape[1] * B.shape[1])

        def each(P: Polynomial, Q: Polynomial) -> Polynomial:
            if _is_identity(P) and _is_identity(Q):
                return self.identity(shape[0])
            if _is_column(P.shape) and _is_row(Q.shape):
                return self.product(P, Q)
            if _is_row(P.shape) and _is_column(Q.shape):
                return self.product(Q, P)
            flags = _SYMMETRIC if self.is_symmetric(P) and self.is_symmetric(Q) else ()
            turned = not flags and _order(self.transposed(P)) < _order(P)
            if turned:
                P, Q = self.transposed(P), self.transposed(Q)
            atom = self.atom(
                "kron", (P, Q), shape[::-1] if turned else shape, flags,
            )  # fmt: skip
            return self.matrix(atom, turned)

        return self.by_parts(A, shape, lambda P: self.by_parts(B, shape, lambda Q: each(P, Q)))

    def block_sum(self, G: Polynomial, A: Polynomial, shape: Shape) -> Polynomial:
        """The blocks of G summed with the weights A."""

        def each(p: Polynomial) -> Polynomial:
            [((_, word), _)] = p.terms.items()
            if not word and _is_square(A):
                return self.times(self.trace(A), self.identity(shape[0]))
            if len(word) == 1 and word[0][0].kind == "kron" and is_one(word[0][2]):
                P, Q = _turned_pair(self, word[0])
                if same_shape(P.shape, A.shape):
                    return self.times(self.trace(self.product(self.transposed(P), A)), Q)
            pair = self._outer_of_vecs(word)
            if pair is not None and same_shape((pair[0].shape[1], pair[1].shape[1]), A.shape):
                P, R = pair
                return self.product(P, self.product(A, self.transposed(R)))
            return self.apply_plain("block_sum", [p, A], shape)

        return self.by_terms(G, shape, each)

    def block_inner(self, G: Polynomial, B: Polynomial, shape: Shape) -> Polynomial:
        """The inner products of the blocks of G with B."""

        def each(p: Polynomial) -> Polynomial:
            [((_, word), _)] = p.terms.items()
            if not word and _is_square(B):
                return self.times(self.trace(B), self.identity(shape[0]))
            if len(word) == 1 and word[0][0].kind == "kron" and is_one(word[0][2]):
                P, Q = _turned_pair(self, word[0])
                if same_shape(Q.shape, B.shape):
                    return self.times(self.trace(self.product(self.transposed(Q), B)), P)
            pair = self._outer_of_vecs(word)
            if pair is not None and same_shape((pair[0].shape[0], pair[1].shape[0]), B.shape):
                P, R = pair
                return self.product(self.transposed(P), self.product(B, R))
            return self.apply_plain("block_inner", [p, B], shape)

        return self.by_terms(G, shape, each)

    def _outer_of_vecs(self, word: Word) -> tuple[Polynomial, Polynomial] | None:
        if len(word) == 2 and word[0][0].kind == word[1][0].kind == "vec" and word[1][1]:
            return word[0][0].content[0], word[1][0].content[0]
        return None

    # -- Reading a term ---------------------------------------------------------------------------

    def polynomial(self, x: Expression, values: dict[str, Polynomial] | None = None) -> Polynomial:
        """The normal form of a term; symbols may have polynomials in their place."""
        known_here = self._known if values is None else {}
        return self._read(x, values or {}, known_here)

    def _read(self, x: Expression, values: dict[str, Polynomial], done: Any) -> Polynomial:
        found = done.get(id(x))
        if found is None:
            found = x, self._translated(x, values, done)
            done[id(x)] = found  # the term is kept, so that its id stays its own
        return found[1]

    def _translated(self, x: Any, values: dict[str, Polynomial], done: Any) -> Polynomial:
        if isinstance(x, Number):
            return self._of_number(x)
        if isinstance(x, Ones):
            return self.ones(x.shape) if x.shape else self.number(_ONE)
        if isinstance(x, Identity):
            return self.identity(x.shape[0])
        if isinstance(x, Symbol | Differential):
            if x.name in values:
                return values[x.name]
            return self.symbol(x)
        if isinstance(x, Pending):
            inside = self._read(x.of, values, done)
            return self.matrix(self.atom("pending", (inside,), inside.shape))
        if isinstance(x, Part):
            return self.matrix(self.atom("part", x, x.shape))
        if isinstance(x, Comparison):
            sides = (self._read(x.left, values, done), self._read(x.right, values, done))
            return self.matrix(self.atom("comparison", sides, x.shape, parameters=x.sign))
        operands = [self._read(operand, values, done) for operand in x.operands]
        reading = _READINGS.get(x.name)
        if reading is not None:
            result = reading(self, x, *operands)
            if result is not None:
                return result
        written = x.operation.rule.written
        if written is not None and x.name not in _KEPT:
            return self._read(written(*x.operands), values, {} if values else done)
        return self.apply(x.name, operands, x.shape, tuple(x.parameters.items()))

    def _of_number(self, x: Number) -> Polynomial:
        value = x.value
        if isinstance(value, float) and not (value.is_integer() or _is_short(value)):
            return self.times(
                self.number(_ONE),
                self.scalar(self.atom("number", value, (), _POSITIVE if value > 0 else ())),
            )
        if isinstance(value, complex):
            raise TooLargeError("Formulas here are real, and this one has the imaginary unit.")
        number = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
        if x.shape and number == 0:
            return self.zero(x.shape)
        return self.broadcast(self.number(number), x.shape) if x.shape else self.number(number)

    def symbol(self, x: Any) -> Polynomial:
        flags = set(x.flags)
        if "diagonal" in flags:
            flags.add("symmetric")
        atom = self.atom("symbol", x, _as_matrix(x.shape), flags)
        return self.matrix(atom)

    def apply(
        self, name: str, operands: list[Polynomial], shape: Shape, parameters: Any
    ) -> Polynomial:
        """An operation that the normal form keeps: linear ones term by term."""
        rule = TABLE[name].rule
        shape = _as_matrix(shape)
        if rule.kind == "linear":
            if len(operands) > 1:  # linear in all of them together
                return self.apply_plain(name, operands, shape, parameters)
            return self.by_terms(
                operands[0], shape, lambda p: self.apply_plain(name, [p], shape, parameters)
            )
        front = self.number(_ONE)
        for i in range(len(operands)):
            if not rule.is_linear_in(i):
                continue
            p = operands[i]
            if not p.terms:
                return self.zero(shape)
            simpler = self._frechet(name, operands) if rule_frechet(name) else None
            if simpler is not None:
                return self.times(front, simpler)
            if len(p.terms) > 1 and not self.expands(p):
                content, scalars, operands[i] = self.primitive(p)
                front = self.times(front, Polynomial((), {(scalars, ()): content}))
            elif len(p.terms) > 1 or next(iter(p.terms.items())) != (
                ((), next(iter(p.terms))[1]), _ONE,
            ):  # fmt: skip
                parts = self.by_terms(
                    p, shape, self._with_operand(name, operands, i, shape, parameters)
                )
                return self.times(front, parts)
        return self.times(front, self.apply_plain(name, operands, shape, parameters))

    def _with_operand(
        self, name: str, operands: list[Polynomial], i: int, shape: Shape, parameters: Any
    ) -> Callable[[Polynomial], Polynomial]:
        def each(q: Polynomial) -> Polynomial:
            return self.apply(name, [*operands[:i], q, *operands[i + 1 :]], shape, parameters)

        return each

    def _frechet(self, name: str, operands: list[Polynomial]) -> Polynomial | None:
        """A Frechet derivative in a direction that commutes with X."""
        X, *middle, E = operands
        of_X = self._functions_of(X)
        if E == X or all(self._commutes(f, X, of_X) for _, word in E.terms for f in word):
            return self.commuting(rule_frechet(name), X, middle, E)
        return None

    def _functions_of(self, X: Polynomial) -> Any:
        if len(X.terms) == 1:
            [((_, word), _)] = X.terms.items()
            if len(word) == 1:
                return word[0][:2]
        return None

    def _commutes(self, factor: Factor, X: Polynomial, of_X: Any) -> bool:
        atom, turned, _ = factor
        if of_X is not None and (atom, turned) == of_X:
            return True
        if atom.kind == "sum" and (self.transposed(atom.content) if turned else atom.content) == X:
            return True
        operation = TABLE.get(atom.kind)
        if operation is None or operation.rule.commuting is None:
            return False
        inside = atom.content[0]
        return (self.transposed(inside) if turned else inside) == X

    def apply_plain(
        self, name: str, operands: list[Polynomial], shape: Shape, parameters: Any = ()
    ) -> Polynomial:
        """An atom: the operation on these operands."""
        rule = TABLE[name].rule
        shape = _as_matrix(shape)
        flags = {rule.symmetry} if rule.symmetry == "symmetric" else set()
        turned = False
        entrywise = is_entrywise(name)
        if entrywise and shape != () and len(operands) == 1:
            [p] = operands
            turned = _is_row(shape) or (
                not _is_column(shape) and _order(self.transposed(p)) < _order(p)
            )
        elif rule.commutes_with_transpose:
            p = operands[0]
            turned = len(operands) == 1 and _order(self.transposed(p)) < _order(p)
        if turned:
            operands = [self.transposed(p) for p in operands]
            shape = shape[::-1]
        if (
            (entrywise or rule.commutes_with_transpose)
            and shape != ()
            and all(p.shape == () or self.is_symmetric(p) for p in operands)
        ):
            flags.add("symmetric")
        if name in ("exp", "sigmoid", "softplus", "cosh", "sqrt"):
            flags.add("positive")
        atom = self.atom(
            name, tuple(operands), shape, flags, _hashable(parameters),
        )  # fmt: skip
        if name == "pinv" and atom.number == len(self._atoms) - 1:
            self._learn_pseudo_inverse(atom)
        return self.matrix(atom, turned)


# -- Helpers --------------------------------------------------------------------------------------


def is_even_power(factor: Factor) -> bool:
    """Whether a factor is the square of a symmetric matrix, or another even power."""
    atom, _, e = factor
    return "symmetric" in atom.flags and not isinstance(e, Polynomial) and e % 2 == 0


def rule_frechet(name: str) -> str:
    """The matrix function of which this operation is the derivative, or nothing."""
    return TABLE[name].rule.frechet_of


def _holds_sum(atom: Atom) -> bool:
    if atom.kind == "entries":
        return any(len(m.terms) > 1 for m, _ in atom.content)
    if atom.kind in ("sum", "trace", "det") or atom.kind not in TABLE:
        return atom.kind == "sum"
    return any(isinstance(p, Polynomial) and len(p.terms) > 1 for p in atom.content)


def _varies(content: Any) -> bool:
    """Whether a differential occurs in what an atom, or a polynomial, is made of."""
    if isinstance(content, Polynomial):
        if content._varies is None:
            content._varies = any(
                any(a.varies for a, _ in s) or any(a.varies for a, _, _ in w)
                for s, w in content.terms
            )
        return content._varies
    if isinstance(content, Atom | Expression):
        return content.varies
    if isinstance(content, tuple | frozenset):
        return any(map(_varies, content))
    return False


def is_entrywise(name: str) -> bool:
    """Whether an operation of one operand acts entry by entry."""
    from ..table import shapes

    rule = TABLE[name].rule
    return len(rule.inputs) == 1 and rule.shape is shapes.broadcast and rule.kind != "linear"


def _hashable(parameters: Any) -> Any:
    return tuple((k, str(v) if isinstance(v, slice | tuple) else v) for k, v in parameters), tuple(
        (k, _Kept(v)) for k, v in parameters
    )


class _Kept:
    """A parameter that is kept, whatever it is; it does not take part in comparisons."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept)

    def __hash__(self) -> int:
        return 0


def parameters_of(atom: Atom) -> dict[str, Any]:
    """The parameters of an operation that became an atom."""
    return {name: kept.value for name, kept in atom.parameters[1]} if atom.parameters else {}


def merged(s: Scalars, t: Scalars) -> Scalars:
    if not s or not t:
        return s or t
    total = dict(s)
    for atom, e in t:
        have = total.get(atom)
        if have is None:
            total[atom] = e
            continue
        if isinstance(have, Polynomial) or isinstance(e, Polynomial):
            p, q = _as_polynomial(have), _as_polynomial(e)
            terms = dict(p.terms)
            for m, c in q.terms.items():
                terms[m] = terms.get(m, 0) + c
            new: Any = Polynomial((), {m: c for m, c in terms.items() if c})
            have = new if new.constant is None else new.constant
        else:
            have = have + e
        if _is_zero(have):
            del total[atom]
        else:
            total[atom] = have
    return tuple(sorted(total.items(), key=_by_number))


def _as_polynomial(e: Exponent) -> Polynomial:
    return e if isinstance(e, Polynomial) else Polynomial((), {((), ()): e} if e else {})


def _by_number(item: Any) -> int:
    return item[0].number


def _is_zero(exponent: Exponent) -> bool:
    return not exponent.terms if isinstance(exponent, Polynomial) else exponent == 0


def _rows(factor: Factor) -> Any:
    atom, turned, _ = factor
    return atom.shape[1] if turned else atom.shape[0]


def _columns(factor: Factor) -> Any:
    atom, turned, _ = factor
    return atom.shape[0] if turned else atom.shape[1]


def _is_square(x: Any) -> bool:
    return len(x.shape) == 2 and same_shape(x.shape[:1], x.shape[1:])


def _is_row(shape: Shape) -> bool:
    return len(shape) == 2 and type(shape[0]) is int and shape[0] == 1


def _is_column(shape: Shape) -> bool:
    return len(shape) == 2 and type(shape[1]) is int and shape[1] == 1


def _is_identity(p: Polynomial) -> bool:
    return p.shape != () and list(p.terms) == [((), ())]


def _turned_word(word: Word) -> Word:
    return tuple((a, not t and "symmetric" not in a.flags, e) for a, t, e in reversed(word))


def _sums_to_one(atom: Atom, axis: int) -> bool:
    """Whether the entries of an atom sum to 1 along an axis."""
    if "probability" in atom.flags:
        return axis == 0
    return atom.kind == "softmax" and parameters_of(atom).get("axis") == axis


def _square_blocks(word: Word) -> list[Word]:
    """A square product as the shortest square products of which it consists."""
    n, blocks, start = _rows(word[0]) if word else 0, [], 0
    for i, factor in enumerate(word, start=1):
        if same_shape((_columns(factor),), (n,)):
            blocks.append(word[start:i])
            start = i
    return blocks


def _absorbed(items: dict[Polynomial, Exponent]) -> dict[Polynomial, Exponent]:
    """relu(x) .* step(x) is relu(x), and step(x).^2 is step(x)."""
    by_function = {
        (a.kind, a.content, turned): p
        for p in items if len(p.terms) == 1
        for _, word in p.terms if len(word) == 1
        for a, turned, _ in word if a.kind in ("relu", "step")
    }  # fmt: skip
    for (kind, content, turned), p in by_function.items():
        if kind == "step" and not isinstance(items[p], Polynomial) and items[p] > 0:
            items = {**items, p: _ONE}
            if ("relu", content, turned) in by_function:
                items.pop(p)
    return items


def _turned_pair(algebra: Algebra, factor: Factor) -> tuple[Polynomial, Polynomial]:
    P, Q = factor[0].content
    return (algebra.transposed(P), algebra.transposed(Q)) if factor[1] else (P, Q)


def _exponent_order(e: Exponent) -> Any:
    return (1, len(e.terms)) if isinstance(e, Polynomial) else (0, e)


def _word_order(word: Word) -> Any:
    return [(a.number, t, _exponent_order(e)) for a, t, e in word]


def _order(p: Polynomial) -> Any:
    """An order of polynomials of one algebra, by the age of their atoms."""
    return sorted(
        (_word_order(w), [(a.number, _exponent_order(e)) for a, e in s], c)
        for (s, w), c in p.terms.items()
    )


def in_order(items: dict[Polynomial, Exponent]) -> tuple[tuple[Polynomial, Exponent], ...]:
    """The factors of an entrywise product, in the order of their age: equal products are equal."""
    return tuple(sorted(items.items(), key=lambda m: (_order(m[0]), _exponent_order(m[1]))))


def _items_order(items: Any) -> Any:
    return sorted((_order(m), _exponent_order(e)) for m, e in items.items())


def _leading(items: list[tuple[Monomial, Any]]) -> Any:
    """The coefficient of the monomial that stands first: 1, ones or I beside what is no symbol."""
    if leads_with_one([m for m, _ in items]):
        return next(c for m, c in items if _is_unit(m))
    return min(items, key=lambda item: (_word_order(item[0][1]) or [(-1,)],
               [(a.number, _exponent_order(e)) for a, e in item[0][0]]))[1]  # fmt: skip


def leads_with_one(monomials: Sequence[Monomial]) -> bool:
    """Whether a sum begins with 1, ones or I, as 1 - tanh(x)^2 does, and s - 1 does not."""
    units = [_is_unit(m) for m in monomials]
    return any(units) and not all(map(_is_symbol, compress(monomials, map(not_, units))))


def _is_unit(monomial: Monomial) -> bool:
    scalars, word = monomial
    return not scalars and all(a.kind == "ones" for a, _, _ in word)


def _is_symbol(monomial: Monomial) -> bool:
    scalars, word = monomial
    return len(scalars) == 1 and not word and scalars[0][0].kind == "symbol"


def _content(coefficients: list[Any]) -> Any:
    above = math.gcd(*(Fraction(c).numerator for c in coefficients))
    below = math.lcm(*(Fraction(c).denominator for c in coefficients))
    return Fraction(above, below)


def _common(shapes: list[Shape]) -> Shape:
    result: Shape = ()
    for shape in shapes:
        if result == ():
            result = shape
        elif shape != () and not same_shape(shape, result):
            result = tuple(
                n if type(m) is int and m == 1 else m for m, n in zip(result, shape, strict=True)
            )
    return result


def _as_matrix(shape: Shape) -> Shape:
    """A shape without axes of length 1 that nobody writes: a vector is a column."""
    if len(shape) == 1:
        shape = (*shape, 1)
    return () if shape and all(type(n) is int and n == 1 for n in shape) else shape


def _may_be_raised(atom: Atom, exponent: Exponent) -> bool:
    """Whether (a^e)^q is a^(e q) for every q."""
    return "positive" in atom.flags or "positive definite" in atom.flags


def _rational_power(c: Any, exponent: Exponent) -> Any:
    """A coefficient to a power, if that is rational."""
    if c == 1:
        return _ONE
    if isinstance(exponent, Polynomial):
        return None
    if exponent == int(exponent):
        return Fraction(c) ** int(exponent) if abs(exponent) <= 64 else None
    if c < 0 or exponent.denominator != 2:
        return None
    root = [math.isqrt(n) for n in (c.numerator, c.denominator)]
    if [n * n for n in root] != [c.numerator, c.denominator]:
        return None
    return Fraction(*root) ** exponent.numerator


def _is_short(value: float) -> bool:
    """Whether a number was typed as a decimal fraction of a few digits."""
    return len(repr(value)) <= 12 and "e" not in repr(value)


# -- How operations of the table are read ---------------------------------------------------------


def _reshape(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    """What nobody writes; and the matrix of which a vector is the columns, stacked."""
    if is_invisible(x):
        shape = _as_matrix(x.shape)
        return p if same_shape(p.shape, shape) else a.transposed(p)
    if x.parameters.get("order") != "F" or len(p.terms) < 1:
        return None

    def each(q: Polynomial) -> Polynomial:
        [((_, word), _)] = q.terms.items()
        if len(word) == 1 and word[0][0].kind == "vec" and not word[0][1]:
            [M] = word[0][0].content
            if same_shape(M.shape, x.shape):
                return M
        return a.apply_plain("reshape", [q], x.shape, tuple(x.parameters.items()))

    return a.by_terms(p, x.shape, each)


def _getitem(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    """A block of blocks that stand beside or below each other; the first singular vectors."""
    if p.shape == ():
        return p  # a number as a matrix of one entry
    index = x.parameters.get("index")
    part = x.operands[0].operands[0] if _is_transposed(x.operands[0]) else x.operands[0]
    if isinstance(part, Part) and part.source.name == "svd" and 0 in (index, *_tuple(index)):
        X = a.polynomial(part.source.operands[0])
        v = a.apply_plain("eigenvector_max", [a.product(a.transposed(X), X)], (X.shape[1], 1))
        if part.name == "V":
            return v
        size = a.apply_plain("spectral_norm", [X], ())
        return a.times(a.power(size, Fraction(-1)), a.product(X, v))
    index = (*index, slice(None))[:2] if isinstance(index, tuple) else ()
    sliced = len(index) == 2 and all(isinstance(i, slice) and i.step is None for i in index)
    return _block(a, p, *index) if sliced else None


def _block(a: Algebra, p: Polynomial, rows: slice, columns: slice) -> Polynomial | None:
    """The block of a polynomial, where it is made of blocks that meet; otherwise None.

    The rows of a product are those of its first factor, and what acts entry by entry acts so on
    blocks.
    """
    parts = []
    for (scalars, word), c in p.terms.items():
        part = _block_of_word(a, word, rows, columns)
        if part is None:
            return None
        parts.append(a.times(Polynomial((), {(scalars, ()): c}), part))
    return a.plus(*parts) if parts else None


_WHOLE = slice(None)


def _block_of_word(a: Algebra, word: Word, rows: slice, columns: slice) -> Polynomial | None:
    if not word:
        return None
    if len(word) > 1:
        left, right = _of_word(word[:1]), _of_word(word[1:])
        if rows == _WHOLE:
            left, right = _of_word(word[:-1]), _of_word(word[-1:])
        first = left if rows == _WHOLE else _block(a, left, rows, _WHOLE)
        last = right if columns == _WHOLE else _block(a, right, _WHOLE, columns)
        return None if first is None or last is None else a.product(first, last)
    [(atom, turned, e)] = word
    if not is_one(e):
        return None
    if turned:
        found = _block(a, a.matrix(atom), columns, rows)
        return None if found is None else a.transposed(found)
    if atom.kind == "concatenate":
        return _one_of_blocks(a, atom, (rows, columns))
    if atom.kind == "entries":
        items = [(_block(a, m, rows, columns), f) for m, f in atom.content]
        if any(m is None for m, _ in items):
            return None
        return a.entrywise(*(a.entrywise_power(m, f) for m, f in items if m is not None))
    if atom.kind in TABLE and is_entrywise(atom.kind):
        inside = _block(a, atom.content[0], rows, columns)
        return None if inside is None else a.apply_plain(atom.kind, [inside], inside.shape)
    return None


def _one_of_blocks(a: Algebra, atom: Atom, index: tuple[slice, slice]) -> Polynomial | None:
    axis = parameters_of(atom)["axis"] % 2
    along, across = index[axis], index[1 - axis]
    start: Any = 0
    for block in atom.content:
        stop = start + (block.shape or (1, 1))[axis]
        if same(start, along.start or 0) and same(stop, along.stop):
            if across == _WHOLE:
                return block
            return _block(a, block, *((across, _WHOLE) if axis else (_WHOLE, across)))
        start = stop
    return None


def _scatter(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    """An entry, row or block put into zeros: a product with columns of the identity."""
    index = x.parameters.get("index")
    if not isinstance(index, tuple) or len(index) != 2 or len(x.shape) != 2:
        return None
    sides = [_selected(a, i, n) for i, n in zip(index, x.shape, strict=True)]
    if None in sides:
        return None
    for side, n, turn in zip(sides, x.shape, (False, True), strict=True):
        if p.shape == () and side == "" and not same(n, 1):  # a number in every entry of an axis
            p = a.times(p, a.ones((1, n) if turn else (n, 1)))
    left, right = sides
    if left != "":
        p = a.product(left, p) if p.shape else a.times(p, left)
    return p if right == "" else a.product(p, a.transposed(right))


def _selected(a: Algebra, index: Any, n: Any) -> Any:
    """The columns of the identity that an index takes; "" for all of them, None if unknown."""
    if index == slice(None) or same(n, 1):
        return ""
    if type(index) is int and index >= 0:
        index = slice(index, index + 1)
    if not isinstance(index, slice) or index.step is not None:
        return None
    kept = (("index", (slice(None), index)),)
    width = index.stop - (index.start or 0)
    return a.apply_plain("getitem", [a.identity(n)], (n, width), kept)


def _is_transposed(x: Any) -> bool:
    return isinstance(x, Application) and x.name == "transpose"


def _tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)


def _tril(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    return _triangle(a, x, p, "lower", x.parameters.get("k", 0))


def _triu(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    return _triangle(a, x, p, "upper", -x.parameters.get("k", 0))


def _triangle(a: Algebra, x: Any, p: Polynomial, side: str, k: int) -> Polynomial:
    """One triangle of what is triangular: itself, its diagonal, or 0."""
    other = "upper" if side == "lower" else "lower"

    def each(q: Polynomial) -> Polynomial:
        [((_, word), _)] = q.terms.items()
        if k >= 0 and _is_triangular(word, side):
            return q
        if len(word) == 1 and word[0][0].kind == x.name and not word[0][1] and word[0][2] == 1:
            if parameters_of(word[0][0]) == dict(x.parameters):
                return q
        if _is_triangular(word, other):
            return a.diag(a.diagonal(q)) if k == 0 else a.zero(q.shape) if k < 0 else rest(q)
        return rest(q)

    def rest(q: Polynomial) -> Polynomial:
        return a.apply_plain(x.name, [q], q.shape, tuple(x.parameters.items()))

    return a.by_terms(p, p.shape, each)


def _is_triangular(word: Word, side: str) -> bool:
    """Whether all factors of a word are triangular to the same side."""
    for atom, turned, e in word:
        wanted = side if not turned else "upper" if side == "lower" else "lower"
        known_side = wanted in atom.flags or (wanted == "lower" and atom.kind == "cholesky")
        if not (known_side or "diagonal" in atom.flags or atom.kind == "diag"):
            return False
        if isinstance(e, Polynomial) or e != int(e):
            return False
    return True


def _matmul(a: Algebra, x: Any, p: Polynomial, q: Polynomial) -> Polynomial:
    """A vector of one axis is a column here; on the left of a product it is a row."""
    if x.operands[0].ndim > 1:
        return a.product(p, q)
    left, right = (p, q) if x.operands[1].ndim == 1 else (q, p)
    return a.product(a.transposed(left), right)


def _transpose(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    return None if x.parameters.get("axes") else a.transposed(p)


def _divide(a: Algebra, x: Any, p: Polynomial, q: Polynomial) -> Polynomial:
    if q.shape == ():
        return a.times(a.power(q, Fraction(-1)), p)
    return a.entrywise(p, a.entrywise_power(q, Fraction(-1)))


def _power(a: Algebra, x: Any, p: Polynomial, q: Polynomial) -> Polynomial | None:
    if q.shape != ():
        return None
    exponent = q if q.constant is None else q.constant
    return a.entrywise_power(p, exponent)


def _lowered_power(a: Algebra, x: Any, p: Polynomial, q: Polynomial) -> Polynomial | None:
    n = Fraction(x.parameters.get("n", 1))
    if q.shape != ():
        return None
    if q.constant is not None and 0 <= q.constant < n and q.constant == int(q.constant):
        return a.ones(p.shape) if p.shape else a.number(_ONE)
    exponent = a.plus(q, a.number(-n))
    return a.entrywise_power(p, exponent if exponent.constant is None else exponent.constant)


def _sum(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    axis, keep = x.parameters.get("axis"), x.parameters.get("keepdims")
    if p.shape == ():
        return p
    if axis is None or (isinstance(axis, tuple) and len(axis) == 2):
        return a.total(p)
    axis = axis[0] if isinstance(axis, tuple) else axis
    if not keep and len(x.operands[0].shape) == 2 and axis % 2 == 0:
        return a.transposed(_summed_along(a, p, 0))
    return _summed_along(a, p, axis % 2)


def _summed_along(a: Algebra, p: Polynomial, axis: int) -> Polynomial:
    if p.shape == () or same_shape((p.shape[axis],), (1,)):
        return p
    if axis == 0:
        return a.product(a.ones((1, p.shape[0])), p)
    return a.product(p, a.ones((p.shape[1], 1)))


def _mean(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    axis = x.parameters.get("axis")
    if p.shape == ():
        return p
    if axis is not None:
        n = p.shape[axis % 2]
        return a.times(a.power(a.size(n), Fraction(-1)), _summed_along(a, p, axis % 2))
    count = a.times(a.size(p.shape[0]), a.size(p.shape[1]))
    return a.times(a.power(count, Fraction(-1)), a.total(p))


def _norm(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    if x.parameters.get("axis") is not None:
        return None
    if p.shape == ():
        return None
    return a.power(a.squared_norm(p), Fraction(1, 2))


def _broadcast(a: Algebra, x: Any, p: Polynomial) -> Polynomial:
    return a.broadcast(p, x.shape)


def _diag(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    return None if x.parameters.get("k") or x.parameters.get("shape") else a.diag(p)


def _diagonal(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    return None if x.parameters.get("offset") else a.diagonal(p)


def _sigmoid(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    """sigmoid(-x) is 1 - sigmoid(x)."""
    if p.terms and a.primitive(p)[0] < 0:
        one = a.ones(p.shape) if p.shape else a.number(_ONE)
        turned = a.apply_plain("sigmoid", [a.scaled(p, Fraction(-1))], p.shape)
        return a.plus(one, a.scaled(turned, Fraction(-1)))
    return None


def _exp(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    return (a.ones(p.shape) if p.shape else a.number(_ONE)) if not p.terms else None


def _safe_reciprocal(a: Algebra, x: Any, p: Polynomial) -> Polynomial:
    return a.entrywise_power(p, Fraction(-1))


def _complement(a: Algebra, x: Any, p: Polynomial) -> Polynomial:
    one = a.identity(p.shape[0]) if p.shape else a.number(_ONE)
    return a.plus(one, a.scaled(p, Fraction(-1)))


def _sum_over(a: Algebra, x: Any, p: Polynomial) -> Polynomial:
    """A sum over samples: what is the same for all of them stands outside."""
    index, count = x.parameters["index"], x.parameters["count"]

    def each(q: Polynomial) -> Polynomial:
        if len(q.terms) > 1:
            content, scalars, rest = a.primitive(q)
            inside = tuple(s for s in scalars if _has_index(s, index))
            rest = a.times(Polynomial((), {(inside, ()): _ONE}), rest)
            one = a.apply_plain("sum_over", [rest], q.shape, tuple(x.parameters.items()))
            outside = tuple(s for s in scalars if s not in inside)
            return a.times(Polynomial((), {(outside, ()): content}), one)
        [((scalars, word), c)] = q.terms.items()
        inside = tuple(s for s in scalars if _has_index(s, index))
        outside = tuple(s for s in scalars if s not in inside)
        places = [i for i, f in enumerate(word) if _has_index(f, index)]
        if not places and not inside:
            return a.times(a.size(count), q)
        crossed = [s for s in inside if s[0].kind == "inner" and s[1] == 1 and any(
            has_sum(f, index) and not _has_index(f, index)
            for f in (s[0].content[0], s[0].content[-1])
        )]  # fmt: skip
        if crossed and not places:  # sum_i x_i' (sum_i y_i): the inner sum stands outside too
            left = tuple(s for s in inside if s is not crossed[0])
            number = each(Polynomial((), {(left, crossed[0][0].content): c}))
            return a.times(number, Polynomial(q.shape, {(outside, word): _ONE}))
        first, last = (places[0], places[-1] + 1) if places else (0, 0)
        middle = word[first:last]
        shape = (_rows(middle[0]), _columns(middle[-1])) if middle else ()
        body = Polynomial(_as_matrix(shape), {(inside, middle): _ONE})
        total = a.apply_plain("sum_over", [body], body.shape, tuple(x.parameters.items()))
        if not middle:
            return a.times(total, Polynomial(q.shape, {(outside, word): c}))
        if word[:first]:
            total = a.product(_of_word(word[:first]), total)
        if word[last:]:
            total = a.product(total, _of_word(word[last:]))
        return a.times(Polynomial((), {(outside, ()): c}), total)

    if not p.terms:
        return p
    if len(p.terms) > 1 and not a.expands(p) and not has_sum(p, index):
        return each(p)
    return a.plus(*(each(Polynomial(p.shape, {m: c})) for m, c in p.terms.items()))


def has_sum(content: Any, index: str) -> bool:
    """Whether a sum over the index occurs."""
    if isinstance(content, Atom):
        own = content.kind == "sum_over" and parameters_of(content)["index"] == index
        return own or has_sum(content.content, index)
    if isinstance(content, Polynomial):
        return any(has_sum(m, index) for m in content.terms)
    return isinstance(content, tuple | frozenset) and any(has_sum(x, index) for x in content)


def _of_word(word: Word) -> Polynomial:
    return Polynomial(_as_matrix((_rows(word[0]), _columns(word[-1]))), {((), word): _ONE})


def _has_index(content: Any, index: str) -> bool:
    """Whether a symbol that is sampled by the index occurs."""
    if isinstance(content, Symbol):
        return content.sample == index
    if isinstance(content, Atom):
        closed = content.kind == "sum_over" and parameters_of(content)["index"] == index
        return not closed and _has_index(content.content, index)
    if isinstance(content, Polynomial):
        return any(_has_index(m, index) for m in content.terms)
    return isinstance(content, tuple | frozenset) and any(
        _has_index(part, index) for part in content
    )


def _unvech(a: Algebra, x: Any, p: Polynomial) -> Polynomial | None:
    """The lower triangle of ones, from ones."""
    if [*p.terms] != [*a.ones(p.shape).terms]:
        return None
    triangle = a.apply_plain("tril", [a.ones(x.shape)], x.shape)
    return a.scaled(triangle, next(iter(p.terms.values())))


def _power_frechet(
    a: Algebra, x: Any, X: Polynomial, k: Polynomial, E: Polynomial
) -> Polynomial | None:
    """The sum of X^i E X^(k-1-i), written out up to the third power."""
    if k.constant not in (1, 2, 3):
        return None
    n = int(k.constant)
    powers = [a.matrix_power(X, Fraction(i)) for i in range(n)]
    return a.plus(*(a.product(a.product(powers[i], E), powers[n - 1 - i]) for i in range(n)))


def _sylvester(
    a: Algebra, x: Any, A: Polynomial, B: Polynomial, C: Polynomial
) -> Polynomial | None:
    """A Y + Y A = C with a C that commutes with A: Y = A^-1 C / 2."""
    if A != B or A.shape == ():
        return None
    of_A = a._functions_of(A)
    if all(a._commutes(f, A, of_A) for _, word in C.terms for f in word):
        half = a.scaled(C, Fraction(1, 2))
        return a.product(a.matrix_power(A, Fraction(-1)), half)
    return None


_READINGS: dict[str, Callable[..., Polynomial | None]] = {
    "add": lambda a, x, p, q: a.plus(a.broadcast(p, x.shape), a.broadcast(q, x.shape))
    if x.shape else a.plus(p, q),
    "subtract": lambda a, x, p, q: _READINGS["add"](a, x, p, a.scaled(q, Fraction(-1))),
    "negative": lambda a, x, p: a.scaled(p, Fraction(-1)),
    "multiply": lambda a, x, p, q: a.entrywise(p, q),
    "matmul": _matmul,
    "transpose": _transpose,
    "reshape": _reshape,
    "getitem": _getitem,
    "scatter": _scatter,
    "tril": _tril,
    "triu": _triu,
    "divide": _divide,
    "reciprocal": lambda a, x, p: a.entrywise_power(p, Fraction(-1)),
    "power": _power,
    "general_power": _power,
    "lowered_power": _lowered_power,
    "square": lambda a, x, p: a.entrywise_power(p, Fraction(2)),
    "sqrt": lambda a, x, p: a.entrywise_power(p, Fraction(1, 2)),
    "trace": lambda a, x, p: a.trace(p),
    "trace_product": lambda a, x, p, q: a.trace(a.product(p, q)),
    "sum": _sum,
    "mean": _mean,
    "norm": _norm,
    "broadcast_to": _broadcast,
    "inv": lambda a, x, p: a.matrix_power(p, Fraction(-1)),
    "solve": lambda a, x, A, B: a.product(a.matrix_power(A, Fraction(-1)), B),
    "matrix_power": lambda a, x, p, k: a.matrix_power(p, k),
    "real_power": lambda a, x, p, k: a.matrix_power(p, k),
    "sqrtm": lambda a, x, p: a.matrix_power(p, Fraction(1, 2)),
    "det": lambda a, x, p: a.det(p),
    "adjugate": lambda a, x, p, d: a.times(a.det(p), a.matrix_power(p, Fraction(-1))),
    "diag": _diag,
    "diagonal": _diagonal,
    "vec": lambda a, x, p: a.vec(p),
    "kron": lambda a, x, p, q: a.kron(p, q),
    "block_sum": lambda a, x, p, q: a.block_sum(p, q, x.shape),
    "block_inner": lambda a, x, p, q: a.block_inner(p, q, x.shape),
    "outer": lambda a, x, p, q: a.product(p, a.transposed(q)),
    "sigmoid": _sigmoid,
    "exp": _exp,
    "safe_reciprocal": _safe_reciprocal,
    "complement": _complement,
    "unvech": _unvech,
    "sum_over": _sum_over,
    "power_frechet": _power_frechet,
    "sylvester": _sylvester,
}  # fmt: skip

#: Operations that keep their name though their entry has a form in terms of others.
_KEPT = frozenset({"reciprocal"})
