r"""Gradients as formulas: a rule's differential, turned around.

A rule says ``dY = L{dX}``. If a scalar function of Y has the gradient G there, its differential is
``<G, dY> = <G, L{dX}>``, and the gradient with respect to X is what stands beside dX once dX is
free: cyclic permutation and transposition. `gradient_of` does this to the rule as the table has it.
What is known here are the transposes of linear operations, never a derivative.

>>> from lecturelib.symbolic import gradient_of
>>> gradient_of("inv")
[grad X = -Y^T G Y^T]
>>> gradient_of("det")  # a number: G is 1
[grad X = adj(X)^T]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import rules as r
from ..rules import TABLE, ZERO
from .expressions import (
    Application,
    Comparison,
    Differential,
    Expression,
    Number,
    Part,
    Symbol,
    part_of,
)
from .printing import Writer
from .table import (
    Equation,
    _abbreviate,
    _definition_of,
    _replace,
    _size,
    _sources,
    _taken,
    apply_rule,
    differential_of,
    formula_of,
)

#: Stand for the identity matrix and for ones in every entry, in the text as in the values given to
#: `evaluate`.
IDENTITY, ONES = Symbol("I"), Symbol("ones")


class NoTransposeError(ValueError):
    """A rule uses a linear operation that has no transpose here."""


class Gradient(Equation):
    """``grad X = right``, where right uses the gradients G at the outputs."""

    def heading(self, latex: bool) -> str:
        name = Writer(latex)(self.left[0])
        return rf"\nabla_{{{name}}}" if latex else f"grad {name}"


def gradient_of(
    name: str, outputs: Sequence[str] | None = None, **parameters: Any
) -> list[Equation]:
    r"""The gradient with respect to each input of an operation, read from its differential.

    Parameters
    ----------
    name : str
        The operation's name.
    outputs : sequence of str, optional
        The outputs that are used, by the rule's names for them; all, if not given.
    **parameters
        Parameters of the operation, such as ``k=-1``.

    Returns
    -------
    list of Equation
        One for each variable of the rule, after equations for what occurs several times. G is the
        gradient at the output (G_1, G_2, ... where there are several); for a number it is 1. A
        letter means the same as in `differential_of`.

    Raises
    ------
    NoTransposeError
        The rule uses an operation without a transpose here, such as ``einsum``.

    Examples
    --------
    >>> from lecturelib.symbolic import gradient_of
    >>> gradient_of("matmul")
    [grad A = G B^T, grad B = A^T G]
    >>> gradient_of("pinv")[0].latex.count("G")
    3
    """
    formula = formula_of(name, **parameters)
    rule = TABLE[name].rule
    assert isinstance(formula.right, Application)
    inputs = formula.right.operands
    variables = [
        x
        for x_name, x in zip(rule.inputs, inputs, strict=True)
        if x_name in rule.variables and rule.kind != "constant"
    ]
    directions = [Differential(x) for x in variables if isinstance(x, Symbol)]
    results = apply_rule(rule, formula.left, inputs, directions, **parameters)
    used = rule.outputs if outputs is None else outputs
    found = pull_back(
        [
            (result, seed)
            for y, result, seed in zip(rule.outputs, results, seeds(formula), strict=True)
            if y in used
        ]
    )
    gradients = []
    for direction in directions:
        gradient = found.get(direction.name, Number(0))
        if _axes(gradient) == 0 and _axes(direction) != 0 and not _is_number(gradient, 0):
            gradient = _entrywise(ONES, gradient)  # one number in every entry
        gradients.append(gradient)
    known = _known(name, parameters)
    names: dict[Symbol, Expression] = {}
    for symbol, meaning in known.items():
        shorter = [_replace(gradient, str(meaning), symbol) for gradient in gradients]
        if [str(x) for x in shorter] != [str(x) for x in gradients] and not _varies(meaning):
            names[symbol], gradients = meaning, shorter
    new, gradients = _abbreviate(gradients, _taken(formula) | {symbol.name for symbol in known})
    names |= new
    equations: list[Equation] = [
        _definition_of(source) for source in _sources([*names.values(), *gradients])
    ]
    equations += [Equation([symbol], meaning) for symbol, meaning in names.items()]
    pairs = zip(variables, gradients, strict=True)
    return equations + [Gradient([x], gradient) for x, gradient in pairs]


def _known(name: str, parameters: Any) -> dict[Symbol, Expression]:
    """The letters of an operation's differential with their full meanings, the largest first."""
    known: dict[Symbol, Expression] = {}
    for equation in differential_of(name, **parameters):
        [symbol, *_] = equation.left
        if isinstance(symbol, Symbol) and type(equation) is Equation:
            meaning = equation.right
            for letter, inner in known.items():
                meaning = _replace(meaning, letter.name, inner)
            known[symbol] = meaning
    return dict(sorted(known.items(), key=lambda item: -_size(item[1])))


