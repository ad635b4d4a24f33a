"""Typical wrong derivatives, each with the name of its slip: material to test a checker with.

A student hands in a gradient, a differential, a Jacobian or a Hessian as a function of the inputs.
Three lists of such answers:

SLIPS   30 wrong answers, each with the kind of slip that it is, a word of KINDS;
RIGHT   8 right answers in an unusual form: nothing may be named;
ODD     6 wrong answers that are no usual slip: no name is better than a false one.

An entry is written as a class that is never instantiated: a namespace of four plain functions with
the same arguments. Its docstring is the story, the student's reasoning. The first argument is the
variable. `of` says what the student was asked for:

gradient       of a scalar function, in the shape of the variable;
differential   of a function of any shape, along the argument H;
jacobian       the matrix J with vec(dY) = J vec(dX), where vec stacks columns;
hessian        of a scalar function, applied to the argument H; in the shape of the variable.

No matrix is symmetric unless the comment in `arguments` says so. `function` takes H as the others
do, and ignores it. An answer may have another shape than the right one: transposed, or not summed.

    python slips_blind.py     checks the entries themselves, with differences and the complex step
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lecturelib.claims.referees import complex_step, five_point, jacobian, partials

KINDS = (
    "missing term",  # a term of the sum is not there
    "product rule",  # one factor of a product taken as a constant
    "outer for inner product",  # a b^T for a^T b, or the other way round
    "transposed",  # the whole result is transposed
    "layout",  # a Jacobian with rows or columns stacked the other way
    "factor",  # the whole result times 2, 1/2, ...
    "term factor",  # one of the terms times 2, 1/2, ...
    "sign",  # minus the right result
    "symmetric only",  # right if the matrices were symmetric
    "order of factors",  # factors of a product swapped
    "transposed factor",  # a factor inside is transposed, or not transposed
    "elementwise product",  # * for @, or the other way round
    "elementwise function",  # exp(X) for expm(X), X**2 for X @ X, 1 / X for inv(X)
    "inner derivative",  # the chain rule stopped one step early
    "sum or mean",  # 1/N lost or invented, or a sum over samples left out
    "diagonal",  # a diagonal part forgotten, or one too many
    "wrong variable",  # a right derivative, by another variable
)


@dataclass(frozen=True)
class Slip:
    """One answer of a student; `also` holds the kinds that would be a fair name, too."""

    name: str
    kind: str
    story: str
    function: Callable
    right: Callable
    wrong: Callable
    arguments: Callable
    of: str = "gradient"
    also: tuple[str, ...] = ()
    analytic: bool = True  # whether the complex step is valid for `function`


SLIPS: list[Slip] = []
RIGHT: list[Slip] = []
ODD: list[Slip] = []


def entry(where, kind, of="gradient", also=(), analytic=True):
    """Append the decorated namespace to the list `where`."""

    def register(cls):
        parts = {part: vars(cls)[part] for part in ("function", "right", "wrong", "arguments")}
        name = cls.__name__.replace("_", "-")
        where.append(Slip(name, kind, cls.__doc__, **parts, of=of, also=also, analytic=analytic))
        return cls

    return register


def slip(kind, **options):
    """Enter a wrong answer of this kind."""
    return entry(SLIPS, kind, **options)


def unusual(**options):
    """Enter a right answer in an unusual form, under `wrong` as all answers."""
    return entry(RIGHT, "right", **options)


def odd(**options):
    """Enter a wrong answer that has no name."""
    return entry(ODD, "odd", **options)


# What the entries draw and use


def invertible(rng, n):
    """A well-conditioned square matrix with positive determinant, not symmetric."""
    noise = rng.standard_normal((n, n))
    return 2 * np.eye(n) + noise / np.linalg.norm(noise)


def positive_definite(rng, n):
    """A symmetric positive definite matrix."""
    root = rng.standard_normal((n, n))
    return np.eye(n) + root @ root.T / n


def expm(X):
    """The matrix exponential, by scaling and squaring."""
    scaled = X / 2**6
    power = total = np.eye(len(X))
    for k in range(1, 14):
        power = power @ scaled / k
        total = total + power
    for _ in range(6):
        total = total @ total
    return total


def sigmoid(z):
    """The logistic function, entry by entry."""
    return 1 / (1 + np.exp(-z))


def softmax(S):
    """The softmax of a vector, or of each column of a matrix."""
    return np.exp(S) / np.sum(np.exp(S), axis=0)


# Gradients


@slip("symmetric only")
class quadratic_form_twice_ax:
    """Takes d(x'Ax) = 2Ax from a table, and overlooks that the table has a symmetric A."""

    def arguments(rng):
        return {"x": rng.standard_normal(4), "A": rng.standard_normal((4, 4))}

    def function(x, A):
        return x @ A @ x

    def right(x, A):
        return (A + A.T) @ x

    def wrong(x, A):
        return 2 * A @ x


@slip("symmetric only", analytic=False)
class eigenvalue_without_left_vector:
    """Writes dl = v' dX v with the unit eigenvector v; the left eigenvector is another one here."""

    def arguments(rng):
        return {"X": rng.uniform(0.1, 1, (4, 4))}  # positive: the largest eigenvalue is simple

    def function(X):
        return np.max(np.linalg.eigvals(X).real)

    def right(X):
        values, vectors = np.linalg.eig(X)
        v = vectors[:, np.argmax(values.real)].real
        values, vectors = np.linalg.eig(X.T)
        u = vectors[:, np.argmax(values.real)].real
        return np.outer(u, v) / (u @ v)

    def wrong(X):
        values, vectors = np.linalg.eig(X)
        v = vectors[:, np.argmax(values.real)].real
        return np.outer(v, v)


@slip("transposed", also=("layout",))
class linear_trace_not_transposed:
    """Reads the gradient of tr(AX) off as what stands before X, the numerator layout."""

    def arguments(rng):
        return {"X": rng.standard_normal((3, 4)), "A": rng.standard_normal((4, 3))}

    def function(X, A):
        return np.trace(A @ X)

    def right(X, A):
        return A.T

    def wrong(X, A):
        return A


@slip("missing term", also=("product rule",))
class cubic_two_of_three:
    """Differentiates the first and the last X in a'X'XX'b and passes over the middle one."""

    def arguments(rng):
        X = rng.standard_normal((4, 3))
        return {"X": X, "a": rng.standard_normal(3), "b": rng.standard_normal(4)}

    def function(X, a, b):
        return a @ X.T @ X @ X.T @ b

    def right(X, a, b):
        first = X @ X.T @ np.outer(b, a)
        middle = X @ np.outer(a, b) @ X
        last = np.outer(b, a) @ X.T @ X
        return first + middle + last

    def wrong(X, a, b):
        return X @ X.T @ np.outer(b, a) + np.outer(b, a) @ X.T @ X


@slip("missing term", also=("product rule",))
class quotient_denominator_constant:
    """Differentiates the numerator only, as if the denominator 1 + ||Bx||^2 did not depend on x."""

    def arguments(rng):
        x = rng.standard_normal(4)
        return {"x": x, "A": rng.standard_normal((4, 4)), "B": rng.standard_normal((3, 4))}

    def function(x, A, B):
        return (x @ A @ x) / (1 + np.sum((B @ x) ** 2))

    def right(x, A, B):
        below = 1 + np.sum((B @ x) ** 2)
        return (A + A.T) @ x / below - 2 * (x @ A @ x) / below**2 * (B.T @ B @ x)

    def wrong(x, A, B):
        return (A + A.T) @ x / (1 + np.sum((B @ x) ** 2))


@slip("missing term", also=("product rule",))
class tied_weights_output_only:
    """Backpropagates to the W of the output layer and forgets that the first layer uses it too."""

    def arguments(rng):
        Y = rng.uniform(0.1, 1, (5, 4))
        return {
            "W": rng.standard_normal((5, 3)),
            "b": rng.standard_normal(3),
            "Phi0": rng.standard_normal((5, 4)),
            "Y": Y / Y.sum(axis=0),  # the columns add up to 1
        }

    def function(W, b, Phi0, Y):
        Phi1 = np.log(1 + np.exp(W.T @ Phi0 + b[:, None]))
        P = softmax(W @ Phi1)
        return -np.sum(Y * np.log(P)) / Y.shape[1]

    def right(W, b, Phi0, Y):
        Z1 = W.T @ Phi0 + b[:, None]
        Phi1 = np.log(1 + np.exp(Z1))
        delta2 = (softmax(W @ Phi1) - Y) / Y.shape[1]
        delta1 = sigmoid(Z1) * (W.T @ delta2)
        return delta2 @ Phi1.T + Phi0 @ delta1.T

    def wrong(W, b, Phi0, Y):
        Phi1 = np.log(1 + np.exp(W.T @ Phi0 + b[:, None]))
        delta = (softmax(W @ Phi1) - Y) / Y.shape[1]
        return delta @ Phi1.T


@slip("product rule", also=("missing term",))
class axbxc_first_x:
    """Takes the second X of tr(AXBXC) as a constant, like A, B and C."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((3, 4)),
            "A": rng.standard_normal((5, 3)),
            "B": rng.standard_normal((4, 3)),
            "C": rng.standard_normal((4, 5)),
        }

    def function(X, A, B, C):
        return np.trace(A @ X @ B @ X @ C)

    def right(X, A, B, C):
        return (B @ X @ C @ A).T + (C @ A @ X @ B).T

    def wrong(X, A, B, C):
        return (B @ X @ C @ A).T


@slip("factor")
class frobenius_without_two:
    """Turns ||R||^2 into <R, dR> and loses the 2 of the square on the way."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((3, 4)),
            "A": rng.standard_normal((5, 3)),
            "B": rng.standard_normal((4, 2)),
            "C": rng.standard_normal((5, 2)),
        }

    def function(X, A, B, C):
        return np.sum((A @ X @ B - C) ** 2)

    def right(X, A, B, C):
        return 2 * A.T @ (A @ X @ B - C) @ B.T

    def wrong(X, A, B, C):
        return A.T @ (A @ X @ B - C) @ B.T


