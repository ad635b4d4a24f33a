"""Whatever a student typed or attached reaches the reader, beside its question or by hand.

`damages.py` was written by eyes that had not seen the grader; it must stay as it is.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import random
import re
import struct
import time
import zlib

import built
import damages
import nbformat
import pytest
from damages import DAMAGES, expected, pictures, png
from more_damages import MORE
from PIL import Image

from grader import pages
from grader.grading import Result
from grader.notebooks import NotANotebook
from grader.pictures import MOST_PIXELS, NoPicture, redrawn
from grader.reports import Assignment, Grade
from grader.scoring import add_written
from grader.written import collect, key

MARKER = "zebra7"
HW = [(name, variant) for name in built.NAMES for variant in built.VARIANTS]


def student_notebook(name="hw1", variant="a"):
    """The notebook as given out, as JSON."""
    return json.loads(nbformat.writes(built.template(name, variant)))


def questions(name="hw1", variant="a"):
    asked = built.assignment(name, variant)["questions"]
    return [question["name"] for question in asked if question["written"]]


def collected(notebook, name="hw1", variant="a"):
    return collect(json.dumps(notebook).encode(), built.assignment(name, variant))


def page_of(notebook, name="hw1", variant="a"):
    """The reader's page: a section for each question, and what is to be looked at by hand."""
    task = built.assignment(name, variant)
    result = Result()
    add_written(result, json.dumps(notebook).encode(), task)
    data = dataclasses.asdict(result) | {"key": "b1", "file": "hw.ipynb"}
    homework = Assignment.of(task, None)
    grade = Grade(None, data, None, False, dict.fromkeys(homework.written), "")
    page, problems = pages.written([grade], homework)
    assert problems == []
    sections = dict.fromkeys([*homework.written, "by-hand"], "")
    for part in re.split(r'<h2 id="', page)[1:]:
        sections[part[: part.index('"')]] = part
    return sections


def shown_pictures(html):
    found = re.findall(r'src="data:image/(?:png|jpeg);base64,([^"]+)"', html)
    return [base64.b64decode(data) for data in found]


def place(notebook, question):
    """Where the cell for an answer is."""
    return next(
        at
        for at, cell in enumerate(notebook["cells"])
        if cell["metadata"].get("course") == f"answer {question}"
    )


def new(text, kind="markdown"):
    cell = {"cell_type": kind, "metadata": {}, "source": text}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def answered(name="hw1", variant="a"):
    """A notebook with a sentence in each place for an answer."""
    notebook = student_notebook(name, variant)
    for question in questions(name, variant):
        notebook["cells"][place(notebook, question)]["source"] = f"My answer to {question}."
    return notebook


def text_of(pieces):
    return "\n".join(piece["text"] for piece in pieces)


# ---------------------------------------------------------------- forty damages


def test_there_are_forty_damages():
    assert len(DAMAGES) == 40


@pytest.fixture
def undrawn(monkeypatch):
    """Formulas as typed: drawing those of 160 pages takes minutes; one test below draws."""
    monkeypatch.setattr(pages.Formulas, "_draw", lambda self, groups: ([], ""))


def without_marks(notebook):
    """As programs leave it that keep neither ids nor metadata."""
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    return notebook


@pytest.mark.parametrize(("name", "variant"), HW)
@pytest.mark.parametrize("damage", [*DAMAGES, *MORE], ids=lambda damage: damage.name)
def test_no_answer_is_lost(damage, name, variant, undrawn):
    pristine = student_notebook(name, variant)
    must_be_seen(damage, pristine, damage.make(pristine, MARKER), name, variant)


@pytest.mark.parametrize("name", built.NAMES)
@pytest.mark.parametrize("damage", MORE, ids=lambda damage: damage.name)
def test_no_answer_is_lost_without_marks(damage, name, undrawn):
    pristine = student_notebook(name)
    must_be_seen(damage, pristine, without_marks(damage.make(pristine, MARKER)), name, "a")


