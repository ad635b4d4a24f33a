"""The figures of chapter 6 draw what their captions say."""

import numpy as np
from drawn import curve

from lecturelib import figures


def test_the_shares_are_those_between_whole_numbers():
    values, labels = np.array([13.0, 13.9, 14.5, 14.6, 14.7]), np.array([1, 0, 1, 1, 0])
    [axes] = figures.shares(values, labels, lambda d: d / 20, "depth").axes
    dots = [line.get_data() for line in axes.lines if line.get_marker() == "o"]
    assert np.allclose(np.ravel(dots), [13.5, 1 / 2, 14.5, 2 / 3])
    sizes = [line.get_markersize() for line in axes.lines if line.get_marker() == "o"]
    assert sizes[0] < sizes[1]
    d, p = curve(axes, figures.BLUE)
    assert np.allclose(p, d / 20) and (d[0], d[-1]) == (13, 15)
    assert curve(axes, figures.RUST)[0].tolist() == [13.0, 14.5, 14.6]
    assert curve(axes, figures.GREEN)[0].tolist() == [13.9, 14.7]


def test_the_borders_lie_where_two_classes_are_equally_probable():
    def probabilities(points):
        e = np.exp(np.stack([0 * points[0], points[0], points[0] + points[1]]))
        return e / e.sum(axis=0)

    points = np.array([[-2.0, 2.0, 0.0], [-2.0, 2.0, 1.0]])
    [axes] = figures.borders(probabilities, points, ["a", "b", "c"]).axes
    filled, dashed = axes.collections[:2]
    assert len(filled.get_paths()) == 3  # each class wins somewhere
    sure = np.concatenate([path.vertices for path in dashed.get_paths()])
    assert np.allclose(probabilities(sure.T).max(axis=0), 0.9, atol=1e-3)


def test_an_ellipse_holds_nine_tenths_of_its_gaussian():
    mean, S = np.array([1.0, -2.0]), np.array([[2.0, 0.6], [0.6, 0.5]])
    [axes] = figures.gaussians(np.zeros((2, 3)), {"fit": (mean, S)}).axes
    ellipse = next(line for line in axes.lines if line.get_label() == "fit")
    away = np.asarray(ellipse.get_data()) - mean[:, None]
    squares = np.sum(away * np.linalg.solve(S, away), axis=0)
    assert np.allclose(1 - np.exp(-squares / 2), 0.9)  # the chi-squared distribution of 2 numbers


def test_the_likelihood_turns_at_twice_the_best_variance():
    left, right = figures.variances(1.5).axes
    v, value = curve(left, figures.BLUE)
    assert (np.diff(value, 2) < 0).all() and np.isclose(v[-1], 3.0, atol=0.05)
    assert (np.diff(curve(left, figures.RUST)[1], 2) > 0).all()
    precision, same = curve(right, figures.BLUE)
    assert (np.diff(same, 2) < 0).all()
    assert np.isclose(precision[same.argmax()], 1 / 1.5, atol=0.02)
    [[place, top]] = [np.ravel(line.get_data()) for line in curve_dots(left)]
    assert np.allclose([place, top], [1.5, value.max()], atol=1e-3)


def curve_dots(axes):
    return [line for line in axes.lines if line.get_marker() == "o"]
