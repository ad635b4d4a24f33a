"""Zip files that are the same, byte for byte, whenever the same files go in."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

# The earliest time that a zip file can hold; a real one would differ in every build.
TIME = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = {"run_autograder", "setup.sh"}


def archive(files: dict[str, bytes]) -> bytes:
    """A zip file of named contents.

    Parameters
    ----------
    files : dict of str to bytes
        Names with ``/`` between folders.

    Returns
    -------
    bytes
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name in EXECUTABLE else 0o644) << 16
            zipped.writestr(entry, files[name])
    return buffer.getvalue()


def folder_archive(folder: Path, top: str) -> bytes:
    """A zip file of a folder, whose entries lie in one folder called `top`."""
    return archive(
        {
            f"{top}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
        }
    )
