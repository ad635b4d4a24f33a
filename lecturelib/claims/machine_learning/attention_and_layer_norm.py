"""Checks of the claims of the page on attention and layer normalisation.

The referees evaluate attention query by query and key by key, in analytic code without a maximum
taken off, and layer normalisation from sums. Every matrix has rows for tokens, as on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...calculus import differential, gradient, jacobian_matrix
from ...functions import softmax
from ..checking import Check, claim, outside
from ..draws import normal, positive_definite, signed
from ..referees import by_parts, complex_step, five_point, jacobian, partials

Array = np.ndarray
QUERIES, KEYS, WIDTH, VALUES, TOKEN = 4, 5, 3, 2, 6  # sizes that all differ


def near(f: Callable[[Any], Any], X: Any, H: Any) -> Array:
    return five_point(f, X, H, h=2.0**-11)


def rowwise(Z: Any) -> Any:
    """The softmax of each row: analytic, and without the table's rule."""
    E = np.exp(Z)
    return E / np.sum(E, axis=1, keepdims=True)


def attend(Q: Any, K: Any, V: Any) -> Any:
    return rowwise(Q @ K.T / np.sqrt(Q.shape[1])) @ V


def by_loops(Q: Any, K: Any, V: Any) -> Any:
    """Attention, query by query and key by key."""
    rows = []
    for q in Q:
        weights = [np.exp(sum(q * k) / len(q) ** 0.5) for k in K]
        rows.append(sum(w * v for w, v in zip(weights, V, strict=True)) / sum(weights))
    return np.array(rows)


