"""One notebook graded: its cells run in a sandbox, the tests here.

The student's functions arrive as stand-ins that call the sandbox; everything else as plain data.
A test never shares a process with what it tests.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dataclasses
import functools
import hashlib
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lecturelib import checks
from lecturelib.checks import AnswerFailed, verdict
from lecturelib.checks.formulas import compared_by

from . import plain
from .errors import GraderError
from .formulas_apart import FormulasApart
from .notebooks import NotANotebook, assigned_text, assignment_of, read_cells
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
        Why a person must look at it, in sentences.
    public_reason : str
        The same without what only the hidden tests have brought out: what a student may see before
        the scores are published.
    questions : list of dict
        ``name, points, score, cases`` of each coded question; a case has ``name, hidden, passed,
        points, message``.
    written : list of dict
        ``name, points`` of each written question, and on an instructor's machine ``answer``, which
        `scoring` adds: pieces as `written.collect` finds them.
    unplaced : list of dict
        What was typed and belongs to no question for certain; from `written.collect`, too.
    code : list of (int, str)
        The lines of code that were typed, with the numbers of their cells.
    report : dict
        The report of a confusing spot.
    notes : list of str
        What happened while the cells ran.
    owner : str
        The id whose numbers the questions with numbers of the student's own were graded for.
    isolation : str
    open : bool
        Whether its code could read the grader's own files; its scores then prove nothing.
    seconds, memory_mb : float
    """

    status: str = "graded"
    reason: str = ""
    public_reason: str = ""
    questions: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    written: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    unplaced: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    code: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    report: dict[str, str | None] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    owner: str = ""
    isolation: str = ""
    open: bool = False
    seconds: float = 0.0
    memory_mb: float = 0.0

    def by_hand(self, reason: str, hidden: bool = False) -> None:
        """Leave it to a person; `hidden` if only the hidden tests brought the reason out."""
        self.status = "by hand"
        self.reason = f"{self.reason} {reason}".strip()
        if not hidden:
            self.public_reason = f"{self.public_reason} {reason}".strip()


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
    notebook: bytes,
    assignment: dict[str, Any],
    isolation: str,
    owners: Sequence[Sequence[str]] = (),
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
    owners : sequence of sequence of str
        Whose it is, where that is known from outside the notebook: of each student of a group what
        counts as the id, the usual one first. The numbers of any of them will do.

    Returns
    -------
    Result
        Whatever the notebook does; this raises nothing on its account.

    Raises
    ------
    GraderError
        If the sandbox does not start.
    """
    result = Result(isolation=isolation)
    result.questions = [_untested(question) for question in _coded(assignment)]
    try:
        cells = read_cells(notebook)
        mark = assignment_of(notebook)
    except NotANotebook as error:
        result.by_hand(str(error))
        return result
    if fault := _not_this(mark, cells, assignment):
        result.by_hand(fault)
        return result
    result.written = [
        {"name": question["name"], "points": question["points"]}
        for question in assignment["questions"]
        if question["written"]
    ]
    result.owner = _owner(assigned_text(cells, "STUDENT_ID"), owners, result.notes)
    asked = names_asked(assignment)  # reads the tests, in time that is not the notebook's
    sandbox = Sandbox(assignment["limits"], isolation)
    formulas = {question["name"] for question in _coded(assignment) if question.get("formula")}
    of_code = [tested for tested in result.questions if tested["name"] not in formulas]
    hidden = False
    stopped: list[int] = []
    try:
        with sandbox:
            stopped = _run_cells(sandbox, cells, assignment, result)
            names = _Names(sandbox, assignment["seed"], result.owner)
            # All public tests come before any hidden one, and what is no function is asked for
            # before too: what a function is called with in a hidden test must not show in it.
            for tested in of_code:
                _test(assignment["tests"][tested["name"]], names, tested, hidden)
            for name in asked:
                names.get(name)
            hidden = True
            for tested in of_code:
                _test(assignment["tests"][tested["name"]], names, tested, hidden)
        _test_formulas(formulas, names, assignment, result)
    except Ended as error:
        result.by_hand(f"The notebook's process was ended. {error}", hidden)
    _look_at_stopped(stopped, cells, assignment, result)
    result.open = sandbox.open
    result.seconds, result.memory_mb = round(sandbox.seconds, 2), round(sandbox.memory_mb, 1)
    return result


def _owner(own_id: str | None, owners: Sequence[Sequence[str]], notes: list[str]) -> str:
    """The id whose numbers count: the notebook's, if it is one of those whose notebook it is."""
    known = [identity for owner in owners for identity in owner if identity]
    typed = plain.printable(own_id, 40)
    if not known or typed.casefold() in {identity.casefold() for identity in known}:
        return typed or "..."
    notes.append(
        f"STUDENT_ID in the notebook is {typed or 'not set'}, and this is {known[0]}'s: the "
        f"questions with numbers of the student's own use {known[0]}."
    )
    return known[0]


