"""The table of derivative rules: every rule of the course, written once.

A rule states the differential of the output in terms of the differential of the input, as on the
blackboard. For the inverse ``Y = inv(X)`` it is ``dY = -Y @ dX @ Y``, and that line is all there
is: numbers, Taylor coefficients, adjoints, gradients, Hessians, LaTeX and the reference page of the
book are *read* from it.

How to read an entry
--------------------
The arguments of a rule are the outputs, the inputs and the differentials of the inputs, in this
order; the differential of ``X`` is called ``dX``. An input without a differential is a constant of
the rule. ``*`` is elementwise, ``@`` is the matrix product. A rule with several outputs yields
their differentials one by one, so that a reader takes only what it needs.

A decorated rule becomes an *operation*: ``inv(X)`` evaluates on whatever ``X`` is (an array, a
Taylor series, a recorded linear quantity, a symbol), so rules are written in terms of each other.

This module needs the standard library only. Readers register what they bring:
`NUMERIC` maps an operation's name to the function that evaluates it on arrays.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

#: name -> operation; the table itself.
TABLE: dict[str, Operation] = {}

#: name -> function on arrays, filled by the numeric readers.
NUMERIC: dict[str, Callable[..., Any]] = {}

LN2, LN10 = math.log(2.0), math.log(10.0)


class Rule:
    """One entry of the table.

    Attributes
    ----------
    name : str
        The operation's name, which is its key in `TABLE`.
    kind : {"differential", "linear", "multilinear", "constant"}
        ``"constant"``: the differential is 0. ``"linear"``: the differential of ``f(X)`` is
        ``f(dX)``. ``"multilinear"``: the product rule, lecture (16). Otherwise `differential` says
        it.
    outputs, inputs : tuple of str
        Names, in the order the operation takes and gives them.
    variables : tuple of str
        The inputs that may be differentiated.
    differential : callable or None
        ``(outputs..., inputs..., differentials..., **parameters)`` -> differential of the output.
    where : str
        The conditions under which the rule holds.
    equation : str
        The equation of the lecture, or the source.
    linear_in : str
        An input in which the operation is linear while the others are constant, such as the right
        side of ``solve``.
    kink : callable or None
        ``(outputs..., inputs...)`` -> where the function has a corner.
    real_only : bool
        Whether the rule is refused at complex points, where the function is not holomorphic.
    composed : bool
        Whether numeric readers run the operation's own NumPy code instead of the differential,
        which then serves the symbolic reader (and is held against the code by a test).
    scalar_outputs : bool
        Whether the outputs are numbers that the differentials do not use.
    squared : callable or None
        ``(inputs...)`` -> the square of the output where that is smooth though the output is not,
        as for a norm; None as its result: not at these inputs.
    """

    __slots__ = (
        "composed",
        "differential",
        "equation",
        "inputs",
        "kind",
        "kink",
        "linear_in",
        "name",
        "outputs",
        "real_only",
        "scalar_outputs",
        "squared",
        "variables",
        "where",
    )

    def __init__(self, name: str, kind: str, inputs: tuple[str, ...], **attributes: Any) -> None:
        self.name, self.kind, self.inputs = name, kind, inputs
        self.outputs = attributes.pop("outputs", ("Y",))
        self.variables = attributes.pop("variables", inputs)
        self.differential = attributes.pop("differential", None)
        self.where = attributes.pop("where", "")
        self.equation = attributes.pop("equation", "")
        self.linear_in = attributes.pop("linear_in", "")
        self.kink = attributes.pop("kink", None)
        self.real_only = attributes.pop("real_only", False)
        self.composed = attributes.pop("composed", False)
        self.scalar_outputs = attributes.pop("scalar_outputs", False)
        self.squared = attributes.pop("squared", None)
        if attributes:
            raise TypeError(f"A rule has no attribute {sorted(attributes)}.")

    def __repr__(self) -> str:
        return f"<rule {self.name}({', '.join(self.inputs)})>"


#: operation -> Python's operator for it, which every kind of operand has.
_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "negative": operator.neg,
    "multiply": operator.mul,
    "matmul": operator.matmul,
    "divide": operator.truediv,
}


class Operation:
    """A generic function: evaluates its rule's function on arrays, series, recorders or symbols."""

    __slots__ = ("__name__", "__weakref__", "name", "operator", "rule")

    def __init__(self, rule: Rule) -> None:
        self.name = self.__name__ = rule.name
        self.rule = rule
        self.operator = _OPERATORS.get(rule.name)
        TABLE[rule.name] = self

    def __call__(self, *operands: Any, **parameters: Any) -> Any:
        reader, rank = None, 0
        for operand in operands:
            operand_rank = getattr(operand, "_reader_rank", 0)
            if operand_rank > rank:
                reader, rank = operand, operand_rank
        if reader is None:
            return NUMERIC[self.name](*operands, **parameters)
        return reader._apply(self, operands, parameters)

    def __reduce__(self) -> Any:
        return _entered, (self.name,)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


