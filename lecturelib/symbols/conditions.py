"""Under which conditions a derivation holds, and what can hold under none.

The conditions are those that the entries of the table state (``where``), with the operands in the
place of their letters. What is declared, or follows from it, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..table.operation import OUTSIDE
from ..table.shapes import known
from .language import is_integer
from .normal import Algebra, Polynomial
from .terms import (
    Application,
    Comparison,
    Expression,
    Identity,
    Number,
    Ones,
    Symbol,
    is_number,
    visible,
)
from .write import latex, text


class Condition(str):
    """A condition as plain text; `markdown` has its formulas between dollar signs."""

    markdown: str
    #: What is said of which term, where it is said of one.
    words: str
    of: Expression | None

    def __new__(
        cls, plain: str, markdown: str, words: str = "", of: Expression | None = None
    ) -> Condition:
        self = super().__new__(cls, plain)
        self.markdown, self.words, self.of = markdown, words, of
        return self


class ImpossibleError(ValueError):
    """An expression that is not defined, or not differentiable, for any value of its symbols.

    Attributes
    ----------
    part : Application or None
        The operation that is to blame.
    """

    part: Application | None = None


def conditions_of(
    value: Expression,
    results: Sequence[Expression],
    varies: Callable[[Expression], bool],
) -> list[Condition]:
    """The conditions of a function and of formulas for its derivatives.

    A kink, as that of a norm at 0, is a condition only where a result shows it: the square of a
    norm has none. The jumps of what `varies`, such as the sign of a variable, leave no trace in a
    result, and are conditions.

    Examples
    --------
    >>> from lecturelib import derive
    >>> derive("log(x'*A*x)", "x", "x: n; A: n x n").conditions
    ["x'*A*x > 0"]
    """
    found: dict[str, Condition] = {}
    algebra = Algebra()
    said: set[Any] = set()  # (what, of which matrix or its transpose)
    for term, is_value in [(value, True), *((result, False) for result in results)]:
        for x in applications(term):
            rule = x.operation.rule
            if rule.where == "X != 0" and rule.kind == "differential" and is_entrywise_or_norm(x):
                continue  # sign and step, in a result, say the same where it matters
            kink = rule.where == "X != 0" or rule.where.startswith("A != B")
            if kink and (not varies(x) if rule.kind == "constant" else is_value):
                continue
            for condition in _of_operation(x, algebra):
                if condition.of is not None:
                    p = algebra.polynomial(condition.of)
                    turned = algebra.transposed(p) if p.shape else p
                    minus = algebra.scaled(p, Fraction(-1))
                    whats = {(condition.words, q) for q in (p, turned)}
                    whats |= {(condition.words, minus)} if condition.words == "!= 0" else set()
                    stronger = {("> 0", q) for words, q in whats if words == "!= 0"}
                    if (whats | stronger) & said:
                        continue
                    said |= whats
                found.setdefault(str(condition), condition)
    compared = {str(x): x for term in (value, *results) for x in _comparisons(term)}
    for comparison in compared.values():
        pair = comparison.left, comparison.right
        if any(map(varies, pair)):  # it jumps where its sides meet
            sides = [spell(side) for spell in (text, latex) for side in pair]
            condition = Condition(f"{sides[0]} != {sides[1]}", rf"${sides[2]} \neq {sides[3]}$")
            found.setdefault(str(condition), condition)
    return list(_without_weaker(found))


def _comparisons(term: Expression) -> Iterator[Comparison]:
    """The comparisons in a term, each once."""
    seen, waiting = set(), [term]
    while waiting:
        x = waiting.pop()
        if id(x) not in seen:
            seen.add(id(x))
            if isinstance(x, Comparison):
                yield x
                waiting += (x.left, x.right)
            waiting += x.operands


def is_entrywise_or_norm(x: Application) -> bool:
    """Whether x is defined at its kink, as abs, relu and a norm are."""
    return x.operation.rule.kink is not None and x.name not in ("divide", "reciprocal")


def applications(term: Expression) -> Iterator[Application]:
    """The operations of a term, operands first, each once."""
    done: set[int] = set()
    waiting: list[tuple[Expression, bool]] = [(term, False)]
    while waiting:
        x, ready = waiting.pop()
        if not isinstance(x, Application) or (id(x) in done and not ready):
            continue
        if ready:
            yield x
        else:
            done.add(id(x))
            waiting.append((x, True))
            waiting += [(operand, False) for operand in reversed(x.operands)]


def _without_weaker(found: dict[str, Condition]) -> Iterator[Condition]:
    """A positive determinant, or definiteness, says that a matrix is invertible."""
    for plain, condition in found.items():
        subject, _, predicate = plain.partition(" is ")
        stronger = (f"det({subject}) > 0", f"{subject} is positive definite")
        if predicate == "invertible" and any(one in found for one in stronger):
            continue
        determinant = plain.removesuffix(" != 0").removeprefix("det(").removesuffix(")")
        if plain == f"det({determinant}) != 0" and f"{determinant} is invertible" in found:
            continue
        gram = plain.removesuffix(" > 0").removeprefix("det(").removesuffix(")")
        if plain == f"det({gram}) > 0" and any(
            other.startswith(f"{gram} is invertible: ") for other in found
        ):  # of X'*X both say that X has full column rank
            continue
        if plain.endswith(" has full rank") and plain.replace("rank", "column rank") in found:
            continue
        subject, _, value = plain.partition(" != ")
        if value == "0" and f"{subject} > 0" in found:
            continue
        yield condition


def _of_operation(x: Application, algebra: Algebra) -> Iterator[Condition]:
    """The conditions that the entry of an operation states, for these operands."""
    if x.name in ("power", "general_power", "lowered_power"):
        yield from _of_power(x, algebra)
        return
    if x.name in ("divide", "reciprocal", "safe_reciprocal"):
        yield from _nonzero(x.operands[-1], algebra)
        return
    rule = x.operation.rule
    operands = dict(zip(rule.inputs, x.operands, strict=False))
    plain = re.sub(r"\s*\([^()]*(triangle|checked)[^()]*\)", "", rule.where.split(";")[0])
    if rule.where.startswith(("the upper right block", "the sum of", "A to the power")):
        return
    subject = ""
    if rule.group == OUTSIDE and plain:
        yield Condition(f"{x.name}: {rule.where}", f"`{x.name}`: {rule.where}")
        return
    for predicate in re.split(r", (?!or )(?![^(]*\))", plain):
        letters = [c for c in re.findall(r"\b[A-Z]\b", predicate) if c in operands]
        subject = letters[0] if letters else subject
        if not _CONDITION.search(predicate):
            continue
        words = predicate.removeprefix(f"{subject} ") if letters else predicate
        if subject and not _holds(words, operands[subject], algebra):
            yield _stated(predicate, words, subject, operands)


#: What makes a clause of an entry a condition; others say what the operation is.
_CONDITION = re.compile(
    r"[<>]|!=|\b(symmetric|invertible|positive|rank|simple|eigenvalues?|spectra|unique|zero)\b"
)


def _stated(predicate: str, words: str, subject: str, operands: dict[str, Expression]) -> Condition:
    alone = [c for c in operands if re.search(rf"\b{c}\b", predicate)] in ([subject], [])
    adjective = re.fullmatch(r"(of )?[a-z][a-z ]*", words) and not words.startswith(("no ", "the "))
    spelled = []
    for spell, sign in ((text, "{}"), (latex, "${}$")):
        names = {c: sign.format(spell(visible(o))) for c, o in operands.items()}
        if words.startswith("its "):
            line = f"the {words[4:-7]} of {names[subject]} is simple"
        elif adjective:
            verb = "has" if words.startswith("of ") else "is"
            line = f"{names[subject]} {verb} {words.removeprefix('of ')}"
            if words == "invertible" and (X := _gram_factor(operands[subject])) is not None:
                line += f": {sign.format(spell(X))} has full column rank"
        else:
            line = _put(predicate, operands, spell, sign)
        spelled.append(line)
    plain, markdown = spelled
    return Condition(plain, markdown, words, operands[subject] if alone else None)


def _gram_factor(x: Expression) -> Expression | None:
    """The X of X'*X."""
    return visible(x).operands[1] if _is_own_square(visible(x)) else None


