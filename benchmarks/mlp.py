"""`MLP.backprop` against PyTorch, JAX (jitted and warm) and its own matrix products alone."""

from __future__ import annotations

import tracemalloc

import jax
import jax.numpy as jnp
import numpy as np
import torch

from benchmarks.timing import Row, medians
from lecturelib import MLP

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)

#: sizes, samples, the most of JAX's time that backprop may take
CASES = (
    ((3, 4, 4, 2), 1, 1.5),
    ((3, 4, 4, 2), 64, 1.5),
    ((64, 128, 128, 10), 64, 1.1),
    ((784, 256, 256, 10), 128, 1.1),
    ((784, 256, 256, 10), 1024, 1.1),
)


@jax.jit
def jax_gradients(weights, phi0, target):
    def cost(weights):
        phi = phi0
        for W in weights:
            phi = jnp.tanh(W.T @ phi)
        return jnp.sum((phi - target) ** 2) / target.shape[1]

    return jax.grad(cost)(weights)


def torch_gradients(weights, phi0, target):
    phi = phi0
    for W in weights:
        phi = torch.tanh(W.T @ phi)
    return torch.autograd.grad(((phi - target) ** 2).sum() / target.shape[1], weights)


def products(weights, layers):
    """The matrix products that backpropagation cannot do without: the floor of its time."""
    for W, phi in zip(weights, layers, strict=False):
        np.dot(W.T, phi)
    for i in reversed(range(len(weights))):
        np.dot(layers[i], layers[i + 1].T)
        if i > 0:
            np.dot(weights[i], layers[i + 1])


def case(sizes, samples, target_jax):
    rng = np.random.default_rng(0)
    net = MLP(sizes, rng=rng)
    phi0, target = rng.standard_normal((sizes[0], samples)), rng.random((sizes[-1], samples))
    layers = [rng.standard_normal((n, samples)) for n in sizes]
    jax_data = jax.tree.map(jnp.asarray, (net.weights, phi0, target))
    torch_weights = [torch.tensor(W, requires_grad=True) for W in net.weights]
    torch_data = torch.tensor(phi0), torch.tensor(target)

    candidates = {
        "ours": lambda: net.backprop(phi0, target),
        "jax": lambda: jax.block_until_ready(jax_gradients(*jax_data)),
        "torch": lambda: torch_gradients(torch_weights, *torch_data),
    }
    for name in ("jax", "torch"):  # all must do the same work
        for A, B in zip(candidates["ours"](), candidates[name](), strict=True):
            np.testing.assert_allclose(A, np.asarray(B), atol=1e-12)
    time = medians({**candidates, "floor": lambda: products(net.weights, layers)}, rounds=21)

    what = f"{sizes}, batch {samples}"
    rows = [
        Row(f"MLP.backprop / torch, {what}", time["ours"] / time["torch"], 1.0),
        Row(f"MLP.backprop / jax, {what}", time["ours"] / time["jax"], target_jax),
    ]
    if (sizes, samples) == CASES[-1][:2]:
        tracemalloc.start()
        net.backprop(phi0, target)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        activations = 8 * samples * sum(sizes[1:])
        rows += [
            Row(
                f"its products alone / MLP.backprop, {what}",
                time["floor"] / time["ours"],
                0.85,
                True,
            ),
            Row(f"peak memory / activations, {what}", peak / activations, 2.0),
        ]
    return rows


def table():
    """The rows of this benchmark."""
    return [row for each in CASES for row in case(*each)]


if __name__ == "__main__":
    from benchmarks.timing import show, use_one_core

    use_one_core()
    show(table())
