"""Terms as code that tests itself, in NumPy, JAX or PyTorch, and as SymPy's expressions.

`lecturelib.symbols.python` writes the functions. Here they become a module: with the shapes of
what they take, and with tests that draw data as they were declared and compare each derivative
with what it is the derivative of, by differences or by automatic differentiation.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from ..table import shapes
from ..table.shapes import Size, known
from .language import is_invisible
from .python import (
    CodeError,
    Function,
    Module,
    all_terms,
    argument_axes,
    expanded,
    flags_of,
    identifier,
    inside,
    is_call,
    language_names,
    symbols_in,
)
from .terms import Application, Differential, Expression, Identity, Number, Ones, Part, Symbol
from .write import text

__all__ = ["CodeError", "code", "to_sympy"]


#: Among the directions of the variables, the key of the symbol that moves f itself: no name.
_VALUE = ""


class _Entry(NamedTuple):
    """A function of the module: what it computes, and of which variables."""

    name: str
    kind: str
    variables: tuple[str, ...]
    term: Expression
    says: str = ""


def code(
    terms: Mapping[str, Any],
    symbols: Sequence[Any],
    language: str = "numpy",
    variables: Sequence[str] = (),
    directions: Mapping[str, str] | None = None,
    title: str = "",
) -> str:
    """Terms as the text of a module that computes them, and whose tests check them.

    Parameters
    ----------
    terms : mapping
        From ``"f"``, ``"gradient"``, ``"differential"``, ``"hessian"`` to terms, as many as there
        are. For several variables a mapping from their names may stand there:
        ``{"gradient": {"m": ..., "S": ...}, "hessian": {("m", "S"): ...}}``.
    symbols : sequence of Symbol
        The arguments of the functions. Their flags say what the tests draw.
    language : {"numpy", "jax", "torch"}
    variables : sequence of str, optional
        The names of what is differentiated; the first symbol, if not given.
    directions : mapping, optional
        From the names of variables to those of their directions; found in the terms if there is
        one variable.
    title : str, optional
        The first line of the module.

    Returns
    -------
    str
        Its functions take columns as arrays with one axis, and give gradients of that shape. Its
        tests run as they are, or by pytest.

    Raises
    ------
    CodeError
        A term has no code, or not in this language.

    Examples
    --------
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.code import code
    >>> A, b, x = (Symbol(name, shape=shape) for name, shape in
    ...            (("A", ("m", "n")), ("b", ("m", 1)), ("x", ("n", 1))))
    >>> print(code({"gradient": A.T @ (A @ x - b)}, [x, A, b]).splitlines()[-1])
        return A.T @ (A @ x - b)
    """
    if language not in language_names:
        raise CodeError(
            f"There is no code for {language!r}; the languages are {', '.join(language_names)}."
        )
    variables = tuple(variables) or (symbols[0].name,)
    entries = list(_entries(terms, variables))
    every = [expanded(entry.term, {}, arrays=True) for entry in entries]
    said = [text(expanded(entry.term, {})) if entry.kind == "f" else "" for entry in entries]
    entries = [e._replace(term=t, says=s) for e, t, s in zip(entries, every, said, strict=True)]
    found = _directions(entries, symbols, variables, directions or {})
    beside = _cotangent(entries, symbols, found)
    module = Module(symbols, found | beside, every, language)
    arguments = {e.name: _arguments(module, e, variables, found | beside) for e in entries}
    shown = [e.says for e in entries if e.kind == "f"]
    functions = [_definition(module, e, arguments[e.name], found | beside) for e in entries]
    tests = _tests(module, entries, variables, found | beside, arguments)
    head = _head(module, title or "".join(shown[:1]) or "Derivatives.")
    parts = [head, *module.helpers.values(), *functions, *tests]
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _entries(terms: Mapping[str, Any], variables: tuple[str, ...]) -> Iterator[_Entry]:
    for kind, term in terms.items():
        if not isinstance(term, Mapping):
            yield _Entry(kind, kind, variables, term)
            continue
        for key, one in term.items():
            names = (key,) if isinstance(key, str) else tuple(key)
            yield _Entry("_".join([kind, *names]), kind, names, one)


def _directions(
    entries: Sequence[_Entry], symbols: Sequence[Any], variables: Sequence[str], given: Any
) -> dict[str, Any]:
    """The symbols that stand for the directions of the variables."""
    every = [entry.term for entry in entries]
    known_names = {str(known(n)) for x in (*all_terms(every), *symbols) for n in x.shape}
    known_names |= {x.name for x in symbols}
    moved = [entry.term for entry in entries if entry.kind in ("differential", "hessian")]
    known_names |= {x.name for x in symbols_in(*every) if getattr(x, "sample", "")}
    free = {x.name: x for x in symbols_in(*moved) if x.name not in known_names}
    if given:
        return {v: free[name] for v, name in given.items() if name in free}
    if len(variables) > 1 and free or len(free) > 1:
        raise CodeError(
            f"The names {', '.join(free)} are not declared, and the variables are "
            f"{', '.join(variables)}: which is the direction of which? "
            "Give directions={variable: direction}."
        )
    return dict(zip(variables, free.values(), strict=False))


def _cotangent(entries: Sequence[_Entry], symbols: Any, directions: Any) -> dict[str, Any]:
    """The symbol of f's shape to which the adjoint is applied."""
    given = {x.name for x in (*symbols, *directions.values())}
    adjoints = [entry.term for entry in entries if entry.kind == "adjoint"]
    shape = next((entry.term.shape for entry in entries if entry.kind == "f"), None)
    found = [
        x for x in symbols_in(*adjoints)
        if x.name not in given and shape and shapes.same_shape(x.shape, shape)
    ]  # fmt: skip
    return {_VALUE: found[0]} if found else {}


