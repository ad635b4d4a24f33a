r"""Expressions as text and as LaTeX, with the parentheses they need and no others.

An operation is printed as ``name(...)``, unless it has a conventional notation, which `NOTATION`
holds: how operations look is said once an operation, never once a formula.

The text is meant to be read back: juxtaposition is the matrix product (or a multiple by a number),
``*``, ``/`` and ``**`` are elementwise as in NumPy, ``^T ^-1 ^-T ^+`` are transpose, inverse,
inverse of the transpose and pseudo-inverse, ``tr`` is the trace, ``adj`` the adjugate, ``I`` the
identity, ``ones`` all ones, ``i`` the imaginary unit, and ``[X > 0]`` is 1 where X > 0 and 0
elsewhere. LaTeX has ``\odot``, ``\oslash`` and ``A^{\odot B}`` for the elementwise operations,
``\langle A, B \rangle`` for the sum of ``A * B``, and a fraction for ``y^+``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from ..rules import inv
from .expressions import Application, Comparison, Differential, Expression, Number, Part, Symbol

#: How tightly a piece of notation holds together.
SUM, ELEMENTWISE, PRODUCT, SCALED, POSTFIX, DIFFERENTIAL, ATOM = range(7)

Piece = tuple[str, int]


def text(expression: Expression) -> str:
    """The expression as plain text.

    Examples
    --------
    >>> from lecturelib.symbolic import Symbol, text
    >>> A, B = Symbol("A"), Symbol("B")
    >>> text((A + B.T) @ A * B)
    '((A + B^T) A) * B'
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
    >>> from lecturelib.symbolic import Symbol, latex
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
            return NOTATION.get(x.name, call)(self, x)
        if isinstance(x, Number):
            return self.number(x.value), ATOM
        if isinstance(x, Comparison):
            signs = {"<=": r"\leq", ">=": r"\geq"} if self.latex else {}
            return f"[{self(x.left)} {signs.get(x.sign, x.sign)} {self(x.right)}]", ATOM
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
        return str(int(value) if value == int(value) else value)

    def postfix(self, x: Expression, superscript: str, least: int = ATOM) -> Piece:
        if self.latex:
            return f"{self(x, least)}^{{{superscript}}}", POSTFIX
        return f"{self(x, least)}^{superscript}", POSTFIX

    def arguments(self, x: Application) -> str:
        """Operands, then the parameters that are set."""
        named = [
            rf"\mathrm{{{name}}}={value}" if self.latex and len(name) > 1 else f"{name}={value}"
            for name, value in x.parameters.items()
            if value is not None and not (name == "keepdims" and x.ndim == 0) and value is not False
        ]
        return ", ".join([*(self(operand) for operand in x.operands), *named])


def call(write: Writer, x: Application) -> Piece:
    """``name(operands, parameters)``."""
    name = {"trace": "tr", "adjugate": "adj"}.get(x.name, x.name)
    if write.latex:
        words = name.replace("_", r"\ ")
        name = _LATEX_NAMES.get(name, rf"\operatorname{{{words}}}")
    return name + write.parentheses(write.arguments(x)), ATOM


_LATEX_NAMES = {
    name: rf"\{name}"
    for name in "exp log sin cos tan arcsin arccos arctan sinh cosh tanh det max".split()
} | {
    "log2": r"\log_{2}", "log10": r"\log_{10}", "tr": r"\operatorname{Tr}",
    "conjugate": r"\operatorname{conj}", "real": r"\operatorname{Re}",
    "imag": r"\operatorname{Im}", "differences": r"\operatorname{gaps}",
    "argmax_mask": r"\operatorname{argmax}", "pivot_mask": r"\operatorname{pivots}",
    "broadcast_to": r"\operatorname{broadcast}", "upper_right": r"\operatorname{block}_{12}",
}  # fmt: skip


# -- Conventional notations -----------------------------------------------------------------------


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
    sign = r"\odot" if write.latex else "*"
    return f"{_factor(write, left)} {sign} {_factor(write, right)}", ELEMENTWISE


