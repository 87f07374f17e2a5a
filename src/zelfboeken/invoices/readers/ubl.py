"""UBL 2.x invoices and credit notes: Peppol BIS 3, EN 16931, UBL.BE and the older Belgian files.

Names are compared without namespace prefix, order means nothing, and what is missing is computed where it follows
from the rest, each time with a finding (architecture D11). Terms BT-… and BG-… are those of EN 16931.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree

from zelfboeken.belgium import structured_reference
from zelfboeken.invoices.readers import ubl_lines, ubl_party
from zelfboeken.invoices.readers.attachments import attachment_of
from zelfboeken.invoices.readers.currencies import KNOWN
from zelfboeken.invoices.readers.model import Attachment, InvoiceLine, Kind, NotReadable, ReadInvoice, VatGroup
from zelfboeken.invoices.readers.sums import Totals, check_sums
from zelfboeken.invoices.readers.tree import MAX_UNREAD, Node, Reading, cut, node_of
from zelfboeken.money import MAX_CENTS

MAX_BYTES = 40 * 1024 * 1024
MAX_LINES = 99_999
"""The limits of the invariants (chapter 3): 40 MB, and an invoice of 100,000 lines is refused."""
MAX_RATES = 100
_NO_CURRENCY = "XXX"
"""The code of ISO 4217 for no currency at all."""
_MAX_NUMBER = 100
_MAX_NOTE = 10_000
_MAX_PRECEDING = 100
_ASK_AGAIN = "Vraag je leverancier het opnieuw."
_MARKS = b"\xef\xbb\xbf\xff\xfe"
_SPACE = re.compile(rb"\s*")
_BEFORE_ROOT = ((b"<?", b"?>"), (b"<!--", b"-->"))
_NO_MEMORY = 2
_TOO_MUCH = frozenset({45, 110, 114})
"""Error numbers of libxml2 for a comment, a name, or a text or depth beyond what it takes."""
_ROOTS = {"Invoice", "CreditNote"}
_LINES = frozenset({"InvoiceLine", "CreditNoteLine"})
_UBL_2 = "urn:oasis:names:specification:ubl:schema:xsd:"
_CREDIT_TYPES = frozenset({"81", "83", "261", "296", "308", "381", "396", "420", "458", "532"})
"""UNTDID 1001 codes of credit notes: older Belgian files send a credit note as an Invoice of type 381."""
_SELF_BILLED_TYPES = frozenset({"261", "389", "527"})
_READ_ELSEWHERE = ("UBLVersionID", "CustomizationID", "ProfileID")


def read_ubl(content: bytes) -> ReadInvoice:
    """The invoice or credit note in these bytes; a broken rule is a finding, never a refusal.

    Raises:
        NotReadable: no XML, no UBL invoice or credit note, a DOCTYPE, or beyond a limit; the sentence says which.
    """
    element = _document_in(_parsed(content))
    root_name = etree.QName(element).localname
    line_elements = _line_elements(element)
    root = node_of(element, without=_LINES)
    reading = Reading()
    for name in _READ_ELSEWHERE:
        root.text_at(name)
    if not root.first("CustomizationID"):
        reading.found("BR-01", "INFO", root, "Het document zegt niet welke norm het volgt (CustomizationID).")
    return _invoice(root, line_elements, reading, is_credit_document=root_name == "CreditNote")


def _parsed(content: bytes) -> Any:
    if len(content) > MAX_BYTES:
        raise NotReadable("too_large", f"Deze e-factuur is groter dan 40 MB. {_SMALLER}")
    if _has_doctype(content):
        raise _doctype()
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as refusal:
        raise _refusal(refusal) from refusal
    except ValueError as refusal:
        raise NotReadable("not_xml", f"Dit bestand is geen leesbare XML. {_ASK_AGAIN}") from refusal
    # Looked at again by what the parser saw: an encoding may hide it from the look before.
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    return root


def _has_doctype(content: bytes) -> bool:
    """Whether a DOCTYPE stands before the root, in any encoding that keeps ASCII or pads it with zeros.

    Looked for before parsing, so that its entities are never expanded, not even in attributes.
    """
    text = content.lstrip(_MARKS)
    if b"\x00" in text[:8]:
        text = content.replace(b"\x00", b"").lstrip(_MARKS)
    at = 0
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing as well
        end = next((end for start, end in _BEFORE_ROOT if text.startswith(start, at)), None)
        if end is None:
            return text[at : at + 9].upper() == b"<!DOCTYPE"
        closed = text.find(end, at)
        if closed < 0:
            return False
        at = closed + len(end)


def _doctype() -> NotReadable:
    return NotReadable(
        "doctype",
        "Dit bestand bevat een DOCTYPE en wordt daarom niet gelezen. Vraag je leverancier om een gewone e-factuur.",
    )


_SMALLER = "Vraag je leverancier een kleinere, of een zonder grote bijlagen."


def _refusal(error: etree.XMLSyntaxError) -> Exception:
    """The limit that was passed, by its name, or that this is no XML."""
    code: int = error.code  # type: ignore[attr-defined]  # lxml's own hints forget it
    if code == _NO_MEMORY:
        return MemoryError()
    if code in _TOO_MUCH and "depth" in str(error.msg):
        return NotReadable("too_deep", f"Deze XML is dieper genest dan 256 niveaus en wordt niet gelezen. {_ASK_AGAIN}")
    if code in _TOO_MUCH:
        return NotReadable("text_too_long", f"In deze e-factuur is één tekst of bijlage groter dan 10 MB. {_SMALLER}")
    return NotReadable("not_xml", f"Dit bestand is geen leesbare XML. {_ASK_AGAIN}")


def _document_in(root: Any) -> Any:
    """The Invoice or CreditNote: the root itself, or what lies in the envelope of a saved Peppol message."""
    candidates = [root]
    if etree.QName(root).localname == "StandardBusinessDocument":
        candidates = [child for child in root if isinstance(child.tag, str)]
    for element in candidates:
        name = etree.QName(element)
        if name.localname in _ROOTS and (name.namespace is None or name.namespace.startswith(_UBL_2)):
            return element
    raise NotReadable("not_ubl", "Dit is geen UBL-factuur of UBL-creditnota. Vraag je leverancier om UBL (xml).")


def _line_elements(element: Any) -> Iterator[Any]:
    count = sum(1 for _ in _lines_in(element)) + sum(1 for _ in element.iterchildren("{*}AllowanceCharge"))
    if count > MAX_LINES:
        counted = f"{count:,}".replace(",", ".")
        raise NotReadable(
            "too_many_lines",
            f"Deze factuur telt {counted} regels; Zelfboeken leest er hoogstens 99.999. "
            "Vraag je leverancier om ze te splitsen.",
        )
    rates = sum(1 for _ in element.iterfind("{*}TaxTotal/{*}TaxSubtotal"))
    if rates > MAX_RATES:
        raise NotReadable(
            "too_many_rates",
            f"Deze factuur telt {rates} btw-tarieven; Zelfboeken leest er hoogstens {MAX_RATES}. {_ASK_AGAIN}",
        )
    return _lines_in(element)


def _lines_in(element: Any) -> Iterator[Any]:
    lines: Iterator[Any] = element.iterchildren("{*}InvoiceLine", "{*}CreditNoteLine")
    return lines


def _invoice(root: Node, line_elements: Iterator[Any], reading: Reading, *, is_credit_document: bool) -> ReadInvoice:
    kind = _kind(root, reading, is_credit_document)
    number = root.text_at("ID")
    if number is None:
        reading.found("BR-02", "ERROR", "ID", "Het factuurnummer ontbreekt.")
    elif len(number) > _MAX_NUMBER:
        text = f"Het factuurnummer is langer dan {_MAX_NUMBER} tekens en is ingekort. Kijk na of het klopt."
        reading.found("NUMBER-LENGTH", "ERROR", "ID", text)
        number = number[:_MAX_NUMBER]
    issued_on = reading.date(root.first("IssueDate"))
    if issued_on is None:
        reading.found("BR-03", "ERROR", "IssueDate", "De factuurdatum ontbreekt of is niet te lezen.")
    due_on = None
    for path in (("DueDate",), ("PaymentMeans", "PaymentDueDate"), ("PaymentTerms", "PaymentDueDate")):
        due_on = due_on or reading.date(root.first(*path))
    if issued_on and due_on and due_on < issued_on:
        reading.found("DUE-BEFORE-ISSUE", "WARNING", "DueDate", "De vervaldag ligt voor de factuurdatum.")
    delivered_on = None
    for path in (("Delivery", "ActualDeliveryDate"), ("TaxPointDate",), ("InvoicePeriod", "EndDate")):
        delivered_on = delivered_on or reading.date(root.first(*path))
    currency = _currency(root, reading)

    supplier = ubl_party.party(root, "AccountingSupplierParty", reading, iban=ubl_party.account(root, reading))
    customer = ubl_party.party(root, "AccountingCustomerParty", reading)
    unread_lines: dict[str, None] = {}
    read_lines = ubl_lines.lines(line_elements, root, reading, unread_lines)
    lines = [read.line for read in read_lines]
    groups, vat_cents, tax_currency, tax_currency_vat = _vat(root, reading, currency, read_lines)
    totals = _totals(root, reading, currency, lines, vat_cents)
    if not any(line.kind == "LINE" for line in lines):
        reading.found("BR-16", "ERROR", root, "De factuur heeft geen regels.")
    reading.findings.extend(check_sums(totals, groups, lines, root=root.name))
    if kind == "CREDIT_NOTE" and totals.total_cents < 0:
        reading.found(
            "CREDIT-SIGN", "ERROR", root, "Deze creditnota heeft een negatief totaal: vraag je leverancier wat ze is."
        )

    structured, payment_text, terms = _payment(root, reading)
    notes = [*(node.text for node in _taken(root, "Note")), *terms]
    attachments = _attachments(root, reading)
    reference = cut(root.text_at("OrderReference", "ID") or root.text_at("BuyerReference"))
    preceding = _preceding(root)
    unread: dict[str, None] = {}
    root.collect_unread(root.name, unread)
    return ReadInvoice(
        kind=kind,
        syntax="ubl",
        number=number,
        issued_on=issued_on,
        due_on=due_on,
        delivered_on=delivered_on,
        currency=currency,
        supplier=supplier,
        customer=customer,
        net_cents=totals.net_cents,
        vat_cents=totals.vat_cents,
        total_cents=totals.total_cents,
        prepaid_cents=totals.prepaid_cents,
        rounding_cents=totals.rounding_cents,
        payable_cents=totals.payable_cents,
        vat=tuple(groups),
        lines=tuple(lines),
        reference=reference,
        structured=structured,
        payment_text=cut(payment_text),
        preceding=preceding,
        note=cut("\n".join(notes), _MAX_NOTE) or None,
        attachments=attachments,
        findings=tuple(reading.findings),
        unread=tuple(islice(unread | unread_lines, MAX_UNREAD)),
        tax_currency=tax_currency,
        tax_currency_vat_cents=tax_currency_vat,
    )


def _kind(root: Node, reading: Reading, is_credit_document: bool) -> Kind:
    code = root.text_at("CreditNoteTypeCode" if is_credit_document else "InvoiceTypeCode")
    if code in _SELF_BILLED_TYPES:
        reading.found("SELF-BILLED", "INFO", root, "Deze factuur is uitgereikt door de afnemer (self-billing).")
    return "CREDIT_NOTE" if is_credit_document or code in _CREDIT_TYPES else "INVOICE"


def _currency(root: Node, reading: Reading) -> str:
    currency = root.text_at("DocumentCurrencyCode")
    if currency is None:
        payable = root.first("LegalMonetaryTotal", "PayableAmount")
        currency = (payable.attribute("currencyID") if payable else None) or "EUR"
        reading.found("BR-05", "WARNING", "DocumentCurrencyCode", f"De munt ontbreekt; {currency} is aangenomen.")
    currency = currency.upper()
    if currency not in KNOWN:
        reading.found("BR-CL-04", "ERROR", "DocumentCurrencyCode", f"“{currency[:10]}” is geen bekende munt.")
    return currency if len(currency) == 3 else _NO_CURRENCY


def _vat(
    root: Node, reading: Reading, currency: str, lines: list[ubl_lines.ReadLine]
) -> tuple[list[VatGroup], int | None, str | None, int | None]:
    """The breakdown, the VAT in the document's currency (None: not stated) and the VAT in the tax currency."""
    tax_currency = root.text_at("TaxCurrencyCode")
    tax_currency = tax_currency.upper()[:3] if tax_currency else None
    own, foreign = _tax_totals(root, currency)
    tax_currency_vat: int | None = None
    for total in foreign:
        tax_currency = tax_currency or _unit(total, currency)
        tax_currency_vat = reading.cents(total.first("TaxAmount"))
        _mark_read(total)
    vat_cents: int | None = None
    groups: list[VatGroup] = []
    for total in own:
        if _unit(total, currency) != currency:
            reading.found("PEPPOL-EN16931-R051", "ERROR", total, f"De btw staat niet in {currency}.")
        cents = reading.cents(total.first("TaxAmount"))
        found = [_vat_group(subtotal, reading) for subtotal in total.all("TaxSubtotal")]
        groups.extend(found)
        if cents is None and found:
            cents = sum(group.vat_cents for group in found)
        if cents is not None:
            vat_cents = (vat_cents or 0) + cents
    if not groups:
        groups = ubl_lines.groups_of(lines)
        if groups:
            reading.found(
                "BR-CO-18", "WARNING", "TaxTotal", "De btw per tarief ontbreekt en is uit de regels berekend."
            )
    if vat_cents is None and groups:
        vat_cents = sum(group.vat_cents for group in groups)
    return groups, vat_cents, tax_currency, tax_currency_vat


