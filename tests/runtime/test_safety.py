"""What could lose a booking, or walk past the guards, is named; a proper server and login give an empty list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.runtime.conftest import Start
from zelfboeken.runtime.postgres import RunningServer
from zelfboeken.runtime.roles import Urls, drop_database
from zelfboeken.runtime.safety import unsafe_settings


@pytest.fixture
def urls(running: RunningServer) -> Iterator[Urls]:
    yield running.prepare("veilig")
    drop_database(running.admin_url, "veilig")


def named(url: str, *statements: str) -> list[tuple[str, str]]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        return [(one.name, one.severity) for one in unsafe_settings(connection)]


def texts(url: str, *statements: str) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        return [one.text for one in unsafe_settings(connection)]


def test_the_portal_on_our_own_server_is_safe(urls: Urls) -> None:
    assert named(urls.app) == []


def test_switched_off_durability_is_refused_by_name(folder: Path, start: Start) -> None:
    off = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    server = start(folder, settings=off)
    urls = server.prepare("onveilig")
    assert named(urls.app) == [(name, "ERROR") for name in off]
    assert texts(urls.app)[0] == "fsync staat op off: een boeking kan verloren gaan. Zet fsync = on."


@pytest.mark.parametrize(("value", "expected"), [("off", 1), ("local", 1), ("remote_write", 1), ("remote_apply", 0)])
def test_a_commit_that_is_not_flushed_here_and_there_is_unsafe(urls: Urls, value: str, expected: int) -> None:
    assert len(named(urls.app, f"SET synchronous_commit = {value}")) == expected


def test_the_superuser_is_unsafe_also_when_it_plays_the_portal(urls: Urls) -> None:
    assert "is superuser" in texts(urls.admin)[0]
    assert "De rol postgres is superuser" in texts(urls.admin, "SET ROLE zb_app")[0]


def test_the_migrating_login_is_unsafe(urls: Urls) -> None:
    found = texts(urls.migrate)
    assert any("zb_migrate mag zb_owner worden, en die is eigenaar van de databank" in text for text in found)


@pytest.mark.parametrize(
    ("grant", "undo", "told"),
    [
        ("ALTER ROLE zb_app BYPASSRLS", "ALTER ROLE zb_app NOBYPASSRLS", "rijbeveiliging"),
        ("ALTER ROLE zb_app CREATEROLE", "ALTER ROLE zb_app NOCREATEROLE", "mag rollen maken"),
        ("GRANT zb_owner TO zb_app", "REVOKE zb_owner FROM zb_app", "mag zb_owner worden"),
        ("GRANT zb_backup TO zb_app", "REVOKE zb_backup FROM zb_app", "mag zb_backup worden"),
        ("GRANT pg_write_all_data TO zb_app", "REVOKE pg_write_all_data FROM zb_app", "pg_write_all_data"),
        (
            "CREATE TABLE own (n int); ALTER TABLE own OWNER TO zb_app",
            "DROP TABLE own",
            "De rol zb_app is eigenaar van tabellen",
        ),
    ],
)
def test_a_right_too_many_is_named(urls: Urls, grant: str, undo: str, told: str) -> None:
    with psycopg.connect(urls.admin, autocommit=True) as admin:
        admin.execute(grant)
        try:
            found = texts(urls.app)
        finally:
            admin.execute(undo)
    assert len(found) == 1
    assert told in found[0]
    assert found[0].endswith("Meld aan als zb_app.")