# -- Functions ------------------------------------------------------------------------------------

_MEANS = {
    "gradient": "The gradient with respect to {0}, in the shape of {0}.",
    "differential": "The derivative of f in the direction {1} of {2}.",
    "hessian": "The derivative of the gradient with respect to {0}, in the direction {1} of {2}.",
    "adjoint": "The gradient of sum({1} * f) with respect to {0}, as backpropagation needs it.",
}
#: The same for what is 0 in every direction, and takes none.
_MEANS_NOTHING = {
    "differential": "The derivative of f, which is 0 in every direction.",
    "hessian": "The derivative of the gradient with respect to {0}: 0 in every direction.",
}


def _arguments(
    module: Module, entry: _Entry, variables: Sequence[str], directions: Mapping[str, Any]
) -> list[str]:
    """The arguments of a function: variables, their directions, everything else."""
    moved = {
        "differential": entry.variables, "hessian": entry.variables[-1:], "adjoint": (_VALUE,)
    }.get(entry.kind, ())  # fmt: skip
    first = [module.argument(x) for v in variables for x in module.symbols if x.name == v]
    turned = [module.arguments[directions[v].name] for v in moved if v in directions]
    rest = [module.argument(x) for x in module.symbols if x.name not in variables]
    return [*first, *turned, *rest, *module.free]


def _definition(module: Module, entry: _Entry, arguments: Any, directions: Any) -> str:
    last = _VALUE if entry.kind == "adjoint" else entry.variables[-1]
    H = directions[last].name if last in directions else ""
    if entry.kind == "f":
        declared = ", ".join(_declared(module, x) for x in module.symbols)
        means = _docstring(entry.says, declared)
    else:
        said = _MEANS if H or entry.kind in ("gradient", "adjoint") else _MEANS_NOTHING
        means = _docstring(said.get(entry.kind, "").format(entry.variables[0], H, last))
    lines = [*means, *Function(module, entry.term).lines()]
    return _block(f"def {entry.name}({', '.join(arguments)}):", lines)


def _declared(module: Module, x: Any) -> str:
    """What the code takes for a symbol: its axes, and what was declared of it."""
    sizes = _sizes(module, x)
    shown = " x ".join(sizes) if sizes else "number"
    return " ".join([f"{module.argument(x)}: {shown}", *sorted(flags_of(x))])


def _sizes(module: Module, x: Any) -> list[str]:
    """The lengths of an argument's axes; samples lie along the first one."""
    sizes = [module.length(x.shape[a]) for a in argument_axes(x)]
    index = x.sample
    return [module.samples.get(index, "N"), *sizes] if index else sizes


def _head(module: Module, title: str) -> str:
    own = {"numpy": [], "jax": ["import jax", "import jax.numpy as jnp"], "torch": []}
    imports = [*own[module.language], "import numpy as np"]
    imports += [f"import {name}" for name in sorted(module.imports)]
    if module.language == "torch":
        imports.append("import torch")
    if module.language == "jax":
        imports += ["", 'jax.config.update("jax_enable_x64", True)']
    return "\n".join([*_docstring(title), "", *imports])


def _docstring(first: str, *more: str) -> list[str]:
    """A docstring of lines that are not too long."""
    if not first:
        return []
    first = first.replace("\\", "/").replace('"', "'")
    if not more and len(first) < 86:
        return [f'"""{first}"""']
    blocks = [[*textwrap.wrap(line, 92), ""] for line in (first, *more) if line]
    lines = [line for block in blocks for line in block][:-1]
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join(map(_folded, [head, *(f"    {line}" if line else "" for line in lines)]))


