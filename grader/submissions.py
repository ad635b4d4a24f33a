"""Who handed in what: the roster, and the notebooks in a folder of submissions.

Canvas' and Gradescope's downloads, notebooks named by student, a folder a student, and zips of a
notebook are read as they are, mixed if need be. Nothing is extracted to disk, nothing is executed.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

import yaml

from .errors import GraderError
from .notebooks import NotANotebook, assigned_text, is_notebook, read_cells

NOTEBOOK_LIMIT = 20 * 2**20  # bytes; a homework notebook has some 20 kB
ZIP_LIMIT = 2 * 2**30  # bytes of everything in one zip, unpacked
ZIP_NOTEBOOKS = 8  # in one student's zip: copies of the same one, or a person has to choose

METADATA = "submission_metadata.yml"
METADATA_LIMIT = 5 * 2**20
EXPORT = re.compile(r"assignment_\d+_export")  # how Gradescope calls the folder of an export
#: A submission in an export, and when it was made.
SUBMISSION = re.compile(r"submission_\d+")
CREATED = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|UTC|[-+]\d\d:?\d\d)")
#: What the note on a submission that came after its date begins with.
LATE = "It is late: "
#: What the notes on files beside the notebook say; a written answer may be in one.
BESIDE = " was handed in too"
GIVEN_OUT = ("README.md", "requirements.txt", METADATA)
NOTEBOOKS = (".ipynb", ".zip")  # kinds of files that a student's notebook is in
MOST_BESIDE = 20  # files beside a notebook that are named one by one
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

# Canvas: name, LATE, user id, attachment id, original name. Typed text is no attachment.
CANVAS_UPLOAD = re.compile(
    r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)"
)
CANVAS_TEXT = re.compile(r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<rest>(text|link)\.html)")
CANVAS_ANONYMOUS = re.compile(r"anon_\w+?_\d+_")
# Moodle: name, number of the participant; the file's own name is inside the folder, or follows.
MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<user>\d+)_assignsubmission_file(?:_(?P<rest>.*))?")
# otter's own exports, hw2_2026_09_18T10_11_12_123456.zip, look like Canvas' names and are not.
OTTER_STAMP = re.compile(r"\d{4}_\d\d_\d\dT\d\d_")
# What Canvas (-2) and browsers ( (2)) add to a name that is taken already.
COPY_NUMBER = re.compile(r"(?:-(\d{1,4})| ?\((\d{1,4})\))$")

# What zipfile raises for one that is damaged, in an unknown method, or made to break it.
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError, OSError, ValueError,
    MemoryError,
)  # fmt: skip


class Refused(ValueError):
    """A file that cannot be graded by machine; the message is the sentence that says why."""


@dataclass(frozen=True)
class Student:
    """A row of the roster. ``id`` is the SIS User ID, or the SIS Login ID where that is empty."""

    id: str
    name: str = ""
    canvas_id: str = ""
    login: str = ""
    section: str = ""

    @property
    def identities(self) -> tuple[str, ...]:
        """What the student may have typed as the id: that, the login, or its part before the @."""
        names = (self.id, self.login, self.login.partition("@")[0])
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes
    ----------
    key : str
        Safe as a file name, unique in the class, the same in every run.
    student : Student or None
        None where nothing says whose it is, or who it says is not on the roster.
    file : str
        The path inside the folder of submissions; a zip counts as a folder.
    notebook : bytes
        Empty if there is none.
    problem : str
        "" or a sentence why a human must look.
    notes : tuple of str
        Sentences worth knowing: earlier hand-ins that do not count, a late one.
    owners : tuple of tuple of str
        What counts as the id of each student who handed it in, this one first: a group is several.
    """

    key: str
    student: Student | None
    file: str
    notebook: bytes
    problem: str
    notes: tuple[str, ...] = ()
    owners: tuple[tuple[str, ...], ...] = ()


# ---------------------------------------------------------------- roster


