"""The course as a whole: what every page has, enough exercises, questions with feedback."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest

from lecturelib.claims import CHAPTERS, records

ROOT = Path(__file__).resolve().parent.parent
#: A chapter that someone has removed is not asked for.
FOLDERS = {
    name: ROOT / "chapters" / folder
    for name, folder in CHAPTERS.items()
    if (ROOT / "chapters" / folder).is_dir()
}
PAGES = sorted(path for folder in FOLDERS.values() for path in folder.glob("*.ipynb"))
WORDS_A_MINUTE = 130  # slow: formulas are read twice


def cells(path: Path, kind: str = "") -> list[nbformat.NotebookNode]:
    found = nbformat.read(path, as_version=4).cells
    return [cell for cell in found if kind in ("", cell.cell_type)]


def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def minutes(path: Path) -> int:
    [stated] = re.findall(r"\*\*Time\*\* (\d+) minutes", prose(path))
    return int(stated)


# -- Signs ----------------------------------------------------------------------------------------

SOURCES = [
    *ROOT.glob("chapters/**/*.ipynb"),
    *ROOT.glob("chapters/**/*.toml"),
    *ROOT.glob("homework/*/*.md"),
    *ROOT.glob("lecturelib/**/*.toml"),
    # tokens.py reads what others write, the small circle for an entrywise product among it
    *(path for path in ROOT.glob("lecturelib/symbol*/*.py") if path.name != "tokens.py"),
    ROOT / "lecturelib" / "claims" / "macros.tex",
]
# Maps beside it, degrees, or the sign itself where it is explained.
RIGHT_CIRCLE = re.compile(
    r"(?:f|L_\d(?:\^\*)?|\\cdot\)) ?\\circ ?(?:g|\\gamma|L_\d|f\()|\d\^\\circ"
    r"|= '\\circ'|\$\\circ\$(?= composes| after)"
    r"|g\(x\)\} ?\\circ ?\\frac\{\\partial g\}"
)


def wrong_circles(text: str) -> list[str]:
    """Where the small circle stands for something else than composition."""
    text = text.replace("\\\\", "\\")  # as a notebook or a repr writes a backslash
    right = {place.start() + place[0].index("\\circ") for place in RIGHT_CIRCLE.finditer(text)}
    return [
        text[max(place.start() - 30, 0) : place.end() + 30]
        for place in re.finditer(r"\\circ\b", text)
        if place.start() not in right
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_small_circle_composes_and_the_dotted_one_multiplies(path):
    if path.suffix == ".ipynb":
        found = wrong_circles("\n".join(cell.source for cell in cells(path)))
    else:
        found = wrong_circles(path.read_text("utf-8"))
    assert found == []


@pytest.mark.parametrize(
    "text", [r"D \circ W", r"A^{\circ B}", r"(Y \circ (1 - Y))", r"\circ$: by entry $"]
)
def test_another_use_of_the_small_circle_is_found(text):
    assert wrong_circles(f"${text}$")


# -- Pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_says_what_it_is_for_and_where_it_leads(path):
    text = prose(path)
    for opening in ("**After this page you can**", "**You need**", "## What to take away"):
        assert text.count(opening) == 1, opening
    assert re.search(r"^\*\*Next:\*\* ", text, re.MULTILINE)
    assert 5 <= minutes(path) <= 25


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_stated_time_is_about_right(path):
    """Words of the text before the exercises, formulas and folded parts included."""
    reading = prose(path).split("## Exercises")[0]
    reading = re.sub(r"\A---\n.*?\n---\n", "", reading, flags=re.DOTALL)  # the macros
    estimate = len(re.findall(r"[\w\\]{2,}", reading)) / WORDS_A_MINUTE
    assert estimate <= 1.3 * minutes(path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_code_cell_shows_one_idea(path):
    long = [cell.id for cell in cells(path, "code") if len(cell.source.splitlines()) > 14]
    assert long == []


# -- Claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", FOLDERS)
def test_every_claim_has_its_place_on_one_page(chapter):
    places: dict[str, list[str]] = {
        known.id: [] for known in records().values() if known.chapter == chapter
    }
    for path in sorted(FOLDERS[chapter].glob("*.ipynb")):
        code = "\n".join(cell.source for cell in cells(path, "code"))
        here = re.findall(r'^verify\("([^"]+)"\)', code, re.MULTILINE)
        here += [x for x in re.findall(r"^\(claim-(.+?)\)=", prose(path), re.MULTILINE)
                 if x in places and records()[x].uncheckable]  # fmt: skip
        for claim_id in here:
            if claim_id in places:
                places[claim_id].append(path.stem)
    assert {known: found for known, found in places.items() if len(found) != 1} == {}


# -- Exercises and questions ----------------------------------------------------------------------


def solutions(path: Path) -> dict[str, bool]:
    """The exercises with a folded solution, and whether code runs in it."""
    found: dict[str, bool] = {}
    label = ""
    for cell in cells(path):
        if begin := re.search(
            r"^:::+\{solution-start\} (\S+)\n:class: dropdown", cell.source, re.M
        ):
            label = begin[1]
            found[label] = False
        elif label and cell.cell_type == "code":
            found[label] = True
        if "{solution-end}" in cell.source:
            label = ""
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_exercise_has_a_folded_solution_that_runs(path):
    exercises = re.findall(
        r"^:::+\{exercise\} (?P<title>.+)\n:label: (\S+)", prose(path), re.MULTILINE
    )
    assert solutions(path) == {label: True for _, label in exercises}
    for title, _ in exercises:
        kind = r"(By (hand|keyboard|hand and keyboard)|Break a rule), (easy|medium|harder): "
        assert re.match(kind, title), title


def test_there_are_sixty_exercises_by_hand_and_by_keyboard():
    titles = [
        title
        for path in PAGES
        for title in re.findall(r"^:::+\{exercise\} (.+)", prose(path), re.MULTILINE)
    ]
    assert len(titles) >= 10 * len(FOLDERS)
    for kind in ("hand", "keyboard", "easy", "medium", "harder"):
        assert sum(kind in title.partition(":")[0] for title in titles) >= 10, kind


@pytest.mark.parametrize("chapter", FOLDERS)
def test_a_chapter_ends_with_five_questions_with_feedback(chapter):
    [*others, last] = sorted(FOLDERS[chapter].glob("*.ipynb"))
    question = re.compile(r"^(:::+)\{admonition\} Question (\d)\n:class: question\n(.*?)^\1$",
                          re.MULTILINE | re.DOTALL)  # fmt: skip
    option = re.compile(r"^:::\{dropdown\} ([^\n]+)\n:class-container: (right|wrong)\n\n(.+?)^:::$",
                        re.MULTILINE | re.DOTALL)  # fmt: skip
    assert [path.stem for path in others if ":class: question" in prose(path)] == []
    found = question.findall(prose(last))
    assert [number for _, number, _ in found] == list("12345")
    positions = set()
    for _, _, body in found:
        options = option.findall(body)
        verdicts = [verdict for _, verdict, _ in options]
        assert verdicts.count("right") == 1 and len(verdicts) >= 3
        assert all(len(feedback.split()) >= 4 for _, _, feedback in options)
        positions.add(verdicts.index("right"))
    assert len(positions) > 1


def test_at_least_three_figures_move():
    moving = [
        (path.stem, cell.id)
        for path in PAGES
        for cell in cells(path, "code")
        if any(tag.startswith("frames-") for tag in cell.metadata.get("tags", []))
    ]
    assert len(moving) >= min(3, len(FOLDERS))


def imported(code: str) -> set[str]:
    """The packages that code imports, those of Python and the course's own left out."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"lecturelib"}


def test_the_front_page_names_what_the_notebooks_need():
    """Pages, and the referees that their cells ask, need what is installed with the archive."""
    notebooks = sorted((ROOT / "chapters").rglob("*.ipynb"))
    code = [cell.source for path in notebooks for cell in cells(path, "code")]
    code += [path.read_text("utf-8") for path in (ROOT / "lecturelib").rglob("*.py")]
    needed = set().union(*map(imported, code)) - {"IPython", "numpy", "tqdm"}
    assert imported("import sympy as sp\nfrom scipy.linalg import expm") == {"sympy", "scipy"}
    front = (ROOT / "intro.md").read_text("utf-8")
    [sentence] = re.findall(r"unzip it, (.+?), and begin", front, re.DOTALL)
    assert needed == set(re.findall(r"`(\w+)`", sentence))
