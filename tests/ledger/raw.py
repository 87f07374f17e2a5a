"""Entries written past the services, by plain SQL: right in every column until a test makes one wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tests.books import NOW, Books
from zelfboeken.ledger.rules import NewEntry, NewLine, SealedEntry, canonical_form, running_sums, seal

Row = dict[str, Any]
NOVEMBER = (date(2026, 11, 1), date(2026, 12, 1))


@dataclass
class RawEntry:
    """The rows of one entry: a column each, free to be made wrong."""

    entry: Row
    lines: list[Row]

    def resealed(self) -> RawEntry:
        """The same rows, with the content and the hash that follow from them."""
        content = canonical_form(_sealed(self))
        self.entry.update(content=content, hash=seal(self.entry["prev_hash"], content))
        return self


def next_entry(books: Books, *lines: NewLine, **columns: Any) -> RawEntry:
    """The entry that would be posted next in the purchase journal, a purchase of 121 unless other lines are given."""
    chosen = lines or books.purchase()
    on = columns.get("on_date", date(2026, 11, 12))
    seq, prev_hash = ask(
        "SELECT seq, hash FROM ledger_head WHERE domain_id = %s AND administration_id = %s",
        books.domain.id,
        books.administration.id,
    )
    [number] = ask(
        "SELECT coalesce((SELECT last_number FROM ledger_series WHERE domain_id = %s AND journal_id = %s "
        "AND fiscal_year = 2026), 0)",
        books.domain.id,
        columns.get("journal_id", books.journals["AK"]),
    )
    [entry_id] = ask("SELECT nextval('zb_id')")
    entry = {
        "domain_id": books.domain.id,
        "id": entry_id,
        "administration_id": books.administration.id,
        "journal_id": books.journals["AK"],
        "fiscal_year": 2026,
        "period_starts_on": NOVEMBER[0],
        "period_until": NOVEMBER[1],
        "on_date": on,
        "number": number + 1,
        "subject": f"RAW:{entry_id}",
        "attempt": 1,
        "reverses_id": None,
        "line_count": len(chosen),
        "description": "Aankoop",
        "document_sha256": None,
        "posted_at": NOW,
        "posted_by": books.user.id,
        "seq": seq + 1,
        "prev_hash": None if prev_hash is None else bytes(prev_hash),
        **columns,
    }
    rows = [
        {
            "domain_id": entry["domain_id"],
            "administration_id": entry["administration_id"],
            "entry_id": entry["id"],
            "n": n,
            "line_count": entry["line_count"],
            "on_date": entry["on_date"],
            "gl_account_id": line.gl_account_id,
            "contact_id": line.contact_id,
            "debit_cents": line.debit_cents,
            "credit_cents": line.credit_cents,
            "running_cents": running,
            "vat_grids": [grid for grid, _ in line.grids],
            "vat_cents": [cents for _, cents in line.grids],
            "description": line.description,
        }
        for n, (line, running) in enumerate(zip(chosen, running_sums(chosen), strict=True), start=1)
    ]
    return RawEntry(entry, rows).resealed()


def write(raw: RawEntry) -> None:
    """Insert an entry and its lines, and run the deferred checks."""
    insert("ledger_entry", raw.entry)
    insert("ledger_entry_line", *raw.lines)
    check_now()


def keep(raw: RawEntry) -> None:
    """Bring what is kept beside the books up to date with a written entry: series, head, balances, items, log."""
    entry, domain = raw.entry, raw.entry["domain_id"]
    run(
        "INSERT INTO ledger_series AS s VALUES (%s, %s, %s, %s, %s) ON CONFLICT (domain_id, administration_id, "
        "journal_id, fiscal_year) DO UPDATE SET last_number = excluded.last_number",
        *(entry[name] for name in ("domain_id", "administration_id", "journal_id", "fiscal_year", "number")),
    )
    run(
        "UPDATE ledger_head SET seq = %s, hash = %s WHERE domain_id = %s AND administration_id = %s",
        *(entry[name] for name in ("seq", "hash", "domain_id", "administration_id")),
    )
    for line in raw.lines:
        month = line["on_date"].replace(day=1)
        run(
            "INSERT INTO ledger_balance AS b VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (domain_id, "
            "administration_id, gl_account_id, month_starts_on) DO UPDATE SET debit_cents = b.debit_cents + "
            "excluded.debit_cents, credit_cents = b.credit_cents + excluded.credit_cents",
            *(domain, line["administration_id"], line["gl_account_id"], month),
            *(line["debit_cents"], line["credit_cents"]),
        )
        for grid, cents in zip(line["vat_grids"], line["vat_cents"], strict=False):
            if cents is None:
                continue
            run(
                "INSERT INTO ledger_grid_balance AS b VALUES (%s, %s, %s, %s, %s) ON CONFLICT (domain_id, "
                "administration_id, grid, month_starts_on) DO UPDATE SET cents = b.cents + excluded.cents",
                *(domain, line["administration_id"], grid, month, cents),
            )
        if line["contact_id"] is not None:
            insert("ledger_openitem", open_item(line))
    if entry["reverses_id"] is not None:
        run(
            "UPDATE ledger_openitem SET matched_cents = amount_cents WHERE domain_id = %s AND entry_id = ANY(%s)",
            *(domain, [entry["id"], entry["reverses_id"]]),
        )
    insert("audit_event", logged(entry))


def open_item(line: Row) -> Row:
    """The open item of a line."""
    return {
        **{name: line[name] for name in ("domain_id", "administration_id", "entry_id", "n", "contact_id", "on_date")},
        "gl_account_id": line["gl_account_id"],
        "document_number": "",
        "structured": "",
        "amount_cents": line["debit_cents"] - line["credit_cents"],
        "matched_cents": 0,
    }


def logged(entry: Row) -> Row:
    """The line of the event log that an entry needs."""
    return {
        "domain_id": entry["domain_id"],
        "at": entry["posted_at"],
        "actor_name": "SQL",
        "action": "entry.posted",
        "subject": entry["subject"],
        "detail": json.dumps({"id": entry["id"]}),
    }


def insert(table: str, *rows: Row) -> None:
    """One statement for these rows, which name the same columns."""
    columns = list(rows[0])
    values = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(rows))
    run(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}", *(row[name] for row in rows for name in columns))


def run(sql: str, *values: Any) -> int:
    """Run a statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return int(cursor.rowcount)