def read_roster(path: Path) -> dict[str, Student]:
    """The class by student id, from Canvas' gradebook export (a CSV).

    Parameters
    ----------
    path : Path
        Columns Student, ID, SIS User ID, SIS Login ID, Section; others are ignored. An export
        without the right to see SIS ids lacks SIS User ID, and is read too.

    Raises
    ------
    GraderError
        In a sentence: no such column, a student without an id, an id twice, not UTF-8.
    """
    path = Path(path)
    if not path.is_file():
        raise GraderError(f"There is no roster {path}; export the gradebook from Canvas to it.")
    rows, _ = read_csv(path, path.read_bytes())
    if not rows:
        raise GraderError(
            f"{path} is empty; it needs at least the line {','.join(CANVAS_COLUMNS)}."
        )
    column = {name.strip(): at for at, name in reversed(list(enumerate(rows[0])))}
    for name in CANVAS_COLUMNS:
        if name not in column and not (name == "SIS User ID" and "SIS Login ID" in column):
            raise GraderError(f"{path} has no column {name!r}; export the gradebook again.")
    roster: dict[str, Student] = {}
    seen: dict[str, int] = {}  # ids without regard to case: keys become names of files
    for line, row in enumerate(rows[1:], start=2):
        student, canvas, sis, login, section = (_cell(row, column, name) for name in CANVAS_COLUMNS)
        # Canvas' own test student, the row of points, and the row about manual posting.
        if student in ("Points Possible", "Student, Test") or not any(
            (student, canvas, sis, login)
        ):
            continue
        who = sis or login
        if not who:
            raise GraderError(
                f"{path}, line {line}: {student} has neither a SIS User ID nor a login."
            )
        for name, value in (("id", who), ("Canvas ID", canvas and f"Canvas {canvas}")):
            if value and (before := seen.setdefault(value.casefold(), line)) != line:
                raise GraderError(
                    f"{path}, line {line}: {student} has the same {name} as line {before}, "
                    f"{value.removeprefix('Canvas ')}."
                )
        roster[who] = Student(who, student, canvas, login, section)
    return roster


