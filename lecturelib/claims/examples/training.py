"""Checks of the claims of the page "Training"."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential
from ..checking import Check, claim, outside
from ..draws import full_rank, normal, positive_definite, rational
from ..referees import complex_step, order
from .shared import cost, differences, layer, network, slope


def _descent(rng: np.random.Generator) -> tuple[Callable[[Any], Any], Any]:
    """The cost of a network after a step along the gradient by W_1, and that gradient's length."""
    weights, phi0, target = network(rng), normal(rng, 3, 4), normal(rng, 2, 4)
    W1, W2, W3 = weights
    phi1 = layer(W1, phi0)
    phi2 = layer(W2, phi1)
    delta = (layer(W3, phi2) - target) / 2 * slope(W3.T @ phi2)
    delta = (W3 @ delta) * slope(W2.T @ phi1)
    G = phi0 @ ((W2 @ delta) * slope(W1.T @ phi0)).T

    def after(alpha: Any) -> Any:
        return cost([W1 - alpha * G, W2, W3], phi0, target)

    return after, np.linalg.norm(G)


@claim("gradient-descent-update")
def gradient_descent_update(rng: np.random.Generator) -> Iterator[Check]:
    after, length = _descent(rng)
    square = length**2
    yield Check(
        stated=-square,
        referees={
            "complex step": complex_step(after, 0.0, 1.0),
            "five-point differences": differences(after, 0.0, 1.0, h=2.0**-11 / length),
        },
        wrong={"uphill": square, "half of it": -square / 2},
        table=lambda: differential(after, 0.0, 1.0),
    )
    # Three networks, since along the gradient the second derivative of one alone may vanish.
    networks = [_descent(rng) for _ in range(3)]

    def remainder(change: float) -> Callable[[float], Any]:
        return lambda a: np.array(
            [after(a / length) - after(0.0) - change * length * a for after, length in networks]
        )

    def rate(a: float) -> Any:
        return np.array(
            [complex_step(after, a / length, 1 / length) + length for after, length in networks]
        )

    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(remainder(-1.0)),
            "order of its rate of change + 1": order(rate) + 1,
        },
        wrong={"order if the change is overstated twofold": order(remainder(-2.0))},
        bounds={"order of its rate of change + 1": 0.0},
    )
    a = rational(rng, 1)[0] ** 2  # E(w) = w + a |w|^(3/2) at w = 0: G = 1, and no second derivative
    powers = [Fraction(1, 4**k) for k in range(20, 26)]  # their roots are fractions, too
    left = [a * Fraction(1, 8**k) for k in range(20, 26)]  # E(-alpha) - E(0) + alpha
    yield Check(
        stated=1.5,
        referees={
            "order of the remainder": order(lambda t: float(a) * abs(t) ** 1.5),
            "steps in fractions": math.log(left[0] / left[-1]) / math.log(powers[0] / powers[-1]),
        },
        wrong={"O(alpha^2) for every differentiable cost": 2.0},
        bounds={"order of the remainder": 1e-9, "steps in fractions": 1e-9},
    )


@outside(
    "gradient-descent-update", "the cost is differentiable, and not twice (the order of the rest)"
)
def gradient_descent_update_once(rng: np.random.Generator) -> Iterator[Check]:
    a = float(rng.uniform(0.5, 2.0))  # E(w) = w + a |w|^(3/2) at w = 0, where G = 1

    def cost(w: float) -> float:
        return w + a * abs(w) ** 1.5

    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(lambda t: cost(-t) - cost(0.0) + t),
            "order of its rate of change + 1": order(lambda t: 1.5 * a * math.sqrt(t)) + 1,
        },
        bounds={"order of the remainder": 1e-6, "order of its rate of change + 1": 1e-6},
    )


