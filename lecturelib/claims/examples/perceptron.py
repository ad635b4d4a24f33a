"""Checks of the claims of the page "The multilayer perceptron and backpropagation"."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient
from ...functions import sigmoid
from ...mlp import MLP
from ..checking import Check, claim, outside
from ..draws import fractions, full_rank, normal, positive_definite, rational, signed
from ..referees import both_slopes, complex_step, partials
from .shared import SIZES, Array, cost, differences, layer, network, slope

SQUARE = (4, 4, 4, 2)  # where a forgotten transposition has the right shape


@dataclass(frozen=True)
class Kind:
    """An activation function and its slope; a cost of the output, and the row of its slopes."""

    sigma: Callable[[Any], Any] = np.tanh
    slope: Callable[[Any], Any] = slope
    cost: Callable[[Any, Any], Any] = lambda output, target: np.sum((output - target) ** 2)
    row: Callable[[Any, Any], Any] = lambda output, target: 2 * (output - target)

    def output(self, weights: Sequence[Any], phi: Any) -> Any:
        return functools.reduce(lambda x, W: self.sigma(W.T @ x), weights, phi)


SMOOTH = Kind()

#: A leaky ReLU, which has a kink at 0; there its slope is taken to be the mean of the two.
KINKED = Kind(lambda z: np.where(z > 0, z, z / 5), lambda z: np.heaviside(z, 0.5) * 0.8 + 0.2)

#: A cost that is not differentiable where an output is right; there its slope is taken to be 0.
BLUNT = replace(SMOOTH, cost=lambda a, b: np.sum(np.abs(a - b)), row=lambda a, b: np.sign(a - b))


def silenced(W: Array, phi: Array) -> Array:
    """The weights, of which the first perceptron now finds z = 0."""
    W = W.copy()
    W[:, 0] -= phi * (phi @ W[:, 0]) / (phi @ phi)
    return W


def signal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Inputs away from 0, where tanh is hardly told from a linear function."""
    return signed(rng, 0.5, 1.5, n)


def out_of_reach(rng: np.random.Generator, n: int) -> np.ndarray:
    """What no output of tanh comes near, so that there is an error to trace back."""
    return signed(rng, 1.5, 2.5, n)


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


