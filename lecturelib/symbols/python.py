"""Terms as code: a module in NumPy, JAX or PyTorch that computes them and tests itself.

The code is what one would write by hand. Columns are arrays with one axis: ``x'*A*x`` becomes
``x @ A @ x`` and ``x*y'`` becomes ``np.outer(x, y)``; rows that were declared ``1 x n`` have two
axes. What occurs twice is computed once and has a name. A product with an inverse solves a system.

What function an operation is called by stands in its entry of the table. Here stands only how a
function is written that has no name in a library, or another one there.
"""

from __future__ import annotations

import functools
import itertools
import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..table import TABLE, Operation, shapes
from ..table.shapes import Size, known
from .language import is_invisible
from .terms import (
    Application,
    Comparison,
    Differential,
    Expression,
    Identity,
    Number,
    Ones,
    Part,
    Symbol,
    is_number,
    lift,
)
from .write import text

#: How tightly a piece of Python holds together. A product ``*`` and a matrix product ``@`` are of
#: one rank in Python, and a reader needs to see which comes first.
SUM, MATMUL, PRODUCT, POWER, ATOM = range(5)

#: Letters in a line before its longest part has a line of its own.
WIDTH = 76

language_names = {"numpy": "np", "jax": "jnp", "torch": "torch"}
_LIBRARY = {"numpy": "NumPy with SciPy", "jax": "JAX", "torch": "PyTorch"}


class CodeError(ValueError):
    """A term that cannot be written as code, or not in this language."""


class Value(NamedTuple):
    """A piece of Python: what it computes has those axes of the term that `axes` names."""

    text: str
    tight: int
    axes: tuple[int, ...]


# -- Functions by their names in the libraries ----------------------------------------------------

#: How an operation is written on whole arrays; where the languages differ, for each that has it.
#: ``np`` stands for the language's own module, {0}, {1}, ... for the operands.
_CALLS: dict[str, str | dict[str, str]] = {
    "logdet": "np.linalg.slogdet({0})[1]",
    "matrix_power": "np.linalg.matrix_power({0}, {1})",
    "power_frechet": "power_frechet({0}, {1}, {2})",
    "real_power": "real_power({0}, {1})",
    "real_power_frechet": "real_power_frechet({0}, {1}, {2})",
    "lambda_max": "np.linalg.eigvalsh({0})[-1]",
    "lambda_min": "np.linalg.eigvalsh({0})[0]",
    "eigenvector_max": "eigenvector({0}, -1)",
    "eigenvector_min": "eigenvector({0}, 0)",
    "eigen_pinv": "eigen_pinv({0}, {1})",
    "expm": {
        "numpy": "scipy.linalg.expm({0})",
        "jax": "jax.scipy.linalg.expm({0})",
        "torch": "torch.linalg.matrix_exp({0})",
    },
    "expm_frechet": {
        "numpy": "scipy.linalg.expm_frechet({0}, {1}, compute_expm=False)",
        "jax": "jax.scipy.linalg.expm_frechet({0}, {1}, compute_expm=False)",
    },
    "sqrtm": {
        "numpy": "scipy.linalg.sqrtm({0})",
        "jax": "jax.scipy.linalg.sqrtm({0}).real",  # JAX's is complex at real matrices too
    },
    "sylvester": {
        "numpy": "scipy.linalg.solve_sylvester({0}, {1}, {2})",
        "jax": "jax.scipy.linalg.solve_sylvester({0}, {1}, {2})",
    },
    "logm": {"numpy": "scipy.linalg.logm({0})"},
    "sinm": {"numpy": "scipy.linalg.sinm({0})"},
    "cosm": {"numpy": "scipy.linalg.cosm({0})"},
    "adjugate": "adjugate({0})",
    "polar": "polar({0})",
    "block_inner": "block_inner({0}, {1})",
    "block_sum": "block_sum({0}, {1})",
    "reciprocal_gaps": "safe_reciprocal({0} - {0}[:, None])",
    "differences": "{0} - {0}[:, None]",
    "sums": "{0} + {0}[:, None]",
}

#: The same for functions of each entry, which leave the axes as they are.
_ENTRYWISE: dict[str, str | dict[str, str]] = {
    "relu": {
        "numpy": "np.maximum({0}, 0)",
        "jax": "jnp.maximum({0}, 0)",
        "torch": "torch.relu({0})",
    },
    "softplus": {
        "numpy": "np.logaddexp(0, {0})",
        "jax": "jnp.logaddexp(0, {0})",
        "torch": "softplus({0})",
    },
    "step": {
        "numpy": "np.where({0} > 0, 1.0, 0.0)",
        "jax": "jnp.where({0} > 0, 1.0, 0.0)",
        "torch": "({0} > 0).to({0})",
    },
    "safe_reciprocal": "safe_reciprocal({0})",
    "polygamma": {
        "numpy": "scipy.special.polygamma({0}, {1})",
        "jax": "jax.scipy.special.polygamma({0}, {1})",
        "torch": "torch.special.polygamma({0}, {1})",
    },
    "mills": "mills({0})",
}

#: Functions along an axis: how they are called.
_REDUCTIONS: dict[str, str | dict[str, str]] = {
    "sum": "np.sum",
    "mean": "np.mean",
    "prod": "np.prod",
    "norm": "np.linalg.norm",
    "max": {"numpy": "np.max", "jax": "jnp.max", "torch": "torch.amax"},
    "logsumexp": {
        "numpy": "scipy.special.logsumexp",
        "jax": "jax.scipy.special.logsumexp",
        "torch": "torch.logsumexp",
    },
    "softmax": {
        "numpy": "scipy.special.softmax",
        "jax": "jax.nn.softmax",
        "torch": "torch.softmax",
    },
}

#: Operations with several outputs: the names that the library's function gives, in its order.
_FACTORED = {
    "svd": ("U, s, Vh", "np.linalg.svd({0}, full_matrices=False)"),
    "eigh": ("w, V", "np.linalg.eigh({0})"),
    "eig": ("w, V", "np.linalg.eig({0})"),
    "qr": ("Q, R", "np.linalg.qr({0})"),
    "slogdet": ("sign, Y", "np.linalg.slogdet({0})"),
}

#: What a library calls differently, or does not have (None).
_RENAMED: dict[str, dict[str, str | None]] = {
    "numpy": {"numpy.absolute": "np.abs"},
    "jax": {"numpy.absolute": "jnp.abs"},
    "torch": {
        "numpy.absolute": "torch.abs",
        "numpy.cbrt": None,
        "numpy.imag": None,
        "numpy.conjugate": "torch.conj",
    },
}

#: JAX does not differentiate what goes through the Schur form, nor eigenvectors in general.
_NO_AUTODIFF = {"jax": {"sqrtm", "sylvester", "eig"}, "torch": set(), "numpy": set()}

