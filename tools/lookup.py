"""Judge the rows of the page "Look it up", and store what was judged: python tools/lookup.py

It writes chapters/reference/look-it-up.toml: for each row the results as text, and the line that
`lecturelib.verify` prints. The page shows these lines; `make test` finds every one again.
"""

from __future__ import annotations

import json
from pathlib import Path

from lecturelib.claims import examine
from lecturelib.lookup import Row, rows

FILE = Path(__file__).parent.parent / "chapters" / "reference" / "look-it-up.toml"
HEAD = "# Written by tools/lookup.py: what was judged, and the verdict.\n"


def judged(row: Row) -> dict[str, str | dict[str, str]]:
    """The results of a row as text, and its verdict."""
    results = {kind: str(term) for kind, term in row.results.items()}
    return {"verdict": str(examine(row.claim)), "results": results}


def entry(row: Row) -> str:
    found = judged(row)
    lines = [f"\n[{row.id}]", f"verdict = {json.dumps(found['verdict'], ensure_ascii=False)}"]
    assert isinstance(found["results"], dict)
    for kind, text in found["results"].items():
        lines.append(f"results.{kind} = {json.dumps(text, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    FILE.write_text(HEAD + "".join(map(entry, rows().values())), "utf-8")
    print(f"{len(rows())} rows hold.")


if __name__ == "__main__":
    main()
