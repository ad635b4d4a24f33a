"""How a claim is checked: draws, referees, bounds, wrong variants."""

from __future__ import annotations

import importlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .records import LOOKUP, errata, module_of, record
from .referees import BOUNDS, OTHER_BOUND

#: A wrong variant must be off by this much, relative to the stated value, or it is no variant.
WRONG = 1e-4

#: What is read from the table of rules must agree with the statement to this.
TABLE_BOUND = 1e-10

DRAWS = 5


class Refuted(AssertionError):
    """A referee found something else than the claim states, or a wrong variant went through."""


@dataclass(frozen=True)
class Check:
    """One thing that is stated, and who judges it.

    All values are arrays, numbers, strings or truth values, or lists of these. Floating-point
    numbers are compared relative to the size of the stated value; fractions, integers, strings and
    truth values must be equal.

    Parameters
    ----------
    stated : array_like
        The right side of the statement, evaluated on the draw.
    referees : mapping of str to array_like
        What each referee finds, at least two. A name of `referees.BOUNDS` brings its bound.
    wrong : mapping of str to array_like
        What tempting wrong variants give. Every referee must reject each of them.
    table : callable, optional
        Gives the value that lecturelib reads from its table of rules; called without arguments, so
        that nothing else in the check can depend on the table.
    bounds : mapping of str to float, optional
        Bounds of referees that are less, or more, exact than `referees.BOUNDS` says.
    """

    stated: Any
    referees: Mapping[str, Any]
    wrong: Mapping[str, Any] = field(default_factory=dict)
    table: Callable[[], Any] | None = None
    bounds: Mapping[str, float] = field(default_factory=dict)

    def bound(self, referee: str) -> float:
        """The bound of a referee; 0 where both values are exact."""
        if _exact(np.asarray(self.stated)) and _exact(np.asarray(self.referees[referee])):
            return 0.0
        return self.bounds.get(referee, BOUNDS.get(referee, OTHER_BOUND))

    def faults(self) -> Iterator[str]:
        """Who finds something else than is stated, a sentence each; nothing if all agree."""
        judges = [(name, found, self.bound(name)) for name, found in self.referees.items()]
        if self.table is not None:
            judges.append(("the table of rules", self.table(), TABLE_BOUND))
        for name, found, bound in judges:
            off = _gap(self.stated, found)
            if not off <= bound:
                yield (
                    f"{name} finds {_short(found)} where {_short(self.stated)} is stated "
                    f"(off by {off:.2g}, allowed {bound:.0e})"
                )

    def not_rejected(self) -> Iterator[tuple[str, str]]:
        """The wrong variants that went through, each with a referee who let it."""
        for variant, value in self.wrong.items():
            for name, found in self.referees.items():
                if not _gap(found, value) > max(WRONG, 10 * self.bound(name)):
                    yield variant, name
                    break


def _exact(value: Any) -> bool:
    return value.dtype.kind in "biuUO" and not (
        value.dtype.kind == "O" and any(isinstance(x, float | complex) for x in value.ravel())
    )


def _gap(stated: Any, found: Any) -> float:
    """How far two values are apart, relative to the size of the stated one."""
    a, b = np.asarray(stated), np.asarray(found)
    if a.shape != b.shape:
        return np.inf
    if "U" in (a.dtype.kind, b.dtype.kind) or "b" in (a.dtype.kind, b.dtype.kind):
        return 0.0 if np.array_equal(a, b) else np.inf
    if _exact(a) and _exact(b):
        return float(np.max(np.abs(np.asarray(a - b, dtype=float)), initial=0.0)) or (
            0.0 if np.array_equal(a, b) else np.inf  # too close for a float, and yet not equal
        )
    a, b = a.astype(complex), b.astype(complex)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    size = float(np.max(np.abs(a), initial=0.0)) or 1.0
    return float(np.max(np.abs(a - b), initial=0.0)) / size