def read_csv(path: Path, content: bytes) -> tuple[list[list[str]], str]:
    """The rows of a CSV that Canvas or a spreadsheet wrote, and what separates its cells.

    Parameters
    ----------
    path : Path
        What messages call it.
    content : bytes

    Raises
    ------
    GraderError
        If it is not in UTF-8, or no CSV.
    """
    try:
        text = content.decode("utf-8-sig")
        # They write semicolons where the instructor's language has decimal commas.
        delimiter = max(",", ";", "\t", key=text.split("\n", 1)[0].count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), delimiter
    except UnicodeDecodeError:
        raise GraderError(f"{path} is not in UTF-8: save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise GraderError(f"{path} is not a CSV: {error}.") from None


def _cell(row: list[str], column: Mapping[str, int], name: str) -> str:
    at = column.get(name, len(row))
    return row[at].strip() if at < len(row) else ""


# ---------------------------------------------------------------- what a notebook says


def student_id_in(notebook: bytes) -> str | None:
    """The text that a notebook assigns to STUDENT_ID, read from its code and never executed.

    Returns
    -------
    str or None
        The last one in the order of the cells; None for none, or the untouched ``"..."``.
    """
    try:
        found = assigned_text(read_cells(notebook), "STUDENT_ID")
    except NotANotebook:
        return None
    return found if found and found.strip(".") else None


# ---------------------------------------------------------------- files, on disk and in zips


@dataclass(frozen=True)
class _File:
    path: PurePosixPath  # inside the folder of submissions; a zip counts as a folder
    size: int
    read: Callable[[], bytes]
    disk: Path | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def kind(self) -> str:
        return ".ipynb" if is_notebook(self.name) else self.path.suffix.lower()


def _refuse(sentence: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise Refused(sentence)

    return read


def _ignored(path: PurePosixPath) -> bool:
    return any(
        (part.startswith(".") and part != "..")
        or part in ("__MACOSX", "__zip_filename__", "Thumbs.db", "desktop.ini")
        for part in path.parts
    )


def _on_disk(folder: Path) -> Iterator[_File]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(place, name)
            path = PurePosixPath(_printable(file.relative_to(folder).as_posix()))
            if _ignored(path):
                continue
            # `unzip` restores links, and a student's link may point to a file of the instructor's.
            if not stat.S_ISREG(file.lstat().st_mode):
                yield _File(path, 0, _refuse("The file is a link or a device, not a notebook."))
            else:
                yield _File(path, file.stat().st_size, file.read_bytes, file)


def _in_zip(archive: zipfile.ZipFile, at: PurePosixPath) -> Iterator[_File]:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > ZIP_LIMIT:
        raise Refused("The zip is refused: unpacked it would hold more than 2 GB.")
    for entry in sorted(entries, key=lambda entry: entry.filename):
        inside = PurePosixPath(_printable(entry.filename).lstrip("/"))
        if not entry.is_dir() and inside.parts and not _ignored(inside):
            yield _File(at / inside, entry.file_size, partial(_entry, archive, entry))


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 1:
        raise Refused("The zip is protected by a password.")
    try:
        with archive.open(entry) as stream:
            return stream.read(NOTEBOOK_LIMIT + 1)
    except BROKEN_ZIP:
        raise Refused("The zip is broken.") from None


def _open_zip(source: Path | io.BytesIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except BROKEN_ZIP:
        raise Refused("The zip is broken, or no zip.") from None


def _printable(name: str) -> str:
    """A name of a file without what cannot be written to a UTF-8 file or would break a line."""
    name = name.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else "�" for c in name)


def _read(file: _File) -> bytes:
    """The bytes of a file of bearable size; Refused with a sentence for any other."""
    if file.size > NOTEBOOK_LIMIT:
        raise Refused("The file is larger than 20 MB.")
    data = file.read()
    if len(data) > NOTEBOOK_LIMIT:
        raise Refused("The file is larger than 20 MB.")
    if not data.strip():
        raise Refused("The file is empty.")
    return data


def _notebook(file: _File) -> bytes:
    """The notebook that a file is, or that a student's zip holds."""
    if file.kind == ".zip":
        with _open_zip(io.BytesIO(_read(file))) as archive:
            inside = list(_in_zip(archive, PurePosixPath()))
            notebooks = [entry for entry in inside if entry.kind == ".ipynb"]
            if not notebooks:
                deeper = any(entry.kind == ".zip" for entry in inside)
                raise Refused(
                    "The zip holds no notebook" + (", but another zip." if deeper else ".")
                )
            notebook = _only_one(notebooks)
    elif file.kind == ".ipynb":
        notebook = _read(file)
    else:
        if not file.size:
            _read(file)  # says what is the matter
        raise Refused(f"{file.name} is not a notebook (.ipynb).")
    try:
        read_cells(notebook)
    except NotANotebook as error:
        raise Refused(str(error)) from None
    return notebook


def _only_one(notebooks: list[_File]) -> bytes:
    """The notebook of which all of these are copies; one at a time is in memory."""
    first = _read(notebooks[0])
    if len(notebooks) <= ZIP_NOTEBOOKS and all(
        file.size == notebooks[0].size and _read(file) == first for file in notebooks[1:]
    ):
        return first
    names = ", ".join(str(file.path) for file in notebooks[:ZIP_NOTEBOOKS])
    more = f" and {len(notebooks) - ZIP_NOTEBOOKS} more" if len(notebooks) > ZIP_NOTEBOOKS else ""
    raise Refused(f"The zip holds {len(notebooks)} notebooks: {names}{more}.")


# ---------------------------------------------------------------- whose a file is


@dataclass(frozen=True)
class _Owner:
    key: str
    student: Student | None = None
    problem: str = ""
    canvas_id: str = ""  # known where the roster is empty
    name: str = ""
    # What Gradescope says besides: who handed it in with this one, and when.
    partners: tuple[Student, ...] = field(default=(), compare=False)
    created: datetime.datetime | None = field(default=None, compare=False)


class _Class:
    """Looks up students by whatever a file's surroundings say about them."""

    def __init__(self, roster: Mapping[str, Student]):
        self.open = not roster  # an empty roster accepts any id
        students = roster.values()
        self.by_canvas = {student.canvas_id: student for student in students if student.canvas_id}
        logins = {student.login.casefold(): student for student in students if student.login}
        names = Counter(_words(student.name) for student in students)
        self.by_name = {_words(s.name): s for s in students if names[_words(s.name)] == 1}
        self.by_id = logins | {student.id.casefold(): student for student in students}

    def named(self, text: str) -> _Owner | None:
        student = self.by_id.get(text.strip().casefold())
        return _Owner(_key(student.id), student) if student else None

    def anyone(self, who: str, name: str = "", login: str = "") -> _Owner:
        return _Owner(_key(who), Student(who, name, "", login, ""))

    def from_path(self, path: PurePosixPath, assignment: str) -> _Owner | None:
        """The owner that the path names; the outermost name counts, the student chose the rest."""
        for part in path.parts:
            stem = _stem(part)
            canvas = _canvas(part)
            if canvas and canvas["user"] in self.by_canvas:
                student = self.by_canvas[canvas["user"]]
                return _Owner(_key(student.id), student)
            moodle = MOODLE.fullmatch(part)
            if moodle and (named := self.by_name.get(_words(moodle["name"]))):
                return _Owner(_key(named.id), named)
            if owner := self.named(stem) or self.named(COPY_NUMBER.sub("", stem)):
                return owner
        canvas = _canvas(path.name)
        if canvas and (self.open or self.by_canvas):
            user = canvas["user"]
            problem = "" if self.open else f"The Canvas user {user} is not on the roster."
            return _Owner(f"canvas-{user}", None, problem, user, canvas["name"])
        if self.open and not canvas:
            kind = _File(path, 0, bytes).kind
            # The number in IMG_1234.jpg is a photo's and no student's.
            for part in (path.name, path.parent.name) if kind in NOTEBOOKS else (path.parent.name,):
                stem = COPY_NUMBER.sub("", _stem(part))
                if re.fullmatch(r"[A-Za-z0-9._@-]*\d{4}[A-Za-z0-9._@-]*", stem) and not (
                    OTTER_STAMP.search(stem) or stem.casefold().startswith(assignment.casefold())
                ):
                    return self.anyone(stem)
        return None

    def from_inside(self, file: _File, notebook: bytes, assignment: str) -> _Owner:
        """The owner that the notebook itself names, where nothing outside does."""
        who = student_id_in(notebook)
        unknown = _key_of(file)
        if self.open and file.kind in NOTEBOOKS:
            folders = [part for part in file.path.parts[:-1] if _stem(part) == part]
            guesses = [who, *folders[-1:], COPY_NUMBER.sub("", _stem(file.name))]
            guess = next((text for text in guesses if text and text != assignment), None)
            if guess:
                return self.anyone(guess)
        elif who:
            problem = f"Its STUDENT_ID, {who!r}, is not on the roster."
            return self.named(who) or _Owner(unknown, None, problem)
        return _Owner(
            unknown, None, "Nothing says whose notebook this is: not its name, not its STUDENT_ID."
        )

    def from_gradescope(self, submitter: Mapping) -> _Owner:
        sid, email, name = (_text(submitter.get(key)) for key in (":sid", ":email", ":name"))
        if self.open and (sid or email):
            return self.anyone(sid or email, name, email)
        for text in (sid, email, email.partition("@")[0]):
            if text and (owner := self.named(text)):
                return owner
        who = " ".join(text for text in (name, sid, email) if text) or "Someone without a name"
        return _Owner(f"gradescope-{_key(who)}", None, f"{who} (Gradescope) is not on the roster.")


def _words(name: str) -> frozenset[str]:
    """Of a name, in whatever order a system has them: "Chen, Wei" and "Wei Chen"."""
    return frozenset(re.findall(r"\w+", name.casefold()))


def _canvas(name: str) -> re.Match | None:
    match = CANVAS_TEXT.fullmatch(name) or CANVAS_UPLOAD.fullmatch(name)
    if not match or match["name"] == "anon" or OTTER_STAMP.match(name[match.start("user") :]):
        return None
    return match


def _stem(name: str) -> str:
    kinds = r"ipynb(\.json|\.txt)?|zip|pdf|jpe?g|png|heic|docx?|html?|md|txt|tex"
    return re.sub(rf"\.({kinds})$", "", name, flags=re.IGNORECASE)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _key(text: str) -> str:
    """A name of a file for an id; two ids never share one, not even where case does not count."""
    safe = re.sub(r"[^A-Za-z0-9._@-]+", "-", text).strip(".-")[:60]
    return safe if safe == text else f"{safe}-{_hash(text)}".lstrip("-")


def _key_of(file: _File) -> str:
    return f"file-{_key(_stem(file.name))}-{_hash(str(file.path))}"


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) and value.strip() not in ("~", "null") else ""


def _gradescope(
    files: Iterable[_File], known: _Class, alone: bool
) -> dict[PurePosixPath, list[_Owner]]:
    """The submitters of each folder of Gradescope's exports."""
    owners: dict[PurePosixPath, list[_Owner]] = {}
    for file in _exports(files, alone):
        if known.from_path(file.path, ""):
            continue
        # All scalars stay strings (0123 is an id), and Ruby's tags mean nothing: no objects. The
        # loader in C would crash where lists lie too deep in lists.
        try:
            content = None
            if file.size <= METADATA_LIMIT:
                content = yaml.load(file.read(), Loader=yaml.BaseLoader)
        except (yaml.YAMLError, Refused, UnicodeDecodeError, RecursionError):
            content = None
        entries = content.items() if isinstance(content, dict) else ()
        if not any(isinstance(entry, dict) for _, entry in entries):
            raise GraderError(f"{file.path} is not what Gradescope writes; export it again.")
        for name, entry in entries:
            submitters = entry.get(":submitters") if isinstance(entry, dict) else None
            if isinstance(submitters, list) and SUBMISSION.fullmatch(str(name)):
                found = [known.from_gradescope(who) for who in submitters if isinstance(who, dict)]
                students = tuple(owner.student for owner in found if owner.student)
                created = _created(_text(entry.get(":created_at")))
                owners[file.path.parent / name] = [
                    replace(owner, partners=students, created=created) for owner in found
                ]
    return owners


def _exports(files: Iterable[_File], alone: bool) -> list[_File]:
    """The lists that Gradescope writes: at the top of an export, where no student can put a file.

    At the top is: in the folder of submissions itself, in a folder of it that is called like an
    export, or in one such zip there; a zip of another name counts if it stands alone.
    """
    found = []
    for file in files:
        *folders, name = file.path.parts
        if folders and folders[0].lower().endswith(".zip"):
            if not (alone or EXPORT.match(folders[0])):
                continue
            folders = folders[1:]
        if name == METADATA and (not folders or (len(folders) == 1 and EXPORT.match(folders[0]))):
            found.append(file)
    return found


def _created(text: str) -> datetime.datetime | None:
    """A moment as Gradescope writes it: 2026-09-21 01:02:03.000000000 Z."""
    match = CREATED.fullmatch(text)
    if not match:
        return None
    zone = "+00:00" if match[3] in ("Z", "UTC") else match[3]
    try:
        return datetime.datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}")
    except ValueError:
        return None