def must_be_seen(damage, pristine, notebook, name, variant):
    """Each answer stands at its question or is listed by hand; none is called empty."""
    sections = page_of(notebook, name, variant)
    for marker in expected(damage, pristine, MARKER):
        asked = questions(name, variant)[int(marker.split("-")[1])]
        photo = any(marker.endswith(suffix) for suffix in damage.photos)
        html = sections[asked] + sections["by-hand"]
        seen = marker in html or (
            photo and any(marker.encode() in data for data in shown_pictures(html))
        )
        assert seen, (damage.story, marker)
    drawn = [data for html in sections.values() for data in shown_pictures(html)]
    for image in pictures(damage, pristine, MARKER):
        said = re.search(rb"zebra7[-a-z0-9]*", base64.b64decode(image))[0]
        assert any(said in data for data in drawn), (damage.story, said)
    assert all("Left empty" not in html for html in sections.values()), damage.story


@pytest.mark.parametrize(("name", "variant"), HW)
def test_an_untouched_notebook_is_empty(name, variant, undrawn):
    """The wrong variant of all above: given text must not pass for an answer."""
    found = collected(student_notebook(name, variant), name, variant)
    assert set(found.answers) == set(questions(name, variant))
    assert not any(found.answers.values()) and not found.by_hand and not found.code
    sections = page_of(student_notebook(name, variant), name, variant)
    for question in questions(name, variant):
        assert "Left empty." in sections[question]


@pytest.mark.parametrize("name", built.NAMES)
def test_an_ordinary_answer_stands_at_its_question_and_nowhere_else(name):
    notebook = student_notebook(name)
    for k, question in enumerate(questions(name)):
        notebook["cells"][place(notebook, question)]["source"] = f"Answer {k}: $A$ is $B$."
    found = collected(notebook, name)
    for k, question in enumerate(questions(name)):
        assert [piece["text"] for piece in found.answers[question]] == [f"Answer {k}: $A$ is $B$."]
    assert found.by_hand == []


def test_one_empty_answer_does_not_send_the_others_to_hand():
    for marks in (True, False):
        notebook = student_notebook("hw2")
        answered = questions("hw2")[1:]
        for question in answered:
            notebook["cells"][place(notebook, question)]["source"] = f"My answer to {question}."
        for cell in notebook["cells"] if not marks else ():
            cell["metadata"] = {}
            del cell["id"]
        found = collected(notebook, "hw2")
        assert found.by_hand == [] and found.answers[questions("hw2")[0]] == []
        for question in answered:
            assert text_of(found.answers[question]) == f"My answer to {question}."


@pytest.mark.parametrize("name", built.NAMES)
def test_the_solution_of_the_coded_part_is_no_written_answer(name):
    """Whole solutions, with their comments: what is code stays code."""
    notebook = json.loads(built.solved(name))
    found = collected(notebook, name)
    code = {line.strip() for _, line in found.code}
    assert any("return" in line for line in code)
    assert not any(piece["kind"] == "code" for piece in found.by_hand)


@pytest.mark.parametrize(("name", "variant"), HW)
@pytest.mark.parametrize("marks", [True, False], ids=["marks", "no marks"])
def test_of_a_student_who_solved_everything_nothing_is_listed(name, variant, marks):
    notebook = answered(name, variant)
    solution = json.loads(built.solved(name, variant))["cells"]
    code = ["".join(cell["source"]) for cell in solution if cell["cell_type"] == "code"]
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    figure = {"image/png": png("figure"), "text/plain": "<Figure size 640x480 with 1 Axes>"}
    said = {"output_type": "stream", "name": "stdout", "text": "public checks passed " * 20}
    for cell in cells:
        checks = "".join(cell["source"]).startswith("public_checks(")
        drawn = {"output_type": "display_data", "data": figure, "metadata": {}}
        cell["outputs"] = [said if checks else drawn]
    own = [cell for cell in cells if not "".join(cell["source"]).startswith("public_checks(")]
    assert len(own) == len(code)
    for cell, source in zip(own, code, strict=True):
        cell["source"] = source
    found = collected(notebook if marks else without_marks(notebook), name, variant)
    assert found.by_hand == []
    assert [len(found.answers[q]) for q in questions(name, variant)] == [1] * len(found.answers)


