"""Write an invoice or credit note as UBL 2.1 in the form of Peppol BIS Billing 3.0.

Sources: EN 16931-1 (business terms BT-…, rules BR-…), Peppol BIS Billing 3.0, chapter 5.1 of the Belgian rules.
Amounts are whole cents of the invoice's currency; quantities, prices and percentages are Decimal.
The totals are computed here, once, from the lines: whoever shows or books the invoice asks ``totals_of``.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from lxml import etree

from zelfboeken.money import percent_of

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, such as the control characters that come along when a name is pasted."""
_NEEDS_REASON = frozenset({"E", "AE", "K", "G", "O"})
"""Categories whose VAT is zero for a reason that the invoice must name (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10)."""


class UblNotWritable(ValueError):
    """The values break a rule of EN 16931, so no receiver would accept the file."""

    code = "ubl_not_writable"


@dataclass(frozen=True, slots=True)
class UblParty:
    """A seller or buyer. ``endpoint`` is (scheme, identifier), for a Belgian party ("0208", the 10 digits)."""

    name: str
    street: str
    postcode: str
    city: str
    country: str
    vat: str | None = None
    enterprise: str | None = None
    email: str | None = None
    endpoint: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class UblLine:
    """One invoice line; ``net_cents`` must be quantity × unit price, half up (PEPPOL-EN16931-R120)."""

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net_cents: int
    category: str
    percent: Decimal | None
    item_code: str | None = None
    exemption_code: str | None = None
    exemption_reason: str | None = None


@dataclass(frozen=True, slots=True)
class UblAllowance:
    """A discount (or, with ``is_charge``, a cost) on the whole document (BG-20, BG-21); ``amount_cents`` above zero."""

    amount_cents: int
    reason: str
    category: str
    percent: Decimal | None
    is_charge: bool = False


