"""The account a description means before anything was booked."""

import csv
from decimal import Decimal
from importlib.resources import files
from io import StringIO

import pytest

from zelfboeken.booking.chart_words import account_by_words


@pytest.mark.parametrize(
    ("description", "gl_code", "percent"),
    [
        ("Huur handelspand november 2026", "610000", 100),
        ("Loyer du magasin", "610000", 100),
        ("Elektriciteit voorschot", "612000", 100),
        ("Électricité acompte", "612000", 100),
        ("Telefonie en internet", "612100", 100),
        ("Tarwebloem type 55, 25 kg", "600000", 100),
        ("Kartonnen dozen", "601000", 100),
        ("Diesel 45 l", "611200", 50),
        ("Leasing wagen 1-ABC-123", "610100", 50),
        ("Restaurant De Kroon", "615100", 0),
        ("Brandverzekering", "613200", 100),
        ("Monthly software subscription", "612300", 100),
        ("Transportkosten", "612500", 100),
    ],
)
def test_a_description_means_an_account_and_a_usual_deduction(description: str, gl_code: str, percent: int) -> None:
    found = account_by_words(description)
    assert found is not None
    assert (found.gl_code, found.deductible_percent) == (gl_code, Decimal(percent))


def rows(package: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(files(package).joinpath(name).read_text(encoding="utf-8"))))


def test_every_word_leads_to_an_account_of_the_starter_chart_and_stands_once() -> None:
    words = rows("zelfboeken.booking", "chart_words.csv")
    chart = {row["code"] for row in rows("zelfboeken.ledger", "starter-chart.csv")}
    assert {row["gl_code"] for row in words} <= chart
    assert all(0 <= Decimal(row["deductible_percent"]) <= 100 for row in words)
    assert len({row["word"] for row in words}) == len(words)
    assert all(account_by_words(row["word"].strip("*")) for row in words)


def test_a_description_without_known_words_means_nothing() -> None:
    assert account_by_words("Artikel 12345 XYZ") is None
