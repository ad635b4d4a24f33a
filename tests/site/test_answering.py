"""Every answer box of the book in a browser: right, in another form or convention, with a slip.

What the verdicts ought to be is known from Python (tests/test_answers_in_pages.py); here the boxes
are filled in as a reader would, and must say the same.
"""

from __future__ import annotations

import sys
import tomllib

import pytest
from browser import new_page
from built_site import HTML, ROOT, whole_site

from lecturelib import derive
from lecturelib.symbols.numeric import compare_number

sys.path.insert(0, str(ROOT / "site"))
from course_sources import sources  # noqa: E402

pytestmark = pytest.mark.browser

ENTRIES = tomllib.loads((ROOT / "chapters" / "answers.toml").read_text("utf-8"))
ANSWERS = {
    (entry["label"], str(k)): answer
    for entry in ENTRIES["exercise"]
    for k, answer in enumerate(entry.get("answer", []), start=1)
}
TEXTS = ("right", "rewritten", "convention", "slip")

# Fill a box in, and hand back what it says; one after the other, as the reader does.
JUDGE = """async asked => {
    const said = [];
    for (const [label, number, text] of asked) {
        const box = document.querySelector(
            `.answer-box[data-label="${label}"][data-number="${number}"]`);
        const verdict = box.querySelector(".verdict");
        verdict.replaceChildren();
        box.querySelector("input").value = text;
        box.querySelector("form").requestSubmit();
        await new Promise(done => {
            const look = setInterval(() => {
                if (verdict.textContent) { clearInterval(look); done(); }
            }, 5);
        });
        said.push(verdict.textContent);
    }
    return said;
}"""


def pages_with_boxes() -> dict[str, list[tuple[str, str]]]:
    """Page -> its boxes."""
    homes = {label: page.docname for page in sources(ROOT).values() for label in page.labels}
    found: dict[str, list[tuple[str, str]]] = {}
    for label, number in ANSWERS:
        found.setdefault(homes[label], []).append((label, number))
    return {name: boxes for name, boxes in found.items() if name in whole_site().contents}


def expected(answer: dict, text: str) -> str:
    """The verdict and its message, from Python."""
    if answer["of"] == "number":
        report = compare_number(text, answer["value"], answer["digits"])
    else:
        d = derive(answer["f"], answer["wrt"], where=answer["where"])
        report = d.compare(text, of=answer["of"])
    head = f"{report.verdict[0].upper()}{report.verdict[1:]}"
    return report.message if report.message.startswith(head) else f"{head}. {report.message}"


@pytest.mark.parametrize("name", pages_with_boxes())
def test_every_box_says_what_python_says(browser, address, name):
    page = new_page(browser)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/{name}.html")
    boxes = pages_with_boxes()[name]
    page.wait_for_selector(".answer-box form")
    assert page.locator(".answer-box form").count() == len(boxes)
    asked = [
        (label, number, ANSWERS[label, number][kind])
        for label, number in boxes
        for kind in TEXTS
        if kind in ANSWERS[label, number]
    ]
    said = page.evaluate(JUDGE, asked)
    wrong = [
        (label, number, text, got)
        for (label, number, text), got in zip(asked, said, strict=True)
        if got.split() != expected(ANSWERS[label, number], text).split()
    ]
    assert wrong == []
    assert errors == []
    page.close()


def test_a_shorter_form_of_a_right_answer_is_one_click_away(browser, address):
    name, label, number, report = next(
        (name, label, number, report)
        for name, boxes in pages_with_boxes().items()
        for label, number in boxes
        for answer in [ANSWERS[label, number]]
        if answer["of"] == "gradient" and "rewritten" in answer
        for report in [
            derive(answer["f"], answer["wrt"], where=answer["where"]).compare(answer["rewritten"])
        ]
        if report.simplest is not None
    )
    page = new_page(browser)
    page.goto(f"{address}/{name}.html")
    box = page.locator(f'.answer-box[data-label="{label}"][data-number="{number}"]')
    box.locator("input").fill(ANSWERS[label, number]["rewritten"])
    box.get_by_role("button", name="Check").click()
    box.locator(".verdict.right").wait_for()
    said = box.locator(".verdict").text_content()
    assert said.count("Right") == 1 and report.message in said
    assert box.locator(".line mjx-container").count() == 0
    box.get_by_role("button", name="Show the shorter form").click()
    box.locator(".line mjx-container").first.wait_for()
    page.close()


def test_a_slip_is_shown_in_its_line_only_when_asked_and_a_report_can_be_copied(browser, address):
    name, boxes = next(
        (n, b) for n, b in pages_with_boxes().items() if "2-matrix" in n and "by-vectors" in n
    )
    label, number = next(b for b in boxes if ANSWERS[b]["of"] == "gradient")
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/{name}.html")
    box = page.locator(f'.answer-box[data-label="{label}"][data-number="{number}"]')
    box.locator("input").fill(ANSWERS[label, number]["slip"])
    box.get_by_role("button", name="Check").click()
    box.locator(".verdict.wrong").wait_for()
    assert box.locator(".line mjx-container").count() == 0
    box.get_by_role("button", name="Show the line").click()
    box.locator(".line mjx-container").first.wait_for()
    box.get_by_role("button", name="I think I'm right").click()
    page.wait_for_function("document.body.textContent.includes('Copied')")
    report = page.evaluate("navigator.clipboard.readText()")
    for part in (label, ANSWERS[label, number]["slip"], "edition: ", "verdict: wrong"):
        assert part in report
    context.close()


def test_without_scripts_a_page_reads_as_before(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    name = next(iter(pages_with_boxes()))
    page.goto(f"{address}/{name}.html")
    assert page.locator(".answer-box:visible, .try-box:visible").count() == 0
    assert page.locator("details.hint:visible").count() > 0
    context.close()


def test_the_runtime_comes_with_the_first_answer_only(browser, address):
    page = new_page(browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{next(iter(pages_with_boxes()))}.html")
    page.wait_for_selector(".answer-box form")
    page.wait_for_timeout(300)
    assert [url for url in asked if "/runtime/" in url or url.endswith("tex-chtml-full.js")] == []
    assert (HTML / "service-worker.js").is_file()
    page.close()


def test_a_worked_example_can_be_changed(browser, address):
    label = ENTRIES["example"][0]["label"]
    homes = {name: page.docname for page in sources(ROOT).values() for name in page.labels}
    page = new_page(browser)
    page.goto(f"{address}/{homes[label]}.html")
    fold = page.locator(".try-box details").first
    fold.locator("summary").first.click()
    fold.locator(".expression").fill("tr(A*X)")
    fold.locator(".variable").fill("X")
    fold.locator(".declarations").fill("")
    fold.locator(".go").click()
    fold.locator(".verdict.right").first.wait_for(timeout=60_000)
    assert "A'" in fold.locator("[data-copy] > code").all_inner_texts()
    page.close()
