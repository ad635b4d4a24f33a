"""Gradients, stored differentials, Hessian operators and second derivatives against their peers.

Every row is a ratio of medians measured in one run, the candidates in turn: ours over the peer's,
so that less than 1 means faster. Peers: HIPS autograd, JAX (jitted and warm), PyTorch, and closed
forms.
"""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numpy as np
import torch

import lecturelib
from benchmarks.timing import Row, medians

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

SIZES = (5, 50, 200)


class Problem:
    """One function in the words of NumPy, autograd, JAX and PyTorch, and its closed forms."""

    def __init__(self, name, make, f, closed_gradient=None, closed_differential=None, cubic=False):
        self.name, self.make, self.f, self.cubic = name, make, f, cubic
        self.closed_gradient, self.closed_differential = closed_gradient, closed_differential


def _matrix(rng, n):
    return rng.normal(size=(n, n)) / np.sqrt(n) + 2 * np.eye(n)


def _mlp_loss(np_, W, data):
    phi0, W2, W3, target = data
    phi = np_.tanh(W3.T @ np_.tanh(W2.T @ np_.tanh(W.T @ phi0)))
    return np_.sum((phi - target) ** 2)


def _mlp_closed(W, data):
    phi0, W2, W3, target = data
    phi1 = np.tanh(W.T @ phi0)
    phi2 = np.tanh(W2.T @ phi1)
    phi3 = np.tanh(W3.T @ phi2)
    delta = 2 * (phi3 - target) * (1 - phi3**2)
    delta = (W3 @ delta) * (1 - phi2**2)
    delta = (W2 @ delta) * (1 - phi1**2)
    return phi0 @ delta.T


def _inverse_square(X, data):
    Y = np.linalg.inv(X)
    return -(Y @ Y).T


def _stored_det(X, data):
    cofactors = np.linalg.det(X) * np.linalg.inv(X).T
    return lambda H: np.sum(cofactors * H)


def _stored_slogdet(X, data):
    Yt = np.linalg.inv(X).T
    return lambda H: np.sum(Yt * H)


def _stored_trace_inverse(X, data):
    G = _inverse_square(X, data)
    return lambda H: np.sum(G * H)


def _stored_quadratic_trace(X, data):
    A, B = data
    G = A @ X @ B + A.T @ X @ B.T
    return lambda H: np.sum(G * H)


PROBLEMS = [
    Problem(
        "det",
        lambda rng, n: (_matrix(rng, n) / 2, None),
        lambda np_, X, data: np_.linalg.det(X),
        lambda X, data: np.linalg.det(X) * np.linalg.inv(X).T,
        _stored_det,
        cubic=True,
    ),
    Problem(
        "slogdet",
        lambda rng, n: (_matrix(rng, n), None),
        lambda np_, X, data: np_.linalg.slogdet(X)[1],
        lambda X, data: np.linalg.inv(X).T,
        _stored_slogdet,
        cubic=True,
    ),
    Problem(
        "x^T A x",
        lambda rng, n: (rng.normal(size=n), rng.normal(size=(n, n))),
        lambda np_, x, A: x @ (A @ x),
        lambda x, A: A @ x + A.T @ x,
    ),
    Problem(
        "Tr(X^T A X B)",
        lambda rng, n: (rng.normal(size=(n, n)), tuple(rng.normal(size=(2, n, n)))),
        lambda np_, X, data: np_.trace(X.T @ data[0] @ X @ data[1]),
        lambda X, data: data[0] @ X @ data[1] + data[0].T @ X @ data[1].T,
        _stored_quadratic_trace,
        cubic=True,
    ),
    Problem(
        "||Xw - y||^2",
        lambda rng, n: (rng.normal(size=n), (rng.normal(size=(2 * n, n)), rng.normal(size=2 * n))),
        lambda np_, w, data: np_.sum((data[0] @ w - data[1]) ** 2),
        lambda w, data: 2 * data[0].T @ (data[0] @ w - data[1]),
    ),
    Problem(
        "Tr(inv(X))",
        lambda rng, n: (_matrix(rng, n), None),
        lambda np_, X, data: np_.trace(np_.linalg.inv(X)),
        _inverse_square,
        _stored_trace_inverse,
        cubic=True,
    ),
    Problem(
        "MLP loss",
        lambda rng, n: (
            rng.normal(size=(n, n)) / np.sqrt(n),
            (
                rng.normal(size=(n, 32)),
                rng.normal(size=(n, n)) / np.sqrt(n),
                rng.normal(size=(n, 10)) / np.sqrt(n),
                rng.normal(size=(10, 32)),
            ),
        ),
        _mlp_loss,
        _mlp_closed,
    ),
]


