"""Figures of chapter 0: stationary points, level lines, a regression, a network, a transpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "characters",
    "design_matrix",
    "graphs",
    "growing_products",
    "level_lines",
    "network",
    "regression_line",
    "stretching",
    "transposition",
]


def network(
    sizes: Sequence[int],
    weights: Sequence[Any] | None = None,
    highlight: tuple[int, int] | None = None,
) -> Figure:
    r"""A multilayer perceptron as a graph: a column of nodes for each layer, edges between them.

    Columns are labelled phi_0, phi_1, ..., the edges between two of them with their matrix, W_1,
    W_2, ...; the edge from node i to node j of the next layer belongs to the entry (i, j).

    Parameters
    ----------
    sizes : sequence of int
        n_0, n_1, ..., n_L: the number of inputs, then of perceptrons in each layer.
    weights : sequence of array_like, optional
        The matrices, entry l of shape (n_l, n_{l+1}): edges are as wide as the size of their entry,
        blue if it is positive and rust if it is negative.
    highlight : (int, int), optional
        A layer from 1 to L and one of its perceptrons, counted from 0. The edges that lead to it,
        a column of the layer's matrix, are drawn in blue.
    """
    tallest = max(sizes)
    figure, axes = panels(1.75 * len(sizes), 0.62 * tallest + 1.0)
    heights = [(n - 1) / 2 - np.arange(n) for n in sizes]  # from the top, around 0
    top = (tallest - 1) / 2
    for layer in range(1, len(sizes)):
        matrix = None if weights is None else np.asarray(weights[layer - 1], dtype=float)
        largest = 1.0 if matrix is None else float(np.max(np.abs(matrix))) or 1.0
        for i, start in enumerate(heights[layer - 1]):
            for j, end in enumerate(heights[layer]):
                color, width = FAINT, 1.0
                if matrix is not None:
                    color = BLUE if matrix[i, j] > 0 else RUST
                    width = 3.0 * abs(matrix[i, j]) / largest
                elif highlight == (layer, j):
                    color, width = BLUE, 2.0
                order = 2 if color == BLUE else 1
                ends = [layer - 1, layer], [start, end]
                axes.plot(*ends, color=color, linewidth=width, zorder=order)
        axes.text(layer - 0.5, top + 0.75, f"$W_{{{layer}}}$", ha="center", color=INK, fontsize=13)
    for layer, column in enumerate(heights):
        chosen = [highlight == (layer, j) for j in range(len(column))]
        faces = [BLUE if picked else GROUND for picked in chosen]
        axes.scatter([layer] * len(column), column, s=190, c=faces, edgecolors=INK, zorder=3)
        name = rf"$\boldsymbol{{\phi}}_{{{layer}}}$"
        axes.text(layer, -top - 0.8, name, ha="center", va="center", color=INK, fontsize=13)
    axes.set(xlim=(-0.35, len(sizes) - 0.65), ylim=(-top - 1.15, top + 1.15))
    axes.axis("off")
    return figure


def graphs(
    functions: Mapping[str, tuple[Callable[[Any], Any], float]], half: float = 1.0
) -> Figure:
    """Graphs of functions of one variable, a point marked on each.

    Parameters
    ----------
    functions : mapping
        Title of a panel -> (function, marked x).
    half : float
        How far each graph reaches on both sides of the marked point.
    """
    figure, grid = panels(6.4, 2.3, len(functions), sharey=True, squeeze=False)
    for axes, (title, (f, x)) in zip(grid[0], functions.items(), strict=True):
        line = np.linspace(x - half, x + half, 201)
        axes.plot(line, f(line), color=BLUE)
        axes.plot(x, f(np.array([x])), "o", color=RUST, markersize=6, zorder=4)
        axes.set(title=title, xticks=[x], ylim=(-1.15, 1.15), yticks=[0])
        axes.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    return figure


def level_lines(matrices: Mapping[str, Any]) -> Figure:
    """Level lines of x^T A x / 2 for 2 x 2 matrices: solid where it is positive, dashed where not.

    Parameters
    ----------
    matrices : mapping
        Title of a panel -> symmetric (2, 2) matrix.
    """
    figure, grid = panels(6.4, 2.7, len(matrices), sharex=True, sharey=True, squeeze=False)
    a, b = np.meshgrid(np.linspace(-1.5, 1.5, 121), np.linspace(-1.5, 1.5, 121))
    steps = np.array([0.1, 0.4, 0.9, 1.6, 2.5, 3.6])
    for axes, (title, A) in zip(grid[0], matrices.items(), strict=True):
        A = np.asarray(A, dtype=float)
        values = (A[0, 0] * a * a + 2 * A[0, 1] * a * b + A[1, 1] * b * b) / 2
        if values.max() > 0:
            axes.contour(a, b, values, levels=steps, colors=BLUE, linewidths=1.3)
        if values.min() < 0:
            axes.contour(
                a, b, values, levels=-steps[::-1], colors=RUST, linewidths=1.3, linestyles="dashed"
            )
        axes.plot(0, 0, "o", color=INK, markersize=5)
        axes.set(title=title, xlabel="$x_1$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$x_2$")
    return figure


def regression_line(x: Any, y: Any, w: Any) -> Figure:
    """Points, the line a_0 + a_1 x, and on it the estimates, joined to their points.

    Parameters
    ----------
    x, y : array_like, shape (m,)
        The points.
    w : array_like, shape (2,)
        a_0 and a_1.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.asarray(w, dtype=float)
    figure, axes = panels(6.0, 3.4)
    ends = np.array([x.min(), x.max()]) + 0.08 * np.ptp(x) * np.array([-1.0, 1.0])
    axes.plot(ends, w[0] + w[1] * ends, color=BLUE, zorder=2)
    axes.vlines(x, y, w[0] + w[1] * x, color=RUST, linewidth=1.5, zorder=1)
    axes.plot(x, w[0] + w[1] * x, "o", color=BLUE, mfc=GROUND, markersize=5.5, zorder=3)
    axes.plot(x, y, "o", color=INK, markersize=5.5, zorder=4)
    axes.text(ends[1], w[0] + w[1] * ends[1], r"  $\hat y = a_0 + a_1 x$", color=BLUE, va="center")
    axes.set(xlabel="$x$", ylabel="$y$")
    return figure


