"""Scores, feedback and the instructor's pages: right, safe to open, and nothing typed is lost."""

import copy
import csv
import re
import time
from html.parser import HTMLParser

import pytest

from grader import pages, reports
from grader.errors import GraderError
from grader.reports import write_reports
from grader.submissions import LATE, Student

WEI = Student("b1001", "Chen, Wei", "101", "wei", "A")
MEI = Student("b1002", "林, 美", "102", "mei", "B")
OZ = Student("oz@uni.edu", "=Öz, Ayşe", "103", "oz@uni.edu", "B")
ANN = Student("007", "Ann", "104", "ann", "B")
ROSTER = {student.id: student for student in (WEI, MEI, OZ, ANN)}
ASSIGNMENT = {
    "course": "Matrix Differentiation, spring 2027",
    "assignment": "hw2",
    "title": "Homework 2: Gradients",
    "seed": 987654321,
    "tests": {"q2": "def test_hidden_secret(f): pass"},
    "template": [
        {
            "cell_type": "markdown",
            "source": "**Question 1.** PROMPT $X$",
            "course": "given",
            "id": "a",
        },
        {"cell_type": "markdown", "source": "_Type._", "course": "answer q1", "id": "b"},
    ],
    "questions": [
        {"name": "q1", "points": 5, "written": True},
        {"name": "q2", "points": 4, "written": False},
        {"name": "q3", "points": 3, "written": False},
        {"name": "q6w", "points": 2, "written": True},
    ],
}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> \x1b[31mred\x00"


def result(student, scores=(4, 1.5), **more):
    questions = [
        {
            "name": name,
            "points": points,
            "score": float(score),
            "cases": [
                {"name": f"{name} - 1", "hidden": False, "passed": True, "points": 0,
                 "message": ""},
                {"name": f"{name} - 2", "hidden": True, "passed": score == points,
                 "points": points, "message": "" if score == points else f"off by 2 in {name}"},
            ],
        }
        for (name, points), score in zip((("q2", 4), ("q3", 3)), scores, strict=True)
    ]  # fmt: skip
    return {
        "key": student.id if student else "file-x-12345678",
        "student": vars(student) if student else None,
        "file": "submissions.zip/hw2.ipynb",
        "status": "graded",
        "reason": "",
        "isolation": "bubblewrap",
        "seconds": 1.0,
        "memory_mb": 100.0,
        "questions": questions,
        "written": [{"name": "q1", "points": 5, "answer": [typed_piece("It is $X^T$.")]},
                    {"name": "q6w", "points": 2, "answer": []}],
        "unplaced": [],
        "code": [],
        "before": {},
        "report": {"page": None, "unclear": None},
        "notes": [],
    } | more  # fmt: skip


def typed_piece(text, **more):
    return {"kind": "text", "text": text, "cell": 4, "why": "", "pictures": []} | more


def by_hand(student, **more):
    reason = "The notebook's process was ended."
    return result(
        student, (0, 0), **{"status": "by hand", "reason": reason, "questions": []} | more
    )


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def typed(out, who, **cells):
    """Enter cells into written.csv as an instructor's spreadsheet does; `q1_comment` is one."""
    rows = table(out / "written.csv")
    for row in rows[1:]:
        if row[0] == who:
            for title, text in cells.items():
                titles = [re.sub(r" \(.*", "", name).replace(" ", "_") for name in rows[0]]
                at = titles.index(title)
                row[at] = text
    store(out, rows)


def store(out, rows, delimiter=",", encoding="utf-8-sig"):
    with (out / "written.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def column(path):
    """The last cell of each line of a file for Canvas, by Canvas id."""
    return {row[1]: row[-1] for row in table(path)[2:]}


@pytest.fixture(autouse=True)
def quick_pictures(request, monkeypatch):
    """Pictures and formulas take most of the time; some tests draw them."""
    if "pictures" not in request.node.name:
        monkeypatch.setattr(pages, "plots", lambda *_: (b"", []))
    if not re.search("with_their_rubric|and_escaped", request.node.name):
        monkeypatch.setattr(pages.Formulas, "_draw", lambda self, groups: ([], ""))


@pytest.fixture
def out(tmp_path):
    """Reports of four students: two graded, one for hand grading, one missing."""
    write_reports([result(WEI), result(MEI, (4, 3)), by_hand(OZ)], ROSTER, tmp_path, ASSIGNMENT)
    return tmp_path


def again(out, results=None, assignment=ASSIGNMENT, roster=ROSTER, rubric=None):
    results = results or [result(WEI), result(MEI, (4, 3)), by_hand(OZ)]
    return write_reports(results, roster, out, assignment, rubric)


def bytes_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---------------------------------------------------------------- scores


def test_the_files_for_canvas_have_canvas_form(out):
    scores, coded = table(out / "scores.csv"), table(out / "coded.csv")
    identity = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert scores[0] == [*identity, "Homework 2: Gradients"]
    assert coded[0] == [*identity, "Homework 2: Gradients (coded part)"]
    assert scores[1] == ["    Points Possible", "", "", "", "", "14"]
    assert coded[1] == ["    Points Possible", "", "", "", "", "7"]
    assert scores[2] == ["Chen, Wei", "101", "b1001", "wei", "A", ""]
    assert coded[2] == ["Chen, Wei", "101", "b1001", "wei", "A", "5.5"]
    assert not (out / "scores.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_half_a_score_never_reaches_canvas(out):
    assert set(column(out / "scores.csv").values()) == {""}
    typed(out, "b1001", q1="4.5")
    again(out)
    assert column(out / "scores.csv")["101"] == ""
    typed(out, "b1001", q6w="2")
    again(out)
    assert column(out / "scores.csv") == {"101": "12", "102": "", "103": "", "104": ""}


def test_zero_is_a_score_and_missing_is_none(out):
    typed(out, "b1001", q1="0", q6w="0")
    again(out, [result(WEI, (0, 0)), result(MEI)])
    assert column(out / "scores.csv")["101"] == "0"
    assert column(out / "coded.csv") == {"101": "0", "102": "5.5", "103": "", "104": ""}


def test_hand_grading_waits_for_the_override(out):
    assert column(out / "coded.csv")["103"] == ""
    assert [row[:2] for row in table(out / "by-hand.csv")[1:]] == [["oz@uni.edu", "'=Öz, Ayşe"]]
    typed(out, "oz@uni.edu", override="6", q1="5", q6w="1")
    typed(out, "b1001", override="7")
    again(out)
    assert column(out / "coded.csv") == {"101": "7", "102": "7", "103": "6", "104": ""}
    assert column(out / "scores.csv")["103"] == "12"
    assert table(out / "by-hand.csv")[1][-1] == "yes"


def test_partial_points_of_a_by_hand_result_do_not_count(out):
    partial = by_hand(OZ, questions=result(OZ, (4, 3))["questions"])
    again(out, [partial])
    assert column(out / "coded.csv")["103"] == ""


def test_without_written_parts_the_coded_part_is_all(tmp_path):
    coded = [question for question in ASSIGNMENT["questions"] if not question["written"]]
    again(tmp_path, [result(WEI)], ASSIGNMENT | {"questions": coded})
    assert column(tmp_path / "scores.csv") == column(tmp_path / "coded.csv")
    assert column(tmp_path / "scores.csv")["101"] == "5.5"
    assert table(tmp_path / "written.csv")[0] == ["id", "name", "override", "comment"]


def test_thirds_add_up(tmp_path):
    again(tmp_path, [result(WEI, (4 / 3, 2 / 3))])
    assert column(tmp_path / "coded.csv")["101"] == "2"


def test_with_an_empty_roster_the_results_say_who_there_is(tmp_path):
    again(tmp_path, [result(WEI), result(None)], roster={})
    assert column(tmp_path / "coded.csv") == {"101": "5.5"}


def test_a_second_result_of_a_student_does_not_count_and_does_not_stop_the_others(tmp_path):
    """`find` leaves both to a human; reports of the whole class must come all the same."""
    second = by_hand(WEI) | {"key": "other"}
    again(tmp_path, [result(WEI), second])
    rows = [row for row in table(tmp_path / "coded.csv") if WEI.id in row]
    assert len(rows) == 1


@pytest.mark.parametrize("key", ["../x", "a/b", "", ".x", "a\n", "a b"])
def test_a_key_that_is_no_name_of_a_file_is_refused(tmp_path, key):
    with pytest.raises(GraderError, match="not a name of a file"):
        again(tmp_path, [result(WEI) | {"key": key}])
    assert bytes_in(tmp_path) == {}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_no_cell_with_a_students_text_is_a_formula(tmp_path, start):
    name = start + 'HYPERLINK("http://evil")'
    student = Student("b1", name, "1", "b1", name)
    again(tmp_path, [by_hand(student, file=name, reason=name)], roster={"b1": student})
    for file in ("scores.csv", "coded.csv", "written.csv", "by-hand.csv"):
        cells = [cell for row in table(tmp_path / file) for cell in row]
        assert any("HYPERLINK" in cell for cell in cells), file
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == [], file


def test_points_are_numbers_and_not_text(out):
    typed(out, "b1001", q1="0", q6w="0", override="0")
    again(out)
    assert "'" not in (out / "scores.csv").read_text("utf-8").splitlines()[2]


# ---------------------------------------------------------------- written.csv


def test_written_csv_asks_for_every_part(out):
    assert table(out / "written.csv") == [
        ["id", "name", "q1 (5)", "q1 comment", "q6w (2)", "q6w comment", "override", "comment"],
        ["b1001", "Chen, Wei", *[""] * 6],
        ["b1002", "林, 美", *[""] * 6],
        ["oz@uni.edu", "'=Öz, Ayşe", *[""] * 6],
        ["007", "Ann", *[""] * 6],
    ]
    assert (out / "written.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # for Excel


def test_what_is_typed_is_kept_byte_for_byte(out):
    rows = table(out / "written.csv")
    rows[1][2:] = [" 4.50", "", "2", "", "", "- a sign\nis lost; see (21)", "own column"]
    rows[0].append("seen")
    rows = [rows[0], rows[3], [], rows[1], rows[2], rows[4], ["gone", "Left", "5", "", "", ""]]
    store(out, rows, delimiter=";", encoding="utf-8")
    before = (out / "written.csv").read_bytes()
    assert ["gone" in sentence for sentence in again(out)] == [True]
    assert (out / "written.csv").read_bytes() == before
    assert column(out / "scores.csv")["101"] == "12"
    assert "- a sign\nis lost; see (21)" in (out / "feedback/b1001.html").read_text("utf-8")


def test_new_students_are_added_and_the_typed_stays(out):
    typed(out, "b1002", q1="4", comment="=not a formula")
    rows = table(out / "written.csv")
    new = Student("b1000", "New", "1", "new", "A")
    again(out, roster={"b1000": new, **ROSTER})
    assert table(out / "written.csv") == [*rows, ["b1000", "New", *[""] * 6]]


def test_zeros_that_excel_drops_come_back(out):
    typed(out, "007", q1="5", q6w="2", override="1")
    rows = table(out / "written.csv")
    rows[4][0] = "7"
    store(out, rows)
    assert again(out) == []
    assert column(out / "scores.csv")["104"] == "8"
    assert len(table(out / "written.csv")) == 5


def test_changed_points_keep_the_column(out):
    typed(out, "b1001", q1="5", q6w="2")
    changed = copy.deepcopy(ASSIGNMENT)
    changed["questions"][0]["points"] = 6
    again(out, assignment=changed)
    assert table(out / "written.csv")[0][2] == "q1 (6)"
    assert table(out / "written.csv")[1][2:5] == ["5", "", "2"]
    assert column(out / "scores.csv")["101"] == "12.5"


def test_a_part_that_is_dropped_or_added_loses_nothing(out):
    typed(out, "b1001", q1="5", q6w="2")
    changed = copy.deepcopy(ASSIGNMENT)
    changed["questions"][3]["name"] = "q5w"
    again(out, assignment=changed)
    header, wei = table(out / "written.csv")[:2]
    assert header == ["id", "name", "q1 (5)", "q1 comment", "q6w (2)", "q6w comment", "override",
                      "comment", "q5w (2)", "q5w comment"]  # fmt: skip
    assert wei[2:5] == ["5", "", "2"]
    assert column(out / "scores.csv")["101"] == ""


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"q1": "5.5"}, r"line 2 \(b1001\), column 'q1 \(5\)': 5.5 is not between 0 and 5"),
        ({"q1": "-1"}, "'q1 .*: -1 is not between"),
        ({"q6w": "nan"}, "'q6w .*: nan is not between"),
        ({"q1": "4,5,6"}, "'4,5,6' is not a number"),
        ({"q1": "5,5"}, "5,5 is not between 0 and 5"),
        ({"q1": "good"}, "'good' is not a number"),
        ({"override": "8"}, "column 'override': 8 is not between 0 and 7"),
        ({"override": "inf"}, "inf is not between"),
        ({"id": "b1002"}, "line 3: 'b1002' has a line already"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_overwritten(out, cells, words):
    typed(out, "b1001", **cells)
    before = bytes_in(out)
    with pytest.raises(GraderError, match=words) as error:
        again(out, [result(WEI, (0, 0))])
    assert str(out / "written.csv") in str(error.value)
    assert str(error.value).endswith(".")
    assert bytes_in(out) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column 'id'"),
        (b"name,q1 (5)\nA,3\n", "no column 'id'"),
        (b"id,name,q1 (5),q1 (4)\n", "two columns 'q1'"),
        ("id,name\nb1001,林\n".encode("big5"), "UTF-8"),
        (b'id,name\nb1001,"' + b"x" * 200_000, "not a CSV"),
    ],
)
def test_a_damaged_table_is_refused_and_nothing_is_overwritten(out, content, words):
    (out / "written.csv").write_bytes(content)
    before = bytes_in(out)
    with pytest.raises(GraderError, match=words):
        again(out)
    assert bytes_in(out) == before


def test_what_is_saved_meanwhile_is_not_overwritten(out, monkeypatch):
    draw = pages.plots

    def slowly(*arguments):
        typed(out, "b1001", q1="5")
        return draw(*arguments)

    monkeypatch.setattr(pages, "plots", slowly)
    with pytest.raises(GraderError, match="changed while"):
        again(out, [result(WEI, (0, 0))])
    assert table(out / "written.csv")[1][2] == "5"
    assert column(out / "coded.csv")["101"] == "5.5"


def test_a_crash_leaves_the_old_file_whole(out, monkeypatch):
    before = bytes_in(out)

    def crash(*_):
        raise OSError("no space left")

    monkeypatch.setattr(reports.os, "replace", crash)
    with pytest.raises(OSError, match="no space"):
        again(out, [result(WEI, (0, 0))])
    assert bytes_in(out) == before  # no half files either


def test_a_second_run_changes_nothing(out):
    before = bytes_in(out)
    times = {path: path.stat().st_mtime_ns for path in before}
    again(out)
    assert bytes_in(out) == before
    assert {path: path.stat().st_mtime_ns for path in before} == times


# ---------------------------------------------------------------- pages


class Page(HTMLParser):
    """Tags, addresses and text of a page."""

    VOID = {"meta", "img", "br", "hr", "path", "use"}

    def __init__(self, path):
        super().__init__()
        self.tags, self.addresses, self.open, self.words, self.handlers = [], [], [], [], []
        self.styles = []
        self.raw = path.read_text("utf-8")
        self.feed(self.raw)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))
        assert self.open == [], path

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        self.styles += [(tag, value) for name, value in attributes if name == "style"]
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def all_pages(out):
    return [Page(path) for path in sorted(out.rglob("*.html"))]


