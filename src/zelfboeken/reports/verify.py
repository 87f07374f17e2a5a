"""Proving the books again, apart from the code that wrote them: chain, numbers, balances, grids, items, files, roles.

Reads whole tables in order (an index path can miss a damaged row), one row at a time, and builds the canonical form
from the columns itself, so that a mistake in `post_entry` does not vouch for itself.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection

from zelfboeken.booking.packed import unpacked
from zelfboeken.booking.stored import facts_from_json
from zelfboeken.documents.storage import FileDamaged, OriginalLost, read_original
from zelfboeken.reports.verify_bank import bank_differences
from zelfboeken.reports.verify_payments import payment_differences
from zelfboeken.reports.verify_roles import role_log_differences
from zelfboeken.workload.services import miscounted


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not add up: which check, where, and what was found against what was expected."""

    check: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked, and the first differences found (none when the books are right)."""

    entries: int
    lines: int
    files: int
    differences: tuple[Difference, ...]


_MOST = 20
_MOST_CENTS = 10**15
_AT_ONCE = 2_000


def verify_domain(*, domain_id: int) -> Verified:
    """Check everything of the open domain; at most 20 differences are given.

    While others post, call `see_one_moment` first: else what they add between two questions looks like a difference.
    """
    checker = _Checker(domain_id)
    with _whole_tables():
        checker.entries_and_lines()
        checker.links()
        checker.series_and_heads()
        checker.references()
        checker.periods()
        checker.balances()
        checker.open_items()
        checker.matches()
        checker.bank()
        checker.payments()
        checker.subjects()
        checker.log()
        checker.counters()
        checker.role_log()
        checker.files()
    return Verified(checker.entries, checker.lines, checker.files_seen, tuple(checker.found))


def see_one_moment() -> None:
    """Make the rest of this transaction see the database as it is now, and only read; before its first query."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class _Entry(NamedTuple):
    id: int
    administration: int
    journal: int
    year: int
    starts: date
    until: date
    on: date
    number: int
    subject: str
    attempt: int
    reverses: int | None
    line_count: int
    description: str
    document: bytes | None
    posted_micros: int
    posted_by: int
    seq: int
    prev_hash: bytes | None
    content: bytes
    hash: bytes


class _Line(NamedTuple):
    entry_id: int
    n: int
    administration: int
    line_count: int
    on: date
    account: int
    contact: int | None
    debit: int
    credit: int
    running: int
    grids: list[int]
    cents: list[int]
    description: str


class _Link(NamedTuple):
    """What the chain and the numbers need of an entry, in the order of the chain."""

    administration: int
    seq: int
    entry_id: int
    journal: int
    year: int
    number: int
    prev_hash: bytes
    hash: bytes


_ENTRIES = (
    "SELECT id, administration_id, journal_id, fiscal_year, period_starts_on, period_until, on_date, number, subject, "
    "attempt, reverses_id, line_count, description, document_sha256, "
    "(extract(epoch FROM posted_at) * 1000000)::bigint, posted_by, seq, prev_hash, content, hash "
    "FROM ledger_entry WHERE domain_id = %s ORDER BY id"
)
_LINES = (
    "SELECT entry_id, n, administration_id, line_count, on_date, gl_account_id, contact_id, debit_cents, credit_cents, "
    "running_cents, vat_grids, vat_cents, description FROM ledger_entry_line WHERE domain_id = %s ORDER BY entry_id, n"
)


@contextmanager
def _whole_tables() -> Iterator[None]:
    scans = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {scan} = off" for scan in scans))
        yield
        cursor.execute("; ".join(f"SET LOCAL {scan} = on" for scan in scans))


