"""What a page's numbered box says: the statement and the conditions of its claims.

Both live in the claims' records (`lecturelib/claims/*.toml`), and a record's `box` names the label
of its box. `tools/notebooks.py` writes them into the page, and its check compares them.
"""

from __future__ import annotations

import re

from lecturelib.claims import Record, records

# A box of sphinx-proof: its first line, its options, its text, the fence that ends it.
BOX = re.compile(
    r"^(?P<fence>:{3,})\{prf:(?P<kind>\w+)\}(?P<title>.*)\n"
    r"(?P<options>(?::\w+:.*\n)*)\n*(?P<text>(?:.|\n)*?)\n+(?P=fence)$",
    re.MULTILINE,
)
LABEL = re.compile(r"^:label: *(\S+)$", re.MULTILINE)
STATES_NOTHING = {"proof"}


def put_statements(source: str) -> str:
    """A markdown cell whose boxes say what the records of their claims say."""
    return BOX.sub(_stated, source)


def unclaimed(source: str) -> list[str]:
    """The labels of the boxes in a markdown cell that no record names as its box."""
    labels = [
        label_of(box) or box["title"].strip()
        for box in BOX.finditer(source)
        if box["kind"] not in STATES_NOTHING
    ]
    return [label for label in labels if not claims_of(label)]


def _stated(box: re.Match[str]) -> str:
    claims = claims_of(label_of(box))
    if not claims:
        return box[0]
    head = f"{box['fence']}{{prf:{box['kind']}}}{box['title']}\n{box['options']}"
    return f"{head}\n{text_of(claims)}\n{box['fence']}"


def label_of(box: re.Match[str]) -> str:
    found = LABEL.search(box["options"])
    return found[1] if found else ""


def claims_of(label: str) -> list[Record]:
    return [record for record in records().values() if label and record.box == label]


def text_of(claims: list[Record]) -> str:
    """The statements, each followed by its conditions; conditions that all share stand once."""
    shared = len({claim.conditions for claim in claims}) == 1
    paragraphs = []
    for claim in claims:
        paragraphs.append(claim.statement.strip())
        last = claim is claims[-1]
        if claim.conditions and (last or not shared):
            paragraphs.append(f"*Conditions:* {claim.conditions.strip().rstrip('.')}.")
    return "\n\n".join(paragraphs)