#: Functions that are written into the module where they are used.
_HELPERS: dict[str, str | dict[str, str]] = {
    "safe_reciprocal": '''
def safe_reciprocal(X):
    """1 / X, and 0 where X is 0."""
    return np.where(X == 0, 0.0, 1.0 / np.where(X == 0, 1.0, X))
''',
    "softplus": '''
def softplus(X):
    """log(1 + exp(X)), also where exp(X) is no number."""
    return np.logaddexp(np.zeros_like(X), X)
''',
    "mills": '''
def mills(X):
    """The normal density over the normal distribution function, at X."""
    return np.exp(-X * X / 2 - special.log_ndtr(X)) / (2 * np.pi) ** 0.5
''',
    "frechet": '''
def frechet(function, X, E):
    """The derivative of a function of a matrix at X, in the direction E: a block of its value."""
    n = len(X)
    above, below = np.hstack([X, E]), np.hstack([0 * X, X])
    return function(np.vstack([above, below]))[:n, n:]
''',
    "power_frechet": '''
def power_frechet(X, k, E):
    """The derivative of X^k in the direction E: the sum of X^j E X^(k - 1 - j)."""
    Y, power = 0 * E, np.linalg.matrix_power(X, 0)
    for _ in range(k):
        Y, power = X @ Y + E @ power, X @ power
    return Y
''',
    "real_power": '''
def real_power(X, p):
    """X^p of a symmetric, positive definite X, through its eigenvectors."""
    w, V = np.linalg.eigh(X)
    return (V * w**p) @ V.T
''',
    "real_power_frechet": '''
def real_power_frechet(X, p, E):
    """The derivative of X^p in the direction E: divided differences between the eigenvalues.

    (a^p - b^p) / (a - b) is written with sinh, which keeps its digits where a is close to b.
    """
    w, V = np.linalg.eigh(X)
    half = np.log(w[:, None] / w) / 2
    ratio = np.sinh(p * half) / np.sinh(np.where(half == 0, 1.0, half))
    slopes = np.outer(w, w) ** ((p - 1) / 2) * np.where(half == 0, p, ratio)
    return V @ (slopes * (V.T @ E @ V)) @ V.T
''',
    "argmax_mask": {
        "numpy": '''
def argmax_mask(X, axis=None):
    """1 where X is largest, 0 elsewhere."""
    return np.where(X == np.max(X, axis=axis, keepdims=True), 1.0, 0.0)
''',
        "torch": '''
def argmax_mask(X, axis=()):
    """1 where X is largest, 0 elsewhere."""
    return (X == np.amax(X, axis, keepdim=True)).to(X)
''',
    },
    "eigenvector": '''
def eigenvector(X, k):
    """The k-th eigenvector of a symmetric X; its largest entry is positive."""
    v = np.linalg.eigh(X)[1][:, k]
    return v * np.sign(v[np.argmax(np.abs(v))])
''',
    "eigen_pinv": '''
def eigen_pinv(X, t):
    """The pseudo-inverse of t I - X, where t is an eigenvalue of the symmetric X."""
    w, V = np.linalg.eigh(X)
    own = w[np.argmin(np.abs(w - t))]
    return V / np.where(w == own, np.inf, own - w) @ V.T
''',
    "adjugate": '''
def adjugate(X):
    """det(X) inv(X), which exists where X is singular too."""
    U, s, Vh = np.linalg.svd(X)
    others = np.prod(np.where(np.eye(len(s)) > 0, 1.0, s), 1)
    return np.linalg.det(U @ Vh) * (Vh.T * others) @ U.T
''',
    "polar": '''
def polar(X):
    """The factor U V' of X = U diag(s) V'."""
    U, _, Vh = np.linalg.svd(X, full_matrices=False)
    return U @ Vh
''',
    "block_inner": '''
def block_inner(G, B):
    """The inner product of each block of G with B."""
    p, q = B.shape
    blocks = G.reshape(G.shape[0] // p, p, G.shape[1] // q, q)
    return np.einsum("ikjl,kl->ij", blocks, B)
''',
    "block_sum": '''
def block_sum(G, A):
    """The sum of the blocks of G, each times its entry of A."""
    m, n = A.shape
    blocks = G.reshape(m, G.shape[0] // m, n, G.shape[1] // n)
    return np.einsum("ikjl,ij->kl", blocks, A)
''',
    "vech": '''
def vech(X):
    """The columns of the lower triangle, one below the other."""
    return X.T[triangle(len(X))]
''',
    "unvech": '''
def unvech(v):
    """The lower triangle whose columns are those of v; zeros above."""
    n = int((2 * len(v)) ** 0.5)
    return scatter(v, triangle(n), (n, n)).T
''',
    "triangle": {
        "numpy": """
def triangle(n):
    return np.triu_indices(n)
""",
        "torch": """
def triangle(n):
    return tuple(np.triu_indices(n, n))
""",
    },
    "scatter": {
        "numpy": '''
def scatter(G, index, shape):
    """G at an index, zeros elsewhere."""
    Y = np.zeros(shape)
    Y[index] = G
    return Y
''',
        "jax": '''
def scatter(G, index, shape):
    """G at an index, zeros elsewhere."""
    return np.zeros(shape).at[index].set(G)
''',
        "torch": '''
def scatter(G, index, shape):
    """G at an index, zeros elsewhere."""
    Y = np.zeros(shape, dtype=np.float64)
    Y[index] = G
    return Y
''',
    },
}


# -- One function ---------------------------------------------------------------------------------


class _Scope:
    """Lines of a function, and the names that they gave; `index` is that of a sum over samples."""

    def __init__(self, index: str = "") -> None:
        self.index = index
        self.lines: list[str] = []
        self.known: dict[int, Any] = {}


