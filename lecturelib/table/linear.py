"""Linear and multilinear operations, each with its transposes; and what is constant.

A linear operation is its own differential, so an entry has no formula. Its transpose takes G, what
is paired with the output, and gives what is paired with the input: ``<G, f(X)> = <f^T(G), X>``.
The pairing is ``Re sum(G * Y)``, without conjugation. Transposes may ask for the shapes of the
inputs; of an input that varies they may not use more than that.
"""

from __future__ import annotations

import operator
from typing import Any

from . import shapes
from .operation import HELPERS, NoTransposeError, constant, linear, multilinear
from .shapes import shape_of

# -- Sums, multiples, what moves entries ----------------------------------------------------------


def like(G: Any, X: Any) -> Any:
    """G, summed over the axes along which X was broadcast to the shape of G."""
    shape, goal = shape_of(G), shape_of(X)
    if shape == goal or shapes.same_shape(shape, goal):
        return G
    if goal == ():
        return sum(G)
    extra = len(shape) - len(goal)
    axes = tuple(range(extra)) + tuple(
        i + extra
        for i, n in enumerate(goal)
        if shapes.same(n, 1) and not shapes.same(shape[i + extra], 1)
    )
    if not extra:
        return sum(G, axis=axes, keepdims=True)
    return reshape(sum(G, axis=axes), shape=goal, order="C")


