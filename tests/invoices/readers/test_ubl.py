from datetime import date
from decimal import Decimal

import pytest

from tests.invoices.files import content_of
from zelfboeken.invoices.readers.model import Attachment, NotReadable, ReadInvoice
from zelfboeken.invoices.readers.ubl import MAX_LINES, read_ubl

PEPPOL = content_of("peppol-invoice.xml").decode()
OLD = content_of("old-belgian-credit-note.xml")


def read_with(*changes: tuple[str, str]) -> ReadInvoice:
    """The Peppol invoice with texts replaced; each must be there, so that no test passes by missing its target."""
    text = PEPPOL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return read_ubl(text.encode())


def rules_of(read: ReadInvoice) -> dict[str, str]:
    return {finding.rule: finding.severity for finding in read.findings}


def test_a_correct_invoice_gives_no_findings_and_can_be_booked() -> None:
    read = read_with()

    assert read.findings == ()
    assert read.is_bookable
    assert (read.kind, read.syntax, read.number, read.currency) == ("INVOICE", "ubl", "2026/0042", "EUR")
    assert (read.issued_on, read.due_on, read.delivered_on) == (
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 3, 15),
    )
    assert (read.net_cents, read.vat_cents, read.total_cents) == (19500, 2520, 22020)
    assert (read.prepaid_cents, read.rounding_cents, read.payable_cents) == (2000, -20, 20000)
    assert (read.reference, read.structured, read.payment_text) == ("PO-77", "123456789002", "+++123/4567/89002+++")
    assert read.note == "Bedankt voor uw bestelling\n30 dagen"


def test_numbers_of_the_supplier_are_normalised_also_with_be_inside_scheme_0208() -> None:
    supplier = read_with().supplier

    assert supplier.name == "Drukkerij De Pers BV"
    assert (supplier.vat, supplier.enterprise) == ("BE0403019261", "0403019261")
    assert (supplier.iban, supplier.endpoint) == ("BE22679200300047", "0208:0403019261")
    assert (supplier.street, supplier.postcode, supplier.city) == ("Kerkstraat 1, bus 3", "9000", "Gent")


def test_a_number_of_another_register_gives_way_to_the_one_inside_the_vat_number() -> None:
    read = read_with(('<cbc:CompanyID schemeID="0208">BE0403019261', '<cbc:CompanyID schemeID="0088">5400000000000'))

    assert (read.supplier.enterprise, read.supplier.vat) == ("0403019261", "BE0403019261")
    assert read.findings == ()


def test_a_vat_number_and_an_enterprise_number_of_two_companies_are_noticed() -> None:
    read = read_with(('<cbc:CompanyID schemeID="0208">BE0403019261', '<cbc:CompanyID schemeID="0208">0202239951'))

    assert rules_of(read) == {"NUMBERS-DIFFER": "WARNING"}


def test_bare_digits_get_the_country_of_the_address() -> None:
    read = read_with(("BE 0403.019.261", "094259216"), (">BE</cbc:IdentificationCode>", ">GR</cbc:IdentificationCode>"))

    assert read.supplier.vat == "EL094259216"


def test_allowances_and_charges_are_lines_so_that_lines_sum_to_the_net() -> None:
    read = read_with()

    assert [(line.kind, line.net_cents, line.percent) for line in read.lines] == [
        ("LINE", 10000, Decimal(21)),
        ("LINE", 10000, Decimal(6)),
        ("ALLOWANCE", -1000, Decimal(21)),
        ("CHARGE", 500, Decimal(6)),
    ]
    assert sum(line.net_cents for line in read.lines) == read.net_cents


def test_a_price_per_hundred_becomes_a_price_per_one() -> None:
    line = read_with().lines[0]

    assert (line.quantity, line.unit, line.unit_price) == (Decimal(1000), "C62", Decimal("0.1"))
    assert (line.description, line.item_code) == ("Folders – gevouwen", "FOL-1")


def test_an_embedded_pdf_comes_along_without_the_folders_in_its_name() -> None:
    assert read_with().attachments == (Attachment("factuur.pdf", "application/pdf", b"%PDF-1.4\n"),)


def test_a_damaged_attachment_is_a_finding_and_the_invoice_is_read() -> None:
    read = read_with(("JVBERi0xLjQK", "JVBERi0xL"))

    assert rules_of(read) == {"ATTACHMENT": "WARNING"}
    assert read.attachments == ()
    assert read.total_cents == 22020


def test_elements_that_were_not_used_are_listed_once_without_namespace() -> None:
    assert read_with().unread == (
        "Invoice/BuyerReference",
        "Invoice/AccountingSupplierParty/Party/PartyName/Name",
        "Invoice/AccountingSupplierParty/Party/Contact/Telephone",
    )


