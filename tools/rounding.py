"""Another machine's rounding, imitated in this process.

`imitate(size, seed)` before lecturelib is imported: from then on

- what LAPACK gives NumPy is off by `size` of its largest entry, in a random direction. What LAPACK
  keeps is kept: conjugate pairs, the zeros of triangles, the order and the sign of singular values,
  the sign of a determinant, whole numbers of type int;
- the products in a sum that `@` makes are added in a random order, and nothing else is done to it;
  a product A.T @ A stays symmetric, as BLAS makes it.
"""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

#: The name by which transformed code calls the product.
PRODUCT = "__product_in_another_order__"


def imitate(size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    linalg = sys.modules["numpy.linalg._linalg"]
    linalg._umath_linalg = Lapack(linalg._umath_linalg, size, rng)  # type: ignore[attr-defined]
    product = Product(rng)
    setattr(builtins, PRODUCT, product)
    sys.meta_path.insert(0, Finder())
    from lecturelib.table import TABLE

    TABLE["matmul"].value = product  # the one product that is no operator in the source


# ---------------------------------------------------------------- LAPACK


class Lapack:
    """NumPy's door to LAPACK, each result off by a little."""

    def __init__(self, module: Any, size: float, rng: np.random.Generator) -> None:
        self._module, self._size, self._rng = module, size, rng

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._module, name)
        if not callable(function):
            return function
        kind = name.partition("_")[0]
        change: Callable[..., Any] = getattr(self, f"_{kind}", self._any)
        return lambda *args, **options: change(function(*args, **options), *args)

    def _noise(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._size * self._rng.choice([-1.0, 1.0], shape)

    def _off(self, a: Any, axes: tuple[int, ...] = (-2, -1), floor: float = 0.0) -> Any:
        """An array off by `size` of the largest entry of each matrix, or of each vector."""
        values = np.asarray(a)
        if values.dtype.kind == "c":  # each part by itself, or no complex step would be left
            return self._off(values.real, axes, floor) + 1j * self._off(values.imag, axes, floor)
        if values.dtype.kind != "f" or not np.isfinite(values).all() or not values.size:
            return a
        axes = axes[-values.ndim :] if values.ndim else ()
        largest = np.maximum(np.max(np.abs(values), axis=axes, keepdims=True), floor)
        result = values + largest * self._noise(values.shape)
        return result if isinstance(a, np.ndarray) else result[()]

    def _any(self, result: Any, *args: Any) -> Any:
        if isinstance(result, tuple):
            return tuple(self._off(a) for a in result)
        return self._off(result)

    def _inv(self, Y: np.ndarray, A: np.ndarray) -> np.ndarray:
        kept = np.ones(A.shape, bool)
        for part in (np.triu, np.tril):
            kept &= part(kept) | (part(A) != A).any(axis=(-2, -1), keepdims=True)
        return np.where(kept, self._off(Y), Y)

    def _cholesky(self, L: np.ndarray, A: np.ndarray) -> np.ndarray:
        return np.where(L != 0, self._off(L), L)

    def _qr(self, result: np.ndarray, A: np.ndarray, *tau: Any) -> np.ndarray:
        if not tau:  # qr_r_raw: R stands in the upper triangle of A itself
            A[...] = np.where(np.triu(np.ones(A.shape, bool)), self._off(A), A)
            return result
        return self._off(result)

    def _det(self, d: Any, A: np.ndarray) -> Any:
        """Off beside Hadamard's bound: a singular matrix has no determinant to be relative to."""
        triangular = [(part(A) == A).all(axis=(-2, -1)) for part in (np.triu, np.tril)]
        bound = np.prod(np.linalg.norm(A, axis=-1), axis=-1)
        exact = triangular[0] | triangular[1] | (np.asarray(d) == 0)  # a pivot is zero, as in inv
        result = d + np.where(exact, 0, bound * self._noise(np.shape(d)))
        return result if isinstance(d, np.ndarray) else result[()]

    def _slogdet(self, result: tuple[Any, Any], A: np.ndarray) -> tuple[Any, Any]:
        sign, log = result
        return sign, self._off(log, axes=(), floor=1.0)

    def _svd(self, result: Any, A: np.ndarray) -> Any:
        def singular(s: np.ndarray) -> np.ndarray:
            return np.sort(np.abs(self._off(s, axes=(-1,))))[..., ::-1]

        if not isinstance(result, tuple):
            return singular(result)
        U, s, Vh = result
        return self._off(U), singular(s), self._off(Vh)

    def _eigh(self, result: tuple[Any, Any], A: np.ndarray) -> tuple[Any, Any]:
        w, V = result
        return self._eigvalsh(w, A), self._off(V)

    def _eigvalsh(self, w: np.ndarray, A: np.ndarray) -> np.ndarray:
        return np.sort(self._off(w, axes=(-1,)))

    def _eig(self, result: tuple[Any, Any], A: np.ndarray) -> tuple[Any, Any]:
        w, V = result
        return self._pairs(w, w, A, (-1,)), self._pairs(V, w[..., None, :], A, (-2, -1))

    def _eigvals(self, w: np.ndarray, A: np.ndarray) -> np.ndarray:
        return self._pairs(w, w, A, (-1,))

    def _pairs(self, a: np.ndarray, w: np.ndarray, A: np.ndarray, axes: Any) -> np.ndarray:
        """Off where the eigenvalue is real by a real number, the second of a pair as the first."""
        off = np.array(self._off(a, axes))
        if A.dtype.kind == "c":
            return off
        w = np.broadcast_to(w, a.shape)
        off[w.imag == 0] = off[w.imag == 0].real
        # LAPACK puts the second of a pair after its first.
        off[..., 1:] = np.where(w[..., 1:].imag < 0, off[..., :-1].conj(), off[..., 1:])
        return off


# ---------------------------------------------------------------- products


class Product:
    """A @ B, with what is summed in another order."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def __call__(self, A: Any, B: Any) -> Any:
        plain = all(type(M) is np.ndarray and M.dtype.kind in "fc" and M.ndim for M in (A, B))
        if not plain or A.shape[-1] != B.shape[-2 if B.ndim > 1 else 0]:
            return A @ B
        order = self._rng.permutation(A.shape[-1])
        if A.ndim == B.ndim == 2 and _transposes(A, B):
            rows = B[order]
            return rows.T @ rows
        return A[..., order] @ (B[order] if B.ndim == 1 else B[..., order, :])


def _transposes(A: np.ndarray, B: np.ndarray) -> bool:
    here, there = A.T.__array_interface__, B.__array_interface__
    return all(here[key] == there[key] for key in ("data", "shape")) and A.T.strides == B.strides


class InAnotherOrder(ast.NodeTransformer):
    """Every `A @ B` in a source calls the product above."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        call = ast.Call(ast.Name(PRODUCT, ast.Load()), [node.left, node.right], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> Any:  # not from a cache of bytecode, nor into it
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore
        tree = InAnotherOrder().visit(ast.parse(data, path))
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)


class Finder(importlib.abc.MetaPathFinder):
    """lecturelib's modules are read by the loader above."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if not fullname.partition(".")[0] == "lecturelib":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec
