from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 3

@test_case(points=0, hidden=False)
def test_public(equilibrium_gradient):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, require

    def expected(W, U, X, target):

        def cost(Z):
            Phi = np.zeros(target.shape)
            for _ in range(50):
                Phi = np.tanh(Z.T @ Phi + U.T @ X)
            return np.sum((Phi - target) ** 2)
        return gradient(cost, W)

    def draw(rng):
        W = rng.standard_normal((3, 3))
        U, X, target = (rng.standard_normal(shape) for shape in ((2, 3), (2, 4), (3, 4)))
        return (0.6 * W / np.linalg.norm(W, 2), U, X, target)
    require(check_answer(equilibrium_gradient, expected, draw, own_formula=True))

