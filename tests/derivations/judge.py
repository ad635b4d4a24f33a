"""Judges an answer by numbers, without lecturelib: declared symbols are drawn and differentiated.

The derivative is a complex step where all functions are holomorphic, else five-point differences;
for a Hessian the five-point difference of that, in a second direction.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from reader import Domain, NotHolomorphic, Program, Singular, Values

SIZES = {"tall": (7, 6, 5, 4, 3, 2), "wide": (3, 4, 5, 6, 7, 8)}


@dataclass(frozen=True)
class Problem:
    """A line of a collection."""

    id: str
    source: str
    declarations: str
    variable: str
    expression: str
    kind: str
    answer: str

    @property
    def where(self) -> str:
        """The declarations as `derive` takes them: it has no word for labels +1 and -1."""
        return self.declarations.replace(" labels", "")


@dataclass(frozen=True)
class Declared:
    """What stands after a name's colon; a number has no sizes, an index its last value."""

    sizes: tuple[str, ...]
    flags: frozenset[str]
    last: str = ""


def declared(text: str) -> dict[str, Declared]:
    """``"X: m x n; w: n positive; i: 1..N"``, by name."""
    found = {}
    for part in text.split(";"):
        name, what = (piece.strip() for piece in part.split(":"))
        if what.startswith("1.."):
            found[name] = Declared((), frozenset(), what[3:])
            continue
        match = re.fullmatch(r"([\w*]+)(?: x ([\w*]+))?((?: [a-z]+)*)", what)
        assert match is not None, part
        rows, columns, rest = match[1], match[2] or "1", match[3]
        flags = {"positive definite"} & {rest.strip()} or set(rest.split())
        if rows == "integer":
            flags.add(rows)
        sizes = () if rows in ("scalar", "integer") else (rows, columns)
        found[name] = Declared(sizes, frozenset(flags))
    return found


def draw(problem: Problem, orientation: str, rng: np.random.Generator) -> Values:
    """Values of all names that are declared, size letters too: pairwise distinct numbers.

    A letter may stand in the expression only, as in ``t*eye(n)``. In "tall" what is declared first
    is longer, so that each matrix that is not square is tall in one orientation and wide in the
    other.
    """
    symbols = declared(problem.declarations)
    sizes = [size for symbol in symbols.values() for size in (*symbol.sizes, symbol.last)]
    sizes += re.findall(r"(?:eye|ones|zeros)\(([^()]*)\)", problem.expression)
    letters = [a for a in re.findall(r"[^\W\d]\w*", " ".join(sizes)) if a not in symbols]
    values: Values = dict(zip(dict.fromkeys(letters), SIZES[orientation], strict=False))
    for name, symbol in symbols.items():
        if "integer" in symbol.flags:
            values[name] = 3 if orientation == "tall" else 4
    for name, symbol in symbols.items():
        if symbol.last:
            values[name] = range(1, int(values[symbol.last]) + 1)
    for name, symbol in symbols.items():
        if name in values:
            continue
        index = name.rpartition("_")[2]
        sampled = values.get(index) if index in symbols and symbols[index].last else None
        shape = tuple(int(np.prod([_size(s, values) for s in t.split("*")])) for t in symbol.sizes)
        if sampled is None:
            values[name] = _value(shape, symbol.flags, rng)
        else:
            values[name] = [_value(shape, symbol.flags, rng) for _ in sampled]
    return values


def _size(text: str, values: Values) -> int:
    return int(text) if text.isdigit() else values[text]


def _value(shape: tuple[int, ...], flags: frozenset[str], rng: np.random.Generator) -> Any:
    if shape == ():
        return rng.uniform(0.5, 1.5) if "positive" in flags else rng.normal()
    m, n = shape
    X = rng.uniform(0.5, 1.5, shape) if "positive" in flags else rng.normal(size=shape)
    if "positive definite" in flags:
        return X @ X.T / n + np.eye(n) / 2
    if "symmetric" in flags:
        return (X + X.T) / 2
    if "skew" in flags:
        return (X - X.T) / 2
    if "diagonal" in flags:
        return np.diag(np.diag(X))
    if "orthogonal" in flags:
        if m < n:
            raise Singular("more columns than an orthonormal basis has")
        return np.linalg.qr(X)[0]
    if "probability" in flags:
        return (Y := rng.uniform(0.5, 1.5, shape)) / Y.sum()
    if "labels" in flags:
        return np.sign(X)
    if "invertible" in flags:
        X = np.eye(n) + 0.3 * X / np.sqrt(n)
    if "lower" in flags:
        return np.tril(X)
    return np.triu(X) if "upper" in flags else X


def direction(X: Any, flags: frozenset[str], rng: np.random.Generator) -> Any:
    """A direction in which X may move."""
    if np.ndim(X) == 0:
        return rng.normal()
    K = rng.normal(size=np.shape(X))
    if flags & {"symmetric", "positive definite"}:
        return (K + K.T) / 2
    if "skew" in flags:
        return (K - K.T) / 2
    if "diagonal" in flags:
        return np.diag(np.diag(K))
    if "lower" in flags:
        return np.tril(K)
    if "upper" in flags:
        return np.triu(K)
    if "orthogonal" in flags:
        return K - X @ (X.T @ K + K.T @ X) / 2
    return K


# -- Derivatives ----------------------------------------------------------------------------------


def five_point(f: Callable[[float], Any], h: float) -> Any:
    """The derivative of f(t) at 0."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def derivatives(
    f: Program, values: Values, name: str, directions: list[Any], H: Any = None
) -> tuple[list[Any], float]:
    """df[K] for the directions K, or d2f[H, K], and how exact they are.

    Differences are taken with two steps; where these disagree, near a pole or a change of sign,
    the point is of no use.
    """
    X = values[name]

    def complex_step(K: Any, X: Any = X) -> Any:
        return np.imag(f({**values, name: X + 1e-30j * K})) / 1e-30

    def differences(K: Any, step: float, X: Any = X) -> Any:
        return five_point(lambda t: f({**values, name: X + t * K}), step)

    def settled(derivative: Callable[[Any, float], Any], step: float, tolerance: float) -> Any:
        found = [derivative(K, step) for K in directions]
        longer = [derivative(K, 1.5 * step) for K in directions]
        off = max(np.abs(a - b).max() for a, b in zip(found, longer, strict=True))
        if off > tolerance / 4 * max(np.abs(df).max() for df in found):
            raise Domain("the differences do not settle")
        return found, tolerance

    try:
        if H is None:
            return [complex_step(K) for K in directions], 1e-8
        return settled(lambda K, h: five_point(lambda t: complex_step(K, X + t * H), h), 1e-3, 1e-8)
    except NotHolomorphic:
        if H is None:
            return settled(differences, 1e-3, 1e-6)
        return settled(
            lambda K, h: five_point(lambda t: differences(K, h, X + t * H), h), 4e-3, 1e-5
        )


def inner(A: Any, B: Any) -> Any:
    return np.sum(A * B)


@dataclass(frozen=True)
class Sample:
    """A point at which a problem is looked at, and the derivatives that were found there.

    `true` are df[K] for `directions` K; for a Hessian, d2f[H, K] with H the value of ``H``.
    """

    orientation: str
    values: Values
    directions: list[Any]
    true: list[Any]
    tolerance: float

    def accepts(self, problem: Problem, answer: Callable[[Values], Any]) -> bool:
        """Whether a `Program`, or another function of the values, is right here."""
        return self.error(problem, answer) < self.tolerance

    def error(self, problem: Problem, answer: Callable[[Values], Any]) -> float:
        """How far the answer is off, relative to the derivatives; infinite for a wrong shape."""
        kind, X = problem.kind, self.values[problem.variable]
        if kind == "differential":
            given = [answer({**self.values, "H": K}) for K in self.directions]
            wanted = np.shape(self.true[0])
            shapes = {np.shape(G) for G in given}
        else:
            G = answer(self.values)
            wanted, shapes = np.shape(X), {np.shape(G)}
            if shapes == {wanted}:
                given = [inner(G, K) for K in self.directions]
        if shapes != {wanted}:
            return float("inf")
        difference = max(np.abs(a - b).max() for a, b in zip(given, self.true, strict=True))
        return float(difference / max(np.abs(b).max() for b in self.true))


def samples(problem: Problem, seed: int = 0) -> list[Sample]:
    """Two points, tall and wide; both the same way round where the other has no full rank."""
    first = _sample(problem, "tall", 2 * seed) or _sample(problem, "wide", 2 * seed)
    second = _sample(problem, "wide", 2 * seed + 1) or _sample(problem, "tall", 2 * seed + 1)
    found = [sample for sample in (first, second) if sample]
    assert len(found) == 2, f"{problem.id}: no point where {problem.expression} is defined"
    return found


def _sample(problem: Problem, orientation: str, seed: int) -> Sample | None:
    """A point, drawn until it is one; None where no rank can be full."""
    f, answer, name = Program(problem.expression), Program(problem.answer), problem.variable
    flags = declared(problem.declarations)[name].flags
    singular = 0
    rng = np.random.default_rng([int.from_bytes(problem.id.encode()), seed])
    for _ in range(3000):
        try:
            values = draw(problem, orientation, rng)
            values["H"] = H = direction(values[name], flags, rng)
            f(values)
            answer(values)
            directions = [direction(values[name], flags, rng) for _ in range(3)]
            true, tolerance = derivatives(
                f, values, name, directions, H if problem.kind == "hessian" else None
            )
        except Singular:
            singular += 1
        except Domain:
            continue
        else:
            # Where all derivatives vanish (no relu is active) nothing can be told apart.
            if max(np.abs(df).max() for df in true) > 1e-8:
                return Sample(orientation, values, directions, true, tolerance)
            singular += 1
        if singular == 20:
            break
    return None
