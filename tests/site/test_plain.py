"""The notebooks that readers download: plain Markdown, the site's numbers, the source's code.

What JupyterLab makes of them in a browser is tested in test_readers.py.
"""

import functools
import html
import io
import json
import posixpath
import re
import zipfile

import nbformat
import pytest
from built_site import ROOT, Site
from nbconvert import HTMLExporter
from nbformat import v4
from reading import anchors, errors, formulas, links, raw_in_page, refused, shown_raw, tags, typeset

STUDENTS = sorted((ROOT / "homework").glob("*/student/*.ipynb"))


@functools.cache
def plain(site: Site) -> dict[str, nbformat.NotebookNode]:
    """The notebooks by the names of their pages."""
    folder = site.html / "notebooks"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): nbformat.read(path, as_version=4)
        for path in sorted(folder.rglob("*.ipynb"))
    }


@functools.cache
def students() -> dict[str, nbformat.NotebookNode]:
    return {path.stem: nbformat.read(path, as_version=4) for path in STUDENTS}


def texts(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def title(page) -> str:
    return page.soup.select_one("article h1").find(string=True, recursive=False).strip()


# ---------------------------------------------------------------- what is in them


def test_every_page_is_a_notebook(site):
    assert sorted(plain(site)) == sorted(site.contents)


def test_code_and_outputs_are_the_sources(site):
    """Byte for byte, so that what nbval has found of the source holds for these.

    Only the cell that asks for lecturelib may differ: where notebooks are launched, it installs it.
    """
    for path in site.notebooks():
        name = path.relative_to(site.book).with_suffix("").as_posix()
        made = plain(site)[name]
        for there, here in zip(code(nbformat.read(path, 4)), code(made), strict=True):
            for output in here.outputs:  # the words for a picture are added
                if "metadata" in output:
                    assert set(output.metadata) <= {"image/png"}
                    output.metadata = {}
            if here.id == "needs-lecturelib" and "%pip install" in here.source:
                here.source = there.source
            assert (here.id, here.source, here.outputs, here.execution_count) == (
                there.id,
                there.source,
                there.outputs,
                there.execution_count,
            ), name


def test_no_text_is_raw(site):
    for name, notebook in {**plain(site), **students()}.items():
        for text in texts(notebook):
            assert shown_raw(text) == [], name
            assert tags(text) <= {"a", "details", "summary", "br"}, name


def formulas_of(notebooks) -> list[tuple[str, bool]]:
    return sorted({f for nb in notebooks for text in texts(nb) for f in formulas(text)})


def test_every_formula_is_typeset_by_every_reader(site):
    ours, students_own = formulas_of(plain(site).values()), formulas_of(students().values())
    assert len(ours) > 50 and len(students_own) > 50
    assert errors(ours) == []
    assert refused(ours) == []
    assert errors(students_own) == []


def page_formulas(page) -> list[tuple[str, str, bool, str]]:
    """MathML as the page has it, its TeX, whether it is displayed, and its number."""
    found = []
    for tag in page.soup.select("article .math"):
        if tag.find_parent(class_=["cell", "checked", "stored"]) and not tag.find_parent(
            "figcaption"
        ):
            continue
        number = tag.select_one(".eqno")
        tex = tag.select_one("mjx-container")["data-tex"]
        found.append((str(tag.math), tex, tag.name == "div",
                      number.find(string=True) if number else ""))  # fmt: skip
    return found


def same_form(mathml: str) -> str:
    """MathML without what differs between an operator's name and a macro written out."""
    mathml = re.sub(r" data-[\w-]+=\"[^\"]*\"", "", mathml)
    mathml = re.sub(r"<mo>(?:&#x2061;|\u2061)</mo>|</?(?:mrow|mstyle)\b[^>]*>", "", mathml)
    return re.sub(r"\s+", " ", mathml).replace("> <", "><")


def without_wrapping(mathml: str) -> str:
    """The same, without the table of one cell that Sphinx puts around some formulas."""
    return re.sub(r"</?m(?:table|tr|td)\b[^>]*>", "", same_form(mathml))


def spoken_form(mathml: str) -> str:
    """The same, without spaces, which the pages' MathML leaves to the picture beside it."""
    mathml = html.unescape(same_form(html.unescape(mathml))).replace("\u2061", "")
    mathml = re.sub(r"</?math\b[^>]*>|<mspace[^>]*>(?:</mspace>)?", "", mathml)
    mathml = re.sub(r"<mtable[^>]*>", "<mtable>", mathml)  # `align` and `aligned` differ in spacing
    return re.sub(  # attributes in one order
        r"<(\w+) ([^>]*\S)\s*>",
        lambda tag: f"<{tag[1]} {' '.join(sorted(tag[2].split()))}>",
        mathml,
    ).strip()


def test_formulas_are_the_sites_own_in_their_order(site):
    """Macros written out, they look as they do on the page; and each equation has its number."""
    notebooks = plain(site)
    triples = set()
    for page in site.pages:
        notebook = notebooks.get(page.name.removesuffix(".html"))
        if notebook is None:
            continue
        here = page_formulas(page)
        there = [formula for text in texts(notebook) for formula in formulas(text)]
        assert len(here) == len(there), page.name
        for (mathml, tex, display, number), (plain_tex, plain_display) in zip(
            here, there, strict=True
        ):
            assert display == plain_display, tex
            tagged = re.search(r"\\tag\{(.*)\}$", plain_tex)
            assert (tagged[1] if tagged else "") == number.strip("()"), tex
            triples.add((mathml, tex, re.sub(r" *\\tag\{.*\}$", "", plain_tex), display))
    distinct = sorted(triples)
    copied = typeset([(tex, display) for _, tex, _, display in distinct])
    written = typeset([(tex, display) for _, _, tex, display in distinct])
    # What the page shows, what it hands out to copy, what the notebook says.
    differ = [
        found
        for found, (two, _, _), (three, _, _) in zip(distinct, copied, written, strict=True)
        if spoken_form(found[0]) != spoken_form(three)
        or without_wrapping(two) != without_wrapping(three)
    ]
    assert differ == []


def pages_and_notebooks(site):
    """Each page that a reader can download, with its notebook."""
    notebooks = plain(site)
    for page in site.pages:
        if notebook := notebooks.get(page.name.removesuffix(".html")):
            yield page, notebook


def test_boxes_have_the_sites_numbers(site):
    for page, notebook in pages_and_notebooks(site):
        numbers = [
            number.get_text(strip=True)
            for number in page.soup.select("article .caption-number")
            if not number.find_parent(class_="dropdown")
        ]
        kinds = "|".join(sorted({re.escape(number.split()[0]) for number in numbers}) or ["-"])
        bold = rf"\*\*((?:{kinds}) \d+(?:\.\d+)*)\*\*"
        assert re.findall(bold, "\n".join(texts(notebook))) == numbers, page.name


def test_solutions_and_dropdowns_are_folded(site):
    for page, notebook in pages_and_notebooks(site):
        folded = page.soup.select("article .dropdown.admonition, article details.sd-dropdown")
        everything = "\n".join(texts(notebook))
        assert "<details open" not in everything
        opened = everything.count("<details>")
        cells = [
            cell
            for cell in code(notebook)
            if cell.metadata.get("jupyter", {}).get("outputs_hidden")
        ]
        assert len(cells) == len([c for box in folded for c in box.select(".cell")]), page.name
        # A solution that is code alone has no text to fold.
        silent = [box for box in folded if not box.find(["p", "ul", "ol", "pre"], recursive=True)]
        assert opened >= len(folded) - len(silent), page.name
        for cell in cells:
            assert cell.metadata["jupyter"]["source_hidden"]


# ---------------------------------------------------------------- links


def problems_of_links(files: dict[str, bytes]) -> list[str]:
    """Links of the archive's notebooks that lead nowhere in it."""
    notebooks = {
        name: nbformat.reads(content.decode(), 4)
        for name, content in files.items()
        if name.endswith(".ipynb")
    }
    places = {
        name: [place for text in texts(notebook) for place in anchors(text)]
        for name, notebook in notebooks.items()
    }
    found = []
    for name, notebook in notebooks.items():
        found += [f"{name}: #{p} twice" for p in set(places[name]) if places[name].count(p) > 1]
        for text in texts(notebook):
            for link in links(text):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, place = link.partition("#")
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
                target = target if path else name
                if place.startswith("set=") and target.endswith("practice.ipynb"):
                    place = ""  # the names of problems, and no anchor
                if target not in files or (place and place not in places[target]):
                    found.append(f"{name}: {link}")
    return found


def archive(site: Site) -> dict[str, bytes]:
    [path] = site.html.glob("*.zip")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_links_lead_to_notebooks_of_the_archive(site):
    files = archive(site)
    assert problems_of_links(files) == []
    linked = [link for text in texts(plain(site)[site.contents[1]]) for link in links(text)]
    assert any(link.endswith(".ipynb") for link in linked)


def test_the_archive_has_all_of_it_in_one_folder(site):
    files = archive(site)
    assert len({name.split("/")[0] for name in files}) == 1
    inside = {name.split("/", 1)[1]: content for name, content in files.items()}
    for name in site.contents:
        there = site.html / "notebooks" / f"{name}.ipynb"
        assert inside[f"{name}.ipynb"] == there.read_bytes()
    [wheel] = site.html.glob("*.whl")
    assert inside[wheel.name] == wheel.read_bytes()


def test_every_page_offers_its_notebook_and_the_front_page_all(site):
    for page in site.pages:
        name = page.name.removesuffix(".html")
        if name in site.contents:
            [button] = page.soup.select("a.btn-download-source-button")
            target = (page.path.parent / button["href"]).resolve()
            assert target == (site.html / "notebooks" / f"{name}.ipynb").resolve()
    front = next(page for page in site.pages if page.name == f"{site.contents[0]}.html")
    assert [a["href"] for a in front.soup.select("a.course-archive")] == [
        path.name for path in site.html.glob("*.zip")
    ]


# ---------------------------------------------------------------- nbconvert, as nbviewer uses it


def converted(*cells: str) -> str:
    """Text cells as a page."""
    made = v4.new_notebook(cells=[v4.new_markdown_cell(cell) for cell in cells])
    return HTMLExporter(template_name="basic").from_notebook_node(made)[0]


def test_nbconvert_shows_nothing_raw(site):
    for name, notebook in {**plain(site), **students()}.items():
        assert raw_in_page(converted(*texts(notebook))) == [], name


# ---------------------------------------------------------------- that these tests can fail


@pytest.mark.parametrize(
    "text",
    [
        ":::{prf:lemma} Small\n:label: c1\n\ntext\n:::",
        "```{dropdown} Why?\ntext\n```",
        "By {eq}`c1-eq`.",
        "By {prf:ref}`c1-eq`.",
        "Read {doc}`words <../page>`.",
        "(c1-label)=\n## Title",
        "$$\na\n$$ (c1-eq)",
        "[text]{.class}",
        "> :::{margin}\n> text\n> :::",
    ],
)
def test_raw_markup_is_caught(text):
    assert shown_raw(text)
    assert raw_in_page(converted(text))


def test_plain_markdown_is_not_raw():
    text = "> **Lemma 1** (Small)\n>\n> $$a \\tag{1}$$\n\n`{eq}` and `:::` as code, f{x}, 1:2 (a)."
    assert shown_raw(text) == []


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"X^\T", r"Undefined control sequence \T"),
        (r"\operatorname{Tr} X", "refused by GitHub"),
        (r"\frac{1}", "Missing argument"),
        (r"\newcommand{\a}{b}\a", "refused by GitHub"),
    ],
)
def test_a_formula_in_error_is_caught(tex, said):
    assert said in " ".join(errors([(tex, False)]) + refused([(tex, False)]))


def test_a_link_into_nothing_is_caught():
    def page(text: str) -> bytes:
        cell = v4.new_markdown_cell(text)
        return json.dumps(v4.new_notebook(cells=[cell])).encode()

    files = {"a/one.ipynb": page('<a id="here"></a>[x](../b/two.ipynb#there) [y](#here)')}
    assert problems_of_links(files | {"b/two.ipynb": page("text")}) == [
        "a/one.ipynb: ../b/two.ipynb#there"
    ]
    assert problems_of_links(files | {"b/two.ipynb": page('<a id="there"></a>')}) == []