@slip("sign", analytic=False)
class logdet_of_inverse_sign:
    """Writes dY = B X^-1 dX X^-1 C for Y = A + B X^-1 C, without the minus of the inverse."""

    def arguments(rng):
        return {
            "X": invertible(rng, 4),
            "A": invertible(rng, 3),
            "B": rng.standard_normal((3, 4)) / 3,
            "C": rng.standard_normal((4, 3)),
        }

    def function(X, A, B, C):
        return np.linalg.slogdet(A + B @ np.linalg.inv(X) @ C)[1]

    def right(X, A, B, C):
        V = np.linalg.inv(X)
        return -(V @ C @ np.linalg.inv(A + B @ V @ C) @ B @ V).T

    def wrong(X, A, B, C):
        V = np.linalg.inv(X)
        Y = A + B @ V @ C
        return (V @ C @ np.linalg.inv(Y) @ B @ V).T


@slip("order of factors")
class residual_network_adjoint_order:
    """Takes D2 W2 for the adjoint of D2 W2': transposes W2, but does not reverse the product."""

    def arguments(rng):
        return {
            "W1": rng.standard_normal((3, 3)) / 2,
            "W2": rng.standard_normal((3, 3)) / 2,
            "Phi0": rng.standard_normal((3, 5)),
            "target": rng.standard_normal((3, 5)),
        }

    def function(W1, W2, Phi0, target):
        Phi1 = Phi0 + np.tanh(W1.T @ Phi0)
        Phi2 = Phi1 + np.tanh(W2.T @ Phi1)
        return np.sum((Phi2 - target) ** 2)

    def right(W1, W2, Phi0, target):
        T1 = np.tanh(W1.T @ Phi0)
        T2 = np.tanh(W2.T @ (Phi0 + T1))
        G2 = 2 * (Phi0 + T1 + T2 - target)
        G1 = G2 + W2 @ ((1 - T2**2) * G2)
        return Phi0 @ ((1 - T1**2) * G1).T

    def wrong(W1, W2, Phi0, target):
        T1 = np.tanh(W1.T @ Phi0)
        Phi1 = Phi0 + T1
        T2 = np.tanh(W2.T @ Phi1)
        G2 = 2 * (Phi1 + T2 - target)
        G1 = G2 + (1 - T2**2) * (W2 @ G2)
        return Phi0 @ ((1 - T1**2) * G1).T


