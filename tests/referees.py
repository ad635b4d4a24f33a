"""Referees: independent ways to find out that a derivative is wrong.

Each referee takes a `Sample` (a function, a point, a direction) and raises `Refuted` if what
lecturelib says about it does not hold. They know nothing of the rules:

complex      complex step for the first order, Cauchy's integral on a circle for the higher ones,
             also around a complex point; for holomorphic code only
differences  five-point differences, of values and of the next lower derivative
remainder    f(X + tH) minus its Taylor polynomial falls like the next power of t
identity     an equation that defines the function holds in every Taylor coefficient
adjoint      <D[H], G> = <H, D.T[G]>
hessian      the Hessian operator of <C, f> is self-adjoint, gives the second Taylor coefficient,
             and is the derivative of the gradient
composed     the table's differential, on numbers, for rules whose NumPy code is differentiated
convention   what is stated for points where no derivative exists
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from lecturelib import derivative, gradient, hessian, jacobian_matrix, taylor
from lecturelib.claims.referees import circle_coefficients, five_point, second_difference
from lecturelib.table import TABLE

#: Every random number of the suite depends on this; `make test-full` sets a fresh one.
SEED = int(os.environ.get("COURSE_SEED", "0"))


class Refuted(AssertionError):
    """A referee found a wrong number."""


class Sample:
    """A case made concrete: f, X, directions, and what they are compared with.

    Attributes
    ----------
    f : callable
        Of one array.
    X, H : numpy.ndarray
        Point and direction.
    identity : callable or None
        ``identity(Y, X)`` vanishes for Y = f(X).
    """

    def __init__(
        self,
        name: str,
        f: Callable[[Any], Any],
        X: np.ndarray,
        rng: np.random.Generator,
        radius: float = 0.25,
        identity: Callable[..., Any] | None = None,
        composed: str = "",
        convention: Callable[[Sample], None] | None = None,
        inputs: Callable[[Any], tuple[Any, ...]] | None = None,
        symmetric: bool = False,
    ) -> None:
        self.name, self.f, self.X, self.rng = name, f, X, rng
        self.identity, self.composed, self.convention = identity, composed, convention
        self.inputs = inputs or (lambda X: (X,))
        self.symmetric = symmetric
        self.H = self.direction(radius)
        self.radius = radius
        self.value = np.asarray(f(X))
        self.scale = max(1.0, size(self.value))

    def direction(self, radius: float) -> np.ndarray:
        H = self.rng.uniform(0.3, 1.0, self.X.shape) * self.rng.choice([-1.0, 1.0], self.X.shape)
        return radius * ((H + H.T) / 2 if self.symmetric else H)

    def at(self, t: Any) -> np.ndarray:
        return np.asarray(self.f(self.X + t * self.H))


def size(A: Any) -> float:
    return float(np.max(np.abs(A), initial=0.0))


def require(what: str, found: Any, expected: Any, tolerance: float, scale: float = 1.0) -> None:
    """Refute unless two arrays agree in shape and, relative to their size, in every entry."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        raise Refuted(f"{what}: shape {found.shape} instead of {expected.shape}")
    gap = size(found - expected)
    if not gap <= tolerance * max(scale, size(expected)):
        raise Refuted(f"{what}: off by {gap:.3g}, found {found.ravel()[:4]}")


def named_rng(name: str) -> np.random.Generator:
    """Random numbers that depend on a name, not on the order in which tests run."""
    return np.random.default_rng([zlib.crc32(name.encode()), SEED])


# -- The referees ---------------------------------------------------------------------------------


def value(s: Sample) -> None:
    """Under differentiation f has the value that NumPy gives it, up to a few roundings."""
    D = derivative(s.f, s.X)
    require("value of derivative", D.value, s.value, 1e-13)
    require("value of taylor", taylor(s.f, s.X, s.H, 1)[0], s.value, 1e-13)
    D[s.H]  # what is drawn forward must have the shape of the value
    require("shape of D[H]", np.shape(D[s.H]), s.value.shape, 0.0)


def first(s: Sample) -> list[np.ndarray]:
    """The two ways to a first differential: Taylor coefficient and recorded map."""
    return [taylor(s.f, s.X, s.H, 1)[1], derivative(s.f, s.X)[s.H]]


