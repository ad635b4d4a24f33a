"""The table of rules as the reference pages of the book show it: grouped, with gradients and code.

>>> from lecturelib.symbols.reference import code_of, reference_table
>>> code_of("solve")
'np.linalg.solve(A, B)'
>>> r"$\\nabla_{X} = -Y^{\\mathsf{T}} G Y^{\\mathsf{T}}$" in reference_table("Matrix functions")
True
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence

from ..lookup import Row
from ..lookup import rows as lookup_rows
from ..table import HELPERS, OUTSIDE, TABLE
from .adjoint import Gradient, gradient_of
from .table import LONGEST, Equation, _escape, _row, differential_of, formula_of, terms
from .terms import Expression, Number, Symbol
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


def function_sheet(rows: Sequence[Row] | None = None) -> str:
    """Functions with differential, gradient and Hessian, as a Markdown table.

    Without `rows`, those that the look-up list marks as the sheet's. All but the functions
    themselves is what `lecturelib.derive` gives.
    """
    header = (
        "function $f$, and where", "differential $\\mathrm{d}f$", "gradient $\\nabla f$",
        "Hessian $\\mathsf{H}_f[H]$",
    )  # fmt: skip
    lines = [_row(header), _row(["---"] * len(header))]
    for row in sheet_rows() if rows is None else rows:
        d = row.derivation
        conditions = "; ".join(condition.markdown for condition in d.conditions)
        what = f"${latex(d.value)}$" + (f"\u2002{conditions}" if conditions else "")
        differential = [step.expression for step in d.steps if step.operation][-1]
        cells = [differential, row.results["gradient"], row.results["hessian"]]
        lines.append(_row([what, *("<br>".join(_sum_in_lines(cell)) for cell in cells)]))
    return "\n".join(lines) + "\n"


def sheet_rows() -> list[Row]:
    """The rows of the look-up list that the formula sheet prints, in the list's order."""
    return [row for row in lookup_rows().values() if row.sheet]


def condition_on_the_sheet(where: str) -> str:
    """The condition, without what is said behind it; beside the formula if it is short."""
    condition = re.split(r"; | \(not checked\)", where)[0]
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
