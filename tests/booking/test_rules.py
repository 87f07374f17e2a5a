"""The booking patterns of invoices and credit notes, to the cent, and what must always hold for them."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zelfboeken.booking.rules import (
    DocumentFacts,
    DraftLine,
    LedgerLine,
    NothingToBook,
    PrintedVat,
    TotalDiffers,
    VatDiffers,
    WrongSide,
    lines_for_document,
    lines_for_import_document,
)
from zelfboeken.money import percent_of
from zelfboeken.vat.rules import NotForThisDocument, added, balance_of_grids

GOODS_21 = "PURCHASE.domestic.21.goods"
SERVICE_21 = "PURCHASE.domestic.21.service"


def facts(total: int, *printed: tuple[str, int, int], side: str = "PURCHASE", kind: str = "INVOICE") -> DocumentFacts:
    return DocumentFacts(side, kind, total, tuple(PrintedVat(Decimal(rate), base, vat) for rate, base, vat in printed))


def draft(gl_code: str, code: str, net: int, percent: int = 100) -> DraftLine:
    return DraftLine(gl_code, code, net, Decimal(percent))


def sides(lines: tuple[LedgerLine, ...]) -> list[str]:
    """Lines as the rules write them: ``D 613000 100.00``."""
    return [
        f"{'D' if line.debit_cents else 'C'} {line.gl_code} {(line.debit_cents or line.credit_cents) / 100:.2f}"
        for line in lines
    ]


def grids(lines: tuple[LedgerLine, ...]) -> dict[int, int]:
    return dict(added(*(line.grids for line in lines)))


def test_pattern_01_services() -> None:
    lines = lines_for_document(facts(12_100, ("21", 10_000, 2_100)), [draft("613000", SERVICE_21, 10_000)])
    assert sides(lines) == ["D 613000 100.00", "D 411059 21.00", "C 440000 121.00"]
    assert [line.grids for line in lines] == [((82, 10_000),), ((59, 2_100),), ()]
    assert [line.is_open_item for line in lines] == [False, False, True]


def test_pattern_02_goods_for_resale() -> None:
    lines = lines_for_document(facts(12_100, ("21", 10_000, 2_100)), [draft("604000", GOODS_21, 10_000)])
    assert sides(lines) == ["D 604000 100.00", "D 411059 21.00", "C 440000 121.00"]
    assert grids(lines) == {81: 10_000, 59: 2_100}


def test_pattern_03_machine() -> None:
    lines = lines_for_document(
        facts(121_000, ("21", 100_000, 21_000)), [draft("230000", "PURCHASE.domestic.21.investment", 100_000)]
    )
    assert sides(lines) == ["D 230000 1000.00", "D 411059 210.00", "C 440000 1210.00"]
    assert grids(lines) == {83: 100_000, 59: 21_000}


def test_pattern_04_car_lease_half_deductible() -> None:
    lines = lines_for_document(facts(96_800, ("21", 80_000, 16_800)), [draft("610100", SERVICE_21, 80_000, 50)])
    assert sides(lines) == ["D 610100 884.00", "D 411059 84.00", "C 440000 968.00"]
    assert grids(lines) == {82: 88_400, 59: 8_400}


def test_pattern_05_restaurant_without_deduction() -> None:
    lines = lines_for_document(
        facts(11_200, ("12", 10_000, 1_200)), [draft("615100", "PURCHASE.domestic.12.service", 10_000, 0)]
    )
    assert sides(lines) == ["D 615100 112.00", "C 440000 112.00"]
    assert grids(lines) == {82: 11_200}


def test_pattern_06_intra_eu_service() -> None:
    lines = lines_for_document(
        facts(100_000, ("0", 100_000, 0)), [draft("613100", "PURCHASE.ic_service.21.service", 100_000)]
    )
    assert sides(lines) == ["D 613100 1000.00", "D 411059 210.00", "C 451055 210.00", "C 440000 1000.00"]
    assert grids(lines) == {82: 100_000, 88: 100_000, 55: 21_000, 59: 21_000}


def test_pattern_07_purchase_from_a_cocontractor() -> None:
    lines = lines_for_document(
        facts(50_000, ("0", 50_000, 0)), [draft("611000", "PURCHASE.cocontractor.21.service", 50_000)]
    )
    assert sides(lines) == ["D 611000 500.00", "D 411059 105.00", "C 451056 105.00", "C 440000 500.00"]
    assert grids(lines) == {82: 50_000, 87: 50_000, 56: 10_500, 59: 10_500}


def test_pattern_08_import_with_licence() -> None:
    invoice = lines_for_document(facts(40_000), [draft("604000", "PURCHASE.out_of_scope.none.any", 40_000)])
    customs = lines_for_import_document(
        gl_code="604000", code="PURCHASE.import_deferred.21.goods", value_cents=45_000, vat_cents=9_450
    )
    assert sides(invoice) == ["D 604000 400.00", "C 440000 400.00"]
    assert sides(customs) == ["C 451057 94.50", "D 411059 94.50"]
    assert grids(invoice) == {}
    assert grids(customs) == {81: 45_000, 87: 45_000, 57: 9_450, 59: 9_450}


def test_import_without_licence_owes_the_vat_to_the_forwarder() -> None:
    lines = lines_for_import_document(
        gl_code="604000", code="PURCHASE.import_customs.21.goods", value_cents=45_000, vat_cents=9_450
    )
    assert sides(lines) == ["D 411059 94.50", "C 440000 94.50"]
    assert grids(lines) == {81: 45_000, 59: 9_450}


def test_pattern_09_credit_note_on_services() -> None:
    lines = lines_for_document(
        facts(4_840, ("21", 4_000, 840), kind="CREDIT_NOTE"), [draft("613000", SERVICE_21, 4_000)]
    )
    assert sides(lines) == ["C 613000 40.00", "C 451063 8.40", "D 440000 48.40"]
    assert grids(lines) == {82: -4_000, 85: 4_000, 63: 840}


def test_pattern_10_credit_note_on_an_intra_eu_service() -> None:
    lines = lines_for_document(
        facts(10_000, ("0", 10_000, 0), kind="CREDIT_NOTE"), [draft("613100", "PURCHASE.ic_service.21.service", 10_000)]
    )
    assert sides(lines) == ["C 613100 100.00", "D 411062 21.00", "C 451061 21.00", "D 440000 100.00"]
    assert grids(lines) == {82: -10_000, 88: -10_000, 84: 10_000, 62: 2_100, 61: 2_100}


def test_pattern_11_sale_at_21() -> None:
    lines = lines_for_document(
        facts(12_100, ("21", 10_000, 2_100), side="SALE"), [draft("701000", "SALE.domestic.21.any", 10_000)]
    )
    assert sides(lines) == ["C 701000 100.00", "C 451054 21.00", "D 400000 121.00"]
    assert grids(lines) == {3: 10_000, 54: 2_100}


def test_pattern_12_sale_at_6() -> None:
    lines = lines_for_document(
        facts(10_600, ("6", 10_000, 600), side="SALE"), [draft("700000", "SALE.domestic.6.any", 10_000)]
    )
    assert sides(lines) == ["C 700000 100.00", "C 451054 6.00", "D 400000 106.00"]
    assert grids(lines) == {1: 10_000, 54: 600}


@pytest.mark.parametrize(
    ("gl_code", "code", "grid"),
    [
        ("700000", "SALE.zero_rate.0.any", 0),
        ("703000", "SALE.ic_goods.0.goods", 46),
        ("704000", "SALE.export_goods.0.goods", 47),
        ("702000", "SALE.cocontractor.0.any", 45),
    ],
)
def test_pattern_13_sale_without_vat(gl_code: str, code: str, grid: int) -> None:
    lines = lines_for_document(facts(10_000, ("0", 10_000, 0), side="SALE"), [draft(gl_code, code, 10_000)])
    assert sides(lines) == [f"C {gl_code} 100.00", "D 400000 100.00"]
    assert grids(lines) == {grid: 10_000}


def test_pattern_14_credit_note_issued() -> None:
    lines = lines_for_document(
        facts(6_050, ("21", 5_000, 1_050), side="SALE", kind="CREDIT_NOTE"),
        [draft("701000", "SALE.domestic.21.any", 5_000)],
    )
    assert sides(lines) == ["D 701000 50.00", "D 411064 10.50", "C 400000 60.50"]
    assert grids(lines) == {49: 5_000, 64: 1_050}


def test_the_printed_vat_is_taken_when_it_is_within_five_cents() -> None:
    lines = lines_for_document(
        facts(12_105, ("21", 10_000, 2_105)), [draft("613000", SERVICE_21, 5_000), draft("614000", SERVICE_21, 5_000)]
    )
    assert sides(lines)[2:] == ["D 411059 21.05", "C 440000 121.05"]


def test_a_printed_vat_six_cents_away_is_asked_about() -> None:
    with pytest.raises(VatDiffers, match=r"De btw aan 21 % is 21,06 op het document en 21,00 volgens de lijnen"):
        lines_for_document(facts(12_106, ("21", 10_000, 2_106)), [draft("613000", SERVICE_21, 10_000)])


def test_a_printed_vat_that_a_person_accepted_is_booked_as_printed() -> None:
    discounted = replace(facts(48_232, ("21", 39_200, 8_232)), accepts_printed_vat=True)
    lines = lines_for_document(discounted, [draft("613000", SERVICE_21, 40_000)])
    assert sides(lines) == ["D 613000 400.00", "D 411059 82.32", "C 440000 482.32"]


def test_a_margin_sale_is_left_to_a_general_journal_entry() -> None:
    with pytest.raises(NotForThisDocument, match="diverse post"):
        lines_for_document(facts(10_000, side="SALE"), [draft("700000", "SALE.margin.21.goods", 10_000)])


def test_vat_of_a_rate_no_line_has_is_asked_about() -> None:
    with pytest.raises(VatDiffers, match=r"De btw aan 6 % is 6,00 op het document en 0,00"):
        lines_for_document(facts(10_600, ("6", 10_000, 600)), [draft("613000", "PURCHASE.no_vat.0.service", 10_000)])


def test_a_total_a_cent_off_is_refused_with_both_figures() -> None:
    with pytest.raises(TotalDiffers, match=r"op 121,01 en de lijnen met btw op 121,00, een verschil van 0,01"):
        lines_for_document(facts(12_101, ("21", 10_000, 2_100)), [draft("613000", SERVICE_21, 10_000)])


def test_vat_without_a_table_on_the_document_is_computed_once_per_rate() -> None:
    half_cents = [draft("613000", SERVICE_21, 2), draft("613000", SERVICE_21, 2), draft("613000", SERVICE_21, 2)]
    assert grids(lines_for_document(facts(7), half_cents)) == {82: 6, 59: 1}


def test_a_discount_line_inside_an_invoice_turns_its_side_and_lowers_its_grid() -> None:
    lines = lines_for_document(
        facts(10_890, ("21", 9_000, 1_890)), [draft("604000", GOODS_21, 10_000), draft("608000", GOODS_21, -1_000)]
    )
    assert sides(lines) == ["D 604000 100.00", "C 608000 10.00", "D 411059 18.90", "C 440000 108.90"]
    assert grids(lines) == {81: 9_000, 59: 1_890}


def test_lines_that_nearly_cancel_out_keep_their_own_vat() -> None:
    lines = lines_for_document(
        facts(6, ("21", 1, 5)), [draft("604000", GOODS_21, 10_000, 50), draft("604000", GOODS_21, -9_999)]
    )
    assert all(abs(line.debit_cents - line.credit_cents) < 15_000 for line in lines)
    assert grids(lines)[59] + grids(lines)[81] == 6


def test_foreign_vat_is_cost_and_touches_no_grid() -> None:
    lines = lines_for_document(
        facts(12_000, ("20", 10_000, 2_000)), [draft("615000", "PURCHASE.foreign_vat.any.any", 10_000)]
    )
    assert sides(lines) == ["D 615000 120.00", "C 440000 120.00"]
    assert grids(lines) == {}


def test_a_zero_line_is_left_out() -> None:
    lines = lines_for_document(
        facts(12_100, ("21", 10_000, 2_100)), [draft("613000", SERVICE_21, 10_000), draft("614000", SERVICE_21, 0)]
    )
    assert sides(lines) == ["D 613000 100.00", "D 411059 21.00", "C 440000 121.00"]


@pytest.mark.parametrize("nets", [[0], [10_000, -10_000], []])
def test_a_document_that_moves_nothing_is_refused(nets: list[int]) -> None:
    with pytest.raises(NothingToBook, match="komt op nul uit"):
        lines_for_document(facts(0), [draft("613000", SERVICE_21, net) for net in nets])


def test_a_settled_advance_comes_to_zero_and_is_booked_without_open_item() -> None:
    lines = lines_for_document(facts(0), [draft("604000", GOODS_21, 10_000), draft("406000", GOODS_21, -10_000)])
    assert sides(lines) == ["D 604000 100.00", "C 406000 100.00"]


def test_a_sales_code_on_a_purchase_is_refused() -> None:
    with pytest.raises(WrongSide, match="is er voor verkopen"):
        lines_for_document(facts(12_100), [draft("613000", "SALE.domestic.21.any", 10_000)])


def test_a_code_for_credit_notes_alone_is_refused_on_an_invoice() -> None:
    with pytest.raises(NotForThisDocument):
        lines_for_document(facts(10_000), [draft("613000", "PURCHASE.domestic_cn_no_vat.any.service", 10_000)])


def test_a_deduction_above_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="tussen 0 en 100"):
        draft("613000", SERVICE_21, 100, 101)


def test_the_worked_example_of_the_return_from_its_booked_documents() -> None:
    invoices = [
        (facts(1_210_000, side="SALE"), draft("701000", "SALE.domestic.21.any", 1_000_000)),
        (facts(106_000, side="SALE"), draft("700000", "SALE.domestic.6.any", 100_000)),
        (facts(500_000, side="SALE"), draft("703000", "SALE.ic_goods.0.goods", 500_000)),
        (facts(60_500, side="SALE", kind="CREDIT_NOTE"), draft("708000", "SALE.domestic.21.any", 50_000)),
        (facts(484_000), draft("604000", GOODS_21, 400_000)),
        (facts(242_000), draft("613000", SERVICE_21, 200_000)),
        (facts(96_800), draft("610100", SERVICE_21, 80_000, 50)),
        (facts(100_000), draft("613100", "PURCHASE.ic_service.21.service", 100_000)),
    ]
    booked = [line for made, coded in invoices for line in lines_for_document(made, [coded])]
    result = balance_of_grids(grids(tuple(booked)))
    assert result.grids == {
        1: 100_000,
        3: 1_000_000,
        46: 500_000,
        49: 50_000,
        54: 216_000,
        55: 21_000,
        59: 155_400,
        64: 10_500,
        71: 71_100,
        81: 400_000,
        82: 388_400,
        88: 100_000,
    }
    for line in booked:
        if line.gl_code.startswith(("411", "451")):
            assert abs(line.debit_cents - line.credit_cents) == dict(line.grids)[int(line.gl_code[-2:])]


PURCHASES = [
    *(f"PURCHASE.domestic.{rate}.{nature}" for rate in (6, 12, 21) for nature in ("goods", "service", "investment")),
    "PURCHASE.no_vat.0.goods",
    "PURCHASE.cocontractor.21.service",
    "PURCHASE.cocontractor.6.service",
    "PURCHASE.ic_goods.21.goods",
    "PURCHASE.ic_service.21.service",
    "PURCHASE.out_of_scope.none.any",
]
SALES = [
    "SALE.domestic.6.any",
    "SALE.domestic.12.any",
    "SALE.domestic.21.any",
    "SALE.ic_goods.0.goods",
    "SALE.cocontractor.0.any",
]
NETS = st.integers(-10_000_000, 10_000_000)


def draft_lines(codes: list[str]) -> st.SearchStrategy[list[DraftLine]]:
    line = st.builds(
        DraftLine,
        gl_code=st.sampled_from(["604000", "613000", "701000"]),
        vat_code=st.sampled_from(codes),
        net_cents=NETS,
        deductible_percent=st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths) / 100),
    )
    return st.lists(line, min_size=1, max_size=6)


def document(lines: list[DraftLine], *, side: str, kind: str, off: int = 0) -> DocumentFacts:
    """The document whose supplier rounded ``off`` cents away in each rate."""
    bases: Counter[Decimal] = Counter()
    for line in lines:
        _side, vat_kind, rate, _nature = line.vat_code.split(".")
        if vat_kind == "domestic":
            bases[Decimal(rate)] += line.net_cents
    printed = tuple(
        PrintedVat(rate, base, percent_of(base, rate) + off)
        for rate, base in bases.items()
        if any(line.net_cents for line in lines if f"domestic.{rate}." in line.vat_code)
    )
    total = sum(line.net_cents for line in lines) + sum(group.vat_cents for group in printed)
    return DocumentFacts(side, kind, total, printed)


def book(made: DocumentFacts, lines: list[DraftLine]) -> tuple[LedgerLine, ...]:
    try:
        return lines_for_document(made, lines)
    except NothingToBook:
        assume(False)
        raise


BOOKS = st.one_of(
    st.tuples(st.just("PURCHASE"), draft_lines(PURCHASES)), st.tuples(st.just("SALE"), draft_lines(SALES))
)
KINDS = st.sampled_from(["INVOICE", "CREDIT_NOTE"])


@given(BOOKS, KINDS, st.integers(-5, 5))
def test_every_entry_balances_and_every_line_has_one_side(
    books: tuple[str, list[DraftLine]], kind: str, off: int
) -> None:
    side, lines = books
    done = book(document(lines, side=side, kind=kind, off=off), lines)
    assert sum(line.debit_cents for line in done) == sum(line.credit_cents for line in done)
    assert all((line.debit_cents > 0) != (line.credit_cents > 0) for line in done)
    assert all(line.debit_cents >= 0 and line.credit_cents >= 0 for line in done)


@given(BOOKS, KINDS, st.integers(-5, 5))
def test_the_order_of_the_lines_means_nothing(books: tuple[str, list[DraftLine]], kind: str, off: int) -> None:
    side, lines = books
    made = document(lines, side=side, kind=kind, off=off)
    turned = list(reversed(lines))
    assert Counter(book(made, lines)) == Counter(book(made, turned))


@given(BOOKS, KINDS, st.integers(-5, 5))
def test_the_grids_of_vat_equal_the_vat_accounts(books: tuple[str, list[DraftLine]], kind: str, off: int) -> None:
    side, lines = books
    done = book(document(lines, side=side, kind=kind, off=off), lines)
    for line in done:
        if line.gl_code.startswith(("411", "451")):
            natural = 1 if line.gl_code.startswith("411") else -1
            assert line.grids == ((int(line.gl_code[-2:]), natural * (line.debit_cents - line.credit_cents)),)


@given(draft_lines([code for code in SALES if "domestic" in code]), KINDS)
def test_net_and_vat_are_the_gross_per_rate(lines: list[DraftLine], kind: str) -> None:
    made = document(lines, side="SALE", kind=kind)
    sums = grids(book(made, lines))
    base, vat = ((1, 2, 3), 54) if kind == "INVOICE" else ((49,), 64)
    assert sum(sums.get(grid, 0) for grid in base) + sums.get(vat, 0) == made.total_cents


@given(BOOKS, KINDS)
def test_a_cent_off_the_total_is_refused(books: tuple[str, list[DraftLine]], kind: str) -> None:
    side, lines = books
    made = document(lines, side=side, kind=kind)
    with pytest.raises(TotalDiffers):
        lines_for_document(DocumentFacts(side, kind, made.total_cents + 1, made.printed_vat), lines)


@given(draft_lines(PURCHASES))
def test_an_invoice_and_its_whole_credit_note_cancel_out_per_account(lines: list[DraftLine]) -> None:
    both = [book(document(lines, side="PURCHASE", kind=kind), lines) for kind in ("INVOICE", "CREDIT_NOTE")]
    left: Counter[str] = Counter()
    for line in (*both[0], *both[1]):
        account = "VAT" if line.gl_code.startswith(("411", "451")) else line.gl_code
        left[account] += line.debit_cents - line.credit_cents
    assert not any(left.values())
