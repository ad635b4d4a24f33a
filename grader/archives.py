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


#: What a student installs beside lecturelib's wheel and the NumPy that it needs.
PACKAGES = ("matplotlib>=3.9", "nbclassic>=1.1")


def handout(student: Path, top: str, wheel: Path) -> bytes:
    """What a student downloads: the assignment, and beside it all that must be installed.

    Parameters
    ----------
    student : pathlib.Path
        What `build` made for students.
    top : str
        The folder that the zip unpacks to.
    wheel : pathlib.Path
        lecturelib's; ``pip install -r requirements.txt`` in the folder installs it.
    """
    files = {
        path.relative_to(student).as_posix(): path.read_bytes()
        for path in student.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }
    files[wheel.name] = wheel.read_bytes()
    files["requirements.txt"] = "\n".join([f"./{wheel.name}", *PACKAGES, ""]).encode()
    return archive({f"{top}/{name}": files[name] for name in sorted(files)})
