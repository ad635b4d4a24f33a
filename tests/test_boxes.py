"""tools/boxes.py: a page's box says what the records of its claims say, and nothing else."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import boxes  # noqa: E402

from lecturelib.claims import CHAPTERS, Record, records  # noqa: E402

# A chapter that someone has removed is not asked for.
WRITTEN = [folder for folder in CHAPTERS if (ROOT / "chapters" / folder).is_dir()]

PAGE = """Before.

:::{prf:proposition} The derivative
:label: prop-one

An old sentence.
:::

After."""


def record(name, **fields):
    given = {"page": "4-examples/1-inverse", "kind": "proposition", "statement": f"{name} holds."}
    return Record(id=name, **{**given, **fields})


@pytest.fixture
def known(monkeypatch):
    made = {}
    monkeypatch.setattr(boxes, "records", lambda: made)
    return made


def test_a_box_is_written_from_its_record(known):
    known["a"] = record("a", conditions="$A$ invertible", box="prop-one")
    written = boxes.put_statements(PAGE)
    assert written == PAGE.replace("An old sentence.", "a holds.\n\n*Conditions:* $A$ invertible.")
    assert boxes.put_statements(written) == written


def test_a_condition_dropped_on_the_page_comes_back(known):
    known["a"] = record("a", conditions="$A$ invertible", box="prop-one")
    written = boxes.put_statements(PAGE)
    dropped = written.replace("*Conditions:* $A$ invertible.\n", "")
    assert dropped != written and boxes.put_statements(dropped) == written


def test_claims_of_one_box_share_conditions_or_have_their_own(known):
    known["a"] = record("a", conditions="$n > 1$", box="prop-one")
    known["b"] = record("b", conditions="$n > 1$", box="prop-one")
    assert boxes.put_statements(PAGE).count("*Conditions:* $n > 1$.") == 1
    known["b"] = record("b", conditions="$n > 2$", box="prop-one")
    text = boxes.put_statements(PAGE)
    assert text.index("a holds") < text.index("n > 1") < text.index("b holds") < text.index("n > 2")


def test_a_box_without_a_claim_is_named_and_left_as_it_is(known):
    assert boxes.put_statements(PAGE) == PAGE
    assert boxes.unclaimed(PAGE) == ["prop-one"]
    assert boxes.unclaimed(PAGE.replace("proposition", "proof")) == []


def test_every_box_that_a_record_names_is_on_a_page():
    pages = "\n".join(path.read_text("utf-8") for path in ROOT.glob("chapters/**/*.ipynb"))
    boxed = [known for known in records().values() if known.chapter in WRITTEN and known.box]
    assert [known.id for known in boxed if f":label: {known.box}\\n" not in pages] == []


@pytest.mark.parametrize("chapter", WRITTEN)
def test_every_box_of_the_chapter_is_claimed(chapter):
    """No statement of a written chapter stands on its page alone, where nothing checks it."""
    found = []
    for path in sorted((ROOT / "chapters" / chapter).glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                found += [(path.name, label) for label in boxes.unclaimed("".join(cell["source"]))]
    assert found == []


@pytest.mark.parametrize("chapter", WRITTEN)
def test_every_box_says_what_its_records_say(chapter):
    for path in sorted((ROOT / "chapters" / chapter).glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                source = "".join(cell["source"])
                assert boxes.put_statements(source) == source, path.name


def test_a_record_links_so_that_every_page_can_show_it():
    """The ledger shows a statement too, from another folder."""
    relative = re.compile(r"\{doc\}`[^`]*<(?!/)|\{doc\}`(?!/)[^<`]*`|\]\((?!#|https?:)")
    texts = {known.id: known.statement + known.conditions for known in records().values()}
    assert [name for name, text in texts.items() if relative.search(text)] == []
