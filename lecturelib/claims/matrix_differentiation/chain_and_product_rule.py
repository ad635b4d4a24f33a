"""Checks of the claims of the page "Chain rule and product rule"."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import derivative
from ..checking import Check, claim, outside
from ..draws import fractions, full_rank, normal, rational, regular
from ..referees import complex_step, five_point, jacobian
from .shared import Function, by_matrix, entrywise, exact_change

# -- Chain and product rule -----------------------------------------------------------------------


@claim("eq-15-chain-rule")
def chain_rule(rng: np.random.Generator) -> Iterator[Check]:
    X, H = full_rank(rng, 4, 3), normal(rng, 4, 3)

    def composed(X):
        return np.linalg.inv(X.T @ X)

    Y = composed(X)
    yield Check(
        stated=-Y @ (H.T @ X + X.T @ H) @ Y,
        referees={
            "complex step": complex_step(composed, X, H),
            "five-point differences": five_point(composed, X, H, h=2.0**-11),
        },
        wrong={
            "derivative of X^T X left out": -Y @ (H.T @ H) @ Y,
            "factors in commuting order": -2 * X.T @ H @ Y @ Y,
        },
        table=lambda: (derivative(np.linalg.inv, X.T @ X) @ derivative(lambda X: X.T @ X, X))[H],
    )

    # The outer derivative belongs to g(x). Here x has the same shape, and would be accepted.
    (x, h), B, C = normal(rng, 2, 3), regular(rng, 3) / 2, regular(rng, 3) / 2

    def g(x):
        return np.sin(B @ x)

    def f(y):
        return np.tanh(C @ y)

    def dg(x, h):
        return np.cos(B @ x) * (B @ h)

    def df(y, k):
        return (1 - np.tanh(C @ y) ** 2) * (C @ k)

    yield Check(
        stated=df(g(x), dg(x, h)),
        referees={
            "complex step": complex_step(lambda x: f(g(x)), x, h),
            "five-point differences": five_point(lambda x: f(g(x)), x, h, h=2.0**-11),
        },
        wrong={
            "outer derivative taken at x (E21)": df(x, dg(x, h)),
            "composed in the other order": dg(x, df(g(x), h)),
        },
        table=lambda: (derivative(f, g(x)) @ derivative(g, x))[h],
    )

    # As operators, and so as matrices: J(f o g) = J(f at g(x)) J(g at x), of shapes that tell.
    D, E = regular(rng, 3)[:2], normal(rng, 3, 4)
    z = normal(rng, 4)

    def inner(z):
        return np.sin(E @ z)

    def outer(y):
        return np.tanh(D @ y)

    def outer_matrix(y):
        return (1 - np.tanh(D @ y) ** 2)[:, None] * D

    inner_matrix = np.cos(E @ z)[:, None] * E
    yield Check(
        stated=outer_matrix(inner(z)) @ inner_matrix,
        referees={
            "complex step": jacobian(lambda z: outer(inner(z)), z),
            "five-point differences": jacobian(lambda z: outer(inner(z)), z, five_point),
        },
        wrong={
            "outer derivative taken at x (E21)": outer_matrix(z[:3]) @ inner_matrix,
            "transposed factors in the other order": inner_matrix.T @ outer_matrix(inner(z)).T,
        },
        table=lambda: (derivative(outer, inner(z)) @ derivative(inner, z)).matrix(),
    )

    # x1^3 x2 / (x1^4 + x2^2) has the slope 0 along every line through 0, a linear map. Along the
    # curve (t, c t^2), whose velocity at 0 is (1, 0), its slope is c / (1 + c^2).
    c = Fraction(int(rng.integers(1, 6)))

    def along_curve(t):
        x1, x2 = t, c * t * t
        return x1**3 * x2 / (x1**4 + x2**2)

    t = Fraction(1, 1000)
    yield Check(
        stated=c / (1 + c * c),
        referees={
            "exact fractions": along_curve(t) / t,  # the quotient does not depend on t
            "five-point differences": five_point(lambda t: along_curve(t.item()), 0.0, 1.0),
        },
        wrong={"chain rule without Fréchet": Fraction(0)},
    )


@claim("eq-16-product-rule")
def product_rule(rng: np.random.Generator) -> Iterator[Check]:
    X, H, A, C = (rational(rng, *shape) for shape in [(4, 3), (4, 3), (4, 4), (4, 5)])
    F, G = X.T @ A @ X, X.T @ C
    dF, dG = H.T @ A @ X + X.T @ A @ H, H.T @ C
    yield exact_change(
        lambda X, A, C: (X.T @ A @ X) @ (X.T @ C),
        X,
        H,
        (A, C),
        3,
        dF @ G + F @ dG,
        {"derivatives multiplied": dF @ dG, "one term": dF @ G},
    )
    S, K = rational(rng, 2, 3, 3)
    yield exact_change(lambda S: S @ S, S, K, (), 2, K @ S + S @ K, {"2 S dS": 2 * S @ K})
    u, v = rational(rng, 2, 3), rational(rng, 2, 3)
    yield exact_change(
        lambda u: np.kron(u, u),
        u,
        v,
        (),
        2,
        np.kron(v, u) + np.kron(u, v),
        {"2 kron(u, du)": 2 * np.kron(u, v)},
    )
    P, Q = rational(rng, 2, 4, 2)
    yield exact_change(
        lambda u, P, Q: (P @ u) * (Q @ u),
        u,
        v,
        (P, Q),
        2,
        (P @ v) * (Q @ u) + (P @ u) * (Q @ v),
        {"derivatives multiplied": (P @ v) * (Q @ v), "one term": (P @ v) * (Q @ u)},
    )


# -- Adjoints -------------------------------------------------------------------------------------


@claim("adjoint-definition")
def adjoint_definition(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = normal(rng, 2, 4), normal(rng, 3, 4), normal(rng, 2, 3)

    def first(H):  # (4, 3) to (2, 4)
        return A @ H @ B + C @ H.T

    def second(Z):  # (2, 4) to (4, 4)
        return A.T @ Z + Z.T @ A

    G, S = normal(rng, 2, 4), normal(rng, 4, 4)
    stated = A.T @ G @ B.T + G.T @ C
    yield Check(
        stated=stated,
        referees={  # the one L*[G] whose products with all H are right
            "products with the unit matrices": by_units(first, G, (4, 3)),
            "transposed matrix on vec": by_matrix(first, G, (4, 3)),
        },
        wrong={
            "second term forgotten": A.T @ G @ B.T,
            "transposes of H and of C both left out": A.T @ G @ B.T + (G.T @ C).reshape(3, 4).T,
        },
        table=lambda: derivative(first, np.zeros((4, 3))).T[G],
    )
    middle = A @ S + A @ S.T  # the second adjoint at S
    yield Check(
        stated=A.T @ middle @ B.T + middle.T @ C,
        referees={
            "products with the unit matrices": by_units(lambda H: second(first(H)), S, (4, 3)),
            "transposed matrix on vec": by_matrix(lambda H: second(first(H)), S, (4, 3)),
        },
        wrong={"one transpose forgotten on the way": A.T @ (2 * A @ S) @ B.T + (2 * A @ S).T @ C},
        table=lambda: derivative(lambda H: second(first(H)), np.zeros((4, 3))).T[S],
    )


def by_units(L: Function, G: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The array whose inner product with every unit array E is <G, L[E]>."""
    out = np.zeros(shape)
    for index in np.ndindex(shape):
        E = np.zeros(shape)
        E[index] = 1.0
        out[index] = entrywise(G, L(E))
    return out


