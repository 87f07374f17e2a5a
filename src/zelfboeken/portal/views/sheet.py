"""The sheet of a domain at its office: data, users, administrations and their years, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.assignments import holders_of
from zelfboeken.access.invitations import (
    InvitationGone,
    InvitationRefused,
    invite_to_domain,
    open_invitations,
    withdraw_invitation,
)
from zelfboeken.access.models import DomainAssignment, Member, RoleAssignment
from zelfboeken.access.office import PortalAccess
from zelfboeken.access.rights import Right, Role
from zelfboeken.access.self_booking import activation_of
from zelfboeken.access.services import access_of
from zelfboeken.audit.models import Event
from zelfboeken.ledger.administrations import (
    AdministrationDetails,
    AdministrationRefused,
    add_administration,
    change_administration,
)
from zelfboeken.ledger.fiscal_years import (
    FiscalYear,
    YearRefused,
    fiscal_years,
    may_open_next,
    open_next_fiscal_year,
)
from zelfboeken.portal.domain_view import FormNotOurs, NotFound
from zelfboeken.portal.event_words import event_details, event_text
from zelfboeken.portal.invitation_rows import invitation_rows, invite_form
from zelfboeken.portal.office_shell import ENTERED, office_shell, sheet_head
from zelfboeken.portal.office_words import (
    activation_tag,
    bundle_text,
    domain_status,
    regime_name,
    role_name,
    task_name,
    workflow_name,
)
from zelfboeken.portal.pages import (
    Action,
    AdministrationPage,
    AdministrationRow,
    Empty,
    EventRow,
    FactGroup,
    Field,
    Link,
    Option,
    PersonRow,
    Problem,
    SelectField,
    SheetBooksPage,
    SheetHistoryPage,
    SheetPage,
    SheetPeoplePage,
    Tag,
)
from zelfboeken.portal.periods import BIGGEST_ID, with_query
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.switcher import initials
from zelfboeken.portal.texts import day, grouped_enterprise_number, grouped_vat_number
from zelfboeken.portal.tokens import new_key
from zelfboeken.portal.views.office import link_to
from zelfboeken.tenancy.models import Administration, Domain, VatRegime

LIMIT = 50


@portal_view(Right.DOMAIN_ENTER)
def office_domain(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """What the office knows of a domain, to read."""
    holders = holders_of(domain)
    default = Administration.objects.filter(domain_id=domain.id).order_by("-is_default", "id").first()
    numbers = (
        (
            (_("Enterprise number"), grouped_enterprise_number(default.enterprise_number)),
            (_("VAT number"), grouped_vat_number(default.vat_number) if default.vat_number else ""),
            (_("VAT returns"), regime_name(default.vat_regime)),
        )
        if default
        else ()
    )
    page = SheetPage(
        title=domain.name,
        head=sheet_head(office, domain, "office_domain"),
        groups=(
            FactGroup(
                _("Company"),
                _("As the client knows it"),
                _told((_("Name"), domain.name), (_("Address"), domain.slug), *numbers),
            ),
            FactGroup(_("Working"), _("Who books and who follows up"), _working(domain)),
            FactGroup(
                _("At the office"),
                _("Who looks after it"),
                tuple(
                    (task_name(task), holders[task].name if task in holders else "–")
                    for task in DomainAssignment.Task.values
                ),
            ),
        ),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/sheet.html", {"shell": shell, "page": page})


def _told(*facts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for label, value in facts if value)


def _working(domain: Domain) -> tuple[tuple[str, str], ...]:
    facts = domain.facts_on(timezone.localdate())
    active = RoleAssignment.objects.filter(
        member__domain=domain,
        member__is_active=True,
        member__user__is_active=True,
        role=Role.BACKOFFICE.value,
        state=RoleAssignment.State.ACTIVE,
    ).count()
    return (
        (_("Status"), domain_status(domain)),
        (_("Bundle"), bundle_text(facts)),
        (_("Zelfboeken"), activation_tag(activation_of(facts, active_roles=active), facts).text),
        (_("Workflow"), workflow_name(domain.workflow)),
    )


@portal_view(Right.DOMAIN_ENTER, methods=("GET", "POST"), fields=("action", "email", "language", "invitation"))
def office_domain_users(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The users of a domain with their roles; asking somebody in."""
    if request.method != "POST":
        return _people_page(request, office, domain)
    now, here = timezone.now(), HttpResponseRedirect(request.path, status=303)
    office.require(Right.DOMAIN_EDIT)
    if request.POST.get("action") == "invite":
        email = request.POST.get("email", "")
        try:
            invite_to_domain(
                access=office,
                domain=domain,
                email=email,
                language=request.POST.get("language", "nl"),
                at=now,
                link_to=link_to,
            )
        except InvitationRefused as no:
            return _people_page(request, office, domain, wrong=no, email=email)
        messages.success(request, _("Invitation sent to %(email)s.") % {"email": email.strip()})
        return here
    if "invitation" not in request.POST:
        raise FormNotOurs("action")
    try:
        email = withdraw_invitation(
            access=office, invitation_id=read_row(request.POST["invitation"]), domain=domain, at=now
        )
    except InvitationGone:
        raise NotFound("invitation") from None
    messages.success(request, _("Invitation of %(email)s withdrawn.") % {"email": email})
    return here