# ---------------------------------------------------------------- the submissions


def find(
    folder: Path,
    roster: Mapping[str, Student],
    assignment: str,
    due: datetime.datetime | None = None,
    data: Collection[str] = (),
) -> list[Submission]:
    """What a class handed in, one submission a student.

    Parameters
    ----------
    folder : Path
        The folder, or a zip: downloads of Canvas and Gradescope, as zips or extracted; notebooks
        or folders named by student id; zips of one notebook. All at once if need be.
    roster : dict
        As `read_roster` gives it. Empty: any id is accepted.
    assignment : str
        ``"hw2"``: of several notebooks of one student, those of this name count.
    due : datetime, optional
        When it was due, with its time zone: what Gradescope got later is late.
    data : collection of str
        Names of files that were given out with the notebook: nobody has to look into them.

    Returns
    -------
    list of Submission
        Ordered by key. Nothing is left out in silence: what cannot be graded has a problem, and
        what does not count is named in the notes of what does.

    Raises
    ------
    GraderError
        The folder is not there, or an export of Gradescope is damaged.
    """
    folder = Path(folder)
    if not folder.exists():
        raise GraderError(f"There is no folder {folder} with submissions.")
    known = _Class(roster)
    with ExitStack() as open_zips:
        if folder.is_dir():
            files = list(_on_disk(folder))
        else:
            file = _File(
                PurePosixPath(folder.name), folder.stat().st_size, folder.read_bytes, folder
            )
            files = [file]
        alone = len({file.path.parts[0] for file in files}) == 1
        handed = _gradescope(files, known, alone)
        for file in [file for file in files if file.kind == ".zip" and file.disk]:
            owner = known.from_path(file.path, assignment)
            if (
                _folder_of(file.path, handed)
                or (owner and (owner.canvas_id or not known.open))
                or CANVAS_ANONYMOUS.match(file.name)
            ):
                continue  # it is one student's
            files.remove(file)
            inside = _expand(file, open_zips)
            files += inside
            handed |= _gradescope(inside, known, alone)
        groups, claims = _by_owner(files, handed, known, assignment, data)
        submissions = [
            _submission(owner, mine, assignment, known.open, strict, due, data)
            for owners, strict in ((groups, False), (claims, True))
            for owner, mine in owners.items()
        ]
    return sorted(_one_each(_unique(submissions)), key=lambda submission: submission.key)


