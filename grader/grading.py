"""One notebook graded: its cells run in a sandbox, the tests here.

The student's functions arrive as stand-ins that call the sandbox; everything else as plain data.
A test never shares a process with what it tests.
"""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import functools
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from lecturelib import checks
from lecturelib.checks import AnswerFailed, verdict

from . import plain
from .errors import GraderError
from .notebooks import NotANotebook, assigned_text, read_cells, written_answers
from .sandbox import Ended, Sandbox

#: A class's submissions, and a question's public and hidden tests, ask for the same few files.
test_cases = functools.cache(checks.test_cases)


@dataclasses.dataclass
class Result:
    """What grading one notebook found; all text in it comes from a student.

    Attributes
    ----------
    status : {"graded", "by hand"}
    reason : str
        Why a person must look at it, in a sentence.
    questions : list of dict
        ``name, points, score, cases`` of each coded question; a case has ``name, hidden, passed,
        points, message``.
    written : list of dict
        ``name, points, answer`` of each written question.
    notes : list of str
        What happened while the cells ran.
    owner : str
        The id whose numbers the questions with numbers of the student's own were graded for.
    isolation : str
    seconds, memory_mb : float
    """

    status: str = "graded"
    reason: str = ""
    questions: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    written: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    owner: str = ""
    isolation: str = ""
    seconds: float = 0.0
    memory_mb: float = 0.0

    def by_hand(self, reason: str) -> None:
        self.status = "by hand"
        self.reason = " ".join([*filter(None, [self.reason]), reason])


def read_assignment(path: Path) -> dict[str, Any]:
    """What `building` wrote for the grader.

    Raises
    ------
    GraderError
        If it is not there.
    """
    if not path.is_file():
        raise GraderError(f"{path} is not there; build the assignment first: make homework.")
    return json.loads(path.read_text("utf-8"))


def grade(
    notebook: bytes, assignment: dict[str, Any], isolation: str, student_id: str | None = None
) -> Result:
    """Grade one notebook.

    Parameters
    ----------
    notebook : bytes
        As handed in.
    assignment : dict
        From `read_assignment`.
    isolation : str
        From `choose_isolation`.
    student_id : str, optional
        Whose it is, where that is known from outside the notebook.

    Returns
    -------
    Result
        Whatever the notebook does; this raises nothing on its account.
    """
    result = Result(isolation=isolation)
    result.questions = [_untested(question) for question in _coded(assignment)]
    try:
        cells = read_cells(notebook)
    except NotANotebook as error:
        result.by_hand(str(error))
        return result
    written = [question for question in assignment["questions"] if question["written"]]
    answers = written_answers(cells, [question["name"] for question in written])
    result.written = [
        {"name": q["name"], "points": q["points"], "answer": answers[q["name"]]} for q in written
    ]
    own_id = assigned_text(cells, "STUDENT_ID")
    result.owner = plain.printable(student_id or own_id or "...", 40)
    if student_id and own_id != student_id:
        result.notes.append(
            f"STUDENT_ID in the notebook is {plain.printable(own_id, 40) or 'not set'}, and this "
            f"is {student_id}'s: the questions with numbers of the student's own use {student_id}."
        )
    if not _belongs(cells, assignment):
        result.by_hand(
            f"The notebook has none of the names that {assignment['title']} asks for: it seems to "
            "be another assignment's."
        )
        return result
    sandbox = Sandbox(assignment["limits"], isolation)
    try:
        with sandbox:
            _run_cells(sandbox, cells, assignment, result)
            names = _Names(sandbox, assignment["seed"], student_id or own_id or "...")
            # All public tests come before any hidden one: what a function is called with in a
            # hidden test must not show in what a public one says.
            for hidden in (False, True):
                for tested in result.questions:
                    _test(assignment["tests"][tested["name"]], names, tested, hidden)
    except Ended as error:
        result.by_hand(f"The notebook's process was ended. {error}")
    result.seconds, result.memory_mb = round(sandbox.seconds, 2), round(sandbox.memory_mb, 1)
    return result


def _coded(assignment: dict[str, Any]) -> list[dict[str, Any]]:
    return [question for question in assignment["questions"] if not question["written"]]


