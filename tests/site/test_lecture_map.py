"""The lecture map, and the Chinese names of terms at their first use."""

import re
import tomllib
from collections import Counter

import pytest
from built_site import ROOT, whole_site

from lecturelib.claims import records

LECTURE = tomllib.loads((ROOT / "chapters" / "reference" / "lecture.toml").read_text("utf-8"))
ITEMS = {
    known.id: known
    for known in records().values()
    if known.of_the_lecture and not known.uncheckable
}


@pytest.fixture
def page(site):
    found = [page for page in site.pages if page.name.endswith("reference/lecture-map.html")]
    if not found:
        pytest.skip("This course has no lecture map.")
    return found[0]


def rows(page) -> dict[str, list]:
    """The address of each row, and its cells."""
    return {
        row.select_one("a[id]")["id"]: row.select("td")
        for row in page.soup.select("table.lecture-map tbody tr")
    }


def test_every_item_of_the_lecture_has_a_row(page):
    numbers = [f"lecture-{k}" for k in range(1, 32)]
    found = rows(page)
    assert list(found)[:31] == numbers
    names = {f"lecture-{known.id}" for known in ITEMS.values() if known.source == "lecture"}
    assert set(found) - set(numbers) == names


def test_a_row_leads_to_the_claim_its_equation_and_an_exercise(page, site):
    for place, (first, where, equation, exercise) in rows(page).items():
        assert first.a["href"] == f"#{place}"
        if where.get_text().strip() == "left out":
            assert site.book != ROOT
            continue
        assert "#claim-" in where.a["href"]
        assert all(re.fullmatch(r"\(\d\.\d+\)", a.get_text()) for a in equation.select("a"))
        assert exercise.a or site.book != ROOT  # a course that is cut may leave the exercise out
        assert exercise.a is None or "#" in exercise.a["href"]
    assert sum(bool(cells[2].select("a")) for cells in rows(page).values()) > 20


def test_each_item_has_an_exercise_that_exists():
    assert LECTURE["exercises"].keys() == ITEMS.keys()
    sources = "\n".join(path.read_text("utf-8") for path in ROOT.glob("chapters/?-*/*.ipynb"))
    labels = set(re.findall(r"\{exercise\}[^\n]*?\\n\",\s*\":label: ([\w-]+)", sources))
    assert set(LECTURE["exercises"].values()) <= labels


FIRST = "chapters/0-introduction/1-why-optimise.ipynb"


@pytest.mark.parametrize("name", ["README.md", "_config.yml", "references.bib", FIRST])
def test_the_date_is_the_same_everywhere(name):
    """A lecturer who gives it again changes the field, and finds these by this test."""
    day = LECTURE["date"]
    text = re.sub(r"\s+", " ", (ROOT / name).read_text("utf-8"))
    assert f"{day.day} {day:%B %Y}" in text


def test_a_term_has_its_chinese_name_where_the_book_uses_it_first_and_only_there():
    names = Counter(
        button.select_one("[lang]").get_text()
        for page in whole_site().pages
        for button in page.soup.select(".term-chinese")
    )
    glossary = tomllib.loads((ROOT / "chapters" / "reference" / "glossary.toml").read_text("utf-8"))
    several = Counter(entry.get("chinese") for entry in glossary["term"])
    assert len(names) > 80
    assert {name: count for name, count in names.items() if count > several[name]} == {}

    [notation] = [page for page in whole_site().pages if page.name.endswith("-notation.html")]
    button = notation.soup.select_one(".term-chinese")
    assert button.find_previous("a").select_one(".std-term") and button["type"] == "button"


@pytest.mark.browser
def test_a_tap_shows_the_chinese_name(browser, address):
    [name] = [page.name for page in whole_site().pages if page.name.endswith("-notation.html")]
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    tab.goto(f"{address}/{name}")
    button = tab.locator(".term-chinese").first
    chinese = button.locator("[lang]")
    assert chinese.bounding_box()["width"] <= 1
    button.click()
    assert chinese.bounding_box()["width"] > 10
    tab.close()
