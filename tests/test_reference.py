"""The reference pages: errata, glossary, formula sheet and marked path agree with the course."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest
import scipy.special
from cases import IN_FORMULAS
from test_course import WORDS_A_MINUTE
from test_symbolic import from_latex, setting

import lecturelib
from lecturelib import derivative
from lecturelib.claims import CHAPTERS, errata, examine, records
from lecturelib.claims.referees import five_point
from lecturelib.lookup import rows as rows_of_the_list
from lecturelib.symbols import (
    Equation,
    differential_of,
    formula_of,
    latex,
    reference,
    values_of,
)
from lecturelib.symbols.adjoint import _known, seeds
from lecturelib.table import TABLE

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "chapters" / "reference"
LISTS = {
    "correction": "errata-corrections",
    "hypothesis": "errata-hypotheses",
    "wording": "errata-wording",
}
GROUPS = reference.groups()
FUNCTIONS = reference.sheet_rows()
SHEET = [name for name, operation in TABLE.items() if operation.rule.sheet]
GLOSSARY = tomllib.loads((PAGES / "glossary.toml").read_text("utf-8"))


def cells(path: Path, kind: str) -> list[str]:
    return [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


# -- Errata ---------------------------------------------------------------------------------------


def test_the_errata_are_counted_once():
    """One lost factor is one correction, however often it recurs; a mark of a copy is none."""
    counts = Counter(erratum.verdict for erratum in errata().values())
    assert counts == {"correction": 8, "hypothesis": 31, "wording": 12, "transcription": 10}
    assert not {"E29", "E30", "E51"} & set(errata())


def test_marks_of_the_transcription_are_on_no_page():
    for path in [*PAGES.glob("*.ipynb"), *PAGES.glob("*.md"), ROOT / "intro.md", ROOT / "_toc.yml"]:
        source = path.read_text("utf-8")
        assert "errata-transcription" not in source, path.name
        for erratum in errata().values():
            if erratum.verdict == "transcription":
                assert f"erratum-{erratum.id}" not in source, (path.name, erratum.id)


def test_an_erratum_says_where_what_and_what_is_right():
    for erratum in errata().values():
        assert "TODO" not in repr(erratum), erratum.id
        assert re.match(r"(introduction|parts? \d|throughout|here and there)", erratum.where)
        assert erratum.says and erratum.right, erratum.id
        for text in (erratum.says, erratum.right, erratum.evidence):
            assert text.count("$") % 2 == 0, erratum.id


def test_an_erratum_and_its_claim_name_each_other():
    for erratum in errata().values():
        if erratum.claim:
            assert erratum.id in records()[erratum.claim].errata, erratum.id
            assert not records()[erratum.claim].uncheckable, erratum.id
        else:  # a picture, a word, a letter, what a copy lost
            assert "No claim guards" in erratum.right or "no claim guards" in erratum.right


def test_pages_link_to_errata_that_are_listed():
    shown = {erratum.id for erratum in errata().values() if erratum.verdict in LISTS}
    for path in (ROOT / "chapters").glob("[0-9]*/*.ipynb"):
        linked = set(re.findall(r"erratum-(E\d\d)", "\n".join(cells(path, "markdown"))))
        assert linked <= shown, path.name


@pytest.mark.parametrize("verdict", LISTS)
def test_each_erratum_has_its_place_on_one_page(verdict):
    path = PAGES / f"{LISTS[verdict]}.ipynb"
    text, code = "\n".join(cells(path, "markdown")), "\n".join(cells(path, "code"))
    here = sorted(erratum.id for erratum in errata().values() if erratum.verdict == verdict)
    assert sorted(re.findall(r"^\(erratum-(E\d\d)\)=$", text, re.MULTILINE)) == here
    assert sorted(re.findall(r'errata\(\)\["(E\d\d)"\]', code)) == here
    verified = Counter(re.findall(r'^verify\("(.+)"\)$', code, re.MULTILINE))
    guards = Counter(errata()[e].claim for e in here if errata()[e].claim)
    assert verified == guards


@pytest.mark.parametrize("name", [e.id for e in errata().values() if e.claim])
def test_the_claim_of_an_erratum_rejects_what_the_text_says(name):
    """The mark "checked" under an erratum stands on a variant that has its number."""
    rejected = examine(errata()[name].claim, draws=1).rejected
    assert any(name in variant for variant in rejected)


def test_no_page_names_an_erratum_that_no_page_shows():
    hidden = [e for e in errata().values() if e.verdict == "transcription" and e.claim]
    assert len(hidden) >= 4
    for erratum in hidden:
        assert f"({erratum.id})" not in str(examine(erratum.claim, draws=1))


def test_what_is_a_matter_of_words_is_no_hypothesis():
    for name in "E37 E45 E47 E61 E62 E63".split():
        assert errata()[name].verdict == "wording"
    assert errata()["E05"].verdict == "hypothesis"


def test_a_defective_eigenvalue_may_have_a_pair_that_can_be_scaled():
    """diag(J_2(3), 3) is defective, and e_3 is a left and a right eigenvector."""
    A, e3 = np.array([[3.0, 1, 0], [0, 3, 0], [0, 0, 3]]), np.array([0.0, 0, 1])
    assert (e3 @ A == 3 * e3).all() and (A @ e3 == 3 * e3).all() and e3 @ e3 == 1
    assert np.linalg.matrix_rank(A - 3 * np.eye(3)) == 1  # two eigenvectors for a triple root
    assert "defective one it is not" not in errata()["E44"].right
    assert any("defective" in variant for variant in examine("eigen-normalisation").rejected)


# -- Glossary -------------------------------------------------------------------------------------


def names() -> list[str]:
    return [
        name.lower()
        for entry in GLOSSARY["term"]
        for name in (entry["term"], *([entry["plural"]] if "plural" in entry else []))
    ]


def test_the_glossary_is_complete():
    assert [name for name, k in Counter(names()).items() if k > 1] == []
    assert len(GLOSSARY["term"]) >= 80
    for entry in GLOSSARY["term"]:
        assert re.search(r"[\u4e00-\u9fff]", entry["chinese"]), entry["term"]
        assert entry["meaning"].endswith(".") or entry["meaning"].endswith("$"), entry["term"]
    for entry in GLOSSARY["term"] + GLOSSARY["symbol"]:
        folder = (ROOT / entry["page"]).parent
        if folder.is_dir():  # a chapter may have been removed
            assert list(folder.glob(f"{Path(entry['page']).name}.*")), entry["page"]


@pytest.mark.parametrize(
    "term, condition",
    [
        ("change of variables", "continuously differentiable"),  # x + Cantor's function
        ("convex", "on an open convex set"),
        ("outer product", "if neither is"),
        ("singular value", r"\min(m, n)"),  # X^T X has n eigenvalues
        ("Taylor series", "for analytic $f$"),  # exp(-1/t^2)
        ("total differential", "for a differentiable $f$"),  # x1^3/(x1^2 + x2^2)
    ],
)
def test_a_meaning_has_its_condition(term, condition):
    [entry] = [entry for entry in GLOSSARY["term"] if entry["term"] == term]
    assert condition in entry["meaning"]


def test_what_is_to_be_known_by_heart_has_its_conditions():
    text = (PAGES / "revision.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (.+?\?) \| (.+) \|$", text, re.MULTILINE))
    for question, condition in {
        "How do you compute it?": "is differentiable",
        r"$\d(A^{-1})$?": "for invertible $A$",
        r"$\d \det A$?": "for invertible $A$",
        r"$\d \lambda$?": "for a simple eigenvalue",
        "How do you check a gradient?": "twice differentiable",
    }.items():
        assert condition in rows[question], question


def test_every_linked_term_is_in_the_glossary():
    known, missing = set(names()), []
    for path in (ROOT / "chapters").rglob("*.ipynb"):
        if ".ipynb_checkpoints" in path.parts:
            continue
        for term in re.findall(r"\{term\}`([^`]+)`", "\n".join(cells(path, "markdown"))):
            term = re.sub(r"\s+", " ", term)
            target = re.fullmatch(r".*<(.*)>", term)
            term = (target[1] if target else term).lower()
            if term not in known:
                missing.append((path.stem, term))
    assert missing == []


# -- Rules and formula sheet ----------------------------------------------------------------------


def test_every_rule_is_on_the_page_of_rules_once():
    listed = Counter(name for group in GROUPS.values() for name in group)
    assert set(listed) == set(TABLE) and max(listed.values()) == 1
    code = "\n".join(cells(PAGES / "rules.ipynb", "code"))
    assert set(re.findall(r'reference_table\("(.+?)"\)', code)) == set(GROUPS)
    for group in GROUPS:
        rows = reference.reference_table(group).splitlines()
        assert len(rows) == len(GROUPS[group]) + 2
        assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows), group


def rows(group: str) -> dict[str, list[str]]:
    """The cells of a table of the page, by the rule's name."""
    lines = reference.reference_table(group).splitlines()[2:]
    split = [re.split(r"(?<!\\)\| ?", line)[1:-1] for line in lines]
    return dict(zip(GROUPS[group], split, strict=True))


