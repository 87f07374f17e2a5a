"""The door of a portal: who of the office's staff comes in, with which rights, and which domains he reaches."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from zelfboeken.access.models import DomainAssignment
from zelfboeken.access.refusals import first_reason
from zelfboeken.access.rights import PortalRole, Right, granted_rights
from zelfboeken.access.services import STAFF, NotAllowed, UnknownDomain, access_of
from zelfboeken.audit.services import Happened, record, record_in_portal
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import current_domain, domain_scope

log = structlog.get_logger()
OFFICE_RIGHTS = frozenset(
    {Right.DOMAIN_ENTER, Right.PORTAL_MANAGE, Right.DOMAIN_CREATE, Right.DOMAIN_EDIT, Right.LOG_READ}
)
"""The rights that mean something in a portal as a whole; the others are about one domain."""


class UnknownPortal(LookupError):
    """The portal does not exist for this user: the same answer whether it is there or not."""

    code = "unknown"


@dataclass(frozen=True, slots=True)
class PortalAccess:
    """What one member of the staff may do in one portal, now. Services about a portal take it first."""

    user_id: int
    user_name: str
    portal_id: int
    portal_slug: str
    portal_name: str
    member_id: int
    roles: frozenset[str]
    rights: frozenset[Right]

    @property
    def reaches_all(self) -> bool:
        """Whether he reaches every domain of the portal, and not only those he looks after."""
        return PortalRole.PORTAL_ADMIN in self.roles

    def may(self, right: Right) -> bool:
        """Whether he holds the right now."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Go on only with this right.

        Raises:
            NotAllowed: he does not hold it; carries the reason.
        """
        if right in self.rights:
            return
        reason = first_reason(right, roles=self.roles, is_member=False, is_readonly=False, self_booking_missing=None)
        raise NotAllowed(right=right, code=reason.code, reason=reason.text)

    def log(self, *, at: datetime, events: list[Happened]) -> None:
        """Write what was done to the log of the portal, in the same transaction."""
        record_in_portal(
            portal_id=self.portal_id, at=at, actor_id=self.user_id, actor_name=self.user_name, events=events
        )

    def log_in_domain(self, *, at: datetime, events: list[Happened]) -> None:
        """Write what was done to the log of the domain whose scope is open.

        Raises:
            UnknownDomain: all of it was erased meanwhile; what was done in it is undone.
        """
        require_not_erased()
        record(at=at, actor_id=self.user_id, actor_name=self.user_name, events=events)


@dataclass(frozen=True, slots=True)
class PortalChoice:
    """A portal on whose staff this user is."""

    slug: str
    name: str


def portals_of(*, user_id: int) -> list[PortalChoice]:
    """The portals this user may enter, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_PORTALS, {"user": user_id, "staff": STAFF})
        found = [PortalChoice(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: one.name.casefold())


def portal_access_of(*, user_id: int, slug: str = "") -> PortalAccess:
    """What this user may do in a portal, now (INV-23); without a slug in the first of his portals by name.

    Raises:
        UnknownPortal: no such portal, or he is not on its staff.
    """
    chosen = slug or next((one.slug for one in portals_of(user_id=user_id)), "")
    found = _portal_access(user_id=user_id, slug=chosen)
    if found is None:
        raise UnknownPortal(slug)
    return found


def require_still(office: PortalAccess, right: Right) -> None:
    """Go on only when he may this now as well: another may have taken it while this one waited for a lock (INV-23).

    Raises:
        UnknownPortal: he is on the staff of this portal no more.
        NotAllowed: he is, without the right.
    """
    portal_access_of(user_id=office.user_id, slug=office.portal_slug).require(right)


def reached_domain(office: PortalAccess, slug: str) -> Domain:
    """The domain with this address, if it is of this portal and he reaches it.

    Raises:
        UnknownDomain: it is not there for him.
    """
    found = Domain.objects.filter(portal_id=office.portal_id, slug=slug)
    if not office.reaches_all:
        found = found.filter(pk__in=reached_ids(office))
    domain = found.first()
    if domain is None:
        raise UnknownDomain(slug)
    return domain


def reached_ids(office: PortalAccess) -> Any:
    """The ids of the domains that were assigned to him; an account manager is told of a domain, no more."""
    assigned = DomainAssignment.objects.filter(member_id=office.member_id, domain__portal_id=office.portal_id)
    return assigned.exclude(task=DomainAssignment.Task.ACCOUNT_MANAGER).values("domain_id")


def require_not_erased() -> None:
    """Go on only in a domain that is not erased, and have whoever erases it wait until this transaction has ended: what
    was written meanwhile goes with the rest.

    Raises:
        UnknownDomain: it was erased, maybe while this waited.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, erased_at FROM tenancy_domain WHERE id = %s FOR KEY SHARE", [current_domain()])
        [(slug, erased_at)] = cursor.fetchall()
    if erased_at is not None:
        raise UnknownDomain(slug)


@contextmanager
def open_portal(*, user_id: int, slug: str, at: datetime, doing: str) -> Iterator[PortalAccess]:
    """Enter a portal, in one transaction. A refusal inside undoes the block and is then written to the portal's log.

    Raises:
        UnknownPortal: no such portal for this user; NotAllowed: raised in the block.
    """
    office = portal_access_of(user_id=user_id, slug=slug)
    try:
        with transaction.atomic():
            yield office
    except NotAllowed as no:
        event = _refusal(no, doing, user_id)
        with transaction.atomic():
            office.log(at=at, events=[event])
        raise


@contextmanager
def open_portal_domain(*, user_id: int, slug: str, at: datetime, doing: str) -> Iterator[tuple[PortalAccess, Domain]]:
    """Enter a domain from its office: its sheet, in whatever life it is. Its scope is open inside the block.

    A user of the domain itself is refused with the reason, and in the log of the domain; anybody else does not learn
    that it is there.

    Raises:
        UnknownDomain: no such domain for this user; NotAllowed: raised in the block, or he is not of the office.
    """
    office = _portal_access(user_id=user_id, domain=slug)
    try:
        if office is None:
            access = access_of(user_id=user_id, slug=slug, on=timezone.localtime(at).date())
            domain = Domain.objects.get(id=access.domain_id)
            name = access.user_name
            raise NotAllowed(right=Right.PORTAL_MANAGE, code="not_office", reason=NOT_OFFICE)
        domain, name = reached_domain(office, slug), office.user_name
        with domain_scope(domain.id):
            yield office, domain
    except NotAllowed as no:
        event = _refusal(no, doing, user_id)
        if domain.erased_at is not None and office is not None:
            # Of what was erased nothing is written any more.
            with transaction.atomic():
                office.log(at=at, events=[event])
            raise
        with domain_scope(domain.id):
            require_not_erased()
            record(at=at, actor_id=user_id, actor_name=name, events=[event])
        raise


NOT_OFFICE = "Deze pagina is voor het kantoor. Vraag het aan je accountant."


def _refusal(no: NotAllowed, doing: str, user_id: int) -> Happened:
    no.reference = secrets.token_hex(4).upper()
    detail = {"code": str(no.code), "right": str(no.right), "reference": no.reference}
    log.warning("refused", **detail, doing=doing, user=user_id)
    return Happened("refused", doing, detail)


def _portal_access(*, user_id: int, slug: str = "", domain: str = "") -> PortalAccess | None:
    with connection.cursor() as cursor:
        cursor.execute(_ACCESS, {"user": user_id, "slug": slug, "domain": domain, "staff": STAFF})
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, user_name, portal_id, portal_slug, portal_name, member_id, roles = row
    held = frozenset(roles)
    return PortalAccess(
        user_id=user_id,
        user_name=user_name,
        portal_id=portal_id,
        portal_slug=portal_slug,
        portal_name=portal_name,
        member_id=member_id,
        roles=held,
        rights=granted_rights(held, self_booking=False) & OFFICE_RIGHTS,
    )


_STAFF_OF = """
  FROM access_user u
  JOIN access_portalmember pm ON pm.user_id = u.id AND pm.is_active
  JOIN tenancy_portal p ON p.id = pm.portal_id
 WHERE u.id = %(user)s AND u.is_active
   AND EXISTS (SELECT 1 FROM access_portalroleassignment r
                WHERE r.member_id = pm.id AND r.withdrawn_at IS NULL AND r.role = ANY(%(staff)s))
"""

_PORTALS = "SELECT p.slug, p.name" + _STAFF_OF

_ACCESS = (
    "SELECT u.id, coalesce(nullif(u.name, ''), u.email), p.id, p.slug, p.name, pm.id,"
    " ARRAY(SELECT r.role FROM access_portalroleassignment r"
    "        WHERE r.member_id = pm.id AND r.withdrawn_at IS NULL AND r.role = ANY(%(staff)s))"
    + _STAFF_OF
    + " AND (p.slug = %(slug)s OR p.id = (SELECT d.portal_id FROM tenancy_domain d WHERE d.slug = %(domain)s))"
)
