"""The database of the tests: embedded by default, a real server by `DATABASE_URL` (a login that may create roles)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zelfboeken.runtime.postgres import start_embedded
from zelfboeken.runtime.roles import Urls, clone_database, drop_database, prepare_database, with_database

TEMPLATE = "zelfboeken_test"


@dataclass(frozen=True)
class TestServer:
    """A server with a migrated, empty database in it."""

    __test__ = False
    admin_url: str
    urls: Urls


@contextmanager
def running_server() -> Iterator[str]:
    """The superuser's address of a server to test on: one of its own for each process that tests side by side."""
    given = os.environ.get("ZELFBOEKEN_TEST_SERVERS", "").split()
    if given:
        yield given[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))]
        return
    with tempfile.TemporaryDirectory(prefix="zb-test-") as folder:
        Path(folder).chmod(0o755)
        server = start_embedded(Path(folder))
        try:
            yield server.admin_url
        finally:
            server.stop()


def fresh_database(admin_url: str, name: str = TEMPLATE) -> Urls:
    """A new, empty database of this name with our roles."""
    drop_database(admin_url, name)
    return prepare_database(admin_url, name)


@contextmanager
def cloned(server: TestServer) -> Iterator[Urls]:
    """A copy of the migrated database, gone afterwards. Nobody may be connected to the original meanwhile."""
    name = f"zelfboeken_clone_{os.getpid()}"
    clone_database(server.admin_url, TEMPLATE, name)
    try:
        yield Urls(
            admin=with_database(server.urls.admin, name),
            migrate=with_database(server.urls.migrate, name),
            app=with_database(server.urls.app, name),
        )
    finally:
        drop_database(server.admin_url, name)
