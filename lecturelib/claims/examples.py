"""Checks of the claims of chapter 4: inverse, determinant, eigenvalues (see also perceptron.py)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ..calculus import (
    derivative,
    differential,
    gradient,
    jacobian_matrix,
    second_derivative,
    taylor,
)
from ..functions import expm
from . import perceptron  # noqa: F401 (enters the checks of the chapter's other pages)
from .checking import Check, claim
from .draws import fractions, normal, rational, regular, signed, symmetric
from .referees import (
    circle,
    circle_coefficients,
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    mixed_difference,
    partials,
    second_difference,
)

Array = np.ndarray
inv, det, eig, eigvals = np.linalg.inv, np.linalg.det, np.linalg.eig, np.linalg.eigvals

#: Steps of five-point differences of eigenvalues, which bend more than most functions.
FINE = 2.0**-11


# -- The inverse ----------------------------------------------------------------------------------


def expansion(A: Any) -> Any:
    """The determinant by expansion along the first row; exact for fractions."""
    if len(A) == 1:
        return A[0, 0]
    minors = [expansion(np.delete(A[1:], j, axis=1)) for j in range(len(A))]
    return sum((-1) ** j * A[0, j] * minor for j, minor in enumerate(minors))


def cofactors(A: Any) -> Array:
    """The matrix of cofactors, the transpose of the adjugate; exact for fractions."""
    C = np.empty_like(A)
    for i, j in np.ndindex(*A.shape):
        C[i, j] = (-1) ** (i + j) * expansion(np.delete(np.delete(A, i, axis=0), j, axis=1))
    return C


@claim("inverse-identity")
def inverse_identity(rng: np.random.Generator) -> Iterator[Check]:
    A, F = regular(rng, 4), rational(rng, 4, 4)
    exact = cofactors(F).T / expansion(F)  # Cramer's rule
    Y = inv(A)
    for product, exact_product in ((A @ Y, F @ exact), (Y @ A, exact @ F)):
        yield Check(
            stated=np.eye(4),
            referees={"NumPy's inverse": product, "exact fractions": exact_product},
            wrong={
                "the number 1 in every entry (E37)": np.ones((4, 4)),
                "reciprocals of the entries": A @ (1 / A),
            },
        )


@claim("inverse-derivative")
def inverse_derivative(rng: np.random.Generator) -> Iterator[Check]:
    A, H = regular(rng, 4), normal(rng, 4, 4)
    Y = inv(A)
    yield Check(
        stated=-Y @ H @ Y,
        referees={
            "complex step": complex_step(inv, A, H),
            "five-point differences": five_point(inv, A, H),
            "defining identity": np.linalg.solve(A, -H @ Y),  # A dY = -dA Y, from A Y = I
        },
        wrong={"factors in commuting order": -Y @ Y @ H, "sign lost": Y @ H @ Y},
        table=lambda: differential(inv, A, H),
    )


@claim("inverse-difference")
def inverse_difference(rng: np.random.Generator) -> Iterator[Check]:
    A = np.round(64 * regular(rng, 3)) / 64  # entries whose fractions are short
    H = np.round(64 * regular(rng, 3)) / 64 - A
    Y, Z = inv(A), inv(A + H)
    F, G = fractions(A), fractions(A + H)
    exact = cofactors(G).T / expansion(G) - cofactors(F).T / expansion(F)
    yield Check(
        stated=-Y @ H @ Z,
        referees={"NumPy's two inverses": Z - Y, "Cramer's rule in fractions": exact},
        wrong={"the derivative for the difference": -Y @ H @ Y, "sign lost": Y @ H @ Z},
    )


@claim("inverse-time-derivative")
def inverse_time_derivative(rng: np.random.Generator) -> Iterator[Check]:
    A, H, K = regular(rng, 4), 0.5 * normal(rng, 4, 4), 0.5 * normal(rng, 4, 4)
    t = 0.2

    def path(t: Any) -> Any:
        return A + t * H + t * t * K

    def inverse(t: Any) -> Any:
        return inv(path(t))

    Y, velocity = inverse(t), H + 2 * t * K
    yield Check(
        stated=-Y @ velocity @ Y,
        referees={
            "complex step": complex_step(inverse, t, 1.0),
            "five-point differences": five_point(inverse, t, 1.0),
        },
        wrong={
            "dA/dt taken at time 0": -Y @ H @ Y,
            "factors in commuting order": -Y @ Y @ velocity,
            "the inverse of dA/dt": inv(velocity),
        },
        table=lambda: differential(inverse, t, 1.0),
    )


@claim("inverse-second-derivative")
def inverse_second_derivative(rng: np.random.Generator) -> Iterator[Check]:
    A, H, K = regular(rng, 3), 0.3 * normal(rng, 3, 3), 0.3 * normal(rng, 3, 3)
    Y = inv(A)
    yield Check(
        stated=2 * Y @ H @ Y @ H @ Y,
        referees={
            "circle in the complex plane": circle(inv, A, H, 2),
            "second differences": second_difference(inv, A, H),
        },
        wrong={
            "Taylor's coefficient without the 2": Y @ H @ Y @ H @ Y,
            "factors in commuting order": 2 * Y @ Y @ Y @ H @ H,
        },
        table=lambda: second_derivative(inv, A, H),
    )
    polarised = (circle(inv, A, H + K, 2) - circle(inv, A, H - K, 2)) / 4
    yield Check(
        stated=Y @ H @ Y @ K @ Y + Y @ K @ Y @ H @ Y,
        referees={
            "circle in the complex plane": polarised,
            "five-point differences": mixed_difference(inv, A, H, K),
        },
        wrong={"one of the two orders twice": 2 * Y @ H @ Y @ K @ Y},
        table=lambda: second_derivative(inv, A, H, K),
    )


@claim("inverse-neumann")
def inverse_neumann(rng: np.random.Generator) -> Iterator[Check]:
    import scipy.linalg

    n, order = 3, 3
    A, H = regular(rng, n), 0.3 * normal(rng, n, n)
    Y = inv(A)
    powers = np.array([np.linalg.matrix_power(Y @ H, k) @ Y for k in range(order + 1)])
    signs = np.array([1.0, -1.0, 1.0, -1.0])[:, None, None]
    # (A + tH) (C_0 + t C_1 + ...) = I, one row of blocks a power of t
    blocks = np.kron(np.eye(order + 1), A) + np.kron(np.eye(order + 1, k=-1), H)
    right = np.eye((order + 1) * n, n)
    yield Check(
        stated=signs * powers,
        referees={
            "circle in the complex plane": np.real(circle_coefficients(inv, A, H, order)),
            "defining identity": np.linalg.solve(blocks, right).reshape(order + 1, n, n),
        },
        wrong={
            "signs lost": powers,
            "nothing after the derivative (E38)": signs * powers * [[[1]], [[1]], [[0]], [[0]]],
        },
        table=lambda: np.array(taylor(inv, A, H, order)),
    )
    zeros = np.roots(np.real(circle_coefficients(det, A, H, n))[::-1])
    yield Check(
        stated=1 / np.max(np.abs(eigvals(Y @ H))),
        referees={
            "zeros of det(A + tH)": np.min(np.abs(zeros)),
            "generalised eigenvalues": np.min(np.abs(scipy.linalg.eigvals(A, -H))),
        },
        wrong={
            "norm for the largest |eigenvalue|": 1 / np.linalg.norm(Y @ H, 2),
            "the smallest |eigenvalue| for the largest": 1 / np.min(np.abs(eigvals(Y @ H))),
        },
    )


@claim("inverse-vec")
def inverse_vec(rng: np.random.Generator) -> Iterator[Check]:
    A = regular(rng, 3)
    Y = inv(A)
    yield Check(
        stated=np.kron(-Y.T, Y),
        referees={
            "complex step": jacobian(inv, A),
            "five-point differences": jacobian(inv, A, first=five_point),
        },
        wrong={"as for stacked rows": np.kron(-Y, Y.T), "not transposed": np.kron(-Y, Y)},
        table=lambda: jacobian_matrix(inv, A),
    )


@claim("inverse-sensitivity")
def inverse_sensitivity(rng: np.random.Generator) -> Iterator[Check]:
    A = regular(rng, 4) / 2  # sigma_n near 1/2: near 1 it would hide its own square
    left, sigma, right = np.linalg.svd(A)
    relative = np.array([1.0, sigma[0] * sigma[-1]])  # |A| / |A^-1| turns the one into the other
    worst = np.linalg.norm(complex_step(inv, A, np.outer(left[:, -1], right[-1])), 2)
    longest = np.linalg.svd(jacobian(inv, A), compute_uv=False)[0]
    yield Check(
        stated=np.array([1 / sigma[-1] ** 2, sigma[0] / sigma[-1]]),
        referees={"complex step": worst * relative, "singular values": longest * relative},
        wrong={
            "1/sigma for 1/sigma^2": np.array([1 / sigma[-1], sigma[0] / sigma[-1]]),
            "condition number squared": np.array([1, sigma[0] ** 2]) / sigma[-1] ** 2,
        },
        table=lambda: np.linalg.norm(derivative(inv, A).matrix(), 2) * relative,
    )


# -- The determinant ------------------------------------------------------------------------------


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
        wrong={"each product twice": [2 * pairs(X) for X in directions]},
        table=lambda: [taylor(det, np.eye(4), X, 2)[2] for X in directions],
    )
    threes = [np.ix_(rows, rows) for rows in itertools.combinations(range(4), 3)]

    def triples(X: Array) -> Any:  # each product of three eigenvalues once
        return sum(np.prod(w) for w in itertools.combinations(eigvals(X), 3)).real

    yield Check(
        stated=[triples(X) for X in directions],
        referees={
            "sum of principal minors": [sum(det(X[rows]) for rows in threes) for X in directions],
            "circle in the complex plane": [circle(det, np.eye(4), X, 3) / 6 for X in directions],
        },
        wrong={
            "sign of t lost": [-triples(X) for X in directions],
            "derivative for coefficient": [6 * triples(X) for X in directions],
        },
        table=lambda: [taylor(det, np.eye(4), X, 3)[3] for X in directions],
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
            "entry by entry": _entry_by_entry(singular),
        },
        wrong={"adjugate for its transpose": cofactors(singular).T},
        table=lambda: gradient(det, singular.astype(float)),
    )


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


# -- Eigenvalues ----------------------------------------------------------------------------------


def in_order(w: Any) -> Any:
    """By real part, then by imaginary part."""
    return w[np.lexsort((w.imag, w.real))]


def spread(rng: np.random.Generator) -> tuple[Array, Array]:
    """A real 4 by 4 matrix, two of its eigenvalues complex, all far apart; and these, in order."""
    x, a, b = np.array([0.0, 3.0, -2.0]) + rng.uniform(-0.3, 0.3, 3)
    y = rng.uniform(1.0, 1.5)
    L = np.diag([x, x, a, b])
    L[0, 1], L[1, 0] = y, -y
    S = regular(rng, 4)
    return S @ L @ inv(S), in_order(np.array([x + 1j * y, x - 1j * y, a, b]))


def eigensystem(A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues in order, left and right vectors of length 1 as columns."""
    w, V = eig(A)
    z, U = eig(A.T)
    return in_order(w), U[:, np.lexsort((z.imag, z.real))], V[:, np.lexsort((w.imag, w.real))]


