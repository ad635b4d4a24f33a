"""Notebooks as this package stores and reads them."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from .plain import clean

if TYPE_CHECKING:  # grading needs no nbformat, and each of its processes would wait for it
    from nbformat import NotebookNode

#: Characters of a cell beyond which nobody looks for an id in it.
LONGEST_CELL = 20_000
MOST_CELLS = 100
#: Lists, entries and values in a notebook's JSON; a homework notebook has a thousand.
MOST_PARTS = 2_000_000


def stored_form(notebook: NotebookNode) -> NotebookNode:
    """The same notebook on every machine: ids from the sources, no versions, no times.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.

    Returns
    -------
    NotebookNode
    """
    node = type(notebook)
    put_header(notebook)
    seen: set[str] = set()
    count = 0
    for cell in notebook.cells:
        cell.metadata = node({k: v for k, v in cell.metadata.items() if k == "course"})
        cell.pop("attachments", None)
        cell.id = fresh_id(cell.source, seen)
        seen.add(cell.id)
        if cell.cell_type == "code":
            executed = cell.execution_count is not None
            count += 1
            cell.execution_count = count if executed else None
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return notebook


def put_header(notebook: NotebookNode) -> None:
    """Say that it is Python, in the format with cell ids, and nothing of who wrote it."""
    notebook.metadata = type(notebook)(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def fresh_id(source: str, seen: set[str]) -> str:
    """An id made from the cell's source, so that it is the same on every machine."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    return next(digest[i : i + 8] for i in range(56) if digest[i : i + 8] not in seen)


def is_notebook(name: str) -> bool:
    """Whether a file is called like a notebook; browsers and mail programs may add an ending."""
    return bool(re.search(r"\.ipynb(?:\.json|\.txt)?$", name, re.IGNORECASE))


class NotANotebook(ValueError):
    """What was handed in cannot be graded; the text says why, in a sentence."""


def read_cells(raw: bytes) -> list[dict[str, Any]]:
    """The cells of a notebook somebody handed in: type, source and metadata, nothing trusted.

    Parameters
    ----------
    raw : bytes

    Returns
    -------
    list of dict
        With keys ``cell_type``, ``source``, ``course`` (what `building` wrote into the metadata).

    Raises
    ------
    NotANotebook
        If it is no notebook, holds no cells, or is written in another language than Python.
    """
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_PARTS:  # each takes memory once it is read
        raise NotANotebook(f"The notebook has more than {MOST_PARTS:,} lines and outputs.")
    try:
        notebook = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
        cells = notebook["cells"]
        metadata = notebook.get("metadata", {})
        found = [_cell(cell) for cell in cells]
    except NotANotebook:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotANotebook(
            "The file is not a Jupyter notebook (or one of before 2013): it cannot be read."
        ) from None
    if not found:
        raise NotANotebook("The notebook has no cells.")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    named = [
        part.get(key)
        for part, key in ((kernel, "language"), (info, "name"))
        if isinstance(part, dict)
    ]
    language = next((str(name) for name in named if name), "python")
    if not language.lower().startswith(("python", "ipython")):
        raise NotANotebook(
            f"The notebook's kernel is for {language[:40]}, and this assignment needs Python."
        )
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; of two entries of one name a reader would lose the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotANotebook("The file has two entries of one name in one place: it was damaged.")
    return found


def assignment_of(raw: bytes) -> str:
    """The assignment that `building` marked a notebook with; empty where a program dropped that."""
    try:
        metadata = json.loads(raw.decode("utf-8-sig"))["metadata"]
        mark = metadata["course"]["assignment"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return clean(mark).strip() if isinstance(mark, str) else ""


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell.get("source", "")
    metadata = cell.get("metadata")
    course = metadata.get("course", "") if isinstance(metadata, dict) else ""
    return {
        "cell_type": str(cell["cell_type"]),
        "source": clean(source if isinstance(source, str) else "".join(map(str, source))),
        "course": course if isinstance(course, str) else "",
    }


def assigned_text(cells: list[dict[str, Any]], name: str) -> str | None:
    """The text that a notebook last assigns to a name, read and never run."""
    found = None
    naming = [
        cell["source"]
        for cell in cells
        if cell["cell_type"] == "code" and name in cell["source"]
        if len(cell["source"]) <= LONGEST_CELL
    ]
    for source in naming[:MOST_CELLS]:
        try:  # lines for IPython are not Python; the rest of the cell is
            tree = ast.parse(re.sub(r"^[ \t]*[%!].*", "", source, flags=re.MULTILINE))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in tree.body:
            if (
                isinstance(node, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
                and isinstance(node.value, ast.Constant)
                and isinstance(value := node.value.value, str | int)
                and (isinstance(value, str) or abs(value) < 10**18)
            ):
                found = clean(str(value)).strip()
    return found