def differential_in(expression: Expression, X: Symbol) -> Any:
    """The differential of a formula: rule after rule, by the chain rule.

    Parameters
    ----------
    expression : Expression
    X : Symbol
        What varies; every other symbol is a constant.

    Returns
    -------
    Expression
        Linear in ``dX``; or `lecturelib.rules.ZERO`.

    Examples
    --------
    >>> from lecturelib.rules import trace
    >>> from lecturelib.symbolic import Symbol, differential_in
    >>> A, X = Symbol("A"), Symbol("X")
    >>> differential_in(trace(A @ X @ X), X)
    tr(A dX X + A X dX)
    """
    return _differentiate(expression, X, {})


def _differentiate(x: Any, X: Symbol, known: dict[int, Any]) -> Any:
    if id(x) not in known:  # what occurs twice is differentiated once
        if isinstance(x, Symbol):
            known[id(x)] = Differential(X) if x.name == X.name else ZERO
        elif isinstance(x, Application):
            known[id(x)] = _by_rule(x, [x], X, known)[0]
        elif isinstance(x, Part):
            rule = TABLE[x.source.name].rule
            outputs = [part_of(name, x.source, i) for i, name in enumerate(rule.outputs)]
            moved = _by_rule(x.source, outputs, X, known)[x.index]
            known[id(x)] = moved.T if x.transposed else moved
        elif isinstance(x, Number | Differential | Comparison):
            known[id(x)] = ZERO  # steps of a comparison have slope 0, and no slope at their jumps
        else:
            raise TypeError(f"{x!r} is a {type(x).__name__}, and has no differential here.")
    return known[id(x)]


def _by_rule(
    x: Application, outputs: Sequence[Expression], X: Symbol, known: dict[int, Any]
) -> list[Any]:
    rule = TABLE[x.name].rule
    parts = zip(rule.inputs, x.operands, strict=True)
    moves = [_differentiate(part, X, known) for name, part in parts if name in rule.variables]
    return apply_rule(rule, outputs, x.operands, moves, **x.parameters)


def gradient_in(expression: Expression, X: Symbol) -> Any:
    """The gradient of a formula whose value is a number (or 1 by 1).

    Examples
    --------
    >>> from lecturelib.rules import trace
    >>> from lecturelib.symbolic import Symbol, gradient_in
    >>> A, B, X = (Symbol(name) for name in "ABX")
    >>> gradient_in(trace(X.T @ A @ X @ B), X)
    A X B + A^T X B^T
    >>> x, y = Symbol("x"), Symbol("y")  # columns
    >>> r = A @ x - y
    >>> gradient_in(r.T @ r, x)
    2 A^T (A x - y)
    """
    differential = differential_in(expression, X)
    if differential is ZERO:
        return ZERO
    return pull_back([(differential, Number(1))])[Differential(X).name]