def _short(value: Any) -> str:
    array = np.asarray(value)
    if array.dtype.kind in "fc":
        return np.array2string(array.ravel()[:4], precision=6, threshold=4)
    return str(array.ravel()[:4].tolist() if array.ndim else value)


@dataclass(frozen=True)
class Verdict:
    """What `examine` found; its text is the line that a page shows.

    Attributes
    ----------
    id : str
    draws : int
    referees, rejected : dict of str to float, tuple of str
        The referees with the bounds that their errors stayed under, and the rejected variants.
    table : bool
        Whether the table of rules was asked too, and agreed.
    outside : tuple of str
        What was not met of its conditions where it was seen to fail.
    """

    id: str
    draws: int
    referees: Mapping[str, float]
    rejected: tuple[str, ...]
    table: bool
    outside: tuple[str, ...] = ()

    def __str__(self) -> str:
        draws = "1 example" if self.draws == 1 else f"{self.draws} draws"
        named = [
            f"{name} ({'exact' if bound == 0 else f'to {bound:.0e}'})"
            for name, bound in self.referees.items()
        ]
        table = "; the table of rules agrees" if self.table else ""
        rejected = f"; rejected: {', '.join(map(_named, self.rejected))}" if self.rejected else ""
        return f"{self.id} holds on {draws}: {', '.join(named)}{table}{rejected}."


def _named(variant: str) -> str:
    """A wrong variant without the number of an erratum that no page shows."""
    name, _, number = variant.partition(" (E")
    known = errata().get("E" + number.rstrip(")"))
    return name if known is not None and known.verdict == "transcription" else variant


Judge = Callable[[np.random.Generator], Iterator[Check]]

#: id -> (function that yields checks from random numbers, how many draws)
_JUDGES: dict[str, tuple[Judge, int]] = {}

#: id -> (what is not met of its conditions, function that yields checks of the statement there)
_OUTSIDE: dict[str, dict[str, Judge]] = {}


def claim(claim_id: str, draws: int = DRAWS) -> Callable[..., Any]:
    """Enter the decorated function as the one that checks a claim.

    Parameters
    ----------
    claim_id : str
        The id of a record.
    draws : int
        On how many draws `verify` runs it; 1 for a claim about fixed numbers.
    """

    def enter(judge: Judge) -> Any:
        record(claim_id)  # an unknown id is an error here, not when someone verifies
        if claim_id in _JUDGES:
            raise ValueError(f"The claim {claim_id!r} is checked twice; remove one of the two.")
        _JUDGES[claim_id] = (judge, draws)
        return judge

    return enter


def outside(claim_id: str, what: str) -> Callable[..., Any]:
    """Enter the decorated function as draws just outside a condition, where a claim must fail.

    Parameters
    ----------
    claim_id : str
        The id of a record.
    what : str
        What is not met there: ``"A is not symmetric"``. The function states what the claim would
        state, and on every draw some referee must find something else. Where the statement is not
        even defined there is nothing to draw; the record's ``outside`` says so.
    """

    def enter(judge: Judge) -> Any:
        record(claim_id)
        if what in _OUTSIDE.setdefault(claim_id, {}):
            raise ValueError(f"The claim {claim_id!r} has two draws outside of it called {what!r}.")
        _OUTSIDE[claim_id][what] = judge
        return judge

    return enter


def outside_of(claim_id: str) -> list[tuple[str, Judge]]:
    """The draws outside a claim's conditions: what is not met, and the function."""
    judge_of(claim_id)  # which reads the module
    return list(_OUTSIDE.get(claim_id, {}).items())


def fails(claim_id: str, what: str, judge: Judge, draw: int, seed: int = 0) -> bool:
    """Whether referees find the statement false on a draw outside its conditions."""
    found = judge(numbers(f"{claim_id} {what}", draw, seed))  # the table of rules is no referee
    return any(True for check in found for _ in replace(check, table=None).faults())


