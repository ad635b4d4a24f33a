"""What a student wrote: everything in a notebook that was not given, beside its question.

A notebook comes back with cells split, merged, moved and made anew, and without the marks of the
one that was given out. So the given text is recognised by its words and taken away, wherever it
stands; what is left was typed, and belongs to the question whose given text stands above it. What
is not certain goes into a list to be looked at by hand, with its place. Nothing is dropped: each
line is in an answer, in that list, or in code that was run.
"""

from __future__ import annotations

import ast
import base64
import binascii
import html
import io
import json
import re
import tokenize
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from rapidfuzz import fuzz, process

from .notebooks import NotANotebook, assigned_text, read_cells
from .pictures import NoPicture, redrawn
from .plain import clean

STRONG = 12  # characters from which on a line is recognised alone, without its neighbours
ALIKE = 75  # of 100: a line of a prompt in which a word was changed
LONGEST_LINE = 4_000  # beyond it, and for more lines than the next, likeness is not looked for
MOST_LINES = 600
LONGEST_GIVEN = 20_000
LONGEST_PIECE = 100_000  # characters of one piece that are shown, and the number of pieces
MOST_PIECES = 2_000
MOST_PICTURES = 40
MOST_LINES_IN_ALL = 30_000  # of a notebook; nobody types as many
LONGEST_CODE = 200_000
MANY_WORDS = 20  # in the comments and texts of a cell with given code: they are prose
FEW_WORDS = 8  # in those of a cell that a student made
LONG_REPORT = 60  # in a report of a confusing spot


# ---------------------------------------------------------------- what was given


def template_of(notebook: Any) -> list[dict[str, str]]:
    """The student's notebook as assignment.json keeps it, so that given text can be recognised."""
    return [
        {
            "cell_type": cell.cell_type,
            "source": cell.source,
            "course": cell.metadata.get("course", ""),
            "id": cell.get("id", ""),
        }
        for cell in notebook.cells
    ]


