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
    [axes] = figures.blocks({"M": M}, {"M": (2, 3)}).axes
    [image] = axes.images
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
    [short], [long] = (curves(frames[-1], color) for color in (figures.BLUE, figures.RUST))
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
