"""INV-06 and INV-07 at work: another domain's rows, there first, are not seen, not changed and not added to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CompositePrimaryKey

from tests.database import TestServer
from tests.everything import new_everything
from zelfboeken.tenancy.scope import domain_scope

TABLES = sorted(
    model._meta.db_table
    for model in apps.get_models()
    if isinstance(model._meta.pk, CompositePrimaryKey) and model._meta.pk_fields[0].column == "domain_id"
)


def ask(statement: str, values: object = None) -> list[tuple[object, ...]]:
    """A statement on the connection itself, so that nothing of ours stands between it and the database."""
    with connection.connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def count(table: str, where: str = "") -> int:
    return int(str(ask(f'SELECT count(*) FROM "{table}" {where}')[0][0]))


def may(table: str, privilege: str) -> bool:
    return bool(ask("SELECT has_table_privilege(%s, %s)", [table, privilege])[0][0])


def refusal(statement: str) -> str:
    """The name of the error that the database answers with; the transaction goes on."""
    ask("SAVEPOINT before")
    try:
        ask(statement)
    except psycopg.Error as error:
        ask("ROLLBACK TO SAVEPOINT before")
        return f"{type(error).__name__}: {error.diag.message_primary}"
    return "nothing"


@pytest.mark.django_db
def test_inv07_rows_of_another_domain_are_neither_seen_nor_changed_nor_added_in_any_table():
    theirs = new_everything().books.domain
    with domain_scope(theirs.id):
        counted = {table: count(table) for table in TABLES}
    assert [table for table, rows in counted.items() if not rows] == []
    ours = new_everything().books.domain

    with domain_scope(ours.id):
        for table in TABLES:
            assert count(table) == count(table, f"WHERE domain_id = {ours.id}") > 0
            assert count(table, f"WHERE domain_id = {theirs.id}") == 0
            if may(table, "UPDATE"):
                assert ask(f'UPDATE "{table}" SET domain_id = domain_id WHERE domain_id = {theirs.id}') == [(0,)]
                moved = refusal(f'UPDATE "{table}" SET domain_id = {theirs.id}')
                assert moved == f'InsufficientPrivilege: new row violates row-level security policy for table "{table}"'
            if may(table, "DELETE"):
                assert ask(f'DELETE FROM "{table}" WHERE domain_id = {theirs.id}') == [(0,)]
            assert may(table, "INSERT")
            added = refusal(f'INSERT INTO "{table}" (domain_id) VALUES ({theirs.id})')
            assert added == f'InsufficientPrivilege: new row violates row-level security policy for table "{table}"'

    with domain_scope(theirs.id):
        assert {table: count(table) for table in TABLES} == counted


@pytest.mark.django_db
def test_inv07_without_a_domain_there_are_no_rows_and_with_garbage_there_is_an_error():
    theirs = new_everything().books.domain

    assert ask("SELECT current_setting('app.domain', true)") == [("",)]
    assert {count(table) for table in TABLES} == {0}
    ask("SET LOCAL app.domain = '999999999'")
    assert {count(table) for table in TABLES} == {0}
    for garbage in ("bakkerij", f"{theirs.id} OR true", "1,2", "9999999999999999999999", "1.5", "-"):
        ask(f"SET LOCAL app.domain = '{garbage}'")
        for table in TABLES:
            error = refusal(f'SELECT * FROM "{table}" WHERE domain_id = {theirs.id}').partition(":")[0]
            assert error in {"InvalidTextRepresentation", "NumericValueOutOfRange"}
    ask("SET LOCAL app.domain = ''")
    assert {count(table) for table in TABLES} == {0}


def test_inv07_a_fresh_connection_sees_no_rows(server: TestServer):
    with psycopg.connect(server.urls.app) as fresh:
        assert fresh.execute("SELECT current_setting('app.domain', true)").fetchone() == (None,)
        assert fresh.execute("SELECT count(*) FROM tenancy_administration").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            fresh.execute("INSERT INTO tenancy_administration (domain_id) VALUES (1)")


@dataclass(frozen=True)
class Two:
    """The superuser's connection, with two domains that have one administration and one document each."""

    sql: psycopg.Connection[tuple[object, ...]]
    ours: int
    theirs: int

    def seen_by(self, role: str) -> list[object]:
        """Whose administrations this role sees while it works in our domain."""
        self.sql.execute(f"SET LOCAL ROLE {role}")
        self.sql.execute(f"SET LOCAL app.domain = '{self.ours}'")
        rows = self.sql.execute("SELECT domain_id FROM tenancy_administration ORDER BY domain_id").fetchall()
        self.sql.execute("RESET ROLE")
        return [row[0] for row in rows]

    def point_into(self, theirs: bool) -> str:
        """Note an arrival in our domain of a document of ours or theirs; the refusal, or nothing."""
        document = self.sql.execute(
            "SELECT id FROM documents_document WHERE domain_id = %s", [self.theirs if theirs else self.ours]
        ).fetchone()
        assert document
        self.sql.execute("SET LOCAL ROLE zb_app; SAVEPOINT before")
        self.sql.execute(f"SET LOCAL app.domain = '{self.ours}'")
        try:
            self.sql.execute(
                "INSERT INTO documents_arrival (domain_id, document_id, source, name, is_repeat, arrived_at, "
                "arrived_by) VALUES (%s, %s, 'UPLOAD', 'x', false, now(), 1)",
                [self.ours, document[0]],
            )
        except psycopg.Error as error:
            self.sql.execute("ROLLBACK TO SAVEPOINT before")
            return str(error.diag.constraint_name)
        finally:
            self.sql.execute("RESET ROLE")
        return "nothing"


