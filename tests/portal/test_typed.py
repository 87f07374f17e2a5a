"""What people type: amounts, sums, dates and percentages, read strictly and in the language of the page."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from zelfboeken.portal.texts import amount, euro, grouped_vat_number, percent, share, signed, without_name
from zelfboeken.portal.typed import NotUnderstood, read_amount, read_day, read_percent

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.234,56", 123456),
        ("1234.56", 123456),
        ("1 234,5", 123450),
        ("1.234", 123400),
        ("€ 12", 1200),
        ("−12,00", -1200),
        ("-0,01", -1),
        ("586*1,21", 70906),
        ("586 × 1,21", 70906),
        ("100/3", 3333),
        ("0,005*1", 1),
        ("-0,005*1", -1),
        ("1+2*3-4", 300),
        ("1.234,56-0,56", 123400),
        ("0,1+0,2", 30),
    ],
)
def test_an_amount_is_read_as_it_is_typed(text: str, cents: int):
    assert read_amount(text) == cents


NO_AMOUNTS = (
    *("", "NaN", "1e5", "abc", "1,234", "1,2,3", "1.23.456", "12..5", "1,005", "٣"),
    *("5/0", "*5", "5*", "5*-2", "9" * 16, "1+" * 40 + "1"),
)


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_amount_is_refused(text: str):
    with pytest.raises(NotUnderstood):
        read_amount(text)


def test_a_refused_amount_is_said_back_with_an_example():
    with pytest.raises(NotUnderstood) as no:
        read_amount(" veel ")
    assert str(no.value) == "“veel” is geen bedrag. Schrijf het als 1.234,56."


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("17", date(2026, 11, 17)),
        ("1", date(2026, 11, 1)),
        ("1711", date(2026, 11, 17)),
        ("171125", date(2025, 11, 17)),
        ("17112025", date(2025, 11, 17)),
        ("17/11", date(2026, 11, 17)),
        ("7/1", date(2026, 1, 7)),
        ("17/11/25", date(2025, 11, 17)),
        ("17-11-2025", date(2025, 11, 17)),
        ("17.11.2025", date(2025, 11, 17)),
        (" Vandaag ", TODAY),
        ("-1", date(2026, 11, 23)),
        ("+7", date(2026, 12, 1)),
        ("2025-11-17", date(2025, 11, 17)),
        ("29/2/2028", date(2028, 2, 29)),
    ],
)
def test_a_date_is_read_as_it_is_typed(text: str, on: date):
    assert read_day(text, TODAY) == on


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31/11", "31/11 bestaat niet. November heeft 30 dagen."),
        ("29/02/2026", "29/02/2026 bestaat niet. Februari heeft 28 dagen."),
        ("11/24/2026", "11/24/2026 bestaat niet. Een jaar telt 12 maanden: schrijf eerst de dag."),
        ("17/11/0206", "17/11/0206 kan hier niet. Kijk het jaar na."),
        ("gisteren", "“gisteren” is geen datum. Schrijf ze als 17/11/2026."),
        ("17/11/202", "“17/11/202” is geen datum. Schrijf ze als 17/11/2026."),
        ("2026-11-1", "“2026-11-1” is geen datum. Schrijf ze als 17/11/2026."),
        ("٣", "“٣” is geen datum. Schrijf ze als 17/11/2026."),
    ],
)
def test_a_date_that_is_none_is_refused_with_the_reason(text: str, sentence: str):
    with pytest.raises(NotUnderstood) as no:
        read_day(text, TODAY)
    assert str(no.value) == sentence


def test_a_share_is_read_from_nothing_to_the_whole():
    assert [read_percent(text) for text in ("0", "50 %", "12,5", "100")] == [0, 50, Decimal("12.5"), 100]
    for text in ("", "101", "-1", "half", "1e1"):
        with pytest.raises(NotUnderstood):
            read_percent(text)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("nl", ("1.234,56", "−1.234,56", "+1.234,56", "€\u00a0−1.234,56", "12,5", "21\u00a0%")),
        (
            "fr",
            ("1\u202f234,56", "−1\u202f234,56", "+1\u202f234,56", "−1\u202f234,56\u00a0€", "12,5", "21\u00a0%"),
        ),
        ("en", ("1,234.56", "−1,234.56", "+1,234.56", "−€1,234.56", "12.5", "21%")),
    ],
)
def test_figures_are_written_and_read_back_in_the_language_of_the_page(language: str, shown: tuple[str, ...]):
    with override(language):
        cents = 123456
        written = (amount(cents), amount(-cents), signed(cents), euro(-cents), percent(Decimal("12.50")), share(21))
        assert written == shown
        assert [read_amount(amount(one)) for one in (cents, -cents, 123400, 5)] == [cents, -cents, 123400, 5]


def test_numbers_of_identity_are_grouped():
    assert grouped_vat_number("BE0999024972") == "BE 0999.024.972"
    assert grouped_vat_number("NL999900043B01") == "NL 999900043B01"
    assert grouped_vat_number("0999024972") == "0999.024.972"
    assert grouped_vat_number("") == ""


def test_a_description_does_not_repeat_the_name_beside_it():
    assert without_name("BAKKER BV +++000/2026/22286+++", "Bakker BV") == "+++000/2026/22286+++"
    assert without_name("Bakker BV", "Bakker BV") == "Bakker BV"
    assert without_name("Huur november", "Bakker BV") == "Huur november"
    assert without_name("Huur november", "") == "Huur november"
