"""The UBL we write: sums of EN 16931, Belgian payment reference, refusals."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from zelfboeken.invoices.writers.ubl import (
    UblAllowance,
    UblAttachment,
    UblInvoice,
    UblLine,
    UblNotWritable,
    UblParty,
    totals_of,
    write_ubl,
)

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
SELLER = UblParty(
    "Bakkerij Voorbeeld BV",
    "Broodstraat 1",
    "9000",
    "Gent",
    "BE",
    vat="BE0999000129",
    enterprise="0999000129",
    endpoint=("0208", "0999000129"),
)
BUYER = UblParty("Café De Kruimel", "Markt 2", "2000", "Antwerpen", "BE", vat="BE0999000228")
INVOICE = UblInvoice(
    kind="INVOICE",
    number="F2026-0001",
    issued_on=date(2026, 3, 2),
    due_on=date(2026, 4, 1),
    supplier=SELLER,
    customer=BUYER,
    buyer_reference="Kruimel",
    iban="BE22679200300047",
    structured="123456789002",
    lines=(
        UblLine("Tarwebrood 800 g", Decimal("3"), "C62", Decimal("3.335"), 1001, "S", Decimal(6)),
        UblLine("Roggebrood", Decimal("1"), "C62", Decimal("2.05"), 205, "S", Decimal(6)),
        UblLine("Broodmes", Decimal("1"), "C62", Decimal("9.99"), 999, "S", Decimal(21)),
    ),
)


def texts(content: bytes, path: str) -> list[str]:
    return [str(node.text) for node in etree.fromstring(content).iterfind(path, NS)]


def test_vat_is_rounded_once_per_rate_on_the_sum_of_the_lines() -> None:
    totals = totals_of(INVOICE)
    assert [(g.percent, g.base_cents, g.vat_cents) for g in totals.vat] == [
        (Decimal(21), 999, 210),
        (Decimal(6), 1206, 72),
    ]
    assert (totals.net_cents, totals.vat_cents, totals.total_cents) == (2205, 282, 2487)


def test_the_file_carries_the_totals_and_the_structured_reference() -> None:
    content = write_ubl(INVOICE)
    assert texts(content, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["24.87"]
    assert texts(content, "cac:TaxTotal/cbc:TaxAmount") == ["2.82"]
    assert texts(content, "cac:PaymentMeans/cbc:PaymentID") == ["+++123/4567/89002+++"]
    assert texts(content, "cac:InvoiceLine/cac:Price/cbc:PriceAmount") == ["3.335", "2.05", "9.99"]


def test_a_discount_on_the_document_lowers_the_base_of_its_own_rate() -> None:
    discounted = replace(INVOICE, allowances=(UblAllowance(206, "Korting", "S", Decimal(6)),))
    totals = totals_of(discounted)
    assert (totals.lines_cents, totals.net_cents, totals.vat_cents) == (2205, 1999, 270)
    assert texts(write_ubl(discounted), "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount") == ["2.06"]


def test_a_credit_note_is_its_own_document_with_positive_amounts_and_the_corrected_invoice() -> None:
    content = write_ubl(replace(INVOICE, kind="CREDIT_NOTE", number="C2026-0001", preceding=("F2026-0001",)))
    root = etree.fromstring(content)
    assert etree.QName(root).localname == "CreditNote"
    assert texts(content, "cbc:CreditNoteTypeCode") == ["381"]
    assert texts(content, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == ["F2026-0001"]
    assert texts(content, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["24.87"]
    assert texts(content, "cbc:DueDate") == []


def test_the_same_value_gives_the_same_bytes_also_with_an_attachment() -> None:
    with_page = replace(INVOICE, attachments=(UblAttachment("F2026-0001.pdf", "application/pdf", b"%PDF-1.4"),))
    assert write_ubl(with_page) == write_ubl(with_page)
    assert b'filename="F2026-0001.pdf"' in write_ubl(with_page)


def test_an_invoice_outside_vat_names_no_vat_number_and_no_rate() -> None:
    line = replace(INVOICE.lines[1], category="O", percent=None, exemption_reason="Buiten toepassing")
    content = write_ubl(replace(INVOICE, lines=(line,)))
    assert texts(content, ".//cac:PartyTaxScheme/cbc:CompanyID") == []
    assert texts(content, ".//cbc:Percent") == []


@pytest.mark.parametrize(
    "change",
    [
        {"lines": ()},
        {"buyer_reference": None},
        {"lines": (replace(INVOICE.lines[0], net_cents=1000),)},
        {"lines": (replace(INVOICE.lines[0], category="AE", percent=Decimal(0)),)},
        {"lines": (replace(INVOICE.lines[0], category="O", exemption_reason="x"), INVOICE.lines[1])},
    ],
)
def test_what_breaks_the_standard_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UblNotWritable):
        write_ubl(replace(INVOICE, **change))  # type: ignore[arg-type]
