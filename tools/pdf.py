"""Print the built site as one PDF, with bookmarks and tags: `make pdf`.

    python tools/pdf.py [SITE [PDF]]     SITE is _build/html, where the PDF goes and is linked

All pages of the book, in the order of _toc.yml, become one page of HTML, _build/pdf/course.html,
and a headless Chromium prints it at once: so links between pages lead to places in the PDF,
headings become bookmarks, and the structure is there for who listens. What a click opens on the
site stays closed (solutions, hints, answers to questions), except for the reasons, which a reader
of paper cannot open. Numbers are those of the site.
"""

from __future__ import annotations

import argparse
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "site")]
from course_edition import edition  # noqa: E402
from course_pdf import NAME, link_pages  # noqa: E402

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# What a page has for its screen, and what a click would open.
UNSEEN = """
    script, noscript, link, form, button, [hidden], .headerlink, .toctree-wrapper, .solution,
    .film-control, .course-pdf, details:not(.sd-dropdown), .question details
"""
# A formula's words: a picture that shows nothing and lies over it. Chromium tags pictures, and not
# the glyphs of a formula, which a style sheet draws.
NOTHING = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAe"
    "n63NgAAAAASUVORK5CYII="
)

# Attributes that name a place of the page.
NAMES = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "name")

STYLE = """
@page { size: A4; margin: 18mm 18mm 20mm; }
@page { @bottom-center { content: counter(page); font: 9pt sans-serif; } }
@page title { @bottom-center { content: none; } }
html { font-size: 10pt; }
body { background: none; }
main { max-width: none; }
.bd-article { font-size: 10.5pt; line-height: 1.45; padding: 0; }
section.part > h1 { break-before: page; font-size: 26pt; }
section.page { break-before: page; }
section.part > h1 + section.page { break-before: auto; }
section.page h2 { font-size: 20pt; margin-top: 0; }
section.page h3 { font-size: 14pt; margin-top: 1.6em; }
section.page h4 { font-size: 11.5pt; }
#course-title { page: title; break-after: page; padding-top: 30%; }
#course-title h1 { font-size: 30pt; }
#course-contents { break-after: page; columns: 2; }
#course-contents h1 { column-span: all; }
#course-contents ul { list-style: none; padding-left: 0; }
#course-contents li { break-inside: avoid; }
#course-contents li li { padding-left: 1em; }
h1, h2, h3, h4, .admonition-title, summary { break-after: avoid; }
p, li { orphans: 3; widows: 3; }
pre, figure, tr, div.math, mjx-container, .claim { break-inside: avoid; }
pre { white-space: pre-wrap; }
details > summary::marker, details > summary::-webkit-details-marker { content: none; }
.sd-summary-state-marker { display: none; }
.pst-scrollable-table-container, div.math, mjx-container { overflow: visible !important; }
img { max-width: 100%; }
mjx-container { position: relative; }
mjx-container > img { position: absolute; inset: 0; width: 100%; height: 100%; }
"""

PAGE = """\
<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head><meta charset="utf-8"><title>{title}</title>{head}<style>{style}</style></head>
<body><main class="bd-main"><article class="bd-article">{body}</article></main></body>
</html>
"""


def contents(root: Path) -> list[tuple[str, list[str]]]:
    """The parts of the book: caption and pages; the front page is a part without a caption."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    parts = [("", [toc["root"], *(page["file"] for page in toc.get("chapters", []))])]
    for part in toc.get("parts", []):
        parts.append((part.get("caption", ""), [page["file"] for page in part["chapters"]]))
    return parts


def normal(page: str, path: str) -> str:
    """A path that a page names, seen from the site's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