def design_matrix(X: Any, w: Any, y: Any, columns: Sequence[str] = ()) -> Figure:
    """X w and y with their entries: a row for each point, a column of X for each term of the model.

    Parameters
    ----------
    X : array_like, shape (m, n)
    w : array_like of shape (n,)
        Numbers or names of the weights.
    y : array_like, shape (m,)
    columns : sequence of str, optional
        What stands above the columns of X.
    """
    X, w, y = np.asarray(X), np.asarray(w), np.asarray(y)
    m, n = X.shape
    colors = [(BLUE, GREEN, RUST)[j % 3] for j in range(n)]  # one for a column and its weight
    blocks = [  # left side, upper side, entries, their colours, name
        (0.0, 0.0, X, [colors] * m, "$X$"),
        (n + 0.7, (m - n) / 2, w[:, None], [[color] for color in colors], r"$\boldsymbol{w}$"),
        (n + 3.2, 0.0, y[:, None], [[INK]] * m, r"$\boldsymbol{y}$"),
    ]
    figure, axes = panels(6.0, 0.36 * m + 0.9)
    write = {"ha": "center", "va": "center"}
    for left, upper, block, paint, name in blocks:
        for (i, j), entry in np.ndenumerate(block):
            text = str(entry) if isinstance(entry, str) else f"{entry:g}"
            axes.text(left + j, -upper - i, text, color=paint[i][j], **write)
        right = left + block.shape[1] - 1
        _brackets(axes, left - 0.5, right + 0.5, 0.5 - upper, len(block))
        axes.text((left + right) / 2, -m - 0.15, name, color=INK, **write)
    axes.text(n + 1.95, (1 - m) / 2, r"$\approx$", color=INK, fontsize=14, **write)
    for j, name in enumerate(columns):
        axes.text(j, 1.08, name, color=colors[j], **write)
    axes.set(xlim=(-0.8, n + 4.0), ylim=(-m - 0.6, 1.5))
    axes.axis("off")
    return figure


