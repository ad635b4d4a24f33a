"""A whole class graded with the command that an instructor uses."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from built import ROOT, coded_points, homework, read_assignment, solved, template
from hostile import HOSTILE
from leaks import hidden_lines, solution_lines, squeezed

from grader.classes import read_class
from grader.grading import names_asked

NAME = "hw1"
# Limits are times on the clock: on a slow machine, beside a submission that takes what it can, the
# honest ones must end within them, too.
HASTE = {"seconds": 16, "cell_seconds": 4, "call_seconds": 2, "memory_mb": 700, "processes": 24}


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """A class with one assignment, little patience, and a roster of its own."""
    folder = tmp_path / "class"
    shutil.copytree(homework(NAME).folder, folder / homework(NAME).folder.name)
    limits = "\n".join(f"{key} = {value}" for key, value in HASTE.items())
    (folder / "class.toml").write_text(
        f'[class]\nsecret = "tests of a"\n[limits]\n{limits}\n[{NAME}]\n', "utf-8"
    )
    own = read_class(folder)[NAME]
    path = own.autograder / "assignment.json"
    changed = {"limits": HASTE, "built_from": own.fingerprint()}
    path.write_text(json.dumps(read_assignment(path) | changed), "utf-8")
    return folder


def enrol(group: Path, students: list[str]) -> None:
    rows = [f'"Student, {s}",{1000 + i},{s},{s}@example.edu,1' for i, s in enumerate(students)]
    head = "Student,ID,SIS User ID,SIS Login ID,Section"
    (group / "roster.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")


def hand_in(folder: Path, students: list[str]) -> Path:
    """A folder with the solution, handed in by each of these students."""
    folder.mkdir(exist_ok=True)
    for student in students:
        (folder / f"{student}.ipynb").write_bytes(solved(NAME, student=student))
    return folder


def command(group: Path, submissions: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "grader", "grade", NAME, str(submissions), str(out),
            "--class", str(group), *more]  # fmt: skip


def run(group: Path, submissions: Path, out: Path, *more: str, **options) -> str:
    more = more or ("--workers", "1")  # for a few notebooks a second one starts in vain
    done = subprocess.run(
        command(group, submissions, out, *more), cwd=ROOT, capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def results(out: Path) -> dict[str, dict]:
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in (out / "results").glob("*.json")
    }


def total(result: dict) -> float:
    return sum(question["score"] for question in result["questions"])


def attack(code: str, canary: Path, port: int) -> bytes:
    names = sorted(names_asked(read_assignment(homework(NAME).autograder / "assignment.json")))
    for word, value in (("CANARY", canary), ("PORT", port), ("NAMES", names)):
        code = code.replace(word, str(value))
    notebook = template(NAME)
    notebook.cells.append(nbformat.v4.new_code_cell(code.replace("MARK", "kept-from-students")))
    return nbformat.writes(notebook).encode()


def processes() -> set[int]:
    return {int(p.name) for p in Path("/proc").glob("[0-9]*") if b"inside.py" in _command(p)}


def none_stays(running: set[int]) -> bool:
    """Whether all of these end soon; other tests' sandboxes are among them."""
    until = time.monotonic() + 20
    while running & processes() and time.monotonic() < until:
        time.sleep(0.2)
    return not running & processes()


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def snapshot(*folders: Path) -> dict[Path, tuple[int, int]]:
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def text_of(path: Path) -> str:
    """A file's text, or that of all files in a zip."""
    if path.suffix != ".zip":
        return path.read_text("utf-8")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())


def typed_apart(path: Path, text: str) -> str:
    """A file of the reports without what it quotes from the notebooks for the human reader."""
    if path.name == "written.html":
        return ""
    if path.parent.name == "results":
        return json.dumps(json.loads(text) | {"unplaced": [], "written": [], "code": []})
    return text


