"""Feedback on a student's answer: right, or which of the usual slips it seems to be.

An answer is compared with the right result at a few random points, with other sizes and other
numbers in each course's hidden tests. What seems to have gone wrong is said by
`lecturelib.checks.slips`. Messages never hold a formula.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from ..withheld import WithheldError, own_formula
from .agreement import Agreement
from .derivatives import SEED, Report, _not_numbers
from .slips import Slip, Wrong, multiple, slip_of, sum_or_mean

#: A relative error below this one is no slip of algebra: something was rounded or approximated.
CLOSE = 1e-2

#: What a template shows in the place of an answer, and of the student's id.
PLACEHOLDER = "..."


class AnswerFailed(Exception):
    """An answer that runs in another process failed there; the text ends a sentence on it.

    A grader raises it: ``AnswerFailed("did not end within 10 seconds")``.
    """


def check_answer(
    answer: Any,
    expected: Callable[..., Any],
    draw: Callable[[np.random.Generator], Any],
    seed: int | None = None,
    draws: int = 3,
    name: str | None = None,
    own_formula: bool = False,
) -> Report:
    """Does a student's function give the right result, and if not, which slip is it?

    Parameters
    ----------
    answer : callable
        The student's function; anything else is named for what it is.
    expected : callable
        The right result from the same arguments. Messages use the names of its parameters.
    draw : callable
        ``draw(rng)`` gives the arguments, a tuple; draw matrices that are not symmetric and whose
        sizes differ, so that no slip can hide.
    seed : int, optional
        The seed of ``rng``; the public checks' own if left out.
    draws : int
        At how many points the two are compared.
    name : str, optional
        What messages call the answer; its own name if left out.
    own_formula : bool
        Whether lecturelib and SymPy refuse to differentiate while the answer runs.

    Returns
    -------
    Report
        Its message is one sentence.

    Examples
    --------
    >>> from lecturelib import gradient
    >>> from lecturelib.checks import check_answer
    >>> def expected(A, x):
    ...     return gradient(lambda x: x @ A @ x, x)
    >>> def draw(rng):
    ...     return rng.standard_normal((3, 3)), rng.standard_normal(3)
    >>> bool(check_answer(lambda A, x: (A + A.T) @ x, expected, draw))
    True
    >>> print(check_answer(lambda A, x: 2 * A @ x, expected, draw, name="g").message)
    g is right only for symmetric A, and A need not be symmetric
    """
    name = name or _name_of(answer, sys._getframe(1).f_locals)
    trial = _Trial(answer, expected, name, own_formula)
    if fault := _placeholder(name, answer):
        return trial.wrong(fault)
    if not callable(answer):
        return trial.wrong(
            f"{name} is not a function: it is {_kind(answer)}, and the question asks for a "
            f"function of {', '.join(trial.parameters)}"
        )
    rng = np.random.default_rng(SEED if seed is None else seed)
    points = [_as_tuple(draw(rng)) for _ in range(draws)]
    claimed, known = [], []
    for point in points:
        value, fault = trial.call(point)
        right = trial.right(point)
        if fault := fault or _unusable(f"the result of {name}", value, right):
            return trial.wrong(fault, trial.slip_of_shape(value, right, point))
        claimed.append(np.asarray(value))
        known.append(right)
    return _compared(trial, claimed, known, points)


def check_value(value: Any, expected: Any, name: str) -> Report:
    """Is a student's number or array the right one, and if not, which slip is it?

    Parameters
    ----------
    value : array_like
        The student's; anything else is named for what it is.
    expected : array_like
        The right one.
    name : str
        What messages call it.

    Returns
    -------
    Report

    Examples
    --------
    >>> from lecturelib.checks import check_value
    >>> print(check_value([2.0, 4.0], [1.0, 2.0], "w").message)
    off by the factor 2: w is 2 times the right result
    """
    trial = _Trial(None, lambda: expected, name)
    right = np.asarray(expected)
    if fault := _placeholder(name, value) or _unusable(name, value, right):
        return trial.wrong(fault, trial.slip_of_shape(value, right, ()))
    return _compared(trial, [np.asarray(value)], [right], [()])


def check_text(value: Any, allowed: Iterable[str], name: str) -> Report:
    """Is a student's word one of those allowed (capitals and spaces at the ends aside)?

    Parameters
    ----------
    value : str or int
        A whole number counts as its digits: 3 is "3".
    allowed : iterable of str
        All options in a public check, the right ones in a hidden one.
    name : str
        What messages call it.

    Returns
    -------
    Report

    Examples
    --------
    >>> from lecturelib.checks import check_text
    >>> print(check_text("maybe", ["yes", "no"], "is_linear").message)
    is_linear is 'maybe', which is not among the answers that count
    """
    fault = _placeholder(name, value)
    if isinstance(value, Integral) and not isinstance(value, bool):
        value = str(value)
    if not fault and not isinstance(value, str):
        fault = f"{name} is {_kind(value)}, and a text in quotes is asked for"
    if not fault and value.strip().lower() not in {text.lower() for text in allowed}:
        fault = f"{name} is {value[:40]!r}, which is not among the answers that count"
    return Report("check_text", not fault, fault or f"{name} is right")


#: A word; of Chinese, Japanese and Korean, which have no blanks, each character counts as one.
CHARACTER = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(f"[{CHARACTER}]|[^\\W\\d_{CHARACTER}]+")


def check_report(page: Any, unclear: Any) -> Report:
    """Does a report of a confusing spot name a page, and say in eight words what was unclear?

    At least six of the words are different and longer than a letter. Whether they make sense, a
    person sees.

    Parameters
    ----------
    page, unclear : str

    Returns
    -------
    Report

    Examples
    --------
    >>> from lecturelib.checks import check_report
    >>> print(check_report("Linearisation", "The remainder.").message)
    unclear has 2 words; say in at least 8 what confused you
    """
    fault = ""
    for name, text in (("page", page), ("unclear", unclear)):
        fault = fault or _placeholder(name, text)
        if not fault and (not isinstance(text, str) or not text.strip()):
            fault = f"{name} is {_kind(text)}, and a text in quotes is asked for"
    words = WORD.findall(unclear.casefold()) if not fault else []
    different = {word for word in words if len(word) > 1 or re.match(f"[{CHARACTER}]", word)}
    if not fault and len(words) < 8:
        fault = f"unclear has {len(words)} words; say in at least 8 what confused you"
    elif not fault and len(different) < 6:
        fault = f"unclear has {len(words)} words that say nothing; write what confused you"
    return Report("check_report", not fault, fault or "thank you for the report")


def result_of(answer: Any, **arguments: Any) -> Any:
    """What a student's function returns, for a test of results that are not unique.

    Parameters
    ----------
    answer : callable
    **arguments
        Passed in this order, without the names, which only messages use. The answer gets copies.

    Returns
    -------
    object

    Raises
    ------
    AssertionError
        If the call fails, changes an argument, or returns nothing; the message says which.

    Examples
    --------
    >>> from lecturelib.checks import result_of
    >>> result_of(lambda n: 2 * n, n=3)
    6
    """
    name = _name_of(answer, sys._getframe(1).f_locals)
    value, fault = _called(answer, name, arguments, tuple(arguments.values()))
    if fault:
        raise AssertionError(fault)
    return value


def require(report: Report) -> None:
    """Fail a test with the report's message if the result is not right.

    Parameters
    ----------
    report : Report

    Raises
    ------
    AssertionError
        With the report's message.

    Examples
    --------
    >>> from lecturelib.checks import check_value, require
    >>> require(check_value(2.0, 2.0, "x"))
    """
    if not report:
        raise AssertionError(report.message)


def student_rng(assignment: str, student_id: str) -> np.random.Generator:
    """Random numbers that depend on the student's id, the same for the student and the grader.

    Parameters
    ----------
    assignment : str
        A name, so that each question has numbers of its own.
    student_id : str
        Capitals and spaces around it do not matter.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> from lecturelib.checks import student_rng
    >>> first, again = student_rng("hw1", "b10901001"), student_rng("hw1", " B10901001")
    >>> print(first.integers(100) == again.integers(100))
    True
    """
    text = str(student_id).strip().lower()
    if student_id is Ellipsis or text in ("", PLACEHOLDER):
        print("STUDENT_ID is not filled in yet: these are an example's numbers, not yours.")
        text = PLACEHOLDER
    digest = hashlib.sha256(f"{assignment}/{text}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


# -- Running the tests of a question --------------------------------------------------------------


def public_checks(question: str, folder: str = "tests") -> None:
    """Run a question's public checks on what the notebook defines, and print what they say.

    Parameters
    ----------
    question : str
        The question's name: ``"q2"``.
    folder : str
        Where the notebook's tests are.

    Raises
    ------
    FileNotFoundError
        If the folder ``tests`` is not beside the notebook.
    """
    path = Path(folder) / f"{question}.py"
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path.as_posix()} here. Keep the notebook in the folder it came in, "
            "beside its folder tests, and start Jupyter there."
        )
    names = sys._getframe(1).f_globals
    cases = test_cases(path.read_text("utf-8"))
    faults = [fault for case in cases if (fault := verdict(case.body, names))]
    print(f"{question}: {'; '.join(faults) if faults else 'public checks passed'}.")


class TestCase:
    """One case of a test file, made by the file's ``@test_case(...)``.

    Attributes
    ----------
    points : float or None
        Those of the file, less what other cases name, are shared by the cases that name none.
    hidden : bool
        Whether students do not get it.
    """

    __test__ = False  # pytest: this is no test

    def __init__(
        self, name: str | None = None, points: float | None = None, hidden: bool = False
    ) -> None:
        self.name, self.points, self.hidden = name, points, hidden

    def __call__(self, function: Callable[..., None]) -> TestCase:
        self.function = function
        return self

    @property
    def body(self) -> TestCase:
        """What `verdict` calls."""
        return self

    def call_func(self, names: Any) -> None:
        """Call the test with what it asks for by name; None where there is no such name."""
        self.function(**{name: names.get(name) for name in self.asks_for})

    @property
    def asks_for(self) -> list[str]:
        """The names that the test takes from the notebook."""
        return list(inspect.signature(self.function).parameters)


#: How a test file begins; a student's machine has no otter-grader, and needs none.
_FROM_OTTER = "from otter.test_files import test_case"


def test_cases(source: str) -> list[TestCase]:
    r"""The test cases of a question, from the text of its test file.

    Parameters
    ----------
    source : str
        As otter-grader writes it.

    Returns
    -------
    list of TestCase

    Raises
    ------
    ValueError
        If the cases name more points than the file has.

    Examples
    --------
    >>> from lecturelib.checks import test_cases
    >>> source = "name, points = 'q1', 3"
    >>> for hidden in (False, True):
    ...     source += f"\n@test_case(points={None if hidden else 1}, hidden={hidden})"
    ...     source += f"\ndef test_{hidden}(x): assert x == 2"
    >>> [(case.points, case.hidden) for case in test_cases(source)]
    [(1, False), (2.0, True)]
    """
    names: dict[str, Any] = {"test_case": TestCase}
    exec(compile(source.replace(_FROM_OTTER, ""), "<test>", "exec"), names)
    cases = [value for value in names.values() if isinstance(value, TestCase)]
    left = names["points"] - sum(case.points or 0 for case in cases)
    if left < 0:
        raise ValueError(
            f"The test {names['name']} has {names['points']} points, and its cases name more."
        )
    unnamed = [case for case in cases if case.points is None]
    for case in unnamed:
        case.points = left / len(unnamed)
    return cases


test_cases.__test__ = False  # type: ignore[attr-defined]  # pytest: this is no test


def verdict(test: Any, names: Any) -> str:
    """What a test says of the answers: nothing if it passes, else a sentence.

    Parameters
    ----------
    test : TestCase
        One case of a test file.
    names : dict
        What the notebook defines.

    Returns
    -------
    str
    """
    try:
        test.call_func(names)
    except AssertionError as error:
        return str(error) or "a check did not pass"
    except AnswerFailed as error:
        return f"the answer {error}"
    except Exception as error:
        return f"the check could not be made: {_one_line(error)}"
    return ""


# -- An answer under check ------------------------------------------------------------------------


class _Trial:
    """An answer, and the right one, called at points."""

    def __init__(self, answer: Any, expected: Any, name: str, withheld: bool = False) -> None:
        self.answer, self.expected, self.name, self.withheld = answer, expected, name, withheld
        self.parameters = list(inspect.signature(expected).parameters)

    def wrong(self, message: str, slip: Slip | None = None) -> Report:
        kind = slip.kind if slip else ""
        return Report(
            "check_answer", False, message + (f". {slip.message}" if slip else ""), slip=kind
        )

    def right(self, point: Sequence[Any]) -> np.ndarray:
        return np.asarray(self.expected(*map(_copy, point)))

    def call(self, point: Sequence[Any]) -> tuple[Any, str]:
        """The answer's result and what went wrong with the call itself."""
        with own_formula() if self.withheld else contextlib.nullcontext():
            return _called(self.answer, self.name, self.parameters, point)

    def slip_of_shape(self, value: Any, right: np.ndarray, point: Any) -> Slip | None:
        """What seems to have gone wrong with an answer of the wrong shape."""
        numbers = isinstance(value, np.ndarray | np.number) and value.dtype.kind in "biuf"
        if not numbers or value.shape == right.shape or not np.isfinite(value).all():
            return None
        return slip_of(self.wrong_at([value], [point]))

    def wrong_at(self, claimed: list[Any], points: list[Any]) -> Wrong:
        """What is known of an answer that is wrong at these points."""
        return Wrong(
            self.name, claimed, self.expected, self.parameters, points, lambda p: self.call(p)[0]
        )


