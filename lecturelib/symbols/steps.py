r"""The lines of a derivation: one rule after the other, as on the blackboard.

A line is a term in which differentials are still to be taken (`Pending`). Each step takes those
whose outermost operation has the same entry in the table, and puts the entry's rule in their place;
what is linear goes along. When only differentials of variables are left, the gradient is read off.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from ..table import TABLE, ZERO
from ..table.shapes import same
from .adjoint import by_rule, differentiate, pull_back, squares
from .language import free_sample
from .normal import is_entrywise
from .terms import (
    Application,
    Differential,
    Expression,
    Number,
    Pairing,
    Part,
    Pending,
    Symbol,
    is_invisible,
    lift,
    part_of,
    zeros,
)
from .tidy import cost, summands, tidy
from .write import latex, latex_name, text


class Step:
    r"""A line of a derivation, and what made it of the line before.

    Attributes
    ----------
    left : str or Expression
        What stands left of the sign of equality: the name of an intermediate result, ``df``, ...
    expression : Expression
    rule : str
        The rule, in words.
    operation : str
        The operation of the table whose rule it is; empty for what is no rule of an operation.
    equation : str
        The number of the rule's equation in the lecture, or its source.
    where : str
        The part of the line before to which the rule was applied.
    of : Expression or None
        What the line is the differential of; None where the line states no differential.
    """

    def __init__(
        self, left: str, expression: Expression, rule: str, operation: str = "",
        equation: str = "", where: str = "", of: Expression | None = None,
    ) -> None:  # fmt: skip
        self.left, self.expression, self.rule = left, expression, rule
        self.operation, self.equation, self.where, self.of = operation, equation, where, of

    def __repr__(self) -> str:
        return f"{self.left} = {text(self.expression)}   ({self.reason})"

    @property
    def reason(self) -> str:
        """The rule, with its equation or source."""
        return self.rule + (f", {self.equation}" if self.equation else "")

    def latex(self) -> str:
        """The line as LaTeX, without dollar signs and without its reason."""
        return f"{latex_name(self.left)} = {latex(self.expression)}"


#: What the rules of the language itself are called; other rules go by the name of their entry.
_WORDS = {
    "matmul": "product rule",
    "multiply": "product rule",
    "divide": "quotient rule",
    "kron": "product rule",
    "power": "power rule",
    "general_power": "power rule",
    "matrix_power": "power of a matrix",
    "inv": "derivative of the inverse",
    "det": "derivative of the determinant",
    "logdet": "derivative of log det",
}


def rule_name(name: str, x: Expression | None = None) -> str:
    """The rule of an operation in words; for the term x to which it was applied."""
    if squares(x) is not None:
        return "product rule for the square of a norm"
    if TABLE[name].rule.kind == "linear":
        return "linearity"
    return _WORDS.get(name, f"rule of {TABLE[name].rule.text or name}")


def lines(
    value: Expression, directions: Mapping[str, Expression], varies: Callable[[Expression], bool]
) -> Iterator[tuple[Expression, list[tuple[str, Expression]]]]:
    """The lines from d(value) to a term in differentials of variables, each with its rules.

    Yields
    ------
    tuple
        The line, and the rules that made it: names of operations, each with the term to which the
        rule was applied.
    """
    line: Expression = Pending(value)
    while True:
        done: list[tuple[str, Expression]] = []
        passed: list[tuple[str, Expression]] = []
        line = _taken(line, directions, varies, _is_linear(varies), passed)
        pending = next(_pendings(line), None)
        if pending is not None:
            chosen = _is_called(pending.of)
            while any(chosen(p.of) for p in _pendings(line)):
                line = _taken(line, directions, varies, chosen, done)
                line = _taken(line, directions, varies, _is_linear(varies), passed)
        if not done and not passed:
            return
        yield line, done or passed


def _is_called(term: Any) -> Callable[[Any], bool]:
    """Whether a term is of the same operation as this one."""
    return lambda x: isinstance(x, Application) and x.name == term.name


def _is_linear(varies: Callable[[Expression], bool]) -> Callable[[Application], bool]:
    """Whether the differential of x only moves inside: x is linear in the operand that varies."""

    def linear(x: Application) -> bool:
        rule = TABLE[x.name].rule
        if rule.kind == "linear":
            return True
        moving = [i for i, operand in enumerate(x.operands) if varies(operand)]
        return len(moving) == 1 and rule.is_linear_in(moving[0])

    return linear


def _pendings(x: Expression) -> Iterator[Pending]:
    if isinstance(x, Pending):
        yield x
    elif x.varies:
        for operand in x.operands:
            yield from _pendings(operand)


def _taken(
    x: Expression, directions: Mapping[str, Expression], varies: Callable[[Expression], bool],
    chosen: Callable[[Application], bool], done: list[tuple[str, Expression]],
) -> Expression:  # fmt: skip
    """The line with the rules of the chosen operations applied, until none is left to be chosen."""
    if isinstance(x, Pending):
        of = x.of
        if isinstance(of, Symbol):
            return directions[of.name]
        if isinstance(of, Part):
            moves = by_rule(of.source, _outputs(of), lambda o: Pending(o) if varies(o) else ZERO)
            done.append((of.source.name, of))
            move = lift(moves[of.place])
            return move.T if of.transposed else move
        if not isinstance(of, Application) or not chosen(of):
            return x
        [move] = by_rule(of, [of], lambda o: Pending(o) if varies(o) else ZERO)
        done.append((of.name, of))
        line = zeros(of.shape) if move is ZERO else lift(move)
        return _taken(line, directions, varies, chosen, done)
    if not x.varies or not isinstance(x, Application):
        return x
    operands = [_taken(o, directions, varies, chosen, done) for o in x.operands]
    if all(a is b for a, b in zip(operands, x.operands, strict=True)):
        return x
    return TABLE[x.name](*operands, **x.parameters)


def _outputs(part: Part) -> Sequence[Expression]:
    names = TABLE[part.source.name].rule.outputs
    return [part_of(name, part.source, i) for i, name in enumerate(names)]


def derivation_steps(derivation: Any) -> list[Step]:
    """The lines of a derivation; long ones name intermediate results first.

    Parameters
    ----------
    derivation : Derivation
    """
    value, wrt = derivation.value, derivation.wrt
    varies = varies_with({x.name for x in wrt})
    found = [Step("f", value, "the function")]
    if not varies(value):
        names = " and ".join(x.name for x in wrt)
        return [*found, Step("df", zeros(value.shape), f"it is constant in {names}", of=value)]
    named = _named_results(derivation, varies)
    if not named:
        found += _differential_lines("df", value, value, wrt, derivation)
        if value.shape == ():
            found += _read_off(derivation.gradients, wrt, value)
        return found
    return found + _through_names(derivation, named)


def _differential_lines(
    left: str, term: Expression, of: Expression, variables: Sequence[Symbol], derivation: Any
) -> list[Step]:
    """The lines from d(term) to a term in the differentials of the variables."""
    varies = varies_with({x.name for x in variables})
    directions = {x.name: Differential(x) for x in variables}
    if not varies(term):
        return [Step(left, zeros(term.shape), "it does not vary", of=of)]
    found: list[Step] = []
    for line, rules in lines(term, directions, varies):
        name, x = next((rule for rule in rules if not is_invisible(rule[1])), rules[0])
        shown = _shown(line, derivation.deadline)
        equation = TABLE[name].rule.equation
        # Over a constant only the numerator moves: that is no quotient rule.
        over_constant = name == "divide" and not varies(x.operands[1])
        rule = "linearity" if over_constant else rule_name(name, x)
        found.append(Step(left, shown, rule, name, equation, text(x), of))
    if isinstance(term, Symbol):
        found.append(Step(left, directions[term.name], "the variable", of=of))
    return found


def _shown(line: Expression, deadline: float) -> Expression:
    """A line as it is written: a term for each differential, unless that is much longer."""
    apart = tidy(line, None, deadline, ("varying",))
    together = tidy(line, None, deadline, ("none",))
    return together if MUCH * cost(together) < cost(apart) else apart


def _read_off(
    gradients: Mapping[str, Expression], wrt: Sequence[Symbol], of: Expression
) -> list[Step]:
    """Each gradient beside its differential: term by term, then together."""
    together = [(gradients[x.name], x) for x in wrt]
    apart = [(G, x) for x in wrt for G in summands(gradients[x.name])]
    numbers = all(x.shape == () for x in wrt)  # which have nothing to transpose
    each = "each term a multiple of " + " or ".join(f"d{x.name}" for x in wrt)
    turned = each if numbers else "transposition and cyclic permutation"
    beside = f"the gradient stands beside {' and '.join(f'd{x.name}' for x in wrt)}"
    if len(apart) == len(together):
        return [Step("df", paired(together), f"{turned}: {beside}", of=of)]
    return [Step("df", paired(apart), turned, of=of), Step("df", paired(together), beside, of=of)]


def paired(pairs: Sequence[tuple[Expression, Symbol]]) -> Any:
    """The sum of <G, dX>."""
    total: Any = ZERO
    for G, x in pairs:
        dX = Differential(x)
        total = total + (Pairing(G, dX) if x.shape else Application("multiply", (G, dX)))
    return Number(0) if total is ZERO else total


# -- Names for intermediate results ---------------------------------------------------------------

#: How many times longer a sum of terms may be than the product from which it was multiplied out.
MUCH = 1.4
#: The cost from which on what occurs several times in an expression gets a name.
LONG = 16
#: The cost of a differential that is too long for a line.
LONGEST = 20
#: The largest number of names.
MANY_NAMES = 16


def _named_results(
    derivation: Any, varies: Callable[[Expression], bool]
) -> list[tuple[Symbol, Expression]]:
    """Intermediate results that get a name, each after those that it uses.

    The reader's own abbreviations are among them. In a long expression functions of entries and
    of matrices are named, and what occurs several times.
    """
    value = derivation.value
    given = {id(term): name for name, term in derivation.parsed.definitions if varies(term)}
    chosen: list[tuple[str, Expression]] = []
    counts: dict[str, int] = {}
    inside: set[str] = set()  # what occurs only in something that occurs as often
    occurrences = list(_occurrences(value))
    for x in occurrences:
        counts[text(x)] = counts.get(text(x), 0) + 1
    for x in occurrences:
        inside.update(text(o) for o in x.operands if counts.get(text(o)) == counts[text(x)])
    long = cost(value) >= LONG or cost(derivation.differential) >= LONGEST
    deep = _depth(value, varies) > 1
    seen: set[str] = set()
    for x in _in_order(value):
        if id(x) in given:
            chosen.append((given[id(x)], x))
        elif x is not value and varies(x) and _is_array(x) and text(x) not in seen:
            if free_sample(x) is not None:
                continue
            often = long and counts.get(text(x), 0) > 1 and cost(x) >= 3 and text(x) not in inside
            if often or ((long or deep) and _is_layer(x) and cost(x) >= 2):
                seen.add(text(x))
                chosen.append(("", x))
    if len(chosen) > MANY_NAMES or (len(chosen) < 2 and not long):
        chosen = [(name, x) for name, x in chosen if name]
    taken = set(derivation.symbols) | {x.name for x in derivation.directions.values()}
    taken |= set(derivation.parsed.sizes)
    found = []
    for i, (name, x) in enumerate(chosen, start=1):
        small = any(same(n, 1) for n in x.shape)
        name = name or next(
            label for letter in ("az" if small else "ZAM")
            if (label := f"{letter}_{i}") not in taken
        )  # fmt: skip
        found.append((Symbol(name, shape=x.shape), x))
    return found


def _is_layer(x: Expression) -> bool:
    """Whether x is a nonlinear function of what is computed: a layer's output."""
    if not isinstance(x, Application) or x.operation.rule.kind != "differential":
        return False
    along_an_axis = x.parameters.get("axis") is not None and x.shape == x.operands[0].shape
    return is_entrywise(x.name) or along_an_axis


