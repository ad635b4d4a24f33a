from otter.test_files import test_case

OK_FORMAT = False

name = "q4"
points = 3

@test_case(points=0, hidden=False)
def test_public(operator_matrix, H_own, G_own, STUDENT_ID):
    import numpy as np
    from lecturelib import derivative, jacobian_matrix, vec
    from lecturelib.checks import check_answer, check_value, require, student_rng

    def operator(A, B):
        return lambda H: H - A @ H @ B

    def expected(A, B):
        return jacobian_matrix(operator(A, B), np.zeros((len(A), len(B))))

    def stacked_rows(A, B):
        m, n = (len(A), len(B))
        order = np.arange(m * n).reshape(m, n, order='F').ravel()
        return expected(A, B)[np.ix_(order, order)]

    def draw(rng):
        return (rng.standard_normal((4, 4)), rng.standard_normal((3, 3)))
    report = check_answer(operator_matrix, expected, draw, own_formula=True)
    if not report and check_answer(operator_matrix, stacked_rows, draw, own_formula=True):
        raise AssertionError('operator_matrix is right for stacked rows, and vec stacks columns')
    require(report)
    rng = student_rng('hw1-q4', STUDENT_ID)
    A_own = rng.uniform(-0.4, 0.4, size=(3, 3))
    B_own = rng.uniform(-0.4, 0.4, size=(2, 2))
    C_own = rng.uniform(-5, 5, size=(3, 2))
    L = derivative(operator(A_own, B_own), np.zeros((3, 2)))
    solution = np.linalg.solve(L.matrix(), vec(C_own)).reshape(3, 2, order='F')
    require(check_value(H_own, solution, 'H_own'))
    require(check_value(G_own, L.T[C_own], 'G_own'))