def _scalars(x: Expression) -> list[Expression]:
    """The numbers that stand in front of a product."""
    if not (isinstance(x, Application) and x.name == "multiply"):
        return [x] if x.ndim == 0 else []
    return [factor for operand in x.operands for factor in _scalars(operand)]


def _is_reciprocal(x: Expression) -> bool:
    return isinstance(x, Application) and x.name == "safe_reciprocal" and x.ndim == 0


def _fraction(write: Writer, x: Expression) -> Piece:
    """The numbers of a product as one fraction, and what they multiply beside it."""
    above, below = [], []
    for factor in _scalars(x):
        if _is_reciprocal(factor):
            below.append(write(factor.operands[0], POSTFIX))  # type: ignore[attr-defined]
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
    sign = r"\oslash" if write.latex else "/"
    return f"{write(left, ELEMENTWISE)} {sign} {write(right, POSTFIX)}", ELEMENTWISE


def _matmul(write: Writer, x: Application) -> Piece:
    factors = _factors(x)
    pieces = [write(factor, SCALED) for factor in factors]
    if factors[0].ndim == 1:  # a vector on the left is a row
        pieces[0] = write.postfix(factors[0], _T(write), DIFFERENTIAL)[0]
    return _beside(write, pieces), PRODUCT


def _factors(x: Expression) -> list[Expression]:
    """The factors of a product, which is associative unless a vector stands on the left."""
    if not (isinstance(x, Application) and x.name in ("matmul", "multi_dot")):
        return [x]
    factors = _factors(x.operands[0])
    for operand in x.operands[1:]:
        inner = _factors(operand)
        factors += [operand] if inner[0].ndim == 1 else inner
    return factors


def _beside(write: Writer, factors: list[str]) -> str:
    """Juxtaposition; in LaTeX with a thin space beside a differential."""
    joined = factors[0]
    for left, right in zip(factors, factors[1:], strict=False):
        joined += r"\, " if write.latex and r"\mathrm{d}" in left + right else " "
        joined += right
    return joined


def _T(write: Writer) -> str:  # noqa: N802 (the name of the notation)
    return r"\mathsf{T}" if write.latex else "T"


def _transpose(write: Writer, x: Application) -> Piece:
    if x.parameters:
        return call(write, x)
    [X] = x.operands
    if isinstance(X, Application) and X.name == "inv":
        return write.postfix(X.operands[0], "-" + _T(write))
    return write.postfix(X, _T(write), DIFFERENTIAL)


def _power(write: Writer, x: Application) -> Piece:
    A, B = x.operands
    if write.latex:
        return write.postfix(A, rf"\odot {write(B, POSTFIX)}")
    return f"{write(A, ATOM)}**{write(B, ATOM)}", POSTFIX


def _square(write: Writer, x: Application) -> Piece:
    return _power(write, Application("power", (x.operands[0], Number(2))))


def _getitem(write: Writer, x: Application) -> Piece:
    index = x.parameters.get("index", "index")
    parts = index if isinstance(index, tuple) else (index,)
    inside = ", ".join(_slice(part) for part in parts)
    X = write(x.operands[0], DIFFERENTIAL)
    if write.latex:
        inside = rf"\mathrm{{{inside}}}" if inside.isalpha() else inside.replace(" ", "")
        return f"{X}_{{{inside}}}", DIFFERENTIAL
    return f"{X}[{inside}]", DIFFERENTIAL