def _coded(assignment: dict[str, Any]) -> list[dict[str, Any]]:
    return [question for question in assignment["questions"] if not question["written"]]


def _untested(question: dict[str, Any]) -> dict[str, Any]:
    return {"name": question["name"], "points": question["points"], "score": 0.0, "cases": []}


def _not_this(mark: str, cells: list[dict[str, Any]], assignment: dict[str, Any]) -> str:
    """Why a notebook is not this assignment's, in a sentence; nothing if it seems to be.

    The mark that `building` puts into it decides; where a program has dropped it, most of the names
    that the tests ask for must be there.
    """
    if mark == assignment["assignment"]:
        return ""
    if mark:
        other = plain.printable(mark, 40)
        return f"The notebook is marked as {other}'s, and this is {assignment['title']}."
    code = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
    asked = names_asked(assignment) - NAMES_OF_ALL
    found = asked & set(re.findall(r"\w+", code))
    if 2 * len(found) > len(asked):
        return ""
    return (
        f"The notebook has {len(found)} of the {len(asked)} names that {assignment['title']} asks "
        "for: it seems to be another assignment's."
    )


#: Names that every assignment asks for, in its report of a confusing spot.
NAMES_OF_ALL = {"page", "unclear"}


def names_asked(assignment: dict[str, Any]) -> set[str]:
    """The names that the tests ask for."""
    return {name for source in assignment["tests"].values() for name in _asked_in(source)}


def _asked_in(source: str) -> set[str]:
    names = {name for case in test_cases(source) for name in case.body.asks_for}
    return names - {"SEED", "STUDENT_ID"}


def _run_cells(
    sandbox: Sandbox, cells: list[dict[str, Any]], assignment: dict[str, Any], result: Result
) -> list[int]:
    """Run all cells, note what they raised, and give the numbers of those that were stopped."""
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
            what = (
                f"did not end within {assignment['limits']['cell_seconds']} seconds and had to be "
                "stopped; the others ran"
            )
            stopped.append(number)
        else:
            what = f"raised {kind}{': ' + message if message else ''}"
        result.notes.append(f"Cell {number} {what}.")
    return stopped


def _look_at_stopped(
    stopped: list[int], cells: list[dict[str, Any]], assignment: dict[str, Any], result: Result
) -> None:
    """A cell that was stopped matters if a question lost points on a name which it defines."""
    defined = {name for number in stopped for name in _bound(cells[number - 1]["source"])}
    for question in result.questions:
        if question["score"] < question["points"]:
            lacking = defined & _asked_in(assignment["tests"][question["name"]])
            if lacking:
                which = " or ".join(sorted(lacking))
                result.by_hand(
                    f"A cell that defines {which} had to be stopped, and {question['name']} lost "
                    "points.",
                    hidden=True,
                )


def _bound(source: str) -> set[str]:
    """The names that a cell defines, in its loops too; all that it mentions if it is no Python."""
    try:
        tree = ast.parse(re.sub(r"^[ \t]*[%!].*", "", source, flags=re.MULTILINE))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"\w+", source))
    return {
        node.id if isinstance(node, ast.Name) else node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }


def _test(source: str, names: _Names, tested: dict[str, Any], hidden: bool) -> None:
    """Run a question's public or its hidden cases."""
    names.turn_to(tested["name"], hidden)
    for case in test_cases(source):
        if case.hidden != hidden:
            continue
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            fault = verdict(case.body, names)
        if hidden:
            fault = without_numbers(fault)
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


def _test_formulas(
    formulas: set[str], names: _Names, assignment: dict[str, Any], result: Result
) -> None:
    """Test the questions that ask for a formula, once the notebook's process is gone.

    Its formulas are texts that were fetched before. They are compared in a process in which no
    notebook has run, and whose time is not the notebook's.
    """
    with FormulasApart(assignment["limits"], result.isolation) as apart, compared_by(apart):
        for tested in result.questions:
            if tested["name"] in formulas:
                apart.undecided.clear()
                for hidden in (False, True):
                    _test(assignment["tests"][tested["name"]], names, tested, hidden)
                for formula in apart.undecided:
                    result.by_hand(
                        f"In {tested['name']} the grader can't tell whether the formula "
                        f"{plain.printable(formula, 200)} is right. It has "
                        f"{tested['score']:g} of {tested['points']:g} points there so far.",
                        hidden=True,
                    )


class _Names:
    """What a test may ask of the notebook, by name; asked once."""

    def __init__(self, sandbox: Sandbox, seed: int, student_id: str) -> None:
        self._sandbox, self._seed, self._hidden = sandbox, seed, False
        self._known: dict[str, Any] = {"STUDENT_ID": student_id}

    def turn_to(self, question: str, hidden: bool) -> None:
        """The question whose test asks next. Each draws from a seed of its own."""
        digest = hashlib.sha256(f"{self._seed}/{question}".encode()).digest()
        self._known["SEED"] = int.from_bytes(digest[:16], "big")
        self._hidden = hidden

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self._known:
            self._known[name] = self._sandbox.get(name)
        value = self._known[name]
        return _Quiet(value) if self._hidden and callable(value) else value


#: Numbers that slips are named by; a function that returns others could tell its data with them.
FEW = {"0", "1", "2", "3", "4", "-1", "-2", "0.5", "-0.5", "1/2", "-1/2"}
DIGITS = r"\d[\d.]*(?:e[-+]?\d+)?"
NUMBER = rf"[-+]?{DIGITS}(?:/\d+|[-+]{DIGITS}j)?j?"


def without_numbers(message: str) -> str:
    """What a hidden test says, without shapes and numbers, which the answer itself can choose.

    Sixty bits fit into a shape, and a factor of six digits is twenty: enough for a function to tell
    what it was called with. The first small number stays, as "off by the factor 2" needs it.

    Examples
    --------
    >>> without_numbers("g has shape (31, 4, 15), and (3,) is asked for")
    'g has another shape than is asked for'
    >>> without_numbers("off by the factor 2: g is 2 times the right result")
    'off by the factor 2: g is … times the right result'
    """
    shape = r"\((?:\d+, ?)*\d*,?\)"
    message = re.sub(
        rf"has shape {shape}, and {shape} is asked for",
        "has another shape than is asked for",
        message,
    )
    message = re.sub(rf"(an array) of shape {shape}", r"\1", message)
    entry = rf"(?: at entry (?:{shape}|\d+))?"
    message = re.sub(rf", most{entry}: {NUMBER} given, {NUMBER} needed", "", message)
    message = re.sub(rf"\({NUMBER}(?:, ?{NUMBER})*,?\)", "(…)", message)
    kept = iter([True])

    def seen(number: re.Match[str]) -> str:
        return number[0] if number[0] in FEW and next(kept, False) else "…"

    return re.sub(rf"(?<![\w.]){NUMBER}(?!\w)", seen, message)


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
