"""The course as a whole: what every page has, enough exercises, questions with feedback."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from lecturelib.claims import CHAPTERS, records

ROOT = Path(__file__).resolve().parent.parent
#: A chapter that someone has removed is not asked for.
FOLDERS = [path for name in CHAPTERS if (path := ROOT / "chapters" / name).is_dir()]
PAGES = sorted(path for folder in FOLDERS for path in folder.glob("*.ipynb"))
WORDS_A_MINUTE = 130  # slow: formulas are read twice


def cells(path: Path, kind: str = "") -> list[nbformat.NotebookNode]:
    found = nbformat.read(path, as_version=4).cells
    return [cell for cell in found if kind in ("", cell.cell_type)]


def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def minutes(path: Path) -> int:
    [stated] = re.findall(r"\*\*Time\*\* (\d+) minutes", prose(path))
    return int(stated)


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


# -- Openings and pictures ------------------------------------------------------------------------

FOLDED = {"hide-input", "remove-input", "remove-cell"}


def first_paragraph(found: list[nbformat.NotebookNode]) -> str:
    """What stands under the title, before anything else."""
    text = next(cell.source for cell in found if cell.source.startswith("# "))
    return text.partition("\n\n")[2].strip().partition("\n\n")[0]


def is_figure(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and "figure" in cell.metadata.get("mystnb", {})


def before_the_first_picture(found: list[nbformat.NotebookNode]) -> float:
    """Which share of the words before the exercises a reader has passed; 1 without a picture."""
    shown = [
        cell
        for cell in found
        if "remove-cell" not in cell.metadata.get("tags", [])
        and not cell.source.startswith("---\nmath:")
    ]
    words, picture = 0, None
    for cell in shown:
        if picture is None and is_figure(cell):
            picture = words
        reading, exercises, _ = f"\n{cell.source}".partition("\n## Exercises")
        words += len(re.findall(r"[\w\\]{2,}", reading))
        if exercises:
            break
    return 1.0 if picture is None else picture / words


def plumbing_in_sight(found: list[nbformat.NotebookNode]) -> list[str]:
    """The cells that draw a figure, or only import, and are not folded on the website."""
    return [
        cell.id
        for cell in found
        if cell.cell_type == "code"
        and (is_figure(cell) or only_imports(cell.source))
        and not FOLDED & set(cell.metadata.get("tags", []))
    ]


def only_imports(code: str) -> bool:
    return all(isinstance(line, (ast.Import, ast.ImportFrom)) for line in ast.parse(code).body)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_opens_with_a_question(path):
    assert "?" in first_paragraph(cells(path))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_a_picture_in_its_first_third(path):
    assert before_the_first_picture(cells(path)) <= 1 / 3


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_code_of_figures_and_imports_is_folded(path):
    assert plumbing_in_sight(cells(path)) == []


def text(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def drawn(source: str = "figures.fit(x, y)", *tags: str) -> nbformat.NotebookNode:
    figure = {"figure": {"name": "fig"}, "image": {"alt": "A fit."}}
    return nbformat.v4.new_code_cell(source, metadata={"mystnb": figure, "tags": list(tags)})


TITLE = text("---\nmath:\n---"), text("# Fit\n\nWhich line is best?\n\nNobody knows.")


@pytest.mark.parametrize(
    "opening", ["# Fit\n\nA line is fitted.\n\nWhich one?", "# Which line?\n\nThe best one."]
)
def test_an_opening_without_a_question_is_seen(opening):
    assert "?" not in first_paragraph([TITLE[0], text(opening)])
    assert "?" in first_paragraph(list(TITLE))


def test_a_page_whose_picture_comes_late_is_seen():
    long, short = text("word " * 80), text("word " * 20)
    assert before_the_first_picture([*TITLE, short, drawn(), long, long]) < 1 / 3
    assert before_the_first_picture([*TITLE, long, drawn(), long]) > 1 / 3
    assert before_the_first_picture([*TITLE, long, long]) == 1
    # what comes behind the exercises does not make it early, and a picture there does not count
    assert (
        before_the_first_picture([*TITLE, short, drawn(), text("## Exercises"), long, long]) > 1 / 3
    )
    assert before_the_first_picture([*TITLE, short, text("## Exercises"), drawn()]) == 1


def test_code_in_sight_that_only_draws_or_imports_is_seen():
    imports = nbformat.v4.new_code_cell("import numpy as np\nfrom lecturelib import show")
    worked = nbformat.v4.new_code_cell("import numpy as np\n\nx = np.ones(3)")
    assert plumbing_in_sight([*TITLE, drawn(), imports, worked]) != []
    assert len(plumbing_in_sight([drawn(), imports, worked])) == 2
    assert plumbing_in_sight([drawn("figures.fit(x, y)", "hide-input"), worked]) == []


# -- Claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", FOLDERS, ids=lambda path: path.name)
def test_every_claim_has_its_place_on_its_own_page(chapter):
    home = {
        known.id: known.page.partition("/")[2]
        for known in records().values()
        if known.chapter == chapter.name
    }
    places: dict[str, list[str]] = {name: [] for name in home}
    for path in sorted(chapter.glob("*.ipynb")):
        code = "\n".join(cell.source for cell in cells(path, "code"))
        here = re.findall(r'^verify\("([^"]+)"\)', code, re.MULTILINE)
        here += [x for x in re.findall(r"^\(claim-(.+?)\)=", prose(path), re.MULTILINE)
                 if x in places and records()[x].uncheckable]  # fmt: skip
        for claim_id in here:
            if claim_id in places:
                places[claim_id].append(path.stem)
    assert {known: found for known, found in places.items() if found != [home[known]]} == {}


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


QUESTION = re.compile(
    r"^(:::+)\{admonition\} Question (\d)\n:class: question\n(.*?)^\1$", re.MULTILINE | re.DOTALL
)
OPTION = re.compile(
    r"^:::\{dropdown\} ([^\n]+)\n:class-container: (right|wrong)\n\n(.+?)^:::$",
    re.MULTILINE | re.DOTALL,
)
# What you did, in the past: `You took the row for the column.`
PAST = r"took|gave|put|read|kept|held|lost|left|split|forgot|(?!need)\w+ed"
SLIP = re.compile(rf"You ({PAST}) (?P<what>.+?[.?!])\s+(?P<why>[^ ].*)", re.DOTALL)
EMPTY = {"answered", "picked", "guessed", "failed", "erred"}  # what you did in every wrong option
SHORTEST = 15  # words: what you did, and why it fails


def badly_told(options: list[tuple[str, str, str]]) -> list[str]:
    """What is wrong with the texts of a question's options: (answer, right or wrong, text).

    A wrong one begins with what you did, "You" and a verb in the past: the misconception that
    leads to this answer, no other option's. Sentences that say why it fails follow, or a
    counterexample. The right one begins with "Yes" and goes on to say why.
    """
    found = []
    slips = set()
    for answer, verdict, text in options:
        text = " ".join(text.split())
        if verdict == "right":
            if not re.match(r"Yes[:.,] \S", text) or len(text.split()) < 7:
                found.append(f'{answer}: not "Yes" and why')
            continue
        slip = SLIP.fullmatch(text)
        if not slip or slip[1] in EMPTY:
            found.append(f'{answer}: not "You" and what you did, then why it fails')
        elif len(text.split()) < SHORTEST or len(slip["why"].split()) < 5:
            found.append(f"{answer}: too short to say why it fails")
        elif slip["what"] in slips:
            found.append(f"{answer}: the slip of another option")
        else:
            slips.add(slip["what"])
    return found


@pytest.mark.parametrize("chapter", FOLDERS, ids=lambda path: path.name)
def test_a_chapter_ends_with_five_questions_with_feedback(chapter):
    pages = sorted(chapter.glob("*.ipynb"))
    [*others, last] = [path for path in pages if "\n# Optional: " not in f"\n{prose(path)}"]
    assert [path.stem for path in others if ":class: question" in prose(path)] == []
    found = QUESTION.findall(prose(last))
    assert [number for _, number, _ in found] == list("12345")
    positions = set()
    for _, _, body in found:
        options = OPTION.findall(body)
        assert len(options) == body.count("{dropdown}")
        verdicts = [verdict for _, verdict, _ in options]
        assert verdicts.count("right") == 1 and len(verdicts) >= 3
        assert badly_told(options) == []
        positions.add(verdicts.index("right"))
    assert len(positions) > 1


TOLD = [
    ("$2$", "right", "Yes: each of the two places gives a term."),
    ("$1$", "wrong", "You held one place constant. Both move, and the slope at $1$ is twice that."),
    (
        "$4$",
        "wrong",
        "You counted each place twice. There are two places, and each gives one term, no more.",
    ),
]


@pytest.mark.parametrize(
    ("verdict", "text", "fault"),
    [
        # The texts before there was a rule: no slip in them, or no reason.
        ("wrong", "Only for symmetric $A$. This one isn't.", "what you did"),
        ("wrong", "Right shape. But $\\vb\\phi\\, \\vb\\delta^\\T$ is a column times a row.",
         "what you did"),
        ("wrong", "You would get it from a row times a column, of shapes `(1, 3)` and `(3, 1)`. "
                  "Without the second axis there is only a number.", "what you did"),
        ("wrong", "It tells four numbers, of which the one below the diagonal determines the "
                  "rotation inside the column space.", "what you did"),
        ("wrong", "You need $H$ and $X$ to commute. In general the order of the factors stays, "
                  "and this is another matrix.", "what you did"),
        # The slip alone, or nothing in its place.
        ("wrong", "You held one of the two places constant, as if it were no longer the variable.",
         "why it fails"),
        ("wrong", "You lost the 2. It is there.", "too short"),
        ("wrong", "You answered too fast. Look at the question again, and read every option of "
                  "it before you choose.", "what you did"),
        ("wrong", "You held one place constant. The other place is still there, and so the "
                  "number is too small.", "the slip of another"),
        ("right", "Well done, this is the right answer to it.", "Yes"),
        ("right", "Yes: it is so.", "Yes"),
    ],
)  # fmt: skip
def test_an_option_that_names_no_slip_is_found(verdict, text, fault):
    assert badly_told(TOLD) == []
    options = [TOLD[0], TOLD[1], (r"$\pi$", verdict, text)]
    [said] = badly_told(options)
    assert said.startswith(r"$\pi$") and fault in said


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


def test_what_the_notebooks_need_is_named_for_who_takes_them_away():
    """Pages, and the referees that their cells ask: the archive's requirements come from there."""
    notebooks = sorted((ROOT / "chapters").rglob("*.ipynb"))
    code = [cell.source for path in notebooks for cell in cells(path, "code")]
    code += [path.read_text("utf-8") for path in (ROOT / "lecturelib").rglob("*.py")]
    needed = set().union(*map(imported, code)) - {"IPython", "numpy", "tqdm"}
    assert imported("import sympy as sp\nfrom scipy.linalg import expm") == {"sympy", "scipy"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = {re.match(r"[\w-]+", line)[0] for line in project["optional-dependencies"]["book"]}
    assert needed <= extra, needed - extra