def by_the_table(L: Function, G: Any, shape: tuple[int, ...]) -> np.ndarray:
    return derivative(L, np.zeros(shape)).T[G]


@claim("adjoints-of-linear-steps")
def adjoints_of_linear_steps(rng: np.random.Generator) -> Iterator[Check]:
    A, B = normal(rng, 2, 4), normal(rng, 3, 5)
    steps: list[tuple[Function, tuple[int, ...], Any, Any, dict[str, Any]]] = []
    G = normal(rng, 2, 3)
    steps.append((lambda H: A @ H, (4, 3), G, A.T @ G, {}))
    G = normal(rng, 4, 5)
    steps.append((lambda H: H @ B, (4, 3), G, G @ B.T, {}))
    G = normal(rng, 3, 4)
    steps.append((lambda H: H.T, (4, 3), G, G.T, {"not transposed": G}))
    g = rng.uniform(1, 2)
    ones = {"spread over all entries": g * np.ones((4, 4))}
    steps.append((np.trace, (4, 4), g, g * np.eye(4), ones))
    # Used twice: H goes to (H, H), and what comes back, G1 and G2, need not be equal.
    G1, G2 = normal(rng, 2, 4, 3)
    doubled = {"G + G for G1 + G2": G1 + G1, "the last one wins": G2}
    steps.append((lambda H: np.stack([H, H]), (4, 3), np.stack([G1, G2]), G1 + G2, doubled))
    for step, shape, G, stated, wrong in steps:
        yield Check(
            stated=stated,
            referees={
                "products with the unit matrices": by_units(step, G, shape),
                "transposed matrix on vec": by_matrix(step, G, shape),
            },
            wrong={"sign changed": -stated, **wrong},
            table=functools.partial(by_the_table, step, G, shape),
        )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("eq-15-chain-rule", "f has linear slopes along the lines through g(x), and no more")
