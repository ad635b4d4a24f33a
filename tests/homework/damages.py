"""Forty ways in which students and their tools mangle a homework notebook.

Each entry of `DAMAGES` takes a pristine student notebook (the parsed JSON) and returns a mangled
copy in which every written question is answered. The answer to the written question k = 0, 1, ...
carries a marker that begins with f"{marker}-{k}". A damage that tears the answer apart, or adds a
photo, puts a suffix behind it, a different one for each part, so that no marker begins another one.

    for damage in DAMAGES:
        handed_in = damage.make(notebook, "zebra")
        texts = expected(damage, notebook, "zebra")     # each must reach the human reader
        images = pictures(damage, notebook, "zebra")    # so must these, as base64 or decoded

The written questions are found by the text of their placeholder, and a prompt is the cell before
its placeholder; no ids, no metadata and no positions are assumed. Run the file for a self-test,
with paths of notebooks as arguments or without any.
"""

# ruff: noqa: RUF001 (wide characters stand in the answers on purpose)

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import struct
import sys
import unicodedata
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]

PLACEHOLDER = re.compile(r"Type your answer here")


@dataclass(frozen=True)
class Damage:
    """One way to mangle a notebook, and what of the answers it leaves to be found."""

    name: str
    story: str
    make: Callable[[Notebook, str], Notebook]
    parts: tuple[str, ...] = ("",)  # suffixes of the markers, for each question
    photos: tuple[str, ...] = ()  # suffixes whose marker is inside a PNG, too


@dataclass
class Question:
    """A written question inside the notebook that is being mangled."""

    cells: list[Cell]
    prompt: Cell
    answer: Cell
    mark: str
    number: int

    def position(self, cell: Cell) -> int:
        """Where the very cell stands, since two cells may have equal content and equal ids."""
        return next(i for i, other in enumerate(self.cells) if other is cell)

    def remove(self, *unwanted: Cell) -> None:
        """Delete cells."""
        for cell in unwanted:
            del self.cells[self.position(cell)]

    def before(self, cell: Cell, *new: Cell) -> None:
        """Insert new cells in front of a cell."""
        self.cells[(at := self.position(cell)) : at] = new

    def after(self, cell: Cell, *new: Cell) -> None:
        """Insert new cells behind a cell."""
        self.cells[(at := self.position(cell) + 1) : at] = new

    def next(self, cell: Cell) -> Cell:
        """The cell behind a cell."""
        return self.cells[self.position(cell) + 1]


DAMAGES: list[Damage] = []


def questions(notebook: Notebook, marker: str) -> list[Question]:
    """The written questions of a pristine notebook, in their order."""
    cells = notebook["cells"]
    found = [i for i, cell in enumerate(cells) if PLACEHOLDER.search(read(cell))]
    return [
        Question(cells, cells[i - 1], cells[i], f"{marker}-{k}", k) for k, i in enumerate(found)
    ]


def written(notebook: Notebook) -> int:
    """The number of written questions of a pristine notebook."""
    return len(questions(notebook, ""))


def expected(damage: Damage, notebook: Notebook, marker: str) -> list[str]:
    """The markers that must reach the reader; the notebook is the pristine one."""
    return [f"{marker}-{k}{part}" for k in range(written(notebook)) for part in damage.parts]


def pictures(damage: Damage, notebook: Notebook, marker: str) -> list[str]:
    """The images that must reach the reader, in base64; decoded, each contains its marker."""
    return [png(f"{marker}-{k}{part}") for k in range(written(notebook)) for part in damage.photos]


# Cells and texts


def read(cell: Cell) -> str:
    """The source of a cell as one string, however it is stored."""
    return "".join(cell["source"])


def write(cell: Cell, text: str) -> None:
    """Store a source as a list of lines, as Jupyter does."""
    cell["source"] = text.splitlines(keepends=True)


