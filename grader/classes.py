"""A class: a folder with class.toml, the assignments' masters, and a roster.

The course's own folder `homework/` is one; `make class DIR=...` makes a private one from it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import random
import re
import secrets
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import GraderError

ROOT = Path(__file__).resolve().parent.parent
COURSE_CLASS = ROOT / "homework"
TEMPLATES = Path(__file__).resolve().parent / "templates"

KEYS = {"due", "late", "hand_out", "release_solution", "variants", "points"}
LIMITS = {"seconds": 90, "cell_seconds": 20, "call_seconds": 10, "memory_mb": 1024, "processes": 16}


@dataclass(frozen=True)
class Homework:
    """One assignment as its class gives it out.

    Attributes
    ----------
    course : str
        The class's title, as students know it.
    name : str
        ``"hw2"``; the master is ``<folder>/hw2.md``.
    folder : Path
    due, late : str
        For the student's README; a sentence to fill in where nothing is set.
    hand_out : bool
        Whether the website has the assignment.
    release_solution : bool
        Whether the website shows the solution.
    variants : dict of str to str
        The chosen variant of each coded question; ``"a"`` where none is named.
    points : dict of str to float
        Points that replace the master's.
    seed : int
        What the hidden tests draw from.
    limits : dict of str to int
        Seconds, megabytes and processes that one submission may use.
    due_at : datetime or None
        The date in `due` as a moment; of a date alone, its end. Where it names no time zone, in
        that of this machine. None where it is a sentence.
    """

    course: str
    name: str
    folder: Path
    due: str
    late: str
    hand_out: bool
    release_solution: bool
    variants: dict[str, str]
    points: dict[str, float]
    seed: int
    limits: dict[str, int] = field(default_factory=dict)
    due_at: datetime.datetime | None = None

    def fingerprint(self) -> str:
        """Changes when what is built from the master and class.toml would."""
        parts = [self.course, self.seed, self.variants, self.points, self.limits]
        text = json.dumps(parts, sort_keys=True) + self.master.read_text("utf-8")
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def master(self) -> Path:
        return self.folder / f"{self.name}.md"

    @property
    def student(self) -> Path:
        return self.folder / "student"

    @property
    def autograder(self) -> Path:
        return self.folder / "autograder"

    @property
    def solution(self) -> Path:
        return self.folder / "solution.ipynb"


@dataclass(frozen=True)
class Class:
    """A class.toml, read."""

    folder: Path
    homework: dict[str, Homework]

    @property
    def roster(self) -> Path:
        return self.folder / "roster.csv"

    def __getitem__(self, name: str) -> Homework:
        if name not in self.homework:
            raise GraderError(
                f"{self.folder / 'class.toml'} has no assignment {name!r}; it has "
                f"{', '.join(self.homework)}."
            )
        return self.homework[name]


def read_class(folder: Path) -> Class:
    """Read a class's configuration.

    Parameters
    ----------
    folder : Path
        With ``class.toml`` in it.

    Returns
    -------
    Class

    Raises
    ------
    GraderError
        If the file is missing, is not TOML, or holds a key that means nothing.
    """
    path = folder / "class.toml"
    if not path.is_file():
        raise GraderError(
            f"{path} is not there. Name a class's folder, CLASS=..., or make a new one: "
            "make class DIR=..."
        )
    try:
        known = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise GraderError(f"{path} is not valid TOML: {error}.") from None
    settings = known.pop("class", {})
    limits = known.pop("limits", {})
    _only_keys(path, "class", settings, {"title", "secret"})
    _only_keys(path, "limits", limits, set(LIMITS))
    for key, value in limits.items():
        if not isinstance(value, int) or value <= 0:
            raise GraderError(f"{path}: {key} under [limits] is {value!r}; it must be a number.")
    secret = str(settings.get("secret", ""))
    if not secret:
        raise GraderError(f'{path} needs secret = "..." under [class]: hidden tests draw from it.')
    course = str(settings.get("title", "Matrix Differentiation"))
    homework = {
        name: _homework(path, course, name, entry, secret, LIMITS | limits)
        for name, entry in known.items()
    }
    return Class(folder, homework)


def _homework(
    path: Path, course: str, name: str, entry: Any, secret: str, limits: dict[str, int]
) -> Homework:
    if not isinstance(entry, dict):
        raise GraderError(f"{path}: {name} must be a table, [{name}].")
    _only_keys(path, name, entry, KEYS)
    folders = [f for f in sorted(path.parent.glob(f"{name}-*")) if (f / f"{name}.md").is_file()]
    if len(folders) != 1:
        raise GraderError(
            f"{path} names the assignment {name}, and {len(folders)} folders beside it are called "
            f"{name}-... and hold {name}.md; exactly one must."
        )
    for key, kinds, words in (
        ("hand_out", bool, "true or false, without quotes"),
        ("release_solution", bool, "true or false, without quotes"),
        ("variants", dict, '{ q2 = "b" }'),
        ("points", dict, "{ q2 = 6 }"),
    ):
        if not isinstance(entry.get(key, kinds()), kinds):
            raise GraderError(f"{path}: {key} of [{name}] must be {words}.")
    for question, points in entry.get("points", {}).items():
        if not isinstance(points, int | float) or isinstance(points, bool) or points <= 0:
            raise GraderError(
                f"{path}: [{name}] gives {question} {points!r} points; a positive number is needed."
            )
    due = entry.get("due", "")
    due_at = _moment(due)
    if isinstance(due, datetime.datetime):
        due = due.strftime("%A, %d %B %Y, %H:%M").replace(" 0", " ")
    elif isinstance(due, datetime.date):
        due = due.strftime("%A, %d %B %Y").replace(" 0", " ")
    return Homework(
        course=course,
        name=name,
        folder=folders[0],
        due=str(due),
        late=str(entry.get("late", "")),
        hand_out=entry.get("hand_out", True),
        release_solution=entry.get("release_solution", False),
        variants={q: str(v) for q, v in entry.get("variants", {}).items()},
        points=dict(entry.get("points", {})),
        seed=_number(f"{secret}/{name}"),
        limits=limits,
        due_at=due_at,
    )


def _moment(due: Any) -> datetime.datetime | None:
    if isinstance(due, datetime.datetime):
        return due if due.tzinfo else due.astimezone()
    if isinstance(due, datetime.date):
        return datetime.datetime.combine(due, datetime.time(23, 59, 59)).astimezone()
    return None


def _only_keys(path: Path, table: str, entries: dict[str, Any], known: set[str]) -> None:
    if strange := sorted(set(entries) - known):
        raise GraderError(
            f"{path} has {', '.join(strange)} under [{table}], which means nothing there; it may "
            f"have {', '.join(sorted(known))}."
        )


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


# ---------------------------------------------------------------- a new class

#: Comments of the course's own class.toml, and what stands in their place in a private one.
PUBLIC_HEAD = """\
# What an instructor sets for a class. `make class DIR=../my-class` makes a private copy of this
# folder in which this file has a secret and variants of its own; set dates and switches there.
"""
PRIVATE_HEAD = """\
# What you set for this class. After a change: make homework.
"""
PUBLIC_SECRET = """\
# The hidden tests draw their numbers from it. This one is public, as everything here: it is for
# trying the homework out, not for grading.
"""
PRIVATE_SECRET = """\
# The hidden tests draw their numbers from it. Show it to nobody.
"""


def make_class(folder: Path) -> None:
    """Make a private teaching folder: masters, configuration, an empty roster, a git repository.

    Variants are drawn and a secret is set, so that neither this course's public files nor another
    class's tell what its students get.

    Parameters
    ----------
    folder : Path
        New, or empty.

    Raises
    ------
    GraderError
        If there is something in it, or it lies inside the course, which is public.
    """
    folder = folder.resolve()
    if folder.is_relative_to(ROOT):
        raise GraderError(
            f"{folder} lies inside the course's own repository, which is public. Choose a folder "
            "outside of it: make class DIR=../my-class."
        )
    if folder.exists() and any(folder.iterdir()):
        raise GraderError(f"{folder} is not empty; nothing was changed. Choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(COURSE_CLASS.glob("hw*-*")):
        shutil.copytree(
            source,
            folder / source.name,
            ignore=shutil.ignore_patterns("student", "autograder", "solution.ipynb"),
        )
    course = read_class(COURSE_CLASS)
    text = (COURSE_CLASS / "class.toml").read_text("utf-8")
    text = re.sub(r'^secret = ".*"$', f'secret = "{secrets.token_hex(16)}"', text, flags=re.M)
    text = text.replace(PUBLIC_HEAD, PRIVATE_HEAD).replace(PUBLIC_SECRET, PRIVATE_SECRET)
    draw = random.SystemRandom()
    for homework in course.homework.values():
        chosen = {q: draw.choice(sorted(v)) for q, v in variants_in(homework.master).items()}
        line = ", ".join(f'{q} = "{v}"' for q, v in chosen.items())
        start = text.index(f"[{homework.name}]")
        text = text[:start] + re.sub(
            r"^variants = .*$", f"variants = {{ {line} }}", text[start:], count=1, flags=re.M
        )
    (folder / "class.toml").write_text(text, "utf-8")
    for name in ("roster.csv", "Makefile", "README.md", "gitignore"):
        template = (TEMPLATES / "class" / name).read_text("utf-8")
        target = folder / (".gitignore" if name == "gitignore" else name)
        target.write_text(template.replace("{course}", str(ROOT)), "utf-8")
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "--all")


def variants_in(master: Path) -> dict[str, set[str]]:
    """The variants that a master offers of each question that has them."""
    found: dict[str, set[str]] = {}
    for block in re.findall(r"# BEGIN QUESTION\n(.*?)```", master.read_text("utf-8"), re.DOTALL):
        name = re.search(r"^name: *(\S+)", block, re.MULTILINE)
        variant = re.search(r"^variant: *(\S+)", block, re.MULTILINE)
        if name and variant:
            found.setdefault(name[1], set()).add(variant[1])
    return found


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True)