def _folded(line: str) -> str:
    """A line that is too long, broken after commas inside parentheses."""
    if len(line) <= 100:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    pieces, depth, start = [], 0, 0
    for i, letter in enumerate(line):
        depth += (letter in "([") - (letter in ")]")
        if depth and line[i - 1 : i + 1] == ", ":
            pieces.append(line[start:i])
            start = i + 1
    lines: list[str] = []
    for piece in (*pieces, line[start:]):
        if lines and len(lines[-1]) + len(piece) < 99:
            lines[-1] += f" {piece}"
        else:
            lines.append(indent + piece if lines else piece)
    return "\n".join(lines)


# -- Tests ----------------------------------------------------------------------------------------

#: JAX does not differentiate what goes through the Schur form, nor eigenvectors in general.
_NO_AUTODIFF = {"sqrtm", "sylvester", "eig"}

_SLOPE = {
    "numpy": '''
def slope(g, X, H):
    """The derivative of g at X in the direction H, and how far its digits have settled.

    Central differences at the steps h, h / 2 and h / 4, extrapolated: the error is of order h^6.
    """
    best, unsettled = np.nan, np.inf
    for h in (2.0**-4, 2.0**-7, 2.0**-10):
        D = [(g(X + t * H) - g(X - t * H)) / (2 * t) for t in (h, h / 2, h / 4)]
        first, second = (4 * D[1] - D[0]) / 3, (4 * D[2] - D[1]) / 3
        change = np.max(np.abs(np.asarray(second - first)))
        if change < unsettled:
            best, unsettled = (16 * second - first) / 15, change
    return best, unsettled
''',
    "jax": '''
def slope(g, X, H):
    """The derivative of g at X in the direction H by JAX, and 0 if it is finite."""
    value = jax.jvp(g, (X,), (H,))[1]
    return value, 0.0 if np.isfinite(value).all() else np.inf
''',
    "torch": '''
def slope(g, X, H):
    """The derivative of g at X in the direction H by PyTorch, and 0 if it is finite."""
    value = torch.func.jvp(g, (X,), (H,))[1]
    return value, 0.0 if torch.isfinite(value).all() else np.inf
''',
}

_AGREE = '''
def agree(found, expected, unsettled):
    """Whether two derivatives are equal; None if the second is not known well enough.

    At data of order 1 the second has more than these six digits, and what is wrong in a formula
    shows in the first ones.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    tolerance = 1e-6 * (1e-3 + np.max(np.abs(found)) + np.max(np.abs(expected)))
    if not unsettled <= tolerance:
        return None
    return bool(found.shape == expected.shape and np.max(np.abs(found - expected)) <= tolerance)
'''


def _tests(
    module: Module, entries: Any, variables: Any, directions: Any, arguments: Any
) -> list[str]:
    """What draws data, and compares each derivative with what it is the derivative of."""
    drawn = {v: module.arguments[x.name] for v, x in directions.items() if v != _VALUE}
    beside = module.arguments[directions[_VALUE].name] if _VALUE in directions else ""
    taken = {*module.arguments.values(), *module.stacks.values(), *module.letters}
    for v in variables:
        stem = "H" if len(variables) == 1 else f"H_{v}"
        taken.add(drawn.setdefault(v, identifier(stem, taken)))
    compared = [(e, _compared(module, e, drawn, arguments, beside)) for e in entries]
    tests = [(e, *what) for e, what in compared if what is not None]
    if not tests:
        return []
    needs, at_least = _needs([entry.term for entry in entries])
    whole = [x for x in module.symbols if "integer" in flags_of(x)]
    data = [x for x in module.symbols if x not in whole]
    declared = " ".join(n for x in data for n in _sizes(module, x))
    letters = [*dict.fromkeys([*re.findall(r"[^\W\d]\w*", declared), *module.free])]
    lengths = [*letters, *(module.argument(x) for x in whole)]
    choices = [
        (*choice, *((3 + i,) * len(whole)))
        for i, choice in enumerate(_lengths(module, letters, at_least))
    ]
    lines = [line for x in data for line in _drawn(module, x, needs.get(x.name, set()))]
    for x in data:
        if x.name in drawn:
            lines += _direction(module, x, drawn[x.name], needs.get(x.name, set()))
    names = [*(module.argument(x) for x in data), *(drawn[v] for v in variables)]
    listed = ", ".join(names) + "," * (len(names) == 1)
    returned = {
        "numpy": listed,
        "jax": f"[jnp.asarray(x) for x in ({listed})]",
        "torch": f"[torch.as_tensor(np.asarray(x)) for x in ({listed})]",
    }[module.language]
    says = _docstring("Random data as they were declared, and directions.")
    lines = [*says, *lines, f"return {returned}"]
    draw = _block(f"def draw({', '.join(['rng', *letters])}):", lines)
    used = {x.name for x in all_terms([e.term for e in entries]) if isinstance(x, Application)}
    by = "numpy" if used & _NO_AUTODIFF else module.language
    # Lengths that differ from each other, once wide and once tall where that is possible.
    shown = [choice[0] if len(choice) == 1 else choice for choice in choices]
    sizes = [f"#: {', '.join(lengths)}\nSIZES = {shown!r}"] if lengths else []
    bodies = [
        _test(e.name, says, compute, call, [lengths, letters, listed])
        for e, says, compute, call in tests
    ]
    names = [e.name for e, *_ in tests]
    agree = f'print("{_listed(names)} agree{"s" * (len(names) == 1)} with {_BY[by]}")'
    run = _block('if __name__ == "__main__":', [*(f"test_{name}()" for name in names), agree])
    return [*sizes, draw, _SLOPE[by], _AGREE, *bodies, run]


