"""A domain's standing: locked, brought up to the moment, and its roles brought in line with it.

Every service that changes what a domain's price or rights depend on works under the lock of the domain's row
(`locked_domain`), changes the row, and ends with `settle_roles`. So the history of standings has no hole, and two who
want the last place come one after the other (INV-21).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.office import PortalAccess, require_still
from zelfboeken.access.rights import ROLE_NAMES, Right, Role
from zelfboeken.access.self_booking import AssignmentState, Missing, first_missing, self_booking_facts
from zelfboeken.access.services import Access, UnknownDomain
from zelfboeken.audit.services import Happened, record
from zelfboeken.billing import mails, rules
from zelfboeken.billing.models import Standing
from zelfboeken.billing.places import HeldRole, Person, RoleChange, aligned, places_of, seats_of
from zelfboeken.billing.rules import start_of_day
from zelfboeken.billing.terms import confirmed_terms
from zelfboeken.tenancy.models import Bundle, Domain, PricingModel, Workflow


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, for the log; without an id it is the passing of time."""

    user_id: int | None
    name: str

    @classmethod
    def of(cls, access: Access) -> Actor:
        """The person behind an access."""
        return cls(access.user_id, access.user_name)


TIME = Actor(None, "Zelfboeken")
"""What happens because its day has come."""


def day_of(at: datetime) -> date:
    """The calendar day in Belgium."""
    return timezone.localtime(at).date()


def locked_domain(domain_id: int, *, at: datetime) -> Domain:
    """The domain of the open scope, its row locked until the end of the transaction, with all that was due carried out.

    A reference to the row (which every insert takes) does not wait for this lock. In an erased domain nothing is due.
    """
    domain = Domain.objects.select_for_update(no_key=True).get(id=domain_id)
    if domain.erased_at is None:
        _carry_out(domain, at=at)
    return domain


def own_domain(office: PortalAccess, domain_id: int, at: datetime) -> Domain:
    """The domain of the open scope for a Portaalbeheerder of its office, locked as by `locked_domain`.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder, or is it no more now that the lock is his.
        UnknownDomain: it is of another portal.
    """
    office.require(Right.PORTAL_MANAGE)
    domain = locked_domain(domain_id, at=at)
    require_still(office, Right.PORTAL_MANAGE)
    if domain.portal_id != office.portal_id:
        raise UnknownDomain(domain.slug)
    return domain


def missing_on(domain: Domain, on: date) -> Missing | None:
    """What the domain itself lacks for self-booking on a day, whoever asks."""
    return first_missing(self_booking_facts(domain.facts_on(on), AssignmentState.ACTIVE))


def place_limit(domain: Domain, on: date) -> int | None:
    """How many users may hold a role; None is without limit, also while no limit was confirmed."""
    facts = domain.facts_on(on)
    held = confirmed_terms().bundle_on(facts.bundle, on)
    return held.users if held is not None and facts.pricing_model == PricingModel.BUNDLE else None


def people_of(domain_id: int) -> list[Person]:
    """The users of a domain who may sign in, with the roles they were given."""
    members = Member.objects.filter(domain_id=domain_id, is_active=True, user__is_active=True).select_related("user")
    roles: dict[int, list[HeldRole]] = {}
    given = RoleAssignment.objects.filter(member__domain_id=domain_id).exclude(state=AssignmentState.WITHDRAWN)
    for one in given.order_by("id"):
        roles.setdefault(one.member_id, []).append(HeldRole(one.id, one.role, one.state, one.suspended_because))
    return [
        Person(member.id, member.is_owner, tuple(roles.get(member.id, ())), str(member.user))
        for member in members.order_by("id")
    ]


def settle_roles(
    domain: Domain,
    *,
    at: datetime,
    actor: Actor,
    because: str,
    chosen: Collection[int] = (),
    is_trimmed: bool = False,
) -> list[RoleChange]:
    """Bring the roles in line with the domain, and write its standing down. The domain is locked and saved.

    Gives the roles that were suspended or returned.
    """
    on = day_of(at)
    people = people_of(domain.id)
    changes = aligned(
        people,
        missing=missing_on(domain, on),
        limit=place_limit(domain, on),
        chosen=chosen,
        is_trimmed=is_trimmed,
    )
    for change in changes:
        RoleAssignment.objects.filter(id=change.assignment_id).update(
            state=AssignmentState.SUSPENDED if change.because else AssignmentState.ACTIVE,
            suspended_because=change.because,
        )
    if changes:
        names = {one.member_id: one.name for one in people}
        record(
            at=at,
            actor_id=actor.user_id,
            actor_name=actor.name,
            events=[
                Happened(
                    "role.suspended" if change.because else "role.returned",
                    f"member:{change.member_id}",
                    {
                        "role": change.role,
                        "user": names[change.member_id],
                        **({"because": change.because} if change.because else {}),
                    },
                )
                for change in changes
            ],
        )
        _tell(domain, changes, names)
        people = people_of(domain.id)
    write_standing(domain, people, at=at, because=because)
    return changes


