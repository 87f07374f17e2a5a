"""What the tests of intake share: handing a file in through the service, and what became of it."""

from __future__ import annotations

from datetime import datetime

from tests.books import NOW, Books
from zelfboeken.booking.models import Proposal
from zelfboeken.documents.models import Arrival
from zelfboeken.documents.storage import read_original
from zelfboeken.inbox.models import Reading
from zelfboeken.inbox.services import Arrived, receive_file
from zelfboeken.invoices.models import Invoice
from zelfboeken.invoices.services import proposal_of
from zelfboeken.ledger.models import Entry


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