def spread(G: Any, X: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """G in every entry of X that was summed to it."""
    shape = shape_of(X)
    if axis is not None and not keepdims:
        G = reshape(G, shape=shapes.kept(shape, axis), order="C")
    return broadcast_to(G, shape=shape)


def turn(X: Any) -> Any:
    """The transpose of a matrix, or of each matrix of a stack."""
    n = len(shape_of(X))
    return X.T if n <= 2 else transpose(X, axes=(*range(n - 2), n - 1, n - 2))


add = linear(
    "add", "A B", function="numpy.add", operator=operator.add, waits=True,
    equation="lecture (3)", example="A + B",
    transposes=(lambda G, A, B: like(G, A), lambda G, A, B: like(G, B)),
)  # fmt: skip
subtract = linear(
    "subtract", "A B", function="numpy.subtract", operator=operator.sub, waits=True,
    equation="lecture (3)", example="A - B",
    transposes=(lambda G, A, B: like(G, A), lambda G, A, B: -like(G, B)),
)  # fmt: skip
negative = linear(
    "negative", function="numpy.negative", operator=operator.neg, waits=True,
    equation="lecture (3)", example="-X", transposes=lambda G, X: -G,
)  # fmt: skip


def _turned_back(G: Any, X: Any, axes: Any = None) -> Any:
    if axes is None:
        return transpose(G)
    return transpose(G, axes=tuple(sorted(range(len(axes)), key=lambda i: axes[i])))


transpose = linear(
    "transpose", function="numpy.transpose", waits=True, shape=shapes.turned,
    equation="lecture 0", example="X.T", transposes=_turned_back,
)  # fmt: skip


def identity_times(G: Any, X: Any) -> Any:
    """A number, or one for each matrix of a stack, times the identity in the shape of X."""
    shape = shape_of(X)
    numbers = G if len(shape) == 2 else _columns(G)
    equal = broadcast_to(numbers, shape=(*shape[:-2], shapes.diagonal_length(shape)))
    return _on_the_diagonal(equal, X, 0)


def _on_the_diagonal(G: Any, X: Any, offset: int) -> Any:
    """G on a diagonal, zeros elsewhere, in the shape of X."""
    rows, columns = shape_of(X)[-2:]
    if offset == 0 and shapes.same(rows, columns):
        return diag(G)
    return diag(G, k=offset, shape=(rows, columns))


trace = linear(
    "trace", stacks=2, value=".trace", text="tr", latex=r"\operatorname{Tr}",
    shape=shapes.traced, equation="lecture (11)", example="np.trace(X)",
    transposes=identity_times,
)  # fmt: skip
sum = linear(  # noqa: A001 (the table uses the names of NumPy)
    "sum", value="numpy.sum", shape=shapes.reduced, example="np.sum(X)", transposes=spread,
)  # fmt: skip


def _mean_back(G: Any, X: Any, axis: Any = None, keepdims: bool = False) -> Any:
    summed = shapes.count(shapes.summed(shape_of(X), axis))
    if any(not letter.name for letter in shapes.letters(summed)):
        raise NoTransposeError(
            "The mean of an array of a shape that nobody has said: how many entries it has is not "
            'known. Name its sizes, as in Symbol("X", shape=("m", "n")), or use the sum and a '
            "factor, or derivative(f, X).T[G] on numbers."
        )
    return spread(G, X, axis, keepdims) / summed


mean = linear(
    "mean", value="numpy.mean", shape=shapes.reduced, example="np.mean(X)",
    transposes=_mean_back, gradient={"X": "np.full(X.shape, G / X.size)"},
)  # fmt: skip


def _cumsum_back(G: Any, X: Any, axis: int) -> Any:
    reverse = (slice(None),) * (axis % len(shape_of(X))) + (slice(None, None, -1),)
    return getitem(cumsum(getitem(G, index=reverse), axis=axis), index=reverse)


cumsum = linear(
    "cumsum", value="numpy.cumsum", shape=shapes.first, example="np.cumsum(X, axis=0)",
    transposes=_cumsum_back, gradient={"X": "np.cumsum(G[::-1], axis=0)[::-1]"},
)  # fmt: skip


def _not_summed_back(G: Any, X: Any, index: str = "i", count: Any = "N") -> Any:
    raise NoTransposeError(
        f"The sum over {index} of {count} samples stands for terms that a formula does not have "
        "one by one, so it has no transpose here. derive(...) takes the sum out of the inner "
        "product, and transposes each term."
    )


sum_over = linear(
    "sum_over", shape=shapes.first, group="Helpers inside other rules",
    where="in formulas: the sum over samples, of which X is any one", transposes=_not_summed_back,
    gradient={"X": "G"}, remark="for each sample",
)  # fmt: skip


def _reshaped(a: Any, shape: Any = None, order: str = "C") -> Any:
    if shape is None:
        return shapes.unknown()
    if -1 not in shape:
        return tuple(shape)
    given = shapes.count(tuple(n for n in shape if n != -1))
    return tuple(shapes.count(a) // given if n == -1 else n for n in shape)


reshape = linear(
    "reshape", value="numpy.reshape", shape=_reshaped, example="np.reshape(X, (1, 9))",
    transposes=lambda G, X, shape, order="C": reshape(G, shape=shape_of(X), order=order),
    gradient={"X": "np.reshape(G, X.shape)"},
)  # fmt: skip
vec = linear(
    "vec", value=".vec", where="columns of X stacked", shape=lambda a: (shapes.count(a),),
    transposes=lambda G, X: reshape(G, shape=shape_of(X), order="F"),
    gradient={"X": 'np.reshape(G, X.shape, order="F")'},
)  # fmt: skip
vech = linear(
    "vech", value=".vech", where="X square; columns of its lower triangle stacked",
    shape=shapes.half, transposes=lambda G, X: unvech(G),
)  # fmt: skip
unvech = linear(
    "unvech", "w", value=".unvech", where="the lower triangular matrix of which w is vech",
    shape=shapes.triangular, group="Helpers inside other rules",
    transposes=lambda G, w: vech(G),
)  # fmt: skip
broadcast_to = linear(
    "broadcast_to", value="numpy.broadcast_to", latex=r"\operatorname{broadcast}",
    shape=shapes.widened, example="np.broadcast_to(X, (2, 3, 3))",
    transposes=lambda G, X, shape: like(G, X), gradient={"X": "np.sum(G, axis=0)"},
)  # fmt: skip
getitem = linear(
    "getitem", value=".getitem", shape=shapes.indexed, example="X[1:, 0]",
    transposes=lambda G, X, **index: scatter(G, shape=shape_of(X), **index),
)  # fmt: skip
scatter = linear(
    "scatter", value=".scatter", where="the adjoint of getitem", group=HELPERS, inner=True,
    shape=shapes.given,
    transposes=lambda G, X, shape=(), **index: getitem(G, **index),
)  # fmt: skip


def _piece(i: int, G: Any, *arrays: Any, axis: int = 0) -> Any:
    sizes = [shape_of(array)[axis] for array in arrays]
    start = 0
    for n in sizes[:i]:
        start = start + n
    axis = axis % len(shape_of(arrays[0]))
    return getitem(G, index=(slice(None),) * axis + (slice(start, start + sizes[i]),))


concatenate = linear(
    "concatenate", "A B", value=".concatenate", shape=shapes.joined,
    where="any number of arrays", example="np.concatenate([A, B])", transposes=_piece,
    gradient={"A": "G[:len(A)]", "B": "G[len(A):]"},
)  # fmt: skip


def _layer(i: int, G: Any, *arrays: Any, axis: int = 0) -> Any:
    return getitem(G, index=(slice(None),) * (axis % (len(shape_of(arrays[0])) + 1)) + (i,))


stack = linear(
    "stack", "A B", value=".stack", shape=shapes.stacked,
    where="any number of arrays", example="np.stack([A, B])", transposes=_layer,
    gradient={"A": "G[0]", "B": "G[1]"},
)  # fmt: skip
where = linear(
    "where", "A B", inner=True, value=".where", where="the condition is constant",
    shape=lambda a, b, condition=None: shapes.broadcast(a, b, shape_of(condition)),
    example="np.where(C, A, B)",
    transposes=(
        lambda G, A, B, condition=None: like(where(G, 0.0, condition=condition), A),
        lambda G, A, B, condition=None: like(where(0.0, G, condition=condition), B),
    ),
)  # fmt: skip
diagonal = linear(
    "diagonal", stacks=2, value=".diagonal", where="vector of the diagonal entries",
    shape=lambda a, offset=0: (*a[:-2], shapes.diagonal_length(a, offset)),
    example="np.diagonal(X)",
    transposes=lambda G, X, offset=0: _on_the_diagonal(G, X, offset),
)  # fmt: skip


def _diag_shape(a: Any, k: int = 0, shape: Any = None) -> Any:
    n = a[-1] + (k if k > 0 else -k) if k else a[-1]
    return (*a[:-1], *((n, n) if shape is None else shape))


diag = linear(
    "diag",
    "w", stacks=1, value=".diag", where="w a vector, Y the diagonal matrix", shape=_diag_shape,
    spoken="diagonal matrix", example="np.diag(w)", symmetry="symmetric",
    transposes=lambda G, w, k=0, shape=None: diagonal(G, offset=k) if k else diagonal(G),
)  # fmt: skip
tril = linear(
    "tril", stacks=2, value="numpy.tril", shape=shapes.matrix, example="np.tril(X)",
    transposes=lambda G, X, **k: tril(G, **k),
)  # fmt: skip
triu = linear(
    "triu", stacks=2, value="numpy.triu", shape=shapes.matrix, example="np.triu(X)",
    transposes=lambda G, X, **k: triu(G, **k),
)  # fmt: skip


def _taken(a: Any, indices: Any = None, axis: Any = None) -> Any:
    if indices is None:
        return shapes.unknown()
    i = shapes.of_index(indices)
    return i if axis is None else (*a[: axis % len(a)], *i, *a[axis % len(a) + 1 :])


def _put_back(G: Any, X: Any, indices: Any, axis: Any = None) -> Any:
    shape = shape_of(X)
    if axis is None:
        flat = scatter(G, index=(indices,), shape=(shapes.count(shape),))
        return reshape(flat, shape=shape, order="C")
    index = (slice(None),) * (axis % len(shape)) + (indices,)
    return scatter(G, index=index, shape=shape)


take = linear(
    "take", value="numpy.take", shape=_taken, example="np.take(X, [2, 0])", transposes=_put_back,
    gradient={"X": "np.bincount([2, 0], G, X.size).reshape(X.shape)"},
)  # fmt: skip

_OF_REAL = {"where": "real-linear: X depends on a real variable", "remark": "for real X"}
real = linear(
    "real", value="numpy.real", function="numpy.real", latex=r"\operatorname{Re}", **_OF_REAL,
    transposes=lambda G, X: real(G), gradient={"X": "G"},
)  # fmt: skip
imag = linear(
    "imag", inner=True, value="numpy.imag", function="numpy.imag", **_OF_REAL,
    latex=r"\operatorname{Im}", transposes=lambda G, X: -1j * real(G), gradient={"X": "0 * G"},
)  # fmt: skip
conjugate = linear(
    "conjugate", function="numpy.conjugate", latex=r"\operatorname{conj}", **_OF_REAL,
    transposes=lambda G, X: conjugate(G), gradient={"X": "G"}, example="np.conj(X)",
)  # fmt: skip

_HELPER = {"group": HELPERS}
_INNER = {"group": HELPERS, "inner": True}
differences = linear(
    "differences", "w", stacks=1, value=".differences", where="the matrix of w_j - w_i", **_INNER,
    latex=r"\operatorname{gaps}", shape=lambda a: (*a, a[-1]), symmetry="skew",
    transposes=lambda G, w: sum(G, axis=-2) - sum(G, axis=-1),
)  # fmt: skip
sums = linear(
    "sums", "w", stacks=1, value=".sums", where="the matrix of w_j + w_i", **_INNER,
    symmetry="symmetric", shape=lambda a: (*a, a[-1]),
    transposes=lambda G, w: sum(G, axis=-2) + sum(G, axis=-1),
)  # fmt: skip

# -- Products: the product rule -------------------------------------------------------------------

multiply = multilinear(
    "multiply", sheet=True, function="numpy.multiply", operator=operator.mul,
    waits=True, example="A * B",
    transposes=(lambda G, A, B: like(G * B, A), lambda G, A, B: like(G * A, B)),
)  # fmt: skip


def _left_factor(G: Any, A: Any, B: Any) -> Any:
    """From ``A @ B`` to A; a vector is a row on the left, a column on the right."""
    a, b = len(shape_of(A)), len(shape_of(B))
    if a == 1:
        return G * B if b == 1 else B @ G if b == 2 else like(_times_vectors(B, G), A)
    if b == 1:
        return outer(G, B) if a == 2 else _columns(G) * B
    return like(G @ turn(B), A)


def _right_factor(G: Any, A: Any, B: Any) -> Any:
    """From ``A @ B`` to B."""
    a, b = len(shape_of(A)), len(shape_of(B))
    if b == 1:
        return A * G if a == 1 else A.T @ G if a == 2 else like(_times_vectors(turn(A), G), B)
    if a == 1:
        return outer(A, G) if b == 2 else _columns(A) * _rows(G)
    return like(turn(A) @ G, B)


def _columns(x: Any) -> Any:
    return getitem(x, index=(Ellipsis, None))


def _rows(x: Any) -> Any:
    return getitem(x, index=(Ellipsis, None, slice(None)))


def _times_vectors(A: Any, x: Any) -> Any:
    """Each matrix of a stack times its vector."""
    return getitem(A @ _columns(x), index=(Ellipsis, 0))


matmul = multilinear(
    "matmul", sheet=True, function="numpy.matmul", operator=operator.matmul, waits=True,
    shape=shapes.product, example="A @ B", transposes=(_left_factor, _right_factor),
)  # fmt: skip
outer = multilinear(
    "outer", "a b", value="numpy.outer", where="vectors", shape=shapes.outer,
    example="np.outer(a, b)", transposes=(lambda G, a, b: G @ b, lambda G, a, b: G.T @ a),
)  # fmt: skip


kron = multilinear(
    "kron", value="numpy.kron", latex=r"A \otimes B", example="np.kron(A, B)",
    spoken="Kronecker product", shape=lambda a, b: (a[0] * b[0], a[1] * b[1]),
    transposes=(lambda G, A, B: block_inner(G, B), lambda G, A, B: block_sum(G, A)),
)  # fmt: skip
block_inner = multilinear(
    "block_inner", "A B", value=".block_inner", shape=shapes.blocks, **_HELPER,
    where="the inner products of B with the blocks of A that have its shape",
    transposes=(lambda G, A, B: kron(G, B), lambda G, A, B: block_sum(A, G)),
)  # fmt: skip
block_sum = multilinear(
    "block_sum", "A B", value=".block_sum", shape=shapes.blocks, **_HELPER,
    where="the blocks of A times the entries of B, summed; B has an entry for each block",
    transposes=(lambda G, A, B: kron(B, G), lambda G, A, B: block_inner(A, G)),
)  # fmt: skip


def _einsum_back(place: int, G: Any, *factors: Any, subscripts: str) -> Any:
    left, out = subscripts.split("->")
    letters = left.split(",")
    target, shape = letters[place], shape_of(factors[place])
    distinct = "".join(dict.fromkeys(target))  # a repeated index reads a diagonal
    others = [*factors[:place], *factors[place + 1 :]]
    names = [out, *letters[:place], *letters[place + 1 :]]
    known = set("".join(names))
    alone = [c for c in distinct if c not in known]  # summed alone: G is constant along them
    kept = "".join(c for c in distinct if c in known)
    sizes = dict(zip(target, shape, strict=True))
    back = einsum(G, *others, subscripts=f"{','.join(names)}->{kept}")
    if alone:
        wide = tuple(1 if c in alone else sizes[c] for c in distinct)
        back = reshape(back, shape=wide, order="C")
        back = broadcast_to(back, shape=tuple(sizes[c] for c in distinct))
    if distinct == target:
        return back
    index = tuple(tuple(1 if c != d else sizes[d] for d in distinct) for c in target)
    grid = tuple(_along(sizes[c], where) for c, where in zip(target, index, strict=True))
    return scatter(back, index=grid, shape=shape)


def _along(n: int, shape: Any) -> Any:
    """0, ..., n - 1 along one axis, as an index."""
    import numpy as np  # subscripts are of arrays

    return np.arange(n).reshape(shape)


einsum = multilinear(
    "einsum", value=".einsum", where="any number of factors", shape=shapes.summed_over,
    example='np.einsum("ij,kj->ik", A, B)', transposes=_einsum_back,
    gradient={"A": 'np.einsum("ik,kj->ij", G, B)', "B": 'np.einsum("ik,ij->kj", G, A)'},
    remark="another einsum, with other subscripts for each call",
)  # fmt: skip
trace_product = multilinear(
    "trace_product", stacks=2, value=".trace_product", waits=True,
    where="tr(A B), without the product",
    shape=lambda a, b: shapes.square(shapes.product(a, b))[:-2], example="np.trace(A @ B)",
    written=lambda A, B: trace(A @ B),
    transposes=(lambda G, A, B: each(G) * turn(B), lambda G, A, B: each(G) * turn(A)),
)  # fmt: skip


def each(G: Any) -> Any:
    """A number for each matrix of a stack, so that it multiplies the matrix."""
    return G if shape_of(G) == () else getitem(G, index=(Ellipsis, None, None))


# -- Piecewise constant operations: d f(X) = 0 off their jumps ------------------------------------

sign = constant(
    "sign", function="numpy.sign", where="X != 0", kink=lambda Y, X: X == 0, real_only=True,
    group="Elementwise functions", example="np.sign(X)",
)  # fmt: skip
step = constant(
    "step", value=".step", where="X != 0", kink=lambda Y, X: X == 0, real_only=True,
    group="Elementwise functions", example="np.heaviside(X, 0.0)", written_latex=lambda X: X > 0,
)  # fmt: skip
lowered = constant(
    "lowered", "B", inner=True, value=".lowered",
    where="B - 1, and 0 where B = 0; B an exponent, constant", written=lambda B: B - 1,
)  # fmt: skip
argmax_mask = constant(
    "argmax_mask", value=".argmax_mask", where="1 at the largest entry, 0 elsewhere",
    latex=r"\operatorname{argmax}",
)  # fmt: skip
ties = constant(
    "ties",
    inner=True,
    value=".ties",
    where="whether an entry shares the largest value with another one",
)
repeated = constant(
    "repeated", "w", inner=True, value=".repeated", where="whether a value is close to another one"
)
vanishing = constant(
    "vanishing", "w", inner=True, value=".vanishing", where="whether a value is close to 0"
)
refuse_singular = constant(
    "refuse_singular", inner=True, value=".refuse_singular",
    where="False, or an error if X is nearly singular", shape=shapes.number,
)  # fmt: skip
pivot_mask = constant(
    "pivot_mask", "V", inner=True, value=".pivot_mask",
    where="1 at the largest entry of each column", latex=r"\operatorname{pivots}",
)  # fmt: skip
is_complex = constant(
    "is_complex",
    inner=True,
    value="numpy.iscomplexobj",
    where="whether X is complex",
    shape=shapes.number,
)