def _called(
    answer: Any, name: str, parameters: Iterable[str], point: Sequence[Any]
) -> tuple[Any, str]:
    """What an answer returns at a point, and what went wrong with the call itself."""
    given = [_copy(argument) for argument in point]
    try:
        value = answer(*given)
    except AnswerFailed as error:
        return None, f"{name} {error}"
    except WithheldError as error:
        return None, f"{name}: {error}"
    except Exception as error:
        return None, f"{name} raised {_one_line(error)}"
    for parameter, before, after in zip(parameters, point, given, strict=False):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            return None, (
                f"{name} changed its argument {parameter}; work on a copy, as in "
                f"{parameter} = {parameter}.copy(), or without assigning to entries"
            )
    if value is None:
        return None, f"{name} is still the placeholder, or lacks a return: it returns None"
    return value, _placeholder(name, value)


def _compared(
    trial: _Trial, claimed: list[np.ndarray], known: list[np.ndarray], points: list[Any]
) -> Report:
    def flat(arrays: Iterable[np.ndarray]) -> np.ndarray:
        return np.concatenate([np.ravel(array) for array in arrays])

    agrees = Agreement(flat(known), 0.0)
    error = agrees.error(flat(claimed))
    if agrees(flat(claimed)):
        many = f"at {len(points)} random points" if points[0] else "to the digits asked for"
        return Report("check_answer", True, f"{trial.name} is right {many}", error)
    if error < CLOSE and not agrees.zero:
        message = (
            f"{trial.name} is close, and not exact: it is off by {error:.0e} of the right size"
        )
        return Report("check_answer", False, message, error)
    slip = multiple(
        trial.name, "the right result", flat(claimed), agrees, at_one_point=len(points) == 1
    )
    if slip is None or slip.kind == "factor":
        wrong = trial.wrong_at(claimed, points)
        slip = (sum_or_mean(wrong) or slip) if slip else slip_of(wrong)
    message = slip.message if slip else _furthest(trial.name, claimed, known)
    return Report("check_answer", False, message, error, slip=slip.kind if slip else "")