def _unit(total: Node, currency: str) -> str:
    amount = total.first("TaxAmount")
    return ((amount.attribute("currencyID") if amount else None) or currency).upper()


def _tax_totals(root: Node, currency: str) -> tuple[list[Node], list[Node]]:
    """The tax totals that add up to the VAT, and those that say it again in another currency.

    UBL 2.0 files have one total for each rate. A total without breakdown beside one that has it only repeats it.
    """
    totals = root.all("TaxTotal")
    own = [total for total in totals if _unit(total, currency) == currency]
    if not own:
        return totals, []
    foreign = [total for total in totals if _unit(total, currency) != currency]
    detailed = [total for total in own if total.all("TaxSubtotal")]
    return detailed or own, foreign


def _mark_read(node: Node) -> None:
    node.used = True
    for children in node.children.values():
        for child in children:
            _mark_read(child)


def _vat_group(subtotal: Node, reading: Reading) -> VatGroup:
    node = subtotal.first("TaxCategory") or subtotal
    category, percent = ubl_lines.category_of(node, reading)
    if percent is None:
        percent = reading.decimal(subtotal.first("Percent"))  # UBL 2.0 has it one level higher
    vat = reading.cents(subtotal.first("TaxAmount"))
    base = reading.cents(subtotal.first("TaxableAmount"))
    subtotal.text_at("TransactionCurrencyTaxAmount")
    if base is None:
        reading.found("BR-45", "WARNING", subtotal, "De maatstaf van heffing ontbreekt.")
    return VatGroup(
        category=category or ("S" if percent else ""),
        percent=percent,
        base_cents=base or 0,
        vat_cents=vat or 0,
        exemption_code=cut(node.text_at("TaxExemptionReasonCode"), 30),
        exemption_reason=cut(node.text_at("TaxExemptionReason")),
    )


