"""The mock exam: both versions follow one list, and the formula sheet gives no answer away."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lecturelib import derive
from lecturelib.symbols import latex, reference
from lecturelib.symbols.parse import parse, parse_answer
from lecturelib.symbols.tokens import ParseError

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "chapters" / "reference"
PROBLEMS = tomllib.loads((PAGES / "exam.toml").read_text("utf-8"))["problem"]
BOXES = {
    entry["label"]: entry.get("answer", [])
    for entry in tomllib.loads((ROOT / "chapters" / "answers.toml").read_text("utf-8"))["exercise"]
}
VERSIONS = ["mock-exam", "mock-exam-b"]


def cells(page: str, kind: str) -> list[str]:
    found = nbformat.read(PAGES / f"{page}.ipynb", as_version=4).cells
    return [cell.source for cell in found if cell.cell_type == kind]


def prose(page: str) -> str:
    return "\n".join(cells(page, "markdown"))


# -- One list for both versions -------------------------------------------------------------------


def differences(version: int, text: str, code: str) -> list[str]:
    """In what a version of the exam differs from the list."""
    found = []
    titles = re.findall(
        r"\{exercise\} Problem (\d): (.+) \((\d+) points, (\d+) minutes\)\n:label: (\S+)", text
    )
    listed = [
        (str(k), p["topic"], str(p["points"]), str(p["minutes"]), p["versions"][version])
        for k, p in enumerate(PROBLEMS, start=1)
    ]
    if titles != listed:
        found.append("titles")
    for name in ("points", "minutes"):
        [numbers] = re.findall(rf"^{name} = \[(.+)\]$", code, re.MULTILINE)
        if [int(x) for x in numbers.split(", ")] != [p[name] for p in PROBLEMS]:
            found.append(name)
    for problem in PROBLEMS:
        label = problem["versions"][version]
        _, _, solution = text.partition(f"{{solution-start}} {label}\n")
        steps = re.findall(r"\[(\d+)\]", solution.partition("{solution-end}")[0])
        if sum(map(int, steps)) != problem["points"]:
            found.append(f"steps of {label}")
    rows = re.findall(r"^\| (\d) \| (\d+) \| (.+) \|$", text.partition("## Counting")[2], re.M)
    if [(k, int(points), re.findall(r"\{doc\}`(.+?)`", pages)) for k, points, pages in rows] != [
        (str(k), p["points"], p["pages"]) for k, p in enumerate(PROBLEMS, start=1)
    ]:
        found.append("counting")
    return found


@pytest.mark.parametrize("version", [0, 1], ids=VERSIONS)
def test_a_version_has_the_problems_points_and_pages_of_the_list(version):
    page = VERSIONS[version]
    assert differences(version, prose(page), "\n".join(cells(page, "code"))) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("(14 points, 16 minutes)", "(14 points, 15 minutes)", ["titles"]),
        ("backpropagation (12 points", "backpropagation (13 points", ["titles"]),
        ("points = [10, 12", "points = [12, 10", ["points"]),
        ("minutes = [10, 12", "minutes = [10, 13", ["minutes"]),
        ("{doc}`../3-second-derivative/4-rank`", "", ["counting"]),
        ("| 8 | 12 |", "| 8 | 11 |", ["counting"]),
    ],
)
@pytest.mark.parametrize("version", [0, 1], ids=VERSIONS)
def test_a_page_that_differs_is_found(version, old, new, where):
    text, code = prose(VERSIONS[version]), "\n".join(cells(VERSIONS[version], "code"))
    assert (text + code).count(old) == 1
    assert differences(version, text.replace(old, new), code.replace(old, new)) == where


def test_a_step_with_another_worth_is_found():
    text, code = prose("mock-exam-b"), "\n".join(cells("mock-exam-b", "code"))
    steps = text.index("[4]")
    changed = text[:steps] + "[5]" + text[steps + 3 :]
    assert differences(1, changed, code) == ["steps of mock-b-2"]


def test_the_exam_gives_100_points_in_the_time_that_it_says():
    assert len(PROBLEMS) == 8
    assert sum(p["points"] for p in PROBLEMS) == 100
    assert sum(p["minutes"] for p in PROBLEMS) + 15 == 120
    assert len({p["topic"] for p in PROBLEMS}) == 8
    for problem in PROBLEMS:
        assert set(problem) - {"unboxed"} == {"topic", "points", "minutes", "pages", "versions"}


def test_where_one_goes_back_to_is_a_page_of_the_course():
    order = re.findall(r"file: (\S+)", (ROOT / "_toc.yml").read_text("utf-8"))
    for problem in PROBLEMS:
        assert problem["pages"]
        for page in problem["pages"]:
            if (PAGES / page).parent.is_dir():  # a chapter may have been removed
                assert page.replace("../", "chapters/") in order
    place = order.index("chapters/reference/mock-exam")
    assert order[place + 1] == "chapters/reference/mock-exam-b"


def test_the_marked_path_meets_each_problem():
    text = (PAGES / "revision.md").read_text("utf-8")
    path = set(re.findall(r"^\| \d+ \| \{doc\}`(.+?)`: ", text, re.MULTILINE))
    assert [p["topic"] for p in PROBLEMS if not path & set(p["pages"])] == []


def test_no_problem_is_asked_twice():
    """A second version with the same function would be no second try."""
    for problem in PROBLEMS:
        first, second = ([a.get("f") for a in answers(label)] for label in problem["versions"])
        assert not set(first) & set(second) - {None}, problem["topic"]
        assert BOXES[problem["versions"][0]] and BOXES[problem["versions"][1]]


def links(text: str) -> set[str]:
    """The versions that a page links."""
    return set(re.findall(r"\{doc\}`[^`<]*<(?:[\w./]*/)?(mock-exam(?:-b)?)>`", text))


OTHERS = [
    ROOT / "intro.md",
    *sorted((ROOT / "homework").glob("*.md")),
    *sorted(ROOT.glob("chapters/*/*.md")),
    *sorted(path for path in ROOT.glob("chapters/*/*.ipynb") if path.stem not in VERSIONS),
]


def test_who_is_told_of_one_version_is_told_of_the_other():
    told = {path.name: links(path.read_text("utf-8")) for path in OTHERS}
    assert {"intro.md", "teach.md", "for-teachers.md", "revision.md"} <= {
        name for name, versions in told.items() if versions == set(VERSIONS)
    }
    assert [name for name, versions in told.items() if len(versions) == 1] == []
    assert links("then try {doc}`the mock exam <chapters/reference/mock-exam>`.") == {"mock-exam"}


# -- The formula sheet beside it ------------------------------------------------------------------


def answers(label: str) -> list[dict]:
    unboxed = [a for p in PROBLEMS for a in p.get("unboxed", []) if a["label"] == label]
    return [*BOXES[label], *unboxed]


#: The functions of the sheet: rows of the look-up list.
FUNCTIONS = [(row.f, row.wrt, row.where) for row in reference.sheet_rows()]
LABELS = [label for problem in PROBLEMS for label in problem["versions"]]
FORMULAS = [(label, a) for label in LABELS for a in answers(label) if a["of"] != "number"]


@functools.cache
def derivation(f: str, wrt: str, where: str):
    return derive(f, wrt, where)


def results(f: str, wrt: str, where: str) -> dict[str, Any]:
    """What can be asked about a function; a matrix has no gradient."""
    d = derivation(f, wrt, where)
    found = {"differential": [step.expression for step in d.steps if step.operation][-1]}
    return found | ({} if d.value.shape else {"gradient": d.gradient, "hessian": d.hessian})


@functools.cache
def printed(f: str, wrt: str, where: str) -> list[str]:
    """A row of the sheet: differential, gradient and Hessian, as text."""
    return [str(x) for x in results(f, wrt, where).values()]


def letters(text: str, where: str) -> list[str]:
    """The declared names that a formula uses."""
    declared = set(re.findall(r"(\w+):", where))
    return sorted(set(re.findall(r"[A-Za-z]\w*", text)) & declared)


def translations(row: tuple[str, str, str], text: str, answer: dict) -> list[str]:
    """A formula of the sheet in all the letters of an answer, the variable in the variable's."""
    _, wrt, where = row
    mine = [x for x in letters(text, where) if x != wrt]
    right = str(results(answer["f"], answer["wrt"], answer["where"])[answer["of"]])
    theirs = [x for x in letters(right, answer["where"]) if x != answer["wrt"]]
    # An equal formula has as many letters, and a vector's is none for a matrix.
    if len(mine) != len(theirs) or wrt.isupper() != answer["wrt"].isupper():
        return []
    direction = "H" if wrt.isupper() else "h"
    fixed = {wrt: answer["wrt"], f"d{wrt}": f"d{answer['wrt']}", direction: f"d{answer['wrt']}"}
    found = []
    for chosen in itertools.permutations(theirs):
        if all(a.isupper() == b.isupper() for a, b in zip(mine, chosen, strict=True)):
            to: dict[str, str] = {**fixed, **dict(zip(mine, chosen, strict=True))}
            pieces = re.split(r"([A-Za-z]\w*)", text)
            found.append("".join(to.get(piece, piece) for piece in pieces))
    return found


def means(answer: dict, text: str) -> bool:
    """Whether a text is the answer, in whatever form and layout."""
    asked = derivation(answer["f"], answer["wrt"], answer["where"])
    try:
        found = asked.compare(text, of=answer["of"])
    except ParseError:  # other shapes, so another formula
        return False
    return bool(found) or found.verdict == "another convention"


def plain(formula: str) -> str:
    """A formula without what is only spelling."""
    formula = formula.replace(r"\mathsf{T}", r"\T").replace(r"\operatorname{Tr}", r"\Tr")
    formula = formula.replace(r"\mathrm{d}", r"\d")
    return re.sub(r"\\boldsymbol|\\vb|\\left|\\right|\\[{}]|[{}() ]|\\,", "", formula)


@functools.cache
def written(label: str) -> set[str]:
    """The functions and answers of a problem as they would be printed."""
    found = set()
    for answer in answers(label):
        if answer["of"] == "number":
            continue
        where = (answer["f"], answer["wrt"], answer["where"])
        d = derivation(*where)
        found |= {plain(latex(x)) for x in results(*where).values()}
        found |= {plain(latex(d.value))} if not d.value.shape else set()
        for text in (answer.get("right"), answer.get("rewritten")):
            if text:
                found.add(plain(latex(parse_answer(text, parse(*where), d.directions))))
    return found


def given_away(functions: list[tuple[str, str, str]], sheet: str) -> set[str]:
    """The problems whose answers stand on a sheet: among its functions, or in its text."""
    found = {
        label
        for label, answer in FORMULAS
        for row in functions
        for text in printed(*row)
        if any(means(answer, other) for other in translations(row, text, answer))
    }
    formulas = {plain(x) for math in re.findall(r"\$([^$]+)\$", sheet) for x in math.split("=")}
    return found | {label for label in LABELS if written(label) & formulas}


def sheet_text() -> str:
    tables = reference.function_sheet() + reference.rule_sheet()
    return tables + prose("formula-sheet").partition("# Formula sheet")[2]


def test_the_sheet_answers_no_problem_of_either_version():
    assert len(FORMULAS) >= 25
    assert given_away(FUNCTIONS, sheet_text()) == set()


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (("log(det(X'*X))", "X", "X: m x n"), "mock-5"),
        (("norm2(P*Z*Q - R)^2", "Z", "P: k x m; Z: m x n; Q: n x l; R: k x l"), "mock-4"),
        (("(p'*z)*(q'*z) + sqrt(1 + z'*z)", "z", "p: n; q: n; z: n"), "mock-b-3"),
        (("tr(inv(Z'*Z))", "Z", "Z: m x n"), "mock-b-5"),
    ],
)
def test_a_row_that_gives_an_answer_away_is_found_by_its_meaning(row, label):
    assert given_away([row], "") == {label}


@pytest.mark.parametrize(
    ("line", "label"),
    [
        (r"$\nabla f = 2 X (X^{\mathsf{T}} X)^{-1}$", "mock-5"),
        (r"$\d f = \vb h^\T (\d A)\, x$ and $H B A + A B H$", "mock-b-2"),
        (r"$\mathrm{d}Y = H^{\mathsf{T}} B A + A^{\mathsf{T}} B H$", "mock-2"),
    ],
)
def test_a_line_that_gives_an_answer_away_is_found_by_its_text(line, label):
    assert given_away([], line) == {label}


def test_the_problem_that_the_sheet_once_answered_would_be_found(monkeypatch):
    """Problem 6 asked for the gradient of the sum of squares, which is a row of the sheet."""
    old = {"f": "norm2(X*w - y)^2", "wrt": "w", "where": "X: m x n; w: n; y: m", "of": "gradient"}
    monkeypatch.setitem(globals(), "FORMULAS", [("mock-6", old)])
    assert given_away(FUNCTIONS, "") == {"mock-6"}


def test_the_sheet_has_what_one_needs():
    """For problem 7 (c); the rules of the inverse and of the determinant are in the table."""
    sheet = prose("formula-sheet")
    assert r"\d\lambda = \vb u^\T\, \d A\, \vb v$" in sheet and r"\vb u^\T \vb v = 1" in sheet
    assert "simple eigenvalue" in sheet
    rules = reference.rule_sheet()
    assert r"$\mathrm{d}Y = -Y\, \mathrm{d}X\, Y$" in rules and r"$y = \det(X)$" in rules
