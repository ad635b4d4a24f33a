"""A question that asks for your own formula: inside its answer nothing differentiates for you."""

from __future__ import annotations

import contextlib
import importlib.abc
import sys
from collections.abc import Iterator
from typing import Any

#: How many answers run now, one inside of another. Of the process and not of a context or a thread:
#: an answer could open a fresh one of those.
_running: list[None] = []

#: Packages that differentiate, or that could be asked to.
DIFFERENTIATORS = ("autograd", "jax", "sympy", "tensorflow", "torch")


class WithheldError(RuntimeError):
    """Something was asked to differentiate where your own formula is asked for."""


def is_withheld() -> bool:
    """Whether answers are withheld now."""
    return bool(_running)


def require_available(name: str) -> None:
    """Raise a `WithheldError` if answers are withheld now.

    Parameters
    ----------
    name : str
        What was asked: ``"lecturelib"``, ``"SymPy"``.
    """
    if _running:
        raise WithheldError(
            f"this question asks for your own formula, and {name} is not available inside its "
            "answer. Derive the result on paper, write it with NumPy, and use "
            f"{name} outside of the answer to check it."
        )


@contextlib.contextmanager
def own_formula() -> Iterator[None]:
    """Inside this context lecturelib, SymPy and other packages do not differentiate.

    It helps an honest student to see early what is asked. It is no lock: whoever rewrites
    lecturelib gets past it, which is why written derivations carry points of their own.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import gradient
    >>> from lecturelib.checks import own_formula
    >>> with own_formula():
    ...     gradient(np.linalg.det, np.eye(2))
    Traceback (most recent call last):
        ...
    lecturelib.withheld.WithheldError: this question asks for your own formula, and lecturelib ...
    """
    _running.append(None)
    finder = _Refuse()
    sys.meta_path.insert(0, finder)
    try:
        with _sympy_without_derivatives():
            yield
    finally:
        sys.meta_path.remove(finder)
        _running.pop()


class _Refuse(importlib.abc.MetaPathFinder):
    """Refuses to import a package that differentiates; those imported earlier stay."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in DIFFERENTIATORS:
            require_available(name)


@contextlib.contextmanager
def _sympy_without_derivatives() -> Iterator[None]:
    """SymPy builds a `Derivative` for every ``.diff`` and ``diff``; refuse it there."""
    sympy = sys.modules.get("sympy")
    if sympy is None:
        yield
        return
    original = sympy.Derivative.__new__

    def refuse(*args: Any, **kwargs: Any) -> Any:
        require_available("SymPy")

    sympy.Derivative.__new__ = refuse
    try:
        yield
    finally:
        sympy.Derivative.__new__ = original
