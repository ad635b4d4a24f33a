"""`least_squares` on a tall matrix against `numpy.linalg.lstsq`: time, accuracy, memory."""

from __future__ import annotations

import tracemalloc
from typing import cast

import numpy as np

from benchmarks.timing import Row, medians
from lecturelib import least_squares


def problem(m, n, seed=0, noise=0.0):
    """X of condition 1e6 with columns of like size, weights w, and y = X w + noise."""
    rng = np.random.default_rng(seed)
    V = np.linalg.qr(rng.standard_normal((n, n)))[0]
    X = rng.standard_normal((m, n)) * np.logspace(0, -6, n) @ V
    w = rng.standard_normal(n)
    return X, w, X @ w + noise * rng.standard_normal(m)


def solve(X, y, method):
    """What is timed: the weights and the sum of squares; the finite check is part of it."""
    fit = least_squares(X, y, method)
    return fit.w, fit.sse


def accuracy(m=1_000_000):
    """Error of w, ours over lstsq's: without noise, where w is known, and with noise.

    With noise the reference is lstsq's w after a few steps of iterative refinement in extended
    precision. The errors scatter: hence geometric means, and the ratio to cond * eps besides.
    """
    clean, noisy, bounds, sums = [], [], [], []
    for seed in range(6):
        X, w, y = problem(m, 20, seed)
        ours, theirs = least_squares(X, y).w, np.linalg.lstsq(X, y)[0]
        clean.append(np.linalg.norm(ours - w) / np.linalg.norm(theirs - w))
        bounds.append(np.linalg.norm(ours - w) / np.linalg.norm(w) / (1e6 * np.finfo(float).eps))
        X, w, y = problem(m, 20, seed, noise=1e-3)
        fit, (theirs, sse, *_) = least_squares(X, y), np.linalg.lstsq(X, y)
        exact = refined(X, y, theirs)
        noisy.append(float(np.linalg.norm(fit.w - exact) / np.linalg.norm(theirs - exact)))
        sums.append(abs(fit.sse / sse[0] - 1))
    return [
        Row("error of w, qr / lstsq, cond 1e6, no noise", geometric_mean(clean), 1.0),
        Row("error of w, qr / lstsq, cond 1e6, noise", geometric_mean(noisy), 1.0),
        Row("error of w, qr / (cond * eps)", max(bounds), 0.1),
        Row("sse, qr against lstsq: relative difference / 1e-12", max(sums) / 1e-12, 1.0),
    ]


def refined(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The minimiser to more digits than float64 has."""
    R = cast(np.ndarray, np.linalg.qr(X, mode="r"))  # NumPy's stub knows no modes
    X_long, y_long, w = (a.astype(np.longdouble) for a in (X, y, w))
    for _ in range(4):
        g = (X_long.T @ (y_long - X_long @ w)).astype(float)
        w = w + np.linalg.solve(R, np.linalg.solve(R.T, g))
    return w


def geometric_mean(values):
    return float(np.exp(np.mean(np.log(values))))


def table():
    """The rows of this benchmark."""
    m, n = 1_000_000, 20
    X, _, y = problem(m, n, noise=1e-3)
    time = medians(
        {
            "lstsq": lambda: np.linalg.lstsq(X, y),
            "qr": lambda: solve(X, y, "qr"),
            "normal": lambda: solve(X, y, "normal"),
            "svd": lambda: solve(X, y, "svd"),
        },
        rounds=7,
    )
    size = f"{m} x {n}"
    rows = [
        Row(f"least_squares qr / numpy lstsq, {size}", time["qr"] / time["lstsq"], 0.35),
        Row(f"least_squares normal / numpy lstsq, {size}", time["normal"] / time["lstsq"], 0.1),
        Row(f"least_squares svd / numpy lstsq, {size}", time["svd"] / time["lstsq"], None),
    ]
    for method in ("qr", "normal"):
        tracemalloc.start()
        solve(X, y, method)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows.append(Row(f"extra memory / X, {method}, {size}", peak / X.nbytes, 0.05))
    return rows + accuracy()


if __name__ == "__main__":
    from benchmarks.timing import show, use_one_core

    use_one_core()
    show(table())
