"""Buying, changing and ending a bundle: larger at once, smaller at the end of the month (product A4, A6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import AssignmentState, first_missing, self_booking_facts
from zelfboeken.access.services import Access, access_of
from zelfboeken.audit.services import Happened
from zelfboeken.billing.contracts import contract_of, office_pays, terms_of
from zelfboeken.billing.places import HeldRole, Person, RoleChange, aligned, places_of, seats_of, who_stays
from zelfboeken.billing.rules import (
    PAID_BUNDLES,
    Charge,
    ChargeKind,
    Month,
    Standing,
    Terms,
    is_larger,
    month_charges,
    start_of_day,
    total_cents,
)
from zelfboeken.billing.standing import (
    Actor,
    clear_plan,
    day_of,
    locked_domain,
    people_of,
    settle_roles,
    standings_of,
)
from zelfboeken.billing.surplus import Counted, counted_for
from zelfboeken.tenancy.models import Bundle, Domain, DomainFacts, Lifecycle, PricingModel


class BundleRefused(ValueError):
    """A bundle that cannot be chosen as things are; the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class When(StrEnum):
    """When a choice begins to hold."""

    NOW = "NOW"
    """What is there already."""
    AT_ONCE = "AT_ONCE"
    NEXT_MONTH = "NEXT_MONTH"


@dataclass(frozen=True, slots=True)
class Loses:
    """A user who loses roles on a day, or gets suspended ones back."""

    member_id: int
    name: str
    roles: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class MonthPreview:
    """What a month's statement will say, without the surplus of documents that are still to come."""

    month: Month
    charges: tuple[Charge, ...]

    @property
    def cents(self) -> int:
        """Its total, without VAT."""
        return total_cents(self.charges)


@dataclass(frozen=True, slots=True)
class Preview:
    """What choosing a bundle does, before it is chosen."""

    bundle: str
    when: When
    holds_from: date
    places: int | None
    """How many users may hold a role; None without limit."""
    users: int
    """How many do now."""
    must_choose: bool
    """Whether the Directie chooses who keeps his roles."""
    stays: tuple[Person, ...]
    loses: tuple[Loses, ...]
    returns: tuple[Loses, ...]
    monthly_now_cents: int
    monthly_then_cents: int
    seats_then: int
    months: tuple[MonthPreview, ...]
    """This month and the two after it, when this is chosen."""
    surplus_now_cents: int
    """What this month's statement charges for documents above the limit, as things are."""
    surplus_then_cents: int
    """The same when this is chosen: the largest bundle of a month sets its limit."""


def preview_bundle(*, access: Access, bundle: str, on: date, chosen: Collection[int] = ()) -> Preview:
    """What a bundle costs, from when it holds, and who loses or gets back which role.

    Raises:
        NotAllowed: who asks does not decide about the bundle.
        NoPrice: the price of the bundle, or of something used, was not confirmed.
        BundleRefused: no such bundle.
    """
    require_bundle_right(access)
    domain = Domain.objects.get(id=access.domain_id)
    return _preview(domain, bundle=bundle, on=on, chosen=chosen, terms=terms_of(domain.id))


