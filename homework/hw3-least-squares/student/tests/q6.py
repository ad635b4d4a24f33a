from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 3

@test_case(points=0, hidden=False)
def test_public(gradient_J):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def expected(p, X, y, lam, U, z):

        def J(p):
            M = X.T @ (p.reshape(-1, 1) * X) + lam * np.eye(X.shape[1])
            return np.sum((U @ np.linalg.solve(M, X.T @ (p * y)) - z) ** 2)
        return gradient(J, p)

    def draw(rng):
        X, U = (rng.standard_normal((6, 4)), rng.standard_normal((3, 4)))
        return (rng.uniform(0.5, 2, 6), X, rng.standard_normal(6), 0.8, U, rng.standard_normal(3))
    require(check_answer(gradient_J, expected, draw, name='gradient_J', own_formula=True))

