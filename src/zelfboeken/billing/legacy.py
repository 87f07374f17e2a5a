"""The old "Backoffice toegang" of a portal's guests replaced by Zelfboeken: import, forecast, cut-over, undo (S3, A6).

The office does its own step of Zelfboeken with the cut-over, for all its guests at once; who gets the role Backoffice
stays the decision of each Directie (S2, S8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Max

from zelfboeken.access.invitations import LinkTo, invite_to_domain
from zelfboeken.access.models import (
    CutOver,
    CutOverDay,
    Invitation,
    LegacyGrant,
    Member,
    PortalMember,
    PortalRoleAssignment,
    User,
)
from zelfboeken.access.office import PortalAccess, portal_access_of
from zelfboeken.access.rights import PortalRole, Right, Role
from zelfboeken.access.sessions import end_sessions
from zelfboeken.audit.services import Happened, record_in_portal
from zelfboeken.billing import mails
from zelfboeken.billing.activation import Wish, switch_self_booking, why_not
from zelfboeken.billing.legacy_rules import (
    CUT_OVER_ON,
    UNDONE_WITHIN,
    Forecast,
    GuestFacts,
    NewGrant,
    RowProblem,
    Step,
    forecast,
    grants_of,
)
from zelfboeken.billing.places import Person, places_of
from zelfboeken.billing.readers.legacy_csv import LegacyRow
from zelfboeken.billing.standing import day_of, people_of, place_limit
from zelfboeken.runtime.cage import Cage, CageFailed, Limits, Refused
from zelfboeken.tenancy.models import Domain, Portal
from zelfboeken.tenancy.scope import domain_scope

MOST_BYTES = 1024 * 1024
UNDO_REASON = "De omschakeling van de oude Backoffice toegang is ongedaan gemaakt."


class LegacyRefused(ValueError):
    """A step that cannot be taken as things are; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class ImportRefused(LegacyRefused):
    """A list of which nothing was kept; `problems` tells each line that is wrong."""

    def __init__(self, text: str, problems: tuple[RowProblem, ...] = ()) -> None:
        super().__init__("import_refused", text)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Guest:
    """A grant that is kept, and what the cut-over means (or meant) for it."""

    grant: LegacyGrant
    domain: Domain
    name: str
    has_account: bool
    forecast: Forecast
    is_over: bool
    """Whether the old access is gone already: by its day, or by the cut-over."""


def cut_over_day(portal_id: int) -> date:
    """From which day the old access is gone in a portal."""
    kept = CutOverDay.objects.filter(portal_id=portal_id).values_list("on", flat=True).first()
    return kept or CUT_OVER_ON


def standing_cut_over(portal_id: int) -> CutOver | None:
    """The cut-over that was carried out, if it stands."""
    return CutOver.objects.filter(portal_id=portal_id, undone_at__isnull=True).select_related("by").first()


def set_cut_over_day(*, portal: Portal, on: date, at: datetime) -> bool:
    """Another day for the cut-over of a portal; whether it had another one. Only the command line calls this.

    No page can: with a day in the future a grant lets a guest book without his Directie, so it takes whoever runs the
    installation.

    Raises:
        LegacyRefused: the cut-over was carried out, or a grant begins on or after the day.
    """
    Portal.objects.select_for_update(no_key=True).get(id=portal.id)
    if standing_cut_over(portal.id) is not None:
        raise LegacyRefused("cut_over_done", "De omschakeling is al gebeurd. Maak ze eerst ongedaan.")
    before = cut_over_day(portal.id)
    if before == on:
        return False
    kept = LegacyGrant.objects.filter(portal=portal, withdrawn_at__isnull=True)
    if kept.filter(granted_on__gte=on).exists():
        raise LegacyRefused("grant_begins_later", f"Een toegang begint op of na {on:%d/%m/%Y}. Kies een latere dag.")
    # Who had no end of his own follows the day; an earlier end stays.
    kept.filter(ends_on=before).update(ends_on=on)
    kept.filter(ends_on__gt=on).update(ends_on=on)
    CutOverDay.objects.update_or_create(portal=portal, defaults={"on": on})
    event = Happened("legacy.day_changed", f"portal:{portal.slug}", {"from": str(before), "to": str(on)})
    record_in_portal(portal_id=portal.id, at=at, actor_id=None, actor_name="zelfboeken legacy", events=[event])
    return True


