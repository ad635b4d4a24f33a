"""The language of `derive`: what each piece of text becomes as a term.

Every quantity is a number, of shape ``()``, or a matrix: a column has shape ``(n, 1)``, a row
``(1, n)``. A product that is 1 by 1 is made a number by a reshape, and what the table takes or
gives as a vector of one axis is wrapped likewise. Such a reshape, between shapes that differ only
by axes of length 1, is invisible: nobody prints it.

`FUNCTIONS` holds the words that may be called; `builder` finds also the operations that a reader
entered into the table.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import table
from ..table import HELPERS, TABLE
from ..table.operation import OUTSIDE
from ..table.shapes import Shape, known, same, written
from .terms import (
    Application,
    Expression,
    Identity,
    Number,
    Ones,
    Symbol,
    is_invisible,
    is_number,
    lift,
)

r: Any = table  # its operations are found by name

# -- Shapes ---------------------------------------------------------------------------------------


def reshaped(X: Any, shape: Shape) -> Any:
    """X in a shape that differs by axes of length 1; signs and multiples stay in front."""
    if isinstance(X, Application) and X.name == "negative":
        return -reshaped(X.operands[0], shape)
    if isinstance(X, Application) and X.name == "multiply" and X.operands[0].ndim == 0 and X.ndim:
        return X.operands[0] * reshaped(X.operands[1], shape)
    if isinstance(X, Ones):
        return Ones(shape) if shape else Number(1)
    while is_invisible(X):
        X = X.operands[0]
    return r.reshape(X, shape=shape)


def number(M: Any) -> Any:
    """A 1 by 1 matrix as a number; anything else as it is.

    >>> from lecturelib.symbols.terms import Symbol
    >>> x = Symbol("x", shape=("n", 1))
    >>> number(x.T @ x).shape, number(x @ x.T).shape
    ((), (n, n))
    """
    single = M.ndim > 0 and all(same(n, 1) for n in M.shape)
    return reshaped(M, ()) if single else M


def column(v: Any) -> Any:
    """A vector of one axis as a column, a number as a 1 by 1 matrix; a matrix as it is."""
    return v if v.ndim == 2 else reshaped(v, (*v.shape, 1) if v.ndim else (1, 1))


def flat(x: Any) -> Any:
    """A column, or a row, as a vector of one axis."""
    if x.ndim != 2:
        return x
    rows, columns = x.shape
    if not same(rows, 1) and not same(columns, 1):
        raise ValueError(f"A vector is needed, and the shape is {written(x.shape)}.")
    return reshaped(x, (rows,) if same(columns, 1) else (columns,))


def is_column(x: Any) -> bool:
    """Whether x has one column, and is no number."""
    return x.ndim == 2 and same(x.shape[1], 1)


@functools.cache
def index_term(name: str) -> Symbol:
    """The index of a sum as a number, as in ``sum_i X^(i-1)``."""
    symbol = Symbol(name, shape=())
    symbol.flags, symbol.sample = frozenset({"integer", "positive"}), name
    return symbol


def size_term(size: Any) -> Any:
    """A size as a number: an n that is known, or the letter as a symbol.

    >>> from lecturelib.table.shapes import Size
    >>> size_term(Size("m") * Size("n")), size_term(3)
    (m*n, 3)
    """
    return lift(known(size))


# -- Operators ------------------------------------------------------------------------------------


def product(A: Any, B: Any) -> Any:
    """``A*B``: the matrix product, a multiple where one factor is a number, a number where 1 by 1.

    >>> from lecturelib.symbols.terms import Symbol
    >>> x, t = Symbol("x", shape=("n", 1)), Symbol("t", shape=())
    >>> product(x, t), product(x.T, x).shape
    (t*x, ())
    """
    if A.ndim == 0 or B.ndim == 0:
        return r.multiply(A, B)
    return number(r.matmul(A, B))


def is_integer(k: Any) -> bool:
    """Whether a number is an integer: a literal, an integer symbol, or made of these."""
    if isinstance(k, Number):
        return type(k.value) is int
    if isinstance(k, Symbol):
        return "integer" in getattr(k, "flags", ())
    ring = isinstance(k, Application) and k.name in ("add", "subtract", "negative", "multiply")
    return ring and all(map(is_integer, k.operands))


def power_of(A: Any, p: Any) -> Any:
    """``A^p``: of numbers, or the power of a square matrix.

    >>> from lecturelib.symbols.terms import Number, Symbol
    >>> power_of(Symbol("X", shape=("n", "n")), -Number(1))
    inv(X)
    """
    if A.ndim == 0:
        return r.power(A, p)
    if isinstance(p, Application) and p.name == "negative":
        p = p.operands[0]
        if is_number(p, 1):
            return r.inv(A)
        return power_of(r.inv(A), p) if is_integer(p) else _real_power(A, -p)
    if is_number(p, 0):
        return Identity(A.shape[0])
    if is_number(p, 1):
        return A
    return r.matrix_power(A, p) if is_integer(p) else _real_power(A, p)


def _real_power(A: Any, p: Any) -> Any:
    if isinstance(p, Application) and p.name == "negative" and _is_half(p.operands[0]):
        return r.inv(r.sqrtm(A))
    return r.sqrtm(A) if _is_half(p) else r.real_power(A, p)


def _is_half(p: Any) -> bool:
    fraction = isinstance(p, Application) and p.name == "divide"
    return is_number(p, 0.5) or (
        fraction and is_number(p.operands[0], 1) and is_number(p.operands[1], 2)
    )


def inner(A: Any, B: Any) -> Any:
    """``A : B``, the sum of the products of the entries."""
    return r.multiply(A, B) if A.ndim == 0 and B.ndim == 0 else r.sum(r.multiply(A, B))


def weighted_square(x: Any, W: Any) -> Any:
    """``||x||_W^2``: ``x'*W*x``, of a matrix its trace."""
    form = product(product(x.T, W), x)
    return form if form.ndim == 0 else r.trace(form)