RULES = [name for group in GROUPS.values() for name in group]


@pytest.mark.parametrize("group", GROUPS)
def test_no_cell_is_blank_and_no_name_is_code(group):
    for name, cells_of_row in rows(group).items():
        assert len(cells_of_row) == 3 and all(cell.strip() for cell in cells_of_row), name
        formulas = " ".join(re.findall(r"\$([^$]+)\$", " ".join(cells_of_row)))
        assert r"\_" not in formulas and "^{+}" not in re.sub(r"[X)]\^\{\+\}", "", formulas), name


@pytest.mark.parametrize("name", RULES)
def test_a_row_uses_only_letters_that_its_formula_names(name):
    """What varies with X must not stand there as if it did not (det X beside adj X, once)."""
    formula = formula_of(name)
    shown = letters(formula)
    for equations in (differential_of(name), reference.gradients_of(name)):
        known = shown | {"d" + x for x in shown} | {"I", "i", "pi", "index", "1"}
        known |= {str(seed) for seed in seeds(formula)}
        for equation in equations:
            left, right = from_latex(equation.latex).split(" = ", 1)
            known |= set(re.findall(r"[A-Za-z]\w*", left))
            assert letters_in(right) <= known, (name, equation)


def letters_in(source: str) -> set[str]:
    """The names in the notation of the text that are no functions and no parameters."""
    source = re.sub(r"\b(axis|k)=-?\d|\^(-?T|o\+|half)|\bend\b", "", source)
    source = re.sub(r"([A-Za-z])\[(\d)\]", r"\1_\2", source)
    return set(re.findall(r"\b[A-Za-z]\w*\b(?!\()", source))


