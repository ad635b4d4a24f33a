"""A site that is opened from a disk, without a server: the search shows titles alone.

Sphinx's search reads its index as a script, which a browser allows from a disk too, but fetches
each page that it has found for a few words of it, which no browser allows there: the console fills
with errors, and the words never come.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

TITLES_ALONE = (
    'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
)


def search_from_disk(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    if page == "search":
        app.add_js_file(None, body=TITLES_ALONE, priority=900)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", search_from_disk)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
