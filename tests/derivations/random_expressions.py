"""Random typed expressions with their declarations, and what `derive` makes of them held to values.

A tree is drawn from the whole grammar, so that its shapes fit; `faults` derives it and holds the
normal form, the differential, the gradient, the Hessian and the printed texts against derivatives
by value, which know no rule; `shrunk` makes a failing tree small.

    python tests/derivations/random_expressions.py 1000 0    # as many, from this seed
"""
# ruff: noqa: E501 (pieces of text in rows)

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from lecturelib.symbols.check import (
    TOLERANCE,
    check,
    counts_of,
    distance,
    entries,
    paired,
)
from lecturelib.symbols.derive import DerivationError, derive
from lecturelib.symbols.draw import direction, draw
from lecturelib.symbols.exact import NoValue, directional, second_directional, value
from lecturelib.symbols.parse import ParseError, parse_answer
from lecturelib.symbols.syntax import LENGTH
from lecturelib.symbols.tidy import cost, tidy
from lecturelib.table.operation import NoTransposeError
from lecturelib.table.shapes import same_shape

#: What `derive` may raise where it does not know the answer.
REFUSALS = (ParseError, DerivationError, NoTransposeError)

#: Seconds that one expression may take.
SLOW = 5.0

Shape = tuple[str, ...]