def letters(formula) -> set[str]:
    return letters_in(from_latex(formula.latex))


@pytest.mark.parametrize("name", RULES)
def test_a_letter_has_one_meaning_in_a_row(name):
    meanings: dict[str, set[str]] = {}
    full = {symbol.name: str(meaning) for symbol, meaning in _known(name, {}).items()}
    for equation in differential_of(name):
        if type(equation) is Equation and str(equation.left[0]) in full:
            meanings[str(equation.left[0])] = {full[str(equation.left[0])]}
    for equation in reference.gradients_of(name):
        if type(equation) is Equation:
            meanings.setdefault(str(equation.left[0]), set()).add(str(equation.right))
    assert all(len(found) == 1 for found in meanings.values()), meanings


@pytest.mark.parametrize("name", sorted(set(RULES) - {"getitem", "scatter"} - IN_FORMULAS))
def test_vectors_are_lower_case_and_matrices_are_not(name):
    inputs, parameters, *_ = setting(name)
    outputs = TABLE[name](*inputs, **parameters)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    shown = [str(y).removesuffix("'") for y in formula_of(name, **parameters).left]
    pairs = [*zip(shown, outputs, strict=True), *zip(TABLE[name].rule.inputs, inputs, strict=True)]
    for letter, value in pairs:
        if np.ndim(value) == 1 and name != "einsum":  # one name for every shape
            assert letter.islower() or TABLE[name].rule.kind == "constant", (letter, name)
        elif np.ndim(value) == 2 and np.shape(value)[1] > 1:
            assert letter.isupper(), (letter, name)


def at_the_page() -> dict[str, object]:
    """The values that the page's code is used with."""
    rng = np.random.default_rng(0)
    A, B, X = (0.1 + 0.5 * np.eye(3) + 0.1 * rng.random((3, 3)) for _ in range(3))
    A, B, X = ((M + M.T) / 2 for M in (A, B, X))
    known = {
        "np": np,
        "scipy": scipy,
        "A": A,
        "B": B,
        "C": A > 0.15,
        "X": X,
        "a": A[0],
        "b": B[1],
        "w": X[2],
    }
    return known | {name: getattr(lecturelib, name) for name in lecturelib.__all__}