def short_id(text: str) -> str:
    """Eight hexadecimal digits that depend on the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def markdown(text: str) -> Cell:
    """A new Markdown cell without metadata."""
    name = str(uuid.uuid5(uuid.NAMESPACE_OID, text))
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(True)}


def code(text: str, *outputs: dict[str, Any]) -> Cell:
    """A new code cell, which has been run."""
    return markdown(text) | {"cell_type": "code", "execution_count": 7, "outputs": list(outputs)}


def words(mark: str) -> str:
    """A short answer."""
    return f"{mark}: $\\mathrm{{d}}f = A H X + X A H$ is linear in $H$, hence the claim."


def paragraphs(text: str) -> list[str]:
    """The parts of a text between blank lines."""
    return re.split(r"\n{2,}", text.strip("\n"))


def join(*parts: str) -> str:
    """A text of several paragraphs."""
    return "\n\n".join(parts)


def png(text: str) -> str:
    """A valid image of one grey pixel in base64; the text stands in its comment."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(b"\x00\x80")
    comment = b"Comment\x00" + text.encode("latin-1", "replace")
    chunks = ((b"IHDR", header), (b"tEXt", comment), (b"IDAT", pixel), (b"IEND", b""))
    image = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks)
    return base64.b64encode(image).decode()


def attach(cell: Cell, name: str, mark: str) -> None:
    """Put an image into the attachments of a cell."""
    cell.setdefault("attachments", {})[name] = {"image/png": png(mark)}


def without_id(cell: Cell, metadata: dict[str, Any]) -> Cell:
    """A copy of the cell without its id and with other metadata."""
    return {key: value for key, value in cell.items() if key != "id"} | {"metadata": metadata}


# What other tools do to the whole file when they save it


def saved_by_colab(notebook: Notebook) -> None:
    """Colab keeps an id of its own in the metadata, and only there."""
    cells = []
    for i, cell in enumerate(notebook["cells"]):
        kind = "code" if cell["cell_type"] == "code" else "text"
        cells.append(without_id(cell, {"id": short_id(f"{i} colab") + "Xq_z", "colab_type": kind}))
    notebook["cells"] = cells
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "kernelspec": kernel}
    notebook["nbformat_minor"] = 0


def saved_by_vscode(notebook: Notebook) -> None:
    """VS Code numbers the cells anew with eight hexadecimal digits."""
    for i, cell in enumerate(notebook["cells"]):
        cell["id"] = short_id(f"{i} code")
    notebook["metadata"]["language_info"] |= {"version": "3.11.9", "pygments_lexer": "ipython3"}


def saved_by_jupyterlab_3(notebook: Notebook) -> None:
    """JupyterLab 3 writes the older format, which has no ids; metadata stay."""
    notebook["cells"] = [without_id(cell, cell["metadata"]) for cell in notebook["cells"]]
    notebook["nbformat_minor"] = 4


def saved_by_kaggle(notebook: Notebook) -> None:
    """Kaggle stores each source as one string, without ids, and runs the file with papermill."""
    cells = []
    for cell in notebook["cells"]:
        metadata: dict[str, Any] = {
            "papermill": {"duration": 0.01, "status": "completed"},
            "tags": [],
        }
        if cell["cell_type"] == "code":
            metadata["trusted"] = True
        cells.append(without_id(cell, metadata) | {"source": read(cell)})
    notebook["cells"] = cells
    notebook["metadata"]["kaggle"] = {"accelerator": "none", "sourceType": "notebook"}
    notebook["metadata"]["papermill"] = {"duration": 9.1, "version": "2.6.0", "exception": None}
    notebook["nbformat_minor"] = 4


