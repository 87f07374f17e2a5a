"""From a proposal to an entry and back: what a person changes, what he must say first, and what is learnt from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.books import NOW, TODAY, Books, fill_books, new_domain, open_new_books
from tests.files import THEM, US, invoice
from tests.hostile import with_text
from tests.intake import book, chosen, counted, entry_of, grids_of, invoice_of, proposed, receive, sides_of, ubl
from zelfboeken.access.models import RoleAssignment
from zelfboeken.access.services import NotAllowed, access_of
from zelfboeken.audit.models import Event
from zelfboeken.booking.models import HabitCount, Proposal
from zelfboeken.booking.rules import DraftLine, NothingToBook, TotalDiffers, VatDiffers, WrongSide
from zelfboeken.booking.services import (
    AmountsDoubted,
    Approval,
    ForeignCurrency,
    NotBooked,
    ProposalChanged,
    RateNotUsable,
    SomethingToBook,
    UnknownProposal,
    approve,
    change_lines,
    confirm_amounts,
    convert_to_euro,
    correct,
    handle_without_entry,
    take_back,
)
from zelfboeken.booking.stored import facts_from_json, lines_from_json
from zelfboeken.invoices.writers.ubl import UblAllowance
from zelfboeken.ledger.models import Entry, OpenItem, Period, PeriodState
from zelfboeken.ledger.queries import UnknownAccount
from zelfboeken.ledger.services import PeriodNotOpen
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.vat.codes import UnknownVatCode

pytestmark = pytest.mark.django_db

SERVICE = "PURCHASE.domestic.21.service"
BOXES = ("Kartonnen dozen", "100.00", "S", "21")
USUAL = ["D 601000 100.00", "D 411059 21.00", "C 440000 121.00"]


def boxes(number: str = "2026-1187", net: str = "100.00", **more: object) -> bytes:
    return ubl(("Kartonnen dozen", net, "S", "21"), number=number, **more)  # type: ignore[arg-type]


def buckets(n: int, net: str = "100.00", **more: object) -> bytes:
    """The n-th invoice, of the n-th month, for something that no word gives away."""
    return ubl(
        ("Grijze emmers", net, "S", "21"),
        number=f"A{n}",
        issued_on=date(2026, n, 12),
        **more,  # type: ignore[arg-type]
    )


def now(books: Books, proposal: Proposal) -> Proposal:
    """The proposal as it is stored now."""
    return Proposal.objects.get(domain_id=books.domain.id, id=proposal.id)


def change(books: Books, proposal: Proposal, *lines: DraftLine, on_date: date | None = None) -> Proposal:
    return change_lines(
        access=books.access,
        proposal_id=proposal.id,
        version=proposal.version,
        on_date=on_date or proposal.on_date,
        lines=lines,
        at=NOW,
    )


def undo(books: Books, proposal: Proposal, on: date = TODAY) -> None:
    take_back(access=books.access, proposal_id=proposal.id, version=now(books, proposal).version, on=on, at=NOW)


def correct_it(books: Books, proposal: Proposal, *lines: DraftLine, on: date = TODAY) -> int:
    stored = now(books, proposal)
    return correct(
        access=books.access,
        proposal_id=stored.id,
        version=stored.version,
        on=on,
        on_date=stored.on_date,
        lines=lines,
        at=NOW,
    ).entry.id


# What a person changes


def test_a_line_is_given_another_account_and_vat_code_and_split() -> None:
    with open_new_books() as books:
        changed = change(
            books,
            proposed(books, receive(books, boxes())),
            DraftLine("604000", "PURCHASE.domestic.21.goods", 6_000),
            DraftLine("612200", "PURCHASE.domestic.21.misc_goods", 4_000),
        )
        entry_id = book(books, changed)

        assert sides_of(books, entry_id) == [
            "D 604000 60.00", "D 612200 40.00", "D 411059 21.00", "C 440000 121.00",
        ]  # fmt: skip
        assert grids_of(books, entry_id) == {59: 2_100, 81: 6_000, 82: 4_000}


def test_part_of_the_vat_is_cost() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        entry_id = book(books, change(books, proposal, DraftLine("612100", SERVICE, 10_000, Decimal("33.33"))))

        assert sides_of(books, entry_id) == ["D 612100 114.00", "D 411059 7.00", "C 440000 121.00"]
        assert grids_of(books, entry_id) == {59: 700, 82: 11_400}


def test_the_date_of_booking_is_the_persons() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        changed = change(books, proposal, *lines_from_json(proposal.lines), on_date=date(2026, 10, 31))
        entry = Entry.objects.get(domain_id=books.domain.id, id=book(books, changed))

        assert entry.on_date == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (DraftLine("601000", SERVICE, 10_001), TotalDiffers),
        (DraftLine("601000", "PURCHASE.domestic.6.service", 10_000), VatDiffers),
        (DraftLine("601000", "SALE.domestic.21.any", 10_000), WrongSide),
        (DraftLine("601000", "PURCHASE.domestic.20.goods", 10_000), UnknownVatCode),
        (DraftLine("601001", SERVICE, 10_000), UnknownAccount),
    ],
)
def test_inv01_lines_that_do_not_make_up_the_document_are_refused_and_nothing_is_kept(
    line: DraftLine, refusal: type[Exception]
) -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        with pytest.raises(refusal) as no:
            change(books, proposal, line)

        assert str(no.value).endswith(".")
        assert now(books, proposal).version == proposal.version
        assert now(books, proposal).lines == proposal.lines
        assert counted(books)["entries"] == 0


# What a person must say first


@pytest.mark.parametrize("printed", ["20.95", "21.05"])
def test_the_vat_as_printed_is_taken_within_five_cents(printed: str) -> None:
    total = f"{Decimal('100') + Decimal(printed):.2f}"
    content = boxes().replace(b">21.00<", f">{printed}<".encode()).replace(b">121.00<", f">{total}<".encode())
    with open_new_books() as books:
        assert sides_of(books, entry_of(books, content)) == [
            "D 601000 100.00", f"D 411059 {printed}", f"C 440000 {total}",
        ]  # fmt: skip


@pytest.mark.parametrize("printed", ["20.94", "21.06"])
def test_beyond_five_cents_a_person_is_asked_and_his_word_books_it_as_printed(printed: str) -> None:
    total = f"{Decimal('100') + Decimal(printed):.2f}"
    content = boxes().replace(b">21.00<", f">{printed}<".encode()).replace(b">121.00<", f">{total}<".encode())
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))
        assert not proposal.is_ready
        with pytest.raises(VatDiffers, match="of bevestig de btw van het document"):
            book(books, proposal)

        confirm_amounts(access=books.access, proposal_id=proposal.id, version=proposal.version, at=NOW)

        confirmed = now(books, proposal)
        assert not [text for text in confirmed.problems if "btw aan 21 %" in text and "volgens de lijnen" in text]
        assert sides_of(books, book(books, confirmed)) == [
            "D 601000 100.00", f"D 411059 {printed}", f"C 440000 {total}",
        ]  # fmt: skip
        assert Event.objects.filter(domain_id=books.domain.id, action="proposal.confirmed").count() == 1


@pytest.mark.parametrize("written", ["NaN", "1e5", "1,00", "INF", "0x10", "1 000.00", "١٢٣", "1.2.3", "--1", "€100"])
@pytest.mark.parametrize("place", ["TaxInclusiveAmount", "LineExtensionAmount", "TaxAmount", "PayableAmount"])
def test_what_is_no_amount_in_the_file_is_said_and_booked_only_when_a_person_confirms(written: str, place: str) -> None:
    text = boxes().decode()
    start = text.index(f"<cbc:{place}")
    at = text.index(">", start) + 1
    content = (text[:at] + written + text[text.index("<", at) :]).encode()
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))
        assert not proposal.is_ready
        with pytest.raises(AmountsDoubted) as no:
            book(books, proposal)

        assert str(no.value) == (
            f"“{written}” is geen bedrag. Schrijf het als 1234.56. Kijk de bedragen na op het document en bevestig ze."
        )
        assert counted(books)["entries"] == 0
        confirm_amounts(access=books.access, proposal_id=proposal.id, version=proposal.version, at=NOW)
        assert facts_from_json(now(books, proposal).facts).doubts == ()


def test_an_amount_in_another_currency_than_the_document_is_never_taken_for_euro() -> None:
    content = boxes().replace(b'<cbc:PayableAmount currencyID="EUR">', b'<cbc:PayableAmount currencyID="USD">')
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))

        with pytest.raises(AmountsDoubted, match="Dit bedrag is in USD, niet in EUR"):
            book(books, proposal)


def test_amounts_in_dollars_are_booked_in_euro_at_the_rate_a_person_gives_and_never_before() -> None:
    with open_new_books() as books:
        arrived = receive(books, boxes(currency="USD"))
        proposal = proposed(books, arrived)
        assert "De factuur is in USD: reken eerst om naar euro." in proposal.problems
        with pytest.raises(ForeignCurrency, match="De bedragen zijn in USD, niet in euro"):
            book(books, proposal)

        convert_to_euro(
            access=books.access, proposal_id=proposal.id, version=proposal.version, rate=Decimal("0.92"), at=NOW
        )

        converted = now(books, proposal)
        assert converted.reasons[-1] == "Omgerekend uit USD aan 0,92 euro."
        assert not [text for text in converted.problems if "USD" in text]
        entry_id = book(books, converted)
        assert sides_of(books, entry_id) == ["D 601000 92.00", "D 411059 19.32", "C 440000 111.32"]
        assert invoice_of(arrived).currency == "USD"
        assert invoice_of(arrived).total_cents == 12_100


@pytest.mark.parametrize("rate", ["0.3333333333", "1.0835", "0.0059", "1234.56"])
def test_no_cent_is_lost_in_a_conversion(rate: str) -> None:
    content = ubl(
        ("Kartonnen dozen", "33.33", "S", "21"),
        ("Bloem", "19.99", "S", "6"),
        ("Kartonnen dozen klein", "0.01", "S", "21"),
        currency="USD",
    )
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))
        convert_to_euro(
            access=books.access, proposal_id=proposal.id, version=proposal.version, rate=Decimal(rate), at=NOW
        )
        converted = now(books, proposal)
        document = facts_from_json(converted.facts).document

        nets = sum(line.net_cents for line in lines_from_json(converted.lines))
        assert nets + sum(group.vat_cents for group in document.printed_vat) == document.total_cents
        assert book(books, converted)


@pytest.mark.parametrize("rate", ["0", "-1", "1000001"])
def test_a_rate_that_turns_nothing_into_euro_is_refused(rate: str) -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes(currency="USD")))
        with pytest.raises(RateNotUsable):
            convert_to_euro(
                access=books.access, proposal_id=proposal.id, version=proposal.version, rate=Decimal(rate), at=NOW
            )


def test_a_document_of_zero_is_handled_without_an_entry_and_may_come_back() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, ubl(("Staal, gratis", "0.00", "S", "21"))))
        with pytest.raises(NothingToBook, match="Je mag het afhandelen zonder boeking"):
            book(books, proposal)

        handle_without_entry(access=books.access, proposal_id=proposal.id, version=proposal.version, at=NOW)

        handled = now(books, proposal)
        assert (handled.handled_at, handled.entry_id) == (NOW, None)
        assert counted(books)["entries"] == 0
        with pytest.raises(ProposalChanged):
            book(books, handled)
        undo(books, handled)
        assert now(books, handled).handled_at is None
        actions = Event.objects.filter(domain_id=books.domain.id, action__startswith="proposal.").order_by("id")
        assert [one.action for one in actions] == ["proposal.handled", "proposal.reopened"]


def test_a_document_with_amounts_is_not_put_aside() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        with pytest.raises(SomethingToBook):
            handle_without_entry(access=books.access, proposal_id=proposal.id, version=proposal.version, at=NOW)


def test_a_settled_advance_of_zero_is_booked_for_it_moves_accounts() -> None:
    content = ubl(("Kartonnen dozen", "100.00", "S", "21"), ("Voorschot van maart", "-100.00", "S", "21"))
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))
        lines = lines_from_json(proposal.lines)
        entry_id = book(
            books, change(books, proposal, lines[0], replace(lines[1], gl_code="406000", vat_code=lines[0].vat_code))
        )
        assert sides_of(books, entry_id) == ["D 601000 100.00", "C 406000 100.00"]


# What an invoice may look like


def test_an_invoice_with_two_rates() -> None:
    content = ubl(("Kartonnen dozen", "100.00", "S", "21"), ("Tarwebloem", "200.00", "S", "6"))
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))
        entry_id = book(books, proposal)

        assert sides_of(books, entry_id)[-2:] == ["D 411059 33.00", "C 440000 333.00"]
        assert grids_of(books, entry_id) == {59: 3_300, 81: 30_000}


def test_a_negative_line_lowers_its_account_and_grid() -> None:
    content = ubl(("Kartonnen dozen", "100.00", "S", "21"), ("Kartonnen dozen terug", "-30.00", "S", "21"))
    with open_new_books() as books:
        entry_id = entry_of(books, content)

        assert sides_of(books, entry_id) == [
            "D 601000 100.00", "C 601000 30.00", "D 411059 14.70", "C 440000 84.70",
        ]  # fmt: skip
        assert grids_of(books, entry_id) == {59: 1_470, 81: 7_000}


def test_discounts_and_charges_of_the_whole_document_are_lines() -> None:
    content = ubl(
        BOXES,
        allowances=(
            UblAllowance(1_000, "Kartonnen dozen, korting", "S", Decimal(21)),
            UblAllowance(500, "Verzending", "S", Decimal(21), is_charge=True),
        ),
    )
    with open_new_books() as books:
        entry_id = entry_of(books, content)

        assert sides_of(books, entry_id)[0] == "D 601000 100.00"
        assert sides_of(books, entry_id)[-1] == "C 440000 114.95"
        assert sum(cents for grid, cents in grids_of(books, entry_id).items() if grid in (81, 82)) == 9_500


def test_what_was_prepaid_stays_in_the_open_item_for_its_payment_stands_on_the_bank() -> None:
    with open_new_books() as books:
        arrived = receive(books, ubl(BOXES, prepaid_cents=4_100))
        entry_id = book(books, proposed(books, arrived))

        assert invoice_of(arrived).payable_cents == 8_000
        assert OpenItem.objects.get(domain_id=books.domain.id, entry_id=entry_id).amount_cents == -12_100


def test_a_rounding_of_cents_stays_open_for_the_payment_to_settle() -> None:
    payable = b'<cbc:PayableRoundingAmount currencyID="EUR">-0.01</cbc:PayableRoundingAmount><cbc:PayableAmount '
    content = (
        boxes(net="100.01")
        .replace(b"<cbc:PayableAmount ", payable)
        .replace(b">121.01</cbc:Payable", b">121.00</cbc:Payable")
    )
    with open_new_books() as books:
        arrived = receive(books, content)
        entry_id = book(books, proposed(books, arrived))

        assert (invoice_of(arrived).total_cents, invoice_of(arrived).payable_cents) == (12_101, 12_100)
        assert OpenItem.objects.get(domain_id=books.domain.id, entry_id=entry_id).amount_cents == -12_101


def test_an_invoice_with_a_negative_total_is_booked_as_the_credit_note_it_is() -> None:
    with open_new_books() as books:
        arrived = receive(books, ubl(("Kartonnen dozen terug", "-100.00", "S", "21")))
        proposal = proposed(books, arrived)

        assert (invoice_of(arrived).kind, invoice_of(arrived).total_cents) == ("CREDIT_NOTE", 12_100)
        assert "Deze factuur heeft een negatief totaal" in proposal.problems[0]
        entry_id = book(books, proposal)
        assert sides_of(books, entry_id) == ["C 601000 100.00", "C 451063 21.00", "D 440000 121.00"]
        assert grids_of(books, entry_id) == {63: 2_100, 81: -10_000, 85: 10_000}


def test_a_credit_note_with_a_negative_total_is_asked_about() -> None:
    content = ubl(("Kartonnen dozen", "-100.00", "S", "21"), kind="CREDIT_NOTE")
    with open_new_books() as books:
        proposal = proposed(books, receive(books, content))

        assert not proposal.is_ready
        assert "Deze creditnota heeft een negatief totaal" in proposal.problems[0]


# Reversing and correcting


def test_inv04_a_booking_taken_back_leaves_nothing_and_waits_again() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        entry_id = book(books, proposal)
        undo(books, proposal)

        entries = Entry.objects.filter(domain_id=books.domain.id).order_by("id")
        assert [one.reverses_id for one in entries] == [None, entry_id]
        assert now(books, proposal).entry_id is None
        assert now(books, proposal).lines == proposal.lines
        items = OpenItem.objects.filter(domain_id=books.domain.id)
        assert all(item.amount_cents == item.matched_cents for item in items)


def test_reversing_and_correcting_is_one_step() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        first = book(books, proposal)
        second = correct_it(books, proposal, DraftLine("613000", SERVICE, 10_000))

        entries = list(Entry.objects.filter(domain_id=books.domain.id).order_by("seq"))
        assert [(one.id, one.reverses_id, one.attempt) for one in entries] == [
            (first, None, 1), (entries[1].id, first, 1), (second, None, 2),
        ]  # fmt: skip
        assert sides_of(books, entries[1].id) == ["C 601000 100.00", "C 411059 21.00", "D 440000 121.00"]
        assert sides_of(books, second) == ["D 613000 100.00", "D 411059 21.00", "C 440000 121.00"]
        assert now(books, proposal).entry_id == second


@pytest.mark.parametrize(
    "line",
    [
        DraftLine("613000", SERVICE, 10_001),
        DraftLine("613999", SERVICE, 10_000),
        DraftLine("613000", "SALE.domestic.21.any", 10_000),
    ],
)
def test_a_correction_that_is_refused_reverses_nothing(line: DraftLine) -> None:
    from django.db import transaction

    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        entry_id = book(books, proposal)
        with pytest.raises((TotalDiffers, UnknownAccount, WrongSide)), transaction.atomic():
            correct_it(books, proposal, line)

        assert Entry.objects.filter(domain_id=books.domain.id).count() == 1
        assert now(books, proposal).entry_id == entry_id


def test_a_reversal_has_the_date_of_its_entry_while_that_month_is_open() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes(issued_on=date(2026, 10, 12))))
        book(books, proposal)
        undo(books, proposal)

        dates = Entry.objects.filter(domain_id=books.domain.id).order_by("seq").values_list("on_date", flat=True)
        assert list(dates) == [date(2026, 10, 12)] * 2


def test_inv12_a_reversal_goes_to_an_open_month_when_that_of_its_entry_is_closed() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes(issued_on=date(2026, 10, 12))))
        book(books, proposal)
        Period.objects.filter(domain_id=books.domain.id, starts_on="2026-10-01").update(state=PeriodState.CLOSED)
        undo(books, proposal)

        dates = Entry.objects.filter(domain_id=books.domain.id).order_by("seq").values_list("on_date", flat=True)
        assert list(dates) == [date(2026, 10, 12), TODAY]


def test_inv12_nothing_is_reversed_when_no_month_takes_it() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        entry_id = book(books, proposal)
        Period.objects.filter(domain_id=books.domain.id).update(state=PeriodState.CLOSED)

        with pytest.raises(PeriodNotOpen):
            undo(books, proposal)
        assert now(books, proposal).entry_id == entry_id


def test_what_was_not_booked_is_not_taken_back() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        with pytest.raises(NotBooked):
            undo(books, proposal)


# Who was first


def test_a_form_that_was_opened_before_a_change_is_refused_by_every_service() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        change(books, proposal, DraftLine("613000", SERVICE, 10_000))
        stale = {"access": books.access, "proposal_id": proposal.id, "version": proposal.version, "at": NOW}

        with pytest.raises(ProposalChanged, match="intussen gewijzigd"):
            approve(access=books.access, approvals=[Approval(proposal.id, proposal.version)], at=NOW)
        with pytest.raises(ProposalChanged):
            change_lines(**stale, on_date=TODAY, lines=())  # type: ignore[arg-type]
        with pytest.raises(ProposalChanged):
            confirm_amounts(**stale)  # type: ignore[arg-type]
        with pytest.raises(ProposalChanged):
            handle_without_entry(**stale)  # type: ignore[arg-type]
        with pytest.raises(ProposalChanged):
            convert_to_euro(**stale, rate=Decimal(1))  # type: ignore[arg-type]


def test_who_comes_second_is_told_that_it_is_booked() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        book(books, proposal)

        with pytest.raises(ProposalChanged, match="Iemand anders boekte dit stuk"):
            book(books, proposal)


def test_an_undo_that_was_opened_before_another_booking_undoes_nothing() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        book(books, proposal)
        old = now(books, proposal).version
        undo(books, proposal)
        book(books, now(books, proposal))

        with pytest.raises(ProposalChanged):
            take_back(access=books.access, proposal_id=proposal.id, version=old, on=TODAY, at=NOW)
        assert now(books, proposal).entry_id is not None


def test_inv18_one_refused_proposal_keeps_all_of_a_batch_from_being_booked() -> None:
    from django.db import transaction

    with open_new_books() as books:
        first = proposed(books, receive(books, boxes("1")))
        second = proposed(books, receive(books, boxes("2", currency="USD")))
        approvals = [Approval(first.id, first.version), Approval(second.id, second.version)]

        with pytest.raises(ForeignCurrency), transaction.atomic():
            approve(access=books.access, approvals=approvals, at=NOW)
        assert counted(books)["entries"] == 0


def test_inv09_a_proposal_of_another_domain_is_like_one_that_is_not_there() -> None:
    with open_new_books() as ours:
        proposal = proposed(ours, receive(ours, boxes()))
    with open_new_books() as theirs:
        for proposal_id in (proposal.id, 999_999_999):
            with pytest.raises(UnknownProposal):
                approve(access=theirs.access, approvals=[Approval(proposal_id, 1)], at=NOW)


def test_inv23_a_role_withdrawn_meanwhile_counts_in_every_service() -> None:
    domain, user = new_domain()
    with domain_scope(domain.id):
        books = fill_books(domain, user)
        proposal = proposed(books, receive(books, boxes()))
        RoleAssignment.objects.filter(member__user=user).update(state="WITHDRAWN")
        access = access_of(user_id=user.id, slug=domain.slug, on=TODAY)
        which = {"access": access, "proposal_id": proposal.id, "version": proposal.version, "at": NOW}

        for call in (
            lambda: approve(access=access, approvals=[Approval(proposal.id, proposal.version)], at=NOW),
            lambda: change_lines(**which, on_date=TODAY, lines=()),  # type: ignore[arg-type]
            lambda: take_back(**which, on=TODAY),  # type: ignore[arg-type]
            lambda: correct(**which, on=TODAY, on_date=TODAY, lines=()),  # type: ignore[arg-type]
            lambda: confirm_amounts(**which),  # type: ignore[arg-type]
            lambda: handle_without_entry(**which),  # type: ignore[arg-type]
            lambda: convert_to_euro(**which, rate=Decimal(1)),  # type: ignore[arg-type]
        ):
            with pytest.raises(NotAllowed):
                call()
        assert counted(books)["entries"] == 0


# What is learnt


def counts(books: Books) -> dict[tuple[str, str], int]:
    rows = HabitCount.objects.filter(domain_id=books.domain.id, times__gt=0)
    return {(row.feature, row.outcome): row.times for row in rows}


def test_three_bookings_of_a_supplier_make_the_fourth_ready_with_the_reason() -> None:
    with open_new_books() as books:
        for n in (1, 2, 3):
            proposal = proposed(books, receive(books, buckets(n)))
            book(books, chosen(books, proposal, "612400", "PURCHASE.domestic.21.misc_goods"))
        fourth = proposed(books, receive(books, buckets(4, "250.00")))

        assert fourth.lines[0][:2] == ["612400", "PURCHASE.domestic.21.misc_goods"]
        assert fourth.is_ready
        assert fourth.reasons[0] == "Rekening 612400 zoals bij de 3 vorige facturen van deze relatie."


def test_what_is_reversed_is_unlearned_to_the_last_count() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes("A1")))
        book(books, proposal)
        before = counts(books)
        second = proposed(books, receive(books, boxes("A2", "150.00")))
        book(books, chosen(books, second, "613000", SERVICE))
        assert counts(books) != before
        undo(books, second)

        assert counts(books) == before
        undo(books, proposal)
        assert counts(books) == {}


def test_a_correction_learns_the_new_account_and_forgets_the_old() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, boxes()))
        book(books, proposal)
        correct_it(books, proposal, DraftLine("613000", SERVICE, 10_000, description="Kartonnen dozen"))

        assert {outcome.split("|")[0] for _, outcome in counts(books)} == {"613000"}


def test_one_reversed_booking_among_three_takes_the_certainty_away() -> None:
    with open_new_books() as books:
        done = []
        for n in (1, 2, 3):
            proposal = proposed(books, receive(books, buckets(n)))
            book(books, chosen(books, proposal, "612400", "PURCHASE.domestic.21.misc_goods"))
            done.append(proposal)
        for proposal in done[1:]:
            undo(books, proposal)

        assert not proposed(books, receive(books, buckets(9))).is_ready


def test_another_domain_learns_nothing() -> None:
    with open_new_books() as ours:
        for n in (1, 2, 3):
            proposal = proposed(ours, receive(ours, buckets(n)))
            book(ours, chosen(ours, proposal, "612400", "PURCHASE.domestic.21.misc_goods"))
    with open_new_books() as theirs:
        assert proposed(theirs, receive(theirs, buckets(4))).lines[0][0] == "619000"


def test_a_chosen_account_of_the_supplier_wins_over_words_and_is_ready_at_once() -> None:
    from zelfboeken.contacts.services import choose_purchase_account

    with open_new_books() as books:
        first = proposed(books, receive(books, boxes("A1")))
        choose_purchase_account(access=books.access, contact_id=first.contact_id, gl_code="612200", at=NOW)
        second = proposed(books, receive(books, boxes("A2")))

        assert (first.lines[0][0], first.is_ready) == ("601000", False)
        assert (second.lines[0][0], second.is_ready) == ("612200", True)
        assert second.reasons[0] == "Rekening 612200 is de vaste rekening die je voor deze relatie koos."


def test_the_words_of_a_line_give_a_first_account_and_never_certainty() -> None:
    with open_new_books() as books:
        for n, (text, gl_code) in enumerate((("Elektriciteit november", "612000"), ("Diesel", "611200"))):
            proposal = proposed(books, receive(books, ubl((text, "100.00", "S", "21"), number=f"W{n}")))
            assert (proposal.lines[0][0], proposal.is_ready) == (gl_code, False)


def test_vat_of_a_supplier_without_a_number_is_said_to_have_none() -> None:
    supplier = replace(THEM, vat=None, enterprise="0403019261")
    with open_new_books() as books:
        for n in (1, 2, 3, 4):
            proposal = proposed(books, receive(books, buckets(n, supplier=supplier)))
            book(books, proposal)

        assert "maar geen btw-nummer van de leverancier" in " ".join(proposal.reasons)


def test_inv33_a_file_with_an_error_is_never_ready_however_often_it_was_booked() -> None:
    with open_new_books() as books:
        for n in (1, 2, 3, 4):
            book(books, proposed(books, receive(books, boxes(f"A{n}", issued_on=date(2026, n, 12)))))
        wrong = boxes("A9").replace(b">121.00<", b">131.00<")

        assert proposed(books, receive(books, boxes("A8"))).is_ready
        assert not proposed(books, receive(books, wrong)).is_ready


def test_a_customer_is_not_taken_for_a_supplier_of_the_same_number() -> None:
    with open_new_books() as books:
        for n in (1, 2, 3):
            book(books, proposed(books, receive(books, boxes(f"A{n}", issued_on=date(2026, n, 12)))))
        sold = proposed(books, receive(books, invoice("V1", supplier=US, customer=THEM, description="Kartonnen dozen")))

        assert sold.lines[0][:2] == ["701000", "SALE.domestic.21.any"]


def test_a_text_that_is_a_script_is_kept_as_text() -> None:
    with open_new_books() as books:
        proposal = proposed(books, receive(books, with_text("Broodzakken kraft", "&lt;script&gt;")))

        assert proposal.lines[0][4] == "<script>"
