"""A class of 200 graded by two processes: seconds and memory, and Jupyter's own run as the peer.

    python -m benchmarks.homework [SUBMISSIONS]

Needs bubblewrap, and `make homework` before. The peer executes the same notebooks with
nbclient, two at a time, and tests nothing: what a grader adds to it is the ratio.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from grader.classes import COURSE_CLASS, ROOT, read_class

WORKERS = 2
NAME = "hw2"
PEER = "import nbclient, nbformat, sys; nbclient.execute(nbformat.read(sys.argv[1], 4))"


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(COURSE_CLASS, folder / "class", ignore=shutil.ignore_patterns("released"))
        homework = read_class(folder / "class")[NAME]
        notebooks = submissions(folder / "in", homework.solution, homework.student, many)
        run = [sys.executable, "-m", "grader", "grade", NAME, f"{folder}/in", f"{folder}/out"]
        run += ["--class", f"{folder}/class", "--workers", str(WORKERS)]
        seconds, largest = watched(run)
        results = [json.loads(path.read_text()) for path in (folder / "out/results").iterdir()]
        assert len(results) == many and {r["status"] for r in results} == {"graded"}
        inside = max(result["memory_mb"] for result in results)
        peer = jupyter(notebooks[: max(8, many // 10)])
    print(f"{many} submissions, {WORKERS} workers, {seconds:.0f} s in all")
    print(f"mean: {seconds / many:.2f} s a submission  <= 1.1")
    print(f"memory of a worker: {largest:.0f} MB; of a sandbox: {inside:.0f} MB  <= 300")
    print(f"median of one grading alone: {statistics.median(r['seconds'] for r in results):.2f} s")
    print(f"over executing them with nbclient: {seconds / many / peer:.2f}")


def submissions(folder: Path, solution: Path, student: Path, many: int) -> list[Path]:
    """Three quarters solved, the rest untouched; each of another student."""
    folder.mkdir()
    sources = [solution.read_text("utf-8"), (student / f"{NAME}.ipynb").read_text("utf-8")]
    paths = [folder / f"s{i:03}.ipynb" for i in range(many)]
    for i, path in enumerate(paths):
        own = sources[i % 4 == 3].replace('STUDENT_ID = \\"...', f'STUDENT_ID = \\"{path.stem}')
        path.write_text(own, "utf-8")
    return paths


def watched(command: list[str]) -> tuple[float, float]:
    """Seconds, and the largest memory in MB of one of the processes that grade."""
    largest = 0.0
    done = threading.Event()

    def watch() -> None:
        nonlocal largest
        while not done.wait(0.2):
            largest = max([largest, *map(resident, psutil.process_iter(["cmdline"]))])

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    try:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start, largest
    finally:
        done.set()
        watcher.join()


def resident(process: psutil.Process) -> float:
    """Megabytes of a Dask worker; 0 of any other process."""
    if "multiprocessing.spawn" not in " ".join(process.info["cmdline"] or []):
        return 0.0
    try:
        return process.memory_info().rss / 2**20
    except psutil.Error:  # it has ended
        return 0.0


def jupyter(notebooks: list[Path]) -> float:
    """Seconds a notebook that executing alone takes, two at a time."""
    start = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(
            pool.map(
                lambda path: subprocess.run(
                    [sys.executable, "-c", PEER, path], cwd=path.parent, capture_output=True
                ),
                notebooks,
            )
        )
    return (time.perf_counter() - start) / len(notebooks)


if __name__ == "__main__":
    main()
