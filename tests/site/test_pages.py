"""The built site: it asks no other host for anything, links lead somewhere, figures have words."""

import re
from urllib.parse import unquote, urlsplit

from built import HTML, ROOT

FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def test_every_page_of_the_contents_is_built(pages):
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    named = re.findall(r"(?:root|file): *(\S+)", toc)
    built = {page.name for page in pages}
    assert [name for name in named if f"{name}.html" not in built] == []


def test_no_page_asks_another_host(pages):
    """An ordinary link may lead out; whatever the browser fetches by itself may not."""
    asked = [
        (page.name, tag, address)
        for page in pages
        for tag, _, address in page.addresses()
        if tag != "a" and FOREIGN.match(address)
    ]
    assert asked == []


def test_no_style_asks_another_host(pages):
    styles = [(str(path), path.read_text("utf-8")) for path in sorted(HTML.rglob("*.css"))]
    for page in pages:
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
            elif parts.fragment and target in anchors:
                if unquote(parts.fragment) not in anchors[target]:
                    missing.append((page.name, address))
    assert missing == []


def test_fonts_of_the_style_sheets_are_there():
    missing = [
        (style.name, address)
        for style in sorted(HTML.rglob("*.css"))
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


def test_mathematics_is_typeset_by_the_site_itself(pages):
    page = next(page for page in pages if page.soup.select(".math"))
    scripts = [tag["src"] for tag in page.soup.find_all("script", src=True)]
    assert any("vendor/mathjax/tex-chtml-full.js" in script for script in scripts)
    assert r"\\mathsf{T}" in page.path.read_text("utf-8"), "site/macros.tex did not reach the page"
    assert len(list(HTML.glob("_static/vendor/mathjax/output/chtml/fonts/woff-v2/*.woff"))) > 20
