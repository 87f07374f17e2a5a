"""Whether the books will say what the bank says: another fact than how many lines are matched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.banking import bank_lines, decide, open_books_with_bank, owed, take_in
from tests.books import NOW, TODAY, Books
from tests.files import OGM, movement, statement
from zelfboeken.access.rights import Role
from zelfboeken.bank.models import BankAccount, Statement
from zelfboeken.ledger.models import Period, PeriodState
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.matching.facts import Decision, GLShare
from zelfboeken.matching.listing import (
    BookedBalance,
    StatementFactsRow,
    booked_balance,
    earlier_payments,
    lines_of,
    neighbours,
    statement_shown,
)
from zelfboeken.matching.services import Settlement, day_offered, settle, take_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank(savings=True) as made:
        yield made


def account(books: Books) -> BankAccount:
    return BankAccount.objects.get(domain_id=books.domain.id, name="Zichtrekening")


def shown(books: Books, number: int | None = None) -> StatementFactsRow:
    """The statement with this number, else the one the page opens with."""
    found = Statement.objects.filter(domain_id=books.domain.id, number=number).exclude(state="QUARANTINED").first()
    row = statement_shown(
        access=books.access,
        administration_id=books.administration.id,
        bank_account_id=account(books).id,
        public_id=str(found.public_id) if found else "",
    )
    assert row is not None
    return row


def proof(books: Books, number: int | None = None) -> BookedBalance:
    """The balance of the books beside that of a statement."""
    return booked_balance(
        access=books.access, gl_account_id=account(books).gl_account_id, statement=shown(books, number)
    )


def on_account(books: Books, cents: int, on: date = date(2026, 1, 1), journal: str = "OP") -> None:
    """An entry by hand that puts this much on the bank's account."""
    lines = (
        NewLine(books.accounts["550000"], max(cents, 0), max(-cents, 0)),
        NewLine(books.accounts["140000"], max(-cents, 0), max(cents, 0)),
    )
    post_entry(access=books.access, entry=books.entry(*lines, on_date=on, journal_id=books.journals[journal]), at=NOW)


def book_all(books: Books) -> None:
    for line in bank_lines(books):
        if line.entry_id is None:
            decide(books, line, Decision("BOOK", shares=(GLShare("657000", line.amount_cents, ""),)))


def take(
    books: Books, number: int, opening: int, *cents: int, on: date | None = None, line_on: date | None = None
) -> None:
    """A statement of a day of November."""
    day = on or date(2026, 11, number)
    lines = [movement(one, text=f"{number}/{n}", on=line_on or day) for n, one in enumerate(cents)]
    take_in(books, statement(*lines, number=number, opening_cents=opening, on=day))


def test_the_balance_is_right_before_and_after_the_lines_are_booked(books: Books):
    on_account(books, 1_844_217)
    take(books, 14, 1_844_217, 987_435, -721_284)

    assert proof(books, 14) == BookedBalance(1_844_217, 266_151, 0, 0, 0)
    book_all(books)
    assert proof(books, 14) == BookedBalance(2_110_368, 0, 0, 0, 0)
    assert shown(books, 14).closing_cents == 2_110_368


def test_what_the_account_held_before_its_first_statement_and_nobody_booked_is_told_apart(books: Books):
    take(books, 14, 1_844_217, -100)
    book_all(books)

    assert proof(books, 14) == BookedBalance(-100, 0, 1_844_217, 0, 0)
    on_account(books, 1_844_000)
    assert proof(books, 14).opening_cents == 217
    on_account(books, 217, on=date(2026, 11, 14))
    assert proof(books, 14).difference_cents == 0


def test_another_entry_on_the_banks_account_is_told_apart(books: Books):
    on_account(books, 1_000)
    take(books, 14, 1_000, -100)
    take(books, 16, 900, -100)
    on_account(books, 5_000, on=date(2026, 11, 15), journal="DP")

    assert proof(books, 14) == BookedBalance(1_000, -100, 0, 0, 0)
    assert proof(books, 16) == BookedBalance(6_000, -200, 0, -5_000, 0)


def test_a_missing_statement_is_told_apart_until_it_comes(books: Books):
    on_account(books, 1_780_217)
    take(books, 12, 1_780_217)
    take(books, 14, 1_844_217, -100)
    assert proof(books, 14) == BookedBalance(1_780_217, -100, 0, 0, 64_000)
    assert proof(books, 12).difference_cents == 0

    take(books, 13, 1_780_217, 64_000)

    assert proof(books, 14).difference_cents == 0
    assert proof(books, 14).waiting_cents == 63_900


