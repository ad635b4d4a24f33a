"""The homework's tests need otter-grader and bubblewrap, and fail where they are missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))


def pytest_sessionstart(session: pytest.Session) -> None:
    if importlib.util.find_spec("otter") is None or importlib.util.find_spec("distributed") is None:
        pytest.exit(
            "otter-grader or Dask is not installed: "
            ".venv/bin/pip install -r requirements-homework.txt",
            returncode=1,
        )
    from grader.sandbox import bubblewrap_fault

    if fault := bubblewrap_fault():
        pytest.exit(
            f"{fault}; the homework is graded in its sandbox: apt-get install bubblewrap "
            "(a container must allow it: docker run --privileged)",
            returncode=1,
        )
    if not hasattr(session.config, "workerinput"):  # once, and not on each of xdist's workers
        from built import build_all

        build_all()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(os.environ.get("COURSE_TEST_CLASSES", ""), ignore_errors=True)
