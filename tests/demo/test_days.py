"""Belgian bank days."""

from datetime import date

from zelfboeken.demo.days import business_days, easter, on_or_after


def test_easter_falls_where_the_calendar_has_it() -> None:
    assert [easter(year) for year in (2024, 2025, 2026, 2027)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
    ]


def test_no_business_day_is_a_weekend_or_a_legal_holiday() -> None:
    days = business_days(2026)
    assert all(day.weekday() < 5 for day in days)
    holidays = {date(2026, 1, 1), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 14), date(2026, 5, 25)}
    holidays |= {date(2026, 7, 21), date(2026, 11, 11), date(2026, 12, 25)}
    assert holidays.isdisjoint(days)
    assert len(days) == 261 - len(holidays)


def test_after_the_last_business_day_there_is_none() -> None:
    days = business_days(2026)
    assert on_or_after(date(2026, 1, 1), days) == date(2026, 1, 2)
    assert on_or_after(date(2027, 1, 1), days) is None
