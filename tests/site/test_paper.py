"""A chapter on paper."""

import pytest
from visit import visit

pytestmark = pytest.mark.browser

PAGE = "chapters/1-differentiation-revisited/1-linearisation.html"

# What is on paper and what is not, by a selector: how many of them are drawn.
SHOWN = (
    """what => [...document.querySelectorAll(what)].filter(tag => tag.checkVisibility()).length"""
)


@pytest.fixture
def paper(browser, address):
    with visit(browser, address, PAGE) as seen:
        seen.page.emulate_media(media="print")
        yield lambda what: seen.page.evaluate(SHOWN, what)


def test_the_page_alone_is_printed(paper):
    around = ".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".prev-next-area"
    for what in (*around, ".copybtn", ".headerlink", ".film-control", ".toggle-button"):
        assert paper(what) == 0, what
    assert paper("main h1") == 1
    assert paper(".bd-article div.math .eqno") >= 3


def test_solutions_and_folded_code_are_not_printed_and_every_frame_is(paper):
    assert paper(".solution") == 0 and paper("details.hide") == 0
    assert paper(".film-frame") == 6
    assert paper(".exercise") > 3


def test_a_reader_prints_with_solutions(browser, address):
    with visit(browser, address, PAGE) as seen:
        page = seen.page
        page.evaluate("window.print = () => { window.printed = true; }")
        link = page.locator(".dropdown-menu a", has_text="Print with solutions")
        assert link.get_attribute("href") == "?solutions"
        page.add_init_script("window.print = () => { window.printed = true; }")
        page.goto(f"{address}/{PAGE}?solutions")
        page.wait_for_function("window.printed")
        page.emulate_media(media="print")
        total = page.locator(".solution").count()
        assert page.evaluate(SHOWN, ".solution") == total > 3


def test_a_dark_page_prints_as_a_light_one(browser, address):
    with visit(browser, address, PAGE) as seen:
        page = seen.page
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        for event, theme in (("beforeprint", "light"), ("afterprint", "dark")):
            page.evaluate("name => dispatchEvent(new Event(name))", event)
            assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_nothing_is_wider_than_the_paper_and_the_solutions_add_pages(browser, address):
    """A4 at 96 dots an inch is 794 wide; what is inside of the margins is measured."""

    def pages(query: str) -> int:
        with visit(browser, address, PAGE) as seen:
            seen.page.add_init_script("window.print = () => { window.printed = true; }")
            seen.page.goto(f"{address}/{PAGE}{query}")
            seen.page.evaluate("window.MathJax?.startup?.promise")
            if query:
                seen.page.wait_for_function("window.printed")
            seen.page.set_viewport_size({"width": 658, "height": 900})
            seen.page.emulate_media(media="print")
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 658
            return seen.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")

    assert 4 < pages("") < pages("?solutions") < 60


def test_the_formula_sheet_is_one_sheet_of_a4(browser, address):
    """And a few rows more are found: the sheet is nearly full."""
    with visit(browser, address, "chapters/reference/formula-sheet.html") as seen:
        page = seen.page
        page.evaluate("window.MathJax?.startup?.promise")
        sheet = page.pdf(prefer_css_page_size=True)
        assert sheet.count(b"/Type /Page\n") == 1
        assert b"/MediaBox [0 0 594.95996 841.91998]" in sheet  # 210 by 297 mm
        page.evaluate("""() => {
            const rows = document.querySelector('main table:last-of-type tbody');
            for (const row of [...rows.rows].slice(0, 8)) rows.append(row.cloneNode(true));
        }""")
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
