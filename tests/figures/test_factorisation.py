"""The figures of the page on factorisation draw what their captions say."""

import matplotlib
import numpy as np
from drawn import curves

from lecturelib import figures


def test_each_sample_is_a_point_and_each_measurement_an_arrow():
    scores = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]])
    [axes] = figures.components(
        scores, ["a", "b", "a"], [[0.5, 0.1], [-0.2, 0.9]], ["up", "by"]
    ).axes
    [one] = [p for p in curves(axes, figures.BLUE) if p.shape[1] == 2]
    [other] = [p for p in curves(axes, figures.RUST) if p.shape[1] == 1]
    assert np.allclose(one, scores[:, [0, 2]]) and np.allclose(other, scores[:, [1]])
    arrows = [text.xy for text in axes.texts if hasattr(text, "xy")]
    assert np.allclose(arrows, [[1.5, 0.3], [-0.6, 2.7]])
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["up", "by"]


def test_the_minima_and_the_level_of_the_saddle_are_where_they_are_said_to_be():
    x, ridges = 1.5, [0.0, 0.5]
    free, heavy = figures.factor_levels(x, ridges).axes
    for u, v in curves(free, figures.RUST):
        assert np.allclose(u * v, x)
    [(u, v)] = curves(heavy, figures.RUST)
    assert np.allclose(u * v, x - 0.5) and np.allclose(u, v)
    for axes, c in ((free, 0.0), (heavy, 0.5)):
        [through] = [
            lines
            for lines in axes.collections
            if matplotlib.colors.to_hex(lines.get_edgecolor()[0]) == figures.INK
        ]
        assert np.allclose(through.levels, x * x)
        points = np.vstack([path.vertices for path in through.get_paths()])
        u, v = points.T
        assert np.allclose((x - u * v) ** 2 + c * (u**2 + v**2), x * x, atol=0.05)
        gradient = lambda u, v, c=c: 2 * v * (u * v - x) + 2 * c * u  # noqa: E731
        for u, v in curves(axes, figures.RUST):
            assert np.allclose(gradient(u, v), 0) and np.allclose(gradient(v, u), 0)
