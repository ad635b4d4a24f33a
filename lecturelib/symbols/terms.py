"""Terms: from names and operations of the table to formulas with shapes.

An operation of `lecturelib.table` that meets an `Expression` gives an `Expression`. So a rule,
which is plain Python, evaluates on symbols as it does on arrays. Every term has a shape, which the
table's entry computes from those of the operands; where operations need sizes to be equal, letters
are identified (`lecturelib.table.shapes`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from .. import table as r
from ..table import TABLE, ZERO, Operation, shapes
from ..table.operation import loaded
from ..table.shapes import Shape, Size, known

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Expression:
    """A formula: a symbol, a number, or an operation applied to formulas.

    Attributes
    ----------
    shape : tuple
        Of sizes: integers, or letters that are known or not (`lecturelib.table.shapes.Size`).
    ndim : int
        The number of axes: 0 for a number, 1 for a vector.
    operands : tuple of Expression
    varies : bool
        Whether a differential occurs in it.
    index : int
        Grows from each term to the next, so that operands come before what uses them.

    Examples
    --------
    >>> from lecturelib.table import inv, trace
    >>> from lecturelib.symbols import Symbol
    >>> A, X = Symbol("A"), Symbol("X")
    >>> trace(X.T @ (A + 1) @ inv(X))
    tr(X'*(A + 1)*inv(X))
    """

    shape: Shape = ()
    operands: tuple[Expression, ...] = ()
    varies = False
    flags: frozenset[str] = frozenset()
    index: int
    _reader_rank = 1
    __iter__ = None  # indexing alone would make an endless iterator

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        self.index = next(_places)
        return self

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """A rule may be written with NumPy's functions, such as ``np.exp(X)``."""
        for operation in TABLE.values():
            if any(loaded(function) is ufunc for function in operation.rule.function):
                if method == "__call__" and not kwargs:
                    return operation(*inputs)
        raise TypeError(
            f"The function {ufunc.__name__} has no operation in the table, so a formula cannot "
            "hold it; print(lecturelib.rules) lists those that have."
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        for operation in TABLE.values():
            known = (*operation.rule.function, operation.rule.value)
            if any(loaded(one) is function for one in known if one is not None):
                return operation(*args, **kwargs)
        raise TypeError(
            f"The function {function.__name__} has no operation in the table, so a formula cannot "
            "hold it; print(lecturelib.rules) lists those that have."
        )

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
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
        from .write import text

        return text(self)

    def latex(self) -> str:
        """The term as LaTeX, without dollar signs."""
        from .write import latex

        return latex(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


class Symbol(Expression):
    """A name, such as X.

    Parameters
    ----------
    name : str
    ndim : int, optional
        The number of axes, whose lengths are found out; 2, if not given.
    shape : tuple, optional
        Integers, or letters as strings: ``Symbol("A", shape=("m", "n"))``.

    Attributes
    ----------
    flags : frozenset of str
        What is known of it: symmetric, positive definite, orthogonal, integer, ...
    sample : str
        The index of a sum, for a sample such as x_i.
    """

    #: The size for which the symbol stands, if it stands for one: its value follows from shapes.
    length: Size | None = None
    sample = ""

    def __init__(
        self, name: str, ndim: int | None = None, shape: Sequence[Any] | None = None
    ) -> None:
        self.name = name
        if shape is None:
            axes = range(2 if ndim is None else ndim)
            self.shape = tuple(Size(axis=(name, axis)) for axis in axes)
        else:
            self.shape = tuple(
                Size(n, (name, axis)) if isinstance(n, str) else n for axis, n in enumerate(shape)
            )


#: What a differential keeps of what is declared of its symbol.
_KEPT_BY_DIFFERENTIALS = frozenset({"symmetric", "skew", "diagonal", "lower", "upper"})


class Ones(Symbol):
    """1 in every entry."""

    def __init__(self, shape: Shape) -> None:
        super().__init__("ones", shape=shape)


class Identity(Symbol):
    """The identity matrix."""

    def __init__(self, n: Any) -> None:
        super().__init__("I", shape=(n, n))


class Commutation(Symbol):
    """The matrix that takes the stacked columns of an m x n matrix to those of its transpose."""

    def __init__(self, m: Any, n: Any) -> None:
        super().__init__(f"commutation({m}, {n})", shape=(m * n, m * n))
        self.rows, self.columns = m, n


def commutation(m: Any, n: Any) -> Expression:
    """The K with vec(X') = K vec(X) for X of shape (m, n); the identity for vectors."""
    vector = shapes.same(m, 1) or shapes.same(n, 1)
    return Identity(m * n) if vector else Commutation(m, n)


class Differential(Expression):
    """The differential of a symbol, such as dX; its value goes by the name ``"dX"``."""

    varies = True

    def __init__(self, of: Symbol) -> None:
        self.of, self.shape = of, of.shape
        self.name = "d" + of.name
        self.flags = of.flags & _KEPT_BY_DIFFERENTIALS


class Pending(Expression):
    """A differential that is still to be taken: d of a term.

    Attributes
    ----------
    of : Expression
    """

    varies = True

    def __init__(self, of: Expression) -> None:
        self.of, self.shape = of, of.shape


class Number(Expression):
    """A number that is not negative (signs are operations), or the imaginary unit."""

    def __init__(self, value: Any) -> None:
        self.value = value


def zeros(shape: Shape) -> Number:
    """0 in every entry.

    >>> zeros((2, 3)).shape
    (2, 3)
    """
    found = Number(0)
    found.shape = tuple(shape)
    return found


class Application(Expression):
    """An operation of the table applied to operands; parameters are axes, indices and the like."""

    def __init__(
        self,
        name: str,
        operands: tuple[Expression, ...],
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.operands, self.parameters = name, operands, dict(parameters or {})
        self.operation = TABLE[name]
        self.shape = self.operation.rule.shape(*(x.shape for x in operands), **self.parameters)
        self.varies = any(x.varies for x in operands)


class Pairing(Application):
    """The inner product <G, dX>, as it stands at the end of a derivation."""

    def __init__(self, G: Expression, dX: Expression) -> None:
        super().__init__("sum", (Application("multiply", (G, dX)),))


class Comparison(Expression):
    """1 where the comparison holds, 0 elsewhere: Iverson's bracket."""

    def __init__(self, sign: str, left: Expression, right: Expression) -> None:
        self.sign, self.left, self.right = sign, left, right
        self.shape = shapes.broadcast(left.shape, right.shape)


class Part(Expression):
    """One output of an operation that has several, such as the U of ``svd(X)``."""

    def __init__(self, name: str, source: Application, index: int, transposed: bool) -> None:
        self.name, self.source, self.place, self.transposed = name, source, index, transposed
        self.shape = source.shape[index][::-1] if transposed else source.shape[index]


_places = count()


def lift(x: Any) -> Expression:
    """A number or an expression as an expression."""
    if isinstance(x, Expression):
        return x
    if x is ZERO:
        return Number(0)
    if isinstance(x, complex) and x == 1j:
        return Number(x)
    if isinstance(x, Size):
        x = shapes.built(x, _length_as_symbol)
        if isinstance(x, Expression):
            return x
    if isinstance(x, bool) or not hasattr(x, "__float__") or getattr(x, "shape", ()) != ():
        raise TypeError(
            f"A value of type {type(x).__name__} stands in a formula, which holds symbols and "
            'numbers. Give it a name with Symbol("A"), and its value to evaluate.'
        )
    return -Number(-x) if x < 0 else Number(x)


def _length_as_symbol(letter: Size) -> Symbol:
    """The symbol of a size: one for each, so that a letter is one symbol in all of a formula."""
    if letter.term is None or letter.term.name != str(letter):  # it has a name only now
        symbol = Symbol(str(letter), 0)
        symbol.length, symbol.flags = letter, frozenset({"integer", "positive", "size"})
        letter.term = symbol
    return letter.term


def base_name(name: str) -> tuple[str, bool]:
    """The symbol behind the name of an output, and whether the output is its transpose.

    >>> base_name("Vh"), base_name("U")
    (('V', True), ('U', False))
    """
    return (name[0], True) if len(name) == 2 and name[1] == "h" else (name, False)


def is_invisible(x: Any) -> bool:
    """Whether x is a reshape that only adds or drops axes of length 1.

    >>> from lecturelib.symbols.terms import Symbol
    >>> is_invisible(r.reshape(Symbol("x", shape=("n", 1)), shape=(Size("n"),)))
    True
    """
    return (
        isinstance(x, Application)
        and x.name == "reshape"
        and shapes.same_shape(_long(x.shape), _long(x.operands[0].shape))
    )


def visible(x: Expression) -> Expression:
    """What is printed of a term: what stands inside invisible reshapes."""
    while is_invisible(x):
        [x] = x.operands
    return x


def _long(shape: Shape) -> Shape:
    return tuple(n for n in shape if not shapes.same(n, 1))


# -- Building: an application, with its signs and scalar factors in front --------------------------


def apply(name: str, operands: tuple[Expression, ...], parameters: Mapping[str, Any]) -> Any:
    """The operation applied to the operands; a tuple where it has several outputs.

    Signs and numerical factors move to the front of a product, transposes into products, and what
    the identity or ones multiply stays alone; nothing else is rewritten.
    """
    rule = TABLE[name].rule
    if len(rule.outputs) > 1:
        source = Application(name, operands, parameters)
        return tuple(part_of(output, source, i) for i, output in enumerate(rule.outputs))
    simpler = _SIMPLER.get(name)
    result = None if simpler is None else simpler(*operands, **parameters)
    if result is None and rule.kind == "linear" and len(operands) == 1 and name != "negative":
        if _is(operands[0], "negative"):
            result = -apply(name, operands[0].operands, parameters)
    return Application(name, operands, parameters) if result is None else result


def part_of(output: str, source: Application, index: int) -> Expression:
    """One output of an operation, under the rule's name for it: Vh is the transpose of V."""
    name, transposed = base_name(output)
    part = Part(name, source, index, transposed)
    return Application("transpose", (part,)) if transposed else part


def _is(x: Any, *names: str) -> bool:
    return isinstance(x, Application) and x.name in names


def is_number(x: Any, value: Any) -> bool:
    """Whether x is this number."""
    return isinstance(x, Number) and bool(x.value == value)


def is_scaled(x: Any) -> bool:
    """Whether x is a number times something."""
    return _is(x, "multiply") and x.operands[0].ndim == 0


# What follows are identities of the core products: sums, multiples, products and transposes.


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
    if is_number(A, 1) or (isinstance(A, Ones) and _covers(B, A)):
        return B
    if is_number(B, 1) or (isinstance(B, Ones) and _covers(A, B)):
        return A
    if A.ndim != 0 and B.ndim == 0:
        return B * A
    if is_scaled(A) and isinstance(A.operands[1], Ones) and _covers(B, A.operands[1]):
        return A.operands[0] * B
    if A.ndim != 0 and (split := _split(B)) is not None:
        scalar, rest = split
        return scalar * (A * rest)
    return _signs_first(operator.mul, A, B)


def _split(x: Any) -> tuple[Any, Any] | None:
    """The number in front of an elementwise product, and what it multiplies."""
    if is_scaled(x):
        return x.operands
    if _is(x, "multiply") and (split := _split(x.operands[0])) is not None:
        return split[0], split[1] * x.operands[1]
    return None


def _covers(A: Any, ones: Any) -> bool:
    """Whether a product with ones has the shape that A has anyway."""
    return shapes.same_shape(A.shape, ones.shape)


def _divide(A: Any, B: Any) -> Any:
    if is_number(B, 1):
        return A
    if isinstance(A, Ones) and _covers(B, A):
        return Number(1) / B
    if is_scaled(A) and isinstance(A.operands[1], Ones) and _covers(B, A.operands[1]):
        return A.operands[0] / B
    return _signs_first(operator.truediv, A, B)


def _matmul(A: Any, B: Any) -> Any:
    for left, factor in ((True, A), (False, B)):
        if is_scaled(factor):
            scalar, rest = factor.operands
            return scalar * (rest @ B if left else A @ rest)
    for one, other in ((A, B), (B, A)):
        if isinstance(one, Identity) or is_number(one, 1):  # a number here is 1 by 1
            shapes.product(A.shape, B.shape)
            return other
    return _signs_first(operator.matmul, A, B)


def _power(A: Any, B: Any) -> Any:
    if is_number(B, 0):
        return Number(1)
    return A if is_number(B, 1) else None


def _transpose(X: Any, axes: Any = None) -> Any:
    """The transpose, carried into products: ``(A B)^T`` is ``B^T A^T``.

    It stops at sums and elementwise products, so that a sum has one form wherever it occurs.
    """
    if axes is not None:
        return None
    if X.ndim < 2 or isinstance(X, Identity):
        return X
    if isinstance(X, Ones):
        return Ones(X.shape[::-1])
    if not isinstance(X, Application) or X.parameters:
        return None
    symmetry = X.operation.rule.symmetry
    if symmetry:
        return X if symmetry == "symmetric" else -X
    if X.name == "transpose":
        return X.operands[0]
    if X.operation.rule.commutes_with_transpose and not _is(X.operands[0].T, "transpose"):
        return X.operation(X.operands[0].T, *X.operands[1:])
    if X.name == "matmul" and all(x.ndim == 2 for x in X.operands):
        A, B = X.operands
        return B.T @ A.T
    if X.name == "negative":
        return -X.operands[0].T
    if is_scaled(X):
        return X.operands[0] * X.operands[1].T
    return None


def _getitem(X: Any, index: Any = None) -> Any:
    """A row of the transpose is a column."""
    rows = _is(X, "transpose") and not X.parameters and isinstance(index, int)
    return X.operands[0][:, index] if rows else None


def _lowered(B: Any) -> Any:
    if isinstance(B, Number):
        return lift(B.value - (B.value != 0))
    negative_number = _is(B, "negative") and isinstance(B.operands[0], Number)
    return -Number(B.operands[0].value + 1) if negative_number else None


def _lowered_power(A: Any, B: Any, n: int = 1) -> Any:
    for _ in range(n):
        B = r.lowered(B)
    return A**B


def _broadcast_to(X: Any, shape: Any = None) -> Any:
    if X.ndim == 0 and shape is not None:
        return X * Ones(tuple(shape)) if shape else X
    return X if shape is not None and shapes.same_shape(X.shape, tuple(shape)) else None


def _diag(w: Any, k: int = 0, shape: Any = None) -> Any:
    """Equal entries on a diagonal: a multiple of the identity."""
    if k or shape is not None:
        return None
    if isinstance(w, Ones):
        return Identity(w.shape[0])
    if is_scaled(w) and isinstance(w.operands[1], Ones):
        return w.operands[0] * Identity(w.shape[0])
    return None


def _reshape(X: Any, shape: Any = None, order: str = "C") -> Any:
    if X.ndim == 0 and shape is not None and len(shape) == 2:  # 1 by 1
        return X * Identity(1)
    return X if shape is not None and shapes.same_shape(X.shape, tuple(shape)) else None


def _sum(X: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """A number meets every entry as an array of one entry does."""
    if X.ndim == 0:
        return X
    return Application("sum", (X,)) if axis is None and keepdims else None


def _is_complex(X: Any) -> Any:
    return True  # the formula for complex vectors holds for real ones


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
    "lowered_power": _lowered_power,
    "broadcast_to": _broadcast_to,
    "reshape": _reshape,
    "diag": _diag,
    "sum": _sum,
    "is_complex": _is_complex,
}


# -- Values ---------------------------------------------------------------------------------------


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """The value of an expression at values of its symbols.

    Parameters
    ----------
    expression : Expression
    values : mapping
        From names (``"X"``, ``"dX"``) to whatever operations of the table take: arrays (once
        `lecturelib.numbers.values` is imported), or other expressions, which are substituted.

    Returns
    -------
    object
        What the operations give on these values.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol, evaluate
    >>> A, B, X = Symbol("A"), Symbol("B"), Symbol("X")
    >>> evaluate(X.T @ X, {"X": A @ B})
    B'*A'*A*B
    """
    x: Any = expression
    if isinstance(x, Number):
        return x.value
    if isinstance(x, Ones | Identity) and x.name not in values:
        return _of_one_entry(x, values)
    if isinstance(x, Symbol | Differential):
        if x.name not in values and isinstance(x, Symbol) and x.length is not None:
            return _length(x.length, values)
        if x.name not in values:
            raise ValueError(
                f"The symbol {x.name} has no value; values are given for {', '.join(values)}."
            )
        return values[x.name]
    if isinstance(x, Comparison):
        return _COMPARE[x.sign](evaluate(x.left, values), evaluate(x.right, values))
    if isinstance(x, Part):
        part = evaluate(x.source, values)[x.place]
        return part.T if x.transposed else part
    parameters = {
        name: tuple(_length(known(n), values) if isinstance(n, Size) else n for n in value)
        if isinstance(value, tuple)
        else value
        for name, value in x.parameters.items()
    }
    return TABLE[x.name](*(evaluate(operand, values) for operand in x.operands), **parameters)


def _of_one_entry(x: Any, values: Mapping[str, Any]) -> Any:
    """Ones, or the identity, in the lengths that the values of the symbols give."""
    import numpy as np  # the values are arrays

    sizes = [_length(known(size), values) for size in x.shape]
    return np.ones(sizes) if isinstance(x, Ones) else np.eye(sizes[0])


def _length(size: Any, values: Mapping[str, Any]) -> int:
    """A size as a number, by the shapes of the values."""
    return int(shapes.built(size, lambda letter: _length_of_letter(letter, values)))


def _length_of_letter(size: Size, values: Mapping[str, Any]) -> int:
    given = [
        (name, shapes.shape_of(values[name]))
        for name, axis in size.axes
        if name in values and len(shapes.shape_of(values[name])) > axis
    ]
    lengths = {
        shapes.shape_of(values[name])[axis]
        for name, axis in size.axes
        if name in values and len(shapes.shape_of(values[name])) > axis
    }
    if len(lengths) != 1:
        shown = ", ".join(f"{name} of shape {shape}" for name, shape in given) or "none"
        raise ValueError(
            "The shape of ones, or of the identity, does not follow from the values that are given "
            f"({shown}). Give the values of all symbols, and symbols of their own to each formula."
        )
    return int(lengths.pop())
