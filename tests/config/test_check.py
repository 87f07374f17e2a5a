"""`zelfboeken check`: each thing that is unsafe is named, and a safe portal is told nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from pydantic import SecretStr

from tests.config.command import run, run_apart
from tests.conftest import connect_as
from tests.database import TestServer
from zelfboeken.config.checking import problems
from zelfboeken.config.environment import Environment
from zelfboeken.config.migrating import migrate_database
from zelfboeken.runtime.postgres import start_embedded
from zelfboeken.runtime.roles import Urls, with_database

SECRET = "een-lange-geheime-tekst-van-meer-dan-32-tekens"


def oidc(*, server: str = "https://id.example", secret: str = "geheim") -> dict[str, Any]:
    """A provider as the settings describe it."""
    return Environment(oidc_server=server, oidc_client_id="zelfboeken", oidc_client_secret=SecretStr(secret)).oidc()


@pytest.fixture
def safe(settings: Any) -> Any:
    """Settings as a real installation has them."""
    settings.SECRET_KEY = SECRET
    settings.SESSION_COOKIE_SECURE = True
    settings.DEMO = False
    settings.ADDRESS = "https://boek.example"
    settings.EMAIL_BACKEND = "zelfboeken.runtime.mail.ToServer"
    settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "geheim", True
    return settings


@pytest.mark.django_db
def test_a_safe_portal_is_told_nothing_and_ends_with_zero(safe: Any, capsys: pytest.CaptureFixture[str]):
    ran = run(capsys, "check")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SECRET_KEY": "only-for-tests-and-the-demo"}, "ZELFBOEKEN_SECRET_KEY is niet gezet."),
        ({"SECRET_KEY": "kort"}, "ZELFBOEKEN_SECRET_KEY is te kort."),
        ({"SESSION_COOKIE_SECURE": False}, "ZELFBOEKEN_PLAIN_HTTP staat aan."),
        ({"ALLOWED_HOSTS": ["boek.example", "*"]}, "ZELFBOEKEN_HOSTS laat elke naam toe."),
        ({"ALLOWED_HOSTS": [".example"]}, "ZELFBOEKEN_HOSTS laat elke naam toe."),
        ({"CSRF_TRUSTED_ORIGINS": ["http://boek.example"]}, "ZELFBOEKEN_ORIGINS noemt een adres zonder https."),
        ({"ADDRESS": "http://boek.example"}, "ZELFBOEKEN_ADDRESS is geen adres met https."),
        ({"EMAIL_BACKEND": "zelfboeken.runtime.mail.ToFiles"}, "ZELFBOEKEN_MAIL_HOST is niet gezet"),
        ({"EMAIL_USE_TLS": False}, "ZELFBOEKEN_MAIL_SECURITY is none"),
        ({"SOCIALACCOUNT_PROVIDERS": oidc(server="http://id.example")}, "ZELFBOEKEN_OIDC_SERVER is geen adres met"),
        ({"SOCIALACCOUNT_PROVIDERS": oidc(secret="")}, "ZELFBOEKEN_OIDC_CLIENT_ID of _SECRET ontbreekt."),
    ],
)
def test_each_unsafe_setting_is_named_with_what_to_do(
    safe: Any, capsys: pytest.CaptureFixture[str], change: dict[str, object], told: str
):
    for name, value in change.items():
        setattr(safe, name, value)

    ran = run(capsys, "check")

    assert (ran.code, ran.out) == (1, "")
    (line,) = ran.err.splitlines()
    assert line.startswith(told)
    assert len(line) > len(told) + 10


@pytest.mark.django_db
def test_the_demo_may_have_the_settings_of_a_demo(safe: Any, capsys: pytest.CaptureFixture[str]):
    safe.DEMO, safe.SECRET_KEY, safe.SESSION_COOKIE_SECURE = True, "only-for-tests-and-the-demo", False

    assert run(capsys, "check").code == 0


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_inv34_a_commit_that_does_not_wait_for_the_disk_is_named(
    safe: Any, capsys: pytest.CaptureFixture[str], value: str
):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL synchronous_commit = {value}")

    ran = run(capsys, "check")

    assert ran.code == 1
    assert ran.err.strip() == (
        f"synchronous_commit staat op {value}: een boeking kan verloren gaan. Zet synchronous_commit = on."
    )


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (lambda urls: urls.admin, "De rol postgres is superuser"),
        (lambda urls: urls.migrate, "De rol zb_owner is eigenaar van tabellen"),
    ],
)
def test_a_role_that_could_walk_past_the_guards_is_named(
    safe: Any, server: TestServer, django_db_blocker: Any, capsys: pytest.CaptureFixture[str], url: Any, told: str
):
    with django_db_blocker.unblock():
        connect_as(url(server.urls))
        try:
            ran = run(capsys, "check")
        finally:
            connect_as(server.urls.app)

    assert ran.code == 1
    assert any(line.startswith(told) and line.endswith("Meld aan als zb_app.") for line in ran.err.splitlines())


def test_a_database_that_is_not_there_is_one_sentence(
    safe: Any, server: TestServer, django_db_blocker: Any, capsys: pytest.CaptureFixture[str]
):
    with django_db_blocker.unblock():
        connect_as(with_database(server.urls.app, "bestaat-niet"))
        try:
            ran = run(capsys, "check")
        finally:
            connect_as(server.urls.app)

    assert ran.code == 1
    assert ran.err.startswith("De databank antwoordt niet: ")
    assert 'database "bestaat-niet" does not exist' in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TABLE matching_match", "Tabel matching_match ontbreekt. Zet een back-up terug."),
        ("DROP TABLE runtime_cache", "Tabel runtime_cache ontbreekt. Zet een back-up terug."),
        ("ALTER TABLE ledger_entry NO FORCE ROW LEVEL SECURITY", "ledger_entry heeft geen afgedwongen rijbeveiliging."),
        (
            "DROP POLICY own_domain ON contacts_contact",
            "contacts_contact heeft geen policy die alleen het eigen domein leest en schrijft.",
        ),
        (
            "CREATE TABLE los (id bigint PRIMARY KEY, domain_id bigint NOT NULL)",
            "los heeft geen primaire sleutel die met domain_id begint.",
        ),
        (
            "ALTER TABLE invoices_invoice DROP CONSTRAINT invoices_invoice_contact_is_its_own",
            "invoices_invoice heeft geen sleutel over domain_id en contact_id naar contacts_contact.",
        ),
        (
            "DELETE FROM django_migrations WHERE app = 'bank' AND name = '0003_paid_to'",
            "De databank is niet op deze versie. Voer eerst zelfboeken migrate uit.",
        ),
        (
            "DROP TABLE django_migrations",
            "De databank is niet op deze versie. Voer eerst zelfboeken migrate uit.",
        ),
    ],
)
def test_a_schema_that_is_not_guarded_or_not_whole_is_named(
    safe: Any, own_database: Urls, capsys: pytest.CaptureFixture[str], statement: str, told: str
):
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute(statement)

    ran = run(capsys, "check")

    assert ran.code == 1
    assert told in ran.err.splitlines()


@pytest.mark.slow
def test_tables_the_portal_may_not_read_are_no_traceback(safe: Any, own_database: Urls):
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        owner.execute("REVOKE SELECT ON django_migrations FROM zb_app")

    assert problems() == ["De databank kan niet nagekeken worden: permission denied for table django_migrations."]


@pytest.fixture
def unsafe_server() -> Iterator[Urls]:
    """A server on which acknowledged bookings could be lost: no fsync, no full pages, no checksums."""
    with tempfile.TemporaryDirectory(prefix="zb-", dir="/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        server = start_embedded(folder)
        urls = server.prepare("onveilig")
        server.stop()
        as_server = {"user": server.account.uid, "group": server.account.gid} if server.account else {}
        subprocess.run(
            [server.binaries / "pg_checksums", "--disable", "-D", server.data],
            check=True,
            capture_output=True,
            cwd="/",
            **as_server,
        )
        again = start_embedded(folder, settings={"fsync": "off", "full_page_writes": "off"})
        try:
            yield urls
        finally:
            again.stop()
            shutil.rmtree(again.home, ignore_errors=True)


@pytest.mark.slow
def test_inv34_a_server_that_could_lose_a_booking_is_refused_by_check_and_by_serve(
    unsafe_server: Urls, server: TestServer, django_db_blocker: Any
):
    with django_db_blocker.unblock():
        migrate_database(unsafe_server.migrate)
    environment = {
        "DATABASE_URL": unsafe_server.app,
        "ZELFBOEKEN_SECRET_KEY": SECRET,
        "ZELFBOEKEN_PLAIN_HTTP": "0",
        "ZELFBOEKEN_HOSTS": '["boek.example"]',
        "ZELFBOEKEN_MAIL_HOST": "mail.example",
        "HOME": os.environ.get("HOME", "/"),
    }

    checked, served = run_apart("check", **environment), run_apart("serve", "--port", "65535", **environment)

    assert (checked.code, served.code) == (1, 1)
    assert checked.err == served.err
    assert [line.partition(":")[0] for line in checked.err.splitlines()] == [
        "fsync staat op off",
        "full_page_writes staat op off",
        "Controlesommen staan uit",
    ]
