"""Which administrations a user of a domain reaches, and whether his role Backoffice stays within them (product A3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from zelfboeken.access.models import AdministrationGrant, Member
from zelfboeken.access.rights import Right
from zelfboeken.access.services import Access, access_of
from zelfboeken.audit.services import Happened
from zelfboeken.tenancy.models import Administration, Domain


class UserUnknown(LookupError):
    """No such user in this domain, or no such administration: the same answer as for one of another domain."""

    code = "unknown"


class ReachRefused(ValueError):
    """A reach that cannot be; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reach:
    """What a user reaches: all, or these administrations; `is_backoffice_limited` says whether Backoffice obeys."""

    reaches_all: bool
    administration_ids: frozenset[int]
    is_backoffice_limited: bool


def reach_of(member: Member) -> Reach:
    """What was granted to a user."""
    granted = AdministrationGrant.objects.filter(member=member).values_list("administration_id", flat=True)
    return Reach(member.reaches_all, frozenset(granted), member.is_backoffice_limited)


def change_reach(
    *,
    access: Access,
    member_id: int,
    administration_ids: Collection[int] | None,
    limits_backoffice: bool,
    reason: str = "",
    at: datetime,
) -> bool:
    """Let a user reach exactly these administrations, None for all; whether anything changed.

    Without `limits_backoffice` his role Backoffice goes on reaching all of them, as that role does by itself.

    Raises:
        NotAllowed: who asks is no Directie.
        UserUnknown: no such user or administration here.
        ReachRefused: the owner, or no administration at all.
    """
    access.require(Right.ROLE_GIVE)
    # The same lock as for roles: what a user may, and where, changes one thing at a time.
    Domain.objects.select_for_update(no_key=True).get(id=access.domain_id)
    access_of(user_id=access.user_id, slug=access.domain_slug, on=timezone.localtime(at).date()).require(
        Right.ROLE_GIVE
    )
    member = Member.objects.filter(id=member_id, domain_id=access.domain_id, is_active=True).first()
    if member is None:
        raise UserUnknown(str(member_id))
    names = dict(Administration.objects.filter(domain_id=access.domain_id).values_list("id", "name"))
    wanted = frozenset(administration_ids or ())
    if not wanted <= set(names):
        raise UserUnknown("administration")
    if administration_ids is not None and member.is_owner:
        raise ReachRefused(
            "owner_reaches_all", "De eigenaar van het domein bereikt altijd alle administraties. Kies een andere."
        )
    if administration_ids is not None and not wanted:
        raise ReachRefused(
            "no_administration", f"Kies minstens één administratie voor {member.user}, of laat alle administraties toe."
        )
    then = Reach(administration_ids is None, wanted, administration_ids is not None and limits_backoffice)
    now = reach_of(member)
    if then == now:
        return False
    Member.objects.filter(id=member.id).update(
        reaches_all=then.reaches_all, is_backoffice_limited=then.is_backoffice_limited
    )
    AdministrationGrant.objects.filter(member=member).exclude(administration_id__in=wanted).delete()
    AdministrationGrant.objects.bulk_create(
        AdministrationGrant(member=member, administration_id=one) for one in sorted(wanted - now.administration_ids)
    )
    detail = {
        "user": str(member.user),
        "from": _told(now, names),
        "to": _told(then, names),
        **({"backoffice": "LIMITED"} if then.is_backoffice_limited else {}),
        **({"reason": reason.strip()[:500]} if reason.strip() else {}),
    }
    access.log(at=at, events=[Happened("member.reach_changed", f"member:{member.id}", detail)])
    return True


def _told(reach: Reach, names: dict[int, str]) -> str:
    if reach.reaches_all:
        return "ALL"
    return ", ".join(sorted(names[one] for one in reach.administration_ids if one in names))
