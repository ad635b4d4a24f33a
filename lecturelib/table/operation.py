"""What an entry of the table is: from a line of mathematics to an operation that can be called.

An entry is entered once, by `rule`, `linear`, `multilinear` or `constant`, and says everything that
is known of an operation. Readers ask it; none of them keeps a list by operation name.

This package needs the standard library only. An entry names NumPy's and SciPy's functions by dotted
names, which are looked up when they are first needed.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from . import shapes
from .shapes import shape_of

#: name -> operation; the table itself.
TABLE: dict[str, Operation] = {}

#: function -> the operation that answers for it, as far as that was asked; empty after each entry.
ANSWERS: dict[Any, Operation] = {}

#: Where a value named ``".inv"`` stands: the package's own functions on arrays.
_VALUES = "lecturelib.numbers.values"

#: The groups of the page of rules, for entries that do not name one.
_GROUPS = {
    "linear": "Linear operations",
    "multilinear": "Products",
    "constant": "Helpers inside other rules",
}
HELPERS = _GROUPS["constant"]
OUTSIDE = "Entered by the reader"
#: SciPy's functions: a reader's own entry may take the place of one.
SPECIAL = "Special functions"


class NoTransposeError(ValueError):
    """A rule uses a linear operation that has no transpose here."""


class Rule:
    """What the table says of one operation.

    Attributes
    ----------
    name : str
        The operation's name, which is its key in `TABLE`.
    kind : {"differential", "linear", "multilinear", "constant"}
        ``"constant"``: the differential is 0. ``"linear"``: the differential of ``f(X)`` is
        ``f(dX)``. ``"multilinear"``: the product rule, lecture (16). Otherwise `differential` says
        it.
    outputs, inputs : tuple of str
        Names, in the order the operation takes and gives them.
    variables : tuple of str
        The inputs that may be differentiated; all, if not given.
    differential : callable or None
        ``(outputs..., inputs..., differentials..., **parameters)`` -> differential of the output.
    transposes : tuple of (callable or None), or callable
        For each input in which the operation is linear while the others are constant:
        ``(G, inputs..., **parameters)`` -> what the transpose of that linear map hands back. For
        any number of inputs one callable, which takes the input's place first.
    shape : callable
        ``(shapes of the inputs..., **parameters)`` -> the shape of the (first) output.
    where : str
        The conditions under which the rule holds.
    equation : str
        The equation of the lecture, or the source.
    kink : callable or None
        ``(outputs..., inputs..., **parameters)`` -> where the function has a corner.
    real_only : bool
        Whether the rule is refused at complex points, where the function is not holomorphic.
    function : tuple
        The functions that the operation answers for: objects, or names such as
        ``"numpy.linalg.inv"``.
    value : callable
        The operation on arrays.
    composed : bool
        Whether `value` is plain NumPy code that numeric readers run on Taylor series in place of
        the differential, which is held against the code by a test.
    scalar_outputs : bool
        Whether the outputs are numbers that the differentials do not use.
    squared : callable or None
        ``(inputs...)`` -> the square of the output where that is smooth though the output is not,
        as for a norm; None as its result: not at these inputs.
    waits : bool
        Whether not even the value is computed before it is asked for.
    stacks : int
        2 where `value` takes stacks of matrices, along the first axes; 1 for stacks of vectors.
    follows : tuple of str
        Inputs that are known functions of the others: handed on to save their computation.
    operator : callable or None
        Python's operator for the operation.
    text, latex : str
        A name, or a formula in the letters of the inputs: ``r"X^{-1}"``.
    spoken : str
        What the operation is called in words, where its name is not said: ``"inverse"``.
    written : callable or None
        ``(inputs...)`` -> the operation in terms of others, for the eye; `written_latex` for LaTeX.
    group : str
        The group on the page of rules.
    example : str
        A line of NumPy code that uses the operation; empty for a helper.
    gradient : dict
        Input -> the gradient as a line of code, for `example`, where a formula would say less.
    remark : str
        What there is to say of the gradient.
    paired : tuple of str
        The outputs whose gradient is shown as a formula; all, if empty.
    symmetry : {"", "symmetric", "skew"}
        What the output is, whatever the input.
    commutes_with_transpose : bool
        Whether ``f(X^T) = f(X)^T``, as for functions of matrices.
    commuting : callable or None
        ``(outputs..., inputs..., E, **parameters)`` -> the differential in a direction E that
        commutes with the first input, for functions of matrices.
    frechet_of : str
        The function whose differential in any direction this operation is: ``"expm"``.
    sheet : bool
        Whether the rule stands on the printable sheet.
    inner : bool
        Whether it only serves rules on arrays: text has no word for it.
    """

    outputs: tuple[str, ...] = ("Y",)
    variables: tuple[str, ...] = ()
    differential: Any = None
    transposes: Any = ()
    shape: Any = staticmethod(shapes.broadcast)
    where: str = ""
    equation: str = ""
    kink: Callable[..., Any] | None = None
    real_only: bool = False
    function: Any = ()
    value: Any = None
    composed: bool = False
    scalar_outputs: bool = False
    squared: Callable[..., Any] | None = None
    waits: bool = False
    stacks: int = 0
    follows: tuple[str, ...] = ()
    operator: Callable[..., Any] | None = None
    text: str = ""
    latex: str = ""
    spoken: str = ""
    written: Callable[..., Any] | None = None
    written_latex: Callable[..., Any] | None = None
    group: str = ""
    example: Any = None
    gradient: Mapping[str, str] = types.MappingProxyType({})
    remark: str = ""
    symmetry: str = ""
    commutes_with_transpose: bool = False
    commuting: Callable[..., Any] | None = None
    frechet_of: str = ""
    paired: tuple[str, ...] = ()
    sheet: bool = False
    inner: bool = False

    def __init__(self, name: str, kind: str, inputs: tuple[str, ...], **attributes: Any) -> None:
        self.name, self.kind, self.inputs = name, kind, inputs
        known = set(Rule.__annotations__)
        if set(attributes) - known:
            raise TypeError(
                f"An entry has no attribute {', '.join(sorted(set(attributes) - known))}; it has "
                f"{', '.join(sorted(known))}."
            )
        vars(self).update(attributes)
        self.variables = self.variables or self.inputs
        self.function = self.function if isinstance(self.function, tuple) else (self.function,)
        if callable(self.transposes) and len(self.inputs) == 1:
            self.transposes = (self.transposes,)
        self._check()
        self.group = self.group or _GROUPS.get(self.kind, OUTSIDE)
        if self.example is None:
            self.example = self._example()

    def _check(self) -> None:
        if self.kind in ("linear", "multilinear") and not self.transposes:
            raise TypeError(
                f"The {self.kind} operation {self.name!r} has no transpose, and a gradient needs "
                "it. Give transposes=..., for each input a function of G and the inputs, such as "
                "lambda G, A, B: G @ B.T."
            )
        if isinstance(self.transposes, tuple) and len(self.transposes) not in (0, len(self.inputs)):
            raise TypeError(
                f"{self.name!r} has {len(self.inputs)} inputs ({', '.join(self.inputs)}) and "
                f"{len(self.transposes)} transposes; each input needs its own, or None where the "
                "operation is not linear in it."
            )

    def _example(self) -> str:
        """The call of the function that the operation answers for, or of the operation itself."""
        arguments = f"({', '.join(self.inputs)})"
        for function in self.function:
            if isinstance(function, str) and function.startswith("numpy."):
                return f"np.{function.removeprefix('numpy.')}{arguments}"
        return "" if self.group == HELPERS else self.name + arguments

    def transposed(self, i: int, G: Any, operands: Any, parameters: Any) -> Any:
        """What the transpose of the operation, as a linear map of input i, makes of G."""
        if type(self.transposes) is not tuple:
            return self.transposes(i, G, *operands, **parameters)
        transpose = self.transposes[i] if self.transposes else None
        if transpose is None:
            raise NoTransposeError(
                f"{self.name!r} is not linear in its input {self.inputs[i]}, so a rule may not "
                "apply it to a differential."
            )
        return transpose(G, *operands, **parameters)

    def differential_at(self, operands: Any) -> Any:
        """The differential, for operands of these shapes.

        In a rule ``.T`` is the transpose of a matrix. Of a stack of matrices NumPy writes that
        ``.mT``, so for stacks the rule is read with ``.mT`` in the place of ``.T``.
        """
        written = self.differential
        if all(len(shape_of(x)) <= 2 for x in operands) or "T" not in written.__code__.co_names:
            return written
        names = tuple("mT" if name == "T" else name for name in written.__code__.co_names)
        on_stacks = types.FunctionType(
            written.__code__.replace(co_names=names),
            written.__globals__,
            written.__name__,
            written.__defaults__,
            written.__closure__,
        )
        on_stacks.__kwdefaults__ = written.__kwdefaults__
        return on_stacks

    @functools.cached_property
    def read_twice(self) -> frozenset[str]:
        """The inputs whose differentials the rule reads more than once.

        Found when a rule is first used: for the whole table it takes half as long as a first
        gradient does.
        """
        import dis

        read: list[str] = []
        for step in dis.get_instructions(self.differential) if self.differential else ():
            if step.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):  # of one name, or of two
                read += step.argval if isinstance(step.argval, tuple) else [step.argval]
        return frozenset(x for x in self.inputs if read.count(f"d{x}") > 1)

    def is_linear_in(self, i: int) -> bool:
        """Whether the operation is linear in input i while the others are constant."""
        return type(self.transposes) is not tuple or (
            bool(self.transposes) and self.transposes[i] is not None
        )

    def __repr__(self) -> str:
        return f"<rule {self.name}({', '.join(self.inputs)})>"


class Operation:
    """A generic function: evaluates its rule's function on arrays, series, recorders or terms.

    Attributes
    ----------
    rule : Rule
    value : callable
        The function on arrays; looked up when it is first called.
    operator : callable or None
    """

    def __init__(self, rule: Rule, module: str = "") -> None:
        self.name = self.__name__ = rule.name
        self.rule, self.operator, self.__module__ = rule, rule.operator, module
        self.__doc__ = rule.where or None
        self.value = self._first_value
        _refuse_taken(self)
        TABLE.pop(rule.name, None)  # so that a later entry stands later
        TABLE[rule.name] = self
        ANSWERS.clear()

    def _first_value(self, *operands: Any, **parameters: Any) -> Any:
        self.value = self.find_value()
        return self.value(*operands, **parameters)

    def find_value(self) -> Callable[..., Any]:
        """The function on arrays: the entry's own, or the one that it answers for."""
        for candidate in (self.rule.value, *self.rule.function):
            if candidate is not None:
                return found(candidate)
        raise TypeError(
            f"The operation {self.name!r} has no value on arrays. Its entry needs function=..., a "
            "function that it answers for, or value=..., code of its own."
        )

    def __call__(self, *operands: Any, **parameters: Any) -> Any:
        reader, rank = None, 0
        for operand in operands:
            operand_rank = getattr(operand, "_reader_rank", 0)
            if operand_rank > rank:
                reader, rank = operand, operand_rank
        if reader is None:
            return self.value(*operands, **parameters)
        return reader._apply(self, operands, parameters)

    def __reduce__(self) -> Any:
        return _entered, (self.name,)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