TOOLS = [getattr(damages, name) for name in dir(damages) if name.startswith("saved_")]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_no_answer_is_lost_when_a_tool_saves_what_is_damaged(tool):
    """Each damage with each tool, all of whose marks may be gone.

    Not where whole answers changed places and no mark is left: nothing tells that from answers.
    """
    pristine = student_notebook("hw2")
    for damage in DAMAGES:
        notebook = damage.make(pristine, MARKER)
        if damage.name == "swapped":
            continue
        notebook["metadata"].setdefault("language_info", {})
        tool(notebook)
        found = collected(notebook, "hw2")
        for marker in expected(damage, pristine, MARKER):
            asked = questions("hw2")[int(marker.split("-")[1])]
            pieces = [*found.answers[asked], *found.by_hand]
            drawn = [base64.b64decode(p["data"]) for piece in pieces for p in piece["pictures"]]
            seen = marker in text_of(pieces) or any(marker.encode() in data for data in drawn)
            assert seen, (damage.story, marker)


@pytest.mark.parametrize("name", built.NAMES)
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_no_tool_makes_an_answer_of_what_was_given(tool, name):
    notebook = student_notebook(name)
    tool(notebook)
    found = collected(notebook, name)
    assert found.by_hand == [] and not any(found.answers.values())


# ---------------------------------------------------------------- given text as the answer


def struck(line):
    return f"~~{line}~~"


def bold_and_red(line):
    return f"<font color='red'>**{line}**</font>"


@pytest.mark.parametrize(("name", "variant"), HW)
@pytest.mark.parametrize("marks", [True, False], ids=["marks", "no marks"])
@pytest.mark.parametrize("mark", [struck, bold_and_red, str.swapcase])
def test_a_given_line_that_was_marked_is_shown(name, variant, mark, marks, undrawn):
    """Which line is wrong? A student may strike it out, and write nothing."""
    notebook = student_notebook(name, variant)
    wanted = {}
    for question in questions(name, variant):
        cell = notebook["cells"][place(notebook, question) - 1]
        lines = "".join(cell["source"]).split("\n")
        at = next(at for at in reversed(range(len(lines))) if len(lines[at]) > 20)
        wanted[question] = lines[at] = mark(lines[at])
        cell["source"] = "\n".join(lines)
    notebook = notebook if marks else without_marks(notebook)
    found = collected(notebook, name, variant)
    for question, line in wanted.items():
        assert line in text_of([*found.answers[question], *found.by_hand])
    assert "Left empty" not in "".join(page_of(notebook, name, variant).values())


@pytest.mark.parametrize("marks", [True, False], ids=["marks", "no marks"])
def test_a_given_line_that_was_cut_and_pasted_as_the_answer_is_shown(marks):
    notebook = student_notebook("hw2")
    cells = notebook["cells"]
    at = place(notebook, "q3w")
    prompt = next(c for c in cells if "".join(c["source"]).startswith("**Question 3 (2"))
    lines = "".join(prompt["source"]).split("\n")
    line = lines.pop(max(k for k in range(1, len(lines)) if len(lines[k]) > 20))
    prompt["source"], cells[at]["source"] = "\n".join(lines), line
    found = collected(notebook if marks else without_marks(notebook), "hw2")
    assert text_of(found.answers["q3w"]) == line


@pytest.mark.parametrize("marks", [True, False], ids=["marks", "no marks"])
@pytest.mark.parametrize("name", built.NAMES)
def test_a_line_of_the_own_prompt_is_shown_where_the_prompt_is_gone(name, marks):
    notebook = student_notebook(name)
    wanted = {}
    for question in questions(name):
        at = place(notebook, question)
        lines = "".join(notebook["cells"][at - 1]["source"]).split("\n")
        wanted[question] = [line for line in lines if len(line) > 20][-1]
        notebook["cells"][at]["source"] = wanted[question]
        notebook["cells"][at - 1]["source"] = ""
    found = collected(notebook if marks else without_marks(notebook), name)
    for question, line in wanted.items():
        assert line in text_of([*found.answers[question], *found.by_hand])


