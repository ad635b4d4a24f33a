"""Figures of chapter 3: Taylor remainders, quadratic forms, fits, landscapes, descents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..leastsquares import polynomial_design
from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "blocks",
    "descents",
    "fit",
    "landscapes",
    "projections",
    "quadratic_forms",
    "squares",
    "taylor_remainders",
]


def taylor_remainders(
    f: Callable[[Any], Any], x: Any, h: Any, predictions: Mapping[str, Sequence[float]]
) -> Figure:
    """What each prediction of f(x + th) misses, against t, on logarithmic axes.

    Parameters
    ----------
    f : callable
        Scalar-valued.
    x, h : array_like
        Point and direction.
    predictions : mapping
        Label -> the coefficients of 1, t, t^2, ... of the prediction.
    """
    figure, axes = panels(6.0, 3.6)
    t = 2.0 ** -np.arange(1.0, 12.0)
    values = np.array([float(f(np.asarray(x) + s * np.asarray(h))) for s in t])
    for (label, c), color in zip(predictions.items(), (GREEN, RUST, BLUE, INK), strict=False):
        missed = np.abs(values - polynomial_design(t, len(c) - 1) @ c)
        slope = np.log2(missed[-2] / missed[-1])
        axes.loglog(t, missed, "o-", color=color, ms=4)
        axes.annotate(
            f"{label}\nslope {slope:.1f}",
            (t[-1], missed[-1]),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=color,
        )
    axes.set(xlabel="step $t$", ylabel="missed by")
    axes.set_xlim(left=t[-1] / 30)  # room for the labels
    return figure


def quadratic_forms(forms: Mapping[str, Any]) -> Figure:
    """Level lines of x^T A x for 2 x 2 matrices: blue above zero, rust below, dark at zero.

    Parameters
    ----------
    forms : mapping
        Title of a panel -> A, symmetric.
    """
    figure, grid = panels(6.6, 2.6, len(forms), sharex=True, sharey=True, squeeze=False)
    a, b = np.meshgrid(np.linspace(-1.5, 1.5, 151), np.linspace(-1.5, 1.5, 151))
    levels = np.array([0.25, 1.0, 2.25, 4.0, 6.25])
    for axes, (title, A) in zip(grid[0], forms.items(), strict=True):
        A = np.asarray(A, dtype=float)
        values = A[0, 0] * a * a + 2 * A[0, 1] * a * b + A[1, 1] * b * b
        for sign, color in ((1, BLUE), (-1, RUST)):
            if (sign * values).max() > levels[0]:
                axes.contour(a, b, sign * values, levels=levels, colors=color, linewidths=1.2)
        # the form is zero where the eigenvalues' contributions cancel: a point, one line, or two
        eigenvalues, V = np.linalg.eigh(A)
        low, high = eigenvalues.round(12)
        if low <= 0 <= high:
            for sign in (1, -1):
                slope = np.sqrt(max(high, 0)) * V[:, 0] + sign * np.sqrt(max(-low, 0)) * V[:, 1]
                axes.axline((0, 0), slope, color=INK, linewidth=1.6)
        axes.plot(0, 0, "o", color=INK, ms=5)
        axes.set(title=title, xlabel="$x_1$", xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$x_2$")
    return figure


def blocks(matrices: Mapping[str, Any], size: Mapping[str, tuple[int, int]]) -> Figure:
    """Matrices as coloured squares, blue above zero and rust below, cut into blocks.

    Parameters
    ----------
    matrices : mapping
        Title of a panel -> matrix.
    size : mapping
        Title of a panel -> rows and columns of a block.
    """
    from matplotlib.colors import LinearSegmentedColormap

    colors = LinearSegmentedColormap.from_list("course", [RUST, GROUND, BLUE])
    figure, grid = panels(6.4, 3.4, len(matrices), squeeze=False)
    for axes, (title, M) in zip(grid[0], matrices.items(), strict=True):
        M = np.asarray(M, dtype=float)
        largest = np.abs(M).max()
        axes.imshow(M, cmap=colors, vmin=-largest, vmax=largest)
        rows, columns = size[title]
        for cut in np.arange(rows, len(M), rows) - 0.5:
            axes.axhline(cut, color=INK, linewidth=1)
        for cut in np.arange(columns, M.shape[1], columns) - 0.5:
            axes.axvline(cut, color=INK, linewidth=1)
        axes.set(title=title, xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(True)
    return figure


def fit(x: Any, y: Any, *coefficients: Any) -> Figure:
    """Points, and polynomials ``w[0] + w[1] x + ...``; with a single one, the residuals too.

    Parameters
    ----------
    x, y : array_like, shape (m,)
        The points.
    *coefficients : array_like, shape (n,)
        A polynomial each, the constant first.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    figure, axes = panels(6.0, 3.5)
    margin = 0.08 * (x.max() - x.min())
    line = np.linspace(x.min() - margin, x.max() + margin, 200)
    for w, color in zip(coefficients, (BLUE, GREEN, RUST), strict=False):
        axes.plot(line, polynomial_design(line, len(w) - 1) @ w, color=color, zorder=2)
    if len(coefficients) == 1:
        fitted = polynomial_design(x, len(coefficients[0]) - 1) @ coefficients[0]
        axes.vlines(x, y, fitted, color=RUST, linewidth=3, zorder=3)
    axes.plot(x, y, "o", color=INK, markersize=5.5, zorder=4)
    axes.set(xlabel="$x$", ylabel="$y$")
    return figure


