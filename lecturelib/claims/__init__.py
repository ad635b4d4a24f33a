"""The claims of the course, each with the referees that check it.

A claim is a statement of a page: its record (statement, conditions, equation of the lecture) is in
the page's ``.toml`` file, and a function in the module of the same name draws examples and has
referees judge them. A referee is a way to the same result that uses neither the statement nor the
table of rules. Wrong variants are tempting, and every referee must reject them.

>>> from lecturelib import verify
>>> verify("inverse-derivative")  # doctest: +ELLIPSIS
inverse-derivative holds on 5 draws: ...
"""

from .checking import Check, Refuted, Verdict, claim, examine, outside, verify
from .records import CHAPTERS, PAGES, Erratum, Record, errata, module_of, record, records

__all__ = [
    "CHAPTERS",
    "Check",
    "PAGES",
    "Erratum",
    "Record",
    "Refuted",
    "Verdict",
    "claim",
    "errata",
    "examine",
    "module_of",
    "outside",
    "record",
    "records",
    "verify",
]
