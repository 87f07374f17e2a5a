"""Everything of a domain that somebody may see, as a zip that is made while it is read.

Originals under their names, and of each administration its books as tables and as a journal of plain text, with the
hashes and contents of both chains so that they can be counted again without us. The manifest comes last: a zip without
one was broken off.

All tables are read in one moment, so that they fit together while people work on; each is written to a file that has no
name before it is passed on, and of the originals one at a time is in memory. Nothing is read or passed on but after
`opening`, which asks each time whether who reads may still do so (INV-23).
"""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import connection
from django.utils import timezone

from zelfboeken.documents.storage import OriginalLost, read_original
from zelfboeken.reports.cells import cell
from zelfboeken.reports.plain_journal import write_journal
from zelfboeken.reports.verify import see_one_moment

Opening = Callable[[], AbstractContextManager[Any]]
_PART = 1 << 16
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a domain whoever exports it may see. `questions` is a condition in SQL on `t`, and its values."""

    administration_ids: frozenset[int] | None
    """None is all, and only then what belongs to the domain as a whole goes along: its log."""
    sees_log: bool
    sees_every_question: bool
    questions: tuple[str, list[Any]]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.administration_ids is None and self.sees_log and self.sees_every_question


EVERYTHING = Sight(None, True, True, ("t.domain_id = t.domain_id", []))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the export: its file, its columns, and the rows as text, whole cents or days."""

    name: str
    head: tuple[str, ...]
    sql: str


