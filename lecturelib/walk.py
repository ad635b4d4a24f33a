"""The one walk backwards: from what is paired with outputs to what is paired with the inputs.

A step is an operation of the table and its operands: recorded on arrays or Taylor series, or a
term. If ``<G, L(x)>`` is the contribution of a step, the transpose of L in the table says what
stands beside x. Gradients, adjoints, Hessians and printed gradients come from this walk.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from .table import ZERO
from .table.shapes import shape_of, written


def steps(outputs: Iterable[Any]) -> list[Any]:
    """The varying steps that lead to the outputs, operands before what uses them."""
    found = {output.index: output for output in outputs}
    waiting = list(found.values())
    while waiting:
        for x in waiting.pop().operands:
            if getattr(x, "varies", False) and x.index not in found:
                found[x.index] = x
                waiting.append(x)
    return [found[index] for index in sorted(found)]


def backward(
    results: Iterable[tuple[Any, Any]],
    plus: Callable[[Any, Any], Any] = operator.add,
    fit: Callable[[Any, Any, str], Any] | None = None,
    is_input: Callable[[Any], bool] = lambda step: not step.operands,
) -> list[tuple[Any, Any]]:
    """What stands beside each input when the sum of ``<G, result>`` is rearranged.

    Parameters
    ----------
    results : iterable of pairs
        Steps that are linear in what varies, each with its G.
    plus : callable, optional
        How two contributions are added.
    fit : callable, optional
        ``fit(G, x, name)`` gives a contribution in the shape of x, where the transpose of the
        operation of this name gave it in another one; without it that is refused.
    is_input : callable, optional
        Whether the walk ends at a step; where it has no operands, if not given.

    Returns
    -------
    list of pairs
        The inputs, each with what stands beside it.
    """
    beside: dict[int, tuple[Any, Any]] = {}
    order: list[int] = []

    def contribute(step: Any, G: Any) -> None:
        if G is ZERO:
            return
        known = beside.get(step.index)
        if known is None:
            heappush(order, -step.index)
        beside[step.index] = (step, G if known is None else plus(G, known[1]))

    for step, G in results:
        contribute(step, G)
    inputs = []
    while order:
        step, G = beside.pop(-heappop(order))
        if is_input(step):
            inputs.append((step, G))
            continue
        rule = step.operation.rule
        for i, x in enumerate(step.operands):
            if getattr(x, "varies", False):
                part = rule.transposed(i, G, step.operands, step.parameters)
                if part is not ZERO and shape_of(part) != x.shape:
                    part = (fit or refuse)(part, x, rule.name)
                contribute(x, part)
    return inputs


def refuse(G: Any, x: Any, name: str) -> Any:
    """A transpose hands back what has the shape of the input."""
    raise ValueError(
        f"The transpose of {name!r} gives an array of shape {written(shape_of(G))} for an input of "
        f"shape {written(x.shape)}; it must have the input's shape. Mend the entry's transposes."
    )
