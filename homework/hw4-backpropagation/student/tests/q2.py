from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 2

@test_case(points=0, hidden=False)
def test_public(f_formula, g_formula):
    from lecturelib.checks import check_form, require
    some, where = ('tr(X) + tr(A) + tr(B*C)', 'X: n x n; A: p x p; B: p x n; C: n x p')
    require(check_form(f_formula, some, 'X', where, 'value', name='f_formula'))
    require(check_form(g_formula, 'tr(X)', 'X', 'X: n x n', 'value', name='g_formula'))