def joined(rows: Sequence[Sequence[Any]]) -> Any:
    """``[A, B; C, D]``: blocks beside and below each other."""

    def along(axis: int, parts: Any) -> Any:
        parts = [column(part) for part in parts]
        return parts[0] if len(parts) == 1 else r.concatenate(*parts, axis=axis)

    return number(along(0, [along(1, row) for row in rows]))


def sum_of(body: Any, index: str, count: Any) -> Any:
    """``sum_i body`` for i from 1 to the count; what does not depend on i is counted."""
    if depends_on(body, index):
        return r.sum_over(body, index=index, count=count)
    return product(size_term(count), body)


def depends_on(x: Expression, index: str) -> bool:
    """Whether a symbol that is sampled by the index occurs, outside of sums over it."""
    seen: set[int] = set()

    def occurs(x: Any) -> bool:
        if id(x) in seen:
            return False
        seen.add(id(x))
        if isinstance(x, Symbol):
            return x.sample == index
        if isinstance(x, Application) and x.parameters.get("index") == index:
            return False
        return any(map(occurs, x.operands))

    return occurs(x)


def free_sample(x: Expression, closed: frozenset[str] = frozenset()) -> Symbol | None:
    """A sample such as x_i outside of a sum over its index, if there is one."""
    if isinstance(x, Symbol):
        return x if x.sample and x.sample not in closed else None
    if isinstance(x, Application) and "index" in x.parameters and "count" in x.parameters:
        closed = closed | {x.parameters["index"]}
    found = (free_sample(o, closed) for o in x.operands)
    return next((symbol for symbol in found if symbol is not None), None)


# -- Words ----------------------------------------------------------------------------------------


def shaped(Y: Any) -> Any:
    """What the table gave, as a number or a matrix."""
    return column(Y) if Y.ndim == 1 else number(Y)


def _of_table(name: str) -> Callable[..., Any]:
    """The operation of the table; the inputs that its entry names in lower case are vectors."""

    def build(*operands: Any, **parameters: Any) -> Any:
        rule = TABLE[name].rule
        if rule.group != OUTSIDE:
            vectors = [letter.islower() for letter in rule.inputs] + [False] * len(operands)
            operands = tuple(
                flat(x) if vector else x for x, vector in zip(operands, vectors, strict=False)
            )
        found = TABLE[name](*operands, **parameters)
        if found.ndim > 2:
            raise ValueError(f"The result has {found.ndim} axes, and a matrix has two.")
        return shaped(found)

    return build


def _along(operation: str, axis: int, **parameters: Any) -> Callable[..., Any]:
    """The operation on each column (axis 0) or row."""

    def build(X: Any) -> Any:
        if X.ndim == 0 and TABLE[operation].rule.kind != "linear":
            raise ValueError("A vector or a matrix is needed, and a number is given.")
        return number(TABLE[operation](column(X), axis=axis, **parameters))

    return build


def _of_vectors(operation: str, **parameters: Any) -> Callable[..., Any]:
    """The operation on a row or column, or on each column of a matrix."""
    columns, rows = (_along(operation, axis, **parameters) for axis in (0, 1))
    return lambda X: rows(X) if X.ndim and same(X.shape[0], 1) else columns(X)


