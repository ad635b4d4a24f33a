"""The figures of the page on attention and layer normalisation draw what their captions say."""

import numpy as np
from drawn import curves

from lecturelib import figures


def test_a_square_is_as_large_as_its_weight():
    P = np.array([[0.1, 0.9], [0.75, 0.25]])
    [axes] = figures.attention_weights({"weights": P}, ["we", "you"]).axes
    squares = {
        (round(box.get_y() + box.get_height() / 2), round(box.get_x() + box.get_width() / 2)): box
        for box in axes.patches
    }
    areas = np.array(
        [[squares[i, j].get_width() * squares[i, j].get_height() for j in (0, 1)] for i in (0, 1)]
    )
    assert np.allclose(areas / areas.sum(axis=1, keepdims=True), P)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["we", "you"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first query on top


def test_normalised_points_lie_on_the_circle_and_move_along_it():
    points, moves = np.array([[1.0, 2.0, 4.0], [0.5, -1.0, 0.0]]), np.array([[0.3, 0, 0.2]] * 2)
    free, inside = figures.layer_norm_plane(points, moves, [0.0, 0.5]).axes
    for axes, on_it in ((free, True), (inside, False)):
        ends = np.hstack(curves(axes, figures.BLUE)).T
        starts = np.hstack(curves(axes, figures.INK)).T
        radius = np.linalg.norm(ends, axis=1)
        assert np.allclose(radius, np.sqrt(3)) == on_it and (radius < np.sqrt(3) + 1e-9).all()
        cross = starts[:, 0] * ends[:, 1] - starts[:, 1] * ends[:, 0]
        assert np.allclose(cross, 0)  # on one ray
        arrows = [np.subtract(arrow.xy, arrow.xyann) for arrow in axes.texts]
        for end, move in zip(ends, arrows[1::2], strict=True):
            assert np.isclose(end @ move, 0) == on_it
        assert np.allclose([np.linalg.norm(a) for a in arrows[::2]], np.linalg.norm(arrows[0]))
