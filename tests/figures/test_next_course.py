"""The figures of chapter 5 draw what their captions say."""

import matplotlib
import numpy as np
from drawn import curves

from lecturelib import figures


def test_the_branches_avoid_each_other_unless_the_coupling_is_zero():
    frames = figures.avoided_crossing([0.5, 0.0]).axes
    for axes, c in zip(frames, (0.5, 0.0), strict=True):
        [(t, upper)], [(_, lower)] = curves(axes, figures.BLUE), curves(axes, figures.RUST)
        assert np.allclose(upper, np.sqrt(t**2 + c**2))
        assert np.isclose((upper - lower).min(), 2 * c)
        assert axes.get_title() == f"c = {c}"
    assert frames[0].get_xlim() == frames[1].get_xlim()
    assert frames[0].get_ylim() == frames[1].get_ylim()


def test_each_needle_is_an_eigenvector():
    c = 0.3
    [axes] = figures.avoided_crossing([c]).axes
    for needles, sign in zip(axes.collections, (1, -1), strict=True):
        for t, v in zip(needles.X, np.stack([needles.U, needles.V], axis=1), strict=True):
            A = np.array([[t, c], [c, -t]])
            assert np.allclose(A @ v, sign * np.hypot(t, c) * v)
            assert np.isclose(v @ v, 1)


def test_the_jump_leaves_a_gap_and_a_dot():
    [axes] = figures.jump(lambda t, ridge: t / (t * t + ridge) if t else 0.5, [0.01, 0.1]).axes
    left, right, dot = curves(axes, figures.RUST)
    assert left[0].max() < 0 < right[0].min()
    assert dot.ravel().tolist() == [0.0, 0.5]
    for color, ridge in ((figures.BLUE, 0.01), (figures.GREEN, 0.1)):
        [(t, values)] = curves(axes, color)
        inside = t != 0
        assert np.allclose(values[inside], t[inside] / (t[inside] ** 2 + ridge))


def test_convergence_shows_each_error_at_its_step():
    errors = {"slow": 0.5 ** np.arange(10), "fast": np.array([1.0, 1e-2, 0.0, 1e-16])}
    [axes] = figures.convergence(errors).axes
    slow, fast = axes.lines
    assert np.allclose(slow.get_data(), [np.arange(10), errors["slow"]])
    assert np.allclose(fast.get_xdata(), [0, 1, 2])  # roundings are not drawn
    assert np.allclose(fast.get_ydata(), [1.0, 1e-2, 1e-14], atol=0)
    assert axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["slow", "fast"]


def test_the_fitted_curves_are_those_of_the_legend():
    x, y = np.linspace(0, 2, 5), np.array([3.0, 2, 2, 1, 1])
    fits = {"start": lambda x: 2 - x, "best": lambda x: 3 * np.exp(-x)}
    [axes] = figures.fitted_curves(x, y, fits).axes
    start, best, dots = axes.lines
    for line, fit in zip((start, best), fits.values(), strict=True):
        assert np.allclose(line.get_ydata(), fit(line.get_xdata()))
    assert np.allclose(dots.get_data(), [x, y])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["start", "best"]


def test_the_chain_shows_each_spring_and_which_lifts_most():
    slopes = np.array([-1.0, 0.5, -3.0, -2.0])
    [axes] = figures.chain(slopes, watched=1).axes
    assert np.allclose([bar.get_height() for bar in axes.patches], slopes)
    rust = matplotlib.colors.to_rgba(figures.RUST)
    assert [bar.get_facecolor() == rust for bar in axes.patches] == [False, False, True, False]
    [(between, _)] = curves(axes, figures.FAINT)
    assert np.allclose(between, 1.5)  # the watched weight hangs between springs 1 and 2
