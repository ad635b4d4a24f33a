"""Wrong answers that students write to homework 3, with what they must get."""

from wrong import Wrong

WRONG = [
    # Question 2: a function from its Hessian
    Wrong(
        "half of the quadratic form along X",
        "q2",
        "a",
        """
f_formula = "3*tr(X'*A*X)*tr(C'*X)"
""",
        points=1,
        message="factor: f_formula is not right. Off by the factor 3",
    ),
    Wrong(
        "the trace of the product",
        "q2",
        "a",
        """
f_formula = "tr(X'*A*X*C'*X)"
""",
        points=1,
        message="order of factors: f_formula is right if m = 1",
    ),
    Wrong(
        "A transposed is right, too, and C is forgotten",
        "q2",
        "a",
        """
f_formula = "tr(X'*A'*X)*tr(X)"
""",
        points=1,
        message="f_formula can't be read",
    ),
    Wrong(
        "the Hessian's value, a matrix",
        "q2",
        "a",
        """
f_formula = "tr(C'*X)*(A + A')*X"
""",
        points=1,
        message="f_formula has the shape (m, n), and () is asked for",
    ),
    Wrong(
        "the third coefficient of Taylor's expansion",
        "q2",
        "a",
        """
third_formula = "tr(H'*A*H)*tr(C'*H)"
""",
        points=2,
        message="factor: third_formula is not right. Off by the factor 1/6",
    ),
    Wrong(
        "nothing written",
        "q2",
        "a",
        """
f_formula = ...
""",
        points=1,
        message="f_formula is still the placeholder",
    ),
    Wrong(
        "a number in place of a text",
        "q2",
        "a",
        """
third_formula = 6.0
""",
        points=2,
        message="third_formula is a float, and a formula in quotes is asked for",
    ),
    Wrong(
        "X where H is asked for",
        "q2",
        "b",
        """
third_formula = "6*tr(X*B*X')*tr(D*X)"
""",
        points=2,
        message="third_formula can't be read: The name X is not declared",
    ),
    Wrong(
        "D has the shape of the transpose",
        "q2",
        "b",
        """
f_formula = "tr(X*B*X')*tr(D'*X)"
""",
        points=1,
        message="f_formula can't be read",
    ),
    Wrong(
        "a term without its partner",
        "q2",
        "b",
        """
f_formula = "tr(X*B*X')*tr(D*X) + tr(X*B*X')"
""",
        points=1,
        message="f_formula is not right",
    ),
    # Question 3: the wrong derivation
    Wrong(
        "the derivation believed",
        "q3",
        "a",
        """
minimiser_formula = "inv(X'*W'*X + lam*D'*D)*X'*W'*y"
""",
        points=1,
        message="transposed factor: minimiser_formula is right if W is symmetric",
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
minimiser_formula = "S = W + W'; inv(X'*S*X + lam*D'*D)*X'*S*y"
""",
        points=1,
        message="A number is lost, or one too many",
    ),
    Wrong(
        "D in place of D^T D",
        "q3",
        "a",
        """
minimiser_formula = "S = (W + W')/2; inv(X'*S*X + lam*D)*X'*S*y"
""",
        points=1,
        message="minimiser_formula can't be read",
    ),
    Wrong(
        "a row",
        "q3",
        "a",
        """
minimiser_formula = "y'*(W + W')*X*inv(X'*(W + W')*X + 2*lam*D'*D)"
""",
        points=1,
        message="minimiser_formula has the shape (1, n), and (n, 1) is asked for",
    ),
    Wrong(
        "the derivation believed",
        "q3",
        "b",
        """
minimiser_formula = "v + inv(2*X'*X + R + R')*X'*(y - X*v)"
""",
        points=1,
        message="A term has a wrong factor",
    ),
    Wrong(
        "2R in place of R + R^T",
        "q3",
        "b",
        """
minimiser_formula = "inv(X'*X + R)*(X'*y + R*v)"
""",
        points=1,
        message="transposed factor: minimiser_formula is right if R is symmetric",
    ),
    Wrong(
        "the step without its start",
        "q3",
        "b",
        """
minimiser_formula = "inv(2*X'*X + R + R')*2*X'*(y - X*v)"
""",
        points=1,
        message="minimiser_formula is not right",
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
