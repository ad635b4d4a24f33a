"""Checks of the claims of the page "Differentiate by matrices"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...calculus import differential
from ..checking import Check, claim, outside
from ..draws import (
    fractions,
    full_rank,
    normal,
    positive_definite,
    rational,
    regular,
    skew,
    symmetric,
)
from ..referees import complex_step, exact_coefficients, jacobian, order
from .shared import (
    Function,
    each,
    entrywise,
    exact_change,
    only_shape,
    partials_alone,
    ray,
    slopes,
    unlike_pair,
    weighted_gradient,
    whole_gradient,
)


@claim("matrix-directional-derivative")
def matrix_directional_derivative(rng: np.random.Generator) -> Iterator[Check]:
    X, H = rational(rng, 4, 3), rational(rng, 4, 3)
    yield exact_change(
        lambda X: X @ X.T @ X,
        X,
        H,
        (),
        3,
        H @ X.T @ X + X @ H.T @ X + X @ X.T @ H,
        {
            "3 X X^T H as for numbers": 3 * X @ X.T @ H,
            "middle factor left out": H @ X.T @ X + X @ X.T @ H,
        },
    )


@claim("example-Ax-matrix-differential")
def matrix_times_vector(rng: np.random.Generator) -> Iterator[Check]:
    A, dA = rational(rng, 4, 3), rational(rng, 4, 3)
    x = fractions([*unlike_pair(rng), "1/2"])
    yield exact_change(
        lambda A, x: A @ x,
        A,
        dA,
        (x,),
        1,
        dA @ x,
        {
            "value A x in place of its change": A @ x,
            "row x^T dA^T": x[None] @ dA.T,
            "product without the sum": dA * x,
        },
    )


@claim("example-AtA")
def gram_matrix(rng: np.random.Generator) -> Iterator[Check]:
    A, dA = rational(rng, 4, 3), rational(rng, 4, 3)

    def f(A):
        return A.T @ A

    stated = dA.T @ A + A.T @ dA
    wrong = {"2 A^T dA": 2 * A.T @ dA, "whole difference (E16)": f(A + dA) - f(A)}
    yield exact_change(f, A, dA, (), 2, stated, wrong)
    at, along, linear = (M.astype(float) for M in (A, dA, stated))
    c = exact_coefficients(f, A, dA, 2)
    left_over = [c[0] - f(A), c[1] - stated, c[2]]  # times 1, t, t^2
    yield Check(
        stated=2.0,
        referees={
            "order of the remainder": order(lambda t: f(at + t * along) - f(at) - t * linear),
            "exact fractions": float(min(k for k in range(3) if (left_over[k] != 0).any())),
        },
        wrong={"first order": 1.0},
    )


@claim("eq-11-trace")
def trace_definition(rng: np.random.Generator) -> Iterator[Check]:
    matrices, basis = normal(rng, 3, 4, 4), regular(rng, 4)
    inverse = np.linalg.inv(basis)
    yield Check(
        stated=each(lambda A: sum(A[i, i] for i in range(4)), matrices),
        referees={
            "eigenvalues": each(lambda A: np.sum(np.linalg.eigvals(A)).real, matrices),
            "complex step": each(  # det(I + tA) = 1 + t tr A + ...
                lambda A: complex_step(np.linalg.det, np.eye(4), A), matrices
            ),
            "diagonal in another basis": each(
                lambda A: np.sum(np.diag(inverse @ A @ basis)), matrices
            ),
        },
        wrong={
            "sum of all entries": each(np.sum, matrices),
            "other diagonal": each(lambda A: np.sum(np.diag(A[::-1])), matrices),
        },
    )


@claim("trace-transpose")
def trace_transpose(rng: np.random.Generator) -> Iterator[Check]:
    matrices = normal(rng, 3, 4, 4)
    yield Check(
        stated=each(lambda A: np.trace(A.T), matrices),
        referees={
            "entry by entry": each(lambda A: entrywise(A, np.eye(4)), matrices),
            "eigenvalues": each(lambda A: np.sum(np.linalg.eigvals(A)).real, matrices),
        },
        wrong={"sign changed": each(lambda A: -np.trace(A), matrices)},
    )
    A, B = rational(rng, 4, 3), rational(rng, 3, 4)
    yield Check(
        stated=np.trace(B.T @ A.T),
        referees={"exact fractions": np.trace(A @ B), "entry by entry": entrywise(A, B.T)},
        wrong={"trace taken factor by factor": np.trace(A[:3]) * np.trace(B[:, :3])},
    )


@claim("trace-cyclic")
def trace_cyclic(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = rational(rng, 2, 3), rational(rng, 3, 4), rational(rng, 4, 2)
    triples = np.ndindex(2, 3, 4)  # no matrix product, and no order of the factors
    total = sum(A[i, j] * B[j, k] * C[k, i] for i, j, k in triples)
    yield Check(
        stated=fractions([np.trace(C @ A @ B), np.trace(B @ C @ A)]),
        referees={
            "exact fractions": fractions([np.trace(A @ B @ C)] * 2),
            "entry by entry": fractions([total] * 2),
        },
    )
    square = rational(rng, 3, 3, 3, 3)
    yield Check(
        stated=[np.trace(C @ A @ B) for A, B, C in square],
        referees={
            "exact fractions": [np.trace(A @ B @ C) for A, B, C in square],
            "eigenvalues": [
                np.sum(np.linalg.eigvals((A @ B @ C).astype(float))).real for A, B, C in square
            ],
        },
        wrong={"ACB for ABC (E17)": [np.trace(A @ C @ B) for A, B, C in square]},
    )
    # The order of the picture, A B C, B C A, C A B: the first factor goes to the back.
    ring = [("A", A), ("B", B), ("C", C)]
    turned = [ring[k:] + ring[:k] for k in range(3)]
    back = [ring]
    for _ in range(2):
        back.append([*back[-1][1:], back[-1][0]])
    front = [ring]
    for _ in range(2):
        front.append([front[-1][-1], *front[-1][:-1]])

    def names(products: Any) -> list[str]:
        return ["".join(name for name, _ in factors) for factors in products]

    yield Check(
        stated=["ABC", "BCA", "CAB"],
        referees={
            "first factor to the back": names(back),
            "ring read from each factor on": names(turned),
            "sizes 2, 3, 4 of the squares": [
                next(
                    name
                    for name, [(_, M), *_] in zip(names(turned), turned, strict=True)
                    if len(M) == size
                )
                for size in (2, 3, 4)
            ],
        },
        wrong={"last factor to the front": names(front)},
    )


def trace_form(A: Any, B: Any) -> Function:
    return lambda X: np.trace(X.T @ A @ X @ B)


@claim("example-trace-first")
def trace_example(rng: np.random.Generator) -> Iterator[Check]:
    X, directions = normal(rng, 4, 3), normal(rng, 3, 4, 3)
    A, B = symmetric(rng, 4), symmetric(rng, 3)
    yield slopes(
        trace_form(A, B),
        X,
        directions,
        lambda H: 2 * np.trace(H.T @ A @ X @ B),
        {"Tr{H^T AXB} without the 2": lambda H: np.trace(H.T @ A @ X @ B)},
    )
    M, N = normal(rng, 4, 4), normal(rng, 3, 3)
    yield slopes(
        trace_form(M, N),
        X,
        directions,
        lambda H: np.trace(H.T @ (M @ X @ N + M.T @ X @ N.T)),
        {"2 Tr{H^T AXB} for general A and B": lambda H: 2 * np.trace(H.T @ M @ X @ N)},
    )


def of_a_matrix(rng: np.random.Generator) -> tuple[Function, np.ndarray, np.ndarray]:
    """u^T X v + det(X^T X), a point X of shape (4, 3), and the partial derivatives there."""
    X, u, v = full_rank(rng, 4, 3), normal(rng, 4), normal(rng, 3)
    S = X.T @ X
    G = np.outer(u, v) + 2 * np.linalg.det(S) * X @ np.linalg.inv(S)
    return lambda X: u @ X @ v + np.linalg.det(X.T @ X), X, G


@claim("eq-12-matrix-total-differential")
def matrix_total_differential(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    yield slopes(
        f,
        X,
        normal(rng, 3, 4, 3),
        lambda dX: np.trace(G.T @ dX),
        {
            "reshaped instead of transposed": lambda dX: np.trace(G.reshape(3, 4) @ dX),
            "all entries of the product added": lambda dX: np.sum(G.T @ dX),
        },
    )


@claim("frobenius-action")
def frobenius_action(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    directions, P = normal(rng, 3, 4, 3), G.T

    def traces(M):  # whether Tr{M dX} can be formed
        rows, columns = (M @ np.zeros((4, 3))).shape
        return rows == columns

    row, dX = jacobian(f, X).ravel(), directions[0]
    slope = complex_step(f, X, dX)

    def refilled(M):  # the row of the Jacobian, with an entry of M after the other
        if M.size != row.size or not traces(M):
            return False
        return np.isclose(np.trace(row.reshape(M.shape) @ dX), slope)

    yield Check(
        stated=np.array([3, 4]),
        referees={
            "the only shape that multiplies": np.array(only_shape(traces)),
            "row of the Jacobian, refilled": np.array(only_shape(refilled)),
        },
        wrong={"shape of X": np.array([4, 3])},
        bounds={"the only shape that multiplies": 0.0, "row of the Jacobian, refilled": 0.0},
    )
    yield Check(
        stated=each(lambda dX: entrywise(P.T, dX), directions),
        referees={
            "trace of the product": each(lambda dX: np.trace(P @ dX), directions),
            "complex step": each(lambda dX: complex_step(f, X, dX), directions),
        },
        # twelve numbers each, so that NumPy's ravel pairs them without complaint
        wrong={"no transpose (E18)": each(lambda dX: entrywise(P, dX), directions)},
        table=lambda: each(lambda dX: differential(f, X, dX), directions),
    )


@claim("inner-product-axioms")
def inner_product_axioms(rng: np.random.Generator) -> Iterator[Check]:
    W, low = positive_definite(rng, 3), full_rank(rng, 3, 2)
    kernel = np.linalg.svd(low.T)[2][-1]  # low^T kernel = 0
    skewed = np.diag([1.0, 2.0, 3.0]) + np.triu(np.ones((3, 3)), 1)
    table: list[tuple[Function, list[bool]]] = [  # symmetric, linear in the first slot, positive
        (lambda x, y: x @ y, [True, True, True]),
        (lambda x, y: x @ W @ y, [True, True, True]),
        (lambda x, y: x @ np.diag([1.0, 1.0, -1.0]) @ y, [True, True, False]),
        (lambda x, y: (low.T @ x) @ (low.T @ y), [True, True, False]),
        (lambda x, y: x @ skewed @ y, [False, True, True]),
        (lambda x, y: np.abs(x) @ np.abs(y), [True, False, True]),
    ]
    forms, answers = [form for form, _ in table], np.array([answer for _, answer in table])
    x, y, z = normal(rng, 3, 3)

    def by_samples(form):
        linear = np.isclose(form(2 * x + y, z), 2 * form(x, z) + form(y, z))
        linear = linear and np.isclose(form(-x, z), -form(x, z))
        positive = all(form(p, p) > 1e-9 for p in (*np.eye(3), kernel, x, y, z))
        return [np.isclose(form(x, y), form(y, x)), linear, positive]

    def by_matrix(form):
        """From the matrix of the form in the standard basis, if that gives the form again."""
        M = np.array([[form(p, q) for q in np.eye(3)] for p in np.eye(3)])
        linear = all(np.isclose(form(p, y), p @ M @ y) for p in (x, -x))
        return [np.allclose(M, M.T), linear, np.linalg.eigvalsh(M + M.T)[0] > 1e-9]

    let_in, assumed = answers.copy(), answers.copy()
    let_in[3, 2], assumed[4, 0] = True, True
    yield Check(
        stated=answers,
        referees={
            "sampled vectors": each(by_samples, forms),
            "matrix of the form": each(by_matrix, forms),
        },
        wrong={"semidefinite form let in": let_in, "symmetry taken for granted": assumed},
        bounds={"sampled vectors": 0.0, "matrix of the form": 0.0},
    )


@claim("eq-13-frobenius-inner-product")
def frobenius_inner_product(rng: np.random.Generator) -> Iterator[Check]:
    X, Y = rational(rng, 4, 3), rational(rng, 4, 3)
    U, V = X.astype(float), Y.astype(float)
    polarized = (np.linalg.norm(U + V) ** 2 - np.linalg.norm(U - V) ** 2) / 4
    yield Check(
        stated=np.array([np.trace(X.T @ Y), np.trace(X.T @ X)]),
        referees={
            "exact fractions": np.array([entrywise(X, Y), entrywise(X, X)]),
            "lengths of sum and difference": np.array([polarized, np.linalg.norm(U) ** 2]),
        },
        wrong={
            "all entries of X^T Y added": np.array([np.sum(X.T @ Y), np.sum(X.T @ X)]),
            "product of two traces": np.array([np.trace(X) * np.trace(Y), np.trace(X) ** 2]),
        },
    )


@claim("eq-14-gradient-matrix")
def gradient_matrix(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    doubled = G[[0, 1, 2, 1]]
    yield whole_gradient(
        f,
        X,
        G,
        {"transposed (numerator layout)": G.T, "second row again as the last (E20)": doubled},
    )
    yield slopes(
        f,
        X,
        normal(rng, 3, 4, 3),
        lambda dX: np.trace(G.T @ dX),
        {
            "X in place of dX (E19)": lambda dX: entrywise(G, X),
            "second row again as the last (E20)": lambda dX: entrywise(doubled, dX),
        },
    )


@claim("gradient-trace-XtAXB")
def gradient_of_trace(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = normal(rng, 4, 3), symmetric(rng, 4), symmetric(rng, 3)
    M, N = normal(rng, 4, 4), normal(rng, 3, 3)
    yield whole_gradient(trace_form(A, B), X, 2 * A @ X @ B, {"AXB without the 2": A @ X @ B})
    yield whole_gradient(
        trace_form(M, N),
        X,
        M @ X @ N + M.T @ X @ N.T,
        {"2AXB for general A and B": 2 * M @ X @ N},
    )


# -- Outside of the conditions --------------------------------------------------------------------


@outside("example-Ax-matrix-differential", "x depends on A")
def factor_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    A, dA, b = normal(rng, 4, 3), normal(rng, 1, 4, 3), normal(rng, 4)
    yield slopes(lambda A: A @ (A.T @ b), A, dA, lambda H: H @ (A.T @ b), {})


@outside("trace-cyclic", "two of the factors change places")
def factors_change_places(rng: np.random.Generator) -> Iterator[Check]:
    A, B, C = rational(rng, 3, 3, 3)
    yield Check(
        stated=np.trace(A @ C @ B),
        referees={
            "exact fractions": np.trace(A @ B @ C),
            "entry by entry": sum(A[i, j] * B[j, k] * C[k, i] for i, j, k in np.ndindex(3, 3, 3)),
        },
    )


def not_symmetric(rng: np.random.Generator, which: str) -> tuple[np.ndarray, ...]:
    """X, A and B, one of which is not symmetric, and not far from it."""
    X, A, B = normal(rng, 4, 3), symmetric(rng, 4), symmetric(rng, 3)
    if which == "A":
        return X, A + skew(rng, 4) / 4, B
    return X, A, B + skew(rng, 3) / 4


def that_depends(B: Any) -> Function:
    """The trace with A = X X^T."""
    return lambda X: np.trace(X.T @ X @ X.T @ X @ B)


@outside("example-trace-first", "A is not symmetric")
def trace_example_without_a(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = not_symmetric(rng, "A")
    directions = normal(rng, 3, 4, 3)
    yield slopes(trace_form(A, B), X, directions, lambda H: 2 * np.trace(H.T @ A @ X @ B), {})


@outside("example-trace-first", "B is not symmetric")
def trace_example_without_b(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = not_symmetric(rng, "B")
    directions = normal(rng, 3, 4, 3)
    yield slopes(trace_form(A, B), X, directions, lambda H: 2 * np.trace(H.T @ A @ X @ B), {})


@outside("example-trace-first", "A depends on X")
def trace_example_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    X, B, directions = normal(rng, 4, 3), symmetric(rng, 3), normal(rng, 3, 4, 3)
    yield slopes(that_depends(B), X, directions, lambda H: 2 * np.trace(H.T @ X @ X.T @ X @ B), {})


def along_a_line(rng: np.random.Generator) -> Check:
    """Tr{G^T dX}, G the partial derivatives, of x11^3 / (x11^2 + x12^2) at 0."""
    dX = normal(rng, 4, 3)
    dX[0, :2] = rng.uniform(1, 2, 2)
    G = np.zeros((4, 3))
    G[0, 0] = 1.0
    return partials_alone(lambda X: ray(X[0]), dX, np.trace(G.T @ dX))


@outside("eq-12-matrix-total-differential", "f has all partial derivatives at X, and no more")
def total_differential_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("frobenius-action", "denominator layout: the matrix stands as X does")
def action_in_denominator_layout(rng: np.random.Generator) -> Iterator[Check]:
    X, C, directions = normal(rng, 3, 3), normal(rng, 3, 3), normal(rng, 3, 3, 3)
    P = (X @ C + C @ X).T  # of Tr{C X X}, the partial derivative by x_ij in row i, column j
    yield slopes(lambda X: np.trace(C @ X @ X), X, directions, lambda dX: np.trace(P @ dX), {})


@outside("eq-13-frobenius-inner-product", "the matrices are complex")
def complex_matrices(rng: np.random.Generator) -> Iterator[Check]:
    X = normal(rng, 4, 3) + 1j * normal(rng, 4, 3)
    yield Check(
        stated=np.trace(X.T @ X),  # of X with itself, the square of its length
        referees={
            "real and imaginary parts": np.sum(X.real**2 + X.imag**2),
            "NumPy's norm": np.linalg.norm(X) ** 2,
        },
    )


@outside("eq-14-gradient-matrix", "f has all partial derivatives at X, and no more")
def gradient_of_partials(rng: np.random.Generator) -> Iterator[Check]:
    yield along_a_line(rng)


@outside("eq-14-gradient-matrix", "another inner product, Tr{X^T W Y}")
def gradient_for_another_product(rng: np.random.Generator) -> Iterator[Check]:
    f, X, G = of_a_matrix(rng)
    yield weighted_gradient(rng, f, X, G)


@outside("gradient-trace-XtAXB", "A is not symmetric")
def gradient_of_trace_without_a(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = not_symmetric(rng, "A")
    yield whole_gradient(trace_form(A, B), X, 2 * A @ X @ B, {})


@outside("gradient-trace-XtAXB", "B is not symmetric")
def gradient_of_trace_without_b(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = not_symmetric(rng, "B")
    yield whole_gradient(trace_form(A, B), X, 2 * A @ X @ B, {})


@outside("gradient-trace-XtAXB", "A depends on X")
def gradient_of_trace_that_depends(rng: np.random.Generator) -> Iterator[Check]:
    X, B = normal(rng, 4, 3), symmetric(rng, 3)
    yield whole_gradient(that_depends(B), X, 2 * X @ X.T @ X @ B, {})


@outside("gradient-trace-XtAXB", "another inner product, Tr{X^T W Y}")
def gradient_of_trace_for_another_product(rng: np.random.Generator) -> Iterator[Check]:
    X, A, B = normal(rng, 4, 3), symmetric(rng, 4), symmetric(rng, 3)
    yield weighted_gradient(rng, trace_form(A, B), X, 2 * A @ X @ B)