def chain_rule_by_lines(rng: np.random.Generator) -> Iterator[Check]:
    c = rng.uniform(1, 2)

    def along_curve(t: Any) -> Any:  # f has the slope 0 along every line through 0
        x1, x2 = t, c * t * t
        return x1**3 * x2 / (x1**4 + x2**2)

    yield Check(
        stated=0.0,
        referees={
            "quotient": along_curve(1e-3) / 1e-3,  # which does not depend on t
            "five-point differences": five_point(lambda t: along_curve(t.item()), 0.0, 1.0),
        },
    )


@outside("eq-16-product-rule", "the product is not linear in its second factor")
def product_with_a_square(rng: np.random.Generator) -> Iterator[Check]:
    (x, h), A, B = normal(rng, 2, 3), normal(rng, 4, 3), normal(rng, 4, 3)

    def f(x: Any) -> Any:
        return (A @ x) * (B @ x) ** 2

    yield Check(
        stated=(A @ h) * (B @ x) ** 2 + (A @ x) * (B @ h) ** 2,
        referees={
            "complex step": complex_step(f, x, h),
            "five-point differences": five_point(f, x, h),
        },
    )


@outside(
    "eq-16-product-rule", "p . q = p'(1) q(1) on polynomials of every degree, max norm on [0, 1]"
)
def product_that_is_not_continuous(rng: np.random.Generator) -> Iterator[Check]:
    c, times = abs(rational(rng, 1)[0]), [Fraction(1, n) for n in (10, 1000, 10**6)]

    def f(t: Fraction) -> tuple[Fraction, int]:  # c t^2 x^(1/t): of norm c t^2, so that f'(0) = 0
        return c * t * t, int(1 / t)

    # times the constant polynomial 1: (a x^k) . 1 = a k
    quotients = [a * k / t for t in times for a, k in [f(t)]]
    yield Check(
        stated=fractions([0, 0, 0]),
        referees={
            "difference quotients": np.array(quotients, dtype=object),
            "by hand": np.array([c, c, c], dtype=object),
        },
        bounds={"by hand": 0.0},
    )


@outside(
    "adjoint-definition", "p -> p(1) on polynomials of every degree: no adjoint serves them all"
)
def adjoint_in_infinite_dimension(rng: np.random.Generator) -> Iterator[Check]:
    n, G = int(rng.integers(1, 5)), rng.uniform(0.5, 2)
    # the polynomial q of degree n with int_0^1 q p = G p(1) for each p of degree n (Legendre)
    q = np.polynomial.Legendre(G * np.arange(1.0, 2 * n + 2, 2), domain=[0, 1])
    one_more = np.polynomial.Polynomial([0, 1]) ** (n + 1)
    product = (q.convert(kind=np.polynomial.Polynomial) * one_more).integ()
    nodes, weights = np.polynomial.legendre.leggauss(n + 2)
    nodes = (nodes + 1) / 2
    yield Check(
        stated=G * one_more(1.0),  # <G, L[H]>, and <L*[G], H> below
        referees={
            "integrated": product(1.0) - product(0.0),
            "quadrature": np.sum(weights / 2 * q(nodes) * one_more(nodes)),
        },
    )


@outside("adjoint-definition", "L is not linear")
def adjoint_of_a_square(rng: np.random.Generator) -> Iterator[Check]:
    G, H = normal(rng, 3, 3), normal(rng, 4, 3)
    G = G @ G.T  # so that the product below is not near 0
    once, twice = entrywise(G, H.T @ H), entrywise(G, (2 * H).T @ (2 * H))
    yield Check(
        stated=2 * once,  # <L*[G], 2H>, twice <L*[G], H>
        referees={"twice the direction": twice, "columns": 4 * np.trace(H @ G @ H.T)},
    )


@outside("adjoints-of-linear-steps", "the inner product of H has weights")
def adjoint_with_weights(rng: np.random.Generator) -> Iterator[Check]:
    A, G, w = normal(rng, 2, 4), normal(rng, 2, 3), np.arange(2.0, 6.0)
    yield Check(
        stated=A.T @ G,
        referees={  # sum of w_i M_ij H_ij = <G, AH> for every H
            "products with the unit matrices": by_units(lambda H: A @ H, G, (4, 3)) / w[:, None],
            "transposed matrix on vec": by_matrix(lambda H: A @ H, G, (4, 3)) / w[:, None],
        },
    )


@outside("adjoints-of-linear-steps", "for pairs the mean of the two inner products")
def adjoint_of_pairs_by_the_mean(rng: np.random.Generator) -> Iterator[Check]:
    G = normal(rng, 2, 4, 3)
    yield Check(
        stated=G[0] + G[1],
        referees={
            "products with the unit matrices": by_units(lambda H: np.stack([H, H]), G, (4, 3)) / 2
        },
    )
