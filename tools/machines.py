"""The course on other machines: does anything it prints or checks hang on a machine's rounding?

    python tools/machines.py                             one kernel and one rounding, drawn
    python tools/machines.py --all                       all of them
    python tools/machines.py --kernel SkylakeX --threads 2
    python tools/machines.py --rounding 1e-14 --seed 3
    python tools/machines.py ... chapters/x.ipynb        only these notebooks, nothing else

A machine is a kernel of OpenBLAS with one or two threads, and NumPy without what that kernel's
processors lack; or it is this one with an imitated rounding (rounding.py). On each, every cell of
the notebooks is run and compared with what is stored, every claim examined, every example of a
docstring and of the README run, every solution of the homework tested; under a kernel lecturelib's
tests run too, but for those that use no array. MACHINE_SEED repeats a draw.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import doctest
import importlib
import io
import itertools
import multiprocessing
import multiprocessing.connection
import os
import pkgutil
import random
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

#: Kernel -> the instructions that its processors have, by NumPy's names. A kernel that is run on a
#: processor without them dies of an illegal instruction; NumPy itself uses no others there.
KERNELS = {
    "Prescott": (),
    "Nehalem": (),
    "Sandybridge": ("AVX",),
    "Haswell": ("X86_V3",),
    "Zen": ("X86_V3",),
    "SkylakeX": ("X86_V3", "X86_V4"),
}
#: The name that OpenBLAS gives the routines it has for several kernels.
SAME_ROUTINES = {"Prescott": "Katmai", "Zen": "Haswell"}
THREADS = (1, 2)
SIZES = (1e-15, 1e-14)
SEEDS = range(1, 11)
AT_ONCE = 2
NOT_RUN = 3  # an exit status


@dataclasses.dataclass(frozen=True)
class Machine:
    kernel: str = ""
    threads: int = 1
    rounding: float = 0.0
    seed: int = 0

    def __str__(self) -> str:
        if self.rounding:
            return f"--rounding {self.rounding:g} --seed {self.seed}"
        return f"--kernel {self.kernel} --threads {self.threads}"

    def environment(self) -> dict[str, str]:
        made = {"OPENBLAS_NUM_THREADS": str(self.threads), "OMP_NUM_THREADS": str(self.threads)}
        if self.kernel:
            made["OPENBLAS_CORETYPE"] = self.kernel
            made["NPY_DISABLE_CPU_FEATURES"] = " ".join(lacking(self.kernel))
        return os.environ | made


def lacking(kernel: str) -> list[str]:
    """What this processor has, NumPy would use, and that kernel's processors lack."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [f for f in __cpu_dispatch__ if __cpu_features__[f] and f not in KERNELS[kernel]]


def unknown(kernel: str) -> list[str]:
    """Instructions that kernel has and this processor lacks."""
    from numpy._core._multiarray_umath import __cpu_features__

    return [feature for feature in KERNELS[kernel] if not __cpu_features__[feature]]


ALL = [
    *(Machine(kernel, threads) for kernel in KERNELS for threads in THREADS),
    *(Machine(rounding=size, seed=seed) for size in SIZES for seed in SEEDS),
]


def drawn(seed: int) -> list[Machine]:
    """A kernel that this processor can run, and a rounding."""
    rng = random.Random(seed)
    kernels = rng.sample(list(KERNELS), len(KERNELS))
    able = next(kernel for kernel in kernels if not unknown(kernel))
    kernel = Machine(able, rng.choice(THREADS))
    return [kernel, Machine(rounding=rng.choice(SIZES), seed=rng.randrange(10**6))]


# ---------------------------------------------------------------- inside: a process on that machine


