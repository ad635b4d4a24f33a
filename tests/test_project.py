"""The project's own files say what is true: the README's code and paths, the pins, the lock."""

import contextlib
import doctest
import io
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINS = (ROOT / "requirements.txt").read_text("utf-8")
HOMEWORK_PINS = (ROOT / "requirements-homework.txt").read_text("utf-8")


# ---------------------------------------------------------------- README and front page


def test_the_lines_of_the_readme_print_what_they_say():
    [code] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    promised = re.findall(r"# prints: (.*?)(?: \(.*\))?$", code, re.MULTILINE)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue().splitlines() == promised
    assert len(promised) == code.count("print(") > 0


def test_the_front_page_prints_what_it_says():
    text = (ROOT / "intro.md").read_text("utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    example = doctest.DocTestParser().get_doctest(code, {}, "intro.md", "intro.md", 0)
    assert doctest.DocTestRunner().run(example).failed == 0
    assert example.examples


def test_the_readme_names_what_is_there():
    layout = README[README.index("## Where things are") : README.index("## Change a page")]
    paths = re.findall(r"`([^`]+)`", "".join(re.findall(r"^\|([^|]*)\|", layout, re.MULTILINE)))
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [
        path for path in re.findall(r"\]\(([^)#:]+)\)", README) if not (ROOT / path).exists()
    ] == []


def test_the_readme_names_every_command():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert [target for target in targets if f"make {target}" not in README] == []


# ---------------------------------------------------------------- what is installed


def pinned(pins: str = PINS) -> dict[str, Requirement]:
    lines = [line for line in pins.splitlines() if line and line[0] not in " #-"]
    return {canonicalize_name((pin := Requirement(line)).name): pin for line in lines}


def test_lecturelib_needs_numpy_and_nothing_else():
    [numpy] = map(Requirement, PROJECT["dependencies"])
    assert numpy.name == "numpy"
    assert [bound.operator for bound in numpy.specifier] == [">="]
    assert PROJECT["requires-python"] == ">=3.11"


@pytest.mark.parametrize("extra", ["book", "test", "homework"])
def test_the_pins_fit_the_project(extra):
    """If this fails after a change of pyproject.toml: make pins."""
    pins = pinned() | (pinned(HOMEWORK_PINS) if extra == "homework" else {})
    for wanted in map(
        Requirement, PROJECT["dependencies"] + PROJECT["optional-dependencies"][extra]
    ):
        [exact] = pins[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(exact.version), f"{wanted} against {exact}"


def test_the_pins_are_exact_and_name_no_index():
    assert re.findall(r"^-.*$", PINS, re.MULTILINE) == ["-e ."]
    assert re.findall(r"^-.*$", HOMEWORK_PINS, re.MULTILINE) == []
    assert "://" not in PINS + HOMEWORK_PINS
    for pin in [*pinned().values(), *pinned(HOMEWORK_PINS).values()]:
        [exact] = pin.specifier
        assert exact.operator == "==", pin
        assert "+" not in exact.version, pin


def test_the_book_does_not_need_what_the_homework_needs():
    """Nothing is pinned twice, and otter and Dask only for the homework."""
    assert not set(pinned()) & set(pinned(HOMEWORK_PINS))
    assert {"otter-grader", "distributed"} <= set(pinned(HOMEWORK_PINS))


def test_the_peers_are_only_measured():
    extras = PROJECT["optional-dependencies"]
    peers = {Requirement(line).name for line in extras["bench"]}
    assert peers == {"autograd", "jax", "keras", "torch"}
    assert not peers & set(pinned())


def test_the_lock_of_npm_names_no_registry():
    lock = json.loads((ROOT / "site" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        assert entry["integrity"].startswith("sha512-"), name


# ---------------------------------------------------------------- files others read


def test_the_workflows_test_what_the_project_supports():
    tests = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    assert tests["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]


def test_the_citation_is_of_this_version():
    import lecturelib

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == lecturelib.__version__
