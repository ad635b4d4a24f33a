"""Figures of chapter 4: lines that cross, areas that flow, eigenvalues that move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..functions import expm
from .style import BLUE, FAINT, GREEN, INK, RUST, film, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["areas", "collision", "crossings", "eigenvalue_curves"]


def crossings(problems: Mapping[str, Sequence[Any]]) -> Figure:
    """The two lines of ``A x = b``, and how far their crossing moves when A becomes A + H.

    Parameters
    ----------
    problems : mapping
        Title of a panel -> (A, H, b), two by two. The lines of A are solid and those of A + H
        dashed; a red bar joins the old crossing to the new one.
    """
    figure, grid = panels(6.4, 3.3, len(problems), sharex=True, sharey=True, squeeze=False)
    limits = -2.2, 3.8
    for axes, (title, (A, H, b)) in zip(grid[0], problems.items(), strict=True):
        A, H = np.asarray(A, dtype=float), np.asarray(H, dtype=float)
        old, new = np.linalg.solve(A, b), np.linalg.solve(A + H, b)
        for row, changed, right, color in zip(A, A + H, b, (BLUE, GREEN), strict=True):
            for coefficients, style in ((row, "-"), (changed, "--")):
                foot = coefficients * right / (coefficients @ coefficients)
                along = np.array([-coefficients[1], coefficients[0]])
                axes.axline(foot, foot + along, color=color, linestyle=style, linewidth=1.5)
        axes.plot(*np.array([old, new]).T, color=RUST, linewidth=4, zorder=3)
        axes.plot(*old, "o", color=INK, markersize=5.5, zorder=4)
        axes.plot(*new, "o", color=RUST, markersize=5.5, zorder=4)
        axes.set(title=title, xlabel="$x_1$", xlim=limits, ylim=limits)
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$x_2$")
    return figure


def areas(matrices: Mapping[str, Any]) -> Figure:
    """The unit square, and where the flow ``dx/dt = A x`` has carried it after one unit of time.

    Parameters
    ----------
    matrices : mapping
        Title of a panel -> A, two by two. Its trace and the area, ``det(e^A)``, are added.
    """
    figure, grid = panels(6.6, 2.7, len(matrices), sharex=True, sharey=True, squeeze=False)
    square = np.array([[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    for axes, (title, A) in zip(grid[0], matrices.items(), strict=True):
        A = np.asarray(A, dtype=float)
        flow = np.array([expm(s * A) @ square for s in np.linspace(0.0, 1.0, 41)])
        for corner in (1, 2, 3):
            axes.plot(flow[:, 0, corner], flow[:, 1, corner], color=FAINT, linewidth=1)
        axes.fill(*square, facecolor="none", edgecolor=INK, linewidth=1, linestyle="--")
        axes.fill(*flow[-1], facecolor=BLUE, alpha=0.25, edgecolor=BLUE, linewidth=1.5)
        area = np.linalg.det(expm(A))
        trace = f"{np.trace(A):.1f}".replace("-", "\N{MINUS SIGN}")
        axes.set(title=f"{title}\ntrace {trace}, area {area:.2f}")
        axes.set(xlim=(-0.3, 2.3), ylim=(-1.0, 1.2), xlabel="$x_1$")
        axes.set_aspect("equal")
    grid[0, 0].set_ylabel("$x_2$")
    return figure


def eigenvalue_curves(
    families: Mapping[str, Callable[[float], Any]],
    times: Any,
    tangents: Sequence[tuple[float, float]] = (),
) -> Figure:
    """The real eigenvalues of matrices A(t) against t, the lower one blue and the upper one red.

    Parameters
    ----------
    families : mapping
        Title of a panel -> a function t -> A(t), two by two and real. Where the eigenvalues are
        complex, their common real part is dotted.
    times : array_like
    tangents : sequence of (value, slope)
        Dashed lines through (0, value).
    """
    figure, grid = panels(6.4, 3.2, len(families), sharex=True, sharey=True, squeeze=False)
    times = np.asarray(times, dtype=float)
    for axes, (title, family) in zip(grid[0], families.items(), strict=True):
        values = np.array([np.sort_complex(np.linalg.eigvals(family(t))) for t in times])
        paired = np.abs(values[:, 0].imag) > 1e-9
        for k, color in enumerate((BLUE, RUST)):
            axes.plot(times, np.where(paired, np.nan, values[:, k].real), color=color, zorder=3)
        axes.plot(times, np.where(paired, values[:, 0].real, np.nan), color=FAINT, linestyle=":")
        for value, slope in tangents:
            reach = np.array([-0.45, 0.9])
            axes.plot(reach, value + slope * reach, color=INK, linewidth=1, linestyle="--")
            axes.plot(0, value, "o", color=INK, markersize=5, zorder=4)
        axes.set(title=title, xlabel="$t$")
    grid[0, 0].set_ylabel("eigenvalues")
    return figure


def collision(matrices: Mapping[str, Any]) -> Figure:
    """A film: the eigenvalues of one real matrix a frame, in the complex plane.

    Parameters
    ----------
    matrices : mapping
        Title of a frame -> matrix. The faint dots are the eigenvalues of all the frames.
    """
    values = [np.linalg.eigvals(np.asarray(A, dtype=float)) for A in matrices.values()]
    everything = np.concatenate(values)
    figure, frames = film(len(matrices), width=4.8, height=3.6)
    for axes, title, here in zip(frames, matrices, values, strict=True):
        axes.axhline(0, color=FAINT, linewidth=0.8)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.plot(everything.real, everything.imag, "o", color=FAINT, markersize=3)
        axes.plot(here.real, here.imag, "o", color=RUST, markersize=8)
        axes.set(title=title, xlabel="real part", ylabel="imaginary part")
        axes.set(xlim=(-3.0, 0.4), ylim=(-1.3, 1.3))
        axes.set_aspect("equal")
    return figure
