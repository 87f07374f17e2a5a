"""An instalment of a loan is told apart by what the bank wrote, and only when it adds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.matching.test_rules import line
from zelfboeken.matching.facts import BankLineFacts, Decision, GLShare
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.rules import observe, propose

TEXT = "KREDIET 726-1234567-89 KAPITAAL 812,40 INTEREST 187,60"


def instalment(text: str = TEXT, cents: int = -100_000) -> BankLineFacts:
    return replace(line(cents, text, iban=None), counterparty="", transaction_code="01130000")


def learnt(gl_code: str, times: int = 1) -> dict[str, dict[str, int]]:
    history: dict[str, dict[str, int]] = {}
    for code in (gl_code, "650000"):
        for feature, account in observe(instalment(), code):
            history.setdefault(feature, {})[account] = times
    return history


def split(gl_code: str, capital: int = -81_240, interest: int = -18_760) -> Decision:
    return Decision("BOOK", (), (GLShare(gl_code, capital, "Kapitaal"), GLShare("650000", interest, "Interest")))


def test_before_the_first_booking_a_person_says_which_loan_it_is() -> None:
    proposal = propose(instalment(), OpenItems(), {}, {})

    assert (proposal.group, proposal.decision) == ("CHOOSE", None)
    assert [choice.decision for choice in proposal.choices] == [split("173000"), split("423000")]
    assert proposal.reasons[0].text == "Kapitaal € 812,40 en interest € 187,60 zijn samen het bedrag"


@pytest.mark.parametrize("gl_code", ["173000", "423000"])
def test_after_it_the_split_is_ready_on_the_account_of_the_loan(gl_code: str) -> None:
    proposal = propose(instalment(), OpenItems(), learnt(gl_code), {})

    assert (proposal.group, proposal.decision, proposal.certainty_percent) == ("READY", split(gl_code), 94)
    assert proposal.reasons[1].text == f"1 vorige keer: {gl_code}"
    assert proposal.why_not_automatic


def test_the_balances_that_the_bank_tells_give_the_capital_too() -> None:
    told = instalment("Krediet: oud saldo 50000,00, nieuw saldo 49187,60, rentevoet 4,5")

    assert propose(told, OpenItems(), learnt("173000") | learnt_for(told), {}).decision == split("173000")


def learnt_for(one: BankLineFacts) -> dict[str, dict[str, int]]:
    return {feature: {account: 1} for feature, account in observe(one, "173000")}


@pytest.mark.parametrize(
    "text",
    [
        "KAPITAAL 812,40 INTEREST 187,61",
        "KAPITAAL 1.000,00 INTEREST 0,00",
        "KAPITAAL 812,40",
        "INTEREST 187,60",
        "oud saldo 50000,00, nieuw saldo 48000,00",
        "oud saldo 50000,00, nieuw saldo 50000,00",
    ],
)
def test_amounts_that_do_not_add_up_are_no_instalment(text: str) -> None:
    proposal = propose(instalment(text), OpenItems(), learnt("173000"), {})

    assert proposal.decision is None or len(proposal.decision.shares) == 1


def test_money_that_comes_in_is_no_instalment() -> None:
    proposal = propose(instalment(cents=100_000), OpenItems(), learnt("173000"), {})

    assert proposal.decision is None
