"""Gradients that other libraries find, which pages match with lecturelib's, entry by entry.

    python -m benchmarks.frameworks                  writes lecturelib/data/frameworks.json
    python -m benchmarks.frameworks softmax ...      renews only these runs in it

The network is the page on training's: by PyTorch, Keras and JAX, each in its own layout, used as
its own first tutorial does it, with its layers, its mean squared error, its samples in rows. A run
(`RUNS`) is one function of a page of chapter 6 by PyTorch, and needs nothing else installed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

FILE = Path(__file__).resolve().parent.parent / "lecturelib" / "data" / "frameworks.json"

# One layer is square: there a transposed gradient has the right shape.
SIZES, SAMPLES = (3, 4, 4, 2), 5


def quarters(rows: int, columns: int, start: int) -> np.ndarray:
    """Multiples of 1/4 between -1.25 and 1.25: exact in binary, and not symmetric."""
    i, j = np.mgrid[:rows, :columns]
    return ((i * i + 3 * j + 2 * i * j + start) * 7 % 11 - 5) / 4


def network() -> dict[str, list]:
    """Weights in the lecture's layout (n_{l-1} + 1, n_l), the bias last; samples in columns."""
    weights = [quarters(SIZES[k] + 1, SIZES[k + 1], 2 * k + 1) for k in range(len(SIZES) - 1)]
    return {
        "weights": [W.tolist() for W in weights],
        "phi0": quarters(SIZES[0], SAMPLES, 4).tolist(),
        "target": quarters(SIZES[-1], SAMPLES, 6).tolist(),
    }


def pytorch(weights, phi0, target):
    layers = [torch.nn.Linear(*W.shape, dtype=torch.float64) for W in (W[:-1] for W in weights)]
    for layer, W in zip(layers, weights, strict=True):
        layer.weight.data = torch.tensor(W[:-1].T.copy())
        layer.bias.data = torch.tensor(W[-1].copy())
    activated = [part for layer in layers for part in (layer, torch.nn.Tanh())]
    model = torch.nn.Sequential(*activated)
    loss = torch.nn.MSELoss()(model(torch.tensor(phi0.T.copy())), torch.tensor(target.T.copy()))
    loss.backward()
    return loss.item(), [(layer.weight.grad.numpy(), layer.bias.grad.numpy()) for layer in layers]


def keras_(weights, phi0, target):
    """In float32: on this backend Keras computes tanh in nothing better."""
    import jax
    import keras

    layers = [keras.layers.Dense(W.shape[1], activation="tanh") for W in weights]
    model = keras.Sequential([keras.Input((len(phi0),)), *layers])
    for layer, W in zip(layers, weights, strict=True):
        layer.set_weights([W[:-1], W[-1]])
    loss = keras.losses.MeanSquaredError()

    def cost(trainable):
        output, _ = model.stateless_call(trainable, model.non_trainable_variables, phi0.T)
        return loss(target.T, output)

    trainable = [variable.value for variable in model.trainable_variables]
    value, gradients = jax.value_and_grad(cost)(trainable)
    return value, list(zip(gradients[::2], gradients[1::2], strict=True))


