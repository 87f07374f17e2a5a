"""The booking patterns 1 to 14 of the Belgian rules, from the e-invoice to the lines and grids of the entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.books import NOW, Books, open_new_books
from tests.files import THEIR_VAT, THEM, US
from tests.intake import book, entry_of, grids_of, proposed, receive, sides_of, ubl
from zelfboeken.booking.rules import lines_for_import_document
from zelfboeken.invoices.writers.ubl import UblParty
from zelfboeken.ledger.models import OpenItem
from zelfboeken.ledger.rules import NewEntry, NewLine
from zelfboeken.ledger.services import post_entry

pytestmark = pytest.mark.django_db
DUTCH = replace(THEM, name="Adviesbureau BV", country="NL", vat="NL854502130B01", city="Breda")
AMERICAN = replace(THEM, name="Kitchen Inc", country="US", vat=None, city="Boston")
FRENCH = replace(THEM, name="Boulangerie SA", country="FR", vat="FR40303265045", city="Lille")
ABROAD = replace(THEM, name="Shop Ltd", country="US", vat=None)


def booked(books: Books, content: bytes, gl_code: str | None = None) -> tuple[list[str], dict[int, int]]:
    entry_id = entry_of(books, content, gl_code)
    return sides_of(books, entry_id), grids_of(books, entry_id)


def test_pattern_01_services() -> None:
    with open_new_books() as books:
        assert booked(books, ubl(("Jaarrekening 2025", "100.00", "S", "21")), "613000") == (
            ["D 613000 100.00", "D 411059 21.00", "C 440000 121.00"],
            {59: 2_100, 82: 10_000},
        )


def test_pattern_02_goods_for_resale() -> None:
    with open_new_books() as books:
        assert booked(books, ubl(("Taartdozen", "100.00", "S", "21")), "604000")[0] == [
            "D 604000 100.00", "D 411059 21.00", "C 440000 121.00",
        ]  # fmt: skip


def test_pattern_02_the_nature_follows_the_account_a_person_chooses_with_its_code() -> None:
    with open_new_books() as books:
        entry_id = entry_of(
            books, ubl(("Confituur om te verkopen", "100.00", "S", "21")), "604000", "PURCHASE.domestic.21.goods"
        )
        assert grids_of(books, entry_id) == {59: 2_100, 81: 10_000}


def test_pattern_03_machine() -> None:
    with open_new_books() as books:
        entry_id = entry_of(
            books, ubl(("Deegmachine", "1000.00", "S", "21")), "230000", "PURCHASE.domestic.21.investment"
        )
        assert sides_of(books, entry_id) == ["D 230000 1000.00", "D 411059 210.00", "C 440000 1210.00"]
        assert grids_of(books, entry_id) == {59: 21_000, 83: 100_000}


def test_pattern_04_car_lease_half_deductible_as_proposed() -> None:
    with open_new_books() as books:
        assert booked(books, ubl(("Leasing bestelwagen november", "800.00", "S", "21"))) == (
            ["D 610100 884.00", "D 411059 84.00", "C 440000 968.00"],
            {59: 8_400, 82: 88_400},
        )


def test_pattern_05_restaurant_without_deduction_as_proposed() -> None:
    with open_new_books() as books:
        assert booked(books, ubl(("Restaurant zakenlunch", "100.00", "S", "12"))) == (
            ["D 615100 112.00", "C 440000 112.00"],
            {82: 11_200},
        )


def test_pattern_06_intra_eu_service() -> None:
    content = ubl(("Bemiddeling", "1000.00", "AE", "0"), supplier=DUTCH, exemption="VATEX-EU-AE")
    with open_new_books() as books:
        assert booked(books, content, "613100") == (
            ["D 613100 1000.00", "D 411059 210.00", "C 451055 210.00", "C 440000 1000.00"],
            {55: 21_000, 59: 21_000, 82: 100_000, 88: 100_000},
        )


def test_pattern_07_purchase_from_a_cocontractor_as_proposed() -> None:
    content = ubl(("Herstelling dak", "500.00", "AE", "0"), exemption="VATEX-EU-AE")
    with open_new_books() as books:
        assert booked(books, content) == (
            ["D 611000 500.00", "D 411059 105.00", "C 451056 105.00", "C 440000 500.00"],
            {56: 10_500, 59: 10_500, 82: 50_000, 87: 50_000},
        )


def test_pattern_08_import_with_licence() -> None:
    """The supplier's e-invoice is cost alone; the customs document, which is none, is an entry of its own."""
    content = ubl(("Bakplaten", "400.00", "G", "0"), supplier=AMERICAN, exemption="VATEX-EU-G")
    with open_new_books() as books:
        assert booked(books, content, "604000") == (["D 604000 400.00", "C 440000 400.00"], {})

        lines = lines_for_import_document(
            gl_code="604000", code="PURCHASE.import_deferred.21.goods", value_cents=45_000, vat_cents=9_450
        )
        customs = NewEntry(
            administration_id=books.administration.id,
            journal_id=books.journals["AK"],
            on_date=date(2026, 11, 20),
            subject="CUSTOMS:1",
            description="Invoerdocument",
            lines=tuple(
                NewLine(books.accounts[one.gl_code], one.debit_cents, one.credit_cents, grids=one.grids)
                for one in lines
            ),
        )
        posted = post_entry(access=books.access, entry=customs, at=NOW)
        assert sorted(sides_of(books, posted.id)) == ["C 451057 94.50", "D 411059 94.50"]
        assert grids_of(books, posted.id) == {57: 9_450, 59: 9_450, 81: 45_000, 87: 45_000}


