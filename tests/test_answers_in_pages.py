"""The answers of chapters/answers.toml: right ones are right, each slip is named, and what a page's
own solution says cannot be changed without a box noticing.
"""

import functools
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from lecturelib import derive
from lecturelib.symbols.answers import Comparison
from lecturelib.symbols.numeric import compare_number
from lecturelib.symbols.tokens import ParseError

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = tomllib.loads((ROOT / "chapters" / "answers.toml").read_text("utf-8"))
EXERCISES, EXAMPLES = ENTRIES["exercise"], ENTRIES["example"]
ANSWERS = {
    f"{entry['label']}-{k}": answer
    for entry in EXERCISES
    for k, answer in enumerate(entry.get("answer", []), start=1)
}

ASKED = {"name", "of", "right", "rewritten", "slip"}
OF_FORMULAS, OF_NUMBERS = {"f", "wrt", "where"}, {"value", "digits"}


@functools.cache
def derivation(f: str, wrt: str, where: str):
    return derive(f, wrt, where=where)


def judged(answer: dict, text: str) -> Comparison:
    if answer["of"] == "number":
        return compare_number(text, answer["value"], answer["digits"])
    asked = derivation(answer["f"], answer["wrt"], answer["where"])
    return asked.compare(text, of=answer["of"])


def chosen(wanted: Callable[[dict], bool] = lambda answer: True) -> list:
    return [pytest.param(a, id=name) for name, a in ANSWERS.items() if wanted(a)]


def is_formula(answer: dict) -> bool:
    return answer["of"] != "number"


# ---------------------------------------------------------------- each box


@pytest.mark.parametrize("answer", chosen())
def test_an_entry_says_what_a_box_needs(answer):
    needed = ASKED | (OF_NUMBERS if answer["of"] == "number" else OF_FORMULAS)
    assert needed <= set(answer) <= needed | {"convention", "kind"}
    assert answer["of"] in ("gradient", "differential", "hessian", "number")


@pytest.mark.parametrize("answer", chosen())
def test_right_answers_are_right(answer):
    assert judged(answer, answer["right"])
    assert judged(answer, answer["rewritten"])
    assert answer["right"] != answer["rewritten"]


@pytest.mark.parametrize("answer", chosen(lambda a: "convention" in a))
def test_another_convention_is_called_that(answer):
    found = judged(answer, answer["convention"])
    assert not found
    assert found.verdict == "another convention"


@pytest.mark.parametrize("answer", chosen())
def test_a_slip_is_named(answer):
    found = judged(answer, answer["slip"])
    assert not found
    assert found.verdict != "can't tell"
    assert found.slip == answer.get("kind", "")
    assert found.slip or answer["of"] == "number"  # a formula's slip always has a name


@pytest.mark.parametrize("answer", chosen(is_formula))
def test_a_right_answer_is_wrong_once_it_is_changed(answer):
    """So that no box says yes to everything."""
    right = answer["right"]
    for changed in (f"2*({right})", f"-({right})", f"({right})*(1 + 1/1000000)", *shorter(right)):
        assert not judged(answer, changed), changed


@pytest.mark.parametrize("answer", chosen(lambda a: not is_formula(a)))
def test_a_number_is_wrong_outside_of_its_last_digit(answer):
    value, digits = Fraction(answer["value"]), answer["digits"]
    unit = Fraction(10) ** (-digits if not value else magnitude(value) - digits + 1)
    outwards = -1 if value < 0 else 1  # to there it may be rounded, to the other side cut
    for share in (Fraction(2, 5), Fraction(-2, 5)):
        assert judged(answer, str(value + share * unit))
    for share in (Fraction(3, 5), 1, 10, -1, -10):
        assert not judged(answer, str(value + outwards * share * unit)), share


def magnitude(value: Fraction) -> int:
    return int(f"{float(abs(value)):e}".partition("e")[2])


