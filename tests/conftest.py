"""What all tests share: the seed, and how long hypothesis searches.

A plain run is the same every time. ``COURSE_SEED=...`` (set afresh by ``make test-full``) draws
other matrices and lets hypothesis search longer; the seed is printed, and repeats the run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from lecturelib.table import TABLE
from lecturelib.table.operation import ANSWERS

FRESH = "COURSE_SEED" in os.environ
TESTS = Path(__file__).parent

# No deadlines: how long an example takes says nothing about whether it holds. No database: a run
# depends on the seed and on nothing that an earlier run left behind.
COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("plain", derandomize=True, max_examples=60, **COMMON)
settings.register_profile("fresh", max_examples=300, **COMMON)
settings.load_profile("fresh" if FRESH else "plain")


#: Tests that are the same whatever the seed is: `make test-full` need not run them again.
STEADY = (
    "site", "figures", "test_code.py", "test_course.py", "test_docstrings.py", "test_exact.py",
    "test_notebook_tool.py", "test_outsiders.py", "test_own_operations.py", "test_parse.py",
    "test_problem.py", "test_project.py", "test_slips.py", "test_tails.py", "test_traced.py",
    "derivations/test_derive.py",
)  # fmt: skip


#: Tests of plain Python, without arrays: another machine's kernels change nothing in them. To
#: follow each of their lines for the coverage takes four times as long as to run it.
PLAIN = (
    "derivations/test_derive.py", "derivations/test_mutants_normal.py",
    "derivations/test_random.py", "test_compare.py", "test_problem.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(TESTS / name) for name in PLAIN):
            item.add_marker(pytest.mark.plain)
            item.add_marker(pytest.mark.no_cover)
        if any(item.path.is_relative_to(TESTS / name) for name in STEADY):
            item.add_marker(pytest.mark.steady)


def pytest_report_header() -> str:
    if FRESH:
        return f"COURSE_SEED={os.environ['COURSE_SEED']} (repeat this run with the same value)"
    return "fixed seeds; COURSE_SEED=... draws others"


@pytest.fixture(autouse=True)
def own_entries_end_with_their_test():
    """What a test enters into the table is gone in the next one."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)
    ANSWERS.clear()
