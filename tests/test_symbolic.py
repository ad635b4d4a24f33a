"""The symbolic reader prints what the rules say.

Its referee reads the print back: `Reader` below is a small parser of the printed text, written from
the notation's description and not from the printer. What it computes on arrays is compared with
D[H] and with five-point differences, for every rule of the table, from the text and the LaTeX.
"""

from __future__ import annotations

import functools
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import IN_FORMULAS
from matplotlib.mathtext import MathTextParser

import lecturelib
from lecturelib import differential
from lecturelib.checks.rules import drawn
from lecturelib.claims.referees import five_point
from lecturelib.symbols import (
    Application,
    Number,
    Symbol,
    apply_rule,
    differential_of,
    evaluate,
    formula_of,
    latex,
    rule_table,
    text,
    values_of,
)
from lecturelib.table import TABLE, ZERO
from lecturelib.table.shapes import Size, equal, same

# -- Reading the print back -----------------------------------------------------------------------

_TOKEN = re.compile(
    r"(?P<number>\d+\.?\d*)|(?P<name>[A-Za-z]\w*)|(?P<post>\^(?:-1|-T|T|\+|o\+|half))"
    r"|(?P<sign>\*\*|>=|<=|[-+*/@^()\[\],:=<>|])|(?P<space>\s+)"
)


class Identity:
    """A multiple of the identity, whose size the other term gives."""

    __array_ufunc__ = None  # a NumPy number times it must reach __rmul__ below

    def __init__(self, factor=1.0):
        self.factor = factor

    def __rmul__(self, factor):
        return Identity(factor * self.factor)

    def __sub__(self, X):
        return self.factor * np.eye(len(X)) - X


def power_of(A, k):
    """Of a number, or of a matrix."""
    if np.ndim(A) == 0:
        return A**k
    return TABLE["matrix_power" if k == int(k) >= 0 else "real_power"](A, k)


class Reader:
    """A recursive descent over the printed text, computing on arrays as it goes.

    Loosest first: ``+ -``; ``* /`` and the Kronecker product ``@``; juxtaposition; powers, indices.
    """

    token = _TOKEN

    def __init__(self, printed, values, functions):
        self.values, self.functions = values, functions
        self.tokens, place = [], 0
        while place < len(printed):
            token = self.token.match(printed, place)
            assert token, f"cannot read {printed[place:]!r}"
            if token.lastgroup != "space":
                spaced = place > 0 and printed[place - 1].isspace()
                self.tokens.append((token.lastgroup, token.group(), spaced))
            place = token.end()
        self.place = 0

    def read(self):
        value = self.sum()
        assert self.place == len(self.tokens), self.tokens[self.place :]
        return value

    def peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "", False)

    def take(self, *signs):
        if self.peek()[0] in ("sign", "post") and self.peek()[1] in signs:
            self.place += 1
            return self.tokens[self.place - 1][1]
        return None

    def sum(self):
        value = -self.elementwise() if self.take("-") else self.elementwise()
        while sign := self.take("+", "-"):
            term = self.elementwise()
            value = value + term if sign == "+" else value - term
        return value

    def elementwise(self):
        value = self.product()
        while sign := self.take("*", "/", "@"):
            other = self.product()
            operation = {"*": np.multiply, "/": np.divide, "@": np.kron}[sign]
            value = operation(value, other)
        return value

    def product(self):
        value = self.postfix()
        while self.peek()[0] in ("name", "number") or self.peek()[1] in ("(", "["):
            factor = self.postfix()
            scale = np.ndim(value) == 0 or np.ndim(factor) == 0
            value = value * factor if scale else value @ factor
        return value

    def postfix(self):
        value = self.atom()
        while True:
            kind, token, spaced = self.peek()
            if kind == "post":
                self.place += 1
                value = {
                    "^T": np.transpose,
                    "^-1": lambda X: np.linalg.inv(X),
                    "^-T": lambda X: np.linalg.inv(X).T,
                    "^+": lambda X: np.linalg.pinv(np.atleast_2d(X)).reshape(np.shape(X)[::-1]),
                    "^o+": TABLE["safe_reciprocal"],
                    "^half": TABLE["sqrtm"],
                }[token](value)
            elif token == "**":
                self.place += 1
                value = value ** self.atom()
            elif self.take("^"):
                value = power_of(value, self.atom())
            elif token == "[" and not spaced:
                self.place += 1
                value = value[self.index()]
            else:
                return value

    def index(self):
        parts = []
        while not self.take("]"):
            if self.take(":"):
                parts.append(slice(None))
            else:
                _, token, _ = self.tokens[self.place]
                if token == "end":  # end, or a number less
                    self.place += 1
                    parts.append(-1 - (int(self.atom()) if self.take("-") else 0))
                    self.take(",")
                    continue
                parts.append(int(token) - 1 if token.isdigit() else self.values[token])
                self.place += 1
            self.take(",")
        return parts[0] if len(parts) == 1 else tuple(parts)

    def atom(self):
        kind, token, _ = self.peek()
        self.place += 1
        if kind == "number":
            return float(token)
        if token == "(":
            value = self.sum()
            assert self.take(")")
            return value
        if token == "[":
            return self.block() if self.take("[") else self.comparison("]")
        assert kind == "name", token
        following = self.peek()
        if following[1] == "(" and not following[2]:
            self.place += 1
            return self.call(token)
        if token in ("i", "pi"):
            return 1j if token == "i" else np.pi
        return Identity() if token == "I" else self.values[token]

    def comparison(self, end):
        left = self.sum()
        sign = self.take(">", "<", ">=", "<=")
        right = self.sum()
        assert self.take(end)
        compare = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}
        return compare[sign](left, right).astype(float)

    def block(self):
        rows = []
        while True:
            row = [self.sum()]
            while self.take(","):
                row.append(self.sum())
            rows.append([np.zeros_like(row[-1]) if np.ndim(x) == 0 else x for x in row])
            assert self.take("]")
            if self.take("]"):
                return np.block(rows)
            assert self.take(",")
            assert self.take("[")

    def call(self, name):
        operands, parameters = [], {}
        while not self.take(")"):
            _, token, _ = self.peek()
            if self.tokens[self.place + 1][1] == "=":
                self.place += 2
                parameters[token] = int(self.sum())
            else:
                operands.append(self.sum())
            self.take(",")
        return self.functions[name](*operands, **parameters)


