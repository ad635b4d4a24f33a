"""How NumPy's names reach the table: the array protocols of everything under differentiation.

`ArrayProtocol` answers ``np.sin(x)``, ``x @ A`` or ``x.sum()`` with the operation of the table.
Argument forms that NumPy allows (axes, orders, default shapes) are brought to one form here;
`lecturelib.numbers.composites` spells out what else NumPy has in terms of these functions.
"""

from __future__ import annotations

import functools
import math
import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import table as r
from ..table.operation import ANSWERS, found, loaded
from .values import base

#: NumPy function -> its implementation on traced arrays; ufuncs stand in a table of their own.
FUNCTIONS: dict[Any, Callable[..., Any]] = {}
UFUNCS: dict[Any, Callable[..., Any]] = {}


class UntraceableError(TypeError):
    """The code under differentiation left NumPy's protocols."""


_MATERIALIZED = (
    "A value under differentiation was turned into a plain number or array (by {how}), which would "
    "lose its derivative. Write the code with NumPy functions on whole arrays: np.stack([...]) "
    "instead of np.array([...]), Y = np.where(...) or np.concatenate(...) instead of "
    "Y[i, j] = ..., np.exp(x) instead of math.exp(x), lecturelib.expm and np.linalg instead of "
    "scipy.linalg."
)


