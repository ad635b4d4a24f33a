"""Data for checks: from declared symbols to small random fractions that respect the declarations.

Letters get pairwise distinct lengths, so that a transposition cannot hide; entries are fractions
with small denominators, so that exact arithmetic (`lecturelib.symbols.exact`) stays cheap.
"""

from __future__ import annotations

import operator
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..table.shapes import built, letters
from .exact import Array, NoValue, _array, _floats, _identity, _matrix, _plain, solve
from .terms import Symbol

#: The lengths that a letter may get.
LENGTHS = range(2, 7)

#: How often data are drawn before the conditions count as ones that cannot be met.
ATTEMPTS = 60


class Draw(NamedTuple):
    """Values of symbols, and lengths of letters, as `lecturelib.symbols.exact.value` takes them."""

    values: dict[str, Any]
    sizes: dict[str, int]


def draw(
    symbols: Iterable[Symbol],
    seed: int = 0,
    *,
    wide: bool = False,
    fixed: Mapping[str, int] | None = None,
    constraints: Sequence[str] = (),
    counts: Mapping[str, Any] | None = None,
    accept: Callable[[dict[str, Any], dict[str, int]], bool] | None = None,
) -> Draw:
    """Random data for symbols, that respect their shapes and flags.

    Parameters
    ----------
    symbols : iterable of Symbol
    seed : int
        The same seed gives the same data.
    wide : bool
        Whether letters grow in the order of their occurrence, so that matrices are wide; else they
        fall, as far as the constraints and the flags let them.
    fixed : mapping, optional
        Letters whose lengths are given.
    constraints : sequence of str, optional
        Such as ``"n <= m"``, for a matrix of m rows and full column rank.
    counts : mapping, optional
        From the index of a sampled symbol to the number of samples, an integer or a letter.
    accept : callable, optional
        ``accept(values, sizes)`` says whether the data will do, for instance whether they keep away
        from kinks; `NoValue` counts as no. What is drawn changes in kind from time to time, so that
        logarithms and square roots of matrices find their domain.

    Returns
    -------
    Draw

    Raises
    ------
    NoValue
        If no lengths, or no data, were found.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.draw import draw
    >>> X = Symbol("X", shape=("m", "n"))
    >>> draw([X], fixed={"m": 2}, wide=True).sizes["n"] > 2
    True
    """
    symbols, counts = list(symbols), dict(counts or {})
    rng = random.Random(f"{seed} {wide}")
    sizes = _lengths(rng, symbols, wide, dict(fixed or {}), list(constraints), counts)
    for attempt in range(ATTEMPTS):
        kind = _KINDS[attempt // 3 % len(_KINDS)]
        values: dict[str, Any] = {}
        try:
            for symbol in symbols:
                values[symbol.name] = _of_symbol(rng, symbol, sizes, counts, kind)
            if accept is None or accept(values, sizes):
                return Draw(values, sizes)
        except NoValue:
            continue
    raise NoValue(
        f"None of {ATTEMPTS} random points for {', '.join(x.name for x in symbols)} meets the "
        "conditions: they may contradict each other, or the flags that are declared."
    )


# -- Lengths --------------------------------------------------------------------------------------

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _lengths(
    rng: random.Random,
    symbols: Sequence[Symbol],
    wide: bool,
    fixed: dict[str, int],
    constraints: list[str],
    counts: Mapping[str, Any],
) -> dict[str, int]:
    """A length for each letter: distinct ones, which fall or grow as far as may be."""
    lengths = [*(n for x in symbols for n in x.shape), *counts.values()]
    free = [letter.name for n in lengths for letter in letters(n)]
    free += [n for n in counts.values() if isinstance(n, str)]
    free = [name for name in dict.fromkeys(free) if name not in fixed]
    compared = [_compared(constraint) for constraint in constraints]
    for x in symbols:  # orthonormal columns are no more than rows; skew and invertible is even
        if "orthogonal" in _flags(x) and str(x.shape[0]) != str(x.shape[1]):
            compared.append((x.shape[1], operator.le, x.shape[0]))
    even = [x.shape[0] for x in symbols if {"skew", "invertible"} <= _flags(x)]
    best: tuple[float, dict[str, int]] | None = None
    for _ in range(200):
        pool = [n for n in LENGTHS if n not in fixed.values()]
        if len(free) > len(pool):
            pool = [*pool, *range(LENGTHS.stop, LENGTHS.stop + len(free))]
        chosen = rng.sample(pool, len(free))
        sizes = {**fixed, **dict(zip(free, chosen, strict=True))}

        def length(size: Any, sizes: dict[str, int] = sizes) -> int:
            if isinstance(size, str):
                return int(size) if size.isdigit() else sizes[size]
            return int(built(size, lambda letter: sizes[letter.name]))

        if all(holds(length(a), length(b)) for a, holds, b in compared) and all(
            length(size) % 2 == 0 for size in even
        ):
            pairs = zip(chosen, chosen[1:], strict=False)
            wrong = sum((a < b) != wide for a, b in pairs) + 0.01 * sum(chosen)
            if best is None or wrong < best[0]:
                best = wrong, sizes
    if best is None:
        raise NoValue(
            f"No lengths from {LENGTHS.start} to {LENGTHS.stop - 1} for {', '.join(free)} satisfy "
            f"{', '.join(constraints) or 'what the flags need'}."
        )
    return best[1]


def _compared(constraint: str) -> tuple[Any, Any, Any]:
    found = re.fullmatch(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\w+)\s*", constraint)
    if found is None:
        raise ValueError(
            f"The constraint {constraint!r} compares no two lengths; write it as 'n <= m'."
        )
    a, sign, b = found.groups()
    return a, _SIGNS[sign], b


# -- Entries --------------------------------------------------------------------------------------

#: What the numbers are like: any; with square matrices near a large multiple of the identity; all
#: positive; both; of modulus below 1.
_KINDS = ("any", "any", "dominant", "positive", "dominant positive", "small")


def _entry(rng: random.Random, kind: str = "any") -> Fraction:
    under = rng.randint(1, 4)
    if "small" in kind:
        return Fraction(rng.choice((-1, 1)) * rng.randint(1, 3), under + 4)
    number = Fraction(rng.randint(1, 2 * under + 1), under)
    return number if "positive" in kind else number * rng.choice((-1, 1))


def _of_symbol(
    rng: random.Random,
    symbol: Symbol,
    sizes: Mapping[str, int],
    counts: Mapping[str, Any],
    kind: str,
) -> Any:
    shape = _lengths_of(symbol, sizes)
    if symbol.shape == () and symbol.name in sizes:
        return Fraction(sizes[symbol.name])
    index = getattr(symbol, "sample", "")
    if not index:
        return _plain(_drawn(rng, shape, _flags(symbol), kind))
    if index not in counts:
        raise ValueError(
            f"{symbol.name} is a sample, and how many there are is not given; give "
            f"counts={{{index!r}: 3}}."
        )
    n = counts[index]
    n = sizes[n] if isinstance(n, str) else int(built(n, lambda letter: sizes[letter.name]))
    return [_plain(_drawn(rng, shape, _flags(symbol), kind)) for _ in range(n)]


def _flags(symbol: Symbol) -> frozenset[str]:
    return getattr(symbol, "flags", frozenset())


def _lengths_of(symbol: Symbol, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(int(built(n, lambda letter: sizes[letter.name])) for n in symbol.shape)


def _drawn(rng: random.Random, shape: tuple[int, ...], flags: frozenset[str], kind: str) -> Any:
    """An array for the flags; a square one is far from singular, where the flags let it."""
    if "positive" in flags or "probability" in flags:
        kind = f"{kind} positive"
    if shape == ():
        number = rng.randint(2, 4) if "integer" in flags else _entry(rng, kind)
        return _array(abs(number) if "positive definite" in flags else number)
    m, n = shape
    for _ in range(ATTEMPTS):
        X = _matrix_for(rng, m, n, flags, kind)
        if m != n or flags & _FREE or ("skew" in flags and m % 2) or _is_tame(X):
            return X
    raise NoValue(f"No matrix of shape {shape} that is {', '.join(sorted(flags))} was found.")


#: Flags of matrices that may be singular, or never are.
_FREE = {"orthogonal", "probability", "integer"}


def _matrix_for(rng: random.Random, m: int, n: int, flags: frozenset[str], kind: str) -> Any:
    if "orthogonal" in flags and "diagonal" in flags:
        return _matrix(m, n, lambda i, j: Fraction((i == j) * rng.choice((-1, 1))))
    if "orthogonal" in flags and _SYM in flags:  # a reflection
        v = _matrix(n, 1, lambda i, j: Fraction(rng.randint(1, 3)))
        return _identity(n) - v @ v.T * (2 / sum(x * x for x in v.entries))
    if "orthogonal" in flags:
        return _orthonormal(rng, m, n)
    if "integer" in flags:
        return _matrix(m, n, lambda i, j: Fraction(rng.randint(2, 4)))
    X = _matrix(m, n, lambda i, j: _entry(rng, kind))
    if "probability" in flags:
        return X / (_array(((1,) * m,)) @ X)
    if "positive definite" in flags:
        half = patterned(
            _matrix(m, n, lambda i, j: Fraction(rng.randint(-2, 2), 2)), flags - {_SYM}
        )
        return half @ half.T + _matrix(n, n, lambda i, j: Fraction((i == j) * (i + 2), 2))
    if "dominant" in kind and m == n and "skew" not in flags:
        X = X + 2 * n * _identity(n)
    return patterned(X, flags)


_SYM = "symmetric"


def patterned(X: Any, flags: Iterable[str]) -> Any:
    """The matrix made symmetric, skew, diagonal or triangular by its upper or lower entries."""
    flags, (m, n) = set(flags), X.shape

    def entry(i: int, j: int) -> Fraction:
        if (
            ("diagonal" in flags and i != j)
            or ("lower" in flags and i < j)
            or ("upper" in flags and i > j)
        ):
            return Fraction(0)
        if flags & {"skew", _SYM, "positive definite"}:
            sign = (i < j) - (i > j) if "skew" in flags else 1
            return sign * X.entries[min(i, j) * n + max(i, j)]
        return X.entries[i * n + j]

    return _matrix(m, n, entry)


def _orthonormal(rng: random.Random, m: int, n: int) -> Any:
    """Orthonormal columns: those of Cayley's (I - S) (I + S)^-1, S skew, with signs."""
    S = patterned(_matrix(m, m, lambda i, j: Fraction(rng.randint(-2, 2))), {"skew"})
    Q = (_identity(m) - S) @ solve(_identity(m) + S, _identity(m))
    signs = [rng.choice((-1, 1)) for _ in range(n)]
    return _matrix(m, n, lambda i, j: signs[j] * Q.entries[i * m + j])


def _is_tame(X: Any) -> bool:
    """Whether a matrix has an inverse of moderate size."""
    try:
        inverse = solve(_floats(X), _identity(X.shape[0]))
    except NoValue:
        return False
    return max(map(abs, inverse.entries)) < 12


# -- Directions -----------------------------------------------------------------------------------


def direction(symbol: Symbol, values: Mapping[str, Any], seed: int = 0) -> Any:
    """A random direction in which a symbol may move at its value, so that its flags stay true.

    Symmetric, skew, diagonal and triangular ones move among their like, columns of probabilities
    with the sum 0, and orthonormal columns along their tangent space.

    Parameters
    ----------
    symbol : Symbol
    values : mapping
        As `draw` gives them.
    seed : int

    Returns
    -------
    Fraction or tuple of rows; a list of them for a sampled symbol

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.draw import direction, draw
    >>> X = Symbol("X", shape=("n", "n"))
    >>> X.flags = frozenset({"skew"})
    >>> H = direction(X, draw([X]).values)
    >>> H[0][1] == -H[1][0]
    True
    """
    rng = random.Random(f"direction {seed}")
    value = values[symbol.name]
    if isinstance(value, list):
        return [_plain(_tangent(rng, _array(X), _flags(symbol))) for X in value]
    return _plain(_tangent(rng, _array(value), _flags(symbol)))


def _step(rng: random.Random) -> Fraction:
    """An entry of a direction: of other denominators than the data, so that nothing cancels."""
    return Fraction(rng.choice((-1, 1)) * rng.randint(1, 17), 7)


def _tangent(rng: random.Random, X: Array, flags: frozenset[str]) -> Any:
    H: Any = Array(X.shape, [_step(rng) for _ in X.entries])
    if X.ndim < 2:
        return H
    if "orthogonal" in flags:  # Q S + (I - Q Q^T) H with S skew
        S = patterned(_matrix(X.shape[1], X.shape[1], lambda i, j: _step(rng)), {"skew"})
        Q: Any = X
        return Q @ S + H - Q @ (Q.T @ H)
    if "probability" in flags:
        m = X.shape[0]
        return H - _array(((Fraction(1, m),) * m,) * m) @ H
    return patterned(H, flags)