class Function:
    """Writes one function of a module."""

    def __init__(self, module: Module, term: Expression) -> None:
        self.module, self.language = module, module.language
        self.np = language_names[module.language]
        self.taken = {*module.taken, *module.letters}
        self.scopes = [_Scope()]
        self.sizes: dict[str, str] = {}
        self.keys: dict[Any, int] = {}
        self.memo: dict[int, int] = {}
        self.kept: list[Expression] = []  # what `memo` knows by its id
        self.uses: dict[int, int] = {}
        self.free: dict[int, frozenset[str]] = {}
        self._count(term)
        self.result = self.emit(term)
        self.returned = self.to(self.result, _returned_axes(term.shape), term).text

    def lines(self) -> list[str]:
        sizes: dict[str, str] = {source: name for name, source in self.sizes.items()}
        for source in [source for source in sizes if source.startswith("len(")]:
            array = source[4:-1]
            if f"{array}.shape[1]" in sizes:  # both lengths of a matrix
                sizes[f"{array}.shape"] = f"{sizes.pop(source)}, {sizes.pop(f'{array}.shape[1]')}"
        given = [f"{name} = {source}" for source, name in sizes.items() if name != source]
        return [*given, *self.scopes[0].lines, f"return {self.returned}"]

    # What occurs twice.

    def key(self, x: Any) -> int:
        """A number that equal terms share."""
        if id(x) not in self.memo:
            self.kept.append(x)
            if isinstance(x, Application):
                inner: Any = (x.name, *map(self.key, x.operands), repr(x.parameters))
            elif isinstance(x, Comparison):
                inner = (x.sign, self.key(x.left), self.key(x.right))
            elif isinstance(x, Part):
                inner = ("part", self.key(x.source), x.place, x.transposed)
            elif isinstance(x, Number):
                inner = ("number", x.value, shapes.written(x.shape))
            else:
                inner = (type(x).__name__, x.name, shapes.written(x.shape))
            self.memo[id(x)] = self.keys.setdefault(inner, len(self.keys))
        return self.memo[id(x)]

    def _count(self, term: Expression) -> None:
        """How often each term is read; a transpose or a sign passes on how often it is."""
        order = list(_nodes(term, self.key))
        self.uses = {self.key(x): 0 for x in order}
        self.uses[self.key(term)] = 1
        for x in order:
            times = self.uses[self.key(x)] if _is_cheap(x) else 1
            for operand in inside(x):
                self.uses[self.key(operand)] += times

    def emit(self, x: Any) -> Value:
        """A term as Python, by its name if it has one."""
        found = self.lookup(x)
        if found is not None:
            return found
        value = self.write(x)
        simple = x.ndim == 0 and len(value.text) < 8 and not re.search(r"[@(]", value.text)
        if _is_cheap(x) or not inside(x) or simple:
            return value
        outside = self.scope_of(x) is not self.scopes[-1]  # of the sum that is being written
        twice = self.uses.get(self.key(x), 1) > 1
        return self.store(x, value) if twice or outside else value

    def lookup(self, x: Expression) -> Any:
        """The name of x; what hangs on a sample has none outside of the innermost sum over it."""
        key, free = self.key(x), self.indices(x)
        for scope in reversed(self.scopes):
            if key in scope.known or scope.index in free:
                return scope.known.get(key)
        return None

    def scope_of(self, x: Expression) -> _Scope:
        """Where a line that computes x may stand: inside a sum only if x hangs on its sample."""
        free = self.indices(x)
        return next((s for s in reversed(self.scopes) if s.index in free), self.scopes[0])

    def indices(self, x: Any) -> frozenset[str]:
        """The indices of the samples in a term that no sum in it runs over."""
        key = self.key(x)
        if key not in self.free:
            found = frozenset[str]().union(
                *map(self.indices, inside(x)), [getattr(x, "sample", "")]
            )
            self.free[key] = found - {x.parameters["index"]} if is_call(x, "sum_over") else found
        return self.free[key] - {""}

    def store(self, x: Expression, value: Value) -> Value:
        """A line that computes x, and the name that it has from there on."""
        scope, name = self.scope_of(x), self.fresh(_stem(x))
        scope.lines.append(f"{name} = {value.text}")
        scope.known[self.key(x)] = Value(name, ATOM, value.axes)
        return scope.known[self.key(x)]

    def fresh(self, stem: str) -> str:
        stems = itertools.chain([stem], (f"{stem}{k}" for k in itertools.count(2)))
        name = next(name for name in stems if name not in self.taken)
        self.taken.add(name)
        return name

    def write(self, x: Any) -> Value:
        """A term as Python; where that is long, its longest part has a line of its own."""
        if isinstance(x, Number):
            return self.number(x)
        if isinstance(x, Symbol | Differential):
            return self.symbol(x)
        if isinstance(x, Part):
            return self.part(x)
        if isinstance(x, Application) and x.ndim > 2 and x.name not in ("reshape", "broadcast_to"):
            raise CodeError(
                f"The code is for numbers, vectors and matrices, and {text(x)} has {x.ndim} axes."
            )
        write, terms = _writer_of(self, x)
        values = [self.emit(term) for term in terms]
        while True:
            value = write(self, x, terms, values)
            compound = [i for i, v in enumerate(values) if not re.fullmatch(r"[\w.]*", v.text)]
            if len(value.text) <= WIDTH or not compound:
                return value
            i = max(compound, key=lambda i: len(values[i].text))
            values[i] = self.store(terms[i], values[i])

    # Axes.

    def to(self, value: Value, axes: tuple[int, ...], x: Expression) -> Value:
        """The value with other axes of the term: ``x[:, None]`` from x."""
        if value.axes == axes:
            return value
        if not value.axes:
            return Value(f"{self.np}.reshape({value.text}, {(1,) * len(axes)})", ATOM, axes)
        both = sorted({*value.axes, *axes})
        index = ["None" if a not in value.axes else ":" if a in axes else "0" for a in both]
        while index[-1] == ":" and "None" not in index:
            index.pop()
        return Value(f"{_within(value, ATOM)}[{', '.join(index)}]", ATOM, axes)

    def full(self, value: Value, x: Expression) -> Value:
        return self.to(value, tuple(range(x.ndim)), x)

    def thin(self, value: Value, x: Expression) -> Value:
        """Without the axes of length 1."""
        return self.to(value, _long(x.shape), x)

    # Leaves.

    def number(self, x: Number) -> Value:
        shown, tight = _literal(x.value)
        if not _long(x.shape):
            return Value(shown, tight, ())
        if is_number(x, 0):
            return self.filled("zeros", x)
        return Value(f"{shown} * {self.filled('ones', x).text}", PRODUCT, _long(x.shape))

    def filled(self, name: str, x: Expression) -> Value:
        """Ones or zeros; PyTorch has to be told of the precision."""
        axes = _long(x.shape)
        sizes = [self.size(x.shape[a]) for a in axes]
        inside = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
        if self.language == "torch":
            inside += ", dtype=torch.float64"
        return Value(f"{self.np}.{name}({inside})", ATOM, axes)

    def symbol(self, x: Any) -> Value:
        if isinstance(x, Ones | Identity) and not _long(x.shape):
            return Value("1", ATOM, ())
        if isinstance(x, Ones):
            return self.filled("ones", x)
        if isinstance(x, Identity):
            precision = ", dtype=torch.float64" if self.language == "torch" else ""
            return Value(f"{self.np}.eye({self.size(x.shape[0])}{precision})", ATOM, (0, 1))
        if x.name in self.module.arguments:
            return Value(self.module.arguments[x.name], ATOM, argument_axes(x))
        if x.ndim == 0 and x.name in self.module.letters:
            return Value(self.size(Size(x.name)), ATOM, ())
        raise CodeError(
            f"The symbol {x.name} of shape {shapes.written(x.shape)} is none of those that are "
            f"given ({', '.join(self.module.arguments)}). Add it to the symbols of the code."
        )

    def size(self, size: Any) -> str:
        """A length as Python; its letters are read off the shapes of the arguments."""
        shown = self.module.length(size)
        for letter in re.findall(r"[^\W\d]\w*", shown):
            if letter not in self.module.letters:
                raise CodeError(
                    f"The size {letter} is that of no argument, so the code cannot know it. "
                    "Declare a symbol with it."
                )
            self.sizes[letter] = self.module.letters[letter]
        return shown

    def part(self, x: Part) -> Value:
        """One output of a factorisation, which stands on a line of its own."""
        source = x.source
        names, call = _FACTORED[source.name]
        found = self.lookup(source)
        if found is None and source.name == "slogdet" and self.uses.get(self.key(source), 1) == 1:
            one = self.call(
                call, [self.full(self.emit(source.operands[0]), source.operands[0]).text]
            )
            return Value(f"{one}[{x.place}]", ATOM, ())
        if found is None:
            [X] = source.operands
            scope = self.scope_of(source)
            found = [self.fresh(name) for name in names.split(", ")]
            inside = self.full(self.emit(X), X).text
            scope.lines.append(f"{', '.join(found)} = {self.call(call, [inside])}")
            scope.known[self.key(source)] = found
        output = source.operation.rule.outputs[x.place]
        name = found[names.split(", ").index(output)]
        return Value(name + (".T" if x.transposed else ""), ATOM, tuple(range(x.ndim)))

    # Calls.

    def call(self, template: str | dict[str, str], operands: Sequence[str], name: str = "") -> str:
        """A template with the operands in it; notes what is imported and which helpers it uses."""
        if isinstance(template, dict):
            if self.language not in template:
                raise CodeError(self.module.lacks(name))
            template = template[self.language]
        template = re.sub(r"\bnp\.", self.np + ".", template)
        self.module.note(template)
        return template.format(*operands)

    def function(self, operation: Operation) -> str:
        """The name of an operation in the language's libraries, as its entry has it."""
        for candidate in (*operation.rule.function, operation.rule.value):
            if isinstance(candidate, str) and not candidate.startswith("."):
                return self.module.dotted(candidate, operation.name)
        raise CodeError(
            f"The operation {operation.name!r} has no code in {_LIBRARY[self.language]}: its entry "
            "in the table names no function of a library. Enter it with "
            'function="module.name", or write the term without it.'
        )

    def fill(self, name: str, template: Any, values: Sequence[Value], terms: Any) -> str:
        """A call with these operands, in parentheses where the template does not hold them."""
        chosen = (
            template[self.language]
            if isinstance(template, dict) and (self.language in template)
            else template
        )
        shown = []
        for i, (value, term) in enumerate(zip(values, terms, strict=True)):
            place = f"{{{i}}}"
            if str(chosen).count(place) > 1 and not value.text.isidentifier():
                value = self.store(term, value)
            open_ = re.search(re.escape(place) + r"(?![,)])", str(chosen))
            shown.append(_within(value, ATOM if open_ else SUM))
        return self.call(template, shown, name)

    def numeric(self, value: Value, x: Expression) -> Value:
        """A comparison as numbers, where it does not multiply numbers anyway."""
        if not isinstance(x, Comparison):
            return value
        if self.language == "torch":
            return Value(f"{value.text}.double()", ATOM, value.axes)
        return Value(f"1.0 * {value.text}", PRODUCT, value.axes)

    def aligned(self, x: Expression, terms: Any, values: Any) -> tuple[list[Value], Any]:
        """Operands that meet entry by entry, and the axes of what comes of them."""
        if x.ndim > 2:
            raise CodeError(f"The code is for matrices, and {text(x)} has {x.ndim} axes.")
        if len(_long(x.shape)) < 2:
            arrays = [v.axes for v in values if v.axes]
            if arrays and x.ndim == 2 and all(axes == (0, 1) for axes in arrays):
                return list(values), (0, 1)
            return [self.thin(v, t) for v, t in zip(values, terms, strict=True)], _long(x.shape)
        met = [
            self.full(v, t) if v.axes == (0,) and t.ndim == 2 else v
            for v, t in zip(values, terms, strict=True)
        ]
        return met, (0, 1)


