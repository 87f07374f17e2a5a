"""The bills of the demo: enough of them, every sum right, every VAT kind there."""

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files

import pytest
from lxml import etree

from zelfboeken.demo.truth import DemoDocument, Year
from zelfboeken.money import cents_of, percent_of

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
PURCHASE_KINDS = {
    "domestic",
    "domestic_cn_no_vat",
    "no_vat",
    "exempt_art44",
    "out_of_scope",
    "cocontractor",
    "ic_goods",
    "ic_service",
    "import_deferred",
    "non_eu_service",
    "foreign_supplier_local",
    "foreign_vat",
}
SALE_KINDS = {
    "domestic",
    "domestic_cn_no_vat",
    "zero_rate",
    "cocontractor",
    "ic_goods",
    "ic_service",
    "export_goods",
    "service_non_eu",
    "other_exempt_with_deduction",
}


def amount(element: etree._Element, path: str) -> int:
    return cents_of(str(element.findtext(path, namespaces=NS)))


def test_a_year_has_about_400_purchases_and_250_sales_with_credit_notes_on_both_sides(year: Year) -> None:
    counts = Counter((document.side, document.truth.kind) for document in year.documents)
    assert 390 <= counts["PURCHASE", "INVOICE"] <= 420
    assert 240 <= counts["SALE", "INVOICE"] <= 270
    assert counts["PURCHASE", "CREDIT_NOTE"] >= 12
    assert counts["SALE", "CREDIT_NOTE"] >= 10


def test_every_file_adds_up_by_the_rules_of_the_standard(year: Year) -> None:
    for document in year.documents:
        root = etree.fromstring(document.content)
        kind = "Invoice" if document.truth.kind == "INVOICE" else "CreditNote"
        assert etree.QName(root).localname == kind
        net = 0
        quantity_name = "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity"
        for line in root.iterfind(f"cac:{kind}Line", NS):
            quantity = Decimal(str(line.findtext(f"cbc:{quantity_name}", namespaces=NS)))
            price = Decimal(str(line.findtext("cac:Price/cbc:PriceAmount", namespaces=NS)))
            cents = amount(line, "cbc:LineExtensionAmount")
            assert cents == int((quantity * price * 100).quantize(Decimal(1), ROUND_HALF_UP))
            net += cents
        vat = 0
        for group in root.iterfind("cac:TaxTotal/cac:TaxSubtotal", NS):
            percent = Decimal(group.findtext("cac:TaxCategory/cbc:Percent", "0", namespaces=NS))
            cents = amount(group, "cbc:TaxAmount")
            assert cents == percent_of(amount(group, "cbc:TaxableAmount"), percent)
            vat += cents
        assert amount(root, "cac:LegalMonetaryTotal/cbc:LineExtensionAmount") == net
        assert amount(root, "cac:TaxTotal/cbc:TaxAmount") == vat
        assert amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == net + vat


def test_the_truth_says_the_same_as_the_file_line_by_line(year: Year) -> None:
    for document in year.documents:
        truth = document.truth
        root = etree.fromstring(document.content)
        kind = "Invoice" if truth.kind == "INVOICE" else "CreditNote"
        lines = root.findall(f"cac:{kind}Line", NS)
        assert [amount(line, "cbc:LineExtensionAmount") for line in lines] == [line.net_cents for line in truth.lines]
        assert truth.total_cents == amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount")
        assert truth.total_cents == sum(line.net_cents for line in truth.lines) + sum(
            group.vat_cents for group in truth.printed_vat
        )
        assert root.findtext("cbc:ID", namespaces=NS) == truth.number


def test_every_vat_kind_that_a_bakery_meets_is_there(year: Year) -> None:
    kinds = {side: set[str]() for side in ("PURCHASE", "SALE")}
    for document in year.documents:
        kinds[document.side] |= {line.vat_code.split(".")[1] for line in document.truth.lines}
    assert kinds == {"PURCHASE": PURCHASE_KINDS, "SALE": SALE_KINDS}


def test_every_code_of_a_line_is_a_row_of_the_vat_table_and_every_account_of_the_starter_chart(year: Year) -> None:
    package = files("zelfboeken")
    rows = csv.DictReader((package / "vat" / "vat-grids.csv").read_text("utf-8").splitlines())
    known = {
        (f"{row['side'].upper()}.{row['kind']}.{row['rate']}.{row['nature']}", row["document"].upper()) for row in rows
    }
    chart = csv.DictReader((package / "ledger" / "starter-chart.csv").read_text("utf-8").splitlines())
    accounts = {row["code"] for row in chart}
    used = {(line.vat_code, document.truth.kind) for document in year.documents for line in document.truth.lines}
    assert used - known == set()
    assert {line.gl_code for document in year.documents for line in document.truth.lines} - accounts == set()
    booked = {line.gl_code for s in year.statements for truth in s.lines for line in truth.gl_lines}
    entered = {line.gl_code for entry in year.entries for line in entry.lines}
    assert (booked | entered) - accounts == set()


def test_deduction_is_half_for_the_car_and_nought_for_the_restaurant(year: Year) -> None:
    shares = {
        line.gl_code: line.deductible_percent
        for document in year.documents
        for line in document.truth.lines
        if line.gl_code in ("610100", "611200", "615100", "600000")
    }
    assert shares == {"610100": 50, "611200": 50, "615100": 0, "600000": 100}


@pytest.mark.parametrize(("letter", "kind"), [("F", "INVOICE"), ("C", "CREDIT_NOTE")])
def test_sales_are_numbered_without_gaps_in_order_of_date(year: Year, letter: str, kind: str) -> None:
    own = [d.truth for d in year.documents if d.side == "SALE" and d.truth.kind == kind]
    own.sort(key=lambda truth: truth.number)
    assert [truth.number for truth in own] == [f"{letter}2026-{n:04d}" for n in range(1, len(own) + 1)]
    assert [truth.issued_on for truth in own] == sorted(truth.issued_on for truth in own)


def test_every_sale_carries_its_own_structured_communication(year: Year) -> None:
    references = [d.truth.structured for d in year.documents if d.side == "SALE" and d.truth.kind == "INVOICE"]
    assert None not in references
    assert len(set(references)) == len(references)


def test_no_two_documents_share_a_file_name_or_key(year: Year) -> None:
    def shared(values: list[str]) -> list[str]:
        return [value for value, count in Counter(values).items() if count > 1]

    assert shared([document.file_name for document in year.documents]) == []
    assert shared([document.key for document in year.documents]) == []


def test_a_credit_note_names_an_earlier_invoice_of_the_same_contact_and_is_no_larger(year: Year) -> None:
    by_key: dict[str, DemoDocument] = {document.key: document for document in year.documents}
    credits = [document.truth for document in year.documents if document.truth.kind == "CREDIT_NOTE"]
    for credit in credits:
        invoice = by_key[f"{credit.contact}|{credit.corrects}"].truth
        assert invoice.issued_on <= credit.issued_on
        assert {line.vat_code.split(".")[1] for line in credit.lines} <= {
            "domestic_cn_no_vat",
            *(line.vat_code.split(".")[1] for line in invoice.lines),
        }


def test_some_suppliers_bill_lines_for_different_accounts_and_some_bills_embed_a_page(year: Year) -> None:
    accounts: dict[str, set[str]] = {}
    for document in year.documents:
        if document.side == "PURCHASE":
            accounts.setdefault(document.truth.contact, set()).update(line.gl_code for line in document.truth.lines)
    assert sum(len(codes) > 1 for codes in accounts.values()) >= 4
    assert sum(b"application/pdf" in document.content for document in year.documents) >= 50
