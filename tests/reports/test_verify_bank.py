"""The verifier proves the bank again: each thing that cannot be is named."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from tests.banking import bank_lines, differences, open_books_with_bank, owed, take_in
from tests.books import NOW
from tests.files import OGM, movement, statement
from zelfboeken.bank.models import Statement
from zelfboeken.bank.services import accept_gap

pytestmark = pytest.mark.django_db

WRONG = {
    "UPDATE bank_statement SET closing_cents = closing_cents + 1 WHERE domain_id = %s AND number = 2": {
        ("bank", "its lines come to -5, its balances to -4")
    },
    "UPDATE bank_statement SET opening_cents = opening_cents + 1, closing_cents = closing_cents + 1 "
    "WHERE domain_id = %s AND number = 2": {("bank", "opens with -12099, the one before closed with -12100")},
    "UPDATE bank_bankline SET amount_cents = amount_cents - 1 WHERE domain_id = %s AND entry_id IS NOT NULL": {
        ("bank", "its lines come to -12101, its balances to -12100"),
        ("bank", "is -12101, its entry moves the account by -12100"),
    },
    "UPDATE bank_statement SET state = 'GAP' WHERE domain_id = %s AND number = 1": {
        ("bank", "is booked, and its statement is GAP")
    },
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_inv16_what_the_bank_cannot_have_said_is_named(wrong: str):
    with open_books_with_bank() as books:
        owed(books, -12_100, structured=OGM)
        take_in(books, statement(movement(-12_100, structured=OGM)))
        take_in(books, statement(movement(-5, text="x"), number=2, opening_cents=-12_100, on=date(2026, 11, 17)))
        assert (len(bank_lines(books)), differences(books)) == (2, ())
        with connection.cursor() as cursor:
            cursor.execute(wrong, [books.domain.id])
            assert cursor.rowcount == 1

        assert {(one.check, one.text) for one in differences(books) if one.check == "bank"} == WRONG[wrong]


def test_a_gap_that_was_accepted_and_a_quarantined_statement_are_no_difference():
    with open_books_with_bank() as books:
        take_in(books, statement(movement(-100, text="een")))
        take_in(books, statement(movement(-5, text="drie"), number=3, opening_cents=700, on=date(2026, 11, 18)))
        take_in(books, statement(movement(-5, text="vier"), number=4, opening_cents=9, on=date(2026, 11, 19)))
        waiting = Statement.objects.get(domain_id=books.domain.id, number=3)
        accept_gap(access=books.access, statement=waiting, reason="komt niet meer", at=NOW)

        assert differences(books) == ()