def _put(predicate: str, operands: dict[str, Expression], spell: Any, sign: str) -> str:
    """A relation with the operands in the place of its letters."""
    in_words = spell is latex and re.search(r"[a-z]{4}", predicate)
    around = sign if in_words else "{}"
    inside = re.sub(
        r"\b[A-Z]\b",
        lambda m: around.format(spell(visible(operands[m[0]]))) if m[0] in operands else m[0],
        predicate,
    )
    if spell is latex and not in_words:
        signs = {"!=": r"\neq", "|": r"\vert ", "det(": r"\det("}
        return sign.format(re.sub(r"!=|\||(?<!\\)det\(", lambda m: signs[m[0]], inside))
    return inside


def _of_power(x: Application, algebra: Algebra) -> Iterator[Condition]:
    """A base that may not be 0, or must be positive, by its exponent."""
    base, exponent = x.operands[:2]
    number = _value(exponent)
    if number is not None and number == int(number):
        sign = "" if number >= 0 else "!="
    else:
        sign = "!=" if is_integer(exponent) else ">"
    words = {"!=": "!= 0", ">": "> 0"}.get(sign)
    if sign == "!=":
        yield from _nonzero(base, algebra)
    elif words and not _holds(words, base, algebra):
        yield _stated(f"X {words}", words, "X", {"X": base})


