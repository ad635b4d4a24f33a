"""The cases: for every rule of the table, NumPy code that uses it, and what it is held against.

`case(rule, f, point, *constants)` enters one: f takes X and the constants. Point and constants are
shapes (plain arrays with distinct, nonzero entries) or kinds of matrices drawn by name below.
Shapes have distinct dimensions wherever the rule allows, so that a transposition cannot hide.
`operands(rule, op, a, b)` enters a function of two arrays three times: either one varies, or both.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.special
from referees import REFEREES, Refuted, Sample, named_rng, require

import lecturelib as ll
from lecturelib import derivative, taylor
from lecturelib import rules as r

# -- Kinds of arrays ------------------------------------------------------------------------------
# Singular values, eigenvalues and entries are spaced, so that every seed gives well-posed cases.


def spaced(rng: Any, n: int, first: float, step: float) -> np.ndarray:
    return rng.permutation(first + step * (np.arange(n) + 0.3 * rng.uniform(size=n)))


def plain(rng: Any, *shape: int) -> np.ndarray:
    n = int(np.prod(shape))
    return (spaced(rng, n, 0.4, 2.4 / max(n, 4)) * rng.choice([-1, 1], n)).reshape(shape)


def positive(rng: Any, *shape: int) -> np.ndarray:
    n = int(np.prod(shape))
    return spaced(rng, n, 0.8, 2.0 / max(n, 4)).reshape(shape)


def small(rng: Any, *shape: int) -> np.ndarray:
    """Below every plain entry, and not to be reached by it."""
    return plain(rng, *shape) / 12.0


def unit(rng: Any, *shape: int) -> np.ndarray:
    return plain(rng, *shape) / 6.0


def above_one(rng: Any, *shape: int) -> np.ndarray:
    return 1.0 + positive(rng, *shape)


def orthogonal(rng: Any, n: int) -> np.ndarray:
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def turned(rng: Any, n: int) -> np.ndarray:
    """An orthogonal matrix near the identity: the largest entry of a column is on the diagonal."""
    Q = np.linalg.qr(np.eye(n) + 0.3 * orthogonal(rng, n))[0]
    return Q * np.sign(np.diag(Q))


def full_rank(rng: Any, m: int, n: int) -> np.ndarray:
    k = min(m, n)
    s = np.sort(spaced(rng, k, 0.9, 0.7))[::-1]
    return turned(rng, m)[:, :k] * s @ turned(rng, n)[:, :k].T


def graded(rng: Any, m: int, n: int) -> np.ndarray:
    """The sums of absolute values along rows and along columns are well apart."""
    sizes = np.outer(1.0 + np.arange(m), 1.0 + np.arange(n)) * rng.uniform(0.95, 1.05, (m, n))
    return sizes * rng.choice([-1, 1], (m, n))


def invertible(rng: Any, n: int) -> np.ndarray:
    return full_rank(rng, n, n)


def spd(rng: Any, n: int) -> np.ndarray:
    Q = turned(rng, n)
    return Q * np.sort(spaced(rng, n, 0.9, 0.7)) @ Q.T


def skewed(rng: Any, n: int, w: np.ndarray) -> np.ndarray:
    """A matrix with eigenvalues w and eigenvectors that are not orthogonal."""
    V = np.eye(n) + 0.3 * orthogonal(rng, n)
    return np.linalg.solve(V.T, (V * w).T).T


def simple(rng: Any, n: int) -> np.ndarray:
    return skewed(rng, n, spaced(rng, n, 0.7, 0.8) * np.where(np.arange(n) % 2, 1, -1))


def stable(rng: Any, n: int) -> np.ndarray:
    """Positive real eigenvalues, away from the negative axis."""
    return skewed(rng, n, spaced(rng, n, 0.8, 0.6))


def spinning(rng: Any, n: int) -> np.ndarray:
    """Complex pairs of eigenvalues with positive real parts, and a real one if n is odd."""
    B = np.diag(np.linspace(0.8, 2.2, n))
    for k in range(0, n - 1, 2):  # the entries of an eigenvector have the ratio 2 i
        B[k : k + 2, k : k + 2] = [[0.9 + k / 2, 1.4], [-0.35, 0.9 + k / 2]]
    V = np.eye(n) + 0.1 * orthogonal(rng, n)
    return np.roll(V @ B @ np.linalg.inv(V), 1, axis=(0, 1))  # largest entries off the diagonal


# -- The table of cases ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One line of the table; `sample` makes it concrete."""

    name: str
    rules: tuple[str, ...]
    f: Callable[..., Any]
    point: Any
    constants: tuple[Any, ...]
    radius: float
    identity: Callable[..., Any] | None
    composed: str
    convention: Callable[[Sample], None] | None
    referees: tuple[str, ...]
    inputs: Callable[..., tuple[Any, ...]] | None = None
    symmetric: bool = False

    @cached_property
    def sample(self) -> Sample:
        rng = named_rng(self.name)
        X = draw(rng, self.point)
        constants = [draw(rng, spec) for spec in self.constants]
        given, inputs = self.identity, self.inputs
        return Sample(
            self.name,
            lambda Z: self.f(Z, *constants),
            X,
            rng,
            self.radius,
            None if given is None else lambda Y, Z: given(Y, Z, *constants),
            self.composed,
            self.convention,
            None if inputs is None else lambda Z: inputs(Z, *constants),
            self.symmetric,
        )


CASES: dict[str, Case] = {}
#: Operations of formulas alone: on arrays they have no value that something could be held against.
IN_FORMULAS = {"sum_over"}
#: rule -> its cases.
OF_RULE: dict[str, list[Case]] = {}
#: rule -> inputs just inside its conditions, and inputs outside of them.
SIDES: dict[str, tuple[list[Any], list[Any]]] = {}


def draw(rng: Any, spec: Any) -> np.ndarray:
    if isinstance(spec, tuple) and all(isinstance(n, int) for n in spec):
        return np.asarray(plain(rng, *spec))
    if isinstance(spec, tuple):
        kind, *shape = spec
        return np.asarray(kind(rng, *shape))
    return np.asarray(spec)


def case(
    rules: str,
    f: Callable[..., Any],
    point: Any,
    *constants: Any,
    name: str = "",
    holomorphic: bool = True,
    identity: Callable[..., Any] | None = None,
    composed: bool = False,
    radius: float = 0.15,
    step: bool = True,
    convention: Callable[[Sample], None] | None = None,
    inputs: Callable[..., tuple[Any, ...]] | None = None,
    symmetric: bool = False,
    inside: list[Any] | None = None,
    outside: list[Any] | None = None,
) -> None:
    """Enter a case for one or more rules, the first of which names it.

    A `convention` is what is stated for a point where no derivative exists; it is judged alone.
    Of a rule with conditions, ``inside`` and ``outside`` list inputs on both sides of them.
    ``symmetric=True`` is for functions of symmetric matrices: the directions are symmetric too.
    For a `composed` rule of several inputs, ``inputs`` gives them all. ``step=False`` leaves out
    the complex step alone, for holomorphic code that goes through complex numbers even where X is
    real: the step would blow up their rounding.
    """
    names = tuple(rules.split())
    name = name or ("convention" if convention else "")
    label = f"{names[0]}: {name}" if name else names[0]
    count = 1
    while label in CASES:
        count += 1
        label = f"{names[0]}: {name or 'again'} {count}"
    chosen = [
        referee
        for referee in REFEREES
        if (convention is None) == (referee != "convention")
        and (holomorphic or referee not in ("complex step", "circle"))
        and (step or referee != "complex step")
        and (identity is not None or referee != "identity")
        and (composed or referee != "composed")
    ]
    CASES[label] = Case(
        label,
        names,
        f,
        point,
        constants,
        radius,
        identity,
        names[0] if composed else "",
        convention,
        tuple(chosen),
        inputs,
        symmetric,
    )
    for rule in names:
        OF_RULE.setdefault(rule, []).append(CASES[label])
    if inside is not None or outside is not None:
        SIDES[names[0]] = (inside or [], outside or [])


def joined(rng: Any, *specs: Any) -> np.ndarray:
    return np.concatenate([draw(rng, spec).ravel() for spec in specs])


def operands(rules: str, op: Callable[..., Any], a: Any, b: Any, **options: Any) -> None:
    """A function of two arrays: the left varies, the right varies, both are parts of one vector."""
    name = options.pop("name", "")
    case(rules, lambda X, B: op(X, B), a, b, name=f"{name} left".strip(), **options)
    case(rules, lambda X, A: op(A, X), b, a, name=f"{name} right".strip(), **options)
    rng = np.random.default_rng(0)
    shape_a, shape_b = draw(rng, a).shape, draw(rng, b).shape
    m = int(np.prod(shape_a))

    def both(X: Any) -> Any:
        return op(X[:m].reshape(shape_a), X[m:].reshape(shape_b))

    case(rules, both, (joined, a, b), name=f"{name} both".strip(), **options)


#: For code that is not holomorphic: no complex step, no circle.
real_case = partial(case, holomorphic=False)
real_operands = partial(operands, holomorphic=False)


# -- Linear operations ----------------------------------------------------------------------------