def complex_step(s: Sample) -> None:
    """Im f(X + ihH) / h has no cancellation; what is left are the roundings of f itself."""
    h = 1e-30
    expected = s.at(1j * h).imag / h
    for found in first(s):
        require("complex step", found, expected, 1e-12, s.scale)


def circle(s: Sample) -> None:
    """The rounding of the k-th coefficient is that of f over 4^-k; 1e-11 leaves a factor 100."""
    expected = circle_coefficients(s.f, s.X, s.H, 3)
    found = taylor(s.f, s.X, s.H, 3)
    for k in range(4):
        require(f"coefficient {k} on a circle", found[k], expected[k].real, 1e-11, s.scale)
    X, H = s.X + 0.3j * s.H, s.H - 0.5j * s.H[..., ::-1] if s.H.ndim else s.H * (1 - 0.5j)
    expected = circle_coefficients(s.f, X, H, 3)
    found = taylor(s.f, X, H, 3)
    for k in range(4):
        require(f"coefficient {k} at a complex point", found[k], expected[k], 1e-11, s.scale)
    require("D[H] at a complex point", derivative(s.f, X)[H], expected[1], 1e-11, s.scale)


def differences(s: Sample) -> None:
    """At these steps both errors of the formulas, truncation and rounding, stay below 1e-9."""
    expected = five_point(s.at, 0.0, 1.0, 2.0**-8)
    for found in first(s):
        require("first differential by differences", found, expected, 1e-9, s.scale)
    c = taylor(s.f, s.X, s.H, 3)
    require(
        "second coefficient by differences",
        2.0 * c[2],
        second_difference(s.at, 0.0, 1.0, 2.0**-7),
        1e-9,
        s.scale,
    )

    def slope(t: float) -> np.ndarray:
        return taylor(s.f, s.X + t * s.H, s.H, 1)[1]

    def bend(t: float) -> np.ndarray:
        return taylor(s.f, s.X + t * s.H, s.H, 2)[2]

    for k, lower in ((2, slope), (3, bend)):
        expected = five_point(lower, 0.0, 1.0, 2.0**-8)
        require(f"coefficient {k} by differences", k * c[k], expected, 1e-9, s.scale)


def remainder(s: Sample) -> None:
    """The slope of the remainder of order k is k + 1; half an order below is a refutation.

    The larger one of two directions counts: two terms may cancel along one of them.
    """
    pairs = [(H, taylor(s.f, s.X, H, 3)) for H in (s.H, s.direction(s.radius))]
    steps = 2.0 ** -np.arange(3.0, 13.0)
    gaps = np.array([[s.f(s.X + t * H) - c[0] - t * c[1] for H, c in pairs] for t in steps])
    for order in (1, 2, 3):
        if order > 1:
            term = np.array([[t**order * c[order] for _, c in pairs] for t in steps])
            gaps = gaps - term
        sizes = np.abs(gaps).reshape(len(steps), -1).max(axis=1, initial=0.0)
        visible = np.flatnonzero(sizes > 1e-12 * s.scale)[-4:]  # well above the rounding of f
        if visible.size < 3:
            continue
        slope = np.polyfit(np.log(steps[visible]), np.log(sizes[visible]), 1)[0]
        # A wrong coefficient is off by what is left over t^k at the shortest step. Where that is
        # next to nothing, the coefficient is right and the next one happens to be small.
        off = sizes[visible[-1]] / steps[visible[-1]] ** order
        if not slope > order + 0.5 and off > 1e-5 * s.scale:
            raise Refuted(f"the remainder of order {order} falls with slope {slope:.2f}")


def identity(s: Sample) -> None:
    """What defines the function holds to every order: five coefficients, to rounding."""

    holds = s.identity
    assert holds is not None

    def gap(X: Any) -> Any:
        parts = holds(s.f(X), X)
        parts = parts if isinstance(parts, list) else [parts]
        return np.concatenate([np.reshape(part, (-1,)) for part in parts])

    for k, coefficient in enumerate(taylor(gap, s.X, s.H, 5)):
        require(f"defining identity, order {k}", coefficient, 0 * coefficient, 1e-11, s.scale)


