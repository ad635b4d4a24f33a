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
    page = ROOT / "chapters" / "2-matrix-differentiation" / "4-by-matrices.ipynb"
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
