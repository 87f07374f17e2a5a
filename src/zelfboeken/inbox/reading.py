"""What a file is, and reading it where it can do no harm."""

from __future__ import annotations

import re
from enum import StrEnum

from zelfboeken.bank.readers.model import ReadBankFile
from zelfboeken.documents.readers.pdf import PdfPage, asked_picture
from zelfboeken.invoices.readers.model import ReadInvoice
from zelfboeken.runtime.cage import Cage, CageFailed, Limits

LIMITS = Limits(seconds=20, cpu_seconds=10, memory=768 * 1024 * 1024)
"""What the largest e-invoice that is taken needs (40 MB of lines: 4 s and 600 MB of addresses), and a little more."""
PDF_LIMITS = Limits(seconds=20, cpu_seconds=20, memory=1024 * 1024 * 1024)
MAIL_LIMITS = Limits(seconds=20, cpu_seconds=10, memory=1024 * 1024 * 1024)
"""What a mail of 50 MB needs: its bytes, its parts, and its parts decoded."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CODA_HEADER = re.compile(rb"0[0-9]{4}[0-9]{6}.{3}05")


class FileKind(StrEnum):
    """What the bytes are, whatever the name says."""

    UBL = "ubl"
    CODA = "coda"


class NotRecognised(ValueError):
    """The bytes are nothing that can be read; the file is kept with this sentence."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


def kind_of(content: bytes) -> FileKind:
    """The kind of a file by its bytes; a name or extension is never trusted (INV-30).

    Raises:
        NotRecognised: with what it seems to be instead.
    """
    start = content[:400].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if start.startswith(b"<"):
        return FileKind.UBL
    if _CODA_HEADER.match(start) or (start[:1] == b"0" and len(content.split(b"\n", 1)[0].rstrip(b"\r")) == 128):
        return FileKind.CODA
    if start.startswith(b"%PDF"):
        raise NotRecognised("Dit is een pdf. Lever de e-factuur (xml) aan, die leest zichzelf.", code="pdf")
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise NotRecognised("Dit is een ingepakt bestand. Pak het uit en lever de bestanden aan.", code="archive")
    raise NotRecognised("Dit is geen e-factuur en geen CODA-bestand. Kies een ander bestand.", code="unknown_format")


def new_cage() -> Cage:
    """A cage that knows our readers: one per process."""
    return Cage(
        preload=(
            "zelfboeken.belgium.loaded",
            "zelfboeken.invoices.readers.ubl",
            "zelfboeken.bank.readers.coda",
            "zelfboeken.documents.readers.pdf",
            "zelfboeken.questions.readers.mail",
        ),
        functions={
            "pdf_pages": "zelfboeken.documents.readers.pdf:pages_of",
            "pdf_picture": "zelfboeken.documents.readers.pdf:picture_of",
            "mail": "zelfboeken.questions.readers.mail:read_mail",
            "mail_head": "zelfboeken.questions.readers.mail:read_envelope",
            FileKind.UBL: "zelfboeken.invoices.readers.ubl:read_ubl",
            FileKind.CODA: "zelfboeken.bank.readers.coda:read_coda",
        },
        classes=(
            "zelfboeken.documents.readers.pdf:PdfPage",
            "zelfboeken.questions.readers.mail:ReadMail",
            "zelfboeken.questions.readers.mail:MailFile",
            "zelfboeken.invoices.readers.model:ReadInvoice",
            "zelfboeken.invoices.readers.model:Party",
            "zelfboeken.invoices.readers.model:VatGroup",
            "zelfboeken.invoices.readers.model:InvoiceLine",
            "zelfboeken.invoices.readers.model:Attachment",
            "zelfboeken.invoices.readers.model:Finding",
            "zelfboeken.bank.readers.model:ReadBankFile",
            "zelfboeken.bank.readers.model:ReadStatement",
            "zelfboeken.bank.readers.model:ReadBankLine",
            "zelfboeken.bank.readers.model:BankDetail",
            "zelfboeken.bank.readers.model:Finding",
        ),
    )


_cage: Cage | None = None


def cage() -> Cage:
    """The cage of this process, started when the first file comes."""
    global _cage
    if _cage is None:
        _cage = new_cage()
    return _cage


def read_content(content: bytes, *, owner: str) -> ReadInvoice | ReadBankFile:
    """What these bytes say, read in the cage; files of one `owner` may share a child, never those of two.

    Raises:
        NotRecognised: they are nothing that can be read.
        Refused: the reader says why it takes no such file.
        CageFailed: reading took too long or too much, or broke.
    """
    read = cage().run(kind_of(content), content, owner=owner, limits=LIMITS)
    if not isinstance(read, ReadInvoice | ReadBankFile):
        raise CageFailed("CRASH", f"a {type(read).__name__} came back")
    return read


def pdf_pages(content: bytes, *, owner: str) -> tuple[PdfPage, ...]:
    """The pages of a PDF: their sizes and text. Raises Refused or CageFailed."""
    found = cage().run("pdf_pages", content, owner=owner, limits=PDF_LIMITS)
    if not isinstance(found, tuple) or not all(isinstance(page, PdfPage) for page in found):
        raise CageFailed("CRASH", "no pages came back")
    return found


def pdf_picture(content: bytes, number: int, *, owner: str) -> bytes:
    """The picture of a page (from 0) of a PDF, as PNG. Raises Refused or CageFailed."""
    picture = cage().run("pdf_picture", asked_picture(content, number), owner=owner, limits=PDF_LIMITS)
    if not isinstance(picture, bytes) or not picture.startswith(_PNG):
        raise CageFailed("CRASH", "no picture came back")
    return picture
