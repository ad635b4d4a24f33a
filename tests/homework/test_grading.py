"""What a notebook is graded as, and what its page tells."""

from __future__ import annotations

import contextvars
import itertools
import json
import re
import threading

import nbformat
import numpy as np
import pytest
from built import (
    NAMES,
    STUDENT,
    VARIANTS,
    assignment,
    coded_points,
    graded,
    homework,
    messages,
    scores,
    solved,
    template,
)

from grader.building import read_master, solution_form
from grader.grading import grade, without_numbers
from grader.sandbox import choose_isolation
from lecturelib import gradient
from lecturelib.checks import own_formula, verdict
from lecturelib.checks import test_cases as cases_of
from lecturelib.withheld import WithheldError

# -- Which assignment a notebook is ---------------------------------------------------------------


def unmarked(raw: bytes) -> bytes:
    """As a program stores it that drops what it does not know."""
    notebook = json.loads(raw)
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return json.dumps(notebook).encode()


@pytest.mark.parametrize(("own", "other"), list(itertools.permutations(NAMES, 2)))
@pytest.mark.parametrize("kind", ["solved", "blank", "blank and unmarked"])
def test_another_assignments_notebook_is_not_graded(own, other, kind):
    blank = nbformat.writes(template(other)).encode()
    raw = {"solved": unmarked(solved(other)), "blank": blank}.get(kind, unmarked(blank))
    result = grade(raw, assignment(own), choose_isolation())
    assert result.status == "by hand"
    words = f"marked as {other}'s, and this is" if kind == "blank" else "another assignment's"
    assert words in result.reason and assignment(own)["title"] in result.reason
    assert result.written == []  # its derivation is no answer to this one's question


@pytest.mark.parametrize("name", NAMES)
def test_the_own_notebook_is_known_by_its_mark_and_without(name):
    mark = template(name).metadata.course.assignment
    assert mark == name
    for raw in (nbformat.writes(template(name)).encode(), unmarked(solved(name))):
        result = graded(raw, name)
        assert (result.status, result.reason) == ("graded", "")
    assert scores(result) == coded_points(name)


# -- What students get ----------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_students_notebook_has_the_assignments_title(name, variant):
    title, _ = read_master(homework(name, variant))
    notebook = template(name, variant)
    assert notebook.cells[0].source.splitlines()[0] == f"# {title}"
    assert f"{title}: solution" not in nbformat.writes(notebook)
    solution = nbformat.read(homework(name, variant).solution, as_version=4)
    assert solution.cells[0].source.splitlines()[0] == f"# {title}: solution"


def test_making_the_solution_changes_nothing_of_the_master():
    title, cells = read_master(homework("hw1"))
    before = repr(cells)
    solution_form(homework("hw1"), title, cells)
    assert repr(cells) == before


# -- Cells that do not end ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["while True: pass", "i = 0\nwhile True: i += 1", "differential_f\nwhile True: pass"],
)
def test_a_scratch_cell_that_does_not_end_costs_nothing(code):
    notebook = nbformat.reads(solved("hw1"), as_version=4)
    notebook.cells.insert(3, nbformat.v4.new_code_cell(code.replace("differential_f\n", "")))
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    result = graded(nbformat.writes(notebook).encode(), "hw1", cell_seconds=2)
    assert (result.status, result.reason) == ("graded", "")
    assert scores(result) == coded_points("hw1")
    assert sum("had to be stopped" in note for note in result.notes) == 2


def test_a_cell_that_defines_an_answer_and_does_not_end_is_for_a_person():
    notebook = nbformat.reads(solved("hw1"), as_version=4)
    [cell] = [cell for cell in notebook.cells if "def differential_f" in cell.source]
    cell.source = f"while True: pass\n{cell.source}"
    result = graded(nbformat.writes(notebook).encode(), "hw1", cell_seconds=2)
    assert result.status == "by hand"
    assert "differential_f had to be stopped, and q2 lost points" in result.reason
    assert result.public_reason == ""  # of points nothing is said before they are published
    assert scores(result) == coded_points("hw1") | {"q2": 0}


# -- Whose numbers --------------------------------------------------------------------------------

OWN = {"hw1": "q4"}
IDENTITIES = [STUDENT, "wei@uni.edu", "wei"]


@pytest.mark.parametrize(
    ("typed", "owners", "gained"),
    [
        (STUDENT, [IDENTITIES], True),
        (STUDENT.upper(), [IDENTITIES], True),
        ("wei", [IDENTITIES], True),  # the login in place of the id
        (" Wei@Uni.edu ", [IDENTITIES], True),
        ("b2", [IDENTITIES, ["b2", "mei"]], True),  # the partner's
        ("MEI", [IDENTITIES, ["b2", "mei"]], True),
        ("b2", [IDENTITIES], False),
        ("...", [IDENTITIES], False),
        ("b2", [], True),
    ],
)
def test_the_numbers_are_those_of_one_whose_notebook_it_is(typed, owners, gained):
    result = grade(
        solved("hw1", student=typed), assignment("hw1"), choose_isolation(), owners
    )  # fmt: skip
    lost = 0 if gained else 2
    assert scores(result)["q4"] == coded_points("hw1")["q4"] - lost
    assert any("and this is" in note for note in result.notes) is not gained
    assert result.owner == (typed.strip() if gained else STUDENT)


# -- What a hidden test tells ---------------------------------------------------------------------


