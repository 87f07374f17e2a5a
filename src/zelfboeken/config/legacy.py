"""`zelfboeken legacy`: the old "Backoffice toegang" from the command line, in the name of a Portaalbeheerder."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zelfboeken.access.models import PortalRoleAssignment
from zelfboeken.access.office import PortalAccess, UnknownPortal, open_portal
from zelfboeken.access.rights import PortalRole
from zelfboeken.billing.legacy import cut_over_day, guests_of, import_grants, set_cut_over_day
from zelfboeken.tenancy.models import Portal


def keep_list(*, portal: str, user: str | None, content: bytes) -> dict[str, Any]:
    """Keep every grant of a list, or none.

    Raises:
        UnknownPortal: no such portal, or no such Portaalbeheerder; NotAllowed, LegacyRefused: as the service.
    """
    now = timezone.now()
    with open_portal(user_id=_whose(portal, user), slug=portal, at=now, doing="legacy --import") as office:
        return {"portal": portal, "kept": import_grants(office=office, content=content, at=now)}


def report_guests(*, portal: str, user: str | None) -> list[dict[str, Any]]:
    """What the cut-over means for each guest, as plain values; nothing is changed.

    Raises:
        UnknownPortal, NotAllowed: as for a list.
    """
    now = timezone.now()
    with open_portal(user_id=_whose(portal, user), slug=portal, at=now, doing="legacy --report") as office:
        return _told(office)


def _told(office: PortalAccess) -> list[dict[str, Any]]:
    return [
        {
            "domain": one.domain.slug,
            "email": one.grant.email,
            "name": one.name,
            "granted_on": str(one.grant.granted_on),
            "ends_on": str(one.grant.ends_on),
            "has_account": one.has_account,
            "cut_over": one.grant.cut_over_id is not None,
            "afterwards": one.forecast.afterwards.value,
            "steps": [step.value for step in one.forecast.steps],
            "todo": [what.value for what in one.forecast.todo],
        }
        for one in guests_of(office=office, at=timezone.now())
    ]


def set_day(*, portal: str, on: date) -> dict[str, Any]:
    """Another day for the cut-over of a portal; who may run this runs the installation.

    Raises:
        UnknownPortal: no such portal; LegacyRefused: as the service.
    """
    with transaction.atomic():
        found = Portal.objects.filter(slug=portal).first()
        if found is None:
            raise UnknownPortal(portal)
        changed = set_cut_over_day(portal=found, on=on, at=timezone.now())
        return {"portal": portal, "cut_over_on": str(cut_over_day(found.id)), "changed": changed}


def _whose(portal: str, user: str | None) -> int:
    held = PortalRoleAssignment.objects.filter(
        member__portal__slug=portal,
        member__is_active=True,
        member__user__is_active=True,
        role=PortalRole.PORTAL_ADMIN.value,
        withdrawn_at__isnull=True,
    )
    if user is not None:
        held = held.filter(member__user__email=user.lower())
    first = held.order_by("id").values_list("member__user_id", flat=True).first()
    if first is None:
        raise UnknownPortal(portal)
    return first
