"""Two figures that the website lets its reader drag: what stands still here starts moving there.

A cell that shows one has the tag ``drag-`` and the figure's name, and calls it with its arguments
written out as keywords: the website reads them there, and begins where the figure stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..leastsquares import least_squares
from .style import BLUE, FAINT, GREEN, INK, RUST, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["residual", "two_gradients"]

RATIO = 1.25  # width over height of what is drawn, here and in site/drag.js


def _arrow(axes: Any, start: Any, end: Any, color: str, **options: Any) -> None:
    style = {"arrowstyle": "-|>", "color": color, "lw": 2, "shrinkA": 0, "shrinkB": 0, **options}
    axes.annotate("", end, start, arrowprops=style)


def _name(axes: Any, text: str, at: Any, color: str, shift: tuple[float, float]) -> None:
    axes.annotate(text, at, xytext=shift, textcoords="offset points", color=color)


def residual(column: Sequence[float], y: Sequence[float], reach: float) -> Figure:
    """Least squares with one column: y, its projection on the column's line, and the residual.

    Parameters
    ----------
    column, y : array_like, shape (2,)
    reach : float
        The picture shows heights from -reach / 3 to reach.
    """
    a, b = np.asarray(column, dtype=float), np.asarray(y, dtype=float)
    nearest = a * least_squares(a[:, None], b).w
    figure, axes = panels(5.6, 5.6 / RATIO)
    axes.axline((0, 0), a, color=FAINT, linewidth=1.2)
    _arrow(axes, (0, 0), b, INK)
    _arrow(axes, (0, 0), nearest, GREEN)
    _arrow(axes, nearest, b, RUST)
    axes.plot(*a, "o", color=BLUE, markersize=7)
    axes.plot(*b, "o", color=INK, markersize=7)
    along, left = a / np.linalg.norm(a), b - nearest
    if length := np.linalg.norm(left):
        across = left / length
        corner = nearest + 0.06 * reach * np.array([along, along + across, across])
        axes.plot(*corner.T, color=FAINT, linewidth=1.2)
    _name(axes, r"$\boldsymbol{c}$", a, BLUE, (4, -16))
    _name(axes, r"$\boldsymbol{y}$", b, INK, (8, 4))
    _name(axes, r"$\boldsymbol{c}\,w^*$", nearest, GREEN, (8, -12))
    _name(axes, r"$\boldsymbol{r}$", (nearest + b) / 2, RUST, (8, 0))
    axes.set_ylim(-reach / 3, reach)
    width = 4 / 3 * reach * RATIO
    axes.set_xlim(-width / 4, 3 * width / 4)
    axes.set(xlabel="first entry", ylabel="second entry")
    axes.set_aspect("equal")
    return figure


def two_gradients(
    A: Sequence[Sequence[float]], W: Sequence[Sequence[float]], x: Sequence[float], reach: float
) -> Figure:
    """Level lines of x^T A x, and its gradients at x for the dot product and for x^T W y.

    Around x stand a circle and an ellipse: the steps that are as long as the gradient of their
    inner product. Each gradient ends where the tangent of its curve runs along the level line.

    Parameters
    ----------
    A, W : array_like, shape (2, 2)
        Symmetric positive definite.
    x : array_like, shape (2,)
    reach : float
        The picture shows heights from -reach to reach.
    """
    f, V, point = (np.asarray(given, dtype=float) for given in (A, W, x))
    figure, axes = panels(5.6, 5.6 / RATIO)
    circle = np.stack([np.cos(angle := np.linspace(0, 2 * np.pi, 181)), np.sin(angle)])
    to_levels = np.linalg.inv(np.linalg.cholesky(f)).T @ circle
    for k in range(1, 8):
        axes.plot(*(k * reach / 5 * np.sqrt(f.max()) * to_levels), color=FAINT, linewidth=0.8)
    axes.plot(*(np.sqrt(point @ f @ point) * to_levels), color=INK, linewidth=1.4)
    for M, color, name in ((np.eye(2), INK, r"\nabla f"), (V, BLUE, r"\nabla_{\!W} f")):
        G = np.linalg.solve(M, 2 * f @ point)
        steps = np.linalg.inv(np.linalg.cholesky(M)).T @ circle * np.sqrt(G @ M @ G)
        axes.plot(*(point[:, None] + steps), color=color, linewidth=1.2, linestyle="--")
        _arrow(axes, point, point + G, color)
        _name(axes, f"${name}$", point + G, color, (5, 2))
    axes.plot(*point, "o", color=RUST, markersize=7)
    _name(axes, r"$\boldsymbol{x}$", point, RUST, (-14, -12))
    axes.set(xlabel="$x_1$", ylabel="$x_2$")
    axes.set_xlim(-reach * RATIO, reach * RATIO)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    return figure
