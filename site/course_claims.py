"""The claims on the pages: one quiet mark for each checked result, and the ledger of them all.

A notebook's cell tagged `verify` holds `verify("some-claim")` and nothing else. The page shows it
as a small mark that opens to the line which the cell printed. {claim-ledger} lists every claim of
the course with what those lines say; nothing is computed while the site is built.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from course_sources import Source, is_reference, sources
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lecturelib.claims import CHAPTERS, Record, errata, records
from lecturelib.claims.referees import BOUNDS, SHARES

logger = logging.getLogger(__name__)

# How many mutants of a claim's terms are rejected, and where it fails; tools/evidence.py writes it.
EVIDENCE = Path("chapters") / "reference" / "ledger.toml"

# What lecturelib.claims.Verdict prints.
VERDICT = re.compile(
    r"(?P<id>[\w-]+) holds on (?P<draws>\d+ draws|1 example): (?P<referees>.*?)"
    r"(?P<table>; the table of rules agrees)?(?:; rejected: (?P<rejected>.*))?\."
)


# The label of a displayed equation, which belongs to the page that states the claim.
EQUATION_LABEL = re.compile(r"^\$\$ *\([\w-]+\)$", re.MULTILINE)


# ---------------------------------------------------------------- the mark


class checked(nodes.General, nodes.Element):
    """The mark of a `verify` cell; its children are the printed lines."""


def visit_checked(self, node: checked) -> None:
    claims = ", ".join(node["claims"])
    self.body.append(self.starttag(node, "details", CLASS="checked"))
    self.body.append(
        '<summary><span class="tick" aria-hidden="true">✓</span> checked'
        f'<span class="visually-hidden">: {claims}</span></summary>\n'
    )


def depart_checked(self, node: checked) -> None:
    self.body.append("</details>\n")


def mark_checked(app: Sphinx, doctree: nodes.document) -> None:
    """Replace each `verify` cell by its mark."""
    for cell in list(doctree.findall(nodes.container)):
        if "tag_verify" not in cell["classes"]:
            continue
        printed = [
            line
            for block in cell.findall(nodes.literal_block)
            if "stream" in block["classes"]
            for line in block.astext().splitlines()
        ]
        found = [verdict for line in printed if (verdict := VERDICT.fullmatch(line))]
        if not found or len(found) < len(printed):
            logger.warning("A verify cell has not printed verdicts only.", location=cell)
            continue
        claims = [verdict["id"] for verdict in found]
        mark = checked(claims=claims, ids=[i for c in claims if (i := note_claim(app, cell, c))])
        for claim, line in zip(claims, printed, strict=True):
            link = reference(app.env.docname, f"ledger-{claim}", claim)
            rest = nodes.Text(line.removeprefix(claim))
            mark += nodes.paragraph("", "", link, rest)
        cell.replace_self(mark)


def note_claim(app: Sphinx, cell: nodes.Node, claim: str) -> str:
    """Let {ref}`claim-...` lead here; the new anchor's id, if the page has not set one itself."""
    page = app.env.docname
    if is_reference(page):  # a claim's home is the chapter's page
        return ""
    known = app.env.domains["std"].anonlabels
    there, anchor = known.get(f"claim-{claim}".lower(), (page, ""))
    if there != page:
        logger.warning("%s is verified on %s, too; keep one.", claim, there, location=cell)
        return ""
    note_label(app.env, f"claim-{claim}", anchor or f"claim-{claim}", claim)
    return "" if anchor else f"claim-{claim}"


def note_label(env: BuildEnvironment, name: str, anchor: str, text: str) -> None:
    """Let {ref}`name` lead to an anchor of this page; names are looked up in lower case."""
    domain = env.domains["std"]
    domain.anonlabels[name.lower()] = env.docname, anchor
    domain.labels[name.lower()] = env.docname, anchor, text


def reference(docname: str, target: str, text: str) -> nodes.Node:
    return addnodes.pending_xref(
        "",
        nodes.inline(text, text),
        refdomain="std",
        reftype="ref",
        reftarget=target.lower(),
        refexplicit=True,
        refwarn=True,
        refdoc=docname,
    )


# ---------------------------------------------------------------- the ledger


