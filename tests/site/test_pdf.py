"""`make pdf`: the finished pages as one PDF with tags, bookmarks and links inside; and its link."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from built_site import HTML, ROOT

sys.path[:0] = [str(ROOT / "site"), str(ROOT / "tools")]
import pdf  # noqa: E402
from course_pdf import NAME, link_pages  # noqa: E402

# A page with everything that must not go wrong, and one that it links to.
ONE = """\
<html><head><link rel="stylesheet" href="../_static/a.css"></head><body><nav>menu</nav>
<article class="bd-article"><section id="title">
<h1>One<a class="headerlink" href="#title">#</a></h1>
<p>See <a href="#part">here</a>, <a href="two.html#part">there</a>, <a href="two.html">two</a>,
<a href="../file.whl" download>a file</a>, <a href="https://example.org/">a site</a>.</p>
<section id="part"><h2>Part</h2><div class="math" id="eq"><mjx-container
data-tex="x^2"><mjx-math></mjx-math>
<mjx-assistive-mml><math><msup><mi>x</mi><mn>2</mn></msup></math></mjx-assistive-mml>
</mjx-container><span class="eqno">(1.1)</span></div>
<details class="sd-dropdown"><summary>Why</summary><p>Because.</p></details>
<div class="solution dropdown admonition" id="solution"><p>SECRET</p></div>
<div class="question"><details class="right"><summary>one</summary><p>SECRET</p></details></div>
<img src="../_images/a.png" alt="A picture."></section></section></article></body></html>"""
TWO = """\
<html><head><link rel="stylesheet" href="../_static/a.css"></head><body>
<article class="bd-article"><section id="title"><h1>Two</h1><section id="part"><h2>Part</h2>
<p>End.</p></section></section></article></body></html>"""


@pytest.fixture
def book(tmp_path) -> Path:
    folder = tmp_path / "html"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "one.html").write_text(ONE)
    (folder / "part" / "two.html").write_text(TWO)
    return folder


PARTS = [("", ["part/one"]), ("The rest", ["part/two"])]


def combined(book: Path, base: str = "") -> BeautifulSoup:
    text = pdf.Printed(book, PARTS, base).html("../html/", "Course", "<p>Edition: 1.</p>")
    return BeautifulSoup(text, "html.parser")


def test_names_are_each_pages_own_and_links_lead_to_them(book):
    soup = combined(book)
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = {a.get_text(): a.get("href") for a in soup.select("section.page a")}
    assert links["here"] == "#page-0--part" and links["there"] == "#page-1--part"
    assert links["two"] == "#page-1" and links["a site"] == "https://example.org/"
    assert {str(a["href"])[1:] for a in soup.select('a[href^="#"]')} <= set(ids)
    # A PDF that somebody else reads knows no file of this machine.
    assert links["a file"] is None
    assert combined(book, "https://example.org/course").find("a", string="a file")["href"] == (
        "https://example.org/course/file.whl"
    )


def test_what_is_folded_stays_so_and_reasons_are_open(book):
    soup = combined(book)
    assert "SECRET" not in soup.get_text()
    assert soup.find(id="page-0--solution") is not None  # a link may lead there
    [reason] = soup.select("details")
    assert reason.has_attr("open") and "Because." in reason.get_text()


def test_headings_number_pictures_and_formulas_are_there(book):
    soup = combined(book)
    headings = [(h.name, h.get_text()) for h in soup.select("section.page :is(h1, h2, h3)")]
    assert headings == [("h1", "One"), ("h2", "Part"), ("h2", "Two"), ("h3", "Part")]
    assert [n.get_text() for n in soup.select(".eqno")] == ["(1.1)"]
    formula, picture = soup.select("section.page img")
    assert formula["alt"] == "x^2" and not soup.select("mjx-assistive-mml")
    assert picture["src"] == "../html/_images/a.png"
    assert len(soup.select("link")) == 1


def test_without_a_browser_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="there is none here .*apt-get install chromium"):
        pdf.print_page(tmp_path / "page.html", tmp_path / NAME)


def test_the_order_is_that_of_the_contents():
    named = [page for _, pages in pdf.contents(ROOT) for page in pages]
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    assert named == re.findall(r"^[ -]*(?:root|file): *(\S+)", toc, re.MULTILINE)


# ---------------------------------------------------------------- the link on the pages


def test_the_link_comes_with_the_pdf(pages, site):
    """Before, a page has a comment in its place, and no link that leads nowhere."""
    printed = (site.html / NAME).is_file()
    for page in pages:
        if page.soup.select_one(".extra_footer"):
            assert len(page.soup.select(".extra_footer .course-pdf")) == printed, page.name


def test_link_pages_links_from_every_depth(tmp_path):
    for name in ("intro.html", "chapters/reference/glossary.html"):
        if not (HTML / name).is_file():
            pytest.skip(f"This course has no {name}.")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = (HTML / name).read_text("utf-8")
        link = r'<a class="course-pdf" href="([^"]*)">(.*?)</a>'
        (tmp_path / name).write_text(re.sub(link, r"<!--course-pdf \1 \2-->", text), "utf-8")
    assert link_pages(tmp_path) == 2 and link_pages(tmp_path) == 0
    for path, count in (("intro.html", 2), ("chapters/reference/glossary.html", 1)):
        soup = BeautifulSoup((tmp_path / path).read_text("utf-8"), "html.parser")
        links = soup.select("a.course-pdf")
        assert len(links) == count and all(a.get_text().startswith("The whole") for a in links)
        assert {(tmp_path / path).parent.joinpath(a["href"]).resolve() for a in links} == {
            tmp_path / NAME
        }


# ---------------------------------------------------------------- Chromium


def print_apart(page: Path, file: Path) -> None:
    """In a process of its own: this one drives a browser already, for other tests."""
    code = f"import pdf, pathlib; pdf.print_page(*map(pathlib.Path, {[str(page), str(file)]}))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "tools")


@pytest.mark.browser
def test_the_pdf_has_tags_bookmarks_links_and_words_for_formulas(browser, tmp_path):
    shutil.copytree(HTML / "_static", tmp_path / "html" / "_static")
    shutil.copytree(HTML / "_images", tmp_path / "html" / "_images")
    parts = [(c, [p for p in pages if p.startswith("chapters/")][:1]) for c, pages in
             pdf.contents(ROOT)][1:3]  # fmt: skip
    names = sum((pages for _, pages in parts), [])
    for name in names:
        (tmp_path / "html" / f"{name}.html").parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HTML / f"{name}.html", tmp_path / "html" / f"{name}.html")
    (tmp_path / "pdf").mkdir()
    page, file = tmp_path / "pdf" / "course.html", tmp_path / NAME
    made = pdf.Printed(tmp_path / "html", parts)
    page.write_text(made.html("../html/", "A course", "<p>Edition: 1.</p>"), "utf-8")
    print_apart(page, file)
    data = file.read_bytes()
    assert re.search(rb"/MarkInfo <<[^>]*/Marked true", data)
    assert b"/Lang (en)" in data and b"/Title (A course)" in data
    kinds = set(re.findall(rb"/S /(H\d|P|Figure|Link)\b", data))
    assert {b"H1", b"H2", b"H3", b"P", b"Figure", b"Link"} <= kinds
    titles = re.findall(rb"/Title \((.*?)\)", data)
    for caption, _ in parts:
        assert caption.encode() in titles
    assert b"Contents" in titles and len(titles) > 10
    pictures = sum(len(made.pages[name].select("section.page img[alt]")) for name in names)
    assert data.count(b"/Alt ") >= 0.9 * pictures > 0
    # No address of this machine is in it.
    assert b"file://" not in data and str(tmp_path).encode() not in data
    again = tmp_path / "again.pdf"
    print_apart(page, again)
    assert again.read_bytes() == data
