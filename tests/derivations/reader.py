"""Reads what `derive` is asked and what it answers, and computes it: a second, independent reader.

It knows nothing of lecturelib. The grammar is MATLAB's: ``'``, ``[ ]``, ``^`` and ``.^`` bind left
to right, then unary minus, products, sums; ``sum_i`` takes the whole product to its right. A
vector is a column; what is 1 x 1 is a number. Complex numbers pass unconjugated, so that a complex
step goes through; what is computed from eigenvalues or singular values refuses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

Values = dict[str, Any]
#: What a piece of text is: its value at given values, and whether it was made entry by entry.
Piece = tuple[Callable[[Values], Any], bool]


class Misread(ValueError):
    """Not in the grammar, or shapes that do not fit."""


class Domain(ValueError):
    """Not defined at this point."""


class Singular(Domain):
    """A matrix without an inverse."""


class NotHolomorphic(ValueError):
    """Computed for real numbers only."""


def number(M: Any) -> Any:
    """A 1 x 1 matrix as a number; anything else as it is."""
    return M[0, 0] if np.shape(M) == (1, 1) else M


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise Misread(what)


def _square(X: Any) -> Any:
    _need(np.ndim(X) == 2 and X.shape[0] == X.shape[1], f"needs a square matrix: {np.shape(X)}")
    return X


def _real(X: Any) -> Any:
    if np.iscomplexobj(X):
        raise NotHolomorphic
    return X


def polar(X: Any) -> Any:
    """The U V' of a thin singular value decomposition."""
    U, _, Vh = np.linalg.svd(_real(X), full_matrices=False)
    return U @ Vh


# -- Operators ------------------------------------------------------------------------------------


def add(A: Any, B: Any, sign: int = 1) -> Any:
    _need(np.shape(A) == np.shape(B), f"sum of {np.shape(A)} and {np.shape(B)}")
    return A + sign * B


def product(A: Any, B: Any) -> Any:
    if np.ndim(A) == 0 or np.ndim(B) == 0:
        return A * B
    _need(A.shape[1] == B.shape[0], f"product of {A.shape} and {B.shape}")
    return number(A @ B)


def quotient(A: Any, B: Any) -> Any:
    _need(np.ndim(B) == 0, "division by a matrix")
    return A / B


def _entrywise(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def operator(A: Any, B: Any) -> Any:
        fits = np.ndim(A) == 0 or np.ndim(B) == 0 or np.shape(A) == np.shape(B)
        _need(fits, f"entrywise {np.shape(A)} and {np.shape(B)}")
        return f(A, B)

    return operator


def entry_power(A: Any, p: Any) -> Any:
    if np.any(np.real(A) < 0) and np.any(np.real(p) != np.round(np.real(p))):
        raise Domain("a power of a negative number")
    return A**p


def power(A: Any, p: Any) -> Any:
    _need(np.ndim(p) == 0, "an exponent is a number")
    if np.ndim(A) == 0:
        return entry_power(A, p)
    _square(A)
    whole = round(float(np.real(p)))
    if p == whole:
        return np.linalg.matrix_power(A if whole >= 0 else inv(A), abs(whole))
    w, V = np.linalg.eigh(_symmetric(A))
    if w[0] <= 0:
        raise Domain("a real power of what is not positive definite")
    return (V * w ** float(_real(p))) @ V.T


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "*": product,
    "/": quotient,
    ".*": _entrywise(lambda A, B: A * B),
    "./": _entrywise(lambda A, B: A / B),
    "^": power,
    ".^": _entrywise(entry_power),
}


# -- Functions ------------------------------------------------------------------------------------


def inv(X: Any) -> Any:
    if np.ndim(X) == 0:
        return 1 / X
    try:
        Y = np.linalg.inv(_square(X))
    except np.linalg.LinAlgError:
        raise Singular from None
    if np.abs(X).max() * np.abs(Y).max() > 1e6:
        raise Singular
    return Y


def det(X: Any) -> Any:
    return np.linalg.det(_square(X)) if np.ndim(X) else X


def logdet(X: Any) -> Any:
    inv(X)
    if np.real(det(X)) <= 0:
        raise Domain("log det of what has no positive determinant")
    return np.log(det(X))


def pinv(X: Any) -> Any:
    if not np.iscomplexobj(X):
        return np.linalg.pinv(X, rcond=1e-10)
    return inv(X.T @ X) @ X.T if X.shape[0] >= X.shape[1] else X.T @ inv(X @ X.T)