def _totals(root: Node, reading: Reading, currency: str, lines: list[InvoiceLine], vat_cents: int | None) -> Totals:
    """What the document states, and what follows from the rest where it states nothing."""
    block = root.first("LegalMonetaryTotal") or Node("LegalMonetaryTotal", "")
    stated: dict[str, int | None] = {}
    for name in (
        "LineExtensionAmount",
        "TaxExclusiveAmount",
        "TaxInclusiveAmount",
        "AllowanceTotalAmount",
        "ChargeTotalAmount",
        "PrepaidAmount",
        "PayableRoundingAmount",
        "PayableAmount",
    ):
        node = block.first(name)
        stated[name] = reading.cents(node)
        unit = node.attribute("currencyID") if node else None
        if unit and unit.upper() != currency:
            reading.found("PEPPOL-EN16931-R051", "ERROR", node or name, f"Dit bedrag is in {unit}, niet in {currency}.")
    prepaid = stated["PrepaidAmount"] or 0
    rounding = stated["PayableRoundingAmount"] or 0
    net = stated["TaxExclusiveAmount"]
    total = stated["TaxInclusiveAmount"]
    if net is None:
        net = sum(line.net_cents for line in lines)
        if not lines and total is not None:
            net = total - (vat_cents or 0)
        _computed(reading, "BR-13", "TaxExclusiveAmount", "Het totaal zonder btw")
    if vat_cents is None and total is not None:
        vat_cents = total - net
        if vat_cents:
            reading.found("BR-CO-14", "WARNING", "TaxTotal", "De totale btw ontbreekt en is berekend.")
    vat_cents = vat_cents or 0
    if total is None:
        total = net + vat_cents
        _computed(reading, "BR-14", "TaxInclusiveAmount", "Het totaal met btw")
    payable = stated["PayableAmount"]
    if payable is None:
        payable = total - prepaid + rounding
        _computed(reading, "BR-15", "PayableAmount", "Het te betalen bedrag")
    if max(abs(cents) for cents in (net, vat_cents, total, payable)) > MAX_CENTS:
        raise NotReadable("amounts_too_large", f"De bedragen van deze factuur zijn te groot om te boeken. {_ASK_AGAIN}")
    return Totals(stated["LineExtensionAmount"], net, vat_cents, total, prepaid, rounding, payable)


