"""How the site is built: the same every time, and refusing what it should refuse."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from built_site import HTML, ROOT, build, built_class, copy_book, with_tex
from nbformat import NotebookNode, v4, write

from lecturelib.claims import records

sys.path.insert(0, str(ROOT / "site"))
import course_pdf  # noqa: E402

pytestmark = pytest.mark.full


def small_book(folder: Path, text: str, *chapters: str) -> Path:
    """A book of one page, with the course's own configuration; and pages that it may leave out."""
    copy_book(folder)
    toc = "format: jb-book\nroot: page\nchapters:\n" + "".join(f"- file: {c}\n" for c in chapters)
    (folder / "_toc.yml").write_text(toc if chapters else "format: jb-book\nroot: page\n")
    (folder / "page.md").write_text(f"# Page\n\n{text}\n")
    return folder


def save(path: Path, *cells: NotebookNode) -> None:
    write(v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), path)


def test_two_clean_builds_are_identical(tmp_path):
    ran = build(ROOT, tmp_path, built_class())
    assert ran.returncode == 0, ran.stderr
    if (printed := HTML / course_pdf.NAME).is_file():  # `make pdf` has put links into the pages
        shutil.copy(printed, tmp_path / "_build" / "html")
        course_pdf.link_pages(tmp_path / "_build" / "html")
    assert list(differences(filecmp.dircmp(HTML, tmp_path / "_build" / "html"))) == []


def test_two_wheels_are_identical(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        + ["--wheel-dir", tmp_path, ROOT],
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1726617600"},  # as in the Makefile
    )
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.read_bytes() == (HTML / wheel.name).read_bytes()


def differences(folder: filecmp.dircmp):
    _, changed, unread = filecmp.cmpfiles(
        folder.left, folder.right, folder.common_files, shallow=False
    )
    for name in [*folder.left_only, *folder.right_only, *changed, *unread]:
        yield f"{folder.left}/{name}"
    for inner in folder.subdirs.values():
        yield from differences(inner)


MISTAKES = {
    "![](site/favicon.svg)": "A figure has no alt text",
    "[there](nowhere.md)": "cross-reference target not found: 'nowhere.md'",
    "{doc}`chapters/one/nowhere`": "unknown document: 'chapters/one/nowhere'",
    "{ref}`words <c1-nowhere>`": "undefined label: 'c1-nowhere'",
    "{prf:ref}`c1-nobody`": "label 'c1-nobody' not found",
    "{eq}`c1-nothing`": "equation not found: c1-nothing",
    "{term}`nowhere`": "term not in glossary: 'nowhere'",
    "{cite:p}`nobody1900`": 'could not find bibtex key "nobody1900"',
    "{ref}`words <claim-nowhere>`": "undefined label: 'claim-nowhere'",
    "$\\nowhere$": "page.html: Undefined control sequence \\nowhere",
    "<p>\\(x\\)</p>": "page.html: not marked as mathematics: \\(x\\)",
    "```{figure-of} c1-nofigure\n```": "No notebook has a figure named c1-nofigure.",
}


def test_each_mistake_in_a_page_stops_the_build(tmp_path):
    book = small_book(tmp_path, "\n\n".join(MISTAKES))
    leave_out(book)  # with other pages left out, what is nowhere is still a mistake
    ran = build(book, tmp_path)
    assert ran.returncode != 0
    said = ran.stderr.replace("\n", " ")
    assert [text for text, complaint in MISTAKES.items() if complaint not in said] == []


def test_macros_and_labels_reach_the_page(tmp_path):
    text = "$\\d X^\\T$\n\n\\begin{align}\na &= b\n\\end{align}\n\nGet {wheel}`it`, {wheel}`name`."
    ran = build(small_book(tmp_path, text), tmp_path)
    assert ran.returncode == 0, ran.stderr
    page = (tmp_path / "_build" / "html" / "page.html").read_text("utf-8")
    assert 'id="equation-page-equation-0"' in page
    assert 'href="lecturelib-' in page