class Typed(Reader):
    """The text, which is MATLAB's: ``* / .* ./`` from left to right, ``.^ ^ '``, indices from 1."""

    token = re.compile(
        r"(?P<number>\d+\.?\d*)|(?P<name>[A-Za-z]\w*)|(?P<post>')"
        r"|(?P<sign>\.\*|\./|\.\^|>=|<=|[-+*/^()\[\],:=<>|])|(?P<space>\s+)"
    )

    def elementwise(self):
        value = self.postfix()
        while sign := self.take("*", "/", ".*", "./"):
            other = self.postfix()
            number = np.ndim(value) == 0 or np.ndim(other) == 0
            if sign == "*":
                value = value * other if number else value @ other
            else:
                assert sign != "/" or np.ndim(other) == 0
                value = value * other if sign == ".*" else value / other
        return value

    def postfix(self):
        value = self.atom()
        while True:
            if self.take("'"):
                value = np.transpose(value)
            elif self.take(".^"):
                value = value ** self.atom()
            elif self.take("^"):
                value = power_of(value, self.atom())
            elif self.peek()[1] == "[":
                self.take("[")
                value = value[self.index()]
            else:
                return value

    def atom(self):
        """In parentheses may stand a comparison, which is 1 or 0."""
        start = self.place
        if self.take("("):
            value = self.sum()
            if self.take(")"):
                return value
            self.place = start + 1
            return self.comparison(")")
        return super().atom()


FUNCTIONS = {
    **TABLE,
    "tr": np.trace,
    "norm2": TABLE["norm"],
    "normnuc": TABLE["nuclear_norm"],
    "normspec": TABLE["spectral_norm"],
    "adj": lambda X: np.linalg.det(X) * np.linalg.inv(X),
    "slogdet": np.linalg.slogdet,
    "upper_right": lambda M: M[: len(M) // 2, len(M) // 2 :],
}


def compute(lines, values, functions=FUNCTIONS, reader=Typed):
    """What printed equations say, line by line; the names on their left and their values."""
    values = dict(values)
    for line in lines:
        left, right = line.split(" = ", 1)
        result = reader(right, values, functions).read()
        names = left.split(", ")
        for name, value in zip(names, result if len(names) > 1 else [result], strict=True):
            values[re.sub(r"\^T$|'$", "", name)] = value.T if name.endswith(("^T", "'")) else value
    return values


def from_latex(source):
    """LaTeX brought to the notation of the text, macro by macro."""
    s = source.replace(r"\, ", " ").replace(r"\left(", "(").replace(r"\right)", ")")
    s = s.replace(r"\operatorname{block}_{12}", "upper_right").replace(r"\mathrm{i}", "i")
    s = s.replace(r"\mathsf{T}", "T").replace(r"\log\det", "logdet")
    s = re.sub(r"\\lambda_\{\\(max|min)\}", r"lambda_\1", s)
    s = re.sub(r"\\boldsymbol\{v\}_\{\\(max|min)\}", r"eigenvector_\1", s)
    s = re.sub(r"\\operatorname\{[^{}]*\}", lambda name: name[0].replace(r"\ ", "_"), s)
    s = re.sub(r"\\mathrm\{d\}(?:\\\w+\{(\w+)\}|(\w))", r"d\1\2", s)
    s = re.sub(r"\\pi\b", "pi", s)
    s = re.sub(r"\\log_\{(\d+)\}", r"log\1", s)
    s = re.sub(r"\\(?:operatorname|mathrm|boldsymbol|mathit)\{(\w+)\}", r"\1", s)
    s = s.replace(r"^{\odot +}", "^o+").replace(r"^{\odot ", r"^{\power ")
    for macro, sign in {r"\odot": "*", r"\oslash": "/", r"\otimes": "@"}.items():
        s = s.replace(macro, sign)
    s = s.replace(r"\leq ", "<= ").replace(r"\geq ", ">= ")
    s = s.replace("^{1/2}", "^half")
    s = re.sub(r"\^\{(-1|-T|T|\+)\}", r"^\1", s)
    s = re.sub(r"\^\{(\w)\}", r"^(\1)", s)
    s = re.sub(r"_\{([^{}]*)\}", r"[\1]", s)
    s = re.sub(r"\\lvert (.*?) \\rvert", r"abs(\1)", s)
    s = re.sub(r"\\langle (.*?), (.*?) \\rangle", r"sum((\1) * (\2))", s)
    for bars, name in (("[*]", "nuclear_norm"), ("[2]", "spectral_norm"), ("", "norm")):
        s = re.sub(r"\\lVert (.*?) \\rVert" + re.escape(bars), rf"{name}(\1)", s)
    s = re.sub(
        r"\\begin\{bmatrix\} (.*?) & (.*?) \\\\ (.*?) & (.*?) \\end\{bmatrix\}",
        r"[[\1, \2], [\3, \4]]",
        s,
    )
    for _ in range(5):
        s = re.sub(r"\^\{\\power ([^{}]*)\}", r"**\1", s)
        s = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1) / (\2))", s)
        s = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", s)
    s = re.sub(r"\\(\w+)\(", r"\1(", s)
    for short, name in SHORT.items():
        s = re.sub(rf"\b{short}\(", name + "(", s)
    return s


