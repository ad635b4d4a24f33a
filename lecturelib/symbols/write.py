r"""Terms as text and as LaTeX, with the parentheses they need and no others.

An operation is printed as ``name(...)``, unless its entry in the table has a notation of its own.
Sums, products, multiples, powers, transposes and indices are the language itself: they are written
here.

The text is that of MATLAB, and can be typed: ``*`` is the matrix product (or a multiple by a
number), ``.*``, ``./`` and ``.^`` are elementwise, ``'`` transposes, indices count from 1, ``tr``
is the trace, ``I`` the identity, ``ones`` all ones, ``i`` the imaginary unit, and ``(X > 0)`` is 1
where X > 0 and 0 elsewhere. LaTeX has ``\odot``, ``\oslash`` and ``A^{\odot B}`` for the
elementwise operations, ``[X > 0]`` for 0 and 1, ``\langle A, B \rangle`` for the sum of the
entries of ``A \odot B``, and fractions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from ..table.shapes import Size
from ..table.special import TWO_OVER_ROOT_PI
from .terms import (
    Application,
    Comparison,
    Differential,
    Expression,
    Number,
    Part,
    Symbol,
    is_number,
)

#: How tightly a piece of notation holds together.
SUM, ELEMENTWISE, PRODUCT, SCALED, POSTFIX, DIFFERENTIAL, ATOM = range(7)

Piece = tuple[str, int]


def text(expression: Expression) -> str:
    """The expression as plain text.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol, text
    >>> A, B = Symbol("A"), Symbol("B")
    >>> text((A + B.T) @ A * B)
    "((A + B')*A) .* B"
    """
    return Writer(latex=False)(expression)


def width(source: str) -> int:
    r"""About how many letters wide a formula in LaTeX is.

    >>> width(r"\operatorname{tril}(M) + \boldsymbol{w}^{\mathsf{T}}")
    10
    """
    shown = re.sub(r"\\(operatorname|mathrm|mathsf|mathit|boldsymbol|begin|end)|[{}^_]", "", source)
    return len(re.sub(r"\\[a-zA-Z]+|\\,", "x", shown).replace(" ", ""))


def latex(expression: Expression) -> str:
    r"""The expression as LaTeX, without dollar signs.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol, latex
    >>> A, B = Symbol("A"), Symbol("B")
    >>> print(latex((A + B.T) * A))
    (A + B^{\mathsf{T}}) \odot A
    """
    return Writer(latex=True)(expression)


class Writer:
    """Writes expressions in one of the two notations."""

    def __init__(self, latex: bool) -> None:
        self.latex = latex

    def __call__(self, x: Expression, least: int = SUM) -> str:
        """The expression, in parentheses if it holds together less tightly than `least`."""
        piece, tightness = self.write(x)
        return piece if tightness >= least else self.parentheses(piece)

    def parentheses(self, piece: str) -> str:
        if self.latex and ("\\frac" in piece or "\\begin" in piece):
            return rf"\left({piece}\right)"
        return f"({piece})"

    def write(self, x: Any) -> Piece:
        """The expression, and how tightly it holds together."""
        if isinstance(x, Application):
            return _LANGUAGE.get(x.name, notation)(self, x)
        if isinstance(x, Number):
            return self.number(x.value), ATOM
        if isinstance(x, Comparison):
            signs = {"<=": r"\leq", ">=": r"\geq"} if self.latex else {}
            inside = f"{self(x.left)} {signs.get(x.sign, x.sign)} {self(x.right)}"
            return (f"[{inside}]" if self.latex else f"({inside})"), ATOM
        if isinstance(x, Differential):
            if self.latex:
                return rf"\mathrm{{d}}{self(x.of)}", DIFFERENTIAL
            return x.name, DIFFERENTIAL
        if isinstance(x, Symbol | Part):
            return self.symbol(x.name, vector=x.ndim != 0), ATOM
        raise TypeError(f"A {type(x).__name__} is not an expression.")

    def symbol(self, name: str, vector: bool) -> str:
        """Scalars italic, vectors bold lower case, matrices capitals."""
        if not self.latex:
            return name
        if name == "ones":
            return r"\boldsymbol{1}"
        stem, index = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # type: ignore[union-attr]
        stem = stem.replace("_", r"\_")
        if len(stem) > 1:
            stem = rf"\mathit{{{stem}}}"
        elif vector and stem.islower():
            stem = rf"\boldsymbol{{{stem}}}"
        return stem + (f"_{{{index}}}" if index else "")

    def number(self, value: Any) -> str:
        if value == 1j:
            return r"\mathrm{i}" if self.latex else "i"
        for n in (2, 10):
            if value == math.log(n):
                return rf"\log({n})" if self.latex else f"log({n})"
        if value == TWO_OVER_ROOT_PI:
            return r"\frac{2}{\sqrt{\pi}}" if self.latex else "2/sqrt(pi)"
        return str(int(value) if value == int(value) else value)

    def superscript(self, x: Expression, superscript: str, least: int = ATOM) -> Piece:
        return f"{self(x, least)}^{{{superscript}}}", POSTFIX

    def arguments(self, x: Application) -> str:
        """Operands, then the parameters that are set."""
        named = [
            rf"\mathrm{{{name}}}={value}" if self.latex and len(name) > 1 else f"{name}={value}"
            for name, value in x.parameters.items()
            if value is not None
            and not (name == "keepdims" and x.ndim == 0)
            and value is not False
            and not (isinstance(value, tuple) and any(isinstance(n, Size) for n in value))
        ]
        return ", ".join([*(self(operand) for operand in x.operands), *named])


def notation(write: Writer, x: Application) -> Piece:
    """In the notation of the table's entry: in terms of others, as a formula, or by its name."""
    rule = x.operation.rule
    for written in (rule.written_latex if write.latex else None, rule.written):
        other = None if written is None else written(*x.operands)
        if other is not None:
            return write.write(other)
    source = rule.latex if write.latex else rule.text
    letters = re.compile(rf"(?<![A-Za-z\\])({'|'.join(rule.inputs)})(?![A-Za-z])")
    if letters.search(source):
        return _filled(write, source, letters, dict(zip(rule.inputs, x.operands, strict=True)))
    return call(write, x)


