from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 3

@test_case(points=0, hidden=False)
def test_public(wrong_step, adjoint_g, fooled):
    import numpy as np
    from lecturelib import derivative
    from lecturelib.checks import check_answer, check_text, require, result_of

    def adjoint(A, B, X):
        return derivative(lambda Z: A @ Z.T @ B @ np.linalg.inv(Z), X).T

    def expected(A, B, X, G):
        return adjoint(A, B, X)[G]

    def last_line(A, B, X, G):
        Y = np.linalg.inv(X)
        return B @ Y @ G.T @ A - Y @ G.T @ A @ X.T @ B @ Y

    def check_fooled(A, B, X):
        G = result_of(fooled, A=A, B=B, X=X)
        if np.shape(G) != X.shape:
            raise AssertionError('fooled has to return a matrix G of the shape of g(X)')
        G = np.asarray(G, dtype=float)
        if not np.isfinite(G).all() or not G.any():
            raise AssertionError('the G of fooled has to be finite and not zero')
        G = G / np.linalg.norm(G)
        right = adjoint(A, B, X)[G]
        if np.linalg.norm(right) < 1e-06:
            raise AssertionError('at the G of fooled, the adjoint itself is zero')
        if np.linalg.norm(last_line(A, B, X, G) - right) > 1e-08 * np.linalg.norm(right):
            raise AssertionError('at the G of fooled, line 5 is wrong')

    def draw(rng, n, p):
        A, B = (rng.standard_normal((p, n)), rng.standard_normal((n, n)))
        return (A, B, 0.7 * rng.standard_normal((n, n)) + 3 * np.eye(n))

    def draw_weight(rng):
        A, B, X = draw(rng, 3, 2)
        return (A, B, X, rng.standard_normal((A @ B).shape))
    require(check_text(wrong_step, ['1', '2', '3', '4', '5'], 'wrong_step'))
    require(check_answer(adjoint_g, expected, draw_weight, own_formula=True))
    check_fooled(*draw(np.random.default_rng(0), 3, 3))

