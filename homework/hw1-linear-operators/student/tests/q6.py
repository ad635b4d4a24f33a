from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 2

@test_case(points=0, hidden=False)
def test_public(root_derivative):
    import numpy as np
    from lecturelib import differential, sqrtm
    from lecturelib.checks import check_answer, require

    def expected(X, Y, H):
        return differential(sqrtm, X, H)

    def draw(rng):
        n = 3
        E = rng.standard_normal((n, n))
        Z = np.eye(n) + 0.4 * E / np.linalg.norm(E, 2)
        return (Z @ Z, Z, rng.standard_normal((n, n)))
    require(check_answer(root_derivative, expected, draw, own_formula=True))