def test_every_page_is_self_contained_and_escaped(tmp_path):
    evil = Student("b1001", EVIL, "101", "wei", EVIL)
    one = result(evil, (0, 0), file=EVIL, notes=[EVIL])
    one["questions"][0]["cases"][1]["message"] = EVIL
    one["questions"][1]["cases"][0] |= {"passed": False, "message": EVIL}
    one["written"][0]["answer"][0]["text"] = (
        EVIL + "\n\n<b onclick=x>raw</b>\n\n[a](javascript:alert(1)) [b](https://evil/x) "
        "<https://evil/auto> ![c](https://evil/p.png) ![d](data:image/svg+xml;base64,AA) "
        "$</code><script>1</script>$\n\n```</code>\n<script>2</script>\n```\n"
        "\n\\begin{align}\n<script>3</script>\n\\end{align}\n"
    )
    tex = (
        r"$\text{<script>4</script>}\href{javascript:alert(1)}{x}\style{background:url(//evil)}{y}$"
    )
    name = {"number": "1", "name": EVIL, "mime": "image/png", "data": "AAAA", "problem": ""}
    bad = name | {"number": "2", "mime": "", "data": "", "problem": EVIL}
    one["written"][1]["answer"] = [typed_piece(EVIL + tex, pictures=[name, bad])]
    one["unplaced"] = [typed_piece(EVIL, why=EVIL), typed_piece(EVIL, kind="output", why=EVIL)]
    one["report"] = {"page": EVIL, "unclear": EVIL}
    one["before"] = {"q2": 3.0}
    two = by_hand(OZ, file=EVIL, reason=EVIL)
    write_reports([one, two, by_hand(None, file=EVIL)], {"b1001": evil, OZ.id: OZ}, tmp_path,
                  ASSIGNMENT)  # fmt: skip
    typed(tmp_path, "b1001", comment=EVIL, q1_comment=EVIL)
    again(tmp_path, [one, two], roster={"b1001": evil, OZ.id: OZ})
    found = all_pages(tmp_path)
    assert len(found) == 6
    for page in found:
        assert not {"script", "iframe", "object", "link", "foreignobject"} & set(page.tags)
        assert "<script" not in page.raw and "onerror=alert(2)>" not in page.raw
        assert page.handlers == []
        own = r"#|(feedback/[\w@.-]+|confusing-spots)\.html$|data:image/png;base64,AAAA$"
        assert all(re.match(own, at) for at in page.addresses)
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.raw
        assert "prefers-color-scheme: dark" in page.raw
        assert "\x1b" not in page.raw and "\x00" not in page.raw
        style = " ".join(value for tag, value in page.styles)
        assert "url(" not in style and "evil" not in style
    shown = [page for page in found if "alert(1)" in page.text]  # shown as text
    assert len(shown) >= 4


