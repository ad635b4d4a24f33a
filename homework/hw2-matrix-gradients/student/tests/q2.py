from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 2

@test_case(points=0, hidden=False)
def test_public(gradient_f):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def expected(A, B, C, X):
        return gradient(lambda Z: np.trace(A @ Z @ B @ Z @ C), X)

    def draw(rng):
        m, n, p = (3, 4, 2)
        shapes = ((p, m), (n, m), (n, p), (m, n))
        return tuple((rng.standard_normal(shape) for shape in shapes))
    require(check_answer(gradient_f, expected, draw, name='gradient_f', own_formula=True))