def _nonzero(x: Expression, algebra: Algebra) -> Iterator[Condition]:
    """That x is not 0: of a product each factor, of a power or a norm what is inside."""
    x = visible(x)
    if isinstance(x, Application) and x.name in ("norm", "power", "negative", "sqrt"):
        yield from _nonzero(x.operands[0], algebra)
    elif isinstance(x, Application) and x.name == "multiply":
        for factor in x.operands:
            yield from _nonzero(factor, algebra)
    elif _is_own_square(x):
        yield from _nonzero(x.operands[1], algebra)
    elif not _holds("!= 0", x, algebra):
        yield _stated("X != 0", "!= 0", "X", {"X": x})


def _is_own_square(x: Expression) -> bool:
    """Whether x is v'*v of a column."""
    if not (isinstance(x, Application) and x.name == "matmul"):
        return False
    left, right = x.operands
    return isinstance(left, Application) and left.name == "transpose" and left.operands[0] is right


def _value(x: Expression) -> Fraction | None:
    """The number that a constant exponent is."""
    if isinstance(x, Number) and not isinstance(x.value, complex):
        return Fraction(x.value)
    if isinstance(x, Application) and x.name == "negative":
        inner = _value(x.operands[0])
        return None if inner is None else -inner
    if isinstance(x, Application) and x.name == "divide":
        top, bottom = map(_value, x.operands)
        return top / bottom if top is not None and bottom else None
    return None


def _holds(words: str, x: Expression, algebra: Algebra) -> bool:
    """Whether a predicate of a term is known to hold."""
    x = visible(x)
    flags = x.flags
    square = len(x.shape) == 2 and str(x.shape[0]) == str(x.shape[1])
    if words == "square" or "one of 0, 1, 2" in words:
        return True
    if words == "symmetric":
        return algebra.is_symmetric(algebra.polynomial(x))
    if words == "invertible":
        if isinstance(x, Application) and x.name in _AS_INVERTIBLE:
            return x.name in _INVERTIBLE or _holds(words, x.operands[0], algebra)
        return (
            definiteness(x) == 2
            or bool(flags & {"invertible", "positive definite"})
            or ("orthogonal" in flags and square)
        )
    if words == "positive definite":
        if isinstance(x, Application) and x.name in ("inv", "sqrtm", "expm", "real_power"):
            return x.name == "expm" or _holds(words, x.operands[0], algebra)
        return definiteness(x) == 2
    if words.startswith("spectra"):  # those of a root and of its negative are
        return _is_call(x, "sqrtm") or _holds("positive definite", x, algebra)
    if words.startswith("no eigenvalue"):
        return _holds("positive definite", x, algebra)
    if words == "det(X) > 0":
        return definiteness(x) == 2
    if words == "> 0":
        return is_positive(x)
    if words == "!= 0":
        return is_positive(x) or (isinstance(x, Number) and bool(x.value))
    return False


