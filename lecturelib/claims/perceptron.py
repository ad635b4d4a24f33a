"""Checks of the claims of chapter 4 on the perceptron, its training, and the summary."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import differential, gradient, hessian, second_derivative
from ..functions import sigmoid
from ..mlp import MLP
from ..spaces import weighted
from .checking import Check, claim
from .draws import fractions, full_rank, normal, positive_definite, rational, regular, signed
from .referees import (
    circle,
    complex_step,
    five_point,
    mixed_difference,
    order,
    partials,
    second_difference,
)

SIZES = (3, 5, 4, 2)
SQUARE = (4, 4, 4, 2)  # where a forgotten transposition has the right shape

#: Nested tanh have large fifth derivatives, which a shorter step keeps out of the differences.
differences = functools.partial(five_point, h=2.0**-11)


def layer(W: Any, phi: Any) -> Any:
    """f(W, phi) of the lecture, with tanh."""
    return np.tanh(W.T @ phi)


def slope(z: Any) -> Any:
    """tanh'."""
    return 1 - np.tanh(z) ** 2


def network(rng: np.random.Generator, sizes: Sequence[int] = SIZES) -> list[np.ndarray]:
    """Weights that leave the perceptrons neither idle nor saturated."""
    return [0.7 * full_rank(rng, m, n) for m, n in zip(sizes, sizes[1:], strict=False)]


def signal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Inputs away from 0, where tanh is hardly told from a linear function."""
    return signed(rng, 0.5, 1.5, n)


def out_of_reach(rng: np.random.Generator, n: int) -> np.ndarray:
    """What no output of tanh comes near, so that there is an error to trace back."""
    return signed(rng, 1.5, 2.5, n)


def cost(weights: Sequence[Any], phi: Any, target: Any) -> Any:
    """||phi_L - target||^2, averaged over the columns if there are several."""
    output = functools.reduce(lambda x, W: layer(W, x), weights, phi)
    return np.sum((output - target) ** 2) / (1 if np.ndim(target) == 1 else target.shape[1])


def by_loops(weights: Sequence[Any], phi: Any, sigma: Callable[[float], Any] = math.tanh) -> list:
    """All layers' outputs, a perceptron and an input at a time."""
    layers = []
    for W in weights:
        sums = [math.fsum(W[i, j] * phi[i] for i in range(len(phi))) for j in range(W.shape[1])]
        phi = [sigma(z) for z in sums]
        layers.append(phi)
    return layers


# -- The network ----------------------------------------------------------------------------------


@claim("perceptron")
def perceptron(rng: np.random.Generator) -> Iterator[Check]:
    phi = out_of_reach(rng, 4)
    W, b = 0.3 * full_rank(rng, 4, 3), normal(rng, 3)
    longer = np.append(phi, 1.0)
    stated = np.tanh([W[:, j] @ phi + b[j] for j in range(3)])
    overwritten = phi.copy()
    for j in range(3):  # as it would be if input and output were one list of numbers
        overwritten[j] = np.tanh(W[:, j] @ overwritten + b[j])
    yield Check(
        stated=stated,
        referees={
            "sum over the inputs": by_loops([np.vstack([W, b])], longer)[0],
            "bias as the weight of an input 1": np.tanh(longer @ np.vstack([W, b])),
        },
        wrong={
            "output stored under an input's name (E45)": overwritten[:3],
            "bias forgotten": np.tanh(phi @ W),
            "sigma of each input": np.tanh(phi) @ W + b,
        },
    )