def test_the_feedback_says_each_score_and_each_message(out):
    page = Page(out / "feedback/b1001.html")
    assert "Homework 2: Gradients" in page.text and "Chen, Wei" in page.text
    assert "5.5 of 7" in page.text
    assert re.search(
        r"q2 4 of 4 .*Public checks passed Hidden test passed .*q3 1.5 of 3", page.text
    )
    assert "Hidden test not passed off by 2 in q3" in page.text
    assert "off by 2 in q2" not in page.text
    assert "q3 - 2" not in page.raw
    assert "all tests passed" not in page.text.lower()
    assert "written part, not graded yet" in page.text
    assert "submissions.zip" not in page.text


def test_the_feedback_shows_what_the_instructor_entered(out):
    typed(out, "b1001", q1="4.5", q6w="1", comment="Well done.")
    typed(out, "oz@uni.edu", q1="3")
    again(out)
    page = Page(out / "feedback/b1001.html")
    assert "11 of 14 points in all" in page.text
    assert "q1 4.5 of 5" in page.text and "Well done." in page.text
    page = Page(out / "feedback/oz@uni.edu.html")
    assert "A person will look at this" in page.text and "process was ended" in page.text
    assert "points in all" not in page.text
    assert "Well done" not in page.text
    typed(out, "oz@uni.edu", override="6")
    again(out)
    assert "6 of 7 coded part" in Page(out / "feedback/oz@uni.edu.html").text


