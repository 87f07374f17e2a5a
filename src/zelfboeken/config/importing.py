"""`zelfboeken import`: the same intake as an upload, one JSON object a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone

from zelfboeken.access.services import Access
from zelfboeken.bank.models import BankLine
from zelfboeken.booking.services import Approval
from zelfboeken.config.local_files import FileNotRead, bytes_of
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.services import FileRefused
from zelfboeken.documents.storage import sha256_of
from zelfboeken.inbox.models import Outcome, Reading
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import book_what_can_be, proposal_of, suspected_duplicate
from zelfboeken.matching.services import propose_for_entries
from zelfboeken.tenancy.models import Administration


def import_file(*, access: Access, administration: Administration, path: Path, book_certain: bool) -> dict[str, Any]:
    """Take one file in; with `book_certain`, book it when every check of its proposal is right.

    A booking that the books refuse leaves the file taken in, with the reason. `booked` tells whether what the file
    brought is booked when the command ends: of a bank file, every line.
    """
    content = b""
    try:
        content = bytes_of(path)
        arrived = receive_file(
            access=access,
            administration=administration,
            name=path.name,
            content=content,
            source=Arrival.Source.COMMAND,
            at=timezone.now(),
        )
    except FileRefused as no:
        return _refused(path, sha256_of(content), str(no))
    except FileNotRead as no:
        return _refused(path, None, str(no))
    reason = arrived.text
    if book_certain and not arrived.is_repeat and arrived.invoice is not None:
        reason = _book(access, arrived.invoice) or reason
    return {
        "file": str(path),
        "sha256": arrived.document.sha256,
        "state": "REPEATED" if arrived.is_repeat else arrived.outcome,
        "kind": _kind(access, arrived),
        "public_id": str(arrived.document.public_id),
        "findings": _findings(access, arrived),
        "booked": _is_booked(access, arrived),
        "reason": reason,
    }


def _refused(path: Path, sha256: str | None, reason: str) -> dict[str, Any]:
    return {"file": str(path), "sha256": sha256, "state": "REFUSED", "kind": None, "public_id": None,
            "findings": [], "booked": False, "reason": reason}  # fmt: skip


def _invoice(access: Access, document: Document) -> Invoice | None:
    return Invoice.objects.filter(domain_id=access.domain_id, document_id=document.id).first()


def _kind(access: Access, arrived: Arrived) -> str | None:
    invoice = arrived.invoice or _invoice(access, arrived.document)
    if invoice is not None:
        return f"{invoice.side.lower()}_{invoice.kind.lower()}"
    return "bank" if arrived.outcome == Outcome.BANK else None


def _findings(access: Access, arrived: Arrived) -> list[Any]:
    if not arrived.is_repeat:
        return list(arrived.findings)
    return list(Reading.objects.get(domain_id=access.domain_id, document_id=arrived.document.id).findings)


def _book(access: Access, invoice: Invoice) -> str:
    """Book an invoice that is ready and has nothing against it; why the books refused it, or nothing."""
    proposal = proposal_of(access=access, invoice=invoice)
    if not proposal.is_ready or suspected_duplicate(access=access, invoice=invoice) is not None:
        return ""
    approval = Approval(proposal.id, proposal.version)
    batch = book_what_can_be(access=access, approvals=[approval], at=timezone.now())
    propose_for_entries(
        access=access,
        administration_id=proposal.administration_id,
        entry_ids=[one.entry.id for one in batch.booked],
        at=timezone.now(),
    )
    return batch.refused[0][1] if batch.refused else ""


def _is_booked(access: Access, arrived: Arrived) -> bool:
    invoice = arrived.invoice or _invoice(access, arrived.document)
    if invoice is not None:
        return proposal_of(access=access, invoice=invoice).entry_id is not None
    lines = BankLine.objects.filter(domain_id=access.domain_id, statement__document_id=arrived.document.id)
    return lines.exists() and not lines.filter(entry_id__isnull=True).exists()
