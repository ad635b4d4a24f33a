"""Wrong answers that students write to homework 3, with what they must get."""

from wrong import Wrong

WRONG = [
    # Question 2: the Hessian operator of a product of two traces
    Wrong(
        "2A in place of A + A^T",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    form, line = np.sum(2 * A @ X * H), np.sum(C * H)
    return 2 * line * A @ X + 2 * np.sum(C * X) * A @ H + form * C
""",
        points=0,
        message="right only for symmetric A",
    ),
    Wrong(
        "one term of the product rule forgotten",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    S = A + A.T
    return np.sum(C * H) * S @ X + np.sum(C * X) * S @ H
""",
        points=0,
        message="differs from the right result",
    ),
    Wrong(
        "numerator layout",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    S = A + A.T
    return (np.sum(C * H) * S @ X + np.sum(C * X) * S @ H + np.sum(S @ X * H) * C).T
""",
        points=0,
        message="transpose of the right result",
    ),
    Wrong(
        "stacked columns",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    S = A + A.T
    answer = np.sum(C * H) * S @ X + np.sum(C * X) * S @ H + np.sum(S @ X * H) * C
    return answer.ravel(order="F")
""",
        points=0,
        message="flattened",
    ),
    Wrong(
        "the coefficient of t^2, half of the second derivative",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    S = A + A.T
    return (np.sum(C * H) * S @ X + np.sum(C * X) * S @ H + np.sum(S @ X * H) * C) / 2
""",
        points=0,
        message="off by the factor 1/2",
    ),
    Wrong(
        "the value of the quadratic form, no matrix",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    S = A + A.T
    return 2 * np.sum(C * H) * np.sum(S @ X * H) + np.sum(C * X) * np.sum(S @ H * H)
""",
        points=0,
        message="has shape ()",
    ),
    Wrong(
        "works in H itself",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    S = A + A.T
    form, line = np.sum(S @ X * H), np.sum(C * H)
    H *= np.sum(C * X)
    return line * S @ X + S @ H + form * C
""",
        points=0,
        message="changed its argument H",
    ),
    Wrong(
        "lecturelib's Hessian",
        "q2",
        "a",
        """
from lecturelib import hessian


def hessian_f(A, C, X, H):
    return hessian(lambda Z: np.trace(Z.T @ A @ Z) * np.trace(C.T @ Z), X)[H]
""",
        points=0,
        message="asks for your own formula",
    ),
    Wrong(
        "SymPy's derivatives",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    import sympy

    t = sympy.Symbol("t")
    Z = sympy.Matrix(X.shape[0], X.shape[1], sympy.symbols(f"z:{X.size}"))
    f = (Z.T * sympy.Matrix(A) * Z).trace() * (sympy.Matrix(C).T * Z).trace()
    walk = dict(zip(Z, sympy.Matrix(X) + t * sympy.Matrix(H)))
    return [[f.diff(z).subs(walk).diff(t).subs(t, 0) for z in Z.row(i)] for i in range(len(X))]
""",
        points=0,
        message="asks for your own formula",
    ),
    Wrong(
        "nothing written",
        "q2",
        "a",
        """
def hessian_f(A, C, X, H):
    ...
""",
        points=0,
        message="is still the placeholder",
    ),
    Wrong(
        "a matrix in place of a function",
        "q2",
        "a",
        """
hessian_f = np.kron(np.eye(3), np.ones((4, 4)))
""",
        points=0,
        message="hessian_f is not a function",
    ),
    Wrong(
        "2B in place of B + B^T",
        "q2",
        "b",
        """
def hessian_f(B, D, X, H):
    form, line = np.sum(2 * X @ B * H), np.trace(D @ H)
    return 2 * line * X @ B + 2 * np.trace(D @ X) * H @ B + form * D.T
""",
        points=0,
        message="right only for symmetric B",
    ),
    Wrong(
        "D has the shape of X^T",
        "q2",
        "b",
        """
def hessian_f(B, D, X, H):
    S = B + B.T
    return np.trace(D @ H) * X @ S + np.trace(D @ X) * H @ S + np.sum(X @ S * H) * D
""",
        points=0,
        message="raised ValueError",
    ),
    Wrong(
        "the gradient, a direction ignored",
        "q2",
        "b",
        """
def hessian_f(B, D, X, H):
    return np.trace(D @ X) * X @ (B + B.T) + np.trace(X @ B @ X.T) * D.T
""",
        points=0,
        message="differs from the right result",
    ),
    # Question 3: the wrong derivation
    Wrong(
        "the derivation believed",
        "q3",
        "a",
        """
def minimiser(X, W, D, lam, y):
    return np.linalg.solve(X.T @ W.T @ X + lam * D.T @ D, X.T @ W.T @ y)
""",
        points=1,
        message="right only for symmetric W",
    ),
    Wrong(
        "another line",
        "q3",
        "a",
        """
wrong_line = "4"
""",
        points=2,
        message="not among the answers that count",
    ),
    Wrong(
        "the number as a word",
        "q3",
        "a",
        """
wrong_line = "three"
""",
        points=2,
        message="wrong_line is 'three', which is not among the answers that count",
    ),
    Wrong(
        "W + W^T without its half",
        "q3",
        "a",
        """
def minimiser(X, W, D, lam, y):
    S = W + W.T
    return np.linalg.solve(X.T @ S @ X + lam * D.T @ D, X.T @ S @ y)
""",
        points=1,
        message="a wrong factor in a term: a term of minimiser lacks the division by 2",
    ),
    Wrong(
        "D in place of D^T D",
        "q3",
        "a",
        """
def minimiser(X, W, D, lam, y):
    S = (W + W.T) / 2
    return np.linalg.solve(X.T @ S @ X + lam * D, X.T @ S @ y)
""",
        points=1,
        message="raised ValueError",
    ),
    Wrong(
        "a column",
        "q3",
        "a",
        """
def minimiser(X, W, D, lam, y):
    S = (W + W.T) / 2
    return np.linalg.solve(X.T @ S @ X + lam * D.T @ D, X.T @ S @ y[:, None])
""",
        points=1,
        message="drop the extra axis",
    ),
    Wrong(
        "the derivation believed",
        "q3",
        "b",
        """
def minimiser(X, R, v, y):
    return v + np.linalg.solve(2 * X.T @ X + R + R.T, X.T @ (y - X @ v))
""",
        points=1,
        message="differs from the right result",
    ),
    Wrong(
        "2R in place of R + R^T",
        "q3",
        "b",
        """
def minimiser(X, R, v, y):
    return np.linalg.solve(X.T @ X + R, X.T @ y + R @ v)
""",
        points=1,
        message="right only for symmetric R",
    ),
    Wrong(
        "the step without its start",
        "q3",
        "b",
        """
def minimiser(X, R, v, y):
    return np.linalg.solve(2 * X.T @ X + R + R.T, 2 * X.T @ (y - X @ v))
""",
        points=1,
        message="differs from the right result",
    ),
    # Question 4: forty penguins
    Wrong(
        "the intercept has a price",
        "q4",
        "a",
        """
w = np.linalg.solve(X.T @ X + 4 * np.eye(4), X.T @ y)
""",
        points=2,
        message="do not add up to zero",
    ),
    Wrong(
        "rounded to read well",
        "q4",
        "a",
        """
w = np.array([w[0], *np.round(w[1:], 2)])
w[0] -= np.mean(X @ w - y)
""",
        points=2,
        message="the gradient of E is not zero",
    ),
    Wrong(
        "the neighbour's penguins",
        "q4",
        "a",
        """
mine = student_rng("hw3-q4", "my-neighbour").choice(342, size=40, replace=False)
bill, depth, flipper, mass = penguins()[0][mine].T
X = np.column_stack([np.ones(40), (flipper - 200) / 10, (bill - 44) / 5, (depth - 17) / 2])
y = mass / 1000
M = X.T @ X + 4 * np.diag([0, 1, 1, 1])
w = np.linalg.solve(M, X.T @ y)
leverage = np.diag(X @ np.linalg.inv(M) @ X.T)
left_out = (y - X @ w) / (1 - leverage)
""",
        points=0,
        message="do not add up to zero",
    ),
    Wrong(
        "leverage without the prices",
        "q4",
        "a",
        """
leverage = np.diag(X @ np.linalg.pinv(X))
""",
        points=2,
        message="leverage differs from the right result",
    ),
    Wrong(
        "the whole hat matrix",
        "q4",
        "a",
        """
leverage = X @ np.linalg.solve(X.T @ X + 4 * np.diag([0, 1, 1, 1]), X.T)
""",
        points=2,
        message="leverage has shape (40, 40)",
    ),
    Wrong(
        "multiplied where to divide",
        "q4",
        "a",
        """
left_out = (y - X @ w) * (1 - leverage)
""",
        points=2,
        message="cannot come closer",
    ),
    Wrong(
        "fitted minus measured",
        "q4",
        "a",
        """
left_out = (X @ w - y) / (1 - leverage)
""",
        points=2,
        message="wrong sign",
    ),
    Wrong(
        "a leverage of one everywhere",
        "q4",
        "a",
        """
leverage = np.ones(40)
with np.errstate(divide="ignore"):
    left_out = (y - X @ w) / (1 - leverage)
""",
        points=1,
        message="left_out is not finite",
    ),
    Wrong(
        "not begun",
        "q4",
        "a",
        """
leverage = ...
left_out = ...
""",
        points=1,
        message="leverage is still the placeholder",
    ),
    Wrong(
        "the intercept has a price",
        "q4",
        "b",
        """
w = np.linalg.solve(X.T @ X + 3 * np.eye(4), X.T @ y)
""",
        points=2,
        message="do not add up to zero",
    ),
    Wrong(
        "the residuals once more",
        "q4",
        "b",
        """
left_out = y - X @ w
""",
        points=2,
        message="left_out differs from the right result",
    ),
    # Question 5: a constraint, and its price
    Wrong(
        "the 2 lost in the fit's block, so that mu is halved",
        "q5",
        "a",
        """
def gradient_C(X, S, y, C, d):
    k, n = C.shape
    K = np.block([[X.T @ S @ X, C.T], [C, np.zeros((k, k))]])
    both = np.linalg.solve(K, np.concatenate([X.T @ S @ y, d]))
    return np.outer(both[n:], both[:n])
""",
        points=1,
        message="off by the factor 1/2",
    ),
    Wrong(
        "the multiplier with the other sign",
        "q5",
        "a",
        """
def gradient_C(X, S, y, C, d):
    w = constrained_fit(X, S, y, C, d)
    mu = np.linalg.lstsq(C.T, 2 * X.T @ S @ (X @ w - y), rcond=None)[0]
    return np.outer(mu, w)
""",
        points=1,
        message="wrong sign",
    ),
    Wrong(
        "w mu^T",
        "q5",
        "a",
        """
def gradient_C(X, S, y, C, d):
    w, mu = solve_kkt(X, S, y, C, d)
    return np.outer(w, mu)
""",
        points=1,
        message="transpose of the right result",
    ),
    Wrong(
        "the constraint forgotten",
        "q5",
        "a",
        """
def constrained_fit(X, S, y, C, d):
    return np.linalg.solve(X.T @ S @ X, X.T @ S @ y)
""",
        points=2,
        message="constrained_fit differs from the right result",
    ),
    Wrong(
        "fitted first, then moved to the nearest point that is allowed",
        "q5",
        "a",
        """
def constrained_fit(X, S, y, C, d):
    w = np.linalg.solve(X.T @ S @ X, X.T @ S @ y)
    return w - np.linalg.pinv(C) @ (C @ w - d)
""",
        points=2,
        message="constrained_fit differs from the right result",
    ),
    Wrong(
        "the multiplier handed back as well",
        "q5",
        "a",
        """
def constrained_fit(X, S, y, C, d):
    return np.concatenate(solve_kkt(X, S, y, C, d))
""",
        points=2,
        message="constrained_fit has shape (6,)",
    ),
    Wrong(
        "V M^T",
        "q5",
        "b",
        """
def gradient_C(X, G, Y, C, D):
    V, M = solve_kkt(X, G, Y, C, D)
    return V @ M.T
""",
        points=1,
        message="transpose of the right result",
    ),
    Wrong(
        "the price forgotten",
        "q5",
        "b",
        """
def constrained_fit(X, G, Y, C, D):
    return solve_kkt(X, 0 * G, Y, C, D)[0]
""",
        points=2,
        message="constrained_fit differs from the right result",
    ),
    Wrong(
        "the 2 kept on one side only",
        "q5",
        "b",
        """
def constrained_fit(X, G, Y, C, D):
    k, n = C.shape
    K = np.block([[2 * (X.T @ X + G.T @ G), C.T], [C, np.zeros((k, k))]])
    return np.linalg.solve(K, np.concatenate([X.T @ Y, D]))[:n]
""",
        points=2,
        message="constrained_fit differs from the right result",
    ),
    Wrong(
        "last year's solution",
        "q5",
        "b",
        """
def gradient_C(X, G, Y, C, D):
    V, M = solve_kkt(X, G, Y, C, D)
    return np.outer(M, V)
""",
        points=1,
        message="gradient_C has shape (6, 15)",
    ),
    # Question 6: a fit that is seen
    Wrong(
        "the intercept pays too",
        "q6",
        "a",
        """
def fit(x, y, degree, lam):
    X = np.vander(x, degree + 1, increasing=True)
    return np.linalg.solve(X.T @ X + lam * np.eye(degree + 1), X.T @ y)
""",
        points=1,
        message="fit differs from the right result",
    ),
    Wrong(
        "the price is a factor",
        "q6",
        "a",
        """
def fit(x, y, degree, lam):
    X = np.vander(x, degree + 1, increasing=True)
    return np.linalg.solve(X.T @ X + 2 * lam * np.diag([0.0] + [1.0] * degree), X.T @ y)
""",
        points=1,
        message="fit differs from the right result",
    ),
    Wrong(
        "the highest power first",
        "q6",
        "a",
        """
def fit(x, y, degree, lam):
    X = np.vander(x, degree + 1)
    return np.linalg.solve(X.T @ X + lam * np.diag([0.0] + [1.0] * degree), X.T @ y)
""",
        points=1,
        message="fit differs from the right result",
    ),
    Wrong(
        "the errors added up, not their mean",
        "q6",
        "a",
        """
def error(w, u, z):
    return np.sum((np.vander(u, len(w), increasing=True) @ w - z) ** 2)
""",
        points=2,
        message="takes a sum where a mean belongs",
    ),
    Wrong(
        "the error, highest power first",
        "q6",
        "a",
        """
def error(w, u, z):
    return np.mean((np.vander(u, len(w)) @ w - z) ** 2)
""",
        points=2,
        message="error differs from the right result",
    ),
    Wrong(
        "lecturelib's ridge",
        "q6",
        "a",
        """
def fit(x, y, degree, lam):
    from lecturelib import least_squares, polynomial_design

    return least_squares(polynomial_design(x, degree), y, ridge=lam).w
""",
        points=1,
        message="asks for your own formula",
    ),
    Wrong(
        "the price not squared",
        "q6",
        "b",
        """
def fit(x, y, degree, lam):
    X = np.vander(x, degree + 1, increasing=True)
    return np.linalg.solve(X.T @ X + lam * np.diag(np.arange(degree + 1.0)), X.T @ y)
""",
        points=1,
        message="fit differs from the right result",
    ),
    Wrong(
        "a number for each point",
        "q6",
        "b",
        """
def error(w, u, z):
    return (np.vander(u, len(w), increasing=True) @ w - z) ** 2
""",
        points=2,
        message="the result of error has shape (5,)",
    ),
    # The report
    Wrong(
        "a report of three words",
        "report",
        "a",
        """
unclear = "The last page."
""",
        points=0,
        message="say in at least 8",
    ),
]