_OF_DOMAIN = (
    _Table(
        "relaties.csv",
        (
            "nummer",
            "naam",
            "ondernemingsnummer",
            "btw_nummer",
            "land",
            "straat",
            "postcode",
            "plaats",
            "e_mail",
            "ibans",
        ),
        "SELECT c.id::text, c.name, c.enterprise_number, c.vat_number, c.country, c.street, c.postcode, c.city, "
        "c.email, coalesce((SELECT string_agg(b.iban, ' ' ORDER BY b.id) FROM contacts_contactbankaccount b "
        "WHERE b.domain_id = c.domain_id AND b.contact_id = c.id), '') "
        "FROM contacts_contact c WHERE c.domain_id = %(domain)s ORDER BY c.id",
    ),
    _Table(
        "vragen.csv",
        ("vraag", "administratie", "onderwerp", "waarover", "toestand", "wanneer", "wie", "wat", "tekst", "bijlagen"),
        "SELECT q.id::text, b.name, q.title, q.subject_text, q.state, "
        "to_char(m.said_at AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS'), m.author_name, m.kind, m.text, "
        "coalesce((SELECT string_agg(a.name, ' | ' ORDER BY a.n) FROM questions_attachment a "
        "WHERE a.domain_id = m.domain_id AND a.message_id = m.id), '') "
        "FROM questions_question q JOIN tenancy_administration b ON b.domain_id = q.domain_id "
        "AND b.id = q.administration_id JOIN questions_message m ON m.domain_id = q.domain_id AND m.question_id = q.id "
        "WHERE q.domain_id = %(domain)s AND q.id = ANY(%(questions)s) AND m.kind <> 'NOTE' ORDER BY q.id, m.n",
    ),
)  # fmt: skip
_LOG = (
    _Table(
        "logboek.csv",
        ("wanneer", "wie", "wat", "waarover", "details"),
        "SELECT to_char(at AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS'), actor_name, action, subject, "
        "detail::text FROM audit_event WHERE domain_id = %(domain)s ORDER BY id",
    ),
    _Table(
        "logboek-ketting.csv",
        ("volgnummer", "vorige_sha256", "inhoud_hex", "sha256"),
        "SELECT seq::text, coalesce(encode(prev_hash, 'hex'), ''), encode(content, 'hex'), encode(hash, 'hex') "
        "FROM audit_eventlink WHERE domain_id = %(domain)s ORDER BY seq",
    ),
)  # fmt: skip
_OF_ADMINISTRATION = (
    _Table(
        "rekeningen.csv",
        ("rekening", "soort", "naam_nl", "naam_fr", "naam_en", "actief"),
        "SELECT code, type, name_nl, name_fr, name_en, CASE WHEN is_active THEN 'ja' ELSE 'nee' END "
        "FROM ledger_glaccount WHERE domain_id = %(domain)s AND administration_id = %(books)s ORDER BY code",
    ),
    _Table(
        "boekingen.csv",
        (
            "boeking", "dagboek", "boekjaar", "nummer", "datum", "omschrijving", "lijn", "rekening", "relatie", "debet",
            "credit", "btw_roosters", "lijntekst", "document_sha256", "keert_om", "geboekt_op",
        ),
        "SELECT e.id::text, j.code, e.fiscal_year::text, e.number::text, e.on_date, e.description, l.n::text, a.code, "
        "coalesce(c.name, ''), l.debit_cents, l.credit_cents, "
        "coalesce((SELECT string_agg(g || '=' || x, ' ' ORDER BY o) "
        "FROM unnest(l.vat_grids, l.vat_cents) WITH ORDINALITY AS t(g, x, o)), ''), l.description, "
        "coalesce(encode(e.document_sha256, 'hex'), ''), coalesce(e.reverses_id::text, ''), "
        "to_char(e.posted_at AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS') "
        "FROM ledger_entry e JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id "
        "JOIN ledger_entry_line l ON l.domain_id = e.domain_id AND l.entry_id = e.id "
        "JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.id = l.gl_account_id "
        "LEFT JOIN contacts_contact c ON c.domain_id = l.domain_id AND c.id = l.contact_id "
        "WHERE e.domain_id = %(domain)s AND e.administration_id = %(books)s ORDER BY e.seq, l.n",
    ),
    _Table(
        "ketting.csv",
        ("volgnummer", "boeking", "vorige_sha256", "inhoud_hex", "sha256"),
        "SELECT seq::text, id::text, coalesce(encode(prev_hash, 'hex'), ''), encode(content, 'hex'), "
        "encode(hash, 'hex') FROM ledger_entry "
        "WHERE domain_id = %(domain)s AND administration_id = %(books)s ORDER BY seq",
    ),
    _Table(
        "facturen.csv",
        (
            "nummer", "kant", "soort", "relatie", "datum", "vervaldag", "munt", "netto", "btw", "totaal",
            "gestructureerd", "iban", "document_sha256", "boeking",
        ),
        "SELECT i.number, CASE i.side WHEN 'SALE' THEN 'verkoop' ELSE 'aankoop' END, "
        "CASE i.kind WHEN 'INVOICE' THEN 'factuur' ELSE 'creditnota' END, c.name, i.issued_on, i.due_on, i.currency, "
        "i.net_cents, i.vat_cents, i.total_cents, i.structured, i.iban, d.sha256, coalesce(p.entry_id::text, '') "
        "FROM invoices_invoice i JOIN contacts_contact c ON c.domain_id = i.domain_id AND c.id = i.contact_id "
        "JOIN documents_document d ON d.domain_id = i.domain_id AND d.id = i.document_id "
        "LEFT JOIN booking_proposal p ON p.domain_id = i.domain_id AND p.subject_id = i.id "
        "AND p.subject_kind IN ('PURCHASE', 'SALE') "
        "WHERE i.domain_id = %(domain)s AND i.administration_id = %(books)s ORDER BY i.issued_on, i.id",
    ),
    _Table(
        "ontbrekende-facturen.csv",
        ("bankverrichting", "tegen", "toestand", "reden", "wanneer", "wie", "wat", "tekst"),
        "SELECT i.bank_line_id::text, i.due_on, i.state, i.reason, "
        "to_char(v.happened_at AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS'), v.author_name, v.kind, v.text "
        "FROM questions_missinginvoice i JOIN questions_missingevent v ON v.domain_id = i.domain_id "
        "AND v.item_id = i.id WHERE i.domain_id = %(domain)s AND i.administration_id = %(books)s ORDER BY i.id, v.id",
    ),
    _Table(
        "openstaande-posten.csv",
        ("relatie", "rekening", "document", "datum", "vervaldag", "bedrag", "open"),
        "SELECT c.name, a.code, o.document_number, o.on_date, o.due_on, o.amount_cents, "
        "o.amount_cents - o.matched_cents "
        "FROM ledger_openitem o JOIN contacts_contact c ON c.domain_id = o.domain_id AND c.id = o.contact_id "
        "JOIN ledger_glaccount a ON a.domain_id = o.domain_id AND a.id = o.gl_account_id "
        "WHERE o.domain_id = %(domain)s AND o.administration_id = %(books)s "
        "AND o.matched_cents <> o.amount_cents ORDER BY o.on_date, o.id",
    ),
    _Table(
        "koppelingen.csv",
        (
            "document", "boeking", "relatie", "bedrag", "tegen_document", "tegen_boeking", "tegen_datum",
            "bankverrichting", "hoe", "gemaakt_op", "ongedaan_op",
        ),
        "SELECT i.document_number, i.entry_id::text, c.name, m.amount_cents, a.document_number, a.entry_id::text, "
        "a.on_date, "
        "coalesce(m.bank_line_id::text, ''), m.method, "
        "to_char(m.made_at AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS'), "
        "coalesce(to_char(m.undone_at AT TIME ZONE 'Europe/Brussels', 'YYYY-MM-DD HH24:MI:SS'), '') "
        "FROM matching_match m JOIN ledger_openitem i ON i.domain_id = m.domain_id AND i.id = m.item_id "
        "JOIN ledger_openitem a ON a.domain_id = m.domain_id AND a.id = m.against_id "
        "JOIN contacts_contact c ON c.domain_id = i.domain_id AND c.id = i.contact_id "
        "WHERE m.domain_id = %(domain)s AND m.administration_id = %(books)s ORDER BY m.id",
    ),
    _Table(
        "betalingen.csv",
        (
            "bestand", "betaalt_op", "van_iban", "klaargezet_door", "goedgekeurd_door", "ingetrokken_door", "betaling",
            "aan", "iban", "document", "gestructureerd", "mededeling", "bedrag",
        ),
        "SELECT f.number::text, f.pays_on, f.payer_iban, f.prepared_by_name, coalesce(y.decided_by_name, ''), "
        "coalesce(w.decided_by_name, ''), p.n::text, p.name, p.iban, p.document_number, p.structured, p.text, "
        "p.amount_cents "
        "FROM payments_paymentfile f JOIN payments_payment p ON p.domain_id = f.domain_id AND p.file_id = f.id "
        "LEFT JOIN payments_filedecision y ON y.domain_id = f.domain_id AND y.file_id = f.id AND y.kind = 'APPROVED' "
        "LEFT JOIN payments_filedecision w ON w.domain_id = f.domain_id AND w.file_id = f.id AND w.kind = 'WITHDRAWN' "
        "WHERE f.domain_id = %(domain)s AND f.administration_id = %(books)s ORDER BY f.number, p.n",
    ),
    _Table(
        "btw.csv",
        ("maand", "rooster", "bedrag"),
        "SELECT to_char(month_starts_on, 'YYYY-MM'), grid::text, cents FROM ledger_grid_balance "
        "WHERE domain_id = %(domain)s AND administration_id = %(books)s AND cents <> 0 ORDER BY month_starts_on, grid",
    ),
    _Table(
        "bankverrichtingen.csv",
        (
            "nummer", "rekening", "afschrift", "lijn", "boekdatum", "valutadatum", "bedrag", "tegenpartij", "iban",
            "mededeling", "gestructureerd", "bankreferentie", "boeking",
        ),
        "SELECT l.id::text, b.iban, s.year || '/' || s.number, l.n::text, l.booked_on, l.value_on, l.amount_cents, "
        "l.counterparty, l.counter_iban, l.communication, l.structured, l.bank_reference, "
        "coalesce(l.entry_id::text, '') "
        "FROM bank_bankline l JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
        "JOIN bank_bankaccount b ON b.domain_id = l.domain_id AND b.id = l.bank_account_id "
        "WHERE l.domain_id = %(domain)s AND l.administration_id = %(books)s ORDER BY b.iban, s.on_date, s.id, l.n",
    ),
)  # fmt: skip
# A file that only went along with notes of the office is the office's own, like the notes; one that went along with a
# question is for who may see that question.
_ORIGINALS = (
    (
        "originelen",
        "SELECT d.id, d.name, d.sha256, d.received_at FROM documents_document d WHERE d.domain_id = %(domain)s "
        "AND d.administration_id = ANY(%(reached)s) "
        "AND (EXISTS (SELECT FROM inbox_reading r WHERE r.domain_id = d.domain_id AND r.document_id = d.id) "
        "OR NOT EXISTS (SELECT FROM questions_attachment a WHERE a.domain_id = d.domain_id AND a.document_id = d.id) "
        "OR EXISTS (SELECT FROM questions_attachment a JOIN questions_message m ON m.domain_id = a.domain_id "
        "AND m.id = a.message_id WHERE a.domain_id = d.domain_id AND a.document_id = d.id AND m.kind <> 'NOTE' "
        "AND m.question_id = ANY(%(questions)s))) ORDER BY d.id",
    ),
    (
        "antwoordmails",
        "SELECT id, 'mail.eml', sha256, came_at FROM questions_incomingmail WHERE domain_id = %(domain)s "
        "AND question_id = ANY(%(questions)s) ORDER BY id",
    ),
)
_READ_ME = """Export van {domain}, gemaakt op {at:%d/%m/%Y} om {at:%H:%M}: alles wat je er mag zien, zoals het toen was.

originelen/            elk bestand zoals het binnenkwam; originelen.csv zegt onder welke naam en wanneer
antwoordmails/         elke mail die op een vraag terugkwam; staat ook in originelen.csv
administraties/        per administratie: rekeningen, boekingen met hun lijnen, facturen, open posten, koppelingen, btw
                       per maand, betalingen, bank; boekhouding.journal is dezelfde boekhouding als platte tekst voor
                       hledger, met de saldi
relaties.csv           klanten en leveranciers
vragen.csv             wat gevraagd en geantwoord werd; notities van het kantoor gaan niet mee
logboek.csv            wie wat deed; alleen voor wie het logboek mag lezen
manifest.csv           de SHA-256 van elk bestand in deze zip; het staat als laatste

De boekingen narekenen: in ketting.csv is elke sha256 de SHA-256 van de bytes van vorige_sha256 gevolgd door die van
inhoud_hex (beide hexadecimaal), en vorige_sha256 die van de lijn erboven. De eerste heeft geen vorige. Voor
logboek-ketting.csv geldt hetzelfde. Bedragen zijn in euro; in btw_roosters en in inhoud_hex in eurocent.
"""


