"""The fiscal years of an administration: which there are, opening the next one, and the one that opens by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access
from zelfboeken.audit.services import Happened, record
from zelfboeken.ledger.models import Period
from zelfboeken.ledger.opening import add_fiscal_year
from zelfboeken.tenancy.apart import apart
from zelfboeken.tenancy.models import Administration, Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.workload.services import changed

OPENS_BEFORE = timedelta(days=31)
"""So long before the last year ends the next one opens by itself: an invoice of the first day finds its period."""
_TIME = "Zelfboeken"


class YearRefused(ValueError):
    """The next fiscal year cannot be opened now."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year: its name, its first day, and the day after its last."""

    year: int
    starts_on: date
    until: date


def fiscal_years(*, domain_id: int) -> dict[int, list[FiscalYear]]:
    """The fiscal years of each administration of the open domain, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT administration_id, fiscal_year, min(starts_on), max(until) FROM ledger_period "
            "WHERE domain_id = %s GROUP BY 1, 2 ORDER BY 1, 3",
            [domain_id],
        )
        found: dict[int, list[FiscalYear]] = {}
        for administration_id, *year in cursor.fetchall():
            found.setdefault(administration_id, []).append(FiscalYear(*year))
    return found


def may_open_next(years: Iterable[FiscalYear], *, today: date) -> bool:
    """Whether a next year can be opened: the last one has begun, so that nobody opens years far ahead by mistake."""
    return max((one.starts_on for one in years), default=date.max) <= today


def open_next_fiscal_year(*, access: Access, administration: Administration, at: datetime) -> FiscalYear:
    """Open the twelve months after the last fiscal year, by hand.

    Raises:
        NotAllowed: who asks does not edit this domain.
        YearRefused: `year_ahead`, when the last year has yet to begin.
    """
    access.require(Right.DOMAIN_EDIT)
    access.require_reach(administration.id)
    last = _last_year(access.domain_id, administration.id)
    if not may_open_next([last], today=timezone.localdate(at)):
        raise YearRefused("year_ahead", f"Boekjaar {last.year} is al open en begint pas op {last.starts_on:%d/%m/%Y}.")
    opened = _open_after(access.domain_id, administration.id, last)
    access.log(at=at, events=[_happened(administration, opened)])
    return opened


def open_coming_years(*, at: datetime, failed: list[str]) -> list[str]:
    """Open the next year of every administration in use whose last one ends within a month; each as `domain year`.

    Any moment may be asked for, twice as well. A domain that rests opens none; one that fails is added to `failed`.
    """
    opened = []
    in_use = Domain.objects.filter(lifecycle__in=[Lifecycle.STARTUP, Lifecycle.ACTIVE])
    for domain in list(in_use.order_by("id")):
        with apart(domain.slug, doing="fiscal years", failed=failed), domain_scope(domain.id):
            # Its row is held until the years are there, so that nobody puts the domain away meanwhile.
            if in_use.select_for_update(no_key=True).filter(id=domain.id).first():
                opened += [f"{domain.slug} {year}" for year in _open_coming(domain.id, at)]
    return opened


def _open_coming(domain_id: int, at: datetime) -> list[int]:
    soon = timezone.localdate(at) + OPENS_BEFORE
    ending = [books for books, years in fiscal_years(domain_id=domain_id).items() if years[-1].until <= soon]
    opened = []
    for administration in Administration.objects.filter(domain_id=domain_id, id__in=ending).order_by("id"):
        while (last := _last_year(domain_id, administration.id)).until <= soon:
            year = _open_after(domain_id, administration.id, last)
            record(at=at, actor_id=None, actor_name=_TIME, events=[_happened(administration, year)])
            opened.append(year.year)
    return opened


def _last_year(domain_id: int, administration_id: int) -> FiscalYear:
    """The last fiscal year, read when nobody else opens one: who comes second sees the year of the first."""
    Administration.objects.select_for_update().get(domain_id=domain_id, id=administration_id)
    last = Period.objects.filter(domain_id=domain_id, administration_id=administration_id).latest("until")
    first = Period.objects.filter(
        domain_id=domain_id, administration_id=administration_id, fiscal_year=last.fiscal_year
    ).earliest("starts_on")
    return FiscalYear(last.fiscal_year, first.starts_on, last.until)


def _open_after(domain_id: int, administration_id: int, last: FiscalYear) -> FiscalYear:
    year = last.year + 1
    add_fiscal_year(domain_id=domain_id, administration_id=administration_id, year=year, starts_on=last.until)
    changed("books")
    until = Period.objects.filter(domain_id=domain_id, administration_id=administration_id).latest("until").until
    return FiscalYear(year, last.until, until)


def _happened(administration: Administration, year: FiscalYear) -> Happened:
    return Happened("fiscal_year.opened", f"administration:{administration.public_id}", {"fiscal_year": year.year})