def test_hostile_submissions_gain_nothing_and_the_others_are_graded(group, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    canary = outside / "canary.txt"
    canary.write_text("LEAK sings", "utf-8")
    folder = tmp_path / "submissions"
    folder.mkdir()
    reached: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=_listen, args=(server, reached), daemon=True).start()
        ids = {f"x{i:02}": title for i, title in enumerate(HOSTILE)}
        for student, title in ids.items():
            (folder / f"{student}.ipynb").write_bytes(attack(HOSTILE[title], canary, port))
        hand_in(folder, ["a1", "z9"])  # graded before and after them
        enrol(group, ["a1", *ids, "z9"])
        kept = snapshot(outside, ROOT / "lecturelib", ROOT / "grader", ROOT / "homework", group)
        started, out = time.monotonic(), tmp_path / "out"
        run(group, folder, out, "--workers", "2", env=os.environ | {"SECRET": "kept-from-students"})
        elapsed = time.monotonic() - started

    found = results(out)
    assert set(found) == {"a1", "z9", *ids}
    full = sum(coded_points(NAME).values())
    assert [total(found["a1"]), total(found["z9"])] == [full, full]
    assert {ids[s]: total(found[s]) for s in ids if total(found[s]) > _report_only(found[s])} == {}
    slow = {ids[s]: found[s]["seconds"] for s in ids if found[s]["seconds"] > HASTE["seconds"] + 3}
    assert slow == {}
    most = 1.5 * HASTE["memory_mb"]  # the processes' sum is looked at five times a second
    hogs = {ids[s]: r["memory_mb"] for s in ids if (r := found[s])["memory_mb"] > most}
    assert hogs == {}
    assert elapsed < len(HOSTILE) * HASTE["seconds"]

    assert canary.read_text("utf-8") == "LEAK sings"
    assert snapshot(outside, ROOT / "lecturelib", ROOT / "grader", ROOT / "homework", group) == kept
    assert reached == []
    assert none_stays(processes())

    for result in found.values():
        for case in (c for q in result["questions"] for c in q["cases"] if c["hidden"]):
            assert "TELLS" not in case["message"]
        assert len(result["notes"]) < 40 and len(result["reason"]) < 500

    given = homework(NAME)
    for path in out.rglob("*"):
        if not path.is_file() or path.suffix == ".png":
            continue
        text = text_of(path)
        assert "LEAK sings" not in text, path
        assert "kept-from-students" not in typed_apart(path, text), path
        assert "LEAK" not in typed_apart(path, text), path
        assert "<script" not in text or path.suffix == ".json", path
        if path.parent.name == "feedback":
            lines = {squeezed(x) for x in hidden_lines(given) | solution_lines(given)}
            assert [line for line in lines if line in squeezed(text)] == [], path
    by_hand = (out / "by-hand.csv").read_text("utf-8")
    for student, title in ids.items():
        if found[student]["status"] == "by hand":
            assert found[student]["reason"] and student in by_hand, title
    for title in (
        "loops and catches all",
        "takes all memory",
        "ends the process",
        "a giant answer",
    ):
        student = next(s for s in ids if ids[s] == title)
        assert found[student]["reason"] or found[student]["notes"], title


def _report_only(result: dict) -> float:
    """The point for a report of a confusing spot, which some attacks fill in with words."""
    return sum(q["score"] for q in result["questions"] if q["name"] == "report")