@slip("elementwise function")
class trace_expm_entrywise:
    """Knows that the gradient of tr(e^X) is the transpose of e^X, and types np.exp for it."""

    def arguments(rng):
        return {"X": rng.standard_normal((4, 4)) / 2}

    def function(X):
        return np.trace(expm(X))

    def right(X):
        return expm(X).T

    def wrong(X):
        return np.exp(X).T


@slip("transposed factor", also=("symmetric only",))
class quartic_residual_not_transposed:
    """Turns tr(X'A'HR) to tr(R'X'A'H): transposes R where a cyclic move leaves it as it is."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 3)),
            "A": rng.standard_normal((4, 4)),
            "C": rng.standard_normal((3, 3)),
        }

    def function(X, A, C):
        return np.sum((X.T @ A @ X - C) ** 2)

    def right(X, A, C):
        R = X.T @ A @ X - C
        return 2 * (A.T @ X @ R + A @ X @ R.T)

    def wrong(X, A, C):
        R = X.T @ A @ X - C
        return 2 * (A + A.T) @ X @ R


@slip("term factor")
class weighted_ridge_penalty_once:
    """Puts the 2 of the square in front of the error's term, but not of the penalty's."""

    def arguments(rng):
        return {
            "w": rng.standard_normal(3),
            "X": rng.standard_normal((6, 3)),
            "y": rng.standard_normal(6),
            "p": rng.uniform(0.5, 2, 6),
            "lam": rng.uniform(0.5, 2),
        }

    def function(w, X, y, p, lam):
        return np.sum(p * (X @ w - y) ** 2) + lam * (w @ w)

    def right(w, X, y, p, lam):
        return 2 * X.T @ (p * (X @ w - y)) + 2 * lam * w

    def wrong(w, X, y, p, lam):
        return 2 * X.T @ (p * (X @ w - y)) + lam * w


@slip("inner derivative")
class perceptron_hidden_slope:
    """Carries the error back through W2 to the hidden layer, and forgets the slope of its tanh."""

    def arguments(rng):
        return {
            "W1": rng.standard_normal((4, 3)) / 2,
            "W2": rng.standard_normal((3, 2)) / 2,
            "Phi0": rng.standard_normal((4, 5)),
            "target": rng.standard_normal((2, 5)),
        }

    def function(W1, W2, Phi0, target):
        Phi2 = np.tanh(W2.T @ np.tanh(W1.T @ Phi0))
        return np.sum((Phi2 - target) ** 2) / Phi0.shape[1]

    def right(W1, W2, Phi0, target):
        Phi1 = np.tanh(W1.T @ Phi0)
        Phi2 = np.tanh(W2.T @ Phi1)
        delta2 = 2 * (Phi2 - target) * (1 - Phi2**2) / Phi0.shape[1]
        delta1 = (W2 @ delta2) * (1 - Phi1**2)
        return Phi0 @ delta1.T

    def wrong(W1, W2, Phi0, target):
        Phi1 = np.tanh(W1.T @ Phi0)
        Phi2 = np.tanh(W2.T @ Phi1)
        delta2 = 2 * (Phi2 - target) * (1 - Phi2**2) / Phi0.shape[1]
        delta1 = W2 @ delta2
        return Phi0 @ delta1.T


@slip("sum or mean", also=("factor",))
class logistic_mean_as_sum:
    """Sums the gradients of the samples, though the cost is their mean."""

    def arguments(rng):
        return {
            "w": rng.standard_normal(3),
            "X": rng.standard_normal((6, 3)),
            "y": rng.choice([-1.0, 1.0], 6),
        }

    def function(w, X, y):
        return np.mean(np.log(1 + np.exp(-y * (X @ w))))

    def right(w, X, y):
        return -X.T @ (y * sigmoid(-y * (X @ w))) / len(y)

    def wrong(w, X, y):
        return -X.T @ (y * sigmoid(-y * (X @ w)))


@slip("outer for inner product")
class gram_form_inner:
    """Brings a and b of a'X'Xb together to the number a'b, where the matrices ab', ba' belong."""

    def arguments(rng):
        X = rng.standard_normal((4, 3))
        return {"X": X, "a": rng.standard_normal(3), "b": rng.standard_normal(3)}

    def function(X, a, b):
        return a @ X.T @ X @ b

    def right(X, a, b):
        return X @ (np.outer(a, b) + np.outer(b, a))

    def wrong(X, a, b):
        return 2 * (a @ b) * X


