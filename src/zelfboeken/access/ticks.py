"""The rights that a role has only where the office ticks them for a domain (invariants, chapter 2, cells `t`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from zelfboeken.access.models import TickedRight
from zelfboeken.access.office import PortalAccess, require_still
from zelfboeken.access.rights import TICKABLE, Right
from zelfboeken.audit.services import Happened
from zelfboeken.tenancy.models import Domain

Tick = tuple[str, Right]
"""A role, and the right that it gets."""


class TickUnknown(ValueError):
    """A role and a right that no office ticks: the table of rights has no `t` there."""

    code = "tick_unknown"


def ticks_of(domain: Domain) -> frozenset[Tick]:
    """What the office ticked for a domain."""
    held = TickedRight.objects.filter(domain=domain).values_list("role", "right")
    return frozenset((role, Right(right)) for role, right in held)


def change_ticks(
    *, office: PortalAccess, domain: Domain, ticks: Collection[Tick], reason: str = "", at: datetime
) -> int:
    """Let exactly these be ticked for a domain; how many changed. The scope of the domain is open.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        TickUnknown: one of them cannot be ticked.
    """
    office.require(Right.PORTAL_MANAGE)
    wanted = frozenset(ticks)
    if not wanted <= TICKABLE:
        raise TickUnknown("tick")
    Domain.objects.select_for_update(no_key=True).get(id=domain.id)
    require_still(office, Right.PORTAL_MANAGE)
    held = ticks_of(domain)
    for role, right in sorted(held - wanted):
        TickedRight.objects.filter(domain=domain, role=role, right=right.value).delete()
    for role, right in sorted(wanted - held):
        TickedRight.objects.create(domain=domain, role=role, right=right.value, ticked_by_id=office.user_id)
    told = {"reason": reason.strip()[:500]} if reason.strip() else {}
    events = [
        Happened(
            "right.ticked" if one in wanted else "right.unticked",
            f"domain:{domain.slug}",
            {"role": one[0], "right": one[1].value, **told},
        )
        for one in sorted(held ^ wanted)
    ]
    office.log_in_domain(at=at, events=events)
    return len(events)