def test_statements_of_one_day_and_lines_of_another_are_held_apart(books: Books):
    on_account(books, 1_000)
    day = date(2026, 11, 16)
    take(books, 1, 1_000, 10, on=day)
    take(books, 2, 1_010, 200, on=day)
    take(books, 3, 1_210, 3_000, on=date(2026, 11, 17), line_on=day)
    take(books, 4, 4_210, 40_000, on=date(2026, 11, 18), line_on=date(2026, 11, 19))
    for step in range(3):
        for number, closing in ((1, 1_010), (2, 1_210), (3, 4_210), (4, 44_210)):
            found = proof(books, number)
            assert found.booked_cents + found.waiting_cents == closing, (step, number)
            assert found.difference_cents == 0
        waiting = [line for line in bank_lines(books) if line.entry_id is None]
        for line in waiting[::-1][: 2 if step == 0 else 9]:
            decide(books, line, Decision("BOOK", shares=(GLShare("657000", line.amount_cents, ""),)))
    assert proof(books, 4).waiting_cents == 0


def test_a_line_taken_back_and_booked_again_keeps_every_day_right(books: Books):
    on_account(books, 1_000)
    take(books, 14, 1_000, -100)
    take(books, 15, 900, -50)
    book_all(books)
    take_back(access=books.access, bank_line_id=bank_lines(books)[0].id, on=TODAY, at=NOW)
    assert [proof(books, n) for n in (14, 15)] == [
        BookedBalance(1_000, -100, 0, 0, 0),
        BookedBalance(950, -100, 0, 0, 0),
    ]
    book_all(books)
    assert [proof(books, n).difference_cents for n in (14, 15)] == [0, 0]


def test_a_line_of_a_closed_month_that_was_taken_back_later_shows_as_it_is_in_the_books(books: Books):
    on_account(books, 1_000)
    take(books, 14, 1_000, -100, on=date(2026, 10, 14))
    book_all(books)
    Period.objects.filter(domain_id=books.domain.id, starts_on=date(2026, 10, 1)).update(state=PeriodState.CLOSED)
    take_back(access=books.access, bank_line_id=bank_lines(books)[0].id, on=TODAY, at=NOW)

    assert proof(books, 14) == BookedBalance(900, -100, 0, 100, 0)


def test_a_line_of_a_closed_month_that_is_booked_later_is_no_other_entry(books: Books):
    on_account(books, 1_000)
    take(books, 14, 1_000, -100, on=date(2026, 10, 14))
    take(books, 15, 900, -50, on=date(2026, 11, 3))
    Period.objects.filter(domain_id=books.domain.id, starts_on=date(2026, 10, 1)).update(state=PeriodState.CLOSED)
    late, _fine = bank_lines(books)
    whole = Decision("BOOK", shares=(GLShare("657000", late.amount_cents, ""),))
    for _ in range(2):
        settlement = Settlement(late.id, whole, on_date=day_offered(access=books.access, line=late))
        settle(access=books.access, settlements=[settlement], at=NOW)

        assert proof(books, 14) == BookedBalance(900, 0, 0, 0, 0)
        assert proof(books, 15) == BookedBalance(900, -50, 0, 0, 0)
        take_back(access=books.access, bank_line_id=late.id, on=TODAY, at=NOW)


def test_the_page_opens_with_the_oldest_statement_that_has_work_and_walks_in_order(books: Books):
    for number, opening in ((2, 100), (1, 0), (4, 300), (3, 200)):
        take(books, number, opening, 100, on=date(2026, 11, 16))
    assert shown(books).number == 1
    seen = [shown(books, 1)]
    while (after := neighbours(access=books.access, statement=seen[-1])[1]) is not None:
        seen.append(
            statement_shown(
                access=books.access,
                administration_id=books.administration.id,
                bank_account_id=account(books).id,
                public_id=after,
            )  # type: ignore[arg-type]
        )
    assert [one.number for one in seen] == [1, 2, 3, 4]
    assert neighbours(access=books.access, statement=seen[3])[0] == seen[2].public_id
    book_all(books)
    assert shown(books).number == 4


def test_a_quarantined_statement_is_passed_over_once_the_right_one_is_there(books: Books):
    take(books, 7, 0, 100)
    take(books, 8, 999, 200)
    wrong = shown(books)
    assert neighbours(access=books.access, statement=wrong)[1] is not None
    take(books, 8, 100, 200)

    first = shown(books, 7)
    second = neighbours(access=books.access, statement=first)[1]
    assert second == shown(books, 8).public_id
    assert neighbours(access=books.access, statement=shown(books, 8)) == (first.public_id, None)


def test_earlier_payments_are_those_of_the_same_books(books: Books):
    take(books, 7, 0, -100, -200)
    take_in(books, statement(movement(-300, text="x"), iban="BE91096123456876"))
    [row] = [one for one in lines_of(access=books.access, statement=shown(books, 7)) if one.amount_cents == -200]

    assert [
        cents
        for _, cents, _, _ in earlier_payments(access=books.access, administration_id=books.administration.id, line=row)
    ] == [-100]
    assert earlier_payments(access=books.access, administration_id=books.administration.id + 1, line=row) == []


def test_a_statement_tells_what_came_in_and_what_went_out(books: Books):
    owed(books, -12_100, structured=OGM)
    take(books, 7, 0, 500, 300, -100)

    row = shown(books, 7)
    assert (row.received_cents, row.paid_cents, row.closing_cents) == (800, 100, 700)
    assert Role.BACKOFFICE in books.access.roles
