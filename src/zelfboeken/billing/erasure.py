"""The end of an inactive domain in two announced steps (product A4, decision 15): announced and confirmed here by its
office, erased by `zelfboeken erase` with the login of the owner. Nothing here deletes anything.

What is kept of the domain is the operator's own: its address, its monthly statements with what they were reckoned from,
and these steps.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from zelfboeken.access.office import PortalAccess
from zelfboeken.audit.acts import EXPORT_COMPLETED
from zelfboeken.audit.models import Event
from zelfboeken.audit.services import Happened
from zelfboeken.billing import mails
from zelfboeken.billing.models import ErasureStep, ErasureStepKind, Standing
from zelfboeken.billing.rules import Month
from zelfboeken.billing.standing import day_of, own_domain
from zelfboeken.billing.statements import open_months
from zelfboeken.tenancy.models import Domain, Lifecycle

ANNOUNCED_BEFORE = timedelta(days=30)
"""How long before it an erasure is announced."""
MONTHS_INACTIVE = 6
"""How many months a domain is inactive, looked at by nobody, before it is erased (product A4)."""
_ACTS = {
    ErasureStepKind.ANNOUNCED: "domain.erasure_announced",
    ErasureStepKind.WITHDRAWN: "domain.erasure_withdrawn",
    ErasureStepKind.CONFIRMED: "domain.erasure_confirmed",
}


class ErasureRefused(ValueError):
    """A step that cannot be taken as things are; the text says why and what to do, `field` where it was typed."""

    def __init__(self, code: str, text: str, *, field: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.field = field


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far the erasure of a domain is, and what is still missing."""

    announced: ErasureStep | None
    """The announcement that stands."""
    confirmed: ErasureStep | None
    inactive_since: datetime | None
    """Since when it is inactive and looked at by nobody; None while it is not."""
    exported_at: datetime | None
    """When everything was taken along since then, the last time."""
    unstated: Month | None
    """The oldest month that still has no statement."""

    @property
    def confirmable_from(self) -> datetime | None:
        """From when the announced erasure may be confirmed; None without an announcement."""
        if self.announced is None or self.inactive_since is None:
            return None
        return max(self.announced.at + ANNOUNCED_BEFORE, months_later(self.inactive_since, MONTHS_INACTIVE))


def months_later(moment: datetime, months: int) -> datetime:
    """The same day and hour in Belgium some months later, or the last day of that month where it is shorter."""
    local = timezone.localtime(moment)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1]))


def erasure_of(domain: Domain, *, at: datetime) -> Erasure:
    """How far the erasure of the domain of the open scope is."""
    steps = list(ErasureStep.objects.filter(domain_id=domain.id).order_by("-id"))
    stands = bool(steps) and steps[0].kind in {ErasureStepKind.ANNOUNCED, ErasureStepKind.CONFIRMED}
    since = _inactive_since(domain.id)
    exported = Event.objects.filter(domain_id=domain.id, action=EXPORT_COMPLETED, at__gte=since) if since else None
    newest = exported.order_by("-at").first() if exported is not None else None
    waiting = open_months(domain_id=domain.id, on=day_of(at))
    return Erasure(
        announced=next(one for one in steps if one.kind == ErasureStepKind.ANNOUNCED) if stands else None,
        confirmed=steps[0] if stands and steps[0].kind == ErasureStepKind.CONFIRMED else None,
        inactive_since=since,
        exported_at=newest.at if newest else None,
        unstated=waiting[0] if waiting else None,
    )


def _inactive_since(domain_id: int) -> datetime | None:
    """The start of the unbroken run of standings, up to the newest, in which it is inactive and not looked at."""
    since = None
    for one in Standing.objects.filter(domain_id=domain_id).order_by("-at", "-id"):
        if one.lifecycle != Lifecycle.INACTIVE or one.is_view_only:
            break
        since = one.at
    return since


def announce_erasure(*, office: PortalAccess, domain_id: int, reason: str, at: datetime) -> ErasureStep:
    """Announce that everything of an inactive domain will be erased. Its Directie is mailed. A second time gives the
    announcement that stands.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        ErasureRefused: the domain is not inactive, is looked at or erased already, or the reason is missing.
    """
    domain = own_domain(office, domain_id, at)
    _require_closed(domain)
    if not reason.strip():
        raise ErasureRefused(
            "reason_missing", "Zeg waarom: de Directie krijgt die reden in haar mail.", field="announce_reason"
        )
    now = erasure_of(domain, at=at)
    if now.announced is not None:
        return now.announced
    step = _take(office, domain, ErasureStepKind.ANNOUNCED, reason=reason, at=at)
    from_on = erasure_of(domain, at=at).confirmable_from
    assert from_on is not None
    mails.tell(mails.directie_of(domain), mails.erasure_announced(domain, from_on=day_of(from_on), reason=step.reason))
    return step