#: How LaTeX calls an operation -> its name in the text.
SHORT = {
    "conj": "conjugate", "Re": "real", "Im": "imag", "Tr": "tr", "gaps": "differences",
    "argmax": "argmax_mask", "pivots": "pivot_mask", "broadcast": "broadcast_to",
}  # fmt: skip


# -- Points at which the rules are read -----------------------------------------------------------


def _uniform(rng, *shape):
    return rng.uniform(0.2, 0.8, shape)


def _square(rng, n=4):
    return _uniform(rng, n, n) + n * np.eye(n)


def _symmetric(rng, n=4):
    X = _uniform(rng, n, n)
    return X + X.T + np.diag(2.0 * np.arange(1, n + 1) + 1)


def _distinct(rng, m=5, n=3):
    """Singular values well apart."""
    U, _ = np.linalg.qr(rng.normal(size=(m, min(m, n))))
    V, _ = np.linalg.qr(rng.normal(size=(n, min(m, n))))
    return U @ np.diag(np.arange(1, min(m, n) + 1) + 0.5) @ V.T


def _eigenvalues_real(rng):
    return np.diag([1.0, 3.0, 6.0]) + _uniform(rng, 3, 3)


def _eigenvalues_complex(rng):
    return _uniform(rng, 4, 4) + [[0, 4, 0, 0], [-4, 0, 0, 0], [0, 0, 9, 2], [0, 0, -3, 9]]


#: rule -> one or more points: rng -> (inputs, parameters). Others are read at matrices 3 x 4.
POINTS: dict[str, Any] = {
    "matmul": lambda g: ([_uniform(g, 3, 4), _uniform(g, 4, 2)], {}),
    "trace_product": lambda g: ([_uniform(g, 3, 4), _uniform(g, 4, 3)], {}),
    "einsum": lambda g: ([_uniform(g, 3, 4), _uniform(g, 4)], {"subscripts": "ij,j->i"}),
    "outer": lambda g: ([_uniform(g, 3), _uniform(g, 4)], {}),
    "kron": lambda g: ([_uniform(g, 3, 4), _uniform(g, 2, 5)], {}),
    "block_inner": lambda g: ([_uniform(g, 6, 4), _uniform(g, 3, 2)], {}),
    "block_sum": lambda g: ([_uniform(g, 6, 4), _uniform(g, 3, 2)], {}),
    "vech": lambda g: ([_uniform(g, 4, 4)], {}),
    "unvech": lambda g: ([_uniform(g, 10)], {}),
    "reshape": lambda g: ([_uniform(g, 3, 4)], {"shape": (2, 6)}),
    "cumsum": lambda g: ([_uniform(g, 3, 4)], {"axis": 1}),
    "broadcast_to": lambda g: ([_uniform(g, 3, 4)], {"shape": (2, 3, 4)}),
    "getitem": lambda g: ([_uniform(g, 3, 4)], {"index": (slice(1, None), 2)}),
    "scatter": lambda g: ([_uniform(g, 3)], {"index": (slice(1, 4),), "shape": (5,)}),
    "where": lambda g: (
        [_uniform(g, 3, 4), _uniform(g, 3, 4)],
        {"condition": np.arange(12).reshape(3, 4) % 3 == 0},
    ),
    "take": lambda g: ([_uniform(g, 3, 4)], {"indices": [3, 0], "axis": 1}),
    "diag": lambda g: ([_uniform(g, 4)], {}),
    "repeated": lambda g: ([_uniform(g, 4)], {}),
    "vanishing": lambda g: ([_uniform(g, 4)], {}),
    "refuse_singular": lambda g: ([_uniform(g, 4, 4) + 4 * np.eye(4)], {}),
    "reciprocal_gaps": lambda g: ([np.arange(4) + _uniform(g, 4)], {}),
    "differences": lambda g: ([_uniform(g, 4)], {}),
    "sums": lambda g: ([_uniform(g, 4)], {}),
    "trace": lambda g: ([_uniform(g, 4, 4)], {}),
    "arccosh": lambda g: ([1 + _uniform(g, 3, 4)], {}),
    "relu": lambda g: ([_uniform(g, 3, 4) - 0.5], {}),
    "step": lambda g: ([_uniform(g, 3, 4) - 0.5], {}),
    "abs": lambda g: ([_uniform(g, 3, 4) - 0.5], {}),
    "polygamma": lambda g: ([2, _uniform(g, 3, 4)], {}),
    "sign": lambda g: ([_uniform(g, 3, 4) - 0.5], {}),
    "inv": lambda g: ([_square(g)], {}),
    "solve": lambda g: ([_square(g), _uniform(g, 4, 3)], {}),
    "det": lambda g: ([_square(g)], {}),
    "slogdet": lambda g: ([-_square(g, 3)], {}),
    "logdet": lambda g: ([_square(g, 3)], {}),
    "adjugate": lambda g: (lambda X: ([X, np.linalg.det(X)], {}))(_square(g)),
    "complement": lambda g: ([_uniform(g, 4, 4)], {}),
    "pinv": [
        lambda g: ([_distinct(g, 5, 3)], {}),
        lambda g: ([_distinct(g, 3, 5)], {}),
    ],
    "sylvester": lambda g: ([_square(g, 4), _square(g, 3), _uniform(g, 4, 3)], {}),
    "sqrtm": lambda g: ([_square(g)], {}),
    "expm": lambda g: ([_uniform(g, 4, 4)], {}),
    "expm_frechet": lambda g: ([_uniform(g, 4, 4), _uniform(g, 4, 4)], {}),
    "logm_frechet": lambda g: ([_square(g), _uniform(g, 4, 4)], {}),
    "logm": lambda g: ([_square(g)], {}),
    "sinm": lambda g: ([_uniform(g, 4, 4)], {}),
    "cosm": lambda g: ([_uniform(g, 4, 4)], {}),
    "sinm_frechet": lambda g: ([_uniform(g, 4, 4), _uniform(g, 4, 4)], {}),
    "cosm_frechet": lambda g: ([_uniform(g, 4, 4), _uniform(g, 4, 4)], {}),
    "matrix_power": lambda g: ([_uniform(g, 4, 4), 3], {}),
    "power_frechet": lambda g: ([_uniform(g, 4, 4), 3, _uniform(g, 4, 4)], {}),
    "real_power": lambda g: ([_symmetric(g), 0.7], {}),
    "real_power_frechet": lambda g: ([_symmetric(g), 0.7, _uniform(g, 4, 4)], {}),
    "polar": lambda g: ([_distinct(g)], {}),
    "nuclear_norm": lambda g: ([_distinct(g)], {}),
    "spectral_norm": lambda g: ([_distinct(g)], {}),
    "eigh": lambda g: ([_symmetric(g)], {}),
    "lambda_max": lambda g: ([_symmetric(g)], {}),
    "lambda_min": lambda g: ([_symmetric(g)], {}),
    "eigenvector_max": lambda g: ([_symmetric(g)], {}),
    "eigenvector_min": lambda g: ([_symmetric(g)], {}),
    "eigen_pinv": lambda g: (lambda X: ([X, TABLE["lambda_max"](X)], {}))(_symmetric(g)),
    "eig": [
        lambda g: ([_eigenvalues_real(g)], {}),
        lambda g: ([_eigenvalues_complex(g)], {}),
    ],
    "svd": lambda g: ([_distinct(g)], {}),
    "qr": lambda g: ([_distinct(g)], {}),
    "cholesky": lambda g: ([_symmetric(g)], {}),
}

