"""What a page weighs, and how its formulas stand in a browser.

Bytes are asserted. Times depend on the machine: COURSE_TIMES=1 prints them.
"""

from __future__ import annotations

import functools
import gzip
import os
import re
import sys
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import pytest
from browser import new_page
from built_site import HTML, ROOT, whole_site
from fontTools.ttLib import TTFont

sys.path.insert(0, str(ROOT / "site"))
import course_light  # noqa: E402
import course_math  # noqa: E402

HEAVIEST = 600_000  # bytes, compressed, that a page loads besides its pictures
NARROW = 360  # a small telephone
STYLES = HTML / "_static" / "styles" / "pydata-sphinx-theme.css"


@functools.cache
def weight(address: str) -> int:
    """The bytes behind an address of the site, compressed as a server would."""
    path = HTML / unquote(urlsplit(address).path)[1:]
    return len(gzip.compress(path.read_bytes(), mtime=0)) if path.is_file() else 0


# Run in a page: what is wrong with its formulas.
LOOK = """() => {
    const problems = [];
    const say = (what, formula) => problems.push(
        `${what}: ${formula.dataset.tex ?? formula.textContent}`
    );
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) problems.push(`the page is ${root.scrollWidth} wide`);
    for (const math of document.querySelectorAll(".bd-article .math")) {
        if (!math.querySelector(":scope > mjx-container")) say("not typeset", math);
        if (/\\\\[(\\[]/.test([...math.childNodes].filter(n => n.nodeType === 3)
            .map(n => n.data).join(""))) say("TeX is left", math);
    }
    for (const formula of document.querySelectorAll("div.math > mjx-container")) {
        if (!formula.checkVisibility({contentVisibilityAuto: true})) continue;  // folded
        const box = formula.getBoundingClientRect();
        const number = formula.parentElement.querySelector(".eqno");
        if (number) {
            const place = number.getBoundingClientRect();
            if (place.left < box.right - 1) say("behind its number", formula);
            if (place.right > innerWidth || !place.width) say("number not seen", formula);
        }
        const wide = formula.scrollWidth > formula.clientWidth + 1;
        if (box.right > innerWidth + 1) say("cut off", formula);
        if (wide !== (formula.tabIndex === 0)) say("no key scrolls it", formula);
        if (wide !== /goes-on/.test(formula.className)) say("does not show it", formula);
        if (wide && !formula.getAttribute("aria-label")) say("has no name", formula);
    }
    return problems;
}"""
TIMES = """() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime, performance.now()
])"""


@dataclass
class Visit:
    """A page in the browser, with nothing cached."""

    loaded: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    formulas: int = 0
    mathjax: bool = False

    @property
    def bytes(self) -> int:
        return sum(self.loaded.values())


def visit(browser, address: str, name: str, more: str = "") -> Visit:
    """Look at a page; `more` is put into its head."""
    seen = Visit()
    page = new_page(browser)
    page.set_default_timeout(120_000)
    page.set_viewport_size({"width": NARROW, "height": 740})

    def note(request) -> None:
        if request.resource_type != "image" and request.url.startswith(address):
            seen.loaded[request.url] = weight(request.url)

    page.on("request", note)
    if more:
        text = (HTML / name).read_text("utf-8").replace("</head>", f"{more}</head>", 1)
        page.route(f"{address}/{name}", lambda route: route.fulfill(body=text))
    page.goto(f"{address}/{name}")
    paint, done = page.evaluate(TIMES)
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    seen.problems = page.evaluate(LOOK)
    seen.formulas = page.locator("mjx-container").count()
    seen.mathjax = page.evaluate("'MathJax' in window")
    if "COURSE_TIMES" in os.environ:
        print(f"{seen.bytes:8} bytes, paint {paint or 0:5.0f} ms, typeset {done:5.0f} ms: {name}")
    page.close()
    return seen


def reading_pages() -> list[str]:
    """Every page of the contents that has no input of its own."""
    names = [f"{name}.html" for name in whole_site().contents]
    return [name for name in names if "vendor/mathjax" not in (HTML / name).read_text("utf-8")]


@pytest.fixture(scope="module")
def visits(browser, address) -> dict[str, Visit]:
    return {name: visit(browser, address, name) for name in reading_pages()}


@pytest.mark.browser
def test_a_page_weighs_little(visits):
    assert len(visits) > 20
    heavy = {name: seen.loaded for name, seen in visits.items() if seen.bytes > HEAVIEST}
    assert heavy == {}


