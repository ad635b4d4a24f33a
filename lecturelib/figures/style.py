"""What all figures share: colours, style, panels, and the film strip of a moving figure.

The ground is the colour of the course's light page, so that the lines read on it wherever the
figure is shown. On the site's dark page (site/screen.css) light and dark change places and every
hue stays: the ground disappears there as it does on the light page, blue is a light blue. So a
caption may name hues, and may not say "dark" or "pale".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUND, INK, FAINT = "#fffefc", "#23272e", "#8a8f98"
BLUE, RUST, GREEN = "#1d5c8f", "#a8480f", "#2c6e57"

# A frame of a film has this many pixels to each of the page's, so that it is sharp on a dense
# screen (site/course_films.py divides by it).
DENSITY = 2

STYLE: dict[Any, Any] = {
    "figure.facecolor": GROUND,
    "axes.facecolor": GROUND,
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2.0,
}


def panels(width: float, height: float, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    import matplotlib.pyplot as plt

    with plt.rc_context(STYLE):
        return plt.subplots(1, columns, figsize=(width, height), **options)


def film(frames: int, width: float = 5.6, height: float = 3.6) -> tuple[Figure, Any]:
    """A film strip: equal frames in one row, which the website turns into one frame and a slider.

    The cell that shows it has the tag ``frames-N`` with N the number of frames. In Jupyter and on
    paper it is what it is, a strip. What belongs to all frames must be the same in each: axes,
    limits, and a title of one line, so that nothing jumps when the slider moves.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
        One for each frame.
    """
    import matplotlib.pyplot as plt

    with plt.rc_context({**STYLE, "figure.dpi": 110 * DENSITY}):
        figure = plt.figure(figsize=(width * frames, height))
        parts = figure.subfigures(1, frames, wspace=0.0, squeeze=False)
        # Jupyter crops a picture to what is drawn, plus a margin; frames would not stay equal.
        margin = plt.rcParams["savefig.pad_inches"]
        whole = figure.bbox_inches.padded(-margin)
        figure.get_tightbbox = lambda *_, **__: whole  # type: ignore[method-assign]
        return figure, [part.subplots() for part in parts[0]]