@pytest.fixture
def two(server: TestServer) -> Iterator[Two]:
    """Two domains in a transaction of the superuser, who is above row security; nothing of it stays."""
    with psycopg.connect(server.urls.admin) as sql:
        portal = sql.execute("INSERT INTO tenancy_portal (slug, name) VALUES ('k', 'K') RETURNING id").fetchone()
        assert portal
        ids = []
        for slug in ("ours", "theirs"):
            row = sql.execute(
                "INSERT INTO tenancy_domain (portal_id, slug, name, pricing_model, bundle, lifecycle, is_authorised, "
                "workflow) VALUES (%s, %s, 'D', 'BUNDLE', 'SMALL', 'ACTIVE', true, 'NORMAL') RETURNING id",
                [portal[0], slug],
            ).fetchone()
            assert row
            ids.append(int(str(row[0])))
            made = sql.execute(
                "INSERT INTO tenancy_administration (domain_id, public_id, name, enterprise_number, vat_number, "
                "vat_regime, is_default) VALUES (%s, gen_random_uuid(), 'A', '', '', 'MONTHLY', true) RETURNING id",
                [row[0]],
            ).fetchone()
            assert made
            sql.execute(
                "INSERT INTO documents_document (domain_id, public_id, administration_id, sha256, size, name, "
                "received_at) VALUES (%s, gen_random_uuid(), %s, repeat('0', 64), 1, 'x', now())",
                [row[0], made[0]],
            )
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that still wait can't be altered
        yield Two(sql, *ids)
        sql.rollback()


@pytest.mark.parametrize("role", ["zb_app", "zb_owner"])
def test_inv07_only_the_policy_hides_another_domain(two: Two, role: str):
    assert two.seen_by(role) == [two.ours]

    two.sql.execute("ALTER TABLE tenancy_administration DISABLE ROW LEVEL SECURITY")

    assert two.seen_by(role) == [two.ours, two.theirs]


def test_inv07_only_forcing_holds_the_owner(two: Two):
    two.sql.execute("ALTER TABLE tenancy_administration NO FORCE ROW LEVEL SECURITY")

    assert two.seen_by("zb_app") == [two.ours]
    assert two.seen_by("zb_owner") == [two.ours, two.theirs]


def test_inv07_the_auditor_sees_every_domain_and_the_portals_login_cannot_become_him(two: Two):
    assert two.seen_by("zb_audit") == [two.ours, two.theirs]
    two.sql.execute("SET LOCAL SESSION AUTHORIZATION zb_app")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        two.sql.execute("SET ROLE zb_audit")


def test_inv06_only_the_domain_in_the_key_keeps_a_row_from_pointing_into_another_domain(two: Two):
    assert two.point_into(theirs=False) == "nothing"
    assert two.point_into(theirs=True) == "documents_arrival_document_is_its_own"

    # A key over the id alone looks past row security: it lets the row in.
    two.sql.execute("ALTER TABLE documents_arrival DROP CONSTRAINT documents_arrival_document_is_its_own")
    two.sql.execute("ALTER TABLE documents_document ADD CONSTRAINT by_id UNIQUE (id)")
    two.sql.execute("ALTER TABLE documents_arrival ADD FOREIGN KEY (document_id) REFERENCES documents_document (id)")
    assert two.point_into(theirs=True) == "nothing"
