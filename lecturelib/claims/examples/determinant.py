"""Checks of the claims of the page "The determinant"."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import differential, gradient, taylor
from ...functions import expm
from ..checking import Check, claim, outside
from ..draws import fractions, normal, rational, regular, signed
from ..referees import circle, complex_step, exact_coefficients, five_point, partials
from .shared import Array, cofactors, expansion

inv, det, eig, eigvals = np.linalg.inv, np.linalg.det, np.linalg.eig, np.linalg.eigvals


def power_series(A: Any) -> Any:
    """e^A for a matrix of moderate size, by its definition."""
    term = total = np.eye(len(A)) + 0 * A
    for k in range(1, 100):
        term = term @ A / k
        total = total + term
        if np.max(np.abs(term)) < 1e-18:
            break
    return total


@claim("eq-27-det-exp")
def det_exp(rng: np.random.Generator) -> Iterator[Check]:
    S = regular(rng, 3)
    block = np.array([[0.4, 1.0, 0.0], [0.0, 0.4, 1.0], [0.0, 0.0, 0.4]])
    cases = [
        0.7 * normal(rng, 4, 4),
        0.5 * (normal(rng, 4, 4) + 1j * normal(rng, 4, 4)),
        S @ block @ inv(S),  # not diagonalisable
    ]
    yield Check(
        stated=np.array([np.exp(np.trace(A)) for A in cases]),
        referees={
            "power series": [det(power_series(A)) for A in cases],
            "eigenvalues": [np.prod(eigvals(power_series(A))) for A in cases],
        },
        wrong={
            "exponential of each entry": [det(np.exp(A)) for A in cases],
            "trace of the exponential": [np.trace(power_series(A)) for A in cases],
            "exponential of the determinant": [np.exp(det(A)) for A in cases],
        },
    )


@claim("jordan-proof")
def jordan_proof(rng: np.random.Generator) -> Iterator[Check]:
    import scipy.linalg

    P = regular(rng, 3)
    a, b = signed(rng, 0.3, 1.0, 2)
    J = np.array([[a, 1.0, 0.0], [0.0, a, 0.0], [0.0, 0.0, b]])
    A = P @ J @ inv(P)
    exp_J = np.diag(np.exp([a, a, b]))
    exp_J[0, 1] = np.exp(a)  # J = aI + N with N^2 = 0, so e^J = e^a (I + N) in the block
    yield Check(
        stated=P @ exp_J @ inv(P),
        referees={"power series": power_series(A), "Padé approximant": scipy.linalg.expm(A)},
        wrong={"nothing above the diagonal": P @ np.diag(np.exp([a, a, b])) @ inv(P)},
    )
    yield Check(
        stated=np.exp(a + a + b),
        referees={
            "power series": det(power_series(A)),
            "eigenvalues": np.prod(eigvals(power_series(A))).real,
        },
        wrong={
            "the double eigenvalue counted once": np.exp(a + b),
            "sum of the exponentials": np.sum(np.exp([a, a, b])),
        },
    )
    # Has it a real triangular form? The rotation has not, the others have.
    examples = [[[0, 1], [-1, 0]], [[2, 1], [0, 2]], [[1, 2], [3, 4]]]
    discriminants = [np.trace(M) ** 2 - 4 * expansion(np.array(M)) for M in examples]
    yield Check(
        stated=[False, True, True],
        referees={
            "eigenvalues": [bool(np.isreal(eigvals(np.array(M, float))).all()) for M in examples],
            "discriminant": [bool(d >= 0) for d in discriminants],
        },
        wrong={"every real matrix has one (E39)": [True, True, True]},
    )


@outside("jordan-proof", "over R, and two eigenvalues are not real")
def jordan_proof_over_r(rng: np.random.Generator) -> Iterator[Check]:
    import scipy.linalg

    P, (a, b), turn = regular(rng, 3), signed(rng, 0.3, 1.0, 2), rng.uniform(0.1, 0.3)
    A = P @ np.array([[a, turn, 0.0], [-turn, a, 0.0], [0.0, 0.0, b]]) @ inv(P)
    J = scipy.linalg.schur(A, output="real")[0]  # the nearest to a triangular form that is real
    yield Check(
        stated=np.sort_complex(np.exp(np.diagonal(J)).astype(complex)),
        referees={
            "power series": np.sort_complex(eigvals(power_series(A))),
            "eigenvalues": np.sort_complex(np.exp([a + 1j * turn, a - 1j * turn, b])),
        },
    )


@claim("det-exp-example", draws=1)
def det_exp_example(rng: np.random.Generator) -> Iterator[Check]:
    A = np.array([[0.0, 1.0], [-1.0, 0.0]])
    c, s = np.cos(1.0), np.sin(1.0)
    V = np.array([[1, 1], [1j, -1j]])  # A V = V diag(i, -i)
    by_eigenvalues = np.real(V @ np.diag(np.exp([1j, -1j])) @ inv(V))
    yield Check(
        stated=np.array([[c, s], [-s, c]]),
        referees={"power series": power_series(A), "eigenvalues": by_eigenvalues},
        wrong={"exponential of each entry": np.exp(A), "turned the other way": [[c, -s], [s, c]]},
    )
    yield Check(
        stated=1.0,
        referees={"power series": det(power_series(A)), "eigenvalues": det(by_eigenvalues)},
        wrong={"exponential of each entry": det(np.exp(A)), "e to the determinant": np.e},
    )


#: Two by two matrices, and over which numbers they are exponentials.
EXPONENTIALS = {
    "real": ([[0, 1], [-1, 0]], [[-1, 0], [0, -1]], [[1, 1], [0, 1]], [[2, 1], [1, 3]]),
    "complex only": ([[1, 0], [0, -1]], [[-1, 0], [0, -2]], [[-1, 1], [0, -1]]),
    "none": ([[1, 2], [2, 4]], [[0, 1], [0, 0]]),
}


@claim("exp-iff-invertible", draws=2)
def exp_iff_invertible(rng: np.random.Generator) -> Iterator[Check]:
    fixed = [np.array(A) for group in EXPONENTIALS.values() for A in group]
    yield Check(
        stated=[_by_jordan_blocks(A) for A in fixed],
        referees={
            "logarithms tried out": [_by_logarithms(A) for A in fixed],
            "trace against determinant": [_by_trace(A) for A in fixed],
        },
        wrong={
            "real wherever invertible (E40)": ["real" if expansion(A) else "none" for A in fixed],
            "real wherever det > 0": [
                "real" if expansion(A) > 0 else "complex only" if expansion(A) else "none"
                for A in fixed
            ],
        },
    )
    A = regular(rng, 3)
    A[0] *= -np.sign(det(A))  # det A < 0, so no real B will do
    w, V = eig(A)
    B = (V * np.log(w.astype(complex))) @ inv(V)
    yield Check(
        stated=A.astype(complex),
        referees={
            "power series": power_series(B),
            "repeated squaring": np.linalg.matrix_power(power_series(B / 16), 16),
        },
        wrong={"real part of the logarithm": power_series(B.real)},
    )


@outside("exp-iff-invertible", "A is not real (a real B)")
def exp_iff_invertible_complex(rng: np.random.Generator) -> Iterator[Check]:
    V = regular(rng, 2)
    w = rng.uniform(0.5, 2.0, 2) * np.exp(1j * rng.uniform(0.2, 0.6, 2))  # none of them negative
    A = (V * w) @ inv(V)
    yield Check(
        stated="real" if np.all(w.real > 0) else "complex only",
        referees={
            "logarithms tried out": _by_logarithms(A),
            "e^B of a real B is real": "real" if np.allclose(A.imag, 0) else "complex only",
        },
    )


def _by_jordan_blocks(A: Array) -> str:
    """The criterion as stated: negative eigenvalues of a 2 by 2 matrix and their blocks."""
    w = eigvals(A.astype(float))
    if np.min(np.abs(w)) < 1e-9:
        return "none"
    negative = w[np.isreal(w) & (w.real < 0)]
    blocks = [
        int(np.linalg.matrix_rank(A - round(x) * np.eye(2), tol=1e-9) == 0) for x in negative.real
    ]
    twice = len(negative) == 2 and all(blocks)  # a double eigenvalue with two blocks of size 1
    return "real" if len(negative) == 0 or twice else "complex only"


def _by_logarithms(A: Array) -> str:
    """Whether one of the first few logarithms of a 2 by 2 matrix is real."""
    found = [B for B in _logarithms(A) if np.allclose(power_series(B), A)]
    real = any(np.allclose(B.imag, 0) for B in found)
    return "real" if real else "complex only" if found else "none"


def _logarithms(A: Array) -> Iterator[Array]:
    if np.isclose(det(A), 0):
        return
    w, V = eig(A.astype(complex))
    turns = 2j * np.pi * np.arange(-1, 2)
    if np.isclose(*w):
        nilpotent = (A - w[0] * np.eye(2)) / w[0]
        yield from (np.log(w[0]) * np.eye(2) + k * np.eye(2) + nilpotent for k in turns)
        V = np.array([[1, 1], [1j, -1j]])  # for a multiple of I any V is a basis: a complex one
        if np.max(np.abs(nilpotent)) > 1e-9:
            return
    for k in turns:
        for m in turns:
            yield (V * (np.log(w) + [k, m])) @ inv(V)


def _by_trace(A: Array) -> str:
    """e^B of a real 2 by 2 B has det > 0, and trace > -2 sqrt(det) unless it is a multiple of I."""
    d, trace = expansion(A), np.trace(A)
    if d == 0:
        return "none"
    scalar = A[0, 0] == A[1, 1] and A[0, 1] == A[1, 0] == 0
    return "real" if d > 0 and (scalar or trace > 0 or trace**2 < 4 * d) else "complex only"


def both_signs(rng: np.random.Generator, n: int) -> list[Array]:
    """Two invertible matrices, of positive and of negative determinant."""
    A, B = regular(rng, n), regular(rng, n)
    A[0] *= np.sign(det(A))
    B[0] *= -np.sign(det(B))
    return [A, B]


@claim("det-derivative")
def det_derivative(rng: np.random.Generator) -> Iterator[Check]:
    cases = both_signs(rng, 4)
    H, K = 0.5 * normal(rng, 2, 4, 4)
    t = 0.3

    def along(A: Array) -> Callable[[Any], Any]:
        return lambda t: det(A + t * H + t * t * K)

    points, velocity = [A + t * H + t * t * K for A in cases], H + 2 * t * K
    yield Check(
        stated=np.array([det(A) * np.trace(inv(A) @ velocity) for A in points]),
        referees={
            "complex step": [complex_step(along(A), t, 1.0) for A in cases],
            "five-point differences": [five_point(along(A), t, 1.0) for A in cases],
        },
        wrong={
            "inverse left out": [det(A) * np.trace(velocity) for A in points],
            "inverse transposed": [det(A) * np.trace(inv(A).T @ velocity) for A in points],
            "determinant of the derivative": [det(velocity) for A in points],
            "zero unless det > 0 (E40)": [
                max(det(A), 0) * np.trace(inv(A) @ velocity) for A in points
            ],
        },
        table=lambda: np.array([differential(along(A), t, 1.0) for A in cases]),
    )


@claim("det-log-trace-step")
def det_log_trace_step(rng: np.random.Generator) -> Iterator[Check]:
    B, K = 0.5 * normal(rng, 2, 4, 4)
    K = K + np.eye(4)  # a trace that is not small
    A = power_series(B)

    nodes, weights = np.polynomial.legendre.leggauss(12)
    exponentials = [power_series(s * B) for s in (nodes + 1) / 2]  # the nodes lie symmetrically

    def duhamel(K: Array) -> Array:
        """The derivative of e^B along K: the integral of e^((1 - s)B) K e^(sB) over s."""
        parts = [L @ K @ R for L, R in zip(exponentials[::-1], exponentials, strict=True)]
        return np.tensordot(weights / 2, np.array(parts), 1)

    dot = complex_step(power_series, B, K)
    yield Check(
        stated=np.trace(K),
        referees={
            "complex step": np.trace(inv(A) @ dot),
            "Duhamel's integral": np.trace(inv(A) @ duhamel(K)),
        },
        wrong={"inverse left out": np.trace(dot), "B for its derivative": np.trace(inv(A) @ B)},
        table=lambda: np.trace(inv(A) @ differential(expm, B, K)),
    )
    directions = [K, B @ B - 2 * B]  # the second one commutes with B
    yield Check(
        stated=[bool(np.allclose(B @ K, K @ B)) for K in directions],
        referees={
            "complex step": [
                bool(np.allclose(inv(A) @ complex_step(power_series, B, K), K)) for K in directions
            ],
            "Duhamel's integral": [bool(np.allclose(inv(A) @ duhamel(K), K)) for K in directions],
        },
        wrong={"equal as matrices too (E41)": [True, True]},
    )


def products(w: Any, k: int) -> Any:
    """The sum of all products of k of the eigenvalues."""
    return sum(np.prod(chosen) for chosen in itertools.combinations(w, k)).real


@claim("det-near-identity")
def det_near_identity(rng: np.random.Generator) -> Iterator[Check]:
    X = rational(rng, 4, 4)
    exact = exact_coefficients(expansion, fractions(np.eye(4, dtype=int)), X, 4)
    yield Check(
        stated=np.array([Fraction(1), np.trace(X), expansion(X)]),
        referees={
            "exact fractions": np.array([exact[0], exact[1], exact[4]]),
            "eigenvalues": np.real(np.poly(eigvals(-X.astype(float))))[[0, 1, 4]],
        },
        wrong={
            "n for the 1": np.array([Fraction(4), np.trace(X), expansion(X)]),
            "no constant term": np.array([Fraction(0), np.trace(X), expansion(X)]),
        },
    )
    directions = rational(rng, 3, 4, 4).astype(float)
    chosen = [np.ix_([i, j], [i, j]) for i in range(4) for j in range(i)]

    def pairs(X: Array) -> Any:  # each product of two eigenvalues once
        w = eigvals(X)
        return (np.sum(w) ** 2 - np.sum(w**2)).real / 2

    yield Check(
        stated=[pairs(X) for X in directions],
        referees={
            "sum of principal minors": [sum(det(X[rows]) for rows in chosen) for X in directions],
            "circle in the complex plane": [circle(det, np.eye(4), X, 2) / 2 for X in directions],
        },
        wrong={
            "each product twice": [2 * pairs(X) for X in directions],
            "an eigenvalue taken twice": [
                pairs(X) + np.sum(eigvals(X) ** 2).real for X in directions
            ],
        },
        table=lambda: [taylor(det, np.eye(4), X, 2)[2] for X in directions],
    )
    threes = [np.ix_(rows, rows) for rows in itertools.combinations(range(4), 3)]

    yield Check(
        stated=[products(eigvals(X), 3) for X in directions],
        referees={
            "sum of principal minors": [sum(det(X[rows]) for rows in threes) for X in directions],
            "circle in the complex plane": [circle(det, np.eye(4), X, 3) / 6 for X in directions],
        },
        wrong={
            "sign of t lost": [-products(eigvals(X), 3) for X in directions],
            "derivative for coefficient": [6 * products(eigvals(X), 3) for X in directions],
        },
        table=lambda: [taylor(det, np.eye(4), X, 3)[3] for X in directions],
    )


@outside("det-near-identity", "a double eigenvalue is counted once")
def det_near_identity_once(rng: np.random.Generator) -> Iterator[Check]:
    S, w = regular(rng, 4), np.array([-1.0, 0.5, 2.0]) + rng.uniform(-0.2, 0.2, 3)
    X = S @ np.diag([*w, w[2]]) @ inv(S)
    yield Check(
        stated=[products(w, k) for k in (1, 2, 3)],
        referees={
            "circle in the complex plane": [
                circle(det, np.eye(4), X, 1),
                circle(det, np.eye(4), X, 2) / 2,
                circle(det, np.eye(4), X, 3) / 6,
            ],
            "eigenvalues": [products(eigvals(X), k) for k in (1, 2, 3)],
        },
        bounds={"eigenvalues": 1e-6},  # a double one is found to half of the digits
    )


@claim("det-adjugate")
def det_adjugate(rng: np.random.Generator) -> Iterator[Check]:
    H = np.array([[1, 0, 2], [0, 3, 0], [-1, 0, 1]])
    regular_one = rng.integers(-3, 4, (3, 3)) + 7 * np.eye(3, dtype=int)
    singular, lower = _of_rank(rng, 2, H), _of_rank(rng, 1, H)
    cases = [regular_one, singular, lower]
    yield Check(
        stated=np.array([np.trace(cofactors(A).T @ H) for A in cases]),
        referees={
            "exact fractions": np.array(
                [exact_coefficients(expansion, fractions(A), H, 3)[1] for A in cases]
            ),
            "complex step": [complex_step(det, A.astype(float), H) for A in cases],
        },
        wrong={
            "zero where det is zero": [np.trace(cofactors(regular_one).T @ H), 0, 0],
            "adjugate transposed": [np.trace(cofactors(A) @ H) for A in cases],
        },
        table=lambda: [differential(det, A.astype(float), H.astype(float)) for A in cases],
    )
    yield Check(
        stated=cofactors(singular),
        referees={
            "complex step": partials(det, singular.astype(float)),
            "five-point differences": partials(det, singular.astype(float), five_point),
            "entry by entry": _entry_by_entry(singular),
        },
        wrong={"adjugate for its transpose": cofactors(singular).T},
        table=lambda: gradient(det, singular.astype(float)),
    )
    identity = np.eye(3, dtype=int)
    for product in (lambda A: A @ cofactors(A).T, lambda A: cofactors(A).T @ A):
        yield Check(
            stated=np.array([product(A) for A in cases]),
            referees={
                "Leibniz' sum over permutations": np.array([leibniz(A) * identity for A in cases]),
                "product of the eigenvalues": [np.prod(eigvals(A)).real * identity for A in cases],
            },
            wrong={
                "zero where det is zero, and else the inverse": [
                    identity * (abs(leibniz(A)) > 0) for A in cases
                ],
                "the cofactors, not transposed": [A @ cofactors(A) for A in cases],
            },
        )


def leibniz(A: Array) -> Any:
    """The determinant as the sum over all permutations; exact for integers."""
    n = len(A)
    total = 0
    for columns in itertools.permutations(range(n)):
        swaps = sum(columns[i] > columns[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** swaps * np.prod(A[range(n), list(columns)])
    return total


def _of_rank(rng: np.random.Generator, r: int, H: Array) -> Array:
    """A 3 by 3 matrix of integers of rank r; where r is 2, det has a slope along H at it."""
    while True:
        A = rng.integers(-3, 4, (3, r)) @ rng.integers(-3, 4, (r, 3))
        C = cofactors(A)
        slopes = np.trace(C.T @ H), np.trace(C @ H)
        if np.linalg.matrix_rank(A, rtol=1e-9) == r and (r < 2 or 0 != slopes[0] != slopes[1]):
            return A


def _entry_by_entry(A: Array) -> Array:
    """det is linear in each single entry: raise it by 1, and see what det gains."""
    gains = np.empty_like(A)
    for index in np.ndindex(*A.shape):
        raised = A.copy()
        raised[index] += 1
        gains[index] = expansion(raised) - expansion(A)
    return gains


@claim("log-abs-det")
def log_abs_det(rng: np.random.Generator) -> Iterator[Check]:
    cases, H = both_signs(rng, 4), normal(rng, 4, 4)

    def log_abs(A: Any) -> Any:
        return np.log(det(A) ** 2) / 2  # analytic, and log |det A| for real A

    yield Check(
        stated=np.array([np.trace(inv(A) @ H) for A in cases]),
        referees={
            "complex step": [complex_step(log_abs, A, H) for A in cases],
            "five-point differences": [five_point(log_abs, A, H) for A in cases],
        },
        wrong={
            "sign of det in front": [np.sign(det(A)) * np.trace(inv(A) @ H) for A in cases],
            "divided by det once more": [np.trace(inv(A) @ H) / det(A) for A in cases],
        },
        table=lambda: [differential(lambda A: np.linalg.slogdet(A)[1], A, H) for A in cases],
    )
    A = cases[1]
    yield Check(
        stated=inv(A).T,
        referees={
            "complex step": partials(log_abs, A),
            "five-point differences": partials(log_abs, A, five_point),
        },
        wrong={"not transposed": inv(A), "sign of det in front": -inv(A).T},
        table=lambda: gradient(lambda A: np.linalg.slogdet(A)[1], A),
    )


@outside("log-abs-det", "A is complex")
def log_abs_det_complex(rng: np.random.Generator) -> Iterator[Check]:
    A, H = (regular(rng, 4) + 1j * normal(rng, 4, 4) / 2 for _ in range(2))

    def log_of_singular_values(A: Any) -> Any:
        return np.sum(np.log(np.linalg.svd(A)[1]))

    yield Check(
        stated=np.trace(inv(A) @ H),
        referees={
            "five-point differences": five_point(lambda A: np.log(abs(det(A))), A, H),
            "singular values": five_point(log_of_singular_values, A, H),
        },
        bounds={"singular values": 1e-7},
    )
