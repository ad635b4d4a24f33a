"""The grammar: tokens become a small syntax tree, by climbing precedences.

``'``, ``[ ]`` and ``^`` bind left to right, then unary minus, products, ``:``, sums. `Reader` is
all of it; what names may be used stands in `Scope`. Shapes come later (`parse`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from ..table import TABLE, shapes
from ..table.shapes import Size
from .language import ALIASES, FUNCTIONS, builder
from .terms import Expression, Symbol
from .tokens import COMMAND, GREEK, ParseError, Token, close_matches, tokens

#: The most characters, levels of nesting and operations that are read.
LENGTH, DEPTH, OPERATIONS = 4000, 100, 5000


# -- The syntax tree ------------------------------------------------------------------------------


class Node:
    """A part of the text: its kind, its parts, and the place of its operator."""

    def __init__(
        self, kind: str, parts: Sequence[Node], value: Any, at: int, span: tuple[int, int]
    ) -> None:
        self.kind, self.parts, self.value, self.at, self.span = kind, tuple(parts), value, at, span
        self.depth: int = 1 + max((part.depth for part in parts), default=0)
        self.size: int = 1 + sum(part.size for part in parts)
        self.shape: Any = None
        self.definition: Node | None = None
        self.closed = False
        #: The shape that a number takes where NumPy adds it to a matrix.
        self.spread: Any = None
        self.on_diagonal = False  # a number that is spread along the diagonal only


class Scope:
    """The names that a text may use, and what they are."""

    def __init__(
        self,
        symbols: Mapping[str, Symbol] = MappingProxyType({}),
        letters: Mapping[str, Size] = MappingProxyType({}),
        ranges: Mapping[str, Any] = MappingProxyType({}),
        declared: bool = True,
        open_: bool = False,
    ) -> None:
        self.symbols, self.letters, self.ranges = dict(symbols), dict(letters), dict(ranges)
        self.definitions: dict[str, Node] = {}
        self.terms: dict[str, Any] = {}
        self.aliases: dict[str, Expression] = {}
        self.bound: list[str] = []  # the indices of the sums around
        #: Whether anything is declared, and whether names may be that are not.
        self.declared, self.open = declared, open_
        self.flagged: dict[str, set[str]] = {}  # flags of names whose sizes are solved for
        self.variables: frozenset[str] | None = None  # None: nobody asks for a derivative
        self.mixed = ""  # "ones" or "I": how a number beside a matrix is read, instead of asking
        self.notes: list[str] = []

    def letter(self, name: str) -> Size:
        return self.letters.setdefault(name, Size(name))

    def names(self) -> list[str]:
        return [*self.symbols, *self.definitions, *self.aliases, *self.letters]

    def has(self, name: str) -> bool:
        return (
            name in self.symbols
            or name in self.definitions
            or name in self.aliases
            or name in self.bound
            or self.sampled(name) is not None
        )

    def sampled(self, name: str) -> str | None:
        """The index of a sample such as x_i, where i is declared and x or x_i is."""
        stem, _, index = name.rpartition("_")
        known = name in self.symbols or stem in self.symbols
        return index if stem and index in self.ranges and known else None

    def is_number(self, name: str) -> bool:
        if name in self.symbols:
            return self.symbols[name].shape == ()
        if name in self.definitions:
            return self.definitions[name].shape == ()
        if name in self.letters or name in self.bound:
            return True
        return self.open and name[0] in "abcdefg" and name not in self.flagged


_SUM, _COLON, _PRODUCT = 1, 2, 3
_LEVELS = {
    "+": (_SUM, "add"), "-": (_SUM, "subtract"), ":": (_COLON, "inner"), "*": (_PRODUCT, "mul"),
    "/": (_PRODUCT, "div"), "\\": (_PRODUCT, "left"), ".*": (_PRODUCT, "times"),
    "./": (_PRODUCT, "over"), "⊗": (_PRODUCT, "kron"),
}  # fmt: skip
_NUMPY_LEVELS = {
    "+": (_SUM, "add"), "-": (_SUM, "subtract"), "*": (_PRODUCT, "times"),
    "/": (_PRODUCT, "over"), "@": (_PRODUCT, "at"),
}  # fmt: skip
CLOSERS = {"(": ")", "[": "]", "{": "}"}
_SIZED = ("ones", "eye", "zeros", "commutation")
_NUMPY_TEXT = re.compile(r"@|\*\*|\.T\b|\b(?:np|numpy|jnp)\.|(?<=[A-Za-z_)\]])\.[A-Za-z]")
_OTHER_TEXT = re.compile(r"['’′^\\]|\.[*/^]|\|")
_NUMPY_WORDS = {
    "trace": "tr", "linalg.norm": "norm2", "diag": "diag", "identity": "eye", "eye": "eye",
    "ones": "ones", "zeros": "zeros", "linalg.matrix_power": "matrix_power", "log": "log",
    "abs": "abs", "dot": "at", "matmul": "at", "outer": "outer", "vdot": "inner",
    "linalg.slogdet": "slogdet",
}  # fmt: skip


#: What says which norm is meant -> its sign.
_NORMS = {"F": "F", "Fro": "F", "fro": "F", "2": "2", "1": "1", "*": "*", "nuc": "*"}

#: Words of other notations, with what is written here.
_ELSEWHERE = {
    "e": "The exponential function is exp(t).",
    "sigma": "The logistic function is sigmoid(x).",
    "dot": "The inner product of vectors is x'*y.",
    "inner": "The inner product is <A, B>.",
    "rank": "The rank of a matrix is constant where it has a derivative, which is 0.",
    "cov": "Write the covariance as a product, such as X'*X/N.",
    "E": "Expectations are not read; write what is averaged, or a sum over samples.",
}


class Reader:
    """Text to syntax tree."""

    def __init__(self, text: str, scope: Scope, juxtaposed: bool) -> None:
        text = re.sub(r"""(?<=[,= ])(['"])(fro|nuc)\1""", r" \2 ", text)  # which norm
        self.text, self.scope, self.juxtaposed = text, scope, juxtaposed
        if len(text) > LENGTH:
            raise ParseError(
                f"The text has {len(text)} characters; at most {LENGTH} are read. Use "
                "abbreviations, such as `r = y - X*w; r'*r`.", text, LENGTH,
            )  # fmt: skip
        self.numpy = bool(_NUMPY_TEXT.search(text))
        other = _OTHER_TEXT.search(text)
        if self.numpy and other:
            numpy = _NUMPY_TEXT.search(text)
            raise ParseError(
                f"The text has NumPy's {numpy[0]} and also {other[0]}, which NumPy has not (or "  # type: ignore[index]
                "understands otherwise). Write all of it as NumPy (X.T @ A, *, ** entrywise) or "
                "all of it in this notation (X'*A, .*, .^).", text, other.start(),
            )  # fmt: skip
        self._refuse_backslash(text)
        self.tokens, self.place, self.deep = tokens(text), 0, 0
        self.norms = 0  # that are open
        self.barred = 0  # the same, with determinants
        self.joints: list[int] = []
        self.undeclared: list[Token] = []
        self.levels = _NUMPY_LEVELS if self.numpy else _LEVELS
        for i, token in enumerate(self.tokens):
            if token.text in _SIZED and self.tokens[i + 1].text == "(":
                self._letters_in(i + 2)
            elif token.text == "reshape" and self.tokens[i + 1].text == "(":
                self._letters_in(self._after_argument(i + 2))

    def _after_argument(self, i: int) -> int:
        """Where the sizes of ``reshape(v, m, n)`` begin."""
        open_ = 0
        while self.tokens[i].kind != "end" and (open_ or self.tokens[i].text != ","):
            open_ += (self.tokens[i].text in "([{") - (self.tokens[i].text in ")]}")
            i += 1
        return i

    def _letters_in(self, i: int) -> None:
        """The letters in ``eye(n)`` are sizes, unless they are declared as something else."""
        while self.tokens[i].text != ")" and self.tokens[i].kind != "end":
            name = self.tokens[i]
            if name.kind == "name" and not self.scope.has(name.text) and not builder(name.text):
                self.scope.letter(name.text)
            i += 1

    def _refuse_backslash(self, text: str) -> None:
        r"""``A\exp(x)`` is a solve to who writes MATLAB, and a product to who writes LaTeX."""
        commands = [m[1] for m in COMMAND.finditer(text)]
        found = re.search(r"(?<![\\A-Za-z])([A-Za-z][\w']*|[)\]])\\([A-Za-z]+)\(", text)
        if found and "{" not in text and all(builder(word) for word in commands):
            left, word = found[1] if found[1] not in ")]" else "(...)", found[2]
            raise ParseError(
                f"{left}\\{word}(...) is a solve in MATLAB and a product in LaTeX. Write "
                f"inv({left.strip('()')})*{word}(...) or {left}*{word}(...).",
                text, found.start(2) - 1,
            )  # fmt: skip

    # Signs

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    @property
    def after(self) -> Token:
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.tokens[self.place]
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def meets(self, *signs: str) -> bool:
        return self.next.kind == "sign" and self.next.text in signs

    def accept(self, *signs: str) -> bool:
        if self.meets(*signs):
            self.place += 1
            return True
        return False

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        raise ParseError(message, self.text, self.next.start if at is None else at)

    def expect(self, closer: str, opener: Token) -> None:
        if self.accept(closer):
            return
        met = self.next.text
        if self.next.kind == "end":
            self.fail(
                f"Unbalanced parentheses: the {opener.text} at place {opener.start + 1} is not "
                f"closed, a {closer} is missing.", opener.start,
            )  # fmt: skip
        if met in ("<", ">", "<=", ">="):
            self.fail("A comparison has parentheses of its own, as in sum((X > 0) .* X).")
        if met in ("|", "‖"):
            self.fail("A | opens only where an operand is due. Write * before it, as in x*||y||.")
        self.fail(f"Unbalanced parentheses: a {closer} is needed here, and {met} stands here.")

    def node(self, kind: str, parts: Sequence[Node], value: Any = None, at: int = -1, **span: int):
        start = span.get("start", min((part.span[0] for part in parts), default=at))
        found = Node(kind, parts, value, at, (start, self.tokens[self.place - 1].end))
        self.limit(found.depth, found.size, at)
        return found

    def limit(self, depth: int, size: int, at: int) -> None:
        if depth > DEPTH or size > OPERATIONS:
            more = f"{DEPTH} levels" if depth > DEPTH else f"{OPERATIONS} operations"
            self.fail(
                f"The expression has more than {more}, which is the limit (a sum or product of n "
                "terms has n levels). Take it in parts, or shorten it.", max(at, 0),
            )  # fmt: skip

    def source(self, node: Node) -> str:
        return " ".join(self.text[slice(*node.span)].split())

    # Statements

    def statements(self) -> tuple[list[tuple[str, Node]], Node]:
        """The abbreviations, and the expression."""
        abbreviations: list[tuple[str, Node]] = []
        while True:
            name = self.next
            named = name.kind == "name" and self.after.text == "="
            if named:
                self.place += 2
            body = self.operation(_SUM)
            more = self.accept(";") and self.next.kind != "end"
            if not more:
                self._end()
                if named and self.scope.has(name.text):
                    self._equation(name.start)
                return abbreviations, body
            if not named:
                self.fail(
                    "What stands before a semicolon is an abbreviation, such as `r = y - X*w; "
                    "r'*r`. Give it a name.", body.span[0],
                )  # fmt: skip
            if self.scope.has(name.text) or builder(name.text) or name.text in _SIZED:
                self.fail(
                    f"The name {name.text} has a meaning already, so it cannot be an "
                    "abbreviation. Use another one.", name.start,
                )  # fmt: skip
            abbreviations.append((name.text, body))
            self.scope.definitions[name.text] = body

    def _end(self) -> None:
        if self.next.kind == "end":
            return
        token = self.next
        if token.text in (")", "]", "}"):
            self.fail(
                f"Unbalanced parentheses: this {token.text} closes nothing. Remove it, or open it "
                "before."
            )
        if token.text in ("|", "‖"):
            self.fail(
                f"A {token.text} opens only where an operand is due. Write * before it, as in "
                "2*||x||^2."
            )
        if token.text == "=":
            self._equation(token.start)
        if token.text in ("<", ">", "<=", ">="):
            self.fail("A comparison stands in parentheses: (X > 0) is 1 where it holds, else 0.")
        if token.text == "^":
            self.fail("NumPy's power is **." if self.numpy else "This ^ raises nothing.")
        if token.text == ".":
            self.fail("A point stands here; entrywise operators are .* ./ and .^.")
        self.fail(f"The sign {token.text} does not continue the expression.")

    def _equation(self, at: int) -> NoReturn:
        self.fail(
            "An equation stands here. Write the expression alone; abbreviations come first, as in "
            "`r = y - X*w; r'*r`.", at,
        )  # fmt: skip

    # Operators

    def operation(self, least: int) -> Node:
        """Operands joined by operators that bind at least so tightly."""
        left = self.unary()
        while True:
            token = self.next
            level, kind = self.levels.get(token.text, (0, ""))
            joint = False
            if token.kind != "sign" or not level:
                norm = self._norm_behind_a_number(left)
                joint = not self.numpy and (norm or self._begins_operand(token))
                level, kind = (_PRODUCT, "mul") if joint else (0, "")
            if not level or level < least:
                return left
            if joint:
                if left.kind == token.kind == "number":
                    self.fail("Two numbers stand side by side; an operator is missing.")
                below = left.parts[1] if left.kind == "div" and not left.closed else None
                beside = (  # 1/2s, and not 1/2 s or 1/2x'x
                    self.tokens[self.place - 1].end == token.start
                    and token.kind == "name" and self.scope.is_number(token.text)
                )  # fmt: skip
                if below and (beside or not (below.kind == "number" or below.closed)):
                    a, b = (self.source(part) for part in left.parts)
                    self.fail(f"({a}/{b}) times the rest, or {a} over all? Write parentheses.")
                if norm and not self.juxtaposed:  # nothing else can be meant
                    self.scope.notes.append(
                        f"{self.source(left)} before a norm is read as its factor"
                    )
                else:
                    self.joints.append(token.start)
            else:
                self.place += 1
            right = self.operation(level + 1)
            left = self.node(kind, (left, right), at=token.start)

    def _norm_behind_a_number(self, left: Node) -> bool:
        """Whether two bars follow a number, as in ``1/2 ||x||^2``, and close nothing."""
        a, b = self.next, self.after
        bars = a.text == "‖" or a.text == b.text == "|" and a.end == b.start
        written = left.kind == "number" or (
            left.kind == "div" and all(part.kind == "number" for part in left.parts)
        )
        return bars and a.kind == "sign" and written and not self.barred

    def _begins_operand(self, token: Token) -> bool:
        signs = ["(", "{", "‖(", "|(", "⟨", "frac", *(["‖"] if not self.norms else [])]
        return token.kind in ("name", "number") or (token.kind == "sign" and token.text in signs)

    def unary(self) -> Node:
        token = self.next
        if self.meets("-", "+"):
            self.place += 1
            self.deep += 1
            self.limit(self.deep, 0, token.start)
            inside = self.unary()
            self.deep -= 1
            if token.text == "+":
                return inside
            return self.node("neg", (inside,), at=token.start, start=token.start)
        return self.postfix(self.primary())

    def postfix(self, left: Node) -> Node:
        while True:
            token = self.next
            if token.kind != "sign":
                return left
            if token.text in ("'", "⊤") and not self.numpy:
                self.place += 1
                self._not_a_derivative(left, token)
                left = self.node("transpose", (left,), at=token.start)
            elif token.text in ("^", ".^") and not self.numpy:
                self.place += 1
                left = self.exponent(left, token)
            elif token.text == "**" and self.numpy:
                self.place += 1
                left = self.node("raise", (left, self.unary()), at=token.start)
            elif token.text == "[" and token.start == self.tokens[self.place - 1].end:
                left = self.indexed(left)
            elif token.text == "." and self.numpy:
                left = self.attribute(left)
            else:
                return left

    def _not_a_derivative(self, left: Node, token: Token) -> None:
        inside = self.tokens[self.place : self.place + 3]
        if [x.kind for x in inside[:2]] == ["sign", "name"] and inside[0].text == "(":
            maybe = self.scope.open and inside[1].text.islower()
            if (
                len(inside) == 3
                and inside[2].text == ")"
                and (maybe or self.scope.is_number(inside[1].text))
            ):
                A, t = self.source(left), inside[1].text
                self.fail(
                    f"{A}'({t}) looks like a derivative at {t}, and ' is the transpose here. "
                    f"Write {A}'*{t} for the transpose times {t}; a matrix that depends on {t} is "
                    f"written out, as in A + {t}*B.", token.start,
                )  # fmt: skip

    def exponent(self, base: Node, sign: Token) -> Node:
        """What follows ``^``: a transpose, an inverse, a pseudo-inverse or a power."""
        kind = "power" if sign.text == "^" else "raise"
        start = self.place
        opener = self.take() if self.meets("{", "(") else None
        minus = self.accept("-")
        token = self.next
        if token.kind == "name" and token.text[0] == "T" and not self.scope.has(token.text):
            rest = token.text[1:]  # x^TAx: the T transposes, and names follow
            if rest and opener is None and not self.scope.has("T"):
                at = token.start + 1
                names = [token._replace(text="T", end=at), Token("name", rest, at, token.end)]
                self.tokens[self.place : self.place + 1] = names
                token = names[0]
        T = token.kind == "name" and token.text == "T" and not self.scope.has("T")
        transposed = T or self.meets("⊤", "'")
        if kind == "power" and (transposed or self.meets("†", "+")):
            if opener is None or self.after.text == CLOSERS[opener.text]:
                number = self.after.kind == "number" or self.after.text == "("
                if transposed or opener or token.text == "†" or not number:
                    self.place += 2 if opener else 1
                    if not transposed:
                        return self.node("call", (base,), ("pinv", {}), token.start)
                    if minus:
                        base = self.node("power", (base, self._minus_one(token)), at=sign.start)
                    return self.node("transpose", (base,), at=sign.start)
        t = token.text
        if token.kind == "name" and t in ("t", "H") and not self.scope.is_number(t):
            A = self.source(base)
            self.fail(
                f"{A}^{t} needs a number {t}, and {t} is none. For the transpose write {A}'.",
                token.start,
            )
        self.place = start
        if self.accept("{"):
            if self.accept(".*"):
                kind = "raise"
            power = self.operation(_SUM)
            self.expect("}", opener or sign)
        else:
            minus = self.accept("-")
            power = self.primary()
            if minus:
                power = self.node("neg", (power,), at=token.start)
        return self.node(kind, (base, power), at=sign.start)

    def _minus_one(self, token: Token) -> Node:
        one = self.node("number", (), 1, token.start)
        return self.node("neg", (one,), at=token.start)

    def indexed(self, left: Node) -> Node:
        """``X[1,2]``, counted from 1 (from 0 in NumPy's text), or ``X[1,:]``."""
        opener = self.take()
        parts = [self._index()]
        while self.accept(","):
            parts.append(self._index())
        self.expect("]", opener)
        if left.kind == "call" and left.value[0] == "slogdet":
            if parts != [2]:
                self.fail("Of slogdet(X) the second output is read: slogdet(X)[1].", opener.start)
            inside = self.node("call", left.parts, ("det", {}), left.at)
            inside = self.node("call", (inside,), ("abs", {}), left.at)
            return self.node("call", (inside,), ("log", {}), left.at)
        found = self.node("index", (left,), parts, opener.start)
        row = self.numpy and type(parts[0]) is int and not all(type(p) is int for p in parts)
        return self.node("transpose", (found,), at=opener.start) if row else found

    def _index(self) -> Any:
        """A place counted from 1, or a slice of Python's; None for the whole axis."""
        first = None if self.meets(":") else self._place_number()
        if not self.accept(":"):
            return first
        if self.meets(",", "]"):
            return None if first is None else slice(first - 1, None)
        last = self._place_number()
        return slice((first or 1) - 1, last - 1 if self.numpy else last)

    def _place_number(self) -> Any:
        """A number from 1 on, or a size such as m or m + 1."""
        if self.next.text in self.scope.letters or self.after.text in ("+", "-", "*"):
            total = self.size(self.operation(_PRODUCT))
            while self.meets("+", "-"):
                plus = self.take().text == "+"
                part = self.size(self.operation(_PRODUCT))
                total = total + part if plus else total - part
            return total
        token = self.take()
        first = 0 if self.numpy else 1
        if token.kind != "number" or not token.text.isdigit() or int(token.text) < first:
            self.fail(
                f"An index is a number from {first} on, or a range such as {first}:3, or `:`; "
                f"{token.text} stands here. For samples declare the index (i: 1..N) and write x_i.",
                token.start,
            )  # fmt: skip
        return int(token.text) + 1 - first

    def attribute(self, left: Node) -> Node:
        """``X.T``, ``X.sum()`` in NumPy's text."""
        dot = self.take()
        name = self.take()
        if name.text == "T":
            return self.node("transpose", (left,), at=dot.start)
        word = name.text if name.text in ("dot", "sum", "mean", "trace", "max", "prod") else ""
        if not word or not self.meets("("):
            self.fail(
                f"The attribute .{name.text} is not read. Write NumPy's function, such as "
                "np.sum(X), or X.T.", dot.start,
            )  # fmt: skip
        return self.call(_NUMPY_WORDS.get(word, word), name, (left,))

    # Operands

    def primary(self) -> Node:
        token = self.take()
        self.deep += 1
        self.limit(self.deep, 0, token.start)
        try:
            return self._primary(token)
        finally:
            self.deep -= 1

    def _primary(self, token: Token) -> Node:
        at = token.start
        if token.kind == "number":
            return self.node("number", (), self._value(token), at, start=at)
        if token.kind == "numpy":
            return self.call(self._numpy_word(token), token)
        if token.kind == "name":
            return self.name(token)
        if token.text in ("(", "{"):
            inside = self.operation(_SUM)
            if self.meets("<", ">", "<=", ">="):
                sign = self.take()
                right = self.operation(_SUM)
                inside = self.node("compare", (inside, right), sign.text, sign.start)
            self.expect(CLOSERS[token.text], token)
            inside.closed = True
            if token.text == "(":
                inside.span = (at, self.tokens[self.place - 1].end)
            return inside
        if token.text == "[":
            return self.blocks(token)
        if token.text in ("|", "|(", "‖", "‖("):
            return self.bar(token)
        if token.text in ("<", "⟨"):
            left = self.operation(_SUM)
            if not self.accept(","):
                self.fail("An inner product <A, B> has two factors, with a comma between them.")
            right = self.operation(_SUM)
            self.expect(">" if token.text == "<" else "⟩", token)
            return self.node("inner", (left, right), at=at, start=at)
        if token.text == "frac":
            above, below = self.primary(), self.primary()
            found = self.node("div", (above, below), at=at, start=at)
            found.closed = True
            return found
        if not self.text.strip():
            self.fail("The text is empty. Write an expression, such as tr(X'*A*X).", 0)
        if token.kind == "end":
            self.fail("The text ends where an operand is due.", at)
        if token.text in ")]}":
            self.fail(f"This {token.text} stands where an operand is due.", at)
        if token.text == "\\" and (command := COMMAND.match(self.text, at)):
            self.fail(f"The command {command[0]} of LaTeX is not read here.", at)
        if token.text in ("∇", "∂"):
            self.fail("Write the expression itself, not its derivative.", at)
        self.fail(f"An operand is due here, such as X or 2, and {token.text} stands here.", at)

    def _value(self, token: Token) -> int | float:
        value = float(token.text)
        if not math.isfinite(value):
            self.fail("This number is too large; at most about 1e308 is read.", token.start)
        if value == 0 and re.search("[1-9]", re.split("[eE]", token.text)[0]):
            self.fail("This number is too small; at least about 1e-308 is read.", token.start)
        if token.text.isdigit():
            return int(token.text)
        return int(value) if value.is_integer() and value < 2**53 else value

    def blocks(self, opener: Token) -> Node:
        rows = [[self.operation(_SUM)]]
        while self.meets(",", ";"):
            if self.take().text == ",":
                rows[-1].append(self.operation(_SUM))
            else:
                rows.append([self.operation(_SUM)])
        self.expect("]", opener)
        parts = [part for row in rows for part in row]
        if len(parts) == 1:
            self.fail(
                "Brackets hold blocks, with commas and semicolons between them: [A, B; C, D]. For "
                "one expression use parentheses.", opener.start,
            )  # fmt: skip
        if len({len(row) for row in rows}) > 1 and len(rows) > 1:
            rows_shown = ", ".join(str(len(row)) for row in rows)
            self.fail(
                f"The rows of blocks have {rows_shown} entries. Give each row equally many.",
                opener.start,
            )  # fmt: skip
        return self.node("blocks", parts, len(rows), opener.start, start=opener.start)

    def bar(self, opener: Token) -> Node:
        """``|A|`` or ``||x||_W``."""
        double = opener.text[0] == "‖"
        if opener.text == "|" and self.meets("|") and self.next.start == opener.end:
            self.place += 1
            double = True
        self.norms += double
        self.barred += 1
        inside = self.operation(_SUM)
        self.barred -= 1
        self.norms -= double
        closed = self.accept("‖", "‖)") if double else self.accept("|", "|)")
        if double and not closed and self.meets("|"):
            if self.after.text == "|" and self.after.start == self.next.end:
                self.place += 2
                closed = True
        if not closed:
            sign = "||" if double else "|"
            met = "the text ends" if self.next.kind == "end" else f"{self.next.text} stands here"
            self.fail(f"The {sign} at place {opener.start + 1} is not closed: {met}.")
        if not double:
            return self.node("bar", (inside,), at=opener.start, start=opener.start)
        kind, parts = "", [inside]
        if self.accept("_"):
            kind, weight = self.subscript()
            parts += weight
        return self.node("norm", parts, kind, opener.start, start=opener.start)

    def subscript(self) -> tuple[str, list[Node]]:
        """Which norm: its sign, or the weight."""
        opener = self.take() if self.meets("{") else None
        token = self.next
        if token.text in _NORMS and (opener is None or self.after.text == "}"):
            self.place += 1
            kind, weight = _NORMS[token.text], []
        else:
            kind, weight = "W", list[Node]()
            if token.kind == "name" or opener:
                weight.append(self.operation(_SUM) if opener else self.primary())
            if not weight or weight[0].kind == "number":
                self.fail(
                    "This norm is not read. There are ||x||_2, ||x||_1, ||X||_F, ||X||_* and the "
                    "weighted ||x||_W.", token.start,
                )  # fmt: skip
        if opener:
            self.expect("}", opener)
        return kind, weight

    def _kind_of_norm(self) -> str:
        """The second argument of norm: 1, 2, 'fro' or 'nuc', as MATLAB and NumPy have it."""
        token = self.take()
        if token.text not in _NORMS:
            self.fail("The second argument of norm says which: 1, 2, 'fro' or 'nuc'.", token.start)
        return _NORMS[token.text]

    # Names

    def name(self, token: Token) -> Node:
        word, scope = token.text, self.scope
        before_call = self.meets("(", "[", "{") and not (scope.has(word) or word in scope.letters)
        if scope.has(word):
            return self.variable(token)
        if word.startswith("sum_"):
            return self.sum(token)
        if word in _SIZED and (word != "eye" or before_call):
            return self.sized(token)
        if word == "eye":
            self.fail(
                "eye needs a size: eye(n). The identity whose size the context gives is I.",
                token.start,
            )
        if word == "I":
            return self.node("sized", (), ("eye", None), token.start, start=token.start)
        if word == "pi" and not before_call:
            return self.node("number", (), math.pi, token.start, start=token.start)
        if word in scope.letters:
            return self.variable(token)
        if builder(word) or (self.numpy and word in _NUMPY_WORDS):
            return self.call(_NUMPY_WORDS.get(word, word) if self.numpy else word, token)
        plain = [n for n in scope.names() if n.replace("_", "") == word.replace("_", "")]
        if len(plain) == 1:
            return self.variable(token._replace(text=plain[0]))
        letter = re.fullmatch(r"[A-Za-z]\d*(_\w+)?", word)
        capital = word.split("_")[0] in GREEK and word[0].isupper()
        if scope.declared and (word == "e" or self._ways(word)):
            return self.pieces(token)
        if scope.open and (letter or capital or word in scope.flagged):
            self.undeclared.append(token)
            return self.variable(token)
        return self.pieces(token)

    def variable(self, token: Token) -> Node:
        word = token.text
        inside = self.tokens[self.place : self.place + 3]
        if [x.text for x in inside[::2]] == ["(", ")"] and inside[1].kind == "name":
            t = inside[1].text
            if self.scope.is_number(t) and not self.scope.is_number(word):
                self.fail(
                    f"{word}({t}) looks like a function of {t}, and {word} is a matrix. Write "
                    f"{word}*{t} for the product; a matrix that depends on {t} is written out, as "
                    f"in A + {t}*B.", token.start,
                )  # fmt: skip
        beside = inside[0].text == "(" and inside[0].start == token.start + len(word)
        if beside and inside[1].kind == "number" and not self.scope.is_number(word):
            i = inside[1].text
            several = inside[2].text == ","
            entry = f"{word}[{i},{self.tokens[self.place + 3].text}]" if several else f"{word}[{i}]"
            product = "" if several else f", {i}*{word} for the product"
            self.fail(
                f"{word}({i}{', ...' if several else ''}) is an entry in MATLAB and a product "
                f"here. Write {entry} for the entry{product}.", token.start,
            )  # fmt: skip
        node = self.node("name", (), word, token.start, start=token.start)
        definition = self.scope.definitions.get(word)
        if definition is not None:
            node.definition = definition
            node.depth, node.size = definition.depth, definition.size
        return node

    def pieces(self, token: Token) -> Node:
        """A word that is no name: a product of names without signs, or unknown."""
        word = token.text
        sized = re.fullmatch(r"I_(\w+)", word)
        if sized and (sized[1] in self.scope.letters or sized[1].isdigit()):  # I_n
            n = int(sized[1]) if sized[1].isdigit() else self.scope.letters[sized[1]]
            return self.node("sized", (), ("eye", [n]), token.start, start=token.start)
        ways = self._ways(word)
        named = word in GREEK or _is_word(word)
        if not self.juxtaposed and len(word) <= 24 and word.isalpha() and not named:
            ways = [list(word)]
        if not ways or len(word) == 1 or (self.meets("(") and not self.juxtaposed):
            self.unknown(token)
        if len(ways) > 1:
            ask = "? or ".join("*".join(way) for way in ways[:3])
            self.fail(
                f"{word} can be read in {len(ways)} ways: {ask}? Write the * signs.", token.start
            )
        at = token.start
        found: list[Token] = []
        for name in ways[0]:  # the names take the place of the word, and stand side by side
            found.append(Token("name", name, at, at + len(name)))
            at += len(name)
        self.tokens[self.place - 1 : self.place] = found
        return self.variable(found[0])

    def _ways(self, word: str) -> list[list[str]]:
        """How a word is a product of names that are known."""
        if len(word) > 24 or not self.juxtaposed:
            return []
        if word.startswith("I_") and word[2:] in self.scope.letters:
            return [["I", word[2:]]]
        ways = splits(word, self.scope.names())
        if not ways and word.endswith("I") and self.scope.is_number(word[:-1]):  # tI
            ways = [[word[:-1], "I"]]
        return ways

    def unknown(self, token: Token) -> NoReturn:
        word, scope = token.text, self.scope
        called = self.meets("(")
        pool = [*FUNCTIONS, *_SIZED] if called else scope.names()
        near = close_matches(word, pool, 1, 0.65) or [
            name for name in pool if name.lower() == word.lower()
        ]
        hint = f" Did you mean {near[0]}?" if near else ""
        if word in _ELSEWHERE and (called or word == "e"):
            hint = f" {_ELSEWHERE[word]}"
        if word.startswith("__"):
            hint = ""
        if called:
            self.fail(
                f"There is no function {word}.{hint} Functions are tr, det, logdet, inv, norm2, "
                "sum, diag, exp and the others of the table; a product needs a *.", token.start,
            )  # fmt: skip
        number = f"{word}: scalar`, `" if _is_word(word) else ""
        if scope.declared:
            listed = ", ".join(scope.names()) or "none"
            self.fail(
                f"The name {word} is not declared; declared are {listed}.{hint} Add it to where, "
                f"such as `{number}{word}: n` or `{word}: m x n`.", token.start,
            )  # fmt: skip
        column = f", `{word}: n` for a column" if word.islower() else f", `{word}: m x n`"
        spelled = _is_word(word) and word not in GREEK
        product = f" A product is written {'*'.join(word)}." if spelled else ""
        self.fail(
            f"What {word} is does not follow from its name. Declare it in where: `{word}: scalar` "
            f"for a number{column}.{product}{hint}", token.start,
        )  # fmt: skip

    def sum(self, token: Token) -> Node:
        """``sum_i`` and the product to its right."""
        index = token.text.removeprefix("sum_")
        if index not in self.scope.ranges:
            self.fail(
                f"The index {index} of the sum has no range. Declare it in where, as in "
                f"{index}: 1..N.", token.start,
            )  # fmt: skip
        if index in self.scope.bound and self.tokens[self.place - 2].text not in ("(", "{", "["):
            self.fail(
                f"A sum over {index} stands in a sum over {index}. Use two indices, or write "
                "parentheses around the inner sum.", token.start,
            )  # fmt: skip
        length = self.scope.ranges[index]
        if self.meets("^"):
            self.place += 1
            last = self.next
            upper = self.size(self.primary())
            if not shapes.same(upper, length):
                self.fail(
                    f"The sum ends at {upper}, and {index} is declared as 1..{length}. Let them "
                    "agree.", last.start,
                )  # fmt: skip
        self.scope.bound.append(index)
        body = self.operation(_PRODUCT)
        self.scope.bound.pop()
        return self.node("sum", (body,), (index, length), token.start, start=token.start)

    def sized(self, token: Token) -> Node:
        """``ones(m,n)``, ``eye(n)``, ``zeros(m,n)``; without a size it comes from the context."""
        sizes: list[Any] | None = None
        if self.meets("("):
            opener = self.take()
            double = self.numpy and self.accept("(")
            sizes = [self.size(self.operation(_SUM))]
            while self.accept(","):
                if double and self.meets(")"):
                    break
                sizes.append(self.size(self.operation(_SUM)))
            if double:
                self.expect(")", opener)
            self.expect(")", opener)
            most = 1 if token.text == "eye" else 2
            if token.text == "commutation" and len(sizes) != 2:
                self.fail("commutation takes two sizes, as in commutation(m, n).", token.start)
            if len(sizes) > most:
                self.fail(
                    f"{token.text} takes {'one size' if most == 1 else 'one or two sizes'}, and "
                    f"{len(sizes)} are given.", token.start,
                )  # fmt: skip
        return self.node("sized", (), (token.text, sizes), token.start, start=token.start)

    def size(self, node: Node) -> Any:
        """A size from its text: n, 3, m*n, n+1."""
        if node.kind == "number" and type(node.value) is int and node.value > 0:
            return node.value
        if node.kind == "name" and not self.scope.has(node.value):
            return self.scope.letter(node.value)
        if node.kind == "name" and self.scope.is_number(node.value) and not node.definition:
            return self.scope.letter(node.value)
        if node.kind in ("mul", "times", "add", "subtract"):
            a, b = (self.size(part) for part in node.parts)
            return a + b if node.kind == "add" else a - b if node.kind == "subtract" else a * b
        if node.kind == "div" and node.parts[1].value == 2:  # n*(n+1)/2, of a triangle
            twice = self.size(node.parts[0])
            even = type(twice) is int and twice % 2 == 0
            if even or any(shapes.same(n * (n + 1), twice) for n in shapes.letters(twice)):
                return twice // 2
        self.fail(
            "A size is a letter, a number from 1 on or a product of these, and "
            f"{self.source(node)} is none.", node.span[0],
        )  # fmt: skip

    # Calls

    def _numpy_word(self, token: Token) -> str:
        name = token.text
        if name in _NUMPY_WORDS:
            return _NUMPY_WORDS[name]
        for operation in TABLE.values():
            if f"numpy.{name}" in (*operation.rule.function, operation.rule.value):
                return operation.name
        near = close_matches(name, [*_NUMPY_WORDS, *FUNCTIONS], 1, 0.5)
        hint = f" Did you mean np.{near[0]}?" if near else ""
        self.fail(f"NumPy's function np.{name} has no entry in the table.{hint}", token.start)

    def call(self, word: str, token: Token, first: tuple[Node, ...] = ()) -> Node:
        at = token.start
        if word in _SIZED:
            return self.sized(token._replace(text=word))
        if not self.meets("(", "[", "{"):
            return self._bare_call(word, token)
        opener = self.take()
        arguments, named, sizes, norm = [*first], {}, [], ""
        if not self.accept(CLOSERS[opener.text]):
            while True:
                if self.next.kind == "name" and self.after.text == "=":
                    key = self.take().text
                    self.place += 1
                    if key == "ord":
                        norm = self._kind_of_norm()
                    else:
                        named[key] = self._parameter()
                elif word in ("tril", "triu") and arguments:  # which diagonal, as MATLAB has it
                    named["k"] = self._parameter()
                elif word in ("norm", "norm2") and arguments:
                    norm = self._kind_of_norm()
                elif word == "reshape" and arguments:
                    sizes.append(self.size(self.operation(_SUM)))
                else:
                    arguments.append(self.operation(_SUM))
                if not self.accept(","):
                    break
            self.expect(CLOSERS[opener.text], opener)
        if word == "reshape" and not self.numpy:
            if len(sizes) != 2:
                self.fail(
                    "reshape takes a vector and the two sizes of the matrix whose columns it "
                    "stacks, as in reshape(v, m, n).", at,
                )  # fmt: skip
            return self.node("reshaped", arguments, tuple(sizes), at, start=at)
        if norm:
            return self.node("norm", arguments, norm, at, start=at)
        return self._called(word, token, arguments, named, at)

    def _called(self, word: str, token: Token, arguments: list, named: dict, at: int) -> Node:
        if len(arguments) == 2:
            word = {"max": "maximum", "min": "minimum"}.get(word, word)
        kinds = {"at": "at", "inner": "inner", "outer": "outer"} if self.numpy else {}
        least, most = (2, 2) if word in kinds else arity(word)
        if word == "sum" and len(arguments) == 2:
            self.fail("colsum(A) sums every column, and rowsum(A) every row.", at)
        if not least <= len(arguments) <= most:
            self.fail(
                f"{token.text} takes {counted(least, 'argument')}, and {len(arguments) or 'none'} "
                f"{'are' if len(arguments) > 1 else 'is'} given.", at,
            )  # fmt: skip
        if word in kinds:
            return self.node(kinds[word], arguments, at=at, start=at)
        if "axis" in named and word in ("sum", "mean", "max"):
            return self._along(word, arguments[0], named, at)
        return self.node("call", arguments, (word, named), at, start=at)

    def _along(self, word: str, x: Node, named: dict, at: int) -> Node:
        """A sum of NumPy's along an axis: without keepdims the sums are a vector, so a column."""
        sums = {0: "colsum", 1: "rowsum", -1: "rowsum", -2: "colsum"}
        if word != "sum" or named["axis"] not in sums:
            self.fail("Along an axis sums are read: np.sum(X, axis=0) or axis=1.", at)
        rows = sums[named["axis"]] == "rowsum"
        found = self.node("call", (x,), ("rowsum" if rows else "colsum", {}), at, start=at)
        kept = rows or named.get("keepdims")
        return found if kept else self.node("transpose", (found,), at=at)

    def _parameter(self) -> Any:
        minus = self.accept("-")
        token = self.take()
        if token.text in ("True", "False"):
            return token.text == "True"
        if token.kind != "number" or not token.text.isdigit():
            self.fail("A parameter is a whole number, True or False.", token.start)
        return -int(token.text) if minus else int(token.text)

    def _bare_call(self, word: str, token: Token) -> Node:
        """``log det X``, ``tr X``: a function of the one operand that follows."""
        if self.meets("^"):
            self.fail(
                f"A power of a value stands behind the argument, as in {token.text}(x)^2, and an "
                "inverse function has a name of its own, such as arcsin.", token.start,
            )  # fmt: skip
        if not (self._begins_operand(self.next) or self.meets("|", "‖")):
            self.fail(f"{token.text} needs an argument: {token.text}(X).", token.start)
        barred = self.meets("|")
        inside = self.postfix(self.primary())
        barred = barred and word in ("log", "ln")
        if barred and inside.kind != "bar" and inside.kind != "norm":
            self.fail(
                f"What stands behind the bars may belong to {token.text} or to what is inside. "
                f"Write {token.text}(|A|^2) or ({token.text}|A|)^2.", token.start,
            )  # fmt: skip
        if barred and inside.kind == "bar":  # the bars say where the argument ends
            return self.node("logbar", inside.parts, word, token.start, start=token.start)
        if self._begins_operand(self.next) or self.meets("*", "/"):
            name, X = token.text, self.source(inside)
            self.fail(
                f"Where the argument of {name} ends is not clear: {name}({X}) times the rest, or "
                f"{name} of all? Write parentheses."
            )
        if word in ("log", "ln") and inside.kind in ("call", "bar"):
            determinant = inside.kind == "bar" or inside.value[0] == "det"
            if determinant:
                return self.node("logbar", inside.parts, word, token.start, start=token.start)
        return self.node("call", (inside,), (word, {}), token.start, start=token.start)


def _is_word(word: str) -> bool:
    """Whether letters side by side are a name rather than a product: lam and eps, and not AXB."""
    return len(word) > 2 and word.isalpha() and word.islower()


def splits(word: str, names: Sequence[str]) -> list[list[str]]:
    """The ways to write a word as names one after the other."""
    if not word:
        return [[]]
    return [
        [name, *rest]
        for name in dict.fromkeys(names)
        if name and word.startswith(name)
        for rest in splits(word[len(name) :], names)
    ]


def arity(word: str) -> tuple[int, float]:
    """The least and the largest number of arguments."""
    operation = TABLE.get(ALIASES.get(word, word))
    build = FUNCTIONS.get(word)
    code = getattr(build, "__code__", None)
    if operation is not None and (code is None or code.co_flags & 4):  # *operands
        n = len(operation.rule.inputs) - len(operation.rule.follows)
        return n, math.inf if callable(operation.rule.transposes) and n > 1 else n
    if code is None or code.co_flags & 4:
        return 1, math.inf
    return code.co_argcount, code.co_argcount


def counted(n: int, what: str) -> str:
    return f"{('no', 'one', 'two', 'three')[n] if n < 4 else n} {what}{'' if n == 1 else 's'}"