def _computed(reading: Reading, rule: str, name: str, what: str) -> None:
    reading.found(rule, "WARNING", f"LegalMonetaryTotal/{name}", f"{what} ontbreekt en is berekend.")


def _payment(root: Node, reading: Reading) -> tuple[str | None, str | None, list[str]]:
    """The structured reference (Belgian, else ISO 11649), the communication as written, and the payment terms."""
    ids = [node for means in root.all("PaymentMeans") for node in _taken(means, "PaymentID")]
    instructions = [node.text for means in root.all("PaymentMeans") for node in _taken(means, "InstructionNote")]
    for means in root.all("PaymentMeans"):
        means.text_at("PaymentMeansCode")
    terms = [node.text for block in root.all("PaymentTerms") for node in _taken(block, "Note")]
    structured = creditor = None
    for node in ids:
        if structured_reference.is_valid(node.text):
            structured = structured or structured_reference.parse(node.text)
        elif structured_reference.is_creditor_reference(node.text):
            creditor = creditor or structured_reference.parse_creditor_reference(node.text)
        elif node.text.startswith(("+++", "***")):
            reading.found("OGM", "WARNING", node, f"De gestructureerde mededeling “{node.text[:30]}” klopt niet.")
    if structured is None:
        free_texts = [*(node.text for node in ids), *instructions, *terms, *(node.text for node in root.all("Note"))]
        found = [digits for text in free_texts for digits in structured_reference.find_in(text)]
        structured = found[0] if found else creditor
    written = [*(node.text for node in ids), *instructions]
    return structured, written[0] if written else None, terms