@pytest.mark.browser
def test_no_page_for_reading_loads_mathjax(visits):
    assert [name for name, seen in visits.items() if seen.mathjax] == []


@pytest.mark.browser
def test_formulas_are_whole_on_a_narrow_screen(visits):
    """Typeset; a wide one scrolls by key, too, and shows it; a number is beside, not above it."""
    assert sum(seen.formulas for seen in visits.values()) > 1000
    assert {name: seen.problems for name, seen in visits.items() if seen.problems} == {}


def numbered() -> str:
    """A page with a numbered formula that is wider than a telephone."""
    texts = {name: (HTML / name).read_text("utf-8") for name in reading_pages()}
    return max(texts, key=lambda name: texts[name].count("eqno"))


WRONG = {
    "the page is": "<style>body { width: 900px }</style>",
    "behind its number": "<style>div.math > .eqno { margin-left: -90px }</style>",
    "cut off": "<style>.bd-article div.math > mjx-container { overflow: visible !important;"
    " min-width: 900px !important }</style>",
    "no key scrolls it": "<script>addEventListener('load', () => setTimeout(() => {"
    " for (const f of document.querySelectorAll('.scrolls')) f.removeAttribute('tabindex') }))"
    "</script>",
    "does not show": "<script>addEventListener('load', () => setTimeout(() => {"
    " for (const f of document.querySelectorAll('.scrolls')) f.className = 'MathJax' }))</script>",
}


@pytest.mark.browser
@pytest.mark.parametrize("problem", WRONG)
def test_a_formula_that_is_not_whole_is_found(browser, address, problem):
    seen = visit(browser, address, numbered(), WRONG[problem])
    assert any(found.startswith(problem) for found in seen.problems), seen.problems


@pytest.mark.browser
def test_a_page_that_loads_mathjax_is_found(browser, address):
    script = f'<script src="{address}/_static/vendor/mathjax/tex-chtml-full.js"></script>'
    seen = visit(browser, address, numbered(), script)
    assert seen.mathjax and seen.bytes > HEAVIEST


# ---------------------------------------------------------------- copying

COPY = """selector => {
    const copied = {};
    const look = event => { copied.text = event.clipboardData.getData("text/plain"); };
    document.addEventListener("copy", look);
    document.getSelection().selectAllChildren(document.querySelector(selector));
    document.execCommand("copy");
    document.removeEventListener("copy", look);
    return copied.text;
}"""


@pytest.fixture
def page(browser, address):
    page = new_page(browser)
    page.goto(f"{address}/{numbered()}")
    yield page
    page.close()


@pytest.mark.browser
def test_a_copied_formula_is_its_tex(page):
    inline = ".bd-article p:has(> span.math)"
    tex = page.locator(f"{inline} mjx-container").first.get_attribute("data-tex")
    text = page.evaluate(COPY, inline)
    assert f"${tex}$" in text and f"$${tex}$$" not in text
    words = page.locator(inline).first.evaluate("p => p.firstChild.data?.trim() ?? ''")
    assert words in text
    displayed = page.locator("div.math mjx-container").first.get_attribute("data-tex")
    assert page.evaluate(COPY, "div.math mjx-container") == f"$${displayed}$$"


# Where a screen reader finds a formula: what is clipped away is never laid out, and silent in Orca.
SPOKEN = """() => [...document.querySelectorAll("mjx-assistive-mml")].filter(spoken => {
    const { clipPath, opacity } = getComputedStyle(spoken);
    const [inside, around] = [spoken, spoken.parentElement].map(box => box.getBoundingClientRect());
    return clipPath !== "none" || opacity !== "0"
        || Math.abs(inside.left - around.left) > 2 || Math.abs(inside.width - around.width) > 2;
}).map(spoken => spoken.parentElement.dataset.tex)"""


@pytest.mark.browser
def test_who_listens_finds_a_formula_where_it_is(page):
    assert page.evaluate(SPOKEN) == []
    style = page.add_style_tag(content="mjx-assistive-mml { clip-path: inset(50%) }")
    assert page.evaluate(SPOKEN) != []
    style.evaluate("style => style.remove()")


@pytest.mark.browser
def test_a_formula_is_selected_by_the_mouse_and_shows_it(page):
    formula = page.locator("div.math mjx-math").first
    formula.scroll_into_view_if_needed()
    box = formula.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert page.locator("mjx-container.selected").count() == 1


