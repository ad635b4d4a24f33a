"""Hints and boxes of chapters/answers.toml in the pages, and what a notebook says instead."""

import functools
import re
import shutil
import tomllib

import nbformat
import pytest
from bs4 import BeautifulSoup
from built_site import ROOT, Page, Site, build, copy_book

import lecturelib

ENTRIES = tomllib.loads((ROOT / "chapters" / "answers.toml").read_text("utf-8"))
EXERCISES = {entry["label"]: entry for entry in ENTRIES["exercise"]}
EXAMPLES = {entry["label"]: entry for entry in ENTRIES["example"]}
KEYS = ("name", "f", "wrt", "where", "of", "value", "digits")


def asked(entry: dict, **more: object) -> dict[str, str]:
    """The attributes of a box."""
    given = more | {key: entry[key] for key in KEYS if key in entry}
    return {f"data-{key}": str(value) for key, value in given.items()}


def attributes(box) -> dict[str, str]:
    return {str(k): str(v) for k, v in box.attrs.items() if str(k).startswith("data-")}


@functools.cache
def exercises(site: Site) -> dict[str, tuple[Page, object]]:
    """The exercises of the site that have an entry."""
    return {
        str(box["id"]): (page, box)
        for page in site.pages
        for box in page.soup.select(".exercise")
        if box.get("id") in EXERCISES
    }


# ---------------------------------------------------------------- the pages


def test_every_exercise_has_its_hints_and_boxes_behind_its_text(site):
    found = exercises(site)
    whole = site.book == ROOT
    assert set(found) == set(EXERCISES) if whole else set(found) < set(EXERCISES)
    for label, (_, exercise) in found.items():
        entry = EXERCISES[label]
        (*text,) = exercise.section.find_all(True, recursive=False)
        hints, boxes = exercise.select("details.hint"), exercise.select("div.answer-box")
        assert text[-len(hints) - len(boxes) :] == hints + boxes, label
        many = len(entry["hints"])
        titles = [f"Hint {k} of {many}" if many > 1 else "Hint" for k in range(1, many + 1)]
        assert [hint.summary.get_text() for hint in hints] == titles
        assert not any(hint.has_attr("open") for hint in hints)
        assert [attributes(box) for box in boxes] == [
            asked(answer, label=label, number=k)
            for k, answer in enumerate(entry.get("answer", []), start=1)
        ]


def test_every_example_has_a_box(site):
    boxes = [box for page in site.pages for box in page.soup.select("div.try-box")]
    found = {box["data-label"]: attributes(box) for box in boxes}
    assert len(found) == len(boxes)
    wanted = {label: asked(entry, label=label) for label, entry in EXAMPLES.items()}
    assert found == wanted if site.book == ROOT else found.items() < wanted.items()


def test_boxes_are_hidden_and_empty(pages):
    """A page reads as if they were not there, until the script brings them to life."""
    for page in pages:
        for box in page.soup.select("div.answer-box, div.try-box"):
            assert box.has_attr("hidden")
            assert not box.contents


def test_the_solution_comes_last(site):
    for label, (page, exercise) in exercises(site).items():
        solution = exercise.find_next(class_="solution")
        if label.startswith("mock-") or solution:
            assert solution and "dropdown" in solution["class"], (page.name, label)
            assert not solution.select("details.hint, .answer-box")


def test_only_pages_with_boxes_load_what_they_need(site):
    runtime = (site.html / "_static" / "runtime").is_dir()  # Python for the browser could be had
    for page in site.pages:
        boxes = page.soup.select("div.answer-box, div.try-box")
        modules = page.soup.select('script[type="module"]')
        scripts = [script for script in modules if "/boxes.js" in script.get_text()]
        assert len(scripts) == bool(boxes and runtime), page.name
        styles = page.soup.select('link[href*="_static/answers.css"]')
        assert len(styles) == bool(boxes or page.soup.select("details.hint")), page.name


# ---------------------------------------------------------------- the notebooks


