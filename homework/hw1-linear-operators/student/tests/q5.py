from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 3

@test_case(points=0, hidden=False)
def test_public(differential_g, adjoint_g):
    import numpy as np
    from lecturelib import derivative
    from lecturelib.checks import check_answer, require

    def D(A, B, X):
        return derivative(lambda Z: A @ Z.T @ B @ np.linalg.inv(Z), X)

    def expected_differential(A, B, X, H):
        return D(A, B, X)[H]

    def expected_adjoint(A, B, X, G):
        return D(A, B, X).T[G]

    def draw(rng):
        n, p = (3, 2)
        A, B = (rng.standard_normal((p, n)), rng.standard_normal((n, n)))
        return (A, B, 0.7 * rng.standard_normal((n, n)) + 3 * np.eye(n))

    def draw_direction(rng):
        A, B, X = draw(rng)
        return (A, B, X, rng.standard_normal(X.shape))

    def draw_weight(rng):
        A, B, X = draw(rng)
        return (A, B, X, rng.standard_normal((A @ B).shape))
    require(check_answer(differential_g, expected_differential, draw_direction, own_formula=True))
    require(check_answer(adjoint_g, expected_adjoint, draw_weight, own_formula=True))

