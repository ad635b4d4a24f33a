"""How strong the evidence of the claims is, for the ledger: python tools/evidence.py

It writes chapters/reference/ledger.toml: for each claim how many mutants of its terms its referees
reject, and outside which of its conditions it was seen to fail. `make test-full` counts again.

A claim's check computes the right side of its statement as the argument `stated` of a `Check`, or
of a helper that makes one. A mutant drops one term of that expression in the source, or scales it,
and the check is run again; draws and referees stay as they are. A referee that has nothing to say
against a mutant on any draw does not see that term.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import json
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from lecturelib.claims import Check, checking, records

FILE = Path(__file__).parent.parent / "chapters" / "reference" / "ledger.toml"
HEAD = "# Written by tools/evidence.py: mutants of its terms, all rejected; where it fails.\n"

#: A term that referees cannot see, because the claim says that they cannot.
UNSEEN = {("eq-20-hessian-general", "S"): "a quadratic form does not see the skew part"}

#: What a term is multiplied by: once too often, and with the other sign.
FACTORS = (2, -1)

#: The name under which a mutant finds `times`.
TIMES = "_times_"


def times(factor: int, value: Any) -> Any:
    """A number or an array of numbers, scaled; of anything else, the value itself."""
    array = np.asarray(value)
    return array * factor if array.dtype.kind in "iufcO" else value


@dataclass
class Place:
    """Where an expression stands in a syntax tree."""

    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        return self.holder[self.key] if self._listed else getattr(self.holder, self.key)

    @value.setter
    def value(self, new: ast.expr) -> None:
        if self._listed:
            self.holder[self.key] = new
        else:
            setattr(self.holder, self.key, new)

    @property
    def _listed(self) -> bool:
        return isinstance(self.holder, list)

    def inside(self) -> Iterator[Place]:
        """This place and all below it, but for those of indices, whose sums are no terms."""
        yield self
        for name, below in ast.iter_fields(self.value):
            if isinstance(below, ast.expr) and name != "slice":
                yield from Place(self.value, name).inside()
            elif isinstance(below, list):
                for k, item in enumerate(below):
                    if isinstance(item, ast.expr):
                        yield from Place(below, k).inside()
                    elif isinstance(item, ast.keyword):
                        yield from Place(item, "value").inside()


@dataclass(frozen=True)
class Mutant:
    """One term of one `stated`, changed."""

    what: str  #: for a reader: "drops dX.T @ X"
    right: FunctionType  #: the function with the statement
    wrong: FunctionType = field(compare=False)


def mutants(claim_id: str) -> Iterator[Mutant]:
    """Every mutant of a claim's check, and of the helpers that make one for it."""
    judge, _ = checking.judge_of(claim_id)
    for function in _functions(judge):
        names = function.__globals__
        source = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        assert isinstance(source, ast.FunctionDef)
        source.decorator_list = []
        for k in range(len(_changes(source, names))):
            tree = copy.deepcopy(source)
            what = _changes(tree, names)[k]()
            module = ast.fix_missing_locations(ast.Module(body=[tree], type_ignores=[]))
            scope = {**names, TIMES: times}
            with warnings.catch_warnings(action="ignore", category=SyntaxWarning):  # 1[:, None]
                exec(compile(module, f"<{claim_id}: {what}>", "exec"), scope)
            yield Mutant(what, function, scope[source.name])


def _functions(judge: Any) -> list[FunctionType]:
    """The function that checks a claim, and those it calls that make a check themselves."""
    found = [judge]
    for function in found:
        for name in function.__code__.co_names + tuple(
            name
            for constant in function.__code__.co_consts
            if inspect.iscode(constant)
            for name in constant.co_names
        ):
            known = function.__globals__.get(name)
            if (
                isinstance(known, FunctionType)
                and known not in found
                and "Check" in known.__code__.co_names
                and known.__module__ != checking.__name__
            ):
                found.append(known)
    return found


def _changes(function: ast.FunctionDef, names: dict[str, Any]) -> list[Callable[[], str]]:
    """What can be changed in a function, in a fixed order; each is done by calling it, once."""
    changes: list[Callable[[], str]] = []
    for stated in _stated(function, names):
        sums = [
            place
            for place in stated.inside()
            if isinstance(place.value, ast.BinOp) and isinstance(place.value.op, ast.Add | ast.Sub)
        ]
        terms = [Place(place.value, side) for place in sums for side in ("left", "right")]
        changes += [
            partial(_scale, term, factor) for term in terms or [stated] for factor in FACTORS
        ]
        changes += [partial(_drop, place, side) for place in sums for side in ("left", "right")]
    return changes


def _scale(term: Place, factor: int) -> str:
    right = term.value
    name = ast.Name(TIMES, ast.Load())
    term.value = ast.Call(name, [ast.Constant(factor), right], [])
    return f"{factor} times {ast.unparse(right)}"