def _taken(node: Node, name: str) -> list[Node]:
    """The children with this name that carry text, counted as read."""
    found = [child for child in node.all(name) if child.text]
    for child in found:
        child.used = True
    return found


def _preceding(root: Node) -> tuple[str, ...]:
    numbers: dict[str, None] = {}
    for name in ("InvoiceDocumentReference", "CreditNoteDocumentReference"):
        for document in root.every("BillingReference", name):
            number = cut(document.text_at("ID"), _MAX_NUMBER)
            if number:
                numbers[number] = None
    return tuple(islice(numbers, _MAX_PRECEDING))


def _attachments(root: Node, reading: Reading) -> tuple[Attachment, ...]:
    found = []
    for document in root.all("AdditionalDocumentReference"):
        node = document.first("Attachment", "EmbeddedDocumentBinaryObject")
        if node is None or not node.text:
            continue
        node.used = True
        number = document.text_at("ID")
        description = document.text_at("DocumentDescription")
        document.text_at("DocumentType")
        attachment = attachment_of(
            node.text,
            name=node.attribute("filename") or description or number,
            mime=node.attribute("mimeCode"),
        )
        if attachment is None:
            reading.found("ATTACHMENT", "WARNING", node, "Een bijlage in dit document is beschadigd en niet te openen.")
        else:
            found.append(attachment)
    return tuple(found)