def examine(machine: Machine, notebooks: list[Path]) -> int:
    """Everything but the tests; prints what differs, and gives the exit status."""
    if machine.kernel and (fault := missing(machine.kernel)):
        print(fault)
        return NOT_RUN
    if machine.rounding:
        import rounding

        rounding.imitate(machine.rounding, machine.seed)
    # Imported once, so that the processes which are forked below begin with them.
    for name in ("matplotlib.pyplot", "sympy", "cells", "lecturelib.claims", "lecturelib.figures"):
        importlib.import_module(name)
    tasks: list[tuple[Callable[..., Any], Any]] = [(cells_of, path) for path in notebooks]
    if not notebooks:
        tasks = [(cells_of, path) for path in sorted((ROOT / "chapters").rglob("*.ipynb"))]
        tasks += [(task, None) for task in (claims, docstrings, readme)]
        tasks += [(solutions, path) for path in sorted(ROOT.glob("homework/hw*/hw*.md"))]
    counts: dict[str, list[int]] = {}
    for kind, what, run, found in performed((machine, *task) for task in tasks):
        count = counts.setdefault(kind, [0, 0])
        count[0] += run
        count[1] += len(found)
        for difference in found:
            print(f"{what}: {difference}", flush=True)
    print(", ".join(f"{bad} of {run} {kind}" for kind, (run, bad) in counts.items()), "differ")
    return 1 if any(bad for _, bad in counts.values()) else 0


def missing(kernel: str) -> str:
    """A sentence if OpenBLAS does not use the kernel here, or could not."""
    if lacks := unknown(kernel):  # OpenBLAS takes it all the same, and dies
        return f"not run: this processor lacks {', '.join(lacks)}, which kernel {kernel} uses"
    import numpy  # noqa: F401  (brings its OpenBLAS)
    from threadpoolctl import threadpool_info

    used = {lib["architecture"] for lib in threadpool_info() if lib["internal_api"] == "openblas"}
    if not used:
        return f"not run: this NumPy has no OpenBLAS, so it has no kernel {kernel} either"
    if used != {SAME_ROUTINES.get(kernel, kernel)}:
        return f"not run: this processor has no kernel {kernel}, OpenBLAS takes {', '.join(used)}"
    return ""


Job = tuple[Machine, Callable[..., Any], Any]
Performed = tuple[str, str, int, list[str]]  # what is counted, of what, how many, what differs


def performed(jobs: Iterable[Job]) -> Iterator[Performed]:
    """Each job in a process of its own, AT_ONCE of them, as they end.

    A pool would wait for ever for a job whose process dies; here that is a difference.
    """
    fork = multiprocessing.get_context("fork")
    waiting = iter(jobs)
    running: dict[Any, tuple[Job, Any]] = {}
    while True:
        for job in itertools.islice(waiting, AT_ONCE - len(running)):
            receive, send = fork.Pipe(duplex=False)
            process = fork.Process(target=perform, args=(job, send))
            process.start()
            send.close()  # so that the end of the process is the end of what can be received
            running[receive] = job, process
        if not running:
            return
        ready: list[Any] = multiprocessing.connection.wait(list(running))
        for end in ready:
            job, process = running.pop(end)
            try:
                yield end.recv()
            except EOFError:
                process.join()
                kind, name = called(job)
                yield kind, name, 1, [f"its process has died, exit status {process.exitcode}"]
            process.join()


def called(job: Job) -> tuple[str, str]:
    _, task, argument = job
    return task.__doc__ or "", argument.name if argument else task.__name__


def perform(job: Job, send: Any) -> None:
    machine, task, argument = job
    results = list(task(machine, argument))
    send.send((*called(job), len(results), [one for one in results if one]))


def cells_of(machine: Machine, path: Path) -> Iterator[str]:
    """cells"""
    import cells
    import nbformat

    transformers = []
    if machine.rounding:
        import rounding

        transformers = [rounding.InAnotherOrder()]
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code):
        cell.number = number
    for cell, outputs in zip(code, cells.run(notebook, path.parent, *transformers), strict=True):
        stored = cells.stored(cell)
        same = [a for a in stored if a] == [b for b in outputs if b]
        yield "" if same else f"cell {cell.id} gives\n  {outputs}\nand stored is\n  {stored}"


def claims(machine: Machine, _: None) -> Iterator[str]:
    """claims"""
    from lecturelib.claims import examine, records

    for record in records().values():
        if not record.uncheckable:
            yield fault_of(partial(examine, record.id), record.id)


def fault_of(call: Callable[[], Any], name: str) -> str:
    try:
        call()
    except Exception as error:
        return f"{name} fails: {traceback.format_exception_only(error)[-1].strip()}"
    return ""


