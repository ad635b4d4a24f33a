"""The homework's commands; `make` calls them.

python -m grader build [hw1 ...]              what students get, and what grades it
python -m grader class ../my-class            a private teaching folder
python -m grader grade hw2 IN OUT             scores and feedback for a folder of submissions
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .classes import COURSE_CLASS, make_class, read_class
from .errors import GraderError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m grader", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True)

    build = commands.add_parser("build", help="build assignments from their masters")
    build.add_argument("homework", nargs="*", help="hw1 hw2 ...; all without")
    build.add_argument("--class", dest="folder", type=Path, default=COURSE_CLASS)

    new = commands.add_parser("class", help="make a private teaching folder")
    new.add_argument("folder", type=Path)

    grade = commands.add_parser("grade", help="grade a folder of submissions")
    grade.add_argument("homework")
    grade.add_argument("submissions", type=Path, help="folder or zip, as downloaded")
    grade.add_argument("out", type=Path, help="where scores and feedback go")
    grade.add_argument("--class", dest="folder", type=Path, default=COURSE_CLASS)
    grade.add_argument("--workers", type=int, help="processes on this machine; as many as cores")
    grade.add_argument("--scheduler", help="a Dask scheduler's address, for many machines")
    grade.add_argument(
        "--unsafe", action="store_true",
        help="grade without bubblewrap: students' code then reads this machine's files",
    )  # fmt: skip

    try:
        return run(parser.parse_args())
    except GraderError as error:
        print(error, file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    if options.command == "class":
        make_class(options.folder)
        print(f"The class is in {options.folder}; its README.md says what to do next.")
        return 0
    group = read_class(options.folder)
    if options.command == "build":
        from .building import build
        from .gradescope import write_zip

        for name in options.homework or group.homework:
            build(group[name])
            write_zip(group[name])
            print(f"{name}: built in {group[name].folder}")
        return 0
    from .scoring import grade_class

    return grade_class(
        group,
        group[options.homework],
        options.submissions,
        options.out,
        workers=options.workers,
        scheduler=options.scheduler,
        unsafe=options.unsafe,
    )


if __name__ == "__main__":
    sys.exit(main())
