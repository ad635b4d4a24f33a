"""Whose notebook is whose: rosters, and submissions as Canvas and Gradescope store them."""

import csv
import datetime
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader import submissions
from grader.errors import GraderError
from grader.submissions import Student, find, read_roster, student_id_in

CHEN = Student("b1001", "Chen, Wei", "101", "wei@uni.edu", "A")
LIN = Student("b1002", "林, 美", "102", "mei", "B")
OZ = Student("oz@uni.edu", "Öz, Ayşe", "103", "oz@uni.edu", "B")
ROSTER = {student.id: student for student in (CHEN, LIN, OZ)}
HEADER = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def notebook(student_id="...", extra="") -> bytes:
    setup = ["import numpy as np\n", "\n", f'STUDENT_ID = "{student_id}"  # yours\n']
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["STUDENT_ID = 'text'"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": setup},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": extra},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def handed_in(folder: Path, files: dict[str, bytes], roster=ROSTER):
    """The submissions found among ``files``, by key."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    found = find(folder, roster, "hw2")
    assert len({submission.key.casefold() for submission in found}) == len(found)
    return {submission.key: submission for submission in found}


def roster_file(folder: Path, rows, encoding="utf-8", delimiter=",") -> Path:
    path = folder / "roster.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


# ---------------------------------------------------------------- roster


def canvas_rows():
    """As Canvas exports a gradebook: more columns, a row on posting, points, the test student."""
    return [
        [*HEADER[:4], "Integration ID", "Section", "Homework 1 (77)", "Final Score"],
        ["", "", "", "", "", "", "Manual Posting", ""],
        ["    Points Possible", "", "", "", "", "", "25", "(read only)"],
        ["Chen, Wei", "101", "b1001", "wei@uni.edu", "", "A", "20", "80"],
        ["林, 美", "102", "b1002", "mei", "", "B", "", ""],
        ["Öz, Ayşe", "103", "", "oz@uni.edu", "", "B", "", ""],
        ["Student, Test", "999", "", "f" * 40, "", "A", "", ""],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_roster_is_canvas_gradebook_export(tmp_path, encoding, delimiter):
    assert read_roster(roster_file(tmp_path, canvas_rows(), encoding, delimiter)) == ROSTER


def test_a_roster_may_be_empty(tmp_path):
    assert read_roster(roster_file(tmp_path, [HEADER])) == {}


def test_an_export_without_sis_ids_goes_by_login(tmp_path):
    rows = [["Student", "ID", "SIS Login ID", "Section"], ["Chen, Wei", "101", "wei", "A"]]
    assert list(read_roster(roster_file(tmp_path, rows))) == ["wei"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[]], "is empty|no column"),
        ([["Student", "ID", "SIS User ID", "SIS Login ID"]], "no column 'Section'"),
        ([["Student", "ID", "SIS User ID", "Section"]], "no column 'SIS Login ID'"),
        ([HEADER, ["A", "1", "b1", "a", ""], ["B", "2", "B1", "b", ""]], "line 3: B .* line 2, B1"),
        ([HEADER, ["A", "1", "b1", "a", ""], ["B", "1", "b2", "b", ""]], "same Canvas ID .* 1\\."),
        ([HEADER, ["A", "1", "", "", ""]], "line 2: A has neither"),
    ],
)
def test_a_bad_roster_is_refused_in_a_sentence(tmp_path, rows, words):
    with pytest.raises(GraderError, match=words) as error:
        read_roster(roster_file(tmp_path, rows))
    assert "roster.csv" in str(error.value)
    assert str(error.value).endswith(".")


def test_a_roster_in_another_encoding_or_place_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(GraderError, match="There is no roster"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(GraderError, match="UTF-8"):
        read_roster(roster_file(tmp_path, canvas_rows()[:5], "big5"))


# ---------------------------------------------------------------- what a notebook says


def test_the_student_id_is_read_and_not_executed():
    assert student_id_in(notebook("b1001")) == "b1001"
    assert student_id_in(notebook("...")) is None
    assert student_id_in(notebook("b1", "STUDENT_ID = ' b2 '")) == "b2"
    assert student_id_in(notebook("b1", "%matplotlib inline\n!ls\nSTUDENT_ID = 'b2'")) == "b2"


@pytest.mark.parametrize(
    "code",
    [
        "STUDENT_ID = input()",
        "STUDENT_ID = 'b' + '2'",
        "print('STUDENT_ID = b2')",
        "def f():\n    STUDENT_ID = 'b2'",
        "STUDENT_ID = 'b2",
        "STUDENT_ID = " + "(" * 5000 + "'b2'" + ")" * 5000,
        "STUDENT_ID = " + "-" * 19_000 + "1",
        "STUDENT_ID = " + "1+" * 9_000 + "1",
        "STUDENT_ID" + "[0]" * 6_000 + " = 'b2'",
        "STUDENT_ID = 'b2'\0",
        "STUDENT_ID = 'b2'\n" + "#" * 30_000,
    ],
)
def test_only_a_plain_string_is_an_id(code):
    assert student_id_in(notebook("b1", code)) == "b1"


@pytest.mark.parametrize("data", [b"", b"x", b"[1]", b"[" * 10**5, b'{"cells": 3}', b"\xff"])
def test_what_is_no_notebook_names_nobody(data):
    assert student_id_in(data) is None


# ---------------------------------------------------------------- Canvas


def canvas_files():
    return {
        "chenwei_101_5001_hw2.ipynb": notebook("b1001"),
        "林美_LATE_102_5002_my work (1).ipynb": notebook("b1002"),
        "özayşe_103_5003_hw2.zip": zipped({"hw2.ipynb": notebook("x"), ".OTTER_LOG": b"log"}),
    }


@pytest.mark.parametrize("where", ["files", "folder", "zip", "is the zip"])
def test_canvas_download_is_read_as_it_comes(tmp_path, where):
    files = canvas_files()
    if where == "is the zip":
        (tmp_path / "submissions.zip").write_bytes(zipped(files))
        found = {one.key: one for one in find(tmp_path / "submissions.zip", ROSTER, "hw2")}
    elif where == "zip":
        found = handed_in(tmp_path, {"submissions.zip": zipped(files)})
        assert found["b1001"].file == "submissions.zip/chenwei_101_5001_hw2.ipynb"
    else:
        prefix = "submissions/" if where == "folder" else ""
        found = handed_in(tmp_path, {prefix + name: data for name, data in files.items()})
    assert {key: one.student for key, one in found.items()} == ROSTER
    assert [one.problem for one in found.values()] == ["", "", ""]
    assert found["b1001"].notebook == notebook("b1001")
    assert found["oz@uni.edu"].notebook == notebook("x")
    assert "late" in " ".join(found["b1002"].notes)
    assert "late" not in " ".join(found["b1001"].notes)


def test_the_latest_of_canvas_resubmissions_counts(tmp_path):
    """10 is later than 9, though "10" sorts before "9"."""
    names = [f"chenwei_101_{500 + n}_hw2{f'-{n}' if n else ''}.ipynb" for n in range(11)]
    found = handed_in(tmp_path, {name: notebook(str(n)) for n, name in enumerate(names)})
    [one] = found.values()
    assert one.file == "chenwei_101_510_hw2-10.ipynb"
    assert one.notebook == notebook("10")
    for name in names[:10]:
        assert any(name in note for note in one.notes), name
    assert names[10] not in " ".join(one.notes[:10])


def test_attachment_ids_are_numbers_too(tmp_path):
    names = {
        "chenwei_101_99_hw2.ipynb": notebook("old"),
        "chenwei_101_100_b.ipynb": notebook("new"),
    }
    assert handed_in(tmp_path, names)["b1001"].notebook == notebook("new")


def test_a_later_pdf_does_not_replace_the_notebook(tmp_path):
    files = {"chenwei_101_1_hw2.ipynb": notebook(), "chenwei_101_2_hw2.pdf": b"%PDF"}
    assert handed_in(tmp_path, files)["b1001"].notebook == notebook()


def test_a_later_zip_of_other_things_does_not_replace_the_notebook(tmp_path):
    files = {
        "chenwei_101_1_hw2.ipynb": notebook(),
        "chenwei_101_2_data.zip": zipped({"data.csv": b"1"}),
    }
    one = handed_in(tmp_path, files)["b1001"]
    assert one.notebook == notebook()
    assert "data.zip" in " ".join(one.notes)


def test_a_stranger_in_canvas_is_not_whom_the_notebook_names(tmp_path):
    found = handed_in(tmp_path, {"mallory_666_5001_hw2.ipynb": notebook("b1001")})
    assert list(found) == ["canvas-666"]
    assert found["canvas-666"].student is None
    assert "666 is not on the roster" in found["canvas-666"].problem


def test_an_anonymous_download_goes_by_the_notebook(tmp_path):
    found = handed_in(tmp_path, {"anon_a1B2c_5001_hw2.ipynb": notebook("b1002")})
    assert found["b1002"].student == LIN


@pytest.mark.parametrize("name", ["hw2.pdf", "text.html", "link.html"])
def test_what_is_handed_in_without_a_notebook_is_not_lost(tmp_path, name):
    middle = "5001_" if name == "hw2.pdf" else ""
    one = handed_in(tmp_path, {f"chenwei_101_{middle}{name}": b"words"})["b1001"]
    assert one.student == CHEN
    assert "is not a notebook" in one.problem


# ---------------------------------------------------------------- Gradescope

YAML = """\
submission_11:
  :submitters:
  - :name: Wei Chen
    :sid: b1001
    :email: wei@uni.edu
  :created_at: 2026-09-21 01:02:03.000000000 Z
  :score: 0.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