def _one_each(submissions: Iterable[Submission]) -> Iterator[Submission]:
    """Two that say they are one student's, as a copied notebook does, wait for a human."""
    found = list(submissions)
    times = Counter(one.student.id for one in found if one.student)
    for one in found:
        if one.student and times[one.student.id] > 1 and not one.problem:
            who = repr(one.student.id)
            yield replace(one, problem=f"{times[one.student.id]} files say they are {who}'s.")
        else:
            yield one


def _expand(file: _File, open_zips: ExitStack) -> list[_File]:
    """The files of a zip of many students; the zip itself, for a human, if it cannot be read."""
    assert file.disk is not None
    try:
        archive = open_zips.enter_context(_open_zip(file.disk))
        return list(_in_zip(archive, file.path)) or [file]
    except Refused as refused:
        return [_File(file.path, 0, _refuse(str(refused)))]


def _folder_of(path: PurePosixPath, handed: Mapping[PurePosixPath, object]) -> PurePosixPath | None:
    return next((place for place in reversed(path.parents) if place in handed), None)


def _by_owner(
    files: list[_File],
    handed: dict[PurePosixPath, list[_Owner]],
    known: _Class,
    assignment: str,
    data: Collection[str],
) -> tuple[dict[_Owner, list[_File]], dict[_Owner, list[_File]]]:
    """The files of each owner: those that a name outside gives them, and those that claim it."""
    groups: dict[_Owner, list[_File]] = {}
    left: list[_File] = []
    for file in files:
        place = _folder_of(file.path, handed)
        if place and handed[place]:
            owners = handed[place]
        elif file.name == METADATA:
            continue
        else:
            owners = [owner for owner in [known.from_path(file.path, assignment)] if owner]
        for owner in owners:
            groups.setdefault(owner, []).append(file)
        if not owners:
            left.append(file)
    for place, owners in handed.items():
        for owner in owners:
            empty = _File(place, 0, _refuse("Gradescope's export holds no files of it."))
            groups.setdefault(owner, [empty])
    # Only now what notebooks say themselves: a name outside counts more than a claim inside.
    by_key = {owner.key: mine[0].path for owner, mine in groups.items()}
    claims: dict[_Owner, list[_File]] = {}

    def claim(file: _File) -> None:
        try:
            owner = known.from_inside(file, _notebook(file), assignment)
        except Refused:
            owner = replace(known.from_inside(file, b"", assignment), problem="")
        if owner.key in by_key:
            problem = f"It claims to be of {owner.key}, who handed in {by_key[owner.key]}."
            owner = _Owner(_key_of(file), None, problem)
        claims.setdefault(owner, []).append(file)

    beside = [file for file in left if file.kind not in NOTEBOOKS]
    for file in left:
        if file.kind in NOTEBOOKS:
            claim(file)
    # What lies in a folder with the notebooks of one student is that student's.
    owners_in: dict[PurePosixPath, set[_Owner]] = {}
    for owner, mine in [*groups.items(), *claims.items()]:
        for file in mine:
            for folder in file.path.parents[:-1] if file.kind in NOTEBOOKS else ():
                owners_in.setdefault(folder, set()).add(owner)
    for file in beside:
        near = next((owners_in[at] for at in file.path.parents[:-1] if at in owners_in), None)
        if near and len(near) == 1:
            [owner] = near
            (groups if owner in groups else claims)[owner].append(file)
        elif not (near and _given_out(file.path, data)):
            claim(file)
    return groups, claims


