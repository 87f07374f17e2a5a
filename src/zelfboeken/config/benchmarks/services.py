"""Reading, posting, the bank and the reports, each through the service that a page calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from zelfboeken.config.benchmarks.measuring import Measured, analyze, middle_of, timed

if TYPE_CHECKING:
    from zelfboeken.bank.services import ImportedStatement
    from zelfboeken.demo.loading import DemoBooks

DAY = date(2026, 11, 12)
_BOOKED_BEFORE = 1_000
_OPEN_ITEMS = 10_000
_BANK_LINES = 5_000


def read_ubl() -> Iterator[Measured]:
    """E-invoices of about 10 kB, each through the cage as a file that came in."""
    from zelfboeken.config.benchmarks.books import invoice_of_lines
    from zelfboeken.inbox.reading import cage

    files = [invoice_of_lines(10, number=f"2026-{n}") for n in range(400)]
    cage().run("ubl", files[0], owner="bench")
    mean = sum(map(len, files)) // len(files)
    with timed("read-ubl", len(files), f"mean {mean} bytes, one after the other, in the cage") as told:
        for content in files:
            cage().run("ubl", content, owner="bench")
    yield from told


def post_one() -> Iterator[Measured]:
    """Purchase invoices of three lines, each approved and posted in a durable transaction of its own."""
    yield from _post("post-one", 600, 1)


def post_many() -> Iterator[Measured]:
    """The same in batches, as when a person books all that is ready."""
    yield from _post("post-many", 4_000, 200)


def _post(name: str, count: int, batch: int) -> Iterator[Measured]:
    from zelfboeken.booking.services import Approval
    from zelfboeken.config.benchmarks.books import moment, new_books, waiting_documents
    from zelfboeken.invoices.services import book_invoices

    books = new_books(name)
    proposals = waiting_documents(books, count + _BOOKED_BEFORE)
    before = [Approval(proposals.pop(), 1) for _ in range(_BOOKED_BEFORE)]
    with books.open(DAY) as access:
        book_invoices(access=access, approvals=before, at=moment())
    analyze()
    note = "3 lines, own durable transaction each" if batch == 1 else f"3 lines, {batch} a transaction"
    with timed(name, len(proposals), note) as told:
        for first in range(0, len(proposals), batch):
            with books.open(DAY) as access:
                approvals = [Approval(one, 1) for one in proposals[first : first + batch]]
                book_invoices(access=access, approvals=approvals, at=moment())
    yield from told


def import_coda() -> Iterator[Measured]:
    """A statement of 5,000 lines: read, checked and stored; then 1,000 of its lines booked by hand."""
    from zelfboeken.bank.models import BankLine
    from zelfboeken.config.benchmarks.books import moment, new_books
    from zelfboeken.matching.facts import Decision, GLShare
    from zelfboeken.matching.services import Settlement, settle

    books = new_books("coda")
    content = _statement(_BANK_LINES)
    _take_in(new_books("coda-first"), _statement(10))
    with timed("import-coda", _BANK_LINES, "read in the cage, checked and stored in one transaction") as told:
        _take_in(books, content)
    yield from told
    analyze()
    with books.open(DAY) as access:
        rows = list(
            BankLine.objects.filter(domain_id=access.domain_id).order_by("id").values_list("id", "amount_cents")[:1_000]
        )
    with timed("book-bank-lines", len(rows), "on an account chosen by hand, 100 a transaction") as told:
        for first in range(0, len(rows), 100):
            settlements = [
                Settlement(line_id, Decision("BOOK", shares=(GLShare("657000", cents, ""),)))
                for line_id, cents in rows[first : first + 100]
            ]
            with books.open(DAY) as access:
                settle(access=access, settlements=settlements, at=moment())
    yield from told


def match() -> Iterator[Measured]:
    """5,000 bank lines against 10,000 open items: by the rules alone, proposed and stored, and settled."""
    from zelfboeken.bank.models import BankLine
    from zelfboeken.config.benchmarks.books import moment, new_books, open_items
    from zelfboeken.matching.items import OpenItems
    from zelfboeken.matching.models import LineProposal
    from zelfboeken.matching.queries import open_item_facts
    from zelfboeken.matching.rules import propose
    from zelfboeken.matching.services import (
        Settlement,
        line_facts,
        propose_for_lines,
        settle,
        stored_proposal,
    )

    books = new_books("match")
    payments = open_items(books, _OPEN_ITEMS)
    imported = _take_in(books, _statement(_BANK_LINES, payments))
    analyze()
    with books.open(DAY) as access:
        facts = [line_facts(one) for one in BankLine.objects.filter(domain_id=access.domain_id).order_by("id")]
        found = open_item_facts(domain_id=access.domain_id, administration_id=books.administration_id)
    with timed("match-rules", len(facts), f"against {len(found):,} open items, the rules alone") as told:
        index = OpenItems(found)
        for one in facts:
            propose(one, index, {}, {})
    yield from told
    note = f"against {len(found):,} open items, each line's proposal stored"
    # Who may not book settles nothing by delivering a file, so matching is measured apart from posting.
    with timed("match", len(facts), note) as told, books.open(DAY) as access:
        propose_for_lines(access=replace(access, rights=frozenset()), statements=imported, at=moment())
    yield from told
    with books.open(DAY) as access:
        ready = list(
            LineProposal.objects.filter(domain_id=access.domain_id, group="READY")
            .order_by("bank_line_id")
            .values_list("bank_line_id", flat=True)[:1_000]
        )
    with timed("settle", len(ready), "proposals accepted: booked and matched, 100 a transaction") as told:
        for first in range(0, len(ready), 100):
            with books.open(DAY) as access:
                settlements = []
                for line_id in ready[first : first + 100]:
                    stored = stored_proposal(access=access, bank_line_id=line_id)
                    if stored is not None and stored[0].decision is not None:
                        settlements.append(Settlement(line_id, stored[0].decision, stored[1]))
                settle(access=access, settlements=settlements, at=moment())
    yield from told


def trial_balances() -> Iterator[Measured]:
    """The trial balance of a year in an administration with a million lines."""
    from zelfboeken.config.benchmarks.books import million_lines
    from zelfboeken.reports.queries import trial_balance

    books, lines = million_lines()

    def ask() -> None:
        with books.open(DAY) as access:
            trial_balance(
                access=access,
                administration_id=books.administration_id,
                from_on=date(2026, 1, 1),
                until=date(2027, 1, 1),
            )

    yield middle_of("trial-balance", ask, times=50, note=f"{lines:,} lines, the domain opened each time")

    def ask_days() -> None:
        with books.open(DAY) as access:
            trial_balance(
                access=access,
                administration_id=books.administration_id,
                from_on=date(2026, 1, 1),
                until=DAY + timedelta(days=1),
            )

    yield middle_of("trial-balance-mid-month", ask_days, times=20, note="until a day inside a month")


def vat_grids() -> Iterator[Measured]:
    """The grids of a quarter in an administration with a million lines."""
    from zelfboeken.config.benchmarks.books import million_lines
    from zelfboeken.reports.queries import grid_sums

    books, lines = million_lines()

    def ask() -> None:
        with books.open(DAY) as access:
            grid_sums(
                access=access,
                administration_id=books.administration_id,
                from_month=date(2026, 10, 1),
                until_month=date(2027, 1, 1),
            )

    yield middle_of("vat-grids", ask, times=50, note=f"{lines:,} lines, the domain opened each time")


def _take_in(books: DemoBooks, content: bytes) -> tuple[ImportedStatement, ...]:
    """A CODA file as it comes in, up to its stored lines: the proposals are another measurement."""
    from zelfboeken.bank.readers.model import ReadBankFile
    from zelfboeken.bank.services import import_statements
    from zelfboeken.config.benchmarks.books import moment
    from zelfboeken.documents.models import Arrival
    from zelfboeken.documents.services import receive_document
    from zelfboeken.inbox.reading import FileKind, cage

    with books.open(DAY) as access:
        received = receive_document(
            access=access,
            administration_id=books.administration_id,
            name="groot.cod",
            content=content,
            source=Arrival.Source.UPLOAD,
            at=moment(),
        )
        read = cage().run(FileKind.CODA, content, owner=str(access.domain_id))
        assert isinstance(read, ReadBankFile)
        return import_statements(access=access, document=received.document, read=read, at=moment())


def _statement(lines: int, payments: list[tuple[int, str, str]] | None = None) -> bytes:
    """A CODA file of so many movements: those given as (cents, structured reference, text), else any of the demo."""
    from zelfboeken.bank.readers.coda import read_coda
    from zelfboeken.bank.readers.model import ReadBankFile
    from zelfboeken.bank.writers.coda import write_coda
    from zelfboeken.demo.customers import CURRENT_IBAN
    from zelfboeken.demo.year import generate

    first = next(one for one in generate().statements if one.iban == CURRENT_IBAN)
    [read] = read_coda(first.content).statements
    model = replace(read.lines[0], details=(), information=())
    if payments is None:
        payments = [(100 + n, "", f"BETALING {n}") for n in range(lines)]
    movements = tuple(
        replace(
            model,
            amount_cents=cents,
            structured=structured or None,
            communication=text,
            counterparty=None,
            counter_iban=None,
            sequence=f"{n % 9_999 + 1:04d}",
        )
        for n, (cents, structured, text) in enumerate(payments[:lines])
    )
    total = sum(one.amount_cents for one in movements)
    big = replace(read, lines=movements, closing_cents=(read.opening_cents or 0) + total)
    return write_coda(ReadBankFile(format="coda", statements=(big,), findings=()))
