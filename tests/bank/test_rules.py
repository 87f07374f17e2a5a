"""Whether statements follow each other, and when a line is the same line."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.bank.readers.model import Finding, ReadBankLine
from zelfboeken.bank.rules import StatementFacts, continuity, counts_on, line_identity, with_occurrences

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


def _statement(
    number: int | None = 8, opening_cents: int = 5_000, on: date = date(2026, 3, 4), year: int = 2026
) -> StatementFacts:
    return StatementFacts(number, year, opening_cents, opening_cents, on)


_PREVIOUS = _statement(number=7, on=date(2026, 3, 3))


def _rules(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


def test_the_first_statement_of_an_account_follows_nothing() -> None:
    assert continuity(None, _statement(number=55, opening_cents=-1)) == []


@pytest.mark.parametrize(
    ("previous", "statement", "expected"),
    [
        (_PREVIOUS, _statement(), []),
        (_PREVIOUS, _statement(opening_cents=5_001), [("WRONG_OPENING", "ERROR")]),
        (_PREVIOUS, _statement(number=9), [("NUMBER_GAP", "WARNING")]),
        (_PREVIOUS, _statement(number=9, opening_cents=1), [("NUMBER_GAP", "WARNING")]),
        (_PREVIOUS, _statement(on=date(2026, 3, 2)), [("DATE_BACK", "WARNING")]),
        (_PREVIOUS, _statement(number=None), []),
        (_PREVIOUS, _statement(number=None, opening_cents=1), [("WRONG_OPENING", "ERROR")]),
        (_PREVIOUS, _statement(number=1, on=date(2027, 1, 4), year=2027), []),
        (_PREVIOUS, _statement(number=1, opening_cents=1, on=date(2027, 1, 4), year=2027), [("NUMBER_GAP", "WARNING")]),
        (_PREVIOUS, _statement(number=2, on=date(2027, 1, 4), year=2027), [("NUMBER_GAP", "WARNING")]),
    ],
)
def test_what_does_not_follow_is_named(
    previous: StatementFacts, statement: StatementFacts, expected: list[tuple[str, str]]
) -> None:
    assert _rules(continuity(previous, statement)) == expected


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        (_statement(number=9), []),
        (_statement(number=9, opening_cents=1), [("WRONG_CLOSING", "ERROR")]),
        (_statement(number=12), [("NUMBER_GAP", "WARNING")]),
        (_statement(number=12, opening_cents=1), [("NUMBER_GAP", "WARNING")]),
    ],
)
def test_what_comes_late_has_to_meet_what_is_there_on_its_other_side_too(
    following: StatementFacts, expected: list[tuple[str, str]]
) -> None:
    assert _rules(continuity(_PREVIOUS, _statement(), following)) == expected


def test_the_missing_numbers_are_told_with_the_balances_that_do_not_meet() -> None:
    (one,) = continuity(_PREVIOUS, _statement(number=9))
    (three,) = continuity(_PREVIOUS, _statement(number=11, opening_cents=123_456))

    assert one.text == "Afschrift 8 van 2026 ontbreekt."
    assert three.text == (
        "Afschriften 8 tot 10 van 2026 ontbreken. Afschrift 7 van 03/03/2026 eindigt op 50,00, "
        "afschrift 11 van 04/03/2026 begint op 1.234,56."
    )


def test_over_new_year_balances_that_differ_mean_that_one_is_missing() -> None:
    (finding,) = continuity(_PREVIOUS, _statement(number=1, opening_cents=1, on=date(2027, 1, 4), year=2027))
    assert finding.text.startswith("Een afschrift van het einde van 2026 ontbreekt.")


@pytest.mark.parametrize(
    ("number", "on", "expected"),
    [
        (8, date(2027, 1, 4), True),
        (8, date(2027, 2, 1), False),
        (8, date(2028, 1, 4), False),
        (9, date(2027, 1, 4), False),
        (1, date(2027, 1, 4), False),
        (None, date(2027, 1, 4), False),
    ],
)
def test_only_the_next_number_in_january_counts_on_from_the_year_before(
    number: int | None, on: date, expected: bool
) -> None:
    assert counts_on(_PREVIOUS, number=number, on_date=on) is expected


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


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=30), st.integers(min_value=0, max_value=3))
def test_equal_lines_are_numbered_on_from_what_is_stored_and_never_collide(identities: list[bytes], last: int) -> None:
    numbered = with_occurrences(identities, {b"a": last})
    assert len(set(numbered)) == len(identities)
    for n, (identity, occurrence) in enumerate(numbered):
        assert occurrence == identities[: n + 1].count(identity) + (last if identity == b"a" else 0)
