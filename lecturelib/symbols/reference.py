"""The table of rules as the reference pages of the book show it: grouped, with gradients and code.

>>> from lecturelib.symbols.reference import code_of, reference_table
>>> code_of("solve")
'np.linalg.solve(A, B)'
>>> r"$\\nabla_{X} = -Y^{\\mathsf{T}} G Y^{\\mathsf{T}}$" in reference_table("Matrix functions")
True
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from .. import table as r
from ..table import HELPERS, OUTSIDE, TABLE
from .adjoint import Gradient, differential_in, gradient_in, gradient_of
from .table import LONGEST, Equation, _escape, _row, differential_of, formula_of, terms
from .terms import Application, Differential, Expression, Number, Symbol, lift
from .write import latex, width

#: The groups of the page, in its order.
_ORDER = (
    "Matrix functions", "Factorisations", "Products", "Linear operations", "Norms and reductions",
    "Elementwise functions", "Special functions", HELPERS, OUTSIDE,
)  # fmt: skip


def groups() -> dict[str, list[str]]:
    """The rules in the groups of the reference page; every rule of the table is in one of them."""
    found: dict[str, list[str]] = {group: [] for group in _ORDER}
    for name, operation in TABLE.items():
        found.setdefault(operation.rule.group, []).append(name)
    return {group: names for group, names in found.items() if names}


def code_of(name: str) -> str:
    """A line of NumPy code that uses the rule; empty for helpers, which have no code of their own.

    Its names are the inputs of the rule: square matrices, symmetric positive definite, with entries
    between 0 and 1, or above 1 where the rule asks for it (and C a mask where it is a condition).
    In lower case, vectors.
    """
    return TABLE[name].rule.example


def reference_table(group: str) -> str:
    """The rules of one of the `groups` as a Markdown table, each with its gradient and its code.

    Parameters
    ----------
    group : str

    Returns
    -------
    str
    """
    header = ("rule, code, and where it holds", "differential", "gradient")
    lines = [_row(header), _row(["---"] * len(header))]
    for name in groups()[group]:
        rule = TABLE[name].rule
        code = code_of(name)
        what = [
            f"**{_escape(name)}** \u2002 ${formula_of(name).latex}$",
            f"`{code}`" if code else "",
            _words(rule.where),
            f"*{_words(rule.equation)}*" if rule.equation else "",
        ]
        cells = ["<br>".join(line for line in what if line), _broken(differential_of(name))]
        lines.append(_row([*cells, gradient_cell(name)]))
    return "\n".join(lines) + "\n"


def gradients_of(name: str) -> list[Equation]:
    """The gradient of a rule, of its first output alone where no formula gives that of all."""
    rule = TABLE[name].rule
    if rule.kind == "constant":
        return [Gradient([Symbol(x)], Number(0)) for x in rule.variables]
    if rule.gradient:
        return []
    return gradient_of(name, rule.paired or None)


def gradient_code(name: str) -> Mapping[str, str]:
    """The gradient as a line of code for each input, where a formula would say less."""
    return TABLE[name].rule.gradient


def gradient_cell(name: str) -> str:
    """What the page prints as the gradient of a rule: formulas, or code, and why."""
    equations = gradients_of(name)
    lines = [_broken(equations)] if equations else []
    lines += [rf"$\nabla_{{{x}}} =$ `{code}`" for x, code in gradient_code(name).items()]
    remark = TABLE[name].rule.remark
    lines += [_words(remark)] if remark else []
    return "<br>".join(lines)


def _words(plain: str) -> str:
    """Text in lines of its own, however narrow the column would like to be."""
    for sign, better in {"!=": "≠", "^T": "ᵀ"}.items():
        plain = plain.replace(sign, better)
    return "<br>".join(_escape(line).replace(" ", "\u00a0") for line in textwrap.wrap(plain, 34))


def _broken(equations: Sequence[Equation]) -> str:
    return "<br>".join(line for equation in equations for line in _lines(equation, LONGEST))


def _lines(equation: Equation, longest: int) -> list[str]:
    if width(equation.latex) <= longest:
        return [f"${equation.latex}$"]
    return _sum_in_lines(equation.right, f"{equation.heading(latex=True)} = ")


def _sum_in_lines(x: Expression, left: str = "") -> list[str]:
    """A line for each term, where all of them are too wide for one."""
    if width(left + latex(x)) <= LONGEST:
        return [f"${left}{latex(x)}$"]
    (_, first), *rest = terms(x)
    return [f"${left}{latex(first)}$", *(rf"$\quad {sign} {latex(y)}$" for sign, y in rest)]


# -- The formula sheet ----------------------------------------------------------------------------

_A, _B, _X, _a, _b, _x, _w, _y = (Symbol(name) for name in "ABXabxwy")
_misses = _X @ _w - _y
#: The course's functions on the sheet, what varies, and where; vectors are columns.
FUNCTIONS: list[tuple[Expression, Symbol, str]] = [
    (_a.T @ _x, _x, ""),
    (_x.T @ _A @ _x, _x, ""),
    (_misses.T @ _misses, _w, ""),
    (_misses.T @ _misses, _X, ""),
    (r.norm(_x), _x, "x != 0"),
    (r.trace(_A @ _X @ _B), _X, ""),
    (_a.T @ _X @ _b, _X, ""),
    (r.trace(_X.T @ _X), _X, ""),
    (r.trace(_X.T @ _A @ _X @ _B), _X, ""),
    (r.trace(_A @ r.inv(_X)), _X, "X invertible"),
]


def function_sheet() -> str:
    """The course's functions with differential, gradient and Hessian, as a Markdown table.

    All but the functions themselves and where they are differentiable is computed from the table
    of rules.
    """
    header = (
        "function $f$, and where", "differential $\\mathrm{d}f$", "gradient $\\nabla f$",
        "Hessian $\\mathsf{H}_f[H]$",
    )  # fmt: skip
    lines = [_row(header), _row(["---"] * len(header))]
    for f, X, where in FUNCTIONS:
        gradient, hessian = gradient_and_hessian(f, X)
        what = f"${latex(f)}${condition_on_the_sheet(where)}"
        cells = [differential_in(f, X), gradient, hessian]
        lines.append(_row([what, *("<br>".join(_sum_in_lines(lift(cell))) for cell in cells)]))
    return "\n".join(lines) + "\n"


def gradient_and_hessian(f: Expression, X: Symbol) -> tuple[Any, Any]:
    """The gradient of a formula in X, and its Hessian applied to H (or h)."""
    gradient = gradient_in(f, X)
    return gradient, _along(differential_in(gradient, X), Symbol("h" if X.name.islower() else "H"))


def _along(x: Any, H: Symbol) -> Any:
    """The expression with H in the place of the differential, transposes and signs carried in."""
    if not isinstance(x, Application):
        return H if isinstance(x, Differential) else x
    operands = [_along(operand, H) for operand in x.operands]
    if x.name == "negative":
        (_, first), *rest = terms(operands[0])
        total: Any = -first
        for sign, term in rest:
            total = total - term if sign == "+" else total + term
        return total
    return TABLE[x.name](*operands, **x.parameters)


def condition_on_the_sheet(where: str) -> str:
    """The condition, without what is said behind it; beside the formula if it is short."""
    condition = where.partition(";")[0]
    space = "\u2002" if len(condition) <= 20 else "<br>"
    return space + _words(condition) if condition else ""


def rule_sheet(names: Sequence[str] | None = None) -> str:
    """Rules with their conditions, differentials and gradients, shortly, as a Markdown table."""
    header = ("formula, and where it holds", "differential", "gradient")
    lines = [_row(header), _row(["---"] * len(header))]
    for name in names or [name for name in TABLE if TABLE[name].rule.sheet]:
        what = f"${formula_of(name).latex}${condition_on_the_sheet(TABLE[name].rule.where)}"
        lines.append(_row([what, _listed(differential_of(name)), _listed(gradients_of(name))]))
    return "\n".join(lines) + "\n"


def _listed(equations: Sequence[Equation]) -> str:
    """One after the other, without what is zero."""
    shown = [equation for equation in equations if str(equation.right) != "0"]
    long = any(width(equation.latex) > LONGEST // 2 for equation in shown)
    return ("<br>" if long else ", ").join(
        "<br>".join(_lines(equation, LONGEST)) for equation in shown
    )
