"""What the tests of intake share: handing a file in through the service, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from tests.books import NOW, Books
from tests.files import THEIR_IBAN, THEM, US
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import Approval, change_lines
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.documents.models import Arrival
from zelfboeken.documents.storage import read_original
from zelfboeken.inbox.models import Reading
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import book_invoices, proposal_of
from zelfboeken.invoices.writers.ubl import UblAllowance, UblAttachment, UblInvoice, UblLine, UblParty, write_ubl
from zelfboeken.ledger.models import Entry, EntryLine


def receive(
    books: Books,
    content: bytes,
    name: str = "factuur.xml",
    source: Arrival.Source = Arrival.Source.UPLOAD,
    at: datetime = NOW,
) -> Arrived:
    """Hand one file in, in the open domain of these books."""
    return receive_file(
        access=books.access,
        administration=books.administration,
        name=name,
        content=content,
        source=source,
        at=at,
    )


def invoice_of(arrived: Arrived) -> Invoice:
    """The invoice that a file became; says why when it became none."""
    assert arrived.invoice is not None, arrived.text
    return arrived.invoice


def proposed(books: Books, arrived: Arrived) -> Proposal:
    """The proposal of a file, as it is stored now."""
    return proposal_of(access=books.access, invoice=invoice_of(arrived))


def reading_of(books: Books, arrived: Arrived) -> Reading:
    """What was kept about reading a file."""
    return Reading.objects.get(domain_id=books.domain.id, document_id=arrived.document.id)


def original_of(books: Books, arrived: Arrived) -> bytes:
    """The bytes that were kept."""
    return read_original(domain_id=books.domain.id, sha256=arrived.document.sha256)


def counted(books: Books) -> dict[str, int]:
    """How much of what could be made of files is there."""
    models = {"invoices": Invoice, "proposals": Proposal, "entries": Entry}
    return {name: model.objects.filter(domain_id=books.domain.id).count() for name, model in models.items()}


def ubl(
    *lines: tuple[str, str, str, str],
    number: str = "2026-1187",
    supplier: UblParty = THEM,
    customer: UblParty = US,
    kind: str = "INVOICE",
    issued_on: date = date(2026, 11, 12),
    exemption: str | None = None,
    reason: str | None = None,
    allowances: tuple[UblAllowance, ...] = (),
    prepaid_cents: int = 0,
    currency: str = "EUR",
    attachments: tuple[UblAttachment, ...] = (),
    payment_text: str | None = None,
) -> bytes:
    """A UBL file of these lines: description, net, VAT category and percent."""
    return write_ubl(
        UblInvoice(
            kind=kind,  # type: ignore[arg-type]
            number=number,
            issued_on=issued_on,
            due_on=date(2026, 12, 12),
            supplier=supplier,
            customer=customer,
            buyer_reference="KL31",
            iban=THEIR_IBAN if supplier == THEM else None,
            preceding=("2026-1100",) if kind == "CREDIT_NOTE" else (),
            allowances=allowances,
            prepaid_cents=prepaid_cents,
            currency=currency,
            attachments=attachments,
            payment_text=payment_text,
            lines=tuple(_line(*line, exemption=exemption, reason=reason) for line in lines),
        )
    )


def _line(text: str, net: str, category: str, percent: str, *, exemption: str | None, reason: str | None) -> UblLine:
    price = Decimal(net)
    sign = Decimal(-1 if price < 0 else 1)
    needs = category in {"E", "AE", "K", "G", "O"}
    return UblLine(
        text, sign, "C62", abs(price), int(price * 100), category, None if category == "O" else Decimal(percent),
        exemption_code=exemption if needs else None,
        exemption_reason=(reason or ("" if exemption else "Vrijgesteld")) or None if needs else None,
    )  # fmt: skip


def chosen(
    books: Books, proposal: Proposal, gl_code: str | None = None, vat: str | None = None, on_date: date | None = None
) -> Proposal:
    """The proposal after a person gave every line another account or VAT code, and its booking another date."""
    lines = tuple(
        replace(line, gl_code=gl_code or line.gl_code, vat_code=vat or line.vat_code)
        for line in lines_from_json(proposal.lines)
    )
    return change_lines(
        access=books.access,
        proposal_id=proposal.id,
        version=proposal.version,
        on_date=on_date or proposal.on_date,
        lines=lines,
        at=NOW,
    )


def book(books: Books, proposal: Proposal) -> int:
    """Book a proposal as it is now; the id of its entry."""
    approval = Approval(proposal.id, proposal.version)
    return book_invoices(access=books.access, approvals=[approval], at=NOW)[0].entry.id


def entry_of(books: Books, content: bytes, gl_code: str | None = None, vat: str | None = None) -> int:
    """A file in, its entry out: as proposed, or with the account and VAT code that a person chooses."""
    proposal = proposed(books, receive(books, content))
    return book(books, chosen(books, proposal, gl_code, vat) if gl_code or vat else proposal)


def sides_of(books: Books, entry_id: int) -> list[str]:
    """The lines of an entry as the rules write them: ``D 613000 100.00``."""
    codes = {account_id: code for code, account_id in books.accounts.items()}
    rows = EntryLine.objects.filter(domain_id=books.domain.id, entry_id=entry_id).order_by("n")
    found = []
    for row in rows:
        side, cents = ("D", row.debit_cents) if row.debit_cents else ("C", row.credit_cents)
        found.append(f"{side} {codes[row.gl_account_id]} {cents / 100:.2f}")
    return found


def grids_of(books: Books, entry_id: int) -> dict[int, int]:
    """The VAT grids of an entry, in cents."""
    sums: dict[int, int] = {}
    for row in EntryLine.objects.filter(domain_id=books.domain.id, entry_id=entry_id):
        for grid, cents in zip(row.vat_grids, row.vat_cents, strict=True):
            sums[grid] = sums.get(grid, 0) + cents
    return dict(sorted((grid, cents) for grid, cents in sums.items() if cents))
