from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = 3

@test_case(points=0, hidden=False)
def test_public(f_formula, third_formula):
    from lecturelib.checks import check_form, require
    some, where = ("tr(X'*X)+tr(C'*C)+tr(A)", 'X: m x n; C: m x n; A: m x m')
    require(check_form(f_formula, some, 'X', where, 'value', name='f_formula'))
    some, where = ("tr(H'*H)+tr(C'*C)+tr(A)", 'H: m x n; C: m x n; A: m x m')
    require(check_form(third_formula, some, 'H', where, 'value', name='third_formula'))

