"""The figures of chapter 2 draw what their captions say."""

import json
from pathlib import Path

import matplotlib
import numpy as np
from drawn import curves

from lecturelib import figures, gradient, weighted

ROOT = Path(__file__).resolve().parents[2]
A = np.array([[2.0, 1.0], [1.0, 3.0]])


def bowl(x):
    return x @ A @ x


def polar(p):
    return np.stack([p[0] * np.cos(p[1]), p[0] * np.sin(p[1])])


def arrows(axes, color):
    """Start and step of the arrows of a colour."""
    return [
        (np.array(note.xyann), np.subtract(note.xy, note.xyann))
        for note in axes.texts
        if getattr(note, "arrow_patch", None)
        and matplotlib.colors.to_hex(note.arrow_patch.get_edgecolor()) == color
    ]


def test_the_walk_and_its_tangent():
    x, h = np.array([1.0, -1.0]), np.array([1.0, 2.0])
    plane, line = figures.walk(bowl, x, h).axes
    [(start, step)] = arrows(plane, figures.RUST)
    assert np.allclose(start, x) and np.allclose(step, h)
    [(t, values)] = curves(line, figures.BLUE)
    assert np.allclose(values, [bowl(x + s * h) for s in t])
    [(s, tangent)] = curves(line, figures.RUST)
    slope = 2 * x @ A @ h
    assert np.allclose(tangent, bowl(x) + slope * s)
    assert line.get_title() == f"along the walk: slope ${slope:g}$"


def test_each_frame_has_the_gradient_of_its_inner_product():
    x, W = np.array([1.0, 0.6]), np.array([[1.0, 0.8], [0.8, 2.0]])
    frames = figures.inner_products(bowl, x, W, frames=3).axes
    assert len(frames) == 3
    for axes, s in zip(frames, (0.0, 0.5, 1.0), strict=True):
        V = (1 - s) * np.eye(2) + s * W
        [(start, G)] = arrows(axes, figures.BLUE)
        assert np.allclose(start, x)
        assert np.allclose(G, gradient(bowl, x, inner=weighted(V)))
        ball = max(curves(axes, figures.GREEN), key=lambda c: c.shape[1]) - x[:, None]
        assert np.allclose(np.sum(ball * (V @ ball), axis=0), G @ V @ G)
        climbs = gradient(bowl, x) @ ball  # df of the steps on the ellipse
        assert np.all(climbs <= gradient(bowl, x) @ G + 1e-9)
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in frames}) == 1


def test_the_grid_and_its_image():
    ranges = [(0, 2, 3), (0, np.pi, 4)]
    before, after = figures.mapped_grid(polar, ranges, [1, 0], [1, np.pi / 3], "abcd").axes
    plain, mapped = curves(before, figures.FAINT), curves(after, figures.FAINT)
    assert len(plain) == len(mapped) == 7
    for p, q in zip(plain, mapped, strict=True):
        assert np.allclose(q, polar(p))
    [parallelogram] = curves(after, figures.BLUE)
    sides = np.diff(parallelogram, axis=1)[:, :2]
    assert np.allclose(sides, [[1, 0], [0, np.pi / 3]])  # J = I at r = 1, theta = 0
    assert after.get_aspect() == 1


def test_the_zoom_approaches_the_linear_part():
    frames = figures.zoom_squares(polar, [1.5, 0.5], 1.0, frames=4).axes
    ratios = [float(axes.get_title().split()[-1]) for axes in frames]
    # a part of a ring: (r + side / 2) side^2, and det J = r
    assert ratios == [round(1 + side / 3, 3) for side in (1, 0.5, 0.25, 0.125)]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in frames}) == 1


def test_the_rectangles_have_the_shapes_of_the_factors():
    for first, axes in enumerate(figures.cyclic([2, 3, 4]).axes):
        boxes = [np.ptp(patch.get_xy(), axis=0).tolist() for patch in axes.patches]
        shapes = [[3, 2], [4, 3], [2, 4]]  # width, height of A, B, C
        side = [2, 3, 4][first]
        expected = [*shapes[first:], *shapes[:first], [side, side], *[[1, 1]] * side]
        assert np.allclose(boxes, expected)
        right = max(patch.get_xy()[:, 0].max() for patch in axes.patches)
        assert right < axes.get_xlim()[1]


def test_the_caption_of_the_ring_says_which_factor_moves():
    """The last one to the front would be A B C, C A B, B C A."""
    drawn = [
        "".join(text.get_text().strip("$") for text in axes.texts if text.get_text() != "=")
        for axes in figures.cyclic([2, 3, 4]).axes
    ]
    first_to_the_back = ["ABC", "BCA", "CAB"]
    assert drawn == first_to_the_back
    page = ROOT / "chapters" / "2-matrix-differentiation" / "5-by-matrices.ipynb"
    cells = json.loads(page.read_text("utf-8"))["cells"]
    [caption] = [
        cell["metadata"]["mystnb"]["figure"]["caption"]
        for cell in cells
        if "figures.cyclic" in "".join(cell["source"])
    ]
    assert "the first factor goes to the back" in caption


def test_the_paths_and_the_function_along_them():
    def f(x):
        return x[0] ** 3 * x[1] / (x[0] ** 4 + x[1] ** 2)

    plane, along = figures.two_paths(f, [[1, 0], [1, 1]], lambda t: np.array([t, t * t])).axes
    assert len(curves(plane, figures.FAINT)) == len(curves(along, figures.FAINT)) == 2
    [(t, values)] = curves(along, figures.RUST)
    assert np.allclose(values, t / 2)
    [(x1, x2)] = curves(plane, figures.RUST)
    assert np.allclose(x2, x1**2)