def draw(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    return normal(rng, QUERIES, WIDTH), normal(rng, KEYS, WIDTH), normal(rng, KEYS, VALUES)


def summed(A: Any) -> Any:
    """A 1 1^T: each entry replaced by the sum of its row."""
    return np.sum(A, axis=1, keepdims=True) + 0 * A


# -- What it is -----------------------------------------------------------------------------------


@claim("attention")
def attention(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    Z = Q @ K.T / np.sqrt(WIDTH)
    P = rowwise(Z)
    columns = np.exp(K @ Q.T / np.sqrt(WIDTH))  # the course's layout: a query is a column
    columns /= columns.sum(axis=0)
    yield Check(
        stated=P @ V,
        referees={
            "query by query": by_loops(Q, K, V),
            "transposed, samples in columns": (V.T @ columns).T,
        },
        wrong={
            "softmax down the columns": rowwise(Z.T).T @ V,
            "not divided by sqrt(d)": rowwise(Q @ K.T) @ V,
            "divided by d": rowwise(Q @ K.T / WIDTH) @ V,
        },
    )
    # a mean: inside the box of the values, and the value itself where all are equal
    same = np.tile(V[0], (KEYS, 1))
    found = by_loops(Q, K, V)
    yield Check(
        stated=[True, True],
        referees={
            "query by query": [
                bool(np.all((found <= V.max(axis=0)) & (found >= V.min(axis=0)))),
                bool(np.allclose(by_loops(Q, K, same), V[0])),
            ],
            "transposed, samples in columns": [
                bool(np.all(columns > 0) and np.allclose(columns.sum(axis=0), 1)),
                bool(np.allclose((same.T @ columns).T, V[0])),
            ],
        },
        wrong={"a sum, not a mean": [False, False]},
    )


@outside("attention", "Q and K are complex (the weights are positive)")
def complex_scores(rng: np.random.Generator) -> Iterator[Check]:
    Q, K = (normal(rng, n, WIDTH) + 0.3j * normal(rng, n, WIDTH) for n in (QUERIES, KEYS))
    weights = by_loops(Q, K, np.eye(KEYS))  # as values, the unit vectors show the weights
    found = bool(np.all(np.abs(weights.imag) < 1e-9) and np.all(weights.real > 0))
    yield Check(stated=True, referees={"query by query": found})


@claim("attention-key-shift")
def attention_key_shift(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    b, G = normal(rng, WIDTH), normal(rng, QUERIES, VALUES)
    yield Check(
        stated=attend(Q, K, V),
        referees={
            "query by query": by_loops(Q, K + b, V),
            "weights of the moved keys": rowwise((Q @ K.T + (Q @ b)[:, None]) / np.sqrt(WIDTH)) @ V,
        },
        wrong={
            "the queries moved": by_loops(Q + b, K, V),
            "the values moved": by_loops(Q, K, V + b[:VALUES]),
        },
    )

    def paired(Q: Any, K: Any) -> Any:
        return np.sum(G * by_loops(Q, K, V))

    def sums(step: Callable[..., Any]) -> list[bool]:
        by_keys = partials(lambda K: paired(Q, K), K, step)
        by_queries = partials(lambda Q: paired(Q, K), Q, step)
        return [bool(np.max(np.abs(G.sum(axis=0))) < 1e-7) for G in (by_keys, by_queries)]

    yield Check(
        stated=[True, False],
        referees={
            "complex step": sums(complex_step),
            "five-point differences": sums(five_point),
        },
        wrong={"for the queries, too": [True, True]},
    )


@outside("attention-key-shift", "Q = K: the queries move, too")
def shared_rows(rng: np.random.Generator) -> Iterator[Check]:
    K, V, b = normal(rng, KEYS, WIDTH), normal(rng, KEYS, VALUES), normal(rng, WIDTH)
    yield Check(stated=attend(K, K, V), referees={"query by query": by_loops(K + b, K + b, V)})


# -- The softmax of rows --------------------------------------------------------------------------


@claim("row-softmax")
def row_softmax(rng: np.random.Generator) -> Iterator[Check]:
    Z, H, G = (normal(rng, QUERIES, KEYS) for _ in range(3))
    P = rowwise(Z)

    yield Check(
        stated=P * (H - summed(P * H)),
        referees={
            "complex step": complex_step(rowwise, Z, H),
            "five-point differences": near(rowwise, Z, H),
        },
        wrong={
            "P (1 - P), as for the sigmoid": P * (1 - P) * H,
            "P . H alone": P * H,
            "sums of columns": P * (H - np.sum(P * H, axis=0)),
        },
        table=lambda: differential(lambda Z: softmax(Z, axis=1), Z, H),
    )
    # its own adjoint: the same formula takes G back
    yield Check(
        stated=P * (G - summed(P * G)),
        referees={
            "complex step": partials(lambda Z: np.sum(G * rowwise(Z)), Z),
            "five-point differences": partials(lambda Z: np.sum(G * rowwise(Z)), Z, near),
        },
        wrong={
            "P inside only once": G - summed(P * G),
            "the sum without P": P * (G - summed(G)),
        },
        table=lambda: gradient(lambda Z: np.sum(G * softmax(Z, axis=1)), Z),
    )


@outside("row-softmax", "Z is complex (its own adjoint)")
def row_softmax_complex(rng: np.random.Generator) -> Iterator[Check]:
    Z, G = (
        normal(rng, QUERIES, KEYS) + 0.3j * normal(rng, QUERIES, KEYS),
        normal(rng, QUERIES, KEYS),
    )
    P = rowwise(Z)
    back = P.conj()
    yield Check(
        stated=P * (G - summed(P * G)),
        referees={
            "five-point differences": by_parts(lambda Z: np.sum(G * rowwise(Z).real), Z, near),
            "with conjugates": back * (G - summed(back * G)),
        },
    )


@outside("row-softmax", "the inner product is Tr(A^T W B) (its own adjoint)")
def row_softmax_weighted(rng: np.random.Generator) -> Iterator[Check]:
    Z, F, W = (
        normal(rng, QUERIES, KEYS),
        normal(rng, QUERIES, KEYS),
        positive_definite(rng, QUERIES),
    )
    P, G = rowwise(Z), np.linalg.solve(W, F)  # F and G: the gradients by P, Frobenius and this one
    yield Check(
        stated=P * (G - summed(P * G)),
        referees={
            "complex step": np.linalg.solve(W, partials(lambda Z: np.sum(F * rowwise(Z)), Z)),
        },
    )


@claim("softmax-jacobian-bound")
def softmax_jacobian_bound(rng: np.random.Generator) -> Iterator[Check]:
    def weights(x: Any) -> Any:
        return rowwise(x[None])[0]

    points = [3 * normal(rng, KEYS) for _ in range(6)]
    shared = np.full(KEYS, -40.0)
    shared[[1, 3]] = 0.0  # two of the weights are a half each
    steps: dict[str, Callable[..., Any]] = {
        "complex step": complex_step,
        "five-point differences": five_point,
    }
    largest = {
        name: [np.linalg.eigvalsh(sym(jacobian(weights, x, step)))[-1] for x in [*points, shared]]
        for name, step in steps.items()
    }
    smallest = {
        name: [np.linalg.eigvalsh(sym(jacobian(weights, x, step)))[0] for x in points]
        for name, step in steps.items()
    }
    yield Check(
        stated=[True, True, True, True],
        referees={
            name: [
                bool(max(found) < 0.5 + 1e-7),
                bool(abs(found[-1] - 0.5) < 1e-7 and max(found[:-1]) < 0.5 - 1e-6),
                bool(min(smallest[name]) > -1e-7),
                all(
                    np.allclose(jacobian(weights, x, steps[name]).sum(axis=1), 0, atol=1e-7)
                    and np.linalg.matrix_rank(jacobian(weights, x, steps[name]), tol=1e-9 + 1e-7)
                    == KEYS - 1
                    for x in points[:2]
                ),
            ]
            for name, found in largest.items()
        },
        wrong={
            "1/4, as for the sigmoid": [True, False, True, True],
            "invertible": [True, True, True, False],
        },
    )
    # the more the scores differ, the less is passed on; but two largest ones share the weight
    alone = normal(rng, KEYS)
    alone[2] = alone.max() + 0.7
    tied = alone.copy()
    tied[0] = tied[2]

    def sizes(x: Array, step: Callable[..., Any]) -> list[Any]:
        return [np.linalg.norm(jacobian(weights, c * x, step), 2) for c in (1.0, 8.0, 30.0)]

    yield Check(
        stated=[True, False],
        referees={
            name: [
                bool(found[2] < 0.02 * found[0] and found[2] < found[1])
                for found in (sizes(alone, step), sizes(tied, step))
            ]
            for name, step in steps.items()
        },
        wrong={"with a tie, too": [True, True]},
    )
    # near the bound there are two large weights, not one
    crowd = [4 * normal(rng, int(rng.integers(2, KEYS + 1))) for _ in range(300)]
    pairs = [np.concatenate([[a, a + 0.3], [-9.0, -8.0]]) for a in normal(rng, 20)]

    def two_large(step: Callable[..., Any]) -> bool:
        seconds = [
            np.sort(weights(x))[-2]
            for x in crowd + pairs
            if np.linalg.eigvalsh(sym(jacobian(weights, x, step)))[-1] > 0.45
        ]
        return len(seconds) >= 20 and min(seconds) > 0.3

    yield Check(
        stated=True,
        referees={name: two_large(step) for name, step in steps.items()},
        wrong={"one large weight is enough": False},
    )
    yield Check(
        stated=0.5,
        referees={
            name: np.linalg.eigvalsh(sym(jacobian(weights, np.zeros(2), step)))[-1]
            for name, step in steps.items()
        },
        wrong={"1/4, as for the sigmoid": 0.25},
    )


@outside("softmax-jacobian-bound", "two largest scores are equal")
def a_tie(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, KEYS)
    x[[0, 2]] = x.max() + 0.7
    J = jacobian(lambda x: rowwise(x[None])[0], 60 * x)
    yield Check(stated=0.0, referees={"complex step": np.linalg.norm(J, 2)})


def sym(A: Array) -> Array:
    return (A + A.T) / 2


# -- Forwards and backwards -----------------------------------------------------------------------


@claim("attention-differential")
def attention_differential(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    dQ, dK, dV = draw(rng)
    root = np.sqrt(WIDTH)
    P = rowwise(Q @ K.T / root)
    dZ = (dQ @ K.T + Q @ dK.T) / root
    dP = P * (dZ - summed(P * dZ))

    def walk(function: Callable[..., Any]) -> Callable[[Any], Any]:
        return lambda t: function(Q + t * dQ, K + t * dK, V + t * dV)

    yield Check(
        stated=dP @ V + P @ dV,
        referees={
            "complex step": complex_step(walk(by_loops), 0.0, 1.0),
            "five-point differences": near(walk(attend), 0.0, 1.0),
        },
        wrong={
            "the weights held": P @ dV,
            "the values held": dP @ V,
            "dQ dK^T for dZ": P * (dQ @ dK.T - summed(P * (dQ @ dK.T))) / root @ V + P @ dV,
            "sqrt(d) lost": root * dP @ V + P @ dV,
        },
        table=lambda: differential(walk(attend), 0.0, 1.0),
    )


@outside("attention-differential", "K does not move, and dK is not zero")
def keys_at_rest(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    dQ, dK, dV = draw(rng)
    P, dZ = rowwise(Q @ K.T / np.sqrt(WIDTH)), (dQ @ K.T + Q @ dK.T) / np.sqrt(WIDTH)

    def without_keys(t: Any) -> Any:
        return by_loops(Q + t * dQ, K, V + t * dV)

    yield Check(
        stated=P * (dZ - summed(P * dZ)) @ V + P @ dV,
        referees={"complex step": complex_step(without_keys, 0.0, 1.0)},
    )


@claim("attention-adjoint")
def attention_adjoint(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    G = normal(rng, QUERIES, VALUES)
    root = np.sqrt(WIDTH)
    P = rowwise(Q @ K.T / root)
    back = G @ V.T
    by_scores = P * (back - summed(P * back))
    stated = np.concatenate([by_scores @ K / root, by_scores.T @ Q / root])

    def paired(function: Callable[..., Any]) -> Callable[[Any], Any]:
        return lambda QK: np.sum(G * function(QK[:QUERIES], QK[QUERIES:], V))

    both = np.concatenate([Q, K])
    plain = P * back
    yield Check(
        stated=stated,
        referees={
            "complex step": partials(paired(by_loops), both),
            "five-point differences": partials(paired(attend), both, near),
        },
        wrong={
            "sqrt(d) lost": stated * root,
            "the row sums forgotten": np.concatenate([plain @ K, plain.T @ Q]) / root,
            "sigmoid's P (1 - P)": np.concatenate(
                [P * (1 - P) * back @ K, (P * (1 - P) * back).T @ Q]
            )
            / root,
        },
        table=lambda: gradient(paired(attend), both),
    )

    def by_values(function: Callable[..., Any]) -> Callable[[Any], Any]:
        return lambda V: np.sum(G * function(Q, K, V))

    square = rowwise(normal(rng, KEYS, KEYS))
    yield Check(
        stated=P.T @ G,
        referees={
            "complex step": partials(by_values(by_loops), V),
            "five-point differences": partials(by_values(attend), V, near),
        },
        wrong={
            "weights that are not transposed": (square @ np.vstack([G, G[:1]])),
            "the scores for the weights": (Q @ K.T / root).T @ G,
        },
        table=lambda: gradient(by_values(attend), V),
    )


@outside("attention-adjoint", "Q and K are one variable")
def one_variable(rng: np.random.Generator) -> Iterator[Check]:
    K, V, G = (normal(rng, KEYS, n) for n in (WIDTH, VALUES, VALUES))
    P = rowwise(K @ K.T / np.sqrt(WIDTH))
    back = P * (G @ V.T - summed(P * (G @ V.T)))
    yield Check(
        stated=back.T @ K / np.sqrt(WIDTH),
        referees={"complex step": partials(lambda K: np.sum(G * by_loops(K, K, V)), K)},
    )


@claim("attention-row-sums")
def attention_row_sums(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    G = normal(rng, QUERIES, VALUES)
    P = rowwise(Q @ K.T / np.sqrt(WIDTH))
    O = P @ V  # noqa: E741

    def factor(step: Callable[..., Any]) -> Array:
        """How the pairing answers when the weights of one query grow by a common factor."""
        return partials(lambda c: np.sum(G * (np.diag(c) @ P @ V)), np.ones(QUERIES), step)

    yield Check(
        stated=np.sum(P * (G @ V.T), axis=1),
        referees={
            "rows of G . O": np.sum(G * O, axis=1),
            "complex step": factor(complex_step),
            "five-point differences": factor(five_point),
        },
        wrong={
            "sums without the weights": np.sum(G @ V.T, axis=1),
            "rows of O alone": np.sum(O, axis=1),
        },
    )


@outside("attention-row-sums", "O is P V and something else: a skip connection")
def with_a_skip(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    G, X = normal(rng, QUERIES, VALUES), normal(rng, QUERIES, VALUES)
    O = X + by_loops(Q, K, V)  # noqa: E741
    P = rowwise(Q @ K.T / np.sqrt(WIDTH))
    yield Check(
        stated=np.sum(P * (G @ V.T), axis=1), referees={"rows of G . O": np.sum(G * O, axis=1)}
    )


@outside("attention-row-sums", "G_P is not G V^T: the weights pass a mask first")
def with_a_mask(rng: np.random.Generator) -> Iterator[Check]:
    Q, K, V = draw(rng)
    G, P = normal(rng, QUERIES, VALUES), rowwise(Q @ K.T / np.sqrt(WIDTH))
    mask = np.ones((QUERIES, KEYS))
    mask[np.arange(QUERIES), rng.integers(KEYS, size=QUERIES)] = 0
    by_weights = partials(lambda P: np.sum(G * ((mask * P) @ V)), P)
    yield Check(
        stated=np.sum(P * by_weights, axis=1),
        referees={"rows of G . P V": np.sum(G * (P @ V), axis=1)},
    )


@claim("attention-weights")
def attention_weights(rng: np.random.Generator) -> Iterator[Check]:
    X = normal(rng, KEYS, TOKEN) / 2
    WQ, WK = (normal(rng, TOKEN, WIDTH) / 2 for _ in range(2))
    WV, G = normal(rng, TOKEN, VALUES) / 2, normal(rng, KEYS, VALUES)
    Q, K, V = X @ WQ, X @ WK, X @ WV

    def outer(step: Callable[..., Any], function: Callable[..., Any]) -> list[Array]:
        """Gradients in Q, K and V, each of them alone."""
        return [
            partials(lambda A: np.sum(G * function(A, K, V)), Q, step),
            partials(lambda A: np.sum(G * function(Q, A, V)), K, step),
            partials(lambda A: np.sum(G * function(Q, K, A)), V, step),
        ]

    def whole(X: Any, WQ: Any, WK: Any, WV: Any, function: Callable[..., Any]) -> Any:
        return np.sum(G * function(X @ WQ, X @ WK, X @ WV))

    def by_weights(step: Callable[..., Any], function: Callable[..., Any]) -> Array:
        found = [
            partials(lambda W: whole(X, W, WK, WV, function), WQ, step),
            partials(lambda W: whole(X, WQ, W, WV, function), WK, step),
            partials(lambda W: whole(X, WQ, WK, W, function), WV, step),
        ]
        return np.concatenate(found, axis=1)

    by_Q, by_K, by_V = outer(complex_step, attend)
    yield Check(
        stated=np.concatenate([X.T @ by_Q, X.T @ by_K, X.T @ by_V], axis=1),
        referees={
            "complex step": by_weights(complex_step, by_loops),
            "five-point differences": by_weights(near, attend),
        },
        wrong={
            "the query's gradient for the key's": np.concatenate(
                [X.T @ by_Q, X.T @ by_Q, X.T @ by_V], axis=1
            ),
            "a mean over the tokens": np.concatenate([X.T @ by_Q, X.T @ by_K, X.T @ by_V], axis=1)
            / KEYS,
        },
        table=lambda: np.concatenate(
            [
                gradient(lambda W: whole(X, W, WK, WV, attend), WQ),
                gradient(lambda W: whole(X, WQ, W, WV, attend), WK),
                gradient(lambda W: whole(X, WQ, WK, W, attend), WV),
            ],
            axis=1,
        ),
    )
    parts = [by_Q @ WQ.T, by_K @ WK.T, by_V @ WV.T]
    yield Check(
        stated=sum(parts),
        referees={
            "complex step": partials(lambda X: whole(X, WQ, WK, WV, by_loops), X),
            "five-point differences": partials(lambda X: whole(X, WQ, WK, WV, attend), X, near),
        },
        wrong={
            "through the queries alone": parts[0],
            "through the values alone": parts[2],
            "without the keys": parts[0] + parts[2],
        },
        table=lambda: gradient(lambda X: whole(X, WQ, WK, WV, attend), X),
    )


@outside("attention-weights", "W_Q and W_K are one variable")
def shared_weights(rng: np.random.Generator) -> Iterator[Check]:
    X, W = normal(rng, KEYS, TOKEN) / 2, normal(rng, TOKEN, WIDTH) / 2
    V, G = normal(rng, KEYS, VALUES), normal(rng, KEYS, VALUES)
    by_Q = partials(lambda Q: np.sum(G * attend(Q, X @ W, V)), X @ W)
    yield Check(
        stated=X.T @ by_Q,
        referees={"complex step": partials(lambda W: np.sum(G * by_loops(X @ W, X @ W, V)), W)},
    )


# -- Layer normalisation --------------------------------------------------------------------------


def normalised(x: Any, epsilon: float = 0.0) -> Any:
    """From sums, in analytic code."""
    n = len(x)
    mean = np.sum(x) / n
    variance = np.sum(x * x) / n - mean * mean
    return (x - mean) / np.sqrt(variance + epsilon)


def by_table(x: Any, epsilon: float = 0.0) -> Any:
    centred = x - np.mean(x)
    return centred / np.sqrt(np.mean(centred * centred) + epsilon)


def at(x: Array, epsilon: float = 0.0) -> tuple[Array, float, Array]:
    """The normalised x, what it was divided by, and I - 11^T/p - y y^T/p."""
    centred = x - x.mean()
    s = float(np.sqrt(centred @ centred / len(x) + epsilon))
    y = centred / s
    return y, s, np.eye(len(x)) - 1 / len(x) - np.outer(y, y) / len(x)


@claim("layer-norm")
def layer_norm(rng: np.random.Generator) -> Iterator[Check]:
    x, h = 2 * normal(rng, TOKEN) + 1, normal(rng, TOKEN)
    y, s, T = at(x)
    centre = np.eye(TOKEN) - 1 / TOKEN
    yield Check(
        stated=T @ h / s,
        referees={
            "complex step": complex_step(normalised, x, h),
            "five-point differences": near(normalised, x, h),
        },
        wrong={
            "mean and deviation held": h / s,
            "the deviation held": centre @ h / s,
            "the mean held": (np.eye(TOKEN) - np.outer(y, y) / TOKEN) @ h / s,
            "y y^T without 1/p": (centre - np.outer(y, y)) @ h / s,
        },
        table=lambda: differential(by_table, x, h),
    )
    # x with equal entries: no value, and no limit
    ones = np.full(TOKEN, 2.0)
    limits = [normalised(ones + 1e-6 * g) for g in (h, -h)]
    exact = [by_table(ones + 2.0**-20 * g) for g in (h, -h)]
    yield Check(
        stated=[True, False],
        referees={
            "from sums": [
                bool(np.isfinite(normalised(x)).all()),
                bool(np.allclose(limits[0], limits[1], atol=1e-2)),
            ],
            "from centred numbers": [
                bool(np.isfinite(by_table(x)).all()),
                bool(np.allclose(exact[0], exact[1], atol=1e-2)),
            ],
        },
        wrong={"continuous at equal entries": [True, True]},
    )


@outside("layer-norm", "all entries equal")
def equal_entries(rng: np.random.Generator) -> Iterator[Check]:
    h = normal(rng, TOKEN)
    before, after = (by_table(2.0 + 2.0**-20 * g) for g in (-h, h))
    yield Check(stated=before, referees={"from the other side": after})


@claim("layer-norm-projection")
def layer_norm_projection(rng: np.random.Generator) -> Iterator[Check]:
    x, g = 2 * normal(rng, TOKEN) + 1, normal(rng, TOKEN)
    y, s, T = at(x)
    steps: dict[str, Callable[..., Any]] = {
        "complex step": complex_step,
        "five-point differences": five_point,
    }
    found = {name: s * jacobian(normalised, x, step) for name, step in steps.items()}
    yield Check(
        stated=[True, True, TOKEN - 2, True, True],
        referees={
            name: [
                bool(np.allclose(A, A.T, atol=1e-6)),
                bool(np.allclose(A @ A, A, atol=1e-6)),
                int(np.linalg.matrix_rank(A, tol=1e-5)),
                bool(np.allclose(A.sum(axis=1), 0, atol=1e-6)),
                bool(np.allclose(A @ x, 0, atol=1e-6)),
            ]
            for name, A in found.items()
        },
        wrong={
            "of rank p - 1, as centring": [True, True, TOKEN - 1, True, True],
            "of full rank": [True, True, TOKEN, False, False],
            "not its own adjoint": [False, True, TOKEN - 2, True, True],
        },
    )
    centre = np.eye(TOKEN) - 1 / TOKEN
    yield Check(
        stated=T @ g / s,
        referees={
            "complex step": partials(lambda x: np.sum(g * normalised(x)), x),
            "five-point differences": partials(lambda x: np.sum(g * normalised(x)), x, near),
        },
        wrong={
            "g / sigma": g / s,
            "centred alone": centre @ g / s,
            "times sigma": T @ g * s,
        },
        table=lambda: gradient(lambda x: np.sum(g * by_table(x)), x),
    )


@outside("layer-norm-projection", "epsilon > 0")
def not_quite_a_projection(rng: np.random.Generator) -> Iterator[Check]:
    x, epsilon = normal(rng, TOKEN), 0.4
    s = np.sqrt(x.var() + epsilon)
    A = s * jacobian(lambda x: normalised(x, epsilon), x)
    yield Check(stated=A, referees={"squared": A @ A})


@claim("layer-norm-epsilon")
def layer_norm_epsilon(rng: np.random.Generator) -> Iterator[Check]:
    x, h, epsilon = normal(rng, TOKEN), normal(rng, TOKEN), rng.uniform(0.3, 0.9)
    y, s, T = at(x, epsilon)
    plain, sigma, other = at(x)
    yield Check(
        stated=T @ h / s,
        referees={
            "complex step": complex_step(lambda x: normalised(x, epsilon), x, h),
            "five-point differences": near(lambda x: normalised(x, epsilon), x, h),
        },
        wrong={
            "the projection, over s": other @ h / s,
            "y with epsilon, over sigma": T @ h / sigma,
            "as without epsilon": other @ h / sigma,
        },
        table=lambda: differential(lambda x: by_table(x, epsilon), x, h),
    )
    values = [np.zeros(1), np.full(1, epsilon / (sigma**2 + epsilon)), np.ones(TOKEN - 2)]
    yield Check(
        stated=np.sort(np.concatenate(values)),
        referees={
            name: np.linalg.eigvalsh(sym(s * jacobian(lambda x: normalised(x, epsilon), x, step)))
            for name, step in (
                ("complex step", complex_step),
                ("five-point differences", five_point),
            )
        },
        wrong={
            "the kernel of the projection": np.sort([0, 0, *np.ones(TOKEN - 2)]),
            "sigma^2 / (sigma^2 + epsilon)": np.sort(
                [0, sigma**2 / (sigma**2 + epsilon), *np.ones(TOKEN - 2)]
            ),
        },
    )
    # equal entries: with epsilon > 0 there is a derivative, (I - 11^T/p) / sqrt(epsilon)
    equal = np.full(TOKEN, 1.5)
    yield Check(
        stated=(np.eye(TOKEN) - 1 / TOKEN) @ h / np.sqrt(epsilon),
        referees={
            "complex step": complex_step(lambda x: normalised(x, epsilon), equal, h),
            "five-point differences": near(lambda x: normalised(x, epsilon), equal, h),
        },
        wrong={"zero": 0 * h, "over epsilon": (np.eye(TOKEN) - 1 / TOKEN) @ h / epsilon},
    )


@outside("layer-norm-epsilon", "epsilon = 0 (the kernel is spanned by 1)")
def no_epsilon(rng: np.random.Generator) -> Iterator[Check]:
    x = 2 * normal(rng, TOKEN) + 1
    yield Check(
        stated=TOKEN - 1,
        referees={
            name: int(np.linalg.matrix_rank(at(x)[1] * jacobian(normalised, x, step), tol=1e-5))
            for name, step in (
                ("complex step", complex_step),
                ("five-point differences", five_point),
            )
        },
    )


@claim("layer-norm-gain")
def layer_norm_gain(rng: np.random.Generator) -> Iterator[Check]:
    tokens, epsilon = 3, rng.uniform(0.1, 0.3)
    X = 1.5 * normal(rng, tokens, TOKEN)
    gain, bias, G = signed(rng, 0.5, 2, TOKEN), normal(rng, TOKEN), normal(rng, tokens, TOKEN)

    def paired(X: Any, gain: Any, bias: Any) -> Any:
        rows = [gain * normalised(x, epsilon) + bias for x in X]
        return sum(np.sum(g * row) for g, row in zip(G, rows, strict=True))

    def traced(X: Any, gain: Any, bias: Any) -> Any:
        centred = X - np.mean(X, axis=1, keepdims=True)
        variance = np.mean(centred * centred, axis=1, keepdims=True)
        return np.sum(G * (gain * centred / np.sqrt(variance + epsilon) + bias))

    states = [at(x, epsilon) for x in X]
    Y = np.array([y for y, _, _ in states])
    by_x = np.array([T @ (gain * g) / s for (_, s, T), g in zip(states, G, strict=True)])
    late = np.array([gain * (T @ g) / s for (_, s, T), g in zip(states, G, strict=True)])

    def all_by(step: Callable[..., Any]) -> Array:
        return np.vstack(
            [
                partials(lambda A: paired(A, gain, bias), X, step),
                partials(lambda A: paired(X, A, bias), gain, step),
                partials(lambda A: paired(X, gain, A), bias, step),
            ]
        )

    by_gain, by_bias = np.sum(G * Y, axis=0), np.sum(G, axis=0)
    yield Check(
        stated=np.vstack([by_x, by_gain, by_bias]),
        referees={
            "complex step": all_by(complex_step),
            "five-point differences": all_by(near),
        },
        wrong={
            "the gain after the projection": np.vstack([late, by_gain, by_bias]),
            "x for y in the gain's": np.vstack([by_x, np.sum(G * X, axis=0), by_bias]),
            "means over the tokens": np.vstack([by_x, by_gain / tokens, by_bias / tokens]),
        },
        table=lambda: np.vstack(
            [
                gradient(lambda A: traced(A, gain, bias), X),
                gradient(lambda A: traced(X, A, bias), gain),
                gradient(lambda A: traced(X, gain, A), bias),
            ]
        ),
    )


@outside("layer-norm-gain", "each token has a gain of its own")
def own_gains(rng: np.random.Generator) -> Iterator[Check]:
    X, G = normal(rng, 3, TOKEN), normal(rng, 3, TOKEN)
    Y = np.array([at(x, 0.2)[0] for x in X])

    def first(gain: Any) -> Any:  # the gain of the first token alone
        return np.sum(G[0] * gain * normalised(X[0], 0.2)) + np.sum(G[1:] * Y[1:])

    yield Check(
        stated=np.sum(G * Y, axis=0),
        referees={"complex step": partials(first, np.ones(TOKEN))},
    )


@claim("rms-norm")
def rms_norm(rng: np.random.Generator) -> Iterator[Check]:
    x, h = 2 * normal(rng, TOKEN) + 1, normal(rng, TOKEN)

    def rms(x: Any) -> Any:
        return x / np.sqrt(np.sum(x * x) / len(x))

    y, r = rms(x), np.linalg.norm(x) / np.sqrt(TOKEN)
    T = np.eye(TOKEN) - np.outer(y, y) / TOKEN
    yield Check(
        stated=T @ h / r,
        referees={
            "complex step": complex_step(rms, x, h),
            "five-point differences": near(rms, x, h),
        },
        wrong={
            "centred, too": (T - 1 / TOKEN) @ h / r,
            "y y^T without 1/p": (np.eye(TOKEN) - np.outer(y, y)) @ h / r,
            "the length held": h / r,
        },
        table=lambda: jacobian_matrix(rms, x) @ h,
    )


@outside("rms-norm", "epsilon > 0")
def rms_with_epsilon(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, TOKEN)
    s = np.sqrt(np.mean(x * x) + 0.4)
    J = jacobian(lambda x: x / np.sqrt(np.sum(x * x) / len(x) + 0.4), x)
    yield Check(stated=0 * x, referees={"complex step": s * J @ x})  # x is no kernel any more
