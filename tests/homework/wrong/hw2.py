"""Wrong answers that students write to homework 2, with what they must get."""

from wrong import Wrong

# fmt: off
WRONG = [
    # -- q2, a: tr(A X B X C)
    Wrong("numerator layout", "q2", "a", '''
def gradient_f(A, B, C, X):
    return B @ X @ C @ A + C @ A @ X @ B
''', points=0, message="transpose of the right result (numerator layout"),
    Wrong("flattened", "q2", "a", '''
def gradient_f(A, B, C, X):
    return (B @ X @ C @ A + C @ A @ X @ B).T.ravel()
''', points=0, message="flattened"),
    Wrong("the second X forgotten", "q2", "a", '''
def gradient_f(A, B, C, X):
    return A.T @ C.T @ X.T @ B.T
''', points=0, message="a missing term: gradient_f lacks 1 of the 2"),
    Wrong("factors transposed, and left in their order", "q2", "a", '''
def gradient_f(A, B, C, X):
    return B.T @ X.T @ C.T @ A.T + C.T @ A.T @ X.T @ B.T
''', points=0, message="raised ValueError"),
    Wrong("untouched", "q2", "a", '''
def gradient_f(A, B, C, X):
    """The gradient of tr(A X B X C); X is (m, n), A (p, m), B (n, m), C (n, p)."""
    ...
''', points=0, message="still the placeholder"),
    Wrong("lecturelib's gradient pasted", "q2", "a", '''
def gradient_f(A, B, C, X):
    from lecturelib import gradient

    return gradient(lambda X: np.trace(A @ X @ B @ X @ C), X)
''', points=0, message="your own formula"),
    Wrong("SymPy differentiates", "q2", "a", '''
def gradient_f(A, B, C, X):
    import sympy

    Z = sympy.Matrix(*X.shape, lambda i, j: sympy.Symbol(f"z{i}{j}"))
    M = [sympy.Matrix(matrix) for matrix in (A, B, C)]
    f = (M[0] * Z * M[1] * Z * M[2]).trace()
    at = {Z[i]: X.flat[i] for i in range(X.size)}
    return np.array([float(f.diff(z).subs(at)) for z in Z]).reshape(X.shape)
''', points=0, message="your own formula"),
    Wrong("a gradient at one point, no function", "q2", "a", '''
gradient_f = np.ones((3, 4))
''', points=0, message="gradient_f is not a function"),
    # -- q2, b: tr(A X^T B X^T C)
    Wrong("numerator layout", "q2", "b", '''
def gradient_f(A, B, C, X):
    return (B @ X.T @ C @ A + C @ A @ X.T @ B).T
''', points=0, message="transpose of the right result (numerator layout"),
    Wrong("both places taken for equal", "q2", "b", '''
def gradient_f(A, B, C, X):
    return 2 * C @ A @ X.T @ B
''', points=0, message="the order of factors is wrong"),
    # -- q3, a: ||X^T A X - C||^2
    Wrong("the friend's result", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    return 2 * (A + A.T) @ X @ R
''', points=0, message="right only for symmetric A and C"),
    Wrong("both transposed: A taken for symmetric", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    return 2 * A @ X @ (R + R.T)
''', points=0, message="right only for symmetric A, and A need not be"),
    Wrong("the 2 of the square forgotten", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    return A.T @ X @ R + A @ X @ R.T
''', points=0, message="off by the factor 1/2"),
    Wrong("the residual computed in place", "q3", "a", '''
def gradient_g(A, C, X):
    C -= X.T @ A @ X
    return -2 * (A.T @ X @ C + A @ X @ C.T)
''', points=0, message="changed its argument C"),
    Wrong("the answer printed, not returned", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    print(2 * (A.T @ X @ R + A @ X @ R.T))
''', points=0, message="returns None"),
    # -- q3, b: ||X A X^T - C||^2
    Wrong("the friend's result", "q3", "b", '''
def gradient_g(A, C, X):
    R = X @ A @ X.T - C
    return 2 * R @ X @ (A + A.T)
''', points=0, message="right only for symmetric A and C"),
    Wrong("residual the other way round", "q3", "b", '''
def gradient_g(A, C, X):
    R = C - X @ A @ X.T
    return 2 * (R @ X @ A.T + R.T @ X @ A)
''', points=0, message="wrong sign"),
    # -- q4, a: x^T A x / (1 + ||B x||^2)
    Wrong("2 A x", "q4", "a", '''
def gradient_q(A, B, x):
    bottom = 1 + np.sum((B @ x) ** 2)
    return 2 * (A @ x - (x @ A @ x / bottom) * B.T @ B @ x) / bottom
''', points=2, message="right only for symmetric A"),
    Wrong("quotient rule the wrong way round", "q4", "a", '''
def gradient_q(A, B, x):
    top, bottom = x @ A @ x, 1 + np.sum((B @ x) ** 2)
    return (top * 2 * B.T @ B @ x - bottom * (A + A.T) @ x) / bottom**2
''', points=2, message="wrong sign"),
    Wrong("bottom held still", "q4", "a", '''
def gradient_q(A, B, x):
    return (A + A.T) @ x / (1 + np.sum((B @ x) ** 2))
''', points=2, message="a missing term: gradient_q lacks 1 of"),
    Wrong("Euclidean length 1", "q4", "a", '''
direction = gradient_q(my_A, my_B, my_x)
direction = direction / np.linalg.norm(direction)
slope = gradient_q(my_A, my_B, my_x) @ direction
''', points=2, message="the length of direction, measured with W,"),
    Wrong("Euclidean gradient, scaled to length 1 under W", "q4", "a", '''
direction = gradient_q(my_A, my_B, my_x)
direction = direction / np.sqrt(direction @ my_W @ direction)
slope = gradient_q(my_A, my_B, my_x) @ direction
''', points=2, message=""),
    Wrong("slope under W, of the Euclidean gradient", "q4", "a", '''
slope = gradient_q(my_A, my_B, my_x) @ my_W @ direction
''', points=2, message="slope"),
    Wrong("steepest descent", "q4", "a", '''
direction = -direction
slope = -slope
''', points=2, message=""),
    # -- q4, b: b^T x / sqrt(1 + x^T A x)
    Wrong("2 A x", "q4", "b", '''
def gradient_q(A, b, x):
    bottom = np.sqrt(1 + x @ A @ x)
    return b / bottom - (b @ x) * A @ x / bottom**3
''', points=2, message="right only for symmetric A"),
    Wrong("the inner derivative of the root forgotten", "q4", "b", '''
def gradient_q(A, b, x):
    bottom = np.sqrt(1 + x @ A @ x)
    return b / bottom - (b @ x) / (2 * bottom**3)
''', points=2, message="gradient_q differs from the right result"),
    Wrong("numbers untouched", "q4", "b", '''
direction = ...
slope = ...
''', points=2, message="direction is not yet an array"),
    # -- q5, a: (A x) * (B x) / ||x||
    Wrong("denominator layout", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b, length = A @ x, B @ x, np.linalg.norm(x)
    return (A.T * b + B.T * a) / length - np.outer(x, a * b) / length**3
''', points=0, message="transpose of the right result"),
    Wrong("length held still", "q5", "a", '''
def jacobian_f(A, B, x):
    return (np.diag(B @ x) @ A + np.diag(A @ x) @ B) / np.linalg.norm(x)
''', points=0, message="jacobian_f differs from the right result"),
    Wrong("rows scaled by broadcasting over the columns", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b, length = A @ x, B @ x, np.linalg.norm(x)
    return (b * A + a * B) / length - np.outer(a * b, x) / length**3
''', points=0, message="raised ValueError"),
    Wrong("through logarithms of negative numbers", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b = A @ x, B @ x
    f = np.exp(np.log(a) + np.log(b) - np.log(x @ x) / 2)
    return f[:, None] * (A / a[:, None] + B / b[:, None] - x / (x @ x))
''', points=0, message="not finite"),
    Wrong("the derivative along one direction", "q5", "a", '''
def jacobian_f(A, B, x):
    h = np.ones(x.size)
    return (A @ h * (B @ x) + A @ x * (B @ h)) / np.linalg.norm(x)
''', points=0, message="has shape (4,), and (4, 3) is asked for"),
    # -- q5, b: (A x) * softmax(B x)
    Wrong("softmax differentiated like the exponential", "q5", "b", '''
def jacobian_f(A, B, x):
    p = np.exp(B @ x) / np.sum(np.exp(B @ x))
    return np.diag(p) @ A + np.diag(A @ x * p) @ B
''', points=0, message="jacobian_f differs from the right result"),
    Wrong("lecturelib's Jacobian pasted", "q5", "b", '''
def jacobian_f(A, B, x):
    from lecturelib import jacobian_matrix

    return jacobian_matrix(lambda z: A @ z * np.exp(B @ z) / np.sum(np.exp(B @ z)), x)
''', points=0, message="your own formula"),
    # -- q6, a: half the weighted sum of squares
    Wrong("residual not transposed for V", "q6", "a", '''
def gradient_V(U, V, C, Y):
    return (C * (U @ V.T - Y)) @ U
''', points=1, message="gradient_V raised ValueError"),
    Wrong("weights squared", "q6", "a", '''
def gradient_U(U, V, C, Y):
    return (C**2 * (U @ V.T - Y)) @ V
''', points=1, message="gradient_U differs from the right result"),
    Wrong("the half forgotten", "q6", "a", '''
def gradient_U(U, V, C, Y):
    return 2 * (C * (U @ V.T - Y)) @ V


def gradient_V(U, V, C, Y):
    return 2 * (C * (U @ V.T - Y)).T @ U
''', points=0, message="off by the factor 2"),
    # -- q6, b: weighted logarithms
    Wrong("the minus of the exponent forgotten", "q6", "b", '''
def gradient_U(U, V, C, Y):
    return (C * Y / (1 + np.exp(Y * (U @ V.T)))) @ V
''', points=1, message="wrong sign"),
    Wrong("numerator layout", "q6", "b", '''
def gradient_V(U, V, C, Y):
    return U.T @ (-C * Y / (1 + np.exp(Y * (U @ V.T))))
''', points=1, message="transpose of the right result (numerator layout"),
    # -- q7, a: a quadratic function
    Wrong("uphill", "q7", "a", '''
def path(A, b, x0, rate, steps):
    points = [x0]
    for _ in range(steps):
        points.append(points[-1] + rate * ((A + A.T) @ points[-1] / 2 - b))
    return np.array(points)
''', points=0, message="path differs from the right result"),
    Wrong("as if A were symmetric", "q7", "a", '''
def path(A, b, x0, rate, steps):
    points = [x0]
    for _ in range(steps):
        points.append(points[-1] - rate * (A @ points[-1] - b))
    return np.array(points)
''', points=0, message="right only for symmetric A"),
    Wrong("the last point only", "q7", "a", '''
def path(A, b, x0, rate, steps):
    x = x0
    for _ in range(steps):
        x = x - rate * ((A + A.T) @ x / 2 - b)
    return x
''', points=0, message="the result of path has shape (2,)"),
    # -- q7, b: a logarithm
    Wrong("the start not kept", "q7", "b", '''
def path(A, b, x0, rate, steps):
    x, points = x0, []
    for _ in range(steps):
        x = x - rate * ((A + A.T) @ x / (1 + x @ A @ x) - b / 4)
        points.append(x)
    return np.array(points)
''', points=0, message="and (3, 2) is asked for"),
    Wrong("the inner derivative of the logarithm forgotten", "q7", "b", '''
def path(A, b, x0, rate, steps):
    points = [x0]
    for _ in range(steps):
        x = points[-1]
        points.append(x - rate * (1 / (1 + x @ A @ x) - b / 4))
    return np.array(points)
''', points=0, message="path differs from the right result"),
    # -- report
    Wrong("a report of two words", "report", "a", '''
unclear = "The trace."
''', points=0, message="words"),
]
