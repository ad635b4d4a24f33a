import pytest
from built import HTML, Page


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    """Every page of the built site."""
    assert HTML.is_dir(), "The site is not built; run `make book` first."
    found = sorted(HTML.rglob("*.html"))
    return [Page(path) for path in found if "_static" not in path.parts]
