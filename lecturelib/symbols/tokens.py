r"""The spellings of the language: text, Unicode and LaTeX become the same few tokens.

A transpose may be written ``'``, ``ᵀ``, ``^\top`` or ``^{\mathsf T}``, sigma as ``σ`` or
``\sigma``; after this module nobody needs to know. Every token says where it stands in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .language import builder


class ParseError(ValueError):
    """A text that is not understood: says what is wrong, shows where, and how to go on.

    Attributes
    ----------
    text : str
    position : int
        Where in the text, counted from 0.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        self.text, self.position = text, min(position, len(text))
        super().__init__(pointed(message, text, self.position))


def pointed(message: str, text: str, position: int) -> str:
    """A message, with the text and a caret below the place that it is about."""
    start = max(0, position - 50)
    shown = re.sub(r"\s", " ", text[start : position + 50])
    return f"{message}\n    {shown}\n    {' ' * (position - start)}^"


def close_matches(word: str, known: Iterable[str], n: int, cutoff: float) -> list[str]:
    """The known words that a word may be meant for."""
    import difflib  # only errors need it

    return difflib.get_close_matches(word, known, n, cutoff)


# -- Tokens ---------------------------------------------------------------------------------------


class Token(NamedTuple):
    """A number, a name or a sign, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
    "tau upsilon phi chi psi omega"
).split()
GREEK = {*_LETTERS, *map(str.capitalize, _LETTERS)}
#: Signs of Unicode, and commands of LaTeX, that are another spelling of a sign. A bar that opens or
#: closes says so: ``|(`` and ``|)``, of norms ``‖(`` and ``‖)``.
SIGNS = {
    "*": r"· ⋅ ∙ × \cdot \times \ast", "-": "− – —", "'": r"’ ‘ ′ ` \prime",
    "⊤": r"ᵀ ⊤ \top \intercal", ".*": r"∘ ⊙ ⨀ \circ \odot", "./": r"⊘ \oslash",
    "⊗": r"⊗ \otimes", "‖": r"‖ ∥ \Vert \|",
    "‖(": r"\lVert", "‖)": r"\rVert", "|": r"\vert \mid", "|(": r"\lvert", "|)": r"\rvert",
    "⟨": r"⟨ \langle", "⟩": r"⟩ \rangle", "{": r"\{ \lbrace", "}": r"\} \rbrace", "/": r"÷ \div",
    "frac": r"\frac \tfrac \dfrac", "<=": r"≤ \leq \le", ">=": r"≥ \geq \ge", "<": r"\lt",
    ">": r"\gt", ":": r"\colon", "†": r"† \dagger", "∇": r"∇ \nabla", "∂": r"∂ \partial",
}  # fmt: skip
_SPELLED = {spelling: sign for sign, spellings in SIGNS.items() for spelling in spellings.split()}
_ROMAN = "operatorname mathrm textrm text rm mathsf mathtt".split()
_FONTS = {*_ROMAN, *"mathbf boldsymbol bm bf mathit mathcal mathbb vec".split()}
_ACCENTS = {"hat", "bar", "tilde", "widehat", "overline"}
_SILENT = r"displaystyle|limits|nolimits|quad|qquad|big[lrm]?|Big[lrm]?|bigg[lrm]?|Bigg[lrm]?"
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖ", "0123456789ijk", strict=True))
_BLANK = rf"\s|\$|~|\\[,;:!]|\\(?:{_SILENT})(?![A-Za-z])"
_SPACE = re.compile(f"(?:{_BLANK})+")
#: The same where LaTeX is typed: there "\\ " is a space, elsewhere it divides from the left.
_LATEX_SPACE = rf"(?:{_BLANK}|\\ )+"
_NUMBER = re.compile(r"(?:\d+(?:\.(?![*/^'T])\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_NUMPY_NAME = re.compile(r"(?:np|numpy|jnp)((?:\.[A-Za-z_]\w*)+)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_SUBSCRIPT = re.compile(
    rf"\s*_\s*(?:\{{([^{{}}]*)\}}|(\\?[A-Za-z]+[0-9A-Za-z]*|[0-9]+[A-Za-z]*|[α-ω]))|([{''.join(_LOWERED)}]+)"
)
_SIGN = re.compile(r"\.\*|\./|\.\^|\*\*|<=|>=|[-+*/^'()\[\]{},;:=|<>@_.&]")
COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_OLD_FONT = re.compile(r"\{\s*\\(?:rm|bf|it|sf)\s*\\?(\w+)\s*\}")
_ARGUMENT = re.compile(r"\s*(?:\{\s*([^{}]*?)\s*\}|(\\[A-Za-z]+|[A-Za-z0-9]))")


def greek(letter: str) -> str:
    """The name of a Greek letter: ``σ`` is sigma; an empty text for another letter."""
    plain = unicodedata.normalize("NFKC", letter)
    words = unicodedata.name(plain, "").replace("LAMDA", "LAMBDA") if len(plain) == 1 else ""
    found = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", words)
    if not found or found[2].lower() not in _LETTERS:
        return ""
    return found[2].capitalize() if found[1] == "CAPITAL" else found[2].lower()


def _is_raised(c: str) -> bool:
    """Whether a sign is a raised letter, or a raised sign that stands between such."""
    return unicodedata.decomposition(c).startswith("<super>") if c and c != "ᵀ" else False


def spelling(name: str) -> str:
    r"""A name as the reader writes it: ``σ`` and ``\sigma`` are sigma, ``W_{1}`` is W_1."""
    found = [token for token in tokens(name) if token.kind != "end"]
    if len(found) != 1 or found[0].kind != "name":
        raise ParseError(f"{name!r} is not a name, such as X, S_W or sigma.", name, 0)
    return found[0].text


def tokens(text: str) -> list[Token]:
    """The text as numbers, names and signs; the last token is the end."""
    found: list[Token] = []
    at, prefix = 0, ""

    def add(kind: str, what: str, start: int, end: int) -> int:
        nonlocal prefix
        if kind == "name":
            while sub := _SUBSCRIPT.match(text, end):
                inside = sub[1] if sub[1] is not None else sub[2] or ""
                inside = "".join(map(_LOWERED.__getitem__, sub[3])) if sub[3] else inside
                if what == "sum":
                    inside = re.sub(r"\s*=\s*1\s*$", "", inside)
                inside = "".join(greek(c) or c for c in inside if c not in "\\ ,")
                if not re.fullmatch(r"[A-Za-z0-9_]+", inside):
                    raise ParseError(
                        f"The subscript of {what} is not made of letters and digits. Give the "
                        "symbol a plain name, such as x_i or S_W.", text, sub.start(),
                    )  # fmt: skip
                what, end = f"{what}_{inside}", sub.end()
            what, prefix = prefix + what, ""
        found.append(Token(kind, what, start, end))
        return end

    space = re.compile(_LATEX_SPACE) if COMMAND.search(text) else _SPACE
    if space is _SPACE and "{" in text and (at_sign := text.find("\\ ")) >= 0:
        raise ParseError(
            "The sign \\ before a space is LaTeX's space, or divides from the left. Write A\\b or "
            "inv(A)*b to divide, and nothing but a space else.", text, at_sign,
        )  # fmt: skip
    while at < len(text):
        c = text[at]
        if m := space.match(text, at):
            at = m.end()
        elif m := _NUMBER.match(text, at):
            at = add("number", m[0], at, m.end())
        elif m := _NUMPY_NAME.match(text, at):
            found.append(Token("numpy", m[1][1:], at, m.end()))
            at = m.end()
        elif m := _NAME.match(text, at):
            at = add("name", m[0], at, m.end())
        elif m := _OLD_FONT.match(text, at):
            at = add(*(("sign", "⊤") if m[1] == "T" else ("name", m[1])), at, m.end())
        elif c in _RAISED:
            end = at
            while end < len(text) and text[end] in _RAISED:
                end += 1
            raised = "".join(_RAISED[x] for x in text[at:end])
            if _is_raised(text[end : end + 1]):
                raise ParseError(
                    f"The exponent {text[at : end + 1]} has raised letters. Write ^ and "
                    "parentheses, as in X^(k-1).", text, at,
                )  # fmt: skip
            for piece in ("^", *re.findall(r"\d+|[-+]", raised)):
                found.append(Token("number" if piece.isdigit() else "sign", piece, at, end))
            at = end
        elif c == "\\":
            at, prefix = _command(text, at, add, prefix)
        elif c in _SPELLED:
            at = add("sign", _SPELLED[c], at, at + 1)
        elif c == "∑":
            at = add("name", "sum", at, at + 1)
        elif c == "∞":
            raise ParseError("Infinity is not a number here; write a finite one.", text, at)
        elif m := _SIGN.match(text, at):
            at = add("sign", "," if m[0] == "&" else m[0], at, m.end())
        elif greek(c) == "Delta" and text[at + 1 : at + 2].isalpha():
            prefix, at = "Delta", at + 1
        elif _is_raised(c):
            raise ParseError(
                f"The raised letter {c} may be an exponent. Write ^, as in X^k.", text, at
            )
        elif _NAME.fullmatch(name := greek(c) or unicodedata.normalize("NFKC", c)):
            at = add("name", name, at, at + 1)
        else:
            raise ParseError(
                f"The sign {c} has no meaning here. Operators are + - * / ^ ' .* ./ .^ and :.",
                text, at,
            )  # fmt: skip
    found.append(Token("end", "the end", len(text), len(text)))
    return found


def _command(text: str, at: int, add: Callable[..., int], prefix: str) -> tuple[int, str]:
    """A command of LaTeX at this place; where there is none, the sign of A\\b."""
    m = COMMAND.match(text, at)
    name, end = (m[1], m.end()) if m else ("", at + 2)
    spelled = _SPELLED.get("\\" + name) if name else _SPELLED.get(text[at:end])
    argument = _ARGUMENT.match(text, end)
    inside = (argument[1] if argument[1] is not None else argument[2]) if argument else ""
    plain = inside.removeprefix("\\").removeprefix("var")
    if name in ("left", "right"):
        bar = re.compile(r"\s*(\\[lr]?Vert|\\\||\\[lr]?vert|\||\.)").match(text, end)
        if not bar:
            return end, prefix
        sign = "‖" if "V" in bar[1] or bar[1] == "\\|" else "|"
        if bar[1] != ".":
            add("sign", sign + ("(" if name == "left" else ")"), at, bar.end())
        return bar.end(), prefix
    if name in ("begin", "end") and "matrix" in inside:
        return add("sign", "[" if name == "begin" else "]", at, argument.end()), prefix  # type: ignore[union-attr]
    if text[at:end] == "\\\\":
        return add("sign", ";", at, end), prefix
    if spelled == "frac" and (digits := re.compile(r"\s*(\d)\s*(\d)").match(text, end)):
        add("sign", spelled, at, end)
        for k in (1, 2):
            for kind, what in (("sign", "{"), ("number", digits[k]), ("sign", "}")):
                add(kind, what, digits.start(k), digits.end(k))
        return digits.end(), prefix
    if spelled:
        return add("sign", spelled, at, end), prefix
    if name in _FONTS and argument:
        if inside == "1":
            return add("name", "ones", at, argument.end()), prefix
        if plain in ("T", "top", "intercal") and name in _ROMAN:
            return add("sign", "⊤", at, argument.end()), prefix
        if plain == "d" and name in _ROMAN:
            return argument.end(), "d"
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", plain):
            return add("name", plain, at, argument.end()), ""
    if name in _ACCENTS and argument and plain.isalnum():
        return add("name", f"{plain}_{name.removeprefix('wide')}", at, argument.end()), ""
    letter = name.removeprefix("var")
    if letter == "Delta" and re.match(r"\s*(\\math\w+\{)?[A-Za-z]", text[end:]):
        return end, "Delta"
    if letter in GREEK:
        return add("name", letter, at, end), ""
    if name == "sum" or builder(name):
        return add("name", name, at, end), ""
    return add("sign", "\\", at, at + 1), prefix
