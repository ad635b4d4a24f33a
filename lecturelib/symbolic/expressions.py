"""Expressions: names, numbers, and operations of the table applied to them.

An operation of `lecturelib.rules` that meets an `Expression` gives an `Expression`. So a rule,
which is plain Python, evaluates on symbols as it does on arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from .. import rules as r
from ..rules import TABLE, ZERO, Operation

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

#: Operations whose value is a number, and those whose value is one unless an axis is given.
_TO_NUMBER = {"trace", "trace_product", "det", "nuclear_norm", "spectral_norm", "prod"}
_REDUCTIONS = {"sum", "mean", "max", "logsumexp", "norm"}
_TO_VECTOR = {"vec", "diagonal"}


class Expression:
    """A formula: a symbol, a number, or an operation applied to formulas.

    Attributes
    ----------
    ndim : int or None
        The number of axes of the value where that is known: 0 for a number, 1 for a vector.

    Examples
    --------
    >>> from lecturelib.rules import inv, trace
    >>> from lecturelib.symbolic import Symbol
    >>> A, X = Symbol("A"), Symbol("X")
    >>> trace(X.T @ (A + 1) @ inv(X))
    tr(X^T (A + 1) X^-1)
    """

    ndim: int | None = None
    _reader_rank = 1
    __array_ufunc__ = None  # ndarray @ Expression must reach __rmatmul__, which refuses the array
    __iter__ = None  # indexing alone would make an endless iterator

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        if operation.name == "is_complex":
            return True  # the formula for complex vectors holds for real ones
        return apply(operation.name, tuple(lift(x) for x in operands), parameters)

    def __add__(self, other: Any) -> Any:
        return NotImplemented if other is ZERO else r.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return r.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if other is ZERO else r.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return r.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return r.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return r.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return r.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return r.divide(other, self)

    def __matmul__(self, other: Any) -> Any:
        return r.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return r.matmul(other, self)

    def __pow__(self, exponent: Any) -> Any:
        return r.power(self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return r.general_power(base, self)

    def __neg__(self) -> Any:
        return r.negative(self)

    @property
    def T(self) -> Any:  # noqa: N802 (the name NumPy uses)
        return r.transpose(self)

    def __getitem__(self, index: Any) -> Any:
        return r.getitem(self, index=index)

    def __lt__(self, other: Any) -> Comparison:
        return Comparison("<", self, lift(other))

    def __le__(self, other: Any) -> Comparison:
        return Comparison("<=", self, lift(other))

    def __gt__(self, other: Any) -> Comparison:
        return Comparison(">", self, lift(other))

    def __ge__(self, other: Any) -> Comparison:
        return Comparison(">=", self, lift(other))

    def __bool__(self) -> bool:
        raise TypeError(f"{self} is neither true nor false before its symbols have values.")

    def __repr__(self) -> str:
        from .printing import text

        return text(self)

    def _repr_latex_(self) -> str:
        from .printing import latex

        return f"${latex(self)}$"


class Symbol(Expression):
    """A name, such as X."""

    def __init__(self, name: str, ndim: int | None = None) -> None:
        self.name, self.ndim = name, ndim


class Differential(Expression):
    """The differential of a symbol, such as dX; its value goes by the name ``"dX"``."""

    def __init__(self, of: Symbol) -> None:
        self.of, self.ndim = of, of.ndim
        self.name = "d" + of.name


class Number(Expression):
    """A number that is not negative (signs are operations), or the imaginary unit."""

    ndim = 0

    def __init__(self, value: Any) -> None:
        self.value = value


class Application(Expression):
    """An operation of the table applied to operands; parameters are axes, indices and the like."""

    def __init__(
        self,
        name: str,
        operands: tuple[Expression, ...],
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.operands, self.parameters = name, operands, dict(parameters or {})
        self.ndim = _ndim(name, operands, self.parameters)


class Comparison(Expression):
    """1 where the comparison holds, 0 elsewhere: Iverson's bracket."""

    def __init__(self, sign: str, left: Expression, right: Expression) -> None:
        self.sign, self.left, self.right = sign, left, right


class Part(Expression):
    """One output of an operation that has several, such as the U of ``svd(X)``."""

    def __init__(self, name: str, source: Application, index: int, transposed: bool) -> None:
        self.name, self.source, self.index, self.transposed = name, source, index, transposed


def lift(x: Any) -> Expression:
    """A number or an expression as an expression."""
    if isinstance(x, Expression):
        return x
    if x is ZERO:
        return Number(0)
    if isinstance(x, complex) and x == 1j:
        return Number(x)
    if isinstance(x, bool) or not hasattr(x, "__float__") or getattr(x, "shape", ()) != ():
        raise TypeError(
            f"A value of type {type(x).__name__} stands in a formula, which holds symbols and "
            'numbers. Give it a name with Symbol("A"), and its value to evaluate.'
        )
    return -Number(-x) if x < 0 else Number(x)


def base_name(name: str) -> tuple[str, bool]:
    """The symbol behind the name of an output, and whether the output is its transpose.

    >>> base_name("Vh"), base_name("U")
    (('V', True), ('U', False))
    """
    return (name[0], True) if len(name) == 2 and name[1] == "h" else (name, False)


# -- Building: an application, with its signs and scalar factors in front --------------------------