def _entered(name: str) -> Operation:
    """The operation of a name, for what was pickled with it."""
    return TABLE[name]


class Zero:
    """The differential of a constant. Every linear operation leaves it what it is.

    Adding it changes nothing, so a rule needs no case distinction for constant inputs.
    """

    __slots__ = ()
    __array_ufunc__ = None  # ndarray @ ZERO must reach __rmatmul__ below
    _reader_rank = 4

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        if operation.name == "add":
            return operands[0] + operands[1]
        if operation.name == "subtract":
            return operands[0] - operands[1]
        return self

    def _same(self, other: Any = None) -> Zero:
        return self

    def __add__(self, other: Any) -> Any:
        return other

    def __sub__(self, other: Any) -> Any:
        return -other

    def __rsub__(self, other: Any) -> Any:
        return other

    __radd__ = __add__
    __mul__ = __rmul__ = __matmul__ = __rmatmul__ = __truediv__ = __getitem__ = _same
    __neg__ = _same

    @property
    def T(self) -> Zero:  # noqa: N802 (the name NumPy uses)
        return self

    def __repr__(self) -> str:
        return "0"


ZERO = Zero()


def rule(outputs: str = "Y", **attributes: Any) -> Callable[[Callable[..., Any]], Operation]:
    """Enter the decorated differential into the table and give the operation it defines.

    Parameters
    ----------
    outputs : str
        The names of the outputs, separated by spaces.
    **attributes
        The other attributes of a `Rule`: ``where``, ``equation``, ``kink``, ...

    Examples
    --------
    >>> from lecturelib.rules import TABLE
    >>> TABLE["inv"].rule.inputs
    ('X',)
    """

    def enter(differential: Callable[..., Any]) -> Operation:
        code = differential.__code__
        names = code.co_varnames[: code.co_argcount]
        output_names = tuple(outputs.split())
        rest = names[len(output_names) :]
        inputs = tuple(name for name in rest if not _is_differential(name, rest))
        variables = tuple(name for name in inputs if "d" + name in rest)
        return Operation(
            Rule(
                differential.__name__,
                "differential",
                inputs,
                outputs=output_names,
                variables=variables,
                differential=differential,
                **attributes,
            )
        )

    return enter


def _is_differential(name: str, names: tuple[str, ...]) -> bool:
    return name.startswith("d") and name[1:] in names


def linear(name: str, inputs: str = "X", **attributes: Any) -> Operation:
    """Enter an operation that is its own derivative: ``d f(X) = f(dX)``."""
    return Operation(Rule(name, "linear", tuple(inputs.split()), **attributes))


def constant(name: str, inputs: str = "X", **attributes: Any) -> Operation:
    """Enter a piecewise constant operation: its differential is 0 wherever it exists."""
    return Operation(Rule(name, "constant", tuple(inputs.split()), **attributes))


def multilinear(name: str, inputs: str = "A B", **attributes: Any) -> Operation:
    """Enter a product: its differential is the product rule, lecture (16)."""
    attributes.setdefault("equation", "lecture (16)")
    return Operation(Rule(name, "multilinear", tuple(inputs.split()), **attributes))


