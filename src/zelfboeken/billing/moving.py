"""A domain moves to another office (product A6): what the old one decided about it ends, what the client has stays.

Only the command line calls this: two offices and a client agree on it outside, and whoever runs the installation does
it. The permission to book himself is the office's, so the new one must renew it; the client keeps it for thirty days
meanwhile, with a planned end that the new office undoes on the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zelfboeken.access.models import DomainAssignment, LegacyGrant, TickedRight
from zelfboeken.audit.services import Happened, record, record_in_portal
from zelfboeken.billing import mails
from zelfboeken.billing.contracts import office_pays
from zelfboeken.billing.owner import drop_named
from zelfboeken.billing.standing import Actor, day_of, locked_domain, settle_roles
from zelfboeken.tenancy.models import Portal

RENEWED_WITHIN = timedelta(days=30)
MOVER = Actor(None, "zelfboeken move")


class MoveRefused(ValueError):
    """A domain that cannot move as things are; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of it: between which offices, and until when the client books himself without the new one."""

    domain: str
    former: str
    portal: str
    authorised_until: date | None


def move_domain(*, domain_id: int, to: Portal, reason: str, at: datetime) -> Moved:
    """Let another office look after a domain. Its scope is open.

    Users, roles, bundle, books and log stay. The assignments of the old staff, the rights it ticked, its old grants and
    an owner it named end; Zelfboeken ends after thirty days unless the new office lets it go on.

    Raises:
        MoveRefused: it is there already, without a reason, erased, or the old office pays.
    """
    domain = locked_domain(domain_id, at=at)
    former = Portal.objects.get(id=domain.portal_id)
    if former.id == to.id:
        raise MoveRefused("is_there", f"{domain.name} hoort al bij {to.name}. Kies een ander kantoor.")
    if domain.erased_at is not None:
        raise MoveRefused("domain_erased", f"{domain.name} is gewist: er is niets meer om te verhuizen.")
    if not reason.strip():
        raise MoveRefused("reason_missing", "Zeg waarom: de reden komt in het logboek en in de mails.")
    if office_pays(domain.id):
        raise MoveRefused(
            "office_pays",
            f"{former.name} betaalt voor dit domein. Laat de Directie eerst onder Bundel invullen dat zij betaalt.",
        )
    DomainAssignment.objects.filter(domain=domain).delete()
    TickedRight.objects.filter(domain=domain).delete()
    LegacyGrant.objects.filter(domain=domain, withdrawn_at__isnull=True).update(withdrawn_at=at)
    drop_named(domain, at)
    domain.portal = to
    if domain.is_authorised:
        latest = day_of(at) + RENEWED_WITHIN
        domain.authorised_until = min(domain.authorised_until or latest, latest)
    domain.save(update_fields=["portal", "authorised_until"])
    until = domain.authorised_until if domain.is_authorised else None
    detail = {
        "from": former.name,
        "to": to.name,
        "reason": reason.strip()[:500],
        **({"self_booking_until": str(until)} if until else {}),
    }
    event = Happened("domain.moved", f"domain:{domain.slug}", detail)
    record(at=at, actor_id=MOVER.user_id, actor_name=MOVER.name, events=[event])
    for portal in sorted((former, to), key=lambda one: one.id):
        record_in_portal(portal_id=portal.id, at=at, actor_id=None, actor_name=MOVER.name, events=[event])
    settle_roles(domain, at=at, actor=MOVER, because="moved")
    mails.tell(
        [*mails.directie_of(domain), *mails.office_of(domain)],
        mails.domain_moved(domain, former=former.name, to=to.name, reason=reason.strip()[:500], until=until),
    )
    return Moved(domain.slug, former.slug, to.slug, until)