def scaled(U: Array, V: Array) -> Array:
    """The left vectors with u^T v = 1."""
    return U / np.sum(U * V, axis=0)


def null_vectors(A: Array, w: Array, like: Array) -> Array:
    """A solution of (A - lambda I) v = 0 for each lambda by SVD, scaled like a given one."""
    columns = []
    for value, v in zip(w, like.T, strict=True):
        n = np.linalg.svd(A - value * np.eye(len(A)))[2][-1].conj()
        largest = np.argmax(np.abs(v))
        columns.append(n * v[largest] / n[largest])
    return np.array(columns).T


@claim("eigen-definitions")
def eigen_definitions(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    w, U, V = eigensystem(A)
    yield Check(
        stated=V * w,
        referees={"matrix product": A @ V, "null vectors": null_vectors(A, built, V) * built},
        wrong={"eigenvalues in another order": V * w[::-1], "rows for columns": V.T * w},
    )
    yield Check(
        stated=(U * w).T,
        referees={
            "matrix product": U.T @ A,
            "null vectors": (null_vectors(A.T, built, U) * built).T,
        },
        wrong={
            "conjugate transpose (E42)": U.conj().T @ A,
            "right eigenvectors for left ones": V.T @ A,
        },
    )


@claim("eigen-normalisation")
def eigen_normalisation(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    null = null_vectors(A.T, built, U)
    yield Check(
        stated=scaled(U, V),
        referees={
            "null vectors": null / np.sum(null * V, axis=0),
            "rows of the inverse of V": inv(V).T,
        },
        wrong={
            "both of length 1 (E44)": U,
            "scaled with a conjugate": U / np.sum(U.conj() * V, axis=0).conj(),
        },
    )
    simple, rotation, block, mixed = (
        np.array(M, dtype=object)
        for M in (
            [[2, 1], [0, 3]],
            [[0, 1], [-1, 0]],
            [[0, 1], [0, 0]],
            [[5, 1, 0], [0, 5, 0], [0, 2, 1]],
        )
    )
    pairs: list[tuple[Array, Any]] = [
        (simple, 2),
        (rotation, 1j),
        (block, 0),
        (mixed, 5),
        (mixed, 1),
    ]
    yield Check(
        stated=[True, True, False, False, True],
        referees={
            "null vectors": [_can_be_scaled(A.astype(float), value) for A, value in pairs],
            "simple zeros of det(zI - A)": [_is_simple(A, value) for A, value in pairs],
        },
        wrong={
            "always possible (E44)": [True] * 5,
            "real eigenvalues only": [True, False, False, False, True],
        },
    )

    # Repeated eigenvalues: semisimple, with blocks of sizes 2 and 1, and with one block.
    S = regular(rng, 3)
    repeated = [S @ J @ inv(S) for J in (np.diag([3.0, 3, 1]), _blocks(2, 1), _blocks(3))]
    kernels = [np.linalg.matrix_rank(B - 3 * np.eye(3), tol=1e-8) for B in repeated]
    twice = [
        np.linalg.matrix_rank(np.linalg.matrix_power(B - 3 * np.eye(3), 2), tol=1e-8)
        for B in repeated
    ]
    yield Check(
        stated=[True, True, False],
        referees={
            "null vectors": [_can_be_scaled(B, 3) for B in repeated],
            # the number of blocks of size 1
            "ranks of (A - 3I)^k": [3 - 2 * a + b > 0 for a, b in zip(kernels, twice, strict=True)],
        },
        wrong={
            "impossible for every defective one (E44)": [True, False, False],
            "impossible for every repeated one": [False] * 3,
        },
    )


def _blocks(*sizes: int) -> Array:
    """Jordan blocks of these sizes for the eigenvalue 3."""
    ends = np.cumsum(sizes)[:-1] - 1
    above = np.ones(sum(sizes) - 1)
    above[ends] = 0
    return 3 * np.eye(sum(sizes)) + np.diag(above, 1)


def _can_be_scaled(A: Array, value: complex) -> bool:
    """Whether some left and some right eigenvector have u^T v different from 0."""
    left, right = (_kernel(M - value * np.eye(len(A))) for M in (A.T, A))
    return bool(np.abs(left.T @ right).max() > 1e-6)


def _kernel(M: Array) -> Array:
    _, s, Vh = np.linalg.svd(M)
    return Vh[s < 1e-8 * max(1.0, s[0])].conj().T


def _is_simple(A: Array, value: complex) -> bool:
    coefficients = exact_coefficients(expansion, fractions(-A), np.eye(len(A), dtype=int), len(A))
    slope = sum(k * complex(c) * value ** (k - 1) for k, c in enumerate(coefficients) if k)
    return bool(abs(slope) > 1e-8)


@claim("eigen-expression")
def eigen_expression(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    characteristic = np.real(circle_coefficients(det, -A, np.eye(4), 4))  # det(zI - A)
    yield Check(
        stated=np.sum(scaled(U, V) * (A @ V), axis=0),
        referees={
            "eigenvalues it was built from": built,
            "zeros of det(zI - A)": in_order(np.roots(characteristic[::-1])),
        },
        wrong={
            "both of length 1 (E44)": np.sum(U * (A @ V), axis=0),
            "conjugated left vectors": np.sum(scaled(U, V).conj() * (A @ V), axis=0),
        },
    )


class Moving:
    """A(t) = S(t) diag(l(t)) S(t)^-1: eigenvalues and normalised pairs known at every t."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.S = regular(rng, 3), 0.5 * normal(rng, 3, 3)
        self.l = np.array([-2.0, 0.5, 3.0]), *rng.uniform(0.5, 1.0, (2, 3))
        self.t = 0.2

    def right(self, t: Any) -> Any:
        return self.S[0] + t * self.S[1]

    def left(self, t: Any) -> Any:
        return inv(self.right(t)).T

    def values(self, t: Any) -> Any:
        return self.l[0] + t * self.l[1] + t * t * self.l[2]

    def matrix(self, t: Any) -> Any:
        return (self.right(t) * self.values(t)) @ inv(self.right(t))

    def rate(self, f: Callable[[Any], Any]) -> Array:
        return complex_step(f, self.t, 1.0)


def forms(U: Array, M: Array, V: Array) -> Array:
    """u_i^T M v_i for each i."""
    return np.sum(U * (M @ V), axis=0)


@claim("eigen-product-rule")
def eigen_product_rule(rng: np.random.Generator) -> Iterator[Check]:
    m = Moving(rng)
    t, A, U, V = m.t, m.matrix(m.t), m.left(m.t), m.right(m.t)
    dA, dU, dV = m.rate(m.matrix), m.rate(m.left), m.rate(m.right)
    order = np.argsort(eigvals(A))
    yield Check(
        stated=forms(dU, A, V) + forms(U, dA, V) + forms(U, A, dV),
        referees={
            "eigenvalues it was built from": m.l[1] + 2 * t * m.l[2],
            "five-point differences": five_point(
                lambda t: np.sort(eigvals(m.matrix(t)).real), t, 1.0, h=FINE
            ),
        },
        wrong={
            "last term forgotten": forms(dU, A, V) + forms(U, dA, V),
            "first term forgotten": forms(U, dA, V) + forms(U, A, dV),
        },
        table=lambda: differential(lambda t: eig(m.matrix(t))[0], t, 1.0)[order],
    )


@claim("eigen-cancellation")
def eigen_cancellation(rng: np.random.Generator) -> Iterator[Check]:
    m = Moving(rng)
    A, U, V, values = m.matrix(m.t), m.left(m.t), m.right(m.t), m.values(m.t)
    dU, dV = m.rate(m.left), m.rate(m.right)

    def unit(vectors: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda t: vectors(t) / np.sqrt(np.sum(vectors(t) ** 2, axis=0))

    lengths = m.rate(lambda t: np.sum(unit(m.left)(t) * unit(m.right)(t), axis=0))
    first, second = forms(dU, A, V), forms(U, A, dV)
    slow = five_point(m.left, m.t, 1.0)
    yield Check(
        stated=-second,
        referees={"complex step": first, "five-point differences": forms(slow, A, V)},
        wrong={
            "the two terms are equal": second,
            "each of the two vanishes": np.zeros(3),
            "lengths kept instead of u^T v (E44)": values * lengths - second,
        },
    )


def in_time(A: Array, H: Array, value: complex) -> Any:
    """The slope of det(value I - A - tH) at t = 0."""
    return circle_coefficients(lambda X: det(value * np.eye(len(A)) - X), A, H, 1)[1]


def implicit_slopes(A: Array, H: Array, values: Array) -> Array:
    """Slopes of simple eigenvalues: det(lambda(t) I - A - tH) stays zero."""
    others = [np.prod(value - np.delete(values, k)) for k, value in enumerate(values)]
    return -np.array([in_time(A, H, value) for value in values]) / others


@claim("eigenvalue-derivative")
def eigenvalue_derivative(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    H = normal(rng, 4, 4)
    w, U, V = eigensystem(A)
    order = np.lexsort((eigvals(A).imag, eigvals(A).real))
    yield Check(
        stated=forms(scaled(U, V), H, V),
        referees={
            "five-point differences": five_point(lambda X: in_order(eigvals(X)), A, H, h=FINE),
            "characteristic polynomial": implicit_slopes(A, H, built),
        },
        wrong={
            "both of length 1 (E44)": forms(U, H, V),
            "right vector on both sides": forms(V.conj(), H, V),
            "conjugated left vectors": forms(scaled(U, V).conj(), H, V),
        },
        table=lambda: differential(lambda X: eig(X)[0], A, H)[order],
    )


@claim("eigenvalue-gradient")
def eigenvalue_gradient(rng: np.random.Generator) -> Iterator[Check]:
    A, built = spread(rng)
    _, U, V = eigensystem(A)
    u, v = scaled(U, V)[:, -1].real, V[:, -1].real  # the largest one is real
    largest = int(np.argmax(eigvals(A).real))
    C = cofactors(built[-1].real * np.eye(4) - A)
    differences = partials(
        lambda X: np.max(eigvals(X).real), A, lambda f, X, H: five_point(f, X, H, h=FINE)
    )
    yield Check(
        stated=np.outer(u, v),
        referees={"five-point differences": differences, "cofactors": C / np.trace(C)},
        wrong={
            "transposed": np.outer(v, u),
            "v on both sides": np.outer(v, v) / (v @ v),
            "u of length 1 (E44)": np.outer(u, v) / np.linalg.norm(u),
        },
        table=lambda: gradient(lambda X: np.real(eig(X)[0][largest]), A),
    )
    yield Check(
        stated=np.linalg.norm(u) * np.linalg.norm(v),
        referees={
            "five-point differences": np.linalg.norm(differences),
            "angle between left and right": 1 / abs(U[:, -1] @ V[:, -1]),
        },
        wrong={"length 1": 1.0},
    )


@claim("eigenvalue-symmetric")
def eigenvalue_symmetric(rng: np.random.Generator) -> Iterator[Check]:
    Q, _ = np.linalg.qr(normal(rng, 4, 4))
    A = (Q * (np.array([-2.0, -0.5, 1.0, 3.0]) + rng.uniform(-0.2, 0.2, 4))) @ Q.T
    A = (A + A.T) / 2
    H = symmetric(rng, 4)
    w, V = np.linalg.eigh(A)
    yield Check(
        stated=forms(V, H, V),
        referees={
            "five-point differences": five_point(np.linalg.eigvalsh, A, H, h=FINE),
            "characteristic polynomial": implicit_slopes(A, H, w).real,
        },
        wrong={
            "v of length 2": 4 * forms(V, H, V),
            "diagonal of H": np.diag(H),
        },
        table=lambda: differential(np.linalg.eigvalsh, A, H),
    )


@claim("eigenvalue-crossing", draws=1)
def eigenvalue_crossing(rng: np.random.Generator) -> Iterator[Check]:
    times = np.array([0.125, -0.125])  # after and before
    matrices = [np.array([[0.0, t], [t, 0.0]]) for t in times]
    zeros = [np.sort(np.roots([1.0, 0.0, -(t**2)])) for t in times]
    yield Check(
        stated=np.array([[-1.0, 1.0], [1.0, -1.0]]),
        referees={
            "eigenvalues": np.array([np.linalg.eigvalsh(M) for M in matrices]) / times[:, None],
            "zeros of z^2 - t^2": np.array(zeros) / times[:, None],
        },
        wrong={
            "the formula with e_1 and e_2 (E43)": np.zeros((2, 2)),
            "the slopes of one side on both": np.array([[-1.0, 1.0], [-1.0, 1.0]]),
        },
    )


@claim("eigenvalue-defective")
def eigenvalue_defective(rng: np.random.Generator) -> Iterator[Check]:
    mu, nu = rng.uniform(-0.5, 0.5), rng.uniform(2.0, 3.0)
    S = regular(rng, 3)
    A = S @ np.array([[mu, 1.0, 0.0], [0.0, mu, 0.0], [0.0, 0.0, nu]]) @ inv(S)
    v, u = S[:, 0], inv(S)[1]  # and w = S[:, 1]
    H, speed = normal(rng, 3, 3), signed(rng, 0.5, 1.5)
    H = H + (speed - u @ H @ v) * np.outer(u, v) / (u @ u) / (v @ v)  # now u^T H v = speed

    def half_distance_squared(X: Array) -> float:
        z = eigvals(X)
        a, b = z[np.argsort(np.abs(z - mu))[:2]]
        return (((a - b) / 2) ** 2).real

    bend = circle_coefficients(det, mu * np.eye(3) - A, np.eye(3), 2)[2].real
    yield Check(
        stated=u @ H @ v,
        referees={
            "five-point differences": five_point(half_distance_squared, A, H, h=FINE),
            "characteristic polynomial": -in_time(A, H, mu).real / bend,
        },
        wrong={
            "lambda moves in proportion to t": 0.0,
            "sign lost": -u @ H @ v,
        },
    )
    times = np.array([1 / 4, 1 / 9, 4.0])
    yield Check(
        stated=np.array([[-1 / 2, 1 / 2], [-1 / 3, 1 / 3], [-2.0, 2.0]]),
        referees={
            "eigenvalues": [np.sort(eigvals(np.array([[0.0, 1.0], [t, 0.0]]))) for t in times],
            "zeros of z^2 - t": [np.sort(np.roots([1.0, 0.0, -t])) for t in times],
        },
        wrong={
            "proportional to t": np.array([-times, times]).T,
            "not moving (E43)": np.zeros((3, 2)),
        },
    )