def trace(X: Any) -> Any:
    return np.trace(_square(X)) if np.ndim(X) else X


def diag(X: Any) -> Any:
    if np.ndim(X) == 2 and X.shape[1] > 1:
        return np.diagonal(_square(X)).reshape(-1, 1)
    return np.diagflat(X) if np.ndim(X) else X


def cholesky(A: Any) -> Any:
    """The factor of the symmetric part: a rule's direction is symmetric too."""
    try:
        return np.linalg.cholesky(_symmetric(A))
    except np.linalg.LinAlgError:
        raise Domain("not positive definite") from None


def _symmetric(A: Any) -> Any:
    _need(np.allclose(_real(_square(A)), A.T, atol=1e-8), "needs a symmetric matrix")
    return (A + A.T) / 2


def eigenvector(A: Any, which: int) -> Any:
    v = np.linalg.eigh(_symmetric(A))[1][:, [which]]
    return v * np.sign(v[np.argmax(np.abs(v))])


def _principal(f: Callable[[Any], Any], regular: bool = False) -> Callable[[Any], Any]:
    """A matrix function where it is real; some need an inverse to be differentiable."""

    def function(X: Any) -> Any:
        if regular:
            inv(X)
        Y = f(_real(_square(X)))
        if np.abs(np.imag(Y)).max() > 1e-8 or not np.isfinite(Y).all():
            raise Domain("not real here")
        return np.real(Y)

    return function


def _direction(f: Callable[[Any], Any], X: Any, E: Any) -> Any:
    """The derivative of f at X in direction E, from the block that holds both."""
    n = len(_square(X))
    return f(np.block([[X, E], [np.zeros((n, n)), X]]))[:n, n:]