def _torch_gradient(problem, X, data):
    """PyTorch's gradient; its functions go by other names than NumPy's in two places."""
    data = jax.tree.map(torch.from_numpy, data)

    class Names:
        linalg, tanh, trace, sum = torch.linalg, torch.tanh, torch.trace, torch.sum

    def gradient():
        x = torch.from_numpy(X).requires_grad_()
        return torch.autograd.grad(problem.f(Names, x, data), x)[0].numpy()

    return gradient


def _agree(candidates):
    """A benchmark of wrong results measures nothing."""
    results = {name: np.asarray(run()) for name, run in candidates.items()}
    expected = results["ours"]
    for name, result in results.items():
        np.testing.assert_allclose(result, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max(),
                                   err_msg=name)  # fmt: skip


def gradients(problem, n, rng):
    X, data = problem.make(rng, n)
    f = lambda x: problem.f(np, x, data)  # noqa: E731
    jitted = jax.jit(jax.grad(lambda x, data: problem.f(jnp, x, data)))
    jx, jdata = jax.tree.map(jnp.asarray, (X, data))
    autograds = autograd.grad(lambda x: problem.f(anp, x, data))
    candidates = {
        "ours": lambda: lecturelib.gradient(f, X),
        "autograd": lambda: autograds(X),
        "jax": lambda: jitted(jx, jdata).block_until_ready(),
        "torch": _torch_gradient(problem, X, data),
        "closed": lambda: problem.closed_gradient(X, data),
    }
    _agree(candidates)
    time = medians(candidates)
    rows = [
        Row(f"gradient / autograd, {problem.name}, n={n}", time["ours"] / time["autograd"], 1.0)
    ]
    cubic = problem.cubic and n == 200
    for peer, target in (("jax", 1.3), ("closed", 1.75), ("torch", None)):
        rows.append(
            Row(
                f"gradient / {peer}, {problem.name}, n={n}",
                time["ours"] / time[peer],
                target if cubic else None,
            )
        )
    return rows


def stored_differentials(problem, n, rng):
    X, data = problem.make(rng, n)
    H = rng.normal(size=X.shape)
    D = lecturelib.derivative(lambda x: problem.f(np, x, data), X)
    closed = problem.closed_differential(X, data)
    candidates = {"ours": lambda: D[H], "closed": lambda: closed(H)}
    _agree(candidates)
    time = medians(candidates)
    ratio = time["ours"] / time["closed"]
    return [Row(f"stored D[H] / closed, {problem.name}, n={n}", ratio, 1.3 if n >= 50 else None)]


def hessians(problem, n, rng):
    X, data = problem.make(rng, n)
    H = rng.normal(size=X.shape)
    f = lambda x: problem.f(np, x, data)  # noqa: E731
    product = autograd.hessian_vector_product(lambda x: problem.f(anp, x, data))
    candidates = {
        "ours": lambda: lecturelib.hessian(f, X)[H],
        "autograd": lambda: product(X, H),
    }
    _agree(candidates)
    time = medians(candidates)
    ratio = time["ours"] / time["autograd"]
    return [Row(f"Hessian / autograd, {problem.name}, n={n}", ratio, 0.7)]