def _furthest(name: str, claimed: list[np.ndarray], known: list[np.ndarray]) -> str:
    """Where an answer that is no known slip differs most."""
    gaps = [float(np.max(np.abs(c - k), initial=0.0)) for c, k in zip(claimed, known, strict=True)]
    worst = int(np.argmax(gaps))
    c, k = claimed[worst], known[worst]
    index = np.unravel_index(int(np.argmax(np.abs(c - k))), k.shape)
    place = f" at entry {int(index[0]) if len(index) == 1 else tuple(int(i) for i in index)}"
    return (
        f"{name} differs from the right result, most{place if index else ''}: {c[index]:.6g} "
        f"given, {k[index]:.6g} needed"
    )


def _unusable(name: str, value: Any, right: np.ndarray) -> str:
    """Not numbers, the wrong shape, not finite."""
    try:
        array = np.asarray(value)
    except ValueError:
        return f"{name} is a list whose rows differ in length, and an array is asked for"
    if array.dtype.kind == "c" and right.dtype.kind != "c":
        return f"{name} is complex, and the right result is real"
    if array.dtype.kind not in "biufc":
        held = " of other things" if isinstance(value, list | tuple | np.ndarray) else ""
        return f"{name} is {_kind(value)}{held}, and numbers are asked for"
    if array.shape != right.shape:
        return _wrong_shape(name, array, right)
    return _not_numbers(name, array, real=False)


