"""The course's notation: one bracket, one sign for a product, one numbering, one meaning a symbol.

What a symbol means says chapters/reference/glossary.toml. Of two entries with one letter each says,
with `on`, on which pages it is meant. `words` stand before it where it is introduced ("step size"),
`counts` behind it ("samples").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lecturelib.claims import CHAPTERS, Record, records

ROOT = Path(__file__).resolve().parent.parent
#: A chapter that someone has removed is not asked for.
PAGES = [path for name in CHAPTERS for path in sorted((ROOT / "chapters" / name).glob("*.ipynb"))]
SYMBOLS = tomllib.loads((ROOT / "chapters/reference/glossary.toml").read_text("utf-8"))["symbol"]
CLAIMS = list(records().values())


def name(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix()


def prose(path: Path) -> str:
    """The text of a page and of its captions, without the macros."""
    found = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in found if cell.cell_type == "markdown"]
    shown = [cell.metadata.get("mystnb", {}).get("figure", {}) for cell in found]
    texts += [figure["caption"] for figure in shown if figure]
    return "\n\n".join(text for text in texts if not text.startswith("---\nmath:"))


def said(record: Record) -> str:
    return f"{record.statement}\n\n{record.conditions}"


MATHEMATICS = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)


def formulas(text: str) -> list[str]:
    return [found.strip("$") for found in MATHEMATICS.findall(text)]


def on_pages_and_in_claims(function: Any) -> Any:
    """Tests a function of a text on each page, and on what each claim states."""
    texts = [pytest.param(prose(path), id=path.stem) for path in PAGES]
    texts += [pytest.param(said(record), id=record.id) for record in CLAIMS]
    return pytest.mark.parametrize("text", texts)(function)


# -- One bracket ----------------------------------------------------------------------------------

OPERATOR = (
    r"(?:(?<![A-Za-z\\])[LD](?:_\w)?(?:\^(?:\*|\\T))?"
    r"|\\math(?:cal|sf) ?\{?[LMH]\}?(?:_(?:\w|\{[^}]*\}))?(?:\^\*)?(?:\(\\?\w[\w ]*\))?"
    r"|\\frac\{\\partial(?:\^2)? ?\\?\w+\}\{\\partial [^}]*\}(?:\(\\?\w[\w ]*\))?)"
)
DIRECTION = r"(?:\\vb ?\{?)?[hHkK]\}?|\\d ?(?:\\vb ?\{?)?[a-zA-Z]\}?|\\dot (?:\\vb )?\w"
WRONG_BRACKET = re.compile(
    OPERATOR + r"(?:\\,|\\!|\\[bB]igl?)* ?(?:\(|\\\{)(?:" + DIRECTION + r")(?:\)|\\\}|,|\\[bB]igr)"
)


def wrong_brackets(text: str) -> list[str]:
    """Where a direction stands in round or curly brackets behind an operator."""
    return [place[0] for part in formulas(text) for place in WRONG_BRACKET.finditer(part)]


@on_pages_and_in_claims
def test_an_operator_acts_in_square_brackets(text):
    assert wrong_brackets(text) == []


@pytest.mark.parametrize(
    "formula",
    [
        "L(H)",
        r"L\{H\}",
        r"D(\d X)",
        "L^*(K)",
        r"L_2(\vb h)",
        r"\mathcal L\{\d X\}",
        r"\mathcal L(\d X)",
        r"\mathsf H_f(x)(h)",
        r"\mathsf{H}_f(\vb x)(\vb h, \vb k)",
        r"\frac{\partial f}{\partial X}(X)(H)",
        r"\frac{\partial^2 f}{\partial \vb x^2}(\vb x)\bigl(\vb h\bigr)",
    ],
)
def test_another_bracket_is_found(formula):
    assert wrong_brackets(f"So ${formula}$ follows.") != []
    assert wrong_brackets(f"So $${formula} = 0$$ follows.") != []


@pytest.mark.parametrize(
    "formula",
    [
        "L[H]",
        r"\mathsf H_f(x)[h]",
        r"\mathsf H_f(X)",
        r"\frac{\partial f}{\partial x}(x_0)[h, k]",
        r"f(H)",
        r"A(H + K)",
    ],
)
def test_the_right_bracket_and_a_point_are_left_alone(formula):
    assert wrong_brackets(f"${formula}$") == []


# -- One sign for the entrywise product -----------------------------------------------------------

SOURCES = [
    *ROOT.glob("chapters/**/*.ipynb"),
    *ROOT.glob("chapters/**/*.toml"),
    *ROOT.glob("homework/*/*.md"),
    *ROOT.glob("lecturelib/**/*.toml"),
    # tokens.py reads what others write, the small circle for an entrywise product among it
    *(path for path in ROOT.glob("lecturelib/symbol*/*.py") if path.name != "tokens.py"),
    ROOT / "lecturelib" / "claims" / "macros.tex",
]
# Maps beside it, degrees, or the sign itself where it is explained.
RIGHT_CIRCLE = re.compile(
    r"(?:f|L_\d(?:\^\*)?|\\cdot\)) ?\\circ ?(?:g|\\gamma|L_\d|f\()|\d\^\\circ"
    r"|= '\\circ'|\$\\circ\$(?= composes| after)"
    r"|g\(x\)\} ?\\circ ?\\frac\{\\partial g\}"
)


def wrong_circles(text: str) -> list[str]:
    """Where the small circle stands for something else than composition."""
    text = text.replace("\\\\", "\\")  # as a notebook or a repr writes a backslash
    right = {place.start() + place[0].index("\\circ") for place in RIGHT_CIRCLE.finditer(text)}
    return [
        text[max(place.start() - 30, 0) : place.end() + 30]
        for place in re.finditer(r"\\circ\b", text)
        if place.start() not in right
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_small_circle_composes_and_the_dotted_one_multiplies(path):
    if path.suffix == ".ipynb":
        found = nbformat.read(path, as_version=4).cells
        assert wrong_circles("\n".join(cell.source for cell in found)) == []
    else:
        assert wrong_circles(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text", [r"D \circ W", r"A^{\circ B}", r"(Y \circ (1 - Y))", r"\circ$: by entry $"]
)
def test_another_use_of_the_small_circle_is_found(text):
    assert wrong_circles(f"${text}$")


# A star at the top is an adjoint, a minimiser, or the nuclear norm.
WRONG_PRODUCT = re.compile(r"\.\*|\\(?:ast|star|circledast|bullet)\b|(?<![\^_{])\*(?!\})|[∘⊙∗⊛•]")


def wrong_products(text: str) -> list[str]:
    """Where a formula multiplies by another sign than a dotted circle."""
    named = r"\\operatorname\*?"
    return [
        part for part in formulas(text) if WRONG_PRODUCT.search(re.sub(named, "", part))
    ]  # fmt: skip


@on_pages_and_in_claims
def test_the_entrywise_product_has_one_sign(text):
    assert wrong_products(text) == []


@pytest.mark.parametrize(
    "formula", ["A .* B", r"A \ast B", r"A * B", r"A \star B", r"A^\T ⊙ B", r"\vb g \bullet \vb y"]
)
def test_another_sign_for_a_product_is_found(formula):
    assert wrong_products(f"So ${formula}$ follows.") != []


@pytest.mark.parametrize(
    "formula", [r"A \odot B", "L^*[G]", r"\vb w^*", r"\norm{A}_*", r"\vb w^{*\T}", r"L_1^* G"]
)
def test_the_dotted_circle_and_a_star_at_the_top_are_left_alone(formula):
    assert wrong_products(f"${formula}$") == []


# -- One numbering --------------------------------------------------------------------------------

NUMBER = r"\([1-9]\d?[a-z]?\)"
# One number after the word, or several: "lecture (24) and (25)", "lecture, before (11)".
OF_THE_LECTURE = re.compile(
    rf"\b[Ll]ecture(?:, (?:after|before))? {NUMBER}(?:(?:, and|,| and| or| to) {NUMBER})*"
)
BY_HAND = re.compile(rf"{NUMBER}|\b(?:[Ee]quations?|[Ee]qs?\.|[Ff]ormulas?) \(?\d")


def bare_numbers(text: str) -> list[str]:
    """Numbers of equations that don't say whose they are; ours come from {eq}, with a chapter."""
    text = MATHEMATICS.sub(" ", text)
    text = re.sub(r"`[^`]*`", " ", text)
    text = OF_THE_LECTURE.sub(" ", text)
    return BY_HAND.findall(text)