def _is_array(x: Expression) -> bool:
    """Whether x is no number, not even as a matrix of one entry."""
    return not all(same(n, 1) for n in x.shape)


def _depth(term: Expression, varies: Callable[[Expression], bool]) -> int:
    """How many layers, one inside the other, a term has."""
    deepest: dict[int, int] = {}
    for x in _in_order(term):
        inside = max((deepest.get(id(o), 0) for o in x.operands), default=0)
        deepest[id(x)] = inside + (_is_layer(x) and x.shape != () and varies(x))
    return deepest.get(id(term), 0)


def _in_order(term: Expression) -> Iterator[Expression]:
    """The operations of a term, operands first, each once."""
    done: set[int] = set()

    def visit(x: Expression) -> Iterator[Expression]:
        if id(x) not in done and isinstance(x, Application):
            done.add(id(x))
            for operand in x.operands:
                yield from visit(operand)
            yield x

    return visit(term)


def _occurrences(term: Expression) -> Iterator[Expression]:
    """The operations of a term, as often as they are written; not beyond some hundreds."""
    waiting, left = [term], 600
    while waiting and left:
        x = waiting.pop()
        if isinstance(x, Application):
            left -= 1
            yield x
            waiting += x.operands


def _through_names(derivation: Any, named: Sequence[tuple[Symbol, Expression]]) -> list[Step]:
    """Forward the results that have names and their differentials, backward what stands beside."""
    names: dict[str, Expression] = {text(term.T): symbol.T for symbol, term in named}
    names |= {text(term): symbol for symbol, term in named}
    wrt = derivation.wrt
    found: list[Step] = []
    short: list[tuple[Symbol, Expression]] = []
    known: list[Symbol] = list(wrt)
    for symbol, term in named:
        own = {text(term), text(term.T)}
        body = _put(term, {t: s for t, s in names.items() if t not in own})
        found.append(Step(symbol.name, body, "a name for an intermediate result", of=term))
        for line in _differential_lines(f"d{symbol.name}", body, term, known, derivation):
            line.expression = _put(line.expression, _spellings([(symbol, body)]))
            found.append(line)
        short.append((symbol, body))
        known.append(symbol)
    body = _put(derivation.value, names)
    found.append(Step("f", body, "in these names", of=derivation.value))
    found += _differential_lines("df", body, derivation.value, known, derivation)
    if derivation.value.shape != ():
        return found
    return found + _backward(body, short, wrt, derivation)