def _listen(server: socket.socket, reached: list[bytes]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        reached.append(connection.recv(16))


def test_broken_submissions_are_reported_with_their_reason(group, tmp_path):
    julia = nbformat.reads(solved(NAME), as_version=4)
    julia.metadata.kernelspec = {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}
    bare = json.loads(solved(NAME))
    del bare["metadata"]
    for cell in bare["cells"]:
        del cell["metadata"], cell["id"]
    strange = json.loads(solved(NAME))
    strange["metadata"]["kernelspec"] = {"name": "my-env", "display_name": "mine"}
    broken = json.loads(solved(NAME))
    broken["cells"].append(
        {"cell_type": "code", "source": "def f(:\n", "metadata": {}, "outputs": []}
    )
    contents = {
        "b1": solved(NAME, student="b1"),
        "b2": b"PK not really a notebook",
        "b3": b"",
        "b4": nbformat.writes(julia).encode(),
        "b5": json.dumps(bare).replace("b10901001", "b5").encode(),
        "b6": json.dumps(strange).replace("b10901001", "b6").encode(),
        "b7": json.dumps(broken).replace("b10901001", "b7").encode(),
        "b8": solved("hw2"),
        "b9": json.dumps({"cells": "none"}).encode(),
        "c1": solved(NAME, student="somebody-else"),
        "c2": solved(NAME, "a", "raise ValueError('here')", student="c2"),
    }
    enrol(group, [*contents, "missing1"])
    canvas = tmp_path / "submissions.zip"
    with zipfile.ZipFile(canvas, "w") as zipped:
        for i, (student, raw) in enumerate(contents.items()):
            late = "LATE_" if student == "b1" else ""
            zipped.writestr(f"student{student}_{late}{1000 + i}_{500 + i}_{NAME}.ipynb", raw)
    out = tmp_path / "out"
    run(group, canvas, out)
    found = results(out)
    full = sum(coded_points(NAME).values())
    assert total(found["b1"]) == full
    for student, reason in (
        ("b2", "not a Jupyter notebook"),
        ("b3", "empty"),
        ("b4", "julia"),
        ("b8", "another assignment"),
        ("b9", "not a Jupyter notebook"),
    ):
        assert found[student]["status"] == "by hand", student
        assert reason in found[student]["reason"], student
        assert total(found[student]) == 0
    for student in ("b5", "b6"):  # no metadata, and a Python kernel of an unknown name, are fine
        assert (found[student]["status"], total(found[student])) == ("graded", full), student
    for student, note in (("b7", "SyntaxError"), ("c2", "ValueError: here")):
        assert total(found[student]) == full
        assert any(note in text for text in found[student]["notes"]), student
    assert any("somebody-else" in text for text in found["c1"]["notes"])
    assert total(found["c1"]) < full  # the numbers of c1 are not somebody-else's

    listed = {row["id"] if "id" in row else "" for row in _rows(out / "by-hand.csv")}
    assert {"b2", "b3", "b4", "b8", "b9"} <= {s for s in contents if s in str(listed)} | listed
    scores = {row["SIS User ID"]: row for row in _rows(out / "coded.csv") if row["SIS User ID"]}
    [column] = [name for name in scores["b1"] if "coded" in name]
    assert float(scores["b1"][column]) == full
    assert scores["b2"][column] == scores["missing1"][column] == ""


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_only_what_changed_is_graded_again_and_typed_points_stay(group, tmp_path):
    enrol(group, ["a1", "a2", "a3"])
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, ["a1", "a2", "a3"])
    run(group, folder, out)
    before = snapshot(out / "results")
    written = _rows(out / "written.csv")
    columns = [name for name in written[0] if re.fullmatch(r"q\w+ \(\d+\)", name)]
    for column in columns:
        written[0][column] = re.findall(r"\((\d+)\)", column)[0]
    with (out / "written.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, written[0].keys())
        writer.writeheader()
        writer.writerows(written)

    broken = solved(NAME, "a", "page = ...", student="a2")
    (folder / "a2.ipynb").write_bytes(broken)
    said = run(group, folder, out)
    assert "2 of 3 are graded already" in said
    changed = {
        path.name for path, state in snapshot(out / "results").items() if before[path] != state
    }
    assert changed == {"a2.json"}
    assert total(results(out)["a2"]) == total(results(out)["a1"]) - 1
    scores = {row["SIS User ID"]: row for row in _rows(out / "scores.csv")}
    title = read_assignment(homework(NAME).autograder / "assignment.json")["title"]
    assert float(scores["a1"][title]) == 25
    assert scores["a2"][title] == ""


def test_an_interrupted_run_loses_nothing_and_goes_on(group, tmp_path):
    students = [f"s{i:02}" for i in range(6)]
    enrol(group, students)
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, students)
    process = subprocess.Popen(
        command(group, folder, out, "--workers", "1"), cwd=ROOT, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT, start_new_session=True,
        # As from a terminal; what a shell starts in the background does not hear Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(list(out.glob("results/*.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does, to all processes of the terminal
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "goes on from here" in said
    kept = snapshot(out / "results")
    assert 2 <= len(kept) < len(students)
    assert all(total(result) > 0 for result in results(out).values())

    said = run(group, folder, out)
    assert f"{len(kept)} of {len(students)} are graded already" in said
    after = snapshot(out / "results")
    assert {path: after[path] for path in kept} == kept
    assert {total(result) for result in results(out).values()} == {sum(coded_points(NAME).values())}
    assert len(after) == len(students)
    assert list(out.rglob("*.tmp")) == []


def test_a_cluster_grades_all_though_a_worker_is_killed(group, tmp_path):
    from distributed import LocalCluster

    from grader.scoring import grade_class

    students = [f"s{i:02}" for i in range(10)]
    enrol(group, students)
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, students)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        workers = [nanny.process.process.pid for nanny in cluster.workers.values()]
        killed: list[int] = []

        def kill() -> None:
            while len(list(out.glob("results/*.json"))) < 3:
                time.sleep(0.02)
            os.kill(workers[0], signal.SIGKILL)
            killed.append(len(list(out.glob("results/*.json"))))

        killer = threading.Thread(target=kill)
        killer.start()
        known = read_class(group)
        grade_class(known, known[NAME], folder, out, scheduler=cluster.scheduler_address)
        killer.join()
    assert killed[0] < len(students)
    found = results(out)
    assert set(found) == set(students)
    full = sum(coded_points(NAME).values())
    assert {(r["status"], total(r)) for r in found.values()} == {("graded", full)}
    assert list(out.rglob("*.tmp")) == []