submission_12:
  :submitters:
  - :name: Mei Lin
    :sid: ''
    :email: mei@uni.edu
  - :name: Ayse Oz
    :sid: OZ@uni.edu
    :email: oz@uni.edu
submission_13:
  :submitters:
  - :name: Mallory
    :sid: 'm1'
    :email: mallory@uni.edu
"""


def gradescope_files(yaml=YAML):
    root = "assignment_123_export/"
    return {
        root + "submission_metadata.yml": yaml.encode(),
        root + "submission_11/hw2.ipynb": notebook("b1001"),
        root + "submission_12/work.zip": zipped({"deep/hw2.ipynb": notebook("b1002")}),
        root + "submission_12/data.csv": b"1,2",
        root + "submission_13/hw2.ipynb": notebook("b1001"),
    }


@pytest.mark.parametrize("as_zip", [False, True])
def test_gradescope_export_is_read_as_it_comes(tmp_path, as_zip):
    files = gradescope_files()
    found = handed_in(tmp_path, {"export.zip": zipped(files)} if as_zip else files)
    stranger = found.pop("gradescope-Mallory-m1-mallory@uni.edu-" + hash_of_mallory())
    assert "Mallory" in stranger.problem and stranger.student is None
    assert {key: one.student for key, one in found.items()} == ROSTER  # a group gives one each
    assert found["b1002"].notebook == found["oz@uni.edu"].notebook == notebook("b1002")
    assert found["b1001"].problem == found["b1002"].problem == ""


def hash_of_mallory():
    return submissions._hash("Mallory m1 mallory@uni.edu")


def test_gradescope_ids_keep_their_zeros(tmp_path):
    yaml = "submission_11:\n  :submitters:\n  - :name: A\n    :sid: 0123\n"
    roster = {"0123": Student("0123"), "83": Student("83"), "123": Student("123")}
    found = handed_in(tmp_path, gradescope_files(yaml), roster)
    assert found["0123"].notebook == notebook("b1001")


def test_a_gradescope_submission_without_files_is_not_lost(tmp_path):
    files = gradescope_files()
    del files["assignment_123_export/submission_11/hw2.ipynb"]
    one = handed_in(tmp_path, files)["b1001"]
    assert "no files" in one.problem


def test_a_student_cannot_hand_in_for_another(tmp_path):
    files = gradescope_files()
    folder = "assignment_123_export/submission_13/"
    files[folder + "submission_metadata.yml"] = YAML.encode()
    files[folder + "submission_11/hw2.ipynb"] = notebook("forged")
    one = handed_in(tmp_path, files)["b1001"]
    assert one.notebook == notebook("b1001")
    assert one.file == "assignment_123_export/submission_11/hw2.ipynb"


def test_a_damaged_export_is_refused_in_a_sentence(tmp_path):
    for n, damaged in enumerate(
        ["- a\n- b\n", "a: [", "a: &x [*x", "!!python/object:os.system {}"]
    ):
        with pytest.raises(GraderError, match=r"submission_metadata\.yml is not what"):
            files = {"assignment_1_export/submission_metadata.yml": damaged.encode()}
            handed_in(tmp_path / str(n), files)


@pytest.mark.parametrize(
    "text", ["hello", "[" * 200_000, '".": {":submitters": [{":sid": b1001}]}']
)
def test_a_metadata_file_in_a_students_folder_says_nothing(tmp_path, text):
    files = {
        "b1001.ipynb": notebook("b1001"),
        "Bob B/hw2.ipynb": notebook("forged"),
        "Bob B/submission_metadata.yml": text.encode(),
    }
    assert handed_in(tmp_path, files)["b1001"].notebook == notebook("b1001")


def test_a_notebook_and_its_copy_wait_for_a_human(tmp_path):
    files = {f"doe{i}_{i}_{i}_hw2.ipynb": notebook("b1") for i in (11, 12)}
    found = handed_in(tmp_path, files, roster={})
    assert len(found) == 2
    assert {one.problem for one in found.values()} == {"2 files say they are 'b1''s."}


def test_an_id_of_thousands_of_digits_and_a_zip_in_broken_lzma_stop_nothing(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("hw2.ipynb", notebook("b1002"))
    broken = bytearray(packed.getvalue())
    broken[60:90] = bytes(30)
    cell = "STUDENT_ID = 0x" + "f" * 6000
    files = {
        "doe_1_1_hw2.ipynb": notebook("b1001", cell),
        "b1002.zip": bytes(broken),
    }
    assert "The zip is broken" in handed_in(tmp_path, files)["b1002"].problem


# ---------------------------------------------------------------- by name, by folder, by itself


def test_notebooks_and_folders_named_by_id(tmp_path):
    files = {
        "B1001.ipynb": notebook(),
        "section B/b1002/hw2.ipynb": notebook("b1002"),
        "section B/b1002/b1001.ipynb": notebook("forged"),
        "section B/b1002/hw1.ipynb": notebook("last week"),
        "oz@uni.edu.zip": zipped({"a/hw2.ipynb": notebook("z"), "__MACOSX/a/._hw2.ipynb": b"x"}),
    }
    found = handed_in(tmp_path, files)
    assert {key: one.student for key, one in found.items()} == ROSTER
    assert found["b1001"].notebook == notebook()
    assert found["b1002"].notebook == notebook("b1002")
    assert "hw1.ipynb" in " ".join(found["b1002"].notes)
    assert found["oz@uni.edu"].notebook == notebook("z")


def test_numbers_of_copies_count_as_numbers(tmp_path):
    files = {f"b1001{end}.ipynb": notebook(end) for end in ("", "-9", "-10", " (2)")}
    one = handed_in(tmp_path, files)["b1001"]
    assert one.notebook == notebook("-10")
    assert len(one.notes) == 3


def test_where_nothing_outside_says_whose_it_is_the_notebook_does(tmp_path):
    otter = "hw2_2026_10_12T10_11_12_123456.zip"
    files = {
        "hw2.ipynb": notebook("b1001"),
        otter: zipped({"hw2.ipynb": notebook("B1002"), ".OTTER_LOG": b"", "hw2.pdf": b"%PDF"}),
    }
    found = handed_in(tmp_path, files)
    assert {key: one.student for key, one in found.items()} == {"b1001": CHEN, "b1002": LIN}
    assert [one.problem for one in found.values()] == ["", ""]


def test_otter_exports_of_a_class_in_one_zip(tmp_path):
    inside = {
        f"hw2_2026_1{n}_12T10_11_12_123456.zip": zipped({"hw2.ipynb": notebook(who)})
        for n, who in enumerate(ROSTER)
    }
    found = handed_in(tmp_path, {"all.zip": zipped(inside)})
    assert {key: one.student for key, one in found.items()} == ROSTER


def test_a_name_outside_counts_more_than_a_claim_inside(tmp_path):
    files = {"b1001.ipynb": notebook("b1001"), "hw2 (3).ipynb": notebook("b1001", "copied = 1")}
    found = handed_in(tmp_path, files)
    assert found.pop("b1001").notebook == notebook("b1001")
    [claim] = found.values()
    assert claim.student is None
    assert "b1001" in claim.problem


def test_two_that_claim_to_be_the_same_student_are_for_a_human(tmp_path):
    """The numbers are of the browser that fetched them, not of one student's attempts."""
    files = {"hw2.ipynb": notebook("b1001"), "hw2 (1).ipynb": notebook("b1001", "copied = 1")}
    one = handed_in(tmp_path, files)["b1001"]
    assert "hw2.ipynb" in one.problem and "hw2 (1).ipynb" in one.problem
    assert one.notebook == b""