def choose_bundle(
    *,
    access: Access,
    bundle: str,
    at: datetime,
    stays: Collection[int] = (),
    agreed_cents: int | None = None,
    agreed_from: date | None = None,
) -> Preview:
    """Take this bundle: a larger one at once, a smaller one, Minimal or a bundle instead of modules from the next month
    on. Taking the bundle that is there undoes what was planned.

    A bundle that has fewer places than there are users with a role wants a choice, also when it is larger than Minimal.
    `stays` names who keeps his roles where the bundle has fewer places; `agreed_cents` is the price a month that was
    shown, `agreed_from` the day from which a smaller one holds; others by now are refused.

    Raises:
        NotAllowed: who asks does not decide about the bundle.
        NoPrice: the price was not confirmed.
        BundleRefused: the domain is not live, nobody is named who pays, a choice is missing, or the price changed.
    """
    require_bundle_right(access)
    domain = locked_domain(access.domain_id, at=at)
    on = day_of(at)
    # Another may have taken the right while this one waited for the lock (INV-23).
    require_bundle_right(access_of(user_id=access.user_id, slug=access.domain_slug, on=on))
    if domain.lifecycle not in {Lifecycle.STARTUP, Lifecycle.ACTIVE}:
        raise BundleRefused("domain_not_live", "Dit domein is niet actief. Vraag je accountant om het te activeren.")
    terms = terms_of(domain.id)
    preview = _preview(domain, bundle=bundle, on=on, chosen=stays, terms=terms)
    if bundle in PAID_BUNDLES and contract_of(domain.id) is None:
        raise BundleRefused("debtor_missing", "Vul eerst in wie betaalt: naam, adres en ondernemingsnummer.")
    if agreed_cents is not None and agreed_cents != preview.monthly_then_cents:
        raise BundleRefused(
            "price_changed", "De prijs is intussen veranderd. Bekijk de nieuwe prijs en bevestig opnieuw."
        )
    if preview.when is When.NEXT_MONTH and agreed_from not in {None, preview.holds_from}:
        # Shown before midnight and confirmed in the new month: it would be a month more.
        raise BundleRefused(
            "day_changed",
            f"Er is intussen een nieuwe maand begonnen: dit zou gelden vanaf {preview.holds_from:%d/%m/%Y}. "
            "Bekijk het opnieuw en bevestig.",
        )
    price = terms.needed_bundle(bundle, preview.holds_from)
    detail = {
        "from": domain.bundle,
        "to": bundle,
        "holds_from": str(preview.holds_from),
        "monthly_cents": preview.monthly_then_cents,
        "price_from": str(price.valid_from),
        "debtor": "OFFICE" if office_pays(domain.id) else "DOMAIN",
    }
    subject = f"domain:{domain.slug}"
    if preview.when is When.NOW:
        if domain.planned_on is not None:
            detail |= {"planned": domain.planned_bundle}
            clear_plan(domain)
            domain.save()
            access.log(at=at, events=[Happened("bundle.plan_undone", subject, detail)])
    elif preview.when is When.AT_ONCE:
        _require_choice(preview, stays)
        domain.bundle, domain.trial_until = bundle, None
        clear_plan(domain)
        if domain.resumed_workflow:
            domain.workflow, domain.resumed_workflow = domain.resumed_workflow, ""
        domain.save()
        access.log(at=at, events=[Happened("bundle.bought", subject, detail)])
        chosen = [one.member_id for one in preview.stays] if preview.must_choose else []
        settle_roles(
            domain,
            at=at,
            actor=Actor.of(access),
            because="bundle_bought",
            chosen=chosen,
            is_trimmed=preview.must_choose,
        )
    else:
        _require_choice(preview, stays)
        domain.planned_on, domain.planned_bundle = preview.holds_from, bundle
        domain.planned_pricing_model = PricingModel.BUNDLE
        domain.planned_stays = sorted(one.member_id for one in preview.stays) if preview.must_choose else []
        domain.save()
        detail["loses"] = ", ".join(one.name for one in preview.loses)
        access.log(at=at, events=[Happened("bundle.planned", subject, detail)])
    return preview


def require_bundle_right(access: Access) -> None:
    """The Directie decides about the bundle, and a Portaalbeheerder where the contract names the office as debtor.

    Raises:
        NotAllowed: somebody else asks.
    """
    if access.may(Right.PORTAL_MANAGE) and office_pays(access.domain_id):
        return
    access.require(Right.ROLE_GIVE)


def _preview(domain: Domain, *, bundle: str, on: date, chosen: Collection[int], terms: Terms) -> Preview:
    if bundle not in Bundle.values:
        raise BundleRefused("bundle_unknown", "Deze bundel bestaat niet. Kies er een uit de lijst.")
    facts = domain.facts_on(on)
    people = people_of(domain.id)
    when = _when(facts, bundle)
    holds_from = Month.of(on).until if when is When.NEXT_MONTH else on
    price = terms.needed_bundle(bundle, holds_from)
    then = replace(facts, bundle=bundle, pricing_model=PricingModel.BUNDLE, trial_until=None, planned_on=None).on(
        holds_from
    )
    missing = first_missing(self_booking_facts(then, AssignmentState.ACTIVE))
    # Minimal and a trial may hold more users than the bundle that is bought has places.
    must_choose = when is not When.NOW and price.users is not None and places_of(people) > price.users
    is_trimmed = must_choose or when is When.NEXT_MONTH
    changes = aligned(people, missing=missing, limit=price.users, chosen=chosen, is_trimmed=is_trimmed)
    after = _after(people, changes)
    history = standings_of(domain.id)
    # Nothing that is asked now comes before what happened earlier today.
    newest = max((one.at for one in history), default=start_of_day(on))
    history.append(_standing(facts, seats_of(people), max(newest, start_of_day(on))))
    planned = [*history, _standing(then, seats_of(after), max(newest, start_of_day(holds_from)))]
    counted = counted_for(domain_id=domain.id, month=Month.of(on))
    months = _months(planned, on, terms, counted)
    return Preview(
        bundle=bundle,
        when=when,
        holds_from=holds_from,
        places=price.users,
        users=places_of(people),
        must_choose=must_choose,
        stays=tuple(who_stays(people, limit=price.users if must_choose else None, chosen=chosen)),
        loses=_changed(people, changes, is_lost=True),
        returns=_changed(people, changes, is_lost=False),
        monthly_now_cents=_monthly(history[-1], on, terms),
        monthly_then_cents=_monthly(planned[-1], holds_from, terms),
        seats_then=seats_of(after),
        months=months,
        surplus_now_cents=_surplus_cents(_charges(Month.of(on), history, terms, counted)),
        surplus_then_cents=_surplus_cents(months[0].charges),
    )