a: tuple[int, ...]
b: tuple[int, ...]
for a, b in (((2, 3), (2, 3)), ((2, 3), (3,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1), (2,))):
    shapes = f"{a} {b}"
    operands("add", lambda A, B: A + B, a, b, name=shapes)
    operands("subtract", lambda A, B: A - B, a, b, name=shapes)
    operands("multiply", lambda A, B: A * B, a, b, name=shapes)
for a, b in (((3, 1), (2, 3, 4)), ((3, 1), (1, 3, 4)), ((1, 1), (2, 1, 4))):
    operands("add", lambda A, B: A + B, a, b, name=f"{a} {b}")
    operands("multiply", lambda A, B: A * B, a, b, name=f"{a} {b}")
operands("add", np.add, (2, 3), (3,), name="np")
operands("subtract", np.subtract, (2, 3), (3,), name="np")
case("add", lambda X: 1 + (X + 2.5), (2, 3), name="numbers")
case("subtract", lambda X: 1 - (X - 2.5), (2, 3), name="numbers")
case("negative", lambda X: -X, (2, 3))
case("negative", lambda X: np.negative(+X), (2, 3), name="np")

case("transpose", lambda X: X.T, (2, 3))
case("transpose", lambda X, A: np.transpose(X) @ A, (3, 2), (3, 4), name="np")
case("transpose", lambda X: X.transpose(2, 0, 1), (2, 3, 4), name="three axes")
case("transpose", lambda X: X.transpose((1, 2, 0)), (2, 3, 4), name="three axes, a tuple")
case("transpose", lambda X: np.transpose(X, (1, 2, 0)), (2, 3, 4), name="three axes, np")
case("transpose", lambda X: np.swapaxes(X, 0, 2), (2, 3, 4), name="swapaxes")
case("transpose", lambda X: X.swapaxes(1, 0), (2, 3), name="swapaxes method")
case("transpose", lambda X: np.moveaxis(X, 0, -1), (2, 3, 4), name="moveaxis")
case("transpose", lambda X: np.matrix_transpose(X), (2, 3, 4), name="matrix_transpose")

case("trace", lambda X: np.trace(X), (3, 3))
case("trace", lambda X: X.trace(), (2, 4), name="wide, method")
case("diagonal sum", lambda X: X.trace(offset=1), (2, 4), name="trace with offset")
case("diagonal sum", lambda X: np.trace(X, offset=-1), (4, 2), name="trace with offset")
case("trace", lambda X, A: np.trace(A @ X), (3, 2), (2, 3), name="of A X")
case("trace", lambda X, A: np.trace(X @ A), (3, 2), (2, 3), name="of X A")
case("trace", lambda X, A, B: np.trace(X.T @ A @ X @ B), (2, 3), (2, 2), (3, 3), name="of X'AXB")
case("trace", lambda X, A: np.trace(2.0 * (A @ X) - X @ A), (3, 3), (3, 3), name="of a sum")
case("trace", lambda X, A: np.trace(A * X), (3, 3), (3, 3), name="of a Hadamard product")

for keepdims in (False, True):
    for axis in (None, 0, 1, -1, (0, 1), (2, 0)):
        options = {"axis": axis, "keepdims": keepdims}
        name = f"axis {axis}{', kept' if keepdims else ''}"
        case("sum", partial(np.sum, **options), (2, 3, 4), name=name)
        case("mean", partial(np.mean, **options), (2, 3, 4), name=name)
case("sum", lambda X: X.sum(), (2, 3), name="method")
case("sum", lambda X: np.sum(X, keepdims=True) * np.exp(X), (2, 3), name="kept, used")
case("sum", lambda X: X.sum(axis=0), (2, 3), name="method, axis")
case("sum", lambda X, A: np.sum(A * X), (2, 3), (2, 3), name="inner product")
case("sum", lambda X: np.add.reduce(X, axis=1), (2, 3), name="reduce 1")
case("sum", lambda X: np.add.reduce(X), (2, 3), name="reduce")
case("mean", lambda X: X.mean(axis=0), (2, 3), name="method")
case("sum", lambda X, w: np.average(X, axis=1, weights=w), (2, 3), (positive, 3), name="average")
case("mean", lambda X: np.average(X, axis=0), (2, 3), name="average, no weights")
case("sum", lambda X, w: np.average(X, axis=0, weights=w), (3, 2), (positive, 3), name="average 0")
case("sum", lambda X, w: np.average(X, weights=w), (2, 3), (positive, 2, 3), name="average of all")
VAR: dict[str, Any] = {"holomorphic": False}  # NumPy conjugates in it
case("mean sum", lambda X: np.var(X, axis=0, ddof=1), (4, 3), name="var", **VAR)
case("mean sum", lambda X: X.var(), (4, 3), name="var method", **VAR)
case("mean sum sqrt", lambda X: np.std(X, axis=1, keepdims=True), (4, 3), name="std", **VAR)
case("mean sum sqrt", lambda X: X.std(axis=0), (4, 3), name="std method", **VAR)
case("cumsum", lambda X: np.cumsum(X), (2, 3))
case("cumsum", lambda X: np.cumsum(X, axis=0), (4, 3), name="axis 0")
case("cumsum", lambda X: X.cumsum(axis=-1), (4, 3), name="axis -1, method")
case("cumsum", lambda X: X.cumsum(), (4, 3), name="method")

case("reshape", lambda X: np.reshape(X, (3, 2)), (2, 3))
case("reshape", lambda X: X.reshape(3, -1), (2, 6), name="method, -1")
case("reshape", lambda X: X.reshape((4, -1), order="F"), (2, 6), name="order F")
case("reshape", lambda X: np.reshape(X, (3, 2), order="F"), (2, 3), name="np, order F")
case("reshape", lambda X: np.ravel(X), (2, 3), name="ravel")
case("reshape", lambda X: X.ravel(order="F"), (2, 3), name="ravel F")
case("reshape", lambda X: X.flatten(), (2, 3), name="flatten")
case("reshape", lambda X: np.squeeze(X, axis=1), (3, 1), name="squeeze")
case("reshape", lambda X: X.squeeze(), (1, 3), name="squeeze method")
case("reshape", lambda X: np.expand_dims(X, 1), (2, 3), name="expand_dims")
case("reshape", lambda X: np.atleast_1d(X), (), name="atleast_1d")
case("reshape", lambda X: np.atleast_2d(X), (3,), name="atleast_2d")
case("reshape", lambda X: np.atleast_3d(X), (3,), name="atleast_3d")
case("vec", lambda X: ll.vec(X), (2, 3))
case(
    "vec",
    lambda X, A, B: np.kron(B.T, A) @ ll.vec(X),
    (2, 3),
    (4, 2),
    (3, 5),
    name="kron",
    identity=lambda Y, X, A, B: Y - ll.vec(A @ X @ B),
)
case("vech", lambda X: r.vech(X), (3, 3), inside=[[np.eye(2)]], outside=[[np.ones((3, 2))]])
case("vech", lambda X: ll.vech(X @ X.T), (2, 3), name="Gram")
case("unvech", lambda X: r.unvech(X), (6,))
case("unvech vech", lambda X: r.unvech(X), (3,), name="vech", identity=lambda Y, X: r.vech(Y) - X)
case("broadcast_to", lambda X: np.broadcast_to(X, (4, 2, 3)), (2, 3))
case("broadcast_to", lambda X: np.broadcast_to(X, (4, 3)), (4, 1), name="column")
case("broadcast_to", lambda X, A: np.broadcast_arrays(X, A)[0], (3,), (2, 3), name="arrays")

INDICES: dict[str, Any] = {
    "row": 0,
    "negative": -1,
    "entry": (1, 2),
    "column": (slice(None), 1),
    "slice": slice(1, None),
    "reversed": (slice(None), slice(None, None, -1)),
    "stepped": (slice(None, None, 2), slice(1, 3)),
    "ellipsis": (Ellipsis, 0),
    "new axis": (slice(None), None),
    "list": [2, 0],
    "repeated": [0, 0, 2],
    "list of columns": (slice(None), [3, 1, 3]),
    "pairs": ([0, 2, 0], [1, 3, 1]),
    "grid": np.ix_([2, 0], [1, 3, 0]),
    "mask": np.arange(12).reshape(3, 4) % 5 < 2,
    "mask of rows": np.array([True, False, True]),
}
for name, index in INDICES.items():
    case("getitem", lambda X, index=index: X[index], (3, 4), name=name)
case("getitem scatter", lambda X: np.stack([row * row for row in X]), (2, 3), name="iteration")
case("getitem", lambda X: X[X > 0], (3, 4), name="mask of X")
case("scatter", lambda X: r.scatter(X, index=(slice(1, 3),), shape=(4, 3)), (2, 3))
case(
    "scatter", lambda X: r.scatter(X, index=(np.array([0, 2, 0]),), shape=(4,)), (3,), name="twice"
)
MOVERS: dict[str, Callable[..., Any]] = {
    "flip": np.flip,
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "rot90": np.rot90,
    "roll": lambda X: np.roll(X, 1, axis=1),
    "repeat": lambda X: np.repeat(X, 2, axis=0),
    "repeat method": lambda X: X.repeat(2),
    "tile": lambda X: np.tile(X, (2, 1)),
}
for name, mover in MOVERS.items():
    case("getitem reshape", mover, (2, 3), name=name)

