"""How each question of an assignment did in a class."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .reports import Assignment, Grade

FEWEST = 10  # students from whom on a correlation says something


@dataclass(frozen=True)
class Item:
    """One question.

    Attributes
    ----------
    name : str
    points : float
    count : int
        Students with points in it.
    difficulty : float or None
        The mean share of the points.
    discrimination : float or None
        The correlation of its points with the points in all others. Near 0 or negative: who knows
        more does no better here, so look at the question and its test.
    public_only : tuple of Grade
        Who passed the public checks and failed a hidden test.
    """

    name: str
    points: float
    count: int
    difficulty: float | None
    discrimination: float | None
    public_only: tuple[Grade, ...]


def items(grades: Sequence[Grade], assignment: Assignment) -> list[Item]:
    """The questions of an assignment, coded and written, in their order."""
    scores = {name: _scores(grades, name) for name in [*assignment.coded, *assignment.written]}
    found = []
    for name, points in [*assignment.coded.items(), *assignment.written.items()]:
        mine = scores[name]
        share = statistics.fmean(mine.values()) / points if mine and points else None
        passed = tuple(grade for grade in grades if _public_only(grade, name))
        found.append(Item(name, points, len(mine), share, _discrimination(name, scores), passed))
    return found


def _scores(grades: Sequence[Grade], name: str) -> dict[int, float]:
    """The points of each student who has some in a question, by place."""
    found = {}
    for at, grade in enumerate(grades):
        if grade.written.get(name) is not None:
            found[at] = float(grade.written[name] or 0)
        elif question := _question(grade, name):
            found[at] = float(question["score"] or 0)
    return found


def _question(grade: Grade, name: str) -> dict[str, Any] | None:
    if not grade.result or grade.result["status"] != "graded":
        return None
    return next((one for one in grade.result["questions"] if one["name"] == name), None)


def _public_only(grade: Grade, name: str) -> bool:
    cases = (_question(grade, name) or {}).get("cases") or ()
    public = [case["passed"] for case in cases if not case["hidden"]]
    hidden = [case["passed"] for case in cases if case["hidden"]]
    return bool(public) and all(public) and not all(hidden)


def _discrimination(name: str, scores: dict[str, dict[int, float]]) -> float | None:
    """Over the students who have points in every question that most of them have points in."""
    counted = [other for other in scores if len(scores[other]) >= FEWEST and other != name]
    whole = [at for at in scores[name] if all(at in scores[other] for other in counted)]
    if len(whole) < FEWEST or not counted:
        return None
    rest = [math.fsum(scores[other][at] for other in counted) for at in whole]
    try:
        return statistics.correlation([scores[name][at] for at in whole], rest)
    except statistics.StatisticsError:  # all have the same
        return None
