"""The true ledger books by the patterns of the Belgian rules, to the cent."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from zelfboeken.demo.ledger import lines_for_document
from zelfboeken.demo.truth import CodedLine, DocumentTruth, PrintedVat

BILL = DocumentTruth(
    number="1",
    side="PURCHASE",
    kind="INVOICE",
    contact="lease",
    contact_vat=None,
    contact_iban=None,
    issued_on=date(2026, 1, 5),
    due_on=date(2026, 2, 4),
    total_cents=96_800,
    printed_vat=(PrintedVat(Decimal(21), 80_000, 16_800),),
    lines=(CodedLine("610100", "PURCHASE.domestic.21.service", 80_000, Decimal(50), "Huur wagen"),),
    structured=None,
    corrects=None,
)


def booked(truth: DocumentTruth) -> dict[str, int]:
    return {line.gl_code: line.debit_cents - line.credit_cents for line in lines_for_document(truth)}


def test_pattern_4_half_of_the_vat_of_a_car_is_cost() -> None:
    assert booked(BILL) == {"610100": 88_400, "411059": 8_400, "440000": -96_800}


def test_pattern_6_a_service_from_the_union_is_reckoned_by_the_buyer() -> None:
    line = CodedLine("613100", "PURCHASE.ic_service.21.service", 100_000, Decimal(100), "Commissie")
    bill = replace(BILL, total_cents=100_000, printed_vat=(PrintedVat(Decimal(0), 100_000, 0),), lines=(line,))
    assert booked(bill) == {"613100": 100_000, "411059": 21_000, "440000": -100_000, "451055": -21_000}
    credit = replace(bill, kind="CREDIT_NOTE")
    assert booked(credit) == {"440000": 100_000, "411062": 21_000, "613100": -100_000, "451061": -21_000}


def test_pattern_9_a_credit_note_received_gives_its_vat_back_to_the_state() -> None:
    line = CodedLine("613000", "PURCHASE.domestic.21.service", 4_000, Decimal(100), "Ereloon")
    credit = replace(
        BILL,
        kind="CREDIT_NOTE",
        total_cents=4_840,
        printed_vat=(PrintedVat(Decimal(21), 4_000, 840),),
        lines=(line,),
    )
    assert booked(credit) == {"440000": 4_840, "613000": -4_000, "451063": -840}


def test_patterns_11_and_14_a_sale_and_its_credit_note() -> None:
    line = CodedLine("701000", "SALE.domestic.21.any", 10_000, Decimal(100), "Workshop")
    sale = replace(
        BILL,
        side="SALE",
        total_cents=12_100,
        printed_vat=(PrintedVat(Decimal(21), 10_000, 2_100),),
        lines=(line,),
    )
    assert booked(sale) == {"400000": 12_100, "701000": -10_000, "451054": -2_100}
    assert booked(replace(sale, kind="CREDIT_NOTE")) == {"701000": 10_000, "411064": 2_100, "400000": -12_100}


def test_foreign_vat_is_cost() -> None:
    line = CodedLine("615000", "PURCHASE.foreign_vat.any.any", 30_000, Decimal(0), "Nuitées")
    bill = replace(BILL, total_cents=33_000, printed_vat=(PrintedVat(Decimal(10), 30_000, 3_000),), lines=(line,))
    assert booked(bill) == {"615000": 33_000, "440000": -33_000}
