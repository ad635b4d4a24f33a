"""Sentences of the pages that were false once, each with the numbers that showed it.

The numbers are computed here; the page must hold the condition that they ask for, and not the
sentence that they refute.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from lecturelib import check_derivative, jacobian_matrix

CHAPTERS = Path(__file__).parent.parent / "chapters"


def words(page: str) -> str:
    """The text of a page, in one line."""
    path = CHAPTERS / page
    if path.suffix != ".ipynb":
        return " ".join(path.read_text("utf-8").split())
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return " ".join("\n".join("".join(cell["source"]) for cell in cells).split())


def a_row_fits_behind_a_column():
    row = jacobian_matrix(lambda x: x[0] * x[1], np.array([2.0, 3.0]))
    return (np.ones((2, 1)) @ row).shape == (2, 2)


def a_square_layout_pairs_and_is_wrong():
    C = np.array([[0.0, 1], [0, 0]])
    return np.trace(C @ C) == 0 and np.sum(C * C) == 1


def the_root_straightens_to_a_vertical_line():
    """y = sqrt(x), both axes divided by h: X = h Y^2, within h of the line X = 0 for |Y| <= 1."""
    Y = np.linspace(0, 1, 11)
    return all(np.max(np.abs((h * Y) ** 2 / h)) <= h * (1 + 1e-12) for h in (0.1, 0.01, 0.001))


def right_slopes_tend_to_one():
    """x / log(1/|x|) has the derivative 0 at 0, and a remainder whose slope tends to 1."""
    y = lambda t: t / np.log(1 / t)  # noqa: E731
    slopes = [np.log2(y(t) / y(t / 2)) for t in (1e-3, 1e-12, 1e-100)]
    flat = check_derivative(lambda x: np.abs(x) ** 1.05, lambda H: 0.0 * H, np.zeros(()))
    return slopes == sorted(slopes, reverse=True) and slopes[-1] < 1.005 and bool(flat)


def both_uses_send_back_the_same():
    A, G = np.array([[1.0, 2], [0, 1]]), np.array([[1.0, 0], [3, 1]])
    H = np.array([[1.0, -1], [2, 5]])
    return np.sum(G * (A @ H + A @ H)) == 2 * np.sum((A.T @ G) * H)


def a_minimum_without_one_sided_slopes():
    x = 1 / (np.pi / 2 + np.pi * np.arange(10, 14))
    quotients = 2 + np.sin(1 / x)
    return np.allclose(np.sort(quotients), [1, 1, 3, 3])


def one_corner_does_no_harm():
    """y = x below 0 and 2x above, on [-1, 1]: both sides of the formula are 3."""
    return (2 - -1) == 1 * 1 + 1 * 2


def three_terms_in_two_variables():
    return len({"x1^2", "x1 x2", "x2^2"}) == 2 * 3 // 2


def cubes_of_a_direction_that_does_not_commute():
    X, H = np.diag([1.0, -2]), np.array([[0.0, 1], [0, 0]])
    cube = H @ X @ X + X @ H @ X + X @ X @ H
    return np.array_equal(cube, 3 * X @ X @ H) and not np.array_equal(X @ H, H @ X)


def the_first_coefficient_is_no_fifth():
    A = np.array([[2.0, 1], [5, 3]])
    Y = np.linalg.inv(A)
    H = -(A @ np.array([[15.0, -6], [-25, 10]]) @ A)
    c = [Y, -Y @ H @ Y, Y @ H @ Y @ H @ Y]
    return np.allclose(c[2], 5 * c[1]) and not np.allclose(c[1], 5 * c[0])


def both_sides_of_a_kink_agree():
    """Weights that are zero: every slope of a ReLU network's cost is 0 to both sides."""
    relu = lambda z: np.maximum(z, 0)  # noqa: E731
    cost = lambda t: float((relu(0 * relu(t * 1.0)) - 1) ** 2)  # noqa: E731
    return cost(1e-3) == cost(0.0) == cost(-1e-3)


def a_right_expansion_of_slope_two_and_a_half():
    y = lambda t: np.abs(t) ** 2.5  # noqa: E731
    return np.isclose(np.log2(y(1e-3) / y(5e-4)), 2.5)


def a_real_function_with_a_complex_derivative():
    return all(abs(abs(h) ** 2 / h) <= 2e-4 for h in (1e-4, 1e-4j, 1e-4 * (1 + 1j)))


def singular_vectors_that_do_not_turn():
    for t in (0.1, 1e-6):
        U = np.linalg.svd(np.diag([1 + t, 1 - t]))[0]
        assert np.array_equal(np.abs(U), np.eye(2))
    return True


def convex_on_a_line_with_an_indefinite_hessian():
    t = np.linspace(-1, 1, 5)
    return np.all(np.diff(t * t, 2) > 0) and np.linalg.eigvalsh([[0.0, 1], [1, 0]])[0] == -1


