"""Proving the books again, apart from the code that wrote them: chain, numbers, balances, grids, open items, files.

Reads whole tables in order of the chain (an index path can miss a damaged row) and builds the canonical form from the
columns itself, so that a mistake in `post_entry` does not vouch for itself.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from zelfboeken.documents.storage import FileDamaged, read_original
from zelfboeken.reports.verify_bank import bank_differences


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


def verify_domain(*, domain_id: int) -> Verified:
    """Check everything of the open domain; at most 20 differences are given."""
    checker = _Checker(domain_id)
    checker.chain()
    checker.series_and_heads()
    checker.balances()
    checker.open_items()
    checker.matches()
    checker.bank()
    checker.proposals()
    checker.files()
    return Verified(checker.entries, checker.lines, checker.files_seen, tuple(checker.found[:_MOST]))


class _Checker:
    def __init__(self, domain_id: int) -> None:
        self.domain_id = domain_id
        self.found: list[Difference] = []
        self.entries = self.lines = self.files_seen = 0
        self.heads: dict[int, tuple[int, bytes]] = {}
        self.numbers: dict[tuple[int, int, int], int] = defaultdict(int)
        self.accounts: dict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0])
        self.grids: dict[tuple[int, int, date], int] = defaultdict(int)
        self.items: dict[tuple[int, int], int] = {}
        self.opposites: dict[int, tuple[int, list[tuple[Any, ...]]]] = {}
        self.reversals: set[int] = set()

    def note(self, check: str, at: str, text: str) -> None:
        if len(self.found) < _MOST:
            self.found.append(Difference(check, at, text))

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(sql, [self.domain_id])
            rows = cursor.fetchall()
            cursor.execute("SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = on")
        return iter(rows)

    def chain(self) -> None:
        """Content, hash and link of every entry; numbers without a gap; lines that balance; exact reversals."""
        lines: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in self.rows(
            "SELECT entry_id, n, administration_id, line_count, on_date, gl_account_id, contact_id, debit_cents, "
            "credit_cents, running_cents, vat_grids, vat_cents, description FROM ledger_entry_line "
            "WHERE domain_id = %s ORDER BY entry_id, n"
        ):
            lines[row[0]].append(row[1:])
            self.lines += 1
        for row in self.rows(
            "SELECT id, administration_id, journal_id, fiscal_year, period_starts_on, period_until, on_date, number, "
            "subject, attempt, reverses_id, line_count, description, document_sha256, "
            "(extract(epoch FROM posted_at) * 1000000)::bigint, posted_by, seq, prev_hash, content, hash "
            "FROM ledger_entry WHERE domain_id = %s ORDER BY administration_id, seq"
        ):
            self.entries += 1
            self._entry(row, lines.pop(row[0], []))
        for entry_id in lines:
            self.note("chain", f"entry {entry_id}", "lines without an entry")

    def _entry(self, row: tuple[Any, ...], lines: list[tuple[Any, ...]]) -> None:
        (entry_id, administration, journal, year, starts, until, on, number, _, _, reverses) = row[:11]
        count, text, document, micros, by, seq, prev, content, digest = row[11:]
        where = f"entry {entry_id}"
        last_seq, last_hash = self.heads.get(administration, (0, b""))
        if seq != last_seq + 1:
            self.note("chain", where, f"seq {seq} follows {last_seq}")
        if bytes(prev or b"") != last_hash:
            self.note("chain", where, "previous hash is not that of the entry before it")
        expected = _canonical(
            self.domain_id,
            row[:11],
            (count, text, document, micros, by, seq),
            lines,
        )
        if bytes(content) != expected:
            self.note("content", where, "the sealed content does not tell the same as the columns")
        if hashlib.sha256(last_hash + expected).digest() != bytes(digest):
            self.note("chain", where, "hash does not follow from the content")
        self.heads[administration] = (seq, bytes(digest))
        series = (administration, journal, year)
        if number != self.numbers[series] + 1:
            self.note("numbers", where, f"number {number} follows {self.numbers[series]}")
        self.numbers[series] = number
        if not starts <= on < until:
            self.note("period", where, f"{on} lies outside {starts}–{until}")
        self._lines(entry_id, administration, on, count, lines)
        opposite = [(x[4], x[5], x[7], x[6], tuple(x[9]), tuple(-c for c in x[10])) for x in lines]
        if reverses is not None:
            original = self.opposites.get(reverses)
            if original is None or original[1] != [(x[4], x[5], x[6], x[7], tuple(x[9]), tuple(x[10])) for x in lines]:
                self.note("reversal", where, f"is not the exact opposite of entry {reverses}")
            self.reversals |= {entry_id, reverses}
        self.opposites[entry_id] = (administration, opposite)

    def _lines(self, entry_id: int, administration: int, on: date, count: int, lines: list[tuple[Any, ...]]) -> None:
        if len(lines) != count or [x[0] for x in lines] != list(range(1, count + 1)):
            self.note("lines", f"entry {entry_id}", f"{len(lines)} lines where {count} belong")
        running = 0
        for n, _, _, _, account, contact, debit, credit, stored, grids, cents, _ in (
            (x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9], x[10], x[11]) for x in lines
        ):
            running += debit - credit
            if running != stored:
                self.note("lines", f"entry {entry_id} line {n}", f"running sum {stored}, expected {running}")
            sides = self.accounts[(administration, account, on.replace(day=1))]
            sides[0] += debit
            sides[1] += credit
            for grid, amount in zip(grids, cents, strict=True):
                self.grids[(administration, grid, on.replace(day=1))] += amount
            if contact is not None:
                self.items[(entry_id, n)] = debit - credit
        if running:
            self.note("balance", f"entry {entry_id}", f"is {running} cents out of balance")

    def series_and_heads(self) -> None:
        """The rows to lock tell the same as the chain."""
        stored = {
            (row[0], row[1], row[2]): row[3]
            for row in self.rows(
                "SELECT administration_id, journal_id, fiscal_year, last_number FROM ledger_series WHERE domain_id = %s"
            )
        }
        for series in sorted(set(stored) | set(self.numbers)):
            if stored.get(series, 0) != self.numbers.get(series, 0):
                self.note(
                    "numbers",
                    f"series {series}",
                    f"{stored.get(series, 0)} kept, {self.numbers.get(series, 0)} counted",
                )
        for administration, seq, digest in self.rows(
            "SELECT administration_id, seq, hash FROM ledger_head WHERE domain_id = %s"
        ):
            if (seq, bytes(digest or b"")) != self.heads.get(administration, (0, b"")):
                self.note("chain", f"administration {administration}", "the head is not the last entry")

    def balances(self) -> None:
        """Monthly balances per account and per grid equal the lines (INV-26)."""
        stored = {
            (row[0], row[1], row[2]): [row[3], row[4]]
            for row in self.rows(
                "SELECT administration_id, gl_account_id, month_starts_on, debit_cents, credit_cents "
                "FROM ledger_balance WHERE domain_id = %s"
            )
        }
        for key in sorted(set(stored) | set(self.accounts)):
            if stored.get(key, [0, 0]) != self.accounts.get(key, [0, 0]):
                self.note("balances", f"account {key}", f"{stored.get(key)} kept, {self.accounts.get(key)} counted")
        grids = {
            (row[0], row[1], row[2]): row[3]
            for row in self.rows(
                "SELECT administration_id, grid, month_starts_on, cents FROM ledger_grid_balance WHERE domain_id = %s"
            )
        }
        for key in sorted(set(grids) | set(self.grids)):
            if grids.get(key, 0) != self.grids.get(key, 0):
                self.note("grids", f"grid {key}", f"{grids.get(key)} kept, {self.grids.get(key)} counted")

    def open_items(self) -> None:
        """Every control line has its open item with its amount, so control accounts equal open items (INV-26)."""
        seen = set()
        for entry_id, n, amount in self.rows(
            "SELECT entry_id, n, amount_cents FROM ledger_openitem WHERE domain_id = %s"
        ):
            seen.add((entry_id, n))
            if self.items.get((entry_id, n)) != amount:
                self.note("open items", f"entry {entry_id} line {n}", f"item of {amount} cents is not the line")
        for entry_id, n in sorted(set(self.items) - seen):
            self.note("open items", f"entry {entry_id} line {n}", "line without its open item")
        for code, control, items in self.rows(
            "WITH control AS (SELECT id, code FROM ledger_glaccount WHERE domain_id = %s AND is_control) "
            "SELECT a.code, coalesce((SELECT sum(b.debit_cents - b.credit_cents) FROM ledger_balance b "
            "WHERE b.domain_id = g.domain_id AND b.gl_account_id = g.id), 0), "
            "coalesce((SELECT sum(o.amount_cents - o.matched_cents) FROM ledger_openitem o "
            "WHERE o.domain_id = g.domain_id AND o.gl_account_id = g.id), 0) "
            "FROM control a JOIN ledger_glaccount g ON g.id = a.id"
        ):
            if control != items:
                self.note("open items", f"account {code}", f"balance {control}, open items {items}")

    def matches(self) -> None:
        """What is matched on an open item is the sum of its standing matches, or all of it for a reversed pair."""
        matched: dict[int, int] = defaultdict(int)
        for item, against, cents in self.rows(
            "SELECT item_id, against_id, amount_cents FROM matching_match WHERE domain_id = %s AND undone_at IS NULL"
        ):
            matched[item] += cents
            matched[against] += cents
        for item, entry, amount, stored in self.rows(
            "SELECT id, entry_id, amount_cents, matched_cents FROM ledger_openitem WHERE domain_id = %s"
        ):
            expected = amount if entry in self.reversals else (1 if amount > 0 else -1) * matched[item]
            if stored != expected:
                self.note("matches", f"open item {item}", f"{stored} kept as matched, {expected} counted")

    def bank(self) -> None:
        """Statements follow each other and are their lines; a booked line moves the account by its amount."""
        for at, text in bank_differences(domain_id=self.domain_id):
            self.note("bank", at, text)

    def proposals(self) -> None:
        """A proposal or a bank line points to the entry that stands for it, and to no other."""
        for table, subject in (
            ("booking_proposal", "p.subject_kind || ':' || p.subject_id"),
            ("bank_bankline", "'BANK:' || p.id"),
        ):
            for row_id, kept, standing in self.rows(
                f"SELECT p.id, p.entry_id, e.id FROM {table} p LEFT JOIN ledger_entry e ON e.domain_id = p.domain_id "
                f"AND e.administration_id = p.administration_id AND e.subject = {subject} AND NOT e.is_reversal "
                "AND NOT EXISTS (SELECT 1 FROM ledger_entry r "
                "WHERE r.domain_id = e.domain_id AND r.reverses_id = e.id) "
                "WHERE p.domain_id = %s AND p.entry_id IS DISTINCT FROM e.id"
            ):
                self.note("subjects", f"{table} {row_id}", f"points to entry {kept}, {standing} stands")

    def files(self) -> None:
        """Every original is there, and its bytes have the hash they are stored under (INV-15)."""
        for (sha256,) in self.rows("SELECT sha256 FROM documents_document WHERE domain_id = %s ORDER BY id"):
            self.files_seen += 1
            try:
                read_original(domain_id=self.domain_id, sha256=sha256)
            except FileNotFoundError:
                self.note("files", sha256, "the file is gone")
            except FileDamaged:
                self.note("files", sha256, "the bytes changed")


def _canonical(domain_id: int, first: tuple[Any, ...], rest: tuple[Any, ...], lines: list[tuple[Any, ...]]) -> bytes:
    """The form `jrn1` (invariants, chapter 5), written here a second time on purpose."""
    (entry_id, administration, journal, year, starts, until, on, number, subject, attempt, reverses) = first
    count, text, document, micros, by, seq = rest
    parts = [
        "jrn1", domain_id, entry_id, administration, journal, year, f"{starts:%Y-%m-%d}", f"{until:%Y-%m-%d}",
        f"{on:%Y-%m-%d}", number, _sized(subject), attempt, "-" if reverses is None else reverses, count, _sized(text),
        "-" if document is None else bytes(document).hex(), micros, by, seq,
    ]  # fmt: skip
    out = ",".join(str(part) for part in parts)
    for n, _, _, _, account, contact, debit, credit, running, grids, cents, line_text in lines:
        pairs = "+".join(f"{grid}:{amount}" for grid, amount in zip(grids, cents, strict=True)) or "-"
        line = [n, account, "-" if contact is None else contact, debit, credit, running, pairs, _sized(line_text)]
        out += ";" + ",".join(str(part) for part in line)
    return out.encode()


def _sized(text: str) -> str:
    return f"{len(text.encode())}:{text}"
