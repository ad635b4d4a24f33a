"""Pictures that students hand in, drawn anew: what reaches a page is never a student's bytes."""

from __future__ import annotations

import base64
import io
from typing import Any

from .errors import GraderError

MOST_BYTES = 15 * 2**20
MOST_PIXELS = 40_000_000  # a phone's photo has 12 million; one of 10 kB can hold billions
LONGEST_SIDE = 1600
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")  # no SVG and no PDF: they are programs


class NoPicture(GraderError):
    """It cannot be shown; the message says why, in a sentence."""


def redrawn(data: bytes) -> dict[str, str]:
    """A picture, decoded and encoded again, as large as a page shows it.

    Parameters
    ----------
    data : bytes
        As handed in.

    Returns
    -------
    dict
        ``mime`` and ``data`` (in base64). A comment inside the file is kept as text.

    Raises
    ------
    NoPicture
        If it is none, or too large to be opened safely.
    """
    from PIL import Image, ImageOps  # grading a notebook without pictures does not wait for it

    if len(data) > MOST_BYTES:
        raise NoPicture(f"The picture has {len(data) // 2**20} MB, too many to show.")
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise NoPicture(f"The picture has {width} x {height} pixels, too many to open safely.")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read at a smaller size
        said = _comment(image.info)
        photo = image.format == "JPEG"
        image = ImageOps.exif_transpose(image)  # a phone says by a mark which side is up
        image = image.convert("RGB" if photo else "RGBA")
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return _encoded(image, photo, said)
    except NoPicture:
        raise
    except Image.DecompressionBombError:
        raise NoPicture("The picture has too many pixels to open safely.") from None
    except Exception:  # decoders fail in many ways on what is made to break them
        raise NoPicture("It is no picture that can be shown (PNG, JPEG, GIF, WebP).") from None


def _comment(info: dict[Any, Any]) -> str:
    found = []
    for value in (info.get("comment"), info.get("Comment"), info.get("Description")):
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if isinstance(text, str):
            found.append("".join(c for c in text if c.isprintable())[:500])
    return " ".join(found).encode("latin-1", "replace").decode("latin-1")


def _encoded(image: Any, photo: bool, said: str) -> dict[str, str]:
    from PIL.PngImagePlugin import PngInfo

    file = io.BytesIO()
    if photo:
        image.save(file, "JPEG", quality=85, **({"comment": said} if said else {}))
    else:
        kept = PngInfo()
        if said:
            kept.add_text("Comment", said)
        image.save(file, "PNG", pnginfo=kept)
    mime = "image/jpeg" if photo else "image/png"
    return {"mime": mime, "data": base64.b64encode(file.getvalue()).decode()}