def test_the_ring_is_cut_behind_the_variable():
    round_, line = figures.ring(["A", "X", "B", "C"], cut=1).axes
    assert [text.get_text() for text in round_.texts if text.get_text()] == [
        "$A$", "$X$", "$B$", "$C$",
    ]  # fmt: skip
    places = [dots.get_offsets()[0] for dots in round_.collections]
    strokes = [stroke.mean(axis=1) for stroke in curves(round_, figures.INK)]
    assert np.allclose(np.mean(strokes, axis=0), (places[1] + places[2]) / 2)
    named = [text.get_text() for text in line.texts]
    assert named[:4] == ["$B$", "$C$", "$A$", "$X$"]  # read on from the cut
    [brace] = curves(line, figures.INK)
    inside = [brace[0].min() < text.get_position()[0] < brace[0].max() for text in line.texts[:4]]
    assert inside == [True, True, True, False]


def test_the_staircase_is_flat_on_its_gaps_and_rises_by_one():
    alone, added = figures.staircase(stages=5).axes
    [(x, height)] = curves(alone, figures.BLUE)
    [(same, both)] = curves(added, figures.RUST)
    assert np.array_equal(x, same) and np.allclose(both, x + height)
    assert (x[0], x[-1], height[0], height[-1]) == (0, 1, 0, 1)
    assert np.all(np.diff(x) > 0) and np.all(np.diff(height) > -1e-12)
    for low, high, value in ((1 / 3, 2 / 3, 1 / 2), (1 / 9, 2 / 9, 1 / 4), (7 / 9, 8 / 9, 3 / 4)):
        assert np.allclose(np.interp([low, (low + high) / 2, high], x, height), value)
    flat = np.isclose(np.diff(height), 0)
    assert np.isclose(np.sum(np.diff(x)[flat]), 1 - (2 / 3) ** 5)


def test_the_pairing_shows_each_product_and_their_sum():
    G = np.array([[1.0, -2.0], [3.0, 0.5], [0.0, 4.0]])
    H = np.array([[2.0, 1.0], [0.0, 4.0], [1.0, -1.0]])
    frames = figures.pairing(G, [H, np.sign(G)]).axes
    for axes, direction in zip(frames, (H, np.sign(G)), strict=True):
        assert f"{np.sum(G * direction):g}$" in axes.get_title()
        numbers = [float(t.get_text()) for t in axes.texts if "$" not in t.get_text()]
        assert numbers == [*direction.ravel(), *G.ravel(), *(G * direction).ravel()]
        rust = matplotlib.colors.to_hex(figures.RUST)
        negative = [matplotlib.colors.to_hex(p.get_facecolor()) == rust for p in axes.patches]
        assert negative == [number < 0 for number in numbers]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in frames}) == 1


def test_composed_maps_are_drawn_with_the_product_of_their_jacobians():
    M, N, corner = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[0.0, -1.0], [2.0, 1.0]]), [1, 2]

    def linear(A):
        return lambda p: np.tensordot(A, p, 1)

    panels = figures.composed(linear(M), linear(N), corner, 0.5, ["a", "b", "c"]).axes
    for axes, A in zip(panels, (np.eye(2), M, N @ M), strict=True):
        [outline] = curves(axes, figures.BLUE)
        square = np.array([[1, 2], [1.5, 2], [1.5, 2.5], [1, 2.5], [1, 2]]).T
        assert np.allclose(outline, A @ square)
        bent = np.concatenate(curves(axes, figures.RUST), axis=1)
        assert np.allclose(bent.min(axis=1), outline.min(axis=1))  # of a linear map, the same
        assert np.allclose(bent.max(axis=1), outline.max(axis=1))


def test_arrows_run_forward_above_and_backward_below():
    nodes = [("X", "4 × 3"), ("Z", "3 × 3"), ("f", "1 × 1")]
    [axes] = figures.backward(nodes, [("dZ", "G"), ("df", "C")]).axes
    for color, above in ((figures.BLUE, True), (figures.RUST, False)):
        found = arrows(axes, color)
        assert len(found) == 2
        assert all((step[0] > 0) == above and (start[1] > 0) == above for start, step in found)
    assert {"4 × 3", "3 × 3", "1 × 1"} <= {text.get_text() for text in axes.texts}


def test_what_moves_is_outlined_in_the_matrix_and_in_its_gradient():
    X, G = np.array([[1.0, -2.0], [3.0, 0.5], [0.0, 4.0]]), np.array([[2.0, 0], [1, -1], [0, 8]])

    def f(X):
        return np.sum(G * X) + np.sum(X**2) - np.sum((X - 1) ** 2) - 2 * np.sum(X)  # linear

    H = np.zeros((3, 2))
    H[1, 1] = 0.25
    [axes] = figures.moved_and_gradient(f, X, G, [H]).axes
    numbers = [float(t.get_text()) for t in axes.texts if "$" not in t.get_text()]
    assert numbers == [*(X + H).ravel(), *G.ravel()]
    assert axes.get_title() == r"$\mathrm{d}f = -0.25$, and $f$ moves by $-0.25$"
    outlines = curves(axes, figures.INK)
    left, right = (outline.min(axis=1) for outline in outlines)
    assert left.tolist() == [1, -2] and np.isclose(right[1], -2) and right[0] > 2


def test_a_curved_function_moves_by_more_than_its_differential():
    X = np.array([[1.0, 2.0]])
    [axes] = figures.moved_and_gradient(lambda X: np.sum(X**2), X, 2 * X, [[[0.5, 0.0]]]).axes
    assert "= 1.00$" in axes.get_title() and "$1.25$" in axes.get_title()
