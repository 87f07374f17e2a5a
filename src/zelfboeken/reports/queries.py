"""What the posted books say: only from posted lines and the balances kept beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.booking.packed import unpacked
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.vat.codes import Document, all_codes


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """Movements of one GL account in a period and its balance at the end, in cents."""

    gl_code: str
    name: str
    type: str
    debit_cents: int
    credit_cents: int
    balance_cents: int


def trial_balance(*, access: Access, administration_id: int, from_on: date, until: date) -> list[TrialBalanceRow]:
    """Debit and credit per GL account from `from_on` up to, not including, `until`, and debit − credit until then.

    Whole months come from the monthly balances, the days of a begun month from the lines, so the cost does not grow
    with the number of lines (D7).
    """
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    rows = _sums(access.domain_id, administration_id, until)
    before = {row[0]: (row[1], row[2]) for row in _sums(access.domain_id, administration_id, from_on)}
    names = _accounts(access.domain_id, administration_id)
    result = []
    for account_id, debit, credit in rows:
        code, name, kind = names[account_id]
        debit_before, credit_before = before.get(account_id, (0, 0))
        result.append(TrialBalanceRow(code, name, kind, debit - debit_before, credit - credit_before, debit - credit))
    return sorted(result, key=lambda row: row.gl_code)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line of an entry, as shown."""

    gl_code: str
    name: str
    contact_name: str
    description: str
    debit_cents: int
    credit_cents: int
    grids: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A posted entry with its lines; `document_id` is the original's public id when there is one."""

    id: int
    journal_code: str
    fiscal_year: int
    number: int
    on_date: date
    description: str
    subject: str
    reverses_id: int | None
    reversed_by_id: int | None
    document_public_id: str | None
    lines: tuple[JournalLine, ...]

    @property
    def voucher(self) -> str:
        """The number as people say it: AK-2026-0418."""
        return f"{self.journal_code}-{self.fiscal_year}-{self.number:04d}"


def journal(
    *,
    access: Access,
    administration_id: int,
    journal_code: str | None,
    from_on: date,
    until: date,
    limit: int,
    before: tuple[date, int] | None = None,
) -> list[JournalEntry]:
    """The entries of a journal (or of all), newest first, `limit` at a time from before (date, id)."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    where = ["e.on_date >= %s", "e.on_date < %s"]
    values: list[Any] = [from_on, until]
    if journal_code:
        where.append("j.code = %s")
        values.append(journal_code)
    if before:
        where.append("(e.on_date, e.id) < (%s, %s)")
        values += list(before)
    return _entries(access, administration_id, where, values, limit)


def entries_by_id(*, access: Access, administration_id: int, ids: Sequence[int]) -> list[JournalEntry]:
    """These entries with their lines; ids of other administrations are left out."""
    access.require_reach(administration_id)
    return _entries(access, administration_id, ["e.id = ANY(%s)"], [list(ids)], len(ids))


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line on a GL account with the balance after it, in cents."""

    entry_id: int
    voucher: str
    on_date: date
    description: str
    contact_name: str
    debit_cents: int
    credit_cents: int
    balance_cents: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """One GL account over a period, in cents: the balance before it, its movements, and one page of its lines."""

    opening_cents: int
    debit_cents: int
    credit_cents: int
    line_count: int
    lines: tuple[AccountLine, ...]

    @property
    def closing_cents(self) -> int:
        """The balance at the end of the period."""
        return self.opening_cents + self.debit_cents - self.credit_cents


