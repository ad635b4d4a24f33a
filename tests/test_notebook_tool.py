"""tools/notebooks.py: the stored form of a notebook, and what it refuses."""

import base64
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import yaml
from nbformat import v4
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent

spec = importlib.util.spec_from_file_location("notebooks", ROOT / "tools" / "notebooks.py")
assert spec and spec.loader
notebooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(notebooks)


def notebook(*cells, **metadata):
    made = v4.new_notebook()
    made.cells = [v4.new_markdown_cell("# Title"), *cells]
    made.metadata.update(metadata)
    notebooks.normalise(made)
    return made


def code(source="1", *outputs, **metadata):
    return v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def printed(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def shown(kind, text):
    return v4.new_output("execute_result", {kind: text})


def png(*colours, alpha=()):
    """A picture with a pixel of each colour, in base64."""
    picture = Image.new("RGBA", (len(colours), 1))
    picture.putdata([(*colour, *(alpha or [255])) for colour in colours])
    made = io.BytesIO()
    picture.save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")).astype(int)


PLOT = {"image/png": notebooks.with_palette(png((0, 90, 0))), "text/plain": "<Figure>"}
PICTURE = v4.new_output("display_data", PLOT)
STRIP = v4.new_output("display_data", PICTURE.data | {"text/plain": "<Figure with 7 Axes>"})
SHOWN = {
    "mystnb": {
        "image": {"alt": "Five points and the parabola that fits them."},
        "figure": {"name": "fig-fit", "caption": "The fit."},
    }
}


@pytest.mark.parametrize("path", notebooks.course_notebooks(), ids=lambda path: path.stem)
def test_every_notebook_is_in_order(path):
    assert list(notebooks.problems(notebooks.read(path))) == []


def test_the_stored_form_depends_on_the_source_alone():
    there = notebook(code("x = 1"), code("x"), kernelspec={"display_name": "Mine"}, widgets={})
    here = notebook(code("x = 1"), code("x"))
    for cell in [*here.cells, *there.cells]:
        cell.id = None
    for made in (here, there):
        made.cells = [cell for cell in made.cells if cell.source != notebooks.GUARD]
        notebooks.normalise(made)
    assert nbformat.writes(here) == nbformat.writes(there)
    assert [cell.execution_count for cell in here.cells if cell.cell_type == "code"] == [1, 2, 3]


def test_normalising_twice_changes_nothing():
    made = notebook(v4.new_markdown_cell(r"$X^\T \d X$"), code("1", printed("a"), printed("b")))
    once = nbformat.writes(made)
    notebooks.normalise(made)
    assert nbformat.writes(made) == once
    assert made.cells[-1].outputs == [printed("ab")]


def test_a_picture_is_stored_with_a_palette_and_looks_the_same():
    figure, axes = plt.subplots()
    axes.imshow(np.add.outer(np.arange(40), np.arange(50)), cmap="coolwarm")
    axes.plot(np.arange(40), 20 + 15 * np.sin(np.arange(40)))
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    drawn = base64.b64encode(file.getvalue()).decode()
    made = notebook(code("1", v4.new_output("display_data", {"image/png": drawn})))
    notebooks.normalise(made)
    stored = made.cells[-1].outputs[0].data["image/png"]
    assert len(stored) < 0.6 * len(drawn)
    assert np.abs(pixels(stored) - pixels(drawn)).max() <= 8
    assert notebooks.with_palette(stored) == stored
    # Two colours are not "the same"; and what shows through would be black.
    assert np.abs(pixels(png((0, 0, 0), (9, 0, 0))) - pixels(png((0, 0, 0), (0, 0, 0)))).max() > 8
    through = png((0, 0, 0), alpha=[0])
    assert notebooks.with_palette(through) == through


def test_cell_ids_stay_and_copies_get_their_own():
    cells = [code("1"), code("1")]
    cells[0].id = cells[1].id = "kept"
    ids = [cell.id for cell in notebook(*cells).cells]
    assert ids.count("kept") == 1
    assert len(set(ids)) == len(ids)


def test_the_execution_times_go_and_the_tags_stay():
    made = notebook(code("1", tags=["hide-input"], execution={"iopub.status.busy": "2026"}))
    assert made.cells[-1].metadata == {"tags": ["hide-input"]}


def test_jupyter_learns_the_macros_from_the_first_cell():
    cells = notebook(v4.new_markdown_cell("text\n\n" + r"$\newcommand{\T}{\mathsf{T}}$")).cells
    assert cells[0].metadata == {"tags": ["remove-cell"]}
    _, yaml_text, after = cells[0].source.split("---")
    assert after == ""
    macros = yaml.safe_load(yaml_text)["math"]
    assert macros[r"\T"] == r"\mathsf{T}"
    assert macros[r"\inner"] == r"\left\langle #1,\, #2 \right\rangle"
    defined = (
        (ROOT / "lecturelib" / "claims" / "macros.tex").read_text("utf-8").count(r"\newcommand{")
    )
    assert len(macros) == defined
    assert [cell.source for cell in cells[1:]] == ["# Title", "text"]


def test_the_guard_stands_before_the_first_code():
    cells = notebook(v4.new_markdown_cell("text"), code("import lecturelib")).cells
    assert [cell.source for cell in cells][3:] == [notebooks.GUARD, "import lecturelib"]
    assert cells[3].metadata == {"tags": ["remove-cell"]}


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (code("1", printed("/home/me/x.py")), "a path of this machine, '/home/'"),
        (code("1", printed("<object at 0x7fd97eb83ed0>")), "an address in memory"),
        (code("1", printed("12.5 ms per loop")), "a time, '12.5 ms'"),
        (code("1", printed("[1. -0.]")), "a negative zero, '-0.'"),
        (code("1", printed("-0.000 and 1")), "a negative zero, '-0.000'"),
        (code("1", printed("4.000000000000009")), "holds 4.000000000000009, of more than 8 digits"),
        (code("1", printed("[0.123456789]")), "holds 0.123456789, of more than 8 digits"),
        (code("1", printed("error 2e-16")), "holds 2e-16, which may be mere rounding"),
        (code("1", printed("0.0000000000003")), "which may be mere rounding"),
        (code('print(f"{x:.3f}")'), "it has the format {x:.3f}"),
        (code('print(f"{x:>{n}.2e}")'), "it has the format {x:>{n}.2e}"),
        (code("print(x.round(3))"), "it has x.round(3) in what is printed"),
        (code("print(show(np.round(x, 3)))"), "it has np.round(x, 3) in what is printed"),
        (code("print([round(a, 2) for a in x])"), "it has round(a, 2) in what is printed"),
        (code("print(x.astype(int))"), "it has x.astype(int) in what is printed"),
        (code("np.set_printoptions(precision=3)"), "it has np.set_printoptions(precision=3)"),
        (code("print(np.linalg.matrix_rank(X))"), "matrix_rank without a tolerance"),
        (code("1", shown("text/html", "<p>/tmp/x.png</p>")), "a path of this machine, '/tmp/'"),
        (code("1", shown("text/markdown", "at 0x7fd97eb83ed0")), "an address in memory"),
        (code("1", printed("careful", "stderr")), "it writes to stderr: careful"),
        (code("1", shown("text/markdown", r"$X^\T$")), r"an output uses \T, which Jupyter"),
        (code("1", v4.new_output("error", ename="ValueError", evalue="no")), "ValueError: no"),
        (code("plt.show()", PICTURE), "a figure has no alt text"),
        (code("plt.show()", PICTURE), "a figure has no caption"),
        (code("plt.show()", STRIP, tags=["frames-8"]), "is tagged frames-8 and draws 7 frames"),
        (code("x = 1\n" * 15), "it has 15 lines; split it"),
        (code("# NBVAL_IGNORE_OUTPUT\nprint(1)"), "it asks not to be checked"),
        (code("print(1)", tags=["nbval-skip"]), "it asks not to be checked"),
        (v4.new_markdown_cell("![](fit.png)"), "a picture has no alt text"),
        (v4.new_markdown_cell('<img src="fit.png">'), "a picture has no alt text"),
        (v4.new_markdown_cell("```{figure} fit.png\nThe fit.\n```"), "a figure has no :alt: line"),
    ],
)
def test_it_says_what_is_wrong(cell, problem):
    assert problem in " ".join(notebooks.problems(notebook(cell)))