# -- Linear operations: d f(X) = f(dX) ------------------------------------------------------------

add = linear("add", "A B", equation="lecture (3)")
subtract = linear("subtract", "A B", equation="lecture (3)")
negative = linear("negative", equation="lecture (3)")
transpose = linear("transpose", equation="lecture 0")
trace = linear("trace", equation="lecture (11)")
sum = linear("sum")  # noqa: A001 (the table uses the names of NumPy)
mean = linear("mean")
cumsum = linear("cumsum")
reshape = linear("reshape")
vec = linear("vec", where="columns of X stacked")
broadcast_to = linear("broadcast_to")
getitem = linear("getitem")
scatter = linear("scatter", where="the adjoint of getitem")
concatenate = linear("concatenate", "A B", where="any number of arrays")
stack = linear("stack", "A B", where="any number of arrays")
where = linear("where", "A B", where="the condition is constant")
diagonal = linear("diagonal", where="vector of the diagonal entries")
diag = linear("diag", "w", where="w a vector, Y the diagonal matrix")
tril = linear("tril")
triu = linear("triu")
take = linear("take")
real = linear("real", where="real-linear: X depends on a real variable")
imag = linear("imag", where="real-linear: X depends on a real variable")
conjugate = linear("conjugate", where="real-linear: X depends on a real variable")

# -- Piecewise constant operations: d f(X) = 0 off their jumps ------------------------------------

sign = constant("sign", where="X != 0", kink=lambda Y, X: X == 0, real_only=True)
lowered = constant("lowered", "B", where="B - 1, and 0 where B = 0; B an exponent, constant")
argmax_mask = constant("argmax_mask", where="1 at the largest entry, 0 elsewhere")
ties = constant("ties", where="whether an entry shares the largest value with another one")
repeated = constant("repeated", "w", where="whether a value is close to another one")
vanishing = constant("vanishing", "w", where="whether a value is close to 0")
refuse_singular = constant("refuse_singular", where="False, or an error if X is nearly singular")

# -- Products: the product rule -------------------------------------------------------------------

multiply = multilinear("multiply")
matmul = multilinear("matmul")
dot = multilinear("dot")
outer = multilinear("outer", "a b", where="vectors")
inner = multilinear("inner")
kron = multilinear("kron")
tensordot = multilinear("tensordot")
einsum = multilinear("einsum", where="any number of factors")
trace_product = multilinear("trace_product", where="tr(A B), without the product")
multi_dot = multilinear("multi_dot", "A B C", where="any number of factors")

# -- Elementwise functions ------------------------------------------------------------------------


@rule(where="B != 0", linear_in="A")
def divide(Y, A, B, dA, dB):
    return (dA - Y * dB) / B


@rule(where="X != 0")
def reciprocal(Y, X, dX):
    return -Y * dX * Y


@rule(where="X != 0; Y = 0 where X = 0", kink=lambda Y, X: X == 0)
def safe_reciprocal(Y, X, dX):
    return -Y * dX * Y


def _between_integers(B):
    return real(B) % 1 != 0


@rule(
    where="A > 0; also A < 0 where B is an integer, and A = 0 where B is one of 0, 1, 2, ...",
    kink=lambda Y, A, B: (A == 0) & _between_integers(B),
)
def power(Y, A, B, dA):
    return B * A ** lowered(B) * dA


@rule(where="A > 0")
def general_power(Y, A, B, dA, dB):
    return Y * (B * dA / A + log(A) * dB)


@rule()
def exp(Y, X, dX):
    return Y * dX


@rule()
def exp2(Y, X, dX):
    return LN2 * Y * dX


@rule()
def expm1(Y, X, dX):
    return exp(X) * dX


@rule(where="X > 0")
def log(Y, X, dX):
    return dX / X


@rule(where="X > 0")
def log2(Y, X, dX):
    return dX / (LN2 * X)


@rule(where="X > 0")
def log10(Y, X, dX):
    return dX / (LN10 * X)


@rule(where="X > -1")
def log1p(Y, X, dX):
    return dX / (1 + X)


