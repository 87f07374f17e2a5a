"""Proposals for bank lines."""

from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from zelfboeken.matching.facts import (
    Allocation,
    BankLineFacts,
    GLShare,
    OpenItemFacts,
    proposal_from_json,
    proposal_to_json,
)
from zelfboeken.matching.items import OpenItems
from zelfboeken.matching.posting import lines_for_settlement
from zelfboeken.matching.rules import observe, propose

IBAN, OTHER, OGM = "BE38999000009972", "BE84999000002659", "123456789002"


def item(item_id: int, open_cents: int, number: str = "", structured: str | None = None) -> OpenItemFacts:
    gl_code = "400000" if open_cents > 0 else "440000"
    return OpenItemFacts(
        item_id, 7, "Hotel Specimen NV", gl_code, open_cents, number or f"F2026-04{item_id:02d}", structured, None,
        date(2026, 1, 1), (IBAN,),
    )  # fmt: skip


def line(cents: int, text: str = "", structured: str | None = None, iban: str | None = IBAN) -> BankLineFacts:
    return BankLineFacts(1, date(2026, 11, 16), cents, "Specimen Hotel", iban, text, structured, None)


def test_only_an_exact_reference_with_the_exact_amount_is_automatic() -> None:
    items = OpenItems([item(1, 12_100, structured=OGM)])
    assert propose(line(12_100, structured=OGM), items, {}, {}).group == "AUTOMATIC"
    assert propose(line(12_100), items, {}, {}).group == "READY"
    assert propose(line(5_000, structured=OGM), items, {}, {}).group == "READY"


def test_the_same_reference_on_two_documents_is_not_automatic() -> None:
    items = OpenItems([item(1, -8_990, structured=OGM), item(2, -8_990, structured=OGM)])
    assert propose(line(-8_990, structured=OGM), items, {}, {}).group == "CHOOSE"


def test_a_number_in_the_text_from_a_new_iban_says_why_a_person_is_asked() -> None:
    proposal = propose(line(12_100, "factuur F2026-0401, dank u", iban=OTHER), OpenItems([item(1, 12_100)]), {}, {})
    assert proposal.group == "READY"
    assert proposal.why_not_automatic == "Nieuwe IBAN voor deze klant, daarom niet automatisch"


def test_a_transfer_between_own_accounts_goes_over_580000_by_itself_when_both_sides_are_there() -> None:
    alone = propose(line(-100_000, iban=OTHER), OpenItems(), {}, {OTHER: "550100"})
    both = propose(replace(line(-100_000, iban=OTHER), has_other_side=True), OpenItems(), {}, {OTHER: "550100"})

    assert (alone.group, both.group) == ("READY", "AUTOMATIC")
    assert alone.why_not_automatic == "De andere kant staat nog op geen afschrift, daarom niet automatisch"
    assert alone.decision == both.decision
    assert both.decision is not None
    assert both.decision.shares == (GLShare("580000", -100_000, "Interne overboeking"),)


def test_a_sum_may_count_a_credit_note_against_invoices() -> None:
    items = OpenItems([item(1, 10_000), item(2, 7_000), item(3, -2_500)])
    proposal = propose(line(14_500, "betaling"), items, {}, {})
    assert proposal.decision is not None
    assert sum(part.cents for part in proposal.decision.allocations) == 14_500


def test_a_few_cents_are_written_off_and_too_much_stays_open() -> None:
    items = OpenItems([item(1, 12_100, structured=OGM)])
    cents = propose(line(12_098, structured=OGM), items, {}, {}).decision
    more = propose(line(12_600, structured=OGM), items, {}, {}).decision
    assert cents is not None and cents.shares[0].gl_code == "643000"
    assert more is not None and (more.rest_cents, more.contact_id) == (500, 7)


def test_a_habit_is_ready_after_three_lines_unless_the_relation_has_open_documents() -> None:
    history = {feature: {gl_code: 3} for feature, gl_code in observe(line(4_321), "700000")}
    assert propose(line(4_321), OpenItems(), history, {}).group == "READY"
    asked = propose(line(4_321), OpenItems([item(1, 99_900)]), history, {})
    assert asked.group == "CHOOSE"
    assert all(not choice.decision.shares for choice in asked.choices)


def test_a_proposal_survives_its_json_column() -> None:
    proposal = propose(line(11_600, structured=OGM), OpenItems([item(1, 12_100, structured=OGM)]), {}, {})
    assert proposal.choices
    assert proposal_from_json(proposal_to_json(proposal)) == proposal


AMOUNTS = st.integers(-400, 400).filter(bool)


