"""A stated number that is wrong turns the build red: each number of each stored output is changed.

Strict nbval compares what a cell gives with what the notebook has stored. Here the stored side is
falsified, one number at a time, and nbval must refuse every one.
"""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbval.plugin import IPyNbCell, nocolors

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(
    path for path in ROOT.glob("chapters/**/*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def texts(output: nbformat.NotebookNode) -> Iterator[tuple[dict, str]]:
    """Where an output holds text that a reader sees: (dictionary, key)."""
    if output.output_type == "stream":
        yield output, "text"
    elif output.output_type in ("display_data", "execute_result"):
        picture = any(kind.startswith("image/") for kind in output.data)
        for kind in output.data:
            if not picture and kind.startswith("text/"):
                yield output.data, kind


def falsified(text: str, found: re.Match[str]) -> str:
    """The text with the last digit of one number changed."""
    k = found.end() - 1
    return text[:k] + str((int(text[k]) + 1) % 10) + text[k + 1 :]


def mutants(outputs: list[nbformat.NotebookNode]) -> Iterator[tuple[str, list]]:
    """Every number of a cell's outputs, and the outputs in which it alone is changed."""
    for k, output in enumerate(outputs):
        for holder, key in texts(output):
            for found in NUMBER.finditer(holder[key]):
                changed = copy.deepcopy(outputs)
                for place, name in texts(changed[k]):
                    if name == key:
                        place[name] = falsified(holder[key], found)
                yield found[0], changed


#: What an IPyNbFile of nbval leaves out of the comparison.
SKIPPED = (
    "metadata", "traceback", "prompt_number", "output_type", "name", "execution_count",
    "image/png", "image/jpeg",
)  # fmt: skip


def nbval_accepts(fresh: list, stored: list) -> bool:
    """The comparison of strict nbval itself."""
    judge = SimpleNamespace(
        parent=SimpleNamespace(skip_compare=SKIPPED),
        colors=nocolors,
        sanitize=lambda text: text,
        format_output_compare=lambda *_: None,
    )
    return IPyNbCell.compare_outputs(judge, fresh, stored)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_stated_number_is_compared(path):
    alive, count = [], 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert nbval_accepts(cell.outputs, cell.outputs)
            for number, changed in mutants(cell.outputs):
                count += 1
                if nbval_accepts(cell.outputs, changed):
                    alive.append((cell.id, number))
    assert alive == []
    print(f"\n{path.stem}: {count} stated numbers changed, none accepted")


@pytest.mark.full
@pytest.mark.nightly
def test_the_build_turns_red_in_every_cell_with_a_number(tmp_path):
    """The whole way: notebooks on a copy, one number of every cell falsified, strict nbval."""
    expected = set()
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for k, cell in enumerate(code):
            found = next(mutants(cell.outputs), None)
            if found is not None:
                cell.outputs = found[1]
                expected.add(f"{path.stem}.ipynb::Cell {k}")
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, "-n", "2", "--dist", "loadfile", "--tb=no", "-rfE", "chapters"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    failed = set(re.findall(r"^FAILED \S*?([^/\s]+\.ipynb::Cell \d+)", ran.stdout, re.MULTILINE))
    assert expected <= failed, (sorted(expected - failed)[:10], ran.stdout[-2000:])
    print(f"\n{len(expected)} cells falsified, all red")
