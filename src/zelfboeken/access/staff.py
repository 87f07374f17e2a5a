"""The staff of an office: portal roles given and withdrawn, and never nobody left who may (INV-22)."""

from __future__ import annotations

from datetime import datetime

from zelfboeken.access.models import DomainAssignment, PortalMember, PortalRoleAssignment
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole, Right
from zelfboeken.access.sessions import end_sessions
from zelfboeken.audit.services import Happened
from zelfboeken.tenancy.models import Portal


class StaffUnknown(LookupError):
    """No such active member of this portal's staff: the same answer as for one of another portal."""

    code = "unknown"


class StaffRefused(ValueError):
    """A change of the staff that cannot be; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def change_portal_role(
    *, office: PortalAccess, member_id: int, role: PortalRole, is_given: bool, at: datetime, reason: str = ""
) -> bool:
    """Give or withdraw a portal role; whether anything changed. The reason goes to the log. The sessions of that
    colleague end (INV-38); of himself the page ends the others.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder, also when that was taken from him a moment ago.
        StaffUnknown: no such member.
        StaffRefused: the last Portaalbeheerder.
    """
    member = _locked(office, member_id)
    held = PortalRoleAssignment.objects.filter(member=member, role=role.value, withdrawn_at__isnull=True)
    if held.exists() == is_given:
        return False
    if is_given:
        PortalRoleAssignment.objects.create(member=member, role=role.value)
    else:
        if role is PortalRole.PORTAL_ADMIN:
            _require_another_admin(office, member)
        held.update(withdrawn_at=at)
    if member.user_id != office.user_id:
        end_sessions(member.user_id)
    action = "staff.role_given" if is_given else "staff.role_withdrawn"
    _log(office, at, action, member, role=role.value, **_told(reason))
    return True


def end_staff(*, office: PortalAccess, member_id: int, at: datetime, reason: str = "") -> str:
    """Let somebody leave the staff: his roles, his domains and his sessions go; gives his name.

    Raises:
        NotAllowed, StaffUnknown, StaffRefused: as for a role.
    """
    member = _locked(office, member_id)
    _require_another_admin(office, member)
    PortalRoleAssignment.objects.filter(member=member, withdrawn_at__isnull=True).update(withdrawn_at=at)
    DomainAssignment.objects.filter(member=member).delete()
    PortalMember.objects.filter(id=member.id).update(is_active=False)
    end_sessions(member.user_id)
    _log(office, at, "staff.left", member, **_told(reason))
    return str(member.user)


def _locked(office: PortalAccess, member_id: int) -> PortalMember:
    # One change of a portal's staff at a time: two who remove each other would else both find the other still there.
    Portal.objects.select_for_update(no_key=True).get(id=office.portal_id)
    portal_access_of(user_id=office.user_id, slug=office.portal_slug).require(Right.PORTAL_MANAGE)
    member = (
        PortalMember.objects.filter(id=member_id, portal_id=office.portal_id, is_active=True)
        .select_related("user")
        .first()
    )
    if member is None:
        raise StaffUnknown(str(member_id))
    return member


def _require_another_admin(office: PortalAccess, member: PortalMember) -> None:
    admins = PortalRoleAssignment.objects.filter(
        member__portal_id=office.portal_id,
        member__is_active=True,
        member__user__is_active=True,
        role=PortalRole.PORTAL_ADMIN.value,
        withdrawn_at__isnull=True,
    ).values_list("member_id", flat=True)
    if set(admins) == {member.id}:
        raise StaffRefused(
            "last_portal_admin",
            f"{member.user} is de laatste Portaalbeheerder. Geef eerst iemand anders die rol.",
        )


def _told(reason: str) -> dict[str, str]:
    return {"reason": reason.strip()[:500]} if reason.strip() else {}


def _log(office: PortalAccess, at: datetime, action: str, member: PortalMember, **detail: object) -> None:
    office.log(at=at, events=[Happened(action, f"staff:{member.id}", {"user": str(member.user), **detail})])
