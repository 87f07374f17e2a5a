"""E-invoices become invoices with a proposal; booking them, with an eye on duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.belgium import enterprise_number, vat_number
from zelfboeken.booking import services as booking
from zelfboeken.booking.models import Proposal, SubjectKind
from zelfboeken.booking.proposal import FactLine, FactVat, InvoiceFacts
from zelfboeken.booking.rules import DocumentFacts, DraftLine, PrintedVat
from zelfboeken.booking.services import Approval, Booked
from zelfboeken.booking.stored import BookingFacts
from zelfboeken.contacts.models import Contact
from zelfboeken.contacts.services import PartyFacts, contact_for
from zelfboeken.documents.models import Document
from zelfboeken.invoices.models import Invoice, Side
from zelfboeken.invoices.readers.model import Party, ReadInvoice
from zelfboeken.invoices.rules import number_key
from zelfboeken.tenancy.models import Administration
from zelfboeken.tenancy.reading import one_of


class SideUnknown(ValueError):
    """Neither party of the invoice is an administration of this domain, or both are: a person must say what it is."""

    code = "side_unknown"

    def __init__(self, supplier: str, customer: str, *, is_both: bool = False) -> None:
        which = "allebei ben jij" if is_both else "geen van beide ben jij"
        super().__init__(
            f"Op dit stuk staan {supplier or 'een onbekende leverancier'} en {customer or 'een onbekende klant'}, "
            f"{which}. Is het een aankoop of een verkoop?"
        )


class FactsMissing(ValueError):
    """The invoice lacks what no booking can do without: a number or a date."""

    code = "facts_missing"


class SuspectedDuplicate(ValueError):
    """The same contact sent this number before, or the same total on the same day (INV-19)."""

    code = "duplicate_suspect"

    def __init__(self, *, other: Invoice, why: str) -> None:
        super().__init__(
            f"{why} Het andere stuk is {other.number} van {other.issued_on:%d/%m/%Y}. "
            "Is dit toch een ander stuk, schrijf dan waarom."
        )
        self.other = other


REFUSALS = (SuspectedDuplicate, *booking.REFUSALS)
"""What booking an invoice may refuse, each with a Dutch sentence."""


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """Which administration an invoice belongs to, and on which side it stands."""

    administration: Administration
    side: Side


def who_is_who(*, access: Access, read: ReadInvoice, delivered_to: Administration) -> WhoIsWho:
    """Purchase or sale, by which party is an administration of this domain.

    Where several have the same number, it is for the one that the file was delivered to, else for the first.

    Raises:
        SideUnknown: neither is, or both are.
    """
    found: list[WhoIsWho] = []
    for administration in Administration.objects.filter(domain_id=access.domain_id).order_by("id"):
        if not access.reaches(administration.id):
            continue
        if _is(administration, read.customer):
            found.append(WhoIsWho(administration, Side.PURCHASE))
        if _is(administration, read.supplier):
            found.append(WhoIsWho(administration, Side.SALE))
    if len({one.side for one in found}) != 1:
        raise SideUnknown(read.supplier.name or "", read.customer.name or "", is_both=bool(found))
    return next((one for one in found if one.administration.id == delivered_to.id), found[0])


def register_invoice(*, access: Access, document: Document, read: ReadInvoice, who: WhoIsWho, at: datetime) -> Invoice:
    """Keep the facts of an invoice, find or make its contact, and propose its booking.

    An invoice with a negative total is kept as the credit note it is, for its grids are those of a credit note.

    Raises:
        NotAllowed: the user may not deliver documents.
        FactsMissing: there is no number or no date on it.
    """
    access.require(Right.DOCUMENT_DELIVER)
    is_negative = read.kind == "INVOICE" and read.total_cents < 0
    if is_negative:
        read = read.turned()
    if not read.number or read.issued_on is None:
        raise FactsMissing("Op deze factuur staat geen nummer of geen datum. Vraag een volledige factuur.")
    other = read.supplier if who.side == Side.PURCHASE else read.customer
    party = _party(other)
    found = contact_for(access=access, party=party)
    # The open item will be the whole total: what was paid before stands on the bank and is matched with it there, and
    # a rounding of cents is what the payment leaves open (pattern 18).
    invoice = Invoice.objects.create(
        domain_id=access.domain_id,
        administration_id=who.administration.id,
        document_id=document.id,
        side=who.side,
        kind=read.kind,
        contact_id=found.contact.id,
        number=read.number,
        number_key=number_key(read.number),
        issued_on=read.issued_on,
        due_on=read.due_on,
        currency=read.currency,
        net_cents=read.net_cents,
        vat_cents=read.vat_cents,
        total_cents=read.total_cents,
        payable_cents=read.payable_cents,
        structured=read.structured or "",
        iban=party.iban,
        payment_text=_payment_text(read),
    )
    booking.propose_booking(
        access=access,
        document=booking.ProposedDocument(
            administration_id=who.administration.id,
            subject_kind=SubjectKind(who.side.value),
            subject_id=invoice.id,
            contact_id=found.contact.id,
            purchase_account_code=found.contact.purchase_account_code if who.side == Side.PURCHASE else "",
            on_date=read.issued_on,
            received_at=document.received_at,
            invoice=_invoice_facts(read, who.side, party, found.contact, is_negative=is_negative),
            booking=_booking_facts(read, who.side, found.contact, document.sha256),
        ),
    )
    access.log(
        at=at,
        events=[Happened("invoice.registered", str(invoice.public_id), {"side": who.side, "number": read.number})],
    )
    return invoice


_ANOTHER = (
    "EXISTS (SELECT 1 FROM invoices_invoice o WHERE o.domain_id = i.domain_id AND o.contact_id = i.contact_id "
    "AND o.administration_id = i.administration_id AND o.side = i.side AND o.kind = i.kind AND {same} "
    "AND (o.id < i.id OR (o.id > i.id AND EXISTS (SELECT 1 FROM booking_proposal b WHERE b.domain_id = o.domain_id "
    "AND b.subject_kind = o.side AND b.subject_id = o.id AND b.entry_id IS NOT NULL))))"
)
LOOKS_LIKE_ANOTHER = (
    f"({_ANOTHER.format(same='o.number_key = i.number_key')} "
    f"OR {_ANOTHER.format(same='o.issued_on = i.issued_on AND o.total_cents = i.total_cents')})"
)
"""SQL: whether invoice ``i`` looks like another one, as `suspected_duplicate`. Each half has an index of its own."""


def suspected_duplicate(*, access: Access, invoice: Invoice) -> SuspectedDuplicate | None:
    """The invoice this one looks like: same contact and number, or same contact, date, kind and total.

    Another is one that came before it, or a later one that is booked: when the right file of an invoice comes after a
    wrong one and is booked with a reason, the wrong one must not be booked beside it unasked.
    """
    alike = Invoice.objects.filter(
        domain_id=access.domain_id,
        administration_id=invoice.administration_id,
        contact_id=invoice.contact_id,
        side=invoice.side,
        kind=invoice.kind,
    ).exclude(id=invoice.id)
    booked = Proposal.objects.filter(
        domain_id=access.domain_id, subject_kind=invoice.side, subject_id=OuterRef("id"), entry_id__isnull=False
    )
    others = alike.filter(Q(id__lt=invoice.id) | Exists(booked))
    same_number = others.filter(number_key=invoice.number_key).order_by("id").first()
    if same_number is not None:
        return SuspectedDuplicate(other=same_number, why="Van deze relatie is er al een stuk met dit nummer.")
    same_total = others.filter(issued_on=invoice.issued_on, total_cents=invoice.total_cents).order_by("id").first()
    if same_total is not None:
        return SuspectedDuplicate(
            other=same_total, why="Van deze relatie is er al een stuk met dezelfde datum en hetzelfde totaal."
        )
    return None


class ReasonMissing(ValueError):
    """A suspected duplicate needs some words on why it is another document."""

    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__("Schrijf in enkele woorden waarom dit een ander stuk is.")


def accept_duplicate(*, access: Access, invoice: Invoice, reason: str, at: datetime) -> None:
    """Say why a suspected duplicate is another document; the reason is kept and logged.

    Raises:
        ReasonMissing: it is shorter than five characters.
    """
    access.require(Right.DOCUMENT_BOOK)
    if len(reason.strip()) < 5:
        raise ReasonMissing
    Invoice.objects.filter(domain_id=access.domain_id, id=invoice.id).update(duplicate_reason=reason.strip()[:500])
    access.log(
        at=at, events=[Happened("invoice.duplicate_accepted", str(invoice.public_id), {"reason": reason.strip()[:500]})]
    )


def book_invoices(*, access: Access, approvals: Sequence[Approval], at: datetime) -> list[Booked]:
    """Book the proposals of invoices, all or none; a suspected duplicate needs its reason first.

    Raises:
        SuspectedDuplicate: for the first such invoice without a reason.
        Otherwise as `booking.services.approve`.
    """
    access.require(Right.DOCUMENT_BOOK)
    _refuse_duplicates(access, [approval.proposal_id for approval in approvals])
    return booking.approve(access=access, approvals=approvals, at=at)


@dataclass(frozen=True, slots=True)
class BatchBooked:
    """What of a batch was booked, and what was refused with why."""

    booked: tuple[Booked, ...]
    refused: tuple[tuple[Approval, str], ...]


def book_what_can_be(*, access: Access, approvals: Sequence[Approval], at: datetime) -> BatchBooked:
    """Book proposals of invoices in this order; one that is refused stays, says why, and stops no other.

    Raises:
        NotAllowed: the user may not book.
    """
    access.require(Right.DOCUMENT_BOOK)
    try:
        with transaction.atomic():
            return BatchBooked(tuple(book_invoices(access=access, approvals=approvals, at=at)), ())
    except REFUSALS as no:
        if len(approvals) == 1:
            return BatchBooked((), ((approvals[0], str(no)),))
    parts = [book_what_can_be(access=access, approvals=[one], at=at) for one in approvals]
    return BatchBooked(
        tuple(one for part in parts for one in part.booked), tuple(one for part in parts for one in part.refused)
    )


def correct_invoice(
    *,
    access: Access,
    proposal_id: int,
    version: int,
    on: date,
    on_date: date,
    lines: tuple[DraftLine, ...],
    at: datetime,
) -> Booked:
    """Reverse the entry of an invoice and book it again, as one step. Raises: as `booking.services.correct`.

    Whether it looks like another one was judged when it was booked; correcting it books nothing a second time.
    """
    access.require(Right.DOCUMENT_BOOK)
    return booking.correct(
        access=access, proposal_id=proposal_id, version=version, on=on, on_date=on_date, lines=lines, at=at
    )


def _refuse_duplicates(access: Access, proposal_ids: Sequence[int]) -> None:
    for invoice in _with_another(access, proposal_ids):
        found = suspected_duplicate(access=access, invoice=invoice)
        if found is not None:
            raise found


def _with_another(access: Access, proposal_ids: Sequence[int]) -> list[Invoice]:
    """The invoices among these proposals that have another of the same contact beside them, with the same number or
    the same date and total, and no reason. Which of them looks like it is asked of those few only: the database would
    take longer to plan that question than to answer it, at each booking.
    """
    is_asked, ids = one_of(proposal_ids)
    other = "EXISTS (SELECT 1 FROM invoices_invoice o WHERE o.domain_id = i.domain_id AND o.contact_id = i.contact_id"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id FROM invoices_invoice i JOIN booking_proposal p ON p.domain_id = i.domain_id "
            "AND p.subject_kind = i.side AND p.subject_id = i.id "
            f"WHERE i.domain_id = %s AND p.id {is_asked} AND i.duplicate_reason = '' "
            f"AND ({other} AND o.number_key = i.number_key AND o.id <> i.id) "
            f"OR {other} AND o.issued_on = i.issued_on AND o.total_cents = i.total_cents AND o.id <> i.id))",
            [access.domain_id, ids],
        )
        alike = [row[0] for row in cursor.fetchall()]
    return list(Invoice.objects.filter(domain_id=access.domain_id, id__in=alike).order_by("id")) if alike else []


def _is(administration: Administration, party: Party) -> bool:
    numbers = {number for number in (party.enterprise, party.vat) if number}
    own = {number for number in (administration.enterprise_number, administration.vat_number) if number}
    # A VAT number is the enterprise number with BE in front: a document may name either.
    bare = {number.removeprefix("BE") for number in numbers}
    return bool(bare & {number.removeprefix("BE") for number in own})


def _party(party: Party) -> PartyFacts:
    """The party as contacts know it. A number of a foreign register is left out: two countries may give the same."""
    vat = party.vat or ""
    enterprise = party.enterprise or ""
    if party.country not in (None, "BE") or not enterprise_number.is_valid(enterprise):
        enterprise = vat[2:] if vat.startswith("BE") and vat_number.is_valid(vat) else ""
    return PartyFacts(
        name=party.name or "",
        enterprise_number=enterprise,
        vat_number=vat,
        iban=party.iban or "",
        country=party.country or "",
        street=party.street or "",
        postcode=party.postcode or "",
        city=party.city or "",
        email=party.email or "",
    )


def contact_key(contact: Contact) -> str:
    """The name under which the counting model knows a contact: its number, which does not change with its name."""
    return contact.enterprise_number or contact.vat_number or f"c{contact.id}"


_DOUBTS = frozenset({"AMOUNT", "PEPPOL-EN16931-R051"})
"""Findings of an amount that is none, or in another currency than the document says."""
_NEGATIVE = "Deze factuur heeft een negatief totaal en is als creditnota voorgesteld. Kijk na of dat klopt."


def _invoice_facts(
    read: ReadInvoice, side: Side, party: PartyFacts, contact: Contact, *, is_negative: bool
) -> InvoiceFacts:
    """What the document says about the other party comes first; what we know of the contact fills in."""
    vat = party.vat_number or contact.vat_number
    vat_country = vat_number.country_of(vat) if vat else None
    return InvoiceFacts(
        side=side,
        kind=read.kind,
        currency=read.currency,
        contact_key=contact_key(contact),
        contact_name=contact.name,
        contact_country=party.country or contact.country or None,
        contact_vat_country=vat_country,
        net_cents=read.net_cents,
        vat_cents=read.vat_cents,
        total_cents=read.total_cents,
        lines=tuple(FactLine(line.description, line.net_cents, line.category, line.percent) for line in read.lines),
        vat=tuple(
            FactVat(
                group.category,
                group.percent,
                group.base_cents,
                group.vat_cents,
                group.exemption_code,
                group.exemption_reason,
            )
            for group in read.vat
        ),
        findings=(
            *(finding.text for finding in read.findings if finding.severity == "ERROR"),
            *([_NEGATIVE] if is_negative else []),
        ),
    )


def _payment_text(read: ReadInvoice) -> str:
    """The text to pay with on one line, 140 signs at most: what a transfer takes (rules §4.4)."""
    return "" if read.structured else " ".join((read.payment_text or "").split())[:140]


def _booking_facts(read: ReadInvoice, side: Side, contact: Contact, sha256: str) -> BookingFacts:
    return BookingFacts(
        document=DocumentFacts(
            side=side,
            kind=read.kind,
            total_cents=read.total_cents,
            printed_vat=tuple(PrintedVat(group.percent, group.base_cents, group.vat_cents) for group in read.vat),
            description=f"{contact.name} {read.number}"[:200],
        ),
        document_number=read.number or "",
        due_on=read.due_on,
        structured=read.structured or "",
        sha256=sha256,
        currency=read.currency,
        doubts=tuple(dict.fromkeys(finding.text for finding in read.findings if finding.rule in _DOUBTS)),
    )


def proposal_of(*, access: Access, invoice: Invoice) -> Proposal:
    """The proposal of an invoice."""
    return Proposal.objects.get(domain_id=access.domain_id, subject_kind=invoice.side, subject_id=invoice.id)