def import_grants(*, office: PortalAccess, content: bytes, at: datetime) -> int:
    """Keep every grant of a list, or none of them; how many.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        LegacyRefused: the cut-over was carried out: no new grant after it.
        ImportRefused: the file or some of its lines are wrong; nothing was kept.
    """
    _locked(office)
    done = standing_cut_over(office.portal_id)
    if done is not None:
        raise LegacyRefused(
            "cut_over_done",
            f"Sinds de omschakeling van {done.at:%d/%m/%Y} komt er geen oude toegang meer bij. "
            "Laat de Directie de rol Backoffice geven.",
        )
    rows = read_list(content)
    slugs = dict(Domain.objects.filter(portal_id=office.portal_id, erased_at=None).values_list("slug", "id"))
    kept = LegacyGrant.objects.filter(portal_id=office.portal_id, withdrawn_at__isnull=True)
    grants, problems = grants_of(
        rows,
        domains=slugs,
        standing=frozenset(kept.values_list("domain__slug", "email")),
        cut_over_on=cut_over_day(office.portal_id),
    )
    if problems:
        count = "1 regel klopt" if len(problems) == 1 else f"{len(problems)} regels kloppen"
        raise ImportRefused(f"{count} niet. Er is niets bewaard.", problems)
    if not grants:
        raise ImportRefused("In deze lijst staat geen enkele toegang. Zet er een per regel.")
    _keep(office, grants, slugs, at)
    return len(grants)


def _keep(office: PortalAccess, grants: Sequence[NewGrant], slugs: dict[str, int], at: datetime) -> None:
    LegacyGrant.objects.bulk_create(
        LegacyGrant(
            portal_id=office.portal_id,
            domain_id=slugs[one.domain],
            email=one.email,
            name=one.name,
            granted_on=one.granted_on,
            ends_on=one.ends_on,
            imported_at=at,
            imported_by_id=office.user_id,
        )
        for one in grants
    )
    for slug, of_domain in groupby(
        sorted(grants, key=lambda one: (slugs[one.domain], one.email)), lambda one: one.domain
    ):
        with domain_scope(slugs[slug]):
            office.log_in_domain(
                at=at,
                events=[
                    Happened(
                        "legacy.imported",
                        f"legacy:{one.email}",
                        {
                            "email": one.email,
                            "from": str(one.granted_on),
                            "until": str(one.ends_on - timedelta(days=1)),
                        },
                    )
                    for one in of_domain
                ],
            )
    office.log(at=at, events=[Happened("legacy.imported", f"portal:{office.portal_slug}", {"count": len(grants)})])


def read_list(content: bytes) -> tuple[LegacyRow, ...]:
    """The rows of a list, read in the cage.

    Raises:
        ImportRefused: it is no such list; the text says why.
    """
    if len(content) > MOST_BYTES:
        raise ImportRefused("Dit bestand is groter dan 1 MB. Lever de lijst in delen aan.")
    cage = Cage(
        preload=("zelfboeken.billing.readers.legacy_csv",),
        functions={"legacy_csv": "zelfboeken.billing.readers.legacy_csv:read_legacy_csv"},
        classes=("zelfboeken.billing.readers.legacy_csv:LegacyRow",),
    )
    try:
        rows = cage.run("legacy_csv", content, limits=Limits(seconds=10, cpu_seconds=5))
    except (Refused, CageFailed) as no:
        raise ImportRefused(str(no)) from None
    finally:
        cage.close()
    if not isinstance(rows, tuple) or not all(isinstance(one, LegacyRow) for one in rows):
        raise ImportRefused("Deze lijst is niet te lezen. Bewaar ze opnieuw als CSV UTF-8.")
    return rows


