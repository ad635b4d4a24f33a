"""The course's figures, one function each.

A page calls one of them and then ``plt.show()``. Matplotlib is imported when a figure is drawn, not
before: lecturelib does not need it. Each function returns the Matplotlib figure.

The ground is the colour of the course's light page, so that the lines read on it wherever the
figure is shown: on the light page it disappears, on a dark one it stays as a light card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .leastsquares import polynomial_design

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUND, INK, FAINT = "#fffefc", "#23272e", "#8a8f98"
BLUE, RUST, GREEN = "#1d5c8f", "#a8480f", "#2c6e57"

STYLE: dict[Any, Any] = {
    "figure.facecolor": GROUND,
    "axes.facecolor": GROUND,
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2.0,
}


def _panels(width: float, height: float, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    import matplotlib.pyplot as plt

    with plt.rc_context(STYLE):
        return plt.subplots(1, columns, figsize=(width, height), **options)


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
    figure, axes = _panels(6.0, 3.5)
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
    figure, panels = _panels(6.4, 2.4, len(lines), sharex=True, sharey=True, squeeze=False)
    for axes, (title, w) in zip(panels[0], lines.items(), strict=True):
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
    panels[0, 0].set_ylabel("$y$")
    return figure


def remainders(reports: Mapping[str, Any]) -> Figure:
    """The Taylor remainders of reports of `check_gradient` and its kin, against the step.

    Parameters
    ----------
    reports : mapping
        Label of a curve -> report.
    """
    figure, axes = _panels(6.0, 3.6)
    for label, report in reports.items():
        color, marker = (BLUE, "o") if report else (RUST, "s")
        axes.loglog(report.steps, report.remainders, marker, linestyle="-", color=color, ms=4)
        axes.annotate(
            f"{label}\nslope {report.slope:.1f}",
            (report.steps[-1], report.remainders[-1]),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=color,
        )
    axes.set(xlabel="step $t$", ylabel="remainder")
    axes.margins(x=0.03, y=0.08)
    axes.set_xlim(left=axes.get_xlim()[0] / 40)  # room for the labels
    return figure


def landscapes(problems: Mapping[str, Sequence[Any]]) -> Figure:
    """Level lines of ``||X w - y||^2`` for X with two columns, its minimisers marked.

    Parameters
    ----------
    problems : mapping
        Title of a panel -> (X, y). The dot is the minimiser nearest to the origin; where the
        columns of X are dependent, the line through it holds all the others.
    """
    figure, panels = _panels(6.4, 3.5, len(problems), sharex=True, sharey=True, squeeze=False)
    a, b = np.meshgrid(np.linspace(-1.6, 3.6, 161), np.linspace(-2.6, 2.6, 161))
    for axes, (title, (X, y)) in zip(panels[0], problems.items(), strict=True):
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
    panels[0, 0].set_ylabel("$a_1$")
    return figure
