"""How amounts and percentages stand in a sentence."""

from decimal import Decimal

from zelfboeken.money.texts import euro_text, percent_text


def test_an_amount_has_points_for_thousands_and_a_comma_for_cents() -> None:
    assert [euro_text(cents) for cents in (0, 5, -1_234_567, 100_000_000)] == [
        "0,00",
        "0,05",
        "-12.345,67",
        "1.000.000,00",
    ]


def test_a_percentage_drops_zeros_that_say_nothing() -> None:
    assert [percent_text(Decimal(text)) for text in ("21.00", "0", "100", "2.5")] == ["21 %", "0 %", "100 %", "2,5 %"]
