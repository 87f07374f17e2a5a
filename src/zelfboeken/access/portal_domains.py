"""The domains of a portal as a list: what each is today, filtered, sorted and cut into pages by plain rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from zelfboeken.access.models import PortalMember, PortalRoleAssignment
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right
from zelfboeken.access.self_booking import Activation, activation_of
from zelfboeken.access.services import STAFF
from zelfboeken.tenancy.models import Bundle, DomainFacts


@dataclass(frozen=True, slots=True)
class PortalDomain:
    """One domain of a portal. `facts` are those of the day that was asked for."""

    id: int
    slug: str
    name: str
    workflow: str
    users: int
    backoffice: int
    """Active Backoffice roles of users who may sign in."""
    responsible_id: int | None
    responsible: str
    facts: DomainFacts
    is_erased: bool = False
    """Everything in it is gone for good; its address is not given out again."""

    @property
    def activation(self) -> Activation:
        """How far Zelfboeken is here."""
        return activation_of(self.facts, active_roles=self.backoffice)


@dataclass(frozen=True, slots=True)
class DomainFilter:
    """What a list shows, and in which order. Everything empty is everything, by name."""

    search: str = ""
    lifecycle: str = ""
    activation: str = ""
    bundle: str = ""
    workflow: str = ""
    responsible: str = ""
    """The id of a member of the staff as text, or `-` for nobody."""
    sort: str = "name"
    is_descending: bool = False


NOBODY = "-"
_BUNDLES: dict[str, int] = {one.value: rank for rank, one in enumerate(Bundle)}
_SORTS: dict[str, Callable[[PortalDomain], Any]] = {
    "name": lambda one: "",
    "self_booking": lambda one: list(Activation).index(one.activation),
    "users": lambda one: one.users,
    "bundle": lambda one: _BUNDLES.get(one.facts.bundle, 0),
    "lifecycle": lambda one: one.facts.lifecycle,
    "workflow": lambda one: one.workflow,
    "responsible": lambda one: one.responsible.casefold(),
}
SORTS = frozenset(_SORTS)


def chosen(rows: Sequence[PortalDomain], wanted: DomainFilter) -> list[PortalDomain]:
    """The domains that a filter lets through, in its order; those that are equal in it by name."""
    found = sorted((one for one in rows if _matches(one, wanted)), key=lambda one: (one.name.casefold(), one.slug))
    if wanted.sort == "name":
        return found[::-1] if wanted.is_descending else found
    return sorted(found, key=_SORTS[wanted.sort], reverse=wanted.is_descending)


def _matches(one: PortalDomain, wanted: DomainFilter) -> bool:
    words = wanted.search.casefold().split()
    told = f"{one.name} {one.slug}".casefold()
    responsible = str(one.responsible_id) if one.responsible_id else NOBODY
    return all(word in told for word in words) and all(
        not asked or asked == has
        for asked, has in (
            (wanted.lifecycle, one.facts.lifecycle),
            (wanted.activation, one.activation.value),
            (wanted.bundle, one.facts.bundle),
            (wanted.workflow, one.workflow),
            (wanted.responsible, responsible),
        )
    )


def portal_domains(*, office: PortalAccess, on: date) -> list[PortalDomain]:
    """The domains of the portal that this member of its staff reaches, as they are on a day."""
    office.require(Right.DOMAIN_ENTER)
    with connection.cursor() as cursor:
        cursor.execute(_DOMAINS, {"portal": office.portal_id, "member": office.member_id, "all": office.reaches_all})
        rows = cursor.fetchall()
    return [_row(row, on) for row in rows]


def _row(row: tuple[Any, ...], on: date) -> PortalDomain:
    domain_id, slug, name, workflow, users, backoffice, responsible_id, responsible, is_erased, *facts = row
    return PortalDomain(
        id=domain_id,
        slug=slug,
        name=name,
        workflow=workflow,
        users=users,
        backoffice=backoffice,
        responsible_id=responsible_id,
        responsible=responsible,
        is_erased=is_erased,
        facts=DomainFacts(*facts).on(on),
    )


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the staff, with his portal roles."""

    member_id: int
    user_id: int
    name: str
    email: str
    roles: tuple[str, ...]

    @property
    def enters_domains(self) -> bool:
        """Whether a task in a domain may be his: a guest of the portal comes in only by a role in the domain itself."""
        return not frozenset(STAFF).isdisjoint(self.roles)


def staff_of(*, office: PortalAccess) -> list[Colleague]:
    """The active staff of the portal, by name."""
    members = PortalMember.objects.filter(portal_id=office.portal_id, is_active=True, user__is_active=True)
    roles: dict[int, tuple[str, ...]] = {}
    for one in PortalRoleAssignment.objects.filter(member__in=members, withdrawn_at__isnull=True).order_by("id"):
        roles[one.member_id] = (*roles.get(one.member_id, ()), one.role)
    found = [
        Colleague(one.id, one.user_id, str(one.user), one.user.email, roles.get(one.id, ()))
        for one in members.select_related("user")
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.member_id))


_DOMAINS = """
WITH reached AS (
  SELECT d.* FROM tenancy_domain d
   WHERE d.portal_id = %(portal)s
     AND (%(all)s OR d.id IN (SELECT a.domain_id FROM access_domainassignment a
                               WHERE a.member_id = %(member)s AND a.task <> 'ACCOUNT_MANAGER'))
), people AS (
  SELECT m.domain_id, count(*) AS users,
         count(*) FILTER (WHERE EXISTS (SELECT 1 FROM access_roleassignment r WHERE r.member_id = m.id
                                           AND r.role = 'BACKOFFICE' AND r.state = 'ACTIVE')) AS backoffice
    FROM access_member m JOIN access_user u ON u.id = m.user_id AND u.is_active
   WHERE m.is_active AND m.domain_id IN (SELECT id FROM reached) GROUP BY m.domain_id
), responsible AS (
  SELECT DISTINCT ON (a.domain_id) a.domain_id, pm.id AS member_id, coalesce(nullif(u.name, ''), u.email) AS name
    FROM access_domainassignment a
    JOIN access_portalmember pm ON pm.id = a.member_id AND pm.is_active
    JOIN access_user u ON u.id = pm.user_id AND u.is_active
   WHERE a.task = 'RESPONSIBLE' AND a.domain_id IN (SELECT id FROM reached) ORDER BY a.domain_id, a.id
)
SELECT d.id, d.slug, d.name, d.workflow, coalesce(p.users, 0), coalesce(p.backoffice, 0), r.member_id,
       coalesce(r.name, ''), d.erased_at IS NOT NULL,
       d.pricing_model, d.bundle, d.lifecycle, d.trial_until, d.is_authorised, d.authorised_until, d.planned_on,
       d.planned_pricing_model, d.planned_bundle
  FROM reached d LEFT JOIN people p ON p.domain_id = d.id LEFT JOIN responsible r ON r.domain_id = d.id
"""
