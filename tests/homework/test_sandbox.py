"""What a student's process cannot do and cannot take, in bubblewrap and in a plain process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from built import ROOT

from grader import cgroups, plain, sandbox
from grader.classes import LIMITS
from grader.errors import GraderError
from grader.sandbox import BUBBLEWRAP, PROCESS, Ended, Sandbox

ISOLATIONS = (BUBBLEWRAP, PROCESS)
HASTE = LIMITS | {"seconds": 12, "cell_seconds": 8, "memory_mb": 400}


def run(code: str, isolation: str, name: str = "found", **limits: int):
    """What a cell calls `name` in the end; what ended the sandbox is raised."""
    with Sandbox(HASTE | limits, isolation) as box:
        errors = box.run([(1, code)], {})
        assert errors == []
        return box.get(name)


#: Ways to the kernel's memory, and out of the sandbox: each must fail.
REFUSED = {
    "a socket": "socket.socket()",
    "a socket of the machine": "socket.socket(socket.AF_UNIX)",
    "a pair of sockets": "socket.socketpair()",
    "a queue of messages": "call(libc.msgget(0, 0o1666))",
    "semaphores": "call(libc.semget(0, 9, 0o1666))",
    "shared memory": "call(libc.shmget(0, 2**20, 0o1666))",
    "a queue with a name": "call(libc.syscall(MQ_OPEN, b'q', 0o102, 0o600, 0))",
    "a file in memory": "os.memfd_create('x')",
    "watches": "call(libc.inotify_init1(0))",
    "a pipe with a name": "os.mkfifo('pipe')",
    "a lock": "fcntl.lockf(open('x', 'w'), fcntl.LOCK_EX)",
    "a whole lock": "fcntl.flock(open('x', 'w'), fcntl.LOCK_EX)",
    "a namespace": "call(libc.unshare(0x10000000))",
    "many files": "[open('/dev/null') for _ in range(200)]",
    "the grader's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "another process": "call(libc.ptrace(16, os.getppid(), 0, 0))",
}
TRY = """
import ctypes, fcntl, os, platform, socket
MQ_OPEN = {"x86_64": 240, "aarch64": 180}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
def call(answer):
    if answer < 0: raise OSError(ctypes.get_errno(), "refused")
found = {}
for title, attempt in ATTEMPTS.items():
    try: eval(attempt)
    except OSError as error: found[title] = "refused"
    else: found[title] = "done"
"""


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_the_kernels_memory_and_other_processes_are_out_of_reach(isolation):
    found = run(TRY.replace("ATTEMPTS", repr(REFUSED)), isolation)
    assert found == dict.fromkeys(REFUSED, "refused")


def test_the_same_can_be_done_outside():
    """So that the test above means something."""
    names: dict = {}
    usual = {k: v for k, v in REFUSED.items() if k in ("a socket", "a queue of messages", "a lock")}
    code = TRY.replace("ATTEMPTS", repr(usual)).replace("'x'", "'/dev/null'")
    exec(code, names)
    assert names["found"] == dict.fromkeys(usual, "done")
    names["libc"].msgctl(names["libc"].msgget(0, 0o1666), 0, None)


FILES = {
    "empty files": "open(f'f{i}', 'w').close()",
    "folders": "os.mkdir(f'd{i}')",
    "links": "os.symlink('x', f'l{i}')",
}


@pytest.mark.parametrize("title", FILES)
def test_files_are_counted(title):
    code = f"import os\nfor i in range(10**7):\n    {FILES[title]}"
    started = time.monotonic()
    with pytest.raises(Ended, match="more than 4096 files"):
        run(code, BUBBLEWRAP)
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_what_the_grader_itself_holds_is_not_the_notebooks(isolation):
    hog = bytearray(600 * 2**20)
    hog[::4096] = b"x" * len(hog[::4096])
    with Sandbox(HASTE, isolation) as box:
        box.run([(1, "found = 1")], {})
    assert 20 < box.memory_mb < 300
    with Sandbox(HASTE, isolation) as box:  # and what a notebook held for a moment is its own
        box.run([(1, "import numpy; x = numpy.ones(20 * 2**20); del x")], {})
    assert 180 < box.memory_mb < 400


@pytest.mark.skipif(not cgroups.parents(), reason="no control group may be made here")
@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_control_group_holds_all_that_a_notebook_starts(isolation, monkeypatch):
    """Buffers of pipes are the kernel's memory, which no process holds."""
    monkeypatch.setattr(sandbox, "LOOK", 1e9)  # nobody looks: the kernel alone counts
    hog = "import os\nhog = []\nwhile True: hog.append(bytearray(os.urandom(2**16)) * 16)"
    fork = f"import os\nfor _ in range(3): os.fork()\n{hog}"
    with Sandbox(HASTE | {"memory_mb": 3000}, isolation) as box:
        folders = box._group.folders
        assert folders and all(path.is_dir() for path in folders)
        for path in folders:
            for file in ("memory.max", "memory.limit_in_bytes"):
                if (path / file).is_file():
                    assert int((path / file).read_text()) == (3000 + sandbox.DISK) * 2**20
                    (path / file).write_text(str(150 * 2**20))
        with pytest.raises(Ended):
            box.run([(1, fork)], {})
    assert not any(path.exists() for path in folders)


