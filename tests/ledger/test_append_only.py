"""Posted stays posted: no role changes, deletes or empties what the books and the log are made of (INV-03)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.database import TestServer

TABLES = {
    "ledger_entry": "number",
    "ledger_entry_line": "n",
    "documents_document": "size",
    "documents_arrival": "name",
    "audit_event": "subject",
    "access_accountevent": "action",
    "audit_portalevent": "subject",
    "audit_eventlink": "content",
    "audit_portaleventlink": "content",
    "billing_bundleprice": "monthly_cents",
    "billing_seatprice": "monthly_cents",
    "billing_viewprice": "monthly_cents",
    "billing_operator": "name",
    "billing_statementnumber": "number",
    "billing_standing": "because",
    "billing_contract": "name",
    "billing_monthlystatement": "net_cents",
    "billing_creditnote": "net_cents",
    "billing_limitnotice": "percent",
    "billing_erasurestep": "kind",
    "payments_paymentfile": "number",
    "payments_payment": "n",
    "payments_filedecision": "kind",
    "questions_message": "text",
    "questions_attachment": "name",
    "questions_missingevent": "kind",
    "questions_completenessreport": "asked",
    "questions_strandedmail": "code",
}
"""The tables that only grow, with a column of each to try to change."""
VERBS = ("UPDATE", "DELETE", "TRUNCATE")


def statement(verb: str, table: str) -> str:
    """This verb on every row of a table."""
    return {
        "UPDATE": f"UPDATE {table} SET {TABLES[table]} = {TABLES[table]}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]


@contextmanager
def signed_in(url: str) -> Iterator[psycopg.Connection]:
    """A session of a role, whose work is rolled back."""
    with psycopg.connect(url) as session:
        yield session
        session.rollback()


@pytest.fixture(params=["app", "owner", "superuser"])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def url_of(server: TestServer, role: str) -> str:
    return {"app": server.urls.app, "owner": server.urls.migrate, "superuser": server.urls.admin}[role]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", TABLES)
def test_inv03_what_is_posted_stays(server: TestServer, table: str, verb: str, role: str):
    # The app by privilege; the owner and the superuser, whom no privilege stops, by trigger.
    because = "permission denied" if role == "app" else "what is posted stays"

    with (
        signed_in(url_of(server, role)) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match=because),
    ):
        session.execute(statement(verb, table))


def test_inv03_these_are_all_the_tables_that_only_grow(server: TestServer):
    with signed_in(server.urls.migrate) as session:
        guarded = session.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'posted_stays' AND tgenabled = 'O'"
        ).fetchall()
        granted = session.execute(
            "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'zb_app' "
            "AND table_schema = 'public' GROUP BY table_name HAVING array_agg(privilege_type::text "
            "ORDER BY privilege_type) = ARRAY['INSERT', 'SELECT'] AND bool_and(table_name <> ALL(ARRAY("
            "SELECT table_name::text FROM information_schema.column_privileges WHERE grantee = 'zb_app' "
            "AND privilege_type = 'UPDATE')))"
        ).fetchall()

    assert {name for (name,) in guarded} == set(TABLES)
    assert {name for (name,) in granted} == set(TABLES)


@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT 1 FROM ledger_entry FOR UPDATE",
        "SELECT 1 FROM ledger_entry_line FOR SHARE",
        "INSERT INTO audit_event (domain_id, id, at, actor_name, action, subject, detail) VALUES "
        "(1, 1, now(), '', '', '', '{}') ON CONFLICT (domain_id, id) DO UPDATE SET action = ''",
        "MERGE INTO ledger_entry e USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER posted_stays ON ledger_entry",
        "ALTER TABLE ledger_entry DROP CONSTRAINT entry_balances",
        "CREATE RULE r AS ON INSERT TO ledger_entry DO INSTEAD NOTHING",
        "GRANT zb_owner TO zb_app",
        "SET session_replication_role = replica",
        "SET ROLE zb_owner",
        "CREATE OR REPLACE FUNCTION zb_refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
        "UPDATE pg_trigger SET tgenabled = 'D'",
        "UPDATE ledger_period SET starts_on = starts_on",
        "UPDATE ledger_openitem SET amount_cents = amount_cents",
    ],
)
def test_inv03_the_app_has_no_way_round(server: TestServer, attempt: str):
    refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateFunction)

    with signed_in(server.urls.app) as session, pytest.raises(refusals):
        session.execute(attempt)


@pytest.mark.parametrize("parent", ["tenancy_domain", "contacts_contact", "ledger_glaccount", "ledger_journal"])
def test_inv03_emptying_what_the_books_lean_on_is_refused_to_the_owner_too(server: TestServer, parent: str):
    with (
        signed_in(server.urls.migrate) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="what is posted stays"),
    ):
        session.execute(f"TRUNCATE {parent} CASCADE")


def test_inv03_the_owner_cannot_switch_triggers_off_for_his_session(server: TestServer):
    with signed_in(server.urls.migrate) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("SET session_replication_role = replica")
