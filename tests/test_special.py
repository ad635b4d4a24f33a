"""SciPy's special functions: differentiated where SciPy is, and not missed where it is not."""

from __future__ import annotations

import subprocess
import sys

import mpmath
import numpy as np
import pytest
import scipy.special
from mpmath import mp

from lecturelib import gradient, hessian, taylor

X = np.array([0.15, 0.5, 0.85])

#: SciPy's function -> mpmath's, and its derivative.
FUNCTIONS = {
    "erf": (mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "erfc": (mp.erfc, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "gammaln": (mp.loggamma, mp.digamma),
    "digamma": (mp.digamma, lambda x: mp.polygamma(1, x)),
    "expit": (lambda x: 1 / (1 + mp.exp(-x)), lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x))),
    "logit": (lambda x: mp.log(x / (1 - x)), lambda x: 1 / (x * (1 - x))),
    "log_ndtr": (lambda x: mp.log(mp.ncdf(x)), lambda x: mp.npdf(x) / mp.ncdf(x)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_to_order_three(name):
    f, slope = getattr(scipy.special, name), FUNCTIONS[name][1]
    with mp.workdps(40):
        right = np.array([[float(c) for c in mp.taylor(FUNCTIONS[name][0], x, 3)] for x in X]).T
        first = [float(slope(mpmath.mpf(x))) for x in X]
    assert np.allclose(taylor(f, X, np.ones(3), 3), right, rtol=1e-13, atol=1e-15)
    assert np.allclose(gradient(lambda x: np.sum(f(x)), X), first, rtol=1e-14)
    assert np.allclose(
        hessian(lambda x: np.sum(f(x)), X).matrix(), np.diag(2 * right[2]), atol=1e-13
    )


def test_xlogy_of_one_input_or_both():
    xlogy = scipy.special.xlogy
    assert np.allclose(gradient(lambda x: np.sum(xlogy(x, x)), X), 1 + np.log(X))
    assert np.allclose(gradient(lambda x: np.sum(xlogy(x, 3.0)), X), np.log(3.0))
    assert list(gradient(lambda x: np.sum(xlogy([0.0, 2.0, 1.0], x)), X)) == [0, 4, 1 / 0.85]
    c = taylor(lambda x: xlogy(x, x), X, np.ones(3), 3)
    assert np.allclose(c[2], 1 / (2 * X))
    assert np.allclose(c[3], -1 / (6 * X**2))


WITHOUT = """
import sys
sys.modules["scipy"] = sys.modules["scipy.special"] = None
import numpy as np
import lecturelib
from lecturelib.symbols.reference import reference_table
assert "erf" in repr(lecturelib.rules) and "digamma" in reference_table("Special functions")
assert lecturelib.gradient(lambda x: np.sum(lecturelib.sigmoid(x)), [0.0]) == [0.25]
try:
    lecturelib.rules.erf(np.ones(2))
except ModuleNotFoundError as error:
    assert "scipy" in str(error)
else:
    raise AssertionError
"""
ASKED = """
import sys
import numpy as np
import lecturelib
lecturelib.gradient(lambda x: np.sum(np.tanh(x) / x), [1.0]), repr(lecturelib.rules)
assert "scipy" not in sys.modules
"""


@pytest.mark.parametrize("code", [WITHOUT, ASKED], ids=["without SciPy", "SciPy is not imported"])
def test_nothing_else_needs_scipy(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
