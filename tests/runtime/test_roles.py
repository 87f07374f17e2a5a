"""Roles that can do what they are for and nothing else, on the embedded server and on a plain PostgreSQL 15."""

from __future__ import annotations

import json
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from zelfboeken.runtime.postgres import RunningServer, start_embedded
from zelfboeken.runtime.roles import (
    DatabaseNotPrepared,
    Urls,
    clone_database,
    drop_database,
    prepare_database,
    with_database,
)
from zelfboeken.runtime.safety import unsafe_settings

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module", params=["embedded", "debian"])
def server(request: pytest.FixtureRequest, running: RunningServer) -> Iterator[RunningServer]:
    """The embedded server, then Debian's own PostgreSQL 15."""
    if request.param == "embedded":
        yield running
        return
    if not (DEBIAN / "postgres").exists():
        pytest.skip(f"Not tested on PostgreSQL 15: {DEBIAN} is not installed (apt install postgresql)")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="zb-", dir="/tmp") as made:
        patch.setenv("ZELFBOEKEN_PG_BIN", str(DEBIAN))
        Path(made).chmod(0o755)
        with start_embedded(Path(made)) as started:
            yield started


@pytest.fixture
def urls(server: RunningServer) -> Iterator[Urls]:
    yield server.prepare("boeken")
    drop_database(server.admin_url, "boeken")


def one(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_the_migrating_login_works_as_the_owner(urls: Urls) -> None:
    run(urls.migrate, "CREATE TABLE made (n int)")
    assert one(urls.migrate, "SELECT current_user || ' ' || session_user") == "zb_owner zb_migrate"
    assert one(urls.admin, "SELECT tableowner FROM pg_tables WHERE tablename = 'made'") == "zb_owner"
    assert one(urls.admin, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'boeken'") == "zb_owner"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM made",
        "CREATE TABLE public.mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine (n int)",
        "SET ROLE zb_owner",
        "SET ROLE zb_backup",
        "ALTER TABLE made ADD COLUMN m int",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_the_login_of_the_portal_may_do_nothing_that_is_not_granted(urls: Urls, statement: str) -> None:
    run(urls.migrate, "CREATE TABLE IF NOT EXISTS made (n int)")
    with psycopg.connect(urls.app, autocommit=True) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_login_of_the_portal_waits_only_so_long(urls: Urls) -> None:
    with psycopg.connect(urls.app) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "timezone")
        }
    assert shown == {
        "lock_timeout": ("5s",),
        "statement_timeout": ("30s",),
        "idle_in_transaction_session_timeout": ("1min",),
        "timezone": ("UTC",),
    }


def test_row_security_holds_for_portal_and_audit_and_not_for_the_backup(urls: Urls, server: RunningServer) -> None:
    for statement in (
        "CREATE TABLE kept (domain_id bigint)",
        "INSERT INTO kept VALUES (1), (2)",
        "ALTER TABLE kept ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE kept FORCE ROW LEVEL SECURITY",
        "CREATE POLICY own ON kept TO zb_app USING (domain_id = 1)",
        "GRANT SELECT ON kept TO zb_app",
    ):
        run(urls.migrate, statement)
    words = json.loads((server.home / "logins.json").read_text())
    counts = {
        role: one(f"postgresql://{role}:{words[role]}@/boeken?host={server.socket}", "SELECT count(*) FROM kept")
        for role in ("zb_app", "zb_audit", "zb_backup")
    }
    assert counts == {"zb_app": 1, "zb_audit": 0, "zb_backup": 2}


def test_nobody_else_connects_to_the_database(urls: Urls, server: RunningServer) -> None:
    run(server.admin_url, "CREATE ROLE passer_by LOGIN PASSWORD 'known'")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(f"postgresql://passer_by:known@/boeken?host={server.socket}")
    finally:
        run(server.admin_url, "DROP ROLE passer_by")


def test_preparing_again_changes_nothing_for_who_is_signed_in(urls: Urls, server: RunningServer) -> None:
    run(urls.migrate, "CREATE TABLE kept AS SELECT 42 AS n")
    assert server.prepare("boeken") == urls
    assert one(urls.migrate, "SELECT n FROM kept") == 42
    assert stat.S_IMODE((server.home / "logins.json").stat().st_mode) == 0o600


def test_preparing_takes_back_what_a_login_should_not_have(urls: Urls, server: RunningServer) -> None:
    run(server.admin_url, "ALTER ROLE zb_app SUPERUSER BYPASSRLS CREATEDB CREATEROLE REPLICATION")
    again = server.prepare("boeken")
    with psycopg.connect(again.app) as connection:
        assert [one.text for one in unsafe_settings(connection)] == []


def test_without_a_password_file_every_preparation_gives_new_passwords(server: RunningServer) -> None:
    first = prepare_database(server.admin_url, "los")
    second = prepare_database(server.admin_url, "los")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(first.app)
    assert one(second.app, "SELECT current_user") == "zb_app"
    drop_database(server.admin_url, "los")


def test_a_clone_has_the_same_rows_owner_and_guards(urls: Urls, server: RunningServer) -> None:
    run(urls.migrate, "CREATE TABLE kept AS SELECT 42 AS n")
    run(urls.migrate, "GRANT SELECT ON kept TO zb_app")
    clone_database(server.admin_url, template="boeken", name="kopie")
    assert one(with_database(urls.app, "kopie"), "SELECT n FROM kept") == 42
    assert one(server.admin_url, "SELECT has_database_privilege('public', 'kopie', 'CONNECT')") is False
    assert (
        one(server.admin_url, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'kopie'") == "zb_owner"
    )
    with pytest.raises(DatabaseNotPrepared) as taken:
        clone_database(server.admin_url, template="boeken", name="kopie")
    drop_database(server.admin_url, "kopie")
    drop_database(server.admin_url, "kopie")  # gone already
    assert taken.value.code == "database_exists"


@pytest.mark.slow
def test_a_template_somebody_works_in_is_refused(urls: Urls, server: RunningServer) -> None:
    with psycopg.connect(urls.app), pytest.raises(DatabaseNotPrepared) as caught:
        clone_database(server.admin_url, "boeken", "kopie")
    assert caught.value.code == "template_in_use"


def test_a_database_is_dropped_under_who_works_in_it(server: RunningServer) -> None:
    urls = server.prepare("weg")
    with psycopg.connect(urls.app) as connection:
        drop_database(server.admin_url, "weg")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()


def test_a_name_with_quotes_and_spaces_is_a_name(server: RunningServer) -> None:
    name = 'mijn "boeken"/2026?é'
    urls = server.prepare(name)
    assert one(urls.app, "SELECT current_database()") == name
    drop_database(server.admin_url, name)


def test_a_login_that_may_not_make_roles_is_told(urls: Urls) -> None:
    with pytest.raises(DatabaseNotPrepared) as caught:
        prepare_database(urls.app, "boeken")
    assert caught.value.code == "not_allowed"
    assert "superuser" in str(caught.value)


def test_a_server_that_does_not_answer_is_told() -> None:
    with pytest.raises(DatabaseNotPrepared) as caught:
        prepare_database("postgresql://postgres:x@/postgres?host=/nowhere", "boeken")
    assert caught.value.code == "not_answering"
