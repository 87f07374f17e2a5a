"""Another owner for a domain: both sides confirm, both are told, and Directie goes with it (product A2, A3, A6).

The owner offers it to a user of the domain. Where the owner is gone the Portaalbeheerder names one, with a reason: the
owner is told and may object for seven days, and from then on his silence is consent. In both cases the new owner
accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from zelfboeken.access.models import Member, OwnerTransfer, RoleAssignment
from zelfboeken.access.office import PortalAccess, require_still
from zelfboeken.access.refusals import VIEW_ONLY
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import REASONS, AssignmentState, Missing
from zelfboeken.access.services import Access, NotAllowed, access_of
from zelfboeken.audit.services import Happened, record
from zelfboeken.billing import mails
from zelfboeken.billing.seats import MemberUnknown, RoleRefused, require_place, told_reason
from zelfboeken.billing.standing import TIME, Actor, day_of, locked_domain, people_of, settle_roles
from zelfboeken.tenancy.models import Domain, Lifecycle

OBJECTION = timedelta(days=7)
"""So long the owner may object to the one whom the office named."""


class OwnerRefused(ValueError):
    """An owner that cannot be offered, named or accepted as things are; the text says why and what to do."""

    def __init__(self, code: str, text: str, field: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.field = field


class Answer(StrEnum):
    """What somebody says to a transfer that is open."""

    ACCEPT = "ACCEPT"
    """The new owner takes it."""
    DECLINE = "DECLINE"
    """The new owner does not."""
    AGREE = "AGREE"
    """The owner agrees with whom the office named."""
    OBJECT = "OBJECT"
    """The owner does not."""
    WITHDRAW = "WITHDRAW"
    """The owner takes his own offer back."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer: the transfer, and whether the domain has its new owner now."""

    transfer: OwnerTransfer
    is_done: bool


def owner_of(domain_id: int) -> Member | None:
    """The owner of a domain."""
    return Member.objects.filter(domain_id=domain_id, is_owner=True, is_active=True).select_related("user").first()


def open_transfer(domain_id: int) -> OwnerTransfer | None:
    """The transfer that waits, if one does."""
    found = OwnerTransfer.objects.filter(domain_id=domain_id, outcome="")
    return found.select_related("to_member__user", "from_member__user", "proposed_by", "domain").first()


def offer_owner(*, access: Access, member_id: int, reason: str, at: datetime) -> OwnerTransfer:
    """The owner offers the domain to another user of it.

    Raises:
        NotAllowed: who asks is not the owner, or the domain is not live.
        MemberUnknown: no such user here.
        OwnerRefused: an offer waits already, or it is himself.
    """
    domain = locked_domain(access.domain_id, at=at)
    # As he is now: blocked or gone while this one waited for the lock (INV-23).
    access = access_of(user_id=access.user_id, slug=access.domain_slug, on=day_of(at))
    _require_live(access)
    owner = _require_owner(access)
    return _propose(
        domain,
        owner,
        member_id=member_id,
        reason=reason,
        by_id=access.user_id,
        by_name=access.user_name,
        holds_from=at,
        is_by_office=False,
        at=at,
    )


def name_owner(*, office: PortalAccess, domain: Domain, member_id: int, reason: str, at: datetime) -> OwnerTransfer:
    """The Portaalbeheerder names a new owner, with a reason. The scope of the domain is open.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        MemberUnknown: no such user in the domain.
        OwnerRefused: no reason, the domain is not live, one waits already, or he is the owner.
    """
    office.require(Right.PORTAL_MANAGE)
    if not reason.strip():
        raise OwnerRefused(
            "reason_missing", "Zeg waarom je een nieuwe eigenaar aanduidt: de eigenaar krijgt die reden.", "reason"
        )
    stored = locked_domain(domain.id, at=at)
    require_still(office, Right.PORTAL_MANAGE)
    if stored.lifecycle not in {Lifecycle.STARTUP, Lifecycle.ACTIVE}:
        raise OwnerRefused("domain_not_live", "Dit domein is niet actief. Activeer eerst het domein zelf.")
    owner = owner_of(domain.id)
    return _propose(
        stored,
        owner,
        member_id=member_id,
        reason=reason,
        by_id=office.user_id,
        by_name=office.user_name,
        holds_from=at + OBJECTION if owner else at,
        is_by_office=True,
        at=at,
    )


