"""Figures of the page on principal components and factorisation: scores, and level lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .perceptron import COLORS, MARKERS
from .style import BLUE, FAINT, GROUND, INK, RUST, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["components", "factor_levels"]


def components(scores: Any, species: Any, directions: Any, names: Sequence[str]) -> Figure:
    """Samples in the plane of two components, and an arrow for each measurement.

    Parameters
    ----------
    scores : array_like, shape (2, N)
        A sample a column.
    species : array_like of str, shape (N,)
        Gives each sample its colour and marker.
    directions : array_like, shape (m, 2)
        Row i is where measurement i points.
    names : sequence of str
        The measurements.
    """
    figure, axes = panels(6.4, 4.4)
    x, y = np.asarray(scores)
    for kind, color, marker in zip(np.unique(species), COLORS, MARKERS, strict=False):
        own = np.asarray(species) == kind
        axes.plot(x[own], y[own], marker, ms=3, alpha=0.55, color=color, label=kind)
    arrows = 3 * np.asarray(directions)
    for arrow, name, height in zip(arrows, names, _apart(arrows), strict=True):
        axes.annotate(
            "",
            xy=tuple(arrow),
            xytext=(0.0, 0.0),
            arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.6},
        )
        left = arrow[0] < 0
        axes.text(
            arrow[0] + (-0.12 if left else 0.12),
            height,
            name,
            ha="right" if left else "left",
            va="center",
            fontweight="bold",
            bbox={"facecolor": GROUND, "edgecolor": "none", "alpha": 0.75, "pad": 1.0},
        )
    axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    axes.axvline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set(xlabel="first component", ylabel="second component", aspect="equal")
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 3}
    axes.legend(frameon=False, labelcolor="linecolor", **above)
    return figure


def _apart(arrows: Any, gap: float = 0.62) -> Any:
    """Heights for the names at the arrows' heads: two on one side that would touch move apart."""
    heights = arrows[:, 1].copy()
    for side in (arrows[:, 0] < 0, arrows[:, 0] >= 0):
        order = np.flatnonzero(side)[np.argsort(heights[side])]
        for low, high in zip(order, order[1:], strict=False):
            lack = max(0.0, gap - (heights[high] - heights[low])) / 2
            heights[[low, high]] += [-lack, lack]
    return heights


def factor_levels(x: float, ridges: Sequence[float]) -> Figure:
    """Level lines of ``(x - u v)^2 + nu (u^2 + v^2)``, a panel for each ridge nu less than x > 0.

    The line through the saddle at the origin is drawn thicker, and the minima are marked.
    """
    figure, all_axes = panels(7.2, 3.7, len(ridges), sharey=True, squeeze=False)
    line = np.linspace(-2.4, 2.4, 241)
    u, v = np.meshgrid(line, line)
    for axes, nu in zip(all_axes[0], ridges, strict=True):
        values = (x - u * v) ** 2 + nu * (u**2 + v**2)
        lowest = 2 * nu * x - nu * nu
        below = lowest + (x * x - lowest) * np.array([0.05, 0.25, 0.6])
        above = x * x + x * x * np.array([0.6, 2.0, 4.5, 9.0])
        axes.contour(u, v, values, below, colors=BLUE, linewidths=1.0)
        axes.contour(u, v, values, above, colors=FAINT, linewidths=1.0)
        axes.contour(u, v, values, [x * x], colors=INK, linewidths=1.8)
        axes.plot(0.0, 0.0, "x", color=INK, ms=8, mew=2, zorder=4)
        if nu == 0:
            for half in (line[line > x / 2.4], line[line < -x / 2.4]):
                axes.plot(half, x / half, color=RUST)
        else:
            place = np.sqrt(x - nu) * np.array([1.0, -1.0])
            axes.plot(place, place, "o", color=RUST)
        axes.set(xlabel="$u$", aspect="equal", title=rf"$\nu = {nu:g}$")
    all_axes[0][0].set_ylabel("$v$")
    return figure
