"""The events of the log in words: what was done, and what the log keeps with it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zelfboeken.access.models import DomainAssignment
from zelfboeken.access.rights import RIGHT_NAMES, PortalRole, Right, Role
from zelfboeken.portal.office_words import role_name, status_name, task_name, workflow_name
from zelfboeken.portal.questions_words import because_text
from zelfboeken.portal.texts import day, euro
from zelfboeken.tenancy.models import Bundle, Lifecycle, Workflow


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
        "domain.looking_started": _("Inactive domain kept to be looked at"),
        "domain.looking_ended": _("Inactive domain no longer looked at"),
        "domain.exported": _("Everything of the domain downloaded"),
        "domain.export_completed": _("Everything of the domain went out, to the last byte"),
        "domain.erasure_announced": _("Erasure of the domain announced"),
        "domain.erasure_withdrawn": _("Erasure of the domain taken back"),
        "domain.erasure_confirmed": _("Erasure of the domain confirmed"),
        "domain.erased": _("Everything of the domain erased"),
        "domain.moved": _("Domain moved to another office"),
        "self_booking.authorised": _("Zelfboeken switched on"),
        "self_booking.ended": _("Zelfboeken switched off"),
        "self_booking.end_planned": _("Zelfboeken ends at the end of the month"),
        "self_booking.end_undone": _("Zelfboeken goes on after all"),
        "payment.prepared": _("Payment file prepared"),
        "payment.approved": _("Payment file approved"),
        "payment.withdrawn": _("Payment file taken back"),
        "payment.let_go": _("Payment let go, to be paid anew"),
        "payment.downloaded": _("Payment file downloaded for the bank"),
        "contact.user_chosen": _("Which user a contact is was changed"),
        "bank_account.added": _("Bank account added"),
        "fiscal_year.opened": _("Fiscal year opened"),
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
        "missing.reported": _("Told what is missing in the books"),
        "document.received": _("Document received"),
        "document.repeated": _("Document received again"),
        "invoice.registered": _("Invoice read"),
        "invoice.duplicate_accepted": _("Suspected duplicate kept"),
        "proposal.changed": _("Proposal changed"),
        "proposal.completed": _("Data entry done"),
        "proposal.confirmed": _("Amounts confirmed"),
        "proposal.converted": _("Amounts converted into euro"),
        "proposal.handled": _("Document handled without an entry"),
        "proposal.reopened": _("Document opened again"),
        "entry.posted": _("Booked"),
        "entry.reversed": _("Booking reversed"),
        "statement.imported": _("Bank statement read"),
        "statement.judged_again": _("Bank statement looked at again"),
        "statement.gap_accepted": _("Missing bank statement accepted"),
        "match.undone": _("Match undone"),
        "match.set_off": _("Open items set off"),
        "contact.account_chosen": _("Account of a contact chosen"),
        "calendar.hours_changed": _("Working hours of the office changed"),
        "calendar.day_set": _("Day of the calendar set"),
        "calendar.day_forgotten": _("Day of the calendar taken away"),
        "refused": _("Refused"),
    }


def event_details(detail: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The details of an event as label and value, those that have one."""
    return tuple(
        (label, value)
        for name, label in _labels().items()
        if name in detail and (value := _told(name, detail[name])) != ""
    )


def _labels() -> dict[str, str]:
    return {
        "title": _("Question"),
        "from": _("From"),
        "to": _("To"),
        "of": _("To"),
        "due": _("Asked by"),
        "text": _("Remark"),
        "reason": _("Reason"),
        "user": _("User"),
        "role": _("Role"),
        "email": _("Mail address"),
        "name": _("Name"),
        "number": _("Number"),
        "corrects": _("Corrects"),
        "self_booking_until": _("Zelfboeken until"),
        "lines": _("Lines"),
        "state": _("State"),
        "owner": _("Owner"),
        "task": _("Task"),
        "code": _("Code"),
        "reference": _("Reference"),
        "monthly_cents": _("Price per month"),
        "from_cents": _("From"),
        "to_cents": _("To"),
        "total_cents": _("Amount"),
        "cents": _("Amount"),
        "because": _("Because"),
        "on": _("On"),
        "until": _("Until"),
        "trial_until": _("Trial until"),
        "holds_from": _("From the day"),
        "from_on": _("From the day"),
        "enterprise_number": _("Enterprise number"),
        "vat_number": _("VAT number"),
        "vat_regime": _("VAT returns"),
        "first_year": _("First fiscal year"),
        "fiscal_year": _("Fiscal year"),
        "debtor": _("Debtor"),
        "right": _("Right"),
        "backoffice": _("Backoffice"),
        "count": _("Count"),
        "documents": _("Documents"),
        "limit": _("Limit"),
        "cut_off": _("Cut-off"),
        "weekdays": _("Working days"),
        "works": _("The office works"),
        "currency": _("Currency"),
        "rate": _("Exchange rate"),
    }


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _told(name: str, value: Any) -> str:
    """A detail as people read it; a pair is what it was and what it became, but for those who get a question."""
    if isinstance(value, list):
        if len(value) == 2 and name != "to":
            return f"{_told(name, value[0]) or '–'} → {_told(name, value[1]) or '–'}"
        return ", ".join(_told(name, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name.endswith("cents"):
        return "" if value in (None, "") else euro(int(value))
    if name == "because":
        return _because(str(value))
    return _value("" if value is None else str(value))


def _because(text: str) -> str:
    words = {
        "owner": _("he becomes the owner"),
        "legacy": _("cut-over of the old access"),
        "seat_limit": _("the bundle has fewer places"),
        "no_bundle": _("the bundle has ended"),
        "not_authorised": _("the office switched Zelfboeken off"),
        "not_live": _("the domain is not active"),
        "in_trial": _("the domain is in trial"),
        "modules": _("the domain takes modules"),
        "ROLE": _("has a role for it"),
    }
    return words[text] if text in words else because_text(text)


def _value(text: str) -> str:
    if text in {*Role, *PortalRole}:
        return role_name(text)
    if text in {*Workflow}:
        return workflow_name(text)
    if text in {*DomainAssignment.Task}:
        return task_name(text)
    words = {
        "ALL": _("all administrations"),
        "LIMITED": _("only within them"),
        "OPEN": _("open"),
        "BLOCKED": _("blocked"),
        "CLOSED": _("closed"),
        "DOMAIN": _("the domain"),
        "OFFICE": _("the office"),
        "ON": _("On"),
        "OFF": _("Off"),
        "MONTHLY": _("Every month"),
        "QUARTERLY": _("Every quarter"),
        "ACCEPTED": _("accepted"),
        "GAP": _("one before it is missing"),
        "QUARANTINED": _("set apart"),
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
    return text