def prompts_of(template: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The text of each written question, by its name."""
    return {
        name: "\n\n".join(template[at]["source"] for at in places[:-1])
        for name, places in _places(template).items()
    }


def _places(template: Sequence[Mapping[str, str]]) -> dict[str, list[int]]:
    """Where each written question stands: the cells of its prompt, and last that of its answer."""
    found = {}
    for at, cell in enumerate(template):
        if cell["course"].startswith("answer "):
            first = at
            while (
                first
                and template[first - 1]["cell_type"] == "markdown"
                and not template[first - 1]["course"].startswith("answer ")
            ):
                first -= 1
            found[cell["course"].removeprefix("answer ")] = list(range(first, at + 1))
    return found


def key(line: str) -> str:
    """A line without what tools and word processors change: blanks, marks of type face, accents'
    form, wide characters, quotation and heading marks.

    Examples
    --------
    >>> key("> **Let** X be (m\u00a0x n)") == key("Let X be \uff08m x n)")
    True
    >>> key("$A + B$") == key("$A B$")
    False
    """
    text = re.sub(r"^\s*(?:[>#]+\s*)+", "", TAG.sub("", _alike(line).casefold()))
    return re.sub(r"[\s*_~`\\]+", "", text)


def _alike(line: str) -> str:
    """A line with one form for each character and for each bracket of a formula."""
    text = unicodedata.normalize("NFKC", html.unescape(line)).translate(ALIKE_CHARACTERS)
    return re.sub(r"\\[()\[\]]|\$+", "$", text)


def _strict(line: str) -> str:
    """A line with its marks of type face, its tags and its capitals, any of which may answer."""
    return re.sub(r"[\s\\]+", "", _alike(line).replace("_", "*"))


#: What editors put around a text that they store as HTML.
TAG = re.compile(
    r"</?(?:p|b|i|u|s|em|strong|del|div|span|font|br|blockquote|li|ul|ol|h[1-6])"
    r"(?:\s+[a-z-]+=(?:\"[^\"]*\"|'[^']*'))*\s*/?>"
)
ALIKE_CHARACTERS = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2212", "''\"\"---")


def _key(line: str) -> str:
    """The same for a line of any length: one as long as none that was given is not read whole."""
    return key(line) if len(line) <= LONGEST_GIVEN else key(line[:LONGEST_GIVEN]) + "…"


class _Given:
    """The template, ready to be recognised."""

    def __init__(self, template: Sequence[Mapping[str, str]]) -> None:
        self.cells = template
        self.keys = [[k for line in _lines(c["source"]) if (k := key(line))] for c in template]
        self.places = _places(template)
        self.zone = {at: name for name, places in self.places.items() for at in places}
        self.slot = {name: places[-1] for name, places in self.places.items()}
        self.placeholders = {k for at in self.slot.values() for k in self.keys[at]}
        code = (cell["source"] for cell in template if cell["cell_type"] == "code")
        self.names = {name for source in code for name in NAME.findall(source)}
        self.at_id = {cell["id"]: at for at, cell in enumerate(template) if cell.get("id")}
        self.holders: dict[str, list[int]] = {}  # of each line, the cells that have it
        for at, keys in enumerate(self.keys):
            for one in dict.fromkeys(keys):
                self.holders.setdefault(one, []).append(at)
        self.forms: list[dict[str, list[str]]] = [{} for _ in template]  # as it stands, by its key
        for forms, cell in zip(self.forms, template, strict=True):
            for line in _lines(cell["source"]):
                forms.setdefault(key(line), []).append(_strict(line))
        self.strict = [_strict(cell["source"]) for cell in template]
        self.paragraphs: dict[str, tuple[int, list[str]]] = {}
        for at, cell in enumerate(template):
            for part in re.split(r"\n\s*\n", cell["source"]):
                keys = [k for line in _lines(part) if (k := key(line))]
                if len("".join(keys)) >= STRONG:
                    self.paragraphs.setdefault("".join(keys), (at, keys))

    def mark(self, cell: Mapping[str, Any]) -> int | None:
        """The cell of the template that a student's cell says it is, by its metadata or its id."""
        name = cell["course"].removeprefix("answer ")
        if cell["course"].startswith("answer ") and name in self.slot:
            return self.slot[name]
        at = self.at_id.get(cell["id"])
        # An id that is left where the metadata are lost says as much.
        return at if at is not None and cell["course"] in ("", self.cells[at]["course"]) else None

    def is_word_for_word(self, line: _Line, at: int, code: bool) -> bool:
        """Whether a line has nothing that the given one lacks; tools take type face away."""
        form = _strict(line.text)
        if code:  # what a program has put into comments
            form = form.lstrip("#")
        if line.key in self.forms[at]:
            return any(_is_in(form, given) for given in self.forms[at][line.key])
        return form in self.strict[at]  # its lines were broken elsewhere


def _is_in(part: str, text: str) -> bool:
    """Whether a text is another one with characters left out."""
    rest = iter(text)
    return all(character in rest for character in part)


# ---------------------------------------------------------------- recognising it


@dataclass(slots=True)
class _Line:
    text: str
    key: str
    given: int | None = None  # the cell of the template that has it
    copy: bool = False  # its prompt stands elsewhere already
    changed: bool = False  # it is a line of the prompt, but not word for word
    quoted: bool = False  # it is one, but stands in an answer
    placeholder: bool = False


@dataclass
class _Cell:
    number: int  # as one counts in Jupyter
    kind: str
    course: str
    lines: list[_Line]
    mark: int | None
    made_for: str | None  # the question whose answer the mark says it is
    attachments: dict[str, Any]
    outputs: list[Any]


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _recognise(cells: list[_Cell], given: _Given) -> None:
    """Say of each line whether it was given, and by which cell."""
    for cell in cells:
        for line in cell.lines:
            line.placeholder = line.key in given.placeholders
    free = [list(keys) for keys in given.keys]  # each given line is taken away once
    first: dict[int, _Cell] = {}
    candidates = _candidates(cells, given)
    others: dict[int, list[int]] = {}  # of each, the cells that are whole cells of other places
    for at in {at for at, _, _ in candidates}:
        whole_cells = {cell.number for place, cell, whole in candidates if whole and place != at}
        others[at] = sorted(whole_cells)
    for at, cell, whole in candidates:
        if not whole and _is_quotation(at, cell, first.get(at), others[at]):
            for line in cell.lines:
                line.quoted |= line.given is None and line.key in free[at]
            continue
        pool = free[at]
        if whole and at in first:  # prompt and all were copied: taken away again
            pool = list(given.keys[at])
        _take(cell, at, pool, given, copy=at in first and whole)
        first.setdefault(at, cell)
    _take_paragraphs(cells, given, free)
    for cell in cells:
        for line in cell.lines:
            if line.given is not None:
                line.changed = not given.is_word_for_word(line, line.given, cell.kind == "code")
    _take_changed(cells, given, free, {line.given for c in cells for line in c.lines})
    _keep_remains(cells, given)


def _is_quotation(at: int, cell: _Cell, first: _Cell | None, others: list[int]) -> bool:
    """Whether some lines of a given cell stand in an answer, and not for the cell itself."""
    if cell.made_for:
        return at != cell.mark
    if first is None:
        return False
    low, high = sorted([first.number, cell.number])
    return bisect_right(others, low) < bisect_left(others, high)  # another place is between


def _keep_remains(cells: list[_Cell], given: _Given) -> None:
    """Of a prompt that is gone what is left may be a quotation: it stays to be read."""
    for at in given.zone.keys() - set(given.slot.values()):
        needed = {one for one in given.keys[at] if len(one) >= STRONG}
        left = [line for cell in cells for line in cell.lines if line.given == at]
        if 2 * len(left) < len(needed):
            for line in left:
                line.changed = line.copy = True


def _candidates(cells: list[_Cell], given: _Given) -> list[tuple[int, _Cell, bool]]:
    """Cells of the template with the student's cells that hold lines of them, the surest first."""
    found = []
    for cell in cells:
        keys = [line.key for line in cell.lines if line.key and not line.placeholder]
        strong: dict[int, int] = {}
        for one in dict.fromkeys(keys):
            if len(one) >= STRONG:
                for at in given.holders.get(one, ()):
                    strong[at] = strong.get(at, 0) + 1
        for at in given.holders.get(keys[0], ()) if keys else ():
            if keys == given.keys[at]:  # the whole cell, however short its lines are
                strong.setdefault(at, 1)
        for at, count in strong.items():
            needed = len({k for k in given.keys[at] if len(k) >= STRONG})
            pure = count / len(keys)
            rank = (at, cell.mark != at, -count, -pure, cell.number)
            found.append((rank, (at, cell, count >= 0.8 * needed)))
    found.sort(key=lambda item: item[0])
    return [candidate for _, candidate in found]


def _take(cell: _Cell, at: int, pool: list[str], given: _Given, copy: bool) -> None:
    """Mark the lines of a cell that the template's cell has and nobody else has taken."""
    written = [line for line in cell.lines if line.key]
    whole = [line.key for line in written] == given.keys[at]
    for line in written:
        if line.given is None and not line.placeholder and line.key in pool:
            if whole or len(line.key) >= STRONG:
                line.given, line.copy = at, copy
                pool.remove(line.key)
    # A short line, `$$` or `...`, is given if the one before or after it is, as in the template.
    order = given.keys[at]
    follows = set(zip(order, order[1:], strict=False))
    pairs = list(zip(written, written[1:], strict=False))
    for before, line in pairs:
        if before.given == at and (before.key, line.key) in follows:
            _take_short(line, at, pool, copy)
    for line, after in reversed(pairs):
        if after.given == at and (line.key, after.key) in follows:
            _take_short(line, at, pool, copy)


def _take_short(line: _Line, at: int, pool: list[str], copy: bool) -> None:
    if line.given is None and not line.placeholder and line.key in pool:
        line.given, line.copy = at, copy
        pool.remove(line.key)


def _take_paragraphs(cells: list[_Cell], given: _Given, free: list[list[str]]) -> None:
    """Recognise a paragraph whose lines were broken elsewhere."""
    for cell in cells:
        part: list[_Line] = []
        for line in [*cell.lines, _Line("", "")]:
            if line.text.strip():
                part.append(line)
                continue
            known = [one for one in part if one.given is not None or one.placeholder or one.quoted]
            if part and not known:
                at, keys = given.paragraphs.get("".join(one.key for one in part), (0, []))
                if keys and all(one in free[at] for one in keys):
                    free[at] = [one for one in free[at] if one not in keys]
                    for one in part:
                        one.given = at
            part = []


def _take_changed(
    cells: list[_Cell], given: _Given, free: list[list[str]], there: set[int | None]
) -> None:
    """Find prompts in which words were changed: they say where one is, and stay to be read."""
    pool = {
        one: at
        for at in range(len(free))
        if given.cells[at]["cell_type"] == "markdown" and at not in given.slot.values()
        for one in free[at]
        if 2 * STRONG <= len(one) <= LONGEST_LINE
    }
    labels = {}
    for at in range(len(free)):
        label = re.match(r"\*\*(.{8,80}?)\*\*", given.cells[at]["source"])
        if label and at not in there:
            labels[key(label[1])] = at
    looked = 0
    for cell in cells:
        for line in cell.lines:
            if line.given is not None or line.placeholder or line.quoted or len(line.key) < 8:
                continue
            looked += 1
            if looked > MOST_LINES or len(line.key) > LONGEST_LINE:
                continue
            found = next((at for label, at in labels.items() if line.key.startswith(label)), None)
            if found is None and pool and len(line.key) >= 2 * STRONG:
                best = process.extractOne(line.key, pool.keys(), scorer=fuzz.ratio,
                                          score_cutoff=ALIKE)  # fmt: skip
                found = pool.pop(best[0]) if best else None
            if found is not None:
                line.given, line.changed = found, True
                labels = {label: place for label, place in labels.items() if place != found}


# ---------------------------------------------------------------- sorting the rest


@dataclass
class _Piece:
    """What one cell holds of something typed, or one of its outputs."""

    kind: str  # "text", "code", "picture", "output", or "shown", an output in Markdown or TeX
    text: str
    cell: int
    lines: list[str] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)
    why: str = ""  # if it is to be looked at by hand
    marked: bool = False  # the cell says itself that it is this question's answer
    own: bool = False  # nothing given stands in its cell
    changed: bool = False  # most of it is a prompt with other words
    stop: int = 0  # how many questions, and stretches between them, stand above it

    def plain(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "text": self.text, "cell": self.cell, "why": self.why,
            "pictures": self.pictures, "changed": self.changed,
        }  # fmt: skip