def saved_by_deepnote(notebook: Notebook) -> None:
    """Deepnote makes a cell of each paragraph, and keeps the type face outside the text."""
    cells: list[Cell] = []
    for cell in notebook["cells"]:
        prose = cell["cell_type"] == "markdown"
        for part in paragraphs(read(cell)) if prose else [read(cell)]:
            text = re.sub(r"^_(.*)_$", r"\1", part.replace("**", "")) if prose else part
            level = len(text) - len(text.lstrip("#"))
            kind = (f"text-cell-h{level}" if level else "text-cell-p") if prose else "code"
            name = hashlib.sha256(f"{len(cells)} {text}".encode()).hexdigest()[:32]
            metadata: dict[str, Any] = {"cell_id": name, "deepnote_cell_type": kind}
            if prose:
                metadata["formattedRanges"] = []
            cells.append(without_id(cell, metadata) | {"source": text, "block_group": name})
    notebook["cells"] = cells
    notebook["metadata"] = {"deepnote": {}, "deepnote_notebook_id": short_id("deepnote")}
    notebook["nbformat_minor"] = 0


def saved_with_crlf(notebook: Notebook) -> None:
    """An editor of Windows stores one string a cell, with its own line ends."""
    for cell in notebook["cells"]:
        cell["source"] = read(cell).replace("\n", "\r\n")


