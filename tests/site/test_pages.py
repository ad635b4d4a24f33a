"""The built site: it asks no other host for anything, links lead somewhere, figures have words.

No test names a page: what holds for the whole course holds for one that is cut, too.
"""

import gzip
import json
import posixpath
import re
from urllib.parse import unquote, urlsplit

import pytest

from lecturelib.claims import records

FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def test_the_pages_of_the_contents_are_built_and_no_others(site):
    built = {page.name for page in site.pages}
    assert [name for name in site.contents if f"{name}.html" not in built] == []
    notebooks = {name.removesuffix(".html") for name in built if name.startswith("chapters/")}
    assert notebooks <= set(site.contents)


def test_no_page_asks_another_host(pages):
    """An ordinary link may lead out; whatever the browser fetches by itself may not."""
    asked = [
        (page.name, tag, address)
        for page in pages
        for tag, _, address in page.addresses()
        if tag != "a" and FOREIGN.match(address)
    ]
    assert asked == []


def test_no_style_asks_another_host(site):
    styles = [(str(path), path.read_text("utf-8")) for path in sorted(site.html.rglob("*.css"))]
    for page in site.pages:
        styles += [(page.name, tag.get_text()) for tag in page.soup.find_all("style")]
        styles += [(page.name, tag["style"]) for tag in page.soup.find_all(style=True)]
    fetches = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
    assert [(name, found) for name, text in styles for found in fetches.findall(text)] == []


def test_no_inline_script_names_another_host(pages):
    named = [
        (page.name, found)
        for page in pages
        for script in page.soup.find_all("script", src=False)
        for found in re.findall(r"https?://[^\s'\"]+", script.get_text())
    ]
    assert named == []


def test_what_the_pages_name_is_there(pages):
    """Every local link, script, style and picture exists, and so does the anchor in a link."""
    anchors = {
        page.path: {tag["id"] for tag in page.soup.find_all(id=True)}
        | {tag["name"] for tag in page.soup.find_all("a", attrs={"name": True})}
        for page in pages
    }
    missing = []
    for page in pages:
        for _, _, address in page.addresses():
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address in ("", "#"):
                continue
            target = (page.path.parent / (unquote(parts.path) or page.path.name)).resolve()
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                missing.append((page.name, address))
            elif parts.fragment.startswith("f="):
                assert target.stem == "differentiate", address  # a function, and no anchor
            elif parts.fragment.startswith("set="):
                assert target.stem == "practice", address  # the names of problems
            elif parts.fragment and target in anchors:
                if unquote(parts.fragment) not in anchors[target]:
                    missing.append((page.name, address))
    assert missing == []


def test_fonts_of_the_style_sheets_are_there(site):
    missing = [
        (style.name, address)
        for style in sorted(site.html.rglob("*.css"))
        for address in re.findall(r"url\(['\"]?([^'\")]+)", style.read_text("utf-8"))
        if not address.startswith(("data:", "#"))
        and not (style.parent / urlsplit(address).path).resolve().is_file()
    ]
    assert missing == []


def test_every_picture_says_what_it_shows(pages):
    """An empty alt is right only for decoration, and a page of this course has none."""
    silent = [
        (page.name, image.get("src", "")[:60])
        for page in pages
        for image in page.soup.select("article img")
        if len(image.get("alt", "").split()) < 4
    ]
    assert silent == []


def test_pages_stay_accessible(pages):
    """What site/course_site.py repairs: a new version of the theme may need other repairs."""
    for page in pages:
        soup = page.soup
        assert soup.html["lang"] == "en", page.name
        assert soup.select("main h1"), page.name
        assert soup.find_all(role="doc-biblioentry") == [], page.name
        assert soup.select("summary[aria-label]") == [], page.name
        assert soup.select(".search-button-field[aria-label]") == [], page.name
        assert soup.select("i.theme-switch[title]") == [], page.name
        for brand in soup.select("a.navbar-brand"):
            assert brand.find_parent(role="navigation"), page.name


def test_nothing_folds_without_a_title(pages):
    """A folding box without a title stops the script that folds every other box of its page."""
    untitled = [
        (page.name, box.get_text()[:40])
        for page in pages
        for box in page.soup.select("article .admonition.dropdown, article .proof.dropdown")
        if box.select_one(".admonition-title, .proof-title") is None
    ]
    assert untitled == []