@dataclass
class Written:
    """What a student wrote.

    Attributes
    ----------
    answers : dict of str to list of dict
        By question: pieces with ``kind`` (text, code, picture, output, or shown, an output in
        Markdown or TeX), ``text``, ``cell`` (its number), ``pictures`` and ``changed`` (whether
        most of it is a prompt, with other words or with a line marked).
    by_hand : list of dict
        Pieces that may belong to a question; ``why`` says what is doubtful.
    code : list of (int, str)
        The lines that were run and belong to no written answer, with the number of their cell.
    report : dict
        ``page`` and ``unclear``, the report of a confusing spot; None where it is no plain text.
    """

    answers: dict[str, list[dict[str, Any]]]
    by_hand: list[dict[str, Any]] = field(default_factory=list)
    code: list[tuple[int, str]] = field(default_factory=list)
    report: dict[str, str | None] = field(default_factory=dict)


def collect(raw: bytes, assignment: Mapping[str, Any]) -> Written:
    """Everything in a notebook that was typed or attached and not given, question by question.

    Parameters
    ----------
    raw : bytes
        A notebook as handed in.
    assignment : dict
        From `grading.read_assignment`.

    Returns
    -------
    Written

    Raises
    ------
    NotANotebook
        If it cannot be read.
    """
    given = _Given(assignment["template"])
    source = read_cells(raw)
    lines = sum(cell["source"].count("\n") + 1 for cell in source)
    if lines > MOST_LINES_IN_ALL:
        why = f"The notebook has {lines} lines, too many to be sorted: read them in the file."
        return Written({name: [] for name in given.slot}, [_Piece("text", "", 1, why=why).plain()])
    notebook = json.loads(raw.decode("utf-8-sig"))
    cells = [
        _cell(k, cell, complete, given)
        for k, (cell, complete) in enumerate(zip(source, notebook["cells"], strict=True), 1)
    ]
    _recognise(cells, given)
    sorting = _Sorting(given, cells)
    for cell in cells:
        sorting.read(cell)
    sorting.doubt()
    sorting.read_code()
    sorting.by_hand += _fields(notebook.get("metadata"), cells)
    found = sorting.found()
    found.report = {name: assigned_text(source, name) for name in ("page", "unclear")}
    return found


