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
Taylor series, a recorded linear quantity, a term), so rules are written in terms of each other.

`operation` says what an entry holds, `shapes` what becomes of shapes. The entries stand in
`linear`, `elementwise`, `special`, `reductions`, `matrices` and `factorisations`. All of it needs
the standard library only. ``print(lecturelib.rules)`` shows the table.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from . import (  # noqa: F401 (enter)
    elementwise,
    factorisations,
    linear,
    matrices,
    reductions,
    special,
)
from .operation import (
    HELPERS,
    OUTSIDE,
    TABLE,
    ZERO,
    NoTransposeError,
    Operation,
    Rule,
    Zero,
)

__all__ = ["HELPERS", "OUTSIDE", "TABLE", "ZERO", "NoTransposeError", "Operation", "Rule", "Zero"]

LN2, LN10 = elementwise.LN2, elementwise.LN10


def __getattr__(name: str) -> Any:
    if name in TABLE:
        return TABLE[name]
    raise AttributeError(
        f"The table has no operation {name!r}; print(lecturelib.rules) lists what it has."
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *TABLE})


class _PrintedTable(types.ModuleType):
    """This module, which prints as its table."""

    def __repr__(self) -> str:
        from ..symbols import rule_table

        return rule_table()

    def _repr_markdown_(self) -> str:
        from ..symbols import rule_table

        return rule_table(markdown=True)


sys.modules[__name__].__class__ = _PrintedTable
