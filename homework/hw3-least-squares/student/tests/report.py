from otter.test_files import test_case

OK_FORMAT = False

name = "report"
points = 1

@test_case(points=0, hidden=False)
def test_public(page, unclear):
    from lecturelib.checks import check_report, require
    require(check_report(page, unclear))

