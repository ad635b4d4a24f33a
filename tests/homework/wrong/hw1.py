"""Wrong answers that students write to homework 1, with what they must get."""

from wrong import Wrong

# fmt: off

WRONG = [
    # -- q2, a: X A X^T B X
    Wrong("as if the factors commuted", "q2", "a", '''
def differential_f(A, B, X, H):
    return 3 * X @ A @ X.T @ B @ H
''', points=0, message="different terms taken as equal"),
    Wrong("the increment in place of the differential", "q2", "a", '''
def differential_f(A, B, X, H):
    def f(X):
        return X @ A @ X.T @ B @ X

    return f(X + H) - f(X)
''', points=0, message="differential_f differs from the right result"),
    Wrong("transposed", "q2", "a", '''
def differential_f(A, B, X, H):
    return (H @ A @ X.T @ B @ X + X @ A @ H.T @ B @ X + X @ A @ X.T @ B @ H).T
''', points=0, message="transpose of the right result"),
    Wrong("stacked", "q2", "a", '''
def differential_f(A, B, X, H):
    df = H @ A @ X.T @ B @ X + X @ A @ H.T @ B @ X + X @ A @ X.T @ B @ H
    return df.reshape(-1, order="F")
''', points=0, message="flattened, its entries are those of the right result, column by column"),
    Wrong("the second factor is not transposed", "q2", "a", '''
def differential_f(A, B, X, H):
    return H @ A @ X.T @ B @ X + X @ A @ H @ B @ X + X @ A @ X.T @ B @ H
''', points=0, message="differential_f raised ValueError"),
    Wrong("B on the wrong side of the transpose", "q2", "a", '''
def differential_f(A, B, X, H):
    return H @ A @ X.T @ B @ X + X @ A @ (B @ H).T @ X + X @ A @ X.T @ B @ H
''', points=0, message="right only for symmetric B"),
    Wrong("wrong sign", "q2", "a", '''
def differential_f(A, B, X, H):
    return -H @ A @ X.T @ B @ X - X @ A @ H.T @ B @ X - X @ A @ X.T @ B @ H
''', points=0, message="wrong sign"),
    Wrong("changes its argument", "q2", "a", '''
def differential_f(A, B, X, H):
    before = X @ A @ X.T @ B @ X
    X += 1e-7 * H
    return (X @ A @ X.T @ B @ X - before) / 1e-7
''', points=0, message="changed its argument X"),
    Wrong("divides by a step of zero", "q2", "a", '''
def differential_f(A, B, X, H):
    t, Z = 0.0, X + 0.0 * H
    with np.errstate(all="ignore"):
        return (Z @ A @ Z.T @ B @ Z - X @ A @ X.T @ B @ X) / t
''', points=0, message="not finite"),
    Wrong("the differential at one point, no function", "q2", "a", '''
differential_f = np.ones((4, 3))
''', points=0, message="is not a function"),
    Wrong("untouched", "q2", "a", '''
def differential_f(A, B, X, H):
    """The differential of X A X^T B X at X along H; A is (n, n), B (m, m), X and H (m, n)."""
    ...
''', points=0, message="still the placeholder"),
    Wrong("lecturelib's differential pasted", "q2", "a", '''
def differential_f(A, B, X, H):
    from lecturelib import differential

    return differential(lambda X: X @ A @ X.T @ B @ X, X, H)
''', points=0, message="your own formula"),
    Wrong("SymPy differentiates along the line", "q2", "a", '''
def differential_f(A, B, X, H):
    import sympy

    t = sympy.Symbol("t")
    A, B = sympy.Matrix(A), sympy.Matrix(B)
    Z = sympy.Matrix(X) + t * sympy.Matrix(H)
    return np.array((Z * A * Z.T * B * Z).diff(t).subs(t, 0), dtype=float)
''', points=0, message="your own formula"),
    # -- q2, b: X^T B X A X^T
    Wrong("A on the wrong side of the transpose", "q2", "b", '''
def differential_f(A, B, X, H):
    return H.T @ B @ X @ A @ X.T + X.T @ B @ H @ A @ X.T + X.T @ B @ X @ (H @ A).T
''', points=0, message="A and its transpose are exchanged in one place"),
    Wrong("twice too much", "q2", "b", '''
def differential_f(A, B, X, H):
    return 2 * (H.T @ B @ X @ A @ X.T + X.T @ B @ H @ A @ X.T + X.T @ B @ X @ A @ H.T)
''', points=0, message="off by the factor 2"),
    # -- q3, a: (X^T W X)^2
    Wrong("the last line is believed", "q3", "a", '''
def repaired(W, X, H):
    Y = X.T @ W @ X
    return 2 * X.T @ W @ H @ Y + 2 * Y @ X.T @ W @ H
''', points=2, message="different terms taken as equal"),
    Wrong("dY repaired, and then d(Y^2) = 2 Y dY", "q3", "a", '''
def repaired(W, X, H):
    Y = X.T @ W @ X
    return 2 * Y @ (H.T @ W @ X + X.T @ W @ H)
''', points=2, message="the order of factors is wrong"),
    Wrong("lecturelib repairs it", "q3", "a", '''
def repaired(W, X, H):
    from lecturelib import derivative

    return derivative(lambda X: (X.T @ W @ X) @ (X.T @ W @ X), X)[H]
''', points=2, message="your own formula"),
    Wrong("the line after the wrong one", "q3", "a", '''
wrong_line = 5
''', points=2, message="wrong_line is '5', which is not among the answers that count"),
    Wrong("the line as a text", "q3", "a", '''
wrong_line = "line 4"
''', points=2, message="wrong_line is 'line 4', which is not among the answers that count"),
    Wrong("a multiple of X", "q3", "a", '''
def blind(W, X):
    return -2 * X
''', points=2, message="multiple of X"),
    Wrong("a direction along which nothing changes", "q3", "a", '''
def blind(W, X):
    Q, _ = np.linalg.qr(W @ X)
    H = np.arange(1.0, X.size + 1).reshape(X.shape)
    return H - Q @ (Q.T @ H)
''', points=2, message="does not change to first order"),
    Wrong("a direction that is noticed", "q3", "a", '''
def blind(W, X):
    return np.ones_like(X)
''', points=2, message="along the direction of blind, the last line is wrong"),
    Wrong("no direction yet", "q3", "a", '''
def blind(W, X):
    """A direction, (m, n), along which the last line happens to be right; no multiple of X."""
    ...
''', points=2, message="blind is still the placeholder"),
    # -- q3, b: (X W X^T)^2
    Wrong("a line that is not there", "q3", "b", '''
wrong_line = 7
''', points=2, message="wrong_line is '7', which is not among the answers that count"),
    Wrong("the other half of the transposed pair", "q3", "b", '''
def repaired(W, X, H):
    Y = X @ W @ X.T
    return 2 * X @ W @ H.T @ Y + 2 * Y @ X @ W @ H.T
''', points=2, message="different terms taken as equal"),
    Wrong("the line that is true, but unused", "q3", "b", '''
wrong_line = 4
''', points=2, message="wrong_line is '4', which is not among the answers that count"),
    Wrong("last year's direction", "q3", "b", '''
def blind(W, X):
    return X @ X.T @ W @ X
''', points=2, message="blind raised ValueError"),
    # -- q4, a: H - A H B
    Wrong("B is not transposed", "q4", "a", '''
def operator_matrix(A, B):
    return np.eye(len(A) * len(B)) - np.kron(B, A)
''', points=2, message="right only for symmetric B"),
    Wrong("the matrix for stacked rows", "q4", "a", '''
def operator_matrix(A, B):
    return np.eye(len(A) * len(B)) - np.kron(A, B.T)
''', points=2, message="right for stacked rows"),
    Wrong("the solution left stacked", "q4", "a", '''
H_own = solution
''', points=2, message="flattened, its entries are those of the right result, column by column"),
    Wrong("stacked by columns, unstacked by rows", "q4", "a", '''
H_own = solution.reshape(3, 2)
''', points=2, message="H_own differs from the right result"),
    Wrong("the adjoint applied, and no equation solved", "q4", "a", '''
G_own = C_own - A_own.T @ C_own @ B_own.T
''', points=2, message="G_own does not solve the adjoint's equation"),
    Wrong("the operator in place of its adjoint", "q4", "a", '''
G_own = H_own
''', points=2, message="G_own differs from the right result"),
    Wrong("the solution transposed", "q4", "a", '''
G_own = G_own.T
''', points=2, message="transpose of the right result"),
    Wrong("somebody else's numbers", "q4", "a", '''
rng = student_rng("hw1-q4", "somebody else")
A_other = rng.uniform(-0.4, 0.4, size=(3, 3))
B_other = rng.uniform(-0.4, 0.4, size=(2, 2))
C_other = rng.uniform(-5, 5, size=(3, 2))
other = np.linalg.solve(operator_matrix(A_other, B_other), C_other.reshape(-1, order="F"))
H_own = other.reshape(3, 2, order="F")
other = np.linalg.solve(operator_matrix(A_other, B_other).T, C_other.reshape(-1, order="F"))
G_own = other.reshape(3, 2, order="F")
''', points=1, message="H_own differs from the right result"),
    Wrong("the lines of the public test", "q4", "a", '''
def operator(A, B, H):
    return H - A @ H @ B


H_own = operator(A_own, B_own, C_own)
G_own = C_own
''', points=1, message="H_own does not solve the equation"),
    # -- q4, b: A H + H B
    Wrong("B is not transposed", "q4", "b", '''
def operator_matrix(A, B):
    return np.kron(np.eye(len(B)), A) + np.kron(B, np.eye(len(A)))
''', points=2, message="right only for symmetric B"),
    Wrong("the matrix for stacked rows", "q4", "b", '''
def operator_matrix(A, B):
    return np.kron(A, np.eye(len(B))) + np.kron(np.eye(len(A)), B.T)
''', points=2, message="right for stacked rows"),
    Wrong("only the first term's factor transposed", "q4", "b", '''
half = np.kron(np.eye(2), A_own.T) + np.kron(B_own.T, np.eye(3))
G_own = np.linalg.solve(half, C_own.reshape(-1, order="F")).reshape(3, 2, order="F")
''', points=2, message="G_own does not solve the adjoint's equation"),
    # -- q5, a: the adjoint at A X^T B X^-1
    Wrong("the line that follows from the wrong one", "q5", "a", '''
wrong_step = 5
''', points=2, message="wrong_step is '5', which is not among the answers that count"),
    Wrong("the derivation believed", "q5", "a", '''
def adjoint_g(A, B, X, G):
    Y = np.linalg.inv(X)
    return B @ Y @ G.T @ A - Y @ G.T @ A @ X.T @ B @ Y
''', points=2, message="adjoint_g differs from the right result"),
    Wrong("the adjoint forgets that H was transposed", "q5", "a", '''
def adjoint_g(A, B, X, G):
    inverse = np.linalg.inv(X)
    F = A @ X.T @ B @ inverse
    return A.T @ G @ (B @ inverse).T - F.T @ G @ inverse.T
''', points=2, message="adjoint_g differs from the right result"),
    Wrong("the adjoint transposed", "q5", "a", '''
def adjoint_g(A, B, X, G):
    inverse = np.linalg.inv(X)
    F = A @ X.T @ B @ inverse
    return A.T @ G @ inverse.T @ B.T - inverse @ G.T @ F
''', points=2, message="transposed: adjoint_g is the transpose"),
    Wrong("lecturelib finds the adjoint", "q5", "a", '''
def adjoint_g(A, B, X, G):
    from lecturelib import derivative

    return derivative(lambda X: A @ X.T @ B @ np.linalg.inv(X), X).T[G]
''', points=2, message="your own formula"),
    Wrong("the adjoint of another operator", "q5", "a", '''
def adjoint_g(A, B, X, G):
    return G
''', points=2, message="(3, 3) is asked for"),
    Wrong("a G that tells", "q5", "a", '''
def fooled(A, B, X):
    return np.eye(len(X))
''', points=2, message="at the G of fooled, line 5 is wrong"),
    Wrong("zero", "q5", "a", '''
def fooled(A, B, X):
    return 0 * X
''', points=2, message="has to be finite and not zero"),
    # -- q5, b: the adjoint at X^-1 A X^T B
    Wrong("the inverse is not transposed", "q5", "b", '''
def adjoint_g(A, B, X, G):
    inverse = np.linalg.inv(X)
    F = inverse @ A @ X.T @ B
    return B @ G.T @ inverse @ A - inverse @ G @ F.T
''', points=2, message="right only for symmetric X"),
    Wrong("the step of the other variant", "q5", "b", '''
wrong_step = 4
''', points=2, message="wrong_step is '4', which is not among the answers that count"),
    Wrong("last year's G", "q5", "b", '''
def fooled(A, B, X):
    return (X @ X @ np.linalg.inv(A @ X.T @ B)).T
''', points=2, message="at the G of fooled, line 5 is wrong"),
    Wrong("a row in place of a matrix", "q5", "b", '''
def fooled(A, B, X):
    return X[0]
''', points=2, message="fooled has to return a matrix G"),
    # -- q6, a: Y A Y = X
    Wrong("as if everything commuted", "q6", "a", '''
def root_derivative(A, Y, H):
    return np.linalg.solve(2 * A @ Y, H)
''', points=0, message="root_derivative differs from the right result"),
    Wrong("the transpose of the Kronecker product forgotten", "q6", "a", '''
def root_derivative(A, Y, H):
    eye = np.eye(len(A))
    K = np.kron(A @ Y, eye) + np.kron(eye, Y @ A)
    return np.linalg.solve(K, H.reshape(-1, order="F")).reshape(A.shape, order="F")
''', points=0, message="root_derivative differs from the right result"),
    Wrong("rows back in place of columns", "q6", "a", '''
def root_derivative(A, Y, H):
    eye = np.eye(len(A))
    K = np.kron((A @ Y).T, eye) + np.kron(eye, Y @ A)
    return np.linalg.solve(K, H.reshape(-1, order="F")).reshape(A.shape)
''', points=0, message="transposed: root_derivative is the transpose"),
    Wrong("the unknown left stacked", "q6", "a", '''
def root_derivative(A, Y, H):
    eye = np.eye(len(A))
    K = np.kron((A @ Y).T, eye) + np.kron(eye, Y @ A)
    return np.linalg.solve(K, H.reshape(-1, order="F"))
''', points=0, message="flattened, its entries are those of the right result, column by column"),
    # -- q6, b: Y X Y = B
    Wrong("the equation of the other variant", "q6", "b", '''
def root_derivative(X, Y, H):
    eye = np.eye(len(X))
    K = np.kron(Y.T, eye) + np.kron(eye, Y)
    return np.linalg.solve(K, H.reshape(-1, order="F")).reshape(X.shape, order="F")
''', points=0, message="root_derivative differs from the right result"),
    Wrong("the minus forgotten", "q6", "b", '''
def root_derivative(X, Y, H):
    eye = np.eye(len(X))
    K = np.kron((X @ Y).T, eye) + np.kron(eye, Y @ X)
    return np.linalg.solve(K, (Y @ H @ Y).reshape(-1, order="F")).reshape(X.shape, order="F")
''', points=0, message="wrong sign"),
    # -- q7, a: the remainder of the cube
    Wrong("the differential not scaled by t", "q7", "a", '''
def remainders(X, H, steps):
    L = H @ X @ X + X @ H @ X + X @ X @ H
    cube = lambda X: X @ X @ X
    return np.array([np.linalg.norm(cube(X + t * H) - cube(X) - L) for t in steps])
''', points=1, message="remainders differs from the right result"),
    Wrong("the cube of the entries", "q7", "a", '''
def remainders(X, H, steps):
    return np.array([np.linalg.norm((X + t * H) ** 3 - X**3 - 3 * t * X**2 * H) for t in steps])
''', points=1, message="remainders differs from the right result"),
    Wrong("the matrices, not their norms", "q7", "a", '''
def remainders(X, H, steps):
    L = H @ X @ X + X @ H @ X + X @ X @ H
    cube = lambda X: X @ X @ X
    return np.array([cube(X + t * H) - cube(X) - t * L for t in steps])
''', points=1, message="the result of remainders has shape"),
    Wrong("without logarithms", "q7", "a", '''
def slope(steps, sizes):
    return np.polyfit(steps, sizes, 1)[0]
''', points=1, message="slope differs from the right result"),
    Wrong("the line's other number", "q7", "a", '''
def slope(steps, sizes):
    return np.polyfit(np.log(steps), np.log(sizes), 1)[1]
''', points=1, message="slope differs from the right result"),
    # -- q7, b: the remainder of the inverse
    Wrong("the sign of the differential", "q7", "b", '''
def remainders(X, H, steps):
    Y = np.linalg.inv(X)
    return np.array([np.linalg.norm(np.linalg.inv(X + t * H) - Y - t * Y @ H @ Y) for t in steps])
''', points=1, message="remainders differs from the right result"),
    Wrong("from the first point to the last", "q7", "b", '''
def slope(steps, sizes):
    return np.log(sizes[-1] / sizes[0]) / np.log(steps[-1] / steps[0])
''', points=1, message="slope differs from the right result"),
    # -- the report
    Wrong("two words", "report", "a", '''
unclear = "The remainder."
''', points=0, message="unclear has 2 words"),
    Wrong("no page", "report", "a", '''
page = "..."
''', points=0, message="page is still the placeholder"),
]
