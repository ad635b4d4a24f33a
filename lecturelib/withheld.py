"""A question that asks for your own formula: inside its answer nothing differentiates for you.

While an answer runs, lecturelib's derivatives raise a `WithheldError`, and the packages of
`DIFFERENTIATORS` cannot be imported: a finder in `sys.meta_path` says why, and what was imported
earlier is out of `sys.modules`. No object of theirs is changed. SymPy imports parts of itself
whenever it differentiates, so that an expression from outside of the answer is no way around it.
All of this is of the process and not of a context or a thread (an answer could open a fresh one of
those), and its state is in this module alone.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

#: How many answers run now, one inside of another or in several threads.
_running: list[None] = []
#: Modules that were imported before the first of them, to be put back after the last.
_hidden: dict[str, ModuleType] = {}
_turn = threading.Lock()

#: Packages that differentiate, or that could be asked to, and what people call them.
DIFFERENTIATORS = {
    "autograd": "autograd",
    "jax": "JAX",
    "sympy": "SymPy",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
}


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
    """Inside this context lecturelib does not differentiate, and SymPy and the like are away.

    It helps an honest student to see early what is asked. It is no lock: whoever rewrites
    lecturelib gets past it, and so does a function of autograd or PyTorch that was fetched before.
    That is why written derivations carry points of their own.

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
    with _turn:
        _running.append(None)
        if len(_running) == 1:
            _take_away()
    try:
        yield
    finally:
        with _turn:
            if len(_running) == 1:
                _put_back()
            _running.pop()


class _Refuse:  # a finder without its base class, whose import costs half of a first gradient
    """Says why a package that differentiates cannot be imported."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in DIFFERENTIATORS:
            require_available(DIFFERENTIATORS[name])


_refuse = _Refuse()


def _take_away() -> None:
    sys.meta_path.insert(0, _refuse)
    for name in list(sys.modules):
        if name.partition(".")[0] in DIFFERENTIATORS:
            _hidden[name] = sys.modules.pop(name)


def _put_back() -> None:
    sys.modules.update(_hidden)
    _hidden.clear()
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not _refuse]