def test_students_get_neither_rubric_nor_seed_nor_hidden_tests(out, tmp_path):
    rubric = tmp_path / "rubric.md"
    rubric.write_text("## q1\nRUBRICWORD\n", "utf-8")
    again(out, rubric=rubric)
    assert "RUBRICWORD" in (out / "written.html").read_text("utf-8")
    for path in out.rglob("feedback/*"):
        text = path.read_text("utf-8")
        assert not re.search("RUBRICWORD|987654321|test_hidden_secret", text)


def test_the_written_answers_stand_with_their_rubric(out, tmp_path):
    rubric = tmp_path / "rubric.md"
    rubric.write_text("# R\nfor all\n## q1 (5)\nONE\n### step\nDEEP\n## q6w: x\nSIX\n", "utf-8")
    again(out, rubric=rubric)
    page = (out / "written.html").read_text("utf-8")
    first, second = page[page.index('id="q1"') :].split('id="q6w"')
    assert "ONE" in first and "DEEP" in first and "SIX" not in first
    assert "SIX" in second and "ONE" not in second
    assert 'aria-label="X^T"' in first and "PROMPT" in first and "PROMPT" not in second
    assert first.index("b1001") < first.index("b1002") < first.index("oz@uni.edu")
    assert second.count("Left empty.") == 3