def test_where_only_given_text_stands_in_the_cell_for_an_answer_it_is_listed():
    notebook = student_notebook()
    prompt = "".join(notebook["cells"][place(notebook, "q6w") - 1]["source"])
    notebook["cells"][place(notebook, "q1")]["source"] = prompt
    assert prompt in [piece["text"] for piece in collected(notebook).by_hand]


def test_what_stands_above_a_changed_prompt_is_not_given_to_it():
    notebook = student_notebook("hw2")
    at = place(notebook, "q1")
    following = notebook["cells"].pop(at + 1)
    changed = "".join(following["source"]).replace("Let", "**Let**", 1)
    notebook["cells"][at]["source"] = f"My answer.\n\n{changed}"
    found = collected(notebook, "hw2")
    assert text_of(found.answers["q1"]) == "My answer."


# ---------------------------------------------------------------- conservation


def damaged_at_random(seed):
    """A notebook with lines put in, cells made, moved, split and deleted; and what was put in."""
    draw = random.Random(seed)
    name, variant = draw.choice(HW)
    notebook = student_notebook(name, variant)
    cells, put = notebook["cells"], []

    def word(kind):
        put.append(f"quokka{seed}x{len(put)}y")
        return f"{put[-1]} = {len(put)}" if kind == "code" else f"The {put[-1]} is why it holds."

    for _ in range(draw.randint(1, 12)):
        at = draw.randrange(len(cells))
        what = draw.choice(["line", "line", "cell", "move", "split", "merge", "delete", "copy"])
        kind = cells[at]["cell_type"]
        source = "".join(cells[at]["source"])
        lines = source.split("\n")
        mine = any(one in source for one in put)
        if what == "line" and not (kind == "code" and ("def " in source or '"""' in source)):
            lines.insert(draw.randint(0, len(lines)), word(kind))
            cells[at]["source"] = "\n".join(lines)
        elif what == "cell":
            kind = draw.choice(["markdown", "raw", "code"])
            cells.insert(at, new(word(kind), kind))
        elif what == "move":
            cells.insert(draw.randrange(len(cells)), cells.pop(at))
        elif what == "split" and len(lines) > 1 and kind != "code":
            cut = draw.randrange(1, len(lines))
            cells[at]["source"] = "\n".join(lines[:cut])
            cells.insert(at + 1, cells[at] | {"source": "\n".join(lines[cut:])})
        elif what == "merge" and at + 1 < len(cells) and cells[at + 1]["cell_type"] == kind:
            cells[at]["source"] = source + "\n\n" + "".join(cells.pop(at + 1)["source"])
        elif what == "delete" and not mine and len(cells) > 3:
            cells.pop(at)
        elif what == "copy" and not mine:
            cells.insert(draw.randrange(len(cells)), dict(cells[at]))
    if draw.random() < 0.5:
        for cell in cells:
            cell["metadata"] = {}
            cell.pop("id", None)
    return notebook, name, variant, put


@pytest.mark.parametrize("block", range(8))
def test_each_added_line_is_in_exactly_one_place(block):
    for seed in range(50 * block, 50 * block + 50):
        notebook, name, variant, put = damaged_at_random(seed)
        found = collected(notebook, name, variant)
        everything = "\n".join(
            [*(text_of(pieces) for pieces in found.answers.values()), text_of(found.by_hand)]
            + [line for _, line in found.code]
        )
        for one in put:
            assert everything.count(one) == 1, (seed, one)


# ---------------------------------------------------------------- single kinds of text


@pytest.mark.parametrize("where", ["comment", "text", "f-string"])
def test_prose_in_the_code_of_another_question_is_seen(where):
    said = "Since f is linear along H the remainder is of second order."
    code = {"comment": f"# {said}", "text": f'"""{said}"""', "f-string": f'f"{said}"'}[where]
    notebook = answered()
    notebook["cells"].append(new(f"x = 1\n{code}", "code"))
    found = collected(notebook)
    assert [piece["text"] for piece in found.by_hand] == [code]
    assert [line for _, line in found.code] == ["x = 1"]


