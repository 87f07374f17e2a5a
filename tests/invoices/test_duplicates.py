"""Suspected duplicates (INV-19): the same supplier and number, or the same supplier, date and total."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.books import NOW, Books, open_new_books
from tests.files import THEM, US, invoice
from tests.intake import book, counted, invoice_of, proposed, receive
from zelfboeken.audit.models import Event
from zelfboeken.booking.services import Approval, take_back
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.inbox.queries import one_document, waiting_documents
from zelfboeken.inbox.services import Arrived
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.rules import number_key
from zelfboeken.invoices.services import (
    ReasonMissing,
    SuspectedDuplicate,
    accept_duplicate,
    book_what_can_be,
    correct_invoice,
    suspected_duplicate,
)

OTHER_DAY = date(2026, 11, 13)


def suspect(books: Books, arrived: Arrived) -> SuspectedDuplicate | None:
    return suspected_duplicate(access=books.access, invoice=invoice_of(arrived))


VARIANTS = [
    ("2026-1187", "2026-1187"),
    ("2026-1187", "2026 1187"),
    ("2026-1187", "2026/1187"),
    ("2026-1187", "2026.01187"),
    ("2026-1187", " 2026-1187 "),
    ("F12", "f12"),
    ("F12", "F0012"),
    ("F12", "F-012"),
    ("F 12", "F12"),
    ("00012", "12"),
    ("12", "0012"),
    ("FAC/2026/00042", "fac 2026 42"),
    ("n° 12", "N°12"),
    ("Ä-7", "ä07"),
    ("０１２", "12"),
]
OTHERS = [
    ("2026-1187", "2026-1188"),
    ("F12", "F21"),
    ("F12", "G12"),
    ("12", "120"),
    ("12", "112"),
    ("A1B2", "A1B3"),
    ("Ä7", "7"),
    ("№ 12", "12 bis"),
    ("---", "--"),
    ("α1", "β1"),
]


@pytest.mark.parametrize(("one", "other"), VARIANTS)
def test_variants_of_a_number_are_one(one: str, other: str) -> None:
    assert number_key(one) == number_key(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_numbers_that_say_something_else_are_two(one: str, other: str) -> None:
    assert number_key(one) != number_key(other)


@given(st.text(max_size=30))
def test_spaces_around_a_number_mean_nothing_and_its_key_has_none(number: str) -> None:
    key = number_key(number)
    assert number_key(f"  {number} ") == key
    assert "".join(key.split()) == key


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), VARIANTS)
def test_inv19_the_same_supplier_and_number_in_any_writing_is_refused(one: str, other: str) -> None:
    with open_new_books(has_chart=False) as books:
        first = receive(books, invoice(one))
        second = receive(books, invoice(other, net="77.00", issued_on=OTHER_DAY) + b"<!-- -->")

        assert suspect(books, first) is None
        found = suspect(books, second)
        assert found is not None
        assert str(found) == (
            f"Van deze relatie is er al een stuk met dit nummer. Het andere stuk is {one.strip()} van 12/11/2026. "
            "Is dit toch een ander stuk, schrijf dan waarom."
        )


@pytest.mark.django_db
def test_inv19_the_same_supplier_date_and_total_is_refused() -> None:
    with open_new_books() as books:
        receive(books, invoice("A-1"))
        second = receive(books, invoice("B-2"))

        with pytest.raises(SuspectedDuplicate, match="dezelfde datum en hetzelfde totaal"):
            book(books, proposed(books, second))
        assert counted(books)["entries"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        invoice("B-2", net="100.01"),
        invoice("B-2", issued_on=OTHER_DAY),
        invoice("A-1", net="50.00", issued_on=OTHER_DAY, supplier=replace(THEM, name="Ander", vat="BE0202239951")),
        invoice("A-1", kind="CREDIT_NOTE"),
        invoice("A-1", supplier=US, customer=THEM),
    ],
    ids=["other total", "other date", "other supplier", "credit note", "own number"],
)
def test_what_differs_in_more_than_writing_is_no_duplicate(other: bytes) -> None:
    with open_new_books() as books:
        book(books, proposed(books, receive(books, invoice("A-1"))))
        second = receive(books, other)

        assert suspect(books, second) is None
        assert book(books, proposed(books, second))


@pytest.mark.django_db
def test_inv19_it_is_refused_until_a_reason_is_given_and_stored() -> None:
    with open_new_books() as books:
        book(books, proposed(books, receive(books, invoice("A-1"))))
        second = receive(books, invoice("a 01", issued_on=OTHER_DAY))
        with pytest.raises(SuspectedDuplicate):
            book(books, proposed(books, second))

        accept_duplicate(
            access=books.access, invoice=invoice_of(second), reason="  Ander magazijn, zelfde reeks ", at=NOW
        )

        stored = Invoice.objects.get(domain_id=books.domain.id, id=invoice_of(second).id)
        assert stored.duplicate_reason == "Ander magazijn, zelfde reeks"
        assert book(books, proposed(books, second))
        event = Event.objects.get(domain_id=books.domain.id, action="invoice.duplicate_accepted")
        assert event.detail == {"reason": "Ander magazijn, zelfde reeks"}


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "   ", "x", "ja  ", "\n\n\n\n\n\n"])
def test_inv19_a_reason_says_something(reason: str) -> None:
    with open_new_books(has_chart=False) as books:
        receive(books, invoice("A-1"))
        second = invoice_of(receive(books, invoice("A-1", net="5.00")))

        with pytest.raises(ReasonMissing, match="waarom dit een ander stuk is"):
            accept_duplicate(access=books.access, invoice=second, reason=reason, at=NOW)


@pytest.mark.django_db
def test_inv19_the_earlier_one_asks_too_once_the_later_one_is_booked() -> None:
    with open_new_books() as books:
        first = receive(books, invoice("A-1"))
        second = receive(books, invoice("A-1", net="5.00"))
        accept_duplicate(access=books.access, invoice=invoice_of(second), reason="Vervangt de eerste", at=NOW)
        assert suspect(books, first) is None
        book(books, proposed(books, second))

        found = suspect(books, first)
        assert found is not None
        assert found.other.id == invoice_of(second).id
        [row] = waiting_documents(access=books.access, administration_id=books.administration.id)
        assert (row.is_duplicate, row.may_be_booked_at_once) == (True, False)
        with pytest.raises(SuspectedDuplicate):
            book(books, proposed(books, first))
        accept_duplicate(access=books.access, invoice=invoice_of(first), reason="Toch een ander magazijn", at=NOW)
        assert book(books, proposed(books, first))


@pytest.mark.django_db
def test_two_that_are_both_booked_are_each_corrected_without_asking_again() -> None:
    with open_new_books() as books:
        first = receive(books, invoice("A-1"))
        second = receive(books, invoice("A-1", net="5.00"))
        book(books, proposed(books, first))
        accept_duplicate(access=books.access, invoice=invoice_of(second), reason="Ander magazijn", at=NOW)
        book(books, proposed(books, second))

        for arrived in (first, second):
            now = proposed(books, arrived)
            correct_invoice(
                access=books.access,
                proposal_id=now.id,
                version=now.version,
                on=OTHER_DAY,
                on_date=OTHER_DAY,
                lines=lines_from_json(now.lines),
                at=NOW,
            )
        assert counted(books)["entries"] == 6


@pytest.mark.django_db
def test_inv19_the_earlier_one_is_free_again_when_the_later_one_is_taken_back() -> None:
    with open_new_books() as books:
        first = receive(books, invoice("A-1"))
        second = receive(books, invoice("A-1", net="5.00"))
        accept_duplicate(access=books.access, invoice=invoice_of(second), reason="Vervangt de eerste", at=NOW)
        book(books, proposed(books, second))
        again = proposed(books, second)
        take_back(access=books.access, proposal_id=again.id, version=again.version, on=OTHER_DAY, at=NOW)

        assert suspect(books, first) is None
        assert book(books, proposed(books, first))


@pytest.mark.django_db
def test_inv19_a_third_asks_again_for_its_own_reason() -> None:
    with open_new_books() as books:
        receive(books, invoice("A-1"))
        second = receive(books, invoice("A-1", net="5.00"))
        accept_duplicate(access=books.access, invoice=invoice_of(second), reason="Ander magazijn", at=NOW)
        third = receive(books, invoice("A-1", net="6.00"))

        assert suspect(books, third) is not None


@pytest.mark.django_db
def test_inv19_the_list_and_the_service_say_the_same() -> None:
    with open_new_books() as books:
        first = receive(books, invoice("A-1"))
        second = receive(books, invoice("a1", net="5.00", issued_on=OTHER_DAY))
        third = receive(books, invoice("C-3", net="6.00", issued_on=OTHER_DAY))

        rows = waiting_documents(access=books.access, administration_id=books.administration.id)
        assert {row.number: row.is_duplicate for row in rows} == {"A-1": False, "a1": True, "C-3": False}
        for arrived in (first, second, third):
            row = one_document(access=books.access, public_id=str(arrived.document.public_id))
            assert row is not None
            assert row.is_duplicate == (suspect(books, arrived) is not None)


@pytest.mark.django_db
def test_inv19_another_administration_and_another_domain_have_their_own_numbers() -> None:
    from zelfboeken.tenancy.models import Administration

    with open_new_books(has_chart=False) as books:
        receive(books, invoice("A-1"))
        Administration.objects.create(domain=books.domain, name="Tweede", vat_number="BE0202239951")
        second = receive(books, invoice("A-1", customer=replace(US, name="Tweede", vat="BE0202239951")))
        assert suspect(books, second) is None
    with open_new_books(has_chart=False) as others:
        assert suspect(others, receive(others, invoice("A-1"))) is None


@pytest.mark.django_db
def test_a_batch_books_what_can_be_booked_and_says_why_the_rest_is_not() -> None:
    with open_new_books() as books:
        numbers = {"1": "100.00", "2": "200.00", "3": "300.00"}
        good = [receive(books, invoice(number, net=net)) for number, net in numbers.items()]
        double = receive(books, invoice("2", net="9.00", issued_on=OTHER_DAY))
        dollars = receive(books, invoice("5", net="500.00").replace(b"EUR", b"USD"))
        late = receive(books, invoice("6", net="600.00", issued_on=date(2019, 1, 1)))
        all_six = [proposed(books, one) for one in (good[0], double, good[1], dollars, late, good[2])]

        batch = book_what_can_be(
            access=books.access, approvals=[Approval(one.id, one.version) for one in all_six], at=NOW
        )

        assert [one.proposal_id for one in batch.booked] == [proposed(books, one).id for one in good]
        assert [(one.proposal_id, why.split(".")[0]) for one, why in batch.refused] == [
            (all_six[1].id, "Van deze relatie is er al een stuk met dit nummer"),
            (all_six[3].id, "De bedragen zijn in USD, niet in euro"),
            (all_six[4].id, "01/01/2019 hoort bij geen boekjaar"),
        ]
        assert counted(books)["entries"] == 3