def test_a_comment_on_each_part_reaches_the_student(out):
    typed(out, "b1001", q1="4", q1_comment="The sign in (b).", q6w_comment="=SUM looks right")
    again(out)
    page = Page(out / "feedback/b1001.html").text
    assert re.search(r"q1 4 of 5 The sign in \(b\)\. q6w .* =SUM looks right", page)
    assert "The sign in (b)." in (out / "written.html").read_text("utf-8")
    assert "The sign in" not in (out / "feedback/b1002.html").read_text("utf-8")


def test_what_is_to_be_looked_at_by_hand_is_listed_and_linked(out):
    doubtful = typed_piece("DOUBTFUL", why="It stands elsewhere.", cell=9)
    one = result(WEI, unplaced=[doubtful])
    again(out, [one, result(MEI)])
    page = (out / "written.html").read_text("utf-8")
    assert page.count('href="#by-hand-b1001"') == 2  # at each of the two questions
    assert page.count("Left empty.") == 1  # the other student's q6w
    listed = page[page.index('id="by-hand-b1001"') :]
    assert "DOUBTFUL" in listed and "cell 9. It stands elsewhere." in listed


def test_a_notebook_that_was_not_read_is_not_called_empty(out):
    again(out, [result(WEI, written=[])])
    page = (out / "written.html").read_text("utf-8")
    assert page.count("Not read: look into the file.") == 2 and "Left empty." not in page