def newest_import(portal_id: int) -> datetime | None:
    """When the newest list was imported of which everything still stands."""
    kept = LegacyGrant.objects.filter(portal_id=portal_id, withdrawn_at__isnull=True, cut_over__isnull=True)
    newest: datetime | None = kept.aggregate(newest=Max("imported_at"))["newest"]
    return newest


def undo_import(*, office: PortalAccess, at: datetime) -> int:
    """Take the newest list back, within thirty days and before the cut-over; how many grants it was.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        LegacyRefused: there is none, it is too late, or the cut-over was carried out.
    """
    _locked(office)
    newest = newest_import(office.portal_id)
    if standing_cut_over(office.portal_id) is not None:
        raise LegacyRefused("cut_over_done", "De omschakeling is al gebeurd. Maak ze eerst ongedaan.")
    if newest is None:
        raise LegacyRefused("nothing_to_undo", "Er is geen lijst om ongedaan te maken.")
    if at >= newest + UNDONE_WITHIN:
        raise LegacyRefused("undo_too_late", "Deze lijst is langer dan 30 dagen geleden ingelezen. Ze blijft staan.")
    taken = LegacyGrant.objects.filter(
        portal_id=office.portal_id, withdrawn_at__isnull=True, cut_over__isnull=True, imported_at=newest
    )
    grants = list(taken.select_related("domain").order_by("domain_id", "email"))
    LegacyGrant.objects.filter(id__in=[one.id for one in grants]).update(withdrawn_at=at)
    for domain_id, of_domain in groupby(grants, lambda one: one.domain_id):
        with domain_scope(domain_id):
            office.log_in_domain(
                at=at,
                events=[
                    Happened("legacy.import_undone", f"legacy:{one.email}", {"email": one.email}) for one in of_domain
                ],
            )
    told = {"count": len(grants)}
    office.log(at=at, events=[Happened("legacy.import_undone", f"portal:{office.portal_slug}", told)])
    return len(grants)


def guests_of(*, office: PortalAccess, at: datetime) -> list[Guest]:
    """Every grant that is kept, with what the cut-over means for it as things are now: the dry run.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
    """
    office.require(Right.PORTAL_MANAGE)
    found = LegacyGrant.objects.filter(portal_id=office.portal_id, withdrawn_at__isnull=True)
    grants = list(found.select_related("domain").order_by("domain__slug", "email"))
    users = {one.email: one for one in User.objects.filter(email__in=[one.email for one in grants], is_active=True)}
    invited = _invited(grants, at)
    guest_ids = _guests(office)
    guests: list[Guest] = []
    for domain_id, of_domain in groupby(grants, lambda one: one.domain_id):
        with domain_scope(domain_id):
            people, listed = people_of(domain_id), list(of_domain)
            room = _has_room(listed[0].domain, day_of(at), people)
            members = _members(domain_id)
        for grant in listed:
            user = users.get(grant.email)
            person = next((one for one in people if user and members.get(user.id) == one.member_id), None)
            facts = GuestFacts(
                domain=grant.domain.facts_on(day_of(at)),
                is_member=person is not None,
                is_invited=(grant.domain_id, grant.email) in invited,
                is_guest=user is not None and user.id in guest_ids,
                has_directie=any(one.holds(Role.MANAGEMENT) for one in people),
                holds_backoffice=person is not None and person.holds(Role.BACKOFFICE),
                has_room=room or (person is not None and person.has_place),
            )
            guests.append(
                Guest(
                    grant=grant,
                    domain=grant.domain,
                    name=(str(user) if user else "") or grant.name or grant.email,
                    has_account=user is not None,
                    forecast=forecast(facts),
                    is_over=grant.cut_over_id is not None or grant.ends_on <= day_of(at),
                )
            )
    return guests


def invite_guests(*, office: PortalAccess, at: datetime, link_to: LinkTo) -> int:
    """Ask every guest in who is no user of his domain yet, before the cut-over; how many were asked.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
    """
    _locked(office)
    return _invite(office, guests_of(office=office, at=at), at, link_to)


