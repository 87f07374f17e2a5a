"""Who there is to ask: the users of a domain and the staff that looks after it, with what each may see now."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import Q

from zelfboeken.access.models import DomainAssignment, Member, PortalMember, User
from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.services import STAFF, Access, UnknownDomain, access_of
from zelfboeken.questions.models import Side, Topic
from zelfboeken.questions.rules import Person
from zelfboeken.tenancy.models import Domain


def side_of(access: Access) -> str:
    """From where somebody speaks: who came in by a role of the office speaks for the office."""
    return Side.OFFICE if any(role in access.roles for role in STAFF) else Side.DOMAIN


def may_answer(access: Access, *, administration_id: int, subject_right: str, topic: str) -> bool:
    """Whether somebody may be asked this: he may answer at all, reaches the books, and may see what it is about."""
    return (
        access.may(Right.DOCUMENT_DELIVER)
        and access.reaches(administration_id)
        and (not subject_right or access.may(Right(subject_right)))
        and (topic != Topic.PAYROLL or access.may(Right.DOCUMENT_SEE_PERSONNEL))
    )


def people_of(
    *, domain_id: int, on: date, administration_id: int, subject_right: str = "", topic: str = Topic.ADMINISTRATION
) -> list[Person]:
    """Everybody who may enter the domain, by name, with whether he may be asked this (INV-23: as of now)."""
    domain = Domain.objects.get(id=domain_id)
    tasks: dict[int, set[str]] = defaultdict(set)
    for one in DomainAssignment.objects.filter(domain=domain).select_related("member"):
        tasks[one.member.user_id].add(one.task)
    owner_ids = set(
        Member.objects.filter(domain=domain, is_owner=True, is_active=True).values_list("user_id", flat=True)
    )
    found = []
    for user in _who_may_enter(domain):
        try:
            access = access_of(user_id=user.id, slug=domain.slug, on=on)
        except UnknownDomain:
            continue
        found.append(
            Person(
                user_id=user.id,
                name=access.user_name,
                email=user.email,
                language=user.language,
                side=side_of(access),
                may_see=may_answer(
                    access, administration_id=administration_id, subject_right=subject_right, topic=topic
                ),
                roles=access.roles,
                is_owner=user.id in owner_ids,
                tasks=frozenset(tasks.get(user.id, ())),
            )
        )
    return sorted(found, key=lambda one: (one.name.casefold(), one.user_id))


def _who_may_enter(domain: Domain) -> list[User]:
    """The users of the domain, those of the staff that were given it, and those who run the portal."""
    members = Member.objects.filter(domain=domain, is_active=True).values("user_id")
    staff = PortalMember.objects.filter(portal_id=domain.portal_id, is_active=True).filter(
        Q(assignments__domain=domain) | Q(roles__role=PortalRole.PORTAL_ADMIN.value, roles__withdrawn_at__isnull=True)
    )
    return list(
        User.objects.filter(Q(id__in=members) | Q(id__in=staff.values("user_id")), is_active=True).order_by("id")
    )
