"""What a reader sees: every notebook in JupyterLab, in a browser, and as a page by nbconvert.

Three kinds of notebook: the plain ones that readers download, the sources that a contributor opens,
the homework's for students. COURSE_PICTURES=folder keeps a picture of each.
"""

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from browser import Seen, jupyter_lab, look, new_page
from built_site import HTML, ROOT
from nbconvert import HTMLExporter

pytestmark = pytest.mark.full

KINDS = {
    "plain": HTML / "notebooks",
    "sources": ROOT / "chapters",
    "students": ROOT / "homework",
}
FILES = {"plain": "**/*.ipynb", "sources": "**/*.ipynb", "students": "*/student/*.ipynb"}
MATHJAX = HTML / "_static" / "vendor" / "mathjax" / "tex-chtml-full.js"

BROKEN = {
    "a directive": ":::{prf:nothing} Small\n:label: c1\n\ntext\n:::",
    "a role": "Read {doc}`words <page>`, by {nothing}`c1-eq`.",
    "a macro": r"Let $X^\undefined$ be.",
    "an argument": r"Let $\frac{1}$ be.",
}


def notebooks(kind: str) -> list[str]:
    """Paths from the kind's folder."""
    folder = KINDS[kind]
    found = sorted(
        path for path in folder.glob(FILES[kind]) if ".ipynb_checkpoints" not in str(path)
    )
    assert found
    return [path.relative_to(folder).as_posix() for path in found]


def folded_cells(path: Path) -> int:
    """Code cells that are to be opened with their outputs closed: those of solutions."""
    cells = nbformat.read(path, as_version=4).cells
    return sum(cell.metadata.get("jupyter", {}).get("outputs_hidden", False) for cell in cells)


def keep(picture, *names: str) -> None:
    if folder := os.environ.get("COURSE_PICTURES"):
        file = Path(folder, "-".join(names).replace("/", "-") + ".png")
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(file)


@pytest.fixture(scope="module", params=[False, True], ids=["JupyterLab", "JupyterLab-myst"])
def lab(request, browser, tmp_path_factory):
    home = tmp_path_factory.mktemp("lab")
    root = home / "root"
    root.mkdir()
    for kind, folder in KINDS.items():  # copies: JupyterLab leaves checkpoints beside them
        for name in notebooks(kind):
            (root / kind / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, root / kind / name)
    (root / "broken").mkdir()
    for name, text in BROKEN.items():
        cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_markdown_cell(text)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "broken" / f"{name}.ipynb")
    with jupyter_lab(new_page(browser), root, home, myst=request.param) as lab:
        lab.myst = request.param
        yield lab


def problems(seen: Seen) -> list[str]:
    return seen.raw + seen.errors + ["something is not folded"] * bool(seen.unfolded)


@pytest.mark.parametrize(
    ("lab", "kind"),
    [
        pytest.param(False, "plain", id="JupyterLab-plain", marks=pytest.mark.nightly),
        pytest.param(False, "students", id="JupyterLab-students"),
        pytest.param(True, "plain", id="JupyterLab-myst-plain", marks=pytest.mark.nightly),
        pytest.param(True, "students", id="JupyterLab-myst-students"),
        pytest.param(True, "sources", id="JupyterLab-myst-sources", marks=pytest.mark.nightly),
    ],
    indirect=["lab"],
    scope="module",
)
def test_jupyterlab_shows_every_notebook_right(lab, kind):
    extension = "with-myst" if lab.myst else "bare"
    wrong, formulas = {}, 0
    for name in notebooks(kind):
        seen = lab.open(f"{kind}/{name}")
        closed = lab.page.locator(".jp-CodeCell .jp-OutputPlaceholder").count()
        if found := problems(seen):
            wrong[name] = found
        if closed < folded_cells(KINDS[kind] / name):
            wrong.setdefault(name, []).append("the code of a solution is open")
        formulas += seen.formulas
        keep(lab.picture, "jupyterlab", extension, kind, name)
    assert wrong == {}
    assert formulas > 50


@pytest.mark.parametrize("name", BROKEN)
def test_jupyterlab_shows_what_is_broken(lab, name):
    seen = lab.open(f"broken/{name}.ipynb")
    if lab.myst and name == "a role":
        pytest.skip("jupyterlab-myst shows an unknown role as code.")
    assert seen.cells == 1
    assert problems(seen)


# ---------------------------------------------------------------- nbconvert, as nbviewer uses it

# The template's settings are those of MathJax 2; these say the same to MathJax 3.
DOLLARS = """window.MathJax = {tex: {
    inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]], processEscapes: true,
}};"""


@pytest.fixture(scope="module")
def page(browser):
    page = new_page(browser)
    page.add_init_script(DOLLARS)
    return page


def converted(page, notebook, file: Path) -> Seen:
    exporter = HTMLExporter(mathjax_url=MATHJAX.as_uri(), require_js_url="", jquery_url="")
    text, _ = exporter.from_notebook_node(notebook)
    file.write_text(text, "utf-8")
    page.goto(file.as_uri())
    page.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
    page.evaluate("MathJax.startup.promise")
    return look(page)


@pytest.mark.parametrize("kind", [pytest.param("plain", marks=pytest.mark.nightly), "students"])
def test_nbconvert_shows_every_notebook_right(page, kind, tmp_path):
    wrong, formulas = {}, 0
    for name in notebooks(kind):
        notebook = nbformat.read(KINDS[kind] / name, as_version=4)
        seen = converted(page, notebook, tmp_path / "page.html")
        if found := problems(seen):
            wrong[name] = found
        formulas += seen.formulas
        keep(lambda file: page.screenshot(path=file, full_page=True), "nbconvert", kind, name)
    assert wrong == {}
    assert formulas > 50


@pytest.mark.parametrize("name", BROKEN)
def test_nbconvert_shows_what_is_broken(page, name, tmp_path):
    cells = [nbformat.v4.new_markdown_cell(BROKEN[name])]
    assert problems(converted(page, nbformat.v4.new_notebook(cells=cells), tmp_path / "page.html"))
