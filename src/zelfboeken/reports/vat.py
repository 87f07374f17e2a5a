"""What the returns of an administration come to, and what is still missing in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.vat.periods import VatPeriod
from zelfboeken.vat.rules import DEDUCTIBLE_GRIDS, DUE_GRIDS, VatBalance, added, balance_of_grids


@dataclass(frozen=True, slots=True)
class VatReturn:
    """A return as booked: `booked` cents per grid, `carried` from the return before, and the `balance` of both."""

    period: VatPeriod
    booked: dict[int, int]
    carried: dict[int, int]
    balance: VatBalance


def vat_returns(*, access: Access, administration_id: int, period: VatPeriod) -> tuple[VatReturn, VatReturn]:
    """The return of a period and the one before it.

    A negative net purchase is carried from return to return (rules, chapter 2.5), so the chain starts at the first
    month with a grid; the sums per month stand beside the lines, and one query reads them.
    """
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    months: dict[date, list[tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month_starts_on, grid, cents FROM ledger_grid_balance WHERE domain_id = %s "
            "AND administration_id = %s AND month_starts_on < %s ORDER BY month_starts_on, grid",
            [access.domain_id, administration_id, period.until],
        )
        for month, grid, cents in cursor.fetchall():
            months.setdefault(month, []).append((grid, cents))
    previous = period.previous()
    first = previous.containing(min([*months, previous.starts_on]))
    made: list[VatReturn] = []
    carried: dict[int, int] = {}
    while first.starts_on < period.until:
        booked = dict(added(*(pairs for month, pairs in months.items() if first.starts_on <= month < first.until)))
        balance = balance_of_grids(booked, carried)
        made.append(VatReturn(first, booked, carried, balance))
        first, carried = first.next(), dict(balance.carry)
    return made[-1], made[-2]


def documents_not_booked(*, access: Access, administration_id: int, period: VatPeriod) -> int:
    """How many documents dated in a period wait to be booked."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM booking_proposal WHERE domain_id = %s AND administration_id = %s "
            "AND entry_id IS NULL AND handled_at IS NULL AND on_date >= %s AND on_date < %s",
            [access.domain_id, administration_id, period.starts_on, period.until],
        )
        return int(cursor.fetchone()[0])


def ledger_differences(*, access: Access, administration_id: int, made: VatReturn) -> dict[str, int]:
    """VAT accounts of which the movement in the period of a return is not what its box says: by code, the movement
    less the box, on the account's natural side. Empty when ledger and return are equal.

    Each account 411xxx and 451xxx stands for one box (rules, chapter 1), or for none. A line that misses its box, or
    has it alone, is found so. Left out are the entries that settle an earlier return (those that touch 411900 or
    451900) and openings. Whole months come from the balances kept beside the lines; only those entries are read line
    by line.
    """
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    here = [access.domain_id, administration_id]
    within = [made.period.starts_on, made.period.until]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH a AS MATERIALIZED (SELECT id, code, code IN ('411900', '451900') AS settles "
            "FROM ledger_glaccount WHERE domain_id = %s AND administration_id = %s AND left(code, 3) IN ('411', '451')"
            "), apart AS (SELECT s.entry_id FROM ledger_entry_line s JOIN a ON a.id = s.gl_account_id AND a.settles "
            "WHERE s.domain_id = %s AND s.administration_id = %s AND s.on_date >= %s AND s.on_date < %s "
            "UNION SELECT e.id FROM ledger_entry e JOIN ledger_journal j ON j.domain_id = e.domain_id "
            "AND j.id = e.journal_id AND j.kind = 'OPENING' "
            "WHERE e.domain_id = %s AND e.administration_id = %s AND e.on_date >= %s AND e.on_date < %s), "
            "moved AS (SELECT a.code, b.debit_cents - b.credit_cents AS cents FROM ledger_balance b "
            "JOIN a ON a.id = b.gl_account_id AND NOT a.settles WHERE b.domain_id = %s AND b.administration_id = %s "
            "AND b.month_starts_on >= %s AND b.month_starts_on < %s "
            "UNION ALL SELECT a.code, l.credit_cents - l.debit_cents FROM apart "
            "JOIN ledger_entry_line l ON l.domain_id = %s AND l.entry_id = apart.entry_id "
            "JOIN a ON a.id = l.gl_account_id AND NOT a.settles) "
            "SELECT code, sum(CASE WHEN left(code, 3) = '411' THEN cents ELSE -cents END)::bigint FROM moved "
            "GROUP BY code",
            [*here, *here, *within, *here, *within, *here, *within, access.domain_id],
        )
        moved = dict(cursor.fetchall())
    boxes = {f"451{grid:03}": grid for grid in DUE_GRIDS} | {f"411{grid:03}": grid for grid in DEDUCTIBLE_GRIDS}
    said = {code: made.booked.get(grid, 0) for code, grid in boxes.items()}
    apart = {code: moved.get(code, 0) - said.get(code, 0) for code in sorted(moved.keys() | said.keys())}
    return {code: cents for code, cents in apart.items() if cents}
