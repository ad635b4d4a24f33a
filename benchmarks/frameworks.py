"""Gradients of one network by PyTorch, Keras and JAX, each in its own layout.

    python -m benchmarks.frameworks     writes lecturelib/data/frameworks.json

The page on training matches them with lecturelib's, entry by entry. Each library is used as its
own first tutorial does it: its layers, its mean squared error, its samples in rows.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)

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


def main() -> None:
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
    FILE.write_text(lines({"network": given, "libraries": libraries}), "utf-8")


if __name__ == "__main__":
    main()
