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
from .adjoint import NoTransposeError, differential_in, gradient_in, gradient_of
from .expressions import Application, Differential, Expression, Symbol, lift
from .printing import latex
from .table import Equation, _escape, _row, differential_of, formula_of

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
    "stack": "np.stack([A, B])", "where": "np.where(C, A, B)", "diag": "np.diag(X[0])",
    "outer": "np.outer(A[0], B[0])", "tensordot": "np.tensordot(A, B, axes=1)",
    "einsum": 'np.einsum("ij,kj->ik", A, B)', "trace_product": "np.trace(A @ B)",
    "multi_dot": "np.linalg.multi_dot([A, B, C])", "slogdet": "np.linalg.slogdet(X)[1]",
    "eigh": "np.linalg.eigh(X)[0]", "eig": "np.linalg.eig(X)[0]", "qr": "np.linalg.qr(X)[1]",
    "svd": "np.linalg.svd(X, full_matrices=False)[1]",
    "nuclear_norm": 'np.linalg.norm(X, "nuc")', "spectral_norm": "np.linalg.norm(X, 2)",
    "arccosh": "np.arccosh(1 + X)", "conjugate": "np.conj(X)",
    "adjugate": "", "sylvester": "", "polar": "",
}  # fmt: skip


def code_of(name: str) -> str:
    """A line of NumPy code that uses the rule; empty for helpers, which have no code of their own.

    Its names are the inputs of the rule: square matrices, symmetric positive definite, with entries
    between 0 and 1 (and C a mask where it is a condition).
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
        lines.append(_row([*cells, _broken(_gradients(name))]))
    return "\n".join(lines) + "\n"


def _gradients(name: str) -> list[Equation]:
    try:
        return gradient_of(name)
    except NoTransposeError:
        return []


def _words(plain: str) -> str:
    """Text in lines of its own, however narrow the column would like to be."""
    for sign, better in {"!=": "≠", "^T": "ᵀ"}.items():
        plain = plain.replace(sign, better)
    return "<br>".join(_escape(line).replace(" ", "\u00a0") for line in textwrap.wrap(plain, 34))


#: A formula with more characters of LaTeX than this is broken at its plus and minus signs.
_LONG = 115


def _broken(equations: Sequence[Equation]) -> str:
    return "<br>".join(line for equation in equations for line in _lines(equation, _LONG))


def _lines(equation: Equation, longest: int) -> list[str]:
    terms = _terms(equation.right)
    if len(equation.latex) <= longest or len(terms) == 1:
        return [f"${equation.latex}$"]
    (_, first), *rest = terms
    left = equation.latex.split(" = ")[0]
    return [f"${left} = {latex(first)}$", *(rf"$\quad {sign} {latex(x)}$" for sign, x in rest)]


def _terms(x: Any) -> list[tuple[str, Expression]]:
    """The terms of a sum with their signs."""
    if isinstance(x, Application) and x.name in ("add", "subtract"):
        left, right = (_terms(operand) for operand in x.operands)
        if x.name == "add":
            return [*left, *right]
        if len(right) == 1:
            return [*left, ("-", right[0][1])]
    return [("+", x)]


# -- The formula sheet ----------------------------------------------------------------------------

#: The rules on the printable sheet.
SHEET = (
    "matmul multiply kron inv solve det slogdet pinv sqrtm expm eigh qr cholesky norm nuclear_norm "
    "spectral_norm exp log tanh sigmoid relu softmax logsumexp"
).split()

_A, _B, _X, _a, _b, _x, _w, _y = (Symbol(name) for name in "ABXabxwy")
_misses = _X @ _w - _y
#: The course's functions on the sheet, and what varies; vectors are columns.
FUNCTIONS: list[tuple[Expression, Symbol]] = [
    (_a.T @ _x, _x),
    (_x.T @ _A @ _x, _x),
    (_misses.T @ _misses, _w),
    (_misses.T @ _misses, _X),
    (r.norm(_x), _x),
    (r.trace(_A @ _X @ _B), _X),
    (_a.T @ _X @ _b, _X),
    (r.trace(_X.T @ _X), _X),
    (r.trace(_X.T @ _A @ _X @ _B), _X),
    (r.trace(_A @ r.inv(_X)), _X),
]


def function_sheet() -> str:
    """The course's functions with differential, gradient and Hessian, as a Markdown table.

    All but the functions themselves is computed from the table of rules.
    """
    header = ("$f$", "$\\mathrm{d}f$", "$\\nabla f$", "$\\mathsf{H}_f[H]$")
    lines = [_row(header), _row(["---"] * len(header))]
    for f, X in FUNCTIONS:
        gradient = gradient_in(f, X)
        H = Symbol("h" if X.name.islower() else "H")
        hessian = _along(differential_in(gradient, X), H)
        cells = [f, differential_in(f, X), gradient, hessian]
        short = [f"${latex(lift(cell))}$" for cell in cells]
        if len(short[3]) > _LONG:
            short[3] = ""
        lines.append(_row(short))
    return "\n".join(lines) + "\n"


def _along(x: Any, H: Symbol) -> Any:
    """The expression with H in the place of the differential."""
    if isinstance(x, Application):
        return TABLE[x.name](*(_along(operand, H) for operand in x.operands), **x.parameters)
    return H if isinstance(x, Differential) else x


def rule_sheet(names: Sequence[str] = tuple(SHEET)) -> str:
    """Rules with their differentials and gradients, shortly, as a Markdown table."""
    header = ("formula", "differential", "gradient")
    lines = [_row(header), _row(["---"] * len(header))]
    for name in names:
        cells = [_listed([formula_of(name)]), _listed(differential_of(name))]
        lines.append(_row([*cells, _listed(_gradients(name))]))
    return "\n".join(lines) + "\n"


def _listed(equations: Sequence[Equation]) -> str:
    """One after the other, without what is zero; nothing if that is too long for the sheet."""
    shown = [equation for equation in equations if str(equation.right) != "0"]
    found = ", ".join("<br>".join(_lines(equation, _LONG)) for equation in shown)
    return found if len(found) < 2 * _LONG + 50 else ""
