"""When an office works, and for which working day what comes in is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from zelfboeken.belgium.holidays import holidays

EVERY_WEEK = frozenset({1, 2, 3, 4, 5})
NOON = 12
_ZONE = ZoneInfo("Europe/Brussels")
_HOUR = 3600
_FURTHEST = 400
"""No office closes for longer than this; a calendar without a working day would be looked through for ever."""


class NeverWorks(ValueError):
    """The calendar has no working day within a year."""

    code = "never_works"

    def __init__(self) -> None:
        super().__init__("Met deze kalender werkt het kantoor geen enkele dag. Kies minstens één werkdag.")


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days of an office and the hour that parts one from the next.

    `exceptions` say of a day whether the office works, whatever the week or the public holidays say.
    """

    cut_off_hour: int = NOON
    weekdays: frozenset[int] = EVERY_WEEK
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def works_on(self, day: date) -> bool:
        """Whether the office works on a day."""
        if day in self.exceptions:
            return self.exceptions[day]
        return day.isoweekday() in self.weekdays and day not in holidays(day.year)

    def next_after(self, day: date) -> date:
        """The first working day after this one."""
        return self._walk(day, 1)

    def last_before(self, day: date) -> date:
        """The last working day before this one."""
        return self._walk(day, -1)

    def cut_off(self, day: date) -> datetime:
        """The moment on a day from which what comes in is work of the next working day."""
        return datetime.combine(day, time(self.cut_off_hour), _ZONE)

    def day_for(self, arrived_at: datetime) -> date:
        """The working day for which something is promised that came in at this moment.

        Before the cut-off of a working day that same day, else the next one: within 24 hours, on working days.
        """
        day = arrived_at.astimezone(_ZONE).date()
        if self.works_on(day) and arrived_at < self.cut_off(day):
            return day
        return self.next_after(day)

    def _walk(self, day: date, step: int) -> date:
        for n in range(1, _FURTHEST):
            found = day + timedelta(days=n * step)
            if self.works_on(found):
                return found
        raise NeverWorks


@dataclass(frozen=True, slots=True)
class Promised:
    """Documents by the day they are promised for: before today, today, and after it."""

    yesterday: int = 0
    today: int = 0
    tomorrow: int = 0

    def __add__(self, other: Promised) -> Promised:
        return Promised(self.yesterday + other.yesterday, self.today + other.today, self.tomorrow + other.tomorrow)


NOTHING_PROMISED = Promised()


@dataclass(frozen=True, slots=True)
class Today:
    """The three columns of a day: `Gisteren` is promised for the last working day or before it and thus late,
    `Vandaag` for today, `Morgen` for the next working day. On a day off nothing is for today."""

    on: date
    calendar: WorkingCalendar
    late_before: int
    """What came in before this hour (since 1970) was promised for an earlier day."""
    today_before: int
    """What came in before this hour, and not before the other one, is promised for today."""

    @property
    def is_working_day(self) -> bool:
        """Whether the office works today."""
        return self.calendar.works_on(self.on)

    @property
    def yesterday(self) -> date:
        """The last working day before today."""
        return self.calendar.last_before(self.on)

    @property
    def tomorrow(self) -> date:
        """The next working day."""
        return self.calendar.next_after(self.on)


def today_of(calendar: WorkingCalendar, on: date) -> Today:
    """The columns of a day. What was promised for the last working day came in before its cut-off; for today, since."""
    late_before = hour_of(calendar.cut_off(calendar.last_before(on)))
    today_before = hour_of(calendar.cut_off(on)) if calendar.works_on(on) else late_before
    return Today(on, calendar, late_before, today_before)


def hour_of(moment: datetime) -> int:
    """The hour a moment lies in, since 1970. A cut-off is a whole hour, so no hour is of two days."""
    return int(moment.timestamp()) // _HOUR
