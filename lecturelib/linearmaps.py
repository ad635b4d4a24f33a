"""Linear maps, and the recorder that turns a rule into one.

The differential of a function, evaluated on a `Recorded` quantity instead of a number, leaves a
list of linear steps. Walked forward, the list gives ``D[H]``; walked backward, with each step
transposed, it gives the adjoint ``D.T[G]``. `PRIMITIVES` below holds every step there is and its
transpose; rules never need a hand-written reverse.

Transposes are taken in the pairing ``Re sum(G * H)``, without conjugation.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from . import rules as r
from .formulas import Formula
from .numeric import base
from .rules import NUMERIC, ZERO, Operation
from .scope import constant

Shape = tuple[int, ...]


# -- The linear steps -----------------------------------------------------------------------------
# A step is evaluated by forward(data, *inputs) and transposed by backward(data, shapes, G), which
# gives one cotangent an input. `data` holds constants: arrays, or Taylor series in a Hessian.


def _scale_back(c, shapes, g):
    return (unbroadcast(g * c, shapes[0]),)


def _left(A, x):
    return A @ x


def _left_back(A, shapes, g):
    if A.ndim == 2:
        return (A.T @ g,)
    return (A * g if len(shapes[0]) == 1 else r.outer(A, g),)


def _right(B, x):
    return x @ B


def _right_back(B, shapes, g):
    if len(shapes[0]) == 1:
        return (g * B if B.ndim == 1 else B @ g,)
    return (r.outer(g, B) if B.ndim == 1 else g @ B.T,)


def _inner(C, x):
    return r.sum(C * x)


def _inner_back(C, shapes, g):
    return (g * C,)


def _add(_, a, b):
    return a + b


def _add_back(_, shapes, g):
    return g, g


def _sum(axis_keepdims, x):
    axis, keepdims = axis_keepdims
    return r.sum(x, axis=axis, keepdims=keepdims)


def _sum_back(axis_keepdims, shapes, g):
    axis, keepdims = axis_keepdims
    if axis is not None and not keepdims:
        g = r.reshape(g, shape=_kept(shapes[0], axis), order="C")
    return (r.broadcast_to(g, shape=shapes[0]),)


def _kept(shape: Shape, axis: Any) -> Shape:
    summed = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if i in summed else n for i, n in enumerate(shape))


def _transpose(axes, x):
    return x.T if axes is None else r.transpose(x, axes=axes)


def _transpose_back(axes, shapes, g):
    return (g.T if axes is None else r.transpose(g, axes=tuple(np.argsort(axes).tolist())),)


def _reshape(shape_order, x):
    return r.reshape(x, shape=shape_order[0], order=shape_order[1])


def _reshape_back(shape_order, shapes, g):
    return (r.reshape(g, shape=shapes[0], order=shape_order[1]),)


def _getitem_back(index, shapes, g):
    return (r.scatter(g, index=index, shape=shapes[0]),)


def _concatenate(axis, *parts):
    return r.concatenate(*parts, axis=axis)


def _concatenate_back(axis, shapes, g):
    parts, start = [], 0
    for shape in shapes:
        stop = start + shape[axis]
        parts.append(g[(slice(None),) * axis + (slice(start, stop),)])
        start = stop
    return tuple(parts)


def _einsum(data, x):
    operands, place, letters, out = data
    factors = [*operands[:place], x, *operands[place:]]
    return r.einsum(*factors, subscripts=f"{','.join(letters)}->{out}")


def _einsum_back(data, shapes, g):
    operands, place, letters, out = data
    target = letters[place]
    others = letters[:place] + letters[place + 1 :]
    known = set(out).union(*others)
    missing = [c for c in target if c not in known]  # summed alone: G is constant along them
    ones = [np.ones(shapes[0][target.index(c)]) for c in missing]
    subscripts = f"{','.join([out, *others, *missing])}->{target}"
    return (r.einsum(g, *operands, *ones, subscripts=subscripts),)


def _cumsum_back(axis, shapes, g):
    reverse = (slice(None),) * (axis % len(shapes[0])) + (slice(None, None, -1),)
    return (r.cumsum(g[reverse], axis=axis)[reverse],)


def _sylvester_back(AB, shapes, g):
    return (r.sylvester(AB[0].T, AB[1].T, g),)


#: step -> (forward, backward).
PRIMITIVES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "add": (_add, _add_back),
    "scale": (lambda c, x: c * x, _scale_back),
    "left": (_left, _left_back),
    "right": (_right, _right_back),
    "inner": (_inner, _inner_back),
    "sum": (_sum, _sum_back),
    "broadcast": (
        lambda shape, x: r.broadcast_to(x, shape=shape),
        lambda shape, shapes, g: (unbroadcast(g, shapes[0]),),
    ),
    "transpose": (_transpose, _transpose_back),
    "reshape": (_reshape, _reshape_back),
    "getitem": (lambda index, x: r.getitem(x, index=index), _getitem_back),
    "scatter": (
        lambda data, x: r.scatter(x, index=data[0], shape=data[1]),
        lambda data, shapes, g: (r.getitem(g, index=data[0]),),
    ),
    "concatenate": (_concatenate, _concatenate_back),
    "einsum": (_einsum, _einsum_back),
    "cumsum": (lambda axis, x: r.cumsum(x, axis=axis), _cumsum_back),
    "solve": (lambda A, x: r.solve(A, x), lambda A, shapes, g: (r.solve(A.T, g),)),
    "sylvester": (lambda AB, x: r.sylvester(AB[0], AB[1], x), _sylvester_back),
    "real": (lambda _, x: r.real(x), lambda _, shapes, g: (r.real(g),)),
    "imag": (lambda _, x: r.imag(x), lambda _, shapes, g: (-1j * r.real(g),)),
    "conjugate": (lambda _, x: r.conjugate(x), lambda _, shapes, g: (r.conjugate(g),)),
}


def unbroadcast(g: Any, shape: Shape) -> Any:
    """Sum an array over the axes along which an array of `shape` was broadcast to it."""
    if g.shape == shape:
        return g
    if shape == ():
        return r.sum(g)
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1
    )
    return r.reshape(r.sum(g, axis=axes), shape=shape, order="C")


# -- The recorder ---------------------------------------------------------------------------------


class Recorded:
    """A quantity that depends linearly on the direction H: one step and where it comes from."""

    __slots__ = ("data", "index", "inputs", "shape", "step", "tape")
    __array_ufunc__ = None  # ndarray @ Recorded must reach __rmatmul__
    _reader_rank = 3

    def __init__(self, step: str, inputs: Any, data: Any, shape: Shape, tape: list[Any]) -> None:
        self.step, self.inputs, self.data, self.shape, self.tape = step, inputs, data, shape, tape
        self.index = len(tape)
        tape.append(self)

    def then(self, step: str, data: Any, shape: Shape) -> Recorded:
        """Record one more step after this one."""
        return Recorded(step, (self,), data, shape, self.tape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def T(self) -> Recorded:  # noqa: N802 (the name NumPy uses)
        return self.then("transpose", None, self.shape[::-1])

    def __neg__(self) -> Recorded:
        return self.then("scale", -1.0, self.shape)

    def __add__(self, other: Any) -> Any:
        if other is ZERO:
            return self
        if type(other) is not Recorded:
            raise _not_linear("+", other)
        shape = _broadcast(self.shape, other.shape)
        return Recorded("add", (_to(self, shape), _to(other, shape)), None, shape, self.tape)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if other is ZERO:
            return ZERO
        if type(other) is Recorded:
            raise _not_linear("*", other)
        return self.then("scale", other, _broadcast(self.shape, getattr(other, "shape", ())))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self * (1.0 / other)

    def __matmul__(self, other: Any) -> Any:
        if type(other) is Recorded:
            raise _not_linear("@", other)
        return self.then("right", other, self.shape[:-1] + other.shape[1:])

    def __rmatmul__(self, other: Any) -> Any:
        return self.then("left", other, other.shape[:-1] + self.shape[1:])

    def __getitem__(self, index: Any) -> Any:
        return r.getitem(self, index=index)

    def reshape(self, shape: Shape, order: str = "C") -> Recorded:
        return self.then("reshape", (shape, order), shape)

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        record = RECORD.get(operation.name)
        if record is None:
            raise _not_linear(operation.name, operands)
        return record(*operands, **parameters)


def _not_linear(name: str, other: Any) -> TypeError:
    return TypeError(
        f"A rule used a differential in {name} in a way that is not linear in it. A rule may add "
        "differentials, scale them by constants, and pass them where an operation is linear."
    )


def _broadcast(a: Shape, b: Shape) -> Shape:
    if a == b or b == ():
        return a
    return b if a == () else np.broadcast_shapes(a, b)


def _to(x: Recorded, shape: Shape) -> Recorded:
    return x if x.shape == shape else x.then("broadcast", shape, shape)


# How an operation of the table becomes steps when one of its operands is recorded. A constant
# beside it in a jointly linear operation (where, concatenate) is a zero that lends its shape.


def _record_matmul(A, B):
    return A @ B


def _record_multiply(A, B):
    return A * B if type(A) is Recorded else B * A


def _record_trace(X):
    """Trace of a sum of products: the inner products need no products of matrices."""
    total: Any = ZERO
    factors: dict[int, Any] = {X.index: 1.0}  # of the terms, the last step first
    while factors:
        index = max(factors)
        term, factor = X.tape[index], factors.pop(index)
        if term.step == "add":
            for x in term.inputs:
                factors[x.index] = factors.get(x.index, 0.0) + factor
        elif term.step == "scale" and getattr(term.data, "shape", ()) == ():
            [x] = term.inputs
            factors[x.index] = factors.get(x.index, 0.0) + factor * term.data
        elif term.shape[0] == term.shape[1] and term.step in ("left", "right"):
            total = total + term.inputs[0].then("inner", term.data.T * factor, ())
        else:
            total = total + _record_sum(_record_diagonal(term)) * factor
    return total


def _record_trace_product(A, B):
    X, C = (A, B) if type(A) is Recorded else (B, A)
    return X.then("inner", C.T, ())


def _record_sum(X, axis=None, keepdims=False):
    if axis is None and not keepdims and X.step == "scale" and X.shape == X.inputs[0].shape:
        c = X.data
        if getattr(c, "shape", ()) == X.shape:
            return X.inputs[0].then("inner", c, ())
    if axis is None:
        shape = (1,) * X.ndim if keepdims else ()
    else:
        kept = _kept(X.shape, axis)
        summed = {a % X.ndim for a in (axis if isinstance(axis, tuple) else (axis,))}
        shape = kept if keepdims else tuple(n for i, n in enumerate(kept) if i not in summed)
    return X.then("sum", (axis, keepdims), shape)


def _record_mean(X, axis=None, keepdims=False):
    total = _record_sum(X, axis, keepdims)
    return total * (_count(total.shape) / _count(X.shape))


def _count(shape: Shape) -> float:
    return float(np.prod(shape, dtype=float))


def _record_reshape(X, shape, order="C"):
    if -1 in shape:
        known = -int(np.prod(shape))
        shape = tuple(int(_count(X.shape)) // known if n == -1 else n for n in shape)
    return X.reshape(tuple(int(n) for n in shape), order)


def _record_transpose(X, axes=None):
    if axes is None:
        return X.T
    return X.then("transpose", axes, tuple(X.shape[a] for a in axes))


def _record_getitem(X, index):
    return X.then("getitem", index, np.broadcast_to(np.empty(()), X.shape)[index].shape)


def _record_scatter(X, index, shape):
    return X.then("scatter", (index, shape), shape)


def _record_diagonal(X, offset=0):
    rows, columns = _diagonal_indices(X.shape, offset)
    return X.then("getitem", (rows, columns), rows.shape)


def _record_diag(X, k=0):
    n = X.shape[0] + abs(k)
    return _record_scatter(X, _diagonal_indices((n, n), k), (n, n))


def _diagonal_indices(shape: Shape, k: int) -> tuple[Any, Any]:
    rows = np.arange(max(0, -k), min(shape[0], shape[1] - k))
    return rows, rows + k


def _record_take(X, indices, axis=None):
    indices = np.asarray(indices)
    if axis is None:
        return _record_getitem(_record_reshape(X, (-1,)), (indices,))
    return _record_getitem(X, (slice(None),) * (axis % X.ndim) + (indices,))


def _record_tril(X, k=0):
    return X * np.tri(*X.shape, k=k)


def _record_triu(X, k=0):
    return X * (1.0 - np.tri(*X.shape, k=k - 1))


def _record_where(A, B, condition):
    taken = _masked(A, condition) if type(A) is Recorded else ZERO
    other = _masked(B, np.logical_not(condition)) if type(B) is Recorded else ZERO
    return taken + other


def _masked(x, mask):
    """x where the mask is true, and 0 elsewhere: also where x has an infinite slope there."""
    if not _has_pole(x):
        return x * np.where(mask, 1.0, 0.0)
    if x.step == "add":
        return _masked(x.inputs[0], mask) + _masked(x.inputs[1], mask)
    [inner] = x.inputs
    slope = r.where(x.data, 0.0, condition=mask)
    return (_masked(inner, mask) if inner.shape == np.shape(mask) else inner) * slope


def _has_pole(x):
    """Whether one of the last steps entry by entry scales by something that is not finite."""
    waiting, seen = [x], 0
    while waiting and seen < 64:
        step, seen = waiting.pop(), seen + 1
        if step.step == "scale" and not np.isfinite(base(step.data)).all():
            return True
        if step.step == "add" or (step.step == "scale" and step.inputs[0].shape == x.shape):
            waiting += step.inputs
    return False


def _record_block_triangular(X, E):
    """kron(I, X) + kron(N, E), where N has its 1 in the upper right corner."""
    diagonal = r.kron(np.eye(2), X) if type(X) is Recorded else ZERO
    return diagonal + (r.kron(np.eye(2, k=1), E) if type(E) is Recorded else ZERO)


def _record_upper_right(M):
    n = M.shape[0] // 2
    return _record_getitem(M, (slice(None, n), slice(n, None)))


def _record_concatenate(*parts, axis=0):
    """Constant parts are zero: they become empty steps of their shape."""
    tape = next(part for part in parts if type(part) is Recorded).tape
    axis = axis % parts[0].ndim
    recorded = [
        part if type(part) is Recorded else Recorded("zeros", (), part.shape, part.shape, tape)
        for part in parts
    ]
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    return Recorded("concatenate", tuple(recorded), axis, tuple(shape), tape)


def _record_stack(*parts, axis=0):
    axis = axis % (parts[0].ndim + 1)
    return _record_concatenate(
        *(part.reshape((*part.shape[:axis], 1, *part.shape[axis:])) for part in parts), axis=axis
    )


def _record_einsum(*operands, subscripts):
    left, out = subscripts.split("->")
    letters = left.split(",")
    place = next(i for i, operand in enumerate(operands) if type(operand) is Recorded)
    x, target = operands[place], letters[place]
    if len(set(target)) < len(target):  # a repeated index reads a diagonal first
        distinct = "".join(dict.fromkeys(target))
        grid = np.ix_(*(np.arange(x.shape[target.index(c)]) for c in distinct))
        x = _record_getitem(x, tuple(grid[distinct.index(c)] for c in target))
        letters[place] = distinct
    sizes = dict(zip(letters[place], x.shape, strict=True))
    others = operands[:place] + operands[place + 1 :]
    for letter, other in zip(letters[:place] + letters[place + 1 :], others, strict=True):
        sizes.update(zip(letter, other.shape, strict=True))
    return x.then("einsum", (others, place, letters, out), tuple(sizes[c] for c in out))


def _by_einsum(letters: Callable[[int, int], tuple[str, str, str]], merge: Any = None) -> Any:
    """A product of two arrays as an einsum, its result reshaped if `merge` says how."""

    def record(A, B):
        a, b, out = letters(len(A.shape), len(B.shape))
        Y = _record_einsum(A, B, subscripts=f"{a},{b}->{out}")
        return Y if merge is None else Y.reshape(merge(A.shape, B.shape))

    return record


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _record_tensordot(A, B, axes=2):
    if isinstance(axes, int):
        axes = (range(A.ndim - axes, A.ndim), range(axes))
    pairs = [list(np.atleast_1d(side)) for side in axes]
    a = list(_LETTERS[: A.ndim])
    b = list(_LETTERS[A.ndim : A.ndim + B.ndim])
    for i, j in zip(*pairs, strict=True):
        b[j] = a[i]
    out = [c for c in a if c not in b] + [c for c in b if c not in a]
    return _record_einsum(A, B, subscripts=f"{''.join(a)},{''.join(b)}->{''.join(out)}")


def _record_multi_dot(*factors):
    product = factors[0]
    for factor in factors[1:]:
        product = product @ factor
    return product


def _record_solve(A, B):
    return B.then("solve", A, B.shape)


def _record_sylvester(A, B, C):
    return C.then("sylvester", (A, B), C.shape)


def _elementwise(step: str) -> Callable[..., Any]:
    return lambda X: X.then(step, None, X.shape)


def _record_cumsum(X, axis):
    return X.then("cumsum", axis, X.shape)


#: operation -> how it is recorded.
RECORD: dict[str, Callable[..., Any]] = {
    name.removeprefix("_record_"): record
    for name, record in list(globals().items())
    if name.startswith("_record_")
} | {
    "add": lambda A, B: A + B,
    "subtract": lambda A, B: A - B,
    "negative": lambda X: -X,
    "divide": lambda A, B: A / B,
    "dot": _record_matmul,
    "vec": lambda X: _record_reshape(X, (-1,), "F"),
    "broadcast_to": lambda X, shape: _to(X, tuple(shape)),
    "outer": _by_einsum(lambda m, n: ("i", "j", "ij")),
    "inner": _by_einsum(
        lambda m, n: (
            _LETTERS[: m - 1] + "z",
            _LETTERS[m : m + n - 1] + "z",
            _LETTERS[: m - 1] + _LETTERS[m : m + n - 1],
        )
    ),
    "kron": _by_einsum(lambda m, n: ("ij", "kl", "ikjl"), lambda a, b: (a[0] * b[0], a[1] * b[1])),
    "real": _elementwise("real"),
    "imag": _elementwise("imag"),
    "conjugate": _elementwise("conjugate"),
    "differences": lambda w: w[(None, slice(None))] - w[(slice(None), None)],
    "sums": lambda w: w[(None, slice(None))] + w[(slice(None), None)],
}


def start(shape: Shape) -> Recorded:
    """The direction H itself: the first entry of a new list of steps."""
    return Recorded("input", (), None, shape, [])


def forward(output: Recorded, H: Any) -> Any:
    """Walk the steps from the direction H to the output."""
    needed, values = _needed(output), {0: H}
    for node in output.tape[1 : output.index + 1]:
        if node.index in needed:
            if node.step == "zeros":
                values[node.index] = np.zeros(node.data)
            else:
                inputs = [values[x.index] for x in node.inputs]
                values[node.index] = PRIMITIVES[node.step][0](node.data, *inputs)
    return values[output.index]


def _needed(output: Recorded) -> set[int]:
    needed = {output.index}
    for node in reversed(output.tape[: output.index + 1]):
        if node.index in needed:
            needed.update(x.index for x in node.inputs)
    return needed


def backward(output: Recorded, G: Any) -> Any:
    """Walk the steps from the output's cotangent G back to the direction's; `ZERO` if none."""
    tape = output.tape
    cotangents: list[Any] = [None] * (output.index + 1)
    cotangents[-1] = G
    for index in range(output.index, 0, -1):
        g = cotangents[index]
        node = tape[index]
        if g is None or node.step == "zeros":
            continue
        cotangents[index] = None
        shapes = [x.shape for x in node.inputs]
        parts = PRIMITIVES[node.step][1](node.data, shapes, g)
        for x, part in zip(node.inputs, parts, strict=True):
            known = cotangents[x.index]
            cotangents[x.index] = part if known is None else known + part
    return ZERO if cotangents[0] is None else cotangents[0]


# -- Linear maps ----------------------------------------------------------------------------------


class LinearMap:
    """A linear map between spaces of arrays.

    Parameters
    ----------
    apply : callable
        ``apply(H)`` for an H of shape `shape_in` gives an array of shape `shape_out`.
    adjoint : callable
        The transpose with respect to the sum of entrywise products.
    shape_in, shape_out : tuple of int

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import LinearMap
    >>> A = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
    >>> L = LinearMap(lambda x: A @ x, lambda y: A.T @ y, (3,), (2,))
    >>> L[np.array([1.0, 1.0, 1.0])]
    array([3., 2.])
    >>> (L @ L.T).matrix()
    array([[5., 2.],
           [2., 2.]])
    """

    __array_ufunc__ = None  # ndarray * L must not build an array of maps

    def __init__(
        self,
        apply: Callable[[Any], Any],
        adjoint: Callable[[Any], Any],
        shape_in: Shape,
        shape_out: Shape,
    ) -> None:
        self._forward, self._adjoint = apply, adjoint
        self.shape_in, self.shape_out = tuple(shape_in), tuple(shape_out)

    def __getitem__(self, H: Any) -> Any:
        H = as_direction(H, self.shape_in)
        return own(self._forward(H), H)

    @property
    def T(self) -> LinearMap:  # noqa: N802 (the name NumPy uses)
        """The adjoint map."""
        return LinearMap(self._adjoint, self._forward, self.shape_out, self.shape_in)

    def __matmul__(self, other: LinearMap) -> LinearMap:
        if not isinstance(other, LinearMap):
            raise TypeError(
                f"L @ M composes two linear maps, and M is {type(other).__name__}. Write L[H] to "
                "apply the map, L.matrix() for its matrix."
            )
        if other.shape_out != self.shape_in:
            raise ValueError(
                f"The maps do not compose: the right one gives arrays of shape {other.shape_out}, "
                f"the left one takes shape {self.shape_in}."
            )
        return LinearMap(
            lambda H: self._forward(other._forward(H)),
            lambda G: other._adjoint(self._adjoint(G)),
            other.shape_in,
            self.shape_out,
        )

    def __add__(self, other: LinearMap) -> LinearMap:
        if not isinstance(other, LinearMap):
            raise TypeError(f"A linear map adds to a linear map, not to {type(other).__name__}.")
        if (other.shape_in, other.shape_out) != (self.shape_in, self.shape_out):
            raise ValueError(
                f"The maps do not add: {self.shape_in} -> {self.shape_out} and "
                f"{other.shape_in} -> {other.shape_out}."
            )
        return LinearMap(
            lambda H: self._forward(H) + other._forward(H),
            lambda G: self._adjoint(G) + other._adjoint(G),
            self.shape_in,
            self.shape_out,
        )

    def __mul__(self, factor: float) -> LinearMap:
        if np.ndim(factor) != 0 or not isinstance(factor, numbers.Number):
            raise TypeError("A linear map is multiplied by a number; write L[H] to apply it.")
        return LinearMap(
            lambda H: factor * self._forward(H),
            lambda G: factor * self._adjoint(G),
            self.shape_in,
            self.shape_out,
        )

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> LinearMap:
        return self * (1.0 / divisor)

    def __neg__(self) -> LinearMap:
        return -1.0 * self

    def __sub__(self, other: LinearMap) -> LinearMap:
        return self + (-1.0) * other

    def matrix(self) -> np.ndarray:
        """The matrix on column-stacked vectors, of shape (size out, size in).

        The map is applied to a basis of its smaller side. A map from real to complex arrays is
        not complex-linear, so its adjoint, the real one, does not know its matrix.
        """
        rows, columns = int(_count(self.shape_out)), int(_count(self.shape_in))
        if rows < columns and not np.iscomplexobj(self._forward(_unit(0, self.shape_in))):
            return self.T.matrix().T
        images = [NUMERIC["vec"](self._forward(_unit(k, self.shape_in))) for k in range(columns)]
        return np.stack(images, axis=1) if images else np.zeros((rows, 0))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.shape_in} -> {self.shape_out}>"


def _unit(k: int, shape: Shape) -> np.ndarray:
    e = np.zeros(int(_count(shape)))
    e[k] = 1.0
    return e.reshape(shape, order="F")


def own(result: Any, *given: np.ndarray) -> Any:
    """The result as an array of its own: to change it must change nothing else."""
    if not isinstance(result, np.ndarray):  # a NumPy number
        return result
    if not result.flags.writeable or any(np.may_share_memory(result, array) for array in given):
        return result.copy()
    return result


def as_direction(H: Any, shape: Shape) -> np.ndarray:
    """H as a float or complex array, refused if it has not the given shape."""
    H = H if type(H) is Formula else np.asarray(constant(H))
    if H.shape != shape:
        raise ValueError(
            f"The direction has shape {H.shape}, and this map takes arrays of shape {shape}. "
            "A direction has the shape of the point at which the derivative is taken."
        )
    return H
