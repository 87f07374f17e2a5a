"""Settlements follow the booking patterns to the cent."""

from datetime import date

import pytest

from zelfboeken.matching.facts import Allocation, Decision, GLShare, OpenItemFacts
from zelfboeken.matching.posting import MatchTooLarge, SettlementDoesNotAddUp, lines_for_settlement


def item(item_id: int, open_cents: int) -> OpenItemFacts:
    gl_code = "400000" if open_cents > 0 else "440000"
    return OpenItemFacts(item_id, 7, "Proef NV", gl_code, open_cents, f"D{item_id}", None, None, date(2026, 1, item_id))


def booked(amount_cents: int, decision: Decision, *items: OpenItemFacts) -> list[tuple[str, int, int]]:
    lines = lines_for_settlement(
        bank_gl_code="550000", amount_cents=amount_cents, decision=decision, items={one.id: one for one in items}
    )
    assert sum(line.debit_cents - line.credit_cents for line in lines) == 0
    return [(line.gl_code, line.debit_cents, line.credit_cents) for line in lines]


def test_pattern_15_a_customer_pays_in_full() -> None:
    lines = booked(12_100, Decision("MATCH", (Allocation(1, 12_100),)), item(1, 12_100))
    assert lines == [("550000", 12_100, 0), ("400000", 0, 12_100)]


def test_pattern_16_a_part_leaves_the_rest_open() -> None:
    lines = booked(5_000, Decision("MATCH", (Allocation(1, 5_000),)), item(1, 12_100))
    assert lines == [("550000", 5_000, 0), ("400000", 0, 5_000)]


def test_pattern_17_what_is_too_much_stays_open_on_the_contact() -> None:
    decision = Decision("MATCH", (Allocation(1, 12_100),), contact_id=7, rest_cents=500)
    assert booked(12_600, decision, item(1, 12_100)) == [
        ("550000", 12_600, 0),
        ("400000", 0, 12_100),
        ("400000", 0, 500),
    ]


@pytest.mark.parametrize(("short", "gl_code"), [(2, "643000"), (300, "657000"), (200, "653000")])
def test_patterns_18_19_and_20_the_difference_is_a_cost(short: int, gl_code: str) -> None:
    decision = Decision("MATCH", (Allocation(1, 12_100),), (GLShare(gl_code, -short, ""),))
    assert booked(12_100 - short, decision, item(1, 12_100)) == [
        ("550000", 12_100 - short, 0),
        ("400000", 0, 12_100),
        (gl_code, short, 0),
    ]


def test_pattern_21_one_transfer_for_three_bills_is_three_matches() -> None:
    items = (item(1, -20_000), item(2, -30_000), item(3, -10_000))
    decision = Decision("MATCH", tuple(Allocation(one.id, one.open_cents) for one in items))
    assert booked(-60_000, decision, *items) == [
        ("550000", 0, 60_000),
        ("440000", 20_000, 0),
        ("440000", 30_000, 0),
        ("440000", 10_000, 0),
    ]


@pytest.mark.parametrize("gl_code", ["657000", "650000"])
def test_pattern_22_bank_costs_and_interest(gl_code: str) -> None:
    lines = booked(-1_850, Decision("BOOK", shares=(GLShare(gl_code, -1_850, ""),)))
    assert lines == [("550000", 0, 1_850), (gl_code, 1_850, 0)]


def test_pattern_32_a_transfer_goes_over_580000() -> None:
    lines = booked(-1_000, Decision("TRANSFER", shares=(GLShare("580000", -1_000, ""),)))
    assert lines == [("550000", 0, 1_000), ("580000", 1_000, 0)]


def test_more_than_is_open_is_refused() -> None:
    with pytest.raises(MatchTooLarge, match="nog € 121,00 open"):
        booked(12_200, Decision("MATCH", (Allocation(1, 12_200),)), item(1, 12_100))


@pytest.mark.parametrize(
    "decision", [Decision("MATCH", (Allocation(1, 50),)), Decision("MATCH", (Allocation(1, 50),), rest_cents=50)]
)
def test_what_does_not_add_up_or_stays_open_with_nobody_is_refused(decision: Decision) -> None:
    with pytest.raises(SettlementDoesNotAddUp):
        booked(100, decision, item(1, 100))
