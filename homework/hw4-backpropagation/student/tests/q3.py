from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 3

@test_case(points=0, hidden=False)
def test_public(wrong_line, harmless, gradient_W1):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, check_text

    def expected(W1, W2, Phi0, target):

        def cost(W):
            Phi1 = Phi0 + np.tanh(W.T @ Phi0)
            return np.sum((Phi1 + np.tanh(W2.T @ Phi1) - target) ** 2)
        return gradient(cost, W1)

    def draw(rng):
        W1, W2 = rng.standard_normal((2, 4, 4))
        return (W1, W2, rng.standard_normal((4, 3)), rng.standard_normal((4, 3)))
    reports = [check_text(wrong_line, ['1', '2', '3', '4', '5', '6'], 'wrong_line'), check_text(harmless, ['symmetric', 'orthogonal', 'diagonal', 'skew'], 'harmless'), check_answer(gradient_W1, expected, draw, own_formula=True)]
    faults = [report.message for report in reports if not report]
    if faults:
        raise AssertionError('; '.join(faults))

