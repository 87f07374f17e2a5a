"""Taking in a file: its bytes once, each arrival noted."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened
from zelfboeken.documents.limits import MAX_BYTES, TOO_LARGE
from zelfboeken.documents.models import Arrival, Document
from zelfboeken.documents.storage import StorageFull, write_original

__all__ = ["MAX_BYTES", "FileRefused", "Received", "clean_name", "receive_document", "too_large"]


class FileRefused(ValueError):
    """A file that is not taken in at all."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Received:
    """The document of a file, and whether it was already there."""

    document: Document
    is_repeat: bool


def receive_document(
    *, access: Access, administration_id: int, name: str, content: bytes, source: Arrival.Source, at: datetime
) -> Received:
    """Store the bytes of a file unchanged; the same bytes again point to the document that is there (INV-15).

    Raises:
        NotAllowed: the user may not deliver documents.
        FileRefused: the file is empty or above 50 MB, or there is no room for it.
    """
    access.require(Right.DOCUMENT_DELIVER)
    access.require_reach(administration_id)
    if not content:
        raise FileRefused("Dit bestand is leeg. Kies een ander bestand.", code="file_empty")
    if len(content) > MAX_BYTES:
        raise too_large()
    shown = clean_name(name)
    try:
        digest = write_original(domain_id=access.domain_id, content=content)
    except StorageFull as no:
        raise FileRefused(str(no), code=no.code) from no
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_document (domain_id, public_id, administration_id, sha256, size, name, received_at) "
            "VALUES (%s, gen_random_uuid(), %s, %s, %s, %s, %s) "
            "ON CONFLICT (domain_id, sha256) DO NOTHING RETURNING id",
            [access.domain_id, administration_id, digest, len(content), shown, at],
        )
        is_repeat = cursor.fetchone() is None
    document = Document.objects.get(domain_id=access.domain_id, sha256=digest)
    Arrival.objects.create(
        domain_id=access.domain_id,
        document_id=document.id,
        source=source,
        name=shown,
        is_repeat=is_repeat,
        arrived_at=at,
        arrived_by=access.user_id,
    )
    action = "document.repeated" if is_repeat else "document.received"
    access.log(at=at, events=[Happened(action, str(document.public_id), {"name": shown, "sha256": digest})])
    return Received(document, is_repeat)


def too_large() -> FileRefused:
    """The refusal of a file above the limit, for who knows its size before it has its bytes."""
    return FileRefused(TOO_LARGE, code="file_too_large")


def clean_name(name: str) -> str:
    """A file name fit for showing: its last part, without control or direction characters, at most 120 long."""
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(". ")
    return shown[:120] or "bestand"
