"""Figures of chapter 3: expansions, quadratic forms, maps of matrices, fits, descents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..leastsquares import polynomial_design
from .style import BLUE, FAINT, GREEN, GROUND, INK, RUST, STYLE, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "blocks",
    "circle_images",
    "descents",
    "expansions",
    "fit",
    "landscapes",
    "matrix_map",
    "pairings",
    "projections",
    "quadratic_forms",
    "rates",
    "side_by_side",
    "squares",
    "taylor_remainders",
]


def taylor_remainders(
    f: Callable[[Any], Any], x: Any, h: Any, predictions: Mapping[str, Sequence[float]]
) -> Figure:
    """What each prediction of f(x + th) misses, against t, on logarithmic axes.

    Parameters
    ----------
    f : callable
        Scalar-valued.
    x, h : array_like
        Point and direction.
    predictions : mapping
        Label -> the coefficients of 1, t, t^2, ... of the prediction.
    """
    figure, axes = panels(6.0, 3.6)
    t = 2.0 ** -np.arange(1.0, 12.0)
    values = np.array([float(f(np.asarray(x) + s * np.asarray(h))) for s in t])
    for (label, c), color in zip(predictions.items(), (GREEN, RUST, BLUE, INK), strict=False):
        missed = np.abs(values - polynomial_design(t, len(c) - 1) @ c)
        slope = np.log2(missed[-2] / missed[-1])
        axes.loglog(t, missed, "o-", color=color, ms=4)
        axes.annotate(
            f"{label}\nslope {slope:.1f}",
            (t[-1], missed[-1]),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            color=color,
        )
    axes.set(xlabel="step $t$", ylabel="missed by")
    axes.set_xlim(left=t[-1] / 30)  # room for the labels
    return figure


def quadratic_forms(forms: Mapping[str, Any]) -> Figure:
    """Level lines of x^T A x for 2 x 2 matrices: blue above zero, rust below, dark at zero.

    Parameters
    ----------
    forms : mapping
        Title of a panel -> A, symmetric.
    """
    figure, grid = panels(6.6, 2.6, len(forms), sharex=True, sharey=True, squeeze=False)
    a, b = np.meshgrid(np.linspace(-1.5, 1.5, 151), np.linspace(-1.5, 1.5, 151))
    levels = np.array([0.25, 1.0, 2.25, 4.0, 6.25])
    for axes, (title, A) in zip(grid[0], forms.items(), strict=True):
        A = np.asarray(A, dtype=float)
        values = A[0, 0] * a * a + 2 * A[0, 1] * a * b + A[1, 1] * b * b
        for sign, color in ((1, BLUE), (-1, RUST)):
            if (sign * values).max() > levels[0]:
                axes.contour(a, b, sign * values, levels=levels, colors=color, linewidths=1.2)
        # the form is zero where the eigenvalues' contributions cancel: a point, one line, or two
        eigenvalues, V = np.linalg.eigh(A)
        low, high = eigenvalues.round(12)
        if low <= 0 <= high:
            for sign in (1, -1):
                slope = np.sqrt(max(high, 0)) * V[:, 0] + sign * np.sqrt(max(-low, 0)) * V[:, 1]
                axes.axline((0, 0), slope, color=INK, linewidth=2.4)
        axes.plot(0, 0, "o", color=INK, ms=5)
        axes.set(title=title, xlabel="$x_1$", xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$x_2$")
    return figure


def blocks(matrices: Mapping[str, Any], size: Mapping[str, tuple[int, int]]) -> Figure:
    """Matrices as coloured squares, blue above zero and rust below, cut into blocks; with a key.

    Parameters
    ----------
    matrices : mapping
        Title of a panel -> matrix.
    size : mapping
        Title of a panel -> rows and columns of a block.
    """
    colors = _heat()
    figure, grid = panels(6.4, 3.4, len(matrices), squeeze=False)
    largest = max(np.abs(np.asarray(M, dtype=float)).max() for M in matrices.values())
    for axes, (title, M) in zip(grid[0], matrices.items(), strict=True):
        M = np.asarray(M, dtype=float)
        image = axes.imshow(M, cmap=colors, vmin=-largest, vmax=largest)
        rows, columns = size[title]
        for cut in np.arange(rows, len(M), rows) - 0.5:
            axes.axhline(cut, color=INK, linewidth=1)
        for cut in np.arange(columns, M.shape[1], columns) - 0.5:
            axes.axvline(cut, color=INK, linewidth=1)
        axes.set(title=title, xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(True)
    key = figure.colorbar(image, ax=list(grid[0]), shrink=0.8, aspect=25, label="entry")
    key.outline.set_visible(False)
    return figure


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
    figure, axes = panels(6.0, 3.5)
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
    figure, grid = panels(6.4, 2.4, len(lines), sharex=True, sharey=True, squeeze=False)
    for axes, (title, w) in zip(grid[0], lines.items(), strict=True):
        fitted = w[0] + w[1] * x
        for a, top, side in zip(x, np.maximum(y, fitted), np.abs(y - fitted), strict=True):
            left = a if a < x.mean() else a - side  # towards the middle, to keep the panel narrow
            corners = [left, left + side, left + side, left], [top, top, top - side, top - side]
            axes.fill(*corners, facecolor=RUST, alpha=0.22, edgecolor=RUST, linewidth=1)
        ends = np.array([x.min() - 0.4, x.max() + 0.4])
        axes.plot(ends, w[0] + w[1] * ends, color=BLUE)
        axes.plot(x, y, "o", color=INK, markersize=5)
        axes.set(title=f"{title}\nsum of areas {np.sum((y - fitted) ** 2):.2f}", xlabel="$x$")
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$y$")
    return figure


def landscapes(problems: Mapping[str, Sequence[Any]]) -> Figure:
    """Level lines of ``||X w - y||^2`` for X with two columns, its minimisers marked.

    Parameters
    ----------
    problems : mapping
        Title of a panel -> (X, y). The dot is the minimiser nearest to the origin; where the
        columns of X are dependent, the line through it holds all the others.
    """
    figure, grid = panels(6.4, 3.5, len(problems), sharex=True, sharey=True, squeeze=False)
    a, b = np.meshgrid(np.linspace(-1.6, 3.6, 161), np.linspace(-2.6, 2.6, 161))
    for axes, (title, (X, y)) in zip(grid[0], problems.items(), strict=True):
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
    grid[0, 0].set_ylabel("$a_1$")
    return figure


def descents(
    X: Any, y: Any, start: Any, steps: Mapping[str, float], times: Sequence[int]
) -> Figure:
    """Gradient descent on ``||X w - y||^2``, X with two columns, as a film strip.

    Parameters
    ----------
    X, y, start : array_like
        The problem, and where the walks begin.
    steps : mapping
        Label -> step length; two of them.
    times : sequence of int
        How many steps the walks have made in each frame. The last three are drawn in full.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    best = np.linalg.lstsq(X, y)[0]
    paths = {label: _descent(X, y, start, step, max(times)) for label, step in steps.items()}
    half = 1.15 * np.abs(np.asarray(start, dtype=float) - best).max()
    a, b = np.meshgrid(*(np.linspace(c - half, c + half, 121) for c in best))
    errors = X @ np.stack([a.ravel(), b.ravel()]) - y[:, None]
    cost = np.sum(errors**2, axis=0).reshape(a.shape)
    figure, frames = film(len(times), 4.2, 3.9)
    for axes, time in zip(frames, times, strict=True):
        levels = cost.min() + np.array([1.0, 4.0, 9.0, 16.0, 36.0, 64.0, 100.0]) * half**2 / 4
        axes.contour(a, b, cost, levels=levels, colors=FAINT, linewidths=0.8)
        for (label, path), color in zip(paths.items(), (RUST, BLUE), strict=True):
            walked = path[: time + 1].T
            axes.plot(*walked, color=color, linewidth=0.9, alpha=0.35)
            recent = walked[:, -4:]  # beside these the steps before are a trace
            axes.plot(*recent, "o-", color=color, ms=3.5, linewidth=1.6, label=label)
            axes.plot(*recent[:, -1:], "o", color=color, ms=7)
        axes.plot(*best, "+", color=INK, ms=10)
        axes.set(
            title=f"after {time} step{'' if time == 1 else 's'}", xlabel="$a_0$", ylabel="$a_1$"
        )
        axes.set(xlim=(a.min(), a.max()), ylim=(b.min(), b.max()), aspect="equal")
        axes.legend(loc="lower right", frameon=False)
    return figure


