"""Checks of the claims of the page "Notation"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..checking import Check, claim, outside
from ..draws import normal


@claim("eq-1-transpose")
def eq_1_transpose(rng: np.random.Generator) -> Iterator[Check]:
    A = rng.permutation(np.arange(1, 7)).reshape(2, 3)
    by_entries = np.empty((3, 2), dtype=int)
    for i, j in np.ndindex(2, 3):
        by_entries[j, i] = A[i, j]
    yield Check(
        stated=A.T,
        referees={
            "entry by entry": by_entries,
            "quarter turn and mirror": np.flipud(np.rot90(A)),
        },
        wrong={"a quarter turn": np.rot90(A), "the same numbers in another shape": A.reshape(3, 2)},
    )


@claim("transpose-rules-tacit")
def transpose_rules_tacit(rng: np.random.Generator) -> Iterator[Check]:
    A, B = normal(rng, 3, 4), normal(rng, 4, 2)
    yield Check(
        stated=B.T @ A.T,
        referees={
            "entry by entry": [
                [sum(A[i, k] * B[k, j] for k in range(4)) for i in range(3)] for j in range(2)
            ],
            "columns times rows": sum(np.outer(B[k], A[:, k]) for k in range(4)),
        },
        wrong={"product not transposed": A @ B},
    )
    C, D = normal(rng, 3, 3), normal(rng, 3, 3)
    yield Check(
        stated=D.T @ C.T,
        referees={
            "entry by entry": [
                [sum(C[i, k] * D[k, j] for k in range(3)) for i in range(3)] for j in range(3)
            ],
            "columns times rows": sum(np.outer(D[k], C[:, k]) for k in range(3)),
        },
        wrong={"factors kept in order": C.T @ D.T},
    )
    pairs = normal(rng, 3, 2, 3)
    yield Check(
        stated=[y @ C.T @ x for x, y in pairs],  # the transpose of the number x^T C y
        referees={
            "entry by entry": [
                sum(x[i] * C[i, j] * y[j] for i in range(3) for j in range(3)) for x, y in pairs
            ],
            "columns weighted": [sum(y[j] * (x @ C[:, j]) for j in range(3)) for x, y in pairs],
        },
        wrong={"vectors exchanged, C not transposed": [y @ C @ x for x, y in pairs]},
    )


@claim("transpose-moves-across")
def transpose_moves_across(rng: np.random.Generator) -> Iterator[Check]:
    A = normal(rng, 4, 3)
    pairs = [(normal(rng, 3), normal(rng, 4)) for _ in range(3)]
    yield Check(
        stated=[x @ (A.T @ y) for x, y in pairs],
        referees={
            "entry by entry": [
                sum(A[i, j] * x[j] * y[i] for i in range(4) for j in range(3)) for x, y in pairs
            ],
            "rows weighted": [sum(y[i] * (A[i] @ x) for i in range(4)) for x, y in pairs],
        },
        wrong={"reshaped for transposed": [x @ (A.reshape(3, 4) @ y) for x, y in pairs]},
    )


@claim("transpose-joke", draws=1)
def transpose_joke(rng: np.random.Generator) -> Iterator[Check]:
    solutions = [
        (base, p * base + q, q * base + p)
        for base in range(2, 13)
        for p in range(1, base)
        for q in range(base)
        if q * base + p == 2 * (p * base + q)
    ]
    # q base + p = 2 (p base + q) says p (2 base - 1) = q (base - 2).
    solved = []
    for base in range(3, 13):
        common = int(np.gcd(2 * base - 1, base - 2))
        p, q = (base - 2) // common, (2 * base - 1) // common
        if p < base and q < base:
            solved.append((base, p * base + q, q * base + p))
    yield Check(
        stated=[(3 * k + 2, (k + 1) * (3 * k + 1), 2 * (k + 1) * (3 * k + 1)) for k in (1, 2, 3)],
        referees={"every number of two digits": solutions, "digits solved for": solved},
        wrong={"the decimal one that the joke asks for": [(10, 5, 10), *solutions[1:]]},
    )
    # In base ten a reversal can multiply by 4 and by 9, never by 2.
    ratios: set[int] = set()
    for digits in range(1, 7):
        n = np.arange(10 ** (digits - 1), 10**digits, dtype=np.int32)
        rest, reverse = n.copy(), np.zeros_like(n)
        for _ in range(digits):
            rest, last = np.divmod(rest, 10)
            reverse = 10 * reverse + last
        ratios |= {int(r) for r in (reverse // n)[(reverse > n) & (reverse % n == 0)]}
    # The first digit p and the last digit q of n, if k n is n reversed: q starts k n, p ends it.
    possible = [
        k
        for k in range(2, 10)
        if any(
            k * p <= q <= k * p + k - 1 and (k * q - p) % 10 == 0
            for p in range(1, 10)
            for q in range(1, 10)
        )
    ]
    yield Check(
        stated=[4, 9],
        referees={
            "every number below a million": sorted(ratios),
            "first and last digit": possible,
        },
        wrong={"doubling in base ten": [2, 4, 9]},
    )


@claim("euclidean-inner-product")
def euclidean_inner_product(rng: np.random.Generator) -> Iterator[Check]:
    columns = normal(rng, 3, 2, 5, 1)
    pairs = columns[..., 0]
    yield Check(
        stated=[(x.T @ y)[0, 0] for x, y in columns],
        referees={
            "entry by entry": [sum(x[i] * y[i] for i in range(5)) for x, y in pairs],
            "lengths of x + y and x - y": [
                ((x + y) @ (x + y) - (x - y) @ (x - y)) / 4 for x, y in pairs
            ],
        },
        wrong={
            "x y^T, a matrix": [x @ y.T for x, y in columns],
            "product of the lengths": [np.linalg.norm(x) * np.linalg.norm(y) for x, y in pairs],
        },
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("transpose-rules-tacit", "x and y are matrices of two columns")
def transposed_number_outside(rng: np.random.Generator) -> Iterator[Check]:
    X, C, Y = normal(rng, 3, 2), normal(rng, 3, 4), normal(rng, 4, 2)
    yield Check(
        stated=Y.T @ C.T @ X,  # a matrix is not its own transpose
        referees={
            "entry by entry": [
                [
                    sum(X[i, k] * C[i, j] * Y[j, l] for i in range(3) for j in range(4))
                    for l in range(2)
                ]
                for k in range(2)
            ]
        },
    )


@outside("transpose-moves-across", "the inner product on R^m has weights")
def moved_across_weights(rng: np.random.Generator) -> Iterator[Check]:
    A, x, y, weights = normal(rng, 4, 3), normal(rng, 3), normal(rng, 4), np.arange(2.0, 6.0)
    yield Check(
        stated=x @ (A.T @ y),
        referees={"entry by entry": sum(weights[i] * (A[i] @ x) * y[i] for i in range(4))},
    )


@outside("transpose-moves-across", "A is complex, and the inner product conjugates")
def moved_across_complex(rng: np.random.Generator) -> Iterator[Check]:
    A = normal(rng, 4, 3) + 1j * normal(rng, 4, 3)
    x, y = normal(rng, 3), normal(rng, 4)
    yield Check(
        stated=x @ (A.T @ y),
        referees={"entry by entry": sum(np.conj(A[i] @ x) * y[i] for i in range(4))},
    )


@outside("euclidean-inner-product", "x and y are rows")
def product_of_rows(rng: np.random.Generator) -> Iterator[Check]:
    x, y = normal(rng, 2, 1, 5)
    yield Check(
        stated=x.T @ y,  # a matrix, not a number
        referees={"entry by entry": sum(x[0, i] * y[0, i] for i in range(5))},
    )


@outside("euclidean-inner-product", "the entries are complex")
def length_of_a_complex_vector(rng: np.random.Generator) -> Iterator[Check]:
    x = normal(rng, 5) + 1j * normal(rng, 5)
    yield Check(
        stated=np.sqrt(x @ x),
        referees={
            "real and imaginary parts": np.sqrt(x.real @ x.real + x.imag @ x.imag),
            "NumPy's norm": np.linalg.norm(x),
        },
    )