def answer_transfer(*, access: Access, answer: Answer, at: datetime) -> Answered:
    """Say something to the transfer that waits: the new owner accepts or declines, the owner agrees, objects or takes
    his offer back.

    Raises:
        NotAllowed: it is not his to say.
        OwnerRefused: nothing waits, the days to object are over, or the bundle has no place for the new owner.
    """
    domain = locked_domain(access.domain_id, at=at)
    # As he is now: blocked or gone while this one waited for the lock (INV-23).
    access = access_of(user_id=access.user_id, slug=access.domain_slug, on=day_of(at))
    _require_live(access)
    transfer = _standing(domain)
    if answer in {Answer.ACCEPT, Answer.DECLINE}:
        if transfer.to_member.user_id != access.user_id:
            raise _not_his("Dit aanbod is voor iemand anders.")
    else:
        owner = _require_owner(access)
        if transfer.from_member_id != owner.id or (answer is Answer.WITHDRAW) == transfer.is_by_office:
            raise _not_his("Dit aanbod is niet van jou.")
    actor = Actor.of(access)
    if answer is Answer.ACCEPT:
        _require_room(domain, transfer, at)
        transfer.accepted_at = at
        transfer.save(update_fields=["accepted_at"])
        _log(actor, at, "owner.accepted", transfer)
    elif answer is Answer.AGREE:
        transfer.agreed_at = at
        transfer.save(update_fields=["agreed_at"])
        _log(actor, at, "owner.agreed", transfer)
    else:
        if answer is Answer.OBJECT and at >= transfer.holds_from:
            raise OwnerRefused(
                "objection_too_late",
                "De zeven dagen om bezwaar te maken zijn voorbij. Vraag het aan je accountant.",
            )
        _end(domain, transfer, actor, at, _ENDS[answer])
        return Answered(transfer, is_done=False)
    return Answered(transfer, is_done=_complete(domain, transfer, at))


def withdraw_named(*, office: PortalAccess, domain: Domain, at: datetime) -> OwnerTransfer:
    """The Portaalbeheerder takes back whom he named. The scope of the domain is open.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        OwnerRefused: nothing of the office waits.
    """
    office.require(Right.PORTAL_MANAGE)
    stored = locked_domain(domain.id, at=at)
    require_still(office, Right.PORTAL_MANAGE)
    transfer = _standing(stored)
    if not transfer.is_by_office:
        raise OwnerRefused("not_of_office", "De eigenaar bood dit zelf aan. Alleen hij trekt het in.")
    _end(stored, transfer, Actor(office.user_id, office.user_name), at, OwnerTransfer.Outcome.WITHDRAWN)
    return transfer


def drop_named(domain: Domain, at: datetime) -> None:
    """Whom the office named falls away: the domain has another office now. The domain is locked."""
    transfer = open_transfer(domain.id)
    if transfer is not None and transfer.is_by_office:
        _end(domain, transfer, TIME, at, OwnerTransfer.Outcome.WITHDRAWN)


def complete_due(*, domain_id: int, at: datetime) -> bool:
    """Let a transfer that was accepted become true once the days to object are over; whether it did."""
    domain = locked_domain(domain_id, at=at)
    transfer = open_transfer(domain_id)
    if transfer is None:
        return False
    try:
        return _complete(domain, transfer, at)
    except RoleRefused:
        # Its place was taken meanwhile: it waits until there is one, and does not hold up the other domains.
        return False


_ENDS = {
    Answer.DECLINE: OwnerTransfer.Outcome.DECLINED,
    Answer.OBJECT: OwnerTransfer.Outcome.OBJECTED,
    Answer.WITHDRAW: OwnerTransfer.Outcome.WITHDRAWN,
}
_ACTIONS = {
    OwnerTransfer.Outcome.DECLINED: "owner.declined",
    OwnerTransfer.Outcome.OBJECTED: "owner.objected",
    OwnerTransfer.Outcome.WITHDRAWN: "owner.withdrawn",
}


def _require_live(access: Access) -> None:
    if access.is_view_only:
        raise NotAllowed(right=Right.ROLE_GIVE, code=VIEW_ONLY.code, reason=VIEW_ONLY.text)
    if access.is_readonly:
        raise NotAllowed(right=Right.ROLE_GIVE, code=Missing.LIFECYCLE, reason=REASONS[Missing.LIFECYCLE])


def _require_owner(access: Access) -> Member:
    owner = owner_of(access.domain_id)
    if owner is None or owner.user_id != access.user_id:
        raise _not_his("Alleen de eigenaar van het domein draagt het over.")
    return owner


def _not_his(what: str) -> NotAllowed:
    return NotAllowed(
        right=Right.ROLE_GIVE, code="not_owner", reason=f"{what} Vraag het aan de eigenaar of aan je accountant."
    )


def _standing(domain: Domain) -> OwnerTransfer:
    found = open_transfer(domain.id)
    if found is None:
        raise OwnerRefused("nothing_waits", "Er wacht geen aanbod meer. Bekijk wie nu de eigenaar is.")
    return found


