"""The office: its domains as a list, assigning many at once, and making a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.assignments import UnknownColleague, assign_many
from zelfboeken.access.models import DomainAssignment
from zelfboeken.access.office import PortalAccess, reached_domain
from zelfboeken.access.portal_domains import (
    NOBODY,
    SORTS,
    Colleague,
    DomainFilter,
    PortalDomain,
    chosen,
    portal_domains,
    staff_of,
)
from zelfboeken.access.rights import Right
from zelfboeken.access.self_booking import Activation
from zelfboeken.billing.new_domain import DomainNotMade, NewDomain, Wrong, proposed_slug, start_domain
from zelfboeken.ledger.administrations import AdministrationDetails
from zelfboeken.portal.accounts import own_url
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.office_shell import here_in, office_shell
from zelfboeken.portal.office_words import (
    activation_name,
    activation_tag,
    bundle_text,
    regime_name,
    status_name,
    status_tag,
    task_name,
    trial_default,
    workflow_name,
)
from zelfboeken.portal.pages import (
    AssignForm,
    DomainRow,
    Empty,
    Field,
    Link,
    NewDomainPage,
    OfficeDomainsPage,
    Option,
    Problem,
    SelectField,
    SortHead,
    Tag,
)
from zelfboeken.portal.periods import read_number, with_query
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.texts import day
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.typed import NotUnderstood, read_day
from zelfboeken.tenancy.models import Bundle, Lifecycle, VatRegime, Workflow

LIMIT = 50
_SORT_WORDS = {
    "naam": "name",
    "zelfboeken": "self_booking",
    "gebruikers": "users",
    "bundel": "bundle",
    "status": "lifecycle",
    "workflow": "workflow",
    "verantwoordelijke": "responsible",
}
assert set(_SORT_WORDS.values()) == SORTS
_FILTERS = ("zelfboeken", "bundel", "status", "workflow", "verantwoordelijke")


@portal_view(Right.DOMAIN_ENTER)
def office(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """Where the staff of an office arrives: at what waits."""
    return HttpResponseRedirect(reverse("office_monitor"))


@portal_view(Right.DOMAIN_ENTER, methods=("GET", "POST"), fields=("domain", "task", "member"))
def office_domains(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """The domains of the office: searched, filtered, sorted; the ticked ones assigned to a colleague."""
    if request.method == "POST":
        return _assign(request, office)
    return _list(request, office)


def _list(request: HttpRequest, office: PortalAccess, problem: Problem | None = None) -> HttpResponse:
    today = timezone.localdate()
    wanted, sort = _wanted(request)
    number = read_number(request.GET.get("blad", ""))
    every = portal_domains(office=office, on=today)
    found = chosen(every, wanted)
    shown = found[(number - 1) * LIMIT : number * LIMIT]
    staff = staff_of(office=office)
    url = reverse("office_domains")
    kept = {name: request.GET.get(name, "")[:80] for name in ("q", *_FILTERS)}
    is_filtered = any(kept.values())
    page = OfficeDomainsPage(
        title=_("Domains"),
        count_text=_count_text(len(found), len(every)),
        search_url=url,
        search_text=kept["q"],
        filters=_filters(kept, staff),
        heads=_heads(url, kept, sort),
        rows=tuple(_row(one) for one in shown),
        kept=(("sorteer", sort),) if sort != "naam" else (),
        clear_url=url if is_filtered else "",
        new_url=reverse("office_new_domain") if office.may(Right.DOMAIN_CREATE) else "",
        assign=_assign_form(request, staff) if office.may(Right.PORTAL_MANAGE) and shown else None,
        newer_url=with_query(url, {**kept, "sorteer": sort, "blad": str(number - 1)}) if number > 1 else "",
        older_url=with_query(url, {**kept, "sorteer": sort, "blad": str(number + 1)})
        if number * LIMIT < len(found)
        else "",
        empty=_empty(office, is_filtered=is_filtered),
        problem=problem,
    )
    shell = office_shell(request, office, "office_domains")
    status = 422 if problem else 200
    return render(request, "office/domains.html", {"shell": shell, "page": page}, status=status)


def _wanted(request: HttpRequest) -> tuple[DomainFilter, str]:
    """The filter of the address, and its sorting as it stands there. A word that is none is the address of nothing."""
    get = request.GET.get
    sort = get("sorteer", "") or "naam"
    column = _SORT_WORDS.get(sort.removeprefix("-"))
    choices: tuple[tuple[str, set[str]], ...] = (
        ("zelfboeken", {one.value for one in Activation}),
        ("bundel", set(Bundle.values)),
        ("status", set(Lifecycle.values)),
        ("workflow", set(Workflow.values)),
    )
    asked = {name: get(name, "") for name, _known in choices}
    if column is None or any(asked[name] not in {"", *known} for name, known in choices):
        raise NotFound(request.get_full_path())
    return (
        DomainFilter(
            search=get("q", "").replace("\0", "")[:80],
            lifecycle=asked["status"],
            activation=asked["zelfboeken"],
            bundle=asked["bundel"],
            workflow=asked["workflow"],
            responsible=get("verantwoordelijke", ""),
            sort=column,
            is_descending=sort.startswith("-"),
        ),
        sort,
    )


def _count_text(found: int, every: int) -> str:
    if found == every:
        return ngettext("%(count)d domain", "%(count)d domains", every) % {"count": every}
    return _("%(found)d of %(every)d domains") % {"found": found, "every": every}


def _filters(kept: dict[str, str], staff: list[Colleague]) -> tuple[SelectField, ...]:
    def select(name: str, label: str, options: list[tuple[str, str]]) -> SelectField:
        everything = Option("", _("All"), not kept[name])
        chosen_ones = tuple(Option(value, text, value == kept[name]) for value, text in options)
        return SelectField(name, label, (everything, *chosen_ones))

    people = [(str(one.member_id), one.name) for one in staff if one.enters_domains]
    return (
        select("zelfboeken", _("Zelfboeken"), [(one.value, activation_name(one)) for one in Activation]),
        select("bundel", _("Bundle"), [(one.value, one.label) for one in Bundle]),
        select("status", _("Status"), [(one.value, status_name(one.value)) for one in Lifecycle]),
        select("workflow", _("Workflow"), [(one.value, workflow_name(one.value)) for one in Workflow]),
        select("verantwoordelijke", _("Responsible"), [(NOBODY, _("Nobody")), *people]),
    )


def _heads(url: str, kept: dict[str, str], sort: str) -> tuple[SortHead, ...]:
    def head(word: str, label: str, *, is_hidden: bool = True) -> SortHead:
        is_current = sort.removeprefix("-") == word
        turned = f"-{word}" if sort == word else word
        direction = ("descending" if sort.startswith("-") else "ascending") if is_current else ""
        return SortHead(label, with_query(url, {**kept, "sorteer": turned}), direction, is_hidden)

    return (
        head("naam", _("Domain"), is_hidden=False),
        head("zelfboeken", _("Zelfboeken"), is_hidden=False),
        head("gebruikers", _("Users")),
        head("bundel", _("Bundle")),
        head("status", _("Status")),
        head("workflow", _("Workflow")),
        head("verantwoordelijke", _("Responsible")),
    )


def _row(one: PortalDomain) -> DomainRow:
    return DomainRow(
        name=one.name,
        slug=one.slug,
        url=reverse("office_domain", args=[one.slug]),
        value=one.slug,
        self_booking=activation_tag(one.activation, one.facts),
        users=str(one.users),
        bundle=bundle_text(one.facts),
        status=Tag(_("Erased")) if one.is_erased else status_tag(one.facts.lifecycle),
        workflow=workflow_name(one.workflow),
        responsible=one.responsible,
    )


def _assign_form(request: HttpRequest, staff: list[Colleague]) -> AssignForm:
    return AssignForm(
        url=f"{request.path}?{urlencode(request.GET)}" if request.GET else request.path,
        key=new_key(),
        tasks=tuple(Option(one.value, task_name(one.value)) for one in DomainAssignment.Task),
        members=(
            *(Option(str(one.member_id), one.name) for one in staff if one.enters_domains),
            Option(NOBODY, _("Nobody")),
        ),
    )


def _assign(request: HttpRequest, office: PortalAccess) -> HttpResponse:
    office.require(Right.PORTAL_MANAGE)
    slugs = request.POST.getlist("domain")
    if not slugs:
        return _list(request, office, Problem(_("Tick the domains to assign first."), "assign-task"))
    if request.POST.get("task") not in DomainAssignment.Task.values:
        raise FormNotOurs("task")
    member = request.POST.get("member", "")
    task = DomainAssignment.Task(request.POST["task"])
    found = [reached_domain(office, slug) for slug in dict.fromkeys(slugs)]
    domains = [one for one in found if one.erased_at is None]
    try:
        assign_many(
            office=office,
            domains=domains,
            task=task,
            member_id=None if member == NOBODY else _member_id(member),
            at=timezone.now(),
        )
    except UnknownColleague:
        raise NotFound(member) from None
    name = next((one.name for one in staff_of(office=office) if str(one.member_id) == member), _("Nobody"))
    told = ngettext(
        "%(count)d domain assigned: %(task)s is %(name)s.",
        "%(count)d domains assigned: %(task)s is %(name)s.",
        len(domains),
    ) % {"count": len(domains), "task": task_name(task).lower(), "name": name}
    messages.success(request, told)
    return HttpResponseRedirect(request.get_full_path(), status=303)


def _member_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(text)
    return int(text)


def _empty(office: PortalAccess, *, is_filtered: bool) -> Empty:
    if is_filtered:
        return Empty(
            _("No domain matches"),
            _("Search for another name, or take a filter away."),
            icon="search",
            tone="",
            links=(Link(_("Show all"), reverse("office_domains")),),
        )
    if office.reaches_all:
        return Empty(
            _("No domains yet"),
            _("Each client gets a domain of his own."),
            icon="building-2",
            tone="",
            links=(Link(_("New domain"), reverse("office_new_domain"), "plus"),),
        )
    return Empty(
        _("No domain is assigned to you"),
        _("Ask the Portaalbeheerder which domains you look after."),
        icon="building-2",
        tone="",
    )


_NEW_FIELDS = (
    "name", "slug", "owner_name", "owner_email", "language", "kind", "trial_until", "responsible",
    "administration_enterprise_number", "administration_vat_number", "administration_vat_regime", "first_year",
)  # fmt: skip
TRIAL, MINIMAL = "TRIAL", "MINIMAL"


@portal_view(Right.DOMAIN_CREATE, methods=("GET", "POST"), fields=_NEW_FIELDS)
def office_new_domain(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """A new domain: its address, its owner, its first administration."""
    today = timezone.localdate()
    if request.method != "POST":
        return _new_page(request, office, _proposed(office, today), today)
    typed = {name: request.POST.get(name, "").strip()[:200] for name in _NEW_FIELDS}
    typed["slug"] = typed["slug"].lower() or proposed_slug(typed["name"])
    try:
        domain = start_domain(office=office, wanted=_new_domain(typed, today), at=timezone.now(), link_to=link_to)
    except DomainNotMade as no:
        return _new_page(request, office, typed, today, no.wrong)
    told = _("Domain made: %(name)s. An invitation is on its way to %(email)s.")
    messages.success(request, told % {"name": domain.name, "email": typed["owner_email"]})
    return HttpResponseRedirect(reverse("office_domain", args=[domain.slug]), status=303)


def link_to(token: str) -> str:
    """The address of an invitation: never on a host that a request named (INV-38)."""
    return own_url(reverse("invitation", args=[token]))


def _proposed(office: PortalAccess, today: date) -> dict[str, str]:
    return {
        **dict.fromkeys(_NEW_FIELDS, ""),
        "language": "nl",
        "kind": MINIMAL,
        "trial_until": day(trial_default(today)),
        "responsible": str(office.member_id),
        "administration_vat_regime": VatRegime.QUARTERLY.value,
        "first_year": str(today.year),
    }


def _new_domain(typed: dict[str, str], today: date) -> NewDomain:
    wrong = []
    trial, year = None, 0
    if typed["kind"] not in {TRIAL, MINIMAL}:
        raise FormNotOurs("kind")
    if typed["kind"] == TRIAL:
        try:
            trial = read_day(typed["trial_until"], today)
        except NotUnderstood as no:
            wrong.append(Wrong("trial_until", "date_not_understood", str(no)))
    if typed["first_year"].isascii() and typed["first_year"].isdigit() and len(typed["first_year"]) == 4:
        year = int(typed["first_year"])
    responsible = typed["responsible"]
    return NewDomain(
        name=typed["name"],
        slug=typed["slug"],
        owner_name=typed["owner_name"],
        owner_email=typed["owner_email"],
        language=typed["language"],
        trial_until=trial,
        responsible_id=_member_id(responsible) if responsible else None,
        administration=AdministrationDetails(
            name=typed["name"] or "-",
            enterprise_number=typed["administration_enterprise_number"],
            vat_number=typed["administration_vat_number"],
            vat_regime=typed["administration_vat_regime"],
        ),
        first_year=year,
        wrong=tuple(wrong),
    )


def _new_page(
    request: HttpRequest,
    office: PortalAccess,
    typed: dict[str, str],
    today: date,
    wrong: list[Wrong] | None = None,
) -> HttpResponse:
    errors = {one.field: one.text for one in wrong or []}

    def field(name: str, label: str, hint: str = "") -> Field:
        return Field(name, label, typed[name], error=errors.get(name, ""), hint=hint)

    staff = staff_of(office=office) if office.may(Right.PORTAL_MANAGE) else []
    page = NewDomainPage(
        title=_("New domain"),
        url=here_in(request, office),
        key=new_key(),
        back_url=reverse("office_domains"),
        client=(
            field("name", _("Name of the client")),
            field(
                "slug",
                _("Address"),
                _("Letters, digits and dashes. It never changes: it is also the address of the mailbox."),
            ),
            field("owner_name", _("Owner"), _("He gets the role Directie and pays the domain.")),
            field("owner_email", _("Mail address of the owner"), _("He gets an invitation by mail.")),
        ),
        language=_select(
            "language", _("Language of the owner"), typed, (("nl", "Nederlands"), ("fr", "Français"), ("en", "English"))
        ),
        kind=_select(
            "kind",
            _("Begins as"),
            typed,
            ((MINIMAL, _("Minimal, until the Directie takes a bundle")), (TRIAL, _("Trial, with an end date"))),
        ),
        trial=replace(field("trial_until", _("Last day of the trial")), kind="date"),
        responsible=replace(
            _select("responsible", _("Responsible"), typed, tuple((str(one.member_id), one.name) for one in staff)),
            error=errors.get("responsible", ""),
        )
        if staff
        else None,
        books=(
            field("administration_enterprise_number", _("Enterprise number")),
            field("administration_vat_number", _("VAT number")),
            field("first_year", _("First fiscal year")),
        ),
        regime=_select(
            "administration_vat_regime",
            _("VAT returns"),
            typed,
            tuple((one.value, regime_name(one.value)) for one in VatRegime),
        ),
        problems=tuple(Problem(one.text, f"field-{one.field}") for one in wrong or []),
    )
    shell = office_shell(request, office, "office_domains")
    status = 422 if wrong else 200
    return render(request, "office/new_domain.html", {"shell": shell, "page": page}, status=status)


def _select(name: str, label: str, typed: dict[str, str], choices: tuple[tuple[str, str], ...]) -> SelectField:
    return SelectField(name, label, tuple(Option(value, text, value == typed[name]) for value, text in choices))