#: What a test compares with.
_BY = {"numpy": "differences", "jax": "JAX", "torch": "PyTorch"}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _test(name: str, says: str, compute: Sequence[str], call: str, lists: Any) -> str:
    lengths, letters, listed = lists
    many = ", ".join(lengths)
    given = ", ".join(["np.random.default_rng(seed)", *letters])
    loop = [
        *([f"{many} = SIZES[seed % 2]"] if lengths else []),
        f"{listed} = draw({given})",
        *compute,
        f"expected, unsettled = slope({call})",
        "equal = agree(found, expected, unsettled)",
        'assert equal is not False, f"{found} is not {expected}"',
        "if equal:",
        "    settled.add(seed % 2)",
    ]
    lines = [
        *_docstring(says),
        "settled = set()",
        "for seed in range(10):",
        *(f"    {line}" for line in loop),
        'assert len(settled) == 2, "f has no derivative at these data: draw others"',
    ]
    return _block(f"def test_{name}():", lines)


def _compared(module: Module, entry: _Entry, drawn: Any, arguments: Any, beside: str) -> Any:
    """What a test says, computes and compares with; None where there is nothing to compare."""
    v = entry.variables[-1]
    X, H = module.argument(next(x for x in module.symbols if x.name == v)), drawn[v]
    call = f"{entry.name}({', '.join(arguments[entry.name])})"
    of = "f"
    if entry.kind == "hessian":
        of = "gradient" if entry.name == "hessian" else f"gradient_{entry.variables[0]}"
    if entry.kind not in _MEANS or of not in arguments:
        return None
    if entry.kind == "differential" and len(entry.variables) > 1:
        return None
    compute = [f"found = {call}"]
    says = f"{entry.name} is the derivative of {of} in the direction {H}."
    if entry.kind == "gradient":
        same = f"assert np.shape(found) == np.shape({X})"
        compute = [*compute, same, f"found = (found * {H}).sum()"]
        says = f"<{entry.name}, {H}> is the derivative of f in the direction {H}."
    function = f"{of}({', '.join(arguments[of])})"
    if entry.kind == "adjoint":
        if not beside:
            return None
        some = f"np.random.default_rng(seed + 10).standard_normal({function}.shape)"
        turned = {"jax": f"jnp.asarray({some})", "torch": f"torch.as_tensor({some})"}
        same = f"assert np.shape(found) == np.shape({X})"
        compute = [f"{beside} = {turned.get(module.language, some)}", *compute, same]
        compute.append(f"found = (found * {H}).sum()")
        says = f"<{entry.name}, {H}> is the derivative of <{beside}, f> in the direction {H}."
        function = f"({beside} * {function}).sum()"
    return says, compute, f"lambda {X}: {function}, {X}, {H}"


# -- Data -----------------------------------------------------------------------------------------

#: Operations that need a matrix without eigenvalues near 0, or near the negative axis.
_INVERTED = ("inv solve det logdet slogdet adjugate logm sqrtm logm_frechet matrix_power").split()
_DEFINITE = ("cholesky", "real_power", "real_power_frechet")
_SYMMETRIC = ("eigh", "lambda_max", "lambda_min", "eigenvector_max", "eigenvector_min")
#: What entries have to be, and between which numbers they are drawn then.
_OF_ENTRIES = {"positive": "0.5, 1.5", "small": "0.01, 0.1", "large": "1.5, 2.5"}
#: What is positive whatever stands in it.
_POSITIVE = ("exp norm abs sigmoid softmax logsumexp cosh det softplus").split()