for axis in (0, 1, -1, None):
    a, b = ((2, 3), (2, 3)) if axis is None else ((2, 3), (4, 3)) if axis == 0 else ((2, 3), (2, 4))
    operands(
        "concatenate",
        lambda A, B, axis=axis: np.concatenate([A, B], axis=axis),
        a,
        b,
        name=f"axis {axis}",
    )
for axis in (0, 1, 2, -1):
    operands(
        "stack",
        lambda A, B, axis=axis: np.stack([A, B, A], axis=axis),
        (2, 3),
        (2, 3),
        name=f"axis {axis}",
    )
operands("stack", lambda A, B: np.stack([A, B]), (), (), name="numbers")
operands("concatenate", lambda A, B: np.vstack([A, B]), (3,), (2, 3), name="vstack")
operands("concatenate", lambda A, B: np.hstack([A, B]), (2, 1), (2, 3), name="hstack")
operands("concatenate", lambda A, B: np.hstack([A, B]), (2,), (3,), name="hstack of vectors")
operands("concatenate", lambda A, B: np.column_stack([A, B]), (2,), (2, 3), name="column_stack")
case(
    "concatenate",
    lambda X, A, B, C: np.block([[A, X], [B, C]]),
    (2, 3),
    (2, 1),
    (4, 1),
    (4, 3),
    name="block",
)
case("concatenate", lambda X, A: np.block([A, X, X]), (2, 3), (2, 1), name="block of one row")
case("concatenate", lambda X, a: np.block([a, X, X]), (3,), (2,), name="block of vectors")
case(
    "concatenate",
    lambda X: np.block([[X, np.zeros((2, 2))], [X @ X.T, X]]),
    (2, 2),
    name="block with zeros",
)

condition = np.array([[True, False, True], [False, False, True]])
operands("where", lambda A, B: np.where(condition, A, B), (2, 3), (2, 3))
operands("where", lambda A, B: np.where(condition, A, B), (3,), (2, 1), name="broadcast")
operands("where", lambda A, B: np.where(condition, A, B), (), (2, 3), name="number")
operands("where", lambda A, B: np.where(condition, A, B), (2, 1), (2, 3), name="column")
real_case("where", lambda X: np.where(X > 0, X * X, -X), (2, 3), name="condition of X")
case("where", lambda X: np.where(condition, X, 0.0), (2, 3), name="zero")

for k in (0, 1, -1):
    case("diagonal", partial(np.diagonal, offset=k), (3, 4), name=f"{k}")
    case("diagonal", lambda X, k=k: np.diag(X, k), (4, 3), name=f"diag {k}")
    case("diag", lambda X, k=k: np.diag(X, k), (3,), name=f"{k}")
    case("tril", lambda X, k=k: np.tril(X, k), (3, 4), name=f"{k}")
    case("triu", lambda X, k=k: np.triu(X, k=k), (4, 3), name=f"{k}")
case("diagonal", lambda X: X.diagonal(), (2, 3), name="method")
case("take", lambda X: np.take(X, [2, 0, 2]), (2, 3))
case("take", lambda X: np.take(X, [2, 0, 2], axis=1), (2, 3), name="axis 1")
case("take", lambda X: X.take([1, 0], axis=0), (2, 3), name="method")
case("take", lambda X: np.take(X, 1, axis=-1), (2, 3), name="one")
case("take", lambda X: X.compress([True, False, True], axis=1), (2, 3), name="compress")
case("subtract getitem", lambda X: np.diff(X, axis=0), (4, 3), name="diff")
case("subtract getitem", lambda X: np.diff(X, n=2), (2, 5), name="diff 2")

# real, imag and conjugate are linear over the reals only: no complex step.
for part in ("real", "imag", "conjugate"):
    function = getattr(np, part)
    real_case(part, lambda X, A, B, p=function: p((A + 1j * B) @ X) * X, (3, 2), (3, 3), (3, 3))
    real_case(part, lambda X, p=function: p(np.exp(1j * X)), (2, 3), name="of exp")
real_case("real", lambda X: np.exp(2j * X).real, (2, 3), name="attribute")
real_case("imag", lambda X: np.exp(2j * X).imag, (2, 3), name="attribute")
real_case("conjugate", lambda X: np.exp(2j * X).conj(), (2, 3), name="method")
real_case("conjugate", lambda X: np.exp(2j * X).conjugate(), (2, 3), name="long")
real_case("conjugate", lambda X, a: np.vdot(np.exp(1j * X), a), (3,), (3,), name="vdot")

# -- Piecewise constant operations ----------------------------------------------------------------

real_case("sign", lambda X: np.sign(X) * X * X, (2, 3))
case("lowered_power power", lambda X: X ** np.array([0, 1, 3]), (2, 3))
case("lowered", lambda X, B: r.lowered(B) * X, (2, 3), np.array([0.0, 1.0, 2.5]), name="itself")
real_case("step", lambda X: r.step(X) * X * X, np.array([[-1.7, -0.6, 0.2], [0.7, 1.3, -1.2]]))
real_case("argmax_mask", lambda X: r.argmax_mask(X) * X, (2, 3))
real_case("argmax_mask", lambda X: r.argmax_mask(X, axis=0) * X, (2, 3), name="axis")
real_case("ties", lambda X: X + r.ties(X), (2, 3))
real_case("repeated", lambda X: X + r.repeated(X), (3,))
real_case("refuse_singular", lambda X: X + r.refuse_singular(X), (invertible, 3), radius=0.1)
real_case("vanishing", lambda X: X + r.vanishing(X), (3,))
real_case("refuse_singular", lambda X: X - r.refuse_singular(X), (invertible, 4))
real_case("pivot_mask", lambda X: r.pivot_mask(X) * X, (2, 3))
real_case("is_complex", lambda X: X + r.is_complex(X), (2, 3))

# -- Products -------------------------------------------------------------------------------------

operands("multiply", np.multiply, (2, 3), (2, 3), name="np")
case("multiply", lambda X: 2 * X * 1.5, (2, 3), name="numbers")
case("multiply", lambda X: X * X * X, (2, 3), name="cube")
MATRIX_PAIRS = (((2, 3), (3, 4)), ((2, 3), (3,)), ((3,), (3, 4)), ((3,), (3,)), ((3, 1), (1, 2)))
for a, b in MATRIX_PAIRS:
    operands("matmul", lambda A, B: A @ B, a, b, name=f"{a} {b}")
    operands("matmul", np.dot, a, b, name=f"np.dot {a} {b}")
STACKS = (
    ((2, 3, 4), (2, 4, 5)),
    ((2, 3, 4), (4, 5)),
    ((3, 4), (2, 4, 5)),
    ((1, 3, 4), (2, 4, 1)),
    ((2, 3, 4), (4,)),
    ((4,), (2, 4, 3)),
    ((3, 1, 2, 4), (2, 4, 1)),
)
for a, b in STACKS:
    operands("matmul", lambda A, B: A @ B, a, b, name=f"stacks {a} {b}")
operands("matmul", np.matmul, (2, 3), (3, 4), name="np")
case("matmul", lambda X, A: X.dot(A), (2, 3), (3, 4), name="method")
operands("multiply", np.dot, (), (2, 3), name="dot with a number")
operands("multiply", np.inner, (2, 3), (), name="inner with a number")
real_operands("matmul", np.vdot, (2, 3), (2, 3), name="vdot")
operands("outer", np.outer, (2,), (3,))
operands("outer reshape", np.outer, (2, 2), (3,), name="ravelled")
operands("matmul", np.inner, (2, 3), (4, 3), name="inner")
operands("matmul", np.inner, (3,), (3,), name="inner of vectors")
operands("matmul", np.inner, (2, 3), (3,), name="inner, matrix and vector")
operands("matmul", np.inner, (2, 4), (3, 5, 4), name="inner of a matrix and a stack")
operands("kron", np.kron, (2, 3), (4, 1), name="column")
operands("kron", np.kron, (2, 3), (3, 2))
operands("block_inner", r.block_inner, (6, 6), (3, 2))
operands("block_sum", r.block_sum, (6, 6), (2, 3))
case(
    "block_inner",
    lambda X, A: r.block_inner(np.kron(A, X), X),
    (3, 2),
    (2, 4),
    name="of kron",
    identity=lambda Y, X, A: Y - np.sum(X * X) * A,
)
case(
    "block_sum",
    lambda X, B: r.block_sum(np.kron(X, B), X),
    (2, 4),
    (3, 2),
    name="of kron",
    identity=lambda Y, X, B: Y - np.sum(X * X) * B,
)
for a, b, axes in (
    ((2, 3), (3, 4), 1),
    ((2, 3), (2, 3), 2),
    ((2, 3), (4, 5), 0),
    ((2, 3, 4), (4, 3, 5), ([1, 2], [1, 0])),
    ((2, 3), (4, 2), (0, 1)),
    ((2, 3, 4), (4, 5), 1),
    ((3,), (3, 4, 2), ([0], [0])),
):
    operands("matmul", partial(np.tensordot, axes=axes), a, b, name=f"tensordot {axes}")
for subscripts, a, b in (
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,kj", (2, 3), (4, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("ij,j->ji", (2, 3), (3,)),
    ("ii,jk->kj", (3, 3), (2, 4)),
    ("ij,jk->k", (2, 3), (3, 4)),
    ("bij, bjk -> bik", (2, 3, 4), (2, 4, 5)),
):
    operands("einsum", partial(np.einsum, subscripts), a, b, name=subscripts)
