"""Open items of one contact that go away against each other, by hand, and come back when that is undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.banking import (
    accept,
    bank_lines,
    member,
    new_contact,
    office_member,
    open_books_with_bank,
    proposal_of,
    take_in,
)
from tests.books import NOW, Books
from tests.files import THEIR_IBAN, movement, statement
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.contacts.models import Contact
from zelfboeken.ledger.models import OpenItem
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import ItemsAreMatched, post_entry, reverse_entry
from zelfboeken.matching.facts import OpenItemFacts
from zelfboeken.matching.models import Match
from zelfboeken.matching.services import NotSettled, UnknownMatch, undo_match
from zelfboeken.matching.set_off import NotSetOff, pairs_of, set_off, set_offs_of, undo_set_off
from zelfboeken.reports.queries import matches
from zelfboeken.reports.verify import verify_domain

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books_with_bank() as made:
        yield made


def owed(books: Books, cents: int, *, number: str = "", on: date = date(2026, 11, 12), contact_id: int = 0) -> int:
    """An open item on suppliers: what we owe is negative, a credit note or a payment positive. Its id."""
    sides = (max(0, cents), max(0, -cents))
    contact = contact_id or books.contact_id
    entry = books.entry(
        NewLine(books.accounts["440000"], *sides, contact_id=contact, document_number=number),
        NewLine(books.accounts["613000"], *sides[::-1]),
        on_date=on,
    )
    posted = post_entry(access=books.access, entry=entry, at=NOW)
    return OpenItem.objects.get(domain_id=books.domain.id, entry_id=posted.id).id


def left(books: Books, *ids: int) -> list[int]:
    found = {one.id: one.amount_cents - one.matched_cents for one in OpenItem.objects.filter(domain_id=books.domain.id)}
    return [found[one] for one in ids]


def off(books: Books, *ids: int) -> list[tuple[int, int, int]]:
    made = set_off(access=books.access, administration_id=books.administration.id, item_ids=ids, at=NOW)
    return [(one.item_id, one.against_id, one.cents) for one in made]


def is_right(books: Books) -> bool:
    return not verify_domain(domain_id=books.domain.id).differences


def test_a_credit_note_goes_away_against_the_oldest_invoice_first(books: Books):
    later, older = owed(books, -10_000, on=date(2026, 11, 20)), owed(books, -3_000, on=date(2026, 11, 2))
    credit = owed(books, 5_000, on=date(2026, 11, 25))

    assert off(books, later, older, credit) == [(credit, older, 3_000), (credit, later, 2_000)]

    assert left(books, later, older, credit) == [-8_000, 0, 0]
    assert is_right(books)
    logged = Event.objects.filter(domain_id=books.domain.id, action="match.set_off")
    assert sorted(one.detail["cents"] for one in logged) == [2_000, 3_000]
    asked = {"access": books.access, "administration_id": books.administration.id}
    assert [one.method for one in matches(**asked, from_on=date(2026, 1, 1), until=date(2027, 1, 1))] == ["SET_OFF"] * 2


def test_undone_both_are_open_again_and_once(books: Books):
    invoice, credit = owed(books, -5_000), owed(books, 5_000)
    off(books, invoice, credit)
    [stands] = set_offs_of(
        access=books.access, administration_id=books.administration.id, contact_id=books.contact_id, limit=9
    )
    undo_set_off(access=books.access, contact_id=books.contact_id, match_id=stands.match_id, at=NOW)

    assert left(books, invoice, credit) == [-5_000, 5_000]
    assert is_right(books)
    with pytest.raises(NotSettled):
        undo_set_off(access=books.access, match_id=stands.match_id, at=NOW)
    assert off(books, invoice, credit) == [(credit, invoice, 5_000)]


def test_what_does_not_fit_together_is_refused_and_nothing_changes(books: Books):
    other = Contact.objects.create(domain=books.domain, name="Iemand anders")
    invoice, second, credit = owed(books, -5_000), owed(books, -100), owed(books, 5_000)
    of_another = owed(books, 5_000, contact_id=other.id)
    sale = post_entry(
        access=books.access,
        entry=books.entry(
            NewLine(books.accounts["400000"], 5_000, 0, contact_id=books.contact_id),
            NewLine(books.accounts["700000"], 0, 5_000),
        ),
        at=NOW,
    )
    claim = OpenItem.objects.get(domain_id=books.domain.id, entry_id=sale.id).id
    for ids, code in (
        ((invoice, second), "one_side"),
        ((invoice, of_another), "more_than_one_account"),
        ((invoice, claim), "more_than_one_account"),
        ((invoice,), "not_open"),
        ((), "not_open"),
        ((invoice, credit, 999_999_999), "not_open"),
    ):
        with pytest.raises(NotSetOff) as refused, transaction.atomic():
            off(books, *ids)
        assert refused.value.code == code

    off(books, invoice, credit)
    with pytest.raises(NotSetOff, match="Niet alles wat je koos staat nog open"):
        off(books, second, credit)
    assert left(books, second, of_another, claim) == [-100, 5_000, 5_000]
    assert is_right(books)


def test_an_invoice_that_was_set_off_is_not_reversed_before_that_is_undone(books: Books):
    invoice, credit = owed(books, -5_000, number="F-7"), owed(books, 5_000)
    off(books, invoice, credit)
    entry = OpenItem.objects.get(domain_id=books.domain.id, id=invoice).entry_id

    with pytest.raises(ItemsAreMatched, match="F-7, of het is verrekend"):
        reverse_entry(access=books.access, entry_id=entry, on=date(2026, 11, 25), at=NOW)


def test_a_waiting_payment_that_counted_on_it_gets_another_proposal_and_the_old_one_back(books: Books):
    supplier = new_contact(books, "Verpakking Noord", THEIR_IBAN)
    invoice = owed(books, -12_100, contact_id=supplier)
    take_in(books, statement(movement(-12_100)))
    [line] = bank_lines(books)
    assert proposal_of(books, line).item_ids == [invoice]
    credit = owed(books, 12_100, contact_id=supplier)
    off(books, invoice, credit)
    assert proposal_of(books, line).item_ids == []
    [stands] = Match.objects.filter(domain_id=books.domain.id)
    undo_set_off(access=books.access, match_id=stands.id, at=NOW)

    assert proposal_of(books, line).item_ids == [invoice]
    assert is_right(books)


def test_a_payment_that_came_loose_is_joined_with_the_right_invoice(books: Books):
    supplier = new_contact(books, "Verpakking Noord", THEIR_IBAN)
    wrong = owed(books, -12_100, contact_id=supplier)
    take_in(books, statement(movement(-12_100)))
    accept(books, *bank_lines(books))
    [match] = Match.objects.filter(domain_id=books.domain.id)
    undo_match(access=books.access, match_id=match.id, at=NOW)
    right = owed(books, -12_100, contact_id=supplier)
    assert left(books, wrong, match.against_id, right) == [-12_100, 12_100, -12_100]

    off(books, right, match.against_id)

    assert left(books, wrong, match.against_id, right) == [-12_100, 0, 0]
    assert is_right(books)


def test_who_may_not_match_sets_nothing_off(books: Books):
    invoice, credit = owed(books, -5_000), owed(books, 5_000)
    _user, reader = member(books, Role.VIEWER)
    with pytest.raises(NotAllowed):
        set_off(access=reader, administration_id=books.administration.id, item_ids=[invoice, credit], at=NOW)
    _user, data_entry = office_member(books, PortalRole.DATA_ENTRY)
    set_off(access=data_entry, administration_id=books.administration.id, item_ids=[invoice, credit], at=NOW)
    [match] = Match.objects.filter(domain_id=books.domain.id)
    with pytest.raises(UnknownMatch):
        undo_set_off(access=books.access, contact_id=books.contact_id + 1, match_id=match.id, at=NOW)
    with pytest.raises(NotAllowed):
        undo_set_off(access=reader, match_id=match.id, at=NOW)
    assert left(books, invoice, credit) == [0, 0]


def fact(number: int, cents: int) -> OpenItemFacts:
    return OpenItemFacts(
        id=number, contact_id=1, contact_name="A", gl_code="440000", open_cents=cents, document_number="",
        structured="", due_on=None, on_date=date(2026, 1, 1) + timedelta(days=number % 7), ibans=(),
    )  # fmt: skip


@given(st.lists(st.integers(-(10**6), 10**6).filter(bool), min_size=2, max_size=12))
def test_pairs_use_up_one_side_whole_and_no_item_beyond_itself(amounts: list[int]):
    items = [fact(number, cents) for number, cents in enumerate(amounts, 1)]
    if min(amounts) > 0 or max(amounts) < 0:
        with pytest.raises(NotSetOff):
            pairs_of(items)
        return
    pairs = pairs_of(items)
    used = dict.fromkeys(range(1, len(amounts) + 1), 0)
    for pair in pairs:
        assert pair.cents > 0
        assert amounts[pair.item_id - 1] > 0 > amounts[pair.against_id - 1]
        used[pair.item_id] += pair.cents
        used[pair.against_id] += pair.cents
    assert all(used[number] <= abs(cents) for number, cents in enumerate(amounts, 1))
    sides = [sum(cents for cents in amounts if cents > 0), -sum(cents for cents in amounts if cents < 0)]
    assert sum(pair.cents for pair in pairs) == min(sides)
    assert len(pairs) < len(amounts)