def _needs(terms: Iterable[Expression]) -> tuple[dict[str, set[str]], list[tuple[Any, Any]]]:
    """What the data have to be for the terms to have values, beyond what is declared.

    Gives flags by the names of symbols, and pairs of lengths of which the first has to be as large
    as the second.
    """
    needs: dict[str, set[str]] = {}
    at_least: list[tuple[Any, Any]] = []

    seen: set[tuple[int, str]] = set()

    def mark(x: Any, flag: str) -> None:
        square = len(x.shape) == 2 and shapes.same(*x.shape)
        if (id(x), flag) in seen or flag in _OF_ENTRIES and is_call(x, *_POSITIVE):
            return
        seen.add((id(x), flag))
        if type(x) is Symbol and (square or flag in _OF_ENTRIES):
            needs.setdefault(x.name, set()).add(flag)
        turned = "small" if flag == "positive" else flag
        for i, operand in enumerate(inside(x)):
            subtracted = is_call(x, "negative") or is_call(x, "subtract") and i == 1
            mark(operand, turned if subtracted else flag)

    for x in all_terms(terms):
        if is_call(x, *_INVERTED):
            mark(x.operands[0], "invertible")
            at_least += _inner_lengths(x.operands[0])
        elif is_call(x, *_DEFINITE):
            mark(x.operands[0], "positive definite")
        elif is_call(x, *_SYMMETRIC):
            mark(x.operands[0], "symmetric")
        elif is_call(x, "power"):
            if not _is_whole(x.operands[1]):
                mark(x.operands[0], "positive")
        elif isinstance(x, Application) and x.operation.rule.shape is shapes.broadcast:
            rule = x.operation.rule
            domain = re.match(r"(?:0 < )?\|?([ABX])\|? (> [-\d]|< 1)", rule.where)
            if domain and domain[1] in rule.inputs:
                flag = {"< 1": "small", "> 1": "large"}.get(domain[2], "positive")
                mark(x.operands[rule.inputs.index(domain[1])], flag)
    return needs, at_least


def _is_whole(x: Any) -> bool:
    x = x.operands[0] if is_call(x, "negative") else x
    return isinstance(x, Number) and x.value == int(x.value) or "integer" in flags_of(x)


def _inner_lengths(x: Any) -> list[tuple[Any, Any]]:
    """Of a product that is to be invertible, the lengths inside are no shorter than outside."""
    if is_call(x, "matmul"):
        A, B = x.operands
        return [(A.shape[-1], x.shape[0]), *_inner_lengths(A), *_inner_lengths(B)]
    return _inner_lengths(x.operands[0]) if is_call(x, "transpose") else []


def _lengths(
    module: Module, letters: Sequence[str], at_least: Sequence[tuple[Any, Any]]
) -> list[tuple[int, ...]]:
    """Two choices of distinct lengths; what is wide in one is tall in the other, if it may be."""
    taken = {known(n) for x in module.symbols for n in x.shape}
    pool = [n for n in range(3, 40) if n not in taken][: len(letters)]
    pairs = [(module.length(m), module.length(n)) for m, n in at_least]
    pairs += [
        (_sizes(module, x)[0], _sizes(module, x)[1])
        for x in module.symbols
        if "orthogonal" in flags_of(x) and len(argument_axes(x)) == 2
    ]

    def holds(choice: tuple[int, ...]) -> bool:
        value = dict(zip(letters, choice, strict=True))
        long = [[int(value.get(n, n)) for n in pair if n in value or n.isdigit()] for pair in pairs]
        return all(len(pair) < 2 or pair[0] >= pair[1] for pair in long)

    other = pool[::-1] if len(pool) > 1 else [n + 1 for n in pool]
    some = [itertools.islice(itertools.permutations(order), 50_000) for order in (pool, other)]
    return [next(filter(holds, one), tuple(pool)) for one in some]


