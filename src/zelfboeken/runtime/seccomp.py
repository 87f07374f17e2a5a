"""A filter on system calls for a child that only computes: no network, no new process, nothing opened for writing."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from functools import cache

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_MODE_FILTER = 2
_ALLOW, _EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_LOAD, _JUMP_EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NR, _ARCH, _ARG1, _ARG2 = 0, 4, 24, 32

_X86_64 = 0xC000003E
_AARCH64 = 0xC00000B7
_DENIED = {
    # socket and friends, new processes, signals, names of files, tracing, kernel interfaces
    "x86_64": (
        41, 42, 43, 44, 46, 49, 50, 53, 56, 57, 58, 59, 62, 76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 101,
        133, 165, 166, 200, 234, 258, 259, 260, 263, 264, 265, 266, 268, 288, 298, 310, 311, 316, 321, 322, 424, 425,
        435, 437,
    ),
    "aarch64": (
        33, 34, 35, 36, 37, 38, 39, 40, 45, 46, 52, 53, 54, 55, 117, 129, 130, 131, 198, 199, 200, 201, 202, 203, 206,
        211, 220, 221, 241, 242, 270, 271, 276, 280, 281, 424, 425, 435, 437,
    ),
}  # fmt: skip
_OPEN = {"x86_64": ((2, _ARG1), (257, _ARG2)), "aarch64": ((56, _ARG2),)}
_AUDIT = {"x86_64": _X86_64, "aarch64": _AARCH64}


_MACHINE = platform.machine()
_LIBC = ctypes.CDLL(None, use_errno=True)


class SeccompMissing(OSError):
    """This kernel or machine takes no filter."""


def lock_system_calls() -> None:
    """Filter this process for good. Denied calls fail with EPERM.

    Raises:
        SeccompMissing: another machine than x86_64 or aarch64, or a kernel without filters.
    """
    if _MACHINE not in _DENIED:
        raise SeccompMissing(f"no filter for {_MACHINE}")
    program = _program(_MACHINE)
    libc = _LIBC
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise SeccompMissing(os.strerror(ctypes.get_errno()))
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(header), 0, 0) != 0:
        raise SeccompMissing(os.strerror(ctypes.get_errno()))


def die_with_parent(signal_number: int) -> None:
    """Get this signal when the parent ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


@cache
def _program(machine: str) -> bytes:
    """The filter: another architecture is killed, denied calls and opening for writing fail, the rest goes on."""
    steps = [
        _step(_LOAD, 0, 0, _ARCH),
        _step(_JUMP_EQUAL, 1, 0, _AUDIT[machine]),
        _step(_RETURN, 0, 0, _KILL),
    ]
    for number, argument in _OPEN[machine]:
        steps += [
            _step(_LOAD, 0, 0, _NR),
            _step(_JUMP_EQUAL, 0, 5, number),
            _step(_LOAD, 0, 0, argument),
            _step(_AND, 0, 0, _WRITING),
            _step(_JUMP_EQUAL, 0, 1, 0),
            _step(_RETURN, 0, 0, _ALLOW),
            _step(_RETURN, 0, 0, _EPERM),
        ]
    steps.append(_step(_LOAD, 0, 0, _NR))
    for number in _DENIED[machine]:
        steps += [_step(_JUMP_EQUAL, 0, 1, number), _step(_RETURN, 0, 0, _EPERM)]
    steps.append(_step(_RETURN, 0, 0, _ALLOW))
    return b"".join(steps)


def _step(code: int, when_true: int, when_false: int, value: int) -> bytes:
    return struct.pack("HBBI", code, when_true, when_false, value)
