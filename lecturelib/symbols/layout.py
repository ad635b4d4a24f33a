"""The matrix of a linear map on stacked columns, where it has a closed form."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .. import table
from ..table.shapes import count, same
from .adjoint import put
from .language import column, flat
from .normal import Algebra, Atom, Polynomial, is_one
from .terms import Expression, Identity, Number, Symbol, commutation
from .tidy import Speller

if TYPE_CHECKING:
    from .derive import Derivation

r: Any = table


def layouts_of(derivation: Derivation) -> dict[str, Expression | str]:
    """The derivative of one variable in the forms of page 2.2; a sentence where one is missing.

    Parameters
    ----------
    derivation : Derivation

    Returns
    -------
    dict
        ``operator``: the differential. ``numerator``: the function's entries along the rows;
        ``denominator``: the variable's. ``vec``: the matrix on columns stacked.

    Examples
    --------
    >>> from lecturelib import derive
    >>> forms = derive("A*x", "x").layouts()
    >>> forms["numerator"], forms["denominator"]
    (A, A')
    """
    found: dict[str, Expression | str] = {"operator": derivation.differential}
    if len(derivation.wrt) > 1:
        sentence = "A layout belongs to one variable; take them one at a time."
        return found | dict.fromkeys(("numerator", "denominator", "vec"), sentence)
    try:
        vec: Expression | str = derivation.jacobian_matrix()
    except ValueError as error:
        vec = str(error).split("\n")[0]
    numerator: Expression | str = _numerator(derivation, vec)
    denominator = numerator
    if isinstance(numerator, Expression):
        denominator = derivation.tidied(numerator.T)
        if _is_number(derivation.wrt[0].shape) and _kind(derivation.value.shape[1:]) != "a number":
            denominator = "A matrix by a number is written in the shape of the matrix alone."
    return found | {"numerator": numerator, "denominator": denominator, "vec": vec}


def _numerator(derivation: Derivation, vec: Expression | str) -> Expression | str:
    [x], value = derivation.wrt, derivation.value
    if value.shape == ():
        return derivation.tidied(derivation.gradients[x.name].T)
    if _is_number(x.shape):
        [H] = derivation.directions.values()
        return derivation.tidied(put(derivation.differential, {H.name: Number(1)}))
    if same(x.shape[1], 1) and same(value.shape[1], 1):
        return vec
    return (
        f"{_kind(value.shape).capitalize()} by {_kind(x.shape)} has no layout: each partial "
        f"derivative belongs to an entry of f and to an entry of {x.name}, and a table has too few "
        "indices for both. Use the operator or the vec form."
    )


def _is_number(shape: Any) -> bool:
    return shape == () or all(same(n, 1) for n in shape)


def _kind(shape: Any) -> str:
    if _is_number(shape):
        return "a number"
    return "a vector" if any(same(n, 1) for n in shape) else "a matrix"


def jacobian_of(term: Expression, H: Symbol) -> Expression | None:
    """The J with vec(term) = J vec(H), for a term that is linear in H; None if none is known.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.layout import jacobian_of
    >>> A, H = Symbol("A", shape=("m", "n")), Symbol("H", shape=("n", "p"))
    >>> jacobian_of(A @ H, H)
    kron(eye(p), A)
    """
    algebra = Algebra("all")
    return _Layout(algebra, algebra.symbol(H)).of(algebra.polynomial(term))


class _Layout:
    def __init__(self, algebra: Algebra, H: Polynomial) -> None:
        self.algebra, self.spell = algebra, Speller(algebra).spell
        [((scalars, word), _)] = H.terms.items()
        self.H: Atom = word[0][0] if word else scalars[0][0]

    def of(self, p: Polynomial) -> Expression | None:
        total: Any = None
        for (scalars, word), c in p.terms.items():
            part = self._monomial(scalars, word, c, p.shape)
            if part is None:
                return None
            total = part if total is None else total + part
        return total

    def _monomial(self, scalars: Any, word: Any, c: Any, shape: Any) -> Expression | None:
        inside = [s for s in scalars if self._occurs(s[0])]
        places = [i for i, f in enumerate(word) if self._occurs(f[0])]
        if len(inside) + len(places) != 1:
            return None
        rest = tuple(s for s in scalars if s not in inside)
        front = self.spell(Polynomial((), {(rest, ()): c}))
        if inside:
            [(atom, e)] = inside
            row = self._of_scalar(atom) if is_one(e) else None
            if row is None:
                return None
            if not word and shape == ():
                return front * row
            W = self.spell(Polynomial(shape, {((), word): Fraction(1)}))
            return front * (_vec(W) @ row if row.ndim else _vec(W) * row)
        [i] = places
        atom, turned, e = word[i]
        J = self._of_atom(atom) if is_one(e) else None
        if J is None:
            return None
        if turned and not _is_vector(atom.shape):
            J = commutation(*atom.shape) @ J
        left, right = (
            self.spell(Polynomial(s, {((), w): Fraction(1)}))
            for s, w in (
                ((shape[0] if shape else 1, _rows(word[i])), word[:i]),
                ((_columns(word[i]), shape[1] if shape else 1), word[i + 1 :]),
            )
        )
        outer = _kron(right.T if right.ndim else right, left)
        return front * (J if isinstance(outer, Identity) or outer.ndim == 0 else outer @ J)

    def _of_atom(self, atom: Atom) -> Expression | None:
        """The matrix of vec of an atom that is linear in H."""
        if atom is self.H:
            return Identity(count(atom.shape))
        if atom.kind == "entries":
            moving = [(m, e) for m, e in atom.content if self._varies(m)]
            if len(moving) != 1 or not is_one(moving[0][1]):
                return None
            J = self.of(moving[0][0])
            others = {m: e for m, e in atom.content if not self._varies(m)}
            if J is None:
                return None
            Q = self.spell(self.algebra.entries(others, atom.shape))
            return r.diag(flat(_vec(Q))) @ J
        if atom.kind == "vec":
            return self.of(atom.content[0])
        if atom.kind == "sum":
            return self.of(atom.content)
        return None

    def _of_scalar(self, atom: Atom) -> Expression | None:
        """The row of a number that is linear in H."""
        if atom is self.H:
            return self.spell(self.algebra.number(Fraction(1)))
        if atom.kind in ("inner", "trace"):
            word = atom.content
            places = [i for i, f in enumerate(word) if self._occurs(f[0])]
            if len(places) != 1 or word[places[0]][0] is not self.H:
                return None
            [i] = places
            _, turned, e = word[i]
            if not is_one(e):
                return None
            before, after = word[:i], word[i + 1 :]
            if atom.kind == "inner":  # a' H b is tr(b a' H)
                around = (*after, *before)
            else:
                around = (*after, *before)
            n = _columns(word[i]), _rows(word[i])
            M = self.spell(self.algebra.plus(
                self.algebra.zero(n), Polynomial(n, {((), around): Fraction(1)})
            ))  # fmt: skip
            G = M if turned else M.T  # <G, H> = tr(M H)
            return _vec(G).T
        return None

    def _occurs(self, atom: Atom) -> bool:
        return atom is self.H or _contains(atom.content, self.H)

    def _varies(self, p: Polynomial) -> bool:
        return _contains(p, self.H)


def _contains(content: Any, H: Atom) -> bool:
    if isinstance(content, Atom):
        return content is H or _contains(content.content, H)
    if isinstance(content, Polynomial):
        return any(_contains(m, H) for m in content.terms)
    return isinstance(content, tuple | frozenset) and any(_contains(c, H) for c in content)


def _vec(x: Any) -> Any:
    return column(r.vec(x)) if x.ndim and not _is_vector(x.shape) else _upright(x)


def _upright(x: Any) -> Any:
    return x.T if x.ndim and same(x.shape[0], 1) else x


def _is_vector(shape: Any) -> bool:
    return not shape or any(same(n, 1) for n in shape)


def _kron(A: Any, B: Any) -> Any:
    return A * B if A.ndim == 0 or B.ndim == 0 else r.kron(A, B)


def _rows(factor: Any) -> Any:
    shape = factor[0].shape[::-1] if factor[1] else factor[0].shape
    return shape[0]


def _columns(factor: Any) -> Any:
    shape = factor[0].shape[::-1] if factor[1] else factor[0].shape
    return shape[1]
