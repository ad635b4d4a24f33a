"""From a plain NumPy function to a term: the function is run once, on terms.

>>> import numpy as np
>>> from lecturelib.symbols.traced import trace
>>> trace(lambda X, A: np.trace(X.T @ A @ X), "X", "X: m x n; A: m x m").term
tr(X'*A*X)

A `Traced` quantity is a term in the form that all of `derive` uses (a number, a column or a matrix)
with the shape that NumPy sees, in which a vector has one axis. NumPy's functions reach it as they
reach the numeric readers, through `lecturelib.numbers.dispatch`. Said here is only how an operation
on NumPy's shapes becomes one on columns and matrices.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import re
import types
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from .. import table
from ..numbers.dispatch import ArrayProtocol, UntraceableError
from ..table import TABLE, Operation, shapes
from ..table.shapes import Shape, Size, known, same, same_shape
from . import language
from .exact import _below
from .language import FUNCTIONS
from .parse import Parsed, ParseError, _variable, declarations, declare, spelling
from .terms import Comparison, Identity, Number, Ones, Part, is_number, lift, visible, zeros

r: Any = table  # its operations are found by name


class Trace(Parsed):
    """What a function says: as `Parsed`, and the arrays that stand in it.

    Attributes
    ----------
    constants : dict
        The values of the symbols that stand for arrays of the function.
    places : dict
        The names of the arrays that the function knows, by where they lie in memory.
    """

    def __init__(self, name: str, scope: Any, places: dict[Any, str]) -> None:
        super().__init__(name, None, [], scope)
        self.constants: dict[str, Any] = {}
        self.places = places


_TRACE: ContextVar[Trace] = ContextVar("trace")


# -- What is not known: lengths and entries -------------------------------------------------------


def _refuse(what: str, instead: str) -> Any:
    raise UntraceableError(
        f"{what}, and here a function is run on letters, once for all values and sizes. {instead}"
    )


class Length(Size):
    """A size that is a letter, as the function sees it: it counts in formulas, not in loops."""

    __slots__ = ()

    def __init__(self, size: Size) -> None:
        super().__init__()
        self._same = known(size)

    def __index__(self) -> Any:
        _refuse(
            f"A loop over the size {self}, an array made in it, float() or math needs a number",
            "Declare sizes as numbers ('X: 3 x 4'), or write whole-array code: sums and products "
            "of matrices, x.shape[0] for len(x), np.log(n), np.eye(n, like=X), np.ones(n, like=X).",
        )

    __int__ = __float__ = __index__

    def __floordiv__(self, other: Any) -> Any:
        found = self / other
        if isinstance(found, Traced):
            _refuse(
                f"Whether {other} divides {self} depends on the size", "Declare it as a number."
            )
        return found

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, int | Size):
            quotient = known(Size.__floordiv__(self, other))
            if not isinstance(quotient, Size) or quotient.made is None or not quotient.made[2]:
                return _length(quotient)
        return lifted(self) / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / lifted(self)

    def __pow__(self, p: Any) -> Any:
        return math.prod([self] * p) if type(p) is int and p > 0 else lifted(self) ** p

    def __neg__(self) -> Any:
        return 0 - lifted(self)

    def __eq__(self, other: object) -> bool:  # letters that differ are sizes that differ
        return same(self, other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        numbers = (lifted(x) if isinstance(x, Length) else x for x in inputs)
        return getattr(ufunc, method)(*numbers, **options)


def _counting(name: str) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        if isinstance(other, int | np.integer | Size):
            return _length(getattr(Size, name)(self, other))
        return getattr(lifted(self), name)(other)

    return operate


def _ordering(of_equal: bool) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if same(self, other):
            return of_equal
        return _refuse(
            f"Whether {self} or {other} is larger depends on the sizes", "Declare sizes as numbers."
        )

    return compare


for _name in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__"):
    setattr(Length, _name, _counting(_name))
for _name in ("__lt__", "__gt__", "__le__", "__ge__"):
    setattr(Length, _name, _ordering("e" in _name.strip("_")))


def _length(n: Any) -> Any:
    n = known(n)
    return Length(n) if isinstance(n, Size) else int(n)


class Unknown:
    """The entries of a traced quantity, for which a reader asks: only their shape is known."""

    dtype = np.dtype(float)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, of: Traced) -> None:
        self.of, self.shape, self.ndim = of, of.shape, of.ndim

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in _OF_SHAPES:
            _refuse_entries(f"np.{function.__name__}")
        return _OF_SHAPES[function](args[0].of, *args[1:], **kwargs)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc not in _SIGNS:
            _refuse_entries(f"np.{ufunc.__name__}")
        return _compared(_SIGNS[ufunc], *inputs)

    def __bool__(self) -> Any:
        _refuse(
            "A branch (if, while, and, or, max, min) asks whether an array is true",
            "Write np.where(x > 0, a, b), np.maximum, np.minimum or np.abs.",
        )


def _refuse_entries(name: str) -> Any:
    _refuse(
        f"{name} looks at the entries of an array",
        "Write it with arithmetic, products, sums, np.where and elementwise functions; or take "
        "lecturelib.gradient(f, X) at numbers.",
    )


_SIGNS = {np.less: "<", np.less_equal: "<=", np.greater: ">", np.greater_equal: ">="}
for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")):
    setattr(Unknown, f"__{_name}__", lambda a, b, _sign=_sign: _compared(_sign, a, b))
for _name in ("eq", "ne", "add", "sub", "mul", "truediv", "mod", "floordiv", "pow", "array"):
    for _side in ("", "r"):
        _how = {"eq": "==", "ne": "!=", "array": "An index"}.get(_name, "A rounding function")
        setattr(Unknown, f"__{_side}{_name}__", lambda *a, _how=_how, **k: _refuse_entries(_how))


def _compared(sign: str, *sides: Any) -> Any:
    """1 where the comparison holds, 0 elsewhere."""
    pair = [lifted(x) for x in sides]
    shape = shapes.broadcast(*(x.shape for x in pair))
    return Traced(Comparison(sign, *(spread(x, shape) for x in pair)), shape)


def _moved(function: Any) -> Callable[..., Any]:
    """What a function makes of a shape by adding and dropping axes of length 1."""

    def look(a: Any, *args: Any, **options: Any) -> Any:
        stand_in = np.empty([1 if same(n, 1) else i for i, n in enumerate(a.shape, start=2)])
        found = function(stand_in, *args, **options).shape
        return types.SimpleNamespace(shape=tuple(1 if i == 1 else a.shape[i - 2] for i in found))

    return look


_OF_SHAPES: dict[Any, Callable[..., Any]] = {
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    np.iscomplexobj: lambda a: False,
    np.isrealobj: lambda a: True,
    np.zeros_like: lambda a, **dtype: Traced(Number(0), a.shape),
    np.ones_like: lambda a, **dtype: Traced(Number(1), a.shape),
}
for _function in (np.squeeze, np.expand_dims, np.atleast_1d, np.atleast_2d, np.atleast_3d):
    _OF_SHAPES[_function] = _moved(_function)


# -- What is traced -------------------------------------------------------------------------------


class Traced(ArrayProtocol):
    """A term with the shape that NumPy sees.

    Parameters
    ----------
    term : Expression
        The entries, in any shape that differs by axes of length 1; a number stands in each entry.
    shape : tuple
        Of integers and letters; a vector has one axis.
    """

    __slots__ = ("shape", "term")
    _reader_rank = 2

    def __init__(self, term: Any, shape: Any) -> None:
        self.shape = tuple(map(_length, shape))
        goal = plain(self.shape)
        if goal == ():
            self.term = language.number(term)
        elif term.ndim == 0:
            self.term = zeros(goal) if is_number(term, 0) else r.multiply(term, Ones(goal))
        else:
            term = language.column(term)
            self.term = term if same_shape(term.shape, goal) else term.T

    @property
    def _value(self) -> Unknown:  # what `lecturelib.numbers.values.base` looks for
        return Unknown(self)

    def __len__(self) -> Any:
        return super().__len__().__index__()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            if ufunc in (np.power, np.float_power):
                return r.power(*inputs)
            if ufunc is np.heaviside and is_number(lifted(inputs[1]).term, 0):
                return r.step(inputs[0])
        return super().__array_ufunc__(ufunc, method, *inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        result = _OWN[function](*args, **kwargs) if function in _OWN else NotImplemented
        if result is NotImplemented:
            result = super().__array_function__(function, types, args, kwargs)
        return result

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        inputs = [lifted(x) for x in operands]
        parameters = {
            name: value for name, value in parameters.items()
            if value is not None and (name not in ("k", "offset") or value != 0)
        }  # fmt: skip
        if operation.name in _FORMS:
            return _FORMS[operation.name](*inputs, **parameters)
        rule = operation.rule
        shape = rule.shape(*(x.shape for x in inputs), **parameters)
        if rule.shape is shapes.broadcast:
            return Traced(operation(*(spread(x, shape) for x in inputs), **parameters), shape)
        if len(rule.outputs) > 1:
            parts = operation(*(language.column(x.term) for x in inputs), **parameters)
            return tuple(map(Traced, parts, shape))
        if any(x.ndim and not x.term.ndim for x in inputs) and operation.name not in _OF_NUMBERS:
            _refuse(f"{operation.name} meets a matrix of one entry", "Take its entry: X[0, 0].")
        build: Any = language.builder(operation.name)
        return Traced(build(*(x.term for x in inputs), **parameters), shape)


for _name, _operate in {
    "pow": lambda a, b: r.power(a, b),
    "rpow": lambda a, b: r.power(b, a),
    "invert": lambda a: 1 - a,
    "and": lambda a, b: a * b,
    "or": lambda a, b: a + b - a * b,
}.items():
    setattr(Traced, f"__{_name}__", _operate)


#: What `language.FUNCTIONS` knows of a number in the place of a matrix.
_OF_NUMBERS = frozenset("det inv logdet vec".split())


def plain(shape: Shape) -> Shape:
    """The shape of the term: a vector is a column, and what has one entry is a number."""
    if all(same(n, 1) for n in shape):
        return ()
    if len(shape) > 2:
        _refuse(
            f"An array of shape {shapes.written(shape)} has {len(shape)} axes, and formulas have "
            "numbers, vectors and matrices",
            "Write it with products of matrices, such as |x|^2 + |y|^2 - 2 x @ y.T for distances.",
        )
    return (*shape, 1)[:2]


def spread(x: Any, shape: Shape) -> Any:
    """The term of x in every place of a shape to which NumPy broadcasts it; a number as it is."""
    if x.term.ndim == 0 or len(shape) < 2:
        return x.term
    term = x.term.T if x.ndim == 1 else x.term
    for axis, n in enumerate(shape):
        if same(term.shape[axis], 1) and not same(n, 1):
            term = r.matmul(term, Ones((1, n))) if axis else r.matmul(Ones((n, 1)), term)
    return term


def lifted(x: Any) -> Any:
    """What stands in a function, traced: a size, a number, or an array, which gets a name."""
    if isinstance(x, Traced | Unknown):
        return x if isinstance(x, Traced) else x.of
    if isinstance(x, Size):
        return Traced(language.size_term(x), ())
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or not x.size or not np.all(np.isfinite(x)):
        raise UntraceableError(
            f"An array of shape {x.shape} and type {x.dtype} stands in the function. Formulas "
            "here hold real numbers that are finite."
        )
    first = x.flat[0].item()
    first = first if first != int(first) else int(first)
    if np.all(x == first):
        return Traced(lift(first), x.shape)
    if x.ndim == 2 and x.shape[0] == x.shape[1] and np.array_equal(x, first * np.eye(len(x))):
        return Traced(r.multiply(lift(first), Identity(len(x))), x.shape)
    return _constant(x)


def _constant(x: Any) -> Any:
    """An array as a symbol: by the name that the function has for it, or else C_1, C_2, ..."""
    found = _TRACE.get()
    if _place(x) not in found.places and _place(x.T) in found.places:
        return _constant(x.T).T
    name, value = found.places.get(_place(x)), x.reshape(plain(x.shape))
    for other, known_value in found.constants.items():
        if name in (None, other) and np.array_equal(known_value, value):
            return Traced(found.symbols[other], x.shape)
    taken = {*found.symbols, *found.sizes}
    if name is None or name in taken:
        name = next(c for i in itertools.count(1) if (c := f"C_{i}") not in taken)
        found.notes.append(f"{name} is an array of shape {x.shape} in the function")
    found.constants[name] = value
    return Traced(declare(found.scope, name, value.shape), x.shape)


def _place(x: Any) -> Any:
    return x.__array_interface__["data"][0], x.shape, x.strides


# -- Operations that NumPy means otherwise than a formula -----------------------------------------


def _long(shape: Shape) -> Shape:
    return tuple(n for n in shape if not same(n, 1))


def _add(a: Any, b: Any) -> Any:
    shape = shapes.broadcast(a.shape, b.shape)
    for x, other in ((a, b), (b, a)):
        if is_number(x.term, 0) and same_shape(shape, other.shape):  # where Python's sum starts
            return other
    return Traced(r.add(spread(a, shape), spread(b, shape)), shape)


def _multiply(a: Any, b: Any) -> Any:
    """Entrywise; what is the same in all rows or all columns by a product of matrices."""
    shape = shapes.broadcast(a.shape, b.shape)
    if is_number(a.term, 0) or is_number(b.term, 0):
        return Traced(Number(0), shape)
    for x, y in ((a, b), (b, a)):
        if len(_long(shape)) == 2 and len(_long(x.shape)) == 1:
            row = x.ndim == 1 or same(x.shape[0], 1)
            if len(_long(y.shape)) == 2:
                D = r.diag(language.flat(x.term))
                return Traced(r.matmul(y.term, D) if row else r.matmul(D, y.term), shape)
            if not row:
                return Traced(r.matmul(x.term, y.reshape(-1).term.T), shape)
    return Traced(r.multiply(spread(a, shape), spread(b, shape)), shape)


def _maximum(a: Any, b: Any) -> Any:
    shape = shapes.broadcast(a.shape, b.shape)
    for x, other in ((a, b), (b, a)):
        if is_number(other.term, 0):
            return Traced(r.relu(spread(x, shape)), shape)
    return Traced(r.maximum(spread(a, shape), spread(b, shape)), shape)


def _where(condition: Any, *branches: Any) -> Any:
    if len(branches) != 2:
        return NotImplemented
    mask, (a, b) = lifted(condition), map(lifted, branches)
    return mask * a + (1 - mask) * b


def _matmul(a: Any, b: Any) -> Any:
    shape = shapes.product(a.shape, b.shape)
    return Traced(language.product(a.term.T if a.ndim == 1 else a.term, b.term), shape)


def _transpose(a: Any, axes: Any = None) -> Any:
    stays = a.ndim < 2 or (axes is not None and tuple(axes) == (0, 1))
    return Traced(a.term if stays else a.term.T, shapes.turned(a.shape, axes=axes))


def _reshape(a: Any, shape: Any, order: str = "C") -> Any:
    goal = TABLE["reshape"].rule.shape(a.shape, shape=tuple(map(_length, shape)))
    if not same(shapes.count(goal), shapes.count(a.shape)):
        raise ValueError(
            f"An array of shape {shapes.written(a.shape)} has {a.size} entries, and one of shape "
            f"{shapes.written(goal)} has not."
        )
    if same_shape(_long(a.shape), _long(goal)):
        return Traced(a.term, goal)
    if len(_long(a.shape)) == 2:
        entries = FUNCTIONS["vec"](a.term.T if order == "C" else a.term)
    else:
        entries = Traced(a.term, (a.size,)).term
    if len(_long(goal)) == 1:
        return Traced(entries, goal)
    wide = plain(goal)
    if order == "F":
        return Traced(r.reshape(entries, shape=wide, order="F"), goal)
    return Traced(r.reshape(entries, shape=wide[::-1], order="F").T, goal)


def _broadcast_to(a: Any, shape: Any) -> Any:
    shape = tuple(map(_length, shape))
    if not same_shape(shapes.broadcast(a.shape, shape), shape):
        raise ValueError(f"An array of shape {shapes.written(a.shape)} has no place in {shape}.")
    return Traced(spread(a, shape), shape)


def _getitem(a: Any, index: Any) -> Any:
    parts: list[Any] = [np.flatnonzero(p) if _is_mask(p, 1) else p for p in _tuple(index)]
    if len(parts) == 1 and _is_mask(parts[0], 2) and a.ndim == 2:
        return a.reshape(-1)[np.flatnonzero(parts[0])]
    free = a.ndim - sum(p is not None and p is not Ellipsis for p in parts)
    if free < 0 or any(isinstance(p, bool) for p in parts):
        raise IndexError(f"An array of shape {shapes.written(a.shape)} has no part {index}.")
    at = next((i for i, p in enumerate(parts) if p is Ellipsis), len(parts))
    parts[at : at + 1] = [slice(None)] * free
    if any(np.ndim(p) for p in parts if not isinstance(p, slice) and p is not None):
        return _gathered(a, parts)
    shape: list[Any] = []
    slices, places = [], []
    sizes = iter(a.shape)
    for part in parts:
        if part is None:
            shape.append(1)
            continue
        n, whole = next(sizes), isinstance(part, slice)
        taken, length = _sliced(n, part if whole else slice(part, part + 1 or None))
        if whole:
            shape.append(length)
        slices.append(taken)
        places.append(0 if same(n, 1) else None if whole else part)
    if len(places) == 1 and (value := _extreme(a, shape, places[0])) is not None:
        return value
    if all(part == slice(None) for part in slices):
        return Traced(a.term, shape)
    if None not in places:
        return Traced(r.getitem(a.term, index=(*places, 0)[:2]), shape)
    term = r.getitem(a.term, index=(*slices, slice(None))[:2])
    if any(not letter.name for n in term.shape for letter in shapes.letters(n)):
        _refuse(f"The length of the part {index} is not known", "Declare sizes as numbers.")
    return Traced(term, shape)


def _tuple(x: Any) -> tuple[Any, ...]:
    return tuple(x) if isinstance(x, tuple) else (x,)


def _is_mask(p: Any, axes: int) -> bool:
    return isinstance(p, np.ndarray) and p.dtype == bool and p.ndim == axes


def _sliced(n: Any, part: slice) -> tuple[slice, Any]:
    """The slice of an axis, from one end to another, and its length."""
    if not isinstance(n, Size):
        places = range(*part.indices(n))
        if not places:
            raise IndexError(f"An axis of length {n} has no entries at {part}.")
        if places.step == 1:
            part = slice(places.start, max(places.start, places.stop))
        return (slice(None) if places == range(n) else part), len(places)
    if part.step not in (None, 1):
        _refuse(f"A step of {part.step} along the size {n} has no length", "Declare n as a number.")
    ends = (part.start or 0, n if part.stop is None else part.stop)
    start, stop = (known(n + k) if not isinstance(k, Size) and k < 0 else known(k) for k in ends)
    whole = same(start, 0) and same(stop, n)
    return slice(None) if whole else slice(start, stop), _length(_length(stop) - start)


def _gathered(a: Any, parts: list[Any]) -> Any:
    """An index of arrays: rows of the identity times what is indexed."""
    axes = [i for i, p in enumerate(parts) if not isinstance(p, slice)]
    arrays = np.broadcast_arrays(*(np.asarray(parts[i]) for i in axes))
    others = [p for p in parts if isinstance(p, slice)]
    if any(p != slice(None) for p in others) or (others and arrays[0].ndim > 1):
        raise UntraceableError(
            "An index of arrays beside slices or None is not read in formulas. Index one axis "
            "after the other."
        )
    if len(axes) == 1 and isinstance(a.shape[axes[0]], Size):
        before = (slice(None),) * axes[0]
        return np.stack([a[(*before, int(k))] for k in arrays[0]], axis=axes[0])
    rows = [np.eye(a.shape[i])[p.ravel()] for i, p in zip(axes, arrays, strict=True)]
    if others:
        return rows[0] @ a if axes == [0] else a @ rows[0].T
    found = rows[0] @ a if a.ndim == 1 else np.sum((rows[0] @ a) * rows[1], axis=1)
    return found.reshape(arrays[0].shape)


#: Outputs of a factorisation that a formula knows by a name of their own.
_EXTREME = {
    ("eigh", -1): "lambda_max",
    ("eigh", 0): "lambda_min",
    ("svd", 0): "spectral_norm",
    ("svd", "sum"): "nuclear_norm",
}


def _extreme(a: Any, shape: Any, what: Any) -> Any:
    part: Any = visible(a.term)
    name = _EXTREME.get((part.source.name, what)) if isinstance(part, Part) else None
    if name is None or part.place != 0:
        return None
    return Traced(TABLE[name](part.source.operands[0]), shape)


def _take(a: Any, indices: Any, axis: Any = None) -> Any:
    a, axis = (a.reshape(-1), 0) if axis is None else (a, normalize_axis_index(axis, a.ndim))
    return a[(*(slice(None),) * axis, indices)]


def _concatenate(*arrays: Any, axis: int = 0) -> Any:
    axis = normalize_axis_index(axis, arrays[0].ndim)
    around = [(*a.shape[:axis], *a.shape[axis + 1 :]) for a in arrays]
    if not all(same_shape(around[0], other) for other in around):
        raise ValueError(
            f"Arrays of shapes {', '.join(shapes.written(a.shape) for a in arrays)} are not joined "
            f"along axis {axis}: their other sizes differ."
        )
    shape = TABLE["concatenate"].rule.shape(*(a.shape for a in arrays), axis=axis)
    terms = [a.term for a in arrays]
    return Traced(language.joined([terms] if axis else [[term] for term in terms]), shape)


def _diag(a: Any, **k: Any) -> Any:
    term = r.diag(language.flat(language.column(a.term)), **k)
    return Traced(term, TABLE["diag"].rule.shape(a.shape, **k))


def _diagonal(a: Any, offset: int = 0) -> Any:
    (m, n), i, j = a.shape, max(-offset, 0), max(offset, 0)
    if not same(m, n) and (isinstance(m, Size) or isinstance(n, Size)):
        _refuse(
            f"The diagonal of an array of shape {shapes.written(a.shape)} has no length",
            "Declare its sizes as numbers, or as one letter.",
        )
    length = m - i - j if same(m, n) else min(m - i, n - j)
    return Traced(FUNCTIONS["diag"](a[i : i + length, j : j + length].term), (length,))


def _trace_of(a: Any) -> Any:
    square = isinstance(a.shape[0], Size) or same(*a.shape)
    return Traced(FUNCTIONS["tr"](a.term), ()) if square else a.diagonal().sum()


def _cumsum(a: Any, axis: int) -> Any:
    axis = normalize_axis_index(axis, a.ndim)
    return a if same(a.shape[axis], 1) else Traced(r.cumsum(a.term, axis=axis), a.shape)


def _slogdet(a: Any) -> Any:
    note = "np.linalg.slogdet is read as the logarithm of a determinant that is positive"
    if note not in _TRACE.get().notes:
        _TRACE.get().notes.append(note)
    return Traced(r.sign(FUNCTIONS["det"](a.term)), ()), Traced(FUNCTIONS["logdet"](a.term), ())


# -- Reductions -----------------------------------------------------------------------------------

_ALL: dict[str, Callable[[Any], Any]] = {
    "sum": r.sum, "mean": r.mean, "norm": r.norm, "max": r.max, "prod": r.prod,
    "logsumexp": lambda M: r.log(r.sum(r.exp(M))),
}  # fmt: skip


def _reduction(name: str) -> Callable[..., Any]:
    """Over all axes that are longer than 1, over one of two, or over none."""

    def reduce(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = set(range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim))
        shape = shapes.reduced(a.shape, axis=tuple(axes), keepdims=keepdims)
        long = {i for i, n in enumerate(a.shape) if not same(n, 1)}
        if not axes & long:
            return Traced(r.abs(a.term) if name == "norm" else a.term, shape)
        if not long <= axes:
            return Traced(_along(name, a.term, *(axes & long)), shape)
        if name == "logsumexp" and len(long) == 1:
            return Traced(_along(name, a.term, int(same(a.term.shape[0], 1))), shape)
        value = _extreme(a, shape, name)
        return Traced(_ALL[name](a.term), shape) if value is None else value

    return reduce


def _along(name: str, term: Any, axis: int) -> Any:
    if name == "mean":
        return _along("sum", term, axis) / language.size_term(term.shape[axis])
    if name == "norm":
        return r.sqrt(_along("sum", r.power(term, Number(2)), axis))
    return TABLE[name](term, axis=axis, keepdims=True)


def _softmax(a: Any, axis: Any = None) -> Any:
    long = [i for i, n in enumerate(a.shape) if not same(n, 1)]
    axes = long if axis is None else [i for i in normalize_axis_tuple(axis, a.ndim) if i in long]
    if len(axes) == 2:
        weights = r.exp(a.term)
        return Traced(weights / r.sum(weights), a.shape)
    return Traced(r.softmax(a.term, axis=axes[0]) if axes else Number(1), a.shape)


# -- einsum ---------------------------------------------------------------------------------------


def _einsum(*factors: Any, subscripts: str) -> Any:
    """Letter after letter is summed by a product of matrices; what is left meets entrywise."""
    left, out = subscripts.split("->")
    if len(out) > 2 or not set(out) <= set(left):
        _refuse(f"einsum gives an array with the axes {out!r}", "Let it give a vector or a matrix.")
    parts: dict[str, Any] = {}
    for letters, x in zip(left.split(","), factors, strict=True):
        diagonal = len(letters) == 2 and letters[0] == letters[1]
        _met(parts, letters[:1] if diagonal else letters, x.diagonal() if diagonal else x)
    summed = sorted(set(left) - set(out) - {","})
    while summed:
        c = min(summed, key=lambda letter: sum(letter in letters for letters in parts))
        summed.remove(c)
        own = {letters: parts.pop(letters) for letters in [*parts] if c in letters}
        vector = own.pop(c, None)
        matrices = [(k.strip(c), M if k[0] == c else M.T) for k, M in own.items()]
        if len(matrices) > 2:
            raise UntraceableError(
                f"einsum multiplies {len(matrices)} matrices along its letter {c}, and a formula "
                "multiplies two. Take the product in parts."
            )
        (a, A), (b, B) = (*matrices, ("", None), ("", None))[:2]
        if B is not None:
            _met(parts, a + b, (A if vector is None else vector[:, None] * A).T @ B)
        elif A is None:
            _met(parts, "", vector.sum())
        elif vector is None and a in summed and not any(a in letters for letters in parts):
            summed.remove(a)
            _met(parts, "", A.sum())
        else:
            _met(parts, a, A.sum(axis=0) if vector is None else A.T @ vector)
    result: Any = 1
    for letters, x in parts.items():
        column = len(out) == 2 and letters == out[0]
        result = result * (x[:, None] if column else x.T if letters != out else x)
    return lifted(result)


def _met(parts: dict[str, Any], letters: str, x: Any) -> None:
    """One more factor: those with the same letters meet entry by entry."""
    if letters[::-1] in parts:
        letters, x = letters[::-1], x if len(letters) < 2 else x.T
    parts[letters] = parts[letters] * x if letters in parts else x


_FORMS: dict[str, Callable[..., Any]] = {
    "add": _add, "multiply": _multiply, "maximum": _maximum, "matmul": _matmul,
    "transpose": _transpose, "reshape": _reshape, "broadcast_to": _broadcast_to,
    "getitem": _getitem, "take": _take, "concatenate": _concatenate, "diag": _diag,
    "diagonal": _diagonal, "trace": _trace_of, "slogdet": _slogdet, "cumsum": _cumsum,
    "softmax": _softmax, "einsum": _einsum,
    "stack": lambda *arrays, axis: np.concatenate(
        [np.expand_dims(a, axis) for a in arrays], axis=axis
    ),
    "outer": lambda a, b: a.reshape(-1, 1) * b.reshape(-1),
    "square": lambda a: a**2, "reciprocal": lambda a: 1 / a,
    "general_power": lambda a, b: a**b,
    "real": lambda a: a, "conjugate": lambda a: a, "imag": lambda a: 0 * a,
    **{name: _reduction(name) for name in _ALL},
}  # fmt: skip


# -- NumPy's functions that the numeric readers answer by code that needs sizes or exponents ------


def _kron(a: Any, b: Any) -> Any:
    a, b = lifted(a), lifted(b)
    if a.ndim != b.ndim:
        return NotImplemented
    shape = [m * n for m, n in zip(a.shape, b.shape, strict=True)]
    return Traced(FUNCTIONS["kron"](a.term, b.term), shape)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord != "nuc" or axis is not None or keepdims:
        return NotImplemented
    return Traced(FUNCTIONS["normnuc"](x.term), ())


_OWN: dict[Any, Callable[..., Any]] = {
    np.where: _where, np.kron: _kron, np.linalg.norm: _norm,
    np.eye: lambda N, M=None, **dtype: Traced(Identity(N), (N, N if M is None else M)),
    np.identity: lambda n, **dtype: Traced(Identity(n), (n, n)),
    np.ones: lambda shape, **dtype: Traced(Number(1), _tuple(shape)),
    np.zeros: lambda shape, **dtype: Traced(Number(0), _tuple(shape)),
    np.full: lambda shape, value, **dtype: Traced(lifted(value).term, _tuple(shape)),
    np.full_like: lambda a, value, **dtype: Traced(lifted(value).term, a.shape),
    np.linalg.matrix_power: lambda a, n: Traced(
        language.power_of(a.term, lifted(n).term), _square(a)
    ),
    np.linalg.multi_dot: lambda arrays: functools.reduce(np.matmul, arrays),
}  # fmt: skip


def _square(a: Any) -> Shape:
    return shapes.square(a.shape)


# -- Functions ------------------------------------------------------------------------------------


def trace(f: Callable[..., Any], wrt: str | Sequence[str], where: str) -> Trace:
    """Run a NumPy function on terms.

    Parameters
    ----------
    f : callable
        Of arrays; it gives a number, a vector or a matrix. Names that it takes from outside are
        symbols where they are declared; other arrays and numbers are constants.
    wrt : str or list of str
        The variables.
    where : str
        What the names are: ``"X: m x n; w: n; t: scalar"``. Here ``w: n`` is a vector with one
        axis, ``w: n x 1`` a column, ``w: 1 x n`` a row.

    Returns
    -------
    Trace

    Raises
    ------
    UntraceableError
        If the function does with letters what only numbers can do.
    ParseError
        If a parameter is not declared.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.symbols.traced import trace
    >>> A = np.array([[2.0, 1.0], [0.0, 3.0]])
    >>> found = trace(lambda x: x @ A @ x, "x", "x: 2")
    >>> found.term, found.constants["A"].shape
    (x'*A*x, (2, 2))
    """
    name, scope = getattr(f, "__name__", type(f).__name__), declarations(where)
    found = Trace(name, scope, _named_arrays(f))
    given = {x: Traced(symbol, _shape(x, symbol, where)) for x, symbol in scope.symbols.items()}
    arguments = _arguments(f, name, given, where)
    token = _TRACE.set(found)
    try:
        result = _with_names(f, given, scope.letters)(*arguments.args, **arguments.kwargs)
        if result is None or isinstance(result, tuple | list | dict):
            raise UntraceableError(
                f"The function {name} gives a {type(result).__name__}, and a formula is one "
                "number, vector or matrix. Return one array."
            )
        found.term = lifted(result).term
        _refuse_outputs(found.term)
    except UntraceableError:
        raise
    except (TypeError, ValueError) as error:
        if re.search("Traced|Length|Unknown|Size", str(error)):
            raise UntraceableError(f"The function {name} is not read: {error}.") from error
        if scope.letters and re.search(r"[( ]([2-9]|\d{2,})[,)]", str(error)):
            message = "An array of the function has sizes that are numbers: declare all by numbers."
            raise ValueError(f"{error} {message}") from error
        raise
    finally:
        _TRACE.reset(token)
    found.wrt = [_variable(x, name, scope) for x in ([wrt] if isinstance(wrt, str) else wrt)]
    return found


def _refuse_outputs(term: Any) -> None:
    waiting, seen = [term], {0}
    while waiting:
        x = waiting.pop()
        if isinstance(x, Part):
            raise UntraceableError(
                f"An output of {x.source.name} stands in the function. Formulas know the largest "
                "and the smallest eigenvalue, eigvalsh(X)[-1] and eigvalsh(X)[0], and of svdvals "
                "the first and the sum; take lecturelib.gradient(f, X) at numbers for others."
            )
        waiting += [y for y in _below(x) if id(y) not in seen]
        seen.update(map(id, _below(x)))


def _spelled(name: str) -> str:
    """A name of Python's as `derive` writes it; nothing if it cannot."""
    try:
        return spelling(name)
    except ParseError:
        return ""


def _shape(name: str, symbol: Any, where: str) -> Shape:
    """NumPy's shape of what is declared: ``n`` is one axis, ``n x 1`` are two."""
    for item in re.split(r"[;\n]", where):
        names, _, sizes = item.partition(":")
        if name in map(_spelled, names.split(",")):
            two_axes = re.search(r"(x|×|,|by|times)\s*1\b", sizes)
            if symbol.shape == ():
                return (1, 1) if two_axes else ()
            return symbol.shape if two_axes or not language.is_column(symbol) else symbol.shape[:1]
    return symbol.shape


def _arguments(f: Any, name: str, given: dict[str, Any], where: str) -> Any:
    """What the function is called with: by the names of its parameters, or in their order."""
    try:
        signature = inspect.signature(f)
    except ValueError:  # written in C, as NumPy's own
        return types.SimpleNamespace(args=given.values(), kwargs={})
    parameters = signature.parameters.values()
    values = {p.name: given[_spelled(p.name)] for p in parameters if _spelled(p.name) in given}
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    due = [p.name for p in parameters if p.default is p.empty and p.kind not in several]
    if not values and len(due) == len(given):
        values = dict(zip(due, given.values(), strict=True))
    for x in due:
        if x not in values:
            raise ParseError(
                f"The parameter {x} of {name} is not declared. Write `{x}: m x n` for a matrix, "
                f"`{x}: n` for a vector with one axis, `{x}: scalar` for a number.", where, 0,
            )  # fmt: skip
    bound = signature.bind_partial()
    bound.arguments.update(values)
    return bound


def _named_arrays(f: Any) -> dict[Any, str]:
    """Where the arrays lie that the function knows by a name."""
    f = getattr(f, "func", f)  # of a partial function
    if not isinstance(f, types.FunctionType):
        return {}
    cells = zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
    names = dict(f.__globals__)
    names |= {name: cell.cell_contents for name, cell in cells if cell != types.CellType()}
    names |= {p.name: p.default for p in inspect.signature(f).parameters.values()}
    arrays = {name: x for name, x in names.items() if isinstance(x, np.ndarray)}
    return {_place(x): _spelled(name) for name, x in arrays.items() if _spelled(name)}


def _with_names(f: Any, given: dict[str, Any], letters: dict[str, Size]) -> Any:
    """The function, in which declared names that it takes from outside are symbols."""
    if not isinstance(f, types.FunctionType):
        return f
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    outside = {
        x: lifted(size) for x, size in letters.items() if x not in {**f.__globals__, **cells}
    }
    outside |= {x: given[_spelled(x)] for x in _names_in(f.__code__) if _spelled(x) in given}
    closure = tuple(types.CellType(outside[x]) if x in outside else c for x, c in cells.items())
    names = {**f.__globals__, **outside}
    g = types.FunctionType(f.__code__, names, f.__name__, f.__defaults__, closure)
    g.__kwdefaults__ = f.__kwdefaults__
    return g


def _names_in(code: types.CodeType) -> set[str]:
    inner = (_names_in(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return {*code.co_names, *code.co_freevars}.union(*inner)
