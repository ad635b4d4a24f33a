from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 2

@test_case(points=0, hidden=False)
def test_public(gradient_g):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def expected(A, C, X):
        return gradient(lambda Z: np.sum((Z.T @ A @ Z - C) ** 2), X)

    def draw(rng):
        m, n = (3, 2)
        return tuple((rng.standard_normal(shape) for shape in ((m, m), (n, n), (m, n))))
    require(check_answer(gradient_g, expected, draw, name='gradient_g', own_formula=True))