def test_mathematics_is_typeset_before_it_is_read(pages):
    """As HTML, with MathML and TeX beside it; no page of the book loads MathJax."""
    formulas = 0
    for page in pages:
        scripts = [tag["src"] for tag in page.soup.find_all("script", src=True)]
        shown = page.soup.select(".math")
        if shown:
            assert [script for script in scripts if "mathjax" in script] == [], page.name
            assert page.soup.select('link[href*="_static/math.css"]'), page.name
        for formula in shown:
            assert formula.select("mjx-container > mjx-math[aria-hidden]"), (
                page.name,
                formula,
            )
            assert formula.select_one("mjx-container")["data-tex"].strip()
            # Orca does not look into <semantics>: such a formula would be silent.
            spoken = formula.select_one("mjx-assistive-mml > math")
            assert spoken.get_text().strip() and spoken.semantics is None
        formulas += len(shown)
        assert page.glyphs >= len(shown), page.name
        assert page.soup.select("mjx-merror, merror, [data-mjx-error]") == [], page.name
    assert formulas > 1000


def test_no_text_shows_the_source_of_a_formula(pages):
    """A role's text, for one, holds no formulas: a link once read `$A\\vb x + \\vb b$`."""
    shown = [
        (page.name, text)
        for page in pages
        for text in page.soup.body.find_all(string=re.compile(r"\$[^$]*\\[a-z]+[^$]*\$"))
        if text.find_parent(["pre", "code", "script", "textarea"]) is None
    ]
    assert shown == []


def test_mathjax_is_there_for_what_a_reader_types(site):
    folder = site.html / "_static" / "vendor" / "mathjax"
    assert (folder / "tex-chtml-full.js").is_file()
    assert len(list(folder.glob("output/chtml/fonts/woff-v2/*.woff"))) > 20


# ---------------------------------------------------------------- what notebooks become


def tagged(notebook, pattern):
    """The code cells with a tag, and what the tag's pattern matched."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        for tag in cell["metadata"].get("tags", []):
            if cell["cell_type"] == "code" and (found := re.fullmatch(pattern, tag)):
                yield cell, found


def test_equations_carry_the_chapter_and_links_say_the_same_number(site):
    """The lecture's equations have bare numbers: ours must not be taken for them."""
    numbers: dict[str, str] = {}
    last: dict[str, int] = {}
    shown = {page.name: page for page in site.pages}
    for name in site.contents:
        chapter = re.match(r"chapters/(\d)-", name)
        for equation in shown[f"{name}.html"].soup.select("div.math[id]:has(.eqno)"):
            number = equation.select_one(".eqno").get_text().strip("¶# ")
            numbers[f"{name}.html#{equation['id']}"] = number
            if chapter:
                last[chapter[1]] = last.get(chapter[1], 0) + 1
                assert number == f"({chapter[1]}.{last[chapter[1]]})", (name, number)
    assert last
    for page in shown.values():
        for link in page.soup.select('a.reference.internal[href*="#equation-"]'):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), link["href"]))
            if link["href"].startswith("#"):
                target = page.name + link["href"]
            assert link.get_text() == numbers[target], (page.name, link["href"])


def test_what_the_theme_hides_is_there(pages):
    """Beside wide content the theme hides the contents, and stumbles where a page has none."""
    wide = ".full-width, .tag_full-width, .margin, .tag_margin, .sidebar, .tag_sidebar, .popout"
    without = [
        page.name
        for page in pages
        if page.soup.select_one(wide) and not page.soup.select_one("div.bd-sidebar-secondary")
    ]
    assert without == []


def test_no_head_of_a_table_is_mathematics_alone(pages):
    """A screen reader that does not read formulas finds an empty head."""
    for page in pages:
        for head in page.soup.select("article th"):
            words = [
                str(text)
                for text in head.find_all(string=True)
                if not text.find_parent("mjx-container")
            ]
            assert "".join(words).strip() or not head.get_text(strip=True), (page.name, head)


