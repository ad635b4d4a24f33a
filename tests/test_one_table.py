"""The table says everything of an operation: nothing else names one to handle it by its name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lecturelib.table import TABLE

ROOT = Path(__file__).resolve().parent.parent

#: Sums, multiples, products, powers, transposes, indices: the language in which rules are written.
#: Their identities (a factor 1, a sign in front, a trace of a product) are those of the language.
LANGUAGE = set(
    "add subtract negative multiply divide reciprocal power general_power square matmul transpose "
    "getitem sum trace trace_product broadcast_to reshape diag where lowered is_complex".split()
)
#: What students do to an operation, and which answer it gives, is said by the names of operations.
SLIPS = set(TABLE)
#: file -> the operations that it may name, and why it may.
MAY_NAME: dict[str, tuple[set[str], str]] = {
    "lecturelib/numbers/dispatch.py": (set(TABLE), "argument forms of NumPy's functions"),
    "lecturelib/numbers/composites.py": (set(TABLE), "NumPy functions in terms of others"),
    "lecturelib/numbers/series.py": (LANGUAGE, "the language"),
    "lecturelib/numbers/tape.py": (LANGUAGE, "the language"),
    "lecturelib/numbers/formulas.py": (LANGUAGE, "the language"),
    "lecturelib/numbers/batch.py": (LANGUAGE | {"outer"}, "the language"),
    "lecturelib/symbols/terms.py": (LANGUAGE | {"diagonal", "lowered_power"}, "the language"),
    "lecturelib/symbols/write.py": (
        LANGUAGE
        | {
            "concatenate",
            "diagonal",
            "logsumexp",
            "matrix_power",
            "real_power",
            "reshape",
            "softmax",
            "sum_over",
            "tril",
            "triu",
        },
        "the language",
    ),
    "lecturelib/symbols/adjoint.py": (
        LANGUAGE | {"general_power", "sum_over"},
        "the language",
    ),
    "lecturelib/symbols/language.py": (set(TABLE), "the words that readers write"),
    "lecturelib/symbols/parse.py": (set(TABLE), "the words that readers write"),
    "lecturelib/symbols/syntax.py": (set(TABLE), "the words that readers write"),
    "lecturelib/symbols/tokens.py": ({"sum", "sign"}, "the word of a sum; a kind of token"),
    "lecturelib/symbols/spoken.py": ({"transpose"}, "the word for a sign of the language"),
    "lecturelib/symbols/table.py": (LANGUAGE, "the language"),
    "lecturelib/symbols/exact.py": (set(TABLE), "values, as the entries name NumPy's"),
    "lecturelib/symbols/draw.py": ({"diagonal"}, "a flag of a symbol"),
    "lecturelib/symbols/normal.py": (set(TABLE), "identities between several operations"),
    "lecturelib/symbols/tidy.py": (set(TABLE), "the spellings of what the normal form holds"),
    "lecturelib/symbols/layout.py": ({"diag", "kron", "sum", "trace", "vec"}, "stacked columns"),
    "lecturelib/symbols/spaces.py": (
        LANGUAGE | {"diag", "diagonal", "tril", "triu"},
        "projections on spaces of matrices",
    ),
    "lecturelib/symbols/steps.py": (set(TABLE), "the words for rules of the language"),
    "lecturelib/symbols/conditions.py": (set(TABLE), "what is known to be positive or singular"),
    "lecturelib/symbols/answers.py": (SLIPS, "kinks and slips"),
    "lecturelib/symbols/mistakes.py": (SLIPS, "slips"),
    "lecturelib/symbols/problem.py": (set(TABLE), "the words that readers write"),
    "lecturelib/symbols/traced.py": (set(TABLE), "NumPy's functions on formulas"),
    "lecturelib/symbols/derive.py": ({"diagonal"}, "a flag of a symbol"),
    "lecturelib/symbols/check.py": ({"sum_over"}, "sums over samples, written out"),
    "lecturelib/symbols/python.py": (set(TABLE), "names and idioms of NumPy, JAX and PyTorch"),
    "lecturelib/symbols/code.py": (set(TABLE), "names and idioms of SymPy"),
    "lecturelib/checks/changes.py": (SLIPS, "slips"),
    "lecturelib/checks/slips.py": (SLIPS, "slips"),
    "lecturelib/checks/formulas.py": ({"where"}, "an argument of `derive`"),
    "site/course_teaching.py": ({"where"}, "an argument of `derive`"),
    "lecturelib/checks/derivatives.py": ({"diagonal"}, "the name of a slip"),
    "lecturelib/functions.py": (
        set(
            "cosm expm lambda_max lambda_min logdet logm logsumexp relu sigmoid sinm softmax "
            "softplus sqrtm vec vech".split()
        ),
        "functions that NumPy lacks, for readers",
    ),
    "lecturelib/mlp.py": (
        {"logsumexp", "relu", "sigmoid", "softmax", "step", "tanh"},
        "names of activations, costs and arguments",
    ),
    "lecturelib/leastsquares.py": ({"pinv", "qr", "svd"}, "names of methods"),
    "lecturelib/lookup/__init__.py": ({"norm", "trace"}, "groups of functions on the page"),
    "lecturelib/symbols/numeric.py": ({"reciprocal", "sign"}, "names of slips"),
    "site/course_answers.py": ({"where"}, "the name of the declarations"),
    "site/course_lookup.py": ({"where"}, "the name of the declarations"),
    "site/course_widget.py": ({"where"}, "the name of the declarations"),
    "site/widget/engine.py": (
        {"reciprocal", "sign", "step", "where"},
        "names of slips, of a line, of the declarations",
    ),
    "tools/rounding.py": ({"matmul"}, "the product whose rounding is imitated"),
}
PLACES = ["lecturelib", "tools", "site"]


def named(source: str) -> set[str]:
    """The operations that a module names: in strings, in imports from the table, as ``r.name``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.ImportFrom) and "table" in (node.module or "").split("."):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in ("r", "table", "rules"):
                found.add(node.attr)
    return found & set(TABLE)


def modules() -> list[str]:
    files = [path for place in PLACES for path in (ROOT / place).rglob("*.py")]
    names = [str(path.relative_to(ROOT)) for path in files if "node_modules" not in path.parts]
    # The table itself; what the course states; its pictures.
    own = ("lecturelib/table/", "lecturelib/claims/", "lecturelib/figures/")
    return sorted(name for name in names if not name.startswith(own))


@pytest.mark.parametrize("name", modules())
def test_nothing_else_names_an_operation(name):
    allowed, _ = MAY_NAME.get(name, (set(), ""))
    assert named((ROOT / name).read_text("utf-8")) <= allowed


def test_every_exception_is_needed():
    for name in MAY_NAME:
        assert named((ROOT / name).read_text("utf-8")), name


@pytest.mark.parametrize(
    "source",
    [
        'SHAPES = {"inv": lambda X: X.shape}',
        'if operation.name == "cholesky": pass',
        "from ..table.matrices import solve",
        "from . import table as r\nvalue = r.det(X)",
    ],
)
def test_a_second_place_is_found(source):
    assert named(source)