case("einsum", lambda X: np.einsum("ii->i", X), (3, 3), name="diagonal")
case("einsum", lambda X: np.einsum("ij->j", X), (2, 3), name="sum")
case("einsum", lambda X: np.einsum("ij->i", X), (2, 3), name="sum of rows")
case("einsum", lambda X: np.einsum("iij->j", X), (3, 3, 2), name="diagonals")
case("einsum", lambda X: np.einsum("iji->ij", X), (3, 2, 3), name="diagonals kept")
case("einsum", lambda X: np.einsum("ijk->kij", X), (2, 3, 4), name="transpose")
case("einsum", lambda X: np.einsum("ji", X), (2, 3), name="implicit transpose")
case("einsum", lambda X, A: np.einsum("ij,jk,lk->il", X, A, X), (2, 3), (3, 3), name="three")
case(
    "matmul",
    lambda X, A, B: np.linalg.multi_dot([A, X, B]),
    (3, 4),
    (2, 3),
    (4, 5),
    identity=lambda Y, X, A, B: Y - A @ X @ B,
)
case(
    "matmul",
    lambda X, A: np.linalg.multi_dot([X, A, X.T, X]),
    (2, 3),
    (3, 3),
    name="repeated",
    identity=lambda Y, X, A: Y - X @ A @ X.T @ X,
)
case("matmul", lambda X, A: np.linalg.multi_dot([X, A, X]), (3,), (3, 3), name="multi_dot, vectors")

# -- Elementwise functions ------------------------------------------------------------------------

#: name -> kind of entries, an equation that defines it, and whether complex input runs in NumPy.
ELEMENTWISE: dict[str, tuple[Any, Callable[..., Any] | None, bool]] = {
    "reciprocal": (plain, lambda Y, X: Y * X - 1, True),
    "exp": (plain, lambda Y, X: np.log(Y) - X, True),
    "exp2": (plain, lambda Y, X: np.log(Y) - np.log(2.0) * X, True),
    "expm1": (plain, lambda Y, X: Y + 1 - np.exp(X), True),
    "log": (positive, lambda Y, X: np.exp(Y) - X, True),
    "log2": (positive, lambda Y, X: np.exp(np.log(2.0) * Y) - X, True),
    "log10": (positive, lambda Y, X: np.exp(np.log(10.0) * Y) - X, True),
    "log1p": (positive, lambda Y, X: np.exp(Y) - 1 - X, True),
    "sqrt": (positive, lambda Y, X: Y * Y - X, True),
    "cbrt": (plain, lambda Y, X: Y * Y * Y - X, False),
    "square": (plain, lambda Y, X: Y - X * X, True),
    "sin": (plain, lambda Y, X: Y - np.imag(np.exp(1j * X)), True),
    "cos": (plain, lambda Y, X: Y - np.real(np.exp(1j * X)), True),
    "tan": (unit, lambda Y, X: Y * np.cos(X) - np.sin(X), True),
    "arcsin": (unit, lambda Y, X: np.sin(Y) - X, True),
    "arccos": (unit, lambda Y, X: np.cos(Y) - X, True),
    "arctan": (plain, lambda Y, X: np.sin(Y) - X * np.cos(Y), True),
    "sinh": (plain, lambda Y, X: 2 * Y - np.exp(X) + np.exp(-X), True),
    "cosh": (plain, lambda Y, X: 2 * Y - np.exp(X) - np.exp(-X), True),
    "tanh": (plain, lambda Y, X: Y * (np.exp(X) + np.exp(-X)) - np.exp(X) + np.exp(-X), True),
    "arcsinh": (plain, lambda Y, X: np.sinh(Y) - X, True),
    "arccosh": (above_one, lambda Y, X: np.cosh(Y) - X, True),
    "arctanh": (unit, lambda Y, X: np.tanh(Y) - X, True),
    "absolute": (plain, lambda Y, X: Y * Y - X * X, False),
}
for name, (kind, equation, holomorphic) in ELEMENTWISE.items():
    for shape in ((2, 3), ()):
        case(
            name.replace("absolute", "abs"),
            getattr(np, name),
            (kind, *shape),
            name=f"{shape}",
            identity=equation,
            holomorphic=holomorphic,
        )
real_case("abs", lambda X: abs(X) + np.fabs(X), (2, 3), name="builtin")
case("safe_reciprocal", lambda X: r.safe_reciprocal(X), (2, 3), identity=lambda Y, X: Y * X - 1)
case(
    "tanh_slope",
    lambda X: r.tanh_slope(X),
    (2, 3),
    identity=lambda Y, X: Y * (np.exp(X) + np.exp(-X)) ** 2 - 4,
)
case(
    "one_minus_square", lambda X: r.one_minus_square(X), (2, 3), identity=lambda Y, X: Y + X * X - 1
)
case("one_plus_square", lambda X: r.one_plus_square(X), (2, 3), identity=lambda Y, X: Y - X * X - 1)
case(
    "root_one_plus_square",
    lambda X: r.root_one_plus_square(X),
    (unit, 2, 3),
    identity=lambda Y, X: Y * Y - X * X - 1,
)
for n in (1, 2):
    case(
        "lowered_power",
        lambda X, B, n=n: r.lowered_power(X, B, n=n),
        (positive, 2, 3),
        np.array([[0.3, 2.7, -1.2], [1.4, 0.4, -0.3]]),
        name=f"n = {n}",
        identity=lambda Y, X, B, n=n: Y * X ** (n - B) - 1,
    )
#: Entries on both sides of -1, 0, 0.5 and 1, whatever the seed.
SPREAD = np.array([[-1.7, -0.6, 0.2], [0.7, 1.3, -1.2]])
real_case("relu", lambda X: ll.relu(X), SPREAD)
real_case("relu", lambda X: ll.relu(X) ** 2, (3, 1), name="squared")
case("sigmoid", lambda X: ll.sigmoid(X), (2, 3), identity=lambda Y, X: Y * (1 + np.exp(-X)) - 1)
case("sigmoid", lambda X: ll.sigmoid(X), (3, 1), name="column")
case("softplus", lambda X: ll.softplus(X), SPREAD, identity=lambda Y, X: np.exp(Y) - 1 - np.exp(X))
for a in ((3,), (3, 1)):
    case("exp", lambda X: np.exp(X), a, name=f"{a}")
    case("tanh", lambda X, A: np.tanh(A @ X), a, (2, 3), name=f"layer {a}", radius=0.05)

for a, b in (((2, 3), (2, 3)), ((2, 3), (3,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1), (2,))):
    name = f"{a} {b}"
    operands("divide", lambda A, B: A / B, a, b, name=name)
    real_operands("maximum", np.maximum, (small, *a), b, name=name)
    real_operands("minimum", np.minimum, a, (small, *b), name=name)
    real_operands("logaddexp", np.logaddexp, a, b, name=name)
    real_operands("arctan2", np.arctan2, a, (positive, *b), name=name)
    real_operands("hypot", np.hypot, a, b, name=name)
    real_operands("cosine", r.cosine, a, b, name=name)
    operands("share", r.share, a, b, name=name)
operands("divide", np.divide, (2, 3), (3,), name="np", identity=lambda Y, *rest: Y - Y)
case(
    "divide",
    lambda X, A: A / X,
    (2, 3),
    (2, 3),
    name="quotient",
    identity=lambda Y, X, A: Y * X - A,
)
case("divide", lambda X: 2 / X + X / 3, (2, 3), name="numbers")
real_case("maximum", lambda X: np.maximum(X, 0.0) + np.fmax(X, 0.05), (2, 3), name="zero")
real_case("minimum", lambda X: np.minimum(0.0, X) + np.fmin(X, 0.05), (2, 3), name="zero")
real_case("maximum minimum", lambda X: np.clip(X, -1.0, 1.0) * X, SPREAD, name="clip")
real_case("minimum", lambda X: np.clip(X, None, 0.5), SPREAD, name="clip above")
real_case("maximum", lambda X: X.clip(-0.5), SPREAD, name="clip below, method")
real_case(
    "logaddexp",
    lambda X, A: np.logaddexp(X, A),
    (2, 3),
    (2, 3),
    name="definition",
    identity=lambda Y, X, A: np.exp(Y) - np.exp(X) - np.exp(A),
)
real_case(
    "arctan2",
    lambda X, B: np.arctan2(X, B),
    (2, 3),
    (positive, 2, 3),
    name="definition",
    identity=lambda Y, X, B: np.sin(Y) * B - np.cos(Y) * X,
)
real_case("arctan2", lambda X, A: np.arctan2(X, -A), (2, 3), (positive, 2, 3), name="behind")
real_case(
    "hypot",
    lambda X, B: np.hypot(X, B),
    (2, 3),
    (2, 3),
    name="definition",
    identity=lambda Y, X, B: Y * Y - X * X - B * B,
)

exponent: float
for exponent in (0, 1, 2, 3, 5, -1, -2):
    rule = {1: "getitem", 2: "square", -1: "reciprocal"}.get(exponent, "power")
    case(rule, lambda X, n=exponent: X[:] ** n, (2, 3), name=f"exponent {exponent}")
