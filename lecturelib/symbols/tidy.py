"""From the normal form back to a term that is short to read.

A polynomial has many spellings: a factor may stand in front of a sum or in each of its terms. The
`cost` of a spelling is the number of operators and calls in it; `tidy` gives the cheapest of those
that it tries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from .. import table as r
from ..table import TABLE, shapes
from ..table.shapes import Shape, same_shape
from .language import column, flat, number, product
from .normal import (
    Algebra,
    Atom,
    Exponent,
    Factor,
    Polynomial,
    Scalars,
    TooLargeError,
    Word,
    has_sum,
    in_order,
    is_entrywise,
    is_even_power,
    is_one,
    leads_with_one,
    merged,
    parameters_of,
)
from .terms import (
    Application,
    Comparison,
    Expression,
    Identity,
    Number,
    Ones,
    Pending,
    Symbol,
    is_invisible,
    is_number,
    zeros,
)

Item = tuple[Scalars, Word, Any]

#: A spelling of no more operators is not tried to be shortened again.
SHORT = 8
#: How often a spelling is tried to be shortened.
ROUNDS = 6
#: A sum of more terms is not shorter than what it was multiplied out from.
MANY = 12


def cost(x: Expression) -> int:
    """The number of operators and calls that it takes to write a term."""
    found: int | None = vars(x).get("_cost")
    if found is None:
        if isinstance(x, Application):
            found = sum(map(cost, x.operands)) + (not is_invisible(x))
        elif isinstance(x, Comparison):
            found = 1 + cost(x.left) + cost(x.right)
        else:
            sized = isinstance(x, Ones) or (isinstance(x, Number) and x.shape != ())
            found = 2 if isinstance(x, Identity) else int(sized)
        vars(x)["_cost"] = found  # a term does not change
    return found


def tidy(
    term: Expression, names: Mapping[str, Symbol] | None = None, deadline: float | None = None,
    expansions: Sequence[str] = ("none", "all"),
) -> Expression:  # fmt: skip
    """The shortest spelling of a term that the normal form gives.

    Examples
    --------
    >>> from lecturelib.symbols.terms import Symbol
    >>> from lecturelib.symbols.tidy import tidy
    >>> A, X = Symbol("A", shape=("n", "n")), Symbol("X", shape=("n", "n"))
    >>> tidy(A @ X + (X.T @ A.T).T)
    2*A*X
    """
    algebra = Algebra(expansions[0], 200_000, deadline)
    put = {name: algebra.symbol(symbol) for name, symbol in (names or {}).items()}
    p = algebra.polynomial(term, put)
    best = Speller(algebra).shortest(p)
    plain = len(p.terms) == 1 or cost(best) <= SHORT
    if plain and not algebra.has_sums and expansions[0] != "all":  # nothing to multiply out
        return best
    idle, i = 1, 1
    while idle < len(expansions) + (cost(best) > SHORT) and i < ROUNDS:
        found = _shorter(best, expansions[i % len(expansions)], deadline)
        idle, i = idle + 1, i + 1
        if found is not None and cost(found) < cost(best):
            best, idle = found, 1
    return best


def _shorter(term: Expression, expand: str, deadline: float | None) -> Expression | None:
    """Another spelling; None where it would take long."""
    algebra = Algebra(expand, 5_000, deadline)
    try:
        p = algebra.polynomial(term)
        return None if len(p.terms) > MANY else Speller(algebra).shortest(p)
    except TooLargeError:
        return None


def summands(term: Expression) -> list[Expression]:
    """The terms of a sum, each tidied."""
    algebra = Algebra("none")
    speller = Speller(algebra)
    p = algebra.polynomial(term)
    return [speller.spell(Polynomial(p.shape, {m: c})) for m, c in p.terms.items()]


def power_of(x: Expression, exponent: Expression) -> Expression:
    return x if is_number(exponent, 1) else r.power(x, exponent)


class Speller:
    """Spells polynomials of one algebra as terms."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._known: dict[Polynomial, Expression] = {}
        self._sums: dict[Any, Expression] = {}

    def spell(self, p: Polynomial) -> Expression:
        found = self._known.get(p)
        if found is None:
            items = [(s, w, c) for (s, w), c in p.terms.items()]
            found = self._sum(items, p.shape) if items else _zero(p.shape)
            self._known[p] = found
        return found

    def shortest(self, p: Polynomial) -> Expression:
        """The spelling of p, or the transpose of that of p'."""
        found = self.spell(p)
        turned = sum(t for _, word in p.terms for _, t, _ in word)
        if 2 * turned > sum(len(word) for _, word in p.terms) and turned > 1:
            return min(found, self.spell(self.algebra.transposed(p)).T, key=cost)
        return found

    # -- Sums -------------------------------------------------------------------------------------

    def _sum(self, items: list[Item], shape: Shape) -> Expression:
        if len(items) == 1:
            return self._monomial(*items[0], shape)
        key = frozenset(items), tuple(map(str, shape))
        if key not in self._sums:
            self._sums[key] = self._shortest_sum(items, shape)
        return self._sums[key]

    def _shortest_sum(self, items: list[Item], shape: Shape) -> Expression:
        self.algebra.look_at_the_clock()
        plain = self._added([self._monomial(*item, shape) for item in items])
        candidates = []
        for factored in (self._without_content, self._grouped):
            found = factored(items, shape)
            if found is not None:
                candidates.append(found)
        return min([*candidates, plain], key=cost)

    def _added(self, parts: Sequence[Expression]) -> Expression:
        """A sum whose first term has no sign, if there is one without."""
        entrywise = [_is_entrywise(x) for x in parts]
        if any(entrywise) and all(
            f or _one_for_ones(x).shape == () for f, x in zip(entrywise, parts, strict=True)
        ):
            parts = [x if _is_entrywise(x) else _one_for_ones(x) for x in parts]
        ordered = sorted(parts, key=lambda x: (_is_negative(x), _is_transposed(x)))
        total = ordered[0]
        for part in ordered[1:]:
            total = total + part
        return total

    def _without_content(self, items: list[Item], shape: Shape) -> Expression | None:
        """What all terms share, in front."""
        polynomial = Polynomial(shape, {(s, w): c for s, w, c in items})
        coefficient, _, _ = self.algebra.primitive(polynomial)
        if coefficient < 0 and self._negative(polynomial) is not None:
            coefficient = -coefficient
        shared: dict[Atom, Exponent] = dict(items[0][0])
        for scalars, _, _ in items[1:]:
            have = dict(scalars)
            shared = {
                atom: _smaller(e, have[atom])
                for atom, e in shared.items()
                if atom in have and _smaller(e, have[atom]) is not None
            }
        if coefficient == 1 and not shared:
            return None
        by = tuple((atom, _negative(e)) for atom, e in shared.items())
        rest = [(merged(s, by), w, c / coefficient) for s, w, c in items]
        inner = self._sum(rest, shape)
        front = tuple(shared.items())
        return self._scaled(front, coefficient, inner)

    def _grouped(self, items: list[Item], shape: Shape) -> Expression | None:
        """A group of terms with a common factor: at the left, at the right, or entrywise."""
        best: Any = None
        for side in (0, -1):
            groups: dict[Any, list[Item]] = {}
            for item in items:
                if item[1]:
                    groups.setdefault(item[1][side], []).append(item)
            for group in groups.values():
                n = _shared_length([w for _, w, _ in group], side)
                # a number times the common factor alone would leave a multiple of the identity
                group = [(s, w, c) for s, w, c in group
                         if len(w) > n or not (s or abs(c) != 1)]  # fmt: skip
                saving = (len(group) - 1) * n
                if len(group) > 1 and (best is None or saving > best[0]):
                    best = saving, side, n, group
        if best is None:
            entries = self._grouped_entries(items, shape)
            for grouped in (self._grouped_operands, self._grouped_traces, self._grouped_scalars):
                if entries is None:
                    entries = grouped(items, shape)
            return entries
        _, side, n, group = best
        common = group[0][1][:n] if side == 0 else group[0][1][-n:]
        inside = [(s, w[n:] if side == 0 else w[:-n], c) for s, w, c in group]
        rows, columns = shape
        edge = _columns(common[-1]) if side == 0 else _rows(common[0])
        inner_shape = (edge, columns) if side == 0 else (rows, edge)
        inner = self._sum(inside, _number_shape(inner_shape))
        outer = self._word(common)
        grouped = product(outer, inner) if side == 0 else product(inner, outer)
        return self._with_rest(grouped, group, items, shape)

    def _with_rest(
        self, grouped: Expression, group: list[Item], items: list[Item], shape: Shape
    ) -> Expression:
        rest = [item for item in items if item not in group]
        if not rest:
            return grouped
        other = self._sum(rest, shape)
        return self._added([grouped, other])

    def _grouped_entries(self, items: list[Item], shape: Shape) -> Expression | None:
        """Entrywise products that share an entry."""
        groups: dict[Any, list[Item]] = {}
        for item in items:
            if len(item[1]) == 1 and item[1][0][0].kind == "entries" and is_one(item[1][0][2]):
                atom, turned, _ = item[1][0]
                for m, e in atom.content:
                    groups.setdefault((m, e, turned), []).append(item)
        shared = [(len(group), key, group) for key, group in groups.items() if len(group) > 1]
        if not shared:
            return None
        _, (m, e, turned), group = max(shared, key=lambda one: one[0])
        inside = self.algebra.zero(shape)
        for s, w, c in group:
            atom = w[0][0]
            left = {k: f for k, f in atom.content if (k, f) != (m, e)}
            one = self.algebra.entries(left, atom.shape)
            one = self.algebra.transposed(one) if turned else one
            part = self.algebra.times(Polynomial((), {(s, ()): c}), one)
            inside = self.algebra.plus(inside, part)
        outer = self._entries(((self.algebra.transposed(m) if turned else m, e),))
        inner = self.spell(inside)
        return self._with_rest(r.multiply(outer, inner), group, items, shape)

    def _grouped_operands(self, items: list[Item], shape: Shape) -> Expression | None:
        """kron(A, C) + kron(B, C) as kron(A + B, C); likewise what is linear in one operand."""
        groups: dict[Any, list[tuple[Item, Polynomial]]] = {}
        for item in items:
            if len(item[1]) != 1 or not is_one(item[1][0][2]):
                continue
            atom, turned, _ = item[1][0]
            if not _is_linear_kind(atom):
                continue
            if atom.kind == "sum_over" and has_sum(item[0], parameters_of(atom)["index"]):
                continue  # that sum would stand inside this one
            operands = atom.content
            if turned and atom.kind == "kron":  # its transpose is that of its operands
                operands, turned = tuple(map(self.algebra.transposed, operands)), False
            for i, moving in enumerate(operands):
                fixed = operands[:i] + operands[i + 1 :]
                shapes = tuple(map(str, moving.shape))
                key = atom.kind, atom.parameters, turned, i, fixed, shapes
                groups.setdefault(key, []).append((item, moving))
        shared = [(key, group) for key, group in groups.items() if len(group) > 1]
        if not shared:
            return None
        (kind, _, turned, i, fixed, _), group = max(shared, key=lambda one: len(one[1]))
        sums = [self.algebra.times(Polynomial((), {(s, ()): c}), p) for (s, _, c), p in group]
        atom = group[0][0][1][0][0]
        one = self._call(atom, (*fixed[:i], self.algebra.plus(*sums), *fixed[i:]))
        return self._with_rest(
            one.T if turned else one, [item for item, _ in group], items, shape
        )  # fmt: skip

    def _grouped_traces(self, items: list[Item], shape: Shape) -> Expression | None:
        """tr(A) + tr(B) as tr(A + B); the lines of a derivation keep each term's own trace."""
        if shape != () or self.algebra.expand == "varying":
            return None
        groups: dict[Any, list[tuple[Item, Word]]] = {}
        for item in items:
            traces = [a for a, e in item[0] if a.kind == "trace" and is_one(e)]
            if len(traces) == 1:
                rest = tuple(s for s in item[0] if s[0] is not traces[0])
                word = traces[0].content
                groups.setdefault((rest, str(_rows(word[0]))), []).append((item, word))
        shared = [(rest, group) for (rest, _), group in groups.items() if len(group) > 1]
        if not shared:
            return None
        rest, group = max(shared, key=lambda one: len(one[1]))
        n = _rows(group[0][1][0])
        total = Polynomial((n, n), {((), word): c for (_, _, c), word in group})
        one = self._scaled(rest, Fraction(1), r.trace(self.shortest(total)))
        return self._with_rest(one, [item for item, _ in group], items, shape)

    def _grouped_scalars(self, items: list[Item], shape: Shape) -> Expression | None:
        """Terms that share a number."""
        groups: dict[Any, list[Item]] = {}
        for item in items:
            for atom, e in item[0]:
                if not _is_symbolic(e):
                    groups.setdefault((atom, e > 0), []).append(item)
        shared = [group for group in groups.values() if 1 < len(group) < len(items)]
        if not shared:
            return None
        group = max(shared, key=len)
        return self._with_rest(self._sum(group, shape), group, items, shape)

    # -- Products ---------------------------------------------------------------------------------

    def _monomial(self, scalars: Scalars, word: Word, c: Any, shape: Shape) -> Expression:
        if c < 0:
            flipped = self._flipped_word(word)
            if flipped is not None:
                word, c = flipped, -c
        if shape == ():
            return self._scaled(scalars, c, None)
        if not word:
            return self._scaled(scalars, c, Identity(shape[0]))
        return self._scaled(scalars, c, self._word(word))

    def _logistic(self, scalars: Scalars) -> Scalars:
        """exp(z)/(1 + exp(z)) is sigmoid(z)."""
        powers = dict(scalars)
        for atom, a in scalars:
            if atom.kind != "exp" or _is_symbolic(a) or a.denominator != 1 or a < 1:
                continue
            one_more = self.algebra.plus(
                self.algebra.number(Fraction(1)), self.algebra.matrix(atom)
            )
            below = self.algebra.atom("sum", one_more, ())
            if not _is_symbolic(b := powers.get(below, Fraction(0))) and -b >= a:
                [(sigmoid, _)] = next(iter(self.algebra.apply_plain(
                    "sigmoid", list(atom.content), ()).terms))[0]  # fmt: skip
                del powers[atom]
                powers[below] = b + a
                powers[sigmoid] = a
        return tuple((atom, e) for atom, e in powers.items() if e != 0)

    def _flipped(self, scalars: Scalars) -> Scalars | None:
        """The sign of a product carried into a difference that is a factor."""
        for i, (atom, e) in enumerate(scalars):
            if atom.kind == "sum" and not _is_symbolic(e) and e.denominator == 1 and e % 2:
                other = self._negated(atom.content)
                if other is not None:
                    return (*scalars[:i], (other, e), *scalars[i + 1 :])
            if atom.kind in ("trace", "inner") and e == 1 and self._root(atom) is None:
                word = self._flipped_word(atom.content)
                if word is not None:
                    other = self.algebra.atom(atom.kind, word, (), atom.flags)
                    return (*scalars[:i], (other, e), *scalars[i + 1 :])
        return None

    def _flipped_word(self, word: Word) -> Word | None:
        for i, (atom, turned, e) in enumerate(word):
            if _is_symbolic(e) or e.denominator != 1 or not e % 2:
                continue
            if [a for a, _, _ in word].count(atom) > 1:  # a quadratic form
                continue
            other = None
            if atom.kind == "sum":
                other = self._negated(atom.content)
            elif atom.kind == "entries":
                for m, f in atom.content:
                    minus = self._negative(m) if is_one(f) else None
                    if minus is not None:
                        content = in_order({minus if k is m else k: g for k, g in atom.content})
                        other = self.algebra.atom("entries", content, atom.shape, atom.flags)
                        break
            if other is not None:
                return (*word[:i], (other, turned, e), *word[i + 1 :])
        return None

    def _negated(self, p: Polynomial) -> Atom | None:
        """The atom of -p, if p is a difference that reads as well the other way round."""
        minus = self._negative(p)
        if minus is None:
            return None
        return self.algebra.atom("sum", minus, p.shape)

    def _negative(self, p: Polynomial) -> Polynomial | None:
        if len(p.terms) == 1:
            [((scalars, word), c)] = p.terms.items()
            if c == 1 and not scalars and len(word) == 1 and word[0][0].kind == "sum":
                other = self._flipped_word(word)
                return None if other is None else Polynomial(p.shape, {((), other): c})
        if len({c > 0 for c in p.terms.values()}) < 2:
            return None
        with_identity = p.shape != () and ((), ()) in p.terms  # X'*X - I reads as well
        if leads_with_one(list(p.terms)) and not with_identity:
            return None
        return self.algebra.scaled(p, Fraction(-1))

    def _scaled(self, scalars: Scalars, c: Any, x: Expression | None) -> Expression:
        """Numbers in front of x, and below the line."""
        if c < 0:
            flipped = self._flipped(scalars)
            if flipped is not None:
                scalars, c = flipped, -c
        above: list[Expression] = []
        below: list[Expression] = []
        negative = c < 0
        c = abs(c)
        if c.numerator != 1:
            above.append(Number(c.numerator))
        if c.denominator != 1:
            below.append(Number(c.denominator))
        for atom, e in sorted(
            self._logistic(scalars), key=lambda s: ("size" not in s[0].flags, s[0].number)
        ):
            under = not _is_symbolic(e) and e < 0
            one = self._scalar(atom, -e if under else e)
            (below if under else above).append(one)
        factors = above if x is None else [*above, x]
        result = factors[0] if factors else Number(1)
        if x is not None and len(factors) > 1:
            front = above[0]
            for factor in above[1:]:
                front = front * factor
            result = front * x
        else:
            for factor in factors[1:]:
                result = result * factor
        if below:
            under_line = below[0]
            for factor in below[1:]:
                under_line = under_line * factor
            result = result / under_line
        return -result if negative else result

    def _scalar(self, atom: Atom, e: Exponent) -> Expression:
        """A number to a power."""
        if atom.kind in ("inner", "trace"):
            root = self._root(atom)
            if root is not None:
                norm = r.norm(root)
                double = self.algebra.exponents_product(e, Fraction(2))
                as_norm = power_of(norm, self.exponent(double))
                whole = not _is_symbolic(e) and e.denominator == 1
                if whole and isinstance(root, Symbol) and atom.kind == "inner":
                    return power_of(self._plain_scalar(atom), self.exponent(e))  # (x'*x)^2
                if whole and e == 1:
                    plain = self._plain_scalar(atom)
                    return min(plain, as_norm, key=cost)
                return as_norm
        if not _is_symbolic(e) and e == Fraction(1, 2):
            return r.sqrt(self._plain_scalar(atom))
        return power_of(self._plain_scalar(atom), self.exponent(e))

    def exponent(self, e: Exponent) -> Expression:
        return self.spell(e) if _is_symbolic(e) else _number(e)

    def _root(self, atom: Atom) -> Expression | None:
        """The P of <P, P>, if the atom is that."""
        turns = range(len(atom.content)) if atom.kind == "trace" else (0,)
        roots = []
        for i in turns:
            for word in _split_squares((*atom.content[i:], *atom.content[:i]), atom.kind):
                half = len(word) // 2
                if _turned(word[:half]) == word[half:]:
                    roots.append(self._word(word[half:]))
                    if atom.kind == "trace":
                        roots.append(self._word(word[:half]))
        return min(roots, key=cost) if roots else None

    def _plain_scalar(self, atom: Atom) -> Expression:
        if atom.kind == "inner":
            word = atom.content
            for w in (word, _turned(word)):
                if w[0][0].kind == "ones" and w[0][1]:
                    inside = w[1:-1] if w[-1][0].kind == "ones" and len(w) > 2 else w[1:]
                    return r.sum(min(map(self._word, (inside, _turned(inside))), key=cost))
            spellings = [self._word(w, split=False) for w in (word, _turned(word))]
            return number(min(spellings, key=cost))
        if atom.kind == "trace":
            word = atom.content
            rotations = [(*word[i:], *word[:i]) for i in range(len(word))]
            rotations += [_turned(w) for w in rotations]
            found = [r.trace(min(map(self._word, rotations), key=cost))]
            if len(word) == 2 and any(map(_is_of_entries, word)):
                A, B = self._word(_turned(word[:1])), self._word(word[1:])
                found.append(r.sum(r.multiply(A, B)))
            return min(found, key=cost)
        if atom.kind == "det":
            return r.det(self.spell(atom.content))
        return self._atom(atom)

    def _word(self, word: Word, split: bool = True) -> Expression:
        """A product of matrices; sums of rows and columns by their names."""
        if split and len(word) > 1 and _is_vector_of_ones(word[-1], False):
            rest = self._word(word[:-1])
            return r.sum(rest, axis=1, keepdims=True)
        if split and len(word) > 1 and _is_vector_of_ones(word[0], True):
            rest = self._word(word[1:])
            return r.sum(rest, axis=0, keepdims=True)
        factors = [self._factor(f) for f in _merged_ones(word)]
        result = factors[0]
        for factor in factors[1:]:
            result = product(result, factor)
        return result

    def _factor(self, factor: Any) -> Expression:
        if isinstance(factor, Ones):
            return factor
        atom, turned, e = factor
        if atom.kind == "sum":  # the spelling of P' may be shorter than (P)'
            base = self.spell(atom.content)
            if turned:
                other = self.spell(self.algebra.transposed(atom.content))
                if is_one(e):
                    base, turned = min(other, base.T, key=cost), False
                elif cost(other) <= cost(base):
                    base, turned = other, False
        else:
            base = self._atom(atom)
            if turned and is_one(e):
                return min(base.T, self._atom_turned(atom), key=cost)
        if is_one(e):
            return base
        if not _is_symbolic(e):
            if e == -1:
                return (
                    r.inv(base.T)
                    if turned and atom.kind not in ("symbol", "sum")
                    else (r.inv(base).T if turned else r.inv(base))
                )
            if e == Fraction(1, 2):
                found = r.sqrtm(base)
            elif e == Fraction(-1, 2):
                found = r.inv(r.sqrtm(base))
            elif e.denominator != 1:
                found = r.real_power(base, _number(e))
            elif e < 0:
                found = r.matrix_power(r.inv(base), _number(-e))
            else:
                found = r.matrix_power(base, _number(e))
        elif _is_whole(e):
            found = r.matrix_power(base, self.exponent(e))
        else:
            found = r.real_power(base, self.exponent(e))
        return found.T if turned else found

    def _atom_turned(self, atom: Atom) -> Expression:
        """The transpose of an atom, carried into its operands where the operation allows it."""
        turned = self.algebra.transposed
        if atom.kind == "entries":
            return self._entries([(turned(m), e) for m, e in atom.content])
        if atom.kind == "kron":
            return r.kron(*(self.spell(turned(p)) for p in atom.content))
        if is_function_of_entries_or_matrix(atom.kind):
            return TABLE[atom.kind](
                *(self.spell(turned(p)) for p in atom.content), **parameters_of(atom)
            )
        return self._atom(atom).T

    def _atom(self, atom: Atom) -> Expression:
        """An atom as it is written, not transposed."""
        kind, content = atom.kind, atom.content
        if kind == "pending":
            return Pending(self.spell(content[0]))
        if kind in ("symbol", "part"):
            return content
        if kind == "number":
            return Number(content) if content >= 0 else -Number(-content)
        if kind == "ones":
            return Ones(atom.shape)
        if kind == "sum":
            return self.spell(content)
        if kind == "entries":
            return self._entries(content)
        if kind == "comparison":
            return Comparison(atom.parameters, *(self.spell(p) for p in content))
        return self._call(atom, content)

    def _call(self, atom: Atom, content: Sequence[Polynomial]) -> Expression:
        """The operation of an atom, on these operands."""
        operands = [self.spell(p) for p in content]
        if atom.kind == "diagonal":  # the same of the transpose
            operands = [min(*operands, self.spell(self.algebra.transposed(content[0])), key=cost)]
        if TABLE[atom.kind].rule.shape in (shapes.joined, shapes.blocks):  # not of numbers
            operands = [o if o.ndim else Application("reshape", (o,), {"shape": (1, 1)})
                        for o in operands]  # fmt: skip
        if atom.kind in ("diag", "unvech"):
            operands = [flat(operands[0])]
        result = TABLE[atom.kind](*operands, **parameters_of(atom))
        return number(result) if atom.shape == () else column(result)

    def _entries(self, items: Any) -> Expression:
        """An entrywise product, with what has a negative exponent below the line."""
        above: list[Expression] = []
        below: list[Expression] = []
        ordered = sorted(self._logistic_entries(dict(items)), key=lambda item: _age(item[0]))
        for p, e in ordered:
            under = not _is_symbolic(e) and e < 0
            one = self._entry_power(self.spell(p), -e if under else e)
            (below if under else above).append(one)
        shape = ordered[0][0].shape
        result = above[0] if above else None
        for factor in above[1:]:
            result = r.multiply(result, factor)
        if below:
            under_line = below[0]
            for factor in below[1:]:
                under_line = r.multiply(under_line, factor)
            result = r.divide(Number(1) if result is None else result, under_line)
        return Ones(shape) if result is None else result

    def _logistic_entries(self, items: dict[Polynomial, Exponent]) -> list[Any]:
        for p, a in list(items.items()):
            if len(p.terms) != 1 or _is_symbolic(a) or a.denominator != 1 or a < 1:
                continue
            [((_, word), _)] = p.terms.items()
            if len(word) != 1 or word[0][0].kind != "exp":
                continue
            below = self.algebra.plus(self.algebra.ones(p.shape), p)
            if not _is_symbolic(b := items.get(below, Fraction(0))) and -b >= a:
                [z] = word[0][0].content
                z = self.algebra.transposed(z) if word[0][1] else z
                del items[p]
                items[below] = b + a
                items[self.algebra.apply_plain("sigmoid", [z], p.shape)] = a
        return [(p, e) for p, e in items.items() if e != 0]

    def _entry_power(self, x: Expression, e: Exponent) -> Expression:
        if is_one(e):
            return x
        if not _is_symbolic(e) and e == Fraction(1, 2):
            return r.sqrt(x)
        return r.power(x, self.exponent(e))


