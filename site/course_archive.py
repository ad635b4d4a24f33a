"""What makes the course's archive ready to run: requirements.txt, README.md, the licence.

The notebooks come from course_plain.py. What they import is looked up in them, and from which
version on in pyproject.toml: nothing is listed here. The same files serve Binder, for which
runtime.txt names a Python that is new enough.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib

from course_edition import ROOT, edition
from sphinx.errors import ExtensionError

# What every notebook has without asking: it runs in it.
GIVEN = {"IPython", "lecturelib"}

README = """\
# Matrix Differentiation, as notebooks

Edition: {edition}. You need Python {python} or newer, and this folder; three commands, given in it,
install what the notebooks use and open the first one:

```bash
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/jupyter lab {first}
```

On Windows write `python` for `python3`, and `.venv\\Scripts` for `.venv/bin`. The notebooks link
to one another. `lecturelib`, the course's package, is the wheel beside them: `pip install {wheel}`
puts it into a Python of your own, and needs nothing but NumPy. The homework is under `homework/`,
an archive an assignment. Text under CC BY 4.0, code under MIT: see LICENSE.
"""


def imported(notebook: bytes) -> set[str]:
    """The packages that a notebook's code names, and a fresh Python with Jupyter has not."""
    found: set[str] = set()
    for cell in json.loads(notebook)["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        for node in ast.walk(ast.parse(re.sub(r"^(\s*)%.*$", r"\1pass", source, flags=re.M))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - GIVEN


def course_files(files: dict[str, bytes], root: str) -> dict[str, bytes]:
    """The files that an archive of these files needs beside them, by name.

    Parameters
    ----------
    files : dict
        What is in the archive: notebooks, the wheel.
    root : str
        The front page.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = [*project["dependencies"], *project["optional-dependencies"]["book"]]
    bound = {re.split(r"[^\w-]", text)[0]: text for text in bounds}
    needed = {"jupyterlab"}.union(
        *(imported(content) for name, content in files.items() if name.endswith(".ipynb"))
    )
    if unknown := sorted(needed - bound.keys()):
        raise ExtensionError(
            f"Notebooks import {', '.join(unknown)}, not in pyproject.toml's extra `book`."
        )
    [wheel] = [name for name in files if name.endswith(".whl")]
    lines = [f"./{wheel}", *(bound[name] for name in sorted(needed))]
    python = project["requires-python"].removeprefix(">=")
    text = README.format(edition=edition(), python=python, first=f"{root}.ipynb", wheel=wheel)
    return {
        "README.md": text.encode(),
        "requirements.txt": ("\n".join(lines) + "\n").encode(),
        "runtime.txt": f"python-{python}\n".encode(),
        **{name: (ROOT / name).read_bytes() for name in ("LICENSE", "LICENSES/CC-BY-4.0.txt")},
    }