def test_where_an_answer_is_missing_each_cell_of_code_that_was_added_is_seen():
    notebook = student_notebook()
    notebook["cells"].append(new("d = A @ H + H @ A", "code"))
    assert "A @ H" in text_of(collected(notebook).by_hand)
    notebook = without_marks(student_notebook())
    cell = next(c for c in notebook["cells"] if "".join(c["source"]).startswith("wrong_line"))
    cell["source"] = "wrong_line = 3"
    assert collected(notebook).by_hand == []


@pytest.mark.parametrize(
    "code",
    [
        "!pip install lecturelib numpy scipy matplotlib",
        "%pip install numpy",
        "%matplotlib inline\n%load_ext autoreload\nnp.linalg.solve?",
        "%%time\nx = differential_f(A, B, X, H)",
        "x = f'{a:.2f}'  # off by a factor",
        'plt.plot(t, f(t), label="the remainder")\nplt.xlabel("t")',
    ],
)
def test_ordinary_code_of_who_answered_everything_is_not_listed(code):
    notebook = answered()
    notebook["cells"].append(new(code, "code"))
    found = collected(notebook)
    assert found.by_hand == [] and "\n".join(line for _, line in found.code) == code


@pytest.mark.parametrize(
    "output",
    [
        {"data": {"image/png": png("x"), "text/plain": "<Figure size 640x480 with 1 Axes>"}},
        {"data": {"text/plain": "[<matplotlib.lines.Line2D at 0x7f>]"}},
        {"data": {"text/html": "<table><tr><td>0.1</td></tr></table>", "text/plain": "0.1"}},
        {"output_type": "stream", "name": "stdout", "text": "the error is 1e-9\n" * 30},
        {"output_type": "stream", "name": "stderr", "text": "DeprecationWarning: " + "word " * 50},
    ],
    ids=["figure", "line", "table", "numbers", "warning"],
)
def test_what_ordinary_code_puts_out_is_not_listed(output):
    notebook = answered()
    notebook["cells"].append(new("look(X)", "code") | {"outputs": [output]})
    assert collected(notebook).by_hand == []


def test_code_too_long_to_be_read_is_listed():
    notebook = answered()
    notebook["cells"].append(new(f"a = '{'x' * 300_000}'", "code"))
    [piece] = collected(notebook).by_hand
    assert "read the rest in the file" in piece["why"]


@pytest.mark.parametrize("code", ["# B = I", "answer = 'B = I'", 'unclear = "B = I"'])
def test_where_an_answer_is_missing_the_shortest_comment_is_seen(code):
    notebook = student_notebook()
    notebook["cells"].append(new(code, "code"))
    assert "B = I" in text_of(collected(notebook).by_hand)


def test_the_id_is_no_answer():
    notebook = json.loads(nbformat.writes(built.template("hw1")))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace('"..."', '"b10901001"')
    assert collected(notebook).by_hand == []


def test_a_prompt_that_is_quoted_in_its_own_answer_changes_nothing():
    for marks in (True, False):
        notebook = student_notebook()
        at = place(notebook, "q1")
        prompt = "".join(notebook["cells"][at - 1]["source"])
        notebook["cells"][at]["source"] = f"{prompt}\n\nMy answer is this."
        for cell in notebook["cells"] if not marks else ():
            cell["metadata"] = {}
            del cell["id"]
        found = collected(notebook)
        assert "My answer is this." in text_of(found.answers["q1"]) and found.by_hand == []


def test_a_picture_whose_address_is_broken_into_lines_is_shown(undrawn):
    data = base64.b64encode(photo((300, 200), "PNG")).decode()
    wrapped = "\n".join(data[k : k + 76] for k in range(0, len(data), 76))
    notebook = student_notebook()
    text = f"before <img src='data:image/png;charset=utf-8;base64,{wrapped}'> after"
    notebook["cells"][place(notebook, "q1")]["source"] = text
    html = page_of(notebook)["q1"]
    assert len(shown_pictures(html)) == 1 and "after" in html and wrapped[:60] not in html