class _Checker:
    def __init__(self, domain_id: int) -> None:
        self.domain_id = domain_id
        self.found: list[Difference] = []
        self.entries = self.lines = self.files_seen = 0
        self.chain: list[_Link] = []
        self.heads: dict[int, tuple[int, bytes]] = {}
        self.numbers: dict[tuple[int, int, int], int] = defaultdict(int)
        self.accounts: dict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0])
        self.grids: dict[tuple[int, int, date], int] = defaultdict(int)
        self.reversals: dict[int, int] = {}

    def note(self, check: str, at: str, text: str) -> None:
        if len(self.found) < _MOST:
            self.found.append(Difference(check, at, text))

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a question about this domain, streamed; the domain is asked as often as `%s` stands there."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, [self.domain_id] * sql.count("%s"))
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows

    def entries_and_lines(self) -> None:
        """Each entry with its lines: content and hash, count and running sums, balance, period, exact reversal."""
        self.reversals = dict(
            self.rows("SELECT id, reverses_id FROM ledger_entry WHERE domain_id = %s AND reverses_id IS NOT NULL")
        )
        wanted = set(self.reversals.values())
        originals: dict[int, tuple[tuple[Any, ...], list[tuple[Any, ...]]]] = {}
        groups = groupby((_Line(*row) for row in self.rows(_LINES)), key=lambda line: line.entry_id)
        waiting = next(groups, None)
        for entry in (_Entry(*row) for row in self.rows(_ENTRIES)):
            while waiting is not None and waiting[0] < entry.id:
                self._orphans(waiting[0])
                waiting = next(groups, None)
            lines: list[_Line] = []
            if waiting is not None and waiting[0] == entry.id:
                lines = list(waiting[1])
                waiting = next(groups, None)
            self.entries += 1
            self.lines += len(lines)
            self._entry(entry, lines)
            if entry.id in wanted:
                originals[entry.id] = _source(entry), [_sides(line) for line in lines]
            # The original was posted before, so its id is lower.
            if entry.reverses is not None and originals.pop(entry.reverses, None) != (
                _source(entry),
                [_sides(line, turned=True) for line in lines],
            ):
                self.note("reversal", f"entry {entry.id}", f"is not the exact opposite of entry {entry.reverses}")
        while waiting is not None:
            self._orphans(waiting[0])
            waiting = next(groups, None)

    def _orphans(self, entry_id: int) -> None:
        self.note("chain", f"entry {entry_id}", "lines without an entry")

    def _entry(self, entry: _Entry, lines: list[_Line]) -> None:
        where = f"entry {entry.id}"
        expected = _canonical(self.domain_id, entry, lines)
        if bytes(entry.content) != expected:
            self.note("content", where, "the sealed content does not tell the same as the columns")
        previous = bytes(entry.prev_hash or b"")
        if hashlib.sha256(previous + expected).digest() != bytes(entry.hash):
            self.note("chain", where, "hash does not follow from the content")
        self.chain.append(
            _Link(
                entry.administration,
                entry.seq,
                entry.id,
                entry.journal,
                entry.year,
                entry.number,
                previous,
                bytes(entry.hash),
            )
        )
        if not entry.starts <= entry.on < entry.until:
            self.note("period", where, f"{entry.on} lies outside {entry.starts}–{entry.until}")
        if [one.n for one in lines] != list(range(1, entry.line_count + 1)):
            self.note("lines", where, f"{len(lines)} lines where {entry.line_count} belong")
        running = 0
        for one in lines:
            running += one.debit - one.credit
            self._line(entry, one, running)
        if running:
            self.note("balance", where, f"is {running} cents out of balance")

    def _line(self, entry: _Entry, line: _Line, running: int) -> None:
        where = f"entry {entry.id} line {line.n}"
        if running != line.running:
            self.note("lines", where, f"running sum {line.running}, expected {running}")
        if (line.administration, line.line_count, line.on) != (entry.administration, entry.line_count, entry.on):
            self.note("lines", where, "its books, line count or date are not those of its entry")
        if (line.debit > 0) == (line.credit > 0) or min(line.debit, line.credit) < 0:
            self.note("lines", where, "has not exactly one side")
        if max(line.debit, line.credit) > _MOST_CENTS:
            self.note("lines", where, "is out of bounds")
        month = line.on.replace(day=1)
        sides = self.accounts[(line.administration, line.account, month)]
        sides[0] += line.debit
        sides[1] += line.credit
        if len(line.grids) != len(line.cents) or None in line.grids or None in line.cents:
            self.note("lines", where, "a VAT grid without its amount")
            return
        for grid, amount in zip(line.grids, line.cents, strict=True):
            self.grids[(line.administration, grid, month)] += amount

    def links(self) -> None:
        """Each administration's chain in its order: no seq missing, each hash after the one before, numbers 1..n."""
        for link in sorted(self.chain):
            where = f"entry {link.entry_id}"
            last_seq, last_hash = self.heads.get(link.administration, (0, b""))
            if link.seq != last_seq + 1:
                self.note("chain", where, f"seq {link.seq} follows {last_seq}")
            if link.prev_hash != last_hash:
                self.note("chain", where, "previous hash is not that of the entry before it")
            self.heads[link.administration] = (link.seq, link.hash)
            series = (link.administration, link.journal, link.year)
            if link.number != self.numbers[series] + 1:
                self.note("numbers", where, f"number {link.number} follows {self.numbers[series]}")
            self.numbers[series] = link.number
        self.chain.clear()

    def series_and_heads(self) -> None:
        """The rows to lock tell the same as the chain."""
        stored: dict[tuple[int, int, int], int] = defaultdict(int)
        for administration, journal, year, number in self.rows(
            "SELECT administration_id, journal_id, fiscal_year, last_number FROM ledger_series WHERE domain_id = %s"
        ):
            stored[(administration, journal, year)] += number
        for series in sorted(set(stored) | set(self.numbers)):
            kept, counted = stored.get(series, 0), self.numbers.get(series, 0)
            if kept != counted:
                self.note("numbers", f"series {series}", f"{kept} kept, {counted} counted")
        heads: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for administration, seq, digest in self.rows(
            "SELECT administration_id, seq, hash FROM ledger_head WHERE domain_id = %s"
        ):
            heads[administration].append((seq, bytes(digest or b"")))
        for administration in sorted(set(heads) | set(self.heads)):
            if heads[administration] != [self.heads.get(administration, (0, b""))]:
                self.note("chain", f"administration {administration}", "the head is not the last entry")

    def references(self) -> None:
        """What an entry and its lines point to is there, in the same books; accounts and contacts go together."""
        for (entry_id,) in self.rows(
            "SELECT e.id FROM ledger_entry e "
            "LEFT JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.administration_id = e.administration_id "
            "AND j.id = e.journal_id "
            "LEFT JOIN ledger_period p ON p.domain_id = e.domain_id AND p.administration_id = e.administration_id "
            "AND p.fiscal_year = e.fiscal_year AND p.starts_on = e.period_starts_on AND p.until = e.period_until "
            "WHERE e.domain_id = %s AND (j.id IS NULL OR p.id IS NULL)"
        ):
            self.note("references", f"entry {entry_id}", "its journal or period is not there")
        for entry_id, n in self.rows(
            "SELECT l.entry_id, l.n FROM ledger_entry_line l "
            "LEFT JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.administration_id = l.administration_id "
            "AND a.id = l.gl_account_id AND a.is_control = (l.contact_id IS NOT NULL) "
            "LEFT JOIN contacts_contact c ON c.domain_id = l.domain_id AND c.id = l.contact_id "
            "WHERE l.domain_id = %s AND (a.id IS NULL OR (l.contact_id IS NOT NULL AND c.id IS NULL))"
        ):
            self.note(
                "references", f"entry {entry_id} line {n}", "its account or contact is not there, or do not match"
            )

    def periods(self) -> None:
        """No entry joined a month after it was closed, and no closed month was opened again (INV-12).

        One sequence numbers every row, and the month's own row is locked by posting and closing: what got its id
        after the event of the closing came after the closing.
        """
        closed: dict[str, int] = {}
        for subject, event_id in self.rows(
            "SELECT subject, id FROM audit_event WHERE domain_id = %s AND action = 'period.state' "
            "AND detail->>'to' = 'CLOSED'"
        ):
            closed[subject] = event_id
        last = {
            (administration, year, starts): entry_id
            for administration, year, starts, entry_id in self.rows(
                "SELECT administration_id, fiscal_year, period_starts_on, max(id) FROM ledger_entry "
                "WHERE domain_id = %s GROUP BY 1, 2, 3"
            )
        }
        for administration, year, starts, state in self.rows(
            "SELECT administration_id, fiscal_year, starts_on, state FROM ledger_period WHERE domain_id = %s "
            "ORDER BY administration_id, starts_on"
        ):
            subject = f"{administration}:{starts:%Y-%m-%d}"
            closing = closed.get(subject)
            if (state == "CLOSED") != (closing is not None):
                self.note("period", f"period {subject}", f"is {state}, and that is not how the log has it")
            if closing is not None and last.get((administration, year, starts), 0) > closing:
                self.note(
                    "period", f"entry {last[(administration, year, starts)]}", f"joined {subject} after its closing"
                )

    def balances(self) -> None:
        """Monthly balances per account and per grid equal the lines (INV-26)."""
        stored: dict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0])
        for administration, account, month, debit, credit in self.rows(
            "SELECT administration_id, gl_account_id, month_starts_on, debit_cents, credit_cents "
            "FROM ledger_balance WHERE domain_id = %s"
        ):
            stored[(administration, account, month)][0] += debit
            stored[(administration, account, month)][1] += credit
        for key in sorted(set(stored) | set(self.accounts)):
            kept, counted = stored.get(key, [0, 0]), self.accounts.get(key, [0, 0])
            if kept != counted:
                self.note("balances", f"account {key[1]} in {key[2]:%Y-%m}", f"{kept} kept, {counted} counted")
        grids: dict[tuple[int, int, date], int] = defaultdict(int)
        for administration, grid, month, cents in self.rows(
            "SELECT administration_id, grid, month_starts_on, cents FROM ledger_grid_balance WHERE domain_id = %s"
        ):
            grids[(administration, grid, month)] += cents
        for key in sorted(set(grids) | set(self.grids)):
            if grids.get(key, 0) != self.grids.get(key, 0):
                self.note(
                    "grids",
                    f"grid {key[1]} in {key[2]:%Y-%m}",
                    f"{grids.get(key, 0)} kept, {self.grids.get(key, 0)} counted",
                )

    def open_items(self) -> None:
        """Every line with a contact has its open item that tells the same, and control accounts equal them (INV-26)."""
        for entry_id, n, item, line in self.rows(
            "SELECT coalesce(o.entry_id, l.entry_id), coalesce(o.n, l.n), o.amount_cents, "
            "l.debit_cents - l.credit_cents "
            "FROM (SELECT * FROM ledger_openitem WHERE domain_id = %s) o "
            "FULL JOIN (SELECT * FROM ledger_entry_line WHERE domain_id = %s AND contact_id IS NOT NULL) l "
            "ON o.entry_id = l.entry_id AND o.n = l.n "
            "WHERE (o.administration_id, o.contact_id, o.gl_account_id, o.on_date, o.amount_cents) IS DISTINCT FROM "
            "(l.administration_id, l.contact_id, l.gl_account_id, l.on_date, l.debit_cents - l.credit_cents) "
            "ORDER BY 1, 2"
        ):
            where = f"entry {entry_id} line {n}"
            if item is None:
                self.note("open items", where, "line without its open item")
            elif line is None:
                self.note("open items", where, "open item without its line")
            else:
                self.note("open items", where, f"item of {item} cents does not tell the same as its line of {line}")
        for entry_id, n, number, due_on, structured, stored in self.rows(
            "SELECT o.entry_id, o.n, o.document_number, o.due_on, o.structured, p.facts FROM ledger_openitem o "
            "JOIN booking_proposal p ON p.domain_id = o.domain_id AND p.entry_id = o.entry_id "
            "WHERE o.domain_id = %s ORDER BY 1, 2"
        ):
            try:
                facts = facts_from_json(unpacked(bytes(stored)))
            except (ValueError, KeyError) as error:
                self.note("open items", f"entry {entry_id} line {n}", f"what is kept of its document: {error}")
                continue
            if (number, due_on, structured) != (facts.document_number, facts.due_on, facts.structured):
                self.note(
                    "open items", f"entry {entry_id} line {n}", "number, due date or reference are not the document's"
                )
        for code, control, items in self.rows(
            "SELECT a.code, coalesce((SELECT sum(b.debit_cents - b.credit_cents) FROM ledger_balance b "
            "WHERE b.domain_id = a.domain_id AND b.gl_account_id = a.id), 0), "
            "coalesce((SELECT sum(o.amount_cents - o.matched_cents) FROM ledger_openitem o "
            "WHERE o.domain_id = a.domain_id AND o.gl_account_id = a.id), 0) "
            "FROM ledger_glaccount a WHERE a.domain_id = %s AND a.is_control ORDER BY a.administration_id, a.code"
        ):
            if control != items:
                self.note("open items", f"account {code}", f"balance {control}, open items {items}")

    def matches(self) -> None:
        """A match joins two sides of one contact's account; open items and bank lines keep the sum of those that stand.

        A reversed entry and its reversal settle each other whole, without a match. A bank line is matched for its own
        amount at most: what costs or a credit note set off is more than what came in (INV-17).
        """
        matched: dict[int, int] = defaultdict(int)
        paid: dict[int, int] = defaultdict(int)
        for match, item, against, bank_line, cents, side, fits in self.rows(
            "SELECT m.id, m.item_id, m.against_id, m.bank_line_id, m.amount_cents, sign(i.amount_cents)::int, coalesce("
            "(i.administration_id, i.contact_id, i.gl_account_id, sign(i.amount_cents)) = "
            "(a.administration_id, a.contact_id, a.gl_account_id, -sign(a.amount_cents)) "
            "AND m.administration_id = i.administration_id, false) FROM matching_match m "
            "LEFT JOIN ledger_openitem i ON i.domain_id = m.domain_id AND i.id = m.item_id "
            "LEFT JOIN ledger_openitem a ON a.domain_id = m.domain_id AND a.id = m.against_id "
            "WHERE m.domain_id = %s AND m.undone_at IS NULL ORDER BY m.id"
        ):
            matched[item] += cents
            matched[against] += cents
            if bank_line is not None:
                paid[bank_line] += (side or 0) * cents
            if not fits:
                self.note("matches", f"match {match}", f"does not join two sides of one account: {item} and {against}")
        settled = {*self.reversals, *self.reversals.values()}
        for item, entry, amount, stored in self.rows(
            "SELECT id, entry_id, amount_cents, matched_cents FROM ledger_openitem WHERE domain_id = %s ORDER BY id"
        ):
            expected = amount if entry in settled else (1 if amount > 0 else -1) * matched[item]
            if stored != expected:
                self.note("matches", f"open item {item}", f"{stored} kept as matched, {expected} counted")
        for line, amount, stored in self.rows(
            "SELECT id, amount_cents, matched_cents FROM bank_bankline WHERE domain_id = %s ORDER BY id"
        ):
            counted = paid.pop(line, 0)
            expected = max(0, min(counted, amount)) if amount >= 0 else min(0, max(counted, amount))
            if stored != expected:
                self.note("matches", f"bank line {line}", f"{stored} kept as matched, {expected} counted")
        for line in paid:
            self.note("matches", f"bank line {line}", "is not there, and a match names it")
        for line, kept, counted in self.rows(
            "SELECT p.bank_line_id, p.item_ids, d.item_ids FROM matching_lineproposal p CROSS JOIN LATERAL ("
            "SELECT coalesce(array_agg(DISTINCT i::bigint), '{}') AS item_ids "
            "FROM jsonb_path_query(p.decision, '$.**.allocations[*][0]') AS i) d "
            "WHERE p.domain_id = %s AND p.item_ids <> d.item_ids ORDER BY 1"
        ):
            self.note("matches", f"bank line {line}", f"its proposal is kept for {kept}, and would settle {counted}")

    def bank(self) -> None:
        """Statements follow each other and are their lines; a booked line moves the account by its amount."""
        for at, text in bank_differences(domain_id=self.domain_id):
            self.note("bank", at, text)

    def payments(self) -> None:
        """A payment pays its own debt; what is planned stands in a file that was not taken back."""
        for at, text in payment_differences(domain_id=self.domain_id):
            self.note("payments", at, text)

    def subjects(self) -> None:
        """One entry at most stands for a subject (INV-18); a proposal or a bank line points to it, and to no other."""
        for administration, subject, standing in self.rows(
            "SELECT administration_id, subject, count(*) FILTER (WHERE NOT is_reversal) "
            "- count(*) FILTER (WHERE is_reversal) FROM ledger_entry WHERE domain_id = %s GROUP BY 1, 2 "
            "HAVING count(*) FILTER (WHERE NOT is_reversal) - count(*) FILTER (WHERE is_reversal) NOT IN (0, 1)"
        ):
            self.note("subjects", f"administration {administration} {subject}", f"{standing} entries stand")
        for table, subject in (
            ("booking_proposal", "p.subject_kind || ':' || p.subject_id"),
            ("bank_bankline", "'BANK:' || p.id"),
        ):
            for row_id, kept, standing in self.rows(
                f"SELECT p.id, p.entry_id, e.id FROM {table} p LEFT JOIN ledger_entry e ON e.domain_id = p.domain_id "
                f"AND e.administration_id = p.administration_id AND e.subject = {subject} AND NOT e.is_reversal "
                "AND NOT EXISTS (SELECT 1 FROM ledger_entry r "
                "WHERE r.domain_id = e.domain_id AND r.reverses_id = e.id) "
                "WHERE p.domain_id = %s AND p.entry_id IS DISTINCT FROM e.id ORDER BY p.id, e.id"
            ):
                self.note("subjects", f"{table} {row_id}", f"points to entry {kept}, {standing} stands")

    def log(self) -> None:
        """No entry without its line in the event log (INV-24)."""
        for (entry_id,) in self.rows(
            "SELECT e.id FROM ledger_entry e LEFT JOIN (SELECT DISTINCT detail->>'id' AS id, subject "
            "FROM audit_event WHERE domain_id = %s AND action IN ('entry.posted', 'entry.reversed')) v "
            "ON v.id = e.id::text AND v.subject = e.subject WHERE e.domain_id = %s AND v.id IS NULL ORDER BY e.id"
        ):
            self.note("log", f"entry {entry_id}", "nobody is on record as having posted it")

    def counters(self) -> None:
        """The one row that tells the office what waits here is what the rows of the domain come to (INV-26)."""
        for one in miscounted():
            self.note("counters", one.column, f"{one.kept} kept, {one.counted} counted")
        for proposal_id, kept, received in self.rows(
            "SELECT p.id, p.received_at, d.received_at FROM booking_proposal p "
            "JOIN invoices_invoice i ON i.domain_id = p.domain_id AND i.id = p.subject_id AND i.side = p.subject_kind "
            "JOIN documents_document d ON d.domain_id = i.domain_id AND d.id = i.document_id "
            "WHERE p.domain_id = %s AND p.received_at <> d.received_at ORDER BY 1"
        ):
            self.note("counters", f"booking_proposal {proposal_id}", f"received {kept}, its document {received}")

    def role_log(self) -> None:
        """What was decided about people and rights is chained, event by event, as it was written."""
        for at, text in role_log_differences(domain_id=self.domain_id):
            self.note("role log", at, text)

    def files(self) -> None:
        """Every original is there with the bytes it is stored under, also those that entries name (INV-15)."""
        stored = list(self.rows("SELECT sha256, size FROM documents_document WHERE domain_id = %s ORDER BY id"))
        # Answers by mail are kept as they came in too, taken or not.
        mails = self.rows("SELECT sha256, size FROM questions_incomingmail WHERE domain_id = %s ORDER BY id")
        kept = {sha256 for sha256, _ in stored}
        for sha256, size in (*stored, *mails):
            self.files_seen += 1
            try:
                content = read_original(domain_id=self.domain_id, sha256=sha256)
            except FileDamaged:
                self.note("files", sha256, "the bytes changed")
            except OriginalLost:
                self.note("files", sha256, "the file is gone")
            else:
                if len(content) != size:
                    self.note("files", sha256, f"{size} bytes on record, {len(content)} in the file")
        for entry_id, document in self.rows(
            "SELECT id, document_sha256 FROM ledger_entry WHERE domain_id = %s AND document_sha256 IS NOT NULL "
            "ORDER BY id"
        ):
            if bytes(document).hex() not in kept:
                self.note("files", bytes(document).hex(), f"entry {entry_id} was made from it, and it is not kept")


