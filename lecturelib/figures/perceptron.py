"""Figures of chapter 4 on the perceptron and its training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["activations", "costs", "neuron", "regions", "species", "step_sizes"]

COLORS, MARKERS = (BLUE, RUST, GREEN), ("o", "^", "s")


def neuron(inputs: int = 3) -> Figure:
    """A perceptron: its inputs and the constant 1, their weights, the sum, sigma, the output."""
    figure, axes = panels(6.0, 0.55 * inputs + 1.3)
    heights = inputs / 2 - np.arange(inputs + 1)
    labels = [rf"$\phi_{{{i + 1}}}$" for i in range(inputs)] + ["$1$"]
    weights = [rf"$w_{{{i + 1}}}$" for i in range(inputs)] + ["$b$"]
    for height, label, weight in zip(heights, labels, weights, strict=True):
        color = FAINT if label == "$1$" else INK
        axes.plot([0, 3], [height, 0], color=color, linewidth=1.2, zorder=1)
        axes.scatter(0, height, s=620, facecolor=GROUND, edgecolor=color, zorder=2)
        axes.text(0, height, label, ha="center", va="center", fontsize=12)
        place = {"facecolor": GROUND, "edgecolor": "none", "pad": 1.5}
        axes.text(1.3, height * 1.7 / 3, weight, ha="center", va="center", color=BLUE, bbox=place)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.2}
    for start, end in ((3.3, 5.0), (5.6, 7.2)):
        axes.annotate("", (end, 0), (start, 0), arrowprops=arrow)
    for middle, label in ((3, r"$\Sigma$"), (5.3, r"$\sigma$")):
        axes.scatter(middle, 0, s=900, facecolor=GROUND, edgecolor=INK, zorder=2)
        axes.text(middle, 0, label, ha="center", va="center", fontsize=14)
    axes.text(4.15, 0.17, "$z$", ha="center", va="bottom", fontsize=12)
    axes.text(7.3, 0, r"$\sigma(z)$", ha="left", va="center", fontsize=12)
    axes.set(xlim=(-0.4, 8.4), ylim=(-inputs / 2 - 0.45, inputs / 2 + 0.45))
    axes.axis("off")
    return figure


def activations(
    functions: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]],
) -> Figure:
    """Activation functions (blue) and their slopes (rust); a jump of the slope is a gap.

    Parameters
    ----------
    functions : mapping
        Title of a panel -> (sigma, sigma').
    """
    figure, grid = panels(6.4, 2.3, len(functions), sharex=True, sharey=True, squeeze=False)
    z = np.linspace(-3, 3, 301)
    for axes, (title, (sigma, slope)) in zip(grid[0], functions.items(), strict=True):
        rates = slope(z)
        jumps = np.abs(np.diff(rates, append=rates[-1])) > 0.5
        axes.axhline(0, color=FAINT, linewidth=0.8, zorder=1)
        axes.plot(z, sigma(z), color=BLUE)
        axes.plot(z, np.where(jumps, np.nan, rates), color=RUST, linestyle="--")
        axes.set(title=title, xlabel="$z$", ylim=(-1.2, 2.2))
    return figure


def step_sizes(rules: Mapping[str, Sequence[float]], start: float = 1.0) -> Figure:
    """Gradient descent on w^2 / 2 with given step sizes, on the parabola.

    Parameters
    ----------
    rules : mapping
        Title of a panel -> its step sizes, the first one first.
    start : float
        The first w.
    """
    figure, grid = panels(6.4, 2.7, len(rules), sharex=True, sharey=True, squeeze=False)
    line = np.linspace(-1.7, 1.7, 200)
    for axes, (title, steps) in zip(grid[0], rules.items(), strict=True):
        points = [start]
        for alpha in steps:
            points.append(points[-1] - alpha * points[-1])
        path = np.array(points)
        axes.plot(line, line**2 / 2, color=FAINT, linewidth=1.2)
        axes.plot(path, path**2 / 2, "o-", color=BLUE, markersize=4, linewidth=1)
        axes.plot(path[-1], path[-1] ** 2 / 2, "o", color=RUST, markersize=7, zorder=3)
        axes.set(title=title, xlabel="$w$", ylim=(-0.1, 1.4))
    grid[0, 0].set_ylabel("$w^2/2$")
    return figure


def _scatter(axes: Any, points: Any, names: Any, size: float) -> None:
    for name, color, marker in zip(np.unique(names), COLORS, MARKERS, strict=False):
        x, y = points[:, names == name]
        axes.scatter(x, y, size, color=color, marker=marker, alpha=0.75, linewidth=0, label=name)


def species(points: Any, names: Any, xlabel: str = "", ylabel: str = "") -> Figure:
    """Points in the plane, a colour and a marker for each name.

    Parameters
    ----------
    points : array_like, shape (2, N)
    names : array_like of str, shape (N,)
    """
    figure, axes = panels(6.0, 3.5)
    _scatter(axes, np.asarray(points), np.asarray(names), 22)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend(frameon=False, loc="lower right", handletextpad=0.2)
    return figure


def costs(histories: Mapping[str, Any]) -> Figure:
    """The cost against the number of steps, on a logarithmic axis.

    Parameters
    ----------
    histories : mapping
        What is said beside a curve -> the costs, one before each step and one after the last.
    """
    figure, axes = panels(6.0, 3.5)
    for (name, values), color in zip(histories.items(), (RUST, BLUE, GREEN, INK), strict=False):
        axes.semilogy(np.asarray(values, dtype=float), color=color, linewidth=1.6)
        axes.text(1.02 * (len(values) - 1), values[-1], name, color=color, va="center")
    longest = max(len(values) for values in histories.values()) - 1
    axes.set(xlabel="steps", ylabel="cost", xlim=(-0.02 * longest, 1.22 * longest))
    return figure


def regions(snapshots: Mapping[str, Callable[[Any], Any]], points: Any, names: Any) -> Figure:
    """A film of a network that learns: which name it gives to each point of the plane.

    Parameters
    ----------
    snapshots : mapping
        Title of a frame -> the network's scores for points in columns, a row for each name in
        alphabetical order.
    points : array_like, shape (2, N)
    names : array_like of str, shape (N,)
    """
    points, names = np.asarray(points), np.asarray(names)
    figure, frames = film(len(snapshots), 4.6, 3.4)
    low, high = points.min(axis=1) - 0.3, points.max(axis=1) + 0.3
    grid = np.meshgrid(*(np.linspace(a, b, 241) for a, b in zip(low, high, strict=True)))
    plane = np.stack([part.ravel() for part in grid])
    for axes, (title, scores) in zip(frames, snapshots.items(), strict=True):
        winner = scores(plane).argmax(axis=0).reshape(grid[0].shape)
        levels = np.arange(len(COLORS) + 1) - 0.5
        axes.contourf(*grid, winner, levels=levels, colors=COLORS, alpha=0.16)
        _scatter(axes, points, names, 10)
        axes.set(title=title, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        axes.set(xlabel="length of the bill", ylabel="depth of the bill")
    return figure