def test_without_python_for_the_browser_the_rest_is_built(tmp_path):
    """And the widget's place says what is missing."""
    book = small_book(tmp_path, "```{course-differentiate}\n```\n\n$x^2$")
    for name in ("lecturelib", "pyproject.toml", "LICENSE", "LICENSES"):
        (book / name).symlink_to(ROOT / name)
    (book / "_build").mkdir()
    (book / "_build" / "wheel").symlink_to(ROOT / "_build" / "wheel")
    (book / "site").unlink()
    shutil.copytree(ROOT / "site", book / "site", ignore=shutil.ignore_patterns("node_modules"))
    modules = book / "site" / "node_modules"
    modules.mkdir()
    for package in (ROOT / "site" / "node_modules").iterdir():
        if package.name != "pyodide":
            (modules / package.name).symlink_to(package)
    ran = build(book, tmp_path)
    assert ran.returncode == 0, ran.stderr
    html = tmp_path / "_build" / "html"
    assert "built without Python for the browser" in (html / "page.html").read_text("utf-8")
    assert not list(html.rglob("pyodide*"))


@pytest.mark.parametrize("base", ["", "https://example.org/course/"])
def test_pages_name_their_address_where_the_site_has_one(tmp_path, base):
    book = small_book(tmp_path, "Text.")
    config = (book / "_config.yml").read_text("utf-8")
    assert 'baseurl: ""' in config
    (book / "_config.yml").write_text(config.replace('baseurl: ""', f'baseurl: "{base}"'))
    ran = build(book, tmp_path)
    assert ran.returncode == 0, ran.stderr
    html = tmp_path / "_build" / "html"
    soup = BeautifulSoup((html / "page.html").read_text("utf-8"), "html.parser")
    named = [link["href"] for link in soup.select("link[rel=canonical]")]
    assert named == ([f"{base}page.html"] if base else [])
    missing = BeautifulSoup((html / "404.html").read_text("utf-8"), "html.parser")
    assert missing.a["href"] == f"{base}page.html"


# ---------------------------------------------------------------- pages that are left out

LINKS = """\
{doc}`chapters/one/left`, {doc}`words <chapters/one/left>`, [words](chapters/one/left.ipynb),
[words](chapters/one/left), {ref}`c1-section`, {ref}`words <c1-section>`, [words](#c1-section),
{prf:ref}`c1-lemma`, {eq}`c1-equation`, {numref}`c1-figure`, {ref}`c1-exercise`,
{term}`Gradient`, {term}`the gradients <gradients>`, {cite:p}`perng2024`, {cite:t}`perng2024`."""

WORDS = """\
Left out, words, words, words, A section, words, words, the lemma “Small x”,
an equation of “Left out”, a figure of “Left out”, the exercise “Easy”,
Gradient, the gradients, (Perng, 2024), Perng (2024)."""

LEFT_OUT = """\
# Left out

(c1-section)=
## A section

:::{prf:lemma} Small $x$
:label: c1-lemma

$a$
:::

$$
a
$$ (c1-equation)

:::{exercise} Easy
:label: c1-exercise

Do it.
:::
"""


def leave_out(book: Path) -> None:
    """Sources of a chapter and of reference pages that the small book does not name."""
    left, reference = book / "chapters" / "one" / "left.ipynb", book / "chapters" / "reference"
    figure = v4.new_code_cell("1", metadata={"mystnb": {"figure": {"name": "c1-figure"}}})
    left.parent.mkdir(parents=True)
    save(left, v4.new_markdown_cell(LEFT_OUT), figure)
    reference.mkdir()
    (reference / "glossary.md").write_text("# Glossary\n\n```{course-glossary}\n```\n")
    (reference / "glossary.toml").write_text(GLOSSARY)
    (reference / "bibliography.md").write_text("# Books\n\n```{bibliography}\n```\n")


GLOSSARY = """\
[[term]]
term = "gradient"
plural = "gradients"
chinese = "梯度"
meaning = "The vector $g$."
page = "chapters/one/left"
"""