def withdraw_erasure(*, office: PortalAccess, domain_id: int, reason: str, at: datetime) -> None:
    """Take an announced or confirmed erasure back; nothing was erased. Its Directie is mailed.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        ErasureRefused: everything is erased already, or the reason is missing.
    """
    domain = own_domain(office, domain_id, at)
    _require_closed(domain)
    if not reason.strip():
        raise ErasureRefused(
            "reason_missing", "Zeg waarom: de Directie krijgt die reden in haar mail.", field="withdraw_reason"
        )
    announcement_ends(office, domain, reason=reason, at=at)


def announcement_ends(office: PortalAccess, domain: Domain, *, reason: str, at: datetime) -> None:
    """What was announced no longer comes, where something was: taken back, or the domain opens again. It is locked."""
    if erasure_of(domain, at=at).announced is None:
        return
    step = _take(office, domain, ErasureStepKind.WITHDRAWN, reason=reason, at=at)
    mails.tell(mails.directie_of(domain), mails.erasure_withdrawn(domain, reason=step.reason))


def confirm_erasure(*, office: PortalAccess, domain_id: int, typed: str, at: datetime) -> ErasureStep:
    """Confirm an announced erasure by the address of the domain. From now on its owner may erase it, and until then it
    can be taken back. A second time gives the confirmation that stands.

    INV-37: the duty to keep books is the enterprise's, so nothing is confirmed before everything was taken along.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        ErasureRefused: it was not announced long enough ago, nothing was taken along, a month has no statement yet, or
            something else was typed.
    """
    domain = own_domain(office, domain_id, at)
    _require_closed(domain)
    now = erasure_of(domain, at=at)
    if now.confirmed is not None:
        return now.confirmed
    require_confirmable(now, at=at)
    if typed.strip().casefold() != domain.slug:
        raise ErasureRefused(
            "name_differs", f"Typ het adres van het domein over: {domain.slug}.", field="erased_domain"
        )
    step = _take(office, domain, ErasureStepKind.CONFIRMED, reason="", at=at)
    mails.tell(mails.directie_of(domain), mails.erasure_confirmed(domain))
    return step


def require_confirmable(now: Erasure, *, at: datetime) -> None:
    """Raises ErasureRefused with the first thing that is missing before an erasure can be confirmed."""
    since = now.confirmable_from
    if since is None:
        raise ErasureRefused("not_announced", "Kondig het wissen eerst aan: de Directie krijgt dan een mail.")
    if at < since:
        raise ErasureRefused(
            "too_early",
            f"Bevestigen kan vanaf {_moment(since)}: dertig dagen na de aankondiging, en zes maanden na de dag waarop "
            "het domein inactief werd.",
        )
    if now.exported_at is None:
        raise ErasureRefused(
            "not_exported",
            "Neem eerst alles mee: boeken en originelen moeten tien jaar bewaard worden, en na het wissen zijn ze hier "
            "weg.",
        )
    if now.unstated is not None:
        raise ErasureRefused(
            "month_not_stated",
            f"De afrekening van {now.unstated.starts_on:%m/%Y} wacht nog. Kijk bij Bundels en prijzen wat "
            "ontbreekt en laat zelfboeken tick lopen.",
        )


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y %H:%M}"


def _require_closed(domain: Domain) -> None:
    if domain.erased_at is not None:
        raise ErasureRefused("domain_erased", f"{domain.name} is al gewist.")
    if domain.lifecycle != Lifecycle.INACTIVE or domain.is_view_only:
        raise ErasureRefused(
            "domain_not_closed",
            "Alleen een inactief domein waar niemand in kijkt, wordt gewist. Elk ander gaat nog open.",
        )


def _take(office: PortalAccess, domain: Domain, kind: ErasureStepKind, *, reason: str, at: datetime) -> ErasureStep:
    """Write a step down, in the logs of the domain and of its office: the first one is erased with the domain."""
    reason = reason.strip()[:500]
    step = ErasureStep.objects.create(
        domain_id=domain.id, kind=kind.value, at=at, by_id=office.user_id, by_name=office.user_name, reason=reason
    )
    event = Happened(_ACTS[kind], f"domain:{domain.slug}", {"reason": reason} if reason else {})
    office.log_in_domain(at=at, events=[event])
    office.log(at=at, events=[event])
    return step
