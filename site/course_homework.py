"""The homework on the site: what each assignment asks, its archive, and solutions once released.

The class is the folder that the variable COURSE_CLASS names (`make book CLASS=...`), otherwise
`homework` beside _config.yml. Its class.toml says when things are due and which solutions are
shown; all else comes from what `make homework` has built there for students, in `student/`.

    {homework-table}      on homework/index: the assignments, with a link to each one's archive
    {homework-time}`hw1`  how long one takes: "about 150 minutes"

A solution is a page while class.toml has `release_solution = true`. Otherwise nothing of it is
read, so that nothing of it can be in a page, in the search index or among the files of the site.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from course_omitted import inline
from course_site import wheel
from course_sources import sources
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from grader.archives import handout
from grader.classes import Class, Homework, read_class
from grader.errors import GraderError

HOME = "homework/index"  # the page with the table; released solutions stand below it
RELEASED = "homework/released"

logger = logging.getLogger(__name__)


def course_class(source: Path) -> Class | None:
    """The class whose homework this site shows; None for a book without homework."""
    named = os.environ.get("COURSE_CLASS", "")
    folder = source / (named or "homework")
    if not named and not (folder / "class.toml").is_file():
        return None
    try:
        return read_class(folder)
    except GraderError as error:
        raise ExtensionError(str(error)) from None


# ---------------------------------------------------------------- released solutions


def release_solutions(app: Sphinx, config: Config) -> None:
    """Copy what is released among the sources, and name it in the book's contents."""
    source = Path(app.srcdir)
    shutil.rmtree(source / RELEASED, ignore_errors=True)
    group = course_class(source)
    shown = (
        [homework for homework in group.homework.values() if is_shown(homework)] if group else []
    )
    contents = yaml.safe_load((source / config.external_toc_path).read_text("utf-8"))
    home = entry(contents, HOME)
    if not shown or home is None:
        return
    (source / RELEASED).mkdir()
    for homework in shown:
        shutil.copyfile(homework.solution, source / f"{page(homework)}.ipynb")
        home.setdefault("sections", []).append({"file": page(homework)})
    made = Path(app.doctreedir) / "_toc.yml"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(yaml.safe_dump(contents, sort_keys=False), "utf-8")
    config.external_toc_path = made.as_posix()


def is_shown(homework: Homework) -> bool:
    if homework.release_solution and not homework.solution.is_file():
        logger.warning(
            "class.toml releases the solution of %s, and it is not built: run `make homework`.",
            homework.name,
        )
        return False
    return homework.release_solution


def page(homework: Homework) -> str:
    return f"{RELEASED}/{homework.name}-solution"


def entry(contents: Any, name: str) -> dict[str, Any] | None:
    """A page's entry in the contents, wherever in them it stands."""
    if isinstance(contents, dict):
        if contents.get("file", "").removesuffix(".md") == name:
            return contents
        contents = list(contents.values())
    for part in contents if isinstance(contents, list) else []:
        if (found := entry(part, name)) is not None:
            return found
    return None


# ---------------------------------------------------------------- archives