def seeds(formula: Equation) -> list[Expression]:
    """The gradients at the outputs of an operation: symbols, or 1 for a number."""
    found: list[Expression] = []
    for k, y in enumerate(formula.left, start=1):
        if y.ndim == 0:
            found.append(Number(1))
        else:
            index = f"_{k}" if len(formula.left) > 1 else ""
            found.append(Symbol(("g" if y.ndim == 1 else "G") + index, y.ndim))
    return found


# -- From the outputs back to the differentials ---------------------------------------------------


def pull_back(results: Sequence[tuple[Any, Expression]]) -> dict[str, Expression]:
    """What stands beside each differential when ``sum of <G, result>`` is rearranged.

    Parameters
    ----------
    results : sequence of pairs
        Expressions that are linear in differentials, each with its G.

    Returns
    -------
    dict
        From the names of differentials (``"dX"``) to the expressions beside them.
    """
    nodes: dict[int, Expression] = {}
    beside: dict[int, Any] = {}
    for result, G in results:
        if result is not ZERO:
            _collect(result, nodes)
            beside[id(result)] = _plus(G, beside.get(id(result), ZERO))
    found: dict[str, Expression] = {}
    for node in reversed(nodes.values()):  # whatever uses a node comes before it
        G = beside.get(id(node), ZERO)
        if G is ZERO:
            continue
        if isinstance(node, Differential):
            found[node.name] = _plus(G, found.get(node.name, ZERO))
            continue
        assert isinstance(node, Application)
        for operand, part in _transposed_step(node, G):
            beside[id(operand)] = _plus(part, beside.get(id(operand), ZERO))
    return found


def _collect(x: Expression, nodes: dict[int, Expression]) -> None:
    """Enter the nodes under x that vary, operands before what uses them, each once."""
    if id(x) not in nodes and _varies(x):
        if isinstance(x, Application):
            for operand in x.operands:
                _collect(operand, nodes)
        nodes[id(x)] = x


def _varies(x: Expression) -> bool:
    """Whether a differential occurs in x."""
    if isinstance(x, Application):
        return any(_varies(operand) for operand in x.operands)
    return isinstance(x, Differential)


def _transposed_step(x: Application, G: Any) -> list[tuple[Expression, Any]]:
    """The operands that vary, and what the transpose of the operation hands to each."""
    block = _block(x)
    if block is not None:
        f, X, E = block
        return [(E, r.upper_right(TABLE[f](r.block_triangular(transposed(X), G))))]
    transposes = _TRANSPOSES.get(x.name)
    if transposes is None or (x.name == "sum" and x.parameters.get("axis") is not None):
        raise NoTransposeError(
            f"The operation {x.name!r} has no transpose among the formulas; derivative(f, X).T[G] "
            "applies the transpose of any rule to numbers."
        )
    if _in_every_entry(G) is not None and x.name not in _ENTRY_BY_ENTRY:
        raise NoTransposeError(
            f"The sum of all entries of {x.name}(...) has a gradient with a matrix of ones in it, "
            "whose shape a formula without shapes does not know. Write the sum as a trace, such as "
            "trace(E @ X) with a symbol E for the ones."
        )
    parts = []
    for i, operand in enumerate(x.operands):
        if _varies(operand):
            part = transposes[i](G, *x.operands, **x.parameters)
            if _axes(operand) == 0 and _axes(part) != 0:  # a number that met every entry
                part = _sum(part)
            parts.append((operand, part))
    return parts


def _block(x: Application) -> tuple[str, Expression, Expression] | None:
    """f, X, E of the upper right block of f([[X, E], [0, X]]).

    It is linear in E if f is a function of matrices, and its transpose has X^T in the place of X.
    """
    path = []
    y: Any = x
    for _ in range(2):
        if not isinstance(y, Application) or len(y.operands) != 1:
            return None
        path.append(y.name)
        y = y.operands[0]
    if path[0] != "upper_right" or not (
        isinstance(y, Application) and y.name == "block_triangular"
    ):
        return None
    X, E = y.operands
    return path[1], X, E


