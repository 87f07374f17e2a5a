"""The completeness report: in the first week of a month, what is missing in the books until its first day, by mail."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from zelfboeken.access.services import Access, UnknownDomain, access_of
from zelfboeken.audit.services import Happened, record
from zelfboeken.matching.missing import default_owner_of, open_quarters, quarter_of, worked_list
from zelfboeken.questions import mails
from zelfboeken.questions.mails import LinkTo
from zelfboeken.questions.models import CompletenessReport, MissingInvoice
from zelfboeken.questions.queries import questions_in
from zelfboeken.tenancy.apart import apart
from zelfboeken.tenancy.models import Administration, Domain
from zelfboeken.tenancy.scope import domain_scope
from zelfboeken.vat.periods import VatPeriod

_TIME = "Zelfboeken"
_QUARTERS = 4
_LAST_DAY = 7
"""A server that stood still on the first tells it when it is back; later in the month it would only confuse."""


def report_all(*, at: datetime, link_to: LinkTo, failed: list[str]) -> list[str]:
    """Report on every administration, each domain in a transaction of its own; who was mailed, as `domain user`.

    Any day may be asked for, twice as well: a report is of one administration and month, and is written down. A domain
    that fails is added to `failed`.
    """
    today = timezone.localtime(at).date()
    if today.day > _LAST_DAY:
        return []
    told = []
    for domain in Domain.objects.filter(lifecycle__in=["STARTUP", "ACTIVE"]).order_by("id"):
        with apart(domain.slug, doing="completeness", failed=failed), domain_scope(domain.id):
            told += [f"{domain.slug} {name}" for name in report(domain, at, link_to)]
    return told


def report(domain: Domain, at: datetime, link_to: LinkTo) -> list[str]:
    """Report in one domain, whose scope is open: what its receiver finds on his own page.

    Gives the names of who was mailed: nobody where nothing is missing.
    """
    today = timezone.localtime(at).date()
    month = today.replace(day=1)
    done = CompletenessReport.objects.filter(domain_id=domain.id, month=month).values("administration_id")
    told = []
    for administration in Administration.objects.filter(domain=domain).exclude(id__in=done).order_by("id"):
        name = _report_on(domain, administration, month, today, at, link_to)
        if name:
            told.append(name)
    return told


def _report_on(
    domain: Domain, administration: Administration, month: date, today: date, at: datetime, link_to: LinkTo
) -> str:
    to = default_owner_of(domain_id=domain.id, administration_id=administration.id, on=today)
    if to is None:
        return ""
    try:
        access = access_of(user_id=to.user_id, slug=domain.slug, on=today)
    except UnknownDomain:
        return ""
    lists = [
        worked_list(access=access, administration=administration, period=one, until=month)
        for one in _quarters(access, administration, month)
    ]
    asked = sum(one.count(MissingInvoice.State.OPEN) for one in lists)
    unasked = sum(len(one.unasked) for one in lists)
    waiting = sum(one.waiting_documents for one in lists)
    questions = questions_in(access, "mine").filter(administration_id=administration.id).count()
    try:
        with transaction.atomic():
            CompletenessReport.objects.create(
                domain_id=domain.id,
                administration_id=administration.id,
                month=month,
                receiver_id=to.user_id,
                asked=asked,
                unasked=unasked,
                waiting=waiting,
                questions=questions,
                reported_at=at,
            )
    except IntegrityError:
        # Time passed in another process at the same moment: that one mails it.
        return ""
    if not asked + unasked + waiting + questions:
        return ""
    mails.tell_completeness(
        to,
        administration_name=administration.name,
        until=month - timedelta(days=1),
        quarters=[
            mails.Incomplete(
                one.period.number,
                one.period.starts_on.year,
                asked=one.count(MissingInvoice.State.OPEN),
                unasked=len(one.unasked),
                waiting=one.waiting_documents,
            )
            for one in lists
        ],
        questions=questions,
        link=link_to(domain.slug, ""),
    )
    counts = {"to": to.name, "asked": asked, "unasked": unasked, "questions": questions}
    record(
        at=at,
        actor_id=None,
        actor_name=_TIME,
        events=[Happened("missing.reported", f"administration:{administration.public_id}", counts)],
    )
    return to.name


def _quarters(access: Access, administration: Administration, month: date) -> list[VatPeriod]:
    """The quarters to look through: those of the year behind us, and earlier ones in which an invoice is asked."""
    newest = quarter_of(month - timedelta(days=1))
    found = {newest}
    for _n in range(_QUARTERS - 1):
        found.add(min(found, key=_starts_on).previous())
    asked = open_quarters(access=access, administration_id=administration.id)
    return sorted(found | {one for one in asked if one.starts_on < month}, key=_starts_on, reverse=True)


def _starts_on(period: VatPeriod) -> date:
    return period.starts_on
