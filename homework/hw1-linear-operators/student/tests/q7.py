from otter.test_files import test_case

OK_FORMAT = False

name = "q7"
points = 2

@test_case(points=0, hidden=False)
def test_public(remainders, slope):
    import numpy as np
    from lecturelib import derivative, least_squares
    from lecturelib.checks import check_answer, require

    def expected(X, H, steps):
        f = lambda Z: Z @ Z @ Z
        D = derivative(f, X)
        return np.array([np.linalg.norm(f(X + t * H) - D.value - D[t * H]) for t in steps])

    def expected_slope(steps, sizes):
        line = np.stack([np.ones(len(steps)), np.log(steps)], axis=1)
        return least_squares(line, np.log(sizes)).w[1]

    def draw(rng):
        n = 3
        X = rng.standard_normal((n, n))
        return (X, rng.standard_normal((n, n)), 2.0 ** (-np.arange(1.0, 8.0)))

    def draw_line(rng):
        steps = 2.0 ** (-np.arange(1.0, 9.0))
        return (steps, steps ** rng.uniform(0.5, 3) * np.exp(0.3 * rng.standard_normal(8)))
    require(check_answer(remainders, expected, draw))
    require(check_answer(slope, expected_slope, draw_line))