def _brackets(axes: Any, left: float, right: float, top: float, rows: int) -> None:
    for side, inward in ((left, 0.12), (right, -0.12)):
        ends = [side + inward, side, side, side + inward], [top, top, top - rows, top - rows]
        axes.plot(*ends, color=INK, linewidth=1.2)


def transposition(A: Any) -> Figure:
    """A matrix and its transpose as coloured cells; the diagonal is the mirror.

    Parameters
    ----------
    A : array_like, shape (m, n)
    """
    A = np.asarray(A)
    m, n = A.shape
    figure, axes = panels(5.6, 0.62 * max(m, n) + 0.5)
    for left, block, name in ((0.0, A, "$A$"), (n + 1.6, A.T, r"$A^{\mathsf{T}}$")):
        for (i, j), entry in np.ndenumerate(block):
            row = i if block is A else j  # the cell's row in A gives its colour
            color = (BLUE, RUST, GREEN)[row % 3]
            corners = [left + j, left + j + 1, left + j + 1, left + j], [-i, -i, -i - 1, -i - 1]
            axes.fill(*corners, facecolor=color, alpha=0.18, edgecolor=GROUND, linewidth=2)
            axes.text(left + j + 0.5, -i - 0.5, f"{entry:g}", ha="center", va="center", color=color)
        k = min(m, n)
        for start, end in ((-0.34, -0.06), (k + 0.06, k + 0.34)):  # the ends of the mirror
            axes.plot([left + start, left + end], [-start, -end], color=INK, linewidth=1.2)
        rows, columns = block.shape
        title = f"{name},  {rows} × {columns}"
        axes.text(left + columns / 2, 0.35, title, ha="center", va="center", color=INK)
    axes.set(xlim=(-0.4, m + n + 2.0), ylim=(-max(m, n) - 0.35, 0.65))
    axes.set_aspect("equal")
    axes.axis("off")
    return figure


def growing_products(row: Any, column: Any, drow: Any, dcolumn: Any) -> Figure:
    """The first product of a row and a column as an area that grows, and all of them in a row.

    Each product a b is a rectangle of width a and height b. It grows by the strips da b and a db
    and the corner da db.

    Parameters
    ----------
    row, column, drow, dcolumn : array_like, shape (n,)
        Positive numbers, and their positive changes.
    """
    row, column, drow, dcolumn = (
        np.asarray(part, dtype=float) for part in (row, column, drow, dcolumn)
    )
    gap = 0.9
    width = np.sum(row + drow) + gap * (len(row) - 1)
    figure, (one, all_) = panels(6.4, 2.6, 2, width_ratios=[row[0] + drow[0] + 1.0, width + 0.6])
    _growing(one, 0.0, row[0], column[0], drow[0], dcolumn[0])
    write = {"ha": "center", "va": "center"}
    right, top = row[0] + drow[0] / 2, column[0] + dcolumn[0] / 2
    one.text(row[0] / 2, column[0] / 2, "$ab$", color=INK, **write)
    one.text(row[0] / 2, -0.35, "$a$", color=INK, **write)
    one.text(right, -0.35, r"$\mathrm{d}a$", color=BLUE, **write)
    one.text(-0.35, column[0] / 2, "$b$", color=INK, **write)
    one.text(-0.4, top, r"$\mathrm{d}b$", color=GREEN, **write)
    left = 0.0
    for j, (a, b, da, db) in enumerate(zip(row, column, drow, dcolumn, strict=True), start=1):
        _growing(all_, left, a, b, da, db)
        name = rf"$a_{{i{j}}}\, b_{{{j}k}}$"
        all_.text(left + a / 2, -0.35, name, color=INK, **write)
        left += a + da + gap
    one.set_title("a product of numbers")
    all_.set_title("an entry of $AB$: a sum of products")
    high = float(np.max(column + dcolumn)) + 0.2
    for axes in (one, all_):
        axes.set(ylim=(-0.7, high), aspect="equal")
        axes.axis("off")
    return figure


