"""Fonts cut to the characters that the site shows.

A font for mathematics or icons has thousands of glyphs, of which a page shows a few dozen. Cut to
these, all such fonts together weigh less than one of them whole.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table


def subset(source: Path, characters: Iterable[int], target: Path) -> set[int]:
    """Write a font with those of the characters that it has, compressed as WOFF.

    Parameters
    ----------
    source : Path
        A font that fontTools reads: TTF, OTF or WOFF.
    characters : iterable of int
        Code points; what the font lacks is passed over.
    target : Path
        Where to write. The same font and characters give the same bytes.

    Returns
    -------
    set of int
        The characters that are in the font.
    """
    # No time of writing in the file: two builds are identical.
    with TTFont(source, recalcTimestamp=False, recalcBBoxes=False, lazy=True) as font:
        found = set(font.getBestCmap() or {}) & set(characters)
        # Each glyph is placed by MathJax or the theme: kerning and ligatures have no use here.
        options = Options(layout_features=[], notdef_outline=True)
        options.drop_tables += ["FFTM"]  # when the font was drawn
        cutter = Subsetter(options)
        cutter.populate(unicodes=found)
        cutter.subset(font)
        font.flavor = "woff"
        target.parent.mkdir(parents=True, exist_ok=True)
        font.save(target, reorderTables=None)
    return found


def version(path: Path) -> str:
    """What stands behind ?v= in an address, so that a browser may keep the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