def test_an_old_belgian_credit_note_sent_as_an_invoice_is_read_and_completed() -> None:
    read = read_ubl(OLD)

    assert (read.kind, read.number, read.issued_on) == ("CREDIT_NOTE", "CN7", date(2014, 5, 2))
    assert (read.net_cents, read.vat_cents, read.total_cents, read.payable_cents) == (10000, 2100, 12100, 12100)
    assert read.supplier.name == "Café Zéro"
    assert (read.supplier.vat, read.supplier.street) == ("BE0403019261", "Grote Markt 2")
    assert read.preceding == ("F12",)
    assert [(group.category, group.percent, group.base_cents, group.vat_cents) for group in read.vat] == [
        ("S", Decimal(21), 10000, 2100)
    ]
    assert rules_of(read) == {
        "BR-01": "INFO",
        "BR-05": "WARNING",
        "BR-07": "WARNING",
        "BR-CO-18": "WARNING",
        "BR-13": "WARNING",
        "BR-14": "WARNING",
    }
    assert read.is_bookable


def test_a_credit_note_document_has_positive_amounts_and_its_kind_says_the_rest() -> None:
    text = PEPPOL.replace("Invoice-2", "CreditNote-2").replace("<Invoice ", "<CreditNote ")
    text = text.replace("</Invoice>", "</CreditNote>").replace("cac:InvoiceLine", "cac:CreditNoteLine")
    text = text.replace("InvoicedQuantity", "CreditedQuantity").replace(
        "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>"
    )

    read = read_ubl(text.encode())

    assert (read.kind, read.total_cents, len(read.lines)) == ("CREDIT_NOTE", 22020, 4)
    assert read.lines[0].quantity == Decimal(1000)
    assert read.findings == ()


def test_a_negative_invoice_stays_a_negative_invoice() -> None:
    text = PEPPOL
    for amount in ("200.00", "195.00", "220.20", "20.00", "25.20", "90.00", "18.90", "105.00", "6.30", "100.00"):
        text = text.replace(f'"EUR">{amount}<', f'"EUR">-{amount}<')
    text = text.replace('"EUR">-0.20<', '"EUR">0.20<').replace('"EUR">10.00<', '"EUR">-10.00<')
    text = text.replace('"EUR">5.00<', '"EUR">-5.00<').replace('"EUR">30.00<', '"EUR">-30.00<')

    read = read_ubl(text.encode())

    assert (read.kind, read.net_cents, read.payable_cents) == ("INVOICE", -19500, -20000)
    assert read.findings == ()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('LineExtensionAmount currencyID="EUR">200.00', 'LineExtensionAmount currencyID="EUR">210.00', "BR-CO-10"),
        ('TaxExclusiveAmount currencyID="EUR">195.00', 'TaxExclusiveAmount currencyID="EUR">200.00', "BR-CO-13"),
        ('TaxAmount currencyID="EUR">25.20', 'TaxAmount currencyID="EUR">26.20', "BR-CO-14"),
        ('TaxInclusiveAmount currencyID="EUR">220.20', 'TaxInclusiveAmount currencyID="EUR">221.20', "BR-CO-15"),
        ('PayableAmount currencyID="EUR">200.00', 'PayableAmount currencyID="EUR">220.20', "BR-CO-16"),
    ],
)
def test_a_sum_that_does_not_come_out_is_an_error_finding_and_not_a_refusal(old: str, new: str, rule: str) -> None:
    read = read_with((old, new))

    assert rules_of(read)[rule] == "ERROR"
    assert not read.is_bookable
    assert read.number == "2026/0042"


@pytest.mark.parametrize(("vat", "severity"), [("18.91", "INFO"), ("18.95", "INFO"), ("18.96", "ERROR")])
def test_vat_of_a_rate_may_differ_five_cents_and_says_so(vat: str, severity: str) -> None:
    read = read_with(('TaxAmount currencyID="EUR">18.90', f'TaxAmount currencyID="EUR">{vat}'))

    assert rules_of(read)["VAT-OFF"] == severity


def test_a_base_that_is_not_the_sum_of_its_lines_is_a_warning() -> None:
    read = read_with(('TaxableAmount currencyID="EUR">90.00', 'TaxableAmount currencyID="EUR">91.00'))

    assert rules_of(read) == {"BR-S-08": "WARNING", "VAT-OFF": "ERROR"}