@claim("gradient-descent-step")
def gradient_descent_step(rng: np.random.Generator) -> Iterator[Check]:
    # E = w^2 / 2, beta = 1, from w = 1: w_k is a product of factors 1 - alpha_k.
    alphas = [Fraction(a, 20) for a in (1, 20, 30, 39, 40, 42)]
    after = [Fraction(1) for _ in alphas]
    for _ in range(60):
        after = [w - a * w for w, a in zip(after, alphas, strict=True)]
    closer = [abs(w) < Fraction(1, 2) for w in after]  # 0.95^60 < 0.05
    yield Check(
        stated=[0 < a < 2 for a in alphas],
        referees={
            "60 steps in fractions": closer,
            "size of the factor": [abs(1 - a) < 1 for a in alphas],
        },
        wrong={
            "only up to 1 / beta": [a <= 1 for a in alphas],
            "constant steps never converge (E58)": [False for _ in alphas],
        },
        bounds={"60 steps in fractions": 0.0, "size of the factor": 0.0},
    )
    product = Fraction(1)
    for k in range(60):
        product *= 1 - Fraction(1, 2) * Fraction(1, 4) ** k
    q, a = 0.25, 0.5
    euler, denominator = 0.0, 1.0  # Euler: prod (1 - a q^k) = sum (-a)^k q^(k(k-1)/2) / (q; q)_k
    for k in range(12):
        euler += (-a) ** k * q ** (k * (k - 1) / 2) / denominator
        denominator *= 1 - q ** (k + 1)
    w = 1.0
    for k in range(60):
        w -= 0.5 * 4.0**-k * w
    yield Check(
        stated=0.41942244179510759,
        referees={"product of 60 fractions": float(product), "Euler's series": euler, "steps": w},
        wrong={
            "the minimum is reached by every decreasing step (E58)": 0.0,
            "exponential of the sum of the steps": math.exp(-2 / 3),
        },
        bounds={"product of 60 fractions": 1e-14, "Euler's series": 1e-14, "steps": 1e-13},
    )
    k = int(rng.integers(20, 40))
    factors = [1 - Fraction(1, 2 * j) for j in range(1, k + 1)]  # alpha_k = 1 / (2k): no finite sum
    yield Check(
        stated=Fraction(math.comb(2 * k, k), 4**k),
        referees={
            "steps in fractions": math.prod(factors, start=Fraction(1)),
            "Wallis' double factorials": Fraction(
                math.prod(range(1, 2 * k, 2)), math.prod(range(2, 2 * k + 1, 2))
            ),
        },
        wrong={"stalled after one step": Fraction(1, 2), "arrived at the minimum": Fraction(0)},
        bounds={"steps in fractions": 0.0, "Wallis' double factorials": 0.0},
    )
    a, number = rng.uniform(0.8, 0.95), np.arange(1.0, 1e6)
    root, many = math.sqrt(a), math.lgamma(1e6 + 1)

    def gauss(x: float) -> float:  # the product of 1 - x / k up to k = 10^6, by Gamma functions
        return math.exp(math.lgamma(1e6 + 1 - x) - many - math.lgamma(1 - x))

    yield Check(  # the limits of w for a / k, without a finite sum, and for a / k^2, with one
        stated=[0.0, np.sinc(root)],  # Euler: sin(pi x) / (pi x) = prod (1 - x^2 / k^2)
        referees={
            "a million steps": [np.prod(1 - a / number), np.prod(1 - a / number**2)],
            "Gauss' product": [gauss(a), gauss(root) * gauss(-root)],
        },
        wrong={
            "every step that tends to zero arrives": [0.0, 0.0],
            "no step that tends to zero arrives": [np.sinc(root)] * 2,
        },
        bounds={"a million steps": 1e-4, "Gauss' product": 1e-4},
    )
    A = positive_definite(rng, 4)
    values, vectors = np.linalg.eigh(A)
    beta = values[-1]
    v = vectors @ np.ones(4)  # a share of every eigenvector
    alphas = np.array([0.1, 1.0, 1.95, 2.05, 3.0]) / beta
    ends = []
    for alpha in alphas:
        u = v
        for _ in range(80):
            u = u - alpha * (A @ u)
        ends.append(bool(np.linalg.norm(u) < np.linalg.norm(v)))
    radius = [float(np.max(np.abs(np.linalg.eigvals(np.eye(4) - a * A)))) for a in alphas]
    yield Check(
        stated=[a < 2 / beta for a in alphas],
        referees={"80 steps": ends, "eigenvalues": [r < 1 for r in radius]},
        wrong={"the smallest eigenvalue for beta": [a < 2 / values[0] for a in alphas]},
        bounds={"80 steps": 0.0, "eigenvalues": 0.0},
    )
    yield from _promised_fall(rng)


