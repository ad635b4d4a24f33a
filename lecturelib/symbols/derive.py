r"""From an expression to its differential, gradient and Hessian, line by line.

>>> from lecturelib import derive
>>> d = derive("tr(X'*A*X*B)", "X", where="X: m x n; A: m x m; B: n x n")
>>> d.gradient
A*X*B + A'*X*B'
>>> for step in d.steps:
...     print(step)
f = tr(X'*A*X*B)   (the function)
df = tr(dX'*A*X*B) + tr(X'*A*dX*B)   (product rule, lecture (16))
df = <A*X*B, dX> + <A'*X*B', dX>   (transposition and cyclic permutation)
df = <A*X*B + A'*X*B', dX>   (the gradient stands beside dX)

The rules are those of the table, applied to terms; the gradient is read off by the transposes of
the table (`lecturelib.walk`). What is shown is the shortest spelling of the normal form.
"""

from __future__ import annotations

import operator
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..table import HELPERS, ZERO
from ..table.operation import NoTransposeError
from ..table.shapes import same, written
from .adjoint import differentiate, pull_back, put
from .conditions import (
    Condition,
    ImpossibleError,
    applications,
    conditions_of,
    moves_asymmetrically,
    refuse_impossible,
)
from .language import free_sample
from .layout import jacobian_of
from .normal import TooLargeError
from .parse import parse
from .spaces import PROJECTIONS, projected
from .steps import Step, derivation_steps, varies_with
from .terms import Differential, Expression, Number, Symbol, zeros
from .tidy import cost, tidy
from .tokens import pointed
from .write import latex, latex_name, text

if TYPE_CHECKING:  # what values, answers and code need is imported when they are asked for
    from .answers import Comparison
    from .check import CheckReport

#: The cost from which on it is tried whether a result can be written.
LONG = 200
#: Seconds after which a computation stops itself.
LIMIT = 5.0


_TOO_DEEP = (
    "The expression, or its derivative, has more functions inside each other than can be followed. "
    "Name parts of it, as in 'z = W*x; s = tanh(z); ...', and differentiate these."
)


class DerivationError(ValueError):
    """What was asked of a derivation does not exist, or is not known here."""


def derive(
    expression: str | Callable[..., Any],
    wrt: str | Sequence[str],
    where: str = "",
    direction: str | Sequence[str] | None = None,
) -> Derivation:
    """Differentiate an expression, with every step.

    Parameters
    ----------
    expression : str or callable
        A text such as ``"tr(X'*A*X*B)"``, in MATLAB's notation, NumPy's or LaTeX; or a plain
        NumPy function whose arguments are declared in `where`.
    wrt : str or list of str
        The variable, or several.
    where : str
        What the names are, such as ``"X: m x n; A: m x m symmetric; w: n; t: scalar; k: integer;
        i: 1..N"``. What is not declared: a to g are numbers, h to z columns, capitals matrices,
        and the sizes are solved for. ``P symmetric`` leaves the size of P open.
    direction : str or list of str, optional
        The name of the direction; H, or h for a vector or a number, or another free name.

    Returns
    -------
    Derivation
        With ``steps``, ``differential``, ``gradient``, ``hessian``, ``conditions``, ``latex()``,
        ``numpy()``, ``check()``, ``compare()``.

    Raises
    ------
    ParseError
        The text is not understood; the message shows where, and what would be.
    DerivationError
        The expression is defined, or differentiable, nowhere.

    Examples
    --------
    >>> from lecturelib import derive
    >>> derive("norm2(X*w - y)^2", "w", where="X: N x n; w: n; y: N").gradient
    2*X'*(X*w - y)
    >>> derive("log(det(X))", "X").hessian
    -inv(X)'*H'*inv(X)'
    """
    if not isinstance(wrt, str) and not (
        isinstance(wrt, Sequence) and all(isinstance(name, str) for name in wrt)
    ):
        raise DerivationError(
            f'The variable is a name, such as "X", or a list of names; {wrt!r} is given.'
        )
    if callable(expression):
        from .traced import trace  # only who differentiates a NumPy function has NumPy

        parsed: Any = trace(expression, wrt, where)
    else:
        parsed = parse(expression, wrt, where)
    try:
        refuse_impossible(parsed.term)
        return Derivation(parsed, direction)
    except ImpossibleError as error:
        raise DerivationError(_shown(str(error), parsed.text, error.part)) from None
    except ZeroDivisionError as error:
        raise DerivationError(_shown(str(error), parsed.text)) from None