def test_short_comments_of_who_answered_everything_stay_with_the_code():
    notebook = student_notebook()
    for question in questions():
        notebook["cells"][place(notebook, question)]["source"] = "An answer."
    notebook["cells"].append(new("x = 1  # the number of samples", "code"))
    assert collected(notebook).by_hand == []


def test_a_cell_of_code_that_is_no_python_is_read():
    notebook = student_notebook()
    notebook["cells"].append(new("By the product rule it is linear.", "code"))
    assert "product rule" in text_of(collected(notebook).by_hand)


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": ["seen ", "here"]},
        {"output_type": "display_data", "data": {"text/markdown": "seen here"}, "metadata": {}},
        {"output_type": "display_data", "data": {"text/html": "<p>seen here"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "seen here", "traceback": []},
        {"output_type": "display_data", "data": {"text/seen here": "x"}, "metadata": {}},
    ],
)
def test_what_a_cell_put_out_at_a_question_is_read(output):
    notebook = student_notebook()
    cell = new("show()", "code") | {"outputs": [output]}
    notebook["cells"].insert(place(notebook, "q1") + 1, cell)
    assert "seen here" in text_of(collected(notebook).answers["q1"])


def test_an_attachment_that_is_no_picture_is_named():
    notebook = student_notebook()
    cell = notebook["cells"][place(notebook, "q1")]
    cell["attachments"] = {"proof.pdf": {"application/pdf": "JVBERi0="}}
    found = collected(notebook).answers["q1"]
    assert "proof.pdf" in text_of(found) and "open the file" in text_of(found)


def test_what_is_too_long_is_said_and_costs_no_memory():
    notebook = student_notebook()
    notebook["cells"][place(notebook, "q1")]["source"] = "word " * 10**6
    [piece] = collected(notebook).answers["q1"]
    assert len(piece["text"]) <= 100_000 and "read the rest in the file" in piece["why"]
    notebook["cells"][place(notebook, "q1")]["source"] = "a line\n" * 10**6
    [piece] = collected(notebook).by_hand
    assert "too many to be sorted" in piece["why"]


@pytest.mark.parametrize(
    "text",
    ["word " * 10**6, "$a" * 10**6, "> " * 10**6, "<p a='b' " * 10**6, "[](" * 10**6]
    + ["data:image/png;base64," * 10**5, f"![a](data:image/png;base64,{'A' * 10**7})"],
    ids=["words", "dollars", "quotes", "tags", "brackets", "addresses", "data"],
)
def test_no_text_holds_the_grader_up(text):
    notebook = student_notebook()
    notebook["cells"][place(notebook, "q1")]["source"] = text
    start = time.process_time()
    found = collected(notebook)
    assert len(json.dumps(dataclasses.asdict(found))) < 300_000
    assert time.process_time() - start < 10


@pytest.mark.parametrize("colab", [True, False])
def test_what_was_typed_into_a_field_is_listed(colab):
    notebook = student_notebook()
    kind = "application/vnd.jupyter.widget-{}+json"
    view = {"output_type": "display_data", "data": {kind.format("view"): {"model_id": "m"}}}
    notebook["cells"].insert(3, new("show()", "code") | {"outputs": [view]})
    fields = {"m": {"state": {"_model_name": "TextareaModel", "value": "B = I"}}}
    fields |= {"n": {"state": {"_model_name": "HTMLModel", "value": "40/40 [00:01, 3 it/s]"}}}
    notebook["metadata"]["widgets"] = {
        kind.format("state"): fields if colab else {"state": fields, "version_major": 2}
    }
    typed = [p for p in collected(notebook).by_hand if "field" in p["why"]]
    assert [(p["text"], p["cell"]) for p in typed] == [("B = I", 4)]
    for broken in (3, {kind.format("state"): {"state": {"m": 3}}}, {kind.format("state"): []}):
        notebook["metadata"]["widgets"] = broken
        collected(notebook)


