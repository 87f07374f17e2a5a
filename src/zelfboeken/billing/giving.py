"""Step two of Zelfboeken: the Directie says who books, at a price that was shown before (S8–S16)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from zelfboeken.access.models import Member, RoleAssignment
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import REASONS, AssignmentState, Missing
from zelfboeken.access.services import Access, NotAllowed, access_of
from zelfboeken.access.sessions import end_sessions
from zelfboeken.audit.services import Happened
from zelfboeken.billing.contracts import contract_of, terms_of
from zelfboeken.billing.models import Debtor
from zelfboeken.billing.places import Person, seats_of
from zelfboeken.billing.rules import SeatCost
from zelfboeken.billing.seats import (
    MemberUnknown,
    RoleRefused,
    give_role,
    seat_cost_today,
    told_reason,
    withdraw_role,
)
from zelfboeken.billing.standing import Actor, day_of, locked_domain, missing_on, people_of, place_limit, settle_roles
from zelfboeken.tenancy.models import Domain

ASKED_AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Offer:
    """Who would have the role Backoffice, and what that costs a month, before it is confirmed."""

    people: tuple[Person, ...]
    chosen: frozenset[int]
    gives: tuple[Person, ...]
    withdraws: tuple[Person, ...]
    places: int | None
    """How many users may hold a role; None without limit."""
    bundle: str
    bundle_cents: int | None
    """What the bundle costs a month; None while its price was not confirmed."""
    cost: SeatCost
    debtor: str
    """Who pays, by name."""
    is_office_debtor: bool

    @property
    def monthly_cents(self) -> int:
        """What the domain costs a month then: its bundle and the extra roles, without VAT."""
        return (self.bundle_cents or 0) + self.cost.monthly_then_cents


def offer_backoffice(*, access: Access, chosen: Collection[int] | None, on: date) -> Offer:
    """What it costs when exactly these users have the role; None leaves it as it is.

    Raises:
        NotAllowed: who asks is no Directie.
        MemberUnknown: one of them is no user of this domain.
        NoPrice: the price of an extra role was not confirmed.
    """
    access.require(Right.ROLE_GIVE)
    domain = Domain.objects.get(id=access.domain_id)
    people = people_of(domain.id)
    holding = {one.member_id for one in people if one.holds(Role.BACKOFFICE)}
    wanted = holding if chosen is None else set(chosen)
    if not wanted <= {one.member_id for one in people}:
        raise MemberUnknown("member")
    facts, terms, contract = domain.facts_on(on), terms_of(domain.id), contract_of(domain.id)
    price = terms.bundle_on(facts.bundle, on)
    return Offer(
        people=tuple(sorted(people, key=lambda one: (not one.is_owner, one.name.casefold(), one.member_id))),
        chosen=frozenset(wanted),
        gives=tuple(one for one in people if one.member_id in wanted - holding),
        withdraws=tuple(one for one in people if one.member_id in holding - wanted),
        places=place_limit(domain, on),
        bundle=facts.bundle,
        bundle_cents=price.monthly_cents if price else None,
        cost=seat_cost_today(access=access, seats=len(wanted), on=on),
        debtor=contract.name if contract else domain.name,
        is_office_debtor=contract is not None and contract.debtor == Debtor.OFFICE,
    )


def assign_backoffice(
    *, access: Access, chosen: Collection[int], agreed_cents: int | None, at: datetime
) -> Offer | None:
    """Let exactly these users have the role, when the price a month is the one that was shown; else None: nothing was
    done, and the price must be shown (again) first.

    Raises:
        NotAllowed: who asks is no Directie, or the domain cannot have self-bookers; the first reason.
        MemberUnknown, NoPrice: as for the offer. RoleRefused: no place left, or the role rests.
    """
    access.require(Right.ROLE_GIVE)
    domain = locked_domain(access.domain_id, at=at)
    on = day_of(at)
    # Another may have taken the right while this one waited for the lock (INV-23).
    access_of(user_id=access.user_id, slug=access.domain_slug, on=on).require(Right.ROLE_GIVE)
    offer = offer_backoffice(access=access, chosen=chosen, on=on)
    if offer.gives and (missing := missing_on(domain, on)) is not None:
        raise NotAllowed(right=Right.ROLE_GIVE, code=missing, reason=REASONS[missing])
    if agreed_cents != offer.monthly_cents:
        return None
    # Taken away before given, so that one person for another costs nothing extra and finds a place.
    for one in offer.withdraws:
        withdraw_role(access=access, member_id=one.member_id, role=Role.BACKOFFICE, at=at)
    for one in offer.gives:
        give_role(access=access, member_id=one.member_id, role=Role.BACKOFFICE, at=at)
    return offer


def is_asked(*, access: Access, at: datetime) -> Missing | None:
    """Whether the popup asks this user now: ASSIGNMENT to choose who gets the role, BUNDLE to take a bundle first, None
    for no popup (product A5).
    """
    waits = waits_for(access) if access.may(Right.ROLE_GIVE) else None
    if waits is None:
        return None
    put_off = Member.objects.filter(domain_id=access.domain_id, user_id=access.user_id, backoffice_asked_from__gt=at)
    return None if put_off.exists() else waits


def waits_for(access: Access) -> Missing | None:
    """What a domain in which the office permits Zelfboeken waits for: a bundle, or anybody with the role."""
    missing = access.self_booking_missing
    if missing is Missing.ASSIGNMENT:
        return None if seats_of(people_of(access.domain_id)) else missing
    return missing if missing is Missing.BUNDLE else None


def ask_later(*, access: Access, at: datetime) -> None:
    """Do not ask this user for a week.

    Raises:
        NotAllowed: nobody asks him.
    """
    access.require(Right.ROLE_GIVE)
    Member.objects.filter(domain_id=access.domain_id, user_id=access.user_id).update(
        backoffice_asked_from=at + ASKED_AGAIN_AFTER
    )


def change_roles(*, access: Access, member_id: int, roles: Collection[Role], at: datetime, reason: str = "") -> bool:
    """Let a user hold exactly these roles, Backoffice apart; whether anything changed. The reason goes to the log.

    Raises:
        NotAllowed, MemberUnknown, RoleRefused: as for one role.
    """
    access.require(Right.ROLE_GIVE)
    if all(one.member_id != member_id for one in people_of(access.domain_id)):
        raise MemberUnknown(str(member_id))
    changed = False
    held = _held(access, member_id)
    others = [role for role in Role if role is not Role.BACKOFFICE]
    # Given before withdrawn: who becomes something else never loses his place in between.
    for role in sorted(others, key=lambda one: one not in roles):
        if role in roles and role not in held:
            given = give_role(access=access, member_id=member_id, role=role, at=at, reason=reason)
            changed |= given.is_changed
        elif role not in roles and role in held:
            taken = withdraw_role(access=access, member_id=member_id, role=role, at=at, reason=reason)
            changed |= taken.is_changed
    return changed


def end_member(*, access: Access, member_id: int, at: datetime, reason: str = "") -> str:
    """Let a user leave the domain: his roles and his sessions go, and from his next request he is out; gives his name.

    Raises:
        NotAllowed, MemberUnknown: as for a role. RoleRefused: the owner, or the last Directie.
    """
    access.require(Right.ROLE_GIVE)
    domain = locked_domain(access.domain_id, at=at)
    access_of(user_id=access.user_id, slug=access.domain_slug, on=day_of(at)).require(Right.ROLE_GIVE)
    person = next((one for one in people_of(domain.id) if one.member_id == member_id), None)
    if person is None:
        raise MemberUnknown(str(member_id))
    if person.is_owner:
        raise RoleRefused(
            "owner_stays", f"{person.name} is de eigenaar van het domein. Draag eerst het eigenaarschap over."
        )
    for held in person.roles:
        withdraw_role(access=access, member_id=member_id, role=Role(held.role), at=at, reason=reason)
    Member.objects.filter(id=member_id, domain_id=domain.id).update(is_active=False)
    end_sessions(Member.objects.values_list("user_id", flat=True).get(id=member_id))
    access.log(
        at=at, events=[Happened("member.left", f"member:{member_id}", {"user": person.name, **told_reason(reason)})]
    )
    settle_roles(domain, at=at, actor=Actor.of(access), because="member_left")
    return person.name


def _held(access: Access, member_id: int) -> set[str]:
    given = RoleAssignment.objects.filter(member_id=member_id, member__domain_id=access.domain_id)
    return set(given.exclude(state=AssignmentState.WITHDRAWN).values_list("role", flat=True))
