"""The page "Differentiate" in a browser: it shows what Python gives, and nothing typed is run."""

from __future__ import annotations

import gzip
import json
import tomllib
from urllib.parse import urlencode

import pytest
from browser import new_page, serve
from built_site import HTML, ROOT
from from_python import results

from lecturelib import derive

pytestmark = pytest.mark.browser

PAGE = "chapters/reference/differentiate.html"
EXAMPLES = tomllib.loads((ROOT / "chapters/reference/examples.toml").read_text("utf-8"))["example"]
MB = 1024 * 1024


class Box:
    """The page's box, driven as a reader would."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address = page, address
        self.said: list[str] = []  # what a page must not say
        self.asked: list[str] = []
        page.on("dialog", self.dismiss)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("console", lambda m: self.said.extend([m.text] if m.type == "error" else []))
        page.on("request", lambda request: self.asked.append(request.url))

    def dismiss(self, dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def open(self, fragment: str = "") -> None:
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}/{PAGE}{fragment}")
        self.page.wait_for_selector(".asked .expression")

    def type(self, f: str, wrt: str = "X", where: str = "") -> None:
        for name, value in ((".variable", wrt), (".declarations", where), (".expression", f)):
            self.page.locator(f".differentiate-page .asked {name}").fill(value)
        self.page.locator(".differentiate-page .go").click()

    def settle(self) -> str:
        """Wait for what was typed last; an error's text, or nothing."""
        self.page.wait_for_function(
            """() => {
                const [box] = document.querySelectorAll(".differentiate-page");
                const status = box.querySelector(".status");
                const error = status.querySelector("p:not(.visually-hidden)")?.textContent;
                return error || (box.querySelector(".verdict.right, .verdict.wrong")
                    && box.querySelector(".result:not(.old) .read-as"));
            }""",
            timeout=60_000,
        )
        first = self.page.locator(".differentiate-page .status p:not(.visually-hidden)")
        return first.first.inner_text() if first.count() else ""

    def results(self) -> dict[str, str]:
        """The results by name, in the text that can be typed back."""
        return dict(
            self.page.evaluate(
                """() => [...document.querySelectorAll(".differentiate-page .result [data-copy]")]
                    .map(dd => [dd.dataset.copy, dd.querySelector(":scope > code").textContent])"""
            )
        )


@pytest.fixture(scope="module")
def box(browser, address):
    page = new_page(browser)
    box = Box(page, address)
    box.open()
    yield box
    page.close()


def test_nothing_is_loaded_before_the_first_input(browser, address):
    page = new_page(browser)
    box = Box(page, address)
    box.open()
    heavy = [url for url in box.asked if "/runtime/" in url or "mathjax" in url.lower()]
    assert [url for url in heavy if not url.endswith((".woff", ".css"))] == []
    page.locator("details.stored summary").first.click()
    assert page.locator("details.stored[open] .steps").first.is_visible()
    assert box.said == []
    page.close()


@pytest.mark.parametrize("example", EXAMPLES[:40], ids=lambda e: e["title"])
def test_the_page_gives_what_python_gives(box, example):
    f, wrt, where = example["f"], example["wrt"], example["where"]
    box.type(f, wrt, where)
    assert box.settle() == ""
    assert box.results() == results(f, wrt, where)
    assert "agree" in box.page.locator(".result > .verdict").inner_text()
    assert box.page.locator(".result mjx-container").count() > 5
    assert box.page.locator(".result [data-mjx-error], .result mjx-merror").count() == 0


ERRORS = [
    "tr(lodget(X))", "tr(X", "tr(X))", "X*", "*X", "A*X +", "tr(X'*A*X", "1/0", "det()", "x'*A*y*",
    "norm2(X*w - y)^", "[X", "sum_i", "foo(X)", "tr(A*B*)", "X..Y", "inv(ones(3, 4))", "X @ ",
    "tr(A*X)*)", "log(-1)*",
]  # fmt: skip


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_stands_under_the_input_and_the_last_result_stays(box, text):
    box.type("tr(A*X)", "X")
    assert box.settle() == ""
    before = box.results()
    box.type(text, "X")
    box.page.wait_for_selector(".differentiate-page .status p:not(.visually-hidden)")
    with pytest.raises(ValueError) as refused:
        derive(text, ["X"], "")
    message, _, mark = str(refused.value).partition("\n")
    status = box.page.locator(".differentiate-page .status")
    assert status.locator("p").evaluate("p => p.firstChild.data") == message
    # The mark is for who sees; who listens hears its place.
    assert status.locator("pre[aria-hidden=true]").all_inner_texts() == [mark] * bool(mark)
    place = f" It is at place {mark.splitlines()[-1].index('^') + 1} of the text." if mark else ""
    assert "".join(status.locator(".visually-hidden").all_text_contents()) == place
    assert box.results() == before
    assert box.page.locator(".differentiate-page .result.old").count() == 1


HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "'\"><svg onload=alert(1)>",
    "__import__('os').system('id')", "eval('1')", "${alert(1)}", r"\href{javascript:alert(1)}{X}",
    r"\require{html}\class{x}{X}", r"\style{position:fixed}{X}", "X; alert(1)", "(" * 3000 + "X",
    "X" * 5000, "{{7*7}}", "%3Cimg%20src=x%20onerror=alert(1)%3E", "\u202eX", "\x00X", "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_typed_is_never_run_and_never_html(box, text):
    def elements() -> int:
        return box.page.locator(
            "img, svg[onload], script, iframe, [onerror], a[href^=java]"
        ).count()

    before = elements()
    for f, wrt, where in [(text, "X", ""), ("tr(X)", text, ""), ("tr(X)", "X", text)]:
        box.type(f, wrt, where)
        box.settle()
    box.page.locator(".own input").fill(text)
    box.page.locator(".own button[type=submit]").click()
    box.page.wait_for_function("document.querySelector('.own .verdict p')?.textContent")
    assert elements() - box.page.locator("script[src*=mathjax]").count() <= before
    assert box.said == []


