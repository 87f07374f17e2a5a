"""A filter on system calls for a child that only computes on what it was given.

It is a list of what is allowed: memory, time, reading and writing the channel it has. Everything else fails with
EPERM: no file is opened (not even to read), no network, no new process, no signal, no tracing.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from functools import cache

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_MODE_FILTER = 2
_ALLOW, _EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_LOAD, _JUMP_EQUAL, _JUMP_FROM, _RETURN = 0x20, 0x15, 0x35, 0x06
_NR, _ARCH, _ARG0 = 0, 4, 16
_OTHER_ABI = 0x40000000
"""On x86_64 the same calls have a second number from here on, past a filter that does not look."""

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOWED = {
    # read write close fstat lseek, memory, signals of its own, readv writev, waiting, time, identity, limits, futex
    "x86_64": (
        0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20, 23, 24, 25, 28, 35, 39, 45, 60, 72, 96, 97, 98, 99, 102,
        104, 107, 108, 131, 160, 186, 201, 202, 204, 219, 228, 229, 230, 231, 262, 270, 271, 318, 334, 449,
    ),
    "aarch64": (
        25, 57, 62, 63, 64, 65, 66, 72, 73, 79, 80, 93, 94, 98, 101, 113, 114, 115, 123, 124, 128, 132, 134, 135, 139,
        163, 164, 165, 169, 172, 174, 175, 176, 177, 178, 179, 207, 214, 215, 216, 222, 226, 233, 278, 293, 449,
    ),
}  # fmt: skip
_LIMITS_OF = {"x86_64": 302, "aarch64": 261}
"""prlimit64 reaches other processes too: allowed for process 0, which is oneself."""

_MACHINE = platform.machine()
_LIBC = ctypes.CDLL(None, use_errno=True)


class SeccompMissing(OSError):
    """This kernel or machine takes no filter."""


def lock_system_calls() -> None:
    """Filter this process for good. Calls that are not allowed fail with EPERM.

    Raises:
        SeccompMissing: another machine than x86_64 or aarch64, or a kernel without filters.
    """
    if _MACHINE not in _ALLOWED:
        raise SeccompMissing(f"no filter for {_MACHINE}")
    program = _program(_MACHINE)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise SeccompMissing(os.strerror(ctypes.get_errno()))
    if _LIBC.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(header), 0, 0) != 0:
        raise SeccompMissing(os.strerror(ctypes.get_errno()))


def die_with_parent(signal_number: int) -> None:
    """Get this signal when the parent ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


@cache
def _program(machine: str) -> bytes:
    """The filter: another architecture is killed, what is on the list goes on, the rest fails."""
    steps = [
        _step(_LOAD, 0, 0, _ARCH),
        _step(_JUMP_EQUAL, 1, 0, _AUDIT[machine]),
        _step(_RETURN, 0, 0, _KILL),
        _step(_LOAD, 0, 0, _NR),
        _step(_JUMP_FROM, 0, 1, _OTHER_ABI),
        _step(_RETURN, 0, 0, _EPERM),
    ]
    for number in _ALLOWED[machine]:
        steps += [_step(_JUMP_EQUAL, 0, 1, number), _step(_RETURN, 0, 0, _ALLOW)]
    steps += [
        _step(_JUMP_EQUAL, 0, 3, _LIMITS_OF[machine]),
        _step(_LOAD, 0, 0, _ARG0),
        _step(_JUMP_EQUAL, 0, 1, 0),
        _step(_RETURN, 0, 0, _ALLOW),
        _step(_RETURN, 0, 0, _EPERM),
    ]
    return b"".join(steps)


def _step(code: int, when_true: int, when_false: int, value: int) -> bytes:
    return struct.pack("HBBI", code, when_true, when_false, value)