@dataclass(frozen=True, slots=True)
class UblAttachment:
    """A file carried inside the invoice (BG-24), such as the page a person reads."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class UblInvoice:
    """What the file says. A credit note has positive amounts; ``kind`` says which way they count.

    ``structured`` is the Belgian structured communication in 12 digits; ``payment_text`` a free reference instead.
    ``preceding`` names the corrected invoices (BG-3).
    """

    kind: Literal["INVOICE", "CREDIT_NOTE"]
    number: str
    issued_on: date
    due_on: date | None
    supplier: UblParty
    customer: UblParty
    lines: tuple[UblLine, ...]
    delivered_on: date | None = None
    deliver_to_country: str | None = None
    currency: str = "EUR"
    buyer_reference: str | None = None
    order_reference: str | None = None
    iban: str | None = None
    bic: str | None = None
    structured: str | None = None
    payment_text: str | None = None
    note: str | None = None
    allowances: tuple[UblAllowance, ...] = ()
    preceding: tuple[str, ...] = ()
    prepaid_cents: int = 0
    attachments: tuple[UblAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class UblVatGroup:
    """One VAT breakdown (BG-23): VAT is computed once per category and rate, on the sum (BR-CO-17)."""

    category: str
    percent: Decimal | None
    base_cents: int
    vat_cents: int
    exemption_code: str | None
    exemption_reason: str | None


@dataclass(frozen=True, slots=True)
class UblTotals:
    """Totals in cents: lines (BT-106), net (BT-109), VAT (BT-110), total (BT-112), payable (BT-115)."""

    lines_cents: int
    allowances_cents: int
    charges_cents: int
    net_cents: int
    vat_cents: int
    total_cents: int
    payable_cents: int
    vat: tuple[UblVatGroup, ...]


def line_net(quantity: Decimal, unit_price: Decimal) -> int:
    """Net of a line in cents: quantity × unit price, half up."""
    return int((quantity * unit_price * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def totals_of(invoice: UblInvoice) -> UblTotals:
    """The totals of EN 16931 (BR-CO-10 to BR-CO-17), in cents."""
    bases: dict[tuple[str, Decimal | None], int] = {}
    reasons: dict[tuple[str, Decimal | None], tuple[str | None, str | None]] = {}
    for line in invoice.lines:
        key = (line.category, line.percent)
        bases[key] = bases.get(key, 0) + line.net_cents
        reasons.setdefault(key, (line.exemption_code, line.exemption_reason))
    for allowance in invoice.allowances:
        key = (allowance.category, allowance.percent)
        signed = allowance.amount_cents if allowance.is_charge else -allowance.amount_cents
        bases[key] = bases.get(key, 0) + signed
        reasons.setdefault(key, (None, None))
    groups = tuple(
        UblVatGroup(category, percent, base, percent_of(base, percent or Decimal(0)), *reasons[category, percent])
        for (category, percent), base in sorted(bases.items(), key=lambda item: (item[0][0], -(item[0][1] or 0)))
    )
    lines = sum(line.net_cents for line in invoice.lines)
    discounts = sum(a.amount_cents for a in invoice.allowances if not a.is_charge)
    charges = sum(a.amount_cents for a in invoice.allowances if a.is_charge)
    net = lines - discounts + charges
    vat = sum(group.vat_cents for group in groups)
    return UblTotals(lines, discounts, charges, net, vat, net + vat, net + vat - invoice.prepaid_cents, groups)


def write_ubl(invoice: UblInvoice) -> bytes:
    """The bytes of the UBL file, UTF-8 with declaration; the same value always gives the same bytes.

    Raises:
        UblNotWritable: no line, a line that is not quantity × price, a zero VAT without its reason, neither buyer
            nor order reference, or category O beside another one.
    """
    _refuse_what_breaks_the_standard(invoice)
    totals = totals_of(invoice)
    is_credit = invoice.kind == "CREDIT_NOTE"
    root_name = "CreditNote" if is_credit else "Invoice"
    namespace = f"urn:oasis:names:specification:ubl:schema:xsd:{root_name}-2"
    # lxml names the default namespace None; its type hints forget that.
    namespaces: dict[str | None, str] = {None: namespace, "cac": _CAC, "cbc": _CBC}
    root = etree.Element(f"{{{namespace}}}{root_name}", nsmap=namespaces)  # type: ignore[arg-type]
    _text(root, "CustomizationID", CUSTOMIZATION)
    _text(root, "ProfileID", PROFILE)
    _text(root, "ID", invoice.number)
    _text(root, "IssueDate", invoice.issued_on.isoformat())
    if invoice.due_on and not is_credit:
        _text(root, "DueDate", invoice.due_on.isoformat())
    _text(root, "CreditNoteTypeCode" if is_credit else "InvoiceTypeCode", "381" if is_credit else "380")
    _text(root, "Note", invoice.note)
    _text(root, "DocumentCurrencyCode", invoice.currency)
    _text(root, "BuyerReference", invoice.buyer_reference)
    if invoice.order_reference:
        _text(_group(root, "OrderReference"), "ID", invoice.order_reference)
    for number in invoice.preceding:
        _text(_group(root, "BillingReference", "InvoiceDocumentReference"), "ID", number)
    for attachment in invoice.attachments:
        _write_attachment(root, attachment)
    outside_vat = any(line.category == "O" for line in invoice.lines)
    _write_party(root, "AccountingSupplierParty", invoice.supplier, outside_vat=outside_vat)
    _write_party(root, "AccountingCustomerParty", invoice.customer, outside_vat=outside_vat)
    _write_delivery(root, invoice)
    _write_payment(root, invoice, is_credit=is_credit)
    for allowance in invoice.allowances:
        _write_allowance(root, allowance, invoice.currency)
    _write_totals(root, totals, invoice)
    for number_in_file, line in enumerate(invoice.lines, start=1):
        _write_line(root, number_in_file, line, invoice.currency, is_credit=is_credit)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _refuse_what_breaks_the_standard(invoice: UblInvoice) -> None:
    if not invoice.lines:
        raise UblNotWritable("De factuur heeft geen lijnen. Voeg minstens één lijn toe.")
    if not (invoice.buyer_reference or invoice.order_reference):
        raise UblNotWritable("Vul de referentie van de klant of het bestelnummer in: Peppol vraagt een van beide.")
    for line in invoice.lines:
        if line_net(line.quantity, line.unit_price) != line.net_cents:
            raise UblNotWritable(
                f"Lijn “{line.description}” klopt niet: aantal × prijs is niet het bedrag. Reken de lijn na."
            )
        if line.category in _NEEDS_REASON and not (line.exemption_code or line.exemption_reason):
            raise UblNotWritable(f"Lijn “{line.description}” is zonder btw. Zet erbij waarom.")
    categories = {line.category for line in invoice.lines}
    if "O" in categories and len(categories) > 1:
        raise UblNotWritable(
            "Een lijn buiten de btw mag niet samen met andere op één factuur. Maak er twee facturen van."
        )


def _text(parent: etree._Element, name: str, text: str | None, /, **attributes: str) -> None:
    if text is not None:
        etree.SubElement(parent, f"{{{_CBC}}}{name}", attributes).text = _NOT_IN_XML.sub("", text)


def _group(parent: etree._Element, *names: str) -> etree._Element:
    for name in names:
        parent = etree.SubElement(parent, f"{{{_CAC}}}{name}")
    return parent


def _amount(parent: etree._Element, name: str, cents: int, currency: str) -> None:
    sign = "-" if cents < 0 else ""
    _text(parent, name, f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}", currencyID=currency)


def _plain(number: Decimal) -> str:
    return f"{number:f}"


def _write_attachment(root: etree._Element, attachment: UblAttachment) -> None:
    reference = _group(root, "AdditionalDocumentReference")
    _text(reference, "ID", attachment.name)
    _text(
        _group(reference, "Attachment"),
        "EmbeddedDocumentBinaryObject",
        base64.b64encode(attachment.content).decode("ascii"),
        mimeCode=attachment.mime,
        filename=attachment.name,
    )


def _write_party(root: etree._Element, role: str, party: UblParty, *, outside_vat: bool) -> None:
    element = _group(root, role, "Party")
    if party.endpoint:
        scheme, identifier = party.endpoint
        _text(element, "EndpointID", identifier, schemeID=scheme)
    _text(_group(element, "PartyName"), "Name", party.name)
    address = _group(element, "PostalAddress")
    _text(address, "StreetName", party.street)
    _text(address, "CityName", party.city)
    _text(address, "PostalZone", party.postcode)
    _text(_group(address, "Country"), "IdentificationCode", party.country)
    # BR-O-02: an invoice outside VAT carries no VAT number of either side.
    if party.vat and not outside_vat:
        scheme_element = _group(element, "PartyTaxScheme")
        _text(scheme_element, "CompanyID", party.vat)
        _text(_group(scheme_element, "TaxScheme"), "ID", "VAT")
    legal = _group(element, "PartyLegalEntity")
    _text(legal, "RegistrationName", party.name)
    if party.enterprise:
        _text(legal, "CompanyID", party.enterprise, **({"schemeID": "0208"} if party.country == "BE" else {}))
    if party.email:
        _text(_group(element, "Contact"), "ElectronicMail", party.email)


def _write_delivery(root: etree._Element, invoice: UblInvoice) -> None:
    if not (invoice.delivered_on or invoice.deliver_to_country):
        return
    delivery = _group(root, "Delivery")
    if invoice.delivered_on:
        _text(delivery, "ActualDeliveryDate", invoice.delivered_on.isoformat())
    if invoice.deliver_to_country:
        country = _group(delivery, "DeliveryLocation", "Address", "Country")
        _text(country, "IdentificationCode", invoice.deliver_to_country)


def _write_payment(root: etree._Element, invoice: UblInvoice, *, is_credit: bool) -> None:
    if not invoice.iban:
        return
    means = _group(root, "PaymentMeans")
    _text(means, "PaymentMeansCode", "30", name="Credit transfer")
    if invoice.due_on and is_credit:
        _text(means, "PaymentDueDate", invoice.due_on.isoformat())
    reference = invoice.payment_text
    if invoice.structured:
        digits = invoice.structured
        reference = f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
    _text(means, "PaymentID", reference)
    account = _group(means, "PayeeFinancialAccount")
    _text(account, "ID", invoice.iban)
    if invoice.bic:
        _text(_group(account, "FinancialInstitutionBranch"), "ID", invoice.bic)


def _write_tax_category(
    parent: etree._Element,
    name: str,
    category: str,
    percent: Decimal | None,
    reasons: Sequence[tuple[str, str | None]] = (),
) -> None:
    element = _group(parent, name)
    _text(element, "ID", category)
    if category != "O":
        _text(element, "Percent", _plain(percent or Decimal(0)))
    for reason_name, text in reasons:
        _text(element, reason_name, text)
    _text(_group(element, "TaxScheme"), "ID", "VAT")


def _write_allowance(root: etree._Element, allowance: UblAllowance, currency: str) -> None:
    element = _group(root, "AllowanceCharge")
    _text(element, "ChargeIndicator", "true" if allowance.is_charge else "false")
    _text(element, "AllowanceChargeReason", allowance.reason)
    _amount(element, "Amount", allowance.amount_cents, currency)
    _write_tax_category(element, "TaxCategory", allowance.category, allowance.percent)


def _write_totals(root: etree._Element, totals: UblTotals, invoice: UblInvoice) -> None:
    currency = invoice.currency
    tax = _group(root, "TaxTotal")
    _amount(tax, "TaxAmount", totals.vat_cents, currency)
    for group in totals.vat:
        subtotal = _group(tax, "TaxSubtotal")
        _amount(subtotal, "TaxableAmount", group.base_cents, currency)
        _amount(subtotal, "TaxAmount", group.vat_cents, currency)
        reasons = (
            ("TaxExemptionReasonCode", group.exemption_code),
            ("TaxExemptionReason", group.exemption_reason),
        )
        _write_tax_category(subtotal, "TaxCategory", group.category, group.percent, reasons)
    monetary = _group(root, "LegalMonetaryTotal")
    _amount(monetary, "LineExtensionAmount", totals.lines_cents, currency)
    _amount(monetary, "TaxExclusiveAmount", totals.net_cents, currency)
    _amount(monetary, "TaxInclusiveAmount", totals.total_cents, currency)
    if totals.allowances_cents:
        _amount(monetary, "AllowanceTotalAmount", totals.allowances_cents, currency)
    if totals.charges_cents:
        _amount(monetary, "ChargeTotalAmount", totals.charges_cents, currency)
    if invoice.prepaid_cents:
        _amount(monetary, "PrepaidAmount", invoice.prepaid_cents, currency)
    _amount(monetary, "PayableAmount", totals.payable_cents, currency)


def _write_line(root: etree._Element, number: int, line: UblLine, currency: str, *, is_credit: bool) -> None:
    element = _group(root, "CreditNoteLine" if is_credit else "InvoiceLine")
    _text(element, "ID", str(number))
    _text(element, "CreditedQuantity" if is_credit else "InvoicedQuantity", _plain(line.quantity), unitCode=line.unit)
    _amount(element, "LineExtensionAmount", line.net_cents, currency)
    item = _group(element, "Item")
    _text(item, "Name", line.description)
    if line.item_code:
        _text(_group(item, "SellersItemIdentification"), "ID", line.item_code)
    _write_tax_category(item, "ClassifiedTaxCategory", line.category, line.percent)
    _text(_group(element, "Price"), "PriceAmount", _plain(line.unit_price), currencyID=currency)