def apply(name: str, operands: tuple[Expression, ...], parameters: Mapping[str, Any]) -> Any:
    """The operation applied to the operands; a tuple where it has several outputs.

    Signs and numerical factors move to the front of a product, ``1 * X`` is ``X``, and
    ``X.T.T`` is ``X``; nothing else is rewritten.
    """
    outputs = TABLE[name].rule.outputs
    if len(outputs) > 1:
        source = Application(name, operands, parameters)
        return tuple(part_of(output, source, i) for i, output in enumerate(outputs))
    simpler = _SIMPLER.get(name)
    result = None if simpler is None else simpler(*operands, **parameters)
    return Application(name, operands, parameters) if result is None else result


def part_of(output: str, source: Application, index: int) -> Expression:
    """One output of an operation, under the rule's name for it: Vh is the transpose of V."""
    name, transposed = base_name(output)
    part = Part(name, source, index, transposed)
    return part.T if transposed else part


def _is(x: Expression, name: str) -> bool:
    return isinstance(x, Application) and x.name == name


def _is_number(x: Expression, value: Any) -> bool:
    return isinstance(x, Number) and bool(x.value == value)


def _is_scaled(x: Any) -> bool:
    return _is(x, "multiply") and x.operands[0].ndim == 0


def _negative(X: Any) -> Any:
    return X.operands[0] if _is(X, "negative") else None


def _add(A: Any, B: Any) -> Any:
    return A - B.operands[0] if _is(B, "negative") else None


def _subtract(A: Any, B: Any) -> Any:
    return A + B.operands[0] if _is(B, "negative") else None


def _signs_first(build: Callable[[Any, Any], Any], A: Any, B: Any) -> Any:
    if _is(A, "negative"):
        return -build(A.operands[0], B)
    return -build(A, B.operands[0]) if _is(B, "negative") else None


def _multiply(A: Any, B: Any) -> Any:
    if _is_number(A, 1):
        return B
    if _is_number(B, 1):
        return A
    if A.ndim != 0 and B.ndim == 0:
        return B * A
    if A.ndim != 0 and _is_scaled(B):
        scalar, rest = B.operands
        return scalar * (A * rest)
    return _signs_first(operator.mul, A, B)


def _divide(A: Any, B: Any) -> Any:
    return A if _is_number(B, 1) else _signs_first(operator.truediv, A, B)


def _matmul(A: Any, B: Any) -> Any:
    for left, factor in ((True, A), (False, B)):
        if _is_scaled(factor):
            scalar, rest = factor.operands
            return scalar * (rest @ B if left else A @ rest)
    return _signs_first(operator.matmul, A, B)


def _power(A: Any, B: Any) -> Any:
    if _is_number(B, 0):
        return Number(1)
    return A if _is_number(B, 1) else None


def _transpose(X: Any, axes: Any = None) -> Any:
    return X.operands[0] if axes is None and _is(X, "transpose") and not X.parameters else None


def _getitem(X: Any, index: Any = None) -> Any:
    """A row of the transpose is a column."""
    rows = _is(X, "transpose") and not X.parameters and isinstance(index, int)
    return X.operands[0][:, index] if rows else None


def _lowered(B: Any) -> Any:
    if isinstance(B, Number):
        return lift(B.value - (B.value != 0))
    negative_number = _is(B, "negative") and isinstance(B.operands[0], Number)
    return -Number(B.operands[0].value + 1) if negative_number else None


_SIMPLER: dict[str, Callable[..., Any]] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "matmul": _matmul,
    "power": _power,
    "transpose": _transpose,
    "getitem": _getitem,
    "lowered": _lowered,
}


def _ndim(name: str, operands: tuple[Expression, ...], parameters: Mapping[str, Any]) -> int | None:
    known = [x.ndim for x in operands]
    if name in _TO_NUMBER or (name in _REDUCTIONS and parameters.get("axis") is None):
        return 0
    if name in _TO_VECTOR:
        return 1
    if name == "getitem" and "index" in parameters:
        index = parameters["index"]
        integers = [i for i in (index if isinstance(index, tuple) else (index,)) if type(i) is int]
        return (2 if known[0] is None else known[0]) - len(integers)
    if name in ("matmul", "dot") and known == [1, 1]:
        return 0
    return 0 if known and all(n == 0 for n in known) else None


# -- Values ---------------------------------------------------------------------------------------


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """The value of an expression at values of its symbols.

    Parameters
    ----------
    expression : Expression
    values : mapping
        From names (``"X"``, ``"dX"``) to whatever operations of the table take: arrays (once
        `lecturelib.numeric` is imported), or other expressions, which are substituted.

    Returns
    -------
    object
        What the operations give on these values.

    Examples
    --------
    >>> from lecturelib.symbolic import Symbol, evaluate
    >>> A, B, X = Symbol("A"), Symbol("B"), Symbol("X")
    >>> evaluate(X.T @ X, {"X": A @ B})
    (A B)^T A B
    """
    x: Any = expression
    if isinstance(x, Number):
        return x.value
    if isinstance(x, Symbol | Differential):
        if x.name not in values:
            raise ValueError(
                f"The symbol {x.name} has no value; values are given for {', '.join(values)}."
            )
        return values[x.name]
    if isinstance(x, Comparison):
        return _COMPARE[x.sign](evaluate(x.left, values), evaluate(x.right, values))
    if isinstance(x, Part):
        part = evaluate(x.source, values)[x.index]
        return part.T if x.transposed else part
    return TABLE[x.name](*(evaluate(operand, values) for operand in x.operands), **x.parameters)