@slip("outer for inner product", also=("order of factors",))
class cubic_vector_outer:
    """Writes xx'a for x'x a in the gradient of ||x||^2 a'x, and every shape still fits."""

    def arguments(rng):
        return {"x": rng.standard_normal(4), "a": rng.standard_normal(4)}

    def function(x, a):
        return (x @ x) * (a @ x)

    def right(x, a):
        return 2 * (a @ x) * x + (x @ x) * a

    def wrong(x, a):
        return 2 * (a @ x) * x + np.outer(x, x) @ a


@slip("diagonal", analytic=False)
class logdet_symmetric_diagonal:
    """Uses the 2G - diag(G) of a formula collection, since X is symmetric here."""

    def arguments(rng):
        return {"X": positive_definite(rng, 4)}  # symmetric: the question says so

    def function(X):
        return np.linalg.slogdet(X)[1]

    def right(X):
        return np.linalg.inv(X)

    def wrong(X):
        V = np.linalg.inv(X)
        return 2 * V - np.diag(np.diag(V))


@slip("wrong variable")
class least_squares_by_w:
    """Is asked for the gradient by the data X, and gives the well-known one by w."""

    def arguments(rng):
        X = rng.standard_normal((5, 3))
        return {"X": X, "w": rng.standard_normal(3), "y": rng.standard_normal(5)}

    def function(X, w, y):
        return np.sum((X @ w - y) ** 2)

    def right(X, w, y):
        return 2 * np.outer(X @ w - y, w)

    def wrong(X, w, y):
        return 2 * X.T @ (X @ w - y)


# Differentials


