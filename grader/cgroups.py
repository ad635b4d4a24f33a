"""A control group for each sandbox, where this machine lets the grader make one: see cgroups(7).

The kernel then counts all memory of its processes together, its own on their behalf too (buffers,
files in memory, page tables), and how many they are. Version 2 wants its group delegated: to root
in a container or on a machine, to a user by `systemd-run --user --scope -p Delegate=yes make grade
...`. Where there is none, `sandbox` looks at what the processes hold five times a second, and
`seccomp` keeps them from what that does not see.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
_count = itertools.count()


class Group:
    """A group with limits, made in each of `parents`; empty, and without effect, where it has none.

    Parameters
    ----------
    memory_mb, processes : int
        The most that its members may hold together.
    """

    def __init__(self, memory_mb: int, processes: int) -> None:
        name = f"course-{os.getpid()}-{next(_count)}"
        memory = str(memory_mb * 2**20)
        limits = {
            "memory.max": memory,
            "memory.swap.max": "0",
            "memory.limit_in_bytes": memory,
            "memory.memsw.limit_in_bytes": memory,
            "pids.max": str(processes),
        }
        self.folders: list[Path] = []
        for parent in parents():
            with contextlib.suppress(OSError):
                (parent / name).mkdir()
                self.folders.append(parent / name)
                for file, most in limits.items():
                    if (parent / name / file).is_file():
                        (parent / name / file).write_text(most)

    def add(self, processes: Sequence[int]) -> None:
        """Count these processes, and all that they start from now on."""
        for folder in self.folders:
            for process in processes:
                with contextlib.suppress(OSError):  # it has ended
                    (folder / "cgroup.procs").write_text(str(process))

    def end(self) -> None:
        """Kill its members, wherever they hide, and remove it."""
        for folder in self.folders:
            for _ in range(100):
                for process in _members(folder):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.02)


def _members(folder: Path) -> list[int]:
    try:
        return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return []


@functools.cache
def parents() -> list[Path]:
    """Groups of this process in which it may make others that limit memory or processes."""
    found = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            found += _second_version(MOUNT / path.lstrip("/"))
        for name in {"memory", "pids"} & set(controllers.split(",")):
            # In a container the path is the host's, and the mount is the container's own group.
            places = [MOUNT / name / path.lstrip("/"), MOUNT / name]
            found += [p for p in places if _may_make_one_in(p)][:1]
    return found


def _second_version(own: Path) -> list[Path]:
    """Where a group may be made: in one's own, or beside it if one moved into a part of it."""
    for place in (own, own.parent):
        if "memory" in _words(place / "cgroup.subtree_control") and _may_make_one_in(place):
            return [place]
    if not {"memory", "pids"} <= _words(own / "cgroup.controllers"):
        return []
    # Only a group without processes may hand controllers on, so this process moves into a part.
    try:
        (own / "grader").mkdir(exist_ok=True)
        (own / "grader" / "cgroup.procs").write_text(str(os.getpid()))
        (own / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        with contextlib.suppress(OSError):
            (own / "cgroup.procs").write_text(str(os.getpid()))
            (own / "grader").rmdir()
        return []
    return [own]


def _words(file: Path) -> set[str]:
    try:
        return set(file.read_text().split())
    except OSError:
        return set()


def _may_make_one_in(place: Path) -> bool:
    trial = place / f"course-trial-{os.getpid()}"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError:
        return False
    return True
