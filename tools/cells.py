"""Run a notebook's cells in this process, and let no number be printed that is not shown.

Much faster than a kernel for each notebook, and the same to a cell: it has an IPython shell.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

# ---------------------------------------------------------------- what may be printed

#: The name by which transformed cells call `printable`.
PRINTABLE = "__printable__"
#: What writes its arguments out as they are.
WRITERS = {"print", "str", "repr", "format"}


def printable(value: Any) -> Any:
    """The value, unless it is a number with rounding in it: that is for `show` to write."""
    if inexact(value):
        raise TypeError(
            f"{value!r} would be printed as it is, and its last digits hang on the machine: "
            "write show(...), bound(...) or an exact number instead."
        )
    return value


def inexact(value: Any) -> bool:
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(inexact, value))
    if isinstance(value, dict):
        return any(map(inexact, value.values()))
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc" or (value.dtype.kind == "O" and inexact(value.tolist()))
    return isinstance(value, (float, complex, np.inexact))


class OnlyShown(ast.NodeTransformer):
    """Whatever a cell prints or puts into a text is asked first whether it may be."""

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        self.generic_visit(node)
        node.value = self._asked(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        named = isinstance(node.func, ast.Name) and node.func.id in WRITERS
        method = isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        if named or method:
            node.args = [
                ast.Starred(
                    self._asked(ast.Call(ast.Name("list", ast.Load()), [arg.value], [])),
                    ast.Load(),
                )
                if isinstance(arg, ast.Starred)
                else self._asked(arg)
                for arg in node.args
            ]
        return ast.fix_missing_locations(node)

    def _asked(self, value: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name(PRINTABLE, ast.Load()), [value], [])
        return ast.fix_missing_locations(ast.copy_location(call, value))


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Jupyter's kernels load it too: see notebooks.py."""
    setattr(builtins, PRINTABLE, printable)
    shell.ast_transformers.append(OnlyShown())


# ---------------------------------------------------------------- running


class Results(DisplayHook):
    """Keeps what a cell ends in, in all its forms, instead of printing it."""

    shell: Shell

    def __call__(self, result: Any = None) -> None:
        if result is not None:
            self.shell.results.append(self.compute_format_data(result)[0])


class Shell(InteractiveShell):
    displayhook_class = Results
    display_pub_class = CapturingDisplayPublisher
    display_pub: CapturingDisplayPublisher
    results: list[dict[str, Any]]


def run(notebook: NotebookNode, folder: Path, *transformers: ast.NodeTransformer) -> Iterator[Any]:
    """The outputs of each code cell: what it prints, and what it shows in each form but pictures.

    A cell that fails gives its error's sentence. Call it in a process of its own.
    """
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    os.chdir(folder)
    warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
    quiet = Config({"HistoryManager": {"enabled": False}})  # it would write to the reader's own
    shell = Shell.instance(colors="NoColor", config=quiet)
    load_ipython_extension(shell)
    shell.ast_transformers += transformers
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shell.results = []
        shell.display_pub.outputs.clear()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            outcome = shell.run_cell(cell.source, store_history=False)
        plt.close("all")
        error = outcome.error_before_exec or outcome.error_in_exec
        if error is not None:
            yield [f"fails with {type(error).__name__}: {error}"]
        else:
            shown = [made["data"] for made in shell.display_pub.outputs] + shell.results
            yield [printed.getvalue(), *map(compared, shown)]


def stored(cell: NotebookNode) -> list[Any]:
    """What `run` would give, read from the notebook."""
    printed = "".join(out.text for out in cell.outputs if out.output_type == "stream")
    shown = [out.data for out in cell.outputs if out.output_type != "stream"]
    return [printed, *map(compared, shown)]


def compared(data: dict[str, Any]) -> dict[str, str]:
    if any(kind.startswith("image/") for kind in data):
        return {}  # a picture, and its stand-in text
    return {kind: text for kind, text in data.items() if isinstance(text, str)}