@pytest.mark.parametrize("amount", ["NaN", "1e5", "1,00", "INF", "1 000", "10000000000000000", "١"])
def test_an_amount_that_is_no_plain_decimal_is_an_error_at_its_place(amount: str) -> None:
    read = read_with(('LineExtensionAmount currencyID="EUR">100.00', f'LineExtensionAmount currencyID="EUR">{amount}'))

    finding = next(finding for finding in read.findings if finding.rule == "AMOUNT")
    assert (finding.severity, finding.at) == ("ERROR", "Invoice/InvoiceLine[1]/LineExtensionAmount")
    assert not read.is_bookable


@pytest.mark.parametrize("amount", ["100.", "0100.00", "+100", "100.00000000000000000000"])
def test_every_decimal_of_xml_schema_is_an_amount(amount: str) -> None:
    read = read_with(('LineExtensionAmount currencyID="EUR">100.00', f'LineExtensionAmount currencyID="EUR">{amount}'))

    assert read.findings == ()


def test_more_than_two_decimals_are_rounded_aloud() -> None:
    old = 'LineExtensionAmount currencyID="EUR">100.00'
    read = read_with((old, 'LineExtensionAmount currencyID="EUR">99.995'))

    assert (read.lines[0].net_cents, rules_of(read)) == (10000, {"BR-DEC": "INFO"})


@pytest.mark.parametrize(
    ("change", "rule", "severity"),
    [
        (("<cbc:ID>2026/0042</cbc:ID>", ""), "BR-02", "ERROR"),
        (("<cbc:IssueDate>2026-03-31</cbc:IssueDate>", ""), "BR-03", "ERROR"),
        (("2026-03-31", "2026-02-30"), "DATE", "ERROR"),
        (("2026-04-30", "2026-03-30"), "DUE-BEFORE-ISSUE", "WARNING"),
        ((">EUR</cbc:DocumentCurrencyCode>", ">EURO</cbc:DocumentCurrencyCode>"), "BR-CL-04", "ERROR"),
        (
            ('PayableAmount currencyID="EUR"', 'PayableAmount currencyID="USD"'),
            "PEPPOL-EN16931-R051",
            "ERROR",
        ),
        (("BE 0403.019.261", "BE 0403.019.262"), "VAT-NUMBER", "WARNING"),
        (("+++123/4567/89002+++", "+++123/4567/89003+++"), "OGM", "WARNING"),
        (("BE22 6792 0030 0047", "BE22 6792 0030 0048"), "IBAN", "WARNING"),
        (("<cbc:RegistrationName>Bakkerij Jansen</cbc:RegistrationName>", ""), "BR-07", "WARNING"),
        (('unitCode="C62">4<', 'unitCode="C62">5<'), "PEPPOL-EN16931-R120", "INFO"),
        (('unitCode="C62">100<', 'unitCode="C62">0<'), "PEPPOL-EN16931-R121", "WARNING"),
        (('unitCode="C62">4<', 'unitCode="C62">vier<'), "NUMBER", "ERROR"),
        ((">380<", ">389<"), "SELF-BILLED", "INFO"),
    ],
)
def test_what_is_missing_or_wrong_is_a_finding(change: tuple[str, str], rule: str, severity: str) -> None:
    assert rules_of(read_with(change))[rule] == severity


def test_an_account_that_does_not_check_is_never_offered_to_pay_to() -> None:
    assert read_with(("BE22 6792 0030 0047", "BE22 6792 0030 0048")).supplier.iban is None


def test_a_reference_without_pluses_is_recognised_also_in_the_payment_terms() -> None:
    assert read_with(("+++123/4567/89002+++", "123456789002")).structured == "123456789002"
    in_terms = read_with(("+++123/4567/89002+++", "2026/0042"), ("30 dagen", "Vermeld 123/4567/89002 a.u.b."))
    assert (in_terms.structured, in_terms.payment_text) == ("123456789002", "2026/0042")


def test_a_creditor_reference_to_pay_with_is_read_and_one_with_a_wrong_check_stays_a_text() -> None:
    right = read_with(("+++123/4567/89002+++", "rf18 5390 0754 7034"))
    wrong = read_with(("+++123/4567/89002+++", "RF19 5390 0754 7034"))

    assert right.structured == "RF18539007547034"
    assert (wrong.structured, wrong.payment_text) == (None, "RF19 5390 0754 7034")