def _drawn(module: Module, x: Any, needs: set[str]) -> list[str]:
    """Lines that draw a symbol as it was declared, and as the terms need it."""
    name, flags, sizes = module.argument(x), flags_of(x) | needs, _sizes(module, x)
    shape = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
    square = len(argument_axes(x)) == 2
    wanted = [flag for flag in _OF_ENTRIES if flag in needs] or sorted(flags & {"positive"})
    if "probability" in flags:
        along = "axis=-1, keepdims=True" if x.sample else ""
        lines = [f"{name} = rng.uniform(0.5, 1.5, {shape})"]
        return [*lines, f"{name} = {name} / {name}.sum({along})"]
    if wanted and not flags & {"invertible", "positive definite", "orthogonal"}:
        drawn = f"{name} = rng.uniform({_OF_ENTRIES[wanted[0]]}, {shape})"
        return [drawn, *(f"{name} = {line}" for line in _projected(name, flags))]
    lines = [f"{name} = rng.standard_normal({shape})"]
    if not square or not flags:
        return lines
    if x.sample:
        raise CodeError(
            f"The test draws no samples {x.name} with the flags {', '.join(sorted(flags))}. "
            "Declare them without."
        )
    if "orthogonal" in flags:
        return [*lines, f"{name} = np.linalg.qr({name})[0]"]
    if "positive definite" in flags:
        return [*lines, f"{name} = {name} @ {name}.T / {sizes[0]} + np.eye({sizes[0]})"]
    lines += [f"{name} = {line}" for line in _projected(name, flags)]
    if "invertible" in flags:  # its eigenvalues lie around 2
        lines.append(f"{name} = {name} / {sizes[0]} + 2 * np.eye({sizes[0]})")
    return lines


def _direction(module: Module, x: Any, H: str, needs: set[str]) -> list[str]:
    """Lines that draw a direction in which the symbol stays what it is."""
    X, flags = module.argument(x), flags_of(x) | needs
    lines = [f"{H} = rng.standard_normal(np.shape({X}))"]
    if len(argument_axes(x)) < 2:
        return lines
    if "orthogonal" in flags:
        lines.append(f"{H} = {H} - {X} @ ({X}.T @ {H} + {H}.T @ {X}) / 2")
    return lines + [f"{H} = {line}" for line in _projected(H, flags)]


def _projected(X: str, flags: Iterable[str]) -> list[str]:
    """A matrix made what the flags say."""
    made = {
        "symmetric": f"({X} + {X}.T) / 2",
        "positive definite": f"({X} + {X}.T) / 2",
        "skew": f"({X} - {X}.T) / 2",
        "diagonal": f"np.diag(np.diag({X}))",
        "lower": f"np.tril({X})",
        "upper": f"np.triu({X})",
    }
    return list(dict.fromkeys(made[flag] for flag in sorted(flags) if flag in made))


# -- SymPy ----------------------------------------------------------------------------------------


def to_sympy(term: Expression, symbols: Sequence[Any] = ()) -> Any:
    """A term as an expression of SymPy's, with a MatrixSymbol for every matrix and column.

    Parameters
    ----------
    term : Expression
    symbols : sequence of Symbol, optional
        Those whose flags SymPy is to know: positive and integer numbers.

    Returns
    -------
    sympy.Basic
        Elementwise products are HadamardProduct, elementwise functions ElementwiseApplyFunction,
        a product of shape 1 x 1 that is read as a number is its Trace.

    Raises
    ------
    CodeError
        SymPy has no expression for an operation.

    Examples
    --------
    >>> from lecturelib.table import inv, trace
    >>> from lecturelib.symbols import Symbol
    >>> from lecturelib.symbols.code import to_sympy
    >>> A, X = Symbol("A", shape=("n", "n")), Symbol("X", shape=("n", "n"))
    >>> to_sympy(trace(A @ inv(X)))
    Trace(A*X**(-1))
    """
    import sympy  # only who asks for SymPy's expressions needs it

    declared = {x.name: x for x in symbols}
    term = expanded(term, {})
    found: dict[int, Any] = {}
    for x in reversed([*all_terms([term])]):
        _sympy_of(x, found, declared, sympy)
    return _sympy_of(term, found, declared, sympy)


def _sympy_of(x: Any, found: dict[int, Any], declared: Any, sympy: Any) -> Any:
    if id(x) not in found:
        inner = [_sympy_of(operand, found, declared, sympy) for operand in inside(x)]
        found[id(x)] = _in_sympy(x, inner, declared.get(getattr(x, "name", ""), x), sympy)
    return found[id(x)]