@on_pages_and_in_claims
def test_a_number_of_an_equation_says_whose_it_is(text):
    assert bare_numbers(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "By (14) the gradient is zero.",
        "By equation 14 it is zero.",
        "Equation (14) says so.",
        "See Eq. 3.",
        "by lecture (14). And (15) follows",
        "as in formula (9)",
    ],
)
def test_a_number_without_an_owner_is_found(text):
    assert bare_numbers(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "It is lecture (14).",
        "lecture (24) and (25)",
        "lecture, before (11)",
        "Lecture (21), with a half",
        "By {eq}`c2-eq-directional` and at $f(1)$, `show(2)`",
        "(a) is done in 3 steps (2004)",
    ],
)
def test_a_number_with_an_owner_is_left_alone(text):
    assert bare_numbers(text) == []


# -- One meaning a symbol -------------------------------------------------------------------------

FONT = r"(?:\\vb|\\hat|\\mathcal|\\mathsf)"
LETTER = re.compile(rf"((?:{FONT} ?\{{?)*)(\\[a-zA-Z]+|[A-Za-z])")
Symbols = list[dict[str, Any]]
GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda mu nu xi pi "
    "rho sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell"
).split()


def letter(formula: str) -> str:
    """What a formula begins with, the font named in one way: `\\vb{x}_1` and `\\vb x` are one."""
    found = LETTER.match(formula.strip())
    if not found:
        return ""
    fonts = "".join(f"{font} " for font in re.findall(FONT, found[1]))
    return fonts + found[2]


