"""Changing the sheet of a domain, with what saving will do beside it: Zelfboeken and its workflow (S4–S7)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.assignments import UnknownColleague, assign, holders_of
from zelfboeken.access.domain_data import DomainDataRefused, change_name
from zelfboeken.access.models import DomainAssignment
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.portal_domains import staff_of
from zelfboeken.access.rights import Right
from zelfboeken.access.self_booking import Activation
from zelfboeken.access.services import access_of
from zelfboeken.billing.activation import (
    Happening,
    Preview,
    SwitchRefused,
    Until,
    Wish,
    preview_switch,
    switch_of,
    switch_self_booking,
    why_not,
)
from zelfboeken.billing.rules import Month
from zelfboeken.inbox.queries import waiting_work
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.office_shell import ENTERED, office_shell, sheet_head
from zelfboeken.portal.office_words import activation_tag, bundle_text, task_name, workflow_name
from zelfboeken.portal.pages import (
    Change,
    Effect,
    Field,
    Link,
    Option,
    Problem,
    SelectField,
    SelfBookingForm,
    SheetEditPage,
    Tag,
    WorkflowChoice,
)
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.sheet import read_row
from zelfboeken.tenancy.models import Administration, Domain, Workflow

_TASKS = tuple(DomainAssignment.Task)
_TASK_FIELDS = {task: f"task_{task.value.lower()}" for task in _TASKS}
_FIELDS = ("action", "name", "self_booking", "workflow", "reason", "when", "month_end", "keeps", *_TASK_FIELDS.values())
_ACTIONS = frozenset({"save", "show", "reset:workflow", "reset:self_booking", "reset:name", "reset:tasks"})


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in, or as the domain is."""

    name: str
    is_on: bool
    workflow: str
    reason: str
    until: Until
    keeps: bool
    month_end: date | None
    """What was shown as the end of the month."""
    tasks: Mapping[DomainAssignment.Task, str]
    """The id of a member as text, "" for nobody."""

    def wish(self) -> Wish:
        """What is wished about Zelfboeken."""
        return Wish(self.is_on, self.workflow, self.reason, self.until, keeps=self.keeps, agreed_until=self.month_end)