def test_the_same_notebook_twice_is_one(tmp_path):
    files = canvas_files() | {"submissions.zip": zipped(canvas_files())}
    found = handed_in(tmp_path, files)
    assert {key: one.student for key, one in found.items()} == ROSTER
    assert [one.problem for one in found.values()] == ["", "", ""]


def test_two_students_with_the_same_notebook_have_no_problem(tmp_path):
    files = {"b1001.ipynb": notebook(), "b1002.ipynb": notebook()}
    assert [one.problem for one in handed_in(tmp_path, files).values()] == ["", ""]


@pytest.mark.parametrize(("said", "words"), [("b9", "'b9', is not on"), ("...", "Nothing says")])
def test_whom_nobody_knows_is_for_a_human(tmp_path, said, words):
    [one] = handed_in(tmp_path, {"notebook.ipynb": notebook(said)}).values()
    assert one.student is None
    assert words in one.problem
    assert one.notebook == notebook(said)


def test_an_empty_roster_accepts_any_id(tmp_path):
    files = {
        "b7001.ipynb": notebook(),
        "b7002/hw2.ipynb": notebook("b7002"),
        "hw2.ipynb": notebook("b7003"),
        "b7004.zip": zipped({"hw2.ipynb": notebook()}),
        "submissions.zip": zipped({"oz_103_5003_hw2.ipynb": notebook("b7005")}),
        "ann_104_5004_hw2.ipynb": notebook(),
        "alice.ipynb": notebook(),
    }
    found = handed_in(tmp_path, files, roster={})
    assert [one.student.id for one in found.values()] == [
        "104", "alice", "b7001", "b7002", "b7003", "b7004", "b7005"
    ]  # fmt: skip
    assert {one.problem for one in found.values()} == {""}
    assert found["b7005"].student.canvas_id == "103"


def test_an_empty_roster_reads_gradescope_too(tmp_path):
    name = "assignment_1234567_export.zip"
    found = handed_in(tmp_path, {name: zipped(gradescope_files())}, roster={})
    assert list(found) == ["OZ@uni.edu", "b1001", "m1", "mei@uni.edu"]


# ---------------------------------------------------------------- what cannot be graded


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"PK nonsense", "cannot be read"),
        (b'{"cells": {}}', "has no cells"),
        (b'{"nbformat": 3, "worksheets": []}', "before 2013"),
        (b"[" * 10**5, "cannot be read"),
        (notebook("x" * 21 * 2**20), "larger than 20 MB"),
    ],
)
def test_a_bad_notebook_is_for_a_human(tmp_path, data, words):
    one = handed_in(tmp_path, {"b1001.ipynb": data})["b1001"]
    assert words in one.problem
    assert one.problem.endswith(".")
    assert one.student == CHEN
    assert one.notebook == b""


def locked() -> bytes:
    data = bytearray(zipped({"hw2.ipynb": notebook()}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def lying() -> bytes:
    """A zip that says its entry is small; unpacked it is 30 MB."""
    data = bytearray(zipped({"hw2.ipynb": notebook("x" * 30 * 2**20)}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + at
        data[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 and then nothing", "is broken"),
        (zipped({"hw2.ipynb": notebook()})[:-40], "is broken"),
        (zipped({"a.ipynb": notebook("a"), "b.ipynb": notebook("b")}), "2 notebooks: a.ipynb, b"),
        (zipped({"hw2.ipynb": notebook("a"), "x.ipynb": notebook("b")}), "2 notebooks"),
        (zipped({"hw2.py": b"x = 1"}), "holds no notebook."),
        (zipped({"in.zip": zipped({"in.zip": b"x"})}), "another zip"),
        (zipped({"hw2.ipynb": b"x"}), "cannot be read"),
        (zipped({"hw2.ipynb": notebook("x" * 30 * 2**20)}), "larger than 20 MB"),
        (locked(), "password"),
        (lying(), "is broken"),
    ],
)
@pytest.mark.parametrize("name", ["b1001.zip", "chenwei_101_1_hw2.zip", "in canvas"])
def test_a_bad_zip_is_for_a_human(tmp_path, data, words, name):
    files = {name: data}
    if name == "in canvas":
        files = {"submissions.zip": zipped({"chenwei_101_1_hw2.zip": data})}
    one = handed_in(tmp_path, files)["b1001"]
    assert words in one.problem
    assert one.student == CHEN
    assert one.notebook == b""


def test_a_zip_bomb_is_refused_and_the_others_are_graded(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "ZIP_LIMIT", 10**6)
    bomb = zipped({f"b{n}.ipynb": b"0" * 10**5 for n in range(11)})
    found = handed_in(tmp_path, {"all.zip": bomb, "b1001.ipynb": notebook(), "b1002.zip": bomb})
    assert found.pop("b1001").problem == ""
    assert "more than 2 GB" in found.pop("b1002").problem
    [one] = found.values()
    assert (one.file, one.student) == ("all.zip", None)
    assert "more than 2 GB" in one.problem


def apart(code: str, folder: Path) -> subprocess.CompletedProcess:
    """What a process of its own says of a folder, so that its memory is its own."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, cwd=root
    )


def test_a_zip_bomb_takes_no_memory(tmp_path):
    """128 MB of zeros in 1 MB, where there is not as much memory."""
    zeros = b"0" * 2**24
    with zipfile.ZipFile(
        tmp_path / "b1001.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1
    ) as archive:
        with archive.open("hw2.ipynb", "w") as entry:
            for _ in range(8):
                entry.write(zeros)
    code = (
        "import resource, sys; from pathlib import Path; from grader.submissions import *\n"
        "resource.setrlimit(resource.RLIMIT_AS, (150 * 2**20,) * 2)\n"
        "[one] = find(Path(sys.argv[1]), {'b1001': Student('b1001')}, 'hw2'); print(one.problem)"
    )
    run = apart(code, tmp_path)
    assert run.stdout == "The file is larger than 20 MB.\n", run.stderr


def test_nothing_is_extracted(tmp_path):
    files = {"../../evil.ipynb": notebook("b1001"), "/etc/evil.ipynb": notebook("b1002")}
    (tmp_path / "deep" / "in").mkdir(parents=True)
    found = handed_in(tmp_path / "deep" / "in", {"all.zip": zipped(files)})
    assert sorted(found) == ["b1001", "b1002"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["all.zip"]


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "solution.ipynb").write_bytes(notebook("solved"))
    (tmp_path / "in").mkdir()
    os.symlink("../solution.ipynb", tmp_path / "in" / "b1001.ipynb")
    [one] = find(tmp_path / "in", ROSTER, "hw2")
    assert "link" in one.problem
    assert one.notebook == b""


def test_hidden_files_are_none(tmp_path):
    files = {
        ".DS_Store": b"x",
        "b1001/hw2.ipynb": notebook(),
        "b1001/.ipynb_checkpoints/hw2-checkpoint.ipynb": notebook("old"),
        "__MACOSX/b1002/._hw2.ipynb": b"x",
    }
    found = handed_in(tmp_path, files)
    assert list(found) == ["b1001"]
    assert found["b1001"].notes == ()


PDF = b"%PDF-1.4"
ONE_OF_YAML = YAML.split("submission_12")[0]


@pytest.mark.parametrize(
    "files",
    [
        {"chenwei_101_1_hw2.ipynb": notebook(), "chenwei_101_2_scan.pdf": PDF},
        {"chenwei_101_1_hw2.ipynb": notebook(), "chenwei_101_text.html": b"<p>My answer"},
        {"chenwei_101_1_hw2.zip": zipped({"hw2.ipynb": notebook(), "scan.jpg": b"x"})},
        {"b1001/hw2.ipynb": notebook(), "b1001/scan.docx": b"PK"},
        {"b1001/hw2.ipynb": notebook(), "b1001/photos/IMG_1234.jpg": b"x"},
        {"work/hw2.ipynb": notebook("b1001"), "work/scan.md": b"My answer"},
        {
            "Wei Chen_5_assignsubmission_file_/hw2.ipynb": notebook(),
            "Wei Chen_5_assignsubmission_file_/scan.pdf": PDF,
        },
        {
            "assignment_123_export/submission_metadata.yml": ONE_OF_YAML.encode(),
            "assignment_123_export/submission_11/hw2.ipynb": notebook(),
            "assignment_123_export/submission_11/scan.pdf": PDF,
        },
    ],
    ids=["pdf", "text", "zip", "folder", "photos", "itself", "moodle", "gradescope"],
)
@pytest.mark.parametrize("roster", [ROSTER, {}], ids=["roster", "no roster"])
def test_what_is_handed_in_beside_the_notebook_is_named(tmp_path, files, roster):
    """It may hold the written answers."""
    found = handed_in(tmp_path, files, roster)
    [answer] = [name for name in files if not name.endswith((".ipynb", ".yml"))]
    end = "/scan.jpg" if answer.endswith(".zip") else ""
    [one] = found.values()
    assert one.notebook
    assert one.notes == (f"{answer}{end} was handed in too; look into it.",)
    assert not roster or one.student == CHEN


def test_a_scan_that_is_called_like_its_notebook_belongs_to_it(tmp_path):
    [one] = handed_in(tmp_path, {"b1001.ipynb": notebook(), "b1001.pdf": PDF}).values()
    assert one.notebook and one.notes == ("b1001.pdf was handed in too; look into it.",)


def test_what_was_given_out_need_not_be_looked_into(tmp_path):
    given = ["README.md", "README (1).md", "tests/q2.py", "requirements.txt", "data.csv"]
    files = {f"b1001/{name}": b"x" for name in [*given, "__pycache__/a.pyc"]}
    names = ["chenwei_101_7_README-1.md", "chenwei_101_8_data.csv"]
    files |= {"b1001/hw2.ipynb": notebook()} | dict.fromkeys(names, b"x")
    handed_in(tmp_path, files)
    [one] = find(tmp_path, ROSTER, "hw2", data=["data.csv"])
    assert one.notes == ()
    [one] = find(tmp_path, ROSTER, "hw2")
    assert len(one.notes) == 2


def test_very_many_files_beside_the_notebook_are_counted(tmp_path):
    files = {f"b1001/{n}.jpg": b"x" for n in range(50)} | {"b1001/hw2.ipynb": notebook()}
    notes = handed_in(tmp_path, files)["b1001"].notes
    assert len(notes) == 21 and "30 files, was handed in too" in notes[-1]


def test_a_file_between_the_notebooks_of_a_class_is_not_lost(tmp_path):
    files = {"class/b1001.ipynb": notebook(), "class/b1002.ipynb": notebook()}
    files |= {"class/scan.pdf": PDF, "class/README.md": b"x"}
    found = handed_in(tmp_path, files)
    assert found.pop("b1001").notes == found.pop("b1002").notes == ()
    [one] = found.values()
    assert one.file == "class/scan.pdf" and "is not a notebook" in one.problem


def test_a_file_of_nobody_is_not_lost(tmp_path):
    [one] = handed_in(tmp_path, {"photo of my homework.jpg": b"jpg"}).values()
    assert one.student is None
    assert "not a notebook" in one.problem


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(GraderError, match="no folder"):
        find(tmp_path / "none", ROSTER, "hw2")


# ---------------------------------------------------------------- keys


def test_keys_are_names_of_files_and_stay(tmp_path):
    roster = {
        who: Student(who) for who in ("a/b", "a-b", "../x", "王", "李", "con fig", "x" * 300, "a?b")
    }
    keys = [submissions._key(who) for who in roster]
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert key == Path(key).name and not key.startswith((".", "-")) and len(key) < 80
        assert key.isascii() and key
    assert submissions._key("b1001") == "b1001"
    assert keys == [submissions._key(who) for who in roster]


def test_two_who_claim_one_id_keep_a_key_each(tmp_path):
    files = {"ann_104_1_hw2.ipynb": notebook("b1"), "bob_105_2_hw2.ipynb": notebook("b1")}
    first = handed_in(tmp_path, files, roster={})
    assert len(first) == 2
    assert first == handed_in(tmp_path, {}, roster={})


# ---------------------------------------------------------------- what nobody outside may say

INVENTED = "".join(
    f"submission_{n}:\n  :submitters:\n  - :name: X\n    :sid: x{n}\n" for n in range(3000)
)


@pytest.mark.parametrize("text", [INVENTED, "- no\n- export\n", YAML])
@pytest.mark.parametrize(
    "place",
    [
        "Bob B/assignment_7_export/",
        "assignment_123_export/submission_13/assignment_7_export/",
        "Bob B/work.zip/",
        "anon_x1_500_work.zip/",
        "anon_x1_500_work.zip/assignment_7_export/",
        "canvas.zip/bob_999_500_work.zip/",
    ],
)
@pytest.mark.parametrize("roster", [ROSTER, {}], ids=["roster", "no roster"])
def test_only_the_topmost_list_of_an_export_is_believed(tmp_path, place, text, roster):
    """A student's own folder may be called like an export and hold such a list; it says nothing."""
    own = {"submission_metadata.yml": text.encode(), "submission_11/hw2.ipynb": notebook("forged")}
    archive, _, inside = place.rpartition(".zip/")
    if archive:
        content = zipped({inside + name: data for name, data in own.items()})
        archive += ".zip"
        if outer := archive.partition(".zip/")[2]:
            content, archive = zipped({outer: content}), "canvas.zip"
        files = {archive: content}
    else:
        files = {place + name: data for name, data in own.items()}
    files |= gradescope_files() | {"b1003.ipynb": notebook("b1003")}
    found = handed_in(tmp_path, files, roster)
    assert len(found) < 10
    assert found["b1001"].notebook == notebook("b1001")
    assert found["b1001"].problem == ""


def test_a_zip_of_a_class_may_be_called_anything_and_one_beside_others_like_an_export(tmp_path):
    name = "assignment_9_export (1).zip"
    files = {name: zipped(gradescope_files()), "b1003.ipynb": notebook()}
    assert handed_in(tmp_path, files)["b1002"].student == LIN


def test_only_entries_of_submissions_count(tmp_path):
    yaml = (
        YAML + "../submission_11:\n  :submitters:\n  - :sid: b1002\nb1003:\n  :submitters: [{}]\n"
    )
    found = handed_in(tmp_path, gradescope_files(yaml))
    assert found["b1002"].notebook == notebook("b1002")


# ---------------------------------------------------------------- groups, ids, dates


def test_each_of_a_group_is_graded_for_the_numbers_of_any_of_them(tmp_path):
    found = handed_in(tmp_path, gradescope_files())
    mei, oz = ("b1002", "mei"), ("oz@uni.edu", "oz")
    assert found["b1002"].owners == (mei, oz)
    assert found["oz@uni.edu"].owners == (oz, mei)
    assert found["b1001"].owners == (("b1001", "wei@uni.edu", "wei"),)


def test_the_login_counts_as_the_id_in_any_case(tmp_path):
    for n, typed in enumerate(["MEI", "mei", "B1002"]):
        [one] = handed_in(tmp_path / str(n), {"hw2.ipynb": notebook(typed)}).values()
        assert one.student == LIN
        assert typed.casefold() in one.owners[0]


@pytest.mark.parametrize(
    ("created", "late"),
    [
        ("2026-09-21 01:02:03.000000000 Z", True),
        ("2026-09-20 22:00:00.000000000 Z", False),
        ("2026-09-20 22:00:01 Z", True),
        ("2026-09-21 00:30:00 +0200", True),
        ("2026-09-20 23:30:00 +02:00", False),
        ("2026-09-21T01:02:03Z", True),
        ("yesterday", False),
        ("2026-13-41 01:02:03 Z", False),
        ("!!python/object:os.system {}", False),
    ],
)
def test_what_gradescope_got_after_the_date_is_late(tmp_path, created, late):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    due = datetime.datetime(2026, 9, 21, 0, 0, tzinfo=zone)
    yaml = YAML.replace("2026-09-21 01:02:03.000000000 Z", created)
    handed_in(tmp_path, gradescope_files(yaml))
    found = {one.key: one for one in find(tmp_path, ROSTER, "hw2", due)}
    assert any(note.startswith(submissions.LATE) for note in found["b1001"].notes) is late
    assert not any(note.startswith(submissions.LATE) for note in found["b1002"].notes)
    assert find(tmp_path, ROSTER, "hw2")[0].notes == ()
    if late:
        assert "due 2026-09-21 00:00 (UTC+0200)" in " ".join(found["b1001"].notes)


# ---------------------------------------------------------------- names and sizes


@pytest.mark.parametrize("ending", [".ipynb.json", ".ipynb.txt", ".IPYNB", ".ipynb.TXT"])
def test_an_ending_that_a_browser_adds_is_a_notebooks(tmp_path, ending):
    """Safari and mail programs save hw2.ipynb as one of these."""
    files = {
        f"b1001{ending}": notebook(),
        f"mei_102_500_hw2{ending}": notebook("b1002"),
        "oz@uni.edu.zip": zipped(
            {f"hw2{ending}": notebook("z"), "notes.txt": b"x", "d.json": b"{}"}
        ),
    }
    found = handed_in(tmp_path, files)
    assert {key: one.student for key, one in found.items()} == ROSTER
    assert {one.problem for one in found.values()} == {""}


def test_a_zip_of_many_notebooks_takes_no_memory(tmp_path):
    """25 notebooks of 19 MB in half a MB, and 5 of one size; few at a time are in memory."""
    text = " " * (19 * 2**20)
    for name, count in (("b1001.zip", 25), ("b1002.zip", 5)):
        with zipfile.ZipFile(
            tmp_path / name, "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive:
            for n in range(count):
                archive.writestr(f"{n}.ipynb", notebook(f"{n:02}", text))
    code = (
        "import re, sys; from pathlib import Path; from grader.submissions import *\n"
        "roster = {who: Student(who) for who in ('b1001', 'b1002')}\n"
        "print(*(one.problem for one in find(Path(sys.argv[1]), roster, 'hw2')), sep='\\n')\n"
        # Not ru_maxrss, which begins with what the process that starts this one holds.
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)"
    )
    done = apart(code, tmp_path)
    many, few, megabytes = done.stdout.splitlines()
    assert "holds 25 notebooks: 0.ipynb, 1.ipynb" in many and many.endswith(" and 17 more.")
    assert "holds 5 notebooks" in few
    assert int(megabytes) < 300


def test_a_notebook_of_millions_of_parts_is_not_read():
    from grader.notebooks import NotANotebook, read_cells

    raw = b'{"cells": [' + b"[]," * 3_000_000 + b"[]]}"
    with pytest.raises(NotANotebook, match="more than 2,000,000"):
        read_cells(raw)