def call(write: Writer, x: Application) -> Piece:
    """``name(operands, parameters)``."""
    rule = x.operation.rule
    name = rule.text or rule.name
    if write.latex:
        words = name.replace("_", r"\ ")
        name = rule.latex or rf"\operatorname{{{words}}}"
    return name + write.parentheses(write.arguments(x)), ATOM


def _filled(write: Writer, source: str, letters: Any, operands: dict[str, Expression]) -> Piece:
    """A formula of the table with operands in the place of its letters."""
    if re.search(r"\\(lvert|lVert|begin|sqrt)|\(", source):  # it has its own delimiters
        inside, tightness = SUM, ATOM
    elif "^" in source:
        inside, tightness = ATOM, POSTFIX
    elif " - " in source:
        inside, tightness = ELEMENTWISE, SUM
    else:
        inside, tightness = POSTFIX, ELEMENTWISE
    put = write if inside == SUM else partial(_unsigned, write, least=inside)
    return letters.sub(lambda letter: put(operands[letter[1]]), source), tightness


# -- The language: sums, products, powers, transposes, indices ----------------------------------


def _add(write: Writer, x: Application) -> Piece:
    left, right = x.operands
    return f"{write(left)} + {_unsigned(write, right, SUM)}", SUM


def _subtract(write: Writer, x: Application) -> Piece:
    left, right = x.operands
    return f"{write(left)} - {_unsigned(write, right, ELEMENTWISE)}", SUM


def _unsigned(write: Writer, x: Expression, least: int) -> str:
    piece = write(x, least)
    return write.parentheses(piece) if piece.startswith("-") else piece


def _negative(write: Writer, x: Application) -> Piece:
    return f"-{write(x.operands[0], ELEMENTWISE)}", SUM


def _multiply(write: Writer, x: Application) -> Piece:
    left, right = x.operands
    if write.latex and any(_is_reciprocal(factor) for factor in _scalars(x)):
        return _fraction(write, x)
    if left.ndim == 0:
        piece, tightness = write.write(right)
        if tightness < ELEMENTWISE or piece[0].isdigit():
            piece, tightness = write.parentheses(piece), ATOM
        return _beside(write, [write(left, PRODUCT), piece]), min(tightness, SCALED)
    sign = r"\odot" if write.latex else ".*"
    return f"{_factor(write, left)} {sign} {_factor(write, right)}", ELEMENTWISE


def _scalars(x: Expression) -> list[Expression]:
    """The numbers that stand in front of a product."""
    if not (isinstance(x, Application) and x.name == "multiply"):
        return [x] if x.ndim == 0 else []
    return [factor for operand in x.operands for factor in _scalars(operand)]


def _is_reciprocal(x: Any) -> bool:
    """Whether x is one over a number."""
    return x.ndim == 0 and _below(x) is not None


def _below(x: Any) -> Expression | None:
    """What x is one over, by itself or as its entry writes it."""
    if isinstance(x, Application) and x.operation.rule.written_latex is not None:
        x = x.operation.rule.written_latex(*x.operands)
    one = isinstance(x, Application) and x.name == "divide" and is_number(x.operands[0], 1)
    return x.operands[1] if one else None


def _fraction(write: Writer, x: Expression) -> Piece:
    """The numbers of a product as one fraction, and what they multiply beside it."""
    above, below = [], []
    for factor in _scalars(x):
        if _is_reciprocal(factor):
            below.append(write(_below(factor), POSTFIX))  # type: ignore[arg-type]
        else:
            above.append(write(factor, PRODUCT))
    powers = [y + (f"^{{{below.count(y)}}}" if below.count(y) > 1 else "") for y in set(below)]
    factors = [rf"\frac{{1}}{{{' '.join(sorted(powers))}}}", *above]
    while isinstance(x, Application) and x.name == "multiply" and x.operands[0].ndim == 0:
        x = x.operands[1]
    if x.ndim != 0:
        factors.append(write(x, PRODUCT))
    return _beside(write, factors), SCALED


