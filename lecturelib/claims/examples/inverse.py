"""Checks of the claims of the page "The inverse"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...calculus import derivative, differential, jacobian_matrix, second_derivative, taylor
from ..checking import Check, claim, outside
from ..draws import fractions, full_rank, normal, rational, regular
from ..referees import (
    circle,
    circle_coefficients,
    complex_step,
    five_point,
    jacobian,
    mixed_difference,
    partials,
    second_difference,
)
from .shared import cofactors, expansion

inv, det, eig, eigvals = np.linalg.inv, np.linalg.det, np.linalg.eig, np.linalg.eigvals


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


@outside("inverse-identity", "A is wide, and not square")
def inverse_identity_wide(rng: np.random.Generator) -> Iterator[Check]:
    A = full_rank(rng, 3, 4)
    Y = np.linalg.pinv(A)  # A Y = I
    other = np.vstack([inv(A[:, :3]), np.zeros(3)])  # and A times this is I, too
    yield Check(stated=np.eye(4), referees={"product the other way round": Y @ A})
    yield Check(stated=Y, referees={"a second solution": other})


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


@outside("inverse-neumann", "|t| is a little above 1/rho")
def inverse_neumann_beyond(rng: np.random.Generator) -> Iterator[Check]:
    A, H = regular(rng, 3), normal(rng, 3, 3)
    step = inv(A) @ H
    t = 1.05 / np.max(np.abs(eigvals(step)))
    total = term = inv(A)
    for _ in range(400):
        term = -t * step @ term
        total = total + term
    moved = A + t * H
    yield Check(
        stated=total,
        referees={"NumPy's inverse": inv(moved), "Cramer's rule": cofactors(moved).T / det(moved)},
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


@outside("inverse-vec", "vec stacks rows")
def inverse_vec_by_rows(rng: np.random.Generator) -> Iterator[Check]:
    A = regular(rng, 3)
    Y = inv(A)
    yield Check(
        stated=np.kron(-Y.T, Y),
        referees={
            "complex step": partials(inv, A).reshape(9, 9),
            "five-point differences": partials(inv, A, five_point).reshape(9, 9),
        },
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


def _largest_change(A: Any, p: Any, q: Any, ratio: float) -> Iterator[Check]:
    """What is stated of the largest change, and the change of the inverse along p q^T."""
    sigma = np.linalg.svd(A)[1]
    change = np.linalg.norm(five_point(inv, A, np.outer(p, q)), 2)
    yield Check(
        stated=np.array([1 / sigma[-1] ** 2, sigma[0] / sigma[-1]]),
        referees={"five-point differences": change * np.array([1.0, ratio])},
    )


@outside("inverse-sensitivity", "A is complex")
def inverse_sensitivity_complex(rng: np.random.Generator) -> Iterator[Check]:
    A = full_rank(rng, 4, 4) + 1j * normal(rng, 4, 4) / 2
    left, sigma, right = np.linalg.svd(A)
    q = right[-1].conj()  # A q = sigma_n p; and p q^T, without a conjugate, is not the worst
    yield from _largest_change(A, left[:, -1], q, sigma[0] * sigma[-1])


@outside("inverse-sensitivity", "q belongs to the next singular value")
def inverse_sensitivity_next(rng: np.random.Generator) -> Iterator[Check]:
    A = regular(rng, 4) / 2
    left, sigma, right = np.linalg.svd(A)
    yield from _largest_change(A, left[:, -2], right[-2], sigma[0] * sigma[-1])


@outside("inverse-sensitivity", "p is longer than 1")
def inverse_sensitivity_longer(rng: np.random.Generator) -> Iterator[Check]:
    A = regular(rng, 4) / 2
    left, sigma, right = np.linalg.svd(A)
    yield from _largest_change(A, 1.1 * left[:, -1], right[-1], sigma[0] * sigma[-1])


@outside("inverse-sensitivity", "the relative change is measured in Frobenius norms")
def inverse_sensitivity_frobenius(rng: np.random.Generator) -> Iterator[Check]:
    A = regular(rng, 4) / 2
    left, _, right = np.linalg.svd(A)
    ratio = float(np.linalg.norm(A) / np.linalg.norm(inv(A)))
    yield from _largest_change(A, left[:, -1], right[-1], ratio)
