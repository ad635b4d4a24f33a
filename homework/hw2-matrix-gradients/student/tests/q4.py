from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 4

@test_case(points=0, hidden=False)
def test_public(gradient_q, direction, slope, STUDENT_ID):
    import numpy as np
    from lecturelib import differential, gradient
    from lecturelib.checks import check_answer, check_value, require, student_rng

    def q(A, B, x):
        return x @ A @ x / (1 + np.sum((B @ x) ** 2))

    def expected(A, B, x):
        return gradient(lambda z: q(A, B, z), x)

    def draw(rng):
        return (rng.standard_normal((4, 4)), rng.standard_normal((2, 4)), rng.standard_normal(4))
    require(check_answer(gradient_q, expected, draw, name='gradient_q', own_formula=True))
    own = student_rng('hw2-q4', STUDENT_ID)
    A = np.round(own.standard_normal((3, 3)), 2)
    B = np.round(own.standard_normal((2, 3)), 2)
    x = np.round(own.standard_normal(3), 2)
    factor = np.round(own.standard_normal((3, 3)), 2)
    W = np.eye(3) + factor @ factor.T
    if np.shape(direction) != (3,):
        raise AssertionError('direction is not yet an array of the shape (3,).')
    length = np.sqrt(direction @ W @ direction)
    require(check_value(length, 1.0, 'the length of direction, measured with W,'))
    require(check_value(slope, differential(lambda z: q(A, B, z), x, direction), 'slope'))

