from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 3

@test_case(points=0, hidden=False)
def test_public(constrained_fit, gradient_C):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def least(X, S, y, C, d, c):
        A = X.T @ S @ X
        free = np.linalg.solve(A, X.T @ S @ y - c / 2)
        gap = C @ free - d
        return y @ S @ y - free @ A @ free + gap @ np.linalg.solve(C @ np.linalg.solve(A, C.T), gap)

    def expected_fit(X, S, y, C, d):
        return gradient(lambda c: least(X, S, y, C, d, c), np.zeros(X.shape[1]))

    def expected(X, S, y, C, d):
        return gradient(lambda Z: least(X, S, y, Z, d, np.zeros(X.shape[1])), C)

    def draw(rng):
        L = rng.standard_normal((6, 6))
        X, y = (rng.standard_normal((6, 4)), rng.standard_normal(6))
        return (X, L @ L.T + np.eye(6), y, rng.standard_normal((2, 4)), rng.standard_normal(2))
    require(check_answer(constrained_fit, expected_fit, draw, name='constrained_fit', own_formula=True))
    require(check_answer(gradient_C, expected, draw, name='gradient_C', own_formula=True))

