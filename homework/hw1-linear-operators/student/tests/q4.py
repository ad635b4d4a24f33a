from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 3

@test_case(points=0, hidden=False)
def test_public(operator_matrix, H_own, G_own, STUDENT_ID):
    import numpy as np
    from lecturelib import vec
    from lecturelib.checks import check_answer, check_value, require, student_rng

    def operator(A, B, H):
        return H - A @ H @ B

    def stacked(A, B, H):
        return vec(operator(A, B, H))

    def on_columns(A, B, H):
        M = operator_matrix(A, B)
        return None if M is None else M @ vec(H)

    def on_rows(A, B, H):
        return vec((operator_matrix(A, B) @ H.ravel()).reshape(H.shape))

    def draw(rng):
        m, n = (4, 3)
        return (rng.standard_normal((m, m)), rng.standard_normal((n, n)), rng.standard_normal((m, n)))
    name = 'operator_matrix'
    report = check_answer(on_columns, stacked, draw, name=name, own_formula=True)
    if not report and check_answer(on_rows, stacked, draw, name=name, own_formula=True):
        raise AssertionError('operator_matrix is right for stacked rows, and vec stacks columns')
    require(report)
    rng = student_rng('hw1-q4', STUDENT_ID)
    A_own = rng.uniform(-0.4, 0.4, size=(3, 3))
    B_own = rng.uniform(-0.4, 0.4, size=(2, 2))
    C_own = rng.uniform(-5, 5, size=(3, 2))
    answers = {'H_own': H_own, 'G_own': G_own}
    for name, value in answers.items():
        right = value if np.shape(value) == (3, 2) else np.zeros((3, 2))
        require(check_value(value, right, name))
    if not np.allclose(operator(A_own, B_own, np.asarray(H_own)), C_own, atol=1e-08):
        raise AssertionError('H_own does not solve the equation: the operator does not give C_own')
    H = np.random.default_rng(0).standard_normal((5, 3, 2))
    left = [np.sum(operator(A_own, B_own, h) * np.asarray(G_own)) for h in H]
    if not np.allclose(left, [np.sum(h * C_own) for h in H], atol=1e-08):
        raise AssertionError("G_own does not solve the adjoint's equation: inner products differ")

