"""What comes out of grading: scores for Canvas, a page a student, and pages for the instructor."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import pages, spots
from .copies import Notice, notices
from .errors import GraderError
from .feedback import zips
from .items import Item, items
from .submissions import CANVAS_COLUMNS, Student, read_csv
from .written import prompts_of

BOM = "\ufeff"  # only with it Excel takes a CSV for UTF-8, and keeps the names as they are
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # a spreadsheet computes what begins so


@dataclass(frozen=True)
class Assignment:
    """What the reports must know of an assignment; neither its tests nor its seed.

    Attributes
    ----------
    course, name, title : str
        The class's title, ``"hw2"``, ``"Homework 2: Gradients"``. Canvas finds its column by
        the last.
    coded, written : dict
        Points of each question that the machine grades, and of each part that a human grades.
    rubric : str
        Markdown, for the instructor's pages alone.
    prompts : dict of str to str
        The text of each written question.
    """

    course: str
    name: str
    title: str
    coded: Mapping[str, float]
    written: Mapping[str, float]
    rubric: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, assignment: Mapping, rubric: Path | None) -> Assignment:
        points = {
            kind: {q["name"]: q["points"] for q in assignment["questions"] if q["written"] is kind}
            for kind in (False, True)
        }
        text = rubric.read_text("utf-8") if rubric and rubric.is_file() else ""
        course, name, title = (assignment[key] for key in ("course", "assignment", "title"))
        prompts = prompts_of(assignment["template"])
        return cls(course, name, title, points[False], points[True], text, prompts)

    @property
    def points(self) -> float:
        return sum(self.coded.values()) + sum(self.written.values())


@dataclass(frozen=True)
class Grade:
    """The points of one student; None where they are not known yet."""

    student: Student | None
    result: Mapping[str, Any] | None  # None: nothing handed in
    coded: float | None
    overridden: bool
    written: Mapping[str, float | None]
    comment: str
    comments: Mapping[str, str] = field(default_factory=dict)  # of each part

    @property
    def hand_in(self) -> Mapping[str, Any]:
        """The result of a student who handed something in."""
        assert self.result is not None
        return self.result

    @property
    def written_total(self) -> float | None:
        return _sum(self.written.values())

    @property
    def total(self) -> float | None:
        return _sum((self.coded, self.written_total))


def _sum(points: Collection[float | None]) -> float | None:
    known = [value for value in points if value is not None]
    return math.fsum(known) if len(known) == len(points) else None


def write_reports(
    results: Iterable[Mapping],
    roster: Mapping[str, Student],
    out: Path,
    assignment: Mapping[str, Any],
    rubric: Path | None = None,
) -> list[str]:
    """Write all reports on one assignment of one class.

    Parameters
    ----------
    results : iterable of dict
        One for each submission, of the whole class. Their text is a student's: not trusted.
    roster : dict
        As `grader.submissions.read_roster` gives it; empty: the students of the results.
    out : Path
        The folder that gets scores.csv, coded.csv, written.csv, by-hand.csv, items.csv,
        copies.csv, regraded.csv, written.html, summary.html, confusing-spots.html,
        scores-per-question.png, feedback/<key>.html and zips of these. What the instructor typed
        into written.csv is read from there, counted, and kept.
    assignment : dict
        Has ``course``, ``assignment`` (``"hw2"``), ``title``, and ``questions``, each with
        ``name``, ``points`` and ``written`` (whether a human grades it).
    rubric : Path, optional
        rubric.md; it goes to the instructor's pages alone.

    Returns
    -------
    list of str
        Sentences the instructor should read, none if all is well.

    Raises
    ------
    GraderError
        A cell of written.csv, or a result, makes no sense. Then no file is changed.
    """
    homework = Assignment.of(assignment, rubric)
    out = Path(out)
    results = [dict(result) for result in results]
    for result in results:
        if not re.fullmatch(r"[\w@-][\w.@-]*", result["key"]):
            raise GraderError(f"The key {result['key']!r} of a result is not a name of a file.")
    students = dict(roster) or {who.id: who for who in map(_student, results) if who}
    table = WrittenTable.read(out / "written.csv", homework, students)
    of_student: dict[str, Mapping] = {}
    for result in results:
        who = _student(result)
        if who:  # a second one, which `find` has left to a human, is among the others
            of_student.setdefault(who.id, result)
    grades = [_grade(who, of_student.get(who.id), table, homework) for who in students.values()]
    counted = {id(grade.result) for grade in grades}
    others = [
        _grade(_student(result), result, table, homework)
        for result in results
        if id(result) not in counted
    ]
    warnings = table.warnings + [
        f"{grade.student.id} handed in {grade.hand_in['file']} and is not on the roster."
        for grade in others
        if grade.student
    ]
    handed_in = [grade for grade in grades + others if grade.result]
    questions, alike = items(grades, homework), notices(grade.hand_in for grade in handed_in)
    changed = _changed(handed_in, homework)
    book = spots.by_page((grade.hand_in for grade in handed_in), spots.book_pages())
    written_page, problems = pages.written(handed_in, homework)
    warnings += problems
    png, svgs = pages.plots(handed_in, homework)
    files: dict[str, str | bytes] = {
        "scores.csv": _canvas_csv(grades, homework.title, homework.points, "total"),
        "coded.csv": _canvas_csv(
            grades, f"{homework.title} (coded part)", sum(homework.coded.values()), "coded"
        ),
        "by-hand.csv": BOM + _by_hand_csv(handed_in),
        "written.csv": table.text,
        "written.html": written_page,
        "summary.html": pages.summary(
            grades, others, homework, svgs, warnings, questions, alike, changed
        ),
        "confusing-spots.html": pages.confusing_spots(book, homework),
        "items.csv": BOM + _items_csv(questions),
        "copies.csv": BOM + _copies_csv(alike, handed_in),
        "regraded.csv": BOM + _csv([["id", "name", "question", "before", "now"], *changed]),
        "scores-per-question.png": png,
    }
    html = {grade.hand_in["key"]: pages.feedback(grade, homework) for grade in handed_in}
    files |= {f"feedback/{key}.html": page for key, page in html.items()}
    files |= zips(handed_in, html, homework)
    table.check_untouched()
    for name, content in files.items():
        _replace(out / name, content)
    return warnings


def _student(result: Mapping) -> Student | None:
    return Student(**result["student"]) if result["student"] else None


def _grade(
    who: Student | None, result: Mapping | None, table: WrittenTable, assignment: Assignment
) -> Grade:
    typed = table.typed.get(who.id, {}) if who else {}
    coded = typed.get("override")
    overridden = coded is not None
    if not overridden and result and result["status"] == "graded":
        score = {question["name"]: question["score"] for question in result["questions"]}
        coded = math.fsum(score.get(name) or 0 for name in assignment.coded)
    written = {name: typed.get(name) for name in assignment.written}
    comments = {name: text for name in assignment.written if (text := typed.get(f"{name} comment"))}
    return Grade(who, result, coded, overridden, written, str(typed.get("comment", "")), comments)


# ---------------------------------------------------------------- written.csv


@dataclass
class WrittenTable:
    """The table that the instructor fills in: written points, overrides, comments.

    Attributes
    ----------
    text : str
        The file as it is to be: what was there, and a line for each new student.
    typed : dict
        By student id: the points of the parts and "override" as numbers, where entered; "comment"
        and "q1 comment", of a part, as text.
    warnings : list of str
    """

    path: Path
    before: bytes | None
    text: str
    typed: dict[str, dict]
    warnings: list[str]

    @classmethod
    def read(
        cls, path: Path, assignment: Assignment, students: Mapping[str, Student]
    ) -> WrittenTable:
        before = path.read_bytes() if path.exists() else None
        limits = {**assignment.written, "override": sum(assignment.coded.values())}
        titles = {}
        for name in assignment.written:
            titles[name] = f"{name} ({pages.number(limits[name])})"
            titles[f"{name} comment"] = f"{name} comment"
        titles |= {name: name for name in ("override", "comment")}
        rows, delimiter = _rows(path, before)
        header = rows[0] if rows else ["id", "name", *titles.values()]
        column = _columns(path, header, titles)
        header += [title for name, title in titles.items() if name not in column]
        column = _columns(path, header, titles)
        without_zeros = _unique_without_zeros(students)
        typed: dict[str, dict] = {}
        warnings = []
        for line, row in enumerate(rows[1:], start=2):
            at = f"{path}, line {line}"
            cell = {name: row[place].strip() for name, place in column.items() if place < len(row)}
            if not any(text.strip() for text in row):
                continue
            who = _unquote(cell.get("id", ""))
            # Excel drops the zeros that an id begins with.
            who = who if who in students else without_zeros.get(who.lstrip("0"), who)
            if who in typed:
                raise GraderError(f"{at}: {who!r} has a line already; keep one of the two.")
            entered: dict[str, Any] = {
                name: _points(cell[name], limits[name], f"{at} ({who}), column {header[place]!r}")
                for name, place in column.items()
                if name in limits and cell.get(name)
            }
            for name in titles:
                if name.endswith("comment") and cell.get(name):
                    entered[name] = _unquote(cell[name])
            if who not in students and entered:
                warnings.append(f"{at}: nobody on the roster has the id {who!r}; not counted.")
            typed[who] = entered
        new = [student for who, student in students.items() if who not in typed]
        if before is not None and not new and header == _rows(path, before)[0][0]:
            text = before.decode("utf-8")  # byte for byte as the instructor left it
        else:
            lines = [header, *rows[1:]]
            for student in new:
                line_of = {"id": quote(student.id), "name": quote(student.name)}
                names = {place: name for name, place in column.items()}
                lines.append([line_of.get(names.get(k, ""), "") for k in range(len(header))])
            text = BOM + _csv(lines, delimiter)
        return cls(path, before, text, typed, warnings)

    def check_untouched(self) -> None:
        """Refuse to go on if the file was saved since it was read."""
        now = self.path.read_bytes() if self.path.exists() else None
        if now != self.before:
            raise GraderError(f"{self.path} was changed while the reports were made; start again.")


def _rows(path: Path, content: bytes | None) -> tuple[list[list[str]], str]:
    if content is None:
        return [], ","
    rows, delimiter = read_csv(path, content)
    if not rows or "id" not in [title.strip() for title in rows[0]]:
        raise GraderError(f"{path} has no column 'id'; give it back its first line.")
    return rows, delimiter


def _columns(path: Path, header: list[str], titles: Mapping[str, str]) -> dict[str, int]:
    """Where each column is. A part is found by its name, if its points have changed since, too."""
    column: dict[str, int] = {}
    for place, title in enumerate(header):
        name = re.sub(r" \([\d.]+\)$", "", title.strip())
        if name in ("id", "name", *titles):
            if name in column:
                raise GraderError(f"{path} has two columns {name!r}; keep one.")
            column[name] = place
            header[place] = titles.get(name, name)
    return column


def _points(text: str, most: float, where: str) -> float:
    try:
        value = float(_unquote(text).replace(",", "."))  # 3,5 where a comma is the decimal point
    except ValueError:
        raise GraderError(f"{where}: {text!r} is not a number.") from None
    if not 0 <= value <= most:
        raise GraderError(f"{where}: {text} is not between 0 and {pages.number(most)}.")
    return value


def _unique_without_zeros(students: Mapping[str, Student]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for who in students:
        found.setdefault(who.lstrip("0"), []).append(who)
    return {short: ids[0] for short, ids in found.items() if len(ids) == 1}


# ---------------------------------------------------------------- CSV


def quote(text: str) -> str:
    """Text of a cell that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith((*FORMULA, "'")) else text


