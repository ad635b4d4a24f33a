"""Truncated Taylor arithmetic: run plain NumPy code on X + tH, read off every derivative.

A `Jet` is a polynomial ``c_0 + c_1 t + ... + c_n t^n`` whose coefficients are arrays. NumPy's
functions accept it in place of an array (see `lecturelib.numbers.dispatch`). One equation lifts
each rule of the table to every order: if ``y(t) = f(x(t))`` has the differential
``dy = L(x, y){dx}``, then ``y'(t) = L(x(t), y(t)){x'(t)}``, and comparing coefficients of ``t^k``,

    (k + 1) y_{k+1} = [t^k] L(x, y){x'}.

There is no recurrence per function. Inside a rule coefficients are computed when asked for, so
nothing is computed twice and a condition is met only by those who need it.

The coefficients of a first-order jet may also be what `lecturelib.numbers.tape` records, or jets
themselves: that is how adjoints and Hessians come from the same arithmetic.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..table import ZERO, Operation
from ..table.elementwise import divide, square
from ..table.linear import broadcast_to, multiply, trace, trace_product
from ..table.shapes import Shape, shape_of
from .dispatch import ArrayProtocol
from .scope import constant, frozen, shared
from .values import base

#: What needs no reader: most values, so that they skip the search for one.
_PLAIN = frozenset({np.ndarray, np.float64})

#: How many operations may wait for being needed; more would make the call stack deep.
PATIENCE = 32


class NestedDerivativeError(ValueError):
    """A derivative was taken inside a function that is being differentiated."""


class KinkWarning(UserWarning):
    """A function was differentiated at a corner; the value given is a convention."""


class Jet(ArrayProtocol):
    """A truncated Taylor series in one variable t.

    Parameters
    ----------
    coefficients : list
        The known coefficients, ``c_0`` first.
    order : int
        The highest power kept.
    tag : object
        Identifies the differentiation this jet belongs to; jets of two are never mixed.
    patience : float
        How many operations may wait in a row before their coefficients are computed.
    eager : bool
        Whether ``c_1`` is computed at once (the order is then 1): the recorder's costs nothing.
    following : callable, optional
        ``following(k)`` gives a ``c_k`` that is not known; without it the others vanish.
    shape : tuple of int, optional
        The shape; needed where ``c_0`` is not known.
    """

    __slots__ = (
        "_coefficients",
        "_inside",
        "eager",
        "factors",
        "following",
        "known",
        "order",
        "patience",
        "shape",
        "squared",
        "tag",
        "waiting",
    )
    _reader_rank = 2

    def __init__(
        self,
        coefficients: list[Any],
        order: int,
        tag: object,
        following: Callable[[int], Any] | None = None,
        shape: Shape | None = None,
        patience: float = PATIENCE,
        eager: bool = False,
    ) -> None:
        self.shape: Shape = coefficients[0].shape if shape is None else shape
        coefficients += [None] * (order + 1 - len(coefficients))
        self._coefficients = coefficients
        self.factors: tuple[Any, Any] | None = None
        self.order = order
        self.tag = tag
        self.patience = patience
        self.eager = eager
        self.following = following
        self.waiting = 0
        self._inside: Jet | None = None
        self.squared: Callable[[], Any] | None = None
        #: Inside a rule: operation -> its result on this series. A rule may use an operation whose
        #: rule uses the first one again, as those of sine and cosine do.
        self.known: dict[str, Jet] = {}

    def coefficient(self, k: int) -> Any:
        """The coefficient of t^k; `ZERO` where it vanishes by structure."""
        c = self._coefficients[k]
        if c is None:
            c = ZERO if self.following is None else self.following(k)
            self._coefficients[k] = c
        return c

    def _next(
        self,
        operands: Any,
        coefficients: list[Any],
        following: Callable[[int], Any],
        shape: Shape | None = None,
    ) -> Jet:
        """The result of an operation: its coefficients wait until asked for, but not for long.

        What is never asked for is never computed; what waits too long would make the stack deep.
        """
        if self.eager and coefficients:
            coefficients.append(following(1))
            return Jet(coefficients, 1, self.tag, None, shape, self.patience, True)
        y = Jet(coefficients, self.order, self.tag, following, shape, self.patience, self.eager)
        waiting = 1
        for x in operands:
            if type(x) is Jet and x.waiting >= waiting:
                waiting = x.waiting + 1
        y.waiting = waiting
        if self.eager:
            y.coefficient(1)
        if waiting > self.patience:
            for k in range(self.order + 1):
                y.coefficient(k)
            y.waiting = 0
        return y

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        rule = operation.rule
        if any(type(x) is not Jet for x in operands):
            operands = [x if hasattr(type(x), "_reader_rank") else constant(x) for x in operands]
        for x in operands:
            if type(x) is Jet and x.tag is not self.tag:
                raise NestedDerivativeError(_NESTED)
        if parameters:
            parameters = {name: frozen(value) for name, value in parameters.items()}
        if rule.composed:
            return operation.value(*operands, **parameters)
        if self.patience == math.inf:  # inside a rule
            if len(operands) == 1 and operation.name in self.known and not parameters:
                return self.known[operation.name]
            if operation is divide and type(operands[1]) is Jet:
                # The rule of the quotient has a quotient in it, that one another, and so on.
                return self._quotient(*operands)
        if operation is trace and self.factors is not None:
            return trace_product(*self.factors)
        if rule.waits and not parameters:
            return self._deferred(operation, operands)
        if operation is square and operands[0].squared is not None:
            return operands[0].squared()
        values = [x.coefficient(0) if type(x) is Jet else x for x in operands]
        if rule.real_only:
            _refuse_complex(rule, values)
        if len(rule.variables) < len(rule.inputs):
            _refuse_constants_that_vary(rule, operands)
        if rule.kind == "constant":
            _report_kinks(rule, (None,), values, parameters)
            return operation(*values, **parameters)
        if len(rule.outputs) > 1:
            return self._outputs(operation, operands, values, parameters)
        if len(values) == 1 and type(values[0]) in _PLAIN:
            value = operation.value(values[0], **parameters)
        else:
            value = operation(*values, **parameters)
        if value is ZERO:
            return ZERO
        if rule.kind == "linear":
            coefficient = _linear
        elif rule.kind == "multilinear" or _linear_here(rule, operands):
            coefficient = _product
        else:
            if rule.kink is not None and not _same_twice(operands):
                _report_kinks(rule, (value,), values, parameters)
            y = self._by_differential(operation, operands, value, values, parameters)
            if rule.squared is not None and not np.isnan(base(value)).any():
                y.squared = lambda: rule.squared(*operands, **parameters)
            return y
        following = lambda k: _fit(coefficient(operation, operands, parameters, k), value.shape)  # noqa: E731
        return self._next(operands, [value], following)

    def _by_differential(
        self, operation: Operation, operands: Any, value: Any, values: Any, parameters: Any
    ) -> Jet:
        """Lift the rule: (k + 1) y_{k+1} = [t^k] L(x, y){x'}."""
        rule = operation.rule
        if self.order == 1:

            def first(k: int) -> Any:
                dx = _differentials(rule, operands, _tangent)
                if shared.poles is not None:
                    _note_pole(rule, value, values, parameters)
                differential = rule.differential_at(values)
                return _fit(differential(value, *values, *dx, **parameters), value.shape)

            return self._next(operands, [value], first)
        y = Jet([value], self.order, self.tag, patience=math.inf)
        slope: list[Any] = []

        def following(k: int) -> Any:
            if not slope:
                x, dx = _inside(rule, operands)
                slope.append(rule.differential_at(x)(y, *x, *dx, **parameters))
            return _fit(self._over(slope[0], k), value.shape)

        y.following = following
        if len(operands) == 1 and not parameters:
            operands[0].inside().known[operation.name] = y
        return self._next(operands, y._coefficients, following)

    def _deferred(self, operation: Operation, operands: Any) -> Jet:
        """A sum or product waits even for its value: the trace of a product needs no product."""
        shape = operation.rule.shape(*map(shape_of, operands))
        product = operation.rule.kind == "multilinear" and operation is not multiply
        if operation.rule.kind == "linear":
            following = lambda k: _fit(_linear(operation, operands, {}, k), shape)  # noqa: E731
        elif operation.operator is None:
            following = lambda k: _product(operation, operands, {}, k)  # noqa: E731
        else:
            times = operation.operator
            following = lambda k: _fit(_pair_product(times, operands, k), shape)  # noqa: E731
        known = self.eager and not product and not any(_waits(x) for x in operands)
        y = self._next(operands, [following(0)] if known else [], following, shape)
        if product and len(shape) == 2 and shape[0] == shape[1]:
            y.factors = operands
        return y

    def _quotient(self, a: Any, b: Jet) -> Jet:
        """The series y of y b = a. The reciprocal of b may be no number where this is one."""
        shape = divide.rule.shape(shape_of(a), b.shape)

        def following(k: int) -> Any:
            c = a.coefficient(k) if type(a) is Jet else (ZERO if k else a)
            for i in range(k):
                if (d := b.coefficient(k - i)) is not ZERO:
                    c = c - y.coefficient(i) * d
            return _fit(c if c is ZERO else c / b.coefficient(0), shape)

        y: Jet = self._next((a, b), [], following, shape)
        return y

    def _outputs(
        self, operation: Operation, operands: Any, values: Any, parameters: Any
    ) -> tuple[Jet, ...]:
        """Several outputs wait for ever: the eigenvalues exist where the eigenvectors do not."""
        rule = operation.rule
        if rule.scalar_outputs:
            return self._scalar_outputs(operation, operands, values)
        value = operation(*values, **parameters)
        y = tuple(Jet([part], self.order, self.tag, patience=self.patience) for part in value)
        waiting = 1 + max(x.waiting for x in operands if type(x) is Jet)
        if waiting > self.patience:
            for x in operands:
                if type(x) is Jet:
                    for k in range(self.order + 1):
                        x.coefficient(k)
            waiting = 1
        for part in y:
            part.waiting = waiting
        reported: list[bool] = []
        if self.order == 1:
            dx = _differentials(rule, operands, _tangent)
            differential = rule.differential_at(values)
            slopes = _Taken(differential(*value, *values, *dx, **parameters))
        else:
            x, dx = _inside(rule, operands)
            differential = rule.differential_at(x)
            slopes = _Taken(differential(*(part.inside() for part in y), *x, *dx, **parameters))

        def follow(i: int) -> Callable[[int], Any]:
            def following(k: int) -> Any:
                slope = self._over(slopes[i], k)
                if k == 1 and not reported and rule.kink is not None:
                    reported.append(True)
                    _report_kinks(rule, value, values, parameters)
                return _fit(slope, value[i].shape)

            return following

        for i, part in enumerate(y):
            part.following = follow(i)
        return y

    def _scalar_outputs(self, operation: Operation, operands: Any, values: Any) -> tuple[Jet, ...]:
        """Numbers whose differentials do not use them: not even they are computed unasked."""
        rule = operation.rule
        taken: list[Any] = []
        slopes: list[_Taken] = []

        def follow(i: int) -> Callable[[int], Any]:
            def following(k: int) -> Any:
                if k == 0:
                    if not taken:
                        taken.extend(operation(*values))
                    return taken[i]
                if not slopes:
                    x, dx = (
                        (values, _differentials(rule, operands, _tangent))
                        if self.order == 1
                        else _inside(rule, operands)
                    )
                    nothing = (None,) * len(rule.outputs)
                    slopes.append(_Taken(rule.differential_at(x)(*nothing, *x, *dx)))
                return self._over(slopes[0][i], k)

            return following

        shapes = rule.shape(*map(shape_of, operands))
        return tuple(self._next(operands, [], follow(i), shape) for i, shape in enumerate(shapes))

    def _over(self, slope: Any, k: int) -> Any:
        """The coefficient of t^(k-1) in the slope y'(t), over k: this is y_k."""
        if type(slope) is Jet and slope.tag is self.tag:
            slope = slope.coefficient(k - 1)
        elif k > 1:
            return ZERO
        return slope if k == 1 else slope * (1.0 / k)

    def inside(self) -> Jet:
        """The same series for use inside a rule, where everything waits until asked for."""
        if self.patience == math.inf:
            return self
        if self._inside is None:
            self._inside = Jet([], self.order, self.tag, self.coefficient, self.shape, math.inf)
        return self._inside

    def derivative(self) -> Any:
        """The series of x'(t), whose coefficients are computed when asked for."""
        following = lambda k: (k + 1) * self.coefficient(k + 1)  # noqa: E731
        return Jet([], self.order, self.tag, following, self.shape, math.inf)

    def __repr__(self) -> str:
        return (
            f"<array of shape {self.shape} under differentiation; "
            "its value is not final, so print the result of derivative(...) instead>"
        )


class _Taken:
    """The differentials of several outputs, each computed when first taken."""

    __slots__ = ("_rest", "_taken")

    def __init__(self, differentials: Iterator[Any]) -> None:
        self._rest = differentials
        self._taken: list[Any] = []

    def __getitem__(self, i: int) -> Any:
        while len(self._taken) <= i:
            self._taken.append(next(self._rest))
        return self._taken[i]


_NESTED = (
    "A derivative was taken inside a function that is itself being differentiated, and the two "
    "variables met in one expression; the result would be wrong. Write the inner derivative as a "
    "formula, or use second_derivative, hessian or taylor of the outer function."
)


def _differentials(rule: Any, operands: Any, take: Callable[[Jet], Any]) -> list[Any]:
    if len(operands) == 1 and not rule.read_twice:
        return [take(operands[0])]
    return [
        (_summed(take(operand)) if name in rule.read_twice else take(operand))
        if type(operand) is Jet
        else ZERO
        for name, operand in zip(rule.inputs, operands, strict=True)
        if name in rule.variables
    ]


def _summed(dx: Any) -> Any:
    """A direction of its own for a rule that reads it twice.

    Backward, what the rule sends to it is summed before it meets what other steps send to x:
    1e20 - 1e20 would swallow their 1.
    """
    return 1.0 * dx if getattr(dx, "varies", False) else dx


def _inside(rule: Any, operands: Any) -> tuple[list[Any], list[Any]]:
    """The operands and their derivatives as series for use inside a rule."""
    x = [operand.inside() if type(operand) is Jet else operand for operand in operands]
    return x, _differentials(rule, operands, Jet.derivative)


def _same_twice(operands: Any) -> bool:
    """Whether two operands are one, so that their tie, maximum(x, x), is no kink."""
    return len(operands) == 2 and operands[0] is operands[1]


def _tangent(jet: Jet) -> Any:
    return jet.coefficient(1)


def _waits(x: Any) -> bool:
    """Whether not even the value is known."""
    return type(x) is Jet and x._coefficients[0] is None


def _linear_here(rule: Any, operands: Any) -> bool:
    """Whether only an input in which the rule is linear varies, as B in solve(A, B)."""
    return bool(rule.transposes) and all(
        rule.is_linear_in(i) for i, operand in enumerate(operands) if type(operand) is Jet
    )


def _linear(operation: Operation, operands: Any, parameters: Any, k: int) -> Any:
    if len(operands) == 1:
        c = operands[0].coefficient(k)
        return ZERO if c is ZERO else operation(c, **parameters)
    parts = [x.coefficient(k) if type(x) is Jet else (ZERO if k else x) for x in operands]
    if operation.operator is not None and not parameters:
        return operation.operator(*parts)
    if all(part is ZERO for part in parts):
        return ZERO
    filled = [
        np.zeros(np.shape(base(operand))) if part is ZERO else part
        for part, operand in zip(parts, operands, strict=True)
    ]
    return operation(*filled, **parameters)


def _product(operation: Operation, operands: Any, parameters: Any, k: int) -> Any:
    """Cauchy's product: the terms whose degrees add up to k."""
    if operation.operator is not None:
        return _pair_product(operation.operator, operands, k)
    total = ZERO
    varying = [i for i, operand in enumerate(operands) if type(operand) is Jet]
    for degrees in _compositions(k, len(varying)):
        factors = list(operands)
        for i, degree in zip(varying, degrees, strict=True):
            factors[i] = operands[i].coefficient(degree)
            if factors[i] is ZERO:
                break
        else:
            total = total + operation(*factors, **parameters)
    return total


def _pair_product(times: Callable[..., Any], operands: Any, k: int) -> Any:
    """The same for two factors, which most products have."""
    a, b = operands
    if type(a) is not Jet:
        return times(a, b.coefficient(k))
    if type(b) is not Jet:
        return times(a.coefficient(k), b)
    total = ZERO
    for i in range(k + 1):
        x = a.coefficient(i)
        if x is not ZERO and (y := b.coefficient(k - i)) is not ZERO:
            total = times(x, y) if total is ZERO else total + times(x, y)
    return total


def _compositions(k: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (k,)
        return
    for first in range(k, -1, -1):
        for rest in _compositions(k - first, parts - 1):
            yield (first, *rest)


def _fit(coefficient: Any, shape: Shape) -> Any:
    """Constants in sums broadcast in every coefficient."""
    if coefficient is ZERO or coefficient.shape == shape:
        return coefficient
    try:
        return broadcast_to(coefficient, shape=shape)
    except ValueError:
        raise ValueError(
            f"A rule gives a differential of shape {coefficient.shape} for a value of shape "
            f"{shape}. The differential of an output has the output's shape: mend the rule."
        ) from None


def _refuse_constants_that_vary(rule: Any, operands: Any) -> None:
    for name, x in zip(rule.inputs, operands, strict=True):
        if type(x) is Jet and name not in rule.variables and name not in rule.follows:
            raise TypeError(
                f"The rule of {rule.name} takes its input {name} as a constant, and here it "
                "depends on what is differentiated. Compute it from values that do not, or enter a "
                f"rule with d{name}."
            )


def _refuse_complex(rule: Any, values: Any) -> None:
    if any(np.iscomplexobj(base(value)) for value in values):
        raise TypeError(
            f"{rule.name} is not holomorphic, so its derivative at complex values is not a "
            "complex-linear map. Write it with real and imaginary parts, such as "
            "np.sqrt(z.real**2 + z.imag**2) for the modulus."
        )


def _report_kinks(rule: Any, outputs: Any, inputs: Any, parameters: Any) -> None:
    if rule.kink is None or any(hasattr(x, "_reader_rank") for x in inputs):
        return
    warn_of_kink(rule.name, rule.where, rule.kink(*outputs, *inputs, **parameters))


def warn_of_kink(name: str, where: str, kinks: Any) -> None:
    """Say where a function has a kink, if it has one.

    Parameters
    ----------
    name, where : str
        The function, and what its derivative needs.
    kinks : array_like of bool
        True at the entries where the derivative does not exist.
    """
    kinks = np.asarray(kinks)
    if kinks.any():
        entry = tuple(int(i) for i in np.argwhere(kinks)[0])
        place = f" at entry {_place(entry)}" if entry else ""
        warnings.warn(
            f"{name} has a kink{place} (its rule needs: {where}); the derivative there "
            "is one-sided, and the value given is a convention.",
            KinkWarning,
            stacklevel=_stacklevel(),
        )


def _note_pole(rule: Any, value: Any, values: Any, parameters: Any) -> None:
    """Remember where a rule gives a slope that is no finite number, for finite operands."""
    dx = [np.ones(np.shape(base(x))) for n, x in zip(rule.inputs, values, strict=True)
          if n in rule.variables]  # fmt: skip
    plain = [base(x) for x in (value, *values)]
    with np.errstate(all="ignore"):
        slope = np.asarray(rule.differential_at(plain)(*plain, *dx, **parameters))
    if shared.poles is not None and not np.isfinite(slope).all():
        shared.poles.append((rule, tuple(int(i) for i in np.argwhere(~np.isfinite(slope))[0])))


def warn_of_poles(poles: list[Any], result: Any) -> None:
    """Say which function left a result that is not finite.

    Parameters
    ----------
    poles : list
        (rule, entry), as `_note_pole` leaves them.
    result : numpy.ndarray
    """
    at = "at entry {}" if np.ndim(result) else "{}"
    entry = tuple(int(i) for i in np.argwhere(~np.isfinite(result))[0])
    what = f"The derivative is not a finite number {at.format(_place(entry))}".rstrip()
    if poles:
        rule, where = poles[0]
        place = f" at entry {_place(where)} of its argument" if where else ""
        condition = f" (its rule needs: {rule.where})" if rule.where else ""
        why = f"{rule.name} has no finite slope{place}{condition}"
    else:
        why = "a value on the way is infinite or not a number"
    warnings.warn(f"{what}: {why}.", KinkWarning, stacklevel=_stacklevel())


def _place(entry: tuple[int, ...]) -> Any:
    return entry[0] if len(entry) == 1 else entry or ""


def _stacklevel() -> int:
    """The level of the first caller outside this package, whose line the warning shows."""
    import sys

    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 1
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1  # type: ignore[assignment]
    return level