def letters(entry: Mapping[str, Any]) -> list[str]:
    return [letter(part) for part in entry["symbol"].split(r",\ ")]


def of_letter(symbols: Symbols) -> dict[str, Symbols]:
    found: dict[str, Symbols] = {}
    for entry in symbols:
        for sign in dict.fromkeys(letters(entry)):
            found.setdefault(sign, []).append(entry)
    return found


def collisions(symbols: Symbols) -> list[str]:
    """Letters of two meanings that don't say where each is meant, or say it of a page twice."""
    found = []
    for sign, entries in of_letter(symbols).items():
        pages = [page for entry in entries for page in entry.get("on", [])]
        signs = [entry["symbol"] for entry in entries]
        if not pages:
            clash = len(set(signs)) < len(signs)
        else:
            clash = len(set(pages)) < len(pages) or any("on" not in entry for entry in entries)
        if clash and len(entries) > 1:
            found.append(sign)
    return found


def used(text: str) -> set[str]:
    """The letters in the formulas of a text."""
    inside = " ".join(formulas(text))
    inside = re.sub(r"\\(?:text|operatorname|mathrm|begin|end)\*?\{[^}]*\}", " ", inside)
    return {letter(place[0]) for place in LETTER.finditer(inside)}


def unexplained(text: str, page: str, symbols: Symbols) -> list[str]:
    """Greek letters, and letters of two meanings, that have no meaning on this page."""
    known = of_letter(symbols)
    watched = {sign for sign, entries in known.items() if len(entries) > 1 and "on" in entries[0]}
    greek = {sign for sign in used(text) if sign.removeprefix(r"\vb ")[1:] in GREEK}
    return sorted(
        sign
        for sign in used(text) & (watched | greek)
        if not any(page in entry.get("on", [page]) for entry in known.get(sign, []))
    )


