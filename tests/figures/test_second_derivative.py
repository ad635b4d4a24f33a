"""The figures of chapter 3 draw what their captions say."""

import matplotlib
import numpy as np
import pytest
from drawn import curves

from lecturelib import figures


def test_remainders_of_the_exponential_have_the_slopes_one_two_three():
    predictions = {"value": [1.0], "tangent": [1.0, 1.0], "parabola": [1.0, 1.0, 0.5]}
    [axes] = figures.taylor_remainders(np.exp, 0.0, 1.0, predictions).axes
    assert [text.get_text() for text in axes.texts] == [
        "value\nslope 1.0",
        "tangent\nslope 2.0",
        "parabola\nslope 3.0",
    ]
    [(t, missed)] = curves(axes, figures.RUST)
    assert np.allclose(missed, np.exp(t) - 1 - t)


@pytest.mark.parametrize(
    ("eigenvalues", "colors", "zeros"),
    [
        ([1, 3], {figures.BLUE}, 0),
        ([0, 3], {figures.BLUE}, 1),
        ([-1, 3], {figures.BLUE, figures.RUST}, 2),
        ([-3, -1], {figures.RUST}, 0),
        ([-3, 0], {figures.RUST}, 1),
    ],
)
def test_forms_have_the_colours_of_their_signs(eigenvalues, colors, zeros):
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    A = turn @ np.diag(eigenvalues) @ turn.T
    [axes] = figures.quadratic_forms({"form": A}).axes
    drawn = {
        matplotlib.colors.to_hex(c) for lines in axes.collections for c in lines.get_edgecolor()
    }
    assert drawn == colors
    lines = [line for line in axes.lines if isinstance(line, matplotlib.lines.AxLine)]
    directions = np.array([np.subtract(line.get_xy2(), line.get_xy1()) for line in lines])
    assert np.allclose([h @ A @ h for h in directions], 0)
    directions = [h * np.sign(h[0]) / np.linalg.norm(h) for h in directions]
    assert len({tuple(np.round(h, 9)) for h in directions}) == zeros


def test_blocks_are_cut_where_they_end():
    M = np.arange(36.0).reshape(6, 6) - 17.5
    axes, key = figures.blocks({"M": M}, {"M": (2, 3)}).axes
    [image] = axes.images
    assert key.get_ylim() == image.get_clim() == (-17.5, 17.5)
    assert np.array_equal(image.get_array(), M)
    assert [line.get_ydata()[0] for line in axes.lines[:2]] == [1.5, 3.5]
    assert [line.get_xdata()[0] for line in axes.lines[2:]] == [2.5]


def test_descents_walk_downhill_or_away():
    X, y = np.array([[1.0, -2], [1, 0], [1, 1], [1, 3], [1, 4]]), np.array([1.0, 3, 3, 2, 0])
    times = [0, 1, 24]
    figure = figures.descents(X, y, [0, 1.2], {"long": 0.033, "short": 0.03}, times)
    frames = [part.axes[0] for part in figure.subfigs]
    assert [axes.get_title() for axes in frames] == [
        "after 0 steps",
        "after 1 step",
        "after 24 steps",
    ]
    for axes, time in zip(frames, times, strict=True):
        for color in (figures.BLUE, figures.RUST):
            assert len(curves(axes, color)[0][0]) == time + 1
        assert axes.get_xlim() == frames[0].get_xlim()
    best = np.linalg.lstsq(X, y)[0]
    for color in (figures.BLUE, figures.RUST):
        trace, recent, now = curves(frames[-1], color)
        assert np.array_equal(recent, trace[:, -4:]) and np.array_equal(now, trace[:, -1:])
    short, long = (curves(frames[-1], color)[0] for color in (figures.BLUE, figures.RUST))
    assert np.linalg.norm(short[:, -1] - best) < 0.1
    assert np.linalg.norm(long[:, -1] - best) > np.linalg.norm(long[:, 0] - best)
    gradient = 2 * X.T @ (X @ short[:, 0] - y)
    assert np.allclose(short[:, 1], short[:, 0] - 0.03 * gradient)


