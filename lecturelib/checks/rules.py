"""Is an entry of the table right? Its referees use values of the function and nothing of the rule.

A rule that a reader enters is judged as the rules of the course are: what it says of the first
derivative is held against differences of values, the higher derivatives and the transposes against
what it says of the first, and what is printed against the numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..calculus import derivative, gradient, hessian, taylor
from ..symbols import differential_of, formula_of, gradient_of, values_of
from ..table import TABLE, NoTransposeError, Operation
from ..table.shapes import written
from .agreement import largest
from .derivatives import SEED, TOLERANCE, Report, check_adjoint, check_derivative

#: Five values at equal distances give the slope in the middle, up to the fourth power of this.
STEP = 2.0**-11
PLACES, WEIGHTS = (-2, -1, 1, 2), (1 / 12, -2 / 3, 2 / 3, -1 / 12)


def check_rule(operation: Operation | str, *inputs: Any, **parameters: Any) -> Report:
    """Whether an operation's entry in the table is right: value, derivatives, transposes, print.

    Parameters
    ----------
    operation : Operation or str
        An operation, or its name.
    *inputs : array_like, optional
        The point; without it, matrices or vectors with entries between 0.2 and 0.8 are drawn, in
        shapes that the operation takes.
    **parameters
        Of the operation, such as ``axis=0``.

    Returns
    -------
    Report
        True in a condition if all referees agree. Otherwise ``.message`` says which one does not,
        and by how much.

    Raises
    ------
    ValueError
        If the operation has no value at the point, or takes none of the shapes that are tried.

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import check_rule, rule
    >>> @rule(value=lambda X: X**3, where="")
    ... def third_power(Y, X, dX):
    ...     return 2 * X * X * dX
    >>> report = check_rule(third_power)
    >>> bool(report)
    False
    >>> print(report.message.partition(":")[0])
    third_power in X
    """
    entered = TABLE[operation] if isinstance(operation, str) else operation
    if inputs:
        point = [np.asarray(x, dtype=float) for x in inputs]
        values = _values(entered, point, parameters)
    else:
        point, values = drawn(entered, parameters)
    judge = _Judge(entered, point, values, parameters)
    worst, said = 0.0, ""
    try:
        for what, error in judge.findings():
            if error > worst:
                worst, said = error, what.partition("; f could not be traced")[0]
            if worst > TOLERANCE:
                break
    except (TypeError, ValueError, np.linalg.LinAlgError) as refusal:
        return Report("check_rule", False, f"{entered.name}: {refusal}")
    if worst > TOLERANCE:
        return Report("check_rule", False, f"{said} (relative difference {worst:.2g})", worst)
    shapes = ", ".join(written(x.shape) for x in point)
    message = (
        f"{entered.name}: at inputs of shape {shapes} the rule agrees with differences of values, "
        "and its Taylor coefficients, transposes, Hessian and printed formulas with the rule"
    )
    return Report("check_rule", True, message, worst)


def _values(operation: Operation, point: Sequence[np.ndarray], parameters: Any) -> list[np.ndarray]:
    found = operation.value(*(x.copy() for x in point), **parameters)
    found = found if isinstance(found, tuple) else (found,)
    if len(found) != len(operation.rule.outputs):
        raise ValueError(
            f"The value of {operation.name!r} has {len(found)} parts, and its entry names "
            f"{len(operation.rule.outputs)} outputs ({', '.join(operation.rule.outputs)})."
        )
    values = [np.asarray(y) for y in found]
    if not all(np.isfinite(y).all() for y in values):
        raise ValueError(
            f"The value of {operation.name!r} at this point is not finite. Give a point at which "
            "it is: check_rule(operation, X)."
        )
    return values


def drawn(operation: Operation, parameters: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A point in the first shapes that the operation takes, of distinct lengths if it may be."""
    rng = np.random.default_rng(SEED)
    sizes = [(4, 3), (3, 2), (4, 4), (3, 3)]
    choices = [[(3,), (4,)] if x.islower() else sizes for x in operation.rule.inputs]
    reasons = []
    for shapes in sorted(itertools.product(*choices), key=lambda s: len(set(s)) > 1):
        point = [rng.uniform(0.2, 0.8, shape) for shape in shapes]
        for x in point:
            if x.shape in ((3, 3), (4, 4)):
                x += len(x) * np.eye(len(x))  # invertible, with real eigenvalues apart
                x += np.diag(np.arange(len(x)))
        try:
            return point, _values(operation, point, parameters)
        except Exception as error:  # whatever a value raises at a shape that it does not take
            reasons.append(f"{', '.join(map(written, shapes))}: {error}")
    raise ValueError(
        f"{operation.name!r} takes none of the shapes that were tried (the first: {reasons[0]}). "
        "Give a point, and the parameters if there are any: check_rule(operation, X, axis=0)."
    )


