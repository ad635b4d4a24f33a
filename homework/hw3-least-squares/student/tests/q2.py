from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 3

@test_case(points=0, hidden=False)
def test_public(hessian_f):
    import numpy as np
    from lecturelib import hessian
    from lecturelib.checks import check_answer, require

    def expected(A, C, X, H):
        return hessian(lambda Z: np.trace(Z.T @ A @ Z) * np.trace(C.T @ Z), X)[H]

    def draw(rng):
        return (rng.standard_normal((4, 4)), *rng.standard_normal((3, 4, 3)))
    require(check_answer(hessian_f, expected, draw, name='hessian_f', own_formula=True))