def definiteness(x: Expression) -> int:
    """2 for a matrix that is known to be positive definite, 1 for semidefinite, 0 otherwise."""
    x = visible(x)
    if isinstance(x, Identity) or "positive definite" in x.flags:
        return 2
    if not isinstance(x, Application):
        return 0
    if x.name == "add":
        parts = [definiteness(o) for o in x.operands]
        return max(parts) if all(parts) else 0
    if x.name == "multiply":
        number, matrix = x.operands
        return definiteness(matrix) if number.shape == () and is_positive(number) else 0
    if x.name in ("inv", "transpose"):
        return definiteness(x.operands[0])
    if x.name == "matmul":
        factors = _factors(x)
        ends = [visible(f) for f in (factors[0], factors[-1])]
        turned = str(ends[0].T) == str(ends[1])
        if len(factors) == 2:
            return int(turned)
        return min(1, definiteness(factors[1])) if len(factors) == 3 and turned else 0
    return 0


def _factors(x: Expression) -> list[Expression]:
    """The factors of a product of matrices."""
    x = visible(x)
    if isinstance(x, Application) and x.name == "matmul":
        return [factor for operand in x.operands for factor in _factors(operand)]
    return [x]


def _is_call(x: Any, name: str) -> bool:
    return isinstance(x, Application) and x.name == name


#: Operations whose result is invertible where it is defined.
_INVERTIBLE = frozenset({"expm", "sqrtm", "cholesky", "real_power"})

#: Operations whose result is invertible where the operand is.
_AS_INVERTIBLE = frozenset(
    {"inv", "transpose", "expm", "sqrtm", "cholesky", "matrix_power", "real_power"}
)

#: Functions whose values are positive whatever their operand is.
_POSITIVE = frozenset({"exp", "exp2", "sigmoid", "softplus", "cosh", "softmax"})


def is_positive(x: Expression) -> bool:
    """Whether all entries of a term are known to be positive."""
    x = visible(x)
    if isinstance(x, Number):
        return not isinstance(x.value, complex) and x.value > 0
    if isinstance(x, Ones):
        return True
    if isinstance(x, Symbol):
        return "positive" in x.flags
    if not isinstance(x, Application):
        return False
    if x.name == "det":
        return definiteness(x.operands[0]) == 2
    if x.name in ("power", "real_power"):
        return is_positive(x.operands[0])
    if x.name == "subtract" and is_number(x.operands[0], 1):
        return _is_call(visible(x.operands[1]), "sigmoid")
    if x.name in ("add", "multiply", "divide", "matmul", "sum", "sqrt", "transpose", "mean"):
        if all(map(is_positive, x.operands)):
            return True
        return x.name == "add" and any(
            is_positive(a) and (_is_square(b) or _is_even_power(b))
            for a, b in (x.operands, x.operands[::-1])
        )
    return x.name in _POSITIVE


def _is_even_power(x: Expression) -> bool:
    """Whether x is an even power, entry by entry."""
    x = visible(x)
    if not _is_call(x, "power"):
        return False
    exponent = _value(x.operands[1])
    return exponent is not None and exponent > 0 and exponent % 2 == 0


def _is_square(x: Expression) -> bool:
    """Whether a number is a sum of squares."""
    p = Algebra().polynomial(x)
    return p.shape == () and Algebra().is_positive(p)


# -- What holds nowhere ---------------------------------------------------------------------------


def refuse_impossible(value: Expression) -> None:
    """Refuse what is defined, or differentiable, nowhere.

    Raises
    ------
    ImpossibleError
        For the inverse of a product that has too low a rank, the norm of 0, and the like.
    """
    algebra = Algebra()
    squared = {
        id(visible(x.operands[0])) for x in applications(value)
        if x.name == "power" and (_value(x.operands[1]) or 0) % 2 == 0
    }  # fmt: skip
    for x in applications(value):
        if id(x) not in squared:
            try:
                _refuse(x, algebra)
            except ImpossibleError as error:
                error.part = x
                raise


def _refuse(x: Application, algebra: Algebra) -> None:
    if x.name in ("sqrt", "log", "power", "real_power", "sqrtm"):
        _refuse_negative(x, algebra)
    if x.name in ("inv", "solve", "logdet", "slogdet", "det"):
        _refuse_low_rank(x, algebra)
    elif x.name in _KINKED_AT_ZERO or (
        x.name == "divide" and not isinstance(x.operands[1], Number)
    ):
        inside = x.operands[-1]
        if not algebra.polynomial(inside).terms:
            what = "defined" if x.name in ("log", "divide") else "differentiable"
            raise ImpossibleError(
                f"{inside} is 0 whatever its symbols are, and {text(x)} is not {what} there. "
                "Correct the expression."
            )