@slip("missing term", of="differential", also=("product rule",))
class xaxbx_without_transposed_one:
    """Varies the two X of XAX'BX that are written X, and not the one that is written X'."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 3)),
            "A": rng.standard_normal((3, 3)),
            "B": rng.standard_normal((4, 4)),
            "H": rng.standard_normal((4, 3)),
        }

    def function(X, A, B, H):
        return X @ A @ X.T @ B @ X

    def right(X, A, B, H):
        return H @ A @ X.T @ B @ X + X @ A @ H.T @ B @ X + X @ A @ X.T @ B @ H

    def wrong(X, A, B, H):
        return H @ A @ X.T @ B @ X + X @ A @ X.T @ B @ H


@slip("product rule", of="differential", also=("missing term",))
class product_with_inverse_first_term:
    """Differentiates X' in AX'BX^-1 and leaves X^-1 as it is."""

    def arguments(rng):
        return {
            "X": invertible(rng, 4),
            "A": rng.standard_normal((3, 4)),
            "B": rng.standard_normal((4, 4)),
            "H": rng.standard_normal((4, 4)),
        }

    def function(X, A, B, H):
        return A @ X.T @ B @ np.linalg.inv(X)

    def right(X, A, B, H):
        V = np.linalg.inv(X)
        return A @ H.T @ B @ V - A @ X.T @ B @ V @ H @ V

    def wrong(X, A, B, H):
        return A @ H.T @ B @ np.linalg.inv(X)


@slip("sign", of="differential")
class inverse_sign:
    """Remembers an X^-1 on either side of dX and not the minus."""

    def arguments(rng):
        return {"X": invertible(rng, 4), "H": rng.standard_normal((4, 4))}

    def function(X, H):
        return np.linalg.inv(X)

    def right(X, H):
        V = np.linalg.inv(X)
        return -V @ H @ V

    def wrong(X, H):
        V = np.linalg.inv(X)
        return V @ H @ V


@slip("order of factors", of="differential")
class inverse_as_scalar:
    """Writes -dx / x^2 with matrices, -H X^-2, as if H and X commuted."""

    def arguments(rng):
        return {"X": invertible(rng, 4), "H": rng.standard_normal((4, 4))}

    def function(X, H):
        return np.linalg.inv(X)

    def right(X, H):
        V = np.linalg.inv(X)
        return -V @ H @ V

    def wrong(X, H):
        V = np.linalg.inv(X)
        return -H @ V @ V


@slip("elementwise function", of="differential", also=("elementwise product",))
class cube_entrywise_square:
    """Has the three terms of d(X^3) right on paper, and types X**2 for XX."""

    def arguments(rng):
        return {"X": rng.standard_normal((4, 4)), "H": rng.standard_normal((4, 4))}

    def function(X, H):
        return X @ X @ X

    def right(X, H):
        return H @ X @ X + X @ H @ X + X @ X @ H

    def wrong(X, H):
        return H @ X**2 + X @ H @ X + X**2 @ H


@slip("elementwise product", of="differential")
class xbx_with_stars:
    """Applies the product rule to XBX as it should be, and types * for every product."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 4)),
            "B": rng.standard_normal((4, 4)),
            "H": rng.standard_normal((4, 4)),
        }

    def function(X, B, H):
        return X @ B @ X

    def right(X, B, H):
        return H @ B @ X + X @ B @ H

    def wrong(X, B, H):
        return H * B * X + X * B * H


@slip("transposed factor", of="differential", also=("symmetric only",))
class xax_transposed_plain_h:
    """Puts H in the place of X' in XAX', where its transpose belongs; X is square."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 4)),
            "A": rng.standard_normal((4, 4)),
            "H": rng.standard_normal((4, 4)),
        }

    def function(X, A, H):
        return X @ A @ X.T

    def right(X, A, H):
        return H @ A @ X.T + X @ A @ H.T

    def wrong(X, A, H):
        return H @ A @ X.T + X @ A @ H


# Jacobians


@slip("layout", of="jacobian", also=("order of factors",))
class axb_rows_stacked:
    """Gives the Kronecker product of stacked rows, which is what NumPy's reshape does by itself."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((3, 4)),
            "A": rng.standard_normal((2, 3)),
            "B": rng.standard_normal((4, 5)),
        }

    def function(X, A, B):
        return A @ X @ B

    def right(X, A, B):
        return np.kron(B.T, A)

    def wrong(X, A, B):
        return np.kron(A, B.T)


@slip("diagonal", of="jacobian", also=("missing term",))
class softmax_off_diagonal_only:
    """Works out -p_i p_j for i different from j, and uses it for i = j as well."""

    def arguments(rng):
        return {"z": rng.standard_normal(4)}

    def function(z):
        return softmax(z)

    def right(z):
        p = softmax(z)
        return np.diag(p) - np.outer(p, p)

    def wrong(z):
        p = softmax(z)
        return -np.outer(p, p)


# Hessians