@pytest.mark.parametrize("name", GROUPS["Elementwise functions"] + GROUPS["Special functions"])
def test_the_code_of_a_function_is_the_function(name):
    """Code, formula and condition of a row belong together: no arccosh(1 + X) beside X > 1."""
    known = at_the_page()
    if TABLE[name].rule.where == "X > 1":
        known["X"] = 1 + known["X"]
    if name == "power":  # its code has the exponent 3
        known["B"] = 3.0
    inputs = [known[x] for x in TABLE[name].rule.inputs]
    value = eval(reference.code_of(name), known)
    assert np.allclose(value, TABLE[name](*inputs), rtol=1e-12)
    others = [inputs[0] + 0.1, *inputs[1:]]
    assert not np.allclose(value, TABLE[name](*others)) or name in ("sign", "step")


@pytest.mark.parametrize(
    "name", [name for name in RULES if TABLE[name].rule.gradient and name not in IN_FORMULAS]
)
def test_a_gradient_in_code_is_the_gradient(name):
    known = at_the_page()
    X, B = (np.asarray(known[x]) for x in "XB")
    known["E"], known["n"] = B, len(X)
    rule = TABLE[name].rule
    code = reference.code_of(name) or f"{name}({', '.join(rule.inputs)})"
    if not reference.code_of(name):  # helpers, on matrices of an even size
        known[name] = TABLE[name]
        known["X"], known["E"], known["n"] = np.arange(16.0).reshape(4, 4), np.eye(4), 4
    assert set(reference.gradient_code(name)) == set(rule.variables)
    for x, line in reference.gradient_code(name).items():
        f = eval(f"lambda {x}: {code}", known)
        D = derivative(f, known[x])
        G = np.random.default_rng(1).normal(size=np.shape(D.value))
        found = eval(line, {**known, "G": G})
        assert np.allclose(found, D.T[G]), x
        assert not np.allclose(2 * found, D.T[G]) or name == "imag"


def test_the_gradient_of_eigenvalues_holds_for_complex_ones():
    rng = np.random.default_rng(2)
    for turn in (0.0, 3.0):
        X = np.diag([1.0, 2.0, 4.0]) + turn * np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 0]])
        X = X + 0.1 * rng.random((3, 3))
        w, V = np.linalg.eig(X)
        assert np.iscomplexobj(w) == (turn > 0)
        g, H = rng.normal(size=3), rng.normal(size=(3, 3))
        found = values_of(reference.gradients_of("eig"), {"V": V, "w": w, "g_1": g})["grad X"]
        expected = five_point(lambda Z: g @ np.linalg.eigvals(Z), X, H, h=1e-4)  # noqa: B023
        assert np.isclose(np.sum(found * H), expected, atol=1e-6)


def test_the_formula_sheet_is_read_from_the_table():
    assert 10 < len(SHEET) <= 25
    assert reference.rule_sheet().count("\n") == len(SHEET) + 2
    assert reference.function_sheet().count("\n") == len(FUNCTIONS) + 2
    sheet = "\n".join(cells(PAGES / "formula-sheet.ipynb", "code"))
    assert "rule_sheet()" in sheet and "function_sheet()" in sheet
    assert r"$2 X^{\mathsf{T}} (X \boldsymbol{w} - \boldsymbol{y})$" in reference.function_sheet()


def test_the_sheet_has_no_blank_and_every_row_its_condition():
    for table in (reference.rule_sheet(), reference.function_sheet()):
        for row in table.splitlines():
            assert all(cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]), row
        assert "^{+}" not in table.replace("X^{+}", "") and r"\_" not in table
    sheet = dict(zip(SHEET, reference.rule_sheet().splitlines()[2:], strict=True))
    for name, row in sheet.items():
        where = TABLE[name].rule.where.partition(";")[0]
        if name == "pinv":  # the sheet has no parameters, so no rtol
            where = "the rank of X is locally constant"
        assert reference._words(where) in row, name
    assert "rtol" not in reference.rule_sheet()
    for row, line in zip(FUNCTIONS, reference.function_sheet().splitlines()[2:], strict=True):
        for condition in row.derivation.conditions:
            assert condition.markdown in line


def test_the_functions_of_the_sheet_are_rows_of_the_look_up_list():
    """What a row of the sheet needs is what the list says; its sizes are all that it declares."""
    listed = [row for row in rows_of_the_list().values() if row.sheet]
    assert listed == FUNCTIONS and 8 <= len(FUNCTIONS) <= 12
    for row in FUNCTIONS:  # a declared property would be a condition that the sheet hides
        sizes = [part.partition(":")[2].strip() for part in row.where.split(";")]
        assert all(re.fullmatch(r"\w+( x \w+)?", size) for size in sizes), row.id
        assert not row.no_hessian and "projected" not in row.results, row.id
    assert reference.function_sheet() == reference.function_sheet(FUNCTIONS)
    lines = reference.function_sheet(FUNCTIONS[:1]).splitlines()
    assert lines == reference.function_sheet().splitlines()[:3]