def _descent(X: Any, y: Any, start: Any, step: float, count: int) -> np.ndarray:
    path = [np.asarray(start, dtype=float)]
    for _ in range(count):
        path.append(path[-1] - step * 2 * X.T @ (X @ path[-1] - y))
    return np.array(path)


def projections(X: Any, y: Any, w: Any) -> Figure:
    """Where a 2 x 2 matrix of rank 1 sends things: X X^+ among measurements, X^+ X among weights.

    Parameters
    ----------
    X : array_like, shape (2, 2)
        Of rank 1.
    y : array_like, shape (2,)
        Measurements: X X^+ y is the nearest point that X reaches.
    w : array_like, shape (2,)
        Weights: X^+ X w has the same X w, and is the shortest that has.
    """
    X, y, w = (np.asarray(A, dtype=float) for A in (X, y, w))
    P = np.linalg.pinv(X)
    figure, (left, right) = panels(6.4, 3.3, 2)
    for axes, point, foot, name, names in (
        (left, y, X @ P @ y, r"range of $X$", (r"$\boldsymbol{y}$", r"$XX^+\boldsymbol{y}$")),
        (
            right,
            w,
            P @ X @ w,
            r"range of $X^{\mathsf{T}}$",
            (r"$\boldsymbol{w}$", r"$X^+X\boldsymbol{w}$"),
        ),
    ):
        axes.axline((0, 0), foot, color=BLUE)
        axes.plot(*np.stack([point, foot]).T, color=RUST, linestyle=":" if axes is left else "-")
        axes.plot(*foot, "o", color=BLUE)
        axes.plot(*point, "o", color=RUST)
        axes.plot(0, 0, "+", color=INK, ms=9)
        offsets = ((7, -4), (5, -15) if axes is left else (7, 5))  # clear of the lines
        for place, text, offset in zip((point, foot), names, offsets, strict=True):
            axes.annotate(text, place, xytext=offset, textcoords="offset points", color=INK)
        axes.set(title=name, xlim=(-0.6, 3.2), ylim=(-0.6, 3.2), aspect="equal")
    right.axline(w, P @ X @ w, color=RUST)
    left.set(xlabel="$y_1$", ylabel="$y_2$")
    right.set(xlabel="$w_1$", ylabel="$w_2$")
    return figure