#: What has no derivative, or no value, where its operand is 0.
_KINKED_AT_ZERO = {"norm", "abs", "sqrt", "log", "nuclear_norm", "spectral_norm", "relu", "polar"}


def _refuse_negative(x: Application, algebra: Algebra) -> None:
    """Roots, logarithms and broken powers of what is known to be negative."""
    exponent = _value(x.operands[1]) if len(x.operands) > 1 else Fraction(1, 2)
    if exponent is None or exponent == int(exponent):
        return
    inside = x.operands[0]
    minus = algebra.scaled(algebra.polynomial(inside), Fraction(-1))
    definite = len(minus.terms) == 1 and inside.shape != () and all(
        c > 0 and all("positive" in a.flags for a, _ in scalars)
        and len(word) == 1 and "positive definite" in word[0][0].flags
        for (scalars, word), c in minus.terms.items()
    )  # fmt: skip
    negative = inside.shape == () and bool(minus.terms) and algebra.is_positive(minus)
    if definite or negative or (minus.constant or 0) > 0:
        raise ImpossibleError(
            f"{text(inside)} is negative, and {text(x)} is not defined there. Correct the sign."
        )


def _refuse_low_rank(x: Application, algebra: Algebra) -> None:
    matrix = x.operands[0]
    p = algebra.polynomial(matrix)
    if not p.terms:
        raise ImpossibleError(f"{text(matrix)} is 0, and 0 is not invertible.")
    narrow = _narrowest(p)
    if _is_odd_skew(p, algebra):
        raise ImpossibleError(
            f"{text(matrix)} is skew and has {p.shape[0]} rows, so its determinant is 0, and "
            f"{text(x)} is {'0 too' if x.name == 'det' else 'not defined'}. Correct the expression."
        )
    if narrow is None:
        return
    n = p.shape[0] if p.shape else 1
    lead = f"{text(matrix)} is {n} x {n} and its rank is at most {narrow}, so"
    if x.name == "det":
        raise ImpossibleError(
            f"{lead} {text(x)} is 0 whatever its symbols are, and so are its derivatives. Turn the "
            f"product round, or add a multiple of I, as in {text(matrix)} + t*I."
        )
    raise ImpossibleError(
        f"{lead} it can never be "
        f"invertible, as {text(x)} needs. Write pinv for the pseudo-inverse, add a multiple of "
        f"I, as in {text(matrix)} + t*I, or turn the product round."
    )


def moves_asymmetrically(result: Expression) -> Expression | None:
    """A matrix with an eigenvector in a result that does not stay symmetric when symbols move."""
    algebra = Algebra()
    for x in applications(result):
        inside = x.operands[0] if x.name in ("eigenvector_max", "eigenvector_min") else None
        if inside is not None and not isinstance(inside, Symbol):
            if not algebra.is_symmetric(algebra.polynomial(inside)):
                return inside
    return None


def _is_odd_skew(p: Polynomial, algebra: Algebra) -> bool:
    """Whether a matrix is skew with an odd number of rows."""
    if not p.shape or type(known(p.shape[0])) is not int or known(p.shape[0]) % 2 == 0:
        return False
    if len(p.terms) == 1:
        [(_, word)] = p.terms
        if len(word) == 1 and "skew" in word[0][0].flags and word[0][2] == 1:
            return True
    return algebra.plus(p, algebra.transposed(p)).terms == {}


def _narrowest(p: Polynomial) -> Any:
    """A size inside a product that is smaller than its outer size, if there is one."""
    if len(p.terms) != 1 or not p.shape:
        return None
    [(_, word)] = p.terms
    outer = known(p.shape[0])
    for atom, turned, e in word:
        inner = known(atom.shape[0] if turned else atom.shape[1])
        if type(inner) is int and (inner < outer if type(outer) is int else inner == 1):
            return inner
        if atom.kind == "sum" and (e == 1 or e == -1):
            deeper = _narrowest(atom.content)
            if deeper is not None:
                return deeper
    return None


__all__ = [
    "Condition",
    "ImpossibleError",
    "applications",
    "conditions_of",
    "is_positive",
    "moves_asymmetrically",
    "refuse_impossible",
]
