from decimal import Decimal

import pytest

from tests.invoices.files import content_of
from zelfboeken.invoices.readers.render import number_text, view_of
from zelfboeken.invoices.readers.ubl import read_ubl

PEPPOL = content_of("peppol-invoice.xml")


def test_amounts_dates_and_numbers_are_written_the_belgian_way() -> None:
    view = view_of(read_ubl(PEPPOL))

    assert (view.number, view.issued_on, view.due_on) == ("2026/0042", "31/03/2026", "30/04/2026")
    assert (view.net, view.vat_total, view.total) == ("195,00", "25,20", "220,20")
    assert (view.prepaid, view.rounding, view.payable) == ("20,00", "-0,20", "200,00")
    assert (view.communication, view.account) == ("+++123/4567/89002+++", "BE22 6792 0030 0047")


def test_a_party_is_a_block_of_lines() -> None:
    supplier = view_of(read_ubl(PEPPOL)).supplier

    assert supplier.address == ("Kerkstraat 1, bus 3", "9000 Gent")
    assert supplier.numbers == ("BE0403019261", "0403.019.261")


def test_lines_and_vat_rows_are_texts() -> None:
    view = view_of(read_ubl(PEPPOL))

    first = view.lines[0]
    assert (first.quantity, first.unit, first.unit_price, first.vat, first.net) == (
        "1.000",
        "stuk",
        "0,10",
        "21 %",
        "100,00",
    )
    assert [(row.rate, row.base, row.vat) for row in view.vat] == [
        ("21 %", "90,00", "18,90"),
        ("6 %", "105,00", "6,30"),
    ]


def test_reverse_charge_is_named_with_its_reason() -> None:
    content = PEPPOL.replace(
        b"<cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>",
        b"<cbc:ID>AE</cbc:ID><cbc:Percent>0</cbc:Percent><cbc:TaxExemptionReason>Btw verlegd</cbc:TaxExemptionReason>",
    )

    row = view_of(read_ubl(content)).vat[0]

    assert (row.rate, row.reason) == ("btw verlegd", "Btw verlegd")


def test_the_gravest_findings_come_first() -> None:
    content = PEPPOL.replace(b">380<", b">389<").replace(b"2026-04-30", b"2026-03-01").replace(b"2026/0042", b"")

    assert [finding.severity for finding in view_of(read_ubl(content)).findings] == ["ERROR", "WARNING", "INFO"]


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        ("1234567.50", 2, "1.234.567,50"),
        ("-0.125", 2, "-0,125"),
        ("1000", 0, "1.000"),
        ("2.50", 0, "2,5"),
        ("0", 2, "0,00"),
        ("0.3333333333333333333333333333", 2, "0,333333"),
    ],
)
def test_a_number_keeps_up_to_six_decimals_and_no_empty_ones(number: str, decimals: int, text: str) -> None:
    assert number_text(Decimal(number), decimals=decimals) == text