class _Sink(io.RawIOBase):
    """Where the zip is written to, and taken from in parts: it can neither go back nor be read."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class _Writer:
    """Puts members into the zip and keeps what the manifest says of them."""

    def __init__(self, at: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self._at = at.timetuple()[:6]
        self._manifest: list[tuple[str, str, str]] = []

    def put(self, name: str, content: IO[bytes]) -> Iterator[bytes]:
        """Add a member, and give what that makes of the zip."""
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as member:
            while part := content.read(_PART):
                digest.update(part)
                size += len(part)
                member.write(part)
                yield self._sink.taken()
        self._manifest.append((name, str(size), digest.hexdigest()))
        yield self._sink.taken()

    def end(self) -> Iterator[bytes]:
        """The manifest, and the directory of the zip."""
        with tempfile.TemporaryFile() as file:
            with _csv(file, ("bestand", "bytes", "sha256")) as write:
                for row in self._manifest:
                    write(row)
            file.seek(0)
            yield from self.put("manifest.csv", file)
        self._zip.close()
        yield self._sink.taken()


@contextmanager
def _csv(file: IO[bytes], head: tuple[str, ...]) -> Iterator[Callable[[tuple[Any, ...]], None]]:
    """Write a table to a file of bytes, row by row: semicolons, a byte order mark, safe cells."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        text.write("\ufeff")
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(head)

        def write(row: tuple[Any, ...]) -> None:
            writer.writerow([cell(one) for one in row])

        yield write
    finally:
        text.detach()


