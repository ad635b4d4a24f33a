"""The multilayer perceptron: every gradient against referees that share no code with it."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tracemalloc
from functools import partial

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import lecturelib
from lecturelib import MLP, least_squares
from lecturelib.claims.referees import complex_step, five_point, partials
from lecturelib.mlp import ACTIVATIONS, SLOPES, DivergenceError
from lecturelib.table import TABLE

SIZES = (3, 5, 4, 2)  # distinct, so that no transposition can hide


def data(sizes=SIZES, samples=6, seed=0, sums_to_one=False):
    rng = np.random.default_rng(seed)
    phi0, target = rng.standard_normal((sizes[0], samples)), rng.random((sizes[-1], samples))
    return phi0, target / target.sum(axis=0) if sums_to_one else target


def with_layer(net, layer, W, run):
    """run(net) with one weight matrix replaced, and the old one restored."""
    kept = net.weights
    net.weights = [*kept[:layer], W, *kept[layer + 1 :]]
    try:
        return run(net)
    finally:
        net.weights = kept


def by_values(net, phi0, target, first=complex_step):
    """The gradients from values of the cost, an entry of a weight matrix at a time."""

    def cost(layer, W):
        return with_layer(net, layer, W, lambda n: n.cost(phi0, target))

    return [partials(partial(cost, layer), W, first) for layer, W in enumerate(net.weights)]


def close(found, expected, tolerance):
    return all(
        A.shape == B.shape and np.abs(A - B).max() <= tolerance
        for A, B in zip(found, expected, strict=True)
    )


VARIANTS = list(
    itertools.product(
        ["tanh", "sigmoid", "relu", "identity"], ["squared", "softmax"], [False, True]
    )
)


@pytest.mark.parametrize(("activation", "cost", "bias"), VARIANTS)
def test_gradients_agree_with_the_complex_step_and_with_differences(activation, cost, bias):
    net = MLP(SIZES, activation, cost, rng=3, bias=bias)
    phi0, target = data(sums_to_one=cost == "softmax")
    gradients = net.backprop(phi0, target)
    assert close(gradients, by_values(net, phi0, target), 1e-14)
    if activation != "relu":  # differences would step over its kinks
        assert close(gradients, by_values(net, phi0, target, partial(five_point, h=1e-3)), 1e-9)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
@pytest.mark.parametrize("last", ["tanh", "sigmoid", "relu", "identity"])
def test_the_last_layer_may_have_another_activation(activation, last):
    net = MLP(SIZES, activation, rng=5, last=last)
    phi0, target = data()
    assert close(net.backprop(phi0, target), by_values(net, phi0, target), 1e-14)


@pytest.mark.parametrize(("activation", "cost", "bias"), VARIANTS)
def test_gradients_agree_with_lecturelib_gradient(activation, cost, bias):
    net = MLP(SIZES, activation, cost, rng=2, bias=bias)
    phi0, target = data(sums_to_one=cost == "softmax")
    found = net.backprop(phi0, target)
    for layer, W in enumerate(net.weights):
        G = lecturelib.gradient(
            lambda V, layer=layer: with_layer(net, layer, V, lambda n: n.cost(phi0, target)), W
        )
        np.testing.assert_allclose(found[layer], G, atol=1e-14)


def test_gradient_to_the_input_through_lecturelib():
    net = MLP(SIZES, rng=2)
    phi0, target = data()
    G = lecturelib.gradient(lambda phi: net.cost(phi, target), phi0)
    step = 1e-30
    for place in np.ndindex(phi0.shape):
        Z = phi0.astype(complex)
        Z[place] += step * 1j
        assert abs(net.cost(Z, target).imag / step - G[place]) < 1e-14


def test_the_formula_of_the_lecture_for_three_layers_and_one_sample():
    net = MLP(SIZES, rng=7)
    phi0, target = data(samples=1)
    W1, W2, W3 = net.weights
    z1 = W1.T @ phi0
    z2 = W2.T @ np.tanh(z1)
    z3 = W3.T @ np.tanh(z2)

    def slopes(z):
        return np.diag(1 / np.cosh(z[:, 0]) ** 2)

    row = 2 * (np.tanh(z3) - target).T  # dE/dphi_3, a row
    G1 = phi0 @ row @ slopes(z3) @ W3.T @ slopes(z2) @ W2.T @ slopes(z1)
    np.testing.assert_allclose(net.backprop(phi0, target)[0], G1, atol=1e-15)


def test_gradient_against_sympy():
    net = MLP((2, 3, 1), "sigmoid", rng=0)
    W1, W2 = (sympy.Matrix(*W.shape, sympy.symbols(f"w:{W.size}")) for W in net.weights)
    V = sympy.Matrix(*W2.shape, sympy.symbols(f"v:{W2.shape[0]}"))
    phi0, target = [sympy.Rational(1, 2), sympy.Rational(-3, 4)], sympy.Rational(1, 5)
    phi = (W1.T * sympy.Matrix(phi0)).applyfunc(lambda z: 1 / (1 + sympy.exp(-z)))
    cost = (1 / (1 + sympy.exp(-(V.T * phi)[0])) - target) ** 2
    values = dict(zip([*W1, *V], [*net.weights[0].flat, *net.weights[1].flat], strict=True))
    G1, G2 = net.backprop([0.5, -0.75], [0.2])
    for symbols, G in ((W1, G1), (V, G2)):
        exact = [float(cost.diff(s).subs(values)) for s in symbols]
        np.testing.assert_allclose(G.ravel(), exact, atol=1e-15)


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_integer_networks_are_exact(activation):
    # Whole numbers of this size are exact in float64: the answer must be equal, not close.
    rng = np.random.default_rng(1)
    net = MLP(SIZES, activation)
    net.weights = [rng.integers(-3, 4, W.shape) for W in net.weights]
    phi0, target = rng.integers(-3, 4, (3, 4)), rng.integers(-3, 4, (2, 4))
    W1, W2, W3 = net.weights
    slope = (lambda z: (z > 0).astype(int)) if activation == "relu" else np.ones_like
    value = (lambda z: z * (z > 0)) if activation == "relu" else (lambda z: z)
    G1 = np.zeros(W1.shape, dtype=int)
    for j in range(4):  # sample by sample, entry by entry of the lecture's directional derivative
        z1 = W1.T @ phi0[:, j]
        z2 = W2.T @ value(z1)
        z3 = W3.T @ value(z2)
        for place in np.ndindex(W1.shape):
            H = np.zeros_like(W1)
            H[place] = 1
            dphi1 = slope(z1) * (H.T @ phi0[:, j])
            dphi3 = slope(z3) * (W3.T @ (slope(z2) * (W2.T @ dphi1)))
            G1[place] += 2 * (value(z3) - target[:, j]) @ dphi3
    assert (4 * net.backprop(phi0, target)[0] == G1).all()


def test_tempting_wrong_variants_are_rejected():
    sizes = (3, 4, 4, 2)  # one square layer, where a missing transposition has the right shape
    net = MLP(sizes, rng=4)
    phi0, target = data(sizes)
    W1, W2, W3 = net.weights
    phi1 = np.tanh(W1.T @ phi0)
    phi2 = np.tanh(W2.T @ phi1)
    phi3 = np.tanh(W3.T @ phi2)
    samples = phi0.shape[1]

    def first(factor=2.0, mean=samples, last=1 - phi3**2, middle=W2):
        delta3 = last * factor * (phi3 - target) / mean
        delta2 = (1 - phi2**2) * (W3 @ delta3)
        return phi0 @ ((1 - phi1**2) * (middle @ delta2)).T

    truth = by_values(net, phi0, target)[0]
    np.testing.assert_allclose(first(), truth, atol=1e-14)
    for wrong in (
        first(factor=1.0),  # the factor 2 of the square
        first(mean=1),  # the sum in place of the average
        first(last=1.0),  # no sigma' of the last layer
        first(last=1 - np.tanh(phi3) ** 2),  # sigma' at phi_3 in place of z_3
        first(middle=W2.T),  # W_2 transposed
    ):
        assert wrong.shape == truth.shape
        assert np.abs(wrong - truth).max() > 1e-3
        assert not np.allclose(net.backprop(phi0, target)[0], wrong, atol=1e-4)


def test_weights_of_the_shape_printed_in_the_lecture_do_not_fit():
    net = MLP(SIZES)  # printed: n_l x n_{l+1}, so that W_1 would be 5 x 4
    net.weights = [np.ones((5, 4)), np.ones((4, 2)), np.ones((2, 2))]
    with pytest.raises(ValueError, match=r"weights\[0\] has shape \(5, 4\), but .* 3 entries"):
        net.forward(np.ones(3))


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu"])
def test_slopes_read_off_the_value_are_those_of_the_table(name):
    # What lets the network forget z: sigma' can be read off phi = sigma(z).
    rng = np.random.default_rng(0)
    z, dphi = 5 * rng.standard_normal((2, 4, 70))
    phi = TABLE[name].value(z)
    slopes = TABLE[name].rule.differential(phi, z, dphi)
    assert np.allclose(SLOPES[name](phi, dphi), slopes, rtol=0, atol=1e-14)
    assert set(SLOPES) | {"identity"} == set(ACTIVATIONS)


@settings(deadline=None, max_examples=30)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    samples=st.integers(1, 4),
    activation=st.sampled_from(["tanh", "sigmoid", "identity"]),
    cost=st.sampled_from(["squared", "softmax"]),
    bias=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_shape(sizes, samples, activation, cost, bias, seed):
    net = MLP(sizes, activation, cost, rng=seed, bias=bias)
    phi0, target = data(sizes, samples, seed, sums_to_one=cost == "softmax")
    gradients = net.backprop(phi0, target)
    assert [G.shape for G in gradients] == [W.shape for W in net.weights]
    directions = np.random.default_rng(seed + 1)
    H = [directions.standard_normal(W.shape) for W in net.weights]
    kept = net.weights
    net.weights = [W + 1e-30j * D for W, D in zip(kept, H, strict=True)]
    slope = net.cost(phi0, target).imag / 1e-30
    inner = sum(np.sum(G * D) for G, D in zip(gradients, H, strict=True))
    assert abs(slope - inner) <= 1e-12 * (1 + abs(slope))


def test_hessian_is_symmetric_by_the_complex_step_through_backprop():
    net = MLP((2, 3, 2), rng=0)
    phi0, target = data((2, 3, 2))
    W = net.weights[0]
    H = np.zeros((W.size, W.size))
    for k, place in enumerate(np.ndindex(W.shape)):
        Z = W.astype(complex)
        Z[place] += 1e-30j
        G = with_layer(net, 0, Z, lambda n: n.backprop(phi0, target))[0]
        H[:, k] = G.imag.ravel() / 1e-30
    np.testing.assert_allclose(H, H.T, atol=1e-14)
    assert np.abs(H).max() > 1e-2


def test_one_sample_is_a_column():
    net = MLP(SIZES, rng=0)
    phi0, target = data(samples=1)
    assert net.forward(phi0[:, 0]).shape == (2,)
    assert (net.forward(phi0[:, 0]) == net.forward(phi0)[:, 0]).all()
    assert net.cost(phi0[:, 0], target[:, 0]) == net.cost(phi0, target)
    assert close(net.backprop(phi0[:, 0], target[:, 0]), net.backprop(phi0, target), 0.0)


def test_the_cost_is_the_average_over_the_samples():
    for cost in ("squared", "softmax"):
        net = MLP(SIZES, cost=cost, rng=0)
        phi0, target = data(samples=3, sums_to_one=True)
        alone = [net.cost(phi0[:, j], target[:, j]) for j in range(3)]
        assert abs(net.cost(phi0, target) - np.mean(alone)) < 1e-15
    output = net.forward(phi0)  # the softmax cost, from its definition
    log_p = np.log(np.exp(output) / np.exp(output).sum(axis=0))
    assert abs(net.cost(phi0, target) + (target * log_p).sum() / 3) < 1e-15
    huge = MLP((2, 3), "identity", "softmax", rng=0)
    huge.weights[0] *= 1e4
    assert np.isfinite(huge.cost(np.ones(2), [1.0, 0.0, 0.0]))


def test_bias_is_the_last_row_and_starts_at_zero():
    net = MLP((3, 2), "identity", rng=0, bias=True)
    W = net.weights[0]
    assert W.shape == (4, 2) and (W[-1] == 0).all()
    W[-1] = [5.0, -1.0]
    phi0 = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(net.forward(phi0), W[:3].T @ phi0 + [5.0, -1.0])


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_large_layers_are_worked_off_in_pieces_with_the_same_result(activation):
    sizes = (7, 130, 70, 3)
    net = MLP(sizes, activation, rng=0)
    phi0, target = data(sizes, samples=513)
    kept = phi0.copy()
    value = TABLE[activation].value
    layers = [phi0]
    for W in net.weights:
        layers.append(value(W.T @ layers[-1]))
    np.testing.assert_allclose(net.forward(phi0), layers[-1], atol=1e-14)
    one_by_one = [net.backprop(phi0[:, j], target[:, j]) for j in range(513)]
    mean = [sum(gradients) / 513 for gradients in zip(*one_by_one, strict=True)]
    assert close(net.backprop(phi0, target), mean, 1e-14)
    assert (phi0 == kept).all()


def test_peak_memory_is_at_most_twice_the_activations():
    sizes, samples = (784, 256, 256, 10), 1024
    net = MLP(sizes, rng=0)
    phi0, target = data(sizes, samples)
    tracemalloc.start()
    net.backprop(phi0, target)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 2 * 8 * samples * sum(sizes[1:])


# -- Training -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["constant", "1/k", "backtracking"])
def test_training_lowers_the_cost_and_records_it(rule):
    net = MLP(SIZES, rng=0)
    phi0, target = data()
    start = net.cost(phi0, target)
    history = net.train(phi0, target, steps=40, step=0.3, rule=rule)
    assert len(history) == 41 and list(history) == net.history
    assert history[0] == start and history[-1] == net.cost(phi0, target)
    assert history[-1] < 0.7 * history[0]
    if rule == "backtracking":
        assert (np.diff(history) < 0).all()


@pytest.mark.parametrize(("rule", "steps"), [("constant", (0.2, 0.2)), ("1/k", (0.2, 0.1))])
def test_two_steps_by_hand(rule, steps):
    net, twin = MLP(SIZES, rng=0), MLP(SIZES, rng=0)
    phi0, target = data()
    first = net.weights[0]
    kept = first.copy()
    net.train(phi0, target, steps=2, step=0.2, rule=rule)
    for alpha in steps:
        gradients = twin.backprop(phi0, target)
        twin.weights = [W - alpha * G for W, G in zip(twin.weights, gradients, strict=True)]
    assert close(net.weights, twin.weights, 1e-16)
    assert (first == kept).all()  # replaced, not overwritten


def test_one_linear_layer_descends_to_the_least_squares_solution():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((20, 3)), rng.standard_normal((20, 2))
    solution = least_squares(X, Y).w
    longest = 2 / np.linalg.eigvalsh(2 * X.T @ X / 20)[-1]  # errata E58: converges below 2 / L
    net = MLP((3, 2), "identity", rng=1)
    net.train(X.T, Y.T, steps=500, step=0.9 * longest)
    np.testing.assert_allclose(net.weights[0], solution, atol=1e-10)
    net = MLP((3, 2), "identity", rng=1)
    net.train(X.T, Y.T, steps=2000, rule="backtracking")
    np.testing.assert_allclose(net.weights[0], solution, atol=1e-7)
    net = MLP((3, 2), "identity", rng=1)
    with pytest.raises(DivergenceError):
        net.train(X.T, Y.T, steps=2000, step=1.1 * longest)


def test_backtracking_lengthens_a_step_that_is_too_short():
    net = MLP(SIZES, rng=0)
    phi0, target = data()
    history = net.train(phi0, target, steps=40, step=1e-6, rule="backtracking")
    assert history[-1] < 0.7 * history[0]


def test_divergence_is_told_and_the_best_weights_are_kept():
    net = MLP((3, 4, 2), "identity", rng=0)
    phi0, target = data((3, 4, 2))
    with pytest.raises(DivergenceError, match=r"cost grew from .* at step 4: the step 0.5 is"):
        net.train(phi0, target, steps=100, step=0.5)
    assert net.history[0] > min(net.history) < net.history[-1]  # the best is on the way
    assert net.cost(phi0, target) == min(net.history)
    assert np.isfinite(net.history).all()


def test_training_stops_at_a_stationary_point():
    net = MLP((3, 2), "identity", rng=0)
    net.weights = [np.ones((3, 2))]
    phi0 = np.eye(3)
    history = net.train(phi0, np.ones((2, 3)), steps=10, rule="backtracking")
    assert len(history) == 1 and (net.weights[0] == 1).all()


def test_seeds():
    same = [MLP(SIZES, rng=0), MLP(SIZES, rng=np.random.default_rng(0))]
    assert close(same[0].weights, same[1].weights, 0.0)
    assert not close(same[0].weights, MLP(SIZES, rng=1).weights, 1e-3)
    assert [W.shape for W in same[0].weights] == [(3, 5), (5, 4), (4, 2)]


@pytest.mark.parametrize("tqdm", ["absent", "installed"])
def test_a_short_run_prints_nothing(tqdm):
    code = f"""
