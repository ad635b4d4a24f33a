"""Medians of candidates measured in turn, so that a drifting machine is fair to all of them."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One measured figure: what, the ratio, and the most it may be (None: for information)."""

    what: str
    ratio: float
    target: float | None
    at_least: bool = False


def medians(
    candidates: Mapping[str, Callable[[], Any]], rounds: int = 15, slice_seconds: float = 0.02
) -> dict[str, float]:
    """Median seconds of one call of each candidate.

    Parameters
    ----------
    candidates : mapping
        Name -> function without arguments.
    rounds : int
        How often each candidate has its turn.
    slice_seconds : float
        About how long a turn lasts; short calls are repeated within it.
    """
    repeats = {}
    for name, run in candidates.items():
        run()
        start = time.perf_counter()
        run()
        once = max(time.perf_counter() - start, 1e-7)
        repeats[name] = max(1, min(2000, int(slice_seconds / once)))
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                run()
            samples[name].append((time.perf_counter() - start) / repeats[name])
    return {name: statistics.median(values) for name, values in samples.items()}


def use_one_core() -> None:
    """Keep this process, and the threads its libraries start, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def show(rows: Iterable[Row]) -> None:
    """Print the rows as a table; a figure beyond its target is marked."""
    for row in rows:
        mark = ""
        if row.target is not None:
            missed = row.ratio < row.target if row.at_least else row.ratio > row.target
            sign = ">=" if row.at_least else "<="
            mark = f"  {sign} {row.target:g}{'  MISSED' if missed else ''}"
        print(f"{row.what:58s} {row.ratio:8.3f}{mark}", flush=True)