@pytest.mark.parametrize(
    "cell",
    [
        code("1", printed("-0.5 and 1e-05 and [ 3.   0.44 -0.29]")),
        code("1", printed("0.12345678, 123456789, below 1e-13, 39800.7, 1.5e+12, a (to 1e-12)")),
        code('print(f"{show(x, 3):>8} {n:3}", round(x), np.linalg.matrix_rank(X, rtol=1e-9))'),
        code("P = X.round(2)\nprint(show(P.astype(float)))"),
        code("x = 1\n" * 14),
        code("plt.show()", PICTURE, **SHOWN),
        code("plt.show()", STRIP, tags=["frames-7"], **SHOWN),
        v4.new_markdown_cell("![The fit](fit.png)"),
        v4.new_markdown_cell("```{figure} fit.png\n:alt: The five points.\n\nThe fit.\n```"),
    ],
)
def test_it_lets_pass_what_is_right(cell):
    assert list(notebooks.problems(notebook(cell))) == []


def test_a_notebook_out_of_form_is_named():
    made = notebook(code("1"))
    made.cells[-1].execution_count = 7
    name = made.cells[-1].id
    found = " ".join(notebooks.problems(made))
    assert "run `make notebooks`" in found
    assert f"Cell {name}: its execution count is 7, and 2 is due." in found
    made.cells[-1].execution_count = None
    assert f"Cell {name}: its execution count is None" in " ".join(notebooks.problems(made))
    made.cells[1].source = "No title"
    assert "does not begin with its title" in " ".join(notebooks.problems(made))