@slip("missing term", of="hessian", also=("product rule",))
class product_of_traces_cross_term:
    """Differentiates (A + A')X tr(C'X) + tr(X'AX) C, and takes tr(C'X) for a constant."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 3)),
            "A": rng.standard_normal((4, 4)),
            "C": rng.standard_normal((4, 3)),
            "H": rng.standard_normal((4, 3)),
        }

    def function(X, A, C, H):
        return np.trace(X.T @ A @ X) * np.trace(C.T @ X)

    def right(X, A, C, H):
        S = A + A.T
        return np.trace(C.T @ X) * S @ H + np.trace(C.T @ H) * S @ X + np.trace(H.T @ S @ X) * C

    def wrong(X, A, C, H):
        S = A + A.T
        return np.trace(C.T @ X) * S @ H + np.trace(H.T @ S @ X) * C


@slip("transposed", of="hessian", also=("layout",))
class xaxb_hessian_not_transposed:
    """Writes tr(K(AHB + BHA)) and reads off what stands beside K, without its transpose."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((3, 4)),
            "A": rng.standard_normal((4, 3)),
            "B": rng.standard_normal((4, 3)),
            "H": rng.standard_normal((3, 4)),
        }

    def function(X, A, B, H):
        return np.trace(X @ A @ X @ B)

    def right(X, A, B, H):
        return (A @ H @ B + B @ H @ A).T

    def wrong(X, A, B, H):
        return A @ H @ B + B @ H @ A


# Right answers in an unusual form; `wrong` is the student's answer here, too


@unusual()
class quadratic_form_from_both_sides:
    """Adds the row x'A and the column Ax, which are the same thing to NumPy."""

    def arguments(rng):
        return {"x": rng.standard_normal(4), "A": rng.standard_normal((4, 4))}

    def function(x, A):
        return x @ A @ x

    def right(x, A):
        return (A + A.T) @ x

    def wrong(x, A):
        return x @ A + A @ x


@unusual()
class quartic_norm_outer:
    """Writes xx'x for x'x x, which looks like a slip and is none."""

    def arguments(rng):
        return {"x": rng.standard_normal(4)}

    def function(x):
        return (x @ x) ** 2

    def right(x):
        return 4 * (x @ x) * x

    def wrong(x):
        return 4 * np.outer(x, x) @ x


@unusual()
class inverse_trace_by_solves:
    """Solves twice instead of inverting, and transposes twice in between."""

    def arguments(rng):
        return {"X": invertible(rng, 4), "A": rng.standard_normal((4, 4))}

    def function(X, A):
        return np.trace(np.linalg.inv(X) @ A)

    def right(X, A):
        V = np.linalg.inv(X)
        return -(V @ A @ V).T

    def wrong(X, A):
        return -np.linalg.solve(X, np.linalg.solve(X.T, A.T).T).T


@unusual()
class determinant_by_cross_products:
    """Builds the cofactors of a 3 x 3 matrix from cross products of its rows."""

    def arguments(rng):
        return {"X": rng.standard_normal((3, 3))}

    def function(X):
        return np.linalg.det(X)

    def right(X):
        return np.linalg.det(X) * np.linalg.inv(X).T

    def wrong(X):
        return np.stack([np.cross(X[1], X[2]), np.cross(X[2], X[0]), np.cross(X[0], X[1])])


@unusual()
class fit_weights_by_jacobian:
    """Builds the whole Jacobian of the fit w(p), where one more linear system would do."""

    def arguments(rng):
        return {
            "p": rng.uniform(0.5, 2, 6),
            "X": rng.standard_normal((6, 3)),
            "y": rng.standard_normal(6),
            "lam": rng.uniform(0.5, 2),
            "U": rng.standard_normal((4, 3)),
            "z": rng.standard_normal(4),
        }

    def function(p, X, y, lam, U, z):
        w = np.linalg.solve(X.T @ np.diag(p) @ X + lam * np.eye(3), X.T @ (p * y))
        return np.sum((U @ w - z) ** 2)

    def right(p, X, y, lam, U, z):
        M = X.T @ np.diag(p) @ X + lam * np.eye(3)
        w = np.linalg.solve(M, X.T @ (p * y))
        v = np.linalg.solve(M, 2 * U.T @ (U @ w - z))
        return (X @ v) * (y - X @ w)

    def wrong(p, X, y, lam, U, z):
        V = np.linalg.inv((X.T * p) @ X + lam * np.eye(X.shape[1]))
        w = V @ (X.T * p) @ y
        J = V @ X.T * (y - X @ w)
        return 2 * (U @ w - z) @ U @ J


@unusual(of="differential")
class inverse_by_a_difference:
    """Subtracts X^-1 (X + H) X^-1 from X^-1, so that no minus stands before a product."""

    def arguments(rng):
        return {"X": invertible(rng, 4), "H": rng.standard_normal((4, 4))}

    def function(X, H):
        return np.linalg.inv(X)

    def right(X, H):
        V = np.linalg.inv(X)
        return -V @ H @ V

    def wrong(X, H):
        V = np.linalg.inv(X)
        return V - V @ (X + H) @ V