def test_of_very_many_figures_the_rest_is_named():
    data = {"image/png": png("x"), "text/plain": "<Figure>"}
    figure = {"output_type": "display_data", "data": data, "metadata": {}}
    notebook = student_notebook()
    cell = new("draw()", "code") | {"outputs": 45 * [figure]}
    notebook["cells"].insert(place(notebook, "q1") + 1, cell)
    pieces = collected(notebook).answers["q1"]
    assert sum(len(piece["pictures"]) for piece in pieces) == 40
    assert text_of(pieces).count("beyond the first 40") == 5


def test_of_very_many_pictures_the_rest_is_named():
    notebook = student_notebook()
    picture = f"![a](data:image/png;base64,{png('x')})\n"
    notebook["cells"][place(notebook, "q1")]["source"] = 50 * picture
    [piece] = collected(notebook).answers["q1"]
    assert len(piece["pictures"]) == 40 and piece["text"].count("beyond the first 40") == 10


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "markdown", "source": "x", "attachments": {"a": None, "b": {"image/png": 3}}},
        {"cell_type": "code", "source": "x", "outputs": [None, {"data": 3}, {"text": {}}]},
        {"cell_type": "code", "source": "x", "outputs": "text"},
        {"cell_type": "other", "source": ["x", 3], "metadata": 5, "id": 7},
        {"cell_type": "markdown", "source": "![a](data:image/png;base64,%%%)"},
        {"cell_type": "code", "source": "\x00(((("},
        {"cell_type": "code", "source": "(" * 10**5},
    ],
)
def test_a_strange_cell_breaks_nothing(cell):
    notebook = student_notebook()
    notebook["cells"].insert(place(notebook, "q1") + 1, cell)
    collected(notebook)


def test_a_file_that_says_a_thing_twice_is_refused():
    """A merge that was done by hand; a reader of JSON would drop the first of the two."""
    raw = json.dumps(student_notebook()).replace('"source": ', '"source": "lost", "source": ', 1)
    with pytest.raises(NotANotebook, match="two entries of one name"):
        collect(raw.encode(), built.assignment("hw1"))


def test_letters_that_are_not_printed_are_named_and_no_line_is_turned_round(undrawn):
    said = "\uf061 = \U0001cc00, \u0645\u06cc\u200c\u062e, a\u00ad\u200bb\u202ec\u2067d\x07e\x0bf"
    notebook = student_notebook()
    notebook["cells"][place(notebook, "q1")]["source"] = said
    html = page_of(notebook)["q1"]
    assert "[U+F061] = [U+1CC00], \u0645\u06cc\u200c\u062e, abcde f" in html


def test_what_is_no_notebook_is_refused():
    with pytest.raises(NotANotebook, match="not a Jupyter notebook"):
        collect(b"{}", built.assignment("hw1"))


def test_a_formula_that_differs_in_a_sign_is_not_taken_for_the_given_one():
    assert key("$$f(X) = A + B$$") != key("$$f(X) = A - B$$")
    assert key("> **Let** $X$ be (m\u00a0x n)") == key("Let $X$ be （m x n）")


# ---------------------------------------------------------------- pictures


def photo(size=(40, 20), form="JPEG", **more):
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, form, **more)
    return file.getvalue()


def test_a_picture_is_encoded_anew_and_keeps_no_byte_behind_it():
    for form in ("PNG", "JPEG", "GIF", "WEBP"):
        raw = photo(form=form) + b"<script>alert(1)</script>"
        made = base64.b64decode(redrawn(raw)["data"])
        assert b"script" not in made
        assert Image.open(io.BytesIO(made)).size == (40, 20)


def test_a_photo_is_turned_as_the_phone_says_and_made_smaller():
    turned = Image.Exif()
    turned[0x0112] = 6
    made = base64.b64decode(redrawn(photo((4000, 2000), exif=turned))["data"])
    width, height = Image.open(io.BytesIO(made)).size
    assert max(width, height) <= 1600 and height == 2 * width