def _slice(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return str(part)
    ends = ["" if end is None else str(end) for end in (part.start, part.stop, part.step)]
    return ":".join(ends if ends[2] else ends[:2])


def _complement(write: Writer, x: Application) -> Piece:
    return f"I - {_unsigned(write, x.operands[0], ELEMENTWISE)}", SUM


def _lowered(write: Writer, x: Application) -> Piece:
    return f"{write(x.operands[0])} - 1", SUM


def _safe_reciprocal(write: Writer, x: Application) -> Piece:
    [X] = x.operands
    if X.ndim == 0:
        return _fraction(write, x) if write.latex else write.postfix(X, "+")
    return write.postfix(X, r"\odot +") if write.latex else call(write, x)


def _reciprocal(write: Writer, x: Application) -> Piece:
    return _divide(write, Application("divide", (Number(1), *x.operands)))


def _only_latex(notation: Callable[[Writer, Application], Piece]) -> Callable[..., Piece]:
    """A notation for LaTeX; the text keeps the name."""
    return lambda write, x: notation(write, x) if write.latex else call(write, x)


def _between(left: str, right: str) -> Callable[..., Piece]:
    return _only_latex(lambda write, x: (f"{left} {write(x.operands[0])} {right}", ATOM))


def _joined(sign: str) -> Callable[..., Piece]:
    """A product with its own sign: factors that are no atoms have parentheses."""
    return _only_latex(
        lambda write, x: (sign.join(write(factor, POSTFIX) for factor in x.operands), ELEMENTWISE)
    )


def _sum(write: Writer, x: Application) -> Piece:
    """The sum of all entries of an elementwise product is the inner product."""
    [product] = x.operands
    matrices = isinstance(product, Application) and product.name == "multiply"
    if not (write.latex and matrices and x.ndim == 0) or _scalars(product):
        return call(write, x)
    A, B = product.operands  # type: ignore[attr-defined]
    return rf"\langle {write(A)}, {write(B)} \rangle", ATOM


def _gaps(write: Writer, x: Application) -> Piece:
    """Zero differences stand on the diagonal, and stay."""
    return write.write(Application("safe_reciprocal", (Application("differences", x.operands),)))


def _trace_product(write: Writer, x: Application) -> Piece:
    return call(write, Application("trace", (Application("matmul", x.operands),)))


def _adjugate(write: Writer, x: Application) -> Piece:
    """Without the determinant, which the rule passes on only to save its computation."""
    return call(write, Application("adjugate", x.operands[:1]))


def _block_triangular(write: Writer, x: Application) -> Piece:
    X, E = (write(operand) for operand in x.operands)
    if not write.latex:
        return f"[[{X}, {E}], [0, {X}]]", ATOM
    return rf"\begin{{bmatrix}} {X} & {E} \\ 0 & {X} \end{{bmatrix}}", ATOM


#: operation -> its notation; everything else is printed by `call`.
NOTATION: dict[str, Callable[[Writer, Application], Piece]] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "matmul": _matmul,
    "multi_dot": _matmul,
    "transpose": _transpose,
    "power": _power,
    "general_power": _power,
    "square": _square,
    "getitem": _getitem,
    "complement": _complement,
    "lowered": _lowered,
    "reciprocal": _reciprocal,
    "safe_reciprocal": _safe_reciprocal,
    "inv": lambda write, x: write.postfix(x.operands[0], "-1"),
    "pinv": lambda write, x: write.postfix(x.operands[0], "+"),
    "solve": _only_latex(lambda write, x: write.write(inv(x.operands[0]) @ x.operands[1])),
    "sqrt": _only_latex(lambda write, x: (rf"\sqrt{{{write(x.operands[0])}}}", ATOM)),
    "sqrtm": _only_latex(lambda write, x: write.postfix(x.operands[0], "1/2")),
    "kron": _joined(r" \otimes "),
    "sum": _sum,
    "reciprocal_gaps": _only_latex(_gaps),
    "abs": _between(r"\lvert", r"\rvert"),
    "logabsdet": _between(r"\log\lvert\det", r"\rvert"),
    "norm": _between(r"\lVert", r"\rVert"),
    "nuclear_norm": _between(r"\lVert", r"\rVert_{*}"),
    "spectral_norm": _between(r"\lVert", r"\rVert_{2}"),
    "trace_product": _trace_product,
    "adjugate": _adjugate,
    "block_triangular": _block_triangular,
}
