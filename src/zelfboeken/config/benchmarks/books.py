"""Books filled for measuring: documents that wait, open items, a million lines."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from zelfboeken.config.benchmarks.measuring import analyze

if TYPE_CHECKING:
    from zelfboeken.demo.loading import DemoBooks

_FIRST_DAY = date(2026, 1, 1)
_CHUNK = 2_000


def moment() -> datetime:
    """Now."""
    from django.utils import timezone

    return timezone.now()


def new_books(slug: str) -> DemoBooks:
    """The demo's domain under another name, empty."""
    from zelfboeken.demo.loading import make_portal

    return make_portal(slug=slug)


def invoice_of_lines(lines: int, *, number: str) -> bytes:
    """A purchase invoice as UBL, of so many lines at 21 %: ten come to about 10 kB."""
    from zelfboeken.demo.customers import BAKERY
    from zelfboeken.invoices.writers.ubl import UblInvoice, UblLine, UblParty, write_ubl

    price = Decimal("12.50")
    return write_ubl(
        UblInvoice(
            kind="INVOICE",
            number=number,
            issued_on=date(2026, 11, 12),
            due_on=date(2026, 12, 12),
            supplier=UblParty(
                name="Verpakking Staal BV",
                vat="BE0403019261",
                street="Kartonlaan 12",
                postcode="8500",
                city="Kortrijk",
                country="BE",
            ),
            customer=BAKERY,
            buyer_reference="KL31",
            iban="BE22679200300047",
            structured=None,
            preceding=(),
            lines=tuple(
                UblLine(f"Broodzakken kraft {n}", Decimal(n), "C62", price, int(price * 100) * n, "S", Decimal(21))
                for n in range(1, lines + 1)
            ),
        )
    )


