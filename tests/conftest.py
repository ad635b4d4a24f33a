"""What all tests share: the seed, and how long hypothesis searches.

A plain run is the same every time. ``COURSE_SEED=...`` (set afresh by ``make test-full``) draws
other matrices and lets hypothesis search longer; the seed is printed, and repeats the run.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from lecturelib.table import TABLE
from lecturelib.table.operation import ANSWERS

FRESH = "COURSE_SEED" in os.environ

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
