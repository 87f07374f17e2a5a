"""The one door to a domain: who comes in, with which rights, to which administrations."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from zelfboeken.access.models import Member, RoleAssignment, User
from zelfboeken.access.refusals import first_reason
from zelfboeken.access.rights import PortalRole, Right, Role, granted_rights
from zelfboeken.access.self_booking import AssignmentState, Missing, first_missing, self_booking_facts
from zelfboeken.audit.services import Happened, record
from zelfboeken.tenancy.models import Domain, DomainFacts, Lifecycle
from zelfboeken.tenancy.scope import domain_scope

log = structlog.get_logger()


class UnknownDomain(LookupError):
    """The domain does not exist for this user: the same answer whether it is there or not."""

    code = "unknown"


class AdministrationNotReached(LookupError):
    """The administration is not there for this user: the same answer as for one that does not exist."""

    code = "unknown"


class NotAllowed(PermissionError):
    """The user may enter, but not do this; the text is the first failing reason.

    `reference` is the number under which it stands in the event log, once `open_domain` has written it there.
    """

    def __init__(self, *, right: Right, code: str, reason: str) -> None:
        super().__init__(reason)
        self.right = right
        self.code = code
        self.reference = ""


@dataclass(frozen=True, slots=True)
class Access:
    """What one user may do in one domain, now. Every service takes it first."""

    user_id: int
    user_name: str
    domain_id: int
    domain_slug: str
    rights: frozenset[Right]
    roles: frozenset[str]
    self_booking_missing: Missing | None
    is_readonly: bool
    administration_ids: frozenset[int] | None
    """None: every administration of the domain."""
    is_member: bool = True
    """Whether he is a user of the domain; staff of the office comes in by a portal role."""
    legacy_until: date | None = None
    """The first day without his old "Backoffice toegang", while that still stands."""
    is_backoffice_resting: bool = False
    """Whether he was given the role Backoffice and it rests now; it is none of his roles then."""
    is_view_only: bool = False
    """Whether he only looks into an inactive domain."""
    has_other_places: bool = True
    """Whether there is another domain or portal that he may be able to enter; False spares the question which."""

    def may(self, right: Right) -> bool:
        """Whether this user holds the right now."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Go on only with this right.

        Raises:
            NotAllowed: the user does not hold it; carries the first failing reason.
        """
        if right in self.rights:
            return
        reason = first_reason(
            right,
            roles=self.roles,
            is_member=self.is_member,
            is_readonly=self.is_readonly,
            is_view_only=self.is_view_only,
            self_booking_missing=self.self_booking_missing,
        )
        raise NotAllowed(right=right, code=reason.code, reason=reason.text)

    def reaches(self, administration_id: int) -> bool:
        """Whether the user may see this administration at all."""
        return self.administration_ids is None or administration_id in self.administration_ids

    def require_reach(self, administration_id: int) -> None:
        """Go on only with an administration that he reaches.

        Raises:
            AdministrationNotReached: it is not there for him.
        """
        if not self.reaches(administration_id):
            raise AdministrationNotReached(str(administration_id))

    def log(self, *, at: datetime, events: list[Happened]) -> None:
        """Write what was done to the event log, in the same transaction."""
        record(at=at, actor_id=self.user_id, actor_name=self.user_name, events=events)


def access_of(*, user_id: int, slug: str, on: date) -> Access:
    """What this user may do in this domain on this day; nothing is remembered from an earlier request (INV-23).

    Raises:
        UnknownDomain: no such domain, or this user has nothing to do there.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACCESS, {"user": user_id, "slug": slug, "on": on})
        row = cursor.fetchone()
    if row is None:
        raise UnknownDomain(slug)
    facts = _Facts(*row)
    if facts.is_view_only:
        # Nobody else comes into an inactive domain: no other role, no guest, and of the office its sheet alone.
        facts = replace(facts, roles=[one for one in facts.roles if one in LOOKERS], portal_roles=[], legacy_until=None)
    is_entered = facts.lifecycle in _ENTERED or (facts.is_view_only and bool(facts.roles))
    if not is_entered or not (facts.is_member or facts.portal_roles or facts.legacy_until):
        raise UnknownDomain(slug)
    roles = frozenset(facts.roles) | frozenset(facts.portal_roles)
    today = DomainFacts(
        pricing_model=facts.pricing_model,
        bundle=facts.bundle,
        lifecycle=facts.lifecycle,
        trial_until=facts.trial_until,
        is_authorised=facts.is_authorised,
        authorised_until=facts.authorised_until,
        planned_on=facts.planned_on,
        planned_pricing_model=facts.planned_pricing_model,
        planned_bundle=facts.planned_bundle,
    ).on(on)
    missing = first_missing(self_booking_facts(today, facts.backoffice or AssignmentState.NONE))
    ticked = frozenset(
        (role, Right(right)) for role, right in zip(facts.ticked_roles, facts.ticked_rights, strict=True)
    )
    rights = granted_rights(roles, self_booking=missing is None, ticked=ticked)
    if facts.legacy_until is not None:
        # What the office once gave its guest, until the cut-over: not a role of the domain, no seat, never charged.
        rights |= granted_rights(frozenset({Role.BACKOFFICE}), self_booking=True)
    is_live = facts.lifecycle in {Lifecycle.STARTUP, Lifecycle.ACTIVE}
    if not is_live:
        # A blocked client may sign in and sees why; his books wait for him, and his office still reads them.
        is_shut = facts.lifecycle == Lifecycle.BLOCKED and not facts.portal_roles
        rights &= {Right.DOMAIN_ENTER} if is_shut else _READING
    # Backoffice reaches all that its domain has, unless the Directie keeps also that role within what was granted.
    reaches_all = facts.reaches_all or bool(facts.portal_roles) or facts.legacy_until is not None
    reaches_all = reaches_all or (Role.BACKOFFICE in roles and not facts.is_backoffice_limited)
    return Access(
        user_id=user_id,
        user_name=facts.user_name,
        domain_id=facts.domain_id,
        domain_slug=slug,
        rights=rights,
        roles=roles,
        self_booking_missing=missing,
        is_readonly=not is_live,
        administration_ids=None if reaches_all else frozenset(facts.grants),
        is_member=facts.is_member,
        legacy_until=facts.legacy_until,
        is_backoffice_resting=facts.backoffice == AssignmentState.SUSPENDED,
        is_view_only=facts.is_view_only,
        has_other_places=facts.has_other_places,
    )


