"""The macros of lecturelib/claims/macros.tex as a source notebook has them.

The website hands them to MathJax. A source notebook names them in its first cell, where
jupyterlab-myst looks for them. What a reader downloads has none: there they are written out.
"""

from __future__ import annotations

from lecturelib.claims.macros import macros


def front_matter() -> str:
    """The macros as MyST's front matter, YAML between two lines of dashes."""
    quoted = {name: body.replace("'", "''") for name, (body, _) in macros().items()}
    lines = [f"  '\\{name}': '{body}'" for name, body in quoted.items()]
    return "\n".join(["---", "math:", *lines, "---"])
