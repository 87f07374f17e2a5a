"""The database's own guards of what is matched: each refuses by itself, and without it the wrong thing gets in."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tests.banking import bank_lines, differences, matches, open_books_with_bank, open_cents, owed, take_in
from tests.books import Books
from tests.files import OGM, movement, statement
from zelfboeken.runtime.roles import Urls
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.slow

ATTACKS = {
    "open_item_is_not_matched_above_itself": (
        "ledger_openitem",
        "UPDATE ledger_openitem SET matched_cents = amount_cents - 1 WHERE domain_id = %s AND amount_cents < 0",
    ),
    "bank_line_is_not_matched_above_itself": (
        "bank_bankline",
        "UPDATE bank_bankline SET matched_cents = amount_cents - 1 WHERE domain_id = %s AND amount_cents < 0",
    ),
    "bank_line_is_once": (
        "bank_bankline",
        "INSERT INTO bank_bankline (domain_id, public_id, administration_id, bank_account_id, statement_id, n, "
        "booked_on, amount_cents, counterparty, counter_iban, communication, structured, transaction_code, "
        "bank_reference, details, content_hash, occurrence, matched_cents) SELECT domain_id, gen_random_uuid(), "
        "administration_id, bank_account_id, statement_id, n + 100, booked_on, amount_cents, counterparty, "
        "counter_iban, communication, structured, transaction_code, bank_reference, details, content_hash, occurrence, "
        "0 FROM bank_bankline WHERE domain_id = %s",
    ),
    "statement_number_is_once": (
        "bank_statement",
        "INSERT INTO bank_statement (domain_id, public_id, administration_id, bank_account_id, document_id, year, "
        "number, on_date, opening_cents, closing_cents, state, gap_reason, findings) SELECT domain_id, "
        "gen_random_uuid(), administration_id, bank_account_id, document_id, year, number, on_date, opening_cents, "
        "closing_cents, state, gap_reason, findings FROM bank_statement WHERE domain_id = %s",
    ),
    "match_has_an_amount": (
        "matching_match",
        "UPDATE matching_match SET amount_cents = 0 WHERE domain_id = %s",
    ),
    "match_joins_two_items": (
        "matching_match",
        "UPDATE matching_match SET against_id = item_id WHERE domain_id = %s",
    ),
    "match_undone_by_somebody": (
        "matching_match",
        "UPDATE matching_match SET undone_at = now() WHERE domain_id = %s",
    ),
}
NAMED_BY_VERIFY = {
    "open_item_is_not_matched_above_itself",
    "bank_line_is_not_matched_above_itself",
    "match_has_an_amount",
    "match_joins_two_items",
    "match_undone_by_somebody",
}


@pytest.fixture
def books(own_database: Urls) -> Books:
    """Books with a payment that is matched, committed."""
    with open_books_with_bank() as made:
        owed(made, -12_100, structured=OGM)
        take_in(made, statement(movement(-12_100, structured=OGM)))
        assert (open_cents(made), len(matches(made)), len(bank_lines(made))) == ([], 1, 1)
        return made


def attack(books: Books, statement_sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement_sql, [books.domain.id])
        assert cursor.rowcount > 0


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_inv17_each_guard_refuses_by_itself_and_without_it_the_wrong_thing_gets_in(
    books: Books, own_database: Urls, name: str
):
    table, wrong = ATTACKS[name]
    with pytest.raises(IntegrityError, match=name), domain_scope(books.domain.id):
        attack(books, wrong)
    connection.close()
    with psycopg.connect(own_database.migrate, autocommit=True) as owner:
        is_constraint = owner.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name]).fetchone()
        owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if is_constraint else f"DROP INDEX {name}")  # type: ignore[arg-type]

    with domain_scope(books.domain.id):
        assert differences(books) == ()
        attack(books, wrong)
        if name in NAMED_BY_VERIFY:
            assert differences(books) != ()
        transaction.set_rollback(True)
