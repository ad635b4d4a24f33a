from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 3

@test_case(points=0, hidden=False)
def test_public(wrong_line, minimiser_formula):
    from lecturelib.checks import check_form, check_text, require
    require(check_text(wrong_line, ['1', '2', '3', '4', '5', '6'], 'wrong_line'))
    some = "X'*W*y + lam*D'*D*w"
    where = 'X: m x n; W: m x m; D: k x n; lam: scalar; y: m; w: n'
    require(check_form(minimiser_formula, some, 'y', where, 'value', name='minimiser_formula'))

