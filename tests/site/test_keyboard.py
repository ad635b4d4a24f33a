"""The keyboard alone reaches and operates what a page has, and sees where it is."""

import pytest
from visit import visit

pytestmark = pytest.mark.browser

# A page with solutions, quick questions, folded code and a film.
PAGE = "chapters/1-differentiation-revisited/1-linearisation.html"
STOPS = 90

# The element that has the focus: its name, whether it is seen, and its frame.
HERE = """() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    const visible = at.checkVisibility({opacityProperty: true, visibilityProperty: true});
    return {
        name: `${at.tagName} ${at.className} ${at.textContent.trim().slice(0, 30)}`,
        framed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
        seen: visible && at.getBoundingClientRect().width > 0,
        body: at === document.body,
    };
}"""


def stops(page, many: int) -> list[dict]:
    found = []
    for _ in range(many):
        page.keyboard.press("Tab")
        found.append(page.evaluate(HERE))
    return [stop for stop in found if not stop["body"]]


@pytest.fixture
def fresh(browser, address):
    with visit(browser, address, PAGE) as seen:
        yield seen.page


@pytest.fixture(scope="module")
def page(browser, address):
    """One page for the tests that leave it as it was, or nearly."""
    with visit(browser, address, PAGE) as seen:
        yield seen.page


def test_the_first_stop_skips_to_the_text(fresh):
    fresh.keyboard.press("Tab")
    assert fresh.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    fresh.keyboard.press("Enter")
    assert fresh.evaluate("location.hash") == "#main-content"
    fresh.keyboard.press("Tab")
    assert fresh.evaluate("!!document.activeElement.closest('main')")


def test_every_stop_is_framed_and_seen(fresh):
    found = stops(fresh, STOPS)
    assert len({stop["name"] for stop in found}) > 40
    assert [stop["name"] for stop in found if not (stop["framed"] and stop["seen"])] == []


def test_a_stop_without_a_frame_is_found(fresh):
    fresh.add_style_tag(content="a { outline: none !important; } .bd-container a { opacity: 0; }")
    assert not all(stop["framed"] and stop["seen"] for stop in stops(fresh, 12))


def test_solutions_open_and_close(page):
    button = page.locator(".solution .toggle-button").first
    box = page.locator(".solution").first
    title = box.locator(".admonition-title").text_content().strip()
    assert title.startswith("Solution") and button.get_attribute("aria-label") == title
    button.focus()
    for key, hidden in (("Enter", False), ("Space", True)):
        page.keyboard.press(key)
        assert ("toggle-hidden" in box.get_attribute("class")) == hidden
        assert button.get_attribute("aria-expanded") == str(not hidden).lower()


def test_code_and_questions_unfold(page):
    for fold in page.locator("details.hide, .question details, details.checked").all():
        fold.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert fold.get_attribute("open") is not None


def test_the_film_moves(page):
    slider = page.locator(".film input").first
    count = page.locator(".film output").first
    # Written when the page is built, and silent: the slider speaks.
    assert count.inner_text() == "1 of 6" and count.get_attribute("aria-live") == "off"
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "frame 2 of 6"
    assert page.locator(".film").first.locator(".film-shown").count() == 1
    page.keyboard.press("End")
    assert page.locator(".film output").first.inner_text() == "6 of 6"


def test_the_menu_of_downloads_opens(page):
    page.locator(".dropdown-download-buttons > button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent.trim()") == ".ipynb"
    page.keyboard.press("Escape")
    assert not page.locator(".dropdown-download-buttons .dropdown-menu").is_visible()


def test_the_search_opens_and_closes(page):
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.matches('#pst-search-dialog input')")
    page.keyboard.press("Escape")
    assert not page.locator("#pst-search-dialog").is_visible()


def test_colours_change(page):
    page.locator(".theme-switch-button:visible").first.focus()
    before = page.evaluate("document.documentElement.dataset.mode")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.mode") != before


def test_code_in_a_solution_scrolls_once_it_is_open(browser, address):
    with visit(browser, address, PAGE, width=360) as seen:
        page = seen.page
        page.evaluate(
            "document.querySelectorAll('.solution .toggle-button').forEach(b => b.click())"
        )
        page.wait_for_timeout(600)
        shut_out = page.evaluate(
            "[...document.querySelectorAll('.solution pre')].filter("
            "pre => pre.scrollWidth > pre.clientWidth && pre.tabIndex < 0).length"
        )
        assert shut_out == 0


def test_motion_is_reduced_on_request(page):
    moving = """() => [...document.querySelectorAll("*")].filter(tag => {
        const style = getComputedStyle(tag);
        return [style.transitionDuration, style.animationDuration].some(
            times => times.split(",").some(time => parseFloat(time) > 0.001)
        );
    }).length"""
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0


def test_text_twice_as_large_loses_nothing(fresh):
    """Text reflows: the page gets no wider, and nothing is cut off in a box that cannot scroll."""
    cut = """() => [...document.querySelectorAll(".bd-article :is(p, li, h1, h2, h3, summary)")]
        .filter(tag => tag.scrollWidth > tag.clientWidth + 2
            && ["hidden", "clip"].includes(getComputedStyle(tag).overflowX))
        .map(tag => tag.textContent.slice(0, 60))"""
    fresh.add_style_tag(content="html { font-size: 200% !important; }")
    fresh.wait_for_timeout(200)
    assert fresh.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert fresh.evaluate(cut) == []
    fresh.add_style_tag(content=".bd-article p { width: 3rem; overflow: clip; white-space: pre; }")
    assert fresh.evaluate(cut)