def _backward(
    body: Expression, short: Sequence[tuple[Symbol, Expression]], wrt: Sequence[Symbol],
    derivation: Any,
) -> list[Step]:  # fmt: skip
    """Backpropagation: what stands beside the differential of each name, from the last one on."""
    beside: dict[str, Any] = {}
    found: list[Step] = []
    names = _spellings(short)

    def shortest(G: Expression) -> Expression:
        return _put(tidy(G, None, derivation.deadline), names)

    def collect(term: Expression, seed: Expression) -> None:
        everything = {x.name: Differential(x) for x in (*wrt, *(s for s, _ in short))}
        moved = differentiate(term, everything, {})
        for dname, G in pull_back([(moved, seed)], operator.add).items():
            beside[dname] = beside[dname] + G if dname in beside else G

    collect(body, Number(1))
    for symbol, term in reversed(short):
        G = beside.pop(f"d{symbol.name}", None)
        if G is None:
            continue
        name = Symbol(f"G_{symbol.name.rpartition('_')[2]}", shape=symbol.shape)
        reason = f"what stands beside d{symbol.name}: <{name.name}, d{symbol.name}>"
        found.append(Step(name.name, shortest(G), reason))
        collect(term, name)
    gradients = {
        x.name: shortest(beside[f"d{x.name}"]) for x in wrt if f"d{x.name}" in beside
    }  # fmt: skip
    moving = [x for x in wrt if x.name in gradients]
    found.append(_read_off(gradients, moving, derivation.value)[-1])
    full = {x.name: derivation.gradients[x.name] for x in moving}
    longest = max(LONG / 2, MUCH * sum(map(cost, gradients.values())))
    if sum(map(cost, full.values())) <= longest:
        last = paired([(full[x.name], x) for x in moving])
        if text(last) != text(found[-1].expression):
            found.append(Step("df", last, "without the names", of=derivation.value))
    return found


