"""Checks of the claims of the page "Derivative as a linear operator"."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...calculus import derivative, differential, jacobian_matrix
from ..checking import Check, claim, outside
from ..draws import normal, positive_definite, rational, regular
from ..referees import (
    circle,
    complex_step,
    exact_coefficients,
    five_point,
    jacobian,
    one_sided_along,
    partials,
)
from .shared import WHOLE, Function, first_power, remainder_order


def _images(operator: Function, m: int, n: int) -> np.ndarray:
    """The matrix of a linear operator on (m, n) matrices: its columns are the images of units."""
    columns = []
    for j in range(n):
        for i in range(m):
            E = np.zeros((m, n))
            E[i, j] = 1.0
            columns.append(np.asarray(operator(E)).ravel(order="F"))
    return np.stack(columns, axis=1)


@claim("example-f-Ax-matrix")
def example_f_ax_matrix(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    A, dA, x = normal(rng, m, n), normal(rng, m, n), normal(rng, n)

    def f(A: Any) -> Any:
        return A @ x

    yield Check(
        stated=dA @ x,
        referees={
            "complex step": complex_step(f, A, dA),
            "five-point differences": five_point(f, A, dA),
            "entry by entry": [sum(dA[i, j] * x[j] for j in range(n)) for i in range(m)],
        },
        wrong={"A for dA": A @ x, "x forgotten": dA.sum(axis=1)},
        table=lambda: differential(f, A, dA),
    )
    K = np.kron(x[None, :], np.eye(m))
    yield Check(
        stated=K,
        referees={"complex step": jacobian(f, A), "images of the unit matrices": _images(f, m, n)},
        wrong={
            "x itself (E08)": x[:, None],
            "rows stacked instead of columns": np.kron(np.eye(m), x[None, :]),
        },
        table=lambda: jacobian_matrix(f, A),
    )


@claim("vec-of-a-product")
def vec_of_a_product(rng: np.random.Generator) -> Iterator[Check]:
    A, X, B = (rational(rng, *shape) for shape in [(2, 4), (4, 3), (3, 5)])
    yield Check(
        stated=np.kron(B.T, A) @ X.ravel(order="F"),
        referees={
            "columns of the product": np.concatenate([A @ X @ column for column in B.T]),
            "entry by entry": [
                sum(A[i, k] * X[k, j] * B[j, l] for k in range(4) for j in range(3))
                for l in range(5)
                for i in range(2)
            ],
        },
        wrong={
            "B not transposed, of the same size": np.kron(B.reshape(5, 3), A) @ X.ravel(order="F"),
            "factors exchanged": np.kron(A, B.T) @ X.ravel(order="F"),
            "X stacked by rows": np.kron(B.T, A) @ X.ravel(),
        },
    )
    # As a matrix, a column for each entry of X.
    a, b = A.astype(float), B.astype(float)
    yield Check(
        stated=np.kron(b.T, a),
        referees={
            "complex step": jacobian(lambda X: a @ X @ b, np.zeros((4, 3))),
            "images of the unit matrices": _images(lambda H: a @ H @ b, 4, 3),
        },
        wrong={"factors exchanged": np.kron(a, b.T)},
        table=lambda: jacobian_matrix(lambda X: a @ X @ b, np.zeros((4, 3))),
    )


@outside("vec-of-a-product", "rows are stacked, not columns")
def vec_of_a_product_by_rows(rng: np.random.Generator) -> Iterator[Check]:
    A, X, B = (rational(rng, *shape) for shape in [(2, 4), (4, 3), (3, 5)])
    yield Check(
        stated=np.kron(B.T, A) @ X.ravel(),
        referees={"rows of the product": np.concatenate([row @ X @ B for row in A])},
    )


@claim("right-is-not-left")
def right_is_not_left(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    beta = rng.uniform(1, 2)
    candidates = [beta * np.eye(n), np.diag(beta + np.arange(n)), normal(rng, n, n)]
    H = normal(rng, m, n)

    def distance(B: np.ndarray) -> float:
        """How far H -> HB is from the nearest H -> CH, C fitted to the images of the units."""
        goal = np.kron(B.T, np.eye(m)).ravel()
        units = np.eye(m * m).reshape(m * m, m, m)
        basis = np.stack([np.kron(np.eye(n), C).ravel() for C in units], axis=1)
        C = np.linalg.lstsq(basis, goal, rcond=None)[0]
        return float(np.linalg.norm(basis @ C - goal))

    def keeps_columns(B: np.ndarray) -> bool:
        """C E_ij has its nonzero column where E_ij has it, and the same for every j."""
        images = [np.outer(np.eye(m)[0], e) @ B for e in np.eye(n)]
        columns = np.stack([Y[:, j] for j, Y in enumerate(images)])
        rest = sum(np.abs(np.delete(Y, j, axis=1)).sum() for j, Y in enumerate(images))
        return bool(rest < 1e-12 and np.ptp(columns, axis=0).max() < 1e-12)

    yield Check(
        stated=[True, False, False],
        referees={
            "nearest left multiplication": [distance(B) < 1e-10 for B in candidates],
            "units kept in their columns": [keeps_columns(B) for B in candidates],
        },
        wrong={"the factor simply moved to the other side": [True, True, True]},
    )
    # All pairs (B, C) with HB = CH for every H: one dimension, (I, I).
    pairs = []
    for B in np.eye(n * n).reshape(n * n, n, n):
        pairs.append(np.kron(B.T, np.eye(m)).ravel())
    for C in np.eye(m * m).reshape(m * m, m, m):
        pairs.append(-np.kron(np.eye(n), C).ravel())
    gram = np.array(pairs) @ np.array(pairs).T
    yield Check(
        stated=1,
        referees={
            "singular values": int(
                np.sum(np.linalg.svd(np.array(pairs), compute_uv=False) < 1e-10)
            ),
            "eigenvalues": int(np.sum(np.linalg.eigvalsh(gram) < 1e-10)),
        },
        wrong={"diagonal B allowed": n},
    )
    B, C = normal(rng, n, n), normal(rng, m, m)
    yield Check(
        stated=H @ B,
        referees={
            "entry by entry": [
                [sum(H[i, k] * B[k, j] for k in range(n)) for j in range(n)] for i in range(m)
            ],
            "complex step": complex_step(lambda X: X @ B, C[:, :n], H),
            "five-point differences": five_point(lambda X: X @ B, C[:, :n], H),
        },
        wrong={"moved to the left": C @ H},
        table=lambda: differential(lambda X: X @ B, C[:, :n], H),
    )


def _geometric(Y: np.ndarray, H: np.ndarray) -> list[np.ndarray]:
    """The first two terms of (Y^-1 + tH)^-1 after Y, out of the equation (I + tYH) Z = Y."""
    zero = np.zeros_like(H)
    top = np.hstack([np.eye(len(Y)), zero, zero])
    middle = np.hstack([Y @ H, np.eye(len(Y)), zero])
    last = np.hstack([zero, Y @ H, np.eye(len(Y))])
    terms = np.linalg.solve(np.vstack([top, middle, last]), np.vstack([Y, zero, zero]))
    return [terms[len(Y) : 2 * len(Y)], terms[2 * len(Y) :]]


@claim("eq-3-linear-operator")
def eq_3_linear_operator(rng: np.random.Generator) -> Iterator[Check]:
    X, H, K = regular(rng, 3), normal(rng, 3, 3), normal(rng, 3, 3)
    a, inv = rng.uniform(1.5, 2.5), np.linalg.inv
    Y = inv(X)
    yield Check(
        stated=-Y @ (a * H + K) @ Y,
        referees={
            "one step along aH + K": complex_step(inv, X, a * H + K),
            "two steps, combined": a * complex_step(inv, X, H) + complex_step(inv, X, K),
            "five-point differences": five_point(inv, X, a * H + K, 2.0**-11),
        },
        wrong={
            "increments for differentials": a * (inv(X + H) - inv(X)) + inv(X + K) - inv(X),
            "scalar squared": a**2 * complex_step(inv, X, H) + complex_step(inv, X, K),
        },
        table=lambda: derivative(inv, X)[a * H + K],
    )
    # (X + tH)^-1 can be expanded: Y - t YHY + t^2 YHYHY - ...
    half = H / (4 * np.linalg.norm(H) * np.linalg.norm(Y))  # far inside the disc of convergence
    yield Check(
        stated=[-Y @ half @ Y, Y @ half @ Y @ half @ Y],
        referees={
            "circle in the complex plane": [
                circle(inv, X, half, k) / (1.0, 2.0)[k - 1] for k in (1, 2)
            ],
            "partial sums": _geometric(Y, half),
        },
        wrong={
            "signs that do not alternate": [-Y @ half @ Y, -Y @ half @ Y @ half @ Y],
            "nothing after the first term": [-Y @ half @ Y, 0 * Y],
        },
    )


@claim("operator-form-left")
def operator_form_left(rng: np.random.Generator) -> Iterator[Check]:
    A, X, H = normal(rng, 3, 3), normal(rng, 3, 3), normal(rng, 3, 3)

    def f(X: Any) -> Any:
        return A @ X

    yield Check(
        stated=A @ H,
        referees={
            "complex step": complex_step(f, X, H),
            "five-point differences": five_point(f, X, H),
        },
        wrong={"factor on the other side": H @ A},
        table=lambda: differential(f, X, H),
    )
    C, Z = normal(rng, 4, 3), normal(rng, 3, 2)  # of other shapes: I is as wide as X

    def g(X: Any) -> Any:
        return C @ X

    yield Check(
        stated=np.kron(np.eye(2), C),
        referees={"complex step": jacobian(g, Z), "images of the unit matrices": _images(g, 3, 2)},
        wrong={"Kronecker factors exchanged": np.kron(C, np.eye(2))},
        table=lambda: jacobian_matrix(g, Z),
    )


@claim("operator-form-right")
def operator_form_right(rng: np.random.Generator) -> Iterator[Check]:
    B, X, H = normal(rng, 3, 3), normal(rng, 3, 3), normal(rng, 3, 3)

    def f(X: Any) -> Any:
        return X @ B

    yield Check(
        stated=H @ B,
        referees={
            "complex step": complex_step(f, X, H),
            "five-point differences": five_point(f, X, H),
        },
        wrong={"factor on the other side": B @ H},
        table=lambda: differential(f, X, H),
    )
    C, Z = normal(rng, 3, 3), normal(rng, 4, 3)  # of another shape: I is as high as X

    def g(X: Any) -> Any:
        return X @ C

    yield Check(
        stated=np.kron(C.T, np.eye(4)),
        referees={"complex step": jacobian(g, Z), "images of the unit matrices": _images(g, 4, 3)},
        wrong={"transpose forgotten": np.kron(C, np.eye(4))},
        table=lambda: jacobian_matrix(g, Z),
    )


def _root(P: np.ndarray) -> np.ndarray:
    values, V = np.linalg.eigh(P)
    return (V * np.sqrt(values)) @ V.T


def _has_real_root(P: np.ndarray) -> bool:
    """Whether the complex root of a symmetric P gives P again when its imaginary part is lost."""
    values, V = np.linalg.eigh(P)
    real = np.real((V * np.sqrt(values.astype(complex))) @ V.T)
    return bool(np.allclose(real @ real, P))


def _commute(A: np.ndarray, B: np.ndarray) -> bool:
    return bool(np.allclose(A @ B, B @ A))


def _one_form(S: np.ndarray) -> bool:
    """Whether PH, HP and SHS, with P = SS, are one operator: by their matrices."""
    P, I = S @ S, np.eye(len(S))
    left = np.kron(I, P)
    return bool(np.allclose(left, np.kron(P.T, I)) and np.allclose(left, np.kron(S.T, S)))


def _one_image(S: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    """The same by one H = a b^T: PH = (Pa) b^T, HP = a (Pb)^T, SHS = (Sa)(Sb)^T."""
    left, right = np.outer(S @ S @ a, b), np.outer(a, S @ S @ b)
    return bool(np.allclose(left, right) and np.allclose(left, np.outer(S @ a, S @ b)))


@claim("operator-form-sandwich")
def operator_form_sandwich(rng: np.random.Generator) -> Iterator[Check]:
    P, X, H = positive_definite(rng, 3), normal(rng, 3, 3), normal(rng, 3, 3)
    S = _root(P)

    def f(X: Any) -> Any:
        return S @ X @ S

    yield Check(
        stated=S @ H @ S,
        referees={
            "complex step": complex_step(f, X, H),
            "five-point differences": five_point(f, X, H),
        },
        wrong={"the left form P dX (E09)": P @ H, "the right form dX P (E09)": H @ P},
        table=lambda: differential(f, X, H),
    )
    yield Check(
        stated=np.kron(S, S),
        referees={"complex step": jacobian(f, X), "images of the unit matrices": _images(f, 3, 3)},
        wrong={"P on one side (E09)": np.kron(np.eye(3), P)},
        table=lambda: jacobian_matrix(f, X),
    )
    p = P[0, 0]
    same = p * np.eye(3)  # a multiple of I: the three forms are one
    forms = [_root(same) @ H @ _root(same), same @ H, H @ same]
    yield Check(
        stated=p * H,
        referees={"left form": forms[1], "right form": forms[2], "sandwich": forms[0]},
        wrong={"only one root": np.sqrt(p) * H},
    )
    # diag(1, 2) and its root commute, as every P does with its root, and the forms differ.
    # So they do for a root of I that is not positive semidefinite.
    roots = [p * np.eye(2), np.diag([1.0, np.sqrt(2.0)]), np.diag([1.0, -1.0]), _root(P)[:2, :2]]
    yield Check(
        stated=[[True, True], [True, False], [True, False], [True, False]],
        referees={  # does S commute with P = SS? are the three forms one?
            "one matrix on vec": [[_commute(S, S @ S), _one_form(S)] for S in roots],
            "images of a column times a row": [
                [_commute(S @ S, S), _one_image(S, normal(rng, 2), normal(rng, 2))] for S in roots
            ],
        },
        wrong={"one form because P and S commute": [[True, True]] * 4},
    )
    # A real symmetric root exists exactly where no eigenvalue is negative.
    D = [np.diag(d) for d in ([1.0, 2.0, 3.0], [0.0, 1.0, 2.0], [-1.0, 1.0, 2.0])]
    conjugated = [S @ d @ S for d in D]  # the signs of the eigenvalues stay
    sampled = normal(rng, 3, 4000)
    lowest = [np.min(np.sum(sampled * (M @ sampled), axis=0)) for M in conjugated]
    yield Check(
        stated=[True, True, False],
        referees={
            "signs of the eigenvalues": [
                bool(np.linalg.eigvalsh(M)[0] > -1e-12) for M in conjugated
            ],
            "signs in sampled directions": [bool(low > -1e-12) for low in lowest],
            "real part of the root, squared": [_has_real_root(M) for M in conjugated],
        },
        wrong={"a root for every matrix (E09)": [True, True, True]},
    )


@claim("linearity-axiom")
def linearity_axiom(rng: np.random.Generator) -> Iterator[Check]:
    A, B = normal(rng, 4, 3), normal(rng, 3, 4)
    H, K, a = normal(rng, 4, 3), normal(rng, 4, 3), rng.uniform(1.5, 2.5)
    maps: list[Function] = [
        lambda H: B @ H,
        lambda H: H.T @ A + A.T @ H,
        lambda H: np.sum(A * H),
        lambda H: B @ (A + H),
        lambda H: H.T @ H,
        lambda H: np.linalg.norm(H),
    ]

    def superposes(L: Function) -> bool:
        return bool(np.allclose(L(a * H + K), a * np.asarray(L(H)) + L(K), rtol=1e-10))

    def has_a_matrix(L: Function) -> bool:
        image = _images(L, 4, 3) @ H.ravel(order="F")
        return bool(np.allclose(image, np.asarray(L(H)).ravel(order="F"), rtol=1e-10))

    yield Check(
        stated=[True, True, True, False, False, False],
        referees={
            "aH + K in one go": [superposes(L) for L in maps],
            "matrix of the images": [has_a_matrix(L) for L in maps],
        },
        wrong={
            "affine maps counted as linear": [True, True, True, True, False, False],
            "scaling alone": [True, True, True, False, False, True],
        },
    )


def _cubic(X: Any) -> Any:
    return X.T @ X @ X.T


def _cubic_derivative(X: np.ndarray, H: np.ndarray) -> np.ndarray:
    return H.T @ X @ X.T + X.T @ H @ X.T + X.T @ X @ H.T


@claim("prop-frechet")
def prop_frechet(rng: np.random.Generator) -> Iterator[Check]:
    X, H = normal(rng, 4, 3), normal(rng, 4, 3)
    yield Check(
        stated=_cubic_derivative(X, H),
        referees={
            "complex step": complex_step(_cubic, X, H),
            "five-point differences": five_point(_cubic, X, H),
        },
        wrong={
            "middle factor held constant": H.T @ X @ X.T + X.T @ X @ H.T,
            "the increment": _cubic(X + H) - _cubic(X),
        },
        table=lambda: differential(_cubic, X, H),
    )
    found = complex_step(_cubic, X, H)
    less = found - X.T @ H @ X.T
    yield Check(
        stated=[2.0, 1.0],  # with the derivative, and with one term of it lost
        referees={
            "order of the remainder": [
                remainder_order(_cubic, X, H, found),
                remainder_order(_cubic, X, H, less),
            ],
            "first power of t": [
                first_power(_cubic, X, H, found),
                first_power(_cubic, X, H, less),
            ],
        },
        wrong={"any linear operator will do (E10)": [2.0, 2.0]},
        bounds=WHOLE,
    )


@claim("frechet-uniqueness")
def frechet_uniqueness(rng: np.random.Generator) -> Iterator[Check]:
    A, X = rational(rng, 3, 3), rational(rng, 3, 3)
    H, K = rational(rng, 3, 3), rational(rng, 3, 3)
    H[0, 0] = K[0, 0] = Fraction(41, 4)  # neither direction nor disturbance is zero

    def f(X: Any) -> Any:
        return X @ A @ X

    L = H @ A @ X + X @ A @ H
    others = [L, L * Fraction(101, 100), L + K]
    plain, X1, H1 = A.astype(float), X.astype(float), H.astype(float)

    def floating(X: Any) -> Any:
        return X @ plain @ X

    def lowest_power(M: np.ndarray) -> float:
        c = exact_coefficients(f, X, H, 2)
        c[1] = c[1] - M
        return float(next(k for k in (1, 2) if np.any(c[k] != 0)))

    yield Check(
        stated=[2.0, 1.0, 1.0],  # the derivative, then two operators that differ from it
        referees={
            "exact fractions": [lowest_power(M) for M in others],
            "order of the remainder": [
                remainder_order(floating, X1, H1, M.astype(float)) for M in others
            ],
        },
        wrong={"a second derivative close to the first": [2.0, 2.0, 1.0]},
    )
    yield Check(
        stated=L,
        referees={
            "exact fractions": exact_coefficients(f, X, H, 2)[1],
            "complex step": complex_step(floating, X1, H1),
        },
        wrong={"off by a thousandth": L * Fraction(1001, 1000)},
        table=lambda: differential(floating, X1, H1),
    )


@claim("footnote-matrix-representation")
def footnote_matrix_representation(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    X, H = normal(rng, m, n), normal(rng, m, n)
    swap = np.zeros((m * n, m * n))  # vec(H^T) = swap vec(H)
    for i, j in np.ndindex(m, n):
        swap[i * n + j, j * m + i] = 1.0

    def gram(X: Any) -> Any:
        return X.T @ X

    J = np.kron(np.eye(n), X.T) + np.kron(X.T, np.eye(n)) @ swap
    yield Check(
        stated=J,
        referees={
            "complex step": jacobian(gram, X),
            "images of the unit matrices": _images(lambda H: H.T @ X + X.T @ H, m, n),
        },
        wrong={
            "order of the entries of H^T forgotten": np.kron(np.eye(n), X.T)
            + np.kron(X.T, np.eye(n)),
            "rows stacked": np.kron(X.T, np.eye(n)) + np.kron(np.eye(n), X.T) @ swap.T,
        },
        table=lambda: jacobian_matrix(gram, X),
    )
    yield Check(
        stated=(J @ H.ravel(order="F")).reshape(n, n, order="F"),
        referees={
            "complex step": complex_step(gram, X, H),
            "five-point differences": five_point(gram, X, H),
        },
        wrong={"rows stacked": (J @ H.ravel()).reshape(n, n)},
        table=lambda: differential(gram, X, H),
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("example-f-Ax-matrix", "x depends on A")
def factor_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    A, dA, b = normal(rng, 4, 3), normal(rng, 4, 3), normal(rng, 4)

    def f(A: Any) -> Any:
        return A @ (A.T @ b)

    yield Check(
        stated=dA @ (A.T @ b),
        referees={
            "complex step": complex_step(f, A, dA),
            "five-point differences": five_point(f, A, dA),
        },
    )


@outside("example-f-Ax-matrix", "vec stacks rows")
def matrix_by_rows(rng: np.random.Generator) -> Iterator[Check]:
    A, x = normal(rng, 4, 3), normal(rng, 3)
    yield Check(
        stated=np.kron(x[None, :], np.eye(4)),
        referees={
            "complex step": partials(lambda A: A @ x, A).reshape(4, 12),
            "five-point differences": partials(lambda A: A @ x, A, five_point).reshape(4, 12),
        },
    )


@outside("example-f-Ax-matrix", "n = 1")
def factor_that_is_a_number(rng: np.random.Generator) -> Iterator[Check]:
    x, columns = normal(rng, 1), normal(rng, 4, 6)  # six dA of one column each
    images = np.stack([column[:, None] @ x for column in columns.T], axis=1)
    C = images @ np.linalg.pinv(columns)  # the matrix nearest to one with C dA = dA x
    yield Check(
        stated=False,  # that a matrix before dA does it
        referees={
            "fitted matrix": bool(np.allclose(C @ columns, images)),
            "x I": bool(np.allclose(x[0] * np.eye(4) @ columns, images)),
        },
    )


@outside("right-is-not-left", "HB = CH for one H alone")
def right_is_left_for_one(rng: np.random.Generator) -> Iterator[Check]:
    H, B = regular(rng, 3), normal(rng, 3, 3)
    C = H @ B @ np.linalg.inv(H)
    K = normal(rng, 3, 3)
    yield Check(
        stated=bool(np.allclose(H @ B, C @ H)),  # it is so, and B should be a multiple of I
        referees={
            "entries": bool(np.allclose(B, B[0, 0] * np.eye(3))),
            "another matrix": bool(np.allclose(K @ B, B @ K)),
        },
    )


@outside("operator-form-left", "A depends on X")
def left_factor_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    X, H = normal(rng, 4, 3), normal(rng, 4, 3)
    yield Check(
        stated=X.T @ H,
        referees={
            "complex step": complex_step(lambda X: X.T @ X, X, H),
            "five-point differences": five_point(lambda X: X.T @ X, X, H),
        },
    )


@outside("operator-form-right", "B depends on X")
def right_factor_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    X, H = normal(rng, 4, 3), normal(rng, 4, 3)
    yield Check(
        stated=H @ X.T,
        referees={
            "complex step": complex_step(lambda X: X @ X.T, X, H),
            "five-point differences": five_point(lambda X: X @ X.T, X, H),
        },
    )


@outside("operator-form-sandwich", "S depends on X")
def sandwich_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    S, H = positive_definite(rng, 3), normal(rng, 3, 3)  # at X = S
    yield Check(
        stated=S @ H @ S,
        referees={
            "complex step": complex_step(lambda X: X @ X @ X, S, H),
            "five-point differences": five_point(lambda X: X @ X @ X, S, H),
        },
    )


@outside("operator-form-sandwich", "S is not symmetric")
def sandwich_without_symmetry(rng: np.random.Generator) -> Iterator[Check]:
    S, X = regular(rng, 3), normal(rng, 3, 3)

    def f(X: Any) -> Any:
        return S @ X @ S

    yield Check(
        stated=np.kron(S, S),
        referees={"complex step": jacobian(f, X), "images of the unit matrices": _images(f, 3, 3)},
    )


@outside("operator-form-sandwich", "S has a negative eigenvalue")
def sandwich_of_a_reflection(rng: np.random.Generator) -> Iterator[Check]:
    beta, v = rng.uniform(1, 2), normal(rng, 3)
    S = np.sqrt(beta) * (np.eye(3) - 2 * np.outer(v, v) / (v @ v))  # P = SS = beta I
    a, b = normal(rng, 2, 3)
    yield Check(
        stated=True,  # the three operators are one
        referees={"one matrix on vec": _one_form(S), "one column times a row": _one_image(S, a, b)},
    )


@outside("operator-form-sandwich", "P has a negative eigenvalue")
def sandwich_without_a_root(rng: np.random.Generator) -> Iterator[Check]:
    Q = positive_definite(rng, 3)
    P = Q @ np.diag([-rng.uniform(0.1, 1), 1.0, 2.0]) @ Q
    x = np.linalg.solve(Q, np.eye(3)[0])  # x^T P x < 0, and |Sx|^2 cannot be
    yield Check(
        stated=True,  # P has a real symmetric root
        referees={
            "real part of the root, squared": _has_real_root(P),
            "a value of the form": bool(x @ P @ x >= 0),
        },
    )


@outside("prop-frechet", "L gives the slope along each line, and no more")
def linear_slopes_without_a_derivative(rng: np.random.Generator) -> Iterator[Check]:
    c = Fraction(int(rng.integers(1, 6)))

    def quotient(t: Fraction) -> float:  # (f(H) - L[H]) / |H|, with L = 0, at H = (t, c t^2)
        x1, x2 = t, c * t * t
        return float(x1**3 * x2 / (x1**4 + x2**2)) / float(np.hypot(float(x1), float(x2)))

    yield Check(
        stated=0.0,
        referees={
            "exact fractions": quotient(Fraction(1, 10**9)),
            "limit on the parabola": float(c / (1 + c * c)),
        },
    )


@outside("eq-3-linear-operator", "f has a corner at X")
def operator_at_a_corner(rng: np.random.Generator) -> Iterator[Check]:
    H, X = normal(rng, 4, 3), np.zeros((4, 3))
    yield Check(
        stated=-np.linalg.norm(H),  # L[-H] = -L[H], where L[H] is the slope of the norm along H
        referees={
            "slope along -H": one_sided_along(np.linalg.norm, X, -H),
            "largest singular values": np.sqrt(np.sum(np.linalg.svd(H, compute_uv=False) ** 2)),
        },
    )


@outside("eq-3-linear-operator", "an eigenvalue of X^-1 dX is longer than 1")
def series_beyond(rng: np.random.Generator) -> Iterator[Check]:
    X, H = regular(rng, 3), normal(rng, 3, 3)
    Y = np.linalg.inv(X)
    dX = 1.05 * H / np.max(np.abs(np.linalg.eigvals(Y @ H)))
    total = term = Y
    for _ in range(400):
        term = -Y @ dX @ term
        total = total + term
    yield Check(stated=total, referees={"NumPy's inverse": np.linalg.inv(X + dX)})


@outside("footnote-matrix-representation", "rows are stacked on both sides")
def gram_matrix_by_rows(rng: np.random.Generator) -> Iterator[Check]:
    m, n = 4, 3
    X = normal(rng, m, n)
    swap = np.zeros((m * n, m * n))  # vec(H^T) = swap vec(H)
    for i, j in np.ndindex(m, n):
        swap[i * n + j, j * m + i] = 1.0

    def gram(X: Any) -> Any:
        return X.T @ X

    yield Check(
        stated=np.kron(np.eye(n), X.T) + np.kron(X.T, np.eye(n)) @ swap,
        referees={
            "complex step": partials(gram, X).reshape(n * n, m * n),
            "five-point differences": partials(gram, X, five_point).reshape(n * n, m * n),
        },
    )
