"""What is claimed: the records of all claims and of the lecture's errata, read from TOML files.

A chapter has one ``.toml`` file with the records of its claims. ``errata.toml`` lists what the
lecture's text says otherwise.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from .macros import written_out

#: The chapters of the course: the name of a chapter's module and TOML file here -> its folder. Two
#: modules leave a part to another one: `second_derivative` to `least_squares`, `examples` to
#: `perceptron`.
CHAPTERS = {
    "introduction": "0-introduction",
    "revisited": "1-differentiation-revisited",
    "matrices": "2-matrix-differentiation",
    "second_derivative": "3-second-derivative",
    "examples": "4-examples",
    "next_course": "5-next-course",
}


@dataclass(frozen=True)
class Record:
    """The record of a claim.

    Attributes
    ----------
    id : str
        The claim's name, lower case with hyphens.
    chapter : str
        A key of `CHAPTERS`.
    kind : str
        ``"definition"``, ``"proposition"``, ``"example"``, ``"figure"``, ``"remark"``, ...
    statement, conditions : str
        Markdown with LaTeX in the course's macros. They are written here and nowhere else: the
        page's box and the ledger show them.
    box : str
        The label of the numbered box that states the claim on its page; empty where it stands in
        running text. Several claims may share a box.
    source : str
        ``"lecture (27)"``, ``"lecture"`` where the equation has no number, or another source.
    status : str
        How the lecture's text puts it: ``"true"``, ``"true-under-conditions"``,
        ``"false-as-printed"``, ``"blank-in-lecture"``, ...; empty beyond the lecture.
    errata : tuple of str
        The ids of the lecture's errata that this claim guards.
    uncheckable : str
        Why no machine can check it; empty for all others.
    """

    id: str
    chapter: str
    kind: str
    statement: str
    conditions: str = ""
    box: str = ""
    source: str = "lecture"
    status: str = ""
    errata: tuple[str, ...] = ()
    uncheckable: str = ""

    @property
    def of_the_lecture(self) -> bool:
        return self.source.startswith("lecture")


@dataclass(frozen=True)
class Erratum:
    """A place where the lecture's text needs a reader's care.

    Attributes
    ----------
    id : str
        ``"E01"`` to ``"E64"``; three numbers are free.
    verdict : str
        ``"correction"``, ``"hypothesis"`` (a condition that the course adds), ``"wording"``
        (notation, names, language) or ``"transcription"`` (a mark that the transcription of the
        slides has probably left).
    where : str
        Where in the lecture, in words.
    says, right : str
        What the text says and what is right; Markdown with LaTeX.
    evidence : str
        What shows it; Markdown with LaTeX.
    claim : str
        The id of the claim that guards it now; empty where it is a matter of language alone.
    """

    id: str
    verdict: str
    where: str
    says: str
    right: str
    evidence: str = ""
    claim: str = ""

    def _repr_markdown_(self) -> str:
        rows = [
            f"**The text says** ({self.where}): {self.says}",
            f"**What is right:** {self.right}",
        ]
        if self.evidence:
            rows.append(f"**What shows it:** {self.evidence}")
        return written_out("\n\n".join(rows))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


@functools.cache
def records() -> dict[str, Record]:
    """Every claim's record under its id, in the order of the course."""
    found: dict[str, Record] = {}
    for chapter in CHAPTERS:
        for entry in _read(chapter).get("claim", []):
            if entry["id"] in found:
                raise ValueError(f"Two claims are called {entry['id']!r}; rename one of them.")
            entry["errata"] = tuple(entry.get("errata", ()))
            found[entry["id"]] = Record(chapter=chapter, **entry)
    return found


@functools.cache
def errata() -> dict[str, Erratum]:
    """The errata of the lecture's text under their ids."""
    return {entry["id"]: Erratum(**entry) for entry in _read("errata").get("erratum", [])}


def record(claim_id: str) -> Record:
    """The record of one claim.

    Raises
    ------
    ValueError
        There is no such claim; the message names the nearest ones.

    Examples
    --------
    >>> from lecturelib.claims import record
    >>> record("inverse-derivative").source
    'lecture'
    """
    known = records()
    if not isinstance(claim_id, str) or claim_id not in known:
        near = difflib.get_close_matches(str(claim_id), known, n=3, cutoff=0.4)
        hint = f"the nearest are {', '.join(map(repr, near))}" if near else "none is near to it"
        raise ValueError(
            f"There is no claim {claim_id!r}; {hint}. The ledger, or "
            "lecturelib.claims.records(), lists all of them."
        )
    return known[claim_id]
