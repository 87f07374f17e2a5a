"""Taking a file in: its name cleaned, its bytes once in a domain, each arrival noted, nothing changed afterwards."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tests.books import NOW, Books, fill_books, new_domain, open_new_books
from tests.database import TestServer
from zelfboeken.access.rights import Role
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import FileRefused, Received, clean_name, receive_document
from zelfboeken.documents.storage import StorageFull, sha256_of
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope


def take_in(books: Books, content: bytes = b"<a/>", name: str = "factuur.xml") -> Received:
    return receive_document(
        access=books.access,
        administration_id=books.administration.id,
        name=name,
        content=content,
        source=Arrival.Source.UPLOAD,
        at=NOW,
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("factuur.xml", "factuur.xml"),
        ("Factuur nr. 12 (één).xml", "Factuur nr. 12 (één).xml"),
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\x.xml", "x.xml"),
        ("/etc/passwd", "passwd"),
        ("C:\\facturen\\x.xml", "x.xml"),
        ("..", "bestand"),
        ("....", "bestand"),
        ("", "bestand"),
        ("   ", "bestand"),
        ("/", "bestand"),
        (".htaccess", "htaccess"),
        ("factuur.xml\x00.exe", "factuur.xml.exe"),
        ("factuur\r\nContent-Type: text/html.xml", "html.xml"),
        ("factuur\r\nSet-Cookie: a=b.xml", "factuurSet-Cookie: a=b.xml"),
        ("\u202efdp.exe", "fdp.exe"),
        ("fac\u200etuur\u2066.xml", "factuur.xml"),
        ("\ufeffx.xml", "x.xml"),
        ("\ud800x.xml", "x.xml"),
        ("x" * 300 + ".xml", "x" * 120),
        ("é" * 300, "é" * 120),
        ("<script>alert(1)</script>", "script>"),
    ],
)
def test_inv30_a_name_is_cleaned_for_showing(name: str, shown: str) -> None:
    assert clean_name(name) == shown


@pytest.mark.django_db
def test_a_name_never_decides_where_a_file_is_stored() -> None:
    with open_new_books(has_chart=False) as books:
        received = take_in(books, name="../../../../../../tmp/zb-escape")

        assert received.document.name == "zb-escape"
        assert received.document.sha256 == sha256_of(b"<a/>")


@pytest.mark.django_db
def test_inv15_the_second_arrival_is_noted_and_points_to_the_document_that_is_there() -> None:
    with open_new_books(has_chart=False) as books:
        first, second = take_in(books), take_in(books, name="hernoemd.xml")

        assert (first.is_repeat, second.is_repeat) == (False, True)
        assert first.document == second.document
        assert second.document.name == "factuur.xml"
        arrivals = Arrival.objects.filter(domain_id=books.domain.id).order_by("id")
        assert list(arrivals.values_list("name", "is_repeat", "document_id", "arrived_by")) == [
            ("factuur.xml", False, first.document.id, books.user.id),
            ("hernoemd.xml", True, first.document.id, books.user.id),
        ]


@pytest.mark.django_db
def test_inv24_each_arrival_is_in_the_event_log() -> None:
    with open_new_books(has_chart=False) as books:
        take_in(books)
        take_in(books, name="hernoemd.xml")

        events = Event.objects.filter(domain_id=books.domain.id).order_by("id")
        assert [one.action for one in events if one.action.startswith("document")] == [
            "document.received",
            "document.repeated",
        ]


@pytest.mark.django_db
def test_who_may_not_deliver_is_refused_and_nothing_is_stored() -> None:
    domain, user = new_domain(roles=frozenset({Role.VIEWER}))
    with domain_scope(domain.id):
        books = fill_books(domain, user, has_chart=False)
        with pytest.raises(NotAllowed):
            take_in(books)

        assert not Document.objects.filter(domain_id=domain.id).exists()


@pytest.mark.django_db
def test_a_full_disk_is_a_refusal_of_this_file(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    def full(_fd: int) -> None:
        raise StorageFull

    with open_new_books(has_chart=False) as books:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(FileRefused, match="geen plaats") as refusal:
            take_in(books)

        assert refusal.value.code == "storage_full"
        assert not Document.objects.filter(domain_id=books.domain.id).exists()


CHANGES = (
    "UPDATE {table} SET name = 'x'",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["documents_document", "documents_arrival"])
@pytest.mark.parametrize("change", CHANGES)
def test_inv03_the_portal_may_not_change_what_came_in(table: str, change: str) -> None:
    with open_new_books(has_chart=False) as books:
        take_in(books)
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change.format(table=table))


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["documents_document", "documents_arrival"])
@pytest.mark.parametrize("change", CHANGES)
def test_inv03_nor_may_the_owner(server: TestServer, table: str, change: str) -> None:
    with psycopg.connect(server.urls.migrate) as owner:
        with pytest.raises(psycopg.Error, match="what is posted stays"):
            owner.execute(change.format(table=table))
        owner.rollback()


AGAIN = (
    "INSERT INTO documents_document (domain_id, public_id, administration_id, sha256, size, name, received_at) "
    "SELECT domain_id, gen_random_uuid(), administration_id, sha256, size, name, received_at FROM documents_document"
)


@pytest.mark.slow
def test_sabotage_inv15_without_its_constraint_the_same_bytes_are_two_documents(own_database: Urls) -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        take_in(fill_books(domain, user, has_chart=False))
    with psycopg.connect(own_database.admin) as admin:
        with pytest.raises(psycopg.errors.UniqueViolation, match="document_is_stored_once"):
            admin.execute(AGAIN)
        admin.rollback()
        admin.execute("ALTER TABLE documents_document DROP CONSTRAINT document_is_stored_once")
        admin.execute(AGAIN)

        found = admin.execute("SELECT count(*), count(DISTINCT sha256) FROM documents_document").fetchone()
        assert found == (2, 1)
        admin.rollback()


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_sabotage_inv03_without_its_trigger_the_owner_changes_an_original(own_database: Urls, change: str) -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        take_in(fill_books(domain, user, has_chart=False))
    with psycopg.connect(own_database.admin) as admin:
        for table in ("documents_document", "documents_arrival", "inbox_reading", "invoices_invoice"):
            admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        admin.execute(change.format(table="documents_document"))
        admin.rollback()
