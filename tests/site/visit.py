"""One page of the built site in the browser, and what is wrong with it there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from browser import new_page
from built_site import ROOT, contents
from playwright.sync_api import Browser, Page

# Is this what was said last to who listens?
HEARD = "text => document.querySelector('body > [role=status]').textContent === text"
AXE = ROOT / "site" / "node_modules" / "axe-core" / "axe.min.js"

# Everything that a reader can open, open: what is closed is not looked at.
OPEN = """() => {
    document.querySelectorAll("details").forEach(box => { box.open = true; });
    document.querySelectorAll(".toggle-hidden .toggle-button").forEach(button => button.click());
}"""
TURN = """async mode => {
    document.documentElement.dataset.theme = mode;
    document.documentElement.dataset.mode = mode;
    await new Promise(done => setTimeout(done, 100));
}"""
# A formula as it is drawn is hidden from who listens, and has the colour of the text around it: a
# thousand boxes with nothing to find. Its MathML stays.
UNDRAW = """() => document.querySelectorAll("mjx-container > :not(mjx-assistive-mml)").forEach(
    drawn => drawn.remove()
)"""
LOOK = """only => axe.run(document, {
    resultTypes: ["violations"],
    ...(only
        ? {runOnly: {type: "rule", values: only}}
        : {rules: {
            "label-content-name-mismatch": {enabled: true},
            "target-size": {enabled: true},
            "td-has-header": {enabled: true},
        }}),
}).then(found => found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`
)))"""
# The rules that a change of colours can break, and those that a narrow page can.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
OF_WIDTH = ["target-size", "scrollable-region-focusable", "button-name", "link-name"]


def page_names() -> list[str]:
    """Every page that the site has; index.html only leads on."""
    made = [f"{name}.html" for name in contents(ROOT)]
    return [*made, "404.html", "genindex.html", "prf-prf.html", "search.html"]


@dataclass
class Visit:
    """A page, and what came up while it was open."""

    page: Page
    errors: list[str] = field(default_factory=list)  #: of the console
    foreign: list[str] = field(default_factory=list)  #: addresses elsewhere that it asked

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.page.evaluate("() => window.MathJax?.startup?.promise")


@contextlib.contextmanager
def visit(browser: Browser, address: str, name: str, width: int = 1280) -> Iterator[Visit]:
    page = new_page(browser)
    page.set_default_timeout(120_000)  # a busy machine is no fault of the page
    page.emulate_media(reduced_motion="reduce")  # colours change at once
    page.set_viewport_size({"width": width, "height": 900})
    made = Visit(page)
    own = (address, "data:", "blob:")
    page.on("pageerror", lambda error: made.errors.append(str(error)))
    page.on("console", lambda said: made.errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda r: None if r.url.startswith(own) else made.foreign.append(r.url))
    made.go(f"{address}/{name}")
    yield made
    page.close()


def resize(page: Page, width: int) -> None:
    """The window that wide; the theme looks a moment later which boxes scroll now."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)


# What is out of sight is not laid out, and where its parts lie is a guess until then.
LAID_OUT = ":root * { content-visibility: visible !important; }"


def start_axe(page: Page) -> None:
    """Let axe-core look at the page; its formulas are not drawn from now on."""
    assert AXE.is_file(), "axe-core is not installed; run `make book` first."
    page.add_style_tag(content=LAID_OUT)
    page.evaluate(AXE.read_text("utf-8") + "; 0")
    page.evaluate(UNDRAW)


def axe(page: Page, only: list[str] | None = None) -> list[str]:
    return page.evaluate(LOOK, only)
