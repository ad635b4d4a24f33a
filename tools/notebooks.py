"""Execute and check the course's notebooks.

    python tools/notebooks.py run [NOTEBOOK ...]     execute, normalise, store
    python tools/notebooks.py tidy [NOTEBOOK ...]    normalise only, keep the outputs
    python tools/notebooks.py check [NOTEBOOK ...]   say what is wrong, change nothing

Without names: every notebook under chapters/, and what only shows when all are seen together. A
stored notebook depends on its source alone, so that a difference between two commits is a
difference someone meant: cell ids stay, counts run 1, 2, 3, ..., and no time, path, version or
machine is kept.
"""

from __future__ import annotations

import argparse
import ast
import base64
import contextlib
import functools
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import nbformat.reader
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent

sys.path[:0] = [str(ROOT), str(ROOT / "site"), str(ROOT / "tools")]
from boxes import put_statements  # noqa: E402
from course_macros import front_matter  # noqa: E402
from course_sources import Source, is_reference, sources  # noqa: E402

from grader.notebooks import fresh_id, put_header  # noqa: E402
from lecturelib.claims.macros import macros  # noqa: E402

# The first code cell of every notebook. A reader who opens a page alone learns what is missing; on
# the website the cell is not shown.
GUARD_ID = "needs-lecturelib"
GUARD = """\
try:
    import lecturelib
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "This notebook needs the course's package lecturelib: "
        "download its wheel from the course's front page and pip install it."
    ) from None
lecturelib.show_results()  # what a cell ends in, on every machine the same"""

KEPT_CELL_METADATA = {"mystnb", "tags"}
# A cell of such lines alone is tagged `verify`, and the website shows it as a mark.
VERIFY = re.compile(r"""(?:verify\((?:"[\w-]+"|'[\w-]+')\)\n?)+""")
LONGEST_CELL = 14  # lines
AT_ONCE = 2  # notebooks run side by side
# The first cell of every notebook: the macros, where JupyterLab (with jupyterlab-myst) looks for
# them. On the website the cell is not shown, and lecturelib/claims/macros.tex serves.
MACROS_ID = "macros"
# Where the macros stood before, and where a text from elsewhere may bring its own.
MACRO_LINE = re.compile(r"\n*^\$(?:\\newcommand\{.*\})+\$$", re.MULTILINE)


# ---------------------------------------------------------------- normalise