@pytest.mark.parametrize("text", HOSTILE[:6], ids=range(6))
def test_a_link_is_never_run_and_never_html(browser, address, text):
    page = new_page(browser)
    box = Box(page, address)
    for fragment in (urlencode({"f": text, "wrt": text, "where": text, "edition": text}), text):
        box.open(f"#{fragment}")
        page.wait_for_timeout(100)
        assert page.locator(".differentiate-page :is(img, svg, script)").count() == 0
    assert box.said == []
    page.close()


def test_a_link_reproduces_the_input_and_says_its_edition(box):
    box.type("logdet(X'*A*X)", "X", "X: m x n; A: m x m positive definite")
    assert box.settle() == ""
    link, results = box.page.url, box.results()
    assert "edition=" in link
    box.open(link[link.index("#") :])
    box.page.locator(".differentiate-page .go").click()
    assert box.settle() == ""
    assert box.results() == results
    box.open("#f=tr(X)&wrt=X&edition=0.0.1")
    box.page.wait_for_function("document.querySelector('.note')?.textContent.includes('0.0.1')")


def test_the_layouts_are_switched_and_the_code_is_shown(box):
    box.type("norm2(X*w - y)^2", "w", "X: N x n; w: n; y: N")
    assert box.settle() == ""
    result = box.page.locator(".differentiate-page .result")
    for name in ("numerator", "denominator", "vec", "operator"):
        result.locator(f".switch [data-name={name}]").click()
        assert result.locator("[data-layout]:visible").get_attribute("data-layout") == name
    result.locator(".tools summary").click()
    for language, word in (("NumPy", "import numpy"), ("JAX", "jax"), ("PyTorch", "torch")):
        result.locator(".tools button", has_text=language).click()
        box.page.wait_for_function(
            "word => document.querySelector('.tools pre')?.textContent.includes(word)", arg=word
        )


def test_the_own_answer_is_judged(box):
    box.type("x'*A*x", "x", "x: n; A: n x n")
    assert box.settle() == ""
    own = box.page.locator(".own")
    for answer, verdict in [("A*x + A'*x", "right"), ("2*A*x", "wrong"), ("x'*(A+A')", "wrong")]:
        own.locator("input").fill(answer)
        own.locator("button[type=submit]").click()
        box.page.wait_for_selector(f".own .verdict.{verdict}")
        box.page.evaluate("document.querySelector('.own .verdict').className = 'verdict'")
    own.get_by_role("button", name="Show the line").click()
    box.page.wait_for_selector(".own .line mjx-container")


def test_stop_ends_what_runs_and_the_next_question_is_answered(box):
    many = " + ".join(f"det(X^{k}*A + {k}*B)*tr(inv(X + {k}*B)*A)^{k}" for k in range(2, 12))
    box.type(many, "X", "X: n x n; A: n x n; B: n x n")
    stop = box.page.locator(".differentiate-page .asked .stop")
    stop.wait_for(state="visible")
    assert box.page.evaluate("1 + 1") == 2  # the page itself answers while Python computes
    stop.click()
    box.page.wait_for_function("document.querySelector('.status')?.textContent === 'Stopped.'")
    box.type("tr(X)", "X")
    assert box.settle() == ""
    assert box.results()["gradient with respect to X"] == "eye(m)"


def test_keys_type_without_taking_the_focus(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    field = page.locator(".asked .expression")
    for name, value in {
        "autocapitalize": "none", "autocorrect": "off", "autocomplete": "off",
        "spellcheck": "false",
    }.items():  # fmt: skip
        assert field.get_attribute(name) == value
    for sign in "'^*()":
        page.locator(".asked .keys button", has_text=sign).first.tap()
    assert field.input_value() == "'^*()"
    assert page.evaluate("document.activeElement.tagName") != "INPUT"
    field.fill("x\u2019*x")
    assert field.input_value() == "x'*x"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_a_second_visit_works_without_a_network(browser):
    context = browser.new_context()
    with serve(HTML) as address:
        page = context.new_page()
        box = Box(page, address)
        box.open()
        box.type("tr(X'*X)", "X")
        assert box.settle() == ""
        page.wait_for_function(  # what the page was made of is kept, too
            "async () => Boolean(await caches.match(location.href.split('#')[0]))"
        )
        page.wait_for_timeout(500)
    page.reload()  # the server is gone
    page.wait_for_selector(".asked .expression")
    box.type("tr(A*X)", "X")
    assert box.settle() == ""
    assert box.results()["gradient with respect to X"] == "A'"
    kinds = page.evaluate("""async () => {
        const kept = [];
        for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) kept.push(request.url);
        return kept;
    }""")
    pages = [url for url in kinds if url.endswith(".html")]
    assert {url.rpartition("/")[2] for url in pages} <= {"differentiate.html", "practice.html"}
    context.close()


def test_the_runtime_is_small_enough():
    files = [*HTML.glob("_static/runtime/*/*"), *HTML.glob("_static/widget/*/*")]
    files.append(HTML / "_static/vendor/mathjax/tex-chtml-full.js")
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    assert packed <= 7 * MB, f"{packed / MB:.2f} MB"


def test_the_progress_bar_knows_how_much_will_come():
    """What the page says without a runtime is in tests/site/test_build.py."""
    config = next(HTML.glob("_static/widget/*/config.js")).read_text("utf-8")
    settings = json.loads(config.removeprefix("export const config = ").rstrip().rstrip(";"))
    assert settings["bytes"] > 10 * MB
