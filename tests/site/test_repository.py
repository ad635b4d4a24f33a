"""Buttons that lead to other hosts: none by default, all of them after one line of _config.yml."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from built_site import ROOT, Page, build
from nbformat import v4
from test_build import save, small_book

sys.path.insert(0, str(ROOT / "site"))
from course_repository import BRANCH, GUARD_ID, launches  # noqa: E402

GITHUB = "https://github.com/some/course"


def hosts(soup: BeautifulSoup) -> set[str]:
    """The sites that the page's buttons lead to."""
    links = [str(a.get("href")) for a in soup.select(".article-header-buttons a")]
    return {found[1] for link in links if (found := re.match(r"https?://([^/]+)", link))}


def test_the_owner_turns_the_buttons_on_in_one_line(pages):
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    on = bool(config["repository"]["url"])
    assert "launch_buttons" not in config and not [k for k in config["html"] if "button" in k]
    for page in pages:
        assert on or hosts(page.soup) == set(), page.name
        assert on or not page.soup.select(".dropdown-launch-buttons"), page.name


def test_launches_open_the_plain_notebook_of_the_branch():
    colab, binder = launches(GITHUB, "chapters/one/a page")
    place = "some/course/blob/notebooks/chapters/one/a%20page.ipynb"
    assert colab["url"] == f"https://colab.research.google.com/github/{place}"
    assert binder["url"] == (
        "https://mybinder.org/v2/gh/some/course/notebooks?urlpath=lab/tree/chapters/one/a%20page.ipynb"
    )
    [alone] = launches("https://gitlab.com/some/course", "page")  # Colab reads GitHub only
    assert "/gl/some%2Fcourse/notebooks?" in alone["url"]
    [other] = launches("https://git.example.org/some/course", "page")
    assert "/git/https%3A%2F%2Fgit.example.org%2Fsome%2Fcourse/notebooks?" in other["url"]


def test_the_workflow_pushes_that_branch():
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["notebooks"]["permissions"] == {"contents": "write"}
    assert BRANCH in jobs["notebooks"]["steps"][-1]["run"].split("\n")[-2].split()
    assert "permissions" not in jobs["build"]


def launched(folder: Path, url: str) -> tuple[Page, Page, dict]:
    """A book with a page of text and one with code: both pages, and the plain notebook."""
    book = small_book(folder, "Text.", "code")
    guard = v4.new_code_cell("import lecturelib", id=GUARD_ID, metadata={"tags": ["remove-cell"]})
    save(book / "code.ipynb", v4.new_markdown_cell("# Code"), guard, v4.new_code_cell("1"))
    config = (ROOT / "_config.yml").read_text("utf-8")
    (book / "_config.yml").write_text(re.sub(r'(?<=\n  url: )""', json.dumps(url), config))
    ran = build(book, folder)
    assert ran.returncode == 0, ran.stderr
    html = folder / "_build" / "html"
    plain = json.loads((html / "notebooks" / "code.ipynb").read_text("utf-8"))
    return Page(html / "page.html", html), Page(html / "code.html", html), plain


@pytest.mark.full
def test_a_repository_brings_launches_edits_and_issues(tmp_path):
    text, code, plain = launched(tmp_path, GITHUB)
    assert hosts(text.soup) == {"github.com"}
    assert hosts(code.soup) == {"github.com", "colab.research.google.com", "mybinder.org"}
    links = [str(a["href"]) for a in code.soup.select(".article-header-buttons a")]
    assert f"{GITHUB}/edit/main/code.ipynb" in links
    assert any(link.startswith(f"{GITHUB}/issues/new?") for link in links)
    # Links, and nothing that the browser fetches by itself.
    foreign = [(tag, address) for tag, _, address in code.addresses() if "//" in address]
    assert {tag for tag, _ in foreign} == {"a"}
    [cell] = [cell for cell in plain["cells"] if cell["id"] == GUARD_ID]
    source = "".join(cell["source"])
    [wheel] = code.path.parent.glob("*.whl")
    assert f"%pip install --quiet {GITHUB}/raw/{BRANCH}/{wheel.name}" in source
    ast.parse(source.replace("%pip", "pass  #"))


@pytest.mark.full
def test_without_one_there_are_none_of_them(tmp_path):
    text, code, plain = launched(tmp_path, "")
    assert hosts(text.soup) | hosts(code.soup) == set()
    assert not code.soup.select(".dropdown-launch-buttons, .btn-source-edit-button")
    assert "pip install" not in json.dumps(plain)
