"""Each guard of the books taken away: the wrong thing then gets in, and `verify` names what it answers for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction

from tests.banking import add_account
from tests.books import NOW, Books
from tests.conftest import connect_as
from tests.database import TestServer, cloned
from tests.everything import bill, pay
from tests.files import OUR_IBAN
from tests.ledger.attacks import ATTACKS, Attack, World, new_world
from tests.ledger.raw import ask, ask_all, check_now, refused_as, refused_by, run
from tests.ledger.test_append_only import TABLES, VERBS, statement
from zelfboeken.access.accounts import Caller, record_account
from zelfboeken.audit.services import Happened, record_in_portal
from zelfboeken.billing.models import Operator
from zelfboeken.documents.models import Arrival
from zelfboeken.documents.services import receive_document
from zelfboeken.ledger.services import post_entry
from zelfboeken.questions.models import (
    Attachment,
    CompletenessReport,
    Message,
    MissingEvent,
    MissingInvoice,
    Question,
    StrandedMail,
)
from zelfboeken.reports.verify import verify_domain
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(server: TestServer, django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """A world in a database of its own, made as zb_app; Django then works in it as the superuser."""
    with django_db_blocker.unblock():
        connections["default"].close()
        with cloned(server) as urls:
            try:
                connect_as(urls.app)
                made, _ = new_world()
                connect_as(urls.admin)
                yield made
            finally:
                connect_as(server.urls.app)


@contextmanager
def taken_back(world: World) -> Iterator[None]:
    """A transaction of the superuser's in the world's domain, rolled back."""
    with transaction.atomic():
        with domain_scope(world.domain):
            yield
        transaction.set_rollback(True)


@contextmanager
def as_app() -> Iterator[None]:
    """The block runs as the portal's own role."""
    run("SET LOCAL ROLE zb_app")
    yield
    run("RESET ROLE")


def take_away(constraint: str) -> None:
    [table] = ask("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", constraint)
    run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE")


def checks_named(world: World) -> set[str]:
    return {one.check for one in verify_domain(domain_id=world.domain).differences}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_without_its_constraints_the_database_takes(world: World, attack: Attack):
    with taken_back(world):
        for guard in attack.guards:
            with as_app(), refused_by(guard):
                attack.run(world)
                check_now()
            take_away(guard)
        with as_app():
            attack.run(world)
            check_now()

        assert checks_named(world) == attack.named


def grow(world: World) -> None:
    """A row more in every table that only grows: a file, a statement and whose it is, what was done and by whom."""
    receive_document(
        access=world.books.access,
        administration_id=world.books.administration.id,
        name="factuur.xml",
        content=b"<Invoice/>",
        source=Arrival.Source.UPLOAD,
        at=NOW,
    )
    Operator.objects.create(
        name="Beheerder", street="Straat 2", postcode="9000", city="Gent", enterprise_number="0999000129",
        vat_number="BE0999000129", iban="BE98999000118793", series="T", payment_days=30, entered_at=NOW,
    )  # fmt: skip
    bill(world.books)
    add_account(world.books, OUR_IBAN, "Zichtrekening", "550000", "B1")
    pay(world.books)
    ask_something(world.books)
    # A role is a link of the chain as well as a line of the log.
    world.books.access.log(at=NOW, events=[Happened("role.given", "member:1", {"role": "SALES"})])
    record_account(at=NOW, user=None, action="password.wrong", caller=Caller())
    record_in_portal(
        portal_id=Domain.objects.get(pk=world.domain).portal_id,
        at=NOW,
        actor_id=None,
        actor_name="Beheerder",
        events=[Happened("price.entered", "SMALL", {})],
    )