def _in_sympy(x: Any, inner: list[Any], declared: Any, sympy: Any) -> Any:
    """One term in SymPy, from what it is made of."""
    if isinstance(x, Part) or isinstance(x, Application) and len(x.operation.rule.outputs) > 1:
        raise CodeError(_not_in_sympy(x))
    sizes = tuple(_sympy_size(n, sympy) for n in (*x.shape, 1)[: 2 if x.ndim else 0])
    if isinstance(x, Number) and x.ndim == 0:
        value = x.value
        return (
            sympy.I
            if value == 1j
            else sympy.nsimplify(value)
            if value == int(value)
            else (
                sympy.Rational(value.numerator, value.denominator)
                if isinstance(value, Fraction)
                else sympy.Float(value)
            )
        )
    if isinstance(x, Number):
        return (
            sympy.sympify(x.value) * sympy.OneMatrix(*sizes)
            if x.value
            else (sympy.ZeroMatrix(*sizes))
        )
    if isinstance(x, Ones):
        return sympy.OneMatrix(*sizes) if sizes else sympy.Integer(1)
    if isinstance(x, Identity):
        return sympy.Identity(sizes[0])
    if isinstance(x, Symbol | Differential):
        flags = dict.fromkeys(flags_of(declared) & {"positive", "integer"}, True)
        return sympy.MatrixSymbol(x.name, *sizes) if sizes else sympy.Symbol(x.name, **flags)
    write = _SYMPY.get(getattr(x, "name", "")) if isinstance(x, Application) else None
    if write is not None:
        return write(sympy, x, *inner)
    if isinstance(x, Application) and x.operation.rule.shape is shapes.broadcast:
        function = _sympy_function(x, sympy)
        if function is not None and len(inner) == 1:
            return _entrywise(sympy, inner[0], function)
    raise CodeError(_not_in_sympy(x))


def _not_in_sympy(x: Any) -> str:
    name = x.name if isinstance(x, Application) else text(x)
    return (
        f"SymPy has no expression for {name!r}. Write code for NumPy, or give the expression "
        "without it."
    )


def _sympy_size(size: Any, sympy: Any) -> Any:
    size = known(size)
    if not isinstance(size, Size):
        return sympy.Integer(size)
    parts = [sympy.Symbol(n, integer=True, positive=True) for n in str(size).split("*")]
    return sympy.Mul(*parts)


def _sympy_function(x: Application, sympy: Any) -> Any:
    """A function of one number in SymPy, by the name of the table's or of NumPy's."""
    own = {
        "sigmoid": lambda t: 1 / (1 + sympy.exp(-t)),
        "softplus": lambda t: sympy.log(1 + sympy.exp(t)),
        "relu": lambda t: sympy.Max(0, t),
        "step": lambda t: sympy.Heaviside(t, 0),
        "abs": sympy.Abs,
        "safe_reciprocal": lambda t: sympy.Piecewise((0, sympy.Eq(t, 0)), (1 / t, True)),
        "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan,
        "arcsinh": sympy.asinh, "arccosh": sympy.acosh, "arctanh": sympy.atanh,
        "log1p": lambda t: sympy.log(1 + t), "expm1": lambda t: sympy.exp(t) - 1,
        "gammaln": sympy.loggamma, "digamma": sympy.digamma, "erf": sympy.erf, "erfc": sympy.erfc,
    }  # fmt: skip
    if x.name in own:
        return own[x.name]
    same = "exp log sin cos tan sinh cosh tanh sqrt sign cbrt".split()
    return getattr(sympy, x.name) if x.name in same else None


def _entrywise(sympy: Any, X: Any, function: Any) -> Any:
    if not X.is_Matrix:
        return function(X)
    t = sympy.Dummy("t")
    return X.applyfunc(sympy.Lambda(t, function(t)))


def _spread(sympy: Any, x: Any, *operands: Any) -> list[Any]:
    """Operands that meet entry by entry, in one shape; a number stays one."""
    rows, columns = (_sympy_size(n, sympy) for n in (*x.shape, 1)[:2]) if x.ndim else (1, 1)
    spread = []
    for X in operands:
        if X.is_Matrix and X.shape[0] == 1 != rows:
            X = sympy.OneMatrix(rows, 1) * X
        if X.is_Matrix and X.shape[1] == 1 != columns:
            X = X * sympy.OneMatrix(1, columns)
        spread.append(X)
    return spread


def _sympy_sum(sympy: Any, x: Any, A: Any, B: Any) -> Any:
    A, B = _spread(sympy, x, A, B)
    if x.ndim:
        A, B = (X if X.is_Matrix else X * sympy.OneMatrix(*_shape_of(A, B)) for X in (A, B))
    return A + B


def _shape_of(*operands: Any) -> Any:
    return next(X.shape for X in operands if X.is_Matrix)


def _sympy_product(sympy: Any, x: Any, A: Any, B: Any) -> Any:
    A, B = _spread(sympy, x, A, B)
    return sympy.HadamardProduct(A, B) if A.is_Matrix and B.is_Matrix else A * B


def _sympy_power(sympy: Any, x: Any, A: Any, B: Any) -> Any:
    if B.is_Matrix:
        raise CodeError(f"SymPy has no power with a matrix of exponents, as in {text(x)}.")
    return sympy.HadamardPower(A, B) if A.is_Matrix else A**B