def _tell(domain: Domain, changes: Sequence[RoleChange], names: dict[int, str]) -> None:
    suspended = [f"{names[one.member_id]} ({role_name(one.role)})" for one in changes if not one.former]
    returned = [f"{names[one.member_id]} ({role_name(one.role)})" for one in changes if not one.because]
    if not suspended and not returned:
        return
    reason = next((one.because for one in changes if not one.former), "")
    mails.tell(
        [*mails.directie_of(domain), *mails.office_of(domain)],
        mails.roles_changed(domain, suspended=suspended, returned=returned, reason=reason),
    )


def write_standing(domain: Domain, people: Sequence[Person], *, at: datetime, because: str) -> None:
    """Add the standing to its history when it differs from the newest one. Time never runs back in it (INV-27)."""
    newest = Standing.objects.filter(domain_id=domain.id).order_by("-at", "-id").first()
    values = {
        "pricing_model": domain.pricing_model,
        "bundle": domain.bundle,
        "lifecycle": domain.lifecycle,
        "is_view_only": domain.is_view_only,
        "trial_until": domain.trial_until,
        "is_authorised": domain.is_authorised,
        "seats": seats_of(people),
        "places": places_of(people),
    }
    if newest is not None and all(getattr(newest, name) == value for name, value in values.items()):
        return
    moment = at if newest is None else max(at, newest.at)
    Standing.objects.create(domain_id=domain.id, at=moment, because=because, **values)


def standings_of(domain_id: int) -> list[rules.Standing]:
    """The history of a domain's standing, oldest first."""
    return [
        rules.Standing(
            at=one.at,
            pricing_model=one.pricing_model,
            bundle=one.bundle,
            lifecycle=one.lifecycle,
            trial_until=one.trial_until,
            seats=one.seats,
            is_view_only=one.is_view_only,
        )
        for one in Standing.objects.filter(domain_id=domain_id).order_by("at", "id")
    ]


def role_name(role: str) -> str:
    """The Dutch name of a role."""
    return ROLE_NAMES[Role(role)]


def _carry_out(domain: Domain, *, at: datetime) -> None:
    """What was decided for a day that has come, in the order of the days and as of their first second."""
    today = day_of(at)
    while (due := _next_due(domain, today)) is not None:
        day, what = due
        moment = start_of_day(day)
        if what == "trial":
            _log(domain, at=at, action="bundle.trial_ended", detail={"trial_until": str(domain.trial_until)})
            domain.trial_until, domain.bundle = None, Bundle.MINIMAL.value
            domain.save(update_fields=["trial_until", "bundle"])
            settle_roles(domain, at=moment, actor=TIME, because="trial_ended")
        elif what == "plan":
            former, chosen = domain.bundle, [int(one) for one in domain.planned_stays]
            detail = {
                "from": former,
                "to": domain.planned_bundle,
                "pricing_model": domain.planned_pricing_model,
                "on": str(day),
            }
            domain.bundle, domain.pricing_model = domain.planned_bundle, domain.planned_pricing_model
            clear_plan(domain)
            if domain.bundle == Bundle.MINIMAL and domain.is_authorised:
                # What was to be booked by the client is work of the office again; it comes back with a bundle.
                domain.resumed_workflow = domain.workflow
                domain.workflow = domain.former_workflow or Workflow.NORMAL
            domain.save()
            _log(domain, at=at, action="bundle.changed", detail=detail)
            settle_roles(domain, at=moment, actor=TIME, because="plan", chosen=chosen, is_trimmed=True)
        else:
            domain.is_authorised, domain.authorised_until = False, None
            domain.workflow = domain.former_workflow or Workflow.NORMAL
            domain.former_workflow = domain.resumed_workflow = ""
            domain.save()
            _log(domain, at=at, action="self_booking.ended", detail={"on": str(day)})
            settle_roles(domain, at=moment, actor=TIME, because="authorisation_ended")


def clear_plan(domain: Domain) -> None:
    """Nothing is planned any more; the caller saves."""
    domain.planned_on, domain.planned_bundle, domain.planned_pricing_model = None, "", ""
    domain.planned_stays = []


def _next_due(domain: Domain, today: date) -> tuple[date, str] | None:
    due = []
    if domain.trial_until is not None and domain.trial_until < today:
        due.append((domain.trial_until + timedelta(days=1), "trial"))
    if domain.planned_on is not None and domain.planned_on <= today:
        due.append((domain.planned_on, "plan"))
    if domain.authorised_until is not None and domain.authorised_until <= today:
        due.append((domain.authorised_until, "zelfboeken"))
    return min(due, default=None)


def _log(domain: Domain, *, at: datetime, action: str, detail: dict[str, Any]) -> None:
    record(
        at=at, actor_id=TIME.user_id, actor_name=TIME.name, events=[Happened(action, f"domain:{domain.slug}", detail)]
    )
