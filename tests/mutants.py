"""Mutants: rules and transposes with one small error each, made from their source.

A mutant replaces one expression of a function by another one: a sign, a term, a factor, an order, a
transposition, a constant, a sibling function. It is put in place by exchanging the function's code
object, so that every reader of the rule sees it, and taken out again.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cases import OF_RULE

from lecturelib.table import (
    TABLE,
    elementwise,
    factorisations,
    linear,
    matrices,
    reductions,
    special,
)

SIBLINGS = {
    "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "tril": "triu", "triu": "tril",
    "exp": "expm1", "log": "log1p", "sqrt": "cbrt", "LN2": "LN10", "LN10": "LN2", "trace": "sum",
    "real": "imag", "imag": "real", "safe_reciprocal": "reciprocal", "zeros": "ones",
}  # fmt: skip
SWAPPED: dict[type, list[type]] = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult],
    ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE], ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is], ast.And: [ast.Or], ast.Or: [ast.And],
}  # fmt: skip

#: Calls whose arguments commute: exchanging them is no error.
COMMUTING = {"trace_product", "add", "multiply", "broadcast", "isinstance", "zip"}
#: Python's own functions: dropping one gives nonsense and not a plausible rule.
#: Outputs and inputs that are vectors or numbers: transposing them is no error.
FLAT = {
    "eigh": {"w"}, "eig": {"w"}, "svd": {"s"}, "reciprocal_gaps": {"w", "dw"}, "prod": {"Y"},
    "det": {"Y"}, "adjugate": {"D"}, "eigen_pinv": {"t"}, "matrix_power": {"k"},
    "power_frechet": {"k"}, "real_power": {"p"}, "real_power_frechet": {"p"}, "unvech": {"w"},
}  # fmt: skip
OPAQUE = {"range", "len", "tuple", "list", "set", "dict", "enumerate", "zip", "next", "int", "type"}


@dataclass(frozen=True)
class Mutant:
    """One wrong version of one function.

    Attributes
    ----------
    target : str
        What the error is in: the name of a rule or of a linear step.
    label : str
        Target and source, right and wrong: how a survivor is listed.
    function : types.FunctionType
        The function whose code is exchanged, if any.
    code : types.CodeType
    """

    target: str
    label: str
    function: Any
    code: Any

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        right = self.function.__code__
        self.function.__code__ = self.code
        try:
            yield
        finally:
            self.function.__code__ = right


@dataclass(frozen=True)
class WrongKind:
    """A rule entered as linear, multilinear or constant although it is another one of them."""

    target: str
    kind: str

    @property
    def label(self) -> str:
        return f"{self.target}: {TABLE[self.target].rule.kind} -> {self.kind}"

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        rule = TABLE[self.target].rule
        right = rule.kind
        rule.kind = self.kind
        try:
            yield
        finally:
            rule.kind = right


# -- One error at a time --------------------------------------------------------------------------


def variants(node: ast.AST, names: list[str], flat: set[str]) -> Iterator[ast.AST]:
    """The wrong expressions that may stand in place of one node."""
    if isinstance(node, ast.BinOp):
        for other in SWAPPED.get(type(node.op), []):
            yield ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, ast.MatMult):
            yield ast.BinOp(node.right, node.op, node.left)
        yield node.left
        if not isinstance(node.op, ast.Div | ast.Pow | ast.Mod | ast.FloorDiv):
            yield node.right
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in SWAPPED.get(type(node.ops[0]), []):
            yield ast.Compare(node.left, [other()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(SWAPPED[type(node.op)][0](), node.values)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int | float):
            yield ast.Constant(node.value + 1)
            if node.value > 1:
                yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Attribute) and node.attr in SIBLINGS:
        yield ast.Attribute(node.value, SIBLINGS[node.attr], ast.Load())
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in SIBLINGS:
            yield ast.Name(SIBLINGS[node.id], ast.Load())
        if node.id in names:
            if node.id not in flat:
                yield ast.Attribute(node, "T", ast.Load())
            alike = [name for name in names if name.startswith("d") == node.id.startswith("d")]
            yield from (ast.Name(name, ast.Load()) for name in alike if name != node.id)
    elif isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if called in OPAQUE:
            return
        positional = [a for a in node.args if not isinstance(a, ast.Starred)]
        if positional:
            yield positional[0]
        for i in range(len(positional) - 1):
            if called not in COMMUTING:
                swapped = [*positional]
                swapped[i : i + 2] = reversed(swapped[i : i + 2])
                yield ast.Call(node.func, swapped, node.keywords)
        for i, keyword in enumerate(node.keywords):
            rest = node.keywords[:i] + node.keywords[i + 1 :]
            yield ast.Call(node.func, node.args, rest)
            if keyword.arg == "axis":
                zero = ast.keyword("axis", ast.Constant(0))
                yield ast.Call(node.func, node.args, [*rest, zero])


def results(node: ast.expr) -> Iterator[ast.expr]:
    """A whole result with the wrong sign or the factor 2; a tuple of results entry by entry."""
    if isinstance(node, ast.Tuple):
        for i, entry in enumerate(node.elts):
            for wrong in results(entry):
                yield ast.Tuple([*node.elts[:i], wrong, *node.elts[i + 1 :]], ast.Load())
    elif not (isinstance(node, ast.Name) and node.id == "ZERO"):
        yield ast.UnaryOp(ast.USub(), node)
        yield ast.BinOp(ast.Constant(2.0), ast.Mult(), node)


class _Replace(ast.NodeTransformer):
    def __init__(self, place: int | None, wrong: ast.AST) -> None:
        self.place, self.wrong = place, wrong

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if getattr(node, "place", None) == self.place:
            return copy.deepcopy(self.wrong)
        return super().generic_visit(node)


def mutants_of(
    target: str, function: types.FunctionType, definition: ast.FunctionDef | ast.Lambda
) -> Iterator[Mutant]:
    """Every mutant of a function, from its source."""
    arguments = definition.args
    names = [argument.arg for argument in arguments.args]
    body = definition.body if isinstance(definition.body, list) else [ast.Return(definition.body)]
    body = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    right = ast.FunctionDef("mutant", arguments, body, [], None, None)
    right = copy.deepcopy(right)
    for place, node in enumerate(ast.walk(right)):
        node.place = place  # type: ignore[attr-defined]
    seen = {ast.dump(right)}
    for statement in ast.walk(ast.Module(right.body, [])):
        wrongs: list[ast.AST] = []
        if isinstance(statement, ast.Return | ast.Yield) and statement.value is not None:
            wrongs = [type(statement)(wrong) for wrong in results(statement.value)]
        wrongs += list(variants(statement, names, FLAT.get(target, set())))
        for wrong in wrongs:
            tree = _Replace(getattr(statement, "place", None), wrong).visit(copy.deepcopy(right))
            if ast.dump(tree) in seen:
                continue
            seen.add(ast.dump(tree))
            before = ast.unparse(ast.fix_missing_locations(copy.deepcopy(statement)))
            after = ast.unparse(ast.fix_missing_locations(copy.deepcopy(wrong)))
            line = _line_of(right, statement)
            around = _parent(right, statement)
            after += f" in {around}" if around and around != before else ""
            module = ast.Module([tree], [])
            namespace: dict[str, Any] = {}
            exec(compile(ast.fix_missing_locations(module), "<mutant>", "exec"), namespace)
            code = namespace["mutant"].__code__
            yield Mutant(target, f"{target}: {line}  [{before} -> {after}]", function, code)


def _parent(definition: ast.FunctionDef, node: ast.AST) -> str:
    """The expression around a node: two equal mutants of one line differ in their labels."""
    for parent in ast.walk(definition):
        if isinstance(parent, ast.expr) and node in ast.iter_child_nodes(parent):
            return ast.unparse(ast.fix_missing_locations(copy.deepcopy(parent)))
    return ""


def _line_of(definition: ast.FunctionDef, node: ast.AST) -> str:
    """The statement of a function that holds a node; of an ``if`` or ``for`` its first line."""
    line = ""
    for statement in ast.walk(ast.Module(definition.body, [])):
        if isinstance(statement, ast.stmt):
            if any(n.place == node.place for n in ast.walk(statement)):  # type: ignore[attr-defined]
                line = ast.unparse(ast.fix_missing_locations(copy.deepcopy(statement)))
    return line.partition("\n")[0]


# -- What is mutated ------------------------------------------------------------------------------


MODULES = (linear, elementwise, special, reductions, matrices, factorisations)


def definitions(module: types.ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


SOURCE = {name: node for module in MODULES for name, node in definitions(module).items()}


def of_rules() -> dict[str, list[Any]]:
    """rule -> its mutants: of its differential, of its helpers, of its kind."""
    kinds = {"linear": ["constant"], "multilinear": ["linear"], "constant": ["linear"]}
    mutants: dict[str, list[Any]] = {}
    for name in OF_RULE:
        rule = TABLE[name].rule
        if rule.differential is None:
            mutants[name] = [WrongKind(name, kind) for kind in kinds[rule.kind]]
        else:
            mutants[name] = list(mutants_of(name, rule.differential, SOURCE[name]))
    symmetric = ["eigh", "cholesky", "eigenvector_max", "eigenvector_min", "eigen_pinv"]
    helpers = {"sym": symmetric, "eigenvector_gauge": ["eig"]}
    for helper, users in helpers.items():
        for user in users:
            mutants[user] += mutants_of(user, getattr(factorisations, helper), SOURCE[helper])
    return mutants


def entries() -> Iterator[tuple[str, ast.Call]]:
    """The calls that enter operations, by the operation's name."""
    for module in MODULES:
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                first = node.value.args[:1]
                if first and isinstance(first[0], ast.Constant):
                    yield str(first[0].value), node.value
            elif isinstance(node, ast.FunctionDef):
                yield from (
                    (node.name, call) for call in node.decorator_list if isinstance(call, ast.Call)
                )


