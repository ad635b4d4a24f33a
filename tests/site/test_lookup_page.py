"""The page "Look it up": what stands in it, and what its script does with it."""

from __future__ import annotations

import functools
import html
import re
from urllib.parse import parse_qs

import pytest
from browser import new_page
from bs4 import BeautifulSoup
from built_site import ROOT, contents, with_tex
from visit import HEARD

from lecturelib.claims import record
from lecturelib.claims.macros import written_out
from lecturelib.lookup import GROUPS, rows
from lecturelib.symbols import latex

PAGE = "chapters/reference/look-it-up.html"
HAS_DIFFERENTIATE = "chapters/reference/differentiate" in contents(ROOT)
HOSTILE = '<img src=x onerror="document.title=1">'


@functools.cache
def parsed(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


@pytest.fixture
def page(site):
    return parsed(site.html / PAGE)


@pytest.fixture
def cards(page):
    return {card["id"]: card for card in page.select("section.lookup-row")}


# ---------------------------------------------------------------- what stands in it


def test_every_row_is_a_card_under_its_id(cards):
    in_order = [row.id for group in GROUPS for row in rows().values() if row.groups[0] == group]
    assert list(cards) == in_order
    for row in rows().values():
        card = cards[row.id]
        assert card.h3.contents[0].lower() == row.names[0].lower()
        assert card.h3.select_one("a.headerlink")["href"] == f"#{row.id}"
        for words in (row.f, *row.names[1:]):
            shown = card.select_one(".lookup-called").get_text().replace("’", "'")
            assert words in shown, row.id


def test_function_and_answer_are_beside_each_other(cards):
    for row in rows().values():
        [value, answer] = cards[row.id].select(".lookup-pair > p")
        assert "math" in str(value) and written_out(latex(row.derivation.value)) in tex(value)
        kind = "gradient" if "gradient" in row.results else "differential"
        assert written_out(latex(row.results[kind])) in tex(answer), row.id


def tex(tag) -> str:
    """The TeX of a formula, typeset or not."""
    return html.unescape(with_tex(tag))


def fields(card) -> dict[str, str]:
    return {
        name.get_text().strip(":"): name.find_next_sibling("dd").get_text(" ", strip=True)
        for name in card.select("dl.field-list > dt")
    }


def test_nothing_that_matters_is_folded(cards):
    for row in rows().values():
        found, results = fields(cards[row.id]), row.results
        assert ("Differential" in found) == ("gradient" in results), row.id
        assert ("Hessian" in found) == ("gradient" in results), row.id
        assert ("Adjoint" in found) == ("adjoint" in results), row.id
        assert ("Projected" in found) == ("projected" in results), row.id
        assert ("Holds where" in found) == bool(row.derivation.conditions), row.id
        for name, x in row.derivation.symbols.items():
            assert f"{name} :" in found["Shapes"]
            flags = x.flags - (
                {"symmetric", "invertible"} if "positive definite" in x.flags else set()
            )
            assert all(flag in found["Shapes"] for flag in flags), row.id
        inside = cards[row.id].select("details .field-list, details .lookup-pair")
        assert inside == []


def test_numbers_of_others_are_shown(cards):
    for row in rows().values():
        shown = " ".join(tag.get_text() for tag in cards[row.id].select(".lookup-numbers"))
        for number in row.cookbook:
            assert f"({number})" in shown, row.id
        for claim in row.claims:
            source = record(claim).source
            assert source in shown or not source.startswith("lecture ("), row.id
            assert claim in fields(cards[row.id])["Course"]
    assert "lecture (27)" in cards["determinant-of-exponential"].get_text()


def test_code_and_verdict_are_one_click_away(cards):
    for row in rows().values():
        [code] = cards[row.id].select("details.lookup-code")
        [mark] = cards[row.id].select("details.lookup-checked")
        assert not code.has_attr("open") and not mark.has_attr("open")
        shown = code.select_one("code").get_text()
        assert (
            "def f(" in shown
            and "def test_" not in shown
            and shown.strip() in (row.derivation.numpy())
        )
        assert re.match(r"Holds on \d+ draws: five-point differences", mark.p.get_text())
        assert row.claim in mark.summary.get_text()


def test_latex_is_there_to_copy(cards):
    for row in rows().values():
        [button] = cards[row.id].select("button[data-latex]")
        kind = "gradient" if "gradient" in row.results else "differential"
        assert button["data-latex"] == latex(row.results[kind])
        assert button.has_attr("hidden")  # until there is a script
        assert kind in button.get_text()


def test_rows_open_in_differentiate_where_there_is_that_page(page, cards):
    links = page.select("a.lookup-open")
    assert len(links) == HAS_DIFFERENTIATE * len(rows())
    assert bool(page.select_one("form.lookup-form")["data-differentiate"]) == HAS_DIFFERENTIATE
    for link in links:
        address, _, query = link["href"].partition("#")
        row = rows()[link.find_parent("section")["id"]]
        assert address.endswith("differentiate.html")
        assert parse_qs(query) == {"f": [row.f], "wrt": [row.wrt], "where": [row.where]}


def test_script_and_style_are_on_this_page_alone(site):
    texts = {name: (site.html / f"{name}.html").read_text("utf-8") for name in site.contents}
    for file in ("_static/lookup.js", "_static/lookup.css"):
        assert [f"{name}.html" for name, text in texts.items() if file in text] == [PAGE]


def test_what_needs_the_script_is_unseen_without_it(page):
    assert page.select_one("form.lookup-form").has_attr("hidden")
    assert not page.select(".lookup-row[hidden], .lookup-group[hidden]")


# ---------------------------------------------------------------- what the script does


@pytest.fixture(scope="module")
def shown(browser, address):
    """The page in a browser, with the rows' formulas as they come."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    tab = context.new_page()
    tab.route("**/mathjax/**", lambda route: route.abort())  # what it does is tested elsewhere
    tab.goto(f"{address}/{PAGE}", wait_until="domcontentloaded")
    tab.wait_for_selector("form.lookup-form:not([hidden])")
    yield tab
    context.close()


VISIBLE = """() => [...document.querySelectorAll(".lookup-row")]
    .filter(row => !row.hidden && !row.parentElement.hidden).map(row => row.id)"""


def search(tab, query="", shape="", group="") -> list[str]:
    """What is left when that is asked for."""
    tab.evaluate(
        """([query, shape, group]) => {
            const form = document.querySelector(".lookup-form");
            form.elements.query.value = query;
            form.elements.shape.value = shape;
            form.elements.group.value = group;
            form.requestSubmit();
        }""",
        [query, shape, group],
    )
    return tab.evaluate(VISIBLE)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("log determinant", "log-determinant"),
        ("Trace of inverse", "trace-of-inverse"),
        ("trace of the inverse", "trace-of-inverse"),
        ("tr(inv(X))", "trace-of-inverse"),
        ("tr X^-1", "trace-of-inverse"),
        ("tr(X^{-1})", "trace-of-inverse"),
        ("tr(A^-1)", "trace-of-inverse"),
        (r"\operatorname{Tr}(X^{-1})", "trace-of-inverse"),
        ("np.trace(np.linalg.inv(X))", "trace-of-inverse"),
        ("log|X|", "log-determinant"),
        ("logdet", "log-determinant"),
        ("log det A", "log-determinant"),
        (r"\log\det X", "log-determinant"),
        ("ln|A|", "log-determinant"),
        ("||Xw - y||^2", "least-squares"),
        ("||Ax-b||^2", "least-squares"),
        (r"\lVert X w - y \rVert_2^2", "least-squares"),
        ("norm(X*w-y)^2", "least-squares"),
        ("x^T A x", "quadratic-form"),
        (r"x^{\mathsf T} A x", "quadratic-form"),
        ("x'*B*x", "quadratic-form"),
        ("x.T @ A @ x", "quadratic-form"),
        ("a^T X^{-1} b", "bilinear-form-of-the-inverse"),
        ("tr(X^T A X B)", "trace-quadratic-form"),
        ("tr(AXB)", "trace-sandwich"),
        ("X^{-T}", ""),
        ("softmax cross entropy", "softmax-cross-entropy"),
        ("KL divergence", "kl-gaussians-first-mean"),
        ("eigenvalues", "largest-eigenvalue"),
        ("57", "log-determinant"),
        ("cookbook 28", "determinant-near-identity"),
        ("(124)", "trace-of-inverse-weighted"),
        ("log-determinant", "log-determinant"),
        ("X ⊗ A", "kronecker-product"),
        ("A ⊙ X", "hadamard-product"),
    ],
)
def test_rows_are_found(shown, query, found):
    left = search(shown, query)
    if not found:
        assert left == []
        return
    assert found in left
    assert len(left) < 60


@pytest.mark.browser
def test_filters_go_together(shown):
    everything = search(shown)
    assert len(everything) == len(rows())
    vectors = search(shown, shape="vector")
    assert "quadratic-form" in vectors and "log-determinant" not in vectors
    numbers = search(shown, shape="number")
    assert "determinant-along-a-line" in numbers and "quadratic-form" not in numbers
    assert len(vectors) + len(numbers) + len(search(shown, shape="matrix")) == len(rows())
    for group in GROUPS:
        expected = {row.id for row in rows().values() if group in row.groups}
        assert set(search(shown, group=group)) == expected
    assert search(shown, "likelihood", "matrix", "symmetric") == [
        row.id
        for row in rows().values()
        if "likelihood" in " ".join(row.names) and "symmetric" in row.groups
        and row.derivation.wrt[0].ndim == 2
    ]  # fmt: skip
    titles = shown.evaluate(
        """() => [...document.querySelectorAll(".lookup-group")]
            .filter(group => group.checkVisibility()).length"""
    )
    assert titles == 1


@pytest.mark.browser
@pytest.mark.parametrize("text", ["tr(X*inv(A)*foo)", HOSTILE, "x'y & z#1"])
def test_where_nothing_is_found_the_text_goes_to_differentiate(shown, text):
    shown.evaluate(
        "document.querySelector('.lookup-form').dataset.differentiate ||= 'differentiate.html'"
    )
    assert search(shown, text) == []
    link = shown.locator(".lookup-count a")
    address, _, query = (link.get_attribute("href") or "").partition("#")
    assert address.endswith("differentiate.html")
    assert shown.evaluate("query => new URLSearchParams(query).get('f')", query) == text
    assert shown.locator(".lookup-form img").count() == 0
    assert shown.title() != "1"


@pytest.mark.browser
def test_who_listens_hears_what_is_found_and_copied(shown):
    search(shown)
    shown.wait_for_function(HEARD, arg=f"{len(rows())} rows")
    shown.locator("[name=query]").press_sequentially("cholesky")
    count = shown.locator(".lookup-count")
    shown.wait_for_function(
        f"document.querySelector('.lookup-count')?.textContent.endsWith('of {len(rows())} rows')"
    )
    said = count.text_content()
    assert int(said.split()[0]) == len(shown.evaluate(VISIBLE))
    # Not at once, while a screen reader still says the keys; and once, in a polite live region.
    assert not shown.evaluate(HEARD, said) and count.get_attribute("role") is None
    shown.wait_for_function(HEARD, arg=said)
    search(shown)
    shown.locator("#log-determinant .lookup-actions .lookup-copy").click()
    shown.wait_for_function(HEARD, arg="Copied")


@pytest.mark.browser
def test_one_tap_copies_the_gradient(shown):
    search(shown)
    for name in ("log-determinant", "gaussian-likelihood-covariance", "inverse"):
        button = shown.locator(f"#{name} .lookup-actions .lookup-copy")
        button.click()
        shown.wait_for_function(
            f"document.querySelector('#{name} .lookup-copy')?.innerText.startsWith('Copied')"
        )
        row = rows()[name]
        kind = "gradient" if "gradient" in row.results else "differential"
        assert shown.evaluate("navigator.clipboard.readText()") == latex(row.results[kind])
    shown.locator("#inverse .lookup-code > summary").click()
    shown.locator("#inverse .lookup-code .lookup-copy").click()
    shown.wait_for_function(
        "navigator.clipboard.readText().then(text => text.includes('def differential('))"
    )


@pytest.mark.browser
def test_a_link_to_a_hidden_row_shows_it(shown):
    assert "trace" not in search(shown, "softmax")
    shown.evaluate("location.hash = '#trace'")
    shown.wait_for_function("!document.getElementById('trace').hidden")
    assert shown.locator("[name=query]").input_value() == ""
    shown.evaluate("location.hash = ''")


@pytest.mark.browser
def test_it_is_operated_by_keys(shown):
    search(shown)
    shown.locator("[name=query]").focus()
    reached = []
    for _ in range(8):
        shown.keyboard.press("Tab")
        reached.append(
            shown.evaluate("document.activeElement.name || document.activeElement.className")
        )
    assert reached[:2] == ["shape", "group"]
    assert "lookup-copy" in reached
    code = shown.locator("#linear-form .lookup-code > summary")
    code.focus()
    shown.keyboard.press("Enter")
    assert shown.locator("#linear-form .lookup-code[open]").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_function_and_gradient_together(browser, address, scheme):
    tab = new_page(browser)
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.goto(f"{address}/{PAGE}#log-determinant", wait_until="domcontentloaded")
    tab.wait_for_selector("form.lookup-form:not([hidden])")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    for name in ("log-determinant", "attention-in-the-queries", "kl-gaussians-second-covariance"):
        tab.evaluate("name => document.getElementById(name).scrollIntoView()", name)
        tab.wait_for_timeout(100)
        places = tab.evaluate(
            """name => [...document.querySelectorAll(`#${name} .lookup-pair > p`)].map(p => {
                const box = p.getBoundingClientRect();
                return [box.left, box.right, box.top, box.bottom];
            })""",
            name,
        )
        for left, right, top, bottom in places:
            assert left >= 0 and right <= 360 and top >= 0 and bottom <= 740, name
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.close()


@pytest.mark.browser
def test_without_a_script_all_rows_stand_there(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/{PAGE}", wait_until="domcontentloaded")
    assert tab.locator(".lookup-row").count() == len(rows())
    assert not tab.locator("form.lookup-form").is_visible()
    assert tab.locator("#log-determinant .lookup-pair").is_visible()
    context.close()