@rule(where="X > 0", squared=lambda X: X)
def sqrt(Y, X, dX):
    return dX / (2 * Y)


@rule(where="X != 0")
def cbrt(Y, X, dX):
    return dX / (3 * Y * Y)


@rule()
def square(Y, X, dX):
    return 2 * X * dX


@rule()
def sin(Y, X, dX):
    return cos(X) * dX


@rule()
def cos(Y, X, dX):
    return -sin(X) * dX


@rule(where="cos X != 0")
def tan(Y, X, dX):
    return (1 + Y * Y) * dX


@rule(where="|X| < 1")
def arcsin(Y, X, dX):
    return dX / sqrt((1 - X) * (1 + X))


@rule(where="|X| < 1")
def arccos(Y, X, dX):
    return -dX / sqrt((1 - X) * (1 + X))


@rule()
def arctan(Y, X, dX):
    return dX / (1 + X * X)


@rule()
def sinh(Y, X, dX):
    return cosh(X) * dX


@rule()
def cosh(Y, X, dX):
    return sinh(X) * dX


@rule()
def tanh(Y, X, dX):
    return (1 - Y * Y) * dX


@rule()
def arcsinh(Y, X, dX):
    return dX / sqrt(X * X + 1)


@rule(where="X > 1")
def arccosh(Y, X, dX):
    return dX / (sqrt(X - 1) * sqrt(X + 1))


@rule(where="|X| < 1")
def arctanh(Y, X, dX):
    return dX / ((1 - X) * (1 + X))


@rule(where="X != 0", kink=lambda Y, X: X == 0, real_only=True, squared=lambda X: X * X)
def abs(Y, X, dX):  # noqa: A001 (the table uses the names of NumPy)
    return sign(X) * dX


@rule(where="A != B", kink=lambda Y, A, B: A == B)
def maximum(Y, A, B, dA, dB):
    return (A >= B) * dA + (A < B) * dB


@rule(where="A != B", kink=lambda Y, A, B: A == B)
def minimum(Y, A, B, dA, dB):
    return (A <= B) * dA + (A > B) * dB


@rule()
def logaddexp(Y, A, B, dA, dB):
    return exp(A - Y) * dA + exp(B - Y) * dB


@rule(
    where="A != 0, or B > 0: off the half-line on which the angle jumps",
    kink=lambda Y, A, B: (A == 0) & (B <= 0),
    real_only=True,
)
def arctan2(Y, A, B, dA, dB):
    R = hypot(A, B)  # whose square would overflow
    return B / R * (dA / R) - A / R * (dB / R)


@rule(where="(A, B) != (0, 0)", kink=lambda Y, A, B: Y == 0, real_only=True)
def hypot(Y, A, B, dA, dB):
    return safe_reciprocal(Y) * (A * dA + B * dB)


@rule(where="X != 0", kink=lambda Y, X: X == 0)
def relu(Y, X, dX):
    return (X > 0) * dX


@rule()
def sigmoid(Y, X, dX):
    return Y * (1 - Y) * dX


# -- Reductions -----------------------------------------------------------------------------------


@rule()
def softmax(Y, X, dX, *, axis=None):
    return Y * (dX - sum(Y * dX, axis=axis, keepdims=True))


@rule()
def logsumexp(Y, X, dX, *, axis=None, keepdims=False):
    return sum(softmax(X, axis=axis) * dX, axis=axis, keepdims=keepdims)


@rule(where="the largest entry is unique", kink=lambda Y, X, **where: ties(X, **where))
def max(Y, X, dX, *, axis=None, keepdims=False):  # noqa: A001 (the table uses the names of NumPy)
    return sum(argmax_mask(X, axis=axis) * dX, axis=axis, keepdims=keepdims)


@rule(where="all entries nonzero for this form; any X in the numbers", composed=True)
def prod(Y, X, dX):
    return Y * sum(dX / X)


@rule(
    where="X != 0",
    kink=lambda Y, X, **where: Y == 0,
    real_only=True,
    squared=lambda X, **where: sum(X * X, **where),
)
def norm(Y, X, dX, *, axis=None, keepdims=False):
    return safe_reciprocal(Y) * sum(X * dX, axis=axis, keepdims=keepdims)


