"""System calls that no homework needs, and that would get round the sandbox's limits.

Memory that no limit counts (memfd, shared memory), namespaces of one's own with disks of their own,
and keys, which the kernel keeps beyond the sandbox's end. bubblewrap takes the list as a filter in
the kernel's own form, classic BPF (see seccomp(2)).
"""

from __future__ import annotations

import platform
import struct

EPERM, ENOSYS = 1, 38
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NEW_USER = 0x10000000  # clone's flag for a user namespace

#: By machine: the kernel's number of it, that of clone and clone3, and the calls refused.
MACHINES = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "clone3": 435},
        {
            "memfd_create": 319, "memfd_secret": 447, "shmget": 29, "unshare": 272, "setns": 308,
            "mount": 165, "fsopen": 430, "fsmount": 432, "move_mount": 429, "open_tree": 428,
            "add_key": 248, "request_key": 249, "keyctl": 250, "ptrace": 101, "bpf": 321,
            "userfaultfd": 323, "io_uring_setup": 425, "perf_event_open": 298,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "clone3": 435},
        {
            "memfd_create": 279, "memfd_secret": 447, "shmget": 194, "unshare": 97, "setns": 268,
            "mount": 40, "fsopen": 430, "fsmount": 432, "move_mount": 429, "open_tree": 428,
            "add_key": 217, "request_key": 218, "keyctl": 219, "ptrace": 117, "bpf": 280,
            "userfaultfd": 282, "io_uring_setup": 425, "perf_event_open": 241,
        },
    ),
}  # fmt: skip


def program() -> bytes:
    """The filter for this machine; empty for one that is not in the table."""
    if platform.machine() not in MACHINES:
        return b""
    machine, clone, refused = MACHINES[platform.machine()]
    load = 0x20  # BPF_LD | BPF_W | BPF_ABS
    equal, greater, has_bit, give = 0x15, 0x35, 0x45, 0x06
    steps = [
        (load, 0, 0, 4),  # the machine a call is made for
        (equal, 1, 0, machine),
        (give, 0, 0, ERRNO | EPERM),
        (load, 0, 0, 0),  # the call's number
        (greater, 0, 1, 0x40000000),  # x32, the other way in on x86_64
        (give, 0, 0, ERRNO | EPERM),
    ]
    for number in refused.values():
        steps += [(equal, 0, 1, number), (give, 0, 0, ERRNO | EPERM)]
    steps += [(equal, 0, 1, clone["clone3"]), (give, 0, 0, ERRNO | ENOSYS)]  # clone is used then
    steps += [
        (equal, 0, 3, clone["clone"]),
        (load, 0, 0, 16),  # its flags
        (has_bit, 0, 1, NEW_USER),
        (give, 0, 0, ERRNO | EPERM),
        (give, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
