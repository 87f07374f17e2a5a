"""What the model learns from booked documents, what it suggests and when it calls that certain."""

import random
from decimal import Decimal

from zelfboeken.booking.habits import (
    Counts,
    Observation,
    Outcome,
    Suggestion,
    Usual,
    counts_of,
    observe,
    suggest,
    words_of,
)

FLOUR = Outcome("600000", "PURCHASE.domestic.6.goods", Decimal(100))
BOXES = Outcome("601000", "PURCHASE.domestic.21.goods", Decimal(100))
PHONE = Outcome("612100", "PURCHASE.domestic.21.service", Decimal(100))
DEVICE = Outcome("612400", "PURCHASE.domestic.21.misc_goods", Decimal(100))


def line(contact: str, description: str, cents: int = 10_000, tax: str = "PIS21") -> Observation:
    return Observation(contact, description, cents, tax)


def learned(*documents: list[tuple[Observation, Outcome]]) -> Counts:
    return counts_of((raise_.feature, raise_.outcome, raise_.by) for doc in documents for raise_ in observe(doc))


def best(seen: Observation, counts: Counts) -> Suggestion:
    found = suggest(seen, counts)
    assert found is not None
    return found


def test_nothing_known_suggests_nothing() -> None:
    assert suggest(line("BE1", "Bloem"), {}) is None


def test_figures_months_and_small_words_mean_nothing() -> None:
    assert words_of("Factuur 2026-11 voor het abonnement november XL12 Café") == ("abonnement", "cafe")


def test_an_outcome_is_read_back_as_it_was_stored() -> None:
    half = Outcome("610100", "PURCHASE.domestic.21.service", Decimal("35.50"))
    assert Outcome.of(half.text) == half


def test_lines_alike_on_one_document_count_once() -> None:
    counts = learned([(line("BE1", "Bloem"), FLOUR), (line("BE1", "Bloem"), FLOUR)])
    assert counts["s:BE1|P"] == {FLOUR.text: 1}


def test_a_reversed_booking_is_unlearned() -> None:
    document = [(line("BE1", "Bloem"), FLOUR)]
    raises = (*observe(document), *observe(document, by=-1))
    assert counts_of((raise_.feature, raise_.outcome, raise_.by) for raise_ in raises) == {}


def test_eleven_earlier_invoices_are_a_reason_and_certain() -> None:
    counts = learned(*[[(line("BE1", "Abonnement"), PHONE)] for _ in range(11)])
    found = best(line("BE1", "Abonnement november"), counts)
    assert (found.outcome, found.certain) == (PHONE, True)
    assert found.reasons[0] == "Rekening 612100 zoals bij de 11 vorige facturen van deze relatie."
    assert found.certainty > 0.9


def test_one_earlier_invoice_suggests_and_the_same_words_twice_are_certain() -> None:
    once = [[(line("BE1", "Abonnement mobiel"), PHONE)]]
    found = best(line("BE1", "Abonnement mobiel"), learned(*once))
    assert (found.outcome, found.certain) == (PHONE, False)
    assert best(line("BE1", "Abonnement mobiel"), learned(*once, *once)).certain
    assert not best(line("BE1", "Abonnement kabel"), learned(*once, *once)).certain


def test_a_word_that_went_here_and_there_neither_decides_nor_stands_in_the_way() -> None:
    both = [(line("BE1", "Huur wagen"), PHONE), (line("BE1", "Herstelling wagen"), DEVICE)]
    counts = learned(both, both, both)
    assert best(line("BE1", "Huur wagen"), counts).certain
    assert not best(line("BE1", "Wagen nieuw"), counts).certain


