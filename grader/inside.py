"""Runs inside the sandbox: a student's notebook, and then the calls that the grader asks for.

    python inside.py REQUESTS ANSWERS        numbers of the two pipes

It holds no secret: tests, expected results and scores are in the grader's process, and the worst
that a student's code can do here is answer wrongly. Requests and answers are lines of JSON.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import types
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import landlock  # noqa: E402
import numpy as np  # noqa: E402
import plain  # noqa: E402
import seccomp  # noqa: E402


class Stopped(BaseException):
    """Time is up; not an Exception, so that a loop of `try: ... except Exception:` ends too."""


def limit(limits):
    """Give up what a submission may not use; nothing can give it back."""
    memory = limits["memory_mb"] * 2**20
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, limits["seconds"] + 1),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, 2**26),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
            resource.setrlimit(kind, (most, most))
    seccomp.drop_capabilities()
    seccomp.forbid()


@contextlib.contextmanager
def at_most(seconds):
    def stop(*_):
        raise Stopped

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)  # again and again: the first may be caught
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def described(error):
    lines = str(error).strip().splitlines() if not isinstance(error, Stopped) else []
    return {"kind": type(error).__name__[:60], "message": (lines[0] if lines else "")[:300]}


class Notebook:
    def __init__(self, limits):
        self.limits = limits
        quiet: Any = types.ModuleType("otter")  # otter's own checks need files that are not here
        quiet.Notebook = Quiet
        sys.modules["otter"] = quiet
        import lecturelib.checks

        lecturelib.checks.public_checks = silent
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        settings = Config()
        settings.HistoryManager.enabled = False
        settings.InteractiveShell.colors = "nocolor"
        self.shell = InteractiveShell.instance(config=settings)
        self.shell.showtraceback = silent  # type: ignore[method-assign]  # of this one alone
        self.names = self.shell.user_ns

    def run(self, cells, files):
        for name, text in files.items():
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        errors = []
        for number, source in cells:
            error = self.run_cell(source)
            if error is not None:
                errors.append({"cell": number, **described(error)})
        return {"errors": errors}

    def run_cell(self, source):
        try:
            with at_most(self.limits["cell_seconds"]):
                result = self.shell.run_cell(source, store_history=False)
            return result.error_before_exec or result.error_in_exec
        except BaseException as error:  # also what ends a kernel: SystemExit, Stopped
            return error

    def get(self, name):
        if name not in self.names:
            return {"missing": True}
        return {"value": plain.encode(self.names[name])}

    def call(self, name, arguments, withheld):
        from lecturelib.checks import own_formula

        given = [plain.decode(argument) for argument in arguments]
        before = [a.copy() if isinstance(a, np.ndarray) else None for a in given]
        try:
            with own_formula() if withheld else contextlib.nullcontext():
                with at_most(self.limits["call_seconds"]):
                    value = self.names[name](*given)
        except BaseException as error:
            return {"raised": described(error)}
        changed = {
            str(i): plain.encode(after)
            for i, (old, after) in enumerate(zip(before, given, strict=True))
            if old is not None and not np.array_equal(old, after, equal_nan=True)
        }
        return {"value": plain.encode(value), "changed": changed}


def silent(*_, **__):
    """In the place of what would print."""


class Quiet:
    """Stands for otter.Notebook: every check says nothing."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        return silent


def main():
    requests = os.fdopen(int(sys.argv[1]), "r", encoding="utf-8")
    answers = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8")

    def answer(data):
        answers.write(json.dumps(data) + "\n")
        answers.flush()

    answer({"ready": True})
    start = json.loads(requests.readline())
    closed = "readable" in start and landlock.close_files(start["readable"], start["writable"])
    limit(start["limits"])
    answer({"closed": closed})
    with contextlib.suppress(OSError):  # Matplotlib would look through all fonts of the machine
        shutil.copytree(start["fonts"], os.environ["MPLCONFIGDIR"], dirs_exist_ok=True)
    notebook = Notebook(start["limits"])
    requests.readline()  # to run: until now nothing here was a student's
    answer(notebook.run(start["cells"], start["files"]))
    for line in requests:
        request = json.loads(line)
        try:
            if "get" in request:
                found = notebook.get(request["get"])
            else:
                found = notebook.call(request["call"], request["arguments"], request["withheld"])
        except Exception as error:  # of a value that cannot be looked at
            found = {"raised": described(error)}
        answer({"id": request["id"], **found})


if __name__ == "__main__":
    main()