# ---------------------------------------------------------------- checked claims


VERDICT = "a-claim holds on 5 draws: complex step (to 1e-11).\n"


def test_a_cell_of_claims_alone_is_tagged():
    made = notebook(
        code('verify("a-claim")\nverify("b-claim")', printed(VERDICT * 2)),
        code('verify("a-claim")\nx = 1'),
        code("verify"),
    )
    assert [cell.metadata.get("tags") for cell in made.cells[3:]] == [["verify"], None, None]
    assert list(notebooks.problems(made)) == []


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (code('verify("a-claim")'), "must print one line for each claim"),
        (code('verify("a")\nverify("b")', printed(VERDICT)), "must print one line for each claim"),
        (code('verify("a")\nx = 1', printed(VERDICT), tags=["verify"]), "may hold lines verify"),
    ],
)
def test_a_claim_that_is_not_checked_is_named(cell, problem):
    assert f"Cell {cell.id}: it " in " ".join(found := list(notebooks.problems(notebook(cell))))
    assert problem in " ".join(found)


# ---------------------------------------------------------------- between the notebooks


def course(tmp_path, **pages):
    """Problems between pages; a page is a list of cells, its name is its path with __ for /."""
    for name, cells in pages.items():
        path = tmp_path / "chapters" / f"{name.replace('__', '/')}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(*cells), path)
    return list(notebooks.course_problems(notebooks.sources(tmp_path).values()))


LABELLED = {
    "target": v4.new_markdown_cell("(the-label)=\n## A section"),
    "box": v4.new_markdown_cell(":::{prf:lemma} Small\n:label: the-label\n\n$a$\n:::"),
    "equation": v4.new_markdown_cell("$$\na\n$$ (the-label)"),
    "figure": code("1", mystnb={"figure": {"name": "the-label"}}),
}


@pytest.mark.parametrize("first", LABELLED)
@pytest.mark.parametrize("second", LABELLED)
def test_a_label_is_given_once_in_the_course(tmp_path, first, second):
    found = course(tmp_path, one__a=[LABELLED[first]], two__b=[LABELLED[second]])
    assert found == ["chapters/two/b: the label 'the-label' is also in chapters/one/a."]
    assert course(tmp_path, two__b=[v4.new_markdown_cell("(other)=\n## A section")]) == []


def test_a_claim_has_one_home(tmp_path):
    claim = code('verify("a-claim")', printed(VERDICT))
    assert course(tmp_path, one__a=[claim], reference__sheet=[claim]) == []
    assert course(tmp_path, two__b=[claim]) == [
        "chapters/two/b: 'a-claim' is also verified in chapters/one/a; keep one."
    ]


def test_the_course_is_in_order():
    assert list(notebooks.course_problems(notebooks.sources(ROOT).values())) == []


# ---------------------------------------------------------------- what only a run can tell


def test_a_missing_or_stale_output_fails_and_the_cell_is_named(tmp_path):
    """What `make test` asks nbval: is each stored output there, and what the cell gives?"""
    made = notebook(*(code(f"print({n})", printed(f"{n}\n")) for n in (10, 20, 30)))
    del made.cells[4].outputs[:]  # the cells are: macros, title, guard, 10, 20, 30
    made.cells[5].outputs[0].text = "31\n"
    nbformat.write(made, tmp_path / "page.ipynb")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "page.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    failed = re.findall(r"^FAILED page\.ipynb::(Cell \d+)", ran.stdout, re.MULTILINE)
    assert failed == ["Cell 2", "Cell 3"]  # nbval counts code cells from 0; the guard is the first
    assert "print(20)" in ran.stdout and "print(30)" in ran.stdout
    assert "print(10)" not in ran.stdout