def _wrong_shape(name: str, value: np.ndarray, right: np.ndarray) -> str:
    message = f"{name} has shape {value.shape}, and {right.shape} is asked for"
    agrees = Agreement(right, 0.0)
    if value.size != right.size or not np.isfinite(value).all():
        return message
    if 1 in value.shape and agrees(value.reshape(right.shape)):
        return message + ": its entries are those of the right result; drop the extra axis"
    if agrees(value.reshape(right.shape)):
        return message + ": flattened, its entries are those of the right result, row by row"
    if agrees(value.reshape(right.shape, order="F")):
        return message + ": flattened, its entries are those of the right result, column by column"
    return message


def _placeholder(name: str, value: Any) -> str:
    untouched = value is Ellipsis or value is None
    if untouched or (isinstance(value, str) and value.strip() in ("", PLACEHOLDER)):
        return f"{name} is still the placeholder: replace the three dots by your answer"
    return ""


# -- Words ----------------------------------------------------------------------------------------


def _name_of(answer: Any, names: dict[str, Any]) -> str:
    """What the answer calls itself, or else the test that checks it."""
    own = getattr(answer, "__name__", "")
    given = next((name for name, value in names.items() if value is answer), "the answer")
    return own if isinstance(own, str) and own.isidentifier() else given


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    article = "an" if type(value).__name__[0] in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def _one_line(error: Exception) -> str:
    """The error's kind and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}{': ' + lines[0][:200] if lines else ''}"


def _copy(argument: Any) -> Any:
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def _as_tuple(point: Any) -> tuple[Any, ...]:
    return point if isinstance(point, tuple) else (point,)


def _square(arrays: Iterable[np.ndarray]) -> bool:
    return all(array.ndim == 2 and array.shape[0] == array.shape[1] for array in arrays)
