"""Wrong answers that students write to homework 2, with what they must get."""

from wrong import Wrong

# fmt: off
WRONG = [
    # -- q2, a: tr(A X B X C), and ||X^T X||^2
    Wrong("each place integrated by itself", "q2", "a", '''
f_formula = "2*tr(A*X*B*X*C)"
''', points=1, message="factor: f_formula is not right. Off by the factor 2"),
    Wrong("a product of two traces", "q2", "a", '''
f_formula = "tr(C*A*X)*tr(B*X)"
''', points=1, message="order of factors: f_formula is right if m = 1"),
    Wrong("the gradient itself", "q2", "a", '''
f_formula = "A'*C'*X'*B' + B'*X'*A'*C'"
''', points=1, message="f_formula has the shape (m, n), and () is asked for"),
    Wrong("the factor of the square kept", "q2", "a", '''
g_formula = "4*norm2(X'*X)^2"
''', points=1, message="factor: g_formula is not right. Off by the factor 4"),
    Wrong("a bracket too few", "q2", "a", '''
f_formula = "tr(A*X*B*X*C"
''', points=1, message="f_formula can't be read: Unbalanced parentheses"),
    Wrong("a name that is none", "q2", "a", '''
g_formula = "tr(Z'*Z)"
''', points=1, message="g_formula can't be read: The name Z is not declared"),
    Wrong("untouched", "q2", "a", '''
f_formula = g_formula = ...
''', points=0, message="f_formula is still the placeholder"),
    Wrong("a function, no text", "q2", "a", '''
def f_formula(A, B, C, X):
    return np.trace(A @ X @ B @ X @ C)
''', points=1, message="f_formula is a function, and a formula in quotes is asked for"),
    Wrong("code", "q2", "a", '''
f_formula = "__import__('os').getcwd()"
''', points=1, message="f_formula can't be read"),
    # -- q2, b: tr(A X^T B X^T C), and ||X^T S X||^2 / 2
    Wrong("X for its transpose", "q2", "b", '''
f_formula = "tr(A*X*B*X*C)"
''', points=1, message="f_formula can't be read"),
    Wrong("half forgotten", "q2", "b", '''
g_formula = "norm2(X'*S*X)^2"
''', points=1, message="factor: g_formula is not right. Off by the factor 2"),
    # -- q3, a: ||X^T A X - C||^2
    Wrong("the friend's result", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    return 2 * (A + A.T) @ X @ R
''', points=1, message="right only for symmetric A and C"),
    Wrong("both transposed: A taken for symmetric", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    return 2 * A @ X @ (R + R.T)
''', points=1, message="right only for symmetric A, and A need not be"),
    Wrong("the 2 of the square forgotten", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    return A.T @ X @ R + A @ X @ R.T
''', points=1, message="off by the factor 1/2"),
    Wrong("the residual computed in place", "q3", "a", '''
def gradient_g(A, C, X):
    C -= X.T @ A @ X
    return -2 * (A.T @ X @ C + A @ X @ C.T)
''', points=1, message="changed its argument C"),
    Wrong("the answer printed, not returned", "q3", "a", '''
def gradient_g(A, C, X):
    R = X.T @ A @ X - C
    print(2 * (A.T @ X @ R + A @ X @ R.T))
''', points=1, message="returns None"),
    Wrong("an X that tells", "q3", "a", '''
def blind(A, C):
    return np.ones((len(A), 3))
''', points=1, message="at the X of blind, the friend's result is wrong"),
    Wrong("zero", "q3", "a", '''
def blind(A, C):
    return np.zeros((len(A), 3))
''', points=1, message="has to be finite and not zero"),
    # -- q3, b: ||X A X^T - C||^2
    Wrong("the friend's result", "q3", "b", '''
def gradient_g(A, C, X):
    R = X @ A @ X.T - C
    return 2 * R @ X @ (A + A.T)
''', points=1, message="right only for symmetric A and C"),
    Wrong("residual the other way round", "q3", "b", '''
def gradient_g(A, C, X):
    R = C - X @ A @ X.T
    return 2 * (R @ X @ A.T + R.T @ X @ A)
''', points=1, message="wrong sign"),
    Wrong("the rows of the other variant", "q3", "b", '''
def blind(A, C):
    return np.outer(np.ones(len(A)), np.linalg.svd(C - C.T)[2][-1])
''', points=1, message="of the right numbers of rows and columns"),
    # -- q4, a: x^T A x / (1 + ||B x||^2)
    Wrong("2 A x", "q4", "a", '''
def gradient_q(A, B, x):
    bottom = 1 + np.sum((B @ x) ** 2)
    return 2 * (A @ x - (x @ A @ x / bottom) * B.T @ B @ x) / bottom
''', points=3, message="right only for symmetric A"),
    Wrong("quotient rule the wrong way round", "q4", "a", '''
def gradient_q(A, B, x):
    top, bottom = x @ A @ x, 1 + np.sum((B @ x) ** 2)
    return (top * 2 * B.T @ B @ x - bottom * (A + A.T) @ x) / bottom**2
''', points=3, message="wrong sign"),
    Wrong("bottom held still", "q4", "a", '''
def gradient_q(A, B, x):
    return (A + A.T) @ x / (1 + np.sum((B @ x) ** 2))
''', points=3, message="a missing term: gradient_q lacks 1 of"),
    Wrong("Euclidean length 1", "q4", "a", '''
direction = gradient_q(my_A, my_B, my_x)
direction = direction / np.linalg.norm(direction)
slope = gradient_q(my_A, my_B, my_x) @ direction
''', points=1, message="the length of direction, measured with W,"),
    Wrong("Euclidean gradient, scaled to length 1 under W", "q4", "a", '''
direction = gradient_q(my_A, my_B, my_x)
direction = direction / np.sqrt(direction @ my_W @ direction)
slope = gradient_q(my_A, my_B, my_x) @ direction
''', points=1, message=""),
    Wrong("slope under W, of the Euclidean gradient", "q4", "a", '''
slope = gradient_q(my_A, my_B, my_x) @ my_W @ direction
''', points=1, message="slope"),
    Wrong("steepest descent", "q4", "a", '''
direction = -direction
slope = -slope
''', points=1, message=""),
    # -- q4, b: b^T x / sqrt(1 + x^T A x)
    Wrong("2 A x", "q4", "b", '''
def gradient_q(A, b, x):
    bottom = np.sqrt(1 + x @ A @ x)
    return b / bottom - (b @ x) * A @ x / bottom**3
''', points=3, message="right only for symmetric A"),
    Wrong("the inner derivative of the root forgotten", "q4", "b", '''
def gradient_q(A, b, x):
    bottom = np.sqrt(1 + x @ A @ x)
    return b / bottom - (b @ x) / (2 * bottom**3)
''', points=3, message="gradient_q differs from the right result"),
    Wrong("numbers untouched", "q4", "b", '''
direction = ...
slope = ...
''', points=1, message="direction is not yet an array"),
    # -- q5, a: (A x) * (B x) / ||x||
    Wrong("denominator layout", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b, length = A @ x, B @ x, np.linalg.norm(x)
    return (A.T * b + B.T * a) / length - np.outer(x, a * b) / length**3
''', points=2, message="transpose of the right result"),
    Wrong("length held still", "q5", "a", '''
def jacobian_f(A, B, x):
    return (np.diag(B @ x) @ A + np.diag(A @ x) @ B) / np.linalg.norm(x)
''', points=2, message="jacobian_f differs from the right result"),
    Wrong("rows scaled by broadcasting over the columns", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b, length = A @ x, B @ x, np.linalg.norm(x)
    return (b * A + a * B) / length - np.outer(a * b, x) / length**3
''', points=2, message="raised ValueError"),
    Wrong("through logarithms of negative numbers", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b = A @ x, B @ x
    f = np.exp(np.log(a) + np.log(b) - np.log(x @ x) / 2)
    return f[:, None] * (A / a[:, None] + B / b[:, None] - x / (x @ x))
''', points=2, message="not finite"),
    Wrong("the derivative along one direction", "q5", "a", '''
def jacobian_f(A, B, x):
    h = np.ones(x.size)
    return (A @ h * (B @ x) + A @ x * (B @ h)) / np.linalg.norm(x)
''', points=2, message="has shape (4,), and (4, 3) is asked for"),
    Wrong("the derivation believed", "q5", "a", '''
def jacobian_f(A, B, x):
    a, b, r = A @ x, B @ x, np.linalg.norm(x)
    return (np.diag(b) @ A + np.diag(a) @ B) / r - np.outer(a * b, x) / r**2
''', points=2, message="jacobian_f differs from the right result"),
    Wrong("the line that is right", "q5", "a", '''
wrong_step = 2
''', points=2, message="wrong_step is '2', which is not among the answers that count"),
    Wrong("the point itself", "q5", "a", '''
def unnoticed(A, B, x):
    return x
''', points=2, message="at the point of unnoticed, line 5 is wrong"),
    Wrong("another direction", "q5", "a", '''
def unnoticed(A, B, x):
    return np.eye(len(x))[0]
''', points=2, message="a positive multiple of x"),
    # -- q5, b: (A x) * softmax(B x)
    Wrong("softmax differentiated like the exponential", "q5", "b", '''
def jacobian_f(A, B, x):
    p = np.exp(B @ x) / np.sum(np.exp(B @ x))
    return np.diag(p) @ A + np.diag(A @ x * p) @ B
''', points=2, message="jacobian_f differs from the right result"),
    Wrong("lecturelib's Jacobian pasted", "q5", "b", '''
def jacobian_f(A, B, x):
    from lecturelib import jacobian_matrix

    return jacobian_matrix(lambda z: A @ z * np.exp(B @ z) / np.sum(np.exp(B @ z)), x)
''', points=2, message="your own formula"),
    Wrong("zero", "q5", "b", '''
def unnoticed(A, B, x):
    return 0 * x
''', points=2, message="has to be finite and not zero"),
    Wrong("the kernel of the other matrix", "q5", "b", '''
def unnoticed(A, B, x):
    return np.linalg.svd(B)[2][-1]
''', points=2, message="at the point of unnoticed, line 5 is wrong"),
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
