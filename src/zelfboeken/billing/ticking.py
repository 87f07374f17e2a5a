"""Time passes: what was decided for a day is carried out, statements are issued, limits are told.

Any day may be asked for, twice as well: each step looks at what is there and does only what is not. Missed days are
caught up, each change as of the day for which it was decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from zelfboeken.audit.services import Happened, record
from zelfboeken.billing import mails
from zelfboeken.billing.contracts import terms_of
from zelfboeken.billing.documents import documents_by_day
from zelfboeken.billing.models import LimitNotice, Standing
from zelfboeken.billing.owner import complete_due
from zelfboeken.billing.rules import NOTICE_PERCENTS, Month, NoPrice, document_use
from zelfboeken.billing.standing import TIME, day_of, locked_domain, settle_roles, standings_of
from zelfboeken.billing.statements import StatementRefused, issue, open_months
from zelfboeken.tenancy.apart import apart
from zelfboeken.tenancy.models import Bundle, Domain
from zelfboeken.tenancy.scope import domain_scope


@dataclass(frozen=True, slots=True)
class NotIssued:
    """A month whose statement waits: for which domain, and for what."""

    domain: str
    month: str
    code: str
    text: str


@dataclass
class Ticked:
    """What the passing of time brought."""

    domains: int = 0
    changed: list[str] = field(default_factory=list)
    """Domains in which a plan, a trial or a permission ended."""
    owners: list[str] = field(default_factory=list)
    """Domains that have another owner, since the days to object are over."""
    issued: list[str] = field(default_factory=list)
    not_issued: list[NotIssued] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Domains in which something went wrong, with what was being done; the log says what."""


def tick(*, at: datetime) -> Ticked:
    """Bring every domain to this moment, each in transactions of its own: one that fails holds no other back."""
    done = Ticked()
    living = Domain.objects.filter(erased_at=None)
    for domain_id, slug in living.order_by("id").values_list("id", "slug"):
        with apart(slug, doing="tick", failed=done.failed):
            _tick_one(domain_id, slug, done, at)
    return done


def _tick_one(domain_id: int, slug: str, done: Ticked, at: datetime) -> None:
    if not Domain.objects.filter(id=domain_id, erased_at=None).exists():
        # Erased since the list was made: those before it took their time.
        return
    with domain_scope(domain_id):
        if bring_to(domain_id=domain_id, at=at):
            done.changed.append(slug)
    with domain_scope(domain_id):
        if complete_due(domain_id=domain_id, at=at):
            done.owners.append(slug)
    with domain_scope(domain_id):
        waiting = open_months(domain_id=domain_id, on=day_of(at))
    for month in waiting:
        try:
            # A statement each transaction, so that the lock on the series of numbers is held for one of them.
            with domain_scope(domain_id):
                statement = issue(domain_id=domain_id, month=month, at=at)
                if statement.number is not None:
                    done.issued.append(f"{slug} {month}")
        except (StatementRefused, NoPrice) as no:
            done.not_issued.append(NotIssued(slug, str(month), no.code, str(no)))
            # The months after it wait too, so that they are numbered in their order.
            break
    with domain_scope(domain_id):
        done.told += [f"{slug} {percent}" for percent in tell_limits(domain_id=domain_id, at=at)]
    done.domains += 1


def bring_to(*, domain_id: int, at: datetime) -> bool:
    """Carry out what is due in one domain; whether anything was. Its scope is open."""
    before = _decided(Domain.objects.get(id=domain_id))
    domain = locked_domain(domain_id, at=at)
    # Who changed a fact by another way is found here, so that the history has it from now on. A day before the newest
    # of the history changes nothing: what held then, a limit for one, says nothing about now.
    if not Standing.objects.filter(domain_id=domain_id, at__gt=at).exists():
        settle_roles(domain, at=at, actor=TIME, because="tick")
    return _decided(domain) != before


def _decided(domain: Domain) -> tuple[object, ...]:
    return domain.trial_until, domain.planned_on, domain.authorised_until


def tell_limits(*, domain_id: int, at: datetime) -> list[int]:
    """Tell the Directie that 80 or 100 % of the month's documents is used, once for each limit; gives what was told."""
    month = Month.of(day_of(at))
    use = document_use(
        month=month,
        standings=standings_of(domain_id),
        terms=terms_of(domain_id),
        documents=documents_by_day(domain_id=domain_id, month=month),
    )
    told = []
    for percent in NOTICE_PERCENTS:
        if use.limit is None or use.reached < percent:
            continue
        _notice, is_new = LimitNotice.objects.get_or_create(
            domain_id=domain_id,
            month=month.starts_on,
            limit=use.limit,
            percent=percent,
            defaults={"bundle": use.bundle, "documents": use.count, "told_at": at},
        )
        if is_new:
            told.append(percent)
    if told:
        record(
            at=at,
            actor_id=TIME.user_id,
            actor_name=TIME.name,
            events=[
                Happened(
                    "limit.told",
                    f"month:{month}",
                    {"percent": max(told), "documents": use.count, "limit": use.limit, "bundle": use.bundle},
                )
            ],
        )
        domain = Domain.objects.get(id=domain_id)
        assert use.limit is not None
        mails.tell(
            mails.directie_of(domain),
            mails.limit_reached(
                domain, percent=max(told), count=use.count, limit=use.limit, bundle=Bundle(use.bundle).label
            ),
        )
    return told