import sys
if {tqdm!r} == "absent":
    sys.modules["tqdm"] = None
import numpy as np
from lecturelib import MLP
MLP((3, 2), rng=0).train(np.ones((3, 4)), np.zeros((2, 4)), steps=20)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == run.stderr == ""


# -- Bad input ------------------------------------------------------------------------------------


def bad(place, value, shape=(3, 4)):
    array = np.ones(shape)
    array[place] = value
    return array


GOOD, ZEROS = np.ones((3, 4)), np.zeros((2, 4))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda n: n.train(bad((1, 2), np.nan), ZEROS), r"phi0\[1, 2\] is nan: the data must be"),
        (lambda n: n.train(GOOD, bad((0, 3), -np.inf, (2, 4))), r"target\[0, 3\] is -inf: the"),
        (lambda n: n.train(np.array([1, np.inf, 0]), [0, 0]), r"phi0\[1\] is inf"),
        (lambda n: n.train(GOOD, ZEROS, rule="fast"), r"step rule 'fast' is unknown: .*\"1/k\""),
        (lambda n: n.train(GOOD, ZEROS, steps=-1), r"steps must be a whole number.* -1"),
        (lambda n: n.train(GOOD, ZEROS, step=0.0), r"step must be a positive number.* 0\.0"),
        (lambda n: n.train(GOOD.T, ZEROS), r"phi0 has shape \(4, 3\), but .* 3 inputs"),
        (lambda n: n.forward(np.ones((2, 3, 1))), r"phi0 has shape \(2, 3, 1\), .*\(3, N\)"),
        (lambda n: n.cost(GOOD, np.zeros(2)), r"target has shape \(2,\), .* shape \(2, 4\)"),
        (lambda n: n.backprop(GOOD, ZEROS.T), r"target has shape \(4, 2\), .* shape \(2, 4\)"),
        (lambda n: MLP((3,)), r"sizes must be two or more positive whole numbers, not \(3,\)"),
        (lambda n: MLP((3, 0, 2)), r"sizes must be two or more positive whole numbers"),
        (lambda n: MLP((3, 2), "swish"), r"activation 'swish' is unknown: .*\"tanh\", \"sigmoid\""),
        (lambda n: MLP((3, 2), last="x"), r"activation 'x' is unknown"),
        (lambda n: MLP((3, 2), cost="x"), r"cost 'x' is unknown: .*\"squared\", \"softmax\""),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make, sentence):
    net = MLP((3, 2), rng=0)
    kept = net.weights[0].copy()
    with pytest.raises(ValueError, match=sentence) as caught:
        make(net)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert (net.weights[0] == kept).all()


def test_bad_weights_and_targets_are_named():
    net = MLP((3, 4, 2), rng=0)
    net.weights[1][2, 0] = np.nan
    with pytest.raises(ValueError, match=r"weights\[1\]\[2, 0\] is nan"):
        net.train(GOOD, ZEROS)
    net = MLP((3, 2), "identity", rng=0)
    net.weights[0] *= 1e200
    with pytest.raises(DivergenceError, match="initial weights cost inf"):
        net.train(GOOD, ZEROS)
    net = MLP((3, 2), cost="softmax", rng=0)
    with pytest.raises(ValueError, match=r"Column 0 of target sums to 0: the cross-entropy"):
        net.backprop(GOOD, ZEROS)
    with pytest.raises(TypeError, match="phi0 holds complex numbers"):
        net.train(GOOD * 1j, ZEROS)


def test_prints_itself():
    assert repr(MLP((3, 2))) == "<MLP 3 -> 2, tanh, squared>"