def test_the_rubric_is_shown_whole_where_no_heading_names_the_part():
    assert pages.rubric_of("# R\ntext", "q1") == "# R\ntext"
    assert pages.rubric_of("## Question 1\na\n## q11\nb\n", "q1") == "## Question 1\na\n"
    assert pages.rubric_of("## q1w\na\n## q1\nb\n", "q1") == "## q1\nb\n"


def test_the_summary_counts(out):
    text = Page(out / "summary.html").text
    for words in ("2 graded by machine", "1 for hand grading", "1 missing", "6.25 of 7 coded part"):
        assert words in text
    assert "Ann 007" in text
    assert re.search(r"q2 4 4 100 % 0 % – 0", text)
    assert re.search(r"q3 3 2.25 50 % 0 % – 1 off by 2 in q3 \(1 of 2\)", text)
    assert "The notebook&#39;s process was ended." in (out / "summary.html").read_text("utf-8")
    typed(out, "oz@uni.edu", override="1")
    again(out)
    assert "4.5 of 7 coded part" in Page(out / "summary.html").text


def test_the_summary_names_the_late_and_the_course(out):
    assert "Late" not in Page(out / "summary.html").text
    again(out, [result(WEI, notes=[LATE]), result(MEI)])
    text = Page(out / "summary.html").text
    assert re.search(r"Late Canvas marks .* Chen, Wei b1001 Missing", text)
    for name in ("summary.html", "written.html", "feedback/b1001.html"):
        assert ASSIGNMENT["course"] in Page(out / name).text


