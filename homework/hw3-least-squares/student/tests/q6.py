from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 3

@test_case(points=0, hidden=False)
def test_public(fit, error):
    import numpy as np
    from lecturelib import gradient, hessian
    from lecturelib.checks import check_answer, require

    def expected(x, y, degree, lam):

        def E(w):
            X = np.vander(x, degree + 1, increasing=True)
            return np.sum((X @ w - y) ** 2) + lam * np.sum(w[1:] ** 2)
        start = np.ones(degree + 1)
        return start - np.linalg.solve(hessian(E, start).matrix(), gradient(E, start))

    def expected_error(w, u, z):
        return np.mean((np.polyval(w[::-1], u) - z) ** 2)

    def draw(rng):
        x, y = (rng.uniform(-1, 1, 8), rng.standard_normal(8))
        return (x, y, 3, rng.uniform(0.1, 1))

    def draw_error(rng):
        return (rng.standard_normal(4), rng.uniform(-1, 1, 5), rng.standard_normal(5))
    require(check_answer(fit, expected, draw, own_formula=True))
    require(check_answer(error, expected_error, draw_error))

