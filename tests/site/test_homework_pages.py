"""The homework on the site: archives, dates, and no trace of a solution that is not released."""

import html
import json
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from built_site import HTML, ROOT, Site, build, built_class, copy_book, link_homework, with_tex
from nbformat import v4, write

from grader.classes import KEYS, LIMITS, read_class

SECRETS = {  # what the small class must keep to itself, and where it stands
    "solution": "return 4711 * kept_back",
    "output": "the number is 4712",
    "hidden": "check_with_number(4713)",
    "rubric": "Two points for naming 4714",
}

README = """\
# Homework 1: A first one

| | |
|---|---|
| Topics | the maps $X \\mapsto AX$, and more |
| Prerequisites | A page; something else |
| Time | about 150 minutes |
| Due | {due} |

| question | topic | kind | points |
|---|---|---|---:|
| q1 | a derivation | written | 5 |
| q2 | a function | coded | {points} |
| | | total | 9 |
"""


def small_class(folder: Path, due="2027-03-05T23:59:00", released=False, points="") -> Path:
    """A class of one assignment, as `make homework` leaves it."""
    (folder / "class.toml").write_text(
        f'[class]\nsecret = "x"\n[hw1]\ndue = {due}\npoints = {{ {points} }}\n'
        f"release_solution = {str(released).lower()}\n"
    )
    home = folder / "hw1-first"
    for name in ("student/tests", "autograder"):
        (home / name).mkdir(parents=True)
    answer = v4.new_code_cell(SECRETS["solution"])
    shown = v4.new_output("stream", name="stdout", text=SECRETS["output"] + "\n")
    title = v4.new_markdown_cell("# Homework 1: A first one: solution")
    for name, cells in {
        "solution": [title, answer, v4.new_code_cell("print(n)", outputs=[shown])],
        "student/hw1": [v4.new_code_cell("...")],
    }.items():
        notebook = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
        write(notebook, home / f"{name}.ipynb")
    for name, text in {
        "hw1.md": "\n".join(SECRETS.values()),
        "rubric.md": SECRETS["rubric"],
        "autograder/assignment.json": json.dumps(SECRETS),
        "student/tests/q2.py": "def test_public(): ...\n",
        "student/README.md": README.format(due="Friday, 5 March 2027, 23:59", points=4),
    }.items():
        (home / name).write_text(text)
    return folder


def small_book(folder: Path) -> Path:
    """A book of one chapter's page and the course's page about its homework."""
    copy_book(folder)
    link_homework(folder, "index.md")
    (folder / "chapters" / "reference").mkdir(parents=True)
    (folder / "chapters" / "page.md").write_text("# A page\n\n$\\T$\n")
    # index.md links to it; this book leaves it out
    (folder / "chapters" / "reference" / "differentiate.md").write_text("# Differentiate\n")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/page\nchapters:\n- file: homework/index\n"
    )
    return folder


@pytest.fixture
def places(tmp_path):
    for name in ("book", "class", "out"):
        (tmp_path / name).mkdir()
    return small_book(tmp_path / "book"), tmp_path / "class", tmp_path / "out"


def files(site: Path) -> dict[str, bytes]:
    """All that a site hands out, archives unpacked; of a page its text without tags, too."""
    found = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.is_file() and "vendor/" not in name:
            found[name] = path.read_bytes()
            if path.suffix == ".html":
                found[f"{name} (text)"] = html.unescape(
                    re.sub(r"<[^>]*>", "", found[name].decode())
                ).encode()
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    found |= {
                        f"{name}/{inner}": archive.read(inner) for inner in archive.namelist()
                    }
    return found


def traces(site: Path, secret: str) -> list[str]:
    return [name for name, data in files(site).items() if secret.encode() in data]


# ---------------------------------------------------------------- a small class