def _propose(
    domain: Domain,
    owner: Member | None,
    *,
    member_id: int,
    reason: str,
    by_id: int,
    by_name: str,
    holds_from: datetime,
    is_by_office: bool,
    at: datetime,
) -> OwnerTransfer:
    to = Member.objects.filter(id=member_id, domain=domain, is_active=True, user__is_active=True).first()
    if to is None:
        raise MemberUnknown(str(member_id))
    if owner is not None and owner.id == to.id:
        raise OwnerRefused("is_owner", f"{to.user} is al de eigenaar. Kies iemand anders.", "member")
    if open_transfer(domain.id) is not None:
        raise OwnerRefused("one_waits", "Er wacht al een aanbod. Trek dat eerst in, of wacht op het antwoord.")
    transfer = OwnerTransfer.objects.create(
        domain=domain,
        from_member=owner,
        to_member=to,
        proposed_by_id=by_id,
        is_by_office=is_by_office,
        reason=reason.strip()[:500],
        proposed_at=at,
        holds_from=holds_from,
    )
    _require_room(domain, transfer, at)
    action = "owner.named" if is_by_office else "owner.offered"
    _log(Actor(by_id, by_name), at, action, transfer)
    mails.tell([to.user], mails.owner_asked(domain, by=by_name, reason=transfer.reason))
    if owner is not None and is_by_office:
        mails.tell(
            [owner.user],
            mails.owner_named(domain, by=by_name, to=str(to.user), reason=transfer.reason, until=day_of(holds_from)),
        )
    return transfer


def _require_room(domain: Domain, transfer: OwnerTransfer, at: datetime) -> None:
    """A new owner holds Directie, and who holds a role takes a place."""
    people = people_of(domain.id)
    person = next((one for one in people if one.member_id == transfer.to_member_id), None)
    if person is None:
        raise MemberUnknown(str(transfer.to_member_id))
    if not person.has_place:
        require_place(domain, day_of(at), people)


def _complete(domain: Domain, transfer: OwnerTransfer, at: datetime) -> bool:
    """Change the owner when both sides confirmed; whether it was done."""
    if transfer.accepted_at is None or (at < transfer.holds_from and transfer.agreed_at is None):
        return False
    owner, to = owner_of(domain.id), transfer.to_member
    if not (to.is_active and to.user.is_active) or (owner.id if owner else None) != transfer.from_member_id:
        # Who left meanwhile becomes no owner, and what was offered by somebody who is none any more falls away.
        _end(domain, transfer, TIME, at, OwnerTransfer.Outcome.WITHDRAWN)
        return False
    _require_room(domain, transfer, at)
    held = RoleAssignment.objects.filter(member=to, role=Role.MANAGEMENT.value).exclude(state=AssignmentState.WITHDRAWN)
    if held.filter(state=AssignmentState.SUSPENDED).update(state=AssignmentState.ACTIVE, suspended_because=""):
        detail = {"role": Role.MANAGEMENT.value, "user": str(to.user)}
        _record(TIME, at, "role.returned", f"member:{to.id}", detail)
    elif not held.exists():
        RoleAssignment.objects.create(member=to, role=Role.MANAGEMENT.value, given_by_id=transfer.proposed_by_id)
        detail = {"role": Role.MANAGEMENT.value, "user": str(to.user), "because": "owner"}
        _record(TIME, at, "role.given", f"member:{to.id}", detail)
    if owner is not None:
        Member.objects.filter(id=owner.id).update(is_owner=False)
    Member.objects.filter(id=to.id).update(is_owner=True, reaches_all=True, is_backoffice_limited=False)
    transfer.ended_at, transfer.outcome = at, OwnerTransfer.Outcome.DONE
    transfer.save(update_fields=["ended_at", "outcome"])
    _log(TIME, at, "owner.changed", transfer)
    settle_roles(domain, at=at, actor=TIME, because="owner_changed")
    told = [to.user, *([owner.user] if owner else [])]
    mails.tell([*told, transfer.proposed_by], mails.owner_changed(domain, to=str(to.user)))
    return True


def _end(domain: Domain, transfer: OwnerTransfer, actor: Actor, at: datetime, outcome: OwnerTransfer.Outcome) -> None:
    transfer.ended_at, transfer.outcome = at, outcome
    transfer.save(update_fields=["ended_at", "outcome"])
    _log(actor, at, _ACTIONS[outcome], transfer)
    told = [transfer.to_member.user, transfer.proposed_by]
    if transfer.from_member is not None:
        told.append(transfer.from_member.user)
    mails.tell(
        [one for one in told if one.id != actor.user_id],
        mails.owner_stays(domain, by=actor.name, to=str(transfer.to_member.user)),
    )


def _log(actor: Actor, at: datetime, action: str, transfer: OwnerTransfer) -> None:
    detail = {
        "from": str(transfer.from_member.user) if transfer.from_member else "",
        "to": str(transfer.to_member.user),
        **told_reason(transfer.reason),
    }
    _record(actor, at, action, f"member:{transfer.to_member_id}", detail)


def _record(actor: Actor, at: datetime, action: str, subject: str, detail: dict[str, str]) -> None:
    record(at=at, actor_id=actor.user_id, actor_name=actor.name, events=[Happened(action, subject, detail)])
