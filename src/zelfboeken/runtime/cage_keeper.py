"""The keeper of the cage: preloads the parsers, keeps children forked in advance, gives each one job, ends it.

Started by `cage.Cage` with an empty environment and one inherited socket; it holds no database connection, no file of
the web process and no secret.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import pwd
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zelfboeken.runtime.seccomp import SeccompMissing, die_with_parent, lock_system_calls

WARM = 2
MOST_JOBS = 100
MAX_ANSWER = 128 * 1024 * 1024
MOST_MEMORY = 2 * 1024 * 1024 * 1024
"""No job gets more, whatever it does to its own limits."""
_HEAD = struct.Struct(">II")
_FIRST_FREE_USER = 64_900
_LEAVING_SECONDS = 0.5
Parser = Callable[[bytes], Any]


@dataclass(slots=True)
class _Child:
    """A forked child; `status` is how it ended, once it was collected: its number may be another's by then."""

    pid: int
    channel: socket.socket
    status: int | None = None


@dataclass(slots=True)
class _Working:
    """A child at work for one owner: a file that breaks it can only see files of the same owner."""

    child: _Child
    owner: str
    jobs: int = 0


def main(fd: int, setup: dict[str, Any]) -> None:
    """Serve jobs from the socket until its other end is closed."""
    web = socket.socket(fileno=fd)
    for module in setup["preload"]:
        importlib.import_module(module)
    # A child may not be able to read the standard library any more, so what is loaded late is loaded now.
    for encoding in ("utf_8_sig", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "cp1252", "latin_1", "ascii", "cp850"):
        importlib.import_module(f"encodings.{encoding}")
    parsers = {name: _function(where) for name, where in setup["functions"].items()}
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    free = _free_user()
    user = free if os.geteuid() == 0 and _holds(lambda: _become(free)) else None
    locks = {"rlimits": True, "seccomp": _holds(lock_system_calls), "other_user": user is not None}
    pool = [_fork(parsers, user) for _ in range(WARM)]
    current: _Working | None = None
    send(web, json.dumps(locks).encode(), b"")
    while True:
        try:
            head, content = receive(web)
        except EOFError:
            break
        job = json.loads(head)
        if current is not None and (not job["owner"] or current.owner != job["owner"] or current.jobs >= MOST_JOBS):
            _end(current.child)
            current = None
        if current is None:
            # Children that wait may have been ended from outside, for their memory: the file is not to blame.
            pool = [child for child in pool if not _has_ended(child)]
            pool += [_fork(parsers, user) for _ in range(WARM - len(pool))]
            current = _Working(pool.pop(0), job["owner"])
            pool.append(_fork(parsers, user))
        kind, answer = _run(current.child, job, content)
        current.jobs += 1
        send(web, kind, answer)
        if kind not in (b"RESULT", b"REFUSED") or not job["owner"]:
            _end(current.child)
            current = None
    if current is not None:
        _end(current.child)
    for child in pool:
        _end(child)


def send(channel: socket.socket, head: bytes, body: bytes) -> None:
    """Send a message of two parts."""
    channel.sendall(_HEAD.pack(len(head), len(body)) + head)
    channel.sendall(body)


def receive(channel: socket.socket) -> tuple[bytes, bytes]:
    """Receive a message of two parts. Raises EOFError when the other end is closed."""
    head_size, body_size = _HEAD.unpack(_exactly(channel, _HEAD.size))
    return _exactly(channel, head_size), _exactly(channel, body_size)


def _exactly(channel: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = channel.recv(min(count - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _run(child: _Child, job: dict[str, Any], content: bytes) -> tuple[bytes, bytes]:
    """One job in one child: (kind, answer). Kinds: RESULT, REFUSED, TIME, MEMORY, OUTPUT, CRASH."""
    deadline = time.monotonic() + job["seconds"]
    try:
        child.channel.settimeout(job["seconds"])
        send(child.channel, json.dumps(job).encode(), content)
        answer = bytearray()
        while True:
            child.channel.settimeout(max(deadline - time.monotonic(), 0.001))
            part = child.channel.recv(1 << 20)
            if not part:
                break
            answer += part
            if len(answer) < _HEAD.size:
                continue
            head_size, body_size = _HEAD.unpack(answer[: _HEAD.size])
            whole = _HEAD.size + head_size + body_size
            if whole > MAX_ANSWER:
                return b"OUTPUT", b""
            if len(answer) >= whole:
                start = _HEAD.size + head_size
                return bytes(answer[_HEAD.size : start]), bytes(answer[start:whole])
    except TimeoutError:
        return b"TIME", b""
    except OSError:
        pass
    status = _collected(child)
    return (b"TIME" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU else b"CRASH"), b""


def _has_ended(child: _Child) -> bool:
    if child.status is None:
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid:
            child.status = status
            child.channel.close()
    return child.status is not None


def _collected(child: _Child) -> int:
    """How a child ended that closed its channel; one that closed it and lives on is killed."""
    deadline = time.monotonic() + _LEAVING_SECONDS
    while not _has_ended(child) and time.monotonic() < deadline:
        time.sleep(0.005)
    _end(child)
    return child.status or 0


def _end(child: _Child) -> None:
    child.channel.close()
    if child.status is None:
        os.kill(child.pid, signal.SIGKILL)
        _, child.status = os.waitpid(child.pid, 0)


def _function(where: str) -> Parser:
    module, _, name = where.partition(":")
    parser: Parser = getattr(importlib.import_module(module), name)
    return parser


def _fork(parsers: Mapping[str, Parser], user: int | None) -> _Child:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return _Child(pid, ours)
    try:
        _live(theirs, parsers, user)
    finally:
        os._exit(1)


def _live(channel: socket.socket, parsers: Mapping[str, Parser], user: int | None) -> None:
    """The whole life of a child: lock itself in, then take jobs of one owner until the keeper ends it."""
    die_with_parent(signal.SIGKILL)
    keep = channel.fileno()
    os.closerange(3, keep)
    os.closerange(keep + 1, 256)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    if user is not None:
        _become(user)
        die_with_parent(signal.SIGKILL)  # changing the user forgot it
    with contextlib.suppress(SeccompMissing):
        lock_system_calls()
    while True:
        head, content = receive(channel)
        job = json.loads(head)
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + job["cpu_seconds"] + 1, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (min(job["memory"], MOST_MEMORY), MOST_MEMORY))
        kind, answer = _answer(parsers[job["name"]], content)
        message = _HEAD.pack(len(kind), len(answer)) + kind + answer
        sent = 0
        while sent < len(message):
            sent += os.write(keep, message[sent : sent + (1 << 20)])


def _answer(parser: Parser, content: bytes) -> tuple[bytes, bytes]:
    try:
        result = parser(content)
        return b"RESULT", pickle.dumps(result, protocol=5)
    except MemoryError:
        return b"MEMORY", b""
    except Exception as error:
        code = getattr(error, "code", None)
        if isinstance(code, str):
            return b"REFUSED", json.dumps([code, str(error)]).encode()
        return b"CRASH", f"{type(error).__name__}: {error}".encode()[:500]


def _free_user() -> int:
    """A user number that nobody has: `nobody` itself runs the embedded database, whose files a parser may not read."""
    user = _FIRST_FREE_USER
    while _is_taken(user):
        user += 1
    return user


def _is_taken(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _become(user: int) -> None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


def _holds(lock: Callable[[], object]) -> bool:
    """Whether a lock can be put on here, tried in a child that then ends."""
    pid = os.fork()
    if not pid:
        try:
            lock()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return status == 0


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
