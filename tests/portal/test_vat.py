"""The VAT return in a browser."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.books import NOW, Books, open_new_books
from tests.portal.pages import address, browser_of, query_count
from zelfboeken.access.rights import Role
from zelfboeken.access.services import add_member
from zelfboeken.booking.models import Proposal, SubjectKind
from zelfboeken.booking.rules import DocumentFacts, DraftLine, lines_for_document
from zelfboeken.booking.services import Approval, approve
from zelfboeken.booking.stored import BookingFacts, facts_to_json, lines_to_json
from zelfboeken.ledger.models import Journal, JournalKind
from zelfboeken.ledger.rules import NewLine
from zelfboeken.ledger.services import post_entry
from zelfboeken.portal.typed import read_amount
from zelfboeken.portal.vat_texts import box_name, check_name, tax_text
from zelfboeken.tenancy.models import Administration, VatRegime
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.vat.codes import all_codes
from zelfboeken.vat.rules import DEDUCTIBLE_GRIDS, DUE_GRIDS, PURCHASE_GRIDS, SALES_GRIDS, checks

pytestmark = pytest.mark.django_db
# side, kind, account, VAT code, net, deductible %, total: the worked example of the Belgian rules, chapter 2.5
EXAMPLE = [
    ("SALE", "INVOICE", "700000", "SALE.domestic.21.any", 1_000_000, 100, 1_210_000),
    ("SALE", "INVOICE", "700000", "SALE.domestic.6.any", 100_000, 100, 106_000),
    ("SALE", "INVOICE", "700000", "SALE.ic_goods.0.goods", 500_000, 100, 500_000),
    ("SALE", "CREDIT_NOTE", "700000", "SALE.domestic.21.any", 50_000, 100, 60_500),
    ("PURCHASE", "INVOICE", "604000", "PURCHASE.domestic.21.goods", 400_000, 100, 484_000),
    ("PURCHASE", "INVOICE", "613000", "PURCHASE.domestic.21.service", 200_000, 100, 242_000),
    ("PURCHASE", "INVOICE", "613000", "PURCHASE.domestic.21.service", 80_000, 50, 96_800),
    ("PURCHASE", "INVOICE", "613000", "PURCHASE.ic_service.21.service", 100_000, 100, 100_000),
]
BOXES = {
    "01": "1.000,00",
    "03": "10.000,00",
    "46": "5.000,00",
    "49": "500,00",
    "54": "2.160,00",
    "55": "210,00",
    "59": "1.554,00",
    "64": "105,00",
    "81": "4.000,00",
    "82": "3.884,00",
    "88": "1.000,00",
    "XX": "2.370,00",
    "YY": "1.659,00",
}


def _book(
    books: Books, side: str, kind: str, gl_code: str, vat_code: str, net: int, percent: int, total: int, on: date
) -> None:
    lines = lines_for_document(DocumentFacts(side, kind, total), [DraftLine(gl_code, vat_code, net, Decimal(percent))])
    post_entry(
        access=books.access,
        entry=books.entry(
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
        ),
        at=NOW,
    )


def _book_document(books: Books, line: DraftLine) -> None:
    """Book a purchase with its proposal, as a document is booked."""
    facts = BookingFacts(DocumentFacts("PURCHASE", "INVOICE", 12_100), "F1", None, "", "")
    proposal = Proposal.objects.create(
        domain=books.domain,
        administration_id=books.administration.id,
        subject_kind=SubjectKind.PURCHASE,
        subject_id=1,
        contact_id=books.contact_id,
        on_date=date(2026, 11, 12),
        received_at=NOW,
        facts=facts_to_json(facts),
        lines=lines_to_json((line,)),
        certainty_percent=100,
        is_ready=True,
    )
    approve(access=books.access, approvals=[Approval(proposal.id, 1)], at=NOW)


def _book_example(books: Books, on: date = date(2026, 11, 12)) -> None:
    for row in EXAMPLE:
        _book(books, *row, on=on)


def _page(books: Books, rest: str) -> Any:
    response = browser_of(books.user).get(address(books, f"btw/{rest}"))
    assert response.status_code == 200
    return response.context["page"]


def _boxes(page: Any) -> dict[str, str]:
    return {box.grid: box.amount for group in page.groups for box in group.boxes if not box.is_zero}


@pytest.mark.parametrize("period", ["2026-K4", "2026-11"])
def test_the_worked_example_of_the_rules_fills_its_boxes(period: str):
    with open_new_books() as books:
        _book_example(books)

    page = _page(books, f"{period}/")

    assert _boxes(page) == BOXES
    assert (page.result.grid, page.result.amount) == ("71", "711,00")
    assert {check.tone for check in page.checks} == {"ok"}
    assert page.checks_tone == "ok"
    assert [step.state for step in page.steps] == ["DONE", "DONE", "ELSEWHERE", "ELSEWHERE"]
    assert (page.period_label, page.previous_label) == (
        ("K4 2026", "K3 2026") if period == "2026-K4" else ("nov. 2026", "okt. 2026")
    )


def test_a_control_that_holds_says_what_is_right_and_one_that_does_not_what_is_wrong():
    with open_new_books() as books:
        lines = list(books.purchase(net_cents=10_000, vat_cents=9_000))
        post_entry(access=books.access, entry=books.entry(*lines), at=NOW)

    page = _page(books, "2026-K4/")
    checks = {check.text: check.tone for check in (*page.checks, *page.quiet_checks)}

    assert (
        checks["De aftrekbare btw in 59 is meer dan de helft van de aankopen in 81 tot 85. Leg uit waarom."] == "warn"
    )
    assert checks["54 is 6, 12 en 21 % van 01, 02 en 03"] == "ok"


def _ledger_check(page: Any) -> tuple[str, str]:
    (found,) = [one for one in page.checks if "411 en 451" in one.text]
    return found.tone, found.detail


def test_the_vat_accounts_are_held_against_the_return():
    with open_new_books() as books:
        _book_example(books)
    assert _ledger_check(_page(books, "2026-K4/")) == ("ok", "verschil 0,00")

    with domain_scope(books.domain.id):
        by_hand = (NewLine(books.accounts["411059"], 1_234, 0), NewLine(books.accounts["613000"], 0, 1_234))
        post_entry(access=books.access, entry=books.entry(*by_hand), at=NOW)

    assert _ledger_check(_page(books, "2026-K4/")) == ("bad", "411059: 12,34")
    assert _ledger_check(_page(books, "2026-10/")) == ("ok", "verschil 0,00")


def test_settling_the_return_and_opening_the_year_are_no_difference():
    with open_new_books() as books:
        _book_example(books)
        settles = (NewLine(books.accounts["451054"], 5_000, 0), NewLine(books.accounts["451900"], 0, 5_000))
        post_entry(access=books.access, entry=books.entry(*settles), at=NOW)
        opens = (NewLine(books.accounts["411059"], 700, 0), NewLine(books.accounts["140000"], 0, 700))
        opening = Journal.objects.get(domain=books.domain, kind=JournalKind.OPENING).id
        post_entry(access=books.access, entry=books.entry(*opens, journal_id=opening), at=NOW)

    assert _ledger_check(_page(books, "2026-K4/")) == ("ok", "verschil 0,00")


def test_a_line_of_a_document_shows_its_vat_and_what_is_deducted():
    with open_new_books() as books:
        _book_document(books, DraftLine("613000", "PURCHASE.domestic.21.service", 10_000, Decimal(50)))

    for grid, account in ((82, "613000"), (59, "411059")):
        (row,) = _page(books, f"2026-K4/?rooster={grid}").detail.rows
        assert (row.account[:6], row.vat) == (account, "21\u00a0%, 50\u00a0%")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("SALE.domestic.6.any", "6\u00a0%"),
        ("SALE.exempt_art44.0.any", "vrij"),
        ("PURCHASE.ic_service.21.service", "21\u00a0% EU"),
        ("PURCHASE.cocontractor.21.service", "21\u00a0% verlegd"),
        ("bestaat.niet", ""),
    ],
)
def test_the_vat_of_a_line_in_two_words(code: str, shown: str):
    assert tax_text(code, Decimal(100)) == shown


def test_every_code_of_the_table_and_every_box_has_a_name():
    assert [code for code in all_codes() if not tax_text(code, Decimal(100))] == []
    assert all(box_name(grid) for grid in (*SALES_GRIDS, *PURCHASE_GRIDS, *DUE_GRIDS, *DEDUCTIBLE_GRIDS, 71, 72))
    assert all(check_name(one.code) for one in checks({}))


def test_behind_every_box_stand_the_lines_that_sum_to_it():
    with open_new_books() as books:
        _book_example(books)

    for grid, cents in BOXES.items():
        detail = _page(books, f"2026-K4/?rooster={grid}").detail
        assert (detail.total, detail.is_equal) == (cents, True), grid
        assert bool(detail.rows) == grid.isdigit()
    rows = _page(books, "2026-K4/?rooster=82").detail.rows
    assert sum(read_amount(row.amount) for row in rows) == 388_400
    assert {row.contact for row in rows} == {"Verpakking Staal BV"}
    assert all(row.entry_url.startswith(address(books, "dagboeken/")) for row in rows)


def test_the_period_before_stands_beside_this_one_and_no_other():
    with open_new_books() as books:
        _book_example(books, on=date(2026, 9, 30))
        _book_example(books, on=date(2026, 5, 1))

    page = _page(books, "2026-K4/")

    assert _boxes(page) == {"XX": "0,00", "YY": "0,00"}
    assert {box.grid: box.previous for group in page.groups for box in group.boxes if box.previous != "0,00"} == BOXES
    assert (page.result.grid, page.result.amount, page.result.previous) == ("71", "0,00", "711,00")


def test_more_deduction_than_debt_is_to_be_got_back():
    with open_new_books() as books:
        _book(books, *EXAMPLE[4], on=date(2026, 11, 12))

    page = _page(books, "2026-K4/?rooster=72")

    assert (page.result.grid, page.result.amount) == ("72", "840,00")
    assert page.detail.computed_text == "YY − XX = 840,00"


def test_a_negative_net_purchase_is_carried_to_the_next_return_and_its_lines_still_sum_to_the_box():
    with open_new_books() as books:
        credit = ("PURCHASE", "CREDIT_NOTE", *EXAMPLE[4][2:])
        _book(books, *credit, on=date(2026, 6, 10))
        _book(books, "PURCHASE", "INVOICE", *EXAMPLE[4][2:4], 500_000, 100, 605_000, on=date(2026, 11, 12))

    second, third, fourth = (_page(books, f"2026-K{n}/?rooster=81") for n in (2, 3, 4))

    assert "81" not in _boxes(second)
    assert "81" not in _boxes(third)
    assert _boxes(fourth)["81"] == "1.000,00"
    assert [page.detail.is_equal for page in (second, third, fourth)] == [True, True, True]
    assert "4.000,00" in fourth.detail.computed_text


def test_a_long_box_is_paged_and_its_total_stays_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("zelfboeken.portal.views.vat.ROWS", 2)
    with open_new_books() as books:
        _book_example(books)

    first = _page(books, "2026-K4/?rooster=82").detail
    second = _page(books, first.older_url.removeprefix(address(books, "btw/"))).detail

    assert (len(first.rows), first.total, second.total) == (2, "3.884,00", "3.884,00")
    assert second.newer_url


def test_a_box_is_exported_with_all_its_lines():
    with open_new_books() as books:
        _book_example(books)

    response = browser_of(books.user).get(address(books, "btw/2026-K4/?rooster=01&formaat=csv"))

    assert response["Content-Type"].startswith("text/csv")
    assert "1000,00" in response.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("regime", "code"), [(VatRegime.MONTHLY, r"20\d\d-\d\d"), (VatRegime.QUARTERLY, r"20\d\d-K\d")]
)
def test_the_menu_leads_to_the_period_of_today_by_the_regime(regime: VatRegime, code: str):
    with open_new_books() as books:
        Administration.objects.filter(domain_id=books.domain.id).update(vat_regime=regime)

    response = browser_of(books.user).get(address(books, "btw/"))

    assert response.status_code == 302
    assert re.fullmatch(address(books, f"btw/{code}/"), response["Location"])


@pytest.mark.parametrize("rest", ["2026-13/", "vandaag/", "2026-K4/?rooster=99", "2026-K4/?rooster=x"])
def test_a_period_or_box_that_does_not_exist_is_not_found(rest: str):
    with open_new_books() as books:
        pass

    assert browser_of(books.user).get(address(books, f"btw/{rest}")).status_code == 404


def test_inv09_the_return_of_another_domain_is_not_there():
    with open_new_books() as books:
        _book_example(books)
    with open_new_books() as other:
        pass

    assert browser_of(other.user).get(address(books, "btw/2026-K4/")).status_code == 404
    assert _boxes(_page(other, "2026-K4/")) == {"XX": "0,00", "YY": "0,00"}


def test_who_may_not_see_the_books_sees_no_return():
    with open_new_books() as books:
        pass
    with open_new_books() as other:
        pass
    add_member(domain=books.domain, user=other.user, roles=frozenset({Role.PURCHASE}))

    for rest in ("btw/", "btw/2026-K4/"):
        assert browser_of(other.user).get(address(books, rest)).status_code == 403


@pytest.mark.parametrize("rest", ["2026-K4/", "2026-K4/?rooster=81"])
def test_a_return_asks_as_many_queries_for_three_invoices_as_for_one(rest: str):
    with open_new_books() as books:
        _book(books, *EXAMPLE[4], on=date(2026, 11, 12))
    client = browser_of(books.user)
    one = query_count(client, address(books, f"btw/{rest}"))
    with domain_scope(books.domain.id):
        _book(books, *EXAMPLE[4], on=date(2026, 10, 12))
        _book(books, *EXAMPLE[4], on=date(2026, 11, 12))

    assert query_count(client, address(books, f"btw/{rest}")) == one