def cut_over(*, office: PortalAccess, at: datetime, link_to: LinkTo) -> CutOver:
    """Replace the old access of every guest by Zelfboeken. Each is told, and each Directie.

    The guests' old access and sessions end now; Zelfboeken is switched on where it can be; who is no user of his domain
    is asked in. Nobody gets a role: that is for the Directie.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        LegacyRefused: it was carried out already, or there is nothing to replace.
    """
    _locked(office)
    if standing_cut_over(office.portal_id) is not None:
        raise LegacyRefused("cut_over_done", "De omschakeling is al gebeurd. Bekijk de lijst voor wat nog te doen is.")
    guests = guests_of(office=office, at=at)
    if not guests:
        raise LegacyRefused("no_grants", "Er is geen oude toegang om te vervangen. Lees eerst een lijst in.")
    done = CutOver.objects.create(portal_id=office.portal_id, at=at, by_id=office.user_id)
    _invite(office, guests, at, link_to)
    for domain_id, of_domain in groupby(guests, lambda one: one.domain.id):
        listed = list(of_domain)
        with domain_scope(domain_id):
            _replace(office, done, listed, at)
    for guest in guests:
        _end_access(office, guest, at)
    office.log(at=at, events=[Happened("legacy.cut_over", f"portal:{office.portal_slug}", {"count": len(guests)})])
    return done


def undo_cut_over(*, office: PortalAccess, at: datetime) -> int:
    """Take the cut-over back within thirty days: each grant as it was, Zelfboeken off where the cut-over switched it
    on, the guests' portal role back, invitations that wait withdrawn; how many grants. Who came in stays; each guest
    and each Directie is told.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        LegacyRefused: there is none, or it is too late.
    """
    _locked(office)
    done = standing_cut_over(office.portal_id)
    if done is None:
        raise LegacyRefused("nothing_to_undo", "Er is geen omschakeling om ongedaan te maken.")
    if at >= done.at + UNDONE_WITHIN:
        raise LegacyRefused(
            "undo_too_late", "De omschakeling is langer dan 30 dagen geleden. Zet Zelfboeken per domein uit."
        )
    # What was withdrawn since, as of a domain that moved to another office, does not come back.
    standing = LegacyGrant.objects.filter(cut_over=done, withdrawn_at__isnull=True)
    grants = list(standing.select_related("domain").order_by("domain_id", "email"))
    for domain_id, of_domain in groupby(grants, lambda one: one.domain_id):
        listed = list(of_domain)
        with domain_scope(domain_id):
            _restore(office, listed, at)
    users = {one.email: one for one in User.objects.filter(email__in=[one.email for one in grants], is_active=True)}
    for one in grants:
        if one.did_end_guest:
            _give_guest_back(office, one.email, at)
        if one.email in users:
            mails.tell([users[one.email]], mails.legacy_given_back(one.domain, ends_on=one.ends_on))
    LegacyGrant.objects.filter(cut_over=done).update(cut_over=None, did_switch_on=False, did_end_guest=False)
    done.undone_at, done.undone_by_id = at, office.user_id
    done.save(update_fields=["undone_at", "undone_by"])
    told = {"count": len(grants)}
    office.log(at=at, events=[Happened("legacy.cut_over_undone", f"portal:{office.portal_slug}", told)])
    return len(grants)


def _locked(office: PortalAccess) -> None:
    """One change of a portal's old access at a time, by who may now."""
    Portal.objects.select_for_update(no_key=True).get(id=office.portal_id)
    portal_access_of(user_id=office.user_id, slug=office.portal_slug).require(Right.PORTAL_MANAGE)


def _invite(office: PortalAccess, guests: Sequence[Guest], at: datetime, link_to: LinkTo) -> int:
    asked = 0
    for guest in guests:
        if Step.INVITE not in guest.forecast.steps:
            continue
        user = User.objects.filter(email=guest.grant.email).first()
        with domain_scope(guest.domain.id):
            invite_to_domain(
                access=office,
                domain=guest.domain,
                email=guest.grant.email,
                language=user.language if user else "nl",
                at=at,
                link_to=link_to,
            )
        LegacyGrant.objects.filter(id=guest.grant.id).update(invited_at=at)
        asked += 1
    return asked


