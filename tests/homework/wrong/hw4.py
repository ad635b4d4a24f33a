"""Wrong answers that students write to homework 4, with what they must get."""

from wrong import Wrong

# fmt: off
WRONG = [
    # -- q2, a: log |det(A + B X^-1 C)|, and det(X)^2
    Wrong("the sign of the inverse", "q2", "a", '''
f_formula = "logdet(A - B*inv(X)*C)"
''', points=1, message="sign: f_formula is not right"),
    Wrong("the logarithm forgotten", "q2", "a", '''
f_formula = "det(A + B*inv(X)*C)"
''', points=1, message="f_formula is not right"),
    Wrong("the determinant of another product", "q2", "a", '''
f_formula = "logdet(A + C*inv(X)*B)"
''', points=1, message="f_formula can't be read: In C*inv(X) the inner dimensions differ"),
    Wrong("the limit at infinity forgotten", "q2", "a", '''
f_formula = "logdet(X + C*inv(A)*B) - logdet(X)"
''', points=1, message="f_formula is not right"),
    Wrong("twice", "q2", "a", '''
g_formula = "2*det(X)^2"
''', points=1, message="factor: g_formula is not right. Off by the factor 2"),
    Wrong("the gradient handed back", "q2", "a", '''
g_formula = "2*det(X)^2*inv(X)'"
''', points=1, message="g_formula has the shape (n, n), and () is asked for"),
    Wrong("untouched", "q2", "a", '''
f_formula, g_formula = ..., ...
''', points=0, message="g_formula is still the placeholder"),
    Wrong("an array in place of a text", "q2", "a", '''
g_formula = np.linalg.det(np.eye(3))
''', points=1, message="and a formula in quotes is asked for"),
    # -- q2, b: log |det(A - B X^-T C)|, and 1 / det(X)
    Wrong("the transpose of X overlooked", "q2", "b", '''
f_formula = "logdet(A - B*inv(X)*C)"
''', points=1, message="transposed factor: f_formula is"),
    Wrong("last year's function", "q2", "b", '''
g_formula = "det(X)^2"
''', points=1, message="g_formula is not right"),
    Wrong("the sign of the power", "q2", "b", '''
g_formula = "-1/det(X)"
''', points=1, message="sign: g_formula is not right. The sign is wrong"),
    # -- q3, a: the residual network
    Wrong("the derivation believed", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = np.tanh(W1.T @ Phi0)
    Phi1 = Phi0 + S1
    S2 = np.tanh(W2.T @ Phi1)
    G2 = 2 * (Phi1 + S2 - target)
    return Phi0 @ ((1 - S1**2) * (G2 + (1 - S2**2) * (W2 @ G2))).T
''', points=2, message="gradient_W1 differs from the right result"),
    Wrong("the way round the layer forgotten", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = np.tanh(W1.T @ Phi0)
    Phi1 = Phi0 + S1
    S2 = np.tanh(W2.T @ Phi1)
    delta2 = (1 - S2**2) * 2 * (Phi1 + S2 - target)
    return Phi0 @ ((1 - S1**2) * (W2 @ delta2)).T
''', points=2, message="gradient_W1 differs from the right result"),
    Wrong("the slope at the output of the layer", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = np.tanh(W1.T @ Phi0)
    Phi1 = Phi0 + S1
    Phi2 = Phi1 + np.tanh(W2.T @ Phi1)
    G2 = 2 * (Phi2 - target)
    return Phi0 @ ((1 - Phi1**2) * (G2 + W2 @ ((1 - Phi2**2) * G2))).T
''', points=2, message="gradient_W1 differs from the right result"),
    Wrong("W_2^T on the way back", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = np.tanh(W1.T @ Phi0)
    Phi1 = Phi0 + S1
    S2 = np.tanh(W2.T @ Phi1)
    G2 = 2 * (Phi1 + S2 - target)
    return Phi0 @ ((1 - S1**2) * (G2 + W2.T @ ((1 - S2**2) * G2))).T
''', points=2, message="right only for symmetric W2"),
    Wrong("the 2 of the square forgotten", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = np.tanh(W1.T @ Phi0)
    Phi1 = Phi0 + S1
    S2 = np.tanh(W2.T @ Phi1)
    G2 = Phi1 + S2 - target
    return Phi0 @ ((1 - S1**2) * (G2 + W2 @ ((1 - S2**2) * G2))).T
''', points=2, message="off by the factor 1/2"),
    Wrong("numerator layout", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = np.tanh(W1.T @ Phi0)
    Phi1 = Phi0 + S1
    S2 = np.tanh(W2.T @ Phi1)
    G2 = 2 * (Phi1 + S2 - target)
    return ((1 - S1**2) * (G2 + W2 @ ((1 - S2**2) * G2))) @ Phi0.T
''', points=2, message="transposed: gradient_W1 is the transpose"),
    Wrong("adds to the samples in place", "q3", "a", '''
def gradient_W1(W1, W2, Phi0, target):
    before, S1 = Phi0.copy(), np.tanh(W1.T @ Phi0)
    Phi0 += S1
    S2 = np.tanh(W2.T @ Phi0)
    G2 = 2 * (Phi0 + S2 - target)
    return before @ ((1 - S1**2) * (G2 + W2 @ ((1 - S2**2) * G2))).T
''', points=2, message="changed its argument Phi0"),
    Wrong("the line after the wrong one", "q3", "a", '''
wrong_line = "5"
''', points=2, message="wrong_line is '5', which is not among the answers that count"),
    Wrong("two lines", "q3", "a", '''
wrong_line = [4, 5]
''', points=2, message="a text in quotes is asked for"),
    Wrong("no line yet", "q3", "a", '''
wrong_line = ...
''', points=2, message="wrong_line is still the placeholder"),
    Wrong("the other kind that is its own adjoint", "q3", "a", '''
harmless = "symmetric"
''', points=2, message="harmless is 'symmetric', which is not among the answers that count"),
    # -- q3, b: the gated network
    Wrong("the derivation believed", "q3", "b", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = 1 / (1 + np.exp(-W1.T @ Phi0))
    Phi1 = Phi0 * S1
    S2 = 1 / (1 + np.exp(-W2.T @ Phi1))
    G2 = 2 * (Phi1 * S2 - target)
    G1 = S2 * G2 + S2 * (1 - S2) * Phi1 * (W2 @ G2)
    return Phi0 @ (Phi0 * S1 * (1 - S1) * G1).T
''', points=2, message="gradient_W1 differs from the right result"),
    Wrong("the gate's input held still", "q3", "b", '''
def gradient_W1(W1, W2, Phi0, target):
    S1 = 1 / (1 + np.exp(-W1.T @ Phi0))
    Phi1 = Phi0 * S1
    S2 = 1 / (1 + np.exp(-W2.T @ Phi1))
    G1 = S2 * 2 * (Phi1 * S2 - target)
    return Phi0 @ (Phi0 * S1 * (1 - S1) * G1).T
''', points=2, message="gradient_W1 differs from the right result"),
    Wrong("last year's line", "q3", "b", '''
wrong_line = "4"
''', points=2, message="wrong_line is '4', which is not among the answers that count"),
    # -- q4, a: the growth factor of T + F V^-1
    Wrong("both vectors of length 1", "q4", "a", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, right = np.linalg.eig(T + F @ Y)
    others, left = np.linalg.eig((T + F @ Y).T)
    v, u = right[:, np.argmax(values.real)].real, left[:, np.argmax(others.real)].real
    return -np.outer(Y.T @ F.T @ u, Y @ v) * np.sign(u @ v)
''', points=1, message="growth_gradient differs from the right result"),
    Wrong("left and right exchanged", "q4", "a", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, vectors = np.linalg.eig(T + F @ Y)
    k = np.argmax(values.real)
    u, v = vectors[:, k].real, np.linalg.inv(vectors)[k].real
    return -np.outer(Y.T @ F.T @ u, Y @ v)
''', points=1, message="growth_gradient differs from the right result"),
    Wrong("the right vector on both sides", "q4", "a", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, vectors = np.linalg.eig(T + F @ Y)
    v = vectors[:, np.argmax(values.real)].real
    return -np.outer(Y.T @ F.T @ v, Y @ v)
''', points=1, message="growth_gradient differs from the right result"),
    Wrong("v u^T in place of u v^T", "q4", "a", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, vectors = np.linalg.eig(T + F @ Y)
    k = np.argmax(values.real)
    v, u = vectors[:, k].real, np.linalg.inv(vectors)[k].real
    return -np.outer(Y @ v, Y.T @ F.T @ u)
''', points=1, message="transposed: growth_gradient is the transpose"),
    Wrong("the gradient by V^-1", "q4", "a", '''
def growth_gradient(T, F, V):
    values, vectors = np.linalg.eig(T + F @ np.linalg.inv(V))
    k = np.argmax(values.real)
    v, u = vectors[:, k].real, np.linalg.inv(vectors)[k].real
    return np.outer(F.T @ u, v)
''', points=1, message="growth_gradient differs from the right result"),
    Wrong("complex numbers handed back", "q4", "a", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, vectors = np.linalg.eig((T + F @ Y).astype(complex))
    k = np.argmax(values.real)
    return -np.outer(Y.T @ F.T @ np.linalg.inv(vectors)[k], Y @ vectors[:, k])
''', points=1, message="growth_gradient is complex"),
    Wrong("lecturelib's gradient pasted", "q4", "a", '''
def growth_gradient(T, F, V):
    from lecturelib import gradient

    return gradient(lambda V: np.max(np.linalg.eigvals(T + F @ np.linalg.inv(V)).real), V)
''', points=1, message="your own formula"),
    Wrong("what really happens, in place of the first order", "q4", "a", '''
predicted = max(
    np.max(np.linalg.eigvals(T + F @ np.linalg.inv(V - 0.02 * np.outer(e, e))).real)
    for e in np.eye(4)
)
''', points=2, message="predicted"),
    Wrong("v_kk raised, not lowered", "q4", "a", '''
predicted = growth + 0.02 * np.min(np.diag(growth_gradient(T, F, V)))
''', points=2, message="predicted is far from what happens"),
    Wrong("all four predictions", "q4", "a", '''
predicted = growth - 0.02 * np.diag(growth_gradient(T, F, V))
''', points=2, message="predicted has shape (4,)"),
    Wrong("untouched number", "q4", "a", '''
predicted = ...
''', points=2, message="predicted is still the placeholder"),
    Wrong("the neighbour's colonies", "q4", "a", '''
rng = student_rng("hw4-q4", "b10901999")
T, F = rng.uniform(0.05, 0.25, (4, 4)), rng.uniform(0.1, 0.5, (4, 4))
V = np.diag(rng.uniform(1.2, 1.8, 4)) - rng.uniform(0.02, 0.12, (4, 4))
growth = np.max(np.linalg.eigvals(T + F @ np.linalg.inv(V)).real)
predicted = growth - 0.02 * np.min(np.diag(growth_gradient(T, F, V)))
''', points=2, message="predicted is far from what happens"),
    # -- q4, b: the growth factor of T + V^-1 F
    Wrong("last year's formula", "q4", "b", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, vectors = np.linalg.eig(T + F @ Y)
    k = np.argmax(values.real)
    v, u = vectors[:, k].real, np.linalg.inv(vectors)[k].real
    return -np.outer(Y.T @ F.T @ u, Y @ v)
''', points=1, message="growth_gradient differs from the right result"),
    Wrong("the minus of the inverse forgotten", "q4", "b", '''
def growth_gradient(T, F, V):
    Y = np.linalg.inv(V)
    values, vectors = np.linalg.eig(T + Y @ F)
    k = np.argmax(values.real)
    v, u = vectors[:, k].real, np.linalg.inv(vectors)[k].real
    return np.outer(Y.T @ u, Y @ F @ v)
''', points=1, message="wrong sign"),
    Wrong("the change, not the growth", "q4", "b", '''
predicted = -0.02 * np.min(np.diag(growth_gradient(T, F, V)))
''', points=2, message="predicted is far from what happens"),
    # -- q5, a: one matrix used twice, a bias in the hidden layer
    Wrong("one of the two places of W forgotten", "q5", "a", '''
def tied_gradient_W(W, b, Phi0, Y):
    Phi1, delta2, delta1 = deltas(W, b, Phi0, Y)
    return delta2 @ Phi1.T
''', points=0, message="tied_gradient_W differs from the right result"),
    Wrong("softplus' taken at the activation", "q5", "a", '''
def tied_gradient_W(W, b, Phi0, Y):
    Phi1, delta2, _ = deltas(W, b, Phi0, Y)
    delta1 = (1 + np.tanh(Phi1 / 2)) / 2 * (W.T @ delta2)
    return Phi0 @ delta1.T + delta2 @ Phi1.T
''', points=0, message="tied_gradient_W differs from the right result"),
    Wrong("softmax by itself: its Jacobian taken for diagonal", "q5", "a", '''
def tied_gradient_W(W, b, Phi0, Y):
    Z1 = W.T @ Phi0 + b[:, None]
    Phi1 = np.log(1 + np.exp(Z1))
    P = np.exp(W @ Phi1) / np.exp(W @ Phi1).sum(axis=0)
    delta2 = -Y / P * P * (1 - P) / Y.shape[1]
    delta1 = (W.T @ delta2) / (1 + np.exp(-Z1))
    return Phi0 @ delta1.T + delta2 @ Phi1.T
''', points=0, message="tied_gradient_W differs from the right result"),
    Wrong("the sum in place of the mean", "q5", "a", '''
def tied_gradient_W(W, b, Phi0, Y):
    Phi1, delta2, delta1 = deltas(W, b, Phi0, Y)
    return Y.shape[1] * (Phi0 @ delta1.T + delta2 @ Phi1.T)
''', points=0, message="off by the factor 5"),
    Wrong("probabilities of samples, not of words", "q5", "a", '''
def tied_gradient_W(W, b, Phi0, Y):
    Z1 = W.T @ Phi0 + b[:, None]
    Phi1 = np.log(1 + np.exp(Z1))
    E = np.exp(W @ Phi1)
    delta2 = (E / E.sum(axis=1, keepdims=True) - Y) / Y.shape[1]
    delta1 = (W.T @ delta2) / (1 + np.exp(-Z1))
    return Phi0 @ delta1.T + delta2 @ Phi1.T
''', points=0, message="tied_gradient_W differs from the right result"),
    Wrong("numerator layout", "q5", "a", '''
def tied_gradient_W(W, b, Phi0, Y):
    Phi1, delta2, delta1 = deltas(W, b, Phi0, Y)
    return delta1 @ Phi0.T + Phi1 @ delta2.T
''', points=0, message="is the transpose of the right result"),
    Wrong("overflows at large scores", "q5", "a", '''
def deltas(W, b, Phi0, Y):
    with np.errstate(all="ignore"):
        Z1 = W.T @ Phi0 + b[:, None]
        Phi1 = np.log(1 + np.exp(Z1))
        E = np.exp(W @ Phi1)
        delta2 = (E / E.sum(axis=0) - Y) / Y.shape[1]
        return Phi1, delta2, (W.T @ delta2) / (1 + np.exp(-Z1))
''', points=1.5, message="not finite"),
    Wrong("the gradient by the bias, not added up", "q5", "a", '''
def tied_gradient_b(W, b, Phi0, Y):
    return deltas(W, b, Phi0, Y)[2]
''', points=1.5, message="tied_gradient_b has shape (3, 5)"),
    Wrong("the gradient by the bias as a column", "q5", "a", '''
def tied_gradient_b(W, b, Phi0, Y):
    return deltas(W, b, Phi0, Y)[2].sum(axis=1, keepdims=True)
''', points=1.5, message="tied_gradient_b has shape (3, 1)"),
    # -- q5, b: one matrix used twice, a bias and a skip connection at the end
    Wrong("both places of W taken for equal", "q5", "b", '''
def tied_gradient_W(W, b, Phi0, Y):
    Phi1, delta2, delta1 = deltas(W, b, Phi0, Y)
    return 2 * delta2 @ Phi1.T
''', points=0, message="tied_gradient_W differs from the right result"),
    Wrong("no slope in the last layer", "q5", "b", '''
def deltas(W, b, Phi0, Y):
    Phi1 = np.tanh(W.T @ Phi0)
    S = Phi0 + np.logaddexp(0, W @ Phi1 + b[:, None])
    E = np.exp(S - S.max(axis=0))
    delta2 = (E / E.sum(axis=0) - Y) / Y.shape[1]
    return Phi1, delta2, (1 - Phi1**2) * (W.T @ delta2)
''', points=0, message="tied_gradient_W differs from the right result"),
    Wrong("the gradient by the bias of the hidden layer", "q5", "b", '''
def tied_gradient_b(W, b, Phi0, Y):
    return deltas(W, b, Phi0, Y)[2].sum(axis=1)
''', points=1.5, message="tied_gradient_b has shape (3,)"),
    Wrong("the mean over the samples twice", "q5", "b", '''
def tied_gradient_b(W, b, Phi0, Y):
    return deltas(W, b, Phi0, Y)[1].mean(axis=1)
''', points=1.5, message="takes a mean where a sum belongs"),
    # -- q6, a: tanh, and the identity on top
    Wrong("the slope of tanh forgotten", "q6", "a", '''
def gradient_1(W1, W2, X, T):
    Phi = np.tanh(W1.T @ X)
    return X @ (W2 @ (2 * (W2.T @ Phi - T) / X.shape[1])).T
''', points=2, message="an inner derivative is missing"),
    Wrong("the sum, not the mean", "q6", "a", '''
def gradient_2(W1, W2, X, T):
    Phi = np.tanh(W1.T @ X)
    return Phi @ (2 * (W2.T @ Phi - T)).T
''', points=2, message="takes a sum where a mean belongs"),
    Wrong("numerator layout", "q6", "a", '''
def gradient_2(W1, W2, X, T):
    Phi = np.tanh(W1.T @ X)
    return 2 * (W2.T @ Phi - T) @ Phi.T / X.shape[1]
''', points=1, message="transposed: gradient_2"),
    Wrong("uphill", "q6", "a", '''
def train(W1, W2, X, T, rate, steps):
    costs = [np.sum((W2.T @ np.tanh(W1.T @ X) - T) ** 2) / X.shape[1]]
    for _ in range(steps):
        G1, G2 = gradient_1(W1, W2, X, T), gradient_2(W1, W2, X, T)
        W1, W2 = W1 + rate * G1, W2 + rate * G2
        costs.append(np.sum((W2.T @ np.tanh(W1.T @ X) - T) ** 2) / X.shape[1])
    return np.array(costs)
''', points=2, message="train differs from the right result"),
    Wrong("the second step with the first one's result", "q6", "a", '''
def train(W1, W2, X, T, rate, steps):
    costs = [np.sum((W2.T @ np.tanh(W1.T @ X) - T) ** 2) / X.shape[1]]
    for _ in range(steps):
        W1 = W1 - rate * gradient_1(W1, W2, X, T)
        W2 = W2 - rate * gradient_2(W1, W2, X, T)
        costs.append(np.sum((W2.T @ np.tanh(W1.T @ X) - T) ** 2) / X.shape[1])
    return np.array(costs)
''', points=2, message="train "),
    Wrong("the start's cost forgotten", "q6", "a", '''
def train(W1, W2, X, T, rate, steps):
    costs = []
    for _ in range(steps):
        G1, G2 = gradient_1(W1, W2, X, T), gradient_2(W1, W2, X, T)
        W1, W2 = W1 - rate * G1, W2 - rate * G2
        costs.append(np.sum((W2.T @ np.tanh(W1.T @ X) - T) ** 2) / X.shape[1])
    return np.array(costs)
''', points=2, message="the result of train has shape (2,), and (3,) is asked for"),
    Wrong("lecturelib's gradient pasted", "q6", "a", '''
from lecturelib import gradient


def gradient_1(W1, W2, X, T):
    return gradient(lambda Z: np.sum((W2.T @ np.tanh(Z.T @ X) - T) ** 2) / X.shape[1], W1)
''', points=2, message="your own formula"),
    Wrong("read off the wrong line", "q6", "a", '''
quarter_step = 199
''', points=2, message="quarter_step is '199', which is not among the answers that count"),
    Wrong("the cost in place of the step", "q6", "a", '''
quarter_step = 0.25
''', points=2, message="quarter_step is a float"),
    # -- q6, b: the logistic function, and the identity on top
    Wrong("the slope of tanh", "q6", "b", '''
def gradient_1(W1, W2, X, T):
    Phi = 1 / (1 + np.exp(-W1.T @ X))
    return X @ ((W2 @ (2 * (W2.T @ Phi - T) / X.shape[1])) * (1 - Phi**2)).T
''', points=2, message="gradient_1 differs from the right result"),
    Wrong("target minus output", "q6", "b", '''
def gradient_2(W1, W2, X, T):
    Phi = 1 / (1 + np.exp(-W1.T @ X))
    return Phi @ (2 * (T - W2.T @ Phi) / X.shape[1]).T
''', points=2, message="wrong sign"),
    # -- report
    Wrong("too short to help", "report", "a", '''
unclear = "Everything, mostly."
''', points=0, message="unclear has 2 words"),
]
