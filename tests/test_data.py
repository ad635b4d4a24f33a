"""The data are what their page says they are."""

import hashlib
from importlib import resources

import numpy as np
import pytest

from lecturelib import MLP
from lecturelib.data import frameworks, penguins


def test_the_penguins_are_the_published_ones():
    file = resources.files("lecturelib.data").joinpath("penguins.csv").read_bytes()
    assert (
        hashlib.sha256(file).hexdigest()
        == "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"
    )


def test_penguins_are_rows_and_complete():
    measurements, species = penguins()
    assert measurements.shape == (342, 4) and np.isfinite(measurements).all()
    names, counts = np.unique(species, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "Adelie": 151,
        "Chinstrap": 68,
        "Gentoo": 123,
    }
    low, high = measurements.min(axis=0), measurements.max(axis=0)
    assert (low == [32.1, 13.1, 172, 2700]).all() and (high == [59.6, 21.5, 231, 6300]).all()


def gradients_by_hand():
    """Of the mean over all entries, as the libraries have it; the plain formulas."""
    network = frameworks()["network"]
    weights = [np.array(W) for W in network["weights"]]
    phi, target = np.array(network["phi0"]), np.array(network["target"])
    inputs, layers = [], [phi]
    for W in weights:
        inputs.append(np.vstack([layers[-1], np.ones((1, phi.shape[1]))]))
        layers.append(np.tanh(W.T @ inputs[-1]))
    delta = 2 * (layers[-1] - target) / target.size * (1 - layers[-1] ** 2)
    found = []
    for W, x, phi in zip(weights[::-1], inputs[::-1], layers[-2::-1], strict=True):
        found.insert(0, x @ delta.T)
        delta = (1 - phi**2) * (W[:-1] @ delta)
    return np.mean((layers[-1] - target) ** 2), found


@pytest.mark.parametrize(
    ("name", "weights_transposed"), [("PyTorch", True), ("Keras", False), ("JAX", False)]
)
def test_the_libraries_agree_with_the_formulas(name, weights_transposed):
    library = frameworks()["libraries"][name]
    bound = 0.6 * 10.0 ** -library["decimals"]
    cost, gradients = gradients_by_hand()
    assert abs(library["loss"] - cost) < bound
    for G, layer in zip(gradients, library["gradients"], strict=True):
        weight = np.array(layer["weight"])
        np.testing.assert_allclose(weight.T if weights_transposed else weight, G[:-1], atol=bound)
        np.testing.assert_allclose(layer["bias"], G[-1], atol=bound)


def test_the_network_tells_a_transposed_gradient_from_the_right_one():
    gradients = [G[:-1] for G in gradients_by_hand()[1]]
    assert [G.shape for G in gradients] == [(3, 4), (4, 4), (4, 2)]
    assert np.abs(gradients[1] - gradients[1].T).max() > 0.01


def test_lecturelib_averages_over_the_samples_only():
    network = frameworks()["network"]
    net = MLP((3, 4, 4, 2), bias=True)
    net.weights = [np.array(W) for W in network["weights"]]
    found = net.backprop(np.array(network["phi0"]), np.array(network["target"]))
    for G, H in zip(found, gradients_by_hand()[1], strict=True):
        np.testing.assert_allclose(G, 2 * H, atol=1e-14)


# -- The runs of single functions -----------------------------------------------------------------


def run(name):
    found = frameworks()["runs"][name]
    inputs = {key: np.array(value) for key, value in found["inputs"].items()}
    gradients = {key: np.array(value) for key, value in found["gradients"].items()}
    return inputs, found["value"], gradients, 0.6 * 10.0 ** -found["decimals"]


def test_every_run_says_who_computed_what():
    for name, found in frameworks()["runs"].items():
        assert set(found) == {
            "library", "version", "decimals", "inputs", "value", "gradients"
        }, name  # fmt: skip
        assert found["library"] == "PyTorch" and found["decimals"] == 12, name
        assert found["inputs"] and found["gradients"], name


def test_the_softmax_run_agrees_with_loops_over_samples_and_classes():
    given, value, gradients, bound = run("softmax")
    W, X, Y = (given[key] for key in "WXY")
    assert W.shape == (4, 3) and X.shape == (4, 5) and Y.shape == (3, 5)
    cost, G = 0.0, np.zeros((4, 3))
    for x, y in zip(X.T, Y.T, strict=True):
        weights = [np.exp(w @ x) for w in W.T]
        for j, w in enumerate(weights):
            p = w / sum(weights)
            cost -= y[j] * np.log(p) / 5
            G[:, j] += x * (p - y[j]) / 5
    assert abs(value - cost) < bound
    np.testing.assert_allclose(gradients["weight"].T, G, atol=bound)
    assert np.abs(gradients["weight"].reshape(4, 3) - G).max() > 0.1