def _within(value: Value, least: int) -> str:
    return value.text if value.tight >= least else f"({value.text})"


def _long(shape: Any) -> tuple[int, ...]:
    """The axes whose length is not 1."""
    return tuple(a for a, n in enumerate(shape) if not shapes.same(n, 1))


def argument_axes(x: Expression) -> tuple[int, ...]:
    """A column has one axis; a row that is declared as one has two."""
    long = _long(x.shape)
    return (0, 1) if x.ndim == 2 and long == (1,) else long


def _returned_axes(shape: Any) -> tuple[int, ...]:
    long = _long(shape)
    return (0, 1) if len(shape) == 2 and long == (1,) else long


def inside(x: Any) -> tuple[Any, ...]:
    """What a term is made of."""
    if isinstance(x, Comparison):
        return x.left, x.right
    return (x.source,) if isinstance(x, Part) else x.operands


def _nodes(term: Expression, key: Callable[[Any], int]) -> Iterator[Any]:
    """The terms in a term, each once, before what it is made of."""
    found: dict[int, Any] = {}

    def visit(x: Any) -> None:
        if key(x) not in found:
            for operand in inside(x):
                visit(operand)
            found[key(x)] = x

    visit(term)
    return reversed(list(found.values()))


def is_call(x: Any, *names: str) -> bool:
    return isinstance(x, Application) and x.name in names


def _is_cheap(x: Any) -> bool:
    """Whether x costs nothing beside what it is made of, and needs no name."""
    if isinstance(x, Part) or is_call(x, "transpose", "negative", "getitem", "slogdet"):
        return True
    if is_call(x, "multiply"):
        return isinstance(x.operands[0], Number)
    return is_invisible(x)