@claim("mlp-layer")
def mlp_layer(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi = network(rng), signal(rng, SIZES[0])
    layers, linear, before, by_perceptron = [phi], [phi], [phi], [phi]
    for W in weights:
        layers.append(np.tanh(W.T @ layers[-1]))
        linear.append(W.T @ linear[-1])
        before.append(W.T @ np.tanh(before[-1]))
        outputs = [np.tanh(np.vdot(W[:, j], by_perceptron[-1])) for j in range(W.shape[1])]
        by_perceptron.append(np.array(outputs))
    linear[-1] = np.tanh(linear[-1])
    yield Check(
        stated=np.concatenate(layers[1:]),
        referees={
            "perceptron by perceptron": np.concatenate(by_perceptron[1:]),
            "sum over the inputs": np.concatenate(by_loops(weights, phi)),
        },
        wrong={
            "sigma at the end only": np.concatenate(linear[1:]),
            "sigma before the weights": np.concatenate(before[1:]),
        },
    )
    yield Check(
        stated=list(SIZES[1:]),
        referees={
            "sum over the inputs": [len(x) for x in by_loops(weights, phi)],
            "columns of the weights": [W.shape[1] for W in weights],
        },
        bounds={"sum over the inputs": 0.0, "columns of the weights": 0.0},
        wrong={"one number a layer": [1, 1, 1], "as many as inputs": list(SIZES[:-1])},
    )


@claim("mlp-weight-shape")
def mlp_weight_shape(rng: np.random.Generator) -> Iterator[Check]:
    n = [int(k) for k in rng.permutation([2, 3, 4, 5, 6])]
    columns = [[normal(rng, n[k]) for _ in range(n[k + 1])] for k in range(3)]

    def fits(shape: tuple[int, ...], inputs: int, outputs: int) -> bool:
        try:
            return (np.ones(shape).T @ np.ones(inputs)).shape == (outputs,)
        except ValueError:
            return False

    tried = [
        shape
        for k in range(3)
        for shape in itertools.product(range(1, 8), repeat=2)
        if fits(shape, n[k], n[k + 1])
    ]
    yield Check(
        stated=[[n[k], n[k + 1]] for k in range(3)],
        referees={
            "every shape tried": np.array(tried),
            "columns side by side": [np.stack(c, axis=1).shape for c in columns],
        },
        bounds={"every shape tried": 0.0, "columns side by side": 0.0},
        wrong={
            "n_l x n_(l+1) (E46)": [[n[k + 1], n[k + 2]] for k in range(3)],
            "n_l x n_(l-1)": [[n[k + 1], n[k]] for k in range(3)],
        },
    )


@claim("mlp-composition")
def mlp_composition(rng: np.random.Generator) -> Iterator[Check]:
    def composed(*weights: Any) -> Callable[[Any], Any]:
        def after(g: Callable[[Any], Any], W: Any) -> Callable[[Any], Any]:
            return lambda x: g(layer(W, x))

        return functools.reduce(after, weights, lambda x: x)

    (W1, W2, W3), phi = network(rng), signal(rng, SIZES[0])
    yield Check(
        stated=layer(W3, layer(W2, layer(W1, phi))),
        referees={
            "sum over the inputs": by_loops([W1, W2, W3], phi)[-1],
            "composed maps": composed(W3, W2, W1)(phi),
        },
        wrong={"sigma once at the end": np.tanh(W3.T @ W2.T @ W1.T @ phi)},
    )
    (W1, W2, W3), phi = network(rng, (4, 4, 4, 4)), signal(rng, 4)
    yield Check(
        stated=layer(W3, layer(W2, layer(W1, phi))),
        referees={
            "sum over the inputs": by_loops([W1, W2, W3], phi)[-1],
            "composed maps": composed(W3, W2, W1)(phi),
        },
        wrong={"the last layer first": layer(W1, layer(W2, layer(W3, phi)))},
    )
    V1, V2, V3 = (rational(rng, m, n) for m, n in zip(SIZES, SIZES[1:], strict=False))
    x = rational(rng, SIZES[0])
    paths = [
        sum(
            x[i] * V1[i, j] * V2[j, k] * V3[k, m]
            for i, j, k in itertools.product(*(range(n) for n in SIZES[:3]))
        )
        for m in range(SIZES[3])
    ]
    yield Check(  # sigma the identity: every path through the network counts
        stated=V3.T @ (V2.T @ (V1.T @ x)),
        referees={"sum over all paths": np.array(paths), "one matrix": (V1 @ V2 @ V3).T @ x},
        wrong={"a layer left out": (V1[:, :4] @ V3).T @ x},
        bounds={"sum over all paths": 0.0, "one matrix": 0.0},
    )


# -- Backpropagation ------------------------------------------------------------------------------


@claim("mlp-derivative-W")
def mlp_derivative_w(rng: np.random.Generator) -> Iterator[Check]:
    [W], H, phi = network(rng, (5, 4)), normal(rng, 5, 4), signal(rng, 5)

    def of_tanh(W: Any) -> Any:
        return np.tanh(W.T @ phi)

    def of_exp(W: Any) -> Any:
        return 1 / (1 + np.exp(-(W.T @ phi)))

    z = W.T @ phi
    yield Check(
        stated=np.diag(slope(z)) @ H.T @ phi,
        referees={
            "complex step": complex_step(of_tanh, W, H),
            "five-point differences": differences(of_tanh, W, H),
        },
        wrong={
            "sigma' at the layer's output": slope(of_tanh(W)) * (H.T @ phi),
            "sigma' in the direction": slope(H.T @ phi) * z,
            "no sigma'": H.T @ phi,
        },
        table=lambda: differential(of_tanh, W, H),
    )
    y = of_exp(W)
    yield Check(
        stated=np.diag(y * (1 - y)) @ H.T @ phi,
        referees={
            "complex step": complex_step(of_exp, W, H),
            "five-point differences": differences(of_exp, W, H),
        },
        wrong={"sigma' taken for sigma": y * (H.T @ phi)},
        table=lambda: differential(lambda W: sigmoid(W.T @ phi), W, H),
    )


@claim("mlp-derivative-phi")
def mlp_derivative_phi(rng: np.random.Generator) -> Iterator[Check]:
    [W], phi, h = network(rng, (5, 4)), signal(rng, 5), normal(rng, 5)
    f = functools.partial(layer, W)
    yield Check(
        stated=np.diag(slope(W.T @ phi)) @ W.T @ h,
        referees={
            "complex step": complex_step(f, phi, h),
            "five-point differences": differences(f, phi, h),
        },
        wrong={
            "sigma' at the layer's output": slope(f(phi)) * (W.T @ h),
            "sigma' before the weights": W.T @ (slope(phi) * h),
            "no sigma'": W.T @ h,
        },
        table=lambda: differential(f, phi, h),
    )
    [V], x, k = network(rng, (4, 4)), signal(rng, 4), normal(rng, 4)
    g = functools.partial(layer, V)
    yield Check(
        stated=np.diag(slope(V.T @ x)) @ V.T @ k,
        referees={
            "complex step": complex_step(g, x, k),
            "five-point differences": differences(g, x, k),
        },
        wrong={"W for its transpose (square layer)": slope(V.T @ x) * (V @ k)},
        table=lambda: differential(g, x, k),
    )


def row_of_the_chain(weights: Sequence[Any], phi0: Any, target: Any) -> Any:
    """dE/dphi_3 D_3 W_3^T D_2 W_2^T D_1, the row that multiplies H^T phi_0."""
    W1, W2, W3 = weights
    phi1 = layer(W1, phi0)
    phi2 = layer(W2, phi1)
    D1, D2, D3 = (np.diag(slope(z)) for z in (W1.T @ phi0, W2.T @ phi1, W3.T @ phi2))
    return 2 * (layer(W3, phi2) - target) @ D3 @ W3.T @ D2 @ W2.T @ D1


@claim("mlp-chain")
def mlp_chain(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng), signal(rng, 3), out_of_reach(rng, 2)
    W1, W2, W3 = weights
    directions = normal(rng, 3, 3, 5) / 2

    def E(W: Any) -> Any:
        return cost([W, W2, W3], phi0, target)

    phi1 = layer(W1, phi0)
    phi2 = layer(W2, phi1)
    phi3 = layer(W3, phi2)
    back = 2 * (phi3 - target) * slope(W3.T @ phi2)
    moved = [directions[0], W2, W3]

    def forward(*slopes: Any, start: Any = back) -> list[Any]:
        """The chain for every direction, with the given sigma' of the layers 2 and 1."""
        D2, D1 = slopes
        return [start @ (W3.T @ (D2 * (W2.T @ (D1 * (H.T @ phi0))))) for H in directions]

    yield Check(
        stated=[row_of_the_chain(weights, phi0, target) @ H.T @ phi0 for H in directions],
        referees={
            "complex step": [complex_step(E, W1, H) for H in directions],
            "five-point differences": [differences(E, W1, H) for H in directions],
        },
        wrong={
            "sigma' of the middle layer forgotten": forward(1.0, slope(W1.T @ phi0)),
            "sigma' at the layers' outputs": forward(
                slope(phi2), slope(phi1), start=2 * (phi3 - target) * slope(phi3)
            ),
            "at another point than W_1 (E60)": [
                row_of_the_chain(moved, phi0, target) @ H.T @ phi0 for H in directions
            ],
        },
        table=lambda: [differential(E, W1, H) for H in directions],
    )
    # ReLU where W^T phi_0 = 0: a slope to each side.
    W = rational(rng, 3, 4)
    x = np.array([Fraction(1), Fraction(2), Fraction(-1)], dtype=object)
    W[2] = W[0] + 2 * W[1]  # so that W^T x = 0
    K = rational(rng, 3, 4)
    K[:, :2] = fractions([[3, -1], [1, -1], [1, 1]])  # K^T x: 4 and -4, then whatever is drawn
    k = K.T @ x

    def relu(z: Any) -> Any:
        return np.array([max(a, Fraction(0)) for a in z], dtype=object)

    t = Fraction(1, int(rng.integers(2, 1000)))
    sides = [(relu((W + s * t * K).T @ x) - relu(W.T @ x)) / (s * t) for s in (-1, 1)]
    yield Check(
        stated=np.array([[min(a, Fraction(0)) for a in k], [max(a, Fraction(0)) for a in k]]),
        referees={
            "exact fractions": np.array(sides),
            "the linear piece on either side": np.array(
                [[a * (s * a > 0) for a in k] for s in (-1, 1)]
            ),
        },
        wrong={
            "slope 0 to both sides (E49)": np.array([0 * k, 0 * k]),
            "slope 1 to both sides (E49)": np.array([k, k]),
        },
        bounds={"the linear piece on either side": 0.0},
    )


@claim("mlp-trace-form")
def mlp_trace_form(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng, SQUARE), signal(rng, 4), out_of_reach(rng, 2)
    W1, W2, W3 = weights
    directions = normal(rng, 3, 4, 4) / 2

    def E(W: Any) -> Any:
        return cost([W, W2, W3], phi0, target)

    G = np.outer(phi0, row_of_the_chain(weights, phi0, target))
    phi2 = layer(W2, layer(W1, phi0))
    delta2 = W3 @ (2 * (layer(W3, phi2) - target) * slope(W3.T @ phi2))
    delta2 = delta2 * slope(W2.T @ layer(W1, phi0))
    swapped = np.outer(phi0, W2 @ (slope(W1.T @ phi0) * delta2))
    yield Check(
        stated=[np.trace(H.T @ G) for H in directions],
        referees={
            "complex step": [complex_step(E, W1, H) for H in directions],
            "five-point differences": [differences(E, W1, H) for H in directions],
            "entry by entry": [np.sum(H * partials(E, W1)) for H in directions],
        },
        wrong={
            "two factors swapped instead of cycled": [np.trace(H.T @ swapped) for H in directions],
            "transposition lost": [np.trace(H @ G) for H in directions],
            "sum of all entries for the trace": [np.sum(H.T @ G) for H in directions],
        },
        table=lambda: [np.sum(H * gradient(E, W1)) for H in directions],
    )


def rank_by_minors(G: np.ndarray) -> int:
    """The size of the largest square part whose determinant is not zero."""
    rank = 0
    for k in range(1, min(G.shape) + 1):
        rows, columns = (itertools.combinations(range(n), k) for n in G.shape)
        parts = itertools.product(rows, columns)
        if max(abs(np.linalg.det(G[np.ix_(*part)])) for part in parts) > 1e-9 * np.max(abs(G)) ** k:
            rank = k
    return rank


@claim("mlp-gradient-W1")
def mlp_gradient_w1(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng), signal(rng, 3), out_of_reach(rng, 2)
    W1, W2, W3 = weights
    phi1 = layer(W1, phi0)
    phi2 = layer(W2, phi1)
    back = 2 * (layer(W3, phi2) - target) * slope(W3.T @ phi2)

    def E(W: Any) -> Any:
        return cost([W, W2, W3], phi0, target)

    yield Check(
        stated=np.outer(phi0, row_of_the_chain(weights, phi0, target)),
        referees={
            "complex step": partials(E, W1),
            "five-point differences": partials(E, W1, first=differences),
        },
        wrong={
            "sigma' of the middle layer forgotten": np.outer(
                phi0, (W2 @ W3 @ back) * slope(W1.T @ phi0)
            ),
            "factor 2 of the square forgotten": np.outer(
                phi0, row_of_the_chain(weights, phi0, target) / 2
            ),
        },
        table=lambda: gradient(E, W1),
    )

    square, x = network(rng, SQUARE), signal(rng, 4)
    U1, U2, U3 = square
    G = np.outer(x, row_of_the_chain(square, x, target))
    x1 = layer(U1, x)
    delta2 = U3 @ (2 * (layer(U3, layer(U2, x1)) - target) * slope(U3.T @ layer(U2, x1)))
    delta2 = delta2 * slope(U2.T @ x1)

    def F(W: Any) -> Any:
        return cost([W, U2, U3], x, target)

    def backprop() -> Any:
        net = MLP(SQUARE)
        net.weights = square
        return net.backprop(x, target)[0]

    yield Check(
        stated=G,
        referees={
            "complex step": partials(F, U1),
            "five-point differences": partials(F, U1, first=differences),
        },
        wrong={
            "the transposed gradient (square layer)": G.T,
            "W_2 transposed (square layer)": np.outer(x, (U2.T @ delta2) * slope(U1.T @ x)),
        },
        table=backprop,
    )

    ranks: dict[str, list[int]] = {"singular values": [], "minors": []}
    for samples in (1, 2, 3):  # the cost is a sum over them, and so is the gradient
        inputs, targets = normal(rng, 3, samples), normal(rng, 2, samples)
        G = partials(lambda W: cost([W, W2, W3], inputs, targets), W1)  # noqa: B023
        ranks["singular values"].append(int(np.linalg.matrix_rank(G, tol=1e-9 * np.max(abs(G)))))
        ranks["minors"].append(rank_by_minors(G))
    yield Check(
        stated=[1, 2, 3],
        referees=ranks,
        wrong={"rank one for any number of samples": [1, 1, 1], "full rank": [3, 3, 3]},
        bounds={"singular values": 0.0, "minors": 0.0},
    )


@claim("mlp-deltas")
def mlp_deltas(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng), normal(rng, 3, 6), normal(rng, 2, 6)

    def backpropagated(first: float = 2 / 6, after: Sequence[Any] = weights) -> np.ndarray:
        phis = [phi0]
        for W in weights:
            phis.append(layer(W, phis[-1]))
        delta = first * (phis[3] - target) * slope(weights[2].T @ phis[2])
        found = [phis[2] @ delta.T]
        for k in (1, 0):
            delta = (after[k + 1] @ delta) * slope(weights[k].T @ phis[k])
            found.append(phis[k] @ delta.T)
        return np.concatenate([G.ravel() for G in found[::-1]])

    def numerical(first: Callable[..., Any]) -> np.ndarray:
        found = []
        for k in range(3):
            others = [*weights]

            def E(W: Any, k: int = k, others: list[Any] = others) -> Any:
                others[k] = W
                return cost(others, phi0, target)

            found.append(partials(E, weights[k], first).ravel())
        return np.concatenate(found)

    def table() -> np.ndarray:
        net, found = MLP(SIZES), []
        for k, Wk in enumerate(weights):

            def E(W: Any, k: int = k) -> Any:
                net.weights = [*weights[:k], W, *weights[k + 1 :]]
                return net.cost(phi0, target)

            found.append(gradient(E, Wk).ravel())
        return np.concatenate(found)

    moved = [W - 0.1 * normal(rng, *W.shape) for W in weights]
    yield Check(
        stated=backpropagated(),
        referees={
            "complex step": numerical(complex_step),
            "five-point differences": numerical(differences),
        },
        wrong={
            "sum in place of the average": backpropagated(first=2.0),
            "weights moved before the error went through them": backpropagated(after=moved),
        },
        table=table,
    )


@claim("bias-gradient")
def bias_gradient(rng: np.random.Generator) -> Iterator[Check]:
    W, b, phi, target = normal(rng, 3, 4), normal(rng, 4), normal(rng, 3, 5), normal(rng, 4, 5)

    def E(b: Any) -> Any:
        return np.sum((np.tanh(W.T @ phi + b[:, None]) - target) ** 2) / 5

    longer = np.vstack([phi, np.ones((1, 5))])

    def E_longer(V: Any) -> Any:
        return np.sum((np.tanh(V.T @ longer) - target) ** 2) / 5

    y = np.tanh(W.T @ phi + b[:, None])
    delta = 2 / 5 * (y - target) * (1 - y**2)
    yield Check(
        stated=delta.sum(axis=1),
        referees={
            "complex step": partials(E, b),
            "five-point differences": partials(E, b, first=differences),
            "last row of the longer matrix": partials(E_longer, np.vstack([W, b]))[-1],
        },
        wrong={
            "average of averages": delta.mean(axis=1),
            "sigma' forgotten": (2 / 5 * (y - target)).sum(axis=1),
        },
        table=lambda: gradient(E, b),
    )


# -- Training -------------------------------------------------------------------------------------


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


# -- Summary --------------------------------------------------------------------------------------


def functions(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """A function of a number, of a vector and of a matrix, along directions of length 2; its
    first and its second derivative.
    """
    a = float(rng.uniform(-0.4, 0.3))  # neither derivative vanishes
    s, c = np.sin(2 * a), np.cos(2 * a)
    yield (
        lambda x: np.exp(x) * np.sin(2 * x),
        a,
        2.0,
        np.exp(a) * (s + 2 * c) * 2,
        np.exp(a) * (4 * c - 3 * s) * 4,
    )
    A, x, h = normal(rng, 4, 4), normal(rng, 4), normal(rng, 4)
    h *= 2 / np.linalg.norm(h)
    along = h @ A @ x + x @ A @ h
    yield (
        lambda x: x @ A @ x * x,
        x,
        h,
        along * x + (x @ A @ x) * h,
        2 * (h @ A @ h) * x + 2 * along * h,
    )
    B, C, X, H = normal(rng, 4, 4), normal(rng, 3, 3), normal(rng, 4, 3), normal(rng, 4, 3)
    H *= 2 / np.linalg.norm(H)
    yield (
        lambda X: X.T @ B @ X @ C,
        X,
        H,
        H.T @ B @ X @ C + X.T @ B @ H @ C,
        2 * H.T @ B @ H @ C,
    )


@claim("eq-28-summary-first")
def eq_28_summary_first(rng: np.random.Generator) -> Iterator[Check]:
    for f, x, h, first, second in functions(rng):
        yield Check(
            stated=first,
            referees={
                "complex step": complex_step(f, x, h),
                "five-point differences": differences(f, x, h),
            },
            wrong={
                "second order kept": first + second / 2,
                "direction scaled to length 1": first / 2,
            },
            table=functools.partial(differential, f, x, h),
        )


@claim("eq-29-summary-second")
def eq_29_summary_second(rng: np.random.Generator) -> Iterator[Check]:
    for f, x, h, _, second in functions(rng):
        yield Check(
            stated=second,
            referees={
                "circle in the complex plane": circle(f, x, h, 2),
                "second differences": second_difference(f, x, h),
            },
            wrong={"half of it (the Taylor coefficient)": second / 2},
            table=functools.partial(second_derivative, f, x, h),
        )


@claim("summary-linear")
def summary_linear(rng: np.random.Generator) -> Iterator[Check]:
    A, H, K = regular(rng, 4), normal(rng, 4, 4), normal(rng, 4, 4)
    a, b = rng.uniform(1.5, 2.5), rng.uniform(-3.5, -2.5)
    inv = np.linalg.inv
    Y = inv(A)
    yield Check(
        stated=a * (-Y @ H @ Y) + b * (-Y @ K @ Y),
        referees={
            "complex step": complex_step(inv, A, a * H + b * K),
            "five-point differences": differences(inv, A, a * H + b * K),
        },
        wrong={
            "value counted in": Y - a * Y @ H @ Y - b * Y @ K @ Y,
            "scalars lost": -Y @ H @ Y - Y @ K @ Y,
        },
        table=lambda: differential(inv, A, a * H + b * K),
    )

    # D[h + k] - D[h] - D[k] at 0, with D by walking; only the first function is differentiable.
    in_coordinates = (
        lambda x: 3 * x[0] - 2 * x[1] + x[0] * x[1],
        lambda x: x[0] ** 3 / (x[0] ** 2 + x[1] ** 2),
        lambda x: abs(x[0] + x[1]),
    )
    slope_at_angle = (
        lambda u: 3 * np.cos(u) - 2 * np.sin(u),
        lambda u: np.cos(u) ** 3,
        lambda u: abs(np.cos(u) + np.sin(u)),
    )
    h, k = fractions([1, 0]), fractions([0, -1])

    def walked(f: Callable[[Any], Any], v: Any) -> Any:
        near, nearer = (f(t * v) / t for t in (Fraction(1, 50), Fraction(1, 100)))
        return 2 * nearer - near  # exact where f(tv) is a parabola

    def gap(D: Callable[..., Any], f: Callable[..., Any], *directions: Any) -> Any:
        both, first, second = (D(f, v) for v in directions)
        return both - first - second

    def polar(f: Callable[[float], Any], length_angle: tuple[float, float]) -> Any:
        return length_angle[0] * f(length_angle[1])

    angles = (2**0.5, -np.pi / 4), (1.0, 0.0), (1.0, -np.pi / 2)
    yield Check(
        stated=fractions([0, "-1/2", -2]),
        referees={
            "exact fractions": np.array([gap(walked, f, h + k, h, k) for f in in_coordinates]),
            "polar coordinates": [gap(polar, f, *angles) for f in slope_at_angle],
        },
        wrong={"linear wherever all directional derivatives exist": fractions([0, 0, 0])},
    )


@claim("eq-30-summary-gradient")
def eq_30_summary_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, B, X = normal(rng, 4, 4), normal(rng, 3, 3), normal(rng, 4, 3)
    W = positive_definite(rng, 4)

    def f(X: Any) -> Any:
        return np.trace(X.T @ A @ X @ B)

    euclidean = A @ X @ B + A.T @ X @ B.T
    U = np.linalg.cholesky(W).T  # with Z = U X the inner product is the Euclidean one

    def g(Z: Any) -> Any:
        return f(np.linalg.solve(U, Z))

    yield Check(
        stated=np.linalg.solve(W, euclidean),
        referees={
            "complex step": np.linalg.solve(U, partials(g, U @ X)),
            "five-point differences": np.linalg.solve(U, partials(g, U @ X, first=differences)),
        },
        wrong={
            "the Euclidean gradient": euclidean,
            "W in place of its inverse": W @ euclidean,
            "A taken as symmetric": np.linalg.solve(W, 2 * A @ X @ B),
        },
        table=lambda: gradient(f, X, inner=weighted(W)),
    )
    directions = normal(rng, 3, 4, 3)
    G = np.linalg.solve(W, euclidean)
    yield Check(
        stated=[np.trace(G.T @ W @ H) for H in directions],
        referees={
            "complex step": [complex_step(f, X, H) for H in directions],
            "five-point differences": [differences(f, X, H) for H in directions],
        },
        wrong={"another inner product": [np.trace(G.T @ H) for H in directions]},
    )


@claim("eq-31-summary-hessian")
def eq_31_summary_hessian(rng: np.random.Generator) -> Iterator[Check]:
    A, x, h, k = normal(rng, 4, 4), normal(rng, 4), normal(rng, 4), normal(rng, 4)
    W = positive_definite(rng, 4)

    def f(x: Any) -> Any:
        return np.exp(0.2 * (x @ x)) + x @ A @ x * x[0]

    e = np.exp(0.2 * (x @ x))
    S = A + A.T
    first = np.eye(4)[0]
    euclidean = (
        0.4 * e * np.eye(4)
        + 0.16 * e * np.outer(x, x)
        + S * x[0]
        + np.outer(S @ x, first)
        + np.outer(first, S @ x)
    )
    basis = np.eye(4)
    U = np.linalg.cholesky(W).T  # with z = U x the inner product is the Euclidean one
    z = U @ x

    def g(z: Any) -> Any:
        return f(np.linalg.solve(U, z))

    def operator(find: Callable[..., Any]) -> np.ndarray:
        entries = [[find(basis[i], basis[j]) for j in range(4)] for i in range(4)]
        return np.linalg.solve(U, np.array(entries) @ U)

    def polarised(u: Any, v: Any) -> Any:
        return (second_difference(g, z, u + v) - second_difference(g, z, u - v)) / 4

    R = normal(rng, 4, 4)
    skew = np.linalg.solve(W, R - R.T)  # <skew h, h>_W = 0 for every h
    H = np.linalg.solve(W, euclidean)
    yield Check(
        stated=H,
        referees={
            "differences of the complex step": operator(lambda u, v: mixed_difference(g, z, u, v)),
            "second differences": operator(polarised),
        },
        wrong={
            "a skew part added with the same quadratic form (E24)": H + skew,
            "the Euclidean Hessian": euclidean,
            "half": H / 2,
        },
        table=lambda: hessian(f, x, inner=weighted(W)).matrix(),
        bounds={"differences of the complex step": 1e-6},
    )
    yield Check(  # the quadratic form alone does not reject the skew part; self-adjointness does
        stated=[True, False],
        referees={
            "both orders of the arguments": [
                bool(abs((M @ h) @ W @ k - h @ W @ (M @ k)) < 1e-9) for M in (H, H + skew)
            ],
            "symmetry of W times the operator": [
                bool(np.max(np.abs(W @ M - (W @ M).T)) < 1e-9) for M in (H, H + skew)
            ],
        },
        bounds={"both orders of the arguments": 0.0, "symmetry of W times the operator": 0.0},
        wrong={"every operator with this quadratic form is self-adjoint (E24)": [True, True]},
    )