def _when(facts: DomainFacts, bundle: str) -> When:
    if facts.pricing_model != PricingModel.BUNDLE:
        return When.NEXT_MONTH
    if facts.is_trial:
        return When.AT_ONCE if bundle in PAID_BUNDLES else When.NOW
    if bundle == facts.bundle:
        return When.NOW
    return When.AT_ONCE if is_larger(bundle, facts.bundle) else When.NEXT_MONTH


def _require_choice(preview: Preview, stays: Collection[int]) -> None:
    if not preview.must_choose:
        return
    assert preview.places is not None
    kept = {one.member_id for one in preview.stays}
    if len(set(stays)) != preview.places or set(stays) != kept:
        users = "1 gebruiker" if preview.places == 1 else f"{preview.places} gebruikers"
        raise BundleRefused(
            "choose_who_stays",
            f"De bundel {Bundle(preview.bundle).label} telt {users} met een rol, en er zijn er {preview.users}. "
            f"Kies er precies {preview.places} die hun rollen houden; de eigenaar hoort daarbij.",
        )


def _after(people: Sequence[Person], changes: Sequence[RoleChange]) -> list[Person]:
    by_id = {one.assignment_id: one for one in changes}

    def role(held: HeldRole) -> HeldRole:
        change = by_id.get(held.assignment_id)
        if change is None:
            return held
        state = AssignmentState.SUSPENDED if change.because else AssignmentState.ACTIVE
        return replace(held, state=state.value, because=change.because)

    return [replace(one, roles=tuple(role(held) for held in one.roles)) for one in people]


def _changed(people: Sequence[Person], changes: Sequence[RoleChange], *, is_lost: bool) -> tuple[Loses, ...]:
    found = []
    for one in people:
        own = [
            change
            for change in changes
            if change.member_id == one.member_id and (not change.former if is_lost else not change.because)
        ]
        if own:
            found.append(Loses(one.member_id, one.name, tuple(change.role for change in own), own[0].because))
    return tuple(found)


def _standing(facts: DomainFacts, seats: int, at: datetime) -> Standing:
    return Standing(
        at=at,
        pricing_model=facts.pricing_model,
        bundle=facts.bundle,
        lifecycle=facts.lifecycle,
        trial_until=facts.trial_until,
        seats=seats,
    )


def _monthly(standing: Standing, on: date, terms: Terms) -> int:
    """What a whole month costs that is spent as this."""
    month = Month.of(on)
    always = replace(standing, at=start_of_day(month.starts_on))
    fixed = Terms(
        tuple(replace(one, valid_from=date.min) for one in (terms.bundle_on(standing.bundle, on),) if one),
        tuple(replace(one, valid_from=date.min) for one in (terms.seats_on(on),) if one),
        (replace(terms.modules_on(on), valid_from=date.min),),
    )
    return total_cents(month_charges(month=month, standings=[always], terms=fixed, documents={}))


def _months(standings: Sequence[Standing], on: date, terms: Terms, counted: Counted) -> tuple[MonthPreview, ...]:
    first = Month.of(on)
    # What earlier statements did not count yet stands on this month's, and is known of no later one.
    ahead = replace(counted, earlier=())
    return (
        MonthPreview(first, _charges(first, standings, terms, counted)),
        *(MonthPreview(one, _charges(one, standings, terms, ahead)) for one in (first.next, first.next.next)),
    )


def _charges(month: Month, standings: Sequence[Standing], terms: Terms, counted: Counted) -> tuple[Charge, ...]:
    return month_charges(
        month=month,
        standings=standings,
        terms=terms,
        documents=counted.by_day,
        earlier=counted.earlier,
        charged=counted.charged,
    )


def _surplus_cents(charges: Sequence[Charge]) -> int:
    return sum(one.cents for one in charges if one.kind is ChargeKind.PACKS)


def backoffice_names(people: Sequence[Person]) -> list[str]:
    """Who holds an active Backoffice role."""
    return [one.name for one in people if one.holds(Role.BACKOFFICE)]