def account_statement(
    *,
    access: Access,
    administration_id: int,
    gl_code: str,
    from_on: date,
    until: date,
    limit: int,
    offset: int = 0,
) -> AccountStatement:
    """The lines of one GL account from `from_on` up to `until`, in order of date, `limit` at a time."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(l.debit_cents - l.credit_cents) FILTER (WHERE l.on_date < %s), 0)::bigint, "
            "coalesce(sum(l.debit_cents) FILTER (WHERE l.on_date >= %s), 0)::bigint, "
            "coalesce(sum(l.credit_cents) FILTER (WHERE l.on_date >= %s), 0)::bigint, "
            "count(*) FILTER (WHERE l.on_date >= %s) FROM ledger_entry_line l "
            "JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.id = l.gl_account_id "
            "WHERE l.domain_id = %s AND l.administration_id = %s AND a.code = %s AND l.on_date < %s",
            [from_on, from_on, from_on, from_on, access.domain_id, administration_id, gl_code, until],
        )
        opening, debit_sum, credit_sum, count = cursor.fetchone()
        cursor.execute(
            "SELECT l.entry_id, j.code, e.fiscal_year, e.number, l.on_date, "
            "coalesce(nullif(l.description, ''), e.description), coalesce(c.name, ''), l.debit_cents, l.credit_cents, "
            "(sum(l.debit_cents - l.credit_cents) OVER (ORDER BY l.on_date, e.seq, l.n))::bigint "
            "FROM ledger_entry_line l "
            "JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.id = l.gl_account_id "
            "JOIN ledger_entry e ON e.domain_id = l.domain_id AND e.id = l.entry_id "
            "JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id "
            "LEFT JOIN contacts_contact c ON c.domain_id = l.domain_id AND c.id = l.contact_id "
            "WHERE l.domain_id = %s AND l.administration_id = %s AND a.code = %s AND l.on_date >= %s "
            "AND l.on_date < %s ORDER BY l.on_date, e.seq, l.n LIMIT %s OFFSET %s",
            [access.domain_id, administration_id, gl_code, from_on, until, limit, offset],
        )
        lines = tuple(
            AccountLine(entry_id, f"{code}-{year}-{number:04d}", on, text, contact, debit, credit, opening + moved)
            for entry_id, code, year, number, on, text, contact, debit, credit, moved in cursor.fetchall()
        )
    return AccountStatement(opening, debit_sum, credit_sum, count, lines)


@dataclass(frozen=True, slots=True)
class JournalSum:
    """A journal with how many entries it has in a period and what they come to, in cents."""

    code: str
    name: str
    entry_count: int
    debit_cents: int
    credit_cents: int


def journal_sums(*, access: Access, administration_id: int, from_on: date, until: date) -> list[JournalSum]:
    """Every journal with its entries from `from_on` up to `until`, by code; one without entries too."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.code, j.name, count(e.id), coalesce(sum(l.debit), 0)::bigint, coalesce(sum(l.credit), 0)::bigint "
            "FROM ledger_journal j LEFT JOIN ledger_entry e ON e.domain_id = j.domain_id AND e.journal_id = j.id "
            "AND e.on_date >= %s AND e.on_date < %s "
            "LEFT JOIN (SELECT entry_id, sum(debit_cents) AS debit, sum(credit_cents) AS credit "
            "FROM ledger_entry_line WHERE domain_id = %s AND administration_id = %s AND on_date >= %s "
            "AND on_date < %s GROUP BY entry_id) l ON l.entry_id = e.id "
            "WHERE j.domain_id = %s AND j.administration_id = %s GROUP BY j.code, j.name ORDER BY j.code",
            [from_on, until, access.domain_id, administration_id, from_on, until, access.domain_id, administration_id],
        )
        return [JournalSum(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class OpenItemRow:
    """An open item with what is still open of it, in cents: + they owe us, − we owe them."""

    id: int
    entry_id: int
    contact_public_id: str
    contact_name: str
    gl_code: str
    document_number: str
    on_date: date
    due_on: date | None
    amount_cents: int
    open_cents: int


def open_items(
    *, access: Access, administration_id: int, contact_id: int | None = None, settled_too: bool = False
) -> list[OpenItemRow]:
    """What customers and suppliers still owe and are owed now, oldest due first."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    where = "o.domain_id = %s AND o.administration_id = %s"
    values: list[Any] = [access.domain_id, administration_id]
    if not settled_too:
        where += " AND o.matched_cents <> o.amount_cents"
    if contact_id is not None:
        where += " AND o.contact_id = %s"
        values.append(contact_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.entry_id, c.public_id::text, c.name, a.code, o.document_number, o.on_date, o.due_on, "
            "o.amount_cents, o.amount_cents - o.matched_cents FROM ledger_openitem o "
            "JOIN contacts_contact c ON c.domain_id = o.domain_id AND c.id = o.contact_id "
            "JOIN ledger_glaccount a ON a.domain_id = o.domain_id AND a.id = o.gl_account_id "
            f"WHERE {where} ORDER BY coalesce(o.due_on, o.on_date), o.id",
            values,
        )
        return [OpenItemRow(*row) for row in cursor.fetchall()]


def grid_sums(*, access: Access, administration_id: int, from_month: date, until_month: date) -> dict[int, int]:
    """Cents per VAT grid over whole months, from the sums kept beside the lines (rules, chapter 2.7: never again
    computed from the base)."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT grid, sum(cents)::bigint FROM ledger_grid_balance WHERE domain_id = %s AND administration_id = %s "
            "AND month_starts_on >= %s AND month_starts_on < %s GROUP BY grid ORDER BY grid",
            [access.domain_id, administration_id, from_month, until_month],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class GridLine:
    """A posted line that counts in a grid, with its document.

    `taxes` are the VAT codes of the document that fill the grid, each with the percentage that is deducted; empty for
    what was not booked from a document.
    """

    entry_id: int
    voucher: str
    on_date: date
    description: str
    gl_code: str
    account_name: str
    cents: int
    document_public_id: str | None
    document_name: str | None
    contact_name: str
    taxes: tuple[tuple[str, Decimal], ...]


def grid_lines(
    *, access: Access, administration_id: int, grid: int, from_month: date, until_month: date
) -> list[GridLine]:
    """The lines that make up a grid over whole months; their cents sum to `grid_sums`."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.entry_id, j.code || '-' || e.fiscal_year || '-' || lpad(e.number::text, 4, '0'), l.on_date, "
            "e.description, a.code, a.name_nl, "
            "(SELECT sum(v.cents)::bigint FROM unnest(l.vat_grids, l.vat_cents) AS v (grid, cents) WHERE v.grid = %s), "
            "d.public_id::text, d.name, "
            "coalesce((SELECT c.name FROM ledger_entry_line k "
            "JOIN contacts_contact c ON c.domain_id = k.domain_id AND c.id = k.contact_id "
            "WHERE k.domain_id = l.domain_id AND k.entry_id = l.entry_id ORDER BY k.n LIMIT 1), ''), "
            "p.facts, p.lines "
            "FROM ledger_entry_line l "
            "JOIN ledger_entry e ON e.domain_id = l.domain_id AND e.id = l.entry_id "
            "JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id "
            "JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.id = l.gl_account_id "
            "LEFT JOIN documents_document d "
            "ON d.domain_id = e.domain_id AND d.sha256 = encode(e.document_sha256, 'hex') "
            "LEFT JOIN booking_proposal p ON p.domain_id = e.domain_id AND p.entry_id = e.id "
            "WHERE l.domain_id = %s AND l.administration_id = %s AND l.on_date >= %s AND l.on_date < %s "
            "AND cardinality(l.vat_grids) > 0 AND %s = ANY(l.vat_grids) ORDER BY l.on_date, e.seq, l.n",
            [grid, access.domain_id, administration_id, from_month, until_month, grid],
        )
        return [
            GridLine(*[*row[:-2], _taxes_of(row[-2], row[-1], gl_code=row[4], grid=grid)]) for row in cursor.fetchall()
        ]


def _taxes_of(facts: bytes | None, drafts: bytes | None, *, gl_code: str, grid: int) -> tuple[tuple[str, Decimal], ...]:
    """The VAT codes behind a posted line: those on its account that fill the grid, else (a VAT account) all that do."""
    if facts is None or drafts is None:
        return ()
    kind = unpacked(bytes(facts))["kind"]
    filling = [
        line
        for line in lines_from_json(unpacked(bytes(drafts)))
        if (code := all_codes().get(line.vat_code)) is not None
        and (formula := code.documents.get(Document(kind))) is not None
        and any(term.grid == grid for term in formula.grids)
    ]
    own = [line for line in filling if line.gl_code == gl_code]
    return tuple(dict.fromkeys((line.vat_code, line.deductible_percent) for line in own or filling))


def _sums(domain_id: int, administration_id: int, until: date) -> list[tuple[int, int, int]]:
    """(account, debit, credit) before `until`: whole months from the balances, the days of a begun month from lines."""
    month = until.replace(day=1)
    with connection.cursor() as cursor:
        if until == month:
            cursor.execute(
                "SELECT gl_account_id, sum(debit_cents)::bigint, sum(credit_cents)::bigint FROM ledger_balance "
                "WHERE domain_id = %s AND administration_id = %s AND month_starts_on < %s GROUP BY gl_account_id",
                [domain_id, administration_id, month],
            )
        else:
            cursor.execute(
                "SELECT gl_account_id, sum(debit)::bigint, sum(credit)::bigint FROM ("
                "SELECT gl_account_id, debit_cents AS debit, credit_cents AS credit FROM ledger_balance "
                "WHERE domain_id = %s AND administration_id = %s AND month_starts_on < %s "
                "UNION ALL SELECT gl_account_id, debit_cents, credit_cents FROM ledger_entry_line "
                "WHERE domain_id = %s AND administration_id = %s AND on_date >= %s AND on_date < %s) s "
                "GROUP BY gl_account_id",
                [domain_id, administration_id, month, domain_id, administration_id, month, until],
            )
        return [(int(a), int(b), int(c)) for a, b, c in cursor.fetchall()]


def _accounts(domain_id: int, administration_id: int) -> dict[int, tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, name_nl, type FROM ledger_glaccount WHERE domain_id = %s AND administration_id = %s",
            [domain_id, administration_id],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _entries(
    access: Access, administration_id: int, where: list[str], values: list[Any], limit: int
) -> list[JournalEntry]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, j.code, e.fiscal_year, e.number, e.on_date, e.description, e.subject, e.reverses_id, r.id, "
            "d.public_id::text FROM ledger_entry e "
            "JOIN ledger_journal j ON j.domain_id = e.domain_id AND j.id = e.journal_id "
            "LEFT JOIN ledger_entry r ON r.domain_id = e.domain_id AND r.reverses_id = e.id "
            "LEFT JOIN documents_document d "
            "ON d.domain_id = e.domain_id AND d.sha256 = encode(e.document_sha256, 'hex') "
            f"WHERE e.domain_id = %s AND e.administration_id = %s AND {' AND '.join(where)} "
            "ORDER BY e.on_date DESC, e.id DESC LIMIT %s",
            [access.domain_id, administration_id, *values, limit],
        )
        heads = cursor.fetchall()
        cursor.execute(
            "SELECT l.entry_id, a.code, a.name_nl, coalesce(c.name, ''), l.description, l.debit_cents, l.credit_cents, "
            "l.vat_grids, l.vat_cents FROM ledger_entry_line l "
            "JOIN ledger_glaccount a ON a.domain_id = l.domain_id AND a.id = l.gl_account_id "
            "LEFT JOIN contacts_contact c ON c.domain_id = l.domain_id AND c.id = l.contact_id "
            "WHERE l.domain_id = %s AND l.entry_id = ANY(%s) ORDER BY l.entry_id, l.n",
            [access.domain_id, [head[0] for head in heads]],
        )
        lines: dict[int, list[JournalLine]] = {}
        for entry_id, code, name, contact, text, debit, credit, grids, cents in cursor.fetchall():
            lines.setdefault(entry_id, []).append(
                JournalLine(code, name, contact, text, debit, credit, tuple(zip(grids, cents, strict=True)))
            )
    return [JournalEntry(*[*head, tuple(lines.get(head[0], ()))]) for head in heads]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A GL account in a balance sheet or a profit and loss account, on its natural side, in cents."""

    gl_code: str
    name: str
    cents: int


def profit_and_loss(*, access: Access, administration_id: int, from_on: date, until: date) -> list[ResultRow]:
    """Income (+) and costs (−) per GL account in a period; their sum is the result.

    What is done with a result (69 and 79) is no part of it, so a year that is appropriated keeps its result.
    """
    rows = trial_balance(access=access, administration_id=administration_id, from_on=from_on, until=until)
    return [
        ResultRow(row.gl_code, row.name, row.credit_cents - row.debit_cents)
        for row in rows
        if row.type in {"INCOME", "EXPENSE"} and row.credit_cents != row.debit_cents
    ]


def balance_sheet(*, access: Access, administration_id: int, on: date) -> list[ResultRow]:
    """Assets (+) and liabilities (−) per GL account of classes 1 to 5 at the end of a day, with the running result.

    What is left of classes 6 and 7 stands in line 14 and is marked provisional (Belgian rules, chapter 8): the running
    result, less what was appropriated of it.
    """
    until = on + timedelta(days=1)
    rows = trial_balance(access=access, administration_id=administration_id, from_on=on, until=until)
    sheet = [ResultRow(row.gl_code, row.name, row.balance_cents) for row in rows if row.gl_code[0] in "12345"]
    result = sum(row.balance_cents for row in rows if row.gl_code[0] in "67")
    if result:
        sheet.append(ResultRow("14", "Resultaat van het lopende jaar (voorlopig)", result))
    return [row for row in sheet if row.cents]


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match: what was paid, with which bank line, for how much, and whether it was undone."""

    id: int
    contact_name: str
    document_number: str
    bank_line_id: int | None
    booked_on: date | None
    amount_cents: int
    method: str
    is_undone: bool


def matches(*, access: Access, administration_id: int, from_on: date, until: date) -> list[MatchRow]:
    """The matches made through bank lines of a period, and those by hand, in order."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, c.name, o.document_number, m.bank_line_id, b.booked_on, m.amount_cents, m.method, "
            "m.undone_at IS NOT NULL FROM matching_match m "
            "JOIN ledger_openitem o ON o.domain_id = m.domain_id AND o.id = m.item_id "
            "JOIN contacts_contact c ON c.domain_id = o.domain_id AND c.id = o.contact_id "
            "LEFT JOIN bank_bankline b ON b.domain_id = m.domain_id AND b.id = m.bank_line_id "
            "WHERE m.domain_id = %s AND m.administration_id = %s "
            "AND (b.booked_on IS NULL OR (b.booked_on >= %s AND b.booked_on < %s)) ORDER BY m.id",
            [access.domain_id, administration_id, from_on, until],
        )
        return [MatchRow(*row) for row in cursor.fetchall()]
