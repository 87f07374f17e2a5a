"""The life of a domain and its trial: what the office decides, and what each still allows (product A4, A6).

Startup and active are worked in; in a blocked domain its people sign in and see nothing; an archived one is read only;
an inactive one opens for nobody. Those last three change nothing about what was booked, and nothing is charged in them,
except that an inactive domain may be kept to be looked at by its Directie and Kijkgebruikers, for a price.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from zelfboeken.access.office import PortalAccess
from zelfboeken.audit.services import Happened
from zelfboeken.billing import mails
from zelfboeken.billing.bundles import BundleRefused
from zelfboeken.billing.contracts import contract_of
from zelfboeken.billing.erasure import announcement_ends
from zelfboeken.billing.rules import PAID_BUNDLES, Month
from zelfboeken.billing.standing import Actor, clear_plan, day_of, own_domain, settle_roles
from zelfboeken.billing.terms import confirmed_terms
from zelfboeken.money.texts import euro_text
from zelfboeken.tenancy.models import Bundle, Domain, Lifecycle, PricingModel

NEXT = {
    Lifecycle.STARTUP: {Lifecycle.ACTIVE, Lifecycle.BLOCKED, Lifecycle.ARCHIVED},
    Lifecycle.ACTIVE: {Lifecycle.BLOCKED, Lifecycle.ARCHIVED},
    Lifecycle.BLOCKED: {Lifecycle.ACTIVE, Lifecycle.ARCHIVED},
    Lifecycle.ARCHIVED: {Lifecycle.ACTIVE, Lifecycle.INACTIVE},
    Lifecycle.INACTIVE: {Lifecycle.ARCHIVED},
}
"""To which life a domain may go from each."""

LIFE_NAMES = {
    Lifecycle.STARTUP: "in opstart",
    Lifecycle.ACTIVE: "actief",
    Lifecycle.BLOCKED: "geblokkeerd",
    Lifecycle.ARCHIVED: "gearchiveerd",
    Lifecycle.INACTIVE: "inactief",
}


def change_life(*, office: PortalAccess, domain_id: int, life: Lifecycle, reason: str, at: datetime) -> Domain:
    """Bring a domain to another life. The scope of the domain is open: a blocked or inactive one opens for its office
    alone.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        BundleRefused: this step does not exist, has no reason, or a bundle still runs.
    """
    domain = own_domain(office, domain_id, at)
    former = Lifecycle(domain.lifecycle)
    if life == former:
        return domain
    refuse_erased(domain)
    if life not in NEXT[former]:
        ways = " of ".join(sorted(LIFE_NAMES[one] for one in NEXT[former]))
        raise BundleRefused(
            "life_step_unknown",
            f"Een domein dat {LIFE_NAMES[former]} is, kan niet ineens {LIFE_NAMES[life]} worden. Kies {ways}.",
        )
    if not reason.strip():
        raise BundleRefused("reason_missing", "Zeg waarom: de reden komt in het logboek van het domein.")
    if life in {Lifecycle.ARCHIVED, Lifecycle.INACTIVE} and _bundle_runs(domain):
        raise BundleRefused("bundle_runs", _way_out(domain))
    domain.lifecycle, domain.is_view_only = life.value, False
    domain.save(update_fields=["lifecycle", "is_view_only"])
    announcement_ends(office, domain, reason=reason.strip(), at=at)
    office.log_in_domain(
        at=at,
        events=[
            Happened(
                "domain.life_changed",
                f"domain:{domain.slug}",
                {"from": former.value, "to": life.value, "reason": reason.strip()},
            )
        ],
    )
    settle_roles(domain, at=at, actor=Actor(office.user_id, office.user_name), because="life")
    return domain


def start_looking(*, office: PortalAccess, domain_id: int, reason: str, at: datetime) -> Domain:
    """Let the Directie and Kijkgebruikers of an inactive domain look into it, from now on and for the price of the day.
    They are told.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        BundleRefused: the domain is not inactive, nobody can look or pays, or the reason is missing.
        NoPrice: the operator confirmed no price.
    """
    domain = own_domain(office, domain_id, at)
    if domain.is_view_only:
        return domain
    if domain.lifecycle != Lifecycle.INACTIVE:
        raise BundleRefused(
            "domain_not_inactive",
            "Alleen een inactief domein wordt bekeken tegen betaling. Elk ander gaat gewoon open.",
        )
    if not reason.strip():
        raise BundleRefused("reason_missing", "Zeg wie erom vroeg: dat komt in het logboek van het domein.")
    lookers = mails.lookers_of(domain)
    if not lookers:
        raise BundleRefused(
            "nobody_looks",
            "Niemand kan hier kijken: er is geen Directie of Kijkgebruiker meer. Zet het domein even op gearchiveerd "
            "en dan op actief, nodig iemand uit met die rol, en zet het terug.",
        )
    refuse_erased(domain)
    price = confirmed_terms().needed_views(day_of(at))
    # Also while looking is free: a price that comes later is owed by somebody.
    if contract_of(domain.id) is None:
        raise BundleRefused(
            "debtor_missing",
            "Het is niet bekend wie betaalt. Zet het domein even op gearchiveerd en dan op actief, vul onder "
            "Facturatie in wie betaalt, en zet het terug.",
        )
    announcement_ends(office, domain, reason=reason.strip()[:500], at=at)
    _keep_looking(
        office, domain, at=at, is_on=True, detail={"reason": reason.strip()[:500], "monthly_cents": price.monthly_cents}
    )
    mails.tell(lookers, mails.domain_looked_at(domain, monthly=f"€\u00a0{euro_text(price.monthly_cents)}"))
    return domain


def end_looking(*, office: PortalAccess, domain_id: int, reason: str, at: datetime) -> Domain:
    """Nobody looks into the inactive domain any more, from now on; today is charged still.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        BundleRefused: the reason is missing.
    """
    domain = own_domain(office, domain_id, at)
    if not domain.is_view_only:
        return domain
    if not reason.strip():
        raise BundleRefused("reason_missing", "Zeg wie erom vroeg: dat komt in het logboek van het domein.")
    _keep_looking(office, domain, at=at, is_on=False, detail={"reason": reason.strip()[:500]})
    mails.tell(mails.lookers_of(domain), mails.domain_no_longer_looked_at(domain))
    return domain


def _keep_looking(office: PortalAccess, domain: Domain, *, at: datetime, is_on: bool, detail: dict[str, Any]) -> None:
    domain.is_view_only = is_on
    domain.save(update_fields=["is_view_only"])
    action = "domain.looking_started" if is_on else "domain.looking_ended"
    office.log_in_domain(at=at, events=[Happened(action, f"domain:{domain.slug}", detail)])
    settle_roles(domain, at=at, actor=Actor(office.user_id, office.user_name), because="looking")


def end_blocked_bundle(*, office: PortalAccess, domain_id: int, reason: str, at: datetime) -> Domain:
    """End the bundle of a blocked domain at the end of the month: its Directie, who decides about it, comes in nowhere.
    The Directie is mailed, and can come back on it once the domain is active again.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        BundleRefused: the domain is not blocked, no bundle runs, or the reason is missing.
    """
    domain = own_domain(office, domain_id, at)
    if domain.lifecycle != Lifecycle.BLOCKED:
        raise BundleRefused(
            "domain_not_blocked",
            "Alleen van een geblokkeerd domein zegt het kantoor de bundel op. Vraag het hier aan de Directie.",
        )
    if domain.planned_bundle == Bundle.MINIMAL:
        return domain
    if not _bundle_runs(domain):
        raise BundleRefused("no_bundle_runs", "In dit domein loopt geen bundel. Archiveren kan meteen.")
    if not reason.strip():
        raise BundleRefused("reason_missing", "Zeg waarom: de Directie krijgt die reden in haar mail.")
    clear_plan(domain)
    domain.planned_on = Month.of(day_of(at)).until
    domain.planned_bundle, domain.planned_pricing_model = Bundle.MINIMAL.value, PricingModel.BUNDLE.value
    domain.save()
    detail = {
        "from": domain.bundle,
        "to": Bundle.MINIMAL.value,
        "holds_from": str(domain.planned_on),
        "reason": reason.strip()[:500],
    }
    office.log_in_domain(at=at, events=[Happened("bundle.planned", f"domain:{domain.slug}", detail)])
    mails.tell(
        mails.directie_of(domain),
        mails.bundle_ended_by_office(
            domain, bundle=Bundle(domain.bundle).label, on=domain.planned_on, reason=reason.strip()[:500]
        ),
    )
    return domain


def may_end_bundle(domain: Domain) -> bool:
    """Whether the office may end the bundle of this domain: it is blocked, and one runs on."""
    return domain.lifecycle == Lifecycle.BLOCKED and _bundle_runs(domain) and domain.planned_bundle != Bundle.MINIMAL


def refuse_erased(domain: Domain) -> None:
    """Raises BundleRefused where nothing is left to bring back."""
    if domain.erased_at is not None:
        raise BundleRefused(
            "domain_erased",
            f"{domain.name} werd op {day_of(domain.erased_at):%d/%m/%Y} definitief gewist. Er is niets meer om te "
            "openen; een nieuw domein krijgt een andere naam.",
        )


def _way_out(domain: Domain) -> str:
    """What must be done before a domain whose bundle runs is put away."""
    bundle = Bundle(domain.bundle).label
    if domain.planned_bundle == Bundle.MINIMAL and domain.planned_on is not None:
        return (
            f"De bundel {bundle} is opgezegd en loopt tot {domain.planned_on:%d/%m/%Y}. "
            "Vanaf die dag is het domein Minimal en kan dit."
        )
    if domain.lifecycle == Lifecycle.BLOCKED:
        return (
            f"De bundel {bundle} loopt nog, en de Directie van een geblokkeerd domein kan ze niet opzeggen. "
            "Zeg ze hier zelf op; op de 1e van de volgende maand is het domein Minimal en kan dit."
        )
    return (
        f"De bundel {bundle} loopt nog. Laat de Directie ze eerst opzeggen; "
        "op de 1e van de volgende maand is het domein Minimal en kan dit."
    )


def start_trial(*, office: PortalAccess, domain_id: int, until: date, at: datetime) -> Domain:
    """Let a domain try until and with a day. A paid domain cannot become a trial.

    Raises:
        NotAllowed: who asks is no Portaalbeheerder.
        UnknownDomain: it is of another portal.
        BundleRefused: a bundle was bought, the domain takes modules, or the day is past.
    """
    domain = own_domain(office, domain_id, at)
    if domain.pricing_model != PricingModel.BUNDLE:
        raise BundleRefused("domain_takes_modules", "Dit domein neemt modules af. Een proef kan alleen met bundels.")
    if domain.trial_until is None and domain.bundle in PAID_BUNDLES:
        raise BundleRefused(
            "paid_is_no_trial",
            f"Dit domein heeft de bundel {Bundle(domain.bundle).label}. Een betalend domein wordt geen proefdomein.",
        )
    if until < day_of(at):
        raise BundleRefused("trial_in_the_past", "De proef zou al voorbij zijn. Kies een dag vanaf vandaag.")
    former = domain.trial_until
    domain.trial_until = until
    clear_plan(domain)
    domain.save()
    office.log_in_domain(
        at=at,
        events=[
            Happened(
                "bundle.trial_started",
                f"domain:{domain.slug}",
                {"until": str(until), "former": str(former) if former else ""},
            )
        ],
    )
    settle_roles(domain, at=at, actor=Actor(office.user_id, office.user_name), because="trial")
    return domain


def _bundle_runs(domain: Domain) -> bool:
    return domain.pricing_model == PricingModel.BUNDLE and (
        domain.bundle in PAID_BUNDLES or domain.planned_on is not None
    )