for exponent in (0.5, 1.7, -0.5):
    case("power", lambda X, n=exponent: X**n, (positive, 2, 3), name=f"exponent {exponent}")
case("power", lambda X: X**0.5, (positive, 3), name="root", identity=lambda Y, X: Y * Y - X)
case("power", lambda X, B: np.power(X, B), (positive, 2, 3), (3,), name="array of exponents")
case("power", lambda X: np.float_power(X, 3), (2, 3), name="float_power")
case("power", lambda X: X ** np.array([[2], [3]]), (3,), name="broadcast up")
case("power", lambda X: X**3 + X**1 + X**0, np.array([0.0, 1.5, -2.0]), name="at zero")
case("power", lambda X, B: X**B, (positive, 2, 3), (positive, 3), name="matrix of exponents")
case("general_power", lambda X, A: A**X, (positive, 3), (positive, 2, 3), name="exponent")
case("general_power", lambda X, A: np.power(A, X), (1, 4), (positive, 3, 1), name="broadcast")
case("general_power", lambda X: X[:1] ** X[1:], (positive, 3, 2), name="both, broadcast")
case(
    "general_power",
    lambda X: X**X,
    (positive, 2, 3),
    name="x^x",
    identity=lambda Y, X: np.log(Y) - X * np.log(X),
)
case(
    "general_power",
    lambda X: 2.0**X,
    (2, 3),
    name="base 2",
    identity=lambda Y, X: np.log(Y) - np.log(2.0) * X,
)

# -- Special functions -----------------------------------------------------------------------------

for name in ("erf", "erfc", "log_ndtr"):
    for shape in ((2, 3), ()):
        case(name, getattr(scipy.special, name), shape, name=f"{shape}")
NEGATIVE_TOO = np.array([[-1.5, -0.4, 0.7], [1.3, 2.2, -2.6]])
for name in ("gammaln", "digamma"):
    case(name, getattr(scipy.special, name), (positive, 2, 3), holomorphic=False)
    case(
        name,
        getattr(scipy.special, name),
        NEGATIVE_TOO,
        name="negative too",
        holomorphic=False,
        radius=0.04,
    )
real_case(
    "logit",
    lambda X: scipy.special.logit(X),
    np.array([[0.2, 0.5, 0.7], [0.35, 0.8, 0.6]]),
    identity=lambda Y, X: X * (1 + np.exp(-Y)) - 1,
)
real_case("sigmoid", lambda X: scipy.special.expit(X), (2, 3), name="expit")
case("gaussian", lambda X: r.gaussian(X), (2, 3), identity=lambda Y, X: np.log(Y) + X * X)
case(
    "mills",
    lambda X: r.mills(X),
    (2, 3),
    identity=lambda Y, X: (
        Y * scipy.special.erfc(-X / np.sqrt(2)) - np.sqrt(2 / np.pi) * np.exp(-X * X / 2)
    ),
)
real_case("polygamma", lambda X: r.polygamma(2, X), (positive, 2, 3))
real_case(
    "polygamma",
    lambda X, n: r.polygamma(n, X),
    (positive, 2, 3),
    np.array([1, 3, 2]),
    name="orders",
)
case(
    "xlogy",
    lambda X: scipy.special.xlogy(X, X),
    (positive, 2, 3),
    name="entropy",
    identity=lambda Y, X: Y - X * np.log(X),
)
operands("xlogy", scipy.special.xlogy, (positive, 2, 3), (positive, 2, 1))
operands("xlogy", scipy.special.xlogy, (positive, 2, 1), (positive, 2, 3), name="column")

# -- Reductions -----------------------------------------------------------------------------------

for axis in (None, 0, 1, -1):
    case(
        "softmax",
        lambda X, axis=axis: ll.softmax(X, axis=axis),
        (2, 3),
        name=f"axis {axis}",
        identity=lambda Y, X, axis=axis: [
            Y * np.sum(np.exp(X), axis=axis, keepdims=True) - np.exp(X)
        ],
    )
    for keepdims in (False, True):
        name = f"axis {axis}{', kept' if keepdims else ''}"
        options = {"axis": axis, "keepdims": keepdims}
        case(
            "logsumexp",
            lambda X, o=options: ll.logsumexp(X, **o),
            (2, 3),
            name=name,
            identity=lambda Y, X, o=options: np.exp(Y) - np.sum(np.exp(X), **o),
        )
        real_case("max", partial(np.max, **options), (2, 3), name=name)
        real_case("max", partial(np.min, **options), (2, 3), name=f"min {name}")
        real_case(
            "norm",
            partial(np.linalg.norm, **options),
            (2, 3),
            name=name,
            identity=lambda Y, X, o=options: Y * Y - np.sum(X * X, **o),
        )
real_case("max", lambda X: np.amax(X) * np.amin(np.copy(X)), (2, 3), name="amax")
real_case("max", lambda X: X.max(axis=0) * X.min(), (2, 3), name="methods")
real_case("max", lambda X: np.maximum.reduce(X) - np.minimum.reduce(X), (4, 3), name="reduce")
real_case("norm", lambda X: np.linalg.norm(X, "fro"), (2, 3), name="fro")
real_case("norm", lambda X: np.linalg.norm(X), (3,), name="vector")
real_case("norm", lambda X: np.linalg.norm(X, 2), (3,), name="vector, 2")
real_case("norm", lambda X: np.linalg.norm(X, 2, axis=0), (2, 3), name="columns")
real_case("abs sum", lambda X: np.linalg.norm(X, 1), (3,), name="norm 1")
real_case("abs max", lambda X: np.linalg.norm(X, np.inf), (3,), name="norm inf")
real_case("abs sum", lambda X: np.linalg.norm(X, 1, axis=1), (2, 3), name="norm 1, rows")
real_case("abs power", lambda X: np.linalg.norm(X, 3), (3,), name="norm 3")
real_case("max abs", lambda X: np.linalg.norm(X, 1), (graded, 2, 3), name="matrix norm 1")
real_case("max abs", lambda X: np.linalg.norm(X, np.inf), (graded, 2, 3), name="matrix norm inf")
case("prod", lambda X: np.prod(X), (2, 3), composed=True)
case("prod", lambda X: X.prod(), (5,), name="method", composed=True)
case("prod", lambda X: np.prod(X), np.array([[0.0, 2.0, 3.0], [0.5, 0.0, 1.5]]), name="with zeros")
case("prod", lambda X: np.prod(X, axis=0), (2, 3), name="axis 0")
case("prod", lambda X: np.prod(X, axis=1, keepdims=True), (2, 3), name="axis 1, kept")
case("prod", lambda X: np.multiply.reduce(X, axis=0), (4, 3), name="reduce")

# -- Matrix functions -----------------------------------------------------------------------------

case(
    "inv",
    lambda X: np.linalg.inv(X),
    (invertible, 3),
    radius=0.1,
    identity=lambda Y, X: [X @ Y - np.eye(3), Y @ X - np.eye(3)],
)
case(
    "inv",
    lambda X, A: A @ np.linalg.inv(X.T @ X) @ A.T,
    (full_rank, 4, 2),
    (3, 2),
    radius=0.1,
    name="of a Gram matrix",
)
operands("solve", np.linalg.solve, (invertible, 3), (3, 2), radius=0.1)
operands("solve", np.linalg.solve, (invertible, 3), (3,), radius=0.1, name="vector")
case(
    "solve",
    lambda X, B: np.linalg.solve(X, B),
    (invertible, 3),
    (3, 2),
    radius=0.1,
    name="definition",
    identity=lambda Y, X, B: X @ Y - B,
)
case("det", lambda X: np.linalg.det(X), (invertible, 3), radius=0.1)
case("det", lambda X: np.linalg.det(X @ X.T), (full_rank, 2, 3), radius=0.1, name="Gram")
case(
    "det",
    lambda X: np.linalg.det(X),
    (invertible, 2),
    radius=0.1,
    name="2 x 2",
    identity=lambda Y, X: Y - (X[0, 0] * X[1, 1] - X[0, 1] * X[1, 0]),
)
operands("trace_product", r.trace_product, (2, 3), (3, 2))
case(
    "adjugate",
    lambda X: r.adjugate(X, np.linalg.det(X)),
    (invertible, 3),
    radius=0.1,
    identity=lambda Y, X: Y @ X - np.linalg.det(X) * np.eye(3),
)
real_case("slogdet", lambda X: np.linalg.slogdet(X)[1], (invertible, 3), radius=0.1)
real_case(
    "slogdet", lambda X: np.linalg.slogdet(X).sign + X, (invertible, 3), radius=0.1, name="sign"
)
real_case(
    "slogdet",
    lambda X: np.linalg.slogdet(X @ X.T).logabsdet,
    (full_rank, 2, 3),
    radius=0.1,
    name="Gram",
    identity=lambda Y, X: np.exp(Y) - np.linalg.det(X @ X.T),
)
real_case(
    "logdet",
    lambda X: ll.logdet(X @ X.T),
    (full_rank, 2, 3),
    radius=0.1,
    name="Gram",
    identity=lambda Y, X: np.exp(Y) - np.linalg.det(X @ X.T),
)
real_case(
    "logdet",
    lambda X: ll.logdet(X),
    (stable, 3),
    radius=0.1,
    inside=[[[[1.0, 0.0], [0.0, 1e-2]]], [[[0.0, -1.0], [1.0, 1e-3]]]],
    outside=[[np.ones((2, 2))], [np.diag([1.0, -1.0])], [np.ones((3, 2))]],
)
case("complement", lambda X: r.complement(X) @ X, (3, 3))