def export_domain(*, opening: Opening, domain_id: int, name: str, sight: Sight, at: datetime) -> Iterator[bytes]:
    """The zip of a domain, in parts. `opening` opens the scope of the domain for who still may, and else refuses: then
    the zip ends there, without a manifest. It asks nothing of the database inside that scope.
    """
    writer = _Writer(at)
    yield from writer.put("lees-mij.txt", io.BytesIO(_READ_ME.format(domain=name, at=at).encode()))
    with ExitStack() as files:
        with opening():
            # Inside another transaction, of a test that nobody else writes beside, the moment was chosen already.
            if not connection.savepoint_ids:
                see_one_moment()
            tables, originals = _read_all(files, domain_id, sight)
        for called, file in tables:
            with opening():
                pass
            yield from writer.put(called, file)
        yield from _pass_originals(writer, opening, domain_id, originals)
    yield from writer.end()


_Original = tuple[str, int, str, str, datetime]
"""Its folder in the zip, its id, its name, its SHA-256 and when it came."""


def _read_all(files: ExitStack, domain_id: int, sight: Sight) -> tuple[list[tuple[str, IO[bytes]]], list[_Original]]:
    """Every table as a file to read, under its name in the zip, and which originals come after them."""
    condition, values = sight.questions
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id FROM questions_question t WHERE t.domain_id = %s AND {condition}", [domain_id, *values]
        )
        questions = [found for (found,) in cursor.fetchall()]
        cursor.execute(
            "SELECT id, name FROM tenancy_administration WHERE domain_id = %s ORDER BY is_default DESC, id", [domain_id]
        )
        administrations = [
            one for one in cursor.fetchall() if sight.administration_ids is None or one[0] in sight.administration_ids
        ]
    shared: dict[str, Any] = {
        "domain": domain_id,
        "questions": questions,
        "reached": [books for books, _called in administrations],
    }
    tables = [
        (table.name, _table_file(files, table, shared)) for table in (*_OF_DOMAIN, *(_LOG if sight.sees_log else ()))
    ]
    for number, (books, called) in enumerate(administrations, 1):
        folder = f"administraties/{number:02} {safe_name(called)}"
        for table in _OF_ADMINISTRATION:
            tables.append((f"{folder}/{table.name}", _table_file(files, table, {**shared, "books": books})))
        plain: IO[bytes] = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        write_journal(plain, domain_id=domain_id, administration_id=books)
        plain.seek(0)
        tables.append((f"{folder}/boekhouding.journal", plain))
    originals: list[_Original] = []
    with connection.cursor() as cursor:
        for folder, sql in _ORIGINALS:
            cursor.execute(sql, shared)
            originals += [(folder, *row) for row in cursor.fetchall()]
    return tables, originals


