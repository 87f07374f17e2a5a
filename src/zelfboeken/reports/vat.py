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


def ledger_differences(*, access: Access, administration_id: int, period: VatPeriod) -> dict[str, int]:
    """VAT accounts of which the movement in a period is not what its grid says: by code, the movement less the grid.

    Each VAT account stands for one grid (rules, chapter 1), on its natural side, so that ledger and return can be held
    against each other. Empty when they are equal; a line that misses its grid, or has it alone, is found so.
    """
    access.require(Right.LEDGER_SEE)
    accounts = {f"451{grid:03}": grid for grid in DUE_GRIDS} | {f"411{grid:03}": grid for grid in DEDUCTIBLE_GRIDS}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.code, coalesce((SELECT sum(b.debit_cents - b.credit_cents) FROM ledger_balance b "
            "WHERE b.domain_id = a.domain_id AND b.administration_id = a.administration_id AND b.gl_account_id = a.id "
            "AND b.month_starts_on >= %s AND b.month_starts_on < %s), 0)::bigint FROM ledger_glaccount a "
            "WHERE a.domain_id = %s AND a.administration_id = %s AND a.code = ANY(%s)",
            [period.starts_on, period.until, access.domain_id, administration_id, sorted(accounts)],
        )
        moved = dict(cursor.fetchall())
        cursor.execute(
            "SELECT grid, sum(cents)::bigint FROM ledger_grid_balance WHERE domain_id = %s AND administration_id = %s "
            "AND month_starts_on >= %s AND month_starts_on < %s AND grid = ANY(%s) GROUP BY grid",
            [access.domain_id, administration_id, period.starts_on, period.until, sorted(accounts.values())],
        )
        booked = dict(cursor.fetchall())
    differences = {}
    for code, grid in sorted(accounts.items()):
        natural = moved.get(code, 0) if grid in DEDUCTIBLE_GRIDS else -moved.get(code, 0)
        if natural != booked.get(grid, 0):
            differences[code] = natural - booked.get(grid, 0)
    return differences


def documents_not_booked(*, access: Access, administration_id: int, period: VatPeriod) -> int:
    """How many documents dated in a period wait to be booked."""
    access.require(Right.LEDGER_SEE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM booking_proposal WHERE domain_id = %s AND administration_id = %s "
            "AND entry_id IS NULL AND handled_at IS NULL AND on_date >= %s AND on_date < %s",
            [access.domain_id, administration_id, period.starts_on, period.until],
        )
        return int(cursor.fetchone()[0])
