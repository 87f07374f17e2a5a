"""Months are shut from the beginning of the books, and opened again only where they are blocked (INV-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.banking import member, office_member
from tests.books import NOW, Books, open_new_books
from zelfboeken.access.rights import PortalRole, Role
from zelfboeken.access.services import Access, AdministrationNotReached, NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.ledger.months import Change, change_months, months_of
from zelfboeken.ledger.services import PeriodNotOpen, post_entry

pytestmark = pytest.mark.django_db

NOVEMBER = date(2026, 11, 1)
OCTOBER = date(2026, 10, 1)


def changed(books: Books, change: Change, starts_on: date, access: Access | None = None) -> list[int]:
    """The numbers of the months that were changed, by a controller unless somebody is named."""
    found = change_months(
        access=access or office_member(books, PortalRole.CONTROLLER)[1],
        administration_id=books.administration.id,
        change=change,
        starts_on=starts_on,
        at=NOW,
    )
    return [one.starts_on.month for one in found]


def states(books: Books) -> str:
    """The first letter of the state of each month of 2026."""
    found = months_of(access=books.access, administration_id=books.administration.id)
    return "".join(one.state.value[0] for one in found if one.fiscal_year == 2026)


def test_a_month_is_blocked_with_all_before_it_and_opened_with_all_after_it():
    with open_new_books() as books:
        assert changed(books, "block", date(2026, 3, 1)) == [1, 2, 3]
        assert changed(books, "block", date(2026, 5, 1)) == [4, 5]
        assert states(books) == "BBBBBOOOOOOO"
        assert changed(books, "open", date(2026, 4, 1)) == [4, 5]
        assert states(books) == "BBBOOOOOOOOO"


def test_closing_takes_what_is_blocked_and_what_is_open_and_nothing_opens_it_again():
    with open_new_books() as books:
        changed(books, "block", date(2026, 2, 1))

        assert changed(books, "close", date(2026, 3, 1)) == [1, 2, 3]

        assert states(books) == "CCCOOOOOOOOO"
        for change in ("open", "block", "close"):
            with pytest.raises(PeriodNotOpen, match="blijft dat") as no:
                changed(books, change, date(2026, 2, 1))
            assert no.value.code == "period_closed"


def test_what_is_so_already_and_what_is_no_month_is_told():
    with open_new_books() as books:
        changed(books, "block", OCTOBER)
        with pytest.raises(PeriodNotOpen, match="Dat is al zo"):
            changed(books, "block", OCTOBER)
        with pytest.raises(PeriodNotOpen, match="geen boekjaar"):
            changed(books, "block", date(2026, 10, 2))
        with pytest.raises(PeriodNotOpen, match="geen boekjaar"):
            changed(books, "block", date(2031, 10, 1))


def test_who_books_for_himself_books_no_more_in_a_blocked_month_and_the_controller_does():
    with open_new_books() as books:
        access = office_member(books, PortalRole.CONTROLLER)[1]
        october = OCTOBER.replace(day=12)
        changed(books, "block", OCTOBER)
        with pytest.raises(PeriodNotOpen, match="geblokkeerd"):
            post_entry(access=books.access, entry=books.entry(on_date=october), at=NOW)
        post_entry(access=access, entry=books.entry(on_date=october), at=NOW)
        changed(books, "close", OCTOBER)
        with pytest.raises(PeriodNotOpen, match="afgesloten"):
            post_entry(access=access, entry=books.entry(on_date=october), at=NOW)


def test_a_month_that_is_not_over_is_blocked_and_not_closed():
    with open_new_books() as books:
        with pytest.raises(PeriodNotOpen, match="nog niet voorbij") as no:
            changed(books, "close", NOVEMBER)
        assert no.value.code == "period_not_over"
        assert states(books) == "OOOOOOOOOOOO"
        assert changed(books, "block", NOVEMBER)[-1] == 11


def test_each_month_that_changes_stands_in_the_log():
    with open_new_books() as books:
        changed(books, "block", date(2026, 2, 1))

        found = Event.objects.filter(domain_id=books.domain.id, action="period.state").order_by("id")
        assert [one.detail for one in found] == [{"from": "OPEN", "to": "BLOCKED"}] * 2


@pytest.mark.parametrize("role", [Role.BACKOFFICE, Role.MANAGEMENT, Role.FINANCE, Role.EXTERNAL_ACCOUNTANT])
def test_nobody_of_the_domain_shuts_a_month_unless_the_office_ticked_it(role: Role):
    with open_new_books() as books, pytest.raises(NotAllowed):
        changed(books, "block", OCTOBER, member(books, role)[1])


def test_the_months_of_an_administration_that_one_does_not_reach_are_not_there():
    with open_new_books() as books:
        limited = replace(office_member(books, PortalRole.CONTROLLER)[1], administration_ids=frozenset())
        with pytest.raises(AdministrationNotReached):
            changed(books, "block", OCTOBER, limited)
        assert states(books) == "OOOOOOOOOOOO"


def test_a_closed_month_is_never_the_hole_between_two_open_ones():
    with open_new_books() as books:
        changed(books, "close", date(2026, 2, 1))
        changed(books, "block", date(2026, 6, 1))
        changed(books, "open", date(2026, 3, 1))
        changed(books, "close", date(2026, 4, 1))

        assert states(books) == "CCCCOOOOOOOO"
