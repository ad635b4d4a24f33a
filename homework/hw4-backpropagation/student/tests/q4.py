from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 3

@test_case(points=0, hidden=False)
def test_public(growth_gradient, predicted, STUDENT_ID):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_answer, check_value, student_rng

    def growth(T, F, V):
        return np.max(np.linalg.eigvals(T + F @ np.linalg.inv(V)).real)

    def expected(T, F, V):
        return gradient(lambda Z: growth(T, F, Z), V)

    def draw(rng):
        T, F = (rng.uniform(0.05, 0.25, (3, 3)), rng.uniform(0.1, 0.5, (3, 3)))
        return (T, F, np.diag(rng.uniform(1.2, 1.8, 3)) - rng.uniform(0.02, 0.12, (3, 3)))
    faults = []
    if not (report := check_answer(growth_gradient, expected, draw, own_formula=True)):
        faults.append(report.message)
    rng = student_rng('hw4-q4', STUDENT_ID)
    T, F = (rng.uniform(0.05, 0.25, (4, 4)), rng.uniform(0.1, 0.5, (4, 4)))
    V = np.diag(rng.uniform(1.2, 1.8, 4)) - rng.uniform(0.02, 0.12, (4, 4))
    now = growth(T, F, V)
    best = max((growth(T, F, V - 0.02 * np.outer(e, e)) for e in np.eye(4)))
    if np.shape(predicted) == () and np.asarray(predicted).dtype.kind in 'if':
        if not abs(predicted - best) < 0.1 * (best - now):
            faults.append('predicted is far from what happens when you lower the best v_kk by 0.02')
    elif not (report := check_value(predicted, best, 'predicted')):
        faults.append(report.message)
    if faults:
        raise AssertionError('; '.join(faults))

