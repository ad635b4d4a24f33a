"""Figures of chapter 6, pages 1 and 2: probabilities from a fit, and Gaussian likelihoods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .perceptron import COLORS, _scatter
from .style import BLUE, FAINT, GREEN, INK, RUST, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["borders", "gaussians", "shares", "variances"]


def shares(values: Any, labels: Any, curve: Callable[[Any], Any], xlabel: str = "") -> Figure:
    """What share of the samples has label 1, unit by unit, and a curve of probabilities.

    Parameters
    ----------
    values : array_like, shape (N,)
        The one measurement of each sample; they are counted between whole numbers.
    labels : array_like, shape (N,)
        0 or 1.
    curve : callable
        The probability of label 1 at an array of values.
    """
    values, labels = np.asarray(values, dtype=float), np.asarray(labels)
    figure, axes = panels(6.0, 3.5)
    line = np.linspace(np.floor(values.min()), np.ceil(values.max()), 241)
    axes.axhline(0.5, color=FAINT, linewidth=0.8, zorder=0)
    axes.plot(line, curve(line), color=BLUE)
    starts = np.floor(values)
    for start in np.unique(starts):
        inside = starts == start
        share = labels[inside].mean()
        axes.plot(start + 0.5, share, "o", color=INK, markersize=2 + np.sqrt(inside.sum()) / 1.2)
    for label, color, place in ((1, RUST, 1.06), (0, GREEN, -0.06)):
        chosen = values[labels == label]
        axes.plot(chosen, np.full(chosen.size, place), "|", color=color, markersize=7, alpha=0.5)
    axes.set(xlabel=xlabel, ylabel="probability", ylim=(-0.12, 1.12), yticks=[0, 0.5, 1])
    return figure


def borders(
    probabilities: Callable[[Any], Any], points: Any, names: Any, xlabel: str = "", ylabel: str = ""
) -> Figure:
    """Points in the plane, the borders between the most probable classes, and how sure they are.

    Parameters
    ----------
    probabilities : callable
        Points in columns -> a row for each name in alphabetical order.
    points : array_like, shape (2, N)
    names : array_like of str, shape (N,)
    """
    points, names = np.asarray(points), np.asarray(names)
    figure, axes = panels(6.0, 3.8)
    low, high = points.min(axis=1) - 0.3, points.max(axis=1) + 0.3
    grid = np.meshgrid(*(np.linspace(a, b, 481) for a, b in zip(low, high, strict=True)))
    P = probabilities(np.stack([part.ravel() for part in grid]))
    levels = np.arange(len(COLORS) + 1) - 0.5
    winner = P.argmax(axis=0).reshape(grid[0].shape)
    axes.contourf(*grid, winner, levels=levels, colors=COLORS, alpha=0.16)
    sure = P.max(axis=0).reshape(grid[0].shape)
    axes.contour(*grid, sure, levels=[0.9], colors=INK, linewidths=0.9, linestyles="dashed")
    _scatter(axes, points, names, 12)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.legend(frameon=False, loc="lower right", handletextpad=0.2, fontsize=9)
    return figure


def gaussians(
    points: Any, fits: Mapping[str, Sequence[Any]], xlabel: str = "", ylabel: str = ""
) -> Figure:
    """Points in the plane and the ellipse that holds 90 % of each Gaussian.

    Parameters
    ----------
    points : array_like, shape (2, N)
    fits : mapping
        What is said of an ellipse -> (mean, covariance).
    """
    points = np.asarray(points)
    figure, axes = panels(6.0, 3.8)
    axes.plot(*points, "o", color=FAINT, markersize=3.2, alpha=0.7)
    turn = np.linspace(0.0, 2 * np.pi, 181)
    circle = np.sqrt(2 * np.log(10)) * np.array([np.cos(turn), np.sin(turn)])  # 90 %
    for (name, (mean, covariance)), color in zip(fits.items(), (BLUE, RUST, GREEN), strict=False):
        mean = np.asarray(mean)[:, None]
        axes.plot(*(mean + np.linalg.cholesky(covariance) @ circle), color=color, label=name)
        axes.plot(*mean, "+", color=color, markersize=9)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend(frameon=False, labelcolor="linecolor")
    return figure


def variances(s: float) -> Figure:
    """The log-likelihood of a Gaussian on the line, against the variance and against the precision.

    Parameters
    ----------
    s : float
        The mean square of the deviations. The curves are for one sample, without the constant.
    """
    figure, (left, right) = panels(6.6, 3.0, 2, sharey=True)
    line = np.linspace(0.25, 6.0, 400) * s
    inside = line <= 2 * s
    value = -(np.log(line) + s / line) / 2
    left.plot(line[inside], value[inside], color=BLUE, label="concave")
    left.plot(line[~inside], value[~inside], color=RUST, label="convex")
    precision = np.linspace(0.1, 4.0, 400) / s
    right.plot(precision, (np.log(precision) - s * precision) / 2, color=BLUE)
    top = -(np.log(s) + 1) / 2
    left.plot(s, top, "o", color=INK, markersize=5)
    right.plot(1 / s, top, "o", color=INK, markersize=5)
    left.set(xlabel="variance", ylabel="log-likelihood")
    right.set(xlabel="precision")
    left.legend(frameon=False, labelcolor="linecolor", loc="lower center")
    return figure
