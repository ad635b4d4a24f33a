"""What the figures of the perceptron and its training draw."""

import numpy as np
from drawn import curve

from lecturelib import figures


def test_a_neuron_has_a_weight_for_each_input_and_a_bias():
    [axes] = figures.neuron(4).axes
    texts = [text.get_text() for text in axes.texts]
    assert [f"$w_{{{i}}}$" in texts for i in range(1, 6)] == [True] * 4 + [False]
    assert {"$b$", "$1$", r"$\Sigma$", r"$\sigma$"} <= set(texts)
    assert len(axes.lines) == 5  # an edge for each input and for the bias


def test_activations_leave_a_gap_where_the_slope_jumps():
    def relu(z):
        return np.maximum(z, 0)

    smooth, kinked = figures.activations(
        {"tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2), "ReLU": (relu, lambda z: 1.0 * (z > 0))}
    ).axes
    z, values = curve(smooth, figures.BLUE)
    assert np.allclose(values, np.tanh(z))
    z, slopes = curve(smooth, figures.RUST)
    assert np.allclose(slopes, 1 - np.tanh(z) ** 2)
    z, slopes = curve(kinked, figures.RUST)
    assert abs(z[np.isnan(slopes)]).max() < 0.03 and np.isnan(slopes).any()


def test_step_sizes_draws_the_steps():
    halves, wild = figures.step_sizes({"halves": [0.5] * 3, "wild": [3.0] * 2}).axes
    for axes, path in ((halves, [1, 0.5, 0.25, 0.125]), (wild, [1, -2, 4])):
        w, value = curve(axes, figures.BLUE)
        assert np.allclose(w, path) and np.allclose(value, w**2 / 2)


POINTS = np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 1.0, 0.0]])
NAMES = np.array(["a", "b", "a", "c"])


def test_species_have_a_colour_and_a_marker_each():
    [axes] = figures.species(POINTS, NAMES, "length", "depth").axes
    assert [c.get_label() for c in axes.collections] == ["a", "b", "c"]
    assert np.allclose(axes.collections[0].get_offsets(), POINTS.T[NAMES == "a"])
    colors = [tuple(c.get_facecolor()[0]) for c in axes.collections]
    shapes = [len(c.get_paths()[0].vertices) for c in axes.collections]
    assert len(set(colors)) == len(set(shapes)) == 3


def test_costs_are_drawn_as_they_are():
    history = np.array([3.0, 2.0, 0.5])
    [axes] = figures.costs({"long": [2.0, 1.0], "short": history}).axes
    assert np.allclose(curve(axes, figures.BLUE)[1], history)
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.texts] == ["long", "short"]


def test_regions_are_the_largest_score_in_equal_frames():
    def scores(x):
        return np.stack([-x[0], x[0], np.full(x.shape[1], -9.0)])

    figure = figures.regions({"first": scores, "last": scores}, POINTS, NAMES)
    first, last = figure.axes
    assert first.get_xlim() == last.get_xlim() and first.get_ylim() == last.get_ylim()
    assert [axes.get_title() for axes in (first, last)] == ["first", "last"]
    areas = first.collections[0].get_paths()
    assert areas[0].get_extents().x1 <= 0.1 and areas[1].get_extents().x0 >= -0.1
