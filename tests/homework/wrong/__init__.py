"""Wrong submissions that students write, one module a homework; `all_wrong` lists them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: the solution notebook with one more cell that redefines it.

    Attributes
    ----------
    title : str
        The slip.
    question, variant : str
    code : str
        The added cell.
    points : float
        What the question must then score, exactly.
    message : str
        Words that the question's feedback must contain.
    """

    title: str
    question: str
    variant: str
    code: str
    points: float
    message: str


def all_wrong() -> list[tuple[str, Wrong]]:
    """Each homework's name with each of its wrong answers."""
    return [
        (name, wrong)
        for name in ("hw1", "hw2", "hw3", "hw4")
        for wrong in importlib.import_module(f"wrong.{name}").WRONG
    ]
