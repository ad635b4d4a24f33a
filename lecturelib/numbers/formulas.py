"""Values that remember how they were computed, one operation of the table at a time.

Plain NumPy code, run on a `Formula` in place of an array, leaves a tape of its operations with
their values. The tape can be run again with one step changed: `lecturelib.checks.slips` looks that
way for what went wrong in an answer. A derivative taken at a `Formula` is one too: the engine runs
on it as it runs on arrays, so the tape of ``gradient(f, X)`` shows the terms that the rules found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..table import Operation
from ..table.linear import multiply
from .dispatch import ArrayProtocol


class Tape:
    """The steps of one computation, in order, and the derivatives that were taken in it."""

    def __init__(self) -> None:
        self.steps: list[Formula] = []
        self._constants: dict[int, Formula] = {}
        #: (again, f, X, result): a derivative of f at X gave result; ``again(g, Z)`` is the same
        #: derivative of another function.
        self.derivatives: list[tuple[Callable[..., Any], Callable[[Any], Any], Formula, Any]] = []

    def start(self, value: Any, name: str = "") -> Formula:
        """A value that nothing computed: an argument, or a constant without a name."""
        return Formula("start", (), value, self, name=name)

    def constant(self, x: Any) -> Formula:
        """The step of a constant; the same array met again is the same step."""
        x = np.asarray(x) if isinstance(x, list) else x
        if id(x) not in self._constants:
            self._constants[id(x)] = self.start(x)  # which keeps x, and so its id
        return self._constants[id(x)]


class Formula(ArrayProtocol):
    """An array, and the step that computed it.

    Attributes
    ----------
    operation : str
        A name of the table; ``"start"`` for what was given, ``"output"`` for one of several.
    operands : tuple of Formula
    value : numpy.ndarray
        What `lecturelib.numbers.values.base` gives, too.
    index : int
        Its place on the tape; operands come before.
    name : str
        What a given value is called.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.numbers.formulas import Tape
    >>> x = Tape().start(np.array([1.0, 2.0]), "x")
    >>> y = np.sum(x * x)
    >>> y.operation, y.operands[0].operation
    ('sum', 'multiply')
    >>> print(y.value, y.recompute({x.index: np.array([3.0, 4.0])}))
    5.0 25.0
    """

    __slots__ = ("_compute", "_value", "index", "name", "operands", "operation", "tape")
    _reader_rank = 1  # below a Taylor series: its coefficients may be formulas

    def __init__(
        self,
        operation: str,
        operands: tuple[Formula, ...],
        value: Any,
        tape: Tape,
        compute: Callable[..., Any] | None = None,
        name: str = "",
    ) -> None:
        self.operation, self.operands, self.tape, self.name = operation, operands, tape, name
        self._value, self._compute = value, compute
        self.index = len(tape.steps)
        tape.steps.append(self)

    @property
    def value(self) -> Any:
        return self._value

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return () if isinstance(self._value, tuple) else np.shape(self._value)

    def _apply(self, operation: Operation, operands: Sequence[Any], parameters: Any) -> Any:
        if any(getattr(x, "_reader_rank", 0) > self._reader_rank for x in operands):
            return operation(*operands, **parameters)
        if operation is multiply and any(type(x) is not Formula and _is_one(x) for x in operands):
            return next(x for x in operands if type(x) is Formula)
        known = tuple(x if type(x) is Formula else self.tape.constant(x) for x in operands)
        compute = lambda *values: operation(*values, **parameters)  # noqa: E731
        value = compute(*(x.value for x in known))
        result = Formula(operation.name, known, value, self.tape, compute)
        if not isinstance(value, tuple):
            return result
        return tuple(
            Formula("output", (result,), part, self.tape, lambda outputs, i=i: outputs[i])
            for i, part in enumerate(value)
        )

    def compute(self, *values: Any) -> Any:
        """The step's result from other values of its operands."""
        assert self._compute is not None
        return self._compute(*values)

    def needs(self) -> list[Formula]:
        """The steps that lead to this one, itself included, in order."""
        found, waiting = {self.index: self}, [self]
        while waiting:
            for x in waiting.pop().operands:
                if x.index not in found:
                    found[x.index] = x
                    waiting.append(x)
        return [found[index] for index in sorted(found)]

    def recompute(
        self,
        known: Mapping[int, Any],
        changes: Mapping[int, tuple[Sequence[int], Callable[..., Any]]] | None = None,
        compute: Callable[[Formula, list[Any]], Any] | None = None,
    ) -> Any:
        """This step's value, had some steps had other values or been computed in another way.

        Parameters
        ----------
        known : dict
            The index of a step -> the value it is given.
        changes : dict, optional
            The index of a step -> the indices of other operands, and what computes it from them.
        compute : callable, optional
            What computes the other steps, in place of ``step.compute(*values)``.
        """
        changes, values, steps = changes or {}, dict(known), self.tape.steps

        def value(index: int) -> Any:
            return values[index] if index in values else steps[index].value

        for step in self.needs():
            if step.index in values:
                continue
            if step.index in changes:
                others, change = changes[step.index]
                values[step.index] = change(*map(value, others))
            elif any(x.index in values for x in step.operands):
                operands = [value(x.index) for x in step.operands]
                values[step.index] = (
                    step.compute(*operands) if compute is None else compute(step, operands)
                )
        return value(self.index)

    def __repr__(self) -> str:
        return f"<{self.name or self.operation} of shape {self.shape}, as a formula>"


def _is_one(x: Any) -> bool:
    """The number 1, which a walk backwards starts with."""
    return np.ndim(x) == 0 and bool(x == 1)


def trace(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """What a function gives on formulas in place of its arguments: a `Formula`, if it needs them.

    Arguments that are not floats, or arrays of floats, stay what they are.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.numbers.formulas import trace
    >>> y = trace(lambda A, x: A @ x, {"A": np.eye(2), "x": np.ones(2)})
    >>> [step.operation for step in y.needs()]
    ['start', 'start', 'matmul']
    """
    tape = Tape()
    return function(
        *(
            tape.start(value, name)
            if isinstance(value, float | np.ndarray) and np.asarray(value).dtype.kind == "f"
            else value
            for name, value in arguments.items()
        )
    )
