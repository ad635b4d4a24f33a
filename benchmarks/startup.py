"""A fresh process, from start to its first gradient, over one that only imports NumPy."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from benchmarks.timing import Row, medians

FIRST_GRADIENT = """
import numpy
from lecturelib import gradient
gradient(lambda X: numpy.linalg.slogdet(X)[1], [[2.0, 1.0], [0.0, 3.0]])
"""


def table():
    """The milliseconds that a first gradient adds to `import numpy`."""
    candidates = {
        name: partial(subprocess.run, [sys.executable, "-c", code], check=True)
        for name, code in {"numpy": "import numpy", "ours": FIRST_GRADIENT}.items()
    }
    time = medians(candidates, rounds=21)
    added = 1000 * (time["ours"] - time["numpy"])
    return [Row("first gradient in a fresh process, ms over import numpy", added, 50.0)]


if __name__ == "__main__":
    from benchmarks.timing import show

    show(table())
