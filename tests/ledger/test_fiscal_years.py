"""Opening the next fiscal year: by hand once the last one has begun, by itself a month before it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.books import Books, office_access, open_new_books
from zelfboeken.access.rights import PortalRole
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.models import Event
from zelfboeken.ledger.fiscal_years import (
    FiscalYear,
    YearRefused,
    fiscal_years,
    open_coming_years,
    open_next_fiscal_year,
)
from zelfboeken.ledger.models import Period
from zelfboeken.tenancy.models import Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

pytestmark = pytest.mark.django_db

BEFORE, IN_TIME = datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)


def years(books: Books) -> list[int]:
    with domain_scope(books.domain.id):
        return [one.year for one in fiscal_years(domain_id=books.domain.id)[books.administration.id]]


def test_the_office_opens_the_next_year_and_no_year_after_one_that_has_yet_to_begin():
    with open_new_books() as books:
        office = office_access(books.domain, PortalRole.PORTAL_ADMIN)
        opened = open_next_fiscal_year(access=office, administration=books.administration, at=BEFORE)

        assert opened == FiscalYear(2027, date(2027, 1, 1), date(2028, 1, 1))
        months = Period.objects.filter(domain_id=books.domain.id, fiscal_year=2027).order_by("starts_on")
        assert [one.starts_on.month for one in months] == list(range(1, 13))
        assert Event.objects.filter(domain_id=books.domain.id, action="fiscal_year.opened").count() == 1
        with pytest.raises(YearRefused, match="Boekjaar 2027 is al open en begint pas op 01/01/2027"):
            open_next_fiscal_year(access=office, administration=books.administration, at=BEFORE)


def test_who_does_not_edit_the_domain_opens_no_year():
    with open_new_books() as books, pytest.raises(NotAllowed):
        open_next_fiscal_year(access=books.access, administration=books.administration, at=BEFORE)


def test_a_year_opens_by_itself_a_month_before_the_last_one_ends_and_once():
    with open_new_books() as books:
        pass

    assert f"{books.domain.slug} 2027" not in open_coming_years(at=BEFORE, failed=[])
    assert years(books) == [2026]
    assert f"{books.domain.slug} 2027" in open_coming_years(at=IN_TIME, failed=[])
    assert f"{books.domain.slug} 2027" not in open_coming_years(at=IN_TIME, failed=[])
    assert years(books) == [2026, 2027]


def test_years_that_were_missed_are_all_opened():
    with open_new_books() as books:
        pass

    open_coming_years(at=datetime(2028, 2, 1, tzinfo=UTC), failed=[])

    assert years(books) == [2026, 2027, 2028]


@pytest.mark.parametrize("life", [Lifecycle.BLOCKED, Lifecycle.ARCHIVED, Lifecycle.INACTIVE])
def test_a_domain_that_rests_opens_no_year(life: Lifecycle):
    with open_new_books() as books:
        pass
    Domain.objects.filter(id=books.domain.id).update(lifecycle=life)

    open_coming_years(at=IN_TIME, failed=[])

    assert years(books) == [2026]