def write_archives(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Put the archives for students where the table links to; drop what an earlier build left."""
    if app.builder.format != "html":
        return []
    for old in (RELEASED, f"_sources/{RELEASED}"):
        shutil.rmtree(Path(app.outdir) / old, ignore_errors=True)
    group = course_class(Path(app.srcdir))
    if group and HOME in env.found_docs:
        folder = Path(app.outdir) / "homework"
        folder.mkdir(exist_ok=True)
        for homework in group.homework.values():
            if homework.hand_out and homework.student.is_dir():
                archive = handout(homework.student, homework.name, wheel())
                (folder / f"{homework.name}.zip").write_bytes(archive)
    return []  # no page must be read again


# ---------------------------------------------------------------- the table


@dataclass
class Readme:
    """What the README that students get says in its tables."""

    title: str
    fields: dict[str, str] = field(default_factory=dict)  #: "Topics", "Time", "Due", ...
    questions: dict[str, tuple[str, str]] = field(default_factory=dict)  #: name -> kind, points

    @property
    def total(self) -> str:
        written = sum(
            float(points) for kind, points in self.questions.values() if kind == "written"
        )
        total = sum(float(points) for _, points in self.questions.values())
        return f"{total:g}, of them {written:g} for written answers" if written else f"{total:g}"


def read_readme(path: Path) -> Readme:
    lines = path.read_text("utf-8").splitlines()
    found = Readme(next((line[2:].strip() for line in lines if line.startswith("# ")), ""))
    for line in lines:
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
        if len(cells) == 2:
            found.fields[cells[0]] = cells[1]
        elif len(cells) == 4 and re.fullmatch(r"[\d.]+", cells[3]) and cells[0]:
            found.questions[cells[0]] = (cells[2], cells[3])
    for name in ("Topics", "Prerequisites", "Time"):
        if name not in found.fields:
            raise ExtensionError(f"{path} has no row `| {name} | ... |`.")
    if not found.title or not found.questions:
        raise ExtensionError(f"{path} needs a title, `# ...`, and a table of points.")
    return found


def is_outdated(homework: Homework, readme: Readme) -> bool:
    """Whether class.toml says something else now than when the README was built."""
    points = {name: points for name, (_, points) in readme.questions.items()}
    return bool(homework.due and homework.due != readme.fields.get("Due")) or any(
        points.get(name) != f"{value:g}" for name, value in homework.points.items()
    )


class HomeworkTable(SphinxDirective):
    """A section for each assignment of the class."""

    def run(self) -> list[nodes.Node]:
        group = course_class(Path(self.env.srcdir))
        if group is None:
            raise self.error("There is no homework/class.toml.")
        self.env.note_dependency(str(group.folder / "class.toml"))
        return [part for homework in group.homework.values() for part in self.part(homework)]

    def part(self, homework: Homework) -> list[nodes.Node]:
        if not homework.hand_out:
            return []
        path = homework.student / "README.md"
        if not path.is_file():
            self.warn(f"Nothing is built for the students of {homework.name}")
            return []
        self.env.note_dependency(str(path))
        readme = read_readme(path)
        if is_outdated(homework, readme):
            self.warn(f"class.toml has changed since {homework.name} was built")
        title = nodes.title(readme.title, "", *inline(readme.title))
        section = nodes.section("", title, ids=[homework.name], classes=["homework"])
        self.state.document.note_implicit_target(section)
        fields = {
            "Topics": readme.fields["Topics"],
            "Read first": self.linked(readme.fields["Prerequisites"]),
            "Time": readme.fields["Time"],
            "Points": readme.total,
            "Due": homework.due or "set by your instructor",
            "Late work": homework.late,
        }
        section += nodes.field_list("", *(self.field(*item) for item in fields.items() if item[1]))
        name = f"{homework.name}.zip"
        address = posixpath.relpath(f"homework/{name}", posixpath.dirname(self.env.docname) or ".")
        link = f'<a class="homework-archive" href="{address}" download>Download {name}</a>'
        files = nodes.paragraph("", "", nodes.raw(link, link, format="html"))
        if page(homework) in self.env.found_docs:
            files += nodes.Text(" · ")
            solution = self.markdown(f"{{doc}}`Solution of {homework.name} </{page(homework)}>`")
            files += solution[0].children
        section += files
        return [section]

    def warn(self, what: str) -> None:
        logger.warning("%s: run `make homework`.", what, location=self.get_location())

    def linked(self, text: str) -> str:
        """Titles of pages as links to them; of a page left out, course_omitted makes words."""
        pages = {found.title: name for name, found in sources(Path(self.env.srcdir)).items()}
        titles = "|".join(re.escape(title) for title in sorted(pages, key=len, reverse=True))
        return re.sub(rf"\b(?:{titles})(?!\w)", lambda t: f"{{doc}}`/{pages[t[0]]}`", text)

    def field(self, name: str, text: str) -> nodes.field:
        body = nodes.field_body("", *self.markdown(text))
        return nodes.field("", nodes.field_name(name, name), body)

    def markdown(self, text: str) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(StringList([text], "class.toml"), 0, holder)
        return holder.children


class TimeRole(SphinxRole):
    """{homework-time}`hw1` is what the assignment's README says about its time."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        group = course_class(Path(self.env.srcdir))
        homework = group.homework.get(self.text) if group else None
        time = "left out"
        if homework and homework.hand_out:
            readme = homework.student / "README.md"
            if readme.is_file():  # else the table has warned
                time = read_readme(readme).fields["Time"]
        return [nodes.Text(time)], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("homework-table", HomeworkTable)
    app.add_role("homework-time", TimeRole())
    app.connect("config-inited", release_solutions)  # sphinx_external_toc reads it at priority 900
    app.connect("env-updated", write_archives)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