def test_links_to_pages_left_out_become_words(tmp_path):
    book = small_book(tmp_path, LINKS)
    leave_out(book)
    ran = build(book, tmp_path)
    assert ran.returncode == 0, ran.stderr
    page = BeautifulSoup((tmp_path / "_build/html/page.html").read_text("utf-8"), "html.parser")
    [shown] = page.select("article p")
    assert shown.select("a") == []
    [chinese] = shown.select("button.term-chinese")  # the term needs no page to have its name
    assert chinese.extract().select_one("[lang]").get_text() == "梯度"
    assert re.sub(r"\\[()]", "", with_tex(shown)).split() == WORDS.split()


def test_the_same_links_lead_there_when_nothing_is_left_out(tmp_path):
    pages = ["one/left", "reference/glossary", "reference/bibliography"]
    book = small_book(tmp_path, LINKS, *(f"chapters/{page}" for page in pages))
    leave_out(book)
    left = book / "chapters" / "one" / "left.ipynb"  # its figure cannot be numbered: it shows none
    left.write_text(left.read_text("utf-8").replace("c1-figure", "fig"))
    (book / "page.md").write_text(f"# Page\n\n{LINKS}".replace("{numref}`c1-figure`, ", ""))
    ran = build(book, tmp_path)
    assert ran.returncode == 0, ran.stderr
    page = BeautifulSoup((tmp_path / "_build/html/page.html").read_text("utf-8"), "html.parser")
    assert len(page.select("article p a")) == LINKS.count("`") // 2 + LINKS.count("](") - 1
    glossary = (tmp_path / "_build/html/chapters/reference/glossary.html").read_text("utf-8")
    assert '<span lang="zh-Hant">梯度</span>' in glossary
    assert 'href="../one/left.html"' in glossary


# ---------------------------------------------------------------- claims and the ledger


def claims_book(folder: Path, printed: str) -> Path:
    """A book whose one chapter has one page, which verifies one of the chapter's claims."""
    book = small_book(folder, "Text.", "chapters/4-examples/page", "chapters/reference/ledger")
    for name in ("4-examples", "reference"):
        (book / "chapters" / name).mkdir(parents=True)
    output = v4.new_output("stream", name="stdout", text=printed)
    cell = v4.new_code_cell(
        'verify("inverse-derivative")', outputs=[output], metadata={"tags": ["verify"]}
    )
    title = v4.new_markdown_cell("# A page\n\nSee {ref}`claim-inverse-derivative`.")
    save(book / "chapters" / "4-examples" / "page.ipynb", title, cell)
    ledger = book / "chapters" / "reference" / "ledger.md"
    ledger.write_text("# Ledger\n\n```{claim-ledger}\n```\n")
    return book


def test_a_claim_that_no_page_verifies_stops_the_build(tmp_path):
    line = "inverse-derivative holds on 5 draws: a (to 1e-11), b (exact); rejected: c, d.\n"
    ran = build(claims_book(tmp_path, line), tmp_path)
    assert ran.returncode != 0
    complaints = re.findall(r"The claim ([\w-]+) is (?:verified|named) on no page", ran.stderr)
    in_chapter = [r.id for r in records().values() if r.chapter == "4-examples"]
    assert complaints == [name for name in in_chapter if name != "inverse-derivative"]

    html = tmp_path / "_build" / "html" / "chapters"
    page = BeautifulSoup((html / "4-examples" / "page.html").read_text("utf-8"), "html.parser")
    mark = page.select_one("details#claim-inverse-derivative")
    assert mark.a["href"] == "../reference/ledger.html#ledger-inverse-derivative"
    ledger = BeautifulSoup((html / "reference" / "ledger.html").read_text("utf-8"), "html.parser")
    card = ledger.select_one("#ledger-inverse-derivative")
    fields = [tag.get_text().strip() for tag in card.select("dd")]
    assert {"Holds on 5 draws.", "a (to 1e-11), b (exact)", "c, d"} <= set(fields)
    assert card.select("a")[-1]["href"] == "../4-examples/page.html#claim-inverse-derivative"
    omitted = ledger.select_one("#ledger-stationary-points-scalar")
    assert "Omitted in this edition." in omitted.get_text()


def test_a_verify_cell_that_printed_something_else_stops_the_build(tmp_path):
    ran = build(claims_book(tmp_path, "inverse-derivative fails\n"), tmp_path)
    assert ran.returncode != 0
    assert "A verify cell has not printed verdicts only." in ran.stderr