@unusual(of="jacobian")
class softmax_by_broadcasting:
    """Scales row i of I - 1p' by p_i, and needs neither diag nor outer."""

    def arguments(rng):
        return {"z": rng.standard_normal(4)}

    def function(z):
        return softmax(z)

    def right(z):
        p = softmax(z)
        return np.diag(p) - np.outer(p, p)

    def wrong(z):
        p = softmax(z)
        return p[:, None] * (np.eye(len(z)) - p)


@unusual(of="hessian")
class logistic_hessian_as_matrix:
    """Forms the matrix X'DX, writes its D with tanh, and applies it to H at the end."""

    def arguments(rng):
        return {
            "w": rng.standard_normal(3),
            "X": rng.standard_normal((6, 3)),
            "y": rng.choice([-1.0, 1.0], 6),
            "H": rng.standard_normal(3),
        }

    def function(w, X, y, H):
        return np.mean(np.log(1 + np.exp(-y * (X @ w))))

    def right(w, X, y, H):
        s = sigmoid(X @ w)
        return X.T @ (s * (1 - s) * (X @ H)) / len(y)

    def wrong(w, X, y, H):
        d = (1 - np.tanh(X @ w / 2) ** 2) / 4
        return (X.T * d) @ X @ H / len(y)


# Wrong answers without a name


@odd()
class trace_form_garbage:
    """Hands in numbers that have nothing to do with the question."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 3)),
            "A": rng.standard_normal((4, 4)),
            "B": rng.standard_normal((3, 3)),
        }

    def function(X, A, B):
        return np.trace(X.T @ A @ X @ B)

    def right(X, A, B):
        return A @ X @ B + A.T @ X @ B.T

    def wrong(X, A, B):
        return np.random.default_rng(20240918).standard_normal(X.shape)


@odd()
class frobenius_plus_sine:
    """Adds a sine that comes from nowhere to the right gradient."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((3, 4)),
            "A": rng.standard_normal((5, 3)),
            "B": rng.standard_normal((4, 2)),
            "C": rng.standard_normal((5, 2)),
        }

    def function(X, A, B, C):
        return np.sum((A @ X @ B - C) ** 2)

    def right(X, A, B, C):
        return 2 * A.T @ (A @ X @ B - C) @ B.T

    def wrong(X, A, B, C):
        return 2 * A.T @ (A @ X @ B - C) @ B.T + 3 * np.sin(2 * X)


@odd(analytic=False)
class likelihood_scaled_smoothly:
    """Has the right gradient times a number that changes with X."""

    def arguments(rng):
        return {"X": invertible(rng, 4), "S": rng.standard_normal((4, 4))}

    def function(X, S):
        return np.linalg.slogdet(X)[1] + np.trace(np.linalg.inv(X) @ S)

    def right(X, S):
        V = np.linalg.inv(X)
        return V.T - (V @ S @ V).T

    def wrong(X, S):
        V = np.linalg.inv(X)
        return (1.5 + np.sin(3 * np.sum(X))) * (V - V @ S @ V).T


@odd()
class rayleigh_at_another_point:
    """Evaluates the right formula at x + 0.3 instead of x."""

    def arguments(rng):
        return {"x": rng.standard_normal(4), "A": rng.standard_normal((4, 4))}

    def function(x, A):
        return (x @ A @ x) / (x @ x)

    def right(x, A):
        return (A + A.T) @ x / (x @ x) - 2 * (x @ A @ x) / (x @ x) ** 2 * x

    def wrong(x, A):
        x = x + 0.3
        return (A + A.T) @ x / (x @ x) - 2 * (x @ A @ x) / (x @ x) ** 2 * x


@odd(of="differential")
class quadratic_columns_shifted:
    """Has every column right, and each of them one place too far."""

    def arguments(rng):
        return {
            "X": rng.standard_normal((4, 3)),
            "A": rng.standard_normal((4, 4)),
            "H": rng.standard_normal((4, 3)),
        }

    def function(X, A, H):
        return X.T @ A @ X

    def right(X, A, H):
        return H.T @ A @ X + X.T @ A @ H

    def wrong(X, A, H):
        return np.roll(H.T @ A @ X + X.T @ A @ H, 1, axis=1)


@odd(of="jacobian")
class product_over_norm_plus_waves:
    """Adds an unrelated matrix of sines and cosines to the right Jacobian."""

    def arguments(rng):
        x = rng.standard_normal(4)
        return {"x": x, "A": rng.standard_normal((3, 4)), "B": rng.standard_normal((3, 4))}

    def function(x, A, B):
        return (A @ x) * (B @ x) / np.sqrt(x @ x)

    def right(x, A, B):
        u, v, r = A @ x, B @ x, np.sqrt(x @ x)
        return (u[:, None] * B + v[:, None] * A) / r - np.outer(u * v, x) / r**3

    def wrong(x, A, B):
        u, v, r = A @ x, B @ x, np.sqrt(x @ x)
        J = (u[:, None] * B + v[:, None] * A) / r - np.outer(u * v, x) / r**3
        return J + np.outer(np.cos(A @ np.ones(4)), np.sin(3 * x))


