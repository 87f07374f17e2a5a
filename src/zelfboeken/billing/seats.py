"""Giving and withdrawing the roles of a domain: under its lock, within its places, at a told price (INV-21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import REASONS, AssignmentState
from zelfboeken.access.services import Access, NotAllowed, access_of
from zelfboeken.access.sessions import end_sessions
from zelfboeken.audit.services import Happened
from zelfboeken.billing.contracts import office_pays
from zelfboeken.billing.places import Person, places_of, seats_of
from zelfboeken.billing.rules import SeatCost, Standing, seat_cost, start_of_day
from zelfboeken.billing.standing import (
    Actor,
    day_of,
    locked_domain,
    missing_on,
    people_of,
    place_limit,
    role_name,
    settle_roles,
    standings_of,
)
from zelfboeken.billing.terms import confirmed_terms
from zelfboeken.tenancy.models import Bundle, Domain


class MemberUnknown(LookupError):
    """No such user in this domain: the same answer as for one of another domain."""

    code = "unknown"


class RoleRefused(ValueError):
    """A role that cannot be given or withdrawn as things are; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class RoleGiven:
    """What became of a role: whether anything changed, and what it costs when it is charged."""

    is_changed: bool
    cost: SeatCost | None = None


def seat_cost_today(*, access: Access, seats: int, on: date) -> SeatCost:
    """What it costs to have so many Backoffice roles from today on, against how it is now.

    Raises:
        NoPrice: the operator confirmed no price for an extra role.
    """
    domain = Domain.objects.get(id=access.domain_id)
    return seat_cost(on=on, standings=_standings(domain, on), seats=seats, terms=confirmed_terms())


def active_seats(*, access: Access) -> int:
    """How many Backoffice roles are active."""
    return seats_of(people_of(access.domain_id))


def give_role(
    *,
    access: Access,
    member_id: int,
    role: Role,
    at: datetime,
    agreed_cents: int | None = None,
    reason: str = "",
) -> RoleGiven:
    """Give a user of the domain a role. A Backoffice role wants an effective bundle (INV-20), any role a place.

    `agreed_cents` is the price a month that was shown before he confirmed; another price by now is refused.

    Raises:
        NotAllowed: the giver is no Directie, or the domain cannot have self-bookers; the first reason.
        MemberUnknown: no such user here.
        RoleRefused: no place left, the role rests, or the price changed meanwhile.
        NoPrice: an extra role has no confirmed price.
    """
    access.require(Right.ROLE_GIVE)
    domain = locked_domain(access.domain_id, at=at)
    on = day_of(at)
    _still_may(access, on)
    people = people_of(domain.id)
    person = _person(people, member_id)
    held = next((one for one in person.roles if one.role == role), None)
    if role == Role.BACKOFFICE and (missing := missing_on(domain, on)) is not None:
        raise NotAllowed(right=Right.ROLE_GIVE, code=missing, reason=REASONS[missing])
    if held is not None and held.state == AssignmentState.ACTIVE:
        return RoleGiven(is_changed=False)
    if not person.has_place:
        require_place(domain, on, people)
    if held is not None:
        raise RoleRefused(
            "role_rests",
            f"{person.name} heeft de rol {role_name(role)} al, maar ze rust. Ze komt vanzelf terug met de bundel.",
        )
    cost = _cost(domain, on, people, seats_of(people) + 1) if role == Role.BACKOFFICE else None
    if cost is not None and agreed_cents is not None and cost.monthly_then_cents != agreed_cents:
        raise RoleRefused(
            "price_changed", "De prijs is intussen veranderd. Bekijk de nieuwe prijs en bevestig opnieuw."
        )
    RoleAssignment.objects.create(member_id=member_id, role=role.value, given_by_id=access.user_id)
    detail: dict[str, object] = {"role": role.value, "user": person.name, **told_reason(reason)}
    if cost is not None:
        detail |= {
            "monthly_cents": cost.monthly_then_cents - cost.monthly_now_cents,
            "price_from": str(cost.price_from),
            "policy": cost.policy.value,
            "debtor": "OFFICE" if office_pays(domain.id) else "DOMAIN",
        }
    access.log(at=at, events=[Happened("role.given", f"member:{member_id}", detail)])
    settle_roles(domain, at=at, actor=Actor.of(access), because="role_given")
    return RoleGiven(is_changed=True, cost=cost)


