"""Checks of the claims of the page "A recipe for gradients"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..checking import Check, claim, outside
from ..draws import full_rank, normal, rational
from ..referees import exact_coefficients, five_point, partials
from .shared import slopes, whole_gradient


@claim("gradient-read-off")
def gradient_read_off(rng: np.random.Generator) -> Iterator[Check]:
    # f is linear, so that M and N are known: Tr{P X Q} has M = Q P, Tr{S X^T T} has N = T S.
    P, Q, S, T = (normal(rng, *shape) for shape in [(2, 4), (3, 2), (5, 3), (4, 5)])
    X = normal(rng, 4, 3)
    M, N = Q @ P, T @ S
    yield whole_gradient(
        lambda X: np.trace(P @ X @ Q) + np.trace(S @ X.T @ T),
        X,
        M.T + N,
        {"the second trace forgotten": M.T, "the second trace subtracted": M.T - N},
    )
    # Square, so that no shape tells; and M depends on X.
    Z, A, B = normal(rng, 3, 3, 3)
    M = A @ Z + Z @ A
    yield whole_gradient(
        lambda Z: np.trace(Z @ Z @ A) + np.trace(B @ Z.T),
        Z,
        M.T + B,
        {
            "numerator layout, M + N^T": M + B.T,
            "not transposed, M + N": M + B,
            "both transposed, M^T + N^T": M.T + B.T,
        },
    )
    # Along the symmetric directions alone a matrix and its transpose cannot be told apart.
    C, H = rational(rng, 2, 3, 3)
    along = {"symmetric": H + H.T, "every": H}
    stated = [True, False]
    yield Check(
        stated=stated,
        referees={
            "exact fractions": [
                exact_coefficients(lambda X: np.trace(C @ X), H, K, 1)[1] == np.trace(C.T @ K)
                for K in along.values()
            ],
            "entry by entry": [
                sum((C[i, j] - C[j, i]) * K[j, i] for i in range(3) for j in range(3)) == 0
                for K in along.values()
            ],
        },
        wrong={"the symmetric directions are enough": [True, True]},
    )


@outside("gradient-read-off", "it holds for the symmetric dX alone")
def read_off_along_symmetric_directions(rng: np.random.Generator) -> Iterator[Check]:
    P, X = normal(rng, 2, 3, 3)
    yield Check(
        stated=P,  # from df = Tr{P^T dX}, which is right for every symmetric dX
        referees={"complex step": partials(lambda X: np.trace(P @ X), X)},
    )


@claim("square-of-a-norm")
def square_of_a_norm(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = normal(rng, 2, 4), normal(rng, 2, 3), normal(rng, 3, 3)
    X, directions = normal(rng, 4, 3), normal(rng, 3, 4, 3)
    R = A @ X - B
    yield slopes(
        lambda X: np.sum((A @ X - B) ** 2),
        X,
        directions,
        lambda H: 2 * np.trace(R.T @ (A @ H)),
        {
            "without the 2": lambda H: np.trace(R.T @ (A @ H)),
            "the length of dR squared": lambda H: np.sum((A @ H) ** 2),
            "that of the length, not of its square": lambda H: (
                np.trace(R.T @ (A @ H)) / np.sqrt(np.sum(R**2))
            ),
        },
    )
    gram = X.T @ X - C
    yield slopes(
        lambda X: np.sum((X.T @ X - C) ** 2),
        X,
        directions,
        lambda H: 2 * np.trace(gram.T @ (H.T @ X + X.T @ H)),
        {
            "R taken for symmetric": lambda H: 4 * np.trace(gram.T @ X.T @ H),
            "one place, and R not transposed": lambda H: 2 * np.trace(gram @ (H.T @ X)),
        },
    )


@outside("square-of-a-norm", "the norm is the largest singular value")
def square_of_a_spectral_norm(rng: np.random.Generator) -> Iterator[Check]:
    R, H = full_rank(rng, 4, 3), normal(rng, 4, 3)
    yield Check(
        stated=2 * np.trace(R.T @ H),
        referees={"five-point differences": five_point(lambda R: np.linalg.norm(R, 2) ** 2, R, H)},
    )


@claim("recipe-examples")
def recipe_examples(rng: np.random.Generator) -> Iterator[Check]:
    A, X, B = normal(rng, 2, 4), normal(rng, 4, 3), normal(rng, 3, 2)
    yield whole_gradient(
        lambda X: np.trace(A @ X @ B),
        X,
        A.T @ B.T,
        {"the entries of BA in the wrong places": (B @ A).reshape(4, 3)},
    )
    D = normal(rng, 2, 3)
    R = A @ X - D
    yield whole_gradient(
        lambda X: np.sum((A @ X - D) ** 2),
        X,
        2 * A.T @ R,
        {"without the 2": A.T @ R, "B forgotten": 2 * A.T @ A @ X},
    )
    a, b = normal(rng, 2, 4)
    yield whole_gradient(
        lambda X: a @ X @ X.T @ b,
        X,
        (np.outer(a, b) + np.outer(b, a)) @ X,
        {"first term twice": 2 * np.outer(a, b) @ X, "one term": np.outer(b, a) @ X},
    )
    Z, S = normal(rng, 2, 3, 3)
    yield whole_gradient(
        lambda Z: np.trace(Z @ Z @ S),
        Z,
        (Z @ S + S @ Z).T,
        {"not transposed": Z @ S + S @ Z, "dX moved past X": 2 * (Z @ S).T},
    )
    c = normal(rng, 3)
    yield whole_gradient(
        lambda X: (a @ X @ c) ** 2,
        X,
        2 * (a @ X @ c) * np.outer(a, c),
        {"without the 2": (a @ X @ c) * np.outer(a, c), "no chain rule": np.outer(a, c) ** 2},
    )
    C = normal(rng, 3, 3)
    gram = X.T @ X - C
    yield whole_gradient(
        lambda X: np.sum((X.T @ X - C) ** 2),
        X,
        2 * X @ (gram + gram.T),
        {"C taken for symmetric": 4 * X @ gram, "one of two places": 2 * X @ gram},
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("recipe-examples", "A depends on X")
def recipe_with_a_factor_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    X, B = normal(rng, 4, 3), normal(rng, 3, 3)
    yield whole_gradient(lambda X: np.trace(X.T @ X @ B), X, X @ B.T, {})  # A^T B^T, A = X^T
