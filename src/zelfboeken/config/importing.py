"""`zelfboeken import`: the same intake as an upload, one JSON object a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone

from zelfboeken.access.services import Access
from zelfboeken.booking.services import Approval
from zelfboeken.documents.models import Arrival
from zelfboeken.documents.services import FileRefused
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.invoices.services import book_invoices, proposal_of, suspected_duplicate
from zelfboeken.matching.services import propose_for_entries
from zelfboeken.tenancy.models import Administration


def import_file(*, access: Access, administration: Administration, path: Path, book_certain: bool) -> dict[str, Any]:
    """Take one file in; with `book_certain`, book it when every check of its proposal is right."""
    try:
        arrived = receive_file(
            access=access,
            administration=administration,
            name=path.name,
            content=path.read_bytes(),
            source=Arrival.Source.COMMAND,
            at=timezone.now(),
        )
    except (FileRefused, OSError) as no:
        return {"file": str(path), "sha256": None, "state": "REFUSED", "kind": None, "public_id": None,
                "findings": [], "booked": False, "reason": str(no)}  # fmt: skip
    return {
        "file": str(path),
        "sha256": arrived.document.sha256,
        "state": "REPEATED" if arrived.is_repeat else arrived.outcome,
        "kind": _kind(arrived),
        "public_id": str(arrived.document.public_id),
        "findings": list(arrived.findings),
        "booked": _book(access, arrived) if book_certain else False,
        "reason": arrived.text,
    }


def _kind(arrived: Arrived) -> str | None:
    if arrived.invoice is not None:
        return f"{arrived.invoice.side.lower()}_{arrived.invoice.kind.lower()}"
    return "bank" if arrived.statements else None


def _book(access: Access, arrived: Arrived) -> bool:
    if arrived.invoice is None:
        return False  # what may be settled by itself was settled when the lines came in
    proposal = proposal_of(access=access, invoice=arrived.invoice)
    if not proposal.is_ready or suspected_duplicate(access=access, invoice=arrived.invoice) is not None:
        return False
    [booked] = book_invoices(access=access, approvals=[Approval(proposal.id, proposal.version)], at=timezone.now())
    propose_for_entries(
        access=access,
        administration_id=proposal.administration_id,
        entry_ids=[booked.entry.id],
        at=timezone.now(),
    )
    return True