def ask_something(books: Books) -> None:
    """A question with what was said and a file, an invoice that is asked for, a report, and a mail of nobody."""
    own: dict[str, Any] = {"domain_id": books.domain.id}
    of_books: dict[str, Any] = {**own, "administration_id": books.administration.id}
    Question.objects.create(
        **of_books, topic="SOFTWARE", title="Mag dit?", asked_side="DOMAIN", to_side="OFFICE", routed_because="PORTAL",
        asked_at=NOW, changed_at=NOW,
    )  # fmt: skip
    question = Question.objects.get(**own)
    Message.objects.create(
        **own, question_id=question.id, n=1, kind="QUESTION", side="DOMAIN", author_id=books.user.id, said_at=NOW
    )
    message = Message.objects.get(**own)
    Attachment.objects.create(
        **own, message_id=message.id, question_id=question.id, n=1, document_id=1, name="bon.txt", size=3
    )
    MissingInvoice.objects.create(
        **of_books, bank_line_id=1, owner_id=books.user.id, due_on=NOW.date(), asked_by_id=books.user.id, asked_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    item = MissingInvoice.objects.get(**own)
    MissingEvent.objects.create(**own, item_id=item.id, kind="ASKED", author_name="Zelfboeken", happened_at=NOW)
    CompletenessReport.objects.create(
        **of_books, month=NOW.date().replace(day=1), receiver_id=books.user.id, asked=1, unasked=0, waiting=0,
        questions=0, reported_at=NOW,
    )  # fmt: skip
    StrandedMail.objects.create(sha256="0" * 64, size=1, code="no_address", came_at=NOW)


def free_of_what_leans_on_it(table: str) -> None:
    """Without the foreign keys that lead to a table: they stop some changes too, and are not what is judged here."""
    for leaning, key in ask_all(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND confrelid = %s::regclass",
        table,
    ):
        run(f"ALTER TABLE {leaning} DROP CONSTRAINT {key}")


def rows_changed(table: str, verb: str) -> tuple[int, int]:
    """How many rows there were before the verb, and are after."""
    [before] = ask(f"SELECT count(*) FROM {table}")
    touched = run(statement(verb, table).removesuffix(" CASCADE"))
    [after] = ask(f"SELECT count(*) FROM {table}")
    return before, touched if verb == "UPDATE" else before - after


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", TABLES)
def test_inv03_for_the_app_privilege_and_trigger_hold_apart(world: World, table: str, verb: str):
    with taken_back(world):
        grow(world)
        check_now()
        free_of_what_leans_on_it(table)
        run(f"GRANT {verb} ON {table} TO zb_app")
        with as_app(), refused_as(psycopg.errors.InsufficientPrivilege, "what is posted stays"):
            run(statement(verb, table))
        run(f"REVOKE {verb} ON {table} FROM zb_app")
        run(f"DROP TRIGGER posted_stays ON {table}")
        with as_app(), refused_as(psycopg.errors.InsufficientPrivilege, "permission denied"):
            run(statement(verb, table))

        run(f"GRANT {verb} ON {table} TO zb_app")
        with as_app():
            before, changed = rows_changed(table, verb)

        assert before > 0
        assert changed == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", TABLES)
def test_inv03_only_the_trigger_stops_the_owner(world: World, table: str, verb: str):
    with taken_back(world):
        grow(world)
        check_now()
        free_of_what_leans_on_it(table)
        run("SET LOCAL ROLE zb_owner")
        with refused_as(psycopg.errors.InsufficientPrivilege, "what is posted stays"):
            run(statement(verb, table))
        run(f"ALTER TABLE {table} DISABLE TRIGGER posted_stays")
        before, changed = rows_changed(table, verb)
        run("RESET ROLE")

        assert before > 0
        assert changed == before


@pytest.mark.parametrize(
    ("table", "change", "where", "named"),
    [
        ("ledger_openitem", "amount_cents = amount_cents - 1", "entry_id = {entry}", {"open items"}),
        ("ledger_period", "until = until - 1", "starts_on = '2026-06-01'", set()),
    ],
)
def test_inv26_the_app_changes_no_other_column_of_an_open_item_or_a_month(
    world: World, table: str, change: str, where: str, named: set[str]
):
    statement = f"UPDATE {table} SET {change} WHERE domain_id = %s AND {where.format(entry=world.first.id)}"
    with taken_back(world):
        with as_app(), refused_as(psycopg.errors.InsufficientPrivilege, f"permission denied for table {table}"):
            run(statement, world.domain)
        run(f"GRANT UPDATE ON {table} TO zb_app")
        with as_app():
            assert run(statement, world.domain) > 0

        assert checks_named(world) == named


def test_inv24_without_the_right_to_write_the_log_nothing_is_posted(world: World):
    with taken_back(world):
        run("REVOKE INSERT ON audit_event FROM zb_app")
        with as_app(), refused_as(psycopg.errors.InsufficientPrivilege, "audit_event"):
            post_entry(access=world.books.access, entry=world.books.entry(), at=NOW)

        assert checks_named(world) == set()
