"""The calendar of an office: until when what comes in is work of the same day, and on which days it works."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.access.working_days import (
    FIRST_HOUR,
    LAST_HOUR,
    CalendarRefused,
    SpecialDay,
    forget_day,
    set_day,
    set_working_hours,
    special_days,
)
from zelfboeken.portal.domain_view import FormNotOurs
from zelfboeken.portal.monitor_texts import holiday_name
from zelfboeken.portal.office_shell import office_shell
from zelfboeken.portal.pages import Action, Field, Option, Problem, SelectField, Tag
from zelfboeken.portal.pages.monitor import OfficeCalendarPage, SpecialDayRow, WeekdayBox
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import day, day_name
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_day
from zelfboeken.workload.queries import calendar_of

SHOWN_DAYS = 366


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=("action", "cut_off", "weekdays", "on", "name"))
def office_calendar(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """The calendar, and changing it."""
    if request.method != "POST":
        return _page(request, office)
    try:
        told = _done(request, office)
    except CalendarRefused as no:
        return _page(request, office, refused=no)
    messages.success(request, told)
    return HttpResponseRedirect(request.path, status=303)


def _done(request: HttpRequest, office: PortalAccess) -> str:
    post, now = request.POST, timezone.now()
    action = post.get("action", "")
    if action == "hours":
        hour = post.get("cut_off", "")
        days = post.getlist("weekdays")
        if hour not in _HOURS or not set(days) <= set("1234567"):
            raise FormNotOurs("cut_off or weekdays")
        set_working_hours(office=office, cut_off_hour=int(hour), weekdays=frozenset(int(one) for one in days), at=now)
        return _("Working hours kept.")
    if action == "close":
        try:
            on = read_day(post.get("on", ""), timezone.localdate(now))
        except NotUnderstood as no:
            raise CalendarRefused("on", "date_not_understood", str(no)) from no
        set_day(office=office, on=on, works=False, name=post.get("name", ""), at=now)
        return _("The office is closed on %(on)s.") % {"on": day(on)}
    if action not in {"works", "forget"}:
        raise FormNotOurs("action")
    on = _iso(post.get("on", ""))
    if action == "works":
        set_day(office=office, on=on, works=True, name="", at=now)
        return _("The office works on %(on)s.") % {"on": day(on)}
    forget_day(office=office, on=on, at=now)
    return _("%(on)s is a day like any other again.") % {"on": day(on)}


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FormNotOurs("on") from None


_HOURS = tuple(str(hour) for hour in range(FIRST_HOUR, LAST_HOUR + 1))


def _page(request: HttpRequest, office: PortalAccess, *, refused: CalendarRefused | None = None) -> HttpResponse:
    today = timezone.localdate()
    calendar = calendar_of(office.portal_id)
    post = request.POST if refused else {}
    hour = str(post.get("cut_off", calendar.cut_off_hour))
    ticked = (
        set(request.POST.getlist("weekdays"))
        if refused and refused.field == "weekdays"
        else {str(one) for one in calendar.weekdays}
    )
    errors = {refused.field: str(refused)} if refused else {}
    page = OfficeCalendarPage(
        title=_("Calendar of the office"),
        subtitle=_("The columns of the monitor follow these days. What comes in after the hour is for the next one."),
        back_url=reverse("office_monitor"),
        url=request.path,
        hours_key=new_key(),
        cut_off=SelectField(
            "cut_off",
            _("What comes in before is for the same day"),
            tuple(Option(one, f"{one}:00", one == hour) for one in _HOURS),
            error=errors.get("cut_off", ""),
        ),
        weekdays=tuple(WeekdayBox(str(n), str(WEEKDAYS[n - 1]).capitalize(), str(n) in ticked) for n in range(1, 8)),
        weekdays_error=errors.get("weekdays", ""),
        day_key=new_key(),
        on=Field("on", _("Day"), str(post.get("on", "")), kind="date", error=errors.get("on", "")),
        name=Field("name", _("Why"), str(post.get("name", "")), hint=_("Bridge day, holidays, training")),
        days=tuple(
            _row(one, request.path)
            for one in special_days(office=office, first=today, until=today + timedelta(days=SHOWN_DAYS))
        ),
        problems=(Problem(str(refused), f"field-{refused.field}"),) if refused else (),
    )
    shell = office_shell(request, office, "office_monitor")
    return render(request, "office/calendar.html", {"shell": shell, "page": page}, status=422 if refused else 200)


def _row(one: SpecialDay, url: str) -> SpecialDayRow:
    names = [text for text in (holiday_name(one.holiday) if one.holiday else "", one.name) if text]
    state = Tag(_("Works"), "ok") if one.works else Tag(_("Closed"))
    label = _("Like any other day") if one.is_own else _("We do work")
    return SpecialDayRow(
        on=day(one.on),
        weekday=day_name(one.on),
        name=" · ".join(names) or _("Closing day"),
        state=state,
        action=Action(
            url, label, new_key(), name="action", value="forget" if one.is_own else "works", text=one.on.isoformat()
        ),
    )
