"""The figures to drag draw what their captions say."""

import numpy as np
from drawn import curves
from test_matrices import arrows

from lecturelib import figures, gradient, weighted

A = [[0.25, 0.0625], [0.0625, 0.125]]
W = [[1.0, 0.8], [0.8, 2.0]]


def test_the_residual_is_normal_to_the_column():
    c, y = np.array([3.0, 1.0]), np.array([1.5, 2.5])
    [axes] = figures.residual(column=c, y=y, reach=3.0).axes
    [(start, residual)] = arrows(axes, figures.RUST)
    assert np.isclose(residual @ c, 0) and np.allclose(start + residual, y)
    [(origin, nearest)] = arrows(axes, figures.GREEN)
    assert np.allclose(origin, 0) and np.allclose(nearest, start)
    [corner] = curves(axes, figures.FAINT)[1:]
    one, other = np.diff(corner).T
    assert np.isclose(one @ other, 0) and np.isclose(one @ one, other @ other)


def test_a_residual_of_length_zero_has_no_corner():
    [axes] = figures.residual(column=[2.0, 1.0], y=[1.0, 0.5], reach=3.0).axes
    assert len(curves(axes, figures.FAINT)) == 1


def test_each_gradient_is_that_of_its_inner_product():
    x = np.array([1.0, 0.6])
    [axes] = figures.two_gradients(A=A, W=W, x=x, reach=1.8).axes
    f = lambda x: x @ np.array(A) @ x  # noqa: E731
    for color, M in ((figures.INK, np.eye(2)), (figures.BLUE, np.array(W))):
        [(start, G)] = arrows(axes, color)
        assert np.allclose(start, x)
        assert np.allclose(G, gradient(f, x, inner=weighted(M)))
        steps = curves(axes, color)[-1] - x[:, None]
        assert np.allclose(np.sum(steps * (M @ steps), axis=0), G @ M @ G)
    level = curves(axes, figures.INK)[0]
    assert np.allclose(np.sum(level * (np.array(A) @ level), axis=0), f(x))