def _cell(number: int, cell: dict[str, Any], whole: Mapping[str, Any], given: _Given) -> _Cell:
    attachments, outputs = whole.get("attachments"), whole.get("outputs")
    identity = {"course": cell["course"], "id": str(whole.get("id", ""))}
    mark = given.mark(identity)
    return _Cell(
        number,
        cell["cell_type"],
        cell["course"],
        [_Line(text, _key(text)) for text in _lines(cell["source"])],
        mark,
        given.zone[mark] if mark is not None and mark in given.slot.values() else None,
        attachments if isinstance(attachments, dict) else {},
        outputs if isinstance(outputs, list) else [],
    )


def _fields(metadata: Any, cells: list[_Cell]) -> Iterator[_Piece]:
    """What was typed into fields that cells put out: a notebook keeps it beside its cells."""
    for name in ("widgets", WIDGETS):
        metadata = metadata.get(name) if isinstance(metadata, dict) else None
    known = metadata if isinstance(metadata, dict) else {}
    known = known["state"] if isinstance(known.get("state"), dict) else known
    cell_of = {
        view.get("model_id"): cell.number
        for cell in cells
        for output in cell.outputs
        if isinstance(view := _data_of(output).get(VIEW), dict)
        and isinstance(view.get("model_id"), str)
    }
    for name, widget in known.items():
        state = widget.get("state") if isinstance(widget, dict) else None
        text = state.get("value") if isinstance(state, dict) else None
        if isinstance(state, dict) and isinstance(text, str) and text.strip():
            # A bar of progress has words, too.
            field_of_text = str(state.get("_model_name")).startswith("Text")
            if field_of_text or len(WORD.findall(text)) >= FEW_WORDS:
                why = "It was typed into a field that a cell had put out."
                yield _Piece("text", clean(text), cell_of.get(name, len(cells)), why=why)


WIDGETS = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


