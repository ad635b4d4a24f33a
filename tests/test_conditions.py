"""The conditions of the rules: just inside one the derivative is right, just outside it says so.

A condition that is too wide would pass for a derivative that is none; one that is silent outside
would hide it. So each rule with a condition is differentiated on both sides of each part of it.
"""

from __future__ import annotations

import warnings
from functools import partial

import cases
import numpy as np
import pytest
from test_symbolic import SYMMETRIC, operation

from lecturelib import derivative
from lecturelib.claims.referees import five_point
from lecturelib.symbols import gradient_of, values_of
from lecturelib.table import TABLE

E, NEAR = 1e-3, [[1.0, 0.0], [0.0, 1e-2]]
SINGULAR = [[1.0, 1.0], [1.0, 1.0]]
TALL, TALL_SINGULAR = [[1.0, 1.0], [1.0, 1.01], [0.0, 0.1]], [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]

#: rule -> (inputs inside, inputs outside). Outside, it raises, warns, or gives no number.
SIDES = cases.SIDES | {
    "sign": ([[E], [-E]], [[0.0]]),
    "step": ([[E], [-E]], [[0.0]]),
    "divide": ([[1.0, E], [1.0, -E]], [[1.0, 0.0]]),
    "reciprocal": ([[E], [-E]], [[0.0]]),
    "safe_reciprocal": ([[E], [-E]], [[0.0]]),
    "power": (
        [[E, 0.5], [-E, 3], [-1.0, -1], [0.0, 2], [0.0, 1], [0.0, 0], [E, -1.5]],
        [[-1.0, 0.5], [0.0, 0.5], [0.0, 1.5], [0.0, -1], [-E, 2.5]],
    ),
    "general_power": ([[E, 0.5], [E, -2.0]], [[0.0, 2.0], [-E, 2.0]]),
    "log": ([[E]], [[0.0], [-E]]),
    "log2": ([[E]], [[0.0], [-E]]),
    "log10": ([[E]], [[0.0], [-E]]),
    "log1p": ([[E - 1]], [[-1.0], [-1 - E]]),
    "sqrt": ([[E]], [[0.0], [-E]]),
    "cbrt": ([[E], [-E]], [[0.0]]),
    "tan": ([[np.pi / 2 - E], [np.pi / 2 + E]], []),  # no float has the cosine 0
    "arcsin": ([[1 - E], [E - 1]], [[1.0], [-1.0], [1 + E]]),
    "arccos": ([[1 - E], [E - 1]], [[1.0], [-1.0], [1 + E]]),
    "arccosh": ([[1 + E]], [[1.0], [1 - E]]),
    "arctanh": ([[1 - E], [E - 1]], [[1.0], [-1.0], [1 + E]]),
    "abs": ([[E], [-E]], [[0.0]]),
    "maximum": ([[1.0, 1 + E], [1 + E, 1.0]], [[1.0, 1.0]]),
    "minimum": ([[1.0, 1 + E], [1 + E, 1.0]], [[1.0, 1.0]]),
    "arctan2": (
        [[E, -1.0], [-E, -1.0], [0.0, E], [E, 0.0]],
        [[0.0, -1.0], [0.0, -E], [0.0, 0.0]],
    ),
    "hypot": ([[E, 0.0], [0.0, -E]], [[0.0, 0.0]]),
    "cosine": ([[E, 0.0], [0.0, -E]], [[0.0, 0.0]]),
    "relu": ([[E], [-E]], [[0.0]]),
    "gammaln": ([[E], [-E], [E - 1]], [[0.0], [-1.0]]),
    "digamma": ([[0.1], [-0.1], [-0.9]], [[0.0], [-1.0]]),
    "polygamma": ([[1, 0.2], [2, -0.5]], [[1, 0.0], [1, -1.0]]),
    "logit": ([[E], [1 - E]], [[0.0], [1.0], [-E], [1 + E]]),
    "xlogy": ([[1.0, E], [0.0, E]], [[1.0, 0.0], [1.0, -E], [0.0, 0.0]]),
    "max": ([[[1.0, 1 + E, 0.0]]], [[[1.0, 1.0, 0.0]]]),
    "norm": ([[[E, 0.0]]], [[[0.0, 0.0]]]),
    "inv": ([[NEAR]], [[SINGULAR], [TALL]]),
    "solve": ([[NEAR, [[1.0], [2.0]]]], [[SINGULAR, [[1.0], [2.0]]], [TALL, np.ones((3, 1))]]),
    "det": ([[NEAR], [SINGULAR]], [[TALL]]),
    "adjugate": ([[NEAR, 0.0]], [[SINGULAR, 0.0], [TALL, 0.0]]),
    "slogdet": ([[NEAR], [[[0.0, 1.0], [1.0, E]]]], [[SINGULAR], [TALL]]),
    "sylvester": (
        [[np.diag([1.0, 2.0]), np.diag([-1.1, 3.0]), np.ones((2, 2))]],
        [[np.diag([1.0, 2.0]), np.diag([-1.0, 3.0]), np.ones((2, 2))]],
    ),
    "sqrtm": ([[NEAR], [[[-1.0, 0.1], [-0.1, -1.0]]]], [[SINGULAR], [np.diag([-1.0, 2.0])]]),
    "logm": ([[NEAR], [[[-1.0, 0.1], [-0.1, -1.0]]]], [[SINGULAR], [np.diag([-1.0, 2.0])]]),
    "expm": ([[NEAR]], [[TALL]]),
    "polar": ([[TALL]], [[TALL_SINGULAR], [np.transpose(TALL)]]),
    "nuclear_norm": ([[TALL], [np.transpose(TALL)]], [[TALL_SINGULAR], [np.zeros((3, 1))]]),
    "spectral_norm": (
        [[np.diag([1.0, 1 + E])], [np.full((3, 1), E)]],
        [[np.eye(2)], [np.zeros((3, 1))]],
    ),
    "eigh": ([[np.diag([1.0, 1.01, 3.0])]], [[np.eye(2)]]),
    "eig": ([[[[1.0, 2.0], [E, 1.1]]], [[[1.0, 2.0], [-3.0, 1.1]]]], [[np.eye(2)]]),
    "reciprocal_gaps": ([[[1.0, 1.01, 3.0]]], [[[1.0, 1.0, 3.0]]]),
    "svd": ([[TALL]], [[TALL_SINGULAR], [np.eye(3, 2)]]),
    "qr": ([[TALL]], [[TALL_SINGULAR], [np.zeros((3, 1))]]),
    "cholesky": ([[NEAR]], [[SINGULAR], [np.diag([1.0, -E])]]),
}  # fmt: skip