@outside("perceptron", "the output overwrites an entry of phi")
def perceptron_in_place(rng: np.random.Generator) -> Iterator[Check]:
    phi, (W, b) = out_of_reach(rng, 4), (0.3 * full_rank(rng, 4, 3), normal(rng, 3))
    array, numbers = phi.copy(), [float(x) for x in phi]
    for j in range(3):
        array[j] = np.tanh(W[:, j] @ array + b[j])
        numbers[j] = math.tanh(math.fsum(W[i, j] * numbers[i] for i in range(4)) + b[j])
    yield Check(
        stated=np.tanh(W.T @ phi + b),
        referees={"one array": array[:3], "one list": numbers[:3]},
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


def softmax(z: Any) -> Any:
    return np.exp(z) / np.sum(np.exp(z))


@outside("mlp-layer", "sigma is softmax, which does not act on each entry")
def mlp_layer_softmax(rng: np.random.Generator) -> Iterator[Check]:
    [W], phi = network(rng, (5, 4)), signal(rng, 5)
    yield Check(
        stated=softmax(W.T @ phi),
        referees={
            "perceptron by perceptron": [softmax(np.array([w @ phi]))[0] for w in W.T],
            "sum over the inputs": by_loops([W], phi, lambda z: softmax(np.array([z]))[0])[0],
        },
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


@outside("mlp-composition", "the last layer has another sigma")
def mlp_composition_mixed(rng: np.random.Generator) -> Iterator[Check]:
    (W1, W2, W3), phi = network(rng), signal(rng, SIZES[0])
    inner = by_loops([W1, W2], phi)[-1]
    yield Check(
        stated=layer(W3, layer(W2, layer(W1, phi))),
        referees={
            "sum over the inputs": by_loops([W3], inner, lambda z: z)[-1],
            "matrix product": W3.T @ layer(W2, layer(W1, phi)),
        },
    )


# -- Backpropagation ------------------------------------------------------------------------------


def slope_by_weights(W: Array, phi: Array, H: Array, kind: Kind = SMOOTH) -> Array:
    """What is stated of a layer's derivative by its weights."""
    return np.diag(kind.slope(W.T @ phi)) @ H.T @ phi


def slope_by_inputs(W: Array, phi: Array, h: Array, kind: Kind = SMOOTH) -> Array:
    """What is stated of a layer's derivative by its inputs."""
    return np.diag(kind.slope(W.T @ phi)) @ W.T @ h


@claim("mlp-derivative-W")
def mlp_derivative_w(rng: np.random.Generator) -> Iterator[Check]:
    [W], H, phi = network(rng, (5, 4)), normal(rng, 5, 4), signal(rng, 5)

    def of_tanh(W: Any) -> Any:
        return np.tanh(W.T @ phi)

    def of_exp(W: Any) -> Any:
        return 1 / (1 + np.exp(-(W.T @ phi)))

    z = W.T @ phi
    yield Check(
        stated=slope_by_weights(W, phi, H),
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


@outside("mlp-derivative-W", "sigma has a kink at an entry of W^T phi")
def mlp_derivative_w_kink(rng: np.random.Generator) -> Iterator[Check]:
    [W], H, phi = network(rng, (5, 4)), normal(rng, 5, 4), signal(rng, 5)
    W = silenced(W, phi)
    slope = slope_by_weights(W, phi, H, KINKED)
    found = both_slopes(lambda W: KINKED.sigma(W.T @ phi), W, H)
    yield Check(stated=np.array([slope, slope]), referees={"one-sided differences": found})


@claim("mlp-derivative-phi")
def mlp_derivative_phi(rng: np.random.Generator) -> Iterator[Check]:
    [W], phi, h = network(rng, (5, 4)), signal(rng, 5), normal(rng, 5)
    f = functools.partial(layer, W)
    yield Check(
        stated=slope_by_inputs(W, phi, h),
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
        stated=slope_by_inputs(V, x, k),
        referees={
            "complex step": complex_step(g, x, k),
            "five-point differences": differences(g, x, k),
        },
        wrong={"W for its transpose (square layer)": slope(V.T @ x) * (V @ k)},
        table=lambda: differential(g, x, k),
    )


@outside("mlp-derivative-phi", "sigma has a kink at an entry of W^T phi")
def mlp_derivative_phi_kink(rng: np.random.Generator) -> Iterator[Check]:
    [W], phi, h = network(rng, (5, 4)), signal(rng, 5), normal(rng, 5)
    W = silenced(W, phi)
    slope = slope_by_inputs(W, phi, h, KINKED)
    found = both_slopes(lambda phi: KINKED.sigma(W.T @ phi), phi, h)
    yield Check(stated=np.array([slope, slope]), referees={"one-sided differences": found})


def row_of_the_chain(weights: Sequence[Any], phi0: Any, target: Any, kind: Kind = SMOOTH) -> Any:
    """dE/dphi_3 D_3 W_3^T D_2 W_2^T D_1, the row that multiplies H^T phi_0."""
    W1, W2, W3 = weights
    phi1, phi2 = kind.output([W1], phi0), kind.output([W1, W2], phi0)
    D1, D2, D3 = (np.diag(kind.slope(z)) for z in (W1.T @ phi0, W2.T @ phi1, W3.T @ phi2))
    return kind.row(kind.output(weights, phi0), target) @ D3 @ W3.T @ D2 @ W2.T @ D1


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


def both_sides(
    E: Callable[[Any], Any], X: Array, slopes: Sequence[Any], directions: Array
) -> Check:
    """The slopes that are stated along some directions, against those to the right and left."""
    return Check(
        stated=[[slope, slope] for slope in slopes],
        referees={"one-sided differences": [both_slopes(E, X, H) for H in directions]},
        bounds={"one-sided differences": 1e-6},
    )


def with_a_kink(rng: np.random.Generator) -> tuple[list[Array], Array, Array, Kind]:
    """A network of which the first perceptron finds z = 0, where sigma has a kink."""
    (W1, *others), phi0 = network(rng), signal(rng, 3)
    return [silenced(W1, phi0), *others], phi0, out_of_reach(rng, 2), KINKED


def with_a_blunt_cost(rng: np.random.Generator) -> tuple[list[Array], Array, Array, Kind]:
    """A network whose outputs are right, where the sum of the sizes of its errors has a kink."""
    weights, phi0 = network(rng), signal(rng, 3)
    return weights, phi0, BLUNT.output(weights, phi0), BLUNT


def by_first_weights(
    weights: Sequence[Array], phi0: Array, target: Array, kind: Kind
) -> Callable[[Any], Any]:
    return lambda W: kind.cost(kind.output([W, *weights[1:]], phi0), target)


def _chain(
    weights: list[Array], phi0: Array, target: Array, kind: Kind, rng: np.random.Generator
) -> Iterator[Check]:
    E, directions = by_first_weights(weights, phi0, target, kind), normal(rng, 3, 3, 5) / 2
    row = row_of_the_chain(weights, phi0, target, kind)
    yield both_sides(E, weights[0], [row @ H.T @ phi0 for H in directions], directions)


@outside("mlp-chain", "sigma has a kink at an entry of z_1")
def mlp_chain_kink(rng: np.random.Generator) -> Iterator[Check]:
    yield from _chain(*with_a_kink(rng), rng)


@outside("mlp-chain", "the cost is not differentiable at the output")
def mlp_chain_blunt(rng: np.random.Generator) -> Iterator[Check]:
    yield from _chain(*with_a_blunt_cost(rng), rng)


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
    yield from _trace_form(E, W1, directions, G, swapped)


def _trace_form(
    E: Callable[[Any], Any], W1: Array, directions: Array, G: Array, swapped: Array
) -> Iterator[Check]:
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


@outside("mlp-trace-form", "two factors are swapped, and not moved in a cycle")
def mlp_trace_form_swapped(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng, SQUARE), signal(rng, 4), out_of_reach(rng, 2)
    W1, W2, W3 = weights
    D1, D2, D3 = (
        np.diag(slope(W.T @ SMOOTH.output(weights[:k], phi0))) for k, W in enumerate(weights)
    )
    row = SMOOTH.row(SMOOTH.output(weights, phi0), target)
    swapped = np.outer(phi0, row @ D3 @ W3.T @ D2 @ D1 @ W2.T)
    E = by_first_weights(weights, phi0, target, SMOOTH)
    yield from _trace_form(E, W1, normal(rng, 3, 4, 4) / 2, swapped, swapped)


@outside("mlp-trace-form", "sigma has a kink at an entry of z_1")
def mlp_trace_form_kink(rng: np.random.Generator) -> Iterator[Check]:
    yield from _paired(*with_a_kink(rng), rng)


@outside("mlp-trace-form", "the cost is not differentiable at the output")
def mlp_trace_form_blunt(rng: np.random.Generator) -> Iterator[Check]:
    yield from _paired(*with_a_blunt_cost(rng), rng)


def _paired(
    weights: list[Array], phi0: Array, target: Array, kind: Kind, rng: np.random.Generator
) -> Iterator[Check]:
    """Tr(H^T G) with the gradient that is stated."""
    E, directions = by_first_weights(weights, phi0, target, kind), normal(rng, 3, 3, 5) / 2
    G = np.outer(phi0, row_of_the_chain(weights, phi0, target, kind))
    yield both_sides(E, weights[0], [np.trace(H.T @ G) for H in directions], directions)


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


@outside("mlp-gradient-W1", "sigma has a kink at an entry of z_1")
def mlp_gradient_w1_kink(rng: np.random.Generator) -> Iterator[Check]:
    yield from _paired(*with_a_kink(rng), rng)


@outside("mlp-gradient-W1", "the cost is not differentiable at the output")
def mlp_gradient_w1_blunt(rng: np.random.Generator) -> Iterator[Check]:
    yield from _paired(*with_a_blunt_cost(rng), rng)


@outside("mlp-gradient-W1", "the inner product is Tr(X^T M Y)")
def mlp_gradient_w1_weighted(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng), signal(rng, 3), out_of_reach(rng, 2)
    E, M = by_first_weights(weights, phi0, target, SMOOTH), positive_definite(rng, 3)
    yield Check(  # the G with Tr(G^T M H) = dE[H]
        stated=np.outer(phi0, row_of_the_chain(weights, phi0, target)),
        referees={
            "complex step": np.linalg.solve(M, partials(E, weights[0])),
            "five-point differences": np.linalg.solve(M, partials(E, weights[0], differences)),
        },
    )


def backpropagated(
    weights: Sequence[Any],
    phi0: Any,
    target: Any,
    kind: Kind = SMOOTH,
    after: Sequence[Any] | None = None,
) -> Array:
    """All gradients of the mean cost of samples side by side, the errors going back through
    other weights if these are given.
    """
    after = weights if after is None else after
    phis = [kind.output(weights[:k], phi0) for k in range(4)]
    delta = kind.row(phis[3], target) * kind.slope(weights[2].T @ phis[2]) / phi0.shape[1]
    found = [phis[2] @ delta.T]
    for k in (1, 0):
        delta = (after[k + 1] @ delta) * kind.slope(weights[k].T @ phis[k])
        found.append(phis[k] @ delta.T)
    return np.concatenate([G.ravel() for G in found[::-1]])


@claim("mlp-deltas")
def mlp_deltas(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng), normal(rng, 3, 6), normal(rng, 2, 6)

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
        stated=backpropagated(weights, phi0, target),
        referees={
            "complex step": numerical(complex_step),
            "five-point differences": numerical(differences),
        },
        wrong={
            "sum in place of the average": 6 * backpropagated(weights, phi0, target),
            "weights moved before the error went through them": backpropagated(
                weights, phi0, target, after=moved
            ),
        },
        table=table,
    )


def _all_layers(
    weights: list[Array], phi0: Array, target: Array, kind: Kind, rng: np.random.Generator
) -> Iterator[Check]:
    def E(entries: Any) -> Any:
        ends = np.cumsum([W.size for W in weights])[:-1]
        parts = zip(np.split(entries, ends), weights, strict=True)
        moved = [part.reshape(W.shape) for part, W in parts]
        return kind.cost(kind.output(moved, phi0[:, None]), target[:, None])

    at = np.concatenate([W.ravel() for W in weights])
    G, directions = (
        backpropagated(weights, phi0[:, None], target[:, None], kind),
        normal(rng, 3, at.size) / 4,
    )
    yield both_sides(E, at, [G @ H for H in directions], directions)


@outside("mlp-deltas", "sigma has a kink at an entry of z_1")
def mlp_deltas_kink(rng: np.random.Generator) -> Iterator[Check]:
    yield from _all_layers(*with_a_kink(rng), rng)


@outside("mlp-deltas", "the cost is not differentiable at the output")
def mlp_deltas_blunt(rng: np.random.Generator) -> Iterator[Check]:
    yield from _all_layers(*with_a_blunt_cost(rng), rng)


@outside("mlp-deltas", "the error goes back through weights that have moved")
def mlp_deltas_moved(rng: np.random.Generator) -> Iterator[Check]:
    weights, phi0, target = network(rng), normal(rng, 3, 6), normal(rng, 2, 6)
    E = by_first_weights(weights, phi0, target, SMOOTH)
    moved = [W - 0.1 * normal(rng, *W.shape) for W in weights]
    first = backpropagated(weights, phi0, target, after=moved)[: weights[0].size]
    yield Check(
        stated=first.reshape(weights[0].shape),
        referees={
            "complex step": partials(E, weights[0]) / 6,
            "five-point differences": partials(E, weights[0], differences) / 6,
        },
    )


def delta_of(W: Array, b: Array, phi: Array, target: Array, kind: Kind = SMOOTH) -> Array:
    """The delta of one layer with biases, a column a sample, of the mean cost."""
    z = W.T @ phi + b[:, None]
    return kind.row(kind.sigma(z), target) * kind.slope(z) / phi.shape[1]


@claim("bias-gradient")
def bias_gradient(rng: np.random.Generator) -> Iterator[Check]:
    W, b, phi, target = normal(rng, 3, 4), normal(rng, 4), normal(rng, 3, 5), normal(rng, 4, 5)

    def E(b: Any) -> Any:
        return np.sum((np.tanh(W.T @ phi + b[:, None]) - target) ** 2) / 5

    longer = np.vstack([phi, np.ones((1, 5))])

    def E_longer(V: Any) -> Any:
        return np.sum((np.tanh(V.T @ longer) - target) ** 2) / 5

    y, delta = np.tanh(W.T @ phi + b[:, None]), delta_of(W, b, phi, target)
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


def _bias(W: Array, b: Array, phi: Array, target: Array, kind: Kind, h: Array) -> Iterator[Check]:
    def E(b: Any) -> Any:
        return kind.cost(kind.sigma(W.T @ phi + b[:, None]), target) / phi.shape[1]

    G = delta_of(W, b, phi, target, kind).sum(axis=1)
    yield both_sides(E, b, [G @ h], h[None])


@outside("bias-gradient", "sigma has a kink at an entry of z")
def bias_gradient_kink(rng: np.random.Generator) -> Iterator[Check]:
    W, phi, target = normal(rng, 3, 4), normal(rng, 3, 5), signed(rng, 2.0, 3.0, 4, 5)
    yield from _bias(W, -W.T @ phi[:, 0], phi, target, KINKED, normal(rng, 4))


@outside("bias-gradient", "the cost is not differentiable at the output")
def bias_gradient_blunt(rng: np.random.Generator) -> Iterator[Check]:
    W, b, phi = normal(rng, 3, 4), normal(rng, 4), normal(rng, 3, 5)
    yield from _bias(W, b, phi, np.tanh(W.T @ phi + b[:, None]), BLUNT, normal(rng, 4))