def safe_name(name: str) -> str:
    """A name that every system can unpack: no path, no control characters, nothing that a shell or a drive reads, and
    short enough in bytes with a number before it. What it is (its ending) is not cut off.
    """
    shown = "".join("_" if unicodedata.category(one)[0] == "C" or one in _NOT_IN_A_NAME else one for one in name)
    plain = shown.strip(". ")
    if len(plain.encode()) <= _LONGEST_NAME:
        return plain or "bestand"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = plain, "", ""
    room = _LONGEST_NAME - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").strip(". ") + dot + ending


_NOT_IN_A_NAME = frozenset('<>:"/\\|?*\u2028\u2029')
_LONGEST_NAME = 180
"""In bytes: a name on a disk has 255, with the number before it, and older systems count a whole path in 260."""
_LONGEST_ENDING = 12


def _table_file(files: ExitStack, table: _Table, values: dict[str, Any]) -> IO[bytes]:
    file: IO[bytes] = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    with connection.chunked_cursor() as cursor, _csv(file, table.head) as write:
        cursor.execute(table.sql, values)
        while rows := cursor.fetchmany(_AT_ONCE):
            for row in rows:
                write(row)
    file.seek(0)
    return file


def _pass_originals(writer: _Writer, opening: Opening, domain_id: int, originals: list[_Original]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        with _csv(file, ("bestand", "naam", "ontvangen", "sha256", "toestand")) as write:
            for folder, number, name, sha256, received_at in originals:
                on = timezone.localtime(received_at)
                member = f"{folder}/{on:%Y-%m}/{number} {safe_name(name)}"
                state = "gaaf"
                try:
                    with opening():
                        content = read_original(domain_id=domain_id, sha256=sha256)
                except OriginalLost as no:
                    member, state = "", str(no.code)
                else:
                    yield from writer.put(member, io.BytesIO(content))
                write((member, name, f"{on:%Y-%m-%d %H:%M:%S}", sha256, state))
        file.seek(0)
        yield from writer.put("originelen.csv", file)