@settings(max_examples=150, deadline=None)
@given(
    opens=st.lists(st.tuples(AMOUNTS, st.sampled_from([None, OGM])), max_size=12),
    amount=AMOUNTS,
    structured=st.sampled_from([None, OGM]),
    text=st.sampled_from(["", "F2026-0401", "F2026-0401 F2026-0402 F2026-0403"]),
    seed=st.randoms(),
)
def test_proposals_never_exceed_always_balance_and_ignore_the_order_of_items(
    opens: list[tuple[int, str | None]], amount: int, structured: str | None, text: str, seed: Random
) -> None:
    items = [item(at, cents, structured=ogm) for at, (cents, ogm) in enumerate(opens, 1)]
    one = line(amount, text, structured)
    proposal = propose(one, OpenItems(items), {}, {})
    shuffled = list(items)
    seed.shuffle(shuffled)
    assert propose(one, OpenItems(shuffled), {}, {}) == proposal
    for decision in [proposal.decision, *(choice.decision for choice in proposal.choices)]:
        if decision is None:
            continue
        lines = lines_for_settlement(
            bank_gl_code="550000", amount_cents=amount, decision=decision, items={own.id: own for own in items}
        )
        assert sum(own.debit_cents - own.credit_cents for own in lines) == 0


def test_allocations_of_a_part_are_oldest_first() -> None:
    items = OpenItems([item(1, 30_000), item(2, 30_000)])
    proposal = propose(line(40_000, "F2026-0401 F2026-0402"), items, {}, {})
    assert proposal.group == "CHOOSE"
    assert proposal.choices[0].decision.allocations == (Allocation(1, 30_000), Allocation(2, 10_000))


def test_the_only_document_of_a_relation_that_is_a_few_cents_off_is_ready_with_a_payment_difference() -> None:
    items = OpenItems([item(1, 51_667), item(2, 90_000)])
    by_iban = propose(line(51_666), items, {}, {})
    by_name = propose(replace(line(51_666, iban=None), counterparty="HOTEL SPECIMEN"), items, {}, {})
    too_much = propose(line(51_670), items, {}, {})

    assert [(one.group, one.certainty_percent) for one in (by_iban, by_name)] == [("READY", 88), ("READY", 80)]
    assert by_iban.decision == by_name.decision
    assert by_iban.decision is not None and too_much.decision is not None
    assert by_iban.decision.allocations == (Allocation(1, 51_667),)
    assert by_iban.decision.shares == (GLShare("643000", -1, "Betalingsverschil"),)
    assert too_much.decision.shares == (GLShare("643000", 3, "Betalingsverschil"),)
    assert propose(line(51_661), items, {}, {}).group == "CHOOSE"
    assert propose(line(51_666), OpenItems([item(1, 51_667), item(2, 51_668)]), {}, {}).group == "CHOOSE"


def test_a_credit_note_that_the_text_had_no_room_for_goes_before_a_discount() -> None:
    named = "F2026-0401 F2026-0402"
    items = [item(1, -50_000), item(2, -30_000), item(3, 1_026)]
    proposal = propose(line(-78_974, named), OpenItems(items), {}, {})
    assert (proposal.group, proposal.certainty_percent) == ("READY", 88)
    assert proposal.decision is not None
    assert sorted(own.item_id for own in proposal.decision.allocations) == [1, 2, 3]

    without = propose(line(-78_974, named), OpenItems(items[:2]), {}, {})
    assert [choice.title for choice in without.choices] == ["Rest blijft open", "Korting contant 756000"]


def coded(cents: int, code: str, text: str = "") -> BankLineFacts:
    return replace(line(cents, text, iban=None), counterparty="", transaction_code=code)


def test_interest_that_comes_in_is_income_by_the_code_of_the_bank() -> None:
    assert propose(coded(1_234, "03500003", "TERUG"), OpenItems(), {}, {}).decision is None

    proposal = propose(coded(1_234, "03500001", "INTEREST"), OpenItems(), {}, {})
    assert (proposal.group, proposal.decision.shares if proposal.decision else ()) == (
        "READY",
        (GLShare("751000", 1_234, "Ontvangen interest"),),
    )


def test_a_habit_of_one_time_is_enough_where_the_code_of_the_bank_says_the_same() -> None:
    costs = coded(-495, "08000000", "MAANDKOST")
    once = {feature: {"657000": 1} for feature, _ in observe(costs, "657000")}
    other = {feature: {"613000": 1} for feature, _ in observe(costs, "613000")}

    agreed = propose(costs, OpenItems(), once, {})
    against = propose(costs, OpenItems(), other, {})

    assert (agreed.group, agreed.reasons[0].text) == ("READY", "1 vorige keer: 657000")
    assert (against.group, against.why_not_automatic) == ("CHOOSE", "Te weinig voorbeelden")
