"""A process of its own for a student's code, and plain data to and from it.

With bubblewrap it has no network, sees Python's files alone and can write to none of them, is a
user of its own, and may use so much memory, time and so many processes. Where bubblewrap cannot
run (some containers forbid it), a plain process with the same limits and without a network:
another user's where root starts it, and kept from this machine's files by Landlock where the kernel
has it. A process of one's own user on a kernel without Landlock is apart in name only, and
`Sandbox.open` says so.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import json
import math
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from lecturelib.checks import AnswerFailed
from lecturelib.withheld import is_withheld

from . import plain
from .cgroups import Group
from .errors import GraderError

HERE = Path(__file__).resolve().parent
#: What runs inside; copied there, so that how the grader itself is stored does not matter.
INSIDE = ("inside.py", "landlock.py", "plain.py", "seccomp.py")

BUBBLEWRAP = "bubblewrap"
PROCESS = "a separate process"

#: A submission may not send more than this in one answer.
LONGEST_ANSWER = 2**23
#: Nor more than this many parts, which are counted before anything is made of them.
MOST_PARTS = 4 * plain.MOST_VALUES
#: Megabytes of files that it may write, and how many.
DISK, FILES = 64, 4096
#: Seconds between two looks at what it uses.
LOOK = 0.2
#: A process of this status is over, though somebody has still to be told.
ENDED = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
#: Seconds that the grader waits beyond a limit that the inside keeps by itself.
GRACE = 2.0
#: Seconds within which it must be ready.
START = 60

_count = itertools.count()


class Ended(BaseException):
    """The process is gone, or was ended; the text says why, in a sentence.

    Not an Exception: a check that names the errors of an answer must not take it for one.
    """


class Sandbox:
    """A student's notebook, executed apart; use it in a `with` block.

    Parameters
    ----------
    limits : dict
        ``seconds, cell_seconds, call_seconds, memory_mb, processes``.
    isolation : str
        `BUBBLEWRAP` or `PROCESS`.

    Attributes
    ----------
    seconds : float
        Wall time since it was ready, once it is closed.
    memory_mb : float
        The most memory that it held: its processes together as often as one looked, or one of them
        alone at any time; nothing of the grader's. Once it is closed.
    open : bool
        Whether its code could read this machine's files, as the user who grades.
    """

    def __init__(self, limits: dict[str, int], isolation: str) -> None:
        self.limits, self.isolation = limits, isolation
        self.seconds = self.memory_mb = 0.0
        self._count = 0
        self._pending = b""
        self._looked = 0.0
        self.open = False

    # -- life -------------------------------------------------------------------------------------

    def __enter__(self) -> Sandbox:
        self._scratch = Path(tempfile.mkdtemp(prefix="course-"))
        self._scratch.chmod(0o755)
        for name in INSIDE:
            shutil.copyfile(HERE / name, self._scratch / name)
            (self._scratch / name).chmod(0o644)
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._started, self._deadline = time.monotonic(), math.inf
        command, options = (
            _bubblewrapped(self._scratch)
            if self.isolation == BUBBLEWRAP
            else _plain_process(self._scratch)
        )
        try:
            self._process = subprocess.Popen(
                [*command, str(requests), str(answers)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(requests, answers),
                start_new_session=True,
                **options,
            )
        except BaseException:
            os.close(self._requests)
            os.close(self._answers)
            shutil.rmtree(self._scratch, ignore_errors=True)
            raise
        finally:
            for file in (requests, answers):
                os.close(file)
        self._user = options.get("user")
        self._group = Group(self.limits["memory_mb"] + DISK, 2 * self.limits["processes"])
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_until_ready(self) -> None:
        """It says so before it has seen anything of a student's, whose fault it then is not."""
        try:
            if json.loads(self._line(START)) != {"ready": True}:
                raise ValueError
        except (Ended, ValueError):
            raise GraderError(
                f"Python with the course's packages does not start in {self.isolation} here."
            ) from None
        self._group.add([process.pid for process in _tree(self._process.pid)])
        self._started = time.monotonic()  # until now the time was the grader's
        self._deadline = self._started + self.limits["seconds"]

    def __exit__(self, *_: Any) -> None:
        os.close(self._requests)
        os.close(self._answers)
        self.memory_mb = max(self.memory_mb, _peak_mb(self._process.pid))
        self._kill()
        self._process.wait()
        self.seconds = time.monotonic() - self._started
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _kill(self) -> None:
        """End it, and all that it started."""
        self._group.end()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._user is not None:  # without a process namespace, its children may have left it
            _kill_all_of(self._user)

    # -- requests ---------------------------------------------------------------------------------

    def run(self, cells: list[tuple[int, str]], files: dict[str, str]) -> list[dict[str, Any]]:
        """Execute the code cells; the errors they raised, with the cells' numbers."""
        place = "/sandbox/fonts" if self.isolation == BUBBLEWRAP else str(fonts())
        start = {"limits": self.limits, "cells": cells, "files": files, "fonts": place}
        if self.isolation == PROCESS:
            start |= {
                "readable": _readable(self._scratch),
                "writable": [str(self._scratch / "home")],
            }
        closed = self._ask(start, START).get("closed")
        self.open = self.isolation == PROCESS and self._user is None and closed is not True
        if self.open and os.getuid() == 0:
            raise GraderError(
                f"Only root may run {sys.executable} with the course's packages, and a student's "
                "code must not be root's: let all users read it (chmod -R a+rX), or use bubblewrap."
            )
        errors = self._ask({"run": True}, self.limits["seconds"]).get("errors")
        if not isinstance(errors, list):
            raise Ended("What it sent back is not what the grader asked for.")
        return [error for error in errors if isinstance(error, dict)]

    def get(self, name: str) -> Any:
        """What the notebook calls by a name; `None` if nothing."""
        answer = self._answer({"get": name})
        return self._decoded(answer["value"], name) if "value" in answer else None

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """Call the notebook's function of a name, and change the arguments as it did."""
        answer = self._answer(
            {
                "call": name,
                "arguments": [plain.encode(argument) for argument in arguments],
                "withheld": is_withheld(),
            },
            self.limits["call_seconds"],
        )
        if "raised" in answer:
            raise AnswerFailed(self._sentence(answer["raised"]))
        changed = answer.get("changed")
        for index, data in (changed if isinstance(changed, dict) else {}).items():
            if index.isdecimal() and int(index) < len(arguments):
                after = self._decoded(data)
                target = arguments[int(index)]
                if getattr(after, "shape", None) == getattr(target, "shape", ()):
                    target[...] = after
        return self._decoded(answer.get("value"))

    def _sentence(self, raised: Any) -> str:
        """How a call failed, as the end of a sentence."""
        raised = raised if isinstance(raised, dict) else {}
        kind, message = plain.printable(raised.get("kind")), plain.printable(raised.get("message"))
        if kind == "Stopped":
            return f"did not end within {self.limits['call_seconds']} seconds"
        if kind == "WithheldError":
            return "differentiates by machine, and this question asks for your own formula"
        return f"raised {kind}{': ' + message if message else ''}"

    def _decoded(self, data: Any, name: str = "") -> Any:
        try:
            return plain.decode(data, _Function(self, name) if name else None)
        except (plain.Malformed, RecursionError):
            raise Ended("What it sent back is not what the grader asked for.") from None

    def _answer(self, request: dict[str, Any], seconds: float = 10) -> dict[str, Any]:
        self._count += 1
        answer = self._ask({"id": self._count, **request}, seconds)
        if answer.get("id") != self._count:
            raise Ended("It answered before it was asked.")
        return answer

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            self._send((json.dumps(request) + "\n").encode(), seconds)
            line = self._line(seconds)
            if sum(map(line.count, (b",", b"[", b"{"))) > MOST_PARTS:
                raise Ended(f"It sent more than {plain.MOST_VALUES:,} values in one answer.")
            answer = json.loads(line)
        except BrokenPipeError:
            raise Ended("It ended before it had answered.") from None
        except (ValueError, RecursionError):
            raise Ended("What it sent back is not what the grader asked for.") from None
        if not isinstance(answer, dict):
            raise Ended("What it sent back is not what the grader asked for.")
        return answer

    def _send(self, data: bytes, seconds: float) -> None:
        until = min(self._deadline, time.monotonic() + seconds + GRACE)
        while data:
            _, ready, _ = select.select([], [self._requests], [], LOOK)
            self._look_after(until)
            if ready:
                data = data[os.write(self._requests, data[: select.PIPE_BUF]) :]

    def _line(self, seconds: float) -> bytes:
        until = min(self._deadline, time.monotonic() + seconds + GRACE)
        parts = [self._pending]
        size = len(self._pending)
        while b"\n" not in parts[-1]:
            ready, _, _ = select.select([self._answers], [], [], LOOK)
            self._look_after(until)
            if not ready:
                continue
            piece = os.read(self._answers, 2**16)
            if not piece:
                raise Ended("It ended before it had answered; it may have used too much memory.")
            parts.append(piece)
            size += len(piece)
            if size > LONGEST_ANSWER:
                raise Ended(f"It sent more than {LONGEST_ANSWER // 2**20} MB in one answer.")
        line, _, self._pending = b"".join(parts).partition(b"\n")
        return line

    def _look_after(self, until: float) -> None:
        """End it if its time is up, or if its processes together hold too much memory."""
        now = time.monotonic()
        if now >= until:
            raise self._late()
        if now >= self._looked + LOOK:
            self._looked = now
            self.memory_mb = max(self.memory_mb, _memory_mb(self._process.pid, self._user))
            if self.memory_mb > self.limits["memory_mb"]:
                raise Ended(f"It used more than {self.limits['memory_mb']} MB of memory.")
            if self.isolation == BUBBLEWRAP and _files_in_tmp(self._process.pid) > FILES:
                raise Ended(f"It made more than {FILES} files.")

    def _late(self) -> Ended:
        if time.monotonic() >= self._deadline:
            return Ended(f"It did not end within {self.limits['seconds']} seconds.")
        return Ended("It did not answer in time.")


