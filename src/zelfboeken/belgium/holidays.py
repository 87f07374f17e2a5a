"""The ten public holidays of Belgium."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache


class Holiday(StrEnum):
    NEW_YEAR = "NEW_YEAR"
    EASTER_MONDAY = "EASTER_MONDAY"
    LABOUR_DAY = "LABOUR_DAY"
    ASCENSION = "ASCENSION"
    WHIT_MONDAY = "WHIT_MONDAY"
    NATIONAL_DAY = "NATIONAL_DAY"
    ASSUMPTION = "ASSUMPTION"
    ALL_SAINTS = "ALL_SAINTS"
    ARMISTICE = "ARMISTICE"
    CHRISTMAS = "CHRISTMAS"


def easter(year: int) -> date:
    """Easter Sunday, by the rule of the Gregorian calendar (Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap, rest = divmod(century, 4)
    epact = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, before = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, before + 1)


@cache
def holidays(year: int) -> dict[date, Holiday]:
    """The public holidays of a year, in order of day. Ascension may fall on Labour Day: the day is one then."""
    sunday = easter(year)
    found = {
        date(year, 1, 1): Holiday.NEW_YEAR,
        sunday + timedelta(days=1): Holiday.EASTER_MONDAY,
        date(year, 5, 1): Holiday.LABOUR_DAY,
        sunday + timedelta(days=39): Holiday.ASCENSION,
        sunday + timedelta(days=50): Holiday.WHIT_MONDAY,
        date(year, 7, 21): Holiday.NATIONAL_DAY,
        date(year, 8, 15): Holiday.ASSUMPTION,
        date(year, 11, 1): Holiday.ALL_SAINTS,
        date(year, 11, 11): Holiday.ARMISTICE,
        date(year, 12, 25): Holiday.CHRISTMAS,
    }
    return dict(sorted(found.items()))
