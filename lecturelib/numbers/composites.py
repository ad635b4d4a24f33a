"""NumPy functions spelled out in plain NumPy code, in terms of functions that have a rule.

`lecturelib.numbers.dispatch` asks here for what it does not know itself, so that nobody waits for
what is not used. What only moves entries is found by moving their indices; a function that is
constant between jumps gives a plain array, and a `KinkWarning` at a jump.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import table as r
from .dispatch import (
    _fixed,
    _last_two,
    _rearranged,
    _refuse_empty,
    entering,
    require_square,
    unknown_function,
)
from .series import warn_of_kink
from .values import base

#: NumPy function -> what it does on values under differentiation.
FUNCTIONS: dict[Any, Callable[..., Any]] = {}
UFUNCS: dict[Any, Callable[..., Any]] = {}


implements = entering(FUNCTIONS, UFUNCS)


def _newer(*names: str) -> list[Any]:
    """Functions of these names, where this version of NumPy has them."""
    return [getattr(np, name) for name in names if hasattr(np, name)]


# -- elementwise ----------------------------------------------------------------------------------


def _ignoring_nan(extremum: Callable[..., Any]) -> Callable[..., Any]:
    """fmax, fmin: where one entry is not a number, the other one."""

    def choose(a: Any, b: Any) -> Any:
        a_is_none, b_is_none = np.isnan(base(a)), np.isnan(base(b))
        if not (np.any(a_is_none) or np.any(b_is_none)):
            return extremum(a, b)
        a, b = np.broadcast_arrays(a, b)
        a_or_b = np.where(a_is_none, b, a)
        return extremum(a_or_b, np.where(b_is_none, a_or_b, b))

    return choose


UFUNCS |= {np.fmax: _ignoring_nan(r.maximum), np.fmin: _ignoring_nan(r.minimum)}


def _step(name: str, function: Callable[..., Any], jumps: Callable[..., Any]) -> Any:
    """A function that is constant between its jumps: its value, and a warning at a jump."""

    def step(x: Any, *rest: Any, **options: Any) -> Any:
        plain = base(x)
        warn_of_kink(name, "no jump", jumps(plain, *rest, **options))
        return function(plain, *rest, **options)

    return step


def _is_whole(x: Any) -> Any:
    return x == np.floor(x)


def _between(x: Any, decimals: int = 0) -> Any:
    """Half way between two rounded numbers."""
    return np.mod(x * 10.0**decimals, 1.0) == 0.5


UFUNCS |= {
    np.floor: _step("floor", np.floor, _is_whole),
    np.ceil: _step("ceil", np.ceil, _is_whole),
    np.trunc: _step("trunc", np.trunc, lambda x: _is_whole(x) & (x != 0)),
    np.rint: _step("rint", np.rint, _between),
    np.logaddexp2: lambda a, b: r.logaddexp(a * r.LN2, b * r.LN2) / r.LN2,
    np.ldexp: lambda x, n: x * 2.0 ** np.asarray(n),
}
FUNCTIONS |= {
    np.round: _step("round", np.round, _between),
    np.around: _step("around", np.around, _between),
    np.fix: _step("fix", np.fix, lambda x: _is_whole(x) & (x != 0)),
}


@implements(np.deg2rad, np.radians)
def _radians(x: Any) -> Any:
    return x * (np.pi / 180.0)


@implements(np.rad2deg, np.degrees)
def _degrees(x: Any) -> Any:
    return x * (180.0 / np.pi)


@implements(np.remainder)
def _remainder(a: Any, b: Any) -> Any:
    A, B = base(a), base(b)
    warn_of_kink("remainder", "A / B no whole number", np.remainder(A, B) == 0)
    return a - np.floor_divide(A, B) * b


@implements(np.fmod)
def _fmod(a: Any, b: Any) -> Any:
    A, B = base(a), base(b)
    warn_of_kink("fmod", "A / B no whole number", (np.fmod(A, B) == 0) & (A != 0))
    return a - np.trunc(A / B) * b


@implements(np.floor_divide)
def _floor_divide(a: Any, b: Any) -> Any:
    A, B = base(a), base(b)
    warn_of_kink("floor_divide", "A / B no whole number", np.remainder(A, B) == 0)
    return np.floor_divide(A, B)


@implements(np.divmod)
def _divmod(a: Any, b: Any) -> Any:
    return np.floor_divide(base(a), base(b)), _remainder(a, b)


@implements(np.modf)
def _modf(x: Any) -> Any:
    whole = np.trunc(base(x))
    warn_of_kink("modf", "X no whole number", _is_whole(base(x)) & (base(x) != 0))
    return x - whole, whole


@implements(np.frexp)
def _frexp(x: Any) -> Any:
    _, exponent = np.frexp(base(x))
    return x * 2.0**-exponent, exponent


@implements(np.heaviside)
def _heaviside(x: Any, at_zero: Any) -> Any:
    plain = base(x)
    warn_of_kink("heaviside", "X != 0", plain == 0)
    return np.where(plain == 0, at_zero, np.heaviside(plain, 0.0))


@implements(np.nan_to_num)
def _nan_to_num(x: Any, copy: bool = True, **options: Any) -> Any:
    plain = base(x)
    return np.where(np.isfinite(plain), x, np.nan_to_num(plain, **options))


@implements(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return r.real(a) if np.isrealobj(np.real_if_close(base(a), tol)) else a


@implements(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    y = 0.0 * x
    for coefficient in p:
        y = y * x + coefficient
    return y


@implements(np.vecdot, np.linalg.vecdot)
def _vecdot(a: Any, b: Any, /, *, axis: int = -1) -> Any:
    return r.sum(r.conjugate(a) * b, axis=axis)


@implements(*_newer("matvec"))
def _matvec(A: Any, x: Any) -> Any:
    _require_axes("matvec", (A, 2), (x, 1))
    return r.matmul(A, x)


@implements(*_newer("vecmat"))
def _vecmat(x: Any, A: Any) -> Any:
    _require_axes("vecmat", (x, 1), (A, 2))
    return r.matmul(r.conjugate(x), A)


def _require_axes(name: str, *operands: tuple[Any, int]) -> None:
    if any(np.ndim(x) != n for x, n in operands):
        shapes = " and ".join(str(np.shape(x)) for x, _ in operands)
        raise ValueError(
            f"{name} is differentiated for one vector and one matrix; the shapes are {shapes}. "
            "Use np.einsum for stacks of them."
        )


# -- reductions -----------------------------------------------------------------------------------


@implements(np.ptp)
def _ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def _without_nan(reduce: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    """A reduction that leaves out what is not a number."""

    def reduced(a: Any, axis: Any = None, **options: Any) -> Any:
        return reduce(_filled(a, neutral), axis=axis, **options)

    return reduced


def _filled(a: Any, neutral: float) -> Any:
    return np.where(np.isnan(base(a)), neutral, a)


FUNCTIONS |= {
    np.nansum: _without_nan(np.sum, 0.0),
    np.nanprod: _without_nan(np.prod, 1.0),
    np.nanmax: _without_nan(np.max, -np.inf),
    np.nanmin: _without_nan(np.min, np.inf),
    np.nancumsum: _without_nan(np.cumsum, 0.0),
}


@implements(np.nanmean)
def _nanmean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum(_filled(a, 0.0), axis=axis, keepdims=keepdims) / _numbers(a, axis, keepdims)


def _numbers(a: Any, axis: Any, keepdims: bool) -> Any:
    """How many entries are numbers."""
    return np.sum(~np.isnan(base(a)), axis=axis, keepdims=keepdims)


@implements(np.nanvar)
def _nanvar(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    deviation = _filled(a - _nanmean(a, axis, keepdims=True), 0.0)
    total = np.sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return total / (_numbers(a, axis, keepdims) - ddof)


@implements(np.nanstd)
def _nanstd(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return np.sqrt(_nanvar(a, axis, ddof, keepdims))


@implements(np.cumprod)
def _cumprod(a: Any, axis: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    lines = np.moveaxis(a, axis, 0)
    products = [lines[0]] if len(lines) else []
    for line in (lines[i] for i in range(1, len(lines))):
        products.append(products[-1] * line)
    return np.moveaxis(np.stack(products), 0, axis) if products else a


@implements(*_newer("cumulative_sum"))
def _cumulative_sum(x: Any, /, *, axis: Any = None) -> Any:
    return np.cumsum(x, axis=axis)


@implements(*_newer("cumulative_prod"))
def _cumulative_prod(x: Any, /, *, axis: Any = None) -> Any:
    return np.cumprod(x, axis=axis)


@implements(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    lines = np.moveaxis(y, axis, -1)
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(np.moveaxis(x, axis, -1))
    return np.sum((lines[..., 1:] + lines[..., :-1]) * dx, axis=-1) / 2.0


@implements(np.cov)
def _cov(m: Any, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    X = np.atleast_2d(m)
    X = X if rowvar or np.ndim(m) < 2 else X.T
    deviation = X - np.mean(X, axis=1, keepdims=True)
    ddof = int(not bias) if ddof is None else ddof
    return np.squeeze(deviation @ deviation.T / (X.shape[1] - ddof))


@implements(np.corrcoef)
def _corrcoef(x: Any, rowvar: bool = True) -> Any:
    C = _cov(x, rowvar)
    if C.ndim == 0:
        return C / C
    scale = np.sqrt(np.diagonal(C))
    return C / np.outer(scale, scale)


# -- sorting and choosing -------------------------------------------------------------------------


@implements(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        return np.ravel(arr)[base(indices)]
    grid = list(np.ix_(*(np.arange(n) for n in np.shape(indices))))
    grid[axis] = base(indices)
    return arr[tuple(grid)]


@implements(np.sort)
def _sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    order = np.argsort(base(a), axis=axis, kind="stable")
    _warn_of_ties("sort", np.diff(np.take_along_axis(base(a), order, axis), axis=axis) == 0)
    return _take_along_axis(a, order, axis)


def _warn_of_ties(name: str, ties: Any) -> None:
    warn_of_kink(name, "no two entries equal", ties)


@implements(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return _take_along_axis(a, np.argpartition(base(a), kth, axis=axis), axis)


@implements(np.median)
def _median(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if isinstance(axis, tuple):
        raise unknown_function("median over several axes")
    lines = np.ravel(a) if axis is None else np.moveaxis(a, axis, -1)
    n = lines.shape[-1]
    order = np.argsort(base(lines), axis=-1)
    middle = order[..., (n - 1) // 2 : n // 2 + 1]
    ranked = np.take_along_axis(base(lines), order, -1)
    around = ranked[..., max((n - 1) // 2 - 1, 0) : n // 2 + 2]
    ties = np.diff(around) == 0
    if n % 2 == 0 and n > 2:  # the two in the middle may be equal: their mean has no corner
        ties[..., 1] = False
    _warn_of_ties("median", ties if n > 2 else False)
    result = np.mean(_take_along_axis(lines, middle, -1), axis=-1)
    if not keepdims:
        return result
    return np.reshape(result, (1,) * a.ndim) if axis is None else np.expand_dims(result, axis)


@implements(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[np.flatnonzero(base(condition))]


@implements(np.compress)
def _compress(condition: Any, a: Any, axis: Any = None) -> Any:
    return np.take(a, np.flatnonzero(base(condition)), axis=axis)


@implements(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(base(condition), choice, result)
    return result


@implements(np.choose)
def _choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    index, result = np.asarray(base(a)), choices[0]
    if mode != "raise" or np.any((index < 0) | (index >= len(choices))):
        raise unknown_function("choose with indices out of range")
    for k, choice in enumerate(choices):
        result = np.where(index == k, choice, result)
    return result


@implements(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    masks = [np.asarray(base(condition), dtype=bool) for condition in condlist]
    if len(funclist) == len(masks) + 1:
        masks.append(~np.any(masks, axis=0))
    result: Any = np.zeros(x.shape)
    for mask, function in zip(masks, funclist, strict=True):
        if not callable(function):
            result = np.where(mask, function, result)
        elif mask.any():
            piece = function(x[mask], *args, **kw)
            result = np.where(mask, 0.0, result) + r.scatter(
                piece, index=np.nonzero(mask), shape=x.shape
            )
    return result


# -- shapes ---------------------------------------------------------------------------------------

for _mover in (np.delete, np.resize, np.lib.stride_tricks.sliding_window_view):
    FUNCTIONS[_mover] = _rearranged(_mover)


@implements(np.append)
def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    return np.concatenate((arr, values) if axis is not None else (np.ravel(arr), np.ravel(values)),
                          axis=axis or 0)  # fmt: skip


@implements(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    if hasattr(values, "_reader_rank"):
        raise unknown_function("insert of values under differentiation")
    return _with_gaps(np.insert, arr, obj, np.asarray(values, dtype=float), axis, gap=-1)


def _with_gaps(function: Any, arr: Any, where: Any, values: Any, axis: Any, gap: int) -> Any:
    """What moves entries and fills gaps with constants: indices moved, gaps marked by -1."""
    indices = function(np.arange(arr.size).reshape(arr.shape), where, gap, axis)
    constants = function(np.zeros(arr.shape), where, values, axis)
    return np.where(indices < 0, constants, np.ravel(arr)[np.maximum(indices, 0)])


@implements(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    if mode in ("edge", "reflect", "symmetric", "wrap") and not options:
        return _rearranged(np.pad)(array, pad_width, mode=mode)
    if mode != "constant":
        raise unknown_function(f"pad in mode {mode!r}")
    indices = np.arange(array.size).reshape(array.shape)
    indices = np.pad(indices, pad_width, constant_values=-1)
    constants = np.pad(np.zeros(array.shape), pad_width, **options)
    return np.where(indices < 0, constants, np.ravel(array)[np.maximum(indices, 0)])


@implements(np.dstack)
def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


def _splitting(split: Callable[..., Any]) -> Callable[..., Any]:
    """np.split and its kin: the places of the cuts, found on the numbers of the places."""

    def cut(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
        places = split(np.arange(ary.shape[axis]), indices_or_sections)
        return [np.take(ary, place, axis=axis) for place in places]

    return cut


FUNCTIONS |= {np.split: _splitting(np.split), np.array_split: _splitting(np.array_split)}


@implements(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, axis=min(1, ary.ndim - 1))


@implements(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, axis=0)


@implements(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, axis=2)


@implements(*_newer("unstack"))
def _unstack(x: Any, /, *, axis: int = 0) -> Any:
    return tuple(np.moveaxis(x, axis, 0))


@implements(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axes = list(range(a.ndim))
    axis, start = axis % a.ndim, start + a.ndim * (start < 0)
    axes.remove(axis)
    axes.insert(start - (axis < start), axis)
    return np.transpose(a, axes)


@implements(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return r.diag(np.ravel(v), k=k)


@implements(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    n = len(xi)
    grids = [np.reshape(x, [-1 if i == k else 1 for i in range(n)]) for k, x in enumerate(xi)]
    if indexing == "xy" and n > 1:
        grids = [np.swapaxes(grid, 0, 1) for grid in grids]
    return tuple(grids) if sparse else np.broadcast_arrays(*grids)


@implements(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Any:
    return np.broadcast_to(fill_value, a.shape if shape is None else shape)


@implements(np.linspace)
def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    axes = max(np.ndim(start), np.ndim(stop))
    t = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (-1, *(1,) * axes))
    return start + t * (stop - start)


@implements(np.logspace)
def _logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0) -> Any:
    return base ** _linspace(start, stop, num, endpoint)


@implements(np.geomspace)
def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    return start * (stop / start) ** np.linspace(0.0, 1.0, num, endpoint)


@implements(np.apply_over_axes)
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes):
        reduced = func(a, int(axis))
        a = reduced if reduced.ndim == a.ndim else np.expand_dims(reduced, int(axis))
    return a


@implements(*_newer("astype"))
def _astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    return x.astype(dtype)


# -- products and linear algebra ------------------------------------------------------------------


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product of arrays with any number of axes."""
    n = max(np.ndim(a), np.ndim(b))
    left, right = ((1,) * (n - np.ndim(x)) + np.shape(x) for x in (a, b))
    a = np.reshape(a, [size for k in left for size in (k, 1)])
    b = np.reshape(b, [size for k in right for size in (1, k)])
    return np.reshape(a * b, [k * m for k, m in zip(left, right, strict=True)])


