"""The list behind the page "Look it up": functions whose derivatives people look for.

A row holds what cannot be derived: the function, the names it goes by, where others number it. All
else is what `lecturelib.derive` makes of it. Each row is a claim, ``lookup-`` and the row's id,
whose referees are in `lecturelib.lookup.checks`.

>>> from lecturelib.lookup import row
>>> row("log-determinant").derivation.gradient
inv(X)'
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ..claims.records import LOOKUP
from ..symbols.derive import Derivation, DerivationError, derive
from ..symbols.terms import Expression

#: group -> the title of its section of the page, in the page's order.
GROUPS = {
    "quadratic form": "Linear and quadratic forms",
    "trace": "Traces",
    "inverse": "Inverses",
    "determinant": "Determinants",
    "norm": "Norms and distances",
    "eigenvalue": "Eigenvalues and quotients",
    "matrix function": "Powers, exponentials, logarithms, roots",
    "elementwise": "Entry by entry",
    "Kronecker product": "Kronecker products and vec",
    "projection": "Pseudo-inverse, projections, factors",
    "symmetric": "Symmetric, diagonal, triangular, orthogonal variables",
    "least squares": "Least squares and regression",
    "statistics": "Gaussians and divergences",
    "neural network": "Neural networks",
    "factorisation": "Components and factorisations",
    "product": "Products as functions",
    "number": "Functions of a number",
}


@dataclass(frozen=True)
class Row:
    """One function in one variable.

    Attributes
    ----------
    id : str
        The row's name, which is never given to another function.
    f, wrt, where : str
        As `lecturelib.derive` takes them.
    names : tuple of str
        What people call it aloud; the first one is the title.
    groups : tuple of str
        Keys of `GROUPS`; the first is the row's section.
    cookbook : tuple of str
        Numbers of The Matrix Cookbook (15 November 2012).
    claims : tuple of str
        Claims of the course that say the same, or a special case.
    remark : str
        Markdown; empty for most.
    wrong : tuple of (str, str)
        Tempting results in the grammar, each with what it is; the referees reject them.
    sheet : bool
        Whether the formula sheet prints the row.
    """

    id: str
    f: str
    wrt: str
    where: str
    names: tuple[str, ...]
    groups: tuple[str, ...]
    cookbook: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    remark: str = ""
    wrong: tuple[tuple[str, str], ...] = ()
    sheet: bool = False

    @property
    def derivation(self) -> Derivation:
        """What `derive` makes of the row."""
        return _derived(self)

    @property
    def claim(self) -> str:
        """The id of the row's claim, as `lecturelib.verify` takes it."""
        return LOOKUP + self.id

    @functools.cached_property
    def results(self) -> dict[str, Expression]:
        """What the page prints, by its kind, in its order.

        A function whose value is a number has ``"gradient"``, ``"projected"`` where that differs
        from it, ``"differential"`` and ``"hessian"`` where it is known; any other function has
        ``"differential"`` and ``"adjoint"``.
        """
        d = self.derivation
        found: dict[str, Expression] = {}
        if d.value.shape == ():
            found["gradient"] = d.gradient
            if str(d.projected_gradient) != str(d.gradient):
                found["projected"] = d.projected_gradient
        found["differential"] = d.differential
        if d.value.shape != ():
            found["adjoint"] = d.adjoint
        elif not self.no_hessian:
            found["hessian"] = d.hessian
        return found

    @functools.cached_property
    def no_hessian(self) -> str:
        """Why there is no Hessian of a number; empty where there is one, or where f is none."""
        d = self.derivation
        if d.value.shape == ():
            try:
                d.hessian  # noqa: B018 (it is computed when it is asked for)
            except DerivationError as reason:
                return str(reason)
        return ""


@functools.cache
def _derived(row: Row) -> Derivation:
    return derive(row.f, row.wrt, row.where)


@functools.cache
def rows() -> dict[str, Row]:
    """Every row under its id, in the order of the list.

    Raises
    ------
    ValueError
        Two rows have one id, or a row is in a group that there is not.
    """
    text = resources.files(__package__).joinpath("rows.toml").read_text("utf-8")
    found: dict[str, Row] = {}
    for entry in tomllib.loads(text)["row"]:
        row = _row(entry)
        if row.id in found:
            raise ValueError(f"Two rows are called {row.id!r}; rename the newer one.")
        if not row.groups or not set(row.groups) <= set(GROUPS):
            raise ValueError(f"The row {row.id!r} is in no group, or in one that is not in GROUPS.")
        found[row.id] = row
    return found


def _row(entry: dict[str, Any]) -> Row:
    fields = {"wrt" if name == "in" else name: value for name, value in entry.items()}
    lists = ("names", "groups", "cookbook", "claims")
    fields |= {name: tuple(fields.get(name, ())) for name in lists}
    return Row(**fields | {"wrong": tuple((a, b) for a, b in fields.get("wrong", ()))})


def row(row_id: str) -> Row:
    """The row of an id, or of its claim's id.

    Raises
    ------
    KeyError
        There is no such row.
    """
    return rows()[row_id.removeprefix(LOOKUP)]
