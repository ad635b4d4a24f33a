"""Checks of the claims of the page "Logistic regression and softmax"."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import derivative, gradient, hessian
from ...functions import logsumexp, softplus
from ..checking import Check, claim, outside
from ..draws import full_rank, normal, rational, signed
from ..referees import (
    circle,
    complex_step,
    five_point,
    mixed_difference,
    partials,
    second_difference,
)
from .shared import Array, bent, exact_rank, hessian_by, hessian_matrix

#: Features, classes, samples: all distinct.
FEATURES, CLASSES, SAMPLES = 4, 3, 6


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(Z: Any) -> Any:
    """Of each column."""
    e = np.exp(Z)
    return e / e.sum(axis=0)


# -- Two classes ----------------------------------------------------------------------------------


def one(z: Any, y: Any) -> Any:
    return np.log(1 + np.exp(z)) - y * z


@claim("logistic-scalar")
def logistic_scalar(rng: np.random.Generator) -> Iterator[Check]:
    z, y = signed(rng, 0.3, 3.0, 5), rng.permutation([0.0, 1.0, 1.0, 0.0, 0.3])
    p, ones = sigmoid(z), np.ones(5)
    yield Check(
        stated=p - y,
        referees={
            "complex step": complex_step(lambda z: one(z, y), z, ones),
            "five-point differences": five_point(lambda z: one(z, y), z, ones),
        },
        wrong={
            "sign": y - p,
            "with the factor of squared errors": (p - y) * p * (1 - p),
        },
        table=lambda: derivative(lambda z: softplus(z) - y * z, z)[ones],
    )
    yield Check(
        stated=p * (1 - p),
        referees={
            "circle in the complex plane": circle(lambda z: one(z, y), z, ones, 2),
            "second differences": second_difference(lambda z: one(z, y), z, ones),
        },
        wrong={"p alone": p, "p squared": p * p},
    )
    places = np.array([0.0, *z])
    yield Check(  # the largest value, and where it is
        stated=[0.25, 0.0],
        referees={
            "circle in the complex plane": largest(
                circle(lambda z: one(z, 1.0), places, np.ones(6), 2), places
            ),
            "second differences": largest(
                second_difference(lambda z: one(z, 1.0), places, np.ones(6)), places
            ),
        },
        wrong={"at most 1": [1.0, 0.0]},
    )


@outside("logistic-scalar", "z is imaginary (at most 1/4)")
def logistic_scalar_imaginary(rng: np.random.Generator) -> Iterator[Check]:
    z = 1j * rng.uniform(0.5, 2.5)
    found = abs(sigmoid(z) * (1 - sigmoid(z)))
    other = abs(1 / (2 + np.exp(z) + np.exp(-z)))
    yield Check(
        stated=True,
        referees={"by the sigmoid": bool(found <= 0.25), "1/(2 + 2 cos)": bool(other <= 0.25)},
    )


def largest(values: Array, places: Array) -> list[float]:
    return [float(values.max()), float(places[values.argmax()])]


def labelled(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Samples in columns, labels of both kinds, weights."""
    X, y = normal(rng, FEATURES, SAMPLES), rng.permutation([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    return X, y, normal(rng, FEATURES) / 2


def logistic_cost(w: Any, X: Any, y: Any) -> Any:
    return np.sum(one(X.T @ w, y)) / X.shape[1]


@claim("logistic-gradient")
def logistic_gradient(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = labelled(rng)
    p = sigmoid(X.T @ w)

    def cost(w: Any) -> Any:
        return logistic_cost(w, X, y)

    yield Check(
        stated=X @ (p - y) / SAMPLES,
        referees={
            "complex step": partials(cost, w),
            "five-point differences": partials(cost, w, five_point),
        },
        wrong={
            "1/N forgotten": X @ (p - y),
            "sign": X @ (y - p) / SAMPLES,
            "with the factor of squared errors": X @ ((p - y) * p * (1 - p)) / SAMPLES,
            "divided by n": X @ (p - y) / FEATURES,
        },
        table=lambda: gradient(lambda w: np.mean(softplus(X.T @ w) - y * (X.T @ w)), w),
    )


def in_rows(rng: np.random.Generator) -> tuple[Array, Array, Array, Any]:
    """As many samples as features, one a row; labels, weights, and the cost."""
    X, y = normal(rng, SAMPLES, SAMPLES), rng.permutation([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    return X, y, normal(rng, SAMPLES) / 3, lambda w: logistic_cost(w, X.T, y)


@outside("logistic-gradient", "X is square, with one sample a row")
def logistic_gradient_of_rows(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w, cost = in_rows(rng)
    yield Check(
        stated=X @ (sigmoid(X.T @ w) - y) / SAMPLES,
        referees={"complex step": partials(cost, w)},
    )


@outside("logistic-gradient", "a softmax in place of sigma")
def logistic_gradient_of_softmax(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = labelled(rng)
    yield Check(
        stated=X @ (softmax(X.T @ w) - y) / SAMPLES,
        referees={"complex step": partials(lambda w: logistic_cost(w, X, y), w)},
    )


def dependent(rng: np.random.Generator) -> tuple[Array, Array]:
    """Integer samples with independent rows, and with a row that is the sum of two others."""
    X = rng.integers(-3, 4, (3, SAMPLES))
    X[:, :3] += 7 * np.eye(3, dtype=int)
    other = X.copy()
    other[2] = other[0] + other[1]
    return X, other


@claim("logistic-hessian")
def logistic_hessian(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = labelled(rng)
    p = sigmoid(X.T @ w)

    def cost(w: Any) -> Any:
        return logistic_cost(w, X, y)

    yield Check(
        stated=(X * (p * (1 - p))) @ X.T / SAMPLES,
        referees={
            "circle in the complex plane": hessian_matrix(cost, w, bent),
            "five-point differences": hessian_matrix(cost, w),
        },
        wrong={
            "the weights forgotten": X @ X.T / SAMPLES,
            "p for p (1 - p)": (X * p) @ X.T / SAMPLES,
            "1/N forgotten": (X * (p * (1 - p))) @ X.T,
        },
        table=lambda: hessian(lambda w: np.mean(softplus(X.T @ w) - y * (X.T @ w)), w).matrix(),
    )
    small = normal(rng, 3) / 4
    definite, exact = [], []
    for A in dependent(rng):
        H = hessian_matrix(lambda w: logistic_cost(w, A / 4, y), small)  # noqa: B023
        values = np.linalg.eigvalsh(H)
        definite.append(bool(values[0] > 1e-6 * values[-1]))
        exact.append(exact_rank(A) == 3)
    yield Check(
        stated=[True, False],
        referees={"eigenvalues of the numerical Hessian": definite, "elimination": exact},
        wrong={"always definite": [True, True], "only semidefinite": [False, False]},
    )


@outside("logistic-hessian", "X is square, with one sample a row")
def logistic_hessian_of_rows(rng: np.random.Generator) -> Iterator[Check]:
    X, _, w, cost = in_rows(rng)
    p = sigmoid(X.T @ w)
    yield Check(
        stated=(X * (p * (1 - p))) @ X.T / SAMPLES,
        referees={"five-point differences": hessian_matrix(cost, w)},
    )


@claim("logistic-minimiser")
def logistic_minimiser(rng: np.random.Generator) -> Iterator[Check]:
    v = signed(rng, 0.6, 1.0, 2)
    X = normal(rng, 2, 40)
    X = X[:, np.abs(v @ X) > 0.5][:, :7]  # a margin, so that a grid of directions finds one
    separated = (v @ X > 0).astype(float)
    A = full_rank(rng, 2, 2)
    overlapping = np.hstack([A, -A, X])  # a sample and its opposite with one label
    labels = np.concatenate([np.ones(4), separated])
    angles = np.linspace(0, 2 * np.pi, 3600, endpoint=False)
    grid = np.array([np.cos(angles), np.sin(angles)])
    found: dict[str, list[bool]] = {"descent": [], "directions": []}
    for samples, y in ((X, separated), (overlapping, labels)):
        signs = 2 * y - 1
        right = signs[:, None] * (samples.T @ grid)
        found["directions"].append(not bool((right > 0).all(axis=0).any()))
        found["descent"].append(arrives(samples, y))
    yield Check(
        stated=[False, True],
        referees={
            "Newton's method with damping": found["descent"],
            "3600 directions": found["directions"],
        },
        wrong={"always": [True, True], "never": [False, False]},
    )
    yield from logistic_border(rng)
    margins = (2 * separated - 1) * (v @ X)
    costs = [np.mean(np.logaddexp(0.0, -t * margins)) for t in range(0, 60, 4)]
    yield Check(
        stated=[True, True],
        referees={
            "values": [bool((np.diff(costs) < 0).all()), bool(costs[-1] < 1e-9)],
            "each term by itself": [
                bool((margins > 0).all()),
                bool(np.exp(-56 * margins).max() < 1e-9),  # log(1 + e^-s) is below e^-s
            ],
        },
        wrong={"settles at a minimum": [False, False], "falls to a positive limit": [True, False]},
    )


def logistic_border(rng: np.random.Generator) -> Iterator[Check]:
    """Along v nobody is on the wrong side: six on the right one and two on the border; then all."""
    margin = rng.uniform(0.6, 1.5, 6) * np.array([1, 1, 1, -1, -1, -1])
    across = np.stack([np.zeros(2), np.array([1.0, -1.0]) * rng.uniform(0.5, 1.5)])  # both 1
    X = np.hstack([across, np.stack([margin, normal(rng, 6)])])
    y = np.array([1.0, 1.0, *(margin > 0)])
    w = normal(rng, 2) / 2
    walk = [logistic_cost(w + [t, 0.0], X, y) for t in range(0, 60, 4)]
    kept = logistic_cost(w, across, y[:2]) * 2 / 8  # what the two on the border pay
    flat = [logistic_cost(w + [t, 0.0], across, y[:2]) for t in range(0, 60, 4)]
    falling = bool((np.diff(walk[:8]) < 0).all())
    p = [sigmoid(X.T @ (w + [t, 0.0])) for t in range(0, 28, 4)]
    slopes = [float(X[0] @ (q - y)) for q in p]
    yield Check(
        stated=[True, True, False, True],
        referees={
            "values along v": [
                falling,
                bool(abs(walk[-1] - kept) < 1e-9),
                bool(walk[-1] < 1e-9),
                bool(np.ptp(flat) < 1e-12),
            ],
            "slopes along v, and Newton's method": [
                bool(max(slopes) < 0),
                not arrives(X, y),
                bool(kept < 1e-9),
                bool(np.abs(across.T @ [1.0, 0.0]).max() == 0),
            ],
        },
        wrong={
            "on the border is enough for a minimum": [False, False, False, True],
            "tends to 0 all the same": [True, True, True, True],
            "strictly convex for every X": [True, True, False, False],
        },
    )


@outside(
    "logistic-minimiser", "v has samples on its border, and none on its wrong side (there is one)"
)
def logistic_on_the_border(rng: np.random.Generator) -> Iterator[Check]:
    right = rng.uniform(0.6, 1.5, 6) * np.array([1, 1, 1, -1, -1, -1])  # margins of v = e_1
    border = np.array([[0.0, 0.0], [1.0, -1.0]]) * rng.uniform(0.5, 1.5)
    X = np.hstack([border, np.stack([right, normal(rng, 6)])])
    y = np.array([1.0, 1.0, *(right > 0)])
    costs = [logistic_cost(np.array([t, 0.0]), X, y) for t in range(0, 20, 2)]
    yield Check(
        stated=True,
        referees={
            "Newton's method with damping": arrives(X, y),
            "values along v": not bool((np.diff(costs) < 0).all()),
        },
    )


@outside("logistic-minimiser", "v has all samples on its border (no second one)")
def logistic_across(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = labelled(rng)
    X[2] = X[0] + X[1]
    found = logistic_cost(w + [2.0, 2.0, -2.0, 0.0], X, y) - logistic_cost(w, X, y)
    yield Check(stated=True, referees={"another w of the same cost": bool(abs(found) > 1e-9)})


def arrives(X: Array, y: Array) -> bool:
    """Whether damped Newton steps come to rest; on the way to infinity they do not shorten."""
    w, length = np.zeros(len(X)), np.inf
    for _ in range(30):
        p = sigmoid(X.T @ w)
        step = np.linalg.solve((X * (p * (1 - p))) @ X.T, X @ (y - p))
        length = float(np.linalg.norm(step))
        w = w + step * 2.0 / max(2.0, length)
    return length < 1e-6


@claim("logistic-newton")
def logistic_newton(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = labelled(rng)
    X = X / 2
    p = sigmoid(X.T @ w)
    weight, target = p * (1 - p), (y - p) / (p * (1 - p))

    def cost(w: Any) -> Any:
        return logistic_cost(w, X, y)

    def fitted(weight: Array, target: Array) -> Array:
        root = np.sqrt(weight)
        return np.linalg.lstsq(root[:, None] * X.T, root * target, rcond=None)[0]

    G = partials(cost, w), partials(cost, w, five_point)
    yield Check(
        stated=fitted(weight, target),
        referees={
            "circle and complex step": -np.linalg.solve(hessian_matrix(cost, w, bent), G[0]),
            "five-point differences": -np.linalg.solve(hessian_matrix(cost, w), G[1]),
        },
        wrong={
            "the weights forgotten": fitted(np.ones(SAMPLES), target),
            "targets y - p": fitted(weight, y - p),
            "weights squared": fitted(weight**2, target),
        },
        bounds={"circle and complex step": 1e-6, "five-point differences": 1e-5},
        table=lambda: (
            -np.linalg.solve(
                hessian(lambda w: np.mean(softplus(X.T @ w) - y * (X.T @ w)), w).matrix(),
                gradient(lambda w: np.mean(softplus(X.T @ w) - y * (X.T @ w)), w),
            )
        ),
    )


@outside("logistic-newton", "p is taken at another point than the step starts from")
def logistic_newton_from_elsewhere(rng: np.random.Generator) -> Iterator[Check]:
    X, y, w = labelled(rng)
    X, old = X / 2, sigmoid(X.T @ (w + 1) / 2)
    root = np.sqrt(old * (1 - old))

    def cost(w: Any) -> Any:
        return logistic_cost(w, X, y)

    yield Check(
        stated=np.linalg.lstsq(root[:, None] * X.T, (y - old) / root, rcond=None)[0],
        referees={
            "five-point differences": -np.linalg.solve(
                hessian_matrix(cost, w), partials(cost, w, five_point)
            )
        },
        bounds={"five-point differences": 1e-3},
    )


# -- More classes ---------------------------------------------------------------------------------


def classified(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Samples in columns, one-hot columns with each class in them, weights."""
    X = normal(rng, FEATURES, SAMPLES) / 2
    Y = np.eye(CLASSES)[rng.permutation([0, 1, 2, 0, 1, 2])].T
    return X, Y, normal(rng, FEATURES, CLASSES) / 2


def cross_entropy(W: Any, X: Any, Y: Any) -> Any:
    return -np.sum(Y * np.log(softmax(W.T @ X))) / X.shape[1]


def by_table(W: Any, X: Any, Y: Any) -> Any:
    Z = W.T @ X
    return (np.sum(logsumexp(Z, axis=0)) - np.sum(Y * Z)) / X.shape[1]


@claim("softmax-two-classes")
def softmax_two_classes(rng: np.random.Generator) -> Iterator[Check]:
    X, y, _ = labelled(rng)
    W = normal(rng, FEATURES, 2) / 2
    Y = np.stack([y, 1 - y])
    p = sigmoid(X.T @ (W[:, 0] - W[:, 1]))
    z = W.T @ X
    yield Check(
        stated=p,
        referees={
            "28 decimal digits": [float(share(column)[0]) for column in z.T],
            "logarithms": np.exp(z[0] - np.logaddexp(z[0], z[1])),
        },
        wrong={
            "the other class": 1 - p,
            "sum of the columns": sigmoid(X.T @ W.sum(axis=1)),
            "the first column alone": sigmoid(z[0]),
        },
        table=lambda: gradient(lambda W: np.sum(logsumexp(W, axis=0)), z)[0],
    )

    def cost(W: Any) -> Any:
        return cross_entropy(W, X, Y)

    g = X @ (p - y) / SAMPLES
    yield Check(
        stated=np.stack([g, -g], axis=1),
        referees={
            "complex step": partials(cost, W),
            "five-point differences": partials(cost, W, five_point),
        },
        wrong={
            "twice the same column": np.stack([g, g], axis=1),
            "half for each": np.stack([g, -g], axis=1) / 2,
            "zero for the second": np.stack([g, 0 * g], axis=1),
        },
        table=lambda: gradient(lambda W: by_table(W, X, Y), W),
    )


@outside("softmax-two-classes", "the second row of Y is not 1 - y")
def softmax_two_free_rows(rng: np.random.Generator) -> Iterator[Check]:
    X, y, _ = labelled(rng)
    W = normal(rng, FEATURES, 2) / 2
    g = X @ (sigmoid(X.T @ (W[:, 0] - W[:, 1])) - y) / SAMPLES
    yield Check(
        stated=np.stack([g, -g], axis=1),
        referees={"complex step": partials(lambda W: cross_entropy(W, X, np.stack([y, y])), W)},
    )


def share(z: Array) -> list[decimal.Decimal]:
    """The softmax of a column in decimal numbers."""
    powers = [decimal.Decimal(float(a)).exp() for a in z]
    return [a / sum(powers) for a in powers]


@claim("softmax-shift")
def softmax_shift(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    c = signed(rng, 0.5, 2.0, SAMPLES)
    Z = W.T @ X
    a, factors = np.abs(rational(rng, CLASSES, SAMPLES)), np.abs(rational(rng, SAMPLES))
    shifted = a * factors / (a * factors).sum(axis=0)  # e^(z + c) = e^z e^c
    yield Check(
        stated=np.array(a / a.sum(axis=0), dtype=float),
        referees={
            "exact fractions": np.array(shifted, dtype=float),
            "28 decimal digits": np.array(
                [
                    [float(x) for x in share(np.log(np.array(column, dtype=float)) + shift)]
                    for column, shift in zip(a.T, c, strict=True)
                ]
            ).T,
        },
        wrong={
            "a shift of one class": softmax(
                np.log(np.array(a, dtype=float)) + np.outer(np.eye(CLASSES)[0], c)
            ),
            "a factor for all logits": softmax(2 * np.log(np.array(a, dtype=float))),
        },
        bounds={"exact fractions": 1e-14, "28 decimal digits": 1e-13},
    )

    def cost(W: Any) -> Any:
        return cross_entropy(W, X, Y)

    along = [np.outer(e, np.ones(CLASSES)) for e in np.eye(FEATURES)]
    alone = [np.outer(e, np.eye(CLASSES)[0]) for e in np.eye(FEATURES)]
    first = X @ (softmax(Z) - Y)[0] / SAMPLES
    yield Check(  # the derivatives along e_i 1^T, and along e_i in the first column alone
        stated=np.stack([np.zeros(FEATURES), first]),
        referees={
            "complex step": np.array(
                [[complex_step(cost, W, H) for H in group] for group in (along, alone)]
            ),
            "five-point differences": np.array(
                [[five_point(cost, W, H) for H in group] for group in (along, alone)]
            ),
        },
        wrong={
            "one column alone is free, too": np.zeros((2, FEATURES)),
            "all columns see the same": np.stack([CLASSES * first, first]),
        },
        table=lambda: np.stack(
            [
                gradient(lambda W: by_table(W, X, Y), W).sum(axis=1),
                gradient(lambda W: by_table(W, X, Y), W)[:, 0],
            ]
        ),
    )
    v = normal(rng, FEATURES)
    yield Check(
        stated=cross_entropy(W, X, Y),
        referees={
            "moved weights": cross_entropy(W + np.outer(v, np.ones(CLASSES)), X, Y),
            "moved logits": -np.mean(np.log(np.sum(Y * softmax(Z + c), axis=0))),
        },
        wrong={"one column moved": cross_entropy(W + np.outer(v, np.eye(CLASSES)[0]), X, Y)},
    )


@outside("softmax-shift", "softmax of rows")
def softmax_shift_of_rows(rng: np.random.Generator) -> Iterator[Check]:
    X, _, W = classified(rng)
    Z, c = W.T @ X, signed(rng, 0.5, 2.0, SAMPLES)
    yield Check(stated=softmax(Z.T).T, referees={"moved logits": softmax((Z + c).T).T})


@claim("softmax-gradient")
def softmax_gradient(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    P = softmax(W.T @ X)

    def cost(W: Any) -> Any:
        return cross_entropy(W, X, Y)

    by_rows = softmax((W.T @ X).T).T
    yield Check(
        stated=X @ (P - Y).T / SAMPLES,
        referees={
            "complex step": partials(cost, W),
            "five-point differences": partials(cost, W, five_point),
        },
        wrong={
            "1/N forgotten": X @ (P - Y).T,
            "mean over the classes, too": X @ (P - Y).T / (SAMPLES * CLASSES),
            "softmax of rows": X @ (by_rows - Y).T / SAMPLES,
            "sign": X @ (Y - P).T / SAMPLES,
            "with the factor of squared errors": X @ ((P - Y) * P * (1 - P)).T / SAMPLES,
        },
        table=lambda: gradient(lambda W: by_table(W, X, Y), W),
    )
    shares = softmax(normal(rng, CLASSES, SAMPLES))  # columns that add up to 1, not one-hot
    targets = Y, shares, 2 * shares
    formula = [X @ (P - T).T / SAMPLES for T in targets]
    found = {
        name: [
            bool(np.allclose(G, partials(lambda W: cross_entropy(W, X, T), W, first), atol=1e-6))  # noqa: B023
            for G, T in zip(formula, targets, strict=True)
        ]
        for name, first in (("complex step", complex_step), ("five-point differences", five_point))
    }
    yield Check(
        stated=[True, True, False],
        referees=found,
        wrong={"for every Y": [True, True, True], "for one-hot Y only": [True, False, False]},
    )


@outside("softmax-gradient", "a column of Y adds up to 2")
def softmax_gradient_of_sums(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    Y[:, 0] *= 2
    yield Check(
        stated=X @ (softmax(W.T @ X) - Y).T / SAMPLES,
        referees={"complex step": partials(lambda W: cross_entropy(W, X, Y), W)},
    )


def operator(X: Any, P: Any, H: Any) -> Any:
    """The Hessian operator as it is stated."""
    K = H.T @ X
    return X @ (P * (K - (P * K).sum(axis=0))).T / X.shape[1]


@claim("softmax-hessian")
def softmax_hessian(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    H = normal(rng, FEATURES, CLASSES) / 2
    P = softmax(W.T @ X)
    K = H.T @ X

    def cost(W: Any) -> Any:
        return cross_entropy(W, X, Y)

    yield Check(
        stated=X @ (P * (K - (P * K).sum(axis=0))).T / SAMPLES,
        referees={
            "circle in the complex plane": hessian_by(bent, cost, W, H),
            "five-point differences": hessian_by(mixed_difference, cost, W, H),
        },
        wrong={
            "the mean not subtracted": X @ (P * K).T / SAMPLES,
            "as for k sigmoids": X @ (P * (1 - P) * K).T / SAMPLES,
            "1/N forgotten": SAMPLES * operator(X, P, H),
            "the plain mean": X @ (P * (K - K.mean(axis=0))).T / SAMPLES,
        },
        table=lambda: hessian(lambda W: by_table(W, X, Y), W)[H],
        bounds={"circle in the complex plane": 1e-7},
    )


@outside("softmax-hessian", "a column of Y adds up to 2")
def softmax_hessian_of_sums(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    H = normal(rng, FEATURES, CLASSES) / 2
    Y[:, 0] *= 2
    yield Check(
        stated=operator(X, softmax(W.T @ X), H),
        referees={
            "five-point differences": hessian_by(
                mixed_difference, lambda W: cross_entropy(W, X, Y), W, H
            )
        },
    )


@claim("softmax-convex")
def softmax_convex(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    P, v = softmax(W.T @ X), normal(rng, FEATURES) / 2
    H = normal(rng, FEATURES, CLASSES) / 2
    across = H - H.mean(axis=1, keepdims=True)  # rows that add up to zero
    along = np.outer(v, np.ones(CLASSES))
    directions = H, across, along

    def cost(W: Any) -> Any:
        return cross_entropy(W, X, Y)

    def variances(H: Array) -> Any:
        K = H.T @ X
        return np.sum(P * (K - (P * K).sum(axis=0)) ** 2) / SAMPLES

    def form(H: Array, weights: Array) -> Any:
        return np.sum(weights * (H.T @ X) ** 2) / SAMPLES

    yield Check(
        stated=[variances(H) for H in directions],
        referees={
            "circle in the complex plane": [circle(cost, W, H, 2) for H in directions],
            "second differences": [second_difference(cost, W, H) for H in directions],
        },
        wrong={
            "the mean not subtracted": [form(H, P) for H in directions],
            "as for k sigmoids": [form(H, P * (1 - P)) for H in directions],
        },
        table=lambda: [np.sum(H * hessian(lambda W: by_table(W, X, Y), W)[H]) for H in directions],
        bounds={"second differences": 1e-5},
    )
    # How many directions the form does not see, on both sides of the condition.
    zeros, exact = [], []
    start = normal(rng, 3, CLASSES) / 4
    for A in dependent(rng):
        numerical = hessian_matrix(lambda W: cross_entropy(W, A / 4, Y), start)  # noqa: B023
        values = np.linalg.eigvalsh((numerical + numerical.T) / 2)
        zeros.append(int(np.sum(values < 1e-7 * values[-1])))
        differences = np.array([[1, -1, 0], [0, 1, -1]])  # of the entries of each column
        exact.append(3 * CLASSES - exact_rank(np.kron(A.T, differences)))
    yield Check(
        stated=[3, 3 * CLASSES - 2 * (CLASSES - 1)],
        referees={"eigenvalues of the numerical Hessian": zeros, "elimination": exact},
        wrong={"strictly convex": [0, 0], "shifts only, for every X": [3, 3]},
    )
    # Columns of Y that add up to something else: the sign of the sum is the sign of the form.
    signs: dict[str, list[bool]] = {"circle in the complex plane": [], "second differences": []}
    for total in (1, 3, -1):
        for name, value in (
            ("circle in the complex plane",
             circle(lambda W: cross_entropy(W, X, total * Y), W, across, 2)),  # noqa: B023
            ("second differences",
             second_difference(lambda W: cross_entropy(W, X, total * Y), W, across)),  # noqa: B023
        ):  # fmt: skip
            signs[name].append(bool(value >= 0))
    yield Check(
        stated=[True, True, False],
        referees=signs,
        wrong={"for every Y": [True, True, True]},
    )


@outside("softmax-convex", "the columns of Y add up to -1")
def softmax_not_convex(rng: np.random.Generator) -> Iterator[Check]:
    X, Y, W = classified(rng)
    H = normal(rng, FEATURES, CLASSES) / 2
    value = second_difference(lambda W: cross_entropy(W, X, -Y), W, H)
    yield Check(stated=[True], referees={"second differences": [bool(value >= 0)]})


@claim("log-sum-exp-stable")
def log_sum_exp_stable(rng: np.random.Generator) -> Iterator[Check]:
    near, far = signed(rng, 0.2, 2.0, 4), signed(rng, 1.0, 40.0, 4)
    columns = np.stack([near, near + 900.0, near - 900.0, far, np.full(4, far[0])])
    m = columns.max(axis=1)
    above = np.log(np.exp(columns - m[:, None]).sum(axis=1))
    with np.errstate(over="ignore", divide="ignore"):
        naive = np.log(np.exp(columns).sum(axis=1)) - m
    exact = [float(in_decimals(z) - decimal.Decimal(float(z.max()))) for z in columns]
    yield Check(  # how far above the maximum
        stated=above,
        referees={
            "28 decimal digits": exact,
            "two at a time": np.logaddexp.reduce(columns - m[:, None], axis=1),
        },
        wrong={
            "as it is written": naive,
            "the maximum alone": 0 * m,
            "a mean for the sum": above - np.log(4),
        },
        bounds={"28 decimal digits": 1e-12, "two at a time": 1e-12},
    )
    yield Check(  # equal entries reach log k, far ones come close to 0
        stated=[True, True, float(np.isclose(above[4], np.log(4)))],
        referees={
            "28 decimal digits": [min(exact) >= 0, max(exact) <= np.log(4) + 1e-12,
                                  float(abs(exact[4] - np.log(4)) < 1e-12)],
            "exact fractions": bounds_in_fractions(rng),
        },
        wrong={"equal to the maximum": [True, True, 0.0]},
    )  # fmt: skip


def in_decimals(z: Array) -> decimal.Decimal:
    return sum((decimal.Decimal(float(a)).exp() for a in z), decimal.Decimal(0)).ln()


def bounds_in_fractions(rng: np.random.Generator) -> list[Any]:
    """The sum over the largest of four positive fractions lies between 1 and 4."""
    a = np.abs(rational(rng, 4))
    ratio = sum(a, Fraction(0)) / max(a)
    equal = sum([a[0]] * 4, Fraction(0)) / a[0]
    return [ratio >= 1, ratio <= 4, float(equal == 4)]