def introductions(
    text: str, words: Iterable[str], counts: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    """The words that introduce a letter or are counted by one, each with that letter."""
    text = re.sub(r"\{(?:term|doc|ref)\}`([^`<]+?)(?: <[^>]*>)?`", r"\1", text).replace("*", "")
    any_word, any_count = (
        "|".join(sorted(map(re.escape, some), key=len, reverse=True)) for some in (words, counts)
    )
    one = rf"(?:{LETTER.pattern})(?:_(?:\w|\{{[^}}]*\}}))?\}}?"
    behind = rf"\b({any_word}) \$({one})(?= ?(?:[=<>,]|\\(?:in|ge|le|ne|approx|dots|norm)\b)|\$)"
    for place in re.finditer(behind, text):
        yield place[1], letter(place[2])
    for place in re.finditer(rf"\$(?P<sign>{one})\$ (?P<word>{any_count or '(?!)'})\b", text):
        yield place["word"], letter(place["sign"])


def misnamed(text: str, page: str, symbols: Symbols) -> list[tuple[str, str]]:
    """Word and letter, where the word introduces a letter that is not its own on this page."""
    own: dict[str, set[str]] = {}
    for entry in symbols:
        for word in [*entry.get("words", []), *entry.get("counts", [])]:
            own.setdefault(word, set())
            if page in entry.get("on", [page]):
                own[word] |= set(letters(entry))
    counts = [word for entry in symbols for word in entry.get("counts", [])]
    found = introductions(text, own.keys() - set(counts), counts)
    return [(word, sign) for word, sign in found if sign not in own[word]]


def test_a_letter_of_two_meanings_says_where_each_is_meant():
    assert collisions(SYMBOLS) == []


def test_a_symbol_is_used_where_it_is_said_to_be():
    texts = {name(path): prose(path) for path in PAGES}
    assert [
        (entry["symbol"], page)
        for entry in SYMBOLS
        for page in {entry["page"], *entry.get("on", [])} & texts.keys()
        if entry["page"] not in entry.get("on", [entry["page"]])
        or ("on" in entry and not used(texts[page]) & set(letters(entry)))
    ] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_uses_symbols_that_the_glossary_explains(path):
    assert unexplained(prose(path), name(path), SYMBOLS) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_word_has_the_same_letter_on_every_page(path):
    assert misnamed(prose(path), name(path), SYMBOLS) == []


@pytest.mark.parametrize("record", CLAIMS, ids=lambda record: record.id)
def test_a_claim_uses_the_symbols_of_its_page(record):
    page = f"chapters/{record.page}"
    assert unexplained(said(record), page, SYMBOLS) == []
    assert misnamed(said(record), page, SYMBOLS) == []


def page(number: str) -> str:
    """Chapter and page: "3.5"."""
    chapter, _, of_it = number.partition(".")
    [found] = (ROOT / "chapters").glob(f"{chapter}-*/{of_it}-*.ipynb")
    return name(found)


# What the pages said before they had one notation, and other books say.
@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("3.5", r"add a price $\lambda \norm{\vb w}^2$"),
        ("6.3", "Factorise with a ridge $c$."),
        ("4.5", r"with a step size $\eta > 0$"),
        ("4.5", r"a {term}`learning rate` $\eta$"),
        ("4.5", "a {term}`Lipschitz constant` $L$ of the gradient"),
        ("5.2", r"the largest singular value $\sigma_1$"),
        ("5.2", "The {term}`singular values <singular value>` $\\sigma_i$"),
        ("0.4", "for every skew-symmetric $K$."),
        ("3.2", "a skew-symmetric $S = -S^\\T$"),
        ("3.3", r"The cost $E = \norm{\vb r}^2$"),
        ("2.3", "with its Jacobian $K$, taken there"),
        ("6.2", "a lower triangular $R$, say"),
        ("6.1", "over $m$ samples"),
        ("0.2", "layer $l$ of it"),
        ("3.5", r"its condition number $c$"),
        ("4.4", "a standard deviation $\\sigma$"),
        ("3.3", "the activation function $\\sigma$"),
    ],
)
def test_another_letter_for_a_word_is_found(number, text):
    if not list((ROOT / "chapters").glob(f"{number[0]}-*")):
        pytest.skip("a chapter that someone has removed")
    assert len(misnamed(text, page(number), SYMBOLS)) == 1


@pytest.mark.parametrize(
    ("number", "formula"),
    [
        ("5.5", r"\kappa w^2 + w - 1"),  # a parameter, and a condition number elsewhere
        ("1.2", r"B = \beta I_n"),
        ("2.6", r"\gamma I"),
        ("2.5", r"\mu y"),
        ("4.3", "L H"),
        ("5.6", r"J = g(\vb u)"),
        ("0.3", r"\eta X"),
        ("4.3", r"\vb\xi"),
    ],
)
def test_a_letter_without_a_meaning_on_the_page_is_found(number, formula):
    if not list((ROOT / "chapters").glob(f"{number[0]}-*")):
        pytest.skip("a chapter that someone has removed")
    assert len(unexplained(f"So ${formula}$.", page(number), SYMBOLS)) == 1


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({}, {}, ["L"]),  # two meanings, and no word of where
        ({"on": ["a"]}, {}, ["L"]),
        ({"on": ["a"]}, {"on": ["b", "a"]}, ["L"]),  # both on page a
        ({"on": ["a"]}, {"on": ["b"]}, []),
    ],
)
def test_two_meanings_on_one_page_are_found(one, other, found):
    first = {"symbol": "L", "page": "a", **one}
    assert collisions([first, {"symbol": "L", "page": "b", **other}]) == found
    assert collisions([first, {"symbol": "M", "page": "b", **other}]) == []
