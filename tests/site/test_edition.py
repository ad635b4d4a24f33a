"""The line that names the edition: from the tag or the commit, never from the clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from built_site import ROOT, contents

import lecturelib

sys.path.insert(0, str(ROOT / "site"))
from course_edition import CHANGELOG, edition  # noqa: E402

VERSION = f"version {lecturelib.__version__}"


def git(folder: Path, *arguments: str) -> str:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a"}
    dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2024-09-18T12:00:00+0800")
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | names | dates | {"GIT_COMMITTER_EMAIL": "a@b"},
    ).stdout.strip()


@pytest.fixture
def course(tmp_path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "page.md").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_a_commit_is_named_with_its_own_date(course):
    short = git(course, "rev-parse", "--short", "HEAD")
    assert edition(course) == f"{VERSION}, commit {short} of 18 September 2024"


def test_a_tagged_state_is_called_after_its_tag(course):
    git(course, "tag", "v1.0")
    assert edition(course) == "v1.0, 18 September 2024"
    (course / "page.md").write_text("b")  # what was tagged is something else
    assert "v1.0" not in edition(course)
    assert edition(course).endswith(", changed since")
    git(course, "commit", "-qam", "second")
    assert "v1.0" not in edition(course) and "changed" not in edition(course)


def test_what_is_not_tracked_changes_no_edition(course):
    before = edition(course)
    (course / "_build").mkdir()
    (course / "_build" / "page.html").write_text("a")
    assert edition(course) == before


def test_without_a_repository_of_its_own_the_version_is_all(course, tmp_path_factory, monkeypatch):
    inner = course / "copy of the course"
    inner.mkdir()
    assert edition(inner) == VERSION
    assert edition(tmp_path_factory.mktemp("plain")) == VERSION
    monkeypatch.setenv("PATH", "")  # no git
    assert edition(course) == VERSION


def test_every_page_says_its_edition_and_links_to_what_is_new(pages, site):
    for page in pages:
        if page.name in ("index.html", "404.html"):
            continue
        [line] = page.soup.select(".extra_footer .edition")
        assert line.get_text().startswith("Edition: "), page.name
        assert VERSION in line.get_text() or "v" in line.get_text()
        links = [
            (page.path.parent / str(a["href"])).resolve() if a["href"] != "#" else page.path
            for a in line.select("a")
        ]
        if CHANGELOG in site.contents:
            assert links == [(site.html / f"{CHANGELOG}.html").resolve()]
        else:
            assert links == []


def test_the_page_of_changes_is_the_changelog(site):
    if CHANGELOG not in site.contents:
        pytest.skip("This course leaves the page out.")
    [page] = [page for page in site.pages if page.name == f"{CHANGELOG}.html"]
    entries = (ROOT / "CHANGELOG.md").read_text("utf-8").count("\n- ")
    assert len(page.soup.select("article section section > ul > li")) == entries
    assert contents(ROOT).count(CHANGELOG) == 1