class Node:
    """A part of an expression: a template, and the parts that stand in it."""

    def __init__(self, template: str, children: tuple[Node, ...], shape: Shape) -> None:
        self.template, self.children, self.shape = template, children, shape

    def __str__(self) -> str:
        return self.template.format(*self.children)

    def __format__(self, spec: str) -> str:
        """The part in parentheses, unless it needs none or the template has them."""
        text = str(self)
        return text if spec == "in" or not self.children or _is_closed(text) else f"({text})"

    def all(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.all()


class Problem:
    """An expression with what is declared, and its variable."""

    def __init__(self, tree: Node, declared: dict[str, str], wrt: str) -> None:
        self.tree, self.wrt = tree, wrt
        used = {*re.findall(r"[A-Za-z]\w*", str(tree)), wrt}
        if used & {"x_i", "y_i"}:
            used.add("i")
        self.declared = {name: what for name, what in declared.items() if name in used}

    @property
    def text(self) -> str:
        return str(self.tree)

    @property
    def where(self) -> str:
        return "; ".join(f"{name}: {what}" for name, what in self.declared.items())

    def __repr__(self) -> str:
        return f"derive({self.text!r}, {self.wrt!r}, {self.where!r})"


def _is_closed(text: str) -> bool:
    """Whether a text is a call or stands in parentheses as a whole."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if depth == 0 and not (c.isalnum() or c == "_"):
            return i == len(text) - 1 and c == ")"
    return False


def _names(node: Node) -> list[str]:
    return [node.template.strip("'")] if not node.children else []


# -- Drawing --------------------------------------------------------------------------------------

ELEMENTWISE = (
    "exp", "sin", "cos", "tanh", "sigmoid", "softplus", "cosh", "sinh", "tan", "abs", "relu",
    "sqrt", "log",
)  # fmt: skip
POSITIVE = ("exp({0:in})", "({0}.*{0} + {1})", "cosh({0:in})", "sigmoid({0:in})")
OF_SQUARE = (
    "inv({0:in})", "{0}^2", "{0}^3", "{0}^-1", "{0}^k", "expm({0:in})", "tril({0:in})",
    "triu({0:in})", "{0}^-2", "sinm({0:in})", "cosm({0:in})", "{0}^T", "{0}^{{-T}}", "{0}^(k+1)",
    "adj({0:in})",
)  # fmt: skip
FLAGS_OF_SQUARE = (
    "", "", "", "symmetric", "positive definite", "diagonal", "lower", "upper", "orthogonal",
    "skew", "positive", "invertible",
)  # fmt: skip
FLAGS = ("", "", "", "", "positive", "orthogonal")


class Generator:
    """Draws trees of given shape and depth; names are declared as they are needed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.declared: dict[str, str] = {}
        self.by_shape: dict[Shape, list[str]] = {}
        self.sampling = False
        self.rough = rng.random() < 0.3  # functions that few data let differentiate twice

    # -- Leaves -----------------------------------------------------------------------------------

    def symbol(self, shape: Shape) -> str:
        known = self.by_shape.setdefault(shape, [])
        if known and (len(known) > 2 or self.rng.random() < 0.65):
            return self.rng.choice(known)
        rows, columns = (*shape, "", "")[:2]
        letters = "stuv" if not shape else "abcxyzw" if "1" in shape else "ABCDEFPQRSUVWXYZ"
        free = [c for c in letters if c not in self.declared]
        if not free:
            free = [f"{letters[-1]}{i}" for i in range(1, 30)]
            free = [c for c in free if c not in self.declared]
        name = self.rng.choice(free)
        flag = ""
        if shape and rows == columns:
            flag = self.rng.choice(FLAGS_OF_SQUARE)
        elif shape:
            flag = self.rng.choice(FLAGS)
            if flag == "orthogonal" and (rows, columns) not in (("m", "n"), ("m", "p")):
                flag = ""
        elif self.rng.random() < 0.2:
            flag = "positive"
        what = "scalar" if not shape else rows if columns == "1" else f"{rows} x {columns}"
        self.declared[name] = f"{what} {flag}".strip()
        known.append(name)
        return name

    def leaf(self, shape: Shape) -> Node:
        rng = self.rng
        if shape == ():
            kind = rng.random()
            if self.sampling and kind < 0.4:
                self.declared["y_i"], self.declared["i"] = "scalar", "1..N"
                return Node("y_i", (), ())
            if kind < 0.2:
                return Node(rng.choice(("2", "3", "0.5", "1", *self.sizes())), (), ())
            return Node(self.symbol(()), (), ())
        if self.sampling and shape == ("n", "1") and rng.random() < 0.6:
            self.declared["x_i"], self.declared["i"] = "n", "1..N"
            return Node("x_i", (), shape)
        if rng.random() < 0.08:
            if shape[0] == shape[1]:
                return Node(f"eye({shape[0]})", (), shape)
            return Node(f"ones({', '.join(shape)})", (), shape)
        if rng.random() < 0.25 and shape[::-1] in self.by_shape and shape[0] != shape[1]:
            return Node(self.symbol(shape[::-1]) + "'", (), shape)
        if shape[0] == shape[1] and rng.random() < 0.2:
            return Node(self.symbol(shape) + "'", (), shape)
        return Node(self.symbol(shape), (), shape)

    # -- Numbers ----------------------------------------------------------------------------------

    def sizes(self) -> list[str]:
        """The letters that something declared already has."""
        return [n for n in "mn" if any(n in what.split() for what in self.declared.values())]

    def size(self) -> str:
        return self.rng.choices(("m", "n", "p", "1", "m*n"), (6, 6, 2, 2, 0.4))[0]

    def shape(self) -> Shape:
        shape = self.size(), self.size()
        return ("n", "1") if shape == ("1", "1") else shape

    def draw(self, shape: Shape, depth: int) -> Node:
        if depth <= 0 or self.rng.random() < 0.06:
            return self.leaf(shape)
        return self.number(depth) if shape == () else self.matrix(shape, depth)

    @staticmethod
    def apart(one: Callable[[], Node]) -> tuple[Node, Node]:
        """Two parts; 0 in disguise is drawn seldom."""
        left, right = one(), one()
        return left, one() if str(left) == str(right) else right

    def square(self, depth: int) -> Node:
        n = self.rng.choice("mn")
        return self.draw((n, n), depth)

    def number(self, depth: int) -> Node:
        rng, less = self.rng, depth - 1
        n = rng.choice(("n", "m", "p"))

        def one() -> Node:
            return self.draw((), less)

        def any_(depth: int = less) -> Node:
            return self.draw(self.shape(), depth)

        def both(template: str) -> Node:
            shape = self.shape()
            return Node(template, (self.draw(shape, less), self.draw(shape, less)), ())

        def row_column() -> Node:
            parts = self.draw((n, "1"), less), self.draw((n, "1"), less)
            return Node("{0}'*{1}", parts, ())

        def form() -> Node:
            k = rng.choice(("n", "m"))
            x = self.draw((k, "1"), less)
            return Node("{0}'*{1}*{0}", (x, self.draw((k, k), less)), ())

        def sampled() -> Node:
            if self.sampling:
                return one()
            self.sampling = True
            body = self.draw((), max(less, 1))
            self.sampling = False
            if not any(name.endswith("_i") for node in body.all() for name in _names(node)):
                return body
            return Node("(sum_i ({0:in}))", (body,), ())

        def positive() -> Node:
            return self.positive((), less)

        def weighted() -> Node:
            k = rng.choice("mn")
            return Node(
                "||{0:in}||_{{{1}}}^2", (self.draw((k, "1"), less), self.definite(k, 0)), ()
            )

        def blocks() -> Node:
            parts = self.draw(("m", "n"), less - 1), self.draw(("m", "p"), less - 1)
            return Node(rng.choice(("norm2([{0:in}, {1:in}])^2", "sum(sin([{0:in}, {1:in}]))",
                                    "tr([{0:in}, {1:in}]*[{0:in}, {1:in}]')",
                                    "sum([{0:in}, {1:in}])")), parts, ())  # fmt: skip

        def krons() -> Node:
            A, B = self.square(less - 1), self.square(less - 1)
            C = self.draw((B.shape[0], A.shape[0]), less - 1)
            return Node(rng.choice((
                "tr(kron({0:in}, {1:in}))", "vec({2:in})'*kron({0:in}, {1:in})*vec({2:in})",
                "det(kron({0:in}, {1:in}))", "sum(kron({0:in}, {1:in})*vec({2:in}))",
                "norm2(kron({0:in}, {2:in}))^2", "sum(sin(kron({0:in}, {1:in})))",
                "tr(kron({0:in}, {1:in})^2)", "tr(inv(kron({0:in}, {1:in})))",
                "sum(exp(kron({0:in}, {1:in}))*vec({2:in}))",
            )), (A, B, C), ())  # fmt: skip

        def vechs() -> Node:
            A = self.square(less)
            return Node(rng.choice((
                "vech({0:in})'*vech({1:in})", "sum(vech({0:in}))", "sum(exp(vech({1:in})))",
            )), (A, self.draw(A.shape, less)), ())  # fmt: skip

        def definite() -> Node:
            n = rng.choice("mn")
            return self.definite(n, less)

        choices: list[tuple[float, Callable[[], Node]]] = [
            (2, lambda: Node("{0}*{1}", (one(), one()), ())),
            (2, lambda: Node("{0} + {1}", (one(), one()), ())),
            (2, lambda: Node("{0} - {1}", (one(), one()), ())),
            (0.5, lambda: Node("-{0}", (one(),), ())),
            (1, lambda: Node("{0}/{1}", (one(), one()), ())),
            (1, lambda: Node("{0}/{1}", (one(), positive()), ())),
            (1, lambda: Node("{0}^2", (one(),), ())),
            (0.4, lambda: Node(rng.choice(("{0}^3", "{0}^-1", "{0}^-2", "{0}^k")), (one(),), ())),
            (0.6, lambda: Node(rng.choice(("{0}^(1/2)", "sqrt({0:in})", "log({0:in})", "{0}^1.5",
                                           "{0}^s")), (positive(),), ())),
            (1.5, lambda: Node(f"{self.function()}({{0:in}})", (one(),), ())),
            (3, lambda: Node("tr({0:in})", (self.square(less),), ())),
            (1, lambda: Node(rng.choice(("det({0:in})", "det({0:in})^2", "log(det({0:in})^2)")),
                             (self.square(less),), ())),
            (1, lambda: Node(rng.choice(("logdet({0:in})", "det({0:in})^(1/2)", "log|{0:in}|",
                                         "tr(sqrtm({0:in}))", "tr(logm({0:in}))",
                                         "tr({0}^(1/2))", "tr({0}^1.5)")), (definite(),), ())),
            (3, lambda: Node("sum({0:in})", (any_(),), ())),
            (0.6, lambda: Node("mean({0:in})", (any_(),), ())),
            (2, lambda: Node(rng.choice(("norm2({0:in})^2", "||{0:in}||^2", "norm2({0:in})",
                                         "||{0:in}||_F")), (any_(),), ())),
            (0.3, lambda: Node("norm1({0:in})", (self.draw((n, "1"), less),), ())),
            (0.2, lambda: Node(rng.choice(("normnuc({0:in})", "||{0:in}||_2")),
                               (self.draw(("m", "n"), less),), ())),
            (0.2, lambda: Node("lambda_max({0} + {0}')", (self.square(less),), ())),
            (3, row_column),
            (2, form),
            (2, lambda: both("tr({0}'*{1})")),
            (1.5, lambda: both("sum({0}.*{1})")),
            (0.4, lambda: both("<{0:in}, {1:in}>")),
            (0.7, lambda: Node(rng.choice(("{0}[1,2]", "{0}[2,1]")),
                               (self.draw((rng.choice("mn"), rng.choice("mn")), less),), ())),
            (0.5, lambda: Node("{0}[2]", (self.draw((n, "1"), less),), ())),
            (0.8, lambda: Node("logsumexp({0:in})", (self.draw((n, "1"), less),), ())),
            (0.9, sampled),
            (0.3, weighted),
            (0.3, lambda: both("{0} : {1}")),
            (0.2, lambda: both("sum(({0} > 0).*{1})")),
            (0.5, blocks),
            (0.8, krons),
            (0.4, vechs),
            (0.3, lambda: both("vec({0:in})'*vec({1:in})")),
            (0.4, lambda: Node("vec({0:in})'*{1}", (self.draw(("1", n), less),
                                                    self.draw((n, "1"), less)), ())),
            (0.3, lambda: Node(rng.choice(("logsumexp({0:in})", "norm1({0:in})", "{0}[2]",
                                           "{0}[1,2]")), (self.draw(("1", n), less),), ())),
            (0.4, lambda: Node("tr({0}^k)", (self.square(less),), ())),
        ]  # fmt: skip
        found = self.chosen(choices)
        return self.with_exponents(found)

    def chosen(self, choices: list[tuple[float, Callable[[], Node]]]) -> Node:
        return self.rng.choices([f for _, f in choices], [w for w, _ in choices])[0]()

    def with_exponents(self, node: Node) -> Node:
        if "^k" in node.template or "^(k" in node.template:
            self.declared["k"] = "integer"
        if "^s" in node.template:
            self.declared["s"] = "scalar"
        return node

    def function(self) -> str:
        last = len(ELEMENTWISE) if self.rough else 8
        return self.rng.choice(ELEMENTWISE[:last])

    def positive(self, shape: Shape, depth: int) -> Node:
        kind = self.rng.choice(POSITIVE)
        parts = self.draw(shape, depth), Node(self.rng.choice("12"), (), ())
        template = kind if shape else kind.replace(".*", "*")
        if shape and "{1}" in kind:  # not an elementwise function, so ones have to be written
            return Node("({0}.*{0} + {1})", (parts[0], Node(f"ones({','.join(shape)})", (), shape)),
                        shape)  # fmt: skip
        return Node(template, parts if "{1}" in kind else parts[:1], shape)

    def definite(self, n: str, depth: int) -> Node:
        """A positive definite matrix."""
        rng = self.rng
        kind = rng.random() if depth > 0 else 0.0
        if kind < 0.3:
            names = [
                x for x, what in self.declared.items() if what == f"{n} x {n} positive definite"
            ]
            name = rng.choice(names) if names else next(
                c for c in ("S", "P", "K", "V", "Z9") if c not in self.declared
            )  # fmt: skip
            self.declared[name] = f"{n} x {n} positive definite"
            return Node(name, (), (n, n))
        if kind < 0.6:
            A = self.draw((n, rng.choice("mnp")), depth - 1)
            return Node(f"({{0}}*{{0}}' + eye({n}))", (A,), (n, n))
        if kind < 0.8:
            return Node("diag({0:in})", (self.positive((n, "1"), depth - 1),), (n, n))
        A = self.draw((n, n), depth - 1)
        return Node("({0}'*{0})", (A,), (n, n))

    # -- Matrices ---------------------------------------------------------------------------------

    def matrix(self, shape: Shape, depth: int) -> Node:
        rng, less = self.rng, depth - 1
        rows, columns = shape

        def one(shape: Shape = shape, depth: int = less) -> Node:
            return self.draw(shape, depth)

        def product() -> Node:
            k = self.size()
            if k == "1" and "1" in shape:
                k = "n"
            return Node("{0}*{1}", (one((rows, k)), one((k, columns))), shape)

        def blocks() -> Node:
            k, l = rng.choice(("m", "n")), rng.choice(("n", "p"))
            parts = [one(s, less - 1) for s in ((rows, k), (rows, l), (k, columns), (l, columns))]
            return Node("[{0:in}, {1:in}]*[{2:in}; {3:in}]", tuple(parts), shape)

        def shifted() -> Node:
            f = f"{self.function()}({{1:in}})"
            number = Node(rng.choice(("1", "2")), (), ()) if rng.random() < 0.6 else one(())
            if number.template == "1" and rng.random() < 0.5:
                f = "sigmoid({1:in})"
            return Node(rng.choice(("{0} - " + f, "{0} + " + f)), (number, one()), shape)

        choices: list[tuple[float, Callable[[], Node]]] = [
            (2, lambda: Node("{0} + {1}", (one(), one()), shape)),
            (2, lambda: Node("{0} - {1}", self.apart(one), shape)),
            (0.5, lambda: Node("-{0}", (one(),), shape)),
            (1, lambda: Node("{0}*{1}", (one(()), one()), shape)),
            (0.5, lambda: Node("{0}/{1}", (one(), one(())), shape)),
            (5, product),
            (1.5, lambda: Node("{0}'", (one(shape[::-1]),), shape)),
            (1.5, lambda: Node("{0}.*{1}", (one(), one()), shape)),
            (0.4, lambda: Node("{0}./{1}", (one(), one()), shape)),
            (0.4, lambda: Node("{0}./{1}", (one(), self.positive(shape, less)), shape)),
            (0.5, lambda: Node(rng.choice(("{0}.^2", "{0}.^3", "{0}.^-1", "{0}.^k")), (one(),),
                               shape)),
            (0.4, lambda: Node(rng.choice(("sqrt({0:in})", "log({0:in})", "{0}.^(1/2)", "{0}.^1.5",
                                           "{0}.^s")), (self.positive(shape, less),), shape)),
            (2, lambda: Node(f"{self.function()}({{0:in}})", (one(),), shape)),
            (0.6, shifted),
            (0.3, blocks),
        ]  # fmt: skip
        if rows == columns:
            n = rows
            choices += [
                (4, lambda: Node(rng.choice(OF_SQUARE), (one(),), shape)),
                (1, lambda: Node("diag({0:in})", (one((n, "1")),), shape)),
                (0.6, lambda: Node("diag({0:in})", (one(("1", n)),), shape)),
                (0.7, lambda: Node("diag(diag({0:in}))", (one(),), shape)),
                (0.7, lambda: Node(rng.choice(("inv({0:in})", "sqrtm({0:in})", "logm({0:in})",
                                               "{0}^(1/2)", "{0}^-1", "{0}^(-1/2)", "chol({0:in})",
                                               "{0}^1.5")), (self.definite(n, less),), shape)),
                (0.5, lambda: Node("{0} + {1}*eye(" + n + ")", (one(), one(())), shape)),
            ]  # fmt: skip
        if columns == "1":
            choices += [
                (1, lambda: Node("diag({0:in})", (one((rows, rows)),), shape)),
                (1, lambda: Node("rowsum({0:in})", (one((rows, rng.choice("mn"))),), shape)),
                (1.5, lambda: Node("softmax({0:in})", (one(),), shape)),
                (0.3, lambda: Node("layernorm({0:in}, 1)", (one(),), shape)),
                (0.4, lambda: Node("{0}[:,1]", (one((rows, rng.choice("mn"))),), shape)),
                (0.4, lambda: Node("{0}\\{1}", (one((rows, rows)), one()), shape)),
            ]  # fmt: skip
        elif rows == "1":
            choices += [
                (1, lambda: Node("colsum({0:in})", (one((rng.choice("mn"), columns)),), shape)),
                (0.4, lambda: Node("{0}[1,:]", (one((rng.choice("mn"), columns)),), shape)),
                (0.6, lambda: Node("rowsoftmax({0:in})", (one(),), shape)),
            ]
        else:
            choices += [
                (0.6, lambda: Node(rng.choice(("softmax({0:in})", "rowsoftmax({0:in})")), (one(),),
                                   shape)),
            ]  # fmt: skip
        if rows == "m*n" and columns == "1":
            choices += [(6, lambda: Node("vec({0:in})", (one(("m", "n")),), shape))]
        if shape == ("m*n", "m*n"):
            parts = ("m", "m"), ("n", "n")
            choices += [(6, lambda: Node("kron({0:in}, {1:in})", tuple(map(one, parts)), shape))]
        return self.with_exponents(self.chosen(choices))


def random_problem(seed: Any, depth: int = 5) -> Problem:
    """The problem of this seed."""
    rng = random.Random(f"expression {seed}")
    while True:
        generator = Generator(rng)
        shape: Shape = () if rng.random() < 0.75 else generator.shape()
        tree = generator.draw(shape, rng.randint(1, depth))
        names = {name for node in tree.all() for name in _names(node)}
        wrt = [x for x in generator.declared if x in names and x not in ("k", "i", "x_i", "y_i")]
        if wrt and len(str(tree)) < 220:
            return Problem(tree, generator.declared, rng.choice(wrt))


# -- Judging --------------------------------------------------------------------------------------


def faults(problem: Problem, seed: int = 0, length: bool = True) -> list[tuple[str, str]]:
    """What is wrong with what `derive` makes of a problem: pairs of a kind and its details.

    The kind ``refused`` is none, unless the sentence is unclear; ``unknown`` means that no data
    were found at which the expression has a derivative; ``untidy``, which is looked for if `length`
    is asked for, that a result can be made shorter by what `tidy` knows.
    """
    found = _judged(problem, seed, length)
    for again in (1, 2):  # what rounding does at one point it does not do at all
        if any(kind in BY_VALUE for kind, _ in found):
            same = {kind for kind, _ in _judged(problem, seed + 100 * again, False)}
            found = [pair for pair in found if pair[0] not in BY_VALUE or pair[0] in same]
    return found


#: Faults that are found by comparing numbers.
BY_VALUE = {"check", "normal form", "differential", "gradient", "hessian", "text"}


def _judged(problem: Problem, seed: int, length: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    try:
        for pair in _faults(problem.text, problem.wrt, problem.where, seed, length):
            found.append(pair)
    except REFUSALS as error:
        found.append(("refused", f"{type(error).__name__}: {error}"))
    except NoValue as error:
        found.append(("unknown", str(error)))
    except Exception as error:  # whatever else comes out is a fault
        found.append(("crash", f"{type(error).__name__}: {error}"))
    return found


def _faults(text: str, wrt: str, where: str, seed: int, length: bool) -> Iterator[tuple[str, str]]:
    d = derive(text, wrt, where)
    [x] = d.wrt
    results: dict[str, Any] = {}
    wanted = ["differential", "gradient", "steps", "hessian"]
    if d.value.shape != ():
        wanted = ["differential", "steps"]
    elif "orthogonal" in x.flags:
        wanted.remove("hessian")
    for what in wanted:
        clock = time.perf_counter()
        try:
            results[what] = getattr(d, what)
        except REFUSALS as error:
            if what == "gradient" or "longer" in str(error):
                yield "refused", f"the {what}: {error}"
        if time.perf_counter() - clock > 1.1 * SLOW:
            yield "slow", f"the {what} takes {time.perf_counter() - clock:.1f} s"
    steps = results.pop("steps", ())
    try:
        short = tidy(d.value)
    except ZeroDivisionError as error:  # the expression is defined nowhere, and so refused
        yield "refused", str(error)
        return
    if length and cost(short) > 1.5 * cost(d.value) + 2:
        yield "untidy", f"the normal form of the expression is longer: {short}"
    for what, term in results.items() if length else ():
        shorter = tidy(term)
        if cost(term) > 1.2 * cost(shorter):
            yield "untidy", f"the {what} {term} is not the shortest: {shorter}"
    for step in steps:
        str(step), step.latex()
    for what, term in results.items():
        if not same_shape(term.shape, d.value.shape if what == "differential" else x.shape):
            yield "shape", f"the {what} {term} has shape {term.shape}"
    H = d.directions[x.name]
    again: dict[str, Any] = {}
    for what, term in {**results, "value": d.value}.items():
        try:
            again[what] = parse_answer(str(term), d.parsed, d.directions)
        except ParseError as error:
            long = len(str(term)) > LENGTH or "levels, which is the limit" in str(error)
            yield "untidy" if long else "text", f"the {what} {term} does not parse: {error}"
    report = check(d, seed)
    if not report and report.checks:
        yield "check", report.message
    for wide in (False, True):
        yield from _at(d, x, H.name, results, again, short, seed, wide)


def _at(
    d: Any, x: Any, name: str, results: dict[str, Any], again: dict[str, Any], short: Any,
    seed: int, wide: bool,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """The same at data of its own."""

    def accept(values: dict[str, Any], sizes: dict[str, int]) -> bool:
        slope = directional(d.value, x.name, direction(x, values), values, sizes)
        return all(abs(y) < 1e6 for y in entries(slope.value))

    try:
        counts = counts_of(d.value)
        symbols = d.symbols.values()
        values, sizes = draw(symbols, seed + 7, wide=wide, counts=counts, accept=accept)
    except NoValue as reason:
        yield "unknown", str(reason)
        return
    H, K = direction(x, values, seed + 3), direction(x, values, seed + 4)
    values = {**values, name: H}
    f = value(d.value, values, sizes)
    at = f"at {sizes}"
    if distance(value(short, values, sizes), f) > TOLERANCE:
        yield "normal form", f"{short} has another value than {d.value} {at}"
    slope = directional(d.value, x.name, H, values, sizes)
    bound = TOLERANCE + 10 * float(slope.error)
    found = {what: value(term, values, sizes) for what, term in results.items()}
    found["value"] = f
    if "differential" in found and distance(found["differential"], slope.value) > bound:
        yield "differential", f"{results['differential']} is wrong {at}"
    if "gradient" in found and distance(paired(found["gradient"], H), slope.value) > bound:
        yield "gradient", f"{results['gradient']} is wrong {at}"
    if "hessian" in found:
        try:
            true = second_directional(d.value, x.name, H, K, values, sizes)
        except NoValue:
            pass
        else:
            bound = TOLERANCE + 1e-5 * (true.error != 0) + float(true.error)
            if distance(paired(found["hessian"], K), true.value) > bound:
                yield "hessian", f"{results['hessian']} is wrong {at}"
    for what, term in again.items():
        if distance(value(term, values, sizes), found[what]) > TOLERANCE:
            yield "text", f"the {what} {results.get(what, d.value)} reads as {term} {at}"


def kinds(problem: Problem, seed: int = 0) -> set[str]:
    return {kind for kind, _ in faults(problem, seed)}


# -- Shrinking ------------------------------------------------------------------------------------


def shrunk(problem: Problem, declared: dict[str, str], kind: str, seed: int = 0) -> Problem:
    """A small problem with the same kind of fault."""
    tree, again, end = problem.tree, True, time.perf_counter() + 60
    while again and time.perf_counter() < end:
        again = False
        for smaller in sorted(_smaller(tree), key=lambda t: len(str(t))):
            if len(str(smaller)) >= len(str(tree)) or time.perf_counter() > end:
                break
            candidate = Problem(smaller, declared, problem.wrt)
            if kind in kinds(candidate, seed):
                tree, again = smaller, True
                break
    plain = dict(Problem(tree, declared, problem.wrt).declared)
    for name, what in plain.items():  # flags that do not matter
        words = what.split()
        without = " ".join(
            w for w in words if w in ("x", "scalar") or not w.isalpha() or len(w) < 3
        )
        if without and without != what:
            fewer = {**plain, name: without}
            if kind in kinds(Problem(tree, fewer, problem.wrt), seed):
                plain = fewer
    return Problem(tree, plain, problem.wrt)


def _smaller(tree: Node) -> Iterator[Node]:
    for node in tree.all():
        if node is not tree and node.shape == tree.shape:
            yield node
    for i, child in enumerate(tree.children):
        for smaller in _smaller(child):
            yield Node(
                tree.template, (*tree.children[:i], smaller, *tree.children[i + 1 :]), tree.shape
            )


def main(count: int, first: int, depth: int = 5) -> None:
    """Draw as many problems and print what fails, small."""
    seen: dict[str, int] = {}
    begin = time.perf_counter()
    for seed in range(first, first + count):
        problem = random_problem(seed, depth)
        found = faults(problem)
        for kind in {kind for kind, _ in found}:
            seen[kind] = seen.get(kind, 0) + 1
        bad = [pair for pair in found if pair[0] not in ("unknown", "refused")]
        if bad:
            kind = bad[0][0]
            small = shrunk(problem, problem.declared, kind) if kind != "slow" else problem
            details = [text for k, text in faults(small) if k == kind][:1] or [bad[0][1]]
            print(f"[{seed}] {kind}: {small}\n      {details[0]}", flush=True)
        else:
            for kind, text in found:
                if kind == "refused":
                    print(f"[{seed}] refused: {problem}\n      {text}", flush=True)
                    break
    print(f"{count} in {time.perf_counter() - begin:.0f} s: {seen}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
