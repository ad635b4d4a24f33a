"""The site from a disk, by double click: no server, no network."""

import pytest
from browser import new_page
from built_site import HTML, whole_site

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser):
    """A page without a network, and what goes wrong on it."""
    page = new_page(browser)
    page.wrong = []
    page.on("console", lambda m: page.wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("requestfailed", lambda request: page.wrong.append(request.url))
    page.context.set_offline(True)
    yield page
    page.close()


def with_formulas_and_figures() -> str:
    for page in whole_site().pages:
        if page.name.startswith("chapters/") and page.soup.select(".math") and page.soup.img:
            return page.name
    raise AssertionError("No page has both.")


def test_a_page_is_read_from_a_disk(page):
    name = with_formulas_and_figures()
    page.goto((HTML / name).as_uri())
    page.wait_for_selector("article mjx-container")
    assert page.locator("mjx-container [data-mjx-error], mjx-merror").count() == 0
    page.evaluate("document.fonts.ready")
    loaded = "[...document.fonts].filter(font => font.status === 'loaded').length"
    assert page.evaluate(loaded) >= 3
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).length"
    assert page.evaluate("document.images.length") > 0 and page.evaluate(broken) == 0
    assert page.wrong == []


@pytest.mark.parametrize("term", ["determinant", "least squares", "Hessian"])
def test_the_search_finds_a_term_from_a_disk(page, term):
    page.goto((HTML / "search.html").as_uri() + "?q=" + term.replace(" ", "+"))
    page.wait_for_selector("#search-results li a")
    page.wait_for_function(
        "!document.querySelector('#search-progress') || "
        "/found|matching/.test(document.querySelector('#search-results')?.textContent)"
    )
    links = page.locator("#search-results li a")
    titles = " ".join(links.all_inner_texts()).lower()
    assert term.split()[-1].lower().rstrip("s") in titles
    links.first.click()
    page.wait_for_selector("article h1")
    assert page.wrong == []


def test_what_exists_nowhere_is_not_found(page):
    page.goto((HTML / "search.html").as_uri() + "?q=zzyzx")
    page.wait_for_function(
        "/did not match/.test(document.querySelector('#search-results')?.textContent)"
    )
    assert page.locator("#search-results li a").count() == 0