def steps_with_a_finite_sum_that_arrive():
    w = 1.0
    for k in range(20):
        w -= 4.0**-k * w
    return w == 0.0


def free_without_symmetry():
    A, b = np.array([[0.0, 1], [-1, 0]]), np.array([2.0, -1])
    return np.allclose(np.linalg.solve(A, b), np.linalg.solve(A.T, -b))


def directional_derivatives_are_not_enough_for_the_inverse():
    """Slope 0 along every line at 0, and 1/2 along the parabola, compared with the step."""
    f = lambda x, y: x**3 * y / (x**4 + y**2)  # noqa: E731
    lines = [f(1e-6 * a, 1e-6 * b) / 1e-6 for a, b in ((1, 1), (1, -2), (3, 1))]
    return np.allclose(lines, 0, atol=1e-4) and np.isclose(f(1e-6, 1e-12) / 1e-6, 0.5)


def the_pseudo_inverse_from_a_projector():
    A = np.array([[1.0, 2, 3], [2, 4, 6], [0, 1, 1], [1, 3, 4]])
    P = np.linalg.pinv(A) @ A
    return np.allclose(np.linalg.inv(A.T @ A + np.eye(3) - P) @ A.T, np.linalg.pinv(A))


#: page, what refutes the old sentence, the old sentence, what the page says instead
FALSE_ONCE = [
    ("1-differentiation-revisited/1-linearisation.ipynb", a_row_fits_behind_a_column,
     "matrix can only stand *before*", "if $m > 1$"),
    ("1-differentiation-revisited/1-linearisation.ipynb", the_root_straightens_to_a_vertical_line,
     "Neither straightens", "straightens to a vertical line"),
    ("1-differentiation-revisited/1-linearisation.ipynb", right_slopes_tend_to_one,
     "What convicts a derivative is slope $1$.", "divided by $t$, does not go to $0$"),
    ("2-matrix-differentiation/5-by-matrices.ipynb", a_square_layout_pairs_and_is_wrong,
     "It is not of the shape of $\\d X$, so", "If $m = n$, they can, and the number is wrong"),
    ("2-matrix-differentiation/6-chain-and-product-rule.ipynb", both_uses_send_back_the_same,
     "Only for $H \\mapsto H + H$", "For $H \\mapsto H + H$ they happen to be"),
    ("0-introduction/1-why-optimise.ipynb", a_minimum_without_one_sided_slopes,
     "stationary points, corners, ends", "points without a derivative"),
    ("2-matrix-differentiation/3-jacobian.ipynb", one_corner_does_no_harm,
     "must exist *everywhere*", "asks for a derivative *everywhere*"),
    ("2-matrix-differentiation/1-how-to-calculate.ipynb", three_terms_in_two_variables,
     "has $n^2$ terms", "has $n (n + 1) / 2$ terms"),
    ("2-matrix-differentiation/6-chain-and-product-rule.ipynb",
     cubes_of_a_direction_that_does_not_commute,
     "It is $3 X^2\\, \\d X$ when", "A few other directions do it too"),
    ("4-examples/1-inverse.ipynb", the_first_coefficient_is_no_fifth,
     "In the example each coefficient", "from the derivative on"),
    ("4-examples/1-inverse.ipynb", directional_derivatives_are_not_enough_for_the_inverse,
     "put $tH$ in place of $H$", "at most a constant times $\\norm{H}^2$"),
    ("4-examples/4-perceptron.ipynb", both_sides_of_a_kink_agree,
     "the derivatives to the two sides differ", "the two sides may differ"),
    ("3-second-derivative/6-descent.ipynb",
     a_right_expansion_of_slope_two_and_a_half,
     "leaves a remainder of slope 3, or more", "where there is a third derivative"),
    ("5-next-course/6-adjoint-method.ipynb", a_real_function_with_a_complex_derivative,
     "unless it is constant", "except where its gradient is zero"),
    ("5-next-course/6-adjoint-method.ipynb", free_without_symmetry,
     "Only where $\\nabla g", "in general it does not"),
    ("5-next-course/2-svd-and-pseudo-inverse.ipynb", singular_vectors_that_do_not_turn,
     "turn at infinite speed", "or jump"),
    ("5-next-course/2-svd-and-pseudo-inverse.ipynb", the_pseudo_inverse_from_a_projector,
     "\\d Y = \\d P_2 Y", "Y = (A^\\T A + I - P_2)^{-1} A^\\T"),
    ("4-examples/5-training.ipynb", steps_with_a_finite_sum_that_arrive,
     "they must add up to infinity", "they can stall"),
    ("reference/glossary.toml", convex_on_a_line_with_an_indefinite_hessian,
     "on a convex set", "on an open convex set"),
]  # fmt: skip


@pytest.mark.parametrize("page, refutes, false, right", FALSE_ONCE)
def test_a_sentence_that_was_false_has_its_condition(page, refutes, false, right):
    assert refutes()
    text = words(page)
    assert right in text and false not in text
