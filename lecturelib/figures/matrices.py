"""Figures of chapter 2: a walk, gradients under inner products, mapped grids, shapes, two paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import differential, gradient, jacobian_matrix
from ..spaces import weighted
from .style import BLUE, FAINT, GREEN, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cyclic", "inner_products", "mapped_grid", "two_paths", "walk", "zoom_squares"]

Function = Callable[[Any], Any]


def _values(f: Function, a: Any, b: Any) -> Any:
    """f at every point of two coordinate arrays, a point at a time."""
    return np.vectorize(lambda s, t: float(f(np.array([s, t]))))(a, b)


def _arrow(axes: Any, start: Any, step: Any, color: str, **options: Any) -> None:
    style = {"arrowstyle": "-|>", "color": color, "lw": 2, "shrinkA": 0, "shrinkB": 0, **options}
    axes.annotate("", np.add(start, step), start, arrowprops=style)


def walk(f: Function, x: Any, h: Any) -> Figure:
    """Level lines of f and a walk x + th across them; f along the walk, and its tangent at t = 0.

    Parameters
    ----------
    f : callable
        A function of two variables.
    x, h : array_like, shape (2,)
        Point and direction.
    """
    x, h = np.asarray(x, dtype=float), np.asarray(h, dtype=float)
    figure, (plane, line) = panels(6.4, 2.9, 2)
    t = np.linspace(-1.6, 1.6, 161)
    ends = x + np.outer(t[[0, -1]], h)
    low, high = ends.min() - 0.3, ends.max() + 0.3
    a, b = np.meshgrid(np.linspace(low, high, 61), np.linspace(low, high, 61))
    plane.contour(a, b, _values(f, a, b), levels=9, colors=FAINT, linewidths=1)
    plane.plot(*ends.T, color=BLUE)
    _arrow(plane, x, h, RUST)
    plane.plot(*x, "o", color=INK, markersize=5)
    plane.annotate(r"$\boldsymbol{x}$", x, xytext=(6, -12), textcoords="offset points")
    plane.annotate(
        r"$\boldsymbol{h}$", x + h, xytext=(-14, 2), textcoords="offset points", color=RUST
    )
    plane.set(title="the plane", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")

    values = [float(f(x + s * h)) for s in t]
    slope = float(differential(f, x, h))
    line.plot(t, values, color=BLUE)
    near = np.array([-0.9, 0.9])
    line.plot(near, float(f(x)) + slope * near, color=RUST)
    line.plot(0, float(f(x)), "o", color=INK, markersize=5)
    line.set(
        title=f"along the walk: slope ${slope:g}$",
        xlabel="$t$",
        ylabel=r"$f(\boldsymbol{x} + t\boldsymbol{h})$",
    )
    return figure


def inner_products(f: Function, x: Any, W: Any, frames: int = 6) -> Figure:
    """The gradient of f at x while the inner product changes from Euclidean to x^T W y: a film.

    The ellipse holds the steps of one length under the inner product of the frame. Of these the
    gradient climbs most: it ends where the ellipse touches a level line of f's linear part.

    Parameters
    ----------
    f : callable
        A function of two variables.
    x : array_like, shape (2,)
    W : array_like, shape (2, 2)
        The last weight, symmetric positive definite.
    frames : int
    """
    x, W = np.asarray(x, dtype=float), np.asarray(W, dtype=float)
    figure, parts = film(frames, 4.6, 4.2)
    side = np.linspace(-1.7, 1.7, 81)
    a, b = np.meshgrid(x[0] + side, x[1] + side)
    values = _values(f, a, b)
    euclidean = gradient(f, x)
    circle = np.stack([np.cos(angle := np.linspace(0, 2 * np.pi, 161)), np.sin(angle)])
    level = np.array([-euclidean[1], euclidean[0]]) / np.linalg.norm(euclidean)
    for axes, s in zip(parts, np.linspace(0, 1, frames), strict=True):
        V = (1 - s) * np.eye(2) + s * W
        G = gradient(f, x, inner=weighted(V))
        ball = np.linalg.inv(np.linalg.cholesky(V)).T @ circle * np.sqrt(G @ V @ G)
        axes.contour(a, b, values, levels=9, colors=FAINT, linewidths=1)
        touched = x + G + np.outer([-3, 3], level)
        axes.plot(*touched.T, color=GREEN, linewidth=1.2, linestyle="--")
        axes.plot(*(x[:, None] + ball), color=GREEN, linewidth=1.2)
        _arrow(axes, x, euclidean, FAINT, lw=1.5)
        _arrow(axes, x, G, BLUE)
        axes.plot(*x, "o", color=INK, markersize=5)
        axes.set_title(f"$W = {_entries(V)}$")
        axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
        axes.set(xlim=x[0] + side[[0, -1]], ylim=x[1] + side[[0, -1]])
    return figure


def _entries(V: Any) -> str:
    """A 2 x 2 matrix on one line."""
    (a, b), (c, d) = V
    return rf"[\,{a:.2f}\;\;{b:.2f};\;\;{c:.2f}\;\;{d:.2f}\,]"


def mapped_grid(
    y: Function, ranges: Sequence[Sequence[float]], corner: Any, sides: Any, names: Sequence[str]
) -> Figure:
    """A grid in the plane and its image under y, with one rectangle and its image filled.

    Parameters
    ----------
    y : callable
        Takes and gives arrays whose first axis has length 2.
    ranges : sequence
        First value, last value and number of lines, for each variable.
    corner, sides : array_like, shape (2,)
        A rectangle of the grid.
    names : sequence of str
        The labels of the four axes.
    """
    corner, sides = np.asarray(corner, dtype=float), np.asarray(sides, dtype=float)
    figure, (before, after) = panels(6.4, 3.0, 2)
    (a0, a1, m), (b0, b1, n) = ranges
    fine = np.linspace(0, 1, 121)
    lines = [
        np.stack([np.full(121, a), b0 + (b1 - b0) * fine]) for a in np.linspace(a0, a1, int(m))
    ]
    lines += [
        np.stack([a0 + (a1 - a0) * fine, np.full(121, b)]) for b in np.linspace(b0, b1, int(n))
    ]
    around = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    walked = np.concatenate(
        [p + np.outer(fine, q - p) for p, q in zip(around[:-1], around[1:], strict=True)]
    )
    patch = corner[:, None] + (walked * sides).T
    for axes, image in (before, lambda p: p), (after, y):
        for line in lines:
            axes.plot(*image(line), color=FAINT, linewidth=0.8)
        axes.fill(*image(patch), facecolor=RUST, alpha=0.3, edgecolor=RUST, linewidth=1.5)
    # the same rectangle under the linear part of y at its corner
    parallelogram = y(corner)[:, None] + jacobian_matrix(y, corner) @ (around * sides).T
    after.plot(*parallelogram, color=BLUE, linewidth=1.5)
    before.set(xlabel=names[0], ylabel=names[1])
    after.set(xlabel=names[2], ylabel=names[3], aspect="equal")
    return figure


def zoom_squares(y: Function, corner: Any, side: float = 1.0, frames: int = 6) -> Figure:
    """The image of ever smaller squares at a corner, each enlarged to the same size: a film.

    The outline is the image of the same square under the linear part of y.

    Parameters
    ----------
    y : callable
        Takes and gives arrays whose first axis has length 2.
    corner : array_like, shape (2,)
    side : float
        Of the first square; each frame halves it.
    frames : int
    """
    corner = np.asarray(corner, dtype=float)
    J, start = jacobian_matrix(y, corner), y(corner)
    figure, parts = film(frames, 4.4, 3.9)
    fine = np.linspace(0, 1, 61)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]).T
    linear = J @ square
    edges = np.concatenate(
        [np.linspace(p, q, 61) for p, q in zip(square.T, square.T[1:], strict=False)]
    )
    first = (y(corner[:, None] + side * edges.T) - start[:, None]) / side
    both = np.concatenate([linear, first], axis=1)
    low, high = both.min(axis=1) - 0.15, both.max(axis=1) + 0.15
    for k, axes in enumerate(parts):
        size = side / 2**k

        def image(p: Any, size: float = size) -> Any:
            return (y(corner[:, None] + size * p) - start[:, None]) / size

        for c in np.linspace(0, 1, 6):
            axes.plot(*image(np.stack([np.full(61, c), fine])), color=FAINT, linewidth=0.8)
            axes.plot(*image(np.stack([fine, np.full(61, c)])), color=FAINT, linewidth=0.8)
        outline = image(edges.T)
        axes.fill(*outline, facecolor=RUST, alpha=0.25, edgecolor=RUST, linewidth=1.5)
        axes.plot(*linear, color=BLUE, linewidth=2)
        ratio = _area(outline) / abs(np.linalg.det(J))
        axes.set_title(f"side {size:g}, ratio of the areas {ratio:.3f}")
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    return figure


def _area(outline: Any) -> float:
    """The area inside a closed polygon (shoelace)."""
    x, y = outline
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def cyclic(sizes: Sequence[int], names: str = "ABC") -> Figure:
    """The cyclic permutations of a product, each factor a rectangle drawn to scale.

    Parameters
    ----------
    sizes : sequence of int
        The first factor is sizes[0] x sizes[1], the next sizes[1] x sizes[2], and so on round.
    names : str
        A letter for each factor.
    """
    count = len(sizes)
    figure, grid = panels(6.4, 2.1, count, sharey=True, squeeze=False)
    for first, axes in enumerate(grid[0]):
        order = [(first + k) % count for k in range(count)]
        left = 0.0
        for k in order:
            rows, columns = sizes[k], sizes[(k + 1) % count]
            color = (BLUE, RUST, GREEN)[k % 3]
            _block(axes, left, -rows / 2, columns, rows, color)
            axes.text(left + columns / 2, 0, f"${names[k]}$", ha="center", va="center")
            left += columns + 0.4
        axes.text(left + 0.3, 0, "=", ha="center", va="center")
        left += 1.1
        side = sizes[first]
        _block(axes, left, -side / 2, side, side, FAINT)
        for i in range(side):  # the diagonal, whose sum is the trace
            _block(axes, left + i, side / 2 - i - 1, 1, 1, INK)
        axes.set(xlim=(-0.3, sum(sizes) + max(sizes) + 0.4 * count + 1.5), aspect="equal")
        axes.set_title(f"${''.join(names[k] for k in order)}$ is {side} × {side}")
        axes.axis("off")
    return figure


def _block(axes: Any, left: float, bottom: float, width: float, height: float, color: str) -> None:
    right, top = left + width, bottom + height
    corners = [left, right, right, left], [bottom, bottom, top, top]
    axes.fill(*corners, facecolor=color, alpha=0.3, edgecolor=color, linewidth=1.2)


def two_paths(f: Function, lines: Sequence[Any], curve: Function) -> Figure:
    """Straight paths and a curved one into the origin, and f along each of them.

    Parameters
    ----------
    f : callable
        A function of two variables, defined off the origin.
    lines : sequence
        Directions of straight paths.
    curve : callable
        t -> point, the curved path.
    """
    figure, (plane, along) = panels(6.4, 3.0, 2)
    t = np.linspace(-1, 1, 200)  # an even number: t = 0 is left out
    for h in lines:
        h = np.asarray(h, dtype=float)
        path = np.outer(t, h)
        plane.plot(*path.T, color=FAINT, linewidth=1.5)
        along.plot(t, [float(f(p)) for p in path], color=FAINT, linewidth=1.5)
    path = np.array([curve(s) for s in t])
    plane.plot(*path.T, color=RUST)
    along.plot(t, [float(f(p)) for p in path], color=RUST)
    plane.plot(0, 0, "o", color=INK, markersize=5)
    plane.set(xlabel="$x_1$", ylabel="$x_2$", title="paths", aspect="equal")
    along.set(xlabel="$t$", title="$f$ along them")
    return figure
