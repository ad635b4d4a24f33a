"""The table of rules as the reference pages of the book show it: grouped, with gradients and code.

>>> from lecturelib.symbolic.reference import code_of, reference_table
>>> code_of("solve")
'np.linalg.solve(A, B)'
>>> r"$\\nabla_{X} = -Y^{\\mathsf{T}} G Y^{\\mathsf{T}}$" in reference_table("Matrix functions")
True
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from .. import rules as r
from ..rules import TABLE
from .adjoint import (
    Gradient,
    NoTransposeError,
    differential_in,
    gradient_in,
    gradient_of,
    transposed,
)
from .expressions import Application, Differential, Expression, Number, Symbol, lift
from .printing import latex, width
from .table import LONGEST, Equation, _escape, _row, differential_of, formula_of, terms

#: The rules in the groups of the reference page; every rule of the table is in one of them.
GROUPS = {
    "Matrix functions": "inv solve det slogdet adjugate pinv sylvester sqrtm expm logm",
    "Factorisations": "eigh eig svd qr cholesky polar",
    "Products": "matmul multiply dot inner outer kron trace_product multi_dot tensordot einsum",
    "Linear operations": (
        "add subtract negative transpose trace sum mean cumsum vec reshape broadcast_to getitem "
        "take concatenate stack where diagonal diag tril triu real imag conjugate"
    ),
    "Norms and reductions": "norm nuclear_norm spectral_norm prod max softmax logsumexp",
    "Elementwise functions": (
        "divide reciprocal power general_power square sqrt cbrt exp exp2 expm1 log log2 log10 "
        "log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh sigmoid "
        "relu abs maximum minimum logaddexp arctan2 hypot sign"
    ),
    "Helpers inside other rules": (
        "complement safe_reciprocal scatter block_triangular upper_right differences sums "
        "reciprocal_gaps lowered argmax_mask ties repeated vanishing refuse_singular pivot_mask "
        "is_complex"
    ),
}

_LINALG = set("inv solve det pinv eigh eig svd qr cholesky norm".split())
_OURS = set("sqrtm expm logm vec softmax logsumexp sigmoid relu".split())
#: What the name alone does not tell; empty: no function of its own.
_CODE = {
    "add": "A + B", "subtract": "A - B", "negative": "-X", "multiply": "A * B", "divide": "A / B",
    "matmul": "A @ B", "transpose": "X.T", "reciprocal": "1 / X", "power": "A**3",
    "general_power": "A**B", "square": "X**2", "getitem": "X[1:, 0]", "take": "np.take(X, [2, 0])",
    "reshape": "np.reshape(X, (1, 9))", "broadcast_to": "np.broadcast_to(X, (2, 3, 3))",
    "cumsum": "np.cumsum(X, axis=0)", "concatenate": "np.concatenate([A, B])",
    "stack": "np.stack([A, B])", "where": "np.where(C, A, B)", "diag": "np.diag(w)",
    "outer": "np.outer(a, b)", "tensordot": "np.tensordot(A, B, axes=1)",
    "einsum": 'np.einsum("ij,kj->ik", A, B)', "trace_product": "np.trace(A @ B)",
    "multi_dot": "np.linalg.multi_dot([A, B, C])", "slogdet": "np.linalg.slogdet(X)[1]",
    "eigh": "np.linalg.eigh(X)[0]", "eig": "np.linalg.eig(X)[0]", "qr": "np.linalg.qr(X)[1]",
    "svd": "np.linalg.svd(X, full_matrices=False)[1]",
    "nuclear_norm": 'np.linalg.norm(X, "nuc")', "spectral_norm": "np.linalg.norm(X, 2)",
    "conjugate": "np.conj(X)",
    "adjugate": "", "sylvester": "", "polar": "",
}  # fmt: skip


#: The gradients that are no formulas, as code: for the code in `_CODE`, and X, A, B, E, G arrays.
_GRADIENT_CODE = {
    "mean": {"X": "np.full(X.shape, G / X.size)"},
    "cumsum": {"X": "np.cumsum(G[::-1], axis=0)[::-1]"},
    "vec": {"X": 'np.reshape(G, X.shape, order="F")'},
    "reshape": {"X": "np.reshape(G, X.shape)"},
    "broadcast_to": {"X": "np.sum(G, axis=0)"},
    "take": {"X": "np.bincount([2, 0], G, X.size).reshape(X.shape)"},
    "concatenate": {"A": "G[:len(A)]", "B": "G[len(A):]"},
    "stack": {"A": "G[0]", "B": "G[1]"},
    "real": {"X": "G"}, "imag": {"X": "0 * G"}, "conjugate": {"X": "G"},
    "kron": {
        "A": 'np.einsum("ikjl,kl->ij", blocks(G), B)', "B": 'np.einsum("ikjl,ij->kl", blocks(G), A)'
    },
    "tensordot": {"A": "G @ B.T", "B": "A.T @ G"},
    "einsum": {"A": 'np.einsum("ik,kj->ij", G, B)', "B": 'np.einsum("ik,ij->kj", G, A)'},
    "block_triangular": {"X": "G[:n, :n] + G[n:, n:]", "E": "G[:n, n:]"},
    "upper_right": {"X": "np.block([[0 * G, G], [0 * G, 0 * G]])"},
}  # fmt: skip

#: Why a gradient is given as code, for part of the outputs, or for real arguments.
_REASONS = {
    "kron": "entry by entry: an inner product of each block of G with B; blocks(G) = np.reshape(G, "
    "(len(A), len(B), A.shape[1], B.shape[1]))",
    "einsum": "another einsum, with other subscripts for each call",
    "tensordot": "for this code; other axes, another contraction",
    "real": "for real X",
    "imag": "for real X",
    "conjugate": "for real X",
    "block_triangular": "n rows in X",
    "eig": "of the eigenvalues. That of V is no formula: dV has real and imaginary parts. Numbers: "
    "derivative(f, X).T[G], for real eigenvalues",
}


def code_of(name: str) -> str:
    """A line of NumPy code that uses the rule; empty for helpers, which have no code of their own.

    Its names are the inputs of the rule: square matrices, symmetric positive definite, with entries
    between 0 and 1, or above 1 where the rule asks for it (and C a mask where it is a condition).
    In lower case, vectors.
    """
    if name in _CODE or name in GROUPS["Helpers inside other rules"].split():
        return _CODE.get(name, "")
    arguments = ", ".join(TABLE[name].rule.inputs)
    home = "" if name in _OURS else "np.linalg." if name in _LINALG else "np."
    return f"{home}{name}({arguments})"


def reference_table(group: str) -> str:
    """The rules of one of `GROUPS` as a Markdown table, each with its gradient and its code.

    Parameters
    ----------
    group : str

    Returns
    -------
    str
    """
    header = ("rule, code, and where it holds", "differential", "gradient")
    lines = [_row(header), _row(["---"] * len(header))]
    for name in GROUPS[group].split():
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
    try:
        return gradient_of(name)
    except NoTransposeError:
        return gradient_of(name, rule.outputs[:1]) if len(rule.outputs) > 1 else []


def gradient_code(name: str) -> dict[str, str]:
    """The gradient as a line of code for each input, where it is no formula."""
    return _GRADIENT_CODE.get(name, {})


def gradient_cell(name: str) -> str:
    """What the page prints as the gradient of a rule: formulas, or code, and why."""
    equations = gradients_of(name)
    lines = [_broken(equations)] if equations else []
    lines += [rf"$\nabla_{{{x}}} =$ `{code}`" for x, code in gradient_code(name).items()]
    lines += [_words(_REASONS[name])] if name in _REASONS else []
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

#: The rules on the printable sheet.
SHEET = (
    "matmul multiply inv solve det pinv sqrtm expm eigh cholesky norm nuclear_norm exp log tanh "
    "sigmoid relu softmax logsumexp"
).split()

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
    if x.name == "transpose" and not x.parameters:
        return transposed(operands[0])
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


def rule_sheet(names: Sequence[str] = tuple(SHEET)) -> str:
    """Rules with their conditions, differentials and gradients, shortly, as a Markdown table."""
    header = ("formula, and where it holds", "differential", "gradient")
    lines = [_row(header), _row(["---"] * len(header))]
    for name in names:
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