class _Sorting:
    """Goes through the cells from above, and knows which question's given text came last."""

    def __init__(self, given: _Given, cells: list[_Cell]) -> None:
        self.given, self.cells = given, cells
        self.pieces: dict[str, list[_Piece]] = {name: [] for name in given.slot}
        self.by_hand: list[_Piece] = []
        self.code: list[tuple[int, int, str]] = []  # cell, line, text
        self.ran: list[_Cell] = []
        # Outputs between questions with code, with their places.
        self.waiting: list[tuple[_Cell, Any, str]] = []
        self.zone: str | None = None
        self.at, self.sure = -1, True
        self.way: list[str | None] = [None]  # the questions in the order in which they stand
        self.open: set[str] = set()  # questions whose place for the answer was seen
        self.untouched: set[str] = set()  # and those whose placeholder was
        self.album = _Album()
        self.there: set[int | None] = set()  # cells of the template of which a line is left
        self.next_given: list[int] = []  # the one that comes next, below each cell
        after = len(given.cells)
        for cell in reversed(cells):
            self.next_given.append(after)
            found = [line.given for line in cell.lines if line.given is not None]
            self.there |= set(found)
            after = next((line.given for line in cell.lines
                          if line.given is not None and not line.copy), after)  # fmt: skip
        self.next_given.reverse()

    # ---- from above

    def read(self, cell: _Cell) -> None:
        conflict = self._enter(cell)
        parses = cell.kind != "code" or _is_python(cell)
        own = all(line.given is None or line.changed for line in cell.lines)
        segment: list[tuple[int, _Line]] = []
        used: set[str] = set()
        for place, line in enumerate([*cell.lines, None]):
            if line is not None and line.given is None and not line.placeholder:
                segment.append((place, line))
                continue
            if line is not None and line.changed:
                assert line.given is not None  # else it is no line of the prompt
                if self.given.zone.get(line.given) != self.zone:
                    self._segment(cell, segment, conflict, parses, own, used, line)
                    segment = []
                self._move(line)
                segment.append((place, line))
                continue
            self._segment(cell, segment, conflict, parses, own, used, line)
            segment = []
            if line is not None:
                self._move(line)
        self._rest(cell, conflict, own, used)
        said = [line for line in cell.lines if line.key]
        if cell.made_for and said and all(line.given is not None for line in said):
            if not any(line.changed for line in said):
                why = f"Only given text stands in the cell for the answer to {cell.made_for}."
                self.by_hand.append(_Piece("text", _text(cell).strip(), cell.number, why=why))

    def _enter(self, cell: _Cell) -> str:
        """Take notice of what a cell says it is; a sentence if that contradicts where it stands."""
        if cell.mark is None:
            return ""
        name = self.given.zone.get(cell.mark)
        between = self.at < cell.mark < self.next_given[cell.number - 1]
        if not cell.made_for:
            # The id of a cell in which nothing of the prompt is left is believed in its place.
            if any(line.given == cell.mark for line in cell.lines) or (
                between and cell.mark not in self.there
            ):
                self._go(cell.mark, sure=True)
            elif name and cell.mark not in self.there:
                return f"The cell was made for the prompt of {name} and stands elsewhere now."
            return ""
        if self.zone == name or (self.zone is None and between):
            self._go(cell.mark, sure=True)
            self.open.add(str(name))
            return ""
        return f"The cell was made for the answer to {name} and stands elsewhere now."

    def _move(self, line: _Line) -> None:
        """A given line was passed."""
        if line.placeholder:
            if self.zone:
                self.open.add(self.zone)
                self.untouched.add(self.zone)
            return
        assert line.given is not None
        # A prompt that is quoted in its own answer changes nothing.
        quoted = line.copy and self.zone == self.given.zone.get(line.given) and self.sure
        self._go(line.given, sure=quoted or not line.copy)

    def _go(self, at: int, sure: bool) -> None:
        self.at, self.zone, self.sure = at, self.given.zone.get(at), sure
        if self.way[-1] != self.zone:
            self.way.append(self.zone)

    def _segment(
        self, cell: _Cell, segment: list[tuple[int, _Line]], conflict: str, parses: bool,
        own: bool, used: set[str], following: _Line | None,
    ) -> None:  # fmt: skip
        """What was typed between two given lines of a cell, or all of a cell without any."""
        if not any(line.text.strip() for _, line in segment):
            return
        lines = [line.text for _, line in segment]
        if cell.kind == "code" and parses and not (self.zone or conflict):
            self.code += [(cell.number, at, line.text) for at, line in segment if line.text.strip()]
            if not self.ran or self.ran[-1] is not cell:
                self.ran.append(cell)
            return
        text = "\n".join(lines).strip("\n")
        kind = "code" if cell.kind == "code" and parses else "text"
        shown, pictures = self.album.in_text(text, cell.attachments, used)
        of_prompt = sum(len(line.key) for _, line in segment if line.changed)
        changed = 2 * of_prompt > sum(len(line.key) for _, line in segment)
        piece = _Piece(kind, shown, cell.number, lines, pictures, own=own, changed=changed)
        self._place(piece, cell, conflict, following)

    def _place(
        self, piece: _Piece, cell: _Cell, conflict: str, following: _Line | None = None
    ) -> None:
        piece.why = conflict or self._doubt_of(piece, cell, following)
        if piece.why or self.zone is None:
            self.by_hand.append(piece)
            return
        piece.marked = cell.mark is not None and self.given.zone.get(cell.mark) == self.zone
        piece.stop = len(self.way) - 1
        self.pieces[self.zone].append(piece)

    def _doubt_of(self, piece: _Piece, cell: _Cell, following: _Line | None) -> str:
        if self.zone is None:
            return f"It stands {self._where()}, where no written answer is asked for."
        if cell.made_for and cell.made_for != self.zone:
            return f"It stands in the cell for {cell.made_for}, below the prompt of {self.zone}."
        if not self.sure and (cell.mark is None or self.given.zone.get(cell.mark) != self.zone):
            return f"It stands under a copy, or a part, of the prompt of {self.zone}."
        if named := self._heading(piece.text):
            return f"It stands at {self.zone}, and its heading names {named}."
        if following and following.given is not None and cell.mark is None:
            other = self.given.zone.get(following.given)
            if other and other != self.zone:
                return f"It stands in one cell with the prompt of {other}, above it."
        return ""

    def _heading(self, text: str) -> str:
        """Another written question than this one, where a heading names it."""
        numbers = {name: "".join(re.findall(r"\d+", name)) for name in self.pieces}
        for found in HEADING.finditer(text):
            if (found["mark"] or found["end"]) and found["number"] != numbers[str(self.zone)]:
                for name, number in numbers.items():
                    if number == found["number"]:
                        return name
        return ""

    def _where(self) -> str:
        if self.at < 0:
            return "above the first cell that was given"
        words = " ".join(self.given.cells[self.at]["source"].split())
        return f"below the given text that begins “{words[:60]}”"

    def _rest(self, cell: _Cell, conflict: str, own: bool, used: set[str]) -> None:
        """Attachments that no text of the cell names, and what the cell put out."""
        left = {name: kinds for name, kinds in cell.attachments.items() if name not in used}
        if left:
            pictures, text = self.album.attached(left)
            self._place(_Piece("picture", text, cell.number, [], pictures, own=own), cell, conflict)
        for output in cell.outputs if cell.kind == "code" else ():
            if not (self.zone or conflict):
                self.waiting.append((cell, output, self._where()))
                continue
            kind, text, pictures = self.album.of_output(output)
            if text.strip() or pictures:
                piece = _Piece(kind, text, cell.number, [], pictures, own=own)
                self._place(piece, cell, conflict)

    # ---- once all is read

    def doubt(self) -> None:
        """Where a question is empty, what was typed right beside it may belong to it."""
        for name in [name for name in self.pieces if self._is_empty(name)]:
            for other, pieces in self.pieces.items():
                first = min((piece.cell for piece in pieces if not piece.changed), default=0)
                own = min((piece.cell for piece in pieces if piece.own), default=0)
                kept = []
                for piece in pieces:
                    # In the place of the placeholder, in a cell of its own.
                    in_place = piece.own and piece.cell == own and other not in self.untouched
                    beside = name in self._beside(piece) and not (name in self.open and in_place)
                    second = piece.own and piece.cell != first
                    if piece.changed or piece.marked or name == other or not (beside or second):
                        kept.append(piece)
                    else:
                        piece.why = f"It stands at {other}, and {name} is without an answer."
                        self.by_hand.append(piece)
                self.pieces[other] = kept

    def _beside(self, piece: _Piece) -> list[str | None]:
        return self.way[max(piece.stop - 1, 0) : piece.stop] + self.way[piece.stop + 1 :][:1]

    def _is_empty(self, name: str) -> bool:
        """Whether a question has no answer, or one that says where the answer is."""
        pieces = [piece for piece in self.pieces[name] if not piece.changed]
        text = "\n".join(piece.text for piece in pieces)
        points = len(WORD.findall(text)) <= 8 and ELSEWHERE.search(text) is not None
        return not pieces or (points and not any(piece.pictures for piece in pieces))

    def read_code(self) -> None:
        """An answer may be hidden in comments and strings of code, and in what code puts out."""
        empty = any(self._is_empty(name) for name in self.pieces)
        typed: dict[int, dict[int, str]] = {}
        for number, at, text in self.code:
            typed.setdefault(number, {})[at] = text
        for cell in self.ran:
            lines = typed[cell.number]
            places = list(lines)
            if not (empty and self._is_added(cell)):
                places = _prose(cell, lines, empty)
            if places:
                said = [lines.pop(at) for at in places]
                why = "It stands in the code of a cell."
                piece = _Piece("code", "\n".join(said), cell.number, said, why=why)
                piece.text, piece.pictures = self.album.in_text(piece.text, {}, set())
                self.by_hand.append(piece)
        self.code = [(cell, at, text) for cell in typed for at, text in typed[cell].items()]
        for cell, output, where in self.waiting:
            own = not _has_given(cell) or cell.number in typed
            if own and empty or _may_answer(output, own) or SHOWS.search(_text(cell)):
                kind, text, pictures = self.album.of_output(output)
                why = f"A cell with code put it out, {where}."
                if text.strip() or pictures:
                    self.by_hand.append(_Piece(kind, text, cell.number, [], pictures, why=why))

    def _is_added(self, cell: _Cell) -> bool:
        """Whether nothing in a cell of code was given, nor defines what was asked for."""
        return not _has_given(cell) and not self.given.names & set(NAME.findall(_text(cell)))

    def found(self) -> Written:
        for name in self.pieces:
            self.pieces[name].sort(key=lambda piece: piece.cell)
        self.by_hand.sort(key=lambda piece: piece.cell)
        answers = {name: list(_bounded(pieces)) for name, pieces in self.pieces.items()}
        code = [(cell, text) for cell, _, text in self.code]
        return Written(answers, list(_bounded(self.by_hand)), code)