def withdraw_role(*, access: Access, member_id: int, role: Role, at: datetime, reason: str = "") -> RoleGiven:
    """Take a role from a user of the domain. Somebody must remain who gives roles (INV-22).

    The sessions of that user end (INV-38); of who takes it from himself the page ends the others.

    Raises:
        NotAllowed: who asks is no Directie.
        MemberUnknown: no such user here.
        RoleRefused: the last Directie, or the owner's Directie.
    """
    access.require(Right.ROLE_GIVE)
    domain = locked_domain(access.domain_id, at=at)
    _still_may(access, day_of(at))
    people = people_of(domain.id)
    person = _person(people, member_id)
    held = next((one for one in person.roles if one.role == role), None)
    if held is None:
        return RoleGiven(is_changed=False)
    if role == Role.MANAGEMENT:
        _require_other_directie(people, person)
    RoleAssignment.objects.filter(id=held.assignment_id).update(
        state=AssignmentState.WITHDRAWN, suspended_because="", withdrawn_at=at
    )
    user_id = Member.objects.values_list("user_id", flat=True).get(id=member_id)
    if user_id != access.user_id:
        end_sessions(user_id)
    access.log(
        at=at,
        events=[
            Happened(
                "role.withdrawn",
                f"member:{member_id}",
                {"role": role.value, "user": person.name, **told_reason(reason)},
            )
        ],
    )
    settle_roles(domain, at=at, actor=Actor.of(access), because="role_withdrawn")
    return RoleGiven(is_changed=True)


def _still_may(access: Access, on: date) -> None:
    # Another may have taken the right while this one waited for the lock (INV-23).
    access_of(user_id=access.user_id, slug=access.domain_slug, on=on).require(Right.ROLE_GIVE)


def _person(people: list[Person], member_id: int) -> Person:
    found = next((one for one in people if one.member_id == member_id), None)
    if found is None:
        raise MemberUnknown(str(member_id))
    return found


def told_reason(reason: str) -> dict[str, str]:
    """The reason for the log, where one was given."""
    return {"reason": reason.strip()[:500]} if reason.strip() else {}


def require_place(domain: Domain, on: date, people: list[Person]) -> None:
    """Go on only when one more user may hold a role.

    Raises:
        RoleRefused: the bundle has no place left.
    """
    limit = place_limit(domain, on)
    if limit is not None and places_of(people) >= limit:
        bundle = Bundle(domain.facts_on(on).bundle)
        users = "1 gebruiker" if limit == 1 else f"{limit} gebruikers"
        raise RoleRefused(
            "no_place",
            f"De bundel {bundle.label} telt {users} met een rol, en die zijn er al. "
            "Neem eerst een grotere bundel, of haal bij iemand de rollen weg.",
        )


def _require_other_directie(people: list[Person], person: Person) -> None:
    if person.is_owner:
        raise RoleRefused(
            "owner_keeps_directie",
            "De eigenaar van het domein houdt altijd de rol Directie. Draag eerst het eigenaarschap over.",
        )
    if person.holds(Role.MANAGEMENT) and sum(one.holds(Role.MANAGEMENT) for one in people) == 1:
        raise RoleRefused(
            "last_directie", f"{person.name} is de laatste Directie. Geef eerst iemand anders de rol Directie."
        )


def _cost(domain: Domain, on: date, people: list[Person], seats: int) -> SeatCost | None:
    """What this number of roles costs; None when the first one, which is included, is given."""
    if seats <= 1:
        return None
    return seat_cost(on=on, standings=_standings(domain, on, people), seats=seats, terms=confirmed_terms())


def _standings(domain: Domain, on: date, people: list[Person] | None = None) -> list[Standing]:
    """The history, with how it is now at its end: also of a domain that has none yet."""
    history = standings_of(domain.id)
    facts = domain.facts_on(on)
    now = Standing(
        at=max(start_of_day(on), history[-1].at) if history else start_of_day(on),
        pricing_model=facts.pricing_model,
        bundle=facts.bundle,
        lifecycle=facts.lifecycle,
        trial_until=facts.trial_until,
        seats=seats_of(people if people is not None else people_of(domain.id)),
    )
    return [*history, now]


def members_of(domain_id: int) -> list[Member]:
    """The users of a domain, by name."""
    found = Member.objects.filter(domain_id=domain_id, is_active=True).select_related("user")
    return sorted(found, key=lambda one: str(one.user).casefold())