def ask(sql: str, *values: Any) -> Any:
    """The first row of an answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchone()


def ask_all(sql: str, *values: Any) -> list[Any]:
    """Every row of an answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


def check_now() -> None:
    """Run the checks that wait for the end of the transaction."""
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def undone() -> Iterator[None]:
    """A piece of the transaction that is rolled back afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def refused_by(*constraints: str) -> Iterator[None]:
    """The block is refused by one of these constraints and by nothing else; the transaction goes on as before it."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        yield
    cause = refusal.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name in constraints, str(refusal.value)


@contextmanager
def refused_as(error: type[psycopg.Error], text: str = "") -> Iterator[None]:
    """The block is refused by the database with this error; the transaction goes on as before it."""
    with pytest.raises(DatabaseError, match=text) as refusal, transaction.atomic():
        yield
    assert isinstance(refusal.value.__cause__, error), repr(refusal.value.__cause__)


def sha256(content: bytes) -> bytes:
    """The hash of these bytes."""
    return hashlib.sha256(content).digest()


def _sealed(raw: RawEntry) -> SealedEntry:
    entry = raw.entry
    posted_at: datetime = entry["posted_at"]
    lines: Sequence[Row] = raw.lines
    return SealedEntry(
        domain_id=entry["domain_id"],
        id=entry["id"],
        administration_id=entry["administration_id"],
        journal_id=entry["journal_id"],
        fiscal_year=entry["fiscal_year"],
        period_starts_on=entry["period_starts_on"],
        period_until=entry["period_until"],
        number=entry["number"],
        seq=entry["seq"],
        posted_at=posted_at,
        posted_by=entry["posted_by"],
        entry=NewEntry(
            administration_id=entry["administration_id"],
            journal_id=entry["journal_id"],
            on_date=entry["on_date"],
            subject=entry["subject"],
            description=entry["description"],
            lines=tuple(
                NewLine(
                    line["gl_account_id"],
                    line["debit_cents"],
                    line["credit_cents"],
                    line["description"],
                    line["contact_id"],
                    tuple(zip(line["vat_grids"], line["vat_cents"], strict=False)),
                )
                for line in lines
            ),
            attempt=entry["attempt"],
            reverses_id=entry["reverses_id"],
            document_sha256=entry["document_sha256"],
        ),
        running=[line["running_cents"] for line in lines],
    )