def penrose(Y: Any, X: Any) -> list[Any]:
    """What vanishes for the pseudo-inverse Y of X, and for no other matrix."""
    return [X @ Y @ X - X, Y @ X @ Y - Y, X @ Y - (X @ Y).T, Y @ X - (Y @ X).T]


PENROSE: dict[str, Any] = {"identity": penrose}
real_case(
    "pinv complement",
    lambda X: np.linalg.pinv(X),
    (full_rank, 4, 2),
    radius=0.1,
    name="tall",
    **PENROSE,
)
real_case(
    "pinv complement",
    lambda X: np.linalg.pinv(X),
    (full_rank, 2, 3),
    radius=0.1,
    name="wide",
    **PENROSE,
)
real_case("pinv", lambda X: np.linalg.pinv(X), (invertible, 3), radius=0.1, name="square")
# Rank 2 stays rank 2 along every direction when X is a product of two factors of full rank.
real_operands(
    "pinv complement",
    lambda A, B: np.linalg.pinv(A @ B),
    (full_rank, 4, 2),
    (full_rank, 2, 3),
    radius=0.1,
    name="rank 2",
)
real_operands(
    "pinv matmul",
    lambda A, B: np.linalg.lstsq(A, B, rcond=None)[0],
    (full_rank, 4, 2),
    (4, 3),
    radius=0.1,
    name="lstsq",
)
real_operands(
    "pinv matmul",
    lambda A, B: np.linalg.lstsq(A, B, rcond=None)[1],
    (full_rank, 4, 2),
    (4, 3),
    radius=0.1,
    name="lstsq residuals",
)
real_case(
    "pinv matmul",
    lambda X, b: np.linalg.lstsq(X, b, rcond=None)[0],
    (full_rank, 4, 2),
    (4,),
    radius=0.1,
    name="lstsq vector",
    identity=lambda Y, X, b: X.T @ (X @ Y - b),
)
real_case(
    "pinv matmul",
    lambda X, b: np.linalg.lstsq(X, b, rcond=None)[1],
    (full_rank, 4, 2),
    (4,),
    radius=0.1,
    name="lstsq vector residuals",
)

case(
    "sylvester",
    lambda X, B, C: r.sylvester(X, B, C),
    (stable, 2),
    (stable, 3),
    (2, 3),
    radius=0.1,
    name="A",
    step=False,
    identity=lambda Y, X, B, C: X @ Y + Y @ B - C,
)
case(
    "sylvester",
    lambda X, A, C: r.sylvester(A, X, C),
    (stable, 3),
    (stable, 2),
    (2, 3),
    radius=0.1,
    name="B",
    step=False,
    identity=lambda Y, X, A, C: A @ Y + Y @ X - C,
)
case(
    "sylvester",
    lambda X, A, B: r.sylvester(A, B, X),
    (2, 3),
    (stable, 2),
    (stable, 3),
    radius=0.1,
    name="C",
    step=False,
    identity=lambda Y, X, A, B: A @ Y + Y @ B - X,
)
case(
    "sylvester",
    lambda X, A: r.sylvester(X @ A, X, X),
    (stable, 3),
    (spd, 3),
    radius=0.05,
    name="all",
    step=False,
    identity=lambda Y, X, A: X @ A @ Y + Y @ X - X,
)
for kind, n in ((stable, 3), (spinning, 4), (spinning, 3)):
    case(
        "sqrtm",
        lambda X: ll.sqrtm(X),
        (kind, n),
        radius=0.05,
        name=f"{kind.__name__} {n}",
        identity=lambda Y, X: Y @ Y - X,
    )
    case(
        "logm sqrtm solve",
        lambda X: ll.logm(X),
        (kind, n),
        radius=0.05,
        composed=True,
        name=f"{kind.__name__} {n}",
        identity=lambda Y, X: ll.expm(Y) - X,
    )
case(
    "expm solve",
    lambda X: ll.expm(X),
    (3, 3),
    composed=True,
    identity=lambda Y, X: [X @ Y - Y @ X, Y @ ll.expm(-X) - np.eye(3)],
)
case("expm solve", lambda X: ll.expm(8.0 * X), (unit, 3, 3), radius=0.05, name="squarings")
case("expm solve", lambda X: ll.expm(X), 0.01 * np.ones((2, 2)), name="small", composed=True)
case(
    "expm",
    lambda X: np.linalg.det(ll.expm(X)),
    (unit, 3, 3),
    name="determinant",
    identity=lambda Y, X: Y - np.exp(np.trace(X)),
)
for name, other in (("sinm", "cosm"), ("cosm", "sinm")):
    f, g = getattr(ll, name), getattr(ll, other)
    case(
        name,
        lambda X, f=f: f(X),
        (3, 3),
        composed=True,
        identity=lambda Y, X, g=g: [Y @ Y + g(X) @ g(X) - np.eye(3), X @ Y - Y @ X],
        inside=[[[[1.0, 0.0], [0.0, 1e-2]]]],
        outside=[[np.ones((3, 2))]],
    )
    case(name, lambda X, f=f: f(8.0 * X), (unit, 3, 3), radius=0.05, name="doublings")
    case(
        name,
        lambda X, f=f: f(np.diag(X)),
        (3,),
        name="of a diagonal matrix",
        identity=lambda Y, X, n=name: Y - np.diag((np.sin if n == "sinm" else np.cos)(X)),
    )
for k in (0, 1, 2, 5):
    case(
        "matrix_power",
        lambda X, k=k: r.matrix_power(X, k),
        (invertible, 3),
        composed=True,
        radius=0.1,
        name=f"k = {k}",
        identity=lambda Y, X, k=k: Y - np.linalg.multi_dot([np.eye(3), np.eye(3), *k * [X]]),
        inputs=lambda X, k=k: (X, k),
        inside=[[np.ones((2, 2)), 3], [np.ones((2, 2)), 0]],
        outside=[[np.ones((3, 2)), 2], [np.eye(2), -1], [np.eye(2), 0.5]],
    )
case(
    "power_frechet",
    lambda X, A: r.power_frechet(A, 3, X),
    (3, 3),
    (3, 3),
    name="direction",
    composed=True,
    inputs=lambda X, A: (A, 3, X),
    identity=lambda Y, X, A: Y - X @ A @ A - A @ X @ A - A @ A @ X,
)
case("power_frechet", lambda X, E: r.power_frechet(X, 3, E), (3, 3), (3, 3))
for p in (0.5, -0.7):
    real_case(
        "real_power",
        lambda X, p=p: r.real_power(X, p),
        (spd, 3),
        composed=True,
        radius=0.1,
        symmetric=True,
        name=f"p = {p}",
        inputs=lambda X, p=p: (X, p),
        identity=lambda Y, X, p=p: ll.logm(Y) - p * ll.logm(X),
        inside=[[[[1.0, 0.0], [0.0, 1e-2]], 0.5], [np.eye(2), -1.5]],
        outside=[
            [np.ones((2, 2)), 0.5],
            [np.diag([1.0, -1.0]), 0.5],
            [[[1.0, 0.5], [0.0, 1.0]], 0.5],
        ],
    )
case(
    "real_power_frechet",
    lambda X, A: r.real_power_frechet(A, 0.7, X),
    (3, 3),
    (spd, 3),
    name="direction",
    composed=True,
    inputs=lambda X, A: (A, 0.7, X),
)
real_case(
    "real_power_frechet",
    lambda X, E: r.real_power_frechet(X, 0.7, E),
    (spd, 3),
    (3, 3),
    radius=0.05,
    symmetric=True,
)
for name, kind in (("expm", plain), ("logm", stable), ("sinm", plain), ("cosm", plain)):
    frechet = r.TABLE[f"{name}_frechet"]
    square = (3, 3) if kind is plain else (kind, 3)
    case(
        f"{name}_frechet",
        lambda X, A, f=frechet: f(A, X),
        (3, 3),
        square,
        name="direction",
        composed=True,
        inputs=lambda X, A: (A, X),
    )
    case(f"{name}_frechet", lambda X, E, f=frechet: f(X, E), square, (3, 3), radius=0.05)
for n in (-2, -1, 0, 1, 2, 3, 5):
    rule = "inv" if n < 0 else "matmul" if n > 1 else "getitem"
    case(
        rule,
        lambda X, n=n: np.linalg.matrix_power(X[:], n),
        (invertible, 3),
        radius=0.1,
        name=f"matrix_power {n}",
    )
real_case(
    "polar",
    lambda X: r.polar(X),
    (full_rank, 4, 2),
    radius=0.1,
    identity=lambda Y, X: [Y.T @ Y - np.eye(2), Y.T @ X - X.T @ Y],
)
real_case("polar", lambda X: r.polar(X), (invertible, 3), radius=0.1, name="square")
for m, n in ((4, 2), (2, 3), (3, 3)):
    real_case(
        "nuclear_norm polar",
        lambda X: np.linalg.norm(X, "nuc"),
        (full_rank, m, n),
        radius=0.1,
        name=f"{(m, n)}",
    )
    real_case(
        "spectral_norm",
        lambda X: np.linalg.norm(X, 2),
        (full_rank, m, n),
        radius=0.1,
        name=f"{(m, n)}",
    )

# -- Factorisations -------------------------------------------------------------------------------
# eigh and cholesky read one triangle: a direction must be symmetric, and X + X.T makes it so.


# The signs of eigenvectors are LAPACK's whim and jump between close matrices, so they are fixed.


def symmetrized(X: Any) -> Any:
    return (X + X.T) / 2


def with_signs(V: Any) -> Any:
    return V * np.sign(np.real(np.sum(r.pivot_mask(V) * V, axis=0)))


EIGH: dict[str, Any] = {"radius": 0.1, "holomorphic": False}
case("eigh", lambda X: np.linalg.eigvalsh(symmetrized(X)), (spd, 3), name="eigvalsh", **EIGH)
case("eigh", lambda X: np.linalg.eigh(symmetrized(X))[0], (spd, 3), name="values", **EIGH)
case(
    "eigh reciprocal_gaps",
    lambda X: with_signs(np.linalg.eigh(symmetrized(X)).eigenvectors),
    (spd, 3),
    name="vectors",
    identity=lambda Y, X: [
        Y.T @ Y - np.eye(3),
        symmetrized(X) @ Y - Y @ np.diag(np.linalg.eigvalsh(symmetrized(X))),
    ],
    **EIGH,
)
case(
    "eigh",
    lambda X: with_signs(np.linalg.eigh(symmetrized(X), UPLO="U")[1]),
    (spd, 3),
    name="upper",
    **EIGH,
)
case(
    "eigh",
    lambda X: np.linalg.eigvalsh(symmetrized(X), UPLO="U"),
    (spd, 3),
    name="eigvalsh, upper",
    **EIGH,
)
case(
    "eigh",
    lambda X: np.sum(np.linalg.eigvalsh(symmetrized(X)) ** 3),
    (spd, 3),
    name="power sum",
    identity=lambda Y, X: Y - np.trace(np.linalg.matrix_power(symmetrized(X), 3)),
    **EIGH,
)
EXTREME_SIDES: dict[str, Any] = {
    "inside": [[np.diag([1.0, 1.01, 3.0])]],
    "outside": [[np.eye(2)], [[[1.0, 0.5], [0.0, 3.0]]], [np.ones((3, 2))]],
}
for name, place in (("max", -1), ("min", 0)):
    value_of, vector_of = r.TABLE[f"lambda_{name}"], r.TABLE[f"eigenvector_{name}"]
    case(
        f"lambda_{name} eigenvector_{name}",
        lambda X, f=value_of: f(symmetrized(X)),
        (spd, 3),
        identity=lambda Y, X, i=place: Y - np.linalg.eigvalsh(symmetrized(X))[i],
        **EIGH,
        **EXTREME_SIDES,
    )
    case(
        f"eigenvector_{name} eigen_pinv lambda_{name}",
        lambda X, f=vector_of: f(symmetrized(X)),
        (spd, 3),
        identity=lambda Y, X, f=value_of: [
            symmetrized(X) @ Y - f(symmetrized(X)) * Y,
            Y.T @ Y - 1,
        ],
        **EIGH,
        **EXTREME_SIDES,
    )
    case(
        f"eigen_pinv lambda_{name}",
        lambda X, f=value_of: r.eigen_pinv(symmetrized(X), f(symmetrized(X))),
        (spd, 3),
        name=name,
        identity=lambda Y, X, f=value_of: penrose(
            Y, f(symmetrized(X)) * np.eye(3) - symmetrized(X)
        ),
        **EIGH,
        inside=[[np.diag([1.0, 1.01, 3.0]), 3.0]],
        outside=[[np.eye(2), 1.0], [[[1.0, 0.5], [0.0, 3.0]], 3.0]],
    )
case(
    "reciprocal_gaps",
    lambda X: r.reciprocal_gaps(X),
    (positive, 4),
    radius=0.05,
    identity=lambda Y, X: Y * (X[None, :] - X[:, None]) + np.eye(4) - 1,
)
case("differences", lambda X: r.differences(X * X), (3,))
case("sums", lambda X: r.sums(X * X), (3,))


def sorted_eig(X: Any) -> tuple[Any, Any]:
    """LAPACK's order of the eigenvalues may jump as well."""
    w, V = np.linalg.eig(X)
    order = np.argsort(np.real(w) + 0.01 * np.imag(w))
    return w[order], with_signs(V[:, order])


EIG: dict[str, Any] = {"radius": 0.05, "holomorphic": False}
for kind, n in ((simple, 3), (spinning, 4), (spinning, 3)):
    label = f"{kind.__name__} {n}"
    case("eig", lambda X: sorted_eig(X)[0], (kind, n), name=f"values {label}", **EIG)
    case(
        "eig reciprocal_gaps pivot_mask is_complex",
        lambda X: sorted_eig(X)[1],
        (kind, n),
        name=f"vectors {label}",
        identity=lambda Y, X, n=n: [
            X @ Y - Y @ np.diag(sorted_eig(X)[0]),
            np.sum(np.conjugate(Y) * Y, axis=0) - 1,
        ],
        **EIG,
    )
    case(
        "eig",
        lambda X: np.sum(np.linalg.eigvals(X) ** 3),
        (kind, n),
        radius=0.05,
        name=f"power sum {label}",
        identity=lambda Y, X: Y - np.trace(X @ X @ X),
        step=False,
    )
case(
    "eig",
    lambda X: np.prod(np.linalg.eigvals(X)),
    (simple, 3),
    name="determinant",
    step=False,
    radius=0.05,
    identity=lambda Y, X: Y - np.linalg.det(X),
)

SVD: dict[str, Any] = {"radius": 0.1, "holomorphic": False}
thin: dict[str, Any] = {"full_matrices": False}
for m, n in ((4, 2), (2, 3), (3, 3)):
    case(
        "svd",
        lambda X: np.linalg.svd(X, compute_uv=False),
        (full_rank, m, n),
        name=f"values {(m, n)}",
        **SVD,
    )
    case("svd", lambda X: np.linalg.svdvals(X), (full_rank, m, n), name=f"svdvals {(m, n)}", **SVD)
    case(
        "svd reciprocal_gaps",
        lambda X: with_signs(np.linalg.svd(X, **thin)[0]),
        (full_rank, m, n),
        name=f"U {(m, n)}",
        identity=lambda Y, X: [
            Y.T @ Y - np.eye(Y.shape[1]),
            with_signs(np.linalg.svd(X, **thin).U) - Y,
        ],
        **SVD,
    )
    case(
        "svd reciprocal_gaps",
        lambda X: with_signs(np.linalg.svd(X, **thin).Vh.T).T,
        (full_rank, m, n),
        name=f"Vh {(m, n)}",
        identity=lambda Y, X: [
            Y @ Y.T - np.eye(Y.shape[0]),
            with_signs(np.linalg.svd(X, **thin).U) * np.linalg.svdvals(X) @ Y - X,
        ],
        **SVD,
    )
case(
    "svd",
    lambda X: np.sum(np.linalg.svdvals(X) ** 4),
    (full_rank, 4, 3),
    name="power sum",
    identity=lambda Y, X: Y - np.sum((X.T @ X) ** 2),
    **SVD,
)

for m, n in ((4, 2), (3, 3)):
    case(
        "qr tril",
        lambda X: np.linalg.qr(X)[0],
        (full_rank, m, n),
        name=f"Q {(m, n)}",
        identity=lambda Y, X: [Y.T @ Y - np.eye(Y.shape[1]), np.tril(Y.T @ X, -1)],
        **SVD,
    )
    case(
        "qr tril",
        lambda X: np.linalg.qr(X).R,
        (full_rank, m, n),
        name=f"R {(m, n)}",
        identity=lambda Y, X: [Y.T @ Y - X.T @ X, np.tril(Y, -1)],
        **SVD,
    )
    case(
        "qr tril",
        lambda X: np.linalg.qr(X, mode="r"),
        (full_rank, m, n),
        name=f"mode r {(m, n)}",
        **SVD,
    )
case(
    "cholesky tril",
    lambda X: np.linalg.cholesky(symmetrized(X)),
    (spd, 3),
    identity=lambda Y, X: [Y @ Y.T - symmetrized(X), np.triu(Y, 1)],
    **EIGH,
)
case(
    "cholesky tril",
    lambda X: np.linalg.cholesky(symmetrized(X), upper=True),
    (spd, 3),
    name="upper",
    **EIGH,
)
case(
    "cholesky tril",
    lambda X: np.linalg.cholesky(X @ X.T),
    (full_rank, 2, 3),
    name="Gram",
    identity=lambda Y, X: Y @ Y.T - X @ X.T,
    **EIGH,
)

# -- Conventions ----------------------------------------------------------------------------------


def reads_symmetric_part(s: Sample) -> None:
    """D[H] is D of H's symmetric part, and so the gradient is symmetric."""
    D, H = derivative(s.f, symmetrized(s.X)), np.triu(s.H)
    require("D[H]", D[H], D[symmetrized(H)], 1e-13)
    G = D.T[np.arange(1.0, 1.0 + D.value.size).reshape(D.shape_out)]
    require("D.T[G]", G, G.T, 1e-13)


def slope_at_kink(expected: Callable[[np.ndarray], Any]) -> Callable[[Sample], None]:
    """At a kink D[H] is a stated number, and a warning says that it is a convention."""

    def judge(s: Sample) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = [derivative(s.f, s.X)[s.H], taylor(s.f, s.X, s.H, 1)[1]]
        if not any(issubclass(w.category, ll.KinkWarning) for w in caught):
            raise Refuted("no KinkWarning at a kink")
        if any(issubclass(w.category, RuntimeWarning) for w in caught):
            raise Refuted("a floating-point warning at a kink")
        for D in found:
            require("the slope at a kink", D, expected(s.H), 1e-14)

    return judge


def refuses_a_small_singular_value(s: Sample) -> None:
    """Its vectors are any, though the inverse of the singular values is a finite number."""
    try:
        derivative(s.f, s.X)[s.H]
    except np.linalg.LinAlgError:
        return
    raise Refuted("singular vectors of a singular value that is rounding have a derivative")


case(
    "svd",
    lambda X: np.linalg.svd(X, full_matrices=False)[0],
    np.array([[1.0, 0.0], [0.0, 1e-14], [0.0, 0.0]]),
    convention=refuses_a_small_singular_value,
)
case("eigh", lambda X: np.linalg.eigvalsh(X), (spd, 3), convention=reads_symmetric_part)
case("eigh", lambda X: np.linalg.eigh(X)[1], (spd, 3), convention=reads_symmetric_part)
for name in ("lambda_max", "lambda_min", "eigenvector_max", "eigenvector_min"):
    case(name, r.TABLE[name], (spd, 3), convention=reads_symmetric_part)
case(
    "eigen_pinv",
    lambda X: r.eigen_pinv(X, r.lambda_max(X)),
    (spd, 3),
    convention=reads_symmetric_part,
)
case("cholesky", lambda X: np.linalg.cholesky(X), (spd, 3), convention=reads_symmetric_part)
# Weights that add up to 1 make the slope a subgradient, whichever operand it favours.
case("maximum", lambda X: np.maximum(X, 1.0 * X), (2, 3), convention=slope_at_kink(lambda H: H))
case("minimum", lambda X: np.minimum(X, 1.0 * X), (2, 3), convention=slope_at_kink(lambda H: H))
case("max", lambda X: np.max(X), np.ones(3), convention=slope_at_kink(lambda H: H[0]))
case("relu", lambda X: ll.relu(X), np.zeros(3), convention=slope_at_kink(lambda H: 0 * H))
case("abs", lambda X: np.abs(X), np.zeros(3), convention=slope_at_kink(lambda H: 0 * H))
case("norm", lambda X: np.linalg.norm(X), np.zeros(3), convention=slope_at_kink(lambda H: 0 * H[0]))
case("hypot", lambda X: np.hypot(X, 0.0), np.zeros(3), convention=slope_at_kink(lambda H: 0 * H))
case("cosine", lambda X: r.cosine(X, 0.0), np.zeros(3), convention=slope_at_kink(lambda H: 0 * H))

# -- The lecture's own functions, at points of every shape ----------------------------------------

case("matmul", lambda X, A: X @ A @ X, (3,), (3, 3), name="quadratic form")
case("matmul", lambda X, A: X.T @ A @ X, (3, 1), (3, 3), name="quadratic form, column")
real_case(
    "norm square",
    lambda X, A, b: np.linalg.norm(A @ X - b) ** 2,
    (3,),
    (5, 3),
    (5,),
    name="least squares",
)
case(
    "matmul inv",
    lambda X, A, B: A @ np.linalg.inv(X.T @ X) @ X.T @ B,
    (full_rank, 4, 2),
    (3, 2),
    (4, 2),
    name="normal equations",
    radius=0.1,
)
case(
    "tanh",
    lambda X, A, B, c: np.sum((np.tanh(A.T @ np.tanh(X.T @ B)) - c) ** 2),
    (3, 4),
    (4, 2),
    (3, 5),
    (2, 5),
    name="two layers",
    radius=0.05,
)
case("multiply", lambda X: X * np.sin(X) / (1 + X * X), (), name="scalar")
case("add", lambda X: sum(pair[0] * pair[1] for pair in pairwise(X)), (4,), name="builtin sum")

# -- Stacks of matrices: a rule serves each one ---------------------------------------------------


def stack_of(kind: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Two matrices of a kind."""
    return lambda rng, *shape: np.stack([kind(rng, *shape) for _ in range(2)])


def symmetric_parts(X: Any) -> Any:
    return (X + X.mT) / 2


STACKED: list[tuple[str, Callable[[Any], Any], tuple[Any, ...], bool]] = [
    ("inv", np.linalg.inv, (stack_of(invertible), 3), True),
    ("det", np.linalg.det, (stack_of(invertible), 3), True),
    ("det adjugate", lambda X: np.linalg.det(X) ** 2, (stack_of(invertible), 2), True),
    ("slogdet", lambda X: np.linalg.slogdet(X)[1], (stack_of(invertible), 3), False),
    ("eigh", lambda X: np.linalg.eigh(symmetric_parts(X))[0], (stack_of(spd), 3), False),
    ("eigh", lambda X: np.linalg.eigh(symmetric_parts(X))[1], (stack_of(spd), 3), False),
    ("eigh", lambda X: np.linalg.eigvalsh(symmetric_parts(X)), (stack_of(spd), 3), False),
    ("eigh", lambda X: np.linalg.eigvalsh(symmetric_parts(X), UPLO="U"), (stack_of(spd), 3), False),
    ("eig", np.linalg.eigvals, (stack_of(simple), 3), False),
    ("eig", lambda X: np.linalg.eig(X)[1], (stack_of(simple), 3), False),
    ("svd", np.linalg.svdvals, (stack_of(full_rank), 4, 3), False),
    (
        "svd",
        lambda X: np.concatenate([f.ravel() for f in np.linalg.svd(X, full_matrices=False)]),
        (stack_of(full_rank), 4, 3),
        False,
    ),
    ("qr", lambda X: np.linalg.qr(X)[0], (stack_of(full_rank), 4, 3), False),
    ("qr", lambda X: np.linalg.qr(X, mode="r"), (stack_of(full_rank), 4, 3), False),
    ("cholesky", lambda X: np.linalg.cholesky(symmetric_parts(X)), (stack_of(spd), 3), False),
    (
        "cholesky",
        lambda X: np.linalg.cholesky(symmetric_parts(X), upper=True),
        (stack_of(spd), 3),
        False,
    ),
    ("pinv", np.linalg.pinv, (stack_of(full_rank), 4, 3), False),
    ("norm", lambda X: np.linalg.norm(X, axis=(-2, -1)), (2, 3, 4), False),
    ("norm", lambda X: np.linalg.norm(X, axis=(0, 2), keepdims=True), (2, 3, 4), False),
    ("svd", lambda X: np.linalg.norm(X, 2, axis=(-2, -1)), (stack_of(full_rank), 4, 3), False),
    ("svd", lambda X: np.linalg.norm(X, "nuc", axis=(1, 2)), (stack_of(full_rank), 3, 4), False),
    ("max", lambda X: np.linalg.norm(X, 1, axis=(1, 2)), (stack_of(graded), 3, 4), False),
    ("differences", lambda X: r.differences(X), (2, 3), True),
    ("sums", lambda X: r.sums(X), (2, 3), True),
    ("trace", lambda X: np.trace(X), (3, 4, 2), True),
    ("trace", lambda X: np.trace(X, axis1=1, axis2=2), (2, 3, 4), True),
    ("trace", lambda X: np.linalg.trace(X), (2, 3, 4), True),
    ("diagonal", lambda X: np.diagonal(X, 1, 2, 0), (3, 2, 4), True),
    ("tril", lambda X: np.tril(X, -1), (2, 3, 4), True),
    ("triu", np.triu, (2, 3, 4), True),
    ("transpose", lambda X: X.mT @ X, (2, 3, 4), True),
    ("einsum", lambda X: np.einsum("...ij,...kj->...ik", X, X), (2, 3, 4), True),
    ("matmul", lambda X: np.dot(X, X[0].T), (2, 3, 4), True),
    ("expm solve", lambda X: ll.expm(X), (stack_of(unit), 3, 3), True),
    ("sqrtm", lambda X: ll.sqrtm(X), (stack_of(stable), 3), True),
    ("solve", lambda X: np.linalg.solve(X, np.arange(3.0)), (stack_of(invertible), 3), True),
]
for rules, f, point, holomorphic in STACKED:
    case(rules, f, point, name="stack", holomorphic=holomorphic)
case(
    "eig",
    lambda X: np.linalg.eig(X)[1],
    (stack_of(spinning), 3),
    name="stack, complex",
    radius=0.02,
    holomorphic=False,
)
operands("trace_product", r.trace_product, (2, 3, 4), (2, 4, 3), name="stacks")
operands("solve", np.linalg.solve, (stack_of(invertible), 3), (2, 3, 2), name="stacks")
operands("solve", np.linalg.solve, (stack_of(invertible), 3), (3, 2), name="stack and matrix")
operands("solve", np.linalg.solve, (invertible, 3), (2, 3, 2), name="matrix and stack")
