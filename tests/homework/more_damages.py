"""More ways to mangle a notebook, each of which once cost an answer.

The entries of `MORE` are like those of `damages.DAMAGES`; they were made by somebody who knew the
grader and looked for its gaps. Answers are plain words without a formula, ten in each sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import damages
from damages import Cell, Damage, Question, attach, code, join, markdown, png, read, write

MORE: list[Damage] = []


def damage(*parts: str, **more: Any) -> Callable[[Callable[[Any], None]], None]:
    """Register a function as `damages.damage` does, in the list of this file."""
    register = damages.damage(*parts, **more)

    def take(mangle: Callable[[Any], None]) -> None:
        register(mangle)
        MORE.append(damages.DAMAGES.pop())

    return take


def says(mark: str) -> str:
    return f"{mark} because the product rule keeps both factors linear here."


def says_more(mark: str) -> str:
    """More than twenty words, in one line."""
    return f"{says(mark)} Therefore the whole map is linear in its direction, as was claimed."


def shown(**data: Any) -> dict[str, Any]:
    """An output; its kinds by the end of their names."""
    kinds = {"png": "image/png"}
    data = {kinds.get(kind, f"text/{kind}"): content for kind, content in data.items()}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text + "\n"}


def below(q: Question, *cells: Cell, said: str = "see below") -> None:
    """The answer is in cells at the end, and its place says so."""
    write(q.answer, said)
    q.cells.extend(cells)


def with_code(q: Question) -> list[Cell]:
    """The cells with code that were given."""
    return [cell for cell in q.cells if cell["cell_type"] == "code" and cell["metadata"]]


def long_line(cell: Cell) -> str:
    return next(line for line in read(cell).split("\n")[1:] if len(line) > 30 and "$$" != line)


# At another question


@damage("-above", "-below", together=True)
def line_of_a_deleted_prompt(found: list[Question]) -> None:
    """All prompts were deleted, and each answer quotes a line of another one's."""
    for q, other in zip(found, found[1:] + found[:1], strict=True):
        quoted = f"> {long_line(other.prompt)}"
        write(q.answer, join(says(q.mark + "-above"), quoted, says(q.mark + "-below")))
    for q in found:
        q.remove(q.prompt)


@damage(together=True)
def all_in_one_cell(found: list[Question]) -> None:
    """All answers stand in the first one's cell, under headings; the other places are untouched."""
    labels = [read(q.prompt).split("**")[1].split(",")[0].split(" (")[0] for q in found]
    parts = [join(f"## {label}", says(q.mark)) for q, label in zip(found, labels, strict=True)]
    write(found[0].answer, join(*parts))


@damage(together=True)
def swapped_with_labels(found: list[Question]) -> None:
    """The answers stand in each other's cells, each with the label of its own question."""
    labels = [read(q.prompt).split("**")[1].split(",")[0].split(" (")[0] for q in found]
    texts = [f"**{label}** {says(q.mark)}" for q, label in zip(found, labels, strict=True)]
    for q, text in zip(found, texts[1:] + texts[:1], strict=True):
        write(q.answer, text)


@damage(together=True)
def retyped_at_another_question(found: list[Question]) -> None:
    """The last prompt and its place are gone; the answer is in a new cell below the first one's."""
    for q in found[:-1]:
        write(q.answer, says(q.mark))
    last = found[-1]
    last.remove(last.prompt, last.answer)
    found[0].after(found[0].answer, markdown(says(last.mark)))


@damage(together=True)
def prompt_cell_overtyped(found: list[Question]) -> None:
    """The first prompt's cell was moved below the last prompt and overtyped with the answer."""
    for q in found:
        write(q.answer, says(q.mark))
    first, last = found[0], found[-1]
    cell = first.prompt
    first.remove(cell)
    write(cell, says(last.mark))
    last.after(last.prompt, cell)
    last.remove(last.answer)


# In code


@damage("-1", "-2", "-3")
def comments_between_code(q: Question) -> None:
    """A code cell at the end has a comment above each line."""
    lines = [f"# {says(f'{q.mark}-{i}')}\na{i} = {i}" for i in (1, 2, 3)]
    below(q, code("\n".join(lines)))


@damage("-own", "-remark")
def comment_in_an_own_cell(q: Question) -> None:
    """All is answered, and a remark stands above a line of code in a new cell."""
    write(q.answer, says(q.mark + "-own"))
    q.cells.append(code(f"# {says(q.mark + '-remark')}\nx = 1"))


@damage()
def comment_at_the_imports(q: Question) -> None:
    """The answer is a comment in the first cell with code, which was given."""
    below(q, said="see top")
    first = with_code(q)[0]
    write(first, f"{read(first)}\n# {says(q.mark)}\nvalue_{q.number} = 0")


@damage()
def string_in_pieces(q: Question) -> None:
    """The answer is a text in quotes, in many pieces in brackets."""
    words = says_more(q.mark).split()
    rows = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    pieces = "\n".join(f"    {row + ' '!r}" for row in rows)
    below(q, code(f"answer = (\n{pieces}\n)"))


@damage()
def printed_at_the_end(q: Question) -> None:
    """The answer is printed by a cell at the end, in part by an f-string."""
    below(q, code(f"print(f'{{1 + 1}} {says(q.mark)}')"))


@damage()
def colab_form(q: Question) -> None:
    """The answer stands in a form of Colab."""
    source = f'#@title Answer\nanswer = "{says(q.mark)}" #@param {{type:"string"}}'
    below(q, code(source), said="in the form at the end")