def test_a_row_marked_in_the_list_comes_to_the_sheet(monkeypatch):
    more = dict(rows_of_the_list())
    more["ridge-regression"] = dataclasses.replace(more["ridge-regression"], sheet=True)
    monkeypatch.setattr(reference, "lookup_rows", lambda: more)
    added = set(reference.sheet_rows()) - set(FUNCTIONS)
    assert [row.id for row in added] == ["ridge-regression"]
    assert reference.function_sheet().count("\n") == len(FUNCTIONS) + 3


@pytest.mark.parametrize("k", range(len(FUNCTIONS)), ids=[row.id for row in FUNCTIONS])
def test_the_functions_of_the_sheet_have_the_gradient_and_hessian_that_it_prints(k):
    d = FUNCTIONS[k].derivation
    line = reference.function_sheet().splitlines()[2 + k]
    assert d.check(), d.check().message
    for shown in (d.gradient, d.hessian):
        assert latex(shown).split(" + ")[0] in line
    conditions = {
        "distance": ["$\\boldsymbol{x} - \\boldsymbol{a} \\neq 0$"],
        "trace-of-inverse-weighted": ["$X$ is invertible"],
        "log-determinant": [r"$\det(X) > 0$"],
    }
    assert [c.markdown for c in d.conditions] == conditions.get(FUNCTIONS[k].id, [])


def test_a_changed_rule_changes_the_sheet(monkeypatch):
    right = reference.rule_sheet(["inv"])
    rule = TABLE["inv"].rule
    monkeypatch.setattr(rule, "differential", lambda Y, X, dX: Y @ dX @ Y)
    assert right.count("-Y") == 2
    assert "-Y" not in reference.rule_sheet(["inv"])


# -- The marked path ------------------------------------------------------------------------------


def test_the_path_takes_90_minutes_along_sections_that_exist():
    text = (PAGES / "revision.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| \{doc\}`\.\./(.+?)`: (.+?) \|", text, re.MULTILINE)
    assert sum(int(minutes) for minutes, _, _ in rows) == 90
    for minutes, page, sections in rows:
        path = ROOT / "chapters" / f"{page}.ipynb"
        if not path.parent.is_dir():
            continue
        parts = re.split(r"^#+ (.+)$", "\n".join(cells(path, "markdown")), flags=re.MULTILINE)
        text_of = dict(zip(parts[1::2], parts[2::2], strict=True))
        assert set(sections.split("; ")) <= set(text_of), page
        words = sum(len(re.findall(r"[\w\\]{2,}", text_of[x])) for x in sections.split("; "))
        assert words / WORDS_A_MINUTE <= int(minutes), page  # what is read, folded parts included


def test_the_path_follows_the_order_of_the_course():
    order = re.findall(r"file: chapters/(\S+)", (ROOT / "_toc.yml").read_text("utf-8"))
    text = (PAGES / "revision.md").read_text("utf-8")
    pages = re.findall(r"^\| \d+ \| \{doc\}`\.\./(.+?)`: ", text, re.MULTILINE)
    assert len(pages) >= 15
    there = [page for page in pages if page in order]
    assert there == sorted(there, key=order.index)


def test_the_stated_hours_are_those_of_the_pages():
    text = (PAGES / "revision.md").read_text("utf-8")
    [hours] = re.findall(r"takes about (\d+) hours", text)
    stated = [
        int(minutes)
        for path in sorted((ROOT / "chapters").glob("[0-9]*/*.ipynb"))
        for minutes in re.findall(r"\*\*Time\*\* (\d+)", "\n".join(cells(path, "markdown")))
    ]
    if len(list((ROOT / "chapters").glob("[0-9]*"))) == len(CHAPTERS):  # all of them are there
        assert abs(sum(stated) / 60 - int(hours)) <= 0.75


# -- The package ----------------------------------------------------------------------------------


def test_every_public_name_is_on_the_page_of_the_package():
    text = (PAGES / "api.md").read_text("utf-8")
    missing = [name for name in lecturelib.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []
