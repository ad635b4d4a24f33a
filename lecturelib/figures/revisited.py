"""Figures of chapter 1: tangents, remainders, linear maps, and where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["bent_grid", "not_linear", "remainders", "tangent", "zoom"]


def remainders(reports: Mapping[str, Any]) -> Figure:
    """The Taylor remainders of reports of `check_gradient` and its kin, against the step.

    Parameters
    ----------
    reports : mapping
        Label of a curve -> report.
    """
    figure, axes = panels(6.0, 3.6)
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


def tangent(y: Callable[[Any], Any], slope: float, a: float, dx: float) -> Figure:
    """A graph, its tangent at a, and the steps dx, dy and the increment of y.

    Parameters
    ----------
    y : callable
        A function of one variable, for arrays.
    slope : float
        The slope of the line through (a, y(a)).
    a, dx : float
        The point and the step.
    """
    figure, axes = panels(6.0, 3.7)
    here, there, dy = float(y(np.array(a))), float(y(np.array(a + dx))), slope * dx
    line = np.linspace(a - 1.1 * abs(dx), a + 1.35 * abs(dx), 201)
    axes.plot(line, y(line), color=BLUE)
    axes.plot(line, here + slope * (line - a), color=RUST, zorder=1)
    axes.plot([a, a + dx], [here, here], color=FAINT, linewidth=1.2)
    axes.vlines(a + dx, here, max(there, here + dy), color=FAINT, linewidth=1.2)
    axes.plot([a, a + dx, a + dx], [here, there, here + dy], "o", color=INK, markersize=5, zorder=4)
    beside = {"va": "center", "color": INK}
    axes.text(a + dx / 2, here, "$\\mathrm{d}x$\n", ha="center", **beside)
    _measure(axes, a + 1.07 * dx, here, here + dy, r"$\mathrm{d}y = y\,'(a)\,\mathrm{d}x$", RUST)
    _measure(axes, a - 0.07 * dx, here, there, r"$y(a + \mathrm{d}x) - y(a)$", BLUE, left=True)
    axes.plot([a - 0.07 * dx, a + dx], [there, there], color=BLUE, linewidth=0.8, linestyle=":")
    axes.set(xticks=[a, a + dx], yticks=[here])
    axes.set_xticklabels(["$a$", r"$a + \mathrm{d}x$"])
    axes.set_yticklabels(["$y(a)$"])
    return figure


def _measure(
    axes: Any, x: float, low: float, high: float, text: str, color: str, left: bool = False
) -> None:
    axes.annotate(
        "", (x, low), (x, high), arrowprops={"arrowstyle": "<->", "color": color, "lw": 1.2}
    )
    words = f"{text}  " if left else f"  {text}"
    axes.text(x, (low + high) / 2, words, color=color, va="center", ha="right" if left else "left")


def zoom(y: Callable[[Any], Any], slope: float, a: float, widths: Any) -> Figure:
    """A film: a graph and its tangent in smaller and smaller windows around (a, y(a)).

    Each frame shows the same window, both axes being magnified alike: the horizontal axis is
    (x - a) / h, the vertical one (y - y(a)) / h.

    Parameters
    ----------
    y : callable
        A function of one variable, for arrays.
    slope : float
        The slope of the line through (a, y(a)).
    a : float
    widths : array_like
        Half of the width h of each window.
    """
    u = np.linspace(-1.0, 1.0, 161)
    reach = 1.35 * max(abs(slope), 1.0)
    figure, frames = film(len(widths), 4.4, 3.4)
    for axes, h in zip(frames, widths, strict=True):
        axes.plot(u, (y(a + h * u) - y(np.array(a))) / h, color=BLUE)
        axes.plot(u, slope * u, color=RUST, linewidth=1.3)
        axes.plot(0, 0, "o", color=INK, markersize=5)
        axes.set(xlim=(-1.05, 1.05), ylim=(-reach, reach), title=f"$h = {h:g}$")
        axes.set(xlabel="$(x - a)/h$", ylabel="$(y - y(a))/h$", xticks=[-1, 0, 1])
    return figure


def bent_grid(f: Callable[[Any], Any], J: Any, a: Any, sizes: Any) -> Figure:
    """A square grid around a, sent through f (blue) and through its linearisation at a (rust).

    Parameters
    ----------
    f : callable
        From R^2 to R^2.
    J : array_like, shape (2, 2)
        The matrix of the linear map.
    a : array_like, shape (2,)
        The middle of the grid.
    sizes : array_like
        Half of the grid's side, one panel each.
    """
    J, a = np.asarray(J, dtype=float), np.asarray(a, dtype=float)
    figure, grid = panels(6.4, 3.3, len(sizes), squeeze=False)
    fine, coarse = np.linspace(-1, 1, 41), np.linspace(-1, 1, 7)
    for axes, size in zip(grid[0], sizes, strict=True):
        for s in coarse:
            for step in ([(s, t) for t in fine], [(t, s) for t in fine]):
                h = size * np.array(step)
                bent = np.array([f(a + k) for k in h])
                flat = f(a) + h @ J.T
                [line] = axes.plot(*flat.T, color=RUST, linewidth=0.9)
                [curve] = axes.plot(*bent.T, color=BLUE, linewidth=1.3)
        axes.plot(*f(a), "o", color=INK, markersize=5, zorder=4)
        axes.set_title(f"grid of half side {size:g}")
        axes.set_aspect("equal")
        axes.axis("off")
    names = ["through the function", "through its linearisation"]
    figure.legend([curve, line], names, loc="outside lower center", ncols=2, frameon=False)
    return figure


def not_linear() -> Figure:
    """Two functions with a slope at 0 in every direction, and no derivative there.

    Left, the slopes of x1^3 / (x1^2 + x2^2) against the direction's angle, beside those of the
    linear map with the same partial derivatives. Right, level lines of
    x1^2 x2 / (x1^4 + x2^2), and the parabola on which it is 1/2.
    """
    figure, (left, right) = panels(6.4, 3.1, 2)
    angle = np.linspace(0, np.pi, 181)
    left.plot(angle, np.cos(angle) ** 3, color=BLUE)
    left.plot(angle, np.cos(angle), color=RUST, linewidth=1.3)
    left.annotate("slope of $f$", (0.95, 0.02), color=BLUE, ha="right", va="top")
    left.annotate("linear", (1.0, 0.66), color=RUST)
    left.set(xlabel="angle of $\\boldsymbol{h}$", ylabel="slope", xticks=[0, np.pi / 2, np.pi])
    left.set_xticklabels(["0", r"$\pi/2$", r"$\pi$"])
    a, b = np.meshgrid(np.linspace(-1, 1, 401), np.linspace(-0.52, 1, 401))
    with np.errstate(invalid="ignore"):
        values = a * a * b / (a**4 + b * b)
    levels = [-0.4, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4]
    colors = [RUST] * 4 + [BLUE] * 4
    right.contour(a, b, values, levels=levels, colors=colors, linewidths=0.9, linestyles="solid")
    s = np.linspace(-1, 1, 101)
    right.plot(s, s * s, color=GREEN, linewidth=2.5)
    right.plot(0, 0, "o", color=INK, markersize=5)
    ground = {"facecolor": GROUND, "edgecolor": "none", "pad": 1.5}
    right.text(-0.72, 0.52, "$g = 1/2$", color=GREEN, ha="center", va="center", bbox=ground)
    right.set(xlabel="$x_1$", ylabel="$x_2$", xticks=[-1, 0, 1], yticks=[0, 1])
    return figure