#: What transposes have in common -> an operation through whose cases it is judged.
SHARED = {"like": "add", "spread": "sum", "turn": "matmul", "_on_the_diagonal": "diagonal",
          "_columns": "matmul", "_rows": "matmul", "_times_vectors": "matmul",
          "each": "trace_product"}  # fmt: skip


def of_transposes() -> dict[str, list[Mutant]]:
    """operation -> mutants of its transposes."""
    mutants: dict[str, list[Mutant]] = {}
    for name, call in entries():
        if name not in OF_RULE:
            continue
        given = [k.value for k in call.keywords if k.arg == "transposes"]
        if not given:
            continue
        functions = TABLE[name].rule.transposes
        functions = functions if isinstance(functions, tuple) else (functions,)
        nodes = given[0].elts if isinstance(given[0], ast.Tuple) else [given[0]]
        mutants[name] = []
        for function, node in zip(functions, nodes, strict=True):
            if function is None or getattr(function, "__name__", "") in ("like", "spread"):
                continue
            definition = node if isinstance(node, ast.Lambda) else SOURCE[node.id]  # type: ignore
            mutants[name] += mutants_of(name, function, definition)
    for helper, name in SHARED.items():
        mutants[name] += mutants_of(name, getattr(linear, helper), SOURCE[helper])
    return mutants


# -- Judgement ------------------------------------------------------------------------------------


def survives(mutant: Any, suite: list[Callable[[], None]]) -> bool:
    """Whether every referee of a suite lets a mutant pass. An exception is a death too."""
    with mutant.in_place():
        for referee in suite:
            try:
                referee()
            except Exception:
                return False
    return True
