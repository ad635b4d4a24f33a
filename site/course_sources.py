"""What the pages' sources say, read without building them: titles, labels, stored verdicts.

Two things need it. The ledger shows what the notebooks' `verify` cells have printed. And a link to
a page that _toc.yml leaves out still has to become readable text (course_omitted.py).
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from docutils.nodes import fully_normalize_name


@dataclass(frozen=True)
class Label:
    """Something that links can lead to: its kind ("proposition", "equation", ...) and title."""

    kind: str
    title: str = ""


@dataclass
class Source:
    """One notebook or Markdown file."""

    docname: str
    title: str = ""
    minutes: int = 0
    labels: dict[str, Label] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)  #: the labels again, with repetitions
    verified: list[str] = field(default_factory=list)  #: claims, in order
    verdicts: dict[str, str] = field(default_factory=dict)  #: claim -> the line `verify` printed
    directives: set[str] = field(default_factory=set)
    terms: set[str] = field(default_factory=set)  #: of the glossary, as {term} names them

    def name(self, label: str, kind: str, title: str = "") -> None:
        label = fully_normalize_name(label)
        self.labels[label] = Label(kind, title)
        self.named.append(label)


def is_reference(docname: str) -> bool:
    """Chapters are the homes of claims; the reference pages may repeat them."""
    return docname.startswith("chapters/reference/")


def sources(root: Path) -> dict[str, Source]:
    """All sources under chapters/, and the pages about the homework, in the book or not."""
    found = {}
    for path in sorted([*(root / "chapters").glob("**/*"), *(root / "homework").glob("*.md")]):
        docname = path.relative_to(root).with_suffix("").as_posix()
        if path.suffix in (".ipynb", ".md") and "/." not in docname:  # no .ipynb_checkpoints
            found[docname] = read(path, path.stat().st_mtime_ns, docname)
    return found


@functools.cache
def read(path: Path, modified: int, docname: str) -> Source:
    source = Source(docname)
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        read_markdown(source, text)
        return source
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "markdown":
            read_markdown(source, "".join(cell["source"]))
        elif cell["cell_type"] == "code":
            read_code_cell(source, cell)
    return source


HEADING = re.compile(r"#+ +(.*)")
TARGET = re.compile(r"\(([^()]+)\)=")
DIRECTIVE = re.compile(r"(?:`{3,}|:{3,})\{([\w:-]+)\} *(.*)")
OPTION = re.compile(r":(?:label|name): *(\S+)")
EQUATION = re.compile(r"\$\$ *\(([^()]+)\)")
TIME = re.compile(r"\*\*Time\*\* (\d+) minutes")
TERM = re.compile(r"\{term\}`(?:[^`<]*<([^`>]+)>|([^`]+))`")
VERIFY = re.compile(r"""verify\(["']([\w-]+)["']\)""")


def read_markdown(source: Source, text: str) -> None:
    kind = title = ""  # of the directive that was opened last
    waiting: list[str] = []  # targets that belong to what follows
    for line in [*map(str.strip, text.splitlines()), "the next cell"]:
        if found := TARGET.fullmatch(line):
            waiting.append(found[1])
            continue
        source.terms |= {(long or short).strip().lower() for long, short in TERM.findall(line)}
        if found := TIME.search(line):
            source.minutes = int(found[1])
        heading = HEADING.fullmatch(line)
        if heading:
            source.title = source.title or heading[1]
        if line:
            for name in waiting:
                source.name(name, *(("section", heading[1]) if heading else ("paragraph",)))
            waiting = []
        if found := DIRECTIVE.fullmatch(line):
            kind, title = found[1].removeprefix("prf:"), found[2]
            source.directives.add(kind)
        elif found := OPTION.fullmatch(line):
            source.name(found[1], kind, title)
        elif found := EQUATION.search(line):
            source.name(found[1], "equation")


def read_code_cell(source: Source, cell: dict) -> None:
    if name := cell["metadata"].get("mystnb", {}).get("figure", {}).get("name"):
        source.name(name, "figure")
    if "verify" in cell["metadata"].get("tags", []):
        claims = VERIFY.findall("".join(cell["source"]))
        source.verified += claims
        for claim in claims:  # the page's mark makes these
            label = fully_normalize_name(f"claim-{claim}")
            source.labels.setdefault(label, Label("claim", claim))
        for output in cell["outputs"]:
            for line in "".join(output.get("text", [])).splitlines():
                source.verdicts[line.split(" ", 1)[0]] = line
