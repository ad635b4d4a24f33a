"""Matrix derivatives from one table of rules: differentials, gradients, Hessians, and their checks.

>>> import numpy as np
>>> from lecturelib import gradient
>>> gradient(np.linalg.det, np.array([[2.0, 1.0], [1.0, 3.0]])).round(6)
array([[ 3., -1.],
       [-1.,  2.]])
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

#: module -> the public names it brings. Nothing is imported before it is used, so that the table
#: and the symbolic reader work where NumPy is absent, and a first gradient comes quickly.
_MODULES = {
    "calculus": (
        "Derivative derivative differential gradient hessian jacobian_matrix second_derivative "
        "taylor"
    ),
    "checks": "check_adjoint check_derivative check_gradient check_hessian check_rule",
    "claims": "verify",
    "functions": (
        "cosm expm lambda_max lambda_min logdet logm logsumexp relu sigmoid sinm softmax softplus "
        "sqrtm vec vech"
    ),
    "leastsquares": "LostDigitsWarning RankWarning least_squares polynomial_design",
    "linearmap": "LinearMap",
    "mlp": "MLP DivergenceError",
    "numbers.dispatch": "UntraceableError",
    "numbers.series": "KinkWarning NestedDerivativeError",
    "numbers": "",
    "shown": "bound show show_results",
    "spaces": (
        "InnerProduct euclidean frobenius lower_triangular skew symmetric upper_triangular weighted"
    ),
    "spectra": "eigen_derivative eigenvector_derivative",
    "symbols": "",
    "symbols.derive": "Derivation DerivationError derive",
    "symbols.parse": "ParseError",
    "figures": "",
    "layouts": "",
    "table": "",
    "table.operation": "linear multilinear rule",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted([*_HOME, "rules"])


def __getattr__(name: str) -> Any:
    if name == "rules":  # the table prints as the table of rules
        name = "table"
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"lecturelib has no name {name!r}; it has {', '.join(__all__)}.")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
