"""Random programs of plain NumPy code, judged by extrapolated differences of their values.

A program is a function of one array, made of a few statements drawn by a seed: elementwise
functions, products, shapes, reductions, factorisations, constants of any number type, buffers that
are changed after use, names bound twice. ``python tests/fuzz.py 10000`` runs many of them.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from lecturelib import KinkWarning, expm, gradient, hessian, sigmoid, softmax
from lecturelib.claims.referees import five_point

SHAPES = ((), (3,), (3, 3), (2, 3), (1, 3), (3, 1), (2, 3, 3))
KINDS = (np.float64, np.float32, np.float16, np.int64, np.int8, np.uint8, np.bool_)

ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "np.sin": np.sin,
    "np.cos": np.cos,
    "np.tanh": np.tanh,
    "np.arctan": np.arctan,
    "exp of a part": lambda x: np.exp(0.3 * x),
    "expm1 of a part": lambda x: np.expm1(0.3 * x),
    "log1p of the square": lambda x: np.log1p(x * x),
    "root": lambda x: np.sqrt(1.0 + x * x),
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "power": lambda x: (1.5 + x * x) ** 0.7,
    "sigmoid": sigmoid,
    "arcsinh": np.arcsinh,
    "negative": lambda x: -x,
    "reciprocal": lambda x: 1.0 / (2.0 + x * x),
    "abs": np.abs,
    "cbrt": lambda x: np.cbrt(3 + x * x),
    "where": lambda x: np.where(x > 0, np.sqrt(np.abs(x)) * x, x),
    "twice": lambda x: x + x,
    "root of a branch": lambda x: np.where(x > 0.1, np.sqrt(x), 0.1 * x),
    "log of where": lambda x: np.where(x > 0.1, np.log(np.maximum(x, 1e-9)), 0.1 * x),
    "remainder": lambda x: np.remainder(x, 0.7) * x,
    "clip": lambda x: np.clip(x, -0.8, 0.9) * x,
}
#: Differences cannot follow these where a step is longer than a period.
PERIODIC = ("np.sin", "np.cos", "remainder")
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (2.0 + b * b),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "hypot": lambda a, b: np.hypot(a, 1.0 + b * b),
    "logaddexp": np.logaddexp,
    "arctan2": lambda a, b: np.arctan2(a, 1.0 + b * b),
    "angle": lambda a, b: np.arctan2(a, np.maximum(b, 1)),
    "quotient": lambda a, b: a / np.maximum(b, 1),
    "power": lambda a, b: (1.2 + a * a) ** b,
    "small power": lambda a, b: (1.5 + a * a) ** (0.1 * b),
}
SHAPING: dict[str, Callable[[Any], Any]] = {
    "T": lambda x: x.T,
    "ravel": np.ravel,
    "flip": np.flip,
    "cumsum": lambda x: np.cumsum(x),
    "first": lambda x: x[0],
    "last kept": lambda x: x[-1:],
    "reversed": lambda x: x[::-1],
    "mean": np.mean,
    "sum 0": lambda x: np.sum(x, axis=0),
    "var": np.var,
    "softmax": softmax,
    "max": np.max,
    "prod": lambda x: np.prod(1.0 + 0.1 * x),
    "sort": lambda x: np.sort(np.ravel(x)),
    "norm": np.linalg.norm,
    "column": lambda x: np.reshape(x, (-1, 1)),
    "roll": lambda x: np.roll(x, 1),
    "stack": lambda x: np.stack([x, 2.0 * x]).sum(axis=0),
    "copies": lambda x: np.concatenate([x, x]),
    "median": np.median,
    "logsumexp": lambda x: np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x),
}


def _spd(X: Any) -> Any:
    return X @ X.T + 2.0 * np.eye(3)


def _weighted(w: Any, V: Any) -> Any:
    return V * V * w


SQUARE: dict[str, Callable[[Any], Any]] = {
    "inv": lambda X: np.linalg.inv(X + 5.0 * np.eye(3)),
    "det": lambda X: np.linalg.det(0.5 * X),
    "logdet": lambda X: np.linalg.slogdet(X + 5.0 * np.eye(3))[1],
    "trace": np.trace,
    "solve": lambda X: np.linalg.solve(X + 5.0 * np.eye(3), X[0]),
    "expm": lambda X: expm(0.2 * X),
    "eigvalsh": lambda X: np.linalg.eigvalsh(X + X.T + np.diag([0.0, 4.0, 9.0]))[1],
    "eigh": lambda X: _weighted(*np.linalg.eigh(X + X.T + np.diag([0.0, 5.0, 11.0]))),
    "svd": lambda X: np.linalg.svd(X + np.diag([1.0, 4.0, 9.0]))[1],
    "qr": lambda X: np.linalg.qr(X + 4.0 * np.eye(3))[1],
    "tril": np.tril,
    "diagonal": np.diagonal,
    "cholesky": lambda X: np.linalg.cholesky(_spd(X)),
    "pinv": lambda X: np.linalg.pinv(X + 5 * np.eye(3)),
    "power": lambda X: np.linalg.matrix_power(0.5 * X, 3),
    "X'X": lambda X: X.T @ X,
    "nuclear": lambda X: np.linalg.norm(X + np.diag([1.0, 4.0, 9.0]), "nuc"),
    "kron": lambda X: np.kron(X, np.eye(2)) @ np.ones(6),
    "einsum": lambda X: np.einsum("ij,jk->k", X, X),
}


#: On the last two axes, for stacks of matrices.
STACKED: dict[str, Callable[[Any], Any]] = {
    "inv": lambda X: np.linalg.inv(X + 5.0 * np.eye(3)),
    "det": lambda X: np.linalg.det(0.5 * X),
    "logdet": lambda X: np.linalg.slogdet(X + 5.0 * np.eye(3))[1],
    "trace": lambda X: np.trace(X, axis1=-2, axis2=-1),
    "solve": lambda X: np.linalg.solve(X + 5.0 * np.eye(3), np.arange(3.0)),
    "eigvalsh": lambda X: np.linalg.eigvalsh(X + X.mT + np.diag([0.0, 4.0, 9.0]))[..., 1],
    "eigh": lambda X: _on_last(np.linalg.eigh(X + X.mT + np.diag([0.0, 5.0, 11.0]))),
    "svd": lambda X: np.linalg.svd(X + np.diag([1.0, 4.0, 9.0]))[1],
    "qr": lambda X: np.linalg.qr(X + 4.0 * np.eye(3))[1],
    "tril": np.tril,
    "cholesky": lambda X: np.linalg.cholesky(X @ X.mT + 2.0 * np.eye(3)),
    "pinv": lambda X: np.linalg.pinv(X + 5 * np.eye(3)),
    "X'X": lambda X: X.mT @ X,
    "of one": lambda X: X @ X[0],
    "vectors": lambda X: X @ np.arange(3.0),
    "norms": lambda X: np.linalg.norm(X, axis=(-2, -1)),
    "einsum": lambda X: np.einsum("...ij,...jk->...k", X, X),
    "moved": lambda X: np.moveaxis(X, 0, -1),
}


def _on_last(parts: Any) -> Any:
    w, V = parts
    return V * V * w[..., None, :]


def program(seed: int) -> tuple[Callable[[Any], Any], np.ndarray, list[str]]:
    """A scalar function, a point, and what the function does."""
    rng = np.random.default_rng(seed)
    shape = SHAPES[rng.integers(len(SHAPES))]
    X = rng.normal(size=shape) * 10.0 ** rng.choice([-2, 0, 0, 0, 0.5, 0, 0, 0, -100, 60])
    steps: list[tuple[str, Callable[[list[Any]], Any]]] = []
    sizes = [shape]
    reach = [_reach(X)]

    def pick(table: dict[str, Callable[..., Any]]) -> tuple[str, Callable[..., Any]]:
        name = sorted(table)[rng.integers(len(table))]
        return name, table[name]

    for _ in range(rng.integers(2, 7)):
        i = int(rng.integers(len(sizes)))
        j = int(rng.integers(len(sizes)))
        kind = rng.choice(
            ["elementwise", "binary", "constant", "shape", "square", "buffer", "mask"]
        )
        if kind == "elementwise":
            name, one = pick(ELEMENTWISE)
            if name in PERIODIC and reach[i] > 1e3:
                continue
            step = (f"{name} v{i}", _of(one, i))
        elif kind == "binary":
            name, two = pick(BINARY)
            if name in "+-" and not 1e-12 < (reach[i] or 1) / (reach[j] or 1) < 1e12:
                continue  # the values keep nothing of the smaller one
            step = (f"v{i} {name} v{j}", _of(two, i, j))
        elif kind == "constant":
            name, two = pick(BINARY)
            number = KINDS[rng.integers(len(KINDS))]
            # up to 3, or near the ends of the small types, whose squares overflow
            c = (rng.choice([3, 3, 100]) * rng.random(sizes[i])).astype(number)
            step = (f"v{i} {name} {c.dtype}", _of(two, i, then=(c,)))
        elif kind == "shape":
            name, one = pick(SHAPING)
            step = (f"{name} v{i}", _of(one, i))
        elif kind == "square":
            if sizes[i][-2:] != (3, 3):
                continue
            name, one = pick(SQUARE if len(sizes[i]) == 2 else STACKED)
            step = (f"{name} v{i}", _of(one, i))
        elif kind == "buffer":
            start = rng.random(sizes[i])
            step = (f"v{i} * buffer", _of(_with_buffer, i, then=(start,)))
        else:
            chosen = rng.random(sizes[i]) < 0.6
            step = (f"v{i}[mask]", _of(_with_mask, i, then=(chosen,)))
        try:  # what NumPy does not do with these shapes is no step
            values: list[Any] = [X]
            with np.errstate(all="ignore"):
                for _, run in [*steps, step]:
                    values.append(run(values))
            # second derivatives need the squares of values, and their inverses, as numbers
            if 0 < np.size(values[-1]) < 50 and _reach(values[-1]) < 1e75:
                steps.append(step)
                sizes.append(np.shape(values[-1]))
                reach.append(_reach(values[-1]))
        except Exception:
            continue
    weights = np.random.default_rng(seed + 1).normal(size=sizes[-1])

    def f(x: Any) -> Any:
        values = [x]
        for _, run in steps:
            values.append(run(values))
        return np.sum(weights * values[-1])

    return f, X, [name for name, _ in steps]


def _reach(x: Any) -> float:
    """The size of the largest entry."""
    return float(np.max(np.abs(x), initial=0.0))


def _of(f: Callable[..., Any], *places: int, then: tuple = ()) -> Callable[[list[Any]], Any]:
    """A step: f of earlier values, and then of constants."""
    return lambda values: f(*(values[k] for k in places), *then)


def _with_buffer(x: Any, start: np.ndarray) -> Any:
    """A product with an array that is changed before and after."""
    buffer = start.copy()
    total = x * buffer
    buffer *= 3.0
    total = total + x * buffer
    buffer[...] = 100.0
    return total


def _with_mask(x: Any, chosen: np.ndarray) -> Any:
    """Entries that a mask takes, which is turned around for the next ones."""
    mask = chosen.copy()
    total = np.sum(x[mask] ** 2)
    mask[...] = ~mask
    return total + 3.0 * np.sum(x[mask])


def _slope(f: Callable[[Any], Any], X: np.ndarray, H: np.ndarray) -> tuple[float, float]:
    """The derivative along H from differences, and how far it may be off.

    The steps lie far apart: where a kink is near, they see different sides of it.
    """
    coarse, best, fine = (float(five_point(f, X, H, h)) for h in (1e-3, 1e-4, 1e-5))
    rounding = 1e-12 * (1 + abs(float(f(X))))
    return best, max(abs(best - fine), abs(best - coarse) / 10, rounding)


def _has_digits(derivative: Callable[[np.ndarray], np.ndarray], X: np.ndarray) -> bool:
    """Whether a derivative survives the rounding of X: not where 1e120 + x stands for x."""
    nearby = X * (1 + 1e-15 * np.random.default_rng(0).integers(-9, 9, size=X.shape))
    here, there = derivative(X), derivative(nearby)
    return _reach(here - there) <= 1e-6 * _reach(here)


def judge(seed: int) -> str:
    """What became of a program: right, or not judged, and why; a wrong one raises."""
    f, X, names = program(seed)
    rng = np.random.default_rng(seed + 2)
    H = rng.normal(size=X.shape) * (_reach(X) or 1.0)
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            G = gradient(f, X)
        except Exception as error:
            if not isinstance(error, TypeError | ValueError) or not _is_sentence(error):
                raise AssertionError(f"seed {seed}, {names}: raw error {error!r}") from error
            return f"refused: {type(error).__name__}"
        try:
            expected, doubt = _slope(f, X, H)
        except np.linalg.LinAlgError:  # f itself, beside X
            return "f does not exist nearby"
    if any(issubclass(w.category, KinkWarning) for w in caught):
        return "kink"
    size = max(abs(expected), float(np.sum(np.abs(G * H))), 1e-8)
    if not np.isfinite(expected) or doubt > 1e-4 * size:
        return "differences have no digits"
    found = float(np.sum(G * H))
    if not abs(found - expected) <= 1e-5 * size + 10 * doubt:
        if not _has_digits(lambda Z: gradient(f, Z), X):
            return "gradient has no digits"
        raise AssertionError(f"seed {seed}, {names}: {found} instead of {expected}")
    return _second(f, X, H, seed, names)


def _is_sentence(error: Exception) -> bool:
    return str(error).rstrip(")").endswith(".") and len(str(error).split()) > 8


def _second(f: Any, X: np.ndarray, H: np.ndarray, seed: int, names: list[str]) -> str:
    """The Hessian along H against differences of the gradient."""
    g: list[np.ndarray] = []

    def slope(Z: np.ndarray) -> np.ndarray:
        g.append(gradient(f, Z))
        return g[-1]

    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            found = hessian(f, X)[H]
            h = 1e-4
            expected = five_point(slope, X, H, h)
        except Exception as error:
            if not isinstance(error, TypeError | ValueError) or not _is_sentence(error):
                raise AssertionError(f"seed {seed}, {names}: raw error {error!r}") from error
            return f"right, second refused: {type(error).__name__}"
    if any(issubclass(w.category, KinkWarning) for w in caught):
        return "right, kink near"
    coarse = (g[2] - g[1]) / (2 * h)
    size = max(_reach(expected), _reach(g), 1e-7)
    if not np.isfinite(expected).all() or _reach(expected - coarse) > 1e-4 * size:
        return "right, second has no digits"
    if not _reach(found - expected) <= 1e-5 * size:
        if not _has_digits(lambda Z: hessian(f, Z)[H], X):
            return "right, Hessian has no digits"
        raise AssertionError(f"seed {seed}, {names}: Hessian {found} instead of {expected}")
    return "right"


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    counts: Counter[str] = Counter()
    for k in range(first, first + int(sys.argv[1])):
        try:
            counts[judge(k)] += 1
        except AssertionError as fault:
            counts["WRONG"] += 1
            print(fault)
    print(dict(counts.most_common()))
