"""What a VAT code does to accounts and grids, and what a period comes to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zelfboeken.money import percent_of
from zelfboeken.vat.codes import Charge, Document, all_codes, vat_code
from zelfboeken.vat.rules import (
    DEDUCTIBLE_GRIDS,
    DUE_GRIDS,
    FLOORED_GRIDS,
    NotForThisDocument,
    added,
    balance_of_grids,
    checks,
    postings,
)

FIFTY = Decimal(50)
EXAMPLE = {1: 100_000, 3: 1_000_000, 46: 500_000, 49: 50_000, 54: 216_000, 55: 21_000, 59: 155_400, 64: 10_500}
EXAMPLE |= {81: 400_000, 82: 388_400, 88: 100_000}


def test_a_half_deductible_purchase_adds_the_other_half_to_its_base() -> None:
    done = postings(
        code=vat_code("PURCHASE.domestic.21.service"),
        document=Document.INVOICE,
        base_cents=80_000,
        vat_cents=16_800,
        deductible_percent=FIFTY,
    )
    assert [(line.gl_code, line.balance_cents, line.grids) for line in done.lines] == [
        ("411059", 8_400, ((59, 8_400),))
    ]
    assert done.base_grids == ((82, 88_400),)
    assert (done.deductible_cents, done.non_deductible_cents) == (8_400, 8_400)


def test_an_uneven_cent_goes_to_the_deductible_part() -> None:
    done = postings(
        code=vat_code("PURCHASE.domestic.21.goods"),
        document=Document.INVOICE,
        base_cents=100,
        vat_cents=21,
        deductible_percent=FIFTY,
    )
    assert (done.deductible_cents, done.non_deductible_cents) == (11, 10)


def test_a_credit_note_under_reverse_charge_gives_back_both_sides() -> None:
    done = postings(
        code=vat_code("PURCHASE.ic_service.21.service"),
        document=Document.CREDIT_NOTE,
        base_cents=10_000,
        vat_cents=2_100,
    )
    assert done.grids == ((61, 2_100), (62, 2_100), (82, -10_000), (84, 10_000), (88, -10_000))
    assert [(line.gl_code, line.balance_cents) for line in done.lines] == [("411062", 2_100), ("451061", -2_100)]


def test_a_code_without_a_formula_for_the_document_is_refused() -> None:
    with pytest.raises(NotForThisDocument, match="kan je niet gebruiken voor een factuur"):
        postings(code=vat_code("SALE.domestic_cn_no_vat.any.any"), document=Document.INVOICE, base_cents=1, vat_cents=0)
    with pytest.raises(NotForThisDocument, match="diverse post"):
        postings(code=vat_code("SALE.margin.21.goods"), document=Document.INVOICE, base_cents=1, vat_cents=0)


def test_a_regularisation_moves_its_account_and_its_grid_alone() -> None:
    done = postings(
        code=vat_code("MANUAL.regularisation_declarant.any.any"), document=Document.ENTRY, base_cents=0, vat_cents=2_100
    )
    assert [(line.gl_code, line.balance_cents, line.grids) for line in done.lines] == [
        ("411062", 2_100, ((62, 2_100),))
    ]
    assert done.base_grids == ()


def test_every_self_charged_code_is_neutral_when_fully_deductible() -> None:
    codes = [
        (code, document)
        for code in all_codes().values()
        for document, formula in code.documents.items()
        if formula.charge is Charge.SELF
    ]
    assert len(codes) == 108
    for code, document in codes:
        done = postings(code=code, document=document, base_cents=10_000, vat_cents=2_100)
        assert sum(line.balance_cents for line in done.lines) == 0, code.code
        result = balance_of_grids(dict(done.grids))
        assert result.payable_cents == result.refundable_cents == 0, code.code


def test_the_worked_example_of_the_rules_from_its_grids() -> None:
    result = balance_of_grids(EXAMPLE)
    assert (result.due_cents, result.deductible_cents) == (237_000, 165_900)
    assert result.grids == {**dict(sorted(EXAMPLE.items())), 71: 71_100}
    assert (result.payable_cents, result.refundable_cents, result.carry) == (71_100, 0, {})
    assert [check.code for check in checks(result.grids) if not check.holds] == []


def test_the_worked_example_of_the_rules_from_the_documents_that_make_it() -> None:
    documents = [
        ("SALE.domestic.21.any", "INVOICE", 1_000_000, 100),
        ("SALE.domestic.6.any", "INVOICE", 100_000, 100),
        ("SALE.ic_goods.0.goods", "INVOICE", 500_000, 100),
        ("SALE.domestic.21.any", "CREDIT_NOTE", 50_000, 100),
        ("PURCHASE.domestic.21.goods", "INVOICE", 400_000, 100),
        ("PURCHASE.domestic.21.service", "INVOICE", 200_000, 100),
        ("PURCHASE.domestic.21.service", "INVOICE", 80_000, 50),
        ("PURCHASE.ic_service.21.service", "INVOICE", 100_000, 100),
    ]
    sums = added(
        *(
            postings(
                code=vat_code(code),
                document=Document(document),
                base_cents=base,
                vat_cents=percent_of(base, vat_code(code).rate or Decimal(0)),
                deductible_percent=Decimal(percent),
            ).grids
            for code, document, base, percent in documents
        )
    )
    assert dict(sums) == EXAMPLE
    assert balance_of_grids(dict(sums)).payable_cents == 71_100


def test_an_empty_return_says_that_nothing_is_due() -> None:
    assert balance_of_grids({}).grids == {71: 0}


def test_more_deduction_than_debt_is_owed_by_the_state() -> None:
    result = balance_of_grids({59: 5_000, 54: 2_000})
    assert result.grids == {54: 2_000, 59: 5_000, 72: 3_000}
    assert result.refundable_cents == 3_000


def test_negative_net_purchases_wait_for_the_next_return() -> None:
    first = balance_of_grids({81: -4_000, 85: 10_000, 63: 2_100})
    assert first.grids == {63: 2_100, 71: 2_100, 85: 10_000}
    assert first.carry == {81: -4_000}
    assert balance_of_grids({81: 3_000}, first.carry).carry == {81: -1_000}
    assert balance_of_grids({81: 9_000}, first.carry).grids == {71: 0, 81: 5_000}


@pytest.mark.parametrize(
    ("grids", "failing"),
    [
        ({54: -1, 71: 0}, "13"),
        ({54: 100}, "71-72"),
        ({54: 100, 71: 100, 72: 100}, "71-72"),
        ({88: 1, 71: 0}, "C"),
        ({87: 1, 71: 0}, "D"),
        ({3: 100_000, 54: 21_000 + 6_201, 71: 1}, "O"),
        ({86: 100_000, 55: 21_000 + 6_201, 71: 1}, "P"),
        ({87: 100_000, 56: 21_000 + 6_201, 71: 1}, "Q"),
        ({81: 100_000, 59: 50_001, 72: 1}, "S"),
        ({85: 100_000, 63: 21_000 + 6_201, 71: 1}, "T"),
        ({49: 100_000, 64: 21_000 + 6_201, 72: 1}, "U"),
        ({88: 10_000_000, 55: 2_100_000, 81: 100_000, 71: 1}, "AC"),
        ({44: 10_000_000, 0: 50_000, 71: 0}, "AD"),
    ],
)
def test_each_check_fails_on_its_own_mistake(grids: dict[int, int], failing: str) -> None:
    assert [check.code for check in checks(grids) if not check.holds] == [failing]


@pytest.mark.parametrize("grids", [{3: 100_000, 54: 27_200, 71: 1}, {49: 100_000, 64: 27_200, 72: 1}])
def test_a_difference_of_62_euro_is_tolerated(grids: dict[int, int]) -> None:
    assert all(check.holds for check in checks(grids))


def test_only_a_negative_grid_and_a_missing_balance_block() -> None:
    assert [check.code for check in checks({}) if check.blocks] == ["13", "71-72"]


CENTS = st.integers(-10_000_000, 10_000_000)


@given(
    sums=st.dictionaries(st.sampled_from([*DUE_GRIDS, *DEDUCTIBLE_GRIDS, 1, 3, 49, 71, 72, 81, 82, 83, 86]), CENTS),
    carried=st.dictionaries(st.sampled_from(FLOORED_GRIDS), st.integers(-5_000_000, -1)),
)
def test_a_return_has_one_balance_and_loses_no_cent(sums: dict[int, int], carried: dict[int, int]) -> None:
    result = balance_of_grids(sums, carried)

    due = sum(sums.get(grid, 0) for grid in (54, 55, 56, 57, 61, 63))
    deductible = sum(sums.get(grid, 0) for grid in (59, 62, 64))
    assert (result.due_cents, result.deductible_cents) == (due, deductible)
    assert (71 in result.grids) != (72 in result.grids)
    assert result.grids.get(71, 0) - result.grids.get(72, 0) == due - deductible
    assert result.payable_cents - result.refundable_cents == due - deductible
    assert (71 in result.grids) == (due >= deductible)
    for grid in {*sums, *carried} - {71, 72}:
        kept = result.grids.get(grid, 0) + result.carry.get(grid, 0)
        assert kept == sums.get(grid, 0) + carried.get(grid, 0)
    assert all(result.grids.get(grid, 0) >= 0 for grid in FLOORED_GRIDS)
    assert all(cents < 0 for cents in result.carry.values())


@given(st.lists(st.dictionaries(st.sampled_from(FLOORED_GRIDS), CENTS), max_size=12))
def test_what_is_carried_from_return_to_return_ends_where_the_whole_would(months: list[dict[int, int]]) -> None:
    carried: dict[int, int] = {}
    shown: dict[int, int] = {}
    for month in months:
        result = balance_of_grids(month, carried)
        carried = dict(result.carry)
        for grid in FLOORED_GRIDS:
            shown[grid] = shown.get(grid, 0) + result.grids.get(grid, 0)
    for grid in FLOORED_GRIDS:
        assert shown.get(grid, 0) + carried.get(grid, 0) == sum(month.get(grid, 0) for month in months)