def _submission(
    owner: _Owner,
    files: list[_File],
    assignment: str,
    any_id: bool,
    strict: bool,
    due: datetime.datetime | None,
    data: Collection[str],
) -> Submission:
    chosen, notebook, problem, notes = _choose(files, assignment, strict)
    notes += _beside(files, chosen, data)
    key, student = owner.key, owner.student
    if student is None and any_id and owner.canvas_id:
        who = student_id_in(notebook) or owner.canvas_id
        student = Student(who, owner.name, owner.canvas_id)
        key = _key(student.id)
    problem = problem or owner.problem
    if due and owner.created and owner.created > due:
        notes.append(f"{LATE}{_moment(owner.created, due)}, and it was due {_moment(due, due)}.")
    owners = tuple(one.identities for one in dict.fromkeys([student, *owner.partners]) if one)
    return Submission(key, student, str(chosen.path), notebook, problem, tuple(notes), owners)


def _moment(time: datetime.datetime, due: datetime.datetime) -> str:
    """A moment in the time zone of the date it was due."""
    return time.astimezone(due.tzinfo).strftime("%Y-%m-%d %H:%M (UTC%z)")


def _choose(
    files: list[_File], assignment: str, strict: bool
) -> tuple[_File, bytes, str, list[str]]:
    """The one file of a student's that counts, its notebook, a problem, and notes on the others.

    Strict: the files only claim to be of one student, so numbers in their names order nothing.
    """
    notebooks = [file for file in files if file.kind == ".ipynb"]
    zips = [file for file in files if file.kind == ".zip"]
    if from_canvas := all(_canvas(file.name) for file in notebooks + zips):
        notebooks += [file for file in zips if _holds_notebook(file)]
    latest = notebooks or zips or files
    if from_canvas:
        # Attachment ids grow with time. Canvas' numbers do not always: it gives up after seven.
        last = max(map(_canvas_order, latest))
        latest = [file for file in latest if _canvas_order(file) == last]
    elif not strict:
        latest = [file for file in latest if _base(file) == assignment.casefold()] or latest
        if len({_base(file) for file in latest}) == 1:
            newest = max(map(_number, latest))
            latest = [file for file in latest if _number(file) == newest]
    chosen = latest[0]
    notebook, problem, notes = b"", "", []
    try:
        notebook = _notebook(chosen)
        if any(_notebook(file) != notebook for file in latest[1:]):
            raise Refused
    except Refused as refused:
        notebook, problem = b"", str(refused)
        if len(latest) > 1 and chosen.kind in NOTEBOOKS:
            names = ", ".join(str(file.path) for file in latest)
            problem = f"There are {len(latest)} files, and nothing says which counts: {names}."
    if (canvas := _canvas(chosen.name)) and canvas["late"]:
        notes.append(f"{LATE}Canvas marks it so.")
    for file in files:
        if file.kind in NOTEBOOKS and file not in latest:
            notes.append(f"{file.path}{BESIDE} and is not graded.")
    return chosen, notebook, problem, notes


def _beside(files: list[_File], chosen: _File, data: Collection[str]) -> list[str]:
    """Notes on what else was handed in, in a zip with the notebook too: it may hold an answer."""
    others = [file for file in files if file.kind not in NOTEBOOKS and file != chosen]
    others += [file for file in _inside(chosen) if file.kind != ".ipynb"]
    names = [str(file.path) for file in others if not _given_out(file.path, data)]
    notes = [f"{name}{BESIDE}; look into it." for name in names[:MOST_BESIDE]]
    if (more := len(names) - MOST_BESIDE) > 0:
        notes.append(f"What else there is, {more} files,{BESIDE}; look into it.")
    return notes


def _inside(file: _File) -> list[_File]:
    """What a student's zip holds; nothing of a file that cannot be opened."""
    if file.kind != ".zip":
        return []
    try:
        with _open_zip(io.BytesIO(_read(file))) as archive:
            return list(_in_zip(archive, file.path))
    except Refused:
        return []


def _given_out(path: PurePosixPath, data: Collection[str]) -> bool:
    """Whether a file came with the assignment, or was written by Python or by a system."""
    canvas = CANVAS_UPLOAD.fullmatch(path.name)
    name = COPY_NUMBER.sub("", PurePosixPath(canvas["rest"] if canvas else path.name).stem)
    name += path.suffix
    of_tests = path.parent.name == "tests" and path.suffix == ".py"
    return name in (*data, *GIVEN_OUT) or of_tests or "__pycache__" in path.parts


def _holds_notebook(file: _File) -> bool:
    try:
        return bool(_notebook(file))
    except Refused:
        return False


def _canvas_order(file: _File) -> tuple[int, int]:
    canvas = _canvas(file.name)
    return (int(canvas["file"]) if canvas and "file" in canvas.groupdict() else 0, _number(file))


def _number(file: _File) -> int:
    match = COPY_NUMBER.search(_stem(file.name))
    return int(match[1] or match[2]) if match else 0


def _base(file: _File) -> str:
    return COPY_NUMBER.sub("", _stem(file.name)).casefold()


def _unique(submissions: list[Submission]) -> list[Submission]:
    """The same with a key each: where any id is accepted, two may claim the same one."""
    count = Counter(submission.key.casefold() for submission in submissions)
    return [
        replace(submission, key=f"{submission.key}-{_hash(submission.file)}")
        if count[submission.key.casefold()] > 1
        else submission
        for submission in submissions
    ]
