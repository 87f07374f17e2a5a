import json

from tests.invoices.files import content_of
from zelfboeken.invoices.readers.report import as_read_json
from zelfboeken.invoices.readers.ubl import read_ubl


def test_a_read_invoice_is_one_json_object_with_cents_and_iso_dates() -> None:
    report = as_read_json(read_ubl(content_of("peppol-invoice.xml")), "factuur.xml")

    assert json.loads(json.dumps(report)) == {
        "file": "factuur.xml",
        "kind": "invoice",
        "syntax": "ubl",
        "number": "2026/0042",
        "issued_on": "2026-03-31",
        "due_on": "2026-04-30",
        "currency": "EUR",
        "supplier": {
            "name": "Drukkerij De Pers BV",
            "vat": "BE0403019261",
            "enterprise": "0403019261",
            "iban": "BE22679200300047",
        },
        "customer": {"name": "Bakkerij Jansen", "vat": None, "enterprise": None, "iban": None},
        "net_cents": 19500,
        "vat_cents": 2520,
        "total_cents": 22020,
        "payable_cents": 20000,
        "vat": [
            {"category": "S", "percent": 21, "base_cents": 9000, "vat_cents": 1890},
            {"category": "S", "percent": 6, "base_cents": 10500, "vat_cents": 630},
        ],
        "lines": 2,
        "reference": "123456789002",
        "certainty": report["certainty"],
        "findings": [],
        "unread": [
            "Invoice/BuyerReference",
            "Invoice/AccountingSupplierParty/Party/PartyName/Name",
            "Invoice/AccountingSupplierParty/Party/Contact/Telephone",
        ],
    }


def test_certainty_is_one_for_stated_half_for_computed_and_zero_for_absent() -> None:
    certainty = as_read_json(read_ubl(content_of("old-belgian-credit-note.xml")), "cn.xml")["certainty"]

    assert certainty["number"] == 1.0
    assert certainty["payable_cents"] == 1.0
    assert certainty["net_cents"] == 0.5
    assert certainty["due_on"] == 0.0
    assert (certainty["supplier.vat"], certainty["customer.name"]) == (1.0, 0.0)


def test_a_finding_is_told_with_its_place() -> None:
    report = as_read_json(read_ubl(content_of("old-belgian-credit-note.xml")), "cn.xml")

    assert report["kind"] == "credit_note"
    assert report["findings"][0] == {
        "rule": "BR-01",
        "severity": "INFO",
        "at": "Invoice",
        "text": "Het document zegt niet welke norm het volgt (CustomizationID).",
    }