@portal_view(Right.DOMAIN_EDIT, methods=("GET", "POST"), fields=_FIELDS)
def office_domain_edit(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The form of the sheet. Each change is told before it is saved; `show` only shows what saving would do."""
    standing = _standing(domain)
    if request.method != "POST":
        return _page(request, office, domain, standing, standing)
    action = request.POST.get("action") or "save"
    if action not in _ACTIONS:
        raise FormNotOurs(f"action {action[:40]!r}")
    filled = _filled(request, standing)
    if action.startswith("reset:"):
        filled = _reset(filled, standing, action.removeprefix("reset:"))
    if action != "save":
        return _page(request, office, domain, standing, filled)
    # Whoever saves the same sheet at the same time waits here, and then sees that it was changed.
    domain = Domain.objects.select_for_update(no_key=True).get(id=domain.id)
    standing = _standing(domain)
    if request.POST.get("version") != _version(domain, standing):
        told = _("Somebody else changed this sheet meanwhile. Look at it again before you save.")
        return _page(request, office, domain, standing, filled, problems=(Problem(told),), status=409)
    try:
        with transaction.atomic():
            told = _saved(office, domain, standing, filled)
    except (SwitchRefused, DomainDataRefused) as no:
        problems = (Problem(str(no), f"field-{no.field}"),)
        return _page(request, office, domain, standing, filled, problems=problems, wrong=no, status=422)
    except UnknownColleague:
        raise NotFound("member") from None
    messages.success(request, told)
    return HttpResponseRedirect(reverse("office_domain", args=[domain.slug]), status=303)


def _standing(domain: Domain) -> Filled:
    """The form as the domain is: while Zelfboeken is off, its workflow is preset to Uitgesloten."""
    facts = domain.facts_on(timezone.localdate())
    holders = holders_of(domain)
    return Filled(
        name=domain.name,
        is_on=facts.is_authorised,
        workflow=domain.workflow if facts.is_authorised else Workflow.EXCLUDED.value,
        reason="",
        until=Until.NOW,
        keeps=False,
        month_end=None,
        tasks={task: str(holders[task].member_id) if task in holders else "" for task in _TASKS},
    )


def _filled(request: HttpRequest, standing: Filled) -> Filled:
    post = request.POST
    workflow = post.get("workflow", "")
    when = post.get("when", Until.NOW)
    if workflow not in {"", *Workflow.values} or when not in {*Until} or post.get("self_booking", "on") != "on":
        raise FormNotOurs("workflow, when or self_booking")
    try:
        month_end = date.fromisoformat(post["month_end"]) if post.get("month_end") else None
    except ValueError:
        raise FormNotOurs("month_end") from None
    return Filled(
        name=post.get("name", standing.name)[:200],
        is_on="self_booking" in post,
        workflow=workflow,
        reason=post.get("reason", "")[:500],
        until=Until(when),
        keeps=post.get("keeps") == "on",
        month_end=month_end,
        tasks={task: post.get(_TASK_FIELDS[task], standing.tasks[task]) for task in _TASKS},
    )


def _reset(filled: Filled, standing: Filled, what: str) -> Filled:
    """One change taken back. The workflow goes back to Normaal by itself: that is what it was."""
    if what == "name":
        return replace(filled, name=standing.name)
    if what == "tasks":
        return replace(filled, tasks=standing.tasks)
    if what == "self_booking":
        return replace(filled, is_on=standing.is_on, workflow=standing.workflow, reason="", keeps=False)
    return replace(filled, workflow=standing.workflow if standing.is_on else Workflow.NORMAL.value)


def _version(domain: Domain, standing: Filled) -> str:
    """What the form was made of: another text when somebody changed it meanwhile."""
    described = (
        domain.name,
        domain.is_authorised,
        domain.authorised_until,
        domain.workflow,
        sorted(standing.tasks.items()),
    )
    return hashlib.sha256(repr(described).encode()).hexdigest()[:16]


def _saved(office: PortalAccess, domain: Domain, standing: Filled, filled: Filled) -> str:
    now = timezone.now()
    change_name(office=office, domain=domain, name=filled.name, at=now)
    changed = {task: filled.tasks[task] for task in _TASKS if filled.tasks[task] != standing.tasks[task]}
    if changed:
        assign(
            office=office,
            domain=domain,
            tasks={task: read_row(value) if value else None for task, value in changed.items()},
            at=now,
        )
    plan = switch_self_booking(office=office, domain=domain, wish=filled.wish(), at=now)
    if plan.happening in {Happening.NOTHING, Happening.WORKFLOW}:
        return _("Sheet kept: %(name)s.") % {"name": filled.name.strip()}
    return _("Sheet kept: %(name)s. The Directie gets a mail.") % {"name": filled.name.strip()}


def _page(
    request: HttpRequest,
    office: PortalAccess,
    domain: Domain,
    standing: Filled,
    filled: Filled,
    *,
    problems: tuple[Problem, ...] = (),
    wrong: SwitchRefused | DomainDataRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    preview, told = None, wrong
    if status != 409:
        try:
            preview = preview_switch(domain=domain, wish=_looked_at(filled), on=today)
        except SwitchRefused as no:
            told = told or no
    errors = {told.field: str(told)} if told else {}
    changes = _changes(office, domain, standing, filled, preview)
    facts = domain.facts_on(today)
    page = SheetEditPage(
        title=f"{_('Error: ') if problems else ''}{domain.name}",
        head=sheet_head(office, domain, "office_domain", is_editing=True),
        url=request.path,
        key=new_key(),
        version=_version(domain, standing),
        back_url=reverse("office_domain", args=[domain.slug]),
        name_field=Field("name", _("Name"), filled.name, error=errors.get("name", "")),
        bundle=bundle_text(facts),
        bundle_hint=_("The Directie chooses the bundle."),
        tasks=_task_fields(office, filled),
        self_booking=_self_booking(domain, standing, filled, preview, errors)
        if office.may(Right.PORTAL_MANAGE)
        else None,
        changes=changes,
        changes_text=ngettext("%(count)d change", "%(count)d changes", len(changes)) % {"count": len(changes)}
        if changes
        else _("No changes yet"),
        effects=_effects(office, domain, preview),
        problems=problems,
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/sheet_edit.html", {"shell": shell, "page": page}, status=status)


def _looked_at(filled: Filled) -> Wish:
    """The wish as if its reason were there: while it is being filled in, that is no mistake yet; with the days as this
    page shows them.
    """
    return replace(filled.wish(), reason=filled.reason.strip() or "–", agreed_until=None)


def _task_fields(office: PortalAccess, filled: Filled) -> tuple[SelectField, ...]:
    if not office.may(Right.PORTAL_MANAGE):
        return ()
    staff = staff_of(office=office)
    return tuple(
        SelectField(
            _TASK_FIELDS[task],
            task_name(task),
            (
                Option("", _("Nobody"), not filled.tasks[task]),
                *(
                    Option(str(one.member_id), one.name, str(one.member_id) == filled.tasks[task])
                    for one in staff
                    if one.enters_domains or str(one.member_id) == filled.tasks[task]
                ),
            ),
        )
        for task in _TASKS
    )


def _self_booking(
    domain: Domain, standing: Filled, filled: Filled, preview: Preview | None, errors: Mapping[str, str]
) -> SelfBookingForm:
    today = timezone.localdate()
    facts = domain.facts_on(today)
    refused = None if standing.is_on else why_not(facts)
    month_end = Month.of(today).until
    state = activation_tag(preview.activation, preview.plan.then.facts) if preview else Tag("")
    return SelfBookingForm(
        is_on=filled.is_on,
        was_on=standing.is_on,
        state=state,
        hint=_(
            "The client books documents and bank himself. The Directie chooses who gets the role Backoffice; the first "
            "is included, each extra one is charged."
        ),
        blocked=str(refused) if refused else "",
        error=errors.get("self_booking", ""),
        workflow=(
            WorkflowChoice(
                Workflow.EXCLUDED.value,
                workflow_name(Workflow.EXCLUDED),
                _("Its work is not in the Backoffice monitor. Questions and VAT dates stay in sight."),
                filled.workflow == Workflow.EXCLUDED,
            ),
            WorkflowChoice(
                Workflow.NORMAL.value,
                workflow_name(Workflow.NORMAL),
                _("Documents and bank are in the Backoffice monitor of the office."),
                filled.workflow == Workflow.NORMAL,
            ),
        ),
        workflow_hint=_workflow_hint(domain, standing, filled),
        ends_on=_("Zelfboeken ends on %(on)s. Let it go on after all.") % {"on": day(facts.authorised_until)}
        if facts.authorised_until
        else "",
        keeps=filled.keeps,
        reason=Field("reason", _("Why is it switched off?"), filled.reason, error=errors.get("reason", "")),
        when=(
            Option(Until.NOW.value, _("At once"), filled.until is Until.NOW),
            Option(
                Until.MONTH_END.value,
                _("At the end of the month: from %(on)s on") % {"on": day(month_end)},
                filled.until is Until.MONTH_END,
            ),
        ),
        month_end=month_end.isoformat(),
        when_error=errors.get("when", ""),
        blocked_link=Link(_("To the bundle"), reverse("office_domain_billing", args=[domain.slug]))
        if refused and refused.code == "domain_takes_modules"
        else None,
    )


def _workflow_hint(domain: Domain, standing: Filled, filled: Filled) -> str:
    if standing.is_on:
        return ""
    if not filled.is_on:
        return _("This counts from when you switch Zelfboeken on. Now the domain is %(workflow)s.") % {
            "workflow": workflow_name(domain.workflow)
        }
    if filled.workflow == Workflow.EXCLUDED:
        return _("Set to Excluded because you switch Zelfboeken on. You may set it back to Normal.")
    return ""


def _changes(
    office: PortalAccess, domain: Domain, standing: Filled, filled: Filled, preview: Preview | None
) -> tuple[Change, ...]:
    found = []
    if filled.name.strip() != standing.name:
        found.append(Change(_("Name"), standing.name, filled.name.strip() or "–", reset_value="reset:name"))
    moved = [task for task in _TASKS if filled.tasks[task] != standing.tasks[task]]
    if moved:
        names = {"": _("Nobody"), **{str(one.member_id): one.name for one in staff_of(office=office)}}
        found += [
            Change(
                task_name(task),
                names.get(standing.tasks[task], "–"),
                names.get(filled.tasks[task], "–"),
                reset_value="reset:tasks",
            )
            for task in moved
        ]
    if preview is None and filled.is_on != standing.is_on:
        words = (_("Off"), _("On"))
        found.append(Change("Zelfboeken", words[standing.is_on], words[filled.is_on], reset_value="reset:self_booking"))
    if preview is not None:
        found += _switch_changes(domain, preview)
    return tuple(found)


def _switch_changes(domain: Domain, preview: Preview) -> list[Change]:
    plan, before = preview.plan, switch_of(domain, timezone.localdate())
    ends = plan.then.facts.authorised_until
    words = {
        Happening.ON: (_("Off"), _("On")),
        Happening.OFF: (_("On"), _("Off")),
        Happening.OFF_LATER: (_("On"), _("Off from %(on)s on") % {"on": day(ends)}),
        Happening.KEPT: (_("Until %(on)s") % {"on": day(before.facts.authorised_until)}, _("On")),
    }
    found = []
    if plan.happening in words:
        old, new = words[plan.happening]
        found.append(Change("Zelfboeken", old, new, reset_value="reset:self_booking"))
    if plan.then.workflow != before.workflow:
        found.append(
            Change(
                _("Workflow"),
                workflow_name(before.workflow),
                workflow_name(plan.then.workflow),
                note=_("Changed along by itself.") if plan.is_workflow_by_itself else "",
                reset_value="reset:workflow" if plan.happening in {Happening.ON, Happening.WORKFLOW} else "",
            )
        )
    return found


def _effects(office: PortalAccess, domain: Domain, preview: Preview | None) -> tuple[Effect, ...]:
    """What will happen when this is saved, in the order in which people meet it."""
    if preview is None or preview.plan.happening is Happening.NOTHING:
        return ()
    plan, before = preview.plan, domain.workflow
    found = []
    if plan.happening in {Happening.ON, Happening.KEPT}:
        found.append(Effect(_on_effect(preview), "user-check"))
    if preview.returns:
        found.append(
            Effect(_("Get their role Backoffice back: %(names)s") % {"names": ", ".join(preview.returns)}, "user-check")
        )
    if preview.loses:
        found.append(Effect(_("Their role Backoffice rests: %(names)s") % {"names": ", ".join(preview.loses)}, "users"))
    if plan.happening in {Happening.OFF, Happening.OFF_LATER}:
        found.append(Effect(_("The Directie gets a mail with your reason"), "send"))
        found.append(Effect(_("What was not finished stays, and is work of the office again"), "file-text"))
    if plan.then.workflow != before:
        found.append(Effect(_work_effect(office, domain, is_leaving=plan.then.workflow == Workflow.EXCLUDED), "list"))
    return tuple(found)


def _on_effect(preview: Preview) -> str:
    return {
        Activation.IN_TRIAL: _("Nothing counts yet: the domain is in trial. It waits for a bundle that is bought."),
        Activation.WAITS_FOR_BUNDLE: _("The domain waits for a bundle: the Directie is told to take one first"),
        Activation.WAITS_FOR_ROLE: _("Opening the domain, the Directie is asked who gets the role Backoffice"),
    }.get(preview.activation, _("Who has the role Backoffice books at once"))


def _work_effect(office: PortalAccess, domain: Domain, *, is_leaving: bool) -> str:
    documents = lines = 0
    if domain.lifecycle in ENTERED:
        access = access_of(user_id=office.user_id, slug=domain.slug, on=timezone.localdate())
        for one in Administration.objects.filter(domain_id=domain.id).values_list("id", flat=True):
            waits = waiting_work(access=access, administration_id=one)
            documents += waits.documents.waiting + waits.documents.stuck
            lines += waits.bank.ready + waits.bank.to_choose
    values = {"documents": documents, "lines": lines}
    if is_leaving:
        return (
            _(
                "%(documents)d documents and %(lines)d bank lines leave the Backoffice monitor; "
                "questions and VAT dates stay"
            )
            % values
        )
    return _("%(documents)d documents and %(lines)d bank lines come into the Backoffice monitor") % values
