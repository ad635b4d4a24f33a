from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 4

@test_case(points=0, hidden=False)
def test_public(power_derivative):
    import numpy as np
    from lecturelib import differential
    from lecturelib.checks import check_answer, require

    def power(X):
        w, V = np.linalg.eig(X)
        return V @ np.diag(w ** (2 / 3)) @ np.linalg.inv(V)

    def expected(X, Y, H):
        return np.real(differential(power, X, H))

    def draw(rng):
        n = 3
        E = rng.standard_normal((n, n))
        Z = np.eye(n) + 0.4 * E / np.linalg.norm(E, 2)
        return (Z @ Z @ Z, Z @ Z, rng.standard_normal((n, n)))
    require(check_answer(power_derivative, expected, draw, own_formula=True))