def _is_linear_kind(atom: Atom) -> bool:
    """Whether an atom is an operation that is linear in each of its operands."""
    if atom.kind not in TABLE or not isinstance(atom.content, tuple):
        return False
    rule = TABLE[atom.kind].rule
    return rule.kind == "multilinear" or (rule.kind == "linear" and len(atom.content) == 1)


def _is_of_entries(factor: Factor) -> bool:
    """Whether a factor is a product or a function of entries."""
    kind = factor[0].kind
    return kind == "entries" or (kind in TABLE and is_entrywise(kind))


def _split_squares(word: Word, kind: str) -> list[Word]:
    """A word, also with a square in its middle, or at the seam of a trace, as two factors."""
    found = [word]
    middle = len(word) // 2
    if len(word) % 2 and is_even_power(word[middle]):
        a, t, e = word[middle]
        found.append((*word[:middle], (a, t, e / 2), (a, t, e / 2), *word[middle + 1 :]))
    if kind == "trace" and len(word) > 1 and is_even_power(word[0]):
        a, t, e = word[0]
        found.append(((a, t, e / 2), *word[1:], (a, t, e / 2)))
    return [w for w in found if len(w) % 2 == 0]


def is_function_of_entries_or_matrix(name: str) -> bool:
    """Whether f(X') is f(X)'."""
    return name in TABLE and (is_entrywise(name) or TABLE[name].rule.commutes_with_transpose)


