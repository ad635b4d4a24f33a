"""What is claimed: the records of all claims and of the lecture's errata, read from TOML files.

Each page has one ``.toml`` file with the records of its claims. ``errata.toml`` lists what the
lecture's text says otherwise.
"""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from .macros import written_out

#: The pages that claim something, in the order of the course. The records of a page and the module
#: that checks them are called as it is: `matrix_differentiation/by_matrices.toml` and `.py` for
#: `2-matrix-differentiation/5-by-matrices`.
PAGES = (
    "0-introduction/0-what-you-need",
    "0-introduction/1-why-optimise",
    "0-introduction/2-what-is-to-come",
    "0-introduction/3-product-rule-first",
    "0-introduction/4-notation",
    "1-differentiation-revisited/1-linearisation",
    "1-differentiation-revisited/2-linear-operator",
    "2-matrix-differentiation/1-how-to-calculate",
    "2-matrix-differentiation/2-by-vectors",
    "2-matrix-differentiation/3-jacobian",
    "2-matrix-differentiation/4-recipe",
    "2-matrix-differentiation/5-by-matrices",
    "2-matrix-differentiation/6-chain-and-product-rule",
    "2-matrix-differentiation/7-pathologies",
    "3-second-derivative/1-taylor",
    "3-second-derivative/2-hessian-operator",
    "3-second-derivative/3-least-squares",
    "3-second-derivative/4-rank",
    "3-second-derivative/5-conditioning",
    "3-second-derivative/6-descent",
    "4-examples/1-inverse",
    "4-examples/2-determinant",
    "4-examples/3-eigenvalues",
    "4-examples/4-perceptron",
    "4-examples/5-training",
    "4-examples/6-summary",
    "5-next-course/1-qr-and-cholesky",
    "5-next-course/2-svd-and-pseudo-inverse",
    "5-next-course/3-eigenvectors",
    "5-next-course/4-matrix-exponential",
    "5-next-course/5-newton-and-gauss-newton",
    "5-next-course/6-adjoint-method",
    "6-machine-learning/1-logistic-and-softmax",
    "6-machine-learning/2-gaussian-likelihood",
    "6-machine-learning/3-pca-and-factorisation",
    "6-machine-learning/4-attention-and-layer-norm",
)

#: The folders of these pages, in order.
CHAPTERS = tuple(dict.fromkeys(page.partition("/")[0] for page in PAGES))

#: What the ids of claims begin with that are rows of the page "Look it up".
LOOKUP = "lookup-"


@dataclass(frozen=True)
class Record:
    """The record of a claim.

    Attributes
    ----------
    id : str
        The claim's name, lower case with hyphens.
    page : str
        One of `PAGES`; empty for a row of the page "Look it up".
    kind : str
        ``"definition"``, ``"proposition"``, ``"example"``, ``"figure"``, ``"remark"``, ...
    statement, conditions : str
        Markdown with LaTeX in the course's macros. They are written here and nowhere else: the
        page's box and the ledger show them.
    outside : str
        Why there is no draw outside its conditions on which it fails: they are only sufficient, or
        the statement says nothing there. Empty where there are such draws, or no conditions.
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
    page: str
    kind: str
    statement: str
    conditions: str = ""
    outside: str = ""
    box: str = ""
    source: str = "lecture"
    status: str = ""
    errata: tuple[str, ...] = ()
    uncheckable: str = ""

    @property
    def chapter(self) -> str:
        """The folder of its page."""
        return self.page.partition("/")[0]

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


def module_of(page: str) -> str:
    """The module with the checks of a page, relative to this package.

    >>> module_of("2-matrix-differentiation/5-by-matrices")
    'matrix_differentiation.by_matrices'
    """
    return re.sub(r"(^|/)\d-", r"\1", page).replace("-", "_").replace("/", ".")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


@functools.cache
def records() -> dict[str, Record]:
    """Every claim's record under its id, in the order of the course."""
    found: dict[str, Record] = {}
    for page in PAGES:
        for entry in _read(module_of(page).replace(".", "/")).get("claim", []):
            if entry["id"] in found:
                raise ValueError(f"Two claims are called {entry['id']!r}; rename one of them.")
            entry["errata"] = tuple(entry.get("errata", ()))
            found[entry["id"]] = Record(page=page, **entry)
    return found


@functools.cache
def looked_up() -> dict[str, Record]:
    """The claims of the page "Look it up", a row each, which are in no chapter."""
    from ..lookup import rows  # only who asks for them reads the list

    return {
        row.claim: Record(
            id=row.claim,
            page="",
            kind="derivative to look up",
            statement=f"What `derive` gives for `{row.f}` in `{row.wrt}`, where `{row.where}`.",
            source="The Matrix Cookbook" if row.cookbook else "beyond the lecture",
        )
        for row in rows().values()
    }


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
    if isinstance(claim_id, str) and claim_id.startswith(LOOKUP):
        known = looked_up()
    if not isinstance(claim_id, str) or claim_id not in known:
        near = difflib.get_close_matches(str(claim_id), known, n=3, cutoff=0.4)
        hint = f"the nearest are {', '.join(map(repr, near))}" if near else "none is near to it"
        raise ValueError(
            f"There is no claim {claim_id!r}; {hint}. The ledger, or "
            'lecturelib.claims.records(), lists all of them; the page "Look it up" has its own.'
        )
    return known[claim_id]
