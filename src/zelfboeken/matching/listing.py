"""The lines of a statement for the bank page, and what a booked line was matched with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access


@dataclass(frozen=True, slots=True)
class StatementFactsRow:
    """A statement with the sums of its lines, in cents."""

    id: int
    public_id: str
    bank_account_id: int
    number: int | None
    year: int
    on_date: date
    opening_cents: int
    closing_cents: int
    state: str
    findings: list[dict[str, Any]]
    received_cents: int
    paid_cents: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A bank line of a statement with its proposal, if it waits for one. Amounts signed from the holder's side."""

    id: int
    public_id: str
    booked_on: date
    amount_cents: int
    counterparty: str
    counter_iban: str
    communication: str
    structured: str
    entry_id: int | None
    matched_cents: int
    group: str | None
    decision: dict[str, Any] | None
    version: int | None
    certainty_percent: int | None
    was_automatic: bool

    @property
    def waits(self) -> bool:
        """Whether there is something to book yet; a movement of nothing has no entry and needs none."""
        return self.entry_id is None and self.amount_cents != 0


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A standing match of a bank line: with which document, for how much."""

    id: int
    document_number: str
    contact_public_id: str
    contact_name: str
    amount_cents: int
    document_public_id: str | None


_ORDER = "s.on_date, s.year, coalesce(s.number, 0), s.id"
"""The order of the statements of an account on the page."""
_REPLACED = (
    "(s.state = 'QUARANTINED' AND EXISTS (SELECT 1 FROM bank_statement r WHERE r.domain_id = s.domain_id "
    "AND r.bank_account_id = s.bank_account_id AND r.year = s.year AND r.number = s.number "
    "AND r.state <> 'QUARANTINED'))"
)
"""A quarantined statement of which the right one came since: there is nothing left to do about it."""
_STATEMENT = (
    "SELECT s.id, s.public_id::text, s.bank_account_id, s.number, s.year, s.on_date, s.opening_cents, s.closing_cents, "
    "s.state, s.findings, "
    "coalesce((SELECT sum(amount_cents) FROM bank_bankline l WHERE l.domain_id = s.domain_id "
    "AND l.statement_id = s.id AND amount_cents > 0), 0)::bigint, "
    "coalesce((SELECT -sum(amount_cents) FROM bank_bankline l WHERE l.domain_id = s.domain_id "
    "AND l.statement_id = s.id AND amount_cents < 0), 0)::bigint FROM bank_statement s "
)


def statement_shown(
    *, access: Access, administration_id: int, bank_account_id: int, public_id: str
) -> StatementFactsRow | None:
    """The statement asked for, else the oldest with a line that waits, else the newest of the account."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    where = "WHERE s.domain_id = %s AND s.administration_id = %s AND s.bank_account_id = %s"
    values: list[Any] = [access.domain_id, administration_id, bank_account_id]
    if public_id:
        return _statement(f"{_STATEMENT} {where} AND s.public_id = %s", [*values, public_id])
    waiting = _statement(
        f"{_STATEMENT} {where} AND EXISTS (SELECT 1 FROM bank_bankline l WHERE l.domain_id = s.domain_id "
        "AND l.statement_id = s.id AND l.entry_id IS NULL AND l.amount_cents <> 0) AND s.state <> 'QUARANTINED' "
        f"ORDER BY {_ORDER} LIMIT 1",
        values,
    )
    newest = "s.on_date DESC, s.year DESC, coalesce(s.number, 0) DESC, s.id DESC"
    return waiting or _statement(f"{_STATEMENT} {where} AND NOT {_REPLACED} ORDER BY {newest} LIMIT 1", values)


def neighbours(*, access: Access, statement: StatementFactsRow) -> tuple[str | None, str | None]:
    """The public ids of the statements before and after this one."""
    place: list[Any] = [statement.on_date, statement.year, statement.number or 0, statement.id]
    own = f"s.domain_id = %s AND s.bank_account_id = %s AND NOT {_REPLACED}"
    newest = "s.on_date DESC, s.year DESC, coalesce(s.number, 0) DESC, s.id DESC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"(SELECT 0, s.public_id::text FROM bank_statement s WHERE {own} AND ({_ORDER}) < (%s, %s, %s, %s) "
            f"ORDER BY {newest} LIMIT 1) UNION ALL "
            f"(SELECT 1, s.public_id::text FROM bank_statement s WHERE {own} AND ({_ORDER}) > (%s, %s, %s, %s) "
            f"ORDER BY {_ORDER} LIMIT 1)",
            [access.domain_id, statement.bank_account_id, *place] * 2,
        )
        beside = dict(cursor.fetchall())
    return beside.get(0), beside.get(1)


