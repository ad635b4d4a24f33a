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

from ..table.shapes import Size, same
from ..table.special import TWO_OVER_ROOT_PI
from .terms import (
    Application,
    Commutation,
    Comparison,
    Differential,
    Expression,
    Identity,
    Number,
    Ones,
    Pairing,
    Part,
    Pending,
    Symbol,
    is_invisible,
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


#: Greek letters that LaTeX has a command for.
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)


def latex_name(name: str) -> str:
    r"""A name on the left of a line as LaTeX: of a differential, of an intermediate result.

    >>> latex_name("dA_1"), latex_name("f")
    ('\\mathrm{d}A_{1}', 'f')
    """
    if name.startswith("d") and len(name) > 1:
        return rf"\mathrm{{d}}{latex_name(name[1:])}"
    return Writer(latex=True).symbol(name, vector=False)


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
        if isinstance(x, Ones | Identity) or (isinstance(x, Number) and _is_sized(x.shape)):
            return self.constant(x), ATOM
        if isinstance(x, Number):
            return self.number(x.value), ATOM
        if isinstance(x, Comparison):
            signs = {"<=": r"\leq", ">=": r"\geq"} if self.latex else {}
            inside = f"{self(x.left)} {signs.get(x.sign, x.sign)} {self(x.right)}"
            return (f"[{inside}]" if self.latex else f"({inside})"), ATOM
        if isinstance(x, Pending):
            sign = r"\mathrm{d}" if self.latex else "d"
            return sign + self.parentheses(self(x.of)), ATOM
        if isinstance(x, Differential):
            if self.latex:
                return rf"\mathrm{{d}}{self(x.of)}", DIFFERENTIAL
            return x.name, DIFFERENTIAL
        if isinstance(x, Commutation) and self.latex:
            return rf"K_{{{x.rows},{x.columns}}}", ATOM
        if isinstance(x, Symbol | Part):
            return self.symbol(x.name, vector=x.ndim != 0), ATOM
        raise TypeError(f"A {type(x).__name__} is not an expression.")

    def constant(self, x: Any) -> str:
        """Ones, zeros or the identity; with their sizes in the text, where they are known."""
        letter, word = ("I", "eye") if isinstance(x, Identity) else (
            (r"\boldsymbol{1}", "ones") if isinstance(x, Ones) else ("0", "zeros")
        )  # fmt: skip
        if self.latex or not _is_sized(x.shape):
            return letter if self.latex or word == "eye" else word
        sizes = x.shape
        if word == "eye" or (len(sizes) == 2 and same(sizes[1], 1)):
            sizes = sizes[:1]
        return f"{word}({', '.join(map(str, sizes))})"

    def symbol(self, name: str, vector: bool) -> str:
        """Scalars italic, vectors bold lower case, matrices capitals."""
        if not self.latex:
            return name
        stem, index = re.fullmatch(r"([^\W\d_]*)_?(.*)", name).groups()  # type: ignore[union-attr]
        small = stem.islower()
        if stem in _GREEK:
            stem = rf"\{stem}"
        elif len(stem) > 1:
            stem, small = rf"\mathit{{{stem}}}", False
        if vector and small:
            stem = rf"\boldsymbol{{{stem}}}"
        if re.search(r"[^\W\d]{2}", index):
            index = rf"\mathrm{{{index}}}"
        index = index.replace("_", r"\_")
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
    word = word_of(x)
    if word is not None:
        name = rf"\operatorname{{{word}}}" if write.latex else word
        return name + write.parentheses(write(x.operands[0])), ATOM
    name = rule.text or rule.name
    if write.latex:
        words = name.replace("_", r"\ ")
        name = rule.latex or rf"\operatorname{{{words}}}"
    return name + write.parentheses(write.arguments(x)), ATOM