def _bounded(pieces: Sequence[_Piece]) -> Iterator[dict[str, Any]]:
    """Pieces of bearable length and number; where something is cut, it is said."""
    for piece in pieces[:MOST_PIECES]:
        if (size := len(piece.text)) > LONGEST_PIECE:
            piece.text = piece.text[:LONGEST_PIECE]
            piece.why = f"{piece.why} It has {size} characters; read the rest in the file.".strip()
        yield piece.plain()
    if len(pieces) > MOST_PIECES:
        why = f"There are {len(pieces) - MOST_PIECES} more pieces; read them in the file."
        yield _Piece("text", "", pieces[MOST_PIECES].cell, why=why).plain()


# ---------------------------------------------------------------- code

#: Calls that show a picture from a file, perhaps as a figure of the notebook's own.
SHOWS = re.compile(r"\b(?:Image|imread)\s*\(")
TEX = re.compile(r"\$[^$]+\$|\\[A-Za-z]{3,}")
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]{2,}")
#: Names that a cell binds.
NAME = re.compile(r"^(?:(?:def|class) +(?=\w+ *[(:])|(?=\w+ *=(?!=)))(\w+)", re.MULTILINE)
#: What a short answer says that stands in another place.
ELSEWHERE = re.compile(
    r"\b(?:see|look|below|above|next|end|top|bottom|code|comments?|functions?|report|form|files?|pdf|"
    r"attach\w*|photos?|pictures?|scans?|siehe|unten|oben)\b|见|見|如下|下面|附",
    re.IGNORECASE,
)
#: Commands whose words are no text; of other lines for IPython four words in a row are.
COMMAND = re.compile(r"\s*[%!]\s*(?:pip|conda|mamba|uv|apt|apt-get)\b")
FOUR_WORDS = re.compile(r"\b(?:[^\W\d_]{1,40}[,.;:]? {1,3}){3}[^\W\d_]")
RUNS = re.compile(r"%%(?:time|timeit|capture|prun)\b")


