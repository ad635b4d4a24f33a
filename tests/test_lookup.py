"""The list behind "Look it up": each row is right, its slips are caught, and its id is its own.

``lookup_ids.txt`` holds every id that was ever published, with what it stands for; it only grows.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
import tomllib
import zlib
from pathlib import Path

import numpy as np
import pytest

from lecturelib import verify
from lecturelib.claims import Refuted, checking, examine, record, records
from lecturelib.lookup import GROUPS, Row, checks, rows
from lecturelib.symbols import latex
from lecturelib.symbols.parse import parse_answer
from lecturelib.table.shapes import same_shape

sys.path.insert(0, str(Path(__file__).parent / "derivations"))
from reader import Program

ROOT = Path(__file__).parent.parent
IDS = ROOT / "tests" / "lookup_ids.txt"
STORED = tomllib.loads((ROOT / "chapters" / "reference" / "look-it-up.toml").read_text("utf-8"))
SEED = int(os.environ.get("COURSE_SEED", "0"))


def each_row():
    return pytest.mark.parametrize("row", rows().values(), ids=lambda row: row.id)


# -- The list -------------------------------------------------------------------------------------


def test_there_are_enough_rows_of_every_kind():
    assert len(rows()) >= 80
    values = [row.derivation.value.shape for row in rows().values()]
    assert sum(shape != () for shape in values) >= 20
    for group in GROUPS:
        assert sum(group in row.groups for row in rows().values()) >= 5, group


def test_ids_are_never_reused():
    """A new row's line is appended to lookup_ids.txt; no line of it is changed or taken away."""
    published = dict(line.split(" | ", 1) for line in IDS.read_text("utf-8").splitlines())
    now = {row.id: f"{row.wrt} | {row.f}" for row in rows().values()}
    missing = sorted(set(published) - set(now))
    assert missing == [], "rows that pages elsewhere link to are gone"
    rebound = sorted(name for name in published if now[name] != published[name])
    assert rebound == [], "an id stands for another function now: give the new one an id of its own"
    assert sorted(set(now) - set(published)) == [], f"append the new rows to {IDS.name}"


def test_ids_are_anchors():
    for row in rows().values():
        assert row.id.replace("-", "").isalnum() and row.id == row.id.lower(), row.id


def test_no_two_rows_are_the_same_function():
    functions = [(row.f.replace(" ", ""), row.wrt, row.where) for row in rows().values()]
    assert len(set(functions)) == len(functions)
    names = [row.names[0] for row in rows().values()]
    assert len(set(names)) == len(names)


def test_claims_that_rows_name_are_there():
    for row in rows().values():
        assert set(row.claims) <= set(records()), row.id


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("log determinant", "log-determinant"),
        ("trace of inverse", "trace-of-inverse"),
        ("matrix determinant lemma", "determinant-of-rank-one-update"),
        ("softmax cross-entropy, in the logits", "softmax-cross-entropy"),
    ],
)
def test_rows_have_the_names_that_people_say(name, found):
    assert [row.id for row in rows().values() if name in row.names] == [found]


def test_where_the_cookbook_is_off_the_row_says_so():
    """Its expansion (28), and the derivatives by independent entries."""
    listed = {number: row for row in rows().values() for number in row.cookbook}
    for number in ("28", "92", "139", "140", "141"):
        assert "Cookbook" in listed[number].remark, number
        assert any("Cookbook" in name for name in examine(listed[number].claim, draws=1).rejected)


# -- Each row -------------------------------------------------------------------------------------


@each_row()
def test_the_row_holds_and_its_verdict_is_the_stored_one(row: Row):
    """If this fails after a change of the rows or of `derive`: python tools/lookup.py"""
    stored = STORED[row.id]
    assert stored["results"] == {kind: str(term) for kind, term in row.results.items()}
    verdict = examine(row.claim)
    assert str(verdict) == stored["verdict"]
    assert len(verdict.referees) >= 3
    assert {"twice the result", "the sign lost"} <= set(verdict.rejected)
    assert {name for _, name in row.wrong} <= set(verdict.rejected)


@pytest.mark.full
@pytest.mark.nightly
@each_row()
def test_the_row_holds_on_fresh_seeds(row: Row):
    for seed in range(SEED, SEED + 10):
        examine(row.claim, seed=seed)


