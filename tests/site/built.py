"""The built site; `make test` builds it before pytest starts."""

from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent.parent
HTML = ROOT / "_build" / "html"


class Page:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(HTML).as_posix()
        self.soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")

    def addresses(self) -> list[tuple[str, str, str]]:
        """Every (tag, attribute, address) that the page names."""
        return [
            (tag.name, attribute, address.strip())
            for tag in self.soup.find_all(True)
            for attribute in ("src", "href", "poster", "data", "action", "srcset")
            if isinstance(address := tag.get(attribute), str)
        ]