def _growing(axes: Any, left: float, a: float, b: float, da: float, db: float) -> None:
    """A rectangle a x b, its two strips and its corner."""
    parts = [
        (left, 0.0, a, b, FAINT),
        (left + a, 0.0, da, b, BLUE),
        (left, b, a, db, GREEN),
        (left + a, b, da, db, RUST),
    ]
    for x, y, width, height, color in parts:
        corners = [x, x + width, x + width, x], [y, y, y + height, y + height]
        axes.fill(*corners, facecolor=color, alpha=0.3, edgecolor=color, linewidth=1.2)


def stretching(A: Any) -> Figure:
    """The unit square and its image under a symmetric matrix; two eigenvectors and their images.

    Parameters
    ----------
    A : array_like, shape (2, 2)
        Symmetric, with positive eigenvalues.
    """
    A = np.asarray(A, dtype=float)
    figure, axes = panels(4.6, 4.0)
    square = np.array([[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    for corners, color in ((A @ square, BLUE), (square, FAINT)):
        axes.fill(*corners, facecolor=color, alpha=0.25, edgecolor=color, linewidth=1.5)
    values, vectors = np.linalg.eigh(A)
    vectors = vectors * np.where(vectors[0] < 0, -1.0, 1.0)  # the sign of an eigenvector is free
    for value, v in zip(values, vectors.T, strict=True):
        for end, color, width in ((value * v, GREEN, 1.5), (v, RUST, 3.0)):
            style = {"arrowstyle": "-|>", "color": color, "lw": width, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", end, (0.0, 0.0), arrowprops=style)
        place = {"xytext": (-44, -2), "textcoords": "offset points", "color": GREEN}
        axes.annotate(rf"$\lambda = {value:g}$", value * v, **place)
    axes.set(xlim=(-0.4, 3.6), ylim=(-1.1, 3.3), aspect="equal")
    axes.set(xlabel="$x_1$", ylabel="$x_2$")
    return figure


def characters() -> Figure:
    """The lecture's equation of two characters, drawn in strokes, so that it needs no font.

    The sign for noon, transposed, is the sign for ten: one piece stands above a cross, then beside.
    """
    noon = {  # strokes as x, y of their ends
        RUST: [(0.32, 1.0, 0.12, 0.68), (0.22, 0.84, 0.85, 0.84)],
        BLUE: [(0.0, 0.45, 1.0, 0.45), (0.52, 0.84, 0.52, 0.0)],
    }
    ten = {
        RUST: [(0.3, 1.0, 0.0, 0.55), (0.18, 0.78, 0.18, 0.0)],
        BLUE: [(0.4, 0.6, 1.05, 0.6), (0.73, 1.0, 0.73, 0.0)],
    }
    figure, axes = panels(4.2, 1.5)
    for left, character in ((0.0, noon), (2.1, ten)):
        for color, strokes in character.items():
            for x1, y1, x2, y2 in strokes:
                axes.plot([left + x1, left + x2], [y1, y2], color=color, linewidth=5)
    axes.text(1.05, 1.02, r"$\mathsf{T}$", color=INK, fontsize=15, ha="center", va="center")
    axes.text(1.58, 0.45, "$=$", color=INK, fontsize=22, ha="center", va="center")
    axes.set(xlim=(-0.3, 3.45), ylim=(-0.12, 1.18))
    axes.set_aspect("equal")
    axes.axis("off")
    return figure