# -- Sums and signs, for the eye ------------------------------------------------------------------


def _plus(A: Any, B: Any) -> Any:
    """A + B; what is negative or transposed stands last."""
    if B is not ZERO and str(A) == str(B):
        return 2 * A
    if B is not ZERO and _is(A, "negative", "transpose") and not _is(B, "negative", "transpose"):
        A, B = B, A
    return A + B


def _outside(operation: Callable[..., Any]) -> Callable[..., Any]:
    """A linear operation that leaves the sign of its operand in front."""

    def signs_first(X: Any, **parameters: Any) -> Any:
        if _is(X, "negative"):
            return -operation(X.operands[0], **parameters)
        return operation(X, **parameters)

    return signs_first


def _is(x: Any, *names: str) -> bool:
    return isinstance(x, Application) and x.name in names


_sum = _outside(r.sum)


# -- The transposes of linear operations, for each operand ----------------------------------------


def _left(G: Any, A: Any, B: Any) -> Any:
    """From ``A B`` to A."""
    if _axes(B) == 1:
        return G * B if _axes(A) == 1 else r.outer(G, B)
    return _product(G, transposed(B))


def _right(G: Any, A: Any, B: Any) -> Any:
    """From ``A B`` to B."""
    if _axes(A) == 1:
        return G * A if _axes(B) == 1 else r.outer(A, G)
    return _product(transposed(A), G)


def _product(A: Any, B: Any) -> Any:
    """``A B``, where one may be the identity, or a number: the gradient at a 1 by 1 matrix."""
    for left, factor in ((True, A), (False, B)):
        if _is(factor, "negative"):
            positive = factor.operands[0]
            return -(_product(positive, B) if left else _product(A, positive))
    if A is IDENTITY or B is IDENTITY:
        return B if A is IDENTITY else A
    return _entrywise(A, B) if _axes(A) == 0 or _axes(B) == 0 else A @ B


def _factor(i: int) -> Callable[..., Any]:
    """From a product of several matrices to factor i."""

    def transpose(G: Any, *factors: Any) -> Any:
        before = [transposed(factor) for factor in reversed(factors[:i])]
        after = [transposed(factor) for factor in reversed(factors[i + 1 :])]
        return r.multi_dot(*before, G, *after)

    return transpose


def _same(G: Any, *operands: Any, **parameters: Any) -> Any:
    return G


def _never(G: Any, *operands: Any) -> Any:
    """A differential never stands here: the operation is linear in another operand."""
    raise AssertionError("A rule is not linear in its differentials.")