def _spellings(short: Sequence[tuple[Symbol, Expression]]) -> dict[str, Expression]:
    """The texts of intermediate results, as they stand and tidied, with their names."""
    found: dict[str, Expression] = {}
    for symbol, body in short:
        for x in (body, tidy(body)):
            found |= {text(x.T): symbol.T, text(x): symbol}
    return found


def _put(term: Expression, names: Mapping[str, Expression]) -> Expression:
    """The term with names in the place of what they stand for."""
    done: dict[int, Expression] = {}

    def put(x: Expression) -> Expression:
        if id(x) not in done:
            if isinstance(x, Application):
                symbol = names.get(text(x))
                done[id(x)] = symbol if symbol is not None and symbol.shape == x.shape else (
                    TABLE[x.name](*map(put, x.operands), **x.parameters)
                )  # fmt: skip
            else:
                done[id(x)] = x
        return done[id(x)]

    return put(term)


def varies_with(names: Container[str]) -> Callable[[Expression], bool]:
    """Whether a term depends on symbols of these names."""
    known: dict[int, tuple[Expression, bool]] = {}

    def varies(x: Any) -> bool:
        found = known.get(id(x))
        if found is None:
            if isinstance(x, Symbol):
                answer = x.name in names
            elif isinstance(x, Part):
                answer = varies(x.source)
            else:
                answer = isinstance(x, Differential) or any(map(varies, x.operands))
            known[id(x)] = found = x, answer
        return found[1]

    return varies
