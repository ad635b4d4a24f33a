"""System calls that no homework needs, and that would get round the sandbox's limits.

Memory that no limit counts (memfd, shared memory, queues of messages, sockets, file locks),
namespaces of one's own, other processes' memory, keys, which the kernel keeps beyond the sandbox's
end, and any network. `forbid` has the kernel refuse them to the process that calls it and to all
that it starts: a filter in classic BPF, see seccomp(2). This file runs inside the sandbox: standard
library only.
"""

from __future__ import annotations

import ctypes
import platform
import struct

EPERM, ENOSYS = 1, 38
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NEW_USER = 0x10000000  # clone's flag for a user namespace
#: fcntl's ways to lock a part of a file, one at a time or with a lease: each costs kernel memory.
LOCKS = (6, 7, 37, 38, 1024)
PR_SET_SECCOMP, MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38

#: By machine: the kernel's number of it, that of clone, clone3 and fcntl, and the calls refused.
MACHINES = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "clone3": 435, "fcntl": 72},
        {
            "memfd_create": 319, "memfd_secret": 447, "shmget": 29, "msgget": 68, "semget": 64,
            "mq_open": 240, "socket": 41, "socketpair": 53, "flock": 73, "io_setup": 206,
            "io_uring_setup": 425, "inotify_init": 253, "inotify_init1": 294, "fanotify_init": 300,
            "mknod": 133, "mknodat": 259, "unshare": 272, "setns": 308, "mount": 165,
            "fsopen": 430, "fsmount": 432, "move_mount": 429, "open_tree": 428,
            "add_key": 248, "request_key": 249, "keyctl": 250, "landlock_create_ruleset": 444,
            "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_getfd": 438,
            "open_by_handle_at": 304, "bpf": 321, "userfaultfd": 323, "perf_event_open": 298,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "clone3": 435, "fcntl": 25},
        {
            "memfd_create": 279, "memfd_secret": 447, "shmget": 194, "msgget": 186, "semget": 190,
            "mq_open": 180, "socket": 198, "socketpair": 199, "flock": 32, "io_setup": 0,
            "io_uring_setup": 425, "inotify_init1": 26, "fanotify_init": 262,
            "mknodat": 33, "unshare": 97, "setns": 268, "mount": 40,
            "fsopen": 430, "fsmount": 432, "move_mount": 429, "open_tree": 428,
            "add_key": 217, "request_key": 218, "keyctl": 219, "landlock_create_ruleset": 444,
            "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "pidfd_getfd": 438,
            "open_by_handle_at": 265, "bpf": 280, "userfaultfd": 282, "perf_event_open": 241,
        },
    ),
}  # fmt: skip


def forbid() -> None:
    """Give up those system calls for good; nothing on a machine that is not in the table.

    Raises
    ------
    OSError
        If the kernel takes no filter.
    """
    if not (rules := program()):
        return

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    taken = ctypes.byref(Filter(len(rules) // 8, rules))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, MODE_FILTER, taken, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def drop_capabilities() -> None:
    """Keep nothing of what root may do but its name; what is started later does not get it back."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("<Ii", 0x20080522, 0)  # the third version, of this process
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "the kernel does not take capabilities back")


def program() -> bytes:
    """The filter for this machine; empty for one that is not in the table."""
    if platform.machine() not in MACHINES:
        return b""
    machine, special, refused = MACHINES[platform.machine()]
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
    steps += [(equal, 0, 1, special["clone3"]), (give, 0, 0, ERRNO | ENOSYS)]  # clone is used then
    locks = [step for how in LOCKS for step in ((equal, 0, 1, how), (give, 0, 0, ERRNO | EPERM))]
    steps += [
        (equal, 0, len(locks) + 2, special["fcntl"]),
        (load, 0, 0, 24),  # what it is to do
        *locks,
        (give, 0, 0, ALLOW),
    ]
    steps += [
        (equal, 0, 3, special["clone"]),
        (load, 0, 0, 16),  # its flags
        (has_bit, 0, 1, NEW_USER),
        (give, 0, 0, ERRNO | EPERM),
        (give, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
