from otter.test_files import test_case

OK_FORMAT = False

name = "q7"
points = 1

@test_case(points=0, hidden=False)
def test_public(path):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def expected(A, b, x0, rate, steps):
        points = [x0]
        for _ in range(steps):
            slope = gradient(lambda x: 0.5 * x @ A @ x - b @ x, points[-1])
            points.append(points[-1] - rate * slope)
        return np.stack(points)

    def draw(rng):
        E = rng.standard_normal((2, 2))
        A = E @ E.T + np.array([[1.0, 1.0], [-0.7, 1.0]])
        return (A, rng.standard_normal(2), rng.standard_normal(2), 0.05, 2)
    require(check_answer(path, expected, draw, own_formula=True))