def test_in_the_second_version_the_grader_moves_aside_to_hand_its_limits_on(monkeypatch, tmp_path):
    """Imitated with files: a delegated group, then a worker's, then one with others in it."""
    monkeypatch.setattr(cgroups, "MOUNT", tmp_path)
    own = tmp_path / Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
    own.mkdir(parents=True, exist_ok=True)
    (own / "cgroup.controllers").write_text("cpu memory pids\n")
    (own / "cgroup.subtree_control").write_text("")
    assert cgroups._second_version(own) == [own]
    assert (own / "grader" / "cgroup.procs").read_text() == str(os.getpid())
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids"
    (own / "cgroup.subtree_control").write_text("memory pids\n")
    assert cgroups._second_version(own / "grader") == [own]
    assert cgroups.parents.__wrapped__() == [own]
    (own / "cgroup.controllers").write_text("cpu\n")
    (own / "cgroup.subtree_control").write_text("cpu\n")
    assert cgroups._second_version(own) == []


@pytest.mark.skipif(not cgroups.parents(), reason="no control group may be made here")
def test_who_leaves_the_plain_process_is_found():
    code = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)"
    )
    with Sandbox(HASTE, PROCESS) as box:
        box.run([(1, code)], {})
        inside = [process.pid for process in sandbox._tree(box._process.pid)]
        assert len(inside) == 2
    assert not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() not in sandbox.ENDED
        for pid in inside
    )


@pytest.mark.parametrize(
    ("many", "words"), [(10_000_000, "more than 8 MB"), (2_400_000, "more than 100,000 values")]
)
def test_a_large_answer_takes_little_memory_of_the_grader(many, words):
    """Thirty megabytes of empty lists would be one gigabyte of objects."""
    line = f"b'{{\"errors\": [' + b'[],' * {many} + b'[]]}}\\n'"
    cell = f"import os, sys\nos.fdopen(int(sys.argv[2]), 'wb').write({line})"
    code = (
        # Not ru_maxrss, which begins with what the process that starts this one holds.
        "import re, sys\n"
        "def peak():\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "from grader.sandbox import *; from grader.classes import LIMITS\n"
        "with Sandbox(LIMITS, BUBBLEWRAP) as box:\n"
        "    before = peak()\n"
        "    try: box.run([(1, sys.argv[1])], {})\n"
        "    except Ended as error: print(error)\n"
        "    print((peak() - before) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, cell], cwd=ROOT, capture_output=True, text=True
    )
    said, megabytes = done.stdout.splitlines()
    assert words in said
    assert int(megabytes) < 100


def test_an_answer_as_large_as_it_may_be_arrives():
    answer = run(
        "import numpy as np\nfound = [np.ones((800, 800)), list(range(90_000))]", BUBBLEWRAP
    )
    assert answer[0].shape == (800, 800) and len(answer[1]) == 90_000
    assert plain.MOST_VALUES == 100_000


def test_a_sandbox_that_does_not_start_is_the_graders_fault(monkeypatch, tmp_path):
    """Not the student's, who would get 0 for it; so nobody's score comes of an unreadable file."""
    (tmp_path / "inside.py").write_text("raise SystemExit")
    for name in sandbox.INSIDE[1:]:
        (tmp_path / name).write_text("")
    monkeypatch.setattr(sandbox, "HERE", tmp_path)
    for isolation in ISOLATIONS:
        with pytest.raises(GraderError, match=f"does not start in {isolation} here"):
            with Sandbox(HASTE, isolation):
                pass


def test_the_graders_own_files_may_be_stored_in_any_way(monkeypatch, tmp_path):
    for name in sandbox.INSIDE:
        (tmp_path / name).write_bytes(Path(sandbox.HERE, name).read_bytes())
        (tmp_path / name).chmod(0o600)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(sandbox, "HERE", tmp_path)
    for isolation in ISOLATIONS:
        assert run("found = 1", isolation) == 1


def test_a_plain_process_sees_no_file_but_pythons_where_there_is_landlock(tmp_path):
    (tmp_path / "secret").write_text("secret")
    tmp_path.chmod(0o755)
    code = f"""
found = []
files = {str(tmp_path / "secret")!r}, "/etc/passwd", {str(ROOT / "README.md")!r}, "/proc/self/mem"
for path in files:
    try: found.append(open(path, "rb").read(3))
    except OSError: found.append(None)
try: open({str(tmp_path / "planted")!r}, "w")
except OSError: found.append(None)
open("own.txt", "w").write("mine")
found.append(open("own.txt").read())
found = [str(x) for x in found]
"""
    with Sandbox(HASTE, PROCESS) as box:
        assert box.run([(1, code)], {}) == []
        found = box.get("found")
        assert box.open is False
    assert found == ["None"] * 5 + ["mine"]
    assert not (tmp_path / "planted").exists()


def test_a_slow_start_is_not_the_notebooks_time(monkeypatch, tmp_path):
    for name in sandbox.INSIDE:
        wait = "import time\ntime.sleep(1.5)\n" if name == "inside.py" else ""
        (tmp_path / name).write_text(wait + Path(sandbox.HERE, name).read_text("utf-8"), "utf-8")
    monkeypatch.setattr(sandbox, "HERE", tmp_path)
    started = time.monotonic()
    with Sandbox(HASTE, BUBBLEWRAP) as box:
        ready = time.monotonic()
        assert box.run([(1, "found = 1")], {}) == []
    assert ready - started > 1.5
    assert box.seconds < time.monotonic() - started - 1.5