def _source(entry: _Entry) -> tuple[Any, ...]:
    """What an entry and its reversal have in common."""
    return (entry.administration, entry.subject, entry.attempt)


def _sides(line: _Line, *, turned: bool = False) -> tuple[Any, ...]:
    """What a reversal turns: account, contact, both sides and grids; of the reversal itself turned back."""
    if not turned:
        return (line.account, line.contact, line.debit, line.credit, line.grids, line.cents)
    turned_cents = [None if amount is None else -amount for amount in line.cents]
    return (line.account, line.contact, line.credit, line.debit, line.grids, turned_cents)


def _canonical(domain_id: int, entry: _Entry, lines: list[_Line]) -> bytes:
    """The form `jrn1` (invariants, chapter 5), written here a second time on purpose."""
    parts = [
        "jrn1", domain_id, entry.id, entry.administration, entry.journal, entry.year, f"{entry.starts:%Y-%m-%d}",
        f"{entry.until:%Y-%m-%d}", f"{entry.on:%Y-%m-%d}", entry.number, _sized(entry.subject), entry.attempt,
        "-" if entry.reverses is None else entry.reverses, entry.line_count, _sized(entry.description),
        "-" if entry.document is None else bytes(entry.document).hex(), entry.posted_micros, entry.posted_by, entry.seq,
    ]  # fmt: skip
    out = ",".join(str(part) for part in parts)
    for line in lines:
        pairs = "+".join(f"{grid}:{amount}" for grid, amount in zip(line.grids, line.cents, strict=False)) or "-"
        columns = [
            line.n, line.account, "-" if line.contact is None else line.contact, line.debit, line.credit,
            line.running, pairs, _sized(line.description),
        ]  # fmt: skip
        out += ";" + ",".join(str(column) for column in columns)
    return out.encode()


def _sized(text: str) -> str:
    return f"{len(text.encode())}:{text}"