def found(function: Any) -> Callable[..., Any]:
    """A function, looked up if it is given by its dotted name."""
    if not isinstance(function, str):
        return function
    path = _VALUES + function if function.startswith(".") else function
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def loaded(function: Any) -> Any:
    """A function, or None where it is given by a name whose module nobody has imported."""
    if isinstance(function, str):
        module, _, name = function.rpartition(".")
        return getattr(sys.modules.get(module), name, None)
    return function


def _entered(name: str) -> Operation:
    """The operation of a name, for what was pickled with it."""
    return TABLE[name]


def _refuse_taken(operation: Operation) -> None:
    """A name, and a function, belong to one entry; a reader's own may be entered again."""
    rule, own = operation.rule, operation.__module__
    known = TABLE.get(rule.name)
    again = known is not None and known.rule.group == OUTSIDE and known.__module__ == own
    if known is not None and not again and known.rule.group != SPECIAL:
        raise ValueError(
            f"The table has an operation {rule.name!r} already, entered in {known.__module__}. "
            "Give yours another name; lecturelib.rules lists those that are taken."
        )
    if rule.group != OUTSIDE:
        return
    for function in rule.function:
        for other in TABLE.values():
            if other.rule.group == SPECIAL:
                continue
            taken = [f for f in other.rule.function if f == function or loaded(f) is function]
            if taken and other.name != rule.name:
                raise ValueError(
                    f"The operation {other.name!r} answers for {function} already, so "
                    f"{rule.name!r} cannot. Call yours by its own name, and leave out function=."
                )


