from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 3

@test_case(points=0, hidden=False)
def test_public(wrong_step, jacobian_f, unnoticed):
    import numpy as np
    from lecturelib import jacobian_matrix
    from lecturelib.checks import check_answer, check_text, require, result_of

    def expected(A, B, x):
        return jacobian_matrix(lambda z: A @ z * (B @ z) / np.sqrt(z @ z), x)

    def last_line(A, B, x):
        a, b, r = (A @ x, B @ x, np.linalg.norm(x))
        return (np.diag(b) @ A + np.diag(a) @ B) / r - np.outer(a * b, x) / r ** 2

    def check_unnoticed(A, B, x):
        z = result_of(unnoticed, A=A, B=B, x=x)
        if np.shape(z) != x.shape:
            raise AssertionError('unnoticed has to return a point, an array of the shape of x')
        z = np.asarray(z, dtype=float)
        if not np.isfinite(z).all() or np.linalg.norm(z) < 1e-06:
            raise AssertionError('the point of unnoticed has to be finite and not zero')
        if np.linalg.norm(z / np.linalg.norm(z) - x / np.linalg.norm(x)) > 1e-08:
            raise AssertionError('unnoticed has to return a positive multiple of x')
        right = expected(A, B, z)
        if np.linalg.norm(last_line(A, B, z) - right) > 1e-08 * np.linalg.norm(right):
            raise AssertionError('at the point of unnoticed, line 5 is wrong')

    def draw(rng, m=4, n=3):
        return (rng.standard_normal((m, n)), rng.standard_normal((m, n)), rng.standard_normal(n))
    require(check_text(wrong_step, ['1', '2', '3', '4', '5'], 'wrong_step'))
    require(check_answer(jacobian_f, expected, draw, name='jacobian_f', own_formula=True))
    check_unnoticed(*draw(np.random.default_rng(0), 2, 3))

