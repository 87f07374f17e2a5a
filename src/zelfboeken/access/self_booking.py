"""Whether a user may book in his own domain: one rule, with the first failing reason (INV-20, product A5)."""

from dataclasses import dataclass
from enum import StrEnum

from zelfboeken.tenancy.models import Bundle, DomainFacts, Lifecycle, PricingModel


class AssignmentState(StrEnum):
    """The state of a role assignment; a suspended one comes back by itself when its reason is gone."""

    NONE = "NONE"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"


class Missing(StrEnum):
    """What stands in the way, in the order in which it is checked (architecture §6)."""

    LIFECYCLE = "domain_not_live"
    PRICING_MODEL = "domain_takes_modules"
    TRIAL = "domain_in_trial"
    AUTHORISED = "not_authorised_by_office"
    BUNDLE = "no_bundle"
    ASSIGNMENT = "no_backoffice_role"


REASONS = {
    Missing.LIFECYCLE: "Dit domein is niet actief. Vraag je accountant om het te activeren.",
    Missing.PRICING_MODEL: "Dit domein neemt modules af. Stap eerst over op een bundel.",
    Missing.TRIAL: "Dit domein is nog in proef. Zelfboeken kan vanaf een aangekochte bundel.",
    Missing.AUTHORISED: "Je accountant heeft Zelfboeken nog niet geactiveerd voor dit domein.",
    Missing.BUNDLE: "Activeer eerst een bundel: Small, Medium, Large of Unlimited.",
    Missing.ASSIGNMENT: "Je hebt de rol Backoffice niet. Vraag ze aan de Directie.",
}


@dataclass(frozen=True, slots=True)
class SelfBookingFacts:
    """Everything the rule looks at, as it is now. Unknown values count against the user (INV-33)."""

    lifecycle: str
    pricing_model: str
    is_trial: bool
    is_authorised: bool
    bundle: str
    assignment: str


def self_booking_facts(domain: DomainFacts, assignment: str) -> SelfBookingFacts:
    """What the rule looks at, of a domain on a day (`DomainFacts.on`) and one assignment."""
    return SelfBookingFacts(
        lifecycle=domain.lifecycle,
        pricing_model=domain.pricing_model,
        is_trial=domain.is_trial,
        is_authorised=domain.is_authorised,
        bundle=domain.bundle,
        assignment=assignment,
    )


def first_missing(facts: SelfBookingFacts) -> Missing | None:
    """The first thing that stands in the way of booking, or None when the right is effective."""
    if facts.lifecycle not in {Lifecycle.STARTUP, Lifecycle.ACTIVE}:
        return Missing.LIFECYCLE
    if facts.pricing_model != PricingModel.BUNDLE:
        return Missing.PRICING_MODEL
    if facts.is_trial:
        return Missing.TRIAL
    if not facts.is_authorised:
        return Missing.AUTHORISED
    if facts.bundle not in {Bundle.SMALL, Bundle.MEDIUM, Bundle.LARGE, Bundle.UNLIMITED}:
        return Missing.BUNDLE
    if facts.assignment != AssignmentState.ACTIVE:
        return Missing.ASSIGNMENT
    return None


class Activation(StrEnum):
    """How far Zelfboeken is in a domain, for lists and sheets: the first thing that is missing, or that it works."""

    OFF = "OFF"
    """The office did not switch it on."""
    MODULES = "MODULES"
    """Not possible: the domain takes modules."""
    NOT_LIVE = "NOT_LIVE"
    """Switched on, but the domain is blocked, archived or inactive."""
    IN_TRIAL = "IN_TRIAL"
    """Switched on; nothing counts while the domain is in trial."""
    WAITS_FOR_BUNDLE = "WAITS_FOR_BUNDLE"
    """Switched on; the Directie must take a bundle."""
    WAITS_FOR_ROLE = "WAITS_FOR_ROLE"
    """Switched on with a bundle; nobody has the role Backoffice yet."""
    ON = "ON"
    """Somebody books."""


def activation_of(domain: DomainFacts, *, active_roles: int) -> Activation:
    """How far Zelfboeken is in a domain on a day (`DomainFacts.on`) with so many active Backoffice roles."""
    missing = first_missing(
        self_booking_facts(domain, AssignmentState.ACTIVE if active_roles else AssignmentState.NONE)
    )
    if missing is Missing.PRICING_MODEL:
        return Activation.MODULES
    if not domain.is_authorised:
        return Activation.OFF
    return (
        {
            Missing.LIFECYCLE: Activation.NOT_LIVE,
            Missing.TRIAL: Activation.IN_TRIAL,
            Missing.BUNDLE: Activation.WAITS_FOR_BUNDLE,
            Missing.ASSIGNMENT: Activation.WAITS_FOR_ROLE,
        }.get(missing, Activation.ON)
        if missing
        else Activation.ON
    )