def _number(value: Any) -> Expression:
    value = Fraction(value)
    top = Number(abs(value.numerator))
    found = top if value.denominator == 1 else top / Number(value.denominator)
    return -found if value < 0 else found


def _zero(shape: Shape) -> Expression:
    return zeros(shape) if shape else Number(0)


def _is_negative(x: Expression) -> bool:
    return isinstance(x, Application) and x.name == "negative"


def _is_transposed(x: Expression) -> bool:
    return isinstance(x, Application) and x.name == "transpose"


def _is_entrywise(x: Any) -> bool:
    """Whether x is a function of entries, or a power or product of such: a number may be added."""
    if not isinstance(x, Application) or x.shape == ():
        return False
    if x.name in ("negative", "power", "multiply", "divide"):
        return any(map(_is_entrywise, x.operands)) and all(
            o.shape == () or _is_entrywise(o) for o in x.operands
        )
    return is_entrywise(x.name)


def _one_for_ones(x: Any) -> Any:
    """A multiple of ones as a number, beside a function of entries."""
    if isinstance(x, Ones):
        return Number(1)
    if isinstance(x, Application) and x.name in ("negative", "multiply", "divide"):
        operands = [_one_for_ones(o) for o in x.operands]
        if all(o.shape == () for o in operands):
            return x.operation(*operands)
    return x


