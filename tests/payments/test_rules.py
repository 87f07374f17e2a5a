"""What is proposed for payment, and what makes a person look first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from zelfboeken.payments.rules import (
    AccountUse,
    Debt,
    Doubt,
    Obstacle,
    doubts_of,
    is_ticked,
    next_bank_day,
    obstacle_of,
)

TODAY = date(2026, 11, 25)
DEBT = Debt(
    item_id=1,
    entry_id=1,
    contact_id=1,
    contact_public_id="",
    contact_name="Verpakking Staal BV",
    document_number="2026-1187",
    structured="",
    on_date=date(2026, 11, 2),
    due_on=TODAY,
    open_cents=12_100,
    iban="BE22679200300047",
    use=AccountUse(times_paid=3),
)


def test_what_is_due_within_a_week_on_a_known_account_is_ticked():
    assert is_ticked(DEBT, TODAY)
    assert is_ticked(replace(DEBT, due_on=TODAY + timedelta(days=7)), TODAY)
    assert not is_ticked(replace(DEBT, due_on=TODAY + timedelta(days=8)), TODAY)


def test_a_debt_without_a_due_date_is_due_thirty_days_after_its_document():
    assert not is_ticked(replace(DEBT, due_on=None, on_date=TODAY - timedelta(days=22)), TODAY)
    assert is_ticked(replace(DEBT, due_on=None, on_date=TODAY - timedelta(days=23)), TODAY)


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"use": AccountUse()}, Doubt.NEW_ACCOUNT),
        ({"use": AccountUse(), "is_elsewhere_used": True}, Doubt.OTHER_ACCOUNT),
        ({"use": AccountUse(times_paid=3, is_collected=True)}, Doubt.COLLECTED),
        ({"credit_cents": 500}, Doubt.CREDIT),
    ],
)
def test_a_debt_that_somebody_should_look_at_is_not_ticked(changed: dict[str, object], doubt: Doubt):
    debt = replace(DEBT, **changed)

    assert doubts_of(debt) == (doubt,)
    assert not is_ticked(debt, TODAY)


@pytest.mark.parametrize(
    ("changed", "obstacle"),
    [
        ({"iban": ""}, Obstacle.NO_ACCOUNT),
        ({"iban": "TR330006100519786457841326"}, Obstacle.NOT_SEPA),
        ({"currency": "USD"}, Obstacle.CURRENCY),
        ({"open_cents": 100_000_000_000}, Obstacle.TOO_MUCH),
    ],
)
def test_what_no_transfer_in_euro_can_pay_is_held_back_with_its_reason(changed: dict[str, object], obstacle: Obstacle):
    debt = replace(DEBT, **changed)

    assert obstacle_of(debt) == obstacle
    assert not is_ticked(debt, TODAY)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 25), date(2026, 11, 25)),
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 4)),
    ],
)
def test_a_payment_is_dated_on_a_day_on_which_banks_work(today: date, expected: date):
    assert next_bank_day(today) == expected