#: These read one triangle, or refuse what is not symmetric, so a difference of values needs a
#: symmetric direction.
SYMMETRIC = set(
    "eigh cholesky lambda_max lambda_min eigenvector_max eigenvector_min eigen_pinv "
    "real_power".split()
)

CASES = [
    (name, i)
    for name in TABLE
    if name not in IN_FORMULAS
    for i in range(len(POINTS[name]) if isinstance(POINTS.get(name), list) else 1)
]


def point(name, i=0, seed=20240918):
    rng = np.random.default_rng([seed, i])
    draw = POINTS.get(name)
    if draw is None:
        inputs = [_uniform(rng, 3, 4) for _ in TABLE[name].rule.inputs]
        try:
            TABLE[name].value(*inputs)
        except Exception:  # an operation of other shapes: those that check_rule finds
            inputs = drawn(TABLE[name], {})[0]
        return inputs, {}, rng
    inputs, parameters = (draw[i] if isinstance(draw, list) else draw)(rng)
    return inputs, parameters, rng


def operation(name):
    """The function that a printed formula stands for."""
    if name == "adjugate":  # the determinant is handed on, and follows X wherever X goes
        return lambda X, D: TABLE["adjugate"](X, np.linalg.det(X))
    if name == "eigen_pinv":  # and so is the eigenvalue
        return lambda X, t: TABLE["eigen_pinv"](X, TABLE["lambda_max"](X))
    return TABLE[name]


def _value(name, inputs, parameters):
    Y = operation(name)(*inputs, **parameters)
    return [np.asarray(y) * 1.0 for y in (Y if isinstance(Y, tuple) else (Y,))]


def along(name, inputs, parameters, directions):
    """D[H] by the numeric reader: the sum over the inputs that vary."""
    rule = TABLE[name].rule
    totals = []
    for k in range(len(rule.outputs)):
        total = 0.0
        for i, H in directions.items():

            def f(X, i=i, k=k):
                Y = operation(name)(*inputs[:i], X, *inputs[i + 1 :], **parameters)
                return Y[k] if isinstance(Y, tuple) else Y

            total = total + differential(f, inputs[i], H)
        totals.append(total)
    return totals


def by_differences(name, inputs, parameters, directions):
    """D[H] from values alone, of each output."""

    def at(t):
        moved = [X + t * directions[i] if i in directions else X for i, X in enumerate(inputs)]
        return _value(name, moved, parameters)

    outputs = range(len(at(0.0)))
    return [five_point(lambda t, k=k: at(t)[k], 0.0, 1.0, h=1e-3) for k in outputs]


def setting(name, i=0, seed=20240918):
    """Inputs, directions, and all of them by the names that are printed."""
    inputs, parameters, rng = point(name, i, seed)
    rule = TABLE[name].rule
    directions = {
        k: rng.normal(size=np.shape(inputs[k]))
        for k, x in enumerate(rule.inputs)
        if x in rule.variables
    }
    if name in SYMMETRIC:
        directions = {k: (H + H.T) / 2 for k, H in directions.items()}
    formula = formula_of(name)
    outputs = TABLE[name](*inputs, **parameters)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    values = dict(zip(rule.inputs, inputs, strict=True))
    for symbol, y in zip(formula.left, outputs, strict=True):
        values[str(symbol).removesuffix("'")] = y.T if str(symbol).endswith("'") else y
    values |= {"d" + rule.inputs[k]: H for k, H in directions.items()}
    values |= {"index": parameters.get("index")}
    functions = {**FUNCTIONS, name: functools.partial(TABLE[name], **parameters)}
    return inputs, parameters, directions, values, functions


