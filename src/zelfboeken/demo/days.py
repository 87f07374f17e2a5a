"""Days on which a Belgian bank works, and the names of months as bills write them."""

from datetime import date, timedelta

MONTHS = {
    "nl": (
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}


def easter(year: int) -> date:
    """Easter Sunday (Gauss's rule as corrected by Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def business_days(year: int) -> tuple[date, ...]:
    """Monday to Friday without the ten legal holidays of Belgium."""
    sunday = easter(year)
    off = {sunday + timedelta(days=days) for days in (1, 39, 50)}
    off |= {date(year, m, d) for m, d in ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))}
    days = (date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
    return tuple(day for day in days if day.weekday() < 5 and day not in off)


def on_or_after(day: date, days: tuple[date, ...]) -> date | None:
    """The first of the (ascending) days that is not before ``day``; None when the year is over."""
    return next((candidate for candidate in days if candidate >= day), None)