def test_a_solution_that_is_not_released_leaves_no_trace(places):
    book, group, out = places
    ran = build(book, out, small_class(group))
    assert ran.returncode == 0, ran.stderr
    site = out / "_build" / "html"
    assert {name: traces(site, text) for name, text in SECRETS.items()} == dict.fromkeys(
        SECRETS, []
    )
    assert [name for name in files(site) if "solution" in name or "released" in name] == []
    [card] = page(site).select("section.homework")
    shown = {
        term.get_text().strip(":"): with_tex(term.find_next("dd")).strip()
        for term in card.select("dt")
    }
    assert shown == {
        "Topics": r"the maps \(X \mapsto AX\), and more",
        "Read first": "A page; something else",
        "Time": "about 150 minutes",
        "Points": "9, of them 5 for written answers",
        "Due": "Friday, 5 March 2027, 23:59",
    }
    links = [link["href"] for link in card.select("p a")]
    assert links == ["../chapters/page.html", "hw1.zip"]
    with zipfile.ZipFile(site / "homework" / "hw1.zip") as archive:
        *names, package = sorted(archive.namelist(), key=lambda name: name.endswith(".whl"))
        assert names == [
            "hw1/README.md", "hw1/hw1.ipynb", "hw1/requirements.txt", "hw1/tests/q2.py",
        ]  # fmt: skip
        first, *others = archive.read("hw1/requirements.txt").decode().split()
        assert first == "./" + package.removeprefix("hw1/")
        assert [name.partition(">=")[0] for name in others] == ["matplotlib", "nbclassic"]


def test_a_released_solution_is_a_page_with_its_outputs(places):
    book, group, out = places
    site = out / "_build" / "html"
    ran = build(book, out, small_class(group, released=True))
    assert ran.returncode == 0, ran.stderr
    solution = page(site, "homework/released/hw1-solution.html")
    assert solution.h1.get_text().startswith("Homework 1: A first one: solution")
    assert SECRETS["output"] in solution.select_one(".cell_output").get_text()
    links = [link["href"] for link in page(site).select("section.homework p a")]
    assert links[1:] == ["hw1.zip", "released/hw1-solution.html"]
    assert traces(site, SECRETS["hidden"]) == traces(site, SECRETS["rubric"]) == []

    # Taken back, it is gone, even where the site is not built from scratch.
    toml = group / "class.toml"
    toml.write_text(toml.read_text().replace("release_solution = true", ""))
    ran = build(book, out, group)
    assert ran.returncode == 0, ran.stderr
    assert traces(site, SECRETS["solution"]) == traces(site, "hw1-solution") == []
    assert not (book / "homework" / "released").exists()


def test_an_assignment_that_is_not_handed_out_is_not_there(places):
    book, group, out = places
    toml = small_class(group) / "class.toml"
    toml.write_text(f"{toml.read_text()}hand_out = false\n")
    shutil.rmtree(group / "hw1-first" / "student")  # nor need it be built
    ran = build(book, out, group)
    assert ran.returncode == 0, ran.stderr
    site = out / "_build" / "html"
    assert page(site).select("section.homework") == []
    assert not (site / "homework" / "hw1.zip").exists()


MISTAKES = {
    "Nothing is built for the students of hw1: run `make homework`.": {"student": False},
    "class.toml has changed since hw1 was built: run `make homework`.": {"due": '"Friday."'},
    "class.toml has changed since hw1 was built: run `make homework`. ": {"points": "q2 = 5"},
    "the solution of hw1, and it is not built: run `make homework`.": {"solution": False},
}


@pytest.mark.full
@pytest.mark.parametrize("complaint", MISTAKES)
def test_a_class_that_is_not_built_stops_the_build(places, complaint):
    book, group, out = places
    change = dict(MISTAKES[complaint])
    missing = [name for name in ("student", "solution") if not change.pop(name, True)]
    small_class(group, released=True, **change)
    for path in [group / "hw1-first" / f"{name}" for name in missing]:
        other = path if path.is_dir() else path.with_suffix(".ipynb")
        other.rename(group / other.name)
    ran = build(book, out, group)
    assert ran.returncode != 0
    assert complaint.strip() in " ".join(ran.stderr.split())


@pytest.mark.full
def test_a_course_without_homework_is_built(places):
    book, group, out = places
    (book / "_toc.yml").write_text("format: jb-book\nroot: chapters/page\n")
    (book / "chapters" / "page.md").write_text("# A page\n\nSee {doc}`/homework/index`: $\\T$.\n")
    ran = build(book, out, small_class(group, released=True))
    assert ran.returncode == 0, ran.stderr
    text = page(out / "_build" / "html", "chapters/page.html").select_one("article p").get_text()
    assert text.startswith("See Homework:")
    assert [name for name in files(out / "_build" / "html") if "homework" in name] == []


def page(site: Path, name="homework/index.html"):
    pages = Site.__new__(Site)
    pages.html = site
    return next(found.soup for found in pages.pages if found.name == name)


# ---------------------------------------------------------------- the course's own site


