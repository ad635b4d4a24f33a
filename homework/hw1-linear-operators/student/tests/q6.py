from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 2

@test_case(points=0, hidden=False)
def test_public(root_derivative):
    import numpy as np
    from lecturelib import differential, sqrtm
    from lecturelib.checks import check_answer, require

    def expected(A, Y, H):
        return differential(lambda Z: np.linalg.inv(A) @ sqrtm(A @ Z), Y @ A @ Y, H)

    def draw(rng):
        n = 3
        E, F = rng.standard_normal((2, n, n))
        A = np.eye(n) + 0.2 * E / np.linalg.norm(E, 2)
        return (A, np.eye(n) + 0.2 * F / np.linalg.norm(F, 2), rng.standard_normal((n, n)))
    require(check_answer(root_derivative, expected, draw, own_formula=True))