def printed_differentials(name, values, functions, lines, reader=Typed):
    """The values that the printed lines give to the differentials of the outputs."""
    computed = compute(lines, values, functions, reader)
    results = []
    for symbol in formula_of(name).left:
        stem = str(symbol).removesuffix("'")
        results.append(computed["d" + stem].T if stem != str(symbol) else computed["d" + stem])
    return results


def agrees(results, expected, tolerance):
    return all(
        np.allclose(
            np.reshape(result, np.shape(y))  # a number and a 1 by 1 matrix look the same
            if np.size(result) == np.size(y) == 1
            else np.broadcast_to(result, np.shape(y)),
            y,
            rtol=0,
            atol=tolerance * np.max(np.abs(y), initial=0.0) + 1e-12,
        )
        for result, y in zip(results, expected, strict=True)
    )


@pytest.mark.parametrize("name, i", CASES)
def test_printed_differential_is_the_derivative(name, i):
    """Read back from text and from LaTeX: equal to D[H] and to differences of values."""
    inputs, parameters, directions, values, functions = setting(name, i)
    equations = differential_of(name)
    exact = along(name, inputs, parameters, directions)
    differences = by_differences(name, inputs, parameters, directions)
    for reader, lines in (
        (Typed, [equation.text for equation in equations]),
        (Reader, [from_latex(equation.latex) for equation in equations]),
    ):
        results = printed_differentials(name, values, functions, lines, reader)
        assert agrees(results, exact, 1e-11), lines
        if name != "lowered":  # in an exponent, which is constant
            assert agrees(results, differences, 1e-8), lines


@pytest.mark.parametrize("name, i", CASES)
def test_expressions_evaluate_to_the_derivative(name, i):
    """The expressions themselves, put through the operations of the table."""
    inputs, parameters, directions, values, _ = setting(name, i)
    results = values_of(differential_of(name, **parameters), values)
    outputs = ["d" + str(symbol) for symbol in formula_of(name, **parameters).left]
    expected = along(name, inputs, parameters, directions)
    assert agrees([results[y] for y in outputs], expected, 1e-11)


@pytest.mark.parametrize("name, i", CASES)
def test_printed_formula_is_the_function(name, i):
    inputs, parameters, _, values, functions = setting(name, i)
    formula = formula_of(name)
    if name == "lowered":
        values["B"] = inputs[0]
    for reader, line in ((Typed, formula.text), (Reader, from_latex(formula.latex))):
        given = {key: value for key, value in values.items() if key not in "Yy"}
        computed = compute([line], given, functions, reader)
        results = [
            computed[str(y).removesuffix("'")].T if str(y).endswith("'") else computed[str(y)]
            for y in formula.left
        ]
        expected = _value(name, inputs, parameters)
        assert agrees([np.asarray(x) * 1.0 for x in results], expected, 1e-11), line


# -- Wrong print is rejected ----------------------------------------------------------------------

WRONG = [
    ("inv", "dY = Y*dX*Y"),
    ("inv", "dY = -Y*dX*X"),
    ("inv", "dY = -Y*dX'*Y"),
    ("inv", "dY = -Y .* dX .* Y"),
    ("solve", "dY = solve(A, dB) - dA*Y"),
    ("solve", "dY = solve(A, dB + dA*Y)"),
    ("det", "dy = tr(adj(X)'*dX)"),
    ("det", "dy = y*tr(X*dX)"),
    ("sigmoid", "dY = Y .* 1 - Y .* dX"),
    ("divide", "dY = dA - Y .* dB ./ B"),
    ("matmul", "dY = dA*B"),
    ("cbrt", "dY = dX ./ 3 .* Y .* Y"),
    ("pinv", "dY = -Y*dX*Y"),
    ("sqrtm", "dY = dX ./ (2*Y)"),
    ("norm", "dy = y*sum(X .* dX)"),
    ("trace", "dy = sum(dX)"),
    ("maximum", "dY = (A < B) .* dA + (A >= B) .* dB"),
]


@pytest.mark.parametrize("name, line", WRONG)
def test_referee_rejects_wrong_text(name, line):
    inputs, parameters, directions, values, functions = setting(name)
    results = printed_differentials(name, values, functions, [line])
    assert not agrees(results, along(name, inputs, parameters, directions), 1e-3)


@pytest.mark.parametrize(
    "name", [name for name in TABLE if TABLE[name].rule.kind == "differential"]
)
def test_mutated_rule_prints_otherwise_and_is_rejected(name, monkeypatch):
    """The print follows the rule: with its sign changed it reads differently, and is wrong."""
    rule = TABLE[name].rule
    true_text = [equation.text for equation in differential_of(name)]
    inputs, parameters, directions, values, functions = setting(name)
    expected = by_differences(name, inputs, parameters, directions)
    correct = rule.differential

    def mutated(*arguments, **keywords):
        result = correct(*arguments, **keywords)
        if len(rule.outputs) == 1:
            return -result
        return iter([-part for part in result])

    monkeypatch.setattr(rule, "differential", mutated)
    lines = [equation.text for equation in differential_of(name)]
    assert lines != true_text
    if name not in ("expm", "logm"):  # these evaluate themselves by the patched rule's name only
        assert not agrees(printed_differentials(name, values, functions, lines), expected, 1e-3)