def waiting_documents(
    books: DemoBooks, count: int, *, start: int = 0, contacts: int = 40, with_files: int = 0
) -> list[int]:
    """So many purchase invoices of three lines that wait with a ready proposal; the ids of the proposals, in order.

    They are numbered from `start`. The rows are those that taking a file in leaves behind. The files themselves are
    written for the last `with_files` and for those of the last day, which a list opens first.
    """
    from zelfboeken.booking.habits import Observation
    from zelfboeken.booking.models import Proposal, SubjectKind
    from zelfboeken.booking.rules import DocumentFacts, DraftLine, PrintedVat
    from zelfboeken.booking.stored import BookingFacts, facts_to_json, lines_to_json
    from zelfboeken.contacts.models import Contact
    from zelfboeken.documents.models import Arrival, Document
    from zelfboeken.inbox.models import Outcome, Reading
    from zelfboeken.invoices.models import Invoice

    def lines_of(n: int) -> tuple[DraftLine, ...]:
        return tuple(
            DraftLine(code, f"PURCHASE.domestic.21.{nature}", cents, Decimal(100), text)
            for code, nature, cents, text in (
                ("604000", "goods", _net_cents(n) - 7_500, "Broodzakken kraft"),
                ("613000", "service", 5_000, "Transport naar de winkel"),
                ("612000", "service", 2_500, "Energietoeslag"),
            )
        )

    with books.open(_FIRST_DAY) as access:
        own = {"domain_id": access.domain_id}
        suppliers = list(Contact.objects.filter(**own).order_by("id")) or Contact.objects.bulk_create(
            Contact(**own, name=f"Leverancier {n} BV") for n in range(contacts)
        )
        done: list[int] = []
        while len(done) < count:
            many = range(start + len(done), start + min(len(done) + _CHUNK, count))
            documents = Document.objects.bulk_create(
                Document(
                    **own,
                    administration_id=books.administration_id,
                    sha256=_file(books, n, is_written=n >= start + count - with_files or n % 300 == 299),
                    size=10_000,
                    name=f"factuur-2026-{n}.xml",
                    received_at=moment(),
                )
                for n in many
            )
            Arrival.objects.bulk_create(
                Arrival(
                    **own,
                    document_id=one.id,
                    source=Arrival.Source.UPLOAD,
                    name=one.name,
                    is_repeat=False,
                    arrived_at=one.received_at,
                    arrived_by=access.user_id,
                )
                for one in documents
            )
            Reading.objects.bulk_create(
                Reading(**own, document_id=one.id, outcome=Outcome.INVOICE, read_at=one.received_at)
                for one in documents
            )
            invoices = Invoice.objects.bulk_create(
                Invoice(
                    **own,
                    administration_id=books.administration_id,
                    document_id=document.id,
                    side=SubjectKind.PURCHASE,
                    kind="INVOICE",
                    contact_id=suppliers[n % contacts].id,
                    number=f"2026-{n}",
                    number_key=f"2026{n}",
                    issued_on=_day(n),
                    due_on=_day(n) + timedelta(days=30),
                    currency="EUR",
                    net_cents=_net_cents(n),
                    vat_cents=_net_cents(n) * 21 // 100,
                    total_cents=_net_cents(n) * 121 // 100,
                    payable_cents=_net_cents(n) * 121 // 100,
                )
                for n, document in zip(many, documents, strict=True)
            )
            proposals = Proposal.objects.bulk_create(
                Proposal(
                    **own,
                    administration_id=books.administration_id,
                    subject_kind=SubjectKind.PURCHASE,
                    subject_id=invoice.id,
                    contact_id=invoice.contact_id,
                    on_date=invoice.issued_on,
                    received_at=document.received_at,
                    facts=facts_to_json(
                        BookingFacts(
                            DocumentFacts(
                                "PURCHASE",
                                "INVOICE",
                                _net_cents(n) * 121 // 100,
                                (PrintedVat(Decimal(21), _net_cents(n), _net_cents(n) * 21 // 100),),
                                f"Leverancier {n % contacts} BV 2026-{n}",
                            ),
                            invoice.number,
                            invoice.due_on,
                            "",
                            document.sha256,
                            tuple(
                                Observation(f"BE{n % contacts}", line.description, line.net_cents, "PIS21")
                                for line in lines_of(n)
                            ),
                        )
                    ),
                    lines=lines_to_json(lines_of(n)),
                    reasons=["Rekening 604000 zoals bij de 11 vorige facturen van deze relatie."],
                    certainty_percent=99,
                    is_ready=True,
                )
                for n, document, invoice in zip(many, documents, invoices, strict=True)
            )
            done += [one.id for one in proposals]
    return done


def _file(books: DemoBooks, n: int, *, is_written: bool) -> str:
    from zelfboeken.documents.storage import write_original

    if is_written:
        return write_original(domain_id=books.domain.id, content=invoice_of_lines(3, number=f"2026-{n}"))
    return hashlib.sha256(f"{books.domain.slug}{n}".encode()).hexdigest()


def _day(n: int) -> date:
    return _FIRST_DAY + timedelta(days=n % 300)


def _net_cents(n: int) -> int:
    """Another total where supplier and date come again: by those three a duplicate would be suspected."""
    return 17_500 + n // 600 * 100


def open_items(books: DemoBooks, count: int) -> list[tuple[int, str, str]]:
    """Post so many sales that stay open; how each could be paid: cents, structured reference or none, and a text."""
    from zelfboeken.belgium import structured_reference
    from zelfboeken.contacts.models import Contact
    from zelfboeken.ledger.models import JournalKind
    from zelfboeken.ledger.queries import chart_of
    from zelfboeken.ledger.rules import NewEntry, NewLine
    from zelfboeken.ledger.services import post_entries

    payments = []
    with books.open(_FIRST_DAY) as access:
        chart = chart_of(domain_id=access.domain_id, administration_id=books.administration_id)
        customers = Contact.objects.bulk_create(
            Contact(domain_id=access.domain_id, name=f"Klant {n} BV") for n in range(500)
        )
        for first in range(0, count, _CHUNK):
            entries = []
            for n in range(first, min(first + _CHUNK, count)):
                cents, number = 10_000 + n, f"F2026-{n:05d}"
                reference = structured_reference.from_number(n + 1)
                entries.append(
                    NewEntry(
                        administration_id=books.administration_id,
                        journal_id=chart.journals[JournalKind.SALES],
                        on_date=_FIRST_DAY + timedelta(days=n % 300),
                        subject=f"BENCH:{n}",
                        description=number,
                        lines=(
                            NewLine(
                                chart.account_id("400000"),
                                cents,
                                0,
                                contact_id=customers[n % 500].id,
                                due_on=date(2026, 12, 1),
                                document_number=number,
                                structured=reference,
                            ),
                            NewLine(chart.account_id("701000"), 0, cents, grids=((3, cents),)),
                        ),
                    )
                )
                payments.append((cents, reference if n % 2 else "", "" if n % 2 else f"BETALING {number}"))
            post_entries(access=access, entries=entries, at=moment())
    analyze()
    # Every other item is paid, in another order than that of the books.
    return payments[1::4] + payments[::4]


@cache
def million_lines() -> tuple[DemoBooks, int]:
    """An administration with a million lines over a year, and how many they are. Made once in a process."""
    from zelfboeken.ledger.models import JournalKind
    from zelfboeken.ledger.queries import chart_of
    from zelfboeken.ledger.rules import NewEntry, NewLine
    from zelfboeken.ledger.services import post_entries

    books, entries = new_books("million"), 333_334
    with books.open(_FIRST_DAY) as access:
        chart = chart_of(domain_id=access.domain_id, administration_id=books.administration_id)
    codes = [code for code in chart.accounts if code[0] in "67"][:100]
    for first in range(0, entries, 4_000):
        with books.open(_FIRST_DAY) as access:
            post_entries(
                access=access,
                entries=[
                    NewEntry(
                        administration_id=books.administration_id,
                        journal_id=chart.journals[JournalKind.PURCHASE],
                        on_date=_FIRST_DAY + timedelta(days=n % 365),
                        subject=f"BENCH:{n}",
                        description="Meting",
                        lines=(
                            NewLine(chart.account_id(codes[n % len(codes)]), 10_000, 0, grids=((82, 10_000),)),
                            NewLine(chart.account_id("411059"), 2_100, 0, grids=((59, 2_100),)),
                            NewLine(chart.account_id("499000"), 0, 12_100),
                        ),
                    )
                    for n in range(first, min(first + 4_000, entries))
                ],
                at=moment(),
            )
    analyze()
    return books, entries * 3