def _is_symbolic(e: Exponent) -> bool:
    return isinstance(e, Polynomial)


def _is_whole(e: Exponent) -> bool:
    from .normal import is_whole

    return is_whole(e)


def _negative(e: Exponent) -> Exponent:
    if isinstance(e, Polynomial):
        return Polynomial(e.shape, {m: -c for m, c in e.terms.items()})
    return -e


def _smaller(a: Exponent, b: Exponent) -> Exponent | None:
    """The exponent that two powers of one base share."""
    if _is_symbolic(a) or _is_symbolic(b):
        return a if a == b else None
    if (a > 0) != (b > 0):
        return None
    return min(a, b) if a > 0 else max(a, b)


def _shared_length(words: list[Word], side: int) -> int:
    n = 0
    shortest = min(map(len, words))
    while n < shortest:
        place = n if side == 0 else -n - 1
        if any(w[place] != words[0][place] for w in words):
            break
        n += 1
    return n


def _turned(word: Word) -> Word:
    return tuple((a, not t and "symmetric" not in a.flags, e) for a, t, e in reversed(word))


def _rows(factor: Factor) -> Any:
    return factor[0].shape[1] if factor[1] else factor[0].shape[0]


def _columns(factor: Factor) -> Any:
    return factor[0].shape[0] if factor[1] else factor[0].shape[1]


def _is_vector_of_ones(factor: Factor, turned: bool) -> bool:
    return factor[0].kind == "ones" and factor[1] == turned


def _merged_ones(word: Word) -> list[Any]:
    """ones(m)*ones(n)' as ones(m, n)."""
    found: list[Any] = []
    for factor in word:
        if found and _is_vector_of_ones(factor, True) and not isinstance(found[-1], Ones):
            before = found[-1]
            if _is_vector_of_ones(before, False):
                found[-1] = Ones((before[0].shape[0], factor[0].shape[0]))
                continue
        found.append(factor)
    return found


def _number_shape(shape: Shape) -> Shape:
    return () if all(type(n) is int and n == 1 for n in shape) else shape


def _age(p: Polynomial) -> Any:
    from .normal import _order

    return _order(p)


__all__ = ["Speller", "Symbol", "cost", "same_shape", "tidy"]
