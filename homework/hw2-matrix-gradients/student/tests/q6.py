from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 2

@test_case(points=0, hidden=False)
def test_public(gradient_U, gradient_V):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def f(U, V, C, Y):
        return np.sum(C * (U @ V.T - Y) ** 2) / 2

    def expected_U(U, V, C, Y):
        return gradient(lambda Z: f(Z, V, C, Y), U)

    def expected_V(U, V, C, Y):
        return gradient(lambda Z: f(U, Z, C, Y), V)

    def draw(rng):
        m, n, r = (5, 4, 2)
        C = rng.uniform(size=(m, n)) * rng.integers(0, 2, (m, n))
        U, V = (rng.standard_normal((m, r)), rng.standard_normal((n, r)))
        return (U, V, C, rng.standard_normal((m, n)))
    require(check_answer(gradient_U, expected_U, draw, name='gradient_U', own_formula=True))
    require(check_answer(gradient_V, expected_V, draw, name='gradient_V', own_formula=True))

