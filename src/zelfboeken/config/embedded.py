"""The embedded database of the demo, with the settings that belong to it: for a command without DATABASE_URL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zelfboeken.runtime.postgres import start_embedded
from zelfboeken.runtime.roles import Urls

DATABASE = "zelfboeken_demo"
FOLDER = Path("var")
HOST = "127.0.0.1"


class NoDatabase(RuntimeError):
    """A command that needs a database was given none, and no demo was started here."""

    code = "no_database"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Er is geen databank: in {folder} staat geen demo. Zet DATABASE_URL, of start eerst zelfboeken demo."
        )


@contextmanager
def embedded_database(folder: Path) -> Iterator[Urls]:
    """Work on the embedded database that the demo made in this folder; it runs meanwhile and is left as it was found.
    Gives its addresses.

    Raises:
        NoDatabase: no demo was ever started in this folder.
        DatabaseNotStarted: it cannot run here.
    """
    folder = folder.absolute()
    if not _secret_file(folder).exists():
        raise NoDatabase(folder)
    with start_embedded(folder) as server:
        urls = server.prepare(DATABASE)
        use_embedded(folder, urls)
        yield urls


def use_embedded(folder: Path, urls: Urls, *, port: int = 8000) -> None:
    """Set the environment for this folder's database, files and secret."""
    os.environ.update(
        DATABASE_URL=urls.app,
        ZELFBOEKEN_SECRET_KEY=_secret(folder),
        ZELFBOEKEN_DEMO="1",
        ZELFBOEKEN_FILES=str(folder / "files"),
        ZELFBOEKEN_REPLY_DOMAIN="localhost",
        ZELFBOEKEN_ORIGINS=f'["http://localhost:{port}","http://{HOST}:{port}"]',
    )


def _secret(folder: Path) -> str:
    """The secret of this demo, made the first time; readable by nobody else from the first byte."""
    path = _secret_file(folder)
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def _secret_file(folder: Path) -> Path:
    return folder / "secret"
