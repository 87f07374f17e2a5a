"""The money in the bank as a line, with the same figures as a table beside it."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from zelfboeken.portal.pages import BalanceLine
from zelfboeken.portal.texts import day, euro, short_day

_WIDTH, _TOP, _BOTTOM = 440, 26, 112
_FEWEST = 3


def balance_line(history: list[tuple[date, int]], today: date) -> BalanceLine | None:
    """The line through what the accounts held at the end of each day; None for too few days to see anything.

    A balance stays what it is until the next statement, so the line has steps.
    """
    if len(history) < _FEWEST:
        return None
    first, last = history[0][0], history[-1][0]
    days = max((last - first).days, 1)
    low, high = min(cents for _on, cents in history), max(cents for _on, cents in history)
    span = max(high - low, 1)

    def x_of(on: date) -> float:
        return round((on - first).days * (_WIDTH - 8) / days + 4, 1)

    def y_of(cents: int) -> float:
        return round(_BOTTOM - (cents - low) * (_BOTTOM - _TOP) / span, 1)

    points: list[str] = []
    for place, (on, cents) in enumerate(history):
        if place:
            points.append(f"{x_of(on)},{y_of(history[place - 1][1])}")
        points.append(f"{x_of(on)},{y_of(cents)}")
    return BalanceLine(
        title=_("Balance of all accounts from %(from)s to %(until)s")
        % {"from": short_day(first, today), "until": short_day(last, today)},
        points=" ".join(points),
        last_x=str(x_of(last)),
        last_y=str(y_of(history[-1][1])),
        last=euro(history[-1][1]),
        lowest=euro(low),
        highest=euro(high),
        from_on=short_day(first, today),
        until_on=short_day(last, today),
        rows=tuple((day(on), euro(cents)) for on, cents in reversed(history)),
    )
