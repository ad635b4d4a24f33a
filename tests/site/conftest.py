import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium, serve
from built_site import HTML, ROOT, Page, Site, build, contents, cut_book, whole_site

# A lecturer deletes a chapter's lines from _toc.yml: what is left must be a whole book, too.
LEFT_OUT = {
    "2-matrix-differentiation": [pytest.mark.full, pytest.mark.nightly],
    "5-next-course": [pytest.mark.full],
}


@pytest.fixture(
    scope="session",
    params=["", *(pytest.param(chapter, marks=marks) for chapter, marks in LEFT_OUT.items())],
    ids=lambda chapter: f"without-{chapter}" if chapter else "whole",
)
def site(request, tmp_path_factory) -> Site:
    """The built site, and for `make test-full` the site of a course that is cut."""
    if not request.param:
        assert HTML.is_dir(), "The site is not built; run `make book` first."
        return whole_site()
    if not any(request.param in name for name in contents(ROOT)):
        pytest.skip(f"This course has no chapter {request.param}.")
    # The folder of one run is the parent of each worker's: the first worker builds, for all.
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    return Site(built_without(request.param, shared / f"without-{request.param}"))


def built_without(chapter: str, book: Path) -> Path:
    book.mkdir(exist_ok=True)
    with (book / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (book / "finished").exists():
            ran = build(cut_book(book, chapter), book)
            assert ran.returncode == 0, ran.stderr
            (book / "finished").touch()
    return book


@pytest.fixture
def pages(site) -> list[Page]:
    """Every page of the site."""
    return site.pages


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the course's own site is served."""
    assert HTML.is_dir(), "The site is not built; run `make book` first."
    with serve(HTML) as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    """The system's browser; without one the tests that need it are skipped, and say so."""
    with chromium() as found:
        yield found
