"""tools/machines.py: what hangs on a machine's rounding is found, and nothing else."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from numpy._core import _multiarray_umath

ROOT = Path(__file__).resolve().parent.parent

spec = importlib.util.spec_from_file_location("machines", ROOT / "tools" / "machines.py")
assert spec and spec.loader
machines = importlib.util.module_from_spec(spec)
sys.modules["machines"] = machines
spec.loader.exec_module(machines)


def tool(*options):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "machines.py", *map(str, options)],
        capture_output=True,
        text=True,
        env=machines.Machine().environment() | {"MACHINE_SEED": "7"},
    )


def python(program):
    start = f"import sys; sys.path[:0] = [{str(ROOT / 'tools')!r}, {str(ROOT)!r}]\n"
    ran = subprocess.run([sys.executable, "-c", start + program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


# Each prints a text of its own making, which `only what is shown` cannot see through.
SETUP = """\
import numpy as np
from lecturelib import bound, show
A, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([2.0, 1.0])
v = np.random.default_rng(0).standard_normal(1000)"""
PLANTED = {
    "negative-zero": (
        "print([np.array2string(np.linalg.solve(A, k * b).round(9)) for k in range(9)])",
        str([f"[{k}. 0.]" for k in range(9)]) + "\n",
    ),
    "rank-at-the-edge": ("print(np.linalg.matrix_rank(np.outer(b, b)))", "1\n"),
    "unrounded": ('print("%r" % float(4 * np.linalg.solve(A, b)[0]))', "4.0\n"),
    "order-of-a-sum": ('print("%r" % float(v @ v))', None),
    "printed-as-it-is": ("print(0.5)", "0.5\n"),
    "put-into-a-text": ('print(f"{0.5}", 2)', "0.5 2\n"),
}
STABLE = {
    "shown": (
        "tenths = np.full(10, 0.1)\nprint(show(4 * np.linalg.solve(A, b)), show(tenths @ tenths))",
        "[4. 0.] 0.1\n",
    ),
    "stated-rank": ("print(np.linalg.matrix_rank(np.outer(b, b), rtol=1e-9))", "1\n"),
    "bounded": ("print(bound(np.linalg.inv(A) @ A - np.eye(2)))", "below 1e-12\n"),
    "exact": ('print(A.shape, f"{7:3}", "text")', "(2, 2)   7 text\n"),
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook with every plant in a cell of its own, stored as this machine gives it."""
    import numpy as np

    v = np.random.default_rng(0).standard_normal(1000)
    cells = [v4.new_code_cell(SETUP, id="setup")]
    for name, (source, text) in (PLANTED | STABLE).items():
        cell = v4.new_code_cell(source, id=name)
        cell.outputs = [v4.new_output("stream", name="stdout", text=text or f"{float(v @ v)!r}\n")]
        cells.append(cell)
    path = tmp_path_factory.mktemp("page") / "page.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize("size", ["1e-15", "1e-14"])
def test_what_hangs_on_rounding_is_found_and_nothing_else(page, size):
    ran = tool("--rounding", size, "--seed", 3, page)
    assert ran.returncode == 1, ran.stderr
    assert re.findall(r"^page.ipynb: cell (\S+) gives", ran.stdout, re.MULTILINE) == list(PLANTED)
    assert "'fails with TypeError: 0.5 would be printed as it is" in ran.stdout
    assert "1 machines: 1 differ, 0 not run." in ran.stdout
    assert f"Differs: python tools/machines.py --rounding {size} --seed 3" in ran.stdout


def test_a_run_is_repeatable(page):
    first, again, other = (tool("--rounding", "1e-14", "--seed", s, page).stdout for s in (1, 1, 2))
    without_time = re.compile(r"^ +\d+ s$|--seed \d", re.MULTILINE)
    assert without_time.sub("", first) == without_time.sub("", again)
    assert without_time.sub("", first) != without_time.sub("", other)


def test_the_draw_is_logged_and_repeatable():
    assert machines.drawn(5) == machines.drawn(5)
    drawn = [machines.drawn(seed) for seed in range(200)]
    runnable = {kernel for kernel in machines.KERNELS if not machines.unknown(kernel)}
    assert {kernel.kernel for kernel, _ in drawn} == runnable
    assert {kernel.threads for kernel, _ in drawn} == {1, 2}
    assert {rounding.rounding for _, rounding in drawn} == {1e-15, 1e-14}


def test_everything_is_every_kernel_and_ten_seeds_of_two_sizes():
    assert len(machines.ALL) == len(set(machines.ALL)) == 6 * 2 + 10 * 2


def test_a_kernel_that_is_not_there_is_said():
    absent = [kernel for kernel in machines.KERNELS if machines.missing(kernel)]
    assert len(absent) >= 4  # this process runs one of them, and Zen's routines are Haswell's
    for kernel in absent:
        assert machines.missing(kernel).startswith("not run: this ")