def _text(cell: _Cell) -> str:
    return "\n".join(line.text for line in cell.lines)


def _is_python(cell: _Cell) -> bool:
    """Whether a cell could run; what IPython adds to Python is left out."""
    source = _text(cell)
    if len(source) > LONGEST_CODE or (source.startswith("%%") and not RUNS.match(source)):
        return False
    try:
        ast.parse(re.sub(r"^[ \t]*[%!?].*|^.*\?$", _passed, source, flags=re.MULTILINE))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _passed(line: re.Match) -> str:
    """Nothing in the place of a line for IPython; what a student wrote in words stays."""
    return line[0] if FOUR_WORDS.search(line[0]) and not COMMAND.match(line[0]) else "pass"


def _has_given(cell: _Cell) -> bool:
    return any(line.given is not None and not line.changed for line in cell.lines)


def _said(cell: _Cell, typed: Mapping[int, str]) -> Iterator[tuple[list[int], str, bool]]:
    """What each comment says, comments below each other, and each text in quotes.

    With the lines that were typed, and whether it stands alone, not amid a line of code.
    """
    run: list[int] = []
    comment = ""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(_text(cell)).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        tokens = []  # what cannot be told apart is looked at whole
        yield list(typed), "\n".join(typed.values()), True
    for token in tokens:
        first, last = token.start[0] - 1, token.end[0] - 1
        if token.type == tokenize.COMMENT and first in typed:
            if run and first > run[-1] + 1:
                yield run, comment, True
                run, comment = [], ""
            run.append(first)
            comment += token.string
        elif token.type == tokenize.STRING or token.type in FSTRING:
            before = token.line[: token.start[1]] if first == last else cell.lines[first].text
            alone = re.fullmatch(r"\s*(?:\w+\s*=\s*)?[a-zA-Z]{0,2}[\"']*", before[:80]) is not None
            places = [at for at in range(first, last + 1) if at in typed]
            text = "\n".join(typed[at] for at in places) if last > first else token.string
            if places:
                yield places, text, alone or first != last
    yield run, comment, True


#: A line that says which question it answers: a heading, in bold, or with a colon behind it.
HEADING = re.compile(
    r"^[ \t>]*(?P<mark>#{1,6}|\*\*|__|<b>|<strong>)?[ \t]*(?:(?:answer|solution) (?:to|of|for) )?"
    r"(?:question|problem|exercise|问题|問題|第|q) ?(?P<number>\d+)"
    r"(?P<end> ?w\b|,? (?:in words|written part)|[^\w\n]*$| ?[:.)–—-])?",
    re.IGNORECASE | re.MULTILINE,
)
FSTRING = {getattr(tokenize, name) for name in ("FSTRING_MIDDLE",) if hasattr(tokenize, name)}
REPORT = re.compile(r"\s*(?:page|unclear|STUDENT_ID)\s*=")


def _prose(cell: _Cell, typed: Mapping[int, str], empty: bool) -> list[int]:
    """The lines of a cell that a reader should see: what its comments and texts say.

    Where an answer is missing, whatever is said; else prose, counted over the whole cell.
    """
    found, prose, words = set(), set(), 0
    for places, text, alone in _said(cell, typed):
        many = len(WORD.findall(text))
        line = typed[places[0]] if places else ""
        if not re.search(r"\w", text) or re.match(r"\s*STUDENT_ID\s*=", line):
            continue
        if (alone or many >= 3) if empty else (many >= 6 and TEX.search(text)):
            prose |= set(places)
        if not REPORT.match(line) or many >= LONG_REPORT:
            found |= set(places)
            words += many
    if words >= (MANY_WORDS if _has_given(cell) else FEW_WORDS):
        prose |= found
    return sorted(prose)


def _may_answer(output: Any, own: bool) -> bool:
    """Whether an output between questions with code is more than such code puts out.

    That is Markdown, TeX, a picture that is no figure, or prose of a cell that was not given.
    """
    data = _data_of(output)
    if any(data.get(kind) for kind in RICHEST[:2]):
        return True
    figure = _joined(data.get("text/plain")).startswith("<Figure")
    if any(str(kind).startswith("image/") for kind in data) and not figure:
        return True
    if not own or (isinstance(output, dict) and output.get("name") == "stderr"):
        return False
    counts = [
        len(WORD.findall(line))
        for kind, text in _texts_of(output)
        for line in _lines(_bare(kind, text[:LONGEST_PIECE]))
    ]
    return sum(count for count in counts if count >= FEW_WORDS) >= MANY_WORDS


# ---------------------------------------------------------------- pictures

DATA_ADDRESS = re.compile(
    r"data:([a-z]+/[a-z0-9.+-]+)?(?:;[a-z0-9=._-]+)*?;base64,\s*"
    r"([a-z0-9+/%]+(?:\s+[a-z0-9+/]{60,})*(?:\s+[a-z0-9+/]*(?==))?={0,2})",
    re.IGNORECASE,
)
ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]+)")


