from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 3

@test_case(points=0, hidden=False)
def test_public(jacobian_f):
    import numpy as np
    from lecturelib import jacobian_matrix
    from lecturelib.checks import check_answer, require

    def expected(A, B, x):
        return jacobian_matrix(lambda z: A @ z * (B @ z) / np.sqrt(z @ z), x)

    def draw(rng):
        return (rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), rng.standard_normal(3))
    require(check_answer(jacobian_f, expected, draw, name='jacobian_f', own_formula=True))

