"""The periods of a VAT return."""

from datetime import date

import pytest

from zelfboeken.vat.periods import UnknownPeriod, VatPeriod, period_of, read_period


def test_a_month_and_a_quarter_are_read_from_their_code_and_give_it_back() -> None:
    assert read_period("2026-10") == VatPeriod(date(2026, 10, 1), 1)
    assert read_period("2026-K4") == VatPeriod(date(2026, 10, 1), 3)
    assert [read_period(code).code for code in ("2026-01", "2026-12", "2026-K1")] == ["2026-01", "2026-12", "2026-K1"]


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-K5", "2026", "2026-k1", "1970-12", "9999-12", "٢٠٢٦-10", "2026-10\n", "../2026-10"]
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(UnknownPeriod, match="2026-K4 voor een kwartaal"):
        read_period(text)


def test_periods_follow_each_other_over_the_year() -> None:
    december, last = read_period("2026-12"), read_period("2026-K4")
    assert (december.next().code, december.until) == ("2027-01", date(2027, 1, 1))
    assert (last.next().code, last.previous().code) == ("2027-K1", "2026-K3")
    assert read_period("2027-01").previous() == december


def test_every_day_lies_in_one_month_and_one_quarter() -> None:
    assert period_of(date(2026, 11, 25), months=1).code == "2026-11"
    assert period_of(date(2026, 11, 25), months=3).code == "2026-K4"
    leap_day = date(2028, 2, 29)
    assert period_of(leap_day, months=1).starts_on <= leap_day < period_of(leap_day, months=1).until


def test_a_return_is_due_on_the_20th_after_a_month_and_the_25th_after_a_quarter() -> None:
    assert read_period("2026-12").due_on == date(2027, 1, 20)
    assert read_period("2026-K3").due_on == date(2026, 10, 25)