@pytest.mark.browser
def test_a_button_copies_a_displayed_formula(page):
    """By keyboard: it is seen when it has the focus."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("div.math .copy-tex").first
    assert button.evaluate("b => getComputedStyle(b).opacity") == "0"
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.copy-tex.copied')")
    displayed = page.locator("div.math mjx-container").first.get_attribute("data-tex")
    assert page.evaluate("navigator.clipboard.readText()") == f"$${displayed}$$"


# ---------------------------------------------------------------- search, and without a server


@pytest.mark.browser
def test_what_the_search_shows_has_no_tex(browser, address):
    page = new_page(browser)
    page.goto(f"{address}/search.html?q=gradient")
    page.wait_for_selector("#search-results .context")
    page.wait_for_function("() => document.querySelectorAll('#search-results .context').length > 5")
    shown = " ".join(page.locator("#search-results .context").all_text_contents())
    assert not re.search(r"\\[a-z(\[]", shown), shown
    spelled = page.evaluate("""() => Search.htmlToText(`<div role="main"><p>By <mjx-container>
        <math><msup><mi>x</mi><mrow><mo>−</mo><mn>1</mn></mrow></msup>
        <mfrac><mi>a</mi><mi>b</mi></mfrac></math>
        </mjx-container>.</p></div>`)""")
    assert "By x^(−1)a/b." in " ".join(spelled.split())
    page.close()


@pytest.mark.browser
def test_formulas_are_there_without_a_server_and_without_scripts(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((HTML / numbered()).as_uri())
    formula = page.locator("div.math mjx-math").first
    formula.scroll_into_view_if_needed()
    assert formula.bounding_box()["width"] > 50
    context.close()


# ---------------------------------------------------------------- icons


def glyphs() -> set[int]:
    """The characters in the fonts of the icons."""
    found: set[int] = set()
    for path in (HTML / "_static" / "vendor" / "fontawesome").rglob("*.woff*"):
        with TTFont(path) as font:
            found |= set(font.getBestCmap() or {})  # a font may be left with none
    return found


def without_glyph(names: set[str], css: str) -> set[str]:
    rules = course_light.RULE.findall(css)
    numbers = {n: int(code, 16) for found, code in rules for n in course_light.ICON.findall(found)}
    return {name for name in names if numbers.get(name) not in glyphs()}


def test_every_icon_has_its_glyph():
    names = {
        name
        for page in HTML.rglob("*.html")
        for name in course_light.icons(page.read_text("utf-8"))
    }
    for script in (HTML / "_static" / "scripts").glob("*.js"):
        names |= course_light.icons(script.read_text("utf-8"))
    assert {"fa-bars", "fa-magnifying-glass", "fa-xmark"} <= names
    css = STYLES.read_text("utf-8")
    assert without_glyph(names, css) == set()
    assert without_glyph({"fa-bars", "fa-rocket"}, css) == {"fa-rocket"}
    assert not list((HTML / "_static").rglob("fontawesome.js"))


def test_an_icon_that_font_awesome_lacks_stops_the_build(tmp_path):
    sheet = tmp_path / "styles" / "pydata-sphinx-theme.css"
    sheet.parent.mkdir()
    sheet.write_text('.fa-bars:before{content:"\\f0c9"}')
    with pytest.raises(Exception, match="no such icon: fa-nothing on a.html"):
        course_light.cut_icons(tmp_path, {"fa-bars": "b.html", "fa-nothing": "a.html"})


# ---------------------------------------------------------------- what is copied


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"\vb x^\T", r"\boldsymbol{x}^{\mathsf{T}}"),
        (r"\begin{align}a &= b\end{align}", r"\begin{aligned}a &= b\end{aligned}"),
        (r"\begin{split}a\\b\end{split}", r"\begin{aligned}a\\b\end{aligned}"),
        (
            r"\begin{split}A = \begin{bmatrix}1\\2\end{bmatrix}\end{split}",
            r"A = \begin{bmatrix}1\\2\end{bmatrix}",
        ),
    ],
)
def test_tex_to_copy_stands_alone(tex, plain):
    assert course_math.Formula(tex, True).plain == plain


def test_tex_that_is_left_in_a_page_is_found():
    assert course_math.left_over(r"<p>Let \(x\) be.</p>") == [r"\(x\) be."]
    fine = r'<a title="\(x\)">a</a><code>\(x\)</code><i data-tex="a \\[1ex] b">a</i>'
    assert course_math.left_over(fine) == []
