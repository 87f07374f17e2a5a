"""What is proposed for an invoice, with which reasons, and when it may be booked without a person."""

from dataclasses import replace
from decimal import Decimal

from zelfboeken.booking.habits import counts_of, observe
from zelfboeken.booking.proposal import (
    ContactDefault,
    FactLine,
    FactVat,
    History,
    InvoiceFacts,
    ProposedBooking,
    features_needed,
    observation_of,
    propose,
)
from zelfboeken.vat.decisions import Regime

NOTHING = History({})
D21 = Decimal(21)


def invoice(*lines: FactLine, vat: tuple[FactVat, ...] | None = None, total: int | None = None) -> InvoiceFacts:
    net = sum(line.net_cents for line in lines)
    groups = (FactVat("S", D21, net, net * 21 // 100),) if vat is None else vat
    charged = sum(group.vat_cents for group in groups)
    return InvoiceFacts(
        side="PURCHASE",
        kind="INVOICE",
        currency="EUR",
        contact_key="BE0123456749",
        contact_name="Verpakkingen Peeters",
        contact_country="BE",
        contact_vat_country="BE",
        net_cents=net,
        vat_cents=charged,
        total_cents=net + charged if total is None else total,
        lines=lines,
        vat=groups,
    )


def booked(facts: InvoiceFacts, times: int) -> History:
    """A history in which this invoice was proposed, approved unchanged, and so learned, a number of times."""
    lines = propose(facts, NOTHING).lines
    raises = observe([(observation_of(facts.contact_key or "", line), line.outcome) for line in lines])
    return History(counts_of((raise_.feature, raise_.outcome, times) for raise_ in raises))


def coded(booking: ProposedBooking) -> list[tuple[str, str, int, int]]:
    return [(line.gl_code, line.vat_code, line.net_cents, int(line.deductible_percent)) for line in booking.lines]


BOXES = invoice(FactLine("Kartonnen dozen", 58_600, "S", D21))


def test_a_first_invoice_is_coded_by_its_words_and_waits_for_a_person() -> None:
    booking = propose(BOXES, NOTHING)
    assert coded(booking) == [("601000", "PURCHASE.domestic.21.goods", 58_600, 100)]
    assert booking.reasons == ("586,00 × 21 % = 123,06 en samen 709,06",)
    assert booking.lines[0].reasons == (
        "“karton” hoort gewoonlijk op rekening 601000.",
        "Belgische leverancier die 21 % btw aanrekent.",
    )
    assert not booking.ready
    assert booking.problems == (
        "“Kartonnen dozen”: rekening 601000 met btw-code “21 % goederen” is nog niet zeker. Controleer ze.",
    )


def test_a_fourth_invoice_alike_is_ready() -> None:
    booking = propose(BOXES, booked(BOXES, 3))
    assert booking.ready
    assert booking.problems == ()
    assert booking.lines[0].reasons[0] == "Rekening 601000 zoals bij de 3 vorige facturen van deze relatie."


def test_a_default_the_user_chose_is_ready_at_once_and_takes_the_rate_of_the_document() -> None:
    history = History({}, chosen=ContactDefault("612300"))
    booking = propose(BOXES, history)
    assert coded(booking) == [("612300", "PURCHASE.domestic.21.service", 58_600, 100)]
    assert booking.ready


def test_a_chosen_vat_code_that_contradicts_the_document_is_not_used() -> None:
    booking = propose(BOXES, History({}, chosen=ContactDefault("601000", "PURCHASE.domestic.6.goods")))
    assert coded(booking) == [("601000", "PURCHASE.domestic.21.goods", 58_600, 100)]
    assert not booking.ready


def test_a_car_is_half_deductible_and_says_so() -> None:
    booking = propose(invoice(FactLine("Leasing wagen", 80_000, "S", D21)), NOTHING)
    assert coded(booking) == [("610100", "PURCHASE.domestic.21.service", 80_000, 50)]
    assert "Van de btw is 50 % aftrekbaar; de rest is kost." in booking.lines[0].reasons


def test_reverse_charge_waits_for_the_rate_until_habit_knows_it() -> None:
    work = invoice(FactLine("Herstelling dak", 50_000, "AE", Decimal(0)), vat=(FactVat("AE", Decimal(0), 50_000, 0),))
    first = propose(work, NOTHING)
    assert coded(first) == [("611000", "PURCHASE.cocontractor.21.service", 50_000, 100)]
    assert not first.ready
    assert propose(work, booked(work, 3)).ready
    assert not propose(work, History({}, chosen=ContactDefault("611000"))).ready
    assert propose(work, History({}, chosen=ContactDefault("611000", "PURCHASE.cocontractor.21.service"))).ready
    assert first.reasons == ("Zonder btw, samen 500,00",)


def test_a_total_that_does_not_add_up_is_never_ready() -> None:
    wrong = replace(BOXES, total_cents=70_907)
    booking = propose(wrong, booked(BOXES, 9))
    assert not booking.ready
    assert booking.problems == (
        "Het document komt op 709,07 en de lijnen met btw op 709,06, een verschil van 0,01. "
        "Pas een lijn aan of voeg er een toe.",
    )


def test_findings_a_foreign_currency_and_an_unknown_party_are_problems() -> None:
    odd = replace(BOXES, currency="USD", contact_key=None, findings=("Het factuurnummer ontbreekt.",))
    assert propose(odd, NOTHING).problems[:3] == (
        "Het factuurnummer ontbreekt.",
        "De leverancier of klant is niet herkend. Kies of maak de relatie.",
        "De factuur is in USD: reken eerst om naar euro.",
    )


def test_two_rates_prove_the_sum_together() -> None:
    both = invoice(
        FactLine("Tarwebloem", 10_000, "S", Decimal("6.00")),
        FactLine("Kartonnen dozen", 58_600, "S", D21),
        vat=(FactVat("S", Decimal("6.00"), 10_000, 600), FactVat("S", D21, 58_600, 12_308)),
    )
    booking = propose(both, NOTHING)
    assert booking.reasons == ("100,00 × 6 % = 6,00, 586,00 × 21 % = 123,06 (op de factuur 123,08) en samen 815,08",)
    assert [line.vat_code for line in booking.lines] == ["PURCHASE.domestic.6.goods", "PURCHASE.domestic.21.goods"]


def test_an_invoice_without_lines_is_proposed_from_its_vat_table() -> None:
    booking = propose(replace(BOXES, lines=()), NOTHING)
    assert coded(booking) == [("601000", "PURCHASE.domestic.21.goods", 58_600, 100)]


def test_twenty_lines_stay_apart_and_more_are_summed_up() -> None:
    twenty = invoice(*[FactLine(f"Dozen maat {n}", 100, "S", D21) for n in range(20)])
    assert len(propose(twenty, NOTHING).lines) == 20
    more = invoice(*twenty.lines, FactLine("Diesel", 100, "S", D21))
    booking = propose(more, NOTHING)
    assert coded(booking) == [
        ("601000", "PURCHASE.domestic.21.goods", 2_000, 100),
        ("611200", "PURCHASE.domestic.21.misc_goods", 100, 50),
    ]
    assert booking.lines[0].description == "Dozen maat 0 (en 19 andere)"
    assert "De 21 lijnen zijn samengevat tot 2, per rekening en btw-code." in booking.reasons


def test_who_deducts_nothing_gets_the_vat_as_cost() -> None:
    booking = propose(replace(BOXES, regime=Regime.FRANCHISE), NOTHING)
    assert coded(booking)[0][3] == 0
    assert "Je trekt geen btw af: ze is deel van de kost." in booking.lines[0].reasons


def test_a_sale_is_coded_by_its_category() -> None:
    sale = replace(BOXES, side="SALE")
    assert coded(propose(sale, NOTHING)) == [("701000", "SALE.domestic.21.any", 58_600, 100)]
    abroad = replace(
        invoice(FactLine("Stoelen", 10_000, "K", Decimal(0)), vat=(FactVat("K", Decimal(0), 10_000, 0),)),
        side="SALE",
        contact_country="FR",
        contact_vat_country="FR",
    )
    assert coded(propose(abroad, NOTHING)) == [("703000", "SALE.ic_goods.0.goods", 10_000, 100)]


def test_a_credit_note_goes_where_the_invoices_it_names_went_and_a_rebate_is_asked() -> None:
    credit = replace(BOXES, kind="CREDIT_NOTE")
    rebate = replace(credit, lines=(replace(credit.lines[0], description="Korting over het jaar"),))
    assert propose(credit, booked(BOXES, 9)).ready
    assert not propose(rebate, booked(BOXES, 9)).ready
    assert propose(credit, booked(credit, 3)).ready


def test_the_features_needed_hold_all_that_a_history_must_load() -> None:
    history = booked(BOXES, 3)
    needed = set(features_needed(BOXES))
    only = History({feature: counts for feature, counts in history.own.items() if feature in needed})
    assert propose(BOXES, only) == propose(BOXES, history)
