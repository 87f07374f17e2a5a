"""What the generator knows about each file it makes: the true booking, against which a proposal is measured.

All amounts are whole cents. In bank truths the sign is that of the bank line: above zero is money in.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Side = Literal["PURCHASE", "SALE"]
DocumentKind = Literal["INVOICE", "CREDIT_NOTE"]
BankKind = Literal["MATCH", "BOOK", "TRANSFER"]


@dataclass(frozen=True, slots=True)
class CodedLine:
    """The booking of one line of the file, in its order. ``vat_code`` is side.kind.rate.nature of the VAT table."""

    gl_code: str
    vat_code: str
    net_cents: int
    deductible_percent: Decimal
    description: str


@dataclass(frozen=True, slots=True)
class PrintedVat:
    """One VAT group as the file prints it."""

    percent: Decimal | None
    base_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class DocumentTruth:
    """What a document is and how it is booked. ``total_cents`` is what the file asks to pay, never below zero."""

    number: str
    side: Side
    kind: DocumentKind
    contact: str
    contact_vat: str | None
    contact_iban: str | None
    issued_on: date
    due_on: date
    total_cents: int
    printed_vat: tuple[PrintedVat, ...]
    lines: tuple[CodedLine, ...]
    structured: str | None
    corrects: str | None


@dataclass(frozen=True, slots=True)
class DemoDocument:
    """A UBL file as it arrives (PURCHASE) or as the bakery sends it (SALE), with its true booking."""

    file_name: str
    content: bytes
    side: Side
    issued_on: date
    truth: DocumentTruth

    @property
    def key(self) -> str:
        """Unique in the year: two suppliers may use the same number."""
        return f"{self.truth.contact}|{self.truth.number}"


@dataclass(frozen=True, slots=True)
class OpeningItem:
    """An invoice of last year that was still open on 1 January; no file of it comes in."""

    number: str
    side: Side
    contact: str
    contact_vat: str | None
    contact_iban: str | None
    issued_on: date
    due_on: date
    total_cents: int
    structured: str | None

    @property
    def key(self) -> str:
        """As the key of a document."""
        return f"{self.contact}|{self.number}"


@dataclass(frozen=True, slots=True)
class GLAmount:
    """A ledger line of an entry; one of the two amounts is zero."""

    gl_code: str
    debit_cents: int = 0
    credit_cents: int = 0


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of a bank line that pays one document (or opening item), by its key; signed like the bank line."""

    document: str
    cents: int


@dataclass(frozen=True, slots=True)
class LineTruth:
    """The true booking of one bank line.

    ``amount_cents`` = allocations + ``on_account_cents`` + credit less debit of ``gl_lines``.
    ``on_account_cents`` stays open on ``contact``: paid too much, or that money given back.
    ``how`` says which trick the line plays, for a table of what is recognised: EXACT_STRUCTURED, NO_REFERENCE, …
    """

    kind: BankKind
    how: str
    amount_cents: int
    allocations: tuple[Allocation, ...] = ()
    gl_lines: tuple[GLAmount, ...] = ()
    contact: str | None = None
    on_account_cents: int = 0


@dataclass(frozen=True, slots=True)
class DemoStatement:
    """A CODA file of one bank account and one day; ``lines`` in the order of its movements."""

    file_name: str
    content: bytes
    gl_code: str
    iban: str
    number: int
    date: date
    opening_cents: int
    closing_cents: int
    lines: tuple[LineTruth, ...]


@dataclass(frozen=True, slots=True)
class DemoEntry:
    """A miscellaneous or opening entry that no file brings: wages, VAT close, depreciation."""

    kind: Literal["OPENING", "WAGES", "VAT_CLOSE", "DEPRECIATION"]
    on: date
    description: str
    lines: tuple[GLAmount, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """Everything that happens to the bakery in one calendar year, in order of date."""

    year: int
    documents: tuple[DemoDocument, ...]
    opening_items: tuple[OpeningItem, ...]
    statements: tuple[DemoStatement, ...]
    entries: tuple[DemoEntry, ...]

    def until(self, end: date) -> "Year":
        """What came before ``end``: `make demo` books ``until(date(year, 11, 1))`` and leaves the rest to a visitor."""
        return Year(
            self.year,
            tuple(document for document in self.documents if document.issued_on < end),
            self.opening_items,
            tuple(statement for statement in self.statements if statement.date < end),
            tuple(entry for entry in self.entries if entry.on < end),
        )

    def between(self, start: date, end: date) -> "Year":
        """The files from ``start`` up to, not including, ``end``: what a visitor finds to do."""
        return Year(
            self.year,
            tuple(document for document in self.documents if start <= document.issued_on < end),
            (),
            tuple(statement for statement in self.statements if start <= statement.date < end),
            (),
        )
