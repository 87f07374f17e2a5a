"""Measuring what is promised, on a database of its own: `zelfboeken bench NAME`.

Every figure is taken through the real services, durable transactions included.
"""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from zelfboeken.runtime.postgres import start_embedded
from zelfboeken.runtime.roles import drop_database, prepare_database

DATABASE = "zelfboeken_bench"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure: how many in how many seconds (wall and CPU of this process), and the memory at its highest."""

    name: str
    count: int
    wall_seconds: float
    cpu_seconds: float
    per_second: float
    peak_rss_mb: int
    note: str = ""


def run_benchmarks(name: str, *, as_json: bool) -> int:
    """Run one benchmark, or all; prints one line each. Returns 2 for an unknown name."""
    wanted = list(_BENCHMARKS) if name == "all" else [name]
    if not set(wanted) <= set(_BENCHMARKS):
        print(f"Onbekende meting {name}. Kies uit: {', '.join([*_BENCHMARKS, 'all'])}.")
        return 2
    with _database():
        for one in wanted:
            for measured in _BENCHMARKS[one]():
                if as_json:
                    print(json.dumps(asdict(measured)), flush=True)
                else:
                    print(
                        f"{measured.name:28} {measured.count:>9} in {measured.wall_seconds:8.2f} s "
                        f"(cpu {measured.cpu_seconds:7.2f}) {measured.per_second:12.1f}/s  "
                        f"rss {measured.peak_rss_mb} MB  {measured.note}",
                        flush=True,
                    )
    return 0


@contextmanager
def _database() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="zb-bench-") as folder:
        Path(folder).chmod(0o755)
        server = start_embedded(Path(folder), settings={"shared_buffers": "256MB"})
        try:
            drop_database(server.admin_url, DATABASE)
            urls = prepare_database(server.admin_url, DATABASE)
            os.environ.update(DATABASE_URL=urls.app, ZELFBOEKEN_DEMO="1", ZELFBOEKEN_FILES=f"{folder}/files")
            import django

            django.setup()
            from zelfboeken.config.migrating import migrate_database

            migrate_database(urls.migrate)
            yield
        finally:
            from django.db import connections

            connections.close_all()
            server.stop()


@contextmanager
def _timed(name: str, count: int, note: str = "") -> Iterator[list[Measured]]:
    result: list[Measured] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield result
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result.append(Measured(name, count, round(wall, 3), round(cpu, 3), round(count / wall, 1), peak, note))


def _read_ubl() -> Iterator[Measured]:
    from zelfboeken.inbox.reading import cage

    files = [document.content for document in _year().documents[:400]]
    files = [content for content in files if len(content) < 12_000]
    cage().run("ubl", files[0], owner="bench")
    with _timed("read-ubl", len(files), f"mean {sum(map(len, files)) // len(files)} bytes, in the cage") as told:
        for content in files:
            cage().run("ubl", content, owner="bench")
    yield from told


def _post_one() -> Iterator[Measured]:
    from zelfboeken.booking.services import Approval, approve

    books, proposals = _proposals(400)
    with books.open(_DAY) as access:
        pass
    with _timed("post-one", len(proposals), "3 lines, own durable transaction each") as told:
        for proposal_id in proposals:
            with books.open(_DAY) as access:
                approve(access=access, approvals=[Approval(proposal_id, 1)], at=_now())
    yield from told


def _post_many() -> Iterator[Measured]:
    from zelfboeken.booking.services import Approval, approve

    books, proposals = _proposals(2_000)
    with _timed("post-many", len(proposals), "batches of 200") as told:
        for first in range(0, len(proposals), 200):
            with books.open(_DAY) as access:
                batch = [Approval(one, 1) for one in proposals[first : first + 200]]
                approve(access=access, approvals=batch, at=_now())
    yield from told


def _import_coda() -> Iterator[Measured]:
    from zelfboeken.bank.models import BankLine
    from zelfboeken.bank.readers.coda import read_coda
    from zelfboeken.bank.services import import_statements
    from zelfboeken.documents.models import Document
    from zelfboeken.documents.storage import write_original
    from zelfboeken.matching.facts import Decision, GLShare
    from zelfboeken.matching.services import Settlement, settle

    books = _portal("coda")
    content = _big_coda(5_000)
    with books.open(_DAY) as access:
        digest = write_original(domain_id=access.domain_id, content=content)
        document = Document.objects.create(
            domain_id=access.domain_id,
            administration_id=books.administration_id,
            sha256=digest,
            size=len(content),
            name="groot.cod",
            received_at=_now(),
        )
    with _timed("import-coda", 5_000, "read, checked and stored in one transaction") as told:
        read = read_coda(content)
        with books.open(_DAY) as access:
            import_statements(access=access, document=document, read=read, at=_now())
    yield from told
    with books.open(_DAY) as access:
        rows = list(
            BankLine.objects.filter(domain_id=access.domain_id).order_by("id").values_list("id", "amount_cents")
        )
    rows = rows[:1_000]
    with _timed("book-bank-lines", len(rows), "in batches of 100") as told:
        for first in range(0, len(rows), 100):
            with books.open(_DAY) as access:
                settle(
                    access=access,
                    settlements=[
                        Settlement(line_id, Decision("BOOK", shares=(GLShare("657000", cents, ""),)))
                        for line_id, cents in rows[first : first + 100]
                    ],
                    at=_now(),
                )
    yield from told


def _match() -> Iterator[Measured]:
    from zelfboeken.belgium import structured_reference
    from zelfboeken.matching.facts import BankLineFacts, OpenItemFacts
    from zelfboeken.matching.items import OpenItems
    from zelfboeken.matching.rules import propose

    items = [
        OpenItemFacts(
            id=n,
            contact_id=n % 500,
            contact_name=f"Klant {n % 500} BV",
            gl_code="400000",
            open_cents=10_000 + n,
            document_number=f"F2026-{n:05d}",
            structured=structured_reference.from_number(n),
            due_on=_DAY,
            on_date=_DAY,
            ibans=(f"BE{n % 500:014d}",),
        )
        for n in range(10_000)
    ]
    lines = []
    for n in range(5_000):
        item = items[(n * 7) % 10_000]
        kind = n % 4
        lines.append(
            BankLineFacts(
                id=n,
                booked_on=_DAY,
                amount_cents=item.open_cents,
                counterparty=item.contact_name,
                counter_iban=item.ibans[0] if kind in {1, 2} else "",
                communication=f"betaling {item.document_number}" if kind == 1 else "betaling",
                structured=item.structured if kind == 0 else "",
            )
        )
    index = OpenItems(items)
    with _timed("match", len(lines), "against 10,000 open items") as told:
        for line in lines:
            propose(line, index, {}, {})
    yield from told


def _reports() -> Iterator[Measured]:
    from zelfboeken.reports.queries import grid_sums, trial_balance

    books = _portal("reports")
    lines = _many_lines(books, entries=333_334)
    for name, ask in (
        ("trial-balance", lambda access: trial_balance(
            access=access, administration_id=books.administration_id, from_on=date(2026, 1, 1), until=date(2027, 1, 1)
        )),
        ("vat-grids", lambda access: grid_sums(
            access=access, administration_id=books.administration_id, from_month=date(2026, 10, 1),
            until_month=date(2027, 1, 1),
        )),
    ):  # fmt: skip
        times = []
        for _ in range(50):
            with books.open(_DAY) as access:
                started = time.perf_counter()
                ask(access)
                times.append(time.perf_counter() - started)
        middle = sorted(times)[25]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield Measured(name, 50, round(sum(times), 3), 0.0, round(50 / sum(times), 1), peak,
                       f"p50 {middle * 1000:.1f} ms with {lines} lines")  # fmt: skip
    yield _size_of_ledger(lines)


def _size_of_ledger(lines: int) -> Measured:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind = 'r'"
        )
        size = int(cursor.fetchone()[0])
    per = size / lines * 100_000 / 1024 / 1024
    return Measured("database-size", lines, 0.0, 0.0, 0.0, 0, f"{per:.1f} MB per 100,000 ledger lines")


def _pages() -> Iterator[Measured]:
    from django.test import Client

    from zelfboeken.demo.loading import deliver

    books = _portal("pages")
    year = _year()
    deliver(books, year.between(date(2026, 1, 1), date(2026, 4, 1)))
    client = Client(SERVER_NAME="localhost")
    client.force_login(books.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    queue = f"/d/{books.domain.slug}/documenten/"
    answer = client.get(queue)
    first = answer.context["page"].rows[0].url
    for name, url in (("document-list", queue + "?filter=geboekt"), ("document-page", first)):
        times = []
        for _ in range(60):
            started = time.perf_counter()
            answer = client.get(url)
            times.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.status_code
        middle = sorted(times)[30]
        yield Measured(name, 60, round(sum(times), 3), 0.0, round(60 / sum(times), 1),
                       resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                       f"p50 {middle * 1000:.1f} ms, through Django's own handler")  # fmt: skip


_DAY = date(2026, 11, 12)
_BENCHMARKS: dict[str, Callable[[], Iterator[Measured]]] = {
    "read-ubl": _read_ubl,
    "post-one": _post_one,
    "post-many": _post_many,
    "import-coda": _import_coda,
    "match": _match,
    "trial-balance": _reports,
    "pages": _pages,
}


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


def _year() -> Any:
    from zelfboeken.demo.year import generate

    return generate()


def _portal(slug: str) -> Any:
    from zelfboeken.demo.loading import make_portal

    return make_portal(slug=slug)


def _proposals(count: int) -> tuple[Any, list[int]]:
    """A domain with this many waiting purchase proposals of three lines."""
    from zelfboeken.booking.models import Proposal, SubjectKind
    from zelfboeken.booking.rules import DocumentFacts, DraftLine, PrintedVat
    from zelfboeken.booking.stored import BookingFacts, facts_to_json, lines_to_json
    from zelfboeken.contacts.models import Contact

    books = _portal(f"post{count}")
    rate = Decimal(21)
    lines = tuple(
        DraftLine(code, f"PURCHASE.domestic.21.{nature}", cents)
        for code, nature, cents in (
            ("604000", "goods", 10_000), ("613000", "service", 5_000), ("612000", "service", 2_500),
        )
    )  # fmt: skip
    with books.open(_DAY) as access:
        contact = Contact.objects.create(domain_id=access.domain_id, name="Leverancier")
        rows = [
            Proposal(
                domain_id=access.domain_id,
                administration_id=books.administration_id,
                subject_kind=SubjectKind.PURCHASE,
                subject_id=n,
                contact_id=contact.id,
                on_date=date(2026, 1, 1) + timedelta(days=n % 300),
                facts=facts_to_json(
                    BookingFacts(
                        DocumentFacts(
                            "PURCHASE",
                            "INVOICE",
                            21_175,
                            (PrintedVat(rate, 17_500, 3_675),),
                            f"Leverancier {n}",
                        ),
                        f"2026-{n}",
                        _DAY,
                        "",
                        f"{n:064x}",
                    )
                ),
                lines=lines_to_json(lines),
                certainty_percent=99,
                is_ready=True,
            )
            for n in range(count)
        ]
        Proposal.objects.bulk_create(rows)
        ids = list(Proposal.objects.filter(domain_id=access.domain_id).order_by("id").values_list("id", flat=True))
    _analyze()
    return books, ids


def _many_lines(books: Any, *, entries: int) -> int:
    from zelfboeken.ledger.queries import chart_of
    from zelfboeken.ledger.rules import NewEntry, NewLine
    from zelfboeken.ledger.services import post_entries

    with books.open(_DAY) as access:
        chart = chart_of(domain_id=access.domain_id, administration_id=books.administration_id)
    codes = [code for code in chart.accounts if code[0] in "67"][:100]
    done = 0
    while done < entries:
        count = min(4_000, entries - done)
        with books.open(_DAY) as access:
            post_entries(
                access=access,
                entries=[
                    NewEntry(
                        administration_id=books.administration_id,
                        journal_id=chart.journals["PURCHASE"],
                        on_date=date(2026, 1, 1) + timedelta(days=n % 365),
                        subject=f"BENCH:{n}",
                        description="Meting",
                        lines=(
                            NewLine(chart.account_id(codes[n % len(codes)]), 10_000, 0, grids=((82, 10_000),)),
                            NewLine(chart.account_id("411059"), 2_100, 0, grids=((59, 2_100),)),
                            NewLine(chart.account_id("499000"), 0, 12_100),
                        ),
                    )
                    for n in range(done, done + count)
                ],
                at=_now(),
            )
        done += count
    _analyze()
    return entries * 3


def _analyze() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _big_coda(lines: int) -> bytes:
    from zelfboeken.bank.readers.coda import read_coda
    from zelfboeken.bank.readers.model import ReadBankFile
    from zelfboeken.bank.writers.coda import write_coda
    from zelfboeken.demo.customers import CURRENT_IBAN

    statement = next(one for one in _year().statements if one.iban == CURRENT_IBAN)
    [read] = read_coda(statement.content).statements
    from dataclasses import replace

    movements = tuple(
        replace(read.lines[n % len(read.lines)], amount_cents=100 + n, details=(), information=()) for n in range(lines)
    )
    total = sum(one.amount_cents for one in movements)
    big = replace(read, lines=movements, closing_cents=(read.opening_cents or 0) + total)
    return write_coda(ReadBankFile(format="coda", statements=(big,), findings=()))
