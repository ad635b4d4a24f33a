"""The page "Practice" in a browser: problems, hints, siblings, sets, receipts, progress."""

from __future__ import annotations

import re

import pytest
from browser import new_page
from built_site import HTML  # noqa: F401  (the site must be built)

from lecturelib.symbols.problem import KINDS, problem

pytestmark = pytest.mark.browser

PAGE = "chapters/reference/practice.html"
#: 50 problems: every kind, all difficulties.
PROBLEMS = [(KINDS[i % (len(KINDS) - 1)], 1 + i % 3, i) for i in range(50)]


@pytest.fixture(scope="module")
def page(browser, address):
    page = new_page(browser)
    page.goto(f"{address}/{PAGE}")
    yield page
    page.close()


def name_of(one) -> str:
    return "{}-{}-{}".format(one[0].replace(" ", "-"), *one[1:])


def answer(page, text: str) -> str:
    """Give an answer, and the verdict's kind."""
    verdict = page.locator(".problem .verdict")
    verdict.evaluate("v => { v.className = 'verdict'; v.replaceChildren(); }")
    page.locator(".problem .answer input").fill(text)
    page.locator(".problem .answer button[type=submit]").click()
    page.wait_for_selector(".problem .verdict:is(.right, .wrong)")
    return "right" if "right" in (verdict.get_attribute("class") or "") else "wrong"


def test_fifty_problems_as_a_set_and_its_receipt(page, address):
    link = ",".join(name_of(one) for one in PROBLEMS)
    page.goto("about:blank")
    page.goto(f"{address}/{PAGE}#set={link}&title=<b>Week 3</b>")
    page.get_by_role("button", name=re.compile("Begin")).click()
    for i, one in enumerate(PROBLEMS):
        p = problem(*one)
        page.wait_for_function(
            "n => document.querySelector('.problem h2')?.textContent === n",
            arg=f"Problem {i + 1} of {len(PROBLEMS)}",
            timeout=60_000,
        )
        assert page.locator(".problem code").first.inner_text() == p.expression
        if i % 5 == 0 and p.traps:
            assert answer(page, p.traps[0].text) == "wrong", p
        assert answer(page, str(p.answer)) == "right", p
        page.get_by_role("button", name="Next").click()
    page.wait_for_selector(".problem pre")
    receipt = page.locator(".problem pre").inner_text()
    assert "unproven" in receipt
    assert f"solved: {len(PROBLEMS)} of {len(PROBLEMS)}" in receipt
    assert link in receipt
    assert "<b>Week 3</b>" in receipt  # as text
    assert page.locator(".problem b").count() == 0


def test_a_missed_kind_comes_back_as_a_sibling(page, address):
    page.goto("about:blank")
    page.goto(f"{address}/{PAGE}")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.locator("select[aria-label=Kind]").select_option("inverses")
    give = page.get_by_role("button", name="Give me a problem")
    give.click()
    page.wait_for_selector(".problem .answer", timeout=60_000)
    missed = problem("inverses", 1, 0)
    assert page.locator(".problem code").first.inner_text() == missed.expression
    hints = page.locator(".problem .hints details")
    assert hints.first.is_visible() and not hints.nth(1).is_visible()
    hints.first.locator("summary").click()
    hints.nth(1).wait_for(state="visible")
    page.get_by_role("button", name="Show the derivation").click()
    page.wait_for_selector(".problem .solution .steps")
    page.get_by_role("button", name="Solve it again").click()
    assert page.locator(".problem .solution .steps").count() == 0
    assert answer(page, str(missed.answer)) == "right"

    page.locator("select[aria-label=Kind]").select_option("determinants")
    seen = []
    for _ in range(4):
        before = page.locator(".problem code").first.inner_text()
        page.get_by_role("button", name="Next, or skip").click()
        page.wait_for_function(
            "b => document.querySelector('.problem code')?.textContent !== b", arg=before
        )
        seen.append(page.locator(".problem code").first.inner_text())
    assert missed.sibling().expression in seen
    assert "inverses" in page.locator(".counts").inner_text()


def test_progress_moves_by_a_link_and_is_erased(page, browser, address):
    state = page.evaluate("localStorage.getItem('matrix-differentiation.practice')")
    assert state
    text = page.evaluate(
        "s => btoa(s).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')", state
    )
    other = new_page(browser)
    other.goto(f"{address}/{PAGE}#progress={text}")
    other.wait_for_function("document.querySelector('.counts')?.textContent.includes('inverses')")
    assert "progress" not in other.url
    for wrong in ("nonsense", "e30", "WzFd"):
        other.goto("about:blank")
        other.goto(f"{address}/{PAGE}#progress={wrong}")
        other.wait_for_function("document.body.textContent.includes('holds no progress')")
        assert "inverses" in other.locator(".counts").inner_text()  # what was there stays
    other.get_by_role("button", name="Erase").click()
    assert "Nothing yet" in other.locator(".counts").inner_text()
    assert other.evaluate("localStorage.length") == 0 or "matrix-differentiation" not in str(
        other.evaluate("Object.keys(localStorage)")
    )
    other.close()


def test_a_teacher_makes_a_set(page, address):
    page.goto("about:blank")
    page.goto(f"{address}/{PAGE}")
    form = page.locator(".make-set")
    form.locator("select").select_option("inverses")
    form.get_by_label("How many").fill("3")
    form.get_by_role("button", name="Add to the set").click()
    form.get_by_label("Title").fill("Week 3")
    link = form.locator(".set-link a").get_attribute("href") or ""
    assert link.count("inverses-1-") == 3
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function("document.body.textContent.includes('A set of 3 problems: Week 3.')")


@pytest.mark.parametrize("text", ["", "x", "inverses-9-1", "nonsense-1-1", "inverses-1-1,,"])
def test_a_link_without_a_set_says_so(page, address, text):
    page.goto("about:blank")
    page.goto(f"{address}/{PAGE}#set={text}")
    page.wait_for_function("document.body.textContent.includes('names no set')")
