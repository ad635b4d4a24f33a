"""Files that a student's process may see where there is no bubblewrap: Landlock, see landlock(7).

The kernel takes it from any process, without a privilege, since 5.13. Paths not named cannot be
opened any more, by it or by what it starts, nor can processes outside be looked into or, since
6.12, be sent a signal. This file runs inside the sandbox: standard library only.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the calls' numbers on all machines
VERSION = 1  # a flag: say which version there is
BENEATH = 1  # a kind of rule: a path and what lies under it

READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
READ_FILE = 1 << 0 | 1 << 2
#: All that a version knows to forbid in files.
ALL = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
NETWORK = 0b11  # since version 4: to listen, to connect
SCOPES = 0b11  # since version 6: sockets without a name in files, signals
PR_SET_NO_NEW_PRIVS = 38


def close_files(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Give up all files but these, for good.

    Parameters
    ----------
    readable, writable : iterable of str
        Paths, with all that lies under them; those that are not there are left out.

    Returns
    -------
    bool
        Whether this kernel has Landlock; without it nothing is given up.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, 0, VERSION)
    if version < 1:
        return False
    handled = ALL[min(version, max(ALL))]
    wanted = struct.pack(
        "<QQQ", handled, NETWORK if version >= 4 else 0, SCOPES if version >= 6 else 0
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _done(libc.syscall(CREATE_RULESET, wanted, size, 0))
    for paths, access in ((readable, READ), (writable, handled)):
        for path in paths:
            _allow(libc, rules, path, access)
    _done(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _done(libc.syscall(RESTRICT_SELF, rules, 0))
    os.close(rules)
    return True


def _allow(libc: ctypes.CDLL, rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        access &= READ_FILE | 1 << 1 | 1 << 14  # write, truncate: what can be done to a file
    rule = struct.pack("<Qi", access, place)
    try:
        _done(libc.syscall(ADD_RULE, rules, BENEATH, rule, 0))
    finally:
        os.close(place)


def _done(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), "Landlock is there and does not do what it is asked")
    return answer