def saved_by_jupytext(notebook: Notebook) -> None:
    """A trip through a Markdown file: new ids, and two blank lines begin a new cell."""
    cells: list[Cell] = []
    for cell in notebook["cells"]:
        prose = cell["cell_type"] == "markdown"
        for part in read(cell).split("\n\n\n") if prose else [read(cell)]:
            text = "\n".join(line.rstrip() for line in part.strip("\n").split("\n"))
            metadata = {} if prose else {"execution": {"iopub.status.idle": "2025-05-06T07:08:09Z"}}
            name = {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{len(cells)} jupytext"))}
            new = without_id(cell, metadata) | name
            write(new, text)
            cells.append(new)
    notebook["cells"] = cells
    notebook["metadata"]["jupytext"] = {"cell_metadata_filter": "-all", "formats": "ipynb,md"}


# Registration: the name of a damage is the name of its function, its story the docstring


def damage(
    *parts: str,
    photos: tuple[str, ...] = (),
    tool: Callable[[Notebook], None] | None = None,
    together: bool = False,
) -> Callable[[Callable[[Any], None]], None]:
    """Register a function that mangles a written question, or the list of all together."""

    def register(mangle: Callable[[Any], None]) -> None:
        def make(notebook: Notebook, marker: str) -> Notebook:
            result = copy.deepcopy(notebook)
            found = questions(result, marker)
            for target in [found] if together else found:
                mangle(target)
            if tool:
                tool(result)
            return result

        name, story = mangle.__name__.replace("_", "-"), mangle.__doc__ or ""
        DAMAGES.append(Damage(name, story, make, parts or ("",), photos))

    return register


# The placeholder stays, whole or in part


@damage("-above", "-below")
def around_placeholder(q: Question) -> None:
    """The student left the placeholder and wrote half the answer above it and half below."""
    write(q.answer, join(words(q.mark + "-above"), read(q.answer), words(q.mark + "-below")))


@damage()
def same_line(q: Question) -> None:
    """The student clicked at the end or the start of the placeholder and typed on in its line."""
    pair = [read(q.answer), words(q.mark)]
    write(q.answer, " ".join(pair[::-1] if q.number % 2 else pair))


@damage()
def half_erased(q: Question) -> None:
    """The student erased the placeholder only in part, so that a stump is left."""
    start, end = read(q.answer)[:16], read(q.answer)[-20:]
    forms = (start + words(q.mark), words(q.mark) + end, start + words(q.mark) + end)
    write(q.answer, forms[q.number % 3])


@damage()
def placeholder_translated(q: Question) -> None:
    """The browser translated the placeholder, or the student made it bold, and it stayed."""
    german = "_Geben Sie hier Ihre Antwort ein und ersetzen Sie diesen Text._"
    font = '<font style="vertical-align: inherit;">在此处输入您的答案，替换此文本。</font>'
    write(q.answer, join((german, f"**{read(q.answer)}**", font)[q.number % 3], words(q.mark)))


# New cells, and text inside the prompt


@damage()
def cell_below(q: Question) -> None:
    """The student wrote into a new cell below the placeholder, which stayed."""
    q.after(q.answer, markdown(words(q.mark)))


@damage("-above", "-below")
def cells_on_both_sides(q: Question) -> None:
    """The student wrote into two new cells, one above and one below the untouched placeholder."""
    q.before(q.answer, markdown(words(q.mark + "-above")))
    q.after(q.answer, markdown(words(q.mark + "-below")))


@damage("-start", "-end")
def long_in_prompt(q: Question) -> None:
    """The student typed five thousand words at the end of the prompt's own cell."""
    lines = [f"Step {i}: so the next term follows from the one before." for i in range(500)]
    ends = words(q.mark + "-start"), words(q.mark + "-end")
    write(q.prompt, join(read(q.prompt), ends[0], *lines, ends[1]))


@damage()
def prompt_top(q: Question) -> None:
    """The student typed on top of the prompt's own cell, and mended a word and a blank of it."""
    mended = re.sub(r"\b(is|are|and)\b", "will be", read(q.prompt), count=1).replace(". ", ".  ")
    write(q.prompt, join(words(q.mark), mended))


@damage("-first", "-second")
def prompt_middle(q: Question) -> None:
    """The student answered between the parts of the prompt, and deleted the answer cell."""
    first, second, *rest = [*paragraphs(read(q.prompt)), ""]
    replies = words(q.mark + "-first"), words(q.mark + "-second")
    write(q.prompt, join(first, replies[0], second, replies[1], *rest))
    q.remove(q.answer)


@damage()
def remade(q: Question) -> None:
    """The student deleted the answer cell and made a new one, of code, raw or Markdown."""
    error: dict[str, Any] = {"output_type": "error", "ename": "SyntaxError"}
    error |= {"evalue": "invalid syntax", "traceback": ["SyntaxError: invalid syntax"]}
    new = code(words(q.mark), error) if q.number % 3 == 0 else markdown(words(q.mark))
    if q.number % 3 == 1:
        new |= {"cell_type": "raw", "metadata": {"raw_mimetype": "text/latex"}}
    q.after(q.answer, new)
    q.remove(q.answer)


@damage("-first", "-second")
def turned(q: Question) -> None:
    """A stray key turned the answer cell into code, raw text or headings."""
    text = join(words(q.mark + "-first"), words(q.mark + "-second"))
    write(q.answer, text)
    if q.number % 3 == 0:
        q.answer |= {"cell_type": "code", "execution_count": None, "outputs": []}
    elif q.number % 3 == 1:
        q.answer["cell_type"] = "raw"
    else:
        write(q.answer, join(*("## " + part for part in paragraphs(text))))


# Cells cut, glued and moved


@damage("-first", "-second", "-third", tool=saved_by_jupyterlab_3)
def split_in_jupyterlab_3(q: Question) -> None:
    """The student split the answer into three cells, in a JupyterLab that writes no ids."""
    write(q.answer, words(q.mark + "-first"))
    pieces = copy.deepcopy(q.answer), copy.deepcopy(q.answer)
    write(pieces[0], f"$$\nX = A^{{-1}} \\text{{{q.mark}-second}}")
    write(pieces[1], f"+ B X C\n$$\n\n{words(q.mark + '-third')}")
    q.after(q.answer, *pieces)


@damage()
def merged_with_prompt(q: Question) -> None:
    """The student merged the prompt and the answer into one cell."""
    write(q.prompt, join(read(q.prompt), words(q.mark)))
    q.remove(q.answer)


@damage()
def merged_with_next(q: Question) -> None:
    """The student merged the answer with the prompt of the next question."""
    following = q.next(q.answer)
    write(q.answer, join(words(q.mark), read(following)))
    q.remove(following)


@damage()
def merged_with_code(q: Question) -> None:
    """The student merged the answer with all below, down to and into the next code cell."""
    texts = [words(q.mark)]
    while (following := q.next(q.answer))["cell_type"] != "code":
        texts.append(read(following))
        q.remove(following)
    write(following, join(*texts, read(following)))
    q.remove(q.answer)


@damage(together=True)
def dragged_far(found: list[Question]) -> None:
    """The first answer was dragged to the end of the notebook, the last one above the title."""
    for q in found:
        write(q.answer, words(q.mark))
    first, last = found[0], found[-1]
    first.remove(first.answer)
    first.cells.append(first.answer)
    last.remove(last.answer)
    last.cells.insert(0, last.answer)


@damage(together=True)
def swapped(found: list[Question]) -> None:
    """The answer cells were moved around, so that each stands under the prompt of another."""
    places = [q.position(q.answer) for q in found]
    for q, place in zip(found, places[1:] + places[:1], strict=True):
        write(q.answer, words(q.mark))
        q.cells[place] = q.answer


@damage(together=True)
def interleaved(found: list[Question]) -> None:
    """Two questions were pushed together: both prompts first, then two new cells of answers."""
    for one, other in zip(found[::2], found[1::2], strict=False):
        one.remove(one.answer, other.prompt, other.answer)
        answers = markdown(words(one.mark)), markdown(words(other.mark))
        one.after(one.prompt, other.prompt, *answers)
    if len(found) % 2:
        write(found[-1].answer, words(found[-1].mark))


@damage("-kept", "-pasted")
def answered_twice(q: Question) -> None:
    """The answer cell was pasted again with the same id, further below, and says another thing."""
    write(q.answer, words(q.mark + "-kept"))
    second = copy.deepcopy(q.answer)
    write(second, words(q.mark + "-pasted"))
    q.after(q.next(q.answer), second)


@damage()
def block_copied(q: Question) -> None:
    """The student copied prompt and answer cell below, ids and all, and answered in the copy."""
    filled = copy.deepcopy(q.answer)
    write(filled, words(q.mark))
    q.after(q.answer, copy.deepcopy(q.prompt), filled)


# The prompt changed


@damage()
def prompt_quoted(q: Question) -> None:
    """The student turned the prompt into a quotation and answered after its first paragraph."""
    quoted = [re.sub(r"^", "> ", part, flags=re.M) for part in paragraphs(read(q.prompt))]
    write(q.prompt, join(quoted[0], words(q.mark), *quoted[1:]))
    q.remove(q.answer)


@damage()
def prompt_translated(q: Question) -> None:
    """The student replaced the prompt by a Chinese translation and answered in it, in Chinese."""
    formulas = re.findall(r"\$\$.+?\$\$|\$[^$]+\$", read(q.prompt), flags=re.S)
    answer = f"解：{q.mark}，因为两边的微分相等，所以映射是线性的。证毕。"
    write(q.prompt, join(f"**问题（翻译）。** 设 {'，'.join(formulas)}。请写出证明。", answer))


@damage()
def prompt_struck(q: Question) -> None:
    """The student struck the prompt through, part by part, and wrote under it in its cell."""
    struck = [f"~~{part}~~" for part in paragraphs(read(q.prompt))]
    write(q.prompt, join(*struck, words(q.mark)))
    write(q.answer, "")


@damage()
def prompt_deleted(q: Question) -> None:
    """The student deleted the prompt, and for every other question retyped the answer cell."""
    q.remove(q.prompt)
    write(q.answer, words(q.mark))
    if q.number % 2 == 0:
        q.after(q.answer, markdown(words(q.mark)))
        q.remove(q.answer)


@damage()
def retyped_characters(q: Question) -> None:
    """The prompt went through a word processor: other blanks, wide brackets, split accents."""
    wide = str.maketrans({" ": "\u00a0", "(": "（", ")": "）", ":": "："})
    answer = unicodedata.normalize("NFD", f"Lösung：{q.mark}，\u2003für alle Ｈ （ａ）－（ｂ）。")
    write(q.prompt, join(unicodedata.normalize("NFD", read(q.prompt).translate(wide)), answer))
    write(q.answer, read(q.answer).translate(wide))


# Other tools


@damage("-text", "-photo", photos=("-photo",), tool=saved_by_colab)
def colab(q: Question) -> None:
    """Colab dropped ids and metadata; photo and text stand in a new cell above the placeholder."""
    name = f"{q.mark}-photo"
    image = f"![{name}.png](data:image/png;base64,{png(name)})"
    q.before(q.answer, markdown(f"{words(q.mark + '-text')}\n{image}"))


@damage(tool=saved_by_vscode)
def vscode(q: Question) -> None:
    """In VS Code the student answered in a new code cell whose language is LaTeX."""
    new = code(words(q.mark)) | {"metadata": {"vscode": {"languageId": "latex"}}}
    q.after(q.answer, new | {"execution_count": None})
    q.remove(q.answer)


@damage(tool=saved_by_kaggle)
def kaggle(q: Question) -> None:
    """On Kaggle the student answered in a new cell above the prompt."""
    q.before(q.prompt, markdown(words(q.mark)))


@damage("-first", "-second", tool=saved_by_deepnote)
def deepnote(q: Question) -> None:
    """Deepnote made a cell of each paragraph: placeholder, heading and two parts of the answer."""
    parts = words(q.mark + "-first"), words(q.mark + "-second")
    write(q.answer, join(read(q.answer), "## Solution", *parts))


@damage(tool=saved_with_crlf)
def windows_lines(q: Question) -> None:
    """With line ends of Windows, the answer stands at the end of the next question's prompt."""
    following = q.next(q.answer)
    write(following, join(read(following), words(q.mark)))


@damage("-first", "-second", tool=saved_by_jupytext)
def jupytext(q: Question) -> None:
    """A trip through a Markdown file cut the answer at two blank lines and made all ids anew."""
    write(q.answer, f"{words(q.mark + '-first')}  \n\n\n\n{words(q.mark + '-second')}  ")


# Answers as code, pictures and odd Markdown


@damage("-comment", "-docstring")
def as_code(q: Question) -> None:
    """The student answered in a new code cell, as a comment and as a string in three quotes."""
    comment = f"# {words(q.mark + '-comment')}\n# That is all."
    q.after(q.answer, code(f'{comment}\nr"""\n{words(q.mark + "-docstring")}\n"""\nNone'))


@damage("-printed", "-shown")
def printed(q: Question) -> None:
    """The student let code cells print the answer; the second part is in an output only."""
    texts = words(q.mark + "-printed"), words(q.mark + "-shown")
    source = 'from IPython.display import Markdown\nMarkdown(open("answer.md").read())'
    data = {"text/markdown": [texts[1]], "text/plain": ["<IPython.core.display.Markdown object>"]}
    shown = {"output_type": "execute_result", "execution_count": 7, "data": data, "metadata": {}}
    stream = {"name": "stdout", "output_type": "stream", "text": [texts[0] + "\n"]}
    q.after(q.answer, code(f"print(r'{texts[0]}')", stream), code(source, shown))


@damage("-photo", photos=("-photo",))
def photo_below_placeholder(q: Question) -> None:
    """The answer is only a photo, pasted under the placeholder, which stayed."""
    name = f"{q.mark}-photo.png"
    attach(q.answer, name, f"{q.mark}-photo")
    write(q.answer, join(read(q.answer), f"![{name}](attachment:{name})"))


@damage("-first", "-second", photos=("-first", "-second"))
def photos_in_new_cell(q: Question) -> None:
    """Two photos are in a new cell above the placeholder; the line with the second was erased."""
    new = markdown(f"![scan](attachment:scan%20{q.mark}-first.png)")
    attach(new, f"scan {q.mark}-first.png", f"{q.mark}-first")
    attach(new, f"scan {q.mark}-second.png", f"{q.mark}-second")
    q.before(q.answer, new)


@damage("-cell", "-photo", photos=("-photo",))
def photo_in_table(q: Question) -> None:
    """The student pasted a table in HTML, with a photo as a data address, below the prompt."""
    name = f"{q.mark}-photo"
    image = f'<img src="data:image/png;base64,{png(name)}" alt="{name}.png" width="400">'
    row = f"<tr><td>{words(q.mark + '-cell')}</td><td>{image}</td></tr>"
    write(q.prompt, f"{read(q.prompt)}\n\n<table>\n{row}\n</table>")


@damage("-photo", photos=("-photo",))
def photo_as_output(q: Question) -> None:
    """The student showed the photo with a code cell, so that it is in the output."""
    name = f"{q.mark}-photo"
    data = {"image/png": png(name) + "\n", "text/plain": ["<IPython.core.display.Image object>"]}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    q.before(q.answer, code(f'display(Image(filename="{name}.png"))', shown))


@damage("-shown", "-hidden", "-open")
def html_comment(q: Question) -> None:
    """The student put a part of the answer into an HTML comment, and opened another one."""
    hidden = f"<!--\n{words(q.mark + '-hidden')}\n-->"
    write(q.answer, join(words(q.mark + "-shown"), hidden, f"<!-- {words(q.mark + '-open')}"))


@damage()
def latex_only(q: Question) -> None:
    """The answer is a bare formula in a new cell, aligned or in backslash brackets."""
    align = f"\\begin{{align}}\nf &= X A X \\\\\n&= \\text{{{q.mark}}}\n\\end{{align}}"
    brackets = f"\\[ X = \\text{{{q.mark}}} \\] with \\( A^2 < 1 \\)"
    q.after(q.answer, markdown(brackets if q.number % 2 else align))


@damage("-before", "-after")
def rule_and_heading(q: Question) -> None:
    """The answer contains a line of dashes and a copy of the next prompt's first words."""
    heading = read(q.next(q.answer))[:60]
    parts = f"{words(q.mark + '-before')}\n---", f"{heading} ...", words(q.mark + "-after")
    write(q.answer, join(*parts))


def check(notebook: Notebook, marker: str = "zebra7") -> None:
    """Assert for one notebook that each damage keeps what it promises."""
    pristine = json.dumps(notebook)
    ordinary = copy.deepcopy(notebook)
    for q in questions(ordinary, marker):
        write(q.answer, words(q.mark))
    for entry in DAMAGES:
        result = entry.make(notebook, marker)
        assert json.dumps(notebook) == pristine, f"{entry.name} changes its argument"
        dumped = json.dumps(result, ensure_ascii=False)
        assert json.loads(dumped) == result != ordinary, entry.name
        markers = expected(entry, notebook, marker)
        assert len(markers) >= written(notebook) > 0, entry.name
        for wanted in markers:
            assert wanted in dumped, f"{entry.name} lost {wanted}"
            assert sum(other.startswith(wanted) for other in markers) == 1, entry.name
        for image in pictures(entry, notebook, marker):
            assert image in dumped, f"{entry.name} lost a picture"
            assert marker.encode() in base64.b64decode(image), entry.name
        for cell in result["cells"]:
            assert cell["cell_type"] in {"markdown", "code", "raw"}, entry.name
            assert isinstance(cell["metadata"], dict), entry.name
            assert ("outputs" in cell) == (cell["cell_type"] == "code"), entry.name


if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[1:]]
    paths = paths or sorted(Path("/work/main/homework").glob("*/student/*.ipynb"))
    assert paths, "no notebooks to test with"
    assert len({entry.name for entry in DAMAGES}) == len(DAMAGES) == 40, len(DAMAGES)
    for path in paths:
        check(json.loads(path.read_text(encoding="utf-8")))
    print(f"{len(DAMAGES)} damages, {len(paths)} notebooks: all markers are there")