def shorter(text: str) -> list[str]:
    """A sum of several terms with each of them left out."""
    signs = [i for i in top_level(text) if text[i] in "+-" and i > 0]
    bounds = [0, *signs, len(text)]
    terms = [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    if len(terms) == 1:
        return []
    left = ["".join(terms[:k] + terms[k + 1 :]).strip() for k in range(len(terms))]
    return [t.removeprefix("+ ") for t in left]


def top_level(text: str) -> list[int]:
    """The places outside of all brackets."""
    depth, found = 0, []
    for i, sign in enumerate(text):
        depth += (sign in "([<") - (sign in ")]>")
        if not depth:
            found.append(i)
    return found


def test_shorter_leaves_out_each_term():
    assert shorter("A*X + (B - C)*X - D") == ["(B - C)*X - D", "A*X - D", "A*X + (B - C)*X"]
    assert shorter("<A - B, X>") == []


@pytest.mark.parametrize("entry", [pytest.param(e, id=e["label"]) for e in EXAMPLES if e["label"]])
def test_an_example_can_be_derived(entry):
    assert set(entry) == {"label", "f", "wrt", "where"}
    found = derivation(entry["f"], entry["wrt"], entry["where"])
    assert len(found.steps) > 1
    assert found.check()


# ---------------------------------------------------------------- the file and the pages


@functools.cache
def markdown() -> dict[str, str]:
    """The pages' text, by their names."""
    found = {}
    for path in sorted((ROOT / "chapters").glob("*/*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        found[path.relative_to(ROOT / "chapters").with_suffix("").as_posix()] = "\n".join(texts)
    return found


def exercises() -> set[str]:
    text = "\n".join(markdown().values())
    return set(re.findall(r"^:::\{exercise\}.*\n:label: (\S+)", text, re.MULTILINE))


def test_every_label_is_on_a_page_and_used_once():
    labels = Counter(entry["label"] for entry in [*EXERCISES, *EXAMPLES])
    assert [label for label, times in labels.items() if times > 1] == []
    assert {entry["label"] for entry in EXERCISES} - exercises() == set()
    for entry in EXAMPLES:
        named = rf"^(?::label: {entry['label']}|\({entry['label']}\)=)$"
        assert [p for p, text in markdown().items() if re.search(named, text, re.MULTILINE)]


def test_nearly_every_exercise_has_hints_and_those_with_a_box_two():
    with_hints = {entry["label"] for entry in EXERCISES if entry["hints"]}
    # what is left: three tasks at the keyboard on the reference pages
    assert exercises() - with_hints == {
        "ref-ex-bessel", "ref-ex-dual", "ref-ex-steps",
    }  # fmt: skip
    assert [e["label"] for e in EXERCISES if e.get("answer") and len(e["hints"]) < 2] == []
    assert sum(map(is_formula, ANSWERS.values())) >= 80


def test_every_page_of_chapters_2_to_6_has_an_example_to_change():
    examples = {entry["label"] for entry in EXAMPLES}
    pages = {p: t for p, t in markdown().items() if re.match("[2-6]-", p)}
    assert len(pages) >= 25
    for page, text in pages.items():
        named = {*re.findall(r"^:label: (\S+)$|", text, re.M)}
        named |= {*re.findall(r"^\((\S+)\)=$", text, re.M)}
        assert named & examples, page


def test_hints_are_markdown():
    """Their formulas are typeset with the page's, in tests/site."""
    for entry in EXERCISES:
        for hint in entry["hints"]:
            assert hint.count("$") == 2 * len(re.findall(r"\$[^$]+\$", hint)), hint
            words = re.sub(r"\$[^$]+\$", "", hint)
            assert not set("<\\") & set(words), hint
            assert hint[0].isupper() and hint[-1] in ".?", hint


# ---------------------------------------------------------------- a number


@pytest.mark.parametrize(
    ("text", "value", "digits", "right", "slip"),
    [
        ("29/66", "29/66", 3, True, ""),
        ("0.439", "29/66", 3, True, ""),
        ("a_1 = 0.439", "29/66", 3, True, ""),
        ("w = 0.439", "29/66", 3, True, ""),
        ("0.44", "29/66", 3, False, "rounding"),
        ("0.44", "29/66", 2, True, ""),
        ("0.43", "29/66", 2, True, ""),  # cut
        ("0.42", "29/66", 2, False, "rounding"),
        ("0.0001", "0.0001", 1, True, ""),
        ("0.0002", "0.0001", 1, False, "factor"),
        ("0", "0.0001", 1, False, ""),
        ("-1.7", "-1.7071", 2, True, ""),
        ("-1.8", "-1.7071", 2, False, "rounding"),
        ("-29/66", "29/66", 3, False, "sign"),
        ("66/29", "29/66", 3, False, "reciprocal"),
        ("58/66", "29/66", 3, False, "factor"),
        ("4.39", "29/66", 3, False, "power of ten"),
        ("1", "2", 3, False, ""),
        ("0", "29/66", 3, False, ""),
        ("0", "0", 3, True, ""),
        ("1e-9", "0", 3, True, ""),
        ("e^-2", "0.1353352832", 3, True, ""),
        ("ln(2)/2", "0.3465735903", 3, True, ""),
        ("2 pi", "6.283185307", 3, True, ""),
        ("", "2", 3, None, ""),
        ("[1, 2]", "2", 3, None, ""),
        ("1/0", "2", 3, None, ""),
        ("log(-1)", "2", 3, None, ""),
        ("10^400", "2", 3, None, ""),
        ("10^-320", "1000", 3, False, ""),
        ("10^306", "1000", 3, False, ""),
        ("x", "2", 3, None, ""),
        ("2" * 300, "2", 3, None, ""),
        ("__import__('os')", "2", 3, None, ""),
    ],
)
def test_a_number_is_compared_as_a_number(text, value, digits, right, slip):
    if right is None:
        with pytest.raises(ParseError):
            compare_number(text, value, digits)
        return
    found = compare_number(text, value, digits)
    assert bool(found) is right
    assert found.slip == slip
    assert found.message
