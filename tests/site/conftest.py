import pytest
from built_site import HTML, ROOT, Page, Site, build, contents, cut_book

# A lecturer deletes a chapter's lines from _toc.yml: what is left must be a whole book, too.
LEFT_OUT = ["2-matrix-differentiation", "5-next-course"]


@pytest.fixture(
    scope="session",
    params=["", *(pytest.param(chapter, marks=pytest.mark.full) for chapter in LEFT_OUT)],
    ids=lambda chapter: f"without-{chapter}" if chapter else "whole",
)
def site(request, tmp_path_factory) -> Site:
    """The built site, and for `make test-full` the site of a course that is cut."""
    if not request.param:
        assert HTML.is_dir(), "The site is not built; run `make book` first."
        return Site(ROOT)
    if not any(request.param in name for name in contents(ROOT)):
        pytest.skip(f"This course has no chapter {request.param}.")
    book = cut_book(tmp_path_factory.mktemp("cut"), request.param)
    ran = build(book, book)
    assert ran.returncode == 0, ran.stderr
    return Site(book)


@pytest.fixture
def pages(site) -> list[Page]:
    """Every page of the site."""
    return site.pages