def normalise(notebook: NotebookNode) -> None:
    """Bring a notebook into its one stored form; outputs are kept."""
    put_header(notebook)
    put_guard(notebook)
    put_macros(notebook)
    seen: set[str] = set()
    count = 0
    for cell in notebook.cells:
        cell.source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
        if cell.cell_type == "markdown":
            cell.source = put_statements(cell.source)
        cell.metadata = NotebookNode(
            {key: cell.metadata[key] for key in sorted(KEPT_CELL_METADATA & set(cell.metadata))}
        )
        if not cell.get("id") or cell.id in seen:  # a copied cell carries its original's id
            cell.id = fresh_id(cell.source, seen)
        seen.add(cell.id)
        if cell.cell_type == "code":
            if VERIFY.fullmatch(cell.source) and "verify" not in tags(cell):
                cell.metadata["tags"] = [*tags(cell), "verify"]
            count += 1
            cell.execution_count = count
            cell.outputs = merge_streams(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = with_palette(output.data["image/png"])


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def put_guard(notebook: NotebookNode) -> None:
    cells = [cell for cell in notebook.cells if cell.get("id") != GUARD_ID]
    old = next((cell for cell in notebook.cells if cell.get("id") == GUARD_ID), None)
    first_code = next((i for i, cell in enumerate(cells) if cell.cell_type == "code"), None)
    if first_code is not None:
        guard = nbformat.v4.new_code_cell(GUARD, id=GUARD_ID, metadata={"tags": ["remove-cell"]})
        guard.outputs = old.outputs if old else []
        cells.insert(first_code, guard)
    notebook.cells = cells


def put_macros(notebook: NotebookNode) -> None:
    cells = [cell for cell in notebook.cells if cell.get("id") != MACROS_ID]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = MACRO_LINE.sub("", cell.source)
    tagged = {"tags": ["remove-cell"]}
    macros = nbformat.v4.new_markdown_cell(front_matter(), id=MACROS_ID, metadata=tagged)
    notebook.cells = [macros, *cells]


def with_palette(png: str) -> str:
    """A picture, in base64, of 256 colours at most: less than a third of the bytes.

    No channel is off by more than about 7 of 255, which nobody sees in a plot. What shows through
    is left as it is.
    """
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode == "P" or picture.convert("RGBA").getextrema()[-1] != (255, 255):
        return png
    of_colours = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    stored = io.BytesIO()
    of_colours.save(stored, "PNG", optimize=True)
    return base64.b64encode(stored.getvalue()).decode()


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell prints into one output; the kernel cuts it where it happens to."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


# ---------------------------------------------------------------- check

# What an output that is compared on another machine must not hold; of its numbers see below.
UNSTABLE = {
    "a path of this machine": r"(?:/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\?Users|site-packages)",
    "an address in memory": r"\b0x[0-9a-fA-F]{6,}\b",
    "a time": r"\b\d+(?:\.\d+)? ?(?:ms|µs|us|ns|it/s|s/it)\b|\b(?:Wall|CPU) time",
    "a negative zero": r"(?<![\w.])-0\.?0*(?![\w.])",
}


MOST_DIGITS = 8
SMALLEST = 1e-12
NUMBER = re.compile(r"(?<![\w.])\d+\.\d*(?:e[+-]\d+)?|(?<![\w.])\d+e[+-]\d+", re.IGNORECASE)
BOUND = re.compile(r"(?:below|to|within|<) $")  # before a number: it is stated, not found


def number_problems(text: str) -> Iterator[str]:
    """Numbers in an output that hang on a machine's rounding."""
    for found in NUMBER.finditer(text):
        digits = re.sub(r"e.*|\.", "", found[0], flags=re.IGNORECASE).lstrip("0")
        if len(digits) > MOST_DIGITS:
            yield f"an output holds {found[0]}, of more than {MOST_DIGITS} digits: print show(...)."
        if 0 < float(found[0]) < SMALLEST and not BOUND.search(text[: found.start()]):
            yield f"an output holds {found[0]}, which may be mere rounding: print bound(...)."


class Printed(ast.NodeVisitor):
    """What a cell's source does to numbers on their way to the page, instead of `show`."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.inside = 0  # calls that write

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        spec = ast.unparse(node.format_spec) if node.format_spec else ""
        if re.search(r"[eEfFgGn%]['\"]$", spec):
            self.found.append(f"the format {{{ast.unparse(node.value)}:{spec[2:-1]}}}")
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        keywords = {keyword.arg for keyword in node.keywords}
        method = isinstance(node.func, ast.Attribute)
        cuts = name == "around" or (name == "round" and (method or len(node.args) > 1))
        cuts |= name == "astype" and ast.unparse(node).endswith("(int)")
        if name == "set_printoptions" or (self.inside and cuts):
            self.found.append(f"{ast.unparse(node)[:40]} in what is printed")
        if name == "matrix_rank" and not keywords & {"tol", "rtol"} and len(node.args) < 2:
            self.found.append("matrix_rank without a tolerance (rtol=1e-9), which the page prints")
        writes = name in {"print", "show", "str"}
        self.inside += writes
        self.generic_visit(node)
        self.inside -= writes


def problems(notebook: NotebookNode) -> Iterator[str]:
    """Everything wrong with a stored notebook, one sentence each."""
    tidy = nbformat.from_dict(notebook)
    normalise(tidy)
    if nbformat.writes(tidy) != nbformat.writes(notebook):
        yield "It is not stored in its normal form: run `make notebooks`."
    first = next((cell for cell in notebook.cells if cell.get("id") != MACROS_ID), None)
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "It does not begin with its title, a line `# Title`."
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            yield from (f"Cell {cell.id}: {problem}" for problem in markdown_problems(cell.source))
            continue
        count += 1
        yield from (f"Cell {cell.id}: {problem}" for problem in code_problems(cell, count))
        for output in cell.outputs:
            yield from (f"Cell {cell.id}: {problem}" for problem in output_problems(cell, output))


def code_problems(cell: NotebookNode, count: int) -> Iterator[str]:
    if cell.execution_count != count:
        yield f"its execution count is {cell.execution_count}, and {count} is due."
    length = len(cell.source.splitlines())
    if length > LONGEST_CELL:
        yield f"it has {length} lines; split it, {LONGEST_CELL} are enough for one idea."
    if "NBVAL_" in cell.source or any(tag.startswith("nbval-") for tag in tags(cell)):
        yield "it asks not to be checked; print what can be compared instead."
    with contextlib.suppress(SyntaxError):  # the run tells
        (raw := Printed()).visit(ast.parse(cell.source))
        yield from (f"it has {what}: let show(...) round." for what in raw.found)
    if "verify" in tags(cell):
        if not VERIFY.fullmatch(cell.source):
            yield 'it is tagged `verify` and may hold lines verify("...") only.'
        printed = "".join(output.get("text", "") for output in cell.outputs)
        if len(printed.splitlines()) != len(cell.source.splitlines()):
            yield "it must print one line for each claim: run `make notebooks`."


def markdown_problems(source: str) -> Iterator[str]:
    if re.search(r"!\[\s*\]\(", source):
        yield "a picture has no alt text; say what it shows: ![...](file)."
    if re.search(r"^(?:```|:::)+\{(?:figure|image)\}(?!(?:.|\n)*?:alt:)", source, re.MULTILINE):
        yield "a figure has no :alt: line that says what it shows."
    if re.search(r"<img(?![^>]*\balt=\"[^\"]+\")", source):
        yield 'a picture has no alt text; say what it shows: alt="...".'


def output_problems(cell: NotebookNode, output: NotebookNode) -> Iterator[str]:
    if output.output_type == "error":
        yield f"it fails with {output.ename}: {output.evalue}"
        return
    if output.output_type == "stream" and output.name == "stderr":
        yield f"it writes to stderr: {output.text.strip().splitlines()[-1]}"
        return
    data = output.get("data", {"text/plain": output.get("text", "")})
    drawn = re.search(r"with (\d+) Axes", str(data.get("text/plain", "")))
    for tag in tags(cell):
        if drawn and tag.startswith("frames-") and tag != f"frames-{drawn[1]}":
            yield f"it is tagged {tag} and draws {drawn[1]} frames: do two have one title?"
    for kind, text in data.items():
        if kind.startswith("image/"):
            shown = cell.metadata.get("mystnb", {})
            if len(shown.get("image", {}).get("alt", "").split()) < 4:
                yield (
                    "a figure has no alt text that says what it shows; put it into the cell's "
                    'metadata: {"mystnb": {"image": {"alt": "..."}}}.'
                )
            if not shown.get("figure", {}).get("caption", "").strip():
                yield (
                    "a figure has no caption; put it into the cell's "
                    'metadata: {"mystnb": {"figure": {"name": "fig-...", "caption": "..."}}}.'
                )
        elif any(kind2.startswith("image/") for kind2 in data):
            continue  # the figure's stand-in text is neither shown nor compared
        elif isinstance(text, str):
            used = re.findall(rf"\\(?:{'|'.join(macros())})(?![A-Za-z])", text)
            if used and kind in ("text/markdown", "text/latex"):
                yield f"an output uses {used[0]}, which Jupyter does not know there; write it out."
            for what, pattern in UNSTABLE.items():
                if found := re.search(pattern, text):
                    yield f"an output holds {what}, {found[0]!r}, and would differ elsewhere."
            yield from number_problems(text)


def course_problems(pages: Iterable[Source]) -> Iterator[str]:
    """What is wrong between the notebooks, though each alone is in order."""
    labels: dict[str, str] = {}
    homes: dict[str, str] = {}
    for page in pages:
        for label in page.named:
            if label in labels:
                yield f"{page.docname}: the label {label!r} is also in {labels[label]}."
            labels.setdefault(label, page.docname)
        for claim in page.verified if not is_reference(page.docname) else ():
            if claim in homes:
                yield f"{page.docname}: {claim!r} is also verified in {homes[claim]}; keep one."
            homes.setdefault(claim, page.docname)


# ---------------------------------------------------------------- the command


def read(path: Path) -> NotebookNode:
    # Not nbformat.read, which replaces a repeated cell id by a random one.
    return nbformat.reader.reads(path.read_text("utf-8"))


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell from the top, as a reader would, in the notebook's own folder."""
    NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": str(folder)}},
        # Each kernel would warn that it talks over TCP. What a cell prints is asked in cells.py.
        extra_arguments=["--log-level=ERROR", "--IPKernelApp.extra_extensions=cells"],
        # The package of this folder, also where another copy of it is installed.
    ).execute(env=os.environ | {"PYTHONPATH": f"{ROOT / 'tools'}{os.pathsep}{ROOT}"})


def course_notebooks() -> list[Path]:
    return sorted(
        path for path in ROOT.glob("chapters/**/*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )


def main() -> int:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["run", "tidy", "check"])
    parser.add_argument("notebooks", nargs="*", type=Path)
    options = parser.parse_args()
    with ProcessPoolExecutor(AT_ONCE) as pool:
        found = [
            problem
            for some in pool.map(
                functools.partial(treat, options.action), options.notebooks or course_notebooks()
            )
            for problem in some
        ]
    if not options.notebooks:
        found += course_problems(sources(ROOT).values())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def treat(action: str, path: Path) -> list[str]:
    """Do what is asked with one notebook, and say what is wrong with it then."""
    notebook = read(path)
    if action != "check":
        normalise(notebook)
    if action == "run":
        execute(notebook, path.parent)
        normalise(notebook)
    if action != "check":
        nbformat.write(notebook, path)
    print(f"{path}: {'checked' if action == 'check' else 'stored'}", flush=True)
    return [f"{path}: {problem}" for problem in problems(notebook)]


if __name__ == "__main__":
    sys.exit(main())
