"""The months of the fiscal years: which are open, blocked or closed, and changing that for several at once (INV-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.db import connection
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.ledger.models import PeriodState
from zelfboeken.ledger.services import PeriodNotOpen, set_period_state

Change = Literal["block", "open", "close"]


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a fiscal year; `until` is the day after its last."""

    fiscal_year: int
    starts_on: date
    until: date
    state: PeriodState


def months_of(*, access: Access, administration_id: int) -> list[Month]:
    """Every month of the fiscal years of an administration, in order."""
    access.require(Right.LEDGER_SEE)
    access.require_reach(administration_id)
    return _read(access.domain_id, administration_id)


def _read(domain_id: int, administration_id: int, locking: str = "") -> list[Month]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fiscal_year, starts_on, until, state FROM ledger_period "
            f"WHERE domain_id = %s AND administration_id = %s ORDER BY starts_on{locking}",
            [domain_id, administration_id],
        )
        return [Month(year, starts_on, until, PeriodState(state)) for year, starts_on, until, state in cursor]


def changed_by(change: Change, months: list[Month], starts_on: date) -> list[Month]:
    """The months that a change at this month changes: it and those before it are blocked or closed, it and those after
    it opened. A closed month stays closed, so books are shut from their beginning, without a hole.
    """
    if change == "open":
        return [one for one in months if one.starts_on >= starts_on and one.state == PeriodState.BLOCKED]
    shut = {PeriodState.OPEN} if change == "block" else {PeriodState.OPEN, PeriodState.BLOCKED}
    return [one for one in months if one.starts_on <= starts_on and one.state in shut]


def is_over(month: Month, today: date) -> bool:
    """Whether the last day of the month has passed: only then is it closed, since that is for good."""
    return month.until <= today


_STATES = {"block": PeriodState.BLOCKED, "open": PeriodState.OPEN, "close": PeriodState.CLOSED}


def change_months(
    *, access: Access, administration_id: int, change: Change, starts_on: date, at: datetime
) -> list[Month]:
    """Block or close a month and all before it, or open a month and all after it; those that were changed, in order.

    Raises:
        NotAllowed: the user may not block and close.
        PeriodNotOpen: no fiscal year has this month, it is closed, not over yet and to be closed, or all is so already.
    """
    access.require(Right.PERIOD_CLOSE)
    access.require_reach(administration_id)
    # All of them before anything is decided, in order of day, as postings lock them: who changes other months at the
    # same time waits, so that what one blocks and another opens leaves no hole.
    months = _read(access.domain_id, administration_id, " FOR UPDATE")
    chosen = next((one for one in months if one.starts_on == starts_on), None)
    if chosen is None:
        raise PeriodNotOpen("Deze maand hoort bij geen boekjaar.", code="period_unknown")
    if chosen.state == PeriodState.CLOSED:
        raise PeriodNotOpen("Deze maand is afgesloten en blijft dat.", code="period_closed")
    if change == "close" and not is_over(chosen, timezone.localtime(at).date()):
        raise PeriodNotOpen(
            "Deze maand is nog niet voorbij. Blokkeer ze, of sluit ze later af.", code="period_not_over"
        )
    found = changed_by(change, months, starts_on)
    if not found:
        raise PeriodNotOpen("Dat is al zo. Iemand anders was je voor.", code="period_unchanged")
    for one in found:
        set_period_state(
            access=access,
            administration_id=administration_id,
            starts_on=one.starts_on,
            state=_STATES[change],
            at=at,
        )
    return found
