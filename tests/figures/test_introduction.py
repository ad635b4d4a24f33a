"""The figures of chapter 0 draw what their captions say."""

import matplotlib
import numpy as np
import pytest
from drawn import curves

from lecturelib import figures


def words(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("sizes", [(3, 4, 4, 2), (1, 1), (2, 6, 3)])
def test_a_network_has_a_node_for_each_perceptron_and_an_edge_for_each_weight(sizes):
    [axes] = figures.network(sizes).axes
    assert [len(column.get_offsets()) for column in axes.collections] == list(sizes)
    assert len(axes.lines) == sum(m * n for m, n in zip(sizes, sizes[1:], strict=False))
    nodes = {tuple(point) for column in axes.collections for point in column.get_offsets()}
    for edge in axes.lines:
        start, end = np.asarray(edge.get_data()).T
        assert tuple(start) in nodes and tuple(end) in nodes
        assert end[0] - start[0] == 1
    assert sum("W_" in word for word in words(axes)) == len(sizes) - 1
    assert sum("phi" in word for word in words(axes)) == len(sizes)


def test_the_highlighted_perceptron_has_its_incoming_edges():
    [axes] = figures.network((3, 5, 4, 2), highlight=(2, 1)).axes
    blue = curves(axes, figures.BLUE)
    assert len(blue) == 5
    [end] = {tuple(edge[:, 1]) for edge in blue}
    assert end == tuple(axes.collections[2].get_offsets()[1])


def test_weights_give_the_edges_their_colour_and_width():
    W = np.array([[1.0, -2.0, 0.5], [-0.25, 1.5, -1.0]])
    [axes] = figures.network((2, 3), weights=[W]).axes
    assert [edge.get_color() == figures.BLUE for edge in axes.lines] == (W.ravel() > 0).tolist()
    widths = np.array([edge.get_linewidth() for edge in axes.lines])
    assert np.allclose(widths / widths.max(), np.abs(W.ravel()) / 2)


def test_graphs_mark_their_points():
    panels = figures.graphs({"up": (np.square, 0.0), "line": (lambda x: x - 1, 1.5)}).axes
    for axes, (f, x) in zip(panels, [(np.square, 0.0), (lambda x: x - 1, 1.5)], strict=True):
        [(a, values)] = curves(axes, figures.BLUE)
        assert np.allclose(values, f(a)) and np.isclose(a.mean(), x)
        [[[dot], [height]]] = curves(axes, figures.RUST)
        assert (dot, height) == (x, f(x))


def test_level_lines_are_solid_above_and_dashed_below():
    cases = {"minimum": np.eye(2), "maximum": -np.eye(2), "saddle": np.diag([1.0, -1.0])}
    panels = figures.level_lines(cases).axes
    assert [axes.get_title() for axes in panels] == list(cases)
    for axes, A in zip(panels, cases.values(), strict=True):
        drawn = {}
        for lines_at in axes.collections:
            color = matplotlib.colors.to_hex(lines_at.get_edgecolor()[0])
            drawn[color] = lines_at.get_array()
        assert (figures.BLUE in drawn) == (A.max() > 0)
        assert (figures.RUST in drawn) == (A.min() < 0)


def test_the_regression_line_carries_the_estimates():
    x, y, w = np.array([0.0, 1.0, 3.0]), np.array([1.0, 4.0, 5.0]), np.array([2.0, 1.5])
    [axes] = figures.regression_line(x, y, w).axes
    line, estimates = curves(axes, figures.BLUE)
    for a, values in (line, estimates):
        assert np.allclose(values, 2 + 1.5 * a)
    assert np.array_equal(estimates[0], x)
    [points] = curves(axes, figures.INK)
    assert np.array_equal(points, [x, y])


def test_the_design_matrix_shows_every_entry():
    X, y = np.array([[1, 4], [1, 5], [1, 7]]), np.array([2.5, 3, -1])
    [axes] = figures.design_matrix(X, ["$a_0$", "$a_1$"], y, ["1", "$x$"]).axes
    shown = words(axes)
    for entry in ["4", "5", "7", "2.5", "3", "-1", "$a_0$", "$a_1$", "$x$", "$X$"]:
        assert shown.count(entry) == 1, entry
    assert shown.count("1") == 4
    at = {text.get_text(): text.get_position() for text in axes.texts}
    assert at["4"][1] == at["2.5"][1] and at["7"][1] == at["-1"][1]  # one row, one height


def test_the_transpose_stands_beside_the_matrix():
    A = np.array([[1, 2, 3], [4, 5, 6]])
    [axes] = figures.transposition(A).axes
    at = [(text.get_text(), *text.get_position()) for text in axes.texts]
    numbers = [(int(word), x, y) for word, x, y in at if word.isdigit()]
    first, second = numbers[:6], numbers[6:]
    for value, x, y in first:
        [(_, mirrored_x, mirrored_y)] = [entry for entry in second if entry[0] == value]
        left = second[0][1] - first[0][1]
        assert np.allclose([mirrored_x - left, mirrored_y], [-y, -x])


def test_the_pieces_of_the_two_characters_change_their_place():
    """One above the other, then one beside the other, in the same colours."""
    [axes] = figures.characters().axes

    def middle(color, strokes):
        return np.mean(np.hstack(curves(axes, color)[strokes]), axis=1)

    first, second = slice(0, 2), slice(2, 4)
    roof, cross = (middle(color, first) for color in (figures.RUST, figures.BLUE))
    assert roof[1] > cross[1] + 0.3 and abs(roof[0] - cross[0]) < 0.2
    person, beside = (middle(color, second) for color in (figures.RUST, figures.BLUE))
    assert person[0] < beside[0] - 0.3 and abs(person[1] - beside[1]) < 0.2


def areas(axes):
    """The area of each filled rectangle, by its colour."""
    found = {}
    for patch in axes.patches:
        sides = np.ptp(np.asarray(patch.get_xy()), axis=0)
        color = matplotlib.colors.to_hex(patch.get_facecolor())
        found.setdefault(color, []).append(np.prod(sides))
    return found


def test_the_eigenvectors_are_stretched_by_their_eigenvalues():
    A = np.array([[2.0, 1.0], [1.0, 2.0]])
    [axes] = figures.stretching(A).axes
    image, square = (np.asarray(patch.get_xy()) for patch in axes.patches)
    assert np.allclose(image, square @ A.T)
    arrows = [np.asarray(note.xy) for note in axes.texts if getattr(note, "arrow_patch", None)]
    for end, start in zip(arrows[::2], arrows[1::2], strict=True):
        assert np.allclose(A @ start, end)
        assert np.isclose(np.linalg.norm(start), 1)
    assert words(axes)[2::3] == ["$\\lambda = 1$", "$\\lambda = 3$"]


def test_the_strips_are_the_terms_of_the_product_rule():
    row, column = np.array([3.0, 1.0, 2.0]), np.array([2.0, 3.0, 1.0])
    drow, dcolumn = np.array([0.5, 0.4, 0.6]), np.array([0.6, 0.4, 0.7])
    one, all_ = figures.growing_products(row, column, drow, dcolumn).axes
    expected = {
        figures.FAINT: row * column,
        figures.BLUE: drow * column,
        figures.GREEN: row * dcolumn,
        figures.RUST: drow * dcolumn,
    }
    for color, values in expected.items():
        assert np.allclose(areas(all_)[color], values)
        assert np.allclose(areas(one)[color], values[:1])
    assert one.get_aspect() == all_.get_aspect() == 1