def statement_of_line(*, access: Access, line_public_id: str) -> tuple[str, int, int] | None:
    """(statement's public id, bank account, administration) of a line of this domain, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.public_id::text, s.bank_account_id, s.administration_id FROM bank_bankline l "
            "JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
            "WHERE l.domain_id = %s AND l.public_id = %s",
            [access.domain_id, line_public_id],
        )
        row = cursor.fetchone()
    return (row[0], row[1], row[2]) if row and access.reaches(row[2]) else None


def lines_of(*, access: Access, statement: StatementFactsRow) -> list[LineRow]:
    """The lines of a statement in its own order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, l.public_id::text, l.booked_on, l.amount_cents, l.counterparty, l.counter_iban, "
            'l.communication, l.structured, l.entry_id, l.matched_cents, p."group", p.decision, p.version, '
            "p.certainty_percent, EXISTS (SELECT 1 FROM matching_match m WHERE m.domain_id = l.domain_id "
            "AND m.bank_line_id = l.id AND m.method = 'AUTOMATIC' AND m.undone_at IS NULL) "
            "FROM bank_bankline l "
            "LEFT JOIN matching_lineproposal p ON p.domain_id = l.domain_id AND p.bank_line_id = l.id "
            "WHERE l.domain_id = %s AND l.statement_id = %s ORDER BY l.n",
            [access.domain_id, statement.id],
        )
        # The driver leaves JSON as text.
        return [LineRow(*[*row[:11], _parsed(row[11]), *row[12:]]) for row in cursor.fetchall()]


def matches_of(*, access: Access, bank_line_id: int) -> list[MatchRow]:
    """The standing matches of a bank line."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, o.document_number, c.public_id::text, c.name, m.amount_cents, d.public_id::text "
            "FROM matching_match m "
            "JOIN ledger_openitem o ON o.domain_id = m.domain_id AND o.id = m.item_id "
            "JOIN contacts_contact c ON c.domain_id = o.domain_id AND c.id = o.contact_id "
            "JOIN ledger_entry e ON e.domain_id = o.domain_id AND e.id = o.entry_id "
            "LEFT JOIN documents_document d "
            "ON d.domain_id = e.domain_id AND d.sha256 = encode(e.document_sha256, 'hex') "
            "WHERE m.domain_id = %s AND m.bank_line_id = %s AND m.undone_at IS NULL ORDER BY m.id",
            [access.domain_id, bank_line_id],
        )
        return [MatchRow(*row) for row in cursor.fetchall()]


def earlier_payments(
    *, access: Access, administration_id: int, line: LineRow, limit: int = 3
) -> list[tuple[date, int, bool, str]]:
    """Earlier lines of the same counterparty in these books: (day, cents, was it booked, public id), newest first."""
    if not (line.counter_iban or line.counterparty):
        return []
    column, value = ("counter_iban", line.counter_iban) if line.counter_iban else ("counterparty", line.counterparty)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT booked_on, amount_cents, entry_id IS NOT NULL, public_id::text FROM bank_bankline "
            f"WHERE domain_id = %s AND administration_id = %s AND {column} = %s AND id <> %s AND booked_on <= %s "
            "ORDER BY booked_on DESC, id DESC LIMIT %s",
            [access.domain_id, administration_id, value, line.id, line.booked_on, limit],
        )
        return [(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class BookedBalance:
    """What the books say of a bank account at the end of a statement, in cents.

    `booked_cents` is the balance of its GL account, `waiting_cents` what its lines up to there will still add.
    The causes of a difference with the bank: `opening_cents` is what the first statement began with and the books do
    not have, `other_cents` what other entries since then than those of bank lines took off the account, and
    `missing_cents` what statements that never came would add.
    """

    booked_cents: int
    waiting_cents: int
    opening_cents: int
    other_cents: int
    missing_cents: int

    @property
    def difference_cents(self) -> int:
        """The bank's balance less that of the books once every line is booked; zero when they are equal."""
        return self.opening_cents + self.other_cents + self.missing_cents


_MOST_DAYS_APART = 92
"""A bank dates no movement further from its statement than this."""