def _unquote(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text


def _csv(rows: Iterable[Iterable[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _canvas_csv(grades: list[Grade], title: str, points: float, what: str) -> str:
    rows = [[*CANVAS_COLUMNS, title], ["    Points Possible", "", "", "", "", pages.number(points)]]
    for grade in grades:
        who = grade.student
        assert who is not None
        # Of students without a SIS User ID the login is the id.
        sis = "" if who.id == who.login else who.id
        value = getattr(grade, what)
        names = [who.name, who.canvas_id, sis, who.login, who.section]
        rows.append([*map(quote, names), "" if value is None else pages.number(value)])
    return _csv(rows)


def _by_hand_csv(handed_in: list[Grade]) -> str:
    rows = [["id", "name", "file", "reason", "override entered"]]
    for grade in handed_in:
        if grade.hand_in["status"] != "graded":
            who = grade.student or Student("")
            entered = "yes" if grade.overridden else ""
            texts = [who.id, who.name, grade.hand_in["file"], grade.hand_in["reason"]]
            rows.append([*(quote(pages.clean(text)) for text in texts), entered])
    return _csv(rows)


def _items_csv(questions: Iterable[Item]) -> str:
    rows: list[list[str]] = [
        ["question", "points", "students", "mean share", "discrimination", "passed public only"]
    ]
    for item in questions:
        numbers = (item.difficulty, item.discrimination)
        shown = ["" if value is None else f"{value:.2f}" for value in numbers]
        count = [str(item.count), *shown, str(len(item.public_only))]
        rows.append([item.name, pages.number(item.points), *count])
    return _csv(rows)


def _copies_csv(alike: Iterable[Notice], handed_in: list[Grade]) -> str:
    of = {grade.hand_in["key"]: grade for grade in handed_in}
    rows = [["group", "part", "likeness in per cent", "id", "name", "file"]]
    for number, notice in enumerate(alike, 1):
        for key in notice.keys:
            who = of[key].student or Student("")
            texts = (quote(pages.clean(t)) for t in (who.id, who.name, of[key].hand_in["file"]))
            rows.append([str(number), notice.part, str(notice.likeness), *texts])
    return _csv(rows)


def _changed(handed_in: Iterable[Grade], assignment: Assignment) -> list[list[str]]:
    """A row for each coded question whose points are not what they were before."""
    rows = []
    for grade in handed_in:
        before = grade.hand_in.get("before") or {}
        now = {question["name"]: question["score"] for question in grade.hand_in["questions"]}
        who = grade.student or Student(grade.hand_in["key"])
        for name in assignment.coded:
            if name in before and name in now and before[name] != now[name]:
                points = [pages.number(before[name]), pages.number(now[name])]
                rows.append(
                    [quote(pages.clean(who.id)), quote(pages.clean(who.name)), name, *points]
                )
    return rows


# ---------------------------------------------------------------- files


def _replace(path: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever reads half of it, and an equal one not at all."""
    # Students' JSON can hold halves of characters, which UTF-8 has no form for.
    data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.write_bytes(data)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)
