"""Collective movements: each part as a line of its own, one decision for the whole."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matching.test_rules import IBAN, OGM, OTHER, item, line
from zelfboeken.matching.batches import parts_of
from zelfboeken.matching.facts import (
    Allocation,
    BankLineFacts,
    Decision,
    DetailFacts,
    GLShare,
    LineProposal,
    OpenItemFacts,
)
from zelfboeken.matching.habits import observe
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.posting import lines_for_settlement
from zelfboeken.matching.rules import propose

PART_IN, PART_OUT = "50550000", "50105000"


def part(
    cents: int,
    text: str = "",
    structured: str | None = None,
    iban: str | None = OTHER,
    name: str = "Iemand",
    code: str = PART_IN,
) -> DetailFacts:
    return DetailFacts(cents, iban, text, structured, name, code)


def whole(*parts: DetailFacts, text: str = "VERZAMELING", structured: str | None = None) -> BankLineFacts:
    own = line(sum(one.amount_cents for one in parts), text, structured, iban=None)
    return replace(own, counterparty="", transaction_code="10550000", details=parts)


def learnt(facts: BankLineFacts, gl_code: str, times: int = 3) -> dict[str, dict[str, int]]:
    return {feature: {account: times} for feature, account in observe(facts, gl_code)}


def alone(one: DetailFacts) -> BankLineFacts:
    """The part as the line it would have been."""
    return replace(
        line(one.amount_cents, one.communication, one.structured, one.counter_iban),
        counterparty=one.counterparty,
        transaction_code=one.transaction_code,
    )


def settled(proposal: LineProposal) -> list[tuple[int, int]]:
    assert proposal.decision is not None
    return [(one.item_id, one.cents) for one in proposal.decision.allocations]


def booked(shares: tuple[GLShare, ...]) -> list[tuple[str, int]]:
    return [(one.gl_code, one.cents) for one in shares]


def test_each_part_is_known_by_reference_number_account_or_habit_and_the_whole_is_ready() -> None:
    habit = part(4_000, "ABONNEMENT KLANTENKAART", name="Losse klant", iban=None)
    items = OpenItems(
        [item(1, 10_000, structured=OGM), item(2, 20_000), replace(item(3, 30_000), contact_id=8, ibans=(OTHER,))]
    )
    batch = whole(part(10_000, structured=OGM), part(20_000, "F2026-0402", iban=None), part(30_000), habit)

    proposal = propose(batch, items, learnt(alone(habit), "700000"), {})

    assert (proposal.group, proposal.title, proposal.certainty_percent) == ("READY", "4 delen", 95)
    assert proposal.reasons[0].text == "Elk van de 4 delen is herkend aan een stuk of een gewoonte"
    assert proposal.why_not_automatic == "De bank boekte dit als een geheel, daarom niet automatisch"
    assert settled(proposal) == [(1, 10_000), (2, 20_000), (3, 30_000)]
    assert proposal.decision is not None
    assert proposal.decision.kind == "MATCH"
    assert proposal.decision.shares == (GLShare("700000", 4_000, "ABONNEMENT KLANTENKAART"),)


def test_a_batch_is_never_automatic_though_each_part_alone_would_be() -> None:
    other = "010806817183"
    items = OpenItems([item(1, 10_000, structured=OGM), item(2, 20_000, structured=other)])
    parts = part(10_000, structured=OGM), part(20_000, structured=other)
    assert [propose(alone(one), items, {}, {}).group for one in parts] == ["AUTOMATIC", "AUTOMATIC"]
    assert propose(whole(*parts), items, {}, {}).group == "READY"
    assert propose(whole(parts[0]), items, {}, {}).group == "READY"


def test_wages_of_which_each_is_a_habit_are_booked_and_not_matched() -> None:
    wages = [part(-cents, "LOON", name=name, code=PART_OUT) for cents, name in ((158_000, "Ilse"), (147_000, "Chloe"))]
    history = {**learnt(alone(wages[0]), "455000"), **learnt(alone(wages[1]), "455000")}

    proposal = propose(whole(*wages), OpenItems(), history, {})

    assert (proposal.group, proposal.method) == ("READY", "GEWOONTE")
    assert proposal.decision is not None
    assert (proposal.decision.kind, proposal.decision.allocations) == ("BOOK", ())
    assert booked(proposal.decision.shares) == [("455000", -158_000), ("455000", -147_000)]


def test_what_is_not_known_is_named_and_a_choice_leaves_it_to_be_processed() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM)])
    batch = whole(
        part(10_000, structured=OGM),
        *(part(cents, name=name, iban=None) for cents, name in ((100, "Een"), (200, "Twee"), (300, "Drie"))),
        part(400, "zonder wie dan ook", name="", iban=None),
        part(500, name="", iban=None),
    )

    proposal = propose(batch, items, {}, {})

    assert (proposal.group, proposal.decision, proposal.title) == ("CHOOSE", None, "6 delen")
    assert proposal.why_not_automatic == "5 delen niet herkend: Een, Twee, Drie en 2 andere"
    assert [(one.tone, one.text) for one in proposal.reasons[:2]] == [
        ("ok", "1 van de 6 delen herkend"),
        ("warn", "5 delen niet herkend: Een, Twee, Drie en 2 andere"),
    ]
    [choice] = proposal.choices
    assert (choice.title, choice.hint) == ("Verwerk 1 van de 6", "de rest op 499010")
    assert choice.decision.shares == (GLShare("499010", 1_500, "Nog te verwerken"),)
    assert [own.item_id for own in choice.decision.allocations] == [1]


def test_without_documents_the_choice_books_and_a_part_without_name_is_named_by_its_text() -> None:
    wage = part(-158_000, "LOON", code=PART_OUT)
    batch = whole(wage, part(-700, "zonder wie dan ook", name="", iban=None), part(-800, name="", iban=None))

    proposal = propose(batch, OpenItems(), learnt(alone(wage), "455000"), {})

    assert proposal.why_not_automatic == "2 delen niet herkend: zonder wie dan ook, zonder naam"
    [choice] = proposal.choices
    assert (choice.title, choice.decision.kind) == ("Verwerk 1 van de 3", "BOOK")
    assert booked(choice.decision.shares) == [("455000", -158_000), ("499010", -1_500)]


def test_unknown_parts_that_cancel_out_leave_nothing_to_process() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM)])
    batch = whole(part(10_000, structured=OGM), part(500, iban=None), part(-500, iban=None))
    [choice] = propose(batch, items, {}, {}).choices
    assert choice.decision.shares == ()


def test_when_one_part_asks_its_answers_are_those_of_the_whole() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM), item(2, 5_000), item(3, 5_000)])
    batch = whole(part(10_000, structured=OGM), part(5_000, name="Specimen Hotel", iban=IBAN))

    proposal = propose(batch, items, {}, {})

    assert [choice.title for choice in proposal.choices] == ["F2026-0402", "F2026-0403", "Verwerk 1 van de 2"]
    answer = proposal.choices[1].decision
    assert [(own.item_id, own.cents) for own in answer.allocations] == [(1, 10_000), (3, 5_000)]
    assert answer.shares == ()


def test_a_part_that_fits_two_documents_is_clear_once_another_part_names_one_of_them() -> None:
    items = OpenItems([item(1, 5_000), item(2, 5_000, structured=OGM)])
    proposal = propose(whole(part(5_000, iban=IBAN), part(5_000, structured=OGM)), items, {}, {})
    assert proposal.group == "READY"
    assert sorted(settled(proposal)) == [(1, 5_000), (2, 5_000)]


def test_one_document_is_not_settled_twice_and_is_open_again_after_the_proposal() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM)])
    twice = propose(whole(part(10_000, structured=OGM), part(10_000, structured=OGM)), items, {}, {})
    assert twice.group == "CHOOSE"
    assert [own.item_id for own in twice.choices[-1].decision.allocations] == [1]
    assert items.get(1) == item(1, 10_000, structured=OGM)


def test_two_parts_may_pay_one_document_together() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM)])
    proposal = propose(whole(part(4_000, structured=OGM), part(6_000, structured=OGM)), items, {}, {})
    assert (proposal.group, settled(proposal)) == ("READY", [(1, 4_000), (1, 6_000)])


def test_a_part_paid_too_much_has_no_contact_for_its_rest_in_the_whole_so_a_person_looks() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM), item(2, 700)])
    proposal = propose(whole(part(10_500, structured=OGM), part(700, "F2026-0402")), items, {}, {})
    assert proposal.group == "CHOOSE"
    assert [choice.title for choice in proposal.choices] == ["Verwerk 1 van de 2"]


def test_a_part_may_pay_a_document_in_part_and_too_much_is_asked() -> None:
    items = OpenItems([item(1, -12_100, structured=OGM)])

    less = propose(whole(part(-5_000, structured=OGM)), items, {}, {})
    more = propose(whole(part(-15_000, structured=OGM)), items, {}, {})

    assert less.decision == Decision("MATCH", (Allocation(1, -5_000),))
    assert (more.group, more.decision, more.choices) == ("CHOOSE", None, ())


def test_parts_that_do_not_add_up_are_never_split() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM)])
    batch = replace(whole(part(10_000, structured=OGM)), amount_cents=10_001)
    assert propose(batch, items, {}, {}).choices == ()


def test_an_exact_reference_on_the_whole_goes_before_its_parts() -> None:
    items = OpenItems([item(1, 3_000, structured=OGM)])
    proposal = propose(whole(part(1_000), part(2_000), structured=OGM), items, {}, {})
    assert (proposal.group, settled(proposal)) == ("AUTOMATIC", [(1, 3_000)])


def test_a_transfer_between_own_accounts_stays_one_whatever_its_parts() -> None:
    batch = replace(whole(part(1_000), part(2_000)), counter_iban=OTHER)
    proposal = propose(batch, OpenItems(), {}, {OTHER: "550100"})
    assert proposal.decision is not None and proposal.decision.kind == "TRANSFER"


def test_a_habit_of_the_whole_goes_before_some_known_parts_but_not_before_documents() -> None:
    items = OpenItems([item(1, 10_000, structured=OGM)])
    wage = part(-10_000, "LOON", code=PART_OUT)
    some = whole(wage, part(-2_000, name="Ander", iban=None))
    paid = whole(part(10_000, structured=OGM), part(2_000, iban=None))

    def history(of: BankLineFacts) -> Mapping[str, Mapping[str, int]]:
        return {**learnt(of, "620200"), **learnt(alone(wage), "455000")}

    booked_whole = propose(some, items, history(some), {})
    assert booked_whole.decision is not None
    assert booked(booked_whole.decision.shares) == [("620200", -12_000)]
    assert propose(paid, items, history(paid), {}).group == "CHOOSE"


def test_a_payment_told_apart_in_gross_and_costs_settles_the_document_whole() -> None:
    """What a bank takes off a transfer from abroad (booking pattern 20), by the details of type 8."""
    items = OpenItems([item(1, 97_000)])
    gross = DetailFacts(97_000, transaction_code="84150100")
    costs = DetailFacts(-1_000, transaction_code="84137013")
    tax = DetailFacts(-210, communication="Berekening: bedrag 2,10", transaction_code="84137011")
    net = replace(line(95_790, "INV F2026-0401"), transaction_code="34150000", details=(gross, costs, tax))

    proposal = propose(net, items, {}, {})

    assert (proposal.group, settled(proposal)) == ("READY", [(1, 97_000)])
    assert proposal.decision is not None
    assert booked(proposal.decision.shares) == [("657000", -1_000), ("657000", -210)]


def test_a_part_with_an_other_side_of_its_own_takes_nothing_from_the_whole() -> None:
    wage = part(-200_000, "LOON NOVEMBER", code="80101000")
    [own] = parts_of(replace(whole(wage), counterparty="Bank", counter_iban=IBAN))
    assert (own.counterparty, own.counter_iban, own.communication) == ("Iemand", OTHER, "LOON NOVEMBER")


AMOUNTS = st.integers(-400, 400).filter(bool)
PARTS = st.lists(st.tuples(AMOUNTS, st.sampled_from(["", "F2026-0401", "F2026-0402"]), st.sampled_from([None, OGM])))


@pytest.mark.parametrize("iban", [None, IBAN])
@settings(max_examples=60, deadline=None)
@given(opens=st.lists(st.tuples(AMOUNTS, st.sampled_from([None, OGM])), max_size=6), parts=PARTS)
def test_proposals_of_a_batch_balance_never_exceed_and_leave_the_items_as_they_were(
    iban: str | None, opens: list[tuple[int, str | None]], parts: list[tuple[int, str, str | None]]
) -> None:
    own = [item(at, cents, structured=ogm) for at, (cents, ogm) in enumerate(opens, 1)]
    items = OpenItems(own)
    batch = whole(*(part(cents, text, ogm, iban) for cents, text, ogm in parts))
    if not batch.amount_cents:
        return

    proposal = propose(batch, items, {}, {})

    assert proposal.group != "AUTOMATIC"
    assert [items.get(one.id) for one in own] == own
    by_id: dict[int, OpenItemFacts] = {one.id: one for one in own}
    for decision in [proposal.decision, *(choice.decision for choice in proposal.choices)]:
        if decision is not None:
            lines = lines_for_settlement(
                bank_gl_code="550000", amount_cents=batch.amount_cents, decision=decision, items=by_id
            )
            assert sum(one.debit_cents - one.credit_cents for one in lines) == 0