# -- Exact print ----------------------------------------------------------------------------------

EXACT = {
    "inv": (["dY = -Y*dX*Y"], [r"\mathrm{d}Y = -Y\, \mathrm{d}X\, Y"]),
    "solve": (
        ["dY = solve(A, dB - dA*Y)"],
        [r"\mathrm{d}Y = A^{-1}\, (\mathrm{d}B - \mathrm{d}A\, Y)"],
    ),
    "det": (
        ["dy = tr(adj(X)*dX)"],
        [r"\mathrm{d}y = \operatorname{Tr}(\operatorname{adj}(X)\, \mathrm{d}X)"],
    ),
    "matmul": (
        ["dY = dA*B + A*dB"],
        [r"\mathrm{d}Y = \mathrm{d}A\, B + A\, \mathrm{d}B"],
    ),
    "kron": (
        ["dY = kron(dA, B) + kron(A, dB)"],
        [r"\mathrm{d}Y = \mathrm{d}A \otimes B + A \otimes \mathrm{d}B"],
    ),
    "trace": (["dy = tr(dX)"], [r"\mathrm{d}y = \operatorname{Tr}(\mathrm{d}X)"]),
    "transpose": (["dY = dX'"], [r"\mathrm{d}Y = \mathrm{d}X^{\mathsf{T}}"]),
    "exp": (["dY = Y .* dX"], [r"\mathrm{d}Y = Y \odot \mathrm{d}X"]),
    "sin": (["dY = cos(X) .* dX"], [r"\mathrm{d}Y = \cos(X) \odot \mathrm{d}X"]),
    "exp2": (["dY = log(2)*Y .* dX"], [r"\mathrm{d}Y = \log(2) Y \odot \mathrm{d}X"]),
    "divide": (
        ["dY = (dA - Y .* dB) ./ B"],
        [r"\mathrm{d}Y = (\mathrm{d}A - Y \odot \mathrm{d}B) \oslash B"],
    ),
    "power": (
        ["dY = B .* A.^(B - 1) .* dA"],
        [r"\mathrm{d}Y = B \odot A^{\odot (B - 1)} \odot \mathrm{d}A"],
    ),
    "relu": (["dY = step(X) .* dX"], [r"\mathrm{d}Y = [X > 0] \odot \mathrm{d}X"]),
    "sign": (["dY = 0"], [r"\mathrm{d}Y = 0"]),
    "spectral_norm": (
        ["s, U, V' = svd(X)", "dy = U[:, 1]'*dX*V[:, 1]"],
        [
            r"\boldsymbol{s}, U, V^{\mathsf{T}} = \operatorname{svd}(X)",
            r"\mathrm{d}y = U_{:,1}^{\mathsf{T}}\, \mathrm{d}X\, V_{:,1}",
        ],
    ),
    "pinv": (
        ["dY = -Y*dX*Y + Y*Y'*dX'*(I - X*Y) + (I - Y*X)*dX'*Y'*Y"],
        [
            r"\mathrm{d}Y = -Y\, \mathrm{d}X\, Y"
            r" + Y Y^{\mathsf{T}}\, \mathrm{d}X^{\mathsf{T}}\, (I - X Y)"
            r" + (I - Y X)\, \mathrm{d}X^{\mathsf{T}}\, Y^{\mathsf{T}} Y"
        ],
    ),
    "eigh": (
        [
            "M = V'*((dX + dX')/2)*V",
            "dw = diagonal(M)",
            "dV = V*(reciprocal_gaps(w) .* M)",
        ],
        [
            r"M = V^{\mathsf{T}}\, \frac{1}{2} (\mathrm{d}X + \mathrm{d}X^{\mathsf{T}})\, V",
            r"\mathrm{d}\boldsymbol{w} = \operatorname{diagonal}(M)",
            r"\mathrm{d}V = V (\operatorname{gaps}(\boldsymbol{w})^{\odot +} \odot M)",
        ],
    ),
    "qr": (
        [
            "M = dX*inv(R)",
            "N = Q'*M",
            "P = tril(N, -1) - tril(N, -1)'",
            "dQ = Q*P + M - Q*N",
            "dR = (N - P)*R",
        ],
        None,
    ),
    "cholesky": (
        [
            "M = inv(Y)*((dX + dX')/2)*inv(Y)'",
            "dY = Y*(tril(M) + tril(M, -1))/2",
        ],
        [
            r"M = Y^{-1}\, \frac{1}{2} (\mathrm{d}X + \mathrm{d}X^{\mathsf{T}})\, Y^{-\mathsf{T}}",
            r"\mathrm{d}Y ="
            r" \frac{1}{2} Y (\operatorname{tril}(M) + \operatorname{tril}(M, k=-1))",
        ],
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_print(name):
    lines, formulas = EXACT[name]
    equations = differential_of(name)
    assert [equation.text for equation in equations] == lines
    if formulas is not None:
        assert [equation.latex for equation in equations] == formulas


@pytest.mark.parametrize(
    "name, parameters, line, formula",
    [
        ("inv", {}, "Y = inv(X)", "Y = X^{-1}"),
        ("solve", {}, "Y = solve(A, B)", "Y = A^{-1} B"),
        ("det", {}, "y = det(X)", r"y = \det(X)"),
        ("pinv", {}, "Y = pinv(X)", "Y = X^{+}"),
        ("matmul", {}, "Y = matmul(A, B)", "Y = A B"),
        ("abs", {}, "Y = abs(X)", r"Y = \lvert X \rvert"),
        ("matrix_power", {}, "Y = matrix_power(X, k)", "Y = X^{k}"),
        ("lambda_max", {}, "y = lambda_max(X)", r"y = \lambda_{\max}(X)"),
        ("norm", {}, "y = norm(X)", r"y = \lVert X \rVert"),
        ("sum", {}, "y = sum(X)", r"y = \operatorname{sum}(X)"),
        ("sum", {"axis": 0}, "y = sum(X, axis=0)", None),
        ("tril", {"k": -1}, "Y = tril(X, k=-1)", r"Y = \operatorname{tril}(X, k=-1)"),
        ("svd", {}, "s, U, V' = svd(X)", None),
        ("eigh", {}, "w, V = eigh(X)", r"\boldsymbol{w}, V = \operatorname{eigh}(X)"),
    ],
)
def test_formulas(name, parameters, line, formula):
    equation = formula_of(name, **parameters)
    assert equation.text == line
    assert formula is None or equation.latex == formula


def test_parameters_reach_the_differential():
    assert str(differential_of("softmax")[0]) == "dY = Y .* (dX - sum(Y .* dX))"
    [equation] = differential_of("softmax", axis=0)
    assert str(equation) == "dY = Y .* (dX - colsum(Y .* dX))"
    assert str(differential_of("tril", k=-1)[0]) == "dY = tril(dX, -1)"
    assert str(differential_of("getitem", index=(slice(None), 0))[0]) == "dy = dX[:, 1]"


def test_constant_inputs_contribute_nothing():
    assert str(differential_of("solve", wrt=["B"])[0]) == "dY = solve(A, dB)"
    assert str(differential_of("matmul", wrt=["A"])[0]) == "dY = dA*B"
    assert str(differential_of("subtract", wrt=["B"])[0]) == "dY = -dB"
    assert str(differential_of("concatenate", wrt=["A"])[0]) == "dY = concatenate(dA, 0)"
    rule = TABLE["matmul"].rule
    A, B, Y = Symbol("A"), Symbol("B"), Symbol("Y")
    assert apply_rule(rule, [Y], [A, B], [ZERO, ZERO]) == [ZERO]


# -- Expressions ----------------------------------------------------------------------------------

A, B, X = Symbol("A"), Symbol("B"), Symbol("X")


@pytest.mark.parametrize(
    "expression, line",
    [
        (TABLE["negative"](-X), "X"),
        (A - (-B), "A + B"),
        (A + (-B), "A - B"),
        (1 * X, "X"),
        (X / 1, "X"),
        (X.T.T, "X"),
        (X**1, "X"),
        (-2 * X, "-2*X"),
        (A @ (-B), "-A*B"),
        (A @ (2 * B), "2*A*B"),
        (A - (B - X), "A - (B - X)"),
        (A - (B + X), "A - (B + X)"),
        (A + (B - X), "A + B - X"),
        ((A + B) @ X, "(A + B)*X"),
        ((A * B) @ X, "(A .* B)*X"),
        (A * (B @ X), "A .* (B*X)"),
        (A / (B * X), "A ./ (B .* X)"),
        (A / (B / X), "A ./ (B ./ X)"),
        (A * B / X, "A .* B ./ X"),
        ((A @ B).T, "B'*A'"),
        ((A + B) ** 2, "(A + B).^2"),
        (A**-1, "A.^(-1)"),
        ((-X).T, "-X'"),
        (TABLE["inv"](X.T), "inv(X')"),
        (TABLE["inv"](X).T, "inv(X)'"),
        (TABLE["trace"](X) * X, "tr(X)*X"),
        (X * TABLE["trace"](X), "tr(X)*X"),
        (2 - X, "2 - X"),
        (X.T[0], "X[:, 1]"),
        (X[0] @ A @ B, "X[1]'*A*B"),
        (A @ (X[0] @ B), "A*(X[1]'*B)"),
        (A @ (2 * (A * B)) @ X, "2*A*(A .* B)*X"),
        (TABLE["lowered"](Number(2)), "1"),
        (TABLE["lowered"](Number(0)), "0"),
        (TABLE["power"](X, 3), "X.^3"),
        (A * ((2 * B) * X), "2*A .* B .* X"),
        (A * (-2 * B * X), "-2*A .* B .* X"),
        (X - ZERO, "X"),
        (ZERO + X, "X"),
    ],
)
def test_parentheses_and_signs(expression, line):
    assert text(expression) == line


@pytest.mark.parametrize(
    "expression, line",
    [
        (TABLE["solve"](A, -X), "-A^{-1} X"),
        (TABLE["solve"](A, 2 * (B * X)), r"2 A^{-1} (B \odot X)"),
        (TABLE["solve"](A, B).T, r"(A^{-1} B)^{\mathsf{T}}"),
        (X / 2 + A, r"\frac{X}{2} + A"),
        ((X / 2).T, r"\left(\frac{X}{2}\right)^{\mathsf{T}}"),
        (TABLE["safe_reciprocal"](X), r"X^{\odot +}"),
        (TABLE["safe_reciprocal"](TABLE["trace"](X)), r"\frac{1}{\operatorname{Tr}(X)}"),
        (TABLE["kron"](A + B, X) @ Symbol("C"), r"((A + B) \otimes X) C"),
        (Symbol("x_1"), r"\boldsymbol{x}_{1}"),
        (Symbol("c", ndim=0) * Symbol("rate"), r"c \mathit{rate}"),
        (X[1:, 0], "X_{2:end,1}"),
    ],
)
def test_latex_notations(expression, line):
    assert latex(expression) == line


def test_sizes_multiply_and_divide():
    """One name, whatever the order; a quotient by what is a factor is the other one."""
    m, n, p, unknown = Size("m"), Size("n"), Size("p"), Size()
    assert str(m * n) == str(n * m) == "m*n"
    assert same(m * n * p, p * (n * m)) and not same(m * n, m * p)
    assert (m * p) // p is m
    assert (m // p) * p is m
    assert (2 * n) // n == 2
    assert same(n * (n + 1) // 2, (1 + n) * n // 2)
    assert str(n * (n + 1) // 2) == "n*(n+1)/2"
    assert n + 1 - 1 is n
    assert n - n == 0
    assert str(3 * n - 1) == "3*n-1"
    assert str(m + n - p) == "m+n-p"
    assert not equal(unknown, unknown * n)  # no size is a multiple of itself
    assert equal(unknown, m)
    assert str(unknown * n) == "m*n"
    assert same(unknown * n, n * m)
    assert str(TABLE["reshape"](Symbol("Z", shape=(m, n)), shape=(-1, n)).shape) == "(m, n)"
    assert str(TABLE["unvech"](Symbol("z", shape=(n * (n + 1) // 2,))).shape) == "(n, n)"


def _random(rng, depth):
    if depth == 0:
        return rng.choice([A, B, X])
    kind = rng.choice("+-*/@@@TIn2st")
    left = _random(rng, depth - 1)
    if kind == "T":
        return left.T
    if kind == "I":
        return TABLE["inv"](left)
    if kind == "n":
        return -left
    if kind == "2":
        return left**2
    if kind == "s":
        return rng.choice([2, 0.5]) * left
    if kind == "t":
        return TABLE["trace"](left) * _random(rng, depth - 1)
    right = _random(rng, depth - 1)
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "@": lambda: left @ right,
    }[kind]()


@pytest.mark.parametrize("seed", range(200))
def test_random_expressions_read_back(seed):
    """Parentheses: what is printed, as text and as LaTeX, has the expression's value."""
    rng = random.Random(seed)
    expression = _random(rng, rng.choice([2, 3, 4]))
    numbers = np.random.default_rng(seed)
    values = {name: numbers.uniform(0.5, 1.5, (3, 3)) + np.eye(3) for name in "ABX"}
    with np.errstate(all="ignore"):
        try:
            expected = evaluate(expression, values)
        except np.linalg.LinAlgError:
            return  # A - A was inverted
        for reader, line in (
            (Typed, text(expression)),
            (Reader, from_latex(latex(expression))),
        ):
            result = reader(line, values, FUNCTIONS).read()
            scale = np.max(np.abs(expected))
            assert np.allclose(result, expected, rtol=1e-6, atol=1e-6 * scale, equal_nan=True), line


def test_arrays_have_no_place_in_an_expression():
    with pytest.raises(TypeError, match="Give it a name"):
        np.ones((2, 2)) @ X
    with pytest.raises(TypeError, match="Give it a name"):
        X * np.ones(2)
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(X > 0)
    with pytest.raises(TypeError):
        list(X)


def test_sentences_for_unknown_names():
    with pytest.raises(ValueError, match="no operation 'inverse'"):
        differential_of("inverse")
    with pytest.raises(ValueError, match="no differential in Z; it has one in A, B"):
        differential_of("solve", wrt=["Z"])
    with pytest.raises(ValueError, match="X has no value"):
        evaluate(X, {"A": 1.0})


def test_evaluate_substitutes_expressions():
    assert text(evaluate(X.T @ X, {"X": A @ B})) == "B'*A'*A*B"
    assert text(evaluate(Application("sum", (X,), {"axis": 0}), {"X": A})) == "sum(A, axis=0)"


# -- LaTeX and the table --------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLE)
def test_latex_is_well_formed(name):
    for equation in [formula_of(name), *differential_of(name)]:
        source = equation.latex
        depth = 0
        for c in re.sub(r"\\[{}]", "", source):
            depth += {"{": 1, "}": -1}.get(c, 0)
            assert depth >= 0
        assert depth == 0
        assert "#" not in source and "|" not in source  # a bar would end a table's cell
        if "bmatrix" not in source:  # which mathtext lacks, as it does these names of bars
            source = re.sub(r"\\[lr]vert", r"\\vert", source)
            source = re.sub(r"\\[lr]Vert", r"\\Vert", source)
            MathTextParser("path").parse(f"${source}$")


def test_table_as_text():
    lines = rule_table().splitlines()
    assert max(len(line) for line in lines) <= 120
    for name in TABLE:
        assert any(line.startswith(name + " ") for line in lines), name
    inv = r"^inv +Y = inv\(X\) +X square, invertible +dY = -Y\*dX\*Y +lecture"
    assert re.search(inv, rule_table(), re.MULTILINE)
    assert repr(lecturelib.rules) == rule_table()


def test_table_as_markdown():
    table = lecturelib.rules._repr_markdown_()
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len(rows) == len(TABLE) + 2
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 6, row
    assert r"| `inv` | $Y = X^{-1}$ | X square, invertible |" in table


def test_works_without_numpy():
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['sympy'] = None\n"
        "import lecturelib.symbols as s, lecturelib\n"
        "print(s.differential_of('inv')[0]); text = repr(lecturelib.rules)\n"
        "s.rule_table(markdown=True)\n"
        "X = s.Symbol('X'); print(s.evaluate(X ** 2, {'X': s.Symbol('A')}))\n"
    )
    root = Path(lecturelib.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["dY = -Y*dX*Y", "A.^2"]
