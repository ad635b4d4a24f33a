"""The figures of chapter 4 draw what their captions say."""

import numpy as np
from drawn import curves

from lecturelib import figures


def test_the_crossings_are_the_solutions():
    A, H, b = np.array([[1.0, 1.0], [0.8, 1.0]]), np.array([[0, 0], [0.1, 0]]), [2.0, 1.8]
    [axes] = figures.crossings({"nearly singular": (A, H, b)}).axes
    solutions = np.array([np.linalg.solve(A, b), np.linalg.solve(A + H, b)])
    bar, dot = curves(axes, figures.RUST)
    assert np.allclose(bar.T, solutions)
    assert np.allclose(dot.T, solutions[1])
    lines = [line for line in axes.lines if hasattr(line, "get_xy1")]
    for line, (row, right) in zip(
        lines,
        [(row, right) for k, right in enumerate(b) for row in (A[k], (A + H)[k])],
        strict=True,
    ):
        assert np.isclose(row @ line.get_xy1(), right)
        assert np.isclose(row @ line.get_xy2(), right)


def test_the_areas_are_those_of_the_titles():
    flows = {"spiral": [[-0.3, 0.8], [-0.8, -0.3]], "turn": [[0.0, 1.0], [-1.0, 0.0]]}
    panels = figures.areas(flows).axes
    for axes, A in zip(panels, flows.values(), strict=True):
        x, y = np.asarray(axes.patches[1].get_xy())[:-1].T
        area = abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2
        assert np.isclose(area, np.exp(np.trace(A)))
        assert f"area {area:.2f}" in axes.get_title()
    assert "trace \N{MINUS SIGN}0.6" in panels[0].get_title()


def test_the_eigenvalue_curves_are_eigenvalues_and_stop_where_these_turn_complex():
    times = np.linspace(-1, 1, 41)
    [axes] = figures.eigenvalue_curves(
        {"": lambda t: np.array([[1.0, 2.0], [t, 3.0]])}, times, tangents=[(1, -1), (3, 1)]
    ).axes
    real = times > -0.5 + 1e-9
    roots = np.sqrt(1 + 2 * times[real])
    for color, sign in ((figures.BLUE, -1), (figures.RUST, 1)):
        [(t, values)] = curves(axes, color)
        assert np.allclose(values[real], 2 + sign * roots)
        assert np.isnan(values[times < -0.5 - 1e-9]).all()
    [(_, dotted)] = curves(axes, figures.FAINT)
    assert np.allclose(dotted[times < -0.5 - 1e-9], 2)
    dashed = [line for line in curves(axes, figures.INK) if line.shape[1] == 2]
    assert [round(float(np.diff(y)[0] / np.diff(x)[0]), 9) for x, y in dashed] == [-1, 1]


def test_the_collision_shows_each_matrix_in_its_frame():
    oscillators = {f"damping {g}": [[0, 1], [-1, -2 * g]] for g in (0.5, 1.0, 1.5)}
    frames = figures.collision(oscillators).axes
    assert [axes.get_title() for axes in frames] == list(oscillators)
    for axes, A in zip(frames, oscillators.values(), strict=True):
        [(x, y)] = curves(axes, figures.RUST)
        assert np.allclose(x + 1j * y, np.linalg.eigvals(np.array(A)))
        assert axes.get_xlim()[0] < min(x) and max(x) < axes.get_xlim()[1]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in frames}) == 1