class _Judge:
    """What each referee finds: a sentence, and the difference relative to what is right."""

    def __init__(
        self,
        operation: Operation,
        point: list[np.ndarray],
        values: list[np.ndarray],
        parameters: Any,
    ) -> None:
        self.operation, self.point, self.values = operation, point, values
        self.rule, self.parameters = operation.rule, parameters
        self.rng = np.random.default_rng(SEED)

    def findings(self) -> Iterator[tuple[str, float]]:
        yield from self.shapes()
        for i, x in enumerate(self.rule.inputs):
            if x in self.rule.variables:
                for k in range(len(self.values)):
                    yield from self.derivatives(i, k)
        yield from self.print()

    def shapes(self) -> Iterator[tuple[str, float]]:
        stated = self.rule.shape(*(x.shape for x in self.point), **self.parameters)
        stated = stated if len(self.values) > 1 else (stated,)
        found = [y.shape for y in self.values]
        if [tuple(s) for s in stated] != found:
            yield (
                (
                    f"{self.operation.name}: its entry gives the shape "
                    f"{', '.join(map(written, stated))}, and its value has "
                    f"{', '.join(map(written, found))}; say shape=..., a function of the "
                    "inputs' shapes"
                ),
                np.inf,
            )

    def derivatives(self, i: int, k: int) -> Iterator[tuple[str, float]]:
        X, name = self.point[i], f"{self.operation.name} in {self.rule.inputs[i]}"
        H = self.rng.uniform(0.3, 1.0, X.shape) * self.rng.choice([-1.0, 1.0], X.shape)

        def f(Z: Any) -> Any:
            Y = self.operation(*self.point[:i], Z, *self.point[i + 1 :], **self.parameters)
            return Y[k] if isinstance(Y, tuple) else Y

        def plain(Z: Any) -> Any:  # np.array: it must not be traced
            Y = self.operation.value(
                *self.point[:i], np.array(Z), *self.point[i + 1 :], **self.parameters
            )
            return Y[k] if isinstance(Y, tuple) else Y

        D = derivative(f, X)
        first = check_derivative(plain, D, X)
        yield f"{name}: {first.message}", 0.0 if first else max(first.error, 2 * TOLERANCE)
        adjoint = check_adjoint(D)
        yield f"{name}: {adjoint.message}", 0.0 if adjoint else max(adjoint.error, 2 * TOLERANCE)
        c = taylor(f, X, H, 3)
        second = _slope(lambda t: taylor(f, X + t * H, H, 1)[1])
        yield f"{name}: the second Taylor coefficient", _off(2 * c[2], second)
        third = _slope(lambda t: taylor(f, X + t * H, H, 2)[2])
        yield f"{name}: the third Taylor coefficient", _off(3 * c[3], third)
        C = self.rng.uniform(0.3, 1.0, self.values[k].shape)
        phi = lambda Z: np.sum(C * f(Z))  # noqa: E731
        turned = _slope(lambda t: gradient(phi, X + t * H))
        yield f"{name}: the Hessian, against the gradient", _off(hessian(phi, X)[H], turned)

    def print(self) -> Iterator[tuple[str, float]]:
        """The printed differential and gradient, with numbers put in."""
        name, rule = self.operation.name, self.rule
        known = dict(zip(rule.inputs, self.point, strict=True))
        outputs = [str(symbol) for symbol in formula_of(name, **self.parameters).left]
        for letter, y in zip(outputs, self.values, strict=True):
            known[letter.removesuffix("'")] = y.T if letter.endswith("'") else y
        directions = {x: self.rng.standard_normal(np.shape(known[x])) for x in rule.variables}
        moves = {f"d{x}": H for x, H in directions.items()}
        found = values_of(differential_of(name, **self.parameters), known | moves)
        expected = self.along(directions)
        for letter, right in zip(outputs, expected, strict=True):
            shown = np.broadcast_to(found["d" + letter], right.shape)
            yield f"{name}: the printed differential of {letter}", _off(shown, right)
        if len(self.values) > 1:
            return
        try:
            equations = gradient_of(name, **self.parameters)
        except NoTransposeError:
            return
        G = np.ones(()) if self.values[0].ndim == 0 else self.rng.standard_normal(expected[0].shape)
        found = values_of(equations, known | {"G": G, "g": G})
        paired = sum(np.sum(found[f"grad {x}"] * H) for x, H in directions.items())
        yield f"{name}: the printed gradient", _off(paired, np.sum(G * expected[0]))

    def along(self, directions: dict[str, np.ndarray]) -> list[np.ndarray]:
        """The differential of each output when all inputs move, by differences of values."""

        def at(t: float) -> list[np.ndarray]:
            moved = [
                x + t * directions[name] if name in directions else x
                for name, x in zip(self.rule.inputs, self.point, strict=True)
            ]
            return _values(self.operation, moved, self.parameters)

        return [_slope(lambda t, k=k: at(t)[k]) for k in range(len(self.values))]


def _slope(at: Any) -> np.ndarray:
    """The derivative at 0, by five-point differences."""
    values = [w * np.asarray(at(k * STEP)) for k, w in zip(PLACES, WEIGHTS, strict=True)]
    return np.asarray(sum(values)) / STEP


def _off(found: Any, right: Any) -> float:
    """The difference, relative to the right result, above what differences can tell."""
    gap = largest(np.asarray(found) - np.asarray(right)) / max(1.0, largest(np.asarray(right)))
    return float(gap if gap > TOLERANCE else 0.0)