def test_every_verify_cell_is_one_mark(site):
    """It is folded, says so to a screen reader, and names its claims; the code is not shown."""
    for notebook in site.notebooks():
        marks = site.page(notebook).soup.select("details.checked")
        cells = [cell for cell, _ in tagged(notebook, "verify")]
        assert len(marks) == len(cells), notebook
        for mark, cell in zip(marks, cells, strict=True):
            claims = re.findall(r"verify\([\"']([\w-]+)", "".join(cell["source"]))
            assert not mark.has_attr("open")
            assert mark.summary.get_text() == f"✓ checked: {', '.join(claims)}"
            lines = [line.get_text() for line in mark.find_all("p", recursive=False)]
            assert [line.split()[0] for line in lines] == claims
            assert all(" holds on " in line for line in lines)


def test_every_film_is_frames_and_a_slider(site):
    for notebook in site.notebooks():
        films = site.page(notebook).soup.select(".film")
        counts = [int(found[1]) for _, found in tagged(notebook, r"frames-(\d+)")]
        assert [len(film.select(".film-frame img")) for film in films] == counts, notebook
        for film in films:
            slider = film.select_one("label input[type=range]")
            assert slider["max"] == str(len(film.select(".film-frame")))
            assert len(film.select(".film-shown")) == 1


def test_every_figure_is_shown_and_its_code_folded(site):
    for notebook in site.notebooks():
        for cell in site.page(notebook).soup.select("div.cell:has(figure img)"):
            code = cell.select_one(".cell_input")
            assert code is None or code.find_parent("details"), notebook
            assert cell.select_one("figure img").find_parent("details", class_="hide") is None


def test_solutions_do_not_repeat_the_titles_of_their_exercises(pages):
    titles = [title.get_text() for page in pages for title in page.soup.select(".solution > p")]
    assert len(titles) > 50
    assert [t for t in titles if not re.fullmatch(r"Solution to Exercise (\d+|\(.+\))\s*", t)] == []


def test_the_ledger_lists_every_claim_once(site):
    """What a page of this book has verified is there, with the page; all else says why not."""
    ledgers = [page for page in site.pages if page.soup.select(".claim")]
    if not ledgers:
        pytest.skip("This course has no ledger.")
    [ledger] = ledgers
    cards = {card["id"]: card for card in ledger.soup.select(".claim")}
    assert list(cards) == [f"ledger-{name}" for name in records()]
    shown = {
        claim
        for notebook in site.notebooks()
        for cell, _ in tagged(notebook, "verify")
        for claim in re.findall(r"verify\([\"']([\w-]+)", "".join(cell["source"]))
        if "reference" not in notebook.relative_to(site.book).parts
    }
    for name, record in records().items():
        fields = [name.get_text().strip(":") for name in cards[f"ledger-{name}"].select("dt")]
        assert ("Referees" in fields and "Page" in fields) == (name in shown), name
        assert ("Not checked" in fields) == bool(record.uncheckable), name


def test_every_quick_question_has_one_right_answer(pages):
    """And every answer says why, and has a name that is more than a formula."""
    for page in pages:
        for question in page.soup.select(".question"):
            answers = question.select("details.sd-dropdown")
            right = [answer for answer in answers if "right" in answer["class"]]
            wrong = [answer for answer in answers if "wrong" in answer["class"]]
            assert len(right) == 1 and len(wrong) >= 2, page.name
            assert len(right) + len(wrong) == len(answers), page.name
            for answer in answers:
                assert answer.summary.get_text().strip().startswith("Answer: "), page.name
                assert len(answer.select_one(".sd-summary-content").get_text().split()) > 2


# ---------------------------------------------------------------- weight

HEAVIEST = 1_200_000  # bytes of a page, compressed, and its pictures; the rest: test_weight.py


def test_no_page_is_heavy(pages):
    heavy = {}
    for page in pages:
        pictures = {
            (page.path.parent / unquote(urlsplit(image["src"]).path)).resolve()
            for image in page.soup.select("article img[src]")
            if not image["src"].startswith("data:")
        }
        text = len(gzip.compress(page.path.read_bytes()))
        weight = text + sum(path.stat().st_size for path in pictures)
        if weight > HEAVIEST:
            heavy[page.name] = weight
    assert heavy == {}


WHOLE = 60_000_000  # bytes of the site, with Python for the browser and what is downloaded


def test_the_site_is_light(site):
    files = [path for path in site.html.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= WHOLE
    assert not (site.html / "_static" / "locales").exists()