def _untested(question: dict[str, Any]) -> dict[str, Any]:
    return {"name": question["name"], "points": question["points"], "score": 0.0, "cases": []}


def _belongs(cells: list[dict[str, Any]], assignment: dict[str, Any]) -> bool:
    code = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
    return any(name in code for name in names_asked(assignment) - {"page", "unclear"})


def names_asked(assignment: dict[str, Any]) -> set[str]:
    """The names that the tests ask for."""
    cases = (case for source in assignment["tests"].values() for case in test_cases(source))
    return {name for case in cases for name in case.body.asks_for} - {
        "SEED",
        "STUDENT_ID",
    }


def _run_cells(
    sandbox: Sandbox, cells: list[dict[str, Any]], assignment: dict[str, Any], result: Result
) -> None:
    code = [(i, cell["source"]) for i, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    known = {number for number, _ in code}
    stopped = []
    for error in sandbox.run(code, assignment["files"])[: len(code)]:
        number = error.get("cell")
        if type(number) is not int or number not in known:
            continue
        known.remove(number)  # each cell ends once
        kind, message = (
            plain.printable(error.get("kind"), 60),
            plain.printable(error.get("message")),
        )
        if kind == "Stopped":
            what = f"did not end within {assignment['limits']['cell_seconds']} seconds"
            stopped.append(str(number))
        else:
            what = f"raised {kind}{': ' + message if message else ''}"
        result.notes.append(f"Cell {number} {what}.")
    if stopped:
        which = f"Cell {stopped[0]}" if len(stopped) == 1 else f"Cells {', '.join(stopped)}"
        result.by_hand(
            f"{which} did not end within {assignment['limits']['cell_seconds']} seconds and had "
            "to be stopped; the others ran."
        )


def _test(source: str, names: _Names, tested: dict[str, Any], hidden: bool) -> None:
    """Run a question's public or its hidden cases."""
    names.turn_to(tested["name"], hidden)
    for case in test_cases(source):
        if case.hidden != hidden:
            continue
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            fault = verdict(case.body, names)
        tested["cases"].append(
            {
                "name": case.name,
                "hidden": case.hidden,
                "passed": not fault,
                "points": case.points,
                "message": plain.printable(fault, 600),
            }
        )
    earned = sum(case["points"] for case in tested["cases"] if case["passed"])
    tested["score"] = round(min(earned, tested["points"]), 6)


class _Names:
    """What a test may ask of the notebook, by name; asked once."""

    def __init__(self, sandbox: Sandbox, seed: int, student_id: str) -> None:
        self._sandbox, self._seed, self._hidden = sandbox, seed, False
        self._known: dict[str, Any] = {"STUDENT_ID": student_id}

    def turn_to(self, question: str, hidden: bool) -> None:
        """The question whose test asks next. Each draws from a seed of its own."""
        digest = hashlib.sha256(f"{self._seed}/{question}".encode()).digest()
        self._known["SEED"] = int.from_bytes(digest[:8], "big")
        self._hidden = hidden

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self._known:
            self._known[name] = self._sandbox.get(name)
        value = self._known[name]
        return _Quiet(value) if self._hidden and callable(value) else value


#: Kinds of errors that a hidden test's message may name; a student's own could tell its data.
NAMED_ERRORS = {name for name in dir(builtins) if name.endswith("Error")} | {"LinAlgError"}


class _Quiet:
    """A student's function in a hidden test: what it says when it fails could tell the data."""

    def __init__(self, function: Any) -> None:
        self._function, self.__name__ = function, function.__name__

    def __call__(self, *arguments: Any) -> Any:
        try:
            return self._function(*arguments)
        except AnswerFailed as error:
            kind = str(error).removeprefix("raised ").partition(":")[0]
            if str(error).startswith("raised "):
                raise AnswerFailed(
                    f"raised {kind if kind in NAMED_ERRORS else 'an error'}"
                ) from None
            raise


def fingerprint(notebook: bytes, assignment: dict[str, Any], *more: str) -> str:
    """Changes when the notebook, the tests or the limits do: what is graded again, and what not."""
    digest = hashlib.sha256(notebook)
    for part in (json.dumps(assignment, sort_keys=True), *more):
        digest.update(part.encode("utf-8", "replace"))
    return digest.hexdigest()