def test_projections_meet_at_right_angles():
    X, y, w = np.array([[1, 2], [0.5, 1]]), np.array([1.2, 2.6]), np.array([2.4, 1.0])
    left, right = figures.projections(X, y, w).axes
    for axes, point in ((left, y), (right, w)):
        foot = next(line for line in curves(axes, figures.BLUE) if line.size == 2).ravel()
        assert np.isclose((point - foot) @ foot, 0)
    assert np.allclose(X @ w, X @ foot)


def test_a_map_of_matrices_shows_what_goes_in_and_comes_out_with_a_key_each():
    H, K = np.array([[1.0, 0], [0, 2], [-1, 0]]), np.eye(3, 2)
    figure = figures.matrix_map(lambda H: -3 * H, {"$H$": H, "$K$": K}, "L")
    above, below = figure.axes[:2], figure.axes[2:4]
    for axes, M in zip(above, (H, K), strict=True):
        assert np.array_equal(axes.images[0].get_array(), M)
        assert axes.images[0].get_clim() == (-2, 2)
    for axes, M in zip(below, (H, K), strict=True):
        assert np.array_equal(axes.images[0].get_array(), -3 * M)
        assert axes.images[0].get_clim() == (-6, 6)
        assert [float(text.get_text()) for text in axes.texts] == list((-3 * M).ravel())
    assert [axes.get_title() for axes in below] == ["$L[H]$", "$L[K]$"]
    assert [key.get_ylabel() for key in figure.axes[4:]] == ["entry of $H$", "entry of the result"]


def test_pairings_say_the_sum_of_their_products():
    A, B = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 0], [-1, 2]])
    axes, _ = figures.pairings({"A with B": (A, B)}).axes
    assert np.array_equal(axes.images[0].get_array(), [[1, 0], [-3, 8]])
    assert axes.get_title() == "A with B\nall entries together: 6"


def test_expansions_touch_the_function_where_they_start():
    predictions = {"value": [1.0], "tangent": [1.0, 1.0], "parabola": [1.0, 1.0, 0.5]}
    [axes] = figures.expansions(np.exp, 0.0, 1.0, predictions, (-1.0, 0.5)).axes
    [(t, walk)] = [line for line in curves(axes, figures.INK) if line.size > 2]
    assert t[0] == -1 and t[-1] == 0.5 and np.allclose(walk, np.exp(t))
    [(t, bent)] = curves(axes, figures.BLUE)
    assert np.allclose(bent, 1 + t + t**2 / 2)
    assert np.max(np.abs(bent - walk)) < np.max(np.abs(curves(axes, figures.RUST)[0][1] - walk))


def test_a_circle_becomes_an_ellipse_with_the_singular_values_as_half_axes():
    M = np.array([[2.0, 1.0], [0.0, 1.0]])
    [axes] = figures.circle_images({"M": M}).axes
    [(x, y)] = curves(axes, figures.INK)
    s = np.linalg.svd(M, compute_uv=False)
    assert np.isclose(np.hypot(x, y).max(), s[0], rtol=1e-3)
    assert np.isclose(np.hypot(x, y).min(), s[1], rtol=1e-3)
    for color, length in ((figures.BLUE, s[0]), (figures.RUST, s[1])):
        [axis] = curves(axes, color)
        assert np.isclose(np.linalg.norm(axis[:, 1] - axis[:, 0]), 2 * length)
    assert axes.get_title().endswith(f"= {np.linalg.cond(M):.3g}")


def test_the_best_step_is_the_lowest_point_of_the_slower_rate():
    [axes] = figures.rates([2.0, 6.0]).axes
    slower, dot = curves(axes, figures.RUST)
    assert np.allclose(dot.ravel(), [0.25, 0.5])
    assert np.isclose(slower[1].min(), 0.5, atol=0.01)
    assert np.isclose(slower[0][slower[1].argmin()], 0.25, atol=0.01)


def test_matrices_side_by_side_show_their_entries_on_one_scale():
    M, N = np.array([[1.0, -2.0], [0.126, 0.0]]), np.array([[4.0, 0.0], [0.0, -0.004]])
    *panels, key = figures.side_by_side({"M": M, "N": N}).axes
    assert [axes.get_title() for axes in panels] == ["M", "N"]
    assert [text.get_text() for axes in panels for text in axes.texts] == [
        *("1", "-2", "0.13", "0"),
        *("4", "0", "0", "0"),
    ]
    assert {axes.images[0].get_clim() for axes in panels} == {(-4.0, 4.0)}
    assert key.get_ylabel() == "entry"