# -- Matrix functions -----------------------------------------------------------------------------


@rule(where="X square, invertible", equation="lecture 4, inverse")
def inv(Y, X, dX):
    return -Y @ dX @ Y


@rule(where="A square, invertible", equation="lecture (16) on A Y = B", linear_in="B")
def solve(Y, A, B, dA, dB):
    return solve(A, dB - dA @ Y)


@rule(where="X square", equation="lecture 4, after (27)")
def det(Y, X, dX):
    return trace_product(adjugate(X, Y), dX)


@rule(
    where="X square, invertible; Y = det(X) inv(X)",
    equation="lecture (16) on det(X) inv(X)",
    kink=lambda Y, X, D: refuse_singular(X),
)
def adjugate(Y, X, D, dX):
    """D is det(X), handed on because it is known: it varies with X, by ``tr(Y dX)``."""
    return trace_product(Y, dX) * inv(X) - Y @ dX @ inv(X)


@rule(
    outputs="sign Y",
    where="X square, invertible; y = log |det X|",
    equation="lecture 4, after (27)",
    scalar_outputs=True,
)
def slogdet(sign, Y, X, dX) -> Iterator[Any]:
    yield ZERO
    yield trace_product(inv(X), dX)


@rule(where="I - X, with the identity", equation="lecture (3)")
def complement(Y, X, dX):
    return -dX


@rule(
    where="the rank of X is locally constant (not checked), or rtol sets to 0 what lowers it",
    equation="Golub and Pereyra 1973",
    kink=lambda Y, X, rtol=None: vanishing(_singular_values(X)) if rtol is None else False,
    real_only=True,
)
def pinv(Y, X, dX, *, rtol=None):
    return -Y @ dX @ Y + Y @ Y.T @ dX.T @ complement(X @ Y) + complement(Y @ X) @ dX.T @ Y.T @ Y


@rule(where="spectra of A and -B disjoint; A Y + Y B = C", equation="lecture (16)", linear_in="C")
def sylvester(Y, A, B, C, dA, dB, dC):
    return sylvester(A, B, dC - dA @ Y - Y @ dB)


@rule(where="no eigenvalue of X on the negative real axis or 0; Y Y = X", equation="lecture (16)")
def sqrtm(Y, X, dX):
    return sylvester(Y, Y, dX)


@rule(where="X square; upper right block of the exponential (Van Loan 1978)", composed=True)
def expm(Y, X, dX):
    return upper_right(expm(block_triangular(X, dX)))


@rule(where="no eigenvalue of X on the negative real axis or 0; exp(Y) = X", composed=True)
def logm(Y, X, dX):
    return upper_right(logm(block_triangular(X, dX)))


block_triangular = linear("block_triangular", "X E", where="[[X, E], [0, X]]")
upper_right = linear("upper_right", where="the upper right quarter of a block matrix")


@rule(
    where="X of full column rank; Y = U V^T of X = U diag(s) V^T",
    equation="lecture (16) on X = Y H, H symmetric",
    kink=lambda Y, X: refuse_singular(Y.T @ X),
    real_only=True,
)
def polar(Y, X, dX):
    H = Y.T @ X
    W = dX @ inv(H)
    return Y @ sylvester(H, H, Y.T @ dX - dX.T @ Y) + W - Y @ (Y.T @ W)


def _singular_values(X: Any) -> Any:
    return TABLE["svd"](X)[0]


@rule(
    where="X of full rank; the sum of the singular values",
    equation="lecture (16) on X = U diag(s) V^T",
    kink=lambda Y, X: vanishing(_singular_values(X)),
    real_only=True,
)
def nuclear_norm(Y, X, dX):
    return trace_product(polar(X).T, dX)


@rule(
    where="the largest singular value simple and not 0",
    equation="lecture (16) on X = U diag(s) V^T",
    kink=lambda Y, X: (repeated(_singular_values(X)) | vanishing(_singular_values(X)))[:1],
    real_only=True,
)
def spectral_norm(Y, X, dX):
    _, U, Vh = svd(X)
    return U[:, 0] @ dX @ Vh[0]


