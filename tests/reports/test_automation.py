"""What went without a hand in a domain in the last thirty days, as the monitor tells it beside the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.banking import add_account, bank_lines, decide, member, owed, take_in
from tests.books import NOW, TODAY
from tests.files import OGM, OUR_IBAN, movement, statement
from tests.intake import receive, ubl
from tests.portal.offices import Office, new_office, new_staff
from zelfboeken.access.office import UnknownDomain, portal_access_of
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.booking.models import Proposal
from zelfboeken.booking.services import Approval, change_lines
from zelfboeken.booking.stored import lines_from_json
from zelfboeken.invoices.services import book_invoices
from zelfboeken.matching.facts import Allocation, Decision
from zelfboeken.matching.services import take_back
from zelfboeken.reports.automation import DAYS, Automation, automation
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db
NOTHING = Automation(0, 0, 0, 0, 0)


def told(office: Office, days_later: int = 0) -> Automation | None:
    return automation(office=office.access, slug=office.domain.slug, on=TODAY + timedelta(days=days_later))


@pytest.fixture
def office() -> Office:
    """An office whose client has a bank and somebody who works on it."""
    made = new_office()
    with domain_scope(made.domain.id):
        _, access = member(made.books, Role.EXTERNAL_ACCOUNTANT)
        books = replace(made.books, access=access)
        add_account(books, OUR_IBAN, "Zichtrekening", "550000", "B1")
    return replace(made, books=books)


def pay(office: Office) -> None:
    """Two payments: one with the message of its document, which is matched by itself, and one matched by hand."""
    books = office.books
    with domain_scope(books.domain.id):
        owed(books, -12_100, structured=OGM)
        other = owed(books, -5_000)
        take_in(books, statement(movement(-12_100, structured=OGM), movement(-5_000, text="?", iban=None, name=None)))
        line = next(one for one in bank_lines(books) if one.amount_cents == -5_000)
        if line.entry_id is None:
            decide(books, line, Decision("MATCH", allocations=(Allocation(other, -5_000),)))


def book(office: Office, number: str, *, is_changed: bool) -> None:
    """A purchase, booked as it was proposed or after somebody had changed its lines."""
    with domain_scope(office.domain.id):
        receive(
            office.books, ubl(("Doos", f"{number}.00", "S", "21"), number=number, issued_on=TODAY), name=f"{number}.xml"
        )
        one = Proposal.objects.get(domain_id=office.domain.id, entry_id__isnull=True)
        if is_changed:
            one = change_lines(
                access=office.books.access, proposal_id=one.id, version=one.version, on_date=one.on_date,
                lines=lines_from_json(one.lines), at=NOW,
            )  # fmt: skip
        book_invoices(access=office.books.access, approvals=[Approval(one.id, one.version)], at=NOW)


def test_where_nothing_was_done_nothing_is_told(office: Office):
    assert told(office) == NOTHING


def test_lines_matched_by_themselves_and_documents_booked_as_proposed_are_told_apart(office: Office):
    pay(office)
    book(office, "11", is_changed=False)
    book(office, "12", is_changed=True)

    found = told(office)

    assert found == Automation(lines=2, lines_by_itself=1, documents=2, documents_as_proposed=1, undone=0)
    assert (found.without_a_hand, found.done) == (2, 4)


def test_a_match_that_was_undone_is_no_longer_done_and_is_told_as_undone(office: Office):
    pay(office)
    with domain_scope(office.domain.id):
        line = next(one for one in bank_lines(office.books) if one.amount_cents == -12_100)
        take_back(access=office.books.access, bank_line_id=line.id, on=TODAY, at=NOW)

    assert told(office) == Automation(lines=1, lines_by_itself=0, documents=0, documents_as_proposed=0, undone=1)


def test_what_is_older_than_thirty_days_is_not_told(office: Office):
    book(office, "11", is_changed=False)

    assert told(office, DAYS - 1) == replace(NOTHING, documents=1, documents_as_proposed=1)
    assert told(office, DAYS) == NOTHING
    assert told(office, -1) == NOTHING


def test_inv09_who_does_not_reach_the_domain_or_reads_no_books_is_told_nothing(office: Office):
    stranger = new_office()
    with pytest.raises(UnknownDomain):
        automation(office=stranger.access, slug=office.domain.slug, on=TODAY)
    user = new_staff(office.portal, PortalRole.DATA_ENTRY, domain=office.domain)
    entry = portal_access_of(user_id=user.id, slug=office.portal.slug)
    assert automation(office=entry, slug=office.domain.slug, on=TODAY) is None


def test_the_monitor_shows_it_beside_the_chosen_domain_and_no_block_where_nothing_was_done(office: Office):
    with domain_scope(office.domain.id):
        receive(office.books, ubl(("Doos", "99.00", "S", "21"), number="99", issued_on=TODAY), name="99.xml")
    assert "Laatste 30 dagen" not in office.browser().get("/kantoor/monitor/").content.decode()
    with domain_scope(office.domain.id):
        one = Proposal.objects.get(domain_id=office.domain.id)
        book_invoices(access=office.books.access, approvals=[Approval(one.id, one.version)], at=NOW)

    page = office.browser().get("/kantoor/monitor/?bij=1").content.decode()

    assert "Laatste 30 dagen" in page
    assert "100\N{NO-BREAK SPACE}% zonder een hand" in page
    assert "Geboekt zoals voorgesteld</dt><dd>1 van 1</dd>" in page
    assert "Vanzelf gekoppeld" not in page