class Printed:
    """The pages of a site as one."""

    def __init__(self, site: Path, parts: list[tuple[str, list[str]]], base: str = "") -> None:
        self.parts = parts
        self.base = base
        self.names = {name: f"page-{k}" for k, name in enumerate(sum((p for _, p in parts), []))}
        self.pages = {
            name: BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")
            for name in self.names
        }

    def link(self, page: str, address: str) -> str | None:
        """Where a link of a page leads: into the PDF, or to a site; None for a file of this one.

        A file has an address only if _config.yml says where the site will be.
        """
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return address
        path = normal(page, unquote(parts.path)) if parts.path else f"{page}.html"
        name = path.removesuffix(".html")
        if name not in self.names:
            return urljoin(f"{self.base.rstrip('/')}/", quote(path)) if self.base else None
        place = f"--{unquote(parts.fragment)}" if parts.fragment else ""
        return f"#{self.names[name]}{place}"

    def article(self, name: str, level: int, up: str) -> Tag:
        """A page's text, its headings `level` deeper, all names its own."""
        found = self.pages[name].select_one("article.bd-article")
        assert isinstance(found, Tag)
        slug = self.names[name]
        for tag in found.select(UNSEEN):
            if tag.decomposed:
                continue
            if tag.get("id"):  # a link may lead here
                tag.insert_before(self.pages[name].new_tag("span", id=str(tag["id"])))
            tag.decompose()
        for formula in found.select("mjx-container"):
            spoken = formula.select_one("mjx-assistive-mml")
            if spoken is not None:
                words = str(formula.get("data-tex", ""))
                spoken.replace_with(self.pages[name].new_tag("img", alt=words, src=NOTHING))
        for box in found.select("details"):
            box["open"] = ""
        for tag in found.find_all(True):
            for attribute in NAMES:
                if attribute in tag.attrs and (attribute != "name" or tag.name == "a"):
                    given = str(tag[attribute]).split() if attribute != "id" else [str(tag["id"])]
                    tag[attribute] = " ".join(f"{slug}--{one}" for one in given)
            if "href" in tag.attrs:
                address = self.link(name, str(tag["href"]))
                if address:
                    tag["href"] = address
                else:
                    del tag["href"]
                del tag["download"]
            if tag.name == "img" and not str(tag["src"]).startswith("data:"):
                tag["src"] = up + normal(name, str(tag["src"]))
            if deep := re.fullmatch(r"h(\d)", tag.name):
                tag.name = f"h{min(6, int(deep[1]) + level)}"
        for sheet in found.select(".tag_formula-sheet"):  # which prints on a sheet of its own
            sheet["class"] = " ".join(c for c in sheet["class"] if "sheet" not in c)
        found.name = "section"
        found.attrs.clear()
        found["class"], found["id"] = "page", slug
        return found

    def styles(self, up: str) -> Iterator[str]:
        """The style sheets of all pages, each once."""
        seen = set()
        for name, soup in self.pages.items():
            for tag in soup.select('head link[rel~="stylesheet"], head style'):
                if tag.name == "link":
                    tag["href"] = up + normal(name, str(tag["href"]))
                if str(tag) not in seen:
                    seen.add(str(tag))
                    yield str(tag)

    def html(self, up: str, title: str, foot: str) -> str:
        """One page with a title, contents, and all pages.

        Parameters
        ----------
        up : str
            The site's folder, seen from where the page will be.
        title, foot : str
            What stands on the first page.
        """
        head = "".join(self.styles(up))
        listed, texts = [], []
        for caption, pages in self.parts:
            items = []
            inside = []
            for name in pages:
                heading = self.pages[name].select_one("article.bd-article h1")
                assert heading is not None
                for link in heading.select(".headerlink"):
                    link.decompose()
                items.append(
                    f'<li><a href="#{self.names[name]}">{heading.decode_contents()}</a></li>'
                )
                inside.append(str(self.article(name, 1 if caption else 0, up)))
            text = "\n".join(inside)
            if caption:
                text = f'<section class="part"><h1>{caption}</h1>{text}</section>'
                items = [f"<li><strong>{caption}</strong><ul>{''.join(items)}</ul></li>"]
            texts.append(text)
            listed += items
        first = (
            f'<section id="course-title"><h1>{title}</h1>{foot}</section>'
            f'<nav id="course-contents"><h1>Contents</h1><ul>{"".join(listed)}</ul></nav>'
        )
        return PAGE.format(title=title, head=head, style=STYLE, body=first + "\n".join(texts))


def print_page(page: Path, pdf: Path) -> None:
    """Let Chromium print it; nothing is asked from another host."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit(
            "make pdf prints the site with Chromium, and there is none here "
            "(on Debian and Ubuntu: apt-get install chromium)."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_default_timeout(0)  # a whole book takes a while
        tab.route(re.compile("^https?:"), lambda route: route.abort())
        tab.goto(page.as_uri())
        tab.evaluate("document.fonts.ready")
        made = tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
        browser.close()
    # Chromium writes the time into it; the same site is to give the same file.
    made = re.sub(rb"(/(?:Creation|Mod)Date \(D:)\d{14}", rb"\g<1>20000101000000", made)
    pdf.write_bytes(made)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path, nargs="?", default=ROOT / "_build" / "html")
    parser.add_argument("pdf", type=Path, nargs="?", default=None)
    given = parser.parse_args(arguments)
    site = given.site.resolve()
    book = site.parent.parent if (site.parent.parent / "_toc.yml").is_file() else ROOT
    config = yaml.safe_load((book / "_config.yml").read_text("utf-8"))
    folder = site.parent / "pdf"
    folder.mkdir(exist_ok=True)
    text = Printed(site, contents(book), config["html"].get("baseurl") or "").html(
        f"../{site.name}/",
        config["title"],
        f"<p>Edition: {edition()}.</p>{config['html']['extra_footer']}",
    )
    page = folder / "course.html"
    page.write_text(text, "utf-8")
    pdf = given.pdf or site / NAME
    print_page(page, pdf)
    if given.pdf is None:
        link_pages(site)
    print(f"The course is printed: {pdf}")


if __name__ == "__main__":
    main()
