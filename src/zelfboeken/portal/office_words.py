"""What an office reads about its domains: states, bundles and events of the log, in words."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zelfboeken.access.models import DomainAssignment
from zelfboeken.access.rights import RIGHT_NAMES, ROLE_NAMES, PortalRole, Right, Role
from zelfboeken.access.self_booking import Activation
from zelfboeken.portal.pages import Tag
from zelfboeken.portal.texts import day
from zelfboeken.tenancy.models import Bundle, DomainFacts, Lifecycle, PricingModel, VatRegime, Workflow


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


def event_text(action: str) -> str:
    """What was done, in words; an action that has none yet keeps its name."""
    return _actions().get(action, action)


def _actions() -> dict[str, str]:
    return {
        "domain.made": _("Domain made"),
        "domain.renamed": _("Name of the domain changed"),
        "domain.assigned": _("Domain assigned"),
        "domain.workflow_changed": _("Workflow changed"),
        "domain.life_changed": _("Status of the domain changed"),
        "domain.moved": _("Domain moved to another office"),
        "self_booking.authorised": _("Zelfboeken switched on"),
        "self_booking.ended": _("Zelfboeken switched off"),
        "self_booking.end_planned": _("Zelfboeken ends at the end of the month"),
        "self_booking.end_undone": _("Zelfboeken goes on after all"),
        "administration.made": _("Administration begun"),
        "administration.changed": _("Administration changed"),
        "question.asked": _("Question asked"),
        "question.answered": _("Question answered"),
        "question.noted": _("Note of the office kept"),
        "question.closed": _("Question closed"),
        "question.reopened": _("Question opened again"),
        "question.handed": _("Question handed on"),
        "question.receiver_set": _("Who gets the questions of the office was changed"),
        "mail.refused": _("Answer by mail refused"),
        "mail.settled": _("Refused mail put aside"),
        "missing.asked": _("Invoice asked for"),
        "missing.reminded": _("Reminders sent"),
        "missing.changed": _("Who is asked for an invoice was changed"),
        "missing.said": _("Remark about a missing invoice"),
        "missing.none_exists": _("Invoice said not to exist"),
        "missing.arrived": _("Missing invoice arrived"),
        "missing.reopened": _("Missing invoice asked again"),
        "member.invited": _("User invited"),
        "member.joined": _("Invitation accepted"),
        "invitation.withdrawn": _("Invitation withdrawn"),
        "role.given": _("Role given"),
        "role.withdrawn": _("Role withdrawn"),
        "role.suspended": _("Role rests"),
        "role.returned": _("Role active again"),
        "bundle.bought": _("Bundle bought"),
        "bundle.planned": _("Other bundle planned"),
        "bundle.plan_undone": _("Planned bundle undone"),
        "bundle.changed": _("Bundle changed"),
        "bundle.trial_started": _("Trial started"),
        "bundle.trial_ended": _("Trial ended"),
        "contract.entered": _("Payer filled in"),
        "contract.modules_price": _("Price of the modules filled in"),
        "statement.issued": _("Monthly statement issued"),
        "statement.credited": _("Monthly statement credited"),
        "limit.told": _("Told how many documents are used"),
        "owner.offered": _("Owner: offered"),
        "owner.named": _("Owner: named by the office"),
        "owner.accepted": _("Owner: accepted"),
        "owner.declined": _("Owner: declined"),
        "owner.agreed": _("Owner: the owner agrees"),
        "owner.objected": _("Owner: the owner objects"),
        "owner.withdrawn": _("Owner: taken back"),
        "owner.changed": _("The domain has another owner"),
        "member.left": _("User left the domain"),
        "member.reach_changed": _("Other administrations reached"),
        "right.ticked": _("Right ticked by the office"),
        "right.unticked": _("Right no longer ticked"),
        "legacy.imported": _("Old Backoffice access kept"),
        "legacy.import_undone": _("Old Backoffice access: list taken back"),
        "legacy.ended": _("Old Backoffice access replaced"),
        "legacy.restored": _("Old Backoffice access: cut-over undone"),
        "legacy.cut_over": _("Old Backoffice access: cut-over"),
        "legacy.cut_over_undone": _("Old Backoffice access: cut-over undone"),
        "legacy.day_changed": _("Old Backoffice access: other day of the cut-over"),
        "staff.invited": _("Colleague invited"),
        "staff.joined": _("Colleague joined"),
        "staff.left": _("Colleague left the office"),
        "staff.role_given": _("Portal role given"),
        "staff.role_withdrawn": _("Portal role withdrawn"),
        "price.entered": _("Price confirmed"),
        "operator.entered": _("Sender of the statements filled in"),
        "period.state": _("Month blocked, closed or opened"),
        "refused": _("Refused"),
    }


def event_details(detail: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The details of an event as label and value, those that have one."""
    labels = {
        "from": _("From"),
        "to": _("To"),
        "number": _("Number"),
        "corrects": _("Corrects"),
        "reason": _("Reason"),
        "user": _("User"),
        "role": _("Role"),
        "email": _("Mail address"),
        "name": _("Name"),
        "owner": _("Owner"),
        "task": _("Task"),
        "code": _("Code"),
        "reference": _("Reference"),
        "monthly_cents": _("Cents a month"),
        "because": _("Because"),
        "on": _("On"),
        "until": _("Until"),
        "self_booking_until": _("Zelfboeken until"),
        "trial_until": _("Trial until"),
        "holds_from": _("From the day"),
        "enterprise_number": _("Enterprise number"),
        "vat_number": _("VAT number"),
        "vat_regime": _("VAT returns"),
        "first_year": _("First fiscal year"),
        "debtor": _("Debtor"),
        "right": _("Right"),
        "backoffice": _("Backoffice"),
        "count": _("Count"),
    }
    return tuple((label, _value(detail[name])) for name, label in labels.items() if detail.get(name, "") != "")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _value(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{_value(value[0]) or '–'} → {_value(value[1]) or '–'}"
    text = str(value)
    if text in {*Role, *PortalRole}:
        return role_name(text)
    if text in {*Workflow}:
        return workflow_name(text)
    if text in {*DomainAssignment.Task}:
        return task_name(text)
    words = {
        "ALL": _("all administrations"),
        "LIMITED": _("only within them"),
        "owner": _("he becomes the owner"),
        "legacy": _("cut-over of the old access"),
        "seat_limit": _("the bundle has fewer places"),
        "no_bundle": _("the bundle has ended"),
        "not_authorised": _("the office switched Zelfboeken off"),
        "not_live": _("the domain is not active"),
        "in_trial": _("the domain is in trial"),
        "modules": _("the domain takes modules"),
        "OPEN": _("open"),
        "BLOCKED": _("blocked"),
        "CLOSED": _("closed"),
        "DOMAIN": _("the domain"),
        "OFFICE": _("the office"),
    }
    if text in words:
        return words[text]
    if text in Bundle.values:
        return str(Bundle(text).label)
    if text in Lifecycle.values:
        return status_name(text)
    if _DAY.fullmatch(text):
        return day(date.fromisoformat(text))
    if text in {*Right}:
        return RIGHT_NAMES[Right(text)]
    return {"ON": _("On"), "OFF": _("Off"), "MONTHLY": _("Every month"), "QUARTERLY": _("Every quarter")}.get(
        text, text
    )


def trial_default(today: date) -> date:
    """The last day of the trial that is proposed: a month from today."""
    month = today.month % 12 + 1
    year = today.year + today.month // 12
    return date(year, month, min(today.day, 28))