def read_row(text: str) -> int:
    """The id of a row as a form sends it.

    Raises:
        NotFound: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(text)
    return int(text)


def _people_page(
    request: HttpRequest,
    office: PortalAccess,
    domain: Domain,
    *,
    wrong: InvitationRefused | None = None,
    email: str = "",
) -> HttpResponse:
    now = timezone.now()
    may_invite = office.may(Right.DOMAIN_EDIT)
    members = Member.objects.filter(domain=domain, is_active=True, user__is_active=True).select_related("user")
    held: dict[int, list[RoleAssignment]] = {}
    roles = RoleAssignment.objects.filter(member__domain=domain).exclude(state=RoleAssignment.State.WITHDRAWN)
    for one in roles.order_by("id"):
        held.setdefault(one.member_id, []).append(one)
    people = tuple(
        PersonRow(
            name=str(one.user),
            email=one.user.email,
            initials=initials(str(one.user)),
            roles=tuple(_role_tag(role) for role in held.get(one.id, ())),
            detail=_("owner") if one.is_owner else "",
        )
        for one in sorted(members, key=lambda one: (str(one.user).casefold(), one.id))
    )
    page = SheetPeoplePage(
        title=f"{_('Users')} · {domain.name}",
        head=sheet_head(office, domain, "office_domain_users"),
        people=people,
        count_text=ngettext("%(count)d user", "%(count)d users", len(people)) % {"count": len(people)},
        note=_("The Directie of the domain gives roles; the office does not."),
        invitations=invitation_rows(
            open_invitations(portal_id=office.portal_id, domain=domain, at=now),
            url=request.path if may_invite else "",
            at=now,
        ),
        invite=invite_form(request.path, email=email, wrong=wrong) if may_invite else None,
        problems=(Problem(str(wrong), f"field-{wrong.field}"),) if wrong else (),
        links=_people_links(office, domain),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/people.html", {"shell": shell, "page": page}, status=422 if wrong else 200)


def _people_links(office: PortalAccess, domain: Domain) -> tuple[Link, ...]:
    if not office.may(Right.PORTAL_MANAGE):
        return ()
    return (
        Link(_("Rights that the office ticks"), reverse("office_domain_rights", args=[domain.slug]), "list-checks"),
        Link(_("Owner"), reverse("office_domain_owner", args=[domain.slug]), "user-check"),
        Link(_("Role log"), reverse("office_domain_role_log", args=[domain.slug]), "history"),
    )


def _role_tag(role: RoleAssignment) -> Tag:
    if role.state == RoleAssignment.State.SUSPENDED:
        return Tag(_("%(role)s, rests") % {"role": role_name(role.role)}, "warn")
    return Tag(role_name(role.role))


@portal_view(Right.DOMAIN_ENTER, methods=("GET", "POST"), fields=("administration",))
def office_domain_books(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The administrations of a domain and the fiscal years of each; a POST opens the next year of one."""
    if request.method == "POST":
        return _open_year(request, office, domain)
    years = fiscal_years(domain_id=domain.id)
    today = timezone.localdate()
    may_edit = office.may(Right.DOMAIN_EDIT) and domain.lifecycle in ENTERED
    rows = tuple(
        AdministrationRow(
            name=one.name,
            numbers=" · ".join(
                text
                for text in (
                    grouped_enterprise_number(one.enterprise_number),
                    grouped_vat_number(one.vat_number) if one.vat_number else "",
                )
                if text
            ),
            regime=regime_name(one.vat_regime),
            years=tuple(str(year.year) for year in years.get(one.id, ())),
            is_default=one.is_default,
            open_year=_next_year(domain, one, years.get(one.id, []), today) if may_edit else None,
            edit_url=reverse("office_administration", args=[domain.slug, one.public_id]) if may_edit else "",
        )
        for one in Administration.objects.filter(domain_id=domain.id).order_by("-is_default", "name", "id")
    )
    page = SheetBooksPage(
        title=f"{_('Administrations and years')} · {domain.name}",
        head=sheet_head(office, domain, "office_domain_books"),
        rows=rows,
        new_url=reverse("office_new_administration", args=[domain.slug]) if may_edit else "",
        empty=Empty(_("No administration yet"), _("An administration is a set of books."), tone=""),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/books.html", {"shell": shell, "page": page})


def _next_year(
    domain: Domain, administration: Administration, years: Sequence[FiscalYear], today: date
) -> Action | None:
    if not may_open_next(years, today=today):
        return None
    return Action(
        url=reverse("office_domain_books", args=[domain.slug]),
        label=_("Open %(year)d") % {"year": years[-1].year + 1},
        key=new_key(),
        name="administration",
        value=str(administration.public_id),
    )


def _open_year(request: HttpRequest, office: PortalAccess, domain: Domain) -> HttpResponse:
    office.require(Right.DOMAIN_EDIT)
    wanted = request.POST.get("administration", "")
    administration = next(
        (one for one in Administration.objects.filter(domain_id=domain.id) if str(one.public_id) == wanted), None
    )
    if administration is None:
        raise NotFound("administration")
    access = access_of(user_id=office.user_id, slug=domain.slug, on=timezone.localdate())
    try:
        opened = open_next_fiscal_year(access=access, administration=administration, at=timezone.now())
    except YearRefused as no:
        messages.error(request, str(no))
    else:
        told = {"year": opened.year, "from": day(opened.starts_on), "until": day(opened.until - timedelta(days=1))}
        messages.success(request, _("Fiscal year %(year)d is open: %(from)s to %(until)s.") % told)
    return HttpResponseRedirect(reverse("office_domain_books", args=[domain.slug]), status=303)


_BOOK_FIELDS = ("name", "enterprise_number", "vat_number", "vat_regime", "first_year")


@portal_view(Right.DOMAIN_EDIT, methods=("GET", "POST"), fields=_BOOK_FIELDS)
def office_new_administration(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """Another set of books in a domain."""
    now, today = timezone.now(), timezone.localdate()
    typed = {"name": "", "enterprise_number": "", "vat_number": "", "first_year": str(today.year)}
    typed["vat_regime"] = VatRegime.QUARTERLY.value
    if request.method != "POST":
        return _administration_page(request, office, domain, typed, is_new=True)
    typed = {name: request.POST.get(name, "").strip()[:200] for name in _BOOK_FIELDS}
    access = access_of(user_id=office.user_id, slug=domain.slug, on=today)
    year = typed["first_year"]
    try:
        made = add_administration(
            access=access,
            details=_details(typed),
            first_year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0,
            at=now,
        )
    except AdministrationRefused as no:
        return _administration_page(request, office, domain, typed, is_new=True, wrong=no)
    messages.success(request, _("Administration begun: %(name)s.") % {"name": made.name})
    return HttpResponseRedirect(reverse("office_domain_books", args=[domain.slug]), status=303)


@portal_view(Right.DOMAIN_EDIT, methods=("GET", "POST"), fields=_BOOK_FIELDS[:-1])
def office_administration(
    request: HttpRequest, *, office: PortalAccess, domain: Domain, administration: UUID
) -> HttpResponse:
    """What is known of one set of books."""
    now, today = timezone.now(), timezone.localdate()
    stored = Administration.objects.filter(domain_id=domain.id, public_id=administration).first()
    if stored is None:
        raise NotFound("administration")
    if request.method != "POST":
        typed = {name: getattr(stored, name) for name in _BOOK_FIELDS[:-1]}
        return _administration_page(request, office, domain, typed)
    typed = {name: request.POST.get(name, "").strip()[:200] for name in _BOOK_FIELDS[:-1]}
    access = access_of(user_id=office.user_id, slug=domain.slug, on=today)
    try:
        change_administration(access=access, administration=stored, details=_details(typed), at=now)
    except AdministrationRefused as no:
        return _administration_page(request, office, domain, typed, wrong=no)
    messages.success(request, _("Kept: %(name)s.") % {"name": typed["name"]})
    return HttpResponseRedirect(reverse("office_domain_books", args=[domain.slug]), status=303)


def _details(typed: dict[str, str]) -> AdministrationDetails:
    return AdministrationDetails(
        name=typed["name"],
        enterprise_number=typed["enterprise_number"],
        vat_number=typed["vat_number"],
        vat_regime=typed["vat_regime"],
    )


def _administration_page(
    request: HttpRequest,
    office: PortalAccess,
    domain: Domain,
    typed: dict[str, str],
    *,
    is_new: bool = False,
    wrong: AdministrationRefused | None = None,
) -> HttpResponse:
    def field(name: str, label: str) -> Field:
        return Field(name, label, typed[name], error=str(wrong) if wrong and wrong.field == name else "")

    page = AdministrationPage(
        title=f"{_('New administration') if is_new else typed['name']} · {domain.name}",
        head=sheet_head(office, domain, "office_domain_books"),
        heading=_("New administration") if is_new else _("Administration"),
        url=request.path,
        key=new_key(),
        back_url=reverse("office_domain_books", args=[domain.slug]),
        fields=(
            field("name", _("Name")),
            field("enterprise_number", _("Enterprise number")),
            field("vat_number", _("VAT number")),
        ),
        regime=SelectField(
            "vat_regime",
            _("VAT returns"),
            tuple(Option(one.value, regime_name(one.value), one.value == typed["vat_regime"]) for one in VatRegime),
            error=str(wrong) if wrong and wrong.field == "vat_regime" else "",
        ),
        first_year=field("first_year", _("First fiscal year")) if is_new else None,
        problems=(Problem(str(wrong), f"field-{wrong.field}"),) if wrong else (),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/administration.html", {"shell": shell, "page": page}, status=422 if wrong else 200)


@portal_view(Right.LOG_READ)
def office_domain_history(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The log of a domain, newest first."""
    before = request.GET.get("voor", "")
    found = Event.objects.filter(domain_id=domain.id)
    if before.isascii() and before.isdigit() and 0 < int(before[:19]) <= BIGGEST_ID:
        edge = Event.objects.filter(domain_id=domain.id, id=int(before[:19])).first()
        if edge is not None:
            found = found.filter(Q(at__lt=edge.at) | Q(at=edge.at, id__lt=edge.id))
    rows = list(found.order_by("-at", "-id")[: LIMIT + 1])
    page = SheetHistoryPage(
        title=f"{_('History')} · {domain.name}",
        head=sheet_head(office, domain, "office_domain_history"),
        rows=tuple(_event_row(one) for one in rows[:LIMIT]),
        older_url=with_query(request.path, {"voor": str(rows[LIMIT - 1].id)}) if len(rows) > LIMIT else "",
        newest_url=request.path if before else "",
        empty=Empty(_("Nothing happened yet"), _("What is done in the domain stands here, with who did it."), tone=""),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/history.html", {"shell": shell, "page": page})


def _event_row(event: Event) -> EventRow:
    at = timezone.localtime(event.at)
    return EventRow(
        at=f"{at:%d/%m/%Y %H:%M}",
        actor=event.actor_name,
        text=event_text(event.action),
        details=event_details(event.detail),
    )
