"""A folder of submissions graded: on this machine's cores or on a cluster, with Dask.

Each result is written the moment it is there, whole or not at all, so that an interrupted run goes
on where it stopped, and a second run grades only what changed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import cgroups
from .classes import Class, Homework
from .errors import GraderError
from .grading import Result, fingerprint, grade, read_assignment
from .reports import write_reports
from .sandbox import PROCESS, choose_isolation
from .submissions import Submission, find, read_roster
from .written import NotANotebook, collect

#: How often a submission may be on a worker that dies before it is left for hand grading.
TRIES = 3


def grade_class(
    group: Class,
    homework: Homework,
    submissions: Path,
    out: Path,
    workers: int | None = None,
    scheduler: str | None = None,
    unsafe: bool = False,
) -> int:
    """Grade a folder of submissions into scores and feedback.

    Parameters
    ----------
    group, homework : Class, Homework
    submissions : Path
        A folder or zip, as downloaded from Canvas or Gradescope.
    out : Path
        Where ``scores.csv``, ``summary.html``, ``feedback/`` go. What is there of an earlier run
        is used and kept.
    workers : int, optional
        Processes on this machine; as many as cores if left out.
    scheduler : str, optional
        A Dask scheduler's address; its workers grade instead.
    unsafe : bool
        Whether to go on where there is no bubblewrap.

    Returns
    -------
    int
        0; problems of submissions are in the reports.

    Raises
    ------
    GraderError
        If nothing can be graded at all.
    """
    isolation = choose_isolation(unsafe) if scheduler is None else None
    assignment = read_assignment(homework.autograder / "assignment.json")
    if assignment.get("built_from") != homework.fingerprint():
        raise GraderError(
            f"{homework.master.name} or class.toml changed after {homework.name} was built, so it "
            "would be graded as it was before. Run `make homework` first."
        )
    if "template" not in assignment:
        raise GraderError(
            f"{homework.name} was built by an older version of the course, and the grader could "
            "not tell what was given from what was typed. Run `make homework` first."
        )
    roster = read_roster(group.roster) if group.roster.is_file() else {}
    found = find(submissions, roster, homework.name, homework.due_at, assignment["files"])
    if not found:
        raise GraderError(
            f"{submissions} holds no submissions: no notebook and no zip of notebooks."
        )
    store = out / "results"
    store.mkdir(parents=True, exist_ok=True)
    require_same_assignment(store, homework.name)
    marks = {
        s.key: fingerprint(s.notebook, assignment, s.problem, repr(s.owners), *s.notes)
        for s in found
    }
    waiting = [s for s in found if _stored(store, s.key).get("fingerprint") != marks[s.key]]
    if known := len(found) - len(waiting):
        print(f"{known} of {len(found)} are graded already and have not changed.")
    for submission in list(waiting):
        if submission.problem:
            result = Result()
            result.by_hand(submission.problem)
            add_written(result, submission.notebook, assignment)
            _store(store, submission, marks[submission.key], assignment, result)
            waiting.remove(submission)
    try:
        with _cluster(len(waiting), workers, scheduler, isolation) as client:
            for submission, result in _graded(client, waiting, assignment, isolation, unsafe):
                _store(store, submission, marks[submission.key], assignment, result)
    except KeyboardInterrupt:
        print("\nInterrupted. What is graded is kept; the same command goes on from here.")
        return 130
    results = [_stored(store, submission.key) for submission in found]
    for page in (out / "feedback").glob("*.html"):  # of a student who is called otherwise by now
        if page.stem not in marks:
            page.unlink()
    for sentence in write_reports(results, roster, out, assignment, homework.folder / "rubric.md"):
        print(sentence)
    ungraded = sum(result["status"] != "graded" for result in results)
    if ungraded:
        many = "1 notebook is" if ungraded == 1 else f"{ungraded} notebooks are"
        print(f"{many} left to you; {out / 'by-hand.csv'} says why.")
    print(f"Scores, feedback and a summary are in {out}; begin with {out / 'summary.html'}.")
    return 0


# ---------------------------------------------------------------- results on disk


def require_same_assignment(store: Path, name: str) -> None:
    """Results of another assignment must not be mixed with these, nor overwritten."""
    for path in sorted(store.glob("*.json")):
        known = _stored(store, path.stem).get("assignment", name)
        if known != name:
            raise GraderError(
                f"{store.parent} holds the scores of {known}; nothing there was changed. Choose "
                f"another folder for {name}: OUT=scores-{name}."
            )


def _stored(store: Path, key: str) -> dict[str, Any]:
    """An earlier result; empty where there is none that can be read."""
    try:
        result = json.loads((store / f"{key}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return result if isinstance(result, dict) else {}


def _store(
    store: Path, submission: Submission, mark: str, assignment: dict[str, Any], result: Result
) -> None:
    """Write a result so that at no moment half of it is there."""
    student = submission.student
    known = _stored(store, submission.key)
    result.notes[:0] = submission.notes
    data = {
        "key": submission.key,
        "student": dataclasses.asdict(student) if student else None,
        "file": submission.file,
        "assignment": assignment["assignment"],
        "fingerprint": mark,
        **dataclasses.asdict(result),
        "before": _before(known, result),
    }
    fresh = store / f".{submission.key}.{os.getpid()}.tmp"
    fresh.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    os.replace(fresh, store / f"{submission.key}.json")


def _before(known: dict[str, Any], result: Result) -> dict[str, float]:
    """The points of each question before they last changed; empty if they never did."""
    if not known:
        return {}
    points = {question["name"]: question["score"] for question in known.get("questions", ())}
    now = {question["name"]: question["score"] for question in result.questions}
    return points if points != now else known.get("before", {})


# ---------------------------------------------------------------- workers


def grade_apart(
    notebook: bytes,
    assignment: dict[str, Any],
    isolation: str | None,
    unsafe: bool,
    owners: Sequence[Sequence[str]],
) -> Result:
    """What a worker does: grade one notebook, with what isolates on its own machine."""
    result = grade(notebook, assignment, isolation or choose_isolation(unsafe), owners)
    add_written(result, notebook, assignment)
    return result


def add_written(result: Result, notebook: bytes, assignment: dict[str, Any]) -> None:
    """Add what a student wrote; it needs no cell to have run."""
    try:
        found = collect(notebook, assignment)
    except NotANotebook:  # then the result says so already
        return
    result.written = [
        {"name": q["name"], "points": q["points"], "answer": found.answers.get(q["name"], [])}
        for q in assignment["questions"]
        if q["written"]
    ]
    result.unplaced, result.code, result.report = found.by_hand, found.code, found.report


@contextlib.contextmanager
def _cluster(
    waiting: int, workers: int | None, scheduler: str | None, isolation: str | None
) -> Iterator[Any]:
    """A Dask client: of the scheduler named, or of processes on this machine."""
    if not waiting:
        yield None
        return
    import dask
    from distributed import Client, LocalCluster

    cgroups.parents()  # before there are workers: it may have to move this process, see there

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a dead worker is no news to users
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": TRIES - 1,
            "distributed.worker.daemon": False,
            "distributed.admin.tick.limit": "1h",
        }
    )
    if scheduler:
        try:
            client = Client(scheduler, timeout=20)
        except (OSError, TimeoutError) as error:
            raise GraderError(f"No Dask scheduler answers at {scheduler}: {error}.") from None
        with client:
            yield client
        return
    many = max(1, min(workers or os.cpu_count() or 1, waiting))
    with contextlib.ExitStack() as stack:
        with _deaf_to_ctrl_c():
            # A scheduler that listens on this machine would run whatever a student's process sends
            # it; one inside a sandbox has no way there, one in a plain process has.
            size = {"n_workers": many, "threads_per_worker": 1, "host": "127.0.0.1"}
            if isolation == PROCESS:
                size = {"n_workers": 1, "threads_per_worker": 1, "processes": False}
            cluster = LocalCluster(
                **size, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
            )
            stack.enter_context(cluster)
            client = stack.enter_context(Client(cluster))
        yield client


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is started in here does not hear Ctrl-C, which is for this process to act on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _graded(
    client: Any,
    waiting: list[Submission],
    assignment: dict[str, Any],
    isolation: str | None,
    unsafe: bool,
) -> Iterator[tuple[Submission, Result]]:
    """Results as they come; a submission whose workers die is left for hand grading."""
    if not waiting:
        return
    from distributed import as_completed
    from tqdm import tqdm

    shared = client.scatter(assignment, broadcast=True)
    futures = {
        client.submit(
            grade_apart, s.notebook, shared, isolation, unsafe, s.owners, key=f"grade-{s.key}"
        ): s
        for s in waiting
    }
    bar = tqdm(total=len(waiting), unit="notebook", file=sys.stdout, desc=assignment["assignment"])
    with bar:
        for future in as_completed(futures):
            if future.status == "finished":
                result = future.result()
            else:
                result = Result()
                result.by_hand(_why(future.exception()))
            yield futures.pop(future), result
            bar.update()


def _why(error: Any) -> str:
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return f"The process that graded it was killed {TRIES} times."
    return f"The grader failed on it ({type(error).__name__}: {error})."
