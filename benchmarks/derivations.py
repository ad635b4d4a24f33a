"""`derive` against SymPy's derivative of a trace, and its times over the textbook's problems."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import sympy
from sympy.core.cache import clear_cache

from benchmarks.timing import Row, medians
from lecturelib import derive
from lecturelib.symbols.problem import KINDS, problem

sys.path.append(str(Path(__file__).parents[1] / "tests" / "derivations"))

from textbook import problems  # noqa: E402 (the problems of the tests, found by their folder)

#: How many factors the trace has: half of them X and X' in turn.
FACTORS = 12


def by_derive() -> str:
    """The gradient of tr(A1*X*A2*X'*...) from its text, read and tidied."""
    factors = [f"A{k + 1}*X" + "'" * (k % 2) for k in range(FACTORS // 2)]
    where = "; ".join(["X: n x n", *(f"A{k + 1}: n x n" for k in range(FACTORS // 2))])
    return str(derive(f"tr({'*'.join(factors)})", "X", where).gradient)


def by_sympy() -> sympy.MatrixExpr:
    """The same by SymPy, from symbols that are made anew."""
    n = sympy.Symbol("n")
    X = sympy.MatrixSymbol("X", n, n)
    inside = sympy.Identity(n)
    for k in range(FACTORS // 2):
        inside = inside * sympy.MatrixSymbol(f"A{k + 1}", n, n) * (X.T if k % 2 else X)
    return sympy.Trace(inside).diff(X)


def against_sympy() -> list[Row]:
    """SymPy with the cache that its calls leave behind, and, as who asks once has it, without."""

    def once() -> sympy.MatrixExpr:
        clear_cache()
        return by_sympy()

    assert by_derive().count("+") == str(by_sympy()).count("+") == FACTORS // 2 - 1
    seconds = medians({"ours": by_derive, "warm": by_sympy, "cleared": once}, rounds=9)
    return [
        Row(f"SymPy / derive, {FACTORS}-factor trace, SymPy's cache {cache}",
            seconds[cache] / seconds["ours"], 20.0, at_least=True)
        for cache in ("warm", "cleared")
    ]  # fmt: skip


def textbook() -> list[Row]:
    """Milliseconds a problem: from its text to the answer as text, and for the check."""
    answers, checks = [], []
    for _, _, where, wrt, expression, kind, _ in problems():

        def answer(wrt=wrt, expression=expression, where=where, kind=kind):
            return str(getattr(derive(expression, wrt, where), kind))

        answers.append(min(_milliseconds(answer) for _ in range(3)))
        checks.append(_milliseconds(derive(expression, wrt, where).check))
    n = len(answers)
    return [
        Row(f"derive, median of {n} problems, ms", statistics.median(answers), 3.0),
        Row(
            f"derive, 99 % of {n} problems within, ms",
            statistics.quantiles(answers, n=100)[98],
            50.0,
        ),
        Row(f"check, median of {n} problems, ms", statistics.median(checks), 100.0),
    ]


def practice() -> list[Row]:
    """Milliseconds that a problem to practise on takes, and its traps."""
    makings, traps = [], []
    for kind, difficulty, seed in product(KINDS[:-1], (1, 2, 3), range(5)):
        makings.append(_milliseconds(partial(problem, kind, difficulty, seed)))
        traps.append(_milliseconds(partial(getattr, problem(kind, difficulty, seed), "traps")))
    return [
        Row(f"problem, median of {len(makings)}, ms", statistics.median(makings), 30.0),
        Row(f"its traps, median of {len(traps)}, ms", statistics.median(traps), None),
    ]


def _milliseconds(run: Callable[[], Any]) -> float:
    """Of the processor: what else runs on the machine does not count."""
    start = time.process_time()
    run()
    return 1000 * (time.process_time() - start)


def table() -> list[Row]:
    """The rows of this benchmark."""
    return [*against_sympy(), *textbook(), *practice()]


if __name__ == "__main__":
    from benchmarks.timing import show

    show(table())
