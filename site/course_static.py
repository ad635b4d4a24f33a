"""Files of this folder that pages load: each extension names its own, and they are copied once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx

SITE = Path(__file__).parent


def served(*names: str) -> Callable[[Sphinx], None]:
    """A listener for builder-inited that puts files where the pages look for them, in _static."""

    def copy(app: Sphinx) -> None:
        if app.builder.format == "html":
            static = Path(app.outdir) / "_static"
            static.mkdir(parents=True, exist_ok=True)
            for name in names:
                shutil.copyfile(SITE / name, static / name)

    return copy
