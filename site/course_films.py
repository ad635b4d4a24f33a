"""Moving figures: a cell tagged `frames-N` shows a strip of N frames; the page shows one at a time.

The strip is what lecturelib.figures.style.film draws, one picture. In the page it stands N times,
each time in a window as wide as one frame, and course.js shows one window and a slider. Without the
script, and on paper, all windows are there.
"""

from __future__ import annotations

import posixpath
import re
import struct
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from lecturelib.figures.style import DENSITY

logger = logging.getLogger(__name__)


class film(nodes.General, nodes.Element):
    """The frames; its child is the picture of the strip."""


def find_films(app: Sphinx, doctree: nodes.document) -> None:
    for cell in doctree.findall(nodes.container):
        tags = " ".join(cell["classes"])
        found = re.search(r"\btag_frames-(\d+)\b", tags)
        if not found:
            continue
        images = list(cell.findall(nodes.image))
        if len(images) != 1 or not images[0]["uri"].endswith(".png"):
            logger.warning("A cell tagged frames-N shows one PNG.", location=cell)
            continue
        [image] = images
        width, height = png_size(Path(app.srcdir) / image["uri"])
        frames = int(found[1])
        shown = width / frames / DENSITY, height / DENSITY
        strip = film(frames=frames, width=round(shown[0], 2), height=round(shown[1], 2))
        image.replace_self(strip)
        strip += image


def png_size(path: Path) -> tuple[int, int]:
    return struct.unpack(">II", path.read_bytes()[16:24])


def visit_film(self, node: film) -> None:
    image, count = node[0], node["frames"]
    source = posixpath.join(self.builder.imgpath, quote(self.builder.images[image["uri"]]))
    alt = self.attval(image["alt"])
    self.body.append(
        f'<div class="film" style="--frames: {count}; --width: {node["width"]}px; '
        f'--ratio: {node["width"]} / {node["height"]}">\n'
    )
    for k in range(count):
        self.body.append(
            f'<div class="film-frame{"" if k else " film-shown"}"><img src="{source}" '
            f'style="--before: {k}" alt="Frame {k + 1} of {count}. {alt}"></div>\n'
        )
    self.body.append(
        '<label class="film-control">Frame <input type="range" min="1" '
        f'max="{count}" value="1" autocomplete="off"> '
        # The slider says it itself.
        f'<output aria-live="off">1 of {count}</output></label>\n</div>\n'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(film, html=(visit_film, None))
    app.connect("doctree-read", find_films)
    # Before the page is drawn, so that nothing moves afterwards.
    app.add_js_file(None, body='document.documentElement.classList.add("scripted")')
    return {"parallel_read_safe": True, "parallel_write_safe": True}