class Zero:
    """The differential of a constant. Every linear operation leaves it what it is.

    Adding it changes nothing, so a rule needs no case distinction for constant inputs.
    """

    __slots__ = ()
    __array_ufunc__ = None  # ndarray @ ZERO must reach __rmatmul__ below
    _reader_rank = 4

    def _apply(self, operation: Operation, operands: Any, parameters: Any) -> Any:
        if operation.rule.kind == "linear" and operation.operator is not None:
            return operation.operator(*operands)
        return self

    def _same(self, other: Any = None) -> Zero:
        return self

    def __add__(self, other: Any) -> Any:
        return other

    def __sub__(self, other: Any) -> Any:
        return -other

    def __rsub__(self, other: Any) -> Any:
        return other

    __radd__ = __add__
    __mul__ = __rmul__ = __matmul__ = __rmatmul__ = __truediv__ = __getitem__ = _same
    __neg__ = _same

    @property
    def T(self) -> Zero:  # noqa: N802 (the name NumPy uses)
        return self

    mT = T  # noqa: N815 (the name NumPy uses)

    def __repr__(self) -> str:
        return "0"


ZERO = Zero()


# -- Entering -------------------------------------------------------------------------------------


def rule(outputs: str = "Y", **attributes: Any) -> Callable[[Callable[..., Any]], Operation]:
    """Enter the decorated differential into the table and give the operation it defines.

    Parameters
    ----------
    outputs : str
        The names of the outputs, separated by spaces.
    **attributes
        The other attributes of an entry: ``function``, ``where``, ``equation``, ``kink``, ... as
        `Rule` lists them.

    Returns
    -------
    callable
        Takes the differential, a function of the outputs, the inputs and their differentials in
        this order (``Y, X, dX``), and gives the `Operation`.

    Raises
    ------
    TypeError
        If the arguments of the differential are not outputs, inputs and differentials.
    ValueError
        If the name or the function belongs to another entry.

    Examples
    --------
    >>> from lecturelib import gradient, rule
    >>> import numpy as np
    >>> @rule(value=lambda X: X**3, where="")
    ... def cube(Y, X, dX):
    ...     return 3 * X * X * dX
    >>> gradient(lambda x: np.sum(cube(x)), [1.0, 2.0])
    array([ 3., 12.])
    """

    def enter(differential: Callable[..., Any]) -> Operation:
        code = differential.__code__
        names = code.co_varnames[: code.co_argcount]
        output_names = tuple(outputs.split())
        rest = names[len(output_names) :]
        inputs = tuple(name for name in rest if not _is_differential(name, rest))
        variables = tuple(name for name in inputs if "d" + name in rest)
        wanted = (*output_names, *inputs, *("d" + name for name in variables))
        if not variables or names != wanted:
            raise TypeError(
                f"The differential {differential.__name__}({', '.join(names)}) takes the outputs "
                f"({', '.join(output_names)}), then the inputs, then their differentials in the "
                "same order, such as (Y, A, B, dA, dB). Name them so."
            )
        attributes.setdefault("group", differential.__globals__.get("GROUP", OUTSIDE))
        own = {"outputs": output_names, "variables": variables, "differential": differential}
        entry = Rule(differential.__name__, "differential", inputs, **attributes, **own)
        return Operation(entry, differential.__module__)

    return enter


