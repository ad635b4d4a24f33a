from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 2

@test_case(points=0, hidden=False)
def test_public(differential_f):
    import numpy as np
    from lecturelib import differential
    from lecturelib.checks import check_answer, require

    def expected(A, B, X, H):
        return differential(lambda Z: Z @ A @ Z.T @ B @ Z, X, H)

    def draw(rng):
        m, n = (4, 3)
        return (rng.standard_normal((n, n)), rng.standard_normal((m, m)), rng.standard_normal((m, n)), rng.standard_normal((m, n)))
    require(check_answer(differential_f, expected, draw, own_formula=True))