def _literal(value: Any) -> tuple[str, int]:
    """A number in Python."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{value.numerator} / {value.denominator}", PRODUCT
    whole = not isinstance(value, complex) and value == int(value) and abs(value) < 1e15
    return (str(int(value)) if whole else repr(value)), ATOM


def _stem(x: Any) -> str:
    """A name for what a line computes: XtX, A_inv, exp_X, or one letter."""
    short = _short(x)
    if short and len(short) <= 10:
        return short
    if is_call(x, "subtract") and x.ndim:
        return "residual" if len(_long(x.shape)) < 2 else "R"
    return "cvM"[len(_long(x.shape))] if x.ndim < 3 else "M"


def _short(x: Any) -> str:
    if isinstance(x, Symbol | Differential) and not isinstance(x, Ones | Identity):
        return x.name if x.name.isidentifier() else ""
    if not isinstance(x, Application):
        return ""
    inner = [_short(operand) for operand in x.operands]
    if not all(inner):
        return ""
    if x.name == "transpose":
        return inner[0] + ("t" if len(_long(x.shape)) == 2 else "")
    if x.name == "reshape" and is_invisible(x):
        return inner[0]
    if x.name == "matmul":
        return "".join(inner)
    if x.name == "inv":
        return f"{inner[0]}_inv"
    return f"{x.name}_{inner[0]}" if len(inner) == 1 and x.operation.operator is None else ""


# -- How each operation is written ----------------------------------------------------------------

_Write = Callable[[Function, Any, Any, Any], Value]


def _writer_of(fn: Function, x: Any) -> tuple[_Write, Sequence[Expression]]:
    """How a term is written, and the terms that stand in it."""
    if isinstance(x, Comparison):
        return _comparison, (x.left, x.right)
    if x.name == "matmul":
        return _chain(fn, x)
    if x.name == "sum_over":
        return _sum_over, ()
    if x.name in _WRITERS:
        return _numeric(_WRITERS[x.name]), x.operands
    if x.name in _REDUCTIONS:
        return _numeric(_reduction), x.operands
    if x.name in _CALLS:
        return _numeric(_matrix_call), x.operands
    if x.name in _ENTRYWISE or x.operation.rule.shape is shapes.broadcast:
        return _numeric(_entrywise), x.operands
    return _numeric(_matrix_call), x.operands


def _numeric(write: _Write) -> _Write:
    if write is _multiply:
        return write

    def on_numbers(fn: Function, x: Any, terms: Any, values: Any) -> Value:
        return write(fn, x, terms, [fn.numeric(v, t) for v, t in zip(values, terms, strict=True)])

    return on_numbers


def _comparison(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    (left, right), axes = fn.aligned(x, terms, values)
    return Value(f"({left.text} {x.sign} {right.text})", ATOM, axes)


def _entrywise(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    met, axes = fn.aligned(x, terms, values) if len(values) > 1 else (values, values[0].axes)
    if fn.language == "torch" and all(map(fn.module.is_plain, terms)):
        plain = [f"torch.tensor(float({v.text}), dtype=torch.float64)" for v in met]
        met = [Value(t, ATOM, ()) for t in plain]
    template = _ENTRYWISE.get(x.name)
    if x.name == "safe_reciprocal" and not axes:
        return Value(f"1 / {_within(met[0], POWER)}", PRODUCT, axes)
    if template is None:
        template = f"{fn.function(x.operation)}({', '.join(f'{{{i}}}' for i in range(len(met)))})"
    return Value(fn.fill(x.name, template, met, terms), _tightness(template), axes)


def _tightness(template: Any) -> int:
    return SUM if str(template).startswith("{0} ") else ATOM


def _template(fn: Function, x: Any) -> Any:
    """How an operation on whole arrays is called: as its entry says, if it does."""
    rule, own = x.operation.rule, _CALLS.get(x.name)
    if own is not None and (isinstance(own, str) or fn.language in own or not rule.frechet_of):
        return own
    if rule.frechet_of:  # a block of the function of a block matrix
        return f"frechet({str(_called_in(fn, rule.frechet_of)).partition('(')[0]}, {{0}}, {{1}})"
    if any(not isinstance(v, int | float | str | None) for v in x.parameters.values()):
        raise CodeError(
            f"The parameters of {text(x)} are arrays or shapes, which code does not show."
        )
    named = [f", {k}={v!r}" for k, v in x.parameters.items() if v is not None]
    letters = re.compile(rf"\b({'|'.join(rule.inputs)})\b")
    shows = rule.example.startswith("np.") and {*letters.findall(rule.example)} == {*rule.inputs}
    if (
        shows
        and not named
        and "=" not in rule.example
        and not rule.function
        and len(rule.outputs) == 1
    ):
        return letters.sub(lambda letter: f"{{{rule.inputs.index(letter[1])}}}", rule.example)
    places = ", ".join(f"{{{i}}}" for i in range(len(x.operands)))
    return f"{fn.function(x.operation)}({places}{''.join(named)})"


def _called_in(fn: Function, name: str) -> str:
    template = _CALLS[name]
    if isinstance(template, dict) and fn.language not in template:
        raise CodeError(fn.module.lacks(name))
    return template if isinstance(template, str) else template[fn.language]


def _matrix_call(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    template = _template(fn, x)
    columns = x.name == "kron" and all(_long(t.shape) == (0,) for t in terms)
    given = (0,) if x.name.startswith("eigenvector_") else tuple(range(x.ndim))
    met = list(values) if columns else [fn.full(v, t) for v, t in zip(values, terms, strict=True)]
    axes = (0,) if columns else given
    return Value(
        fn.fill(x.name, template, met[: _operands(template)], terms[: _operands(template)]),
        _tightness(template),
        axes,
    )


def _operands(template: Any) -> int:
    """How many operands a template has; what else an operation takes follows from them."""
    return 1 + max(int(digit) for digit in re.findall(r"{(\d)}", str(template)))


def _add(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    (left, right), axes = fn.aligned(x, terms, values)
    second = _within(right, MATMUL) if right.text.startswith("-") else right.text
    return Value(f"{left.text} + {second}", SUM, axes)


def _subtract(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    (left, right), axes = fn.aligned(x, terms, values)
    return Value(f"{left.text} - {_within(right, MATMUL)}", SUM, axes)


def _negative(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    return Value(f"-{_within(values[0], MATMUL)}", SUM, values[0].axes)


def _multiply(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    if all(isinstance(t, Comparison) for t in terms):
        values = [fn.numeric(values[0], terms[0]), values[1]]
    (left, right), axes = fn.aligned(x, terms, values)
    return Value(*_times(left, right)[:2], axes)


def _times(left: Value, right: Value) -> Value:
    """An elementwise product; a number may stand before a matrix product without parentheses."""
    first = _within(left, PRODUCT)
    second = _within(right, PRODUCT if left.axes else MATMUL)
    if right.tight == PRODUCT and second.startswith("1 / "):
        return Value(f"{first} / {second[4:]}", PRODUCT, right.axes)
    if left.tight == PRODUCT and re.fullmatch(r"1 / [\w.]+(\([^()]*\))?", first) and not left.axes:
        return Value(f"{second} / {first[4:]}", PRODUCT, right.axes)
    tight = MATMUL if right.tight == MATMUL and not left.axes else PRODUCT
    return Value(f"{first} * {second}", tight, right.axes)


def _divide(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    (left, right), axes = fn.aligned(x, terms, values)
    return Value(
        f"{_within(left, PRODUCT if right.axes else MATMUL)} / {_within(right, POWER)}",
        PRODUCT,
        axes,
    )


def _power(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    (left, right), axes = fn.aligned(x, terms, values)
    base = _within(left, ATOM)
    exponent = right.text if re.fullmatch(r"-?[\w.]+", right.text) else _within(right, ATOM)
    plain = all(re.fullmatch(r"-?[\w.]+", t) for t in (base, exponent))
    return Value(f"{base}**{exponent}" if plain else f"{base} ** {exponent}", POWER, axes)


def _transpose(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    [X] = terms
    if X.ndim != 2 or x.parameters:
        raise CodeError(f"The code is for matrices, and {text(x)} turns {X.ndim} axes.")
    if len(_long(X.shape)) < 2:
        value = fn.thin(values[0], X)
        return value._replace(axes=tuple(1 - a for a in value.axes))
    return _turned(values[0])


def _turned(value: Value) -> Value:
    turned = value.text.removesuffix(".T") if value.tight == ATOM else value.text
    return Value(turned if turned != value.text else f"{_within(value, ATOM)}.T", ATOM, value.axes)


def _reshape(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    if is_invisible(x):
        return fn.thin(values[0], terms[0])._replace(axes=_long(x.shape))
    return _shaped(fn, x, terms[0], values[0], x.parameters.get("order", "C"))


def _vec(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    return _shaped(fn, x, terms[0], values[0], "F")


def _shaped(fn: Function, x: Any, X: Any, value: Value, order: str) -> Value:
    """The entries in another shape; column by column they are those of the transpose by rows."""
    value = fn.thin(value, X)
    if order == "F" and len(value.axes) == 2:
        value = _turned(value)
    axes = _long(x.shape)
    if len(axes) < 2:
        return Value(
            f"{_within(value, ATOM)}.reshape(-1)" if len(value.axes) > 1 else value.text,
            ATOM if len(value.axes) > 1 else value.tight,
            axes,
        )
    sizes = [fn.size(n) for n in x.shape]
    inside = ", ".join(sizes[::-1] if order == "F" else sizes)
    value = Value(f"{_within(value, ATOM)}.reshape({inside})", ATOM, axes)
    return _turned(value) if order == "F" else value


def _argmax_mask(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    axis = x.parameters.get("axis")
    inside = fn.full(values[0], terms[0]).text + ("" if axis is None else f", {axis}")
    return Value(fn.call("argmax_mask({0})", [inside]), ATOM, tuple(range(x.ndim)))


def _diag(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    """A diagonal matrix, or the diagonal of one."""
    if len(_long(terms[0].shape)) != (2 if x.name == "diagonal" else 1):
        raise CodeError(f"The operand of {text(x)} has {terms[0].ndim} axes, and no code here.")
    k = x.parameters.get("k", x.parameters.get("offset", 0))
    if x.parameters.get("shape") is not None:
        raise CodeError(f"A diagonal in a matrix that is not square, {text(x)}, has no code here.")
    inside = fn.thin(values[0], terms[0]).text + (f", {k}" if k else "")
    return Value(f"{fn.np}.diag({inside})", ATOM, _long(x.shape))


def _triangle(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    if terms[0].ndim != 2:
        raise CodeError(f"The operand of {text(x)} is no matrix, so it has no triangle.")
    k = x.parameters.get("k", 0)
    inside = fn.full(values[0], terms[0]).text + (f", {k}" if k else "")
    return Value(f"{fn.np}.{x.name}({inside})", ATOM, (0, 1))


def _half(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    """The lower triangle as a vector, and back."""
    if x.name == "vech":
        return Value(fn.call("vech({0})", [fn.full(values[0], terms[0]).text]), ATOM, (0,))
    return Value(fn.call("unvech({0})", [fn.thin(values[0], terms[0]).text]), ATOM, (0, 1))


def _trace_product(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    if any(len(_long(t.shape)) < 2 for t in terms):
        left, right = (fn.thin(v, t) for v, t in zip(values, terms, strict=True))
        return Value(f"{_within(left, MATMUL)} @ {_within(right, POWER)}", MATMUL, ())
    left, right = values
    turned = (_turned(left), right) if left.text.endswith(".T") else (left, _turned(right))
    return Value(f"{fn.np}.sum({_times(*turned).text})", ATOM, ())


def _trace(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    if not _long(terms[0].shape):
        return fn.thin(values[0], terms[0])
    return _matrix_call(fn, x, terms, values)


def _reduction(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    """A function along an axis; what is left of a matrix has one axis."""
    [X], [value] = terms, values
    keeps = x.name == "softmax" or bool(x.parameters.get("keepdims"))
    axis = x.parameters.get("axis")
    given = range(X.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    along = {a % X.ndim for a in given} if X.ndim else set()
    long = _long(X.shape)
    summed = [a for a in long if a in along]
    told = (fn.language, x.name) in _SAYS_AXES or x.name == "softmax"
    if told or len(summed) < len(long) or value.axes != (0, 1):
        value = fn.thin(value, X) if len(long) < 2 else fn.full(value, X)
    left = value.axes if x.name == "softmax" else tuple(a for a in value.axes if a not in along)
    if not keeps:
        rest = [a for a in range(X.ndim) if a not in along]
        left = tuple(rest.index(a) for a in left)
    if not summed:
        if x.name == "norm":
            return Value(f"{fn.np}.abs({value.text})", ATOM, left)
        return (
            Value(f"{fn.np}.ones_like({value.text})", ATOM, left)
            if x.name == "softmax"
            else (value._replace(axes=left))
        )
    axes: Any = None if len(summed) == len(long) else summed[0]
    if fn.language == "torch" and x.name == "softmax" and len(summed) == 2:
        raise CodeError(fn.module.lacks(f"{x.name} of all entries"))
    if axes is None and (fn.language, x.name) in _SAYS_AXES:
        axes = 0 if len(long) == 1 else tuple(long)
    word = "dim" if fn.language == "torch" else "axis"
    inside = value.text + ("" if axes is None else f", {word}={axes}")
    return Value(fn.call(_called(_REDUCTIONS[x.name]), [inside]), ATOM, left)


#: These do not take all entries unless they are told to.
_SAYS_AXES = {("torch", "softmax"), ("torch", "logsumexp"), ("jax", "softmax")}


def _called(name: Any) -> Any:
    if isinstance(name, dict):
        return {language: f"{one}({{0}})" for language, one in name.items()}
    return f"{name}({{0}})"


def _indexed(
    fn: Function, part_of: Any, X: Any, axes: Any, index: Any
) -> tuple[list[str], tuple[int, ...]]:
    """An index of X as that of an array with these axes, and the axes of the part that are left.

    Where the part has the length 1, that axis is left out.
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(not (p is None or p is Ellipsis or type(p) in (int, slice)) for p in parts):
        raise CodeError(f"The index {index} of {text(X)} is an array, which code does not show.")
    missing = X.ndim - sum(p is not None and p is not Ellipsis for p in parts)
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    at = parts.index(Ellipsis)
    parts[at : at + 1] = [slice(None)] * missing
    shown, left, source, goal = [], [], 0, 0
    for part in parts:
        if part is None:
            goal += 1
            continue
        if source in axes:
            single = type(part) is slice and part.start is not None
            one = part.start if single and shapes.same(part_of.shape[goal], 1) else part
            shown.append(_shown_slice(fn, one) if type(one) is slice else str(one))
            if type(one) is slice:
                left.append(goal)
        goal += type(part) is slice
        source += 1
    return shown, tuple(left)


