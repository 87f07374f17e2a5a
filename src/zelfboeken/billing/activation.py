"""Step one of Zelfboeken: the office permits it, and says what the work of the domain does in its monitor (S4–S7).

What follows from a tick is decided by a plain rule (`planned`); the service carries it out under the domain's lock,
with the roles that rest or return because of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from zelfboeken.access.office import PortalAccess, require_still
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import (
    Activation,
    AssignmentState,
    activation_of,
    first_missing,
    self_booking_facts,
)
from zelfboeken.access.services import NotAllowed
from zelfboeken.audit.services import Happened
from zelfboeken.billing import mails
from zelfboeken.billing.places import aligned, seats_of
from zelfboeken.billing.rules import Month
from zelfboeken.billing.standing import Actor, day_of, locked_domain, people_of, place_limit, settle_roles
from zelfboeken.tenancy.models import Domain, DomainFacts, Lifecycle, PricingModel, Workflow


class Until(StrEnum):
    """From when Zelfboeken is off."""

    NOW = "NOW"
    MONTH_END = "MONTH_END"


class SwitchRefused(ValueError):
    """A tick that cannot be set or taken away as things are; `field` is where, the text says why and what to do."""

    def __init__(self, field: str, code: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class Switch:
    """How Zelfboeken stands in a domain: facts of a day, and what is remembered about its workflow."""

    facts: DomainFacts
    workflow: str
    former_workflow: str = ""
    resumed_workflow: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was filled in. Without a workflow it becomes Uitgesloten when Zelfboeken goes on, and else stays.

    `keeps` undoes an end that was planned. `agreed_until` is the day from which it would be off that was shown with "at
    the end of the month"; another one by now is refused.
    """

    is_on: bool
    workflow: str = ""
    reason: str = ""
    until: Until = Until.NOW
    keeps: bool = False
    agreed_until: date | None = None


class Happening(StrEnum):
    """What a wish comes to."""

    NOTHING = "NOTHING"
    ON = "ON"
    OFF = "OFF"
    OFF_LATER = "OFF_LATER"
    KEPT = "KEPT"
    """An end that was planned is undone."""
    WORKFLOW = "WORKFLOW"
    """Only the workflow changes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What saving does: the new state, and whether the workflow went along by itself."""

    happening: Happening
    then: Switch
    is_workflow_by_itself: bool = False


def why_not(facts: DomainFacts) -> SwitchRefused | None:
    """Why Zelfboeken cannot be switched on in a domain as it is today. In trial and in Minimal it can: it waits."""
    if facts.lifecycle not in {Lifecycle.STARTUP, Lifecycle.ACTIVE}:
        return SwitchRefused(
            "self_booking", "domain_not_live", "Dit domein is niet actief. Activeer eerst het domein zelf."
        )
    if facts.pricing_model != PricingModel.BUNDLE:
        return SwitchRefused(
            "self_booking",
            "domain_takes_modules",
            "Dit domein neemt modules af. Laat de Directie eerst op een bundel overstappen.",
        )
    return None


def planned(now: Switch, wish: Wish, *, on: date) -> Plan:
    """What a wish comes to on a day.

    Raises:
        SwitchRefused: Zelfboeken cannot be on here, the reason is missing, or no such workflow.
    """
    if wish.workflow not in {"", *Workflow.values}:
        raise SwitchRefused("workflow", "workflow_unknown", "Kies Uitgesloten of Normaal.")
    if not now.facts.is_authorised:
        return _switched_on(now, wish) if wish.is_on else Plan(Happening.NOTHING, now)
    if not wish.is_on:
        return _switched_off(now, wish, on)
    then = replace(now, workflow=wish.workflow or now.workflow)
    if then.workflow != now.workflow:
        # Who says himself what it becomes has the last word, also when a bundle is bought again.
        then = replace(then, resumed_workflow="")
    if wish.keeps and now.facts.authorised_until is not None:
        return Plan(Happening.KEPT, replace(then, facts=replace(then.facts, authorised_until=None)))
    return Plan(Happening.NOTHING if then == now else Happening.WORKFLOW, then)


def _switched_on(now: Switch, wish: Wish) -> Plan:
    refused = why_not(now.facts)
    if refused is not None:
        raise refused
    then = Switch(
        facts=replace(now.facts, is_authorised=True, authorised_until=None),
        workflow=wish.workflow or Workflow.EXCLUDED.value,
        former_workflow=now.workflow,
    )
    return Plan(Happening.ON, then, is_workflow_by_itself=then.workflow != now.workflow)


def _switched_off(now: Switch, wish: Wish, on: date) -> Plan:
    if not wish.reason.strip():
        raise SwitchRefused(
            "reason", "reason_missing", "Zeg waarom je Zelfboeken uitzet: de Directie krijgt die reden in haar mail."
        )
    if wish.until is Until.MONTH_END:
        ends_on = Month.of(on).until
        if wish.agreed_until not in {None, ends_on}:
            # Shown before midnight and saved in the new month: it would be a month more.
            raise SwitchRefused(
                "when",
                "day_changed",
                f"Er is intussen een nieuwe maand begonnen: op het einde van de maand is nu vanaf {ends_on:%d/%m/%Y}. "
                "Kies opnieuw vanaf wanneer.",
            )
        return Plan(Happening.OFF_LATER, replace(now, facts=replace(now.facts, authorised_until=ends_on)))
    then = Switch(
        facts=replace(now.facts, is_authorised=False, authorised_until=None),
        workflow=now.former_workflow or Workflow.NORMAL.value,
    )
    return Plan(Happening.OFF, then, is_workflow_by_itself=then.workflow != now.workflow)


