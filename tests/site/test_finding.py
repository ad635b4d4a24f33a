"""What a reader looks for is found: by the search, in the long lists, from a wrong address."""

import pytest
from built_site import HTML, whole_site
from visit import HEARD, visit

pytestmark = pytest.mark.browser

SOUGHT = {
    "pseudo-inverse": "chapters/5-next-course/2-svd-and-pseudo-inverse.html",  # a term
    "kronecker": "chapters/reference/glossary.html",
    "sylvester": "chapters/reference/rules.html",  # a rule
    "adjugate": "chapters/4-examples/2-determinant.html",
}


@pytest.mark.parametrize("words", SOUGHT)
def test_the_search_finds(browser, address, words):
    with visit(browser, address, f"search.html?q={words}") as seen:
        seen.page.wait_for_selector("#search-results ul.search li", timeout=20_000)
        seen.page.wait_for_timeout(300)
        links = seen.page.eval_on_selector_all(
            "#search-results ul.search li > a", "all => all.map(a => a.getAttribute('href'))"
        )
        assert any(SOUGHT[words] in link for link in links), links


@pytest.mark.parametrize("query", ["2.7", "(2.7)", "(4.29)"])
def test_the_search_finds_an_equation_by_its_number(browser, address, query):
    number = f"({query.strip('()')})"
    [(home, place)] = [
        (page.name, formula["id"])
        for page in whole_site().pages
        for formula in page.soup.select("div.math[id]:has(.eqno)")
        if formula.select_one(".eqno").get_text().strip("¶# ") == number
    ]
    with visit(browser, address, f"search.html?q={query}") as seen:
        first = seen.page.locator("#search-results ul.search li > a").first
        first.wait_for(timeout=20_000)
        link = first.get_attribute("href") or ""
        assert home in link and link.endswith(f"#{place}")
        assert number in first.inner_text()
    with visit(browser, address, "search.html?q=(9.99)") as seen:
        seen.page.wait_for_timeout(700)
        assert "Equation (9.99)" not in seen.page.locator("#search-results").inner_text()


def test_the_search_finds_no_nonsense(browser, address):
    with visit(browser, address, "search.html?q=xylophonist") as seen:
        seen.page.wait_for_selector("#search-results p", timeout=20_000)
        seen.page.wait_for_timeout(500)
        assert seen.page.locator("#search-results ul.search li").count() == 0


# ---------------------------------------------------------------- long lists

LISTS = {
    "chapters/reference/ledger.html": ("inverse", "#ledger-inverse-derivative"),
    "chapters/reference/errata-hypotheses.html": ("differentiable", "#erratum-e02"),
}


# Is the entry seen that an anchor stands in?
SEEN = "anchor => document.querySelector(anchor).closest('.claim, section').checkVisibility()"


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_folds_and_is_filtered(browser, address, name):
    words, anchor = LISTS[name]
    with visit(browser, address, name) as seen:
        page = seen.page
        height = "document.querySelector('.bd-article').scrollHeight"
        folded = page.evaluate(height)
        count = page.locator(".filter output")
        whole = int(count.inner_text().split()[0])
        page.locator(".filter button").click()
        assert page.evaluate(height) > 4 * folded

        page.locator(".filter input").fill(words)
        found = int(count.inner_text().split()[0])
        assert 0 < found < whole
        page.wait_for_function(HEARD, arg=count.inner_text())
        shown = page.locator(":is(.claim, section:has(> h3)):visible")
        assert shown.count() == found
        assert all(words in entry.lower() for entry in shown.all_text_contents())
        page.locator(".filter input").fill("xylophonist")
        assert count.inner_text().startswith("0 of")

        page.locator(".filter input").fill("")
        page.locator(".filter select").select_option("1")
        assert 0 < int(count.inner_text().split()[0]) < whole

        page.evaluate("anchor => { location.hash = anchor; }", anchor)
        page.wait_for_timeout(200)
        assert page.evaluate(SEEN, anchor)
        assert count.inner_text() == f"{whole} entries"


@pytest.mark.parametrize("name", LISTS)
def test_a_link_into_a_long_list_opens_it(browser, address, name):
    _, anchor = LISTS[name]
    with visit(browser, address, f"{name}{anchor}") as seen:
        assert seen.page.evaluate(SEEN, anchor)
        assert seen.page.locator(".filter-fold[open]").count() == 1


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_is_whole_without_scripts(browser, address, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{name}")
    assert page.locator("dl, h3").last.is_visible()
    assert page.locator(".filter").count() == 0
    context.close()


# ---------------------------------------------------------------- a wrong address


@pytest.mark.parametrize("below", ["", "course/", "a/course/"])
@pytest.mark.parametrize("wrong", ["nothing.html", "chapters/nothing.html", "chapters/9-x/y/"])
def test_the_page_for_a_wrong_address_leads_home(browser, address, below, wrong):
    """A server shows it for any address; the course may be at the top or in any folder."""
    home = f"{address}/{below}"

    def answer(route) -> None:
        file = HTML / route.request.url.removeprefix(home)
        if route.request.url.startswith(home) and file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404, path=HTML / "404.html")

    page = browser.new_page()
    page.route("**/*", answer)
    page.goto(f"{home}{wrong}")
    page.wait_for_timeout(400)
    assert page.locator("a").evaluate("a => a.href") == f"{home}intro.html"
    assert page.locator("form").evaluate("form => form.action") == f"{home}search.html"
    page.close()