def _factor(write: Writer, x: Expression) -> str:
    """A factor of an elementwise product; a matrix product there has parentheses, for the eye."""
    piece, tightness = write.write(x)
    bare = tightness >= ELEMENTWISE and tightness != PRODUCT
    return piece if bare else write.parentheses(piece)


def _divide(write: Writer, x: Application) -> Piece:
    left, right = x.operands
    if write.latex and right.ndim == 0:
        above, tightness = write.write(left)
        if tightness >= POSTFIX:
            return rf"\frac{{{above}}}{{{write(right)}}}", SCALED
        return rf"\frac{{1}}{{{write(right)}}} {write(left, PRODUCT)}", SCALED  # not too small
    if write.latex:
        return rf"{write(left, ELEMENTWISE)} \oslash {write(right, POSTFIX)}", ELEMENTWISE
    sign = "/" if right.ndim == 0 else " ./ "
    return f"{write(left, ELEMENTWISE)}{sign}{write(right, POSTFIX)}", ELEMENTWISE


def _matmul(write: Writer, x: Application) -> Piece:
    factors = _factors(x)
    pieces = [write(factor, SCALED) for factor in factors]
    if factors[0].ndim == 1:  # a vector on the left is a row
        pieces[0] = _turned(write, factors[0])[0]
    return _beside(write, pieces), PRODUCT


def _factors(x: Expression) -> list[Expression]:
    """The factors of a product, which is associative unless a vector stands on the left."""
    if not (isinstance(x, Application) and x.name == "matmul"):
        return [x]
    factors = _factors(x.operands[0])
    for operand in x.operands[1:]:
        inner = _factors(operand)
        factors += [operand] if inner[0].ndim == 1 else inner
    return factors


def _beside(write: Writer, factors: list[str]) -> str:
    """A product: juxtaposition in LaTeX, with a thin space beside a differential."""
    if not write.latex:
        return "*".join(factors)
    joined = factors[0]
    for left, right in zip(factors, factors[1:], strict=False):
        joined += r"\, " if r"\mathrm{d}" in left + right else " "
        joined += right
    return joined


def _turned(write: Writer, x: Expression) -> Piece:
    if write.latex:
        return write.superscript(x, r"\mathsf{T}", DIFFERENTIAL)
    return f"{write(x, DIFFERENTIAL)}'", DIFFERENTIAL


def _transpose(write: Writer, x: Application) -> Piece:
    if x.parameters:
        return call(write, x)
    [X] = x.operands
    if write.latex and isinstance(X, Application):
        inner, tightness = write.write(X)
        if tightness == POSTFIX and inner.endswith("^{-1}"):
            return inner.removesuffix("^{-1}") + r"^{-\mathsf{T}}", POSTFIX
    return _turned(write, X)


def _power(write: Writer, x: Application) -> Piece:
    A, B = x.operands
    if write.latex:
        exponent = write(B) if A.ndim == 0 else rf"\odot {write(B, POSTFIX)}"
        return write.superscript(A, exponent)
    sign = "^" if x.ndim == 0 else ".^"
    return f"{write(A, DIFFERENTIAL)}{sign}{write(B, ATOM)}", POSTFIX


def _getitem(write: Writer, x: Application) -> Piece:
    index = x.parameters.get("index", "index")
    parts = index if isinstance(index, tuple) else (index,)
    inside = ", ".join(_counted_from_one(part) for part in parts if part is not Ellipsis)
    X = write(x.operands[0], DIFFERENTIAL)
    if write.latex:
        inside = rf"\mathrm{{{inside}}}" if inside.isalpha() else inside.replace(" ", "")
        return f"{X}_{{{inside}}}", DIFFERENTIAL
    return f"{X}[{inside}]", DIFFERENTIAL


def _counted_from_one(part: Any) -> str:
    """An index of Python's as it is written: 0 is 1, the end is included."""
    if isinstance(part, slice):
        start, stop, step = part.start, part.stop, part.step
        if (start, stop, step) == (None, None, None):
            return ":"
        first = "1" if start is None else _counted_from_one(start)
        last = "end" if stop is None else _counted_from_one(stop - 1)
        return f"{first}:{last}" if step is None else f"{first}:{step}:{last}"
    if type(part) is int:
        return str(part + 1) if part >= 0 else "end" if part == -1 else f"end{part + 1}"
    return str(part)


def _sum(write: Writer, x: Application) -> Piece:
    """The sum of all entries of an elementwise product is the inner product."""
    [product] = x.operands
    matrices = isinstance(product, Application) and product.name == "multiply"
    if not (write.latex and matrices and x.ndim == 0) or _scalars(product):
        return call(write, x)
    A, B = product.operands
    return rf"\langle {write(A)}, {write(B)} \rangle", ATOM


#: The language itself; everything else is written as its entry says.
_LANGUAGE: dict[str, Callable[[Writer, Any], Piece]] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "matmul": _matmul,
    "transpose": _transpose,
    "power": _power,
    "getitem": _getitem,
    "sum": _sum,
}