def _by(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The transpose is an operation of the table, with the same parameters."""
    plain = _outside(operation)
    return lambda G, X, **parameters: plain(G, **parameters)


_TRANSPOSES: dict[str, Sequence[Callable[..., Any]]] = {
    "add": (_same, _same),
    "subtract": (_same, lambda G, A, B: -G),
    "negative": (lambda G, X: -G,),
    "multiply": (lambda G, A, B: _entrywise(B, G), lambda G, A, B: _entrywise(A, G)),
    "divide": (lambda G, A, B: _quotient(G, B), _never),
    "matmul": (_left, _right),
    "dot": (_left, _right),
    "multi_dot": (_factor(0), _factor(1), _factor(2)),
    "inner": (lambda G, A, B: G @ B, lambda G, A, B: transposed(G) @ A),
    "outer": (lambda G, A, B: G @ B, lambda G, A, B: transposed(G) @ A),
    "trace_product": (
        lambda G, A, B: _entrywise(G, transposed(B)),
        lambda G, A, B: _entrywise(G, transposed(A)),
    ),
    "transpose": (lambda G, X: transposed(G),),
    "trace": (lambda G, X: _entrywise(G, IDENTITY),),
    "sum": (lambda G, X, **parameters: _entrywise(ONES, G) if _axes(X) else G,),
    "diagonal": (_by(r.diag),),
    "diag": (_by(r.diagonal),),
    "tril": (_by(r.tril),),
    "triu": (_by(r.triu),),
    "getitem": (_by(r.scatter),),
    "scatter": (_by(r.getitem),),
    "solve": (_never, lambda G, A, B: r.solve(transposed(A), G)),
    "sylvester": (_never, _never, lambda G, A, B, C: r.sylvester(transposed(A), transposed(B), G)),
    "where": (
        lambda G, A, B, condition=None: r.where(G, 0, condition=condition),
        lambda G, A, B, condition=None: r.where(0, G, condition=condition),
    ),
    "differences": (lambda G, w: r.sum(G, axis=0) - r.sum(G, axis=1),),
    "sums": (lambda G, w: r.sum(G, axis=0) + r.sum(G, axis=1),),
}


def _entrywise(A: Any, G: Any) -> Any:
    """``A * G``; a G of equal entries is the number in front."""
    number = _in_every_entry(G)
    if number is not None:
        return _entrywise(A, number)
    return A if _is_number(G, 1) else A * G


def _quotient(G: Any, B: Any) -> Any:
    """``G / B``; a G of equal entries is the number above."""
    number = _in_every_entry(G)
    return (G if number is None else number) / B


def _in_every_entry(G: Any) -> Any:
    """The number of which G has all its entries, if it is ones, or a number times ones."""
    if G is ONES:
        return Number(1)
    if _is(G, "negative"):
        number = _in_every_entry(G.operands[0])
        return None if number is None else -number
    return G.operands[0] if _is(G, "multiply") and G.operands[1] is ONES else None


#: What knows no entry from another, so that ones meet it without a shape.
_ENTRY_BY_ENTRY = {"add", "subtract", "negative", "multiply", "divide", "transpose", "where"}


def _is_number(x: Any, value: float) -> bool:
    return isinstance(x, Number) and bool(x.value == value)


def _axes(x: Any) -> int:
    """The number of axes of a value; that of a symbol is 2 where nothing else is known."""
    if isinstance(x, Comparison):
        return _axes(x.left)
    if x.ndim is None and isinstance(x, Application):
        if x.name == "matmul":
            return _axes(x.operands[0]) + _axes(x.operands[1]) - 2
        if x.name == "outer":
            return 2
        if x.name in _KEEPING:
            return max(_axes(operand) for operand in x.operands)
    return 2 if x.ndim is None else x.ndim


_KEEPING = {"add", "subtract", "negative", "multiply", "divide"}


# -- Transposes of formulas -----------------------------------------------------------------------

_SYMMETRIC = {"diag", "sums"}
_SKEW = {"differences", "reciprocal_gaps"}


def transposed(x: Any) -> Any:
    """The transpose, carried inside products: ``(A B)^T`` is ``B^T A^T``.

    It stops at sums and elementwise products, so that a sum has one form wherever it occurs.

    >>> A, B = Symbol("A"), Symbol("B")
    >>> transposed(A @ B.T @ (A + B))
    (A + B)^T B A^T
    """
    if _axes(x) < 2:
        return x
    if isinstance(x, Application) and not x.parameters:
        if x.name in _SYMMETRIC:
            return x
        if x.name in _SKEW:
            return -x
        turned = [transposed(part) for part in x.operands]
        if x.name == "matmul" and _axes(x.operands[0]) == _axes(x.operands[1]) == 2:
            return turned[1] @ turned[0]
        if x.name in ("negative", "complement") or _is_scaled(x):
            return TABLE[x.name](*turned)
        if x.name == "inv" and (_is(turned[0], *_SYMMETRIC) or isinstance(turned[0], Symbol)):
            return r.inv(turned[0])
    return r.transpose(x)


def _is_scaled(x: Any) -> bool:
    """Whether x is a number times a matrix."""
    return _is(x, "multiply") and _axes(x.operands[0]) == 0