@contextmanager
def open_domain(*, user_id: int, slug: str, at: datetime, doing: str) -> Iterator[Access]:
    """Enter a domain: its rows are visible inside the block, in one transaction, and nowhere else.

    A refusal inside it undoes the block and is then written to the event log, in a transaction of its own: `doing`
    says what was tried (INV-24). This is the one place that pages and commands pass through.

    Raises:
        UnknownDomain: no such domain for this user.
        NotAllowed: raised in the block; its reference is that of the event.
    """
    access = access_of(user_id=user_id, slug=slug, on=timezone.localtime(at).date())
    try:
        with domain_scope(access.domain_id):
            yield access
    except NotAllowed as no:
        no.reference = secrets.token_hex(4).upper()
        detail = {"code": str(no.code), "right": str(no.right), "reference": no.reference}
        with domain_scope(access.domain_id):
            access.log(at=at, events=[Happened("refused", doing, detail)])
        log.warning("refused", **detail, doing=doing, user=user_id)
        raise


@dataclass(frozen=True, slots=True)
class DomainChoice:
    """A domain this user may enter."""

    slug: str
    name: str


def domains_of(*, user_id: int, on: date | None = None, most: int | None = None) -> list[DomainChoice]:
    """The domains this user may enter (today, or on a day), by name: those that `open_domain` opens for him; at most
    so many of them."""
    values: dict[str, Any] = {
        "user": user_id,
        "staff": STAFF,
        "admin": _ADMIN,
        "entered": sorted(_ENTERED),
        "lookers": sorted(LOOKERS),
        "on": on or timezone.localdate(),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DOMAINS, values)
        return [DomainChoice(*row) for row in cursor.fetchall()]


