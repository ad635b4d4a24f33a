from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 3

@test_case(points=0, hidden=False)
def test_public(wrong_line, minimiser):
    import numpy as np
    from lecturelib import gradient, hessian
    from lecturelib.checks import check_answer, check_text, require
    require(check_text(wrong_line, ['1', '2', '3', '4', '5', '6'], 'wrong_line'))

    def expected(X, W, D, lam, y):

        def E(w):
            return (X @ w - y) @ W @ (X @ w - y) + lam * np.sum((D @ w) ** 2)
        start = np.ones(X.shape[1])
        return start - np.linalg.solve(hessian(E, start).matrix(), gradient(E, start))

    def draw(rng):
        L, K = rng.standard_normal((2, 5, 5))
        W = L @ L.T + np.eye(5) + 2 * (K - K.T)
        X, D = (rng.standard_normal((5, 3)), rng.standard_normal((2, 3)))
        return (X, W, D, 0.7, rng.standard_normal(5))
    require(check_answer(minimiser, expected, draw, name='minimiser', own_formula=True))

