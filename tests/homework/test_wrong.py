"""What students write wrongly gets exactly the points and the message that it should.

Every wrong answer is judged by the tests in this process, and ten of each assignment also the
whole way: a notebook, a sandbox, the grader.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import pytest
from built import NAMES, STUDENT, assignment, coded_points, graded, messages, scores, solved
from wrong import Wrong, all_wrong

import lecturelib.checks
from lecturelib.checks import test_cases, verdict


def label(name: str, wrong: Wrong) -> str:
    return f"{name}-{wrong.question}{wrong.variant}-{wrong.title}"


def of(name: str) -> list[Wrong]:
    return [wrong for known, wrong in all_wrong() if known == name]


def spread(name: str, many: int = 10) -> list[Wrong]:
    """Some of an assignment's wrong answers, from its first question to its last."""
    every = of(name)
    return [every[round(i * (len(every) - 1) / (many - 1))] for i in range(many)]


ALL = [pytest.param(name, wrong, id=label(name, wrong)) for name, wrong in all_wrong()]
SOME = [pytest.param(name, w, id=label(name, w)) for name in NAMES for w in spread(name)]


@functools.cache
def code_of(name: str, variant: str) -> str:
    cells = json.loads(solved(name, variant))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def judged(name: str, wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> tuple[float, str]:
    """Points and feedback of the wrong answer's question, without a sandbox."""
    monkeypatch.setattr(lecturelib.checks, "public_checks", lambda *_: None)
    task = assignment(name, wrong.variant)
    names: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        exec(code_of(name, wrong.variant) + wrong.code, names)
        names |= {"SEED": task["seed"], "STUDENT_ID": STUDENT}
        cases = test_cases(task["tests"][wrong.question])
        faults = [verdict(case.body, names) for case in cases]
    points = [case.points or 0.0 for case in cases]
    earned = sum(each for each, fault in zip(points, faults, strict=True) if not fault)
    return round(earned, 6), "\n".join(faults)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "wrong"), ALL)
def test_a_wrong_answer_gets_its_points_and_its_message(name, wrong, monkeypatch):
    points, feedback = judged(name, wrong, monkeypatch)
    assert points == wrong.points < coded_points(name, wrong.variant)[wrong.question]
    assert wrong.message in feedback


@pytest.mark.parametrize(("name", "wrong"), SOME)
def test_the_grader_says_the_same_and_the_other_questions_keep_their_points(name, wrong):
    result = graded(solved(name, wrong.variant, wrong.code), name, wrong.variant)
    assert result.status == "graded", result.reason
    full = coded_points(name, wrong.variant)
    assert scores(result) == full | {wrong.question: wrong.points}
    assert wrong.message in messages(result, wrong.question)


@pytest.mark.parametrize("name", NAMES)
def test_there_are_at_least_ten_for_each_assignment_and_two_for_each_question(name):
    assert sum(wrong.variant == "a" for wrong in of(name)) >= 10
    assert len({label(name, wrong) for wrong in of(name)}) == len(of(name))
    for question in set(coded_points(name)) - {"report"}:
        for variant in "ab":
            found = [w for w in of(name) if (w.question, w.variant) == (question, variant)]
            assert len(found) >= 2, (question, variant)


def test_the_usual_slips_are_all_among_them():
    said = " ".join(wrong.message for _, wrong in all_wrong())
    for slip in ("placeholder", "transpose", "flattened", "factor", "wrong sign", "symmetric",
                 "changed its argument", "not finite", "not a function", "has shape",
                 "own formula", "raised"):  # fmt: skip
        assert slip in said, slip