def blocks(big: Any, small: Any) -> Any:
    """The blocks of `big` that a product kron(A, small) would have: indices (i, k, j, l)."""
    (m, n), (p, q) = np.shape(big), np.shape(small)
    _need(m % p == 0 and n % q == 0, f"{big.shape} has no blocks of {small.shape}")
    return big.reshape(m // p, p, n // q, q)


def block_inner(G: Any, B: Any) -> Any:
    return np.einsum("ikjl,kl->ij", blocks(G, B), B)


def block_sum(G: Any, A: Any) -> Any:
    (m, n), (p, q) = G.shape, A.shape
    _need(m % p == 0 and n % q == 0, f"{G.shape} has no {A.shape} blocks")
    return np.einsum("ikjl,ij->kl", G.reshape(p, m // p, q, n // q), A)


def vech(X: Any) -> Any:
    rows, columns = np.triu_indices(len(_square(X)))
    return X[columns, rows].reshape(-1, 1)


def unvech(w: Any) -> Any:
    n = round((np.sqrt(8 * len(w) + 1) - 1) / 2)
    rows, columns = np.triu_indices(n)
    L = np.zeros((n, n), dtype=w.dtype)
    L[columns, rows] = w[:, 0]
    return L


def log(X: Any) -> Any:
    if np.any(np.real(X) <= 0):
        raise Domain("the logarithm of what is not positive")
    return np.log(X)


def softmax(X: Any, axis: int = 0) -> Any:
    E = np.exp(X - np.real(X).max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def logsumexp(X: Any) -> Any:
    return number(np.log(np.sum(np.exp(X), axis=0, keepdims=True)))


def sigmoid(X: Any) -> Any:
    return 1 / (1 + np.exp(-X))


def layernorm(x: Any, eps: Any) -> Any:
    z = x - np.mean(x, axis=0, keepdims=True)
    return z / np.sqrt(np.mean(z * z, axis=0, keepdims=True) + eps)


def norm2(X: Any) -> Any:
    return np.sqrt(np.sum(X * X))


def norm1(x: Any) -> Any:
    _need(np.ndim(x) == 0 or 1 in x.shape, "norm1 of a matrix")
    return np.sum(absolute(x))


def absolute(X: Any) -> Any:
    return np.where(np.real(X) < 0, -X, X)


def _shape(*sizes: Any) -> tuple[int, int]:
    return (int(sizes[0]), int(sizes[1]) if len(sizes) == 2 else 1)


#: Entry by entry; a number may be added to what they give.
ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "cosh": np.cosh,
    "sinh": np.sinh,
    "sqrt": lambda X: entry_power(X, 0.5),
    "abs": absolute,
    "sign": lambda X: np.sign(np.real(X)),
    "relu": lambda X: np.where(np.real(X) > 0, X, 0 * X),
    "step": lambda X: np.where(np.real(X) > 0, 1.0, 0.0),
    "sigmoid": sigmoid,
    "softplus": lambda X: np.log(1 + np.exp(X)),
    "erf": scipy.special.erf,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **ELEMENTWISE,
    "tr": trace,
    "det": det,
    "logdet": logdet,
    "inv": inv,
    "pinv": pinv,
    "norm1": norm1,
    "norm2": norm2,
    "normspec": lambda X: np.linalg.norm(_real(X), 2),
    "normnuc": lambda X: np.linalg.norm(_real(X), "nuc"),
    "sum": np.sum,
    "mean": np.mean,
    "rowsum": lambda X: number(X.sum(axis=1, keepdims=True)),
    "colsum": lambda X: number(X.sum(axis=0, keepdims=True)),
    "diag": diag,
    "kron": np.kron,
    "vec": lambda X: X.reshape(-1, 1, order="F"),
    "vech": vech,
    "unvech": unvech,
    "tril": lambda X, k=0: np.tril(X, int(k)),
    "triu": lambda X, k=0: np.triu(X, int(k)),
    "polar": polar,
    "reshape": lambda v, m, n: v.reshape(int(m), int(n), order="F"),
    "eye": lambda n: np.eye(int(n)),
    "ones": lambda *sizes: np.ones(_shape(*sizes)),
    "zeros": lambda *sizes: np.zeros(_shape(*sizes)),
    "softmax": softmax,
    "rowsoftmax": lambda X: softmax(X, axis=1),
    "logsumexp": logsumexp,
    "layernorm": layernorm,
    "expm": lambda X: scipy.linalg.expm(_square(X)),
    "logm": _principal(scipy.linalg.logm, regular=True),
    "sqrtm": _principal(scipy.linalg.sqrtm, regular=True),
    "sinm": _principal(scipy.linalg.sinm),
    "cosm": _principal(scipy.linalg.cosm),
    "expm_frechet": lambda X, E: _direction(scipy.linalg.expm, X, E),
    "logm_frechet": lambda X, E: _direction(_principal(scipy.linalg.logm, regular=True), X, E),
    "sinm_frechet": lambda X, E: _direction(_principal(scipy.linalg.sinm), X, E),
    "cosm_frechet": lambda X, E: _direction(_principal(scipy.linalg.cosm), X, E),
    "power_frechet": lambda X, k, E: _direction(lambda M: power(M, k), X, E),
    "sylvester": lambda A, B, C: scipy.linalg.solve_sylvester(_real(A), _real(B), _real(C)),
    "cholesky": cholesky,
    "lambda_max": lambda A: np.linalg.eigvalsh(_symmetric(A))[-1],
    "lambda_min": lambda A: np.linalg.eigvalsh(_symmetric(A))[0],
    "eigenvector_max": lambda A: eigenvector(A, -1),
    "eigenvector_min": lambda A: eigenvector(A, 0),
    "block_inner": block_inner,
    "block_sum": block_sum,
}


# -- The grammar ----------------------------------------------------------------------------------

TOKEN = re.compile(r"\s*(\d+\.?\d*|\.\d+|[^\W\d]\w*|\.[*/^]|[-+*/^'()\[\],;:=])")


def _tokens(text: str) -> list[str]:
    found, place, text = [], 0, text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise Misread(f"cannot read {text[place:]!r}")
        found.append(match[1])
        place = match.end()
    return [*found, ""]


class Program:
    """A text, ready to be computed.

    Calling it with values of the names gives the value. A sampled name is a list of values, an
    index the numbers that it takes. Abbreviations may come first: ``r = y - X*w; r'*r``. A number
    is added to a matrix, as in ``1 - tanh(x)``, only where it `spreads`.
    """

    def __init__(self, text: str, spreads: bool = False) -> None:
        self.spreads = spreads
        self.text, self.tokens, self.place = text, _tokens(text), 0
        self.lines: list[tuple[str, Callable[[Values], Any]]] = []
        while self.tokens[self.place + 1 : self.place + 2] == ["="]:
            name, self.place = self.tokens[self.place], self.place + 2
            self.lines.append((name, self.sums()[0]))
            self.need(";")
        self.result = self.sums()[0]
        _need(not self.next(), f"more than an expression: {text!r}")

    def __call__(self, values: Values) -> Any:
        values = dict(values)
        for name, line in self.lines:
            values[name] = line(values)
        return self.result(values)

    def next(self) -> str:
        return self.tokens[self.place]

    def take(self, *signs: str) -> str:
        if (token := self.next()) not in signs:
            return ""
        self.place += 1
        return token

    def need(self, sign: str) -> None:
        _need(bool(self.take(sign)), f"{sign!r} is missing in {self.text!r}")

    def sums(self) -> Piece:
        left = self.products()
        while sign := self.take("+", "-"):
            left = self._sum(left, self.products(), 1 if sign == "+" else -1)
        return left

    def _sum(self, left: Piece, right: Piece, sign: int) -> Piece:
        (f, made), (g, formed) = left, right

        def value(v: Values) -> Any:
            A, B = f(v), g(v)
            if (np.ndim(A) == 0 and formed) or (np.ndim(B) == 0 and made):
                return A + sign * B
            if self.spreads and 0 in (np.ndim(A), np.ndim(B)):
                return A + sign * B
            return add(A, B, sign)

        return value, made or formed

    def products(self) -> Piece:
        left = self.unary()
        while sign := self.take("*", "/", ".*", "./"):
            left = self._binary(sign, left, self.unary())
        return left

    @staticmethod
    def _binary(sign: str, left: Piece, right: Piece) -> Piece:
        f, g, operator = left[0], right[0], BINARY[sign]
        return lambda v: operator(f(v), g(v)), sign[0] == "."

    def unary(self) -> Piece:
        if self.take("-"):
            f, made = self.unary()
            return lambda v: -f(v), made
        return self.postfix()

    def postfix(self) -> Piece:
        value = self.atom()
        while sign := self.take("'", "^", ".^", "["):
            if sign == "'":
                value = self._transpose(value)
            elif sign == "[":
                value = self._entry(value[0], self.index())
            else:
                value = self._binary(sign, value, self.exponent())
        return value

    def exponent(self) -> Piece:
        if self.take("-"):
            f = self.atom()[0]
            return lambda v: -f(v), False
        return self.atom()

    @staticmethod
    def _transpose(piece: Piece) -> Piece:
        f, made = piece
        return lambda v: np.transpose(f(v)), made

    @staticmethod
    def _entry(f: Callable[[Values], Any], index: list[Callable[[Values], Any] | None]) -> Piece:
        def value(v: Values) -> Any:
            X = f(v)
            places = [slice(None) if i is None else slice(int(i(v)) - 1, int(i(v))) for i in index]
            if len(places) == 1:
                _need(1 in X.shape, "one index into a matrix")
                places.insert(0 if X.shape[0] == 1 else 1, slice(None))
            return number(X[tuple(places)])

        return value, False

    def index(self) -> list[Callable[[Values], Any] | None]:
        places: list[Callable[[Values], Any] | None] = []
        while not places or self.take(","):
            places.append(None if self.take(":") else self.sums()[0])
        self.need("]")
        return places

    def atom(self) -> Piece:
        token = self.next()
        self.place += 1
        if token[:1].isdigit() or token[:1] == "." and token[1:2].isdigit():
            constant = float(token)
            return lambda v: constant, False
        if token == "(":
            value = self.sums()
            self.need(")")
            return value
        if token == "[":
            return self.blocks()
        _need(token.isidentifier(), f"an operand is missing before {token!r} in {self.text!r}")
        if token.startswith("sum_"):
            return self._sum_over(token[4:], self.products()[0])
        if self.take("("):
            return self.call(token)

        def value_of(v: Values) -> Any:
            _need(token in v, f"unknown name {token}")
            return v[token]

        return value_of, False

    @staticmethod
    def _sum_over(index: str, f: Callable[[Values], Any]) -> Piece:
        def value(v: Values) -> Any:
            sampled = [name for name in v if name.endswith("_" + index)]
            return sum(
                f({**v, index: i, **{name: v[name][i - 1] for name in sampled}}) for i in v[index]
            )

        return value, False

    def blocks(self) -> Piece:
        rows: list[list[Callable[[Values], Any]]] = [[]]
        while True:
            rows[-1].append(self.sums()[0])
            if self.take("]"):
                return lambda v: np.block([[f(v) for f in row] for row in rows]), False
            if self.take(";"):
                rows.append([])
            else:
                self.need(",")

    def call(self, name: str) -> Piece:
        _need(name in FUNCTIONS, f"unknown function {name}")
        function, operands = FUNCTIONS[name], [self.sums()[0]]
        while self.take(","):
            operands.append(self.sums()[0])
        self.need(")")
        return lambda v: function(*(f(v) for f in operands)), name in ELEMENTWISE
