from otter.test_files import test_case

OK_FORMAT = False

name = "q5"
points = 4

@test_case(points=0, hidden=False)
def test_public(tied_gradient_W, tied_gradient_b):
    import numpy as np
    from lecturelib import gradient, logsumexp
    from lecturelib.checks import check_answer

    def cost(W, b, Phi0, Y):
        S = W @ np.logaddexp(0, W.T @ Phi0 + b[:, None])
        return np.mean(logsumexp(S, axis=0) - np.sum(Y * S, axis=0))

    def by_W(W, b, Phi0, Y):
        return gradient(lambda Z: cost(Z, b, Phi0, Y), W)

    def by_b(W, b, Phi0, Y):
        return gradient(lambda z: cost(W, z, Phi0, Y), b)

    def draw(rng):
        Y = rng.uniform(size=(4, 5))
        W, b, Phi0 = (rng.standard_normal((4, 3)), rng.standard_normal(3), rng.standard_normal((4, 5)))
        return (W, b, Phi0, Y / Y.sum(axis=0))
    reports = [check_answer(tied_gradient_W, by_W, draw, own_formula=True), check_answer(tied_gradient_b, by_b, draw, own_formula=True)]
    faults = [report.message for report in reports if not report]
    if faults:
        raise AssertionError('; '.join(faults))

