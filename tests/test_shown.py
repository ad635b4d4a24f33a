"""lecturelib.show: the same text on every machine, and what it refuses."""

import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecturelib import bound, show

# Two machines differ by far less than this, beside the size of what is computed.
ROUNDING = 1e-13


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.000000000000009, "4.0"),
        (-1e-17, "0.0"),
        (-0.0, "0.0"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333"),
        (0.29999991, "0.300000"),
        (39800.0, "39800.0"),
        (39800.74, "39800.7"),
        (1234567.8, "1234568"),
        (9.99999999999999, "10.0"),
        (1.23e-7, "1.23e-07"),
        (2.5e12, "2.5e+12"),
        (123456789.0, "1.23457e+08"),
        (float("nan"), "nan"),
        (-np.inf, "-inf"),
        (1 - 2j, "(1-2j)"),
        (1 - 1e-17j, "(1+0j)"),
        (np.float64(0.5), "0.5"),
        (np.array(0.5), "0.5"),
        (7, "7"),
        (True, "True"),
        (np.int64(-3), "-3"),
        (np.bool_(False), "False"),
        (Fraction(29, 66), "29/66"),
        ([1.0, 2, Fraction(1, 2), -1e-17], "[1.0, 2, 1/2, 0.0]"),
        ((0.5,), "(0.5,)"),
        ([], "[]"),
        (np.array([]), "[]"),
        (np.array([1 + 1e-16j, -0.5j]), "[ 1.+0.j 0.-0.5j]"),
        (np.array([Fraction(1, 3), 2], dtype=object), "[1/3   2]"),
        (np.arange(3), "[0 1 2]"),
        (np.array([True, False]), "[ True False]"),
        (np.array([[15, -6.0], [-25, 10]]), "[[ 15.  -6.]\n [-25.  10.]]"),
        (np.array([1e5, 1 / 3]), "[100000.      0 ]"),
        (np.array([1.0, -1e-17]), "[1. 0.]"),
        (np.array([1.0, -1e-9]), "[1. 0.]"),
        (np.array([1e-6 / 3, 1e-20]), "[3.333e-07        0.]"),
    ],
)
def test_what_it_writes(value, text):
    assert show(value) == text


def test_the_rounding_of_a_number_stays_when_it_stands_alone_and_goes_beside_a_larger_one():
    assert show(1e-9) == "1e-09"
    assert show([1e-9, 1e6]) == "[0.0, 1000000.0]"
    assert show(np.exp(-30)) == "0.0"
    assert show(np.exp(-30), 3, scale=1e-13) == "9.36e-14"
    assert show(0.7e-9, scale=100.0) == "0.0"


@pytest.mark.parametrize("digits", range(1, 9))
@given(
    tens=st.integers(-2, 5),  # no digit stands below 1e-10, where nothing is trusted beside a 1
    whole=st.integers(-(10**8), 10**8),
    off=st.lists(st.floats(-1, 1), min_size=2, max_size=2),
)
def test_no_rounding_changes_a_number_that_ends(digits, tens, whole, off):
    """Of at most eight digits: a tie, a whole number, a zero, the edge of a power of ten."""
    value = whole / 10.0**8 * 10.0**tens
    noise = ROUNDING * max(1, abs(value))
    one, other = (show(value + noise * x, digits) for x in off)
    assert one == other == show(value, digits)
    assert not re.match(r"-[0.]*$", one)


@given(
    entries=st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=9),
    seed=st.integers(0, 10**6),
)
def test_no_rounding_changes_an_array_of_short_binary_fractions(entries, seed):
    values = np.array(entries) / 2.0**10
    noise = ROUNDING * max(1.0, abs(values).max())
    off = noise * np.random.default_rng(seed).uniform(-1, 1, values.shape)
    assert show(values + off) == show(values)
    assert show(list(values + off)) == show(list(values))
    assert show(values + off + 1j * off) == show(values + 0j)


@given(st.floats(-1e7, 1e7), st.integers(1, 8))
def test_what_is_shown_is_the_number(value, digits):
    """To half a unit of its last digit, and to 1e-10 of the scale."""
    text = show(value, digits)
    decimals = len(text.partition("e")[0].partition(".")[2])
    unit = 10.0 ** (int(text.partition("e")[2] or 0) - decimals)
    first = 10.0 ** np.floor(np.log10(abs(value))) if value else 1.0
    trusted = 1e-10 * max(1, abs(value)) + first * 10.0 ** (1 - digits) / 199
    ends = abs(float(text) - value) <= trusted
    assert ends or abs(float(text) - value) <= unit / 2 + trusted
    assert len(re.sub(r"e.*|\.0$|[-.]", "", text).lstrip("0")) <= 8


def test_numbers_of_one_array_end_at_one_place():
    assert show([1 / 3, 100.0], 4) == "[0.3, 100.0]"
    assert show([0.32, 100.04], 4) == "[0.3, 100.0]"  # what is rounded keeps its zero
    assert show(np.array([0.32, 100.04, 7.0]), 4) == "[  0.3 100.0   7. ]"


def test_a_longer_array_is_cut_and_broken_as_numpy_does():
    assert "..." in show(np.arange(2000.0) / 7)
    assert max(map(len, show(np.arange(200.0) / 7).splitlines())) <= 75


@pytest.mark.parametrize("digits", [0, 9, 2.0, "3"])
def test_more_digits_than_machines_agree_on_are_refused(digits):
    with pytest.raises(ValueError, match="digits must be a whole number from 1 to 8"):
        show(1.0, digits)


@pytest.mark.parametrize("scale", [0, -1.0, np.inf, np.nan, "1"])
def test_a_scale_is_a_positive_number(scale):
    with pytest.raises(ValueError, match="scale must be a positive number"):
        show(1.0, scale=scale)


@pytest.mark.parametrize("value", ["1.0", None, [1.0, "a"], np.array(["a"]), {}])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match="was given a value of type"):
        show(value)


def test_a_bound_is_stated_and_holds():
    assert bound(-1e-13) == "below 1e-12"
    assert bound(np.array([1e-9, -2e-8 + 1e-8j]), 1e-7) == "below 1e-07"
    assert bound(0) == "below 1e-12"
    for value, limit in [(1e-11, 1e-12), (np.nan, 1.0), (np.array([0, -2.0]), 1.0), (1e-7, 1e-7)]:
        with pytest.raises(ValueError, match="not below"):
            bound(value, limit)


# ---------------------------------------------------------------- in a notebook

NOTEBOOK = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import numpy as np; import lecturelib; {before}")
for cell in [
    "4.000000000000009", "np.float64(-1e-17)", "np.array([1.0, -1e-17])", "1 - 1e-17j",
    "[1.0, 0.1 + 0.2]", "(np.arange(2), np.int64(3))", "np.array(['a'])",
]:
    print(shell.display_formatter.format(eval(cell, shell.user_ns))[0]["text/plain"])
"""


def results(before):
    made = [sys.executable, "-c", NOTEBOOK.format(before=before)]
    return subprocess.run(made, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_notebook_shows_what_its_cells_end_in():
    assert results("lecturelib.show_results()") == [
        "4.0",
        "0.0",
        "[1. 0.]",
        "(1+0j)",
        "[1.0, 0.3]",
        "([0 1], 3)",
        "array(['a'], dtype='<U1')",
    ]
    assert results("")[0] == "4.000000000000009"  # only where it is asked to


def test_outside_a_notebook_nothing_is_imported_or_changed():
    program = (
        "import sys, lecturelib; lecturelib.show_results(); assert 'IPython' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
