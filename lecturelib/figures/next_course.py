"""Figures of chapter 5: crossing eigenvalues, a jump of the pseudo-inverse, speeds of descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import BLUE, FAINT, GREEN, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Errors below this are roundings.
FLOOR = 1e-14

__all__ = ["avoided_crossing", "chain", "convergence", "fitted_curves", "jump"]


def avoided_crossing(couplings: Sequence[float]) -> Figure:
    """Eigenvalues of ``[[t, c], [c, -t]]`` against t, with needles that show the eigenvectors.

    Parameters
    ----------
    couplings : sequence of float
        The c of each frame.
    """
    figure, frames = film(len(couplings))
    line, places = np.linspace(-1.05, 1.05, 211), np.linspace(-1.0, 1.0, 12)
    for axes, c in zip(frames, couplings, strict=True):
        size = np.hypot(line, c)
        for sign, color in ((1, BLUE), (-1, RUST)):
            axes.plot(line, sign * size, color=color, linewidth=1.5)
            needles = np.array([_eigenvector(t, c, sign) for t in places])
            axes.quiver(
                *(places, sign * np.hypot(places, c)),
                *needles.T,
                angles="uv",
                scale_units="inches",
                scale=2.6,
                pivot="middle",
                width=0.009,
                headwidth=0,
                headlength=0,
                headaxislength=0,
                color=color,
            )
        axes.set(
            xlim=(-1.2, 1.2), ylim=(-1.4, 1.4), xlabel="$t$", ylabel="eigenvalues", title=f"c = {c}"
        )
    return figure


def _eigenvector(t: float, c: float, sign: int) -> np.ndarray:
    """The unit eigenvector of ``[[t, c], [c, -t]]`` to the larger or the smaller eigenvalue."""
    w, V = np.linalg.eigh(np.array([[t, c], [c, -t]]))
    v = V[:, 1 if sign > 0 else 0]
    return v * (np.sign(v[np.argmax(np.abs(v))]) or 1.0)


def jump(solution: Callable[[float, float], float], ridges: Sequence[float]) -> Figure:
    """A least-squares coefficient against the t at which the rank drops, here 0.

    Parameters
    ----------
    solution : callable
        ``solution(t, ridge)`` -> the coefficient.
    ridges : sequence of float
        The ridges drawn beside 0.
    """
    figure, axes = panels(6.0, 3.5)
    line = np.linspace(-1.0, 1.0, 401)
    label = r"$\nu = 0$"
    for half in (line[line < -1e-9], line[line > 1e-9]):
        axes.plot(half, [solution(t, 0.0) for t in half], color=RUST, label=label)
        label = ""
    axes.plot(0.0, solution(0.0, 0.0), "o", color=RUST, zorder=4)
    for ridge, color in zip(ridges, (BLUE, GREEN), strict=True):
        values = [solution(t, ridge) for t in line]
        axes.plot(line, values, color=color, label=rf"$\nu = {ridge:g}$")
    axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set(xlabel="$t$", ylabel="second weight", ylim=(-4.0, 4.0))
    axes.legend(frameon=False, labelcolor="linecolor", loc="upper left")
    return figure


def convergence(errors: Mapping[str, Any]) -> Figure:
    """Errors against the number of steps, on a logarithmic axis.

    Parameters
    ----------
    errors : mapping
        Name of a method -> its errors, one before the first step and one after each. The first one
        below 1e-14 is drawn there, and is the last.
    """
    figure, axes = panels(6.0, 3.5)
    for (name, values), color in zip(errors.items(), (RUST, GREEN, BLUE, INK), strict=False):
        # down to rounding and no further, where errors are noise
        exact = np.flatnonzero(np.asarray(values) < FLOOR)
        shown = np.maximum(values, FLOOR)[: exact[0] + 1 if exact.size else None]
        axes.semilogy(range(len(shown)), shown, "o-", ms=3.5, color=color, label=name)
    axes.set(xlabel="steps", ylabel="error", ylim=(FLOOR / 5, None))
    axes.legend(frameon=False, labelcolor="linecolor")
    return figure


def fitted_curves(x: Any, y: Any, fits: Mapping[str, Callable[[Any], Any]]) -> Figure:
    """Points, and curves that shall come close to them.

    Parameters
    ----------
    x, y : array_like, shape (m,)
        The points.
    fits : mapping
        Label -> a function of x.
    """
    x = np.asarray(x, dtype=float)
    figure, axes = panels(6.0, 3.2)
    line = np.linspace(x.min(), x.max(), 200)
    for (name, fit), color in zip(fits.items(), (FAINT, GREEN, RUST, BLUE), strict=False):
        axes.plot(line, fit(line), color=color, label=name)
    axes.plot(x, y, "o", color=INK, markersize=5.5)
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend(frameon=False)
    return figure


def chain(slopes: Any, watched: int) -> Figure:
    """How far a weight of a chain sinks for each spring that gets stiffer, a bar for each spring.

    Parameters
    ----------
    slopes : array_like, shape (n + 1,)
        For spring 0 between the ceiling and weight 0, and so on.
    watched : int
        The weight, between the springs ``watched`` and ``watched + 1``.
    """
    slopes = np.asarray(slopes, dtype=float)
    figure, axes = panels(6.0, 3.0)
    best = int(np.argmin(slopes))
    colors = [RUST if k == best else BLUE for k in range(len(slopes))]
    axes.bar(np.arange(len(slopes)), slopes, width=0.8, color=colors)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.axvline(watched + 0.5, color=FAINT, linewidth=1.2, linestyle="--")
    axes.set(xlabel="spring, from the ceiling down", ylabel="derivative")
    return figure