#: Conditions that are not checked, as they say themselves: rule -> inputs outside.
UNCHECKED = {"pinv": [TALL_SINGULAR], "eig": [[[0.0, 1.0], [-1.0, 0.0]]]}
#: What stands in their ``where`` says what they are, and bounds nothing.
DESCRIBED = set(
    "vec scatter concatenate stack where diagonal diag real imag conjugate lowered argmax_mask "
    "ties repeated vanishing refuse_singular pivot_mask is_complex einsum trace_product "
    "outer lowered_power mills complement expm_frechet logm_frechet differences sums prod "
    "sinm_frechet cosm_frechet power_frechet real_power_frechet block_inner block_sum unvech "
    "sum_over".split()
)


def maps(name, inputs):
    """Each output as a function of each input that varies, with the point and a direction."""
    inputs = [np.asarray(x, dtype=float) for x in inputs]
    rule, rng = TABLE[name].rule, np.random.default_rng(len(name))
    for i, x in enumerate(rule.inputs):
        if x not in rule.variables:
            continue
        H = rng.normal(size=inputs[i].shape)
        H = (H + H.T) / 2 if name in SYMMETRIC else H
        for k in range(len(rule.outputs)):

            def f(X, i=i, k=k):
                Y = operation(name)(*inputs[:i], X, *inputs[i + 1 :])
                return Y[k] if isinstance(Y, tuple) else Y

            yield f, inputs[i], H


#: Short steps: the points lie close to where the derivative ends.
differences = partial(five_point, h=1e-5)


def close(found, expected):
    scale = max(1.0, np.max(np.abs(expected), initial=0.0))
    return np.allclose(found, expected, rtol=0, atol=1e-5 * scale)


def alarm(name, inputs):
    """How the derivative says that it is none: the kind of the warning or error, or "no number"."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            slopes = [derivative(f, X)[H] for f, X, H in maps(name, inputs)]
        except (Warning, ValueError, np.linalg.LinAlgError, TypeError) as notice:
            return type(notice).__name__
    return None if all(np.isfinite(slope).all() for slope in slopes) else "no number"


def test_every_condition_has_two_sides():
    conditional = {name for name, op in TABLE.items() if op.rule.where}
    assert set(SIDES) | set(UNCHECKED) | DESCRIBED == conditional
    assert not DESCRIBED & (set(SIDES) | set(UNCHECKED))


@pytest.mark.parametrize("name", SIDES)
def test_just_inside_the_derivative_is_right(name):
    for inputs in SIDES[name][0]:
        assert alarm(name, inputs) is None, inputs
        for f, X, H in maps(name, inputs):
            assert close(derivative(f, X)[H], differences(f, X, H)), inputs


@pytest.mark.parametrize("name", SIDES)
def test_just_outside_it_says_so(name):
    for inputs in SIDES[name][1]:
        assert alarm(name, inputs), inputs


@pytest.mark.parametrize("name", UNCHECKED)
def test_what_is_not_checked_is_said_and_needed(name):
    assert "(not checked)" in TABLE[name].rule.where
    for X in UNCHECKED[name]:
        wrong = [
            not close(derivative(f, X)[H], differences(f, X, H)) for f, X, H in maps(name, [X])
        ]
        assert any(wrong)


@pytest.mark.parametrize("name", ["eigh", "cholesky"])
def test_one_triangle_is_read(name):
    assert "one triangle is read" in TABLE[name].rule.where
    X = np.array([[4.0, 9.0], [1.0, 3.0]])
    symmetric = np.array([[4.0, 1.0], [1.0, 3.0]])
    pairs = zip(maps(name, [X]), maps(name, [symmetric]), strict=True)
    for (f, _, H), (g, _, _) in pairs:
        assert close(derivative(f, X)[H], derivative(g, symmetric)[H])


def test_the_printed_form_of_prod_needs_entries_that_are_not_zero():
    X, H = np.array([0.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0])
    [(f, _, _)] = maps("prod", [X])
    assert close(derivative(f, X)[H], differences(f, X, H))
    with np.errstate(all="ignore"):
        printed = values_of(gradient_of("prod"), {"X": X, "y": 0.0})["grad X"]
    assert not np.isfinite(printed).all()
    assert "nonzero for this form" in TABLE["prod"].rule.where
