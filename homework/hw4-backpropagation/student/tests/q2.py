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
        return gradient(lambda Z: np.linalg.slogdet(A + B @ np.linalg.inv(Z) @ C)[1], X)

    def draw(rng):
        A, X = (3 * np.eye(3) + rng.standard_normal((3, 3)), rng.standard_normal((4, 4)))
        return (A, rng.standard_normal((3, 4)), rng.standard_normal((4, 3)), X + 4 * np.eye(4))
    require(check_answer(gradient_f, expected, draw, own_formula=True))