def _replace(office: PortalAccess, done: CutOver, guests: Sequence[Guest], at: datetime) -> None:
    """The cut-over of one domain, its scope open."""
    domain = guests[0].domain
    is_switched = not domain.is_authorised and why_not(domain.facts_on(day_of(at))) is None
    if is_switched:
        switch_self_booking(office=office, domain=domain, wish=Wish(is_on=True), at=at)
    LegacyGrant.objects.filter(id__in=[one.grant.id for one in guests]).update(cut_over=done, did_switch_on=is_switched)
    office.log_in_domain(
        at=at,
        events=[
            Happened("legacy.ended", f"legacy:{one.grant.email}", {"email": one.grant.email, "user": one.name})
            for one in guests
        ],
    )
    mails.tell(mails.directie_of(domain), mails.legacy_replaced(domain, names=[one.name for one in guests]))


def _end_access(office: PortalAccess, guest: Guest, at: datetime) -> None:
    user = User.objects.filter(email=guest.grant.email).first()
    if user is None:
        return
    held = PortalRoleAssignment.objects.filter(
        member__user=user,
        member__portal_id=office.portal_id,
        member__is_active=True,
        role=PortalRole.GUEST.value,
        withdrawn_at__isnull=True,
    )
    member_ids = list(held.values_list("member_id", flat=True))
    if held.update(withdrawn_at=at):
        LegacyGrant.objects.filter(id=guest.grant.id).update(did_end_guest=True)
        detail = {"user": str(user), "role": PortalRole.GUEST.value, "because": "legacy"}
        office.log(at=at, events=[Happened("staff.role_withdrawn", f"staff:{member_ids[0]}", detail)])
    end_sessions(user.id)
    mails.tell([user], mails.legacy_ended(guest.domain))


def _restore(office: PortalAccess, grants: Sequence[LegacyGrant], at: datetime) -> None:
    domain = Domain.objects.get(id=grants[0].domain_id)
    if any(one.did_switch_on for one in grants) and domain.is_authorised:
        switch_self_booking(office=office, domain=domain, wish=Wish(is_on=False, reason=UNDO_REASON), at=at)
    Invitation.objects.filter(
        domain=domain,
        email__in=[one.email for one in grants],
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
    ).update(withdrawn_at=at)
    office.log_in_domain(
        at=at,
        events=[Happened("legacy.restored", f"legacy:{one.email}", {"email": one.email}) for one in grants],
    )
    mails.tell(
        mails.directie_of(domain), mails.legacy_restored(domain, names=[one.name or one.email for one in grants])
    )


def _give_guest_back(office: PortalAccess, email: str, at: datetime) -> None:
    member = PortalMember.objects.filter(portal_id=office.portal_id, user__email=email, is_active=True).first()
    if member is None:
        return
    _given, is_new = PortalRoleAssignment.objects.get_or_create(
        member=member, role=PortalRole.GUEST.value, withdrawn_at=None
    )
    if is_new:
        detail = {"user": str(member.user), "role": PortalRole.GUEST.value, "because": "legacy"}
        office.log(at=at, events=[Happened("staff.role_given", f"staff:{member.id}", detail)])


def _invited(grants: Sequence[LegacyGrant], at: datetime) -> set[tuple[int, str]]:
    waiting = Invitation.objects.filter(
        email__in={one.email for one in grants},
        domain_id__in={one.domain_id for one in grants},
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
        expires_at__gt=at,
    )
    return {(domain_id, email) for domain_id, email in waiting.values_list("domain_id", "email") if domain_id}


def _guests(office: PortalAccess) -> set[int]:
    held = PortalRoleAssignment.objects.filter(
        member__portal_id=office.portal_id,
        member__is_active=True,
        role=PortalRole.GUEST.value,
        withdrawn_at__isnull=True,
    )
    return set(held.values_list("member__user_id", flat=True))


def _members(domain_id: int) -> dict[int, int]:
    return dict(Member.objects.filter(domain_id=domain_id, is_active=True).values_list("user_id", "id"))


def _has_room(domain: Domain, on: date, people: Sequence[Person]) -> bool:
    limit = place_limit(domain, on)
    return limit is None or places_of(people) < limit
