"""What a reader makes of an invoice: facts as the document states them, and findings about them.

A broken rule never refuses a document (architecture D11): it becomes a finding beside the facts.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["INVOICE", "CREDIT_NOTE"]
LineKind = Literal["LINE", "ALLOWANCE", "CHARGE"]
Severity = Literal["ERROR", "WARNING", "INFO"]


class NotReadable(ValueError):
    """The bytes are no invoice of this syntax at all; ``str()`` is the Dutch sentence for the user."""

    code: str = "not_readable"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: ``rule`` as in EN 16931 where it has one, ``at`` the path in the document, ``text`` in Dutch."""

    rule: str
    severity: Severity
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Party:
    """Supplier or customer. ``vat``, ``enterprise`` and ``iban`` are normalised when valid.

    An invalid or foreign number stays as written; an invalid ``iban`` is left out, because somebody could pay to it.
    """

    name: str | None = None
    vat: str | None = None
    enterprise: str | None = None
    iban: str | None = None
    country: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    email: str | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class VatGroup:
    """One row of the VAT breakdown (BG-23). ``category`` is empty when the document gives none."""

    category: str
    percent: Decimal | None
    base_cents: int
    vat_cents: int
    exemption_code: str | None = None
    exemption_reason: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line, or one allowance (negative) or charge of the whole document, so that lines sum to the net.

    ``unit_price`` is per one unit, after the price's own base quantity.
    """

    n: int
    description: str
    item_code: str | None
    quantity: Decimal | None
    unit: str | None
    unit_price: Decimal | None
    net_cents: int
    category: str | None
    percent: Decimal | None
    kind: LineKind = "LINE"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the invoice. ``name`` has no path in it; ``mime`` is what the sender says, not what it is."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadInvoice:
    """An invoice or credit note as read. Amounts are cents of ``currency``; a credit note's are positive.

    ``tax_currency`` and ``tax_currency_vat_cents`` repeat the VAT in the currency of the return where the document
    gives it (BT-6, BT-111). ``unread`` lists the elements that carried text and were not used.
    """

    kind: Kind
    syntax: str
    number: str | None
    issued_on: date | None
    due_on: date | None
    delivered_on: date | None
    currency: str
    supplier: Party
    customer: Party
    net_cents: int
    vat_cents: int
    total_cents: int
    prepaid_cents: int
    rounding_cents: int
    payable_cents: int
    vat: tuple[VatGroup, ...]
    lines: tuple[InvoiceLine, ...]
    reference: str | None = None
    structured: str | None = None
    payment_text: str | None = None
    preceding: tuple[str, ...] = ()
    note: str | None = None
    attachments: tuple[Attachment, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    tax_currency: str | None = None
    tax_currency_vat_cents: int | None = None

    @property
    def is_bookable(self) -> bool:
        """Whether the facts can be booked without a person correcting them: no finding is an error."""
        return all(finding.severity != "ERROR" for finding in self.findings)

    def turned(self) -> "ReadInvoice":
        """An invoice with a negative total as the credit note it is: the same amounts with the other sign."""
        other: Kind = "CREDIT_NOTE" if self.kind == "INVOICE" else "INVOICE"
        return replace(
            self,
            kind=other,
            net_cents=-self.net_cents,
            vat_cents=-self.vat_cents,
            total_cents=-self.total_cents,
            prepaid_cents=-self.prepaid_cents,
            rounding_cents=-self.rounding_cents,
            payable_cents=-self.payable_cents,
            vat=tuple(replace(group, base_cents=-group.base_cents, vat_cents=-group.vat_cents) for group in self.vat),
            lines=tuple(replace(line, net_cents=-line.net_cents) for line in self.lines),
            tax_currency_vat_cents=None if self.tax_currency_vat_cents is None else -self.tax_currency_vat_cents,
        )
