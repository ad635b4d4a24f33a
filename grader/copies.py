"""Answers that look alike, for a person to look at: a notice, never a penalty.

What was given is not in the texts any more when they come here. Short answers are left out: two
honest students write one formula in one way. So do two who work together where that is allowed.
"""

from __future__ import annotations

import hashlib
import io
import re
import tokenize
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from rapidfuzz import fuzz, process

WORDS = 12  # an answer with fewer words, apart from its formulas, says nothing about who wrote it
TOKENS = 120  # and so does code with fewer
TEXT_ALIKE = 90  # of 100
CODE_ALIKE = 97  # whatever things are called in it
LONGEST = 20_000  # characters or tokens of one answer that are compared


@dataclass(frozen=True)
class Notice:
    """One group of hand-ins that look alike.

    Attributes
    ----------
    part : str
        The written question, ``"code"``, or ``"picture in q1"``.
    likeness : int
        The least one, in per cent, by which a member is in the group; 100: they are equal.
    keys : tuple of str
        Of the results.
    """

    part: str
    likeness: int
    keys: tuple[str, ...]


def notices(results: Iterable[Mapping[str, Any]]) -> list[Notice]:
    """Groups of hand-ins of one class whose answers are equal, or nearly.

    Parameters
    ----------
    results : iterable of dict
        With ``key``, ``file``, ``written`` and ``code``.

    Returns
    -------
    list of Notice
        The largest groups first.
    """
    texts: dict[str, dict[str, str]] = {}
    pictures: dict[str, dict[str, set[str]]] = {}
    code: dict[str, list[str]] = {}
    files: set[str] = set()
    for result in results:
        who = result["key"]
        if result["file"] in files:  # a group's: one hand-in of several students
            continue
        files.add(result["file"])
        for part in result["written"]:
            pieces = part.get("answer") or []
            text = plain(
                piece["text"]
                for piece in pieces
                if piece["kind"] not in ("output", "shown") and not piece.get("changed")
            )
            if words(text) >= WORDS:
                texts.setdefault(part["name"], {})[who] = text[:LONGEST]
            for picture in (one for piece in pieces for one in piece["pictures"]):
                if picture["data"]:
                    digest = hashlib.sha256(picture["data"].encode()).hexdigest()
                    of = pictures.setdefault(part["name"], {})
                    of.setdefault(digest, set()).add(who)
        tokens = code_tokens("\n".join(line for _, line in result.get("code") or ()))
        if len(tokens) >= TOKENS:
            code[who] = tokens[:LONGEST]
    found = [
        notice for part, of in texts.items() for notice in _groups(part, of, TEXT_ALIKE)
    ] + _groups("code", code, CODE_ALIKE)
    for part, by_digest in pictures.items():
        shared = {tuple(sorted(keys)) for keys in by_digest.values() if len(keys) > 1}
        found += [Notice(f"picture in {part}", 100, keys) for keys in sorted(shared)]
    return sorted(found, key=lambda notice: (-len(notice.keys), -notice.likeness, notice.part))


def _groups(part: str, texts: Mapping[str, Sequence[Hashable]], alike: int) -> list[Notice]:
    """Who is joined to whom by answers that are equal or alike, through others if need be."""
    equal: dict[tuple[Hashable, ...], list[str]] = {}
    for who, text in texts.items():
        equal.setdefault(tuple(text), []).append(who)
    different = list(equal)
    likeness = process.cdist(different, different, scorer=fuzz.ratio, score_cutoff=alike)
    group = list(range(len(different)))
    least = [100.0] * len(different)
    for i in range(len(different)):
        for j in range(i):
            if likeness[i, j] < alike:
                continue
            one, other = group[i], group[j]
            least[other] = min(least[one], least[other], likeness[i, j])
            group = [other if place == one else place for place in group]
    found = []
    for place in sorted(set(group)):
        keys = [who for k, text in enumerate(different) if group[k] == place for who in equal[text]]
        if len(keys) > 1:
            found.append(Notice(part, int(least[place]), tuple(sorted(keys))))
    return found


def plain(texts: Iterable[str]) -> str:
    """A text without blanks' and letters' variants, so that what looks equal is equal."""
    text = unicodedata.normalize("NFKC", "\n".join(texts)).casefold()
    return " ".join(text.split())


def words(text: str) -> int:
    """How many words a text has beside its formulas; of Chinese and Japanese, characters."""
    text = re.sub(r"\$\$.*?\$\$|\$.*?\$|\\\[.*?\\\]|\\\(.*?\\\)|\\[a-z]+|picture:\d+", " ", text)
    return len(re.findall(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]{2,}", text))


def code_tokens(source: str) -> list[str]:
    """The tokens of code, all names and numbers alike: renaming makes no other program."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME and not iskeyword(token.string):
                found.append("name")
            elif token.type == tokenize.NUMBER:
                found.append("number")
            elif token.type in (tokenize.OP, tokenize.NAME, tokenize.STRING):
                found.append(token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # what came before the fault is compared
    return found