class Ledger(SphinxDirective):
    """All claims, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        self.pages = sources(Path(self.env.srcdir))
        stored = Path(self.env.srcdir) / EVIDENCE
        self.evidence = tomllib.loads(stored.read_text("utf-8")) if stored.is_file() else {}
        self.env.note_dependency(str(stored))
        for name in self.pages.keys() & self.env.found_docs:
            self.env.note_dependency(self.env.doc2path(name))
        self.count = {"checked": 0, "uncheckable": 0, "omitted": 0}
        chapters = [self.chapter(folder) for folder in CHAPTERS]
        return [self.summary(), *chapters]

    def summary(self) -> nodes.Node:
        lines = {
            "Claims of the course": len(records()),
            "Checked by machine on the pages of this edition": self.count["checked"],
            "Nothing that a machine can check": self.count["uncheckable"],
            "On pages that this edition leaves out": self.count["omitted"],
        }
        items = [nodes.list_item("", *text(f"{name}: {n}")) for name, n in lines.items() if n]
        return nodes.bullet_list("", *items)

    def chapter(self, folder: str) -> nodes.Node:
        title = folder.partition("-")[2].replace("-", " ").capitalize()
        section = nodes.section("", nodes.title(title, title), ids=[f"ledger-of-{folder}"])
        self.state.document.note_implicit_target(section)
        for record in records().values():
            if record.chapter == folder:
                section += self.entry(record, folder)
        return section

    def entry(self, record: Record, folder: str) -> nodes.Node:
        name = f"ledger-{record.id}"
        note_label(self.env, name, name, record.id)
        details = nodes.field_list()
        for title, content in self.details(record, folder):
            details += nodes.field(
                "", nodes.field_name(title, title), nodes.field_body("", *content)
            )
        head = nodes.paragraph("", "", nodes.strong(record.id, record.id), classes=["claim-head"])
        source = f" {record.kind}, {record.source}"
        head += nodes.inline(source, source, classes=["claim-source"])
        return nodes.container(
            "", head, *self.markdown(record.statement), details, ids=[name], classes=["claim"]
        )

    def details(self, record: Record, folder: str) -> Iterator[tuple[str, list[nodes.Node]]]:
        page = self.home(record)
        if page is None and any(d.startswith(f"chapters/{folder}/") for d in self.env.found_docs):
            logger.warning(
                "The claim %s is %s on no page of chapters/%s.",
                *(record.id, "named" if record.uncheckable else "verified", folder),
                location=self.get_location(),
            )
        shown = page is not None and page.docname in self.env.found_docs
        if record.conditions:
            yield "Conditions", self.markdown(record.conditions)
        if record.uncheckable:
            self.count["uncheckable"] += 1
            yield "Not checked", self.markdown(record.uncheckable)
        elif page is None or not shown:
            self.count["omitted"] += 1
            yield "Result", text("Omitted in this edition.")
        elif verdict := VERDICT.fullmatch(page.verdicts[record.id]):
            self.count["checked"] += 1
            table = "; the table of rules agrees" if verdict["table"] else ""
            yield "Result", text(f"Holds on {verdict['draws']}{table}.")
            yield "Referees", text(verdict["referees"])
            if verdict["rejected"]:
                yield "Rejected", text(verdict["rejected"])
            found = self.evidence.get(record.id, {})
            if count := found.get("mutants"):
                yield "Terms", text(f"Each one dropped and scaled: {count} mutants, none survives.")
            if "outside" in found:
                yield "Fails outside", text("; ".join(found["outside"]))
        if record.outside:
            yield "Outside", self.markdown(record.outside)
        if any(errata()[name].verdict != "transcription" for name in record.errata):
            yield "Errata", [nodes.paragraph("", "", *self.errata(record.errata))]
        if page is not None and shown:
            yield "Page", self.markdown(f"[{page.title}](#claim-{record.id})")

    def home(self, record: Record) -> Source | None:
        """The page of the claim, in the book or not."""
        for page in self.pages.values():
            if not is_reference(page.docname) and (
                f"claim-{record.id}".lower() in page.labels
                if record.uncheckable
                else record.id in page.verdicts
            ):
                return page
        return None

    def errata(self, names: tuple[str, ...]) -> Iterator[nodes.Node]:
        for name in names:
            if errata()[name].verdict == "transcription":
                continue  # kept in the repository, shown on no page
            target = f"erratum-{name}".lower()
            known = any(target in page.labels for page in self.pages.values())
            yield reference(self.env.docname, target, name) if known else nodes.Text(name)
            yield nodes.Text(" ")

    def markdown(self, source: str) -> list[nodes.Node]:
        holder = nodes.Element()
        lines = EQUATION_LABEL.sub("$$", source).splitlines()
        self.state.nested_parse(StringList(lines, "claims"), 0, holder)
        return holder.children


class Referees(SphinxDirective):
    """The referees that many claims have: what each shares with the statement."""

    def run(self) -> list[nodes.Node]:
        items = nodes.definition_list()
        for name, shares in SHARES.items():
            exact = "exact" if BOUNDS[name] == 0 else f"to {BOUNDS[name]:.0e}"
            said = nodes.definition("", *text(f"Shares {shares}."))
            items += nodes.definition_list_item("", nodes.term("", f"{name} ({exact})"), said)
        return [items]


def text(words: str) -> list[nodes.Node]:
    return [nodes.paragraph(words, words)]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(checked, html=(visit_checked, depart_checked))
    app.add_directive("claim-ledger", Ledger)
    app.add_directive("claim-referees", Referees)
    app.connect("doctree-read", mark_checked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
