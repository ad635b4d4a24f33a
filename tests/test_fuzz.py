"""Random programs: none gives a wrong number or a raw error (tests/fuzz.py has the judge)."""

import fuzz
import numpy as np
import pytest

import lecturelib.numbers.scope


@pytest.mark.parametrize("block", range(4))
def test_random_programs_are_right_or_refused(block):
    verdicts = [fuzz.judge(seed) for seed in range(60 * block, 60 * (block + 1))]
    assert verdicts.count("right") > 45


@pytest.mark.full
@pytest.mark.parametrize("block", range(10))
def test_two_thousand_random_programs_are_right_or_refused(block):
    verdicts = [fuzz.judge(seed) for seed in range(1000 + 200 * block, 1200 + 200 * block)]
    # One point in ten has the scale 1e-100, where slopes drown in the rounding of f: not judged.
    assert verdicts.count("right") > 170


def until_found(first: int = 0, most: int = 400) -> int:
    """How many programs it takes until one is wrong."""
    for seed in range(first, first + most):
        try:
            fuzz.judge(seed)
        except AssertionError:
            return seed - first + 1
    return 0


def test_the_fuzzer_finds_constants_that_are_not_copied(monkeypatch):
    monkeypatch.setattr(type(lecturelib.numbers.scope.shared), "copy_of", lambda self, array: array)
    assert 0 < until_found() <= 50


def test_the_fuzzer_finds_masks_that_are_not_copied(monkeypatch):
    from lecturelib.numbers import series

    monkeypatch.setattr(series, "frozen", lambda x: x)
    assert 0 < until_found() <= 100


def test_the_fuzzer_finds_a_wrong_rule(monkeypatch):
    from lecturelib.table import TABLE

    monkeypatch.setattr(TABLE["tanh"].rule, "differential", lambda Y, X, dX: (1 - Y) * dX)
    assert 0 < until_found() <= 100


def test_the_fuzzer_finds_numbers_of_small_types(monkeypatch):
    """float16 kept as it is inside: an exponent less one loses its digits."""
    from lecturelib.numbers import series

    kept = lambda x: x.copy() if isinstance(x, np.ndarray) else lecturelib.numbers.scope.constant(x)  # noqa: E731
    monkeypatch.setattr(series, "constant", kept)
    assert 0 < until_found() <= 200