def judge_of(claim_id: str) -> tuple[Judge, int]:
    """The function that checks a claim, and its number of draws."""
    known = record(claim_id)
    if claim_id.startswith(LOOKUP):
        from ..lookup import checks, row  # this module knows nothing of them otherwise

        return checks.judge(row(claim_id)), checks.DRAWS
    importlib.import_module(f".{module_of(known.page)}", __package__)
    if claim_id not in _JUDGES:
        raise ValueError(
            f"The claim {claim_id!r} has no check"
            + (f": {known.uncheckable}" if known.uncheckable else ".")
        )
    return _JUDGES[claim_id]


def checks(claim_id: str, draw: int, seed: int = 0) -> list[Check]:
    """The checks of one draw of a claim."""
    judge, _ = judge_of(claim_id)
    return list(judge(numbers(claim_id, draw, seed)))


def numbers(claim_id: str, draw: int, seed: int = 0) -> np.random.Generator:
    """The random numbers of one draw of a claim."""
    return np.random.default_rng([zlib.crc32(claim_id.encode()), draw, seed])


def examine(claim_id: str, seed: int = 0, draws: int | None = None) -> Verdict:
    """Run a claim's referees and wrong variants.

    Parameters
    ----------
    claim_id : str
    seed : int
        Another seed draws other examples.
    draws : int, optional
        On how many draws; the claim's own number if not given.

    Returns
    -------
    Verdict

    Raises
    ------
    Refuted
        A referee disagrees, or does not reject a wrong variant; the message says which.
    ValueError
        There is no such claim, or no machine can check it.
    ModuleNotFoundError
        A referee needs a package that is not installed; the message names it.

    Notes
    -----
    A number that is wrong in general is right by chance on one draw in some ten thousand. So of
    several draws a variant may go through on one; of a single one, on none.
    """
    _, usual = judge_of(claim_id)
    draws = usual if draws is None else draws
    bounds: dict[str, float] = {}
    rejected: dict[str, None] = {}
    table = False
    went_through: Counter[tuple[int, str]] = Counter()
    for draw in range(draws):
        at = f"{claim_id}, draw {draw} of seed {seed}"
        for place, check in enumerate(_asked(claim_id, draw, seed)):
            for fault in check.faults():
                raise Refuted(f"{at}: {fault}.")
            for variant, name in check.not_rejected():
                went_through[place, variant] += 1
                if went_through[place, variant] > 1 or draws == 1:
                    raise Refuted(f"{at}: {name} does not reject the wrong variant '{variant}'.")
            for name in check.referees:
                bounds[name] = max(bounds.get(name, 0.0), check.bound(name))
            rejected |= dict.fromkeys(check.wrong)
            table = table or check.table is not None
        for what, judge in outside_of(claim_id):
            if not fails(claim_id, what, judge, draw, seed):
                raise Refuted(f"{at}: it holds although this is not met: {what}.")
    without = tuple(what for what, _ in outside_of(claim_id))
    return Verdict(claim_id, draws, bounds, tuple(rejected), table, without)


def _asked(claim_id: str, draw: int, seed: int) -> Iterator[Check]:
    try:
        yield from checks(claim_id, draw, seed)
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"{missing.name} is one of the referees of {claim_id}, and is not installed. Install "
            f"it with: pip install {missing.name}",
            name=missing.name,
        ) from None


def verify(claim_id: str) -> None:
    """Check a claim of the course and print one line: by whom, how exactly, what was rejected.

    Parameters
    ----------
    claim_id : str
        The claim's id, as the ledger lists it.

    Raises
    ------
    Refuted
        A referee disagrees, or does not reject a wrong variant.
    ValueError
        There is no such claim; the message names the nearest ones.

    Examples
    --------
    >>> from lecturelib import verify
    >>> verify("trace-transpose")  # doctest: +ELLIPSIS
    trace-transpose holds on 5 draws: ...
    """
    known = record(claim_id)
    if known.uncheckable:
        print(f"{claim_id} is not for a machine to check: {known.uncheckable}")
    else:
        print(examine(claim_id))
