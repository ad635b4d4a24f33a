"""Every page in one visit: no error in the console, nothing asked elsewhere, nothing too wide.

And axe-core finds nothing, light and dark, wide and narrow, with everything opened.

Axe sees neither how good a picture's words are nor how the keyboard fares: those have their own
tests. Here are the chapters; test_other_pages.py has the rest, so that two workers share the work.
"""

import pytest
from visit import OF_COLOUR, OF_WIDTH, OPEN, TURN, Visit, axe, page_names, resize, start_axe, visit

pytestmark = pytest.mark.browser

WIDTHS = [360, 390, 768, 1280]
CHAPTERS = [
    name for name in page_names() if name.startswith("chapters/") and "/reference/" not in name
]

# What makes the page wider than the window; what scrolls in a box of its own does not.
WIDE = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= innerWidth) return [];
    const guilty = [...document.querySelectorAll("body *")].filter(
        tag => tag.getBoundingClientRect().right > innerWidth + 1
    );
    const shown = guilty.slice(0, 3).map(tag => tag.outerHTML.slice(0, 120));
    return [`${root.scrollWidth} px`, ...shown];
}"""
# Code that ends beyond its box, on a page wide enough for it.
CUT = """() => [...document.querySelectorAll(".bd-article pre")]
    .filter(pre => pre.scrollWidth > pre.clientWidth + 1)
    .map(pre => pre.textContent.slice(0, 80))"""

# What scrolls in its box, and does not show that there is more.
HIDDEN = """() => [...document.querySelectorAll(".bd-article pre, .pst-scrollable-table-container")]
    .filter(box => box.scrollWidth > box.clientWidth + 1
        && !getComputedStyle(box).backgroundImage.includes("gradient"))
    .map(box => box.outerHTML.slice(0, 80))"""


def problems(seen: Visit) -> dict[str, list[str]]:
    """What is wrong with a page, by kind; the visit begins at the narrowest width."""
    page, found = seen.page, {}
    page.evaluate(OPEN)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[f"too wide for {width} px"] = page.evaluate(WIDE)
        if width == WIDTHS[0]:
            found["scrolls without a sign"] = page.evaluate(HIDDEN)
    found["code that is cut off"] = page.evaluate(CUT)
    start_axe(page)
    found["axe, light"] = axe(page)
    page.evaluate(TURN, "dark")
    found["axe, dark"] = axe(page, OF_COLOUR)
    resize(page, WIDTHS[0])
    found["axe, narrow"] = axe(page, OF_WIDTH)
    found["errors"], found["asked elsewhere"] = seen.errors, seen.foreign
    return {what: details for what, details in found.items() if details}


def check(browser, address, name) -> None:
    with visit(browser, address, name, width=WIDTHS[0]) as seen:
        assert seen.page.evaluate("document.documentElement.lang") == "en"
        assert problems(seen) == {}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_page_is_in_order(browser, address, name):
    check(browser, address, name)


PALE = '<p style="color: #999; background: #fff">pale</p>'
TABLE = "<table><tr><th></th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
CODE = f'<article class="bd-article"><pre style="white-space: pre">{"x" * 999}</pre></article>'
LABELLED = '<button aria-label="Colour">Search</button>'
PLAIN = CODE.replace("white", "background: none !important; white")
WRONG = {
    "code that looks whole": ("scrolls without a sign", PLAIN),
    "an error": ("errors", "<script>null.classList</script>"),
    "a picture from elsewhere": ("asked elsewhere", '<img alt="" src="https://example.org/x.png">'),
    "a wide box": ("too wide for 390 px", '<div style="width: 900px">wide</div>'),
    "code in a narrow box": ("code that is cut off", CODE),
    "a link without words": ("link-name", '<a href="#"></a>'),
    "pale letters": ("color-contrast", PALE),
    "pale letters, folded": ("color-contrast", f"<details><summary>s</summary>{PALE}</details>"),
    "a picture without words": ("image-alt", '<img src="_static/favicon.svg">'),
    "a field without a name": ("label", "<input>"),
    "a head of a table without words": ("empty-table-header", TABLE),
    "another name than is read": ("label-content-name-mismatch", LABELLED),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_planted_is_found(browser, address, kind):
    expected, planted = WRONG[kind]
    with visit(browser, address, "search.html", width=WIDTHS[0]) as seen:
        seen.page.evaluate(
            "html => document.querySelector('main h1').after("
            "document.createRange().createContextualFragment(html))",
            planted,
        )
        seen.page.wait_for_timeout(100)
        found = problems(seen)
        rules = {line.split(":")[0] for how, lines in found.items() for line in lines}
        assert expected in found.keys() | rules