@implements(np.cross, np.linalg.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None,
           ) -> Any:  # fmt: skip
    axisa, axisb, axisc = (axis,) * 3 if axis is not None else (axisa, axisb, axisc)
    a, b = np.moveaxis(a, axisa, 0), np.moveaxis(b, axisb, 0)
    if np.shape(a)[0] != 3 or np.shape(b)[0] != 3:
        raise unknown_function("cross of other vectors than those of three entries")
    parts = [a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)]
    return np.moveaxis(np.stack(parts), 0, axisc)


@implements(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        s = r.svd(x)[0]
        first, last = s[..., 0], s[..., -1]
        return last / first if p == -2 else first / last
    return np.linalg.norm(x, p) * np.linalg.norm(r.inv(require_square("cond", x)), p)


@implements(np.linalg.vector_norm)
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if axis is None:
        value = np.linalg.norm(np.ravel(x), ord)
        return np.reshape(value, (1,) * x.ndim) if keepdims else value
    return np.linalg.norm(x, ord, axis=axis, keepdims=keepdims)


@implements(np.linalg.matrix_norm)
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


@implements(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    shape = np.shape(a)[np.ndim(b) :]
    n = math.prod(shape)
    return np.reshape(np.linalg.solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


@implements(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    left, right = a.shape[:ind], a.shape[ind:]
    return np.reshape(np.linalg.inv(np.reshape(a, (math.prod(left), -1))), right + left)


FUNCTIONS |= {
    np.linalg.trace: lambda x, /, *, offset=0: np.trace(x, offset, -2, -1),
    np.linalg.diagonal: lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1),
    np.linalg.outer: lambda x1, x2, /: np.outer(x1, x2),
    np.linalg.matmul: lambda x1, x2, /: np.matmul(x1, x2),
    np.linalg.matrix_transpose: lambda x, /: np.swapaxes(x, -1, -2),
    np.linalg.tensordot: lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes),
}

# -- products, reductions and norms ----------------------------------------------------------------


@implements(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    return r.matmul(r.conjugate(np.ravel(a)), np.ravel(b))


@implements(np.inner)
def _inner(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return r.multiply(a, b)
    if np.ndim(b) < 3:
        return r.matmul(a, b.T)
    return _tensordot(a, b, axes=(-1, -1))


@implements(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """As a product of two matrices, whose inner axis runs over all that are summed."""
    m, n = np.ndim(a), np.ndim(b)
    if isinstance(axes, int):
        axes = (range(m - axes, m), range(axes))
    left, right = ([int(i) for i in np.atleast_1d(side)] for side in axes)
    left, right = [i % m for i in left], [i % n for i in right]
    rows = [i for i in range(m) if i not in left]
    columns = [i for i in range(n) if i not in right]
    a, b = np.transpose(a, (*rows, *left)), np.transpose(b, (*right, *columns))
    shape = (*a.shape[: len(rows)], *b.shape[len(right) :])
    inner = math.prod(a.shape[len(rows) :])
    product = np.reshape(a, (-1, inner)) @ np.reshape(b, (inner, -1))
    return np.reshape(product, shape)


@implements(np.linalg.multi_dot)
def _multi_dot(arrays: Any) -> Any:
    """The product in the order that needs the fewest multiplications."""
    if len(arrays) < 2:
        return arrays[0]
    sizes = [1 if np.ndim(arrays[0]) == 1 else arrays[0].shape[0]]
    sizes += [A.shape[0] if i or np.ndim(A) > 1 else sizes[0] for i, A in enumerate(arrays)][1:]
    sizes += [1 if np.ndim(arrays[-1]) == 1 else arrays[-1].shape[1]]

    @functools.cache
    def cheapest(i: int, j: int) -> tuple[float, int]:
        """The cost of factors i to j, and where they are cut."""
        if i == j:
            return 0.0, i
        return min(
            (cheapest(i, k)[0] + cheapest(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
            for k in range(i, j)
        )

    def product(i: int, j: int) -> Any:
        if i == j:
            return arrays[i]
        cut = cheapest(i, j)[1]
        return r.matmul(product(i, cut), product(cut + 1, j))

    return product(0, len(arrays) - 1)


@implements(np.vstack)
def _vstack(tup: Any) -> Any:
    return r.concatenate(*(np.atleast_2d(a) for a in tup), axis=0)


@implements(np.hstack)
def _hstack(tup: Any) -> Any:
    arrays = [np.atleast_1d(a) for a in tup]
    return r.concatenate(*arrays, axis=0 if arrays[0].ndim == 1 else 1)


@implements(np.column_stack)
def _column_stack(tup: Any) -> Any:
    columns = [a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)) for a in tup]
    return r.concatenate(*columns, axis=1)


@implements(np.block)
def _block(arrays: Any) -> Any:
    if not isinstance(arrays, list):
        return arrays
    rows = [row if isinstance(row, list) else [row] for row in arrays]
    if not isinstance(arrays[0], list):
        rows = [arrays]
    parts = [r.concatenate(*(np.atleast_2d(a) for a in row), axis=-1) for row in rows]
    whole = r.concatenate(*parts, axis=-2)
    flat = all(np.ndim(a) < 2 for row in rows for a in row) and not isinstance(arrays[0], list)
    return np.ravel(whole) if flat else whole


@implements(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    if weights is None:
        return r.mean(a, axis=axis, keepdims=False)
    if np.ndim(weights) == 1 and a.ndim > 1:  # one weight for each place along the axis
        total = np.sum(weights)
        weights = np.reshape(weights, [-1 if i == axis % a.ndim else 1 for i in range(a.ndim)])
        return r.sum(a * weights, axis=axis, keepdims=False) / total
    return r.sum(a * weights, axis=axis, keepdims=False) / np.sum(weights, axis=axis)


@implements(np.var)
def _var(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    _refuse_empty("var", a)
    deviation = a - r.mean(a, axis=axis, keepdims=True)
    squares = deviation * deviation
    if np.iscomplexobj(base(deviation)):
        squares = r.real(deviation * r.conjugate(deviation))
    total = r.sum(squares, axis=axis, keepdims=keepdims)
    return total / (a.size / np.size(base(total)) - ddof)


@implements(np.std)
def _std(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return r.sqrt(_var(a, axis, ddof=ddof, keepdims=keepdims))


@implements(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    for _ in range(n):
        ahead = [slice(None)] * a.ndim
        behind = [slice(None)] * a.ndim
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        a = a[tuple(ahead)] - a[tuple(behind)]
    return a


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    a_min, a_max = (min if a_min is None else a_min), (max if a_max is None else a_max)
    a = a if a_min is None else r.maximum(a, a_min)
    return a if a_max is None else r.minimum(a, a_max)


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord in (None, "fro") or (ord == 2 and (x.ndim == 1 or isinstance(axis, int))):
        return r.norm(x, axis=axis, keepdims=keepdims)
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if isinstance(axis, tuple) or (axis is None and x.ndim == 2):
        axes = (0, 1) if axis is None else axis
        value = _norm_of_matrices(_last_two(x, *axes), ord)
        return np.expand_dims(value, axes) if keepdims else value
    size = r.abs(x)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return r.sum(size, axis=axis, keepdims=keepdims)
    if ord == 0:  # how many entries are not 0: constant between its jumps
        return np.sum(base(x) != 0, axis=axis, keepdims=keepdims).astype(float)
    if isinstance(ord, (int, float)) and np.isfinite(ord):
        return r.sum(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)
    raise unknown_function(f"norm of order {ord!r}")


def _norm_of_matrices(x: Any, ord: Any) -> Any:
    """Of the last two axes."""
    if ord in ("nuc", 2) and x.ndim > 2:
        values = r.svd(x)[0]
        return r.sum(values, axis=-1) if ord == "nuc" else values[..., 0]
    if ord == "nuc":
        return r.nuclear_norm(x if x.shape[0] >= x.shape[1] else x.T)
    if ord == 2:
        return r.spectral_norm(x)
    if ord == -2:
        return r.svd(x)[0][..., -1]
    if ord in (1, -1, np.inf, -np.inf):
        sums = r.sum(r.abs(x), axis=-2 if abs(ord) == 1 else -1)
        return (np.max if ord > 0 else np.min)(sums, axis=-1)
    raise unknown_function(f"matrix norm of order {ord!r}")


@implements(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    _, known, rank, _ = np.linalg.lstsq(base(a), base(b), rcond=rcond)
    if rcond is not None and rank < min(a.shape):
        raise ValueError(
            f"lstsq with rcond={rcond} drops singular values of the matrix of shape {a.shape}; it "
            "is differentiated with the default rcond=None only."
        )
    solution = r.matmul(r.pinv(a), b)
    residual = b - r.matmul(a, solution)
    squares = r.sum(residual * residual, axis=0, keepdims=residual.ndim == 1)
    return solution, (squares if known.size else known), rank, r.svd(a)[0]


@implements(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    require_square("matrix_power", a)
    if n < 0:
        return _matrix_power(r.inv(a), -n)
    if n == 0:
        return np.eye(a.shape[-1]) + 0.0 * a
    power, result = a, None
    while n:
        if n % 2:
            result = power if result is None else result @ power
        n //= 2
        power = power @ power if n else power
    return result


# -- what looks at values only ---------------------------------------------------------------------

FUNCTIONS |= {
    function: _fixed(function)
    for function in (
        np.triu_indices_from, np.tril_indices_from, np.diag_indices_from, np.digitize,
        np.histogram, np.argpartition, np.argwhere, np.flatnonzero, np.count_nonzero,
        np.empty_like, np.may_share_memory, np.shares_memory, np.can_cast, np.isneginf, np.isposinf,
        np.iscomplex, np.isreal, np.unique, np.bincount,
    )
}  # fmt: skip
