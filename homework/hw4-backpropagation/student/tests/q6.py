from otter.test_files import test_case

OK_FORMAT = False

name = "q6"
points = 3

@test_case(points=0, hidden=False)
def test_public(gradient_1, gradient_2, train, quarter_step):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, check_text

    def cost(W1, W2, X, T):
        Z = W1.T @ X
        return np.sum((W2.T @ np.tanh(Z) - T) ** 2) / X.shape[1]

    def by_W1(W1, W2, X, T):
        return gradient(lambda Z: cost(Z, W2, X, T), W1)

    def by_W2(W1, W2, X, T):
        return gradient(lambda Z: cost(W1, Z, X, T), W2)

    def costs(W1, W2, X, T, rate, steps):
        found = [cost(W1, W2, X, T)]
        for _ in range(steps):
            G1, G2 = (by_W1(W1, W2, X, T), by_W2(W1, W2, X, T))
            W1, W2 = (W1 - rate * G1, W2 - rate * G2)
            found.append(cost(W1, W2, X, T))
        return np.stack(found)

    def draw(rng):
        shapes = ((3, 4), (4, 2), (3, 5), (2, 5))
        return tuple((rng.standard_normal(shape) for shape in shapes))

    def draw_training(rng):
        return (*draw(rng), 0.05, 2)
    reports = [check_answer(gradient_1, by_W1, draw, own_formula=True), check_answer(gradient_2, by_W2, draw, own_formula=True)]
    if all(reports):
        reports.append(check_answer(train, costs, draw_training))
    reports.append(check_text(quarter_step, [str(k) for k in range(1, 201)], 'quarter_step'))
    faults = [report.message for report in reports if not report]
    if faults:
        raise AssertionError('; '.join(faults))

