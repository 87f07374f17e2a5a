"""When an office works: its cut-off, its week, the days on which it closes or works all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from zelfboeken.access.office import PortalAccess, require_still
from zelfboeken.access.rights import Right
from zelfboeken.audit.services import Happened
from zelfboeken.belgium.holidays import holidays
from zelfboeken.tenancy.models import Portal
from zelfboeken.workload.models import DayException, WorkingHours
from zelfboeken.workload.queries import calendar_of
from zelfboeken.workload.rules import NeverWorks, WorkingCalendar

FIRST_HOUR, LAST_HOUR = 6, 20
_MOST_DAYS = 200


class CalendarRefused(ValueError):
    """A calendar that cannot be; `field` names what is wrong."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which the week does not say whether the office works. `holiday` is its code, "" for none."""

    on: date
    works: bool
    is_own: bool
    """The office said so itself."""
    name: str = ""
    holiday: str = ""


def special_days(*, office: PortalAccess, first: date, until: date) -> list[SpecialDay]:
    """The public holidays and the office's own days in a period, in order."""
    own = {
        one.on_date: one
        for one in DayException.objects.filter(portal_id=office.portal_id, on_date__gte=first, on_date__lt=until)
    }
    public = {
        day: holiday
        for year in range(first.year, until.year + 1)
        for day, holiday in holidays(year).items()
        if first <= day < until
    }
    return [
        SpecialDay(
            on=day,
            works=own[day].works if day in own else False,
            is_own=day in own,
            name=own[day].name if day in own else "",
            holiday=public[day].value if day in public else "",
        )
        for day in sorted({*own, *public})
    ]


def set_working_hours(*, office: PortalAccess, cut_off_hour: int, weekdays: frozenset[int], at: datetime) -> None:
    """Set the hour from which what comes in is work of the next day, and the days of the week on which is worked.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        CalendarRefused: no such hour, or no day at all.
    """
    office.require(Right.PORTAL_MANAGE)
    if not FIRST_HOUR <= cut_off_hour <= LAST_HOUR:
        raise CalendarRefused("cut_off", "cut_off_unknown", f"Kies een uur van {FIRST_HOUR} tot {LAST_HOUR}.")
    if not weekdays or not weekdays <= frozenset(range(1, 8)):
        raise CalendarRefused("weekdays", "no_weekday", "Kies minstens één werkdag van de week.")
    before = _locked(office)
    after = WorkingCalendar(cut_off_hour, weekdays, before.exceptions)
    if (before.cut_off_hour, before.weekdays) == (cut_off_hour, weekdays):
        return
    _refuse_never(after, timezone.localdate(at))
    WorkingHours.objects.update_or_create(
        portal_id=office.portal_id,
        defaults={"cut_off_hour": cut_off_hour, "weekdays": _digits(weekdays)},
    )
    detail = {
        "cut_off": [f"{before.cut_off_hour}:00", f"{cut_off_hour}:00"],
        "weekdays": [_digits(before.weekdays), _digits(weekdays)],
    }
    office.log(at=at, events=[Happened("calendar.hours_changed", f"portal:{office.portal_slug}", detail)])


def set_day(*, office: PortalAccess, on: date, works: bool, name: str, at: datetime) -> None:
    """Say of a day that the office closes, or that it works although it would not.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        CalendarRefused: the day is past or further than two years ahead, says nothing new, or leaves no day to work.
    """
    office.require(Right.PORTAL_MANAGE)
    today = timezone.localdate(at)
    if not today <= on <= today + timedelta(days=731):
        raise CalendarRefused("on", "day_too_far", "Kies een dag vanaf vandaag, ten laatste over twee jaar.")
    before = _locked(office)
    if on not in before.exceptions and before.works_on(on) == works:
        text = "Die dag is al een werkdag." if works else "Op die dag werkt het kantoor al niet."
        raise CalendarRefused("on", "day_is_so_already", text)
    if len(before.exceptions) >= _MOST_DAYS and on not in before.exceptions:
        raise CalendarRefused("on", "too_many_days", "Er staan al 200 dagen in de kalender. Neem er eerst weg.")
    _refuse_never(WorkingCalendar(before.cut_off_hour, before.weekdays, {**before.exceptions, on: works}), today)
    DayException.objects.update_or_create(
        portal_id=office.portal_id, on_date=on, defaults={"works": works, "name": name.strip()[:80]}
    )
    detail = {"on": on.isoformat(), "works": works, "name": name.strip()[:80]}
    office.log(at=at, events=[Happened("calendar.day_set", f"portal:{office.portal_slug}", detail)])


def forget_day(*, office: PortalAccess, on: date, at: datetime) -> bool:
    """Let the week and the public holidays say again whether the office works on a day; whether it was otherwise.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
    """
    office.require(Right.PORTAL_MANAGE)
    before = _locked(office)
    if on not in before.exceptions:
        return False
    without = {day: works for day, works in before.exceptions.items() if day != on}
    _refuse_never(WorkingCalendar(before.cut_off_hour, before.weekdays, without), timezone.localdate(at))
    DayException.objects.filter(portal_id=office.portal_id, on_date=on).delete()
    detail = {"on": on.isoformat()}
    office.log(at=at, events=[Happened("calendar.day_forgotten", f"portal:{office.portal_slug}", detail)])
    return True


def _locked(office: PortalAccess) -> WorkingCalendar:
    """The calendar, with the portal locked: two who change it come one after the other."""
    Portal.objects.select_for_update(no_key=True).get(id=office.portal_id)
    require_still(office, Right.PORTAL_MANAGE)
    return calendar_of(office.portal_id)


def _refuse_never(calendar: WorkingCalendar, today: date) -> None:
    try:
        calendar.next_after(today)
        calendar.last_before(today)
    except NeverWorks as no:
        raise CalendarRefused("weekdays", no.code, str(no)) from no


def _digits(weekdays: frozenset[int]) -> str:
    return "".join(str(day) for day in sorted(weekdays))