def test_a_notebook_says_what_to_type_and_it_works(site):
    """Each line, with the right answer in it, finds it right."""
    lines = 0
    for name in site.contents:
        path = site.html / "notebooks" / f"{name}.ipynb"
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert "answer-box" not in text and "try-box" not in text
        lines += text.count('.compare("...')
    formulas = [a for label in exercises(site) for a in answers(label) if a["of"] != "number"]
    assert lines == len(formulas)

    label = "c2-ex-cube" if "c2-ex-cube" in exercises(site) else "c3-ex-norm"
    page = exercises(site)[label][0].name.removesuffix(".html")
    cells = nbformat.read(site.html / "notebooks" / f"{page}.ipynb", as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for answer in answers(label):
        [line] = re.findall(rf"> (derive\(.*\))  # {re.escape(answer['name'])}$", text, re.M)
        for answered, right in ((answer["right"], True), (answer["slip"], False)):
            assert bool(eval(line.replace("...", answered), {"derive": lecturelib.derive})) is right


def answers(label: str) -> list[dict]:
    return EXERCISES[label].get("answer", [])


# ---------------------------------------------------------------- a small book

PAGE = """\
# Page

```{exercise} A title
:label: own-exercise

Text.
```

```{prf:example} A title
:label: own-example

Text.
```

(own-paragraph)=
A paragraph.

Another one.
"""

TOML = """\
[[exercise]]
label = "own-exercise"
hints = ['Look at $\\vb x$ in [the page](#own-paragraph).']
  [[exercise.answer]]
  name = 'a "name" & <b>more</b>'
  f = "x'*x"
  wrt = "x"
  where = "x: n"
  of = "gradient"
  right = "2*x"
[[example]]
label = "own-example"
f = "x'*x"
wrt = "x"
where = "x: n"
[[example]]
label = "own-paragraph"
f = "x'*x"
wrt = "x"
where = "x: n"
"""

LEFT_OUT = """
[[exercise]]
label = "Left-Out"
hints = ["One."]
"""


def small_book(folder, toml: str, page: str = PAGE):
    copy_book(folder)
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (folder / "page.md").write_text(page)
    (folder / "chapters" / "one").mkdir(parents=True)
    left_out = PAGE.replace("own-", "its-").replace("its-exercise", "Left-Out")
    (folder / "chapters" / "one" / "left-out.md").write_text(left_out)
    (folder / "chapters" / "answers.toml").write_text(toml)
    return folder


@pytest.mark.full
def test_entries_come_into_the_page_escaped(tmp_path):
    ran = build(small_book(tmp_path, TOML + LEFT_OUT), tmp_path)
    assert ran.returncode == 0, ran.stderr
    text = (tmp_path / "_build" / "html" / "page.html").read_text("utf-8")
    assert 'data-name="a &quot;name&quot; &amp; &lt;b&gt;more&lt;/b&gt;"' in text
    assert "right" not in re.findall(r"<div class=\"answer-box\".*?>", text)[0]
    article = BeautifulSoup(text, "html.parser").article
    hint = article.select_one("#own-exercise details.hint")
    assert hint.summary.get_text() == "Hint"
    # Typeset, not escaped twice: `$\vb x$` is a bold x.
    assert hint.select_one(".math mjx-container")["data-tex"] == r"\boldsymbol{x}"
    assert hint.a["href"] == "#own-paragraph"
    boxes = article.select(".try-box")
    assert [box.find_previous_sibling(True).name for box in boxes] == ["div", "p"]
    assert boxes[1].find_previous_sibling("p").get_text() == "A paragraph."


@pytest.mark.full
@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('[[exercise]]\nlabel = "c9-nowhere"\nhints = ["One."]\n', "no page has an exercise c9-"),
        ('[[example]]\nlabel = "c9-nowhere"\nf = "x"\nwrt = "x"\n', "no page has an example c9-"),
        # an example's label where an exercise is meant
        ('[[exercise]]\nlabel = "own-example"\nhints = ["One."]\n', "no page has an exercise own-"),
        ('[[exercise]]\nlabel = "own-exercise"\nhints = ["[x](nowhere.md)"]\n', "nowhere.md"),
    ],
)
def test_a_mistake_in_an_entry_stops_the_build(tmp_path, entry, complaint):
    ran = build(small_book(tmp_path, entry), tmp_path)
    assert ran.returncode != 0
    assert complaint in " ".join(ran.stderr.split())


@pytest.mark.full
def test_a_book_without_the_file_is_built(tmp_path):
    book = small_book(tmp_path, "")
    (book / "chapters" / "answers.toml").unlink()
    shutil.rmtree(book / "chapters")
    ran = build(book, tmp_path)
    assert ran.returncode == 0, ran.stderr
    text = (tmp_path / "_build" / "html" / "page.html").read_text("utf-8")
    assert "answers.css" not in text