def word_of(x: Application) -> str | None:
    """The word of the language for an operation along one axis of a matrix: ``rowsum``."""
    axis = x.parameters.get("axis")
    if type(axis) is not int or x.operands[0].ndim != 2:
        return None
    if x.name != "softmax" and not x.parameters.get("keepdims"):
        return None
    if x.name == "logsumexp" and same(x.operands[0].shape[0], 1):
        return x.name  # of a row
    return _ALONG.get((x.name, axis % 2))


_ALONG = {
    ("sum", 0): "colsum", ("sum", 1): "rowsum", ("softmax", 0): "softmax",
    ("softmax", 1): "rowsoftmax", ("logsumexp", 0): "logsumexp",
}  # fmt: skip


def _is_sized(shape: Any) -> bool:
    """Whether a shape has axes, and all their lengths are known by number or letter."""
    return bool(shape) and "?" not in map(str, shape)


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
    least = ELEMENTWISE if _is_mixed_sum(right) else SUM
    return f"{write(left)} + {_unsigned(write, right, least)}", SUM


def _is_mixed_sum(x: Any) -> bool:
    """Whether x begins as a sum of a number and a matrix: parentheses say what is added first."""
    if not isinstance(x, Application) or x.name not in ("add", "subtract"):
        return False
    return len({o.ndim for o in x.operands}) > 1 or _is_mixed_sum(x.operands[0])


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
        if _is_number_from_product(right):
            tightness = PRODUCT  # t*x'*A*x is t times the number x'*A*x, read from the left
        if tightness < ELEMENTWISE or piece[0].isdigit():
            piece, tightness = write.parentheses(piece), ATOM
        holds = ELEMENTWISE if _is_number_from_product(right) else min(tightness, SCALED)
        return _beside(write, [write(left, PRODUCT), piece]), holds
    if write.latex:
        return rf"{_factor(write, left)} \odot {_factor(write, right)}", ELEMENTWISE
    factors = _entrywise_factors(x)
    rest = (write(factor, POSTFIX) for factor in factors[1:])
    return " .* ".join([_factor(write, factors[0]), *rest]), ELEMENTWISE


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


def _entrywise_factors(x: Expression) -> list[Expression]:
    """The factors of an entrywise product, which is associative."""
    if not (isinstance(x, Application) and x.name == "multiply" and x.operands[0].ndim):
        return [x]
    return [factor for operand in x.operands for factor in _entrywise_factors(operand)]


def _is_number_from_product(x: Any) -> bool:
    return (
        is_invisible(x)
        and isinstance(x.operands[0], Application)
        and (x.operands[0].name == "matmul")
    )


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


def _reshape(write: Writer, x: Application) -> Piece:
    """What an unwritten reshape reshapes; a number that is a product holds together loosely."""
    if not is_invisible(x):
        if write.latex or x.parameters.get("order") != "F" or x.ndim != 2:
            return call(write, x)
        return f"reshape({write(x.operands[0])}, {', '.join(map(str, x.shape))})", ATOM
    piece, tightness = write.write(x.operands[0])
    return piece, ELEMENTWISE if tightness == PRODUCT else tightness


def _triangle(write: Writer, x: Application) -> Piece:
    """In the text the diagonal stands second, as in MATLAB."""
    if write.latex or not x.parameters.get("k"):
        return call(write, x)
    return f"{x.name}({write(x.operands[0])}, {x.parameters['k']})", ATOM


def _diagonal(write: Writer, x: Application) -> Piece:
    """In the grammar diag takes the diagonal of a matrix."""
    known_shape = _is_sized(x.operands[0].shape)
    if write.latex or not known_shape or x.parameters.get("offset"):
        return call(write, x)
    return f"diag({write(x.operands[0])})", ATOM


def _matrix_power(write: Writer, x: Application) -> Piece:
    A, k = x.operands
    if write.latex:
        return write.superscript(A, write(k))
    return f"{write(A, DIFFERENTIAL)}^{write(k, ATOM)}", POSTFIX


