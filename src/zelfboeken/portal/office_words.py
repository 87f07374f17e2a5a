"""What an office reads about its domains: states, bundles and roles, in words."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from zelfboeken.access.models import DomainAssignment
from zelfboeken.access.rights import ROLE_NAMES
from zelfboeken.access.self_booking import Activation
from zelfboeken.portal.pages import Tag
from zelfboeken.portal.texts import day
from zelfboeken.tenancy.models import Bundle, Domain, DomainFacts, Lifecycle, PricingModel, VatRegime, Workflow


def role_name(role: str) -> str:
    """The name of a role, as people say it in Belgium: the same in each language."""
    names: dict[str, str] = {str(one): name for one, name in ROLE_NAMES.items()}
    return names.get(role, role)


def activation_tag(activation: Activation, facts: DomainFacts) -> Tag:
    """How far Zelfboeken is, in two words."""
    if activation is Activation.ON and facts.authorised_until is not None:
        return Tag(_("until %(on)s") % {"on": day(facts.authorised_until)}, "warn")
    return {
        Activation.OFF: Tag(_("off")),
        Activation.MODULES: Tag(_("not possible")),
        Activation.NOT_LIVE: Tag(_("on, domain not active"), "warn"),
        Activation.IN_TRIAL: Tag(_("waits for the end of the trial"), "warn"),
        Activation.WAITS_FOR_BUNDLE: Tag(_("waits for a bundle"), "warn"),
        Activation.WAITS_FOR_ROLE: Tag(_("waits for a role"), "warn"),
        Activation.ON: Tag(_("on"), "ok"),
    }[activation]


def activation_name(activation: Activation) -> str:
    """How far Zelfboeken is, as a choice of a filter."""
    return {
        Activation.OFF: _("Off"),
        Activation.MODULES: _("Not possible"),
        Activation.NOT_LIVE: _("On, domain not active"),
        Activation.IN_TRIAL: _("Waits for the end of the trial"),
        Activation.WAITS_FOR_BUNDLE: _("Waits for a bundle"),
        Activation.WAITS_FOR_ROLE: _("Waits for a role"),
        Activation.ON: _("On"),
    }[activation]


def bundle_text(facts: DomainFacts) -> str:
    """Medium, Proef tot 31/12/2026, Modules."""
    if facts.pricing_model == PricingModel.MODULES:
        return _("Modules")
    if facts.pricing_model == PricingModel.LEGACY:
        return _("Old contract")
    if facts.trial_until is not None:
        return _("Trial until %(on)s") % {"on": day(facts.trial_until)}
    name = Bundle(facts.bundle).label
    if facts.planned_on is not None and facts.planned_bundle:
        return f"{name} → {Bundle(facts.planned_bundle).label}"
    return name


def status_name(lifecycle: str) -> str:
    """The life of a domain in a word."""
    return {
        Lifecycle.STARTUP: _("Starting up"),
        Lifecycle.ACTIVE: _("Active"),
        Lifecycle.BLOCKED: _("Blocked"),
        Lifecycle.ARCHIVED: _("Archived"),
        Lifecycle.INACTIVE: _("Inactive"),
    }[Lifecycle(lifecycle)]


def domain_status(domain: Domain) -> str:
    """The life of a domain in words, with what became of it once it was inactive."""
    if domain.erased_at is not None:
        return _("Erased")
    return _("Inactive, looked at") if domain.is_view_only else status_name(domain.lifecycle)


def status_tag(lifecycle: str) -> Tag:
    """The life of a domain in a word, with its colour."""
    tones = {Lifecycle.ACTIVE: "ok", Lifecycle.STARTUP: "ask", Lifecycle.BLOCKED: "bad"}
    return Tag(status_name(lifecycle), tones.get(Lifecycle(lifecycle), ""))  # type: ignore[arg-type]


def workflow_name(workflow: str) -> str:
    """Normaal or Uitgesloten."""
    return _("Excluded") if workflow == Workflow.EXCLUDED else _("Normal")


def regime_name(regime: str) -> str:
    """How often VAT returns are filed."""
    return _("Every month") if regime == VatRegime.MONTHLY else _("Every quarter")


def task_name(task: str) -> str:
    """What somebody of the office is for a domain."""
    return {
        DomainAssignment.Task.RESPONSIBLE: _("Responsible"),
        DomainAssignment.Task.BACKUP: _("Back-up"),
        DomainAssignment.Task.CONTROLLER: _("Controller"),
        DomainAssignment.Task.ACCOUNT_MANAGER: _("Account manager"),
    }[DomainAssignment.Task(task)]


def trial_default(today: date) -> date:
    """The last day of the trial that is proposed: a month from today."""
    month = today.month % 12 + 1
    year = today.year + today.month // 12
    return date(year, month, min(today.day, 28))