@outside("gradient-descent-step", "alpha is 2/beta (the gradients tend to zero)")
def gradient_descent_step_bound(rng: np.random.Generator) -> Iterator[Check]:
    beta, w = abs(rational(rng, 1)[0]), rational(rng, 1)[0]
    sizes = []
    for _ in range(4):  # on beta w^2 / 2
        sizes.append(abs(w))
        w -= 2 / beta * (beta * w)
    yield Check(
        stated=[True] * 3,
        referees={"steps in fractions": [b < a for a, b in zip(sizes, sizes[1:], strict=False)]},
    )


@outside("gradient-descent-step", "the gradient is not Lipschitz")
def gradient_descent_step_rough(rng: np.random.Generator) -> Iterator[Check]:
    alpha = abs(rational(rng, 1)[0]) / int(rng.choice([1, 10, 1000]))
    root = alpha / 2  # on |w|^(3/2) * 2/3 from w = alpha^2 / 4: the step leads to -w, and back
    w = root**2
    after = w - alpha * root
    yield Check(  # does the cost fall?
        stated=True,
        referees={
            "steps in fractions": bool(abs(after) < w),
            "values": bool(abs(float(after)) ** 1.5 < abs(float(w)) ** 1.5 * (1 - 1e-12)),
        },
    )


@outside("gradient-descent-step", "the cost is not bounded below (the gradients tend to zero)")
def gradient_descent_step_bottomless(rng: np.random.Generator) -> Iterator[Check]:
    slope, alpha = rational(rng, 2)  # on slope w + log cosh w, where beta = 1
    slope, alpha = 2 + abs(slope), float(abs(alpha) / 3)
    w = 0.0
    for _ in range(1000):
        w -= alpha * (float(slope) + math.tanh(w))
    yield Check(
        stated=0.0,
        referees={
            "1000 steps": float(slope) + math.tanh(w),
            "in the limit": float(slope) - 1,
        },
        bounds={"1000 steps": 1e-6, "in the limit": 1e-6},
    )


@outside("gradient-descent-step", "G is the gradient of one of two samples")
def gradient_descent_step_sample(rng: np.random.Generator) -> Iterator[Check]:
    a, alpha = abs(rational(rng, 1)[0]), abs(rational(rng, 1)[0]) / 4
    G = -a  # of (w - a)^2 / 2 at w = 0, the minimum of its mean with (w + a)^2 / 2: beta is 1

    def cost(w: Fraction) -> Fraction:
        return ((w - a) ** 2 + (w + a) ** 2) / 4

    yield Check(  # does the cost change by at most what is stated?
        stated=True,
        referees={
            "fractions": bool(
                cost(-alpha * G) - cost(Fraction(0)) <= -alpha * (1 - alpha / 2) * G**2
            )
        },
    )


def _promised_fall(rng: np.random.Generator) -> Iterator[Check]:
    """For E(w) = sum log cosh(Bw), which is not quadratic; its Hessian is at most B^T B."""
    B, w = full_rank(rng, 5, 3), normal(rng, 3)
    beta = float(np.linalg.eigvalsh(B.T @ B)[-1])
    G = B.T @ np.tanh(B @ w)
    alphas = np.array([0.1, 0.5, 1.0, 1.5, 1.9]) / beta
    falls = alphas * (1 - alphas * beta / 2) * np.sum(G**2)
    found = np.array([_log_cosh(B @ w) - _log_cosh(B @ (w - a * G)) for a in alphas])
    along = np.array([_fall_along(B, w, G, a) for a in alphas])
    yield Check(  # does the cost fall by what is promised?
        stated=[True] * 5,
        referees={
            "values": [bool(p <= f) for p, f in zip(falls, found, strict=True)],
            "rate of change, integrated": [bool(p <= f) for p, f in zip(falls, along, strict=True)],
        },
        wrong={
            "alpha |G|^2, as if the gradient stood still": [
                bool(a * np.sum(G**2) <= f) for a, f in zip(alphas, found, strict=True)
            ]
        },
    )


def _log_cosh(z: Any) -> float:
    return float(np.sum(np.log(np.cosh(z))))


def _fall_along(B: Any, w: Any, G: Any, alpha: float) -> float:
    """The fall of sum log cosh(Bw) along w - tG, from its rate of change."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    times = alpha * (nodes + 1) / 2
    rates = [np.tanh(B @ (w - t * G)) @ (B @ G) for t in times]
    return float(alpha / 2 * weights @ rates)