class _Function:
    """Stands for a student's function; calling it calls that one, in its own process."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self._sandbox, self.__name__ = sandbox, name

    def __call__(self, *arguments: Any) -> Any:
        return self._sandbox.call(self.__name__, arguments)


# ---------------------------------------------------------------- with bubblewrap


def _bubblewrapped(scratch: Path) -> tuple[list[str], dict[str, Any]]:
    """The command that runs inside.py in a sandbox of bubblewrap."""
    command = [*_bubblewrap(), "--perms", "0755", "--dir", "/sandbox"]
    for name in INSIDE:
        command += ["--ro-bind", str(scratch / name), f"/sandbox/{name}"]
    command += ["--ro-bind", str(fonts()), "/sandbox/fonts", "--remount-ro", "/"]
    return [*command, "--", *_as_user(), *_python("/sandbox")], {}


#: Folders of the system beside /usr, and its settings, that Python needs.
SYSTEM = ("bin", "lib", "lib32", "lib64")
SETTINGS = ("ld.so.cache", "alternatives", "localtime")


def _bubblewrap() -> list[str]:
    """bubblewrap, its namespaces, and a file system with Python and nothing else."""
    namespaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    namespaces += ["--hostname", "sandbox"]
    if os.getuid() == 0:  # a real user of its own, whose processes the kernel counts
        user = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    else:
        user = ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    command = ["bwrap", *namespaces, *user, "--die-with-parent", "--new-session", "--clearenv"]
    command += ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    command += ["--remount-ro", "/dev"]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    for name in SETTINGS:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    # Before Python's files: the course itself may lie under /tmp.
    command += ["--size", str(DISK * 2**20), "--perms", "1777", "--tmpfs", "/tmp"]
    for path in _python_files():
        command += [*_parents(path), "--ro-bind", str(path), str(path)]
    return [*command, *_environment("/tmp"), "--chdir", "/tmp"]


def _as_user() -> list[str]:
    if os.getuid() != 0:
        return []
    user = str(_free_user())
    return [
        *("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"),
        *("--inh-caps=-all", "--bounding-set=-all"),
    ]


def _free_user() -> int:
    """A user that nobody is and nobody was: another one for each sandbox."""
    return 1_000_000 + 256 * os.getpid() + next(_count) % 256


@functools.cache
def _python_files() -> list[Path]:
    """Python, its packages, and lecturelib where it is not among them."""
    import lecturelib

    paths = {Path(sys.prefix), Path(sys.base_prefix), Path(lecturelib.__file__).parent}
    paths |= {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    resolved = {path.resolve() for path in paths} | {path.absolute() for path in paths}
    inner = [Path("/usr"), *resolved]
    return sorted(
        path for path in resolved if not any(path != o and path.is_relative_to(o) for o in inner)
    )


def _parents(path: Path) -> list[str]:
    """Folders above a mount; bubblewrap itself would make them unreadable to others."""
    above = [p for p in reversed(path.parents) if p not in (Path("/"), Path("/tmp"))]
    return [word for p in above for word in ("--perms", "0755", "--dir", str(p))]


def _environment(home: str) -> list[str]:
    return [word for pair in environment(home).items() for word in ("--setenv", *pair)]


def environment(home: str) -> dict[str, str]:
    """What the inside's environment variables are: nothing of this machine's."""
    return {
        "HOME": home,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "IPYTHONDIR": f"{home}/ipython",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _python(folder: str) -> list[str]:
    return [sys.executable, "-I", "-B", f"{folder}/inside.py"]


@functools.cache
def fonts() -> Path:
    """Matplotlib's list of fonts, made once for this Python; without it each sandbox would."""
    folder = Path(sys.prefix) / "var" / "course-fonts"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
    except OSError:  # a Python of the system's: then each run makes its own
        folder = fresh = Path(tempfile.mkdtemp(prefix="course-fonts-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env=os.environ | {"MPLCONFIGDIR": str(fresh)},
        capture_output=True,
    )
    for path in (fresh, *fresh.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with contextlib.suppress(OSError):  # another process was faster
        fresh.rename(folder)
    return folder


@functools.cache
def bubblewrap_fault() -> str:
    """Why bubblewrap cannot run here; empty if it can."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    command = [*_bubblewrap(), "--", *_as_user(), sys.executable, "-I", "-c", "import lecturelib"]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start ({error})"
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        return f"Python with lecturelib does not run in bubblewrap here ({said})"
    return ""


def choose_isolation(unsafe: bool = False) -> str:
    """`BUBBLEWRAP` where it runs; else `PROCESS` if that is allowed.

    Raises
    ------
    GraderError
        If bubblewrap cannot run, and `unsafe` is not said.
    """
    if not (fault := bubblewrap_fault()):
        return BUBBLEWRAP
    if unsafe:
        return PROCESS
    raise GraderError(
        f"Students' code is not run here: {fault}. On Debian or Ubuntu: apt-get install "
        "bubblewrap; on macOS and Windows use grader/Dockerfile. To run it all the same, where it "
        "can read this machine's files and use its network: --unsafe (make grade ... UNSAFE=1)."
    )


# ---------------------------------------------------------------- without it


def _plain_process(scratch: Path) -> tuple[list[str], dict[str, Any]]:
    """A process in a folder of its own, as another user where root starts it."""
    home = scratch / "home"
    home.mkdir()
    options: dict[str, Any] = {"cwd": home, "env": environment(str(home))}
    if other_user():
        user = _free_user()
        os.chown(home, user, user)
        options |= {"user": user, "group": user, "extra_groups": []}
    return _python(str(scratch)), options


@functools.cache
def other_user() -> bool:
    """Whether root grades, and others may run this Python."""
    if os.getuid() != 0:
        return False
    user = _free_user()
    try:
        subprocess.run(
            [sys.executable, "-I", "-c", "import numpy, lecturelib"],
            user=user, group=user, extra_groups=[], cwd="/", env={}, check=True,
            capture_output=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _readable(scratch: Path) -> list[str]:
    """What a plain process may read: as in bubblewrap, Python's files and the system's."""
    paths = [Path("/usr"), *(Path("/", name) for name in SYSTEM), *_python_files(), fonts()]
    paths += [Path("/etc", name) for name in SETTINGS]
    paths += [Path("/dev/null"), Path("/dev/urandom"), *(scratch / name for name in INSIDE)]
    return [str(path) for path in paths]


def _kill_all_of(user: int) -> None:
    for _ in range(50):  # a process may start another while its list is read
        mine = [p for p in _processes_of(user) if p.info["status"] not in ENDED]
        if not mine:
            return
        for process in mine:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.02)


def _processes_of(user: int) -> list[psutil.Process]:
    found = psutil.process_iter(["uids", "status"])
    return [p for p in found if p.info["uids"] and p.info["uids"].real == user]


def _memory_mb(process: int, user: int | None) -> float:
    """Megabytes that a process and its descendants hold, and all processes of a user."""
    mine = set(_tree(process))
    if user is not None:
        mine.update(_processes_of(user))
    return sum(map(_held, mine)) / 2**20


def _held(process: psutil.Process) -> int:
    """Bytes that a process holds; what it shares with others counts in part."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def _tree(process: int) -> list[psutil.Process]:
    """A process and its descendants."""
    try:
        first = psutil.Process(process)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def _peak_mb(process: int) -> float:
    """The most megabytes that one of the processes of a tree has held since it runs its program."""
    peak = 0
    for one in _tree(process):
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{one.pid}/status").read_text()
            peak = max(peak, int(status.partition("VmHWM:")[2].split()[0]))
    return peak / 1024


def _files_in_tmp(process: int) -> int:
    """How many files are in the folder that a sandbox may write to, which is a disk of its own."""
    for one in reversed(_tree(process)):
        with contextlib.suppress(OSError):
            disk = os.statvfs(f"/proc/{one.pid}/root/tmp")
            return disk.f_files - disk.f_ffree
    return 0