def _maximum(A: Any, B: Any) -> Any:
    """The larger of two, entry by entry; relu where one is 0."""
    for x, other in ((A, B), (B, A)):
        if is_number(other, 0):
            return r.relu(x)
    return r.maximum(A, B)


def _nuclear_norm(X: Any) -> Any:
    """The sum of the singular values; of a wide matrix, that of its transpose, which is tall."""
    if X.ndim == 0:
        return r.abs(X)
    rows, columns = map(known, X.shape)
    return r.nuclear_norm(X.T if type(rows) is type(columns) is int and rows < columns else X)


def _total(X: Any) -> Any:
    return r.sum(X) if X.ndim else X


def _diag(X: Any) -> Any:
    """The diagonal matrix of a column or row; the diagonal of a matrix, as a column."""
    if X.ndim and any(same(n, 1) for n in X.shape):
        return r.diag(flat(X))
    return shaped(r.diagonal(X)) if X.ndim else X


def _layernorm(X: Any, eps: Any) -> Any:
    """Each column less its mean, over its standard deviation."""
    if same(X.shape[0], 1):
        return _layernorm(X.T, eps).T
    n = size_term(X.shape[0])
    if is_column(X):
        z = X - r.mean(X) * Ones(X.shape)
        return z / r.sqrt(r.sum(z * z) / n + eps)
    ones = Ones((X.shape[0], 1))
    z = X - ones @ (_rows_summed(X) / n)
    variance = _rows_summed(z * z) / n
    return z / (ones @ r.sqrt(variance + eps * Ones(variance.shape)))


_rows_summed = _along("sum", 0, keepdims=True)


#: word -> what builds the term from terms.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tr": lambda X: r.trace(X) if X.ndim else X,
    "logdet": lambda X: r.logdet(X) if X.ndim else r.log(X),
    "det": lambda X: r.det(X) if X.ndim else X,
    "inv": lambda X: r.inv(X) if X.ndim else 1 / X,
    "pinv": lambda X: shaped(r.pinv(X)) if X.ndim else 1 / X,
    "cholesky": lambda X: r.cholesky(X) if X.ndim else r.sqrt(X),
    "norm2": lambda X: r.norm(X) if X.ndim else r.abs(X),
    "norm1": lambda v: _total(r.abs(v)),
    "normspec": lambda X: r.spectral_norm(X) if X.ndim else r.abs(X),
    "normnuc": _nuclear_norm,
    "maximum": _maximum,
    "sum": _total,
    "mean": lambda X: r.mean(X) if X.ndim else X,
    "rowsum": _along("sum", 1, keepdims=True),
    "colsum": _rows_summed,
    "softmax": _of_vectors("softmax"),
    "rowsoftmax": _along("softmax", 1),
    "logsumexp": _of_vectors("logsumexp", keepdims=True),
    "layernorm": _layernorm,
    "diag": _diag,
    "vec": lambda X: shaped(r.vec(X)) if X.ndim else X,
    "vech": lambda X: shaped(r.vech(X)) if X.ndim else X,
    "unvech": lambda v: r.unvech(flat(v)),
    "kron": lambda A, B: number(r.kron(A, B)) if A.ndim and B.ndim else product(A, B),
    "transpose": lambda X: X.T,
    "adj": lambda X: r.adjugate(X, r.det(X)) if X.ndim else Number(1),
}
FUNCTIONS |= {
    name: _of_table(name)
    for name, operation in TABLE.items()
    if operation.rule.group != HELPERS
    and not operation.rule.inner
    and len(operation.rule.outputs) == 1
    and name not in (*FUNCTIONS, "adjugate")
}
#: Other words for the same.
ALIASES = {
    "trace": "tr", "Tr": "tr", "norm": "norm2", "normF": "norm2", "ln": "log", "chol": "cholesky",
    "adjugate": "adj", "spectral_norm": "normspec", "nuclear_norm": "normnuc",
    "determinant": "det", "inverse": "inv", "lndet": "logdet", "logistic": "sigmoid",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan",
}  # fmt: skip
FUNCTIONS |= {other: FUNCTIONS[word] for other, word in ALIASES.items()}


def builder(word: str) -> Callable[..., Any] | None:
    """What builds the term of a word; also of an operation that a reader entered, or of a helper.

    >>> builder("tr") is FUNCTIONS["tr"], builder("no_such_word")
    (True, None)
    """
    if word in FUNCTIONS:
        return FUNCTIONS[word]
    rule = TABLE[word].rule if word in TABLE else None
    return _of_table(word) if rule and len(rule.outputs) == 1 and not rule.inner else None
