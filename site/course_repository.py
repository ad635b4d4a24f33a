"""What a course with a public repository shows: buttons that run a page, edit it, report a mistake.

The owner sets one line of _config.yml, `repository: url:`, and each page gets

- **Colab** and **Binder**, on pages with code. They open the *plain* notebook (course_plain.py),
  not the source, whose boxes they would show raw. Both open notebooks from a branch, so the
  workflow publish.yml keeps one: `notebooks`, the course's archive unpacked. Colab, a Python that
  knows nothing of the course, installs lecturelib in the notebook's first cell, from the wheel on
  that branch; Binder installs the branch's requirements.txt beforehand.
- the repository, "suggest an edit" and "open an issue", the theme's own.

Without the line there is no button, and no page names another host.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from course_site import wheel
from sphinx.application import Sphinx
from sphinx.config import Config

#: The branch with what the archive holds; .github/workflows/publish.yml pushes it.
BRANCH = "notebooks"
BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")
# A notebook's first code cell, as tools/notebooks.py names it: it says what is missing.
GUARD_ID = "needs-lecturelib"

INSTALL = """\
try:
    import lecturelib
except ModuleNotFoundError:  # a fresh Python, in Colab for example
    %pip install --quiet {wheel}
    import lecturelib
lecturelib.show_results()  # what a cell ends in, on every machine the same"""


def address(config: Config) -> str:
    """The repository's, without a slash at its end; empty if the owner has set none."""
    return (config.html_theme_options.get("repository_url") or "").strip().rstrip("/")


def raw(repository: str, name: str) -> str:
    """Where a file of the branch can be downloaded."""
    between = "/-/raw/" if "gitlab" in repository else "/raw/"
    return f"{repository}{between}{BRANCH}/{quote(name)}"


def install_cell(config: Config) -> str | None:
    """The first cell of a launched notebook; None where nothing is launched."""
    found = address(config)
    return INSTALL.format(wheel=raw(found, wheel().name)) if found else None


def launches(repository: str, page: str) -> list[dict[str, str]]:
    """The buttons of one page: what runs its notebook, somewhere else."""
    host, owner, name = repository.rsplit("/", 2)
    notebook = quote(f"{page}.ipynb")
    found = []
    if host.endswith("github.com"):
        found.append(
            {
                "url": f"https://colab.research.google.com/github/{owner}/{name}/blob/{BRANCH}/{notebook}",
                "text": "Colab",
                "tooltip": "Run this page in Google Colab",
                "icon": "_static/images/logo_colab.png",
            }
        )
    kind = {"github.com": f"gh/{owner}/{name}", "gitlab.com": f"gl/{owner}%2F{name}"}
    where = kind.get(host.rpartition("/")[2], f"git/{quote(repository, safe='')}")
    found.append(
        {
            "url": f"https://mybinder.org/v2/{where}/{BRANCH}?urlpath=lab/tree/{notebook}",
            "text": "Binder",
            "tooltip": "Run this page on mybinder.org",
            "icon": "_static/images/logo_binder.svg",
        }
    )
    return [{"type": "link", "label": f"launch-{b['text'].lower()}", **b} for b in found]


def turn_on(app: Sphinx, config: Config) -> None:
    """One line of _config.yml turns on all of the theme's buttons, or none."""
    config.html_theme_options |= dict.fromkeys(BUTTONS, bool(address(config)))


def offer_launches(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    repository = address(app.config)
    if not repository or "ipynb" not in context.get("page_source_suffix", ""):
        return
    context["header_buttons"].append(
        {
            "type": "group",
            "tooltip": "Run this page",
            "icon": "fas fa-rocket",
            "buttons": launches(repository, page),
            "label": "launch-buttons",
        }
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", turn_on, priority=100)  # before the theme reads its options
    app.connect("html-page-context", offer_launches, priority=600)  # after the theme's buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