def test_without_bubblewrap_nothing_is_graded_unless_told(group, tmp_path):
    enrol(group, ["a1"])
    folder = tmp_path / "in"
    hand_in(folder, ["a1"])
    without = os.environ | {"PATH": str(tmp_path)}
    refused = subprocess.run(
        command(group, folder, tmp_path / "out"),
        cwd=ROOT,
        env=without,
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "bubblewrap is not installed" in refused.stderr
    assert "apt-get install bubblewrap" in refused.stderr and "--unsafe" in refused.stderr
    assert not (tmp_path / "out" / "results").exists()
    run(group, folder, tmp_path / "out", "--unsafe", env=without)
    [found] = results(tmp_path / "out").values()
    assert found["isolation"] == "a separate process"
    assert total(found) == sum(coded_points(NAME).values())


def test_another_assignments_scores_and_a_stale_build_are_refused(group, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    hand_in(folder, ["a1"])
    (out / "results").mkdir(parents=True)
    (out / "results" / "a1.json").write_text('{"assignment": "hw9"}')
    before = snapshot(out)
    for change, complaint in (
        ("", "holds the scores of hw9; nothing there was changed"),
        ("points = { q2 = 4 }\n", "would be graded as it was before. Run `make homework` first"),
    ):
        with (group / "class.toml").open("a", encoding="utf-8") as file:
            file.write(change)
        refused = subprocess.run(
            command(group, folder, out), cwd=ROOT, capture_output=True, text=True
        )
        assert refused.returncode == 1 and complaint in refused.stderr
    assert snapshot(out) == before


def test_only_the_pages_of_this_runs_students_are_in_the_feedback(group, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (out / "feedback").mkdir(parents=True)
    (out / "feedback" / "canvas-1234.html").write_text("of somebody who has a name by now")
    (folder / "a1.ipynb").write_text("no notebook")
    run(group, folder, out)
    assert [page.name for page in (out / "feedback").iterdir()] == ["a1.html"]
