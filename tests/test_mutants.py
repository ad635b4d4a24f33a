"""A wrong rule is caught: every mutant of the table and of the transposes dies.

Each mutant is judged by the cases of its own rule alone. A plain run tries a few of each rule, the
full one all of them. A survivor is an error of the suite, unless it is argued to be no error below.
"""

from __future__ import annotations

import re
import tomllib
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import mutants
import numpy as np
import pytest
from cases import CASES, IN_FORMULAS, OF_RULE, Case
from referees import REFEREES

from lecturelib.table import TABLE, Rule

#: Mutants that are no errors: a pattern for their labels, and the reason.
EQUIVALENT = {
    r"lowered: constant -> linear": "an exponent is never under differentiation in a power",
    r"maximum: .*\[B -> Y": "Y = max(A, B), so A >= Y if and only if A >= B",
    r"minimum: .*\[B -> Y": "Y = min(A, B), so A <= Y if and only if A <= B",
    r"(arctan2|cosine): .*\[hypot\(A, B\) -> hypot\(B, A\)": "both are the length of (A, B)",
    r"relu: .*\[X -> Y": "relu(X) > 0 if and only if X > 0",
    r"spectral_norm: .*\[U\[:, 0\] @ dX @ Vh\[0\] -> Vh\[0\] @ \(U\[:, 0\] @ dX\)": (
        "the scalar product of two vectors commutes"
    ),
    r"(eigh|cholesky|eigenvector_\w+|eigen_pinv): .*\[dX -> dX\.T in sym\(dX\)": (
        "dX and dX.T have one symmetric part"
    ),
    r"(lambda_\w+|eigenvector_\w+|eigen_pinv): .*\[X -> X\.T in": "X is symmetric",
    r"real_power(_frechet)?: .*\[X -> X\.T in": "X is symmetric",
    r"real_power: .*\[dX -> dX\.T in": "and so are the directions that keep it so",
    r"lambda_\w+: .*\[dX -> dX\.T in": "a number is its own transpose",
    r"eigen_pinv: .*\[Y -> Y\.T in": "Y is symmetric",
    r"eigen_pinv: .*\[X -> Y in identity_times\(t, X\)\]": "only the shape of X is asked for",
    r"eigen_pinv: P = .*\[Y @ \((.*)\) -> \(\1\) @ Y in": "Y and t I - X commute",
    r"eig: .*\[V -> V\.T in is_complex\(V\)": "V.T is complex if and only if V is",
}

#: The same for transposes, label by label: reason -> labels.
EXACTLY: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "equivalent_transposes.toml").read_text("utf-8")
)


def is_no_error(label: str) -> bool:
    exact = any(label in labels for labels in EXACTLY.values())
    return exact or any(re.match(pattern, label) for pattern in EQUIVALENT)


STEPS = sorted(n for n, op in TABLE.items() if op.rule.transposes and n not in IN_FORMULAS)

A_FEW = 3

#: A survivor is held against so many cases.
MOST = 120

#: The referees that see a wrong transpose.
OF_TRANSPOSES = ["adjoint", "matrix", "hessian", "composed"]


def suite(cases: list[Case], referees: list[str]) -> list[Callable[[], None]]:
    """The cases' referees, the quick and sharp ones first."""

    def ask(name: str, case: Case) -> None:
        REFEREES[name](case.sample)

    return [
        partial(ask, name, case) for name in referees for case in cases if name in case.referees
    ]


