from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 3

@test_case(points=0, hidden=False)
def test_public(w, leverage, left_out, STUDENT_ID):
    import numpy as np
    from lecturelib import gradient
    from lecturelib.checks import check_value, require, student_rng
    from lecturelib.data import penguins
    measurements = penguins()[0]
    mine = student_rng('hw3-q4', STUDENT_ID).choice(len(measurements), size=40, replace=False)
    bill, depth, flipper, mass = measurements[mine].T
    X = np.column_stack([np.ones(40), (flipper - 200) / 10, (bill - 44) / 5, (depth - 17) / 2])
    y = mass / 1000

    def E(w):
        return np.sum((X @ w - y) ** 2) + 4 * np.sum(w[1:] ** 2)
    answers = {'w': (w, (4,)), 'leverage': (leverage, (40,)), 'left_out': (left_out, (40,))}
    for name, (value, shape) in answers.items():
        require(check_value(value, value if np.shape(value) == shape else np.zeros(shape), name))
    slope = gradient(E, np.asarray(w, float))
    if abs(slope[0]) > 1e-06 * np.sum(np.abs(y)):
        raise AssertionError('the residuals of w do not add up to zero: an intercept without a price makes them')
    if np.max(np.abs(slope)) > 1e-06 * np.sum(np.abs(y)):
        raise AssertionError('w is not the minimiser: the gradient of E is not zero there')
    if np.min(leverage) <= 0 or np.max(leverage) >= 1:
        raise AssertionError('a leverage lies between 0 and 1, and not all of yours do')
    if np.any(np.abs(left_out) < np.abs(y - X @ w)):
        raise AssertionError('left_out: a fit without a penguin cannot come closer to that penguin')

