"""What the returns of an administration come to, and what is still missing in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.vat.periods import VatPeriod
from zelfboeken.vat.rules import VatBalance, added, balance_of_grids


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