def test_hidden_tests_tell_no_shape_and_no_number_that_the_answer_chose():
    """Each could hold what the function was called with: 60 bits in a shape, 20 in a factor."""
    tells = (
        "right = differential_f\n"
        "def differential_f(A, B, X, H):\n"
        "    if X.shape == (4, 3): return right(A, B, X, H)\n"
        "    return {}"
    )
    for said, words in (
        ("np.zeros((31, 41, 5, 92))", "another shape"),
        ("31.4159 * right(A, B, X, H)", "factor"),
        ("right(A, B, X, H) + 31.4159", "differs from the right result"),
        ("right(A, B, X, H) * 1.00031", "is close"),
        ("{'a31415': 1}", "numbers are asked for"),
        ("'31415 is the size'", "numbers are asked for"),
        ("[[1, 2], [31]]", "differ in length"),
    ):
        result = graded(solved("hw1", "a", tells.format(said)), "hw1")
        assert scores(result)["q2"] == 0
        told = messages(result, "q2")
        assert words in told
        assert re.findall(r"[\d.]*\d", told) == []


def test_what_is_no_function_is_fixed_before_the_hidden_tests():
    told = (
        "def operator_matrix(*arguments):\n"
        "    global wrong_line, page, H_own\n"
        "    wrong_line = page = H_own = 'told'\n"
        "    return 0"
    )
    result = graded(solved("hw1", "a", told), "hw1")
    assert scores(result) == coded_points("hw1") | {"q4": 2}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("off by the factor 2: g is 2 times it", "off by the factor 2: g is … times it"),
        ("off by the factor 3.14159: g", "off by the factor …: g"),
        ("has shape (3,), and (4, 3) is asked for: x", "has another shape than is asked for: x"),
        ("g has shape (), and (4,) is asked for", "g has another shape than is asked for"),
        ("differs from it, most at entry (0, 3): 1e-05 given, -2 needed", "differs from it"),
        ("differs from it, most: 1+2j given, 2 needed", "differs from it"),
        ("it is 1+2j or 1e-5-1j", "it is … or …"),
        ("off by -1/2 at x2 of W_1", "off by -1/2 at x2 of W_1"),
        ("g is an array of shape (1, 2) of other things", "g is an array of other things"),
        ("sizes (1, 2, 3.5)", "sizes (…)"),
        ("", ""),
    ],
)  # fmt: skip
def test_numbers_are_left_out(said, kept):
    assert without_numbers(said) == kept


def test_seeds_are_too_long_to_be_tried():
    seeds = [homework(name, variant).seed for name in NAMES for variant in VARIANTS]
    assert max(seed.bit_length() for seed in seeds) > 120
    drawn = []
    names = type("Names", (), {"_seed": seeds[0], "_known": {}, "_hidden": False})()
    from grader.grading import _Names

    for question in ("q2", "q3", "q4", "q5"):
        _Names.turn_to(names, question, True)
        drawn.append(names._known["SEED"])
    assert max(seed.bit_length() for seed in drawn) > 120
    np.random.default_rng(max(drawn))


# -- One's own formula ----------------------------------------------------------------------------


def in_a_fresh_context(ask):
    contextvars.Context().run(ask)


def in_a_thread(ask):
    fault = []

    def run():
        try:
            ask()
        except WithheldError as error:
            fault.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if fault:
        raise fault[0]


@pytest.mark.parametrize("way", [in_a_fresh_context, in_a_thread, lambda ask: ask()])
def test_own_formula_holds_wherever_the_answer_asks(way):
    def ask():
        gradient(np.linalg.det, np.eye(2))

    with own_formula():
        with own_formula(), pytest.raises(WithheldError):
            way(ask)
        with pytest.raises(WithheldError):
            way(ask)
    way(ask)


# -- A direction along which a mistake does not show ----------------------------------------------


def blind_fault(blind, variant: str, hidden: bool) -> str:
    source = assignment("hw1", variant)["tests"]["q3"]
    names = {"wrong_line": "4" if variant == "a" else "5", "blind": blind, "SEED": 7}
    if not hidden:
        solution: dict = {}
        for cell in nbformat.reads(solved("hw1", variant), as_version=4).cells:
            if cell.cell_type == "code" and "def repaired" in cell.source:
                exec(f"import numpy as np\n{cell.source}", solution)
        names |= {"repaired": solution["repaired"]}
    [case] = [c for c in cases_of(source) if c.hidden == hidden and "blind" in c.body.asks_for]
    return verdict(case.body, names)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_blind_is_not_passed_by_turning_x_a_little(variant, hidden):
    def right(W, X):
        return X @ X.T @ W @ X if variant == "a" else X @ W @ X.T @ X

    def f(W, X):
        Y = X.T @ W @ X if variant == "a" else X @ W @ X.T
        return Y @ Y

    def line(W, X, H):
        if variant == "a":
            Y = X.T @ W @ X
            return 2 * X.T @ W @ H @ Y + 2 * Y @ X.T @ W @ H
        Y = X @ W @ X.T
        return 2 * H @ W @ X.T @ Y + 2 * Y @ H @ W @ X.T

    def turned(size):
        def blind(W, X):  # of many directions near X, the one where the mistake shows least
            rng = np.random.default_rng(0)
            tried = [X + size * rng.standard_normal(X.shape) for _ in range(2000)]

            def shows(H):
                h = 1e-6
                df = (f(W, X + h * H) - f(W, X - h * H)) / (2 * h)
                return np.linalg.norm(line(W, X, H) - df) / np.linalg.norm(H - X)

            return min(tried, key=shows)

        return blind

    assert blind_fault(right, variant, hidden) == ""
    assert blind_fault(lambda W, X: X + 2e-4 * right(W, X), variant, hidden) == ""
    for size in (2e-4, 1e-5, 1e-2, 1.0):
        assert "last line is wrong" in blind_fault(turned(size), variant, hidden)
    assert "multiple of X" in blind_fault(lambda W, X: -3 * X, variant, hidden)
    assert "multiple of X" in blind_fault(lambda W, X: X * (1 + 1e-9), variant, hidden)