def test_a_kernel_whose_instructions_the_processor_lacks_is_not_run(monkeypatch):
    """OpenBLAS takes it if it is told to: an illegal instruction, in the middle of a run."""
    monkeypatch.setitem(_multiarray_umath.__cpu_features__, "X86_V4", False)
    assert machines.missing("SkylakeX") == (
        "not run: this processor lacks X86_V4, which kernel SkylakeX uses"
    )
    assert "SkylakeX" not in {machines.drawn(seed)[0].kernel for seed in range(50)}
    monkeypatch.setitem(_multiarray_umath.__cpu_features__, "X86_V4", True)
    assert machines.unknown("SkylakeX") == machines.unknown("Haswell")
    assert "SkylakeX" in {machines.drawn(seed)[0].kernel for seed in range(50)}


def test_an_older_processor_has_no_newer_instructions():
    assert set(machines.lacking("SkylakeX")) <= set(machines.lacking("Haswell"))
    assert set(machines.lacking("Haswell")) <= set(machines.lacking("Prescott"))


def test_lapack_keeps_what_it_keeps():
    python("""
import numpy as np
import rounding
rng = np.random.default_rng(0)
A = rng.standard_normal((4, 4)); A[0, 1] = 5; A[1, 0] = -5
S = A + A.T
plain_det = np.linalg.det(np.triu(A))
plain = [np.linalg.eig(A), np.linalg.inv(A), np.linalg.svd(A)[1]]
rounding.imitate(1e-12, 1)
w, V = np.linalg.eig(A)
assert (np.sort_complex(w) == np.sort_complex(w.conj())).all() and w.imag.any()
pair = np.flatnonzero(w.imag)
assert (V[:, pair[0]] == V[:, pair[1]].conj()).all() and (V[:, w.imag == 0].imag == 0).all()
assert (np.diff(np.linalg.eigvalsh(S)) >= 0).all()
s = np.linalg.svd(np.ones((3, 3)))[1]
assert (s >= 0).all() and (np.diff(s) <= 0).all() and s[1] > 0
L, R = np.linalg.cholesky(S @ S), np.linalg.qr(A)[1]
U = np.linalg.inv(np.triu(A))
assert (np.triu(L, 1) == 0).all() and (np.tril(R, -1) == 0).all() and (np.tril(U, -1) == 0).all()
assert np.linalg.slogdet(A)[0] in (1.0, -1.0)
assert np.linalg.det(np.triu(A)) == plain_det
assert np.linalg.det(np.zeros((2, 2))) == 0
assert np.linalg.det(np.array([[2.0, 1], [1, 3]])) != 5.0
assert np.linalg.lstsq(A, A[0], rcond=None)[2] == 4
# and the rest is off, by about the size asked for
for before, after in zip(plain, [(w, V), np.linalg.inv(A), np.linalg.svd(A)[1]]):
    for a, b in zip(before, after) if isinstance(before, tuple) else [(before, after)]:
        assert 0 < abs(a - b).max() < 3e-12 * abs(a).max()
# a complex step survives
X = A + 1e-30j * S
assert np.allclose(np.linalg.inv(X).imag / 1e-30, -plain[1] @ S @ plain[1])
""")


def test_a_product_is_the_same_up_to_the_order_of_its_sum():
    python("""
import numpy as np
import rounding
rounding.imitate(1e-15, 1)
from lecturelib.table import TABLE
product = TABLE["matmul"].value
rng = np.random.default_rng(0)
A, B, x = rng.standard_normal((5, 300)), rng.standard_normal((300, 4)), rng.standard_normal(300)
for left, right in [(A, B), (A, x), (x, B), (x, x), (A[None], B[None]), (A + 1j, B)]:
    one, *others = (product(left, right) for _ in range(9))
    assert np.allclose(one, left @ right, rtol=1e-12) and one.shape == (left @ right).shape
    assert any((one != other).any() for other in others)
for M in (product(A, A.T), product(A.T, A)):
    assert (M == M.T).all()
N = np.arange(6).reshape(2, 3)
assert (product(N, N.T) == N @ N.T).all()
try:
    product(A, A)
except ValueError:
    pass
else:
    raise AssertionError("shapes that do not fit went through")
""")


def dies(_machine, _argument):
    """cells"""
    os.kill(os.getpid(), signal.SIGKILL)
    yield ""


def agrees(_machine, _argument):
    """cells"""
    yield ""
    yield ""


def test_a_process_that_dies_is_a_difference_and_not_waited_for():
    found = sorted(
        machines.performed([(machines.Machine(), task, None) for task in (agrees, dies)])
    )
    assert found == [
        ("cells", "agrees", 2, []),
        ("cells", "dies", 1, ["its process has died, exit status -9"]),
    ]
