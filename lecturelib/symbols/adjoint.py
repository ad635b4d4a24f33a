r"""Gradients as formulas: a rule's differential, turned around.

A rule says ``dY = L{dX}``. If a scalar function of Y has the gradient G there, its differential is
``<G, dY> = <G, L{dX}>``, and the gradient with respect to X is what stands beside dX once dX is
free: cyclic permutation and transposition. `gradient_of` does this to the rule as the table has it.
The walk is that of `lecturelib.walk`, with the transposes of the table.

>>> from lecturelib.symbols import gradient_of
>>> gradient_of("inv")
[grad X = -Y'*G*Y']
>>> gradient_of("det")  # a number: G is 1
[grad X = adj(X)']
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import walk
from ..table import TABLE, ZERO, NoTransposeError, Rule
from ..table.shapes import equal, same_shape
from .language import sum_of
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
from .terms import (
    Application,
    Comparison,
    Differential,
    Expression,
    Number,
    Ones,
    Part,
    Symbol,
    is_number,
    part_of,
)
from .write import Writer


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
        The rule applies an operation to a differential in which it is not linear.

    Examples
    --------
    >>> from lecturelib.symbols import gradient_of
    >>> gradient_of("matmul")
    [grad A = G*B', grad B = A'*G]
    >>> gradient_of("pinv")[0].latex.count("G")
    3
    """
    formula = formula_of(name, **parameters)
    rule = TABLE[name].rule
    if (rule.gradient and not parameters) or (rule.paired and outputs is None):
        raise NoTransposeError(
            f"The gradient of {name!r} is no formula without the parameters of the call"
            f"{', or is one only for ' + ', '.join(rule.paired) if rule.paired else ''}; "
            "derivative(f, X).T[G] applies the transpose of any rule to numbers."
        )
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
        gradients.append(found.get(direction.name, Number(0)))
    known = _known(name, parameters)
    names: dict[Symbol, Expression] = {}
    for symbol, meaning in known.items():
        shorter = [_replace(gradient, str(meaning), symbol) for gradient in gradients]
        if [str(x) for x in shorter] != [str(x) for x in gradients] and not meaning.varies:
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
        Linear in ``dX``; or `lecturelib.table.ZERO`.

    Examples
    --------
    >>> from lecturelib.table import trace
    >>> from lecturelib.symbols import Symbol, differential_in
    >>> A, X = Symbol("A"), Symbol("X")
    >>> differential_in(trace(A @ X @ X), X)
    tr(A*dX*X + A*X*dX)
    """
    return differentiate(expression, {X.name: Differential(X)}, {})


def differentiate(
    x: Any, directions: Mapping[str, Expression], known: dict[int, tuple[Any, Any]]
) -> Any:
    """The differential of a term, when the symbols of these names vary in these directions.

    What `known` holds, by the identity of terms, is not differentiated again.
    """
    if id(x) not in known:  # what occurs twice is differentiated once
        if isinstance(x, Symbol):
            found = directions.get(x.name, ZERO)
        elif isinstance(x, Application):
            found = by_rule(x, [x], lambda part: differentiate(part, directions, known))[0]
        elif isinstance(x, Part):
            rule = TABLE[x.source.name].rule
            outputs = [part_of(name, x.source, i) for i, name in enumerate(rule.outputs)]
            moves = by_rule(x.source, outputs, lambda part: differentiate(part, directions, known))
            found = moves[x.place].T if x.transposed else moves[x.place]
        elif isinstance(x, Number | Differential | Comparison):
            found = ZERO  # steps of a comparison have slope 0, and no slope at their jumps
        else:
            raise TypeError(f"{x!r} is a {type(x).__name__}, and has no differential here.")
        known[id(x)] = x, found
    return known[id(x)][1]


def by_rule(
    x: Application, outputs: Sequence[Expression], differential: Callable[[Expression], Any]
) -> list[Any]:
    """The differentials of the outputs of an operation, from those of its operands."""
    rule = TABLE[x.name].rule
    if squares(x) is not None:
        return [_of_square(x, differential)]
    if x.name == "power" and differential(x.operands[1]) is not ZERO:
        rule = TABLE["general_power"].rule
    moves = []
    for i, part in enumerate(x.operands):
        name, move = rule.inputs[i % len(rule.inputs)], differential(part)
        if rule.kind in ("linear", "multilinear") or name in rule.variables:
            moves.append(move)
        elif move is not ZERO and name not in rule.follows:
            if name.islower():  # an exponent
                raise NoTransposeError(
                    f"No rule of the table differentiates {x} in its exponent, and {part} varies. "
                    "For a number t and a positive definite A write A^t as expm(t*logm(A))."
                )
            raise NoTransposeError(
                f"The rule of {rule.name!r} takes its input {name} as a constant, and here {part} "
                "varies. On numbers derivative(f, X) and hessian(f, X) do it."
            )
    return apply_rule(rule, outputs, x.operands, moves, **x.parameters)


def squares(x: Any) -> Rule | None:
    """The rule of the norm (or the like) whose square x is: the square is smooth at 0 too."""
    if not (isinstance(x, Application) and x.name == "power" and is_number(x.operands[1], 2)):
        return None
    root = x.operands[0]
    rule = root.operation.rule if isinstance(root, Application) else None
    return rule if rule is not None and rule.squared is not None else None


def _of_square(x: Application, differential: Callable[[Expression], Any]) -> Any:
    """The differential of the square of a norm, by the product rule for <X, X>."""
    root = x.operands[0]
    assert isinstance(root, Application)
    rule = root.operation.rule
    stand_ins = [Symbol(f"#{i}", shape=o.shape) for i, o in enumerate(root.operands)]
    directions = {
        s.name: differential(o) for s, o in zip(stand_ins, root.operands, strict=True)
    }  # fmt: skip
    assert rule.squared is not None
    moved = differentiate(rule.squared(*stand_ins, **root.parameters), directions, {})
    if moved is ZERO:
        return ZERO
    return put(moved, dict(zip((s.name for s in stand_ins), root.operands, strict=True)))


def put(term: Expression, operands: Mapping[str, Expression]) -> Expression:
    """The term with operands in the place of symbols and differentials of these names."""
    done: dict[int, Expression] = {}

    def replaced(x: Expression) -> Expression:
        if id(x) not in done:
            if isinstance(x, Symbol | Differential):
                done[id(x)] = operands.get(x.name, x)
            elif isinstance(x, Application):
                done[id(x)] = TABLE[x.name](*map(replaced, x.operands), **x.parameters)
            else:
                done[id(x)] = x
        return done[id(x)]

    return replaced(term)


def gradient_in(expression: Expression, X: Symbol) -> Any:
    """The gradient of a formula whose value is a number (or 1 by 1).

    Examples
    --------
    >>> from lecturelib.table import trace
    >>> from lecturelib.symbols import Symbol, gradient_in
    >>> A, B, X = (Symbol(name) for name in "ABX")
    >>> gradient_in(trace(X.T @ A @ X @ B), X)
    A*X*B + A'*X*B'
    >>> x, y = Symbol("x"), Symbol("y")  # columns
    >>> r = A @ x - y
    >>> gradient_in(r.T @ r, x)
    2*A'*(A*x - y)
    """
    differential = differential_in(expression, X)
    if differential is ZERO:
        return ZERO
    return pull_back([(differential, _one(differential))])[Differential(X).name]


def _one(value: Expression) -> Expression:
    """The gradient of a number at itself, also of a 1 by 1 matrix."""
    if all(equal(n, 1) for n in value.shape):
        one = Number(1)
        one.shape = value.shape
        return one
    raise ValueError(f"Only a number has a gradient, and {value} has the shape {value.shape}.")


def seeds(formula: Equation) -> list[Expression]:
    """The gradients at the outputs of an operation: symbols, or 1 for a number."""
    found: list[Expression] = []
    for k, y in enumerate(formula.left, start=1):
        if y.ndim == 0:
            found.append(Number(1))
        else:
            index = f"_{k}" if len(formula.left) > 1 else ""
            found.append(Symbol(("g" if y.ndim == 1 else "G") + index, shape=y.shape))
    return found


# -- From the outputs back to the differentials ---------------------------------------------------


def pull_back(
    results: Sequence[tuple[Any, Expression]], plus: Callable[[Any, Any], Any] | None = None
) -> dict[str, Expression]:
    """What stands beside each differential when ``sum of <G, result>`` is rearranged.

    Parameters
    ----------
    results : sequence of pairs
        Expressions that are linear in differentials, each with its G.
    plus : callable, optional
        How two contributions are added; for the eye, if not given.

    Returns
    -------
    dict
        From the names of differentials (``"dX"``) to the expressions beside them.
    """
    plus = plus or _plus
    found: dict[str, Expression] = {}
    varying = [(result, G) for result, G in results if result is not ZERO and result.varies]
    for x, G in walk.backward(varying, plus, fit, _is_input):
        G = G if same_shape(G.shape, x.shape) else fit(G, x, "a rule")
        if x.operands:  # <G, sum of L_i(dX)> is <sum of the transposes of L_i at G, dX>
            inside = pull_back([(x.operands[0], G)], plus)
            beside = {name: sum_of(part, **x.parameters) for name, part in inside.items()}
        else:
            beside = {x.name: G}
        for name, part in beside.items():
            found[name] = plus(part, found[name]) if name in found else part
    return found


def _is_input(x: Expression) -> bool:
    """Whether the walk ends: at a differential, or at a sum over samples, whose terms go on."""
    return not x.operands or _is(x, "sum_over")


def fit(G: Expression, x: Expression, name: str) -> Expression:
    """G in the shape of x: a number stands in every entry, and lengths may turn out to be equal."""
    if G.ndim == 0:
        return Ones(x.shape) * G
    if G.ndim == x.ndim and all(equal(m, n) for m, n in zip(G.shape, x.shape, strict=True)):
        return G
    return walk.refuse(G, x, name)


def _plus(A: Any, B: Any) -> Any:
    """A + B for the eye: what is negative or transposed stands last."""
    if str(A) == str(B):
        return 2 * A
    if _is(B, "negative", "transpose") or not _is(A, "negative", "transpose"):
        return A + B
    return B + A


def _is(x: Any, *names: str) -> bool:
    return isinstance(x, Application) and x.name in names