def booked_balance(*, access: Access, gl_account_id: int, statement: StatementFactsRow) -> BookedBalance:
    """The balance of a bank account in the books beside that of its statement, whatever is booked of it already.

    The lines of the statement and of those before it count, those after it do not, also when they are of one day.
    """
    access.require(Right.LEDGER_SEE)
    own = [access.domain_id, statement.bank_account_id]
    place: list[Any] = [statement.on_date, statement.year, statement.number or 0, statement.id]
    on = statement.on_date
    far = timedelta(days=_MOST_DAYS_APART)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT "
            "(SELECT coalesce(sum(debit_cents - credit_cents), 0) FROM ledger_balance "
            "WHERE domain_id = %s AND administration_id = a.administration_id AND gl_account_id = %s "
            "AND month_starts_on < %s) + "
            "(SELECT coalesce(sum(debit_cents - credit_cents), 0) FROM ledger_entry_line "
            "WHERE domain_id = %s AND administration_id = a.administration_id AND gl_account_id = %s "
            "AND on_date >= %s AND on_date <= %s), "
            "(SELECT coalesce(sum(l.amount_cents), 0) FROM bank_bankline l "
            "JOIN bank_statement s ON s.domain_id = l.domain_id AND s.id = l.statement_id "
            "WHERE l.domain_id = %s AND l.administration_id = a.administration_id AND l.bank_account_id = %s "
            f"AND l.entry_id IS NULL AND s.state <> 'QUARANTINED' AND ({_ORDER}) <= (%s, %s, %s, %s)), "
            "(SELECT coalesce(sum(CASE WHEN e.on_date > %s THEN l.amount_cents ELSE -l.amount_cents END) FILTER "
            f"(WHERE (e.on_date <= %s) = (({_ORDER}) > (%s, %s, %s, %s))), 0) FROM bank_statement s "
            "JOIN bank_bankline l ON l.domain_id = s.domain_id AND l.statement_id = s.id "
            # Where its first entry was dated: what was reversed later is booked again on that same later day.
            "JOIN ledger_entry e ON e.domain_id = l.domain_id AND e.administration_id = l.administration_id "
            "AND e.subject = 'BANK:' || l.id AND e.attempt = 1 AND NOT e.is_reversal "
            "WHERE s.domain_id = %s AND s.bank_account_id = %s AND s.on_date BETWEEN %s AND %s "
            "AND l.entry_id IS NOT NULL), "
            "(SELECT coalesce(sum(s.closing_cents - s.opening_cents), 0) FROM bank_statement s "
            "WHERE s.domain_id = %s AND s.bank_account_id = %s AND s.state <> 'QUARANTINED' "
            f"AND ({_ORDER}) <= (%s, %s, %s, %s)), a.administration_id "
            "FROM bank_bankaccount a WHERE a.domain_id = %s AND a.id = %s",
            [
                access.domain_id, gl_account_id, on.replace(day=1),
                access.domain_id, gl_account_id, on.replace(day=1), on,
                *own, *place,
                on, on, *place, *own, on - far, on + far,
                *own, *place,
                *own,
            ],
        )  # fmt: skip
        ledger, waiting, other_day, moved, administration = cursor.fetchone()
        cursor.execute(
            "SELECT s.opening_cents, s.on_date FROM bank_statement s WHERE s.domain_id = %s AND s.bank_account_id = %s "
            f"AND s.state <> 'QUARANTINED' ORDER BY {_ORDER} LIMIT 1",
            own,
        )
        first = cursor.fetchone()
    booked = int(ledger) + int(other_day)
    opened = first or (statement.opening_cents, on)
    missing = statement.closing_cents - opened[0] - int(moved)
    apart = opened[0] + int(moved) - booked - int(waiting)
    opening = 0
    if apart:
        opening = opened[0] - _before_the_first(access, int(administration), gl_account_id, opened[1])
    return BookedBalance(booked, int(waiting), opening, apart - opening, missing)


def _before_the_first(access: Access, administration_id: int, gl_account_id: int, first_on: date) -> int:
    """What other entries than those of bank lines had put on the account when its first statement came, in cents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(l.debit_cents - l.credit_cents), 0) FROM ledger_entry_line l "
            "JOIN ledger_entry e ON e.domain_id = l.domain_id AND e.id = l.entry_id "
            "WHERE l.domain_id = %s AND l.administration_id = %s AND l.gl_account_id = %s AND l.on_date <= %s "
            "AND e.subject NOT LIKE 'BANK:%%'",
            [access.domain_id, administration_id, gl_account_id, first_on],
        )
        return int(cursor.fetchone()[0])


def _statement(sql: str, values: list[Any]) -> StatementFactsRow | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return StatementFactsRow(*[*row[:9], _parsed(row[9]), *row[10:]]) if row else None


def _parsed(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored
