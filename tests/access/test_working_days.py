"""The calendar of an office, and the views that its staff keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.books import NOW, TODAY
from tests.portal.offices import Office, new_office, new_staff
from zelfboeken.access.models import SavedView
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.saved_views import MOST_VIEWS, UnknownView, ViewRefused, forget_view, keep_view, views_of
from zelfboeken.access.services import NotAllowed
from zelfboeken.access.working_days import (
    CalendarRefused,
    forget_day,
    set_day,
    set_working_hours,
    special_days,
)
from zelfboeken.audit.models import PortalEvent
from zelfboeken.workload.models import DayException, WorkingHours
from zelfboeken.workload.queries import calendar_of
from zelfboeken.workload.rules import WorkingCalendar

pytestmark = pytest.mark.django_db
FRIDAY, CHRISTMAS = date(2026, 11, 27), date(2026, 12, 25)
WEEK = frozenset({1, 2, 3, 4, 5})


def staff(office: Office, role: PortalRole = PortalRole.CONTROLLER) -> PortalAccess:
    user = new_staff(office.portal, role)
    return portal_access_of(user_id=user.id, slug=office.portal.slug)


def test_an_office_that_set_nothing_works_until_noon_from_monday_to_friday():
    assert calendar_of(new_office().portal.id) == WorkingCalendar(12, WEEK, {})


def test_the_hours_that_were_set_are_kept_and_told_in_the_log():
    office = new_office()

    set_working_hours(office=office.access, cut_off_hour=10, weekdays=frozenset({1, 2, 4, 5, 6}), at=NOW)

    assert calendar_of(office.portal.id) == WorkingCalendar(10, frozenset({1, 2, 4, 5, 6}), {})
    [event] = PortalEvent.objects.filter(portal=office.portal, action="calendar.hours_changed")
    assert event.detail == {"cut_off": ["12:00", "10:00"], "weekdays": ["12345", "12456"]}


def test_the_same_hours_again_are_no_change():
    office = new_office()

    set_working_hours(office=office.access, cut_off_hour=12, weekdays=WEEK, at=NOW)

    assert not WorkingHours.objects.filter(portal=office.portal).exists()
    assert not PortalEvent.objects.filter(portal=office.portal).exists()


@pytest.mark.parametrize(
    ("hour", "weekdays", "code"),
    [(5, WEEK, "cut_off_unknown"), (21, WEEK, "cut_off_unknown"), (12, frozenset(), "no_weekday")],
)
def test_hours_that_cannot_be_are_refused(hour: int, weekdays: frozenset[int], code: str):
    with pytest.raises(CalendarRefused) as refused:
        set_working_hours(office=new_office().access, cut_off_hour=hour, weekdays=weekdays, at=NOW)

    assert refused.value.code == code


def test_a_closing_day_and_a_holiday_on_which_is_worked_stand_among_the_holidays():
    office = new_office()
    set_day(office=office.access, on=FRIDAY, works=False, name=" Teamdag ", at=NOW)
    set_day(office=office.access, on=CHRISTMAS, works=True, name="", at=NOW)

    found = special_days(office=office.access, first=TODAY, until=date(2027, 1, 2))

    assert [(one.on, one.works, one.is_own, one.name, one.holiday) for one in found] == [
        (FRIDAY, False, True, "Teamdag", ""),
        (CHRISTMAS, True, True, "", "CHRISTMAS"),
        (date(2027, 1, 1), False, False, "", "NEW_YEAR"),
    ]
    assert calendar_of(office.portal.id).exceptions == {FRIDAY: False, CHRISTMAS: True}


def test_a_day_is_like_any_other_again_when_it_is_forgotten():
    office = new_office()
    set_day(office=office.access, on=FRIDAY, works=False, name="", at=NOW)

    assert forget_day(office=office.access, on=FRIDAY, at=NOW)
    assert not forget_day(office=office.access, on=FRIDAY, at=NOW)
    assert calendar_of(office.portal.id).works_on(FRIDAY)
    assert list(PortalEvent.objects.filter(portal=office.portal).order_by("id").values_list("action", flat=True)) == [
        "calendar.day_set",
        "calendar.day_forgotten",
    ]


@pytest.mark.parametrize(
    ("on", "works", "code"),
    [
        (TODAY - timedelta(days=1), False, "day_too_far"),
        (TODAY + timedelta(days=800), False, "day_too_far"),
        (CHRISTMAS, False, "day_is_so_already"),
        (FRIDAY, True, "day_is_so_already"),
    ],
)
def test_a_day_that_says_nothing_new_or_is_out_of_reach_is_refused(on: date, works: bool, code: str):
    with pytest.raises(CalendarRefused) as refused:
        set_day(office=new_office().access, on=on, works=works, name="", at=NOW)

    assert refused.value.code == code


def test_the_calendar_of_one_office_is_not_that_of_another():
    ours, theirs = new_office(), new_office()
    set_day(office=ours.access, on=FRIDAY, works=False, name="", at=NOW)

    assert calendar_of(theirs.portal.id).works_on(FRIDAY)
    assert [one.on for one in special_days(office=theirs.access, first=TODAY, until=CHRISTMAS)] == []


@pytest.mark.parametrize("role", [one for one in PortalRole if one not in {PortalRole.PORTAL_ADMIN, PortalRole.GUEST}])
def test_only_the_portaalbeheerder_changes_the_calendar(role: PortalRole):
    office = new_office()
    access = staff(office, role)

    for change in (
        lambda: set_working_hours(office=access, cut_off_hour=10, weekdays=WEEK, at=NOW),
        lambda: set_day(office=access, on=FRIDAY, works=False, name="", at=NOW),
        lambda: forget_day(office=access, on=FRIDAY, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert not DayException.objects.filter(portal=office.portal).exists()


@pytest.mark.parametrize("values", [{"cut_off_hour": 0}, {"cut_off_hour": 24}, {"weekdays": ""}, {"weekdays": "21"}])
def test_working_hours_that_cannot_be_are_refused_by_the_database_too(values: dict[str, object]):
    with pytest.raises(IntegrityError, match="working_hours_"), transaction.atomic():
        WorkingHours.objects.create(portal=new_office().portal, **values)  # type: ignore[misc]


def test_a_view_is_kept_under_its_name_and_replaced_under_the_same():
    office = new_office()
    keep_view(office=office.access, name="  Btw   week ", query="toon=btw")
    keep_view(office=office.access, name="btw week", query="toon=btw&wie=mijn")
    keep_view(office=office.access, name="Alles", query="")

    assert [(one.name, one.query) for one in views_of(office=office.access)] == [
        ("Alles", ""), ("btw week", "toon=btw&wie=mijn"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "code"), [("  ", "name_missing"), ("x" * 41, "name_too_long")])
def test_a_view_without_a_proper_name_is_not_kept(name: str, code: str):
    with pytest.raises(ViewRefused) as refused:
        keep_view(office=new_office().access, name=name, query="")

    assert refused.value.code == code


def test_there_is_an_end_to_how_many_views_somebody_keeps():
    office = new_office()
    for n in range(MOST_VIEWS):
        keep_view(office=office.access, name=f"Weergave {n}", query="")

    with pytest.raises(ViewRefused, match="Verwijder er eerst een"):
        keep_view(office=office.access, name="Nog een", query="")
    assert keep_view(office=office.access, name="Weergave 3", query="toon=bank").query == "toon=bank"


def test_inv09_a_view_is_seen_and_forgotten_by_its_own_owner_only():
    office = new_office()
    colleague = staff(office)
    kept = keep_view(office=office.access, name="Van mij", query="")

    assert views_of(office=colleague) == []
    for wrong in (kept.id, 10**12):
        with pytest.raises(UnknownView):
            forget_view(office=colleague, view_id=wrong)
    assert forget_view(office=office.access, view_id=kept.id) == "Van mij"
    assert not SavedView.objects.filter(id=kept.id).exists()


def test_inv27_a_day_that_is_over_in_belgium_is_past_although_it_runs_on_elsewhere():
    office = new_office()
    half_past_midnight = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)

    with pytest.raises(CalendarRefused):
        set_day(office=office.access, on=date(2026, 11, 25), works=False, name="Brug", at=half_past_midnight)
