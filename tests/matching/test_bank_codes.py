"""Costs and interest by the bank's own transaction code (booking pattern 22), alone and with a habit."""

from dataclasses import replace

import pytest

from tests.matching.test_rules import line
from zelfboeken.matching.facts import BankLineFacts, LineProposal
from zelfboeken.matching.habits import features_of
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.rules import propose


def of_bank(cents: int, code: str) -> BankLineFacts:
    return replace(line(cents, "AFREKENING KWARTAAL", iban=None), counterparty="", transaction_code=code)


def after(facts: BankLineFacts, **went_to: int) -> LineProposal:
    counts = {code.removeprefix("L"): times for code, times in went_to.items()}
    return propose(facts, OpenItems(), {features_of(facts)[0]: counts}, {})


CODED = [
    (-495, "00437000", "657000"),
    (-3_850, "03537006", "657000"),
    (-120, "08002006", "657000"),
    (-1_215, "03501001", "650000"),
    (-441, "83501002", "650000"),
    (-696, "81301002", "650000"),
    (4_020, "03550002", "751000"),
    (30, "83550001", "751000"),
    (250, "84387004", "657000"),
]


@pytest.mark.parametrize(("cents", "code", "gl_code"), CODED)
def test_the_code_of_the_bank_makes_costs_and_interest_ready_and_never_automatic(
    cents: int, code: str, gl_code: str
) -> None:
    proposal = propose(of_bank(cents, code), OpenItems(), {}, {})
    assert (proposal.group, proposal.method) == ("READY", "REGEL")
    assert proposal.decision is not None
    assert [(one.gl_code, one.cents) for one in proposal.decision.shares] == [(gl_code, cents)]


@pytest.mark.parametrize(("cents", "code", "gl_code"), CODED)
def test_a_habit_not_yet_certain_is_ready_when_the_code_of_the_bank_agrees(cents: int, code: str, gl_code: str) -> None:
    proposal = after(of_bank(cents, code), **{f"L{gl_code}": 1})
    assert (proposal.group, proposal.method, proposal.certainty_percent) == ("READY", "GEWOONTE", 93)
    assert [(one.icon, one.tone) for one in proposal.reasons] == [("history", "ok"), ("landmark", "ok")]
    assert proposal.why_not_automatic == "Te weinig voorbeelden"


@pytest.mark.parametrize(("cents", "code", "gl_code"), CODED)
def test_a_habit_that_says_otherwise_than_the_code_of_the_bank_is_a_choice_of_both(
    cents: int, code: str, gl_code: str
) -> None:
    proposal = after(of_bank(cents, code), L499000=1)
    assert proposal.group == "CHOOSE"
    assert [choice.title for choice in proposal.choices] == ["Boek op 499000", f"Boek op {gl_code}"]


def test_a_certain_habit_goes_before_the_code_of_the_bank() -> None:
    proposal = after(of_bank(-495, "00437000"), L613000=3)
    assert proposal.decision is not None
    assert (proposal.group, proposal.decision.shares[0].gl_code) == ("READY", "613000")


@pytest.mark.parametrize(
    ("cents", "code"),
    [
        (1_260, "83599001"),  # cancellation of interest
        (-1_260, "03549006"),  # cancellation of what was received
        (-495, "00101000"),  # a transfer
        (495, "00150000"),
        (495, "03550006"),  # closing, but no interest
        (-100, "00000000"),
    ],
)
def test_what_the_code_does_not_say_beyond_doubt_is_for_a_person(cents: int, code: str) -> None:
    assert propose(of_bank(cents, code), OpenItems(), {}, {}).group == "CHOOSE"
    assert after(of_bank(cents, code), L657000=2).group == "CHOOSE"


def test_a_line_without_code_says_nothing() -> None:
    nothing = replace(of_bank(-495, "00437000"), transaction_code=None)
    assert propose(nothing, OpenItems(), {}, {}).choices == ()


def test_tax_withheld_on_interest_is_no_bank_cost() -> None:
    proposal = propose(of_bank(-9, "83550051"), OpenItems(), {}, {})
    assert proposal.group == "CHOOSE"
    assert [choice.title for choice in proposal.choices] == ["Voorheffing 412500", "Belasting 670000"]
