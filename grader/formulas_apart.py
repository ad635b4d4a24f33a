"""Students' formulas, read and compared in a sandbox in which no notebook has run.

A formula is a text, and reading it runs nothing of it. But it may be made to take for ever, or all
memory; and in the notebook's own process whoever changes lecturelib could answer "right".
"""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Any

from lecturelib.checks import AnswerFailed
from lecturelib.checks.formulas import UNDECIDED

from .errors import GraderError
from .sandbox import Ended, Sandbox

#: Seconds for one formula; a comparison of the homework takes a tenth of one.
SECONDS = 10

_LOAD = "from lecturelib.checks.formulas import judged"


class FormulasApart:
    """Judges formulas as `lecturelib.checks.formulas.judged` does; use it in a `with` block.

    Parameters
    ----------
    limits : dict
        Those of a submission; its memory and processes count here, too.
    isolation : str
        From `choose_isolation`.

    Attributes
    ----------
    undecided : list of str
        Formulas of which it could not be told whether they are right.
    """

    def __init__(self, limits: dict[str, int], isolation: str) -> None:
        self._limits = limits | {"seconds": 8 * SECONDS, "call_seconds": SECONDS}
        self._isolation = isolation
        self._sandbox: Sandbox | None = None
        self.undecided: list[str] = []

    def __enter__(self) -> FormulasApart:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def __call__(self, question: dict[str, str]) -> dict[str, str]:
        """What `judged` says of a formula; undecided if it takes too long or too much."""
        try:
            found = self._opened().call("judged", (question,))
        except AnswerFailed:  # it was stopped; what is left of the process may be used up
            self._close()
            found = None
        except Ended:
            self._close()
            found = None
        known = _known(found)
        if known["verdict"] == UNDECIDED and question["answer"] not in self.undecided:
            self.undecided.append(question["answer"])
        return known

    def _opened(self) -> Sandbox:
        if self._sandbox is None:
            sandbox = Sandbox(self._limits, self._isolation).__enter__()
            self._sandbox = sandbox
            if errors := sandbox.run([(1, _LOAD)], {}):
                raise GraderError(f"lecturelib does not read formulas here: {errors}.")
        return self._sandbox

    def _close(self) -> None:
        if self._sandbox is not None:
            with contextlib.suppress(OSError):
                self._sandbox.__exit__()
            self._sandbox = None


def _known(found: Any) -> dict[str, str]:
    """An answer of `judged`; undecided for whatever else came."""
    keys = ("verdict", "slip", "message")
    if isinstance(found, dict) and all(isinstance(found.get(key), str) for key in keys):
        return {key: found[key] for key in keys}
    message = "the formula took too long or too much memory; a person will read it"
    return {"verdict": UNDECIDED, "slip": "", "message": message}