def test_no_verdict_is_left_over():
    assert list(STORED) == list(rows())


@functools.cache
def points(row: Row) -> list[checks.Point]:
    rng = np.random.default_rng(zlib.crc32(row.id.encode()))
    seed = int(rng.integers(1 << 30))
    found = [checks._point(row, seed, wide) for wide in (False, True)]
    return [point for point in found if point is not None]


@each_row()
def test_the_function_that_is_judged_is_the_one_that_was_typed(row: Row):
    """The text once more, by a reader that knows nothing of lecturelib."""
    program = Program(row.f)
    for point in points(row):
        values = {
            name: value[:, None] if np.ndim(value) == 1 else value
            for name, value in point.values.items()
        }
        expected = np.asarray(program(values)).squeeze()
        assert np.allclose(np.asarray(point.f(point.X)).squeeze(), expected), row.f


@each_row()
def test_what_is_printed_is_read_back(row: Row):
    d, cotangent = row.derivation, checks.trial(row.id, row).cotangent
    for kind, term in row.results.items():
        again = parse_answer(str(term), d.parsed, dict(d.directions) | {"adjoint": cotangent})
        assert same_shape(again.shape, term.shape), (kind, str(term))
        assert latex(term), kind


@pytest.mark.full  # test_code.py tries many such modules
@each_row()
def test_the_module_that_is_shown_passes_its_own_tests(row: Row):
    names = checks.functions(row.derivation.numpy())
    for name, test in list(names.items()):
        if name.startswith("test_"):
            test()


# -- What judges them -----------------------------------------------------------------------------


def test_data_are_tall_and_wide_with_distinct_sizes():
    both = 0
    for row in rows().values():
        found = points(row)
        assert found, row.id
        both += len(found) == 2
        for point in found:
            assert len(set(point.sizes.values())) == len(point.sizes), row.id
    assert both > 0.9 * len(rows())


@pytest.mark.parametrize("row_id", ["log-determinant", "quadratic-form", "inverse", "softmax"])
def test_every_result_that_is_off_is_refuted(row_id, monkeypatch):
    """One result at a time is replaced by 1.01 times itself, for the judges only."""
    row = rows()[row_id]
    right = checks.trial(row.id, row)
    for kind, result in right.results.items():
        changed = dict(right.results) | {kind: times(result, 1.01)}
        with monkeypatch.context() as patch:
            patch.setattr(right, "results", changed)
            patch.setattr(right, "shown", {"f": right.shown["f"]})
            with pytest.raises(Refuted):
                examine(row.claim)


def times(function, factor):
    @functools.wraps(function)
    def changed(*args):
        return factor * function(*args)

    return changed


def test_what_is_called_wrong_and_is_right_is_no_rejected_variant():
    """The test of the row then misses its name in the verdict."""
    row = dataclasses.replace(
        rows()["log-determinant"], id="no-variant", wrong=(("inv(X')", "the result itself"),)
    )
    drawn = checks.judge(row)(np.random.default_rng(0))
    assert "the result itself" not in {name for check in drawn for name in check.wrong}


def test_slips_are_single_losses():
    assert list(checks.slips("2*inv(X)'")) == [
        ("a transpose lost", "2*inv(X)"),
        ("a factor 2 lost", "inv(X)'"),
        ("an inverse lost", "2*(X)'"),
    ]


def test_a_function_without_data_is_no_row_that_holds():
    row = dataclasses.replace(rows()["trace"], id="too-large", f="10000000000*tr(X)")
    with pytest.raises(ValueError, match="No data"):
        list(checks.judge(row)(np.random.default_rng(0)))


# -- As claims ------------------------------------------------------------------------------------


def test_verify_takes_a_row(capsys):
    verify("lookup-log-determinant")
    line = capsys.readouterr().out
    assert line == STORED["log-determinant"]["verdict"] + "\n"


def test_a_row_is_a_claim_and_no_claim_of_a_chapter():
    assert record("lookup-determinant").source == "The Matrix Cookbook"
    assert not any(name.startswith("lookup-") for name in records())
    with pytest.raises(ValueError, match="no claim 'lookup-log-determinat'.*lookup-log-deter"):
        record("lookup-log-determinat")
    assert checking.judge_of("lookup-determinant")[1] == checks.DRAWS
