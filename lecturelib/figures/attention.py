"""Figures of the page on attention and layer normalisation: weights, and a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import differential
from .style import BLUE, FAINT, GROUND, INK, RUST, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["attention_weights", "layer_norm_plane"]

#: Two unit vectors of R^3, orthogonal to each other and to (1, 1, 1).
ACROSS = np.array([[1.0, -1.0, 0.0], [1.0, 1.0, -2.0]]) / np.sqrt([[2.0], [6.0]])


def attention_weights(weights: Mapping[str, Any], words: Sequence[str]) -> Figure:
    """A panel of squares for each matrix of weights: the larger the weight, the larger the square.

    Parameters
    ----------
    weights : mapping of str to array_like
        Title of a panel -> weights of n words, a query a row.
    words : sequence of str
        The n words, which are queries and keys.
    """
    figure, axes = panels(3.0 * len(weights), 3.4, len(weights), sharey=True, squeeze=False)
    places = np.arange(len(words))
    for panel, (title, P) in zip(axes[0], weights.items(), strict=True):
        for (i, j), weight in np.ndenumerate(np.asarray(P)):
            side = 0.94 * np.sqrt(weight)
            corner = j - side / 2, i - side / 2
            panel.add_patch(_square(corner, side))
        panel.set(
            xlim=(-0.6, len(words) - 0.4),
            ylim=(len(words) - 0.4, -0.6),
            aspect="equal",
            title=title,
            xlabel="keys",
        )
        panel.set_xticks(places, words, rotation=45)
        panel.set_yticks(places, words)
    axes[0][0].set_ylabel("queries")
    return figure


def _square(corner: tuple[float, float], side: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, side, side, facecolor=BLUE, edgecolor=BLUE)


def layer_norm_plane(points: Any, moves: Any, epsilons: Sequence[float]) -> Figure:
    """Layer normalisation of three numbers, seen along (1, 1, 1); a panel for each epsilon.

    Every point is drawn where it is after its mean was taken off, and joined to what it becomes.
    An arrow is a move, and how what becomes of the point answers, to first order.

    Parameters
    ----------
    points, moves : array_like, shape (n, 3)
    epsilons : sequence of float
    """
    figure, axes = panels(7.2, 3.4, len(epsilons), sharex=True, sharey=True, squeeze=False)
    angles = np.linspace(0.0, 2 * np.pi, 181)
    for panel, epsilon in zip(axes[0], epsilons, strict=True):

        def normalised(x: Any, epsilon: float = epsilon) -> Any:
            centred = x - np.mean(x)
            return centred / np.sqrt(np.mean(centred * centred) + epsilon)

        panel.plot(np.sqrt(3) * np.cos(angles), np.sqrt(3) * np.sin(angles), color=FAINT, lw=1.2)
        for x, h in zip(np.asarray(points), np.asarray(moves), strict=True):
            start, end = ACROSS @ x, ACROSS @ normalised(x)
            panel.plot(*np.transpose([start, end]), color=FAINT, lw=0.9, ls=":")
            panel.plot(*start, "o", color=INK, ms=4)
            panel.plot(*end, "o", color=BLUE, ms=5, zorder=4)
            for place, move in ((start, h), (end, differential(normalised, x, h))):
                _arrow(panel, place, ACROSS @ move)
        panel.plot(0.0, 0.0, "+", color=FAINT, ms=8)
        panel.set(aspect="equal", title=rf"$\epsilon = {epsilon:g}$", xticks=[], yticks=[])
        panel.spines[["left", "bottom"]].set_visible(False)
        panel.set_facecolor(GROUND)
    return figure


def _arrow(axes: Any, start: Any, move: Any) -> None:
    axes.annotate(
        "",
        xy=tuple(start + move),
        xytext=tuple(start),
        arrowprops={"arrowstyle": "-|>", "color": RUST, "lw": 1.6, "shrinkA": 0, "shrinkB": 0},
        zorder=5,
    )
