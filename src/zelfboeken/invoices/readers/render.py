"""A read invoice as a person reads it: values written the Belgian way, ready for a page beside the form.

Pure text; the page escapes it and adds its own headings.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zelfboeken.belgium import enterprise_number, iban, structured_reference
from zelfboeken.invoices.readers.model import Finding, InvoiceLine, LineKind, Party, ReadInvoice, VatGroup
from zelfboeken.invoices.readers.sums import euros, percent_text

_UNITS = {
    "C62": "stuk",
    "H87": "stuk",
    "EA": "stuk",
    "NAR": "stuk",
    "MIN": "min",
    "HUR": "uur",
    "DAY": "dag",
    "WEE": "week",
    "MON": "maand",
    "ANN": "jaar",
    "KGM": "kg",
    "GRM": "g",
    "TNE": "ton",
    "LTR": "l",
    "MTR": "m",
    "MTK": "m²",
    "MTQ": "m³",
    "KMT": "km",
    "KWH": "kWh",
    "XPK": "pak",
    "XBX": "doos",
}
"""UN/ECE recommendations 20 and 21, the codes seen most; another code is shown as it is."""
_CATEGORIES = {
    "Z": "nultarief",
    "E": "vrijgesteld",
    "AE": "btw verlegd",
    "K": "intracommunautair",
    "G": "uitvoer",
    "O": "buiten de btw",
}
_SEVERITY_ORDER = {"ERROR": 0, "WARNING": 1, "INFO": 2}


@dataclass(frozen=True, slots=True)
class PartyView:
    """Supplier or customer; ``address`` has one text a line, ``numbers`` what is known of them, written out."""

    name: str
    address: tuple[str, ...]
    numbers: tuple[str, ...]
    email: str


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the document, all texts; an empty text is a field the document leaves out."""

    n: int
    kind: LineKind
    description: str
    item_code: str
    quantity: str
    unit: str
    unit_price: str
    vat: str
    net: str


@dataclass(frozen=True, slots=True)
class VatView:
    """One row of the VAT breakdown with the reason why none is due, where the document gives one."""

    rate: str
    base: str
    vat: str
    reason: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """The whole document as texts; ``prepaid`` and ``rounding`` are empty when zero."""

    is_credit_note: bool
    number: str
    issued_on: str
    due_on: str
    delivered_on: str
    currency: str
    supplier: PartyView
    customer: PartyView
    lines: tuple[LineView, ...]
    vat: tuple[VatView, ...]
    net: str
    vat_total: str
    total: str
    prepaid: str
    rounding: str
    payable: str
    reference: str
    communication: str
    account: str
    preceding: tuple[str, ...]
    note: str
    attachments: tuple[str, ...]
    findings: tuple[Finding, ...]


def view_of(read: ReadInvoice) -> InvoiceView:
    """The document in texts, with the gravest findings first."""
    communication = structured_reference.as_printed(read.structured) if read.structured else read.payment_text
    return InvoiceView(
        is_credit_note=read.kind == "CREDIT_NOTE",
        number=read.number or "",
        issued_on=_day(read.issued_on),
        due_on=_day(read.due_on),
        delivered_on=_day(read.delivered_on),
        currency=read.currency,
        supplier=_party(read.supplier),
        customer=_party(read.customer),
        lines=tuple(_line(line) for line in read.lines),
        vat=tuple(_group(group) for group in read.vat),
        net=euros(read.net_cents),
        vat_total=euros(read.vat_cents),
        total=euros(read.total_cents),
        prepaid=euros(read.prepaid_cents) if read.prepaid_cents else "",
        rounding=euros(read.rounding_cents) if read.rounding_cents else "",
        payable=euros(read.payable_cents),
        reference=read.reference or "",
        communication=communication or "",
        account=iban.formatted(read.supplier.iban) if read.supplier.iban else "",
        preceding=read.preceding,
        note=read.note or "",
        attachments=tuple(attachment.name for attachment in read.attachments),
        findings=tuple(sorted(read.findings, key=lambda finding: _SEVERITY_ORDER[finding.severity])),
    )


def number_text(number: Decimal, *, decimals: int = 0) -> str:
    """A quantity or price as people here read it, with at least this many and at most six decimals: ``1.234,5``."""
    whole, _, fraction = f"{round(abs(number), 6):f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    grouped = f"{int(whole):,}".replace(",", ".")
    is_negative = number < 0
    return ("-" if is_negative else "") + grouped + (f",{fraction}" if fraction else "")


def _day(day: date | None) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}" if day else ""


def _party(party: Party) -> PartyView:
    place = " ".join(part for part in (party.postcode, party.city) if part)
    address = (party.street, place, party.country if party.country != "BE" else None)
    enterprise = party.enterprise
    if enterprise and enterprise_number.is_valid(enterprise):
        enterprise = enterprise_number.formatted(enterprise)
    return PartyView(
        name=party.name or "",
        address=tuple(part for part in address if part),
        numbers=tuple(part for part in (party.vat, enterprise) if part),
        email=party.email or "",
    )


def _line(line: InvoiceLine) -> LineView:
    return LineView(
        n=line.n,
        kind=line.kind,
        description=line.description,
        item_code=line.item_code or "",
        quantity="" if line.quantity is None else number_text(line.quantity),
        unit=_UNITS.get(line.unit or "", "" if line.unit in (None, "ZZ") else line.unit or ""),
        unit_price="" if line.unit_price is None else number_text(line.unit_price, decimals=2),
        vat=_rate(line.category, line.percent),
        net=euros(line.net_cents),
    )


def _group(group: VatGroup) -> VatView:
    return VatView(
        rate=_rate(group.category, group.percent),
        base=euros(group.base_cents),
        vat=euros(group.vat_cents),
        reason=group.exemption_reason or group.exemption_code or "",
    )


def _rate(category: str | None, percent: Decimal | None) -> str:
    named = _CATEGORIES.get(category or "")
    if named:
        return named
    return "" if percent is None else f"{percent_text(percent)} %"
