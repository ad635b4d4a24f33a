"""The page for teachers: every page has its entry, and the answers are what they are said to be."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from lecturelib import derive

ROOT = Path(__file__).parents[1]
ENTRIES = tomllib.loads((ROOT / "chapters/reference/teaching.toml").read_text("utf-8"))["page"]
BY_PAGE = {entry["page"]: entry for entry in ENTRIES}
FORMULAS = [entry for entry in ENTRIES if "f" in entry]

ALWAYS = {"page", "board", "wrong", "question", "options"}
ASKED = {"f", "wrt", "where", "of"}


def chapter_pages() -> list[str]:
    """The pages of the chapters, in the book's order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [item["file"] for part in toc["parts"] for item in part["chapters"]]
    return [found[1] for file in files if (found := re.fullmatch(r"chapters/(\d-.*)", file))]


def faults(entry: dict) -> list[str]:
    """What is wrong with the form of an entry, or with its answers."""
    found = []
    if set(entry) not in (ALWAYS, ALWAYS | ASKED):
        found.append("keys")
    minutes = [step["minutes"] for step in entry["board"]]
    if not all(type(n) is int and n > 0 for n in minutes) or sum(minutes) > 50:
        found.append("minutes")
    if not 3 <= len(entry["board"]) <= 6 or not all(step["write"] for step in entry["board"]):
        found.append("board")
    options = entry["options"]
    if not 3 <= len(options) <= 4 or sum("right" in option for option in options) != 1:
        found.append("options")
    kind = "formula" if "f" in entry else "text"
    for option in options:
        because = "right" if "right" in option else "misconception"
        if set(option) != {kind, because} or not option[because]:
            found.append(f"keys of {option}")
    if len({option.get(kind) for option in options}) != len(options):
        found.append("repeated")
    return found + wrongly_judged(entry)


def wrongly_judged(entry: dict) -> list[str]:
    """The formulas about which derive(...).compare says something else than the entry."""
    if "f" not in entry:
        return []
    d = derive(entry["f"], entry["wrt"], entry["where"])
    found = []
    for option in entry["options"]:
        verdict = d.compare(option["formula"], of=entry["of"])
        told = verdict.verdict != "can't tell"
        if not told or bool(verdict) != option.get("right", False):
            found.append(f"{option['formula']}: {verdict.verdict}")
    return found


def test_every_page_of_the_chapters_has_its_entry():
    """In the book's order. Editions without a chapter keep its entries."""
    assert len(BY_PAGE) == len(ENTRIES)
    shown = chapter_pages()
    assert [page for page in shown if page not in BY_PAGE] == []
    assert [page for page in BY_PAGE if page in shown] == shown
    for page in BY_PAGE:
        assert (ROOT / "chapters" / f"{page}.ipynb").is_file(), page


@pytest.mark.parametrize("entry", ENTRIES, ids=BY_PAGE)
def test_an_entry_is_whole_and_its_answers_are_right(entry):
    assert faults(entry) == []


def test_most_questions_are_proved():
    assert len(FORMULAS) >= 20


@pytest.mark.parametrize("entry", FORMULAS, ids=lambda entry: entry["page"])
def test_a_wrong_answer_that_is_called_right_is_found(entry):
    """Each wrong option in turn changes places with the right one."""
    [right] = [i for i, option in enumerate(entry["options"]) if "right" in option]
    for i in range(len(entry["options"])):
        if i != right:
            planted = copy.deepcopy(entry)
            one, other = planted["options"][right], planted["options"][i]
            one["formula"], other["formula"] = other["formula"], one["formula"]
            assert len(faults(planted)) == 2


def change_minutes(entry: dict) -> None:
    entry["board"][0]["minutes"] = 51


def take_misconception(entry: dict) -> None:
    next(option for option in entry["options"] if "right" not in option)["misconception"] = ""


def make_two_right(entry: dict) -> None:
    wrong = next(option for option in entry["options"] if "right" not in option)
    del wrong["misconception"]
    wrong["right"] = True


def write_right_answer_twice(entry: dict) -> None:
    wrong = next(option for option in entry["options"] if "right" not in option)
    wrong["formula"] = "A*x + A'*x"


@pytest.mark.parametrize(
    "plant", [change_minutes, take_misconception, make_two_right, write_right_answer_twice]
)
def test_a_planted_fault_is_found(plant):
    entry = copy.deepcopy(BY_PAGE["2-matrix-differentiation/2-by-vectors"])
    assert faults(entry) == []
    plant(entry)
    assert faults(entry) != []


def test_the_first_week_has_the_minutes_of_its_boards():
    text = (ROOT / "homework/teach.md").read_text("utf-8")
    week = text.split("## A first week\n")[1].split("\n## ")[0]
    rows = re.findall(r"\| (\d+) \| board plan of \{doc\}`\.\./chapters/([^`]+)`", week)
    assert len(rows) == 4
    for minutes, page in rows:
        assert int(minutes) == sum(step["minutes"] for step in BY_PAGE[page]["board"]), page
