"""`zelfboeken migrate`: as a login that may work as the owner, and nobody else."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.config.command import is_one_sentence, run, run_apart
from tests.database import TestServer
from zelfboeken.runtime.roles import Urls, drop_database, with_database


@pytest.fixture
def migrating(own_database: Urls, monkeypatch: pytest.MonkeyPatch) -> Urls:
    monkeypatch.setenv("ZELFBOEKEN_MIGRATE_URL", own_database.migrate)
    return own_database


def without_role(url: str) -> str:
    """The same login, that does not yet work as the owner."""
    parts = urlsplit(url)
    kept = "&".join(one for one in parts.query.split("&") if not one.startswith("options="))
    return urlunsplit(parts._replace(query=kept))


@pytest.mark.slow
def test_a_database_of_this_version_stays_as_it_is(migrating: Urls, capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "migrate")

    assert ran.code == 0
    assert "No migrations to apply." in ran.out


@pytest.mark.slow
def test_the_portals_own_login_is_refused_with_what_to_do(
    migrating: Urls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ZELFBOEKEN_MIGRATE_URL", migrating.app)

    ran = run(capsys, "migrate")

    assert is_one_sentence(ran)
    assert ran.err.strip() == (
        "De aanmelding zb_app mag de tabellen niet maken of wijzigen. "
        "Zet ZELFBOEKEN_MIGRATE_URL op een aanmelding die zb_owner mag worden, zoals zb_migrate."
    )


@pytest.mark.slow
def test_an_unguarded_table_ends_a_migration_with_its_name(migrating: Urls, capsys: pytest.CaptureFixture[str]):
    with psycopg.connect(migrating.migrate, autocommit=True) as owner:
        owner.execute("ALTER TABLE contacts_contact NO FORCE ROW LEVEL SECURITY")

    ran = run(capsys, "migrate")

    assert ran.code == 1
    assert "contacts_contact heeft geen afgedwongen rijbeveiliging" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "Zet ZELFBOEKEN_MIGRATE_URL op een aanmelding die zb_owner mag worden."),
        ("mysql://a/b", "ZELFBOEKEN_MIGRATE_URL: Het adres van de databank klopt niet."),
        ("postgresql://a@b:poort/c", "ZELFBOEKEN_MIGRATE_URL: Het adres van de databank klopt niet."),
        ("postgresql://zb_migrate:geheim@/x?host=/nergens", "De databank antwoordt niet: "),
    ],
)
def test_an_address_that_is_missing_or_wrong_is_one_sentence_without_its_password(url: str, told: str):
    ran = run_apart("migrate", ZELFBOEKEN_MIGRATE_URL=url, DATABASE_URL="postgresql://zb_app@/x?host=/nergens")

    assert is_one_sentence(ran)
    assert ran.err.startswith(told)
    assert "geheim" not in ran.err


@pytest.fixture
def empty_database(server: TestServer) -> str:
    """A database of the owner's without a table in it, on the server of the tests."""
    name = "zelfboeken_leeg"
    drop_database(server.admin_url, name)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER zb_owner TEMPLATE template0 ENCODING 'UTF8'")
    with psycopg.connect(with_database(server.admin_url, name), autocommit=True) as inside:
        inside.execute("ALTER SCHEMA public OWNER TO zb_owner")
        inside.execute("GRANT USAGE ON SCHEMA public TO zb_app, zb_audit, zb_backup")
    yield name
    drop_database(server.admin_url, name)


@pytest.mark.slow
def test_an_empty_database_is_unsafe_then_migrated_by_a_login_that_becomes_the_owner_then_safe(
    server: TestServer, empty_database: str
):
    environment = {
        "DATABASE_URL": with_database(server.urls.app, empty_database),
        "ZELFBOEKEN_MIGRATE_URL": with_database(without_role(server.urls.migrate), empty_database),
        "ZELFBOEKEN_SECRET_KEY": "een-lange-geheime-tekst-van-meer-dan-32-tekens",
        "ZELFBOEKEN_PLAIN_HTTP": "0",
        "ZELFBOEKEN_HOSTS": '["boek.example"]',
        "ZELFBOEKEN_MAIL_HOST": "mail.example",
    }
    assert "options" not in environment["ZELFBOEKEN_MIGRATE_URL"]

    before = run_apart("check", **environment)
    asked = run_apart("verify", **environment)
    migrated = run_apart("migrate", **environment)
    after = run_apart("check", **environment)

    sentence = "De databank is niet op deze versie. Voer eerst zelfboeken migrate uit."
    assert (before.code, before.err.strip()) == (1, sentence)
    assert (asked.code, asked.err.strip()) == (1, sentence)
    assert (migrated.code, migrated.err) == (0, "")
    assert (after.code, after.err) == (0, "")
    with psycopg.connect(with_database(server.urls.admin, empty_database)) as admin:
        owners = admin.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [("zb_owner",)]