def test_vat_in_the_tax_currency_is_noted_and_never_added() -> None:
    text = PEPPOL.replace('"EUR"', '"USD"').replace(">EUR</cbc:Doc", ">USD</cbc:Doc")
    text = text.replace("<cbc:BuyerRef", "<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode><cbc:BuyerRef")
    second = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">22.05</cbc:TaxAmount></cac:TaxTotal>'
    text = text.replace("<cac:LegalMonetaryTotal>", second + "<cac:LegalMonetaryTotal>")

    read = read_ubl(text.encode())

    assert (read.currency, read.vat_cents) == ("USD", 2520)
    assert (read.tax_currency, read.tax_currency_vat_cents) == ("EUR", 2205)
    assert read.findings == ()


def test_a_tax_total_without_breakdown_beside_one_with_it_is_not_counted_twice() -> None:
    second = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">25.20</cbc:TaxAmount></cac:TaxTotal>'
    read = read_with(("<cac:LegalMonetaryTotal>", second + "<cac:LegalMonetaryTotal>"))

    assert (read.vat_cents, read.findings) == (2520, ())


def test_a_tax_total_in_another_currency_is_told_apart_also_without_a_tax_currency_code() -> None:
    second = '<cac:TaxTotal><cbc:TaxAmount currencyID="USD">28.00</cbc:TaxAmount></cac:TaxTotal>'
    read = read_with(("<cac:LegalMonetaryTotal>", second + "<cac:LegalMonetaryTotal>"))

    assert (read.vat_cents, read.tax_currency, read.tax_currency_vat_cents) == (2520, "USD", 2800)


def test_one_tax_total_for_each_rate_is_added_up() -> None:
    between = "</cac:TaxSubtotal>\n    <cac:TaxSubtotal>"
    second = '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">6.30</cbc:TaxAmount><cac:TaxSubtotal>'
    apart = "</cac:TaxSubtotal></cac:TaxTotal>" + second
    read = read_with((between, apart), ('TaxAmount currencyID="EUR">25.20', 'TaxAmount currencyID="EUR">18.90'))

    assert (read.vat_cents, len(read.vat), read.findings) == (2520, 2, ())


def test_a_saved_peppol_message_is_read_through_its_envelope() -> None:
    body = PEPPOL.split("?>", 1)[1]
    envelope = (
        f'<StandardBusinessDocument xmlns="urn:sbdh"><StandardBusinessDocumentHeader/>{body}</StandardBusinessDocument>'
    )

    assert read_ubl(envelope.encode()).total_cents == 22020


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_xml"),
        (b"%PDF-1.4", "not_xml"),
        (b"<Invoice>", "not_xml"),
        (b"<html/>", "not_ubl"),
        (b'<Invoice xmlns="urn:something:else"/>', "not_ubl"),
        (b"<StandardBusinessDocument/>", "not_ubl"),
    ],
)
def test_what_is_no_ubl_is_refused_with_a_dutch_sentence(content: bytes, code: str) -> None:
    with pytest.raises(NotReadable, match="Vraag je leverancier") as refusal:
        read_ubl(content)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE Invoice>",
        '<!DOCTYPE Invoice SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE Invoice [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE Invoice [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_with_a_doctype_is_refused(doctype: str, encoding: str) -> None:
    text = PEPPOL.replace("UTF-8", encoding).replace("<Invoice ", doctype + "<Invoice ", 1)

    with pytest.raises(NotReadable, match="DOCTYPE"):
        read_ubl(text.encode(encoding))


def test_an_invoice_with_nothing_in_it_is_all_findings() -> None:
    read = read_ubl(b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')

    assert {"BR-02", "BR-03", "BR-05", "BR-06", "BR-07", "BR-16"} <= set(rules_of(read))
    assert (read.net_cents, read.total_cents, read.lines) == (0, 0, ())


@pytest.mark.slow
def test_more_lines_than_the_limit_are_refused() -> None:
    lines = "<cac:InvoiceLine/>" * (MAX_LINES + 1)
    text = PEPPOL.replace("<cac:LegalMonetaryTotal>", lines + "<cac:LegalMonetaryTotal>")

    with pytest.raises(NotReadable, match=r"telt 100\.004 regels; Zelfboeken leest er hoogstens 99\.999") as refusal:
        read_ubl(text.encode())

    assert refusal.value.code == "too_many_lines"


def test_findings_stop_at_a_number_a_person_can_still_read() -> None:
    lines = "<cac:InvoiceLine><cbc:LineExtensionAmount>NaN</cbc:LineExtensionAmount></cac:InvoiceLine>" * 2000
    text = PEPPOL.replace("<cac:LegalMonetaryTotal>", lines + "<cac:LegalMonetaryTotal>")

    read = read_ubl(text.encode())

    assert len(read.lines) == 2004
    assert len([finding for finding in read.findings if finding.rule == "TOO-MANY"]) == 1
    assert len(read.findings) < 520