def _drop(place: Place, side: str) -> str:
    total = place.value
    gone, kept = getattr(total, side), total.right if side == "left" else total.left
    negative = side == "left" and isinstance(total.op, ast.Sub)
    place.value = ast.UnaryOp(ast.USub(), kept) if negative else kept
    return f"drops {ast.unparse(gone)}"


def _stated(function: ast.FunctionDef, names: dict[str, Any]) -> Iterator[Place]:
    """The expressions that are passed as `stated`, those of a list one by one.

    A name is replaced by what is assigned to it, so that a mutant changes the statement and nothing
    else; unless that is drawn, and would be drawn a second time.
    """
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
        for place in _arguments(call, names):
            known = assigned.get(getattr(place.value, "id", ""), [])
            if len(known) == 1 and "rng" not in ast.unparse(known[0]):
                place.value = copy.deepcopy(known[0])
            yield from _elements(place)


def _arguments(call: ast.Call, names: dict[str, Any]) -> Iterator[Place]:
    known = names.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if not inspect.isfunction(known) and known is not Check:
        return
    parameters = list(inspect.signature(known).parameters)
    if "stated" in parameters:
        yield from (Place(word, "value") for word in call.keywords if word.arg == "stated")
        if parameters.index("stated") < len(call.args):
            yield Place(call.args, parameters.index("stated"))


def _elements(place: Place) -> Iterator[Place]:
    value = place.value
    if isinstance(value, ast.List | ast.Tuple):
        for k in range(len(value.elts)):
            yield from _elements(Place(value.elts, k))
    elif isinstance(value, ast.Lambda):
        yield from _elements(Place(value, "body"))
    elif isinstance(value, ast.ListComp | ast.GeneratorExp):
        yield from _elements(Place(value, "elt"))
    elif isinstance(value, ast.Call) and ast.unparse(value.func) == "np.array":
        yield from _elements(Place(value.args, 0))
    elif not isinstance(value, ast.Constant | ast.Compare | ast.BoolOp | ast.JoinedStr):
        yield place


@contextlib.contextmanager
def _in_place_of(right: FunctionType, wrong: FunctionType) -> Iterator[None]:
    """Let every module of the claims find the one function instead of the other."""
    changed = [
        (module, name)
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith("lecturelib.claims")
        for name, value in vars(module).items()
        if value is right
    ]
    try:
        for module, name in changed:
            setattr(module, name, wrong)
        yield
    finally:
        for module, name in changed:
            setattr(module, name, right)


def _differ(before: Any, after: Any) -> bool:
    try:
        return bool(checking._gap(before, after))
    except ValueError:  # lists of another form
        return True


def who_is_silent(claim_id: str, mutant: Mutant) -> set[str] | None:
    """The referees that see nothing wrong with a mutant on any draw.

    None if no draw evaluates the statement to something else: then it is no mutant.
    """
    judge, draws = checking.judge_of(claim_id)
    seen: dict[tuple[int, str], bool] = {}
    for draw in range(draws):
        right = checking.checks(claim_id, draw)
        with _in_place_of(mutant.right, mutant.wrong), np.errstate(all="ignore"):
            run = mutant.wrong if mutant.right is judge else judge
            try:
                wrong = list(run(checking.numbers(claim_id, draw)))
            except Exception:
                return set()  # it can't even be evaluated
        for k, (before, after) in enumerate(zip(right, wrong, strict=True)):
            if not _differ(before.stated, after.stated):
                continue
            for name in after.referees:
                only = Check(after.stated, {name: after.referees[name]}, bounds=after.bounds)
                seen[k, name] = seen.get((k, name), False) or any(only.faults())
    return {name for (_, name), rejected in seen.items() if not rejected} if seen else None


def rejected(claim_id: str) -> tuple[int, list[str]]:
    """How many mutants of a claim every referee rejects, and what is wrong with the others."""
    count, alive = 0, []
    for mutant in mutants(claim_id):
        silent = who_is_silent(claim_id, mutant)
        if silent and not any(
            claim_id == known and mutant.what.endswith(f" {term}") for known, term in UNSEEN
        ):
            alive.append(f"{mutant.what}: not seen by {', '.join(sorted(silent))}")
        count += silent == set()
    return count, alive


def main() -> None:
    lines = [HEAD]
    for known in records().values():
        if not known.uncheckable:
            count, alive = rejected(known.id)
            if alive:
                raise SystemExit(
                    f"{known.id}: a mutant of its terms is alive.\n" + "\n".join(alive)
                )
            lines.append(f"\n[{known.id}]\nmutants = {count}\n")
            if outside := [what for what, _ in checking.outside_of(known.id)]:
                lines.append(f"outside = {json.dumps(outside, ensure_ascii=False)}\n")
    FILE.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
