"""The symbolic reader: the table of rules, read with names instead of numbers.

A rule is evaluated on symbols, and what it gives is a formula, as text and as LaTeX.

>>> from lecturelib.symbols import differential_of, formula_of
>>> print(formula_of("inv"))
Y = inv(X)
>>> [equation] = differential_of("inv")
>>> print(equation)
dY = -Y*dX*Y
>>> print(equation.latex)
\\mathrm{d}Y = -Y\\, \\mathrm{d}X\\, Y

The text is in the notation of MATLAB: ``*`` is the matrix product, ``.*`` the elementwise one.

This package needs the standard library only.
"""

from ..table import NoTransposeError
from .adjoint import differential_in, gradient_in, gradient_of
from .table import (
    Equation,
    apply_rule,
    differential_of,
    formula_of,
    rule_table,
    values_of,
)
from .terms import (
    Application,
    Comparison,
    Differential,
    Expression,
    Number,
    Part,
    Symbol,
    evaluate,
)
from .write import latex, text

__all__ = [
    "Application",
    "Comparison",
    "Differential",
    "Equation",
    "Expression",
    "NoTransposeError",
    "Number",
    "Part",
    "Symbol",
    "apply_rule",
    "differential_in",
    "differential_of",
    "evaluate",
    "formula_of",
    "gradient_in",
    "gradient_of",
    "latex",
    "rule_table",
    "text",
    "values_of",
]
