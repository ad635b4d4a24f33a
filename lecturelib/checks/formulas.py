"""A formula that a student wrote as text: can it be read, and is it right?

The text is compared with the derivative of an expression by `Derivation.compare`, which evaluates
both at random data; nothing of the text is run as code. A grader that trusts no text of a student's
compares in a process of its own: see `compared_by`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from .answers import PLACEHOLDER, _kind
from .derivatives import Report

#: Longer texts are not read; the longest formula of the homework has 60 characters.
LONGEST = 1000
#: Nor are texts with more brackets and transposes inside each other than anybody writes.
DEEPEST = 40

#: What a person has to read; a grader must not take it for wrong.
UNDECIDED = "can't tell"

#: The name of a factor that no expression has.
FACTOR = "F_factor"
#: What `compare` advises where there is a derivation.
LINES = ". Compare it with the lines of the derivation, one after the other"

#: Compares where it is told to: here, or in another process.
_judge: ContextVar[Callable[[dict[str, str]], dict[str, str]] | None] = ContextVar(
    "judge", default=None
)


def check_form(
    answer: Any, expression: str, wrt: str, where: str = "", of: str = "gradient", name: str = ""
) -> Report:
    """Can a student's formula be read, and has it the right shape? Not whether it is right.

    Parameters
    ----------
    answer : str
        The student's.
    expression, wrt, where : str
        What `lecturelib.derive` differentiates.
    of : {"gradient", "differential", "hessian", "value"}
        Which result of the derivation is asked for; with "value" it is the expression itself.
    name : str
        What messages call the answer.

    Returns
    -------
    Report

    Examples
    --------
    >>> from lecturelib.checks import check_form
    >>> where = "X: m x n; A: m x m"
    >>> bool(check_form("A*X", "tr(X'*A*X)", "X", where, name="G"))
    True
    >>> print(check_form("X'*A", "tr(X'*A*X)", "X", where, name="G").message)
    G has the shape (n, m), and (m, n) is asked for
    """
    return _report("form", answer, expression, wrt, where, of, name)


def check_formula(
    answer: Any, expression: str, wrt: str, where: str = "", of: str = "gradient", name: str = ""
) -> Report:
    """Is a student's formula right, in whatever form, and if not, which slip is it?

    Parameters
    ----------
    answer, expression, wrt, where, of, name
        As in `check_form`.

    Returns
    -------
    Report
        Its message ends in ``a person will read it`` where that cannot be told.

    Examples
    --------
    >>> from lecturelib.checks import check_formula
    >>> where = "X: m x n; A: m x m"
    >>> bool(check_formula("A*X + A'*X", "tr(X'*A*X)", "X", where, name="G"))
    True
    >>> print(check_formula("2*A*X", "tr(X'*A*X)", "X", where, name="G").message)
    transposed factor: G is right if A is symmetric, and that need not be so
    """
    return _report("formula", answer, expression, wrt, where, of, name)


def _report(
    what: str, answer: Any, expression: str, wrt: str, where: str, of: str, name: str
) -> Report:
    name = name or "the formula"
    if fault := _no_text(answer, name):
        return Report(f"check_{what}", False, fault)
    question = {
        "what": what, "answer": answer, "expression": expression, "wrt": wrt, "where": where,
        "of": of, "name": name,
    }  # fmt: skip
    found = (_judge.get() or judged)(question)
    right = found["verdict"] == "right"
    return Report(f"check_{what}", right, found["message"], slip=found["slip"])


def _no_text(answer: Any, name: str) -> str:
    """Why an answer is no formula to begin with, as a sentence."""
    if answer is None or answer is Ellipsis or (
        isinstance(answer, str) and answer.strip() in ("", PLACEHOLDER)
    ):  # fmt: skip
        return f"{name} is still the placeholder"
    if not isinstance(answer, str):
        return f"{name} is {_kind(answer)}, and a formula in quotes is asked for"
    if len(answer) > LONGEST:
        return f"{name} has {len(answer)} characters, and at most {LONGEST} are read"
    if _depth(answer) > DEEPEST:
        return f"{name} has more than {DEEPEST} brackets inside each other, or signs in a row"
    return ""


def _depth(text: str) -> int:
    """How deep brackets go, or how many signs stand in a row, whichever is more."""
    deepest = open_now = row = 0
    for sign in text:
        open_now += (sign in "([{") - (sign in ")]}")
        row = row + 1 if sign in "'^+-*/." else row if sign.isspace() else 0
        deepest = max(deepest, open_now, row)
    return deepest


def judged(question: dict[str, str]) -> dict[str, str]:
    """What `check_form` or `check_formula` finds, as plain text that can cross to another process.

    Parameters
    ----------
    question : dict
        The arguments of one of them, and ``what``: "form" or "formula".

    Returns
    -------
    dict
        ``verdict, slip, message``. The verdict is "right", "wrong" or `UNDECIDED`.
    """
    from ..symbols.answers import Question, read
    from ..symbols.derive import derive
    from ..symbols.tokens import ParseError
    from ..table.shapes import same_shape, written

    name, answer, of = question["name"], question["answer"], question["of"]
    derivation = derive(question["expression"], question["wrt"], question["where"])
    if of == "value":
        derivation, of = _as_gradient(derivation, question), "gradient"
    asked = Question(derivation, of, None)
    needed = asked.truth.shape
    try:
        found = read(asked, answer).shape
        if question["what"] == "form" and same_shape(found, needed):
            return _answer("right", f"{name} can be read")
        # a transposed result has a slip to name; whatever has another shape is not evaluated
        if question["what"] == "form" or not (
            same_shape(found, needed) or same_shape(found, needed[::-1])
        ):
            return _answer(
                "wrong",
                f"{name} has the shape {written(found)}, and {written(needed)} is asked for",
            )
        compared = derivation.compare(answer, of)
    except ParseError as error:
        return _answer("wrong", f"{name} can't be read: {_first_line(error)}")
    except (RecursionError, MemoryError, ArithmeticError) as error:
        return _answer(
            UNDECIDED,
            f"{name} can't be judged here ({type(error).__name__}); a person will read it",
        )
    return _said(compared, name, question["of"])


def _as_gradient(derivation: Any, question: dict[str, str]) -> Any:
    """The derivation of a function whose gradient is a given expression: a product with it."""
    from ..symbols.derive import derive

    shape, expression = derivation.value.shape, question["expression"]
    size = " x ".join(map(str, shape)) if shape else "scalar"
    product = f"tr({FACTOR}'*({expression}))" if shape else f"{FACTOR}*({expression})"
    return derive(product, FACTOR, f"{question['where']}; {FACTOR}: {size}".lstrip("; "))


def _said(compared: Any, name: str, of: str) -> dict[str, str]:
    """A comparison as a verdict and a sentence, without the right result."""
    verdict = compared.verdict
    if verdict == "right":
        return _answer("right", f"{name} is right")
    if verdict == UNDECIDED:
        return _answer(UNDECIDED, f"{name} can't be judged by machine; a person will read it")
    kind = f"{compared.slip}: " if compared.slip else ""
    if verdict.startswith("right if"):
        message = f"{kind}{name} is {verdict}, and that need not be so"
        return _answer("wrong", message, compared.slip)
    said = compared.message.replace("This is not right: at", "At").rstrip(".")
    if of == "value":  # which is compared as a gradient, and is none
        said = said.replace("the gradient", "the right formula").replace(LINES, "")
    return _answer("wrong", f"{kind}{name} is not right. {said}", compared.slip)


def _answer(verdict: str, message: str, slip: str = "") -> dict[str, str]:
    return {"verdict": verdict, "slip": slip, "message": message}


def _first_line(error: Exception) -> str:
    """What a reader of formulas says, without the text below it and advice for `derive`."""
    first = re.sub(r"; declared are [^.]*|\.? Add it to where.*", "", str(error).splitlines()[0])
    return first.rstrip(".")


@contextlib.contextmanager
def compared_by(judge: Callable[[dict[str, str]], dict[str, str]]) -> Iterator[None]:
    """Inside this context formulas are judged by a function with the arguments of `judged`.

    A grader gives one that asks another process.

    Examples
    --------
    >>> from lecturelib.checks import check_formula
    >>> from lecturelib.checks.formulas import compared_by
    >>> def nobody(question):
    ...     return {"verdict": "can't tell", "slip": "", "message": "a person will read it"}
    >>> with compared_by(nobody):
    ...     print(check_formula("2*X", "norm2(X)^2", "X").message)
    a person will read it
    """
    token = _judge.set(judge)
    try:
        yield
    finally:
        _judge.reset(token)
