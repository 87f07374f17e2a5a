"""A movement that the bank booked as a whole is proposed by its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.matching.test_rules import IBAN, OGM, OTHER, item, line
from zelfboeken.matching.batches import parts_of
from zelfboeken.matching.facts import Allocation, BankLineFacts, Decision, DetailFacts, GLShare
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.rules import observe, propose

WAGES = DetailFacts(-200_000, OTHER, "LOON NOVEMBER JANSSENS", None, "Janssens An", "80010000")


def collected(*parts: DetailFacts) -> BankLineFacts:
    """A line of these parts, of which the bank names no other side."""
    total = sum(part.amount_cents for part in parts)
    return replace(line(total, "COLLECTIEVE OPDRACHT", iban=None), counterparty="", details=parts)


def history_of(part: DetailFacts, gl_code: str, times: int) -> dict[str, dict[str, int]]:
    """What was learnt from booking a line like this part so often."""
    [alone] = parts_of(collected(part))
    return {feature: {code: times} for feature, code in observe(alone, gl_code)}


def test_a_batch_of_which_each_part_is_clear_is_ready_and_never_automatic() -> None:
    items = OpenItems([item(1, -12_100, structured=OGM), item(2, -5_000, "F2026-0777")])
    whole = collected(
        DetailFacts(-12_100, None, "", OGM),
        DetailFacts(-5_000, None, "factuur F2026-0777"),
        WAGES,
    )

    proposal = propose(whole, items, history_of(WAGES, "455000", 3), {})

    assert (proposal.group, proposal.certainty_percent, proposal.title) == ("READY", 95, "3 delen")
    assert proposal.decision == Decision(
        "MATCH",
        (Allocation(1, -12_100), Allocation(2, -5_000)),
        (GLShare("455000", -200_000, "LOON NOVEMBER JANSSENS"),),
    )
    assert proposal.why_not_automatic == "De bank boekte dit als een geheel, daarom niet automatisch"


def test_wages_alone_are_booked_and_not_matched() -> None:
    proposal = propose(collected(WAGES), OpenItems(), history_of(WAGES, "455000", 3), {})

    assert proposal.decision == Decision("BOOK", (), (GLShare("455000", -200_000, "LOON NOVEMBER JANSSENS"),))
    assert proposal.reasons[0].text == "Het ene deel is herkend aan een stuk of een gewoonte"


def test_a_part_that_nobody_knows_leaves_one_choice_with_the_rest_to_be_processed() -> None:
    items = OpenItems([item(1, -12_100, structured=OGM)])
    whole = collected(
        DetailFacts(-12_100, None, "", OGM), DetailFacts(-700, None, "?", None, "Onbekend BV"), replace(WAGES)
    )

    proposal = propose(whole, items, {}, {})

    assert (proposal.group, proposal.decision) == ("CHOOSE", None)
    assert proposal.why_not_automatic == "2 delen niet herkend: Onbekend BV, Janssens An"
    [choice] = proposal.choices
    assert (choice.title, choice.hint) == ("Verwerk 1 van de 3", "de rest op 499010")
    assert choice.decision == Decision(
        "MATCH", (Allocation(1, -12_100),), (GLShare("499010", -200_700, "Nog te verwerken"),)
    )


def test_one_document_is_not_settled_by_two_parts() -> None:
    items = OpenItems([item(1, -12_100, structured=OGM)])
    proposal = propose(collected(*[DetailFacts(-12_100, None, "", OGM)] * 2), items, {}, {})

    assert proposal.group == "CHOOSE"
    assert [one.item_id for one in proposal.choices[0].decision.allocations] == [1]


def test_a_part_may_pay_a_document_in_part_and_too_much_is_asked() -> None:
    items = OpenItems([item(1, -12_100, structured=OGM)])

    less = propose(collected(DetailFacts(-5_000, None, "", OGM)), items, {}, {})
    more = propose(collected(DetailFacts(-15_000, None, "", OGM)), items, {}, {})

    assert less.decision == Decision("MATCH", (Allocation(1, -5_000),))
    assert (more.group, more.decision, more.choices) == ("CHOOSE", None, ())


def test_parts_that_do_not_add_up_are_not_used() -> None:
    whole = replace(collected(WAGES), amount_cents=-1)

    assert parts_of(whole) == ()
    assert propose(whole, OpenItems(), history_of(WAGES, "455000", 3), {}).decision is None


@pytest.mark.parametrize("count", [1, 4, 5])
def test_of_unknown_parts_three_are_named(count: int) -> None:
    unknown = [DetailFacts(-100 - n, None, "", None, f"Nummer {n}") for n in range(count)]
    known = DetailFacts(-12_100, IBAN, "")
    proposal = propose(collected(known, *unknown), OpenItems([item(1, -12_100)]), {}, {})

    told = {1: "1 deel niet herkend: Nummer 0", 4: "4 delen niet herkend: Nummer 0, Nummer 1, Nummer 2 en 1 andere"}
    assert proposal.why_not_automatic == told.get(
        count, "5 delen niet herkend: Nummer 0, Nummer 1, Nummer 2 en 2 andere"
    )