MORE_PICTURES = f"[a picture beyond the first {MOST_PICTURES}: open the file to see it]"


class _Album:
    """Pictures of one notebook, drawn anew; a text names them `picture:1`, `picture:2`."""

    def __init__(self) -> None:
        self.count = 0

    def in_text(
        self, text: str, attachments: Mapping[str, Any], used: set[str]
    ) -> tuple[str, list[dict[str, str]]]:
        """A text with names in the place of its pictures, and these."""
        pictures: list[dict[str, str]] = []

        def embedded(found: re.Match) -> str:
            kind = (found[1] or "data").lower()
            if not kind.startswith("image/"):
                return f"[{kind}: open the file to see it]"
            return self._add(kind, unquote(found[2]), "", pictures)

        def attached(found: re.Match) -> str:
            names = (found[1], unquote(found[1]))
            name = next((name for name in names if name in attachments), None)
            if name is None:
                return found[0]
            used.add(name)
            added, _ = self.attached({name: attachments[name]})
            pictures.extend(added)
            return f"picture:{added[0]['number']}" if added else f"{found[0]} {MORE_PICTURES}"

        return ATTACHMENT.sub(attached, DATA_ADDRESS.sub(embedded, text)), pictures

    def attached(self, attachments: Mapping[str, Any]) -> tuple[list[dict[str, str]], str]:
        """The pictures among attachments, and a text that names what else there is."""
        pictures: list[dict[str, str]] = []
        others = []
        for name, kinds in attachments.items():
            found = False
            for kind, data in kinds.items() if isinstance(kinds, dict) else ():
                if str(kind).startswith("image/"):
                    said = self._add(str(kind), _joined(data), clean(str(name)), pictures)
                    others += [said] if said == MORE_PICTURES else []
                    found = True
            if not found:
                others.append(f"[attachment {clean(str(name))[:200]}: open the file to see it]")
        return pictures, "\n".join(others)

    def of_output(self, output: Any) -> tuple[str, str, list[dict[str, str]]]:
        """The kind of an output, all that it says, and its pictures."""
        pictures: list[dict[str, str]] = []
        data = _data_of(output)
        left = [
            said
            for kind, content in data.items()
            if str(kind).startswith("image/")
            if (said := self._add(str(kind), _joined(content), "", pictures)) == MORE_PICTURES
        ]
        shown: list[str] = []
        known: set[str] = set()
        for kind, text in _texts_of(output):
            words = set(re.findall(r"\w+", _bare(kind, text[:LONGEST_PIECE])))
            # The same again in a poorer form, or the name of an object that is shown.
            if text.strip() and not (
                (shown and words <= known)
                or ((shown or pictures or left) and re.fullmatch(r"\s*<[^<>]*>\s*", text))
            ):
                shown.append(text)
                known |= words
        if data and not (shown or pictures or left):
            names = clean(", ".join(map(str, data)))[:200]
            left = [f"[output of the kind {names}: open the file]"]
        text, more = self.in_text("\n\n".join([*shown, *left]), {}, set())
        kind = "shown" if any(data.get(one) for one in RICHEST[:2]) else "output"
        return kind, text, pictures + more

    def _add(self, kind: str, data: str, name: str, pictures: list[dict[str, str]]) -> str:
        if self.count >= MOST_PICTURES:
            return MORE_PICTURES
        self.count += 1
        picture = {"number": str(self.count), "name": name, "mime": "", "data": "", "problem": ""}
        try:
            if "svg" in kind:
                raise NoPicture("An SVG is a program and is not shown.")
            picture |= redrawn(base64.b64decode("".join(data.split()), validate=True))
        except (NoPicture, binascii.Error, ValueError) as problem:
            said = str(problem) if isinstance(problem, NoPicture) else "The picture is damaged."
            picture["problem"] = f"{said} Open the file to see it."
        pictures.append(picture)
        return f"picture:{self.count}"


RICHEST = ("text/markdown", "text/latex", "text/html", "text/plain")


def _data_of(output: Any) -> dict[str, Any]:
    data = output.get("data") if isinstance(output, dict) else None
    return data if isinstance(data, dict) else {}


def _texts_of(output: Any) -> Iterator[tuple[str, str]]:
    """The texts of an output with their kinds, the richest first."""
    if isinstance(output, dict):
        data = _data_of(output)
        error = output.get("evalue") if output.get("output_type") == "error" else None
        texts = [("", output.get("text")), *((kind, data.get(kind)) for kind in RICHEST)]
        for kind, text in [*texts, ("", error)]:
            yield kind, _joined(text) if text else ""


def _bare(kind: str, text: str) -> str:
    """The words of a text without its tags, scripts and styles."""
    if kind != "text/html":
        return text
    parts = re.split(r"</?(?:script|style)\b", text, flags=re.IGNORECASE)
    return html.unescape(re.sub(r"<[^<>]*>?", " ", " ".join(parts[::2])))


def _joined(text: Any) -> str:
    return clean(text if isinstance(text, str) else "".join(map(str, _items(text))))


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


__all__ = ["NotANotebook", "Written", "collect", "prompts_of", "template_of"]
