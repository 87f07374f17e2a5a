"""A file comes in: stored, read in the cage, and handed to invoices or bank. What cannot be read is kept with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.bank.readers.model import ReadBankFile
from zelfboeken.bank.services import NOT_KNOWN, ImportedStatement, import_statements
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import receive_document
from zelfboeken.documents.storage import read_original
from zelfboeken.inbox.models import Outcome, Reading
from zelfboeken.inbox.reading import NotRecognised, read_content
from zelfboeken.invoices.models import Invoice, Side
from zelfboeken.invoices.readers.model import ReadInvoice
from zelfboeken.invoices.services import (
    FactsMissing,
    SideUnknown,
    SuspectedDuplicate,
    WhoIsWho,
    register_invoice,
    suspected_duplicate,
    who_is_who,
)
from zelfboeken.matching.services import propose_for_lines
from zelfboeken.runtime.cage import CageFailed, Refused
from zelfboeken.tenancy.models import Administration
from zelfboeken.workload.services import changed

log = structlog.get_logger()

_WORTH_ANOTHER_TRY = frozenset({"TIME", "MEMORY", "CRASH"})
"""Reasons that may lie with the machine of that moment and not with the file."""


class NothingAsked(LookupError):
    """There is no question about this document, or somebody else answered it."""

    code = "nothing_asked"

    def __init__(self) -> None:
        super().__init__("Op dit stuk staat geen vraag meer open: iemand anders was je voor. Herlaad de pagina.")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of a file; `text` is the Dutch sentence a person gets."""

    document: Document
    outcome: str
    text: str
    is_repeat: bool
    invoice: Invoice | None = None
    statements: tuple[ImportedStatement, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether the file was read and is new."""
        return not self.is_repeat and self.outcome in {Outcome.INVOICE, Outcome.BANK}


def receive_file(
    *,
    access: Access,
    administration: Administration,
    name: str,
    content: bytes,
    source: Arrival.Source,
    at: datetime,
) -> Arrived:
    """Take a file in, whole or not at all; never refuses it for what it says inside.

    The same bytes again are told to be there already. They are only read again when reading failed the time before for
    want of time or memory, and a bank file always: what could not be taken in the first time (an account that was not
    there yet, a statement whose neighbour was missing) is then, and nothing is doubled.

    Raises:
        NotAllowed: the user may not deliver documents.
        FileRefused: empty or too large.
    """
    received = receive_document(
        access=access, administration_id=administration.id, name=name, content=content, source=source, at=at
    )
    if received.is_repeat:
        on = timezone.localtime(received.document.received_at)
        text = f"{received.document.name} is al ontvangen op {on:%d/%m/%Y}."
        reading = Reading.objects.filter(domain_id=access.domain_id, document_id=received.document.id).first()
        if reading is None:
            # It only went along with an answer until now; this is the first time that it is handed in.
            return _read(access, administration, received.document, content, at)
        if reading.outcome == Outcome.BANK:
            again = _read(access, administration, received.document, content, at)
            if not all(one.is_known for one in again.statements):
                text = f"{text} {again.text}"
            return replace(again, text=text, is_repeat=True)
        if reading.code not in _WORTH_ANOTHER_TRY:
            return Arrived(received.document, reading.outcome, text, is_repeat=True)
    return _read(access, administration, received.document, content, at)


def say_side(*, access: Access, document: Document, side: Side, at: datetime) -> Arrived:
    """A person says whether an invoice is a purchase or a sale; it is read again and registered.

    Raises:
        NotAllowed: the user may not complete data.
        NothingAsked: there is no question about this document, or it was answered meanwhile.
        OriginalLost: the file is gone or damaged.
    """
    access.require(Right.DATA_COMPLETE)
    asked = Reading.objects.select_for_update().filter(
        domain_id=access.domain_id, document_id=document.id, outcome=Outcome.ASK_SIDE
    )
    if not access.reaches(document.administration_id) or not asked.exists():
        raise NothingAsked
    administration = Administration.objects.get(domain_id=access.domain_id, id=document.administration_id)
    content = read_original(domain_id=access.domain_id, sha256=document.sha256)
    return _read(access, administration, document, content, at, said=WhoIsWho(administration, side))


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What reading waiting bank files again brought: statements that came in, and files that still wait."""

    statements: int
    left: int


def files_waiting_for(*, access: Access, ibans: Sequence[str]) -> dict[str, int]:
    """How many bank files wait for each of these accounts: read before it was there, and not since."""
    reasons = list(_told_of_accounts(access).values_list("reason", flat=True))
    return {iban: sum(iban in reason for reason in reasons) for iban in ibans}


def take_in_again(*, access: Access, administration: Administration, iban: str, at: datetime) -> TakenIn:
    """Read the bank files again that told of an account nobody had added, now that it is there.

    Each file is taken in whole or stays as it is: one that is lost, cannot be read now or fails otherwise keeps what
    was told of it, and holds up no other. Only as many are begun as fit in a few seconds; the rest waits for a next
    time, since others wait for the locks of this one.
    """
    if not access.may(Right.DOCUMENT_DELIVER):
        return TakenIn(0, 0)
    # Of a file with many problems not each is told: it may wait for this account too.
    waiting = [one for one in _told_of_accounts(access).order_by("id") if iban in one.reason or _MORE in one.reason]
    statements, left, until = 0, 0, monotonic() + _SECONDS_OF_READING
    for reading in waiting:
        if monotonic() > until:
            left += 1
            continue
        try:
            with transaction.atomic():
                statements += _take_in(access, administration, reading.document, at)
        except Exception:
            # Whatever is wrong with one old file must not keep the account from being added.
            log.exception("bank file not read again", document=str(reading.document.public_id))
            left += 1
    return TakenIn(statements, left)


def _told_of_accounts(access: Access) -> QuerySet[Reading]:
    told = Q(reason__contains=NOT_KNOWN) | Q(reason__contains=_MORE)
    found = Reading.objects.filter(told, domain_id=access.domain_id, outcome=Outcome.BANK)
    if access.administration_ids is not None:
        found = found.filter(document__administration_id__in=access.administration_ids)
    return found.select_related("document")


def _take_in(access: Access, administration: Administration, document: Document, at: datetime) -> int:
    content = read_original(domain_id=access.domain_id, sha256=document.sha256)
    # What cannot be read now would be kept as unreadable, although some of its statements may be booked already.
    read_content(content, owner=str(access.domain_id))
    again = _read(access, administration, document, content, at)
    return sum(one.statement is not None and not one.is_known for one in again.statements)


_SECONDS_OF_READING = 5
_MOST_KEPT, _MOST_KEPT_BYTES = 100, 200_000
_read_invoices: dict[str, ReadInvoice] = {}
"""Invoices by the hash of their original: at most so many, of files that are not large, until there are too many."""


def read_again(*, access: Access, sha256: str) -> ReadInvoice:
    """The invoice in a stored original, to show its lines.

    The original is read and held against its hash each time; what was read of it is kept a while, since the same
    bytes always read the same.

    Raises:
        OriginalLost: the file is gone or damaged.
        NotRecognised, Refused, CageFailed: it could not be read now.
    """
    content = read_original(domain_id=access.domain_id, sha256=sha256)
    kept = _read_invoices.get(sha256)
    if kept is not None:
        return kept
    read = read_content(content, owner=str(access.domain_id))
    if not isinstance(read, ReadInvoice):
        raise CageFailed("CRASH", "no invoice")
    if len(content) <= _MOST_KEPT_BYTES:
        if len(_read_invoices) >= _MOST_KEPT:
            _read_invoices.clear()
        _read_invoices[sha256] = read
    return read


def _read(
    access: Access,
    administration: Administration,
    document: Document,
    content: bytes,
    at: datetime,
    *,
    said: WhoIsWho | None = None,
) -> Arrived:
    try:
        read = read_content(content, owner=str(access.domain_id))
    except (NotRecognised, Refused, CageFailed) as no:
        return _keep(access, document, Outcome.UNREADABLE, at, code=no.code, reason=str(no))
    findings = [_finding(one) for one in read.findings]
    unread = [] if isinstance(read, ReadBankFile) else list(read.unread)
    if isinstance(read, ReadBankFile):
        statements = import_statements(access=access, document=document, read=read, at=at)
        propose_for_lines(access=access, statements=statements, at=at)
        problems = _problems(tuple(one for one in statements if not one.is_known))
        return _keep(access, document, Outcome.BANK, at, reason=problems, findings=findings, statements=statements)
    try:
        who = said or who_is_who(access=access, read=read, delivered_to=administration)
        invoice = register_invoice(access=access, document=document, read=read, who=who, at=at)
    except SideUnknown as no:
        outcome, code, reason = Outcome.ASK_SIDE, no.code, str(no)
    except FactsMissing as no:
        outcome, code, reason = Outcome.UNREADABLE, no.code, str(no)
    else:
        return _keep(access, document, Outcome.INVOICE, at, findings=findings, unread=unread, invoice=invoice)
    return _keep(access, document, outcome, at, code=code, reason=reason, findings=findings, unread=unread)


def _keep(
    access: Access,
    document: Document,
    outcome: Outcome,
    at: datetime,
    *,
    code: str = "",
    reason: str = "",
    findings: list[dict[str, Any]] | None = None,
    unread: list[str] | None = None,
    invoice: Invoice | None = None,
    statements: tuple[ImportedStatement, ...] = (),
) -> Arrived:
    Reading.objects.update_or_create(
        domain_id=access.domain_id,
        document_id=document.id,
        defaults={
            "outcome": outcome,
            "code": code,
            "reason": reason,
            "findings": findings or [],
            "unread": unread or [],
            "read_at": at,
        },
    )
    changed("documents")
    text = reason
    if invoice is not None:
        text = _told_of_invoice(invoice, suspected_duplicate(access=access, invoice=invoice))
    elif statements:
        text = _told(document, statements)
    return Arrived(document, outcome, text, False, invoice, statements, tuple(findings or ()))


def _told_of_invoice(invoice: Invoice, duplicate: SuspectedDuplicate | None) -> str:
    what = "Aankoop" if invoice.side == Side.PURCHASE else "Verkoop"
    name = f"{what} {invoice.number} van {invoice.contact.name}"
    if duplicate is None:
        return f"{name} staat klaar."
    return f"{name} lijkt dubbel met {duplicate.other.number} van {duplicate.other.issued_on:%d/%m/%Y}. Kijk het na."


def _told(document: Document, statements: tuple[ImportedStatement, ...]) -> str:
    lines = sum(one.new_lines for one in statements)
    problems = _problems(statements)
    if problems and not lines:
        return problems
    count = "1 nieuwe bankverrichting" if lines == 1 else f"{lines or 'geen'} nieuwe bankverrichtingen"
    return f"{document.name}: {count}. {problems}".strip()


_MORE = "En nog"


def _problems(statements: tuple[ImportedStatement, ...]) -> str:
    """What a person has to know of the statements that were not taken in, the first three in full."""
    told = [one.problem for one in statements if one.problem]
    more = f" {_MORE} {len(told) - 3} andere." if len(told) > 3 else ""
    return " ".join(told[:3]) + more


def _finding(finding: Any) -> dict[str, Any]:
    at = getattr(finding, "at", None) or f"lijn {finding.line}, kolom {finding.column}"
    return {"rule": finding.rule, "severity": finding.severity, "at": at, "text": finding.text}