def _sympy_quotient(sympy: Any, x: Any, A: Any, B: Any) -> Any:
    return _sympy_product(sympy, x, A, sympy.HadamardPower(B, -1) if B.is_Matrix else 1 / B)


def _sympy_reshape(sympy: Any, x: Any, X: Any) -> Any:
    """Between shapes that differ by lengths of 1; a 1 x 1 matrix as a number is its trace."""
    if not is_invisible(x):
        raise CodeError(f"SymPy has no expression that gives {text(x.operands[0])} another shape.")
    if not X.is_Matrix:
        return X * sympy.OneMatrix(1, 1) if x.ndim else X
    if x.ndim == 0:
        return sympy.Trace(X)
    rows = _sympy_size(x.shape[0], sympy)
    return X if X.shape[0] == rows else X.T


def _sympy_reduced(sympy: Any, x: Any, X: Any) -> Any:
    """The sum of all entries; those of rows and columns as products with ones."""
    if not X.is_Matrix:
        return X
    axis, (m, n) = x.parameters.get("axis"), X.shape
    if axis is None or x.ndim == 0:  # products with ones are not evaluated by SymPy 1.14
        i, j = sympy.symbols("i j", cls=sympy.Dummy, integer=True)
        return sympy.Sum(X[i, j], (i, 0, m - 1), (j, 0, n - 1))
    total = sympy.OneMatrix(1, m) * X if axis % 2 == 0 else X * sympy.OneMatrix(n, 1)
    return total if x.ndim == 2 or axis % 2 else total.T


def _sympy_mean(sympy: Any, x: Any, X: Any) -> Any:
    total, axis = _sympy_reduced(sympy, x, X), x.parameters.get("axis")
    return total / (X.shape[0] * X.shape[1] if axis is None else X.shape[axis])


def _sympy_norm(sympy: Any, x: Any, X: Any) -> Any:
    return sympy.sqrt(sympy.Trace(X.T * X)) if X.is_Matrix else sympy.Abs(X)


def _sympy_entry(sympy: Any, x: Any, X: Any) -> Any:
    index = x.parameters["index"]
    parts = index if isinstance(index, tuple) else (index,)
    if len(parts) == 2 and all(type(part) is int for part in parts):
        return X[parts]
    if len(parts) == 2 and all(type(p) is slice and p.step is None for p in parts):
        ends = zip(parts, X.shape, strict=True)
        return X[tuple(slice(p.start or 0, n if p.stop is None else p.stop) for p, n in ends)]
    raise CodeError(f"SymPy takes entries and blocks of a matrix, not {text(x)}.")


def _sympy_blocks(sympy: Any, x: Any, *parts: Any) -> Any:
    along = list(parts) if x.parameters.get("axis", 0) % 2 else [[part] for part in parts]
    return sympy.BlockMatrix([along] if x.parameters.get("axis", 0) % 2 else along)


_SYMPY: dict[str, Any] = {
    "add": _sympy_sum,
    "subtract": lambda sympy, x, A, B: _sympy_sum(sympy, x, A, -B),
    "negative": lambda sympy, x, X: -X,
    "multiply": _sympy_product,
    "divide": _sympy_quotient,
    "power": _sympy_power,
    "matmul": lambda sympy, x, A, B: A * B,
    "transpose": lambda sympy, x, X: X.T,
    "reshape": _sympy_reshape,
    "sum": _sympy_reduced,
    "mean": _sympy_mean,
    "norm": _sympy_norm,
    "getitem": _sympy_entry,
    "concatenate": _sympy_blocks,
    "trace": lambda sympy, x, X: sympy.Trace(X),
    "trace_product": lambda sympy, x, A, B: sympy.Trace(A * B),
    "det": lambda sympy, x, X: sympy.Determinant(X),
    "logdet": lambda sympy, x, X: sympy.log(sympy.Determinant(X)),
    "inv": lambda sympy, x, X: sympy.Inverse(X),
    "solve": lambda sympy, x, A, B: sympy.Inverse(A) * B,
    "adjugate": lambda sympy, x, X, D: sympy.Determinant(X) * sympy.Inverse(X),
    "matrix_power": lambda sympy, x, X, k: sympy.MatPow(X, k),
    "kron": lambda sympy, x, A, B: sympy.KroneckerProduct(A, B),
    "diag": lambda sympy, x, w: sympy.DiagMatrix(w),
    "diagonal": lambda sympy, x, X: sympy.matrices.expressions.diagonal.DiagonalOf(X),
}
