from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 2

@test_case(points=0, hidden=False)
def test_public(gradient_g, blind):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require, result_of

    def expected(A, C, X):
        return gradient(lambda Z: np.sum((Z.T @ A @ Z - C) ** 2), X)

    def draw(rng):
        m, n = (3, 2)
        return tuple((rng.standard_normal(shape) for shape in ((m, m), (n, n), (m, n))))

    def friend(A, C, X):
        return 2 * (A + A.T) @ X @ (X.T @ A @ X - C)

    def check_blind(A, C):
        X = result_of(blind, A=A, C=C)
        if np.shape(X) != (len(A), 3):
            raise AssertionError('blind has to return an X, of the right numbers of rows and columns')
        X = np.asarray(X, dtype=float)
        if not np.isfinite(X).all() or not X.any():
            raise AssertionError('the X of blind has to be finite and not zero')
        X = X / np.linalg.norm(X)
        right = expected(A, C, X)
        if np.linalg.norm(right) < 1e-08:
            raise AssertionError('at the X of blind, the gradient itself is zero')
        if np.linalg.norm(friend(A, C, X) - right) > 1e-08 * np.linalg.norm(right):
            raise AssertionError("at the X of blind, the friend's result is wrong")

    def draw_blind(rng, k):
        A, C = (rng.standard_normal((k, k)), rng.standard_normal((3, 3)))
        return (A + A.T, C)
    require(check_answer(gradient_g, expected, draw, name='gradient_g', own_formula=True))
    check_blind(*draw_blind(np.random.default_rng(0), 4))