def adjoint(s: Sample) -> None:
    """Dot test in three pairs of directions, and the matrix of the map against both."""
    D = derivative(s.f, s.X)
    for _ in range(3):
        H, G = s.direction(1.0), s.rng.uniform(-1.0, 1.0, s.value.shape)
        if np.iscomplexobj(s.value):
            G = G + 1j * s.rng.uniform(-1.0, 1.0, s.value.shape)
        left, Z = np.sum(D[H] * G).real, D.T[G]
        require("shape of D.T[G]", Z.shape, s.X.shape, 0.0)
        terms = np.sum(np.abs(D[H] * G)) + np.sum(np.abs(H * Z))
        require("dot test", np.sum(H * Z).real, left, 1e-13, 1.0 + float(terms))


def matrix(s: Sample) -> None:
    """J vec(H) = vec(D[H]), columns stacked on both sides."""
    D = derivative(s.f, s.X)
    J = jacobian_matrix(s.f, s.X)
    require("shape of the Jacobian", J.shape, (s.value.size, s.X.size), 0.0)
    expected = D[s.H].ravel(order="F")
    require("Jacobian", J @ s.H.ravel(order="F"), expected, 1e-12, s.scale)


def hessian_operator(s: Sample) -> None:
    """The Hessian of phi = Re <C, f>: three things that hold for no other operator."""
    C = s.rng.uniform(-1.0, 1.0, s.value.shape)
    if np.iscomplexobj(s.value):
        C = C + 1j * s.rng.uniform(-1.0, 1.0, s.value.shape)

        def phi(X: Any) -> Any:
            return np.real(np.sum(C * s.f(X)))
    else:

        def phi(X: Any) -> Any:
            return np.sum(C * s.f(X))

    H, K = s.H, s.direction(s.radius)
    operator = hessian(phi, s.X)
    HH, HK = operator[H], operator[K]
    scale = max(s.scale, size(HH), size(HK))
    require("shape of Hess[H]", HH.shape, s.X.shape, 0.0)
    require("symmetry of the Hessian", np.sum(HH * K), np.sum(H * HK), 1e-11, scale)
    second = 2.0 * np.sum(C * taylor(s.f, s.X, H, 2)[2]).real
    require("form of the Hessian", np.sum(HH * H), second, 1e-11, scale)
    slope = five_point(lambda X: gradient(phi, X), s.X, H, 2.0**-8)
    require("Hessian as the derivative of the gradient", HH, slope, 1e-9, scale)
    require("gradient", np.sum(gradient(phi, s.X) * H), taylor(phi, s.X, H, 1)[1], 1e-12, scale)
    columns = hessian(phi, s.X).matrix() @ H.ravel(order="F")  # of all directions in one pass
    require("matrix of the Hessian", columns, HH.ravel(order="F"), 1e-11, scale)


def composed(s: Sample) -> None:
    """The differential that the table states, evaluated on numbers, is the one of the code."""
    rule = TABLE[s.composed].rule
    inputs = s.inputs(s.X)
    stated = rule.differential(s.value, *inputs, s.H)
    require("stated differential", stated, taylor(s.f, s.X, s.H, 1)[1], 1e-11, s.scale)
    if rule.transposes:
        [place] = [i for i, x in enumerate(inputs) if x is s.X]
        G = s.rng.standard_normal(s.value.shape)
        back = rule.transposed(place, G, inputs, {})
        require("stated transpose", np.sum(back * s.H), np.sum(G * stated), 1e-11, s.scale)


def convention(s: Sample) -> None:
    """What is stated where no derivative exists."""
    assert s.convention is not None
    s.convention(s)


REFEREES: dict[str, Callable[[Sample], None]] = {
    "convention": convention,
    "value": value,
    "composed": composed,
    "complex step": complex_step,
    "adjoint": adjoint,
    "matrix": matrix,
    "identity": identity,
    "circle": circle,
    "differences": differences,
    "hessian": hessian_operator,
    "remainder": remainder,
}

#: Referees that compare with something outside the rules; each rule needs two of them.
INDEPENDENT = {"complex step", "circle", "differences", "remainder", "identity", "composed"}
