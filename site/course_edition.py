"""Which edition of the course a page is: under every page, in the archive, and in the PDF.

A tagged state is an edition of its own ("v1.0, 18 September 2024"); any other is named by the
version of lecturelib and its commit; without git, by the version alone. The date is the commit's,
not that of the build, so that one state gives one site, whenever it is built.

`python site/course_edition.py` prints it: `make book` builds anew when it changes.
"""

from __future__ import annotations

import functools
import html
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = "chapters/reference/changelog"

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def version() -> str:
    """lecturelib's, wherever this is run."""
    sys.path.insert(0, str(ROOT))
    try:
        import lecturelib
    finally:
        sys.path.remove(str(ROOT))
    return lecturelib.__version__


def edition(root: Path = ROOT) -> str:
    """Tag and date; or version, commit and date; or the version alone.

    Parameters
    ----------
    root : Path
        The folder of the course.
    """
    if Path(git(root, "rev-parse", "--show-toplevel") or "/").resolve() != root.resolve():
        return f"version {version()}"  # no git, or the repository of something around the course
    commit = git(root, "show", "-s", "--format=%h %cs", "HEAD")
    if not commit:
        return f"version {version()}"
    short, day = commit.split()
    year, month, date = day.split("-")
    written = f"{int(date)} {MONTHS[int(month) - 1]} {year}"
    changed = git(root, "status", "--porcelain", "--untracked-files=no")
    tag = git(root, "describe", "--tags", "--exact-match")
    if tag and not changed:
        return f"{tag}, {written}"
    return f"version {version()}, commit {short} of {written}{', changed since' if changed else ''}"


def git(root: Path, *arguments: str) -> str:
    """What git answers; nothing where there is no git or no repository."""
    try:
        ran = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return ran.stdout.strip()


def setup(app: Sphinx) -> dict[str, bool]:
    now = functools.cache(edition)  # asked once a build

    def put_edition(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any):
        """Put the edition into the footer, which _config.yml can only fill with text."""
        line = f"Edition: {html.escape(now())}."
        if CHANGELOG in app.env.found_docs:
            line += f' <a href="{context["pathto"](CHANGELOG)}">What is new</a>.'
        footer = context.get("theme_extra_footer", "")
        context["theme_extra_footer"] = f'{footer}<p class="edition">{line}</p>'

    app.connect("html-page-context", put_edition)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    print(edition())