def add_member(*, domain: Domain, user: User, roles: frozenset[Role] = frozenset(), is_owner: bool = False) -> Member:
    """Make a user a member of a domain with these roles. The owner always gets Directie."""
    member = Member.objects.create(user=user, domain=domain, is_owner=is_owner)
    given = set(roles) | ({Role.MANAGEMENT} if is_owner else set())
    RoleAssignment.objects.bulk_create([RoleAssignment(member=member, role=role.value) for role in sorted(given)])
    return member


@dataclass(frozen=True, slots=True)
class _Facts:
    user_name: str
    domain_id: int
    lifecycle: str
    pricing_model: str
    bundle: str
    trial_until: date | None
    is_authorised: bool
    authorised_until: date | None
    planned_on: date | None
    planned_pricing_model: str
    planned_bundle: str
    is_member: bool
    has_other_places: bool
    reaches_all: bool
    roles: list[str]
    backoffice: str | None
    grants: list[int]
    portal_roles: list[str]
    ticked_roles: list[str]
    ticked_rights: list[str]
    is_backoffice_limited: bool
    legacy_until: date | None
    is_view_only: bool


_ENTERED = frozenset(
    life.value for life in (Lifecycle.STARTUP, Lifecycle.ACTIVE, Lifecycle.BLOCKED, Lifecycle.ARCHIVED)
)
"""The lives in which a domain is entered at all; an unknown one is not (INV-33)."""

LOOKERS = frozenset({Role.MANAGEMENT.value, Role.VIEWER.value})
"""The roles that look into an inactive domain that is kept to be looked at."""

_ADMIN = PortalRole.PORTAL_ADMIN.value
STAFF = [PortalRole.DATA_ENTRY.value, PortalRole.PORTAL_BACKOFFICE.value, PortalRole.CONTROLLER.value, _ADMIN]
"""The portal roles that enter domains. A guest of the portal comes in only where he has a role in the domain."""
_STAFF_NAMED = ", ".join(f"'{role}'" for role in STAFF)

_READING = frozenset(
    {
        Right.DOMAIN_ENTER,
        Right.DOCUMENT_SEE_ALL_USERS,
        Right.DOCUMENT_SEE_SALES,
        Right.DOCUMENT_SEE_PURCHASE,
        Right.DOCUMENT_SEE_PERSONNEL,
        Right.LEDGER_SEE,
        Right.LOG_READ,
        Right.EXPORT_ALL,
    }
)

