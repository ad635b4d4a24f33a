"""The table of rules, evaluated on symbols and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..table import TABLE, ZERO, Operation, Rule
from .terms import (
    Application,
    Differential,
    Expression,
    Ones,
    Part,
    Symbol,
    base_name,
    evaluate,
    lift,
    visible,
    zeros,
)
from .write import Writer, latex, text, width


class Equation:
    """``left = right``; several names on the left are the outputs of one operation.

    Attributes
    ----------
    left : tuple of Expression
    right : Expression
    text, latex : str
    """

    def __init__(self, left: Sequence[Expression], right: Expression) -> None:
        self.left, self.right = tuple(left), right

    def heading(self, latex: bool) -> str:
        """What stands left of the sign of equality."""
        return ", ".join(Writer(latex)(x) for x in self.left)

    def _write(self, latex: bool) -> str:
        return f"{self.heading(latex)} = {Writer(latex)(self.right)}"

    @property
    def text(self) -> str:
        return self._write(latex=False)

    @property
    def latex(self) -> str:
        return self._write(latex=True)

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


class Definition(Equation):
    """What an operation computes: in the text by its name, in LaTeX in its notation."""

    right: Application

    @property
    def text(self) -> str:
        arguments = Writer(latex=False).arguments(self.right)
        return f"{self.heading(latex=False)} = {self.right.name}({arguments})"


# -- Reading a rule -------------------------------------------------------------------------------


def apply_rule(
    rule: Rule,
    outputs: Sequence[Any],
    inputs: Sequence[Any],
    differentials: Sequence[Any],
    **parameters: Any,
) -> list[Any]:
    """The differentials of a rule's outputs, in terms of those of its inputs.

    Parameters
    ----------
    rule : Rule
    outputs, inputs : sequence of Expression
    differentials : sequence
        One for each of the rule's variables; `lecturelib.table.ZERO` for a constant.
    **parameters
        Parameters of the operation, such as ``axis=0``.

    Returns
    -------
    list
        Of expressions, one an output, or `lecturelib.table.ZERO`.

    Examples
    --------
    >>> from lecturelib.table import TABLE, ZERO
    >>> from lecturelib.symbols import Symbol, apply_rule
    >>> Y, A, B, H = (Symbol(name) for name in "YABH")
    >>> apply_rule(TABLE["solve"].rule, [Y], [A, B], [H, ZERO])
    [solve(A, -H*Y)]
    """
    operation = TABLE[rule.name]
    if rule.kind == "constant" or all(d is ZERO for d in differentials):
        return [ZERO] * len(rule.outputs)
    if rule.kind == "linear":
        return [_linear(operation, inputs, differentials, parameters)]
    if rule.kind == "multilinear":
        total: Any = ZERO
        for i, differential in enumerate(differentials):
            factors = [*inputs[:i], differential, *inputs[i + 1 :]]
            total = total + operation(*factors, **parameters)
        return [total]
    assert rule.differential is not None
    result = rule.differential(*outputs, *inputs, *differentials, **parameters)
    return list(result) if isinstance(result, Iterator) else [result]


def _linear(
    operation: Operation, inputs: Sequence[Any], differentials: Sequence[Any], parameters: Any
) -> Any:
    if operation.operator is None or len(differentials) == 1:  # else a zero disappears
        differentials = [
            zeros(x.shape) if d is ZERO else d for x, d in zip(inputs, differentials, strict=True)
        ]
    else:
        goal = operation.rule.shape(*(x.shape for x in inputs))
        differentials = [_spread(d, goal, inputs) for d in differentials]
    return operation(*differentials, **parameters)


def _spread(d: Any, goal: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """The differential of a number that is added to every entry of a matrix."""
    if d is ZERO or d.shape == goal or d.shape != ():
        return d
    if any("?" in map(str, x.shape) for x in inputs):
        raise ValueError(
            "A number that varies is added to what may be a matrix, and a formula without shapes "
            "does not say to which entries. Write s * I or s * ones in place of the number s."
        )
    return d * Ones(tuple(goal))


#: Names of numbers in the table; others are of vectors in lower case, of matrices in capitals.
_NDIM = {"D": 0, "k": 0, "n": 0, "p": 0, "t": 0}


def _named(name: str, shape: Sequence[Any] | None = None) -> Expression:
    """The symbol of an input or output; numbers and vectors have lower-case names."""
    if shape is not None and len(shape) < 2:
        return Symbol(name.lower(), shape=shape)
    symbol, transposed = base_name(name)
    if transposed:
        return Symbol(symbol, shape=None if shape is None else shape[::-1]).T
    return Symbol(symbol, _NDIM.get(symbol, 1 if symbol.islower() else 2), shape)


def _differential(x: Any) -> Expression:
    """dX of X, and dX^T of X^T."""
    return Differential(x) if isinstance(x, Symbol) else Differential(x.operands[0]).T


def formula_of(name: str, **parameters: Any) -> Equation:
    r"""What an operation of the table computes.

    Parameters
    ----------
    name : str
        The operation's name.
    **parameters
        Parameters to show, such as ``axis=0``.

    Returns
    -------
    Equation
        With the attributes ``text`` and ``latex``.

    Examples
    --------
    >>> from lecturelib.symbols import formula_of
    >>> formula_of("solve")
    Y = solve(A, B)
    >>> print(formula_of("inv").latex)
    Y = X^{-1}
    """
    rule = _operation(name).rule
    right = Application(name, tuple(_named(x) for x in rule.inputs), parameters)
    if len(rule.outputs) == 1:
        shapes: Any = [right.shape]
    else:
        shapes = right.shape
    return Definition([_named(y, n) for y, n in zip(rule.outputs, shapes, strict=True)], right)


def differential_of(
    name: str, wrt: Sequence[str] | None = None, **parameters: Any
) -> list[Equation]:
    """The differential that the table gives for an operation.

    Parameters
    ----------
    name : str
        The operation's name.
    wrt : sequence of str, optional
        The inputs that vary; the others are constant. All that can, if not given.
    **parameters
        Parameters of the operation, such as ``axis=0``.

    Returns
    -------
    list of Equation
        One for each output. What occurs in them several times is named by equations before them.

    Examples
    --------
    >>> from lecturelib.symbols import differential_of
    >>> differential_of("matmul")
    [dY = dA*B + A*dB]
    >>> differential_of("matmul", wrt=["B"])
    [dY = A*dB]
    >>> for equation in differential_of("cholesky"):
    ...     print(equation)
    M = inv(Y)*((dX + dX')/2)*inv(Y)'
    dY = Y*(tril(M) + tril(M, -1))/2
    """
    formula = formula_of(name, **parameters)
    assert isinstance(formula.right, Application)
    rule = TABLE[name].rule
    unknown = set(wrt or ()) - set(rule.variables)
    if unknown:
        raise ValueError(
            f"{name} has no differential in {', '.join(sorted(unknown))}; it has one in "
            f"{', '.join(rule.variables)}."
        )
    varying = rule.variables if wrt is None else wrt
    differentials = [
        _differential(x) if x_name in varying else ZERO
        for x_name, x in zip(rule.inputs, formula.right.operands, strict=True)
        if x_name in rule.variables
    ]
    results = apply_rule(rule, formula.left, formula.right.operands, differentials, **parameters)
    results = [lift(result) for result in results]
    names, results = _abbreviate(results, _taken(formula))
    equations: list[Equation] = [
        _definition_of(source) for source in _sources([*names.values(), *results])
    ]
    equations += [Equation([symbol], meaning) for symbol, meaning in names.items()]
    lefts = [_differential(y) for y in formula.left]
    return equations + [Equation([y], result) for y, result in zip(lefts, results, strict=True)]


def values_of(equations: Sequence[Equation], values: Mapping[str, Any]) -> dict[str, Any]:
    """What printed equations say, one after the other, at values of their symbols.

    Parameters
    ----------
    equations : sequence of Equation
        As `differential_of` or `gradient_of` gives them.
    values : mapping
        From names (``"X"``, ``"dX"``, ``"Y"``, ``"G"``, ``"I"``) to arrays.

    Returns
    -------
    dict
        From what stands on the left (``"dY"``, ``"grad X"``, and names in between) to the values.

    Examples
    --------
    >>> from lecturelib.symbols import differential_of, values_of
    >>> found = values_of(differential_of("square"), {"X": 3.0, "dX": 0.5})
    >>> float(found["dY"])
    3.0
    """
    found: dict[str, Any] = {}
    for equation in equations:
        value: Any = evaluate(equation.right, {**values, **found})
        if len(equation.left) == 1:
            found[equation.heading(latex=False)] = value
    return found


def _operation(name: str) -> Operation:
    if name not in TABLE:
        raise ValueError(
            f"The table has no operation {name!r}; print(lecturelib.rules) lists what it has."
        )
    return TABLE[name]


# -- Names for what occurs several times ----------------------------------------------------------

#: The smallest expression, in nodes, that is given a name.
_LEAST = 4
#: A formula wider than this many letters is broken at its plus and minus signs.
LONGEST = 36
_LETTERS = "MNPKLCEFHJZWSQRB"


def _walk(x: Expression) -> Iterator[Expression]:
    x = visible(x)
    yield x
    if isinstance(x, Application):
        for operand in x.operands:
            yield from _walk(operand)


def _symbols(expressions: Sequence[Expression]) -> list[Symbol]:
    return [x for expression in expressions for x in _walk(expression) if isinstance(x, Symbol)]


def _taken(formula: Equation) -> set[str]:
    """The letters of a formula, which mean something already; G and I always do."""
    assert isinstance(formula.right, Application)
    symbols = _symbols([*formula.left, *formula.right.operands])
    return {"G", "I"} | {symbol.name for symbol in symbols}


def _abbreviate(
    expressions: list[Expression], taken: set[str]
) -> tuple[dict[Symbol, Expression], list[Expression]]:
    """Name what occurs more than once, the largest first; later names may occur in earlier ones."""
    found: list[tuple[Symbol, Expression]] = []
    while True:
        repeated = _repeated([*expressions, *(meaning for _, meaning in found)])
        if repeated is None:
            break
        symbol = Symbol(f"#{len(found)}", shape=repeated.shape)
        expressions = [_replace(x, text(repeated), symbol) for x in expressions]
        found = [(s, _replace(x, text(repeated), symbol)) for s, x in found]
        found.append((symbol, repeated))
    for symbol in [symbol for symbol, _ in found]:  # what the names inside have made short
        [meaning] = [x for s, x in found if s is symbol]
        if _size(meaning) < _LEAST:
            expressions = [_replace(x, symbol.name, meaning) for x in expressions]
            found = [(s, _replace(x, symbol.name, meaning)) for s, x in found if s is not symbol]
    while (part := _buried([*expressions, *(meaning for _, meaning in found)])) is not None:
        symbol = Symbol(f"#{len(found)}*", shape=part.shape)
        expressions = [_replace(x, text(part), symbol) for x in expressions]
        found = [(s, _replace(x, text(part), symbol)) for s, x in found]
        found.append((symbol, part))
    found = _in_order(found)
    free = [letter for letter in _LETTERS if letter not in taken]
    for (symbol, _), letter in zip(found, free[: len(found)], strict=True):
        symbol.name = letter
    return dict(found), expressions


def _buried(expressions: list[Expression]) -> Expression | None:
    """What makes a term too long for a line: the largest sum inside, or factor of entries."""
    for expression in expressions:
        for _, term in terms(expression):
            if width(latex(term)) <= LONGEST + 8:
                continue
            inside = [x for x in _walk(term) if isinstance(x, Application) and x is not term]
            sums = [x for x in inside if x.name in _SUMS]
            factors = [
                operand
                for x in inside
                if x.name in ("multiply", "divide")
                for operand in x.operands
                if _size(operand) >= _LEAST
            ]
            if sums or factors:
                return max(sums or factors, key=_size)
    return None


def _in_order(found: list[tuple[Symbol, Expression]]) -> list[tuple[Symbol, Expression]]:
    """Each name after those that its meaning uses."""
    ordered: list[tuple[Symbol, Expression]] = []
    waiting = found[::-1]
    while waiting:
        names = {symbol.name for symbol, _ in waiting}
        ready = next(x for x in waiting if not names & {s.name for s in _symbols([x[1]])})
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


_SUMS = ("add", "subtract")


def terms(x: Any) -> list[tuple[str, Expression]]:
    """The terms of a sum with their signs."""
    if isinstance(x, Application) and x.name in _SUMS:
        left, right = (terms(operand) for operand in x.operands)
        if x.name == "add":
            return [*left, *right]
        if len(right) == 1:
            return [*left, ("-", right[0][1])]
    return [("+", x)]


def _size(x: Expression) -> int:
    return sum(1 for _ in _walk(x))


def _repeated(expressions: list[Expression]) -> Expression | None:
    """The largest expression that occurs more than once."""
    seen: set[str] = set()
    best, best_size = None, _LEAST - 1
    for expression in expressions:
        for x in _walk(expression):
            size = _size(x)
            if size > best_size and text(x) in seen:
                best, best_size = x, size
            seen.add(text(x))
    return best


def _replace(x: Expression, old: str, new: Expression) -> Expression:
    """The expression with `new` wherever the text is `old`."""
    if text(x) == old and visible(x) is x:
        return new
    if not isinstance(x, Application):
        return x
    operands = tuple(_replace(operand, old, new) for operand in x.operands)
    return Application(x.name, operands, x.parameters)


def _sources(expressions: Sequence[Expression]) -> list[Application]:
    """The operations of several outputs whose outputs occur."""
    sources = [
        x.source for expression in expressions for x in _walk(expression) if isinstance(x, Part)
    ]
    return list({text(source): source for source in sources}.values())


def _definition_of(source: Application) -> Definition:
    names = TABLE[source.name].rule.outputs
    outputs = [_named(y, n) for y, n in zip(names, source.shape, strict=True)]
    return Definition(outputs, source)


# -- Printing the table ---------------------------------------------------------------------------

_HEADER = ("name", "formula", "holds where", "differential", "source")
_WIDTHS = (16, 22, 23, 36, 15)
_LEGEND = (
    "A*B is the matrix product; A .* B, A ./ B and A.^B are elementwise. X' is the transpose, tr "
    "the trace, adj the adjugate, I the identity; indices count from 1. (X > 0) is 1 where X > 0 "
    "and 0 elsewhere. Lower-case y is a number, i the imaginary unit."
)
_LEGEND_LATEX = (
    r"$A B$ is the matrix product; $A \odot B$, $A \oslash B$ and $A^{\odot B}$ are elementwise; "
    r"$X^{+}$ is the pseudo-inverse, $X^{\odot +}$ the entrywise one; $[X > 0]$ is 1 where $X > 0$ "
    r"and 0 elsewhere; $\langle A, B \rangle$ is the sum of $A \odot B$; gaps$(w)$ has the entries "
    r"$w_j - w_i$, sums$(w)$ the entries $w_j + w_i$. Lower-case $y$ is a number."
)


def rule_table(markdown: bool = False) -> str:
    """The table of rules: name, formula, conditions, differential and equation of every rule.

    Parameters
    ----------
    markdown : bool
        Whether to give a Markdown table with LaTeX in place of aligned text.

    Returns
    -------
    str

    Examples
    --------
    >>> from lecturelib.symbols import rule_table
    >>> "dY = -Y*dX*Y" in rule_table()
    True
    >>> "$Y = X^{-1}$" in rule_table(markdown=True)
    True
    """
    return _markdown() if markdown else _text()


def _text() -> str:
    import textwrap  # only the table of rules needs it

    lines = [*textwrap.wrap(_LEGEND, 120), ""]
    lines += _aligned([[cell] for cell in _HEADER])
    lines.append("  ".join("-" * width for width in _WIDTHS))
    for name, operation in TABLE.items():
        rule = operation.rule
        differential = [equation.text for equation in differential_of(name)]
        cells = [[name], [formula_of(name).text], [rule.where], differential, [rule.equation]]
        lines += _aligned(cells)
    return "\n".join(lines)


def _aligned(cells: list[list[str]]) -> list[str]:
    """One row: each paragraph of a cell wrapped to its column, with a hanging indent."""
    import textwrap

    columns = [
        [
            line
            for paragraph in cell
            for line in textwrap.wrap(
                paragraph, width, subsequent_indent="  ", break_long_words=False,
                break_on_hyphens=False,
            )
        ]
        for cell, width in zip(cells, _WIDTHS, strict=True)
    ]  # fmt: skip
    height = max(len(column) for column in columns)
    columns = [column + [""] * (height - len(column)) for column in columns]
    return [
        "  ".join(f"{piece:{width}}" for piece, width in zip(row, _WIDTHS, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    ]


def _markdown() -> str:
    lines = [_LEGEND_LATEX, "", _row(_HEADER), _row(["---"] * len(_HEADER))]
    for name, operation in TABLE.items():
        rule = operation.rule
        differential = "<br>".join(f"${equation.latex}$" for equation in differential_of(name))
        formula = f"${formula_of(name).latex}$"
        lines.append(
            _row([f"`{name}`", formula, _escape(rule.where), differential, _escape(rule.equation)])
        )
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(plain: str) -> str:
    """Plain text, safe in a cell of a Markdown table."""
    return re.sub(r"([\\|*_<>\[\]$`])", r"\\\1", plain)
