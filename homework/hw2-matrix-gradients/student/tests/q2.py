from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 2

@test_case(points=0, hidden=False)
def test_public(f_formula, g_formula):
    from lecturelib.checks import check_form, require
    where = 'X: m x n; A: p x m; B: n x m; C: n x p'
    some = "tr(X'*X)+tr(A'*A)+tr(B'*B)+tr(C'*C)"
    require(check_form(f_formula, some, 'X', where, 'value', name='f_formula'))
    require(check_form(g_formula, "tr(X'*X)", 'X', 'X: m x n', 'value', name='g_formula'))