def _concatenate(write: Writer, x: Application) -> Piece:
    """Blocks beside each other, and below each other."""
    axis = x.parameters.get("axis")
    if axis not in (0, 1):
        return call(write, x)
    rows = x.operands if axis == 0 else (x,)
    cells = [
        y.operands if isinstance(y, Application) and y.parameters.get("axis") == 1
        and y.name == "concatenate" else (y,)
        for y in rows
    ]  # fmt: skip
    beside, below = (" & ", r" \\ ") if write.latex else (", ", "; ")
    inside = below.join(beside.join(write(cell) for cell in row) for row in cells)
    if write.latex:
        return rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}", ATOM
    return f"[{inside}]", ATOM


def _sum_over(write: Writer, x: Application) -> Piece:
    """The sum of samples; it takes the whole product to its right."""
    index, count = x.parameters.get("index", "i"), x.parameters.get("count", "n")
    body = write(x.operands[0], PRODUCT)
    if write.latex:
        return rf"\sum_{{{index}=1}}^{{{count}}} {body}", SUM
    return f"sum_{index} {body}", SUM


def _power(write: Writer, x: Application) -> Piece:
    A, B = x.operands
    if write.latex:
        exponent = write(B) if A.ndim == 0 else rf"\odot {write(B, POSTFIX)}"
        return write.superscript(A, exponent)
    sign = "^" if x.ndim == 0 else ".^"
    return f"{write(A, DIFFERENTIAL)}{sign}{write(B, ATOM)}", POSTFIX


def _getitem(write: Writer, x: Application) -> Piece:
    index = x.parameters.get("index", "index")
    if isinstance(index, tuple) and len(index) == 1 and x.operands[0].ndim == 2 and x.ndim == 2:
        index = (*index, slice(None))  # as the grammar writes rows of a matrix
    if isinstance(index, tuple) and x.operands[0].ndim == 2 and len(index) == 2:
        if _is_column(x.operands[0]) and index[1] in (0, slice(0, 1)):
            index = index[:1]
        elif same(x.operands[0].shape[0], 1) and index[0] in (0, slice(0, 1)):
            index = index[1:]
    parts = index if isinstance(index, tuple) else (index,)
    inside = ", ".join(_counted_from_one(part) for part in parts if part is not Ellipsis)
    X = write(x.operands[0], DIFFERENTIAL)
    if write.latex:
        inside = rf"\mathrm{{{inside}}}" if inside.isalpha() else inside.replace(" ", "")
        return f"{X}_{{{inside}}}", DIFFERENTIAL
    return f"{X}[{inside}]", DIFFERENTIAL


def _is_column(x: Expression) -> bool:
    return x.ndim == 2 and same(x.shape[1], 1)


def _counted_from_one(part: Any) -> str:
    """An index of Python's as it is written: 0 is 1, the end is included."""
    if isinstance(part, slice):
        start, stop, step = part.start, part.stop, part.step
        one = start is not None and stop is not None and same(stop - start, 1)
        if one and step is None and (type(start) is not int or start >= 0):
            return str(stop)
        if (start, stop, step) == (None, None, None):
            return ":"
        first = "1" if start is None else _counted_from_one(start)
        last = "end" if stop is None else _counted_from_one(stop - 1)
        return f"{first}:{last}" if step is None else f"{first}:{step}:{last}"
    if isinstance(part, Size):
        return str(part + 1)
    if type(part) is int:
        return str(part + 1) if part >= 0 else "end" if part == -1 else f"end{part + 1}"
    return str(part)


def _sum(write: Writer, x: Application) -> Piece:
    """The sum of all entries of an elementwise product is the inner product."""
    [product] = x.operands
    if isinstance(x, Pairing):
        A, B = product.operands
        inside = f"{write(A)}, {write(B)}"
        return (rf"\langle {inside} \rangle" if write.latex else f"<{inside}>"), ATOM
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
    "reshape": _reshape,
    "tril": _triangle,
    "triu": _triangle,
    "diagonal": _diagonal,
    "matrix_power": _matrix_power,
    "real_power": _matrix_power,
    "concatenate": _concatenate,
    "sum_over": _sum_over,
}