def test_pattern_09_credit_note_on_services() -> None:
    content = ubl(("Jaarrekening 2025", "40.00", "S", "21"), kind="CREDIT_NOTE")
    with open_new_books() as books:
        assert booked(books, content, "613000") == (
            ["C 613000 40.00", "C 451063 8.40", "D 440000 48.40"],
            {63: 840, 82: -4_000, 85: 4_000},
        )


def test_pattern_10_credit_note_on_an_intra_eu_service() -> None:
    content = ubl(("Bemiddeling", "100.00", "AE", "0"), supplier=DUTCH, exemption="VATEX-EU-AE", kind="CREDIT_NOTE")
    with open_new_books() as books:
        assert booked(books, content, "613100") == (
            ["C 613100 100.00", "D 411062 21.00", "C 451061 21.00", "D 440000 100.00"],
            {61: 2_100, 62: 2_100, 82: -10_000, 84: 10_000, 88: -10_000},
        )


def sale(*lines: tuple[str, str, str, str], customer: UblParty = THEM, **more: object) -> bytes:
    return ubl(*lines, supplier=US, customer=customer, **more)  # type: ignore[arg-type]


def test_pattern_11_sale_at_21_as_proposed() -> None:
    with open_new_books() as books:
        assert booked(books, sale(("Taart", "100.00", "S", "21"))) == (
            ["C 701000 100.00", "C 451054 21.00", "D 400000 121.00"],
            {3: 10_000, 54: 2_100},
        )


def test_pattern_12_sale_at_6() -> None:
    with open_new_books() as books:
        assert booked(books, sale(("Brood", "100.00", "S", "6")), "700000") == (
            ["C 700000 100.00", "C 451054 6.00", "D 400000 106.00"],
            {1: 10_000, 54: 600},
        )


@pytest.mark.parametrize(
    ("category", "exemption", "customer", "gl_code", "grid"),
    [
        ("Z", None, THEM, "700000", 0),
        ("K", "VATEX-EU-IC", FRENCH, "703000", 46),
        ("G", "VATEX-EU-G", ABROAD, "704000", 47),
        ("AE", "VATEX-EU-AE", THEM, "702000", 45),
    ],
)
def test_pattern_13_sale_without_vat(
    category: str, exemption: str | None, customer: UblParty, gl_code: str, grid: int
) -> None:
    content = sale(("Broodjes", "100.00", category, "0"), customer=customer, exemption=exemption)
    with open_new_books() as books:
        assert booked(books, content, gl_code) == ([f"C {gl_code} 100.00", "D 400000 100.00"], {grid: 10_000})


def test_pattern_14_credit_note_issued_as_proposed() -> None:
    with open_new_books() as books:
        assert booked(books, sale(("Taart", "50.00", "S", "21"), kind="CREDIT_NOTE")) == (
            ["D 701000 50.00", "D 411064 10.50", "C 400000 60.50"],
            {49: 5_000, 64: 1_050},
        )


def test_the_open_item_says_what_the_document_says() -> None:
    with open_new_books() as books:
        arrived = receive(books, ubl(("Jaarrekening 2025", "100.00", "S", "21")))
        entry_id = book(books, proposed(books, arrived))

        item = OpenItem.objects.get(domain_id=books.domain.id, entry_id=entry_id)
        assert arrived.invoice is not None
        assert (item.amount_cents, item.document_number, item.due_on, item.contact_id) == (
            -12_100, "2026-1187", date(2026, 12, 12), arrived.invoice.contact_id,
        )  # fmt: skip
        assert arrived.invoice.contact.vat_number == THEIR_VAT
