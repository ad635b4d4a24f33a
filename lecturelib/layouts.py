"""One derivative in the forms that books write it in: operator, layouts, vec form.

Books agree on what a derivative does to a direction, and differ in how they arrange its numbers.
All numbers here are read from `derivative`: a layout is the same numbers in another order.
"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from .calculus import Derivative, Function, derivative

#: How the text of a table is written in LaTeX; Jupyter does not know the course's macros there.
_LATEX = {
    "->": r"\to",
    " x ": r" \times ",
    "df": r"\mathrm{d}f",
    " dX": r"\,\mathrm{d}X",
    "dX": r"\mathrm{d}X",
    "M^T": r"M^{\mathsf{T}}",
    "Tr(": r"\operatorname{Tr}(",
    "vec(": r"\operatorname{vec}(",
}


class Layouts:
    """The derivative of a function at a point, in four forms; prints as a table.

    Attributes
    ----------
    operator : Derivative
        The linear map ``H -> D[H]``.
    numerator, denominator : numpy.ndarray or None
        The partial derivatives with the function's entries along the rows (numerator layout) or
        the variable's (denominator layout); None where books have no such layout.
    vec : numpy.ndarray
        The matrix J with ``vec(df) = J vec(dX)``, columns stacked.
    missing : str
        Why a layout is missing, in a sentence; empty if none is.
    """

    def __init__(self, D: Derivative) -> None:
        self.operator, self.vec = D, D.matrix()
        self._in, self._out = _as_matrix(D.shape_in), _as_matrix(D.shape_out)
        self.numerator: np.ndarray | None = None
        self.missing = ""
        if self._out == (1, 1):
            self.numerator = self.vec.reshape(self._in, order="F").T
        elif self._in == (1, 1):
            self.numerator = self.vec.reshape(self._out, order="F")
        elif self._in[1] == self._out[1] == 1:
            self.numerator = self.vec
        else:
            self.missing = (
                f"{_kind(self._out).capitalize()} by {_kind(self._in)} has no layout: each of its "
                f"{self.vec.size} partial derivatives belongs to an entry of f and to an entry of "
                "X, and a table has too few indices for both. Use the operator or the vec form."
            )
        self.denominator = None if self.numerator is None else self.numerator.T
        if self._in == (1, 1) and self._out[1] > 1:
            self.denominator = None
            self.missing = "A matrix by a number is written in the shape of the matrix alone."

    def _rows(self) -> list[tuple[str, str, str]]:
        """Name, shape and use of each form."""
        matrix_argument = self._out == (1, 1) and self._in[1] > 1
        product = "df = Tr({} dX)" if matrix_argument else "df = {} dX"
        rows = [
            ("numerator layout", self.numerator, product.format("N")),
            ("denominator layout", self.denominator, product.format("M^T")),
            ("vec form", self.vec, "vec(df) = J vec(dX)"),
        ]
        maps = f"{_text(self._in)} -> {_text(self._out)}"
        return [
            ("operator", maps, "df = D[dX]"),
            *(
                (name, "none", "") if M is None else (name, _text(M.shape), use)
                for name, M, use in rows
            ),
        ]

    def _title(self) -> str:
        return f"{_kind(self._out).capitalize()} by {_kind(self._in)}"

    def __repr__(self) -> str:
        rows = [("", "shape", "what it does"), *self._rows()]
        width = max(len(shape) for _, shape, _ in rows)
        lines = [f"{name:20}{shape:{width}}   {use}".rstrip() for name, shape, use in rows]
        return "\n".join([self._title(), *lines, *textwrap.wrap(self.missing, 76)])

    def _repr_markdown_(self) -> str:
        def latex(text: str) -> str:
            for plain, written in _LATEX.items():
                text = text.replace(plain, written)
            return f"${text}$" if text not in ("", "none") else text

        lines = [f"| {name} | {latex(shape)} | {latex(use)} |" for name, shape, use in self._rows()]
        table = [f"| {self._title()} | shape | what it does |", "|:--|:--|:--|", *lines]
        return "\n".join([*table, "", self.missing]).rstrip()


def layouts(f: Function, X: Any) -> Layouts:
    """The derivative of f at X as operator, in numerator and denominator layout, and on vec.

    Parameters
    ----------
    f : callable
        Plain NumPy code, one array in and one array out.
    X : array_like
        The point; a vector counts as a column.

    Returns
    -------
    Layouts

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib.layouts import layouts
    >>> layouts(np.linalg.det, np.array([[2.0, 1.0], [1.0, 3.0]]))
    A number by a matrix
                        shape            what it does
    operator            2 x 2 -> 1 x 1   df = D[dX]
    numerator layout    2 x 2            df = Tr(N dX)
    denominator layout  2 x 2            df = Tr(M^T dX)
    vec form            1 x 4            vec(df) = J vec(dX)
    """
    return Layouts(derivative(f, X))


def _as_matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    """The rows and columns of a number, a vector (a column) or a matrix."""
    if len(shape) > 2:
        raise ValueError(f"Layouts are for numbers, vectors and matrices; this has shape {shape}.")
    rows, columns = (*shape, 1, 1)[:2]
    return rows, columns


def _kind(shape: tuple[int, int]) -> str:
    return "a number" if shape == (1, 1) else "a vector" if shape[1] == 1 else "a matrix"


def _text(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