def test_a_file_beside_the_notebook_is_named_at_each_written_answer(out):
    note = "b1001/scan.pdf was handed in too; look into it."
    again(out, [result(WEI, notes=["Cell 3 raised ValueError", note]), result(MEI)])
    page = (out / "written.html").read_text("utf-8")
    assert page.count(note) == 2 and "Cell 3" not in page
    own = page[page.index('<h2 id="q6w"') :]
    own = own[own.index(note) :]
    assert own.index("Nothing stands in the notebook.") < own.index("Left empty.")


def test_the_most_common_message_is_one_a_student_and_the_same_in_every_run():
    assert pages._most_common(["b", "a", "", "b", "a", ""]) == ("a", 2)
    assert pages._most_common(["", ""]) is None
    case = {"passed": False, "message": "first"}
    other = {"passed": False, "message": "second"}
    assert pages._complaint({"cases": [{"passed": True, "message": "x"}, case, other]}) == "first"


def test_the_pictures_fit_the_page_and_say_what_they_show(out):
    page = (out / "summary.html").read_text("utf-8")
    [bars, histogram] = re.findall(r'<svg role="img" aria-label="([^"]*)"', page)
    assert bars == "Of 2 students these have full points: q2 100%, q3 50%."
    assert "2 students by points in the coded part, of 7, with a median of 6.25" in histogram
    svgs = page[page.index("<svg") : page.rindex("</svg>")]
    assert not re.search("#23272e|#1d5c8f|#fffefc|<metadata|<!DOCTYPE", svgs, re.IGNORECASE)
    assert "var(--full)" in svgs and "var(--ink)" in svgs
    # What one picture refers to must not be in the other: clips and markers have names of hashes.
    clips = re.findall(r'<clipPath id="(\w+)"', svgs)
    assert len(clips) == len(set(clips)) >= 2
    assert (out / "scores-per-question.png").read_bytes().startswith(b"\x89PNG")


def test_a_class_without_anything_graded_has_reports_too(tmp_path):
    again(tmp_path, [by_hand(OZ)])
    text = Page(tmp_path / "summary.html").text
    assert "0 graded by machine" in text and "3 missing" in text and "–" in text
    assert set(column(tmp_path / "coded.csv").values()) == {""}


def test_text_that_is_no_text_breaks_nothing(tmp_path):
    one = result(WEI, notes=["\ud800 half", "x" * 10**6])
    one["written"][0]["answer"] = [typed_piece("\ud800" + "x" * 10**6)]
    again(tmp_path, [one])
    assert (tmp_path / "feedback/b1001.html").stat().st_size < 50_000
    assert len((tmp_path / "written.html").read_text("utf-8")) < 400_000


@pytest.mark.parametrize(
    "answer",
    [
        "".join(f"[{k}]: x\n" for k in range(10_000)),  # takes minutes where links have footnotes
        "![" * 10**5,
        "**a_ " * 10**5,
        "[a](" * 10**5,
        "> " * 10**5,
        "".join(" " * k + "- a\n" for k in range(1_000)),
    ],
)
def test_no_answer_holds_the_reports_up(answer):
    start = time.process_time()
    pages.answer(answer)
    assert time.process_time() - start < 10