def squares(x: Any, y: Any, lines: Mapping[str, Any]) -> Figure:
    """For each line, the residuals drawn as squares: their total area is the sum of squares.

    Parameters
    ----------
    x, y : array_like, shape (m,)
        The points.
    lines : mapping
        Title of a panel -> the line's two coefficients, the constant first.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    figure, grid = panels(6.4, 2.4, len(lines), sharex=True, sharey=True, squeeze=False)
    for axes, (title, w) in zip(grid[0], lines.items(), strict=True):
        fitted = w[0] + w[1] * x
        for a, top, side in zip(x, np.maximum(y, fitted), np.abs(y - fitted), strict=True):
            left = a if a < x.mean() else a - side  # towards the middle, to keep the panel narrow
            corners = [left, left + side, left + side, left], [top, top, top - side, top - side]
            axes.fill(*corners, facecolor=RUST, alpha=0.22, edgecolor=RUST, linewidth=1)
        ends = np.array([x.min() - 0.4, x.max() + 0.4])
        axes.plot(ends, w[0] + w[1] * ends, color=BLUE)
        axes.plot(x, y, "o", color=INK, markersize=5)
        axes.set(title=f"{title}\narea {np.sum((y - fitted) ** 2):.2f}", xlabel="$x$")
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$y$")
    return figure


def landscapes(problems: Mapping[str, Sequence[Any]]) -> Figure:
    """Level lines of ``||X w - y||^2`` for X with two columns, its minimisers marked.

    Parameters
    ----------
    problems : mapping
        Title of a panel -> (X, y). The dot is the minimiser nearest to the origin; where the
        columns of X are dependent, the line through it holds all the others.
    """
    figure, grid = panels(6.4, 3.5, len(problems), sharex=True, sharey=True, squeeze=False)
    a, b = np.meshgrid(np.linspace(-1.6, 3.6, 161), np.linspace(-2.6, 2.6, 161))
    for axes, (title, (X, y)) in zip(grid[0], problems.items(), strict=True):
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        errors = X @ np.stack([a.ravel(), b.ravel()]) - y[:, None]
        cost = np.sum(errors**2, axis=0).reshape(a.shape)
        w = np.linalg.pinv(X) @ y
        lowest = np.sum((X @ w - y) ** 2)
        levels = lowest + np.array([0.5, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0])
        axes.contour(a, b, cost, levels=levels, colors=FAINT, linewidths=1)
        kernel = np.linalg.svd(X)[2][np.linalg.matrix_rank(X) :]
        for h in kernel:
            axes.axline(w, w + h, color=BLUE)
            axes.plot([0, w[0]], [0, w[1]], color=INK, linewidth=1, linestyle=":")
        axes.plot(0, 0, "+", color=INK)
        axes.plot(*w, "o", color=RUST, markersize=7)
        axes.set(title=title, xlabel="$a_0$")
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$a_1$")
    return figure


def descents(
    X: Any, y: Any, start: Any, steps: Mapping[str, float], times: Sequence[int]
) -> Figure:
    """Gradient descent on ``||X w - y||^2``, X with two columns, as a film strip.

    Parameters
    ----------
    X, y, start : array_like
        The problem, and where the walks begin.
    steps : mapping
        Label -> step length; two of them.
    times : sequence of int
        How many steps the walks have made in each frame.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    best = np.linalg.lstsq(X, y)[0]
    paths = {label: _descent(X, y, start, step, max(times)) for label, step in steps.items()}
    half = 1.15 * np.abs(np.asarray(start, dtype=float) - best).max()
    a, b = np.meshgrid(*(np.linspace(c - half, c + half, 121) for c in best))
    errors = X @ np.stack([a.ravel(), b.ravel()]) - y[:, None]
    cost = np.sum(errors**2, axis=0).reshape(a.shape)
    figure, frames = film(len(times), 4.2, 3.9)
    for axes, time in zip(frames, times, strict=True):
        levels = cost.min() + np.array([1.0, 4.0, 9.0, 16.0, 36.0, 64.0, 100.0]) * half**2 / 4
        axes.contour(a, b, cost, levels=levels, colors=FAINT, linewidths=0.8)
        for (label, path), color in zip(paths.items(), (RUST, BLUE), strict=True):
            axes.plot(*path[: time + 1].T, "o-", color=color, ms=3.5, linewidth=1.4, label=label)
        axes.plot(*best, "+", color=INK, ms=10)
        axes.set(
            title=f"after {time} step{'' if time == 1 else 's'}", xlabel="$a_0$", ylabel="$a_1$"
        )
        axes.set(xlim=(a.min(), a.max()), ylim=(b.min(), b.max()), aspect="equal")
        axes.legend(loc="lower right", frameon=False)
    return figure