def bomb(side):
    """A PNG of many pixels in a few bytes."""

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(10**6))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bomb(60_000), "too many pixels"),
        (bomb(7_000), "7000 x 7000 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no picture"),
        (b"%PDF-1.4", "no picture"),
        (b"", "no picture"),
        (photo()[:200], "no picture"),
        (bytes(16 * 2**20), "16 MB"),
    ],
    ids=["bomb", "half a bomb", "svg", "pdf", "nothing", "half", "large"],
)
def test_what_is_no_picture_or_a_bomb_is_refused_in_a_sentence(data, words):
    assert 7_000**2 > MOST_PIXELS
    with pytest.raises(NoPicture, match=words):
        redrawn(data)


def test_a_refused_picture_leaves_its_place_and_why(undrawn):
    notebook = student_notebook()
    svg = base64.b64encode(b"<svg onload='alert(1)'/>").decode()
    text = f"See ![mine](data:image/svg+xml;base64,{svg}) there."
    notebook["cells"][place(notebook, "q1")]["source"] = text
    html = page_of(notebook)["q1"]
    assert "[picture mine: An SVG is a program and is not shown. Open the file to see it.]" in html
    assert svg not in html and "onload" not in html


def test_a_picture_stands_where_the_text_has_it(undrawn):
    notebook = student_notebook()
    cell = notebook["cells"][place(notebook, "q1")]
    cell["source"] = "first\n\n![my scan](attachment:a%20b.png)\n\nlast"
    cell["attachments"] = {
        "a b.png": {"image/png": png("inside")},
        "c.png": {"image/png": png("c")},
    }
    html = page_of(notebook)["q1"]
    assert html.index("first") < html.index('alt="my scan"') < html.index("last")
    assert [b"inside" in data for data in shown_pictures(html)] == [True, False]


# ---------------------------------------------------------------- formulas


def test_formulas_are_drawn_and_say_what_they_are():
    notebook = student_notebook()
    notebook["cells"][place(notebook, "q1")]["source"] = (
        r"Here $X^{\mathsf T}$, \(A < B\), \[\begin{bmatrix} 1 & 2 \end{bmatrix}\] and"
        "\n\n\\begin{align}\na &= b\n\\end{align}\n\nand $\\frac{1$ with a fault."
    )
    html = page_of(notebook)["q1"]
    html = html[html.index("<article") :]
    drawn = re.findall(r'aria-label="([^"]*)"[^>]*><svg', html)
    assert drawn[:2] == [r"X^{\mathsf T}", "A &lt; B"] and len(drawn) == 4
    assert '<code class="tex">\\frac{1</code>' in html


def test_no_macro_of_one_student_changes_what_another_one_wrote():
    formulas = pages.Formulas()
    formulas.begin("one")
    page = formulas.note(r"\renewcommand{\alpha}{\beta}\newcommand{\mine}{x} \alpha\mine", False)
    same = formulas.note(r"\alpha\mine", False)
    formulas.begin("two")
    page = formulas.drawn_in(f"{page}|{same}|{formulas.note(chr(92) + 'alpha', False)}|")
    first, second, third, _ = page.split("|")
    beta, alpha = "1D6FD", "1D6FC"
    assert beta in second and alpha not in second
    assert alpha in third and beta not in third


def test_without_mathjax_formulas_are_shown_as_typed_and_it_is_said(monkeypatch):
    monkeypatch.setattr("grader.formulas.node", lambda: None)
    formulas = pages.Formulas()
    page = formulas.drawn_in(f"<body>{formulas.note('a<b', False)}")
    assert '<code class="tex">a&lt;b</code>' in page and "make book" in formulas.problem


@pytest.mark.parametrize(
    "tex",
    [
        r'\mmlToken{mi}[href="javascript:alert(1)"]{x}',
        r'\mmlToken{mi}[style="position:fixed"]{x}',
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//evil)}{x}",
        r"\class{a}{x}\cssId{b}{y}",
        r"\require{html}\href{//evil}{x}",
    ],
)
def test_no_formula_sets_a_link_or_a_style(tex):
    formulas = pages.Formulas()
    page = formulas.drawn_in(formulas.note(f"a {tex} b", False))
    shown = re.sub(r' (?:aria-label|title)="[^"]*"|<code.*</code>', "", page)
    assert not re.search(r"javascript|evil|position|class=\"a|<a\b", shown)
