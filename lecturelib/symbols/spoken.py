"""An expression in words, for who listens.

>>> from lecturelib import derive
>>> from lecturelib.symbols.spoken import spoken
>>> spoken(derive("tr(X'*A*X)/2", "X").value)
'trace of, X transpose times A times X, end, over 2'

Words follow the text of an expression (`write.text`). What an operation is called stands in its
entry of the table (``spoken``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..table import TABLE
from .terms import Expression
from .write import text

_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|[^\W\d]\w*|\.[*/^']|[<>!=]=|\S")

_SIGNS = {
    "*": "times", "/": "over", "+": "plus", "-": "minus", ".*": "entrywise times",
    "./": "entrywise over", "'": "transpose", ".'": "transpose", ",": "and", ";": "below it",
    ">": "greater than", "<": "less than", ">=": "at least", "<=": "at most", "!=": "not",
    "==": "equal to", ":": "all", "=": "equals",
}  # fmt: skip
_POWERS = {"2": "squared", "3": "cubed"}
_PAIRS = {"(": ")", "[": "]", "<": ">"}


def spoken(expression: Expression) -> str:
    """The expression in words.

    Parameters
    ----------
    expression : Expression

    Returns
    -------
    str
        Words and commas; what stands in parentheses ends with "end".
    """
    return _phrase(_TOKEN.findall(text(expression)))


def _phrase(tokens: list[str]) -> str:
    words = " ".join(_words(tokens))
    return re.sub(r",(?=$)", "", re.sub(r"\s+,", ",", words)).strip(" ,")


def _words(tokens: list[str]) -> Iterator[str]:
    names = {x.rule.text or x.name: x.rule.spoken or x.name for x in TABLE.values()}
    i = 0
    while i < len(tokens):
        token, following = tokens[i], tokens[i + 1 : i + 2]
        i += 1
        if token in ("^", ".^"):
            exponent, i = _operand(tokens, i)
            entrywise = "entrywise " if token == ".^" else ""
            yield entrywise + (_POWERS.get(exponent) or f"to the power {exponent}")
        elif token in _PAIRS and (end := _closing(tokens, i - 1)):
            if token == "<":  # an inner product
                yield f"inner product of, {_phrase(tokens[i:end])}, end,"
            else:
                matrix = "matrix of," if token == "[" else "the quantity,"
                yield f"{matrix} {_phrase(tokens[i:end])}, end,"
            i = end + 1
        elif following == ["("] and token[0].isalpha():
            end = _closing(tokens, i)
            inside = tokens[i + 1 : end]
            called = names.get(token, token).replace("_", " ")
            alone = len([t for t in inside if t != "'"]) <= 1
            yield (
                f"{called} of {_phrase(inside)}"
                if alone
                else (f"{called} of, {_phrase(inside)}, end,")
            )
            i = end + 1
        elif token in _SIGNS:
            yield _SIGNS[token]
        else:
            yield token.replace("_", " sub ") if token[0].isalpha() else token


def _operand(tokens: list[str], i: int) -> tuple[str, int]:
    """The exponent that begins at i, in words, and where it ends."""
    if tokens[i] == "(":
        end = _closing(tokens, i)
        return f"{_phrase(tokens[i + 1 : end])}, end,", end + 1
    if tokens[i] == "-":
        said, end = _operand(tokens, i + 1)
        return f"minus {said}", end
    return _phrase(tokens[i : i + 1]), i + 1


def _closing(tokens: list[str], start: int) -> int:
    """Where the bracket that opens at `start` closes; 0 where it does not, as a sign does not."""
    opening, depth = tokens[start], 0
    for i in range(start, len(tokens)):
        depth += (tokens[i] == opening) - (tokens[i] == _PAIRS[opening])
        if depth == 0:
            return i
    return 0
