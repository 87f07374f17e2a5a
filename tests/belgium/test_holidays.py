"""The public holidays of Belgium."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.belgium.holidays import Holiday, easter, holidays


@pytest.mark.parametrize(
    "sunday",
    [
        date(1818, 3, 22), date(1943, 4, 25), date(2000, 4, 23), date(2008, 3, 23), date(2019, 4, 21),
        date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25),
    ],
)  # fmt: skip
def test_easter_is_the_sunday_of_the_calendar(sunday: date):
    assert easter(sunday.year) == sunday


@given(st.integers(1583, 4000))
def test_easter_is_a_sunday_between_22_march_and_25_april(year: int):
    found = easter(year)

    assert found.isoweekday() == 7
    assert date(year, 3, 22) <= found <= date(year, 4, 25)


def test_2026_has_its_ten_holidays_in_order():
    assert list(holidays(2026).items()) == [
        (date(2026, 1, 1), Holiday.NEW_YEAR),
        (date(2026, 4, 6), Holiday.EASTER_MONDAY),
        (date(2026, 5, 1), Holiday.LABOUR_DAY),
        (date(2026, 5, 14), Holiday.ASCENSION),
        (date(2026, 5, 25), Holiday.WHIT_MONDAY),
        (date(2026, 7, 21), Holiday.NATIONAL_DAY),
        (date(2026, 8, 15), Holiday.ASSUMPTION),
        (date(2026, 11, 1), Holiday.ALL_SAINTS),
        (date(2026, 11, 11), Holiday.ARMISTICE),
        (date(2026, 12, 25), Holiday.CHRISTMAS),
    ]


def test_ascension_on_labour_day_is_one_day_off():
    assert easter(2008) == date(2008, 3, 23)
    assert len(holidays(2008)) == 9
