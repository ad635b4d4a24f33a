"""Truncated Taylor arithmetic: run plain NumPy code on X + tH, read off every derivative.

A `Jet` is a polynomial ``c_0 + c_1 t + ... + c_n t^n`` whose coefficients are arrays. NumPy's
functions accept it in place of an array (see `lecturelib.protocol`). One equation lifts each rule of
the table to every order: if ``y(t) = f(x(t))`` has the differential ``dy = L(x, y){dx}``, then
``y'(t) = L(x(t), y(t)){x'(t)}``, and comparing coefficients of ``t^k``,

    (k + 1) y_{k+1} = [t^k] L(x, y){x'}.

There is no recurrence per function. Inside a rule coefficients are computed when asked for, so
nothing is computed twice and a condition is met only by those who need it.

The coefficients of a first-order jet may also be what `lecturelib.linearmaps` records, or jets
themselves: that is how adjoints and Hessians come from the same arithmetic.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .numeric import base
from .protocol import ArrayProtocol
from .rules import NUMERIC, ZERO, Operation, broadcast_to


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
    following : callable, optional
        ``following(k)`` gives ``c_k`` when the known coefficients end before it.
    lazy : bool
        Whether coefficients are left uncomputed until asked for.
    """

    __slots__ = ("_coefficients", "following", "lazy", "order", "tag")
    _reader_rank = 2

    def __init__(
        self,
        coefficients: list[Any],
        order: int,
        tag: object,
        following: Callable[[int], Any] | None = None,
        lazy: bool = False,
    ) -> None:
        self._coefficients = coefficients
        self.order = order
        self.tag = tag
        self.following = following
        self.lazy = lazy

    def coefficient(self, k: int) -> Any:
        """The coefficient of t^k; `ZERO` where it vanishes by structure."""
        known = self._coefficients
        while len(known) <= k:
            known.append(ZERO if self.following is None else self.following(len(known)))
        return known[k]

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        rule = operation.rule
        if rule.composed:
            return NUMERIC[operation.name](*operands, **parameters)
        jets = [operand for operand in operands if type(operand) is Jet]
        if any(jet.tag is not self.tag for jet in jets):
            raise NestedDerivativeError(_NESTED)
        values = [x.coefficient(0) if type(x) is Jet else x for x in operands]
        if rule.real_only:
            _refuse_complex(rule, values)
        if rule.kind == "constant":
            _report_kinks(rule, (None,), values, parameters)
            return operation(*values, **parameters)
        if rule.kind == "differential":
            return self._by_differential(operation, operands, values, parameters)
        value = operation(*values, **parameters)
        if value is ZERO:
            return ZERO
        coefficient = _linear if rule.kind == "linear" else _product
        return self._series(
            value, lambda k: coefficient(operation, operands, parameters, k)
        )

    def _series(self, value: Any, following: Callable[[int], Any]) -> Jet:
        """The jet of a value and its coefficients; computed now unless inside a rule."""
        if self.lazy:
            fitted = lambda k: _fit(following(k), value)  # noqa: E731
            return Jet([value], self.order, self.tag, fitted, lazy=True)
        coefficients = [value]
        for k in range(1, self.order + 1):
            coefficients.append(_fit(following(k), value))
        return Jet(coefficients, self.order, self.tag)

    def _by_differential(
        self, operation: Operation, operands: Any, values: Any, parameters: Any
    ) -> Any:
        """Lift the rule: (k + 1) y_{k+1} = [t^k] L(x, y){x'}."""
        rule = operation.rule
        value = operation(*values, **parameters)
        if value is ZERO:
            return ZERO
        if _linear_here(rule, operands):
            return self._series(value, lambda k: _product(operation, operands, parameters, k))
        if len(rule.outputs) > 1:
            return self._outputs(operation, operands, value, values, parameters)
        if rule.kink is not None:
            _report_kinks(rule, (value,), values, parameters)
        if self.order == 1 and not self.lazy:
            differential = rule.differential(
                value, *values, *_differentials(rule, operands, _tangent), **parameters
            )
            return Jet([value, _fit(differential, value)], 1, self.tag)
        y = Jet([value], self.order, self.tag, lazy=True)
        x = [operand.lazily() if type(operand) is Jet else operand for operand in operands]
        dx = _differentials(rule, operands, Jet.derivative)
        slope: list[Any] = []

        def following(k: int) -> Any:
            if not slope:
                slope.append(rule.differential(y, *x, *dx, **parameters))
            return _fit(self._over(slope[0], k), value)

        y.following = following
        if not self.lazy:
            y.coefficient(self.order)
            return Jet(y._coefficients, self.order, self.tag)
        return y

    def _outputs(
        self, operation: Operation, operands: Any, value: Any, values: Any, parameters: Any
    ) -> tuple[Jet, ...]:
        """Several outputs stay lazy: the eigenvalues exist where the eigenvectors do not."""
        rule = operation.rule
        y = tuple(Jet([part], self.order, self.tag, lazy=self.lazy) for part in value)
        if self.order == 1 and not self.lazy:
            dx = _differentials(rule, operands, _tangent)
            slopes = _Taken(rule.differential(*value, *values, *dx, **parameters))
        else:
            x = [operand.lazily() if type(operand) is Jet else operand for operand in operands]
            lazy_y = [part.lazily() for part in y]
            dx = _differentials(rule, operands, Jet.derivative)
            slopes = _Taken(rule.differential(*lazy_y, *x, *dx, **parameters))

        def follow(i: int) -> Callable[[int], Any]:
            def following(k: int) -> Any:
                if k == 1 and i == 0 and rule.kink is not None:
                    _report_kinks(rule, value, values, parameters)
                return _fit(self._over(slopes[i], k), value[i])

            return following

        for i, part in enumerate(y):
            part.following = follow(i)
        return y

    def _over(self, slope: Any, k: int) -> Any:
        """The coefficient of t^(k-1) in the slope y'(t), over k: this is y_k."""
        if type(slope) is Jet and slope.tag is self.tag:
            slope = slope.coefficient(k - 1)
        elif k > 1:
            return ZERO
        return slope if k == 1 else slope * (1.0 / k)

    def lazily(self) -> Jet:
        """The same series, for use inside a rule."""
        if self.lazy:
            return self
        return Jet([self.coefficient(0)], self.order, self.tag, self.coefficient, lazy=True)

    def derivative(self) -> Any:
        """The series of x'(t), whose coefficients are computed when asked for."""
        following = lambda k: (k + 1) * self.coefficient(k + 1)  # noqa: E731
        return Jet([], self.order, self.tag, following, lazy=True)

    def __repr__(self) -> str:
        return (
            f"<array of shape {self.shape} under differentiation; "
            "its value is not final, so print the result of derivative(...) instead>"
        )