def _shown_slice(fn: Function, part: slice) -> str:
    start, stop = ("" if end in (None, 0) else fn.size(end) for end in (part.start, part.stop))
    return f"{start}:{stop}" + ("" if part.step is None else f":{part.step}")


def _getitem(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    [X] = terms
    value = fn.thin(values[0], X) if len(_long(X.shape)) < 2 else fn.full(values[0], X)
    shown, left = _indexed(fn, x, X, value.axes, x.parameters["index"])
    if value.text.endswith(".T") and value.axes == (0, 1) and len(x.shape) <= 2:
        value = _turned(value)
        shown = [*shown, ":", ":"][1::-1]
    while shown and shown[-1] == ":":
        shown.pop()
    if not shown:
        return value._replace(axes=left)
    return Value(f"{_within(value, ATOM)}[{', '.join(shown)}]", ATOM, left)


def _scatter(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    axes = _long(x.shape)
    shown, left = _indexed(fn, terms[0], x, axes, x.parameters["index"])
    while len(shown) > 1 and shown[-1] == ":":
        shown.pop()
    index = ", ".join(shown)
    if ":" in index:
        index = f"np.s_[{index}]"
    elif len(shown) > 1:
        index = f"({index})"
    sizes = [fn.size(x.shape[a]) for a in axes]
    shape = sizes[0] if len(axes) == 1 else f"({', '.join(sizes)})"
    inside = [fn.to(values[0], left, terms[0]).text, index, shape]
    return Value(fn.call("scatter({0}, {1}, {2})", inside), ATOM, axes)


def _concatenate(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    axis = x.parameters.get("axis", 0) % x.ndim
    pairs = list(zip(values, terms, strict=True))
    if len(_long(x.shape)) < 2:
        name, axes, met = "hstack", _long(x.shape), [fn.thin(v, t) for v, t in pairs]
    else:
        # A vector stands for a column or a row where NumPy takes it for one.
        met = [v if v.axes == (1 - axis,) else fn.full(v, t) for v, t in pairs]
        columns = "column_stack" if any(v.axes == (0,) for v in met) else "hstack"
        name, axes = columns if axis == 1 else "vstack", (0, 1)
    return Value(f"{fn.np}.{name}([{', '.join(v.text for v in met)}])", ATOM, axes)


def _broadcast_to(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    axes = _long(x.shape)
    [value] = fn.aligned(x, terms, values)[0]
    if not value.axes:
        return _times(value, fn.filled("ones", x))
    sizes = [fn.size(x.shape[a]) for a in axes]
    inside = f"{value.text}, ({', '.join(sizes)})"
    return Value(f"{fn.np}.broadcast_to({inside})", ATOM, axes) if len(axes) == 2 else value


def _einsum(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    met = [fn.full(v, t).text for v, t in zip(values, terms, strict=True)]
    subscripts = x.parameters["subscripts"]
    return Value(f'{fn.np}.einsum("{subscripts}", {", ".join(met)})', ATOM, tuple(range(x.ndim)))


def _solve(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    A, B = terms
    right = fn.thin(values[1], B) if 1 not in _long(B.shape) else fn.full(values[1], B)
    return Value(_solution(fn, fn.full(values[0], A), right), ATOM, right.axes)


def _solution(fn: Function, A: Value, B: Value) -> str:
    return f"{fn.np}.linalg.solve({A.text}, {B.text})"


def _sum_over(fn: Function, x: Any, terms: Any, values: Any) -> Value:
    """A sum over samples, which lie along the first axis of their arrays."""
    index, [body] = x.parameters["index"], x.operands
    samples = [s.name for s in symbols_in(body) if s.sample == index]
    names = [fn.module.arguments[name] for name in samples]
    numbers = f"range(1, {fn.size(x.parameters['count'])} + 1)" if index in samples else ""
    arrays = [fn.module.stacks.get(name, numbers) for name in samples]
    fn.scopes.append(_Scope(index))
    value = fn.emit(body)
    value = fn.to(value, _returned_axes(body.shape), body)
    scope = fn.scopes.pop()
    if scope.lines:
        name = fn.fresh("term")
        inner = [*scope.lines, f"return {value.text}"]
        lines = [f"def {name}({', '.join(names)}):", *(f"    {line}" for line in inner)]
        fn.scope_of(x).lines += lines
        inside = f"map({name}, {', '.join(arrays)})"
    else:
        data = arrays[0] if len(arrays) == 1 else f"zip({', '.join(arrays)}, strict=True)"
        inside = f"{value.text} for {', '.join(names)} in {data}"
    return Value(f"sum({inside})", ATOM, value.axes)


_WRITERS: dict[str, _Write] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "transpose": _transpose,
    "reshape": _reshape,
    "vec": _vec,
    "vech": _half,
    "unvech": _half,
    "diag": _diag,
    "diagonal": _diag,
    "argmax_mask": _argmax_mask,
    "tril": _triangle,
    "triu": _triangle,
    "trace": _trace,
    "trace_product": _trace_product,
    "getitem": _getitem,
    "scatter": _scatter,
    "concatenate": _concatenate,
    "broadcast_to": _broadcast_to,
    "einsum": _einsum,
    "solve": _solve,
}

# -- Products -------------------------------------------------------------------------------------


class _Factor(NamedTuple):
    """A factor of a product; `inverse` is "" or what of the term is meant: "inv", "inv.T"."""

    term: Any
    shape: Any
    inverse: str


def _chain(fn: Function, x: Any) -> tuple[_Write, Sequence[Expression]]:
    """The factors of a product, as far as its parts have no names of their own."""
    factors = [_factor(fn, term) for term in _flattened(fn, x, x)]

    def write(fn: Function, x: Any, terms: Any, values: Any) -> Value:
        values = [fn.numeric(v, t) for v, t in zip(values, terms, strict=True)]
        return _product(fn, x, factors, values)

    return write, [factor.term for factor in factors]


def _flattened(fn: Function, x: Any, whole: Any) -> list[Any]:
    named = x is not whole and (fn.lookup(x) is not None or fn.uses.get(fn.key(x), 1) > 1)
    if not is_call(x, "matmul") or named or (x is not whole and x.ndim != 2):
        return [x]
    return [factor for operand in x.operands for factor in _flattened(fn, operand, whole)]


def _factor(fn: Function, x: Any) -> _Factor:
    inner = x.operands[0] if is_call(x, "transpose") and not x.parameters else x
    once = is_call(inner, "inv") and fn.uses.get(fn.key(inner), 1) == 1
    if once and fn.lookup(inner) is None and len(_long(inner.shape)) == 2:
        return _Factor(inner.operands[0], x.shape, "inv" if inner is x else "inv.T")
    return _Factor(x, x.shape, "")


def _product(fn: Function, x: Any, factors: Any, values: Any) -> Value:
    """A product, cut where an inner length is 1: what is left of it is an outer product."""
    wide = [
        f.shape if len(f.shape) == 2 else (1, *f.shape) if i == 0 else (*f.shape, 1)
        for i, f in enumerate(factors)
    ]
    cuts = [i for i in range(1, len(factors)) if shapes.same(wide[i][0], 1)]
    pieces = []
    for start, end in zip([0, *cuts], [*cuts, len(factors)], strict=True):
        row, column = shapes.same(wide[start][0], 1), shapes.same(wide[end - 1][1], 1)
        piece = _segment(fn, factors[start:end], values[start:end], row, column)
        pieces.append(piece)
    if len(pieces) == 1:
        [result] = pieces
        axes = result.axes
    else:
        numbers = [p for p in pieces if not p.axes]
        vectors = [_one_axis(fn, p) for p in pieces if p.axes]
        if len(vectors) == 2:
            result = Value(f"{fn.np}.outer({vectors[0].text}, {vectors[1].text})", ATOM, (0, 1))
        else:
            result = vectors[0] if vectors else numbers.pop()
        axes = result.axes
        for number in reversed(numbers):
            result = _times(number, result)
    if x.ndim < 2:  # vectors with one axis stood outside
        axes = tuple(range(x.ndim))
    return Value(result.text, result.tight, axes)


def _one_axis(fn: Function, value: Value) -> Value:
    """A row that has two axes with one."""
    if value.axes == (0, 1):
        return Value(f"{_within(value, ATOM)}[0]", ATOM, (1,))
    return value


def _segment(fn: Function, factors: Any, values: Any, row: bool, column: bool) -> Value:
    """A product without inner lengths of 1; inverses solve systems, vectors come first."""
    met = [
        fn.full(v, f.term) if len(_long(f.term.shape)) == 2 else v
        for v, f in zip(values, factors, strict=True)
    ]
    solves = any(factor.inverse for factor in factors)
    keeps_rows = row and not column and met[0].axes == (0, 1) and not solves
    if row and not keeps_rows:
        met[0] = fn.thin(met[0], factors[0].term)
    if column:
        met[-1] = fn.thin(met[-1], factors[-1].term)
    axes = (0, 1) if keeps_rows else tuple(a for a, one in enumerate((row, column)) if not one)
    if row and not column:  # from the left
        value = met[0]
        for factor, right in zip(factors[1:], met[1:], strict=True):
            value = _row_times(fn, factor, right, value)
        return value._replace(axes=axes)
    pending: list[Value] = []
    for factor, left in zip(reversed(factors), reversed(met), strict=True):
        if not factor.inverse:
            pending = [left, *pending]
        elif pending:
            A = _turned(left) if factor.inverse == "inv.T" else left
            right = _joined(pending, column)
            pending = [Value(_solution(fn, A, right), ATOM, right.axes)]
        else:
            inverse = Value(f"{fn.np}.linalg.inv({left.text})", ATOM, (0, 1))
            pending = [_turned(inverse) if factor.inverse == "inv.T" else inverse]
    return _joined(pending, column and not row)._replace(axes=axes)


def _row_times(fn: Function, factor: Any, A: Value, row: Value) -> Value:
    """A row times a matrix; with one axis it is a column times the transpose as well."""
    if factor.inverse:
        return Value(_solution(fn, A if factor.inverse == "inv.T" else _turned(A), row), ATOM, (1,))
    if A.text.endswith(".T") and len(row.axes) == 1:
        return _at(_turned(A), row)
    return _at(row, A)


def _at(left: Value, right: Value) -> Value:
    first = left.text if left.tight == MATMUL else _within(left, POWER)
    return Value(f"{first} @ {_within(right, POWER)}", MATMUL, right.axes)


def _joined(values: Sequence[Value], from_right: bool) -> Value:
    """The product of factors: from the right where a column ends it, for it is less work."""
    if from_right:
        return functools.reduce(lambda right, left: _at(left, right), reversed(values))
    return functools.reduce(_at, values)


# -- A module -------------------------------------------------------------------------------------

#: Names that the module itself uses.
_TAKEN = {
    *keyword.kwlist, "scipy", "f", "gradient", "differential", "hessian", "adjoint", "draw",
    "slope", "agree", "rng", "seed", "found", "expected", "unsettled", "settled", "equal", "sum",
    "zip", "map", "len", "range", "float", "set", "print", *_HELPERS,
}  # fmt: skip


class Module:
    """What the functions of a module share: its arguments, its imports, its helpers."""

    def __init__(
        self, symbols: Sequence[Any], directions: Mapping[str, Any], terms: Any, language: str
    ) -> None:
        self.language = language
        self.imports: set[str] = set()
        self.helpers: dict[str, str] = {}
        self.arguments: dict[str, str] = {}
        self.stacks: dict[str, str] = {}
        self.letters: dict[str, str] = {}
        self.samples: dict[str, str] = {}
        self.symbols = list(symbols)
        self.taken = {*_TAKEN, *language_names.values()}
        for x in [*symbols, *directions.values()]:
            self.arguments[x.name] = identifier(x.name, self.taken)
            self.taken.add(self.arguments[x.name])
        for x in all_terms(terms):
            if isinstance(x, Symbol) and x.sample == x.name:  # the index of a sum as a number
                self.arguments[x.name] = identifier(x.name, self.taken)
                self.taken.add(self.arguments[x.name])
        for x in symbols:
            if index := x.sample:
                name = identifier(x.name.removesuffix(f"_{index}"), self.taken)
                self.stacks[x.name] = name
                self.taken.add(name)
        self._find_letters(symbols)
        self.free = self._free_letters(terms)

    def argument(self, x: Any) -> str:
        return self.stacks.get(x.name, self.arguments[x.name])

    def _find_letters(self, symbols: Sequence[Any]) -> None:
        for sampled, x in sorted(((x.name in self.stacks, x) for x in symbols), key=lambda p: p[0]):
            for place, axis in enumerate(argument_axes(x)):
                size = self.length(x.shape[axis])
                if size.isidentifier():
                    at = place + sampled
                    source = f"{self.argument(x)}.shape[{at}]"
                    self.letters.setdefault(size, f"len({self.argument(x)})" if not at else source)

    def _free_letters(self, terms: Any) -> list[str]:
        """Lengths that no argument has: the code takes them as numbers."""
        found: dict[str, None] = {}
        counts = ""
        for x in all_terms(terms):
            if is_call(x, "sum_over"):
                index, count = x.parameters["index"], self.length(x.parameters["count"])
                self.samples[index] = count
                stacks = [self.stacks[s.name] for s in symbols_in(x) if s.sample == index != s.name]
                if stacks and count.isidentifier():
                    self.letters.setdefault(count, f"len({stacks[0]})")
                elif not stacks:
                    counts += count
        for x in all_terms(terms):
            sized = isinstance(x, Ones | Identity | Number) or is_call(x, "reshape", "broadcast_to")
            names = [self.length(x.shape[a]) for a in _long(x.shape)] if sized else []
            if type(x) is Symbol and x.name not in self.arguments and x.ndim == 0:
                names.append(x.name)
            for letter in re.findall(r"[^\W\d]\w*", " ".join([*names, counts])):
                if letter in self.arguments:  # an integer that was declared
                    self.letters.setdefault(letter, self.arguments[letter])
                elif letter not in self.letters:
                    found[letter] = None
        self.letters |= {letter: letter for letter in found}
        return list(found)

    def length(self, size: Any) -> str:
        """A length in Python, in letters."""
        size = known(size)
        shown = str(size)
        if shown == "?" and size.axes:
            shown = "{}_{}".format(*size.axes[0])
        if "?" in shown:
            raise CodeError(
                "A length in the expression is not known, so the code cannot write it. "
                "Declare the sizes of all symbols with letters."
            )
        return re.sub(r"([*+/-])", r" \1 ", shown).replace("/", "//")

    def lacks(self, name: str) -> str:
        return (
            f"{_LIBRARY[self.language]} has no function for {name!r}. Write the code for NumPy "
            '(language="numpy"), or give the expression without it.'
        )

    def dotted(self, path: str, name: str) -> str:
        """A function of NumPy or SciPy by its name in the language's libraries."""
        renamed = _RENAMED[self.language].get(path, path)
        library, inner = path.split(".", 1)
        elsewhere = self.language != "numpy" and not path.startswith(("numpy.", "scipy.special."))
        if renamed is None or elsewhere:
            raise CodeError(self.lacks(name))
        if renamed != path:
            return renamed
        if library == "numpy":
            return f"{language_names[self.language]}.{inner}"
        if library != "scipy":
            self.imports.add(path.rpartition(".")[0])
        return {"numpy": path, "jax": f"jax.{path}", "torch": f"torch.{inner}"}[self.language]

    def note(self, source: str) -> None:
        """Import what a piece of code uses, and add the helpers in it, with what they use."""
        for module in re.findall(r"\b((?:jax\.)?scipy\.\w+)\.", source):
            self.imports.add(module)
        for word in re.findall(r"\w+", source):
            if word in _HELPERS and word not in self.helpers:
                self.helpers[word] = ""  # it is being written
                written = _HELPERS[word]
                body = (
                    written
                    if isinstance(written, str)
                    else (written.get(self.language) or written["numpy"])
                )
                body = re.sub(r"\bspecial\.", self.dotted("scipy.special.", word), body)
                body = re.sub(r"\bnp\.", language_names[self.language] + ".", body.strip("\n"))
                self.note(body)
                self.helpers[word] = body

    def is_plain(self, x: Any) -> bool:
        """Whether a number is one of Python's, which PyTorch's functions do not take."""
        if isinstance(x, Symbol):
            return x.ndim == 0 and (x.name in self.letters or "integer" in flags_of(x))
        return x.ndim == 0 and not isinstance(x, Part) and all(map(self.is_plain, inside(x)))


def identifier(name: str, taken: set[str]) -> str:
    """A name for a symbol in Python: its own, if that is free."""
    stem = re.sub(r"\W", "_", name)
    stem = stem if stem.isidentifier() else f"x{stem}"
    while stem in taken:
        stem += "_"
    return stem


def flags_of(x: Any) -> frozenset[str]:
    return getattr(x, "flags", frozenset())


def all_terms(terms: Iterable[Expression], past: Iterable[str] = ()) -> Iterator[Any]:
    """Every term in some terms, once; not what stands in the operations `past`."""
    seen: set[int] = set()
    waiting: list[Any] = list(terms)
    while waiting:
        x = waiting.pop()
        if id(x) not in seen:
            seen.add(id(x))
            yield x
            waiting.extend(() if is_call(x, *past) else inside(x))


def symbols_in(*terms: Expression) -> list[Any]:
    """The symbols in terms, each once, by their names."""
    named = {x.name: x for x in all_terms(terms) if isinstance(x, Symbol | Differential)}
    return [x for _, x in sorted(named.items()) if not isinstance(x, Ones | Identity)]


def expanded(x: Any, known_terms: dict[int, Any], arrays: bool = False) -> Any:
    """The term with what has no code of its own written as the table writes it.

    For `arrays`, it is also written as they are computed with: see `_ON_ARRAYS`.
    """
    if id(x) in known_terms:
        return known_terms[id(x)][1]
    result = x
    if isinstance(x, Part):
        source = expanded(x.source, known_terms, arrays)
        result = x if source is x.source else Part(x.name, source, x.place, x.transposed)
    elif isinstance(x, Comparison):
        sides = (expanded(side, known_terms, arrays) for side in (x.left, x.right))
        result = Comparison(x.sign, *sides)
    elif isinstance(x, Application):
        operands = tuple(expanded(operand, known_terms, arrays) for operand in x.operands)
        other = None
        if x.name in _REWRITTEN:
            other = _REWRITTEN[x.name](*operands, **x.parameters)
        elif arrays and x.name in _ON_ARRAYS:
            other = _ON_ARRAYS[x.name](x, *operands)
        elif x.name not in _OWN and x.operation.rule.written is not None:
            other = x.operation.rule.written(*operands)
        if other is not None:
            result = expanded(lift(other), known_terms, arrays)
        elif any(a is not b for a, b in zip(operands, x.operands, strict=True)):
            result = Application(x.name, operands, x.parameters)
    known_terms[id(x)] = x, result  # x is kept, so that its id stays its own
    return result


def _lower(A: Any, B: Any, n: int = 1) -> Any:
    return A ** (Number(B.value - n) if isinstance(B, Number) and B.value >= n else B - n)


def _resolvent(A: Any, **_parameters: Any) -> Any:
    """The pseudo-inverse of t I - X at an eigenvalue t of X: no tolerance finds its zero surely."""
    match A:
        case Application(
            name="subtract",
            operands=(
                Application(name="multiply", operands=(Application(operands=(of,)) as t, unit)),
                X,
            ),
        ) if isinstance(unit, Identity) and t.name in ("lambda_max", "lambda_min"):
            return Application("eigen_pinv", (X, t)) if text(of) == text(X) else None
    return None


def _log(x: Any, X: Any) -> Any:
    """The logarithm of a determinant, which overflows long before its logarithm does."""
    return TABLE["logdet"](X.operands[0]) if is_call(X, "det") and X.ndim == 0 else None


def _summed(x: Any, A: Any, B: Any) -> Any:
    """A product with a matrix of ones: the sums of the columns or rows, in each row or column."""
    if isinstance(A, Ones) and len(_long(A.shape)) == B.ndim == 2:
        return Ones((A.shape[0], 1)) @ TABLE["sum"](B, axis=0, keepdims=True)
    if isinstance(B, Ones) and len(_long(B.shape)) == A.ndim == 2:
        return TABLE["sum"](A, axis=1, keepdims=True) @ Ones((1, B.shape[1]))
    return None


def _met(x: Any, A: Any, B: Any) -> Any:
    """A row in each row, or a column in each column, as itself: it spreads where it is met."""
    for one, other, place in ((A, B, 0), (B, A, 1)):
        thin = _spread(one)
        if thin is not None and shapes.same_shape(other.shape, x.shape):
            return Application(x.name, (thin, other) if place == 0 else (other, thin), x.parameters)
    return None


def _spread(x: Any) -> Any:
    """The row or the column that a product with a column or a row of ones repeats."""
    parts = _matrices(x)
    if len(parts) < 2 or len(_long(x.shape)) < 2:
        return None
    first, last = parts[0], parts[-1]
    if isinstance(first, Ones) and shapes.same(first.shape[1], 1):
        return functools.reduce(TABLE["matmul"], parts[1:])
    if isinstance(last, Ones) and shapes.same(last.shape[0], 1):
        return functools.reduce(TABLE["matmul"], parts[:-1])
    return None


def _matrices(x: Any) -> list[Any]:
    if not (is_call(x, "matmul") and x.ndim == 2 and all(o.ndim == 2 for o in x.operands)):
        return [x]
    return [part for operand in x.operands for part in _matrices(operand)]


#: The same value with less work, and no determinant that overflows.
_ON_ARRAYS: dict[str, Callable[..., Any]] = {
    "log": _log, "matmul": _summed, "add": _met, "subtract": _met, "multiply": _met, "divide": _met,
}  # fmt: skip

_OWN = {*_WRITERS, *_REDUCTIONS, *_CALLS, *_ENTRYWISE, "matmul", "sum_over"}

#: What code writes otherwise than the table does for the eye.
_REWRITTEN: dict[str, Callable[..., Any]] = {
    "lowered_power": _lower,
    "complement": lambda X: Identity(X.shape[0]) - X,
    "pinv": _resolvent,
}
