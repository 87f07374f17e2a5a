"""A payment file comes back on the statement: payment by payment, or as one line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.banking import (
    SAVINGS_IBAN,
    accept,
    add_account,
    bank_lines,
    differences,
    new_contact,
    open_books_with_bank,
    open_cents,
    owed,
    proposal_of,
    take_in,
)
from tests.books import Books
from tests.files import movement, statement
from tests.payments.test_services import approved, prepared, taken_back
from zelfboeken.matching.facts import LineProposal
from zelfboeken.payments.queries import payments_of
from zelfboeken.payments.writers.pain001 import message_id_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank() as made:
        yield made


def two_debts(books: Books) -> tuple[int, int]:
    other = new_contact(books, "Molen Zuid BV", "BE68539007547034")
    return owed(books, -12_100, "2026-1"), owed(books, -5_000, "2026-2", contact_id=other)


def lump(books: Books, cents: int, text: str = "") -> LineProposal:
    take_in(books, statement(movement(cents, text=text, iban=None, name="")))
    found: LineProposal = proposal_of(books, bank_lines(books)[0])
    return found


@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_that_the_bank_books_as_one_line_settles_all_that_it_paid(books: Books, is_named: bool):
    made = prepared(books, *two_debts(books))
    approved(books, made)
    text = f"VERZAMELOVERSCHRIJVING {message_id_of(str(made.public_id))}" if is_named else "VERZAMELOVERSCHRIJVING"

    proposal = lump(books, -17_100, text)

    assert proposal.group == "READY"
    assert proposal.certainty_percent == (97 if is_named else 93)
    assert "betaalbestand" in " ".join(one.text for one in proposal.reasons)
    accept(books, *bank_lines(books))
    assert open_cents(books) == []
    assert not differences(books)


@pytest.mark.parametrize("state", ["PREPARED", "WITHDRAWN"])
def test_a_file_that_nobody_approved_or_that_was_taken_back_pays_nothing(books: Books, state: str):
    made = prepared(books, *two_debts(books))
    if state == "WITHDRAWN":
        approved(books, made)
        taken_back(books, made)

    assert lump(books, -17_100).group == "CHOOSE"


def test_of_two_files_with_one_total_the_text_tells_which(books: Books):
    first = prepared(books, *two_debts(books))
    third = new_contact(books, "Derde BV", "BE43068999999501")
    second = prepared(books, owed(books, -17_000, "2026-3"), owed(books, -100, "2026-4", contact_id=third))
    for made in (first, second):
        approved(books, made)

    assert lump(books, -17_100, message_id_of(str(second.public_id))).item_ids == sorted(
        row.open_item_id for row in payments_of(access=books.access, file_id=second.id)
    )


def test_of_two_files_with_one_total_and_no_text_a_person_chooses(books: Books):
    third = new_contact(books, "Derde BV", "BE43068999999501")
    for made in (
        prepared(books, *two_debts(books)),
        prepared(books, owed(books, -17_000, "2026-3"), owed(books, -100, "2026-4", contact_id=third)),
    ):
        approved(books, made)

    assert lump(books, -17_100).group == "CHOOSE"


def test_the_total_alone_says_nothing_of_money_that_went_to_somebody_or_left_another_account(books: Books):
    add_account(books, SAVINGS_IBAN, "Spaarrekening", "550100", "B2")
    approved(books, prepared(books, *two_debts(books)))
    take_in(books, statement(movement(-17_100, text="huur", iban="BE43068999999501", name="Verhuurder")))
    take_in(books, statement(movement(-17_100, iban=None, name=""), iban=SAVINGS_IBAN), name="spaar.cod")

    assert [proposal_of(books, line).group for line in bank_lines(books)] == ["CHOOSE", "CHOOSE"]