def docstrings(machine: Machine, _: None) -> Iterator[str]:
    """docstrings"""
    import lecturelib

    modules = pkgutil.walk_packages(lecturelib.__path__, "lecturelib.")
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for name in ["lecturelib", *(module.name for module in modules)]:
        for test in doctest.DocTestFinder().find(importlib.import_module(name), name):
            if test.examples:
                said: list[str] = []
                yield (
                    f"{test.name}: {''.join(said)}" if runner.run(test, out=said.append)[0] else ""
                )


def readme(machine: Machine, _: None) -> Iterator[str]:
    """README examples"""
    text = (ROOT / "README.md").read_text("utf-8")
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        promised = re.findall(r"# prints: (.*?)(?: \(.*\))?$", code, re.MULTILINE)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            fault = fault_of(partial(exec, code, {}), "README")
        said = printed.getvalue().splitlines()
        yield fault or ("" if said == promised else f"{said} for {promised}")


FENCED = re.compile(r"^```\{(code|raw)-cell\}\n(.*?)^```", re.DOTALL | re.MULTILINE)


def solutions(machine: Machine, master: Path) -> Iterator[str]:
    """homework questions"""
    names: dict[str, Any] = {"SEED": machine.seed}
    question, in_tests = "", False
    for kind, source in FENCED.findall(master.read_text("utf-8")):
        if kind == "raw":
            in_tests = "# BEGIN TESTS" in source or (in_tests and "# END TESTS" not in source)
            if named := re.search(r"^name: (\w+)", source, re.MULTILINE):
                variant = re.search(r"^variant: (\w+)", source, re.MULTILINE)
                question = named[1] + (f" {variant[1]}" if variant else "")
            continue
        if not in_tests:
            exec(source, names)
            names["STUDENT_ID"] = "b10901001"
            continue
        exec(source, tests := dict(names))
        for test in (tests[name] for name in tests if name.startswith("test_")):
            given = test.__code__.co_varnames[: test.__code__.co_argcount]
            arguments = {name: names[name] for name in given}
            yield fault_of(partial(test, **arguments), f"{question}, {test.__name__}")


# ---------------------------------------------------------------- the command


def run(machine: Machine, notebooks: list[Path], tests: bool) -> int:
    """One machine, in processes whose NumPy is that machine's; gives their exit status."""
    print(f"== python tools/machines.py {machine}", flush=True)
    began = time.monotonic()
    command = [sys.executable, __file__, *str(machine).split(), "--inside", *map(str, notebooks)]
    failed = subprocess.run(command, cwd=ROOT, env=machine.environment()).returncode
    if tests and machine.kernel and not notebooks and failed != NOT_RUN:
        failed |= subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", str(AT_ONCE), "--dist", "worksteal"]
            + ["-m", "not full and not plain", "--hypothesis-seed=0", *LIBRARY_TESTS],
            cwd=ROOT,
            env=machine.environment(),
        ).returncode
    print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return failed


#: The tests of lecturelib; the rest of them looks at the site, the homework and the tools.
LIBRARY_TESTS = ["tests", *(f"--ignore=tests/{name}" for name in ("homework", "site", "figures"))]
LIBRARY_TESTS += [
    f"--ignore=tests/test_{name}.py"
    for name in ("notebook_tool", "machines", "course", "project", "boxes", "docstrings")
]


def main() -> int:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--kernel", choices=KERNELS, default="")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounding", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-tests", action="store_true", help="leave out lecturelib's tests")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    notebooks = [path.resolve() for path in options.notebooks]
    one = Machine(options.kernel, options.threads, options.rounding, options.seed)
    if options.inside:
        return examine(one, notebooks)
    if options.all:
        machines = ALL
    elif one.kernel or one.rounding:
        machines = [one]
    else:
        seed = int(os.environ.get("MACHINE_SEED") or random.SystemRandom().randrange(10**9))
        print(f"MACHINE_SEED={seed} repeats this run")
        machines = drawn(seed)
    status = {one: run(one, notebooks, not options.no_tests) for one in machines}
    left_out = [one for one in machines if status[one] == NOT_RUN]
    failed = [one for one in machines if status[one] not in (0, NOT_RUN)]
    print(f"{len(machines)} machines: {len(failed)} differ, {len(left_out)} not run.")
    for one in failed:
        print(f"Differs: python tools/machines.py {one}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
