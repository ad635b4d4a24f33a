"""The figures of chapter 1 draw what their captions say."""

import numpy as np

from lecturelib import figures


def curves(axes, color):
    drawn = [line for line in axes.lines if line.get_color() == color]
    return [np.asarray(line.get_data(), dtype=float) for line in drawn if len(line.get_xdata()) > 2]


def test_the_tangent_touches_the_graph_with_its_slope():
    [axes] = figures.tangent(np.sqrt, slope=0.5, a=1.0, dx=0.9).axes
    [(x, y)] = curves(axes, figures.BLUE)
    assert np.allclose(y, np.sqrt(x))
    [(x, y)] = curves(axes, figures.RUST)
    assert np.allclose(y, 1 + 0.5 * (x - 1))
    [dots] = curves(axes, figures.INK)
    assert np.allclose(dots, [[1, 1.9, 1.9], [1, np.sqrt(1.9), 1.45]])


def test_each_frame_enlarges_both_axes_alike():
    widths = [1.0, 0.25, 0.0625]
    frames = figures.zoom(np.exp, slope=1.0, a=0.0, widths=widths).axes
    assert len(frames) == len(widths)
    assert len({(*axes.get_xlim(), *axes.get_ylim()) for axes in frames}) == 1
    away = []
    for axes, h in zip(frames, widths, strict=True):
        [(u, v)] = curves(axes, figures.BLUE)
        assert np.allclose(v, (np.exp(h * u) - 1) / h)
        [(u, line)] = curves(axes, figures.RUST)
        assert np.allclose(line, u)
        away.append(np.abs(v - line).max())
    assert np.all(np.diff(away) < 0)


def test_the_bent_grid_and_its_linearisation_meet_in_the_middle():
    def f(x):
        return np.stack([x[0] ** 2, x[0] * x[1]])

    a = np.array([1.0, 2.0])
    figure = figures.bent_grid(f, [[2, 0], [2, 1]], a, [0.5, 0.125])
    panels = figure.axes
    [legend] = figure.legends
    named = [line.get_color() for line in legend.get_lines()]
    assert named == [figures.BLUE, figures.RUST]
    assert [text.get_text().split()[-1] for text in legend.get_texts()] == [
        "function",
        "linearisation",
    ]
    gaps = []
    for axes in panels:
        bent = np.array(curves(axes, figures.BLUE))
        flat = np.array(curves(axes, figures.RUST))
        assert len(bent) == len(flat) == 14
        gaps.append(np.abs(bent - flat).max() / np.ptp(flat[:, 0]))
        assert np.isclose(bent - f(a)[:, None], 0).all(axis=1).any()
    assert gaps[1] < 0.3 * gaps[0]  # a quarter of the side, a quarter of the relative error


def test_the_slopes_of_the_function_without_a_derivative():
    left, right = figures.not_linear().axes
    [(angle, slopes)] = curves(left, figures.BLUE)
    assert np.allclose(slopes, np.cos(angle) ** 3 / (np.cos(angle) ** 2 + np.sin(angle) ** 2))
    [(angle, linear)] = curves(left, figures.RUST)
    assert np.allclose(linear, np.cos(angle))
    [(a, b)] = curves(right, figures.GREEN)
    inside = a != 0
    assert np.allclose((a * a * b)[inside] / (a**4 + b * b)[inside], 0.5)