def _shown(message: str, source: str, part: Expression | None = None) -> str:
    """A message with the text and a caret, below the part that it is about where that is found."""
    letters = [(i, c) for i, c in enumerate(source) if not c.isspace()]
    squeezed = "".join(c for _, c in letters)
    for x in () if part is None else (part, *part.operands):
        at = squeezed.find(text(x).replace(" ", ""))
        if at >= 0:
            return pointed(message, source, letters[at][0])
    return pointed(message, source, 0)


class Derivation:
    """What `derive` gives: an expression and its derivatives.

    Several variables have their gradients in a dict, ``gradient["mu"]``, and their Hessian
    operators in one by pairs, ``hessian["mu", "S"]``: the change of the gradient with respect to
    mu when S moves.

    Attributes
    ----------
    value : Expression
        The expression as it was read; `str` gives it in the grammar.
    wrt : tuple of Symbol
        The variables.
    directions : dict
        From the names of the variables to the symbols of their directions.
    symbols : dict
        All names and their symbols.
    notes : list of str
        How the text was read where it could be read otherwise, and what is special.
    """

    def __init__(self, parsed: Any, direction: str | Sequence[str] | None = None) -> None:
        self.parsed = parsed
        self.value: Expression = parsed.term
        self.wrt: tuple[Symbol, ...] = tuple(parsed.wrt)
        self.symbols: dict[str, Symbol] = dict(parsed.symbols)
        if not self.wrt or len({x.name for x in self.wrt}) < len(self.wrt):
            raise DerivationError(
                "A derivative needs a variable, or several that differ. Name them: "
                'derive("tr(A*X)", "X").'
            )
        clash = next((f"d{x.name}" for x in self.wrt if f"d{x.name}" in self.symbols), "")
        if clash:
            raise DerivationError(
                f"{clash} is declared as a name, and it is the differential of {clash[1:]} here. "
                "Give it another name."
            )
        for x in self.wrt:
            if "orthogonal" in x.flags and x.flags & {"symmetric", "diagonal", "skew"}:
                raise DerivationError(
                    f"{x.name} is {' and '.join(sorted(x.flags))}: it has no directions that all "
                    "stay so to first order in a simple form. Declare the variable with one flag."
                )
        loose = free_sample(self.value)
        if loose is not None and loose not in self.wrt:
            message = (
                f"{loose.name} stands outside of a sum over {loose.sample}. A sum takes the "
                f"product to its right: write sum_{loose.sample} (...) around all of a sample."
            )
            raise DerivationError(_shown(message, parsed.text, loose))
        sample = next((x for x in self.wrt if x.sample), None)
        if sample is not None:
            raise DerivationError(
                f"{sample.name} is one of several samples, and a derivative is taken in one "
                f"variable. Write the term of one sample without the sum over {sample.sample}."
            )
        self.directions = dict(
            zip([x.name for x in self.wrt], self._directions(direction), strict=True)
        )
        self._until: float | None = None  # one limit for all parts of a result
        self.notes = [*parsed.notes, *self._constants()]

    def _directions(self, given: str | Sequence[str] | None) -> list[Symbol]:
        names = [given] if isinstance(given, str) else list(given or ())
        if names and len(names) != len(self.wrt):
            raise DerivationError(
                f"{len(names)} names of directions are given ({', '.join(names)}), and there are "
                f"{len(self.wrt)} variables. Give one for each."
            )
        taken = set(self.symbols) | set(self.parsed.sizes)
        found = []
        for i, x in enumerate(self.wrt):
            if names and not re.fullmatch(r"[^\W\d]\w*", names[i]):
                raise DerivationError(f"{names[i]!r} is no name for a direction; H or K are.")
            if names and names[i] in taken:
                raise DerivationError(
                    f"The direction cannot be called {names[i]}, which has a meaning already. "
                    "Take a name that is free."
                )
            small = x.shape == () or any(same(n, 1) for n in x.shape)
            letters = "hkvduz" if small else "HKEVDUZ"
            free = (c for c in (*letters, *(f"{letters[0]}_{j}" for j in range(99)))
                    if c not in taken)  # fmt: skip
            name = names[i] if names else next(free)
            taken.add(name)
            symbol = Symbol(name, shape=x.shape)
            symbol.flags = Differential(x).flags
            found.append(symbol)
        return found

    def _constants(self) -> list[str]:
        """What is special of the variables: that none occurs, or that one is symmetric."""
        if self._differential is not ZERO:
            named = {
                x.name: x.operation.rule for x in applications(self._differential)
                if x.operation.rule.frechet_of
            }  # fmt: skip
            return [
                f"{name}({', '.join(rule.inputs)}) is {rule.where}." for name, rule in named.items()
            ] + [
                f"For symmetric {x.name} the Matrix Cookbook gives 2*P - diag(P), with P the "
                "projected gradient: the derivatives by the entries on and below the diagonal."
                for x in self.wrt if "symmetric" in x.flags and self.value.shape == ()
            ]  # fmt: skip
        names = ", ".join(x.name for x in self.wrt)
        return [f"The expression is constant in {names}, so its derivatives are 0."]

    # -- Results ----------------------------------------------------------------------------------

    def _tidied(self, term: Any, names: Mapping[str, Symbol] | None, *expansions: str) -> Any:
        try:
            found = tidy(term, names, self.deadline, expansions)
            if cost(found) > LONG:  # what is nested too deeply to be written is no result
                text(found)
            return found
        except TooLargeError as error:
            raise DerivationError(
                f"{error} Name parts of the expression, as in 'r = y - X*w; r'*r', or ask for "
                "less of it."
            ) from None
        except ZeroDivisionError as error:
            raise DerivationError(f"{error} The expression is defined nowhere.") from None
        except RecursionError:
            raise DerivationError(_TOO_DEEP) from None

    def tidied(self, term: Expression) -> Expression:
        """A term in its shortest spelling."""
        found: Expression = self._tidied(term, None, "none", "all")
        return found

    @property
    def deadline(self) -> float:
        """When a computation that begins now is to stop itself, by `time.perf_counter`."""
        return self._until or time.perf_counter() + LIMIT

    def _differentiated(self, term: Expression, *variables: Symbol) -> Any:
        try:
            return differentiate(term, {x.name: Differential(x) for x in variables}, {})
        except NoTransposeError as error:
            raise DerivationError(str(error)) from None
        except RecursionError:
            raise DerivationError(_TOO_DEEP) from None

    def _moved(self, term: Expression, *variables: Symbol) -> Expression:
        """The differential of a term in the directions of variables."""
        moved = self._differentiated(term, *variables)
        if moved is ZERO:
            return zeros(term.shape) if term.shape else Number(0)
        names = {f"d{x.name}": self.directions[x.name] for x in variables}
        return self._tidied(moved, names, "varying", "none", "all")

    @cached_property
    def _differential(self) -> Any:
        return self._differentiated(self.value, *self.wrt)

    @cached_property
    def differential(self) -> Expression:
        """The differential: a term that is linear in the directions."""
        return self._moved(self.value, *self.wrt)

    @cached_property
    def second_differential(self) -> Expression:
        """The second differential, the directions taken twice."""
        return self._moved(self.differential, *self.wrt)

    def _beside(self, seed: Expression) -> dict[str, Expression]:
        """What stands beside each dX when <seed, differential> is rearranged."""
        try:
            found = pull_back([(self._differential, seed)], operator.add)
        except NoTransposeError as error:
            raise DerivationError(str(error)) from None
        zero = {x.name: zeros(x.shape) if x.shape else Number(0) for x in self.wrt}
        return {
            name: self._tidied(found.get(f"d{name}", zero[name]), None, "none", "all")
            for name in zero
        }

    def _one_or_all(self, found: Mapping[Any, Any]) -> Any:
        return next(iter(found.values())) if len(self.wrt) == 1 else dict(found)

    @cached_property
    def gradients(self) -> dict[str, Expression]:
        """The gradient with respect to each variable, as if its entries were free."""
        if self.value.shape != ():
            message = (
                f"The expression {self.value} has shape {written(self.value.shape)}, and only a "
                "number has a gradient. Ask for .differential or .adjoint, or take tr or sum of it."
            )
            raise DerivationError(_shown(message, self.parsed.text))
        found = self._beside(Number(1))
        for x in self.wrt:
            other = self._read_from_the_line(x, found[x.name])
            if other is not None and cost(other) <= cost(found[x.name]):
                found[x.name] = other
        return found

    def _read_from_the_line(self, x: Symbol, G: Expression) -> Expression | None:
        """The gradient of a number from the tidied differential, where that may be shorter.

        The direction of a number is a number, 1; and a line in which functions of matrices or
        Kronecker products have met their neighbours needs no operations of its own beside dX.
        """
        number = x.shape == ()
        if not number and not any(y.operation.rule.group == HELPERS for y in applications(G)):
            return None
        moved = self._differentiated(self.value, x)
        if moved is ZERO:
            return None
        if number:
            return self._tidied(put(moved, {f"d{x.name}": Number(1)}), None, "none", "all")
        line = self._tidied(moved, None, "varying", "none", "all")
        beside = pull_back([(line, Number(1))], operator.add).get(f"d{x.name}")
        return None if beside is None else self._tidied(beside, None, "none", "all")

    @property
    def gradient(self) -> Any:
        """The gradient of a number: the G of X's shape with df[H] = <G, H>.

        For a variable that is declared symmetric, diagonal, ... its entries count as free here;
        `projected_gradient` is the one that lies in the same space as the directions.
        """
        return self._one_or_all(self.gradients)

    @cached_property
    def projected_gradients(self) -> dict[str, Expression]:
        """The projection of each gradient on the space in which the variable may move."""
        found = {}
        for x in self.wrt:
            G = projected(self.gradients[x.name], x)
            found[x.name] = (
                self.gradients[x.name] if G is None else self._tidied(G, None, "none", "all")
            )
        return found

    @property
    def projected_gradient(self) -> Any:
        """The gradient projected on symmetric, skew, ... matrices, or on the tangent space."""
        return self._one_or_all(self.projected_gradients)

    @cached_property
    def cotangent(self) -> Symbol:
        """The symbol, of f's shape, to which the adjoint is applied: G, or another free name."""
        name = next(c for c in ("G", "C", "G_0") if c not in self.symbols)
        return Symbol(name, shape=self.value.shape)

    @cached_property
    def adjoint(self) -> Any:
        """The adjoint of the differential, applied to G: <G, df[H]> = <adjoint, H>."""
        return self._one_or_all(self._beside(self.cotangent))

    @cached_property
    def hessian(self) -> Any:
        """The Hessian operator of a number, applied to the direction: d(gradient)[H]."""
        curved = [x.name for x in self.wrt if "orthogonal" in x.flags]
        if curved:
            raise DerivationError(
                f"The variable {curved[0]} is orthogonal: it moves along a curved set, on which "
                "the second derivative depends on the curve. Declare it without the flag for the "
                "Hessian of the expression in free entries."
            )
        for G in self.gradients.values():
            if (inside := moves_asymmetrically(G)) is not None:
                raise DerivationError(
                    "The Hessian of an eigenvalue is known for a matrix that stays symmetric, and "
                    f"{inside} does not when its factors move. Write a symmetric matrix of the "
                    "same eigenvalues, such as chol(B)'*A*chol(B) for A*B."
                )
        self._until = self.deadline
        try:
            return self._one_or_all({
                (x.name, y.name): self._moved(self.gradients[x.name], y)
                for x in self.wrt for y in self.wrt
            })  # fmt: skip
        finally:
            self._until = None

    def jacobian_matrix(self) -> Expression:
        """The matrix J with vec(df) = J vec(H), on columns stacked.

        Raises
        ------
        DerivationError
            There is no closed form of it here, or there are several variables.
        """
        return self._matrix(self.differential)

    def layouts(self) -> dict[str, Expression | str]:
        """The derivative as operator, in numerator and denominator layout, and on vec.

        Returns
        -------
        dict
            By name; where books have no such layout, a sentence that says why.
        """
        from .layout import layouts_of

        return layouts_of(self)

    def hessian_matrix(self) -> Expression:
        """The matrix of the Hessian operator, on columns stacked."""
        return self._matrix(self.hessian)

    def _matrix(self, differential: Any) -> Expression:
        if len(self.wrt) > 1:
            raise DerivationError(
                "The matrix of a derivative is given for one variable, and there are "
                f"{', '.join(x.name for x in self.wrt)}. Take them one at a time."
            )
        [H] = self.directions.values()
        J = jacobian_of(differential, H)
        if J is None:
            raise DerivationError(
                f"The derivative {differential} has no closed form here as a matrix on stacked "
                "columns. Use .differential, the operator."
            )
        return self._tidied(J, None, "none", "all")

    @property
    def conditions(self) -> list[Condition]:
        """Under which conditions the expression has these derivatives."""
        results: list[Expression] = [self.differential]
        if self.value.shape == ():
            results += self.gradients.values()
        try:
            return conditions_of(self.value, results, varies_with({x.name for x in self.wrt}))
        except ZeroDivisionError as error:
            raise DerivationError(f"{error} The expression is defined nowhere.") from None

    @property
    def shapes(self) -> dict[str, tuple[Any, ...]]:
        """The shape of each name, and of the expression under ``"f"``."""
        found = {name: x.shape for name, x in self.symbols.items()}
        return found | {x.name: x.shape for x in self.directions.values()} | {
            "f": self.value.shape
        }  # fmt: skip

    @cached_property
    def steps(self) -> list[Step]:
        """The lines of the derivation, each with the rule that made it of the line before."""
        try:
            return derivation_steps(self)
        except (NoTransposeError, TooLargeError, ZeroDivisionError) as error:
            raise DerivationError(str(error)) from None
        except RecursionError:
            raise DerivationError(_TOO_DEEP) from None

    # -- Trust ------------------------------------------------------------------------------------

    def check(self, seed: int = 0) -> CheckReport:
        """Hold every line and result against derivatives by value, at random data.

        Parameters
        ----------
        seed : int
            The same seed draws the same data.

        Returns
        -------
        CheckReport
            True where all agree; ``message`` says what was compared.
        """
        from .check import check

        return check(self, seed)

    def compare(self, answer: Any, of: str = "gradient", wrt: str | None = None) -> Comparison:
        """Hold a reader's answer against the truth.

        Parameters
        ----------
        answer : str or Expression
            In the grammar of `derive`; ``H``, ``dX`` or ``ΔX`` for the direction.
        of : {"gradient", "differential", "hessian"}
        wrt : str, optional
            The variable, if there are several.

        Returns
        -------
        Comparison
            True where the answer is right, in whatever form; ``verdict``, ``slip``, ``message``
            and ``step`` say what it is.
        """
        from .answers import compare

        return compare(self, answer, of, wrt)

    # -- Other notations --------------------------------------------------------------------------

    def latex(self) -> str:
        r"""All lines as LaTeX, in an ``aligned`` environment, without dollar signs."""
        lines = []
        before = None
        for step in self.steps:
            left = "" if step.left == before else latex_name(step.left)
            lines.append(rf"{left} &= {latex(step.expression)}")
            before = step.left
        inside = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{inside}\n\\end{{aligned}}"

    def _code(self, language: str) -> str:
        from .code import CodeError, code

        terms: dict[str, Any] = {"f": self.value}
        if self.value.shape == ():
            terms["gradient"] = self._named(self.gradients)
            try:
                terms["hessian"] = self._named(self.hessian)
            except DerivationError:
                pass  # the code has what there is
        else:
            terms["differential"] = self.differential
            try:
                terms["adjoint"] = self.adjoint
            except DerivationError:
                pass
        given: tuple[Any, ...] = (
            list(self.symbols.values()), language, [x.name for x in self.wrt],
            {name: H.name for name, H in self.directions.items()}, str(self.value),
        )  # fmt: skip
        try:
            return code(terms, *given)
        except CodeError:
            if terms.pop("adjoint", None) is None:
                raise
            return code(terms, *given)  # the differential may have code where the adjoint has none

    def _named(self, found: Any) -> Any:
        """One term for one variable, a mapping for several."""
        return self._one_or_all(found) if isinstance(found, Mapping) else found

    def numpy(self) -> str:
        """A module of NumPy code: f, its derivatives, and a test of them."""
        return self._code("numpy")

    def jax(self) -> str:
        """A module of JAX code, tested against JAX's own derivatives."""
        return self._code("jax")

    def torch(self) -> str:
        """A module of PyTorch code, tested against PyTorch's own derivatives."""
        return self._code("torch")

    def to_sympy(self, of: str = "value") -> Any:
        """The expression, or another result such as ``"gradient"``, as SymPy's expression."""
        from .code import to_sympy

        return to_sympy(getattr(self, of), list(self.symbols.values()))

    def __repr__(self) -> str:
        names = ", ".join(x.name for x in self.wrt)
        lines = [f"derivation of {self.value} with respect to {names}"]
        lines += [f"  {step}" for step in self.steps]
        lines += [f"  {label}: {G}" for label, G in self.labelled()]
        if self.conditions:
            lines.append(f"  holds where {'; '.join(self.conditions)}")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])

    def labelled(self) -> list[tuple[str, Expression]]:
        """First derivatives with their names: gradients of a number, else the differential."""
        if self.value.shape != ():
            return [("differential", self.differential)]
        found = []
        for x in self.wrt:
            G, P = self.gradients[x.name], self.projected_gradients[x.name]
            found.append((f"gradient with respect to {x.name}", G))
            if str(P) != str(G):
                kind = next(flag for flag in PROJECTIONS if flag in x.flags)
                found.append((f"projected, for {kind} {x.name}", P))
        return found

    def _repr_markdown_(self) -> str:
        """A table of the lines, and the results below it."""
        rows, before, names = [], None, {step.left for step in self.steps}
        for step in self.steps:
            left = "" if step.left == before else f"${_left(step, names)} =$"
            rows.append(f"| {left} | ${latex(step.expression)}$ | {_escaped(step.reason)} |")
            before = step.left
        variables = ", ".join(f"${latex(x)}$" for x in self.wrt)
        lines = [f"| | Derivation with respect to {variables} | Rule |", "|--:|:--|:--|", *rows, ""]
        # What has names for its intermediate results would lose them in the expanded gradient.
        if all(step.left in ("f", "df") for step in self.steps):
            lines += [
                f"{label[0].upper() + label[1:]}: ${latex(G)}$\n" for label, G in self.labelled()
            ]
        if self.conditions:
            lines.append(f"Holds where {'; '.join(c.markdown for c in self.conditions)}.\n")
        return "\n".join([*lines, *map(_escaped, self.notes)])


def _escaped(words: str) -> str:
    """Words that may hold text of the grammar, for Markdown."""
    return re.sub(r"([<>_|*])", r"\\\1", words)


def _left(step: Step, names: set[str]) -> str:
    """What stands left of the sign of equality as LaTeX: a column is bold there too."""
    differential = step.left[:1] == "d" and step.left[1:] in names
    shape = step.expression.shape
    single = any(same(n, 1) for n in shape)
    symbol = Symbol(step.left[differential:], shape=shape if single else ())
    return latex(Differential(symbol) if differential else symbol)