def solution_lines(master: str) -> set[str]:
    """Pieces of a master's solutions that look the same in a notebook, a page and a source."""
    blocks = re.findall(
        r"^# BEGIN SOLUTION$(.*?)^# END SOLUTION$", master, re.DOTALL | re.MULTILINE
    )
    lines = [
        re.sub(r" *# (?:BEGIN |END )?SOLUTION.*", "", line)
        for block in blocks
        for line in block.splitlines()
    ]
    return {
        piece.strip()
        for line in lines
        for piece in re.findall(r"[^$*`\"'\\<>&{}]{24,}", line)
        if len(piece.strip()) >= 24
    }


def test_the_site_holds_no_solution_that_is_not_released():
    group = read_class(built_class())
    shown = files(HTML)
    solution_pages = {name for name in shown if "homework/released/" in name}
    rest = b"\n".join(data for name, data in shown.items() if name not in solution_pages)
    pages = b"\n".join(shown[name] for name in solution_pages).decode()
    patterns = ("chapters/**/*.ipynb", "chapters/**/*.md", "lecturelib/**/*.py", "*.md")
    known = text_of(path for pattern in patterns for path in ROOT.glob(pattern))
    for homework in group.homework.values():
        given = text_of(path for path in homework.student.rglob("*") if path.is_file())
        pieces = {
            piece
            for piece in solution_lines(homework.master.read_text("utf-8"))
            if piece not in given and piece not in known
        }
        assert len(pieces) > 20, homework.name
        assert [piece for piece in pieces if piece.encode() in rest] == [], homework.name
        # What is looked for can be found: it is there where it may be.
        own = any(f"/{homework.name}-solution.html" in name for name in solution_pages)
        assert own == homework.release_solution, homework.name
        assert not own or sum(piece in pages for piece in pieces) > len(pieces) / 4, homework.name


def text_of(paths: Iterable[Path]) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


def test_every_archive_is_what_students_get():
    for homework in read_class(built_class()).homework.values():
        with zipfile.ZipFile(HTML / "homework" / f"{homework.name}.zip") as archive:
            names = {name.removeprefix(f"{homework.name}/") for name in archive.namelist()}
        names -= {name for name in names if name.endswith(".whl")}
        always = {f"{homework.name}.ipynb", "README.md", "requirements.txt"}
        assert always <= names
        assert names - always == {
            path.relative_to(homework.student).as_posix()
            for pattern in ("tests/*.py", "*.csv", "*.npz")
            for path in homework.student.glob(pattern)
        }


# ---------------------------------------------------------------- what the page for teachers says

TEACH = (ROOT / "homework" / "teach.md").read_text("utf-8")
INSTRUCTORS_MAKEFILE = ROOT / "grader" / "templates" / "class" / "Makefile"


def test_every_command_for_teachers_is_there():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"(?:^|`)make ([a-z-]+)((?: +[A-Z]+=\S+)*)", TEACH, re.MULTILINE)
    assert len(named) > 10
    assert {target for target, _ in named} <= set(targets)
    variables = {name for _, rest in named for name in re.findall(r"([A-Z]+)=", rest)}
    assert variables <= {"CLASS", "DIR", "HW", "IN", "NB", "OUT", "SCHEDULER", "UNSAFE", "WORKERS"}
    in_class = re.findall(r"^([a-z-]+):", INSTRUCTORS_MAKEFILE.read_text("utf-8"), re.MULTILINE)
    assert {"homework", "book", "grade"} <= set(in_class)


def test_every_key_of_a_class_is_explained():
    table = "\n".join(line for line in TEACH.splitlines() if line.startswith("| `"))
    assert [key for key in KEYS if f"| `{key}` |" not in table] == []
    limits = {"seconds": "seconds", "cell_seconds": "cell_seconds", "call_seconds": "call_seconds",
              "memory_mb": "megabytes", "processes": "processes"}  # fmt: skip
    assert limits.keys() == LIMITS.keys()
    assert [word for word in limits.values() if word not in table] == []


def test_the_plan_for_one_lecture_takes_ninety_minutes():
    plan = TEACH[TEACH.index("## A plan for one lecture") :]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.MULTILINE))) == 90


def test_written_answers_carry_more_than_a_third_of_the_points():
    for homework in read_class(built_class()).homework.values():
        readme = (homework.student / "README.md").read_text("utf-8")
        rows = re.findall(r"^\| \w+ \|.*\| (written|coded) \| ([\d.]+) \|$", readme, re.MULTILINE)
        written = sum(float(points) for kind, points in rows if kind == "written")
        assert written > sum(float(points) for _, points in rows) / 3, homework.name