def whole_hessians(problem, n, rng):
    """The matrix of a Hessian: ours in one pass over all directions."""
    X, data = problem.make(rng, n)
    f = lambda x: problem.f(np, x, data)  # noqa: E731
    peer = autograd.hessian(lambda x: problem.f(anp, x, data))
    jitted = jax.jit(jax.hessian(lambda x, data: problem.f(jnp, x, data)))
    jx, jdata = jax.tree.map(jnp.asarray, (X, data))
    size = X.size
    candidates = {
        "ours": lambda: lecturelib.hessian(f, X).matrix(),
        "autograd": lambda: _on_columns(peer(X), size),
        "jax": lambda: _on_columns(jitted(jx, jdata).block_until_ready(), size),
    }
    _agree(candidates)
    time = medians(candidates)
    return [
        Row(
            f"hessian().matrix() / {peer}, {problem.name}, n={n}", time["ours"] / time[peer], target
        )
        for peer, target in (("autograd", 0.2), ("jax", 5.0))
    ]


def _on_columns(H, size):
    """A Hessian with four axes on column-stacked vectors."""
    return np.asarray(H).transpose(1, 0, 3, 2).reshape(size, size)


def whole_jacobians(name, f, n, rng):
    X = _matrix(rng, n)
    jitted = jax.jit(jax.jacfwd(lambda x: f(jnp, x)))
    jx = jnp.asarray(X)
    candidates = {
        "ours": lambda: lecturelib.jacobian_matrix(lambda x: f(np, x), X),
        "jax": lambda: _on_columns(jitted(jx).block_until_ready(), X.size),
    }
    _agree(candidates)
    time = medians(candidates)
    return [Row(f"jacobian_matrix / jax, {name}, n={n}", time["ours"] / time["jax"], 3.0)]


def second_derivatives(problem, n, rng):
    X, data = problem.make(rng, n)
    H = rng.normal(size=X.shape)
    f = lambda x: problem.f(np, x, data)  # noqa: E731

    def nested(x, h, data):
        g = lambda y: jax.jvp(lambda z: problem.f(jnp, z, data), (y,), (h,))[1]  # noqa: E731
        return jax.jvp(g, (x,), (h,))[1]

    jitted = jax.jit(nested)
    jx, jh, jdata = jax.tree.map(jnp.asarray, (X, H, data))
    candidates = {
        "ours": lambda: lecturelib.second_derivative(f, X, H),
        "jax": lambda: jitted(jx, jh, jdata).block_until_ready(),
    }
    _agree(candidates)
    time = medians(candidates)
    return Row(f"second derivative / jax, {problem.name}, n={n}", time["ours"] / time["jax"], None)


def table():
    """The rows of this benchmark."""
    rng = np.random.default_rng(0)
    rows = []
    for n in SIZES:
        for problem in PROBLEMS:
            rows += gradients(problem, n, rng)
            rows += hessians(problem, n, rng)
            if problem.closed_differential:
                rows += stored_differentials(problem, n, rng)
    for problem in PROBLEMS:
        if problem.name in ("slogdet", "Tr(X^T A X B)", "Tr(inv(X))"):
            rows += whole_hessians(problem, 10, rng)
    for n in (10, 20):
        rows += whole_jacobians("inv", lambda np_, x: np_.linalg.inv(x), n, rng)
        rows += whole_jacobians("X^T X X", lambda np_, x: x.T @ x @ x, n, rng)
    seconds = [second_derivatives(problem, 200, rng) for problem in PROBLEMS]
    mean = float(np.exp(np.mean([np.log(row.ratio) for row in seconds])))
    return [*rows, *seconds, Row("second derivative / jax, geometric mean, n=200", mean, 1.5)]


if __name__ == "__main__":
    from benchmarks.timing import show

    show(table())
