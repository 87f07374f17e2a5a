"""Whether statements follow each other, and when a line is the same line."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.bank.readers.model import ReadBankLine, ReadStatement
from zelfboeken.bank.rules import StatementFacts, continuity, line_identity, with_occurrences

_LINE = ReadBankLine(
    booked_on=date(2026, 3, 4),
    value_on=date(2026, 3, 4),
    amount_cents=-12_100,
    counterparty="Drukkerij Janssens",
    counter_iban="BE68539007547034",
    counter_bic="KREDBEBB",
    communication="factuur 17",
    structured=None,
    transaction_code="00101000",
    bank_reference="REF1",
    customer_reference=None,
    details=(),
    information=(),
    sequence="00010000",
    end_to_end=None,
    mandate=None,
)


def _statement(number: int | None = 8, opening_cents: int = 5_000, on: date = date(2026, 3, 4)) -> ReadStatement:
    return ReadStatement(
        iban="BE68539007547034",
        currency="EUR",
        holder=None,
        bic=None,
        number=number,
        paper_number=None,
        date=on,
        opening_on=on,
        opening_cents=opening_cents,
        closing_cents=opening_cents,
        lines=(),
        findings=(),
        free_text="",
    )


_PREVIOUS = StatementFacts(number=7, year=2026, closing_cents=5_000, on_date=date(2026, 3, 3))


def test_the_first_statement_of_an_account_follows_nothing() -> None:
    assert continuity(None, _statement(number=55, opening_cents=-1)) == []


def test_the_next_number_with_the_same_balance_follows() -> None:
    assert continuity(_PREVIOUS, _statement()) == []


@pytest.mark.parametrize(
    ("previous", "statement", "expected"),
    [
        (_PREVIOUS, _statement(opening_cents=5_001), [("WRONG_OPENING", "ERROR")]),
        (_PREVIOUS, _statement(number=9), [("NUMBER_GAP", "WARNING")]),
        (_PREVIOUS, _statement(number=7), [("NUMBER_AGAIN", "WARNING")]),
        (_PREVIOUS, _statement(on=date(2026, 3, 2)), [("DATE_BACK", "WARNING")]),
        (_PREVIOUS, _statement(number=None), []),
        (_PREVIOUS, _statement(number=1, on=date(2027, 1, 4)), []),
        (_PREVIOUS, _statement(number=8, on=date(2027, 1, 4)), []),
        (_PREVIOUS, _statement(number=2, on=date(2027, 1, 4)), [("NUMBER_GAP", "WARNING")]),
        (replace(_PREVIOUS, number=999), _statement(number=1), []),
    ],
)
def test_what_does_not_follow_is_named(
    previous: StatementFacts, statement: ReadStatement, expected: list[tuple[str, str]]
) -> None:
    assert [(finding.rule, finding.severity) for finding in continuity(previous, statement)] == expected


def test_the_missing_numbers_are_told() -> None:
    (finding,) = continuity(_PREVIOUS, _statement(number=11))
    assert finding.text == "Uittreksel 8 tot 10 van 2026 ontbreekt. Laad het eerst in."


def test_a_second_delivery_with_other_references_gives_the_same_line() -> None:
    again = replace(_LINE, bank_reference="REF2", sequence="00090000", communication="Factuur  17")
    assert line_identity(again) == line_identity(_LINE)


@pytest.mark.parametrize(
    "other",
    [
        replace(_LINE, amount_cents=12_100),
        replace(_LINE, booked_on=date(2026, 3, 5)),
        replace(_LINE, value_on=None),
        replace(_LINE, counter_iban=None),
        replace(_LINE, counterparty="Drukkerij"),
        replace(_LINE, communication="factuur 18"),
        replace(_LINE, counterparty="Drukkerij Janssensfactuur 17", communication=""),
    ],
)
def test_another_movement_is_another_line(other: ReadBankLine) -> None:
    assert line_identity(other) != line_identity(_LINE)


@given(st.lists(st.integers(min_value=1, max_value=4), max_size=30))
def test_equal_lines_are_numbered_from_one_and_never_collide(amounts: list[int]) -> None:
    numbered = with_occurrences([replace(_LINE, amount_cents=amount) for amount in amounts])
    assert len(set(numbered)) == len(amounts)
    for n, (identity, occurrence) in enumerate(numbered):
        assert occurrence == [other for other, _ in numbered[: n + 1]].count(identity)