class ArrayProtocol:
    """What a traced quantity shares with `numpy.ndarray`: operators, methods, dispatch."""

    __slots__ = ()

    # -- dispatch ---------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            raise UntraceableError(_MATERIALIZED.format(how=f"np.{ufunc.__name__}(..., out=...)"))
        if method == "reduce" and ufunc in _REDUCTIONS:
            axis = kwargs.pop("axis", 0)
            options = {name: value for name, value in kwargs.items() if value is not None}
            return _REDUCTIONS[ufunc](inputs[0], axis=axis, **options)
        operation = UFUNCS.get(ufunc) or _answer(ufunc)
        if operation is not None and method == "outer":
            a, b = inputs
            return operation(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)
        if method == "accumulate" and ufunc in _ACCUMULATIONS:
            return _ACCUMULATIONS[ufunc](inputs[0], axis=kwargs.get("axis", 0))
        if method != "__call__" or operation is None:
            suffix = "" if method == "__call__" else f".{method}"
            raise unknown_function(f"{_home(ufunc)}{ufunc.__name__}{suffix}")
        if not kwargs and type(operation) is r.Operation:
            return self._apply(operation, inputs, {})
        if kwargs:
            raise _unsupported(f"np.{ufunc.__name__}", kwargs)
        return operation(*inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        implementation = FUNCTIONS.get(function) or _answer(function)
        if implementation is None:
            name = getattr(function, "__name__", str(function))
            raise unknown_function(f"{getattr(function, '__module__', 'numpy')}.{name}")
        if type(implementation) is r.Operation and len(args) > len(implementation.rule.inputs):
            raise _unsupported(f"np.{function.__name__}", {"more arguments": args[1:]})
        try:
            return implementation(*args, **kwargs)
        except TypeError as error:
            if "unexpected keyword argument" in str(error):
                raise _unsupported(f"np.{function.__name__}", kwargs) from error
            raise

    def __bool__(self) -> bool:
        return bool(base(self))

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self  # nothing can change it

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("A value of shape () under differentiation has no length.")
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    __hash__ = None  # type: ignore[assignment]

    # -- what an array knows of itself ------------------------------------------------------------

    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        return base(self).dtype

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        return r.getitem(self, index=tuple(base(part) for part in parts))

    @property
    def T(self) -> Any:  # noqa: N802 (the name NumPy uses)
        return r.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802 (the name NumPy uses)
        return _swapaxes(self, -1, -2)

    @property
    def nbytes(self) -> int:
        return base(self).nbytes

    @property
    def real(self) -> Any:
        return r.real(self)

    @property
    def imag(self) -> Any:
        return r.imag(self)

    def transpose(self, *axes: Any) -> Any:
        return _transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def reshape(self, *shape: Any, order: str = "C", copy: Any = None) -> Any:
        return _reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def astype(self, dtype: Any, **kwargs: Any) -> Any:
        if np.issubdtype(dtype, np.inexact) and np.dtype(dtype).itemsize >= 8:
            return self
        raise UntraceableError(_MATERIALIZED.format(how=f"astype({np.dtype(dtype).name})"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(f"An array under differentiation has no attribute {name!r}.")
        raise unknown_function(f"ndarray.{name}")


def _home(ufunc: Any) -> str:
    """The library of a ufunc, which it does not say itself."""
    for module in ("numpy", "scipy.special"):
        if getattr(sys.modules.get(module), ufunc.__name__, None) is ufunc:
            return f"{module}."
    return ""


def _answer(function: Any) -> Callable[..., Any] | None:
    """What answers for a function that is not known at once.

    An entry that came later, or names a function of another library, or a function spelled out in
    terms of others. Of two entries for one function the later one answers.
    """
    if function in ANSWERS:
        return ANSWERS[function]
    for operation in reversed(r.TABLE.values()):
        if any(loaded(known) is function for known in operation.rule.function):
            ANSWERS[function] = operation
            return operation
    from . import composites

    table = composites.UFUNCS if isinstance(function, np.ufunc) else composites.FUNCTIONS
    return table.get(function)


def _refuse(how: str) -> Callable[..., Any]:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise UntraceableError(_MATERIALIZED.format(how=how))

    return refuse


for _name, _how in {
    "__array__": "np.array, an item assignment or a library outside NumPy",
    "__float__": "float() or the math module",
    "__complex__": "complex()",
    "__int__": "int()",
    "__setitem__": "an item assignment",
    "__format__": "a format string",
    "item": "item()",
    "tolist": "tolist()",
}.items():
    setattr(ArrayProtocol, _name, _refuse(_how))


def _defers(other: Any) -> bool:
    """Whether the other operand (the recorder, a zero) handles the operator itself."""
    return getattr(other, "__array_ufunc__", other) is None


def unknown_function(name: str) -> UntraceableError:
    """The error for a function without a rule.

    Parameters
    ----------
    name : str
        NumPy's name of the function.
    """
    family = "fft" if ".fft." in name else name.rpartition(".")[2]
    if family in _INSTEAD:
        return UntraceableError(f"There is no derivative rule for {name}. {_INSTEAD[family]}.")
    return UntraceableError(
        f"There is no derivative rule for {name}. Write it with functions that have one "
        "(print(lecturelib.rules) lists them), or enter it yourself: lecturelib.rule says how."
    )


#: What to write in place of functions that would need a second way of thinking.
_INSTEAD = dict.fromkeys(
    ["percentile", "quantile", "nanpercentile", "nanquantile", "nanmedian"],
    "Sort with np.sort, and take the weighted mean of the two entries around the rank",
) | {
    "fft": "The transform is linear: multiply by its matrix, such as np.fft.fft(np.eye(n))",
    "interp": "Find the intervals with np.searchsorted on the plain abscissae, and write the "
    "straight line between the two ends",
    "convolve": "Multiply np.lib.stride_tricks.sliding_window_view(np.pad(x, k), n) by the kernel, "
    "reversed",
    "correlate": "Multiply np.lib.stride_tricks.sliding_window_view(np.pad(x, k), n) by the kernel",
    "polyfit": "Solve the least-squares problem of lecturelib.polynomial_design(x, degree)",
    "roots": "Take np.linalg.eigvals of the companion matrix",
}


def _unsupported(name: str, kwargs: dict[str, Any]) -> TypeError:
    return TypeError(
        f"{name} was called with {', '.join(kwargs)} on a value under differentiation, and not all "
        "of these options are differentiated. Use the plain call, and np.where for a mask."
    )


def _matrices(name: str, a: Any) -> Any:
    """a, refused unless it is a matrix or a stack of matrices."""
    if a.ndim < 2:
        raise ValueError(
            f"{name} is differentiated for matrices, and was given an array of shape {a.shape}."
        )
    return a


def _memory_order(order: str) -> str:
    if order not in ("C", "F"):
        raise ValueError(
            f"order={order!r} depends on how an array lies in memory, which a derivative does not "
            "know. Use order='C' (rows first) or order='F' (columns first)."
        )
    return order


def entering(
    functions: dict[Any, Callable[..., Any]], ufuncs: dict[Any, Callable[..., Any]]
) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """A decorator that enters code for NumPy functions into these tables."""

    def implements(*names: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
            for function in names:
                table = ufuncs if isinstance(function, np.ufunc) else functions
                table[function] = implementation
            return implementation

        return register

    return implements


#: ``@implements(np.dot)`` registers the decorated code as what NumPy does on traced arrays.
implements = entering(FUNCTIONS, UFUNCS)


# -- products -------------------------------------------------------------------------------------


@implements(np.dot)
def _dot(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return r.multiply(a, b)
    if np.ndim(a) > 2 or np.ndim(b) > 2:
        return np.tensordot(a, b, axes=(-1, -2 if np.ndim(b) > 1 else -1))
    return r.matmul(a, b)


@implements(np.outer)
def _outer(a: Any, b: Any) -> Any:
    return r.outer(_ravel(a), _ravel(b))


@implements(np.kron)
def _kron(a: Any, b: Any) -> Any:
    if np.ndim(a) != 2 or np.ndim(b) != 2:
        from .composites import kron

        return kron(a, b)
    return r.kron(a, b)


@implements(np.einsum)
def _einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str):
        subscripts, operands = _letters_of(subscripts, *operands)
    if "." in subscripts:
        subscripts = _without_dots(subscripts, operands)
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    if not arrow:  # NumPy's implicit form: the indices that occur once, in alphabetical order
        letters = left.replace(",", "")
        right = "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
    operands = tuple(A if hasattr(A, "shape") else np.asarray(A) for A in operands)
    named = left.split(",")
    if [len(letters) for letters in named] != [A.ndim for A in operands]:
        raise ValueError(
            f"einsum({subscripts!r}) names the axes of {len(named)} arrays, and was given arrays "
            f"of shapes {', '.join(str(A.shape) for A in operands)}. Each array needs a letter for "
            "each of its axes."
        )
    sizes: dict[str, int] = {}
    for letters, operand in zip(named, operands, strict=True):
        for letter, size in zip(letters, operand.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(
                    f"The index {letter} of einsum has the lengths {sizes[letter]} and {size}; it "
                    "is differentiated where all its lengths agree. Give a broadcast axis no index."
                )
    return r.einsum(*operands, subscripts=f"{left}->{right}")


def _letters_of(*interleaved: Any) -> tuple[str, tuple[Any, ...]]:
    """``einsum(A, [0, 1], B, [1, 2], [0, 2])`` in the form with a string."""
    operands, numbers = interleaved[0::2], interleaved[1::2]
    out = None
    if len(operands) > len(numbers):
        *operands, out = operands  # type: ignore[assignment]
    words = [
        "".join("..." if k is Ellipsis else chr(ord("a") + k) for k in indices)
        for indices in (*numbers, *([] if out is None else [out]))
    ]
    left = ",".join(words[: len(numbers)])
    return left + ("" if out is None else f"->{words[-1]}"), tuple(operands)


def _without_dots(subscripts: str, operands: Any) -> str:
    """Letters in the place of dots, the same for the axes that NumPy lines up from the right."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    free = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in subscripts]
    words, most = [], 0
    for word, operand in zip(left.split(","), operands, strict=True):
        hidden = np.ndim(operand) - len(word.replace("...", "")) if "..." in word else 0
        words.append(word.replace("...", "".join(free[:hidden][::-1])))
        most = max(most, hidden)
    dots = "".join(free[:most][::-1])
    if not arrow:  # the dots come first, then what occurs once
        letters = left.replace(",", "").replace(".", "")
        right = "..." + "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
    return f"{','.join(words)}->{right.replace('...', dots)}"


# -- shapes ---------------------------------------------------------------------------------------


@implements(np.transpose)
def _transpose(a: Any, axes: Any = None) -> Any:
    if axes is None:
        return r.transpose(a)
    return r.transpose(a, axes=tuple(axis % a.ndim for axis in axes))


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(a.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return r.transpose(a, axes=tuple(axes))


@implements(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    one = np.broadcast_to(np.zeros(()), (1,) * a.ndim)  # whose strides tell its axes apart
    order = np.lib.stride_tricks.as_strided(one, strides=tuple(range(a.ndim)))
    return r.transpose(a, axes=np.moveaxis(order, source, destination).strides)


@implements(np.reshape)
def _reshape(a: Any, /, shape: Any = None, order: str = "C", **kwargs: Any) -> Any:
    shape = kwargs.get("newshape", shape)
    return r.reshape(a, shape=tuple(np.atleast_1d(shape)), order=_memory_order(order))


@implements(np.ravel)
def _ravel(a: Any, order: str = "C") -> Any:
    return r.reshape(a, shape=(-1,), order=_memory_order(order))


@implements(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    return r.reshape(a, shape=np.squeeze(base(a), axis=axis).shape, order="C")


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    return r.reshape(a, shape=np.expand_dims(base(a), axis).shape, order="C")


def _at_least(function: Callable[..., Any]) -> Callable[..., Any]:
    def widen(*arrays: Any) -> Any:
        wide = tuple(r.reshape(a, shape=function(base(a)).shape, order="C") for a in arrays)
        return wide[0] if len(wide) == 1 else wide

    return widen


FUNCTIONS |= {f: _at_least(f) for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)}


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any) -> Any:
    return r.broadcast_to(array, shape=tuple(np.atleast_1d(shape)))


@implements(np.broadcast_arrays)
def _broadcast_arrays(*arrays: Any) -> Any:
    shape = np.broadcast_shapes(*(np.shape(base(a)) for a in arrays))
    return tuple(_broadcast_to(a, shape) for a in arrays)


@implements(np.concatenate)
def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    if axis is None:
        return r.concatenate(*(_ravel(a) for a in arrays), axis=0)
    return r.concatenate(*arrays, axis=axis)


@implements(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    return r.stack(*arrays, axis=axis)


def _rearranged(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that only moves or repeats entries, found by moving their indices."""

    def rearrange(a: Any, *args: Any, **kwargs: Any) -> Any:
        indices = function(np.arange(a.size).reshape(a.shape), *args, **kwargs)
        return r.getitem(r.reshape(a, shape=(-1,), order="C"), index=(indices,))

    return rearrange


for _mover in (np.flip, np.fliplr, np.flipud, np.roll, np.rot90, np.repeat, np.tile):
    FUNCTIONS[_mover] = _rearranged(_mover)


@implements(np.take)
def _take(a: Any, indices: Any, axis: Any = None) -> Any:
    return r.take(a, indices=indices, axis=axis)


@implements(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if v.ndim == 1:
        return r.diag(v, k=k)
    return _diagonal(v, k)


@implements(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return r.diagonal(_last_two(a, axis1, axis2), offset=offset)


def _last_two(a: Any, axis1: int, axis2: int) -> Any:
    """A matrix, or a stack of them, with these axes last."""
    return a if (axis1, axis2) == (0, 1) and a.ndim == 2 else _moveaxis(a, (axis1, axis2), (-2, -1))


@implements(np.tril)
def _tril(m: Any, k: int = 0) -> Any:
    return r.tril(_matrices("tril", m), k=k)


@implements(np.triu)
def _triu(m: Any, k: int = 0) -> Any:
    return r.triu(_matrices("triu", m), k=k)


@implements(np.where)
def _where(condition: Any, *branches: Any) -> Any:
    if len(branches) != 2:
        return np.where(base(condition))
    return r.where(*branches, condition=base(condition))


@implements(np.copy)
def _copy(a: Any) -> Any:
    return a


# -- reductions -----------------------------------------------------------------------------------


def _with_options(neutral: float | None, join: Any) -> Callable[..., Any]:
    """A reduction with NumPy's ``dtype``, ``where`` and ``initial``.

    What is masked counts as the neutral number; None: there is none, and ``where`` is refused.
    """

    def with_options(reduce: Callable[..., Any]) -> Callable[..., Any]:
        name = f"np.{reduce.__name__.strip('_')}"

        @functools.wraps(reduce)
        def reduced(
            a: Any, axis: Any = None, dtype: Any = None, *, where: Any = True, initial: Any = None,
            **options: Any,
        ) -> Any:  # fmt: skip
            if dtype is not None and np.dtype(dtype) not in (np.float64, base(a).dtype):
                raise _unsupported(name, {"dtype": dtype})
            if where is not True:
                if neutral is None:
                    raise _unsupported(name, {"where": where})
                a = np.where(np.broadcast_to(where, a.shape), a, neutral)
            result = reduce(a, axis if a.shape else None, **options)  # a number has all axes
            return result if initial is None else join(result, initial)

        return reduced

    return with_options


@implements(np.sum)
@_with_options(0.0, r.add)
def _sum(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return r.sum(a, axis=axis, keepdims=keepdims)


@implements(np.mean)
@_with_options(None, None)
def _mean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    _refuse_empty("mean", a)
    return r.mean(a, axis=axis, keepdims=keepdims)


def _refuse_empty(name: str, a: Any) -> None:
    if a.size == 0:
        raise ValueError(
            f"{name} of an array of shape {a.shape}, which has no entries, is not a number. Check "
            "the slice or the mask that left nothing."
        )


@implements(np.prod)
@_with_options(1.0, r.multiply)
def _prod(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is not None or keepdims:
        return _prod_along(a, axis, keepdims)
    return r.prod(a)


def _prod_along(a: Any, axis: Any, keepdims: bool) -> Any:
    if axis is None:
        return r.reshape(r.prod(a), shape=(1,) * a.ndim, order="C")
    if isinstance(axis, tuple):
        return _axis_by_axis(_prod, a, axis, keepdims)
    lines = np.moveaxis(a, axis, -1)
    rows = r.reshape(lines, shape=(-1, lines.shape[-1]), order="C")
    product = r.stack(*(r.prod(rows[i]) for i in range(rows.shape[0])), axis=0)
    product = r.reshape(product, shape=lines.shape[:-1], order="C")
    return np.expand_dims(product, axis) if keepdims else product


@implements(np.cumsum)
def _cumsum(a: Any, axis: Any = None) -> Any:
    return r.cumsum(_ravel(a), axis=0) if axis is None else r.cumsum(a, axis=axis)


def _axis_by_axis(reduce: Callable[..., Any], a: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    axes = tuple(sorted(axis % a.ndim for axis in axes))
    for axis in axes:
        a = reduce(a, axis=axis, keepdims=True)
    return a if keepdims else _squeeze(a, axes)


@implements(np.max, np.amax)
@_with_options(-np.inf, r.maximum)
def _max(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if isinstance(axis, tuple):
        return _axis_by_axis(_max, a, axis, keepdims)
    return r.max(a, axis=axis, keepdims=keepdims)


@implements(np.min, np.amin)
@_with_options(np.inf, r.minimum)
def _min(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return -_max(-a, axis=axis, keepdims=keepdims)


@implements(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = _last_two(a, axis1, axis2)
    return r.sum(r.diagonal(a, offset=offset), axis=-1) if offset else r.trace(a)


# -- elementwise ----------------------------------------------------------------------------------


def _power(x: Any, exponent: Any) -> Any:
    if hasattr(exponent, "_coefficients"):
        return r.general_power(x, exponent)
    if isinstance(exponent, (int, float, np.number)):
        if exponent == 2:
            return r.square(x)
        if exponent == 1:
            return x
        if exponent == -1:
            return r.reciprocal(x)
    return r.power(x, np.asarray(exponent))


def _fixed(compare: Any) -> Callable[..., Any]:
    """A function without derivative (a comparison), which acts on values."""
    return lambda *arrays, **options: compare(*(base(a) for a in arrays), **options)


for _operation in r.TABLE.values():
    for _function in _operation.rule.function:
        if isinstance(_function, str) and not _function.startswith("numpy."):
            continue  # another library's, which `_answer` finds once it is imported
        _known = found(_function)
        _answers = UFUNCS if isinstance(_known, np.ufunc) else FUNCTIONS
        _answers.setdefault(_known, _operation)

UFUNCS[np.power] = _power
UFUNCS |= {np.float_power: _power, np.positive: lambda x: x}
UFUNCS |= {
    compare: _fixed(compare)
    for compare in (
        np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
        np.isfinite, np.isnan, np.isinf, np.signbit,
    )
}  # fmt: skip
_ACCUMULATIONS = {np.add: _cumsum, np.multiply: lambda a, axis: np.cumprod(a, axis=axis)}
_REDUCTIONS = {np.add: _sum, np.multiply: _prod, np.maximum: _max, np.minimum: _min}

FUNCTIONS[np.matrix_transpose] = lambda x: _swapaxes(x, -1, -2)
FUNCTIONS |= {
    function: _fixed(function)
    for function in (
        np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.allclose, np.isclose,
        np.array_equal, np.any, np.all, np.iscomplexobj, np.isrealobj, np.zeros_like, np.ones_like,
        np.linalg.matrix_rank, np.result_type, np.nonzero, np.searchsorted,
    )
}  # fmt: skip


# -- linear algebra -------------------------------------------------------------------------------


def require_square(name: str, a: Any) -> Any:
    """a, refused unless it is a square matrix, or a stack of them."""
    if a.ndim < 2 or a.shape[-2] != a.shape[-1]:
        raise np.linalg.LinAlgError(
            f"{name} needs a square matrix, and was given an array of shape {a.shape}."
        )
    return a


@implements(np.linalg.inv)
def _inv(a: Any) -> Any:
    return r.inv(require_square("inv", a))


@implements(np.linalg.det)
def _det(a: Any) -> Any:
    return r.det(require_square("det", a))


@implements(np.linalg.slogdet)
def _slogdet(a: Any) -> Any:
    return _named(np.linalg.slogdet, *r.slogdet(require_square("slogdet", a)))


@implements(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    if np.ndim(a) < 2 or np.shape(a)[-2] != np.shape(a)[-1] or np.ndim(b) < 1:
        raise ValueError(
            f"solve needs a square matrix and a vector or matrix; the shapes are {np.shape(a)} "
            f"and {np.shape(b)}."
        )
    if np.ndim(a) > 2 and np.ndim(b) == 1:  # one right side for all
        return r.solve(a, np.reshape(b, (-1, 1)))[..., 0]
    a, b = _same_stack(a, b)
    return r.solve(a, b)


def _same_stack(a: Any, b: Any) -> Any:
    """Two stacks of matrices of one length, the shorter one broadcast."""
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return a, b
    stack = np.broadcast_shapes(np.shape(a)[:-2], np.shape(b)[:-2])
    return tuple(np.broadcast_to(x, (*stack, *np.shape(x)[-2:])) for x in (a, b))


@implements(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, *, rtol: Any = None) -> Any:
    rtol = rcond if rtol is None else rtol  # the older name
    return r.pinv(_matrices("pinv", a), rtol=rtol)


def _named(function: Any, *outputs: Any) -> Any:
    """NumPy's named tuple around traced outputs."""
    return type(function(np.eye(1)))(*outputs)


@implements(np.linalg.eigh)
def _eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (the name NumPy uses)
    w, V = r.eigh(require_square("eigh", _triangle(a, UPLO)))
    if UPLO == "U":  # LAPACK may choose other signs when it reads the other triangle
        known = np.linalg.eigh(base(a), UPLO="U")[1]
        V = V * np.sign(np.sum(base(V) * known, axis=-2, keepdims=True))
    return _named(np.linalg.eigh, w, V)


@implements(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (the name NumPy uses)
    return r.eigh(require_square("eigvalsh", _triangle(a, UPLO)))[0]


def _triangle(a: Any, uplo: str) -> Any:
    """The matrix that eigh sees in this triangle; symmetric input stays as it is."""
    return a if uplo == "L" else a.mT


@implements(np.linalg.eig)
def _eig(a: Any) -> Any:
    return _named(np.linalg.eig, *r.eig(require_square("eig", a)))


@implements(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    return _eig(a)[0]


@implements(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    S, U, Vh = r.svd(_matrices("svd", a))
    if not compute_uv:
        return S
    if full_matrices and a.shape[-2] != a.shape[-1]:
        raise ValueError(
            f"svd of a matrix of shape {a.shape} is differentiated in its thin form: the extra "
            "columns of the full one are arbitrary. Pass full_matrices=False, or use "
            "np.linalg.svdvals for the values alone."
        )
    return _named(np.linalg.svd, U, S, Vh)


@implements(np.linalg.svdvals)
def _svdvals(x: Any) -> Any:
    return r.svd(_matrices("svdvals", x))[0]


@implements(np.linalg.qr)
def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "r") or _matrices("qr", a).shape[-2] < a.shape[-1]:
        raise ValueError(
            f"qr of a matrix of shape {a.shape} in mode {mode!r} is not differentiated; it needs "
            "at least as many rows as columns and mode='reduced' (or 'r')."
        )
    Q, R = r.qr(a)
    return R if mode == "r" else _named(np.linalg.qr, Q, R)


@implements(np.linalg.cholesky)
def _cholesky(a: Any, *, upper: bool = False) -> Any:
    require_square("cholesky", a)
    return r.cholesky(a.mT).mT if upper else r.cholesky(a)  # the triangle that NumPy reads


# -- operators and methods: as their functions ----------------------------------------------------


def _install_in_place(name: str, sign: str) -> None:
    """``Y += ...`` on an array is refused; a number has no other name, and is replaced."""

    def in_place(self: Any, other: Any) -> Any:
        if self.shape:
            raise UntraceableError(
                f"An array of shape {self.shape} under differentiation was changed in place (Y "
                f"{sign}= ...), and NumPy would change every other name of it and every view too. "
                f"Write it as a new array: Y = Y {sign} (...)."
            )
        return getattr(self, f"__{name}__")(other)

    setattr(ArrayProtocol, f"__i{name}__", in_place)


for _name, _sign in {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "matmul": "@", "pow": "**", "mod": "%",
    "floordiv": "//",
}.items():  # fmt: skip
    _install_in_place(_name, _sign)


def _install_operator(name: str, operation: r.Operation) -> None:
    """A binary operator, straight to the reader: the plain call would look for it first."""

    def forward(self: Any, other: Any) -> Any:
        if _defers(other):
            return NotImplemented
        return self._apply(operation, (self, other), {})

    def reflected(self: Any, other: Any) -> Any:
        return self._apply(operation, (other, self), {})

    setattr(ArrayProtocol, f"__{name}__", forward)
    setattr(ArrayProtocol, f"__r{name}__", reflected)


_install_operator("add", r.add)
_install_operator("sub", r.subtract)
_install_operator("mul", r.multiply)
_install_operator("truediv", r.divide)
_install_operator("matmul", r.matmul)

for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(ArrayProtocol, f"__{_name}__", _fixed(getattr(operator, _name)))

for _name, _function in {
    "__mod__": np.remainder,
    "__rmod__": lambda self, other: np.remainder(other, self),
    "__floordiv__": np.floor_divide,
    "__rfloordiv__": lambda self, other: np.floor_divide(other, self),
    "__divmod__": np.divmod,
    "__rdivmod__": lambda self, other: np.divmod(other, self),
    "__round__": lambda self, digits=0: np.round(self, digits),
    "__pow__": _power,
    "__rpow__": lambda self, other: _power(other, self),
    "__neg__": r.negative,
    "__pos__": _copy,
    "__abs__": r.abs,
    "conj": r.conjugate,
    "conjugate": r.conjugate,
    "flatten": _ravel,
    "copy": lambda self, order="C": self,
    "compress": lambda self, condition, axis=None: np.compress(condition, self, axis=axis),
}.items():
    setattr(ArrayProtocol, _name, lambda self, *args, _f=_function, **kw: _f(self, *args, **kw))

for _name in (
    "sum mean prod max min var std cumsum trace diagonal dot take repeat ravel squeeze swapaxes "
    "argmax argmin argsort any all nonzero clip"
).split():
    _known = getattr(np, _name)  # what is spelled out elsewhere is called by NumPy's name
    _method = FUNCTIONS.get(_known, lambda self, *a, _f=_known, **options: _f(self, *a, **options))
    setattr(ArrayProtocol, _name, _method)
