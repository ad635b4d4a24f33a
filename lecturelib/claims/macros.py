"""The course's macros for mathematics, and formulas with them written out.

The claims' records and the pages use the macros of ``macros.tex``. Jupyter does not know them, so
what an object shows there has them written out.
"""

from __future__ import annotations

import functools
import re
from importlib import resources

Macros = dict[str, tuple[str, int]]  # name without the backslash -> body, number of arguments

DEFINITION = re.compile(r"^\\newcommand\{\\([A-Za-z]+)\}(?:\[(\d)\])?\{(.*)\}$", re.MULTILINE)

# GitHub refuses \operatorname; these mean the same.
PLAIN_OPERATORS: Macros = {
    "operatorname": (r"\mathop{\mathrm{#1}}\nolimits", 1),
    "operatorname*": (r"\mathop{\mathrm{#1}}", 1),
}
# After these a macro stands for their argument, and what it is written out to needs braces.
TAKES_ONE = re.compile(
    r"(?:[\^_]|\\(?:[dt]?frac|[dt]?binom|sqrt|d?dot|hat|bar|tilde|overline|boldsymbol|math\w+))\s*$"
)


@functools.cache
def macros() -> Macros:
    """The macros of ``macros.tex``."""
    text = resources.files(__package__).joinpath("macros.tex").read_text("utf-8")
    return {name: (body, int(count or 0)) for name, count, body in DEFINITION.findall(text)}


def written_out(tex: str) -> str:
    r"""A formula without macros, as every reader of notebooks can typeset it.

    Examples
    --------
    >>> from lecturelib.claims.macros import written_out
    >>> print(written_out(r"\vb x^\T \d X"))
    \boldsymbol{x}^{\mathsf{T}} \mathrm{d} X
    """
    known = macros() | PLAIN_OPERATORS
    names = sorted(map(re.escape, known), key=len, reverse=True)
    use = re.compile(rf"\\({'|'.join(names)})(?![A-Za-z*])")
    done = ""
    while found := use.search(tex):
        done, tex = done + tex[: found.start()], tex[found.end() :]
        body, count = known[found[1]]
        for k in range(count):
            argument, tex = first_argument(tex)
            body = body.replace(f"#{k + 1}", argument)
        tex = f"{{{body}}}{tex}" if TAKES_ONE.search(done) else body + tex
    # Without limits it makes no difference.
    return re.sub(r"\\nolimits(?!\s*[_^])", "", done + tex)


def first_argument(tex: str) -> tuple[str, str]:
    """A macro's argument, a group in braces or one symbol, and what follows it."""
    tex = tex.lstrip()
    if not tex.startswith("{"):
        symbol = re.match(r"\\[A-Za-z]+|\\.|[^}]", tex, re.DOTALL)
        if symbol is None:
            raise ValueError(f"A macro has no argument before {tex!r}.")
        return symbol[0], tex[symbol.end() :]
    depth = 0
    for brace in re.finditer(r"\\.|[{}]", tex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return tex[1 : brace.start()], tex[brace.end() :]
    raise ValueError(f"A brace is not closed in {tex!r}.")
