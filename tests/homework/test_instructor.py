"""What an instructor gets beside the scores: feedback to upload, items, copies, reports."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile

import nbformat
import pytest
from test_reports import ASSIGNMENT, MEI, OZ, ROSTER, WEI, Page, again, by_hand, result, typed

from grader import pages
from grader.classes import ROOT
from grader.copies import notices
from grader.reports import write_reports
from grader.scoring import _before
from grader.spots import ELSEWHERE, book_pages, page_named
from grader.submissions import Student, find
from lecturelib.checks import check_report


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    monkeypatch.setattr(pages, "plots", lambda *_: (b"", []))
    monkeypatch.setattr(pages.Formulas, "_draw", lambda self, groups: ([], ""))


def names_in(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


# ---------------------------------------------------------------- feedback that goes back


def canvas_ids(name):
    """How Canvas reads the name of a file in a zip of feedback: the first two parts of digits."""
    return re.findall(r"(?<=_)\d+(?=_)", "_" + name)[:2]


def moodle_ids(name):
    """How Moodle does: name, participant, kind and plug-in, of a folder."""
    parts = name.split("/")[0].split("_", 4)
    return parts[1:4] if len(parts) >= 4 and parts[1].isdigit() else None


def test_feedback_for_canvas_has_the_names_of_the_download(tmp_path):
    one = result(WEI, file="submissions.zip/chenwei_LATE_101_5001_hw2-1.ipynb")
    two = result(MEI, file="linmei_102_5002_my_hw2.zip")
    write_reports([one, two, by_hand(OZ, file="oz.ipynb")], ROSTER, tmp_path, ASSIGNMENT)
    found = names_in(tmp_path / "feedback-canvas.zip")
    assert set(found) == {"chenwei_LATE_101_5001_hw2-1.ipynb", "linmei_102_5002_my_hw2.zip"}
    assert [canvas_ids(name) for name in sorted(found)] == [["101", "5001"], ["102", "5002"]]
    # Canvas shows it under the name of what was handed in, so it is of that kind.
    notebook = nbformat.reads(found["chenwei_LATE_101_5001_hw2-1.ipynb"].decode(), as_version=4)
    nbformat.validate(notebook)
    assert "off by 2 in q3" in notebook.cells[0].source
    inside = zipfile.ZipFile(io.BytesIO(found["linmei_102_5002_my_hw2.zip"]))
    assert b"Hidden test" in inside.read("hw2-feedback.html")


def test_feedback_for_moodle_has_the_folders_of_the_download(tmp_path):
    one = result(WEI, file="hw2.zip/Wei Chen_4711_assignsubmission_file_/hw2.ipynb")
    two = result(MEI, file="Mei Lin_4712_assignsubmission_file_hw2.ipynb")
    write_reports([one, two], ROSTER, tmp_path, ASSIGNMENT)
    found = names_in(tmp_path / "feedback-moodle.zip")
    assert [moodle_ids(name) for name in sorted(found)] == [
        ["4712", "assignsubmission", "file"], ["4711", "assignsubmission", "file"],
    ]  # fmt: skip
    assert not (tmp_path / "feedback-canvas.zip").exists()


def test_everybody_has_a_folder_of_feedback_with_the_comments(tmp_path):
    write_reports([result(WEI), by_hand(OZ)], ROSTER, tmp_path, ASSIGNMENT)
    typed(tmp_path, "b1001", q1="4", q1_comment="See (b).")
    again(tmp_path, [result(WEI), by_hand(OZ)])
    found = names_in(tmp_path / "feedback.zip")
    assert set(found) == {"b1001/hw2-feedback.html", "oz@uni.edu/hw2-feedback.html"}
    assert b"See (b)." in found["b1001/hw2-feedback.html"]


def test_text_in_the_feedback_notebook_cannot_leave_its_block():
    text = "a\n```\n<script>alert(1)</script>\n````\nb"
    shown = pages.fenced(text)
    assert pages.MARKDOWN.render(shown).count("<pre>") == 1
    assert pages.MARKDOWN.render(shown).strip().endswith("</pre>")


def test_a_moodle_download_is_read_by_the_students_names(tmp_path):
    notebook = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_raw_cell("x")]))
    for name in (
        "Wei Chen_4711_assignsubmission_file_",
        "Nobody Known_4712_assignsubmission_file_",
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hw2.ipynb").write_text(notebook, "utf-8")
    found = {one.file.split("_")[0]: one for one in find(tmp_path, {"b1001": WEI}, "hw2")}
    assert found["Wei Chen"].student == WEI and found["Wei Chen"].problem == ""
    assert found["Nobody Known"].student is None
    twins = {"1": Student("1", "Chen, Wei"), "2": Student("2", "Wei Chen")}
    assert {one.student for one in find(tmp_path, twins, "hw2")} == {None}


# ---------------------------------------------------------------- items


def test_items_count_who_passed_public_and_failed_hidden(tmp_path):
    students = {f"s{k}": Student(f"s{k}", f"Student {k}") for k in range(12)}
    # q2 follows ability, q3 is the other way round.
    results = [result(who, (4 * k / 11, 3 - 3 * k / 11)) for k, who in enumerate(students.values())]
    write_reports(results, students, tmp_path, ASSIGNMENT)
    table = {row[0]: row for row in rows(tmp_path / "items.csv")}
    assert table["q2"][2:] == ["12", "0.50", "-1.00", "11"]
    assert table["q3"][2:] == ["12", "0.50", "-1.00", "11"]
    assert table["q1"][2:] == ["0", "", "", "0"]
    summary = Page(tmp_path / "summary.html").text
    assert "passed the public checks and failed a hidden test (11)" in summary
    assert "Student 3" in summary


def test_discrimination_needs_ten_students_and_a_difference(tmp_path):
    students = {f"s{k}": Student(f"s{k}") for k in range(12)}
    for count, scores in ((9, [(4 * k / 8, 3 * k / 8) for k in range(9)]), (12, [(4, 3)] * 12)):
        results = [result(students[f"s{k}"], scores[k]) for k in range(count)]
        write_reports(results, students, tmp_path, ASSIGNMENT)
        assert {row[0]: row[4] for row in rows(tmp_path / "items.csv")[1:]}["q2"] == ""


# ---------------------------------------------------------------- copies

ONE = (
    "We expand $f(X+H) = (X+H)^T A (X+H)$ and collect the terms that are linear in $H$. These are "
    "$H^T A X + X^T A H$, so this sum is the differential, and what remains is $H^T A H$, whose "
    "norm is at most a constant times the square of the norm of $H$. Hence it is of smaller order."
)
OTHER = (
    "By the product rule for maps, with two factors that depend on $X$, we get "
    "$\\mathrm{d}f = H^T A X + X^T A H$. For the remainder subtract: $f(X+H) - f(X) - \\mathrm{d}f "
    "= H^T A H$. Submultiplicativity bounds it by $\\|A\\| \\|H\\|^2$, and dividing by $\\|H\\|$ "
    "gives something that vanishes when $H$ tends to zero."
)


def with_answer(key, text="", code="", **piece):
    answer = {"kind": "text", "text": text, "cell": 4, "why": "", "pictures": []} | piece
    lines = [(5, line) for line in code.splitlines()]
    written = [{"name": "q1", "answer": [answer]}]
    return {"key": key, "file": f"{key}.ipynb", "written": written, "code": lines}


def test_two_who_marked_a_line_of_the_same_prompt_are_not_alike():
    assert notices([with_answer("a", ONE, changed=True), with_answer("b", ONE, changed=True)]) == []


def test_twenty_five_equal_answers_are_one_notice():
    results = [with_answer(f"s{k}", ONE) for k in range(25)] + [with_answer("t", OTHER)]
    [notice] = notices(results)
    assert (notice.part, notice.likeness, len(notice.keys)) == ("q1", 100, 25)


def test_one_hand_in_of_a_group_is_no_copy():
    pair = [with_answer(key, ONE) | {"file": "export/submission_1/hw2.ipynb"} for key in "ab"]
    assert notices(pair) == []
    [notice] = notices([*pair, with_answer("c", ONE)])
    assert notice.keys == ("a", "c")


def test_two_honest_answers_with_the_same_formula_are_none():
    assert notices([with_answer("a", ONE), with_answer("b", OTHER)]) == []


@pytest.mark.parametrize("formula", ["$$H^T A X + X^T A H$$", "$\\nabla f = 2AX$, see above."])
def test_a_bare_formula_is_nobodys_own(formula):
    assert notices([with_answer("a", formula), with_answer("b", formula)]) == []


def test_an_answer_with_some_words_changed_is_nearly_equal():
    changed = ONE.replace("collect", "gather").replace("Hence", "So").replace("at most", "below")
    [notice] = notices([with_answer("a", ONE), with_answer("b", changed), with_answer("c", OTHER)])
    assert notice.keys == ("a", "b") and 90 <= notice.likeness < 100


def test_blanks_and_wide_letters_do_not_hide_a_copy():
    spaced = ONE.replace(" ", "\u00a0\n").upper()
    [notice] = notices([with_answer("a", ONE), with_answer("b", spaced)])
    assert notice.likeness == 100


CODE = """\
def differential_f(A, B, X, H):
    first = H @ A @ X.T @ B @ X
    second = X @ A @ H.T @ B @ X
    third = X @ A @ X.T @ B @ H
    return first + second + third
def operator_matrix(A, B):
    m, n = A.shape[0], B.shape[0]
    return np.eye(m * n) - np.kron(B.T, A)
def adjoint_g(A, B, X, G):
    inverse = np.linalg.inv(X)
    one = B @ inverse @ G.T @ A
    other = inverse.T @ X @ A.T @ G @ inverse.T
    return one - other
"""
OTHER_CODE = """\
def differential_f(A, B, X, H):
    P = A @ X.T @ B
    return H @ P @ X + X @ (A @ H.T @ B @ X + P @ H)
def operator_matrix(A, B):
    size = len(A) * len(B)
    return np.identity(size) - np.kron(np.transpose(B), A)
def adjoint_g(A, B, X, G):
    Y = np.linalg.solve(X, np.eye(len(X)))
    dX = B @ Y @ G.T @ A
    return dX - Y.T @ (X @ (A.T @ G)) @ Y.T
def check(n):
    for k in range(n):
        print(k, np.linalg.norm(differential_f(*sample(k)) - slope(k)))
"""


def test_code_with_other_names_is_alike_and_honest_code_is_not():
    renamed = re.sub(r"\b(first|second|third|inverse|one|other)\b", r"my_\1", CODE)
    results = [with_answer("a", code=CODE), with_answer("b", code=renamed),
               with_answer("c", code=OTHER_CODE)]  # fmt: skip
    [notice] = notices(results)
    assert (notice.part, notice.keys) == ("code", ("a", "b"))


def test_the_same_photo_is_a_notice():
    photo = [{"number": "1", "name": "", "mime": "image/png", "data": "AAAA", "problem": ""}]
    results = [with_answer(key, pictures=photo) for key in "ab"] + [with_answer("c")]
    [notice] = notices(results)
    assert (notice.part, notice.keys) == ("picture in q1", ("a", "b"))


def test_a_large_class_is_compared_in_time():
    draw = random.Random(0)
    words = [f"word{draw.randrange(10**6)}x".translate(str.maketrans("0123456789", "abcdefghij"))
             for _ in range(3000)]  # fmt: skip
    results = [with_answer(f"s{k}", " ".join(draw.choices(words, k=300))) for k in range(200)]
    assert notices(results) == []


def test_the_notice_names_persons_and_takes_no_points(tmp_path):
    found = []
    for who in (WEI, MEI):
        one = result(who, file=f"{who.id}.ipynb")
        one["written"][0]["answer"][0]["text"] = ONE
        found.append(one)
    write_reports(found, ROSTER, tmp_path, ASSIGNMENT)
    summary = Page(tmp_path / "summary.html").text
    assert "q1, equal, 2 students: Chen, Wei ; 林, 美" in re.sub(r"\s*;\s*", " ; ", summary)
    assert "No points are taken off" in summary
    table = rows(tmp_path / "copies.csv")
    assert [row[3] for row in table[1:]] == ["b1001", "b1002"]
    assert [row[-1] for row in rows(tmp_path / "coded.csv")[2:4]] == ["5.5", "5.5"]


# ---------------------------------------------------------------- reports of confusing spots


def test_a_page_is_found_by_its_title_or_address():
    book = book_pages()
    titles = list(book.values())
    assert len(book) > 30 and all(titles)
    for said, path in (
        ("Linearisation", "chapters/1-differentiation-revisited/1-linearisation"),
        ("the page on the perceptron", "chapters/4-examples/4-perceptron"),
        ("chapters/4-examples/2-determinant.html", "chapters/4-examples/2-determinant"),
    ):
        assert page_named(said, book) == book[path], said
    for said in ("", "..", "asdfgh", "qwertzuiop"):
        assert page_named(said, book) == ELSEWHERE


def test_reports_are_listed_in_the_books_order(tmp_path):
    late = {"page": "Linearisation", "unclear": "Why is the remainder divided?"}
    early = {"page": "Notation", "unclear": "What does vec mean here?"}
    none = {"page": None, "unclear": None}
    other = {"page": "my cat", "unclear": "a b c d e f g h"}
    results = [result(WEI, report=other), result(MEI, report=late), result(OZ, report=early)]
    write_reports([*results, by_hand(None, report=none)], ROSTER, tmp_path, ASSIGNMENT)
    page = Page(tmp_path / "confusing-spots.html").text
    assert page.index("vec mean") < page.index("remainder divided") < page.index("a b c d")
    assert ELSEWHERE in page and "b1002" in page


@pytest.mark.parametrize(
    "unclear",
    [
        "a b c d e f g h",
        "bla bla bla bla bla bla bla bla",
        "1 2 3 4 5 6 7 8",
        "... ... . . . . . .",
    ],
)
def test_eight_letters_earn_nothing(unclear):
    assert not check_report("Linearisation", unclear)


@pytest.mark.parametrize(
    "unclear",
    [
        "I did not see at first why the remainder has to be divided by the norm.",
        "我一開始不明白為什麼餘項要除以範數",
        "Warum wird der Rest durch die Norm von H geteilt?",
        "The step from (3) to (4) is unclear to me.",
    ],
)
def test_a_sentence_in_any_language_earns_the_point(unclear):
    assert check_report("Linearisation", unclear)


# ---------------------------------------------------------------- what changed


class Graded:
    def __init__(self, **scores):
        self.questions = [{"name": name, "score": score} for name, score in scores.items()]


def test_points_that_changed_are_listed_until_they_change_again(tmp_path):
    known = {"questions": [{"name": "q2", "score": 1.0}]}
    assert _before({}, Graded(q2=1.0)) == {}
    assert _before(known, Graded(q2=1.0)) == {}
    assert _before(known, Graded(q2=4.0)) == {"q2": 1.0}
    assert _before(known | {"before": {"q2": 0.0}}, Graded(q2=1.0)) == {"q2": 0.0}
    write_reports([result(WEI, before={"q2": 1.0, "q3": 1.5})], ROSTER, tmp_path, ASSIGNMENT)
    assert rows(tmp_path / "regraded.csv")[1:] == [["b1001", "Chen, Wei", "q2", "1", "4"]]
    assert "q2, 1 before, 4 now" in Page(tmp_path / "summary.html").text


def test_the_page_for_teachers_names_every_file_that_comes_out(tmp_path):
    canvas = result(WEI, file="chenwei_101_5001_hw2.ipynb")
    moodle = result(MEI, file="Mei Lin_4712_assignsubmission_file_/hw2.ipynb")
    write_reports([canvas, moodle], ROSTER, tmp_path, ASSIGNMENT)
    teach = (ROOT / "homework" / "teach.md").read_text("utf-8")
    names = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert len(names) > 10
    assert [name for name in sorted(names) if name not in teach] == []
