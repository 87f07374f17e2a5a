"""Returns from posted documents: the worked example of the rules, months against quarters, and what is behind a box."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.banking import differences
from tests.books import NOW, Books, open_new_books
from zelfboeken.booking.rules import DocumentFacts, DraftLine, lines_for_document
from zelfboeken.ledger.rules import NewEntry, NewLine
from zelfboeken.ledger.services import post_entries, post_entry, reverse_entry
from zelfboeken.money import percent_of
from zelfboeken.reports.queries import grid_lines, grid_sums
from zelfboeken.reports.vat import VatReturn, ledger_differences, vat_returns
from zelfboeken.vat.codes import Charge, Document, VatCode, all_codes, vat_code
from zelfboeken.vat.periods import VatPeriod, read_period
from zelfboeken.vat.rules import FLOORED_GRIDS, checks

pytestmark = pytest.mark.django_db
# side, kind, account, VAT code, net, deductible % (rules, chapter 2.5)
EXAMPLE = [
    ("SALE", "INVOICE", "700000", "SALE.domestic.21.any", 1_000_000, 100),
    ("SALE", "INVOICE", "700000", "SALE.domestic.6.any", 100_000, 100),
    ("SALE", "INVOICE", "703000", "SALE.ic_goods.0.goods", 500_000, 100),
    ("SALE", "CREDIT_NOTE", "700000", "SALE.domestic.21.any", 50_000, 100),
    ("PURCHASE", "INVOICE", "604000", "PURCHASE.domestic.21.goods", 400_000, 100),
    ("PURCHASE", "INVOICE", "613000", "PURCHASE.domestic.21.service", 200_000, 100),
    ("PURCHASE", "INVOICE", "610100", "PURCHASE.domestic.21.service", 80_000, 50),
    ("PURCHASE", "INVOICE", "613100", "PURCHASE.ic_service.21.service", 100_000, 100),
]
GRIDS = {
    1: 100_000, 3: 1_000_000, 46: 500_000, 49: 50_000, 54: 216_000, 55: 21_000, 59: 155_400, 64: 10_500, 71: 71_100,
    81: 400_000, 82: 388_400, 88: 100_000,
}  # fmt: skip


@pytest.fixture
def books() -> Iterator[Books]:
    with open_new_books() as made:
        yield made


def document(
    books: Books, side: str, kind: str, gl_code: str, code: str, net: int, percent: int, on: date = date(2026, 11, 12)
) -> NewEntry:
    """The entry of a document of one line, its VAT computed from its rate."""
    known = vat_code(code)
    formula = known.documents[Document(kind)]
    vat = percent_of(net, known.rate or Decimal(0)) if formula.charge == Charge.PRINTED else 0
    facts = DocumentFacts(side, kind, net + vat)
    lines = lines_for_document(facts, [DraftLine(gl_code, code, net, Decimal(percent))])
    return books.entry(
        *(
            NewLine(
                books.accounts[line.gl_code],
                line.debit_cents,
                line.credit_cents,
                contact_id=books.contact_id if line.is_open_item else None,
                grids=line.grids,
            )
            for line in lines
        ),
        on_date=on,
        journal_id=books.journals["VK" if side == "SALE" else "AK"],
    )


def returned(books: Books, period: str) -> VatReturn:
    """The return of a period."""
    now, _before = vat_returns(
        access=books.access, administration_id=books.administration.id, period=read_period(period)
    )
    return now


def apart(books: Books, period: str) -> dict[str, int]:
    """The VAT accounts that differ from the return of a period."""
    made = returned(books, period)
    return ledger_differences(access=books.access, administration_id=books.administration.id, made=made)


def behind(books: Books, period: VatPeriod, grid: int) -> int:
    """What the lines behind a box sum to."""
    lines = grid_lines(
        access=books.access,
        administration_id=books.administration.id,
        grid=grid,
        from_month=period.starts_on,
        until_month=period.until,
    )
    return sum(line.cents for line in lines)


@pytest.mark.parametrize("period", ["2026-K4", "2026-11"])
def test_the_worked_example_of_the_rules_posted_gives_its_return_and_the_lines_behind_each_box(
    books: Books, period: str
):
    post_entries(access=books.access, entries=[document(books, *row) for row in EXAMPLE], at=NOW)

    now = returned(books, period)

    assert now.balance.grids == GRIDS
    assert (now.balance.payable_cents, now.carried, now.balance.carry) == (71_100, {}, {})
    assert [check.code for check in checks(now.balance.grids) if not check.holds] == []
    for grid, cents in GRIDS.items():
        if grid != 71:
            assert behind(books, now.period, grid) == cents, grid
    assert apart(books, period) == {}
    assert differences(books) == ()


@pytest.mark.parametrize("period", ["2026-K3", "2026-10", "2026-12", "2027-K1", "2025-11"])
def test_no_other_period_has_anything_of_it(books: Books, period: str):
    post_entries(access=books.access, entries=[document(books, *row) for row in EXAMPLE], at=NOW)

    assert returned(books, period).balance.grids == {71: 0}


def test_the_first_and_last_day_of_a_month_lie_in_it(books: Books):
    for on in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)):
        post_entry(access=books.access, entry=document(books, *EXAMPLE[5], on=on), at=NOW)

    assert [returned(books, f"2026-{month}").booked.get(82, 0) for month in (10, 11, 12)] == [200_000, 400_000, 200_000]
    assert returned(books, "2026-K4").booked[82] == 800_000


def test_a_document_taken_back_in_the_next_month_leaves_this_one_and_corrects_that_one(books: Books):
    posted = post_entry(access=books.access, entry=document(books, *EXAMPLE[4], on=date(2026, 10, 5)), at=NOW)
    reverse_entry(access=books.access, entry_id=posted.id, on=date(2026, 11, 5), at=NOW)

    october, november = returned(books, "2026-10"), returned(books, "2026-11")

    assert october.balance.grids == {59: 84_000, 72: 84_000, 81: 400_000}
    assert (november.booked, november.balance.carry) == ({59: -84_000, 81: -400_000}, {81: -400_000})
    assert [check.code for check in checks(november.balance.grids) if check.blocks and not check.holds] == ["13"]
    assert returned(books, "2026-K4").balance.grids == {71: 0}


def test_a_vat_account_booked_without_its_grid_is_found(books: Books):
    for debit, credit in (("411059", "550000"), ("550000", "451054")):
        entry = books.entry(
            NewLine(books.accounts[debit], 2_100, 0),
            NewLine(books.accounts[credit], 0, 2_100),
            journal_id=books.journals["DP"],
        )
        post_entry(access=books.access, entry=entry, at=NOW)
    assert apart(books, "2026-K4") == {"411059": 2_100, "451054": 2_100}

    grid_alone = books.entry(
        NewLine(books.accounts["613000"], 100, 0, grids=((59, 2_100), (55, 7))),
        NewLine(books.accounts["550000"], 0, 100),
    )
    post_entry(access=books.access, entry=grid_alone, at=NOW)
    assert apart(books, "2026-K4") == {"451054": 2_100, "451055": -7}


POSTABLE = sorted(
    code.code
    for code in all_codes().values()
    if code.side != "MANUAL" and code.kind not in {"margin", "foreign_vat"} and Document.INVOICE in code.documents
)


def _account(code: VatCode) -> str:
    if code.side == "SALE":
        return "700000"
    return {"goods": "604000", "investment": "230000"}.get(code.nature, "613000")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(POSTABLE),
            st.sampled_from(["INVOICE", "CREDIT_NOTE"]),
            st.integers(1, 5_000_000),
            st.sampled_from([0, 35, 50, 100]),
            st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_three_months_are_a_quarter_four_quarters_a_year_and_every_box_its_lines(
    books: Books, rows: list[tuple[str, str, int, int, date]]
):
    point = transaction.savepoint()
    entries = []
    for text, kind, net, percent, on in rows:
        code = vat_code(text)
        if Document(kind) in code.documents:
            share = percent if code.side == "PURCHASE" else 100
            entries.append(document(books, code.side, kind, _account(code), text, net, share, on))
    post_entries(access=books.access, entries=entries, at=NOW)

    booked: dict[int, int] = {}
    for quarter in range(1, 5):
        whole = returned(books, f"2026-K{quarter}")
        months = [returned(books, f"2026-{month:02}") for month in range(quarter * 3 - 2, quarter * 3 + 1)]
        for grid in {grid for one in (whole, *months) for grid in one.booked}:
            assert whole.booked.get(grid, 0) == sum(one.booked.get(grid, 0) for one in months)
            assert behind(books, whole.period, grid) == whole.booked.get(grid, 0)
            booked[grid] = booked.get(grid, 0) + whole.booked.get(grid, 0)
        assert whole.balance.due_cents == sum(one.balance.due_cents for one in months)
        assert whole.balance.deductible_cents == sum(one.balance.deductible_cents for one in months)
        for grid in FLOORED_GRIDS:
            box, carry = whole.balance.grids.get(grid, 0), whole.balance.carry.get(grid, 0)
            assert box + carry == whole.booked.get(grid, 0) + whole.carried.get(grid, 0)
        assert apart(books, f"2026-K{quarter}") == {}
    year = grid_sums(
        access=books.access,
        administration_id=books.administration.id,
        from_month=date(2026, 1, 1),
        until_month=date(2027, 1, 1),
    )
    assert {grid: cents for grid, cents in year.items() if cents} == {grid: c for grid, c in booked.items() if c}
    transaction.savepoint_rollback(point)