def test_a_credit_note_goes_where_the_invoices_it_names_went() -> None:
    counts = learned(*[[(line("BE1", "Abonnement mobiel", tax="PIS21"), PHONE)] for _ in range(3)])
    credit = best(line("BE1", "Creditnota: abonnement mobiel", tax="PCS21"), counts)
    assert (credit.outcome, credit.certain) == (PHONE, True)
    assert credit.reasons[-1].endswith("op facturen van deze relatie: 3 van de 3 keer rekening 612100.")
    assert not best(line("BE1", "Creditnota: jaarkorting", tax="PCS21"), counts).certain


def test_what_is_sold_counts_and_not_to_whom() -> None:
    counts = learned(*[[(line(f"BE{n}", "Dozen groot", tax="SIS21"), BOXES)] for n in range(3)])
    assert best(line("BE9", "Dozen groot", tax="SIS21"), counts).certain
    bought = learned(*[[(line(f"BE{n}", "Dozen groot"), BOXES)] for n in range(3)])
    assert not best(line("BE9", "Dozen groot"), bought).certain
    assert not best(line("BE9", "Cursus", tax="SIS21"), counts).certain


def test_after_ten_sales_at_one_rate_a_new_product_is_certain_until_one_went_elsewhere() -> None:
    ten = [[(line(f"BE{n}", f"Product{'abcdefghij'[n]}", tax="SIS6"), FLOUR)] for n in range(10)]
    found = best(line("BE99", "Nieuw product", tax="SIS6"), learned(*ten))
    assert (found.outcome, found.certain) == (FLOUR, True)
    assert "Alle 10 verkopen met deze btw gingen naar rekening 600000." in found.reasons
    other = [(line("BE50", "Dienst", tax="SIS6"), PHONE)]
    assert not best(line("BE99", "Nieuw product", tax="SIS6"), learned(*ten, other)).certain


def test_two_invoices_and_the_meaning_of_the_words_are_certain_but_never_for_an_investment() -> None:
    usual = Usual(BOXES, "“dozen” hoort gewoonlijk op rekening 601000.")
    earlier = learned(*[[(line("BE1", "Zakjes"), BOXES)] for _ in range(2)])
    found = suggest(line("BE1", "Dozen"), earlier, usual=usual)
    assert found is not None and found.certain
    machine = Outcome("230000", "PURCHASE.domestic.21.investment", Decimal(100))
    bought = learned(*[[(line("BE1", "Oven"), machine)] for _ in range(2)])
    found = suggest(
        line("BE1", "Kneder"), bought, usual=Usual(machine, "“kneder” hoort gewoonlijk op rekening 230000.")
    )
    assert found is not None and not found.certain


def test_a_word_decides_within_a_party_that_goes_two_ways() -> None:
    both = [(line("BE1", "Abonnement mobiel"), PHONE), (line("BE1", "Toestel zwart"), DEVICE)]
    counts = learned(both, both, both)
    assert best(line("BE1", "Toestel zwart"), counts).outcome == DEVICE
    assert best(line("BE1", "Abonnement mobiel"), counts).outcome == PHONE
    assert best(line("BE1", "Abonnement mobiel"), counts).certain
    assert not best(line("BE1", "Toestel mobiel"), counts).certain


def test_a_line_of_new_words_is_not_certain_however_steady_the_party() -> None:
    counts = learned(*[[(line("BE1", "Abonnement"), PHONE)] for _ in range(20)])
    assert not best(line("BE1", "Zwarte hoes leder"), counts).certain


def test_a_new_word_that_means_something_else_elsewhere_is_not_certain() -> None:
    steady = [[(line("BE1", "Abonnement"), PHONE)] for _ in range(20)]
    elsewhere = [(line("BE2", "Dozen"), BOXES)]
    assert best(line("BE1", "Abonnement kabel"), learned(*steady, elsewhere)).certain
    assert not best(line("BE1", "Abonnement dozen"), learned(*steady, elsewhere)).certain


def test_bookings_at_another_rate_make_nothing_certain() -> None:
    counts = learned(*[[(line("BE1", "Bloem", tax="PIS6"), FLOUR)] for _ in range(9)])
    assert not best(line("BE1", "Bloem", tax="PIS21"), counts).certain