# Roles stand written out: an array is put together anew with each page.
_ACCESS = f"""
SELECT coalesce(nullif(u.name, ''), u.email), d.id, d.lifecycle, d.pricing_model, d.bundle, d.trial_until,
       d.is_authorised, d.authorised_until, d.planned_on, d.planned_pricing_model, d.planned_bundle, m.id IS NOT NULL,
       EXISTS (SELECT FROM access_member o WHERE o.user_id = u.id AND o.domain_id <> d.id AND o.is_active)
         OR EXISTS (SELECT FROM access_portalmember pm WHERE pm.user_id = u.id AND pm.is_active)
         OR EXISTS (SELECT FROM access_legacygrant g WHERE g.email = u.email AND g.domain_id <> d.id
                     AND g.withdrawn_at IS NULL AND g.cut_over_id IS NULL
                     AND g.granted_on <= %(on)s AND %(on)s < g.ends_on),
       coalesce(m.reaches_all, false),
       ARRAY(SELECT r.role FROM access_roleassignment r WHERE r.member_id = m.id AND r.state = 'ACTIVE'),
       (SELECT r.state FROM access_roleassignment r
         WHERE r.member_id = m.id AND r.role = 'BACKOFFICE' AND r.state <> 'WITHDRAWN'),
       ARRAY(SELECT g.administration_id FROM access_administrationgrant g WHERE g.member_id = m.id),
       ARRAY(SELECT pr.role FROM access_portalmember pm
               JOIN access_portalroleassignment pr ON pr.member_id = pm.id AND pr.withdrawn_at IS NULL
              WHERE pm.user_id = u.id AND pm.portal_id = d.portal_id AND pm.is_active AND pr.role IN ({_STAFF_NAMED})
                AND (pr.role = '{_ADMIN}' OR EXISTS (
                  SELECT 1 FROM access_domainassignment a
                   WHERE a.member_id = pm.id AND a.domain_id = d.id AND a.task <> 'ACCOUNT_MANAGER'))),
       ARRAY(SELECT t.role FROM access_tickedright t WHERE t.domain_id = d.id ORDER BY t.id),
       ARRAY(SELECT t."right" FROM access_tickedright t WHERE t.domain_id = d.id ORDER BY t.id),
       coalesce(m.is_backoffice_limited, false),
       (SELECT g.ends_on FROM access_legacygrant g
         WHERE g.email = u.email AND g.domain_id = d.id AND g.withdrawn_at IS NULL AND g.cut_over_id IS NULL
           AND g.granted_on <= %(on)s AND %(on)s < g.ends_on),
       d.is_view_only
  FROM access_user u
  JOIN tenancy_domain d ON d.slug = %(slug)s
  LEFT JOIN access_member m ON m.user_id = u.id AND m.domain_id = d.id AND m.is_active
 WHERE u.id = %(user)s AND u.is_active
"""

# The same conditions as above, from the user's side, so that an office with a thousand domains is one index scan.
_DOMAINS = """
WITH staff AS (
  SELECT pm.id, pm.portal_id, bool_or(pr.role = %(admin)s) AS is_admin
    FROM access_portalmember pm
    JOIN access_portalroleassignment pr ON pr.member_id = pm.id AND pr.withdrawn_at IS NULL
   WHERE pm.user_id = %(user)s AND pm.is_active AND pr.role = ANY(%(staff)s) GROUP BY pm.id, pm.portal_id
)
SELECT d.slug, d.name FROM tenancy_domain d
 WHERE (d.lifecycle = ANY(%(entered)s) OR (d.is_view_only AND EXISTS (
         SELECT 1 FROM access_member m JOIN access_roleassignment r ON r.member_id = m.id AND r.state = 'ACTIVE'
          WHERE m.user_id = %(user)s AND m.domain_id = d.id AND m.is_active AND r.role = ANY(%(lookers)s))))
   AND EXISTS (SELECT 1 FROM access_user u WHERE u.id = %(user)s AND u.is_active)
   AND d.id IN (
     SELECT m.domain_id FROM access_member m WHERE m.user_id = %(user)s AND m.is_active
     UNION SELECT g.domain_id FROM access_legacygrant g JOIN access_user u ON u.email = g.email
            WHERE u.id = %(user)s AND g.withdrawn_at IS NULL AND g.cut_over_id IS NULL
              AND g.granted_on <= %(on)s AND %(on)s < g.ends_on
     UNION SELECT a.domain_id FROM access_domainassignment a
             JOIN staff ON staff.id = a.member_id
             JOIN tenancy_domain own ON own.id = a.domain_id AND own.portal_id = staff.portal_id
            WHERE a.task <> 'ACCOUNT_MANAGER'
     UNION SELECT own.id FROM tenancy_domain own JOIN staff ON staff.portal_id = own.portal_id AND staff.is_admin)
 ORDER BY lower(d.name), d.id LIMIT %(most)s
"""