def _heat() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("course", [RUST, GROUND, BLUE])


def _squares(axes: Any, M: np.ndarray, largest: float, title: str) -> Any:
    """A matrix as coloured squares, its entries written into them."""
    image = axes.imshow(M, cmap=_heat(), vmin=-largest, vmax=largest)
    for (i, j), entry in np.ndenumerate(M):
        strong = abs(entry) > 0.6 * largest
        axes.text(
            j, i, f"{entry + 0.0:g}", ha="center", va="center", color=GROUND if strong else INK
        )
    axes.set(title=title, xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(True)
    return image


def matrix_map(out: Callable[[Any], Any], directions: Mapping[str, Any], name: str) -> Figure:
    """A map of matrices: what goes in as squares above, what comes out below, each with a key.

    Parameters
    ----------
    out : callable
        The map.
    directions : mapping
        Title of a panel -> a matrix that goes in.
    name : str
        What the title of a matrix that comes out puts before the direction in brackets.
    """
    import matplotlib.pyplot as plt

    pairs = {title: np.asarray(H, dtype=float) for title, H in directions.items()}
    rows = [
        (pairs, "entry of $H$"),
        (
            {f"${name}[{title.strip('$')}]$": np.asarray(out(H)) for title, H in pairs.items()},
            "entry of the result",
        ),
    ]
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(2, len(pairs), figsize=(6.6, 5.0), squeeze=False)
    for line, (matrices, label) in zip(grid, rows, strict=True):
        largest = max(np.abs(M).max() for M in matrices.values())
        for axes, (title, M) in zip(line, matrices.items(), strict=True):
            image = _squares(axes, M, largest, title)
        key = figure.colorbar(image, ax=list(line), aspect=16, label=label)
        key.outline.set_visible(False)
        for axes in line:
            axes.set_anchor("C")  # a column stands below the middle of what it comes from
    return figure


def side_by_side(matrices: Mapping[str, Any], digits: int = 2) -> Figure:
    """Matrices of one shape as squares in a row, with one key.

    Parameters
    ----------
    matrices : mapping
        Title of a panel -> matrix.
    digits : int
        How many decimals are written into the squares.
    """
    figure, grid = panels(2.2 * len(matrices), 2.6, len(matrices), squeeze=False)
    rounded = [np.round(np.asarray(M, dtype=float), digits) for M in matrices.values()]
    largest = max(np.abs(M).max() for M in rounded)
    for axes, title, M in zip(grid[0], matrices, rounded, strict=True):
        image = _squares(axes, M, largest, title)
    key = figure.colorbar(image, ax=list(grid[0]), aspect=16, label="entry")
    key.outline.set_visible(False)
    return figure


def pairings(factors: Mapping[str, tuple[Any, Any]]) -> Figure:
    """Products entry by entry of two matrices, as squares; in the title the sum of all entries.

    Parameters
    ----------
    factors : mapping
        Name of the inner product -> its two matrices, of one shape.
    """
    products = {
        name: np.asarray(A, dtype=float) * np.asarray(B) for name, (A, B) in factors.items()
    }
    figure, grid = panels(6.6, 2.9, len(products), squeeze=False)
    largest = max(np.abs(M).max() for M in products.values())
    for axes, (name, M) in zip(grid[0], products.items(), strict=True):
        image = _squares(axes, M, largest, f"{name}\nall entries together: {M.sum():g}")
    key = figure.colorbar(image, ax=list(grid[0]), aspect=16, label="product of two entries")
    key.outline.set_visible(False)
    return figure


def expansions(
    f: Callable[[Any], Any],
    x: Any,
    h: Any,
    predictions: Mapping[str, Sequence[float]],
    times: tuple[float, float],
) -> Figure:
    """f along the walk x + th, and what each prediction from t = 0 makes of it.

    Parameters
    ----------
    f : callable
        Scalar-valued.
    x, h : array_like
        Point and direction.
    predictions : mapping
        Label -> the coefficients of 1, t, t^2, ... of the prediction.
    times : tuple of float
        The first and the last t.
    """
    figure, axes = panels(6.0, 3.6)
    t = np.linspace(*times, 121)
    walk = [float(f(np.asarray(x) + s * np.asarray(h))) for s in t]
    axes.plot(t, walk, color=INK, linewidth=3, label="$f$")
    for (label, c), color in zip(predictions.items(), (GREEN, RUST, BLUE), strict=False):
        axes.plot(t, polynomial_design(t, len(c) - 1) @ c, color=color, label=label)
    axes.plot(0, float(f(np.asarray(x))), "o", color=INK, markersize=7)
    axes.set(xlabel="$t$", ylabel="height")
    axes.legend(frameon=False)
    return figure


def circle_images(matrices: Mapping[str, Any]) -> Figure:
    """What a 2 x 2 matrix makes of the unit circle, with the half axes of the ellipse.

    Parameters
    ----------
    matrices : mapping
        Title of a panel -> matrix. The two half axes and their ratio stand below it.
    """
    figure, grid = panels(6.6, 2.9, len(matrices), squeeze=False)
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    for axes, (title, M) in zip(grid[0], matrices.items(), strict=True):
        M = np.asarray(M, dtype=float)
        U, s, _ = np.linalg.svd(M)
        axes.plot(*(M @ circle), color=INK, linewidth=1.6)
        for u, length, color in zip(U.T, s, (BLUE, RUST), strict=True):
            axes.plot(*np.stack([-length * u, length * u]).T, color=color)
        axes.set(title=f"{title}\n{s[0]:.3g} : {s[1]:.3g} = {s[0] / s[1]:.3g}")
        axes.set_aspect("equal", adjustable="datalim")
    return figure


def rates(curvatures: Sequence[float]) -> Figure:
    """The factors |1 - a lambda| of gradient descent against the step a, and the slowest of them.

    Parameters
    ----------
    curvatures : sequence of float
        The eigenvalues of the Hessian, ascending, all positive.
    """
    low, high = float(curvatures[0]), float(curvatures[-1])
    figure, axes = panels(6.0, 3.6)
    a = np.linspace(0, 2.3 / high, 231)
    factors = np.abs(1 - np.outer(curvatures, a))
    for values, name, color in (
        (factors[0], r"along $\lambda_{\min}$", BLUE),
        (factors[-1], r"along $\lambda_{\max}$", GREEN),
    ):
        axes.plot(a, values, color=color, linewidth=1.4, label=name)
    axes.plot(a, factors.max(axis=0), color=RUST, linewidth=4, alpha=0.45, label="the slower")
    best = 2 / (low + high)
    axes.plot(best, 1 - best * low, "o", color=RUST)
    axes.axhline(1, color=FAINT, linewidth=1, linestyle=":")
    axes.axvline(2 / high, color=FAINT, linewidth=1, linestyle=":")
    axes.annotate(r"$2/\lambda_{\max}$", (2 / high, 0.03), xytext=(5, 0),
                  textcoords="offset points", color=INK)  # fmt: skip
    axes.set(xlabel=r"step $\alpha$", ylabel="factor in one step", ylim=(0, 1.35))
    axes.set_xlim(0, a[-1])
    axes.legend(frameon=False, loc="lower left")
    return figure