def test_a_word_of_other_parties_helps_a_new_one() -> None:
    counts = learned([(line("BE1", "Dozen"), BOXES)], [(line("BE2", "Dozen"), BOXES)], [(line("BE3", "Kabel"), PHONE)])
    found = best(line("BE9", "Dozen groot"), counts)
    assert (found.outcome, found.certain) == (BOXES, False)
    assert found.reasons == ("Lijnen met “dozen” gingen 2 van de 2 keer naar rekening 601000.",)


def test_wider_counts_fill_in_but_make_nothing_certain() -> None:
    office = learned(*[[(line("BE1", "Abonnement"), PHONE)] for _ in range(50)])
    found = suggest(line("BE1", "Abonnement"), {}, wider=[office])
    assert found is not None
    assert (found.outcome, found.certain) == (PHONE, False)
    own = learned(*[[(line("BE1", "Abonnement"), DEVICE)] for _ in range(3)])
    nearer = suggest(line("BE1", "Abonnement"), own, wider=[office])
    assert nearer is not None
    assert (nearer.outcome, nearer.certain) == (DEVICE, True)


def test_the_default_the_user_chose_wins_from_all_counts() -> None:
    counts = learned(*[[(line("BE1", "Abonnement"), PHONE)] for _ in range(50)])
    found = suggest(line("BE1", "Abonnement"), counts, chosen=DEVICE)
    assert found is not None
    assert (found.outcome, found.certain) == (DEVICE, True)
    assert "die je voor deze relatie koos" in found.reasons[0]


def test_the_usual_account_of_a_word_is_a_suggestion_with_its_reason() -> None:
    found = suggest(line("BE1", "Dozen"), {}, usual=Usual(BOXES, "“dozen” hoort gewoonlijk op rekening 601000."))
    assert found is not None
    assert (found.outcome, found.certain, found.certainty) == (BOXES, False, 0.5)
    assert found.reasons == ("“dozen” hoort gewoonlijk op rekening 601000.",)


def year_of_a_bakery() -> list[tuple[Observation, Outcome]]:
    """600 lines of 40 suppliers, one in three of which sells two kinds of things; one line in fifty is odd."""
    chance = random.Random(7)
    products = [
        (["bloem", "tarwebloem", "zak"], FLOUR, "PIS6"),
        (["dozen", "karton", "wit"], BOXES, "PIS21"),
        (["abonnement", "mobiel", "data"], PHONE, "PIS21"),
        (["kabel", "toestel", "lader"], DEVICE, "PIS21"),
    ]
    suppliers = [(f"BE{n}", chance.sample(products, 2) if n % 3 == 0 else [chance.choice(products)]) for n in range(40)]
    lines = []
    for n in range(600):
        contact, sold = chance.choice(suppliers)
        words, outcome, tax = chance.choice(products if n % 50 == 49 else sold)
        description = " ".join(chance.sample(words, 2)) + f" {chance.randint(1, 999)}"
        lines.append((line(contact, description, chance.randint(500, 90_000), tax), outcome))
    return lines


def test_over_a_year_nothing_certain_is_wrong_and_most_is_right() -> None:
    rows: list[tuple[str, str, int]] = []
    counts: dict[str, dict[str, int]] = {}
    right = certain = certain_wrong = 0
    for seen, outcome in year_of_a_bakery():
        found = suggest(seen, counts)
        if found:
            right += found.outcome == outcome
            certain += found.certain
            certain_wrong += found.certain and found.outcome != outcome
        for raise_ in observe([(seen, outcome)]):
            rows.append((raise_.feature, raise_.outcome, raise_.by))
            of_feature = counts.setdefault(raise_.feature, {})
            of_feature[raise_.outcome] = of_feature.get(raise_.outcome, 0) + raise_.by
    assert counts == counts_of(rows)
    assert certain_wrong == 0
    assert right >= 540
    assert certain >= 240