@damage()
def cell_of_another_language(q: Question) -> None:
    """A cell of code with %%markdown happens to be Python."""
    below(q, code(f"%%markdown\n# {says(q.mark)}"))


@damage()
def comments_of_latex(q: Question) -> None:
    """A cell of code at the end has a comment as LaTeX has it; the places are untouched."""
    q.cells.append(code(f"% {says(q.mark)}"))


@damage()
def question_in_code(q: Question) -> None:
    """A cell of code at the end has a sentence with a question mark."""
    q.cells.append(code(f"Is the map linear, {says(q.mark)[:-1]}?"))


@damage()
def sentence_that_is_python(q: Question) -> None:
    """A cell of code at the end has a sentence that happens to be Python."""
    q.cells.append(code(f"f is linear and {q.mark} is small"))


@damage()
def formula_as_code(q: Question) -> None:
    """A cell of code at the end has a formula."""
    q.cells.append(code(f"dF = A @ H @ X + X @ H @ A + {q.mark}"))


@damage()
def in_the_report(q: Question) -> None:
    """The answers were typed into the report of a confusing spot."""
    below(q, said="see the report")
    report = next(cell for cell in with_code(q) if read(cell).startswith("page ="))
    if not q.number:
        write(report, 'page = "x"\nunclear = """"""')
    write(report, f'{read(report)[:-3]}{says(q.mark)}\n"""')


@damage()
def docstrings(q: Question) -> None:
    """The answers are docstrings of new functions below the code that was asked for."""
    below(q, said="explained in my functions")
    cell = next(cell for cell in with_code(q) if "def " in read(cell))
    write(cell, f"{read(cell)}\n\ndef why_{q.number}():\n    '''{says(q.mark)}'''")


@damage("-photo", photos=("-photo",))
def picture_in_a_string(q: Question) -> None:
    """A photo stands as a data address in the code of a cell at the end."""
    name = f"{q.mark}-photo"
    below(q, code(f"h = '<img src=\"data:image/png;base64,{png(name)}\">'"))


# In outputs


@damage()
def markdown_from_a_file(q: Question) -> None:
    """A cell at the end shows Markdown that it reads from a file."""
    source = "from IPython.display import display_markdown\ndisplay_markdown(open('a.md').read())"
    write(q.answer, "∎")
    q.cells.append(code(source, shown(markdown=says(q.mark))))


@damage("-text", "-photo", photos=("-photo",))
def output_of_an_emptied_cell(q: Question) -> None:
    """A cell at the end has an output, and its source was erased."""
    write(q.answer, "∎")
    output = shown(markdown=says(q.mark + "-text"), png=png(f"{q.mark}-photo"))
    q.cells.append(code("", output))


@damage("-photo", photos=("-photo",))
def photo_by_another_call(q: Question) -> None:
    """A cell at the end shows a photo with a library of its own."""
    write(q.answer, "∎")
    output = shown(png=png(f"{q.mark}-photo"), plain="<PIL.JpegImageFile size=40x20>")
    q.cells.append(code("from PIL import Image as I\nI.open('scan.jpg')", output))


@damage("-photo", "-text", photos=("-photo",))
def output_of_a_given_cell(q: Question) -> None:
    """A photo and a text are in the outputs of a cell with code that was given."""
    write(q.answer, "∎")
    output = shown(png=png(f"{q.mark}-photo"), markdown=says(q.mark + "-text"))
    with_code(q)[-3].setdefault("outputs", []).append(output)


@damage("-typed", "-read", "-error")
def text_of_outputs(q: Question) -> None:
    """Cells at the end put out what was typed at a prompt, read from a file, or an error."""
    error = {"output_type": "error", "ename": "E", "evalue": says_more(q.mark + "-error")}
    write(q.answer, "∎")
    q.cells += [
        code("a = input()", stream(f"Your answer: {says_more(q.mark + '-typed')}")),
        code("print(open('a.txt').read())", stream(says_more(q.mark + "-read"))),
        code("raise SystemExit(text)", error | {"traceback": []}),
    ]


@damage("-text", "-photo", photos=("-photo",))
def text_beside_a_picture(q: Question) -> None:
    """A cell at the question puts out a picture and a text in HTML at once."""
    html = f"<p>{says(q.mark + '-text')}</p>"
    output = shown(html=html, png=png(f"{q.mark}-photo"), plain="<an object>")
    q.after(q.answer, code("show()", output))


@damage()
def two_texts_of_one_output(q: Question) -> None:
    """What a cell put out says more as plain text than as Markdown."""
    q.after(q.answer, code("show()", shown(markdown="## Answer", plain=says(q.mark))))


@damage("-photo", photos=("-photo",))
def figures_before_the_photo(q: Question) -> None:
    """Above the photo, which is attached, many figures of the coded part were drawn."""
    if not q.number:
        figure = shown(png=png("figure"), plain="<Figure size 640x480 with 1 Axes>")
        q.after(with_code(q)[0], code("for i in range(45): plot(i)", *45 * [figure]))
    write(q.answer, "![scan](attachment:scan.png)")
    attach(q.answer, "scan.png", f"{q.mark}-photo")


@damage()
def document_in_the_text(q: Question) -> None:
    """A document as a data address stands before the answer, longer than what is shown."""
    write(q.answer, f"[scan](data:application/pdf;base64,{'QUFB' * 60_000}) {says(q.mark)}")
