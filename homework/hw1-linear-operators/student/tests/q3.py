from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 3

@test_case(points=0, hidden=False)
def test_public(wrong_line, repaired, blind):
    import numpy as np
    from lecturelib import differential
    from lecturelib.checks import check_answer, check_text, require, result_of

    def right(W, X, H):
        return differential(lambda Z: Z.T @ W @ Z @ (Z.T @ W @ Z), X, H)

    def last_line(W, X, H):
        return 2 * X.T @ W @ H @ X.T @ W @ X + 2 * X.T @ W @ X @ X.T @ W @ H

    def check_blind(W, X):
        H = result_of(blind, W=W, X=X)
        if np.shape(H) != X.shape:
            raise AssertionError('blind has to return a direction, an array of the shape of X')
        H = np.asarray(H, dtype=float)
        if not np.isfinite(H).all() or not H.any():
            raise AssertionError('the direction of blind has to be finite and not zero')
        H = H / np.linalg.norm(H)
        if abs(np.sum(H * X)) > 0.999 * np.linalg.norm(X):
            raise AssertionError('the direction of blind is a multiple of X; find another one')
        df = right(W, X, H)
        if np.linalg.norm(df) < 1e-08 * np.linalg.norm(X) ** 3:
            raise AssertionError('along the direction of blind, f does not change to first order')
        if not np.allclose(last_line(W, X, H), df, atol=1e-08 * np.linalg.norm(df)):
            raise AssertionError('along the direction of blind, the last line is wrong')

    def draw(rng):
        m, n = (4, 3)
        S = rng.standard_normal((m, m))
        return (S + S.T, rng.standard_normal((m, n)))

    def draw_with_direction(rng):
        W, X = draw(rng)
        return (W, X, rng.standard_normal(X.shape))
    require(check_text(wrong_line, ['1', '2', '3', '4', '5'], 'wrong_line'))
    require(check_answer(repaired, right, draw_with_direction, own_formula=True))
    check_blind(*draw(np.random.default_rng(0)))