# The entries checked


def at(item, arguments):
    """The function as one of its variable alone, and the point."""
    variable = next(iter(arguments))
    return lambda X: item.function(**(arguments | {variable: X})), arguments[variable]


def referee(item, arguments, slope):
    """What `right` should be, from values of the function; `slope` is a way to D[H]."""
    f, X = at(item, arguments)
    if item.of == "differential":
        return slope(f, X, arguments["H"])
    if item.of == "jacobian":
        return jacobian(f, X, slope)
    if item.of == "hessian":
        H = arguments["H"]
        return partials(lambda Z: slope(f, Z, H), X, partial(five_point, h=1e-2))
    return partials(f, X, slope)


def close(answer, right, tolerance):
    """Whether an answer has the right shape, and the right entries up to the tolerance."""
    if np.shape(answer) != np.shape(right):
        return False
    return bool(np.max(np.abs(answer - right)) <= tolerance * np.max(np.abs(right)))


def multiple(wrong, right):
    """The number c for which c times the right value comes closest to the wrong one."""
    return np.sum(wrong * right) / np.sum(right * right)


def plain_relations(wrong, right):
    """What holds between a wrong and the right value: transposed, sign, multiple."""
    found = set()
    if np.ndim(wrong) == 2 and close(wrong.T, right, 1e-9):
        found.add("transposed")
    if np.shape(wrong) == np.shape(right):
        ratio = multiple(wrong, right)
        if close(wrong, ratio * right, 1e-9):
            found.add("sign" if np.isclose(ratio, -1) else "multiple")
    return found


def symmetrised(arguments):
    """The arguments with every square matrix made symmetric."""
    square = {k: v for k, v in arguments.items() if np.ndim(v) == 2 and len(set(v.shape)) == 1}
    return arguments | {k: (v + v.T) / 2 for k, v in square.items()}


PLAIN = {
    "transposed": {"transposed"},
    "sign": {"sign"},
    "factor": {"multiple"},
    "sum or mean": {"multiple"},
}


def check(item, seed):
    """Assert all that is claimed of an entry, at the inputs of a seed."""
    arguments = item.arguments(np.random.default_rng(seed))
    where = f"{item.name}, seed {seed}"
    _, X = at(item, arguments)
    right, wrong = item.right(**arguments), item.wrong(**arguments)
    assert np.all(np.isfinite(wrong)), where
    assert item.of in ("differential", "jacobian") or right.shape == X.shape, where
    assert close(right, referee(item, arguments, partial(five_point, h=1e-3)), 1e-6), where
    if item.analytic:
        assert close(right, referee(item, arguments, complex_step), 1e-6), where
    if item.kind == "right":
        assert close(wrong, right, 1e-9), where
        return
    assert not close(wrong, right, 1e-3), where
    if item.kind == "odd":  # a multiple at this point may be another multiple at the next one
        assert plain_relations(wrong, right) <= {"multiple"}, where
        return
    # The label says what the plainest relation between the two is, where there is a plain one.
    assert plain_relations(wrong, right) == PLAIN.get(item.kind, set()), where
    even = symmetrised(arguments)
    blind = close(item.wrong(**even), item.right(**even), 1e-9)
    assert blind == ("symmetric only" in (item.kind, *item.also)), where


def main():
    """Check every entry at three seeds, and print the table."""
    entries = [*SLIPS, *RIGHT, *ODD]
    assert (len(SLIPS), len(RIGHT), len(ODD)) == (30, 8, 6)
    assert len({item.name for item in entries}) == len(entries)
    assert all({item.kind, *item.also} <= set(KINDS) for item in SLIPS)
    assert set(KINDS) == {item.kind for item in SLIPS}
    for item in entries:
        assert item.story and "\n" not in item.story, item.name
        for seed in (1, 2, 3):
            check(item, seed)
        if item.kind == "odd":
            drawn = [item.arguments(np.random.default_rng(seed)) for seed in (1, 2, 3)]
            ratios = [multiple(item.wrong(**each), item.right(**each)) for each in drawn]
            assert np.ptp(ratios) > 1e-2, item.name
        print(f"{item.name:34} {item.of:13} {item.kind}")
    print(dict(Counter(item.of for item in SLIPS)))
    print(dict(Counter(item.kind for item in SLIPS)))


if __name__ == "__main__":
    main()