# -- Factorisations: split a square matrix into structured parts ---------------------------------


def sym(M):
    """Symmetric part; ``eigh`` and ``cholesky`` read one triangle, so their input is symmetric."""
    return (M + M.T) / 2


@rule(
    outputs="w V",
    where="X symmetric (one triangle is read), eigenvalues simple; V^T V = I",
    equation="lecture 4, eigenvalue",
    kink=lambda w, V, X: repeated(w),
    real_only=True,
)
def eigh(w, V, X, dX) -> Iterator[Any]:
    P = V.T @ sym(dX) @ V
    yield diagonal(P)
    yield V @ (reciprocal_gaps(w) * P)


@rule(
    where="no value of w repeated; 1 / (w_j - w_i) off the diagonal, 0 on it",
    equation="lecture (15)",
)
def reciprocal_gaps(Y, w, dw):
    return -Y * differences(dw) * Y


differences = linear("differences", "w", where="the matrix of w_j - w_i")
sums = linear("sums", "w", where="the matrix of w_j + w_i")


pivot_mask = constant("pivot_mask", "V", where="1 at the largest entry of each column")
is_complex = constant("is_complex", where="whether X is complex")


def eigenvector_gauge(V, C):
    """What to subtract from C, in multiples of V, so that V stays as LAPACK scales it.

    The columns keep length 1; the largest entry of a complex column stays real.
    """
    length = real(sum(conjugate(V) * C, axis=0))
    if not is_complex(V):
        return length
    largest = pivot_mask(V)
    return length + 1j * imag(sum(largest * C, axis=0)) / sum(largest * V, axis=0)


@rule(
    outputs="w V",
    where="X square, eigenvalues simple; columns of V of length 1, signs kept; of a complex one "
    "the largest entry is real, and the only largest one (not checked)",
    equation="lecture 4, eigenvalue",
    kink=lambda w, V, X: repeated(w),
)
def eig(w, V, X, dX) -> Iterator[Any]:
    P = inv(V) @ dX @ V
    yield diagonal(P)
    C = V @ (reciprocal_gaps(w) * P)
    yield C - V @ diag(eigenvector_gauge(V, C))


@rule(
    outputs="s U Vh",
    where="singular values simple and positive; X = U diag(s) V^T, thin",
    equation="lecture (16) on X = U diag(s) V^T",
    kink=lambda s, U, Vh, X: repeated(s) | vanishing(s),
    real_only=True,
)
def svd(s, U, Vh, X, dX) -> Iterator[Any]:
    P = U.T @ dX @ Vh.T
    yield diagonal(P)
    D = diag(s)
    refuse_singular(D)  # then the vectors are any, and their derivatives noise
    left = dX @ Vh.T @ inv(D)
    F = reciprocal_gaps(s) / sums(s)  # 1 / (s_j^2 - s_i^2)
    yield U @ (F * (P @ D + D @ P.T)) + left - U @ (U.T @ left)
    right = inv(D) @ U.T @ dX
    yield (F * (D @ P + P.T @ D)).T @ Vh + right - (right @ Vh.T) @ Vh


@rule(
    outputs="Q R",
    where="X of full column rank; Q^T Q = I, R upper triangular, signs of its diagonal kept",
    equation="lecture 5, QR",
    kink=lambda Q, R, X: refuse_singular(R),
    real_only=True,
)
def qr(Q, R, X, dX) -> Iterator[Any]:
    W = dX @ inv(R)
    M = Q.T @ W
    Omega = tril(M, k=-1) - tril(M, k=-1).T
    yield Q @ Omega + W - Q @ M
    yield (M - Omega) @ R


@rule(
    where="X symmetric (one triangle is read), positive definite; X = Y Y^T",
    equation="lecture (16) on X = Y Y^T",
    real_only=True,
)
def cholesky(Y, X, dX):
    M = inv(Y) @ sym(dX) @ inv(Y).T
    return Y @ (tril(M) + tril(M, k=-1)) / 2
