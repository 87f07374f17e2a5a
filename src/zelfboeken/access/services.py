"""The one door to a domain: who comes in, with which rights, to which administrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from zelfboeken.access.models import DomainAssignment, Member, RoleAssignment, User
from zelfboeken.access.rights import RIGHT_NAMES, PortalRole, Right, Role, granted_rights
from zelfboeken.access.self_booking import REASONS, AssignmentState, Missing, SelfBookingFacts, first_missing
from zelfboeken.audit.services import Happened, record
from zelfboeken.tenancy.models import Domain, Lifecycle
from zelfboeken.tenancy.scope import domain_scope


class UnknownDomain(LookupError):
    """The domain does not exist for this user: the same answer whether it is there or not."""

    code = "unknown"


class NotAllowed(PermissionError):
    """The user may enter, but not do this; the text is the first failing reason."""

    def __init__(self, *, right: Right, code: str, reason: str) -> None:
        super().__init__(reason)
        self.right = right
        self.code = code


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
        if Role.BACKOFFICE in self.roles and self.self_booking_missing is not None:
            raise NotAllowed(right=right, code=self.self_booking_missing, reason=REASONS[self.self_booking_missing])
        if right in {Right.DOCUMENT_BOOK, Right.BANK_BOOK, Right.BANK_MATCH, Right.BANK_SPLIT}:
            missing = self.self_booking_missing or Missing.ASSIGNMENT
            raise NotAllowed(right=right, code=missing, reason=REASONS[missing])
        name = RIGHT_NAMES.get(right, "dit doen")
        raise NotAllowed(
            right=right, code="right_missing", reason=f"Je rol laat niet toe om {name}. Vraag het aan de Directie."
        )

    def reaches(self, administration_id: int) -> bool:
        """Whether the user may see this administration at all."""
        return self.administration_ids is None or administration_id in self.administration_ids

    def log(self, *, at: datetime, events: list[Happened]) -> None:
        """Write what was done to the event log, in the same transaction."""
        record(at=at, actor_id=self.user_id, actor_name=self.user_name, events=events)


def access_of(*, user_id: int, slug: str, on: date) -> Access:
    """What this user may do in this domain on this day; nothing is remembered from an earlier request (INV-23).

    Raises:
        UnknownDomain: no such domain, or this user has nothing to do there.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACCESS, {"user": user_id, "slug": slug})
        row = cursor.fetchone()
    if row is None:
        raise UnknownDomain(slug)
    facts = _Facts(*row)
    roles = frozenset(facts.roles) | frozenset(facts.portal_roles)
    if not (facts.is_member or facts.portal_roles):
        raise UnknownDomain(slug)
    if facts.lifecycle == Lifecycle.INACTIVE:
        raise UnknownDomain(slug)
    missing = first_missing(
        SelfBookingFacts(
            lifecycle=facts.lifecycle,
            pricing_model=facts.pricing_model,
            is_trial=facts.trial_until is not None and on <= facts.trial_until,
            is_authorised=facts.is_authorised,
            bundle=facts.bundle,
            assignment=facts.backoffice or AssignmentState.NONE,
        )
    )
    rights = granted_rights(roles, self_booking=missing is None)
    readonly = facts.lifecycle in {Lifecycle.BLOCKED, Lifecycle.ARCHIVED}
    if readonly:
        rights &= _READING
    reaches_all = facts.reaches_all or bool(facts.portal_roles) or Role.BACKOFFICE in roles
    return Access(
        user_id=user_id,
        user_name=facts.user_name,
        domain_id=facts.domain_id,
        domain_slug=slug,
        rights=rights,
        roles=roles,
        self_booking_missing=missing,
        is_readonly=readonly,
        administration_ids=None if reaches_all else frozenset(facts.grants),
    )


@contextmanager
def open_domain(*, user_id: int, slug: str, on: date) -> Iterator[Access]:
    """Enter a domain: its rows are visible inside the block, in one transaction, and nowhere else.

    Raises:
        UnknownDomain: no such domain for this user.
    """
    access = access_of(user_id=user_id, slug=slug, on=on)
    with domain_scope(access.domain_id):
        yield access


@dataclass(frozen=True, slots=True)
class DomainChoice:
    """A domain this user may enter."""

    slug: str
    name: str


def domains_of(*, user_id: int) -> list[DomainChoice]:
    """The domains this user may enter, by name."""
    own = Member.objects.filter(user_id=user_id, is_active=True).values("domain_id")
    assigned = DomainAssignment.objects.filter(member__user_id=user_id, member__is_active=True).values("domain_id")
    managed = Domain.objects.filter(
        portal__members__user_id=user_id,
        portal__members__is_active=True,
        portal__members__roles__role=PortalRole.PORTAL_ADMIN,
        portal__members__roles__withdrawn_at__isnull=True,
    ).values("id")
    found = Domain.objects.exclude(lifecycle=Lifecycle.INACTIVE).filter(id__in=own.union(assigned, managed))
    return sorted((DomainChoice(d.slug, d.name) for d in found), key=lambda choice: choice.name.casefold())


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
    is_member: bool
    reaches_all: bool
    roles: list[str]
    backoffice: str | None
    grants: list[int]
    portal_roles: list[str]


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

_ACCESS = """
SELECT coalesce(nullif(u.name, ''), u.email), d.id, d.lifecycle, d.pricing_model, d.bundle, d.trial_until,
       d.is_authorised, m.id IS NOT NULL, coalesce(m.reaches_all, false),
       ARRAY(SELECT r.role FROM access_roleassignment r WHERE r.member_id = m.id AND r.state = 'ACTIVE'),
       (SELECT r.state FROM access_roleassignment r
         WHERE r.member_id = m.id AND r.role = 'BACKOFFICE' AND r.state <> 'WITHDRAWN'),
       ARRAY(SELECT g.administration_id FROM access_administrationgrant g WHERE g.member_id = m.id),
       ARRAY(SELECT pr.role FROM access_portalmember pm
               JOIN access_portalroleassignment pr ON pr.member_id = pm.id AND pr.withdrawn_at IS NULL
              WHERE pm.user_id = u.id AND pm.portal_id = d.portal_id AND pm.is_active AND pr.role <> 'GUEST'
                AND (pr.role = 'PORTAL_ADMIN' OR EXISTS (
                  SELECT 1 FROM access_domainassignment a
                   WHERE a.member_id = pm.id AND a.domain_id = d.id AND a.task <> 'ACCOUNT_MANAGER')))
  FROM access_user u
  JOIN tenancy_domain d ON d.slug = %(slug)s
  LEFT JOIN access_member m ON m.user_id = u.id AND m.domain_id = d.id AND m.is_active
 WHERE u.id = %(user)s AND u.is_active
"""
