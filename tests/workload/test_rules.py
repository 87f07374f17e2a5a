"""Working days, the cut-off, and the columns Gisteren, Vandaag and Morgen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.workload.rules import NeverWorks, Promised, WorkingCalendar, hour_of, today_of

BRUSSELS = ZoneInfo("Europe/Brussels")
THURSDAY, FRIDAY, SATURDAY, MONDAY = (date(2026, 11, day) for day in (26, 27, 28, 30))
NORMAL = WorkingCalendar()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("arrived", "promised"),
    [
        (at(THURSDAY, 0), THURSDAY),
        (at(THURSDAY, 11, 59), THURSDAY),
        (at(THURSDAY, 12), FRIDAY),
        (at(FRIDAY, 12), MONDAY),
        (at(SATURDAY, 9), MONDAY),
        (at(MONDAY, 11, 59), MONDAY),
    ],
)
def test_what_comes_in_before_the_cut_off_is_for_that_working_day_else_for_the_next(arrived: datetime, promised: date):
    assert NORMAL.day_for(arrived) == promised


def test_the_cut_off_is_that_of_brussels_in_summer_and_in_winter():
    assert NORMAL.cut_off(date(2026, 7, 1)).astimezone(UTC).hour == 10
    assert NORMAL.cut_off(date(2026, 12, 1)).astimezone(UTC).hour == 11


def test_a_public_holiday_is_no_working_day_unless_the_office_says_so():
    armistice = date(2026, 11, 11)
    works = WorkingCalendar(exceptions={armistice: True})

    assert not NORMAL.works_on(armistice)
    assert works.works_on(armistice)
    assert NORMAL.day_for(at(date(2026, 11, 10), 15)) == date(2026, 11, 12)
    assert works.day_for(at(date(2026, 11, 10), 15)) == armistice


def test_a_day_on_which_the_office_closes_is_passed_over():
    closed = WorkingCalendar(exceptions={FRIDAY: False})

    assert closed.day_for(at(THURSDAY, 12)) == MONDAY
    assert closed.last_before(MONDAY) == THURSDAY


def test_an_office_that_works_on_saturday_has_its_work_on_saturday():
    assert WorkingCalendar(weekdays=frozenset({2, 6})).day_for(at(THURSDAY, 9)) == SATURDAY


def test_a_calendar_without_a_working_day_is_refused_and_not_looked_through_for_ever():
    with pytest.raises(NeverWorks, match="geen enkele dag"):
        WorkingCalendar(weekdays=frozenset()).next_after(MONDAY)


def columns(on: date, *arrived: datetime, calendar: WorkingCalendar = NORMAL) -> tuple[int, int, int]:
    today = today_of(calendar, on)
    hours = [hour_of(one) for one in arrived]
    late = sum(hour < today.late_before for hour in hours)
    for_today = sum(today.late_before <= hour < today.today_before for hour in hours)
    return late, for_today, len(hours) - late - for_today


def test_on_a_working_day_the_columns_part_at_the_cut_off_of_the_day_before_and_of_today():
    assert columns(FRIDAY, at(THURSDAY, 11, 59), at(THURSDAY, 12), at(FRIDAY, 11, 59), at(FRIDAY, 12)) == (1, 2, 1)


def test_on_monday_the_work_of_the_weekend_is_for_today():
    assert columns(MONDAY, at(FRIDAY, 11), at(FRIDAY, 13), at(SATURDAY, 9), at(MONDAY, 11)) == (1, 3, 0)


def test_on_a_day_off_nothing_is_for_today():
    today = today_of(NORMAL, SATURDAY)

    assert columns(SATURDAY, at(FRIDAY, 11), at(FRIDAY, 13), at(SATURDAY, 9)) == (1, 0, 2)
    assert (today.is_working_day, today.yesterday, today.tomorrow) == (False, FRIDAY, MONDAY)


def test_columns_add_up_by_column():
    assert Promised(1, 2, 3) + Promised(10, 20, 30) == Promised(11, 22, 33)


@given(
    start=st.dates(date(2025, 1, 1), date(2030, 12, 31)),
    hours=st.lists(st.integers(-24 * 30, 23), max_size=30),
    cut_off=st.integers(1, 23),
    weekdays=st.frozensets(st.integers(1, 7), min_size=1),
    exceptions=st.dictionaries(st.integers(-40, 40), st.booleans(), max_size=8),
)
def test_every_document_stands_in_the_column_of_the_day_it_was_promised_for(
    start: date, hours: list[int], cut_off: int, weekdays: frozenset[int], exceptions: dict[int, bool]
):
    calendar = WorkingCalendar(cut_off, weekdays, {start + timedelta(days=n): works for n, works in exceptions.items()})
    midnight = datetime(start.year, start.month, start.day, tzinfo=BRUSSELS).astimezone(UTC)
    arrived = [midnight + timedelta(hours=hour, minutes=59) for hour in hours]
    promised = [calendar.day_for(one) for one in arrived]

    late, today, later = columns(start, *arrived, calendar=calendar)

    assert late == sum(one < start for one in promised)
    assert today == sum(one == start for one in promised)
    assert later == sum(one > start for one in promised)


@given(
    minute=st.integers(0, 5 * 365 * 24 * 60),
    later=st.integers(0, 100_000),
)
def test_what_comes_in_later_is_never_promised_earlier(minute: int, later: int):
    arrived = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)

    assert NORMAL.day_for(arrived) <= NORMAL.day_for(arrived + timedelta(minutes=later))
