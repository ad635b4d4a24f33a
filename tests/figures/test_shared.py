"""Each figure draws what its caption says, on the page's ground."""

import subprocess
import sys

import numpy as np
import pytest
from drawn import curve
from matplotlib import colors

from lecturelib import check_gradient, figures, least_squares, polynomial_design

X_POINTS, Y_POINTS = [-2, 0, 1, 3, 4], np.array([1, 3, 3, 2, 0])
PARABOLA = least_squares(polynomial_design(X_POINTS, 2), Y_POINTS)


def test_fit_shows_the_points_the_curve_and_the_residuals():
    [axes] = figures.fit(X_POINTS, Y_POINTS, PARABOLA.w).axes
    points = curve(axes, figures.INK)
    assert points.tolist() == [X_POINTS, Y_POINTS.tolist()]
    a, values = curve(axes, figures.BLUE)
    assert np.allclose(values, polynomial_design(a, 2) @ PARABOLA.w)
    [bars] = axes.collections
    heights = [bottom_top[:, 1] for bottom_top in bars.get_segments()]
    assert np.allclose([b[0] - b[1] for b in heights], PARABOLA.residual)


def test_several_fits_show_no_residuals():
    [axes] = figures.fit(X_POINTS, Y_POINTS, [1, 0, 0], [0, 1, 0]).axes
    assert len(axes.lines) == 3
    assert not axes.collections


def test_the_squares_have_the_area_of_the_title():
    lines = {"flat": [1.0, 0.0], "steep": [0.0, 1.0]}
    panels = figures.squares(X_POINTS, Y_POINTS, lines).axes
    for axes, (title, w) in zip(panels, lines.items(), strict=True):
        corners = [np.asarray(patch.get_xy()) for patch in axes.patches]
        widths = [np.ptp(c[:, 0]) for c in corners]
        heights = [np.ptp(c[:, 1]) for c in corners]
        assert np.allclose(widths, heights)
        area = np.sum((Y_POINTS - w[0] - w[1] * np.array(X_POINTS)) ** 2)
        assert np.isclose(np.dot(widths, heights), area)
        assert axes.get_title() == f"{title}\nsum of areas {area:.2f}"
        assert axes.get_aspect() == 1


def test_remainders_are_drawn_with_their_slopes():
    w = np.array([1.0, 2.0])
    right, wrong = (check_gradient(lambda w: w @ w, G, w) for G in (2 * w, w))
    [axes] = figures.remainders({"right": right, "wrong": wrong}).axes
    assert [text.get_text() for text in axes.texts] == ["right\nslope 2.0", "wrong\nslope 1.0"]
    assert np.allclose(curve(axes, figures.BLUE), [right.steps, right.remainders])
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_landscapes_mark_the_shortest_minimiser_and_the_others():
    stacked = np.ones((5, 2))
    bowl, trough = figures.landscapes(
        {"bowl": (polynomial_design(X_POINTS, 1), Y_POINTS), "trough": (stacked, Y_POINTS)}
    ).axes
    assert np.allclose(curve(bowl, figures.RUST).ravel(), [2, -1 / 6])
    assert np.allclose(curve(trough, figures.RUST).ravel(), [0.9, 0.9])
    assert figures.BLUE not in [line.get_color() for line in bowl.lines]
    assert figures.BLUE in [line.get_color() for line in trough.lines]


def luminance(color):
    rgb = np.array(colors.to_rgb(color))
    return np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


@pytest.mark.parametrize(
    ("color", "least"),
    [("INK", 7.0), ("BLUE", 4.5), ("RUST", 4.5), ("GREEN", 4.5), ("FAINT", 3.0)],
)
def test_colours_read_on_the_ground(color, least):
    """The ground is part of the picture, so that it reads on a dark page too."""
    [axes] = figures.fit(X_POINTS, Y_POINTS, PARABOLA.w).axes
    assert colors.to_hex(axes.figure.get_facecolor()) == figures.GROUND
    contrast = (luminance(figures.GROUND) + 0.05) / (luminance(getattr(figures, color)) + 0.05)
    assert contrast >= least


DARK = "#16191d"  # the dark page, as site/course.css has it


def on_a_dark_page(color):
    """What site/screen.css makes of a colour: invert, turn the hue by 180 degrees, screen."""
    inverted = 1 - np.array(colors.to_rgb(color))
    turned = np.clip(2 * inverted @ [0.2126, 0.7152, 0.0722] - inverted, 0, 1)
    return 1 - (1 - turned) * (1 - np.array(colors.to_rgb(DARK)))


def hue(color):
    return colors.rgb_to_hsv(colors.to_rgb(color))[0]


@pytest.mark.parametrize(
    ("color", "least"),
    [("INK", 7.0), ("BLUE", 4.5), ("RUST", 4.5), ("GREEN", 4.5), ("FAINT", 3.0)],
)
def test_colours_read_on_a_dark_page_and_keep_their_hue(color, least):
    ground = on_a_dark_page(figures.GROUND)
    assert np.allclose(ground, colors.to_rgb(DARK), atol=0.01)
    turned = on_a_dark_page(getattr(figures, color))
    assert (luminance(turned) + 0.05) / (luminance(ground) + 0.05) >= least
    if color not in ("INK", "FAINT"):
        assert abs(hue(turned) - hue(getattr(figures, color))) < 0.03


def test_a_colour_that_does_not_read_on_a_dark_page_is_seen():
    pale, ground = on_a_dark_page("#e8d9a0"), on_a_dark_page(figures.GROUND)
    assert (luminance(pale) + 0.05) / (luminance(ground) + 0.05) < 3
    assert abs(hue(1 - np.array(colors.to_rgb(figures.BLUE))) - hue(figures.BLUE)) > 0.3


def test_the_module_needs_no_matplotlib_until_it_draws():
    code = "import sys, lecturelib.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_no_two_chapters_have_a_figure_of_one_name():
    names = [
        name
        for module in vars(figures).values()
        if getattr(module, "__package__", "") == "lecturelib.figures"
        for name in getattr(module, "__all__", ())
    ]
    assert len(names) > 15
    assert [name for name in set(names) if names.count(name) > 1] == []
