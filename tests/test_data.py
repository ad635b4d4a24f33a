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