def _is_differential(name: str, names: tuple[str, ...]) -> bool:
    return name.startswith("d") and name[1:] in names


def linear(name: str, inputs: str = "X", **attributes: Any) -> Operation:
    """Enter an operation that is its own derivative: ``d f(X) = f(dX)``.

    Parameters
    ----------
    name : str
    inputs : str
        The names of the inputs, separated by spaces; the operation is linear in all of them
        together, as a sum is.
    **attributes
        Of the entry, as `Rule` lists them; ``transposes`` and a ``value`` or ``function`` are
        needed.

    Returns
    -------
    Operation

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import gradient, linear
    >>> shift = linear(
    ...     "shift", value=lambda X: np.roll(X, 1), transposes=lambda G, X: unshift(G)
    ... )
    >>> unshift = linear(
    ...     "unshift", value=lambda X: np.roll(X, -1), transposes=lambda G, X: shift(G)
    ... )
    >>> gradient(lambda x: np.array([1.0, 2.0, 3.0]) @ shift(x), np.ones(3))
    array([2., 3., 1.])
    """
    return _enter(name, "linear", inputs, attributes)


def constant(name: str, inputs: str = "X", **attributes: Any) -> Operation:
    """Enter a piecewise constant operation: its differential is 0 wherever it exists."""
    return _enter(name, "constant", inputs, attributes)


def multilinear(name: str, inputs: str = "A B", **attributes: Any) -> Operation:
    """Enter a product: its differential is the product rule, lecture (16).

    Parameters
    ----------
    name : str
    inputs : str
        The names of the factors, separated by spaces.
    **attributes
        Of the entry, as `Rule` lists them; ``transposes`` and a ``value`` or ``function`` are
        needed.

    Returns
    -------
    Operation

    Examples
    --------
    >>> import numpy as np
    >>> from lecturelib import gradient, multilinear
    >>> inner_product = multilinear(
    ...     "inner_product", "A B", value=lambda A, B: np.sum(A * B), shape=lambda a, b: (),
    ...     transposes=(lambda G, A, B: G * B, lambda G, A, B: G * A),
    ... )
    >>> gradient(lambda x: inner_product(x, x), [1.0, 2.0])
    array([2., 4.])
    """
    attributes.setdefault("equation", "lecture (16)")
    return _enter(name, "multilinear", inputs, attributes)


def _enter(name: str, kind: str, inputs: str, attributes: dict[str, Any]) -> Operation:
    caller = sys._getframe(2).f_globals
    module = caller.get("__name__", "")
    if not module.startswith("lecturelib."):
        attributes.setdefault("group", OUTSIDE)
    return Operation(Rule(name, kind, tuple(inputs.split()), **attributes), module)