def test_the_gaussian_run_agrees_with_the_formulas():
    given, value, gradients, bound = run("gaussian")
    X, mean, S, L = (given[key] for key in ("X", "mean", "covariance", "L"))
    assert X.shape == (3, 5) and (L @ L.T == S).all() and np.allclose(np.triu(L, 1), 0)
    R, K = X - mean[:, None], np.linalg.inv(S)
    C = R @ R.T
    log_likelihood = -(np.sum(K * C) + 5 * np.log(np.linalg.det(2 * np.pi * S))) / 2
    by_covariance = (K @ C @ K - 5 * K) / 2
    expected = {
        "loc": K @ R.sum(axis=1),
        "covariance_matrix": by_covariance,
        "precision_matrix": (5 * S - C) / 2,
        "scale_tril": np.tril(2 * by_covariance @ L),
        "cholesky": by_covariance,
    }
    assert abs(value - log_likelihood) < bound
    assert set(gradients) == set(expected)
    for name, G in expected.items():
        np.testing.assert_allclose(gradients[name], G, atol=bound, err_msg=name)


def test_the_factorisation_run_agrees_with_loops_over_the_entries():
    given, value, gradients, bound = run("factorisation")
    X, U, V, mask, c = (given[key] for key in ("X", "U", "V", "mask", "ridge"))
    assert (X.shape, U.shape, V.shape, mask.sum()) == ((5, 4), (5, 2), (4, 2), 14)
    cost, by_U, by_V = c * (np.sum(U * U) + np.sum(V * V)), 2 * c * U, 2 * c * V
    for i, j in zip(*np.nonzero(mask), strict=True):
        residual = U[i] @ V[j] - X[i, j]
        cost = cost + residual**2
        by_U[i] += 2 * residual * V[j]
        by_V[j] += 2 * residual * U[i]
    assert abs(value - cost) < bound
    np.testing.assert_allclose(gradients["U"], by_U, atol=bound)
    np.testing.assert_allclose(gradients["V"], by_V, atol=bound)


def complex_steps(f, given, name):
    """All partial derivatives of f by one of its arguments."""
    G = np.zeros(given[name].shape)
    for index in np.ndindex(G.shape):
        moved = given[name].astype(complex)
        moved[index] += 1e-30j
        G[index] = f(**given | {name: moved}).imag / 1e-30
    return G


def attended(Q, K, V, G):
    weights = np.exp(Q @ K.T / np.sqrt(Q.shape[1]))
    return np.sum(G * ((weights @ V) / weights.sum(axis=1, keepdims=True)))


def test_the_attention_run_agrees_with_complex_steps():
    given, value, gradients, bound = run("attention")
    X, G = given["X"], given["G"]
    rows = {name: X @ given[f"W_{name}"] for name in "QKV"} | {"G": G}

    def of_tokens(X, W_Q, W_K, W_V, G):
        return attended(X @ W_Q, X @ W_K, X @ W_V, G)

    assert {name: rows[name].shape for name in "QKV"} == {"Q": (5, 4), "K": (5, 4), "V": (5, 2)}
    assert abs(value - attended(**rows)) < bound
    for name in "QKV":
        np.testing.assert_allclose(gradients[name], complex_steps(attended, rows, name), atol=bound)
    for name in ("W_Q", "W_K", "W_V", "X"):
        found = complex_steps(of_tokens, given, name)
        np.testing.assert_allclose(gradients[name], found, atol=bound)


def test_the_layer_norm_run_agrees_with_complex_steps():
    given, value, gradients, bound = run("layer_norm")

    def normalised(X, gain, bias, epsilon, G):
        centred = X - X.sum(axis=1, keepdims=True) / X.shape[1]
        variance = (centred**2).sum(axis=1, keepdims=True) / X.shape[1]
        return np.sum(G * (gain * centred / np.sqrt(variance + epsilon) + bias))

    assert given["X"].shape == (4, 5) and abs(value - normalised(**given)) < bound
    for name in ("X", "gain", "bias"):
        found = complex_steps(normalised, given, name)
        np.testing.assert_allclose(gradients[name], found, atol=bound)
