"""Who of the staff looks after which domain, and as what: one person for each task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists

from zelfboeken.access.models import DomainAssignment, PortalMember, PortalRoleAssignment
from zelfboeken.access.office import PortalAccess, require_still
from zelfboeken.access.rights import Right
from zelfboeken.access.services import STAFF
from zelfboeken.audit.services import Happened
from zelfboeken.tenancy.models import Domain
from zelfboeken.tenancy.scope import domain_scope

TASK_NAMES = {
    DomainAssignment.Task.RESPONSIBLE: "verantwoordelijke",
    DomainAssignment.Task.BACKUP: "back-up",
    DomainAssignment.Task.CONTROLLER: "controller",
    DomainAssignment.Task.ACCOUNT_MANAGER: "account manager",
}


class UnknownColleague(LookupError):
    """No such active member of this portal's staff, or none whose portal role enters domains."""

    code = "unknown"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a task in a domain now."""

    member_id: int
    name: str


def holders_of(domain: Domain) -> dict[str, Holder]:
    """Who has each task of a domain; the oldest where there are several."""
    found: dict[str, Holder] = {}
    for one in DomainAssignment.objects.filter(domain=domain).select_related("member__user").order_by("id"):
        if one.member.is_active and one.member.user.is_active:
            found.setdefault(one.task, Holder(one.member_id, str(one.member.user)))
    return found


def assign(
    *, office: PortalAccess, domain: Domain, tasks: Mapping[DomainAssignment.Task, int | None], at: datetime
) -> int:
    """Give tasks of a domain to members of the staff, or to nobody; how many changed. The domain's scope is open.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownColleague: no such member.
    """
    office.require(Right.PORTAL_MANAGE)
    # Two who assign the same domain come one after the other, so that a task never has two holders by accident.
    Domain.objects.select_for_update(no_key=True).get(id=domain.id)
    require_still(office, Right.PORTAL_MANAGE)
    return sum(_assign(office, domain, task, member_id, at) for task, member_id in tasks.items())


def assign_many(
    *,
    office: PortalAccess,
    domains: Sequence[Domain],
    task: DomainAssignment.Task,
    member_id: int | None,
    at: datetime,
) -> int:
    """Give one task of many domains to one member of the staff, or to nobody: all of them or none.

    Raises:
        NotAllowed, UnknownColleague: as for one domain.
    """
    changed = 0
    for domain in sorted(domains, key=lambda one: one.id):
        with domain_scope(domain.id):
            changed += assign(office=office, domain=domain, tasks={task: member_id}, at=at)
    return changed


def _assign(
    office: PortalAccess, domain: Domain, task: DomainAssignment.Task, member_id: int | None, at: datetime
) -> int:
    held = list(DomainAssignment.objects.filter(domain=domain, task=task).select_related("member__user"))
    if [one.member_id for one in held] == ([member_id] if member_id else []):
        return 0
    to = None
    if member_id is not None:
        staff = PortalMember.objects.filter(portal_id=office.portal_id, is_active=True, user__is_active=True)
        held_role = PortalRoleAssignment.objects.filter(member_id=member_id, withdrawn_at__isnull=True, role__in=STAFF)
        to = staff.filter(Exists(held_role), id=member_id).first()
        if to is None:
            raise UnknownColleague(str(member_id))
    DomainAssignment.objects.filter(id__in=[one.id for one in held if one.member_id != member_id]).delete()
    if to is not None and all(one.member_id != member_id for one in held):
        DomainAssignment.objects.create(member=to, domain=domain, task=task)
    detail = {
        "task": task.value,
        "from": ", ".join(sorted(str(one.member.user) for one in held)),
        "to": str(to.user) if to else "",
    }
    office.log_in_domain(at=at, events=[Happened("domain.assigned", f"domain:{domain.slug}", detail)])
    return 1
