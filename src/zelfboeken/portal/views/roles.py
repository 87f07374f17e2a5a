"""What each role may, and the role log: in a domain, on the sheet of one, and at the office."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zelfboeken.access.office import PortalAccess
from zelfboeken.access.refusals import first_reason
from zelfboeken.access.rights import EVERYBODY, GRANTS, Condition, Right
from zelfboeken.access.services import Access
from zelfboeken.access.ticks import change_ticks, ticks_of
from zelfboeken.audit.models import EventLink, PortalEventLink
from zelfboeken.audit.queries import chained_in_domain, chained_in_portal
from zelfboeken.portal.domain_view import FormNotOurs, domain_view
from zelfboeken.portal.office_shell import office_shell, sheet_head
from zelfboeken.portal.office_words import role_name
from zelfboeken.portal.pages import Field, Link, OwnRight, RightsPage, RoleBox, TickForm
from zelfboeken.portal.portal_view import portal_view
from zelfboeken.portal.rights_matrix import groups, heads, own_columns, right_name, tick_name, tickable
from zelfboeken.portal.role_log import LIMIT, asked_before, is_about_people, role_log_file, role_log_page
from zelfboeken.portal.shell import administration_for, shell_for
from zelfboeken.portal.tokens import new_key
from zelfboeken.reports.verify_roles import role_log_differences, verify_portal
from zelfboeken.tenancy.models import Domain


@domain_view(Right.DOMAIN_ENTER)
def rights(request: HttpRequest, *, access: Access) -> HttpResponse:
    """What each role may, with one's own marked, and what waits before one may it."""
    domain = Domain.objects.get(id=access.domain_id)
    own = own_columns(access.roles, is_member=access.is_member)
    page = RightsPage(
        title=_("What each role may"),
        subtitle=domain.name,
        heads=heads(own),
        groups=groups(own, ticks=ticks_of(domain)),
        own_roles=_own_roles(own),
        own=tuple(right_name(one) for one in Right if access.may(one)),
        waits=_waits(access),
        note=_(
            "Roles add up, and hold for every administration that somebody reaches. Portal roles are those of the "
            "office: they count in the domains that somebody looks after, that of Portaalbeheerder in all of them."
        ),
        back=_back_to_users(access),
    )
    shell = shell_for(request, access, administration_for(request, access), "users")
    return render(request, "portal/rights.html", {"shell": shell, "page": page})


def _back_to_users(access: Access) -> Link:
    return Link(_("Users and roles"), reverse("users", args=[access.domain_slug]))


def _own_roles(own: frozenset[str]) -> str:
    return ", ".join(sorted(role_name(one) for one in own if one != EVERYBODY)) or _("no role")


def _waits(access: Access) -> tuple[OwnRight, ...]:
    """What his roles hold, but not now: why not."""
    found = []
    for right in Right:
        held = {GRANTS[role].get(right) for role in (*access.roles, EVERYBODY) if role in GRANTS} - {None}
        if access.may(right) or not held:
            continue
        # A Kijkgebruiker alone holds less than everybody; nothing waits there.
        if held == {Condition.ALWAYS} and not access.is_readonly:
            continue
        reason = first_reason(
            right,
            roles=access.roles,
            is_member=access.is_member,
            is_readonly=access.is_readonly,
            is_view_only=access.is_view_only,
            self_booking_missing=access.self_booking_missing,
        )
        found.append(OwnRight(right_name(right), reason.text))
    return tuple(found)


@domain_view(Right.LOG_READ)
def role_log(request: HttpRequest, *, access: Access) -> HttpResponse:
    """Who gave or took which role of whom, when and why, with the chain that proves it."""
    domain = Domain.objects.get(id=access.domain_id)
    page = role_log_page(
        request,
        chained_in_domain(
            domain_id=domain.id,
            people_only=is_about_people(request),
            before=asked_before(request),
            limit=LIMIT + 1,
        ),
        role_log_differences(domain_id=domain.id),
        count=EventLink.objects.filter(domain_id=domain.id).count(),
        title=_("Role log"),
        subtitle=domain.name,
        export_url=reverse("role_log_csv", args=[domain.slug]),
    )
    shell = shell_for(request, access, administration_for(request, access), "users")
    return render(request, "portal/role_log.html", {"shell": shell, "page": replace(page, back=_back_to_users(access))})


@domain_view(Right.LOG_READ)
def role_log_csv(request: HttpRequest, *, access: Access) -> HttpResponse:
    """The whole chain of a domain as a file."""
    return role_log_file(f"rollen-{access.domain_slug}.csv", chained_in_domain(domain_id=access.domain_id))