def _descent(X: Any, y: Any, start: Any, step: float, count: int) -> np.ndarray:
    path = [np.asarray(start, dtype=float)]
    for _ in range(count):
        path.append(path[-1] - step * 2 * X.T @ (X @ path[-1] - y))
    return np.array(path)


def projections(X: Any, y: Any, w: Any) -> Figure:
    """Where a 2 x 2 matrix of rank 1 sends things: X X^+ among measurements, X^+ X among weights.

    Parameters
    ----------
    X : array_like, shape (2, 2)
        Of rank 1.
    y : array_like, shape (2,)
        Measurements: X X^+ y is the nearest point that X reaches.
    w : array_like, shape (2,)
        Weights: X^+ X w has the same X w, and is the shortest that has.
    """
    X, y, w = (np.asarray(A, dtype=float) for A in (X, y, w))
    P = np.linalg.pinv(X)
    figure, (left, right) = panels(6.4, 3.3, 2)
    for axes, point, foot, name, names in (
        (left, y, X @ P @ y, r"range of $X$", (r"$\boldsymbol{y}$", r"$XX^+\boldsymbol{y}$")),
        (
            right,
            w,
            P @ X @ w,
            r"range of $X^{\mathsf{T}}$",
            (r"$\boldsymbol{w}$", r"$X^+X\boldsymbol{w}$"),
        ),
    ):
        axes.axline((0, 0), foot, color=BLUE)
        axes.plot(*np.stack([point, foot]).T, color=RUST, linestyle=":" if axes is left else "-")
        axes.plot(*foot, "o", color=BLUE)
        axes.plot(*point, "o", color=RUST)
        axes.plot(0, 0, "+", color=INK, ms=9)
        offsets = ((7, -4), (5, -15) if axes is left else (7, 5))  # clear of the lines
        for place, text, offset in zip((point, foot), names, offsets, strict=True):
            axes.annotate(text, place, xytext=offset, textcoords="offset points", color=INK)
        axes.set(title=name, xlim=(-0.6, 3.2), ylim=(-0.6, 3.2), aspect="equal")
    right.axline(w, P @ X @ w, color=RUST)
    left.set(xlabel="$y_1$", ylabel="$y_2$")
    right.set(xlabel="$w_1$", ylabel="$w_2$")
    return figure