def judge(found: list[Any], tests: list[Callable[[], None]]) -> list[str]:
    """The labels of the mutants that live through all tests and are not argued to be right."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a wrong rule may divide by zero before it dies
        alive = [mutant.label for mutant in found if mutants.survives(mutant, tests)]
    return [x for x in alive if not is_no_error(x)]


def a_few(found: list[Any]) -> list[Any]:
    """The same few each time, spread over all kinds of errors."""
    return found[:: max(1, len(found) // A_FEW)][:A_FEW]


@pytest.fixture(scope="module")
def of_rules() -> dict[str, list[Any]]:
    return mutants.of_rules()


@pytest.fixture(scope="module")
def of_transposes() -> dict[str, list[Any]]:
    return mutants.of_transposes()


@pytest.fixture(scope="module")
def cases_of_step() -> dict[str, list[Case]]:
    """operation -> the cases whose adjoint goes through it, found by listening."""
    heard: set[str] = set()
    users: dict[str, list[Case]] = {step: [] for step in mutants.of_transposes()}
    right = Rule.transposed

    def listening(self: Rule, *arguments: Any) -> Any:
        heard.add(self.name)
        return right(self, *arguments)

    setattr(Rule, "transposed", listening)  # noqa: B010
    try:
        for case in CASES.values():
            if "adjoint" in case.referees:
                heard.clear()
                heard.update({case.composed} - {""})
                REFEREES["adjoint"](case.sample)
                for step in heard & set(users):
                    users[step].append(case)
    finally:
        setattr(Rule, "transposed", right)  # noqa: B010
    # Those that name the operation first; hundreds of others go through a sum somewhere.
    return {
        step: sorted(cases, key=lambda case: step not in case.rules)[:MOST]
        for step, cases in users.items()
    }


def test_every_rule_and_every_step_has_mutants(of_rules, of_transposes):
    assert set(of_rules) == set(OF_RULE) == set(TABLE) - IN_FORMULAS
    assert set(of_transposes) == set(STEPS)
    assert min(len(found) for found in of_rules.values()) >= 1
    assert min(len(found) for found in of_transposes.values()) >= 1


def test_a_mutant_is_gone_after_it_was_judged(of_rules):
    """The suite passes on the right rule, fails on a mutant, and passes again."""
    tests = suite(OF_RULE["inv"], list(REFEREES))
    for test in tests:
        test()
    assert not mutants.survives(of_rules["inv"][0], tests)
    for test in tests:
        test()


@pytest.mark.parametrize("rule", sorted(OF_RULE))
def test_a_few_mutants_of_each_rule_die(rule, of_rules):
    survivors = judge(a_few(of_rules[rule]), suite(OF_RULE[rule], list(REFEREES)))
    assert not survivors, "\n".join(survivors)


@pytest.mark.parametrize("step", STEPS)
def test_a_few_mutants_of_each_transpose_die(step, of_transposes, cases_of_step):
    tests = suite(cases_of_step[step], OF_TRANSPOSES)
    survivors = judge(a_few(of_transposes[step]), tests)
    assert not survivors, "\n".join(survivors)


@pytest.mark.full
def test_every_mutant_of_the_rules_dies(of_rules, record_property):
    survivors = []
    for rule, found in of_rules.items():
        survivors += judge(found, suite(OF_RULE[rule], list(REFEREES)))
    report("rules", of_rules, survivors, record_property)


@pytest.mark.full
def test_every_mutant_of_the_transposes_dies(of_transposes, cases_of_step, record_property):
    survivors = []
    for step, found in of_transposes.items():
        survivors += judge(found, suite(cases_of_step[step], OF_TRANSPOSES))
    report("transposes", of_transposes, survivors, record_property)


def report(
    what: str, found: dict[str, list[Any]], survivors: list[str], record_property: Any
) -> None:
    everything = [mutant.label for some in found.values() for mutant in some]
    argued = sum(map(is_no_error, everything))
    line = (
        f"{len(everything)} mutants of the {what}: {argued} are no errors, {len(survivors)} survive"
    )
    record_property("mutants", line)
    print(line)
    assert not survivors, line + "\n" + "\n".join(survivors)


@pytest.mark.full
@pytest.mark.nightly
def test_what_is_argued_to_be_no_error_is_still_there(of_rules, of_transposes, cases_of_step):
    """A pattern that fits no mutant is stale; one that fits a mutant which dies hides something."""
    everything = [m for found in (of_rules, of_transposes) for some in found.values() for m in some]
    exact = {re.escape(x) + "$": reason for reason, labels in EXACTLY.items() for x in labels}
    for pattern, reason in (EQUIVALENT | exact).items():
        fitting = [mutant for mutant in everything if re.match(pattern, mutant.label)]
        assert fitting, f"no mutant is left for which this could hold: {pattern} ({reason})"
        for mutant in fitting:
            if mutant in of_rules.get(mutant.target, []):
                tests = suite(OF_RULE[mutant.target], list(REFEREES))
            else:
                tests = suite(cases_of_step[mutant.target], OF_TRANSPOSES)
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                assert mutants.survives(mutant, tests), f"dies: {mutant.label} ({reason})"
