"""What the archive of the notebooks has beside them, so that it runs in an empty folder."""

import io
import json
import re
import sys
import zipfile

import pytest
from built_site import ROOT, Site
from nbformat import v4, writes
from sphinx.errors import ExtensionError

sys.path.insert(0, str(ROOT / "site"))
from course_archive import course_files, imported  # noqa: E402


def inside(site: Site) -> dict[str, bytes]:
    [path] = site.html.glob("*.zip")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as zipped:
        return {name.split("/", 1)[1]: zipped.read(name) for name in zipped.namelist()}


def notebook(*cells: str) -> bytes:
    return writes(v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])).encode()


def test_requirements_are_the_wheel_and_what_the_notebooks_import(site):
    files = inside(site)
    lines = files["requirements.txt"].decode().splitlines()
    assert lines[0].removeprefix("./") in files  # pip wants the ./
    names = {re.split(r"\W", line)[0] for line in lines[1:]}
    used = set().union(*(imported(f) for name, f in files.items() if name.endswith(".ipynb")))
    assert names == used | {"jupyterlab"}
    assert {"numpy", "matplotlib"} <= names


def test_the_readme_has_three_commands_which_name_what_is_there(site):
    files = inside(site)
    text = files["README.md"].decode()
    [commands] = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    assert len(commands.splitlines()) == 3
    named = re.findall(r"\S+\.(?:txt|ipynb)", commands)
    assert len(named) == 2 and set(named) <= files.keys()
    assert "Edition: " in text


def test_no_master_and_no_solution_is_in_it(site):
    files = inside(site)
    homework = [name for name in files if name.startswith("homework/")]
    assert all(name.endswith((".zip", ".ipynb")) for name in homework)
    for name, content in files.items():
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as zipped:
                names = zipped.namelist()
            assert not [n for n in names if "solution" in n or re.search(r"/hw\d\.md$", n)], name


def test_licences_are_in_it(site):
    files = inside(site)
    for name in re.findall(r"LICENSES/[\w.-]+\.txt", files["LICENSE"].decode()):
        assert files[name] == (ROOT / name).read_bytes()


# ---------------------------------------------------------------- in a book of any kind


def test_imports_are_found_also_behind_a_magic():
    code = "import numpy as np\nfrom scipy.linalg import expm\nimport os, lecturelib"
    magic = "try:\n    import sympy\nexcept ImportError:\n    %pip install sympy"
    assert imported(notebook(code, magic)) == {"numpy", "scipy", "sympy"}


def test_a_package_that_nobody_installs_is_refused():
    with pytest.raises(ExtensionError, match=r"Notebooks import nowhere, not in pyproject\.toml"):
        course_files({"a.ipynb": notebook("import nowhere"), "l.whl": b""}, "a")


def test_binder_gets_a_python_that_is_new_enough():
    files = course_files({"a.ipynb": notebook("1"), "lecturelib.whl": b""}, "a")
    assert files["runtime.txt"] == b"python-3.11\n"
    assert json.dumps(files["requirements.txt"].decode().splitlines()[0]) == '"./lecturelib.whl"'
