r"""From text to terms: the grammar of `derive`, as users of matrixcalculus.org know it.

`tokens` brings all spellings to the same few signs, `syntax` makes a small tree of them. Here
`Solver` finds the shape of every part of the tree:
sizes that nobody declared are identified where operations need them equal. Only then are terms
built, because a term's shape is fixed. Text is never evaluated, and what could be read in two ways
is asked.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, count
from typing import Any, NoReturn

from .. import table as r
from ..table import TABLE, shapes
from ..table.shapes import Size, is_unsaid, known
from . import language
from .conditions import applications
from .language import ALIASES, FUNCTIONS, builder
from .syntax import CLOSERS, Node, Reader, Scope
from .terms import Comparison, Expression, Identity, Number, Ones, Symbol, commutation, zeros
from .tokens import ParseError, close_matches, spelling

__all__ = ["ParseError", "Parsed", "parse", "parse_answer", "spelling"]


# -- Shapes ---------------------------------------------------------------------------------------


class Firm(Size):
    """A size of a name that nobody declared: it may turn out to be any but 1."""

    __slots__ = ()


def equal(a: Any, b: Any) -> bool:
    """Whether two sizes can be equal; those that are not known are identified."""
    a, b = known(a), known(b)
    if isinstance(a, Firm):
        a, b = b, a  # what the context gives becomes the size of a name, not the other way round
    if isinstance(b, Firm) and not b.name and a == 1:
        return False
    return shapes.equal(a, b)


def shown(shape: Any) -> str:
    """A shape for a sentence: ``m x n``."""
    return " x ".join(map(str, shape)) if shape else "a number"


#: What to write instead where a matrix is not square.
_INSTEAD = {
    "inv": "pinv(X) is the pseudo-inverse of any matrix.",
    "tr": "X'*X and X*X' are square; the sum of all entries is sum(X).",
    "power": "Powers entry by entry are written .^, and X'*X is square.",
}


_NO_TERM = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


class Solver:
    """The shape of every part of a tree; sizes that must be equal are identified."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.scope, self.source = reader, reader.scope, reader.source
        self.fresh: dict[str, Any] = {}
        self.pending: list[tuple[Size, Callable[[], Any], Node]] = []
        self.sized: list[Node] = []
        self.roots: list[Node] = []

    def solve(self, node: Node) -> Any:
        if node.shape is None:
            for part in node.parts:
                self.solve(part)
            node.shape = getattr(self, "_" + node.kind)(node, *node.parts)
        return self.shape(node)

    @staticmethod
    def shape(node: Node) -> Any:
        """Rows and columns; () of a number, which is all that is 1 by 1."""
        node.shape = tuple(map(known, node.shape))
        if node.shape and all(type(n) is int and n == 1 for n in node.shape):
            node.shape = ()
        return node.shape

    def fail(self, message: str, node: Node, first: str = "") -> NoReturn:
        if first:
            message = f"{first} {message}"
        elif self.fresh:
            message += (
                " Undeclared, a to g are numbers, h to z columns, capitals matrices; declare what "
                "is not so."
            )
        self.reader.fail(message, node.at)

    def note(self, sentence: str) -> None:
        if sentence not in self.scope.notes:
            self.scope.notes.append(sentence)

    def is_(self, node: Node) -> str:
        """``X is m x n``."""
        self.letters()
        return f"{self.source(node)} is {shown(self.shape(node))}"

    def later(self, node: Node, compute: Callable[..., Any], *sizes: Any) -> Any:
        """A product or sum of sizes, which waits where they are not known yet."""
        if not any(map(is_unsaid, sizes)):
            return compute(*sizes)
        found = Size()
        self.pending.append((found, partial(compute, *sizes), node))
        return found

    # Names and numbers

    def _number(self, node: Node) -> Any:
        return ()

    def _name(self, node: Node) -> Any:
        name, scope = node.value, self.scope
        if node.definition is not None:
            return node.definition.shape
        if name in scope.aliases:
            return scope.aliases[name].shape
        if name in scope.symbols:
            return scope.symbols[name].shape
        if index := scope.sampled(name):
            return self._sample(node, name, index).shape
        if name in scope.letters or name in scope.ranges:
            return ()
        if name not in self.fresh:
            n = Firm()
            if name in scope.flagged:  # of square matrices
                self.fresh[name] = (n, n)
            elif name[0] in "abcdefg":
                self.fresh[name] = ()
            else:
                self.fresh[name] = (n, 1 if name[0].islower() else Firm())
        return self.fresh[name]

    # Letters that only their name makes a column

    def loose(self, node: Node) -> set[str]:
        """The undeclared letters but for which a column would be a number, as n in ``n*tr(X)``."""
        if node.definition is not None:
            return self.loose(node.definition)
        if self.scope.variables is None or not node.shape:
            return set()
        parts = node.parts
        if node.kind == "name":
            bare = node.value in self.fresh and node.value not in self.scope.variables
            return {node.value} if bare and node.shape[1] == 1 else set()
        if node.kind in ("neg", "div") or (node.kind == "call" and entrywise(node)):
            return self.loose(parts[0]) if len(parts) == 1 or not parts[1].shape else set()
        if node.kind == "mul":
            factors = _factors(node)
            sides = [self.loose(x) for x in factors if _is_number_without(x, factors)]
            return set().union(*sides)
        if node.kind in ("times", "over", "add", "subtract"):
            sides = [self.loose(part) for part in parts if not _is_multiple(part)]
            return set().union(*sides) if all(sides) else set()
        return set()

    def settled(self, failing: Node | None = None) -> set[str]:
        """The letters that stand, somewhere, where a number would not do.

        What stands in the part that fails says nothing: it does not do there as a column, either.
        """
        found: set[str] = set()
        seen: set[tuple[int, bool]] = set()

        def walk(node: Node, free: bool) -> None:
            if (id(node), free) in seen:
                return
            seen.add((id(node), free))
            if node.kind == "name" and node.definition is None and not free:
                found.add(node.value)
            inside = node
            while inside.kind == "mul" and inside is not failing:
                inside = inside.parts[0]
            if inside is failing:
                for part in _factors(node) if node.kind == "mul" else node.parts:
                    walk(part, True)
                return
            if node.kind == "mul":
                factors = _factors(node)
                unit = any(x.kind == "sized" and _is_multiple(x) for x in factors)  # as in s*I
                for factor in factors:
                    walk(factor, (free or unit) and _is_number_without(factor, factors))
                return
            kept = node.kind in ("neg", "div", "times", "over", "add", "subtract")
            kept = kept or (node.kind == "call" and len(node.parts) == 1 and entrywise(node))
            for part in node.parts:
                others = [x for x in node.parts if x is not part and not _is_multiple(x)]
                walk(part, free and kept and all(map(self.loose, others)))
            if node.definition is not None:
                walk(node.definition, free)

        for root in self.roots:
            walk(root, True)
        return found

    def doubtful(self, node: Node, failing: Node | None = None) -> list[str]:
        """The undeclared letters that may be meant as numbers."""
        return sorted(self.loose(node) - self.settled(failing))

    def maybe_number(self, node: Node, beside: str = "", failing: Node | None = None) -> str:
        """What to do first where an undeclared letter may be meant as a number; or nothing.

        `beside` says what the letter meets.
        """
        letters = self.doubtful(node, failing)
        if not letters:
            return ""
        n = " and ".join(letters)
        are, columns, number = (
            ("is", "a column", "is a number")
            if len(letters) == 1 else ("are", "columns", "are numbers")
        )  # fmt: skip
        declared = "; ".join(f"{x}: scalar" for x in letters)
        return f"{n} {are} read as {columns}{beside}. If {n} {number}, declare {declared}."

    def undecided(self, node: Node) -> None:
        """Refuse a number that meets a column, if only the name of a letter makes it one."""
        seen: set[int] = set()

        def walk(node: Node) -> None:
            if id(node) in seen:
                return
            seen.add(id(node))
            for part in node.parts:
                walk(part)
            if node.definition is not None:
                walk(node.definition)
            if node.kind in ("add", "subtract") and node.parts[0].spread is None:
                for part, other in (node.parts, node.parts[::-1]):
                    if not other.shape and part.shape:
                        self._refuse_loose(part, f", and {self.source(other)} is a number")

        walk(node)
        self._refuse_loose(node, ", and so the value is one")

    def _refuse_loose(self, node: Node, beside: str) -> None:
        if first := self.maybe_number(node, beside):
            self.letters()
            n = self.doubtful(node)
            rows = known(node.shape[0])
            columns = "; ".join(f"{x}: {rows}" for x in n)
            what = "a column" if len(n) == 1 else "columns"
            self.reader.fail(f"{first} If {what}, declare {columns}.", node.at)

    def _sample(self, node: Node, name: str, index: str) -> Symbol:
        base = self.scope.symbols[name.rpartition("_")[0]]
        length = self.scope.ranges[index]
        if base.shape and shapes.same(base.shape[0], length):
            self.fail(
                f"{name} may be entry {index} of {base.name}, which is {shown(base.shape)}, or a "
                f"sample of that shape. Declare {name} itself, such as `{name}: scalar`.", node,
            )  # fmt: skip
        return declare(self.scope, name, base.shape, base.flags)

    def _sized(self, node: Node) -> Any:
        word, sizes = node.value
        if word == "commutation":
            if sizes is None:
                self.fail("commutation takes two sizes, as in commutation(m, n).", node)
            m, n = sizes
            return (m * n, m * n)
        if sizes is None:
            self.sized.append(node)
            n = Size()
            return (n, n) if word == "eye" else (Size(), Size())
        return (sizes[0], sizes[0]) if word == "eye" else (sizes[0], (*sizes, 1)[1])

    def _reshaped(self, node: Node, inside: Node) -> Any:
        a = self.shape(inside) or (1, 1)
        if 1 not in a:
            self.fail(f"reshape takes a vector: {self.is_(inside)}. Write vec(...) of it.", node)
        return node.value

    # Sums

    def _add(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        if not a and not b:
            return ()
        if a and b:
            return self._meet(node, left, right, "The sum")
        matrix, number = (left, right) if a else (right, left)
        if self.reader.numpy and not entrywise(matrix):
            number.spread = a or b
            return a or b
        if self.scope.mixed and not entrywise(matrix):
            number.spread, number.on_diagonal = a or b, self.scope.mixed == "I"
            return a or b
        if not entrywise(matrix):
            sign = "+" if node.kind == "add" else "-"
            X, t = self.source(matrix), self.source(number)
            if number.kind not in ("mul", "times", "power") and not number.closed:
                t = self.grouped(number)
            square = shapes.same(*self.shape(matrix))
            ways = []
            one = number.kind == "number" and number.value == 1
            for other in ("I", "ones") if square else ("ones",):
                multiple = other if one else f"{t}*{other}"
                ways.append(f"{X} {sign} {multiple}" if a else f"{multiple} {sign} {X}")
            written = " or ".join(ways)
            letter = number.kind == "name" and number.value in self.fresh
            if letter and self.scope.variables is not None:
                self.letters()
                sizes = " x ".join(str(n) for n in self.shape(matrix) if n != 1)
                self.reader.fail(
                    f"{t} is read as a number, and {X} is {self._what(matrix)}. If {t} is "
                    f"{self._what(matrix)}, declare {t}: {sizes}. If a number, write {written}.",
                    node.at,
                )
            beside = f", and {self.source(number)} is a number"
            if first := self.maybe_number(matrix, beside, node):
                self.reader.fail(f"{first} If a column, write {written}.", node.at)
            self.fail(
                f"A number and a matrix are added: {self.is_(matrix)}. {written}? Write it so.",
                node,
            )
        self.note(f"{self.source(node)}: the number meets every entry")
        return a or b

    _subtract = _add

    def _meet(self, node: Node, left: Node, right: Node, what: str) -> Any:
        a, b = self.shape(left), self.shape(right)
        if equal(a[0], b[0]) and equal(a[1], b[1]):
            return a
        hint = " Correct one of them, or the declarations."
        if shapes.same_shape(a, b[::-1]):
            hint = f" With {self.primed(right)} for {self.source(right)} they are."
        elif shapes.same(a[1], b[1]) and b[0] == 1:
            hint = f" For the row in every row write ones({a[0]})*{self.grouped(right)}."
        elif shapes.same(a[0], b[0]) and b[1] == 1:
            hint = f" For the column in every column write {self.grouped(right)}*ones({a[1]})'."
        said = f"{what} needs equal shapes: {self.is_(left)}, {self.is_(right)}."
        first = self.first_of(left, right, node)
        self.fail(said + ("" if first else hint), node, first)

    def first_of(self, left: Node, right: Node, failing: Node) -> str:
        """Which of two letters that do not fit may be meant as a number."""
        for one, other in ((left, right), (right, left)):
            what = f", and {self.source(other)} is {self._what(other)}"
            if first := self.maybe_number(one, what, failing):
                return first
        return ""

    def _what(self, node: Node) -> str:
        a = self.shape(node)
        return "a column" if a[1] == 1 else "a row" if a[0] == 1 else "a matrix"

    def grouped(self, node: Node) -> str:
        text = self.source(node)
        alone = node.closed or node.kind in ("name", "call", "number", "transpose")
        return text if alone else f"({text})"

    def primed(self, node: Node) -> str:
        text = self.source(node)
        return (
            text[:-1]
            if text.endswith("'") and node.kind == "transpose"
            else (self.grouped(node) + "'")
        )

    # Products

    def _mul(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        if not a or not b:
            return a or b
        for factor, shape in ((left, a), (right, b)):
            self._column_of_ones(factor, shape)
        if not equal(a[1], b[0]):
            self.fail(
                f"In {self.source(node)} the inner dimensions differ: {self.is_(left)}, "
                f"{self.is_(right)}. The first needs as many columns ({a[1]}) as the second has "
                f"rows ({b[0]}).{self._fitting(left, right)}", node,
                self.first_of(left, right, node),
            )  # fmt: skip
        return a[0], b[1]

    def _column_of_ones(self, node: Node, shape: Any) -> None:
        """In a matrix product ones is a column, and its transpose a row."""
        turned = False
        while node.kind in ("transpose", "neg", "mul"):
            turned ^= node.kind == "transpose"
            if node.kind == "mul" and self.shape(node.parts[0]):
                return
            node = node.parts[-1]
        if node.kind == "sized" and node.value == ("ones", None):
            equal(shape[0 if turned else 1], 1)

    def _fitting(self, left: Node, right: Node) -> str:
        a, b = self.shape(left), self.shape(right)
        A, B, At, Bt = (f(x) for f in (self.grouped, self.primed) for x in (left, right))
        ways = [(f"{At}*{B}", a[0], b[0]), (f"{A}*{Bt}", a[1], b[1]), (f"{B}*{A}", b[1], a[0]),
                (f"{At}*{Bt}", a[0], b[1])]  # fmt: skip
        fits = [way for way, m, n in ways if shapes.same(m, n)]
        if shapes.same_shape(a, b):
            fits.append(f"{A}.*{B} entry by entry")
        return f" {' and '.join(fits[:3])} would fit." if fits else ""

    def _at(self, node: Node, left: Node, right: Node) -> Any:
        """NumPy's @, in which a column stands for a vector of one axis."""
        a, b = self.shape(left), self.shape(right)
        if not a or not b:
            self.fail(
                f"@ multiplies arrays: {self.is_(left)}, {self.is_(right)}. Write * for a number.",
                node,
            )  # fmt: skip
        row_left, row_right = b[1] != 1 and a[1] == 1, False
        if a[1] == 1 and b[0] == 1:
            self.fail(
                f"{self.source(node)} is a number if {self.source(left)} has one axis, and a "
                "matrix if it has two. Write np.outer(x, y) for the matrix, x @ y for the number.",
                node,
            )  # fmt: skip
        if b[0] == 1 and a[1] != 1:
            row_right = True
        node.value = (a[1] == 1, row_right)
        m, n = a[0] if a[1] == 1 else a[1], b[1] if row_right else b[0]
        if not equal(m, n):
            self.fail(
                f"In {self.source(node)} the inner dimensions differ: {self.is_(left)}, "
                f"{self.is_(right)}.{self._fitting(left, right)}", node,
            )  # fmt: skip
        if a[1] == 1:
            return (b[1], 1) if row_left else ()
        return (a[0], 1) if row_right else (a[0], b[1])

    def _outer(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        if not a or not b or a[1] != 1 or b[1] != 1:
            self.fail(f"np.outer needs vectors: {self.is_(left)}, {self.is_(right)}.", node)
        return a[0], b[0]

    def _div(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        if not b:
            return a
        A, X = self.grouped(left), self.grouped(right)
        if not a or 1 in b or (entrywise(right) and shapes.same_shape(a, b)):
            row = right.kind == "transpose" and not right.closed
            below = " A product below the line has parentheses, as in a/(x'*x)." if row else ""
            self.fail(
                f"Division by a matrix: {self.is_(right)}. Entry by entry it is written "
                f"{A} ./ {X}; an inverse is inv.{below}", node,
                self.maybe_number(right, failing=node),
            )  # fmt: skip
        self.fail(
            f"Division by a matrix is ambiguous: {self.is_(left)}, {self.is_(right)}. Write "
            f"{A}*inv({self.source(right)}) or inv({self.source(right)})*{A}.", node,
        )  # fmt: skip

    def _left(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        if not a:
            return b
        self._square(left, "A\\b", node, "For least squares write pinv(A)*b.")
        self.note(f"{self.source(node)} is read as inv({self.source(left)})*{self.grouped(right)}")
        return self._mul(node, left, right)

    def _times(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        signs = {"times": ".*", "over": "./", "raise": ".^"}
        if not a or not b:
            return a or b
        sign = signs[node.kind]
        if self.reader.numpy:
            sign = {".*": "* of NumPy (@ is the product of matrices)", "./": "/", ".^": "**"}[sign]
        return self._meet(node, left, right, f"The operator {sign}")

    _over = _raise = _times

    def _kron(self, node: Node, left: Node, right: Node) -> Any:
        a, b = (self.shape(part) or (1, 1) for part in (left, right))
        return tuple(self.later(node, operator.mul, m, n) for m, n in zip(a, b, strict=True))

    def _inner(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        if bool(a) != bool(b):
            self.fail(
                f"An inner product needs equal shapes: {self.is_(left)}, {self.is_(right)}. For a "
                "multiple write *.", node,
            )  # fmt: skip
        if a:
            self._meet(node, left, right, "An inner product")
        return ()

    def _neg(self, node: Node, inside: Node) -> Any:
        return self.shape(inside)

    def _transpose(self, node: Node, inside: Node) -> Any:
        if inside.kind == "number":
            self.fail(
                "A number has no transpose; the row of ones is ones(n)', and 1 is the number.", node
            )
        return self.shape(inside)[::-1]

    def _compare(self, node: Node, left: Node, right: Node) -> Any:
        a, b = self.shape(left), self.shape(right)
        return self._meet(node, left, right, "A comparison") if a and b else a or b

    def _sum(self, node: Node, body: Node) -> Any:
        index, length = node.value
        self.note(
            f"sum_{index} takes the whole product to its right, {self.source(body)}, for "
            f"{index} = 1..{length}"
        )
        return self.shape(body)

    def _square(self, node: Node, what: str, where: Node, instead: str) -> Any:
        a = self.shape(node)
        if a and not equal(*a):
            self.fail(
                f"{what} needs a square matrix: {self.is_(node)}. {instead}", where,
                self.maybe_number(node, failing=where),
            )  # fmt: skip
        return a

    def _power(self, node: Node, base: Node, exponent: Node) -> Any:
        p = self.shape(exponent)
        if p:
            self.fail(
                f"An exponent is a number: {self.is_(exponent)}. For the transpose write "
                f"{self.grouped(base)}'.", node,
                self.maybe_number(exponent, failing=node),
            )  # fmt: skip
        if base.kind == "norm" and base.value == "W" and exponent.value == 2:
            node.kind, node.parts = "weighted", base.parts
        return self._square(base, "A power", node, _INSTEAD["power"])

    # Functions

    def _bar(self, node: Node, inside: Node) -> Any:
        a = self.shape(inside)
        if not a:
            return ()
        x = self.source(inside)
        if 1 in a:
            self.fail(
                f"|{x}| of a vector can be meant in two ways: {self.is_(inside)}. norm2({x}) or "
                f"abs({x})?", node,
            )  # fmt: skip
        self._square(inside, "A determinant", node, _INSTEAD["tr"])
        self.note(f"|{x}| is read as det({x})")
        return ()

    def _logbar(self, node: Node, inside: Node) -> Any:
        if not self.shape(inside):
            return ()
        self._bar(node, inside)
        self.scope.notes.pop()
        self.note(f"{self.source(node)} is read as logdet({self.source(inside)})")
        return ()

    def _norm(self, node: Node, inside: Node, weight: Node | None = None) -> Any:
        a, x = self.shape(inside), self.source(inside)
        matrix = bool(a) and 1 not in a
        if node.value == "1" and matrix:
            self._refuse_norm1(node, inside)
        if weight is not None:
            W = self._square(weight, "The weight of a norm", node, "Use x'*W*x with a square W.")
            if not a or not W or not equal(W[1], a[0]):
                self.fail(
                    f"The weight does not fit: {self.is_(inside)}, {self.is_(weight)}. It needs as "
                    f"many rows and columns as {x} has rows.", node,
                )  # fmt: skip
            form = "*".join([self.primed(inside), self.grouped(weight), self.grouped(inside)])
            self.note(f"the square of {self.source(node)} is read as {form}")
        if matrix and not node.value:
            self.note(f"||{x}|| is the Frobenius norm; the spectral norm is ||{x}||_2")
        return ()

    def _refuse_norm1(self, node: Node, inside: Node) -> NoReturn:
        self.fail(
            f"The 1-norm (norm1) of a matrix has two meanings: {self.is_(inside)}. The sum of all "
            f"|entries| is sum(abs({self.source(inside)})).", node,
        )  # fmt: skip

    def _call(self, node: Node, *arguments: Node) -> Any:
        word, named = node.value
        given = [self.shape(x) for x in arguments]
        rule = _rule_of(word)
        traced = word in ("tr", "Tr", "trace")
        if traced or (rule and rule.shape in (shapes.square, shapes.of_square, shapes.raised)):
            instead = _INSTEAD.get(word, _INSTEAD["tr"])
            a = self._square(arguments[0], word, node, instead)
            if not a and word not in ("tr", "Tr", "trace", "det", "logdet", "inv"):
                self.fail(f"{word} is a function of matrices: {self.is_(arguments[0])}.", node)
            if not named and len(arguments) == 1:
                return a if rule and rule.shape is shapes.square else ()
        if rule and rule.shape in (shapes.matrix, shapes.of_matrix) and 1 in (given[0] or (1,)):
            self.fail(f"{word} is a function of matrices: {self.is_(arguments[0])}.", node)
        if word == "norm1" and given[0] and 1 not in given[0]:
            self._refuse_norm1(node, arguments[0])
        if (
            word == "diag"
            and given[0]
            and 1 not in given[0]
            and not all(type(n) is int for n in given[0])
        ):
            self._square(arguments[0], word, node, "A rectangle has no diagonal of known length.")
        if word in ("kron", "vec", "vech"):
            return self._counted(node, word, [a or (1, 1) for a in given])
        if word in ("exp", "log", "sqrt", "sin", "cos") and given[0]:
            m, n = given[0]
            if 1 not in given[0] and shapes.same(m, n):
                x = self.source(arguments[0])
                self.note(
                    f"{word}({x}) acts on every entry; the function of the matrix is {word}m({x})"
                )
        if "axis" in named and word in FUNCTIONS:
            word, named = node.value = self._along(node, word, named, arguments)
        if named and rule and not all(takes(rule, key) for key in named):
            self.fail(f"{word} has no parameter {' or '.join(named)}.", node)
        if rule and rule.shape is TABLE["add"].rule.shape and len(given) == 2 and all(given):
            self._meet(node, arguments[0], arguments[1], word)
        if rule and (missing := needs(rule) - {*named}):
            self.fail(f"{word} needs a value for {' and '.join(sorted(missing))}.", node)
        dummies = [Symbol(self.source(x), shape=a) for x, a in zip(arguments, given, strict=True)]
        build = builder(word)
        try:
            found = language.number(build(*dummies, **named))  # type: ignore[misc]
        except _NO_TERM as error:
            first = str(error) if type(error) is ValueError else ""
            listed = ", ".join(self.is_(x) for x in arguments)
            self.fail(f"{word} does not take these arguments: {listed}. {first}".strip(), node)
        if 1 not in given[0] and _goes_by_columns(found):
            rows = self._of_rows(word, arguments)
            self.note(f"{self.source(node)}: {word} of each column; of each row: {rows}")
        found = found.shape
        said = {letter for shape in given for size in shape for letter in shapes.letters(size)}
        made = {letter for size in found for letter in shapes.letters(size)}
        if any(map(is_unsaid, made - said)):
            self.fail(f"The shape of {word} does not follow from its arguments alone.", node)
        return found

    def _of_rows(self, word: str, arguments: Sequence[Node]) -> str:
        """What is written where a function is meant of each row."""
        X, *others = map(self.source, arguments)
        if f"row{word}" in FUNCTIONS:
            return f"row{word}({', '.join([X, *others])})"
        return f"{word}({', '.join([self.primed(arguments[0]), *others])})'"

    def _along(self, node: Node, word: str, named: Any, arguments: Sequence[Node]) -> Any:
        """A function of each column or row that NumPy tells by its axis, without the axis."""
        a, axis = self.shape(arguments[0]), named["axis"]
        dummy = Symbol("X", shape=(Size("m"), Size("n")))
        try:
            found = FUNCTIONS[word](dummy)
        except _NO_TERM:
            return word, named
        if len(named) > 1 or not a or not _goes_by_columns(found):
            return word, named
        kept, rows = shapes.same_shape(found.shape, dummy.shape), self._of_rows(word, arguments)
        columns = axis in (0, -1) if a[1] == 1 else axis in (0, -2)  # NumPy's vector has one axis
        if kept and columns:
            return word, {}
        if kept and 1 not in a and axis in (1, -1) and f"row{word}" in FUNCTIONS:
            return f"row{word}", {}
        self.fail(
            f"{word} goes by columns, and takes no axis: {word}({self.source(arguments[0])}) is "
            f"of each column, {rows} of each row.", node,
        )  # fmt: skip

    def _counted(self, node: Node, word: str, given: list[Any]) -> Any:
        if word == "kron":
            return self._kron(node, *node.parts)
        m, n = given[0]
        if word == "vec":
            return self.later(node, operator.mul, m, n), 1
        self._square(node.parts[0], "vech", node, _INSTEAD["tr"])
        return self.later(node, lambda n: n * (n + 1) // 2, m), 1

    def _index(self, node: Node, inside: Node) -> Any:
        a, parts = self.shape(inside) or (1, 1), list(node.value)
        if len(parts) == 1 and 1 in a:
            parts = [parts[0], 1] if a[1] == 1 else [1, parts[0]]
        elif len(parts) == 1 and self.reader.numpy:
            parts.append(None)
        if len(parts) != 2:
            self.fail(
                f"A matrix has two indices, as in X[1,2] or X[1,:], and here it has {len(parts)}: "
                f"{self.is_(inside)}.", node,
            )  # fmt: skip
        parts = [slice(part - 1, part) if isinstance(part, Size) else part for part in parts]
        index: list[Any] = []
        result: list[Any] = []
        entry = all(type(part) is int for part in parts)
        for part, n in zip(parts, a, strict=True):
            last = part if type(part) is int else part.stop if part else None
            beyond = last - n if isinstance(last, Size) or type(last) is int else 0
            if type(beyond) is int and beyond > 0:
                self.fail(f"The index {last} is beyond the shape: {self.is_(inside)}.", node)
            if part is None:
                index.append(slice(None))
                result.append(n)
            elif type(part) is int:
                index.append(part - 1 if entry else slice(part - 1, part))
                result.append(1)
            else:
                numbers = type(part.start) is int and type(part.stop) is int
                if numbers and part.stop <= part.start:
                    self.fail("A range ends at or after its start.", node)
                last = n if part.stop is None else part.stop
                index.append(slice(part.start, last))
                result.append(self.later(node, operator.sub, last, part.start))
        node.value = tuple(index)
        return tuple(result)

    def _blocks(self, node: Node, *parts: Node) -> Any:
        rows, columns = node.value, len(parts) // node.value
        grid = [parts[i * columns : (i + 1) * columns] for i in range(rows)]
        blank = [part for part in parts if part.kind == "number" and part.value == 0]
        # A 0 is a block of zeros beside matrices; beside numbers alone it is a number.
        if any(part.shape != () for part in parts if part not in blank):
            for part in blank:
                part.shape = (Size(), Size())
        for row in grid:
            for part in row[1:]:
                self._aligned(node, row[0], part, 0)
        for row in grid[1:]:
            for above, part in zip(grid[0], row, strict=True):
                self._aligned(node, above, part, 1)
        sides = ([row[0].shape for row in grid], [part.shape for part in grid[0]])
        sizes = [[(shape or (1, 1))[i] for shape in side] for i, side in enumerate(sides)]
        return tuple(self.later(node, lambda *s: sum(s[1:], s[0]), *side) for side in sizes)

    def _aligned(self, node: Node, first: Node, other: Node, axis: int) -> None:
        a, b = ((part.shape or (1, 1)) for part in (first, other))
        if not equal(a[axis], b[axis]):
            side = "rows" if axis == 0 else "columns"
            self.fail(
                f"Blocks {'beside' if axis == 0 else 'below'} each other need equally many {side}: "
                f"{self.is_(first)}, {self.is_(other)}.", node,
            )  # fmt: skip

    # The end

    def letters(self) -> None:
        """Letters for the sizes that stay free, in the order of the names."""
        if not self.fresh:
            return
        scope = self.scope
        taken = {*scope.letters, *self.fresh, *scope.symbols, *scope.definitions, *scope.ranges}
        pool = (x for x in chain("mnpqklrsuvwhij", map("n{}".format, count(1))) if x not in taken)
        waiting = {id(known(size)) for size, _, _ in self.pending}
        for shape in self.fresh.values():
            for size in map(known, shape):
                if is_unsaid(size) and id(size) not in waiting:
                    size.name = next(pool)
                    scope.letters[size.name] = size

    def finish(self) -> None:
        """Every size is known; otherwise it is asked for."""
        self.letters()
        for size, compute, node in self.pending:
            value = compute()
            if "?" in str(value) or not equal(size, value):
                self.fail(
                    f"The sizes do not follow from the expression: {self.source(node)} has "
                    f"{value} where {known(size)} is needed. Declare them in where, "
                    "as in A: m x m; B: n x n.", node,
                )  # fmt: skip
        for node in self.sized:
            if any(map(is_unsaid, node.shape)):
                word = {"eye": "I"}.get(node.value[0], node.value[0])
                sizes = {"I": "eye(n)"}.get(word, f"{word}(n) or {word}(m,n)")
                self.fail(
                    f"The size of {word} does not follow from its context. Write {sizes}.", node
                )
        for name, shape in self.fresh.items():
            if shape and all(shapes.same(n, 1) for n in shape):
                self.reader.fail(
                    f"{name} is declared nowhere, and only a number fits where it stands. Declare "
                    f"it in where, as in {name}: scalar, or correct the expression.",
                    max(self.reader.text.find(name), 0),
                )
            declare(self.scope, name, shape, self.scope.flagged.get(name, ()))


def _goes_by_columns(term: Any) -> bool:
    """Whether a term takes a matrix column by column, and is more than sums of the columns."""
    along = [x for x in applications(term) if "axis" in x.parameters]
    curved = any(x.operation.rule.kind != "linear" for x in applications(term))
    return curved and {x.parameters["axis"] for x in along} == {0}


def _rule_of(word: str) -> Any:
    """The rule that a word stands for, by its name or by its notation in text."""
    word = ALIASES.get(word, word)
    named = (x.rule for x in TABLE.values() if x.rule.text == word)
    return TABLE[word].rule if word in TABLE else next(named, None)


def takes(rule: Any, key: str) -> bool:
    """Whether an operation of the table has a parameter of this name."""
    functions = [rule.differential, *(rule.transposes if type(rule.transposes) is tuple else ())]
    codes = [function.__code__ for function in functions if function is not None]
    return any(
        code.co_flags & 8 or key in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        for code in codes
    )


def needs(rule: Any) -> set[str]:
    """The parameters without which the rule of an operation cannot be read."""
    n, names = len(rule.inputs), set[str]()
    several = type(rule.transposes) is not tuple
    functions = [(rule.differential, len(rule.outputs) + n + len(rule.variables))]
    functions += [(f, n + 1) for f in (() if several else rule.transposes)]
    functions += [(rule.transposes, 2)] if several else []
    for function, operands in functions:
        if function is not None:
            code, defaults = function.__code__, function.__defaults__ or ()
            given = function.__kwdefaults__ or {}
            ends = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
            names.update(code.co_varnames[operands : ends[0] - len(defaults)])
            names.update(set(code.co_varnames[slice(*ends)]) - set(given))
    return names


def _is_multiple(node: Node) -> bool:
    """Whether a factor or a summand leaves a number one: a number, or an I without a size."""
    return not node.shape or (node.kind == "sized" and node.value == ("eye", None))


def _factors(node: Node) -> list[Node]:
    """The factors of a product, without the parentheses that somebody wrote."""
    if node.kind != "mul":
        return [node]
    left, right = node.parts
    return [*([left] if left.closed else _factors(left)), right]


def _is_number_without(factor: Node, factors: Sequence[Node]) -> bool:
    """Whether the product of the other factors is a number."""
    product: Any = ()
    for shape in (x.shape for x in factors if x is not factor and not _is_multiple(x)):
        if product and not shapes.same(product[1], shape[0]):
            return False
        product = (product[0], shape[1]) if product else shape
    return all(shapes.same(n, 1) for n in product)


def entrywise(node: Node) -> bool:
    """Whether the value comes from functions or operators that act entry by entry."""
    if node.definition is not None:
        return entrywise(node.definition)
    if node.kind in ("times", "over", "raise", "compare"):
        return True
    if node.kind == "call":
        word = ALIASES.get(node.value[0], node.value[0])
        return word in TABLE and TABLE[word].rule.shape is TABLE["exp"].rule.shape
    if node.kind in ("neg", "transpose", "div", "index"):
        return entrywise(node.parts[0])
    if node.kind in ("add", "subtract"):
        return any(map(entrywise, node.parts))
    scaled = node.kind == "mul" and any(part.shape == () for part in node.parts)
    return scaled and any(map(entrywise, node.parts))


# -- Terms ----------------------------------------------------------------------------------------


def build(node: Node, scope: Scope) -> Any:
    """The term of a tree whose shapes are known."""
    term = _built(node, scope)
    if node.spread is None:
        return term
    return term * (Identity(node.spread[0]) if node.on_diagonal else Ones(node.spread))


def _built(node: Node, scope: Scope) -> Any:
    kind, value = node.kind, node.value
    if kind == "number":
        return Number(value) if Solver.shape(node) == () else zeros(node.shape)
    if kind == "name":
        if node.definition is not None:
            return scope.terms[value]
        if value in scope.aliases:
            return scope.aliases[value]
        if value in scope.symbols:
            return scope.symbols[value]
        if value in scope.ranges:
            return language.index_term(value)
        return language.size_term(scope.letters[value])
    if kind == "sized" and value[0] == "commutation":
        return commutation(*value[1])
    if kind == "sized":
        return _sized(value[0], Solver.shape(node))
    parts = [build(part, scope) for part in node.parts]
    if kind in _BUILD:
        return _BUILD[kind](*parts)
    if kind == "call":
        return language.number(builder(value[0])(*parts, **value[1]))  # type: ignore[misc]
    if kind == "reshaped":
        vector = language.flat(language.column(parts[0]))
        return language.number(r.reshape(vector, shape=value, order="F"))
    if kind == "norm":
        return _norm(value, *parts)
    if kind == "index":
        return language.number(r.getitem(language.column(parts[0]), index=value))
    if kind == "blocks":
        n = len(parts) // value
        return language.joined([parts[i * n : (i + 1) * n] for i in range(value)])
    if kind == "sum":
        return language.sum_of(parts[0], *value)
    if kind == "compare":
        return Comparison(value, *parts)
    left, right = parts  # what is left is NumPy's @
    turned, row = value
    found = language.product(left.T if turned else left, right.T if row else right)
    return found.T if turned else found


def _sized(word: str, shape: Any) -> Any:
    if shape == ():
        return Number(int(word != "zeros"))
    return Identity(shape[0]) if word == "eye" else Ones(shape) if word == "ones" else zeros(shape)


def _norm(kind: str, x: Any, W: Any = None) -> Any:
    if W is not None:
        return r.sqrt(language.weighted_square(x, W))
    matrix = x.ndim and not any(shapes.same(n, 1) for n in x.shape)
    word = {"1": "norm1", "*": "normnuc", "2": "normspec" if matrix else "norm2"}.get(kind, "norm2")
    return FUNCTIONS[word](x)


def _log_of_bar(X: Any) -> Any:
    return FUNCTIONS["logdet"](X) if X.ndim else r.log(r.abs(X))


_BUILD: dict[str, Callable[..., Any]] = {
    "add": lambda A, B: A + B,
    "subtract": lambda A, B: A - B,
    "neg": lambda A: -A,
    "mul": language.product,
    "left": lambda A, B: language.product(FUNCTIONS["inv"](A), B),
    "div": lambda A, B: A / B,
    "times": lambda A, B: A * B,
    "over": lambda A, B: A / B,
    "raise": lambda A, B: r.power(A, B),
    "power": language.power_of,
    "weighted": language.weighted_square,
    "transpose": lambda A: A.T,
    "kron": FUNCTIONS["kron"],
    "inner": language.inner,
    "outer": lambda x, y: language.product(x, y.T),
    "bar": lambda A: r.det(A) if A.ndim else r.abs(A),
    "logbar": _log_of_bar,
}


# -- Declarations ---------------------------------------------------------------------------------

_FLAGS = {
    "symmetric": "symmetric", "skew-symmetric": "skew", "antisymmetric": "skew", "skew": "skew",
    "positive definite": "positive definite", "positive-definite": "positive definite",
    "spd": "positive definite", "pd": "positive definite", "diagonal": "diagonal",
    "lower triangular": "lower", "lower": "lower", "upper triangular": "upper", "upper": "upper",
    "invertible": "invertible", "orthogonal": "orthogonal", "orthonormal": "orthogonal",
    "positive": "positive", "probability": "probability", "integer": "integer",
}  # fmt: skip
_FLAG = re.compile(rf"(?<![\w-])({'|'.join(sorted(_FLAGS, key=len, reverse=True))})(?![\w-])")
_IMPLIED = {"positive definite": {"symmetric", "invertible"}, "probability": {"positive"}}
#: Flags that leave nothing but 0, or something that has a name of its own.
_CONTRARY = {
    "symmetric and skew": ": only 0 is both",
    "symmetric and lower": "; write diagonal",
    "symmetric and upper": "; write diagonal",
    "lower and upper": "; write diagonal",
    "skew and diagonal": ": only 0 is both",
    "skew and lower": ": only 0 is both",
    "skew and upper": ": only 0 is both",
    "skew and positive": ": its diagonal is 0",
    "orthogonal and positive": "; write diagonal, or leave one out",
    "orthogonal and lower": "; write orthogonal and diagonal",
    "orthogonal and upper": "; write orthogonal and diagonal",
    "orthogonal and positive definite": ": only the identity is both",
    "symmetric and probability": "; leave one out",
}
_OF_SQUARE = {"symmetric", "skew", "positive definite", "diagonal", "lower", "upper", "invertible"}
_RANGE = re.compile(r"1\s*(?:\.{2,}|…|:|,\s*(?:\.{3}|…|\\l?dots)\s*,)\s*(.+)")
_BETWEEN = re.compile(
    r"\s+x\s+|\s*[×,]\s*|\s+by\s+|\s*\\times\s*|(?<=\d)x(?=\d)|(?<=^[A-Za-z])x(?=[A-Za-z]$)"
)
_FILLER = re.compile(r"\b(?:of|matrix|vector|column|real|scalar|number|size)\b")


def declare(scope: Scope, name: str, shape: Any, flags: Any = frozenset()) -> Symbol:
    """Enter a symbol; its axes say to which lengths the letters belong."""
    symbol = Symbol(name, shape=tuple(map(known, shape)))
    symbol.flags = frozenset(flags)
    for axis, size in enumerate(symbol.shape):
        if isinstance(size, Size):
            size.axes.append((name, axis))
    index = name.rpartition("_")[2]
    if "_" in name and index in scope.ranges:
        symbol.sample = index
    scope.symbols[name] = symbol
    return symbol


def declarations(where: str) -> Scope:
    """The names of ``"X: m x n; A: m x m symmetric; w: n; t: scalar; i: 1..N"``."""
    scope = Scope(declared=bool(where.strip()), open_=True)
    if (m := re.search(r"[^;\n]*?:[^:;\n]*,\s*[A-Za-z]\w*\s*:", where)) is not None:
        raise ParseError(
            "Declarations are separated by semicolons, as in `X: m x n; A: m x m`.", where,
            m.start() + m[0].rindex(","),
        )  # fmt: skip
    found: list[tuple[str, Any, set[str], int]] = []
    at = 0
    for item in re.split(r"[;\n]", where):
        start, at = at + len(item) - len(item.lstrip()), at + len(item) + 1
        if not item.strip():
            continue
        names, colon, rest = item.partition(":")
        if not colon and (flagged := re.fullmatch(r"\s*(\S+)\s+(.+)", item)):
            if not _FLAG.sub("", flagged[2]).strip(" ,"):
                names, colon, rest = flagged[1], ":", flagged[2]
        if not colon or not names.strip():
            raise ParseError(
                "A declaration is a name, a colon and a size, such as `X: m x n`, `w: n` or "
                "`t: scalar`; they are separated by semicolons.", where, start,
            )  # fmt: skip
        for name in names.split(","):
            try:
                name = spelling(name)
            except ParseError as error:
                raise ParseError(str(error).split("\n")[0], where, start) from None
            if name in scope.ranges or name in {one[0] for one in found}:
                raise ParseError(f"The name {name} is declared twice.", where, start)
            if ranged := _RANGE.fullmatch(rest.strip()):
                scope.ranges[name] = _declared_size(scope, ranged[1].strip(), where, start)
            else:
                found.append((name, *_declared(scope, name, rest, where, start), start))
    for name, shape, flags, start in found:
        if shape is None:
            scope.flagged[name] = flags
            continue
        if name in scope.letters and shape != ():
            raise ParseError(
                f"The name {name} is a size and also declared as {shown(shape)}. Use another "
                "letter for one of them.", where, start,
            )  # fmt: skip
        if name in scope.letters:
            scope.symbols[name] = language.size_term(scope.letters[name])
        else:
            declare(scope, name, shape, flags)
    return scope


def _declared(scope: Scope, name: str, rest: str, where: str, at: int) -> tuple[Any, set[str]]:
    """Shape and flags of one declaration."""
    text = rest.replace('"', " ")
    found = [_FLAGS[words] for words in _FLAG.findall(text)]
    flags = {*found, *(more for flag in found for more in _IMPLIED.get(flag, ()))}
    text = _FLAG.sub(" ", text)
    words = set(_FILLER.findall(text))
    text = _FILLER.sub(" ", text).strip().strip(",()").strip()
    sized = text or words - {"matrix"} or "integer" in flags
    if not sized and flags & _OF_SQUARE:
        _refuse_contrary(name, flags, where, at)
        return None, flags
    if not text and not words & {"scalar", "number", "real"} and "integer" not in flags:
        what = " ".join(rest.split()) or "nothing"
        raise ParseError(
            f"{name} is declared as {what}, without its size. Write `{name}: m x n` for a matrix, "
            f"`{name}: n` for a vector or `{name}: scalar`.", where, at,
        )  # fmt: skip
    sizes = [_declared_size(scope, part, where, at) for part in _BETWEEN.split(text) if text]
    if len(sizes) > 2:
        raise ParseError(
            f"{name} has {len(sizes)} sizes; there are numbers, vectors (`{name}: n`) and matrices "
            f"(`{name}: m x n`).", where, at,
        )  # fmt: skip
    _refuse_contrary(name, flags, where, at)
    shape = () if not sizes or sizes in ([1], [1, 1]) else (*sizes, 1)[:2]
    if flags & _OF_SQUARE and not (shape and shapes.same(*shape)):
        flag = sorted(flags & _OF_SQUARE)[0]
        raise ParseError(
            f"{name} is {flag}, which needs a square matrix, and it is {shown(shape)}. Write "
            f"`{name}: n x n {flag}`.", where, at,
        )  # fmt: skip
    if ("orthogonal" in flags and not shape) or ("integer" in flags and shape):
        flag = "orthogonal" if shape == () else "integer"
        raise ParseError(f"{name} cannot be {flag}: it is {shown(shape)}.", where, at)
    return shape, flags


def _refuse_contrary(name: str, flags: set[str], where: str, at: int) -> None:
    for pair, instead in _CONTRARY.items():
        if flags >= set(pair.split(" and ")):
            raise ParseError(f"{name} cannot be {pair}{instead}.", where, at)


def _declared_size(scope: Scope, text: str, where: str, at: int) -> Any:
    """A size: n, 3, m*n."""
    total: Any = None
    for sign, term in re.findall(r"(^|[+-])([^+-]*)", text):
        product: Any = 1
        for factor in re.split(r"\s*\*\s*|(?<=\d)(?=[A-Za-z])", term.strip()):
            if not re.fullmatch(r"[A-Za-z]\w*|[1-9]\d{0,8}", factor):
                words = factor.split()
                near = [close_matches(word, _FLAGS, 1, 0.6) for word in words]
                hint = next((f" Did you mean {n[0]}?" for n in near if n), "")
                raise ParseError(
                    f"{text!r} is no size. Sizes are letters, numbers or products, as in `m x n` "
                    f"or `m*n`; words may be {', '.join(sorted(set(_FLAGS.values())))}.{hint}",
                    where, at,
                )  # fmt: skip
            if factor in ("square", "rectangular", "complex", "constant", "variable"):
                raise ParseError(
                    f"{factor!r} is no size. Write `m x n`, `n` or `scalar`.", where, at
                )
            flag = close_matches(factor, _FLAGS, 1, 0.75) if len(factor) > 4 else None
            if flag:
                raise ParseError(f"{factor!r} is no size. Did you mean {flag[0]}?", where, at)
            product = product * (int(factor) if factor.isdigit() else scope.letter(factor))
        total = product if total is None else total - product if sign == "-" else total + product
    if total is None:
        raise ParseError(f"{text!r} is no size. Write `m x n`, `n` or `scalar`.", where, at)
    return total


# -- Reading --------------------------------------------------------------------------------------


class Parsed:
    """What a text says.

    Attributes
    ----------
    term : Expression
    wrt : list of Symbol
    symbols : dict
        The names, as they are read (``σ`` is sigma), and their symbols.
    notes : list of str
        How the text was read where it could be read otherwise.
    sizes : dict
        The letters of sizes.
    definitions : list
        The abbreviations, (name, term); in `term` they are substituted.
    """

    def __init__(
        self, text: str, term: Any, wrt: list[Symbol], scope: Scope,
        definitions: Sequence[tuple[str, Any]] = (),
    ) -> None:  # fmt: skip
        self.text, self.term, self.wrt, self.scope = text, term, wrt, scope
        self.symbols, self.notes, self.sizes = scope.symbols, scope.notes, scope.letters
        self.definitions = list(definitions)

    @property
    def where(self) -> str:
        """Declarations of all names, also of those whose shapes were solved for.

        >>> parse("a*tr(X'*A*X)", "X").where
        'a: scalar; X: m x n; A: m x m'
        """
        found = [f"{name}: {_declaration(x)}" for name, x in self.symbols.items()
                 if isinstance(x, Symbol) and x.length is None]  # fmt: skip
        return "; ".join([*found, *(f"{i}: 1..{N}" for i, N in self.scope.ranges.items())])


def _declaration(symbol: Symbol) -> str:
    """Shape and flags, as they are declared."""
    implied = {more for flag in symbol.flags for more in _IMPLIED.get(flag, ())}
    flags = sorted(symbol.flags - implied)
    if symbol.shape == ():
        return " ".join(flags if "integer" in flags else ["scalar", *flags])
    rows, columns = (str(n).replace(" ", "") for n in symbol.shape)
    return " ".join([rows if columns == "1" else f"{rows} x {columns}", *flags])


def parse(expression: str, wrt: str | Sequence[str] | None = None, where: str = "") -> Parsed:
    """Read an expression.

    Parameters
    ----------
    expression : str
        In the notation of matrixcalculus.org (that of MATLAB), in LaTeX, or in NumPy's.
    wrt : str or list of str, optional
        The variables, for `Parsed.wrt`.
    where : str
        What the names are: ``"X: m x n; A: m x m symmetric; w: n; t: scalar; i: 1..N"``. What is
        not declared: a to g are numbers, h to z columns, capitals matrices, and the sizes are
        solved for. ``P symmetric`` leaves the size of P open.

    Returns
    -------
    Parsed

    Raises
    ------
    ParseError
        If the text is not understood, can be read in two ways, or shapes do not fit.

    Examples
    --------
    >>> from lecturelib.symbols.parse import parse
    >>> found = parse("tr(X'*A*X)", "X", "X: m x n; A: m x m")
    >>> found.term, found.wrt
    (tr(X'*A*X), [X])
    >>> parse("2AXB", where="A: m x m; X: m x n; B: n x n").notes
    ['2AXB is read as 2*A*X*B']
    """
    for what, given in (("expression", expression), ("list of declarations", where)):
        if not isinstance(given, str):
            raise ParseError(f"The {what} is a text, and a {type(given).__name__} is given.", "", 0)
    scope = declarations(where)
    names = [wrt] if isinstance(wrt, str) else list(wrt or ())
    scope.variables = frozenset(map(spelling, names)) if names else None
    term, definitions = _read(expression, scope, scope.declared)
    symbols = [_variable(name, expression, scope) for name in names]
    return Parsed(expression, term, symbols, scope, definitions)


def _variable(name: str, text: str, scope: Scope) -> Symbol:
    name = spelling(name)
    if name in scope.symbols:
        return scope.symbols[name]
    if name in scope.definitions:
        raise ParseError(
            f"{name} is an abbreviation, not a variable. Ask for a variable in it.", text, 0
        )
    near = close_matches(name, list(scope.symbols), 1, 0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    what = "is the letter of a size" if name in scope.letters else "does not occur"
    raise ParseError(
        f"The variable {name} {what}; the names are {', '.join(scope.symbols) or 'none'}.{hint}",
        text, 0,
    )  # fmt: skip


def _read(text: str, scope: Scope, juxtaposed: bool) -> tuple[Any, list[tuple[str, Any]]]:
    """The term of a text, and those of its abbreviations."""
    try:
        reader = Reader(text, scope, juxtaposed)
        abbreviations, body = reader.statements()
        _joints(reader)
        if reader.numpy:
            scope.notes.append(
                "The text is read as NumPy: * and ** act entry by entry, @ is the product"
            )
        unused = [
            name for name in (*scope.symbols, *scope.flagged)
            if scope.declared and all(token.text != name for token in reader.tokens)
        ]  # fmt: skip
        if unused and reader.undeclared:  # what is written may be meant for what is declared
            reader.unknown(reader.undeclared[0])
        solver = Solver(reader)
        solver.roots = [*(node for _, node in abbreviations), body]
        for node in solver.roots:
            solver.solve(node)
        if scope.variables is not None:
            solver.undecided(body)
        solver.finish()
        for name, node in abbreviations:
            scope.terms[name] = build(node, scope)
        return build(body, scope), [(name, scope.terms[name]) for name, _ in abbreviations]
    except ParseError:
        raise
    except _NO_TERM as error:  # an operation of the table that wants its operands otherwise
        raise ParseError(f"The expression cannot be built: {error}", text, 0) from error
    except RecursionError:
        raise ParseError(
            "The expression has too many levels. Take it in parts, or shorten it.", text, 0
        ) from None


def _joints(reader: Reader) -> None:
    """Say how factors without a sign between them are read, or ask."""
    if not reader.joints:
        return
    text, pieces, last = reader.text, [], 0
    for at in sorted(set(reader.joints)):
        pieces.append(text[last:at].rstrip())
        last = at
    reading = "*".join([*pieces, text[last:]]).strip()
    if not reader.juxtaposed or reader.undeclared:
        raise ParseError(
            f"A sign is missing between factors: {reading}? Write it so, or declare all names in "
            "where, as in A: m x m; X: m x n.", text, min(reader.joints),
        )  # fmt: skip
    reader.scope.notes.append(f"{text.strip()} is read as {reading}")


_HEADING = re.compile(
    r"\s*(?:[∇∂]|\\(?:nabla|partial|frac|mathrm)|grad\b|gradient\b|[dD]\s*[A-Za-z]|[A-Za-z]'?[\[(])"
    r"[^=;]*(?<![<>])="
)


def parse_answer(
    text: str, parsed: Parsed, directions: Mapping[str, Expression], mixed: str = ""
) -> Any:
    """A reader's answer as a term: the same grammar, the same symbols.

    Parameters
    ----------
    text : str
        Such as ``"2*A*X"``; ``∇f =``, ``grad f =`` or ``df =`` may precede.
    parsed : Parsed
        The expression that the answer is about.
    directions : mapping
        From names of variables to their directions, which are also called dX, ΔX, and H or h where
        there is one.
    mixed : {"", "ones", "I"}
        What a number beside a matrix is read as; if empty, it is asked.

    Returns
    -------
    Expression

    Examples
    --------
    >>> from lecturelib.symbols.parse import parse, parse_answer
    >>> parsed = parse("tr(X'*A*X)", "X", "X: m x n; A: m x m")
    >>> parse_answer("∇f = A*X + A'X", parsed, {})
    A*X + A'*X
    """
    old = parsed.scope
    aliases: dict[str, Expression] = {}
    for name, direction in directions.items():
        own = [direction.name] if hasattr(direction, "name") else []
        single = ["H", "h"] if len(directions) == 1 else []
        for alias in (*own, "d" + name, "Delta" + name, *single):
            if alias not in old.symbols:
                aliases[alias] = direction
    scope = Scope(old.symbols, old.letters, old.ranges)
    scope.definitions, scope.terms = dict(old.definitions), dict(old.terms)
    scope.aliases, scope.mixed = aliases, mixed
    heading = _HEADING.match(text)
    if heading and all(heading[0].count(x) == heading[0].count(y) for x, y in CLOSERS.items()):
        text = " " * heading.end() + text[heading.end() :]
    return _read(text, scope, True)[0]
