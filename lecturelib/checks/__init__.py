"""Is it right, and if not, what seems to have happened?

`derivatives` judges a reader's gradient, derivative, adjoint or Hessian of any function; `answers`
judges a student's answer to a homework question against the right one and names the usual slips.
Both answer with a `Report`, which is true in a condition if the result is right.
"""

from ..withheld import own_formula
from .answers import (
    AnswerFailed,
    check_answer,
    check_report,
    check_text,
    check_value,
    public_checks,
    require,
    result_of,
    student_rng,
    test_cases,
    verdict,
)
from .derivatives import (
    SEED,
    TOLERANCE,
    Report,
    check_adjoint,
    check_derivative,
    check_gradient,
    check_hessian,
)
from .formulas import check_form, check_formula
from .rules import check_rule

__all__ = [
    "SEED",
    "TOLERANCE",
    "AnswerFailed",
    "Report",
    "check_adjoint",
    "check_answer",
    "check_derivative",
    "check_form",
    "check_formula",
    "check_gradient",
    "check_hessian",
    "check_report",
    "check_rule",
    "check_text",
    "check_value",
    "own_formula",
    "public_checks",
    "require",
    "result_of",
    "student_rng",
    "test_cases",
    "verdict",
]