def switch_of(domain: Domain, on: date) -> Switch:
    """How Zelfboeken stands in a domain on a day."""
    return Switch(domain.facts_on(on), domain.workflow, domain.former_workflow, domain.resumed_workflow)


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving will do, before it is saved."""

    plan: Plan
    activation: Activation
    """How far Zelfboeken is afterwards."""
    returns: tuple[str, ...]
    """Who gets his role Backoffice back."""
    loses: tuple[str, ...]
    """Whose role Backoffice rests."""


def preview_switch(*, domain: Domain, wish: Wish, on: date) -> Preview:
    """What a wish comes to, and for whom. The scope of the domain is open.

    Raises:
        SwitchRefused: it cannot be carried out.
    """
    plan = planned(switch_of(domain, on), wish, on=on)
    facts = plan.then.facts
    # An end that is planned is told by who will lose the right on its day.
    ahead = (
        facts.on(facts.authorised_until) if plan.happening is Happening.OFF_LATER and facts.authorised_until else facts
    )
    people = people_of(domain.id)
    changes = aligned(
        people,
        missing=first_missing(self_booking_facts(ahead, AssignmentState.ACTIVE)),
        limit=place_limit(domain, on),
    )
    own = [one for one in changes if one.role == Role.BACKOFFICE]
    names = {one.member_id: one.name for one in people}
    active = seats_of(people) + sum(not one.because for one in own) - sum(not one.former for one in own)
    return Preview(
        plan=plan,
        activation=activation_of(ahead, active_roles=active),
        returns=tuple(names[one.member_id] for one in own if not one.because),
        loses=tuple(names[one.member_id] for one in own if not one.former),
    )


def switch_self_booking(*, office: PortalAccess, domain: Domain, wish: Wish, at: datetime) -> Plan:
    """Carry out a wish: the permission and the workflow in one save. The scope of the domain is open.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder (S4).
        SwitchRefused: it cannot be carried out; nothing has changed.
    """
    require_switch(office)
    stored = locked_domain(domain.id, at=at)
    require_still(office, Right.PORTAL_MANAGE)
    on = day_of(at)
    before = switch_of(stored, on)
    plan = planned(before, wish, on=on)
    if plan.happening is Happening.NOTHING:
        return plan
    then = plan.then
    stored.is_authorised, stored.authorised_until = then.facts.is_authorised, then.facts.authorised_until
    stored.workflow, stored.former_workflow = then.workflow, then.former_workflow
    stored.resumed_workflow = then.resumed_workflow
    stored.save(update_fields=["is_authorised", "authorised_until", "workflow", "former_workflow", "resumed_workflow"])
    office.log_in_domain(at=at, events=_events(stored, before, plan, wish))
    settle_roles(stored, at=at, actor=Actor(office.user_id, office.user_name), because="self_booking")
    if plan.happening in _TOLD:
        mails.tell(
            mails.directie_of(stored),
            _TOLD[plan.happening](stored, wish.reason.strip(), then.facts.authorised_until),
        )
    return plan


def require_switch(office: PortalAccess) -> None:
    """Only a Portaalbeheerder switches Zelfboeken on or off.

    Raises:
        NotAllowed: somebody else asks.
    """
    if not office.may(Right.PORTAL_MANAGE):
        raise NotAllowed(
            right=Right.PORTAL_MANAGE,
            code="right_missing",
            reason="Alleen een Portaalbeheerder activeert Zelfboeken. Vraag het aan de Portaalbeheerder.",
        )


def _events(domain: Domain, before: Switch, plan: Plan, wish: Wish) -> list[Happened]:
    subject, then = f"domain:{domain.slug}", plan.then
    detail: dict[str, object] = {"from": _word(before), "to": _word(then)}
    if wish.reason.strip() and plan.happening in {Happening.OFF, Happening.OFF_LATER}:
        detail["reason"] = wish.reason.strip()
    events = [] if plan.happening is Happening.WORKFLOW else [Happened(_ACTIONS[plan.happening], subject, detail)]
    if then.workflow != before.workflow:
        told = {
            "from": before.workflow,
            "to": then.workflow,
            "by_itself": plan.is_workflow_by_itself,
        }
        events.append(Happened("domain.workflow_changed", subject, told))
    return events


def _word(switch: Switch) -> str:
    if not switch.facts.is_authorised:
        return "OFF"
    return f"UNTIL {switch.facts.authorised_until}" if switch.facts.authorised_until else "ON"


_ACTIONS = {
    Happening.ON: "self_booking.authorised",
    Happening.OFF: "self_booking.ended",
    Happening.OFF_LATER: "self_booking.end_planned",
    Happening.KEPT: "self_booking.end_undone",
}
_TOLD = {
    Happening.ON: mails.self_booking_on,
    Happening.OFF: mails.self_booking_off,
    Happening.OFF_LATER: mails.self_booking_off,
    Happening.KEPT: mails.self_booking_on,
}