class _Taken:
    """The differentials of several outputs, each computed when first taken."""

    __slots__ = ("_rest", "_taken")

    def __init__(self, differentials: Iterator[Any]) -> None:
        self._rest, self._taken = differentials, []

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
    return [
        take(operand) if type(operand) is Jet else ZERO
        for name, operand in zip(rule.inputs, operands, strict=True)
        if name in rule.variables
    ]


def _tangent(jet: Jet) -> Any:
    return jet.coefficient(1)


def _linear_here(rule: Any, operands: Any) -> bool:
    """Whether only the input in which the rule is linear varies, as B in solve(A, B)."""
    return bool(rule.linear_in) and all(
        name == rule.linear_in
        for name, operand in zip(rule.inputs, operands, strict=True)
        if type(operand) is Jet
    )


def _linear(operation: Operation, operands: Any, parameters: Any, k: int) -> Any:
    parts = [x.coefficient(k) if type(x) is Jet else ZERO for x in operands]
    if all(part is ZERO for part in parts):
        return ZERO
    if operation.name == "add":
        return parts[0] + parts[1]
    if operation.name == "subtract":
        return parts[0] - parts[1]
    filled = [
        np.zeros(np.shape(base(operand))) if part is ZERO else part
        for part, operand in zip(parts, operands, strict=True)
    ]
    return operation(*filled, **parameters)


def _product(operation: Operation, operands: Any, parameters: Any, k: int) -> Any:
    """Cauchy's product: the terms whose degrees add up to k."""
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


def _compositions(k: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (k,)
        return
    for first in range(k, -1, -1):
        for rest in _compositions(k - first, parts - 1):
            yield (first, *rest)


def _fit(coefficient: Any, value: Any) -> Any:
    """Constants in sums broadcast in every coefficient."""
    if coefficient is ZERO or coefficient.shape == value.shape:
        return coefficient
    return broadcast_to(coefficient, shape=value.shape)


def _refuse_complex(rule: Any, values: Any) -> None:
    if any(np.iscomplexobj(base(value)) for value in values):
        raise TypeError(
            f"{rule.name} is not holomorphic, so its derivative at a complex point is not a "
            "complex-linear map. Differentiate with respect to a real array."
        )


def _report_kinks(rule: Any, outputs: Any, inputs: Any, parameters: Any) -> None:
    if rule.kink is None or any(hasattr(x, "_coefficients") for x in inputs):
        return
    kinks = np.asarray(rule.kink(*outputs, *inputs, **parameters))
    if kinks.any():
        entry = tuple(int(i) for i in np.argwhere(kinks)[0])
        place = f" at entry {entry[0] if len(entry) == 1 else entry}" if entry else ""
        warnings.warn(
            f"{rule.name} has a kink{place} (its rule needs: {rule.where}); the derivative there "
            "is one-sided, and the value given is a convention.",
            KinkWarning,
            stacklevel=_stacklevel(),
        )


def _stacklevel() -> int:
    """The level of the first caller outside this package, whose line the warning shows."""
    import sys

    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 1
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1  # type: ignore[assignment]
    return level