def jax_(weights, phi0, target):
    """JAX itself has no layers; this is how its tutorials write one, and Flax stores it."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def cost(parameters):
        x = phi0.T
        for W, b in parameters:
            x = jnp.tanh(x @ W + b)
        return jnp.mean((x - target.T) ** 2)

    return jax.value_and_grad(cost)([(jnp.array(W[:-1]), jnp.array(W[-1])) for W in weights])


def rounded(array, decimals):
    """As lists of float64, without -0."""
    return (np.round(np.asarray(array, dtype=float), decimals) + 0.0).tolist()


def lines(value) -> str:
    """JSON with one row of a matrix a line."""
    text = json.dumps(value, indent=1)
    return (
        re.sub(r"\[[^][{}]*\]", lambda row: "[" + " ".join(row[0][1:-1].split()) + "]", text) + "\n"
    )


# -- Runs of single functions, by PyTorch ---------------------------------------------------------
#
# A run gets the page's inputs (samples in columns), calls the library as its users do, and returns
# the value and the gradients *in the library's layout*; what a page transposes, it does itself.


def differentiated(value: torch.Tensor, **leaves: torch.Tensor) -> tuple[float, dict[str, Any]]:
    """The value, and its gradient in each leaf."""
    found = torch.autograd.grad(value, list(leaves.values()))
    return value.item(), {name: G.numpy() for name, G in zip(leaves, found, strict=True)}


def leaf(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array.copy(), requires_grad=True)


def softmax_inputs() -> dict[str, np.ndarray]:
    """4 features, 3 classes, 5 samples; a one-hot column for each sample."""
    return {
        "W": quarters(4, 3, 2),
        "X": quarters(4, 5, 1),
        "Y": np.eye(3)[[0, 2, 1, 2, 0]].T,
    }


def softmax_run(W: np.ndarray, X: np.ndarray, Y: np.ndarray) -> tuple[float, dict[str, Any]]:
    """A linear layer (weight: classes x features, samples in rows) and the cross-entropy."""
    weight, logits_of = leaf(W.T), torch.nn.functional.linear
    labels = torch.tensor(Y.argmax(axis=0))
    cost = torch.nn.CrossEntropyLoss()(logits_of(torch.tensor(X.T.copy()), weight), labels)
    return differentiated(cost, weight=weight)


def gaussian_inputs() -> dict[str, np.ndarray]:
    """5 samples of 3 numbers; the covariance L L^T of a lower triangular L."""
    L = np.array([[1.5, 0.0, 0.0], [-0.5, 1.0, 0.0], [0.75, 0.25, 1.25]])
    return {
        "X": quarters(3, 5, 3),
        "mean": np.array([0.25, -0.5, 0.5]),
        "covariance": L @ L.T,
        "L": L,
    }


def gaussian_run(
    X: np.ndarray, mean: np.ndarray, covariance: np.ndarray, L: np.ndarray
) -> tuple[float, dict[str, Any]]:
    """The log-likelihood by torch.distributions, which takes the covariance in three ways."""
    samples = torch.tensor(X.T.copy())
    gradients: dict[str, Any] = {}
    for option, array in (
        ("covariance_matrix", covariance),
        ("precision_matrix", np.linalg.inv(covariance)),
        ("scale_tril", L),
    ):
        loc, given = leaf(mean), leaf(array)
        normal = torch.distributions.MultivariateNormal(loc, **{option: given})
        value, found = differentiated(normal.log_prob(samples).sum(), **{"loc": loc, option: given})
        gradients |= found
    # A program that factorises by itself: the gradient goes back through the factorisation.
    given = leaf(covariance)
    factor = torch.linalg.cholesky(given)
    normal = torch.distributions.MultivariateNormal(torch.tensor(mean), scale_tril=factor)
    _, found = differentiated(normal.log_prob(samples).sum(), given=given)
    gradients["cholesky"] = found["given"]
    return value, gradients


def factorisation_inputs() -> dict[str, np.ndarray]:
    """5 features, 4 samples, 2 components; 14 of the 20 entries were measured."""
    i, j = np.mgrid[:5, :4]
    return {
        "X": quarters(5, 4, 2),
        "U": quarters(5, 2, 1),
        "V": quarters(4, 2, 5),
        "mask": ((2 * i + 3 * j) % 7 > 1).astype(float),
        "ridge": np.array(0.5),
    }


def factorisation_run(
    X: np.ndarray, U: np.ndarray, V: np.ndarray, mask: np.ndarray, ridge: np.ndarray
) -> tuple[float, dict[str, Any]]:
    """A masked squared loss with a ridge on both factors."""
    u, v = leaf(U), leaf(V)
    residual = torch.tensor(mask) * (torch.tensor(X) - u @ v.T)
    cost = residual.square().sum() + ridge.item() * (u.square().sum() + v.square().sum())
    return differentiated(cost, U=u, V=v)


def attention_inputs() -> dict[str, np.ndarray]:
    """5 tokens of 3 numbers, in rows; queries and keys of 4 numbers, values of 2."""
    return {
        "X": quarters(5, 3, 1),
        "W_Q": quarters(3, 4, 2),
        "W_K": quarters(3, 4, 6),
        "W_V": quarters(3, 2, 4),
        "G": quarters(5, 2, 3),
    }


def attention_run(
    X: np.ndarray, W_Q: np.ndarray, W_K: np.ndarray, W_V: np.ndarray, G: np.ndarray
) -> tuple[float, dict[str, Any]]:
    """Self-attention, paired with G; the tokens are rows here and in the library."""
    x, w_q, w_k, w_v = leaf(X), leaf(W_Q), leaf(W_K), leaf(W_V)
    query, key, value = x @ w_q, x @ w_k, x @ w_v
    output = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    paired = (output * torch.tensor(G)).sum()
    leaves = {"Q": query, "K": key, "V": value, "W_Q": w_q, "W_K": w_k, "W_V": w_v, "X": x}
    return differentiated(paired, **leaves)


def layer_norm_inputs() -> dict[str, np.ndarray]:
    """4 tokens of 5 numbers, in rows; an epsilon that is large enough to be seen."""
    return {
        "X": quarters(4, 5, 3),
        "gain": np.array([1.0, -0.5, 0.75, 2.0, 1.25]),
        "bias": np.array([0.5, 0.25, -1.0, 0.0, -0.25]),
        "epsilon": np.array(0.25),
        "G": quarters(4, 5, 7),
    }


def layer_norm_run(
    X: np.ndarray, gain: np.ndarray, bias: np.ndarray, epsilon: np.ndarray, G: np.ndarray
) -> tuple[float, dict[str, Any]]:
    """Layer normalisation of each row, paired with G."""
    x, weight, shift = leaf(X), leaf(gain), leaf(bias)
    output = torch.nn.functional.layer_norm(x, (X.shape[1],), weight, shift, epsilon.item())
    return differentiated((output * torch.tensor(G)).sum(), X=x, gain=weight, bias=shift)


#: The name of a run -> its inputs, and what computes the value and the gradients from them.
RUNS: dict[str, tuple[Callable[[], dict[str, np.ndarray]], Callable[..., Any]]] = {
    "softmax": (softmax_inputs, softmax_run),
    "gaussian": (gaussian_inputs, gaussian_run),
    "factorisation": (factorisation_inputs, factorisation_run),
    "attention": (attention_inputs, attention_run),
    "layer_norm": (layer_norm_inputs, layer_norm_run),
}


def by_pytorch(name: str, decimals: int = 12) -> dict[str, Any]:
    """What the file says of a run."""
    inputs, compute = RUNS[name]
    given = inputs()
    value, gradients = compute(**given)
    return {
        "library": "PyTorch",
        "version": torch.__version__.split("+")[0],
        "decimals": decimals,
        "inputs": {key: array.tolist() for key, array in given.items()},
        "value": rounded(value, decimals),
        "gradients": {key: rounded(G, decimals) for key, G in gradients.items()},
    }


# -- The file -------------------------------------------------------------------------------------


def network_by_all() -> dict[str, Any]:
    """The network of the page on training, by all three libraries."""
    import jax
    import keras

    given = network()
    weights = [np.array(W) for W in given["weights"]]
    data = weights, np.array(given["phi0"]), np.array(given["target"])
    libraries = {}
    for name, module, compute, decimals in (
        ("PyTorch", torch, pytorch, 12),
        ("Keras", keras, keras_, 6),
        ("JAX", jax, jax_, 12),
    ):
        loss, gradients = compute(*data)
        libraries[name] = {
            "version": module.__version__.split("+")[0],
            "decimals": decimals,
            "loss": rounded(loss, decimals),
            "gradients": [
                {"weight": rounded(G, decimals), "bias": rounded(b, decimals)} for G, b in gradients
            ],
        }
    return {"network": given, "libraries": libraries}


def main(names: list[str]) -> None:
    stored = json.loads(FILE.read_text("utf-8"))
    if not names:
        stored |= network_by_all()
    runs = stored.get("runs", {}) | {name: by_pytorch(name) for name in names or RUNS}
    stored["runs"] = {name: runs[name] for name in RUNS}
    FILE.write_text(lines(stored), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
