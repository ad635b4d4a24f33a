"""Figures of chapter 2: a walk, gradients under inner products, mapped grids, shapes, two paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import differential, gradient, jacobian_matrix
from ..spaces import weighted
from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "backward",
    "composed",
    "cyclic",
    "inner_products",
    "mapped_grid",
    "moved_and_gradient",
    "pairing",
    "ring",
    "staircase",
    "two_paths",
    "walk",
    "zoom_squares",
]

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
    t = np.linspace(-0.7, 1.1, 181)  # no further: beside a tall parabola its tangent looks flat
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
    near = np.array([-0.6, 0.6])
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


def pairing(G: Any, directions: Sequence[Any]) -> Figure:
    """A gradient and a direction as heat maps, and their products, entry by entry: a film.

    Each frame has a direction dX, the gradient, and the entrywise product, whose sum is df.
    Positive entries are blue, negative ones rust, and the larger the fuller.

    Parameters
    ----------
    G : array_like, shape (m, n)
    directions : sequence of array_like, shape (m, n)
    """
    G = np.asarray(G, dtype=float)
    m, n = G.shape
    figure, parts = film(len(directions), 5.8, 0.42 * m + 1.1)
    for axes, direction in zip(parts, directions, strict=True):
        H = np.asarray(direction, dtype=float)
        blocks = {
            r"$\mathrm{d}X$": H,
            r"$\nabla f$": G,
            r"$\nabla f \odot \mathrm{d}X$": G * H + 0.0,  # no zero has a sign
        }
        for k, (name, block) in enumerate(blocks.items()):
            _heat_map(axes, k * (n + 0.8), block, name)
        axes.set_title(rf"$\mathrm{{d}}f = {np.sum(G * H):g}$, the sum of all entries on the right")
        axes.set(xlim=(-0.1, 3 * n + 1.7), ylim=(-m - 0.1, 0.8))
        axes.axis("off")
    return figure


def _heat_map(axes: Any, left: float, M: Any, name: str, largest: float = 0.0) -> None:
    """A matrix as squares, positive entries blue, negative ones rust, and the larger the fuller."""
    largest = largest or float(np.max(np.abs(M))) or 1.0
    for (i, j), entry in np.ndenumerate(M):
        x, y = left + j, -i - 1
        corners = [x, x + 1, x + 1, x], [y, y, y + 1, y + 1]
        color = RUST if entry < 0 else BLUE
        share = 0.05 + 0.5 * abs(entry) / largest
        axes.fill(*corners, facecolor=color, alpha=share, edgecolor=GROUND, linewidth=1)
        place = {"ha": "center", "va": "center", "color": INK, "fontsize": 9}
        axes.text(x + 0.5, y + 0.5, f"{entry:g}", **place)
    axes.text(left + np.shape(M)[1] / 2, 0.4, name, ha="center", va="center", color=INK)


def moved_and_gradient(f: Function, X: Any, G: Any, directions: Sequence[Any]) -> Figure:
    """X moved by dX beside the gradient at X, each as a heat map: a film.

    Each frame outlines the entries that dX moves, in both, and says what the gradient predicts and
    how much f moves.

    Parameters
    ----------
    f : callable
        Scalar-valued.
    X, G : array_like, shape (m, n)
        A point, and the gradient of f there.
    directions : sequence of array_like, shape (m, n)
    """
    X, G = np.asarray(X, dtype=float), np.asarray(G, dtype=float)
    m, n = X.shape
    figure, parts = film(len(directions), 5.2, 0.42 * m + 1.1)
    largest = max(float(np.max(np.abs(X + H))) for H in map(np.asarray, directions))
    for axes, direction in zip(parts, directions, strict=True):
        H = np.asarray(direction, dtype=float)
        right = n + 1.2
        _heat_map(axes, 0, X + H, r"$X + \mathrm{d}X$", largest)
        _heat_map(axes, right, G, r"$\nabla f(X)$")
        for i, j in zip(*np.nonzero(H), strict=True):
            for left in (0, right):
                x, y = left + j, -i - 1
                axes.plot([x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y], color=INK, lw=1.6)
        told, moved = np.sum(G * H), float(f(X + H)) - float(f(X))
        axes.set_title(rf"$\mathrm{{d}}f = {told:.2f}$, and $f$ moves by ${moved:.2f}$")
        axes.set(xlim=(-0.1, 2 * n + 1.3), ylim=(-m - 0.1, 0.8))
        axes.axis("off")
    return figure


def composed(g: Function, f: Function, corner: Any, side: float, names: Sequence[str]) -> Figure:
    """A square, its image under g, and the image of that under f, each beside the linear one.

    Parameters
    ----------
    g, f : callable
        Take and give arrays whose first axis has length 2.
    corner : array_like, shape (2,)
    side : float
    names : sequence of str
        The titles of the three panels.
    """
    corner = np.asarray(corner, dtype=float)
    inner, outer = jacobian_matrix(g, corner), jacobian_matrix(f, g(corner))
    around = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]).T * side
    fine = np.linspace(0, side, 61)
    figure, grid = panels(6.4, 2.5, 3)
    maps = [  # of the panel's points, and the linear map of steps from the corner
        (lambda p: p, np.eye(2)),
        (g, inner),
        (lambda p: f(g(p)), outer @ inner),
    ]
    for axes, (y, J), name in zip(grid, maps, names, strict=True):
        for c in np.linspace(0, side, 5):
            for line in ([np.full(61, c), fine], [fine, np.full(61, c)]):
                axes.plot(*y(corner[:, None] + np.stack(line)), color=RUST, linewidth=1)
        axes.plot(*(y(corner)[:, None] + J @ around), color=BLUE, linewidth=2)
        axes.plot(*y(corner), "o", color=INK, markersize=4)
        axes.set(title=name, xticks=[], yticks=[], aspect="equal")
    return figure


def backward(nodes: Sequence[tuple[str, str]], steps: Sequence[tuple[str, str]]) -> Figure:
    """A computation as a chain: differentials run forward above it, adjoints backward below.

    Parameters
    ----------
    nodes : sequence of (str, str)
        Name and shape of each value, from the variable to the result, without dollars.
    steps : sequence of (str, str)
        Between two nodes: the differential of the later one, and what comes back to the earlier.
    """
    figure, axes = panels(6.4, 2.3)
    reach = 0.27  # from the middle of a node to where its arrows end
    for k, (name, shape) in enumerate(nodes):
        _node(axes, np.array([1.0 * k, 0.0]), f"${name}$", INK)
        axes.text(k, -0.33, shape, ha="center", va="center", color=INK, fontsize=9)
    write = {"ha": "center", "va": "center", "fontsize": 9}
    for k, (there, back) in enumerate(steps):
        start, length = k + reach - 0.05, 1.0 - 2 * reach + 0.1
        _arrow(axes, (start, 0.09), (length, 0.0), BLUE, lw=1.5)
        _arrow(axes, (start + length, -0.09), (-length, 0.0), RUST, lw=1.5)
        axes.text(k + 0.5, 0.42, f"${there}$", color=BLUE, **write)
        axes.text(k + 0.5, -0.6, f"${back}$", color=RUST, **write)
    axes.text(-0.35, 0.68, "forward: differentials", color=BLUE, fontsize=9)
    axes.text(-0.35, -0.9, "backward: adjoints", color=RUST, fontsize=9)
    axes.set(xlim=(-0.4, len(nodes) - 0.6), ylim=(-1.0, 0.8))
    axes.axis("off")
    return figure


def ring(names: Sequence[str], cut: int) -> Figure:
    """The factors under a trace as a ring, and the line that they make, cut behind one of them.

    Parameters
    ----------
    names : sequence of str
        The factors in their order, without dollars.
    cut : int
        The factor behind which the ring is cut; it is the last of the line.
    """
    count = len(names)
    figure, (round_, line) = panels(6.4, 2.6, 2, width_ratios=[1, 1.25])
    angles = np.pi / 2 - 2 * np.pi * np.arange(count) / count  # clockwise, from the top
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    colors = [RUST if k == cut else BLUE for k in range(count)]
    for k, (place, color) in enumerate(zip(places, colors, strict=True)):
        _node(round_, place, f"${names[k]}$", color)
        after = places[(k + 1) % count]
        step = (after - place) / np.linalg.norm(after - place)
        _arrow(round_, place + 0.4 * step, after - place - 0.8 * step, FAINT, lw=1.5)
    start, end = places[cut], places[(cut + 1) % count]
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]])
    for shift in (-0.05, 0.05):
        middle = (start + end) / 2 + shift * along
        round_.plot(*np.stack([middle - 0.16 * across, middle + 0.16 * across]).T, color=INK)
    reach = 1.5
    round_.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    order = [(cut + 1 + k) % count for k in range(count)]
    for place, k in enumerate(order):
        _node(line, np.array([place, 0.0]), f"${names[k]}$", colors[k])
    last = count - 2  # the factors before the cut one are M
    line.plot([-0.35, -0.35, last + 0.35, last + 0.35], [-0.45, -0.55, -0.55, -0.45], color=INK)
    write = {"ha": "center", "va": "center", "color": INK}
    line.text(last / 2, -0.85, "$M$", **write)
    line.text(last + 1, -0.85, r"$\nabla f = M^{\mathsf{T}}$", **write)
    line.set(xlim=(-0.6, count - 0.1), ylim=(-1.3, 0.9), aspect="equal")
    for axes in (round_, line):
        axes.axis("off")
    return figure


def _node(axes: Any, place: Any, name: str, color: str) -> None:
    axes.scatter(*place, s=800, c=GROUND, edgecolors=color, linewidths=2, zorder=3)
    axes.text(*place, name, ha="center", va="center", color=color, zorder=4, fontsize=13)


def _block(axes: Any, left: float, bottom: float, width: float, height: float, color: str) -> None:
    right, top = left + width, bottom + height
    corners = [left, right, right, left], [bottom, bottom, top, top]
    axes.fill(*corners, facecolor=color, alpha=0.3, edgecolor=color, linewidth=1.2)


def staircase(stages: int) -> Figure:
    """Cantor's function after some stages of its construction, and x plus it.

    On a gap that the construction has removed both are straight; between, they are drawn so.

    Parameters
    ----------
    stages : int
    """
    x, height = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    for _ in range(stages):  # the lower half of the graph is the whole, a third as wide
        x = np.concatenate([x / 3, (2 + x) / 3])
        height = np.concatenate([height / 2, (1 + height) / 2])
    figure, (alone, added) = panels(6.4, 3.0, 2)
    for axes, values, color, name in (
        (alone, height, BLUE, "$C(x)$"),
        (added, x + height, RUST, "$x + C(x)$"),
    ):
        axes.plot(x, values, color=color, linewidth=1.5)
        axes.set(title=name, xlabel="$x$", xticks=[0, 1 / 3, 2 / 3, 1])
        axes.set_xticklabels(["0", "1/3", "2/3", "1"])
        axes.set_yticks([0, 1, 2][: int(values[-1]) + 1])
    return figure


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