@portal_view(Right.LOG_READ)
def office_domain_role_log(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The role log of a domain, for the Portaalbeheerder."""
    page = role_log_page(
        request,
        chained_in_domain(
            domain_id=domain.id,
            people_only=is_about_people(request),
            before=asked_before(request),
            limit=LIMIT + 1,
        ),
        role_log_differences(domain_id=domain.id),
        count=EventLink.objects.filter(domain_id=domain.id).count(),
        title=f"{_('Role log')} · {domain.name}",
        subtitle="",
        export_url=reverse("office_domain_role_log_csv", args=[domain.slug]),
    )
    head = sheet_head(office, domain, "office_domain_role_log")
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/role_log.html", {"shell": shell, "page": replace(page, head=head)})


@portal_view(Right.LOG_READ)
def office_domain_role_log_csv(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The whole chain of a domain as a file, for the Portaalbeheerder."""
    return role_log_file(f"rollen-{domain.slug}.csv", chained_in_domain(domain_id=domain.id))


@portal_view(Right.LOG_READ)
def office_role_log(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """Who gave or took which portal role of whom, and what else was done about the portal."""
    seen = verify_portal(portal_id=office.portal_id)
    page = role_log_page(
        request,
        chained_in_portal(
            portal_id=office.portal_id,
            people_only=is_about_people(request),
            before=asked_before(request),
            limit=LIMIT + 1,
        ),
        seen.differences,
        count=PortalEventLink.objects.filter(portal_id=office.portal_id).count(),
        title=_("Role log"),
        subtitle=office.portal_name,
        export_url=reverse("office_role_log_csv"),
    )
    shell = office_shell(request, office, "office_staff")
    page = replace(page, back=Link(_("Users of the office"), reverse("office_staff")))
    return render(request, "portal/role_log.html", {"shell": shell, "page": page})


@portal_view(Right.LOG_READ)
def office_role_log_csv(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """The whole chain of a portal as a file."""
    return role_log_file(f"rollen-{office.portal_slug}.csv", chained_in_portal(portal_id=office.portal_id))


@portal_view(Right.DOMAIN_ENTER)
def office_rights(request: HttpRequest, *, office: PortalAccess) -> HttpResponse:
    """What each role may, with one's own portal roles marked."""
    own = own_columns(office.roles, is_member=False)
    page = RightsPage(
        title=_("What each role may"),
        subtitle=office.portal_name,
        heads=heads(own),
        groups=groups(own),
        own_roles=_own_roles(own),
        own=(),
        waits=(),
        note=_(
            "Portal roles count in the domains that somebody looks after, that of Portaalbeheerder in all of them. "
            "Guests come in only where a domain gives them a role."
        ),
        back=Link(_("Users of the office"), reverse("office_staff"))
        if office.may(Right.PORTAL_MANAGE)
        else Link(_("Domains"), reverse("office_domains")),
    )
    shell = office_shell(request, office, "office_staff")
    return render(request, "portal/rights.html", {"shell": shell, "page": page})


@portal_view(Right.PORTAL_MANAGE, methods=("GET", "POST"), fields=("action", "tick", "reason"))
def office_domain_rights(request: HttpRequest, *, office: PortalAccess, domain: Domain) -> HttpResponse:
    """The rights that a role has in this domain only when the office ticks them."""
    if request.method == "POST":
        by_value = {f"{role}.{right.value}": (role, right) for role, right in tickable()}
        sent = request.POST.getlist("tick")
        if request.POST.get("action") != "save" or not set(sent) <= set(by_value):
            raise FormNotOurs("action or tick")
        changed = change_ticks(
            office=office,
            domain=domain,
            ticks={by_value[one] for one in sent},
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
        )
        told = ngettext("%(count)d right changed.", "%(count)d rights changed.", changed) % {"count": changed}
        messages.success(request, told if changed else _("Nothing has changed."))
        return HttpResponseRedirect(request.path, status=303)
    own, ticks = own_columns(office.roles, is_member=False), ticks_of(domain)
    page = RightsPage(
        title=f"{_('Rights')} · {domain.name}",
        subtitle="",
        heads=heads(own),
        groups=groups(own, ticks=ticks),
        own_roles=_own_roles(own),
        own=(),
        waits=(),
        note="",
        head=sheet_head(office, domain, "office_domain_users"),
        back=Link(_("Users"), reverse("office_domain_users", args=[domain.slug])),
        ticks=TickForm(
            url=request.path,
            key=new_key(),
            boxes=tuple(
                RoleBox(f"{role}.{right.value}", tick_name(role, right), (role, right) in ticks)
                for role, right in tickable()
            ),
            reason=Field("reason", _("Why (may be empty)")),
        ),
    )
    shell = office_shell(request, office, "office_domains")
    return render(request, "office/rights.html", {"shell": shell, "page": page})
