"""Every claim holds, its referees are independent of the table, and nothing wrong goes through.

What is mutated here: the stated value of each check, what each referee finds, and each rule of the
table that a claim uses. The number of mutants is printed with `pytest -s`.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import os
import sys
import tomllib
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import evidence  # noqa: E402

from lecturelib import verify
from lecturelib.claims import (
    PAGES,
    Check,
    Refuted,
    checking,
    claim,
    errata,
    examine,
    outside,
    records,
)
from lecturelib.claims.draws import rational
from lecturelib.claims.referees import BOUNDS, SAME_FORMULA, SHARES, order
from lecturelib.table import TABLE, Rule

SEED = int(os.environ.get("COURSE_SEED", "0"))
STORED = tomllib.loads(evidence.FILE.read_text("utf-8"))
CHECKABLE = [known.id for known in records().values() if not known.uncheckable]


# -- The list against the claims ------------------------------------------------------------------


def test_all_150_items_of_the_lecture_are_listed():
    lecture = [known for known in records().values() if known.of_the_lecture]
    assert len(lecture) == 150
    assert sum(bool(known.uncheckable) for known in lecture) == 14
    numbers = {known.source for known in lecture} - {"lecture"}
    assert numbers == {f"lecture ({k})" for k in range(1, 32)}


def test_every_listed_claim_is_checked_or_says_why_not():
    unchecked = []
    for known in records().values():
        if known.uncheckable:
            assert len(known.uncheckable.split()) > 2, known.id
            with pytest.raises(ValueError, match="has no check"):
                examine(known.id)
            continue
        try:
            checking.judge_of(known.id)
        except ValueError:
            unchecked.append(known.id)
    assert unchecked == []


def test_every_record_says_what_and_when():
    for known in records().values():
        assert known.page in PAGES
        assert known.statement and known.kind and known.source, known.id
        assert "TODO" not in repr(known), known.id


def test_errata_and_claims_name_each_other():
    assert set(errata()) == {f"E{k:02}" for k in range(1, 65) if k not in (29, 30, 51)}
    for known in records().values():
        assert set(known.errata) <= set(errata()), known.id
    for erratum in errata().values():
        assert not erratum.claim or erratum.claim in records(), erratum.id


@pytest.mark.parametrize(
    "erratum", [e.id for e in errata().values() if e.verdict == "correction" and e.claim]
)
def test_what_was_corrected_is_a_rejected_variant(erratum):
    verdict = examine(errata()[erratum].claim, draws=1)
    assert any(erratum in variant for variant in verdict.rejected)


#: Not about a derivative: their table reader shows that a matrix is the Jacobian of a polynomial.
BY_DEFINITION = {"quad-fit-design"}

# -- Every claim ----------------------------------------------------------------------------------


@pytest.mark.parametrize("claim_id", CHECKABLE)
def test_the_claim_holds(claim_id):
    verdict = examine(claim_id)
    assert verdict.rejected, "no wrong variant"
    for check in checking.checks(claim_id, draw=0):
        assert len(check.referees) >= 2
        if check.table is not None:  # it is about a derivative
            assert len(check.referees.keys() - SAME_FORMULA) >= 2 or claim_id in BY_DEFINITION


def test_each_common_referee_says_what_it_shares():
    assert SHARES.keys() == BOUNDS.keys() >= SAME_FORMULA


@pytest.mark.full
@pytest.mark.nightly
@pytest.mark.parametrize("claim_id", CHECKABLE)
def test_the_claim_holds_on_25_fresh_seeds(claim_id):
    for seed in range(SEED, SEED + 25):
        examine(claim_id, seed=seed)


def test_fractions_are_drawn_without_special_cases():
    """One-digit numerators gave zeros and equal entries, and so now and then y = 0 or x1 = x2."""
    drawn = rational(np.random.default_rng(0), 1000, 3)
    sizes = np.abs(drawn)
    assert Fraction(1, 10) <= sizes.min() and sizes.max() <= 4
    assert all(len({*row}) == 3 for row in sizes)


@pytest.mark.parametrize("power", [1, 2])
def test_the_order_of_a_remainder_is_its_lowest_power_however_small(power):
    """1e-3 t^p - t^(p+1) looks like order p + 1 at first, then vanishes; roundings come last."""
    assert order(lambda t: 1 + 1e-3 * t**power - t ** (power + 1) - 1) == power
    assert order(lambda t: 1 + 1e-3 * t**power - 1) == power


@pytest.mark.parametrize("claim_id", CHECKABLE)
def test_only_the_table_reader_uses_the_table(claim_id):
    """Stated values and referees are found although every rule of the table is out of order."""
    with out_of_order():
        assert checking.checks(claim_id, draw=0)


@contextlib.contextmanager
def out_of_order():
    right = {name: operation.rule.differential for name, operation in TABLE.items()}

    def refuse(*_args: Any, **_parameters: Any) -> Any:
        raise AssertionError("A referee used the table of rules.")

    try:
        for operation in TABLE.values():
            if operation.rule.differential is not None:
                operation.rule.differential = refuse
        yield
    finally:
        for name, differential in right.items():
            TABLE[name].rule.differential = differential


# -- Mutants of what is stated and of what referees find ------------------------------------------


def mutants(value: Any) -> list[Any]:
    """Versions of a value with one error each."""
    array = np.asarray(value)
    largest = np.unravel_index(np.argmax(_sizes(array)), array.shape) if array.size else ()
    changes: list[Any] = []
    if array.dtype.kind == "b":
        changes = [lambda x: not x]
    elif array.dtype.kind == "U":
        changes = [lambda x: x + "?"]
    elif array.dtype.kind in "iu" or _is_exact(array) or _is_order(array):
        changes = [lambda x: x + 1, lambda x: x - 1]
    else:
        changes = [lambda x: x * 1.01 if x else x + 0.01, lambda x: -x if x else x - 0.01]
    out = []
    for change in changes:
        other = array.astype(object) if array.dtype.kind in "OU" else array.copy()
        other[largest] = change(array[largest])
        out.append(other.astype(str) if array.dtype.kind == "U" else other)
    if array.ndim == 2 and 1 < len(array) and array.dtype.kind in "fc":
        if not np.allclose(array, array.T if array.shape[0] == array.shape[1] else 0):
            out.append(array.T)
    out.append(np.append(array, array[largest]) if array.ndim else np.array([value, value]))
    return out


def _sizes(array: np.ndarray) -> Any:
    if array.dtype.kind in "US":
        return np.zeros(array.shape)
    return np.abs(array.astype(complex))


def _is_exact(array: np.ndarray) -> bool:
    return array.dtype.kind == "O" and all(isinstance(x, int | Fraction) for x in array.ravel())


def _is_order(array: np.ndarray) -> bool:
    """Whole floating-point numbers are counts and orders of remainders."""
    return array.dtype.kind == "f" and bool((array == np.round(array)).all())


FOUND: Counter[str] = Counter()


@pytest.mark.parametrize("claim_id", CHECKABLE)
def test_every_mutant_of_a_value_is_caught(claim_id):
    alive = []
    for k, check in enumerate(checking.checks(claim_id, draw=0)):
        plain = dataclasses.replace(check, wrong={}, table=None)
        for mutant in mutants(check.stated):
            FOUND["stated"] += 1
            faults = list(dataclasses.replace(plain, stated=mutant).faults())
            if len(faults) < len(check.referees):
                alive.append((k, "stated", mutant))
        for name, found in check.referees.items():
            for mutant in mutants(found):
                FOUND["referee"] += 1
                changed = dataclasses.replace(plain, referees={**check.referees, name: mutant})
                if not any(fault.startswith(name) for fault in changed.faults()):
                    alive.append((k, name, mutant))
    assert alive == []


@pytest.mark.full
@pytest.mark.parametrize("claim_id", CHECKABLE)
def test_every_mutant_of_a_term_is_rejected_and_counted_in_the_ledger(claim_id):
    count, alive = evidence.rejected(claim_id)
    assert alive == []
    assert STORED[claim_id]["mutants"] == count


def test_the_ledger_knows_every_claim_and_where_it_fails():
    """`python tools/evidence.py` writes it anew."""
    assert list(STORED) == CHECKABLE
    for claim_id, stored in STORED.items():
        found = [what for what, _ in checking.outside_of(claim_id)]
        assert stored.get("outside", []) == found, claim_id


# -- Outside the conditions -----------------------------------------------------------------------

#: The chapters of which each condition is tried, or has a reason why it is not.
TRIED = (
    "0-introduction",
    "1-differentiation-revisited",
    "2-matrix-differentiation",
    "3-second-derivative",
    "4-examples",
    "5-next-course",
    "6-machine-learning",
)


def silent_outside() -> list[str]:
    """The claims of these chapters that have conditions, and say nothing of what is outside."""
    return [
        known.id
        for known in records().values()
        if known.chapter in TRIED
        and known.conditions
        and not known.outside
        and not checking.outside_of(known.id)
    ]


def test_each_condition_has_a_draw_outside_or_a_reason():
    assert silent_outside() == []


def test_a_condition_without_a_draw_and_a_reason_is_found(monkeypatch):
    right = records()["inverse-derivative"]
    planted = dataclasses.replace(right, outside="")
    monkeypatch.setitem(records(), "inverse-derivative", planted)
    assert silent_outside() == ["inverse-derivative"]
    monkeypatch.setitem(checking._OUTSIDE, "inverse-derivative", {})
    outside("inverse-derivative", "A is singular")(lambda rng: iter(()))
    assert silent_outside() == []


def not_false(check: Check) -> list[str]:
    """What speaks against a statement being false: a referee it is near to, or two that differ."""
    near = dataclasses.replace(check, wrong={"the statement": check.stated}, table=None)
    exact = min(check.referees, key=check.bound)
    others = dataclasses.replace(check, stated=check.referees[exact], wrong={}, table=None)
    return [*(name for _, name in near.not_rejected()), *others.faults()]


@pytest.mark.parametrize(
    "claim_id", [name for name in CHECKABLE if records()[name].chapter in TRIED]
)
def test_outside_the_conditions_referees_agree_on_something_else(claim_id):
    """That a referee is less exact there would not make the statement false."""
    for what, judge in checking.outside_of(claim_id):
        for draw in range(checking.DRAWS):
            found = list(judge(checking.numbers(f"{claim_id} {what}", draw)))
            assert any(not_false(check) == [] for check in found), (what, draw)


def test_what_is_just_inexact_is_not_false():
    assert not_false(Check(1.0, {"complex step": 1.2, "five-point differences": 1.2})) == []
    assert not_false(Check(1.0, {"complex step": 1.0 + 1e-6})) == ["complex step"]
    (differs,) = not_false(Check(1.0, {"complex step": 1.2, "other": 1.5}))
    assert "other finds [1.5] where [1.2] is stated" in differs


def shown_terms(judge: Any) -> list[tuple[str, set[str] | None]]:
    checking._JUDGES["title-slide"] = judge, 2
    return [
        (m.what, evidence.who_is_silent("title-slide", m)) for m in evidence.mutants("title-slide")
    ]


def a_sum(rng: np.random.Generator) -> Any:
    a, b = rng.uniform(1, 2, 2)
    yield Check(stated=a - b * a, referees={"sees": a * (1 - b), "blind": a * (1 - b)})


def a_blind_sum(rng: np.random.Generator) -> Any:
    a, b = rng.uniform(1, 2, 2)
    total = 1e-12 * a - b
    yield Check(stated=total, referees={"sees": 1e-12 * a - b})


def test_each_term_is_dropped_and_scaled(scratch_claim):
    scratch_claim(Check(1.0, {}))
    found = shown_terms(a_sum)
    assert [what for what, _ in found] == [
        *("2 times a", "-1 times a", "2 times b * a", "-1 times b * a"),
        *("drops a", "drops b * a"),
    ]
    assert all(silent == set() for _, silent in found)


def test_a_term_that_no_referee_sees_is_named(scratch_claim):
    scratch_claim(Check(1.0, {}))
    found = dict(shown_terms(a_blind_sum))
    assert found["drops 1e-12 * a"] == {"sees"} and found["drops b"] == set()


# -- Mutants of the table -------------------------------------------------------------------------


class Spied(Rule):
    """A rule that notes that its kind was asked for."""

    __slots__ = ()
    asked: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        if name == "kind":
            Spied.asked.add(object.__getattribute__(self, "name"))
        return object.__getattribute__(self, name)


def rules_used(tables: list[Check]) -> tuple[set[str], set[str]]:
    """The rules whose differentials are evaluated, and the linear ones and products asked for."""
    evaluated: set[str] = set()
    Spied.asked = set()
    right = {name: operation.rule.differential for name, operation in TABLE.items()}

    def noting(name: str) -> Any:
        def differential(*args: Any, **parameters: Any) -> Any:
            evaluated.add(name)
            return right[name](*args, **parameters)

        return differential

    for name, operation in TABLE.items():
        operation.rule.__class__ = Spied
        if right[name] is not None:
            operation.rule.differential = noting(name)
    try:
        for check in tables:
            assert check.table is not None
            check.table()
    finally:
        for name, operation in TABLE.items():
            operation.rule.__class__ = Rule
            operation.rule.differential = right[name]
    return evaluated, {
        name for name in Spied.asked if TABLE[name].rule.kind in ("linear", "multilinear")
    }


@contextlib.contextmanager
def wrong_rule(name: str):
    """The rule off by a factor of 3, or entered as another kind."""
    rule = TABLE[name].rule
    right = copy.copy(rule)
    try:
        if rule.differential is not None:
            rule.differential = lambda *args, **parameters: tripled(right, args, parameters)
        else:
            rule.kind = {"linear": "constant", "multilinear": "linear"}[rule.kind]
        yield
    finally:
        rule.differential, rule.kind = right.differential, right.kind


def tripled(right: Rule, args: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
    result = right.differential(*args, **parameters)
    if len(right.outputs) == 1:
        return result + result + result
    return (part + part + part for part in result)


def turns_red(tables: list[Check], name: str) -> bool:
    FOUND["rule"] += 1
    with wrong_rule(name), np.errstate(all="ignore"):
        try:
            return any(fault for check in tables for fault in check.faults())
        except Exception:
            return True


@pytest.mark.parametrize("claim_id", CHECKABLE)
def test_a_wrong_rule_turns_the_claim_red(claim_id):
    """Each differential that is evaluated; of linear rules and products at least one.

    (A product with a constant is the same whether entered as a product or as linear.)
    """
    tables = [check for check in checking.checks(claim_id, draw=0) if check.table is not None]
    if not tables:
        return
    evaluated, products = rules_used(tables)
    assert evaluated | products, "the table is not asked at all"
    assert [name for name in sorted(evaluated) if not turns_red(tables, name)] == []
    assert evaluated or any(turns_red(tables, name) for name in sorted(products))


def test_the_number_of_mutants_is_told():
    """Runs last in this file; see it with -s."""
    print(f"\nmutants of stated values, referees and rules, none alive: {dict(FOUND)}")


# -- verify itself --------------------------------------------------------------------------------


@pytest.fixture
def scratch_claim(monkeypatch):
    """Enter a check under the id of an uncheckable claim, for this test only."""
    monkeypatch.setattr(checking, "_JUDGES", dict(checking._JUDGES))

    def enter(*found: Check, judge: Any = None) -> str:
        checking._JUDGES.pop("title-slide", None)
        claim("title-slide")(judge or (lambda rng: iter(found)))
        return "title-slide"

    return enter


RIGHT = {"first": np.array([1.0, 2.0]), "second": np.array([1.0, 2.0])}


def test_verify_prints_one_line_and_the_same_each_time(capsys):
    verify("inverse-derivative")
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert "complex step (to 1e-11)" in line and "rejected: " in line
    verify("inverse-derivative")
    assert capsys.readouterr().out == line


def test_verify_names_the_nearest_claims():
    with pytest.raises(ValueError, match="no claim 'inverse-derivativ'.*'inverse-derivative'"):
        verify("inverse-derivativ")
    with pytest.raises(ValueError, match="none is near"):
        verify("zzzzzz")
    with pytest.raises(ValueError, match="no claim 3"):
        verify(3)


def test_verify_says_why_no_machine_can_check(capsys):
    verify("title-slide")
    assert "not for a machine to check" in capsys.readouterr().out


def test_a_referee_who_disagrees_is_named(scratch_claim):
    found = Check(np.array([1.0, 2.1]), RIGHT, {"zero": [0.0, 0.0]})
    with pytest.raises(Refuted, match="first finds .* is stated"):
        examine(scratch_claim(found))


def test_a_wrong_variant_that_goes_through_is_named(scratch_claim):
    found = Check(np.array([1.0, 2.0]), RIGHT, {"the same": [1.0, 2.0]})
    with pytest.raises(Refuted, match="does not reject the wrong variant 'the same'"):
        examine(scratch_claim(found))


def test_a_wrong_variant_may_be_right_by_chance_on_one_draw_of_five(scratch_claim):
    right = {"first": 1.0, "second": 1.0}
    by_chance, wrong = (Check(1.0, right, {"double": value}) for value in (1.0, 2.0))

    def entered(*draws: Check) -> str:
        one_after_another = iter(draws)
        return scratch_claim(judge=lambda rng: iter([next(one_after_another)]))

    assert "double" in examine(entered(wrong, by_chance, wrong, wrong, wrong)).rejected
    with pytest.raises(Refuted, match="draw 3 of seed 0: first does not reject .* 'double'"):
        examine(entered(wrong, by_chance, wrong, by_chance, wrong))
    with pytest.raises(Refuted, match="draw 0 of seed 0: first does not reject .* 'double'"):
        examine(entered(by_chance), draws=1)


def test_a_claim_must_fail_outside_its_conditions(scratch_claim, monkeypatch):
    monkeypatch.setattr(checking, "_OUTSIDE", {})
    name = scratch_claim(Check(1.0, {"a": 1.0, "b": 1.0}, {"double": 2.0}))
    outside(name, "x is not 1")(lambda rng: iter([Check(1.0, {"a": 1.0, "b": 2.0})]))
    assert examine(name).outside == ("x is not 1",)
    outside(name, "y is not 1")(lambda rng: iter([Check(1.0, {"a": 1.0, "b": 1.0})]))
    with pytest.raises(Refuted, match="holds although this is not met: y is not 1"):
        examine(name)
    with pytest.raises(ValueError, match="two draws outside of it called 'x is not 1'"):
        outside(name, "x is not 1")(lambda rng: iter(()))


def test_the_table_is_asked_too(scratch_claim):
    found = Check(np.array([1.0, 2.0]), RIGHT, {}, table=lambda: [1.0, 2.0 + 1e-6])
    with pytest.raises(Refuted, match="the table of rules finds"):
        examine(scratch_claim(found))


@pytest.mark.parametrize(
    ("stated", "found", "agrees"),
    [
        (Fraction(1, 3), Fraction(1, 3), True),
        (Fraction(1, 3), Fraction(333, 1000), False),
        ([Fraction(1), 2], [1, 2], True),
        (True, True, True),
        (True, False, False),
        (["minimum"], ["saddle"], False),
        (np.zeros(3), np.full(3, 1e-14), True),
        (np.zeros(3), np.full(3, 1e-3), False),
        (np.ones((2, 3)), np.ones((3, 2)), False),
        (1.0, np.nan, False),
    ],
)
def test_values_are_compared_as_what_they_are(stated, found, agrees):
    faults = list(Check(stated, {"one": found, "two": found}).faults())
    assert (not faults) is agrees


def test_a_claim_is_entered_once_and_under_a_known_name(scratch_claim):
    scratch_claim(Check(1.0, {"a": 1.0, "b": 1.0}))
    with pytest.raises(ValueError, match="checked twice"):
        claim("title-slide")(lambda rng: iter(()))
    with pytest.raises(ValueError, match="no claim 'no-such-claim'"):
        claim("no-such-claim")(lambda rng: iter(()))


def test_a_referee_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ModuleNotFoundError, match=r"scipy.* is one of the referees of jordan-pr"):
        examine("jordan-proof", draws=1)
