"""Feedback on its way back to the students: zips in the forms that Canvas and Moodle take.

Canvas finds a student by the two numbers in the name under which it handed a file out, and shows
what comes back under the name of the file that was handed in: so a notebook comes back as one.
Moodle finds a student by the number in the name of a folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from . import pages
from .archives import archive
from .submissions import CANVAS_UPLOAD, MOODLE

if TYPE_CHECKING:
    from .reports import Assignment, Grade


def zips(
    handed_in: Sequence[Grade], html: Mapping[str, str], assignment: Assignment
) -> dict[str, bytes]:
    """The zips to upload.

    Parameters
    ----------
    handed_in : sequence of Grade
    html : dict of str to str
        The page of feedback, by the key of the result.
    assignment : Assignment

    Returns
    -------
    dict of str to bytes
        ``feedback.zip`` has a folder for each student. ``feedback-canvas.zip`` and
        ``feedback-moodle.zip`` are there if files came from Canvas or Moodle.
    """
    name = f"{assignment.name}-feedback.html"
    folders: dict[str, bytes] = {}
    canvas: dict[str, bytes] = {}
    moodle: dict[str, bytes] = {}
    for grade in handed_in:
        page = html[grade.hand_in["key"]].encode("utf-8", "replace")
        folders[f"{grade.hand_in['key']}/{name}"] = page
        parts = PurePosixPath(grade.hand_in["file"]).parts
        if upload := next((part for part in parts if CANVAS_UPLOAD.fullmatch(part)), None):
            content = _under_the_same_name(upload, page, grade, assignment)
            canvas |= {upload: content} if content else {}
        if found := next((match for part in parts if (match := MOODLE.fullmatch(part))), None):
            moodle[f"{found['name']}_{found['user']}_assignsubmission_file_/{name}"] = page
    kinds = {"feedback.zip": folders, "feedback-canvas.zip": canvas, "feedback-moodle.zip": moodle}
    return {zip_name: archive(files) for zip_name, files in kinds.items() if files}


def _under_the_same_name(
    name: str, page: bytes, grade: Grade, assignment: Assignment
) -> bytes | None:
    """Feedback as a file of the kind that was handed in; None for a kind that cannot hold it."""
    kind = PurePosixPath(name).suffix.lower()
    if kind == ".zip":
        return archive({f"{assignment.name}-feedback.html": page})
    if kind == ".ipynb":
        return notebook(grade, assignment)
    return None


def notebook(grade: Grade, assignment: Assignment) -> bytes:
    """The feedback as a notebook of one text cell."""
    import nbformat

    cell = nbformat.v4.new_markdown_cell(pages.feedback_text(grade, assignment), id="feedback")
    return (nbformat.writes(nbformat.v4.new_notebook(cells=[cell])) + "\n").encode(
        "utf-8", "replace"
    )
