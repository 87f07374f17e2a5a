"""Every parser runs in a caged child: bounded CPU, memory and time, no network, no writing (D10, INV-28)."""

from __future__ import annotations

import io
import json
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from zelfboeken.runtime.cage_keeper import receive, send

log = structlog.get_logger()
_PLAIN = {
    ("decimal", "Decimal"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timezone"),
    ("datetime", "timedelta"),
    ("builtins", "frozenset"),
    ("copyreg", "_reconstructor"),
    ("builtins", "object"),
    ("dataclasses", "_dataclass_setstate"),
}
_KINDS = frozenset({"RESULT", "REFUSED", "TIME", "MEMORY", "OUTPUT", "CRASH"})
_KEEPER_SECONDS = 15.0
_LEAVING_SECONDS = 2.0
_SENTENCES = {
    "TIME": "Dit bestand lezen duurt te lang. Lever een kleiner bestand aan.",
    "MEMORY": "Dit bestand vraagt te veel geheugen. Lever een kleiner bestand aan.",
    "OUTPUT": "In dit bestand staat te veel om te verwerken. Lever het in delen aan.",
    "CRASH": "Dit bestand kan niet gelezen worden. Het origineel is bewaard.",
}


class CageFailed(RuntimeError):
    """The parser did not come back well; `code` is TIME, MEMORY, OUTPUT or CRASH."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(_SENTENCES[code])
        self.code = code
        self.detail = detail


class Refused(ValueError):
    """The parser refused the file, with its own code and Dutch sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: wall seconds, CPU seconds, bytes of address space."""

    seconds: float = 30.0
    cpu_seconds: int = 20
    memory: int = 1024 * 1024 * 1024


class Cage:
    """Runs parsers by name. One keeper process for each process that uses it; safe to share between threads.

    `functions` maps a name to `module:function` (bytes in, value out); `classes` are the only ones, `module:Class`,
    that may come back beside plain values, Decimals and dates.
    """

    def __init__(self, *, preload: tuple[str, ...], functions: Mapping[str, str], classes: tuple[str, ...]) -> None:
        self._setup = json.dumps({"preload": list(preload), "functions": dict(functions)})
        self._allowed = _PLAIN | {tuple(name.split(":", 1)) for name in classes}
        self._lock = threading.Lock()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._pid = 0
        self.locks: dict[str, bool] = {}

    def run(self, name: str, content: bytes, *, owner: str = "", limits: Limits | None = None) -> Any:
        """What the parser makes of these bytes.

        Jobs of the same `owner` (a domain) that follow each other may share a child, never those of two owners;
        without an owner each job has a child of its own.

        Raises:
            Refused: the parser's own refusal.
            CageFailed: it took too long, used too much, or broke.
        """
        wanted = limits or Limits()
        job = json.dumps({"name": name, "owner": owner, **asdict(wanted)}).encode()
        with self._lock:
            kind, answer = self._ask(job, content, wanted.seconds + _KEEPER_SECONDS)
        if kind == "RESULT":
            return self._load(name, answer)
        if kind == "REFUSED":
            raise _refusal(answer)
        if answer:
            log.warning("parser broke", name=name, detail=answer.decode(errors="replace"))
        raise CageFailed(kind, answer.decode(errors="replace"))

    def close(self) -> None:
        """End the keeper and its children."""
        if self._pid == os.getpid():
            self._forget()
        self._channel = self._keeper = None

    def _ask(self, job: bytes, content: bytes, seconds: float) -> tuple[str, bytes]:
        for _attempt in (1, 2):
            try:
                if self._channel is None or self._pid != os.getpid():
                    self._start()
                assert self._channel is not None
                self._channel.settimeout(seconds)
                send(self._channel, job, content)
                kind, answer = receive(self._channel)
            except TimeoutError:
                self._forget()
                return "TIME", b"the keeper did not answer"
            except (OSError, EOFError):
                # The keeper itself is gone: the next one gets the job once more.
                self._forget()
            else:
                text = kind.decode(errors="replace")
                return (text, answer) if text in _KINDS else ("CRASH", kind[:100])
        return "CRASH", b"the keeper ended"

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        source = str(Path(__file__).resolve().parents[2])
        with theirs:
            keeper = subprocess.Popen(  # noqa: S603 - our own module by our own interpreter
                [sys.executable, "-m", "zelfboeken.runtime.cage_keeper", str(theirs.fileno()), self._setup],
                pass_fds=[theirs.fileno()],
                env={"PATH": os.defpath, "PYTHONPATH": source, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        self._keeper, self._channel, self._pid = keeper, ours, os.getpid()
        ours.settimeout(_KEEPER_SECONDS)
        locks, _ = receive(ours)
        self.locks = json.loads(locks)
        if not self.locks["seccomp"]:
            log.warning("cage without system call filter", locks=self.locks)

    def _forget(self) -> None:
        """Close the channel and wait for the keeper to go, with its children; one that stays is killed."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._keeper is not None:
            try:
                self._keeper.wait(timeout=_LEAVING_SECONDS)
            except subprocess.TimeoutExpired:
                self._keeper.kill()
                self._keeper.wait()
            self._keeper = None

    def _load(self, name: str, answer: bytes) -> Any:
        try:
            return _Unpickler(answer, self._allowed).load()
        except CageFailed:
            raise
        except Exception as error:
            # What comes out of the cage may be made to break us: it is data, or it is nothing.
            log.warning("parser answered nonsense", name=name, detail=str(error)[:200])
            raise CageFailed("CRASH", f"{type(error).__name__}: {error}"[:500]) from error


def _refusal(answer: bytes) -> Exception:
    try:
        code, text = json.loads(answer)
    except (ValueError, TypeError):
        return CageFailed("CRASH", "a refusal that is none")
    return Refused(str(code)[:50], str(text)[:1000])


class _Unpickler(pickle.Unpickler):
    """Takes back values and registered classes only: a broken-out parser cannot make us call anything."""

    def __init__(self, content: bytes, allowed: set[tuple[str, ...]]) -> None:
        super().__init__(io.BytesIO(content))
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        """The class, when it is registered. Raises CageFailed otherwise."""
        if (module, name) not in self._allowed:
            raise CageFailed("CRASH", f"{module}.{name} is not registered")
        return super().find_class(module, name)
